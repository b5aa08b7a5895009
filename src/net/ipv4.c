/* SPDX-License-Identifier: MIT */
/* ipv4.c - see ipv4.h. */
#include "net/ipv4.h"
#include "net/bytes.h"
#include "net/frame.h"
#include <stdio.h>
#include <string.h>

#define ETHERNET   14
#define ARP_BODY   28
#define IP_BYTES   20
#define UDP_BYTES  8
#define ICMP_BYTES 8
#define DHCP_FIXED 240 /* with the magic cookie: options follow */
#define DHCP_BODY  (IPV4_DHCP_BYTES - ETHERNET - IP_BYTES - UDP_BYTES)

enum { PROTOCOL_ICMP = 1, PROTOCOL_UDP = 17 };
enum { DHCP_SERVER_PORT = 67, DHCP_CLIENT_PORT = 68 };
/* RFC 2132 */
enum {
    OPTION_PAD = 0,
    OPTION_MASK = 1,
    OPTION_ROUTER = 3,
    OPTION_DNS = 6,
    OPTION_WANTED = 50,
    OPTION_LEASE = 51,
    OPTION_TYPE = 53,
    OPTION_SERVER = 54,
    OPTION_PARAMETERS = 55,
    OPTION_END = 255,
};
static const uint8_t cookie[4] = {99, 130, 83, 99};

/* --- building --- */

static void put_ethernet(uint8_t *out, const uint8_t to[6], const uint8_t from[6], unsigned type)
{
    memcpy(out, to, 6);
    memcpy(out + 6, from, 6);
    put16(out + 12, type);
}

static void put_sum(uint8_t *at, uint64_t sum)
{
    uint16_t check = frame_fold(sum);
    memcpy(at, &check, 2);
}

static void put_ip(uint8_t *ip, unsigned protocol, uint32_t from, uint32_t to, size_t payload,
                   unsigned id)
{
    memset(ip, 0, IP_BYTES);
    ip[0] = 0x45;
    put16(ip + 2, (unsigned)(IP_BYTES + payload));
    put16(ip + 4, id);
    ip[8] = 64;
    ip[9] = (uint8_t)protocol;
    put32(ip + 12, from);
    put32(ip + 16, to);
    put_sum(ip + 10, frame_sum(0, ip, IP_BYTES));
}

/* Over the pseudo header and `len` bytes of UDP (RFC 768). */
static uint64_t udp_sum(const uint8_t *ip, const uint8_t *udp, size_t len)
{
    uint8_t tail[4] = {0, PROTOCOL_UDP};
    put16(tail + 2, (unsigned)len);
    return frame_sum(frame_sum(frame_sum(0, ip + 12, 8), tail, sizeof tail), udp, len);
}

size_t ipv4_build_arp(uint8_t *out, bool reply, const struct ipv4_end *from,
                      const struct ipv4_end *to)
{
    static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    put_ethernet(out, reply ? to->mac : everybody, from->mac, 0x0806);
    uint8_t *arp = out + ETHERNET;
    put16(arp, 1); /* Ethernet */
    put16(arp + 2, 0x0800);
    arp[4] = 6;
    arp[5] = 4;
    put16(arp + 6, reply ? 2 : 1);
    memcpy(arp + 8, from->mac, 6);
    put32(arp + 14, from->ip);
    memset(arp + 18, 0, 6);
    if (reply)
        memcpy(arp + 18, to->mac, 6);
    put32(arp + 24, to->ip);
    return IPV4_ARP_BYTES;
}

