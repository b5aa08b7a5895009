/* SPDX-License-Identifier: MIT */
/* thread_internal.h - a thread's innards, shared by thread.c, wait.c and timer.c. */
#pragma once
#include "nt/processor.h"
#include "nt/wdk.h"

/* Below a thread's stack: touching it is an overflow. As much as one __chkstk step, and more. */
#define STACK_GUARD_BYTES 16384
/* Windows gives a kernel thread 24 KiB; host code runs on these stacks too, so they are larger. */
#define STACK_BYTES       (256 * 1024)

enum thread_state { THREAD_READY, THREAD_RUNNING, THREAD_WAITING, THREAD_DEAD };

struct wait_block {
    LIST_ENTRY entry; /* on the object's WaitListHead */
    struct thread *thread;
    DISPATCHER_HEADER *object;
    NTSTATUS key; /* what the wait returns when this object ends it */
};

struct thread {
    DISPATCHER_HEADER header; /* first: a PKTHREAD is a dispatcher object */
    void *rsp;
    void *stack;
    struct shadow *shadow_base, *shadow_top;
    uint8_t cli; /* while it does not run: its interrupt flag, as the processor's (struct cpu) */
    struct cpu *cpu;
    LIST_ENTRY ready_entry;
    enum thread_state state;
    int priority;
    bool detached;
    struct thread *buries; /* a dead thread whose memory is freed once off its stack */
    unsigned id;
    const char *name; /* a literal */
    void (*fn)(void *);
    void *arg;
    NTSTATUS status;
    /* the current wait */
    struct wait_block *blocks;
    unsigned block_count; /* without the timeout's */
    bool wait_all;
    NTSTATUS wait_status;
    KTIMER timeout;
    /* KeEnterCriticalRegion depth, affinity to return to */
    int critical;
    int system_affinity_from;
    bool fpu_saved;
};

/* Under the dispatcher lock. */
void thread_make_ready(struct thread *t, bool front);
/* The current thread waits: run something else. Returns when it was made ready again; releases the lock. */
void thread_block(void);
/* An object became signalled: end the waits that this satisfies. */
void wait_signalled(DISPATCHER_HEADER *object);

void timer_init_wait(struct thread *t);
void timer_arm(KTIMER *timer, uint64_t due_ns);
bool timer_disarm(KTIMER *timer);

__attribute__((noreturn)) void thread_exit(NTSTATUS status);
int thread_idle_init(struct cpu *cpu);
void thread_move(unsigned cpu_number);
void cpu_publish_thread(struct cpu *cpu, void *thread);
const char *thread_name(const struct thread *t);
/* 100 ns since 1601, the machine's clock (time.c). */
uint64_t system_time_100ns(void);
void wait_timed_out(struct thread *t);
uint64_t wait_due(const LARGE_INTEGER *timeout);
const KTIMER *timer_inside(const void *block, size_t len);
