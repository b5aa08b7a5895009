/* SPDX-License-Identifier: MIT */
/* feed.h - from a wire's source of frames to its card: when, in which order, and what happens when
 * the card is full.
 *
 * The source is asked for the frame at its head and told when the card took it. All of that runs on
 * the device thread. A frame the card refuses stays at the head until wire_ready(). */
#pragma once
#include "net/wire.h"
#include "nt/alarm.h"
#include <stdatomic.h>

struct feed_frame {
    const void *data; /* stays valid until taken */
    size_t len;
    uint64_t due; /* host_now() scale; not before */
};

struct feed {
    struct wire *wire;
    /* The head, or false if there is none now. */
    bool (*peek)(struct feed *feed, struct feed_frame *frame);
    void (*take)(struct feed *feed);
    /* The card refused a frame; NULL if the source need not know. */
    void (*blocked)(struct feed *feed);
    struct alarm alarm;
    _Atomic bool started, waiting;
    _Atomic unsigned readies;
};

/* Something may be at the head now. Any thread; nothing happens before the card is ready for the
 * first time. */
void feed_kick(struct feed *feed);
/* What wire_ready() and wire_link(up) do. Any thread. */
void feed_ready(struct feed *feed);
/* The device thread may still be inside the source when this returns, unless the machine has
 * stopped. */
void feed_stop(struct feed *feed);
