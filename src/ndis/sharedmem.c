/* SPDX-License-Identifier: MIT */
/* sharedmem.c - NdisMAllocateSharedMemory, its asynchronous form, and NdisMFreeSharedMemory. */
#include "ndis/sharedmem.h"
#include "ndis/dma.h"
#include "ndis/worker.h"
#include "nt/physmem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kind_shared[] = "shared memory", kind_pending[] = "shared memory allocation";

struct shared_block {
    struct ndis_object object;
    uint32_t length;
    size_t pages;
};

/* Fresh memory is not zeroed on Windows either: AllocateCommonBuffer promises nothing about its
 * content. */
#define FRESH 0xcd

static void describe(const struct ndis_object *object, char *out, size_t size)
{
    snprintf(out, size, "%u bytes", ((const struct shared_block *)object)->length);
}

static void release(struct ndis_object *object)
{
    struct shared_block *block = (struct shared_block *)object;
    ndis_object_remove(object);
    physmem_free((void *)object->pointer, block->pages);
    free(block);
}

static struct shared_block *block_alloc(struct ndis_adapter *adapter, uint32_t length,
                                        enum ndis_object_stack stack)
{
    struct shared_block *block = length ? calloc(1, sizeof(*block)) : NULL;
    if (!block)
        return NULL;
    block->length = length;
    block->pages = ((size_t)length + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1);
    void *va = physmem_alloc(block->pages, adapter->sg_dma->address64 ? UINT64_MAX : UINT32_MAX,
                             PAGE_SIZE, 0);
    if (!va) {
        free(block);
        return NULL;
    }
    memset(va, FRESH, block->pages);
    block->object.describe = describe;
    block->object.reclaim = release;
    ndis_object_add(&block->object, adapter, kind_shared, va, stack);
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
         "NdisMAllocateSharedMemory is called from MiniportInitializeEx only; later there is "
         "NdisMAllocateSharedMemoryAsyncEx");
    if (!RULE("NdisMAllocateSharedMemory", adapter->sg_dma,
              "NdisMAllocateSharedMemory needs NdisMRegisterScatterGatherDma before it (before NDIS 6: "
              "NdisMInitializeScatterGatherDma or NdisMAllocateMapRegisters)"))
        return;
    struct shared_block *block = block_alloc(adapter, Length, NDIS_OBJECT_STACK);
    if (!block)
        return;
    *VirtualAddress = (void *)block->object.pointer;
    PhysicalAddress->QuadPart = (LONGLONG)physmem_pa(block->object.pointer);
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
         "NdisMFreeSharedMemory is not called from MiniportShutdownEx");
    struct shared_block *block =
        (struct shared_block *)ndis_object_find(kind_shared, VirtualAddress);
    if (!block || block->object.owner != adapter)
        bugcheck(0x7c, 0x03, (uint64_t)(uintptr_t)adapter,
                 (uint64_t)(uintptr_t)VirtualAddress & ~(uint64_t)(PAGE_SIZE - 1),
                 (uint64_t)(uintptr_t)VirtualAddress,
                 "NdisMFreeSharedMemory(%p): the adapter has no shared memory there; it was freed "
                 "before, or never allocated",
                 VirtualAddress);
    uint64_t pa = physmem_pa(VirtualAddress);
    RULE("NdisMFreeSharedMemory",
         Length == block->length && (uint64_t)PhysicalAddress.QuadPart == pa,
         "NdisMFreeSharedMemory(%p): Length %u and PhysicalAddress 0x%llx must be those of the "
         "allocation, %u and 0x%llx",
         VirtualAddress, Length, (unsigned long long)PhysicalAddress.QuadPart, block->length,
         (unsigned long long)pa);
    release(&block->object);
}
NT_EXPORT("ndis.sys", NdisMFreeSharedMemory);

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
    struct shared_block *block = block_alloc(adapter, pending->length, NDIS_OBJECT_CALLER);
    NDIS_PHYSICAL_ADDRESS pa = {.QuadPart = 0};
    void *va = NULL;
    if (block) {
        va = (void *)block->object.pointer;
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
    if (!adapter ||
        !RULE("NdisMAllocateSharedMemoryAsyncEx", adapter->sg_dma,
              "NdisMAllocateSharedMemoryAsync needs NdisMRegisterScatterGatherDma before it (before NDIS "
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
