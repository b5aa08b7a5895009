/* SPDX-License-Identifier: MIT */
/* irq_test.c - causes, masks, clearing, throttling, delays, vectors. */
#include "device/model/testbed.h"
#include "nt/irql.h"
#include "pci/regs.h"

/* --- ICR, IMS, IMC, ICS --- */

FAMILY_TEST(icr_read_clears_it_when_ims_is_zero, "")
{
    struct bed *b = bed_new(NULL, NULL);
    wr(b, E1000_ICS, E1000_ICR_TXDW | E1000_ICR_RXT0);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_TXDW | E1000_ICR_RXT0);
    CHECK_EQ(rd(b, E1000_ICR), 0);
}

MODEL_TEST(icr_read_without_an_asserted_interrupt_has_no_effect, "")
{
    struct bed *b = bed_new(NULL, NULL);
    wr(b, E1000_IMS, E1000_ICR_LSC);
    wr(b, E1000_ICS, E1000_ICR_RXT0);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_RXT0);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_RXT0);
    wr(b, E1000_ICS, E1000_ICR_LSC);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_ASSERTED | E1000_ICR_LSC | E1000_ICR_RXT0);
    CHECK_EQ(rd(b, E1000_ICR), 0);
}

FAMILY_TEST(icr_bits_are_cleared_by_writing_ones, "")
{
    struct bed *b = bed_new(NULL, NULL);
    wr(b, E1000_ICS, E1000_ICR_TXDW | E1000_ICR_RXT0 | E1000_ICR_LSC);
    wr(b, E1000_ICR, E1000_ICR_TXDW);
    CHECK_EQ(rd(b, E1000_ICS), E1000_ICR_RXT0 | E1000_ICR_LSC);
    wr(b, E1000_ICR, 0xFFFFFFFF);
    CHECK_EQ(rd(b, E1000_ICS), 0);
}

FAMILY_TEST(ims_sets_and_imc_clears_mask_bits, "")
{
    struct bed *b = bed_new(NULL, NULL);
    wr(b, E1000_IMS, 0x80);
    wr(b, E1000_IMS, 0x04);
    CHECK_EQ(rd(b, E1000_IMS), 0x84);
    wr(b, E1000_IMC, 0x80);
    CHECK_EQ(rd(b, E1000_IMS), 0x04);
    wr(b, E1000_IMC, 0xFFFFFFFF);
    CHECK_EQ(rd(b, E1000_IMS), 0);
    wr(b, E1000_IMS, 0xFFFFFFFF);
    CHECK_EQ(rd(b, E1000_IMS), b->dev->chip->causes);
}

MODEL_TEST(iame_masks_by_iam_when_icr_is_read, "")
{
    struct bed *b = bed_new(NULL, NULL);
    wr(b, E1000_CTRL_EXT, E1000_CTRL_EXT_IAME);
    wr(b, E1000_IAM, E1000_ICR_RXT0 | E1000_ICR_TXDW);
    wr(b, E1000_IMS, E1000_ICR_RXT0 | E1000_ICR_TXDW | E1000_ICR_LSC);
    CHECK_EQ(rd(b, E1000_ICR), 0); /* nothing asserted: nothing masked */
    CHECK_EQ(rd(b, E1000_IMS), E1000_ICR_RXT0 | E1000_ICR_TXDW | E1000_ICR_LSC);
    wr(b, E1000_ICS, E1000_ICR_RXT0);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_ASSERTED | E1000_ICR_RXT0);
    CHECK_EQ(rd(b, E1000_IMS), E1000_ICR_LSC);
}

/* --- line --- */

FAMILY_TEST(line_is_up_while_an_enabled_cause_is_set, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_line(b);
    wr(b, E1000_ICS, E1000_ICR_TXDW);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 0);
    wr(b, E1000_IMS, E1000_ICR_TXDW);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 1);
    CHECK(b->line_ours);
    CHECK_EQ(b->line_icr, bed_asserted(b) | E1000_ICR_TXDW);
    settle(MS);
    CHECK_EQ(b->hits[0], 1); /* reading ICR lowered it */
    wr(b, E1000_ICS, E1000_ICR_TXDW);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 2);
    if (bed_has(b, E1000_IAC))
        CHECK_EQ(rd(b, E1000_IAC), 2);
}

