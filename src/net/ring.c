/* SPDX-License-Identifier: MIT */
/* ring.c - see ring.h. */
#include "net/ring.h"
#include <stdlib.h>
#include <string.h>

struct record {
    uint64_t due;
    uint32_t len;   /* of the frame that follows */
    uint32_t bytes; /* of the whole record; a record of length 0 skips to the ring's start */
};

bool frame_ring_init(struct frame_ring *ring, uint32_t bytes)
{
    *ring = (struct frame_ring){.size = bytes, .bytes = malloc(bytes)};
    return ring->bytes;
}

void frame_ring_fini(struct frame_ring *ring)
{
    free(ring->bytes);
    ring->bytes = NULL;
}

/* Space for `bytes` in one piece at the tail, or NULL. Lock held. */
static struct record *reserve(struct frame_ring *ring, uint32_t bytes)
{
    if (ring->used == 0)
        ring->head = ring->tail = 0; /* the front of the ring is what the cache holds */
    uint32_t to_end = ring->size - ring->tail;
    uint32_t skip = bytes > to_end ? to_end : 0;
    if (bytes + skip > ring->size - ring->used)
        return NULL;
    if (skip) {
        *(struct record *)(ring->bytes + ring->tail) = (struct record){0, 0, skip};
        ring->used += skip;
        ring->tail = 0;
    }
    struct record *record = (struct record *)(ring->bytes + ring->tail);
    record->bytes = bytes;
    ring->tail = (ring->tail + bytes) % ring->size;
    ring->used += bytes;
    return record;
}

static struct record *first(const struct frame_ring *ring)
{
    return (struct record *)(ring->bytes + ring->head);
}

static void drop(struct frame_ring *ring)
{
    uint32_t bytes = first(ring)->bytes;
    ring->used -= bytes;
    ring->head = (ring->head + bytes) % ring->size;
}

bool frame_ring_put(struct frame_ring *ring, const void *frame, size_t len, uint64_t due)
{
    if (len == 0 || len > WIRE_FRAME_MAX)
        return false;
    host_lock(&ring->lock);
    struct record *record = reserve(ring, (uint32_t)(sizeof(struct record) + len + 15) & ~15u);
    if (record) {
        record->due = due;
        record->len = (uint32_t)len;
        memcpy(record + 1, frame, len);
    }
    host_unlock(&ring->lock);
    return record;
}

bool frame_ring_head(struct frame_ring *ring, struct feed_frame *frame)
{
    host_lock(&ring->lock);
    if (ring->used && first(ring)->len == 0)
        drop(ring);
    bool any = ring->used != 0;
    if (any)
        *frame = (struct feed_frame){first(ring) + 1, first(ring)->len, first(ring)->due};
    host_unlock(&ring->lock);
    return any;
}

void frame_ring_drop(struct frame_ring *ring)
{
    host_lock(&ring->lock);
    drop(ring);
    host_unlock(&ring->lock);
}
