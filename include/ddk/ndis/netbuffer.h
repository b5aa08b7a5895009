/* SPDX-License-Identifier: MIT */
/* netbuffer.h - NET_BUFFER and NET_BUFFER_LIST: how NDIS 6 carries frames.
 *
 * A NET_BUFFER is one frame: an MDL chain, a length and an offset. A NET_BUFFER_LIST is a group of
 * them with out-of-band information. Layout: WDK "NET_BUFFER", "NET_BUFFER_LIST"; the three
 * reserved areas are aligned to MEMORY_ALLOCATION_ALIGNMENT (16 bytes on x64). NetBufferListInfo
 * grows with the NDIS version that a driver is compiled for; NDIS allocates the largest, so the
 * array is last. */
#ifndef DDK_NDIS_NETBUFFER_H
#define DDK_NDIS_NETBUFFER_H

typedef struct _NET_BUFFER NET_BUFFER, *PNET_BUFFER;
typedef struct _NET_BUFFER_LIST NET_BUFFER_LIST, *PNET_BUFFER_LIST;
typedef struct _NET_BUFFER_LIST_CONTEXT NET_BUFFER_LIST_CONTEXT, *PNET_BUFFER_LIST_CONTEXT;

#define DDK_ALIGN_ALLOCATION __attribute__((aligned(MEMORY_ALLOCATION_ALIGNMENT)))

typedef union _NET_BUFFER_DATA_LENGTH {
    ULONG DataLength;
    SIZE_T stDataLength;
} NET_BUFFER_DATA_LENGTH, *PNET_BUFFER_DATA_LENGTH;

/* The members of NET_BUFFER_DATA are members of NET_BUFFER too, by both names. */
#define DDK_NET_BUFFER_DATA_MEMBERS                                                                \
    PNET_BUFFER Next;                                                                              \
    PMDL CurrentMdl;                                                                               \
    ULONG CurrentMdlOffset;                                                                        \
    __extension__ union {                                                                          \
        ULONG DataLength;                                                                          \
        SIZE_T stDataLength;                                                                       \
        NET_BUFFER_DATA_LENGTH NbDataLength;                                                       \
    };                                                                                             \
    PMDL MdlChain;                                                                                 \
    ULONG DataOffset;

typedef struct _NET_BUFFER_DATA {
    DDK_NET_BUFFER_DATA_MEMBERS
} NET_BUFFER_DATA, *PNET_BUFFER_DATA;

typedef union _NET_BUFFER_HEADER {
    __extension__ struct {
        DDK_NET_BUFFER_DATA_MEMBERS
    };
    NET_BUFFER_DATA NetBufferData;
    SLIST_HEADER Link;
} NET_BUFFER_HEADER, *PNET_BUFFER_HEADER;

#if NDIS_SUPPORT_NDIS620
typedef struct _NET_BUFFER_SHARED_MEMORY NET_BUFFER_SHARED_MEMORY, *PNET_BUFFER_SHARED_MEMORY;
struct _NET_BUFFER_SHARED_MEMORY {
    PNET_BUFFER_SHARED_MEMORY NextSharedMemorySegment;
    ULONG SharedMemoryFlags;
    NDIS_HANDLE SharedMemoryHandle;
    ULONG SharedMemoryOffset;
    ULONG SharedMemoryLength;
};
#endif

struct _NET_BUFFER {
    __extension__ union {
        __extension__ struct {
            DDK_NET_BUFFER_DATA_MEMBERS
        };
        NET_BUFFER_DATA NetBufferData;
        SLIST_HEADER Link;
        NET_BUFFER_HEADER NetBufferHeader;
    };
    USHORT ChecksumBias;
    USHORT Reserved;
    NDIS_HANDLE NdisPoolHandle;
    DDK_ALIGN_ALLOCATION PVOID NdisReserved[2];
    DDK_ALIGN_ALLOCATION PVOID ProtocolReserved[6];
    DDK_ALIGN_ALLOCATION PVOID MiniportReserved[4];
    NDIS_PHYSICAL_ADDRESS DataPhysicalAddress;
#if NDIS_SUPPORT_NDIS620
    __extension__ union {
        PNET_BUFFER_SHARED_MEMORY SharedMemoryInfo;
        PSCATTER_GATHER_LIST ScatterGatherList;
    };
#endif
};

