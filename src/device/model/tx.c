/* SPDX-License-Identifier: MIT */
/* tx.c - the transmit queues (DS 7.2): fetching descriptors, gathering packets, writing status
 * back.
 *
 * A write of a tail arms a timer; e1000_tx_run() then works on the device thread. Two queues take
 * turns, packet by packet. While there is no link, descriptors stay where they are.
 *
 * Head and tail that are equal mean an empty ring, so software leaves a descriptor unused. What the
 * chip has loaded into its buffers before the two meet is sent all the same, which on the silicon
 * is a matter of a microsecond after the tail's write (8254x Developer's Manual, 13.4.39). Here it
 * is counted at the write, so that the speed of the device thread makes no difference.
 *
 * Write-back: a descriptor with RS gets DD. With TXDCTL.WTHRESH above 1 that waits until so many
 * are done, the delay timers expire, TIDV.FPD is written, or (TIDV 0) the queue is empty. */
#include "device/model/e1000.h"
#include "nt/report.h"
#include <string.h>

#define BATCH  64 /* descriptors per turn of the timer, so that other alarms get theirs */
#define LOADED 64 /* descriptors that the chip's buffers hold */

static uint32_t ring_size(const struct e1000 *dev, unsigned queue)
{
    return REG(dev, E1000_TDLEN(queue)) / sizeof(struct e1000_tx_desc);
}

static uint64_t descriptor_pa(const struct e1000 *dev, unsigned queue, uint32_t index)
{
    return ((uint64_t)REG(dev, E1000_TDBAH(queue)) << 32 | REG(dev, E1000_TDBAL(queue))) +
           (uint64_t)index * sizeof(struct e1000_tx_desc);
}

void e1000_tx_reset(struct e1000 *dev)
{
    for (unsigned i = 0; i < E1000_QUEUES; i++) {
        uint8_t *packet = dev->tx[i].packet;
        dev->tx[i] = (struct e1000_tx_queue){.packet = packet};
    }
    dev->tx_turn = 0;
    dev->paused_until = 0;
}

/* With a second queue there is TARC, which can switch either off. */
static bool enabled(const struct e1000 *dev, unsigned queue)
{
    return dev->chip->queues == 1 ? queue == 0 : REG(dev, E1000_TARC(queue)) & E1000_TARC_ENABLE;
}

static bool ring_valid(const struct e1000 *dev, unsigned queue)
{
    uint32_t size = ring_size(dev, queue);
    return REG(dev, E1000_TDH(queue)) < size && REG(dev, E1000_TDT(queue)) < size;
}

static bool has_work(const struct e1000 *dev, unsigned queue)
{
    return enabled(dev, queue) && !dev->tx[queue].hung && dev->tx[queue].loaded &&
           ring_valid(dev, queue);
}

/* As much up to the tail as the chip's buffers hold. */
static void load(struct e1000 *dev, unsigned queue)
{
    struct e1000_tx_queue *q = &dev->tx[queue];
    if (!ring_valid(dev, queue))
        return;
    uint32_t size = ring_size(dev, queue), next = (REG(dev, E1000_TDH(queue)) + q->loaded) % size;
    q->loaded += (REG(dev, E1000_TDT(queue)) + size - next) % size;
    uint32_t most = size < LOADED ? size : LOADED;
    if (q->loaded > most)
        q->loaded = most;
}

void e1000_tx_kick(struct e1000 *dev)
{
    if (!(REG(dev, E1000_TCTL) & E1000_TCTL_EN))
        return;
    for (unsigned i = 0; i < dev->chip->queues; i++)
        load(dev, i);
    if (has_work(dev, 0) || has_work(dev, 1))
        e1000_timer_arm(&dev->tx_timer, host_now());
}

/* TDBAL, TDBAH, TDLEN, TDH: what was loaded is of another ring. */
void e1000_tx_ring_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    dev->tx[offset >= E1000_TDBAL(1)].loaded = 0;
}

