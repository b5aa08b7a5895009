/* SPDX-License-Identifier: MIT */
/* dpc.c - the DPC queues of the processors. */
#include "nt/dpc.h"
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/processor.h"
#include "nt/report.h"
#include "nt/thread.h"
#include "trace/trace.h"
#include <stdio.h>

/* KDPC.Number: no target, or this plus the processor's number (the field is the kernel's to use). */
#define NO_TARGET 0
#define TARGETED  0x100

/* Queue depth at which even an unhurried DPC starts the queue (WDK: KeSetImportanceDpc; the default of
 * Windows' MaximumDpcQueueDepth). */
#define DEPTH_LIMIT 4
/* The clock tick at which an unhurried DPC runs at the latest: 64 per second, Windows' default. */
#define TICK_NS 15625000ull

static struct alarm tick[CPU_MAX];

static void tick_fire(struct alarm *alarm)
{
    cpu_request(cpu_table[alarm - tick], DISPATCH_LEVEL);
}

void dpc_init(KDPC *dpc, void(NTAPI *routine)(KDPC *, void *, void *, void *), void *context, int cpu)
{
    memset(dpc, 0, sizeof *dpc);
    dpc->Type = 19; /* DpcObject (ntddk.h KOBJECTS) */
    dpc->Importance = MediumImportance;
    dpc->Number = cpu < 0 ? NO_TARGET : (USHORT)(TARGETED + cpu);
    dpc->DeferredRoutine = (PKDEFERRED_ROUTINE)routine;
    dpc->DeferredContext = context;
}

void dpc_set_importance(KDPC *dpc, KDPC_IMPORTANCE importance)
{
    dpc->Importance = (UCHAR)importance;
}

static struct cpu *target_of(const KDPC *dpc)
{
    if (dpc->Number == NO_TARGET)
        return cpu_current();
    unsigned n = dpc->Number - TARGETED;
    return n < cpu_count ? cpu_table[n] : cpu_current();
}

/* WDK, KeSetImportanceDpc: what starts the queue at once. */
static bool starts_at_once(const KDPC *dpc, struct cpu *target, unsigned depth)
{
    if (depth >= DEPTH_LIMIT || dpc->Importance == HighImportance)
        return true;
    if (target == cpu_current())
        return dpc->Importance != LowImportance;
    return dpc->Importance == MediumHighImportance || target->thread == target->idle;
}

/* Bug check 0xC7/1; without this look at its links, the queue would lead the kernel astray. */
__attribute__((noreturn)) static void broken(LIST_ENTRY *e)
{
    const KDPC *dpc = CONTAINING_RECORD(e, KDPC, DpcListEntry);
    bugcheck(0xC7, 1, (uintptr_t)dpc, (uintptr_t)dpc, (uintptr_t)(dpc + 1),
             "DPC object %p was initialised again, or overwritten, while it was queued", (const void *)dpc);
}