struct _NET_BUFFER_LIST_CONTEXT {
    PNET_BUFFER_LIST_CONTEXT Next;
    USHORT Size;   /* of ContextData, bytes */
    USHORT Offset; /* of what is unused at its front, bytes */
    DDK_ALIGN_ALLOCATION UCHAR ContextData[];
};

typedef enum _NDIS_NET_BUFFER_LIST_INFO {
    TcpIpChecksumNetBufferListInfo,
    TcpOffloadBytesTransferred = TcpIpChecksumNetBufferListInfo,
    IPsecOffloadV1NetBufferListInfo,
#if NDIS_SUPPORT_NDIS61
    IPsecOffloadV2NetBufferListInfo = IPsecOffloadV1NetBufferListInfo,
#endif
    TcpLargeSendNetBufferListInfo,
    TcpReceiveNoPush = TcpLargeSendNetBufferListInfo,
    ClassificationHandleNetBufferListInfo,
    Ieee8021QNetBufferListInfo,
    NetBufferListCancelId,
    MediaSpecificInformation,
    NetBufferListFrameType,
    NetBufferListProtocolId = NetBufferListFrameType,
    NetBufferListHashValue,
    NetBufferListHashInfo,
    WfpNetBufferListInfo,
#if NDIS_SUPPORT_NDIS61
    IPsecOffloadV2TunnelNetBufferListInfo,
    IPsecOffloadV2HeaderNetBufferListInfo,
#endif
#if NDIS_SUPPORT_NDIS620
    NetBufferListCorrelationId,
    NetBufferListFilteringInfo,
    MediaSpecificInformationEx,
    NblOriginalInterfaceIfIndex,
    NblReAuthWfpFlowContext = NblOriginalInterfaceIfIndex,
    TcpReceiveBytesTransferred,
#endif
#if NDIS_SUPPORT_NDIS630
    SwitchForwardingReserved,
    SwitchForwardingDetail,
    VirtualSubnetInfo,
    IMReserved,
    TcpRecvSegCoalesceInfo,
    RscTcpTimestampDelta,
    TcpSendOffloadsSupplementalNetBufferListInfo = RscTcpTimestampDelta,
#endif
#ifdef NDIS_WRAPPER
    /* Room that drivers of later versions than 6.30 index, so that theirs stays inside too. */
    DdkNetBufferListInfoLater,
    DdkNetBufferListInfoLaterEnd = 39,
#endif
    MaxNetBufferListInfo
} NDIS_NET_BUFFER_LIST_INFO,
    *PNDIS_NET_BUFFER_LIST_INFO;

typedef struct _NET_BUFFER_LIST_DATA {
    PNET_BUFFER_LIST Next;
    PNET_BUFFER FirstNetBuffer;
} NET_BUFFER_LIST_DATA, *PNET_BUFFER_LIST_DATA;

typedef union _NET_BUFFER_LIST_HEADER {
    __extension__ struct {
        PNET_BUFFER_LIST Next;
        PNET_BUFFER FirstNetBuffer;
    };
    NET_BUFFER_LIST_DATA NetBufferListData;
    SLIST_HEADER Link;
} NET_BUFFER_LIST_HEADER, *PNET_BUFFER_LIST_HEADER;

struct _NET_BUFFER_LIST {
    __extension__ union {
        __extension__ struct {
            PNET_BUFFER_LIST Next;
            PNET_BUFFER FirstNetBuffer;
        };
        NET_BUFFER_LIST_DATA NetBufferListData;
        SLIST_HEADER Link;
        NET_BUFFER_LIST_HEADER NetBufferListHeader;
    };
    PNET_BUFFER_LIST_CONTEXT Context;
    PNET_BUFFER_LIST ParentNetBufferList;
    NDIS_HANDLE NdisPoolHandle;
    DDK_ALIGN_ALLOCATION PVOID NdisReserved[2];
    DDK_ALIGN_ALLOCATION PVOID ProtocolReserved[4];
    DDK_ALIGN_ALLOCATION PVOID MiniportReserved[2];
    PVOID Scratch;
    NDIS_HANDLE SourceHandle;
    ULONG NblFlags; /* NDIS_NBL_FLAGS_* */
    LONG ChildRefCount;
    ULONG Flags; /* NBL_FLAGS_*, divided among the owners */
    __extension__ union {
        NDIS_STATUS Status;
        ULONG NdisReserved2;
    };
    PVOID NetBufferListInfo[MaxNetBufferListInfo];
};

