/* SPDX-License-Identifier: MIT */
/* loopback.c - a cable from the card to itself: what it sends comes back, on the device thread, in
 * order.
 *
 * Frames wait in a ring of bytes, so that sending neither allocates nor keeps more than what is on
 * its way. A full ring means that the card has not received for 16 MiB: frames are dropped then,
 * and counted. Test frames (frame.h) are checked as they pass: what is damaged here was damaged by
 * the driver or the card on its way out. */
#include "net/feed.h"
#include "net/frame.h"
#include "net/options.h"
#include "net/wire_type.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RING_BYTES (16u << 20)

struct record {
    uint64_t due;
    uint32_t len;   /* of the frame that follows */
    uint32_t bytes; /* of the whole record; a record of length 0 skips to the ring's start */
};

struct loopback {
    struct wire wire;
    struct feed feed;
    struct host_lock lock; /* head, tail, used */
    uint64_t delay;
    uint32_t head, tail, used;
    uint8_t *ring;
};

/* Space for `bytes` in one piece at the tail, or NULL. Lock held. */
static struct record *ring_reserve(struct loopback *loop, uint32_t bytes)
{
    if (loop->used == 0)
        loop->head = loop->tail = 0; /* the front of the ring is what the cache holds */
    uint32_t to_end = RING_BYTES - loop->tail;
    uint32_t skip = bytes > to_end ? to_end : 0;
    if (bytes + skip > RING_BYTES - loop->used)
        return NULL;
    if (skip) {
        *(struct record *)(loop->ring + loop->tail) = (struct record){0, 0, skip};
        loop->used += skip;
        loop->tail = 0;
    }
    struct record *record = (struct record *)(loop->ring + loop->tail);
    record->bytes = bytes;
    loop->tail = (loop->tail + bytes) % RING_BYTES;
    loop->used += bytes;
    return record;
}

static void ring_drop(struct loopback *loop)
{
    struct record *record = (struct record *)(loop->ring + loop->head);
    loop->used -= record->bytes;
    loop->head = (loop->head + record->bytes) % RING_BYTES;
}

static void loopback_send(struct wire *wire, const void *frame, size_t len)
{
    struct loopback *loop = (struct loopback *)wire;
    struct frame_info info;
    if (!frame_check(frame, len, &info) && info.ours)
        wire->stats.corrupt++;
    uint32_t bytes = (uint32_t)(sizeof(struct record) + len + 15) & ~15u;
    if (len == 0 || len > WIRE_FRAME_MAX) {
        wire->stats.dropped++;
        return;
    }
    host_lock(&loop->lock);
    struct record *record = ring_reserve(loop, bytes);
    if (record) {
        record->due = loop->delay ? host_now() + loop->delay : 0;
        record->len = (uint32_t)len;
        memcpy(record + 1, frame, len);
    } else {
        wire->stats.dropped++;
    }
    host_unlock(&loop->lock);
    feed_kick(&loop->feed);
}

static bool loopback_peek(struct feed *feed, struct feed_frame *frame)
{
    struct loopback *loop = (struct loopback *)feed->wire;
    host_lock(&loop->lock);
    struct record *record = (struct record *)(loop->ring + loop->head);
    if (loop->used && record->len == 0) {
        ring_drop(loop);
        record = (struct record *)(loop->ring + loop->head);
    }
    bool any = loop->used != 0;
    if (any)
        *frame = (struct feed_frame){record + 1, record->len, record->due};
    host_unlock(&loop->lock);
    return any;
}

static void loopback_take(struct feed *feed)
{
    struct loopback *loop = (struct loopback *)feed->wire;
    host_lock(&loop->lock);
    ring_drop(loop);
    host_unlock(&loop->lock);
}

static void loopback_ready(struct wire *wire)
{
    feed_ready(&((struct loopback *)wire)->feed);
}

static void loopback_link(struct wire *wire, bool up)
{
    if (up)
        loopback_ready(wire);
}

static void loopback_close(struct wire *wire)
{
    struct loopback *loop = (struct loopback *)wire;
    feed_stop(&loop->feed);
    free(loop->ring);
    free(loop);
}

static const struct wire_ops loopback_ops = {.name = "loopback",
                                             .send = loopback_send,
                                             .ready = loopback_ready,
                                             .link = loopback_link,
                                             .close = loopback_close};

static struct wire *loopback_open(const char *args, char *err, size_t err_len)
{
    uint64_t delay = 0;
    const struct option options[] = {{"delay", OPTION_TIME, &delay, .max = 10000000000}};
    if (!options_parse("loopback", args, options, 1, err, err_len))
        return NULL;
    struct loopback *loop = calloc(1, sizeof *loop);
    uint8_t *ring = malloc(RING_BYTES); /* not touched before it is used */
    if (!loop || !ring) {
        snprintf(err, err_len, "loopback: out of memory");
        free(loop);
        free(ring);
        return NULL;
    }
    loop->wire.ops = &loopback_ops;
    loop->feed = (struct feed){.wire = &loop->wire, .peek = loopback_peek, .take = loopback_take};
    loop->ring = ring;
    loop->delay = delay;
    return &loop->wire;
}

WIRE_TYPE(loopback, .name = "loopback", .syntax = "loopback[:delay=TIME]",
          .description = "what the card sends comes back to it", .open = loopback_open);
