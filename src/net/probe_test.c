/* SPDX-License-Identifier: MIT */
#include "net/card_test.h"
#include "net/probe.h"

static struct card card;
static struct probe *probe;
static unsigned looked, took;

/* Keeps every third test frame. */
static bool look(void *ctx, const void *frame, size_t len)
{
    struct frame_info info;
    CHECK(ctx == &card);
    looked++;
    return frame_check(frame, len, &info) && info.sequence % 3 == 0;
}

static void taken(void *ctx, const void *frame, size_t len)
{
    took++;
}

static void join(const char *spec, uint64_t room)
{
    char err[200];
    struct wire *far = wire_open(spec, err, sizeof err);
    CHECK(far);
    probe = probe_open(far);
    CHECK(probe);
    card.room = room;
    probe->sent = look;
    probe->ctx = &card;
    probe->wire.taken = taken;
    card.wire = &probe->wire;
    card_attach(&card);
}

static bool inject(uint64_t sequence, size_t len)
{
    uint8_t frame[2000];
    struct frame_spec spec = {.kind = FRAME_UDP4, .stream = 3, .sequence = sequence, .len = len};
    return probe_inject(probe, frame, frame_build(frame, sizeof frame, &spec));
}

static void passes(void *unused)
{
    join("loopback", UINT64_MAX);
    wire_link(card.wire, true);
    for (uint64_t i = 0; i < 300; i++)
        card_send(&card, i, 60 + i);
    thread_sleep(10000000);
    CHECK_EQ(looked, 300);
    CHECK_EQ(card.frames, 200);
    CHECK_EQ(took, 200);
    /* Frames of the test's own fill the gaps. */
    for (uint64_t i = 0; i < 300; i += 3)
        CHECK(inject(i, 60 + i));
    thread_sleep(10000000);
    CHECK_EQ(card.ledger.received, 300);
    CHECK_EQ(took, 300);
    CHECK_EQ(card.wire->stats.to_wire, 300);
    CHECK_EQ(card.wire->stats.from_wire, 300);
    CHECK_EQ(probe->far->stats.to_wire, 200);
    CHECK_EQ(card.wire->stats.dropped, 0);
    wire_close(card.wire);
}

TEST(a_probe_passes_frames_on_and_adds_its_own, "")
{
    card_machine(passes, true);
}

static void waits(void *unused)
{
    join("gen:rate=max,count=50", 10);
    wire_link(card.wire, true);
    for (uint64_t i = 0; i < 50; i++)
        CHECK(inject(i, 100));
    while (card.frames < 100) {
        thread_sleep(1000000);
        CHECK(card.room == 0 || card.frames == 100);
        CHECK_EQ(wire_finished(card.wire), wire_finished(probe->far));
        card.room = 7;
        wire_ready(card.wire);
    }
    CHECK(wire_finished(card.wire));
    CHECK_EQ(card.wire->stats.from_wire, 100);
    while (inject(0, 1514))
        CHECK_EQ(card.frames, 100); /* no room, at last */
    wire_close(card.wire);
}

TEST(a_full_card_gets_both_sources_of_a_probe_again, "")
{
    card_machine(waits, true);
}

static void cable(void *unused)
{
    join("loopback:delay=1ms", UINT64_MAX);
    wire_link(card.wire, true);
    card_send(&card, 1, 100); /* on its way when the cable goes */
    CHECK(!card.cut);
    probe_cable(probe, false);
    CHECK(!inject(0, 100));
    card_send(&card, 2, 100);
    thread_sleep(10000000);
    CHECK(card.cut && card.link_changes == 1 && probe->wire.down);
    CHECK_EQ(card.frames, 0);
    CHECK_EQ(card.wire->stats.dropped, 1);
    probe_cable(probe, true);
    thread_sleep(1000000);
    CHECK(!card.cut && card.link_changes == 2 && !probe->wire.down);
    card_send(&card, 4, 100);
    thread_sleep(10000000);
    CHECK_EQ(card.frames, 1);
    CHECK_EQ(card.ledger.next, 5);
    wire_close(card.wire);
}

TEST(a_probe_pulls_the_cable_and_puts_it_in_again, "")
{
    card_machine(cable, true);
}

static void nobody_there(void *unused)
{
    join("socket:listen=0", UINT64_MAX);
    CHECK(card.cut && probe->wire.down);
    CHECK_HAS(probe->wire.missing, "nobody has connected");
    probe_cable(probe, false);
    probe_cable(probe, true);
    thread_sleep(10000000);
    CHECK(probe->wire.down && card.link_changes == 1); /* a cable that is in has no end yet */
    wire_close(card.wire);
}

TEST(a_probe_makes_no_far_end_where_there_is_none, "")
{
    card_machine(nobody_there, false);
}
