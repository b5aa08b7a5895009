/* SPDX-License-Identifier: MIT */
/* ddk_layout_half_ported.c - the layouts of ndis/layout.h where NDIS 5.1 and 6.0 are visible at
 * once, and that neither's code gets a warning there that it would not get alone.
 *
 * All of the test is that this file compiles; the image has nothing to run. */
#define NDIS_MINIPORT_DRIVER 1
#define NDIS51_MINIPORT      1
#define NDIS60               1
#define NDIS51               1 /* an intermediate driver's protocol stays */
#include <ndis.h>
#include <ndis/layout.h>

#pragma GCC diagnostic error "-Wall"
#pragma GCC diagnostic error "-Wextra"
#pragma GCC diagnostic error "-Wswitch"

/* A CoNDIS miniport's: as complete as 5.1 has them. */
NDIS_STATUS NTAPI MiniportCoRequest(NDIS_HANDLE MiniportAdapterContext,
                                    NDIS_HANDLE MiniportVcContext, PNDIS_REQUEST NdisRequest)
{
    NDIS_REQUEST_TYPE RequestType = NdisRequest->RequestType;

    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    UNREFERENCED_PARAMETER(MiniportVcContext);
    switch (RequestType) {
    case NdisRequestQueryInformation:
    case NdisRequestSetInformation:
    case NdisRequestQueryStatistics:
        return NDIS_STATUS_SUCCESS;
    case NdisRequestOpen:
    case NdisRequestClose:
    case NdisRequestSend:
    case NdisRequestTransferData:
    case NdisRequestReset:
    case NdisRequestGeneric1:
    case NdisRequestGeneric2:
    case NdisRequestGeneric3:
    case NdisRequestGeneric4:
        break;
    }
    return NDIS_STATUS_NOT_SUPPORTED;
}

VOID NTAPI MiniportPnPEventNotify(NDIS_HANDLE MiniportAdapterContext,
                                  NDIS_DEVICE_PNP_EVENT PnPEvent, PVOID InformationBuffer,
                                  ULONG InformationBufferLength)
{
    UNREFERENCED_PARAMETER(InformationBuffer);
    UNREFERENCED_PARAMETER(InformationBufferLength);
    switch (PnPEvent) {
    case NdisDevicePnPEventSurpriseRemoved:
        *(BOOLEAN *)MiniportAdapterContext = TRUE;
        break;
    case NdisDevicePnPEventQueryRemoved:
    case NdisDevicePnPEventRemoved:
    case NdisDevicePnPEventQueryStopped:
    case NdisDevicePnPEventStopped:
    case NdisDevicePnPEventPowerProfileChanged:
    case NdisDevicePnPEventMaximum:
        break;
    }
}

/* 6.0's, with the cases that 6.0 brought. */
NDIS_STATUS NTAPI MiniportOidRequest(NDIS_HANDLE MiniportAdapterContext,
                                     PNDIS_OID_REQUEST OidRequest)
{
    UNREFERENCED_PARAMETER(MiniportAdapterContext);
    switch (OidRequest->RequestType) {
    case NdisRequestQueryInformation:
    case NdisRequestSetInformation:
    case NdisRequestMethod:
        return NDIS_STATUS_SUCCESS;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

VOID NTAPI MiniportDevicePnPEventNotify(NDIS_HANDLE MiniportAdapterContext,
                                        PNET_DEVICE_PNP_EVENT NetDevicePnPEvent)
{
    switch (NetDevicePnPEvent->DevicePnPEvent) {
    case NdisDevicePnPEventFilterListChanged:
        *(BOOLEAN *)MiniportAdapterContext = TRUE;
        break;
    default:
        break;
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    MINIPORT_OID_REQUEST *OidRequest = MiniportOidRequest;
    MINIPORT_DEVICE_PNP_EVENT_NOTIFY *DevicePnPEventNotify = MiniportDevicePnPEventNotify;
    NDIS_MINIPORT_CHARACTERISTICS Miniport = {.CoRequestHandler = MiniportCoRequest,
                                              .PnPEventNotifyHandler = MiniportPnPEventNotify};
    NDIS_PROTOCOL_CHARACTERISTICS Protocol = {.MajorNdisVersion = 5};

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return OidRequest && DevicePnPEventNotify && Miniport.CoRequestHandler &&
                   Protocol.MajorNdisVersion
               ? STATUS_NOT_SUPPORTED
               : STATUS_UNSUCCESSFUL;
}