#define NET_BUFFER_NEXT_NB(NB)               ((NB)->Next)
#define NET_BUFFER_FIRST_MDL(NB)             ((NB)->MdlChain)
#define NET_BUFFER_DATA_LENGTH(NB)           ((NB)->DataLength)
#define NET_BUFFER_DATA_OFFSET(NB)           ((NB)->DataOffset)
#define NET_BUFFER_CURRENT_MDL(NB)           ((NB)->CurrentMdl)
#define NET_BUFFER_CURRENT_MDL_OFFSET(NB)    ((NB)->CurrentMdlOffset)
#define NET_BUFFER_PROTOCOL_RESERVED(NB)     ((NB)->ProtocolReserved)
#define NET_BUFFER_MINIPORT_RESERVED(NB)     ((NB)->MiniportReserved)
#define NET_BUFFER_CHECKSUM_BIAS(NB)         ((NB)->ChecksumBias)
#define NET_BUFFER_DATA_PHYSICAL_ADDRESS(NB) ((NB)->DataPhysicalAddress)
#if NDIS_SUPPORT_NDIS620
#define NET_BUFFER_FIRST_SHARED_MEM_INFO(NB)     ((NB)->SharedMemoryInfo)
#define NET_BUFFER_SCATTER_GATHER_LIST(NB)       ((NB)->ScatterGatherList)
#define NET_BUFFER_SHARED_MEM_NEXT_SEGMENT(Info) ((Info)->NextSharedMemorySegment)
#define NET_BUFFER_SHARED_MEM_FLAGS(Info)        ((Info)->SharedMemoryFlags)
#define NET_BUFFER_SHARED_MEM_HANDLE(Info)       ((Info)->SharedMemoryHandle)
#define NET_BUFFER_SHARED_MEM_OFFSET(Info)       ((Info)->SharedMemoryOffset)
#define NET_BUFFER_SHARED_MEM_LENGTH(Info)       ((Info)->SharedMemoryLength)
#endif

#define NET_BUFFER_LIST_NEXT_NBL(NBL)          ((NBL)->Next)
#define NET_BUFFER_LIST_FIRST_NB(NBL)          ((NBL)->FirstNetBuffer)
#define NET_BUFFER_LIST_FLAGS(NBL)             ((NBL)->Flags)
#define NET_BUFFER_LIST_NBL_FLAGS(NBL)         ((NBL)->NblFlags)
#define NET_BUFFER_LIST_PROTOCOL_RESERVED(NBL) ((NBL)->ProtocolReserved)
#define NET_BUFFER_LIST_MINIPORT_RESERVED(NBL) ((NBL)->MiniportReserved)
#define NET_BUFFER_LIST_CONTEXT_DATA_START(NBL)                                                    \
    ((PUCHAR)(((NBL)->Context) + 1) + (NBL)->Context->Offset)
#define NET_BUFFER_LIST_CONTEXT_DATA_SIZE(NBL) (((NBL)->Context)->Size)
#define NET_BUFFER_LIST_INFO(NBL, Id)          ((NBL)->NetBufferListInfo[(Id)])
#define NET_BUFFER_LIST_STATUS(NBL)            ((NBL)->Status)

#define NDIS_GET_NET_BUFFER_LIST_CANCEL_ID(NBL) (NET_BUFFER_LIST_INFO(NBL, NetBufferListCancelId))
#define NDIS_SET_NET_BUFFER_LIST_CANCEL_ID(NBL, CancelId)                                          \
    NET_BUFFER_LIST_INFO(NBL, NetBufferListCancelId) = (CancelId)
#define NdisSetNetBufferListProtocolId(NBL, ProtocolId)                                            \
    *((PUCHAR)(&NET_BUFFER_LIST_INFO(NBL, NetBufferListProtocolId))) = (ProtocolId)
