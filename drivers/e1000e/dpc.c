/* SPDX-License-Identifier: MIT */
/* dpc.c - interrupt DPCs: one for a message that has a processor to itself, several for a vector
 * whose receive queues belong to different processors.
 *
 * The DPCs between an interrupt and the moment its vector is enabled again are a batch. What the
 * batch has to do is a set of bits in VECTOR.Work: the service routine sets them, and a DPC takes
 * those that it will deal with and counts itself in for as long as it runs. Who leaves the word at
 * zero was the last of the batch and enables the vector (R-092..R-095, R-125). The DPC that takes
 * WORK_DEFAULT also queues DPCs on the other processors (WDK: "RSS with Hardware Queuing"). So it
 * does not matter which DPC NDIS merges with which, or how it calls after MoreNblsPending. */
#include "e1000e.h"

/* A DPC that handles this many frames in one go stays well below the DPC time limits even if NDIS
 * sets none. */
#define RECEIVE_BUDGET 256

static MINIPORT_SYNCHRONIZE_INTERRUPT MiniportSynchronizeEnable;
static MINIPORT_SYNCHRONIZE_INTERRUPT MiniportSynchronizeTakePending;

/* ---- Callbacks at DIRQL, under the lock of the vector's interrupt (R-145, R-147) ------------- */

/* Whether the vector may be enabled is known to the DIRQL side only: NDIS can have disabled it, or
 * a new batch have begun, which will then enable it. */
static BOOLEAN NTAPI MiniportSynchronizeEnable(NDIS_HANDLE SynchronizeContext)
{
    PVECTOR Vector = SynchronizeContext;

    if (Vector->Work != 0) {
        return FALSE;
    }
    Vector->Masked = FALSE;
    if (Vector->BlockedBy == 0) {
        HwWrite(&Vector->Adapter->Hw, E1000_IMS, Vector->Causes);
        if (Vector->Missed != 0) {
            HwWrite(&Vector->Adapter->Hw, E1000_ICS, Vector->Missed);
            Vector->Missed = 0;
        }
    }
    return TRUE;
}

typedef struct _TAKE_PENDING {
    PVECTOR Vector;
    ULONG Causes;
} TAKE_PENDING;

static BOOLEAN NTAPI MiniportSynchronizeTakePending(NDIS_HANDLE SynchronizeContext)
{
    TAKE_PENDING *Take = SynchronizeContext;

    Take->Causes = Take->Vector->Pending;
    Take->Vector->Pending = 0;
    return TRUE;
}

/* ---- Processors ------------------------------------------------------------------------------ */

BOOLEAN InterruptIsHere(const GROUP_AFFINITY *Target)
{
    PROCESSOR_NUMBER Current;

    KeGetCurrentProcessorNumberEx(&Current);
    return Target->Group == Current.Group && ((Target->Mask >> Current.Number) & 1) != 0;
}

VOID InterruptQueueDpc(PVECTOR Vector, PGROUP_AFFINITY Target)
{
    PROCESSOR_NUMBER Current;
    GROUP_AFFINITY Here;

    if (Target == NULL) {
        KeGetCurrentProcessorNumberEx(&Current);
        NdisZeroMemory(&Here, sizeof(Here));
        Here.Group = Current.Group;
        Here.Mask = (KAFFINITY)1 << Current.Number;
        Target = &Here;
    }
    /* Nothing queued means that a DPC is queued there already: it will find this work too,
     * because all of it is in VECTOR.Work and none in the DPC's context. */
    NdisMQueueDpcEx(Vector->Adapter->NdisInterruptHandle, Vector->MessageId, Target, NULL);
}

static GROUP_AFFINITY QueueTarget(PRX_QUEUE Queue)
{
    GROUP_AFFINITY Target;

    NdisDprAcquireSpinLock(&Queue->Lock);
    Target = Queue->Target;
    NdisDprReleaseSpinLock(&Queue->Lock);
    return Target;
}

/* WORK_RX_QUEUE bits of the vector's queues that may be processed here. */
static LONG VectorQueuesHere(PVECTOR Vector)
{
    PADAPTER Adapter = Vector->Adapter;
    LONG Here = 0;
    ULONG Index;

    for (Index = 0; Index < Adapter->RxQueueCount; Index++) {
        if (Vector->RxQueues & WORK_RX_QUEUE(Index)) {
            GROUP_AFFINITY Target = QueueTarget(&Adapter->RxQueues[Index]);

            if (Target.Mask == 0 || InterruptIsHere(&Target)) {
                Here |= WORK_RX_QUEUE(Index);
            }
        }
    }
    return Here;
}

/* Queue a DPC on the processor of each queue that this DPC did not take. */
static VOID VectorSendOut(PVECTOR Vector)
{
    PADAPTER Adapter = Vector->Adapter;
    LONG Left = Vector->Work;
    ULONG Index;

    for (Index = 0; Index < Adapter->RxQueueCount; Index++) {
        if (Left & WORK_RX_QUEUE(Index)) {
            GROUP_AFFINITY Target = QueueTarget(&Adapter->RxQueues[Index]);

            InterruptQueueDpc(Vector, Target.Mask != 0 ? &Target : NULL);
        }
    }
}

