/* SPDX-License-Identifier: MIT */
/* oid_test.c - OID requests, status indications, PnP events. */
#include "ndis/fake_miniport.h"

static NDIS_STATUS query(struct ndis_adapter *adapter, NDIS_OID oid, void *buffer, ULONG length,
                         ULONG *bytes)
{
    return ndis_oid(adapter, NdisRequestQueryInformation, oid, buffer, length, bytes);
}

static NDIS_STATUS answer_42(struct fake *f, NDIS_OID_REQUEST *request)
{
    if (request->DATA.QUERY_INFORMATION.InformationBufferLength < 4) {
        request->DATA.QUERY_INFORMATION.BytesNeeded = 4;
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    *(ULONG *)request->DATA.QUERY_INFORMATION.InformationBuffer = 42;
    request->DATA.QUERY_INFORMATION.BytesWritten = 4;
    return NDIS_STATUS_SUCCESS;
}

TEST_NT(a_query_returns_what_the_driver_wrote_or_needs, "")
{
    struct ndis_adapter *adapter = fake_running();
    fake.oid = answer_42;
    ULONG value = 0, bytes = 0;
    CHECK_EQ(query(adapter, OID_GEN_XMIT_OK, &value, 4, &bytes), NDIS_STATUS_SUCCESS);
    CHECK_EQ(value, 42);
    CHECK_EQ(bytes, 4);
    CHECK_EQ(query(adapter, OID_GEN_XMIT_OK, &value, 2, &bytes), NDIS_STATUS_BUFFER_TOO_SHORT);
    CHECK_EQ(bytes, 4);
    fake.oid = NULL;
    fake_finish(adapter);
}

TEST_NT(a_pended_request_is_completed_later, "")
{
    fake.pend_oid = true;
    struct ndis_adapter *adapter = fake_running();
    ULONG value;
    for (int i = 0; i < 20; i++)
        CHECK_EQ(query(adapter, OID_GEN_XMIT_OK, &value, 4, NULL), NDIS_STATUS_SUCCESS);
    fake_finish(adapter);
}

static struct ndis_adapter *shared_adapter;
static unsigned running_requests, most_requests;

static NDIS_STATUS slow_request(struct fake *f, NDIS_OID_REQUEST *request)
{
    unsigned now = __atomic_add_fetch(&running_requests, 1, __ATOMIC_RELAXED);
    if (now > most_requests)
        most_requests = now;
    thread_sleep(500000);
    __atomic_sub_fetch(&running_requests, 1, __ATOMIC_RELAXED);
    return NDIS_STATUS_SUCCESS;
}

static void ask(void *arg)
{
    ULONG value;
    for (int i = 0; i < 5; i++)
        CHECK_EQ(query(shared_adapter, OID_GEN_XMIT_OK, &value, 4, NULL), NDIS_STATUS_SUCCESS);
}

TEST_NT(requests_come_one_at_a_time, "R-264")
{
    shared_adapter = fake_running();
    fake.oid = slow_request;
    struct thread *threads[4];
    for (unsigned i = 0; i < 4; i++)
        threads[i] = thread_create(i % 2, 8, ask, NULL, "asker");
    for (unsigned i = 0; i < 4; i++)
        thread_join(threads[i]);
    CHECK_EQ(most_requests, 1);
    fake.oid = NULL;
    fake_finish(shared_adapter);
}

TEST_NT_BUGCHECK(completing_a_request_that_is_not_pending_is_a_bug_check, "R-438", 0x7C, 0x26)
{
    struct ndis_adapter *adapter = fake_running();
    NDIS_OID_REQUEST request = {0};
    NdisMOidRequestComplete(adapter, &request, NDIS_STATUS_SUCCESS);
}

static NDIS_STATUS complete_twice(struct fake *f, NDIS_OID_REQUEST *request)
{
    NdisMOidRequestComplete(f->init_handle, request, NDIS_STATUS_SUCCESS);
    NdisMOidRequestComplete(f->init_handle, request, NDIS_STATUS_SUCCESS);
    return NDIS_STATUS_PENDING;
}

TEST_NT_BUGCHECK(completing_a_request_twice_is_a_bug_check, "R-438", 0x7C, 0x26)
{
    struct ndis_adapter *adapter = fake_running();
    ULONG value;
    fake.oid = complete_twice;
    query(adapter, OID_GEN_XMIT_OK, &value, 4, NULL);
}

static NDIS_STATUS complete_and_succeed(struct fake *f, NDIS_OID_REQUEST *request)
{
    NdisMOidRequestComplete(f->init_handle, request, NDIS_STATUS_SUCCESS);
    return NDIS_STATUS_SUCCESS;
}

TEST_NT_BUGCHECK(completing_a_request_and_returning_success_is_a_bug_check, "R-438", 0x7C, 0x26)
{
    struct ndis_adapter *adapter = fake_running();
    ULONG value;
    fake.oid = complete_and_succeed;
    query(adapter, OID_GEN_XMIT_OK, &value, 4, NULL);
}

static NDIS_STATUS complete_first(struct fake *f, NDIS_OID_REQUEST *request)
{
    NdisMOidRequestComplete(f->init_handle, request, NDIS_STATUS_SUCCESS);
    return NDIS_STATUS_PENDING;
}

TEST_NT(a_request_may_be_completed_before_pending_is_returned, "")
{
    struct ndis_adapter *adapter = fake_running();
    ULONG value;
    fake.oid = complete_first;
    CHECK_EQ(query(adapter, OID_GEN_XMIT_OK, &value, 4, NULL), NDIS_STATUS_SUCCESS);
    fake.oid = NULL;
    fake_finish(adapter);
}

TEST_NT_BUGCHECK(a_request_that_is_never_completed_is_reported_then_ends_the_run, "R-437", 0x7C,
                 0x25)
{
    struct ndis_adapter *adapter = fake_running();
    ndis_timeouts.oid_slow = 10;
    ndis_timeouts.oid = 30;
    fake.never_oid = true;
    ULONG value;
    query(adapter, OID_GEN_XMIT_OK, &value, 4, NULL);
}

static NDIS_STATUS lie(struct fake *f, NDIS_OID_REQUEST *request)
{
    request->DATA.QUERY_INFORMATION.BytesWritten = 4000;
    return NDIS_STATUS_SUCCESS;
}

TEST_NT(a_driver_that_claims_too_many_bytes_is_reported, "")
{
    struct ndis_adapter *adapter = fake_running();
    ULONG value, bytes;
    fake.oid = lie;
    CHECK_EQ(query(adapter, OID_GEN_XMIT_OK, &value, 4, &bytes), NDIS_STATUS_SUCCESS);
    CHECK_EQ(bytes, 4);
    CHECK_EQ(nt_test_violations("MiniportOidRequest"), 1);
    fake.oid = NULL;
    fake_finish(adapter);
}

TEST_NT(no_request_before_initialize_or_after_halt, "R-264 R-272")
{
    struct ndis_adapter *adapter = fake_add(NULL, NULL);
    ULONG value;
    CHECK_EQ(query(adapter, OID_GEN_XMIT_OK, &value, 4, NULL), NDIS_STATUS_ADAPTER_NOT_READY);
    fake_start(adapter);
    ndis_adapter_halt(adapter);
    unsigned before = fake.oid_count;
    CHECK_EQ(query(adapter, OID_GEN_XMIT_OK, &value, 4, NULL), NDIS_STATUS_ADAPTER_NOT_READY);
    CHECK_EQ(fake.oid_count, before);
    fake_finish(adapter);
}

TEST_NT(binding_sets_the_packet_filter_once_running, "")
{
    struct ndis_adapter *adapter = fake_running();
    CHECK_EQ(fake.packet_filter,
             NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_BROADCAST);
    CHECK_STR(fake_log(), "init pnp5 oid10209 oid20106 oid1010f oid1010103 restart oid1010e");
    fake_finish(adapter);
}

static struct ndis_adapter *addressed(const struct ndis_addressing *addressing)
{
    struct ndis_adapter_config config = {.addressing = *addressing};
    struct ndis_adapter *adapter = fake_add(NULL, &config);
    fake_start(adapter);
    return adapter;
}

static bool wanted(struct ndis_adapter *adapter, const char *to)
{
    uint8_t frame[60] = {0};
    memcpy(frame, to, 6);
    return ndis_frame_wanted(adapter, frame, sizeof(frame));
}

#define GROUP     "\x01\x00\x5e\x00\x00\x01"
#define NOT_GROUP "\x01\x00\x5e\x11\x11\x11"
#define EVERYBODY "\xff\xff\xff\xff\xff\xff"
#define STRANGER  "\x52\x54\x00\x99\x99\x99"

TEST_NT(what_the_filter_wants_is_told_apart, "")
{
    struct ndis_adapter *adapter = addressed(&(struct ndis_addressing){0});
    struct ndis_adapter_report report;
    ndis_adapter_report(adapter, &report);
    CHECK_EQ(report.packet_filter, fake.packet_filter);
    CHECK(wanted(adapter, (char *)report.mac) && wanted(adapter, GROUP) &&
          wanted(adapter, EVERYBODY));
    CHECK(!wanted(adapter, NOT_GROUP) && !wanted(adapter, STRANGER));
    CHECK(!ndis_frame_wanted(adapter, EVERYBODY, 6));
    fake_finish(adapter);
}

TEST_NT(the_user_may_choose_filter_and_groups, "")
{
    struct ndis_addressing chosen = {
        .filter_set = true,
        .filter = NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_DIRECTED,
        .groups_set = true,
        .groups = 1,
        .group = {{0x01, 0x00, 0x5e, 0x11, 0x11, 0x11}},
    };
    struct ndis_adapter *adapter = addressed(&chosen);
    CHECK_EQ(fake.packet_filter, chosen.filter);
    CHECK(wanted(adapter, NOT_GROUP) && !wanted(adapter, GROUP) && !wanted(adapter, EVERYBODY));
    ULONG filter = NDIS_PACKET_TYPE_ALL_MULTICAST;
    CHECK_EQ(ndis_oid(adapter, NdisRequestSetInformation, OID_GEN_CURRENT_PACKET_FILTER, &filter,
                      sizeof(filter), NULL),
             NDIS_STATUS_SUCCESS);
    CHECK(wanted(adapter, GROUP) && !wanted(adapter, STRANGER));
    filter = NDIS_PACKET_TYPE_PROMISCUOUS;
    ndis_oid(adapter, NdisRequestSetInformation, OID_GEN_CURRENT_PACKET_FILTER, &filter,
             sizeof(filter), NULL);
    CHECK(wanted(adapter, STRANGER));
    fake_finish(adapter);
}

/* For drivers whose multicast list is where their fault lies. */
TEST_NT(no_multicast_list_at_all_is_a_choice, "")
{
    struct ndis_adapter *adapter = addressed(&(struct ndis_addressing){.groups_set = true});
    CHECK(!strstr(fake_log(), "oid1010103"));
    CHECK(!wanted(adapter, GROUP));
    fake_finish(adapter);
}

/* --- status --- */

static void link_later(void *arg)
{
    thread_sleep(2000000);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    fake_indicate_link(true);
    irql_lower(old);
}

TEST_NT(link_state_is_indicated_and_waited_for, "")
{
    struct ndis_adapter *adapter = fake_running();
    CHECK(!ndis_link_up(adapter));
    CHECK(!ndis_wait_link(adapter, true, 1000000));
    thread_detach(thread_create(1, 8, link_later, NULL, "link"));
    CHECK(ndis_wait_link(adapter, true, UINT64_MAX));
    CHECK_EQ(ndis_link_speed(adapter), 1000000000);
    fake_indicate_link(false);
    CHECK(ndis_wait_link(adapter, false, 0));
    CHECK_EQ(report_violations(&(const struct violation_record *){NULL}), 0);
    fake_finish(adapter);
}

static void link_in_init(struct fake *f)
{
    fake_indicate_link(true);
}

TEST_NT(status_from_initialize_is_fine_after_the_registration_attributes, "R-298")
{
    fake.in_init = link_in_init;
    struct ndis_adapter *adapter = fake_running();
    CHECK_EQ(nt_test_violations("R-298"), 0);
    CHECK(ndis_link_up(adapter));
    fake_finish(adapter);
}

TEST_NT(status_from_initialize_before_the_registration_attributes_is_reported, "R-298")
{
    char err[200];
    fake.in_init = link_in_init;
    fake.no_registration = fake.no_general = true;
    ndis_adapter_start(fake_add(NULL, NULL), err, sizeof(err));
    CHECK_EQ(nt_test_violations("R-298"), 1);
}

/* Microsoft's netvmini does it; NdisMIndicateStatusEx's page allows it until the handler returns. */
TEST_NT(status_from_halt_is_fine_until_it_returns, "R-298")
{
    fake.in_halt = link_in_init;
    struct ndis_adapter *adapter = fake_running();
    ndis_adapter_halt(adapter);
    CHECK_EQ(report_violations(&(const struct violation_record *){NULL}), 0);
    fake_indicate_link(true);
    CHECK_EQ(nt_test_violations("NdisMIndicateStatusEx"), 1);
    fake_finish(adapter);
}

TEST_NT(status_from_shutdown_is_reported, "R-298")
{
    fake.in_shutdown = link_in_init;
    struct ndis_adapter *adapter = fake_running();
    ndis_adapter_shutdown(adapter);
    CHECK_EQ(nt_test_violations("R-298"), 1);
}

TEST_NT(status_from_an_interrupt_is_reported, "R-080")
{
    struct ndis_adapter *adapter = fake_running();
    KIRQL old = irql_raise(5);
    fake_indicate_link(true);
    irql_lower(old);
    CHECK_EQ(nt_test_violations("R-080"), 1);
    fake_finish(adapter);
}

static NDIS_STATUS net_event_in_request(struct fake *f, NDIS_OID_REQUEST *request)
{
    NET_PNP_EVENT_NOTIFICATION event = {0};
    ndis_header_set(&event.Header, NDIS_OBJECT_TYPE_DEFAULT, NET_PNP_EVENT_NOTIFICATION_REVISION_1,
                    NDIS_SIZEOF_NET_PNP_EVENT_NOTIFICATION_REVISION_1);
    event.NetPnPEvent.NetEvent = NetEventPortActivation;
    NdisMNetPnPEvent(f->init_handle, &event);
    return NDIS_STATUS_SUCCESS;
}

TEST_NT(a_pnp_event_inside_an_oid_request_is_reported, "")
{
    struct ndis_adapter *adapter = fake_running();
    ULONG value;
    fake.oid = net_event_in_request;
    query(adapter, OID_GEN_XMIT_OK, &value, 4, NULL);
    CHECK_EQ(nt_test_violations("NdisMNetPnPEventInOIDRequest"), 1);
    fake.oid = NULL;
    fake_finish(adapter);
}
