/* SPDX-License-Identifier: MIT */
/* minimal5.h - all of a small NDIS 5.1 miniport but its interrupt, for test drivers.
 *
 * The file that includes it writes what is particular to it: struct adapter (which begins with a
 * struct minimal5 called Base), Handlers, Configure, Prepare, Start, Stop and the Before
 * functions, below. Every rule is kept.
 *
 * The card's wire is not used: what is sent comes back as if it had been received. Sending queues
 * the packet and makes the card interrupt; MinimalReceive, called in the driver's DPC, indicates a
 * copy and completes the send. --set Deserialized=1 makes the miniport a deserialised one, --set
 * ByLookahead=1 (serialised only) lets it indicate with NdisMEthIndicateReceive.
 *
 * WDK (NDIS 5): "MiniportInitialize", "MiniportSendPackets", "NdisMIndicateReceivePacket". */
#pragma once
#define NDIS_MINIPORT_DRIVER 1
#define NDIS51_MINIPORT      1
#include <ndis.h>
#include "card.h"

#define TAG         0x74736574 /* "test", as pool tags are read */
#define HEADER      14         /* of an Ethernet frame */
#define FRAME_BYTES 1514
#define PACKETS     16 /* for frames that are indicated */

struct minimal5 {
    NDIS_HANDLE AdapterHandle;
    struct card Card;
    ULONG Vector, Level; /* of the line */
    BOOLEAN Deserialized, ByLookahead;
    ULONG PacketFilter, Lookahead;
    UCHAR MacAddress[6];

    NDIS_SPIN_LOCK Lock; /* guards Sends, Free and FreeCount */
    LIST_ENTRY Sends;    /* packets to be sent, linked by MiniportReserved */
    NDIS_HANDLE PacketPool, BufferPool;
    PNDIS_PACKET Free[PACKETS];
    ULONG FreeCount;
    PUCHAR Memory; /* of the packets, FRAME_BYTES each, and one more: the frame at hand */
    PUCHAR Frame;
    UINT FrameLength;
};

struct adapter;
static const SIZE_T AdapterBytes; /* sizeof(struct adapter) */

/* Sets the interrupt handlers, and whatever else is to be different. */
static VOID Handlers(PNDIS_MINIPORT_CHARACTERISTICS Characteristics);
/* In MiniportInitialize: its settings; before and after NdisMSetAttributesEx. On failure each has
 * released what it took. */
static NDIS_STATUS Configure(struct adapter *Adapter, NDIS_HANDLE Configuration);
static VOID Prepare(struct adapter *Adapter);
static NDIS_STATUS Start(struct adapter *Adapter);
/* MiniportHalt: the interrupt above all. */
static VOID Stop(struct adapter *Adapter);
/* A packet is to be sent, a frame to be indicated, a send to be completed. TRUE: the driver has
 * done that. */
static BOOLEAN BeforeSend(struct adapter *Adapter, PNDIS_PACKET Packet);
static BOOLEAN BeforeReceive(struct adapter *Adapter, PNDIS_PACKET Packet);
static BOOLEAN BeforeComplete(struct adapter *Adapter, PNDIS_PACKET Packet);

#define SEND_LINK(Packet)        ((PLIST_ENTRY)(Packet)->MiniportReserved)
#define SEND_OF_LINK(Entry)      CONTAINING_RECORD(Entry, NDIS_PACKET, MiniportReserved)
#define MEMORY_OF_PACKET(Packet) (*(PUCHAR *)(Packet)->MiniportReserved)

/* --- frames --- */

static VOID FreePackets(struct minimal5 *Base)
{
    while (Base->FreeCount != 0) {
        PNDIS_PACKET Packet = Base->Free[--Base->FreeCount];
        PNDIS_BUFFER Buffer;

        NdisUnchainBufferAtFront(Packet, &Buffer);
        if (Buffer != NULL)
            NdisFreeBuffer(Buffer);
        NdisFreePacket(Packet);
    }
    if (Base->PacketPool != NULL)
        NdisFreePacketPool(Base->PacketPool);
    if (Base->BufferPool != NULL)
        NdisFreeBufferPool(Base->BufferPool);
    if (Base->Memory != NULL)
        NdisFreeMemory(Base->Memory, 0, 0);
}

