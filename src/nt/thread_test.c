/* SPDX-License-Identifier: MIT */
#include "nt/thread.h"
#include "nt/alarm.h"
#include "nt/nt_test.h"
#include "nt/processor.h"
#include "nt/trap.h"
#include "nt/wdk.h"
#include <stdlib.h>

typedef NTSTATUS(NTAPI *create_fn)(PHANDLE, ULONG, POBJECT_ATTRIBUTES, HANDLE, PCLIENT_ID, PKSTART_ROUTINE, PVOID);

static KEVENT began;

static VOID NTAPI set_event(PVOID context)
{
    event_set(context);
}

TEST_NT(a_thread_runs_although_its_handle_was_closed_before_it_began, "")
{
    create_fn create = (create_fn)nt_test_export("PsCreateSystemThread");
    HANDLE thread;
    event_init(&began, true, false);
    /* The first one goes to processor 0, which is busy here until the wait. */
    CHECK_EQ(create(&thread, 0, NULL, NULL, NULL, set_event, &began), STATUS_SUCCESS);
    CHECK_EQ(ZwClose(thread), STATUS_SUCCESS);
    void *reused[64];
    for (size_t i = 0; i < 64; i++) {
        reused[i] = malloc(24 + i % 8 * 16);
        memset(reused[i], 0x55, 24 + i % 8 * 16);
    }
    CHECK_EQ(thread_wait(&began, 1000000000), STATUS_SUCCESS);
    for (size_t i = 0; i < 64; i++)
        free(reused[i]);
}

TEST_NT(a_priority_that_does_not_exist_is_reported_and_not_set, "")
{
    KPRIORITY(NTAPI * set)(PVOID, KPRIORITY) = nt_test_export("KeSetPriorityThread");
    CHECK_EQ(set(thread_current(), 12), 8);
    CHECK_EQ(set(thread_current(), 32), 12);
    CHECK_EQ(set(thread_current(), -1), 12);
    CHECK_EQ(set(thread_current(), 0), 12); /* LOW_PRIORITY is the system's */
    CHECK_EQ(set(thread_current(), 8), 12);
    CHECK_EQ(nt_test_violations("KeSetPriorityThread"), 3);
}

static _Atomic unsigned order;
static unsigned other_ran_as;

static void note_order(void *arg)
{
    other_ran_as = ++order;
}

TEST_NT(a_thread_that_lowers_its_priority_lets_a_better_one_run_first, "")
{
    KPRIORITY(NTAPI * set)(PVOID, KPRIORITY) = nt_test_export("KeSetPriorityThread");
    set(thread_current(), 12);
    struct thread *other = thread_create(0, 10, note_order, NULL, "other");
    window(cpu_current());
    CHECK_EQ(order, 0);
    set(thread_current(), 8);
    window(cpu_current()); /* the export's return */
    CHECK_EQ(++order, 2);
    CHECK_EQ(other_ran_as, 1);
    thread_join(other);
}

TEST_NT(a_thread_that_waits_with_interrupts_off_keeps_that_to_itself, "")
{
    trap_set_interrupt_flag(false);
    thread_sleep(1000000);
    CHECK(cpu_current()->cli);
    trap_set_interrupt_flag(true);
}
