/* SPDX-License-Identifier: MIT */
/* dma_test.c - packets that NDIS has mapped, and map registers. */
#include "ndis5/fake5.h"
#include "ndis/dma.h"
#include "ndis/ndis_test.h"

#define LEN 200

static unsigned done_ok;

static void done(void *ctx, NDIS_STATUS status)
{
    done_ok += status == NDIS_STATUS_SUCCESS;
}

/* Of different lengths, so in one, two and three buffers of different sizes. */
static unsigned send_some(struct ndis_adapter *adapter, unsigned n)
{
    static uint8_t bytes[LEN];
    struct ndis_frame frames[64];
    for (unsigned i = 0; i < n; i++)
        frames[i] = (struct ndis_frame){bytes, LEN - i};
    return ndis_send(adapter, frames, n, done, NULL);
}

static void with_sg(void)
{
    CHECK_EQ(NdisMInitializeScatterGatherDma(fake5.handle, TRUE, 1514), NDIS_STATUS_SUCCESS);
}

static unsigned sg_lists;
static void look_at_sg(NDIS_PACKET **packets, UINT n)
{
    for (UINT i = 0; i < n; i++) {
        const SCATTER_GATHER_LIST *sg =
            NDIS_PER_PACKET_INFO_FROM_PACKET(packets[i], ScatterGatherListPacketInfo);
        UINT bytes = 0, length;
        CHECK(sg != NULL);
        NdisQueryPacket(packets[i], NULL, NULL, NULL, &length);
        for (ULONG e = 0; e < sg->NumberOfElements; e++)
            bytes += sg->Elements[e].Length;
        CHECK_EQ(bytes, length);
        CHECK_EQ(sg->Elements[0].Address.QuadPart,
                 MmGetPhysicalAddress(MmGetMdlVirtualAddress(packets[i]->Private.Head)).QuadPart);
        sg_lists++;
        NDIS_SET_PACKET_STATUS(packets[i], NDIS_STATUS_SUCCESS);
    }
}

