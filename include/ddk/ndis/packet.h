/* SPDX-License-Identifier: MIT */
/* packet.h - NDIS_PACKET and NDIS_BUFFER: how NDIS 5.x carries frames.
 *
 * A packet is one frame: a chain of NDIS_BUFFERs (which are MDLs), and behind the structure, at
 * Private.NdisPacketOobOffset, the out-of-band data followed by the per-packet information. Layout:
 * the public headers of mingw-w64 and ReactOS; WDK (NDIS 5): "NDIS_PACKET", "NDIS_PACKET_OOB_DATA".
 */
#ifndef DDK_NDIS_PACKET_H
#define DDK_NDIS_PACKET_H

typedef MDL NDIS_BUFFER, *PNDIS_BUFFER;

typedef NDIS_HANDLE PNDIS_PACKET_POOL;

typedef struct _NDIS_PACKET_PRIVATE {
    UINT PhysicalCount; /* pages that the buffers span */
    UINT TotalLength;   /* bytes */
    PNDIS_BUFFER Head;
    PNDIS_BUFFER Tail;
    PNDIS_PACKET_POOL Pool;
    UINT Count;  /* buffers */
    ULONG Flags; /* NDIS_FLAGS_* and the protocol id */
    BOOLEAN ValidCounts;
    UCHAR NdisPacketFlags; /* fPACKET_* */
    USHORT NdisPacketOobOffset;
} NDIS_PACKET_PRIVATE, *PNDIS_PACKET_PRIVATE;

typedef struct _NDIS_PACKET {
    NDIS_PACKET_PRIVATE Private;
    __extension__ union {
        __extension__ struct {
            UCHAR MiniportReserved[2 * sizeof(PVOID)];
            UCHAR WrapperReserved[2 * sizeof(PVOID)];
        };
        __extension__ struct {
            UCHAR MiniportReservedEx[3 * sizeof(PVOID)];
            UCHAR WrapperReservedEx[sizeof(PVOID)];
        };
        __extension__ struct {
            UCHAR MacReserved[4 * sizeof(PVOID)];
        };
    };
    ULONG_PTR Reserved[2];
    UCHAR ProtocolReserved[1];
} NDIS_PACKET, *PNDIS_PACKET, **PPNDIS_PACKET;

/* ProtocolReservedLength for the pool of a miniport, whose packets a protocol may use for its own. */
#define PROTOCOL_RESERVED_SIZE_IN_PACKET (4 * sizeof(PVOID))

typedef struct _NDIS_PACKET_STACK {
    ULONG_PTR IMReserved[2];
    ULONG_PTR NdisReserved[4];
} NDIS_PACKET_STACK, *PNDIS_PACKET_STACK;

/* NDIS_PACKET_PRIVATE.NdisPacketFlags */
#define fPACKET_WRAPPER_RESERVED             0x3F
#define fPACKET_CONTAINS_MEDIA_SPECIFIC_INFO 0x40
#define fPACKET_ALLOCATED_BY_NDIS            0x80

/* NDIS_PACKET_PRIVATE.Flags */
#define NDIS_FLAGS_PROTOCOL_ID_MASK     0x0000000F
#define NDIS_FLAGS_MULTICAST_PACKET     0x00000010
#define NDIS_FLAGS_RESERVED2            0x00000020
#define NDIS_FLAGS_RESERVED3            0x00000040
#define NDIS_FLAGS_DONT_LOOPBACK        0x00000080
#define NDIS_FLAGS_IS_LOOPBACK_PACKET   0x00000100
#define NDIS_FLAGS_LOOPBACK_ONLY        0x00000200
#define NDIS_FLAGS_RESERVED4            0x00000400
#define NDIS_FLAGS_DOUBLE_BUFFERED      0x00000800
#define NDIS_FLAGS_SENT_AT_DPC          0x00001000
#define NDIS_FLAGS_USES_SG_BUFFER_LIST  0x00002000
#define NDIS_FLAGS_USES_ORIGINAL_PACKET 0x00004000
#define NDIS_FLAGS_PADDED               0x00010000
#define NDIS_FLAGS_XLATE_AT_TOP         0x00020000

