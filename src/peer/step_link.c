/* SPDX-License-Identifier: MIT */
/* step_link.c - the cable goes out and in again. */
#include "peer/peer_internal.h"

#define FRAMES 32

/* Until the driver has indicated it; how long that took, UINT64_MAX if it did not. */
static uint64_t await_link(bool up)
{
    uint64_t start = host_now(), limit = start + 2 * PEER_QUIET_NS;
    while (!peer_over() && host_now() < limit)
        if (ndis_wait_link(peer.adapter, up, SECOND / 10))
            return host_now() - start;
    return UINT64_MAX;
}

static void say_link(struct peer_result *result, bool up, uint64_t took)
{
    char text[16];
    if (took != UINT64_MAX) {
        peer_say(result, "%s after %s, ", up ? "up" : "down", peer_duration(took, text));
        peer_fact(result, up ? "up_ns" : "down_ns", took);
        return;
    }
    /* Some cards cannot tell, and their drivers always say "connected". */
    peer_say(result, "the driver did not indicate that the cable is %s%s, ", up ? "in" : "out",
             peer.exact ? ", though the card told it" : "");
    peer_outcome(result, peer.exact ? PEER_FAILED : PEER_INCONCLUSIVE);
}

static void out_and_in(uint64_t value, struct peer_result *result)
{
    if (!ndis_link_up(peer.adapter)) {
        peer_skip(result, "the link is not up");
        return;
    }
    probe_cable(peer.probe, false);
    uint64_t down = await_link(false);
    probe_cable(peer.probe, true);
    uint64_t up = await_link(true);
    say_link(result, false, down);
    say_link(result, true, up);
    peer_settle_card();
    struct peer_flow *flow = peer_flow_new(FRAMES, FRAMES, peer_usual_length);
    peer_flow_run(flow);
    peer_say(result, "then ");
    peer_flow_say(result, flow);
    peer_judge_flow(result, flow);
}
PEER_STEP(link, .description = "the cable goes out and in again", .run = out_and_in);
