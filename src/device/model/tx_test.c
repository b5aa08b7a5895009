/* SPDX-License-Identifier: MIT */
/* tx_test.c - transmit queues: legacy descriptors, status, thresholds, enables, pauses. */
#include "device/model/testbed.h"

#define PLAIN (E1000_TXD_EOP | E1000_TXD_IFCS | E1000_TXD_RS)

static uint8_t status_of(struct bed *b, unsigned q, unsigned i)
{
    return ((struct e1000_tx_desc *)b->tx[q].va)[i].status;
}

FAMILY_TEST(legacy_descriptor_sends_its_frame_and_gets_dd, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[200];
    bed_up(b);
    rd(b, E1000_ICR);
    bed_send(b, 0, frame, (uint32_t)make_frame(frame, TO_OTHER, 0x88B5, 200));
    CHECK_EQ(b->wire->count, 1);
    CHECK_EQ(b->wire->frame[0].len, 200);
    CHECK(!memcmp(b->wire->frame[0].data, frame, 200));
    CHECK_EQ(status_of(b, 0, 0), E1000_TXD_DD);
    CHECK_EQ(rd(b, E1000_TDH(0)), 1);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_TXDW | E1000_ICR_TXQE);
}

FAMILY_TEST(frame_may_lie_in_several_buffers, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[300];
    make_frame(frame, TO_OTHER, 0x88B5, 300);
    bed_up(b);
    bed_tx_put(b, 0, frame, 14, E1000_TXD_IFCS, 0);
    bed_tx_put(b, 0, frame + 14, 0, E1000_TXD_IFCS, 0); /* an empty one */
    bed_tx_put(b, 0, frame + 14, 100, E1000_TXD_IFCS, 0);
    bed_tx_go(b, 0);
    CHECK_EQ(b->wire->count, 0);
    CHECK_EQ(rd(b, E1000_TDH(0)), 3);
    bed_tx_put(b, 0, frame + 114, 186, PLAIN, 0);
    bed_tx_go(b, 0);
    CHECK_EQ(b->wire->count, 1);
    CHECK_EQ(b->wire->frame[0].len, 300);
    CHECK(!memcmp(b->wire->frame[0].data, frame, 300));
    CHECK_EQ(status_of(b, 0, 0), 0); /* no RS, no report */
    CHECK_EQ(status_of(b, 0, 3), E1000_TXD_DD);
}

FAMILY_TEST(ring_wraps_around, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    make_frame(frame, TO_OTHER, 0x88B5, 64);
    bed_link_up(b);
    bed_tx_ring(b, 0, 8);
    bed_enable(b);
    for (unsigned i = 0; i < 20; i++) {
        frame[20] = (uint8_t)i;
        bed_send(b, 0, frame, 64);
        CHECK_EQ(b->wire->frame[i].data[20], i);
    }
    CHECK_EQ(b->wire->count, 20);
    CHECK_EQ(rd(b, E1000_TDH(0)), 20 % 8);
}

FAMILY_TEST(many_descriptors_go_out_in_order, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    make_frame(frame, TO_OTHER, 0x88B5, 64);
    bed_link_up(b);
    bed_tx_ring(b, 0, 256);
    bed_enable(b);
    for (unsigned i = 0; i < 200; i++) {
        frame[20] = (uint8_t)i;
        bed_tx_put(b, 0, frame, 64, PLAIN, 0);
    }
    bed_tx_go(b, 0);
    CHECK_EQ(b->wire->count, 200);
    for (unsigned i = 0; i < 200; i++)
        CHECK_EQ(b->wire->frame[i].data[20], i);
}

