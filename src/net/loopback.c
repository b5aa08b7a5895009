/* SPDX-License-Identifier: MIT */
/* loopback.c - a cable from the card to itself: what it sends comes back, on the device thread, in
 * order.
 *
 * A full ring means that the card has not received for 16 MiB: frames are dropped then, and
 * counted. Test frames (frame.h) are checked as they pass: what is damaged here was damaged by the
 * driver or the card on its way out. */
#include "net/frame.h"
#include "net/options.h"
#include "net/ring.h"
#include "net/wire_type.h"
#include <stdio.h>
#include <stdlib.h>

#define RING_BYTES (16u << 20)

struct loopback {
    struct wire wire;
    struct feed feed;
    struct frame_ring ring;
    uint64_t delay;
};

static void loopback_send(struct wire *wire, const void *frame, size_t len)
{
    struct loopback *loop = (struct loopback *)wire;
    struct frame_info info;
    frame_check(frame, len, &info);
    if (info.ours && (info.wrong || info.excess))
        wire->stats.corrupt++;
    uint64_t due = loop->delay ? host_now() + loop->delay : 0;
    if (!frame_ring_put(&loop->ring, frame, len, due))
        wire_drop(wire, 1);
    feed_kick(&loop->feed);
}

static bool loopback_peek(struct feed *feed, struct feed_frame *frame)
{
    return frame_ring_head(&((struct loopback *)feed->wire)->ring, frame);
}

static void loopback_take(struct feed *feed)
{
    frame_ring_drop(&((struct loopback *)feed->wire)->ring);
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
    frame_ring_fini(&loop->ring);
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
    if (!loop || !frame_ring_init(&loop->ring, RING_BYTES)) {
        snprintf(err, err_len, "loopback: out of memory");
        free(loop);
        return NULL;
    }
    loop->wire.ops = &loopback_ops;
    loop->feed = (struct feed){.wire = &loop->wire, .peek = loopback_peek, .take = loopback_take};
    loop->delay = delay;
    return &loop->wire;
}

WIRE_TYPE(loopback, .name = "loopback", .syntax = "loopback[:delay=TIME]",
          .description = "what the card sends comes back to it", .open = loopback_open);
