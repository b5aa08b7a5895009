/* SPDX-License-Identifier: MIT */
/* frame.c - building and checking test frames (RFC 826, 791, 768, 9293, 8200; checksums RFC 1071).
 */
#include "net/frame.h"
#include "net/bytes.h"
#include <string.h>

const char *const frame_kind_names[FRAME_KINDS] = {
    [FRAME_UDP4] = "udp",  [FRAME_TCP4] = "tcp", [FRAME_UDP6] = "udp6",
    [FRAME_TCP6] = "tcp6", [FRAME_ARP] = "arp",
};

#define ETHERNET  14
#define TAG       4
#define ARP_BYTES 28
#define IP4_BYTES 20
#define IP6_BYTES 40
#define UDP_BYTES 8
#define TCP_BYTES 20

static const uint8_t mark[4] = {0xd1, 0x49, 0xa7, 0x3e};

static bool is_ip6(enum frame_kind kind)
{
    return kind == FRAME_UDP6 || kind == FRAME_TCP6;
}

static bool is_tcp(enum frame_kind kind)
{
    return kind == FRAME_TCP4 || kind == FRAME_TCP6;
}

static size_t header_bytes(enum frame_kind kind)
{
    if (kind == FRAME_ARP)
        return ARP_BYTES;
    return (is_ip6(kind) ? IP6_BYTES : IP4_BYTES) + (is_tcp(kind) ? TCP_BYTES : UDP_BYTES);
}

uint64_t frame_sum(uint64_t sum, const void *data, size_t len)
{
    const uint8_t *p = data;
    /* Adding in the host's byte order gives the sum in the host's byte order (RFC 1071, 2B); 32
     * bits at a time into 64 bits, which a frame cannot overflow. */
    for (; len >= 4; p += 4, len -= 4) {
        uint32_t word;
        memcpy(&word, p, 4);
        sum += word;
    }
    uint8_t rest[4] = {0};
    memcpy(rest, p, len);
    uint32_t word;
    memcpy(&word, rest, 4);
    return sum + word;
}

uint16_t frame_fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Addresses, length and protocol as UDP and TCP sum them; `ip` is the IP header. */
static uint64_t pseudo_sum(const uint8_t *ip, bool ip6, uint8_t protocol, size_t len)
{
    uint8_t tail[8] = {0};
    put32(tail, (uint32_t)len);
    tail[7] = protocol;
    uint64_t sum = frame_sum(0, tail, sizeof tail);
    return ip6 ? frame_sum(sum, ip + 8, 32) : frame_sum(sum, ip + 12, 8);
}

size_t frame_shortest(enum frame_kind kind, bool tagged)
{
    size_t len = ETHERNET + (tagged ? TAG : 0) + header_bytes(kind) + FRAME_MARK;
    return len < FRAME_MIN ? FRAME_MIN : len;
}

static uint64_t pattern_seed(uint16_t stream, uint32_t flow, uint64_t sequence)
{
    return (sequence ^ (uint64_t)stream << 48 ^ (uint64_t)flow << 16) * 0x9e3779b97f4a7c15ull + 1;
}

/* The pattern's i-th eight bytes. */
static uint64_t pattern_word(uint64_t seed, uint64_t i)
{
    uint64_t x = seed + i * 0xd1342543de82ef95ull;
    return x ^ x >> 29;
}

static void pattern_fill(uint8_t *p, size_t len, uint64_t seed)
{
    for (uint64_t i = 0; len; i++) {
        uint64_t word = pattern_word(seed, i);
        size_t n = len < 8 ? len : 8;
        memcpy(p, &word, n);
        p += n;
        len -= n;
    }
}

static bool pattern_matches(const uint8_t *p, size_t len, uint64_t seed)
{
    for (uint64_t i = 0; len; i++) {
        uint64_t word = pattern_word(seed, i);
        size_t n = len < 8 ? len : 8;
        if (memcmp(p, &word, n))
            return false;
        p += n;
        len -= n;
    }
    return true;
}

/* 16 bits of the flow pick the address, the others the port: some 3.9 thousand million flows that
 * all differ. */
static uint32_t flow_address(uint32_t flow)
{
    return 0x0a010000u + (flow & 0xffff);
}

static void build_arp(uint8_t *p, const struct frame_spec *spec)
{
    put16(p, 1); /* Ethernet */
    put16(p + 2, 0x0800);
    p[4] = 6;
    p[5] = 4;
    put16(p + 6, 1); /* request */
    memcpy(p + 8, spec->source, 6);
    put32(p + 14, flow_address(spec->flow));
    memset(p + 18, 0, 6);
    put32(p + 24, 0x0a000001);
}

