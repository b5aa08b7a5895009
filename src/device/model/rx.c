/* SPDX-License-Identifier: MIT */
/* rx.c - what arrives: filters, flow control, and the packet buffer in front of the descriptors
 * (DS 7.1).
 *
 * A frame that passes the filters goes to memory at once if descriptors are there, else into the
 * packet buffer (PBA.RXA kilobytes), first in, first out for both queues. When that is full too, or
 * the receiver is off, the option overrun= decides: `pause` (default) leaves the frame on the wire,
 * as a far end does that obeys PAUSE; `drop` loses it and counts it in MPC. */
#include "device/model/e1000.h"
#include "nt/report.h"
#include <string.h>

#define FCS             4
#define FRAME_MIN       60   /* without FCS; senders pad */
#define FRAME_MAX       1518 /* without FCS, with a VLAN tag; longer needs RCTL.LPE */
#define PAUSE_QUANTA_NS 512  /* 512 bit times at 1 Gb/s */

struct record {
    uint32_t len;
    struct e1000_rx_route route;
};

void e1000_rx_reset(struct e1000 *dev)
{
    memset(dev->rx, 0, sizeof dev->rx);
    dev->fifo_head = dev->fifo_tail = dev->fifo_used = 0;
    dev->xoff = false;
}

/* --- filters --- */

static bool same_address(const uint8_t *address, uint32_t low, uint32_t high)
{
    uint8_t other[6] = {(uint8_t)low,         (uint8_t)(low >> 8), (uint8_t)(low >> 16),
                        (uint8_t)(low >> 24), (uint8_t)high,       (uint8_t)(high >> 8)};
    return !memcmp(address, other, 6);
}

static bool exact(const struct e1000 *dev, const struct packet *p)
{
    for (unsigned i = 0; i < 16; i++) {
        uint32_t low = REG(dev, E1000_RAL(i)), high = REG(dev, E1000_RAH(i));
        unsigned select = high >> E1000_RAH_ASEL_SHIFT & 3;
        if ((high & E1000_RAH_AV) && select < 2 && same_address(p->data + 6 * select, low, high))
            return true;
    }
    return false;
}

static bool hashed(const struct e1000 *dev, const uint8_t *address)
{
    static const uint8_t shift[] = {4, 3, 2,
                                    0}; /* RCTL.MO: address bits 47:36, 46:35, 45:34, 43:32 */
    unsigned mo = REG(dev, E1000_RCTL) >> E1000_RCTL_MO_SHIFT & 3;
    unsigned hash = (unsigned)(address[5] << 8 | address[4]) >> shift[mo] & 0xFFF;
    return REG(dev, E1000_MTA + hash / 32 * 4) >> hash % 32 & 1;
}

static bool vlan_passes(const struct e1000 *dev, const struct packet *p)
{
    uint32_t rctl = REG(dev, E1000_RCTL);
    if (!(rctl & E1000_RCTL_VFE) || !p->tagged)
        return true;
    if ((rctl & E1000_RCTL_CFIEN) && !(rctl & E1000_RCTL_CFI) != !(p->vlan & 1 << 12))
        return false;
    unsigned id = p->vlan & 0xFFF;
    return REG(dev, E1000_VFTA + id / 32 * 4) >> id % 32 & 1;
}

