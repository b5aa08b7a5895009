/* SPDX-License-Identifier: MIT */
/* receive.c - receive rings: from a written-back descriptor to an indication, without a copy.
 *
 * A queue owns twice as many buffers as its ring has descriptors. A frame is indicated in the very
 * buffer that the chip filled; a free one takes its place in the ring at once. When no free buffer
 * is left, frames are indicated with NDIS_RECEIVE_FLAGS_RESOURCES instead: their buffers are ours
 * again when the call returns, so the ring never runs dry for good.
 *
 * Registers: 82574 datasheet, section 10.2.5; descriptors: section 7.1. */
#include "e1000e.h"

#define RX_BLOCK_SIZE 65536 /* one allocation of shared memory */

/* ---- Memory ---------------------------------------------------------------------------------- */

static VOID QueueFree(PRX_QUEUE Queue)
{
    PADAPTER Adapter = Queue->Adapter;
    ULONG Index;

    if (Queue->Buffers != NULL) {
        for (Index = 0; Index < Queue->BufferCount; Index++) {
            PRX_BUFFER Buffer = &Queue->Buffers[Index];

            if (Buffer->NetBufferList != NULL) {
                NdisFreeNetBufferList(Buffer->NetBufferList);
            }
            if (Buffer->Mdl != NULL) {
                NdisFreeMdl(Buffer->Mdl);
            }
        }
        NdisFreeMemory(Queue->Buffers, 0, 0);
        Queue->Buffers = NULL;
    }
    if (Queue->Blocks != NULL) {
        for (Index = 0; Index < Queue->BlockCount; Index++) {
            PRX_BLOCK Block = &Queue->Blocks[Index];

            if (Block->Memory != NULL) {
                NdisMFreeSharedMemory(Adapter->AdapterHandle, Block->Length, TRUE, Block->Memory,
                                      Block->Physical);
            }
        }
        NdisFreeMemory(Queue->Blocks, 0, 0);
        Queue->Blocks = NULL;
    }
    if (Queue->Ring != NULL) {
        NdisMFreeSharedMemory(Adapter->AdapterHandle, Queue->RingSize * sizeof(Queue->Ring[0]),
                              TRUE, Queue->Ring, Queue->RingPhysical);
        Queue->Ring = NULL;
    }
    if (Queue->Slots != NULL) {
        NdisFreeMemory(Queue->Slots, 0, 0);
        Queue->Slots = NULL;
    }
    NdisFreeSpinLock(&Queue->Lock);
}

static PVOID AllocateZeroed(PADAPTER Adapter, ULONG Length)
{
    PVOID Memory = NdisAllocateMemoryWithTagPriority(Adapter->AdapterHandle, Length, POOL_TAG,
                                                     NormalPoolPriority);

    if (Memory != NULL) {
        NdisZeroMemory(Memory, Length);
    }
    return Memory;
}

static BOOLEAN BufferInitialize(PRX_QUEUE Queue, PRX_BUFFER Buffer, PRX_BLOCK Block, ULONG Offset)
{
    PADAPTER Adapter = Queue->Adapter;

    Buffer->Queue = Queue;
    Buffer->Data = (PUCHAR)Block->Memory + Offset;
    Buffer->DataPhysical.QuadPart = Block->Physical.QuadPart + Offset;
    Buffer->Mdl = NdisAllocateMdl(Adapter->AdapterHandle, Buffer->Data, Adapter->RxBufferSize);
    if (Buffer->Mdl == NULL) {
        return FALSE;
    }
    Buffer->NetBufferList =
        NdisAllocateNetBufferAndNetBufferList(Adapter->ReceivePool, 0, 0, Buffer->Mdl, 0, 0);
    if (Buffer->NetBufferList == NULL) {
        return FALSE;
    }
    Buffer->NetBufferList->SourceHandle = Adapter->AdapterHandle;
    NET_BUFFER_LIST_MINIPORT_RESERVED(Buffer->NetBufferList)[0] = Buffer;

    Buffer->Next = Queue->Free;
    Queue->Free = Buffer;
    Queue->FreeCount++;
    return TRUE;
}

