/* SPDX-License-Identifier: MIT */
/* receive_test.c - packets and lookahead indications, and who owns what afterwards. */
#include "ndis5/fake5.h"
#include "ndis/ndis_test.h"

static unsigned frames;
static uint8_t last[2000];
static size_t last_len;

static void on_frame(void *ctx, const void *frame, size_t len, const struct ndis_rx_info *info)
{
    frames++;
    memcpy(last, frame, len);
    last_len = len;
}

static struct ndis_adapter *running(void)
{
    struct ndis_adapter *adapter = fake5_add();
    char err[200];
    ndis_set_receive(adapter, on_frame, NULL);
    CHECK_EQ(ndis_adapter_start(adapter, err, sizeof(err)), 0);
    return adapter;
}

/* --- NdisMIndicateReceivePacket --- */

static NDIS_STATUS statuses[64];
static unsigned mine;

/* As a serialised driver does it: what is not pending is its own again. */
static void indicate_packets(void)
{
    NDIS_PACKET *packets[16];
    for (unsigned i = 0; i < 16; i++)
        packets[i] =
            fake5_packet(100 + i, (uint8_t)i, i == 3 ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS);
    for (unsigned i = 0; i < 16; i++) {
        NDIS_PACKET *packet = packets[i];
        NdisMIndicateReceivePacket(fake5.handle, &packet, 1);
        statuses[i] = NDIS_GET_PACKET_STATUS(packet);
        if (statuses[i] != NDIS_STATUS_PENDING) {
            mine++;
            fake5_packet_free(packet);
        }
    }
}

TEST_NT(a_serialised_driver_reads_in_the_status_whose_the_packet_is, "")
{
    struct ndis_adapter *adapter = running();
    fake5.in_dpc = indicate_packets;
    fake5_raise();
    thread_sleep(3000000);
    CHECK_EQ(frames, 16);
    CHECK_EQ(statuses[3], NDIS_STATUS_RESOURCES);
    CHECK(mine >= 2 && mine < 16);
    fake5.in_dpc = NULL;
    fake5_finish(adapter);
    CHECK_EQ(fake5.returned + mine, 16);
    CHECK_EQ(last_len, 115);
    CHECK_EQ(last[114], 15);
    CHECK_NO_VIOLATION();
}

static void indicate_deserialised(void)
{
    for (unsigned i = 0; i < 16; i++) {
        NDIS_PACKET *packet =
            fake5_packet(60, 1, i == 3 ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS);
        NdisMIndicateReceivePacket(fake5.handle, &packet, 1);
        if (i == 3)
            fake5_packet_free(packet);
    }
}

/* As Microsoft's sample e100bex relies on. */
static void return_at_dispatch(void)
{
    CHECK_EQ(irql_current(), DISPATCH_LEVEL);
}

TEST_NT(a_deserialised_driver_gets_every_packet_back_but_those_without_resources, "R-395")
{
    fake5.deserialized = true;
    fake5.in_return = return_at_dispatch; /* also by NDIS' thread, every 64th, and by what halts */
    struct ndis_adapter *adapter = running();
    indicate_deserialised(); /* at PASSIVE_LEVEL */
    fake5.in_dpc = indicate_deserialised;
    fake5_raise();
    fake5.in_dpc = NULL;
    thread_sleep(3000000);
    fake5_finish(adapter);
    CHECK_EQ(frames, 32);
    CHECK_EQ(fake5.returned, 30);
    CHECK_NO_VIOLATION();
}

static NDIS_PACKET *again;
static void indicate_twice(void)
{
    for (unsigned i = 0; i < 3; i++) { /* the first comes back at once, the second is held */
        NDIS_PACKET *packet = fake5_packet(60, 1, NDIS_STATUS_SUCCESS);
        NdisMIndicateReceivePacket(fake5.handle, &packet, 1);
        if (NDIS_GET_PACKET_STATUS(packet) == NDIS_STATUS_PENDING) {
            again = packet;
            break;
        }
        fake5_packet_free(packet);
    }
    CHECK(again != NULL);
    NdisMIndicateReceivePacket(fake5.handle, &again, 1);
}

TEST_NT(indicating_a_packet_that_the_stack_has_is_reported, "")
{
    struct ndis_adapter *adapter = running();
    fake5.in_dpc = indicate_twice;
    fake5_raise();
    fake5.in_dpc = NULL;
    CHECK_EQ(nt_test_violations("NdisMIndicateReceivePacket"), 1);
    fake5_finish(adapter);
}

