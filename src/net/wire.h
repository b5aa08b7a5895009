/* SPDX-License-Identifier: MIT */
/* wire.h - where frames come from and go to.
 *
 * A wire is one end of an Ethernet link; the card's model (or the qemu back end) is the other.
 * Frames are whole Ethernet frames without FCS. The card calls wire_send for what it transmits; the
 * wire calls the card's `receive` for what arrives, on the device thread (alarm.h), never inside
 * wire_send. When the card has no room
 * (`receive` returns false) the wire keeps the frame and tries again after wire_ready(). A card
 * whose receiver is off may say no in the same way, or take the frame and lose it, as its datasheet
 * has it.
 *
 * Nothing arrives before the card has said link up (wire_link) or wire_ready() for the first time,
 * so that no frame is lost on a card that is still being set up. wire_send, wire_ready and
 * wire_link may be called with the card's own lock held; the wire calls `receive` and
 * `link_changed` with none of its own.
 *
 * Adding a wire: embed struct wire, fill wire_ops, add a WIRE_TYPE row (wire_type.h). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "net/digest.h"

#define WIRE_FRAME_MAX 16384
/* How many frames may be on their way to a card that keeps waiting what it has no room for; and so
 * few that every card has room for them, of usual lengths: in a test's pattern they are 5 KB, and
 * the smallest receive memory of an Ethernet card is 8. */
#define WIRE_MANY 2048
#define WIRE_FEW  8

struct wire;

struct wire_ops {
    const char *name;
    /* The card sent a frame. Device thread or processor thread, not re-entered for one wire. */
    void (*send)(struct wire *wire, const void *frame, size_t len);
    void (*ready)(struct wire *wire); /* the card has room again */
    void (*link)(struct wire *wire,
                 bool up); /* the card's link state as the wire sees it; may be NULL */
    bool (*finished)(const struct wire *wire); /* NULL: never */
    void (*close)(struct wire *wire);          /* frees it */
};

struct wire_stats {
    uint64_t to_wire, from_wire, bytes_to_wire, bytes_from_wire;
    uint64_t dropped;    /* frames that the card never took, or that the far end could not;
                            wire_drop(), as several threads may */
    uint64_t corrupt;    /* test frames (frame.h) from the card whose content was wrong, or that had
                            bytes behind their end */
    uint64_t duplicates; /* test frames that the card sent more than once (generator) */
    uint64_t foreign;    /* frames from the card that are no test frames (generator) */
};

struct wire {
    const struct wire_ops *ops;
    bool (*receive)(void *card, const void *frame, size_t len);
    void (*link_changed)(void *card, bool up); /* the far end went up or down; may be NULL */
    void *card;
    uint8_t station[6]; /* the card's address, for sources that make frames; set by the card, zero =
                           unknown */
    /* Set by the card: what passes here is its driver's doing and nobody else's. It takes a frame
     * only if it will not lose it for want of room, and tells its driver when the far end goes or
     * comes. A card that is not exact may lose frames by itself, as real ones do. */
    bool exact;
    bool silent; /* never has a frame for the card */
    bool live;   /* the far end is a world of its own, and nobody knows what it will still send */
    /* There is no far end: nobody has come yet, or it has gone. Changed by wire_far_end() only. */
    bool down;
    char missing[128]; /* who, if there was none from the beginning: "no peer at HOST:PORT yet" */
    /* Called on the device thread for each frame that the card took; may be NULL. */
    void (*taken)(void *ctx, const void *frame, size_t len);
    void *taken_ctx;
    struct wire_stats stats;
    bool blocked; /* a frame waits that the card refused; atomic (wire_blocked) */
    struct frame_digest *digest; /* of what the card sends; NULL: not wanted */
};

/* spec, after machine_init(): NAME[:OPTIONS]; each wire's own file describes it.
 *
 *   none            frames are counted and forgotten
 *   loopback        what the card sends comes back to it
 *   gen             test frames; what the card sends is checked (generator.c)
 *   pcap            capture files
 *   tap             a Linux network interface
 *   user            QEMU's user network: DHCP, a gateway that answers, the host's network behind it
 *   socket          another dirql's card, or a QEMU guest's
 *
 * On failure returns NULL and writes one sentence to err. */
struct wire *wire_open(const char *spec, char *err, size_t err_len);
/* Whether a spec names a network that keeps real time whatever its options are; not if it names none. */
bool wire_spec_is_live(const char *spec);
/* If the far end is down, link_changed is called at once. */
void wire_attach(struct wire *wire, void *card,
                 bool (*receive)(void *card, const void *frame, size_t len),
                 void (*link_changed)(void *card, bool up));
static inline void wire_send(struct wire *wire, const void *frame, size_t len)
{
    wire->stats.to_wire++;
    wire->stats.bytes_to_wire += len;
    if (wire->digest)
        frame_digest_add(wire->digest, frame, len);
    wire->ops->send(wire, frame, len);
}
static inline void wire_drop(struct wire *wire, uint64_t frames)
{
    __atomic_fetch_add(&wire->stats.dropped, frames, __ATOMIC_RELAXED);
}
/* The card's link came up or went down. */
static inline void wire_link(struct wire *wire, bool up)
{
    if (wire->ops->link)
        wire->ops->link(wire, up);
}
/* The far end came or went. Device thread, or before it runs. */
void wire_far_end(struct wire *wire, bool up);
static inline void wire_ready(struct wire *wire)
{
    if (wire->ops->ready)
        wire->ops->ready(wire);
}
static inline unsigned wire_window(const struct wire *wire)
{
    return wire->exact ? WIRE_MANY : WIRE_FEW;
}
void wire_close(struct wire *wire);
/* Whether the source of frames has said all it has to say (end of pcap, generator's count): ends a
 * run. */
bool wire_finished(const struct wire *wire);
/* Whether the source waits for a card that refused a frame and has not said wire_ready() since. */
static inline bool wire_blocked(const struct wire *wire)
{
    return __atomic_load_n(&wire->blocked, __ATOMIC_ACQUIRE);
}
