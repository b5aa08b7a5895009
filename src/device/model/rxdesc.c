/* SPDX-License-Identifier: MIT */
/* rxdesc.c - a received frame into memory: legacy, extended and packet split descriptors (DS 7.1),
 * VLAN stripping, checksum status.
 *
 * A descriptor is written with DD last, as one aligned store, so that a driver that polls memory
 * sees all or nothing. */
#include "device/model/e1000.h"
#include <string.h>

enum { TYPE_MAC, TYPE_IPV4, TYPE_IPV4_L4, TYPE_IPV6 = 5, TYPE_IPV6_L4 };

/* What the last descriptor of a frame says of it. */
struct summary {
    uint32_t status_error;
    uint32_t mrq;
    uint32_t rss_hash;
    uint16_t ip_id, checksum, vlan;
};

static bool split_mode(const struct e1000 *dev)
{
    return (REG(dev, E1000_RFCTL) & E1000_RFCTL_EXSTEN) &&
           (REG(dev, E1000_RCTL) & E1000_RCTL_DTYP_PS);
}

static uint32_t descriptor_bytes(const struct e1000 *dev)
{
    return split_mode(dev) ? sizeof(union e1000_rx_split) : sizeof(union e1000_rx_extended);
}

/* Capacity of the four buffers of a descriptor; the last three are zero without packet split. */
static void buffer_sizes(const struct e1000 *dev, uint32_t size[4])
{
    uint32_t rctl = REG(dev, E1000_RCTL), ps = REG(dev, E1000_PSRCTL);
    memset(size, 0, 4 * sizeof *size);
    if (split_mode(dev)) {
        size[0] = (ps & 0x7F) * 128;
        for (unsigned i = 1; i < 4; i++)
            size[i] = (ps >> 8 * i & 0x3F) * 1024;
    } else if (rctl >> E1000_RCTL_FLXBUF_SHIFT & 15) {
        size[0] = (rctl >> E1000_RCTL_FLXBUF_SHIFT & 15) * 1024;
    } else {
        unsigned code = rctl >> E1000_RCTL_BSIZE_SHIFT & 3;
        size[0] = 2048 >> code;
        if ((rctl & E1000_RCTL_BSEX) && code)
            size[0] *= 16;
    }
}

uint32_t e1000_rx_available(const struct e1000 *dev, unsigned queue)
{
    uint32_t count = REG(dev, E1000_RDLEN(queue)) / descriptor_bytes(dev);
    uint32_t head = REG(dev, E1000_RDH(queue)), tail = REG(dev, E1000_RDT(queue));
    if (dev->rx[queue].hung || head >= count || tail >= count)
        return 0;
    return (tail + count - head) % count;
}

bool e1000_rx_has_room(const struct e1000 *dev, unsigned queue, size_t len)
{
    uint32_t size[4];
    buffer_sizes(dev, size);
    /* A split header leaves the rest of its buffer empty, so that one does not count. */
    uint32_t each = split_mode(dev) ? size[1] + size[2] + size[3] : size[0];
    return each && e1000_rx_available(dev, queue) >= (len + 4 + each - 1) / each;
}

/* --- what the frame is --- */

static void checksum_status(const struct e1000 *dev, const struct packet *p, struct summary *s)
{
    uint32_t control = REG(dev, E1000_RXCSUM), filter = REG(dev, E1000_RFCTL);
    bool ipv6 = p->l3 == PACKET_IPV6;
    bool looked = false;
    if (p->l3 == PACKET_IPV4 && (control & E1000_RXCSUM_IPOFLD)) {
        s->status_error |= E1000_RXD_IPCS | (packet_ip_ok(p) ? 0 : E1000_RXD_ERR_IPE);
        looked = true;
    }
    bool l4 = p->l4 != PACKET_NO_L4 && !p->fragment && (control & E1000_RXCSUM_TUOFLD) &&
              !(ipv6 && (filter & (E1000_RFCTL_IPV6_XSUM_DIS | E1000_RFCTL_IPV6_DIS)));
    if (l4 && p->l4 == PACKET_UDP && !packet_be16(p->data + p->l4_at + 6))
        l4 = false; /* the sender computed none (RFC 768) */
    if (l4) {
        s->status_error |= E1000_RXD_TCPCS | (p->l4 == PACKET_UDP ? E1000_RXD_UDPCS : 0) |
                           (packet_l4_ok(p) ? 0 : E1000_RXD_ERR_TCPE);
        looked = true;
    }
    if (!looked)
        s->status_error |= E1000_RXD_IXSM;
}