/* Puts it on its processor's queue, or on the list of those that wait for the next drain. */
static bool insert(KDPC *dpc, void *arg1, void *arg2, bool later, bool at_once)
{
    struct cpu *cpu = target_of(dpc);
    /* DpcData says which queue holds it; claiming it decides between two who insert at once. */
    PVOID unqueued = NULL;
    if (!__atomic_compare_exchange_n(&dpc->DpcData, &unqueued, cpu, 0, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return false;
    dpc->SystemArgument1 = arg1;
    dpc->SystemArgument2 = arg2;
    host_lock(&cpu->dpc_lock);
    if (cpu->dpc_queue.Blink->Flink != &cpu->dpc_queue)
        broken(cpu->dpc_queue.Blink);
    if (later)
        InsertTailList(&cpu->dpc_later, &dpc->DpcListEntry);
    else if (dpc->Importance == HighImportance)
        InsertHeadList(&cpu->dpc_queue, &dpc->DpcListEntry);
    else
        InsertTailList(&cpu->dpc_queue, &dpc->DpcListEntry);
    unsigned depth = atomic_load_explicit(&cpu->dpc_depth, memory_order_relaxed) + 1;
    atomic_store_explicit(&cpu->dpc_depth, depth, memory_order_relaxed);
    host_unlock(&cpu->dpc_lock);
    trace(TRACE_DPC, NULL, cpu->number, 0);
    if (at_once || (!later && starts_at_once(dpc, cpu, depth))) {
        cpu_request(cpu, DISPATCH_LEVEL);
    } else if (!tick[cpu->number].slot) {
        tick[cpu->number].fire = tick_fire;
        alarm_set(&tick[cpu->number], (host_now() / TICK_NS + 1) * TICK_NS);
    }
    return true;
}

bool dpc_insert(KDPC *dpc, void *arg1, void *arg2)
{
    return insert(dpc, arg1, arg2, false, false);
}

bool dpc_insert_later(KDPC *dpc, void *arg1, void *arg2)
{
    return insert(dpc, arg1, arg2, true, false);
}

bool dpc_remove(KDPC *dpc)
{
    struct cpu *cpu = __atomic_load_n((struct cpu **)&dpc->DpcData, __ATOMIC_ACQUIRE);
    if (!cpu)
        return false;
    host_lock(&cpu->dpc_lock);
    bool queued = __atomic_load_n((struct cpu **)&dpc->DpcData, __ATOMIC_ACQUIRE) == cpu &&
                  dpc->DpcListEntry.Flink != NULL;
    if (queued) {
        RemoveEntryList(&dpc->DpcListEntry);
        dpc->DpcListEntry.Flink = NULL;
        cpu->dpc_depth--;
        __atomic_store_n(&dpc->DpcData, NULL, __ATOMIC_RELEASE);
    }
    host_unlock(&cpu->dpc_lock);
    return queued;
}

/* Those that waited for a drain to begin go to the queue's end. */
static void join_queue(struct cpu *cpu)
{
    LIST_ENTRY *first = cpu->dpc_later.Flink, *last = cpu->dpc_later.Blink;
    first->Blink = cpu->dpc_queue.Blink;
    cpu->dpc_queue.Blink->Flink = first;
    last->Flink = &cpu->dpc_queue;
    cpu->dpc_queue.Blink = last;
    InitializeListHead(&cpu->dpc_later);
}

static const KDPC *find_inside(const LIST_ENTRY *list, const char *block, size_t len)
{
    for (const LIST_ENTRY *e = list->Flink; e != list; e = e->Flink) {
        const KDPC *dpc = CONTAINING_RECORD(e, KDPC, DpcListEntry);
        if ((const char *)dpc >= block && (const char *)dpc < block + len)
            return dpc;
    }
    return NULL;
}

const KDPC *dpc_inside(const void *block, size_t len)
{
    const KDPC *found = NULL;
    for (unsigned i = 0; i < cpu_count && !found; i++) {
        struct cpu *cpu = cpu_table[i];
        if (!atomic_load_explicit(&cpu->dpc_depth, memory_order_relaxed))
            continue;
        host_lock(&cpu->dpc_lock);
        found = find_inside(&cpu->dpc_queue, block, len);
        if (!found)
            found = find_inside(&cpu->dpc_later, block, len);
        host_unlock(&cpu->dpc_lock);
    }
    return found;
}

/* At DISPATCH_LEVEL on cpu's thread, from window_open(). */
void dpc_drain(struct cpu *cpu)
{
    if (cpu->draining || !atomic_load_explicit(&cpu->dpc_depth, memory_order_relaxed))
        return;
    cpu->draining = true;
    bool first = true;
    for (;;) {
        host_lock(&cpu->dpc_lock);
        if (first && !IsListEmpty(&cpu->dpc_later))
            join_queue(cpu);
        first = false;
        if (IsListEmpty(&cpu->dpc_queue)) {
            host_unlock(&cpu->dpc_lock);
            break;
        }
        KDPC *dpc = CONTAINING_RECORD(cpu->dpc_queue.Flink, KDPC, DpcListEntry);
        if (dpc->DpcData != cpu || dpc->DpcListEntry.Blink != &cpu->dpc_queue)
            broken(&dpc->DpcListEntry);
        RemoveEntryList(&dpc->DpcListEntry);
        dpc->DpcListEntry.Flink = NULL;
        atomic_store_explicit(&cpu->dpc_depth, cpu->dpc_depth - 1, memory_order_relaxed);
        PKDEFERRED_ROUTINE routine = dpc->DeferredRoutine;
        PVOID context = dpc->DeferredContext, a1 = dpc->SystemArgument1, a2 = dpc->SystemArgument2;
        /* From here the KDPC may be queued again, or its memory freed by its own routine. */
        __atomic_store_n(&dpc->DpcData, NULL, __ATOMIC_RELEASE);
        host_unlock(&cpu->dpc_lock);

        trace(TRACE_DPC_BEGIN, NULL, 0, 0);
        DRIVER_CALL(routine, dpc, context, a1, a2);
        cpu->dpcs_run++;
        trace(TRACE_DPC_RUN, NULL, cpu->dpcs_run, 0);
        if (!RULE("R-440", cpu->irql == DISPATCH_LEVEL, "DPC routine %p returned at %s",
                  (void *)routine, irql_name(cpu->irql)))
            cpu->irql = DISPATCH_LEVEL;
    }
    cpu->draining = false;
}

struct flush {
    KDPC dpc[CPU_MAX];
    KEVENT done;
    _Atomic unsigned left;
};

static VOID NTAPI flush_dpc(PKDPC dpc, PVOID context, PVOID a, PVOID b)
{
    struct flush *flush = context;
    if (atomic_fetch_sub(&flush->left, 1) == 1)
        event_set(&flush->done);
}

void dpc_flush(void)
{
    struct flush flush;
    event_init(&flush.done, true, false);
    flush.left = cpu_count;
    for (unsigned i = 0; i < cpu_count; i++) {
        /* Behind all that is queued now, and behind all that waits for the next drain; then started at once. */
        dpc_init(&flush.dpc[i], flush_dpc, &flush, (int)i);
        insert(&flush.dpc[i], NULL, NULL, true, true);
    }
    thread_wait(&flush.done, UINT64_MAX);
}

VOID NTAPI KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    dpc_init(Dpc, (void(NTAPI *)(KDPC *, void *, void *, void *))DeferredRoutine, DeferredContext, -1);
}
NT_EXPORT("ntoskrnl.exe", KeInitializeDpc);
/* With threaded DPCs disabled, which Windows allows, a threaded DPC is an ordinary one
 * (WDK: Introduction to Threaded DPCs). */
NT_EXPORT_AS("ntoskrnl.exe", KeInitializeThreadedDpc, KeInitializeDpc);

BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2)
{
    return dpc_insert(Dpc, SystemArgument1, SystemArgument2);
}
NT_EXPORT("ntoskrnl.exe", KeInsertQueueDpc);

BOOLEAN NTAPI KeRemoveQueueDpc(PRKDPC Dpc)
{
    return dpc_remove(Dpc);
}
NT_EXPORT("ntoskrnl.exe", KeRemoveQueueDpc);

VOID NTAPI KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance)
{
    dpc_set_importance(Dpc, Importance);
}
NT_EXPORT("ntoskrnl.exe", KeSetImportanceDpc);

VOID NTAPI KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number)
{
    Dpc->Number = (USHORT)(TARGETED + (UCHAR)Number);
}
NT_EXPORT("ntoskrnl.exe", KeSetTargetProcessorDpc);

NTSTATUS NTAPI KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber)
{
    if (ProcNumber->Group != 0 || ProcNumber->Number >= cpu_count || ProcNumber->Reserved)
        return STATUS_INVALID_PARAMETER;
    Dpc->Number = (USHORT)(TARGETED + ProcNumber->Number);
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", KeSetTargetProcessorDpcEx);

VOID NTAPI KeFlushQueuedDpcs(VOID)
{
    if (IRQL_EXACT(PASSIVE_LEVEL))
        dpc_flush();
}
NT_EXPORT("ntoskrnl.exe", KeFlushQueuedDpcs);
