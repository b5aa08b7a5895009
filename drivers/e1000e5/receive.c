/* SPDX-License-Identifier: MIT */
/* receive.c - the receive ring: from a written-back descriptor to an indicated packet, without a
 * copy.
 *
 * There are twice as many buffers as descriptors. A frame is indicated in the very buffer that the
 * chip filled; a free one takes its place in the ring at once. When no free buffer is left, packets
 * are indicated with NDIS_STATUS_RESOURCES instead: protocols copy them, and they are ours again
 * when the call returns, so the ring never runs dry for good.
 *
 * Registers: 82574 datasheet, section 10.2.5; descriptors: section 7.1. */
#include "e1000e5.h"

/* Packets in one call of NdisMIndicateReceivePacket, and calls in one DPC. */
#define RECEIVE_BATCH  32
#define RECEIVE_BUDGET 256

/* Where a packet of ours finds its buffer again. */
#define PACKET_BUFFER(Packet) (*(PRX_BUFFER *)(Packet)->MiniportReserved)

/* ---- Memory ---------------------------------------------------------------------------------- */

static NDIS_STATUS BufferInitialize(PRX_RING Rx, PRX_BUFFER Buffer, ULONG Offset)
{
    NDIS_STATUS Status;

    Buffer->Data = Rx->Memory + Offset;
    Buffer->DataPhysical.QuadPart = Rx->MemoryPhysical.QuadPart + Offset;
    NdisAllocateBuffer(&Status, &Buffer->NdisBuffer, Rx->BufferPool, Buffer->Data, RX_BUFFER_SIZE);
    if (Status != NDIS_STATUS_SUCCESS) {
        Buffer->NdisBuffer = NULL;
        return Status;
    }
    NdisAllocatePacket(&Status, &Buffer->Packet, Rx->PacketPool);
    if (Status != NDIS_STATUS_SUCCESS) {
        Buffer->Packet = NULL;
        return Status;
    }
    NDIS_SET_PACKET_HEADER_SIZE(Buffer->Packet, ETHERNET_HEADER_LENGTH);
    NdisChainBufferAtFront(Buffer->Packet, Buffer->NdisBuffer);
    PACKET_BUFFER(Buffer->Packet) = Buffer;

    Buffer->Next = Rx->Free;
    Rx->Free = Buffer;
    Rx->FreeCount++;
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS ReceiveAllocate(PADAPTER Adapter)
{
    PRX_RING Rx = &Adapter->Rx;
    ULONG SlotsLength, BuffersLength, Index;
    NDIS_STATUS Status;

    Rx->RingSize = Adapter->Config.ReceiveBuffers;
    Rx->BufferCount = 2 * Rx->RingSize;
    SlotsLength = Rx->RingSize * sizeof(Rx->Slots[0]);
    BuffersLength = Rx->BufferCount * sizeof(Rx->Buffers[0]);
    if (NdisAllocateMemoryWithTag((PVOID *)&Rx->Slots, SlotsLength, POOL_TAG) !=
        NDIS_STATUS_SUCCESS) {
        return NDIS_STATUS_RESOURCES; /* ReceiveFree takes back what there is */
    }
    NdisZeroMemory(Rx->Slots, SlotsLength);
    if (NdisAllocateMemoryWithTag((PVOID *)&Rx->Buffers, BuffersLength, POOL_TAG) !=
        NDIS_STATUS_SUCCESS) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisZeroMemory(Rx->Buffers, BuffersLength);
    NdisMAllocateSharedMemory(Adapter->AdapterHandle, Rx->RingSize * sizeof(Rx->Ring[0]), TRUE,
                              (PVOID *)&Rx->Ring, &Rx->RingPhysical);
    NdisMAllocateSharedMemory(Adapter->AdapterHandle, Rx->BufferCount * RX_BUFFER_SIZE, TRUE,
                              (PVOID *)&Rx->Memory, &Rx->MemoryPhysical);
    if (Rx->Ring == NULL || Rx->Memory == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisAllocatePacketPool(&Status, &Rx->PacketPool, Rx->BufferCount,
                           PROTOCOL_RESERVED_SIZE_IN_PACKET);
    if (Status != NDIS_STATUS_SUCCESS) {
        Rx->PacketPool = NULL;
        return Status;
    }
    NdisAllocateBufferPool(&Status, &Rx->BufferPool, Rx->BufferCount);
    for (Index = 0; Status == NDIS_STATUS_SUCCESS && Index < Rx->BufferCount; Index++) {
        Status = BufferInitialize(Rx, &Rx->Buffers[Index], Index * RX_BUFFER_SIZE);
    }
    return Status;
}

VOID ReceiveFree(PADAPTER Adapter)
{
    PRX_RING Rx = &Adapter->Rx;
    ULONG Index;

    for (Index = 0; Rx->Buffers != NULL && Index < Rx->BufferCount; Index++) {
        if (Rx->Buffers[Index].Packet != NULL) {
            NdisFreePacket(Rx->Buffers[Index].Packet);
        }
        if (Rx->Buffers[Index].NdisBuffer != NULL) {
            NdisFreeBuffer(Rx->Buffers[Index].NdisBuffer);
        }
    }
    if (Rx->BufferPool != NULL) {
        NdisFreeBufferPool(Rx->BufferPool);
    }
    if (Rx->PacketPool != NULL) {
        NdisFreePacketPool(Rx->PacketPool);
    }
    if (Rx->Memory != NULL) {
        NdisMFreeSharedMemory(Adapter->AdapterHandle, Rx->BufferCount * RX_BUFFER_SIZE, TRUE,
                              Rx->Memory, Rx->MemoryPhysical);
    }
    if (Rx->Ring != NULL) {
        NdisMFreeSharedMemory(Adapter->AdapterHandle, Rx->RingSize * sizeof(Rx->Ring[0]), TRUE,
                              Rx->Ring, Rx->RingPhysical);
    }
    if (Rx->Buffers != NULL) {
        NdisFreeMemory(Rx->Buffers, 0, 0);
    }
    if (Rx->Slots != NULL) {
        NdisFreeMemory(Rx->Slots, 0, 0);
    }
}

/* ---- The ring -------------------------------------------------------------------------------- */

static VOID BufferRelease(PRX_RING Rx, PRX_BUFFER Buffer)
{
    Buffer->Next = Rx->Free;
    Rx->Free = Buffer;
    Rx->FreeCount++;
}

/* Give the chip a buffer for each slot that has none. Holds Rx->Lock. */
static VOID RingPost(PADAPTER Adapter)
{
    PRX_RING Rx = &Adapter->Rx;
    ULONG Slot = Rx->NextToPost;

    for (;;) {
        ULONG Next = Slot + 1 == Rx->RingSize ? 0 : Slot + 1;
        PRX_BUFFER Buffer = Rx->Free;

        /* One slot stays empty: RDH == RDT would mean that the chip has none at all. */
        if (Buffer == NULL || Next == Rx->NextToClean) {
            break;
        }
        Rx->Free = Buffer->Next;
        Rx->FreeCount--;
        Rx->Slots[Slot] = Buffer;
        Rx->Ring[Slot].Read.BufferAddress = (ULONG64)Buffer->DataPhysical.QuadPart;
        Rx->Ring[Slot].Read.Reserved = 0; /* clears DD */
        Slot = Next;
    }
    if (Slot != Rx->NextToPost) {
        Rx->NextToPost = Slot;
        KeMemoryBarrier(); /* the descriptors before the tail that tells of them */
        HwWrite(&Adapter->Hw, E1000_RDT(0), Slot);
    }
}

VOID ReceiveStart(PADAPTER Adapter)
{
    PRX_RING Rx = &Adapter->Rx;
    PHARDWARE Hw = &Adapter->Hw;
    ULONG Slot;

    HwWrite(Hw, E1000_RXCSUM, 0);
    HwWrite(Hw, E1000_RFCTL,
            E1000_RFCTL_EXSTEN | E1000_RFCTL_ISCSI_DIS | E1000_RFCTL_NFSW_DIS |
                E1000_RFCTL_NFSR_DIS);
    HwWrite(Hw, E1000_MRQC, 0); /* one queue */
    HwWrite(Hw, E1000_RDTR, 0);
    HwWrite(Hw, E1000_RADV, 0);

    NdisAcquireSpinLock(&Rx->Lock);
    for (Slot = 0; Slot < Rx->RingSize; Slot++) {
        if (Rx->Slots[Slot] != NULL) {
            BufferRelease(Rx, Rx->Slots[Slot]);
            Rx->Slots[Slot] = NULL;
        }
    }
    NdisZeroMemory(Rx->Ring, Rx->RingSize * sizeof(Rx->Ring[0]));
    Rx->NextToClean = 0;
    Rx->NextToPost = 0;
    Rx->SkipToEop = FALSE;

    HwWrite(Hw, E1000_RDBAL(0), Rx->RingPhysical.LowPart);
    HwWrite(Hw, E1000_RDBAH(0), (ULONG)Rx->RingPhysical.HighPart);
    HwWrite(Hw, E1000_RDLEN(0), Rx->RingSize * sizeof(Rx->Ring[0]));
    HwWrite(Hw, E1000_RDH(0), 0);
    HwWrite(Hw, E1000_RDT(0), 0);
    HwWrite(Hw, E1000_RXDCTL(0), E1000_RXDCTL_GRAN_DESCRIPTORS | E1000_RXDCTL_WTHRESH_1);
    RingPost(Adapter);
    Rx->Active = TRUE;
    NdisReleaseSpinLock(&Rx->Lock);
}

VOID ReceiveStop(PADAPTER Adapter)
{
    NdisAcquireSpinLock(&Adapter->Rx.Lock);
    Adapter->Rx.Active = FALSE;
    NdisReleaseSpinLock(&Adapter->Rx.Lock);
}

VOID ReceiveSetFilter(PADAPTER Adapter)
{
    ULONG Filter = Adapter->PacketFilter;
    ULONG Control = E1000_RCTL_SECRC | E1000_RCTL_BSIZE_2048;

    if (Filter & NDIS_PACKET_TYPE_PROMISCUOUS) {
        Control |= E1000_RCTL_UPE | E1000_RCTL_MPE | E1000_RCTL_BAM;
    }
    if (Filter & NDIS_PACKET_TYPE_ALL_MULTICAST) {
        Control |= E1000_RCTL_MPE;
    }
    if (Filter & NDIS_PACKET_TYPE_BROADCAST) {
        Control |= E1000_RCTL_BAM;
    }
    if (Filter != 0) { /* nothing is received while no protocol wants anything */
        Control |= E1000_RCTL_EN;
    }
    HwWrite(&Adapter->Hw, E1000_RCTL, Control);
}

BOOLEAN ReceiveIsPending(PADAPTER Adapter)
{
    PRX_RING Rx = &Adapter->Rx;
    BOOLEAN Pending;

    NdisAcquireSpinLock(&Rx->Lock);
    Pending =
        Rx->Active && Rx->Slots[Rx->NextToClean] != NULL &&
        (*(volatile ULONG *)&Rx->Ring[Rx->NextToClean].WriteBack.StatusError & E1000_RXD_DD) != 0;
    NdisReleaseSpinLock(&Rx->Lock);
    return Pending;
}

/* ---- Indicating ------------------------------------------------------------------------------ */

VOID CountFrame(PFRAME_COUNTERS Counters, const UCHAR *Destination, ULONG Length)
{
    if (!(Destination[0] & 1)) {
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

/* Fill in the packet of a received frame. FALSE: no good. Holds Rx->Lock. */
static BOOLEAN BufferDescribe(PRX_RING Rx, PRX_BUFFER Buffer, ULONG StatusError, ULONG LengthVlan)
{
    PNDIS_PACKET Packet = Buffer->Packet;
    ULONG Length = LengthVlan & 0xFFFF;
    NDIS_PACKET_8021Q_INFO Tag;

    if (Length < ETHERNET_HEADER_LENGTH || Length > ETHERNET_FRAME_LENGTH + VLAN_TAG_LENGTH) {
        return FALSE;
    }
    Tag.Value = NULL;
    if (StatusError & E1000_RXD_VP) {
        ULONG Tci = LengthVlan >> 16;

        Tag.TagHeader.UserPriority = Tci >> 13;
        Tag.TagHeader.CanonicalFormatId = (Tci >> 12) & 1;
        Tag.TagHeader.VlanId = Tci & 0xFFF;
    }
    NDIS_PER_PACKET_INFO_FROM_PACKET(Packet, Ieee8021QInfo) = Tag.Value;
    NdisAdjustBufferLength(Buffer->NdisBuffer, Length);
    NdisRecalculatePacketCounts(Packet);
    CountFrame(&Rx->Counters, Buffer->Data, Length);
    return TRUE;
}

/* Take frames out of the ring, at most a batch. The status of each packet says whether NDIS may
 * keep it. Holds Rx->Lock. */
static ULONG RingHarvest(PRX_RING Rx, PNDIS_PACKET *Packets)
{
    ULONG Spare = Rx->FreeCount; /* buffers that can take the place of lent ones */
    ULONG Count = 0;

    while (Count < RECEIVE_BATCH) {
        volatile E1000_RX_DESCRIPTOR *Written = &Rx->Ring[Rx->NextToClean];
        PRX_BUFFER Buffer = Rx->Slots[Rx->NextToClean];
        ULONG StatusError = Written->WriteBack.StatusError;
        BOOLEAN Whole;

        if (Buffer == NULL || !(StatusError & E1000_RXD_DD)) {
            break;
        }
        KeMemoryBarrier(); /* DD before everything that it vouches for */
        Rx->Slots[Rx->NextToClean] = NULL;

        /* Buffers hold the longest frame that is allowed. One without EOP is the start of a longer
         * one: it and what follows it up to EOP are dropped. */
        Whole = !Rx->SkipToEop && (StatusError & E1000_RXD_EOP);
        Rx->SkipToEop = !(StatusError & E1000_RXD_EOP);
        if (!Whole || (StatusError & E1000_RXD_FRAME_ERRORS) ||
            !BufferDescribe(Rx, Buffer, StatusError, Written->WriteBack.LengthVlan)) {
            Rx->Counters.Errors++;
            BufferRelease(Rx, Buffer);
        } else {
            if (Spare != 0) {
                Spare--;
                NDIS_SET_PACKET_STATUS(Buffer->Packet, NDIS_STATUS_SUCCESS);
                NdisInterlockedIncrement((PLONG)&Rx->Lent);
            } else {
                NDIS_SET_PACKET_STATUS(Buffer->Packet, NDIS_STATUS_RESOURCES);
            }
            Packets[Count++] = Buffer->Packet;
        }
        Rx->NextToClean = Rx->NextToClean + 1 == Rx->RingSize ? 0 : Rx->NextToClean + 1;
    }
    return Count;
}

BOOLEAN ReceiveProcess(PADAPTER Adapter)
{
    PRX_RING Rx = &Adapter->Rx;
    PNDIS_PACKET Packets[RECEIVE_BATCH];
    PRX_BUFFER Kept[RECEIVE_BATCH]; /* those with NDIS_STATUS_RESOURCES */
    ULONG Done, Count, KeptCount, Index;

    for (Done = 0; Done < RECEIVE_BUDGET; Done += Count) {
        NdisDprAcquireSpinLock(&Rx->Lock);
        Count = 0;
        if (Rx->Active) {
            Count = RingHarvest(Rx, Packets);
            RingPost(Adapter);
        }
        NdisDprReleaseSpinLock(&Rx->Lock);
        if (Count == 0) {
            return FALSE;
        }
        /* A packet that NDIS may keep can be back, and in use again, before the call returns; so
         * what we need to know about the others is noted before. */
        KeptCount = 0;
        for (Index = 0; Index < Count; Index++) {
            if (NDIS_GET_PACKET_STATUS(Packets[Index]) == NDIS_STATUS_RESOURCES) {
                Kept[KeptCount++] = PACKET_BUFFER(Packets[Index]);
            }
        }
        NdisMIndicateReceivePacket(Adapter->AdapterHandle, Packets, Count);
        if (KeptCount != 0) {
            NdisDprAcquireSpinLock(&Rx->Lock);
            for (Index = 0; Index < KeptCount; Index++) {
                BufferRelease(Rx, Kept[Index]);
            }
            if (Rx->Active) {
                RingPost(Adapter);
            }
            NdisDprReleaseSpinLock(&Rx->Lock);
        }
    }
    return TRUE;
}

static VOID LentDrop(PRX_RING Rx)
{
    if (NdisInterlockedDecrement((PLONG)&Rx->Lent) == 0) {
        NdisSetEvent(&Rx->AllReturned);
    }
}

VOID NTAPI MiniportReturnPacket(NDIS_HANDLE MiniportAdapterContext, PNDIS_PACKET Packet)
{
    PADAPTER Adapter = MiniportAdapterContext;
    PRX_RING Rx = &Adapter->Rx;

    NdisAcquireSpinLock(&Rx->Lock);
    BufferRelease(Rx, PACKET_BUFFER(Packet));
    NdisReleaseSpinLock(&Rx->Lock);
    LentDrop(Rx); /* after this MiniportHalt may free the adapter */
}

VOID ReceiveWaitReturned(PADAPTER Adapter)
{
    LentDrop(&Adapter->Rx);
    NdisWaitEvent(&Adapter->Rx.AllReturned, 0);
}
