/* SPDX-License-Identifier: MIT */
#include "ndis/dma.h"
#include "ndis/ndis_test.h"
#include "ndis/netbuffer.h"
#include "nt/physmem.h"

/* An MDL whose pages are at made-up physical places. */
struct fake {
    MDL mdl;
    PFN_NUMBER pfn[8];
};

static MDL *fake(struct fake *f, unsigned offset, unsigned bytes, const PFN_NUMBER *pfn, MDL *next)
{
    memset(f, 0, sizeof(*f));
    f->mdl.MdlFlags = MDL_PAGES_LOCKED;
    f->mdl.ByteOffset = offset;
    f->mdl.ByteCount = bytes;
    f->mdl.Next = next;
    for (unsigned i = 0; i < (offset + bytes + PAGE_SIZE - 1) / PAGE_SIZE; i++)
        f->pfn[i] = pfn[i];
    return &f->mdl;
}

TEST(sg_list_splits_at_pages_and_merges_neighbours, "")
{
    struct fake f, g;
    SCATTER_GATHER_ELEMENT e[8];
    /* Pages 5, 6 are neighbours; 9 is not. */
    MDL *mdl = fake(&f, 0xff0, 0x2010, (PFN_NUMBER[]){5, 6, 9}, NULL);
    CHECK_EQ(ndis_sg_map(mdl, 0x2010, false, e, 8), 2);
    CHECK_EQ(e[0].Address.QuadPart, 0x5ff0);
    CHECK_EQ(e[0].Length, 0x1010);
    CHECK_EQ(e[1].Address.QuadPart, 0x9000);
    CHECK_EQ(e[1].Length, 0x1000);
    CHECK_EQ(ndis_sg_map(mdl, 0x1020, false, e, 8), 2);
    CHECK_EQ(e[1].Length, 0x10);
    CHECK_EQ(ndis_sg_map(mdl, 0x2010, true, e, 8), 3);
    CHECK_EQ(e[0].Length, 0x10);
    /* Two MDLs are two elements, even if they touch. */
    MDL *second = fake(&g, 0x10, 0x20, (PFN_NUMBER[]){6}, NULL);
    mdl = fake(&f, 0, 0x10, (PFN_NUMBER[]){6}, second);
    CHECK_EQ(ndis_sg_map(mdl, 0x30, false, e, 8), 2);
    CHECK_EQ(e[1].Address.QuadPart, 0x6010);
    /* Only the pieces that fit are written. */
    memset(e, 0, sizeof(e));
    CHECK_EQ(ndis_sg_map(mdl, 0x30, false, e, 1), 2);
    CHECK_EQ(e[1].Length, 0);
    CHECK_EQ(ndis_sg_map(mdl, 0x30, false, NULL, 0), 2);
}

TEST(sg_list_needs_locked_memory_of_full_length, "")
{
    struct fake f;
    SCATTER_GATHER_ELEMENT e[8];
    MDL *mdl = fake(&f, 0, 100, (PFN_NUMBER[]){6}, NULL);
    CHECK_EQ(ndis_sg_map(mdl, 101, false, e, 8), 0);
    mdl->MdlFlags = 0;
    CHECK_EQ(ndis_sg_map(mdl, 100, false, e, 8), 0);
}

static struct {
    unsigned calls;
    KIRQL irql;
    SCATTER_GATHER_LIST *list;
    void *context;
} processed;

static VOID NTAPI process(PDEVICE_OBJECT pDO, PVOID Reserved, PSCATTER_GATHER_LIST pSGL,
                          PVOID Context)
{
    processed.calls++;
    processed.irql = irql_current();
    processed.list = pSGL;
    processed.context = Context;
}

static NDIS_HANDLE register_dma(struct ndis_adapter *adapter, NDIS_SG_DMA_DESCRIPTION *d)
{
    NDIS_HANDLE dma;
    memset(d, 0, sizeof(*d));
    ndis_header_set(&d->Header, NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION,
                    NDIS_SG_DMA_DESCRIPTION_REVISION_1, NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1);
    d->Flags = NDIS_SG_DMA_64_BIT_ADDRESS;
    d->MaximumPhysicalMapping = 65536;
    d->ProcessSGListHandler = process;
    CHECK_EQ(NdisMRegisterScatterGatherDma(adapter, d, &dma), NDIS_STATUS_SUCCESS);
    return dma;
}

