/* SPDX-License-Identifier: MIT */
/* registers.c - the 82574L's registers: one row each, what it is after reset and what an access
 * does.
 *
 * A row without functions is plain storage under its mask of writable bits. Offsets without a row
 * read zero and ignore writes, as reserved space does (DS 10.1). */
#include "device/model/82574l.h"
#include <pthread.h>

typedef uint32_t read_fn(struct e1000 *, uint32_t);
typedef void write_fn(struct e1000 *, uint32_t, uint32_t);

struct e1000_register {
    uint32_t offset;
    uint32_t count; /* consecutive dwords */
    const char *name;
    uint32_t reset, writable;
    read_fn *read;
    write_fn *write;
    bool kept; /* by CTRL.RST: set by power-on only, or undefined after a reset */
};

#define RW   0xFFFFFFFFu
#define KEPT .kept = true
/* Arrays and plain registers need no more than a mask. */
#define ARRAY(at, n, mask)                                                                         \
    {                                                                                              \
        E1000_##at, n, #at, 0, mask                                                                \
    }
#define PLAIN(at, initial, mask)                                                                   \
    {                                                                                              \
        E1000_##at, 1, #at, initial, mask                                                          \
    }
#define STAT(at)                                                                                   \
    {                                                                                              \
        E1000_##at, 1, #at, 0, 0, e1000_stat_read                                                  \
    }
#define QUEUE(at, q, initial, ...)                                                                 \
    {                                                                                              \
        E1000_##at(q), 1, #at #q, initial, __VA_ARGS__                                             \
    }

