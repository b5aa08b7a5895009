/* SPDX-License-Identifier: MIT */
/* device.c - finding a card by its spec. */
#include "device/device.h"
#include "nt/alarm.h"
#include <stdio.h>
#include <string.h>

extern const struct device_type *const __start_dirql_devices[] __attribute__((weak));
extern const struct device_type *const __stop_dirql_devices[] __attribute__((weak));

const struct device_type *const *device_types(size_t *count)
{
    *count = (size_t)(__stop_dirql_devices - __start_dirql_devices);
    return __start_dirql_devices;
}

static bool same(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && !memcmp(name, text, len);
}

static const struct device_type *find(const char *spec)
{
    size_t n, kind_len = strcspn(spec, ":,"), len = strcspn(spec, ",");
    const struct device_type *const *types = device_types(&n);
    if (spec[kind_len] != ':')
        return NULL;
    const char *name = spec + kind_len + 1;
    size_t name_len = len - kind_len - 1;
    for (size_t i = 0; i < n; i++)
        if (same(types[i]->kind, spec, kind_len) &&
            (types[i]->name ? same(types[i]->name, name, name_len) : name_len > 0))
            return types[i];
    return NULL;
}

bool device_is_live(const char *spec)
{
    const struct device_type *type = find(spec);
    return type && type->live;
}

/* Says what is wrong, then what there is. */
static void refuse(char *err, size_t err_len, const char *problem, int spec_len, const char *spec)
{
    size_t n;
    const struct device_type *const *types = device_types(&n);
    size_t used = (size_t)snprintf(err, err_len, "%s \"%.*s\"; there %s", problem, spec_len, spec,
                                   n ? "are:" : "are none in this build");
    for (size_t i = 0; i < n && used < err_len; i++)
        used += (size_t)snprintf(err + used, err_len - used, "%s %s:%s (%s)", i ? "," : "",
                                 types[i]->kind, types[i]->name ? types[i]->name : types[i]->argument,
                                 types[i]->description);
}

struct pci_function *device_create(const char *spec, struct wire *wire,
                                   const struct device_fault_plan *faults, char *err,
                                   size_t err_len)
{
    int len = (int)strcspn(spec, ",");
    const char *name = strpbrk(spec, ":,");
    const struct device_type *type = find(spec);
    if (!type) {
        refuse(err, err_len,
               name && *name == ':' ? "unknown device"
                                    : "a device is written KIND:NAME[,OPTIONS], not",
               len, spec);
        return NULL;
    }
    if (type->live && host_deterministic()) {
        snprintf(err, err_len, "%.*s lives in real time and cannot be used with --seed", len, spec);
        return NULL;
    }
    char own_name[64];
    snprintf(own_name, sizeof own_name, "%.*s", len - (int)(name + 1 - spec), name + 1);
    struct device_config config = {.name = own_name,
                                   .options = spec[len] ? spec + len + 1 : NULL,
                                   .wire = wire,
                                   .faults = faults};
    return type->create(&config, err, err_len);
}