FAMILY_TEST(masking_lowers_the_line, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_line(b);
    KIRQL old = irql_raise(HIGH_LEVEL);
    wr(b, E1000_IMS, E1000_ICR_LSC);
    wr(b, E1000_ICS, E1000_ICR_LSC);
    CHECK(pci_config_read(b->fn, PCI_REG_STATUS, 2) & PCI_STS_INTERRUPT);
    wr(b, E1000_IMC, E1000_ICR_LSC);
    CHECK(!(pci_config_read(b->fn, PCI_REG_STATUS, 2) & PCI_STS_INTERRUPT));
    irql_lower(old);
    if (bed_has(b, E1000_IAC))
        CHECK_EQ(rd(b, E1000_IAC), 1);
}

FAMILY_TEST(itr_spaces_lines_by_256_ns_units, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_line(b);
    wr(b, E1000_ITR, 4000); /* 1.024 ms */
    wr(b, E1000_IMS, E1000_ICR_TXDW);
    for (int i = 0; i < 10; i++) {
        wr(b, E1000_ICS, E1000_ICR_TXDW);
        settle(100 * US);
    }
    CHECK_EQ(b->hits[0], 1);
    settle(100 * US);
    CHECK_EQ(b->hits[0], 2);
    settle(5 * MS);
    CHECK_EQ(b->hits[0], 2); /* nothing new happened since */
}

/* --- MSI --- */

FAMILY_TEST(msi_is_one_message_for_each_new_cause, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_msi(b);
    wr(b, E1000_IMS, E1000_ICR_TXDW | E1000_ICR_RXT0);
    wr(b, E1000_ICS, E1000_ICR_TXDW);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 1);
    wr(b, E1000_ICS, E1000_ICR_TXDW);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 1); /* still set */
    wr(b, E1000_ICS, E1000_ICR_RXT0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 2);
    CHECK_EQ(rd(b, E1000_ICR), bed_asserted(b) | E1000_ICR_TXDW | E1000_ICR_RXT0);
    wr(b, E1000_ICS, E1000_ICR_TXDW);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 3);
}

FAMILY_TEST(msi_unmasking_a_pending_cause_sends_it, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_msi(b);
    wr(b, E1000_ICS, E1000_ICR_RXT0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 0);
    wr(b, E1000_IMS, E1000_ICR_RXT0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 1);
    wr(b, E1000_IMC, E1000_ICR_RXT0);
    wr(b, E1000_IMS, E1000_ICR_RXT0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 2);
}

FAMILY_TEST(msi_is_throttled_by_itr, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_msi(b);
    wr(b, E1000_ITR, 4000);
    wr(b, E1000_IMS, E1000_ICR_RXT0);
    for (int i = 0; i < 3; i++) {
        wr(b, E1000_ICS, E1000_ICR_RXT0);
        settle(10 * US);
        rd(b, E1000_ICR);
    }
    CHECK_EQ(b->hits[0], 1);
    settle(2 * MS);
    CHECK_EQ(b->hits[0], 1); /* what the reads cleared is not sent later */
    wr(b, E1000_ICS, E1000_ICR_RXT0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 2);
    wr(b, E1000_ICR, E1000_ICR_RXT0);
    wr(b, E1000_ICS, E1000_ICR_RXT0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 2);
    settle(2 * MS);
    CHECK_EQ(b->hits[0], 3);
}

/* --- MSI-X --- */

MODEL_TEST(msix_sends_each_cause_to_its_vector, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_msix(b);
    for (unsigned i = 0; i < E1000_VECTORS; i++) {
        wr(b, E1000_ICS, E1000_ICR_RXQ0 << i);
        settle(10 * US);
        for (unsigned v = 0; v < E1000_VECTORS; v++)
            CHECK_EQ(b->hits[v], v <= i);
    }
}

