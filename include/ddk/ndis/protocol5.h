/* SPDX-License-Identifier: MIT */
/* protocol5.h - an NDIS 4.0 to 5.1 protocol driver, and NDIS_REQUEST, which intermediate drivers
 * and connection-oriented miniports see too. WDK (NDIS 5): "NDIS_PROTOCOL_CHARACTERISTICS",
 * "NDIS_REQUEST"; layout: the public headers of mingw-w64 and ReactOS. */
#ifndef DDK_NDIS_PROTOCOL5_H
#define DDK_NDIS_PROTOCOL5_H

struct _NDIS_REQUEST {
    UCHAR MacReserved[4 * sizeof(PVOID)];
    NDIS_REQUEST_TYPE RequestType;
    union _DATA {
        struct QUERY_INFORMATION {
            NDIS_OID Oid;
            PVOID InformationBuffer;
            UINT InformationBufferLength;
            UINT BytesWritten;
            UINT BytesNeeded;
        } QUERY_INFORMATION;
        struct SET_INFORMATION {
            NDIS_OID Oid;
            PVOID InformationBuffer;
            UINT InformationBufferLength;
            UINT BytesRead;
            UINT BytesNeeded;
        } SET_INFORMATION;
    } DATA;
    UCHAR NdisReserved[9 * sizeof(PVOID)];
    __extension__ union {
        UCHAR CallMgrReserved[2 * sizeof(PVOID)];
        UCHAR ProtocolReserved[2 * sizeof(PVOID)];
    };
    UCHAR MiniportReserved[2 * sizeof(PVOID)];
};

typedef VOID(NTAPI *OPEN_ADAPTER_COMPLETE_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                                   _In_ NDIS_STATUS Status,
                                                   _In_ NDIS_STATUS OpenErrorStatus);
typedef VOID(NTAPI *CLOSE_ADAPTER_COMPLETE_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                                    _In_ NDIS_STATUS Status);
typedef VOID(NTAPI *RESET_COMPLETE_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                            _In_ NDIS_STATUS Status);
typedef VOID(NTAPI *REQUEST_COMPLETE_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                              _In_ PNDIS_REQUEST NdisRequest,
                                              _In_ NDIS_STATUS Status);
typedef VOID(NTAPI *STATUS_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                    _In_ NDIS_STATUS GeneralStatus, _In_ PVOID StatusBuffer,
                                    _In_ UINT StatusBufferSize);
typedef VOID(NTAPI *STATUS_COMPLETE_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext);
typedef VOID(NTAPI *SEND_COMPLETE_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                           _In_ PNDIS_PACKET Packet, _In_ NDIS_STATUS Status);
typedef VOID(NTAPI *WAN_SEND_COMPLETE_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                               _In_ PNDIS_WAN_PACKET Packet,
                                               _In_ NDIS_STATUS Status);
typedef VOID(NTAPI *TRANSFER_DATA_COMPLETE_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                                    _In_ PNDIS_PACKET Packet,
                                                    _In_ NDIS_STATUS Status,
                                                    _In_ UINT BytesTransferred);
typedef VOID(NTAPI *WAN_TRANSFER_DATA_COMPLETE_HANDLER)(VOID);
typedef NDIS_STATUS(NTAPI *RECEIVE_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                            _In_ NDIS_HANDLE MacReceiveContext,
                                            _In_ PVOID HeaderBuffer, _In_ UINT HeaderBufferSize,
                                            _In_ PVOID LookAheadBuffer,
                                            _In_ UINT LookaheadBufferSize, _In_ UINT PacketSize);
typedef NDIS_STATUS(NTAPI *WAN_RECEIVE_HANDLER)(_In_ NDIS_HANDLE NdisLinkHandle, _In_ PUCHAR Packet,
                                                _In_ ULONG PacketSize);
typedef VOID(NTAPI *RECEIVE_COMPLETE_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext);
typedef INT(NTAPI *RECEIVE_PACKET_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                           _In_ PNDIS_PACKET Packet);
typedef VOID(NTAPI *BIND_HANDLER)(_Out_ PNDIS_STATUS Status, _In_ NDIS_HANDLE BindContext,
                                  _In_ PNDIS_STRING DeviceName, _In_ PVOID SystemSpecific1,
                                  _In_ PVOID SystemSpecific2);
typedef VOID(NTAPI *UNBIND_HANDLER)(_Out_ PNDIS_STATUS Status,
                                    _In_ NDIS_HANDLE ProtocolBindingContext,
                                    _In_ NDIS_HANDLE UnbindContext);
