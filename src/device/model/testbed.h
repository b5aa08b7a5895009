/* SPDX-License-Identifier: MIT */
/* testbed.h - for the model's tests: a card on the bus, a wire that remembers, rings, interrupts
 * that count.
 *
 *     MODEL_TEST(name, reqs) { struct bed *b = bed_new(NULL, NULL); ... }
 *
 * runs the body as the one thread of a deterministic machine, with an 82574L. FAMILY_TEST runs it
 * for each chip, on the 82540EM as name_on_82540em. The card is driven as a driver drives it:
 * through its BARs, configuration space and memory. */
#pragma once
#include "device/model/e1000.h"
#include "nt/machine.h"
#include "nt/physmem.h"
#include "nt/report.h"
#include "nt/thread.h"
#include "tests/harness/test.h"

#define BED_FRAMES 256
#define BED_RING   64 /* descriptors, unless said otherwise */
#define MS         1000000ull
#define US         1000ull

struct bed_wire {
    struct wire wire;
    unsigned count; /* frames that the card sent */
    struct {
        uint32_t len;
        uint8_t data[WIRE_FRAME_MAX];
    } frame[BED_FRAMES];
    unsigned readies, ups, downs;
};

struct bed_ring {
    uint8_t *va; /* descriptors */
    uint32_t count, tail;
    uint8_t *buffers; /* one of buffer_bytes for each */
    uint32_t buffer_bytes;
};

struct bed {
    struct pci_function *fn;
    struct e1000 *dev; /* only to look, never to drive */
    struct bed_wire *wire;
    struct bed_ring tx[2], rx[2];
    struct vector *vector[E1000_VECTORS];
    unsigned hits[E1000_VECTORS]; /* service routine calls; line: [0] */
    uint32_t line_icr;            /* what the line's service routine read last */
    bool line_ours;               /* the last one was ours */
    bool line_deaf;               /* the service routine does not read ICR */
};

extern const char *bed_chip; /* of the cards that follow: "82574l" */
/* options: of the card. faults: a fault plan's text. Either may be NULL. The link is not up yet. */
struct bed *bed_new(const char *options, const char *faults);
/* The same with another wire than the one that remembers. */
struct bed *bed_new_on(struct wire *wire, const char *options, const char *faults);
uint32_t rd(struct bed *b, uint32_t offset);
void wr(struct bed *b, uint32_t offset, uint32_t value);
uint16_t phy_rd(struct bed *b, unsigned reg);
void phy_wr(struct bed *b, unsigned reg, uint16_t value);
/* Lets time pass. */
void settle(uint64_t ns);
/* Past autonegotiation. */
void bed_link_up(struct bed *b);

/* Interrupts. MSI-X: RxQ0, RxQ1, TxQ0, TxQ1, Other on vectors 0 to 4, all enabled in IMS, none in
 * EIAC. */
void bed_line(struct bed *b);
void bed_msi(struct bed *b);
void bed_msix(struct bed *b);

/* Rings of count descriptors, registers written, not yet enabled. */
void bed_tx_ring(struct bed *b, unsigned q, uint32_t count);
/* All but one descriptor given to the card. */
void bed_rx_ring(struct bed *b, unsigned q, uint32_t count, uint32_t buffer_bytes);
/* TCTL.EN | PSP, RCTL.EN | BAM | SECRC | UPE. */
void bed_enable(struct bed *b);
/* Everything for sending and receiving on queue 0, link up. */
void bed_up(struct bed *b);

/* One raw transmit descriptor at the ring's tail, TDT not written. Data goes into that descriptor's
 * buffer. */
struct e1000_tx_desc *bed_tx_put(struct bed *b, unsigned q, const void *data, uint32_t len,
                                 uint32_t lower, uint32_t upper);
void bed_tx_context(struct bed *b, unsigned q, const struct e1000_tx_context_desc *context);
void bed_tx_go(struct bed *b, unsigned q);
/* A whole legacy frame: EOP, IFCS, RS; sent, and some time passed. */
void bed_send(struct bed *b, unsigned q, const void *frame, uint32_t len);

/* The card receives; false if it had no room. Some time passes. */
bool bed_receive(struct bed *b, const void *frame, size_t len);
struct e1000_rx_legacy *bed_rx_legacy(struct bed *b, unsigned q, unsigned i);
union e1000_rx_extended *bed_rx_extended(struct bed *b, unsigned q, unsigned i);
uint8_t *bed_rx_buffer(struct bed *b, unsigned q, unsigned i);

/* Frames. Destinations: the card's own address, a multicast, broadcast, another station. */
extern const uint8_t TO_CARD[6], TO_GROUP[6], TO_ALL[6], TO_OTHER[6];
/* Fills frame (of at least 1600 bytes) and returns its length. Bodies are a counting pattern. */
size_t make_frame(uint8_t *frame, const uint8_t to[6], uint16_t type, size_t len);
struct make_ip {
    bool v6, udp;
    uint32_t src, dst; /* IPv4; last 32 bits of IPv6 */
    uint16_t sport, dport;
    size_t payload;
    uint8_t flags;     /* TCP; 0 = ACK | PSH */
    uint16_t fragment; /* IPv4 flags and offset */
    uint16_t vlan;     /* 0 = no tag */
    bool no_sum;       /* leave checksums zero, with the pseudo header's sum in the L4 one */
};
/* With correct checksums, unless no_sum. */
size_t make_ip(uint8_t *frame, const struct make_ip *what);

unsigned bed_violations(const char *rule);

/* What differs between chips, for the tests of all: whether there is a register, and ICR's
 * INT_ASSERTED, 0 where the chip has none. */
static inline bool bed_has(const struct bed *b, uint32_t offset)
{
    return e1000_register_name(b->dev, offset) != NULL;
}
static inline uint32_t bed_asserted(const struct bed *b)
{
    return b->dev->chip->int_asserted ? E1000_ICR_ASSERTED : 0;
}

void bed_run(void (*body)(void *), bool deterministic);
#define MODEL_TEST(label, reqs)                                                                    \
    static void body_##label(void *unused);                                                        \
    TEST(label, reqs)                                                                              \
    {                                                                                              \
        bed_run(body_##label, true);                                                               \
    }                                                                                              \
    static void body_##label(void *unused)
#define FAMILY_TEST(label, reqs)                                                                   \
    static void body_##label(void *unused);                                                        \
    TEST(label, reqs)                                                                              \
    {                                                                                              \
        bed_run(body_##label, true);                                                               \
    }                                                                                              \
    TEST(label##_on_82540em, reqs)                                                                 \
    {                                                                                              \
        bed_chip = "82540em";                                                                      \
        bed_run(body_##label, true);                                                               \
    }                                                                                              \
    static void body_##label(void *unused)