MODEL_TEST(msix_causes_may_share_a_vector, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_msix(b);
    wr(b, E1000_IVAR, 0x99889); /* RxQ0, TxQ1, Other on 1; RxQ1, TxQ0 on 0 */
    wr(b, E1000_ICS, E1000_ICR_RXQ0 | E1000_ICR_TXQ1 | E1000_ICR_TXQ0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 1);
    CHECK_EQ(b->hits[1], 1);
}

MODEL_TEST(msix_cause_without_a_valid_vector_stays_in_icr, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_msix(b);
    wr(b, E1000_EIAC, E1000_ICR_VECTORS);
    wr(b, E1000_IVAR, 0xCBA90); /* RxQ0: not valid */
    wr(b, E1000_ICS, E1000_ICR_RXQ0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 0);
    CHECK(rd(b, E1000_ICS) & E1000_ICR_RXQ0);
    wr(b, E1000_IVAR, 0xCBA9F); /* vector 7: the chip has none */
    wr(b, E1000_ICS, E1000_ICR_RXQ0);
    settle(10 * US);
    for (unsigned v = 0; v < E1000_VECTORS; v++)
        CHECK_EQ(b->hits[v], 0);
}

MODEL_TEST(eiac_clears_a_cause_when_its_message_is_sent, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_msix(b);
    wr(b, E1000_EIAC, E1000_ICR_RXQ0);
    wr(b, E1000_ICS, E1000_ICR_RXQ0 | E1000_ICR_RXQ1);
    settle(10 * US);
    CHECK_EQ(rd(b, E1000_ICS), E1000_ICR_ASSERTED | E1000_ICR_RXQ1);
    wr(b, E1000_ICS, E1000_ICR_RXQ0 | E1000_ICR_RXQ1);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 2);
    CHECK_EQ(b->hits[1], 1);
}

MODEL_TEST(eiame_masks_the_causes_of_a_sent_vector, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_msix(b);
    wr(b, E1000_CTRL_EXT, E1000_CTRL_EXT_EIAME);
    wr(b, E1000_EIAC, E1000_ICR_VECTORS);
    wr(b, E1000_ICS, E1000_ICR_TXQ0);
    settle(10 * US);
    CHECK_EQ(rd(b, E1000_IMS), E1000_ICR_VECTORS & ~E1000_ICR_TXQ0);
    wr(b, E1000_ICS, E1000_ICR_TXQ0);
    settle(10 * US);
    CHECK_EQ(b->hits[2], 1);
    wr(b, E1000_IMS, E1000_ICR_TXQ0); /* rearmed: what came meanwhile is sent */
    settle(10 * US);
    CHECK_EQ(b->hits[2], 2);
    wr(b, E1000_IAM, ~E1000_ICR_RXQ0);
    wr(b, E1000_ICS, E1000_ICR_RXQ0);
    settle(10 * US);
    CHECK(rd(b, E1000_IMS) & E1000_ICR_RXQ0); /* not in IAM */
}

MODEL_TEST(msix_other_collects_its_causes_and_clears_them, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_msix(b);
    wr(b, E1000_ICS, E1000_ICR_LSC); /* itself not enabled in IMS */
    settle(10 * US);
    CHECK_EQ(b->hits[4], 1);
    CHECK_EQ(rd(b, E1000_ICS), E1000_ICR_ASSERTED | E1000_ICR_OTHER | E1000_ICR_LSC);
    wr(b, E1000_ICR, E1000_ICR_OTHER);
    CHECK_EQ(rd(b, E1000_ICS), 0);
    wr(b, E1000_ICS, E1000_ICR_TXQE | E1000_ICR_RXDMT0); /* no other causes */
    settle(10 * US);
    CHECK_EQ(b->hits[4], 1);
}