static NDIS_STATUS AllocatePackets(struct minimal5 *Base)
{
    NDIS_STATUS Status;

    Status = NdisAllocateMemoryWithTag((PVOID *)&Base->Memory, (PACKETS + 1) * FRAME_BYTES, TAG);
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
    Base->Frame = Base->Memory + PACKETS * FRAME_BYTES;
    NdisAllocatePacketPool(&Status, &Base->PacketPool, PACKETS, PROTOCOL_RESERVED_SIZE_IN_PACKET);
    if (Status == NDIS_STATUS_SUCCESS)
        NdisAllocateBufferPool(&Status, &Base->BufferPool, PACKETS);
    while (Status == NDIS_STATUS_SUCCESS && Base->FreeCount < PACKETS) {
        PUCHAR Memory = Base->Memory + Base->FreeCount * FRAME_BYTES;
        PNDIS_PACKET Packet;
        PNDIS_BUFFER Buffer;

        NdisAllocatePacket(&Status, &Packet, Base->PacketPool);
        if (Status != NDIS_STATUS_SUCCESS)
            break;
        Base->Free[Base->FreeCount++] = Packet;
        MEMORY_OF_PACKET(Packet) = Memory;
        NDIS_SET_PACKET_HEADER_SIZE(Packet, HEADER);
        NdisAllocateBuffer(&Status, &Buffer, Base->BufferPool, Memory, FRAME_BYTES);
        if (Status == NDIS_STATUS_SUCCESS)
            NdisChainBufferAtFront(Packet, Buffer);
    }
    return Status;
}

/* The frame of a packet into the frame at hand. */
static VOID TakeFrame(struct minimal5 *Base, PNDIS_PACKET Packet)
{
    PNDIS_BUFFER Buffer;
    UINT Length;
    PVOID Data;

    Base->FrameLength = 0;
    NdisQueryPacket(Packet, NULL, NULL, &Buffer, NULL);
    while (Buffer != NULL) {
        NdisQueryBufferSafe(Buffer, &Data, &Length, NormalPagePriority);
        if (Data == NULL || Length > FRAME_BYTES - Base->FrameLength)
            break;
        NdisMoveMemory(Base->Frame + Base->FrameLength, Data, Length);
        Base->FrameLength += Length;
        NdisGetNextBuffer(Buffer, &Buffer);
    }
}

static VOID IndicatePacket(struct minimal5 *Base, PNDIS_PACKET Packet)
{
    NdisMoveMemory(MEMORY_OF_PACKET(Packet), Base->Frame, Base->FrameLength);
    NdisAdjustBufferLength(Packet->Private.Head, Base->FrameLength);
    NdisRecalculatePacketCounts(Packet);
    NDIS_SET_PACKET_STATUS(Packet, NDIS_STATUS_SUCCESS);
    NdisMIndicateReceivePacket(Base->AdapterHandle, &Packet, 1);
}

static VOID IndicateLookahead(struct minimal5 *Base)
{
    UINT Size = Base->FrameLength - HEADER;

    NdisMEthIndicateReceive(Base->AdapterHandle, Base, (PCHAR)Base->Frame, HEADER,
                            Base->Frame + HEADER, Size < Base->Lookahead ? Size : Base->Lookahead,
                            Size);
    NdisMEthIndicateReceiveComplete(Base->AdapterHandle);
}

