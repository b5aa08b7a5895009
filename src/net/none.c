/* SPDX-License-Identifier: MIT */
/* none.c - a wire with nobody at the other end: what the card sends is counted and forgotten. */
#include "net/wire_type.h"
#include <stdio.h>
#include <stdlib.h>

static void none_send(struct wire *wire, const void *frame, size_t len)
{
}

static void none_close(struct wire *wire)
{
    free(wire);
}

static const struct wire_ops none_ops = {.name = "none", .send = none_send, .close = none_close};

static struct wire *none_open(const char *args, char *err, size_t err_len)
{
    if (*args) {
        snprintf(err, err_len, "none: takes no options, found \"%s\"", args);
        return NULL;
    }
    struct wire *wire = calloc(1, sizeof *wire);
    if (!wire) {
        snprintf(err, err_len, "none: out of memory");
        return NULL;
    }
    wire->ops = &none_ops;
    wire->silent = true;
    return wire;
}

WIRE_TYPE(none, .name = "none", .syntax = "none", .description = "nothing arrives",
          .open = none_open);
