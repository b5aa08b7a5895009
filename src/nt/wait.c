/* SPDX-License-Identifier: MIT */
/* wait.c - dispatcher objects: waiting for them, and signalling events, semaphores and mutexes.
 *
 * A wait with a timeout also waits for the thread's own timer. All state is under the dispatcher lock. */
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/report.h"
#include "nt/thread.h"
#include "nt/thread_internal.h"

enum { NOTIFICATION_EVENT = 0, SYNCHRONIZATION_EVENT = 1, MUTANT = 2, SEMAPHORE = 5, THREAD = 6,
       NOTIFICATION_TIMER = 8, SYNCHRONIZATION_TIMER = 9 };

static bool is_signalled(const DISPATCHER_HEADER *object, const struct thread *t)
{
    if (object->Type == MUTANT)
        return object->SignalState > 0 ||
               ((const KMUTANT *)object)->OwnerThread == (struct _KTHREAD *)t;
    return object->SignalState > 0;
}

/* What a satisfied wait does to the object. */
static void consume(DISPATCHER_HEADER *object, struct thread *t)
{
    switch (object->Type) {
    case SYNCHRONIZATION_EVENT:
    case SYNCHRONIZATION_TIMER:
        object->SignalState = 0;
        break;
    case SEMAPHORE:
        object->SignalState--;
        break;
    case MUTANT:
        object->SignalState--;
        ((KMUTANT *)object)->OwnerThread = (struct _KTHREAD *)t;
        break;
    }
}

static void end_wait(struct thread *t, NTSTATUS status)
{
    for (unsigned i = 0; i < t->block_count; i++)
        RemoveEntryList(&t->blocks[i].entry);
    timer_disarm(&t->timeout);
    t->block_count = 0;
    t->wait_status = status;
    thread_make_ready(t, false);
}

static bool all_signalled(const struct thread *t)
{
    for (unsigned i = 0; i < t->block_count; i++)
        if (!is_signalled(t->blocks[i].object, t))
            return false;
    return true;
}

void wait_signalled(DISPATCHER_HEADER *object)
{
    LIST_ENTRY *e = object->WaitListHead.Flink;
    while (e != &object->WaitListHead && object->SignalState > 0) {
        struct wait_block *b = CONTAINING_RECORD(e, struct wait_block, entry);
        struct thread *t = b->thread;
        e = e->Flink;
        if (!t->wait_all) {
            consume(object, t);
            end_wait(t, b->key);
        } else if (all_signalled(t)) {
            for (unsigned i = 0; i < t->block_count; i++)
                consume(t->blocks[i].object, t);
            end_wait(t, STATUS_SUCCESS);
        } else {
            continue;
        }
        e = object->WaitListHead.Flink; /* a thread may have had several blocks here */
    }
}

/* The thread's own timer: its only waiter is the thread. Called by timer.c under the lock. */
void wait_timed_out(struct thread *t)
{
    if (t->state == THREAD_WAITING)
        end_wait(t, STATUS_TIMEOUT);
}

/* due: absolute ns; UINT64_MAX = for ever; 0 = poll. */
static NTSTATUS wait_for(unsigned count, DISPATCHER_HEADER **objects, bool all, uint64_t due,
                         struct wait_block *blocks)
{
    struct thread *t = thread_current();
    KIRQL old = irql_raise(irql_current() > DISPATCH_LEVEL ? irql_current() : DISPATCH_LEVEL);
    host_lock(&dispatcher_lock);
    unsigned ready = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!is_signalled(objects[i], t))
            continue;
        ready++;
        if (!all) {
            consume(objects[i], t);
            host_unlock(&dispatcher_lock);
            irql_lower(old);
            return STATUS_WAIT_0 + (NTSTATUS)i;
        }
    }
    if (count && ready == count) {
        for (unsigned i = 0; i < count; i++)
            consume(objects[i], t);
        host_unlock(&dispatcher_lock);
        irql_lower(old);
        return STATUS_SUCCESS;
    }
    if (due == 0) {
        host_unlock(&dispatcher_lock);
        irql_lower(old);
        return STATUS_TIMEOUT;
    }
    t->blocks = blocks;
    t->block_count = count;
    t->wait_all = all;
    for (unsigned i = 0; i < count; i++) {
        blocks[i] = (struct wait_block){.thread = t, .object = objects[i],
                                        .key = all ? STATUS_SUCCESS : STATUS_WAIT_0 + (NTSTATUS)i};
        InsertTailList(&objects[i]->WaitListHead, &blocks[i].entry);
    }
    if (due != UINT64_MAX)
        timer_arm(&t->timeout, due);
    thread_block();
    NTSTATUS status = t->wait_status;
    irql_lower(old);
    return status;
}

