/* SPDX-License-Identifier: MIT */
/* minimal.h - all of a small NDIS 6.20 miniport but its hardware, for test drivers.
 *
 * The file that includes it writes what is particular to it: struct adapter (which begins with a
 * struct minimal called Base), Start, Stop and Oid, below. Sends complete at once. Every rule is
 * kept.
 *
 * WDK: "Initializing a Miniport Driver", "Miniport Adapter States and Operations". */
#pragma once
#define NDIS_MINIPORT_DRIVER 1
#define NDIS620_MINIPORT     1
#include <ndis.h>

#define TAG 0x74736574 /* "test", as pool tags are read */

struct minimal {
    NDIS_HANDLE AdapterHandle;
    LONG Running; /* between MiniportRestart and MiniportPause */
    ULONG PacketFilter;
    ULONG Lookahead;
    UCHAR MacAddress[6];
};

struct adapter;
static const SIZE_T AdapterBytes; /* sizeof(struct adapter) */

/* MiniportInitializeEx, after the attributes. On failure it has released what it took. */
static NDIS_STATUS Start(struct adapter *Adapter, PNDIS_RESOURCE_LIST Resources);
/* MiniportHaltEx: releases everything but the adapter's own memory. */
static VOID Stop(struct adapter *Adapter);
/* TRUE if the request was dealt with: *Status is what the handler returns. */
static BOOLEAN Oid(struct adapter *Adapter, PNDIS_OID_REQUEST Request, NDIS_STATUS *Status);

static NDIS_HANDLE DriverHandle;
static const NDIS_OID SupportedOids[] = {OID_GEN_CURRENT_PACKET_FILTER, OID_GEN_CURRENT_LOOKAHEAD,
                                         OID_GEN_STATISTICS, OID_GEN_INTERRUPT_MODERATION,
                                         OID_802_3_MULTICAST_LIST};