MODEL_TEST(eitr_throttles_each_vector_for_itself, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_msix(b);
    wr(b, E1000_EIAC, E1000_ICR_VECTORS);
    wr(b, E1000_EITR(0), 4000);
    for (int i = 0; i < 5; i++) {
        wr(b, E1000_ICS, E1000_ICR_RXQ0 | E1000_ICR_RXQ1);
        settle(100 * US);
    }
    CHECK_EQ(b->hits[0], 1);
    CHECK_EQ(b->hits[1], 5);
    settle(MS);
    CHECK_EQ(b->hits[0], 2);
    CHECK_EQ(rd(b, E1000_EITR(0)), 4000);
}

MODEL_TEST(writing_ims_restarts_the_timers_if_asked_to, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_msix(b);
    wr(b, E1000_EIAC, E1000_ICR_VECTORS);
    wr(b, E1000_EITR(0), 4000);
    wr(b, E1000_CTRL_EXT, E1000_CTRL_EXT_INT_TIMERS_CLEAR);
    wr(b, E1000_IMS, E1000_ICR_RXQ0);
    wr(b, E1000_ICS, E1000_ICR_RXQ0);
    settle(500 * US);
    CHECK_EQ(b->hits[0], 0);
    settle(600 * US);
    CHECK_EQ(b->hits[0], 1);
}

MODEL_TEST(masked_vector_stays_pending_until_unmasked_or_cleared, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_msix(b);
    wr(b, E1000_EIAC, E1000_ICR_VECTORS);
    CHECK_EQ(pci_msix_mask_entry(b->fn, 0, true), 0);
    wr(b, E1000_ICS, E1000_ICR_RXQ0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 0);
    CHECK_EQ(pci_msix_mask_entry(b->fn, 0, false), 0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 1);
    /* PBACLR */
    CHECK_EQ(pci_msix_mask_entry(b->fn, 0, true), 0);
    wr(b, E1000_ICS, E1000_ICR_RXQ0);
    wr(b, E1000_PBACLR, 1);
    CHECK_EQ(pci_msix_mask_entry(b->fn, 0, false), 0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 1);
    /* CTRL_EXT.PBA_CLR: enabling the cause does it. */
    wr(b, E1000_CTRL_EXT, E1000_CTRL_EXT_PBA_CLR);
    CHECK_EQ(pci_msix_mask_entry(b->fn, 0, true), 0);
    wr(b, E1000_ICS, E1000_ICR_RXQ0);
    wr(b, E1000_IMS, E1000_ICR_RXQ0);
    CHECK_EQ(pci_msix_mask_entry(b->fn, 0, false), 0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 1);
}

/* --- what frames cause --- */

FAMILY_TEST(rdtr_and_radv_hold_receive_interrupts_back, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    size_t len = make_frame(frame, TO_CARD, 0x88B5, 64);
    bed_msi(b);
    bed_up(b);
    rd(b, E1000_ICR);
    wr(b, E1000_IMS, E1000_ICR_RXT0);
    wr(b, E1000_RDTR, 200); /* 205 us after the last frame */
    wr(b, E1000_RADV, 400); /* 410 us after the first */
    bed_receive(b, frame, len);
    settle(100 * US);
    CHECK_EQ(b->hits[0], 0);
    settle(200 * US);
    CHECK_EQ(b->hits[0], 1);
    rd(b, E1000_ICR);
    for (int i = 0; i < 5; i++) { /* each restarts RDTR, none restarts RADV */
        bed_receive(b, frame, len);
        settle(50 * US);
    }
    CHECK_EQ(b->hits[0], 2);
    if (bed_has(b, E1000_ICRXATC)) {
        CHECK_EQ(rd(b, E1000_ICRXATC), 1);
        CHECK_EQ(rd(b, E1000_ICRXPTC), 1);
    }
    rd(b, E1000_ICR);
    settle(MS);
    bed_receive(b, frame, len);
    unsigned hits = b->hits[0];
    wr(b, E1000_RDTR, 200 | E1000_RDTR_FPD); /* now */
    settle(10 * US);
    CHECK_EQ(b->hits[0], hits + 1);
}

