/* SPDX-License-Identifier: MIT */
/* step_ip.c - what a host does first on a network: an address (DHCP, RFC 2131), its gateway (ARP,
 * RFC 826), whether that answers (ICMP echo, RFC 792). */
#include "peer/peer_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PING_DATA 56 /* bytes of data, as ping(8) sends */
#define TRIES     3
#define PATIENCE  SECOND /* for the first answer; then twice as long, and so on */

static void set_place(uint32_t ip, uint32_t gateway)
{
    host_lock(&peer.lock);
    peer.us.ip = ip;
    peer.gateway.ip = gateway;
    peer.gateway_found = false;
    host_unlock(&peer.lock);
}

static void address(uint64_t value, struct peer_result *result)
{
    set_place((uint32_t)value, peer.gateway.ip);
}
PEER_STEP(address, .description = "our IP address, without DHCP", .takes = PEER_ADDRESS,
          .run = address, .silent = true);

static void gateway(uint64_t value, struct peer_result *result)
{
    set_place(peer.us.ip, (uint32_t)value);
}
PEER_STEP(gateway, .description = "whom to ask and to ping, if DHCP does not say",
          .takes = PEER_ADDRESS, .run = gateway, .silent = true);

/* Asks until there is an answer, three times at most. */
static bool ask_again_and_again(void)
{
    for (unsigned i = 0; i < TRIES && !peer_over(); i++)
        if (peer_ask(PATIENCE << i))
            return true;
    return false;
}

static void say_talk(struct peer_result *result)
{
    peer_fact(result, "asked", peer.talk.asked);
    peer_fact(result, "on_cable", peer.talk.on_cable);
    peer_fact(result, "answers_on_cable", peer.talk.answers_on_cable);
    peer_fact(result, "answers", peer.talk.answers_up);
}

static void say_silence(struct peer_result *result, const char *what)
{
    peer_say(result, "no answer to %llu %s", (unsigned long long)peer.talk.asked, what);
    if (peer.talk.on_cable && !peer.talk.answers_on_cable)
        peer_say(result, ": nobody on this cable answers");
    else if (!peer.talk.asked)
        peer_say(result, ": the driver takes no frames");
    peer_outcome(result, PEER_INCONCLUSIVE);
}

/* --- dhcp --- */

/* A question of this transaction: DISCOVER, or REQUEST for what was offered. */
static bool ask_server(uint32_t xid, const struct dhcp_reply *offer)
{
    struct peer_question *q = &peer.question;
    host_lock(&peer.lock);
    q->kind = IPV4_DHCP_REPLY;
    q->id = xid;
    q->type = offer ? DHCP_ACK : DHCP_OFFER;
    q->len = ipv4_build_dhcp(q->bytes, offer ? DHCP_REQUEST : DHCP_DISCOVER, peer.us.mac, xid,
                             offer ? offer->yours : 0, offer ? offer->server : 0);
    host_unlock(&peer.lock);
    return ask_again_and_again();
}

static unsigned prefix_length(uint32_t mask)
{
    return mask ? (unsigned)__builtin_popcount(mask) : 32;
}

static void say_lease(struct peer_result *result, const struct dhcp_reply *ack, uint32_t router)
{
    char ip[IPV4_TEXT], server[IPV4_TEXT], way[IPV4_TEXT];
    peer_say(result, "%s/%u from %s, gateway %s, lease %u s", ipv4_text(ack->yours, ip),
             prefix_length(ack->mask), ipv4_text(ack->server, server), ipv4_text(router, way),
             ack->lease);
    peer_fact_text(result, "address", ip);
    peer_fact(result, "prefix", prefix_length(ack->mask));
    peer_fact_text(result, "server", server);
    peer_fact_text(result, "gateway", way);
    peer_fact_text(result, "dns", ack->dns ? ipv4_text(ack->dns, ip) : "none");
    peer_fact(result, "lease_s", ack->lease);
}

static void dhcp(uint64_t value, struct peer_result *result)
{
    static uint32_t transactions;
    uint32_t xid = 0xd1490000u + ++transactions;
    uint64_t start = host_now();
    peer_talk_begin();
    set_place(0, 0);
    bool got = ask_server(xid, NULL);
    struct dhcp_reply offer = peer.answer.dhcp;
    if (got && offer.type == DHCP_OFFER)
        got = ask_server(xid, &offer);
    struct dhcp_reply ack = peer.answer.dhcp;
    if (!got) {
        say_silence(result, "messages");
    } else if (ack.type != DHCP_ACK || !ack.yours) {
        peer_say(result, "the server refuses (%s)", ack.type == DHCP_NAK ? "NAK" : "no address");
        peer_outcome(result, PEER_INCONCLUSIVE);
    } else {
        uint32_t router = ack.router ? ack.router : ack.server;
        set_place(ack.yours, router);
        say_lease(result, &ack, router);
        peer_fact(result, "took_ns", host_now() - start);
    }
    say_talk(result);
    peer_judge_talk(result);
}
PEER_STEP(dhcp, .description = "an address and a gateway by DHCP", .run = dhcp);

