/* SPDX-License-Identifier: MIT */
/* oid.c - MiniportQueryInformation and MiniportSetInformation.
 *
 * The OIDs that are mandatory for an Ethernet miniport of NDIS 5.1, statistics and power. Requests
 * come one at a time, at DISPATCH_LEVEL; all but OID_PNP_SET_POWER complete at once. */
#include "e1000e5.h"

static const NDIS_OID SupportedOids[] = {
    OID_GEN_SUPPORTED_LIST,
    OID_GEN_HARDWARE_STATUS,
    OID_GEN_MEDIA_SUPPORTED,
    OID_GEN_MEDIA_IN_USE,
    OID_GEN_MAXIMUM_LOOKAHEAD,
    OID_GEN_MAXIMUM_FRAME_SIZE,
    OID_GEN_LINK_SPEED,
    OID_GEN_TRANSMIT_BUFFER_SPACE,
    OID_GEN_RECEIVE_BUFFER_SPACE,
    OID_GEN_TRANSMIT_BLOCK_SIZE,
    OID_GEN_RECEIVE_BLOCK_SIZE,
    OID_GEN_VENDOR_ID,
    OID_GEN_VENDOR_DESCRIPTION,
    OID_GEN_CURRENT_PACKET_FILTER,
    OID_GEN_CURRENT_LOOKAHEAD,
    OID_GEN_DRIVER_VERSION,
    OID_GEN_MAXIMUM_TOTAL_SIZE,
    OID_GEN_MAC_OPTIONS,
    OID_GEN_MEDIA_CONNECT_STATUS,
    OID_GEN_MAXIMUM_SEND_PACKETS,
    OID_GEN_VENDOR_DRIVER_VERSION,
    OID_GEN_PHYSICAL_MEDIUM,
    OID_GEN_XMIT_OK,
    OID_GEN_RCV_OK,
    OID_GEN_XMIT_ERROR,
    OID_GEN_RCV_ERROR,
    OID_GEN_RCV_NO_BUFFER,
    OID_GEN_DIRECTED_BYTES_XMIT,
    OID_GEN_DIRECTED_FRAMES_XMIT,
    OID_GEN_MULTICAST_BYTES_XMIT,
    OID_GEN_MULTICAST_FRAMES_XMIT,
    OID_GEN_BROADCAST_BYTES_XMIT,
    OID_GEN_BROADCAST_FRAMES_XMIT,
    OID_GEN_DIRECTED_BYTES_RCV,
    OID_GEN_DIRECTED_FRAMES_RCV,
    OID_GEN_MULTICAST_BYTES_RCV,
    OID_GEN_MULTICAST_FRAMES_RCV,
    OID_GEN_BROADCAST_BYTES_RCV,
    OID_GEN_BROADCAST_FRAMES_RCV,
    OID_GEN_RCV_CRC_ERROR,
    OID_802_3_PERMANENT_ADDRESS,
    OID_802_3_CURRENT_ADDRESS,
    OID_802_3_MULTICAST_LIST,
    OID_802_3_MAXIMUM_LIST_SIZE,
    OID_802_3_RCV_ERROR_ALIGNMENT,
    OID_802_3_XMIT_ONE_COLLISION,
    OID_802_3_XMIT_MORE_COLLISIONS,
    OID_802_3_XMIT_DEFERRED,
    OID_802_3_XMIT_MAX_COLLISIONS,
    OID_802_3_RCV_OVERRUN,
    OID_802_3_XMIT_LATE_COLLISIONS,
    OID_PNP_CAPABILITIES,
    OID_PNP_SET_POWER,
    OID_PNP_QUERY_POWER,
};

static const char VendorDescription[] = "Intel 82574L Gigabit Network Connection";

/* ---- Statistics ------------------------------------------------------------------------------ */

VOID StatisticsUpdate(PADAPTER Adapter)
{
    NdisAcquireSpinLock(&Adapter->Lock);
    HwUpdateStatistics(&Adapter->Hw, &Adapter->HardwareCounters);
    NdisReleaseSpinLock(&Adapter->Lock);
}

