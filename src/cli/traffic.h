/* SPDX-License-Identifier: MIT */
/* traffic.h - what is above the driver: a source of numbered test frames, and a check of what comes in.
 *
 * Runs on an NT thread at PASSIVE_LEVEL; received frames are looked at on the processor that indicates them. */
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
    uint64_t elapsed_ns;
};

/* Registers for received frames; before ndis_adapter_start(). What is received goes into `digest` too, unless NULL. */
void traffic_attach(struct ndis_adapter *adapter, struct frame_digest *digest);
/* Sends, waits, counts, as the config says; ends early when machine_interrupted(). */
void traffic_run(const struct session_config *config, struct ndis_adapter *adapter, struct wire *wire);
/* At any time, also after a bug check. */
void traffic_result(struct traffic_result *result);
