/* SPDX-License-Identifier: MIT */
/* rss.c - receive side scaling: the Toeplitz hash, and which of two queues it leads to (DS 7.1,
 * RSS; Microsoft's "RSS Hashing Functions" has the same hash and its test vectors). */
#include "device/model/e1000.h"
#include <string.h>

enum { RSS_NONE, RSS_IPV4_TCP, RSS_IPV4, RSS_IPV6_TCP, RSS_IPV6_EX, RSS_IPV6 };

uint32_t e1000_toeplitz(const uint8_t key[40], const uint8_t *data, size_t n)
{
    uint32_t hash = 0, window = packet_be32(key);
    for (size_t i = 0; i < n; i++)
        for (int bit = 7; bit >= 0; bit--) {
            if (data[i] >> bit & 1)
                hash ^= window;
            unsigned next = (unsigned)i + 4; /* the key byte whose bit moves in */
            window = window << 1 | (next < 40 ? key[next] >> bit & 1 : 0);
        }
    return hash;
}

/* Addresses and, with `ports`, ports; both as they lie in the frame. */
static uint32_t hash(const struct e1000 *dev, const struct packet *p, bool ports)
{
    uint8_t key[40], input[36];
    size_t n = p->l3 == PACKET_IPV4 ? 8 : 32;
    memcpy(key, &REG(dev, E1000_RSSRK), sizeof key); /* little-endian registers, byte 0 first */
    memcpy(input, p->data + p->l3_at + (p->l3 == PACKET_IPV4 ? 12 : 8), n);
    if (ports) {
        memcpy(input + n, p->data + p->l4_at, 4);
        n += 4;
    }
    return e1000_toeplitz(key, input, n);
}

static unsigned type_of(const struct e1000 *dev, const struct packet *p)
{
    uint32_t types = REG(dev, E1000_MRQC), filter = REG(dev, E1000_RFCTL);
    bool tcp = p->l4 == PACKET_TCP && !p->fragment;
    if (p->l3 == PACKET_IPV4) {
        if (tcp && (types & E1000_MRQC_TCPIPV4))
            return RSS_IPV4_TCP;
        return types & E1000_MRQC_IPV4 ? RSS_IPV4 : RSS_NONE;
    }
    if (p->l3 == PACKET_IPV6) {
        if (!p->extensions || !(filter & E1000_RFCTL_IPV6_EX_DIS)) {
            if (tcp && (types & E1000_MRQC_TCPIPV6))
                return RSS_IPV6_TCP;
            if (types & E1000_MRQC_IPV6EX)
                return RSS_IPV6_EX;
        }
        return types & E1000_MRQC_IPV6 ? RSS_IPV6 : RSS_NONE;
    }
    return RSS_NONE;
}

/* Both queues take part only with descriptors that can tell the hash: extended, and RXCSUM.PCSD
 * set. */
void e1000_rss_route(const struct e1000 *dev, const struct packet *p, struct e1000_rx_route *route)
{
    route->queue = 0;
    route->rss_type = RSS_NONE;
    route->rss_hash = 0;
    if ((REG(dev, E1000_MRQC) & E1000_MRQC_ENABLE) != E1000_MRQC_RSS ||
        !(REG(dev, E1000_RXCSUM) & E1000_RXCSUM_PCSD) ||
        !(REG(dev, E1000_RFCTL) & E1000_RFCTL_EXSTEN))
        return;
    route->rss_type = (uint8_t)type_of(dev, p);
    if (route->rss_type == RSS_NONE)
        return;
    route->rss_hash =
        hash(dev, p, route->rss_type == RSS_IPV4_TCP || route->rss_type == RSS_IPV6_TCP);
    /* 128 one-byte entries; bit 7 is the queue. */
    unsigned entry = route->rss_hash & 127;
    route->queue = REG(dev, E1000_RETA + (entry & ~3u)) >> (8 * (entry & 3) + 7) & 1;
}
