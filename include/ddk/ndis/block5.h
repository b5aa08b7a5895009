/* SPDX-License-Identifier: MIT */
/* block5.h - NDIS_MINIPORT_BLOCK: the handle of a 5.x adapter is a pointer to it, and the macros
 * that complete and indicate call through function pointers at fixed offsets in it.
 *
 * So the part up to WanRcvCompleteHandler is ABI: a driver built long ago has these offsets in its
 * code. NDIS keeps what else it knows about an adapter elsewhere. Layout: the public headers of
 * mingw-w64 and ReactOS, which agree; asserted in ndis/layout.h. */
#ifndef DDK_NDIS_BLOCK5_H
#define DDK_NDIS_BLOCK5_H

typedef struct _X_FILTER ETH_FILTER, *PETH_FILTER;
typedef struct _X_FILTER TR_FILTER, *PTR_FILTER;
typedef struct _X_FILTER FDDI_FILTER, *PFDDI_FILTER;
typedef struct _X_FILTER NULL_FILTER, *PNULL_FILTER;
typedef struct _NDIS_M_DRIVER_BLOCK NDIS_M_DRIVER_BLOCK, *PNDIS_M_DRIVER_BLOCK;
typedef struct _NDIS_AF_LIST NDIS_AF_LIST, *PNDIS_AF_LIST;

typedef struct _REFERENCE {
    KSPIN_LOCK SpinLock;
    USHORT ReferenceCount;
    BOOLEAN Closing;
} REFERENCE, *PREFERENCE;

typedef struct _NDIS_BIND_PATHS {
    UINT Number;
    NDIS_STRING Paths[1];
} NDIS_BIND_PATHS, *PNDIS_BIND_PATHS;

#ifndef _MAP_REGISTER_ENTRY_DEFINED
#define _MAP_REGISTER_ENTRY_DEFINED
typedef struct _MAP_REGISTER_ENTRY *DDK_PMAP_REGISTER_ENTRY;
#endif

typedef VOID(NTAPI *FILTER_PACKET_INDICATION_HANDLER)(_In_ NDIS_HANDLE Miniport,
                                                      _In_ PPNDIS_PACKET PacketArray,
                                                      _In_ UINT NumberOfPackets);
typedef VOID(NTAPI *ETH_RCV_INDICATE_HANDLER)(_In_ PETH_FILTER Filter,
                                              _In_ NDIS_HANDLE MacReceiveContext,
                                              _In_ PCHAR Address, _In_ PVOID HeaderBuffer,
                                              _In_ UINT HeaderBufferSize,
                                              _In_ PVOID LookaheadBuffer,
                                              _In_ UINT LookaheadBufferSize, _In_ UINT PacketSize);
typedef VOID(NTAPI *ETH_RCV_COMPLETE_HANDLER)(_In_ PETH_FILTER Filter);
typedef VOID(NTAPI *TR_RCV_INDICATE_HANDLER)(_In_ PTR_FILTER Filter,
                                             _In_ NDIS_HANDLE MacReceiveContext,
                                             _In_ PVOID HeaderBuffer, _In_ UINT HeaderBufferSize,
                                             _In_ PVOID LookaheadBuffer,
                                             _In_ UINT LookaheadBufferSize, _In_ UINT PacketSize);
typedef VOID(NTAPI *TR_RCV_COMPLETE_HANDLER)(_In_ PTR_FILTER Filter);
typedef VOID(NTAPI *FDDI_RCV_INDICATE_HANDLER)(_In_ PFDDI_FILTER Filter,
                                               _In_ NDIS_HANDLE MacReceiveContext,
                                               _In_ PCHAR Address, _In_ UINT AddressLength,
                                               _In_ PVOID HeaderBuffer, _In_ UINT HeaderBufferSize,
                                               _In_ PVOID LookaheadBuffer,
                                               _In_ UINT LookaheadBufferSize, _In_ UINT PacketSize);
typedef VOID(NTAPI *FDDI_RCV_COMPLETE_HANDLER)(_In_ PFDDI_FILTER Filter);
typedef VOID(NTAPI *WAN_RCV_HANDLER)(_Out_ PNDIS_STATUS Status,
                                     _In_ NDIS_HANDLE MiniportAdapterHandle,
                                     _In_ NDIS_HANDLE NdisLinkContext, _In_ PUCHAR Packet,
                                     _In_ ULONG PacketSize);
typedef VOID(NTAPI *WAN_RCV_COMPLETE_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                              _In_ NDIS_HANDLE NdisLinkContext);

