/* SPDX-License-Identifier: MIT */
/* step_frames.c - frames of every length that Ethernet allows, in both directions at once. */
#include "peer/peer_internal.h"

static void burst(uint64_t count, struct peer_result *result)
{
    struct peer_flow *flow = peer_flow_new(count, count, peer_usual_length);
    uint64_t start = host_now();
    peer_flow_run(flow);
    peer_flow_say(result, flow);
    peer_fact(result, "took_ns", host_now() - start);
    peer_judge_flow(result, flow);
}
PEER_STEP(burst, .description = "N frames of all usual lengths each way, every byte checked",
          .takes = PEER_COUNT, .usual = 1000, .most = 1000000000, .run = burst);

/* --- jumbo --- */

static size_t jumbo_length(uint64_t sequence)
{
    size_t longest = peer.mtu + 14;
    if (longest > WIRE_FRAME_MAX)
        longest = WIRE_FRAME_MAX;
    /* The longest, the shortest that is one, and in between. */
    size_t lengths[] = {longest, FRAME_MTU + 1, longest - 1, (longest + FRAME_MTU) / 2};
    return lengths[sequence % 4];
}

static void jumbo(uint64_t count, struct peer_result *result)
{
    if (peer.mtu <= FRAME_MTU - 14) {
        peer_skip(result, "the driver's MTU is %u bytes; many take --set *JumboPacket=9014",
                  peer.mtu);
        return;
    }
    struct peer_flow *flow = peer_flow_new(count, count, jumbo_length);
    if (!peer.exact && !peer.config->window)
        flow->window = 1; /* of such frames few cards have room for more */
    peer_flow_run(flow);
    peer_say(result, "MTU %u: ", peer.mtu);
    peer_fact(result, "mtu", peer.mtu);
    peer_flow_say(result, flow);
    peer_judge_flow(result, flow);
}
PEER_STEP(jumbo, .description = "N frames each way that are longer than 1514 bytes",
          .takes = PEER_COUNT, .usual = 100, .most = 1000000000, .run = jumbo);

/* --- min --- */

/* Out: what TCP/IP sends: an ARP request, an empty TCP segment, one byte too few, and the shortest
 * that needs no padding. In: the shortest that there is on a cable. */
static size_t least_length(uint64_t sequence)
{
    static const size_t lengths[] = {42, 54, 59, 60};
    return lengths[sequence % 4];
}

static void least(uint64_t count, struct peer_result *result)
{
    struct peer_flow *flow = peer_flow_new(count, count, least_length);
    flow->shorter = true;
    peer_flow_run(flow);
    peer_flow_say(result, flow);
    peer_fact(result, "unpadded", flow->unpadded);
    peer_fact(result, "dirty_padding", flow->dirty);
    peer_judge_flow(result, flow);
    if (flow->unpadded) {
        peer_say(result, "; %llu reached the cable shorter than 60 bytes%s",
                 (unsigned long long)flow->unpadded,
                 peer.exact ? "" : " (an emulated card that does not pad, where a real one would)");
        peer_outcome(result, peer.exact ? PEER_FAILED : PEER_PASSED);
    }
    if (flow->dirty) {
        peer_say(result, "; the padding of %llu is not zero: it gives away memory (CVE-2003-0001)",
                 (unsigned long long)flow->dirty);
        peer_outcome(result, PEER_INCONCLUSIVE);
    }
}
PEER_STEP(min, .description = "N of the shortest frames each way, and how they are padded",
          .takes = PEER_COUNT, .usual = 100, .most = 1000000000, .run = least);
