/* SPDX-License-Identifier: MIT */
/* rxdesc_test.c - received frames in memory: descriptor formats, buffers, checksum and VLAN status.
 */
#include "device/model/testbed.h"

#define RX_ON (E1000_RCTL_EN | E1000_RCTL_SECRC)

FAMILY_TEST(legacy_descriptor_tells_length_and_end, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[300];
    size_t len = make_frame(frame, TO_CARD, 0x88B5, 300);
    bed_up(b);
    rd(b, E1000_ICR);
    bed_receive(b, frame, len);
    struct e1000_rx_legacy *d = bed_rx_legacy(b, 0, 0);
    CHECK_EQ(d->status, E1000_RXD_DD | E1000_RXD_EOP | E1000_RXD_IXSM);
    CHECK_EQ(d->errors, 0);
    CHECK_EQ(d->length, 300);
    CHECK(!memcmp(bed_rx_buffer(b, 0, 0), frame, 300));
    CHECK_EQ(rd(b, E1000_RDH(0)), 1);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_RXT0);
}

FAMILY_TEST(fcs_is_kept_without_secrc, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[300];
    size_t len = make_frame(frame, TO_CARD, 0x88B5, 300);
    bed_up(b);
    wr(b, E1000_RCTL, E1000_RCTL_EN);
    bed_receive(b, frame, len);
    uint32_t fcs;
    memcpy(&fcs, bed_rx_buffer(b, 0, 0) + 300, 4);
    CHECK_EQ(bed_rx_legacy(b, 0, 0)->length, 304);
    CHECK_EQ(fcs, packet_crc(frame, 300));
}

FAMILY_TEST(short_frames_arrive_padded, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[42];
    bed_up(b);
    bed_receive(b, frame, make_frame(frame, TO_CARD, 0x0806, 42));
    CHECK_EQ(bed_rx_legacy(b, 0, 0)->length, 60);
}

FAMILY_TEST(buffer_size_follows_bsize_bsex_and_flxbuf, "")
{
    static const struct {
        uint32_t rctl, bytes;
    } cases[] = {
        {0, 2048},
        {1u << 16, 1024},
        {2u << 16, 512},
        {3u << 16, 256},
        {1u << 16 | E1000_RCTL_BSEX, 16384},
        {2u << 16 | E1000_RCTL_BSEX, 8192},
        {3u << 16 | E1000_RCTL_BSEX, 4096},
        {3u << E1000_RCTL_FLXBUF_SHIFT, 3072},
    };
    static uint8_t frame[9000];
    size_t len = make_frame(frame, TO_CARD, 0x88B5, 9000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bed *b = bed_new(NULL, NULL);
        if (cases[i].bytes == 3072 && !bed_has(b, E1000_PSRCTL))
            break; /* FLXBUF came with packet split */
        bed_link_up(b);
        bed_rx_ring(b, 0, 40, 16384);
        wr(b, E1000_RCTL, RX_ON | E1000_RCTL_LPE | cases[i].rctl);
        bed_receive(b, frame, len);
        unsigned n = (9000 + cases[i].bytes - 1) / cases[i].bytes;
        CHECK_EQ(rd(b, E1000_RDH(0)), n);
        size_t at = 0;
        for (unsigned d = 0; d < n; d++) {
            struct e1000_rx_legacy *r = bed_rx_legacy(b, 0, d);
            CHECK_EQ(!!(r->status & E1000_RXD_EOP), d == n - 1);
            CHECK(r->status & E1000_RXD_DD);
            CHECK(!memcmp(bed_rx_buffer(b, 0, d), frame + at, r->length));
            at += r->length;
        }
        CHECK_EQ(at, 9000);
    }
}

FAMILY_TEST(vlan_tag_is_stripped_into_the_descriptor_with_vme, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[1600];
    size_t len =
        make_ip(frame, &(struct make_ip){.src = 1, .dst = 2, .payload = 100, .vlan = 0x6007});
    bed_up(b);
    bed_receive(b, frame, len);
    CHECK_EQ(bed_rx_legacy(b, 0, 0)->length, len);
    CHECK(!(bed_rx_legacy(b, 0, 0)->status & E1000_RXD_VP));
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) | E1000_CTRL_VME);
    bed_receive(b, frame, len);
    struct e1000_rx_legacy *d = bed_rx_legacy(b, 0, 1);
    CHECK_EQ(d->length, len - 4);
    CHECK(d->status & E1000_RXD_VP);
    CHECK_EQ(d->vlan, 0x6007);
    CHECK(!memcmp(bed_rx_buffer(b, 0, 1), frame, 12));
    CHECK(!memcmp(bed_rx_buffer(b, 0, 1) + 12, frame + 16, len - 16));
}