size_t ipv4_build_echo(uint8_t *out, bool reply, const struct ipv4_end *from,
                       const struct ipv4_end *to, unsigned id, unsigned sequence, const void *data,
                       size_t len)
{
    put_ethernet(out, to->mac, from->mac, 0x0800);
    put_ip(out + ETHERNET, PROTOCOL_ICMP, from->ip, to->ip, ICMP_BYTES + len, sequence);
    uint8_t *icmp = out + ETHERNET + IP_BYTES;
    memset(icmp, 0, ICMP_BYTES);
    icmp[0] = reply ? 0 : 8;
    put16(icmp + 4, id);
    put16(icmp + 6, sequence);
    memcpy(icmp + ICMP_BYTES, data, len);
    put_sum(icmp + 2, frame_sum(0, icmp, ICMP_BYTES + len));
    return IPV4_ECHO_HEAD + len;
}

static uint8_t *put_option(uint8_t *at, unsigned code, const void *value, size_t len)
{
    *at++ = (uint8_t)code;
    *at++ = (uint8_t)len;
    memcpy(at, value, len);
    return at + len;
}

size_t ipv4_build_dhcp(uint8_t *out, enum dhcp_type type, const uint8_t mac[6], uint32_t xid,
                       uint32_t wanted, uint32_t server)
{
    static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t parameters[] = {OPTION_MASK, OPTION_ROUTER, OPTION_DNS, OPTION_LEASE};
    uint8_t word[4], kind = (uint8_t)type;
    memset(out, 0, IPV4_DHCP_BYTES);
    put_ethernet(out, everybody, mac, 0x0800);
    uint8_t *udp = out + ETHERNET + IP_BYTES, *dhcp = udp + UDP_BYTES;
    dhcp[0] = 1; /* from a client */
    dhcp[1] = 1; /* Ethernet */
    dhcp[2] = 6;
    put32(dhcp + 4, xid);
    put16(dhcp + 10, 0x8000); /* answer to everybody: we have no address yet */
    memcpy(dhcp + 28, mac, 6);
    memcpy(dhcp + 236, cookie, sizeof cookie);
    uint8_t *at = put_option(dhcp + DHCP_FIXED, OPTION_TYPE, &kind, 1);
    if (wanted) {
        put32(word, wanted);
        at = put_option(at, OPTION_WANTED, word, 4);
    }
    if (server) {
        put32(word, server);
        at = put_option(at, OPTION_SERVER, word, 4);
    }
    at = put_option(at, OPTION_PARAMETERS, parameters, sizeof parameters);
    *at = OPTION_END;

    put16(udp, DHCP_CLIENT_PORT);
    put16(udp + 2, DHCP_SERVER_PORT);
    put16(udp + 4, UDP_BYTES + DHCP_BODY);
    put_ip(out + ETHERNET, PROTOCOL_UDP, 0, 0xffffffff, UDP_BYTES + DHCP_BODY, (unsigned)type);
    put_sum(udp + 6, udp_sum(out + ETHERNET, udp, UDP_BYTES + DHCP_BODY));
    return IPV4_DHCP_BYTES;
}

/* --- reading --- */

static void read_arp(const uint8_t *arp, size_t len, struct ipv4_message *m)
{
    if (len < ARP_BODY || get16(arp) != 1 || get16(arp + 2) != 0x0800 || arp[4] != 6 || arp[5] != 4)
        return;
    unsigned operation = get16(arp + 6);
    if (operation != 1 && operation != 2)
        return;
    m->kind = operation == 1 ? IPV4_ARP_REQUEST : IPV4_ARP_REPLY;
    memcpy(m->from.mac, arp + 8, 6);
    m->from.ip = get32(arp + 14);
    memcpy(m->to.mac, arp + 18, 6);
    m->to.ip = get32(arp + 24);
}

static void read_icmp(const uint8_t *icmp, size_t len, struct ipv4_message *m)
{
    if (len < ICMP_BYTES || (icmp[0] != 8 && icmp[0] != 0) || icmp[1])
        return;
    m->kind = icmp[0] ? IPV4_ECHO_REQUEST : IPV4_ECHO_REPLY;
    m->id = (uint16_t)get16(icmp + 4);
    m->sequence = (uint16_t)get16(icmp + 6);
    m->data = icmp + ICMP_BYTES;
    m->data_len = len - ICMP_BYTES;
    if (!m->wrong && frame_fold(frame_sum(0, icmp, len)) != 0)
        m->wrong = "ICMP checksum";
}

