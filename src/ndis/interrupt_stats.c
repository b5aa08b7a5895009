/* SPDX-License-Identifier: MIT */
/* interrupt_stats.c - counts and latencies per message, kept as long as the adapter. */
#include "ndis/interrupt_internal.h"
#include <stdlib.h>
#include <string.h>

unsigned ndis_throttle_limit;

/* Buckets: 16 per power of two, so a bound is at most 1/16 above the value (as an HDR histogram). */
#define SUB 16

static unsigned bucket_of(uint64_t ns)
{
    if (ns < SUB)
        return (unsigned)ns;
    unsigned log = 63 - (unsigned)__builtin_clzll(ns);
    unsigned bucket = (log - 3) * SUB + (unsigned)((ns >> (log - 4)) & (SUB - 1));
    return bucket < NDIS_LATENCY_BUCKETS ? bucket : NDIS_LATENCY_BUCKETS - 1;
}

uint64_t ndis_latency_bound(unsigned bucket)
{
    if (bucket < SUB)
        return bucket + 1;
    unsigned log = bucket / SUB + 3;
    return ((uint64_t)(SUB + bucket % SUB + 1)) << (log - 4);
}

void ndis_latency_add(struct ndis_message_stats *stats, uint64_t ns)
{
    stats->latency[bucket_of(ns)]++;
}

uint64_t ndis_latency_percentile(const struct ndis_message_stats *stats, double percent)
{
    uint64_t total = 0, seen = 0;
    for (unsigned i = 0; i < NDIS_LATENCY_BUCKETS; i++)
        total += stats->latency[i];
    double wanted = (double)total * percent / 100;
    for (unsigned i = 0; i < NDIS_LATENCY_BUCKETS && total; i++) {
        seen += stats->latency[i];
        if (seen && (double)seen >= wanted)
            return ndis_latency_bound(i);
    }
    return 0;
}

static struct ndis_interrupt_stats none;

struct ndis_interrupt_stats *ndis_stats_of(const struct ndis_adapter *adapter)
{
    return adapter->miniport_state ? adapter->miniport_state : &none;
}

const struct ndis_interrupt_stats *ndis_interrupt_stats(const struct ndis_adapter *adapter)
{
    struct ndis_interrupt_stats *s = ndis_stats_of(adapter);
    for (unsigned i = 0; i < s->messages; i++) {
        uint64_t calls = 0;
        for (unsigned c = 0; c < machine_cpus(); c++)
            calls += s->dpc_calls[c * s->messages + i];
        s->message[i].dpc = calls;
    }
    return s;
}

uint64_t *ndis_stats_dpc_calls(const struct ndis_adapter *adapter, unsigned message, unsigned processor)
{
    struct ndis_interrupt_stats *s = ndis_stats_of(adapter);
    return &s->dpc_calls[processor * s->messages + message];
}

struct ndis_message_stats *ndis_stats_for(struct ndis_adapter *adapter, unsigned count, bool message_based)
{
    struct ndis_interrupt_stats *s = adapter->miniport_state;
    if (!s && !(s = adapter->miniport_state = calloc(1, sizeof *s)))
        return NULL;
    if (s->message && s->messages == count && s->message_based == message_based)
        return s->message;
    struct ndis_message_stats *fresh = calloc(count, sizeof *fresh);
    uint64_t *calls = calloc((size_t)count * machine_cpus(), sizeof *calls);
    if (!fresh || !calls) {
        free(fresh);
        free(calls);
        return NULL;
    }
    free(s->message); /* another grant after a rebalance: another table */
    free(s->dpc_calls);
    s->message = fresh;
    s->dpc_calls = calls;
    s->messages = count;
    s->message_based = message_based;
    return fresh;
}

void ndis_interrupt_forget(struct ndis_adapter *adapter)
{
    struct ndis_interrupt_stats *s = adapter->miniport_state;
    adapter->miniport_state = NULL;
    if (s) {
        free(s->message);
        free(s->dpc_calls);
        free(s);
    }
}
