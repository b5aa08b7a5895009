/* SPDX-License-Identifier: MIT */
/* user_test.c - the user network, as a host on it sees it. */
#include "net/card_test.h"
#include "net/ipv4.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static struct card card;
static struct ipv4_end us = {{0x52, 0x54, 0, 0x12, 0x34, 0x56}, 0};
static struct ipv4_end gateway;
static struct ipv4_message m;
static uint8_t frame[2000];

/* Sends the frame, and waits for the message that answers it. */
static void ask(size_t len, enum ipv4_kind kind)
{
    uint64_t before = card.frames;
    wire_send(card.wire, frame, len);
    do {
        CARD_WAIT(card.frames > before);
        before++;
    } while (!ipv4_read(card.last, card.last_len, &m) || m.kind != kind);
    CHECK(!m.wrong);
}

/* A restricted network names no router: its gateway is the server all the same. */
static void get_address(uint32_t expected, uint32_t router, bool restricted)
{
    ask(ipv4_build_dhcp(frame, DHCP_DISCOVER, us.mac, 77, 0, 0), IPV4_DHCP_REPLY);
    CHECK(m.dhcp.type == DHCP_OFFER && m.dhcp.xid == 77 && !memcmp(m.dhcp.mac, us.mac, 6));
    CHECK_EQ(m.dhcp.yours, expected);
    CHECK_EQ(m.dhcp.router, restricted ? 0 : router);
    CHECK_EQ(m.dhcp.server, router);
    ask(ipv4_build_dhcp(frame, DHCP_REQUEST, us.mac, 78, m.dhcp.yours, m.dhcp.server),
        IPV4_DHCP_REPLY);
    CHECK(m.dhcp.type == DHCP_ACK && m.dhcp.xid == 78);
    us.ip = m.dhcp.yours;
    gateway.ip = m.dhcp.server;
}

static void find_gateway(void)
{
    ask(ipv4_build_arp(frame, false, &us, &gateway), IPV4_ARP_REPLY);
    CHECK(m.from.ip == gateway.ip && m.to.ip == us.ip);
    gateway = m.from;
}

static void ping(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        ask(ipv4_build_echo(frame, false, &us, &gateway, 1, i, "0123456789", 10), IPV4_ECHO_REPLY);
        CHECK(m.id == 1 && m.sequence == i && m.data_len == 10);
        CHECK(!memcmp(m.data, "0123456789", 10));
    }
}

static void join(const char *spec)
{
    card_open(&card, spec, UINT64_MAX);
    wire_link(card.wire, true);
}

static void usual(void *unused)
{
    join("user");
    get_address(0x0a00020f, 0x0a000202, host_deterministic());
    CHECK_EQ(m.dhcp.mask, 0xffffff00);
    find_gateway();
    ping(20);
    CHECK_EQ(card.wire->stats.dropped, 0);
    CHECK(wire_finished(card.wire));
    wire_close(card.wire);
}

TEST(the_user_network_gives_an_address_and_its_gateway_answers, "")
{
    card_machine(usual, true);
}

TEST(the_user_network_gives_an_address_and_its_gateway_answers_live, "")
{
    card_machine(usual, false);
}

static void elsewhere(void *unused)
{
    join("user:net=192.168.76.0/26,host=192.168.76.9,dhcpstart=192.168.76.20,restrict=on");
    get_address(0xc0a84c14, 0xc0a84c09, true);
    CHECK_EQ(m.dhcp.mask, 0xffffffc0);
    find_gateway();
    ping(1);
    wire_close(card.wire);
}

TEST(the_user_network_lies_where_it_is_told, "")
{
    card_machine(elsewhere, true);
}

static void not_for_the_gateway(void *unused)
{
    join("user");
    get_address(0x0a00020f, 0x0a000202, true);
    find_gateway();
    uint64_t before = card.frames;
    struct ipv4_end other = {{0x52, 0x54, 0, 9, 9, 9}, gateway.ip};
    size_t n = ipv4_build_echo(frame, false, &us, &other, 1, 1, "x", 1);
    wire_send(card.wire, frame, n); /* another station's */
    struct frame_spec test = {.kind = FRAME_UDP4, .len = 100};
    memset(test.destination, 0xff, 6);
    n = frame_build(frame, sizeof frame, &test);
    wire_send(card.wire, frame, n); /* nobody's */
    wire_send(card.wire, frame, 13);
    ping(1);
    CHECK_EQ(card.frames, before + 1);
    wire_close(card.wire);
}

TEST(the_gateway_sees_only_what_is_addressed_to_it, "")
{
    card_machine(not_for_the_gateway, true);
}

/* A datagram from the host, through a port of it, to the card: real sockets, and ARP from there. */
static void forwarded(void *unused)
{
    unsigned port = 20000 + (unsigned)getpid() % 20000;
    char spec[80];
    snprintf(spec, sizeof spec, "user:ipv6=off,hostfwd=udp:127.0.0.1:%u-:7777", port);
    join(spec);
    get_address(0x0a00020f, 0x0a000202, false);
    find_gateway(); /* it knows us now, too */
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    uint64_t before = card.frames;
    CHECK_EQ(sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
    CARD_WAIT(card.frames > before);
    CHECK_EQ(card.last_len, 60);
    CHECK(!memcmp(card.last, us.mac, 6) && card.last[23] == 17);
    CHECK(!memcmp(card.last + 36, "\x1e\x61", 2) && !memcmp(card.last + 42, "hello", 5));
    wire_close(card.wire);
}

TEST(a_port_of_the_host_leads_to_the_card, "")
{
    card_machine(forwarded, false);
}

static void bad(void *unused)
{
    CHECK_HAS(card_refusal("user:nat=on"),
              "there are: net, host, dns, dhcpstart, restrict, hostfwd");
    CHECK_HAS(card_refusal("user:net=10.0.2.0/99"), "LEN 8 to 27");
    CHECK_HAS(card_refusal("user:net=ten"), "ADDR/LEN");
    CHECK_HAS(card_refusal("user:host=10.0.3.2"), "host= lies outside the network");
    CHECK_HAS(card_refusal("user:host=10.0.2.3"), "the same address");
    CHECK_HAS(card_refusal("user:dns=nowhere"), "dns=nowhere: must be an address such as 10.0.2.2");
    CHECK_HAS(card_refusal("user:hostfwd=sctp::1-:2"), "tcp|udp:[ADDR]:PORT-[ADDR]:PORT");
    CHECK_HAS(card_refusal("user:hostfwd=tcp::99999-:2"), "tcp|udp:[ADDR]:PORT-[ADDR]:PORT");
    CHECK_HAS(card_refusal("user:hostfwd=tcp:203.0.113.1:1-:2"), "hostfwd=tcp:203.0.113.1:1-:2: ");
}

TEST(a_bad_user_network_is_refused_in_one_sentence, "")
{
    card_machine(bad, false);
}

static void with_seed(void *unused)
{
    CHECK_HAS(card_refusal("user:hostfwd=tcp::8080-:80"), "--seed");
}

TEST(a_seeded_user_network_touches_nothing_of_the_host, "")
{
    card_machine(with_seed, true);
}
