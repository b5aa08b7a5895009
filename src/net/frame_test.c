/* SPDX-License-Identifier: MIT */
/* frame_test.c - test frames are valid traffic, and every kind of damage is found. */
#include "net/frame.h"
#include "tests/harness/test.h"

static uint8_t frame[16384];

static struct frame_spec spec_of(enum frame_kind kind, size_t len)
{
    return (struct frame_spec){.kind = kind,
                               .destination = {0x52, 0x54, 0, 1, 2, 3},
                               .source = {2, 0, 0, 0, 0, 9},
                               .stream = 7,
                               .flow = 0x12345678,
                               .sequence = 0x1122334455667788,
                               .len = len};
}

TEST(frames_of_every_kind_and_size_are_intact_when_built, "")
{
    for (enum frame_kind kind = 0; kind < FRAME_KINDS; kind++)
        for (unsigned vlan = 0; vlan < 2; vlan++)
            for (size_t len = 1; len < 1600; len += len < 100 ? 1 : 97) {
                struct frame_spec spec = spec_of(kind, len);
                struct frame_info info;
                spec.vlan = vlan ? 0x6005 : 0;
                size_t shortest = frame_shortest(kind, vlan), n;
                n = frame_build(frame, sizeof frame, &spec);
                CHECK_EQ(n, len < shortest ? shortest : len);
                CHECK(n >= FRAME_MIN);
                CHECK(frame_check(frame, n, &info));
                CHECK(info.ours && !info.wrong);
                CHECK_EQ(info.kind, kind);
                CHECK_EQ(info.tagged, vlan);
                CHECK_EQ(info.stream, 7);
                CHECK_EQ(info.flow, 0x12345678);
                CHECK_EQ(info.sequence, 0x1122334455667788);
            }
}

TEST(a_frame_has_known_headers, "")
{
    /* By hand from RFC 791 and 768; the IP checksum worked out on paper. */
    struct frame_spec spec = spec_of(FRAME_UDP4, 100);
    spec.flow = 5;
    spec.sequence = 1;
    CHECK_EQ(frame_build(frame, sizeof frame, &spec), 100);
    static const uint8_t head[] = {
        0x52, 0x54, 0,    1,    2,    3,    2,  0, 0, 0, 0,  9, 8, 0, 0x45, 0, 0, 0x56, 0, 1,
        0x40, 0,    0x40, 0x11, 0x26, 0x90, 10, 1, 0, 5, 10, 0, 0, 1, 0x04, 0, 0, 9,    0, 0x42};
    CHECK(!memcmp(frame, head, sizeof head));
    /* 4500+0056+0001+4000+4011+0a01+0005+0a00+0001 = d96f, inverted 2690. */
}

TEST(every_single_changed_byte_behind_the_ethernet_header_is_found, "")
{
    for (enum frame_kind kind = 0; kind < FRAME_KINDS; kind++) {
        struct frame_spec spec = spec_of(kind, 200);
        size_t n = frame_build(frame, sizeof frame, &spec);
        size_t from = kind == FRAME_ARP ? 14 + 28 : 14; /* ARP has no checksum over its header */
        for (size_t i = from; i < n; i++) {
            /* IPv6 has none over class, flow label and hop limit. */
            if ((kind == FRAME_UDP6 || kind == FRAME_TCP6) && ((i > 14 && i < 18) || i == 21))
                continue;
            frame[i] ^= 0x20;
            CHECK(!frame_check(frame, n, NULL));
            frame[i] ^= 0x20;
        }
        CHECK(frame_check(frame, n, NULL));
        CHECK(!frame_check(frame, n - 1, NULL) || kind == FRAME_ARP);
    }
}

TEST(damage_is_named, "")
{
    struct frame_info info;
    struct frame_spec spec = spec_of(FRAME_UDP4, 300);
    size_t n = frame_build(frame, sizeof frame, &spec);
    CHECK(!frame_check(frame, 250, &info));
    CHECK(info.ours);
    CHECK_STR(info.wrong, "length");
    frame[22]++;
    CHECK(!frame_check(frame, n, &info));
    CHECK_STR(info.wrong, "IP checksum");
    frame[22]--;
    frame[200]++;
    CHECK(!frame_check(frame, n, &info));
    CHECK_STR(info.wrong, "UDP checksum");
    frame[40] = frame[41] = 0; /* no UDP checksum: the pattern still tells */
    CHECK(!frame_check(frame, n, &info));
    CHECK_STR(info.wrong, "pattern");
}

