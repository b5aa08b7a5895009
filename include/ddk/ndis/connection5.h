/* SPDX-License-Identifier: MIT */
/* connection5.h - connection-oriented NDIS 5.0 and 5.1: clients, call managers, miniports.
 *
 * A client makes and takes calls (NdisClXxx), a call manager signals them (NdisCmXxx; NdisMCmXxx
 * where it is a miniport's own, an MCM), and a miniport carries packets over virtual connections
 * (NdisMCoXxx); NdisCoXxx are for clients and call managers alike. WDK (NDIS 5): "Connection-
 * Oriented NDIS"; signatures: the public headers of mingw-w64. */
#ifndef DDK_NDIS_CONNECTION5_H
#define DDK_NDIS_CONNECTION5_H

/* Clients and call managers. */
typedef NDIS_STATUS(NTAPI PROTOCOL_CO_CREATE_VC)(_In_ NDIS_HANDLE ProtocolAfContext,
                                                 _In_ NDIS_HANDLE NdisVcHandle,
                                                 _Out_ PNDIS_HANDLE ProtocolVcContext);
typedef PROTOCOL_CO_CREATE_VC *CO_CREATE_VC_HANDLER;
typedef NDIS_STATUS(NTAPI PROTOCOL_CO_DELETE_VC)(_In_ NDIS_HANDLE ProtocolVcContext);
typedef PROTOCOL_CO_DELETE_VC *CO_DELETE_VC_HANDLER;
typedef NDIS_STATUS(NTAPI *CO_REQUEST_HANDLER)(_In_ NDIS_HANDLE ProtocolAfContext,
                                               _In_opt_ NDIS_HANDLE ProtocolVcContext,
                                               _In_opt_ NDIS_HANDLE ProtocolPartyContext,
                                               _Inout_ PNDIS_REQUEST NdisRequest);
typedef VOID(NTAPI *CO_REQUEST_COMPLETE_HANDLER)(_In_ NDIS_STATUS Status,
                                                 _In_opt_ NDIS_HANDLE ProtocolAfContext,
                                                 _In_opt_ NDIS_HANDLE ProtocolVcContext,
                                                 _In_opt_ NDIS_HANDLE ProtocolPartyContext,
                                                 _In_ PNDIS_REQUEST NdisRequest);
typedef VOID(NTAPI *CO_SEND_COMPLETE_HANDLER)(_In_ NDIS_STATUS Status,
                                              _In_ NDIS_HANDLE ProtocolVcContext,
                                              _In_ PNDIS_PACKET Packet);
typedef VOID(NTAPI *CO_STATUS_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                       _In_opt_ NDIS_HANDLE ProtocolVcContext,
                                       _In_ NDIS_STATUS GeneralStatus, _In_ PVOID StatusBuffer,
                                       _In_ UINT StatusBufferSize);
typedef UINT(NTAPI *CO_RECEIVE_PACKET_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                               _In_ NDIS_HANDLE ProtocolVcContext,
                                               _In_ PNDIS_PACKET Packet);
/* The name is spelled so. */
typedef VOID(NTAPI PROTCOL_CO_AF_REGISTER_NOTIFY)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                                  _In_ PCO_ADDRESS_FAMILY AddressFamily);
typedef PROTCOL_CO_AF_REGISTER_NOTIFY *CO_AF_REGISTER_NOTIFY_HANDLER;

/* Call managers. */
typedef NDIS_STATUS(NTAPI PROTOCOL_CM_OPEN_AF)(_In_ NDIS_HANDLE CallMgrBindingContext,
                                               _In_ PCO_ADDRESS_FAMILY AddressFamily,
                                               _In_ NDIS_HANDLE NdisAfHandle,
                                               _Out_ PNDIS_HANDLE CallMgrAfContext);
typedef PROTOCOL_CM_OPEN_AF *CM_OPEN_AF_HANDLER;
typedef NDIS_STATUS(NTAPI PROTOCOL_CM_CLOSE_AF)(_In_ NDIS_HANDLE CallMgrAfContext);
typedef PROTOCOL_CM_CLOSE_AF *CM_CLOSE_AF_HANDLER;
typedef NDIS_STATUS(NTAPI PROTOCOL_CM_REG_SAP)(_In_ NDIS_HANDLE CallMgrAfContext, _In_ PCO_SAP Sap,
                                               _In_ NDIS_HANDLE NdisSapHandle,
                                               _Out_ PNDIS_HANDLE CallMgrSapContext);
