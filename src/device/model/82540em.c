/* SPDX-License-Identifier: MIT */
/* 82540em.c - Intel's 82540EM: conventional PCI, line and MSI, one queue in each direction, legacy
 * receive descriptors; the card "PRO/1000 MT Desktop". What it is, in the terms of struct
 * e1000_chip.
 *
 * Source: "PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual", revision
 * 4.0, cited as SDM; Linux's e1000_hw.h for names of bits. Where QEMU's e1000, the same chip,
 * differs: it has no MSI and no power management, its I/O BAR is number 1, and its PHY answers to
 * registers that are not listed with an error.
 *
 * Choices: no PCI-X capability, as the SDM has it for this chip (6.3.3.2, footnote), though cards
 * are seen that show one. The I/O BAR has 64 ports, as cards and QEMU have (the SDM says 8 in 4.1
 * and 32 in 13.2.2). The card comes without a flash, so BAR 1 is absent (option flash=). The slot
 * is a 32-bit one of 33 MHz. */
#include "device/model/registers.h"
#include "pci/regs.h"

/* Configuration space (SDM 4.1). */
enum { CAP_POWER = 0xDC, CAP_MSI = 0xF0 };

static void configure(struct e1000 *dev)
{
    pci_capability_power(&dev->fn, CAP_POWER);
    pci_capability_msi(&dev->fn, CAP_MSI, 1, true, false);
}

/* --- registers (SDM 13.4) --- */

#define CTRL_BITS                                                                                  \
    (E1000_CTRL_FD | E1000_CTRL_LRST | E1000_CTRL_ASDE | E1000_CTRL_SLU | E1000_CTRL_ILOS |        \
     E1000_CTRL_SPEED | E1000_CTRL_FRCSPD | E1000_CTRL_FRCDPX | E1000_CTRL_PINS |                  \
     E1000_CTRL_RFCE | E1000_CTRL_TFCE | E1000_CTRL_VME | E1000_CTRL_PHY_RST)

#define STATUS_BITS                                                                                \
    (E1000_STATUS_FD | E1000_STATUS_LU | E1000_STATUS_TXOFF | 3u << E1000_STATUS_SPEED_SHIFT |     \
     3u << E1000_STATUS_ASDV_SHIFT)

/* General purpose inputs and speed detection, but none of the later interrupt modes. */
#define CTRL_EXT_BITS (0x0FFFu | E1000_CTRL_EXT_SPD_BYPS | 1u << 14 | 1u << 17)

#define CAUSES                                                                                     \
    (E1000_ICR_TXDW | E1000_ICR_TXQE | E1000_ICR_LSC | E1000_ICR_RXDMT0 | E1000_ICR_RXO |          \
     E1000_ICR_RXT0 | E1000_ICR_MDAC | E1000_ICR_PHYINT | E1000_ICR_GPI | E1000_ICR_TXD_LOW |      \
     E1000_ICR_SRPD)

/* No packet split, no FLXBUF. */
#define RCTL_BITS                                                                                  \
    (E1000_RCTL_EN | E1000_RCTL_SBP | E1000_RCTL_UPE | E1000_RCTL_MPE | E1000_RCTL_LPE |           \
     E1000_RCTL_LBM | 3u << E1000_RCTL_RDMTS_SHIFT | 3u << E1000_RCTL_MO_SHIFT | E1000_RCTL_BAM |  \
     3u << E1000_RCTL_BSIZE_SHIFT | E1000_RCTL_VFE | E1000_RCTL_CFIEN | E1000_RCTL_CFI |           \
     E1000_RCTL_DPF | E1000_RCTL_PMCF | E1000_RCTL_BSEX | E1000_RCTL_SECRC)

#define PACKET_BUFFER_KB 64

/* Software chooses the receiver's share, the transmitter gets the rest. */
static void pba_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    uint32_t receive = value & 0x7F;
    uint32_t transmit = receive < PACKET_BUFFER_KB ? PACKET_BUFFER_KB - receive : 0;
    REG(dev, offset) = transmit << 16 | receive;
}

