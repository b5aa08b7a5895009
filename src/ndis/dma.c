/* SPDX-License-Identifier: MIT */
/* dma.c - scatter/gather DMA: registration, and lists for NET_BUFFERs. */
#include "ndis/dma.h"
#include "nt/physmem.h"
#include "nt/opaque.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ndis_sg_split_pages;
bool ndis_sg_deliver_later;

static const char kind_dma[] = "scatter/gather DMA";
static const uint32_t list_tag = 0x6c67534e; /* "NSgl" */

#define RECORD_LIVE 0x524c4753u /* "SGLR" */
#define RECORD_DONE 0x444c4753u
#define UP8(n)      (((n) + 7) & ~(size_t)7)

/* Behind the elements of every list, in the same memory; SCATTER_GATHER_LIST.Reserved points to it.
 */
struct sg_record {
    uint32_t magic;
    bool own_memory; /* the list is ours, not the driver's buffer */
    bool to_device;
    struct ndis_sg_dma *dma;
    NET_BUFFER *nb;
    MDL *mdl;
    uint32_t bytes;
    uint32_t bounce_bytes;
    uint8_t *bounce; /* data copied to where a 32-bit device reaches it */
    void *context;
    KDPC dpc;
};

size_t ndis_sg_map(MDL *chain, uint32_t bytes, bool split_pages, SCATTER_GATHER_ELEMENT *elements,
                   size_t max)
{
    size_t count = 0;
    for (MDL *mdl = chain; bytes; mdl = mdl->Next) {
        if (!mdl ||
            !(mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARTIAL)))
            return 0;
        const PFN_NUMBER *pfn = MmGetMdlPfnArray(mdl);
        uint32_t left = mdl->ByteCount < bytes ? mdl->ByteCount : bytes;
        uint32_t in_page = mdl->ByteOffset;
        uint64_t end = UINT64_MAX; /* where the last element of this MDL ends */
        bytes -= left;
        for (; left; pfn++, in_page = 0) {
            uint32_t n = PAGE_SIZE - in_page < left ? PAGE_SIZE - in_page : left;
            uint64_t pa = (uint64_t)*pfn * PAGE_SIZE + in_page;
            if (pa == end && !split_pages) {
                if (count <= max)
                    elements[count - 1].Length += n;
            } else {
                if (count < max)
                    elements[count] =
                        (SCATTER_GATHER_ELEMENT){.Address.QuadPart = (LONGLONG)pa, .Length = n};
                count++;
            }
            end = pa + n;
            left -= n;
        }
    }
    return count;
}

static size_t list_bytes(size_t elements)
{
    return UP8(offsetof(SCATTER_GATHER_LIST, Elements) +
               elements * sizeof(SCATTER_GATHER_ELEMENT)) +
           sizeof(struct sg_record);
}

/* --- registration --- */

static void describe(const struct ndis_object *object, char *out, size_t size)
{
    const struct ndis_sg_dma *dma =
        (const struct ndis_sg_dma *)((const char *)object - offsetof(struct ndis_sg_dma, object));
    snprintf(out, size, "%u lists allocated", dma->lists);
}

static void release(struct ndis_object *object)
{
    struct ndis_sg_dma *dma =
        (struct ndis_sg_dma *)((char *)object - offsetof(struct ndis_sg_dma, object));
    ndis_object_remove(object);
    if (dma->adapter->sg_dma == dma)
        dma->adapter->sg_dma = NULL;
    dma->magic = 0;
    /* Lists that are still out point here. */
    if (!dma->lists)
        opaque_free(dma);
}

