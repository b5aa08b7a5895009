/* SPDX-License-Identifier: MIT */
/* transmit.c - from MiniportSendNetBufferLists to the ring and back.
 *
 * A frame (NET_BUFFER) waits for a TX_REQUEST, gets its scatter/gather list from NDIS, then its
 * descriptors in the ring, in this order and never overtaking another. NDIS may deliver the list
 * from inside NdisMAllocateNetBufferSGList or later; both are the same to the queue of submitted
 * requests, whose head decides.
 *
 * A NET_BUFFER_LIST is completed when its last NET_BUFFER is: MiniportReserved[0] counts them.
 *
 * Registers: 82574 datasheet, section 10.2.6; descriptors: section 7.2. */
#include "e1000e.h"

/* MiniportReserved of a NET_BUFFER that waits, and of its list. */
#define NB_NEXT(Nb)   (NET_BUFFER_MINIPORT_RESERVED(Nb)[0])       /* PNET_BUFFER */
#define NB_LIST(Nb)   (NET_BUFFER_MINIPORT_RESERVED(Nb)[1])       /* PNET_BUFFER_LIST */
#define NBL_LEFT(Nbl) (NET_BUFFER_LIST_MINIPORT_RESERVED(Nbl)[0]) /* ULONG_PTR */

/* The transmitter is stuck when this many check-for-hang calls in a row saw no progress. */
#define HANG_LIMIT 2

/* ---- Memory ---------------------------------------------------------------------------------- */

NDIS_STATUS TransmitAllocate(PADAPTER Adapter)
{
    PTX_QUEUE Tx = &Adapter->Tx;
    ULONG Index;

    NdisAllocateSpinLock(&Tx->Lock);
    InitializeListHead(&Tx->Submitted);
    InitializeListHead(&Tx->Posted);
    InitializeListHead(&Tx->FreeRequests);

    Tx->RingSize = Adapter->Config.TransmitBuffers;
    NdisMAllocateSharedMemory(Adapter->AdapterHandle, Tx->RingSize * sizeof(Tx->Ring[0]), TRUE,
                              (PVOID *)&Tx->Ring, &Tx->RingPhysical);
    Tx->RequestCount = Tx->RingSize;
    Tx->Requests = NdisAllocateMemoryWithTagPriority(Adapter->AdapterHandle,
                                                     Tx->RequestCount * sizeof(Tx->Requests[0]),
                                                     POOL_TAG, NormalPoolPriority);
    Tx->SgBuffers = NdisAllocateMemoryWithTagPriority(Adapter->AdapterHandle,
                                                      Tx->RequestCount * Adapter->SgListSize,
                                                      POOL_TAG, NormalPoolPriority);
    if (Tx->Ring == NULL || Tx->Requests == NULL || Tx->SgBuffers == NULL) {
        return NDIS_STATUS_RESOURCES; /* TransmitFree takes back what there is */
    }
    NdisZeroMemory(Tx->Requests, Tx->RequestCount * sizeof(Tx->Requests[0]));
    for (Index = 0; Index < Tx->RequestCount; Index++) {
        Tx->Requests[Index].Adapter = Adapter;
        Tx->Requests[Index].SgBuffer = Tx->SgBuffers + Index * Adapter->SgListSize;
        InsertTailList(&Tx->FreeRequests, &Tx->Requests[Index].Link);
    }
    return NDIS_STATUS_SUCCESS;
}

VOID TransmitFree(PADAPTER Adapter)
{
    PTX_QUEUE Tx = &Adapter->Tx;

    if (Tx->Ring != NULL) {
        NdisMFreeSharedMemory(Adapter->AdapterHandle, Tx->RingSize * sizeof(Tx->Ring[0]), TRUE,
                              Tx->Ring, Tx->RingPhysical);
        Tx->Ring = NULL;
    }
    if (Tx->Requests != NULL) {
        NdisFreeMemory(Tx->Requests, 0, 0);
        Tx->Requests = NULL;
    }
    if (Tx->SgBuffers != NULL) {
        NdisFreeMemory(Tx->SgBuffers, 0, 0);
        Tx->SgBuffers = NULL;
    }
    if (Tx->RingSize != 0) {
        NdisFreeSpinLock(&Tx->Lock);
    }
}

