/* SPDX-License-Identifier: MIT */
/* registers.h - how a register of the family is described: what it is after a reset, and what an
 * access does.
 *
 * A row without functions is plain storage under its mask of writable bits. registers.c has the
 * rows that all chips share; each chip lists those that it has besides or instead (struct
 * e1000_chip). Offsets without a row read zero and ignore writes, as reserved space does. */
#pragma once
#include "device/model/e1000.h"

typedef uint32_t e1000_read_fn(struct e1000 *, uint32_t offset);
typedef void e1000_write_fn(struct e1000 *, uint32_t offset, uint32_t value);

struct e1000_register {
    uint32_t offset;
    uint32_t count; /* consecutive dwords */
    const char *name;
    uint32_t reset, writable;
    e1000_read_fn *read;
    e1000_write_fn *write; /* after the writable bits were stored */
    bool kept;             /* by CTRL.RST: set by power-on only, or undefined after a reset */
};

#define RW   0xFFFFFFFFu
#define KEPT .kept = true
/* Arrays and plain registers need no more than a mask. */
#define ARRAY(at, n, mask)                                                                         \
    {                                                                                              \
        E1000_##at, n, #at, 0, mask                                                                \
    }
#define PLAIN(at, initial, mask)                                                                   \
    {                                                                                              \
        E1000_##at, 1, #at, initial, mask                                                          \
    }
#define QUEUE(at, q, initial, ...)                                                                 \
    {                                                                                              \
        E1000_##at(q), 1, #at #q, initial, __VA_ARGS__                                             \
    }
