/* SPDX-License-Identifier: MIT */
#include "ndis/ndis_test.h"
#include "ndis/netbuffer.h"

static NDIS_HANDLE list_pool(NDIS_HANDLE handle, bool with_buffer, unsigned context, unsigned data)
{
    NET_BUFFER_LIST_POOL_PARAMETERS p = {.fAllocateNetBuffer = with_buffer,
                                         .ContextSize = (USHORT)context,
                                         .PoolTag = 0x74736574,
                                         .DataSize = data};
    ndis_header_set(&p.Header, NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
                    NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1);
    return NdisAllocateNetBufferListPool(handle, &p);
}

static NDIS_HANDLE buffer_pool(NDIS_HANDLE handle, unsigned data)
{
    NET_BUFFER_POOL_PARAMETERS p = {.PoolTag = 0x74736574, .DataSize = data};
    ndis_header_set(&p.Header, NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_POOL_PARAMETERS_REVISION_1,
                    NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1);
    return NdisAllocateNetBufferPool(handle, &p);
}

/* An MDL of n bytes that count up from `first`. */
static MDL *counting(unsigned n, uint8_t first)
{
    MDL *mdl = nb_mdl_with_memory(n);
    uint8_t *data = nb_mdl_address(mdl);
    for (unsigned i = 0; i < n; i++)
        data[i] = (uint8_t)(first + i);
    return mdl;
}

/* A list with one NET_BUFFER over three MDLs of 10, 20 and 30 bytes that hold 0..59; data [offset,
 * offset+length). */
static NET_BUFFER_LIST *sixty(unsigned offset, unsigned length)
{
    MDL *a = counting(10, 0), *b = counting(20, 10), *c = counting(30, 30);
    a->Next = b;
    b->Next = c;
    static NDIS_HANDLE pool;
    if (!pool)
        pool = list_pool(NULL, true, 0, 0);
    return NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, a, offset, length);
}

static bool counts(const NET_BUFFER *nb, unsigned first, unsigned length)
{
    uint8_t bytes[256];
    if (NET_BUFFER_DATA_LENGTH(nb) != length || nb_read(nb, 0, bytes, sizeof(bytes)) != length)
        return false;
    for (unsigned i = 0; i < length; i++)
        if (bytes[i] != first + i)
            return false;
    return true;
}

TEST_NT(net_buffer_current_mdl_is_where_data_starts, "")
{
    NET_BUFFER *nb = sixty(12, 40)->FirstNetBuffer;
    CHECK(NET_BUFFER_CURRENT_MDL(nb) == NET_BUFFER_FIRST_MDL(nb)->Next);
    CHECK_EQ(NET_BUFFER_CURRENT_MDL_OFFSET(nb), 2);
    CHECK(counts(nb, 12, 40));
    /* An offset at the end of an MDL is the start of the next. */
    nb = sixty(10, 1)->FirstNetBuffer;
    CHECK(NET_BUFFER_CURRENT_MDL(nb) == NET_BUFFER_FIRST_MDL(nb)->Next);
    CHECK_EQ(NET_BUFFER_CURRENT_MDL_OFFSET(nb), 0);
    CHECK_NO_VIOLATION();
}

TEST_NT(net_buffer_data_must_lie_in_its_mdl_chain, "")
{
    CHECK(sixty(0, 60));
    CHECK(!sixty(1, 60));
    CHECK(!sixty(61, 0));
    CHECK_EQ(nt_test_violations("NdisAllocateNetBuffer"), 2);
}

TEST_NT(advance_and_retreat_move_through_the_chain, "")
{
    NET_BUFFER *nb = sixty(5, 55)->FirstNetBuffer;
    NdisAdvanceNetBufferDataStart(nb, 30, FALSE, NULL);
    CHECK(counts(nb, 35, 25));
    CHECK(NET_BUFFER_CURRENT_MDL(nb) == NET_BUFFER_FIRST_MDL(nb)->Next->Next);
    CHECK_EQ(NdisRetreatNetBufferDataStart(nb, 35, 0, NULL), NDIS_STATUS_SUCCESS);
    CHECK(counts(nb, 0, 60));
    CHECK_EQ(NET_BUFFER_DATA_OFFSET(nb), 0);
    /* Everything can be given back, and claimed again. */
    NdisAdvanceNetBufferDataStart(nb, 60, FALSE, NULL);
    CHECK_EQ(NET_BUFFER_DATA_LENGTH(nb), 0);
    CHECK_EQ(NdisRetreatNetBufferDataStart(nb, 60, 0, NULL), NDIS_STATUS_SUCCESS);
    CHECK(counts(nb, 0, 60));
    CHECK_NO_VIOLATION();
    NdisAdvanceNetBufferDataStart(nb, 61, FALSE, NULL);
    CHECK_EQ(nt_test_violations("NdisAdvanceNetBufferDataStart"), 1);
}

