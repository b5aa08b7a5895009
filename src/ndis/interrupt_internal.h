/* SPDX-License-Identifier: MIT */
/* interrupt_internal.h - shared by interrupt.c, interrupt_dpc.c and interrupt_stats.c. */
#pragma once
#include "ndis/ndis_internal.h"
#include "ndis/interrupt.h"
#include "nt/dpc.h"
#include "nt/machine.h"

struct ndis_message;

/* One DPC object per message and processor. */
struct ndis_dpc {
    KDPC kdpc;
    struct ndis_message *message;
};

struct ndis_message {
    struct ndis_interrupt *interrupt;
    unsigned id;
    struct interrupt *object;
    struct ndis_dpc *dpc; /* [processors] */
    struct ndis_message_stats *stats;
};

struct ndis_interrupt {
    struct ndis_adapter *adapter;
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS chars;
    NDIS_HANDLE context;
    bool message_based;
    bool throttles; /* the driver is 6.20 or later */
    bool closing;   /* no more repeats for MoreNblsPending */
    unsigned count;
    struct ndis_message *message;
    struct interrupt_lock shared_lock;
    IO_INTERRUPT_MESSAGE_INFO *table;
    unsigned dpcs_outstanding; /* queued or running */
};

/* NULL if no interrupt is registered under this handle. Any IRQL. */
struct ndis_interrupt *ndis_interrupt_from_handle(NDIS_HANDLE handle);

/* Queues the message's DPC on each existing processor of the mask; returns those that got one. Any IRQL. */
KAFFINITY ndis_dpc_queue(struct ndis_message *message, KAFFINITY processors, PVOID driver_context);
/* From the DPC itself: it wants to be called again, some time later. */
void ndis_dpc_again(struct ndis_dpc *dpc, PVOID driver_context);

struct ndis_interrupt_stats *ndis_stats_of(const struct ndis_adapter *adapter);
/* Statistics for `count` messages, kept from an earlier registration if the shape is the same. NULL: no memory. */
struct ndis_message_stats *ndis_stats_for(struct ndis_adapter *adapter, unsigned count, bool message_based);
void ndis_latency_add(struct ndis_message_stats *stats, uint64_t ns);
