/* SPDX-License-Identifier: MIT */
/* send_test.c - packets to serialised and deserialised drivers, and every way of completing them.
 */
#include "ndis5/fake5.h"
#include "ndis/ndis_test.h"

#define LEN 200

static unsigned done_ok, done_failed;

static void done(void *ctx, NDIS_STATUS status)
{
    __atomic_add_fetch(status == NDIS_STATUS_SUCCESS ? &done_ok : &done_failed, 1,
                       __ATOMIC_SEQ_CST);
}

static unsigned send_some(struct ndis_adapter *adapter, unsigned n)
{
    static uint8_t bytes[LEN];
    struct ndis_frame frames[64];
    for (unsigned i = 0; i < n; i++)
        frames[i] = (struct ndis_frame){bytes, LEN - i};
    return ndis_send(adapter, frames, n, done, NULL);
}

/* --- serialised --- */

static NDIS_PACKET *kept[64];
static unsigned kept_count;

static void keep(NDIS_PACKET **packets, UINT n)
{
    CHECK_EQ(irql_current(), DISPATCH_LEVEL);
    for (UINT i = 0; i < n; i++) {
        NDIS_SET_PACKET_STATUS(packets[i], NDIS_STATUS_PENDING);
        kept[kept_count++] = packets[i];
    }
}

static void complete_kept(NDIS_STATUS status)
{
    while (kept_count) {
        NDIS_PACKET *packet = kept[--kept_count];
        NdisMSendComplete(fake5.handle, packet, status);
    }
}