NDIS_STATUS NTAPI NdisMRegisterScatterGatherDma(NDIS_HANDLE MiniportAdapterHandle,
                                                PNDIS_SG_DMA_DESCRIPTION DmaDescription,
                                                PNDIS_HANDLE NdisMiniportDmaHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    static const struct ndis_revision revisions[] = {
        {NDIS_SG_DMA_DESCRIPTION_REVISION_1, NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1}};
    *NdisMiniportDmaHandle = NULL;
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return NDIS_STATUS_FAILURE;
    if (!ndis_header_check(&DmaDescription->Header, "NDIS_SG_DMA_DESCRIPTION",
                           NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION, revisions, 1))
        return NDIS_STATUS_BAD_VERSION;
    RULE("Init_RegisterSG", ndis_in_initialize(adapter),
         "NdisMRegisterScatterGatherDma is called from MiniportInitializeEx only");
    if (!RULE(
            "NdisMRegisterScatterGatherDma",
            adapter->registration.AttributeFlags & NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER,
            "NdisMRegisterScatterGatherDma: the registration attributes (AttributeFlags 0x%x) lack "
            "NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER",
            adapter->registration.AttributeFlags))
        return NDIS_STATUS_NOT_SUPPORTED;
    if (!RULE("NdisMRegisterScatterGatherDma", !adapter->sg_dma,
              "NdisMRegisterScatterGatherDma: the adapter is registered already"))
        return NDIS_STATUS_FAILURE;
    RULE("NdisMRegisterScatterGatherDma", DmaDescription->ProcessSGListHandler,
         "NdisMRegisterScatterGatherDma: ProcessSGListHandler is NULL");
    struct ndis_sg_dma *dma = opaque_alloc(sizeof(*dma));
    if (!dma)
        return NDIS_STATUS_RESOURCES;
    dma->magic = NDIS_SG_DMA_MAGIC;
    dma->adapter = adapter;
    dma->address64 = DmaDescription->Flags & NDIS_SG_DMA_64_BIT_ADDRESS;
    dma->process = DmaDescription->ProcessSGListHandler;
    dma->shared_memory_complete = DmaDescription->SharedMemAllocateCompleteHandler;
    dma->maximum_mapping = DmaDescription->MaximumPhysicalMapping;
    /* One element per page that the longest transfer can touch, and some for MDLs that end inside
     * one. */
    dma->list_bytes = (uint32_t)list_bytes(dma->maximum_mapping / PAGE_SIZE + 2 + 14);
    DmaDescription->ScatterGatherListSize = dma->list_bytes;
    dma->object.describe = describe;
    dma->object.reclaim = release;
    adapter->sg_dma = dma;
    ndis_object_add(&dma->object, adapter, kind_dma, dma, NDIS_OBJECT_STACK);
    *NdisMiniportDmaHandle = dma;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMRegisterScatterGatherDma);

static struct ndis_sg_dma *dma_from(NDIS_HANDLE handle, const char *function)
{
    if (ndis_handle_is(handle, NDIS_SG_DMA_MAGIC))
        return handle;
    violation(function,
              "%s: %p is not a handle from NdisMRegisterScatterGatherDma, or is deregistered",
              function, handle);
    return NULL;
}

VOID NTAPI NdisMDeregisterScatterGatherDma(NDIS_HANDLE NdisMiniportDmaHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_sg_dma *dma = dma_from(NdisMiniportDmaHandle, __func__);
    if (!dma)
        return;
    RULE("NdisMDeregisterScatterGatherDma", !dma->lists,
         "NdisMDeregisterScatterGatherDma: %u scatter/gather lists were not freed before",
         dma->lists);
    release(&dma->object);
}
NT_EXPORT("ndis.sys", NdisMDeregisterScatterGatherDma);

ULONG NTAPI NdisMGetDmaAlignment(NDIS_HANDLE MiniportAdapterHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (adapter)
        RULE("NdisMGetDmaAlignment", adapter->sg_dma,
             "NdisMGetDmaAlignment needs NdisMRegisterScatterGatherDma before it");
    return NdisGetSharedDataAlignment();
}
NT_EXPORT("ndis.sys", NdisMGetDmaAlignment);

/* --- lists --- */

/* Puts the data where 32 address bits reach it. The list becomes one element. */
static bool bounce(struct sg_record *record, SCATTER_GATHER_LIST *list)
{
    size_t pages = (record->bytes + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1);
    uint8_t *copy = physmem_alloc(pages, UINT32_MAX, PAGE_SIZE, 0);
    if (!copy)
        return false;
    if (record->to_device) {
        uint32_t at = 0;
        for (MDL *mdl = record->mdl; mdl && at < record->bytes; mdl = mdl->Next) {
            uint32_t n = mdl->ByteCount < record->bytes - at ? mdl->ByteCount : record->bytes - at;
            memcpy(copy + at, MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority), n);
            at += n;
        }
    }
    record->bounce = copy;
    record->bounce_bytes = (uint32_t)pages;
    list->NumberOfElements = 1;
    list->Elements[0].Address.QuadPart = (LONGLONG)physmem_pa(copy);
    list->Elements[0].Length = record->bytes;
    return true;
}

static void bounce_back(struct sg_record *record)
{
    if (!record->bounce)
        return;
    if (!record->to_device) {
        uint32_t at = 0;
        for (MDL *mdl = record->mdl; mdl && at < record->bytes; mdl = mdl->Next) {
            uint32_t n = mdl->ByteCount < record->bytes - at ? mdl->ByteCount : record->bytes - at;
            memcpy(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority), record->bounce + at, n);
            at += n;
        }
    }
    physmem_free(record->bounce, record->bounce_bytes);
    record->bounce = NULL;
}

static void NTAPI deliver(KDPC *dpc, void *context, void *list, void *unused)
{
    struct sg_record *record = context;
    DRIVER_CALL(record->dma->process, NULL, NULL, list, record->context);
}

