/* SPDX-License-Identifier: MIT */
/* ddk_registration_page.c - Microsoft's example of "Porting Interrupt Registration to NDIS 6.0",
 * verbatim, in the smallest complete NDIS 6.0 miniport around it.
 *
 * The device is any PCI function with an interrupt line and one memory BAR; the driver never
 * programs it. Sends complete at once, so the datapath works without hardware: what it proves is
 * that these very lines register, and that ISR, DPC, disable and enable are reached and released.
 *
 * Rules followed: WDK "Initializing a Miniport Driver", "Halting a Miniport Adapter", "Miniport
 * Adapter States and Operations". */
#define NDIS_MINIPORT_DRIVER 1
#define NDIS60_MINIPORT      1
#include <ndis.h>

#define TAG 0x49506167 /* gaPI, as pool tags are read */

struct adapter {
    NDIS_HANDLE AdapterHandle;
    NDIS_HANDLE NdisInterruptHandle;
    PUCHAR Registers;
    ULONG RegistersLength;
    LONG InterruptsEnabled; /* what the disable and enable handlers did last */
    LONG Running;           /* between MiniportRestart and MiniportPause */
    ULONG PacketFilter;
    ULONG Lookahead;
    UCHAR MacAddress[6];
    volatile LONG IsrCalls;
    volatile LONG DpcCalls;
    ULONG64 FramesSent;
    ULONG64 BytesSent;
};

static NDIS_HANDLE DriverHandle;

static const NDIS_OID SupportedOids[] = {
    OID_GEN_SUPPORTED_LIST,
    OID_GEN_HARDWARE_STATUS,
    OID_GEN_CURRENT_PACKET_FILTER,
    OID_GEN_CURRENT_LOOKAHEAD,
    OID_GEN_TRANSMIT_BUFFER_SPACE,
    OID_GEN_RECEIVE_BUFFER_SPACE,
    OID_GEN_TRANSMIT_BLOCK_SIZE,
    OID_GEN_RECEIVE_BLOCK_SIZE,
    OID_GEN_VENDOR_ID,
    OID_GEN_VENDOR_DESCRIPTION,
    OID_GEN_VENDOR_DRIVER_VERSION,
    OID_GEN_MAXIMUM_TOTAL_SIZE,
    OID_GEN_XMIT_OK,
    OID_GEN_RCV_OK,
    OID_GEN_STATISTICS,
    OID_GEN_INTERRUPT_MODERATION,
    OID_802_3_PERMANENT_ADDRESS,
    OID_802_3_CURRENT_ADDRESS,
    OID_802_3_MULTICAST_LIST,
    OID_802_3_MAXIMUM_LIST_SIZE,
};

static BOOLEAN NTAPI MiniportInterrupt(NDIS_HANDLE MiniportInterruptContext,
                                       PBOOLEAN QueueDefaultInterruptDpc, PULONG TargetProcessors)
{
    struct adapter *Adapter = MiniportInterruptContext;

    InterlockedIncrement(&Adapter->IsrCalls);
    *TargetProcessors = 0;
    *QueueDefaultInterruptDpc = TRUE;
    return TRUE;
}

static VOID NTAPI MiniportInterruptDpc(NDIS_HANDLE MiniportInterruptContext,
                                       PVOID MiniportDpcContext, PVOID ReceiveThrottleParameters,
                                       PVOID NdisReserved2)
{
    struct adapter *Adapter = MiniportInterruptContext;

    UNREFERENCED_PARAMETER(MiniportDpcContext);
    UNREFERENCED_PARAMETER(ReceiveThrottleParameters);
    UNREFERENCED_PARAMETER(NdisReserved2);
    InterlockedIncrement(&Adapter->DpcCalls);
}

static VOID NTAPI MiniportDisableInterruptEx(NDIS_HANDLE MiniportInterruptContext)
{
    struct adapter *Adapter = MiniportInterruptContext;

    InterlockedExchange(&Adapter->InterruptsEnabled, FALSE);
}

static VOID NTAPI MiniportEnableInterruptEx(NDIS_HANDLE MiniportInterruptContext)
{
    struct adapter *Adapter = MiniportInterruptContext;

    InterlockedExchange(&Adapter->InterruptsEnabled, TRUE);
}

