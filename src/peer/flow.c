/* SPDX-License-Identifier: MIT */
/* flow.c - numbered frames in both directions at once.
 *
 * Out: through the driver and its card to the probe in the cable, where they are checked and end.
 * In: from the probe to the card and up through its driver. Each flow has a number of its own, so
 * that a frame that comes late is not taken for another flow's. */
#include "peer/peer_internal.h"
#include "net/bytes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_STREAM 0x100 /* those below are the generator's and numbered frames' */
#define FLOWS        64
#define BATCH        16
#define TUPLES       16 /* distinct 5-tuples, so that RSS has something to spread */

static struct peer_flow *flows[FLOWS];
static unsigned flow_count;
/* Where frames in come from, and frames out go to. */
static const uint8_t far_station[6] = {0x02, 0xd1, 0x49, 0, 0, 2};

struct peer_flow *peer_flow_new(uint64_t out, uint64_t in, size_t (*length)(uint64_t sequence))
{
    struct peer_flow *flow = calloc(1, sizeof *flow);
    if (!flow || flow_count == FLOWS) {
        fprintf(stderr, "dirql: no room for another flow of test frames\n");
        abort();
    }
    *flow = (struct peer_flow){.out_wanted = out,
                               .in_wanted = in,
                               .length = length,
                               .window = peer.window,
                               .name = "",
                               .stream = (uint16_t)(FIRST_STREAM + flow_count)};
    memcpy(flow->to, peer.us.mac, 6);
    host_lock(&peer.lock);
    flows[flow_count++] = flow;
    host_unlock(&peer.lock);
    return flow;
}

size_t peer_usual_length(uint64_t sequence)
{
    static const size_t lengths[] = {60, 1514, 64, 590, 128, 1514, 61, 1024};
    size_t len = lengths[sequence % (sizeof lengths / sizeof *lengths)];
    size_t longest = (peer.mtu ? peer.mtu : 1500) + 14;
    return len < longest ? len : longest;
}

/* --- frames shorter than Ethernet's shortest --- */

/* EtherType for local experiments (IEEE 802), then stream, sequence, length, and a pattern. */
#define SHORT_TYPE 0x88b5
#define SHORT_HEAD 21

static size_t build_short(uint8_t *out, const struct peer_flow *flow, uint64_t sequence, size_t len)
{
    memcpy(out, far_station, 6);
    memcpy(out + 6, peer.us.mac, 6);
    put16(out + 12, SHORT_TYPE);
    put16(out + 14, flow->stream);
    put32(out + 16, (uint32_t)sequence);
    out[20] = (uint8_t)len;
    for (size_t i = SHORT_HEAD; i < len; i++)
        out[i] = (uint8_t)(sequence + i);
    return len;
}

/* False if it is none. */
static bool read_short(const uint8_t *p, size_t len, struct frame_info *info, bool *dirty)
{
    if (len < SHORT_HEAD || get16(p + 12) != SHORT_TYPE || memcmp(p, far_station, 6))
        return false;
    *info = (struct frame_info){
        .ours = true, .stream = (uint16_t)get16(p + 14), .sequence = get32(p + 16)};
    size_t own = p[20];
    if (own < SHORT_HEAD || own > len)
        info->wrong = "length";
    for (size_t i = SHORT_HEAD; i < own && !info->wrong; i++)
        if (p[i] != (uint8_t)(info->sequence + i))
            info->wrong = "pattern";
    *dirty = false;
    for (size_t i = own; i < len && !info->wrong; i++)
        *dirty |= p[i] != 0;
    return true;
}

/* --- where they pass --- */

static struct peer_flow *flow_of(const struct frame_info *info)
{
    unsigned i = info->stream - FIRST_STREAM;
    return info->ours && info->stream >= FIRST_STREAM && i < flow_count ? flows[i] : NULL;
}

