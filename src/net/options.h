/* SPDX-License-Identifier: MIT */
/* options.h - "key=value,key=value" as wires and devices take them.
 *
 * A row per key says where its value goes. An error is one sentence that names the bad key or value
 * and what is allowed. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,   /* bool: "key" alone, or key=on|off|yes|no|1|0 */
    OPTION_NUMBER, /* uint64_t: decimal or 0x..., with k, M or G (powers of 1000) behind it */
    OPTION_TIME,   /* uint64_t nanoseconds: a number with ns, us, ms or s behind it */
    OPTION_TEXT,   /* char[text_room] */
    OPTION_MAC,    /* uint8_t[6]: 52:54:00:12:34:56, or with '-' */
    OPTION_IPV4,   /* uint32_t in host order: 10.0.2.2 */
    OPTION_LIST,   /* struct option_list: a key that may be given again and again */
};

struct option_list {
    size_t count;
    char text[16][80];
};

struct option {
    const char *key;
    enum option_kind kind;
    void *value;       /* keeps what it holds if the key is absent */
    uint64_t min, max; /* of a number or time; max = 0: no limit */
    size_t text_room;
};

/* what: "gen" or "model:82574l", for the message. text: NULL or "" is no options. */
bool options_parse(const char *what, const char *text, const struct option *options, size_t count,
                   char *err, size_t err_len);
