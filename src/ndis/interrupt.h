/* SPDX-License-Identifier: MIT */
/* interrupt.h - a miniport's interrupt: registration, service, DPCs; what the host may ask of it.
 *
 * NdisMRegisterInterruptEx connects one service routine per granted message (or one for the line). Each message
 * has one DPC object per processor, so DPCs of different messages, and of one message on different
 * processors, are queued separately. */
#pragma once
#include "nt/wdk_ndis.h"
#include <stdbool.h>
#include <stdint.h>

struct ndis_adapter;

/* How many NET_BUFFER_LISTs NDIS lets a receive DPC indicate (MaxNblsToIndicate); 0 = no limit. */
extern unsigned ndis_throttle_limit;

#define NDIS_LATENCY_BUCKETS 512

struct ndis_message_stats {
    unsigned processor;      /* of the vector */
    KIRQL irql;
    uint64_t isr, dpc;       /* calls; dpc as of the last ndis_interrupt_stats() */
    uint64_t spurious;       /* the service routine said: not mine */
    uint64_t throttled;      /* DPC calls that asked for another (MoreNblsPending) */
    uint32_t latency[NDIS_LATENCY_BUCKETS]; /* raised -> service routine, ndis_latency_bound() */
};

struct ndis_interrupt_stats {
    bool message_based;      /* how the newest registration was granted */
    unsigned messages;       /* length of message[]; 1 for a line */
    unsigned registered, deregistered; /* calls that succeeded */
    struct ndis_message_stats *message;
    uint64_t *dpc_calls; /* by processor, then message; message[].dpc is their sum */
};

/* What has happened since the adapter was added, across registrations. Valid until it is removed. Any thread. */
const struct ndis_interrupt_stats *ndis_interrupt_stats(const struct ndis_adapter *adapter);
/* Upper bound in ns of a latency bucket. */
uint64_t ndis_latency_bound(unsigned bucket);
/* The latency in ns below which `percent` of a message's interrupts were served; 0 if there were none. */
uint64_t ndis_latency_percentile(const struct ndis_message_stats *stats, double percent);

/* What NDIS may do for diagnostics: call the disable or enable handler of the line, or of `message`, at
 * DIRQL under the interrupt's lock. 0, -ENODEV if no interrupt is registered, -EINVAL for a message that is not
 * there, -ENOSYS if the driver has no such handler. Processor thread, <= DISPATCH_LEVEL. */
int ndis_interrupt_switch(struct ndis_adapter *adapter, unsigned message, bool enable);

/* The adapter is torn down and its driver left the interrupt registered (reported already): nothing may fire into a driver
 * that is going away. PASSIVE_LEVEL. */
void ndis_interrupt_abandon(struct ndis_adapter *adapter);
/* Frees the statistics: the adapter goes away. */
void ndis_interrupt_forget(struct ndis_adapter *adapter);