typedef enum _NDIS_CLASS_ID {
    NdisClass802_3Priority,
    NdisClassWirelessWanMbxMailbox,
    NdisClassIrdaPacketInfo,
    NdisClassAtmAALInfo
} NDIS_CLASS_ID;

typedef struct _MEDIA_SPECIFIC_INFORMATION {
    UINT NextEntryOffset;
    NDIS_CLASS_ID ClassId;
    UINT Size;
    UCHAR ClassInformation[1];
} MEDIA_SPECIFIC_INFORMATION, *PMEDIA_SPECIFIC_INFORMATION;

typedef struct _NDIS_PACKET_OOB_DATA {
    __extension__ union {
        ULONGLONG TimeToSend;
        ULONGLONG TimeSent;
    };
    ULONGLONG TimeReceived;
    UINT HeaderSize;
    UINT SizeMediaSpecificInfo;
    PVOID MediaSpecificInformation;
    NDIS_STATUS Status;
} NDIS_PACKET_OOB_DATA, *PNDIS_PACKET_OOB_DATA;

/* Per-packet information: an array of pointers behind the out-of-band data. */
typedef enum _NDIS_PER_PACKET_INFO {
    TcpIpChecksumPacketInfo,
    IpSecPacketInfo,
    TcpLargeSendPacketInfo,
    ClassificationHandlePacketInfo,
    NdisReserved,
    ScatterGatherListPacketInfo,
    Ieee8021QInfo,
    OriginalPacketInfo,
    PacketCancelId,
    OriginalNetBufferList,
    CachedNetBufferList,
    ShortPacketPaddingInfo,
    MaxPerPacketInfo
} NDIS_PER_PACKET_INFO,
    *PNDIS_PER_PACKET_INFO;

typedef struct _NDIS_PACKET_EXTENSION {
    PVOID NdisPacketInfo[MaxPerPacketInfo];
} NDIS_PACKET_EXTENSION, *PNDIS_PACKET_EXTENSION;

typedef struct _NDIS_TCP_IP_CHECKSUM_PACKET_INFO {
    __extension__ union {
        struct {
            ULONG NdisPacketChecksumV4 : 1;
            ULONG NdisPacketChecksumV6 : 1;
            ULONG NdisPacketTcpChecksum : 1;
            ULONG NdisPacketUdpChecksum : 1;
            ULONG NdisPacketIpChecksum : 1;
        } Transmit;
        struct {
            ULONG NdisPacketTcpChecksumFailed : 1;
            ULONG NdisPacketUdpChecksumFailed : 1;
            ULONG NdisPacketIpChecksumFailed : 1;
            ULONG NdisPacketTcpChecksumSucceeded : 1;
            ULONG NdisPacketUdpChecksumSucceeded : 1;
            ULONG NdisPacketIpChecksumSucceeded : 1;
            ULONG NdisPacketLoopback : 1;
        } Receive;
        ULONG Value;
    };
} NDIS_TCP_IP_CHECKSUM_PACKET_INFO, *PNDIS_TCP_IP_CHECKSUM_PACKET_INFO;

typedef struct _NDIS_PACKET_8021Q_INFO {
    __extension__ union {
        struct {
            UINT32 UserPriority : 3;
            UINT32 CanonicalFormatId : 1;
            UINT32 VlanId : 12;
            UINT32 Reserved : 16;
        } TagHeader;
        PVOID Value;
    };
} NDIS_PACKET_8021Q_INFO, *PNDIS_PACKET_8021Q_INFO;

#define NDIS_PACKET_FIRST_NDIS_BUFFER(Packet) ((Packet)->Private.Head)
#define NDIS_PACKET_LAST_NDIS_BUFFER(Packet)  ((Packet)->Private.Tail)
#define NDIS_PACKET_VALID_COUNTS(Packet)      ((Packet)->Private.ValidCounts)

#define NDIS_OOB_DATA_FROM_PACKET(Packet)                                                          \
    ((PNDIS_PACKET_OOB_DATA)((PUCHAR)(Packet) + (Packet)->Private.NdisPacketOobOffset))
#define NDIS_PACKET_EXTENSION_FROM_PACKET(Packet)                                                  \
    ((PNDIS_PACKET_EXTENSION)((PUCHAR)(Packet) + (Packet)->Private.NdisPacketOobOffset +           \
                              sizeof(NDIS_PACKET_OOB_DATA)))
