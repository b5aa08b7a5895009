/* SPDX-License-Identifier: MIT */
#include "ndis/ndis_test.h"
#include "ndis/timer.h"
#include "ndis/worker.h"

static struct {
    unsigned calls;
    KIRQL irql;
    void *context;
    NDIS_EVENT fired;
} seen;

static VOID NTAPI on_timer(PVOID SystemSpecific1, PVOID FunctionContext, PVOID SystemSpecific2,
                           PVOID SystemSpecific3)
{
    seen.calls++;
    seen.irql = irql_current();
    seen.context = FunctionContext;
    NdisSetEvent(&seen.fired);
}

static NDIS_HANDLE make(NDIS_HANDLE owner, void *context)
{
    NDIS_TIMER_CHARACTERISTICS c = {
        .AllocationTag = 0x74736574, .TimerFunction = on_timer, .FunctionContext = context};
    ndis_header_set(&c.Header, NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS,
                    NDIS_TIMER_CHARACTERISTICS_REVISION_1,
                    NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1);
    NDIS_HANDLE timer;
    CHECK_EQ(NdisAllocateTimerObject(owner, &c, &timer), NDIS_STATUS_SUCCESS);
    NdisInitializeEvent(&seen.fired);
    return timer;
}

static LARGE_INTEGER in_ms(int ms)
{
    return (LARGE_INTEGER){.QuadPart = -(LONGLONG)ms * 10000};
}

/* A time that a test never waits for, unless time is virtual. */
#define LATER 20000

static void sleep_past_later(void)
{
    if (host_deterministic())
        NdisMSleep((LATER + 1000) * 1000);
}

TEST_NT(a_timer_fires_once_at_dispatch_level, "R-318")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_HANDLE timer = make(adapter, &seen);
    uint64_t before = host_now();
    CHECK(!NdisSetTimerObject(timer, in_ms(3), 0, NULL));
    CHECK(ndis_timer_active(adapter) == timer);
    CHECK(NdisWaitEvent(&seen.fired, 0));
    CHECK(host_now() - before >= 3000000);
    CHECK_EQ(seen.irql, DISPATCH_LEVEL);
    CHECK(seen.context == &seen);
    CHECK(!ndis_timer_active(adapter));
    CHECK(!NdisCancelTimerObject(timer));
    CHECK_EQ(seen.calls, 1);
    /* The context of one setting, and the default again. */
    NdisResetEvent(&seen.fired);
    NdisSetTimerObject(timer, in_ms(1), 0, &before);
    NdisWaitEvent(&seen.fired, 0);
    CHECK(seen.context == &before);
    NdisResetEvent(&seen.fired);
    NdisSetTimerObject(timer, in_ms(1), 0, NULL);
    NdisWaitEvent(&seen.fired, 0);
    CHECK(seen.context == &seen);
    NdisFreeTimerObject(timer);
    CHECK_EQ(ndis_objects_count(adapter, NULL), 0);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_cancelled_timer_does_not_fire, "R-318")
{
    NDIS_HANDLE timer = make(test_adapter(), NULL);
    NdisSetTimerObject(timer, in_ms(LATER), 0, NULL);
    CHECK(NdisSetTimerObject(timer, in_ms(LATER), 0, NULL)); /* it was set already */
    CHECK(NdisCancelTimerObject(timer));
    CHECK(!NdisCancelTimerObject(timer));
    sleep_past_later();
    CHECK_EQ(seen.calls, 0);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_periodic_timer_is_cancelled_at_passive_level_and_is_over_then, "R-315 R-316")
{
    NDIS_HANDLE timer = make(test_adapter(), NULL);
    NdisSetTimerObject(timer, in_ms(1), 1, NULL);
    while (seen.calls < 3) {
        NdisResetEvent(&seen.fired);
        NdisWaitEvent(&seen.fired, 0);
    }
    CHECK(NdisCancelTimerObject(timer));
    unsigned calls = seen.calls;
    NdisMSleep(5000);
    CHECK_EQ(seen.calls, calls);
    CHECK_NO_VIOLATION();
    NdisSetTimerObject(timer, in_ms(100), 100, NULL);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisCancelTimerObject(timer);
    irql_lower(old);
    CHECK_EQ(nt_test_violations("R-315"), 1);
}

TEST_NT(a_timer_freed_while_set_is_reported_and_cancelled, "")
{
    NDIS_HANDLE timer = make(test_adapter(), NULL);
    NdisSetTimerObject(timer, in_ms(LATER), 0, NULL);
    NdisFreeTimerObject(timer);
    CHECK_EQ(nt_test_violations("CancelTimerObject"), 1);
    sleep_past_later();
    CHECK_EQ(seen.calls, 0);
    NdisSetTimerObject(timer, in_ms(LATER), 0, NULL);
    CHECK_EQ(nt_test_violations("NdisAllocateTimerObject"), 1);
}