FAMILY_TEST(short_frames_are_padded_if_psp_is_set, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[42];
    bed_up(b);
    bed_send(b, 0, frame, (uint32_t)make_frame(frame, TO_OTHER, 0x0806, 42));
    wr(b, E1000_TCTL, E1000_TCTL_EN);
    bed_send(b, 0, frame, 42);
    CHECK_EQ(b->wire->frame[0].len, 60);
    for (unsigned i = 42; i < 60; i++)
        CHECK_EQ(b->wire->frame[0].data[i], 0);
    CHECK_EQ(b->wire->frame[1].len, 42);
    wr(b, E1000_TCTL, E1000_TCTL_EN | E1000_TCTL_PSP);
    bed_tx_put(b, 0, b->wire->frame[0].data, 59, PLAIN, 0);
    bed_tx_put(b, 0, b->wire->frame[0].data, 60, PLAIN, 0);
    bed_tx_go(b, 0);
    CHECK_EQ(b->wire->frame[2].len, 60);
    CHECK_EQ(b->wire->frame[3].len, 60);
}

FAMILY_TEST(nothing_is_sent_while_disabled, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    make_frame(frame, TO_OTHER, 0x88B5, 64);
    bed_up(b);
    wr(b, E1000_TCTL, 0);
    bed_send(b, 0, frame, 64);
    CHECK_EQ(b->wire->count, 0);
    wr(b, E1000_TCTL, E1000_TCTL_EN);
    settle(50 * US);
    CHECK_EQ(b->wire->count, 1);
    /* A queue of its own: TARC. */
    if (!bed_has(b, E1000_TARC(0)))
        return;
    wr(b, E1000_TARC(0), rd(b, E1000_TARC(0)) & ~E1000_TARC_ENABLE);
    bed_send(b, 0, frame, 64);
    CHECK_EQ(b->wire->count, 1);
    wr(b, E1000_TARC(0), rd(b, E1000_TARC(0)) | E1000_TARC_ENABLE);
    settle(50 * US);
    CHECK_EQ(b->wire->count, 2);
}

FAMILY_TEST(descriptors_wait_while_the_link_is_down, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    make_frame(frame, TO_OTHER, 0x88B5, 64);
    bed_up(b);
    e1000_wire_link(b->dev, false);
    bed_send(b, 0, frame, 64);
    CHECK_EQ(b->wire->count, 0);
    CHECK_EQ(rd(b, E1000_TDH(0)), 0);
    e1000_wire_link(b->dev, true);
    bed_link_up(b);
    settle(50 * US);
    CHECK_EQ(b->wire->count, 1);
}

MODEL_TEST(two_queues_take_turns, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    make_frame(frame, TO_OTHER, 0x88B5, 64);
    bed_up(b);
    bed_tx_ring(b, 1, BED_RING);
    wr(b, E1000_TCTL, 0);
    for (unsigned i = 0; i < 8; i++) {
        frame[20] = (uint8_t)(i % 2);
        bed_tx_put(b, i % 2, frame, 64, PLAIN, 0);
    }
    bed_tx_go(b, 0);
    bed_tx_go(b, 1);
    wr(b, E1000_TCTL, E1000_TCTL_EN);
    settle(50 * US);
    CHECK_EQ(b->wire->count, 8);
    for (unsigned i = 0; i < 8; i++)
        CHECK_EQ(b->wire->frame[i].data[20], i % 2);
    CHECK_EQ(status_of(b, 1, 3), E1000_TXD_DD);
}

FAMILY_TEST(wthresh_holds_status_back_until_enough_are_done, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    make_frame(frame, TO_OTHER, 0x88B5, 64);
    bed_up(b);
    rd(b, E1000_ICR);
    wr(b, E1000_TXDCTL(0), E1000_TXDCTL_GRAN | 4 << E1000_TXDCTL_WTHRESH_SHIFT);
    wr(b, E1000_TIDV, 500);
    for (unsigned i = 0; i < 3; i++)
        bed_tx_put(b, 0, frame, 64, PLAIN | E1000_TXD_IDE, 0);
    bed_tx_go(b, 0);
    CHECK_EQ(b->wire->count, 3);
    CHECK_EQ(status_of(b, 0, 0), 0);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_TXQE);
    bed_tx_put(b, 0, frame, 64, PLAIN | E1000_TXD_IDE, 0);
    bed_tx_go(b, 0);
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(status_of(b, 0, i), E1000_TXD_DD);
    CHECK(rd(b, E1000_ICR) & E1000_ICR_TXDW);
    /* Fewer: when the timer expires, or at once by FPD. */
    bed_tx_put(b, 0, frame, 64, PLAIN | E1000_TXD_IDE, 0);
    bed_tx_go(b, 0);
    CHECK_EQ(status_of(b, 0, 4), 0);
    settle(MS);
    CHECK_EQ(status_of(b, 0, 4), E1000_TXD_DD);
    bed_tx_put(b, 0, frame, 64, PLAIN | E1000_TXD_IDE, 0);
    bed_tx_go(b, 0);
    CHECK_EQ(status_of(b, 0, 5), 0);
    wr(b, E1000_TIDV, 500 | E1000_RDTR_FPD);
    CHECK_EQ(status_of(b, 0, 5), E1000_TXD_DD);
}

