/* SPDX-License-Identifier: MIT */
/* timer.c - KTIMER: one-shot and periodic, with or without a DPC.
 *
 * Armed timers stand in one list by due time. An alarm for the first one raises the clock interrupt, which
 * has them expired at DISPATCH_LEVEL. All under the dispatcher lock. */
#include "nt/callstack.h"
#include "nt/dpc.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/report.h"
#include "nt/thread.h"
#include "nt/thread_internal.h"

static LIST_ENTRY armed = {&armed, &armed};

static void clock_fire(struct alarm *alarm)
{
    cpu_request(cpu_table[0], IRQL_CLOCK);
}
static struct alarm clock_alarm = {.fire = clock_fire};

/* DueTime.QuadPart holds nanoseconds since boot while armed; Header.Inserted says whether it is. */
void timer_arm(KTIMER *timer, uint64_t due_ns)
{
    LIST_ENTRY *e = armed.Blink;
    while (e != &armed && CONTAINING_RECORD(e, KTIMER, TimerListEntry)->DueTime.QuadPart > due_ns)
        e = e->Blink;
    timer->DueTime.QuadPart = due_ns;
    timer->Header.Inserted = TRUE;
    InsertHeadList(e, &timer->TimerListEntry);
    if (armed.Flink == &timer->TimerListEntry)
        alarm_set(&clock_alarm, due_ns);
}

bool timer_disarm(KTIMER *timer)
{
    if (!timer->Header.Inserted)
        return false;
    RemoveEntryList(&timer->TimerListEntry);
    timer->Header.Inserted = FALSE;
    return true;
}

static void timer_init(KTIMER *timer, TIMER_TYPE type)
{
    memset(timer, 0, sizeof *timer);
    timer->Header.Type = type == NotificationTimer ? 8 : 9;
    timer->Header.Size = sizeof *timer / 4;
    InitializeListHead(&timer->Header.WaitListHead);
}

void timer_init_wait(struct thread *t)
{
    timer_init(&t->timeout, NotificationTimer);
    t->timeout.Dpc = (KDPC *)-1; /* no DPC: expiry ends the thread's wait */
}

/* On the processor that took the clock interrupt, at DISPATCH_LEVEL. */
void timer_expire(struct cpu *cpu)
{
    cpu->clock_due = false;
    host_lock(&dispatcher_lock);
    uint64_t now = host_now();
    while (!IsListEmpty(&armed)) {
        KTIMER *timer = CONTAINING_RECORD(armed.Flink, KTIMER, TimerListEntry);
        if (timer->DueTime.QuadPart > now)
            break;
        timer_disarm(timer);
        if (timer->Header.Type == 8 && timer->Dpc == (KDPC *)-1) {
            wait_timed_out(CONTAINING_RECORD(timer, struct thread, timeout));
            continue;
        }
        timer->Header.SignalState = 1;
        wait_signalled(&timer->Header);
        KDPC *dpc = timer->Dpc;
        if (timer->Period)
            timer_arm(timer, timer->DueTime.QuadPart + (uint64_t)timer->Period * 1000000);
        if (dpc)
            dpc_insert(dpc, (PVOID)(uintptr_t)(uint32_t)now, (PVOID)(uintptr_t)(uint32_t)(now >> 32));
    }
    if (!IsListEmpty(&armed))
        alarm_set(&clock_alarm,
                  CONTAINING_RECORD(armed.Flink, KTIMER, TimerListEntry)->DueTime.QuadPart);
    host_unlock(&dispatcher_lock);
}

/* A timer that is in the queue cannot be forgotten: its links would lead nowhere. */
VOID NTAPI KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type)
{
    bool is_armed = false;
    host_lock(&dispatcher_lock);
    for (LIST_ENTRY *e = armed.Flink; e != &armed && !is_armed; e = e->Flink)
        is_armed = e == &Timer->TimerListEntry;
    if (is_armed)
        RemoveEntryList(&Timer->TimerListEntry);
    host_unlock(&dispatcher_lock);
    RULE("R-443", !is_armed, "KeInitializeTimer(%p): the timer is set, and was not cancelled", (void *)Timer);
    timer_init(Timer, Type);
}
NT_EXPORT("ntoskrnl.exe", KeInitializeTimerEx);

VOID NTAPI KeInitializeTimer(PKTIMER Timer)
{
    KeInitializeTimerEx(Timer, NotificationTimer);
}
NT_EXPORT("ntoskrnl.exe", KeInitializeTimer);

BOOLEAN NTAPI KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc)
{
    IRQL_MAX(DISPATCH_LEVEL);
    uint64_t due = wait_due(&DueTime);
    host_lock(&dispatcher_lock);
    bool was_set = timer_disarm(Timer);
    Timer->Header.SignalState = 0;
    Timer->Dpc = Dpc;
    Timer->Period = (ULONG)Period;
    timer_arm(Timer, due ? due : host_now());
    host_unlock(&dispatcher_lock);
    return was_set;
}
NT_EXPORT("ntoskrnl.exe", KeSetTimerEx);

BOOLEAN NTAPI KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc)
{
    return KeSetTimerEx(Timer, DueTime, 0, Dpc);
}
NT_EXPORT("ntoskrnl.exe", KeSetTimer);

/* The tolerable delay lets Windows expire timers together; expiring on time is within it. */
BOOLEAN NTAPI KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period,
                                    ULONG TolerableDelay, PKDPC Dpc)
{
    return KeSetTimerEx(Timer, DueTime, (LONG)Period, Dpc);
}
NT_EXPORT("ntoskrnl.exe", KeSetCoalescableTimer);

BOOLEAN NTAPI KeCancelTimer(PKTIMER Timer)
{
    IRQL_MAX(DISPATCH_LEVEL);
    host_lock(&dispatcher_lock);
    bool was_set = timer_disarm(Timer);
    Timer->Period = 0;
    host_unlock(&dispatcher_lock);
    return was_set;
}
NT_EXPORT("ntoskrnl.exe", KeCancelTimer);

BOOLEAN NTAPI KeReadStateTimer(PKTIMER Timer)
{
    return (BOOLEAN)(Timer->Header.SignalState != 0);
}
NT_EXPORT("ntoskrnl.exe", KeReadStateTimer);

/* An armed timer inside [block, block + len), for the pool to name when the block is freed. */
const KTIMER *timer_inside(const void *block, size_t len)
{
    const KTIMER *found = NULL;
    host_lock(&dispatcher_lock);
    for (LIST_ENTRY *e = armed.Flink; e != &armed && !found; e = e->Flink) {
        const KTIMER *timer = CONTAINING_RECORD(e, KTIMER, TimerListEntry);
        if ((const char *)timer >= (const char *)block && (const char *)timer < (const char *)block + len)
            found = timer;
    }
    host_unlock(&dispatcher_lock);
    return found;
}
