/* SPDX-License-Identifier: MIT */
/* reset_test.c - check for hang, what a reset does to what is pending, and what it keeps out. */
#include "ndis5/fake5.h"
#include "ndis/ndis_test.h"

static unsigned done_ok, done_failed;
static NDIS_STATUS done_status;

static void done(void *ctx, NDIS_STATUS status)
{
    done_status = status;
    __atomic_add_fetch(status == NDIS_STATUS_SUCCESS ? &done_ok : &done_failed, 1,
                       __ATOMIC_SEQ_CST);
}

static void send_one(struct ndis_adapter *adapter)
{
    struct ndis_frame frame = {(uint8_t[60]){0}, 60};
    CHECK_EQ(ndis_send(adapter, &frame, 1, done, NULL), 1);
}

static NDIS_PACKET *kept;
static void keep(NDIS_PACKET **packets, UINT n)
{
    kept = packets[n - 1];
}

/* A thread that does one thing beside the test. */
static struct ndis_adapter *nic;
static NDIS_STATUS asked;
static void ask(void *arg)
{
    ULONG id;
    asked =
        ndis_oid(nic, NdisRequestQueryInformation, OID_GEN_VENDOR_ID, &id, sizeof(id), NULL);
}
static void reset(void *arg)
{
    ndis_adapter_reset(nic);
}

#define PERIOD_MS 20
#define PERIOD    (PERIOD_MS * 1000000ull)

static struct ndis_adapter *running_with_short_checks(void)
{
    ndis_timeouts.hang_check = PERIOD_MS;
    nic = fake5_running();
    fake5_log();
    return nic;
}

/* However busy the host is. */
static bool reset_comes(const struct ndis_adapter *adapter)
{
    for (int i = 0; i < 1000 && !__atomic_load_n(&adapter->resets, __ATOMIC_ACQUIRE); i++)
        thread_sleep(PERIOD / 2);
    while (__atomic_load_n(&adapter->resetting, __ATOMIC_ACQUIRE))
        thread_sleep(PERIOD / 2);
    return adapter->resets != 0;
}

/* --- check for hang --- */

