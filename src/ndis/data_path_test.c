/* SPDX-License-Identifier: MIT */
/* data_path_test.c - sends, receives, and who owns a NET_BUFFER_LIST. */
#include "ndis/data_path.h"
#include "ndis/fake_miniport.h"

static unsigned done_count, done_failed, got_count, got_bad;
static size_t got_bytes;

static void on_done(void *ctx, NDIS_STATUS status)
{
    __atomic_add_fetch(&done_count, 1, __ATOMIC_RELAXED);
    if (status != NDIS_STATUS_SUCCESS)
        __atomic_add_fetch(&done_failed, 1, __ATOMIC_RELAXED);
}

/* Frames of the tests hold their length in the first two bytes and then a pattern. */
static void frame_fill(uint8_t *bytes, size_t len)
{
    bytes[0] = (uint8_t)(len >> 8);
    bytes[1] = (uint8_t)len;
    for (size_t i = 2; i < len; i++)
        bytes[i] = (uint8_t)(i * 7 + len);
}

static void on_frame(void *ctx, const void *frame, size_t len, const struct ndis_rx_info *info)
{
    uint8_t expected[2048];
    frame_fill(expected, len);
    __atomic_add_fetch(&got_count, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&got_bytes, len, __ATOMIC_RELAXED);
    if (memcmp(frame, expected, len) || irql_current() != DISPATCH_LEVEL)
        __atomic_add_fetch(&got_bad, 1, __ATOMIC_RELAXED);
}

static unsigned send_frames(struct ndis_adapter *adapter, unsigned n, size_t first, size_t step)
{
    static uint8_t memory[128][1518];
    struct ndis_frame frames[128];
    CHECK(n <= 128);
    for (unsigned i = 0; i < n; i++) {
        frames[i] = (struct ndis_frame){memory[i], first + i * step};
        frame_fill(memory[i], frames[i].len);
    }
    return ndis_send(adapter, frames, n, on_done, NULL);
}

TEST_NT(every_frame_reaches_the_driver_whatever_its_shape, "")
{
    fake.loop = true;
    struct ndis_adapter *adapter = fake_add(NULL, NULL);
    ndis_set_receive(adapter, on_frame, NULL);
    fake_start(adapter);
    unsigned sent = 0;
    size_t bytes = 0;
    /* All sizes from the smallest to the MTU, in batches of 1 to 7: all MDL shapes, bundles and
     * both IRQLs. */
    for (size_t len = 14; len <= 1514;) {
        unsigned n = 1 + sent % 7;
        if (len + n > 1515)
            n = (unsigned)(1515 - len);
        CHECK_EQ(send_frames(adapter, n, len, 1), n);
        for (unsigned i = 0; i < n; i++)
            bytes += len + i;
        len += n;
        sent += n;
    }
    CHECK_EQ(ndis_adapter_pause(adapter), 0);
    CHECK_EQ(done_count, sent);
    CHECK_EQ(done_failed, 0);
    CHECK_EQ(got_count, sent);
    CHECK_EQ(got_bytes, bytes);
    CHECK_EQ(got_bad, 0);
    CHECK_EQ(fake.returned, sent);
    CHECK_EQ(fake.send_nbs, sent);
    CHECK(fake.sends < sent); /* some lists carried several */
    struct ndis_adapter_report report;
    ndis_adapter_report(adapter, &report);
    CHECK_EQ(report.frames_sent, sent);
    CHECK_EQ(report.frames_received, sent);
    CHECK_EQ(report.with_driver, 0);
    CHECK_EQ(report.with_stack, 0);
    CHECK_EQ(report_violations(&(const struct violation_record *){NULL}), 0);
    fake_finish(adapter);
}

TEST_NT(nothing_is_sent_unless_running, "")
{
    struct ndis_adapter *adapter = fake_running();
    CHECK(ndis_send_room(adapter) > 0);
    ndis_adapter_pause(adapter);
    CHECK_EQ(ndis_send_room(adapter), 0);
    CHECK_EQ(send_frames(adapter, 3, 60, 1), 0);
    ndis_adapter_restart(adapter);
    CHECK_EQ(send_frames(adapter, 3, 60, 1), 3);
    ndis_adapter_halt(adapter);
    CHECK_EQ(send_frames(adapter, 3, 60, 1), 0);
    CHECK_EQ(fake.send_nbs, 3);
    fake_finish(adapter);
}

TEST_NT(a_frame_that_is_too_long_or_too_short_is_not_taken, "")
{
    struct ndis_adapter *adapter = fake_running();
    CHECK_EQ(send_frames(adapter, 1, 13, 0), 0);
    uint8_t big[2000] = {0};
    struct ndis_frame frame = {big, 1519};
    CHECK_EQ(ndis_send(adapter, &frame, 1, NULL, NULL), 0);
    frame.len = 1518;
    CHECK_EQ(ndis_send(adapter, &frame, 1, NULL, NULL), 1);
    fake_finish(adapter);
}

