/* SPDX-License-Identifier: MIT */
/* dma.h - what a driver reaches its device with: DMA, shared memory, register and port ranges,
 * configuration space.
 *
 * WDK: "NdisMRegisterScatterGatherDma", "NdisMAllocateNetBufferSGList",
 * "NdisMAllocateSharedMemory", "NdisMMapIoSpace", "NdisMGetBusData". */
#ifndef DDK_NDIS_DMA_H
#define DDK_NDIS_DMA_H

/* Registers and ports. */
NDISAPI NDIS_STATUS NTAPI NdisMMapIoSpace(_Out_ PVOID *VirtualAddress,
                                          _In_ NDIS_HANDLE MiniportAdapterHandle,
                                          _In_ NDIS_PHYSICAL_ADDRESS PhysicalAddress,
                                          _In_ UINT Length);
NDISAPI VOID NTAPI NdisMUnmapIoSpace(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                     _In_ PVOID VirtualAddress, _In_ UINT Length);
NDISAPI NDIS_STATUS NTAPI NdisMRegisterIoPortRange(_Out_ PVOID *PortOffset,
                                                   _In_ NDIS_HANDLE MiniportAdapterHandle,
                                                   _In_ UINT InitialPort, _In_ UINT NumberOfPorts);
NDISAPI VOID NTAPI NdisMDeregisterIoPortRange(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                              _In_ UINT InitialPort, _In_ UINT NumberOfPorts,
                                              _In_ PVOID PortOffset);

/* Shared memory: common buffer that both the processor and the device see. */
NDISAPI VOID NTAPI NdisMAllocateSharedMemory(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                             _In_ ULONG Length, _In_ BOOLEAN Cached,
                                             _Out_ PVOID *VirtualAddress,
                                             _Out_ PNDIS_PHYSICAL_ADDRESS PhysicalAddress);
NDISAPI VOID NTAPI NdisMFreeSharedMemory(_In_ NDIS_HANDLE MiniportAdapterHandle, _In_ ULONG Length,
                                         _In_ BOOLEAN Cached, _In_ PVOID VirtualAddress,
                                         _In_ NDIS_PHYSICAL_ADDRESS PhysicalAddress);
NDISAPI NDIS_STATUS NTAPI NdisMAllocateSharedMemoryAsync(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                                         _In_ ULONG Length, _In_ BOOLEAN Cached,
                                                         _In_ PVOID Context);
#define NdisMUpdateSharedMemory(Handle, Length, VirtualAddress, PhysicalAddress)                   \
    NdisUpdateSharedMemory(Handle, Length, VirtualAddress, PhysicalAddress)
/* Caches are coherent with DMA on x64: nothing to update. */
#define NdisUpdateSharedMemory(Handle, Length, VirtualAddress, PhysicalAddress)
#define NdisFlushBuffer(Buffer, WriteToDevice) KeFlushIoBuffers((Buffer), !(WriteToDevice), TRUE)
#define NdisFlushMdl(Mdl, WriteToDevice)       KeFlushIoBuffers((Mdl), !(WriteToDevice), TRUE)

NDISAPI ULONG NTAPI NdisMGetDmaAlignment(_In_ NDIS_HANDLE MiniportAdapterHandle);

NDISAPI VOID NTAPI NdisMGetDeviceProperty(
    _In_ NDIS_HANDLE MiniportAdapterHandle, _Inout_opt_ PDEVICE_OBJECT *PhysicalDeviceObject,
    _Inout_opt_ PDEVICE_OBJECT *FunctionalDeviceObject,
    _Inout_opt_ PDEVICE_OBJECT *NextDeviceObject, _Inout_opt_ PCM_RESOURCE_LIST *AllocatedResources,
    _Inout_opt_ PCM_RESOURCE_LIST *AllocatedResourcesTranslated);

#if NDIS_SUPPORT_NDIS6

/* Configuration space; WhichSpace is PCI_WHICHSPACE_CONFIG. The result is the bytes moved. */
NDISAPI ULONG NTAPI NdisMGetBusData(_In_ NDIS_HANDLE MiniportAdapterHandle, _In_ ULONG WhichSpace,
                                    _In_ ULONG Offset, _Out_ PVOID Buffer, _In_ ULONG Length);
