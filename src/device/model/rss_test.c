/* SPDX-License-Identifier: MIT */
/* rss_test.c - the hash against Microsoft's test vectors ("Verifying the RSS Hash Calculation"),
 * and queues. */
#include "device/model/testbed.h"

#define RX_ON (E1000_RCTL_EN | E1000_RCTL_SECRC)

static const uint8_t KEY[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

static const struct {
    uint32_t src, dst;
    uint16_t sport, dport;
    uint32_t ip, tcp;
} vectors[] = {
    {0x420995BB, 0xA18E6450, 2794, 1766, 0x323e8fc2, 0x51ccc178},
    {0xC75C6F02, 0x41458C53, 14230, 4739, 0xd718262a, 0xc626b0ea},
    {0x1813C65F, 0x0C16CFB8, 12898, 38024, 0xd2d0a5de, 0x5c2b394a},
    {0x261BCD1E, 0xD18EA306, 48228, 2217, 0x82989176, 0xafc7327f},
    {0x9927A3BF, 0xCABC7F02, 44251, 1303, 0x5d1809c5, 0x10e828a2},
};

TEST(toeplitz_agrees_with_the_published_vectors, "")
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t in[12];
        packet_put_be32(in, vectors[i].src);
        packet_put_be32(in + 4, vectors[i].dst);
        packet_put_be16(in + 8, vectors[i].sport);
        packet_put_be16(in + 10, vectors[i].dport);
        CHECK_EQ(e1000_toeplitz(KEY, in, 8), vectors[i].ip);
        CHECK_EQ(e1000_toeplitz(KEY, in, 12), vectors[i].tcp);
    }
    /* 3ffe:2501:200:1fff::7 port 2794 to 3ffe:2501:200:3::1 port 1766 */
    static const uint8_t v6[36] = {0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, 0, 0, 0, 0, 0, 0,
                                   0,    7,    0x3f, 0xfe, 0x25, 0x01, 2,    0,    0, 3, 0, 0, 0, 0,
                                   0,    0,    0,    1,    0x0A, 0xEA, 0x06, 0xE6};
    CHECK_EQ(e1000_toeplitz(KEY, v6, 32), 0x2cc18cd5);
    CHECK_EQ(e1000_toeplitz(KEY, v6, 36), 0x40207d3d);
}

static struct bed *rss_bed(uint32_t mrqc)
{
    struct bed *b = bed_new(NULL, NULL);
    bed_up(b);
    bed_rx_ring(b, 1, BED_RING, 2048);
    for (unsigned i = 0; i < 10; i++) {
        uint32_t word;
        memcpy(&word, KEY + 4 * i, 4);
        wr(b, E1000_RSSRK + 4 * i, word);
    }
    for (unsigned i = 0; i < 32; i++)
        wr(b, E1000_RETA + 4 * i, 0x80008000); /* odd hashes to queue 1 */
    wr(b, E1000_RXCSUM, rd(b, E1000_RXCSUM) | E1000_RXCSUM_PCSD);
    wr(b, E1000_RFCTL, E1000_RFCTL_EXSTEN);
    wr(b, E1000_MRQC, mrqc);
    return b;
}

MODEL_TEST(hash_chooses_queue_and_is_told, "")
{
    struct bed *b = rss_bed(E1000_MRQC_RSS | E1000_MRQC_TCPIPV4 | E1000_MRQC_IPV4);
    uint8_t frame[1600];
    unsigned n[2] = {0};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        for (int udp = 0; udp < 2; udp++) {
            struct make_ip m = {.udp = udp,
                                .src = vectors[i].src,
                                .dst = vectors[i].dst,
                                .sport = vectors[i].sport,
                                .dport = vectors[i].dport,
                                .payload = 20};
            uint32_t hash = udp ? vectors[i].ip : vectors[i].tcp;
            unsigned q = hash & 1;
            bed_receive(b, frame, make_ip(frame, &m));
            union e1000_rx_extended *d = bed_rx_extended(b, q, n[q]++);
            CHECK(d->written.status_error & E1000_RXD_DD);
            CHECK_EQ(d->written.rss_hash, hash);
            CHECK_EQ(d->written.mrq, (udp ? 2u : 1u) | q << 8);
        }
    CHECK(n[0] && n[1]);
    CHECK_EQ(rd(b, E1000_RDH(0)), n[0]);
    CHECK_EQ(rd(b, E1000_RDH(1)), n[1]);
}

MODEL_TEST(only_enabled_types_are_hashed, "")
{
    static const struct {
        uint32_t types;
        bool v6, udp;
        unsigned type;
    } cases[] = {
        {E1000_MRQC_IPV4, false, false, 2}, {E1000_MRQC_TCPIPV4, false, true, 0},
        {E1000_MRQC_IPV6, true, false, 5},  {E1000_MRQC_TCPIPV6, true, false, 3},
        {E1000_MRQC_IPV6EX, true, true, 4}, {E1000_MRQC_TCPIPV6 | E1000_MRQC_IPV6, true, true, 5},
        {E1000_MRQC_IPV4, true, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bed *b = rss_bed(E1000_MRQC_RSS | cases[i].types);
        uint8_t frame[1600];
        struct make_ip m = {
            .v6 = cases[i].v6, .udp = cases[i].udp, .src = 5, .dst = 6, .payload = 20};
        bed_receive(b, frame, make_ip(frame, &m));
        unsigned q = rd(b, E1000_RDH(1)) == 1;
        union e1000_rx_extended *d = bed_rx_extended(b, q, 0);
        CHECK_EQ(d->written.mrq, cases[i].type | q << 8);
        if (!cases[i].type) {
            CHECK_EQ(d->written.rss_hash, 0);
            CHECK_EQ(q, 0);
        }
    }
}

MODEL_TEST(fragments_are_hashed_by_addresses_only, "")
{
    struct bed *b = rss_bed(E1000_MRQC_RSS | E1000_MRQC_TCPIPV4 | E1000_MRQC_IPV4);
    uint8_t frame[1600];
    struct make_ip m = {
        .src = vectors[0].src, .dst = vectors[0].dst, .payload = 20, .fragment = 0x2000};
    bed_receive(b, frame, make_ip(frame, &m));
    unsigned q = vectors[0].ip & 1;
    CHECK_EQ(bed_rx_extended(b, q, 0)->written.rss_hash, vectors[0].ip);
}

MODEL_TEST(without_rss_all_goes_to_queue_0, "")
{
    struct bed *b = rss_bed(0);
    uint8_t frame[1600];
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        bed_receive(
            b, frame,
            make_ip(frame, &(struct make_ip){.src = vectors[i].src, .dst = vectors[i].dst}));
    CHECK_EQ(rd(b, E1000_RDH(0)), 5);
    CHECK_EQ(rd(b, E1000_RDH(1)), 0);
    CHECK_EQ(bed_rx_extended(b, 0, 0)->written.mrq, 0);
}
