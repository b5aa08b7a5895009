/* SPDX-License-Identifier: MIT */
/* offload_test.c - checksums, segmentation and VLAN tags on transmit. */
#include "device/model/testbed.h"

#define DATA (E1000_TXD_DEXT | E1000_TXD_DTYP_DATA << E1000_TXD_DTYP_SHIFT | E1000_TXD_IFCS)
#define LAST (E1000_TXD_EOP | E1000_TXD_RS)
#define SUMS ((E1000_TXD_IXSM | E1000_TXD_TXSM) << 8)

/* Parses frame i of the wire and checks both sums. */
static struct packet checked(struct bed *b, unsigned i)
{
    struct packet p;
    CHECK(i < b->wire->count);
    packet_parse(&p, b->wire->frame[i].data, b->wire->frame[i].len, 0x8100);
    CHECK(p.l4 != PACKET_NO_L4);
    CHECK(p.l3 != PACKET_IPV4 || packet_ip_ok(&p));
    CHECK(packet_l4_ok(&p));
    return p;
}

static struct e1000_tx_context_desc context(bool v6, bool udp)
{
    uint8_t l4 = v6 ? 54 : 34;
    return (struct e1000_tx_context_desc){.ipcss = 14,
                                          .ipcso = 24,
                                          .ipcse = v6 ? 0 : 33,
                                          .tucss = l4,
                                          .tucso = (uint8_t)(l4 + (udp ? 6 : 16)),
                                          .lower = E1000_TXD_DEXT | (udp ? 0 : E1000_TXD_TCP) |
                                                   (v6 ? 0 : E1000_TXD_IP)};
}

FAMILY_TEST(checksums_are_inserted_by_context, "")
{
    for (int v6 = 0; v6 < 2; v6++)
        for (int udp = 0; udp < 2; udp++) {
            struct bed *b = bed_new(NULL, NULL);
            uint8_t frame[1600];
            struct make_ip m = {.v6 = v6,
                                .udp = udp,
                                .src = 0x0A000001,
                                .dst = 0x0A000002,
                                .sport = 1000,
                                .dport = 2000,
                                .payload = 333,
                                .no_sum = true};
            uint32_t len = (uint32_t)make_ip(frame, &m);
            struct e1000_tx_context_desc c = context(v6, udp);
            bed_up(b);
            bed_tx_context(b, 0, &c);
            bed_tx_put(b, 0, frame, len, DATA | LAST, v6 ? E1000_TXD_TXSM << 8 : SUMS);
            bed_tx_put(b, 0, frame, len, DATA | LAST, 0); /* POPTS 0: as it is */
            bed_tx_go(b, 0);
            CHECK_EQ(b->wire->count, 2);
            struct packet p = checked(b, 0);
            CHECK_EQ(p.len, len);
            CHECK(!memcmp(b->wire->frame[1].data, frame, len));
        }
}

FAMILY_TEST(checksum_covers_only_up_to_its_end, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[100];
    make_frame(frame, TO_OTHER, 0x88B5, 100);
    frame[20] = frame[21] = 0;
    bed_up(b);
    struct e1000_tx_context_desc c = {
        .tucss = 30, .tucso = 20, .tucse = 49, .lower = E1000_TXD_DEXT | E1000_TXD_TCP};
    bed_tx_context(b, 0, &c);
    bed_tx_put(b, 0, frame, 100, DATA | LAST, E1000_TXD_TXSM << 8);
    c.tucso = 200; /* outside: nothing is written anywhere */
    bed_tx_context(b, 0, &c);
    bed_tx_put(b, 0, frame, 100, DATA | LAST, E1000_TXD_TXSM << 8);
    bed_tx_go(b, 0);
    CHECK_EQ(packet_be16(b->wire->frame[0].data + 20), (uint16_t)~packet_sum(frame + 30, 20, 0));
    CHECK(!memcmp(b->wire->frame[1].data, frame, 100));
}

FAMILY_TEST(legacy_descriptor_inserts_one_checksum, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[1600];
    struct make_ip m = {.udp = true, .src = 1, .dst = 2, .payload = 101, .no_sum = true};
    uint32_t len = (uint32_t)make_ip(frame, &m);
    packet_put_be16(frame + 24, (uint16_t)~packet_sum(frame + 14, 20, 0));
    bed_up(b);
    bed_tx_put(b, 0, frame, len,
               E1000_TXD_EOP | E1000_TXD_IFCS | E1000_TXD_RS | E1000_TXD_IC | 40u << 16, 34u << 8);
    bed_tx_go(b, 0);
    checked(b, 0);
}