static const struct e1000_register rows[] = {
    /* General. CTRL.SLU and ADVD3WUC as an NVM image with wake-up enabled sets them (DS 6.1).
     */
    {E1000_CTRL, 1, "CTRL",
     E1000_CTRL_FD | E1000_CTRL_SPEED_1G | E1000_CTRL_SLU | E1000_CTRL_ADVD3WUC, 0, e1000_ctrl_read,
     e1000_ctrl_write},
    {E1000_STATUS, 1, "STATUS", 0, 0, e1000_status_read, e1000_status_write, KEPT},
    {E1000_EECD, 1, "EECD", 0, 0, e1000_eecd_read, e1000_eecd_write},
    {E1000_EERD, 1, "EERD", E1000_EERW_DONE, 0, NULL, e1000_eerd_write},
    {E1000_EEWR, 1, "EEWR", E1000_EERW_DONE, 0, NULL, e1000_eewr_write},
    {E1000_CTRL_EXT, 1, "CTRL_EXT", 0, RW, NULL, e1000_ctrl_ext_write},
    PLAIN(FLA, 0, 0x7F),
    {E1000_MDIC, 1, "MDIC", E1000_MDIC_READY, 0, NULL, e1000_mdic_write},
    PLAIN(FCAL, 0x00C28001, RW),
    PLAIN(FCAH, 0x00000100, 0xFFFF),
    PLAIN(FCT, 0x8808, 0xFFFF),
    PLAIN(VET, 0x8100, 0xFFFF),
    PLAIN(FCTTV, 0, 0xFFFF),
    PLAIN(FCRTV, 0, 0xFFFF),
    {E1000_LEDCTL, 1, "LEDCTL", 0x07068302, RW, KEPT},
    {E1000_EXTCNF_CTRL, 1, "EXTCNF_CTRL", 1u << 3, 0, NULL, e1000_extcnf_write},
    PLAIN(EXTCNF_SIZE, 0, RW),
    {E1000_POEMB, 1, "POEMB", 0x30D, RW, KEPT},
    {E1000_PBA, 1, "PBA", 0x00140014, 0x003F003F, KEPT},
    PLAIN(PBS, 0x28, 0x3F),
    PLAIN(EEMNGCTL, E1000_EEMNGCTL_DONE, 0x0003FFFF),
    PLAIN(EEMNGDATA, 0, RW),
    PLAIN(FLMNGCTL, 0, 0),
    PLAIN(FLMNGDATA, 0, 0),
    PLAIN(FLMNGCNT, 0, 0),
    PLAIN(FLASHT, 2, 0xFFFF),
    PLAIN(FLSWCTL, 3u << 30, 0x3FFFFFFF),
    PLAIN(FLSWDATA, 0, RW),
    PLAIN(FLSWCNT, 0, RW),
    PLAIN(FLOP, 0, RW),
    PLAIN(FLOL, 1, RW),

    /* Interrupts. IAM starts with all ones: with CTRL_EXT.EIAME alone the chip masks each vector
       that it sends. */
    {E1000_ICR, 1, "ICR", 0, 0, e1000_icr_read, e1000_icr_write},
    PLAIN(ITR, 0, 0xFFFF),
    {E1000_ICS, 1, "ICS", 0, 0, e1000_ics_read, e1000_ics_write},
    {E1000_IMS, 1, "IMS", 0, 0, NULL, e1000_ims_write},
    {E1000_IMC, 1, "IMC", 0, 0, e1000_imc_read, e1000_imc_write},
    PLAIN(EIAC, 0, E1000_ICR_VECTORS),
    PLAIN(IAM, RW, RW),
    PLAIN(IVAR, 0, E1000_IVAR_TX_ALL | 0xFFFFF),
    {E1000_EITR(0), E1000_VECTORS, "EITR", 0, 0xFFFF},
    {E1000_PBACLR, 1, "PBACLR", 0, 0, NULL, e1000_pbaclr_write},

    /* Receive. */
    {E1000_RCTL, 1, "RCTL", 0, RW, NULL, e1000_rctl_write},
    PLAIN(PSRCTL, 2 | 4 << 8 | 4 << 16, 0x3F3F3F7F),
    PLAIN(FCRTL, 0, 0x8000FFF8),
    PLAIN(FCRTH, 0, 0x0000FFF8),
    QUEUE(RDBAL, 0, 0, 0xFFFFFFF0),
    QUEUE(RDBAL, 1, 0, 0xFFFFFFF0),
    QUEUE(RDBAH, 0, 0, RW),
    QUEUE(RDBAH, 1, 0, RW),
    QUEUE(RDLEN, 0, 0, 0x000FFF80),
    QUEUE(RDLEN, 1, 0, 0x000FFF80),
    QUEUE(RDH, 0, 0, 0xFFFF),
    QUEUE(RDH, 1, 0, 0xFFFF),
    QUEUE(RDT, 0, 0, 0xFFFF, NULL, e1000_rdt_write),
    QUEUE(RDT, 1, 0, 0xFFFF, NULL, e1000_rdt_write),
    {E1000_RDTR, 1, "RDTR", 0, 0xFFFF, NULL, e1000_rdtr_write},
    QUEUE(RXDCTL, 0, 1u << 16, RW),
    QUEUE(RXDCTL, 1, 1u << 16, RW),
    PLAIN(RADV, 0, 0xFFFF),
    PLAIN(RSRPD, 0, 0xFFF),
    PLAIN(RAID, 0, 0xFFFF),
    PLAIN(CPUVEC, 0, RW),
    PLAIN(RXCSUM, E1000_RXCSUM_IPOFLD | E1000_RXCSUM_TUOFLD, RW),
    PLAIN(RFCTL, 0, RW),
    {E1000_MTA, 128, "MTA", 0, RW, KEPT},
    {E1000_RAL(0), 32, "RAL/RAH", 0, RW},
    {E1000_VFTA, 128, "VFTA", 0, RW, KEPT},
    PLAIN(MRQC, 0, RW),
    PLAIN(RSSIM, 0, RW),
    PLAIN(RSSIR, 0, RW),
    {E1000_RETA, 32, "RETA", 0, RW, KEPT},
    {E1000_RSSRK, 10, "RSSRK", 0, RW, KEPT},
    PLAIN(RDFH, 0, 0x1FFF),
    PLAIN(RDFT, 0, 0x1FFF),
    PLAIN(RDFHS, 0, 0x1FFF),
    PLAIN(RDFTS, 0, 0x1FFF),
    PLAIN(RDFPC, 0, 0x1FFF),

    /* Transmit. */
    {E1000_TCTL, 1, "TCTL", 0, RW, NULL, e1000_tctl_write},
    PLAIN(TCTL_EXT, 0, RW),
    PLAIN(TIPG, 8 | 8 << 10 | 6 << 20, 0x3FFFFFFF),
    PLAIN(AIT, 0, 0xFFFF),
    PLAIN(TDFH, 0x600, 0x1FFF),
    PLAIN(TDFT, 0x600, 0x1FFF),
    PLAIN(TDFHS, 0x600, 0x1FFF),
    PLAIN(TDFTS, 0x600, 0x1FFF),
    PLAIN(TDFPC, 0, 0x1FFF),
    QUEUE(TDBAL, 0, 0, 0xFFFFFFF0),
    QUEUE(TDBAL, 1, 0, 0xFFFFFFF0),
    QUEUE(TDBAH, 0, 0, RW),
    QUEUE(TDBAH, 1, 0, RW),
    QUEUE(TDLEN, 0, 0, 0x000FFF80),
    QUEUE(TDLEN, 1, 0, 0x000FFF80),
    QUEUE(TDH, 0, 0, 0xFFFF),
    QUEUE(TDH, 1, 0, 0xFFFF),
    QUEUE(TDT, 0, 0, 0xFFFF, NULL, e1000_tdt_write),
    QUEUE(TDT, 1, 0, 0xFFFF, NULL, e1000_tdt_write),
    {E1000_TIDV, 1, "TIDV", 0, 0xFFFF, NULL, e1000_tidv_write},
    QUEUE(TXDCTL, 0, 0, RW),
    QUEUE(TXDCTL, 1, 0, RW),
    PLAIN(TADV, 0, 0xFFFF),
    PLAIN(TSPMT, 0x01000400, RW),
    QUEUE(TARC, 0, 3 | E1000_TARC_ENABLE, RW, NULL, e1000_tctl_write),
    QUEUE(TARC, 1, 3 | E1000_TARC_ENABLE, RW, NULL, e1000_tctl_write),

    /* Statistics: one row, all clear on read. */
    {E1000_STATS_FIRST, (E1000_STATS_LAST - E1000_STATS_FIRST) / 4 + 1, "statistics", 0, 0,
     e1000_stat_read},

    /* Wake-up and manageability: no firmware, so storage that reads as disabled. */
    {E1000_WUC, 1, "WUC", 0, 0x10F, KEPT},
    {E1000_WUFC, 1, "WUFC", 0, 0x000F80FF, KEPT},
    {E1000_WUS, 1, "WUS", 0, 0, KEPT},
    PLAIN(MFUTP01, 0, RW),
    PLAIN(MFUTP23, 0, RW),
    PLAIN(MANC, 0, RW),
    PLAIN(MFVAL, 0, RW),
    {E1000_IPAV, 1, "IPAV", 0, RW, KEPT},
    {E1000_IP4AT, 8, "IP4AT", 0, RW, KEPT},
    PLAIN(MANC2H, 0, RW),
    {E1000_IP6AT, 4, "IP6AT", 0, RW, KEPT},
    ARRAY(MDEF, 8, RW),
    PLAIN(WUPL, 0, 0),
    ARRAY(WUPM, 32, 0),
    {E1000_FFLT, 8, "FFLT", 0, 0x7FF, KEPT},
    PLAIN(HICR, 0, 0),
    {E1000_FFMT, 256, "FFMT", 0, 0xF, KEPT},
    ARRAY(FTFT, 256, RW),
    {E1000_FFVT, 256, "FFVT", 0, RW, KEPT},
    {E1000_PBM, 10240, "PBM", 0, RW, KEPT},

    /* PCIe and semaphores. */
    {E1000_GCR, 1, "GCR", 7u << 27, RW, KEPT},
    PLAIN(FUNCTAG, 0, RW),
    ARRAY(GSCL, 4, RW),
    ARRAY(GSCN, 4, RW),
    {E1000_FACTPS, 1, "FACTPS", 0x20000003, 0, KEPT},
    {E1000_SWSM, 1, "SWSM", 0, 0, e1000_swsm_read, e1000_swsm_write},
    PLAIN(FWSM, 0, 0),
    PLAIN(SWSM2, 0, RW),
    PLAIN(SW_FW, 0, RW),
    {E1000_GCR2, 1, "GCR2", 0, RW, KEPT},

    /* Time synchronisation. */
    {E1000_SYSTIML, 2, "SYSTIM", 0, 0, e1000_systim_read, e1000_systim_write},
    {E1000_TIMINCA, 1, "TIMINCA", 0, 0, NULL, e1000_timinca_write},
    PLAIN(TIMADJL, 0, RW),
    {E1000_TIMADJH, 1, "TIMADJH", 0, RW, NULL, e1000_timadj_write},
    PLAIN(TSYNCTXCTL, 0, 0x10),
    ARRAY(TXSTMPL, 2, 0),
    PLAIN(TSYNCRXCTL, 0, 0x1E),
    ARRAY(RXSTMPL, 4, 0),
    PLAIN(RXCFGL, 0x88F7, RW),
    PLAIN(RXUDP, 0x319, 0xFFFF),
};