typedef NDIS_STATUS(NTAPI *PNP_EVENT_HANDLER)(_In_ NDIS_HANDLE ProtocolBindingContext,
                                              _In_ PNET_PNP_EVENT NetPnPEvent);
typedef VOID(NTAPI *UNLOAD_PROTOCOL_HANDLER)(VOID);

#define DDK_NDIS40_PROTOCOL_CHARACTERISTICS                                                        \
    UCHAR MajorNdisVersion;                                                                        \
    UCHAR MinorNdisVersion;                                                                        \
    USHORT Filler;                                                                                 \
    __extension__ union {                                                                          \
        UINT Reserved;                                                                             \
        UINT Flags;                                                                                \
    };                                                                                             \
    OPEN_ADAPTER_COMPLETE_HANDLER OpenAdapterCompleteHandler;                                      \
    CLOSE_ADAPTER_COMPLETE_HANDLER CloseAdapterCompleteHandler;                                    \
    __extension__ union {                                                                          \
        SEND_COMPLETE_HANDLER SendCompleteHandler;                                                 \
        WAN_SEND_COMPLETE_HANDLER WanSendCompleteHandler;                                          \
    };                                                                                             \
    __extension__ union {                                                                          \
        TRANSFER_DATA_COMPLETE_HANDLER TransferDataCompleteHandler;                                \
        WAN_TRANSFER_DATA_COMPLETE_HANDLER WanTransferDataCompleteHandler;                         \
    };                                                                                             \
    RESET_COMPLETE_HANDLER ResetCompleteHandler;                                                   \
    REQUEST_COMPLETE_HANDLER RequestCompleteHandler;                                               \
    __extension__ union {                                                                          \
        RECEIVE_HANDLER ReceiveHandler;                                                            \
        WAN_RECEIVE_HANDLER WanReceiveHandler;                                                     \
    };                                                                                             \
    RECEIVE_COMPLETE_HANDLER ReceiveCompleteHandler;                                               \
    STATUS_HANDLER StatusHandler;                                                                  \
    STATUS_COMPLETE_HANDLER StatusCompleteHandler;                                                 \
    NDIS_STRING Name;                                                                              \
    RECEIVE_PACKET_HANDLER ReceivePacketHandler;                                                   \
    BIND_HANDLER BindAdapterHandler;                                                               \
    UNBIND_HANDLER UnbindAdapterHandler;                                                           \
    PNP_EVENT_HANDLER PnPEventHandler;                                                             \
    UNLOAD_PROTOCOL_HANDLER UnloadHandler;

typedef struct _NDIS40_PROTOCOL_CHARACTERISTICS {
    DDK_NDIS40_PROTOCOL_CHARACTERISTICS
} NDIS40_PROTOCOL_CHARACTERISTICS;

typedef struct _NDIS50_PROTOCOL_CHARACTERISTICS {
    DDK_NDIS40_PROTOCOL_CHARACTERISTICS
    PVOID ReservedHandlers[4];
    CO_SEND_COMPLETE_HANDLER CoSendCompleteHandler;
    CO_STATUS_HANDLER CoStatusHandler;
    CO_RECEIVE_PACKET_HANDLER CoReceivePacketHandler;
    CO_AF_REGISTER_NOTIFY_HANDLER CoAfRegisterNotifyHandler;
} NDIS50_PROTOCOL_CHARACTERISTICS;

#if defined(NDIS50) || defined(NDIS51) || defined(NDIS_WRAPPER)
typedef NDIS50_PROTOCOL_CHARACTERISTICS NDIS_PROTOCOL_CHARACTERISTICS;
#else
typedef NDIS40_PROTOCOL_CHARACTERISTICS NDIS_PROTOCOL_CHARACTERISTICS;
#endif
typedef NDIS_PROTOCOL_CHARACTERISTICS *PNDIS_PROTOCOL_CHARACTERISTICS;

#define PROTOCOL_RESERVED_SIZE_IN_PACKET (4 * sizeof(PVOID))

#if NDIS_LEGACY_PROTOCOL
NDISAPI VOID NTAPI NdisRegisterProtocol(_Out_ PNDIS_STATUS Status,
                                        _Out_ PNDIS_HANDLE NdisProtocolHandle,
                                        _In_ PNDIS_PROTOCOL_CHARACTERISTICS ProtocolCharacteristics,
                                        _In_ UINT CharacteristicsLength);
NDISAPI VOID NTAPI NdisDeregisterProtocol(_Out_ PNDIS_STATUS Status,
                                          _In_ NDIS_HANDLE NdisProtocolHandle);