/* The packet checksum: from PCSS to the end, or (IPPCSE) over the payload of a UDP fragment. */
static void packet_checksum(const struct e1000 *dev, const struct packet *p, struct summary *s)
{
    uint32_t control = REG(dev, E1000_RXCSUM);
    bool udp_fragment = p->l3 == PACKET_IPV4 && p->fragment && p->data[p->l3_at + 9] == 17;
    if (p->l3 == PACKET_IPV4) {
        s->ip_id = p->ip_id;
        s->status_error |= E1000_RXD_IPIDV;
    }
    if ((control & E1000_RXCSUM_IPPCSE) && udp_fragment) {
        size_t at = p->l3_at + p->l3_header;
        s->checksum = (uint16_t)~packet_sum(p->data + at, p->l3_end - at, 0);
        if (packet_be16(p->data + p->l3_at + 6) & 0x1FFF || packet_be16(p->data + at + 6))
            s->status_error |=
                E1000_RXD_UDPV; /* the first one's header has a checksum, or there is no header */
    } else {
        size_t at = control & E1000_RXCSUM_PCSS;
        if (at < p->len)
            s->checksum = (uint16_t)~packet_sum(p->data + at, p->len - at, 0);
    }
}

static void summarise(const struct e1000 *dev, const struct packet *p,
                      const struct e1000_rx_route *route, struct summary *s)
{
    *s = (struct summary){.status_error = route->inexact ? E1000_RXD_PIF : 0};
    checksum_status(dev, p, s);
    if (REG(dev, E1000_RXCSUM) & E1000_RXCSUM_PCSD) {
        s->mrq = route->rss_type | (uint32_t)route->queue << 8;
        s->rss_hash = route->rss_hash;
    } else {
        packet_checksum(dev, p, s);
    }
    if (p->bare_ack)
        s->status_error |= E1000_RXD_ACK;
    unsigned type = TYPE_MAC;
    if (p->l3 == PACKET_IPV4)
        type = p->l4 ? TYPE_IPV4_L4 : TYPE_IPV4;
    else if (p->l3 == PACKET_IPV6 && !(REG(dev, E1000_RFCTL) & E1000_RFCTL_IPV6_DIS))
        type = p->l4 ? TYPE_IPV6_L4 : TYPE_IPV6;
    s->status_error |= type << E1000_RXD_PKTTYPE_SHIFT;
}

/* Bytes of header that packet split puts aside; 0 = this frame is not split. */
static size_t split_header(const struct e1000 *dev, const struct packet *p, uint32_t room)
{
    if (!split_mode(dev) || p->l4 == PACKET_NO_L4 ||
        (p->fragment && (REG(dev, E1000_RFCTL) & E1000_RFCTL_IPFRSP_DIS)))
        return 0;
    size_t header = p->l4_at + p->l4_header;
    return header <= room ? header : 0;
}

/* --- into memory --- */

/* A frame on its way into descriptors. */
struct transfer {
    uint8_t bytes[WIRE_FRAME_MAX +
                  8]; /* as memory gets it: without a stripped tag, with FCS if wanted */
    size_t len, at;
    size_t header; /* to be split off, 0 once it was */
    bool split;
};

/* Copies up to n bytes to pa; the number copied, or -1. A null address takes its share to nowhere.
 */
static long put(struct e1000 *dev, struct transfer *t, uint64_t pa, size_t n)
{
    if (n > t->len - t->at)
        n = t->len - t->at;
    if (n && pa) {
        void *to = e1000_dma(dev, pa, n, "receive buffer");
        if (!to)
            return -1;
        memcpy(to, t->bytes + t->at, n);
    }
    t->at += n;
    return (long)n;
}

static void write_legacy(const struct e1000 *dev, struct e1000_rx_legacy *d,
                         const struct summary *s, uint16_t len, uint32_t status)
{
    struct e1000_rx_legacy w = {.length = len,
                                .checksum = s->checksum,
                                .status = (uint8_t)(status & dev->chip->rx_status),
                                .errors = (uint8_t)(status >> 24),
                                .vlan = s->vlan};
    uint64_t high;
    memcpy(&high, &w.length, sizeof high);
    __atomic_store_n((uint64_t *)(void *)&d->length, high, __ATOMIC_RELEASE);
}

/* mrq and hash first, then the half with DD. */
static void write_extended(void *d, const struct summary *s, bool pcsd, uint32_t status,
                           uint16_t len)
{
    union e1000_rx_extended w = {
        .written = {.mrq = s->mrq, .status_error = status, .length = len, .vlan = s->vlan}};
    if (pcsd) {
        w.written.rss_hash = s->rss_hash;
    } else {
        w.written.ip_id = s->ip_id;
        w.written.checksum = s->checksum;
    }
    uint64_t half[2];
    memcpy(half, &w, sizeof half);
    ((uint64_t *)d)[0] = half[0];
    __atomic_store_n((uint64_t *)d + 1, half[1], __ATOMIC_RELEASE);
}