static bool address_passes(const struct e1000 *dev, const struct packet *p, bool *inexact)
{
    static const uint8_t all[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    uint32_t rctl = REG(dev, E1000_RCTL);
    *inexact = false;
    if (exact(dev, p) || (!memcmp(p->data, all, 6) && (rctl & E1000_RCTL_BAM)))
        return true;
    *inexact = true;
    if (p->data[0] & 1)
        return (rctl & E1000_RCTL_MPE) || hashed(dev, p->data);
    return rctl & E1000_RCTL_UPE;
}

static void pause_received(struct e1000 *dev, unsigned quanta)
{
    if (!(REG(dev, E1000_CTRL) & E1000_CTRL_RFCE)) {
        e1000_count(dev, E1000_FCRUC, 1);
        return;
    }
    e1000_count(dev, quanta ? E1000_XOFFRXC : E1000_XONRXC, 1);
    dev->paused_until = host_now() + quanta * PAUSE_QUANTA_NS;
    if (quanta)
        REG(dev, E1000_STATUS) |= E1000_STATUS_TXOFF;
    else
        e1000_tx_kick(dev);
}

/* MAC control frames (IEEE 802.3, 31): true if it ends here. */
static bool control_frame(struct e1000 *dev, const struct packet *p)
{
    bool own = same_address(p->data, REG(dev, E1000_RAL(0)), REG(dev, E1000_RAH(0)));
    if (p->type != REG(dev, E1000_FCT) || p->tagged || p->len < 18 ||
        !(own || same_address(p->data, REG(dev, E1000_FCAL), REG(dev, E1000_FCAH))))
        return false;
    if (packet_be16(p->data + 14) != 1)
        return !(REG(dev, E1000_RCTL) & E1000_RCTL_PMCF);
    pause_received(dev, packet_be16(p->data + 16));
    return REG(dev, E1000_RCTL) & E1000_RCTL_DPF;
}

static bool passes(struct e1000 *dev, const struct packet *p, struct e1000_rx_route *route)
{
    if (p->len > FRAME_MAX - (p->tagged ? 0 : 4) &&
        !(REG(dev, E1000_RCTL) & (E1000_RCTL_LPE | E1000_RCTL_SBP))) {
        e1000_count(dev, E1000_ROC, 1);
        return false;
    }
    return !control_frame(dev, p) && vlan_passes(dev, p) && address_passes(dev, p, &route->inexact);
}

/* --- the packet buffer --- */

static uint32_t fifo_bytes(const struct e1000 *dev)
{
    uint32_t bytes = (REG(dev, E1000_PBA) & 0xFFFF) * 1024;
    return bytes < E1000_FIFO_BYTES / 2 ? bytes : E1000_FIFO_BYTES / 2;
}

static bool fifo_empty(const struct e1000 *dev)
{
    return dev->fifo_head == dev->fifo_tail;
}

static bool fifo_fits(const struct e1000 *dev, size_t len)
{
    return fifo_empty(dev) || (!dev->xoff && dev->fifo_used + len + FCS <= fifo_bytes(dev));
}

static void fifo_put(struct e1000 *dev, const uint8_t *frame, size_t len,
                     const struct e1000_rx_route *route)
{
    struct record r = {.len = (uint32_t)len, .route = *route};
    size_t need = sizeof r + len;
    if (dev->fifo_tail + need > E1000_FIFO_BYTES) {
        memmove(dev->fifo, dev->fifo + dev->fifo_head, dev->fifo_tail - dev->fifo_head);
        dev->fifo_tail -= dev->fifo_head;
        dev->fifo_head = 0;
    }
    if (dev->fifo_tail + need > E1000_FIFO_BYTES) {
        e1000_count(dev, E1000_MPC, 1); /* minute frames, whose records are larger than they are */
        return;
    }
    memcpy(dev->fifo + dev->fifo_tail, &r, sizeof r);
    memcpy(dev->fifo + dev->fifo_tail + sizeof r, frame, len);
    dev->fifo_tail += (uint32_t)need;
    dev->fifo_used += (uint32_t)len + FCS;
    uint32_t high = REG(dev, E1000_FCRTH);
    if ((REG(dev, E1000_CTRL) & E1000_CTRL_TFCE) && high && dev->fifo_used > high && !dev->xoff) {
        dev->xoff = true;
        e1000_count(dev, E1000_XOFFTXC, 1);
    }
}

static void fifo_drain(struct e1000 *dev)
{
    while (!fifo_empty(dev)) {
        struct record r;
        memcpy(&r, dev->fifo + dev->fifo_head, sizeof r);
        if (!e1000_rx_has_room(dev, r.route.queue, r.len))
            return;
        const uint8_t *frame = dev->fifo + dev->fifo_head + sizeof r;
        dev->fifo_head += (uint32_t)sizeof r + r.len;
        dev->fifo_used -= r.len + FCS;
        e1000_rx_deliver(dev, frame, r.len, &r.route);
    }
    dev->fifo_head = dev->fifo_tail = 0;
}

/* --- arrival --- */

static bool listening(const struct e1000 *dev)
{
    return (REG(dev, E1000_RCTL) & E1000_RCTL_EN) && !dev->resetting && e1000_link_usable(dev);
}

/* What cannot be taken: true if it is lost, false if it waits. Above FCRTH the far end was told to
 * wait. */
static bool refuse(struct e1000 *dev, bool loopback)
{
    if (loopback || (dev->options.overrun == E1000_OVERRUN_DROP && !dev->xoff))
        return true;
    dev->refused = true;
    return false;
}

bool e1000_rx_frame(struct e1000 *dev, const uint8_t *frame, size_t len, bool loopback)
{
    bool looped =
        (REG(dev, E1000_RCTL) & E1000_RCTL_LBM) == E1000_RCTL_LBM_MAC || e1000_phy_loopback(dev);
    if (len < 14 || len > WIRE_FRAME_MAX || (looped && !loopback))
        return true; /* nothing that the receiver could see */
    if (!listening(dev))
        return refuse(dev, loopback);
    uint8_t padded[FRAME_MIN] = {0};
    if (len < FRAME_MIN) {
        memcpy(padded, frame, len);
        frame = padded;
        len = FRAME_MIN;
    }
    struct packet p;
    packet_parse(&p, frame, len, (uint16_t)REG(dev, E1000_VET));
    struct e1000_rx_route route = {0};
    if (!passes(dev, &p, &route)) {
        e1000_count_rx(dev, &p, len, false);
        return true;
    }
    e1000_rss_route(dev, &p, &route);
    bool now = fifo_empty(dev) && e1000_can_dma(dev) && e1000_rx_has_room(dev, route.queue, len);
    if (!now && !fifo_fits(dev, len)) {
        if (!refuse(dev, loopback))
            return false;
        e1000_count(dev, E1000_MPC, 1);
        e1000_count(dev, E1000_ICRXOC, 1);
        e1000_count_rx(dev, &p, len, false);
        e1000_cause(dev, E1000_ICR_RXO);
        return true;
    }
    e1000_count_rx(dev, &p, len, true);
    if (now) {
        e1000_rx_deliver(dev, frame, len, &route);
    } else {
        e1000_count(dev, E1000_RNBC, 1);
        fifo_put(dev, frame, len, &route);
    }
    e1000_faults_frame(dev);
    return true;
}

bool e1000_wire_receive(void *card, const void *frame, size_t len)
{
    struct e1000 *dev = card;
    host_lock(&dev->lock);
    /* A card that is gone takes nothing, and the wire need not keep it. */
    bool taken = dev->closing || dev->fn.surprise_removed || e1000_rx_frame(dev, frame, len, false);
    host_unlock(&dev->lock);
    return taken;
}

void e1000_wire_link(void *card, bool up)
{
    struct e1000 *dev = card;
    host_lock(&dev->lock);
    if (dev->phy.cable != up && !dev->closing) {
        dev->phy.cable = up;
        e1000_phy_cable(dev);
    }
    host_unlock(&dev->lock);
}

void e1000_rx_kick(struct e1000 *dev)
{
    if ((REG(dev, E1000_RCTL) & E1000_RCTL_EN) && (!fifo_empty(dev) || dev->refused))
        e1000_timer_arm(&dev->rx_timer, host_now());
}

/* timer: rx_timer */
void e1000_rx_run(struct e1000 *dev, unsigned index)
{
    if (!listening(dev) || !e1000_can_dma(dev))
        return;
    fifo_drain(dev);
    if (dev->xoff && dev->fifo_used <= (REG(dev, E1000_FCRTL) & 0xFFF8)) {
        dev->xoff = false;
        if (REG(dev, E1000_FCRTL) >> 31) /* XONE */
            e1000_count(dev, E1000_XONTXC, 1);
    }
    if (dev->refused && fifo_fits(dev, FRAME_MAX)) {
        dev->refused = false;
        dev->tell_ready = true;
        e1000_outside(dev);
    }
}

void e1000_rdt_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    unsigned queue = offset == E1000_RDT(1);
    uint32_t size = REG(dev, E1000_RDLEN(queue)) / 16;
    if ((REG(dev, E1000_RCTL) & E1000_RCTL_EN) && (value & 0xFFFF) >= size)
        violation("device/ring",
                  "%s: RDT%u = %u, but RDLEN%u makes a ring of %u descriptors: nothing is received",
                  dev->chip->title, queue, value & 0xFFFF, queue, size);
    e1000_rx_kick(dev);
}

void e1000_rctl_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    e1000_rx_kick(dev);
    e1000_tx_kick(dev); /* loopback makes a link */
}