TEST_NT(freeing_a_packet_twice_is_reported, "")
{
    struct ndis_adapter *adapter = running();
    NDIS_PACKET *packet = fake5_packet(60, 1, NDIS_STATUS_SUCCESS);
    fake5_packet_free(packet);
    NdisFreePacket(packet);
    CHECK_EQ(nt_test_violations("NdisFreePacket"), 1);
    NdisMIndicateReceivePacket(fake5.handle, &packet, 1);
    CHECK(nt_test_violations("NdisMIndicateReceivePacket") >= 1);
    fake5_finish(adapter);
}

static void indicate_one_twice(void)
{
    NDIS_PACKET *packet = fake5_packet(60, 1, NDIS_STATUS_SUCCESS);
    NDIS_PACKET *both[2] = {packet, packet};
    NdisMIndicateReceivePacket(fake5.handle, both, 2);
    if (NDIS_GET_PACKET_STATUS(packet) != NDIS_STATUS_PENDING)
        fake5_packet_free(packet);
}

TEST_NT(a_packet_twice_in_an_array_is_reported, "")
{
    struct ndis_adapter *adapter = running();
    fake5.in_dpc = indicate_one_twice;
    fake5_raise();
    fake5.in_dpc = NULL;
    CHECK_EQ(nt_test_violations("NdisMIndicateReceivePacket"), 1);
    CHECK_EQ(frames, 1);
    fake5_finish(adapter);
}

static void free_what_is_held(void)
{
    for (unsigned i = 0; i < 3; i++) { /* the first comes back at once, the second is held */
        NDIS_PACKET *packet = fake5_packet(60, 1, NDIS_STATUS_SUCCESS);
        NdisMIndicateReceivePacket(fake5.handle, &packet, 1);
        NdisFreePacket(packet);
    }
}

TEST_NT(freeing_a_packet_that_the_stack_has_is_reported, "")
{
    struct ndis_adapter *adapter = running();
    fake5.in_dpc = free_what_is_held;
    fake5_raise();
    fake5.in_dpc = NULL;
    CHECK_EQ(nt_test_violations("NdisFreePacket"), 2);
    fake5_finish(adapter);
    CHECK_EQ(fake5.returned, 2); /* it kept them all the same */
}

TEST_NT(a_packet_that_is_used_after_it_was_freed_is_found_out, "")
{
    struct ndis_adapter *adapter = running();
    NDIS_PACKET *packet = fake5_packet(60, 1, NDIS_STATUS_SUCCESS);
    fake5_packet_free(packet);
    CHECK_EQ((uint64_t)(uintptr_t)packet->Private.Head, 0xddddddddddddddddull);
    CHECK_EQ(nt_test_violations("NdisFreePacket"), 0);
    packet->Private.TotalLength = 1;
    CHECK(fake5_packet(60, 1, NDIS_STATUS_SUCCESS) == packet);
    CHECK_EQ(nt_test_violations("NdisFreePacket"), 1);
    fake5_packet_free(packet);
    fake5_finish(adapter);
}

static void indicate_without_header(void)
{
    NDIS_PACKET *packet = fake5_packet(60, 1, NDIS_STATUS_RESOURCES);
    NDIS_SET_PACKET_HEADER_SIZE(packet, 0);
    NdisMIndicateReceivePacket(fake5.handle, &packet, 1);
    fake5_packet_free(packet);
}

TEST_NT(a_packet_says_how_long_its_header_is, "")
{
    struct ndis_adapter *adapter = running();
    fake5.in_dpc = indicate_without_header;
    fake5_raise();
    CHECK_EQ(nt_test_violations("NdisMIndicateReceivePacket"), 1);
    fake5_finish(adapter);
}

static NDIS_STATUS wrong_status;
static UINT reserved_bytes;
static void indicate_one_of_my_own(void)
{
    NDIS_STATUS status;
    NDIS_HANDLE pool;
    NDIS_PACKET *packet;
    NDIS_BUFFER *buffer;
    static uint8_t *memory;
    memory = nt_pool_alloc_system(60, NDIS_TAG);
    memset(memory, 0, 60);
    NdisAllocatePacketPool(&status, &pool, 1, reserved_bytes);
    NdisAllocatePacket(&status, &packet, pool);
    NdisAllocateBuffer(&status, &buffer, NULL, memory, 60);
    NdisChainBufferAtFront(packet, buffer);
    NDIS_SET_PACKET_HEADER_SIZE(packet, 14);
    NDIS_SET_PACKET_STATUS(packet, wrong_status);
    NdisMIndicateReceivePacket(fake5.handle, &packet, 1);
    if (wrong_status == NDIS_STATUS_RESOURCES) {
        NdisFreeBuffer(buffer);
        NdisFreePacket(packet);
        NdisFreePacketPool(pool);
        nt_pool_free(memory);
    }
}