/* ---- The ring -------------------------------------------------------------------------------- */

static ULONG RingFree(PTX_QUEUE Tx)
{
    ULONG Used = Tx->NextToPost >= Tx->NextToClean
                     ? Tx->NextToPost - Tx->NextToClean
                     : Tx->NextToPost + Tx->RingSize - Tx->NextToClean;

    return Tx->RingSize - 1 - Used; /* TDH == TDT would mean that nothing is to be sent */
}

static PE1000_TX_DESCRIPTOR RingTake(PTX_QUEUE Tx, PULONG Index)
{
    *Index = Tx->NextToPost;
    Tx->NextToPost = Tx->NextToPost + 1 == Tx->RingSize ? 0 : Tx->NextToPost + 1;
    return &Tx->Ring[*Index];
}

/* Write the descriptors of one frame. Holds Tx->Lock; there is room. */
static VOID RequestPost(PTX_QUEUE Tx, PTX_REQUEST Request)
{
    PSCATTER_GATHER_LIST List = Request->SgList;
    PE1000_TX_DESCRIPTOR Descriptor = NULL;
    ULONG Skip = NET_BUFFER_CURRENT_MDL_OFFSET(Request->NetBuffer);
    ULONG Left = NET_BUFFER_DATA_LENGTH(Request->NetBuffer);
    ULONG Index;

    /* The chip remembers the last context, so a row of frames of one kind needs it once. */
    if (Request->Context.Context.Command != 0 &&
        !NdisEqualMemory(&Request->Context, &Tx->LastContext, sizeof(Tx->LastContext))) {
        *RingTake(Tx, &Index) = Request->Context;
        Tx->LastContext = Request->Context;
    }
    /* The list describes CurrentMdl from its beginning; the frame begins CurrentMdlOffset bytes
     * into it (WDK: NdisMAllocateNetBufferSGList, NetBuffer). */
    for (Index = 0; Index < List->NumberOfElements && Left != 0; Index++) {
        ULONG Length = List->Elements[Index].Length;

        if (Skip >= Length) {
            Skip -= Length;
            continue;
        }
        Length = Length - Skip < Left ? Length - Skip : Left;
        Descriptor = RingTake(Tx, &Request->LastDescriptor);
        Descriptor->Data.BufferAddress = (ULONG64)List->Elements[Index].Address.QuadPart + Skip;
        Descriptor->Data.Command = Request->Command | Length;
        Descriptor->Data.Options = Request->Options; /* clears DD */
        Skip = 0;
        Left -= Length;
    }
    Descriptor->Data.Command |= E1000_TXD_EOP | E1000_TXD_RS;
    Request->State = TxPosted;
}

/* Move requests from the head of Submitted into the ring, as far as they are mapped and fit; those
 * that can never be sent go to Done. Holds Tx->Lock. */
static VOID QueuePost(PADAPTER Adapter, PLIST_ENTRY Done)
{
    PTX_QUEUE Tx = &Adapter->Tx;
    ULONG Before = Tx->NextToPost;

    while (Tx->Active && !IsListEmpty(&Tx->Submitted)) {
        PTX_REQUEST Request = CONTAINING_RECORD(Tx->Submitted.Flink, TX_REQUEST, Link);
        ULONG Needed;

        if (Request->State == TxMapping) {
            break;
        }
        Needed = Request->SgList->NumberOfElements + 1; /* one for the context */
        if (Needed >= Tx->RingSize || Request->SgList->NumberOfElements == 0) {
            Request->Status = NDIS_STATUS_RESOURCES;
            RemoveEntryList(&Request->Link);
            InsertTailList(Done, &Request->Link);
            continue;
        }
        if (Needed > RingFree(Tx)) {
            break;
        }
        RemoveEntryList(&Request->Link);
        RequestPost(Tx, Request);
        InsertTailList(&Tx->Posted, &Request->Link);
    }
    if (Tx->NextToPost != Before) {
        KeMemoryBarrier(); /* the descriptors before the tail that tells of them */
        HwWrite(&Adapter->Hw, E1000_TDT, Tx->NextToPost);
    }
}

