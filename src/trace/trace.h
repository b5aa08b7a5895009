/* SPDX-License-Identifier: MIT */
/* trace.h - what happened, in order: a ring of small events, written as text when the run ends.
 *
 * Recording costs a test of `trace_on` when it is off. Any thread, any IRQL, no lock, no allocation. The ring
 * keeps the newest events; names passed as text must live as long as the program (or the driver).
 * In the deterministic scheduler the same seed gives the same trace, byte for byte. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* kind, word in the text, what `a` and `b` are */
#define TRACE_KINDS(X)                                                                             \
    X(RAISE, "raise", "vector", "")                                                                \
    X(ISR, "isr", "vector", "claimed")                                                             \
    X(DPC, "dpc", "queued-to", "")                                                                 \
    X(DPC_BEGIN, "dpc-begin", "", "")                                                              \
    X(DPC_RUN, "dpc-run", "run", "")                                                               \
    X(SWITCH, "switch", "thread", "")                                                              \
    X(CALL, "call", "", "")                                                                        \
    X(READ, "read", "offset", "value")                                                             \
    X(WRITE, "write", "offset", "value")                                                           \
    X(ALARM, "alarm", "", "")                                                                      \
    X(SEND, "send", "bytes", "")                                                                   \
    X(RECEIVE, "receive", "bytes", "")                                                             \
    X(SENDS, "sends", "begin", "")                                                                 \
    X(STATE, "state", "state", "")                                                                 \
    X(OID, "oid", "oid", "status")                                                                 \
    X(ANSWER, "answer", "oid", "digest")

enum trace_kind {
#define X(kind, word, a, b) TRACE_##kind,
    TRACE_KINDS(X)
#undef X
};

extern bool trace_on;

void trace_record(enum trace_kind kind, const char *text, uint64_t a, uint64_t b);
static inline void trace(enum trace_kind kind, const char *text, uint64_t a, uint64_t b)
{
    if (__builtin_expect(trace_on, 0))
        trace_record(kind, text, a, b);
}

/* Stands for bytes that are too many for an event: other bytes have another number. */
static inline uint64_t trace_digest(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    uint64_t h = 0xCBF29CE484222325ull ^ n; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001B3ull;
    return h;
}

/* Where time, processor and IRQL of an event come from; set by the machine. */
extern uint64_t (*trace_now)(void);
extern void (*trace_where)(unsigned *cpu, unsigned *irql);

/* Room for `events` events (rounded up to a power of two), then on. 0 or -errno. */
int trace_start(size_t events);
/* Writes what the ring holds: one line an event, oldest first. 0 or -errno. */
int trace_write(const char *path);
/* Events recorded so far, those that the ring has lost included. */
uint64_t trace_count(void);