#define NdisGetNetBufferListProtocolId(NBL)                                                        \
    ((UCHAR)(((ULONG_PTR)NET_BUFFER_LIST_INFO(NBL, NetBufferListProtocolId)) &                     \
             NDIS_PROTOCOL_ID_MASK))

#if NDIS_SUPPORT_NDIS6
#define NET_BUFFER_LIST_SET_HASH_VALUE(NBL, Value)                                                 \
    (NET_BUFFER_LIST_INFO(NBL, NetBufferListHashValue) = UlongToPtr(Value))
#define NET_BUFFER_LIST_GET_HASH_VALUE(NBL)                                                        \
    (PtrToUlong(NET_BUFFER_LIST_INFO(NBL, NetBufferListHashValue)))
#define NET_BUFFER_LIST_SET_HASH_TYPE(NBL, Type)                                                   \
    (NET_BUFFER_LIST_INFO(NBL, NetBufferListHashInfo) = UlongToPtr(                                \
         (PtrToUlong(NET_BUFFER_LIST_INFO(NBL, NetBufferListHashInfo)) & ~NDIS_HASH_TYPE_MASK) |   \
         ((Type)&NDIS_HASH_TYPE_MASK)))
#define NET_BUFFER_LIST_SET_HASH_FUNCTION(NBL, Function)                                           \
    (NET_BUFFER_LIST_INFO(NBL, NetBufferListHashInfo) =                                            \
         UlongToPtr((PtrToUlong(NET_BUFFER_LIST_INFO(NBL, NetBufferListHashInfo)) &                \
                     ~NDIS_HASH_FUNCTION_MASK) |                                                   \
                    ((Function)&NDIS_HASH_FUNCTION_MASK)))
#define NET_BUFFER_LIST_GET_HASH_TYPE(NBL)                                                         \
    (PtrToUlong(NET_BUFFER_LIST_INFO(NBL, NetBufferListHashInfo)) & NDIS_HASH_TYPE_MASK)
#define NET_BUFFER_LIST_GET_HASH_FUNCTION(NBL)                                                     \
    (PtrToUlong(NET_BUFFER_LIST_INFO(NBL, NetBufferListHashInfo)) & NDIS_HASH_FUNCTION_MASK)
#endif

/* NET_BUFFER_LIST.Flags: which bits belong to whom. */
#define NBL_FLAGS_PROTOCOL_RESERVED 0xFFF00000
#define NBL_FLAGS_MINIPORT_RESERVED 0x0000F000
#define NBL_FLAGS_SCRATCH           0x000F0000
#define NBL_FLAGS_NDIS_RESERVED     0x00000FFF
#define NBL_PROT_RSVD_FLAGS         NBL_FLAGS_PROTOCOL_RESERVED

#define NBL_TEST_PROT_RSVD_FLAG(NBL, Flag)  (((NBL)->Flags & ((Flag)&NBL_PROT_RSVD_FLAGS)) != 0)
#define NBL_SET_PROT_RSVD_FLAG(NBL, Flag)   ((NBL)->Flags |= ((Flag)&NBL_PROT_RSVD_FLAGS))
#define NBL_CLEAR_PROT_RSVD_FLAG(NBL, Flag) ((NBL)->Flags &= ~((Flag)&NBL_PROT_RSVD_FLAGS))

/* NET_BUFFER_LIST.NblFlags. */
#define NDIS_NBL_FLAGS_SEND_READ_ONLY          0x00000001
#define NDIS_NBL_FLAGS_RECV_READ_ONLY          0x00000002
#define NDIS_NBL_FLAGS_RECV_NO_ETHERNET_HEADER 0x00000004
#if NDIS_SUPPORT_NDIS61
#define NDIS_NBL_FLAGS_HD_SPLIT                              0x00000100
#define NDIS_NBL_FLAGS_IS_IPV4                               0x00000200
#define NDIS_NBL_FLAGS_IS_IPV6                               0x00000400
#define NDIS_NBL_FLAGS_IS_TCP                                0x00000800
#define NDIS_NBL_FLAGS_IS_UDP                                0x00001000
#define NDIS_NBL_FLAGS_SPLIT_AT_UPPER_LAYER_PROTOCOL_HEADER  0x00002000
#define NDIS_NBL_FLAGS_SPLIT_AT_UPPER_LAYER_PROTOCOL_PAYLOAD 0x00004000
#endif
#define NDIS_NBL_FLAGS_IS_LOOPBACK_PACKET 0x00008000

