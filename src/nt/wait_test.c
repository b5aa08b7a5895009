/* SPDX-License-Identifier: MIT */
#include "nt/alarm.h"
#include "nt/irql.h"
#include "nt/nt_test.h"
#include "nt/processor.h"
#include "nt/thread.h"
#include "nt/wdk.h"

static KEVENT event;
static _Atomic unsigned woken;

static void waiter(void *arg)
{
    thread_wait(&event, UINT64_MAX);
    woken++;
}

TEST_NT(a_synchronization_event_wakes_one_thread_a_notification_event_all, "")
{
    struct thread *t[3];
    event_init(&event, false, false);
    for (int i = 0; i < 3; i++)
        t[i] = thread_create((unsigned)i % 2, 8, waiter, NULL, "waiter");
    thread_sleep(5000000);
    event_set(&event);
    thread_sleep(5000000);
    CHECK_EQ(woken, 1);
    event_set(&event);
    thread_sleep(5000000);
    CHECK_EQ(woken, 2);
    event_set(&event);
    for (int i = 0; i < 3; i++)
        thread_join(t[i]);
    CHECK_EQ(woken, 3);

    event_init(&event, true, false);
    for (int i = 0; i < 3; i++)
        t[i] = thread_create((unsigned)i % 2, 8, waiter, NULL, "waiter");
    event_set(&event);
    for (int i = 0; i < 3; i++)
        thread_join(t[i]);
    CHECK_EQ(woken, 6);
}

TEST_NT(a_wait_times_out_after_its_time, "")
{
    event_init(&event, false, false);
    uint64_t before = host_now();
    CHECK_EQ(thread_wait(&event, 3000000), STATUS_TIMEOUT);
    CHECK(host_now() - before >= 3000000);
    CHECK_EQ(thread_wait(&event, 0), STATUS_TIMEOUT);
    event_set(&event);
    CHECK_EQ(thread_wait(&event, 3000000), STATUS_SUCCESS);
}

TEST_NT(waiting_for_all_takes_all_at_once, "")
{
    KEVENT a, b;
    PVOID objects[2] = {&a, &b};
    LARGE_INTEGER zero = {.QuadPart = 0};
    event_init(&a, false, true);
    event_init(&b, false, false);
    CHECK_EQ(KeWaitForMultipleObjects(2, objects, WaitAll, Executive, KernelMode, FALSE, &zero, NULL),
             STATUS_TIMEOUT);
    CHECK_EQ(KeReadStateEvent(&a), 1);
    CHECK_EQ(KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE, &zero, NULL),
             STATUS_WAIT_0);
    CHECK_EQ(KeReadStateEvent(&a), 0);
    event_set(&b);
    CHECK_EQ(KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE, &zero, NULL),
             STATUS_WAIT_1);
}

TEST_NT_BUGCHECK(waiting_at_dispatch_level_is_a_bug_check, "R-104", 0xA, 0)
{
    LARGE_INTEGER timeout = {.QuadPart = -10000};
    event_init(&event, false, false);
    irql_raise(DISPATCH_LEVEL);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &timeout);
}

static _Atomic unsigned ticks;
static VOID NTAPI on_tick(PKDPC dpc, PVOID ctx, PVOID a, PVOID b)
{
    CHECK_EQ(irql_current(), DISPATCH_LEVEL);
    ticks++;
}

TEST_NT(a_periodic_timer_queues_its_dpc_until_cancelled, "R-318")
{
    KTIMER timer;
    KDPC dpc;
    LARGE_INTEGER due = {.QuadPart = -20000};
    KeInitializeTimerEx(&timer, SynchronizationTimer);
    KeInitializeDpc(&dpc, on_tick, NULL);
    KeSetTimerEx(&timer, due, 2, &dpc);
    while (ticks < 5)
        thread_sleep(1000000);
    CHECK(KeCancelTimer(&timer));
    KeFlushQueuedDpcs();
    unsigned n = ticks;
    thread_sleep(10000000);
    CHECK_EQ(ticks, n);
}

static KSPIN_LOCK lock;
static unsigned counter;

static void add_many(void *arg)
{
    for (int i = 0; i < 5000; i++) {
        KIRQL old = KeAcquireSpinLockRaiseToDpc(&lock);
        unsigned seen = counter;
        window(cpu_current());
        counter = seen + 1;
        KeReleaseSpinLock(&lock, old);
    }
}

TEST_NT(a_spin_lock_excludes_other_processors, "R-303")
{
    struct thread *t = thread_create(1, 8, add_many, NULL, "adder");
    add_many(NULL);
    thread_join(t);
    CHECK_EQ(counter, 10000);
    CHECK_EQ(nt_test_violations("R-303"), 0);
}

TEST_NT_BUGCHECK(acquiring_a_held_spin_lock_again_is_a_self_deadlock, "R-441 R-307", 0xC4, 0x1000)
{
    KeAcquireSpinLockRaiseToDpc(&lock);
    KeAcquireSpinLockAtDpcLevel(&lock);
}

TEST_NT(releasing_a_free_spin_lock_is_reported, "R-441")
{
    irql_raise(DISPATCH_LEVEL);
    KeReleaseSpinLockFromDpcLevel(&lock);
    irql_lower(PASSIVE_LEVEL);
    CHECK_EQ(nt_test_violations("R-441"), 1);
}

TEST_NT(a_higher_priority_thread_preempts_at_once, "")
{
    event_init(&event, false, false);
    thread_create(0, 12, waiter, NULL, "urgent");
    window(cpu_current());
    event_set(&event);
    window(cpu_current());
    CHECK(woken >= 1);
}