NDISAPI VOID NTAPI NdisOpenAdapter(_Out_ PNDIS_STATUS Status, _Out_ PNDIS_STATUS OpenErrorStatus,
                                   _Out_ PNDIS_HANDLE NdisBindingHandle,
                                   _Out_ PUINT SelectedMediumIndex, _In_ PNDIS_MEDIUM MediumArray,
                                   _In_ UINT MediumArraySize, _In_ NDIS_HANDLE NdisProtocolHandle,
                                   _In_ NDIS_HANDLE ProtocolBindingContext,
                                   _In_ PNDIS_STRING AdapterName, _In_ UINT OpenOptions,
                                   _In_opt_ PSTRING AddressingInformation);
NDISAPI VOID NTAPI NdisCloseAdapter(_Out_ PNDIS_STATUS Status, _In_ NDIS_HANDLE NdisBindingHandle);
NDISAPI VOID NTAPI NdisCompleteBindAdapter(_In_ NDIS_HANDLE BindAdapterContext,
                                           _In_ NDIS_STATUS Status, _In_ NDIS_STATUS OpenStatus);
NDISAPI VOID NTAPI NdisCompleteUnbindAdapter(_In_ NDIS_HANDLE UnbindAdapterContext,
                                             _In_ NDIS_STATUS Status);
NDISAPI VOID NTAPI NdisSend(_Out_ PNDIS_STATUS Status, _In_ NDIS_HANDLE NdisBindingHandle,
                            _In_ PNDIS_PACKET Packet);
NDISAPI VOID NTAPI NdisSendPackets(_In_ NDIS_HANDLE NdisBindingHandle,
                                   _In_ PPNDIS_PACKET PacketArray, _In_ UINT NumberOfPackets);
NDISAPI VOID NTAPI NdisCancelSendPackets(_In_ NDIS_HANDLE NdisBindingHandle, _In_ PVOID CancelId);
NDISAPI VOID NTAPI NdisTransferData(_Out_ PNDIS_STATUS Status, _In_ NDIS_HANDLE NdisBindingHandle,
                                    _In_ NDIS_HANDLE MacReceiveContext, _In_ UINT ByteOffset,
                                    _In_ UINT BytesToTransfer, _Inout_ PNDIS_PACKET Packet,
                                    _Out_ PUINT BytesTransferred);
NDISAPI VOID NTAPI NdisRequest(_Out_ PNDIS_STATUS Status, _In_ NDIS_HANDLE NdisBindingHandle,
                               _In_ PNDIS_REQUEST NdisRequest);
NDISAPI VOID NTAPI NdisReset(_Out_ PNDIS_STATUS Status, _In_ NDIS_HANDLE NdisBindingHandle);
NDISAPI VOID NTAPI NdisReturnPackets(_In_ PNDIS_PACKET *PacketsToReturn, _In_ UINT NumberOfPackets);
NDISAPI PNDIS_PACKET NTAPI NdisGetReceivedPacket(_In_ NDIS_HANDLE NdisBindingHandle,
                                                 _In_ NDIS_HANDLE MacContext);
NDISAPI VOID NTAPI NdisGetDriverHandle(_In_ NDIS_HANDLE NdisBindingHandle,
                                       _Out_ PNDIS_HANDLE NdisDriverHandle);
NDISAPI VOID NTAPI NdisCompletePnPEvent(_In_ NDIS_STATUS Status, _In_ NDIS_HANDLE NdisBindingHandle,
                                        _In_ PNET_PNP_EVENT NetPnPEvent);
NDISAPI NDIS_STATUS NTAPI NdisQueryAdapterInstanceName(_Out_ PNDIS_STRING AdapterInstanceName,
                                                       _In_ NDIS_HANDLE NdisBindingHandle);
NDISAPI NDIS_STATUS NTAPI NdisQueryBindInstanceName(_Out_ PNDIS_STRING AdapterInstanceName,
                                                    _In_ NDIS_HANDLE BindingContext);
NDISAPI NDIS_STATUS NTAPI NdisQueryPendingIOCount(_In_ PVOID NdisBindingHandle,
                                                  _Out_ PULONG IoCount);
NDISAPI VOID NTAPI NdisReEnumerateProtocolBindings(_In_ NDIS_HANDLE NdisProtocolHandle);
NDISAPI VOID NTAPI NdisOpenProtocolConfiguration(_Out_ PNDIS_STATUS Status,
                                                 _Out_ PNDIS_HANDLE ConfigurationHandle,
                                                 _In_ PNDIS_STRING ProtocolSection);
#endif

#endif /* DDK_NDIS_PROTOCOL5_H */