static NDIS_STATUS NTAPI MinimalTransfer(PNDIS_PACKET Packet, PUINT BytesTransferred,
                                         NDIS_HANDLE MiniportAdapterContext,
                                         NDIS_HANDLE MiniportReceiveContext, UINT ByteOffset,
                                         UINT BytesToTransfer)
{
    struct minimal5 *Base = MiniportReceiveContext;
    PNDIS_BUFFER Buffer;
    UINT Length;
    PVOID Data;

    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    *BytesTransferred = 0;
    NdisQueryPacket(Packet, NULL, NULL, &Buffer, NULL);
    while (Buffer != NULL && *BytesTransferred < BytesToTransfer) {
        NdisQueryBufferSafe(Buffer, &Data, &Length, NormalPagePriority);
        if (Data == NULL)
            return NDIS_STATUS_FAILURE;
        if (Length > BytesToTransfer - *BytesTransferred)
            Length = BytesToTransfer - *BytesTransferred;
        NdisMoveMemory(Data, Base->Frame + HEADER + ByteOffset + *BytesTransferred, Length);
        *BytesTransferred += Length;
        NdisGetNextBuffer(Buffer, &Buffer);
    }
    return NDIS_STATUS_SUCCESS;
}

/* A packet to be sent, and one to indicate it with. FALSE: there is none of one of them. */
static BOOLEAN TakePackets(struct minimal5 *Base, PNDIS_PACKET *Send, PNDIS_PACKET *Receive)
{
    BOOLEAN Both;

    NdisDprAcquireSpinLock(&Base->Lock);
    Both = !IsListEmpty(&Base->Sends) && Base->FreeCount != 0;
    if (Both) {
        *Send = SEND_OF_LINK(RemoveHeadList(&Base->Sends));
        *Receive = Base->Free[--Base->FreeCount];
    }
    NdisDprReleaseSpinLock(&Base->Lock);
    return Both;
}

static VOID PutPacket(struct minimal5 *Base, PNDIS_PACKET Packet)
{
    NdisAcquireSpinLock(&Base->Lock);
    Base->Free[Base->FreeCount++] = Packet;
    NdisReleaseSpinLock(&Base->Lock);
}

/* The frame of a packet that is sent is received. */
static VOID LoopBack(struct minimal5 *Base, PNDIS_PACKET Send, PNDIS_PACKET Receive)
{
    TakeFrame(Base, Send);
    if (BeforeReceive((struct adapter *)Base, Receive)) {
        if (Base->ByLookahead)
            PutPacket(Base, Receive);
        return;
    }
    if (Base->ByLookahead)
        IndicateLookahead(Base);
    else
        IndicatePacket(Base, Receive);
    /* A serialised miniport looks whether NDIS keeps it; else MiniportReturnPacket comes. */
    if (Base->ByLookahead ||
        (!Base->Deserialized && NDIS_GET_PACKET_STATUS(Receive) != NDIS_STATUS_PENDING))
        PutPacket(Base, Receive);
}

/* In the driver's DPC: everything that has been sent comes back. */
static VOID MinimalReceive(struct minimal5 *Base)
{
    PNDIS_PACKET Send, Receive;

    while (TakePackets(Base, &Send, &Receive)) {
        LoopBack(Base, Send, Receive);
        if (!BeforeComplete((struct adapter *)Base, Send))
            NdisMSendComplete(Base->AdapterHandle, Send, NDIS_STATUS_SUCCESS);
    }
}

static VOID NTAPI MinimalReturn(NDIS_HANDLE MiniportAdapterContext, PNDIS_PACKET Packet)
{
    struct minimal5 *Base = MiniportAdapterContext;

    PutPacket(Base, Packet);
    if (!IsListEmpty(&Base->Sends)) /* one that waited for it */
        RaiseCause(&Base->Card);
}