typedef VOID(NTAPI *NDIS_M_SEND_COMPLETE_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                                  _In_ PNDIS_PACKET Packet,
                                                  _In_ NDIS_STATUS Status);
typedef VOID(NTAPI *NDIS_WM_SEND_COMPLETE_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                                   _In_ PVOID Packet, _In_ NDIS_STATUS Status);
typedef VOID(NTAPI *NDIS_M_SEND_RESOURCES_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterHandle);
typedef VOID(NTAPI *NDIS_M_RESET_COMPLETE_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                                   _In_ NDIS_STATUS Status,
                                                   _In_ BOOLEAN AddressingReset);
typedef VOID(NTAPI *NDIS_M_STATUS_HANDLER)(_In_ NDIS_HANDLE MiniportHandle,
                                           _In_ NDIS_STATUS GeneralStatus, _In_ PVOID StatusBuffer,
                                           _In_ UINT StatusBufferSize);
typedef VOID(NTAPI *NDIS_M_STS_COMPLETE_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterHandle);
typedef VOID(NTAPI *NDIS_M_REQ_COMPLETE_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                                 _In_ NDIS_STATUS Status);
typedef VOID(NTAPI *NDIS_M_TD_COMPLETE_HANDLER)(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                                _In_ PNDIS_PACKET Packet, _In_ NDIS_STATUS Status,
                                                _In_ UINT BytesTransferred);
typedef BOOLEAN(NTAPI *NDIS_M_START_SENDS)(_In_ PNDIS_MINIPORT_BLOCK Miniport);

struct _NDIS_MINIPORT_BLOCK {
    NDIS_OBJECT_HEADER Header;
    PNDIS_MINIPORT_BLOCK NextMiniport;
    PNDIS_M_DRIVER_BLOCK DriverHandle;
    NDIS_HANDLE MiniportAdapterContext;
    UNICODE_STRING MiniportName;
    PNDIS_BIND_PATHS BindPaths;
    NDIS_HANDLE OpenQueue;
    REFERENCE ShortRef;
    NDIS_HANDLE DeviceContext;
    UCHAR Padding1;
    UCHAR LockAcquired;
    UCHAR PmodeOpens;
    UCHAR AssignedProcessor;
    KSPIN_LOCK Lock;
    PNDIS_REQUEST MediaRequest;
    PNDIS_MINIPORT_INTERRUPT Interrupt;
    ULONG Flags;
    ULONG PnPFlags;
    LIST_ENTRY PacketList;
    PNDIS_PACKET FirstPendingPacket;
    PNDIS_PACKET ReturnPacketsQueue;
    ULONG RequestBuffer;
    PVOID SetMCastBuffer;
    PNDIS_MINIPORT_BLOCK PrimaryMiniport;
    PVOID WrapperContext;
    PVOID BusDataContext;
    ULONG PnPCapabilities;
    PCM_RESOURCE_LIST Resources;
    NDIS_TIMER WakeUpDpcTimer;
    UNICODE_STRING BaseName;
    UNICODE_STRING SymbolicLinkName;
    ULONG CheckForHangSeconds;
    USHORT CFHangTicks;
    USHORT CFHangCurrentTick;
    NDIS_STATUS ResetStatus;
    NDIS_HANDLE ResetOpen;
    __extension__ union {
        PETH_FILTER EthDB;
        PNULL_FILTER NullDB;
    };
    PTR_FILTER TrDB;
    PFDDI_FILTER FddiDB;
    PVOID ArcDB;
    FILTER_PACKET_INDICATION_HANDLER PacketIndicateHandler;
    NDIS_M_SEND_COMPLETE_HANDLER SendCompleteHandler;
    NDIS_M_SEND_RESOURCES_HANDLER SendResourcesHandler;
    NDIS_M_RESET_COMPLETE_HANDLER ResetCompleteHandler;
    NDIS_MEDIUM MediaType;
    ULONG BusNumber;
    NDIS_INTERFACE_TYPE BusType;
    NDIS_INTERFACE_TYPE AdapterType;
    PDEVICE_OBJECT DeviceObject;
    PDEVICE_OBJECT PhysicalDeviceObject;
    PDEVICE_OBJECT NextDeviceObject;
    DDK_PMAP_REGISTER_ENTRY MapRegisters;
    PNDIS_AF_LIST CallMgrAfList;
    PVOID MiniportThread;
    PVOID SetInfoBuf;
    USHORT SetInfoBufLen;
    USHORT MaxSendPackets;
    NDIS_STATUS FakeStatus;
    PVOID LockHandler;
    PUNICODE_STRING pAdapterInstanceName;
    PNDIS_MINIPORT_TIMER TimerQueue;
    UINT MacOptions;
    PNDIS_REQUEST PendingRequest;
    UINT MaximumLongAddresses;
    UINT MaximumShortAddresses;
    UINT CurrentLookahead;
    UINT MaximumLookahead;
    W_HANDLE_INTERRUPT_HANDLER HandleInterruptHandler;
    W_DISABLE_INTERRUPT_HANDLER DisableInterruptHandler;
    W_ENABLE_INTERRUPT_HANDLER EnableInterruptHandler;
    W_SEND_PACKETS_HANDLER SendPacketsHandler;
    NDIS_M_START_SENDS DeferredSendHandler;
    ETH_RCV_INDICATE_HANDLER EthRxIndicateHandler;
    TR_RCV_INDICATE_HANDLER TrRxIndicateHandler;
    FDDI_RCV_INDICATE_HANDLER FddiRxIndicateHandler;
    ETH_RCV_COMPLETE_HANDLER EthRxCompleteHandler;
    TR_RCV_COMPLETE_HANDLER TrRxCompleteHandler;
    FDDI_RCV_COMPLETE_HANDLER FddiRxCompleteHandler;
    NDIS_M_STATUS_HANDLER StatusHandler;
    NDIS_M_STS_COMPLETE_HANDLER StatusCompleteHandler;
    NDIS_M_TD_COMPLETE_HANDLER TDCompleteHandler;
    NDIS_M_REQ_COMPLETE_HANDLER QueryCompleteHandler;
    NDIS_M_REQ_COMPLETE_HANDLER SetCompleteHandler;
    NDIS_WM_SEND_COMPLETE_HANDLER WanSendCompleteHandler;
    WAN_RCV_HANDLER WanRcvHandler;
    WAN_RCV_COMPLETE_HANDLER WanRcvCompleteHandler;
};

