/* SPDX-License-Identifier: MIT */
/* packet_test.c - headers and sums, also of frames that lie. */
#include "device/model/testbed.h"

TEST(headers_are_found_in_whole_frames, "")
{
    uint8_t frame[1600];
    struct packet p;
    struct make_ip m = {.src = 1, .dst = 2, .sport = 3, .dport = 4, .payload = 10};
    size_t len = make_ip(frame, &m);
    packet_parse(&p, frame, len, 0x8100);
    CHECK(p.l3 == PACKET_IPV4 && p.l4 == PACKET_TCP && !p.tagged && !p.fragment && !p.bare_ack);
    CHECK_EQ(p.l3_at, 14);
    CHECK_EQ(p.l4_at, 34);
    CHECK_EQ(p.l4_header, 20);
    CHECK_EQ(p.l3_end, len);
    CHECK(packet_ip_ok(&p) && packet_l4_ok(&p));
    m.vlan = 5;
    m.v6 = m.udp = true;
    len = make_ip(frame, &m);
    packet_parse(&p, frame, len, 0x8100);
    CHECK(p.tagged && p.vlan == 5 && p.l3 == PACKET_IPV6 && p.l4 == PACKET_UDP);
    CHECK_EQ(p.l4_at, 58);
    CHECK(packet_l4_ok(&p));
    packet_parse(&p, frame, len, 0x88A8);
    CHECK(!p.tagged && p.type == 0x8100 && p.l3 == PACKET_NO_L3);
}

TEST(padding_behind_an_ip_packet_does_not_count, "")
{
    uint8_t frame[1600] = {0};
    struct packet p;
    make_ip(frame, &(struct make_ip){.src = 1, .dst = 2, .flags = 0x10});
    packet_parse(&p, frame, 60, 0x8100);
    CHECK_EQ(p.l3_end, 54);
    CHECK(p.bare_ack && packet_l4_ok(&p));
}

TEST(damaged_bytes_break_the_sums, "")
{
    uint8_t frame[1600];
    struct packet p;
    size_t len = make_ip(frame, &(struct make_ip){.src = 1, .dst = 2, .payload = 33});
    packet_parse(&p, frame, len, 0x8100);
    frame[len - 1] ^= 1;
    CHECK(packet_ip_ok(&p) && !packet_l4_ok(&p));
    frame[22] ^= 1;
    CHECK(!packet_ip_ok(&p));
}

TEST(ipv6_extension_headers_are_walked, "")
{
    uint8_t frame[200] = {0};
    struct packet p;
    make_frame(frame, TO_CARD, 0x86DD, 200);
    uint8_t *ip = frame + 14;
    memset(ip, 0, 120);
    ip[0] = 0x60;
    packet_put_be16(ip + 4, 16 + 8 + 20);
    ip[6] = 60;  /* destination options, 16 bytes */
    ip[40] = 44; /* then a fragment header */
    ip[41] = 1;
    ip[56] = 6; /* then TCP */
    ip[64 + 12] = 5 << 4;
    packet_parse(&p, frame, 14 + 40 + 44, 0x8100);
    CHECK(p.extensions && p.fragment && p.l4 == PACKET_TCP);
    CHECK_EQ(p.l4_at, 14 + 64);
    packet_put_be16(ip + 58, 8 << 3); /* a later fragment has no TCP header */
    packet_parse(&p, frame, 14 + 40 + 44, 0x8100);
    CHECK(p.l4 == PACKET_NO_L4);
}

TEST(frames_that_lie_about_their_lengths_have_no_such_header, "")
{
    uint8_t good[1600], frame[1600];
    struct packet p;
    size_t len = make_ip(good, &(struct make_ip){.src = 1, .dst = 2, .payload = 20});
    for (size_t cut = 0; cut <= len; cut++) {
        packet_parse(&p, good, cut, 0x8100);
        CHECK(p.l3_end <= cut);
    }
    memcpy(frame, good, len);
    frame[14] = 0x4F; /* an IP header of 60 bytes: longer than its total says? no, TCP is cut */
    packet_parse(&p, frame, len, 0x8100);
    CHECK(p.l4 != PACKET_TCP || p.l4_at + p.l4_header <= p.l3_end);
    frame[14] = 0x44;
    packet_parse(&p, frame, len, 0x8100);
    CHECK(p.l3 == PACKET_NO_L3);
    memcpy(frame, good, len);
    frame[34 + 12] = 0xF0; /* TCP header of 60 bytes */
    packet_parse(&p, frame, len, 0x8100);
    CHECK(p.l4 == PACKET_NO_L4);
    memcpy(frame, good, len);
    packet_put_be16(frame + 16, 0xFFFF);
    packet_parse(&p, frame, len, 0x8100);
    CHECK(p.l3 == PACKET_NO_L3);
    /* Every single byte wrong: nothing leaves the frame. */
    for (size_t i = 0; i < len; i++)
        for (unsigned v = 0; v < 256; v += 5) {
            memcpy(frame, good, len);
            frame[i] = (uint8_t)v;
            packet_parse(&p, frame, len, 0x8100);
            CHECK(p.l3 == PACKET_NO_L3 || (p.l3_end <= len && p.l3_at + p.l3_header <= p.l3_end));
            CHECK(p.l4 == PACKET_NO_L4 || p.l4_at + p.l4_header <= p.l3_end);
        }
}

TEST(fcs_is_the_crc_of_ieee_802_3, "")
{
    CHECK_EQ(packet_crc((const uint8_t *)"123456789", 9), 0xCBF43926);
}