#define NdisTestNblFlag(NBL, Flag)   (((NBL)->NblFlags & (Flag)) != 0)
#define NdisTestNblFlags(NBL, Flags) (((NBL)->NblFlags & (Flags)) == (Flags))
#define NdisSetNblFlag(NBL, Flag)    ((NBL)->NblFlags |= (Flag))
#define NdisClearNblFlag(NBL, Flag)  ((NBL)->NblFlags &= ~(Flag))

/* Flags of the functions that pass NET_BUFFER_LISTs around. */
#define NDIS_SEND_FLAGS_DISPATCH_LEVEL           0x00000001
#define NDIS_SEND_FLAGS_CHECK_FOR_LOOPBACK       0x00000002
#define NDIS_SEND_FLAGS_SINGLE_QUEUE             0x00000004
#define NDIS_SEND_FLAGS_SWITCH_SINGLE_SOURCE     0x00000008
#define NDIS_SEND_FLAGS_SWITCH_DESTINATION_GROUP 0x00000010

#define NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL       0x00000001
#define NDIS_SEND_COMPLETE_FLAGS_SINGLE_QUEUE         0x00000002
#define NDIS_SEND_COMPLETE_FLAGS_SWITCH_SINGLE_SOURCE 0x00000004

#define NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL           0x00000001
#define NDIS_RECEIVE_FLAGS_RESOURCES                0x00000002
#define NDIS_RECEIVE_FLAGS_SINGLE_ETHER_TYPE        0x00000100
#define NDIS_RECEIVE_FLAGS_SINGLE_VLAN              0x00000200
#define NDIS_RECEIVE_FLAGS_PERFECT_FILTERED         0x00000400
#define NDIS_RECEIVE_FLAGS_SINGLE_QUEUE             0x00000800
#define NDIS_RECEIVE_FLAGS_SHARED_MEMORY_INFO_VALID 0x00001000
#define NDIS_RECEIVE_FLAGS_MORE_NBLS                0x00002000
#define NDIS_RECEIVE_FLAGS_SWITCH_SINGLE_SOURCE     0x00004000
#define NDIS_RECEIVE_FLAGS_SWITCH_DESTINATION_GROUP 0x00008000

#define NDIS_RETURN_FLAGS_DISPATCH_LEVEL       0x00000001
#define NDIS_RETURN_FLAGS_SINGLE_QUEUE         0x00000002
#define NDIS_RETURN_FLAGS_SWITCH_SINGLE_SOURCE 0x00000004

#define NDIS_TEST_SEND_FLAG(Flags, Flag)  (((Flags) & (Flag)) != 0)
#define NDIS_SET_SEND_FLAG(Flags, Flag)   ((Flags) |= (Flag))
#define NDIS_CLEAR_SEND_FLAG(Flags, Flag) ((Flags) &= ~(Flag))
#define NDIS_TEST_SEND_AT_DISPATCH_LEVEL(Flags)                                                    \
    NDIS_TEST_SEND_FLAG(Flags, NDIS_SEND_FLAGS_DISPATCH_LEVEL)

#define NDIS_TEST_SEND_COMPLETE_FLAG(Flags, Flag)  (((Flags) & (Flag)) != 0)
#define NDIS_SET_SEND_COMPLETE_FLAG(Flags, Flag)   ((Flags) |= (Flag))
#define NDIS_CLEAR_SEND_COMPLETE_FLAG(Flags, Flag) ((Flags) &= ~(Flag))
#define NDIS_TEST_SEND_COMPLETE_AT_DISPATCH_LEVEL(Flags)                                           \
    NDIS_TEST_SEND_COMPLETE_FLAG(Flags, NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL)