TEST_NT(retreat_without_room_puts_an_mdl_in_front_and_advance_frees_it, "")
{
    NET_BUFFER *nb = sixty(4, 50)->FirstNetBuffer;
    MDL *first = NET_BUFFER_FIRST_MDL(nb);
    CHECK_EQ(NdisRetreatNetBufferDataStart(nb, 14, 6, NULL), NDIS_STATUS_SUCCESS);
    CHECK(NET_BUFFER_FIRST_MDL(nb) != first && NET_BUFFER_FIRST_MDL(nb)->Next == first);
    /* 4 bytes were there, 10 lack, 6 are the back fill. */
    CHECK_EQ(NET_BUFFER_FIRST_MDL(nb)->ByteCount, 16);
    CHECK_EQ(NET_BUFFER_DATA_OFFSET(nb), 6);
    CHECK_EQ(NET_BUFFER_DATA_LENGTH(nb), 64);
    uint8_t byte;
    CHECK_EQ(nb_read(nb, 14, &byte, 1), 1);
    CHECK_EQ(byte, 4);
    /* The back fill serves the next retreat. */
    CHECK_EQ(NdisRetreatNetBufferDataStart(nb, 6, 0, NULL), NDIS_STATUS_SUCCESS);
    CHECK_EQ(NET_BUFFER_DATA_OFFSET(nb), 0);
    NdisAdvanceNetBufferDataStart(nb, 20, TRUE, NULL);
    CHECK(NET_BUFFER_FIRST_MDL(nb) == first);
    CHECK_EQ(NET_BUFFER_DATA_OFFSET(nb), 4);
    CHECK(counts(nb, 4, 50));
    /* MDLs that nobody put there stay. */
    NdisAdvanceNetBufferDataStart(nb, 30, TRUE, NULL);
    CHECK(NET_BUFFER_FIRST_MDL(nb) == first);
    CHECK_NO_VIOLATION();
}

static unsigned driver_mdls;
static PMDL NTAPI driver_allocate(PULONG BufferSize)
{
    driver_mdls++;
    return nb_mdl_with_memory(*BufferSize + 8);
}
static VOID NTAPI driver_free(PMDL Mdl)
{
    driver_mdls--;
    nb_mdl_with_memory_free(Mdl);
}

TEST_NT(retreat_and_advance_use_the_drivers_mdl_functions, "")
{
    NET_BUFFER_LIST *nbl = sixty(0, 60);
    NET_BUFFER *nb = nbl->FirstNetBuffer;
    CHECK_EQ(NdisRetreatNetBufferListDataStart(nbl, 14, 0, driver_allocate, driver_free),
             NDIS_STATUS_SUCCESS);
    CHECK_EQ(driver_mdls, 1);
    CHECK_EQ(NET_BUFFER_DATA_OFFSET(nb), 8); /* what the driver's MDL has beyond the request */
    NdisAdvanceNetBufferListDataStart(nbl, 14, TRUE, driver_free);
    CHECK_EQ(driver_mdls, 0);
    CHECK(counts(nb, 0, 60));
    CHECK_NO_VIOLATION();
}

TEST_NT(get_data_buffer_copies_only_what_is_split_or_misaligned, "")
{
    NET_BUFFER *nb = sixty(0, 60)->FirstNetBuffer;
    uint8_t storage[64];
    uint8_t *base = nb_mdl_address(NET_BUFFER_FIRST_MDL(nb));
    CHECK(NdisGetDataBuffer(nb, 10, storage, 1, 0) == base);
    CHECK(NdisGetDataBuffer(nb, 10, NULL, 1, 0) == base);
    CHECK(NdisGetDataBuffer(nb, 11, NULL, 1, 0) == NULL);
    CHECK(NdisGetDataBuffer(nb, 11, storage, 1, 0) == storage);
    CHECK_EQ(storage[10], 10);
    CHECK(NdisGetDataBuffer(nb, 61, storage, 1, 0) == NULL);
    /* Pool memory is aligned to 16: an offset of 1 is not met. */
    CHECK(NdisGetDataBuffer(nb, 4, NULL, 4, 1) == NULL);
    CHECK(NdisGetDataBuffer(nb, 4, storage, 4, 1) == storage);
    NdisAdvanceNetBufferDataStart(nb, 1, FALSE, NULL);
    CHECK(NdisGetDataBuffer(nb, 4, NULL, 4, 1) == base + 1);
    CHECK_NO_VIOLATION();
    NdisGetDataBuffer(nb, 4, NULL, 3, 0);
    CHECK_EQ(nt_test_violations("NdisGetDataBuffer"), 1);
}