void e1000_tdt_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    unsigned queue = offset == E1000_TDT(1);
    uint32_t size = ring_size(dev, queue);
    bool on = REG(dev, E1000_TCTL) & E1000_TCTL_EN;
    if (on && dev->tx[queue].loaded && (value & 0xFFFF) == REG(dev, E1000_TDH(queue)))
        violation("device/ring",
                  "%s: TDT%u was moved onto TDH%u with descriptors left to send: a full ring looks "
                  "like an empty one, so one descriptor must stay unused",
                  dev->chip->title, queue, queue);
    if (on && (value & 0xFFFF) >= size)
        violation("device/ring",
                  "%s: TDT%u = %u, but TDLEN%u makes a ring of %u descriptors: nothing is sent",
                  dev->chip->title, queue, value & 0xFFFF, queue, size);
    e1000_tx_kick(dev);
}

/* TCTL and TARC: what is enabled may now run. */
void e1000_tctl_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    e1000_tx_kick(dev);
}

/* --- write-back --- */

static void write_back(struct e1000 *dev, unsigned queue, uint32_t index)
{
    struct e1000_tx_desc *d = e1000_dma(dev, descriptor_pa(dev, queue, index), sizeof *d,
                                        "transmit descriptor write-back");
    if (d)
        __atomic_fetch_or(&d->status, E1000_TXD_DD, __ATOMIC_RELEASE);
    else
        dev->tx[queue].hung = true;
}

static void flush_queue(struct e1000 *dev, unsigned queue)
{
    struct e1000_tx_queue *q = &dev->tx[queue];
    if (!q->done_count)
        return;
    for (unsigned i = 0; i < q->done_count; i++)
        write_back(dev, queue, q->done[i]);
    q->done_count = 0;
    e1000_cause_tx(dev, queue, false);
}

void e1000_tx_flush(struct e1000 *dev)
{
    for (unsigned i = 0; i < E1000_QUEUES; i++)
        flush_queue(dev, i);
}

/* One with RS is done. */
static void report(struct e1000 *dev, unsigned queue, uint32_t index, bool ide)
{
    struct e1000_tx_queue *q = &dev->tx[queue];
    uint32_t control = REG(dev, E1000_TXDCTL(queue));
    /* Without GRAN, thresholds count cache lines of four descriptors. */
    unsigned hold =
        (control >> E1000_TXDCTL_WTHRESH_SHIFT & 63) * (control & E1000_TXDCTL_GRAN ? 1 : 4);
    if (hold <= 1) {
        write_back(dev, queue, index);
        e1000_cause_tx(dev, queue, ide);
        return;
    }
    q->done[q->done_count++] = (uint16_t)index;
    if (q->done_count >= hold || q->done_count == sizeof q->done / sizeof *q->done)
        flush_queue(dev, queue);
    else
        e1000_delay_tx(dev);
}

/* The descriptor at the head is finished. */
static void advance(struct e1000 *dev, unsigned queue, uint32_t lower)
{
    uint32_t size = ring_size(dev, queue), head = REG(dev, E1000_TDH(queue)),
             tail = REG(dev, E1000_TDT(queue));
    uint32_t left = (tail + size - head - 1) % size;
    REG(dev, E1000_TDH(queue)) = (head + 1) % size;
    dev->tx[queue].loaded--;
    load(dev, queue);
    if (lower & E1000_TXD_RS)
        report(dev, queue, head, lower & E1000_TXD_IDE);
    /* LWTHRESH counts in eights (DS 10.2.6, TXDCTL). */
    uint32_t low = (REG(dev, E1000_TXDCTL(queue)) >> E1000_TXDCTL_LWTHRESH_SHIFT) * 8;
    if (low && left == low) {
        e1000_count(dev, E1000_ICTXQMTC, 1);
        e1000_cause(dev, E1000_ICR_TXD_LOW);
    }
    if (!left) {
        if (!REG(dev, E1000_TIDV))
            flush_queue(dev, queue);
        e1000_count(dev, E1000_ICTXQEC, 1);
        e1000_cause(dev, E1000_ICR_TXQE);
    }
}

/* --- gathering --- */