MODEL_TEST(acknowledgements_and_small_frames_have_causes_of_their_own, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[1600];
    bed_up(b);
    rd(b, E1000_ICR);
    size_t len = make_ip(frame, &(struct make_ip){.src = 1, .dst = 2, .flags = 0x10});
    bed_receive(b, frame, len);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_RXT0 | E1000_ICR_ACK);
    wr(b, E1000_RFCTL, E1000_RFCTL_ACK_DIS);
    wr(b, E1000_RSRPD, 64);
    bed_receive(b, frame, len);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_RXT0 | E1000_ICR_SRPD);
    wr(b, E1000_RFCTL, 0);
    wr(b, E1000_RSRPD, 0);
    wr(b, E1000_RAID, 100);
    bed_receive(b, frame, len);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_RXT0);
    settle(200 * US);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_ACK);
}

FAMILY_TEST(tidv_and_tadv_hold_back_interrupts_of_descriptors_with_ide, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    uint32_t len = (uint32_t)make_frame(frame, TO_OTHER, 0x88B5, 64);
    uint32_t flags = E1000_TXD_EOP | E1000_TXD_IFCS | E1000_TXD_RS | E1000_TXD_IDE;
    bed_msi(b);
    bed_up(b);
    rd(b, E1000_ICR);
    wr(b, E1000_TIDV, 200);
    wr(b, E1000_TADV, 400);
    wr(b, E1000_IMS, E1000_ICR_TXDW);
    bed_tx_put(b, 0, frame, len, flags, 0);
    bed_tx_go(b, 0);
    settle(100 * US);
    CHECK_EQ(b->hits[0], 0);
    settle(200 * US);
    CHECK_EQ(b->hits[0], 1);
    rd(b, E1000_ICR);
    for (int i = 0; i < 5; i++) {
        bed_tx_put(b, 0, frame, len, flags, 0);
        bed_tx_go(b, 0);
        settle(50 * US);
    }
    CHECK_EQ(b->hits[0], 2);
    rd(b, E1000_ICR);
    settle(MS);
    rd(b, E1000_ICR);
    unsigned hits = b->hits[0];
    bed_send(b, 0, frame, len); /* without IDE: at once */
    CHECK_EQ(b->hits[0], hits + 1);
    CHECK_EQ(b->wire->count, 7);
}

MODEL_TEST(msix_frames_raise_their_queues_vector, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    uint32_t len = (uint32_t)make_frame(frame, TO_CARD, 0x88B5, 64);
    bed_msix(b);
    bed_up(b);
    bed_tx_ring(b, 1, BED_RING);
    settle(MS);
    memset(b->hits, 0, sizeof b->hits);
    wr(b, E1000_EIAC, E1000_ICR_VECTORS);
    wr(b, E1000_ICR, 0xFFFFFFFF);
    bed_receive(b, frame, len);
    CHECK_EQ(b->hits[0], 1);
    bed_send(b, 0, frame, len);
    CHECK_EQ(b->hits[2], 1);
    bed_send(b, 1, frame, len);
    CHECK_EQ(b->hits[3], 1);
    CHECK_EQ(b->hits[1] + b->hits[4], 0);
    CHECK(!(rd(b, E1000_ICS) & (E1000_ICR_RXT0 | E1000_ICR_TXDW)));
    /* IDE delays TxQ0 by TIDV unless IVAR says: at every write-back. */
    wr(b, E1000_TIDV, 200);
    bed_tx_put(b, 0, frame, len, E1000_TXD_EOP | E1000_TXD_IFCS | E1000_TXD_RS | E1000_TXD_IDE, 0);
    bed_tx_go(b, 0);
    CHECK_EQ(b->hits[2], 1);
    settle(300 * US);
    CHECK_EQ(b->hits[2], 2);
    wr(b, E1000_IVAR, 0xCBA98 | E1000_IVAR_TX_ALL);
    bed_tx_put(b, 0, frame, len, E1000_TXD_EOP | E1000_TXD_IFCS | E1000_TXD_RS | E1000_TXD_IDE, 0);
    bed_tx_go(b, 0);
    CHECK_EQ(b->hits[2], 3);
}