TEST_NT(copy_between_net_buffers_ends_with_data_or_memory, "")
{
    NET_BUFFER *from = sixty(5, 40)->FirstNetBuffer, *to = sixty(0, 0)->FirstNetBuffer;
    ULONG copied = 99;
    CHECK_EQ(NdisCopyFromNetBufferToNetBuffer(to, 3, 100, from, 2, &copied), NDIS_STATUS_SUCCESS);
    CHECK_EQ(copied, 38);
    NET_BUFFER_DATA_LENGTH(to) = 41;
    uint8_t bytes[41];
    CHECK_EQ(nb_read(to, 0, bytes, 41), 41);
    CHECK_EQ(bytes[2], 2);
    CHECK_EQ(bytes[3], 7);
    CHECK_EQ(bytes[40], 44);
    CHECK_EQ(NdisCopyFromNetBufferToNetBuffer(to, 50, 20, from, 0, &copied), NDIS_STATUS_SUCCESS);
    CHECK_EQ(copied, 10);
    CHECK_NO_VIOLATION();
}

TEST_NT(clone_describes_the_same_bytes, "")
{
    NET_BUFFER_LIST *nbl = sixty(7, 43);
    for (unsigned flags = 0; flags <= NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS;
         flags += NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS) {
        NET_BUFFER_LIST *clone = NdisAllocateCloneNetBufferList(nbl, NULL, NULL, flags);
        CHECK(clone && clone->FirstNetBuffer && clone->FirstNetBuffer != nbl->FirstNetBuffer);
        CHECK(counts(clone->FirstNetBuffer, 7, 43));
        CHECK(!clone->Context && !clone->ParentNetBufferList);
        if (flags)
            CHECK(NET_BUFFER_FIRST_MDL(clone->FirstNetBuffer) ==
                  NET_BUFFER_CURRENT_MDL(nbl->FirstNetBuffer));
        else
            CHECK_EQ(NET_BUFFER_DATA_OFFSET(clone->FirstNetBuffer), 0);
        NdisFreeCloneNetBufferList(clone, flags);
    }
    CHECK(counts(nbl->FirstNetBuffer, 7, 43));
    CHECK_NO_VIOLATION();
}

TEST_NT(fragments_are_at_most_the_maximum_and_reassemble, "")
{
    NET_BUFFER_LIST *nbl = sixty(2, 58);
    NET_BUFFER_LIST *parts = NdisAllocateFragmentNetBufferList(nbl, NULL, NULL, 3, 20, 14, 2, 0);
    CHECK(parts);
    unsigned n = 0, first = 5;
    for (NET_BUFFER *nb = parts->FirstNetBuffer; nb; nb = nb->Next, n++) {
        unsigned length = n < 2 ? 20 : 15;
        CHECK_EQ(NET_BUFFER_DATA_LENGTH(nb), 14 + length);
        uint8_t byte;
        CHECK_EQ(nb_read(nb, 14, &byte, 1), 1);
        CHECK_EQ(byte, first);
        first += length;
    }
    CHECK_EQ(n, 3);
    /* The 14 bytes of each are headers; without them it is one run again. */
    NET_BUFFER_LIST *whole = NdisAllocateReassembledNetBufferList(parts, NULL, 14, 0, 0, 0);
    CHECK(whole && !whole->FirstNetBuffer->Next);
    CHECK(counts(whole->FirstNetBuffer, 5, 55));
    NdisFreeReassembledNetBufferList(whole, 0, 0);
    NdisFreeFragmentNetBufferList(parts, 14, 0);
    CHECK(counts(nbl->FirstNetBuffer, 2, 58));
    CHECK_NO_VIOLATION();
}