static void build_ip4(uint8_t *ip, const struct frame_spec *spec, size_t len)
{
    ip[0] = 0x45;
    ip[1] = 0;
    put16(ip + 2, (unsigned)len);
    put16(ip + 4, spec->sequence & 0xffff);
    put16(ip + 6, 0x4000); /* do not fragment */
    ip[8] = 64;
    ip[9] = is_tcp(spec->kind) ? 6 : 17;
    put16(ip + 10, 0);
    put32(ip + 12, flow_address(spec->flow));
    put32(ip + 16, 0x0a000001);
    uint16_t sum = frame_fold(frame_sum(0, ip, IP4_BYTES));
    memcpy(ip + 10, &sum, 2);
}

static void build_ip6(uint8_t *ip, const struct frame_spec *spec, size_t len)
{
    /* Flow label from the flow (RFC 6437), addresses from the documentation prefix's private kin
     * fd00::/8. */
    put32(ip, 6u << 28 | (spec->flow & 0xfffff));
    put16(ip + 4, (unsigned)(len - IP6_BYTES));
    ip[6] = is_tcp(spec->kind) ? 6 : 17;
    ip[7] = 64;
    memset(ip + 8, 0, 32);
    ip[8] = ip[24] = 0xfd;
    put32(ip + 20, flow_address(spec->flow));
    ip[39] = 1;
}

static void build_transport(uint8_t *p, const uint8_t *ip, const struct frame_spec *spec,
                            size_t len)
{
    bool tcp = is_tcp(spec->kind);
    put16(p, 1024 + (spec->flow >> 16) % 60000);
    put16(p + 2, 9); /* discard (RFC 863): harmless to whoever really gets it */
    if (tcp) {
        put32(p + 4, (uint32_t)spec->sequence * 1448);
        put32(p + 8, 0);
        p[12] = TCP_BYTES / 4 << 4;
        p[13] = 0x18; /* PSH, ACK */
        put16(p + 14, 0xffff);
        put32(p + 16, 0);
    } else {
        put16(p + 4, (unsigned)len);
        put16(p + 6, 0);
    }
    uint64_t sum = pseudo_sum(ip, is_ip6(spec->kind), tcp ? 6 : 17, len);
    uint16_t check = frame_fold(frame_sum(sum, p, len));
    if (!tcp && check == 0)
        check = 0xffff; /* zero means "none" to UDP */
    memcpy(p + (tcp ? 16 : 6), &check, 2);
}

size_t frame_build(void *out, size_t room, const struct frame_spec *spec)
{
    size_t len = spec->len, shortest = frame_shortest(spec->kind, spec->vlan != 0);
    if (len < shortest)
        len = shortest;
    if (len > room || len > 0xffff)
        return 0;
    uint8_t *p = out, *end = p + len;
    memcpy(p, spec->destination, 6);
    memcpy(p + 6, spec->source, 6);
    p += 12;
    if (spec->vlan) {
        put16(p, 0x8100);
        put16(p + 2, spec->vlan);
        p += TAG;
    }
    put16(p, spec->kind == FRAME_ARP ? 0x0806 : is_ip6(spec->kind) ? 0x86dd : 0x0800);
    p += 2;

    uint8_t *payload = p + header_bytes(spec->kind);
    memcpy(payload, mark, sizeof mark);
    put16(payload + 4, spec->stream);
    put32(payload + 6, (uint32_t)(spec->sequence >> 32));
    put32(payload + 10, (uint32_t)spec->sequence);
    put32(payload + 14, spec->flow);
    pattern_fill(payload + FRAME_MARK, (size_t)(end - payload) - FRAME_MARK,
                 pattern_seed(spec->stream, spec->flow, spec->sequence));

    if (spec->kind == FRAME_ARP) {
        build_arp(p, spec);
        return len;
    }
    size_t ip_len = (size_t)(end - p), ip_header = is_ip6(spec->kind) ? IP6_BYTES : IP4_BYTES;
    if (is_ip6(spec->kind))
        build_ip6(p, spec, ip_len);
    else
        build_ip4(p, spec, ip_len);
    build_transport(p + ip_header, p, spec, ip_len - ip_header);
    return len;
}

