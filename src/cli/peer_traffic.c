/* SPDX-License-Identifier: MIT */
/* peer_traffic.c - --traffic: the steps of a test peer (peer/peer.h) as a source of frames. */
#include "cli/traffic.h"
#include "nt/alarm.h"

static void attach(struct ndis_adapter *adapter, struct wire *wire, struct frame_digest *digest)
{
    peer_attach(adapter, (struct probe *)wire, digest); /* session.c has put it into the cable */
}

static void run(const struct session_config *config)
{
    static struct peer_config peer; /* kept by the peer */
    peer = (struct peer_config){
        .plan = &config->plan,
        .window = config->window,
        .deadline = config->time_ns ? host_now() + config->time_ns : 0,
        .faults = config->fault,
    };
    peer_run(&peer);
}

static void result(struct traffic_result *r)
{
    struct peer_counts c;
    peer_counts(&c);
    *r = (struct traffic_result){.sent = c.sent,
                                 .failed = c.failed,
                                 .received = c.received,
                                 .lost = c.lost,
                                 .corrupt = c.corrupt,
                                 .duplicates = c.duplicates,
                                 .elapsed_ns = c.elapsed_ns};
}

const struct traffic traffic_steps = {
    .attach = attach, .run = run, .result = result, .judges_itself = true};