static NDIS_STATUS QueueAllocate(PADAPTER Adapter, ULONG QueueIndex)
{
    PRX_QUEUE Queue = &Adapter->RxQueues[QueueIndex];
    ULONG PerBlock = RX_BLOCK_SIZE / Adapter->RxBufferSize;
    ULONG Index;

    Queue->Adapter = Adapter;
    Queue->Index = QueueIndex;
    NdisAllocateSpinLock(&Queue->Lock);

    Queue->RingSize = Adapter->Config.ReceiveBuffers;
    Queue->BufferCount = 2 * Queue->RingSize;
    Queue->BlockCount = (Queue->BufferCount + PerBlock - 1) / PerBlock;
    Queue->Slots = AllocateZeroed(Adapter, Queue->RingSize * sizeof(Queue->Slots[0]));
    Queue->Buffers = AllocateZeroed(Adapter, Queue->BufferCount * sizeof(Queue->Buffers[0]));
    Queue->Blocks = AllocateZeroed(Adapter, Queue->BlockCount * sizeof(Queue->Blocks[0]));
    if (Queue->Slots == NULL || Queue->Buffers == NULL || Queue->Blocks == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisMAllocateSharedMemory(Adapter->AdapterHandle, Queue->RingSize * sizeof(Queue->Ring[0]),
                              TRUE, (PVOID *)&Queue->Ring, &Queue->RingPhysical);
    if (Queue->Ring == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    for (Index = 0; Index < Queue->BufferCount; Index++) {
        PRX_BLOCK Block = &Queue->Blocks[Index / PerBlock];

        if (Block->Memory == NULL) {
            Block->Length = RX_BLOCK_SIZE;
            NdisMAllocateSharedMemory(Adapter->AdapterHandle, Block->Length, TRUE, &Block->Memory,
                                      &Block->Physical);
            if (Block->Memory == NULL) {
                return NDIS_STATUS_RESOURCES;
            }
        }
        if (!BufferInitialize(Queue, &Queue->Buffers[Index], Block,
                              (Index % PerBlock) * Adapter->RxBufferSize)) {
            return NDIS_STATUS_RESOURCES;
        }
    }
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS ReceiveAllocate(PADAPTER Adapter)
{
    NET_BUFFER_LIST_POOL_PARAMETERS Pool;
    ULONG Index;

    NdisZeroMemory(&Pool, sizeof(Pool));
    Pool.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    Pool.Header.Revision = NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    Pool.Header.Size = NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1;
    Pool.ProtocolId = NDIS_PROTOCOL_ID_DEFAULT;
    Pool.fAllocateNetBuffer = TRUE;
    Pool.PoolTag = POOL_TAG;
    Adapter->ReceivePool = NdisAllocateNetBufferListPool(Adapter->AdapterHandle, &Pool);
    if (Adapter->ReceivePool == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    for (Index = 0; Index < Adapter->RxQueueCount; Index++) {
        NDIS_STATUS Status = QueueAllocate(Adapter, Index);

        if (Status != NDIS_STATUS_SUCCESS) {
            return Status; /* ReceiveFree takes back what there is */
        }
    }
    return NDIS_STATUS_SUCCESS;
}

VOID ReceiveFree(PADAPTER Adapter)
{
    ULONG Index;

    for (Index = 0; Index < Adapter->RxQueueCount; Index++) {
        if (Adapter->RxQueues[Index].Adapter != NULL) {
            QueueFree(&Adapter->RxQueues[Index]);
        }
    }
    if (Adapter->ReceivePool != NULL) {
        NdisFreeNetBufferListPool(Adapter->ReceivePool);
        Adapter->ReceivePool = NULL;
    }
}

/* ---- The ring -------------------------------------------------------------------------------- */

static VOID BufferRelease(PRX_BUFFER Buffer)
{
    PRX_QUEUE Queue = Buffer->Queue;

    Buffer->Next = Queue->Free;
    Queue->Free = Buffer;
    Queue->FreeCount++;
}

/* Give the chip a buffer for each slot that has none. Holds Queue->Lock. */
static VOID QueuePost(PRX_QUEUE Queue)
{
    ULONG Slot = Queue->NextToPost;

    for (;;) {
        ULONG Next = Slot + 1 == Queue->RingSize ? 0 : Slot + 1;
        PRX_BUFFER Buffer = Queue->Free;

        /* One slot stays empty: RDH == RDT would mean that the chip has none at all. */
        if (Buffer == NULL || Next == Queue->NextToClean) {
            break;
        }
        Queue->Free = Buffer->Next;
        Queue->FreeCount--;
        Queue->Slots[Slot] = Buffer;
        Queue->Ring[Slot].Read.BufferAddress = (ULONG64)Buffer->DataPhysical.QuadPart;
        Queue->Ring[Slot].Read.Reserved = 0; /* clears DD */
        Slot = Next;
    }
    if (Slot != Queue->NextToPost) {
        Queue->NextToPost = Slot;
        KeMemoryBarrier(); /* the descriptors before the tail that tells of them */
        HwWrite(&Queue->Adapter->Hw, E1000_RDT(Queue->Index), Slot);
    }
}

static VOID QueueStart(PRX_QUEUE Queue)
{
    PHARDWARE Hw = &Queue->Adapter->Hw;
    ULONG Slot;

    NdisAcquireSpinLock(&Queue->Lock);
    for (Slot = 0; Slot < Queue->RingSize; Slot++) {
        if (Queue->Slots[Slot] != NULL) {
            BufferRelease(Queue->Slots[Slot]);
            Queue->Slots[Slot] = NULL;
        }
    }
    NdisZeroMemory(Queue->Ring, Queue->RingSize * sizeof(Queue->Ring[0]));
    Queue->NextToClean = 0;
    Queue->NextToPost = 0;
    Queue->SkipToEop = FALSE;

    HwWrite(Hw, E1000_RDBAL(Queue->Index), Queue->RingPhysical.LowPart);
    HwWrite(Hw, E1000_RDBAH(Queue->Index), (ULONG)Queue->RingPhysical.HighPart);
    HwWrite(Hw, E1000_RDLEN(Queue->Index), Queue->RingSize * sizeof(Queue->Ring[0]));
    HwWrite(Hw, E1000_RDH(Queue->Index), 0);
    HwWrite(Hw, E1000_RDT(Queue->Index), 0);
    HwWrite(Hw, E1000_RXDCTL(Queue->Index), E1000_RXDCTL_GRAN_DESCRIPTORS | E1000_RXDCTL_WTHRESH_1);
    QueuePost(Queue);
    Queue->Active = TRUE;
    NdisReleaseSpinLock(&Queue->Lock);
}

VOID ReceiveSetChecksum(PADAPTER Adapter)
{
    ULONG Checksum = E1000_RXCSUM_PCSD; /* the RSS hash is worth more than a raw sum */

    if ((Adapter->Config.IpChecksumIPv4 | Adapter->Config.TcpChecksumIPv4 |
         Adapter->Config.TcpChecksumIPv6 | Adapter->Config.UdpChecksumIPv4 |
         Adapter->Config.UdpChecksumIPv6) &
        OFFLOAD_RX) {
        Checksum |= E1000_RXCSUM_IPOFLD | E1000_RXCSUM_TUOFLD;
    }
    HwWrite(&Adapter->Hw, E1000_RXCSUM, Checksum);
}

VOID ReceiveStart(PADAPTER Adapter)
{
    PHARDWARE Hw = &Adapter->Hw;
    ULONG Index;

    ReceiveSetChecksum(Adapter);
    HwWrite(Hw, E1000_RFCTL,
            E1000_RFCTL_EXSTEN | E1000_RFCTL_ISCSI_DIS | E1000_RFCTL_NFSW_DIS |
                E1000_RFCTL_NFSR_DIS);
    HwWrite(Hw, E1000_RDTR, 0);
    HwWrite(Hw, E1000_RADV, 0);
    for (Index = 0; Index < Adapter->RxQueueCount; Index++) {
        QueueStart(&Adapter->RxQueues[Index]);
    }
}

VOID ReceiveStop(PADAPTER Adapter)
{
    ULONG Index;

    for (Index = 0; Index < Adapter->RxQueueCount; Index++) {
        PRX_QUEUE Queue = &Adapter->RxQueues[Index];

        NdisAcquireSpinLock(&Queue->Lock);
        Queue->Active = FALSE;
        NdisReleaseSpinLock(&Queue->Lock);
    }
}

VOID ReceiveSetFilter(PADAPTER Adapter)
{
    ULONG Filter = Adapter->PacketFilter;
    ULONG Control = E1000_RCTL_SECRC;

    if (Adapter->RxBufferSize > 4096) {
        Control |= E1000_RCTL_BSIZE_16384;
    } else if (Adapter->RxBufferSize > 2048) {
        Control |= E1000_RCTL_BSIZE_4096;
    } else {
        Control |= E1000_RCTL_BSIZE_2048;
    }
    if (Adapter->MaxFrame > 1514) {
        Control |= E1000_RCTL_LPE;
    }
    if (Filter & NDIS_PACKET_TYPE_PROMISCUOUS) {
        Control |= E1000_RCTL_UPE | E1000_RCTL_MPE | E1000_RCTL_BAM;
    }
    if (Filter & NDIS_PACKET_TYPE_ALL_MULTICAST) {
        Control |= E1000_RCTL_MPE;
    }
    if (Filter & NDIS_PACKET_TYPE_BROADCAST) {
        Control |= E1000_RCTL_BAM;
    }
    /* Nothing is received while paused or while no protocol wants anything. */
    if (Adapter->State == AdapterRunning && Filter != 0) {
        Control |= E1000_RCTL_EN;
    }
    HwWrite(&Adapter->Hw, E1000_RCTL, Control);
}

BOOLEAN ReceiveIsPending(PRX_QUEUE Queue)
{
    BOOLEAN Pending;

    NdisAcquireSpinLock(&Queue->Lock);
    Pending = Queue->Active && Queue->Slots[Queue->NextToClean] != NULL &&
              (*(volatile ULONG *)&Queue->Ring[Queue->NextToClean].WriteBack.StatusError &
               E1000_RXD_DD) != 0;
    NdisReleaseSpinLock(&Queue->Lock);
    return Pending;
}

/* ---- Indicating ------------------------------------------------------------------------------ */

static VOID CountFrame(PRECEIVE_COUNTERS Counters, const UCHAR *Destination, ULONG Length)
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

/* What the chip found out about the checksums, as far as it was asked to tell. */
static PVOID ChecksumInfo(PADAPTER Adapter, ULONG Status)
{
    NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO Info;
    PCONFIGURATION Config = &Adapter->Config;
    BOOLEAN IPv4 = (Status & E1000_RXD_IPCS) != 0; /* IPv6 headers have no checksum */
    ULONG Tcp = IPv4 ? Config->TcpChecksumIPv4 : Config->TcpChecksumIPv6;
    ULONG Udp = IPv4 ? Config->UdpChecksumIPv4 : Config->UdpChecksumIPv6;

    Info.Value = NULL;
    if (!Adapter->ReceiveOffloadActive || (Status & E1000_RXD_IXSM)) {
        return NULL;
    }
    if (IPv4 && (Config->IpChecksumIPv4 & OFFLOAD_RX)) {
        Info.Receive.IpChecksumFailed = (Status & E1000_RXD_IPE) != 0;
        Info.Receive.IpChecksumSucceeded = !Info.Receive.IpChecksumFailed;
    }
    if (Status & E1000_RXD_UDPCS) {
        if (Udp & OFFLOAD_RX) {
            Info.Receive.UdpChecksumFailed = (Status & E1000_RXD_TCPE) != 0;
            Info.Receive.UdpChecksumSucceeded = !Info.Receive.UdpChecksumFailed;
        }
    } else if ((Status & E1000_RXD_TCPCS) && (Tcp & OFFLOAD_RX)) {
        Info.Receive.TcpChecksumFailed = (Status & E1000_RXD_TCPE) != 0;
        Info.Receive.TcpChecksumSucceeded = !Info.Receive.TcpChecksumFailed;
    }
    return Info.Value;
}

/* Fill in the NET_BUFFER_LIST of a received frame. FALSE: the frame is not for us. */
static BOOLEAN BufferDescribe(PRX_BUFFER Buffer, const E1000_RX_DESCRIPTOR *Descriptor)
{
    PRX_QUEUE Queue = Buffer->Queue;
    PADAPTER Adapter = Queue->Adapter;
    PNET_BUFFER_LIST Nbl = Buffer->NetBufferList;
    PNET_BUFFER Nb = NET_BUFFER_LIST_FIRST_NB(Nbl);
    ULONG Status = Descriptor->WriteBack.StatusError;
    ULONG Length = Descriptor->WriteBack.LengthVlan & 0xFFFF;
    NDIS_NET_BUFFER_LIST_8021Q_INFO Tag;
    ULONG HashType = 0;

    if (Length < ETHERNET_HEADER_LENGTH || Length > Adapter->MaxFrame + VLAN_TAG_LENGTH) {
        Queue->Counters.Errors++;
        return FALSE;
    }

    Tag.Value = NULL;
    if (Status & E1000_RXD_VP) {
        ULONG Tci = Descriptor->WriteBack.LengthVlan >> 16;

        /* WDK, "OID_GEN_VLAN_ID": with an ID set, tags of other VLANs are not ours. */
        if (Adapter->VlanId != 0 && (Tci & 0xFFF) != 0 && (Tci & 0xFFF) != Adapter->VlanId) {
            Queue->Counters.Discards++;
            return FALSE;
        }
        Tag.TagHeader.UserPriority = Tci >> 13;
        Tag.TagHeader.CanonicalFormatId = (Tci >> 12) & 1;
        Tag.TagHeader.VlanId = Tci & 0xFFF;
    }
    if (Adapter->Rss.Enabled) {
        HashType = RssHashType(Descriptor->WriteBack.Mrq);
    }

    NdisAdjustMdlLength(Buffer->Mdl, Length);
    NET_BUFFER_FIRST_MDL(Nb) = Buffer->Mdl;
    NET_BUFFER_CURRENT_MDL(Nb) = Buffer->Mdl;
    NET_BUFFER_CURRENT_MDL_OFFSET(Nb) = 0;
    NET_BUFFER_DATA_OFFSET(Nb) = 0;
    NET_BUFFER_DATA_LENGTH(Nb) = Length;
    NET_BUFFER_LIST_NEXT_NBL(Nbl) = NULL;
    NET_BUFFER_LIST_STATUS(Nbl) = NDIS_STATUS_SUCCESS;
    NET_BUFFER_LIST_INFO(Nbl, Ieee8021QNetBufferListInfo) = Tag.Value;
    NET_BUFFER_LIST_INFO(Nbl, TcpIpChecksumNetBufferListInfo) = ChecksumInfo(Adapter, Status);
    NET_BUFFER_LIST_SET_HASH_TYPE(Nbl, HashType);
    NET_BUFFER_LIST_SET_HASH_FUNCTION(Nbl, HashType != 0 ? NdisHashFunctionToeplitz : 0);
    NET_BUFFER_LIST_SET_HASH_VALUE(Nbl, HashType != 0 ? Descriptor->WriteBack.RssHash : 0);

    CountFrame(&Queue->Counters, Buffer->Data, Length);
    return TRUE;
}

/* Frames of one DPC, in the order they came. */
typedef struct _HARVEST {
    PNET_BUFFER_LIST First, *Link;
    PRX_BUFFER Buffers; /* only of frames whose buffers come back with the call */
    ULONG Count;
} HARVEST, *PHARVEST;

static VOID HarvestAdd(PHARVEST Harvest, PRX_BUFFER Buffer)
{
    *Harvest->Link = Buffer->NetBufferList;
    Harvest->Link = &NET_BUFFER_LIST_NEXT_NBL(Buffer->NetBufferList);
    Buffer->Next = Harvest->Buffers;
    Harvest->Buffers = Buffer;
    Harvest->Count++;
}

/* Take at most Limit frames out of the ring, give the chip fresh buffers, say whether frames are
 * left. Deliver FALSE: throw them away. Holds Queue->Lock. */
static BOOLEAN QueueHarvest(PRX_QUEUE Queue, ULONG Limit, BOOLEAN Deliver, PHARVEST Lent,
                            PHARVEST Returned)
{
    ULONG Spare = Queue->FreeCount; /* buffers that can take the place of lent ones */

    for (;;) {
        volatile E1000_RX_DESCRIPTOR *Written = &Queue->Ring[Queue->NextToClean];
        PRX_BUFFER Buffer = Queue->Slots[Queue->NextToClean];
        E1000_RX_DESCRIPTOR Descriptor;
        BOOLEAN Whole;

        Descriptor.WriteBack.StatusError = Written->WriteBack.StatusError;
        if (Buffer == NULL || !(Descriptor.WriteBack.StatusError & E1000_RXD_DD)) {
            return FALSE;
        }
        if (Lent->Count + Returned->Count == Limit) {
            return TRUE;
        }
        KeMemoryBarrier(); /* DD before everything that it vouches for */
        Descriptor.WriteBack.Mrq = Written->WriteBack.Mrq;
        Descriptor.WriteBack.RssHash = Written->WriteBack.RssHash;
        Descriptor.WriteBack.LengthVlan = Written->WriteBack.LengthVlan;
        Queue->Slots[Queue->NextToClean] = NULL;
        Queue->NextToClean = Queue->NextToClean + 1 == Queue->RingSize ? 0 : Queue->NextToClean + 1;

        /* Buffers hold the longest frame that is allowed. One without EOP is the start of a longer
         * one: it and what follows it up to EOP are dropped. */
        Whole = !Queue->SkipToEop && (Descriptor.WriteBack.StatusError & E1000_RXD_EOP);
        Queue->SkipToEop = !(Descriptor.WriteBack.StatusError & E1000_RXD_EOP);
        if (!Whole || (Descriptor.WriteBack.StatusError & E1000_RXD_FRAME_ERRORS)) {
            Queue->Counters.Errors++;
            BufferRelease(Buffer);
        } else if (!Deliver) {
            Queue->Counters.Discards++;
            BufferRelease(Buffer);
        } else if (!BufferDescribe(Buffer, &Descriptor)) {
            BufferRelease(Buffer);
        } else if (Spare != 0 && Returned->Count == 0) {
            Spare--;
            HarvestAdd(Lent, Buffer);
        } else {
            HarvestAdd(Returned, Buffer); /* and all that follow, or frames would overtake it */
        }
    }
}

ULONG ReceiveProcess(PRX_QUEUE Queue, ULONG Limit, PBOOLEAN More)
{
    PADAPTER Adapter = Queue->Adapter;
    BOOLEAN Deliver = AdapterEnter(Adapter, 1); /* no pause completes until we leave */
    HARVEST Lent = {NULL, &Lent.First, NULL, 0};
    HARVEST Returned = {NULL, &Returned.First, NULL, 0};

    *More = FALSE;
    NdisDprAcquireSpinLock(&Queue->Lock);
    if (Queue->Active) {
        *More = QueueHarvest(Queue, Limit, Deliver, &Lent, &Returned);
        QueuePost(Queue);
    }
    NdisDprReleaseSpinLock(&Queue->Lock);

    if (Lent.Count != 0) {
        InterlockedExchangeAdd(&Adapter->Users, (LONG)Lent.Count); /* until they are returned */
        NdisMIndicateReceiveNetBufferLists(Adapter->AdapterHandle, Lent.First,
                                           NDIS_DEFAULT_PORT_NUMBER, Lent.Count,
                                           NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL);
    }
    if (Returned.Count != 0) {
        NdisMIndicateReceiveNetBufferLists(
            Adapter->AdapterHandle, Returned.First, NDIS_DEFAULT_PORT_NUMBER, Returned.Count,
            NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL | NDIS_RECEIVE_FLAGS_RESOURCES);

        NdisDprAcquireSpinLock(&Queue->Lock);
        while (Returned.Buffers != NULL) {
            PRX_BUFFER Buffer = Returned.Buffers;

            Returned.Buffers = Buffer->Next;
            BufferRelease(Buffer);
        }
        if (Queue->Active) {
            QueuePost(Queue);
        }
        NdisDprReleaseSpinLock(&Queue->Lock);
    }
    if (Deliver) {
        AdapterLeave(Adapter, 1);
    }
    return Lent.Count + Returned.Count;
}

VOID NTAPI MiniportReturnNetBufferLists(NDIS_HANDLE MiniportAdapterContext,
                                        PNET_BUFFER_LIST NetBufferLists, ULONG ReturnFlags)
{
    PADAPTER Adapter = MiniportAdapterContext;
    BOOLEAN AtDispatch = NDIS_TEST_RETURN_AT_DISPATCH_LEVEL(ReturnFlags) != 0; /* */
    LONG Count = 0;

    while (NetBufferLists != NULL) {
        PNET_BUFFER_LIST Next = NET_BUFFER_LIST_NEXT_NBL(NetBufferLists);
        PRX_BUFFER Buffer = NET_BUFFER_LIST_MINIPORT_RESERVED(NetBufferLists)[0];
        PRX_QUEUE Queue = Buffer->Queue;

        if (AtDispatch) {
            NdisDprAcquireSpinLock(&Queue->Lock);
        } else {
            NdisAcquireSpinLock(&Queue->Lock);
        }
        BufferRelease(Buffer);
        if (AtDispatch) {
            NdisDprReleaseSpinLock(&Queue->Lock);
        } else {
            NdisReleaseSpinLock(&Queue->Lock);
        }
        Count++;
        NetBufferLists = Next;
    }
    AdapterLeave(Adapter, Count);
}
