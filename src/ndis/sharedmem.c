/* SPDX-License-Identifier: MIT */
/* sharedmem.c - memory for driver and device: NdisMAllocateSharedMemory, its asynchronous form, and
 * NdisAllocateSharedMemory, which gives a handle and the physical pieces (6.20). */
#include "ndis/sharedmem.h"
#include "ndis/dma.h"
#include "ndis/worker.h"
#include "nt/physmem.h"
#include "nt/opaque.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kind_shared[] = "shared memory", kind_pending[] = "shared memory allocation";
static const char kind_handle[] = "shared memory handle";

#define BLOCK_MAGIC 0x4b4d4853u /* "SHMK" */

/* What NdisAllocateSharedMemory made is known by its record, the rest by the memory's address. */
struct shared_block {
    uint32_t magic; /* BLOCK_MAGIC: the record is a handle */
    struct ndis_object object;
    uint8_t *va;
    uint32_t length;
    size_t pages;
};

static struct shared_block *block_of(const struct ndis_object *object)
{
    return (struct shared_block *)((char *)object - offsetof(struct shared_block, object));
}

/* Fresh memory is not zeroed on Windows either: AllocateCommonBuffer promises nothing about its
 * content. */
#define FRESH 0xcd

static void describe(const struct ndis_object *object, char *out, size_t size)
{
    snprintf(out, size, "%u bytes", block_of(object)->length);
}

static void release(struct ndis_object *object)
{
    struct shared_block *block = block_of(object);
    ndis_object_remove(object);
    physmem_free(block->va, block->pages);
    block->magic = 0;
    opaque_free(block);
}

static struct shared_block *block_alloc(struct ndis_adapter *adapter, uint32_t length, bool handle,
                                        enum ndis_object_stack stack)
{
    struct shared_block *block = length ? opaque_alloc(sizeof(*block)) : NULL;
    if (!block)
        return NULL;
    block->length = length;
    block->pages = ((size_t)length + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1);
    block->va = physmem_alloc(block->pages, adapter->sg_dma->address64 ? UINT64_MAX : UINT32_MAX,
                              PAGE_SIZE, 0);
    if (!block->va) {
        opaque_free(block);
        return NULL;
    }
    memset(block->va, FRESH, block->pages);
    block->magic = handle ? BLOCK_MAGIC : 0;
    block->object.describe = describe;
    block->object.reclaim = release;
    ndis_object_add(&block->object, adapter, handle ? kind_handle : kind_shared,
                    handle ? (void *)block : block->va, stack);
    return block;
}

VOID NTAPI NdisMAllocateSharedMemory(NDIS_HANDLE MiniportAdapterHandle, ULONG Length,
                                     BOOLEAN Cached, PVOID *VirtualAddress,
                                     PNDIS_PHYSICAL_ADDRESS PhysicalAddress)
{
    *VirtualAddress = NULL;
    PhysicalAddress->QuadPart = 0;
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    RULE("R-434", true, "NdisMAllocateSharedMemory"); /* counted; breaking it ends the run */
    if (irql_current() > PASSIVE_LEVEL)
        bugcheck(0x7c, 0x01, (uint64_t)(uintptr_t)adapter, Length, irql_current(),
                 "NdisMAllocateSharedMemory(%u bytes) was called at %s; it needs PASSIVE_LEVEL",
                 Length, irql_name(irql_current()));
    RULE("NdisMAllocateSharedMemory", ndis_in_initialize(adapter),
         "NdisMAllocateSharedMemory is called from MiniportInitialize%s only; later there is "
         "NdisMAllocateSharedMemoryAsync%s",
         ndis_ex(adapter), ndis_ex(adapter));
    if (!RULE("NdisMAllocateSharedMemory", adapter->sg_dma,
              "NdisMAllocateSharedMemory needs NdisMRegisterScatterGatherDma before it (before "
              "NDIS 6: "
              "NdisMInitializeScatterGatherDma or NdisMAllocateMapRegisters)"))
        return;
    struct shared_block *block = block_alloc(adapter, Length, false, NDIS_OBJECT_STACK);
    if (!block)
        return;
    *VirtualAddress = block->va;
    PhysicalAddress->QuadPart = (LONGLONG)physmem_pa(block->va);
}
NT_EXPORT("ndis.sys", NdisMAllocateSharedMemory);

