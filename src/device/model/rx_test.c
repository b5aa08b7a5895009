/* SPDX-License-Identifier: MIT */
/* rx_test.c - filters, flow control and the packet buffer. */
#include "device/model/testbed.h"

#define RX_ON (E1000_RCTL_EN | E1000_RCTL_SECRC)

/* Whether a frame to `to` reaches memory. */
static bool reaches(struct bed *b, const uint8_t to[6])
{
    uint8_t frame[64];
    uint32_t head = rd(b, E1000_RDH(0));
    CHECK(bed_receive(b, frame, make_frame(frame, to, 0x88B5, 64)));
    return rd(b, E1000_RDH(0)) != head;
}

FAMILY_TEST(addresses_are_filtered_as_rctl_says, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_up(b);
    static const struct {
        uint32_t rctl;
        bool card, group, all, other;
    } cases[] = {
        {RX_ON, true, false, false, false},
        {RX_ON | E1000_RCTL_BAM, true, false, true, false},
        {RX_ON | E1000_RCTL_MPE, true, true, true, false},
        {RX_ON | E1000_RCTL_UPE, true, false, false, true},
        {RX_ON | E1000_RCTL_UPE | E1000_RCTL_MPE | E1000_RCTL_BAM, true, true, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        wr(b, E1000_RCTL, cases[i].rctl);
        CHECK_EQ(reaches(b, TO_CARD), cases[i].card);
        CHECK_EQ(reaches(b, TO_GROUP), cases[i].group);
        CHECK_EQ(reaches(b, TO_ALL), cases[i].all);
        CHECK_EQ(reaches(b, TO_OTHER), cases[i].other);
    }
}

FAMILY_TEST(any_of_sixteen_receive_addresses_matches, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_up(b);
    wr(b, E1000_RCTL, RX_ON);
    CHECK(!reaches(b, TO_OTHER));
    wr(b, E1000_RAL(15), 0x99005452);
    wr(b, E1000_RAH(15), 0x9999);
    CHECK(!reaches(b, TO_OTHER)); /* not valid */
    wr(b, E1000_RAH(15), 0x9999 | E1000_RAH_AV);
    CHECK(reaches(b, TO_OTHER));
    wr(b, E1000_RAH(0), 0);
    CHECK(!reaches(b, TO_CARD));
}

FAMILY_TEST(multicast_hash_takes_twelve_bits_at_four_offsets, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_up(b);
    unsigned high = TO_GROUP[5] << 8 | TO_GROUP[4];
    static const unsigned shift[] = {4, 3, 2, 0};
    for (unsigned mo = 0; mo < 4; mo++) {
        unsigned hash = high >> shift[mo] & 0xFFF;
        wr(b, E1000_RCTL, RX_ON | mo << E1000_RCTL_MO_SHIFT);
        CHECK(!reaches(b, TO_GROUP));
        wr(b, E1000_MTA + hash / 32 * 4, 1u << hash % 32);
        CHECK(reaches(b, TO_GROUP));
        wr(b, E1000_MTA + hash / 32 * 4, ~(1u << hash % 32));
        CHECK(!reaches(b, TO_GROUP));
        wr(b, E1000_MTA + hash / 32 * 4, 0);
    }
}

FAMILY_TEST(inexact_matches_are_marked, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_up(b);
    wr(b, E1000_RCTL, RX_ON | E1000_RCTL_UPE | E1000_RCTL_MPE | E1000_RCTL_BAM);
    CHECK(reaches(b, TO_CARD) && reaches(b, TO_OTHER) && reaches(b, TO_GROUP) &&
          reaches(b, TO_ALL));
    CHECK(!(bed_rx_legacy(b, 0, 0)->status & E1000_RXD_PIF));
    CHECK(bed_rx_legacy(b, 0, 1)->status & E1000_RXD_PIF);
    CHECK(bed_rx_legacy(b, 0, 2)->status & E1000_RXD_PIF);
    CHECK(!(bed_rx_legacy(b, 0, 3)->status & E1000_RXD_PIF));
}

FAMILY_TEST(vlan_filter_table_decides_over_tagged_frames, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[1600];
    struct make_ip m = {.src = 1, .dst = 2, .payload = 20, .vlan = 100};
    size_t len = make_ip(frame, &m);
    bed_up(b);
    wr(b, E1000_RCTL, RX_ON | E1000_RCTL_VFE);
    bed_receive(b, frame, len);
    CHECK_EQ(rd(b, E1000_RDH(0)), 0);
    wr(b, E1000_VFTA + 100 / 32 * 4, 1u << 100 % 32);
    bed_receive(b, frame, len);
    CHECK_EQ(rd(b, E1000_RDH(0)), 1);
    m.vlan = 0; /* untagged frames pass */
    bed_receive(b, frame, make_ip(frame, &m));
    CHECK_EQ(rd(b, E1000_RDH(0)), 2);
    m.vlan = 100 | 1 << 12; /* CFI */
    len = make_ip(frame, &m);
    bed_receive(b, frame, len);
    CHECK_EQ(rd(b, E1000_RDH(0)), 3);
    wr(b, E1000_RCTL, RX_ON | E1000_RCTL_VFE | E1000_RCTL_CFIEN);
    bed_receive(b, frame, len);
    CHECK_EQ(rd(b, E1000_RDH(0)), 3);
    wr(b, E1000_RCTL, RX_ON | E1000_RCTL_VFE | E1000_RCTL_CFIEN | E1000_RCTL_CFI);
    bed_receive(b, frame, len);
    CHECK_EQ(rd(b, E1000_RDH(0)), 4);
}

FAMILY_TEST(long_frames_need_lpe, "")
{
    struct bed *b = bed_new(NULL, NULL);
    static uint8_t frame[9000];
    bed_up(b);
    wr(b, E1000_RCTL, RX_ON);
    bed_receive(b, frame, make_frame(frame, TO_CARD, 0x88B5, 1514));
    CHECK_EQ(rd(b, E1000_RDH(0)), 1);
    bed_receive(b, frame, make_frame(frame, TO_CARD, 0x88B5, 1515));
    CHECK_EQ(rd(b, E1000_RDH(0)), 1);
    bed_receive(b, frame, make_frame(frame, TO_CARD, 0x8100, 1518)); /* tagged: four more */
    CHECK_EQ(rd(b, E1000_RDH(0)), 2);
    CHECK_EQ(rd(b, E1000_ROC), 1);
    wr(b, E1000_RCTL, RX_ON | E1000_RCTL_LPE);
    bed_receive(b, frame, make_frame(frame, TO_CARD, 0x88B5, 9000));
    CHECK_EQ(rd(b, E1000_RDH(0)), 2 + (9000 + 2047) / 2048);
}

FAMILY_TEST(mac_control_frames_end_in_the_mac_unless_asked_for, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    bed_up(b);
    make_frame(frame, TO_CARD, 0x8808, 64);
    packet_put_be16(frame + 14, 7); /* not PAUSE */
    wr(b, E1000_RCTL, RX_ON);
    bed_receive(b, frame, 64);
    CHECK_EQ(rd(b, E1000_RDH(0)), 0);
    wr(b, E1000_RCTL, RX_ON | E1000_RCTL_PMCF);
    bed_receive(b, frame, 64);
    CHECK_EQ(rd(b, E1000_RDH(0)), 1);
    packet_put_be16(frame + 14, 1); /* PAUSE to the station's address */
    bed_receive(b, frame, 64);
    CHECK_EQ(rd(b, E1000_RDH(0)), 2);
    wr(b, E1000_RCTL, RX_ON | E1000_RCTL_DPF);
    bed_receive(b, frame, 64);
    CHECK_EQ(rd(b, E1000_RDH(0)), 2);
}

FAMILY_TEST(receiver_that_is_off_leaves_frames_on_the_wire, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    size_t len = make_frame(frame, TO_CARD, 0x88B5, 64);
    CHECK(!bed_receive(b, frame, len));
    bed_link_up(b);
    bed_rx_ring(b, 0, BED_RING, 2048);
    CHECK(!bed_receive(b, frame, len));
    CHECK_EQ(b->wire->readies, 0);
    wr(b, E1000_RCTL, RX_ON);
    settle(50 * US);
    CHECK_EQ(b->wire->readies, 1);
    CHECK(bed_receive(b, frame, len));
    CHECK_EQ(rd(b, E1000_RDH(0)), 1);
}

FAMILY_TEST(frames_wait_in_the_packet_buffer_for_descriptors, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[1000];
    size_t len = make_frame(frame, TO_CARD, 0x88B5, 1000);
    bed_link_up(b);
    bed_rx_ring(b, 0, 8, 2048);
    wr(b, E1000_PBA, 0x0010000A); /* 10 KB */
    wr(b, E1000_RCTL, RX_ON);
    for (unsigned i = 0; i < 7 + 10; i++) {
        frame[100] = (uint8_t)i;
        CHECK(bed_receive(b, frame, len));
    }
    CHECK_EQ(rd(b, E1000_RDH(0)), 7);
    CHECK_EQ(rd(b, E1000_RNBC), 10);
    CHECK(!bed_receive(b, frame, len)); /* full: it stays on the wire */
    CHECK_EQ(rd(b, E1000_MPC), 0);
    unsigned seen = 7;
    for (unsigned round = 0; round < 5; round++) {
        wr(b, E1000_RDT(0), (rd(b, E1000_RDH(0)) + 3) % 8);
        settle(50 * US);
        for (; seen < 17 && seen < 7 + 3 * (round + 1); seen++)
            CHECK_EQ(bed_rx_buffer(b, 0, seen % 8)[100], seen);
    }
    CHECK_EQ(rd(b, E1000_RDH(0)), 17 % 8);
    CHECK_EQ(b->wire->readies, 1);
    CHECK_EQ(rd(b, E1000_GPRC), 17);
}

FAMILY_TEST(overrun_drop_loses_and_counts_what_does_not_fit, "")
{
    struct bed *b = bed_new("overrun=drop", NULL);
    uint8_t frame[1000];
    size_t len = make_frame(frame, TO_CARD, 0x88B5, 1000);
    CHECK(bed_receive(b, frame, len)); /* receiver off: gone */
    bed_link_up(b);
    bed_rx_ring(b, 0, 8, 2048);
    wr(b, E1000_PBA, 0x0010000A);
    wr(b, E1000_RCTL, RX_ON);
    rd(b, E1000_ICR);
    for (unsigned i = 0; i < 20; i++)
        CHECK(bed_receive(b, frame, len));
    CHECK_EQ(rd(b, E1000_MPC), 3);
    CHECK_EQ(rd(b, E1000_TPR), 20);
    CHECK_EQ(rd(b, E1000_GPRC), 17);
    CHECK(rd(b, E1000_ICR) & E1000_ICR_RXO);
}

FAMILY_TEST(flow_control_holds_frames_on_the_wire_and_counts_xoff_and_xon, "")
{
    struct bed *b = bed_new("overrun=drop", NULL);
    uint8_t frame[1000];
    size_t len = make_frame(frame, TO_CARD, 0x88B5, 1000);
    bed_link_up(b);
    bed_rx_ring(b, 0, 8, 2048);
    wr(b, E1000_FCRTH, 4000);
    wr(b, E1000_FCRTL, 2000 | 1u << 31);
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) | E1000_CTRL_TFCE);
    wr(b, E1000_RCTL, RX_ON);
    unsigned taken = 0;
    while (bed_receive(b, frame, len))
        CHECK(++taken < 100);
    CHECK_EQ(taken, 7 + 4); /* 4016 bytes: above */
    CHECK_EQ(rd(b, E1000_XOFFTXC), 1);
    CHECK_EQ(rd(b, E1000_XONTXC), 0);
    wr(b, E1000_RDT(0), (rd(b, E1000_RDH(0)) + 3) % 8);
    settle(50 * US);
    CHECK_EQ(rd(b, E1000_XONTXC), 1);
    CHECK_EQ(b->wire->readies, 1);
    CHECK(bed_receive(b, frame, len));
}

FAMILY_TEST(mac_and_phy_loopback_bring_frames_back, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[100];
    uint32_t len = (uint32_t)make_frame(frame, TO_CARD, 0x88B5, 100);
    bed_up(b);
    wr(b, E1000_RCTL, RX_ON | E1000_RCTL_LBM_MAC);
    bed_send(b, 0, frame, len);
    CHECK_EQ(b->wire->count, 0);
    CHECK_EQ(rd(b, E1000_RDH(0)), 1);
    CHECK(!memcmp(bed_rx_buffer(b, 0, 0), frame, len));
    CHECK(bed_receive(b, frame, len)); /* the wire is cut off */
    CHECK_EQ(rd(b, E1000_RDH(0)), 1);
    wr(b, E1000_RCTL, RX_ON);
    phy_wr(b, 0, 0x4140);
    bed_send(b, 0, frame, len);
    CHECK_EQ(b->wire->count, 0);
    CHECK_EQ(rd(b, E1000_RDH(0)), 2);
}
