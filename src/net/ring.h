/* SPDX-License-Identifier: MIT */
/* ring.h - frames that wait: a queue in one piece of memory.
 *
 * Putting neither allocates nor keeps more than what waits, so that it may be done with a card's
 * lock held. Any thread puts; one at a time takes. */
#pragma once
#include "net/feed.h"

struct frame_ring {
    struct host_lock lock; /* all of these but the bytes of frames that wait */
    uint32_t size, head, tail, used;
    uint8_t *bytes;
};

/* bytes: a multiple of 16. Memory is not touched before it is used. False: there is none. */
bool frame_ring_init(struct frame_ring *ring, uint32_t bytes);
void frame_ring_fini(struct frame_ring *ring);
/* A copy of the frame joins the end; due: when it may be taken (feed.h). False if there is no room,
 * or if it is empty or longer than WIRE_FRAME_MAX. */
bool frame_ring_put(struct frame_ring *ring, const void *frame, size_t len, uint64_t due);
/* The first frame, valid until frame_ring_drop(). False if none waits. */
bool frame_ring_head(struct frame_ring *ring, struct feed_frame *frame);
/* The first frame is gone. There is one. */
void frame_ring_drop(struct frame_ring *ring);