VOID NTAPI NdisMFreeSharedMemory(NDIS_HANDLE MiniportAdapterHandle, ULONG Length, BOOLEAN Cached,
                                 PVOID VirtualAddress, NDIS_PHYSICAL_ADDRESS PhysicalAddress)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    RULE("NdisMFreeSharedMemory", adapter->state != NDIS_SHUT_DOWN,
         "NdisMFreeSharedMemory is not called from MiniportShutdown%s", ndis_ex(adapter));
    struct ndis_object *object = ndis_object_find(kind_shared, VirtualAddress);
    if (!object || object->owner != adapter)
        bugcheck(0x7c, 0x03, (uint64_t)(uintptr_t)adapter,
                 (uint64_t)(uintptr_t)VirtualAddress & ~(uint64_t)(PAGE_SIZE - 1),
                 (uint64_t)(uintptr_t)VirtualAddress,
                 "NdisMFreeSharedMemory(%p): the adapter has no shared memory there; it was freed "
                 "before, or never allocated",
                 VirtualAddress);
    struct shared_block *block = block_of(object);
    uint64_t pa = physmem_pa(VirtualAddress);
    RULE("NdisMFreeSharedMemory",
         Length == block->length && (uint64_t)PhysicalAddress.QuadPart == pa,
         "NdisMFreeSharedMemory(%p): Length %u and PhysicalAddress 0x%llx must be those of the "
         "allocation, %u and 0x%llx",
         VirtualAddress, Length, (unsigned long long)PhysicalAddress.QuadPart, block->length,
         (unsigned long long)pa);
    release(object);
}
NT_EXPORT("ndis.sys", NdisMFreeSharedMemory);

/* Caches are coherent with DMA on x64: there is nothing to do but to look at what is asked. */
#undef NdisUpdateSharedMemory
VOID NTAPI NdisUpdateSharedMemory(NDIS_HANDLE MiniportAdapterHandle, ULONG Length,
                                  PVOID VirtualAddress, NDIS_PHYSICAL_ADDRESS PhysicalAddress)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (adapter)
        RULE("NdisMUpdateSharedMemory", physmem_contains(VirtualAddress),
             "NdisMUpdateSharedMemory(%p, %u bytes): this is no shared memory", VirtualAddress,
             Length);
}
NT_EXPORT("ndis.sys", NdisUpdateSharedMemory);

/* --- asynchronous allocation --- */

struct pending {
    struct ndis_object object;
    struct ndis_adapter *adapter;
    uint32_t length;
    void *context;
};

static void complete(void *arg)
{
    struct pending *pending = arg;
    struct ndis_adapter *adapter = pending->adapter;
    struct shared_block *block = block_alloc(adapter, pending->length, false, NDIS_OBJECT_CALLER);
    NDIS_PHYSICAL_ADDRESS pa = {.QuadPart = 0};
    void *va = NULL;
    if (block) {
        va = block->va;
        pa.QuadPart = (LONGLONG)physmem_pa(va);
        block->object.function = "NdisMAllocateSharedMemoryAsyncEx";
    }
    const struct ndis_legacy *legacy = adapter->driver->legacy;
    KIRQL old = legacy ? legacy->enter(adapter) : PASSIVE_LEVEL;
    DRIVER_CALL(adapter->sg_dma->shared_memory_complete, adapter->context, va, &pa, pending->length,
                pending->context);
    if (legacy)
        legacy->leave(adapter, old);
    ndis_object_remove(&pending->object);
    free(pending);
}

static NDIS_STATUS allocate_async(struct ndis_adapter *adapter, ULONG length, void *context)
{
    struct pending *pending = calloc(1, sizeof(*pending));
    if (!pending)
        return NDIS_STATUS_FAILURE;
    pending->adapter = adapter;
    pending->length = length;
    pending->context = context;
    ndis_object_add(&pending->object, adapter, kind_pending, pending, NDIS_OBJECT_CALLER);
    if (!ndis_worker_start(complete, pending, "shared memory")) {
        ndis_object_remove(&pending->object);
        free(pending);
        return NDIS_STATUS_FAILURE;
    }
    return NDIS_STATUS_PENDING;
}

NDIS_STATUS NTAPI NdisMAllocateSharedMemoryAsyncEx(NDIS_HANDLE MiniportDmaHandle, ULONG Length,
                                                   BOOLEAN Cached, PVOID Context)
{
    IRQL_MAX(DISPATCH_LEVEL);
    if (!RULE("NdisMAllocateSharedMemoryAsyncEx",
              ndis_handle_is(MiniportDmaHandle, NDIS_SG_DMA_MAGIC),
              "NdisMAllocateSharedMemoryAsyncEx: %p is not a handle from "
              "NdisMRegisterScatterGatherDma",
              MiniportDmaHandle))
        return NDIS_STATUS_FAILURE;
    struct ndis_sg_dma *dma = MiniportDmaHandle;
    if (!RULE("NdisMAllocateSharedMemoryAsyncEx", dma->shared_memory_complete,
              "NdisMAllocateSharedMemoryAsyncEx: the DMA description has no "
              "SharedMemAllocateCompleteHandler"))
        return NDIS_STATUS_FAILURE;
    return allocate_async(dma->adapter, Length, Context);
}
NT_EXPORT("ndis.sys", NdisMAllocateSharedMemoryAsyncEx);

