/* SPDX-License-Identifier: MIT */
/* packet.h - what a network card sees in a frame: where its headers are, and the sums over them.
 *
 * Stateless. A packet only points into the frame that it was parsed from. Nothing in a frame is
 * trusted: offsets lie inside it, and a header that is cut short counts as absent. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum packet_l3 { PACKET_NO_L3, PACKET_IPV4, PACKET_IPV6 };
enum packet_l4 { PACKET_NO_L4, PACKET_TCP, PACKET_UDP };

struct packet {
    const uint8_t *data; /* destination address first, no FCS */
    size_t len;
    bool tagged;   /* IEEE 802.1Q with the type asked for */
    uint16_t vlan; /* tag control information */
    uint16_t type; /* EtherType behind the tag; a length if below 0x600 */
    enum packet_l3 l3;
    size_t l3_at, l3_header; /* IPv6: with extension headers */
    size_t l3_end;           /* end of the IP packet in data: padding follows */
    bool extensions;         /* IPv6 extension headers are present */
    bool fragment;           /* part of a fragmented datagram (first ones too) */
    uint16_t ip_id;
    enum packet_l4 l4; /* only when its header is whole; of a fragment only the first has one */
    size_t l4_at, l4_header;
    bool bare_ack; /* TCP, ACK without payload, SYN, FIN or RST */
};

void packet_parse(struct packet *p, const void *frame, size_t len, uint16_t vlan_type);

static inline uint16_t packet_be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}
static inline void packet_put_be16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}
static inline uint32_t packet_be32(const uint8_t *at)
{
    return (uint32_t)packet_be16(at) << 16 | packet_be16(at + 2);
}
static inline void packet_put_be32(uint8_t *at, uint32_t value)
{
    packet_put_be16(at, (uint16_t)(value >> 16));
    packet_put_be16(at + 2, (uint16_t)value);
}

/* One's complement sum (RFC 1071) of n bytes, added to sum; not complemented, 16 bits. */
uint16_t packet_sum(const uint8_t *data, size_t n, uint32_t sum);
/* The IPv4 header's checksum holds. */
bool packet_ip_ok(const struct packet *p);
/* The TCP or UDP checksum with its pseudo header holds. Not for fragments. */
bool packet_l4_ok(const struct packet *p);
/* The pseudo header's sum: addresses, protocol, length of the L4 part. */
uint32_t packet_pseudo(const struct packet *p);
/* The FCS of a frame (IEEE 802.3, 3.2.9), as the 32 bits that go to memory in little-endian order.
 */
uint32_t packet_crc(const uint8_t *data, size_t n);