/* One packet split descriptor; false on a DMA error. */
static bool fill_split(struct e1000 *dev, struct transfer *t, union e1000_rx_split *d,
                       const uint32_t size[4], const struct summary *s, bool pcsd)
{
    union e1000_rx_split r = *d, w = {0};
    size_t first = t->at == 0 && t->header ? t->header : t->split ? 0 : size[0];
    long n = put(dev, t, r.read.address[0], first);
    if (n < 0)
        return false;
    w.written.length0 = (uint16_t)n;
    if (t->split)
        w.written.header_status = (uint16_t)(t->header | E1000_RXD_HDRSP);
    for (unsigned i = 0; i < 3; i++) {
        long more = put(dev, t, r.read.address[i + 1], size[i + 1]);
        if (more < 0)
            return false;
        w.written.length[i] = (uint16_t)more;
    }
    static const struct summary none;
    bool last = t->at == t->len;
    uint64_t tail[2];
    memcpy(tail, &w.written.header_status, sizeof tail);
    ((uint64_t *)d)[2] = tail[0];
    ((uint64_t *)d)[3] = tail[1];
    write_extended(d, last ? s : &none, pcsd,
                   E1000_RXD_DD | (last ? E1000_RXD_EOP | s->status_error : 0), w.written.length0);
    return true;
}

/* One legacy or extended descriptor. */
static bool fill(struct e1000 *dev, struct transfer *t, void *d, uint32_t size,
                 const struct summary *s, bool pcsd)
{
    static const struct summary none;
    uint64_t address;
    memcpy(&address, d, sizeof address);
    long n = put(dev, t, address, size);
    if (n < 0)
        return false;
    bool last = t->at == t->len;
    uint32_t status = E1000_RXD_DD | (last ? E1000_RXD_EOP | s->status_error : 0);
    if (REG(dev, E1000_RFCTL) & E1000_RFCTL_EXSTEN)
        write_extended(d, last ? s : &none, pcsd, status, (uint16_t)n);
    else
        write_legacy(dev, d, last ? s : &none, (uint16_t)n, status);
    return true;
}

/* Takes the tag off if VLAN mode says so, and puts the FCS on if it is to be kept. */
static void prepare(const struct e1000 *dev, const struct packet *p, struct transfer *t,
                    struct summary *s)
{
    size_t cut = p->tagged && (REG(dev, E1000_CTRL) & E1000_CTRL_VME) ? 4 : 0;
    memcpy(t->bytes, p->data, 12);
    memcpy(t->bytes + 12, p->data + 12 + cut, p->len - 12 - cut);
    t->len = p->len - cut;
    if (cut) {
        s->vlan = p->vlan;
        s->status_error |= E1000_RXD_VP;
        t->header -= t->header ? cut : 0;
    }
    if (!(REG(dev, E1000_RCTL) & E1000_RCTL_SECRC)) {
        uint32_t fcs = packet_crc(p->data, p->len);
        memcpy(t->bytes + t->len, &fcs, 4);
        t->len += 4;
    }
}

void e1000_rx_deliver(struct e1000 *dev, const uint8_t *frame, size_t len,
                      const struct e1000_rx_route *route)
{
    struct packet p;
    struct summary s;
    uint32_t size[4], bytes = descriptor_bytes(dev);
    unsigned q = route->queue;
    uint32_t count = REG(dev, E1000_RDLEN(q)) / bytes, before = e1000_rx_available(dev, q);
    uint64_t base = (uint64_t)REG(dev, E1000_RDBAH(q)) << 32 | REG(dev, E1000_RDBAL(q));
    bool pcsd = REG(dev, E1000_RXCSUM) & E1000_RXCSUM_PCSD;

    packet_parse(&p, frame, len, (uint16_t)REG(dev, E1000_VET));
    summarise(dev, &p, route, &s);
    buffer_sizes(dev, size);
    struct transfer t;
    t.at = 0;
    t.header = split_header(dev, &p, size[0]);
    t.split = t.header != 0;
    prepare(dev, &p, &t, &s);

    while (t.at < t.len) {
        uint32_t head = REG(dev, E1000_RDH(q));
        void *d = e1000_dma(dev, base + (uint64_t)head * bytes, bytes, "receive descriptor");
        if (!d || !(split_mode(dev) ? fill_split(dev, &t, d, size, &s, pcsd)
                                    : fill(dev, &t, d, size[0], &s, pcsd))) {
            dev->rx[q].hung = true;
            return;
        }
        REG(dev, E1000_RDH(q)) = (head + 1) % count;
    }
    /* RCTL.RDMTS: a half, a quarter or an eighth of the ring is left. */
    uint32_t threshold = count >> ((REG(dev, E1000_RCTL) >> E1000_RCTL_RDMTS_SHIFT & 3) + 1);
    bool below = before > threshold && e1000_rx_available(dev, q) <= threshold;
    uint32_t small = REG(dev, E1000_RSRPD);
    if (small && len + 4 <= small)
        e1000_cause(dev, E1000_ICR_SRPD);
    e1000_cause_rx(dev, q, below, p.bare_ack);
}
