/* SPDX-License-Identifier: MIT */
/* ddk_connection.c - what connection-oriented and WAN miniports of NDIS 5 are written with, once
 * each: types of ndis/connection.h, atm.h, ndiswan.h and ndistapi.h, their handlers, and what they
 * call.
 *
 * It has no wire and is not run: that it compiles is one half of its test, that dirql names what
 * it lacks of its imports the other (bad_input_test.c). */
#define NDIS_MINIPORT_DRIVER 1
#define NDIS51_MINIPORT      1
#include <ndis.h>
#include <atm.h>
#include <ndiswan.h>
#include <ndistapi.h>
#include <ndis/layout.h>

#pragma GCC diagnostic error "-Wall"
#pragma GCC diagnostic error "-Wincompatible-pointer-types"

/* Of these three headers as layout.h of ndis.h's. */
ABI_SIZE(NDIS_VAR_DATA_DESC, 0x10);
ABI_FIELD(NDIS_VAR_DATA_DESC, Offset, 0x08);
ABI_FIELD(CO_TAPI_TRANSLATE_TAPI_CALLPARAMS, DestAddress, 0x10);
ABI_FIELD(CO_TAPI_TRANSLATE_TAPI_CALLPARAMS, NdisCallParams, 0x30);
ABI_FIELD(CO_AF_TAPI_SAP, NdisSapParams, 0x18);
ABI_SIZE(NDIS_MAC_LINE_UP, 0x28);
ABI_FIELD(NDIS_MAC_LINE_UP, ConnectionWrapperID, 0x10);
ABI_FIELD(NDIS_MAC_LINE_UP, NdisLinkContext, 0x20);
ABI_SIZE(NDIS_MAC_FRAGMENT, 0x10);
ABI_SIZE(NDIS_WAN_INFO, 0x28);
ABI_FIELD(NDIS_WAN_INFO, HighestAcceptableAddress, 0x18);
ABI_SIZE(NDIS_WAN_SET_LINK_INFO, 0x30);
ABI_SIZE(NDIS_TAPI_EVENT, 0x30);
ABI_FIELD(NDIS_TAPI_EVENT, ulParam1, 0x18);
ABI_FIELD(NDIS_TAPI_EVENT, ulParam3, 0x28);
ABI_SIZE(ATM_ADDRESS, 0x1C);
ABI_SIZE(ATM_FLOW_PARAMETERS, 0x38);
ABI_SIZE(ATM_MEDIA_PARAMETERS, 0x98);
ABI_FIELD(ATM_MEDIA_PARAMETERS, Transmit, 0x28);

struct vc {
    NDIS_HANDLE NdisVcHandle;
    ATM_VPIVCI Id;
    ULONG PeakCellRate;
};

struct adapter {
    NDIS_HANDLE AdapterHandle, NdisAfHandle, NdisSapHandle, NdisLinkContext;
    struct vc Vc;
};

/* --- a connection-oriented miniport --- */

