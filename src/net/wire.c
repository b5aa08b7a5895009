/* SPDX-License-Identifier: MIT */
/* wire.c - opening a wire by its spec, and what all wires share. */
#include "net/wire.h"
#include "net/wire_type.h"
#include <stdio.h>
#include <string.h>

extern const struct wire_type *const __start_dirql_wires[] __attribute__((weak));
extern const struct wire_type *const __stop_dirql_wires[] __attribute__((weak));

const struct wire_type *const *wire_types(size_t *count)
{
    *count = (size_t)(__stop_dirql_wires - __start_dirql_wires);
    return __start_dirql_wires;
}

static const struct wire_type *find(const char *spec)
{
    size_t n, name_len = strcspn(spec, ":");
    const struct wire_type *const *types = wire_types(&n);
    for (size_t i = 0; i < n; i++)
        if (strlen(types[i]->name) == name_len && !memcmp(types[i]->name, spec, name_len))
            return types[i];
    return NULL;
}

bool wire_spec_is_live(const char *spec)
{
    const struct wire_type *type = find(spec);
    return type && type->live;
}

struct wire *wire_open(const char *spec, char *err, size_t err_len)
{
    size_t n, name_len = strcspn(spec, ":");
    const struct wire_type *const *types = wire_types(&n), *type = find(spec);
    if (type)
        return type->open(spec + name_len + (spec[name_len] == ':'), err, err_len);

    int used = snprintf(err, err_len, "unknown network \"%.*s\"; there are:", (int)name_len, spec);
    for (size_t i = 0; i < n && used > 0 && (size_t)used < err_len; i++)
        used +=
            snprintf(err + used, err_len - (size_t)used, "%s %s", i ? "," : "", types[i]->syntax);
    return NULL;
}

void wire_attach(struct wire *wire, void *card,
                 bool (*receive)(void *card, const void *frame, size_t len),
                 void (*link_changed)(void *card, bool up))
{
    wire->card = card;
    wire->receive = receive;
    wire->link_changed = link_changed;
    if (wire->down && link_changed)
        link_changed(card, false);
}

void wire_far_end(struct wire *wire, bool up)
{
    if (wire->down == !up)
        return;
    wire->down = !up;
    if (wire->link_changed)
        wire->link_changed(wire->card, up);
}

void wire_close(struct wire *wire)
{
    if (wire)
        wire->ops->close(wire);
}

bool wire_finished(const struct wire *wire)
{
    return wire->ops->finished && wire->ops->finished(wire);
}