/* Which kind the headers say, and where its payload starts; false if it is none of ours. */
static bool recognise(const uint8_t *p, size_t len, struct frame_info *info, size_t *network,
                      size_t *payload)
{
    size_t at = 12;
    if (len < ETHERNET)
        return false;
    info->tagged = get16(p + at) == 0x8100;
    if (info->tagged)
        at += TAG;
    if (len < at + 2)
        return false;
    unsigned type = get16(p + at);
    at += 2;
    if (type == 0x0806) {
        info->kind = FRAME_ARP;
    } else if (type == 0x0800) {
        if (len < at + IP4_BYTES || p[at] != 0x45 || (p[at + 9] != 6 && p[at + 9] != 17))
            return false;
        info->kind = p[at + 9] == 6 ? FRAME_TCP4 : FRAME_UDP4;
    } else if (type == 0x86dd) {
        if (len < at + IP6_BYTES || p[at] >> 4 != 6 || (p[at + 6] != 6 && p[at + 6] != 17))
            return false;
        info->kind = p[at + 6] == 6 ? FRAME_TCP6 : FRAME_UDP6;
    } else {
        return false;
    }
    *network = at;
    *payload = at + header_bytes(info->kind);
    return len >= *payload + FRAME_MARK && !memcmp(p + *payload, mark, sizeof mark);
}

/* NULL, or what is wrong with lengths and checksums. *end: where the IP packet says that the frame
 * ends; what follows that is padding or excess. */
static const char *check_headers(const uint8_t *p, size_t len, struct frame_info *info,
                                 size_t network, size_t *end)
{
    const uint8_t *ip = p + network;
    bool ip6 = is_ip6(info->kind), tcp = is_tcp(info->kind);
    size_t ip_header = ip6 ? IP6_BYTES : IP4_BYTES;
    size_t ip_len = ip6 ? IP6_BYTES + get16(ip + 4) : get16(ip + 2);
    *end = network + ip_len;
    if (*end > len || ip_len < header_bytes(info->kind) + FRAME_MARK)
        return "length";
    size_t whole = *end < FRAME_MIN ? FRAME_MIN : *end; /* a short frame is padded */
    info->excess = len > whole ? len - whole : 0;
    if (!ip6 && frame_fold(frame_sum(0, ip, IP4_BYTES)) != 0)
        return "IP checksum";
    const uint8_t *transport = ip + ip_header;
    size_t transport_len = ip_len - ip_header;
    if (!tcp && get16(transport + 4) != transport_len)
        return "UDP length";
    if (!tcp && get16(transport + 6) == 0)
        return ip6 ? "UDP checksum" : NULL; /* IPv4 allows none (RFC 768) */
    uint64_t sum = pseudo_sum(ip, ip6, tcp ? 6 : 17, transport_len);
    if (frame_fold(frame_sum(sum, transport, transport_len)) != 0)
        return tcp ? "TCP checksum" : "UDP checksum";
    return NULL;
}

bool frame_check(const void *frame, size_t len, struct frame_info *info)
{
    const uint8_t *p = frame;
    size_t network, payload, end = len;
    struct frame_info unused;
    if (!info)
        info = &unused;
    memset(info, 0, sizeof *info);
    if (!recognise(p, len, info, &network, &payload))
        return false;
    info->ours = true;
    info->stream = (uint16_t)get16(p + payload + 4);
    info->sequence = (uint64_t)get32(p + payload + 6) << 32 | get32(p + payload + 10);
    info->flow = get32(p + payload + 14);
    if (info->kind != FRAME_ARP)
        info->wrong = check_headers(p, len, info, network, &end);
    if (!info->wrong && !pattern_matches(p + payload + FRAME_MARK, end - payload - FRAME_MARK,
                                         pattern_seed(info->stream, info->flow, info->sequence)))
        info->wrong = "pattern";
    return !info->wrong;
}

static uint64_t *ledger_word(struct frame_ledger *ledger, uint64_t sequence)
{
    return &ledger->seen[sequence % FRAME_LEDGER_WINDOW / 64];
}

void frame_ledger_note(struct frame_ledger *ledger, const struct frame_info *info)
{
    uint64_t n = info->sequence, bit = 1ull << n % 64;
    if (info->wrong) {
        ledger->corrupt++;
        return;
    }
    if (n >= ledger->next) {
        /* The window moves: what enters it has not been seen. */
        uint64_t from = ledger->next;
        if (n - from >= FRAME_LEDGER_WINDOW) {
            memset(ledger->seen, 0, sizeof ledger->seen);
            from = n;
        }
        for (; from < n; from++)
            *ledger_word(ledger, from) &= ~(1ull << from % 64);
        ledger->next = n + 1;
    } else if (ledger->next - n > FRAME_LEDGER_WINDOW || (*ledger_word(ledger, n) & bit)) {
        ledger->duplicates++;
        return;
    } else {
        ledger->reordered++;
    }
    *ledger_word(ledger, n) |= bit;
    ledger->received++;
}

uint64_t frame_ledger_lost(const struct frame_ledger *ledger, uint64_t sent)
{
    return sent > ledger->received ? sent - ledger->received : 0;
}