TEST_NT(packets_carry_their_scatter_gather_list, "")
{
    fake5.in_init = with_sg;
    fake5.in_send = look_at_sg;
    struct ndis_adapter *adapter = fake5_running();
    send_some(adapter, 9);
    CHECK_EQ(sg_lists, 9);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_list_has_room_for_every_page_of_a_large_frame, "")
{
    static uint8_t bytes[60014];
    ndis_sg_split_pages = true;
    fake5.mtu = 60000;
    fake5.in_init = with_sg;
    fake5.in_send = look_at_sg;
    struct ndis_adapter *adapter = fake5_running();
    struct ndis_frame frame = {bytes, sizeof(bytes)};
    for (int i = 0; i < 6; i++)
        CHECK_EQ(ndis_send(adapter, &frame, 1, done, NULL), 1);
    CHECK_EQ(sg_lists, 6);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

static void with_map(void)
{
    CHECK_EQ(NdisMAllocateMapRegisters(fake5.handle, 0, NDIS_DMA_32BITS, 4, 1514),
             NDIS_STATUS_SUCCESS);
}
static void without_map(void)
{
    NdisMFreeMapRegisters(fake5.handle);
}

static void map_all(NDIS_PACKET **packets, UINT n)
{
    for (UINT i = 0; i < n; i++) {
        ULONG reg = 0;
        for (MDL *mdl = packets[i]->Private.Head; mdl; mdl = mdl->Next, reg++) {
            NDIS_PHYSICAL_ADDRESS_UNIT units[4];
            UINT count, bytes = 0;
            NdisMStartBufferPhysicalMapping(fake5.handle, mdl, reg, TRUE, units, &count);
            for (UINT u = 0; u < count; u++)
                bytes += units[u].Length;
            CHECK_EQ(bytes, mdl->ByteCount);
        }
        reg = 0;
        for (MDL *mdl = packets[i]->Private.Head; mdl; mdl = mdl->Next, reg++)
            NdisMCompleteBufferPhysicalMapping(fake5.handle, mdl, reg);
        NDIS_SET_PACKET_STATUS(packets[i], NDIS_STATUS_SUCCESS);
    }
}

TEST_NT(map_registers_map_buffers_one_by_one, "")
{
    fake5.in_init = with_map;
    fake5.in_halt = without_map;
    fake5.in_send = map_all;
    struct ndis_adapter *adapter = fake5_running();
    send_some(adapter, 6);
    CHECK_EQ(done_ok, 6);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

static void map_badly(NDIS_PACKET **packets, UINT n)
{
    NDIS_PHYSICAL_ADDRESS_UNIT units[4];
    UINT count;
    NdisMStartBufferPhysicalMapping(fake5.handle, packets[0]->Private.Head, 9, TRUE, units, &count);
    NdisMCompleteBufferPhysicalMapping(fake5.handle, packets[0]->Private.Head, 1);
    NDIS_SET_PACKET_STATUS(packets[0], NDIS_STATUS_SUCCESS);
}

TEST_NT(wrong_map_registers_are_reported, "")
{
    fake5.in_init = with_map;
    fake5.in_halt = without_map;
    fake5.in_send = map_badly;
    struct ndis_adapter *adapter = fake5_running();
    send_some(adapter, 1);
    CHECK_EQ(nt_test_violations("NdisMStartBufferPhysicalMapping"), 1);
    CHECK_EQ(nt_test_violations("NdisMCompleteBufferPhysicalMapping"), 1);
    fake5_finish(adapter);
}

/* --- shared memory that comes later --- */

static PVOID came;
static NDIS_PHYSICAL_ADDRESS came_at;
static KIRQL came_irql;
static bool came_inside;

static VOID NTAPI allocated(NDIS_HANDLE context, PVOID va, PNDIS_PHYSICAL_ADDRESS pa, ULONG length,
                            PVOID mine)
{
    CHECK_EQ(length, 5000);
    came_at = *pa;
    came_irql = irql_current();
    came_inside = ndis5_inside(mine);
    __atomic_store_n(&came, va, __ATOMIC_RELEASE);
}
static void free_what_came(void)
{
    if (came)
        NdisMFreeSharedMemory(fake5.handle, 5000, FALSE, came, came_at);
}

TEST_NT(shared_memory_comes_later_under_the_lock, "R-368")
{
    fake5.allocate_complete = allocated;
    fake5.in_init = with_sg;
    fake5.in_halt = free_what_came;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(NdisMAllocateSharedMemoryAsync(fake5.handle, 5000, FALSE, adapter),
             NDIS_STATUS_PENDING);
    for (int i = 0; i < 1000 && !__atomic_load_n(&came, __ATOMIC_ACQUIRE); i++)
        thread_sleep(1000000);
    CHECK(came && came_at.QuadPart);
    CHECK_EQ(came_irql, DISPATCH_LEVEL);
    CHECK(came_inside);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
    const char *const *leaks;
    CHECK_EQ(report_leaks(&leaks), 0);
}

TEST_NT(shared_memory_that_comes_later_needs_a_handler, "")
{
    fake5.in_init = with_sg;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(NdisMAllocateSharedMemoryAsync(fake5.handle, 5000, FALSE, adapter),
             NDIS_STATUS_FAILURE);
    CHECK_EQ(nt_test_violations("NdisMAllocateSharedMemoryAsyncEx"), 1);
    fake5_finish(adapter);
}

/* --- map registers belong to bus masters that do not use scatter/gather --- */

static NDIS_STATUS second_way;
static void with_both(void)
{
    with_sg();
    second_way = NdisMAllocateMapRegisters(fake5.handle, 0, NDIS_DMA_32BITS, 4, 1514);
}

TEST_NT(map_registers_or_scatter_gather, "")
{
    fake5.in_init = with_both;
    fake5_finish(fake5_running());
    CHECK_EQ(second_way, NDIS_STATUS_FAILURE);
    CHECK_EQ(nt_test_violations("NdisMAllocateMapRegisters"), 1);
}

TEST_NT(map_registers_that_are_not_freed_are_reported, "")
{
    fake5.in_init = with_map;
    fake5_finish(fake5_running());
    CHECK_EQ(nt_test_violations("NdisMFreeMapRegisters"), 1);
}