FAMILY_TEST(checksums_are_checked_and_reported, "")
{
    for (int v6 = 0; v6 < 2; v6++)
        for (int udp = 0; udp < 2; udp++) {
            struct bed *b = bed_new(NULL, NULL);
            uint8_t frame[1600];
            struct make_ip m = {.v6 = v6, .udp = udp, .src = 1, .dst = 2, .payload = 101};
            size_t len = make_ip(frame, &m), l4 = v6 ? 54 : 34;
            uint8_t good = (uint8_t)((v6 ? 0 : E1000_RXD_IPCS) | E1000_RXD_TCPCS |
                                     (udp ? E1000_RXD_UDPCS & b->dev->chip->rx_status : 0));
            bed_up(b);
            wr(b, E1000_RXCSUM, E1000_RXCSUM_IPOFLD | E1000_RXCSUM_TUOFLD);
            bed_receive(b, frame, len);
            frame[l4 + 30] ^= 1;
            bed_receive(b, frame, len);
            frame[l4 + 30] ^= 1;
            if (!v6)
                frame[22] ^= 1; /* TTL: only the IP header's sum covers it */
            bed_receive(b, frame, len);
            wr(b, E1000_RXCSUM, 0);
            bed_receive(b, frame, len);
            struct e1000_rx_legacy *d = bed_rx_legacy(b, 0, 0);
            uint8_t mask = E1000_RXD_IPCS | E1000_RXD_TCPCS | E1000_RXD_UDPCS | E1000_RXD_IXSM;
            CHECK_EQ(d[0].status & mask, good);
            CHECK_EQ(d[0].errors, 0);
            CHECK_EQ(d[1].status & mask, good);
            CHECK_EQ(d[1].errors, 0x20);
            CHECK_EQ(d[2].errors, v6 ? 0 : 0x40);
            CHECK_EQ(d[3].status & mask, E1000_RXD_IXSM);
            CHECK_EQ(d[3].errors, 0);
        }
}

FAMILY_TEST(udp_without_a_checksum_is_not_judged, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[1600];
    size_t len = make_ip(frame, &(struct make_ip){.udp = true, .src = 1, .dst = 2, .payload = 20});
    frame[40] = frame[41] = 0;
    bed_up(b);
    wr(b, E1000_RXCSUM, E1000_RXCSUM_IPOFLD | E1000_RXCSUM_TUOFLD);
    bed_receive(b, frame, len);
    CHECK_EQ(bed_rx_legacy(b, 0, 0)->status & (E1000_RXD_TCPCS | E1000_RXD_IPCS), E1000_RXD_IPCS);
    CHECK_EQ(bed_rx_legacy(b, 0, 0)->errors, 0);
}

FAMILY_TEST(packet_checksum_starts_at_pcss, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[200];
    size_t len = make_frame(frame, TO_CARD, 0x88B5, 200);
    bed_up(b);
    wr(b, E1000_RXCSUM, 34);
    bed_receive(b, frame, len);
    CHECK_EQ(bed_rx_legacy(b, 0, 0)->checksum, (uint16_t)~packet_sum(frame + 34, 166, 0));
}

MODEL_TEST(extended_descriptor_tells_type_and_ip_id, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[1600];
    bed_up(b);
    wr(b, E1000_RFCTL, E1000_RFCTL_EXSTEN);
    size_t len = make_ip(frame, &(struct make_ip){.src = 1, .dst = 2, .payload = 40});
    bed_receive(b, frame, len);
    union e1000_rx_extended *d = bed_rx_extended(b, 0, 0);
    CHECK_EQ(d->written.length, len);
    CHECK_EQ(d->written.ip_id, 0x1234);
    CHECK_EQ(d->written.status_error, E1000_RXD_DD | E1000_RXD_EOP | E1000_RXD_IPCS |
                                          E1000_RXD_TCPCS | E1000_RXD_IPIDV |
                                          2u << E1000_RXD_PKTTYPE_SHIFT);
    CHECK_EQ(d->written.mrq, 0);
    make_ip(frame, &(struct make_ip){.v6 = true, .src = 1, .dst = 2, .payload = 40});
    bed_receive(b, frame, len + 20);
    CHECK_EQ(d[1].written.status_error >> E1000_RXD_PKTTYPE_SHIFT & 15, 6);
    bed_receive(b, frame, make_ip(frame, &(struct make_ip){.src = 1, .dst = 2, .flags = 0x10}));
    CHECK(d[2].written.status_error & E1000_RXD_ACK);
    frame[40] ^= 1;
    bed_receive(b, frame, 60);
    CHECK(d[3].written.status_error & E1000_RXD_ERR_TCPE);
}

MODEL_TEST(udp_fragments_get_their_payloads_checksum_with_ippcse, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[1600];
    struct make_ip m = {.udp = true, .src = 1, .dst = 2, .payload = 64, .fragment = 0x2000};
    size_t len = make_ip(frame, &m);
    bed_up(b);
    wr(b, E1000_RFCTL, E1000_RFCTL_EXSTEN);
    wr(b, E1000_RXCSUM, E1000_RXCSUM_IPOFLD | E1000_RXCSUM_TUOFLD | E1000_RXCSUM_IPPCSE);
    bed_receive(b, frame, len);
    union e1000_rx_extended *d = bed_rx_extended(b, 0, 0);
    CHECK_EQ(d->written.checksum, (uint16_t)~packet_sum(frame + 34, len - 34, 0));
    CHECK(d->written.status_error & E1000_RXD_UDPV);
    CHECK(!(d->written.status_error & E1000_RXD_TCPCS));
    CHECK_EQ(d->written.status_error >> E1000_RXD_PKTTYPE_SHIFT & 15, 2);
}