bool peer_flow_sent(const void *frame, size_t len)
{
    struct frame_info info;
    bool dirty = false;
    if (!read_short(frame, len, &info, &dirty))
        frame_check(frame, len, &info);
    struct peer_flow *flow = flow_of(&info);
    if (!flow)
        return false;
    frame_ledger_note(&flow->out, &info);
    if (info.wrong)
        flow->out_wrong = info.wrong;
    flow->unpadded += len < FRAME_MIN;
    flow->dirty += dirty;
    return true;
}

bool peer_flow_taken(const void *frame, size_t len)
{
    struct frame_info info;
    frame_check(frame, len, &info);
    struct peer_flow *flow = flow_of(&info);
    if (flow)
        flow->in_taken++;
    return flow;
}

bool peer_flow_received(const void *frame, size_t len)
{
    struct frame_info info;
    frame_check(frame, len, &info);
    struct peer_flow *flow = flow_of(&info);
    if (!flow)
        return false;
    frame_ledger_note(&flow->in, &info);
    if (info.wrong)
        flow->in_wrong = info.wrong;
    return true;
}

/* --- running --- */

static uint64_t arrived(const struct frame_ledger *ledger)
{
    return ledger->received + ledger->corrupt;
}

size_t peer_flow_build(const struct peer_flow *flow, uint64_t sequence, bool outward, uint8_t *out,
                       size_t room)
{
    size_t len = flow->length(sequence);
    if (outward && flow->shorter)
        return build_short(out, flow, sequence, len);
    struct frame_spec spec = {.kind = sequence % 3 ? FRAME_UDP4 : FRAME_TCP4,
                              .stream = flow->stream,
                              .flow = (uint32_t)(sequence % TUPLES),
                              .sequence = sequence,
                              .len = len};
    if (len < frame_shortest(spec.kind, false))
        spec.kind = sequence % 2 ? FRAME_UDP4 : FRAME_ARP;
    memcpy(spec.destination, outward ? far_station : flow->to, 6);
    memcpy(spec.source, outward ? peer.us.mac : far_station, 6);
    return frame_build(out, room, &spec);
}

static void send_some(struct peer_flow *flow)
{
    static uint8_t bytes[BATCH][WIRE_FRAME_MAX];
    struct ndis_frame frames[BATCH];
    unsigned n = 0;
    for (; n < BATCH && flow->out_sent + n < flow->out_wanted; n++)
        frames[n] = (struct ndis_frame){
            bytes[n], peer_flow_build(flow, flow->out_sent + n, true, bytes[n], sizeof bytes[n])};
    if (n)
        flow->out_sent += peer_send_many(frames, n, &flow->sends);
}

static void inject_some(struct peer_flow *flow)
{
    static uint8_t bytes[WIRE_FRAME_MAX];
    while (flow->in_sent < flow->in_wanted &&
           beyond(flow->in_sent, arrived(&flow->in)) < flow->window &&
           probe_inject(peer.probe, bytes,
                        peer_flow_build(flow, flow->in_sent, false, bytes, sizeof bytes)))
        flow->in_sent++;
}

void peer_flow_inject(struct peer_flow *flow)
{
    flow->window = UINT32_MAX;
    inject_some(flow);
}

/* What grows while anything moves. */
static uint64_t progress(const struct peer_flow *flow)
{
    return flow->out_sent + flow->sends.completed + flow->sends.failed + arrived(&flow->out) +
           flow->in_sent + flow->in_taken + arrived(&flow->in);
}

static bool complete(const struct peer_flow *flow)
{
    return flow->sends.completed + flow->sends.failed >= flow->out_wanted &&
           arrived(&flow->out) >= flow->sends.completed && arrived(&flow->in) >= flow->in_wanted;
}

