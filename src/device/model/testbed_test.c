/* SPDX-License-Identifier: MIT */
/* testbed_test.c - see testbed.h. */
#include "device/model/testbed.h"

const uint8_t TO_CARD[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
const uint8_t TO_GROUP[6] = {0x01, 0x00, 0x5E, 0x00, 0x00, 0xFB};
const uint8_t TO_ALL[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
const uint8_t TO_OTHER[6] = {0x52, 0x54, 0x00, 0x99, 0x99, 0x99};

/* --- wire --- */

static void wire_took(struct wire *wire, const void *frame, size_t len)
{
    struct bed_wire *w = (struct bed_wire *)wire;
    CHECK(w->count < BED_FRAMES);
    w->frame[w->count].len = (uint32_t)len;
    memcpy(w->frame[w->count].data, frame, len);
    w->count++;
}

static void wire_is_ready(struct wire *wire)
{
    ((struct bed_wire *)wire)->readies++;
}

static void wire_sees_link(struct wire *wire, bool up)
{
    struct bed_wire *w = (struct bed_wire *)wire;
    *(up ? &w->ups : &w->downs) += 1;
}

static const struct wire_ops wire_ops = {
    .name = "test", .send = wire_took, .ready = wire_is_ready, .link = wire_sees_link};

/* --- card --- */

const char *bed_chip = "82574l";

struct bed *bed_new_on(struct wire *wire, const char *options, const char *faults)
{
    char err[512] = "", spec[256];
    struct bed *b = calloc(1, sizeof *b);
    struct device_fault_plan *plan = faults ? fault_plan_parse(faults, err, sizeof err) : NULL;
    if (faults && !plan)
        test_fail(__FILE__, __LINE__, "%s", err);
    snprintf(spec, sizeof spec, "model:%s%s%s", bed_chip, options ? "," : "",
             options ? options : "");
    b->fn = device_create(spec, wire, plan, err, sizeof err);
    if (!b->fn)
        test_fail(__FILE__, __LINE__, "%s", err);
    b->dev = e1000_of(b->fn);
    CHECK_EQ(pci_bus_add(b->fn), 0);
    return b;
}

struct bed *bed_new(const char *options, const char *faults)
{
    struct bed_wire *wire = calloc(1, sizeof *wire);
    wire->wire.ops = &wire_ops;
    struct bed *b = bed_new_on(&wire->wire, options, faults);
    b->wire = wire;
    return b;
}

uint32_t rd(struct bed *b, uint32_t offset)
{
    return (uint32_t)b->fn->ops->bar_read(b->fn, 0, offset, 4);
}

void wr(struct bed *b, uint32_t offset, uint32_t value)
{
    b->fn->ops->bar_write(b->fn, 0, offset, 4, value);
}

static uint32_t mdic(struct bed *b, uint32_t value)
{
    wr(b, E1000_MDIC, value);
    uint32_t v = rd(b, E1000_MDIC);
    CHECK(v & E1000_MDIC_READY);
    CHECK(!(v & E1000_MDIC_ERROR));
    return v;
}

uint16_t phy_rd(struct bed *b, unsigned reg)
{
    return (uint16_t)mdic(b, E1000_MDIC_OP_READ | 1u << E1000_MDIC_PHY_SHIFT |
                                 reg << E1000_MDIC_REG_SHIFT);
}

void phy_wr(struct bed *b, unsigned reg, uint16_t value)
{
    mdic(b, E1000_MDIC_OP_WRITE | 1u << E1000_MDIC_PHY_SHIFT | reg << E1000_MDIC_REG_SHIFT | value);
}

void settle(uint64_t ns)
{
    thread_sleep(ns);
}

void bed_link_up(struct bed *b)
{
    for (unsigned i = 0; i < 1000 && !(rd(b, E1000_STATUS) & E1000_STATUS_LU); i++)
        settle(MS);
    CHECK(rd(b, E1000_STATUS) & E1000_STATUS_LU);
}

/* --- interrupts --- */

struct hit {
    struct bed *bed;
    unsigned index;
    bool line;
};

static BOOLEAN service(void *context)
{
    struct hit *hit = context;
    struct bed *b = hit->bed;
    b->hits[hit->index]++;
    if (!hit->line || b->line_deaf)
        return TRUE;
    uint32_t enabled = bed_asserted(b) ? E1000_ICR_ASSERTED : rd(b, E1000_IMS);
    b->line_icr = rd(b, E1000_ICR);
    b->line_ours = b->line_icr & enabled;
    return b->line_ours;
}

static void connect(struct bed *b, unsigned index, struct vector *vector, bool line)
{
    struct hit *hit = malloc(sizeof *hit);
    struct interrupt *interrupt;
    *hit = (struct hit){b, index, line};
    struct interrupt_config config = {
        .vector = vector, .service = service, .context = hit, .shared = line};
    CHECK_EQ(interrupt_connect(&config, &interrupt), 0);
    b->vector[index] = vector;
}

void bed_line(struct bed *b)
{
    struct vector *v = pci_line_vector(b->fn);
    struct pci_message_target target = {v};
    connect(b, 0, v, true);
    CHECK_EQ(pci_interrupt_program(b->fn, PCI_INTERRUPT_LINE, &target, 1), 0);
}

static void program(struct bed *b, enum pci_interrupt_kind kind, unsigned n)
{
    struct pci_message_target target[E1000_VECTORS];
    for (unsigned i = 0; i < n; i++) {
        target[i].vector = vector_alloc(0, 5, Latched);
        CHECK(target[i].vector != NULL);
        connect(b, i, target[i].vector, false);
    }
    CHECK_EQ(pci_interrupt_program(b->fn, kind, target, n), 0);
}

void bed_msi(struct bed *b)
{
    program(b, PCI_INTERRUPT_MSI, 1);
}

void bed_msix(struct bed *b)
{
    program(b, PCI_INTERRUPT_MSIX, E1000_VECTORS);
    wr(b, E1000_IVAR, 0xCBA98);
    rd(b, E1000_ICR);
    wr(b, E1000_IMS, E1000_ICR_VECTORS);
}

/* --- rings --- */

static void *memory(size_t bytes)
{
    bytes = (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
    void *p = physmem_alloc(bytes, UINT64_MAX, PAGE_BYTES, 0);
    CHECK(p != NULL);
    return p;
}

static struct bed_ring make_ring(uint32_t count, uint32_t buffer_bytes)
{
    return (struct bed_ring){.va = memory(count * 32),
                             .count = count,
                             .buffers = memory((size_t)count * buffer_bytes),
                             .buffer_bytes = buffer_bytes};
}

void bed_tx_ring(struct bed *b, unsigned q, uint32_t count)
{
    b->tx[q] = make_ring(count, 16384);
    uint64_t pa = physmem_pa(b->tx[q].va);
    wr(b, E1000_TDBAL(q), (uint32_t)pa);
    wr(b, E1000_TDBAH(q), (uint32_t)(pa >> 32));
    wr(b, E1000_TDLEN(q), count * 16);
    wr(b, E1000_TDH(q), 0);
    wr(b, E1000_TDT(q), 0);
}

void bed_rx_ring(struct bed *b, unsigned q, uint32_t count, uint32_t buffer_bytes)
{
    b->rx[q] = make_ring(count, buffer_bytes);
    struct bed_ring *r = &b->rx[q];
    for (uint32_t i = 0; i < count; i++)
        *(uint64_t *)(r->va + 16 * i) = physmem_pa(r->buffers + (size_t)i * buffer_bytes);
    uint64_t pa = physmem_pa(r->va);
    wr(b, E1000_RDBAL(q), (uint32_t)pa);
    wr(b, E1000_RDBAH(q), (uint32_t)(pa >> 32));
    wr(b, E1000_RDLEN(q), count * 16);
    wr(b, E1000_RDH(q), 0);
    wr(b, E1000_RDT(q), count - 1);
}

void bed_enable(struct bed *b)
{
    wr(b, E1000_TCTL, E1000_TCTL_EN | E1000_TCTL_PSP);
    wr(b, E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_BAM | E1000_RCTL_SECRC | E1000_RCTL_UPE);
}

void bed_up(struct bed *b)
{
    bed_link_up(b);
    bed_tx_ring(b, 0, BED_RING);
    bed_rx_ring(b, 0, BED_RING, 2048);
    bed_enable(b);
}

struct e1000_tx_desc *bed_tx_put(struct bed *b, unsigned q, const void *data, uint32_t len,
                                 uint32_t lower, uint32_t upper)
{
    struct bed_ring *r = &b->tx[q];
    struct e1000_tx_desc *d = (struct e1000_tx_desc *)r->va + r->tail;
    uint8_t *buffer = r->buffers + (size_t)r->tail * r->buffer_bytes;
    CHECK(len <= r->buffer_bytes);
    memcpy(buffer, data, len);
    *d =
        (struct e1000_tx_desc){.address = physmem_pa(buffer), .lower = lower | len, .upper = upper};
    r->tail = (r->tail + 1) % r->count;
    return d;
}

void bed_tx_context(struct bed *b, unsigned q, const struct e1000_tx_context_desc *context)
{
    struct bed_ring *r = &b->tx[q];
    memcpy(r->va + 16 * r->tail, context, sizeof *context);
    r->tail = (r->tail + 1) % r->count;
}

void bed_tx_go(struct bed *b, unsigned q)
{
    wr(b, E1000_TDT(q), b->tx[q].tail);
    settle(50 * US);
}

void bed_send(struct bed *b, unsigned q, const void *frame, uint32_t len)
{
    bed_tx_put(b, q, frame, len, E1000_TXD_EOP | E1000_TXD_IFCS | E1000_TXD_RS, 0);
    bed_tx_go(b, q);
}

bool bed_receive(struct bed *b, const void *frame, size_t len)
{
    bool taken = b->wire->wire.receive(b->wire->wire.card, frame, len);
    settle(50 * US);
    return taken;
}

struct e1000_rx_legacy *bed_rx_legacy(struct bed *b, unsigned q, unsigned i)
{
    return (struct e1000_rx_legacy *)b->rx[q].va + i;
}

union e1000_rx_extended *bed_rx_extended(struct bed *b, unsigned q, unsigned i)
{
    return (union e1000_rx_extended *)b->rx[q].va + i;
}

uint8_t *bed_rx_buffer(struct bed *b, unsigned q, unsigned i)
{
    return b->rx[q].buffers + (size_t)i * b->rx[q].buffer_bytes;
}

/* --- frames --- */

size_t make_frame(uint8_t *frame, const uint8_t to[6], uint16_t type, size_t len)
{
    memcpy(frame, to, 6);
    memcpy(frame + 6, TO_OTHER, 6);
    packet_put_be16(frame + 12, type);
    for (size_t i = 14; i < len; i++)
        frame[i] = (uint8_t)(i - 14);
    return len;
}

size_t make_ip(uint8_t *frame, const struct make_ip *m)
{
    size_t l2 = m->vlan ? 18 : 14, l3 = m->v6 ? 40 : 20, l4 = m->udp ? 8 : 20;
    size_t len = l2 + l3 + l4 + m->payload;
    uint8_t *ip = frame + l2, *h = ip + l3;
    make_frame(frame, TO_CARD, m->v6 ? 0x86DD : 0x0800, len);
    if (m->vlan) {
        packet_put_be16(frame + 12, 0x8100);
        packet_put_be16(frame + 14, m->vlan);
        packet_put_be16(frame + 16, m->v6 ? 0x86DD : 0x0800);
    }
    memset(ip, 0, l3 + l4);
    for (size_t i = 0; i < m->payload; i++)
        h[l4 + i] = (uint8_t)(i * 7);
    if (m->v6) {
        ip[0] = 0x60;
        packet_put_be16(ip + 4, (uint16_t)(l4 + m->payload));
        ip[6] = m->udp ? 17 : 6;
        ip[7] = 64;
        ip[8] = ip[24] = 0xFD;
        packet_put_be32(ip + 20, m->src);
        packet_put_be32(ip + 36, m->dst);
    } else {
        ip[0] = 0x45;
        packet_put_be16(ip + 2, (uint16_t)(l3 + l4 + m->payload));
        packet_put_be16(ip + 4, 0x1234);
        packet_put_be16(ip + 6, m->fragment);
        ip[8] = 64;
        ip[9] = m->udp ? 17 : 6;
        packet_put_be32(ip + 12, m->src);
        packet_put_be32(ip + 16, m->dst);
    }
    packet_put_be16(h, m->sport);
    packet_put_be16(h + 2, m->dport);
    if (m->udp) {
        packet_put_be16(h + 4, (uint16_t)(l4 + m->payload));
    } else {
        packet_put_be32(h + 4, 1000);
        h[12] = 5 << 4;
        h[13] = m->flags ? m->flags : 0x18;
        packet_put_be16(h + 14, 0x2000);
    }
    /* The pseudo header, by its definition. */
    uint32_t pseudo = (uint32_t)(m->udp ? 17 : 6) + (uint32_t)(l4 + m->payload);
    pseudo = packet_sum(m->v6 ? ip + 8 : ip + 12, m->v6 ? 32 : 8, pseudo);
    uint8_t *sum = h + (m->udp ? 6 : 16);
    packet_put_be16(sum, (uint16_t)pseudo);
    if (m->no_sum)
        return len;
    packet_put_be16(sum, (uint16_t)~packet_sum(h, l4 + m->payload, 0));
    if (!m->v6)
        packet_put_be16(ip + 10, (uint16_t)~packet_sum(ip, 20, 0));
    return len;
}

/* --- machine --- */

unsigned bed_violations(const char *rule)
{
    const struct violation_record *v;
    size_t n = report_violations(&v);
    unsigned count = 0;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(v[i].rule, rule))
            count += v[i].count;
    return count;
}

void bed_run(void (*body)(void *), bool deterministic)
{
    const struct machine_config config = {
        .cpus = 2, .memory = 64 << 20, .deterministic = deterministic, .seed = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(body, NULL), MACHINE_FINISHED);
}
