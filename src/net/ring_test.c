/* SPDX-License-Identifier: MIT */
#include "net/ring.h"
#include "tests/harness/test.h"

static void put(struct frame_ring *ring, uint8_t value, size_t len, bool fits)
{
    uint8_t bytes[WIRE_FRAME_MAX];
    memset(bytes, value, sizeof bytes);
    CHECK_EQ(frame_ring_put(ring, bytes, len, value), fits);
}

static void take(struct frame_ring *ring, uint8_t value, size_t len)
{
    struct feed_frame frame;
    CHECK(frame_ring_head(ring, &frame));
    CHECK_EQ(frame.len, len);
    CHECK_EQ(frame.due, value);
    for (size_t i = 0; i < len; i++)
        CHECK_EQ(((const uint8_t *)frame.data)[i], value);
    frame_ring_drop(ring);
}

TEST(a_ring_of_frames_goes_round_whatever_their_lengths, "")
{
    struct frame_ring ring;
    CHECK(frame_ring_init(&ring, 8192));
    struct feed_frame none;
    CHECK(!frame_ring_head(&ring, &none));
    /* Two always wait, so that it never starts afresh and every position is a seam once. */
    put(&ring, 0, 60, true);
    for (unsigned i = 1; i < 4000; i++) {
        put(&ring, (uint8_t)i, 60 + i % 1400, true);
        take(&ring, (uint8_t)(i - 1), i == 1 ? 60 : 60 + (i - 1) % 1400);
    }
    frame_ring_fini(&ring);
}

TEST(a_full_ring_of_frames_takes_no_more_and_loses_none, "")
{
    struct frame_ring ring;
    CHECK(frame_ring_init(&ring, 4096));
    put(&ring, 1, 0, false);
    put(&ring, 1, WIRE_FRAME_MAX + 1, false);
    put(&ring, 1, 4080, true); /* and its header of 16 */
    put(&ring, 2, 1, false);
    take(&ring, 1, 4080);
    for (unsigned i = 0; i < 3; i++)
        put(&ring, (uint8_t)i, 1000, true);
    put(&ring, 3, 1100, false);
    take(&ring, 0, 1000);
    put(&ring, 4, 1100, false); /* free, but not in one piece */
    put(&ring, 5, 1000, true);
    for (unsigned i = 1; i < 3; i++)
        take(&ring, (uint8_t)i, 1000);
    take(&ring, 5, 1000);
    CHECK(!frame_ring_head(&ring, &(struct feed_frame){0}));
    frame_ring_fini(&ring);
}
