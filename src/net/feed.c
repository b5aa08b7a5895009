/* SPDX-License-Identifier: MIT */
/* feed.c - see feed.h. */
#include "net/feed.h"

/* Frames in one go, before other alarms (timers of devices, the clock) get their turn. */
#define BATCH 64

/* Gives the head to the card. False if the card has no room. */
static bool deliver(struct feed *feed, const struct feed_frame *frame)
{
    struct wire *wire = feed->wire;
    for (;;) {
        unsigned before = atomic_load(&feed->readies);
        if (wire->receive && wire->receive(wire->card, frame->data, frame->len)) {
            if (wire_blocked(wire))
                __atomic_store_n(&wire->blocked, false, __ATOMIC_RELEASE);
            return true;
        }
        if (feed->blocked)
            feed->blocked(feed);
        __atomic_store_n(&wire->blocked, true, __ATOMIC_RELEASE);
        atomic_store(&feed->waiting, true);
        /* A wire_ready() between the refusal and this store saw nobody waiting: try again. */
        if (atomic_load(&feed->readies) == before || !atomic_exchange(&feed->waiting, false))
            return false;
    }
}

static void fire(struct alarm *alarm)
{
    struct feed *feed = (struct feed *)((char *)alarm - offsetof(struct feed, alarm));
    struct feed_frame frame;
    if (atomic_load(&feed->waiting))
        return;
    for (unsigned n = 0; n < BATCH; n++) {
        if (!feed->peek(feed, &frame))
            return;
        if (frame.due > host_now()) {
            alarm_set(&feed->alarm, frame.due);
            return;
        }
        size_t len = frame.len;
        if (!deliver(feed, &frame))
            return;
        feed->wire->stats.from_wire++;
        feed->wire->stats.bytes_from_wire += len;
        if (feed->wire->taken)
            feed->wire->taken(feed->wire->taken_ctx, frame.data, len);
        feed->take(feed);
    }
    alarm_set(&feed->alarm, host_now());
}

void feed_kick(struct feed *feed)
{
    feed->alarm.fire = fire;
    if (atomic_load(&feed->started) && !atomic_load(&feed->waiting))
        alarm_set(&feed->alarm, host_now());
}

void feed_ready(struct feed *feed)
{
    feed->alarm.fire = fire;
    atomic_fetch_add(&feed->readies, 1);
    bool first = !atomic_exchange(&feed->started, true);
    __atomic_store_n(&feed->wire->blocked, false, __ATOMIC_RELEASE);
    if (atomic_exchange(&feed->waiting, false) || first)
        alarm_set(&feed->alarm, host_now());
}

void feed_stop(struct feed *feed)
{
    atomic_store(&feed->waiting, true);
    alarm_cancel(&feed->alarm);
}