static NDIS_STATUS MinimalAttributes(struct minimal *Base)
{
    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES Registration;
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES General;
    NDIS_STATUS Status;

    NdisZeroMemory(&Registration, sizeof(Registration));
    Registration.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
    Registration.Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
    Registration.Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
    Registration.MiniportAdapterContext = Base;
    Registration.AttributeFlags =
        NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE | NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER;
    Registration.InterfaceType = NdisInterfacePci;
    Status = NdisMSetMiniportAttributes(Base->AdapterHandle,
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
    General.MacOptions = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_NO_LOOPBACK;
    General.SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST |
                                     NDIS_PACKET_TYPE_BROADCAST | NDIS_PACKET_TYPE_PROMISCUOUS;
    General.MaxMulticastListSize = 32;
    General.MacAddressLength = sizeof(Base->MacAddress);
    NdisMoveMemory(General.PermanentMacAddress, Base->MacAddress, sizeof(Base->MacAddress));
    NdisMoveMemory(General.CurrentMacAddress, Base->MacAddress, sizeof(Base->MacAddress));
    General.AccessType = NET_IF_ACCESS_BROADCAST;
    General.DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
    General.ConnectionType = NET_IF_CONNECTION_DEDICATED;
    General.IfType = 6; /* ethernetCsmacd (IANA ifType) */
    General.IfConnectorPresent = TRUE;
    General.SupportedOidList = (PNDIS_OID)SupportedOids;
    General.SupportedOidListLength = sizeof(SupportedOids);
    return NdisMSetMiniportAttributes(Base->AdapterHandle,
                                      (PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&General);
}

static NDIS_STATUS NTAPI MinimalInitialize(NDIS_HANDLE NdisMiniportHandle,
                                           NDIS_HANDLE MiniportDriverContext,
                                           PNDIS_MINIPORT_INIT_PARAMETERS Parameters)
{
    static const UCHAR Mac[6] = {0x02, 0x74, 0x65, 0x73, 0x74, 0x01}; /* locally administered */
    struct minimal *Base;
    NDIS_STATUS Status;

    UNREFERENCED_PARAMETER(MiniportDriverContext);
    Base = NdisAllocateMemoryWithTagPriority(NdisMiniportHandle, (UINT)AdapterBytes, TAG,
                                             NormalPoolPriority);
    if (Base == NULL)
        return NDIS_STATUS_RESOURCES;
    NdisZeroMemory(Base, AdapterBytes);
    Base->AdapterHandle = NdisMiniportHandle;
    Base->Lookahead = 1500;
    NdisMoveMemory(Base->MacAddress, Mac, sizeof(Mac));
    Status = MinimalAttributes(Base);
    if (Status == NDIS_STATUS_SUCCESS)
        Status = Start((struct adapter *)Base, Parameters->AllocatedResources);
    if (Status != NDIS_STATUS_SUCCESS)
        NdisFreeMemory(Base, 0, 0);
    return Status;
}

static VOID NTAPI MinimalHalt(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction)
{
    UNREFERENCED_PARAMETER(HaltAction);
    Stop(MiniportAdapterContext);
    NdisFreeMemory(MiniportAdapterContext, 0, 0);
}

static NDIS_STATUS NTAPI MinimalPause(NDIS_HANDLE MiniportAdapterContext,
                                      PNDIS_MINIPORT_PAUSE_PARAMETERS Parameters)
{
    struct minimal *Base = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(Parameters);
    InterlockedExchange(&Base->Running, FALSE);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS NTAPI MinimalRestart(NDIS_HANDLE MiniportAdapterContext,
                                        PNDIS_MINIPORT_RESTART_PARAMETERS Parameters)
{
    struct minimal *Base = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(Parameters);
    InterlockedExchange(&Base->Running, TRUE);
    return NDIS_STATUS_SUCCESS;
}

static VOID NTAPI MinimalSend(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferList,
                              NDIS_PORT_NUMBER PortNumber, ULONG SendFlags)
{
    struct minimal *Base = MiniportAdapterContext;
    PNET_BUFFER_LIST Nbl;

    UNREFERENCED_PARAMETER(PortNumber);
    for (Nbl = NetBufferList; Nbl != NULL; Nbl = NET_BUFFER_LIST_NEXT_NBL(Nbl))
        NET_BUFFER_LIST_STATUS(Nbl) = Base->Running ? NDIS_STATUS_SUCCESS : NDIS_STATUS_PAUSED;
    NdisMSendNetBufferListsComplete(
        Base->AdapterHandle, NetBufferList,
        NDIS_TEST_SEND_AT_DISPATCH_LEVEL(SendFlags) ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL : 0);
}

static VOID NTAPI MinimalReturn(NDIS_HANDLE MiniportAdapterContext, PNET_BUFFER_LIST NetBufferLists,
                                ULONG ReturnFlags)
{
    /* Nothing is ever indicated, so nothing can come back. */
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(NetBufferLists);
    UNREFERENCED_PARAMETER(ReturnFlags);
}

static VOID NTAPI MinimalCancel(NDIS_HANDLE MiniportAdapterContext, PVOID Id)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(Id);
}

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

static NDIS_STATUS Query(struct minimal *Base, PNDIS_OID_REQUEST Request)
{
    NDIS_STATISTICS_INFO Statistics;
    NDIS_INTERRUPT_MODERATION_PARAMETERS Moderation;

    switch (Request->DATA.QUERY_INFORMATION.Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
        return Answer(Request, &Base->PacketFilter, sizeof(ULONG));
    case OID_GEN_CURRENT_LOOKAHEAD:
        return Answer(Request, &Base->Lookahead, sizeof(ULONG));
    case OID_GEN_STATISTICS:
        NdisZeroMemory(&Statistics, sizeof(Statistics));
        Statistics.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
        Statistics.Header.Revision = NDIS_STATISTICS_INFO_REVISION_1;
        Statistics.Header.Size = NDIS_SIZEOF_STATISTICS_INFO_REVISION_1;
        return Answer(Request, &Statistics, sizeof(Statistics));
    case OID_GEN_INTERRUPT_MODERATION:
        NdisZeroMemory(&Moderation, sizeof(Moderation));
        Moderation.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
        Moderation.Header.Revision = NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
        Moderation.Header.Size = NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1;
        Moderation.InterruptModeration = NdisInterruptModerationNotSupported;
        return Answer(Request, &Moderation, sizeof(Moderation));
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

static NDIS_STATUS Set(struct minimal *Base, PNDIS_OID_REQUEST Request)
{
    ULONG Length = Request->DATA.SET_INFORMATION.InformationBufferLength;
    NDIS_OID Oid = Request->DATA.SET_INFORMATION.Oid;

    switch (Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
    case OID_GEN_CURRENT_LOOKAHEAD:
        if (Length < sizeof(ULONG)) {
            Request->DATA.SET_INFORMATION.BytesNeeded = sizeof(ULONG);
            return NDIS_STATUS_INVALID_LENGTH;
        }
        NdisMoveMemory(Oid == OID_GEN_CURRENT_LOOKAHEAD ? &Base->Lookahead : &Base->PacketFilter,
                       Request->DATA.SET_INFORMATION.InformationBuffer, sizeof(ULONG));
        Request->DATA.SET_INFORMATION.BytesRead = sizeof(ULONG);
        return NDIS_STATUS_SUCCESS;
    case OID_802_3_MULTICAST_LIST:
        if (Length % 6 != 0)
            return NDIS_STATUS_INVALID_LENGTH;
        Request->DATA.SET_INFORMATION.BytesRead = Length;
        return NDIS_STATUS_SUCCESS;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

static NDIS_STATUS NTAPI MinimalOid(NDIS_HANDLE MiniportAdapterContext, PNDIS_OID_REQUEST Request)
{
    NDIS_STATUS Status;

    if (Oid(MiniportAdapterContext, Request, &Status))
        return Status;
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

static VOID NTAPI MinimalPnPEvent(NDIS_HANDLE MiniportAdapterContext, PNET_DEVICE_PNP_EVENT Event)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(Event);
}

static VOID NTAPI MinimalShutdown(NDIS_HANDLE MiniportAdapterContext, NDIS_SHUTDOWN_ACTION Action)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(Action);
}

static VOID NTAPI MinimalUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    NdisMDeregisterMiniportDriver(DriverHandle);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS Characteristics;

    NdisZeroMemory(&Characteristics, sizeof(Characteristics));
    Characteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS;
    Characteristics.Header.Revision = NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
    Characteristics.Header.Size = NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2;
    Characteristics.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
    Characteristics.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
    Characteristics.MajorDriverVersion = 1;
    Characteristics.InitializeHandlerEx = MinimalInitialize;
    Characteristics.HaltHandlerEx = MinimalHalt;
    Characteristics.UnloadHandler = MinimalUnload;
    Characteristics.PauseHandler = MinimalPause;
    Characteristics.RestartHandler = MinimalRestart;
    Characteristics.OidRequestHandler = MinimalOid;
    Characteristics.SendNetBufferListsHandler = MinimalSend;
    Characteristics.ReturnNetBufferListsHandler = MinimalReturn;
    Characteristics.CancelSendHandler = MinimalCancel;
    Characteristics.DevicePnPEventNotifyHandler = MinimalPnPEvent;
    Characteristics.ShutdownHandlerEx = MinimalShutdown;
    Characteristics.CancelOidRequestHandler = MinimalCancel;
    return NdisMRegisterMiniportDriver(DriverObject, RegistryPath, NULL, &Characteristics,
                                       &DriverHandle);
}
