/* SPDX-License-Identifier: MIT */
/* dpc.c - the DPC queues of the processors.
 *
 * A queue belongs to its processor, which needs no lock to use it: host code is not interrupted. It only says so
 * (dpc_busy) for a few instructions. Others put DPCs on the `sent` lists, under dpc_lock, and the processor fetches
 * them from there. What is left is another processor that looks into the queue, to remove a DPC: that one takes
 * dpc_lock, sets dpc_revoked, makes the owner see it with a barrier on all processors, and waits until it is not busy.
 * So the rare case pays (some microseconds), and the owner executes no locked instruction for its queue. */
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
/* Added to either: the routine is the host's, of the host's ABI. */
#define NATIVE    0x200

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

void dpc_init_native(KDPC *dpc, void (*routine)(KDPC *, void *, void *, void *), void *context, int cpu)
{
    dpc_init(dpc, (void(NTAPI *)(KDPC *, void *, void *, void *))(void *)routine, context, cpu);
    dpc->Number |= NATIVE;
}

void dpc_set_importance(KDPC *dpc, KDPC_IMPORTANCE importance)
{
    dpc->Importance = (UCHAR)importance;
}

static struct cpu *target_of(const KDPC *dpc)
{
    unsigned n = (dpc->Number & ~NATIVE) - TARGETED;
    return n < cpu_count ? cpu_table[n] : cpu_current(); /* NO_TARGET is no processor's number either */
}

/* WDK, KeSetImportanceDpc: what starts the queue at once. */
static inline bool starts_at_once(const KDPC *dpc, struct cpu *target, bool here)
{
    if (here && dpc->Importance != LowImportance)
        return true;
    unsigned depth = atomic_load_explicit(&target->dpc_depth, memory_order_relaxed) +
                     atomic_load_explicit(&target->dpc_depth_sent, memory_order_relaxed) + 1;
    if (depth >= DEPTH_LIMIT || dpc->Importance == HighImportance)
        return true;
    return !here && (dpc->Importance == MediumHighImportance || target->thread == target->idle);
}

/* Bug check 0xC7/1; without this look at its links, the queue would lead the kernel astray. */
__attribute__((noreturn)) static void broken(LIST_ENTRY *e)
{
    const KDPC *dpc = CONTAINING_RECORD(e, KDPC, DpcListEntry);
    if (cpu_current())
        atomic_store(&cpu_current()->dpc_busy, false); /* nobody shall wait for us */
    bugcheck(0xC7, 1, (uintptr_t)dpc, (uintptr_t)dpc, (uintptr_t)(dpc + 1),
             "DPC object %p was initialised again, or overwritten, while it was queued", (const void *)dpc);
}

/* --- whose the queue is --- */

static inline void queue_enter(struct cpu *cpu)
{
    for (;;) {
        atomic_store_explicit(&cpu->dpc_busy, true, memory_order_relaxed);
        atomic_signal_fence(memory_order_seq_cst); /* queue_revoke() has the processor's half of the barrier */
        if (__builtin_expect(!atomic_load_explicit(&cpu->dpc_revoked, memory_order_acquire), 1))
            return;
        atomic_store_explicit(&cpu->dpc_busy, false, memory_order_release);
        while (atomic_load_explicit(&cpu->dpc_revoked, memory_order_relaxed))
            host->relax(cpu);
    }
}

static inline void queue_leave(struct cpu *cpu)
{
    atomic_store_explicit(&cpu->dpc_busy, false, memory_order_release);
}

/* With dpc_lock the queue becomes the caller's too, be that another processor or the queue's own (which is not busy
 * while it waits for the lock). */
static void queue_revoke(struct cpu *cpu)
{
    host_lock(&cpu->dpc_lock);
    if (cpu == cpu_current())
        return;
    atomic_store(&cpu->dpc_revoked, true);
    host->barrier();
    while (atomic_load_explicit(&cpu->dpc_busy, memory_order_acquire))
        __builtin_ia32_pause();
}

static void queue_give_back(struct cpu *cpu)
{
    atomic_store_explicit(&cpu->dpc_revoked, false, memory_order_release);
    host_unlock(&cpu->dpc_lock);
}

static inline void count(_Atomic unsigned *depth, unsigned more)
{
    atomic_store_explicit(depth, atomic_load_explicit(depth, memory_order_relaxed) + more, memory_order_relaxed);
}

/* --- */