/* ---- One DPC --------------------------------------------------------------------------------- */

/* Take what is to be done of Wanted, and count in. Returns the WORK_* bits taken. */
static LONG VectorTake(PVECTOR Vector, LONG Wanted)
{
    LONG Before = Vector->Work;

    for (;;) {
        LONG Seen =
            InterlockedCompareExchange(&Vector->Work, (Before & ~Wanted) + WORK_RUNNING, Before);

        if (Seen == Before) {
            return Before & Wanted;
        }
        Before = Seen;
    }
}

/* Count out, and put back what is still to be done. TRUE: that was the end of the batch. */
static BOOLEAN VectorPutBack(PVECTOR Vector, LONG Left)
{
    LONG Before = Vector->Work;

    for (;;) {
        LONG After = (Before - WORK_RUNNING) | Left;
        LONG Seen = InterlockedCompareExchange(&Vector->Work, After, Before);

        if (Seen == Before) {
            return After == 0;
        }
        Before = Seen;
    }
}

/* Receive, within what NDIS and we allow for one DPC (R-184..R-193). Returns the queues that have
 * frames left. */
static LONG VectorReceive(PVECTOR Vector, LONG Queues, ULONG Limit)
{
    PADAPTER Adapter = Vector->Adapter;
    LONG Left = 0;
    ULONG Index;

    if (Limit > RECEIVE_BUDGET) {
        Limit = RECEIVE_BUDGET;
    }
    for (Index = 0; Index < Adapter->RxQueueCount; Index++) {
        BOOLEAN More;

        if (Queues & WORK_RX_QUEUE(Index)) {
            Limit -= ReceiveProcess(&Adapter->RxQueues[Index], Limit, &More);
            if (More) {
                Left |= WORK_RX_QUEUE(Index);
            }
        }
    }
    return Left;
}

/* Transmit completions, and the causes that need more than a DPC. */
static VOID VectorDefault(PVECTOR Vector)
{
    PADAPTER Adapter = Vector->Adapter;

    if (Vector->Testing) {
        NdisSetEvent(&Vector->TestEvent);
    }
    if (Vector->Transmit) {
        TransmitComplete(Adapter);
    }
    if (Vector->Other) {
        BOOLEAN Link = TRUE;

        if (!INTERRUPT_PER_CAUSE(Adapter)) {
            TAKE_PENDING Take = {Vector, 0};

            InterruptSynchronize(Vector, MiniportSynchronizeTakePending, &Take);
            Link = (Take.Causes & (E1000_INT_LSC | E1000_INT_OTHER)) != 0;
        }
        if (Link) {
            /* The PHY answers in milliseconds: not here. */
            WorkerRequest(Adapter, JOB_LINK);
        }
    }
}

/* Both kinds of interrupt end here. */
static VOID VectorDpc(PVECTOR Vector, PNDIS_RECEIVE_THROTTLE_PARAMETERS Throttle)
{
    LONG Taken = VectorTake(Vector, VectorQueuesHere(Vector) | WORK_DEFAULT);
    LONG Left;

    Throttle->MoreNblsPending = FALSE;
    if (Taken & WORK_DEFAULT) {
        VectorSendOut(Vector);
        VectorDefault(Vector);
    }
    Left = VectorReceive(Vector, Taken, Throttle->MaxNblsToIndicate);

    if (VectorPutBack(Vector, Left)) {
        InterruptSynchronize(Vector, MiniportSynchronizeEnable, Vector);
    } else if (Left != 0) {
        /* The vector stays masked until somebody has fetched the rest: NDIS calls again if
         * the limit was its own, else we have to ask for it. */
        if (Throttle->MaxNblsToIndicate != NDIS_INDICATE_ALL_NBLS) {
            Throttle->MoreNblsPending = TRUE;
        } else {
            InterruptQueueDpc(Vector, NULL);
        }
    }
}

VOID NTAPI MiniportInterruptDpc(NDIS_HANDLE MiniportInterruptContext, PVOID MiniportDpcContext,
                                PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    PADAPTER Adapter = MiniportInterruptContext;

    UNREFERENCED_PARAMETER(MiniportDpcContext);
    UNREFERENCED_PARAMETER(NdisReserved2);

    VectorDpc(&Adapter->Vectors[0], ReceiveThrottleParameters);
}

VOID NTAPI MiniportMessageInterruptDpc(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                                       PVOID MiniportDpcContext, PVOID ReceiveThrottleParameters,
                                       PVOID NdisReserved2)
{
    PADAPTER Adapter = MiniportInterruptContext;

    UNREFERENCED_PARAMETER(MiniportDpcContext);
    UNREFERENCED_PARAMETER(NdisReserved2);

    if (MessageId < Adapter->VectorCount) {
        VectorDpc(&Adapter->Vectors[MessageId], ReceiveThrottleParameters);
    }
}
