/* SPDX-License-Identifier: MIT */
/* oid.c - OID requests: filters, statistics, link, moderation, power.
 *
 * NDIS answers from the attributes what it can (attributes.c), so this is what is left: the
 * mandatory OIDs of an NDIS 6.20 Ethernet miniport and those of RSS and offload. Requests come one
 * at a time, at DISPATCH_LEVEL or below. All but OID_PNP_SET_POWER complete at once. */
#include "e1000e.h"

const NDIS_OID SupportedOids[] = {
    OID_GEN_STATISTICS,
    OID_GEN_XMIT_OK,
    OID_GEN_RCV_OK,
    OID_GEN_XMIT_ERROR,
    OID_GEN_RCV_ERROR,
    OID_GEN_RCV_NO_BUFFER,
    OID_GEN_RCV_CRC_ERROR,
    OID_GEN_CURRENT_LOOKAHEAD,
    OID_GEN_CURRENT_PACKET_FILTER,
    OID_GEN_INTERRUPT_MODERATION,
    OID_GEN_LINK_PARAMETERS,
    OID_GEN_MAXIMUM_TOTAL_SIZE,
    OID_GEN_RECEIVE_BLOCK_SIZE,
    OID_GEN_RECEIVE_BUFFER_SPACE,
    OID_GEN_TRANSMIT_BLOCK_SIZE,
    OID_GEN_TRANSMIT_BUFFER_SPACE,
    OID_GEN_VENDOR_DESCRIPTION,
    OID_GEN_VENDOR_DRIVER_VERSION,
    OID_GEN_VENDOR_ID,
    OID_GEN_VLAN_ID,
    OID_GEN_RECEIVE_SCALE_PARAMETERS,
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
    OID_TCP_OFFLOAD_PARAMETERS,
    OID_OFFLOAD_ENCAPSULATION,
    OID_PNP_SET_POWER,
    OID_PNP_QUERY_POWER,
    OID_PM_PARAMETERS,
};
const ULONG SupportedOidsLength = sizeof(SupportedOids);

static const char VendorDescription[] = "Intel 82574L Gigabit Network Connection";

/* ---- Statistics ------------------------------------------------------------------------------ */

const ULONG StatisticsSupported =
    NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_RCV |
    NDIS_STATISTICS_FLAGS_VALID_MULTICAST_FRAMES_RCV |
    NDIS_STATISTICS_FLAGS_VALID_BROADCAST_FRAMES_RCV | NDIS_STATISTICS_FLAGS_VALID_BYTES_RCV |
    NDIS_STATISTICS_FLAGS_VALID_RCV_DISCARDS | NDIS_STATISTICS_FLAGS_VALID_RCV_ERROR |
    NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_XMIT |
    NDIS_STATISTICS_FLAGS_VALID_MULTICAST_FRAMES_XMIT |
    NDIS_STATISTICS_FLAGS_VALID_BROADCAST_FRAMES_XMIT | NDIS_STATISTICS_FLAGS_VALID_BYTES_XMIT |
    NDIS_STATISTICS_FLAGS_VALID_XMIT_ERROR | NDIS_STATISTICS_FLAGS_VALID_XMIT_DISCARDS |
    NDIS_STATISTICS_FLAGS_VALID_DIRECTED_BYTES_RCV |
    NDIS_STATISTICS_FLAGS_VALID_MULTICAST_BYTES_RCV |
    NDIS_STATISTICS_FLAGS_VALID_BROADCAST_BYTES_RCV |
    NDIS_STATISTICS_FLAGS_VALID_DIRECTED_BYTES_XMIT |
    NDIS_STATISTICS_FLAGS_VALID_MULTICAST_BYTES_XMIT |
    NDIS_STATISTICS_FLAGS_VALID_BROADCAST_BYTES_XMIT;

VOID StatisticsUpdate(PADAPTER Adapter)
{
    NdisAcquireSpinLock(&Adapter->Lock);
    HwUpdateStatistics(&Adapter->Hw, &Adapter->HardwareCounters);
    NdisReleaseSpinLock(&Adapter->Lock);
}