typedef PROTOCOL_CM_REG_SAP *CM_REG_SAP_HANDLER;
typedef NDIS_STATUS(NTAPI PROTOCOL_CM_DEREGISTER_SAP)(_In_ NDIS_HANDLE CallMgrSapContext);
typedef PROTOCOL_CM_DEREGISTER_SAP *CM_DEREG_SAP_HANDLER;
typedef NDIS_STATUS(NTAPI PROTOCOL_CM_MAKE_CALL)(_In_ NDIS_HANDLE CallMgrVcContext,
                                                 _Inout_ PCO_CALL_PARAMETERS CallParameters,
                                                 _In_opt_ NDIS_HANDLE NdisPartyHandle,
                                                 _Out_opt_ PNDIS_HANDLE CallMgrPartyContext);
typedef PROTOCOL_CM_MAKE_CALL *CM_MAKE_CALL_HANDLER;
typedef NDIS_STATUS(NTAPI PROTOCOL_CM_CLOSE_CALL)(_In_ NDIS_HANDLE CallMgrVcContext,
                                                  _In_opt_ NDIS_HANDLE CallMgrPartyContext,
                                                  _In_opt_ PVOID CloseData, _In_opt_ UINT Size);
typedef PROTOCOL_CM_CLOSE_CALL *CM_CLOSE_CALL_HANDLER;
typedef VOID(NTAPI PROTOCOL_CM_INCOMING_CALL_COMPLETE)(_In_ NDIS_STATUS Status,
                                                       _In_ NDIS_HANDLE CallMgrVcContext,
                                                       _In_ PCO_CALL_PARAMETERS CallParameters);
typedef PROTOCOL_CM_INCOMING_CALL_COMPLETE *CM_INCOMING_CALL_COMPLETE_HANDLER;
typedef NDIS_STATUS(NTAPI PROTOCOL_CM_ADD_PARTY)(_In_ NDIS_HANDLE CallMgrVcContext,
                                                 _Inout_ PCO_CALL_PARAMETERS CallParameters,
                                                 _In_ NDIS_HANDLE NdisPartyHandle,
                                                 _Out_ PNDIS_HANDLE CallMgrPartyContext);
typedef PROTOCOL_CM_ADD_PARTY *CM_ADD_PARTY_HANDLER;
typedef NDIS_STATUS(NTAPI PROTOCOL_CM_DROP_PARTY)(_In_ NDIS_HANDLE CallMgrPartyContext,
                                                  _In_opt_ PVOID CloseData, _In_opt_ UINT Size);
typedef PROTOCOL_CM_DROP_PARTY *CM_DROP_PARTY_HANDLER;
typedef VOID(NTAPI PROTOCOL_CM_ACTIVATE_VC_COMPLETE)(_In_ NDIS_STATUS Status,
                                                     _In_ NDIS_HANDLE CallMgrVcContext,
                                                     _In_ PCO_CALL_PARAMETERS CallParameters);
typedef PROTOCOL_CM_ACTIVATE_VC_COMPLETE *CM_ACTIVATE_VC_COMPLETE_HANDLER;
typedef VOID(NTAPI PROTOCOL_CM_DEACTIVATE_VC_COMPLETE)(_In_ NDIS_STATUS Status,
                                                       _In_ NDIS_HANDLE CallMgrVcContext);
typedef PROTOCOL_CM_DEACTIVATE_VC_COMPLETE *CM_DEACTIVATE_VC_COMPLETE_HANDLER;
typedef NDIS_STATUS(NTAPI PROTOCOL_CM_MODIFY_QOS_CALL)(_In_ NDIS_HANDLE CallMgrVcContext,
                                                       _In_ PCO_CALL_PARAMETERS CallParameters);
typedef PROTOCOL_CM_MODIFY_QOS_CALL *CM_MODIFY_CALL_QOS_HANDLER;