NDIS_STATUS NTAPI NdisMAllocateNetBufferSGList(NDIS_HANDLE NdisMiniportDmaHandle,
                                               PNET_BUFFER NetBuffer, PVOID Context, ULONG Flags,
                                               PVOID ScatterGatherListBuffer,
                                               ULONG ScatterGatherListBufferSize)
{
    IRQL_EXACT(DISPATCH_LEVEL);
    struct ndis_sg_dma *dma = dma_from(NdisMiniportDmaHandle, __func__);
    if (!dma)
        return NDIS_STATUS_FAILURE;
    MDL *mdl = NET_BUFFER_CURRENT_MDL(NetBuffer);
    uint32_t bytes = NET_BUFFER_CURRENT_MDL_OFFSET(NetBuffer) + NET_BUFFER_DATA_LENGTH(NetBuffer);
    size_t count = mdl ? ndis_sg_map(mdl, bytes, ndis_sg_split_pages, NULL, 0) : 0;
    if (!RULE("NdisMAllocateNetBufferSGList", count,
              "NdisMAllocateNetBufferSGList: the MDL chain of NET_BUFFER %p does not hold its %u "
              "bytes "
              "(CurrentMdl %p, CurrentMdlOffset %u, DataLength %u), or is not locked",
              (void *)NetBuffer, bytes, (void *)mdl, NET_BUFFER_CURRENT_MDL_OFFSET(NetBuffer),
              NET_BUFFER_DATA_LENGTH(NetBuffer)))
        return NDIS_STATUS_FAILURE;

    size_t need = list_bytes(count);
    bool own = !ScatterGatherListBuffer || ScatterGatherListBufferSize < need ||
               (uintptr_t)ScatterGatherListBuffer % sizeof(void *);
    SCATTER_GATHER_LIST *list =
        own ? nt_pool_alloc_system(need, list_tag) : ScatterGatherListBuffer;
    if (!list)
        return NDIS_STATUS_RESOURCES;
    struct sg_record *record = (struct sg_record *)((uint8_t *)list + need - sizeof(*record));
    memset(record, 0, sizeof(*record));
    record->magic = RECORD_LIVE;
    record->own_memory = own;
    record->to_device = Flags & NDIS_SG_LIST_WRITE_TO_DEVICE;
    record->dma = dma;
    record->nb = NetBuffer;
    record->mdl = mdl;
    record->bytes = bytes;
    record->context = Context;
    list->NumberOfElements = (ULONG)count;
    list->Reserved = (ULONG_PTR)record;
    ndis_sg_map(mdl, bytes, ndis_sg_split_pages, list->Elements, count);
    for (size_t i = 0; !dma->address64 && i < count; i++) {
        if ((uint64_t)list->Elements[i].Address.QuadPart + list->Elements[i].Length <=
            (uint64_t)UINT32_MAX + 1)
            continue;
        if (!bounce(record, list)) {
            record->magic = RECORD_DONE;
            if (own)
                nt_pool_free(list);
            return NDIS_STATUS_RESOURCES;
        }
        break;
    }
    dma->lists++;
    if (ndis_sg_deliver_later) {
        dpc_init(&record->dpc, deliver, record, -1);
        dpc_insert(&record->dpc, list, NULL);
        return NDIS_STATUS_SUCCESS;
    }
    KIRQL old = irql_current();
    if (old < DISPATCH_LEVEL)
        irql_raise(DISPATCH_LEVEL);
    deliver(NULL, record, list, NULL);
    if (old < DISPATCH_LEVEL)
        irql_lower(old);
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMAllocateNetBufferSGList);

VOID NTAPI NdisMFreeNetBufferSGList(NDIS_HANDLE NdisMiniportDmaHandle, PSCATTER_GATHER_LIST pSGL,
                                    PNET_BUFFER NetBuffer)
{
    IRQL_EXACT(DISPATCH_LEVEL);
    struct sg_record *record = pSGL ? (struct sg_record *)pSGL->Reserved : NULL;
    if (!RULE("NdisMFreeNetBufferSGList", ndis_handle_is(record, RECORD_LIVE),
              "NdisMFreeNetBufferSGList: %p is not a scatter/gather list of "
              "NdisMAllocateNetBufferSGList, "
              "or is already freed",
              (void *)pSGL))
        return;
    RULE("NdisMFreeNetBufferSGList", record->dma == NdisMiniportDmaHandle,
         "NdisMFreeNetBufferSGList: list %p was allocated with DMA handle %p, not %p", (void *)pSGL,
         (void *)record->dma, NdisMiniportDmaHandle);
    RULE("NdisMFreeNetBufferSGList", record->nb == NetBuffer,
         "NdisMFreeNetBufferSGList: list %p belongs to NET_BUFFER %p, not %p", (void *)pSGL,
         (void *)record->nb, (void *)NetBuffer);
    struct ndis_sg_dma *dma = record->dma;
    bounce_back(record);
    record->magic = RECORD_DONE;
    bool own = record->own_memory;
    if (own)
        nt_pool_free(pSGL);
    if (--dma->lists == 0 && dma->magic != NDIS_SG_DMA_MAGIC)
        opaque_free(dma);
}
NT_EXPORT("ndis.sys", NdisMFreeNetBufferSGList);