/* A counter of frames sent or received. FALSE: Oid does not name one. */
static BOOLEAN CounterOfFrames(PADAPTER Adapter, NDIS_OID Oid, PULONG64 Value)
{
    const FRAME_COUNTERS *Tx = &Adapter->Tx.Counters, *Rx = &Adapter->Rx.Counters;

    switch (Oid) {
    case OID_GEN_XMIT_OK:
        *Value = Tx->UnicastFrames + Tx->MulticastFrames + Tx->BroadcastFrames;
        return TRUE;
    case OID_GEN_RCV_OK:
        *Value = Rx->UnicastFrames + Rx->MulticastFrames + Rx->BroadcastFrames;
        return TRUE;
    case OID_GEN_DIRECTED_BYTES_XMIT:
        *Value = Tx->UnicastBytes;
        return TRUE;
    case OID_GEN_DIRECTED_FRAMES_XMIT:
        *Value = Tx->UnicastFrames;
        return TRUE;
    case OID_GEN_MULTICAST_BYTES_XMIT:
        *Value = Tx->MulticastBytes;
        return TRUE;
    case OID_GEN_MULTICAST_FRAMES_XMIT:
        *Value = Tx->MulticastFrames;
        return TRUE;
    case OID_GEN_BROADCAST_BYTES_XMIT:
        *Value = Tx->BroadcastBytes;
        return TRUE;
    case OID_GEN_BROADCAST_FRAMES_XMIT:
        *Value = Tx->BroadcastFrames;
        return TRUE;
    case OID_GEN_DIRECTED_BYTES_RCV:
        *Value = Rx->UnicastBytes;
        return TRUE;
    case OID_GEN_DIRECTED_FRAMES_RCV:
        *Value = Rx->UnicastFrames;
        return TRUE;
    case OID_GEN_MULTICAST_BYTES_RCV:
        *Value = Rx->MulticastBytes;
        return TRUE;
    case OID_GEN_MULTICAST_FRAMES_RCV:
        *Value = Rx->MulticastFrames;
        return TRUE;
    case OID_GEN_BROADCAST_BYTES_RCV:
        *Value = Rx->BroadcastBytes;
        return TRUE;
    case OID_GEN_BROADCAST_FRAMES_RCV:
        *Value = Rx->BroadcastFrames;
        return TRUE;
    default:
        return FALSE;
    }
}

/* A counter of what went wrong, which the chip keeps for the most part. */
static BOOLEAN CounterOfErrors(PADAPTER Adapter, NDIS_OID Oid, PULONG64 Value)
{
    const HARDWARE_STATISTICS *Chip = &Adapter->HardwareCounters;

    switch (Oid) {
    case OID_GEN_XMIT_ERROR:
        *Value = Adapter->Tx.Counters.Errors + Chip->TooManyCollisions + Chip->LateCollisions;
        return TRUE;
    case OID_GEN_RCV_ERROR:
        *Value = Adapter->Rx.Counters.Errors + Chip->CrcErrors + Chip->AlignmentErrors +
                 Chip->OtherReceiveErrors;
        return TRUE;
    case OID_GEN_RCV_NO_BUFFER:
    case OID_802_3_RCV_OVERRUN:
        *Value = Chip->Missed;
        return TRUE;
    case OID_GEN_RCV_CRC_ERROR:
        *Value = Chip->CrcErrors;
        return TRUE;
    case OID_802_3_RCV_ERROR_ALIGNMENT:
        *Value = Chip->AlignmentErrors;
        return TRUE;
    case OID_802_3_XMIT_ONE_COLLISION:
        *Value = Chip->OneCollision;
        return TRUE;
    case OID_802_3_XMIT_MORE_COLLISIONS:
        *Value = Chip->MoreCollisions;
        return TRUE;
    case OID_802_3_XMIT_DEFERRED:
        *Value = Chip->Deferred;
        return TRUE;
    case OID_802_3_XMIT_MAX_COLLISIONS:
        *Value = Chip->TooManyCollisions;
        return TRUE;
    case OID_802_3_XMIT_LATE_COLLISIONS:
        *Value = Chip->LateCollisions;
        return TRUE;
    default:
        return FALSE;
    }
}

