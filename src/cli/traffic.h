/* SPDX-License-Identifier: MIT */
/* traffic.h - what is above the driver: one of three sources of frames.
 *
 *     numbered frames   traffic.c: sent in order, and checked as they come in
 *     steps             peer_traffic.c: --traffic, what a host does (peer/peer.h)
 *     Linux             tap_nic.c: --net tap:, the driver is a network interface
 *
 * Each runs on an NT thread at PASSIVE_LEVEL; received frames are looked at on the processor that
 * indicates them. */
#pragma once
#include "cli/session.h"
#include "net/digest.h"
#include "net/wire.h"
#include <stdbool.h>
#include <stdint.h>

struct traffic_result {
    uint64_t sent;       /* completed with success */
    uint64_t failed;     /* completed without */
    uint64_t received;   /* distinct intact test frames; all frames if the wire brings others */
    uint64_t lost, corrupt, duplicates;
    uint64_t excess; /* intact test frames with bytes behind their end, at most excess_bytes */
    size_t excess_bytes;
    bool doubtful; /* what is lost may have been lost by the card itself: the driver is not to blame
                    */
    uint64_t elapsed_ns;
};

struct traffic {
    /* Registers for received frames; before ndis_adapter_start(). wire: NULL without a card. What
     * is received goes into `digest` too, unless NULL. */
    void (*attach)(struct ndis_adapter *adapter, struct wire *wire, struct frame_digest *digest);
    /* Sends, waits, counts, as the config says; ends early when machine_interrupted(). */
    void (*run)(const struct session_config *config);
    /* At any time, also after a bug check. */
    void (*result)(struct traffic_result *result);
    bool judges_itself; /* `lost` and the like are not for session.c to judge */
};

extern const struct traffic traffic_numbered, traffic_linux, traffic_steps;

/* How many frames may be on their way to the driver: --window, or what suits the card. */
unsigned traffic_window(const struct session_config *config, const struct wire *wire);
