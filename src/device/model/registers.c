/* SPDX-License-Identifier: MIT */
/* registers.c - the registers that all chips of the family share, and how a register is found. */
#include "device/model/registers.h"
#include <assert.h>
#include <string.h>

/* Initial values and masks are those of all chips: the 82574's data sheet (DS 10.2) and the 8254x
 * Developer's Manual (chapter 13) agree on them. */
static const struct e1000_register common[] = {
    /* General. CTRL, EERD and CTRL_EXT are the chip's. */
    {E1000_STATUS, 1, "STATUS", 0, 0, e1000_status_read, e1000_status_write, KEPT},
    {E1000_EECD, 1, "EECD", 0, 0, e1000_eecd_read, e1000_eecd_write},
    {E1000_MDIC, 1, "MDIC", E1000_MDIC_READY, 0, NULL, e1000_mdic_write},
    PLAIN(FCAL, 0x00C28001, RW),
    PLAIN(FCAH, 0x00000100, 0xFFFF),
    PLAIN(FCT, 0x8808, 0xFFFF),
    PLAIN(VET, 0x8100, 0xFFFF),
    PLAIN(FCTTV, 0, 0xFFFF),
    {E1000_LEDCTL, 1, "LEDCTL", 0x07068302, RW, KEPT},

    /* Interrupts. */
    {E1000_ICR, 1, "ICR", 0, 0, e1000_icr_read, e1000_icr_write},
    PLAIN(ITR, 0, 0xFFFF),
    {E1000_ICS, 1, "ICS", 0, 0, e1000_ics_read, e1000_ics_write},
    {E1000_IMS, 1, "IMS", 0, 0, NULL, e1000_ims_write},
    {E1000_IMC, 1, "IMC", 0, 0, e1000_imc_read, e1000_imc_write},

    /* Receive. RCTL and RXCSUM are the chip's. */
    PLAIN(FCRTL, 0, 0x8000FFF8),
    PLAIN(FCRTH, 0, 0x0000FFF8),
    QUEUE(RDBAL, 0, 0, 0xFFFFFFF0),
    QUEUE(RDBAH, 0, 0, RW),
    QUEUE(RDLEN, 0, 0, 0x000FFF80),
    QUEUE(RDH, 0, 0, 0xFFFF),
    QUEUE(RDT, 0, 0, 0xFFFF, NULL, e1000_rdt_write),
    {E1000_RDTR, 1, "RDTR", 0, 0xFFFF, NULL, e1000_rdtr_write},
    QUEUE(RXDCTL, 0, 1u << 16, RW),
    PLAIN(RADV, 0, 0xFFFF),
    PLAIN(RSRPD, 0, 0xFFF),
    {E1000_MTA, 128, "MTA", 0, RW, KEPT},
    {E1000_RAL(0), 32, "RAL/RAH", 0, RW},
    {E1000_VFTA, 128, "VFTA", 0, RW, KEPT},
    PLAIN(RDFH, 0, 0x1FFF),
    PLAIN(RDFT, 0, 0x1FFF),
    PLAIN(RDFHS, 0, 0x1FFF),
    PLAIN(RDFTS, 0, 0x1FFF),
    PLAIN(RDFPC, 0, 0x1FFF),

    /* Transmit. */
    {E1000_TCTL, 1, "TCTL", 0, RW, NULL, e1000_tctl_write},
    PLAIN(TIPG, 8 | 8 << 10 | 6 << 20, 0x3FFFFFFF),
    PLAIN(AIT, 0, 0xFFFF),
    PLAIN(TDFH, 0x600, 0x1FFF),
    PLAIN(TDFT, 0x600, 0x1FFF),
    PLAIN(TDFHS, 0x600, 0x1FFF),
    PLAIN(TDFTS, 0x600, 0x1FFF),
    PLAIN(TDFPC, 0, 0x1FFF),
    QUEUE(TDBAL, 0, 0, 0xFFFFFFF0, NULL, e1000_tx_ring_write),
    QUEUE(TDBAH, 0, 0, RW, NULL, e1000_tx_ring_write),
    QUEUE(TDLEN, 0, 0, 0x000FFF80, NULL, e1000_tx_ring_write),
    QUEUE(TDH, 0, 0, 0xFFFF, NULL, e1000_tx_ring_write),
    QUEUE(TDT, 0, 0, 0xFFFF, NULL, e1000_tdt_write),
    {E1000_TIDV, 1, "TIDV", 0, 0xFFFF, NULL, e1000_tidv_write},
    QUEUE(TXDCTL, 0, 0, RW),
    PLAIN(TADV, 0, 0xFFFF),
    PLAIN(TSPMT, 0x01000400, RW),

    /* Statistics: one row, all clear on read. */
    {E1000_STATS_FIRST, (E1000_TSCTFC - E1000_STATS_FIRST) / 4 + 1, "statistics", 0, 0,
     e1000_stat_read},

    /* Wake-up and manageability: no firmware, so storage that reads as disabled. */
    {E1000_WUC, 1, "WUC", 0, 0x10F, KEPT},
    {E1000_WUFC, 1, "WUFC", 0, 0x000F80FF, KEPT},
    {E1000_WUS, 1, "WUS", 0, 0, KEPT},
    PLAIN(MANC, 0, RW),
    {E1000_IPAV, 1, "IPAV", 0, RW, KEPT},
    {E1000_IP4AT, 8, "IP4AT", 0, RW, KEPT},
    {E1000_IP6AT, 4, "IP6AT", 0, RW, KEPT},
    PLAIN(WUPL, 0, 0),
    ARRAY(WUPM, 32, 0),
    {E1000_FFLT, 8, "FFLT", 0, 0x7FF, KEPT},
    {E1000_FFMT, 256, "FFMT", 0, 0xF, KEPT},
    {E1000_FFVT, 256, "FFVT", 0, RW, KEPT},
    {E1000_PBM, 10240, "PBM", 0, RW, KEPT},
};