#define NDIS_PER_PACKET_INFO_FROM_PACKET(Packet, Id)                                               \
    (NDIS_PACKET_EXTENSION_FROM_PACKET(Packet)->NdisPacketInfo[(Id)])
#define NDIS_GET_ORIGINAL_PACKET(Packet)                                                           \
    NDIS_PER_PACKET_INFO_FROM_PACKET(Packet, OriginalPacketInfo)
#define NDIS_SET_ORIGINAL_PACKET(Packet, Original)                                                 \
    NDIS_PER_PACKET_INFO_FROM_PACKET(Packet, OriginalPacketInfo) = (Original)
#define NDIS_GET_PACKET_CANCEL_ID(Packet) NDIS_PER_PACKET_INFO_FROM_PACKET(Packet, PacketCancelId)
#define NDIS_SET_PACKET_CANCEL_ID(Packet, CancelId)                                                \
    NDIS_PER_PACKET_INFO_FROM_PACKET(Packet, PacketCancelId) = (CancelId)

#define NDIS_GET_PACKET_HEADER_SIZE(Packet)   (NDIS_OOB_DATA_FROM_PACKET(Packet)->HeaderSize)
#define NDIS_GET_PACKET_STATUS(Packet)        (NDIS_OOB_DATA_FROM_PACKET(Packet)->Status)
#define NDIS_GET_PACKET_TIME_TO_SEND(Packet)  (NDIS_OOB_DATA_FROM_PACKET(Packet)->TimeToSend)
#define NDIS_GET_PACKET_TIME_SENT(Packet)     (NDIS_OOB_DATA_FROM_PACKET(Packet)->TimeSent)
#define NDIS_GET_PACKET_TIME_RECEIVED(Packet) (NDIS_OOB_DATA_FROM_PACKET(Packet)->TimeReceived)
#define NDIS_GET_PACKET_PROTOCOL_TYPE(Packet) ((Packet)->Private.Flags & NDIS_PROTOCOL_ID_MASK)
#define NDIS_GET_PACKET_MEDIA_SPECIFIC_INFO(Packet, pInfo, pSize)                                  \
    {                                                                                              \
        if (((Packet)->Private.NdisPacketFlags & fPACKET_ALLOCATED_BY_NDIS) &&                     \
            ((Packet)->Private.NdisPacketFlags & fPACKET_CONTAINS_MEDIA_SPECIFIC_INFO)) {          \
            *(pInfo) = NDIS_OOB_DATA_FROM_PACKET(Packet)->MediaSpecificInformation;                \
            *(pSize) = NDIS_OOB_DATA_FROM_PACKET(Packet)->SizeMediaSpecificInfo;                   \
        } else {                                                                                   \
            *(pInfo) = NULL;                                                                       \
            *(pSize) = 0;                                                                          \
        }                                                                                          \
    }
#define NDIS_SET_PACKET_HEADER_SIZE(Packet, Size)                                                  \
    NDIS_OOB_DATA_FROM_PACKET(Packet)->HeaderSize = (Size)
#define NDIS_SET_PACKET_STATUS(Packet, Value) NDIS_OOB_DATA_FROM_PACKET(Packet)->Status = (Value)
#define NDIS_SET_PACKET_TIME_TO_SEND(Packet, Time)                                                 \
    NDIS_OOB_DATA_FROM_PACKET(Packet)->TimeToSend = (Time)
#define NDIS_SET_PACKET_TIME_SENT(Packet, Time) NDIS_OOB_DATA_FROM_PACKET(Packet)->TimeSent = (Time)
#define NDIS_SET_PACKET_TIME_RECEIVED(Packet, Time)                                                \
    NDIS_OOB_DATA_FROM_PACKET(Packet)->TimeReceived = (Time)
#define NDIS_SET_PACKET_MEDIA_SPECIFIC_INFO(Packet, Info, Size)                                    \
    {                                                                                              \
        if ((Packet)->Private.NdisPacketFlags & fPACKET_ALLOCATED_BY_NDIS) {                       \
            (Packet)->Private.NdisPacketFlags |= fPACKET_CONTAINS_MEDIA_SPECIFIC_INFO;             \
            NDIS_OOB_DATA_FROM_PACKET(Packet)->MediaSpecificInformation = (Info);                  \
            NDIS_OOB_DATA_FROM_PACKET(Packet)->SizeMediaSpecificInfo = (Size);                     \
        }                                                                                          \
    }

