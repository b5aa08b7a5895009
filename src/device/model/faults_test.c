/* SPDX-License-Identifier: MIT */
/* faults_test.c - the card under a fault plan. */
#include "device/model/testbed.h"
#include "pci/regs.h"

static void start(struct bed *b, uint32_t ims)
{
    wr(b, E1000_IMS, ims); /* the plan's clock starts */
}

FAMILY_TEST(lost_message_leaves_its_cause_set, "")
{
    struct bed *b = bed_new(NULL, "lost-interrupt=2");
    bed_msi(b);
    start(b, E1000_ICR_RXT0);
    for (unsigned i = 1; i <= 3; i++) {
        wr(b, E1000_ICS, E1000_ICR_RXT0);
        settle(10 * US);
        CHECK_EQ(b->hits[0], i == 1 ? 1 : i - 1);
        CHECK_EQ(rd(b, E1000_ICR), bed_asserted(b) | E1000_ICR_RXT0);
    }
}

MODEL_TEST(doubled_message_arrives_twice, "")
{
    struct bed *b = bed_new(NULL, "duplicate-interrupt=1");
    bed_msix(b);
    wr(b, E1000_EIAC, E1000_ICR_VECTORS);
    wr(b, E1000_ICS, E1000_ICR_RXQ0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 1);
    settle(MS);
    CHECK_EQ(b->hits[0], 2); /* later, so that it is another interrupt */
    CHECK_EQ(rd(b, E1000_IAC), 1);
    wr(b, E1000_ICS, E1000_ICR_RXQ0);
    settle(MS);
    CHECK_EQ(b->hits[0], 3);
}

FAMILY_TEST(lost_line_is_not_raised_until_the_next_rise, "")
{
    struct bed *b = bed_new(NULL, "lost-interrupt=1");
    bed_line(b);
    start(b, E1000_ICR_RXT0);
    wr(b, E1000_ICS, E1000_ICR_RXT0);
    settle(MS);
    CHECK_EQ(b->hits[0], 0);
    CHECK_EQ(rd(b, E1000_ICR), bed_asserted(b) | E1000_ICR_RXT0);
    wr(b, E1000_ICS, E1000_ICR_RXT0);
    settle(10 * US);
    CHECK_EQ(b->hits[0], 1);
}

FAMILY_TEST(doubled_line_comes_back_without_a_cause, "")
{
    struct bed *b = bed_new(NULL, "duplicate-interrupt=1");
    bed_line(b);
    start(b, E1000_ICR_RXT0);
    wr(b, E1000_ICS, E1000_ICR_RXT0);
    settle(MS);
    CHECK_EQ(b->hits[0], 2);
    CHECK(!b->line_ours);
    CHECK(!(pci_config_read(b->fn, PCI_REG_STATUS, 2) & PCI_STS_INTERRUPT));
}

FAMILY_TEST(spurious_interrupts_have_no_cause, "")
{
    struct bed *b = bed_new(NULL, "spurious-interrupt=3");
    bed_line(b);
    bed_link_up(b);
    rd(b, E1000_ICR);
    start(b, E1000_ICR_RXT0);
    settle(10 * MS);
    CHECK_EQ(b->hits[0], 3);
    CHECK_EQ(b->line_icr, 0);
}

MODEL_TEST(storm_of_messages_hits_vectors_in_use, "")
{
    struct bed *b = bed_new(NULL, "storm@1ms:100000:10ms,seed=3");
    bed_msix(b);
    settle(20 * MS);
    unsigned sum = 0;
    for (unsigned v = 0; v < E1000_VECTORS; v++) {
        CHECK(b->hits[v] > 100);
        sum += b->hits[v];
    }
    CHECK(sum >= 990 && sum <= 1010);
}

FAMILY_TEST(stuck_line_stays_up_until_it_comes_free, "")
{
    struct bed *b = bed_new(NULL, "stuck-interrupt@1ms:1ms");
    start(b, E1000_ICR_RXT0);
    CHECK(!(pci_config_read(b->fn, PCI_REG_STATUS, 2) & PCI_STS_INTERRUPT));
    settle(1500 * US);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(rd(b, E1000_ICR) & E1000_ICR_ASSERTED, 0);
        wr(b, E1000_IMC, 0xFFFFFFFF);
        CHECK(pci_config_read(b->fn, PCI_REG_STATUS, 2) & PCI_STS_INTERRUPT);
    }
    settle(MS);
    CHECK(!(pci_config_read(b->fn, PCI_REG_STATUS, 2) & PCI_STS_INTERRUPT));
}