static VOID NTAPI MinimalSendPackets(NDIS_HANDLE MiniportAdapterContext, PPNDIS_PACKET PacketArray,
                                     UINT NumberOfPackets)
{
    struct minimal5 *Base = MiniportAdapterContext;
    UINT i;

    for (i = 0; i < NumberOfPackets; i++) {
        NDIS_SET_PACKET_STATUS(PacketArray[i], NDIS_STATUS_PENDING);
        if (BeforeSend((struct adapter *)Base, PacketArray[i]))
            continue;
        NdisAcquireSpinLock(&Base->Lock);
        InsertTailList(&Base->Sends, SEND_LINK(PacketArray[i]));
        NdisReleaseSpinLock(&Base->Lock);
    }
    RaiseCause(&Base->Card);
}

/* --- requests --- */

static const NDIS_OID SupportedOids[] = {
    OID_GEN_SUPPORTED_LIST,       OID_GEN_HARDWARE_STATUS,       OID_GEN_MAXIMUM_LOOKAHEAD,
    OID_GEN_CURRENT_LOOKAHEAD,    OID_GEN_MAXIMUM_FRAME_SIZE,    OID_GEN_MAXIMUM_TOTAL_SIZE,
    OID_GEN_LINK_SPEED,           OID_GEN_MAC_OPTIONS,           OID_GEN_MEDIA_CONNECT_STATUS,
    OID_GEN_MAXIMUM_SEND_PACKETS, OID_GEN_CURRENT_PACKET_FILTER, OID_802_3_PERMANENT_ADDRESS,
    OID_802_3_CURRENT_ADDRESS,    OID_802_3_MULTICAST_LIST,      OID_802_3_MAXIMUM_LIST_SIZE};