/* The form of NDIS 5: the adapter's handle, and the completion handler of its DMA registration. */
NDIS_STATUS NTAPI NdisMAllocateSharedMemoryAsync(NDIS_HANDLE MiniportAdapterHandle, ULONG Length,
                                                 BOOLEAN Cached, PVOID Context)
{
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter || !RULE("NdisMAllocateSharedMemoryAsyncEx", adapter->sg_dma,
                          "NdisMAllocateSharedMemoryAsync needs NdisMRegisterScatterGatherDma "
                          "before it (before NDIS "
                          "6: NdisMInitializeScatterGatherDma or NdisMAllocateMapRegisters)"))
        return NDIS_STATUS_FAILURE;
    return NdisMAllocateSharedMemoryAsyncEx(adapter->sg_dma, Length, Cached, Context);
}
NT_EXPORT("ndis.sys", NdisMAllocateSharedMemoryAsync);

void ndis_shared_memory_drain(struct ndis_adapter *adapter)
{
    while (ndis_objects_count(adapter, kind_pending))
        thread_sleep(1000000);
}

/* --- by handle --- */

/* The pieces of the block as the device sees it. The block is one piece; drivers must cope with
 * more unless they asked for contiguous memory, so exploration may cut it at its pages. Returns how
 * many. */
static ULONG write_pieces(const struct shared_block *block, bool contiguous,
                          SCATTER_GATHER_LIST *list)
{
    ULONG size = contiguous || !ndis_sg_split_pages ? block->length : PAGE_SIZE, count = 0;
    for (ULONG at = 0; at < block->length; at += size, count++) {
        ULONG left = block->length - at;
        if (list)
            list->Elements[count] = (SCATTER_GATHER_ELEMENT){
                .Address.QuadPart = (LONGLONG)physmem_pa(block->va + at),
                .Length = left < size ? left : size,
            };
    }
    return count;
}

NDIS_STATUS NTAPI NdisAllocateSharedMemory(NDIS_HANDLE NdisHandle,
                                           PNDIS_SHARED_MEMORY_PARAMETERS SharedMemoryParameters,
                                           PNDIS_HANDLE pAllocationHandle)
{
    static const struct ndis_revision revisions[] = {
        {NDIS_SHARED_MEMORY_PARAMETERS_REVISION_1, NDIS_SIZEOF_SHARED_MEMORY_PARAMETERS_REVISION_1},
        {NDIS_SHARED_MEMORY_PARAMETERS_REVISION_2, NDIS_SIZEOF_SHARED_MEMORY_PARAMETERS_REVISION_2},
    };
    IRQL_EXACT(PASSIVE_LEVEL);
    NDIS_SHARED_MEMORY_PARAMETERS *p = SharedMemoryParameters;
    *pAllocationHandle = NULL;
    struct ndis_adapter *adapter = ndis_adapter_from_handle(NdisHandle, __func__);
    if (!adapter || !ndis_header_check(&p->Header, "NDIS_SHARED_MEMORY_PARAMETERS",
                                       NDIS_OBJECT_TYPE_DEFAULT, revisions, 2))
        return NDIS_STATUS_INVALID_PARAMETER;
    if (!RULE("NdisAllocateSharedMemory", adapter->sg_dma,
              "NdisAllocateSharedMemory needs NdisMRegisterScatterGatherDma before it"))
        return NDIS_STATUS_FAILURE;
    if (!p->Length)
        return NDIS_STATUS_INVALID_PARAMETER;
    struct shared_block *block = block_alloc(adapter, p->Length, true, NDIS_OBJECT_STACK);
    if (!block)
        return NDIS_STATUS_RESOURCES;
    bool contiguous = p->Flags & NDIS_SHARED_MEM_PARAMETERS_CONTIGUOUS;
    ULONG pieces = write_pieces(block, contiguous, NULL);
    size_t bytes =
        offsetof(SCATTER_GATHER_LIST, Elements) + pieces * sizeof(SCATTER_GATHER_ELEMENT);
    if (p->SGListBuffer && p->SGListBufferLength < bytes) {
        release(&block->object);
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    if (p->SGListBuffer) {
        p->SGListBuffer->NumberOfElements = pieces;
        p->SGListBuffer->Reserved = 0;
        write_pieces(block, contiguous, p->SGListBuffer);
    }
    p->VirtualAddress = block->va;
    p->SharedMemoryHandle = *pAllocationHandle = block;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisAllocateSharedMemory);

VOID NTAPI NdisFreeSharedMemory(NDIS_HANDLE NdisHandle, NDIS_HANDLE AllocationHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(NdisHandle, __func__);
    if (!adapter)
        return;
    struct shared_block *block =
        ndis_handle_is(AllocationHandle, BLOCK_MAGIC) ? AllocationHandle : NULL;
    if (RULE("NdisFreeSharedMemory", block && block->object.owner == adapter,
             "NdisFreeSharedMemory: %p is not shared memory that NdisAllocateSharedMemory gave to "
             "this adapter, or it is freed already",
             AllocationHandle))
        release(&block->object);
}
NT_EXPORT("ndis.sys", NdisFreeSharedMemory);
