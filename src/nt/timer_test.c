/* SPDX-License-Identifier: MIT */
#include "nt/alarm.h"
#include "nt/dpc.h"
#include "nt/irql.h"
#include "nt/nt_test.h"
#include "nt/pool.h"
#include "nt/processor.h"
#include "nt/thread.h"
#include "nt/wdk.h"

static KEVENT event;

static void set_it_later(struct alarm *alarm)
{
    event_set(&event);
}

/* The largest times are beyond what nanoseconds can count; they are no short ones for that. */
TEST_NT(the_longest_timeouts_do_not_expire, "")
{
    static const LONGLONG times[] = {INT64_MIN, INT64_MIN / 50, INT64_MAX, INT64_MAX / 3};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct alarm alarm = {.fire = set_it_later};
        LARGE_INTEGER timeout = {.QuadPart = times[i]};
        event_init(&event, false, false);
        alarm_set(&alarm, host_now() + 1000000);
        CHECK_EQ(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &timeout), STATUS_SUCCESS);

        KTIMER timer;
        KeInitializeTimer(&timer);
        CHECK(!KeSetTimer(&timer, timeout, NULL));
        thread_sleep(1000000);
        CHECK(!KeReadStateTimer(&timer));
        CHECK(KeCancelTimer(&timer));
    }
}

TEST_NT(a_periodic_timer_is_always_in_the_queue_a_single_one_until_it_expires, "")
{
    KTIMER timer;
    KeInitializeTimerEx(&timer, SynchronizationTimer);
    LARGE_INTEGER due = {.QuadPart = -10000};
    CHECK(!KeSetTimerEx(&timer, due, 1, NULL));
    for (int i = 0; i < 3; i++)
        CHECK_EQ(KeWaitForSingleObject(&timer, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK(KeCancelTimer(&timer));
    CHECK(!KeCancelTimer(&timer));
    CHECK(!KeSetTimer(&timer, due, NULL));
    CHECK_EQ(KeWaitForSingleObject(&timer, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK(!KeCancelTimer(&timer));
}

TEST_NT(initialising_an_armed_timer_is_reported_and_takes_it_off_the_queue, "R-443")
{
    KTIMER a, b;
    LARGE_INTEGER due = {.QuadPart = -10000};
    KeInitializeTimer(&a);
    KeInitializeTimer(&b);
    KeSetTimer(&a, due, NULL);
    KeInitializeTimer(&a);
    CHECK_EQ(nt_test_violations("R-443"), 1);
    KeSetTimer(&b, due, NULL);
    CHECK_EQ(KeWaitForSingleObject(&b, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK(!KeReadStateTimer(&a));
}