MODEL_TEST(packet_split_puts_headers_into_the_first_buffer, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[1600];
    size_t len = make_ip(frame, &(struct make_ip){.src = 1, .dst = 2, .payload = 1400});
    bed_link_up(b);
    bed_rx_ring(b, 0, 32, 8192);
    for (unsigned i = 0; i < 16; i++) {
        union e1000_rx_split *d = (union e1000_rx_split *)b->rx[0].va + i;
        for (unsigned k = 0; k < 4; k++)
            d->read.address[k] = physmem_pa(bed_rx_buffer(b, 0, i)) + 2048 * k;
    }
    wr(b, E1000_RDLEN(0), 16 * 32);
    wr(b, E1000_RDT(0), 15);
    wr(b, E1000_RFCTL, E1000_RFCTL_EXSTEN);
    wr(b, E1000_PSRCTL, 2 | 1 << 8 | 1 << 16); /* 256, 1024, 1024, none */
    wr(b, E1000_RCTL, RX_ON | E1000_RCTL_DTYP_PS);
    bed_receive(b, frame, len);
    union e1000_rx_split *d = (union e1000_rx_split *)b->rx[0].va;
    const uint8_t *buffer = bed_rx_buffer(b, 0, 0);
    CHECK_EQ(rd(b, E1000_RDH(0)), 1);
    CHECK_EQ(d->written.length0, 54);
    CHECK_EQ(d->written.header_status, 54 | E1000_RXD_HDRSP);
    CHECK_EQ(d->written.length[0], 1024);
    CHECK_EQ(d->written.length[1], 376);
    CHECK_EQ(d->written.length[2], 0);
    CHECK_EQ(d->written.status_error & 0xFF,
             E1000_RXD_DD | E1000_RXD_EOP | E1000_RXD_IPCS | E1000_RXD_TCPCS);
    CHECK(!memcmp(buffer, frame, 54));
    CHECK(!memcmp(buffer + 2048, frame + 54, 1024));
    CHECK(!memcmp(buffer + 4096, frame + 1078, 376));
    /* No headers to split: one buffer after the other. */
    len = make_frame(frame, TO_CARD, 0x88B5, 1000);
    bed_receive(b, frame, len);
    d++;
    buffer = bed_rx_buffer(b, 0, 1);
    CHECK_EQ(d->written.header_status, 0);
    CHECK_EQ(d->written.length0, 256);
    CHECK_EQ(d->written.length[0], 744);
    CHECK(!memcmp(buffer, frame, 256));
    CHECK(!memcmp(buffer + 2048, frame + 256, 744));
}

FAMILY_TEST(threshold_interrupt_comes_when_the_ring_runs_low, "")
{
    for (unsigned rdmts = 0; rdmts < 3; rdmts++) {
        struct bed *b = bed_new(NULL, NULL);
        uint8_t frame[64];
        size_t len = make_frame(frame, TO_CARD, 0x88B5, 64);
        bed_up(b);
        wr(b, E1000_RCTL, RX_ON | rdmts << E1000_RCTL_RDMTS_SHIFT);
        rd(b, E1000_ICR);
        unsigned n = 0;
        do {
            bed_receive(b, frame, len);
            CHECK(++n < BED_RING);
        } while (!(rd(b, E1000_ICR) & E1000_ICR_RXDMT0));
        CHECK_EQ(BED_RING - 1 - n, BED_RING >> (rdmts + 1));
        bed_receive(b, frame, len); /* once, when it gets there */
        CHECK(!(rd(b, E1000_ICR) & E1000_ICR_RXDMT0));
        if (bed_has(b, E1000_ICRXDMTC))
            CHECK_EQ(rd(b, E1000_ICRXDMTC), 1);
    }
}

FAMILY_TEST(descriptor_without_a_buffer_takes_its_share_to_nowhere, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    bed_up(b);
    bed_rx_legacy(b, 0, 0)->address = 0;
    bed_receive(b, frame, make_frame(frame, TO_CARD, 0x88B5, 64));
    CHECK_EQ(bed_rx_legacy(b, 0, 0)->length, 64);
    CHECK_EQ(bed_violations("device/dma"), 0);
}

FAMILY_TEST(buffer_that_is_no_memory_is_the_drivers_fault, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    size_t len = make_frame(frame, TO_CARD, 0x88B5, 64);
    bed_up(b);
    bed_rx_legacy(b, 0, 0)->address = 0xDEAD00000000;
    bed_receive(b, frame, len);
    CHECK_EQ(bed_violations("device/dma"), 1);
    CHECK_EQ(rd(b, E1000_RDH(0)), 0);
    bed_receive(b, frame, len);
    CHECK_EQ(rd(b, E1000_RDH(0)), 0);
}