NDISAPI ULONG NTAPI NdisMSetBusData(_In_ NDIS_HANDLE MiniportAdapterHandle, _In_ ULONG WhichSpace,
                                    _In_ ULONG Offset, _In_ PVOID Buffer, _In_ ULONG Length);

typedef VOID(NTAPI MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE)(
    _In_ NDIS_HANDLE MiniportAdapterContext, _In_ PVOID VirtualAddress,
    _In_ PNDIS_PHYSICAL_ADDRESS PhysicalAddress, _In_ ULONG Length, _In_ PVOID Context);
typedef MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE(*MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE_HANDLER);
typedef VOID(NTAPI MINIPORT_PROCESS_SG_LIST)(_In_ PDEVICE_OBJECT pDO, _In_ PVOID Reserved,
                                             _In_ PSCATTER_GATHER_LIST pSGL, _In_ PVOID Context);
typedef MINIPORT_PROCESS_SG_LIST(*MINIPORT_PROCESS_SG_LIST_HANDLER);

typedef struct _NDIS_SG_DMA_DESCRIPTION {
    NDIS_OBJECT_HEADER Header; /* NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION */
    ULONG Flags;               /* NDIS_SG_DMA_* */
    ULONG MaximumPhysicalMapping;
    MINIPORT_PROCESS_SG_LIST_HANDLER ProcessSGListHandler;
    MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE_HANDLER SharedMemAllocateCompleteHandler;
    ULONG ScatterGatherListSize; /* out: suggested buffer size in bytes */
} NDIS_SG_DMA_DESCRIPTION, *PNDIS_SG_DMA_DESCRIPTION;

#define NDIS_SG_DMA_DESCRIPTION_REVISION_1 1
#define NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1                                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_SG_DMA_DESCRIPTION, ScatterGatherListSize)

#define NDIS_SG_DMA_64_BIT_ADDRESS 0x00000001
#if NDIS_SUPPORT_NDIS630
#define NDIS_SG_DMA_V3_HAL_API 0x00000002
#endif

/* Flags of NdisMAllocateNetBufferSGList. */
#define NDIS_SG_LIST_WRITE_TO_DEVICE 0x000000001

NDISAPI NDIS_STATUS NTAPI NdisMRegisterScatterGatherDma(
    _In_ NDIS_HANDLE MiniportAdapterHandle, _Inout_ PNDIS_SG_DMA_DESCRIPTION DmaDescription,
    _Out_ PNDIS_HANDLE NdisMiniportDmaHandle);
NDISAPI VOID NTAPI NdisMDeregisterScatterGatherDma(_In_ NDIS_HANDLE NdisMiniportDmaHandle);
NDISAPI NDIS_STATUS NTAPI NdisMAllocateNetBufferSGList(_In_ NDIS_HANDLE NdisMiniportDmaHandle,
                                                       _In_ PNET_BUFFER NetBuffer,
                                                       _In_ PVOID Context, _In_ ULONG Flags,
                                                       _In_opt_ PVOID ScatterGatherListBuffer,
                                                       _In_ ULONG ScatterGatherListBufferSize);
NDISAPI VOID NTAPI NdisMFreeNetBufferSGList(_In_ NDIS_HANDLE NdisMiniportDmaHandle,
                                            _In_ PSCATTER_GATHER_LIST pSGL,
                                            _In_ PNET_BUFFER NetBuffer);
NDISAPI NDIS_STATUS NTAPI NdisMAllocateSharedMemoryAsyncEx(_In_ NDIS_HANDLE MiniportDmaHandle,
                                                           _In_ ULONG Length, _In_ BOOLEAN Cached,
                                                           _In_ PVOID Context);

#if NDIS_SUPPORT_NDIS620
/* Shared memory per receive queue. */
typedef enum _NDIS_SHARED_MEMORY_USAGE {
    NdisSharedMemoryUsageUndefined,
    NdisSharedMemoryUsageXmit,
    NdisSharedMemoryUsageXmitHeader,
    NdisSharedMemoryUsageXmitData,
    NdisSharedMemoryUsageReceive,
    NdisSharedMemoryUsageReceiveLookahead,
    NdisSharedMemoryUsageReceivePostLookahead,
    NdisSharedMemoryUsageReceiveHeader,
    NdisSharedMemoryUsageReceiveData,
    NdisSharedMemoryUsageOther,
    NdisSharedMemoryUsageMax
} NDIS_SHARED_MEMORY_USAGE,
    *PNDIS_SHARED_MEMORY_USAGE;

