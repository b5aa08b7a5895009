/* SPDX-License-Identifier: MIT */
/* driver_test.c - a whole driver in small: brings the card up as drivers of the real one do
 * (DS chapter 4, initialization; SDM chapter 14), then sends frames to itself over a loopback wire,
 * by interrupts, in each interrupt mode and both schedulers. */
#include "device/model/testbed.h"
#include "nt/iospace.h"

#define RING   64
#define FRAMES 500

struct driver {
    struct bed *bed;
    unsigned sent, cleaned, received, bad;
    uint32_t rx_next;
    enum pci_interrupt_kind kind;
};

/* Waits for a condition as a driver does: by looking again after a while. */
#define WAIT(condition)                                                                            \
    do {                                                                                           \
        for (unsigned wait_n = 0; !(condition); wait_n++) {                                        \
            CHECK(wait_n < 5000);                                                                  \
            settle(MS);                                                                            \
        }                                                                                          \
    } while (0)

static void reset_82574l(struct bed *b)
{
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) | E1000_CTRL_GIO_MD);
    WAIT(!(rd(b, E1000_STATUS) & E1000_STATUS_GIO_MASTER));
    wr(b, E1000_IMC, 0xFFFFFFFF);
    wr(b, E1000_RCTL, 0);
    wr(b, E1000_TCTL, 0);
    wr(b, E1000_EXTCNF_CTRL, rd(b, E1000_EXTCNF_CTRL) | E1000_EXTCNF_MDIO_SW);
    CHECK(rd(b, E1000_EXTCNF_CTRL) & E1000_EXTCNF_MDIO_SW);
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) | E1000_CTRL_RST);
    wr(b, E1000_EXTCNF_CTRL, rd(b, E1000_EXTCNF_CTRL) & ~E1000_EXTCNF_MDIO_SW);
    WAIT(rd(b, E1000_EECD) & E1000_EECD_AUTO_RD);
    WAIT(rd(b, E1000_EEMNGCTL) & E1000_EEMNGCTL_CFG_DONE);
}

/* Through the I/O BAR, as drivers of the 8254x do it (SDM 14.3). */
static void reset_82540em(struct bed *b)
{
    uint16_t port = (uint16_t)b->fn->bar[2].address;
    wr(b, E1000_IMC, 0xFFFFFFFF);
    wr(b, E1000_RCTL, 0);
    wr(b, E1000_TCTL, 0);
    ioport_write(port + E1000_IOADDR, 4, E1000_CTRL);
    ioport_write(port + E1000_IODATA, 4, rd(b, E1000_CTRL) | E1000_CTRL_RST);
    WAIT(!(rd(b, E1000_CTRL) & E1000_CTRL_RST));
}

static void bring_up(struct bed *b)
{
    if (bed_has(b, E1000_EXTCNF_CTRL))
        reset_82574l(b);
    else
        reset_82540em(b);
    wr(b, E1000_IMC, 0xFFFFFFFF);
    rd(b, E1000_ICR);
    CHECK_EQ(phy_rd(b, 2), 0x0141);
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) | E1000_CTRL_SLU);
    phy_wr(b, 4, 0x0DE1);
    phy_wr(b, 9, 0x0200);
    phy_wr(b, 0, 0x9140); /* software reset, then negotiate */
    phy_wr(b, 0, 0x1340);
    WAIT(phy_rd(b, 1) & 4);
    WAIT(rd(b, E1000_STATUS) & E1000_STATUS_LU);
}

static void clean(struct driver *d)
{
    struct bed *b = d->bed;
    while (d->cleaned < d->sent &&
           __atomic_load_n(&((struct e1000_tx_desc *)b->tx[0].va)[d->cleaned % RING].status,
                           __ATOMIC_ACQUIRE) &
               E1000_TXD_DD)
        d->cleaned++;
    for (;;) {
        struct e1000_rx_legacy *r = bed_rx_legacy(b, 0, d->rx_next);
        if (!(__atomic_load_n(&r->status, __ATOMIC_ACQUIRE) & E1000_RXD_DD))
            return;
        uint32_t number;
        memcpy(&number, bed_rx_buffer(b, 0, d->rx_next) + 20, 4);
        d->bad += number != d->received || r->length != 60 + d->received % 1000;
        d->received++;
        r->status = 0;
        wr(b, E1000_RDT(0), d->rx_next); /* back to the card */
        d->rx_next = (d->rx_next + 1) % RING;
    }
}