/* ---- Query ----------------------------------------------------------------------------------- */

/* Where the answer to a query goes. */
typedef struct _ANSWER {
    PVOID Buffer;
    ULONG Length;
    PULONG Written, Needed;
} ANSWER;

static NDIS_STATUS AnswerBytes(const ANSWER *Answer, const VOID *Data, ULONG Length)
{
    if (Answer->Length < Length) {
        *Answer->Written = 0;
        *Answer->Needed = Length;
        return NDIS_STATUS_INVALID_LENGTH;
    }
    NdisMoveMemory(Answer->Buffer, Data, Length);
    *Answer->Written = Length;
    *Answer->Needed = 0;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS AnswerUlong(const ANSWER *Answer, ULONG Value)
{
    return AnswerBytes(Answer, &Value, sizeof(Value));
}

/* Counters fit a buffer of 4 bytes or one of 8 (WDK: "Querying 64-Bit Statistics OIDs"). */
static NDIS_STATUS AnswerCounter(const ANSWER *Answer, ULONG64 Value)
{
    NDIS_STATUS Status;

    if (Answer->Length >= sizeof(ULONG64)) {
        return AnswerBytes(Answer, &Value, sizeof(Value));
    }
    Status = AnswerUlong(Answer, (ULONG)Value);
    *Answer->Needed = sizeof(ULONG64);
    return Status;
}

/* No wake-up: all the card can do is sleep. */
static NDIS_STATUS AnswerPnpCapabilities(const ANSWER *Answer)
{
    NDIS_PNP_CAPABILITIES Capabilities;

    NdisZeroMemory(&Capabilities, sizeof(Capabilities));
    Capabilities.WakeUpCapabilities.MinMagicPacketWakeUp = NdisDeviceStateUnspecified;
    Capabilities.WakeUpCapabilities.MinPatternWakeUp = NdisDeviceStateUnspecified;
    Capabilities.WakeUpCapabilities.MinLinkChangeWakeUp = NdisDeviceStateUnspecified;
    return AnswerBytes(Answer, &Capabilities, sizeof(Capabilities));
}

static ULONG MacOptions(PADAPTER Adapter)
{
    ULONG Options = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND |
                    NDIS_MAC_OPTION_NO_LOOPBACK | NDIS_MAC_OPTION_FULL_DUPLEX;

    if (Adapter->Config.PriorityVlanTag) {
        Options |= NDIS_MAC_OPTION_8021P_PRIORITY | NDIS_MAC_OPTION_8021Q_VLAN;
    }
    return Options;
}

/* What never changes while the adapter runs. *Known FALSE: not one of these. */
static NDIS_STATUS QueryFixed(PADAPTER Adapter, NDIS_OID Oid, const ANSWER *Answer, PBOOLEAN Known)
{
    *Known = TRUE;
    switch (Oid) {
    case OID_GEN_SUPPORTED_LIST:
        return AnswerBytes(Answer, SupportedOids, sizeof(SupportedOids));
    case OID_GEN_MEDIA_SUPPORTED:
    case OID_GEN_MEDIA_IN_USE:
        return AnswerUlong(Answer, NdisMedium802_3);
    case OID_GEN_PHYSICAL_MEDIUM:
        return AnswerUlong(Answer, NdisPhysicalMediumUnspecified); /* any wired Ethernet */
    case OID_GEN_MAXIMUM_LOOKAHEAD:
    case OID_GEN_MAXIMUM_FRAME_SIZE: /* this one counts without the header */
        return AnswerUlong(Answer, ETHERNET_FRAME_LENGTH - ETHERNET_HEADER_LENGTH);
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
    case OID_GEN_TRANSMIT_BLOCK_SIZE:
        return AnswerUlong(Answer, ETHERNET_FRAME_LENGTH);
    case OID_GEN_RECEIVE_BLOCK_SIZE:
        return AnswerUlong(Answer, RX_BUFFER_SIZE);
    case OID_GEN_TRANSMIT_BUFFER_SPACE:
        return AnswerUlong(Answer, Adapter->Config.TransmitBuffers * ETHERNET_FRAME_LENGTH);
    case OID_GEN_RECEIVE_BUFFER_SPACE:
        return AnswerUlong(Answer, Adapter->Config.ReceiveBuffers * RX_BUFFER_SIZE);
    case OID_GEN_MAXIMUM_SEND_PACKETS:
        return AnswerUlong(Answer, SEND_PACKETS_LIMIT);
    case OID_GEN_MAC_OPTIONS:
        return AnswerUlong(Answer, MacOptions(Adapter));
    case OID_GEN_DRIVER_VERSION: {
        USHORT Version = (NDIS_MINIPORT_MAJOR_VERSION << 8) | NDIS_MINIPORT_MINOR_VERSION;

        return AnswerBytes(Answer, &Version, sizeof(Version));
    }
    case OID_GEN_VENDOR_DRIVER_VERSION:
        return AnswerUlong(Answer, (DRIVER_MAJOR_VERSION << 16) | DRIVER_MINOR_VERSION);
    case OID_GEN_VENDOR_ID: /* the first three bytes of the address, in their order */
        return AnswerUlong(Answer, (ULONG)Adapter->Hw.PermanentAddress[0] |
                                       ((ULONG)Adapter->Hw.PermanentAddress[1] << 8) |
                                       ((ULONG)Adapter->Hw.PermanentAddress[2] << 16));
    case OID_GEN_VENDOR_DESCRIPTION:
        return AnswerBytes(Answer, VendorDescription, sizeof(VendorDescription));
    case OID_802_3_PERMANENT_ADDRESS:
        return AnswerBytes(Answer, Adapter->Hw.PermanentAddress, ETHERNET_ADDRESS_LENGTH);
    case OID_802_3_MAXIMUM_LIST_SIZE:
        return AnswerUlong(Answer, MULTICAST_LIST_LIMIT);
    case OID_PNP_CAPABILITIES:
        return AnswerPnpCapabilities(Answer);
    default:
        *Known = FALSE;
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

NDIS_STATUS NTAPI MiniportQueryInformation(NDIS_HANDLE MiniportAdapterContext, NDIS_OID Oid,
                                           PVOID InformationBuffer, ULONG InformationBufferLength,
                                           PULONG BytesWritten, PULONG BytesNeeded)
{
    PADAPTER Adapter = MiniportAdapterContext;
    ANSWER Answer = {InformationBuffer, InformationBufferLength, BytesWritten, BytesNeeded};
    NDIS_STATUS Status;
    ULONG64 Counter;
    BOOLEAN Known;

    *BytesWritten = 0;
    *BytesNeeded = 0;
    Status = QueryFixed(Adapter, Oid, &Answer, &Known);
    if (Known) {
        return Status;
    }
    switch (Oid) {
    case OID_GEN_HARDWARE_STATUS:
        return AnswerUlong(&Answer, Adapter->Hw.Present ? NdisHardwareStatusReady
                                                        : NdisHardwareStatusNotReady);
    case OID_GEN_MEDIA_CONNECT_STATUS:
        return AnswerUlong(&Answer,
                           Adapter->Link.Up ? NdisMediaStateConnected : NdisMediaStateDisconnected);
    case OID_GEN_LINK_SPEED: /* in units of 100 bits per second; what it could be while down */
        return AnswerUlong(&Answer,
                           (Adapter->Link.Up ? Adapter->Link.MegabitsPerSecond : 1000) * 10000);
    case OID_GEN_CURRENT_PACKET_FILTER:
        return AnswerUlong(&Answer, Adapter->PacketFilter);
    case OID_GEN_CURRENT_LOOKAHEAD:
        return AnswerUlong(&Answer, Adapter->Lookahead);
    case OID_802_3_CURRENT_ADDRESS:
        return AnswerBytes(&Answer, Adapter->CurrentAddress, ETHERNET_ADDRESS_LENGTH);
    case OID_802_3_MULTICAST_LIST:
        return AnswerBytes(&Answer, Adapter->MulticastList,
                           Adapter->MulticastCount * ETHERNET_ADDRESS_LENGTH);
    case OID_PNP_QUERY_POWER:
        return NDIS_STATUS_SUCCESS; /* any state will do, and it must not fail */
    default:
        StatisticsUpdate(Adapter);
        if (CounterOfFrames(Adapter, Oid, &Counter) || CounterOfErrors(Adapter, Oid, &Counter)) {
            return AnswerCounter(&Answer, Counter);
        }
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

/* ---- Set ------------------------------------------------------------------------------------- */

static NDIS_STATUS SetPacketFilter(PADAPTER Adapter, ULONG Filter)
{
    const ULONG Known = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST |
                        NDIS_PACKET_TYPE_ALL_MULTICAST | NDIS_PACKET_TYPE_BROADCAST |
                        NDIS_PACKET_TYPE_PROMISCUOUS;

    if (Filter & ~Known) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    NdisAcquireSpinLock(&Adapter->Lock);
    Adapter->PacketFilter = Filter;
    ReceiveSetFilter(Adapter);
    NdisReleaseSpinLock(&Adapter->Lock);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS SetMulticastList(PADAPTER Adapter, const VOID *List, ULONG Length)
{
    NdisAcquireSpinLock(&Adapter->Lock);
    NdisMoveMemory(Adapter->MulticastList, List, Length);
    Adapter->MulticastCount = Length / ETHERNET_ADDRESS_LENGTH;
    HwSetMulticastList(&Adapter->Hw, &Adapter->MulticastList[0][0], Adapter->MulticastCount);
    NdisReleaseSpinLock(&Adapter->Lock);
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS NTAPI MiniportSetInformation(NDIS_HANDLE MiniportAdapterContext, NDIS_OID Oid,
                                         PVOID InformationBuffer, ULONG InformationBufferLength,
                                         PULONG BytesRead, PULONG BytesNeeded)
{
    PADAPTER Adapter = MiniportAdapterContext;
    NDIS_STATUS Status;

    *BytesRead = 0;
    *BytesNeeded = 0;
    if (Oid == OID_802_3_MULTICAST_LIST) {
        if (InformationBufferLength % ETHERNET_ADDRESS_LENGTH != 0) {
            return NDIS_STATUS_INVALID_LENGTH;
        }
        if (InformationBufferLength > sizeof(Adapter->MulticastList)) {
            *BytesNeeded = sizeof(Adapter->MulticastList);
            return NDIS_STATUS_MULTICAST_FULL;
        }
        *BytesRead = InformationBufferLength;
        return SetMulticastList(Adapter, InformationBuffer, InformationBufferLength);
    }
    if (Oid != OID_GEN_CURRENT_PACKET_FILTER && Oid != OID_GEN_CURRENT_LOOKAHEAD &&
        Oid != OID_PNP_SET_POWER) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (InformationBufferLength < sizeof(ULONG)) { /* the size of each of the three */
        *BytesNeeded = sizeof(ULONG);
        return NDIS_STATUS_INVALID_LENGTH;
    }
    *BytesRead = sizeof(ULONG);
    switch (Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
        return SetPacketFilter(Adapter, *(PULONG)InformationBuffer);
    case OID_GEN_CURRENT_LOOKAHEAD: /* packets are whole, so there is nothing to do but remember */
        Status = *(PULONG)InformationBuffer <= ETHERNET_FRAME_LENGTH - ETHERNET_HEADER_LENGTH
                     ? NDIS_STATUS_SUCCESS
                     : NDIS_STATUS_INVALID_DATA;
        if (Status == NDIS_STATUS_SUCCESS) {
            Adapter->Lookahead = *(PULONG)InformationBuffer;
        }
        return Status;
    default: /* OID_PNP_SET_POWER: a reset of the chip takes milliseconds */
        Adapter->PowerWanted = *(NDIS_DEVICE_POWER_STATE *)InformationBuffer;
        WorkerRequest(Adapter, JOB_POWER);
        return NDIS_STATUS_PENDING;
    }
}