static NET_BUFFER *frame(unsigned offset, unsigned length)
{
    NET_BUFFER_POOL_PARAMETERS p = {.PoolTag = 1};
    ndis_header_set(&p.Header, NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_POOL_PARAMETERS_REVISION_1,
                    NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1);
    return NdisAllocateNetBuffer(NdisAllocateNetBufferPool(NULL, &p), nb_mdl_with_memory(9000),
                                 offset, length);
}

TEST_NT(sg_list_is_delivered_at_dispatch_and_begins_at_the_current_mdl, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_SG_DMA_DESCRIPTION d;
    NDIS_HANDLE dma = register_dma(adapter, &d);
    CHECK(d.ScatterGatherListSize >=
          sizeof(SCATTER_GATHER_LIST) + 17 * sizeof(SCATTER_GATHER_ELEMENT));
    CHECK_EQ(NdisMGetDmaAlignment(adapter), 64);
    NET_BUFFER *nb = frame(100, 1500);
    void *buffer = nt_pool_alloc_system(d.ScatterGatherListSize, 1);

    for (unsigned later = 0; later < 2; later++) {
        ndis_sg_deliver_later = later;
        processed.calls = 0;
        KIRQL old = irql_raise(DISPATCH_LEVEL);
        CHECK_EQ(NdisMAllocateNetBufferSGList(dma, nb, &d, NDIS_SG_LIST_WRITE_TO_DEVICE, buffer,
                                              d.ScatterGatherListSize),
                 NDIS_STATUS_SUCCESS);
        CHECK_EQ(processed.calls, !later);
        irql_lower(old);
        CHECK_EQ(processed.calls, 1);
        CHECK_EQ(processed.irql, DISPATCH_LEVEL);
        CHECK(processed.list == buffer && processed.context == &d);
        CHECK_EQ(processed.list->NumberOfElements, 1);
        CHECK_EQ(processed.list->Elements[0].Address.QuadPart,
                 physmem_pa(nb_mdl_address(NET_BUFFER_FIRST_MDL(nb))));
        CHECK_EQ(processed.list->Elements[0].Length, 1600);
        old = irql_raise(DISPATCH_LEVEL);
        NdisMFreeNetBufferSGList(dma, processed.list, nb);
        irql_lower(old);
    }
    NdisMDeregisterScatterGatherDma(dma);
    CHECK(!adapter->sg_dma);
    CHECK_NO_VIOLATION();
}

TEST_NT(sg_list_of_a_small_buffer_is_ndis_own_memory, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_SG_DMA_DESCRIPTION d;
    NDIS_HANDLE dma = register_dma(adapter, &d);
    NET_BUFFER *nb = frame(0, 9000), *other = frame(0, 10);
    char buffer[64];
    ndis_sg_split_pages = true;
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    CHECK_EQ(NdisMAllocateNetBufferSGList(dma, nb, NULL, 0, buffer, sizeof(buffer)),
             NDIS_STATUS_SUCCESS);
    CHECK((void *)processed.list != buffer);
    CHECK(processed.list->NumberOfElements >= 3);
    CHECK_NO_VIOLATION();
    NdisMFreeNetBufferSGList(dma, processed.list, other);
    CHECK_EQ(nt_test_violations("NdisMFreeNetBufferSGList"), 1);
    irql_lower(old);
    /* The page allows DISPATCH_LEVEL only; the callback has it all the same. */
    CHECK_EQ(NdisMAllocateNetBufferSGList(dma, nb, NULL, 0, NULL, 0), NDIS_STATUS_SUCCESS);
    CHECK_EQ(processed.irql, DISPATCH_LEVEL);
    CHECK_EQ(nt_test_violations("Irql"), 1);
    CHECK_EQ(ndis_objects_report_leaks(adapter), 1);
    CHECK_EQ(test_leaks("1 lists allocated"), 1);
    CHECK(!adapter->sg_dma);
}

TEST_NT(sg_dma_needs_a_bus_master_and_a_known_revision, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_SG_DMA_DESCRIPTION d = {0};
    NDIS_HANDLE dma = adapter;
    CHECK_EQ(NdisMRegisterScatterGatherDma(adapter, &d, &dma), NDIS_STATUS_BAD_VERSION);
    CHECK(!dma);
    adapter->registration.AttributeFlags = 0;
    ndis_header_set(&d.Header, NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION,
                    NDIS_SG_DMA_DESCRIPTION_REVISION_1, NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1);
    d.ProcessSGListHandler = process;
    CHECK_EQ(NdisMRegisterScatterGatherDma(adapter, &d, &dma), NDIS_STATUS_NOT_SUPPORTED);
}

