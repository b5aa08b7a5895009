/* SPDX-License-Identifier: MIT */
/* frame.h - test frames: Ethernet frames that carry a number and a pattern, so that the end that
 * receives them can tell lost, repeated, reordered and damaged ones apart.
 *
 * A frame is plain and valid: ARP, or IPv4/IPv6 with UDP or TCP and right checksums, so that any
 * filter, offload or capture tool treats it as real traffic. Its payload (for ARP its padding)
 * starts with 18 bytes: a mark, a stream, a sequence number and a flow; the rest is a pattern made
 * from those. Lengths are without FCS. Pure functions. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MIN  60   /* the shortest on Ethernet */
#define FRAME_MTU  1514 /* the longest without a VLAN tag or jumbo frames */
#define FRAME_MARK 18   /* bytes of mark, stream, sequence and flow */

enum frame_kind { FRAME_UDP4, FRAME_TCP4, FRAME_UDP6, FRAME_TCP6, FRAME_ARP, FRAME_KINDS };

struct frame_spec {
    enum frame_kind kind;
    uint8_t destination[6], source[6];
    uint16_t vlan;   /* tag control information (802.1Q); 0 = untagged */
    uint16_t stream; /* who sends; sequence numbers count per stream */
    uint32_t flow;   /* picks addresses and ports: different flows differ in their 5-tuple */
    uint64_t sequence;
    size_t len; /* of the frame; raised to frame_shortest() if it is less */
};

/* "udp", "tcp", "udp6", "tcp6", "arp". */
extern const char *const frame_kind_names[FRAME_KINDS];
/* The shortest frame of a kind that can carry the mark. */
size_t frame_shortest(enum frame_kind kind, bool tagged);
/* Writes the frame to out; returns its length, 0 if room is too small. */
size_t frame_build(void *out, size_t room, const struct frame_spec *spec);

struct frame_info {
    bool ours; /* carries the mark; what follows is valid only then */
    enum frame_kind kind;
    bool tagged;
    uint16_t stream;
    uint32_t flow;
    uint64_t sequence;
    const char *wrong; /* NULL, or what is damaged: "length", "IP checksum", "UDP checksum",
                          "pattern" ... */
    size_t excess;     /* bytes behind the frame, which are no damage: the FCS, say. An IP packet says
                          where it ends; an ARP packet does not, and what follows is damage */
};
/* True if it is a test frame and intact, whatever follows it. info may be NULL. Safe on any bytes.
 */
bool frame_check(const void *frame, size_t len, struct frame_info *info);

/* The sum of RFC 1071 over `len` bytes, added to `sum` and not yet folded; then the checksum of a
 * sum. */
uint64_t frame_sum(uint64_t sum, const void *data, size_t len);
uint16_t frame_fold(uint64_t sum);

/* What arrived of one stream. Zero-initialise. Not thread-safe. */
#define FRAME_LEDGER_WINDOW 65536
struct frame_ledger {
    uint64_t received;   /* distinct intact frames */
    uint64_t duplicates; /* intact frames seen before */
    uint64_t reordered;  /* distinct, but after a later one */
    uint64_t corrupt;    /* carry the mark, but are damaged */
    uint64_t next;       /* one more than the highest sequence number seen */
    uint64_t seen[FRAME_LEDGER_WINDOW / 64];
};
/* Notes a frame of the ledger's stream that frame_check looked at (info->ours). A frame that is
 * older than the window counts as a duplicate. */
void frame_ledger_note(struct frame_ledger *ledger, const struct frame_info *info);
/* Of `sent` frames, numbered from 0, how many have not arrived intact. */
uint64_t frame_ledger_lost(const struct frame_ledger *ledger, uint64_t sent);