static NDIS_STATUS NTAPI MinimalQuery(NDIS_HANDLE MiniportAdapterContext, NDIS_OID Oid,
                                      PVOID InformationBuffer, ULONG InformationBufferLength,
                                      PULONG BytesWritten, PULONG BytesNeeded)
{
    struct minimal5 *Base = MiniportAdapterContext;
    const VOID *Source;
    ULONG Number, Length = sizeof(Number);

    Source = &Number;
    switch (Oid) {
    case OID_GEN_SUPPORTED_LIST:
        Source = SupportedOids;
        Length = sizeof(SupportedOids);
        break;
    case OID_802_3_PERMANENT_ADDRESS:
    case OID_802_3_CURRENT_ADDRESS:
        Source = Base->MacAddress;
        Length = sizeof(Base->MacAddress);
        break;
    case OID_GEN_HARDWARE_STATUS:
        Number = NdisHardwareStatusReady;
        break;
    case OID_GEN_MAXIMUM_LOOKAHEAD:
    case OID_GEN_MAXIMUM_FRAME_SIZE:
        Number = FRAME_BYTES - HEADER;
        break;
    case OID_GEN_CURRENT_LOOKAHEAD:
        Number = Base->Lookahead;
        break;
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
        Number = FRAME_BYTES;
        break;
    case OID_GEN_LINK_SPEED:
        Number = 10000000; /* in 100 bit/s */
        break;
    case OID_GEN_MAC_OPTIONS:
        Number = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND |
                 NDIS_MAC_OPTION_NO_LOOPBACK;
        break;
    case OID_GEN_MEDIA_CONNECT_STATUS:
        Number = NdisMediaStateConnected;
        break;
    case OID_GEN_MAXIMUM_SEND_PACKETS:
        Number = 8;
        break;
    case OID_GEN_CURRENT_PACKET_FILTER:
        Number = Base->PacketFilter;
        break;
    case OID_802_3_MAXIMUM_LIST_SIZE:
        Number = 32;
        break;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (InformationBufferLength < Length) {
        *BytesNeeded = Length;
        return NDIS_STATUS_INVALID_LENGTH;
    }
    NdisMoveMemory(InformationBuffer, Source, Length);
    *BytesWritten = Length;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS NTAPI MinimalSet(NDIS_HANDLE MiniportAdapterContext, NDIS_OID Oid,
                                    PVOID InformationBuffer, ULONG InformationBufferLength,
                                    PULONG BytesRead, PULONG BytesNeeded)
{
    struct minimal5 *Base = MiniportAdapterContext;

    switch (Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
    case OID_GEN_CURRENT_LOOKAHEAD:
        if (InformationBufferLength < sizeof(ULONG)) {
            *BytesNeeded = sizeof(ULONG);
            return NDIS_STATUS_INVALID_LENGTH;
        }
        NdisMoveMemory(Oid == OID_GEN_CURRENT_LOOKAHEAD ? &Base->Lookahead : &Base->PacketFilter,
                       InformationBuffer, sizeof(ULONG));
        *BytesRead = sizeof(ULONG);
        return NDIS_STATUS_SUCCESS;
    case OID_802_3_MULTICAST_LIST:
        if (InformationBufferLength % 6 != 0)
            return NDIS_STATUS_INVALID_LENGTH;
        *BytesRead = InformationBufferLength;
        return NDIS_STATUS_SUCCESS;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

/* --- the adapter's life --- */

static NDIS_STATUS NTAPI MinimalReset(PBOOLEAN AddressingReset, NDIS_HANDLE MiniportAdapterContext)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    *AddressingReset = FALSE;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS QueryResources(NDIS_HANDLE WrapperConfigurationContext,
                                  PNDIS_RESOURCE_LIST *Resources)
{
    NDIS_STATUS Status;
    UINT Length = 0;

    *Resources = NULL;
    NdisMQueryAdapterResources(&Status, WrapperConfigurationContext, NULL, &Length);
    if (Length == 0)
        return NDIS_STATUS_RESOURCE_CONFLICT;
    Status = NdisAllocateMemoryWithTag((PVOID *)Resources, Length, TAG);
    if (Status == NDIS_STATUS_SUCCESS)
        NdisMQueryAdapterResources(&Status, WrapperConfigurationContext, *Resources, &Length);
    return Status;
}

static VOID FindLine(struct minimal5 *Base, PNDIS_RESOURCE_LIST Resources)
{
    ULONG i;

    for (i = 0; i < Resources->Count; i++)
        if (Resources->PartialDescriptors[i].Type == CmResourceTypeInterrupt) {
            Base->Vector = Resources->PartialDescriptors[i].u.Interrupt.Vector;
            Base->Level = Resources->PartialDescriptors[i].u.Interrupt.Level;
        }
}

/* A flag of the registry. */
static BOOLEAN ReadFlag(NDIS_HANDLE Configuration, NDIS_STRING Name)
{
    PNDIS_CONFIGURATION_PARAMETER Value;
    NDIS_STATUS Status;

    NdisReadConfiguration(&Status, &Value, Configuration, &Name, NdisParameterInteger);
    return Status == NDIS_STATUS_SUCCESS && Value->ParameterData.IntegerData != 0;
}

static NDIS_STATUS MinimalConfigure(struct minimal5 *Base, NDIS_HANDLE WrapperConfigurationContext)
{
    NDIS_HANDLE Handle;
    NDIS_STATUS Status;

    NdisOpenConfiguration(&Status, &Handle, WrapperConfigurationContext);
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
    Base->Deserialized = ReadFlag(Handle, (NDIS_STRING)NDIS_STRING_CONST("Deserialized"));
    Base->ByLookahead = ReadFlag(Handle, (NDIS_STRING)NDIS_STRING_CONST("ByLookahead"));
    Status = Configure((struct adapter *)Base, Handle);
    NdisCloseConfiguration(Handle);
    return Status;
}

static NDIS_STATUS MinimalStart(struct minimal5 *Base, NDIS_HANDLE WrapperConfigurationContext)
{
    PNDIS_RESOURCE_LIST Resources = NULL;
    NDIS_STATUS Status;

    Status = MinimalConfigure(Base, WrapperConfigurationContext);
    if (Status == NDIS_STATUS_SUCCESS)
        Status = QueryResources(WrapperConfigurationContext, &Resources);
    if (Status == NDIS_STATUS_SUCCESS) {
        FindLine(Base, Resources);
        Prepare((struct adapter *)Base);
        NdisMSetAttributesEx(Base->AdapterHandle, Base, 0,
                             NDIS_ATTRIBUTE_BUS_MASTER |
                                 (Base->Deserialized ? NDIS_ATTRIBUTE_DESERIALIZE : 0),
                             NdisInterfacePci);
        Status = MapRegisters(&Base->Card, Base->AdapterHandle, Resources);
    }
    if (Resources != NULL)
        NdisFreeMemory(Resources, 0, 0);
    if (Status == NDIS_STATUS_SUCCESS)
        Status = AllocatePackets(Base);
    if (Status == NDIS_STATUS_SUCCESS)
        Status = Start((struct adapter *)Base);
    return Status;
}

static VOID MinimalFree(struct minimal5 *Base)
{
    FreePackets(Base);
    UnmapRegisters(&Base->Card, Base->AdapterHandle);
    NdisFreeSpinLock(&Base->Lock);
    NdisFreeMemory(Base, 0, 0);
}

static NDIS_STATUS NTAPI MinimalInitialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                           PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                           NDIS_HANDLE MiniportAdapterHandle,
                                           NDIS_HANDLE WrapperConfigurationContext)
{
    static const UCHAR Mac[6] = {0x02, 0x74, 0x65, 0x73, 0x74, 0x05}; /* locally administered */
    struct minimal5 *Base;
    NDIS_STATUS Status;
    UINT i = 0;

    UNREFERENCED_PARAMETER(OpenErrorStatus);
    while (i < MediumArraySize && MediumArray[i] != NdisMedium802_3)
        i++;
    if (i == MediumArraySize)
        return NDIS_STATUS_UNSUPPORTED_MEDIA;
    *SelectedMediumIndex = i;
    Status = NdisAllocateMemoryWithTag((PVOID *)&Base, (UINT)AdapterBytes, TAG);
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
    NdisZeroMemory(Base, AdapterBytes);
    Base->AdapterHandle = MiniportAdapterHandle;
    Base->Lookahead = FRAME_BYTES - HEADER;
    NdisMoveMemory(Base->MacAddress, Mac, sizeof(Mac));
    NdisAllocateSpinLock(&Base->Lock);
    NdisInitializeListHead(&Base->Sends);
    Status = MinimalStart(Base, WrapperConfigurationContext);
    if (Status != NDIS_STATUS_SUCCESS)
        MinimalFree(Base);
    return Status;
}

static VOID NTAPI MinimalHalt(NDIS_HANDLE MiniportAdapterContext)
{
    Stop(MiniportAdapterContext);
    MinimalFree(MiniportAdapterContext);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_CHARACTERISTICS Characteristics;
    NDIS_HANDLE Wrapper;
    NDIS_STATUS Status;

    NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
    if (Wrapper == NULL)
        return NDIS_STATUS_FAILURE;
    NdisZeroMemory(&Characteristics, sizeof(Characteristics));
    Characteristics.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
    Characteristics.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
    Characteristics.InitializeHandler = MinimalInitialize;
    Characteristics.HaltHandler = MinimalHalt;
    Characteristics.ResetHandler = MinimalReset;
    Characteristics.QueryInformationHandler = MinimalQuery;
    Characteristics.SetInformationHandler = MinimalSet;
    Characteristics.SendPacketsHandler = MinimalSendPackets;
    Characteristics.ReturnPacketHandler = MinimalReturn;
    Characteristics.TransferDataHandler = MinimalTransfer;
    Handlers(&Characteristics);
    Status = NdisMRegisterMiniport(Wrapper, &Characteristics, sizeof(Characteristics));
    if (Status != NDIS_STATUS_SUCCESS)
        NdisTerminateWrapper(Wrapper, NULL);
    return Status;
}