static NDIS_STATUS NTAPI MiniportCoCreateVc(NDIS_HANDLE MiniportAdapterContext,
                                            NDIS_HANDLE NdisVcHandle,
                                            PNDIS_HANDLE MiniportVcContext)
{
    struct adapter *Adapter = MiniportAdapterContext;

    Adapter->Vc.NdisVcHandle = NdisVcHandle;
    *MiniportVcContext = &Adapter->Vc;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS NTAPI MiniportCoDeleteVc(NDIS_HANDLE MiniportVcContext)
{
    UNREFERENCED_PARAMETER(MiniportVcContext);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS NTAPI MiniportCoActivateVc(NDIS_HANDLE MiniportVcContext,
                                              PCO_CALL_PARAMETERS CallParameters)
{
    struct vc *Vc = MiniportVcContext;
    PCO_MEDIA_PARAMETERS Media = CallParameters->MediaParameters;
    PATM_MEDIA_PARAMETERS Atm = (PATM_MEDIA_PARAMETERS)Media->MediaSpecific.Parameters;

    if (Media->MediaSpecific.ParamType != ATM_MEDIA_SPECIFIC ||
        Media->MediaSpecific.Length < sizeof(*Atm) || Atm->AALType != AAL_TYPE_AAL5)
        return NDIS_STATUS_INVALID_DATA;
    if ((Media->Flags & TRANSMIT_VC) && (Media->Flags & ROUND_UP_FLOW))
        CallParameters->Flags |= CALL_PARAMETERS_CHANGED;
    Vc->Id = Atm->ConnectionId;
    Vc->PeakCellRate = Atm->Transmit.PeakCellRate;
    NdisMCoActivateVcComplete(NDIS_STATUS_SUCCESS, Vc->NdisVcHandle, CallParameters);
    return NDIS_STATUS_PENDING;
}

static NDIS_STATUS NTAPI MiniportCoDeactivateVc(NDIS_HANDLE MiniportVcContext)
{
    struct vc *Vc = MiniportVcContext;

    NdisMCoDeactivateVcComplete(NDIS_STATUS_SUCCESS, Vc->NdisVcHandle);
    return NDIS_STATUS_PENDING;
}

static VOID NTAPI MiniportCoSendPackets(NDIS_HANDLE MiniportVcContext, PPNDIS_PACKET PacketArray,
                                        UINT NumberOfPackets)
{
    struct vc *Vc = MiniportVcContext;
    UINT i;

    NdisMCoIndicateReceivePacket(Vc->NdisVcHandle, PacketArray, NumberOfPackets);
    for (i = 0; i < NumberOfPackets; i++)
        NdisMCoSendComplete(NDIS_STATUS_SUCCESS, Vc->NdisVcHandle, PacketArray[i]);
}

static NDIS_STATUS NTAPI MiniportCoRequest(NDIS_HANDLE MiniportAdapterContext,
                                           NDIS_HANDLE MiniportVcContext, PNDIS_REQUEST NdisRequest)
{
    struct adapter *Adapter = MiniportAdapterContext;
    WAN_CO_LINKPARAMS LinkParameters = {64000, 64000, 8};

    switch (NdisRequest->DATA.QUERY_INFORMATION.Oid) {
    case OID_ATM_SUPPORTED_AAL_TYPES:
    case OID_CO_GET_CALL_INFORMATION:
    case OID_WAN_CO_GET_INFO:
    case OID_CO_TAPI_LINE_CAPS:
        NdisMCoIndicateStatus(Adapter->AdapterHandle, MiniportVcContext,
                              NDIS_STATUS_WAN_CO_LINKPARAMS, &LinkParameters,
                              sizeof(LinkParameters));
        NdisMCoRequestComplete(NDIS_STATUS_SUCCESS, Adapter->AdapterHandle, NdisRequest);
        return NDIS_STATUS_PENDING;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}

/* --- which is its own call manager --- */

static PROTOCOL_CO_CREATE_VC ProtocolCoCreateVc;
static PROTOCOL_CO_DELETE_VC ProtocolCoDeleteVc;
static PROTOCOL_CM_OPEN_AF ProtocolCmOpenAf;
static PROTOCOL_CM_REG_SAP ProtocolCmRegisterSap;
static PROTOCOL_CM_MAKE_CALL ProtocolCmMakeCall;

static NDIS_STATUS NTAPI ProtocolCoCreateVc(NDIS_HANDLE ProtocolAfContext, NDIS_HANDLE NdisVcHandle,
                                            PNDIS_HANDLE ProtocolVcContext)
{
    return MiniportCoCreateVc(ProtocolAfContext, NdisVcHandle, ProtocolVcContext);
}

static NDIS_STATUS NTAPI ProtocolCoDeleteVc(NDIS_HANDLE ProtocolVcContext)
{
    return MiniportCoDeleteVc(ProtocolVcContext);
}

static NDIS_STATUS NTAPI ProtocolCmOpenAf(NDIS_HANDLE CallMgrBindingContext,
                                          PCO_ADDRESS_FAMILY AddressFamily,
                                          NDIS_HANDLE NdisAfHandle, PNDIS_HANDLE CallMgrAfContext)
{
    struct adapter *Adapter = CallMgrBindingContext;

    if (AddressFamily->AddressFamily != CO_ADDRESS_FAMILY_TAPI_PROXY)
        return NDIS_STATUS_BAD_VERSION;
    Adapter->NdisAfHandle = NdisAfHandle;
    *CallMgrAfContext = Adapter;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS NTAPI ProtocolCmRegisterSap(NDIS_HANDLE CallMgrAfContext, PCO_SAP Sap,
                                               NDIS_HANDLE NdisSapHandle,
                                               PNDIS_HANDLE CallMgrSapContext)
{
    struct adapter *Adapter = CallMgrAfContext;
    PCO_AF_TAPI_SAP TapiSap = (PCO_AF_TAPI_SAP)Sap->Sap;

    if (Sap->SapType != AF_TAPI_SAP_TYPE || TapiSap->ulLineID != 0)
        return NDIS_STATUS_INVALID_SAP;
    Adapter->NdisSapHandle = NdisSapHandle;
    *CallMgrSapContext = Adapter;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS NTAPI ProtocolCmMakeCall(NDIS_HANDLE CallMgrVcContext,
                                            PCO_CALL_PARAMETERS CallParameters,
                                            NDIS_HANDLE NdisPartyHandle,
                                            PNDIS_HANDLE CallMgrPartyContext)
{
    struct vc *Vc = CallMgrVcContext;

    UNREFERENCED_PARAMETER(NdisPartyHandle);
    if (CallMgrPartyContext)
        *CallMgrPartyContext = NULL;
    if (CallParameters->CallMgrParameters->Transmit.ServiceType != SERVICETYPE_BESTEFFORT)
        return NDIS_STATUS_INCOMPATABLE_QOS;
    if (NdisMCmActivateVc(Vc->NdisVcHandle, CallParameters) != NDIS_STATUS_PENDING)
        NdisMCmMakeCallComplete(NDIS_STATUS_SUCCESS, Vc->NdisVcHandle, NULL, NULL, CallParameters);
    return NDIS_STATUS_PENDING;
}

static NDIS_STATUS RegisterCallManager(struct adapter *Adapter)
{
    CO_ADDRESS_FAMILY Family = {CO_ADDRESS_FAMILY_TAPI_PROXY, 1, 0};
    NDIS_CALL_MANAGER_CHARACTERISTICS CallManager = {0};

    CallManager.MajorVersion = 5;
    CallManager.CmCreateVcHandler = ProtocolCoCreateVc;
    CallManager.CmDeleteVcHandler = ProtocolCoDeleteVc;
    CallManager.CmOpenAfHandler = ProtocolCmOpenAf;
    CallManager.CmRegisterSapHandler = ProtocolCmRegisterSap;
    CallManager.CmMakeCallHandler = ProtocolCmMakeCall;
    return NdisMCmRegisterAddressFamily(Adapter->AdapterHandle, &Family, &CallManager,
                                        sizeof(CallManager));
}

/* --- a WAN miniport --- */

static NDIS_STATUS NTAPI MiniportWanSend(NDIS_HANDLE MiniportAdapterContext,
                                         NDIS_HANDLE NdisLinkHandle, PNDIS_WAN_PACKET Packet)
{
    struct adapter *Adapter = MiniportAdapterContext;
    NDIS_STATUS Status;

    UNREFERENCED_PARAMETER(NdisLinkHandle);
    NdisMWanIndicateReceive(&Status, Adapter->AdapterHandle, Adapter->NdisLinkContext,
                            Packet->CurrentBuffer, Packet->CurrentLength);
    NdisMWanIndicateReceiveComplete(Adapter->AdapterHandle, Adapter->NdisLinkContext);
    NdisMWanSendComplete(Adapter->AdapterHandle, Packet, NDIS_STATUS_SUCCESS);
    return NDIS_STATUS_PENDING;
}

static VOID LineUp(struct adapter *Adapter)
{
    NDIS_MAC_LINE_UP Up = {.LinkSpeed = 640, .Quality = NdisWanErrorControl, .SendWindow = 8};
    NDIS_TAPI_EVENT Event = {.ulMsg = LINE_CALLSTATE, .ulParam1 = LINECALLSTATE_CONNECTED};

    NdisMIndicateStatus(Adapter->AdapterHandle, NDIS_STATUS_WAN_LINE_UP, &Up, sizeof(Up));
    Adapter->NdisLinkContext = Up.NdisLinkContext;
    NdisMIndicateStatus(Adapter->AdapterHandle, NDIS_STATUS_TAPI_INDICATION, &Event, sizeof(Event));
}

static NDIS_STATUS NTAPI MiniportInitialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                            PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                            NDIS_HANDLE MiniportAdapterHandle,
                                            NDIS_HANDLE WrapperConfigurationContext)
{
    static struct adapter Adapter;

    UNREFERENCED_PARAMETER(OpenErrorStatus);
    UNREFERENCED_PARAMETER(WrapperConfigurationContext);
    for (*SelectedMediumIndex = 0; *SelectedMediumIndex < MediumArraySize; ++*SelectedMediumIndex)
        if (MediumArray[*SelectedMediumIndex] == NdisMediumCoWan ||
            MediumArray[*SelectedMediumIndex] == NdisMediumWan)
            break;
    if (*SelectedMediumIndex == MediumArraySize)
        return NDIS_STATUS_UNSUPPORTED_MEDIA;
    Adapter.AdapterHandle = MiniportAdapterHandle;
    LineUp(&Adapter);
    return RegisterCallManager(&Adapter);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_WAN_MINIPORT_CHARACTERISTICS Wan = {0};
    NDIS_MINIPORT_CHARACTERISTICS Miniport = {0};
    NDIS_HANDLE Wrapper;
    NDIS_STATUS Status;

    NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
    Wan.MajorNdisVersion = 5;
    Wan.MinorNdisVersion = 1;
    Wan.InitializeHandler = MiniportInitialize;
    Wan.WanSendHandler = MiniportWanSend;
    Status = NdisMRegisterMiniport(Wrapper, &Wan, sizeof(Wan));
    if (Status == NDIS_STATUS_SUCCESS)
        return Status;
    Miniport.MajorNdisVersion = 5;
    Miniport.MinorNdisVersion = 1;
    Miniport.InitializeHandler = MiniportInitialize;
    Miniport.CoCreateVcHandler = MiniportCoCreateVc;
    Miniport.CoDeleteVcHandler = MiniportCoDeleteVc;
    Miniport.CoActivateVcHandler = MiniportCoActivateVc;
    Miniport.CoDeactivateVcHandler = MiniportCoDeactivateVc;
    Miniport.CoSendPacketsHandler = MiniportCoSendPackets;
    Miniport.CoRequestHandler = MiniportCoRequest;
    return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
