/* SPDX-License-Identifier: MIT */
/* workitem.c - work that waits for PASSIVE_LEVEL: ExQueueWorkItem, IoQueueWorkItem.
 *
 * Items begin in the order they were queued, on their processor's worker threads. There are several, each started
 * when an item finds no other free: an item may wait for one that was queued after it. */
#include "nt/workitem.h"
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/pool.h"
#include "nt/processor.h"
#include "nt/report.h"
#include "nt/thread.h"
#include "nt/wdk.h"

#define WORKERS_MAX 8 /* a processor */

struct work_queue {
    KSEMAPHORE available;
    LIST_ENTRY items;
    struct host_lock lock;
    unsigned queued, threads, threads_free; /* under the lock */
    _Atomic unsigned busy;                  /* items queued or running */
};
static struct work_queue queues[CPU_MAX];

static void worker_main(void *arg)
{
    struct work_queue *w = arg;
    for (;;) {
        thread_wait(&w->available, UINT64_MAX);
        host_lock(&w->lock);
        WORK_QUEUE_ITEM *item = CONTAINING_RECORD(RemoveHeadList(&w->items), WORK_QUEUE_ITEM, List);
        w->queued--;
        w->threads_free--;
        PWORKER_THREAD_ROUTINE routine = item->WorkerRoutine;
        PVOID parameter = item->Parameter;
        item->List.Flink = NULL; /* may be queued again, or freed, by its routine */
        host_unlock(&w->lock);
        DRIVER_CALL(routine, parameter);
        RULE("0xE1", irql_current() == PASSIVE_LEVEL, "work item routine %p returned at %s (bug check 0xE1)",
             (void *)routine, irql_name(irql_current()));
        irql_lower(PASSIVE_LEVEL);
        host_lock(&w->lock);
        w->threads_free++;
        host_unlock(&w->lock);
        w->busy--;
    }
}

/* Under the queue's lock: a thread for the item that has just been queued, unless one is free for it. */
static void start_worker(struct work_queue *w, unsigned cpu)
{
    if (w->queued <= w->threads_free || w->threads == WORKERS_MAX)
        return;
    if (thread_create(cpu, 12, worker_main, w, "worker")) {
        w->threads++;
        w->threads_free++;
    } else if (!w->threads) {
        bugcheck(0x1E, (uint32_t)STATUS_INSUFFICIENT_RESOURCES, 0, 0, 0, "no memory for a worker thread");
    }
}

void workitem_drain(void)
{
    for (unsigned i = 0; i < cpu_count; i++)
        while (queues[i].busy)
            thread_sleep(100000);
}

static VOID NTAPI nt_ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct work_queue *w = &queues[cpu_current()->number];
    if (!RULE("0xE4", WorkItem->List.Flink == NULL, "work item %p queued while it is queued (bug check 0xE4)",
              (void *)WorkItem))
        return;
    w->busy++;
    host_lock(&w->lock);
    if (!w->threads) {
        InitializeListHead(&w->items);
        KeInitializeSemaphore(&w->available, 0, MAXLONG);
    }
    InsertTailList(&w->items, &WorkItem->List);
    w->queued++;
    start_worker(w, cpu_current()->number);
    host_unlock(&w->lock);
    KeReleaseSemaphore(&w->available, 0, 1, FALSE);
}
NT_EXPORT_AS("ntoskrnl.exe", ExQueueWorkItem, nt_ExQueueWorkItem);

void workitem_queue(WORK_QUEUE_ITEM *item)
{
    nt_ExQueueWorkItem(item, DelayedWorkQueue);
}

/* --- IO_WORKITEM: opaque to drivers --- */

struct _IO_WORKITEM {
    WORK_QUEUE_ITEM item;
    PVOID io_object;
    PVOID routine, context;
    bool extended; /* IoQueueWorkItemEx: the routine also gets the work item */
};

static VOID NTAPI run_io_workitem(PVOID parameter)
{
    struct _IO_WORKITEM *w = parameter;
    if (w->extended)
        DRIVER_CALL(w->routine, w->io_object, w->context, w);
    else
        DRIVER_CALL(w->routine, w->io_object, w->context);
}

static PIO_WORKITEM NTAPI nt_IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct _IO_WORKITEM *w = nt_pool_alloc(sizeof *w, 0x20776F49 /* "Iow " */);
    if (w)
        w->io_object = DeviceObject;
    return w;
}
NT_EXPORT_AS("ntoskrnl.exe", IoAllocateWorkItem, nt_IoAllocateWorkItem);

static VOID NTAPI nt_IoFreeWorkItem(PIO_WORKITEM IoWorkItem)
{
    IRQL_MAX(DISPATCH_LEVEL);
    nt_pool_free(IoWorkItem);
}
NT_EXPORT_AS("ntoskrnl.exe", IoFreeWorkItem, nt_IoFreeWorkItem);

static void queue_io(PIO_WORKITEM w, PVOID routine, PVOID context, bool extended)
{
    IRQL_MAX(DISPATCH_LEVEL);
    w->routine = routine;
    w->context = context;
    w->extended = extended;
    w->item.WorkerRoutine = run_io_workitem;
    w->item.Parameter = w;
    workitem_queue(&w->item);
}

static VOID NTAPI nt_IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PVOID WorkerRoutine, WORK_QUEUE_TYPE QueueType,
                                     PVOID Context)
{
    queue_io(IoWorkItem, WorkerRoutine, Context, false);
}
NT_EXPORT_AS("ntoskrnl.exe", IoQueueWorkItem, nt_IoQueueWorkItem);

static VOID NTAPI nt_IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PVOID WorkerRoutine,
                                       WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    queue_io(IoWorkItem, WorkerRoutine, Context, true);
}
NT_EXPORT_AS("ntoskrnl.exe", IoQueueWorkItemEx, nt_IoQueueWorkItemEx);

static ULONG NTAPI nt_IoSizeofWorkItem(void)
{
    return sizeof(struct _IO_WORKITEM);
}
NT_EXPORT_AS("ntoskrnl.exe", IoSizeofWorkItem, nt_IoSizeofWorkItem);

static VOID NTAPI nt_IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem)
{
    memset(IoWorkItem, 0, sizeof *IoWorkItem);
    IoWorkItem->io_object = IoObject;
}
NT_EXPORT_AS("ntoskrnl.exe", IoInitializeWorkItem, nt_IoInitializeWorkItem);

static VOID NTAPI nt_IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem)
{
}
NT_EXPORT_AS("ntoskrnl.exe", IoUninitializeWorkItem, nt_IoUninitializeWorkItem);
