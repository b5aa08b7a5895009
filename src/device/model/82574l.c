/* SPDX-License-Identifier: MIT */
/* 82574l.c - Intel's 82574L: PCI Express, line, MSI and MSI-X interrupts, two queues in each
 * direction with RSS. What it is, in the terms of struct e1000_chip. */
#include "device/model/registers.h"
#include "pci/regs.h"
#include <string.h>

/* Configuration space (DS chapter 9): where the chip has its capabilities. */
enum {
    CAP_MSIX = 0xA0,
    CAP_POWER = 0xC8,
    CAP_MSI = 0xD0,
    CAP_EXPRESS = 0xE0,
    EXT_CAP_AER = 0x100,
    EXT_CAP_SERIAL = 0x140,
    BAR_MSIX = 3,
    MSIX_PBA = 0x2000,
};

static void configure(struct e1000 *dev)
{
    struct pci_function *fn = &dev->fn;
    const uint8_t *mac = dev->options.mac;
    pci_function_bar(fn, BAR_MSIX, 16 * 1024, false, false, false);
    pci_capability_power(fn, CAP_POWER);
    pci_capability_msi(fn, CAP_MSI, 1, true, false);
    pci_capability_express(fn, CAP_EXPRESS);
    pci_capability_msix(fn, CAP_MSIX, E1000_VECTORS, BAR_MSIX, 0, BAR_MSIX, MSIX_PBA);
    pci_extended_capability_add(fn, 1, 1, EXT_CAP_AER, 0x2C);
    unsigned serial = pci_extended_capability_add(fn, 3, 1, EXT_CAP_SERIAL, 12);
    /* EUI-64 of the address (DS chapter 9, Device Serial Number): FFFE goes into the middle, lowest
     * byte first. */
    const uint8_t eui[8] = {mac[5], mac[4], mac[3], 0xFF, 0xFF, mac[2], mac[1], mac[0]};
    memcpy(fn->config + serial + 4, eui, sizeof eui);
}

/* --- registers (DS 10.2) --- */

