/* SPDX-License-Identifier: MIT */
/* timesync.c - the IEEE 1588 clock SYSTIM (DS chapter 7, time synchronization): it runs, and can be
 * set and adjusted; no time stamps are taken, which TSYNCRXCTL and TSYNCTXCTL show by never
 * becoming valid.
 *
 * TIMINCA says how much SYSTIM grows (bits 23:0) every so many (bits 31:24) clocks of 40 ns. */
#include "device/model/e1000.h"

#define CLOCK_NS 40

static uint64_t systim(const struct e1000 *dev)
{
    uint64_t increment = REG(dev, E1000_TIMINCA) & 0xFFFFFF, period = REG(dev, E1000_TIMINCA) >> 24;
    if (!period)
        return dev->time_base;
    return dev->time_base + (host_now() - dev->time_from) / (period * CLOCK_NS) * increment;
}

static void set(struct e1000 *dev, uint64_t value)
{
    dev->time_base = value;
    dev->time_from = host_now();
}

/* Reading the low half holds the high half for the next read. */
uint32_t e1000_systim_read(struct e1000 *dev, uint32_t offset)
{
    if (offset == E1000_SYSTIMH)
        return (uint32_t)(dev->time_latch >> 32);
    dev->time_latch = systim(dev);
    return (uint32_t)dev->time_latch;
}

void e1000_systim_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    uint64_t now = systim(dev);
    if (offset == E1000_SYSTIMH)
        set(dev, (now & 0xFFFFFFFF) | (uint64_t)value << 32);
    else
        set(dev, (now & ~0xFFFFFFFFull) | value);
}

/* What passed so far counts by the old increment. */
void e1000_timinca_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    set(dev, systim(dev));
    REG(dev, offset) = value;
}

/* Bit 31 of the high half: subtract. */
void e1000_timadj_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    uint64_t by = (uint64_t)(value & 0x7FFFFFFF) << 32 | REG(dev, E1000_TIMADJL);
    uint64_t now = systim(dev);
    set(dev, value >> 31 ? now - by : now + by);
}