#define COMMON (sizeof common / sizeof *common)

/* dev->row_of holds a byte: 0 no row, then the common ones, then the chip's. */
static const struct e1000_register *row_number(const struct e1000 *dev, unsigned i)
{
    return i <= COMMON ? &common[i - 1] : &dev->chip->registers[i - 1 - COMMON];
}

static size_t rows(const struct e1000 *dev)
{
    return COMMON + dev->chip->register_count;
}

/* The chip's rows come last: where there are two, the chip's counts. */
void e1000_registers_init(struct e1000 *dev)
{
    assert(rows(dev) < 256);
    for (unsigned i = 1; i <= rows(dev); i++) {
        const struct e1000_register *r = row_number(dev, i);
        memset(dev->row_of + r->offset / 4, (int)i, r->count);
    }
}

/* Registers of the 82542 stayed reachable at their first addresses (DS 10.1, alias addresses).
 */
static uint32_t canonical(uint32_t offset)
{
    static const struct {
        uint32_t first, last, to;
    } aliases[] = {
        {0x00004, 0x00004, E1000_CTRL},   {0x00040, 0x000BC, E1000_RAL(0)},
        {0x00108, 0x00108, E1000_RDTR},   {0x00110, 0x00118, E1000_RDBAL(0)},
        {0x00120, 0x00120, E1000_RDH(0)}, {0x00128, 0x00128, E1000_RDT(0)},
        {0x00160, 0x00160, E1000_FCRTH},  {0x00168, 0x00168, E1000_FCRTL},
        {0x00200, 0x003FC, E1000_MTA},    {0x00420, 0x00428, E1000_TDBAL(0)},
        {0x00430, 0x00430, E1000_TDH(0)}, {0x00438, 0x00438, E1000_TDT(0)},
        {0x00440, 0x00440, E1000_TIDV},   {0x00600, 0x007FC, E1000_VFTA},
        {0x08000, 0x08000, E1000_RDFH},   {0x08008, 0x08008, E1000_RDFT},
        {0x08010, 0x08010, E1000_TDFH},   {0x08018, 0x08018, E1000_TDFT},
    };
    if (offset > 0x8018 || (offset > 0x7FC && offset < 0x8000))
        return offset;
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (offset >= aliases[i].first && offset <= aliases[i].last)
            return aliases[i].to + offset - aliases[i].first;
    return offset;
}

static const struct e1000_register *row(const struct e1000 *dev, uint32_t offset)
{
    unsigned i = dev->row_of[offset / 4];
    return i ? row_number(dev, i) : NULL;
}

const char *e1000_register_name(const struct e1000 *dev, uint32_t offset)
{
    const struct e1000_register *r =
        offset < E1000_REGISTER_BYTES ? row(dev, canonical(offset & ~3u)) : NULL;
    return r ? r->name : NULL;
}

uint32_t e1000_register_read(struct e1000 *dev, uint32_t offset)
{
    offset = canonical(offset);
    const struct e1000_register *r = row(dev, offset);
    if (!r)
        return 0;
    return r->read ? r->read(dev, offset) : REG(dev, offset);
}

void e1000_register_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    offset = canonical(offset);
    const struct e1000_register *r = row(dev, offset);
    if (!r)
        return;
    if (r->writable)
        REG(dev, offset) = (REG(dev, offset) & ~r->writable) | (value & r->writable);
    if (r->write)
        r->write(dev, offset, value);
}

void e1000_registers_reset(struct e1000 *dev, bool power_on)
{
    for (unsigned i = 1; i <= rows(dev); i++) {
        const struct e1000_register *r = row_number(dev, i);
        for (uint32_t j = 0; j < r->count && (power_on || !r->kept); j++)
            if (dev->row_of[r->offset / 4 + j] == i)
                dev->reg[r->offset / 4 + j] = r->reset;
    }
}