static void drive(enum pci_interrupt_kind kind)
{
    char err[256];
    struct wire *wire = wire_open("loopback", err, sizeof err);
    CHECK(wire != NULL);
    struct driver d = {.bed = bed_new_on(wire, NULL, NULL), .kind = kind};
    struct bed *b = d.bed;
    bring_up(b);
    if (kind == PCI_INTERRUPT_LINE)
        bed_line(b);
    else if (kind == PCI_INTERRUPT_MSI)
        bed_msi(b);
    else
        bed_msix(b);
    wr(b, E1000_EIAC, kind == PCI_INTERRUPT_MSIX ? E1000_ICR_VECTORS : 0);
    wr(b, E1000_IMS, E1000_ICR_TXDW | E1000_ICR_RXT0 | E1000_ICR_LSC);
    bed_tx_ring(b, 0, RING);
    bed_rx_ring(b, 0, RING, 2048);
    bed_enable(b);

    static uint8_t frame[1600];
    unsigned idle = 0, before = 0;
    while (d.received < FRAMES) {
        while (d.sent < FRAMES && d.sent - d.cleaned < RING - 1) {
            uint32_t len = 60 + d.sent % 1000;
            make_frame(frame, TO_CARD, 0x88B5, len);
            memcpy(frame + 20, &d.sent, 4);
            ((struct e1000_tx_desc *)b->tx[0].va)[d.sent % RING].status = 0;
            bed_tx_put(b, 0, frame, len, E1000_TXD_EOP | E1000_TXD_IFCS | E1000_TXD_RS, 0);
            d.sent++;
        }
        wr(b, E1000_TDT(0), b->tx[0].tail);
        settle(100 * US);
        if (kind == PCI_INTERRUPT_MSI)
            rd(b, E1000_ICR);
        clean(&d);
        CHECK(d.received != before || ++idle < 20000);
        before = d.received;
    }
    CHECK_EQ(d.bad, 0);
    CHECK_EQ(d.received, FRAMES);
    CHECK_EQ(rd(b, E1000_GPTC), FRAMES);
    CHECK_EQ(rd(b, E1000_GPRC), FRAMES);
    CHECK_EQ(rd(b, E1000_MPC), 0);
    WAIT(b->hits[0] > 0);
    CHECK_EQ(bed_violations("device/dma") + bed_violations("device/ring"), 0);
}

static void drive_line(void *unused)
{
    drive(PCI_INTERRUPT_LINE);
}

static void drive_msi(void *unused)
{
    drive(PCI_INTERRUPT_MSI);
}

static void drive_msix(void *unused)
{
    drive(PCI_INTERRUPT_MSIX);
}

TEST(small_driver_loops_frames_by_line_live, "")
{
    bed_run(drive_line, false);
}
TEST(small_driver_loops_frames_by_line_seed, "")
{
    bed_run(drive_line, true);
}
TEST(small_driver_loops_frames_by_msi_live, "")
{
    bed_run(drive_msi, false);
}
TEST(small_driver_loops_frames_by_msi_seed, "")
{
    bed_run(drive_msi, true);
}
TEST(small_driver_loops_frames_by_line_live_on_82540em, "")
{
    bed_chip = "82540em";
    bed_run(drive_line, false);
}
TEST(small_driver_loops_frames_by_line_seed_on_82540em, "")
{
    bed_chip = "82540em";
    bed_run(drive_line, true);
}
TEST(small_driver_loops_frames_by_msi_live_on_82540em, "")
{
    bed_chip = "82540em";
    bed_run(drive_msi, false);
}
TEST(small_driver_loops_frames_by_msi_seed_on_82540em, "")
{
    bed_chip = "82540em";
    bed_run(drive_msi, true);
}
TEST(small_driver_loops_frames_by_msix_live, "")
{
    bed_run(drive_msix, false);
}
TEST(small_driver_loops_frames_by_msix_seed, "")
{
    bed_run(drive_msix, true);
}