/* Frames and bytes are counted where they pass, by kind; errors are counted by the chip. */
static VOID StatisticsFill(PADAPTER Adapter, PNDIS_STATISTICS_INFO Info)
{
    PTX_QUEUE Tx = &Adapter->Tx;
    PHARDWARE_STATISTICS Chip = &Adapter->HardwareCounters;
    ULONG Index;

    StatisticsUpdate(Adapter);
    NdisZeroMemory(Info, sizeof(*Info));
    Info->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    Info->Header.Revision = NDIS_STATISTICS_INFO_REVISION_1;
    Info->Header.Size = NDIS_SIZEOF_STATISTICS_INFO_REVISION_1;
    Info->SupportedStatistics = StatisticsSupported;

    for (Index = 0; Index < Adapter->RxQueueCount; Index++) {
        PRX_QUEUE Queue = &Adapter->RxQueues[Index];

        NdisAcquireSpinLock(&Queue->Lock);
        Info->ifInDiscards += Queue->Counters.Discards;
        Info->ifInErrors += Queue->Counters.Errors;
        Info->ifHCInUcastPkts += Queue->Counters.UnicastFrames;
        Info->ifHCInUcastOctets += Queue->Counters.UnicastBytes;
        Info->ifHCInMulticastPkts += Queue->Counters.MulticastFrames;
        Info->ifHCInMulticastOctets += Queue->Counters.MulticastBytes;
        Info->ifHCInBroadcastPkts += Queue->Counters.BroadcastFrames;
        Info->ifHCInBroadcastOctets += Queue->Counters.BroadcastBytes;
        NdisReleaseSpinLock(&Queue->Lock);
    }
    Info->ifHCInOctets =
        Info->ifHCInUcastOctets + Info->ifHCInMulticastOctets + Info->ifHCInBroadcastOctets;

    NdisAcquireSpinLock(&Tx->Lock);
    Info->ifOutErrors = Tx->Counters.Errors;
    Info->ifOutDiscards = Tx->Counters.Discards;
    Info->ifHCOutUcastPkts = Tx->Counters.UnicastFrames;
    Info->ifHCOutUcastOctets = Tx->Counters.UnicastBytes;
    Info->ifHCOutMulticastPkts = Tx->Counters.MulticastFrames;
    Info->ifHCOutMulticastOctets = Tx->Counters.MulticastBytes;
    Info->ifHCOutBroadcastPkts = Tx->Counters.BroadcastFrames;
    Info->ifHCOutBroadcastOctets = Tx->Counters.BroadcastBytes;
    NdisReleaseSpinLock(&Tx->Lock);
    Info->ifHCOutOctets =
        Info->ifHCOutUcastOctets + Info->ifHCOutMulticastOctets + Info->ifHCOutBroadcastOctets;

    NdisAcquireSpinLock(&Adapter->Lock);
    Info->ifInDiscards += Chip->Missed;
    Info->ifInErrors += Chip->CrcErrors + Chip->AlignmentErrors + Chip->OtherReceiveErrors;
    Info->ifOutErrors += Chip->TooManyCollisions + Chip->LateCollisions;
    NdisReleaseSpinLock(&Adapter->Lock);
}

/* A single counter. FALSE: Oid does not name one. */
static BOOLEAN StatisticsQuery(PADAPTER Adapter, NDIS_OID Oid, PULONG64 Value)
{
    PHARDWARE_STATISTICS Chip = &Adapter->HardwareCounters;
    NDIS_STATISTICS_INFO Info;

    StatisticsFill(Adapter, &Info);
    switch (Oid) {
    case OID_GEN_XMIT_OK:
        *Value = Info.ifHCOutUcastPkts + Info.ifHCOutMulticastPkts + Info.ifHCOutBroadcastPkts;
        return TRUE;
    case OID_GEN_RCV_OK:
        *Value = Info.ifHCInUcastPkts + Info.ifHCInMulticastPkts + Info.ifHCInBroadcastPkts;
        return TRUE;
    case OID_GEN_XMIT_ERROR:
        *Value = Info.ifOutErrors;
        return TRUE;
    case OID_GEN_RCV_ERROR:
        *Value = Info.ifInErrors;
        return TRUE;
    case OID_GEN_RCV_NO_BUFFER:
        *Value = Info.ifInDiscards;
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
    case OID_802_3_RCV_OVERRUN:
        *Value = Chip->Missed;
        return TRUE;
    case OID_802_3_XMIT_LATE_COLLISIONS:
        *Value = Chip->LateCollisions;
        return TRUE;
    default:
        return FALSE;
    }
}

