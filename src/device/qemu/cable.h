/* SPDX-License-Identifier: MIT */
/* cable.h - frames between QEMU's card and a wire: a stream socket (QEMU's -netdev socket), each
 * frame behind its length, 4 bytes, big endian.
 *
 * QEMU reads no further while its card takes no frames, so that what we write waits in the socket,
 * and then on the wire. Device thread, except cable_ready(). */
#pragma once
#include "net/wire.h"
#include "nt/alarm.h"
#include <stdint.h>

struct cable {
    void (*passed)(void *ctx); /* a frame, either way */
    void *ctx;
    struct wire *wire;

    /* Private. */
    struct fd_watch in, out; /* two descriptors of one socket */
    bool blocked;            /* the wire was refused a frame: `out` is watched */
    size_t have, left;       /* in `from_card`; of a frame that the socket took half */
    uint8_t from_card[WIRE_FRAME_MAX + 4], to_card[WIRE_FRAME_MAX + 4];
    size_t to_card_at;
};

/* passed and ctx are set. The other end goes to *qemu_fd (the caller's to close once QEMU has it).
 * Attaches to the wire, with `link_changed` told of its far end. 0 or -errno. */
int cable_open(struct cable *cable, struct wire *wire, void (*link_changed)(void *card, bool up),
               int *qemu_fd);
/* The device thread listens from now on. 0 or -errno. */
int cable_listen(struct cable *cable);
/* The driver has initialised: frames may come. */
void cable_ready(struct cable *cable);
void cable_close(struct cable *cable);