NTSTATUS thread_wait(void *object, uint64_t timeout_ns)
{
    struct wait_block block;
    DISPATCHER_HEADER *header = object;
    uint64_t due = timeout_ns == UINT64_MAX || timeout_ns == 0 ? timeout_ns : host_now() + timeout_ns;
    if (!object && due == 0)
        due = host_now();
    return wait_for(object ? 1 : 0, &header, false, due, &block);
}

/* --- events --- */

void event_init(KEVENT *event, bool manual_reset, bool signalled)
{
    memset(event, 0, sizeof *event);
    event->Header.Type = manual_reset ? NOTIFICATION_EVENT : SYNCHRONIZATION_EVENT;
    event->Header.Size = sizeof *event / 4;
    event->Header.SignalState = signalled;
    InitializeListHead(&event->Header.WaitListHead);
}

LONG event_set(KEVENT *event)
{
    host_lock(&dispatcher_lock);
    LONG old = event->Header.SignalState;
    event->Header.SignalState = 1;
    if (!old)
        wait_signalled(&event->Header);
    host_unlock(&dispatcher_lock);
    return old;
}

LONG event_clear(KEVENT *event)
{
    host_lock(&dispatcher_lock);
    LONG old = event->Header.SignalState;
    event->Header.SignalState = 0;
    host_unlock(&dispatcher_lock);
    return old;
}

VOID NTAPI KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    event_init(Event, Type == NotificationEvent, State);
}
NT_EXPORT("ntoskrnl.exe", KeInitializeEvent);

LONG NTAPI KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    IRQL_MAX(DISPATCH_LEVEL);
    return event_set(Event);
}
NT_EXPORT("ntoskrnl.exe", KeSetEvent);

LONG NTAPI KeResetEvent(PRKEVENT Event)
{
    IRQL_MAX(DISPATCH_LEVEL);
    return event_clear(Event);
}
NT_EXPORT("ntoskrnl.exe", KeResetEvent);

VOID NTAPI KeClearEvent(PRKEVENT Event)
{
    IRQL_MAX(DISPATCH_LEVEL);
    event_clear(Event);
}
NT_EXPORT("ntoskrnl.exe", KeClearEvent);

LONG NTAPI KeReadStateEvent(PRKEVENT Event)
{
    return Event->Header.SignalState;
}
NT_EXPORT("ntoskrnl.exe", KeReadStateEvent);

/* --- semaphores --- */

VOID NTAPI KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit)
{
    memset(Semaphore, 0, sizeof *Semaphore);
    Semaphore->Header.Type = SEMAPHORE;
    Semaphore->Header.Size = sizeof *Semaphore / 4;
    Semaphore->Header.SignalState = Count;
    InitializeListHead(&Semaphore->Header.WaitListHead);
    Semaphore->Limit = Limit;
}
NT_EXPORT("ntoskrnl.exe", KeInitializeSemaphore);

LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment,
                              BOOLEAN Wait)
{
    IRQL_MAX(DISPATCH_LEVEL);
    host_lock(&dispatcher_lock);
    LONG old = Semaphore->Header.SignalState;
    bool over = Adjustment <= 0 || old > Semaphore->Limit - Adjustment;
    if (!over) {
        Semaphore->Header.SignalState = old + Adjustment;
        wait_signalled(&Semaphore->Header);
    }
    host_unlock(&dispatcher_lock);
    if (over)
        violation("KeReleaseSemaphore", "count %d + %d exceeds the limit %d (STATUS_SEMAPHORE_LIMIT_EXCEEDED)",
                  (int)old, (int)Adjustment, (int)Semaphore->Limit);
    return old;
}
NT_EXPORT("ntoskrnl.exe", KeReleaseSemaphore);

LONG NTAPI KeReadStateSemaphore(PRKSEMAPHORE Semaphore)
{
    return Semaphore->Header.SignalState;
}
NT_EXPORT("ntoskrnl.exe", KeReadStateSemaphore);

/* --- mutexes --- */