TEST_NT(pool_with_data_gives_mdl_and_memory, "")
{
    NDIS_HANDLE pool = list_pool(NULL, true, 0, 5000);
    NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
    NET_BUFFER *nb = nbl->FirstNetBuffer;
    CHECK(nb && nb_chain_bytes(NET_BUFFER_FIRST_MDL(nb)) == 5000);
    memset(nb_mdl_address(NET_BUFFER_FIRST_MDL(nb)), 1, 5000);
    CHECK(!NdisAllocateNetBufferAndNetBufferList(pool, 0, 0, NULL, 0, 0));
    CHECK_EQ(nt_test_violations("NdisAllocateNetBufferAndNetBufferList"), 1);
    NdisFreeNetBufferList(nbl);
    NdisFreeNetBufferListPool(pool);

    pool = buffer_pool(NULL, 100);
    nb = NdisAllocateNetBufferMdlAndData(pool);
    CHECK(nb && nb_chain_bytes(NET_BUFFER_FIRST_MDL(nb)) == 100);
    CHECK(NdisGetPoolFromNetBuffer(nb) == pool);
    NdisFreeNetBuffer(nb);
    NdisFreeNetBufferPool(pool);
    CHECK_EQ(test_violations(), 1);
}

/* As SoftEther's miniport uses its receive buffers. */
TEST_NT(a_pools_data_is_all_in_front_and_serves_retreats_of_any_size_in_one_piece, "")
{
    NDIS_HANDLE lists = list_pool(NULL, true, 0, 1600), buffers = buffer_pool(NULL, 1600);
    NET_BUFFER *both[] = {NdisAllocateNetBufferList(lists, 0, 0)->FirstNetBuffer,
                          NdisAllocateNetBufferMdlAndData(buffers)};
    static const unsigned sizes[] = {60, 1514, 14, 1600, 590};
    for (unsigned i = 0; i < 2; i++) {
        NET_BUFFER *nb = both[i];
        MDL *mdl = NET_BUFFER_FIRST_MDL(nb);
        CHECK_EQ(NET_BUFFER_DATA_LENGTH(nb), 0);
        CHECK_EQ(NET_BUFFER_DATA_OFFSET(nb), 1600);
        CHECK(NET_BUFFER_CURRENT_MDL(nb) == mdl);
        CHECK_EQ(NET_BUFFER_CURRENT_MDL_OFFSET(nb), 1600);
        for (unsigned j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
            CHECK_EQ(NdisRetreatNetBufferDataStart(nb, sizes[j], 0, NULL), NDIS_STATUS_SUCCESS);
            uint8_t *data = NdisGetDataBuffer(nb, sizes[j], NULL, 1, 0);
            CHECK(data == (uint8_t *)nb_mdl_address(mdl) + 1600 - sizes[j]);
            CHECK(NET_BUFFER_FIRST_MDL(nb) == mdl && !mdl->Next);
            NdisAdvanceNetBufferDataStart(nb, sizes[j], FALSE, NULL);
        }
    }
    CHECK_NO_VIOLATION();
}

TEST_NT(context_space_grows_downwards_then_outside, "")
{
    NDIS_HANDLE pool = list_pool(NULL, false, 64, 0);
    NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 32, 0);
    NET_BUFFER_LIST_CONTEXT *inner = nbl->Context;
    CHECK_EQ(inner->Size, 64);
    CHECK_EQ(inner->Offset, 32);
    memset(NET_BUFFER_LIST_CONTEXT_DATA_START(nbl), 0x11, 32);
    CHECK_EQ(NdisAllocateNetBufferListContext(nbl, 32, 0, 1), NDIS_STATUS_SUCCESS);
    CHECK_EQ(inner->Offset, 0);
    CHECK_EQ(NdisAllocateNetBufferListContext(nbl, 16, 8, 1), NDIS_STATUS_SUCCESS);
    CHECK(nbl->Context != inner && nbl->Context->Next == inner);
    CHECK_EQ(nbl->Context->Offset, 8);
    NdisFreeNetBufferListContext(nbl, 16);
    CHECK(nbl->Context == inner);
    NdisFreeNetBufferListContext(nbl, 32);
    CHECK_NO_VIOLATION();
    CHECK_EQ(NdisAllocateNetBufferListContext(nbl, 9, 0, 1), NDIS_STATUS_FAILURE);
    NdisFreeNetBufferListContext(nbl, 64);
    CHECK_EQ(test_violations(), 2);
    NdisFreeNetBufferList(nbl);
    NdisFreeNetBufferListPool(pool);
}