TEST_NT(sends_are_limited_by_what_is_pending, "")
{
    fake.hold_sends = true;
    struct ndis_adapter *adapter = fake_running();
    unsigned room = ndis_send_room(adapter), sent = 0, n;
    CHECK_EQ(room, SEND_SLOTS);
    while ((n = send_frames(adapter, 100, 60, 1)))
        sent += n;
    CHECK_EQ(sent, SEND_SLOTS);
    CHECK_EQ(done_count, 0);
    fake_complete_sends();
    CHECK_EQ(done_count, SEND_SLOTS);
    CHECK_EQ(ndis_send_room(adapter), room);
    fake_finish(adapter);
}

static struct ndis_adapter *running_with(const struct ndis_sending *sending)
{
    struct ndis_adapter *adapter = fake_add(NULL, &(struct ndis_adapter_config){.sending = *sending});
    fake_start(adapter);
    return adapter;
}

TEST_NT(the_protocol_decides_how_many_frames_the_driver_has, "")
{
    fake.hold_sends = true;
    struct ndis_adapter *adapter = running_with(&(struct ndis_sending){.sends = 7});
    CHECK_EQ(ndis_send_room(adapter), 7);
    for (unsigned sent = 7; sent <= 14; sent += 7) {
        CHECK_EQ(send_frames(adapter, 20, 60, 1), 7);
        CHECK_EQ(send_frames(adapter, 1, 60, 1), 0);
        fake_complete_sends();
        CHECK_EQ(done_count, sent);
    }
    fake_finish(adapter);
}

static unsigned most_buffers(unsigned buffers)
{
    fake.hold_sends = true;
    struct ndis_adapter *adapter = running_with(&(struct ndis_sending){.buffers = buffers});
    CHECK_EQ(send_frames(adapter, 20, 200, 1), 20);
    unsigned most = 0;
    for (NET_BUFFER_LIST *nbl = fake.held_first; nbl; nbl = nbl->Next) {
        unsigned buffers = 0;
        for (MDL *mdl = nbl->FirstNetBuffer->MdlChain; mdl; mdl = mdl->Next)
            buffers++;
        most = buffers > most ? buffers : most;
    }
    fake_complete_sends();
    fake_finish(adapter);
    return most;
}

TEST_NT(the_protocol_decides_how_many_buffers_a_frame_has, "")
{
    CHECK_EQ(most_buffers(0), 3);
    CHECK_EQ(most_buffers(2), 2);
    CHECK_EQ(most_buffers(1), 1);
}

TEST_NT(cancelled_sends_come_back_aborted, "")
{
    fake.hold_sends = true;
    struct ndis_adapter *adapter = fake_running();
    send_frames(adapter, 5, 60, 1);
    ndis_cancel_sends(adapter);
    CHECK_EQ(done_count, 5);
    CHECK_EQ(done_failed, 5);
    CHECK_EQ(adapter->sends_failed, 5);
    fake_finish(adapter);
}

TEST_NT(a_send_completed_twice_is_reported, "")
{
    fake.hold_sends = true;
    struct ndis_adapter *adapter = fake_running();
    send_frames(adapter, 1, 60, 1);
    NET_BUFFER_LIST *nbl = fake.held_first;
    fake_complete_sends();
    NdisMSendNetBufferListsComplete(adapter, nbl, 0);
    CHECK_EQ(nt_test_violations("NdisMSendNetBufferListsComplete"), 1);
    CHECK_EQ(done_count, 1);
    CHECK_EQ(adapter->nbls_outstanding_to_driver, 0);
    fake_finish(adapter);
}

TEST_NT(completing_a_list_that_was_never_sent_is_reported, "")
{
    struct ndis_adapter *adapter = fake_running();
    NET_BUFFER_LIST *stranger =
        NdisAllocateNetBufferAndNetBufferList(fake.nbl_pool, 0, 0, NULL, 0, 0);
    NdisMSendNetBufferListsComplete(adapter, stranger, 0);
    CHECK_EQ(nt_test_violations("NdisMSendNetBufferListsComplete"), 1);
    NdisFreeNetBufferList(stranger);
    fake_finish(adapter);
}

