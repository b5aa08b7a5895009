/* SPDX-License-Identifier: MIT */
/* probe.h - a test instrument in the cable, between a card and any wire.
 *
 * To the card it is a wire, to the wire behind it a card. It passes on what comes from either side,
 * and lets a test look: at what the card sends, which it may keep from the far end, and, as with
 * every wire, at what the card took (wire.taken). It puts frames of its own on the cable, and pulls
 * the cable out. So a driver can be tested in both directions whatever the far end does.
 *
 *     struct probe *probe = probe_open(wire_open(...));
 *     probe->sent = look;
 *     device_create(..., &probe->wire, ...);
 *     probe_inject(probe, frame, len);
 *
 * wire.h says which thread calls what. */
#pragma once
#include "net/ring.h"

struct probe {
    struct wire wire; /* the card's end; wire_close() closes the far one too */
    struct wire *far;
    /* The card sent a frame. True: it was the test's own, and ends here. May be NULL. */
    bool (*sent)(void *ctx, const void *frame, size_t len);
    void *ctx;

    /* Private. */
    struct feed feed;
    struct frame_ring ring; /* to the card */
    struct alarm plug;
    bool out; /* the cable; atomic */
};

/* Takes over `far`, which is attached to nothing yet. NULL (and far is closed): out of memory. */
struct probe *probe_open(struct wire *far);
/* Puts a frame on the cable, to the card, behind those that wait there. False: too many do, or the
 * cable is out. Any thread. */
bool probe_inject(struct probe *probe, const void *frame, size_t len);
/* Pulls the cable out, or puts it in again; soon, on the device thread. While it is out, what
 * either side sends is lost. Any thread. */
void probe_cable(struct probe *probe, bool in);
