/* SPDX-License-Identifier: MIT */
/* transmit.c - from MiniportSendPackets to the ring and back.
 *
 * NDIS has mapped each packet before we get it (NdisMInitializeScatterGatherDma): the list is in
 * its per-packet information. A packet goes through the list of those that wait, then into the
 * ring, never overtaking another, and is completed with NdisMSendComplete.
 *
 * Registers: 82574 datasheet, section 10.2.6; descriptors: section 7.2. */
#include "e1000e5.h"

/* The transmitter is stuck when this many check-for-hang calls in a row saw no progress. */
#define HANG_LIMIT 2

/* MiniportReserved is ours while we hold the packet, and just large enough. */
#define PACKET_LINK(Packet)     ((PLIST_ENTRY)(Packet)->MiniportReserved)
#define PACKET_FROM_LINK(Entry) CONTAINING_RECORD(Entry, NDIS_PACKET, MiniportReserved)

/* ---- Memory ---------------------------------------------------------------------------------- */

NDIS_STATUS TransmitAllocate(PADAPTER Adapter)
{
    PTX_RING Tx = &Adapter->Tx;
    ULONG SlotsLength;

    Tx->RingSize = Adapter->Config.TransmitBuffers;
    SlotsLength = Tx->RingSize * sizeof(Tx->Slots[0]);
    if (NdisAllocateMemoryWithTag((PVOID *)&Tx->Slots, SlotsLength, POOL_TAG) !=
        NDIS_STATUS_SUCCESS) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisZeroMemory(Tx->Slots, SlotsLength);
    NdisMAllocateSharedMemory(Adapter->AdapterHandle, Tx->RingSize * sizeof(Tx->Ring[0]), TRUE,
                              (PVOID *)&Tx->Ring, &Tx->RingPhysical);
    return Tx->Ring != NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
}

VOID TransmitFree(PADAPTER Adapter)
{
    PTX_RING Tx = &Adapter->Tx;

    if (Tx->Ring != NULL) {
        NdisMFreeSharedMemory(Adapter->AdapterHandle, Tx->RingSize * sizeof(Tx->Ring[0]), TRUE,
                              Tx->Ring, Tx->RingPhysical);
    }
    if (Tx->Slots != NULL) {
        NdisFreeMemory(Tx->Slots, 0, 0);
    }
}

/* ---- The ring -------------------------------------------------------------------------------- */

static ULONG RingNext(PTX_RING Tx, ULONG Index)
{
    return Index + 1 == Tx->RingSize ? 0 : Index + 1;
}

static ULONG RingFree(PTX_RING Tx)
{
    ULONG Used = Tx->NextToPost >= Tx->NextToClean
                     ? Tx->NextToPost - Tx->NextToClean
                     : Tx->NextToPost + Tx->RingSize - Tx->NextToClean;

    return Tx->RingSize - 1 - Used; /* TDH == TDT would mean that nothing is to be sent */
}

/* Write the descriptors of one packet. Holds Tx->Lock; there is room. */
static VOID PacketPost(PTX_RING Tx, PNDIS_PACKET Packet, PSCATTER_GATHER_LIST List)
{
    PTX_SLOT Slot = &Tx->Slots[Tx->NextToPost];
    ULONG Command = E1000_TXD_DTYP_DATA | E1000_TXD_DEXT | E1000_TXD_IFCS;
    ULONG Options = 0;
    NDIS_PACKET_8021Q_INFO Tag;
    ULONG Index;

    Tag.Value = NDIS_PER_PACKET_INFO_FROM_PACKET(Packet, Ieee8021QInfo);
    if (Tag.Value != NULL) {
        Command |= E1000_TXD_VLE;
        Options = ((Tag.TagHeader.UserPriority << 13) | (Tag.TagHeader.CanonicalFormatId << 12) |
                   Tag.TagHeader.VlanId)
                  << E1000_TXD_VLAN_SHIFT;
    }
    Slot->Packet = Packet;
    for (Index = 0; Index < List->NumberOfElements; Index++) {
        PE1000_TX_DESCRIPTOR Descriptor = &Tx->Ring[Tx->NextToPost];

        Descriptor->Data.BufferAddress = (ULONG64)List->Elements[Index].Address.QuadPart;
        Descriptor->Data.Command = Command | List->Elements[Index].Length;
        Descriptor->Data.Options = Options; /* clears DD */
        if (Index + 1 == List->NumberOfElements) {
            Descriptor->Data.Command |= E1000_TXD_EOP | E1000_TXD_RS;
        }
        Slot->Last = Tx->NextToPost;
        Tx->NextToPost = RingNext(Tx, Tx->NextToPost);
    }
}

/* Move waiting packets into the ring, as far as they fit; those that can never be sent go to
 * Failed. Holds Tx->Lock. */