#define DDK_BLOCK5(Handle) ((PNDIS_MINIPORT_BLOCK)(Handle))

#define NdisMEthIndicateReceive(Handle, ReceiveContext, HeaderBuffer, HeaderBufferSize,            \
                                LookaheadBuffer, LookaheadBufferSize, PacketSize)                  \
    {                                                                                              \
        (*DDK_BLOCK5(Handle)->EthRxIndicateHandler)(                                               \
            DDK_BLOCK5(Handle)->EthDB, (ReceiveContext), (PCHAR)(HeaderBuffer), (HeaderBuffer),    \
            (HeaderBufferSize), (LookaheadBuffer), (LookaheadBufferSize), (PacketSize));           \
    }
#define NdisMEthIndicateReceiveComplete(Handle)                                                    \
    {                                                                                              \
        (*DDK_BLOCK5(Handle)->EthRxCompleteHandler)(DDK_BLOCK5(Handle)->EthDB);                    \
    }
#define NdisMTrIndicateReceive(Handle, ReceiveContext, HeaderBuffer, HeaderBufferSize,             \
                               LookaheadBuffer, LookaheadBufferSize, PacketSize)                   \
    {                                                                                              \
        (*DDK_BLOCK5(Handle)->TrRxIndicateHandler)(                                                \
            DDK_BLOCK5(Handle)->TrDB, (ReceiveContext), (HeaderBuffer), (HeaderBufferSize),        \
            (LookaheadBuffer), (LookaheadBufferSize), (PacketSize));                               \
    }
#define NdisMTrIndicateReceiveComplete(Handle)                                                     \
    {                                                                                              \
        (*DDK_BLOCK5(Handle)->TrRxCompleteHandler)(DDK_BLOCK5(Handle)->TrDB);                      \
    }
/* The frame control byte comes before the address; bit 0x40 says that addresses are long. */
#define NdisMFddiIndicateReceive(Handle, ReceiveContext, HeaderBuffer, HeaderBufferSize,           \
                                 LookaheadBuffer, LookaheadBufferSize, PacketSize)                 \
    {                                                                                              \
        (*DDK_BLOCK5(Handle)->FddiRxIndicateHandler)(                                              \
            DDK_BLOCK5(Handle)->FddiDB, (ReceiveContext), (PCHAR)(HeaderBuffer) + 1,               \
            (*(PUCHAR)(HeaderBuffer)&0x40) ? 6 : 2, (HeaderBuffer), (HeaderBufferSize),            \
            (LookaheadBuffer), (LookaheadBufferSize), (PacketSize));                               \
    }
