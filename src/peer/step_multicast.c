/* SPDX-License-Identifier: MIT */
/* step_multicast.c - the multicast list: frames to a group that was joined arrive.
 *
 * Frames to others need not be kept out: cards filter by hash or not at all, and NDIS drops what no
 * protocol asked for. Directed frames go along, as a driver that writes its list to the wrong
 * registers overwrites its own address. */
#include "peer/peer_internal.h"
#include <stdio.h>
#include <string.h>

#define FRAMES 16
#define OTHERS 8

static const uint8_t group[6] = {0x01, 0x00, 0x5e, 0x7f, 0xd1, 0x49};

static NDIS_STATUS set_list(const uint8_t (*groups)[6], unsigned n)
{
    return ndis_oid(peer.adapter, NdisRequestSetInformation, OID_802_3_MULTICAST_LIST,
                    (void *)groups, n * 6, NULL);
}

static struct peer_flow *run_in(const uint8_t to[6], const char *name)
{
    struct peer_flow *flow = peer_flow_new(0, FRAMES, peer_usual_length);
    flow->name = name;
    memcpy(flow->to, to, 6);
    peer_flow_run(flow);
    return flow;
}

static size_t short_length(uint64_t sequence)
{
    return FRAME_MIN;
}

static void other_group(uint8_t to[6], unsigned i)
{
    memcpy(to, group, 6);
    to[3] = (uint8_t)(0x10 + 0x0d * i);
    to[4] = (uint8_t)(0x47 * i);
    to[5] = (uint8_t)(0x23 + 0x55 * i);
}

static void multicast(uint64_t value, struct peer_result *result)
{
    struct ndis_adapter_report about;
    uint8_t list[NDIS_GROUPS][6];
    ndis_adapter_report(peer.adapter, &about);
    const ULONG any = NDIS_PACKET_TYPE_ALL_MULTICAST | NDIS_PACKET_TYPE_PROMISCUOUS;
    if (!about.groups_room) {
        peer_skip(result, "the driver takes no multicast list (MaxMulticastListSize is 0)");
        return;
    }
    if (!(about.packet_filter & NDIS_PACKET_TYPE_MULTICAST)) {
        peer_skip(result, "the packet filter that was set (--filter) has no multicast");
        return;
    }
    unsigned before = ndis_groups(peer.adapter, list);
    unsigned room = about.groups_room < NDIS_GROUPS ? about.groups_room : NDIS_GROUPS;
    unsigned n = before < room ? before : room - 1;
    memcpy(list[n], group, 6);
    NDIS_STATUS status = set_list((const uint8_t(*)[6])list, n + 1);
    if (status != NDIS_STATUS_SUCCESS) {
        peer_say(result, "the driver refuses a list of %u groups (status 0x%08x)", n + 1,
                 (unsigned)status);
        peer_outcome(result, PEER_INCONCLUSIVE);
        return;
    }

    peer_settle_card();
    struct peer_flow *others[OTHERS];
    for (unsigned i = 0; i < OTHERS; i++) {
        others[i] = peer_flow_new(0, 1, short_length);
        other_group(others[i]->to, i);
        peer_flow_inject(others[i]);
    }
    struct peer_flow *joined = run_in(group, "joined "),
                     *directed = run_in(peer.us.mac, "directed ");
    unsigned let_through = 0;
    for (unsigned i = 0; i < OTHERS; i++)
        let_through += others[i]->in.received != 0;
    set_list((const uint8_t(*)[6])list, n);

    peer_say(result, "joined group: ");
    peer_flow_say(result, joined);
    peer_say(result, "; directed: in %llu of %d; of %d other groups %u were let through",
             (unsigned long long)directed->in.received, FRAMES, OTHERS, let_through);
    peer_fact(result, "directed_arrived", directed->in.received);
    peer_fact(result, "other_groups", OTHERS);
    peer_fact(result, "other_groups_arrived", let_through);
    peer_judge_flow(result, joined);
    peer_judge_flow(result, directed);
    if (!directed->in.received && directed->in_taken)
        peer_say(result, " (does setting the list overwrite the card's address?)");
    if (let_through == OTHERS && !(about.packet_filter & any)) {
        peer_say(result, "; the card lets all groups in, which NDIS has to drop");
        peer_outcome(result, PEER_INCONCLUSIVE);
    }
}
PEER_STEP(multicast, .description = "a group that is joined, and others that are not",
          .run = multicast);