FAMILY_TEST(vlan_tag_is_inserted_when_vme_and_vle_are_set, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[100];
    uint32_t len = (uint32_t)make_frame(frame, TO_OTHER, 0x88B5, 100);
    uint32_t flags = E1000_TXD_EOP | E1000_TXD_IFCS | E1000_TXD_RS | E1000_TXD_VLE;
    bed_up(b);
    bed_tx_put(b, 0, frame, len, flags, 0x3064u << 16); /* VME is off */
    bed_tx_go(b, 0);
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) | E1000_CTRL_VME);
    bed_tx_put(b, 0, frame, len, flags, 0x3064u << 16);
    bed_tx_put(b, 0, frame, len, DATA | LAST | E1000_TXD_VLE, 0x3064u << 16);
    bed_tx_put(b, 0, frame, len, DATA | LAST, 0);
    bed_tx_go(b, 0);
    CHECK_EQ(b->wire->frame[0].len, 100);
    for (unsigned i = 1; i < 3; i++) {
        const uint8_t *f = b->wire->frame[i].data;
        CHECK_EQ(b->wire->frame[i].len, 104);
        CHECK(!memcmp(f, frame, 12));
        CHECK_EQ(packet_be32(f + 12), 0x81003064);
        CHECK(!memcmp(f + 16, frame + 12, 88));
    }
    CHECK_EQ(b->wire->frame[3].len, 100);
}

/* --- segmentation --- */

/* Sends one request of `payload` bytes in pieces over several descriptors. */
static uint32_t segment(struct bed *b, const struct make_ip *m, uint16_t mss, uint8_t *frame)
{
    struct e1000_tx_context_desc c = context(m->v6, m->udp);
    uint32_t len = (uint32_t)make_ip(frame, m), l4 = c.tucss;
    /* As drivers leave it: lengths and IP checksum zero, the L4 one without the length. */
    uint32_t header = l4 + (m->udp ? 8 : 20);
    packet_put_be16(frame + (m->v6 ? 18 : 16), 0);
    uint8_t *sum = frame + c.tucso;
    uint8_t n[2];
    packet_put_be16(n, (uint16_t)(len - l4));
    packet_put_be16(sum, packet_sum(sum, 2, (uint16_t)~packet_be16(n)));
    c.lower |= E1000_TXD_TSE | (len - header);
    c.hdrlen = (uint8_t)header;
    c.mss = mss;
    bed_tx_context(b, 0, &c);
    uint32_t flags = DATA | E1000_TXD_TSE, popts = m->v6 ? E1000_TXD_TXSM << 8 : SUMS;
    bed_tx_put(b, 0, frame, header, flags, popts);
    uint32_t half = (len - header) / 2;
    bed_tx_put(b, 0, frame + header, half, flags, 0);
    bed_tx_put(b, 0, frame + header + half, len - header - half, flags | LAST, 0);
    bed_tx_go(b, 0);
    return header;
}

static void check_segments(struct bed *b, const struct make_ip *m, uint32_t header, uint16_t mss,
                           const uint8_t *payload)
{
    unsigned n = (unsigned)((m->payload + mss - 1) / mss);
    CHECK_EQ(b->wire->count, n);
    for (unsigned i = 0; i < n; i++) {
        struct packet p = checked(b, i);
        size_t chunk = i == n - 1 ? m->payload - (size_t)i * mss : mss;
        CHECK_EQ(p.len, header + chunk);
        CHECK_EQ(p.l3_end, p.len);
        CHECK(!memcmp(p.data + header, payload + (size_t)i * mss, chunk));
        const uint8_t *l4 = p.data + p.l4_at;
        if (!m->udp) {
            CHECK_EQ(packet_be32(l4 + 4), 1000 + i * mss);
            CHECK_EQ(l4[13], i == n - 1 ? 0x19 : 0x10); /* FIN and PSH in the last only */
        } else {
            CHECK_EQ(packet_be16(l4 + 4), 8 + chunk);
        }
        if (!m->v6)
            CHECK_EQ(p.ip_id, 0x1234 + i);
    }
}