TEST(bytes_behind_a_frame_are_no_damage, "")
{
    for (enum frame_kind kind = 0; kind < FRAME_KINDS; kind++)
        for (size_t len = 60; len < 300; len += 80) {
            struct frame_spec spec = spec_of(kind, len);
            struct frame_info info;
            size_t n = frame_build(frame, sizeof frame, &spec);
            CHECK(frame_check(frame, n, &info));
            CHECK_EQ(info.excess, 0);
            memset(frame + n, 0xee, 4); /* as a card that hands the FCS over */
            CHECK_EQ(frame_check(frame, n + 4, &info), kind != FRAME_ARP);
            CHECK_EQ(info.excess, kind != FRAME_ARP ? 4 : 0);
            frame[n - 1]++; /* real damage is found all the same */
            CHECK(!frame_check(frame, n + 4, &info));
        }
    /* Bytes between a packet and the shortest frame are padding. */
    struct frame_spec spec = spec_of(FRAME_UDP4, 0);
    struct frame_info info;
    size_t n = frame_build(frame, sizeof frame, &spec);
    CHECK_EQ(n, FRAME_MIN);
    CHECK(frame_check(frame, n, &info) && info.excess == 0);
}

TEST(other_traffic_is_not_ours, "")
{
    struct frame_info info;
    memset(frame, 0xff, sizeof frame);
    for (size_t len = 0; len < 200; len++) {
        CHECK(!frame_check(frame, len, &info));
        CHECK(!info.ours);
    }
    struct frame_spec spec = spec_of(FRAME_TCP6, 0);
    size_t n = frame_build(frame, sizeof frame, &spec);
    for (size_t len = 0; len < n; len++)
        CHECK(!frame_check(frame, len, NULL));
    CHECK_EQ(frame_build(frame, 50, &spec), 0);
}

TEST(different_flows_differ_in_their_addresses_and_ports, "")
{
    uint8_t tuple[3][12];
    static const uint32_t flows[3] = {1, 2, 0x10001};
    for (int i = 0; i < 3; i++) {
        struct frame_spec spec = spec_of(FRAME_UDP4, 100);
        spec.flow = flows[i];
        frame_build(frame, sizeof frame, &spec);
        memcpy(tuple[i], frame + 26, 12);
    }
    CHECK(memcmp(tuple[0], tuple[1], 12) && memcmp(tuple[0], tuple[2], 12) &&
          memcmp(tuple[1], tuple[2], 12));
}

TEST(the_checksum_is_that_of_rfc_1071, "")
{
    /* The RFC's own example, section 3: sum ddf2, checksum 220d, in network order. */
    static const uint8_t data[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    uint16_t sum = frame_fold(frame_sum(0, data, sizeof data));
    uint8_t bytes[2];
    memcpy(bytes, &sum, 2);
    CHECK_EQ(bytes[0] << 8 | bytes[1], 0x220d);
    /* An odd last byte counts as if a zero followed. */
    CHECK_EQ(frame_fold(frame_sum(0, "\x01\x02\x03", 3)),
             frame_fold(frame_sum(0, "\x01\x02\x03\x00", 4)));
}

static void note(struct frame_ledger *ledger, uint64_t sequence, const char *wrong)
{
    struct frame_info info = {.ours = true, .sequence = sequence, .wrong = wrong};
    frame_ledger_note(ledger, &info);
}

TEST(the_ledger_counts_lost_repeated_late_and_damaged_frames, "")
{
    static struct frame_ledger ledger;
    for (uint64_t i = 0; i < 200000; i++) {
        if (i % 1000 == 7)
            continue; /* lost */
        if (i % 1000 == 9) {
            note(&ledger, i, "pattern");
            continue;
        }
        if (i % 1000 == 20)
            continue; /* late: comes below */
        note(&ledger, i, NULL);
        if (i % 1000 == 30) {
            note(&ledger, i - 10, NULL);
            note(&ledger, i, NULL);
        }
    }
    CHECK_EQ(ledger.corrupt, 200);
    CHECK_EQ(ledger.reordered, 200);
    CHECK_EQ(ledger.duplicates, 200);
    CHECK_EQ(ledger.received, 200000 - 400);
    CHECK_EQ(frame_ledger_lost(&ledger, 200000), 400);
    CHECK_EQ(frame_ledger_lost(&ledger, 100), 0);
    /* A jump over the whole window forgets what was in it, nothing more. */
    note(&ledger, 1000000, NULL);
    note(&ledger, 999999, NULL);
    note(&ledger, 1000000, NULL);
    CHECK_EQ(ledger.reordered, 201);
    CHECK_EQ(ledger.duplicates, 201);
}