#define NDIS_SHARED_MEM_PARAMETERS_CONTIGOUS  0x00000001
#define NDIS_SHARED_MEM_PARAMETERS_CONTIGUOUS 0x00000001

typedef struct _NDIS_SHARED_MEMORY_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    NDIS_RECEIVE_QUEUE_ID QueueId;
    NDIS_HANDLE SharedMemoryHandle;
    NODE_REQUIREMENT PreferredNode;
    NDIS_SHARED_MEMORY_USAGE Usage;
    ULONG Length;
    PVOID VirtualAddress;
    ULONG SGListBufferLength;
    PSCATTER_GATHER_LIST SGListBuffer;
#if NDIS_SUPPORT_NDIS630
    NDIS_NIC_SWITCH_VPORT_ID VPortId;
#endif
} NDIS_SHARED_MEMORY_PARAMETERS, *PNDIS_SHARED_MEMORY_PARAMETERS;

#define NDIS_SHARED_MEMORY_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_SHARED_MEMORY_PARAMETERS_REVISION_1                                            \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_SHARED_MEMORY_PARAMETERS, SGListBuffer)
#if NDIS_SUPPORT_NDIS630
#define NDIS_SHARED_MEMORY_PARAMETERS_REVISION_2 2
#define NDIS_SIZEOF_SHARED_MEMORY_PARAMETERS_REVISION_2                                            \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_SHARED_MEMORY_PARAMETERS, VPortId)
#endif

NDISAPI NDIS_STATUS NTAPI NdisAllocateSharedMemory(
    _In_ NDIS_HANDLE NdisHandle, _In_ PNDIS_SHARED_MEMORY_PARAMETERS SharedMemoryParameters,
    _Out_ PNDIS_HANDLE pAllocationHandle);
NDISAPI VOID NTAPI NdisFreeSharedMemory(_In_ NDIS_HANDLE NdisHandle,
                                        _In_ NDIS_HANDLE AllocationHandle);

typedef VOID(NTAPI NDIS_PROCESS_SG_LIST)(_In_ PDEVICE_OBJECT pDO, _In_ PVOID Reserved,
                                         _In_ PSCATTER_GATHER_LIST pSGL, _In_ PVOID Context);
typedef NDIS_PROCESS_SG_LIST(*NDIS_PROCESS_SG_LIST_HANDLER);

typedef struct _NDIS_SCATTER_GATHER_LIST_PARAMETERS {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    NDIS_RECEIVE_QUEUE_ID QueueId;
    NDIS_SHARED_MEMORY_USAGE SharedMemoryUsage;
    PMDL Mdl;
    PVOID CurrentVa;
    ULONG Length;
    NDIS_PROCESS_SG_LIST_HANDLER ProcessSGListHandler;
    PVOID Context;
    PSCATTER_GATHER_LIST ScatterGatherListBuffer;
    ULONG ScatterGatherListBufferSize;
    ULONG ScatterGatherListBufferSizeNeeded;
} NDIS_SCATTER_GATHER_LIST_PARAMETERS, *PNDIS_SCATTER_GATHER_LIST_PARAMETERS;

#define NDIS_SCATTER_GATHER_LIST_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_SCATTER_GATHER_LIST_PARAMETERS_REVISION_1                                      \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_SCATTER_GATHER_LIST_PARAMETERS, ScatterGatherListBufferSizeNeeded)

NDISAPI NDIS_STATUS NTAPI NdisBuildScatterGatherList(
    _In_ NDIS_HANDLE NdisHandle, _In_ PNDIS_SCATTER_GATHER_LIST_PARAMETERS SGListParameters);
NDISAPI VOID NTAPI NdisFreeScatterGatherList(_In_ NDIS_HANDLE NdisHandle,
                                             _In_ PSCATTER_GATHER_LIST ScatterGatherListBuffer,
                                             _In_ BOOLEAN WriteToDevice);
#endif /* NDIS_SUPPORT_NDIS620 */

#endif /* NDIS_SUPPORT_NDIS6 */

#endif /* DDK_NDIS_DMA_H */
