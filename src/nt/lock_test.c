/* SPDX-License-Identifier: MIT */
/* Locks, interlocked lists, work items, processors, system threads. */
#include "nt/alarm.h"
#include "nt/handle.h"
#include "nt/irql.h"
#include "nt/nt_test.h"
#include "nt/processor.h"
#include "nt/spinlock.h"
#include "nt/thread.h"
#include "nt/wdk.h"
#include "nt/workitem.h"

static volatile LONG rw;
static unsigned shared_now, shared_most, counter;

static void reader(void *arg)
{
    for (int i = 0; i < 500; i++) {
        KIRQL old = ExAcquireSpinLockShared(&rw);
        unsigned now = __atomic_add_fetch(&shared_now, 1, __ATOMIC_SEQ_CST);
        if (now > shared_most)
            shared_most = now;
        for (int w = 0; w < 20; w++)
            window(cpu_current());
        __atomic_sub_fetch(&shared_now, 1, __ATOMIC_SEQ_CST);
        ExReleaseSpinLockShared(&rw, old);
    }
}

static void writer(void *arg)
{
    for (int i = 0; i < 500; i++) {
        KIRQL old = ExAcquireSpinLockExclusive(&rw);
        CHECK_EQ(shared_now, 0);
        unsigned seen = counter;
        window(cpu_current());
        counter = seen + 1;
        ExReleaseSpinLockExclusive(&rw, old);
    }
}

TEST(readers_share_and_writers_exclude, "R-302")
{
    struct machine_config config = {.cpus = 4, .deterministic = true, .seed = 3};
    CHECK_EQ(machine_init(&config), 0);
    void body(void *ctx)
    {
        struct thread *t[4];
        for (unsigned i = 0; i < 4; i++)
            t[i] = thread_create(i, 8, i < 2 ? reader : writer, NULL, "locker");
        for (unsigned i = 0; i < 4; i++)
            thread_join(t[i]);
    }
    CHECK_EQ(machine_run(body, NULL), MACHINE_FINISHED);
    CHECK_EQ(counter, 1000);
    CHECK_EQ(shared_most, 2);
}

TEST_NT(a_queued_spin_lock_keeps_and_restores_the_irql, "R-305")
{
    KSPIN_LOCK lock = 0;
    KLOCK_QUEUE_HANDLE handle;
    KeAcquireInStackQueuedSpinLock(&lock, &handle);
    CHECK_EQ(irql_current(), DISPATCH_LEVEL);
    CHECK(!KeTestSpinLock(&lock));
    KeReleaseInStackQueuedSpinLock(&handle);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    CHECK(KeTestSpinLock(&lock));
}

TEST_NT(a_spin_lock_above_dispatch_level_is_reported, "R-303 R-440")
{
    KSPIN_LOCK lock = 0;
    KIRQL old = irql_raise(7);
    KIRQL before = KeAcquireSpinLockRaiseToDpc(&lock);
    CHECK_EQ(before, 7);
    CHECK_EQ(irql_current(), 7); /* never lowered by acquiring */
    spin_release(&lock);
    irql_lower(old);
    CHECK_EQ(nt_test_violations("R-303"), 1);
}

TEST_NT_BUGCHECK(a_lock_word_that_was_never_initialised_is_found, "R-306 R-441", 0xC4, 0x1002)
{
    KSPIN_LOCK lock = 0xCDCDCDCDCDCDCDCDull; /* fresh pool */
    KeAcquireSpinLockRaiseToDpc(&lock);
}

static VOID NTAPI count_work(PVOID parameter)
{
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    (*(unsigned *)parameter)++;
}

TEST_NT(a_work_item_runs_at_passive_level_though_queued_at_dispatch, "")
{
    unsigned runs = 0;
    WORK_QUEUE_ITEM item = {.WorkerRoutine = count_work, .Parameter = &runs};
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    workitem_queue(&item);
    CHECK_EQ(runs, 0);
    irql_lower(old);
    workitem_drain();
    CHECK_EQ(runs, 1);
}

TEST_NT(a_timer_wakes_its_thread_on_an_idle_machine, "")
{
    uint64_t before = host_now();
    thread_sleep(20000000);
    CHECK(host_now() - before >= 20000000);
}

TEST_NT(alarms_fire_in_due_order, "")
{
    static unsigned order[3], n;
    static struct alarm alarms[3];
    void fire(struct alarm *a)
    {
        order[n++] = (unsigned)(a - alarms);
    }
    uint64_t now = host_now() + 5000000;
    for (unsigned i = 0; i < 3; i++) {
        alarms[i].fire = fire;
        alarm_set(&alarms[i], now + (2 - i) * 100000);
    }
    CHECK(alarm_cancel(&alarms[1]));
    CHECK(!alarm_cancel(&alarms[1]));
    thread_sleep(50000000);
    CHECK_EQ(n, 2);
    CHECK_EQ(order[0], 2);
    CHECK_EQ(order[1], 0);
}

static void note_cpu(void *arg)
{
    *(unsigned *)arg = cpu_current()->number;
}

TEST_NT(a_thread_starts_on_its_processor, "")
{
    unsigned where = 99;
    thread_join(thread_create(1, 8, note_cpu, &where, "there"));
    CHECK_EQ(where, 1);
}

TEST_NT(a_thread_moves_with_its_affinity, "")
{
    void thread_move(unsigned cpu_number);
    CHECK_EQ(cpu_current()->number, 0);
    thread_move(1);
    CHECK_EQ(cpu_current()->number, 1);
    thread_sleep(1000000);
    CHECK_EQ(cpu_current()->number, 1);
    thread_move(0);
    CHECK_EQ(cpu_current()->number, 0);
}

TEST(sixty_four_processors_take_turns_on_few_cores, "")
{
    static unsigned where[64];
    struct machine_config config = {.cpus = 64};
    CHECK_EQ(machine_init(&config), 0);
    void body(void *ctx)
    {
        struct thread *t[64];
        for (unsigned i = 0; i < 64; i++)
            t[i] = thread_create(i, 8, note_cpu, &where[i], "one of many");
        for (unsigned i = 0; i < 64; i++)
            thread_join(t[i]);
    }
    CHECK_EQ(machine_run(body, NULL), MACHINE_FINISHED);
    for (unsigned i = 0; i < 64; i++)
        CHECK_EQ(where[i], i);
}

TEST(the_deterministic_machine_at_rest_says_so, "")
{
    struct machine_config config = {.cpus = 2, .deterministic = true};
    CHECK_EQ(machine_init(&config), 0);
    void body(void *ctx)
    {
        KEVENT never;
        event_init(&never, true, false);
        thread_wait(&never, UINT64_MAX);
    }
    CHECK_EQ(machine_run(body, NULL), MACHINE_DEADLOCK);
}
