/* SPDX-License-Identifier: MIT */
#include "nt/workitem.h"
#include "nt/alarm.h"
#include "nt/nt_test.h"
#include "nt/thread.h"
#include "nt/wdk.h"

static KEVENT second_ran, first_done;
static WORK_QUEUE_ITEM first, second;
static NTSTATUS waited;

static VOID NTAPI run_second(PVOID context)
{
    event_set(&second_ran);
}

static VOID NTAPI run_first(PVOID context)
{
    workitem_queue(&second);
    waited = thread_wait(&second_ran, 1000000000);
    event_set(&first_done);
}

/* Windows has several worker threads: one that waits does not stop the others. */
TEST_NT(a_work_item_may_wait_for_another, "")
{
    event_init(&second_ran, true, false);
    event_init(&first_done, true, false);
    first.WorkerRoutine = run_first;
    second.WorkerRoutine = run_second;
    workitem_queue(&first);
    CHECK_EQ(thread_wait(&first_done, UINT64_MAX), STATUS_SUCCESS);
    CHECK_EQ(waited, STATUS_SUCCESS);
    workitem_drain();
}

static unsigned seen[8], count;

static VOID NTAPI note(PVOID context)
{
    seen[count++] = (unsigned)(uintptr_t)context;
}

TEST_NT(work_items_begin_in_the_order_they_were_queued_in, "")
{
    static WORK_QUEUE_ITEM items[8];
    for (unsigned i = 0; i < 8; i++) {
        items[i].WorkerRoutine = note;
        items[i].Parameter = (PVOID)(uintptr_t)i;
        workitem_queue(&items[i]);
    }
    workitem_drain();
    CHECK_EQ(count, 8);
    for (unsigned i = 0; i < 8; i++)
        CHECK_EQ(seen[i], i);
}
