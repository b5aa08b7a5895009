/* SPDX-License-Identifier: MIT */
/* digest.h - a short number that stands for many frames, byte for byte.
 *
 * Two digests, so that a reader can tell "other frames" from "the same frames in another order".
 * Order is that within a flow: no network promises more, and a card with several queues does not
 * keep more. They find accidents, not attacks. The caller keeps two threads from one digest. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DIGEST_FLOWS                                                                               \
    1024 /* more flows than this share places, and are held to each other's order */

struct frame_digest {
    uint64_t frames, bytes;
    uint64_t any_order; /* equal if the same frames came, in whatever order */
    struct digest_flow {
        uint64_t key; /* 0: free */
        uint64_t ordered;
    } flow[DIGEST_FLOWS];
};

static inline uint64_t digest_mix(uint64_t h)
{
    h = (h ^ (h >> 32)) * 0xD6E8FEB86659FD93ull;
    return h ^ (h >> 29);
}

static inline uint64_t digest_bytes(uint64_t h, const uint8_t *p, size_t left)
{
    uint64_t word;
    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&word, p, 8);
        h = digest_mix(h ^ word);
    }
    if (left) {
        word = 0;
        memcpy(&word, p, left);
        h = digest_mix(h ^ word);
    }
    return h;
}

/* Protocol, addresses and ports of IPv4 without options and of IPv6; all else is one flow. Never 0.
 */
static inline uint64_t digest_flow_key(const uint8_t *p, size_t len)
{
    if (len >= 38 && p[12] == 0x08 && p[13] == 0x00)
        return digest_bytes(p[23], p + 26, 12) | 1;
    if (len >= 58 && p[12] == 0x86 && p[13] == 0xDD)
        return digest_bytes(p[20] + 256u, p + 22, 36) | 1;
    return 1;
}

static inline struct digest_flow *digest_flow_of(struct frame_digest *d, const void *frame,
                                                 size_t len)
{
    uint64_t key = digest_flow_key(frame, len);
    for (unsigned i = 0; i < DIGEST_FLOWS; i++) {
        struct digest_flow *f = &d->flow[((key >> 1) + i) % DIGEST_FLOWS];
        if (!f->key)
            f->key = key;
        if (f->key == key)
            return f;
    }
    return &d->flow[(key >> 1) % DIGEST_FLOWS];
}

static inline void frame_digest_add(struct frame_digest *d, const void *frame, size_t len)
{
    uint64_t h = digest_bytes(digest_mix(len + 1), frame, len);
    struct digest_flow *flow = digest_flow_of(d, frame, len);
    d->frames++;
    d->bytes += len;
    d->any_order += h;
    flow->ordered = digest_mix(flow->ordered ^ h);
}

/* Equal only if the frames of each flow came in the same order. */
static inline uint64_t frame_digest_ordered(const struct frame_digest *d)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < DIGEST_FLOWS;
         i++) /* places depend on who came first, so they do not count */
        all += d->flow[i].key ? digest_mix(d->flow[i].key ^ digest_mix(d->flow[i].ordered)) : 0;
    return all;
}