void peer_flow_run(struct peer_flow *flow)
{
    uint64_t last = 0, moved_at = host_now();
    while (!peer_over() && !complete(flow) && host_now() - moved_at < PEER_QUIET_NS) {
        /* As a protocol that was told of a disconnection. */
        if (ndis_link_up(peer.adapter) || ndis_wait_link(peer.adapter, true, SECOND / 10)) {
            send_some(flow);
            inject_some(flow);
        }
        if (progress(flow) != last) {
            last = progress(flow);
            moved_at = host_now();
        }
        if (!complete(flow))
            peer_wait(SECOND / 1000);
    }
}

void peer_flow_say(struct peer_result *result, const struct peer_flow *flow)
{
    if (flow->out_wanted) {
        peer_say(result, "out %llu of %llu", (unsigned long long)flow->out.received,
                 (unsigned long long)flow->out_wanted);
        peer_fact(result, "out_sent", flow->sends.completed);
        peer_fact(result, "out_arrived", flow->out.received);
    }
    if (flow->in_wanted) {
        peer_say(result, "%sin %llu of %llu", flow->out_wanted ? ", " : "",
                 (unsigned long long)flow->in.received, (unsigned long long)flow->in_wanted);
        peer_fact(result, "in_sent", flow->in_sent);
        peer_fact(result, "in_arrived", flow->in.received);
    }
    peer_fact(result, "corrupt", flow->out.corrupt + flow->in.corrupt);
    peer_fact(result, "duplicates", flow->out.duplicates + flow->in.duplicates);
}

static void judge_way(struct peer_result *result, const struct peer_flow *flow,
                      const struct frame_ledger *ledger, uint64_t lost, const char *wrong,
                      const char *way)
{
    if (ledger->corrupt) {
        peer_say(result, "; %s%s: %llu damaged (%s)", flow->name, way,
                 (unsigned long long)ledger->corrupt, wrong);
        peer_outcome(result, PEER_FAILED);
    }
    if (ledger->duplicates) {
        peer_say(result, "; %s%s: %llu twice", flow->name, way,
                 (unsigned long long)ledger->duplicates);
        peer_outcome(result, PEER_FAILED);
    }
    if (lost) {
        bool certain = peer.exact || flow->window <= WIRE_FEW || !arrived(ledger);
        peer_say(result, "; %s%s: %llu lost%s", flow->name, way, (unsigned long long)lost,
                 certain ? "" : " (this card may lose frames by itself)");
        peer_outcome(result, certain ? PEER_FAILED : PEER_INCONCLUSIVE);
    }
    peer.lost += lost;
    peer.corrupt += ledger->corrupt;
    peer.duplicates += ledger->duplicates;
}

void peer_judge_flow(struct peer_result *result, const struct peer_flow *flow)
{
    uint64_t failed = flow->sends.failed;
    uint64_t pending = beyond(flow->out_sent, flow->sends.completed + failed);
    judge_way(result, flow, &flow->out, beyond(flow->sends.completed, arrived(&flow->out)),
              flow->out_wrong, "out");
    judge_way(result, flow, &flow->in, beyond(flow->in_taken, arrived(&flow->in)), flow->in_wrong,
              "in");
    if (flow->in_taken < flow->in_sent) { /* the cable holds what the card refuses */
        peer_say(result, "; %sin: the card took %llu of %llu, its driver gives it no room",
                 flow->name, (unsigned long long)flow->in_taken, (unsigned long long)flow->in_sent);
        peer_outcome(result, peer.exact ? PEER_FAILED : PEER_INCONCLUSIVE);
    }
    if (!ndis_link_up(peer.adapter)) {
        peer_say(result, "; the link is down");
        peer_outcome(result, PEER_INCONCLUSIVE);
    } else if (failed || pending || flow->out_sent < flow->out_wanted) {
        peer_say(result, "; %sout: of %llu sends the driver failed %llu and still has %llu",
                 flow->name, (unsigned long long)flow->out_sent, (unsigned long long)failed,
                 (unsigned long long)pending);
        peer_outcome(result, PEER_INCONCLUSIVE);
    }
    if (flow->in_sent < flow->in_wanted)
        peer_outcome(result, PEER_INCONCLUSIVE);
}