static VOID RingPost(PADAPTER Adapter, PLIST_ENTRY Failed)
{
    PTX_RING Tx = &Adapter->Tx;
    ULONG Before = Tx->NextToPost;

    while (Tx->Active && !IsListEmpty(&Tx->Waiting)) {
        PNDIS_PACKET Packet = PACKET_FROM_LINK(Tx->Waiting.Flink);
        PSCATTER_GATHER_LIST List =
            NDIS_PER_PACKET_INFO_FROM_PACKET(Packet, ScatterGatherListPacketInfo);

        if (List == NULL || List->NumberOfElements == 0 || List->NumberOfElements >= Tx->RingSize) {
            RemoveEntryList(PACKET_LINK(Packet));
            InsertTailList(Failed, PACKET_LINK(Packet));
            Tx->Counters.Errors++;
            continue;
        }
        if (List->NumberOfElements > RingFree(Tx)) {
            break;
        }
        RemoveEntryList(PACKET_LINK(Packet));
        PacketPost(Tx, Packet, List);
    }
    if (Tx->NextToPost != Before) {
        KeMemoryBarrier(); /* the descriptors before the tail that tells of them */
        HwWrite(&Adapter->Hw, E1000_TDT, Tx->NextToPost);
    }
}

/* Give packets back. Done is emptied. <= DISPATCH_LEVEL, no lock held. */
static VOID PacketsComplete(PADAPTER Adapter, PLIST_ENTRY Done, NDIS_STATUS Status)
{
    while (!IsListEmpty(Done)) {
        PNDIS_PACKET Packet = PACKET_FROM_LINK(RemoveHeadList(Done));

        NdisMSendComplete(Adapter->AdapterHandle, Packet, Status);
    }
}

VOID TransmitStart(PADAPTER Adapter)
{
    PTX_RING Tx = &Adapter->Tx;
    PHARDWARE Hw = &Adapter->Hw;
    LIST_ENTRY Failed;

    NdisInitializeListHead(&Failed);
    NdisAcquireSpinLock(&Tx->Lock);
    NdisZeroMemory(Tx->Ring, Tx->RingSize * sizeof(Tx->Ring[0]));
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
    RingPost(Adapter, &Failed); /* what came during a reset */
    NdisReleaseSpinLock(&Tx->Lock);
    PacketsComplete(Adapter, &Failed, NDIS_STATUS_FAILURE);
}

VOID TransmitStop(PADAPTER Adapter)
{
    NdisAcquireSpinLock(&Adapter->Tx.Lock);
    Adapter->Tx.Active = FALSE;
    NdisReleaseSpinLock(&Adapter->Tx.Lock);
}

/* ---- Completing ------------------------------------------------------------------------------ */

/* Take the packet at NextToClean out of the ring. Holds Tx->Lock. */
static PNDIS_PACKET RingTake(PTX_RING Tx)
{
    PTX_SLOT Slot = &Tx->Slots[Tx->NextToClean];
    PNDIS_PACKET Packet = Slot->Packet;

    Slot->Packet = NULL;
    Tx->NextToClean = RingNext(Tx, Slot->Last);
    return Packet;
}

/* Has the chip sent the packet at NextToClean? RS was set in its last descriptor, so DD there
 * speaks for all of it. Holds Tx->Lock. */
static BOOLEAN RingIsDone(PTX_RING Tx)
{
    return Tx->Active && Tx->NextToClean != Tx->NextToPost &&
           (*(volatile ULONG *)&Tx->Ring[Tx->Slots[Tx->NextToClean].Last].Data.Options &
            E1000_TXD_STA_DD) != 0;
}

static VOID PacketCount(PTX_RING Tx, PNDIS_PACKET Packet)
{
    PNDIS_BUFFER First;
    UINT Length;
    PUCHAR Data;

    NdisQueryPacket(Packet, NULL, NULL, &First, &Length);
    NdisQueryBufferSafe(First, (PVOID *)&Data, &(UINT){0}, NormalPagePriority);
    if (Data != NULL) {
        CountFrame(&Tx->Counters, Data, Length);
    }
}

VOID TransmitComplete(PADAPTER Adapter)
{
    PTX_RING Tx = &Adapter->Tx;
    LIST_ENTRY Done, Failed;

    NdisInitializeListHead(&Done);
    NdisInitializeListHead(&Failed);
    NdisAcquireSpinLock(&Tx->Lock);
    while (RingIsDone(Tx)) {
        PNDIS_PACKET Packet = RingTake(Tx);

        PacketCount(Tx, Packet);
        InsertTailList(&Done, PACKET_LINK(Packet));
        Tx->Finished++;
    }
    if (!IsListEmpty(&Done)) {
        RingPost(Adapter, &Failed); /* there is room again */
    }
    NdisReleaseSpinLock(&Tx->Lock);

    PacketsComplete(Adapter, &Done, NDIS_STATUS_SUCCESS);
    PacketsComplete(Adapter, &Failed, NDIS_STATUS_FAILURE);
}