FAMILY_TEST(stuck_cause_is_set_again_after_each_clear, "")
{
    struct bed *b = bed_new(NULL, "stuck-interrupt=lsc@1ms:5ms");
    bed_msi(b);
    bed_link_up(b);
    rd(b, E1000_ICR);
    start(b, E1000_ICR_LSC);
    settle(2 * MS);
    CHECK_EQ(b->hits[0], 1);
    for (unsigned i = 2; i < 5; i++) {
        CHECK(rd(b, E1000_ICR) & E1000_ICR_LSC);
        settle(10 * US);
        CHECK_EQ(b->hits[0], i);
    }
    wr(b, E1000_IMC, E1000_ICR_LSC); /* masking helps */
    unsigned hits = b->hits[0];
    CHECK(rd(b, E1000_ICR) & E1000_ICR_LSC);
    settle(10 * MS);
    rd(b, E1000_ICR);
    CHECK_EQ(rd(b, E1000_ICR) & E1000_ICR_LSC, 0); /* free again */
    CHECK_EQ(b->hits[0], hits);
}

MODEL_TEST(stuck_cause_with_eiac_repeats_its_vector, "")
{
    struct bed *b = bed_new(NULL, "stuck-interrupt=rx@1ms:1ms");
    bed_msix(b);
    wr(b, E1000_EIAC, E1000_ICR_VECTORS);
    settle(3 * MS);
    CHECK(b->hits[0] > 10);
    unsigned hits = b->hits[0];
    settle(3 * MS);
    CHECK(b->hits[0] <= hits + 1);
}

FAMILY_TEST(flapping_link_goes_down_and_comes_back, "")
{
    struct bed *b = bed_new("link=1ms", "link-flap@5ms:2ms:10ms");
    bed_msi(b);
    bed_link_up(b);
    rd(b, E1000_ICR);
    start(b, E1000_ICR_LSC);
    settle(6 * MS);
    CHECK(!(rd(b, E1000_STATUS) & E1000_STATUS_LU));
    CHECK_EQ(b->hits[0], 1);
    CHECK(rd(b, E1000_ICR) & E1000_ICR_LSC);
    settle(4 * MS); /* 7 ms + negotiation */
    CHECK(rd(b, E1000_STATUS) & E1000_STATUS_LU);
    CHECK_EQ(b->hits[0], 2);
    rd(b, E1000_ICR);
    settle(6 * MS);
    CHECK(!(rd(b, E1000_STATUS) & E1000_STATUS_LU));
    CHECK_EQ(b->wire->downs, 2);
}

FAMILY_TEST(dma_error_stops_the_queue_until_reset_and_blames_nobody, "")
{
    struct bed *b = bed_new(NULL, "dma-error=5");
    uint8_t frame[64];
    make_frame(frame, TO_OTHER, 0x88B5, 64);
    bed_up(b);
    for (int i = 0; i < 3; i++) /* descriptor, data, write-back each */
        bed_send(b, 0, frame, 64);
    CHECK_EQ(b->wire->count, 1);
    CHECK_EQ(rd(b, E1000_TDH(0)), 1);
    CHECK(pci_config_read(b->fn, PCI_REG_STATUS, 2) & 0x2000);
    CHECK_EQ(bed_violations("device/dma"), 0);
    wr(b, E1000_CTRL, E1000_CTRL_RST);
    settle(MS);
    bed_up(b);
    bed_send(b, 0, frame, 64);
    CHECK_EQ(b->wire->count, 2);
}

FAMILY_TEST(card_is_pulled_at_its_moment, "")
{
    struct bed *b = bed_new(NULL, "surprise-remove@5ms");
    start(b, E1000_ICR_LSC);
    settle(4 * MS);
    CHECK(rd(b, E1000_STATUS) != 0xFFFFFFFF);
    settle(2 * MS);
    CHECK_EQ(rd(b, E1000_STATUS), 0xFFFFFFFF);
    CHECK(b->fn->surprise_removed);
}

FAMILY_TEST(card_is_pulled_after_so_many_frames, "")
{
    struct bed *b = bed_new(NULL, "surprise-remove=3");
    uint8_t frame[64];
    make_frame(frame, TO_CARD, 0x88B5, 64);
    bed_up(b);
    bed_send(b, 0, frame, 64);
    bed_receive(b, frame, 64);
    CHECK(rd(b, E1000_STATUS) != 0xFFFFFFFF);
    bed_send(b, 0, frame, 64);
    CHECK_EQ(rd(b, E1000_STATUS), 0xFFFFFFFF);
}

FAMILY_TEST(stuck_reset_never_ends_until_another_one_does, "")
{
    struct bed *b = bed_new(NULL, "stuck-reset=1");
    wr(b, E1000_CTRL, E1000_CTRL_RST);
    settle(100 * MS);
    CHECK(rd(b, E1000_CTRL) & E1000_CTRL_RST);
    uint32_t done = b->dev->chip->nvm.eecd_auto_read;
    CHECK_EQ(rd(b, E1000_EECD) & done, 0);
    wr(b, E1000_CTRL, E1000_CTRL_RST);
    settle(MS);
    CHECK(!(rd(b, E1000_CTRL) & E1000_CTRL_RST));
    CHECK_EQ(rd(b, E1000_EECD) & done, done);
}
