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
    uint64_t *calls; /* of the statistics; as the two below, written by the DPC's own processor only */
    /* Queued or running = queued_here + queued_there - over. No locked instruction where a processor's service
     * routine queues to the processor itself. */
    uint64_t queued_here, over;
    uint64_t queued_there; /* by other processors; atomic */
};

struct ndis_message {
    struct ndis_interrupt *interrupt;
    unsigned id;
    struct interrupt *object; /* as long as this message; service routines may run while it is attached */
    struct ndis_dpc *dpc; /* [processors] */
    struct ndis_dpc *own; /* of those the one of the message's processor */
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
};

/* NULL if no interrupt is registered under this handle. Any IRQL. */
struct ndis_interrupt *ndis_interrupt_from_handle(NDIS_HANDLE handle);

/* Is none of the interrupt's DPCs queued or running? Exact if no service routine can queue one any more. */
bool ndis_dpcs_over(const struct ndis_interrupt *interrupt);
/* From the end of the DPC itself. */
static inline void ndis_dpc_over(struct ndis_dpc *dpc)
{
    __atomic_store_n(&dpc->over, dpc->over + 1, __ATOMIC_RELEASE);
}
/* Queues a DPC of the processor to itself. Counted first: deregistration must see it before it can run. */
static inline bool ndis_dpc_queue_here(struct ndis_dpc *dpc, PVOID driver_context)
{
    __atomic_store_n(&dpc->queued_here, dpc->queued_here + 1, __ATOMIC_RELEASE);
    if (dpc_insert_here(&dpc->kdpc, driver_context, NULL))
        return true;
    ndis_dpc_over(dpc);
    return false;
}
/* Queues the message's DPC on each existing processor of the mask; returns those that got one. Any IRQL. */
KAFFINITY ndis_dpc_queue(struct ndis_message *message, KAFFINITY processors, PVOID driver_context);
/* From the DPC itself: it wants to be called again, some time later. */
void ndis_dpc_again(struct ndis_dpc *dpc, PVOID driver_context);

/* msix.c: the driver's wishes for MSI-X table entries, when the device has just been programmed. 0 or -errno. */
int ndis_msix_apply(struct ndis_adapter *adapter);

struct ndis_interrupt_stats *ndis_stats_of(const struct ndis_adapter *adapter);
/* Statistics for `count` messages, kept from an earlier registration if the shape is the same. NULL: no memory. */
struct ndis_message_stats *ndis_stats_for(struct ndis_adapter *adapter, unsigned count, bool message_based);
/* Where the processor counts the DPC calls of a message. */
uint64_t *ndis_stats_dpc_calls(const struct ndis_adapter *adapter, unsigned message, unsigned processor);
void ndis_latency_add(struct ndis_message_stats *stats, uint64_t ns);
