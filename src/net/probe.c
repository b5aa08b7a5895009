/* SPDX-License-Identifier: MIT */
/* probe.c - see probe.h. */
#include "net/probe.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define RING_BYTES (4u << 20)

static bool is_out(const struct probe *probe)
{
    return __atomic_load_n(&probe->out, __ATOMIC_ACQUIRE);
}

/* --- from the card --- */

static void probe_send(struct wire *wire, const void *frame, size_t len)
{
    struct probe *probe = (struct probe *)wire;
    if (is_out(probe))
        wire_drop(wire, 1);
    else if (!probe->sent || !probe->sent(probe->ctx, frame, len))
        wire_send(probe->far, frame, len);
}

static void probe_ready(struct wire *wire)
{
    struct probe *probe = (struct probe *)wire;
    memcpy(probe->far->station, wire->station, sizeof wire->station);
    feed_ready(&probe->feed);
    wire_ready(probe->far);
}

static void probe_link(struct wire *wire, bool up)
{
    struct probe *probe = (struct probe *)wire;
    memcpy(probe->far->station, wire->station, sizeof wire->station);
    if (up)
        feed_ready(&probe->feed);
    wire_link(probe->far, up);
}

/* --- to the card --- */

static bool from_far(void *ctx, const void *frame, size_t len)
{
    struct probe *probe = ctx;
    struct wire *wire = &probe->wire;
    if (is_out(probe))
        return true; /* lost */
    if (!wire->receive || !wire->receive(wire->card, frame, len))
        return false;
    wire->stats.from_wire++;
    wire->stats.bytes_from_wire += len;
    if (wire->taken)
        wire->taken(wire->taken_ctx, frame, len);
    return true;
}

static bool probe_peek(struct feed *feed, struct feed_frame *frame)
{
    struct probe *probe = (struct probe *)feed->wire;
    while (frame_ring_head(&probe->ring, frame)) {
        if (!is_out(probe))
            return true;
        frame_ring_drop(&probe->ring);
        wire_drop(&probe->wire, 1);
    }
    return false;
}

static void probe_take(struct feed *feed)
{
    frame_ring_drop(&((struct probe *)feed->wire)->ring);
}

bool probe_inject(struct probe *probe, const void *frame, size_t len)
{
    if (is_out(probe) || !frame_ring_put(&probe->ring, frame, len, 0))
        return false;
    feed_kick(&probe->feed);
    return true;
}

/* --- the cable --- */

/* The card sees a far end if there is one and the cable is in. */
static void plug(struct alarm *alarm)
{
    struct probe *probe = (struct probe *)((char *)alarm - offsetof(struct probe, plug));
    wire_far_end(&probe->wire, !is_out(probe) && !probe->far->down);
}

static void far_end_changed(void *ctx, bool up)
{
    plug(&((struct probe *)ctx)->plug);
}

void probe_cable(struct probe *probe, bool in)
{
    __atomic_store_n(&probe->out, !in, __ATOMIC_RELEASE);
    alarm_set(&probe->plug, host_now());
}

/* --- the wire --- */

static bool probe_finished(const struct wire *wire)
{
    return wire_finished(((const struct probe *)wire)->far);
}

static void probe_close(struct wire *wire)
{
    struct probe *probe = (struct probe *)wire;
    feed_stop(&probe->feed);
    alarm_cancel(&probe->plug);
    wire_close(probe->far);
    frame_ring_fini(&probe->ring);
    free(probe);
}

static const struct wire_ops probe_ops = {.name = "probe",
                                          .send = probe_send,
                                          .ready = probe_ready,
                                          .link = probe_link,
                                          .finished = probe_finished,
                                          .close = probe_close};

struct probe *probe_open(struct wire *far)
{
    struct probe *probe = calloc(1, sizeof *probe);
    if (!probe || !frame_ring_init(&probe->ring, RING_BYTES)) {
        free(probe);
        wire_close(far);
        return NULL;
    }
    probe->far = far;
    probe->plug = (struct alarm){.fire = plug};
    probe->feed = (struct feed){.wire = &probe->wire, .peek = probe_peek, .take = probe_take};
    probe->wire.ops = &probe_ops;
    probe->wire.silent = far->silent;
    probe->wire.live = far->live;
    probe->wire.down = far->down;
    memcpy(probe->wire.missing, far->missing, sizeof far->missing);
    wire_attach(far, probe, from_far, NULL);
    far->link_changed = far_end_changed; /* what it is now, our own card learns when it attaches */
    return probe;
}