typedef struct _NDIS_CALL_MANAGER_CHARACTERISTICS {
    UCHAR MajorVersion;
    UCHAR MinorVersion;
    USHORT Filler;
    UINT Reserved;
    CO_CREATE_VC_HANDLER CmCreateVcHandler;
    CO_DELETE_VC_HANDLER CmDeleteVcHandler;
    CM_OPEN_AF_HANDLER CmOpenAfHandler;
    CM_CLOSE_AF_HANDLER CmCloseAfHandler;
    CM_REG_SAP_HANDLER CmRegisterSapHandler;
    CM_DEREG_SAP_HANDLER CmDeregisterSapHandler;
    CM_MAKE_CALL_HANDLER CmMakeCallHandler;
    CM_CLOSE_CALL_HANDLER CmCloseCallHandler;
    CM_INCOMING_CALL_COMPLETE_HANDLER CmIncomingCallCompleteHandler;
    CM_ADD_PARTY_HANDLER CmAddPartyHandler;
    CM_DROP_PARTY_HANDLER CmDropPartyHandler;
    CM_ACTIVATE_VC_COMPLETE_HANDLER CmActivateVcCompleteHandler;
    CM_DEACTIVATE_VC_COMPLETE_HANDLER CmDeactivateVcCompleteHandler;
    CM_MODIFY_CALL_QOS_HANDLER CmModifyCallQoSHandler;
    CO_REQUEST_HANDLER CmRequestHandler;
    CO_REQUEST_COMPLETE_HANDLER CmRequestCompleteHandler;
} NDIS_CALL_MANAGER_CHARACTERISTICS, *PNDIS_CALL_MANAGER_CHARACTERISTICS;

/* Clients. */
typedef VOID(NTAPI PROTOCOL_CL_OPEN_AF_COMPLETE)(_In_ NDIS_STATUS Status,
                                                 _In_ NDIS_HANDLE ProtocolAfContext,
                                                 _In_ NDIS_HANDLE NdisAfHandle);
typedef PROTOCOL_CL_OPEN_AF_COMPLETE *CL_OPEN_AF_COMPLETE_HANDLER;
typedef VOID(NTAPI PROTOCOL_CL_CLOSE_AF_COMPLETE)(_In_ NDIS_STATUS Status,
                                                  _In_ NDIS_HANDLE ProtocolAfContext);
typedef PROTOCOL_CL_CLOSE_AF_COMPLETE *CL_CLOSE_AF_COMPLETE_HANDLER;
typedef VOID(NTAPI PROTOCOL_CL_REGISTER_SAP_COMPLETE)(_In_ NDIS_STATUS Status,
                                                      _In_ NDIS_HANDLE ProtocolSapContext,
                                                      _In_ PCO_SAP Sap,
                                                      _In_ NDIS_HANDLE NdisSapHandle);
typedef PROTOCOL_CL_REGISTER_SAP_COMPLETE *CL_REG_SAP_COMPLETE_HANDLER;
typedef VOID(NTAPI PROTOCOL_CL_DEREGISTER_SAP_COMPLETE)(_In_ NDIS_STATUS Status,
                                                        _In_ NDIS_HANDLE ProtocolSapContext);
typedef PROTOCOL_CL_DEREGISTER_SAP_COMPLETE *CL_DEREG_SAP_COMPLETE_HANDLER;
typedef VOID(NTAPI PROTOCOL_CL_MAKE_CALL_COMPLETE)(_In_ NDIS_STATUS Status,
                                                   _In_ NDIS_HANDLE ProtocolVcContext,
                                                   _In_opt_ NDIS_HANDLE NdisPartyHandle,
                                                   _In_ PCO_CALL_PARAMETERS CallParameters);
typedef PROTOCOL_CL_MAKE_CALL_COMPLETE *CL_MAKE_CALL_COMPLETE_HANDLER;
typedef VOID(NTAPI PROTOCOL_CL_MODIFY_CALL_QOS_COMPLETE)(_In_ NDIS_STATUS Status,
                                                         _In_ NDIS_HANDLE ProtocolVcContext,
                                                         _In_ PCO_CALL_PARAMETERS CallParameters);