#define ROWS (sizeof rows / sizeof *rows)

static uint8_t row_of[E1000_REGISTER_BYTES / 4]; /* row + 1 */
_Static_assert(ROWS < 255, "row_of holds a byte");

static void index_rows(void)
{
    for (unsigned i = 0; i < ROWS; i++)
        for (uint32_t j = 0; j < rows[i].count; j++)
            row_of[rows[i].offset / 4 + j] = (uint8_t)(i + 1);
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

static const struct e1000_register *row(uint32_t offset)
{
    unsigned i = row_of[offset / 4];
    return i ? &rows[i - 1] : NULL;
}

const char *e1000_register_name(uint32_t offset)
{
    const struct e1000_register *r =
        offset < E1000_REGISTER_BYTES ? row(canonical(offset & ~3u)) : NULL;
    return r ? r->name : NULL;
}

uint32_t e1000_register_read(struct e1000 *dev, uint32_t offset)
{
    offset = canonical(offset);
    const struct e1000_register *r = row(offset);
    if (!r)
        return 0;
    return r->read ? r->read(dev, offset) : REG(dev, offset);
}

void e1000_register_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    offset = canonical(offset);
    const struct e1000_register *r = row(offset);
    if (!r)
        return;
    if (r->writable)
        REG(dev, offset) = (REG(dev, offset) & ~r->writable) | (value & r->writable);
    if (r->write)
        r->write(dev, offset, value);
}

void e1000_registers_reset(struct e1000 *dev, bool power_on)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, index_rows);
    for (unsigned i = 0; i < ROWS; i++)
        if (power_on || !rows[i].kept)
            for (uint32_t j = 0; j < rows[i].count; j++)
                dev->reg[rows[i].offset / 4 + j] = rows[i].reset;
}