/* ---- Query ----------------------------------------------------------------------------------- */

/* The answer to a query: Data of Length bytes, into the request. */
static NDIS_STATUS QueryAnswer(PNDIS_OID_REQUEST Request, const VOID *Data, ULONG Length)
{
    if (Request->DATA.QUERY_INFORMATION.InformationBufferLength < Length) {
        Request->DATA.QUERY_INFORMATION.BytesWritten = 0;
        Request->DATA.QUERY_INFORMATION.BytesNeeded = Length;
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    NdisMoveMemory(Request->DATA.QUERY_INFORMATION.InformationBuffer, Data, Length);
    Request->DATA.QUERY_INFORMATION.BytesWritten = Length;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS QueryUlong(PNDIS_OID_REQUEST Request, ULONG Value)
{
    return QueryAnswer(Request, &Value, sizeof(Value));
}

/* Counters fit a buffer of 4 bytes or one of 8 (WDK: "Querying 64-Bit Statistics OIDs"). */
static NDIS_STATUS QueryCounter(PNDIS_OID_REQUEST Request, ULONG64 Value)
{
    NDIS_STATUS Status;

    if (Request->DATA.QUERY_INFORMATION.InformationBufferLength >= sizeof(ULONG64)) {
        Status = QueryAnswer(Request, &Value, sizeof(Value));
    } else {
        Status = QueryUlong(Request, (ULONG)Value);
    }
    Request->DATA.QUERY_INFORMATION.BytesNeeded = sizeof(ULONG64);
    return Status;
}

static NDIS_STATUS QueryModeration(PADAPTER Adapter, PNDIS_OID_REQUEST Request)
{
    NDIS_INTERRUPT_MODERATION_PARAMETERS Moderation;

    NdisZeroMemory(&Moderation, sizeof(Moderation));
    Moderation.Header.Type = NDIS_OBJECT_TYPE_DEFAULT; /* */
    Moderation.Header.Revision = NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
    Moderation.Header.Size = NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
    Moderation.Flags = 0; /* a change works at once, without reset or new initialize */
    Moderation.InterruptModeration = Adapter->Config.InterruptModeration
                                         ? NdisInterruptModerationEnabled
                                         : NdisInterruptModerationDisabled;
    return QueryAnswer(Request, &Moderation,
                       NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1);
}

static NDIS_STATUS QueryStatistics(PADAPTER Adapter, PNDIS_OID_REQUEST Request)
{
    NDIS_STATISTICS_INFO Info;

    StatisticsFill(Adapter, &Info);
    return QueryAnswer(Request, &Info, NDIS_SIZEOF_STATISTICS_INFO_REVISION_1);
}

static NDIS_STATUS OidQuery(PADAPTER Adapter, PNDIS_OID_REQUEST Request)
{
    NDIS_OID Oid = Request->DATA.QUERY_INFORMATION.Oid;
    ULONG64 Counter;

    switch (Oid) {
    case OID_GEN_STATISTICS:
        return QueryStatistics(Adapter, Request);
    case OID_GEN_INTERRUPT_MODERATION:
        return QueryModeration(Adapter, Request);
    case OID_GEN_CURRENT_LOOKAHEAD:
        return QueryUlong(Request, Adapter->Lookahead);
    case OID_GEN_CURRENT_PACKET_FILTER:
        return QueryUlong(Request, Adapter->PacketFilter);
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
    case OID_GEN_TRANSMIT_BLOCK_SIZE:
        return QueryUlong(Request, Adapter->MaxFrame);
    case OID_GEN_RECEIVE_BLOCK_SIZE:
        return QueryUlong(Request, Adapter->RxBufferSize);
    case OID_GEN_RECEIVE_BUFFER_SPACE:
        return QueryUlong(Request, Adapter->RxQueueCount * Adapter->Config.ReceiveBuffers *
                                       Adapter->RxBufferSize);
    case OID_GEN_TRANSMIT_BUFFER_SPACE:
        return QueryUlong(Request, Adapter->Config.TransmitBuffers * Adapter->MaxFrame);
    case OID_GEN_VENDOR_ID: /* the first three bytes of the address, in their order */
        return QueryUlong(Request, (ULONG)Adapter->Hw.PermanentAddress[0] |
                                       ((ULONG)Adapter->Hw.PermanentAddress[1] << 8) |
                                       ((ULONG)Adapter->Hw.PermanentAddress[2] << 16));
    case OID_GEN_VENDOR_DESCRIPTION:
        return QueryAnswer(Request, VendorDescription, sizeof(VendorDescription));
    case OID_GEN_VENDOR_DRIVER_VERSION:
        return QueryUlong(Request, (DRIVER_MAJOR_VERSION << 16) | DRIVER_MINOR_VERSION);
    case OID_GEN_VLAN_ID:
        return Adapter->Config.PriorityVlanTag & 2 ? QueryUlong(Request, Adapter->VlanId)
                                                   : NDIS_STATUS_NOT_SUPPORTED;
    case OID_802_3_PERMANENT_ADDRESS:
        return QueryAnswer(Request, Adapter->Hw.PermanentAddress, ETHERNET_ADDRESS_LENGTH);
    case OID_802_3_CURRENT_ADDRESS:
        return QueryAnswer(Request, Adapter->CurrentAddress, ETHERNET_ADDRESS_LENGTH);
    case OID_802_3_MULTICAST_LIST:
        return QueryAnswer(Request, Adapter->MulticastList,
                           Adapter->MulticastCount * ETHERNET_ADDRESS_LENGTH);
    case OID_802_3_MAXIMUM_LIST_SIZE:
        return QueryUlong(Request, MULTICAST_LIST_LIMIT);
    case OID_PNP_QUERY_POWER:
        return NDIS_STATUS_SUCCESS; /* any state will do, and it must not fail */
    default:
        return StatisticsQuery(Adapter, Oid, &Counter) ? QueryCounter(Request, Counter)
                                                       : NDIS_STATUS_NOT_SUPPORTED;
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

static NDIS_STATUS SetMulticastList(PADAPTER Adapter, const VOID *List, ULONG Length, PULONG Needed)
{
    if (Length % ETHERNET_ADDRESS_LENGTH != 0) {
        *Needed = Length - Length % ETHERNET_ADDRESS_LENGTH;
        return NDIS_STATUS_INVALID_LENGTH;
    }
    if (Length > sizeof(Adapter->MulticastList)) {
        *Needed = sizeof(Adapter->MulticastList);
        return NDIS_STATUS_MULTICAST_FULL;
    }
    NdisAcquireSpinLock(&Adapter->Lock);
    NdisMoveMemory(Adapter->MulticastList, List, Length);
    Adapter->MulticastCount = Length / ETHERNET_ADDRESS_LENGTH;
    HwSetMulticastList(&Adapter->Hw, &Adapter->MulticastList[0][0], Adapter->MulticastCount);
    NdisReleaseSpinLock(&Adapter->Lock);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS SetModeration(PADAPTER Adapter, const VOID *Buffer)
{
    const NDIS_INTERRUPT_MODERATION_PARAMETERS *Moderation = Buffer;

    if (Moderation->Header.Type != NDIS_OBJECT_TYPE_DEFAULT ||
        Moderation->Header.Revision < NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1 ||
        (Moderation->InterruptModeration != NdisInterruptModerationEnabled &&
         Moderation->InterruptModeration != NdisInterruptModerationDisabled)) {
        return NDIS_STATUS_INVALID_DATA; /* */
    }
    NdisAcquireSpinLock(&Adapter->Lock);
    Adapter->Config.InterruptModeration =
        Moderation->InterruptModeration == NdisInterruptModerationEnabled;
    InterruptSetModeration(Adapter);
    NdisReleaseSpinLock(&Adapter->Lock);
    return NDIS_STATUS_SUCCESS;
}

/* What the keywords *SpeedDuplex and *FlowControl say, said at run time. */
static NDIS_STATUS SetLinkParameters(PADAPTER Adapter, const VOID *Buffer)
{
    const NDIS_LINK_PARAMETERS *Parameters = Buffer;
    const ULONG Auto =
        NDIS_LINK_STATE_XMIT_LINK_SPEED_AUTO_NEGOTIATED | NDIS_LINK_STATE_DUPLEX_AUTO_NEGOTIATED;
    BOOLEAN Full = Parameters->MediaDuplexState != MediaDuplexStateHalf;
    SPEED_DUPLEX SpeedDuplex = SpeedDuplexAuto;
    FLOW_CONTROL FlowControl = FlowControlAuto;

    if ((Parameters->AutoNegotiationFlags & Auto) != Auto) {
        switch (Parameters->XmitLinkSpeed) {
        case 10000000ull:
            SpeedDuplex = Full ? SpeedDuplex10Full : SpeedDuplex10Half;
            break;
        case 100000000ull:
            SpeedDuplex = Full ? SpeedDuplex100Full : SpeedDuplex100Half;
            break;
        case 1000000000ull:
            if (Full) {
                SpeedDuplex = SpeedDuplex1000Full;
                break;
            }
            return NDIS_STATUS_INVALID_DATA;
        default:
            return NDIS_STATUS_INVALID_DATA;
        }
    }
    if (!(Parameters->AutoNegotiationFlags & NDIS_LINK_STATE_PAUSE_FUNCTIONS_AUTO_NEGOTIATED)) {
        switch (Parameters->PauseFunctions) {
        case NdisPauseFunctionsSendOnly:
            FlowControl = FlowControlTx;
            break;
        case NdisPauseFunctionsReceiveOnly:
            FlowControl = FlowControlRx;
            break;
        case NdisPauseFunctionsSendAndReceive:
            FlowControl = FlowControlBoth;
            break;
        case NdisPauseFunctionsUnsupported:
            FlowControl = FlowControlOff;
            break;
        default:
            return NDIS_STATUS_INVALID_DATA;
        }
    }
    NdisAcquireSpinLock(&Adapter->Lock);
    Adapter->Config.SpeedDuplex = SpeedDuplex;
    Adapter->Config.FlowControl = FlowControl;
    NdisReleaseSpinLock(&Adapter->Lock);
    WorkerRequest(Adapter, JOB_RENEGOTIATE);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS SetVlanId(PADAPTER Adapter, ULONG VlanId)
{
    if (!(Adapter->Config.PriorityVlanTag & 2)) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (VlanId > 4094) {
        return NDIS_STATUS_INVALID_DATA;
    }
    Adapter->VlanId = VlanId;
    return NDIS_STATUS_SUCCESS;
}

/* No wake-up was offered (attributes.c), so the only thing to accept is that none is wanted. */
static NDIS_STATUS SetPowerParameters(const VOID *Buffer)
{
    const NDIS_PM_PARAMETERS *Parameters = Buffer;

    return (Parameters->EnabledWoLPacketPatterns | Parameters->EnabledProtocolOffloads |
            Parameters->WakeUpFlags) == 0
               ? NDIS_STATUS_SUCCESS
               : NDIS_STATUS_NOT_SUPPORTED;
}

/* The worker does it and completes the request. */
static NDIS_STATUS SetPower(PADAPTER Adapter, PNDIS_OID_REQUEST Request)
{
    InterlockedExchangePointer(&Adapter->PowerRequest, Request);
    WorkerRequest(Adapter, JOB_POWER);
    return NDIS_STATUS_PENDING;
}

/* Least length of the buffer of a set request; 0: any, or the handler looks itself. */
static ULONG SetLength(NDIS_OID Oid)
{
    switch (Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
    case OID_GEN_CURRENT_LOOKAHEAD:
    case OID_GEN_VLAN_ID:
        return sizeof(ULONG);
    case OID_GEN_INTERRUPT_MODERATION:
        return NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
    case OID_GEN_LINK_PARAMETERS:
        return NDIS_SIZEOF_LINK_PARAMETERS_REVISION_1;
    case OID_PNP_SET_POWER:
        return sizeof(NDIS_DEVICE_POWER_STATE);
    case OID_PM_PARAMETERS:
        return NDIS_SIZEOF_NDIS_PM_PARAMETERS_REVISION_1;
    default:
        return 0;
    }
}

static NDIS_STATUS OidSet(PADAPTER Adapter, PNDIS_OID_REQUEST Request)
{
    NDIS_OID Oid = Request->DATA.SET_INFORMATION.Oid;
    PVOID Buffer = Request->DATA.SET_INFORMATION.InformationBuffer;
    ULONG Length = Request->DATA.SET_INFORMATION.InformationBufferLength;
    ULONG Needed = SetLength(Oid);
    NDIS_STATUS Status;

    if (Length < Needed) {
        Request->DATA.SET_INFORMATION.BytesNeeded = Needed;
        return NDIS_STATUS_INVALID_LENGTH;
    }
    Needed = 0;
    switch (Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
        Status = SetPacketFilter(Adapter, *(PULONG)Buffer);
        break;
    case OID_GEN_CURRENT_LOOKAHEAD:
        Adapter->Lookahead = *(PULONG)Buffer; /* frames are indicated whole anyway */
        Status = NDIS_STATUS_SUCCESS;
        break;
    case OID_GEN_INTERRUPT_MODERATION:
        Status = SetModeration(Adapter, Buffer);
        break;
    case OID_GEN_LINK_PARAMETERS:
        Status = SetLinkParameters(Adapter, Buffer);
        break;
    case OID_GEN_VLAN_ID:
        Status = SetVlanId(Adapter, *(PULONG)Buffer);
        break;
    case OID_802_3_MULTICAST_LIST:
        Status = SetMulticastList(Adapter, Buffer, Length, &Needed);
        break;
    case OID_GEN_RECEIVE_SCALE_PARAMETERS:
        Status = RssSetParameters(Adapter, Buffer, Length, &Needed);
        break;
    case OID_TCP_OFFLOAD_PARAMETERS:
        Status = OffloadSetParameters(Adapter, Buffer, Length, &Needed);
        break;
    case OID_OFFLOAD_ENCAPSULATION:
        Status = OffloadSetEncapsulation(Adapter, Buffer, Length, &Needed);
        break;
    case OID_PM_PARAMETERS:
        Status = SetPowerParameters(Buffer);
        break;
    case OID_PNP_SET_POWER:
        /* Before the worker may complete it: afterwards the request is not ours to write to. */
        Request->DATA.SET_INFORMATION.BytesRead = sizeof(NDIS_DEVICE_POWER_STATE);
        return SetPower(Adapter, Request);
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    Request->DATA.SET_INFORMATION.BytesRead = Status == NDIS_STATUS_SUCCESS ? Length : 0;
    Request->DATA.SET_INFORMATION.BytesNeeded = Needed;
    return Status;
}

NDIS_STATUS NTAPI MiniportOidRequest(NDIS_HANDLE MiniportAdapterContext,
                                     PNDIS_OID_REQUEST OidRequest)
{
    PADAPTER Adapter = MiniportAdapterContext;

    switch (OidRequest->RequestType) {
    case NdisRequestQueryInformation:
    case NdisRequestQueryStatistics:
        return OidQuery(Adapter, OidRequest);
    case NdisRequestSetInformation:
        return OidSet(Adapter, OidRequest);
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

/* The one request that pends, OID_PNP_SET_POWER, cannot be cancelled and ends by itself. */
VOID NTAPI MiniportCancelOidRequest(NDIS_HANDLE MiniportAdapterContext, PVOID RequestId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(RequestId);
}