#define NDIS_TEST_RETURN_FLAG(Flags, Flag)  (((Flags) & (Flag)) != 0)
#define NDIS_SET_RETURN_FLAG(Flags, Flag)   ((Flags) |= (Flag))
#define NDIS_CLEAR_RETURN_FLAG(Flags, Flag) ((Flags) &= ~(Flag))
#define NDIS_TEST_RETURN_AT_DISPATCH_LEVEL(Flags)                                                  \
    NDIS_TEST_RETURN_FLAG(Flags, NDIS_RETURN_FLAGS_DISPATCH_LEVEL)

#define NDIS_TEST_RECEIVE_FLAG(Flags, Flag)  (((Flags) & (Flag)) != 0)
#define NDIS_SET_RECEIVE_FLAG(Flags, Flag)   ((Flags) |= (Flag))
#define NDIS_CLEAR_RECEIVE_FLAG(Flags, Flag) ((Flags) &= ~(Flag))
#define NDIS_TEST_RECEIVE_AT_DISPATCH_LEVEL(Flags)                                                 \
    NDIS_TEST_RECEIVE_FLAG(Flags, NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL)
#define NDIS_TEST_RECEIVE_CANNOT_PEND(Flags)                                                       \
    NDIS_TEST_RECEIVE_FLAG(Flags, NDIS_RECEIVE_FLAGS_RESOURCES)
#define NDIS_TEST_RECEIVE_CAN_PEND(Flags) (((Flags)&NDIS_RECEIVE_FLAGS_RESOURCES) == 0)

/* Pools. */
typedef struct _NET_BUFFER_LIST_POOL_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    UCHAR ProtocolId;
    BOOLEAN fAllocateNetBuffer;
    USHORT ContextSize; /* a multiple of MEMORY_ALLOCATION_ALIGNMENT */
    ULONG PoolTag;
    ULONG DataSize;
} NET_BUFFER_LIST_POOL_PARAMETERS, *PNET_BUFFER_LIST_POOL_PARAMETERS;

#define NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1                                     \
    RTL_SIZEOF_THROUGH_FIELD(NET_BUFFER_LIST_POOL_PARAMETERS, DataSize)

typedef struct _NET_BUFFER_POOL_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    ULONG PoolTag;
    ULONG DataSize;
} NET_BUFFER_POOL_PARAMETERS, *PNET_BUFFER_POOL_PARAMETERS;

#define NET_BUFFER_POOL_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1                                          \
    RTL_SIZEOF_THROUGH_FIELD(NET_BUFFER_POOL_PARAMETERS, DataSize)

typedef PMDL(NTAPI NET_BUFFER_ALLOCATE_MDL)(_Inout_ PULONG BufferSize);
typedef NET_BUFFER_ALLOCATE_MDL(*NET_BUFFER_ALLOCATE_MDL_HANDLER);
typedef VOID(NTAPI NET_BUFFER_FREE_MDL)(_In_ PMDL Mdl);
typedef NET_BUFFER_FREE_MDL(*NET_BUFFER_FREE_MDL_HANDLER);

#define NDIS_CLONE_FLAGS_RESERVED          0x00000001
#define NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS 0x00000002

NDISAPI NDIS_HANDLE NTAPI NdisAllocateNetBufferListPool(
    _In_opt_ NDIS_HANDLE NdisHandle, _In_ PNET_BUFFER_LIST_POOL_PARAMETERS Parameters);
NDISAPI VOID NTAPI NdisFreeNetBufferListPool(_In_ NDIS_HANDLE PoolHandle);
NDISAPI NDIS_HANDLE NTAPI NdisAllocateNetBufferPool(_In_opt_ NDIS_HANDLE NdisHandle,
                                                    _In_ PNET_BUFFER_POOL_PARAMETERS Parameters);
NDISAPI VOID NTAPI NdisFreeNetBufferPool(_In_ NDIS_HANDLE PoolHandle);

NDISAPI PNET_BUFFER_LIST NTAPI NdisAllocateNetBufferList(_In_ NDIS_HANDLE PoolHandle,
                                                         _In_ USHORT ContextSize,
                                                         _In_ USHORT ContextBackFill);
NDISAPI PNET_BUFFER_LIST NTAPI NdisAllocateNetBufferAndNetBufferList(
    _In_ NDIS_HANDLE PoolHandle, _In_ USHORT ContextSize, _In_ USHORT ContextBackFill,
    _In_opt_ PMDL MdlChain, _In_ ULONG DataOffset, _In_ SIZE_T DataLength);