static NDIS_STATUS RegisterInterrupt(struct adapter *Adapter)
{
    NDIS_STATUS Status;
    /* clang-format off */
        NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS Interrupt;
        RtlZeroMemory(&Interrupt, sizeof(Interrupt));

        Interrupt.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
        Interrupt.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
        Interrupt.Header.Size = sizeof(NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS);

        Interrupt.InterruptHandler = MiniportInterrupt;
        Interrupt.InterruptDpcHandler = MiniportInterruptDpc;
        Interrupt.DisableInterruptHandler = MiniportDisableInterruptEx;
        Interrupt.EnableInterruptHandler = MiniportEnableInterruptEx;
        
        Status = NdisMRegisterInterruptEx(Adapter->AdapterHandle,
                                          Adapter,
                                          &Interrupt,
                                          &Adapter->NdisInterruptHandle );
    /* clang-format on */
    return Status;
}

static NDIS_STATUS MapRegisters(struct adapter *Adapter, PNDIS_RESOURCE_LIST Resources)
{
    ULONG i;

    if (Resources == NULL)
        return NDIS_STATUS_RESOURCES;
    for (i = 0; i < Resources->Count; i++) {
        PCM_PARTIAL_RESOURCE_DESCRIPTOR r = &Resources->PartialDescriptors[i];

        if (r->Type == CmResourceTypeMemory && Adapter->Registers == NULL) {
            Adapter->RegistersLength = r->u.Memory.Length;
            if (NdisMMapIoSpace((PVOID *)&Adapter->Registers, Adapter->AdapterHandle,
                                r->u.Memory.Start, r->u.Memory.Length) != NDIS_STATUS_SUCCESS) {
                Adapter->Registers = NULL;
                return NDIS_STATUS_RESOURCES;
            }
        }
    }
    return Adapter->Registers != NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
}

static VOID ReleaseAdapter(struct adapter *Adapter)
{
    if (Adapter->NdisInterruptHandle != NULL)
        NdisMDeregisterInterruptEx(Adapter->NdisInterruptHandle);
    if (Adapter->Registers != NULL)
        NdisMUnmapIoSpace(Adapter->AdapterHandle, Adapter->Registers, Adapter->RegistersLength);
    NdisFreeMemory(Adapter, 0, 0);
}