#define NdisMFddiIndicateReceiveComplete(Handle)                                                   \
    {                                                                                              \
        (*DDK_BLOCK5(Handle)->FddiRxCompleteHandler)(DDK_BLOCK5(Handle)->FddiDB);                  \
    }
#define NdisMIndicateReceivePacket(Handle, Packets, NumberOfPackets)                               \
    {                                                                                              \
        (*DDK_BLOCK5(Handle)->PacketIndicateHandler)(Handle, Packets, NumberOfPackets);            \
    }

#if BINARY_COMPATIBLE
NDISAPI VOID NTAPI NdisMIndicateStatus(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                       _In_ NDIS_STATUS GeneralStatus, _In_ PVOID StatusBuffer,
                                       _In_ UINT StatusBufferSize);
NDISAPI VOID NTAPI NdisMIndicateStatusComplete(_In_ NDIS_HANDLE MiniportAdapterHandle);
NDISAPI VOID NTAPI NdisMSendComplete(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                     _In_ PNDIS_PACKET Packet, _In_ NDIS_STATUS Status);
NDISAPI VOID NTAPI NdisMSendResourcesAvailable(_In_ NDIS_HANDLE MiniportAdapterHandle);
NDISAPI VOID NTAPI NdisMResetComplete(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                      _In_ NDIS_STATUS Status, _In_ BOOLEAN AddressingReset);
NDISAPI VOID NTAPI NdisMTransferDataComplete(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                             _In_ PNDIS_PACKET Packet, _In_ NDIS_STATUS Status,
                                             _In_ UINT BytesTransferred);
NDISAPI VOID NTAPI NdisMQueryInformationComplete(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                                 _In_ NDIS_STATUS Status);
NDISAPI VOID NTAPI NdisMSetInformationComplete(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                               _In_ NDIS_STATUS Status);
NDISAPI VOID NTAPI NdisMWanSendComplete(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                        _In_ PNDIS_WAN_PACKET Packet, _In_ NDIS_STATUS Status);
NDISAPI VOID NTAPI NdisMWanIndicateReceive(_Out_ PNDIS_STATUS Status,
                                           _In_ NDIS_HANDLE MiniportAdapterHandle,
                                           _In_ NDIS_HANDLE NdisLinkContext,
                                           _In_ PUCHAR PacketBuffer, _In_ UINT PacketSize);
NDISAPI VOID NTAPI NdisMWanIndicateReceiveComplete(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                                   _In_ NDIS_HANDLE NdisLinkContext);
#else
#define NdisMIndicateStatus(Handle, Status, Buffer, Size)                                          \
    (*DDK_BLOCK5(Handle)->StatusHandler)(Handle, Status, Buffer, Size)
#define NdisMIndicateStatusComplete(Handle) (*DDK_BLOCK5(Handle)->StatusCompleteHandler)(Handle)
#define NdisMSendComplete(Handle, Packet, Status)                                                  \
    (*DDK_BLOCK5(Handle)->SendCompleteHandler)(Handle, Packet, Status)
#define NdisMSendResourcesAvailable(Handle) (*DDK_BLOCK5(Handle)->SendResourcesHandler)(Handle)
#define NdisMResetComplete(Handle, Status, AddressingReset)                                        \
    (*DDK_BLOCK5(Handle)->ResetCompleteHandler)(Handle, Status, AddressingReset)
#define NdisMTransferDataComplete(Handle, Packet, Status, BytesTransferred)                        \
    (*DDK_BLOCK5(Handle)->TDCompleteHandler)(Handle, Packet, Status, BytesTransferred)
#define NdisMQueryInformationComplete(Handle, Status)                                              \
    (*DDK_BLOCK5(Handle)->QueryCompleteHandler)(Handle, Status)
#define NdisMSetInformationComplete(Handle, Status)                                                \
    (*DDK_BLOCK5(Handle)->SetCompleteHandler)(Handle, Status)
#define NdisMWanSendComplete(Handle, Packet, Status)                                               \
    (*DDK_BLOCK5(Handle)->WanSendCompleteHandler)(Handle, Packet, Status)
#define NdisMWanIndicateReceive(pStatus, Handle, LinkContext, Buffer, Size)                        \
    (*DDK_BLOCK5(Handle)->WanRcvHandler)(pStatus, Handle, LinkContext, Buffer, Size)
#define NdisMWanIndicateReceiveComplete(Handle, LinkContext)                                       \
    (*DDK_BLOCK5(Handle)->WanRcvCompleteHandler)(Handle, LinkContext)
#endif

#define NDIS_M_MAX_LOOKAHEAD 526

#endif /* DDK_NDIS_BLOCK5_H */