NDISAPI VOID NTAPI NdisFreeNetBufferList(_In_ PNET_BUFFER_LIST NetBufferList);
NDISAPI PNET_BUFFER NTAPI NdisAllocateNetBuffer(_In_ NDIS_HANDLE PoolHandle, _In_opt_ PMDL MdlChain,
                                                _In_ ULONG DataOffset, _In_ SIZE_T DataLength);
NDISAPI PNET_BUFFER NTAPI NdisAllocateNetBufferMdlAndData(_In_ NDIS_HANDLE PoolHandle);
NDISAPI VOID NTAPI NdisFreeNetBuffer(_In_ PNET_BUFFER NetBuffer);
NDISAPI NDIS_HANDLE NTAPI NdisGetPoolFromNetBuffer(_In_ PNET_BUFFER NetBuffer);
NDISAPI NDIS_HANDLE NTAPI NdisGetPoolFromNetBufferList(_In_ PNET_BUFFER_LIST NetBufferList);

NDISAPI NDIS_STATUS NTAPI NdisAllocateNetBufferListContext(_In_ PNET_BUFFER_LIST NetBufferList,
                                                           _In_ USHORT ContextSize,
                                                           _In_ USHORT ContextBackFill,
                                                           _In_ ULONG PoolTag);
NDISAPI VOID NTAPI NdisFreeNetBufferListContext(_In_ PNET_BUFFER_LIST NetBufferList,
                                                _In_ USHORT ContextSize);

/* Data: move the start, find bytes, copy, clone. */
NDISAPI NDIS_STATUS NTAPI NdisRetreatNetBufferDataStart(
    _In_ PNET_BUFFER NetBuffer, _In_ ULONG DataOffsetDelta, _In_ ULONG DataBackFill,
    _In_opt_ NET_BUFFER_ALLOCATE_MDL_HANDLER AllocateMdlHandler);
NDISAPI VOID NTAPI NdisAdvanceNetBufferDataStart(
    _In_ PNET_BUFFER NetBuffer, _In_ ULONG DataOffsetDelta, _In_ BOOLEAN FreeMdl,
    _In_opt_ NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler);
NDISAPI NDIS_STATUS NTAPI NdisRetreatNetBufferListDataStart(
    _In_ PNET_BUFFER_LIST NetBufferList, _In_ ULONG DataOffsetDelta, _In_ ULONG DataBackFill,
    _In_opt_ NET_BUFFER_ALLOCATE_MDL_HANDLER AllocateMdlHandler,
    _In_opt_ NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler);
NDISAPI VOID NTAPI NdisAdvanceNetBufferListDataStart(
    _In_ PNET_BUFFER_LIST NetBufferList, _In_ ULONG DataOffsetDelta, _In_ BOOLEAN FreeMdl,
    _In_opt_ NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler);
NDISAPI VOID NTAPI NdisAdjustNetBufferCurrentMdl(_In_ PNET_BUFFER NetBuffer);
NDISAPI PVOID NTAPI NdisGetDataBuffer(_In_ PNET_BUFFER NetBuffer, _In_ ULONG BytesNeeded,
                                      _In_opt_ PVOID Storage, _In_ UINT AlignMultiple,
                                      _In_ UINT AlignOffset);
NDISAPI ULONG NTAPI NdisQueryNetBufferPhysicalCount(_In_ PNET_BUFFER NetBuffer);
NDISAPI NDIS_STATUS NTAPI NdisCopyFromNetBufferToNetBuffer(
    _In_ PNET_BUFFER Destination, _In_ ULONG DestinationOffset, _In_ ULONG BytesToCopy,
    _In_ PNET_BUFFER Source, _In_ ULONG SourceOffset, _Out_ PULONG BytesCopied);
NDISAPI VOID NTAPI NdisCopyReceiveNetBufferListInfo(_In_ PNET_BUFFER_LIST DestNetBufferList,
                                                    _In_ PNET_BUFFER_LIST SrcNetBufferList);
NDISAPI VOID NTAPI NdisCopySendNetBufferListInfo(_In_ PNET_BUFFER_LIST DestNetBufferList,
                                                 _In_ PNET_BUFFER_LIST SrcNetBufferList);