typedef PROTOCOL_CL_MODIFY_CALL_QOS_COMPLETE *CL_MODIFY_CALL_QOS_COMPLETE_HANDLER;
typedef VOID(NTAPI PROTOCOL_CL_CLOSE_CALL_COMPLETE)(_In_ NDIS_STATUS Status,
                                                    _In_ NDIS_HANDLE ProtocolVcContext,
                                                    _In_opt_ NDIS_HANDLE ProtocolPartyContext);
typedef PROTOCOL_CL_CLOSE_CALL_COMPLETE *CL_CLOSE_CALL_COMPLETE_HANDLER;
typedef VOID(NTAPI PROTOCOL_CL_ADD_PARTY_COMPLETE)(_In_ NDIS_STATUS Status,
                                                   _In_ NDIS_HANDLE ProtocolPartyContext,
                                                   _In_ NDIS_HANDLE NdisPartyHandle,
                                                   _In_ PCO_CALL_PARAMETERS CallParameters);
typedef PROTOCOL_CL_ADD_PARTY_COMPLETE *CL_ADD_PARTY_COMPLETE_HANDLER;
typedef VOID(NTAPI PROTOCOL_CL_DROP_PARTY_COMPLETE)(_In_ NDIS_STATUS Status,
                                                    _In_ NDIS_HANDLE ProtocolPartyContext);
typedef PROTOCOL_CL_DROP_PARTY_COMPLETE *CL_DROP_PARTY_COMPLETE_HANDLER;
typedef NDIS_STATUS(NTAPI PROTOCOL_CL_INCOMING_CALL)(_In_ NDIS_HANDLE ProtocolSapContext,
                                                     _In_ NDIS_HANDLE ProtocolVcContext,
                                                     _Inout_ PCO_CALL_PARAMETERS CallParameters);
typedef PROTOCOL_CL_INCOMING_CALL *CL_INCOMING_CALL_HANDLER;
typedef VOID(NTAPI PROTOCOL_CL_INCOMING_CALL_QOS_CHANGE)(_In_ NDIS_HANDLE ProtocolVcContext,
                                                         _In_ PCO_CALL_PARAMETERS CallParameters);
typedef PROTOCOL_CL_INCOMING_CALL_QOS_CHANGE *CL_INCOMING_CALL_QOS_CHANGE_HANDLER;
typedef VOID(NTAPI PROTOCOL_CL_INCOMING_CLOSE_CALL)(_In_ NDIS_STATUS CloseStatus,
                                                    _In_ NDIS_HANDLE ProtocolVcContext,
                                                    _In_opt_ PVOID CloseData, _In_opt_ UINT Size);
typedef PROTOCOL_CL_INCOMING_CLOSE_CALL *CL_INCOMING_CLOSE_CALL_HANDLER;
typedef VOID(NTAPI PROTOCOL_CL_INCOMING_DROP_PARTY)(_In_ NDIS_STATUS DropStatus,
                                                    _In_ NDIS_HANDLE ProtocolPartyContext,
                                                    _In_opt_ PVOID CloseData, _In_opt_ UINT Size);
typedef PROTOCOL_CL_INCOMING_DROP_PARTY *CL_INCOMING_DROP_PARTY_HANDLER;
typedef VOID(NTAPI PROTOCOL_CL_CALL_CONNECTED)(_In_ NDIS_HANDLE ProtocolVcContext);
typedef PROTOCOL_CL_CALL_CONNECTED *CL_CALL_CONNECTED_HANDLER;

