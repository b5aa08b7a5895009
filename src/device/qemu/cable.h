/* SPDX-License-Identifier: MIT */
/* cable.h - frames between QEMU's card and a wire: a stream socket (QEMU's -netdev socket;
 * net/stream.h).
 *
 * QEMU reads no further while its card takes no frames, so that what we write waits in the socket,
 * and then on the wire. Device thread, except cable_ready(). */
#pragma once
#include "net/stream.h"
#include "nt/alarm.h"
#include <stdint.h>

struct cable {
    void (*passed)(void *ctx); /* a frame, either way */
    void *ctx;
    struct wire *wire;

    /* Private. */
    struct fd_watch in, out; /* two descriptors of one socket */
    bool blocked;            /* `out` is watched */
    struct stream_reader from_card;
    struct stream_writer to_card;
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
