/* SPDX-License-Identifier: MIT */
/* peer_fuzz.c - what a test peer sees of frames, at the cable and from the driver: any bytes, and
 * its own frames with any bytes changed. */
/* fuzz: src/peer/flow.c src/peer/talk.c src/net/ipv4.c src/net/frame.c */
#include "peer/peer_internal.h"
#include <stdlib.h>
#include <string.h>

static size_t length_of(uint64_t sequence)
{
    return 42 + sequence % 60;
}

/* A copy of exactly its size, so that one byte too far is seen. */
static void look(const uint8_t *frame, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    memcpy(copy, frame, len);
    if (!peer_flow_sent(copy, len))
        peer_talk_sent(copy, len);
    if (!peer_flow_taken(copy, len))
        peer_talk_taken(copy, len);
    if (!peer_flow_received(copy, len))
        peer_talk_received(copy, len);
    free(copy);
    peer.owed_count = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct peer_flow *flow[2];
    struct peer_question *q = &peer.question;
    const struct ipv4_end other = {{2, 0, 0, 0, 0, 9}, 0x0a000002};
    if (!flow[0]) {
        memcpy(peer.us.mac, "\2\0\0\0\0\1", 6);
        peer.us.ip = 0x0a000001;
        flow[0] = peer_flow_new(1, 1, length_of);
        flow[1] = peer_flow_new(1, 1, length_of);
        flow[1]->shorter = true;
    }
    if (size < 2)
        return 0;
    *q = (struct peer_question){.kind = data[0] % (IPV4_DHCP_REPLY + 1), .ip = other.ip, .id = 1};
    q->len = ipv4_build_echo(q->bytes, false, &peer.us, &other, 1, 0, "abcdef", data[0] % 7);
    look(data, size);

    uint8_t frame[1600] = {0};
    size_t n =
        data[1] % 4 == 0 ? ipv4_build_arp(frame, data[1] & 16, &other, &peer.us)
        : data[1] % 4 == 1
            ? ipv4_build_echo(frame, data[1] & 16, &other, &peer.us, 1, 0, "abcdef", data[1] / 32)
            : peer_flow_build(flow[data[1] % 2], data[0], data[1] & 16, frame, sizeof frame);
    for (size_t i = 2; i + 1 < size; i += 2)
        frame[data[i] % n] ^= data[i + 1];
    look(frame, n);
    return 0;
}
