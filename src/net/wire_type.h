/* SPDX-License-Identifier: MIT */
/* wire_type.h - the table of wires, one row each, collected by the linker as exports and tests are.
 */
#pragma once
#include "net/wire.h"

struct wire_type {
    const char *name;        /* what stands before the colon */
    const char *syntax;      /* "pcap:IN,OUT[,timing]" */
    const char *description; /* a few words for the help */
    bool live; /* keeps real time: open() refuses a deterministic machine */
    /* args: what follows the colon, "" if nothing does. NULL and one sentence in err. */
    struct wire *(*open)(const char *args, char *err, size_t err_len);
};

#define WIRE_TYPE(label, ...)                                                                      \
    static const struct wire_type wire_row_##label = {__VA_ARGS__};                                \
    static const struct wire_type *const wire_ref_##label                                          \
        __attribute__((section("dirql_wires"), used, retain)) = &wire_row_##label

const struct wire_type *const *wire_types(size_t *count);