#define NdisGetPacketFlags(Packet)          ((Packet)->Private.Flags)
#define NdisSetPacketFlags(Packet, Value)   (Packet)->Private.Flags |= (Value)
#define NdisClearPacketFlags(Packet, Value) (Packet)->Private.Flags &= ~(Value)
#define NdisSetSendFlags(Packet, Value)     (Packet)->Private.Flags = (Value)
#define NdisQuerySendFlags(Packet, pValue)  *(pValue) = (Packet)->Private.Flags

/* Packet pools. */
NDISAPI VOID NTAPI NdisAllocatePacketPool(_Out_ PNDIS_STATUS Status, _Out_ PNDIS_HANDLE PoolHandle,
                                          _In_ UINT NumberOfDescriptors,
                                          _In_ UINT ProtocolReservedLength);
NDISAPI VOID NTAPI NdisAllocatePacketPoolEx(_Out_ PNDIS_STATUS Status,
                                            _Out_ PNDIS_HANDLE PoolHandle,
                                            _In_ UINT NumberOfDescriptors,
                                            _In_ UINT NumberOfOverflowDescriptors,
                                            _In_ UINT ProtocolReservedLength);
NDISAPI VOID NTAPI NdisSetPacketPoolProtocolId(_In_ NDIS_HANDLE PacketPoolHandle,
                                               _In_ UINT ProtocolId);
NDISAPI VOID NTAPI NdisFreePacketPool(_In_ NDIS_HANDLE PoolHandle);
NDISAPI UINT NTAPI NdisPacketPoolUsage(_In_ NDIS_HANDLE PoolHandle);
NDISAPI UINT NTAPI NdisPacketSize(_In_ UINT ProtocolReservedSize);
NDISAPI NDIS_HANDLE NTAPI NdisGetPoolFromPacket(_In_ PNDIS_PACKET Packet);
NDISAPI VOID NTAPI NdisAllocatePacket(_Out_ PNDIS_STATUS Status, _Out_ PNDIS_PACKET *Packet,
                                      _In_ NDIS_HANDLE PoolHandle);
NDISAPI VOID NTAPI NdisFreePacket(_In_ PNDIS_PACKET Packet);
NDISAPI VOID NTAPI NdisDprAllocatePacket(_Out_ PNDIS_STATUS Status, _Out_ PNDIS_PACKET *Packet,
                                         _In_ NDIS_HANDLE PoolHandle);
NDISAPI VOID NTAPI NdisDprAllocatePacketNonInterlocked(_Out_ PNDIS_STATUS Status,
                                                       _Out_ PNDIS_PACKET *Packet,
                                                       _In_ NDIS_HANDLE PoolHandle);
NDISAPI VOID NTAPI NdisDprFreePacket(_In_ PNDIS_PACKET Packet);
NDISAPI VOID NTAPI NdisDprFreePacketNonInterlocked(_In_ PNDIS_PACKET Packet);
NDISAPI PNDIS_PACKET_STACK NTAPI NdisIMGetCurrentPacketStack(_In_ PNDIS_PACKET Packet,
                                                             _Out_ BOOLEAN *StacksRemaining);
NDISAPI VOID NTAPI NdisIMCopySendPerPacketInfo(_In_ PNDIS_PACKET DstPacket,
                                               _In_ PNDIS_PACKET SrcPacket);
NDISAPI VOID NTAPI NdisIMCopySendCompletePerPacketInfo(_In_ PNDIS_PACKET DstPacket,
                                                       _In_ PNDIS_PACKET SrcPacket);
NDISAPI VOID NTAPI NdisSetPacketStatus(_In_ PNDIS_PACKET Packet, _In_ NDIS_STATUS Status,
                                       _In_ NDIS_HANDLE Handle, _In_ ULONG Code);

/* Buffers. */
NDISAPI VOID NTAPI NdisAllocateBufferPool(_Out_ PNDIS_STATUS Status, _Out_ PNDIS_HANDLE PoolHandle,
                                          _In_ UINT NumberOfDescriptors);