FAMILY_TEST(tcp_is_segmented_over_ipv4_and_ipv6, "")
{
    for (int v6 = 0; v6 < 2; v6++) {
        struct bed *b = bed_new(NULL, NULL);
        static uint8_t frame[20000];
        struct make_ip m = {.v6 = v6,
                            .src = 0x0A000001,
                            .dst = 0x0A000002,
                            .sport = 80,
                            .dport = 4000,
                            .payload = 10000,
                            .flags = 0x19,
                            .no_sum = true};
        bed_up(b);
        uint32_t header = segment(b, &m, 1460, frame);
        check_segments(b, &m, header, 1460, frame + header);
        CHECK_EQ(rd(b, E1000_TSCTC), 1);
        CHECK_EQ(rd(b, E1000_TSCTFC), 0);
        CHECK_EQ(rd(b, E1000_GPTC), 7);
        CHECK_EQ(bed_violations("device/tso"), 0);
    }
}

FAMILY_TEST(payload_of_exactly_one_segment_is_one_frame, "")
{
    struct bed *b = bed_new(NULL, NULL);
    static uint8_t frame[4000];
    struct make_ip m = {.src = 1, .dst = 2, .payload = 1460, .flags = 0x19, .no_sum = true};
    bed_up(b);
    uint32_t header = segment(b, &m, 1460, frame);
    check_segments(b, &m, header, 1460, frame + header);
}

FAMILY_TEST(segments_get_vlan_tags, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[4000];
    struct make_ip m = {.src = 1, .dst = 2, .payload = 2000, .no_sum = true};
    struct e1000_tx_context_desc c = context(false, false);
    uint32_t len = (uint32_t)make_ip(frame, &m);
    c.lower |= E1000_TXD_TSE | 2000;
    c.hdrlen = 54;
    c.mss = 1000;
    bed_up(b);
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) | E1000_CTRL_VME);
    bed_tx_context(b, 0, &c);
    bed_tx_put(b, 0, frame, len, DATA | LAST | E1000_TXD_TSE | E1000_TXD_VLE, 7u << 16);
    bed_tx_go(b, 0);
    CHECK_EQ(b->wire->count, 2);
    CHECK_EQ(packet_be32(b->wire->frame[1].data + 12), 0x81000007);
    CHECK_EQ(b->wire->frame[1].len, 54 + 4 + 1000);
}

FAMILY_TEST(segmentation_and_checksum_contexts_are_kept_apart, "")
{
    struct bed *b = bed_new(NULL, NULL);
    static uint8_t big[4000], small[1600];
    struct make_ip m = {.udp = true, .src = 1, .dst = 2, .payload = 50, .no_sum = true};
    struct make_ip t = {.src = 1, .dst = 2, .payload = 2000, .no_sum = true};
    uint32_t len = (uint32_t)make_ip(small, &m);
    struct e1000_tx_context_desc c = context(false, true);
    bed_up(b);
    bed_tx_context(b, 0, &c);
    segment(b, &t, 1000, big);
    CHECK_EQ(b->wire->count, 2);
    bed_tx_put(b, 0, small, len, DATA | LAST, SUMS);
    bed_tx_go(b, 0);
    checked(b, 2);
}

FAMILY_TEST(impossible_segmentation_is_refused_and_reported, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[1600];
    struct make_ip m = {.src = 1, .dst = 2, .payload = 500};
    uint32_t len = (uint32_t)make_ip(frame, &m);
    struct e1000_tx_context_desc c = context(false, false);
    c.lower |= E1000_TXD_TSE | 500;
    bed_up(b);
    static const struct {
        uint16_t mss;
        uint8_t header;
    } bad[] = {{0, 54}, {100, 0}, {100, 40}, {65535, 54}};
    for (unsigned i = 0; i < 4; i++) {
        c.mss = bad[i].mss;
        c.hdrlen = bad[i].header;
        bed_tx_context(b, 0, &c);
        bed_tx_put(b, 0, frame, len, DATA | LAST | E1000_TXD_TSE, SUMS);
        bed_tx_go(b, 0);
    }
    CHECK_EQ(b->wire->count, 0);
    CHECK_EQ(rd(b, E1000_TSCTFC), 4);
    CHECK_EQ(bed_violations("device/tso"), 4);
    bed_send(b, 0, frame, len); /* and goes on */
    CHECK_EQ(b->wire->count, 1);
}