typedef struct _NDIS_CLIENT_CHARACTERISTICS {
    UCHAR MajorVersion;
    UCHAR MinorVersion;
    USHORT Filler;
    UINT Reserved;
    CO_CREATE_VC_HANDLER ClCreateVcHandler;
    CO_DELETE_VC_HANDLER ClDeleteVcHandler;
    CO_REQUEST_HANDLER ClRequestHandler;
    CO_REQUEST_COMPLETE_HANDLER ClRequestCompleteHandler;
    CL_OPEN_AF_COMPLETE_HANDLER ClOpenAfCompleteHandler;
    CL_CLOSE_AF_COMPLETE_HANDLER ClCloseAfCompleteHandler;
    CL_REG_SAP_COMPLETE_HANDLER ClRegisterSapCompleteHandler;
    CL_DEREG_SAP_COMPLETE_HANDLER ClDeregisterSapCompleteHandler;
    CL_MAKE_CALL_COMPLETE_HANDLER ClMakeCallCompleteHandler;
    CL_MODIFY_CALL_QOS_COMPLETE_HANDLER ClModifyCallQoSCompleteHandler;
    CL_CLOSE_CALL_COMPLETE_HANDLER ClCloseCallCompleteHandler;
    CL_ADD_PARTY_COMPLETE_HANDLER ClAddPartyCompleteHandler;
    CL_DROP_PARTY_COMPLETE_HANDLER ClDropPartyCompleteHandler;
    CL_INCOMING_CALL_HANDLER ClIncomingCallHandler;
    CL_INCOMING_CALL_QOS_CHANGE_HANDLER ClIncomingCallQoSChangeHandler;
    CL_INCOMING_CLOSE_CALL_HANDLER ClIncomingCloseCallHandler;
    CL_INCOMING_DROP_PARTY_HANDLER ClIncomingDropPartyHandler;
    CL_CALL_CONNECTED_HANDLER ClCallConnectedHandler;
} NDIS_CLIENT_CHARACTERISTICS, *PNDIS_CLIENT_CHARACTERISTICS;

/* What miniports call. */
NDISAPI VOID NTAPI NdisMCoActivateVcComplete(_In_ NDIS_STATUS Status, _In_ NDIS_HANDLE NdisVcHandle,
                                             _In_ PCO_CALL_PARAMETERS CallParameters);
NDISAPI VOID NTAPI NdisMCoDeactivateVcComplete(_In_ NDIS_STATUS Status,
                                               _In_ NDIS_HANDLE NdisVcHandle);
NDISAPI VOID NTAPI NdisMCoIndicateReceivePacket(_In_ NDIS_HANDLE NdisVcHandle,
                                                _In_ PPNDIS_PACKET PacketArray,
                                                _In_ UINT NumberOfPackets);
NDISAPI VOID NTAPI NdisMCoReceiveComplete(_In_ NDIS_HANDLE MiniportAdapterHandle);
NDISAPI VOID NTAPI NdisMCoSendComplete(_In_ NDIS_STATUS Status, _In_ NDIS_HANDLE NdisVcHandle,
                                       _In_ PNDIS_PACKET Packet);
NDISAPI VOID NTAPI NdisMCoIndicateStatus(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                         _In_opt_ NDIS_HANDLE NdisVcHandle,
                                         _In_ NDIS_STATUS GeneralStatus,
                                         _In_opt_ PVOID StatusBuffer, _In_ ULONG StatusBufferSize);
NDISAPI VOID NTAPI NdisMCoRequestComplete(_In_ NDIS_STATUS Status,
                                          _In_ NDIS_HANDLE MiniportAdapterHandle,
                                          _In_ PNDIS_REQUEST Request);

/* What miniports call that are their own call manager; the rest of a call manager's calls are the
 * same functions by other names. */
NDISAPI NDIS_STATUS NTAPI NdisMCmRegisterAddressFamily(
    _In_ NDIS_HANDLE MiniportAdapterHandle, _In_ PCO_ADDRESS_FAMILY AddressFamily,
    _In_ PNDIS_CALL_MANAGER_CHARACTERISTICS CmCharacteristics, _In_ UINT SizeOfCmCharacteristics);
NDISAPI NDIS_STATUS NTAPI NdisMCmCreateVc(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                          _In_ NDIS_HANDLE NdisAfHandle,
                                          _In_ NDIS_HANDLE MiniportVcContext,
                                          _Out_ PNDIS_HANDLE NdisVcHandle);
NDISAPI NDIS_STATUS NTAPI NdisMCmDeleteVc(_In_ NDIS_HANDLE NdisVcHandle);
NDISAPI NDIS_STATUS NTAPI NdisMCmActivateVc(_In_ NDIS_HANDLE NdisVcHandle,
                                            _In_ PCO_CALL_PARAMETERS CallParameters);
NDISAPI NDIS_STATUS NTAPI NdisMCmDeactivateVc(_In_ NDIS_HANDLE NdisVcHandle);
NDISAPI NDIS_STATUS NTAPI NdisMCmRequest(_In_ NDIS_HANDLE NdisAfHandle,
                                         _In_opt_ NDIS_HANDLE NdisVcHandle,
                                         _In_opt_ NDIS_HANDLE NdisPartyHandle,
                                         _Inout_ PNDIS_REQUEST NdisRequest);