NDISAPI VOID NTAPI NdisFreeBufferPool(_In_ NDIS_HANDLE PoolHandle);
NDISAPI VOID NTAPI NdisAllocateBuffer(_Out_ PNDIS_STATUS Status, _Out_ PNDIS_BUFFER *Buffer,
                                      _In_opt_ NDIS_HANDLE PoolHandle, _In_ PVOID VirtualAddress,
                                      _In_ UINT Length);
NDISAPI VOID NTAPI NdisCopyBuffer(_Out_ PNDIS_STATUS Status, _Out_ PNDIS_BUFFER *Buffer,
                                  _In_ NDIS_HANDLE PoolHandle, _In_ PVOID MemoryDescriptor,
                                  _In_ UINT Offset, _In_ UINT Length);
NDISAPI VOID NTAPI NdisUnchainBufferAtFront(_Inout_ PNDIS_PACKET Packet,
                                            _Out_ PNDIS_BUFFER *Buffer);
NDISAPI VOID NTAPI NdisUnchainBufferAtBack(_Inout_ PNDIS_PACKET Packet, _Out_ PNDIS_BUFFER *Buffer);
NDISAPI VOID NTAPI NdisGetFirstBufferFromPacket(_In_ PNDIS_PACKET _Packet,
                                                _Out_ PNDIS_BUFFER *_FirstBuffer,
                                                _Out_ PVOID *_FirstBufferVA,
                                                _Out_ PUINT _FirstBufferLength,
                                                _Out_ PUINT _TotalBufferLength);
NDISAPI VOID NTAPI NdisCopyFromPacketToPacket(_In_ PNDIS_PACKET Destination,
                                              _In_ UINT DestinationOffset, _In_ UINT BytesToCopy,
                                              _In_ PNDIS_PACKET Source, _In_ UINT SourceOffset,
                                              _Out_ PUINT BytesCopied);
NDISAPI VOID NTAPI NdisCopyFromPacketToPacketSafe(_In_ PNDIS_PACKET Destination,
                                                  _In_ UINT DestinationOffset,
                                                  _In_ UINT BytesToCopy, _In_ PNDIS_PACKET Source,
                                                  _In_ UINT SourceOffset, _Out_ PUINT BytesCopied,
                                                  _In_ MM_PAGE_PRIORITY Priority);

#if BINARY_COMPATIBLE
NDISAPI ULONG NTAPI NDIS_BUFFER_TO_SPAN_PAGES(_In_ PNDIS_BUFFER Buffer);
NDISAPI VOID NTAPI NdisFreeBuffer(_In_ PNDIS_BUFFER Buffer);
NDISAPI VOID NTAPI NdisAdjustBufferLength(_In_ PNDIS_BUFFER Buffer, _In_ UINT Length);
NDISAPI ULONG NTAPI NdisBufferLength(_In_ PNDIS_BUFFER Buffer);
NDISAPI PVOID NTAPI NdisBufferVirtualAddress(_In_ PNDIS_BUFFER Buffer);
NDISAPI VOID NTAPI NdisGetBufferPhysicalArraySize(_In_ PNDIS_BUFFER Buffer, _Out_ PUINT ArraySize);
NDISAPI VOID NTAPI NdisQueryBuffer(_In_ PNDIS_BUFFER Buffer, _Out_opt_ PVOID *VirtualAddress,
                                   _Out_ PUINT Length);
NDISAPI VOID NTAPI NdisQueryBufferSafe(_In_ PNDIS_BUFFER Buffer, _Out_opt_ PVOID *VirtualAddress,
                                       _Out_ PUINT Length, _In_ MM_PAGE_PRIORITY Priority);
NDISAPI VOID NTAPI NdisQueryBufferOffset(_In_ PNDIS_BUFFER Buffer, _Out_ PUINT Offset,
                                         _Out_ PUINT Length);
NDISAPI VOID NTAPI NdisGetFirstBufferFromPacketSafe(_In_ PNDIS_PACKET _Packet,
                                                    _Out_ PNDIS_BUFFER *_FirstBuffer,
                                                    _Out_ PVOID *_FirstBufferVA,
                                                    _Out_ PUINT _FirstBufferLength,
                                                    _Out_ PUINT _TotalBufferLength,
                                                    _In_ MM_PAGE_PRIORITY _Priority);
