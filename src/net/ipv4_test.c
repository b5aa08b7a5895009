/* SPDX-License-Identifier: MIT */
#include "net/ipv4.h"
#include "net/bytes.h"
#include "net/frame.h"
#include "tests/harness/test.h"

static const struct ipv4_end us = {{2, 0, 0, 0, 0, 1}, 0x0a00020f};
static const struct ipv4_end gateway = {{2, 0, 0, 0, 0, 2}, 0x0a000202};
static uint8_t frame[2000];
static struct ipv4_message m;

static bool same(const struct ipv4_end *a, const struct ipv4_end *b)
{
    return a->ip == b->ip && !memcmp(a->mac, b->mac, 6);
}

TEST(an_arp_request_and_its_reply_are_read_as_they_were_built, "")
{
    size_t n = ipv4_build_arp(frame, false, &us, &gateway);
    CHECK_EQ(n, 42);
    CHECK(!memcmp(frame, "\xff\xff\xff\xff\xff\xff\2\0\0\0\0\1\x08\x06\0\1\x08\0\6\4\0\1", 22));
    CHECK(ipv4_read(frame, n, &m));
    CHECK_EQ(m.kind, IPV4_ARP_REQUEST);
    CHECK(same(&m.from, &us) && m.to.ip == gateway.ip && !m.wrong);
    n = ipv4_build_arp(frame, true, &gateway, &us);
    CHECK(ipv4_read(frame, n, &m));
    CHECK_EQ(m.kind, IPV4_ARP_REPLY);
    CHECK(same(&m.from, &gateway) && same(&m.to, &us));
    CHECK(!ipv4_read(frame, n - 1, &m));
}

TEST(an_echo_carries_its_data_and_shows_damage, "")
{
    char data[300];
    memset(data, 'x', sizeof data);
    size_t n = ipv4_build_echo(frame, false, &us, &gateway, 7, 8, data, sizeof data);
    CHECK_EQ(n, IPV4_ECHO_HEAD + sizeof data);
    CHECK(ipv4_read(frame, n, &m));
    CHECK_EQ(m.kind, IPV4_ECHO_REQUEST);
    CHECK(same(&m.from, &us) && same(&m.to, &gateway));
    CHECK(m.id == 7 && m.sequence == 8 && !m.wrong);
    CHECK(m.data_len == sizeof data && !memcmp(m.data, data, sizeof data));
    frame[100]++;
    CHECK(ipv4_read(frame, n, &m));
    CHECK_STR(m.wrong, "ICMP checksum");
    frame[100]--;
    frame[22]--; /* time to live */
    CHECK(ipv4_read(frame, n, &m));
    CHECK_STR(m.wrong, "IP checksum");

    /* A short one comes padded: the padding is not its data. */
    n = ipv4_build_echo(frame, true, &gateway, &us, 1, 2, "abc", 3);
    memset(frame + n, 0x55, 60 - n);
    CHECK(ipv4_read(frame, 60, &m));
    CHECK(m.kind == IPV4_ECHO_REPLY && m.data_len == 3 && !m.wrong);
}

/* A server's answer, made from a client's message: RFC 2131, table 1. */
static size_t answer(enum dhcp_type type, const uint8_t *options, size_t len)
{
    size_t n = ipv4_build_dhcp(frame, DHCP_DISCOVER, us.mac, 0x12345678, 0, 0);
    uint8_t *ip = frame + 14, *udp = ip + 20, *dhcp = udp + 8;
    put16(udp, 67);
    put16(udp + 2, 68);
    put16(udp + 6, 0); /* no checksum */
    dhcp[0] = 2;
    put32(dhcp + 16, us.ip);
    dhcp[242] = (uint8_t)type; /* the first option's value */
    memcpy(dhcp + 243, options, len);
    return n;
}

TEST(a_dhcp_answer_is_read_with_its_options, "")
{
    static const uint8_t options[] = {0,    0,    1,  4, 255, 255, 255, 0, 3,   8,  10, 0, 2, 2,
                                      10,   0,    2,  9, 6,   4,   10,  0, 2,   3,  51, 4, 0, 1,
                                      0x51, 0x80, 54, 4, 10,  0,   2,   2, 255, 53, 1,  6};
    size_t n = answer(DHCP_OFFER, options, sizeof options);
    CHECK(ipv4_read(frame, n, &m));
    CHECK_EQ(m.kind, IPV4_DHCP_REPLY);
    CHECK_EQ(m.dhcp.type, DHCP_OFFER); /* what stands behind the end is nothing */
    CHECK_EQ(m.dhcp.xid, 0x12345678);
    CHECK_EQ(m.dhcp.yours, us.ip);
    CHECK_EQ(m.dhcp.mask, 0xffffff00);
    CHECK_EQ(m.dhcp.router, 0x0a000202);
    CHECK_EQ(m.dhcp.dns, 0x0a000203);
    CHECK_EQ(m.dhcp.server, 0x0a000202);
    CHECK_EQ(m.dhcp.lease, 86400);
    CHECK(!memcmp(m.dhcp.mac, us.mac, 6));
    /* An option that ends outside the message, and everything behind it, is not read. */
    static const uint8_t cut[] = {6, 200, 1, 2, 3, 4};
    n = answer(DHCP_ACK, cut, sizeof cut);
    CHECK(ipv4_read(frame, n, &m));
    CHECK(m.dhcp.type == DHCP_ACK && m.dhcp.dns == 0);
    n = answer(DHCP_DISCOVER, cut, 0); /* no server says that */
    CHECK(!ipv4_read(frame, n, &m));
}

TEST(a_dhcp_request_is_a_valid_datagram_that_names_what_it_wants, "")
{
    size_t n = ipv4_build_dhcp(frame, DHCP_REQUEST, us.mac, 5, us.ip, gateway.ip);
    const uint8_t *ip = frame + 14, *udp = ip + 20, *options = udp + 8 + 240;
    CHECK_EQ(n, IPV4_DHCP_BYTES);
    CHECK_EQ(frame_fold(frame_sum(0, ip, 20)), 0);
    uint8_t pseudo[12] = {0};
    memcpy(pseudo, ip + 12, 8);
    pseudo[9] = 17;
    put16(pseudo + 10, (unsigned)(n - 34));
    CHECK_EQ(frame_fold(frame_sum(frame_sum(0, pseudo, 12), udp, n - 34)), 0);
    CHECK(!memcmp(options, "\x35\1\3\x32\4\x0a\0\2\x0f\x36\4\x0a\0\2\2\x37\4", 17));
    CHECK(!ipv4_read(frame, n, &m)); /* not a server's */
}

TEST(an_address_is_written_with_dots, "")
{
    char text[IPV4_TEXT];
    CHECK_STR(ipv4_text(0x0a000202, text), "10.0.2.2");
    CHECK_STR(ipv4_text(0xffffffff, text), "255.255.255.255");
}