TEST_NT(a_false_dispatch_flag_is_reported, "")
{
    fake.hold_sends = true;
    struct ndis_adapter *adapter = fake_running();
    send_frames(adapter, 1, 60, 1);
    NET_BUFFER_LIST *nbl = fake.held_first;
    fake.held_first = fake.held_last = NULL;
    NdisMSendNetBufferListsComplete(adapter, nbl, NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
    CHECK_EQ(nt_test_violations("Flags_Irql"), 1);
    fake_finish(adapter);
}

TEST_NT(a_pause_that_completes_with_pending_sends_is_reported, "R-280")
{
    ndis_timeouts.drain = 5;
    fake.hold_sends = true;
    struct ndis_adapter *adapter = fake_running();
    send_frames(adapter, 2, 60, 1);
    ndis_adapter_pause(adapter);
    CHECK_EQ(nt_test_violations("R-280"), 1);
    fake_complete_sends();
    fake_finish(adapter);
}

TEST_NT_BUGCHECK(a_halt_with_pending_sends_is_a_bug_check, "R-439", 0x7C, 0x27)
{
    ndis_timeouts.drain = 5;
    fake.hold_sends = true;
    struct ndis_adapter *adapter = fake_running();
    send_frames(adapter, 2, 60, 1);
    ndis_adapter_halt(adapter);
}

/* --- receive --- */

TEST_NT(a_received_list_with_resources_flag_is_never_returned, "")
{
    struct ndis_adapter *adapter = fake_running();
    for (int i = 0; i < 20; i++)
        fake_indicate(100, 0, NDIS_RECEIVE_FLAGS_RESOURCES);
    CHECK_EQ(fake.returned, 0);
    CHECK_EQ(adapter->frames_received, 20);
    CHECK_EQ(adapter->nbls_outstanding_to_stack, 0);
    fake_finish(adapter);
}

TEST_NT(every_received_list_comes_back, "")
{
    struct ndis_adapter *adapter = fake_running();
    for (int i = 0; i < 300; i++) {
        KIRQL old = i % 2 ? irql_raise(DISPATCH_LEVEL) : PASSIVE_LEVEL;
        fake_indicate(100, 0, 0);
        if (i % 2)
            irql_lower(old);
    }
    ndis_adapter_pause(adapter);
    CHECK_EQ(fake.returned, 300);
    CHECK_EQ(adapter->nbls_outstanding_to_stack, 0);
    CHECK_EQ(report_violations(&(const struct violation_record *){NULL}), 0);
    fake_finish(adapter);
}

TEST_NT(receiving_while_paused_is_reported_and_the_list_comes_back, "R-282")
{
    struct ndis_adapter *adapter = fake_running();
    ndis_adapter_pause(adapter);
    fake_indicate(100, 0, 0);
    CHECK_EQ(nt_test_violations("R-282"), 1);
    CHECK_EQ(fake.returned, 1);
    fake_finish(adapter);
}

TEST_NT(a_list_indicated_again_before_it_came_back_is_reported, "")
{
    struct ndis_adapter *adapter = fake_running();
    fake_indicate(100, 0, 0); /* comes back at once, as every eighth does */
    MDL *mdl = nb_mdl_with_memory(100);
    NET_BUFFER_LIST *nbl = NdisAllocateNetBufferAndNetBufferList(fake.nbl_pool, 0, 0, mdl, 0, 100);
    nbl->SourceHandle = adapter;
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisMIndicateReceiveNetBufferLists(adapter, nbl, 0, 1, NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL);
    NdisMIndicateReceiveNetBufferLists(adapter, nbl, 0, 1, NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL);
    irql_lower(old);
    CHECK(nt_test_violations("NdisMIndicateReceiveNetBufferLists") > 0);
    ndis_adapter_pause(adapter);
    CHECK_EQ(fake.returned, 2);
    fake_finish(adapter);
}

TEST_NT(a_wrong_count_source_or_length_is_reported, "")
{
    struct ndis_adapter *adapter = fake_running();
    MDL *mdl = nb_mdl_with_memory(100);
    NET_BUFFER_LIST *nbl = NdisAllocateNetBufferAndNetBufferList(fake.nbl_pool, 0, 0, mdl, 0, 100);
    ULONG flags = NDIS_RECEIVE_FLAGS_RESOURCES;
    nbl->SourceHandle = adapter;
    NdisMIndicateReceiveNetBufferLists(adapter, nbl, 0, 2, flags);
    CHECK_EQ(nt_test_violations("NdisMIndicateReceiveNetBufferLists"), 1);
    nbl->SourceHandle = NULL;
    NdisMIndicateReceiveNetBufferLists(adapter, nbl, 0, 1, flags);
    CHECK_EQ(nt_test_violations("NdisMIndicateReceiveNetBufferLists"), 2);
    nbl->SourceHandle = adapter;
    nbl->FirstNetBuffer->DataLength = 5000;
    NdisMIndicateReceiveNetBufferLists(adapter, nbl, 0, 1, flags);
    CHECK_EQ(nt_test_violations("NdisMIndicateReceiveNetBufferLists"), 3);
    CHECK_EQ(adapter->frames_received, 2);
    NdisFreeNetBufferList(nbl);
    nb_mdl_with_memory_free(mdl);
    fake_finish(adapter);
}

static void indicate_in_halt(struct fake *f)
{
    fake_indicate(100, 0, 0);
}

TEST_NT(receiving_in_halt_is_reported, "R-282")
{
    fake.in_halt = indicate_in_halt;
    struct ndis_adapter *adapter = fake_running();
    fake_finish(adapter);
    CHECK_EQ(nt_test_violations("R-282"), 1);
}