NDISAPI PVOID NTAPI NdisGetPacketCancelId(_In_ PNDIS_PACKET Packet);
NDISAPI VOID NTAPI NdisSetPacketCancelId(_In_ PNDIS_PACKET Packet, _In_ PVOID CancelId);
#else
#define NdisFreeBuffer(Buffer)                 IoFreeMdl(Buffer)
#define NdisAdjustBufferLength(Buffer, Length) (((Buffer)->ByteCount) = (Length))
#define NdisBufferLength(Buffer)               MmGetMdlByteCount(Buffer)
#define NdisBufferVirtualAddress(Buffer)       MmGetSystemAddressForMdl(Buffer)
#define NDIS_BUFFER_TO_SPAN_PAGES(Buffer)                                                          \
    (MmGetMdlByteCount(Buffer) == 0                                                                \
         ? 1                                                                                       \
         : (ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(Buffer),                         \
                                           MmGetMdlByteCount(Buffer))))
#define NdisGetBufferPhysicalArraySize(Buffer, ArraySize)                                          \
    (*(ArraySize) = NDIS_BUFFER_TO_SPAN_PAGES(Buffer))
#define NdisQueryBuffer(Buffer, VirtualAddress, Length)                                            \
    {                                                                                              \
        if (ARGUMENT_PRESENT(VirtualAddress))                                                      \
            *(PVOID *)(VirtualAddress) = MmGetSystemAddressForMdl(Buffer);                         \
        *(Length) = MmGetMdlByteCount(Buffer);                                                     \
    }
#define NdisQueryBufferSafe(Buffer, VirtualAddress, Length, Priority)                              \
    {                                                                                              \
        if (ARGUMENT_PRESENT(VirtualAddress))                                                      \
            *(PVOID *)(VirtualAddress) = MmGetSystemAddressForMdlSafe(Buffer, Priority);           \
        *(Length) = MmGetMdlByteCount(Buffer);                                                     \
    }
#define NdisQueryBufferOffset(Buffer, Offset, Length)                                              \
    {                                                                                              \
        *(Offset) = MmGetMdlByteOffset(Buffer);                                                    \
        *(Length) = MmGetMdlByteCount(Buffer);                                                     \
    }
#define NdisGetFirstBufferFromPacketSafe(Packet, FirstBuffer, FirstBufferVA, FirstBufferLength,    \
                                         TotalBufferLength, Priority)                              \
    {                                                                                              \
        PNDIS_BUFFER DdkBuffer = (Packet)->Private.Head;                                           \
        *(FirstBuffer) = DdkBuffer;                                                                \
        *(FirstBufferVA) = NULL;                                                                   \
        *(FirstBufferLength) = 0;                                                                  \
        *(TotalBufferLength) = 0;                                                                  \
        if (DdkBuffer != NULL) {                                                                   \
            *(FirstBufferVA) = MmGetSystemAddressForMdlSafe(DdkBuffer, Priority);                  \
            *(FirstBufferLength) = MmGetMdlByteCount(DdkBuffer);                                   \
            for (; DdkBuffer != NULL; DdkBuffer = DdkBuffer->Next)                                 \
                *(TotalBufferLength) += MmGetMdlByteCount(DdkBuffer);                              \
        }                                                                                          \
    }
#define NdisGetPacketCancelId(Packet)           NDIS_GET_PACKET_CANCEL_ID(Packet)
#define NdisSetPacketCancelId(Packet, CancelId) NDIS_SET_PACKET_CANCEL_ID(Packet, CancelId)
#endif

#define NdisBufferVirtualAddressSafe(Buffer, Priority)                                             \
    MmGetSystemAddressForMdlSafe(Buffer, Priority)
#define NDIS_BUFFER_LINKAGE(Buffer) ((Buffer)->Next)
#define NdisGetNextBuffer(CurrentBuffer, NextBuffer)                                               \
    {                                                                                              \
        *(NextBuffer) = (CurrentBuffer)->Next;                                                     \
    }

#define NdisReinitializePacket(Packet)                                                             \
    {                                                                                              \
        (Packet)->Private.Head = NULL;                                                             \
        (Packet)->Private.ValidCounts = FALSE;                                                     \
    }