TEST_NT(timers_left_at_halt_are_leaks_and_do_not_fire, "R-432")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_HANDLE timer = make(adapter, NULL);
    NdisSetTimerObject(timer, in_ms(LATER), 0, NULL);
    NDIS_MINIPORT_TIMER *own = nt_pool_alloc_system(2 * sizeof(*own), 1);
    NdisMInitializeTimer(&own[0], adapter, on_timer, NULL);
    NdisMInitializeTimer(&own[1], adapter, on_timer, NULL);
    NdisMSetTimer(&own[0], LATER);
    CHECK(ndis_timer_active(adapter));
    /* Timers in the driver's memory count only while they are set. */
    CHECK_EQ(ndis_objects_report_leaks(adapter), 2);
    CHECK(!ndis_timer_active(adapter));
    sleep_past_later();
    CHECK_EQ(seen.calls, 0);
    CHECK_NO_VIOLATION();
}

TEST_NT(miniport_timers_fire_and_cancel, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_MINIPORT_TIMER *timer = nt_pool_alloc_system(sizeof(*timer), 1);
    BOOLEAN cancelled;
    NdisInitializeEvent(&seen.fired);
    NdisMInitializeTimer(timer, adapter, on_timer, adapter);
    NdisMSetTimer(timer, 1);
    NdisWaitEvent(&seen.fired, 0);
    CHECK(seen.context == adapter);
    CHECK_EQ(seen.irql, DISPATCH_LEVEL);
    NdisMSetPeriodicTimer(timer, 1);
    NdisMCancelTimer(timer, &cancelled);
    CHECK(cancelled);
    NdisMCancelTimer(timer, &cancelled);
    CHECK(!cancelled);
    CHECK_NO_VIOLATION();
}

/* --- work items --- */

static VOID NTAPI work(PVOID WorkItemContext, NDIS_HANDLE NdisIoWorkItemHandle)
{
    seen.calls++;
    seen.irql = irql_current();
    seen.context = WorkItemContext;
    NdisFreeIoWorkItem(NdisIoWorkItemHandle);
    NdisSetEvent(&seen.fired);
}

TEST_NT(a_work_item_runs_at_passive_level_and_may_free_itself, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_HANDLE item = NdisAllocateIoWorkItem(adapter);
    NdisInitializeEvent(&seen.fired);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisQueueIoWorkItem(item, work, adapter);
    irql_lower(old);
    NdisWaitEvent(&seen.fired, 0);
    CHECK_EQ(seen.irql, PASSIVE_LEVEL);
    CHECK(seen.context == adapter);
    CHECK_EQ(ndis_objects_count(adapter, NULL), 0);
    ndis_worker_drain();
    CHECK_NO_VIOLATION();
    NdisQueueIoWorkItem(&seen, work, adapter);
    CHECK_EQ(nt_test_violations("NdisAllocateIoWorkItem"), 1);
}

TEST_NT(a_work_item_is_queued_once_at_a_time, "")
{
    NDIS_HANDLE item = NdisAllocateIoWorkItem(test_adapter());
    NdisInitializeEvent(&seen.fired);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisQueueIoWorkItem(item, work, NULL);
    NdisQueueIoWorkItem(item, work, NULL);
    irql_lower(old);
    NdisWaitEvent(&seen.fired, 0);
    ndis_worker_drain();
    CHECK_EQ(seen.calls, 1);
    CHECK_EQ(nt_test_violations("NdisQueueIoWorkItem"), 1);
}

TEST_NT(a_work_item_freed_while_queued_does_not_run, "")
{
    struct ndis_adapter *adapter = test_adapter();
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NDIS_HANDLE item = NdisAllocateIoWorkItem(adapter);
    NdisQueueIoWorkItem(item, work, NULL);
    NdisFreeIoWorkItem(item);
    irql_lower(old);
    ndis_worker_drain();
    CHECK_EQ(seen.calls, 0);
    CHECK_EQ(nt_test_violations("NdisFreeIoWorkItem"), 1);
    CHECK(NdisAllocateIoWorkItem(adapter));
    CHECK_EQ(ndis_objects_report_leaks(adapter), 1);
    CHECK_EQ(test_leaks("I/O work item"), 1);
}

static VOID NTAPI old_work(NDIS_WORK_ITEM *item, PVOID context)
{
    work(context, context);
}

TEST_NT(scheduled_work_items_of_ndis_5_run, "")
{
    NDIS_WORK_ITEM item = {0};
    NdisInitializeEvent(&seen.fired);
    NDIS_HANDLE other = NdisAllocateIoWorkItem(test_adapter());
    NdisInitializeWorkItem(&item, old_work, other);
    CHECK_EQ(NdisScheduleWorkItem(&item), NDIS_STATUS_SUCCESS);
    NdisWaitEvent(&seen.fired, 0);
    CHECK_EQ(seen.irql, PASSIVE_LEVEL);
    ndis_worker_drain();
    CHECK_NO_VIOLATION();
}