VOID TransmitStart(PADAPTER Adapter)
{
    PTX_QUEUE Tx = &Adapter->Tx;
    PHARDWARE Hw = &Adapter->Hw;

    NdisAcquireSpinLock(&Tx->Lock);
    NdisZeroMemory(Tx->Ring, Tx->RingSize * sizeof(Tx->Ring[0]));
    NdisZeroMemory(&Tx->LastContext, sizeof(Tx->LastContext));
    Tx->NextToPost = 0;
    Tx->NextToClean = 0;
    Tx->HangChecks = 0;

    HwWrite(Hw, E1000_TDBAL, Tx->RingPhysical.LowPart);
    HwWrite(Hw, E1000_TDBAH, (ULONG)Tx->RingPhysical.HighPart);
    HwWrite(Hw, E1000_TDLEN, Tx->RingSize * sizeof(Tx->Ring[0]));
    HwWrite(Hw, E1000_TDH, 0);
    HwWrite(Hw, E1000_TDT, 0);
    HwWrite(Hw, E1000_TIDV, 0);
    HwWrite(Hw, E1000_TADV, 0);
    HwWrite(Hw, E1000_TXDCTL,
            E1000_TXDCTL_GRAN_DESCRIPTORS | E1000_TXDCTL_BIT22 | E1000_TXDCTL_WTHRESH_1);
    HwWrite(Hw, E1000_TIPG, E1000_TIPG_DEFAULT);
    HwWrite(Hw, E1000_TCTL,
            E1000_TCTL_EN | E1000_TCTL_PSP | E1000_TCTL_CT | E1000_TCTL_COLD_FULL_DUPLEX |
                E1000_TCTL_MULR);
    Tx->Active = TRUE;
    NdisReleaseSpinLock(&Tx->Lock);
}

VOID TransmitStop(PADAPTER Adapter)
{
    NdisAcquireSpinLock(&Adapter->Tx.Lock);
    Adapter->Tx.Active = FALSE;
    NdisReleaseSpinLock(&Adapter->Tx.Lock);
}

/* ---- Completing ------------------------------------------------------------------------------ */

/* NET_BUFFER_LISTs that are done, for one call to NDIS. */
typedef struct _COMPLETION {
    PNET_BUFFER_LIST First, *Link;
    LONG Count;
} COMPLETION, *PCOMPLETION;

/* One frame of the list is done. Holds Tx->Lock. */
static VOID CompletionAdd(PCOMPLETION Completion, PNET_BUFFER_LIST Nbl, NDIS_STATUS Status)
{
    ULONG_PTR Left = (ULONG_PTR)NBL_LEFT(Nbl) - 1;

    if (Status != NDIS_STATUS_SUCCESS) {
        NET_BUFFER_LIST_STATUS(Nbl) = Status;
    }
    NBL_LEFT(Nbl) = (PVOID)Left;
    if (Left == 0) {
        NET_BUFFER_LIST_NEXT_NBL(Nbl) = NULL;
        *Completion->Link = Nbl;
        Completion->Link = &NET_BUFFER_LIST_NEXT_NBL(Nbl);
        Completion->Count++;
    }
}