static const struct e1000_register registers[] = {
    /* General. CTRL.SLU and ADVD3WUC as an NVM image with wake-up enabled sets them (DS 6.1). */
    {E1000_CTRL, 1, "CTRL",
     E1000_CTRL_FD | E1000_CTRL_SPEED_1G | E1000_CTRL_SLU | E1000_CTRL_ADVD3WUC, 0, e1000_ctrl_read,
     e1000_ctrl_write},
    {E1000_EERD, 1, "EERD", E1000_EERW_DONE, 0, NULL, e1000_eerd_write},
    {E1000_EEWR, 1, "EEWR", E1000_EERW_DONE, 0, NULL, e1000_eewr_write},
    {E1000_CTRL_EXT, 1, "CTRL_EXT", 0, RW, NULL, e1000_ctrl_ext_write},
    PLAIN(FLA, 0, 0x7F),
    PLAIN(FCRTV, 0, 0xFFFF),
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
    PLAIN(EIAC, 0, E1000_ICR_VECTORS),
    PLAIN(IAM, RW, RW),
    PLAIN(IVAR, 0, E1000_IVAR_TX_ALL | 0xFFFFF),
    {E1000_EITR(0), E1000_VECTORS, "EITR", 0, 0xFFFF},
    {E1000_PBACLR, 1, "PBACLR", 0, 0, NULL, e1000_pbaclr_write},

    /* Receive. */
    {E1000_RCTL, 1, "RCTL", 0, RW, NULL, e1000_rctl_write},
    PLAIN(PSRCTL, 2 | 4 << 8 | 4 << 16, 0x3F3F3F7F),
    QUEUE(RDBAL, 1, 0, 0xFFFFFFF0),
    QUEUE(RDBAH, 1, 0, RW),
    QUEUE(RDLEN, 1, 0, 0x000FFF80),
    QUEUE(RDH, 1, 0, 0xFFFF),
    QUEUE(RDT, 1, 0, 0xFFFF, NULL, e1000_rdt_write),
    QUEUE(RXDCTL, 1, 1u << 16, RW),
    PLAIN(RAID, 0, 0xFFFF),
    PLAIN(CPUVEC, 0, RW),
    PLAIN(RXCSUM, E1000_RXCSUM_IPOFLD | E1000_RXCSUM_TUOFLD, RW),
    PLAIN(RFCTL, 0, RW),
    PLAIN(MRQC, 0, RW),
    PLAIN(RSSIM, 0, RW),
    PLAIN(RSSIR, 0, RW),
    {E1000_RETA, 32, "RETA", 0, RW, KEPT},
    {E1000_RSSRK, 10, "RSSRK", 0, RW, KEPT},

    /* Transmit. */
    PLAIN(TCTL_EXT, 0, RW),
    QUEUE(TDBAL, 1, 0, 0xFFFFFFF0, NULL, e1000_tx_ring_write),
    QUEUE(TDBAH, 1, 0, RW, NULL, e1000_tx_ring_write),
    QUEUE(TDLEN, 1, 0, 0x000FFF80, NULL, e1000_tx_ring_write),
    QUEUE(TDH, 1, 0, 0xFFFF, NULL, e1000_tx_ring_write),
    QUEUE(TDT, 1, 0, 0xFFFF, NULL, e1000_tdt_write),
    QUEUE(TXDCTL, 1, 0, RW),
    QUEUE(TARC, 0, 3 | E1000_TARC_ENABLE, RW, NULL, e1000_tctl_write),
    QUEUE(TARC, 1, 3 | E1000_TARC_ENABLE, RW, NULL, e1000_tctl_write),

    /* Statistics of interrupts. */
    {E1000_IAC, (E1000_ICRXOC - E1000_IAC) / 4 + 1, "interrupt statistics", 0, 0, e1000_stat_read},

    /* Manageability: no firmware, so storage that reads as disabled. */
    PLAIN(MFUTP01, 0, RW),
    PLAIN(MFUTP23, 0, RW),
    PLAIN(MFVAL, 0, RW),
    PLAIN(MANC2H, 0, RW),
    ARRAY(MDEF, 8, RW),
    PLAIN(HICR, 0, 0),
    ARRAY(FTFT, 256, RW),

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

/* --- NVM (DS table 6-1): one of a desktop card, without manageability, wake-up enabled --- */

#define NVM_SIZE_CODE 4 /* EECD: 1 << (4 + 6) = 1024 words */
_Static_assert(E1000_NVM_WORDS == 1 << (NVM_SIZE_CODE + 6), "EECD's size field");

static const struct e1000_nvm_word image[] = {
    {0x03, 0x0420},                 /* compatibility: LOM bit clear = a card */
    {0x04, 0xF746},                 /* LEDs: the chip's default */
    {0x05, 0x2010},                 /* image version 2.1.0 */
    {0x08, 0xE42F},                 /* printed board assembly number E42F26-000, as two words */
    {0x09, 0x2600}, {0x0A, 0x026B}, /* initialization control 1 */
    {0x0F, 0x0058},                 /* control 2; bits 14:13 are 0: no manageability */
    {0x10, 0x0000}, {0x11, 0x2001}, {0x12, 0x7E7C}, {0x14, 0x1000}, {0x15, 0x00C8},
    {0x16, 0x0000}, {0x17, 0x2704}, {0x18, 0x6CC9}, /* PCIe configuration 1 to 3 */
    {0x19, 0x3150}, {0x1A, 0x070E}, {0x1B, 0x460B}, {0x1C, 0x2D84}, {0x1D, 0x0100},
    {0x1E, 0xF000}, {0x1F, 0x0706}, {0x20, 0x6000}, {0x21, 0x0080}, {0x22, 0x0F04},
    {0x23, 0x7FFF}, {0x24, 0x4F01}, /* control 3: APM wake-up */
    {0x25, 0xC600}, {0x26, 0x0000}, {0x27, 0x20FF}, {0x28, 0x0028}, {0x29, 0x0003},
    {0x2A, 0x0000}, {0x2B, 0x0000}, {0x2C, 0x0000}, {0x2D, 0x0003}, {0x2E, 0x0000},
    {0x30, 0x0100}, /* boot agent */
    {0x31, 0xC000}, {0x32, 0x121C}, {0x33, 0xC007}, {0x3C, 0x0000}, {0x3D, 0x0120},
};

/* --- PHY (DS chapter 10, PHY registers) --- */

static const struct e1000_phy_register phy[] = {
    {0, 3, 0x0CB1, 0},       /* identifier, second word */
    {0, 9, 0x0F00, 0xFF00},  /* gigabit control: full and half duplex */
    {0, 16, 0x3360, 0xFFFF}, /* control 1 */
    {0, 18, 0, 0xFFFF},      /* interrupt enable */
    {0, 19, 0, 0},           /* status 2 */
    {0, 20, 0, 0xFFFF},      /* control 3 */
    {0, 21, 0, 0},           /* receive errors */
    {0, 22, 0, 0x00FF},      /* page */
    {0, 25, 0, 0xFFFF},      /* OEM bits */
    {0, 26, 0, 0xFFFF},      /* control 2 */
    {0, 29, 0, 0xFFFF},      /* bias 1 */
    {0, 30, 0, 0xFFFF},      /* bias 2 */
    {2, 16, 0x0088, 0xFFFF}, /* MAC control 1 */
    {2, 18, 0, 0xFFFF},      /* MAC interrupt enable */
    {2, 19, 0, 0},           /* MAC status */
    {2, 21, 0x1046, 0xFFFF}, /* MAC control 2 */
    {3, 16, 0x021E, 0xFFFF}, /* LED functions */
    {3, 17, 0, 0xFFFF},      /* LED polarity */
    {3, 18, 0x4005, 0xFFFF}, /* LED timer */
    {3, 19, 0, 0xFFFF},      /* LED functions, polarity */
    {5, 20, 0, 0},           /* pair skew */
    {5, 21, 0, 0},           /* pair swap and polarity */
    {6, 17, 0, 0},           /* CRC counters */
};

/* --- the chip --- */

static const struct e1000_chip chip = {
    .name = "model:82574l",
    .title = "82574L",
    .identity = {.vendor = 0x8086,
                 .device = 0x10D3,
                 .subsystem_vendor = 0x8086,
                 .subsystem = 0xA01F, /* the desktop card, "Gigabit CT" */
                 .class_base = 0x02,
                 .interrupt_pin = 1},
    .flash_bytes = 128 * 1024,
    .io_bytes = 32,
    .configure = configure,
    .registers = registers,
    .register_count = sizeof registers / sizeof *registers,
    .ctrl = RW,
    .status = RW,
    .causes = E1000_ICR_VALID,
    .int_asserted = true,
    .queues = 2,
    .rx_status = 0xFF,
    .nvm = {.words = E1000_NVM_WORDS,
            .image = image,
            .image_count = sizeof image / sizeof *image,
            .read_done = E1000_EERW_DONE,
            .address_shift = E1000_EERW_ADDR_SHIFT,
            .address_mask = E1000_EERW_ADDR_MASK,
            .eecd = E1000_EECD_PRES | E1000_EECD_ADDR_BITS | NVM_SIZE_CODE << E1000_EECD_SIZE_SHIFT,
            .eecd_auto_read = E1000_EECD_AUTO_RD,
            .eecd_writable = E1000_EECD_PINS | E1000_EECD_AUPDEN,
            .pins = e1000_spi_pins},
    .phy = {.registers = phy, .register_count = sizeof phy / sizeof *phy, .page_register = 22},
};

static struct pci_function *create(const struct device_config *config, char *err, size_t err_len)
{
    return e1000_create(&chip, config, err, err_len);
}

DEVICE_TYPE(
    82574l, .kind = "model", .name = "82574l",
    .description = "Intel 82574L gigabit controller, simulated: line, MSI, MSI-X, two queues",
    .create = create);