/* --- shared memory --- */

TEST_NT(shared_memory_is_where_the_device_sees_it, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_SG_DMA_DESCRIPTION d;
    register_dma(adapter, &d);
    PVOID va;
    NDIS_PHYSICAL_ADDRESS pa;
    NdisMAllocateSharedMemory(adapter, 5000, TRUE, &va, &pa);
    CHECK(va && physmem_va((uint64_t)pa.QuadPart, 5000) == va);
    CHECK_EQ((uintptr_t)va % PAGE_SIZE, 0);
    CHECK_EQ(ndis_objects_count(adapter, NULL), 2);
    NdisMFreeSharedMemory(adapter, 5000, TRUE, va, pa);
    CHECK_NO_VIOLATION();
    NdisMAllocateSharedMemory(adapter, 100, TRUE, &va, &pa);
    NdisMFreeSharedMemory(adapter, 200, TRUE, va, pa);
    CHECK_EQ(nt_test_violations("NdisMFreeSharedMemory"), 1);
    NdisMAllocateSharedMemory(adapter, 100, TRUE, &va, &pa);
    ndis_objects_report_leaks(adapter);
    CHECK_EQ(test_leaks("100 bytes"), 1);
    NdisMAllocateSharedMemory(adapter, 100, TRUE, &va, &pa);
    CHECK(!va); /* no DMA registration any more */
}

TEST_NT_BUGCHECK(shared_memory_at_raised_irql_stops, "R-434", 0x7c, 0x01)
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_SG_DMA_DESCRIPTION d;
    register_dma(adapter, &d);
    PVOID va;
    NDIS_PHYSICAL_ADDRESS pa;
    irql_raise(DISPATCH_LEVEL);
    NdisMAllocateSharedMemory(adapter, 100, TRUE, &va, &pa);
}

TEST_NT_BUGCHECK(shared_memory_freed_twice_stops, "", 0x7c, 0x03)
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_SG_DMA_DESCRIPTION d;
    register_dma(adapter, &d);
    PVOID va;
    NDIS_PHYSICAL_ADDRESS pa;
    NdisMAllocateSharedMemory(adapter, 100, TRUE, &va, &pa);
    NdisMFreeSharedMemory(adapter, 100, TRUE, va, pa);
    NdisMFreeSharedMemory(adapter, 100, TRUE, va, pa);
}

static struct {
    KEVENT done;
    KIRQL irql;
    void *context, *va;
    NDIS_PHYSICAL_ADDRESS pa;
    ULONG length;
} completion;

static VOID NTAPI shared_complete(NDIS_HANDLE MiniportAdapterContext, PVOID VirtualAddress,
                                  PNDIS_PHYSICAL_ADDRESS PhysicalAddress, ULONG Length,
                                  PVOID Context)
{
    completion.irql = irql_current();
    completion.context = Context;
    completion.va = VirtualAddress;
    completion.pa = *PhysicalAddress;
    completion.length = Length;
    event_set(&completion.done);
}

TEST_NT(asynchronous_shared_memory_is_handed_over_at_passive_level, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_SG_DMA_DESCRIPTION d;
    NDIS_HANDLE dma = register_dma(adapter, &d);
    event_init(&completion.done, true, false);
    CHECK_EQ(NdisMAllocateSharedMemoryAsyncEx(dma, 300, TRUE, &d), NDIS_STATUS_FAILURE);
    CHECK_EQ(nt_test_violations("NdisMAllocateSharedMemoryAsyncEx"), 1);
    adapter->sg_dma->shared_memory_complete = shared_complete;
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    CHECK_EQ(NdisMAllocateSharedMemoryAsyncEx(dma, 300, TRUE, &d), NDIS_STATUS_PENDING);
    irql_lower(old);
    CHECK_EQ(thread_wait(&completion.done, UINT64_MAX), STATUS_SUCCESS);
    CHECK_EQ(completion.irql, PASSIVE_LEVEL);
    CHECK(completion.context == &d && completion.va && completion.length == 300);
    NdisMFreeSharedMemory(adapter, 300, TRUE, completion.va, completion.pa);
    CHECK_EQ(test_violations(), 1);
}

/* --- by handle --- */