FAMILY_TEST(lwthresh_reports_a_ring_that_runs_low, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    make_frame(frame, TO_OTHER, 0x88B5, 64);
    bed_up(b);
    wr(b, E1000_TXDCTL(0), 1u << E1000_TXDCTL_LWTHRESH_SHIFT);
    wr(b, E1000_TCTL, 0);
    for (unsigned i = 0; i < 10; i++)
        bed_tx_put(b, 0, frame, 64, PLAIN, 0);
    bed_tx_go(b, 0);
    rd(b, E1000_ICR);
    wr(b, E1000_TCTL, E1000_TCTL_EN);
    settle(50 * US);
    CHECK(rd(b, E1000_ICR) & E1000_ICR_TXD_LOW);
    if (bed_has(b, E1000_ICTXQMTC))
        CHECK_EQ(rd(b, E1000_ICTXQMTC), 1);
}

FAMILY_TEST(frame_with_its_own_fcs_goes_out_only_if_that_is_right, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[104];
    make_frame(frame, TO_OTHER, 0x88B5, 100);
    uint32_t fcs = packet_crc(frame, 100);
    memcpy(frame + 100, &fcs, 4);
    bed_up(b);
    bed_tx_put(b, 0, frame, 104, E1000_TXD_EOP | E1000_TXD_RS, 0);
    frame[50] ^= 1;
    bed_tx_put(b, 0, frame, 104, E1000_TXD_EOP | E1000_TXD_RS, 0);
    bed_tx_go(b, 0);
    CHECK_EQ(b->wire->count, 1);
    CHECK_EQ(b->wire->frame[0].len, 100);
    CHECK_EQ(status_of(b, 0, 1), E1000_TXD_DD);
}

FAMILY_TEST(pause_frame_stops_the_transmitter_for_its_time, "")
{
    struct bed *b = bed_new(NULL, NULL);
    static const uint8_t to[6] = {0x01, 0x80, 0xC2, 0x00, 0x00, 0x01};
    uint8_t pause[60], frame[64];
    make_frame(pause, to, 0x8808, 60);
    make_frame(frame, TO_OTHER, 0x88B5, 64);
    packet_put_be16(pause + 14, 1);
    packet_put_be16(pause + 16, 2000); /* 1.024 ms */
    bed_up(b);
    bed_receive(b, pause, 60); /* RFCE is off */
    bed_send(b, 0, frame, 64);
    CHECK_EQ(b->wire->count, 1);
    CHECK_EQ(rd(b, E1000_FCRUC), 1);
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) | E1000_CTRL_RFCE);
    bed_receive(b, pause, 60);
    CHECK(rd(b, E1000_STATUS) & E1000_STATUS_TXOFF);
    bed_send(b, 0, frame, 64);
    settle(500 * US);
    CHECK_EQ(b->wire->count, 1);
    settle(MS);
    CHECK_EQ(b->wire->count, 2);
    CHECK(!(rd(b, E1000_STATUS) & E1000_STATUS_TXOFF));
    bed_receive(b, pause, 60);
    bed_send(b, 0, frame, 64);
    packet_put_be16(pause + 16, 0);
    bed_receive(b, pause, 60); /* XON ends it */
    CHECK_EQ(b->wire->count, 3);
    CHECK_EQ(rd(b, E1000_XOFFRXC), 2);
    CHECK_EQ(rd(b, E1000_XONRXC), 1);
    CHECK_EQ(rd(b, E1000_RDH(0)), 0); /* none reached memory */
}