static void read_dhcp_options(const uint8_t *at, const uint8_t *end, struct dhcp_reply *reply)
{
    while (at < end && *at != OPTION_END) {
        if (*at == OPTION_PAD) {
            at++;
            continue;
        }
        if (end - at < 2 || end - at - 2 < at[1])
            return;
        unsigned code = at[0], len = at[1];
        at += 2;
        uint32_t word = len >= 4 ? get32(at) : 0;
        switch (code) {
        case OPTION_TYPE:
            reply->type = len ? at[0] : 0;
            break;
        case OPTION_MASK:
            reply->mask = word;
            break;
        case OPTION_ROUTER:
            reply->router = word;
            break;
        case OPTION_DNS:
            reply->dns = word;
            break;
        case OPTION_SERVER:
            reply->server = word;
            break;
        case OPTION_LEASE:
            reply->lease = word;
            break;
        }
        at += len;
    }
}

static void read_udp(const uint8_t *ip, const uint8_t *udp, size_t len, struct ipv4_message *m)
{
    if (len < UDP_BYTES || get16(udp) != DHCP_SERVER_PORT || get16(udp + 2) != DHCP_CLIENT_PORT)
        return;
    size_t udp_len = get16(udp + 4);
    if (udp_len > len || udp_len < UDP_BYTES + DHCP_FIXED)
        return;
    const uint8_t *dhcp = udp + UDP_BYTES;
    if (dhcp[0] != 2 || memcmp(dhcp + 236, cookie, sizeof cookie)) /* from a server */
        return;
    m->dhcp.xid = get32(dhcp + 4);
    m->dhcp.yours = get32(dhcp + 16);
    memcpy(m->dhcp.mac, dhcp + 28, 6);
    read_dhcp_options(dhcp + DHCP_FIXED, udp + udp_len, &m->dhcp);
    if (m->dhcp.type != DHCP_OFFER && m->dhcp.type != DHCP_ACK && m->dhcp.type != DHCP_NAK)
        return;
    m->kind = IPV4_DHCP_REPLY;
    if (!m->wrong && get16(udp + 6) && frame_fold(udp_sum(ip, udp, udp_len)) != 0)
        m->wrong = "UDP checksum";
}

static void read_ip(const uint8_t *ip, size_t len, struct ipv4_message *m)
{
    if (len < IP_BYTES || ip[0] >> 4 != 4)
        return;
    size_t header = (ip[0] & 15) * 4u, total = get16(ip + 2);
    if (header < IP_BYTES || total < header || total > len)
        return;
    if (get16(ip + 6) & 0x3fff) /* a fragment */
        return;
    if (frame_fold(frame_sum(0, ip, header)) != 0)
        m->wrong = "IP checksum";
    m->from.ip = get32(ip + 12);
    m->to.ip = get32(ip + 16);
    if (ip[9] == PROTOCOL_ICMP)
        read_icmp(ip + header, total - header, m);
    else if (ip[9] == PROTOCOL_UDP)
        read_udp(ip, ip + header, total - header, m);
}

bool ipv4_read(const void *frame, size_t len, struct ipv4_message *m)
{
    const uint8_t *p = frame;
    memset(m, 0, sizeof *m);
    if (len < ETHERNET)
        return false;
    memcpy(m->to.mac, p, 6);
    memcpy(m->from.mac, p + 6, 6);
    unsigned type = get16(p + 12);
    if (type == 0x0806)
        read_arp(p + ETHERNET, len - ETHERNET, m);
    else if (type == 0x0800)
        read_ip(p + ETHERNET, len - ETHERNET, m);
    return m->kind != IPV4_OTHER;
}

const char *ipv4_text(uint32_t ip, char text[IPV4_TEXT])
{
    snprintf(text, IPV4_TEXT, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
    return text;
}