VOID NTAPI KeInitializeMutex(PRKMUTEX Mutex, ULONG Level)
{
    memset(Mutex, 0, sizeof *Mutex);
    Mutex->Header.Type = MUTANT;
    Mutex->Header.Size = sizeof *Mutex / 4;
    Mutex->Header.SignalState = 1;
    InitializeListHead(&Mutex->Header.WaitListHead);
    Mutex->ApcDisable = 1;
}
NT_EXPORT("ntoskrnl.exe", KeInitializeMutex);

LONG NTAPI KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait)
{
    IRQL_MAX(DISPATCH_LEVEL);
    if (!RULE("R-441", Mutex->OwnerThread == (struct _KTHREAD *)thread_current(),
              "mutex %p released by a thread that does not own it", (void *)Mutex))
        return Mutex->Header.SignalState;
    host_lock(&dispatcher_lock);
    LONG old = Mutex->Header.SignalState++;
    if (Mutex->Header.SignalState == 1) {
        Mutex->OwnerThread = NULL;
        wait_signalled(&Mutex->Header);
    }
    host_unlock(&dispatcher_lock);
    return old;
}
NT_EXPORT("ntoskrnl.exe", KeReleaseMutex);

LONG NTAPI KeReadStateMutex(PRKMUTEX Mutex)
{
    return Mutex->Header.SignalState;
}
NT_EXPORT("ntoskrnl.exe", KeReadStateMutex);

/* --- waiting --- */

/* `interval` (100 ns) from now. What is beyond 292 years, the most that signed nanoseconds count, is cut to that. */
static uint64_t due_after(uint64_t interval)
{
    uint64_t now = host_now();
    return interval > (INT64_MAX - now) / 100 ? INT64_MAX : now + interval * 100;
}

/* Timeout in 100 ns: negative relative, positive absolute system time (WDK: KeWaitForSingleObject). */
uint64_t wait_due(const LARGE_INTEGER *timeout)
{
    if (!timeout)
        return UINT64_MAX;
    if (timeout->QuadPart == 0)
        return 0;
    uint64_t at = (uint64_t)timeout->QuadPart;
    if (timeout->QuadPart < 0)
        return due_after(-at);
    uint64_t system = system_time_100ns();
    return due_after(at <= system ? 0 : at - system);
}

/* Blocking needs an IRQL below DISPATCH_LEVEL; polling may be done at DISPATCH_LEVEL. */
static bool may_wait(const char *function, uint64_t due)
{
    KIRQL now = irql_current();
    if (now < DISPATCH_LEVEL || (now == DISPATCH_LEVEL && due == 0))
        return true;
    bugcheck(0xA, 0, now, 0, 0, "%s at %s%s: a thread cannot wait there (R-104)", function,
             irql_name(now), due ? " with a timeout other than zero" : "");
}

NTSTATUS NTAPI KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                                     BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    struct wait_block block;
    DISPATCHER_HEADER *header = Object;
    uint64_t due = wait_due(Timeout);
    may_wait("KeWaitForSingleObject", due);
    return wait_for(1, &header, false, due, &block);
}
NT_EXPORT("ntoskrnl.exe", KeWaitForSingleObject);
#undef KeWaitForMutexObject
NT_EXPORT_AS("ntoskrnl.exe", KeWaitForMutexObject, KeWaitForSingleObject);

NTSTATUS NTAPI KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
                                        KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                                        BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                        PKWAIT_BLOCK WaitBlockArray)
{
    struct wait_block blocks[MAXIMUM_WAIT_OBJECTS];
    uint64_t due = wait_due(Timeout);
    may_wait("KeWaitForMultipleObjects", due);
    if (Count > (WaitBlockArray ? MAXIMUM_WAIT_OBJECTS : THREAD_WAIT_OBJECTS))
        bugcheck(0xC, Count, 0, 0, 0,
                 "KeWaitForMultipleObjects for %u objects; without a wait block array the limit is %d",
                 (unsigned)Count, THREAD_WAIT_OBJECTS);
    return wait_for(Count, (DISPATCHER_HEADER **)Object, WaitType == WaitAll, due, blocks);
}
NT_EXPORT("ntoskrnl.exe", KeWaitForMultipleObjects);

NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                      PLARGE_INTEGER Interval)
{
    uint64_t due = wait_due(Interval);
    may_wait("KeDelayExecutionThread", 1);
    wait_for(0, NULL, false, due ? due : host_now(), NULL);
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", KeDelayExecutionThread);