TEST_NT(a_serialised_driver_gets_arrays_at_dispatch_level_under_the_lock, "R-368")
{
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(send_some(adapter, 20), 20);
    CHECK_EQ(fake5.packets, 20);
    CHECK_EQ(fake5.sends, 3); /* OID_GEN_MAXIMUM_SEND_PACKETS is 8 */
    CHECK_EQ(done_ok, 20);
    CHECK_EQ(fake5.most_inside, 1);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

static struct ndis_adapter *running_with(unsigned buffers, unsigned sends)
{
    char err[200];
    struct ndis_adapter *adapter = fake5_add();
    adapter->sending = (struct ndis_sending){buffers, sends};
    CHECK_EQ(ndis_adapter_start(adapter, err, sizeof(err)), 0);
    return adapter;
}

static unsigned most_buffers;

static void count_buffers(NDIS_PACKET **packets, UINT n)
{
    for (UINT i = 0; i < n; i++) {
        unsigned buffers = 0;
        for (MDL *mdl = packets[i]->Private.Head; mdl; mdl = mdl->Next)
            buffers++;
        if (buffers > most_buffers)
            most_buffers = buffers;
        NDIS_SET_PACKET_STATUS(packets[i], NDIS_STATUS_SUCCESS);
    }
}

TEST_NT(the_protocol_decides_how_many_buffers_a_packet_has, "")
{
    fake5.in_send = count_buffers;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(send_some(adapter, 20), 20);
    CHECK_EQ(most_buffers, 3);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_protocol_may_have_one_buffer_to_a_packet, "")
{
    fake5.in_send = count_buffers;
    struct ndis_adapter *adapter = running_with(1, NDIS_SENDS);
    CHECK_EQ(send_some(adapter, 20), 20);
    CHECK_EQ(most_buffers, 1);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(pending_packets_are_completed_later, "")
{
    fake5.in_send = keep;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(send_some(adapter, 5), 5);
    CHECK_EQ(done_ok, 0);
    CHECK_EQ(adapter->nbls_outstanding_to_driver, 5);
    complete_kept(NDIS_STATUS_SUCCESS);
    CHECK_EQ(done_ok, 5);
    CHECK_EQ(adapter->nbls_outstanding_to_driver, 0);
    CHECK_EQ(adapter->frames_sent, 5);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(the_protocol_decides_how_many_packets_the_driver_has, "")
{
    fake5.in_send = keep;
    struct ndis_adapter *adapter = running_with(NDIS_BUFFERS, 7);
    CHECK_EQ(ndis_send_room(adapter), 7);
    for (unsigned sent = 7; sent <= 14; sent += 7) {
        CHECK_EQ(send_some(adapter, 20), 7);
        CHECK_EQ(send_some(adapter, 1), 0);
        complete_kept(NDIS_STATUS_SUCCESS);
        CHECK_EQ(done_ok, sent);
    }
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

static void say_success(NDIS_PACKET **packets, UINT n)
{
    for (UINT i = 0; i < n; i++)
        NDIS_SET_PACKET_STATUS(packets[i], i % 2 ? NDIS_STATUS_FAILURE : NDIS_STATUS_SUCCESS);
}

TEST_NT(the_status_in_the_packet_completes_it, "")
{
    fake5.in_send = say_success;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(send_some(adapter, 4), 4);
    CHECK_EQ(done_ok, 2);
    CHECK_EQ(done_failed, 2);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

static unsigned room;
static NDIS_PACKET *order[64];
static unsigned order_count;

static void limited(NDIS_PACKET **packets, UINT n)
{
    for (UINT i = 0; i < n; i++) {
        if (!room) {
            NDIS_SET_PACKET_STATUS(packets[i], NDIS_STATUS_RESOURCES);
            return; /* those behind it are not looked at */
        }
        room--;
        order[order_count++] = packets[i];
        NDIS_SET_PACKET_STATUS(packets[i], NDIS_STATUS_SUCCESS);
    }
}

static void resources_available(void)
{
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisMSendResourcesAvailable(fake5.handle);
    irql_lower(old);
}

TEST_NT(packets_without_resources_wait_in_their_order, "")
{
    fake5.in_send = limited;
    room = 2;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(send_some(adapter, 6), 6);
    CHECK_EQ(done_ok, 2);
    CHECK_EQ(adapter->nbls_outstanding_to_driver, 0);
    room = 3;
    resources_available();
    CHECK_EQ(done_ok, 5);
    room = 64;
    resources_available();
    CHECK_EQ(done_ok, 6);
    /* Sent with lengths 200, 199, ...: so they came out. */
    for (unsigned i = 0; i < 6; i++) {
        UINT len = 0;
        for (MDL *mdl = order[i]->Private.Head; mdl; mdl = mdl->Next)
            len += mdl->ByteCount;
        CHECK_EQ(len, LEN - i);
    }
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

static NDIS_STATUS one_resources(NDIS_PACKET *packet)
{
    if (!room)
        return NDIS_STATUS_RESOURCES;
    room--;
    kept[kept_count++] = packet;
    return NDIS_STATUS_PENDING;
}

TEST_NT(a_completion_starts_what_waits_for_resources, "")
{
    fake5.no_send_packets = true;
    fake5.in_send_one = one_resources;
    room = 1;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(send_some(adapter, 3), 3);
    CHECK_EQ(kept_count, 1);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(done_ok, i);
        CHECK_EQ(kept_count, 1);
        kept_count = 0;
        room = 1;
        NdisMSendComplete(fake5.handle, kept[0], NDIS_STATUS_SUCCESS);
    }
    CHECK_EQ(done_ok, 3);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

/* As when another processor completes something while the driver is about to say that it is full.
 */
static unsigned offers;
static NDIS_STATUS room_after_all(NDIS_PACKET *packet)
{
    if (offers++)
        return NDIS_STATUS_SUCCESS;
    NdisMSendResourcesAvailable(fake5.handle);
    return NDIS_STATUS_RESOURCES;
}
static void room_after_all_in_array(NDIS_PACKET **packets, UINT n)
{
    for (UINT i = 0; i < n; i++) {
        NDIS_STATUS status = room_after_all(packets[i]);
        NDIS_SET_PACKET_STATUS(packets[i], status);
        if (status != NDIS_STATUS_SUCCESS)
            return;
    }
}

TEST_NT(room_that_comes_while_the_driver_refuses_is_not_forgotten, "")
{
    fake5.in_send = room_after_all_in_array;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(send_some(adapter, 3), 3);
    CHECK_EQ(done_ok, 3);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(room_that_comes_while_the_driver_refuses_one_is_not_forgotten, "")
{
    fake5.no_send_packets = true;
    fake5.in_send_one = room_after_all;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(send_some(adapter, 3), 3);
    CHECK_EQ(done_ok, 3);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

/* One processor leaves the driver in the moment in which another one queues a packet: one of them
 * has to see what the other did. */
static unsigned round_wanted, round_now, round_left;
static bool rounds_over;
static struct ndis_adapter *contended;
static void leaves(void *unused)
{
    for (unsigned i = 1;; i++) {
        while (__atomic_load_n(&round_wanted, __ATOMIC_ACQUIRE) < i) {
            if (__atomic_load_n(&rounds_over, __ATOMIC_ACQUIRE))
                return;
            KeStallExecutionProcessor(1);
        }
        KIRQL old = ndis5_enter(contended);
        __atomic_store_n(&round_now, i, __ATOMIC_RELEASE);
        for (volatile unsigned delay = i * 7 % 64; delay; delay--)
            ;
        ndis5_leave(contended, old);
        __atomic_store_n(&round_left, i, __ATOMIC_RELEASE);
    }
}

/* So many rounds, or as many as a second has. */
static void send_while_another_leaves(unsigned rounds)
{
    ndis_timeouts.hang_check = 100000; /* it would look, too */
    contended = fake5_running();
    struct thread *thread = thread_create(1, 8, leaves, NULL, "leaves");
    uint64_t end = host_now() + 1000000000;
    for (unsigned i = 1; i <= rounds && host_now() < end; i++) {
        __atomic_store_n(&round_wanted, i, __ATOMIC_RELEASE);
        while (__atomic_load_n(&round_now, __ATOMIC_ACQUIRE) < i)
            KeStallExecutionProcessor(1);
        for (volatile unsigned delay = i * 11 % 64; delay; delay--)
            ;
        CHECK_EQ(send_some(contended, 1), 1);
        while (__atomic_load_n(&round_left, __ATOMIC_ACQUIRE) < i)
            KeStallExecutionProcessor(1);
        CHECK_EQ(done_ok, i);
    }
    __atomic_store_n(&rounds_over, true, __ATOMIC_RELEASE);
    thread_join(thread);
    fake5_finish(contended);
    CHECK_NO_VIOLATION();
}

static void many_rounds(void *unused)
{
    send_while_another_leaves(200000);
}
static void few_rounds(void *unused)
{
    send_while_another_leaves(200);
}

TEST(a_packet_queued_while_the_driver_is_left_is_sent_live, "R-368")
{
    nt_test_run(many_rounds, false, false, 0, 0);
}
TEST(a_packet_queued_while_the_driver_is_left_is_sent_seed, "R-368")
{
    nt_test_run(few_rounds, true, false, 0, 0);
}

TEST_NT(a_4_0_driver_with_only_a_send_handler_completes_by_its_return_value, "")
{
    fake5.major = 4;
    fake5.minor = 0;
    fake5.no_send_packets = true;
    struct ndis_adapter *adapter = fake5_running();
    unsigned major, minor;
    ndis_driver_version(adapter->driver, &major, &minor);
    CHECK(major == 4 && minor == 0);
    CHECK_EQ(send_some(adapter, 3), 3);
    CHECK_EQ(done_ok, 3);
    CHECK_EQ(fake5.sends, 3);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

/* The DPC holds the lock: the send is taken, and given to the driver when the DPC has returned. */
static struct ndis_adapter *nic;
static void other_thread(void *arg)
{
    send_some(nic, 2);
    *(int *)arg = 1;
}

static void send_thread(void *unused)
{
    send_some(nic, 1);
}

static int sent_while_inside, sends_before;
static void wait_inside(void)
{
    for (int i = 0; i < 5000 && !__atomic_load_n(&sent_while_inside, __ATOMIC_ACQUIRE); i++)
        KeStallExecutionProcessor(10);
    sends_before = (int)fake5.sends;
}

TEST_NT(a_send_while_another_processor_is_inside_is_deferred, "R-368")
{
    nic = fake5_running();
    fake5.in_dpc = wait_inside;
    pci_intx_set(&fake5_card.fn, true); /* the line is processor 0's */
    thread_sleep(20000);
    struct thread *thread = thread_create(1, 8, other_thread, &sent_while_inside, "sender");
    thread_join(thread);
    thread_sleep(3000000);
    CHECK_EQ(sends_before, 0);
    CHECK_EQ(done_ok, 2);
    CHECK_EQ(fake5.most_inside, 1);
    fake5.in_dpc = NULL;
    fake5_finish(nic);
    CHECK_NO_VIOLATION();
}

/* --- deserialised --- */

static unsigned at_passive, at_dispatch;

static void keep_deserialised(NDIS_PACKET **packets, UINT n)
{
    if (irql_current() == DISPATCH_LEVEL)
        at_dispatch++;
    else
        at_passive++;
    for (UINT i = 0; i < n; i++) {
        NDIS_SET_PACKET_STATUS(packets[i], NDIS_STATUS_RESOURCES); /* means nothing here */
        kept[kept_count++] = packets[i];
    }
}

TEST_NT(a_deserialised_driver_is_called_without_a_lock_and_completes_itself, "R-395")
{
    fake5.deserialized = true;
    fake5.in_send = keep_deserialised;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(send_some(adapter, 20), 20);
    CHECK_EQ(fake5.sends, 1); /* whatever OID_GEN_MAXIMUM_SEND_PACKETS says: that is 8 */
    CHECK_EQ(send_some(adapter, 2), 2);
    CHECK(at_passive && at_dispatch);
    CHECK_EQ(done_ok + done_failed, 0);
    complete_kept(NDIS_STATUS_SUCCESS);
    CHECK_EQ(done_ok, 22);
    CHECK_EQ(five(adapter)->lock, 0);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

/* A DPC and a send of a deserialised driver, on two processors, wait for each other inside. */
static void meet_inside(void)
{
    for (int i = 0; i < 10000 && __atomic_load_n(&fake5.most_inside, __ATOMIC_ACQUIRE) < 2; i++)
        KeStallExecutionProcessor(10);
}
static void send_and_meet(NDIS_PACKET **packets, UINT n)
{
    meet_inside();
    NdisMSendComplete(fake5.handle, packets[0], NDIS_STATUS_SUCCESS);
}

TEST_NT(calls_of_a_deserialised_driver_overlap, "R-395")
{
    fake5.deserialized = true;
    nic = fake5_running();
    fake5.in_dpc = meet_inside;
    fake5.in_send = send_and_meet;
    struct thread *thread = thread_create(1, 8, send_thread, NULL, "sender");
    fake5_raise();
    thread_join(thread);
    CHECK_EQ(fake5.most_inside, 2);
    fake5.in_dpc = NULL;
    fake5_finish(nic);
    CHECK_NO_VIOLATION();
}

static NDIS_STATUS always_resources(NDIS_PACKET *packet)
{
    return NDIS_STATUS_RESOURCES;
}

TEST_NT(a_deserialised_driver_must_not_answer_resources, "")
{
    fake5.deserialized = true;
    fake5.no_send_packets = true;
    fake5.in_send_one = always_resources;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(send_some(adapter, 1), 1);
    CHECK_EQ(done_failed, 1);
    CHECK_EQ(nt_test_violations("MiniportSend"), 1);
    fake5_finish(adapter);
}

/* --- mistakes --- */

TEST_NT(completing_a_send_twice_is_reported, "")
{
    fake5.in_send = keep;
    struct ndis_adapter *adapter = fake5_running();
    send_some(adapter, 1);
    NDIS_PACKET *packet = kept[0];
    complete_kept(NDIS_STATUS_SUCCESS);
    NdisMSendComplete(fake5.handle, packet, NDIS_STATUS_SUCCESS);
    CHECK_EQ(nt_test_violations("NdisMSendComplete"), 1);
    CHECK_EQ(done_ok, 1);
    fake5_finish(adapter);
}

TEST_NT(completing_a_packet_that_was_never_sent_is_reported, "")
{
    struct ndis_adapter *adapter = fake5_running();
    NDIS_PACKET *packet = fake5_packet(100, 1, 0);
    NdisMSendComplete(fake5.handle, packet, NDIS_STATUS_SUCCESS);
    CHECK_EQ(nt_test_violations("NdisMSendComplete"), 1);
    fake5_packet_free(packet);
    fake5_finish(adapter);
}

static void complete_and_say(NDIS_PACKET **packets, UINT n)
{
    NdisMSendComplete(fake5.handle, packets[0], NDIS_STATUS_SUCCESS);
}
static NDIS_STATUS complete_one_and_say(NDIS_PACKET *packet)
{
    NdisMSendComplete(fake5.handle, packet, NDIS_STATUS_SUCCESS);
    return NDIS_STATUS_SUCCESS;
}

TEST_NT(completing_and_returning_success_is_completing_twice, "")
{
    fake5.no_send_packets = true;
    fake5.in_send_one = complete_one_and_say;
    fake5.in_send = complete_and_say;
    struct ndis_adapter *adapter = fake5_running();
    send_some(adapter, 1);
    CHECK_EQ(nt_test_violations("NdisMSendComplete"), 1);
    CHECK_EQ(done_ok, 1);
    fake5_finish(adapter);
}

TEST_NT_BUGCHECK(a_halt_that_keeps_packets_is_a_bug_check, "R-439", 0x7C, 0x27)
{
    ndis_timeouts.drain = 20;
    fake5.in_send = keep;
    struct ndis_adapter *adapter = fake5_running();
    send_some(adapter, 1);
    ndis_adapter_halt(adapter);
}

/* --- the end of sends --- */

static void refuse_all(NDIS_PACKET **packets, UINT n)
{
    fake5_note("send");
    NDIS_SET_PACKET_STATUS(packets[0], NDIS_STATUS_RESOURCES);
}

TEST_NT(what_is_still_in_ndis_s_queue_fails_when_the_adapter_stops, "")
{
    ndis_timeouts.drain = 20;
    fake5.in_send = refuse_all;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(send_some(adapter, 3), 3);
    ndis_adapter_halt(adapter);
    CHECK_EQ(done_failed, 3);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

/* The first is kept until the halt; then there would be room for the second. */
static void keep_one(NDIS_PACKET **packets, UINT n)
{
    fake5_note("send");
    if (kept_count) {
        NDIS_SET_PACKET_STATUS(packets[0], NDIS_STATUS_RESOURCES);
        return;
    }
    kept[kept_count++] = packets[0];
    if (n > 1)
        NDIS_SET_PACKET_STATUS(packets[1], NDIS_STATUS_RESOURCES);
}
static void complete_in_halt(void)
{
    complete_kept(NDIS_STATUS_FAILURE);
}

TEST_NT(a_driver_that_completes_in_halt_is_given_no_other_packet, "")
{
    ndis_timeouts.drain = 20;
    fake5.in_send = keep_one;
    fake5.in_halt = complete_in_halt;
    struct ndis_adapter *adapter = fake5_running();
    fake5_log();
    CHECK_EQ(send_some(adapter, 2), 2);
    CHECK_STR(fake5_log(), "send!");
    ndis_adapter_halt(adapter);
    CHECK_STR(fake5_log(), "halt");
    CHECK_EQ(done_failed, 2);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

/* A pause waits for what is queued, not only for what the driver has. */
static void slowly(NDIS_PACKET **packets, UINT n)
{
    NDIS_SET_PACKET_STATUS(packets[0], NDIS_STATUS_PENDING);
    NdisMSendComplete(fake5.handle, packets[0], NDIS_STATUS_SUCCESS); /* nothing is with it now */
    for (UINT i = 1; i < n; i++)
        NDIS_SET_PACKET_STATUS(packets[i], NDIS_STATUS_SUCCESS);
    for (int i = 0; i < 50; i++)
        KeStallExecutionProcessor(10);
}
static void send_twenty(void *unused)
{
    send_some(nic, 20);
}

TEST_NT(a_pause_waits_for_the_whole_queue, "")
{
    fake5.in_send = slowly;
    fake5.max_packets = 1;
    nic = fake5_running();
    struct thread *thread = thread_create(1, 8, send_twenty, NULL, "sends");
    while (!__atomic_load_n(&fake5.sends, __ATOMIC_ACQUIRE))
        thread_sleep(10000);
    CHECK_EQ(ndis_adapter_pause(nic), 0);
    thread_join(thread);
    CHECK_EQ(done_failed, 0);
    CHECK_EQ(done_ok, 20);
    fake5_finish(nic);
    CHECK_NO_VIOLATION();
}