#define NdisMCmRequestComplete(Status, AfHandle, VcHandle, PartyHandle, Request)                   \
    NdisCoRequestComplete(Status, AfHandle, VcHandle, PartyHandle, Request)
#define NdisMCmOpenAddressFamilyComplete(Status, AfHandle, CallMgrAfContext)                       \
    NdisCmOpenAddressFamilyComplete(Status, AfHandle, CallMgrAfContext)
#define NdisMCmCloseAddressFamilyComplete(Status, AfHandle)                                        \
    NdisCmCloseAddressFamilyComplete(Status, AfHandle)
#define NdisMCmRegisterSapComplete(Status, SapHandle, CallMgrSapContext)                           \
    NdisCmRegisterSapComplete(Status, SapHandle, CallMgrSapContext)
#define NdisMCmDeregisterSapComplete(Status, SapHandle)                                            \
    NdisCmDeregisterSapComplete(Status, SapHandle)
#define NdisMCmMakeCallComplete(Status, VcHandle, PartyHandle, CallMgrPartyContext,                \
                                CallParameters)                                                    \
    NdisCmMakeCallComplete(Status, VcHandle, PartyHandle, CallMgrPartyContext, CallParameters)
#define NdisMCmCloseCallComplete(Status, VcHandle, PartyHandle)                                    \
    NdisCmCloseCallComplete(Status, VcHandle, PartyHandle)
#define NdisMCmAddPartyComplete(Status, PartyHandle, CallMgrPartyContext, CallParameters)          \
    NdisCmAddPartyComplete(Status, PartyHandle, CallMgrPartyContext, CallParameters)
#define NdisMCmDropPartyComplete(Status, PartyHandle) NdisCmDropPartyComplete(Status, PartyHandle)
#define NdisMCmModifyCallQoSComplete(Status, VcHandle, CallParameters)                             \
    NdisCmModifyCallQoSComplete(Status, VcHandle, CallParameters)
#define NdisMCmDispatchIncomingCall(SapHandle, VcHandle, CallParameters)                           \
    NdisCmDispatchIncomingCall(SapHandle, VcHandle, CallParameters)
#define NdisMCmDispatchCallConnected(VcHandle) NdisCmDispatchCallConnected(VcHandle)
#define NdisMCmDispatchIncomingCallQoSChange(VcHandle, CallParameters)                             \
    NdisCmDispatchIncomingCallQoSChange(VcHandle, CallParameters)
#define NdisMCmDispatchIncomingCloseCall(CloseStatus, VcHandle, Buffer, Size)                      \
    NdisCmDispatchIncomingCloseCall(CloseStatus, VcHandle, Buffer, Size)
#define NdisMCmDispatchIncomingDropParty(DropStatus, PartyHandle, Buffer, Size)                    \
    NdisCmDispatchIncomingDropParty(DropStatus, PartyHandle, Buffer, Size)

/* What call managers call. */
NDISAPI NDIS_STATUS NTAPI NdisCmRegisterAddressFamily(
    _In_ NDIS_HANDLE NdisBindingHandle, _In_ PCO_ADDRESS_FAMILY AddressFamily,
    _In_ PNDIS_CALL_MANAGER_CHARACTERISTICS CmCharacteristics, _In_ UINT SizeOfCmCharacteristics);
NDISAPI VOID NTAPI NdisCmOpenAddressFamilyComplete(_In_ NDIS_STATUS Status,
                                                   _In_ NDIS_HANDLE NdisAfHandle,
                                                   _In_ NDIS_HANDLE CallMgrAfContext);
NDISAPI VOID NTAPI NdisCmCloseAddressFamilyComplete(_In_ NDIS_STATUS Status,
                                                    _In_ NDIS_HANDLE NdisAfHandle);
NDISAPI VOID NTAPI NdisCmRegisterSapComplete(_In_ NDIS_STATUS Status,
                                             _In_ NDIS_HANDLE NdisSapHandle,
                                             _In_ NDIS_HANDLE CallMgrSapContext);
