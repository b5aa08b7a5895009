/* SPDX-License-Identifier: MIT */
/* interrupt_dpc.c - NdisMQueueDpc(Ex) and what the service routine's out parameters queue. */
#include "ndis/interrupt_internal.h"

KAFFINITY ndis_dpc_queue(struct ndis_message *m, KAFFINITY processors, PVOID driver_context)
{
    struct ndis_interrupt *in = m->interrupt;
    KAFFINITY queued = 0;
    unsigned cpus = machine_cpus();
    for (KAFFINITY left = processors; left; left &= left - 1) {
        unsigned cpu = (unsigned)__builtin_ctzll(left);
        if (cpu >= cpus)
            break;
        /* Counted first: deregistration must see it before it can run. */
        __atomic_fetch_add(&in->dpcs_outstanding, 1, __ATOMIC_ACQUIRE);
        if (dpc_insert(&m->dpc[cpu].kdpc, driver_context, NULL))
            queued |= (KAFFINITY)1 << cpu;
        else
            __atomic_fetch_sub(&in->dpcs_outstanding, 1, __ATOMIC_RELEASE);
    }
    return queued;
}

void ndis_dpc_again(struct ndis_dpc *dpc, PVOID driver_context)
{
    struct ndis_interrupt *in = dpc->message->interrupt;
    if (__atomic_load_n(&in->closing, __ATOMIC_ACQUIRE))
        return;
    __atomic_fetch_add(&in->dpcs_outstanding, 1, __ATOMIC_ACQUIRE);
    /* Already queued by a new interrupt: that call is the next one. If not, threads get their turn first: packets
     * that come as fast as they are indicated must not keep the processor at DISPATCH_LEVEL. */
    if (!dpc_insert_later(&dpc->kdpc, driver_context, NULL))
        __atomic_fetch_sub(&in->dpcs_outstanding, 1, __ATOMIC_RELEASE);
}

/* NULL, after a report, if handle or message are not the driver's to use. */
static struct ndis_message *message_of(NDIS_HANDLE handle, ULONG id, const char *function)
{
    struct ndis_interrupt *in = ndis_interrupt_from_handle(handle);
    if (!RULE("R-163", in != NULL, "%s(%p): no interrupt is registered under this handle", function,
              handle))
        return NULL;
    if (!in->message_based)
        id = 0; /* not used for a line */
    if (!RULE("R-163", id < in->count, "%s for message %u of %u", function, (unsigned)id, in->count))
        return NULL;
    return &in->message[id];
}

ULONG NTAPI NdisMQueueDpc(NDIS_HANDLE NdisInterruptHandle, ULONG MessageId, ULONG TargetProcessors,
                          PVOID MiniportDpcContext)
{
    struct ndis_message *m = message_of(NdisInterruptHandle, MessageId, "NdisMQueueDpc");
    return m ? (ULONG)ndis_dpc_queue(m, TargetProcessors, MiniportDpcContext) : 0;
}
NT_EXPORT("ndis.sys", NdisMQueueDpc);

KAFFINITY NTAPI NdisMQueueDpcEx(NDIS_HANDLE NdisInterruptHandle, ULONG MessageId,
                                PGROUP_AFFINITY TargetProcessors, PVOID MiniportDpcContext)
{
    struct ndis_message *m = message_of(NdisInterruptHandle, MessageId, "NdisMQueueDpcEx");
    /* This machine has one group; another has no processors to queue to. */
    if (!m || TargetProcessors->Group != 0)
        return 0;
    return ndis_dpc_queue(m, TargetProcessors->Mask, MiniportDpcContext);
}
NT_EXPORT("ndis.sys", NdisMQueueDpcEx);