NDISAPI PNET_BUFFER_LIST NTAPI NdisAllocateCloneNetBufferList(
    _In_ PNET_BUFFER_LIST OriginalNetBufferList, _In_opt_ NDIS_HANDLE NetBufferListPoolHandle,
    _In_opt_ NDIS_HANDLE NetBufferPoolHandle, _In_ ULONG AllocateCloneFlags);
NDISAPI VOID NTAPI NdisFreeCloneNetBufferList(_In_ PNET_BUFFER_LIST CloneNetBufferList,
                                              _In_ ULONG FreeCloneFlags);
NDISAPI PNET_BUFFER_LIST NTAPI NdisAllocateFragmentNetBufferList(
    _In_ PNET_BUFFER_LIST OriginalNetBufferList, _In_opt_ NDIS_HANDLE NetBufferListPoolHandle,
    _In_opt_ NDIS_HANDLE NetBufferPoolHandle, _In_ ULONG StartOffset, _In_ ULONG MaximumLength,
    _In_ ULONG DataOffsetDelta, _In_ ULONG DataBackFill, _In_ ULONG AllocateFragmentFlags);
NDISAPI VOID NTAPI NdisFreeFragmentNetBufferList(_In_ PNET_BUFFER_LIST FragmentNetBufferList,
                                                 _In_ ULONG DataOffsetDelta,
                                                 _In_ ULONG FreeFragmentFlags);
NDISAPI PNET_BUFFER_LIST NTAPI NdisAllocateReassembledNetBufferList(
    _In_ PNET_BUFFER_LIST FragmentNetBufferList,
    _In_opt_ NDIS_HANDLE NetBufferAndNetBufferListPoolHandle, _In_ ULONG StartOffset,
    _In_ ULONG DataOffsetDelta, _In_ ULONG DataBackFill, _In_ ULONG AllocateReassembleFlags);
NDISAPI VOID NTAPI NdisFreeReassembledNetBufferList(_In_ PNET_BUFFER_LIST ReassembledNetBufferList,
                                                    _In_ ULONG DataOffsetDelta,
                                                    _In_ ULONG FreeReassembleFlags);

/* MDLs. */
NDISAPI PMDL NTAPI NdisAllocateMdl(_In_ NDIS_HANDLE NdisHandle, _In_ PVOID VirtualAddress,
                                   _In_ UINT Length);
NDISAPI VOID NTAPI NdisFreeMdl(_In_ PMDL Mdl);

#define NDIS_MDL_LINKAGE(Mdl)               ((Mdl)->Next)
#define NdisGetNextMdl(CurrentMdl, NextMdl) (*(NextMdl) = (CurrentMdl)->Next)
#define NdisAdjustMdlLength(Mdl, Length)    (((Mdl)->ByteCount) = (Length))
#define NdisQueryMdlOffset(Mdl, Offset, Length)                                                    \
    {                                                                                              \
        *(Offset) = MmGetMdlByteOffset(Mdl);                                                       \
        *(Length) = MmGetMdlByteCount(Mdl);                                                        \
    }
#define NDIS_MDL_TO_SPAN_PAGES(Mdl)                                                                \
    (MmGetMdlByteCount(Mdl) == 0                                                                   \
         ? 1                                                                                       \
         : (ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(Mdl), MmGetMdlByteCount(Mdl))))
#define NdisGetMdlPhysicalArraySize(Mdl, ArraySize) (*(ArraySize) = NDIS_MDL_TO_SPAN_PAGES(Mdl))

/* The mapped address of the MDL's first byte (NULL when it cannot be mapped) and its length. */
FORCEINLINE VOID NdisQueryMdl(_In_ PMDL Mdl, _Out_opt_ PVOID *VirtualAddress, _Out_ PUINT Length,
                              _In_ ULONG Priority)
{
    if (VirtualAddress != NULL)
        *VirtualAddress = MmGetSystemAddressForMdlSafe(Mdl, (MM_PAGE_PRIORITY)Priority);
    *Length = MmGetMdlByteCount(Mdl);
}

#endif /* DDK_NDIS_NETBUFFER_H */