static inline void put(LIST_ENTRY *queue, KDPC *dpc, bool tail)
{
    if (__builtin_expect(queue->Blink->Flink != queue, 0))
        broken(queue->Blink);
    if (tail || dpc->Importance != HighImportance)
        InsertTailList(queue, &dpc->DpcListEntry);
    else
        InsertHeadList(queue, &dpc->DpcListEntry);
}

/* The first of a list; NULL if it is empty. */
static inline KDPC *pull(struct cpu *cpu, LIST_ENTRY *queue)
{
    if (IsListEmpty(queue))
        return NULL;
    KDPC *dpc = CONTAINING_RECORD(queue->Flink, KDPC, DpcListEntry);
    if (__builtin_expect(dpc->DpcData != cpu || dpc->DpcListEntry.Blink != queue, 0))
        broken(&dpc->DpcListEntry);
    RemoveEntryList(&dpc->DpcListEntry);
    return dpc;
}

static inline void put_here(struct cpu *cpu, KDPC *dpc, bool later)
{
    queue_enter(cpu);
    put(later ? &cpu->dpc_later : &cpu->dpc_queue, dpc, later);
    count(&cpu->dpc_depth, 1);
    queue_leave(cpu);
}

static __attribute__((noinline)) void put_there(struct cpu *cpu, KDPC *dpc, bool later)
{
    host_lock(&cpu->dpc_lock);
    put(later ? &cpu->dpc_sent_later : &cpu->dpc_sent, dpc, true);
    count(&cpu->dpc_depth_sent, 1);
    atomic_store_explicit(&cpu->dpc_any_sent, true, memory_order_relaxed);
    host_unlock(&cpu->dpc_lock);
}

/* It runs at the next tick, if nothing starts the queue before. */
static __attribute__((noinline)) void wait_for_tick(struct cpu *cpu)
{
    struct alarm *alarm = &tick[cpu->number];
    if (alarm->slot)
        return;
    alarm->fire = tick_fire;
    alarm_set(alarm, (host_now() / TICK_NS + 1) * TICK_NS);
}

/* The DPC is queued to another processor, which may just have taken it: its store to DpcData need not be visible yet,
 * nor need the routine see what the caller wants it to see. Still queued after a barrier: it runs later than now. */
static __attribute__((noinline)) bool still_queued(KDPC *dpc, PVOID holder)
{
    if (holder == cpu_current())
        return true;
    host->barrier();
    return __atomic_load_n(&dpc->DpcData, __ATOMIC_ACQUIRE) == holder;
}

