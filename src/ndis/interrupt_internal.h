/* SPDX-License-Identifier: MIT */
/* interrupt_internal.h - shared by interrupt.c, interrupt_dpc.c, interrupt_stats.c and msix.c. */
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
    struct interrupt *object; /* as long as this message; service routines may run while it is attached */
    struct ndis_dpc *dpc; /* [processors] */
    struct ndis_message_stats *stats;
};

struct ndis_interrupt {
    struct ndis_adapter *adapter;
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS chars;
    NDIS_HANDLE context;
    bool message_based;
    bool throttles; /* the driver is 6.20 or later */
    bool closing;   /* being deregistered: no more repeats for MoreNblsPending (atomic) */
    unsigned count;
    struct ndis_message *message;
    struct interrupt_lock shared_lock;
    IO_INTERRUPT_MESSAGE_INFO *table; /* the driver's to read */
    void *table_copy;                 /* as it was handed out; table_bytes each */
    size_t table_bytes;
    unsigned dpcs_outstanding; /* queued or running */
};

/* NULL if no interrupt is registered under this handle. Any IRQL. */
struct ndis_interrupt *ndis_interrupt_from_handle(NDIS_HANDLE handle);

/* Queues the message's DPC on each existing processor of the mask; returns those that got one. Any IRQL. */
KAFFINITY ndis_dpc_queue(struct ndis_message *message, KAFFINITY processors, PVOID driver_context);
/* From the DPC itself: it wants to be called again, some time later. */
void ndis_dpc_again(struct ndis_dpc *dpc, PVOID driver_context);

/* msix.c: the driver's wishes for MSI-X table entries, when the device has just been programmed. 0 or -errno. */
int ndis_msix_apply(struct ndis_adapter *adapter);

struct ndis_interrupt_stats *ndis_stats_of(const struct ndis_adapter *adapter);
/* Statistics for `count` messages, kept from an earlier registration if the shape is the same. NULL: no memory. */
struct ndis_message_stats *ndis_stats_for(struct ndis_adapter *adapter, unsigned count, bool message_based);
void ndis_latency_add(struct ndis_message_stats *stats, uint64_t ns);