static NDIS_SHARED_MEMORY_PARAMETERS shared_parameters(ULONG length, SCATTER_GATHER_LIST *list,
                                                       ULONG list_length)
{
    NDIS_SHARED_MEMORY_PARAMETERS p = {.Length = length,
                                       .QueueId = 1,
                                       .Usage = NdisSharedMemoryUsageReceive,
                                       .SGListBuffer = list,
                                       .SGListBufferLength = list_length};
    ndis_header_set(&p.Header, NDIS_OBJECT_TYPE_DEFAULT, NDIS_SHARED_MEMORY_PARAMETERS_REVISION_1,
                    NDIS_SIZEOF_SHARED_MEMORY_PARAMETERS_REVISION_1);
    return p;
}

TEST_NT(shared_memory_by_handle_says_its_physical_pieces, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_SG_DMA_DESCRIPTION d;
    NDIS_HANDLE dma = register_dma(adapter, &d), handle;
    uint8_t buffer[sizeof(SCATTER_GATHER_LIST) + 3 * sizeof(SCATTER_GATHER_ELEMENT)];
    SCATTER_GATHER_LIST *list = (void *)buffer;
    for (unsigned split = 0; split < 2; split++) {
        ndis_sg_split_pages = split;
        NDIS_SHARED_MEMORY_PARAMETERS p = shared_parameters(9000, list, sizeof(buffer));
        CHECK_EQ(NdisAllocateSharedMemory(adapter, &p, &handle), NDIS_STATUS_SUCCESS);
        CHECK(handle && p.SharedMemoryHandle && p.VirtualAddress);
        CHECK_EQ(list->NumberOfElements, split ? 3 : 1);
        CHECK_EQ(list->Elements[0].Address.QuadPart, physmem_pa(p.VirtualAddress));
        ULONG sum = 0;
        for (ULONG i = 0; i < list->NumberOfElements; i++)
            sum += list->Elements[i].Length;
        CHECK_EQ(sum, 9000);
        NdisFreeSharedMemory(adapter, handle);
        p.Flags = NDIS_SHARED_MEM_PARAMETERS_CONTIGOUS;
        CHECK_EQ(NdisAllocateSharedMemory(adapter, &p, &handle), NDIS_STATUS_SUCCESS);
        CHECK_EQ(list->NumberOfElements, 1);
        NdisFreeSharedMemory(adapter, handle);
    }
    NdisMDeregisterScatterGatherDma(dma);
    CHECK_EQ(ndis_objects_report_leaks(adapter), 0);
    CHECK_NO_VIOLATION();
}

TEST_NT(shared_memory_by_handle_refuses_what_it_cannot_do, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_SG_DMA_DESCRIPTION d;
    NDIS_HANDLE handle = &d;
    SCATTER_GATHER_LIST list;
    NDIS_SHARED_MEMORY_PARAMETERS p = shared_parameters(4096, NULL, 0);
    CHECK_EQ(NdisAllocateSharedMemory(adapter, &p, &handle), NDIS_STATUS_FAILURE);
    CHECK(!handle);
    CHECK_EQ(nt_test_violations("NdisAllocateSharedMemory"), 1); /* no DMA yet */
    register_dma(adapter, &d);
    p = shared_parameters(4096, &list, offsetof(SCATTER_GATHER_LIST, Elements));
    CHECK_EQ(NdisAllocateSharedMemory(adapter, &p, &handle), NDIS_STATUS_INVALID_PARAMETER);
    p = shared_parameters(0, NULL, 0);
    CHECK_EQ(NdisAllocateSharedMemory(adapter, &p, &handle), NDIS_STATUS_INVALID_PARAMETER);
    p = shared_parameters(512u << 20, NULL, 0);
    CHECK_EQ(NdisAllocateSharedMemory(adapter, &p, &handle), NDIS_STATUS_RESOURCES);
    CHECK(!handle);
    p = shared_parameters(4096, NULL, 0);
    CHECK_EQ(NdisAllocateSharedMemory(adapter, &p, &handle), NDIS_STATUS_SUCCESS);
    NdisFreeSharedMemory(adapter, p.VirtualAddress); /* not the handle */
    CHECK_EQ(nt_test_violations("NdisFreeSharedMemory"), 1);
    CHECK_EQ(ndis_objects_report_leaks(adapter), 2);
    CHECK_EQ(test_leaks("shared memory handle"), 1);
}