/* DpcData says which queue holds it; claiming it decides between two who insert at once. */
static inline bool claim(KDPC *dpc, struct cpu *cpu, void *arg1, void *arg2)
{
    PVOID holder = NULL;
    while (!__atomic_compare_exchange_n(&dpc->DpcData, &holder, cpu, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
        if (still_queued(dpc, holder))
            return false;
        holder = NULL;
    }
    dpc->SystemArgument1 = arg1;
    dpc->SystemArgument2 = arg2;
    return true;
}

/* Puts it on its processor's queue, or on the list of those that wait for the next drain. */
static bool insert(KDPC *dpc, void *arg1, void *arg2, bool later, bool at_once)
{
    struct cpu *cpu = target_of(dpc);
    bool here = cpu == cpu_current();
    if (!claim(dpc, cpu, arg1, arg2))
        return false;
    bool starts = at_once || (!later && starts_at_once(dpc, cpu, here)); /* once it is queued it may be gone */
    if (here)
        put_here(cpu, dpc, later);
    else
        put_there(cpu, dpc, later);
    trace(TRACE_DPC, NULL, cpu->number, 0);
    if (!starts)
        wait_for_tick(cpu);
    else if (here)
        cpu->pending_here |= 1u << DISPATCH_LEVEL;
    else
        cpu_request(cpu, DISPATCH_LEVEL);
    return true;
}

bool dpc_insert(KDPC *dpc, void *arg1, void *arg2)
{
    return insert(dpc, arg1, arg2, false, false);
}

bool dpc_insert_here(KDPC *dpc, void *arg1, void *arg2)
{
    struct cpu *cpu = cpu_current();
    if (!claim(dpc, cpu, arg1, arg2))
        return false;
    put_here(cpu, dpc, false);
    trace(TRACE_DPC, NULL, cpu->number, 0);
    cpu->pending_here |= 1u << DISPATCH_LEVEL;
    return true;
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
    queue_revoke(cpu);
    bool queued = __atomic_load_n((struct cpu **)&dpc->DpcData, __ATOMIC_ACQUIRE) == cpu &&
                  dpc->DpcListEntry.Flink != NULL;
    if (queued) {
        RemoveEntryList(&dpc->DpcListEntry);
        dpc->DpcListEntry.Flink = NULL;
        count(&cpu->dpc_depth_sent, -1u);
        __atomic_store_n(&dpc->DpcData, NULL, __ATOMIC_RELEASE);
    }
    queue_give_back(cpu);
    return queued;
}

static void append(LIST_ENTRY *to, LIST_ENTRY *from)
{
    if (IsListEmpty(from))
        return;
    LIST_ENTRY *first = from->Flink, *last = from->Blink;
    first->Blink = to->Blink;
    to->Blink->Flink = first;
    last->Flink = to;
    to->Blink = last;
    InitializeListHead(from);
}

/* What others have sent goes where it would be had the processor inserted it. */
static __attribute__((noinline)) void fetch_sent(struct cpu *cpu)
{
    KDPC *dpc;
    host_lock(&cpu->dpc_lock);
    atomic_store_explicit(&cpu->dpc_any_sent, false, memory_order_relaxed);
    while ((dpc = pull(cpu, &cpu->dpc_sent)))
        put(&cpu->dpc_queue, dpc, false);
    append(&cpu->dpc_later, &cpu->dpc_sent_later);
    host_unlock(&cpu->dpc_lock);
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
    for (unsigned i = 0; len >= sizeof(KDPC) && i < cpu_count && !found; i++) {
        struct cpu *cpu = cpu_table[i];
        if (!dpc_waiting(cpu))
            continue;
        queue_revoke(cpu);
        const LIST_ENTRY *lists[] = {&cpu->dpc_queue, &cpu->dpc_later, &cpu->dpc_sent, &cpu->dpc_sent_later};
        for (int l = 0; l < 4 && !found; l++)
            found = find_inside(lists[l], block, len);
        queue_give_back(cpu);
    }
    return found;
}

/* The queue's next; NULL if there is none. `call` is a copy: from here on the KDPC may be queued again, or its memory be
 * freed by its own routine. */
static inline KDPC *take(struct cpu *cpu, KDPC *call)
{
    if (atomic_load_explicit(&cpu->dpc_any_sent, memory_order_relaxed))
        fetch_sent(cpu);
    if (IsListEmpty(&cpu->dpc_queue))
        return NULL; /* others only remove */
    queue_enter(cpu);
    KDPC *dpc = pull(cpu, &cpu->dpc_queue);
    if (dpc) {
        dpc->DpcListEntry.Flink = NULL;
        count(&cpu->dpc_depth, -1u);
        call->Number = dpc->Number;
        call->DeferredRoutine = dpc->DeferredRoutine;
        call->DeferredContext = dpc->DeferredContext;
        call->SystemArgument1 = dpc->SystemArgument1;
        call->SystemArgument2 = dpc->SystemArgument2;
        __atomic_store_n(&dpc->DpcData, NULL, __ATOMIC_RELEASE);
    }
    queue_leave(cpu);
    return dpc;
}

/* A drain begins: those that waited for one go to the queue's end. */
static inline void begin(struct cpu *cpu)
{
    if (atomic_load_explicit(&cpu->dpc_any_sent, memory_order_relaxed))
        fetch_sent(cpu);
    if (IsListEmpty(&cpu->dpc_later))
        return;
    queue_enter(cpu);
    append(&cpu->dpc_queue, &cpu->dpc_later);
    queue_leave(cpu);
}

/* At DISPATCH_LEVEL on cpu's thread, from window_open(). */
void dpc_drain(struct cpu *cpu)
{
    KDPC *dpc, call;
    if (cpu->draining)
        return;
    cpu->draining = true;
    begin(cpu);
    while ((dpc = take(cpu, &call))) {
        trace(TRACE_DPC_BEGIN, NULL, 0, 0);
        if (call.Number & NATIVE)
            ((void (*)(KDPC *, void *, void *, void *))(void *)call.DeferredRoutine)(
                dpc, call.DeferredContext, call.SystemArgument1, call.SystemArgument2);
        else
            DRIVER_CALL(call.DeferredRoutine, dpc, call.DeferredContext, call.SystemArgument1, call.SystemArgument2);
        cpu->dpcs_run++;
        trace(TRACE_DPC_RUN, NULL, cpu->dpcs_run, 0);
        if (!RULE("R-440", cpu->irql == DISPATCH_LEVEL, "DPC routine %p returned at %s",
                  (void *)call.DeferredRoutine, irql_name(cpu->irql)))
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