FAMILY_TEST(reset_in_the_middle_of_a_packet_forgets_it, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[100];
    make_frame(frame, TO_OTHER, 0x88B5, 100);
    bed_up(b);
    bed_tx_put(b, 0, frame, 50, E1000_TXD_IFCS, 0);
    bed_tx_go(b, 0);
    wr(b, E1000_CTRL, E1000_CTRL_RST);
    settle(MS);
    bed_up(b);
    bed_send(b, 0, frame, 100);
    CHECK_EQ(b->wire->count, 1);
    CHECK_EQ(b->wire->frame[0].len, 100);
}

FAMILY_TEST(wrong_tail_is_the_drivers_fault_and_moves_nothing, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_up(b);
    wr(b, E1000_TDT(0), BED_RING);
    settle(MS);
    CHECK_EQ(bed_violations("device/ring"), 1);
    CHECK_EQ(rd(b, E1000_TDH(0)), 0);
    wr(b, E1000_RDT(0), BED_RING + 7);
    CHECK_EQ(bed_violations("device/ring"), 2);
}

FAMILY_TEST(a_full_ring_is_the_drivers_fault_but_what_was_loaded_is_sent, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    make_frame(frame, TO_OTHER, 0x88B5, 64);
    bed_up(b);
    for (unsigned i = 0; i < BED_RING; i++) { /* before the chip sends any */
        frame[20] = (uint8_t)i;
        bed_tx_put(b, 0, frame, 64, PLAIN, 0);
        CHECK_EQ(bed_violations("device/ring"), 0);
        wr(b, E1000_TDT(0), b->tx[0].tail);
    }
    CHECK_EQ(bed_violations("device/ring"), 1);
    CHECK_EQ(rd(b, E1000_TDT(0)), rd(b, E1000_TDH(0)));
    settle(50 * US);
    CHECK_EQ(b->wire->count, BED_RING);
    for (unsigned i = 0; i < BED_RING; i++)
        CHECK_EQ(b->wire->frame[i].data[20], i);
    wr(b, E1000_TDT(0), b->tx[0].tail); /* the same again: an empty ring */
    settle(50 * US);
    CHECK_EQ(b->wire->count, BED_RING);
    CHECK_EQ(bed_violations("device/ring"), 1);
}

FAMILY_TEST(a_new_ring_forgets_what_was_loaded_of_the_old_one, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    make_frame(frame, TO_OTHER, 0x88B5, 64);
    bed_up(b);
    bed_tx_put(b, 0, frame, 64, PLAIN, 0);
    wr(b, E1000_TDT(0), 1);
    wr(b, E1000_TCTL, 0);
    bed_tx_ring(b, 0, 8);
    wr(b, E1000_TCTL, E1000_TCTL_EN);
    settle(50 * US);
    CHECK_EQ(b->wire->count, 0);
    bed_send(b, 0, frame, 64);
    CHECK_EQ(b->wire->count, 1);
    CHECK_EQ(bed_violations("device/ring"), 0);
}

FAMILY_TEST(address_that_is_no_memory_is_the_drivers_fault_and_stops_the_queue, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    make_frame(frame, TO_OTHER, 0x88B5, 64);
    bed_up(b);
    bed_tx_put(b, 0, frame, 64, PLAIN, 0)->address = 0x123456789000;
    bed_tx_go(b, 0);
    CHECK_EQ(bed_violations("device/dma"), 1);
    CHECK(pci_config_read(b->fn, 6, 2) & 0x2000);
    bed_send(b, 0, frame, 64);
    CHECK_EQ(b->wire->count, 0);
    CHECK_EQ(rd(b, E1000_TDH(0)), 0);
    wr(b, E1000_CTRL, E1000_CTRL_RST);
    settle(MS);
    bed_up(b);
    b->tx[0].tail = 0;
    bed_send(b, 0, frame, 64);
    CHECK_EQ(b->wire->count, 1);
}
