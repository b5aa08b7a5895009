/* SPDX-License-Identifier: MIT */
/* stats.c - the statistics registers (DS 10.2.7): they stick at all ones and are zeroed by a read.
 *
 * Sizes count the FCS, which the frames of a wire do not have. Octet counters are 64 bits wide;
 * reading the high half zeroes both. */
#include "device/model/e1000.h"

#define FCS 4

void e1000_count(struct e1000 *dev, uint32_t offset, uint32_t n)
{
    uint32_t *v = &REG(dev, offset);
    *v = *v > UINT32_MAX - n ? UINT32_MAX : *v + n;
}

static void count64(struct e1000 *dev, uint32_t low, uint64_t n)
{
    uint64_t v = (uint64_t)REG(dev, low + 4) << 32 | REG(dev, low);
    v = v > UINT64_MAX - n ? UINT64_MAX : v + n;
    REG(dev, low) = (uint32_t)v;
    REG(dev, low + 4) = (uint32_t)(v >> 32);
}

uint32_t e1000_stat_read(struct e1000 *dev, uint32_t offset)
{
    uint32_t v = REG(dev, offset);
    switch (offset) {
    case E1000_GORCL:
    case E1000_GOTCL:
    case E1000_TORL:
    case E1000_TOTL:
        return v;
    case E1000_GORCH:
    case E1000_GOTCH:
    case E1000_TORH:
    case E1000_TOTH:
        REG(dev, offset - 4) = 0;
        break;
    }
    REG(dev, offset) = 0;
    return v;
}

/* 64, 65-127, 128-255, 256-511, 512-1023, 1024 and more. */
static uint32_t size_class(size_t size)
{
    return size <= 64     ? 0
           : size <= 127  ? 4
           : size <= 255  ? 8
           : size <= 511  ? 12
           : size <= 1023 ? 16
                          : 20;
}

static bool broadcast(const uint8_t *address)
{
    for (unsigned i = 0; i < 6; i++)
        if (address[i] != 0xFF)
            return false;
    return true;
}

void e1000_count_rx(struct e1000 *dev, const struct packet *p, size_t len, bool accepted)
{
    size_t size = len + FCS;
    e1000_count(dev, E1000_TPR, 1);
    count64(dev, E1000_TORL, size);
    if (!accepted)
        return;
    e1000_count(dev, E1000_GPRC, 1);
    count64(dev, E1000_GORCL, size);
    e1000_count(dev, E1000_PRC64 + size_class(size), 1);
    if (broadcast(p->data))
        e1000_count(dev, E1000_BPRC, 1);
    else if (p->data[0] & 1)
        e1000_count(dev, E1000_MPRC, 1);
}

void e1000_count_tx(struct e1000 *dev, const uint8_t *frame, size_t len)
{
    size_t size = len + FCS;
    e1000_count(dev, E1000_TPT, 1);
    e1000_count(dev, E1000_GPTC, 1);
    count64(dev, E1000_TOTL, size);
    count64(dev, E1000_GOTCL, size);
    e1000_count(dev, E1000_PTC64 + size_class(size), 1);
    if (broadcast(frame))
        e1000_count(dev, E1000_BPTC, 1);
    else if (frame[0] & 1)
        e1000_count(dev, E1000_MPTC, 1);
}