/* --- arp --- */

static bool find_gateway(void)
{
    struct peer_question *q = &peer.question;
    host_lock(&peer.lock);
    q->kind = IPV4_ARP_REPLY;
    q->ip = peer.gateway.ip;
    q->len = ipv4_build_arp(q->bytes, false, &peer.us, &peer.gateway);
    host_unlock(&peer.lock);
    if (!ask_again_and_again())
        return false;
    memcpy(peer.gateway.mac, peer.answer.from.mac, 6);
    return peer.gateway_found = true;
}

static void arp(uint64_t value, struct peer_result *result)
{
    char ip[IPV4_TEXT], mac[24];
    const uint8_t *m = peer.gateway.mac;
    if (!peer.gateway.ip) {
        peer_skip(result, "no gateway is known; dhcp or gateway=ADDRESS comes before");
        return;
    }
    peer_talk_begin();
    uint64_t start = host_now();
    if (find_gateway()) {
        snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4],
                 m[5]);
        peer_say(result, "%s is at %s", ipv4_text(peer.gateway.ip, ip), mac);
        peer_fact_text(result, "mac", mac);
        peer_fact(result, "took_ns", host_now() - start);
    } else {
        say_silence(result, "requests");
    }
    say_talk(result);
    peer_judge_talk(result);
}
PEER_STEP(arp, .description = "the gateway's address on the cable", .run = arp);

/* --- ping --- */

static int by_time(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool ping_once(uint16_t id, uint64_t n)
{
    uint8_t data[PING_DATA];
    struct peer_question *q = &peer.question;
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(n + i);
    host_lock(&peer.lock);
    q->kind = IPV4_ECHO_REPLY;
    q->ip = peer.gateway.ip;
    q->id = id;
    q->sequence = (uint16_t)n;
    q->len = ipv4_build_echo(q->bytes, false, &peer.us, &peer.gateway, id, (uint16_t)n, data,
                             sizeof data);
    host_unlock(&peer.lock);
    return peer_ask(2 * PATIENCE);
}

static void ping(uint64_t count, struct peer_result *result)
{
    static uint16_t id;
    char p50[16], max[16], ip[IPV4_TEXT];
    if (!peer.us.ip || !peer.gateway.ip) {
        peer_skip(result, "no %s is known; dhcp or %s=ADDRESS comes before",
                  peer.us.ip ? "gateway" : "address", peer.us.ip ? "gateway" : "address");
        return;
    }
    peer_talk_begin();
    if (!peer.gateway_found && !find_gateway()) {
        say_silence(result, "ARP requests for the gateway");
        peer_judge_talk(result);
        return;
    }
    peer_talk_begin();
    id++;
    uint64_t *times = calloc(count, sizeof *times), answered = 0, sent = 0;
    for (; times && sent < count && !peer_over(); sent++) {
        uint64_t start = host_now();
        if (ping_once(id, sent))
            times[answered++] = peer.answered_at - start;
    }
    peer_say(result, "%s: %llu sent, %llu answered, %llu lost", ipv4_text(peer.gateway.ip, ip),
             (unsigned long long)sent, (unsigned long long)answered,
             (unsigned long long)(sent - answered));
    peer_fact(result, "sent", sent);
    peer_fact(result, "answered", answered);
    peer_fact(result, "lost", sent - answered);
    if (answered) {
        qsort(times, answered, sizeof *times, by_time);
        peer_say(result, "; round trip p50 %s, max %s",
                 peer_duration(times[(answered - 1) / 2], p50),
                 peer_duration(times[answered - 1], max));
        peer_fact(result, "p50_ns", times[(answered - 1) / 2]);
        peer_fact(result, "max_ns", times[answered - 1]);
    }
    free(times);
    if (answered < count)
        peer_outcome(result, PEER_INCONCLUSIVE);
    say_talk(result);
    peer_judge_talk(result);
}
PEER_STEP(ping, .description = "the gateway, N times, one after the other", .takes = PEER_COUNT,
          .usual = 10, .most = 1000000, .run = ping);

/* --- answer --- */

static void answer(uint64_t time_ns, struct peer_result *result)
{
    uint64_t until = host_now() + time_ns, arps = peer.arps_answered, pings = peer.pings_answered;
    if (!peer.us.ip) {
        peer_skip(result, "no address is known; dhcp or address=ADDRESS comes before");
        return;
    }
    peer_talk_begin();
    while (!peer_over() && host_now() < until && !peer.probe->wire.down)
        peer_wait(SECOND / 10);
    arps = peer.arps_answered - arps;
    pings = peer.pings_answered - pings;
    peer_say(result, "%llu ARP requests and %llu pings answered", (unsigned long long)arps,
             (unsigned long long)pings);
    peer_fact(result, "arps", arps);
    peer_fact(result, "pings", pings);
}
PEER_STEP(answer,
          .description = "others' ARP requests and pings, for a time or until the far end goes",
          .takes = PEER_TIME, .usual = 10 * SECOND, .most = 86400 * SECOND, .run = answer);