static NDIS_STATUS SetAttributes(struct adapter *Adapter)
{
    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES Registration;
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES General;
    NDIS_STATUS Status;

    NdisZeroMemory(&Registration, sizeof(Registration));
    Registration.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
    Registration.Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
    Registration.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
    Registration.MiniportAdapterContext = Adapter;
    Registration.AttributeFlags =
        NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE | NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK;
    Registration.CheckForHangTimeInSeconds = 4;
    Registration.InterfaceType = NdisInterfacePci;
    Status = NdisMSetMiniportAttributes(Adapter->AdapterHandle,
                                        (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&Registration);
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;

    NdisZeroMemory(&General, sizeof(General));
    General.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;
    General.Header.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1;
    General.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1;
    General.MediaType = NdisMedium802_3;
    General.PhysicalMediumType = NdisPhysicalMedium802_3;
    General.MtuSize = 1500;
    General.MaxXmitLinkSpeed = General.XmitLinkSpeed = 1000000000;
    General.MaxRcvLinkSpeed = General.RcvLinkSpeed = 1000000000;
    General.MediaConnectState = MediaConnectStateConnected;
    General.MediaDuplexState = MediaDuplexStateFull;
    General.LookaheadSize = 1500;
    General.MacOptions = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND |
                         NDIS_MAC_OPTION_NO_LOOPBACK;
    General.SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST |
                                     NDIS_PACKET_TYPE_BROADCAST | NDIS_PACKET_TYPE_PROMISCUOUS;
    General.MaxMulticastListSize = 32;
    General.MacAddressLength = sizeof(Adapter->MacAddress);
    NdisMoveMemory(General.PermanentMacAddress, Adapter->MacAddress, sizeof(Adapter->MacAddress));
    NdisMoveMemory(General.CurrentMacAddress, Adapter->MacAddress, sizeof(Adapter->MacAddress));
    General.AccessType = NET_IF_ACCESS_BROADCAST;
    General.DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
    General.ConnectionType = NET_IF_CONNECTION_DEDICATED;
    General.IfType = 6; /* ethernetCsmacd (IANA ifType) */
    General.IfConnectorPresent = TRUE;
    General.SupportedStatistics =
        NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_XMIT | NDIS_STATISTICS_FLAGS_VALID_BYTES_XMIT;
    General.SupportedOidList = (PNDIS_OID)SupportedOids;
    General.SupportedOidListLength = sizeof(SupportedOids);
    return NdisMSetMiniportAttributes(Adapter->AdapterHandle,
                                      (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&General);
}

static NDIS_STATUS NTAPI Initialize(NDIS_HANDLE NdisMiniportHandle,
                                    NDIS_HANDLE MiniportDriverContext,
                                    PNDIS_MINIPORT_INIT_PARAMETERS MiniportInitParameters)
{
    static const UCHAR Mac[6] = {0x02, 0x50, 0x41, 0x47, 0x45, 0x01}; /* locally administered */
    struct adapter *Adapter;
    NDIS_STATUS Status;

    UNREFERENCED_PARAMETER(MiniportDriverContext);
    Adapter = NdisAllocateMemoryWithTagPriority(NdisMiniportHandle, sizeof(*Adapter), TAG,
                                                NormalPoolPriority);
    if (Adapter == NULL)
        return NDIS_STATUS_RESOURCES;
    NdisZeroMemory(Adapter, sizeof(*Adapter));
    Adapter->AdapterHandle = NdisMiniportHandle;
    Adapter->Lookahead = 1500;
    NdisMoveMemory(Adapter->MacAddress, Mac, sizeof(Mac));

    Status = SetAttributes(Adapter);
    if (Status == NDIS_STATUS_SUCCESS)
        Status = MapRegisters(Adapter, MiniportInitParameters->AllocatedResources);
    if (Status == NDIS_STATUS_SUCCESS)
        Status = RegisterInterrupt(Adapter);
    if (Status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(NdisMiniportHandle, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 1, Status);
        ReleaseAdapter(Adapter);
        return Status;
    }
    MiniportEnableInterruptEx(Adapter);
    return NDIS_STATUS_SUCCESS;
}

static VOID NTAPI Halt(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction)
{
    struct adapter *Adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(HaltAction);
    MiniportDisableInterruptEx(Adapter);
    ReleaseAdapter(Adapter);
}

static NDIS_STATUS NTAPI Pause(NDIS_HANDLE MiniportAdapterContext,
                               PNDIS_MINIPORT_PAUSE_PARAMETERS MiniportPauseParameters)
{
    struct adapter *Adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(MiniportPauseParameters);
    /* Nothing is ever outstanding: every send was completed before its handler returned. */
    InterlockedExchange(&Adapter->Running, FALSE);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS NTAPI Restart(NDIS_HANDLE MiniportAdapterContext,
                                 PNDIS_MINIPORT_RESTART_PARAMETERS MiniportRestartParameters)
{
    struct adapter *Adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(MiniportRestartParameters);
    InterlockedExchange(&Adapter->Running, TRUE);
    return NDIS_STATUS_SUCCESS;
}

static VOID NTAPI SendNetBufferLists(NDIS_HANDLE MiniportAdapterContext,
                                     PNET_BUFFER_LIST NetBufferList, NDIS_PORT_NUMBER PortNumber,
                                     ULONG SendFlags)
{
    struct adapter *Adapter = MiniportAdapterContext;
    PNET_BUFFER_LIST Nbl;
    PNET_BUFFER Nb;

    UNREFERENCED_PARAMETER(PortNumber);
    for (Nbl = NetBufferList; Nbl != NULL; Nbl = NET_BUFFER_LIST_NEXT_NBL(Nbl)) {
        if (!Adapter->Running) {
            NET_BUFFER_LIST_STATUS(Nbl) = NDIS_STATUS_PAUSED;
            continue;
        }
        for (Nb = NET_BUFFER_LIST_FIRST_NB(Nbl); Nb != NULL; Nb = NET_BUFFER_NEXT_NB(Nb)) {
            InterlockedIncrement64((volatile LONG64 *)&Adapter->FramesSent);
            InterlockedExchangeAdd64((volatile LONG64 *)&Adapter->BytesSent,
                                     NET_BUFFER_DATA_LENGTH(Nb));
        }
        NET_BUFFER_LIST_STATUS(Nbl) = NDIS_STATUS_SUCCESS;
    }
    NdisMSendNetBufferListsComplete(
        Adapter->AdapterHandle, NetBufferList,
        NDIS_TEST_SEND_AT_DISPATCH_LEVEL(SendFlags) ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL : 0);
}

static VOID NTAPI ReturnNetBufferLists(NDIS_HANDLE MiniportAdapterContext,
                                       PNET_BUFFER_LIST NetBufferLists, ULONG ReturnFlags)
{
    /* This driver indicates nothing, so nothing can come back. */
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(NetBufferLists);
    UNREFERENCED_PARAMETER(ReturnFlags);
}

static VOID NTAPI CancelSend(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(CancelId);
}

/* Answers with the bytes at Source, or says how many are needed. */
static NDIS_STATUS Answer(PNDIS_OID_REQUEST Request, const VOID *Source, ULONG Length)
{
    if (Request->DATA.QUERY_INFORMATION.InformationBufferLength < Length) {
        Request->DATA.QUERY_INFORMATION.BytesNeeded = Length;
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    NdisMoveMemory(Request->DATA.QUERY_INFORMATION.InformationBuffer, Source, Length);
    Request->DATA.QUERY_INFORMATION.BytesWritten = Length;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS AnswerNumber(PNDIS_OID_REQUEST Request, ULONG Value)
{
    return Answer(Request, &Value, sizeof(Value));
}

static NDIS_STATUS Query(struct adapter *Adapter, PNDIS_OID_REQUEST Request)
{
    static const char Description[] = "Interrupt registration page";
    NDIS_STATISTICS_INFO Statistics;
    NDIS_INTERRUPT_MODERATION_PARAMETERS Moderation;

    switch (Request->DATA.QUERY_INFORMATION.Oid) {
    case OID_GEN_SUPPORTED_LIST:
        return Answer(Request, SupportedOids, sizeof(SupportedOids));
    case OID_GEN_HARDWARE_STATUS:
        return AnswerNumber(Request, NdisHardwareStatusReady);
    case OID_GEN_CURRENT_PACKET_FILTER:
        return AnswerNumber(Request, Adapter->PacketFilter);
    case OID_GEN_CURRENT_LOOKAHEAD:
        return AnswerNumber(Request, Adapter->Lookahead);
    case OID_GEN_TRANSMIT_BUFFER_SPACE:
    case OID_GEN_RECEIVE_BUFFER_SPACE:
        return AnswerNumber(Request, 64 * 1514);
    case OID_GEN_TRANSMIT_BLOCK_SIZE:
    case OID_GEN_RECEIVE_BLOCK_SIZE:
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
        return AnswerNumber(Request, 1514);
    case OID_GEN_VENDOR_ID:
        return AnswerNumber(Request, 0xFFFFFF); /* no IEEE-registered code */
    case OID_GEN_VENDOR_DESCRIPTION:
        return Answer(Request, Description, sizeof(Description));
    case OID_GEN_VENDOR_DRIVER_VERSION:
        return AnswerNumber(Request, 0x00010000);
    case OID_GEN_XMIT_OK:
        return AnswerNumber(Request, (ULONG)Adapter->FramesSent);
    case OID_GEN_RCV_OK:
        return AnswerNumber(Request, 0);
    case OID_GEN_STATISTICS:
        NdisZeroMemory(&Statistics, sizeof(Statistics));
        Statistics.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
        Statistics.Header.Revision = NDIS_STATISTICS_INFO_REVISION_1;
        Statistics.Header.Size = NDIS_SIZEOF_STATISTICS_INFO_REVISION_1;
        Statistics.SupportedStatistics = NDIS_STATISTICS_FLAGS_VALID_DIRECTED_FRAMES_XMIT |
                                         NDIS_STATISTICS_FLAGS_VALID_BYTES_XMIT;
        Statistics.ifHCOutUcastPkts = Adapter->FramesSent;
        Statistics.ifHCOutOctets = Adapter->BytesSent;
        return Answer(Request, &Statistics, sizeof(Statistics));
    case OID_GEN_INTERRUPT_MODERATION:
        NdisZeroMemory(&Moderation, sizeof(Moderation));
        Moderation.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
        Moderation.Header.Revision = NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
        Moderation.Header.Size = NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
        Moderation.InterruptModeration = NdisInterruptModerationNotSupported;
        return Answer(Request, &Moderation, sizeof(Moderation));
    case OID_802_3_PERMANENT_ADDRESS:
    case OID_802_3_CURRENT_ADDRESS:
        return Answer(Request, Adapter->MacAddress, sizeof(Adapter->MacAddress));
    case OID_802_3_MULTICAST_LIST:
        return Answer(Request, Adapter->MacAddress, 0);
    case OID_802_3_MAXIMUM_LIST_SIZE:
        return AnswerNumber(Request, 32);
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

static NDIS_STATUS Set(struct adapter *Adapter, PNDIS_OID_REQUEST Request)
{
    ULONG Length = Request->DATA.SET_INFORMATION.InformationBufferLength;
    PVOID Buffer = Request->DATA.SET_INFORMATION.InformationBuffer;

    switch (Request->DATA.SET_INFORMATION.Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
    case OID_GEN_CURRENT_LOOKAHEAD:
        if (Length < sizeof(ULONG)) {
            Request->DATA.SET_INFORMATION.BytesNeeded = sizeof(ULONG);
            return NDIS_STATUS_INVALID_LENGTH;
        }
        if (Request->DATA.SET_INFORMATION.Oid == OID_GEN_CURRENT_PACKET_FILTER)
            NdisRetrieveUlong(&Adapter->PacketFilter, Buffer);
        else
            NdisRetrieveUlong(&Adapter->Lookahead, Buffer);
        Request->DATA.SET_INFORMATION.BytesRead = sizeof(ULONG);
        return NDIS_STATUS_SUCCESS;
    case OID_802_3_MULTICAST_LIST:
        if (Length % 6 != 0 || Length > 32 * 6)
            return Length > 32 * 6 ? NDIS_STATUS_MULTICAST_FULL : NDIS_STATUS_INVALID_LENGTH;
        Request->DATA.SET_INFORMATION.BytesRead = Length;
        return NDIS_STATUS_SUCCESS;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

static NDIS_STATUS NTAPI OidRequest(NDIS_HANDLE MiniportAdapterContext, PNDIS_OID_REQUEST Request)
{
    switch (Request->RequestType) {
    case NdisRequestQueryInformation:
    case NdisRequestQueryStatistics:
        return Query(MiniportAdapterContext, Request);
    case NdisRequestSetInformation:
        return Set(MiniportAdapterContext, Request);
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

static VOID NTAPI CancelOidRequest(NDIS_HANDLE MiniportAdapterContext, PVOID RequestId)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(RequestId);
}

static BOOLEAN NTAPI CheckForHang(NDIS_HANDLE MiniportAdapterContext)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    return FALSE;
}

static NDIS_STATUS NTAPI Reset(NDIS_HANDLE MiniportAdapterContext, PBOOLEAN AddressingReset)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    *AddressingReset = FALSE;
    return NDIS_STATUS_SUCCESS;
}

static VOID NTAPI DevicePnPEventNotify(NDIS_HANDLE MiniportAdapterContext,
                                       PNET_DEVICE_PNP_EVENT NetDevicePnPEvent)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(NetDevicePnPEvent);
}

static VOID NTAPI Shutdown(NDIS_HANDLE MiniportAdapterContext, NDIS_SHUTDOWN_ACTION ShutdownAction)
{
    UNREFERENCED_PARAMETER(ShutdownAction);
    MiniportDisableInterruptEx(MiniportAdapterContext);
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    NdisMDeregisterMiniportDriver(DriverHandle);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS Characteristics;

    NdisZeroMemory(&Characteristics, sizeof(Characteristics));
    Characteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
    Characteristics.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1;
    Characteristics.Header.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1;
    Characteristics.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
    Characteristics.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
    Characteristics.MajorDriverVersion = 1;
    Characteristics.InitializeHandlerEx = Initialize;
    Characteristics.HaltHandlerEx = Halt;
    Characteristics.UnloadHandler = Unload;
    Characteristics.PauseHandler = Pause;
    Characteristics.RestartHandler = Restart;
    Characteristics.OidRequestHandler = OidRequest;
    Characteristics.SendNetBufferListsHandler = SendNetBufferLists;
    Characteristics.ReturnNetBufferListsHandler = ReturnNetBufferLists;
    Characteristics.CancelSendHandler = CancelSend;
    Characteristics.CheckForHangHandlerEx = CheckForHang;
    Characteristics.ResetHandlerEx = Reset;
    Characteristics.DevicePnPEventNotifyHandler = DevicePnPEventNotify;
    Characteristics.ShutdownHandlerEx = Shutdown;
    Characteristics.CancelOidRequestHandler = CancelOidRequest;
    return NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &Characteristics,
                                       &DriverHandle);
}