static const struct e1000_register registers[] = {
    /* CTRL.SLU and ADVD3WUC as an EEPROM with wake-up enabled sets them; LRST has no effect but
       reads 1. */
    {E1000_CTRL, 1, "CTRL",
     E1000_CTRL_FD | E1000_CTRL_LRST | E1000_CTRL_SPEED_1G | E1000_CTRL_SLU | E1000_CTRL_ADVD3WUC,
     0, e1000_ctrl_read, e1000_ctrl_write},
    {E1000_EERD, 1, "EERD", 0, 0, NULL, e1000_eerd_write},
    {E1000_CTRL_EXT, 1, "CTRL_EXT", 0, CTRL_EXT_BITS, NULL, e1000_ctrl_ext_write},
    {E1000_PBA, 1, "PBA", 16u << 16 | 48, 0, NULL, pba_write, KEPT},
    {E1000_RCTL, 1, "RCTL", 0, RCTL_BITS, NULL, e1000_rctl_write},
    PLAIN(RXCSUM, 0, E1000_RXCSUM_PCSS | E1000_RXCSUM_IPOFLD | E1000_RXCSUM_TUOFLD),
};

/* --- EEPROM (SDM 5.6): 64 words of 16 bits, Microwire --- */

static const struct e1000_nvm_word image[] = {
    {0x03, 0x0200}, /* compatibility: a client's card, not on a main board */
    {0x0A, 0x640B}, /* initialization control 1: signature, identity from here, power management */
    {0x0F, 0x3040}, /* control 2: symmetric and asymmetric PAUSE */
    {0x24, 0x0400}, /* control 3: APM wake-up */
};

/* --- PHY (SDM 13.5): M88E1011; not paged --- */

static const struct e1000_phy_register phy[] = {
    {0, 3, 0x0C20, 0},       /* identifier, second word */
    {0, 9, 0x0E00, 0xFF00},  /* gigabit control: full duplex */
    {0, 16, 0x0360, 0xFFFF}, /* specific control */
    {0, 18, 0, 0xFFFF},      /* interrupt enable */
    {0, 19, 0, 0},           /* interrupt status */
    {0, 20, 0x0D60, 0xFFFF}, /* extended specific control */
    {0, 21, 0, 0},           /* receive errors */
    {0, 26, 0, 0xFFFF},      /* extended control */
    {0, 29, 0, 0xFFFF},      /* what register 30 is */
    {0, 30, 0, 0xFFFF},      /* general control */
};

/* --- the chip --- */

static const struct e1000_chip chip = {
    .name = "model:82540em",
    .title = "82540EM",
    .identity = {.vendor = 0x8086,
                 .device = 0x100E,
                 .subsystem_vendor = 0x8086,
                 .subsystem = 0x001E,
                 .revision = 2,
                 .class_base = 0x02,
                 .interrupt_pin = 1},
    .io_bytes = 64,
    .configure = configure,
    .registers = registers,
    .register_count = sizeof registers / sizeof *registers,
    .ctrl = CTRL_BITS,
    .status = STATUS_BITS,
    .causes = CAUSES,
    .queues = 1,
    .rx_status = 0xFF & ~E1000_RXD_UDPCS,
    .nvm = {.words = 64,
            .image = image,
            .image_count = sizeof image / sizeof *image,
            .read_done = E1000_EERD_8254X_DONE,
            .address_shift = E1000_EERD_8254X_ADDR_SHIFT,
            .address_mask = 0xFF,
            .eecd = E1000_EECD_PRES, /* SIZE and the bits above are 0: 64 words, Microwire */
            .eecd_writable = E1000_EECD_PINS,
            .pins = e1000_microwire_pins},
    .phy = {.registers = phy, .register_count = sizeof phy / sizeof *phy},
};

static struct pci_function *create(const struct device_config *config, char *err, size_t err_len)
{
    return e1000_create(&chip, config, err, err_len);
}

DEVICE_TYPE(82540em, .kind = "model", .name = "82540em",
            .description = "Intel 82540EM gigabit controller, simulated: line, MSI, one queue",
            .create = create);
