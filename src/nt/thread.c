/* SPDX-License-Identifier: MIT */
/* thread.c - fibers, ready queues, and switching between them.
 *
 * The dispatcher lock is held across a switch: whoever runs next releases it. So a thread that another
 * processor makes ready cannot be run before it has left its stack. */
#include "nt/thread.h"
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/physmem.h"
#include "nt/processor.h"
#include "nt/report.h"
#include "nt/thread_internal.h"
#include "trace/trace.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct host_lock dispatcher_lock;

#define SHADOW_DEPTH 512
#define QUANTUM_NS   20000000ull

static _Atomic unsigned next_id = 1;

unsigned thread_processor(const struct thread *thread)
{
    return thread->cpu->number;
}

struct thread *thread_current(void)
{
    struct cpu *cpu = cpu_current();
    return cpu ? cpu->thread : NULL;
}

static void thread_destroy(struct thread *t)
{
    if (t->stack) {
        physmem_protect(t->stack, STACK_GUARD_BYTES, PROT_READ | PROT_WRITE);
        physmem_free(t->stack, STACK_BYTES);
    }
    if (t->shadow_base)
        munmap(t->shadow_base, SHADOW_DEPTH * sizeof(struct shadow) + PAGE_BYTES);
    free(t);
}

static bool shadow_alloc(struct thread *t)
{
    size_t bytes = SHADOW_DEPTH * sizeof(struct shadow);
    t->shadow_base = mmap(NULL, bytes + PAGE_BYTES, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (t->shadow_base == MAP_FAILED) {
        t->shadow_base = NULL;
        return false;
    }
    mprotect((char *)t->shadow_base + bytes, PAGE_BYTES, PROT_NONE);
    t->shadow_top = t->shadow_base;
    return true;
}

/* A stack that begins with entry(arg). */
static bool stack_alloc(struct thread *t, void (*entry)(void *), void *arg)
{
    t->stack = physmem_alloc(STACK_BYTES, UINT64_MAX, PAGE_BYTES, 0);
    if (!t->stack)
        return false;
    physmem_protect(t->stack, STACK_GUARD_BYTES, PROT_NONE); /* overflow faults instead of corrupting */
    /* What fiber_switch() pops: mxcsr and x87 control word, r15 r14 r13 r12 rbx rbp, return address. */
    uint64_t *sp = (uint64_t *)((char *)t->stack + STACK_BYTES) - 10;
    memset(sp, 0, 10 * sizeof *sp);
    sp[0] = 0x1F80u | 0x37Full << 32;
    sp[4] = (uint64_t)(uintptr_t)arg;   /* r12 */
    sp[5] = (uint64_t)(uintptr_t)entry; /* rbx */
    sp[7] = (uint64_t)(uintptr_t)fiber_start;
    t->rsp = sp;
    return true;
}

static struct thread *thread_alloc(struct cpu *cpu, const char *name, void (*entry)(void *), void *arg)
{
    struct thread *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    if (!shadow_alloc(t) || !stack_alloc(t, entry, arg ? arg : t)) {
        thread_destroy(t);
        return NULL;
    }
    t->header.Type = 6; /* ThreadObject */
    t->header.Size = sizeof *t / 4;
    InitializeListHead(&t->header.WaitListHead);
    t->cpu = cpu;
    t->id = atomic_fetch_add(&next_id, 1);
    t->name = name;
    timer_init_wait(t);
    return t;
}

/* --- under the dispatcher lock --- */

void thread_make_ready(struct thread *t, bool front)
{
    struct cpu *cpu = t->cpu;
    t->state = THREAD_READY;
    if (front)
        InsertHeadList(&cpu->ready[t->priority], &t->ready_entry);
    else
        InsertTailList(&cpu->ready[t->priority], &t->ready_entry);
    cpu->ready_mask |= 1u << t->priority;
    if (t->priority > cpu->thread->priority) {
        cpu->reschedule = true;
        cpu_request(cpu, DISPATCH_LEVEL);
    } else if (!cpu->quantum.slot) {
        alarm_set(&cpu->quantum, host_now() + QUANTUM_NS);
    }
}

static struct thread *pick(struct cpu *cpu)
{
    if (!cpu->ready_mask)
        return cpu->idle;
    int priority = 31 - __builtin_clz(cpu->ready_mask);
    struct thread *t =
        CONTAINING_RECORD(RemoveHeadList(&cpu->ready[priority]), struct thread, ready_entry);
    if (IsListEmpty(&cpu->ready[priority]))
        cpu->ready_mask &= ~(1u << priority);
    return t;
}

static void after_switch(void)
{
    struct cpu *cpu = cpu_current();
    struct thread *dead = cpu->thread->buries;
    cpu->thread->buries = NULL;
    host_unlock(&dispatcher_lock);
    if (dead)
        thread_destroy(dead);
}

static void switch_to(struct cpu *cpu, struct thread *next)
{
    struct thread *prev = cpu->thread;
    cpu->reschedule = false;
    next->state = THREAD_RUNNING;
    if (next == prev) {
        after_switch();
        return;
    }
    prev->shadow_top = cpu->shadow_top;
    cpu->shadow_top = next->shadow_top;
    prev->cli = cpu->cli;
    cpu->cli = next->cli;
    cpu->thread = next;
    cpu_publish_thread(cpu, next);
    trace(TRACE_SWITCH, next->name, next->id, 0);
    if (cpu->ready_mask && !cpu->quantum.slot)
        alarm_set(&cpu->quantum, host_now() + QUANTUM_NS);
    if (prev->state == THREAD_DEAD && prev->detached)
        next->buries = prev;
    fiber_switch(&prev->rsp, next->rsp);
    after_switch();
}

void thread_block(void)
{
    struct cpu *cpu = cpu_current();
    cpu->thread->state = THREAD_WAITING;
    switch_to(cpu, pick(cpu));
}

/* --- */

void thread_reschedule(struct cpu *cpu)
{
    host_lock(&dispatcher_lock);
    struct thread *t = cpu->thread;
    int best = cpu->ready_mask ? 31 - __builtin_clz(cpu->ready_mask) : -1;
    if (best < t->priority && !(t == cpu->idle && best >= 0)) {
        cpu->reschedule = false;
        host_unlock(&dispatcher_lock);
        return;
    }
    struct thread *next = pick(cpu);
    if (t != cpu->idle) {
        t->state = THREAD_READY;
        InsertTailList(&cpu->ready[t->priority], &t->ready_entry);
        cpu->ready_mask |= 1u << t->priority;
    }
    switch_to(cpu, next);
}

static void quantum_fire(struct alarm *alarm)
{
    struct cpu *cpu = CONTAINING_RECORD(alarm, struct cpu, quantum);
    host_lock(&dispatcher_lock); /* or a switch that is going on takes it back */
    cpu->reschedule = true;
    host_unlock(&dispatcher_lock);
    cpu_request(cpu, DISPATCH_LEVEL);
}

static void thread_main(void *arg)
{
    struct thread *t = arg;
    after_switch();
    irql_lower(PASSIVE_LEVEL);
    t->fn(t->arg);
    thread_exit(STATUS_SUCCESS);
}

void thread_exit(NTSTATUS status)
{
    struct thread *t = thread_current();
    RULE("Irql", irql_current() == PASSIVE_LEVEL, "thread \"%s\" ends at %s", t->name,
         irql_name(irql_current()));
    irql_raise(DISPATCH_LEVEL);
    host_lock(&dispatcher_lock);
    t->status = status;
    t->header.SignalState = 1;
    wait_signalled(&t->header);
    t->state = THREAD_DEAD;
    struct cpu *cpu = cpu_current();
    switch_to(cpu, pick(cpu));
    __builtin_unreachable();
}

struct thread *thread_create(unsigned cpu_number, int priority, void (*fn)(void *), void *arg,
                             const char *name)
{
    struct cpu *cpu = cpu_table[cpu_number % cpu_count];
    struct thread *t = thread_alloc(cpu, name, thread_main, NULL);
    if (!t)
        return NULL;
    t->priority = priority;
    t->fn = fn;
    t->arg = arg;
    host_lock(&dispatcher_lock);
    thread_make_ready(t, false);
    host_unlock(&dispatcher_lock);
    return t;
}

void nt_chkstk(void); /* entry.S */
NT_EXPORT_ROW("ntoskrnl.exe", __chkstk, nt_chkstk, true);

void thread_detach(struct thread *t)
{
    host_lock(&dispatcher_lock);
    bool dead = t->state == THREAD_DEAD;
    t->detached = true;
    host_unlock(&dispatcher_lock);
    if (dead)
        thread_destroy(t);
}

void thread_join(struct thread *t)
{
    thread_wait(&t->header, UINT64_MAX);
    /* Signalled under the dispatcher lock, which it gave up by leaving its stack. */
    host_lock(&dispatcher_lock);
    host_unlock(&dispatcher_lock);
    thread_destroy(t);
}

void thread_sleep(uint64_t ns)
{
    thread_wait(NULL, ns);
}

const char *thread_name(const struct thread *t)
{
    return t->name;
}

/* What a processor runs from its start to its end. DPCs and service routines that find it idle borrow its idle
 * thread's stack, which is therefore like any other. */
static void idle_main(void *arg)
{
    struct cpu *cpu = arg;
    while (atomic_load(&run_state) == RUN_GOING)
        if (!thread_idle_once(cpu))
            host->idle(cpu);
    host_park();
}

int thread_idle_init(struct cpu *cpu)
{
    struct thread *t = thread_alloc(cpu, "idle", idle_main, cpu);
    if (!t)
        return -ENOMEM;
    t->state = THREAD_RUNNING;
    cpu->idle = cpu->thread = t;
    cpu->shadow_top = t->shadow_base;
    cpu->quantum.fire = quantum_fire;
    cpu_publish_thread(cpu, t);
    return 0;
}

bool thread_idle_once(struct cpu *cpu)
{
    atomic_store_explicit(&cpu->heartbeat, cpu->heartbeat + 1, memory_order_relaxed);
    window_open(cpu);
    if (dpc_waiting(cpu)) {
        cpu_request(cpu, DISPATCH_LEVEL); /* idle: unhurried DPCs run now */
        return true;
    }
    if (cpu->ready_mask) {
        KIRQL old = irql_raise(DISPATCH_LEVEL);
        thread_reschedule(cpu);
        irql_lower(old);
        return true;
    }
    return false;
}

/* Moves the calling thread; PASSIVE_LEVEL. */
void thread_move(unsigned cpu_number)
{
    struct thread *t = thread_current();
    struct cpu *to = cpu_table[cpu_number];
    if (to == t->cpu)
        return;
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    struct cpu *from = cpu_current();
    host_lock(&dispatcher_lock);
    t->cpu = to;
    thread_make_ready(t, true);
    switch_to(from, pick(from));
    irql_lower(old);
}

bool thread_stack_contains(const void *p)
{
    const struct thread *t = thread_current();
    uintptr_t from = t ? (uintptr_t)t->stack : 0;
    return from && (uintptr_t)p - from < STACK_BYTES;
}