static void load_context(struct e1000_tx_queue *q, const struct e1000_tx_context_desc *d)
{
    *(d->lower & E1000_TXD_TSE ? &q->segment : &q->checksum) = (struct e1000_tx_context){
        .ipcss = d->ipcss,
        .ipcso = d->ipcso,
        .ipcse = d->ipcse,
        .tucss = d->tucss,
        .tucso = d->tucso,
        .tucse = d->tucse,
        .paylen = d->lower & 0xFFFFF,
        .hdrlen = d->hdrlen,
        .mss = d->mss,
        .tcp = d->lower & E1000_TXD_TCP,
        .ipv4 = d->lower & E1000_TXD_IP,
    };
}

static void checksum_legacy(struct e1000_tx_queue *q, const struct e1000_tx_desc *d)
{
    uint32_t start = d->options, at = d->lower >> 16 & 0xFF;
    if (start < q->have && at + 2 <= q->have)
        packet_put_be16(q->packet + at,
                        (uint16_t)~packet_sum(q->packet + start, q->have - start, 0));
}

/* Takes a data descriptor's bytes; false if memory failed. */
static bool gather(struct e1000 *dev, struct e1000_tx_queue *q, const struct e1000_tx_desc *d)
{
    bool extended = d->lower & E1000_TXD_DEXT;
    uint32_t len = d->lower & (extended ? 0xFFFFF : 0xFFFF);
    if (!q->open) {
        q->have = 0;
        q->too_long = q->vle = false;
        q->tse = extended && (d->lower & E1000_TXD_TSE);
        q->popts = extended ? d->options : 0;
        q->open = true;
    }
    if (d->lower & E1000_TXD_VLE) {
        q->vle = true;
        q->vlan = d->vlan;
    }
    if (!len)
        return true;
    const void *data = e1000_dma(dev, d->address, len, "transmit data");
    if (!data)
        return false;
    if (q->have + len > E1000_PACKET_MAX) {
        q->too_long = true;
    } else {
        memcpy(q->packet + q->have, data, len);
        q->have += len;
    }
    return true;
}

/* One descriptor of queue. True if it was the last of a packet. */
static bool take(struct e1000 *dev, unsigned queue)
{
    struct e1000_tx_queue *q = &dev->tx[queue];
    union {
        struct e1000_tx_desc data;
        struct e1000_tx_context_desc context;
    } d;
    const void *p = e1000_dma(dev, descriptor_pa(dev, queue, REG(dev, E1000_TDH(queue))), sizeof d,
                              "transmit descriptor");
    if (!p) {
        q->hung = true;
        return false;
    }
    memcpy(&d, p, sizeof d);
    uint32_t lower = d.data.lower;
    if ((lower & E1000_TXD_DEXT) && (lower >> E1000_TXD_DTYP_SHIFT & 15) != E1000_TXD_DTYP_DATA) {
        load_context(q, &d.context);
        advance(dev, queue, lower);
        return false;
    }
    if (!gather(dev, q, &d.data)) {
        q->hung = true;
        return false;
    }
    bool last = lower & E1000_TXD_EOP;
    if (last) {
        if (!(lower & E1000_TXD_DEXT) && (lower & E1000_TXD_IC))
            checksum_legacy(q, &d.data);
        if (!e1000_tx_packet(dev, q, lower))
            return false; /* a reset came while the lock was free: this packet is history */
        q->open = false;
    }
    advance(dev, queue, lower);
    return last;
}

/* timer: tx_timer */
void e1000_tx_run(struct e1000 *dev, unsigned index)
{
    if (!e1000_can_dma(dev) || !(REG(dev, E1000_TCTL) & E1000_TCTL_EN) || !e1000_link_usable(dev))
        return;
    if (host_now() < dev->paused_until) {
        e1000_timer_arm(&dev->tx_timer, dev->paused_until);
        return;
    }
    REG(dev, E1000_STATUS) &= ~E1000_STATUS_TXOFF;
    unsigned generation = dev->generation;
    for (unsigned n = 0; n < BATCH; n++) {
        if (!has_work(dev, dev->tx_turn))
            dev->tx_turn ^= 1;
        if (!has_work(dev, dev->tx_turn))
            return;
        bool packet = take(dev, dev->tx_turn);
        if (generation != dev->generation || !(REG(dev, E1000_TCTL) & E1000_TCTL_EN))
            return;
        if (packet)
            dev->tx_turn ^= 1;
    }
    e1000_timer_after(&dev->tx_timer, 1);
}
