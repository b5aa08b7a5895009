/* SPDX-License-Identifier: MIT */
/* stats_test.c - counters, and the IEEE 1588 clock. */
#include "device/model/testbed.h"

FAMILY_TEST(frames_are_counted_by_kind_and_size, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[1600];
    static const uint32_t sizes[] = {60, 100, 200, 400, 1000, 1514};
    bed_up(b);
    wr(b, E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_BAM | E1000_RCTL_MPE);
    uint64_t octets = 0;
    for (unsigned i = 0; i < 6; i++) {
        const uint8_t *to = i == 0 ? TO_ALL : i == 1 ? TO_GROUP : TO_CARD;
        uint32_t len = (uint32_t)make_frame(frame, to, 0x88B5, sizes[i]);
        bed_receive(b, frame, len);
        bed_send(b, 0, frame, len);
        octets += len + 4;
    }
    bed_receive(b, frame, make_frame(frame, TO_OTHER, 0x88B5, 60)); /* filtered: total only */
    CHECK_EQ(rd(b, E1000_GPRC), 6);
    CHECK_EQ(rd(b, E1000_TPR), 7);
    CHECK_EQ(rd(b, E1000_GPTC), 6);
    CHECK_EQ(rd(b, E1000_TPT), 6);
    CHECK_EQ(rd(b, E1000_BPRC), 1);
    CHECK_EQ(rd(b, E1000_MPRC), 1);
    CHECK_EQ(rd(b, E1000_BPTC), 1);
    CHECK_EQ(rd(b, E1000_MPTC), 1);
    for (unsigned i = 0; i < 6; i++) {
        CHECK_EQ(rd(b, E1000_PRC64 + 4 * i), 1);
        CHECK_EQ(rd(b, E1000_PTC64 + 4 * i), 1);
    }
    CHECK_EQ(rd(b, E1000_GORCL), octets);
    CHECK_EQ(rd(b, E1000_TORL), octets + 64);
    CHECK_EQ(rd(b, E1000_GOTCL), octets);
    CHECK_EQ(rd(b, E1000_TOTL), octets);
}

FAMILY_TEST(counters_are_zeroed_by_reading, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    bed_up(b);
    bed_receive(b, frame, make_frame(frame, TO_CARD, 0x88B5, 64));
    CHECK_EQ(rd(b, E1000_GPRC), 1);
    CHECK_EQ(rd(b, E1000_GPRC), 0);
    CHECK_EQ(rd(b, E1000_GORCL), 68);
    CHECK_EQ(rd(b, E1000_GORCL), 68); /* the high half zeroes both */
    CHECK_EQ(rd(b, E1000_GORCH), 0);
    CHECK_EQ(rd(b, E1000_GORCL), 0);
    wr(b, E1000_GPRC, 5); /* read only */
    CHECK_EQ(rd(b, E1000_GPRC), 0);
}

TEST(counters_stick_at_all_ones, "")
{
    static struct e1000 dev;
    REG(&dev, E1000_MPC) = UINT32_MAX - 1;
    e1000_count(&dev, E1000_MPC, 1);
    CHECK_EQ(REG(&dev, E1000_MPC), UINT32_MAX);
    e1000_count(&dev, E1000_MPC, 1);
    CHECK_EQ(REG(&dev, E1000_MPC), UINT32_MAX);
}

static uint64_t systim(struct bed *b)
{
    uint64_t low = rd(b, E1000_SYSTIML);
    return (uint64_t)rd(b, E1000_SYSTIMH) << 32 | low;
}

MODEL_TEST(systim_runs_by_timinca_and_can_be_set, "")
{
    struct bed *b = bed_new(NULL, NULL);
    settle(MS);
    CHECK_EQ(systim(b), 0);
    wr(b, E1000_TIMINCA, 1u << 24 | 40); /* nanoseconds */
    wr(b, E1000_SYSTIML, 0);
    wr(b, E1000_SYSTIMH, 7);
    settle(MS);
    uint64_t t = systim(b) - (7ull << 32);
    CHECK(t >= MS && t < 2 * MS);
    wr(b, E1000_TIMADJL, 5000000);
    wr(b, E1000_TIMADJH, 0);
    CHECK(systim(b) - (7ull << 32) >= t + 5000000);
    wr(b, E1000_TIMADJH, 1u << 31);
    CHECK(systim(b) - (7ull << 32) < t + 5000000);
    /* Another increment counts from when it is set. */
    t = systim(b);
    wr(b, E1000_TIMINCA, 1u << 24 | 40 << 10);
    CHECK(systim(b) < t + MS);
}