#define NdisRecalculatePacketCounts(Packet)                                                        \
    {                                                                                              \
        PNDIS_BUFFER DdkTail = (Packet)->Private.Head;                                             \
        if (DdkTail != NULL) {                                                                     \
            while (DdkTail->Next != NULL)                                                          \
                DdkTail = DdkTail->Next;                                                           \
            (Packet)->Private.Tail = DdkTail;                                                      \
        }                                                                                          \
        (Packet)->Private.ValidCounts = FALSE;                                                     \
    }
#define NdisChainBufferAtFront(Packet, Buffer)                                                     \
    {                                                                                              \
        PNDIS_BUFFER DdkTail = (Buffer);                                                           \
        while (DdkTail->Next != NULL)                                                              \
            DdkTail = DdkTail->Next;                                                               \
        if ((Packet)->Private.Head == NULL)                                                        \
            (Packet)->Private.Tail = DdkTail;                                                      \
        DdkTail->Next = (Packet)->Private.Head;                                                    \
        (Packet)->Private.Head = (Buffer);                                                         \
        (Packet)->Private.ValidCounts = FALSE;                                                     \
    }
#define NdisChainBufferAtBack(Packet, Buffer)                                                      \
    {                                                                                              \
        PNDIS_BUFFER DdkTail = (Buffer);                                                           \
        while (DdkTail->Next != NULL)                                                              \
            DdkTail = DdkTail->Next;                                                               \
        if ((Packet)->Private.Head != NULL)                                                        \
            (Packet)->Private.Tail->Next = (Buffer);                                               \
        else                                                                                       \
            (Packet)->Private.Head = (Buffer);                                                     \
        (Packet)->Private.Tail = DdkTail;                                                          \
        (Packet)->Private.ValidCounts = FALSE;                                                     \
    }

/* Counts pages, buffers and bytes once and remembers them in the packet. */
FORCEINLINE VOID NdisQueryPacket(_In_ PNDIS_PACKET Packet, _Out_opt_ PUINT PhysicalBufferCount,
                                 _Out_opt_ PUINT BufferCount, _Out_opt_ PNDIS_BUFFER *FirstBuffer,
                                 _Out_opt_ PUINT TotalPacketLength)
{
    if (FirstBuffer != NULL)
        *FirstBuffer = Packet->Private.Head;
    if (PhysicalBufferCount == NULL && BufferCount == NULL && TotalPacketLength == NULL)
        return;
    if (!Packet->Private.ValidCounts) {
        UINT Pages = 0, Buffers = 0, Bytes = 0;
        PNDIS_BUFFER Buffer;

        for (Buffer = Packet->Private.Head; Buffer != NULL; Buffer = Buffer->Next) {
            Pages += NDIS_BUFFER_TO_SPAN_PAGES(Buffer);
            Bytes += MmGetMdlByteCount(Buffer);
            Buffers++;
        }
        Packet->Private.PhysicalCount = Pages;
        Packet->Private.TotalLength = Bytes;
        Packet->Private.Count = Buffers;
        Packet->Private.ValidCounts = TRUE;
    }
    if (PhysicalBufferCount != NULL)
        *PhysicalBufferCount = Packet->Private.PhysicalCount;
    if (BufferCount != NULL)
        *BufferCount = Packet->Private.Count;
    if (TotalPacketLength != NULL)
        *TotalPacketLength = Packet->Private.TotalLength;
}

#define NdisQueryPacketLength(Packet, pTotalPacketLength)                                          \
    {                                                                                              \
        if ((Packet)->Private.ValidCounts)                                                         \
            *(pTotalPacketLength) = (Packet)->Private.TotalLength;                                 \
        else                                                                                       \
            NdisQueryPacket(Packet, NULL, NULL, NULL, pTotalPacketLength);                         \
    }

/* Lookahead data need no copy on x64: it is ordinary memory. */
#define NdisCopyLookaheadData(Destination, Source, Length, MacOptions)                             \
    RtlCopyMemory(Destination, Source, Length)
#define NdisCreateLookaheadBufferFromSharedMemory(Shared, Length, pBuffer) ((*(pBuffer)) = (Shared))
#define NdisDestroyLookaheadBufferFromSharedMemory(Buffer)

#endif /* DDK_NDIS_PACKET_H */