TEST_NT(freeing_a_net_buffer_list_twice_is_found, "")
{
    NDIS_HANDLE pool = list_pool(NULL, true, 0, 0);
    NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
    NdisFreeNetBufferList(nbl);
    CHECK(!nb_is_list(nbl));
    CHECK(nbl->Next != NULL); /* poisoned: a driver that still follows it finds no list */
    NdisFreeNetBufferList(nbl);
    CHECK_EQ(nt_test_violations("NdisFreeNetBufferList"), 1);
    NET_BUFFER_LIST *own = calloc(1, sizeof(*own) + 64);
    NdisFreeNetBufferList((NET_BUFFER_LIST *)(((uintptr_t)own + 63) & ~(uintptr_t)15));
    CHECK_EQ(nt_test_violations("NdisFreeNetBufferList"), 2);
}

TEST_NT(a_pool_outlives_what_came_from_it, "")
{
    NDIS_HANDLE pool = list_pool(NULL, true, 0, 0);
    NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(pool, 0, 0);
    NdisFreeNetBufferListPool(pool);
    CHECK_EQ(nt_test_violations("NdisFreeNetBufferPool"), 1);
    NdisFreeNetBufferList(nbl); /* late, but no crash */
    CHECK(!NdisAllocateNetBufferList(pool, 0, 0));
    CHECK_EQ(nt_test_violations("NdisAllocateNetBufferList"), 1);
}

TEST_NT(pools_left_at_halt_are_leaks_with_their_count, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_HANDLE pool = list_pool(adapter, true, 0, 0);
    CHECK(NdisAllocateNetBufferList(pool, 0, 0));
    CHECK(nb_list_owner(NdisAllocateNetBufferList(pool, 0, 0)) == adapter);
    CHECK(buffer_pool(adapter->driver, 0));
    CHECK_EQ(ndis_objects_report_leaks(adapter), 1);
    CHECK_EQ(test_leaks("2 NET_BUFFER_LISTs still allocated"), 1);
    CHECK_EQ(ndis_objects_report_leaks(adapter), 0);
    CHECK_EQ(ndis_objects_report_driver_leaks(adapter->driver), 1);
}

TEST_NT(copied_information_is_what_the_page_lists, "")
{
    NET_BUFFER_LIST *from = sixty(0, 60), *to = sixty(0, 60);
    for (int i = 0; i < MaxNetBufferListInfo; i++)
        from->NetBufferListInfo[i] = (PVOID)(uintptr_t)(0x100 + i);
    memset(to->NetBufferListInfo, 0, sizeof(to->NetBufferListInfo));
    NdisCopySendNetBufferListInfo(to, from);
    CHECK_EQ((uintptr_t)to->NetBufferListInfo[TcpLargeSendNetBufferListInfo],
             0x100 + TcpLargeSendNetBufferListInfo);
    CHECK(!to->NetBufferListInfo[NetBufferListHashValue]);
    NdisCopyReceiveNetBufferListInfo(to, from);
    CHECK_EQ((uintptr_t)to->NetBufferListInfo[NetBufferListHashValue],
             0x100 + NetBufferListHashValue);
    CHECK(!to->NetBufferListInfo[WfpNetBufferListInfo]);
}

TEST_NT(mdl_of_nonpaged_memory_is_built_and_counted, "")
{
    struct ndis_adapter *adapter = test_adapter();
    char *memory = nt_pool_alloc_system(6000, 1);
    MDL *mdl = NdisAllocateMdl(adapter, memory + 10, 5000);
    CHECK(mdl && nb_mdl_address(mdl) == (uint8_t *)memory + 10);
    CHECK_EQ(mdl->ByteCount, 5000);
    CHECK_EQ(ndis_objects_count(adapter, NULL), 1);
    NdisFreeMdl(mdl);
    CHECK_EQ(ndis_objects_count(adapter, NULL), 0);
    CHECK_NO_VIOLATION();
    NdisFreeMdl(mdl);
    char on_stack[16];
    CHECK(!NdisAllocateMdl(adapter, on_stack, sizeof(on_stack)));
    CHECK_EQ(nt_test_violations("NdisAllocateMdl"), 2);
}
