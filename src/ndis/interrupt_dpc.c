/* SPDX-License-Identifier: MIT */
/* interrupt_dpc.c - NdisMQueueDpc(Ex) and what the service routine's out parameters queue. */
#include "ndis/interrupt_internal.h"
#include "nt/processor.h"

/* The same for a DPC of another processor. */
static bool queue_there(struct ndis_dpc *dpc, PVOID driver_context)
{
    __atomic_fetch_add(&dpc->queued_there, 1, __ATOMIC_ACQ_REL);
    if (dpc_insert(&dpc->kdpc, driver_context, NULL))
        return true;
    __atomic_fetch_sub(&dpc->queued_there, 1, __ATOMIC_RELEASE);
    return false;
}

/* Nothing is counted as over before it was counted as queued. So if all that was over a moment ago is all that has been
 * queued until now, nothing was queued or running in between. */
bool ndis_dpcs_over(const struct ndis_interrupt *in)
{
    uint64_t over = 0, queued = 0;
    unsigned cpus = machine_cpus();
    for (unsigned i = 0; i < in->count; i++)
        for (unsigned c = 0; c < cpus; c++)
            over += __atomic_load_n(&in->message[i].dpc[c].over, __ATOMIC_ACQUIRE);
    for (unsigned i = 0; i < in->count; i++)
        for (unsigned c = 0; c < cpus; c++)
            queued += __atomic_load_n(&in->message[i].dpc[c].queued_here, __ATOMIC_ACQUIRE) +
                      __atomic_load_n(&in->message[i].dpc[c].queued_there, __ATOMIC_ACQUIRE);
    return over == queued;
}

KAFFINITY ndis_dpc_queue(struct ndis_message *m, KAFFINITY processors, PVOID driver_context)
{
    KAFFINITY queued = 0;
    unsigned cpus = machine_cpus();
    for (KAFFINITY left = processors; left; left &= left - 1) {
        unsigned cpu = (unsigned)__builtin_ctzll(left);
        if (cpu >= cpus)
            break;
        struct ndis_dpc *dpc = &m->dpc[cpu];
        if (cpu == cpu_current()->number ? ndis_dpc_queue_here(dpc, driver_context) : queue_there(dpc, driver_context))
            queued |= (KAFFINITY)1 << cpu;
    }
    return queued;
}

void ndis_dpc_again(struct ndis_dpc *dpc, PVOID driver_context)
{
    struct ndis_interrupt *in = dpc->message->interrupt;
    if (__atomic_load_n(&in->closing, __ATOMIC_ACQUIRE))
        return;
    /* Already queued by a new interrupt: that call is the next one. If not, threads get their turn first: packets
     * that come as fast as they are indicated must not keep the processor at DISPATCH_LEVEL. */
    __atomic_store_n(&dpc->queued_here, dpc->queued_here + 1, __ATOMIC_RELEASE);
    if (!dpc_insert_later(&dpc->kdpc, driver_context, NULL))
        ndis_dpc_over(dpc);
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