/* DISPATCH_LEVEL, no lock held. */
static VOID CompletionSend(PADAPTER Adapter, PCOMPLETION Completion)
{
    if (Completion->Count != 0) {
        NdisMSendNetBufferListsComplete(Adapter->AdapterHandle, Completion->First,
                                        NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
        AdapterLeave(Adapter, Completion->Count);
    }
}

static VOID CountFrame(PTRANSMIT_COUNTERS Counters, PTX_REQUEST Request)
{
    const UCHAR *Destination = Request->Destination;
    ULONG Length = NET_BUFFER_DATA_LENGTH(Request->NetBuffer);

    if (Request->Status != NDIS_STATUS_SUCCESS) {
        if (Request->SgList == NULL) {
            Counters->Discards++;
        } else {
            Counters->Errors++;
        }
    } else if (!(Destination[0] & 1)) {
        Counters->UnicastFrames++;
        Counters->UnicastBytes += Length;
    } else if ((Destination[0] & Destination[1] & Destination[2] & Destination[3] & Destination[4] &
                Destination[5]) == 0xFF) {
        Counters->BroadcastFrames++;
        Counters->BroadcastBytes += Length;
    } else {
        Counters->MulticastFrames++;
        Counters->MulticastBytes += Length;
    }
}

/* Give the memory of finished requests back to NDIS and the requests to their queue. Done is
 * emptied. DISPATCH_LEVEL, no lock held. */
static VOID RequestsFinish(PADAPTER Adapter, PLIST_ENTRY Done, PCOMPLETION Completion)
{
    PTX_QUEUE Tx = &Adapter->Tx;
    PLIST_ENTRY Entry;

    if (IsListEmpty(Done)) {
        return;
    }
    for (Entry = Done->Flink; Entry != Done; Entry = Entry->Flink) {
        PTX_REQUEST Request = CONTAINING_RECORD(Entry, TX_REQUEST, Link);

        if (Request->SgList != NULL) {
            NdisMFreeNetBufferSGList(Adapter->DmaHandle, Request->SgList, Request->NetBuffer);
        }
    }
    NdisDprAcquireSpinLock(&Tx->Lock);
    while (!IsListEmpty(Done)) {
        PTX_REQUEST Request = CONTAINING_RECORD(RemoveHeadList(Done), TX_REQUEST, Link);

        CountFrame(&Tx->Counters, Request);
        CompletionAdd(Completion, Request->NetBufferList, Request->Status);
        InsertTailList(&Tx->FreeRequests, &Request->Link);
    }
    NdisDprReleaseSpinLock(&Tx->Lock);
}

/* ---- Submitting ------------------------------------------------------------------------------ */

/* Turn waiting frames into requests while there are free ones. One thread at a time does it, and
 * goes on until nothing is left to do: NdisMAllocateNetBufferSGList calls back into this file.
 * DISPATCH_LEVEL, no lock held. */
static VOID TransmitPump(PADAPTER Adapter, PCOMPLETION Completion)
{
    PTX_QUEUE Tx = &Adapter->Tx;
    LIST_ENTRY Done;

    InitializeListHead(&Done);
    NdisDprAcquireSpinLock(&Tx->Lock);
    if (Tx->Pumping) {
        NdisDprReleaseSpinLock(&Tx->Lock);
        return;
    }
    Tx->Pumping = TRUE;
    while (Tx->Active && Tx->WaitingHead != NULL && !IsListEmpty(&Tx->FreeRequests)) {
        PTX_REQUEST Request =
            CONTAINING_RECORD(RemoveHeadList(&Tx->FreeRequests), TX_REQUEST, Link);
        NDIS_STATUS Status;

        Request->NetBuffer = Tx->WaitingHead;
        Request->NetBufferList = NB_LIST(Request->NetBuffer);
        Tx->WaitingHead = NB_NEXT(Request->NetBuffer);
        Request->State = TxMapping;
        Request->Abandoned = FALSE;
        Request->Status = NDIS_STATUS_SUCCESS;
        Request->SgList = NULL;
        InsertTailList(&Tx->Submitted, &Request->Link);
        NdisDprReleaseSpinLock(&Tx->Lock);

        Status = TransmitPrepare(Request);
        if (Status == NDIS_STATUS_SUCCESS) {
            Status = NdisMAllocateNetBufferSGList(Adapter->DmaHandle, Request->NetBuffer, Request,
                                                  NDIS_SG_LIST_WRITE_TO_DEVICE, Request->SgBuffer,
                                                  Adapter->SgListSize);
        }

        NdisDprAcquireSpinLock(&Tx->Lock);
        if (Status != NDIS_STATUS_SUCCESS) {
            /* No callback will come. Those behind it may have waited for this one only. */
            Request->Status = Status;
            RemoveEntryList(&Request->Link);
            InsertTailList(&Done, &Request->Link);
            QueuePost(Adapter, &Done);
        }
    }
    Tx->Pumping = FALSE;
    NdisDprReleaseSpinLock(&Tx->Lock);
    RequestsFinish(Adapter, &Done, Completion);
}

/* NDIS has built the scatter/gather list. DISPATCH_LEVEL. */
VOID NTAPI MiniportProcessSGList(PDEVICE_OBJECT pDO, PVOID Reserved, PSCATTER_GATHER_LIST pSGL,
                                 PVOID Context)
{
    PTX_REQUEST Request = Context;
    PADAPTER Adapter = Request->Adapter;
    COMPLETION Completion = {NULL, &Completion.First, 0};
    LIST_ENTRY Done;

    UNREFERENCED_PARAMETER(pDO);
    UNREFERENCED_PARAMETER(Reserved);

    InitializeListHead(&Done);
    NdisDprAcquireSpinLock(&Adapter->Tx.Lock);
    Request->SgList = pSGL;
    if (Request->Abandoned) {
        RemoveEntryList(&Request->Link);
        InsertTailList(&Done, &Request->Link);
    } else {
        Request->State = TxMapped;
    }
    QueuePost(Adapter, &Done);
    NdisDprReleaseSpinLock(&Adapter->Tx.Lock);

    RequestsFinish(Adapter, &Done, &Completion);
    CompletionSend(Adapter, &Completion);
}

VOID TransmitComplete(PADAPTER Adapter)
{
    PTX_QUEUE Tx = &Adapter->Tx;
    COMPLETION Completion = {NULL, &Completion.First, 0};
    LIST_ENTRY Done;

    InitializeListHead(&Done);
    NdisDprAcquireSpinLock(&Tx->Lock);
    while (Tx->Active && !IsListEmpty(&Tx->Posted)) {
        PTX_REQUEST Request = CONTAINING_RECORD(Tx->Posted.Flink, TX_REQUEST, Link);
        ULONG Last = Request->LastDescriptor;

        /* RS was set in the last descriptor of the frame, so DD there speaks for all of it. */
        if (!(*(volatile ULONG *)&Tx->Ring[Last].Data.Options & E1000_TXD_STA_DD)) {
            break;
        }
        Tx->NextToClean = Last + 1 == Tx->RingSize ? 0 : Last + 1;
        RemoveEntryList(&Request->Link);
        InsertTailList(&Done, &Request->Link);
        Tx->Finished++;
    }
    if (!IsListEmpty(&Done)) {
        QueuePost(Adapter, &Done); /* there is room again */
    }
    NdisDprReleaseSpinLock(&Tx->Lock);

    RequestsFinish(Adapter, &Done, &Completion);
    TransmitPump(Adapter, &Completion); /* there are free requests again */
    CompletionSend(Adapter, &Completion);
}

/* After TransmitStart: send what was handed to us meanwhile. <= DISPATCH_LEVEL. */
VOID TransmitResume(PADAPTER Adapter)
{
    COMPLETION Completion = {NULL, &Completion.First, 0};
    LIST_ENTRY Done;
    KIRQL OldIrql;

    InitializeListHead(&Done);
    NDIS_RAISE_IRQL_TO_DISPATCH(&OldIrql);
    NdisDprAcquireSpinLock(&Adapter->Tx.Lock);
    QueuePost(Adapter, &Done);
    NdisDprReleaseSpinLock(&Adapter->Tx.Lock);
    RequestsFinish(Adapter, &Done, &Completion);
    TransmitPump(Adapter, &Completion);
    CompletionSend(Adapter, &Completion);
    NDIS_LOWER_IRQL(OldIrql, DISPATCH_LEVEL);
}

VOID TransmitAbort(PADAPTER Adapter, NDIS_STATUS Status, BOOLEAN Posted)
{
    PTX_QUEUE Tx = &Adapter->Tx;
    COMPLETION Completion = {NULL, &Completion.First, 0};
    PLIST_ENTRY Entry, Next;
    LIST_ENTRY Done;
    KIRQL OldIrql;

    InitializeListHead(&Done);
    NDIS_RAISE_IRQL_TO_DISPATCH(&OldIrql); /* scatter/gather lists are freed there */
    NdisDprAcquireSpinLock(&Tx->Lock);
    while (Tx->WaitingHead != NULL) {
        PNET_BUFFER Nb = Tx->WaitingHead;

        Tx->WaitingHead = NB_NEXT(Nb);
        Tx->Counters.Discards++;
        CompletionAdd(&Completion, NB_LIST(Nb), Status);
    }
    for (Entry = Tx->Submitted.Flink; Entry != &Tx->Submitted; Entry = Next) {
        PTX_REQUEST Request = CONTAINING_RECORD(Entry, TX_REQUEST, Link);

        Next = Entry->Flink;
        Request->Status = Status;
        if (Request->State == TxMapping) {
            Request->Abandoned = TRUE; /* MiniportProcessSGList ends it */
        } else {
            RemoveEntryList(&Request->Link);
            InsertTailList(&Done, &Request->Link);
        }
    }
    while (Posted && !IsListEmpty(&Tx->Posted)) {
        PTX_REQUEST Request = CONTAINING_RECORD(RemoveHeadList(&Tx->Posted), TX_REQUEST, Link);

        Request->Status = Status;
        InsertTailList(&Done, &Request->Link);
    }
    NdisDprReleaseSpinLock(&Tx->Lock);

    RequestsFinish(Adapter, &Done, &Completion);
    CompletionSend(Adapter, &Completion);
    NDIS_LOWER_IRQL(OldIrql, DISPATCH_LEVEL);
}

/* ---- Entry points ---------------------------------------------------------------------------- */

/* Why a send cannot even be tried now. */
static NDIS_STATUS TransmitRefusal(PADAPTER Adapter)
{
    if (!Adapter->Hw.Present) {
        return NDIS_STATUS_FAILURE;
    }
    return Adapter->Link.Up ? NDIS_STATUS_SUCCESS : NDIS_STATUS_MEDIA_DISCONNECTED;
}

/* Put the frames of a list behind those that wait. DISPATCH_LEVEL. */
static VOID QueueAppend(PTX_QUEUE Tx, PNET_BUFFER_LIST Nbl)
{
    PNET_BUFFER First = NET_BUFFER_LIST_FIRST_NB(Nbl);
    PNET_BUFFER Last = First;
    PNET_BUFFER Nb;
    ULONG_PTR Count = 0;

    for (Nb = First; Nb != NULL; Nb = NET_BUFFER_NEXT_NB(Nb)) {
        NB_NEXT(Nb) = NET_BUFFER_NEXT_NB(Nb);
        NB_LIST(Nb) = Nbl;
        Last = Nb;
        Count++;
    }
    NBL_LEFT(Nbl) = (PVOID)Count;

    NdisDprAcquireSpinLock(&Tx->Lock);
    if (Tx->WaitingHead == NULL) {
        Tx->WaitingHead = First;
    } else {
        NB_NEXT(Tx->WaitingTail) = First;
    }
    Tx->WaitingTail = Last;
    NdisDprReleaseSpinLock(&Tx->Lock);
}

VOID NTAPI MiniportSendNetBufferLists(NDIS_HANDLE MiniportAdapterContext,
                                      PNET_BUFFER_LIST NetBufferList, NDIS_PORT_NUMBER PortNumber,
                                      ULONG SendFlags)
{
    PADAPTER Adapter = MiniportAdapterContext;
    BOOLEAN AtDispatch = NDIS_TEST_SEND_AT_DISPATCH_LEVEL(SendFlags) != 0; /* */
    COMPLETION Completion = {NULL, &Completion.First, 0};
    PNET_BUFFER_LIST Refused = NULL, *RefusedLink = &Refused;
    KIRQL OldIrql = DISPATCH_LEVEL;
    BOOLEAN Entered;

    UNREFERENCED_PARAMETER(PortNumber);

    if (!AtDispatch) {
        NDIS_RAISE_IRQL_TO_DISPATCH(&OldIrql); /* scatter/gather lists are allocated there */
    }
    /* One for ourselves: what we send can complete, and a pause with it, before we return. */
    Entered = AdapterEnter(Adapter, 1);
    while (NetBufferList != NULL) {
        PNET_BUFFER_LIST Nbl = NetBufferList;
        NDIS_STATUS Status = Entered ? TransmitRefusal(Adapter) : NDIS_STATUS_PAUSED;

        NetBufferList = NET_BUFFER_LIST_NEXT_NBL(Nbl);
        NET_BUFFER_LIST_NEXT_NBL(Nbl) = NULL;
        if (NET_BUFFER_LIST_FIRST_NB(Nbl) == NULL) {
            Status = NDIS_STATUS_INVALID_PACKET;
        }
        NET_BUFFER_LIST_STATUS(Nbl) = Status;
        if (Status != NDIS_STATUS_SUCCESS) {
            *RefusedLink = Nbl;
            RefusedLink = &NET_BUFFER_LIST_NEXT_NBL(Nbl);
        } else {
            InterlockedIncrement(&Adapter->Users); /* until it is completed */
            QueueAppend(&Adapter->Tx, Nbl);
        }
    }
    if (Refused != NULL) {
        NdisMSendNetBufferListsComplete(Adapter->AdapterHandle, Refused,
                                        NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
    }
    if (Entered) {
        TransmitPump(Adapter, &Completion);
        CompletionSend(Adapter, &Completion);
        AdapterLeave(Adapter, 1);
    }
    if (!AtDispatch) {
        NDIS_LOWER_IRQL(OldIrql, DISPATCH_LEVEL);
    }
}

/* Only frames that wait can still be taken back; those that the chip may read complete soon. */
VOID NTAPI MiniportCancelSend(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId)
{
    PADAPTER Adapter = MiniportAdapterContext;
    PTX_QUEUE Tx = &Adapter->Tx;
    COMPLETION Completion = {NULL, &Completion.First, 0};
    PNET_BUFFER Nb, Last = NULL;
    KIRQL OldIrql;

    NDIS_RAISE_IRQL_TO_DISPATCH(&OldIrql);
    NdisDprAcquireSpinLock(&Tx->Lock);
    Nb = Tx->WaitingHead;
    Tx->WaitingHead = NULL;
    while (Nb != NULL) {
        PNET_BUFFER Next = NB_NEXT(Nb);
        PNET_BUFFER_LIST Nbl = NB_LIST(Nb);

        if (NDIS_GET_NET_BUFFER_LIST_CANCEL_ID(Nbl) == CancelId) {
            Tx->Counters.Discards++;
            CompletionAdd(&Completion, Nbl, NDIS_STATUS_SEND_ABORTED);
        } else { /* keep it, in its place */
            NB_NEXT(Nb) = NULL;
            if (Last == NULL) {
                Tx->WaitingHead = Nb;
            } else {
                NB_NEXT(Last) = Nb;
            }
            Last = Nb;
        }
        Nb = Next;
    }
    Tx->WaitingTail = Last;
    NdisDprReleaseSpinLock(&Tx->Lock);

    CompletionSend(Adapter, &Completion);
    NDIS_LOWER_IRQL(OldIrql, DISPATCH_LEVEL);
}

/* ---- Watching -------------------------------------------------------------------------------- */

/* Did no frame get done over several calls, although the ring holds some, the link is up and the
 * partner has not asked us to PAUSE? */
BOOLEAN TransmitIsHung(PADAPTER Adapter)
{
    PTX_QUEUE Tx = &Adapter->Tx;
    ULONG DeviceStatus = HwRead(&Adapter->Hw, E1000_STATUS);
    BOOLEAN Hung;

    NdisAcquireSpinLock(&Tx->Lock);
    if (Tx->Active && !IsListEmpty(&Tx->Posted) && Tx->Finished == Tx->HangFinished &&
        (DeviceStatus & (E1000_STATUS_LU | E1000_STATUS_TXOFF)) == E1000_STATUS_LU) {
        Tx->HangChecks++;
    } else {
        Tx->HangChecks = 0;
    }
    Tx->HangFinished = Tx->Finished;
    Hung = Tx->HangChecks >= HANG_LIMIT;
    NdisReleaseSpinLock(&Tx->Lock);
    return Hung;
}

BOOLEAN TransmitIsIdle(PADAPTER Adapter)
{
    PTX_QUEUE Tx = &Adapter->Tx;
    BOOLEAN Idle;

    NdisAcquireSpinLock(&Tx->Lock);
    Idle = Tx->WaitingHead == NULL && IsListEmpty(&Tx->Submitted) && IsListEmpty(&Tx->Posted);
    NdisReleaseSpinLock(&Tx->Lock);
    return Idle;
}

BOOLEAN TransmitIsPending(PADAPTER Adapter)
{
    PTX_QUEUE Tx = &Adapter->Tx;
    BOOLEAN Pending = FALSE;

    NdisAcquireSpinLock(&Tx->Lock);
    if (Tx->Active && !IsListEmpty(&Tx->Posted)) {
        PTX_REQUEST Head = CONTAINING_RECORD(Tx->Posted.Flink, TX_REQUEST, Link);

        Pending = (*(volatile ULONG *)&Tx->Ring[Head->LastDescriptor].Data.Options &
                   E1000_TXD_STA_DD) != 0;
    }
    NdisReleaseSpinLock(&Tx->Lock);
    return Pending;
}