TEST_NT(a_driver_that_says_it_hangs_is_reset, "")
{
    struct ndis_adapter *adapter = running_with_short_checks();
    fake5.hang_now = true;
    CHECK(reset_comes(adapter));
    CHECK_STR(fake5_log(), "reset!");
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(sends_that_pend_for_two_checks_are_a_hang, "")
{
    fake5.in_send = keep;
    struct ndis_adapter *adapter = running_with_short_checks();
    send_one(adapter);
    CHECK(reset_comes(adapter));
    CHECK_STR(fake5_log(), "reset!");
    CHECK_EQ(done_failed, 1);
    CHECK_EQ(done_status, NDIS_STATUS_REQUEST_ABORTED);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

static void refuse(NDIS_PACKET **packets, UINT n)
{
    NDIS_SET_PACKET_STATUS(packets[0], NDIS_STATUS_RESOURCES);
}
static void take_from_now_on(void)
{
    fake5.in_send = NULL;
}

TEST_NT(a_driver_that_never_has_resources_hangs, "")
{
    fake5.in_send = refuse;
    fake5.in_reset = take_from_now_on;
    struct ndis_adapter *adapter = running_with_short_checks();
    send_one(adapter);
    CHECK(reset_comes(adapter));
    CHECK_STR(fake5_log(), "reset!");
    CHECK_EQ(done_ok, 1); /* it was NDIS's all the time, and is offered again after the reset */
    fake5_finish(adapter);
    CHECK_EQ(nt_test_violations("MiniportSend"), 1);
}

TEST_NT(packet_timeouts_can_be_ignored, "")
{
    fake5.in_send = keep;
    fake5.attributes = NDIS_ATTRIBUTE_IGNORE_PACKET_TIMEOUT;
    struct ndis_adapter *adapter = running_with_short_checks();
    send_one(adapter);
    thread_sleep(6 * PERIOD);
    CHECK_STR(fake5_log(), "");
    NdisMSendComplete(fake5.handle, kept, NDIS_STATUS_SUCCESS);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_deserialised_driver_times_its_sends_itself, "R-395")
{
    fake5.deserialized = true;
    fake5.in_send = keep;
    struct ndis_adapter *adapter = running_with_short_checks();
    send_one(adapter);
    thread_sleep(6 * PERIOD);
    CHECK_STR(fake5_log(), "");
    NdisMSendComplete(fake5.handle, kept, NDIS_STATUS_SUCCESS);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_request_that_pends_for_two_checks_is_a_hang, "")
{
    struct ndis_adapter *adapter = running_with_short_checks();
    fake5.keep_query = true;
    ask(NULL); /* comes back because of the reset */
    CHECK_EQ(asked, NDIS_STATUS_REQUEST_ABORTED);
    CHECK_STR(fake5_log(), "reset!");
    fake5.keep_query = false;
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(request_timeouts_can_be_ignored, "")
{
    fake5.attributes = NDIS_ATTRIBUTE_IGNORE_REQUEST_TIMEOUT;
    struct ndis_adapter *adapter = running_with_short_checks();
    fake5.keep_query = true;
    struct thread *thread = thread_create(1, 8, ask, NULL, "asks");
    thread_sleep(6 * PERIOD);
    CHECK_STR(fake5_log(), "");
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisMQueryInformationComplete(fake5.handle, NDIS_STATUS_SUCCESS);
    irql_lower(old);
    thread_join(thread);
    CHECK_EQ(asked, NDIS_STATUS_SUCCESS);
    fake5.keep_query = false;
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

/* --- what a reset ends, and what it keeps out --- */

TEST_NT(reset_runs_at_dispatch_level_and_restores_what_was_set, "R-392 R-370")
{
    struct ndis_adapter *adapter = fake5_running();
    fake5.packet_filter = 0;
    CHECK_EQ(ndis_adapter_reset(adapter), 0);
    CHECK_EQ(fake5.reset_irql, DISPATCH_LEVEL);
    CHECK(fake5.packet_filter != 0); /* AddressingReset */
    fake5.pend_reset = true;
    fake5.packet_filter = 0;
    CHECK_EQ(ndis_adapter_reset(adapter), 0);
    CHECK(fake5.packet_filter != 0);
    send_one(adapter);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_reset_ends_the_sends_of_a_serialised_driver, "R-370")
{
    fake5.in_send = keep;
    struct ndis_adapter *adapter = fake5_running();
    send_one(adapter);
    CHECK_EQ(adapter->nbls_outstanding_to_driver, 1);
    CHECK_EQ(ndis_adapter_reset(adapter), 0);
    CHECK_EQ(done_status, NDIS_STATUS_REQUEST_ABORTED);
    CHECK_EQ(adapter->nbls_outstanding_to_driver, 0);
    fake5_finish(adapter);
}

TEST_NT(what_ndis_had_queued_is_sent_as_soon_as_a_reset_is_over, "")
{
    fake5.in_send = refuse;
    fake5.keeps_addressing = true; /* no request follows the reset */
    struct ndis_adapter *adapter = fake5_running();
    for (int i = 0; i < 3; i++)
        send_one(adapter);
    fake5.in_send = NULL;
    CHECK_EQ(done_ok, 0);
    CHECK_EQ(ndis_adapter_reset(adapter), 0);
    CHECK_EQ(done_ok, 3);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(while_a_reset_is_pending_the_driver_gets_no_requests_and_no_sends, "R-370")
{
    nic = fake5_running();
    fake5.keep_reset = true;
    struct thread *thread = thread_create(1, 8, reset, NULL, "resets");
    while (!nic->resetting || !fake5.reset_irql)
        thread_sleep(100000);
    fake5.query_irql = HIGH_LEVEL;
    ask(NULL);
    CHECK_EQ(asked, NDIS_STATUS_RESET_IN_PROGRESS);
    CHECK_EQ(fake5.query_irql, HIGH_LEVEL);
    struct ndis_frame frame = {(uint8_t[60]){0}, 60};
    CHECK_EQ(ndis_send(nic, &frame, 1, NULL, NULL), 0);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisMResetComplete(fake5.handle, NDIS_STATUS_SUCCESS, FALSE);
    irql_lower(old);
    thread_join(thread);
    ask(NULL);
    CHECK_EQ(asked, NDIS_STATUS_SUCCESS);
    fake5_finish(nic);
    CHECK_NO_VIOLATION();
}

/* The request waits for the lock that the reset holds: the driver has not seen it, so the reset has
 * nothing to end. */
static void await_request(void)
{
    while (!__atomic_load_n(&nic->oid.request, __ATOMIC_ACQUIRE))
        KeStallExecutionProcessor(10);
    for (int i = 0; i < 10; i++) /* until it is at the lock */
        KeStallExecutionProcessor(10);
}

TEST_NT(a_reset_does_not_end_a_request_that_the_driver_does_not_have, "R-370")
{
    nic = fake5_running();
    fake5.in_reset = await_request;
    struct thread *thread = thread_create(1, 8, ask, NULL, "asks");
    CHECK_EQ(ndis_adapter_reset(nic), 0);
    thread_join(thread);
    CHECK(asked == NDIS_STATUS_RESET_IN_PROGRESS || asked == NDIS_STATUS_SUCCESS);
    ask(NULL);
    CHECK_EQ(asked, NDIS_STATUS_SUCCESS);
    fake5_finish(nic);
    CHECK_NO_VIOLATION();
}

TEST_NT(the_link_is_not_made_up_while_the_driver_cannot_be_asked, "")
{
    nic = fake5_running();
    nic->link.MediaConnectState = MediaConnectStateDisconnected;
    fake5.keep_reset = true;
    struct thread *thread = thread_create(1, 8, reset, NULL, "resets");
    while (!nic->resetting || !fake5.reset_irql)
        thread_sleep(100000);
    ndis5_query_media(nic);
    while (__atomic_load_n(&five(nic)->workers, __ATOMIC_ACQUIRE))
        thread_sleep(100000);
    CHECK(!ndis_link_up(nic));
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisMResetComplete(fake5.handle, NDIS_STATUS_SUCCESS, FALSE);
    irql_lower(old);
    thread_join(thread);
    fake5_finish(nic);
}

/* --- completions --- */

TEST_NT_BUGCHECK(completing_a_reset_that_nobody_asked_for_is_a_bug_check, "R-433", 0x7C, 0x0F)
{
    fake5_running();
    irql_raise(DISPATCH_LEVEL);
    NdisMResetComplete(fake5.handle, NDIS_STATUS_SUCCESS, FALSE);
}

TEST_NT(completions_are_called_at_dispatch_level, "")
{
    nic = fake5_running();
    fake5.keep_reset = true;
    struct thread *thread = thread_create(1, 8, reset, NULL, "resets");
    while (!nic->resetting || !fake5.reset_irql)
        thread_sleep(100000);
    NdisMResetComplete(fake5.handle, NDIS_STATUS_SUCCESS, FALSE);
    thread_join(thread);
    CHECK_EQ(nt_test_violations("Irql"), 1);
    fake5.keep_query = true;
    thread = thread_create(1, 8, ask, NULL, "asks");
    while (!__atomic_load_n(&five(nic)->pended_request, __ATOMIC_ACQUIRE))
        thread_sleep(100000);
    NdisMQueryInformationComplete(fake5.handle, NDIS_STATUS_SUCCESS);
    thread_join(thread);
    CHECK_EQ(asked, NDIS_STATUS_SUCCESS);
    CHECK_EQ(nt_test_violations("Irql"), 2);
    fake5_finish(nic);
}
