/* SPDX-License-Identifier: MIT */
/* offload.c - from a gathered packet to frames: segmentation, checksums, VLAN tag, padding
 * (DS 7.2, 7.3, 7.5).
 *
 * Runs on the device thread only, with the device's lock, which is free while the wire takes a
 * frame. */
#include "device/model/e1000.h"
#include "nt/report.h"
#include <string.h>

/* The sum over [start, end] (end 0: to the last byte) goes, complemented, to `at`. What lies
 * outside the packet is left alone, as there is nothing there to write. */
static void insert_sum(uint8_t *packet, uint32_t len, uint32_t start, uint32_t at, uint32_t end,
                       bool udp)
{
    if (!end || end >= len)
        end = len - 1;
    if (start > end || at + 2 > len)
        return;
    uint16_t sum = (uint16_t)~packet_sum(packet + start, end - start + 1, 0);
    packet_put_be16(packet + at,
                    !sum && udp ? 0xFFFF : sum); /* UDP: zero would mean none (RFC 768) */
}

/* POPTS on the frame in dev->out. */
static void insert_sums(struct e1000 *dev, const struct e1000_tx_context *c, uint8_t popts,
                        uint32_t len)
{
    if (popts & E1000_TXD_IXSM)
        insert_sum(dev->out, len, c->ipcss, c->ipcso, c->ipcse, false);
    if (popts & E1000_TXD_TXSM)
        insert_sum(dev->out, len, c->tucss, c->tucso, c->tucse, !c->tcp);
}

static uint32_t insert_vlan(struct e1000 *dev, const struct e1000_tx_queue *q, uint32_t len)
{
    if (!q->vle || !(REG(dev, E1000_CTRL) & E1000_CTRL_VME) || len < 12)
        return len;
    memmove(dev->out + 16, dev->out + 12, len - 12);
    packet_put_be16(dev->out + 12, (uint16_t)REG(dev, E1000_VET));
    packet_put_be16(dev->out + 14, q->vlan);
    return len + 4;
}

/* Sends what is in dev->out. A frame without its addresses, or longer than a wire takes, goes
 * nowhere. */
bool e1000_tx_frame(struct e1000 *dev, uint32_t len)
{
    unsigned generation = dev->generation;
    if (len < 14 || len > WIRE_FRAME_MAX)
        return true;
    if ((REG(dev, E1000_TCTL) & E1000_TCTL_PSP) && len < 60) {
        memset(dev->out + len, 0, 60 - len);
        len = 60;
    }
    e1000_count_tx(dev, dev->out, len);
    if ((REG(dev, E1000_RCTL) & E1000_RCTL_LBM) == E1000_RCTL_LBM_MAC || e1000_phy_loopback(dev)) {
        e1000_rx_frame(dev, dev->out, len, true);
    } else if (dev->wire) {
        host_unlock(&dev->lock);
        wire_send(dev->wire, dev->out, len);
        host_lock(&dev->lock);
    }
    e1000_faults_frame(dev);
    return generation == dev->generation;
}

/* The header at the front of dev->out becomes that of one segment: total bytes long, offset bytes
 * into the payload (DS 7.3, TCP segmentation: header updates). */
static void segment_header(struct e1000 *dev, const struct e1000_tx_context *c, uint32_t total,
                           uint32_t offset, unsigned index, bool last)
{
    uint8_t *ip = dev->out + c->ipcss, *l4 = dev->out + c->tucss;
    if (c->ipv4) {
        packet_put_be16(ip + 2, (uint16_t)(total - c->ipcss));
        packet_put_be16(ip + 4, (uint16_t)(packet_be16(ip + 4) + index));
    } else {
        packet_put_be16(ip + 4, (uint16_t)(total - c->ipcss - 40));
    }
    if (c->tcp) {
        packet_put_be32(l4 + 4, packet_be32(l4 + 4) + offset);
        if (!last)
            l4[13] &= (uint8_t) ~(1 | 8); /* FIN and PSH belong to the last */
    } else {
        packet_put_be16(l4 + 4, (uint16_t)(total - c->tucss));
    }
}

static bool segment(struct e1000 *dev, const struct e1000_tx_queue *q)
{
    const struct e1000_tx_context c = q->segment;
    uint32_t header = c.hdrlen;
    if (!c.mss || header > q->have || c.ipcss + (c.ipv4 ? 20u : 40u) > header ||
        c.tucss + (c.tcp ? 20u : 8u) > header || c.tucso + 2u > header ||
        header + c.mss > WIRE_FRAME_MAX - 4) {
        violation("device/tso",
                  "%s: segmentation with MSS %u, header %u (IP at %u, L4 at %u) of a packet of "
                  "%u bytes: "
                  "not sent",
                  dev->chip->title, c.mss, header, c.ipcss, c.tucss, q->have);
        e1000_count(dev, E1000_TSCTFC, 1);
        return true;
    }
    uint32_t payload = q->have - header;
    if (payload != c.paylen)
        violation("device/tso", "%s: PAYLEN %u, but the descriptors hold %u bytes after the header",
                  dev->chip->title, c.paylen, payload);
    e1000_count(dev, E1000_TSCTC, 1);
    unsigned index = 0;
    uint32_t offset = 0;
    do {
        uint32_t chunk = payload - offset < c.mss ? payload - offset : c.mss,
                 total = header + chunk;
        memcpy(dev->out, q->packet, header);
        memcpy(dev->out + header, q->packet + header + offset, chunk);
        segment_header(dev, &c, total, offset, index++, offset + chunk == payload);
        if (q->popts & E1000_TXD_TXSM) {
            /* Software left the pseudo header's sum there, without the length. */
            uint8_t *sum = dev->out + c.tucso;
            uint8_t length[2];
            packet_put_be16(length, (uint16_t)(total - c.tucss));
            packet_put_be16(sum, packet_sum(length, 2, packet_be16(sum)));
        }
        insert_sums(dev, &c, q->popts, total);
        if (!e1000_tx_frame(dev, insert_vlan(dev, q, total)))
            return false;
        offset += chunk;
    } while (offset < payload);
    return true;
}

bool e1000_tx_packet(struct e1000 *dev, struct e1000_tx_queue *q, uint32_t eop_lower)
{
    if (q->too_long) {
        violation("device/tx-length", "%s: a packet of more than %u bytes: not sent",
                  dev->chip->title, E1000_PACKET_MAX);
        return true;
    }
    if (q->tse)
        return segment(dev, q);
    uint32_t len = q->have;
    if (len > WIRE_FRAME_MAX) {
        violation("device/tx-length", "%s: a frame of %u bytes: not sent", dev->chip->title, len);
        return true;
    }
    memcpy(dev->out, q->packet, len);
    if (!(eop_lower & E1000_TXD_IFCS)) {
        /* Software brought its own FCS. With a wrong one no receiver takes the frame. */
        uint32_t fcs;
        if (len < 4)
            return true;
        len -= 4;
        memcpy(&fcs, dev->out + len, 4);
        if (fcs != packet_crc(dev->out, len))
            return true;
    }
    insert_sums(dev, &q->checksum, q->popts, len);
    return e1000_tx_frame(dev, insert_vlan(dev, q, len));
}