TEST_NT(a_packet_is_indicated_with_success_or_resources, "")
{
    running();
    reserved_bytes = PROTOCOL_RESERVED_SIZE_IN_PACKET;
    wrong_status = NDIS_STATUS_RESOURCES;
    fake5.in_dpc = indicate_one_of_my_own;
    fake5_raise();
    CHECK_EQ(frames, 1);
    CHECK_NO_VIOLATION();
    wrong_status = NDIS_STATUS_PENDING; /* left from the last time */
    fake5_raise();
    fake5.in_dpc = NULL;
    CHECK_EQ(nt_test_violations("NdisMIndicateReceivePacket"), 1);
}

TEST_NT(a_received_packet_has_room_for_protocols, "")
{
    struct ndis_adapter *adapter = running();
    reserved_bytes = PROTOCOL_RESERVED_SIZE_IN_PACKET - 1;
    wrong_status = NDIS_STATUS_RESOURCES;
    fake5.in_dpc = indicate_one_of_my_own;
    fake5_raise();
    fake5.in_dpc = NULL;
    CHECK_EQ(nt_test_violations("NdisAllocatePacketPool"), 1);
    fake5_finish(adapter);
}

/* A packet that is on its way back holds a halt up, whoever brings it. */
static bool returning;
static void return_slowly(void)
{
    if (__atomic_exchange_n(&returning, true, __ATOMIC_ACQ_REL))
        return; /* the first one only */
    fake5_note("returning");
    for (int i = 0; i < 500; i++)
        KeStallExecutionProcessor(10);
    fake5_note("returned");
}
static void give_back_held(void *arg)
{
    ndis5_return_held(((struct ndis_adapter *)arg)->data_path);
}
TEST_NT(a_halt_waits_for_packets_that_are_being_returned, "R-395")
{
    fake5.deserialized = true;
    struct ndis_adapter *adapter = running();
    KIRQL old = irql_raise(DISPATCH_LEVEL); /* the DPC that returns them is this processor's */
    indicate_deserialised();
    fake5_log();
    fake5.in_return = return_slowly;
    struct thread *thread = thread_create(1, 8, give_back_held, adapter, "returns");
    while (!__atomic_load_n(&returning, __ATOMIC_ACQUIRE)) /* a busy machine may take its time */
        KeStallExecutionProcessor(10);
    irql_lower(old);
    ndis_adapter_halt(adapter);
    CHECK_STR(fake5_log(), "returning! returned! halt");
    thread_join(thread);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

/* --- packet pools --- */

TEST_NT(overflow_descriptors_are_as_many_as_there_is_room_for, "")
{
    struct ndis_adapter *adapter = running();
    NDIS_STATUS status;
    NDIS_HANDLE pool;
    NDIS_PACKET *packet;
    NdisAllocatePacketPoolEx(&status, &pool, 2, 0xffffffff, 0);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    NdisAllocatePacket(&status, &packet, pool);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    CHECK_EQ(NdisPacketPoolUsage(pool), 1);
    NdisFreePacket(packet);
    NdisFreePacketPool(pool);
    NdisAllocatePacketPoolEx(&status, &pool, 0x10000, 0, 0);
    CHECK_EQ(status, NDIS_STATUS_RESOURCES);
    NdisAllocatePacketPoolEx(&status, &pool, 1, 1, 0);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    NDIS_PACKET *two[3];
    for (int i = 0; i < 3; i++)
        NdisAllocatePacket(&status, &two[i], pool);
    CHECK_EQ(status, NDIS_STATUS_RESOURCES);
    NdisFreePacket(two[0]);
    NdisFreePacket(two[1]);
    NdisFreePacketPool(pool);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

/* --- NdisMEthIndicateReceive --- */

static uint8_t header[14], body[1500];
static UINT lookahead, size, header_size = 14;
static bool forget_complete;

static void indicate_lookahead(void)
{
    memset(header, 0x77, sizeof(header));
    memset(body, 0x55, sizeof(body));
    for (int i = 0; i < 6; i++) {
        NdisMEthIndicateReceive(fake5.handle, (NDIS_HANDLE)(uintptr_t)0x55, header, header_size,
                                body, lookahead, size);
    }
    if (!forget_complete)
        NdisMEthIndicateReceiveComplete(fake5.handle);
}

static void indicated(UINT look, UINT all)
{
    lookahead = look;
    size = all;
    fake5.in_dpc = indicate_lookahead;
    fake5_raise();
    fake5.in_dpc = NULL;
}

TEST_NT(a_whole_frame_in_the_lookahead_needs_no_transfer, "")
{
    struct ndis_adapter *adapter = running();
    indicated(800, 800);
    CHECK_EQ(frames, 6);
    CHECK_EQ(last_len, 814);
    CHECK_EQ(last[0], 0x77);
    CHECK_EQ(last[813], 0x55);
    CHECK_EQ(fake5.transfers, 0);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(the_rest_of_a_frame_is_transferred, "")
{
    fake5.lookahead = 200;
    struct ndis_adapter *adapter = running();
    indicated(200, 1000);
    CHECK_EQ(fake5.transfers, 6);
    CHECK_EQ(frames, 6);
    CHECK_EQ(last_len, 1014);
    for (size_t i = 14; i < last_len; i++)
        CHECK_EQ(last[i], 0x55);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_transfer_that_moves_less_is_reported_and_delivered, "")
{
    fake5.lookahead = 200;
    fake5.transfer_less = 4; /* as a driver that counts the FCS in the one place only */
    struct ndis_adapter *adapter = running();
    indicated(200, 1000);
    CHECK(nt_test_violations("MiniportTransferData") >= 1);
    CHECK_EQ(frames, 6);
    CHECK_EQ(last_len, 1010);
    fake5_finish(adapter);
}

TEST_NT(a_lookahead_that_is_too_short_is_reported, "")
{
    fake5.lookahead = 200;
    struct ndis_adapter *adapter = running();
    indicated(199, 1000);
    CHECK(nt_test_violations("NdisMEthIndicateReceive") >= 1);
    CHECK_EQ(frames, 0);
    fake5_finish(adapter);
}

TEST_NT(a_lookahead_beyond_the_packet_is_reported, "")
{
    struct ndis_adapter *adapter = running();
    indicated(1014, 1000);
    CHECK(nt_test_violations("NdisMEthIndicateReceive") >= 1);
    CHECK_EQ(frames, 0);
    fake5_finish(adapter);
}

TEST_NT(a_header_of_another_length_is_reported, "")
{
    header_size = 16;
    struct ndis_adapter *adapter = running();
    indicated(100, 100);
    CHECK(nt_test_violations("NdisMEthIndicateReceive") >= 1);
    fake5_finish(adapter);
}

TEST_NT(indications_end_with_a_complete, "")
{
    forget_complete = true;
    struct ndis_adapter *adapter = running();
    indicated(100, 100);
    CHECK_EQ(frames, 6);
    CHECK_EQ(nt_test_violations("NdisMEthIndicateReceiveComplete"), 1);
    fake5_finish(adapter);
}

TEST_NT(a_part_of_a_frame_needs_a_transfer_handler, "")
{
    fake5.lookahead = 200;
    fake5.no_transfer = true;
    struct ndis_adapter *adapter = running();
    indicated(200, 1000);
    CHECK(nt_test_violations("MiniportTransferData") >= 1);
    fake5_finish(adapter);
}

static void indicate_one_part(void)
{
    NdisMEthIndicateReceive(fake5.handle, NULL, header, 14, body, 200, 1000);
    NdisMEthIndicateReceiveComplete(fake5.handle);
}

TEST_NT(a_transfer_that_is_never_completed_ends_with_the_halt, "")
{
    fake5.lookahead = 200;
    fake5.pend_transfer = true;
    struct ndis_adapter *adapter = running();
    fake5.in_dpc = indicate_one_part;
    fake5_raise();
    CHECK_EQ(fake5.transfers, 1);
    ndis_adapter_halt(adapter);
    CHECK_EQ(nt_test_violations("NdisMTransferDataComplete"), 1);
    char err[200];
    fake5.pend_transfer = false;
    fake5.in_dpc = NULL;
    CHECK_EQ(ndis_adapter_start(adapter, err, sizeof(err)), 0);
    indicated(200, 1000); /* the next life has the protocol's packet again */
    CHECK_EQ(fake5.transfers, 7);
    CHECK_EQ(frames, 6);
    fake5_finish(adapter);
}

TEST_NT(a_transfer_that_nobody_asked_for_is_reported, "")
{
    struct ndis_adapter *adapter = running();
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisMTransferDataComplete(fake5.handle, NULL, NDIS_STATUS_SUCCESS, 0);
    irql_lower(old);
    CHECK_EQ(nt_test_violations("NdisMTransferDataComplete"), 1);
    fake5_finish(adapter);
}

TEST_NT(a_deserialised_driver_indicates_packets_only, "")
{
    fake5.deserialized = true;
    struct ndis_adapter *adapter = running();
    indicated(100, 100);
    CHECK(nt_test_violations("NdisMEthIndicateReceive") >= 1);
    fake5_finish(adapter);
}
