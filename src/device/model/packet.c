/* SPDX-License-Identifier: MIT */
/* packet.c - headers and sums of a frame. */
#include "device/model/packet.h"
#include <pthread.h>
#include <string.h>

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86DD,
    /* IP protocols and IPv6 extension headers (RFC 8200, 4.1) */
    PROTO_HOP = 0,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_ROUTING = 43,
    PROTO_FRAGMENT = 44,
    PROTO_DESTINATION = 60,
};

static void parse_l4(struct packet *p, uint8_t protocol, size_t at)
{
    const uint8_t *h = p->data + at;
    size_t left = p->l3_end - at;
    if (protocol == PROTO_UDP && left >= 8) {
        p->l4 = PACKET_UDP;
        p->l4_header = 8;
    } else if (protocol == PROTO_TCP && left >= 20) {
        size_t header = (size_t)(h[12] >> 4) * 4;
        if (header < 20 || header > left)
            return;
        p->l4 = PACKET_TCP;
        p->l4_header = header;
        p->bare_ack = (h[13] & 0x17) == 0x10 && left == header; /* of FIN SYN RST ACK, ACK alone */
    } else {
        return;
    }
    p->l4_at = at;
}

static void parse_ipv4(struct packet *p, size_t at)
{
    const uint8_t *h = p->data + at;
    size_t left = p->len - at;
    if (left < 20 || h[0] >> 4 != 4)
        return;
    size_t header = (size_t)(h[0] & 15) * 4, total = packet_be16(h + 2);
    if (header < 20 || header > left || total < header || total > left)
        return;
    p->l3 = PACKET_IPV4;
    p->l3_at = at;
    p->l3_header = header;
    p->l3_end = at + total;
    p->ip_id = packet_be16(h + 4);
    p->fragment = packet_be16(h + 6) & 0x3FFF; /* more fragments, or an offset */
    if (!(packet_be16(h + 6) & 0x1FFF))
        parse_l4(p, h[9], at + header);
}

static void parse_ipv6(struct packet *p, size_t at)
{
    const uint8_t *h = p->data + at;
    size_t left = p->len - at;
    if (left < 40 || h[0] >> 4 != 6)
        return;
    size_t total = 40 + (size_t)packet_be16(h + 4);
    if (total > left)
        return;
    p->l3 = PACKET_IPV6;
    p->l3_at = at;
    p->l3_end = at + total;
    uint8_t next = h[6];
    size_t header = 40;
    bool first = true;
    while (next == PROTO_HOP || next == PROTO_ROUTING || next == PROTO_DESTINATION ||
           next == PROTO_FRAGMENT) {
        if (total - header < 8)
            break;
        const uint8_t *e = h + header;
        size_t n = next == PROTO_FRAGMENT ? 8 : ((size_t)e[1] + 1) * 8;
        if (n > total - header)
            break;
        if (next == PROTO_FRAGMENT) {
            p->fragment = true;
            first = packet_be16(e + 2) < 8; /* the offset is in bits 15:3 */
        }
        p->extensions = true;
        next = e[0];
        header += n;
    }
    p->l3_header = header;
    if (first)
        parse_l4(p, next, at + header);
}

void packet_parse(struct packet *p, const void *frame, size_t len, uint16_t vlan_type)
{
    *p = (struct packet){.data = frame, .len = len};
    if (len < 14)
        return;
    size_t at = 12;
    p->type = packet_be16(p->data + at);
    if (p->type == vlan_type && len >= 18) {
        p->tagged = true;
        p->vlan = packet_be16(p->data + 14);
        at += 4;
        p->type = packet_be16(p->data + at);
    }
    at += 2;
    if (p->type == TYPE_IPV4)
        parse_ipv4(p, at);
    else if (p->type == TYPE_IPV6)
        parse_ipv6(p, at);
}

uint16_t packet_sum(const uint8_t *data, size_t n, uint32_t sum)
{
    uint64_t total = sum;
    size_t i = 0;
    for (; i + 2 <= n; i += 2)
        total += packet_be16(data + i);
    if (i < n)
        total += (uint64_t)data[i] << 8;
    while (total >> 16)
        total = (total & 0xFFFF) + (total >> 16);
    return (uint16_t)total;
}

bool packet_ip_ok(const struct packet *p)
{
    return packet_sum(p->data + p->l3_at, (size_t)(p->data[p->l3_at] & 15) * 4, 0) == 0xFFFF;
}

uint32_t packet_pseudo(const struct packet *p)
{
    const uint8_t *h = p->data + p->l3_at;
    uint32_t sum = p->l4 == PACKET_TCP ? PROTO_TCP : PROTO_UDP;
    sum += (uint32_t)(p->l3_end - p->l4_at); /* below 64 KB: fits in 16 bits */
    return p->l3 == PACKET_IPV4 ? packet_sum(h + 12, 8, sum) : packet_sum(h + 8, 32, sum);
}

bool packet_l4_ok(const struct packet *p)
{
    return packet_sum(p->data + p->l4_at, p->l3_end - p->l4_at, packet_pseudo(p)) == 0xFFFF;
}

static uint32_t crc_table[256];

static void crc_init(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? c >> 1 ^ 0xEDB88320u : c >> 1;
        crc_table[i] = c;
    }
}

uint32_t packet_crc(const uint8_t *data, size_t n)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, crc_init);
    uint32_t c = UINT32_MAX;
    for (size_t i = 0; i < n; i++)
        c = crc_table[(c ^ data[i]) & 255] ^ c >> 8;
    return ~c;
}