NDISAPI VOID NTAPI NdisCmDeregisterSapComplete(_In_ NDIS_STATUS Status,
                                               _In_ NDIS_HANDLE NdisSapHandle);
NDISAPI NDIS_STATUS NTAPI NdisCmActivateVc(_In_ NDIS_HANDLE NdisVcHandle,
                                           _Inout_ PCO_CALL_PARAMETERS CallParameters);
NDISAPI NDIS_STATUS NTAPI NdisCmDeactivateVc(_In_ NDIS_HANDLE NdisVcHandle);
NDISAPI VOID NTAPI NdisCmMakeCallComplete(_In_ NDIS_STATUS Status, _In_ NDIS_HANDLE NdisVcHandle,
                                          _In_opt_ NDIS_HANDLE NdisPartyHandle,
                                          _In_opt_ NDIS_HANDLE CallMgrPartyContext,
                                          _In_ PCO_CALL_PARAMETERS CallParameters);
NDISAPI VOID NTAPI NdisCmCloseCallComplete(_In_ NDIS_STATUS Status, _In_ NDIS_HANDLE NdisVcHandle,
                                           _In_opt_ NDIS_HANDLE NdisPartyHandle);
NDISAPI VOID NTAPI NdisCmAddPartyComplete(_In_ NDIS_STATUS Status, _In_ NDIS_HANDLE NdisPartyHandle,
                                          _In_opt_ NDIS_HANDLE CallMgrPartyContext,
                                          _In_ PCO_CALL_PARAMETERS CallParameters);
NDISAPI VOID NTAPI NdisCmDropPartyComplete(_In_ NDIS_STATUS Status,
                                           _In_ NDIS_HANDLE NdisPartyHandle);
NDISAPI VOID NTAPI NdisCmModifyCallQoSComplete(_In_ NDIS_STATUS Status,
                                               _In_ NDIS_HANDLE NdisVcHandle,
                                               _In_ PCO_CALL_PARAMETERS CallParameters);
NDISAPI NDIS_STATUS NTAPI NdisCmDispatchIncomingCall(_In_ NDIS_HANDLE NdisSapHandle,
                                                     _In_ NDIS_HANDLE NdisVcHandle,
                                                     _In_ PCO_CALL_PARAMETERS CallParameters);
NDISAPI VOID NTAPI NdisCmDispatchCallConnected(_In_ NDIS_HANDLE NdisVcHandle);
NDISAPI VOID NTAPI NdisCmDispatchIncomingCallQoSChange(_In_ NDIS_HANDLE NdisVcHandle,
                                                       _In_ PCO_CALL_PARAMETERS CallParameters);
NDISAPI VOID NTAPI NdisCmDispatchIncomingCloseCall(_In_ NDIS_STATUS CloseStatus,
                                                   _In_ NDIS_HANDLE NdisVcHandle,
                                                   _In_opt_ PVOID Buffer, _In_ UINT Size);
NDISAPI VOID NTAPI NdisCmDispatchIncomingDropParty(_In_ NDIS_STATUS DropStatus,
                                                   _In_ NDIS_HANDLE NdisPartyHandle,
                                                   _In_opt_ PVOID Buffer, _In_ UINT Size);

/* What clients call. */
NDISAPI NDIS_STATUS NTAPI NdisClOpenAddressFamily(
    _In_ NDIS_HANDLE NdisBindingHandle, _In_ PCO_ADDRESS_FAMILY AddressFamily,
    _In_ NDIS_HANDLE ProtocolAfContext, _In_ PNDIS_CLIENT_CHARACTERISTICS ClCharacteristics,
    _In_ UINT SizeOfClCharacteristics, _Out_ PNDIS_HANDLE NdisAfHandle);
NDISAPI NDIS_STATUS NTAPI NdisClCloseAddressFamily(_In_ NDIS_HANDLE NdisAfHandle);
NDISAPI NDIS_STATUS NTAPI NdisClRegisterSap(_In_ NDIS_HANDLE NdisAfHandle,
                                            _In_ NDIS_HANDLE ProtocolSapContext, _In_ PCO_SAP Sap,
                                            _Out_ PNDIS_HANDLE NdisSapHandle);