VOID TransmitAbort(PADAPTER Adapter, NDIS_STATUS Status)
{
    PTX_RING Tx = &Adapter->Tx;
    LIST_ENTRY Done;

    NdisInitializeListHead(&Done);
    NdisAcquireSpinLock(&Tx->Lock);
    while (Tx->NextToClean != Tx->NextToPost) {
        InsertTailList(&Done, PACKET_LINK(RingTake(Tx)));
        Tx->Counters.Errors++;
    }
    while (!IsListEmpty(&Tx->Waiting)) {
        PLIST_ENTRY Entry = RemoveHeadList(&Tx->Waiting);

        InsertTailList(&Done, Entry);
        Tx->Counters.Errors++;
    }
    NdisReleaseSpinLock(&Tx->Lock);
    PacketsComplete(Adapter, &Done, Status);
}

/* ---- Entry points ---------------------------------------------------------------------------- */

/* <= DISPATCH_LEVEL. A deserialized driver owns the packets until it completes each. */
VOID NTAPI MiniportSendPackets(NDIS_HANDLE MiniportAdapterContext, PPNDIS_PACKET PacketArray,
                               UINT NumberOfPackets)
{
    PADAPTER Adapter = MiniportAdapterContext;
    PTX_RING Tx = &Adapter->Tx;
    NDIS_STATUS Status = NDIS_STATUS_FAILURE;
    LIST_ENTRY Failed;
    UINT Index;

    NdisInitializeListHead(&Failed);
    NdisAcquireSpinLock(&Tx->Lock);
    /* Looked at under the lock: whoever finds that the link is gone takes the lock next, to return
     * what is queued (JobLink), so nothing is queued behind its back. */
    if (!Adapter->Hw.Present || !Adapter->Link.Up) {
        if (Adapter->Hw.Present) {
            Status = NDIS_STATUS_NO_CABLE;
        }
        for (Index = 0; Index < NumberOfPackets; Index++) {
            InsertTailList(&Failed, PACKET_LINK(PacketArray[Index]));
        }
    } else {
        for (Index = 0; Index < NumberOfPackets; Index++) {
            InsertTailList(&Tx->Waiting, PACKET_LINK(PacketArray[Index]));
        }
        RingPost(Adapter, &Failed);
    }
    NdisReleaseSpinLock(&Tx->Lock);
    PacketsComplete(Adapter, &Failed, Status);
}

/* Only packets that wait can still be taken back; those that the chip may read complete soon. */
VOID NTAPI MiniportCancelSendPackets(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId)
{
    PADAPTER Adapter = MiniportAdapterContext;
    PTX_RING Tx = &Adapter->Tx;
    PLIST_ENTRY Entry, Next;
    LIST_ENTRY Cancelled;

    NdisInitializeListHead(&Cancelled);
    NdisAcquireSpinLock(&Tx->Lock);
    for (Entry = Tx->Waiting.Flink; Entry != &Tx->Waiting; Entry = Next) {
        Next = Entry->Flink;
        if (NdisGetPacketCancelId(PACKET_FROM_LINK(Entry)) == CancelId) {
            RemoveEntryList(Entry);
            InsertTailList(&Cancelled, Entry);
        }
    }
    NdisReleaseSpinLock(&Tx->Lock);
    PacketsComplete(Adapter, &Cancelled, NDIS_STATUS_REQUEST_ABORTED);
}

/* ---- Watching -------------------------------------------------------------------------------- */

/* Did no packet get done over several calls, although the ring holds some, the link is up and the
 * partner has not asked us to PAUSE? */
BOOLEAN TransmitIsHung(PADAPTER Adapter)
{
    PTX_RING Tx = &Adapter->Tx;
    ULONG DeviceStatus = HwRead(&Adapter->Hw, E1000_STATUS);
    BOOLEAN Hung;

    NdisAcquireSpinLock(&Tx->Lock);
    if (Tx->Active && Tx->NextToClean != Tx->NextToPost && Tx->Finished == Tx->HangFinished &&
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
    PTX_RING Tx = &Adapter->Tx;
    BOOLEAN Idle;

    NdisAcquireSpinLock(&Tx->Lock);
    Idle = Tx->NextToClean == Tx->NextToPost && IsListEmpty(&Tx->Waiting);
    NdisReleaseSpinLock(&Tx->Lock);
    return Idle;
}

BOOLEAN TransmitIsPending(PADAPTER Adapter)
{
    BOOLEAN Pending;

    NdisAcquireSpinLock(&Adapter->Tx.Lock);
    Pending = RingIsDone(&Adapter->Tx);
    NdisReleaseSpinLock(&Adapter->Tx.Lock);
    return Pending;
}