NDISAPI NDIS_STATUS NTAPI NdisClDeregisterSap(_In_ NDIS_HANDLE NdisSapHandle);
NDISAPI NDIS_STATUS NTAPI NdisClMakeCall(_In_ NDIS_HANDLE NdisVcHandle,
                                         _Inout_ PCO_CALL_PARAMETERS CallParameters,
                                         _In_opt_ NDIS_HANDLE ProtocolPartyContext,
                                         _Out_opt_ PNDIS_HANDLE NdisPartyHandle);
NDISAPI NDIS_STATUS NTAPI NdisClCloseCall(_In_ NDIS_HANDLE NdisVcHandle,
                                          _In_opt_ NDIS_HANDLE NdisPartyHandle,
                                          _In_opt_ PVOID Buffer, _In_ UINT Size);
NDISAPI NDIS_STATUS NTAPI NdisClAddParty(_In_ NDIS_HANDLE NdisVcHandle,
                                         _In_ NDIS_HANDLE ProtocolPartyContext,
                                         _Inout_ PCO_CALL_PARAMETERS CallParameters,
                                         _Out_ PNDIS_HANDLE NdisPartyHandle);
NDISAPI NDIS_STATUS NTAPI NdisClDropParty(_In_ NDIS_HANDLE NdisPartyHandle, _In_opt_ PVOID Buffer,
                                          _In_ UINT Size);
NDISAPI NDIS_STATUS NTAPI NdisClModifyCallQoS(_In_ NDIS_HANDLE NdisVcHandle,
                                              _In_ PCO_CALL_PARAMETERS CallParameters);
NDISAPI VOID NTAPI NdisClIncomingCallComplete(_In_ NDIS_STATUS Status,
                                              _In_ NDIS_HANDLE NdisVcHandle,
                                              _In_ PCO_CALL_PARAMETERS CallParameters);
NDISAPI NDIS_STATUS NTAPI NdisClGetProtocolVcContextFromTapiCallId(
    _In_ UNICODE_STRING TapiCallId, _Out_ PNDIS_HANDLE ProtocolVcContext);

/* What both call. */
NDISAPI NDIS_STATUS NTAPI NdisCoCreateVc(_In_ NDIS_HANDLE NdisBindingHandle,
                                         _In_opt_ NDIS_HANDLE NdisAfHandle,
                                         _In_ NDIS_HANDLE ProtocolVcContext,
                                         _Inout_ PNDIS_HANDLE NdisVcHandle);
NDISAPI NDIS_STATUS NTAPI NdisCoDeleteVc(_In_ NDIS_HANDLE NdisVcHandle);
NDISAPI VOID NTAPI NdisCoSendPackets(_In_ NDIS_HANDLE NdisVcHandle, _In_ PPNDIS_PACKET PacketArray,
                                     _In_ UINT NumberOfPackets);
NDISAPI NDIS_STATUS NTAPI NdisCoRequest(_In_ NDIS_HANDLE NdisBindingHandle,
                                        _In_opt_ NDIS_HANDLE NdisAfHandle,
                                        _In_opt_ NDIS_HANDLE NdisVcHandle,
                                        _In_opt_ NDIS_HANDLE NdisPartyHandle,
                                        _Inout_ PNDIS_REQUEST NdisRequest);
NDISAPI VOID NTAPI NdisCoRequestComplete(_In_ NDIS_STATUS Status, _In_ NDIS_HANDLE NdisAfHandle,
                                         _In_opt_ NDIS_HANDLE NdisVcHandle,
                                         _In_opt_ NDIS_HANDLE NdisPartyHandle,
                                         _In_ PNDIS_REQUEST NdisRequest);
NDISAPI NDIS_STATUS NTAPI NdisCoAssignInstanceName(_In_ NDIS_HANDLE NdisVcHandle,
                                                   _In_ PNDIS_STRING BaseInstanceName,
                                                   _Out_opt_ PNDIS_STRING VcInstanceName);
struct _VAR_STRING; /* ndistapi.h */
NDISAPI NDIS_STATUS NTAPI NdisCoGetTapiCallId(_In_ NDIS_HANDLE NdisVcHandle,
                                              _Out_ struct _VAR_STRING *TapiCallId);

#endif /* DDK_NDIS_CONNECTION5_H */
