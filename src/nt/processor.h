/* SPDX-License-Identifier: MIT */
/* processor.h - one simulated processor; private to nt/.
 *
 * A processor is run by one host thread (live), or by turns on the only host thread (deterministic). Its struct
 * cpu lies behind the PCR that gs points to, so that driver code, assembly (entry.S) and C find it without
 * a table or thread-local storage, even when fibers move.
 *
 * Interrupt state is three things: what is pending, one bit per IRQL at which something waits; `irql`; and the
 * windows at which the two are compared. Host code runs with interrupts off simply because it has no windows except
 * the ones it opens.
 *
 * What a processor asks of itself (a model that raises an interrupt inside the processor's own register access, a DPC
 * that its service routine queues) is kept in plain fields, because nothing interrupts host code: no locked
 * instruction. What others ask is one atomic word, `pending`, which the next window collects.
 *
 * Lock order: dispatcher lock -> alarm lock; dpc_lock is innermost. Vectors and `pending` need no lock. */
#pragma once
#include "nt/alarm.h"
#include "nt/processor_asm.h"
#include "nt/wdk.h"
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CPU_MAX      64
#define IRQL_CLOCK   13
#define IRQL_IPI     14

/* Set for ever in the deterministic scheduler: every window is also a choice of who runs next. Set in both when the
 * run is over, or the watchdog has had enough: every window, whatever the IRQL, looks at that. */
#define PENDING_POINT (1u << 16)

/* cpu->pending: bits as in pending_here; in three places of 12 bits from PENDING_PLACE on, the numbers of vectors that
 * others have raised, in order (0: empty); and PENDING_MORE: there are others on the list `sent`. One word, so that
 * raising is one atomic operation on one cache line. */
#define PENDING_PLACE  20
#define PENDING_PLACES 3
#define PENDING_MORE   (1ull << 60)
#define PENDING_LEVELS 0xFFFFu

/* What a thunk saves of the driver code that called it; layout known to entry.S. */
struct shadow {
    uint64_t rip, rsp, rbx, rbp, rsi, rdi, r12, r13, r14, r15;
    struct thunk *thunk; /* NULL: not a call but an interrupted instruction */
    uint64_t spare;
};

/* What an idle processor does, as those who wake it see it. */
enum { CPU_AWAKE, CPU_ASLEEP, CPU_SPINNING };

struct vector;
struct thread;

struct cpu {
    struct cpu *self;
    uint32_t pending_here; /* bit n: something waits for IRQL < n; only this processor's */
    uint8_t irql;
    uint8_t cli;              /* the driver executed cli */
    struct shadow *shadow_top;

    unsigned number;
    struct thread *thread, *idle;
    struct vector *in_service;
    uint64_t raise_in_service; /* when it had been raised */

    /* What other threads write, and what they look at to do so; a line of its own, so that they do not slow down the
     * processor's own fields. */
    _Alignas(64) _Atomic uint64_t pending;
    _Atomic(struct vector *) sent; /* stack of vectors for which `pending` had no place */
    _Atomic int sleeping; /* CPU_... */

    /* Raised vectors by IRQL, in order of arrival; only this processor's (interrupt.c) */
    _Alignas(64) struct vector_queue {
        struct vector *first, *last;
    } raised[16];

    /* DPC queue (dpc.c) */
    LIST_ENTRY dpc_queue;
    LIST_ENTRY dpc_later; /* joins the queue when the next drain begins */
    _Atomic unsigned dpc_depth;
    _Atomic bool dpc_busy; /* the processor is changing its queue */
    bool draining;
    uint64_t dpcs_run;
    /* DPCs from other processors, not yet on the queue; under dpc_lock */
    _Alignas(64) struct host_lock dpc_lock;
    _Atomic bool dpc_revoked; /* who holds the lock is changing the processor's queue */
    _Atomic bool dpc_any_sent;
    _Atomic unsigned dpc_depth_sent; /* inserted by others minus removed; may be "negative": only the sum counts */
    LIST_ENTRY dpc_sent, dpc_sent_later;

    /* Threads (thread.c); under the dispatcher lock */
    uint32_t ready_mask;
    LIST_ENTRY ready[32];
    bool reschedule;   /* a ready thread should run instead of the current one */
    bool clock_due;    /* timers are to be expired at DISPATCH_LEVEL */
    struct alarm quantum;

    /* Live scheduler (host_live.c) */
    pthread_t host_thread;
    int host_tid;
    int wake_fd, epoll_fd;
    void *retry_timer;
    void *parked_rsp; /* live: the host thread's own stack; deterministic: where it goes on */
    /* Deterministic scheduler (host_seed.c) */
    bool idle_waiting;

    /* Watchdog (machine.c) */
    _Atomic uint64_t heartbeat; /* moves whenever the processor is below DISPATCH_LEVEL */
    uint64_t dpcs_seen;         /* dpcs_run when it last moved */
    _Atomic int bitten;         /* 1: to be reported at the next window or driver instruction; 2: anywhere */
    struct vector **table;      /* vectors by number */
    uint32_t table_size;
    uint8_t *alt_stack;
};

struct pcr {
    uint8_t kpcr[PCR_CPU]; /* the Windows part: KPCR and the start of KPRCB */
    struct cpu cpu;
};

extern struct cpu *cpu_table[CPU_MAX];
extern unsigned cpu_count;

/* The processor this thread is, or NULL on other host threads. Not cached by the compiler across switches. */
static inline struct cpu *cpu_current(void)
{
    struct cpu *cpu;
    __asm__ volatile("movq %%gs:%c1, %0" : "=r"(cpu) : "i"(PCR_CPU));
    return cpu;
}

/* gs of the current host thread. */
void cpu_bind(struct cpu *cpu); /* NULL: no processor */
struct cpu *cpu_create(unsigned number);

/* Something waits at `level` on cpu: sets the bit and makes the processor look, from any thread. */
void cpu_request(struct cpu *cpu, unsigned level);

/* Take everything that is pending above the current IRQL. Processor thread, no locks held. */
void window_open(struct cpu *cpu);
static inline bool window_wanted(struct cpu *cpu)
{
    uint32_t sent = (uint32_t)atomic_load_explicit(&cpu->pending, memory_order_relaxed) & PENDING_BITS;
    return (cpu->pending_here | sent) >> cpu->irql >> 1;
}
static inline void window(struct cpu *cpu)
{
    if (__builtin_expect(window_wanted(cpu), 0))
        window_open(cpu);
}

/* interrupt.c: what others asked for becomes the processor's own; serve the vectors raised at `level`.
 * dpc.c / thread.c / timer.c: their part of a window. */
void interrupt_collect(struct cpu *cpu);
void interrupt_take(struct cpu *cpu, unsigned level);
void dpc_drain(struct cpu *cpu);
/* Is any DPC queued to cpu? */
static inline bool dpc_waiting(struct cpu *cpu)
{
    return atomic_load_explicit(&cpu->dpc_depth, memory_order_relaxed) +
               atomic_load_explicit(&cpu->dpc_depth_sent, memory_order_relaxed) !=
           0;
}
void timer_expire(struct cpu *cpu);
void thread_reschedule(struct cpu *cpu);
bool thread_idle_once(struct cpu *cpu);

/* The two schedulers: all that nt needs of the host about blocking, time and choice. */
struct host_ops {
    const char *name;
    uint64_t (*now)(void);
    /* cpu has something pending that it did not have before. Any thread. */
    void (*wake)(struct cpu *cpu);
    /* Nothing to do on this processor: return once something is pending (or earlier). */
    void (*idle)(struct cpu *cpu);
    /* In a loop that waits for another processor. */
    void (*relax)(struct cpu *cpu);
    /* A window: let somebody else run, perhaps. */
    void (*point)(struct cpu *cpu);
    /* Busy waiting for ns nanoseconds of the machine's time, interrupt windows open. */
    void (*stall)(struct cpu *cpu, uint64_t ns);
    /* The alarm queue's head changed. */
    void (*alarms_changed)(void);
    /* A full memory barrier on every processor; slow. */
    void (*barrier)(void);
    /* The processor stops: back to where it was started from, for good. */
    void (*leave)(struct cpu *cpu);
};
extern const struct host_ops *host;
extern const struct host_ops host_live, host_seed;

/* alarm.c: run what is due at `now`; returns when the next is due, UINT64_MAX if none. */
uint64_t alarm_run_due(uint64_t now);
uint64_t alarm_next_due(void);

/* The run's end, seen by both schedulers. */
enum { RUN_GOING, RUN_FINISHED, RUN_DEAD, RUN_BROKEN };
extern _Atomic int run_state;
/* This processor will do nothing any more; never returns. */
__attribute__((noreturn)) void host_park(void);

/* dispatcher lock: threads, waits, timers */
extern struct host_lock dispatcher_lock;
/* entry.S */
void fiber_switch(void **save_rsp, void *load_rsp);
void fiber_start(void);
void thunk_enter(void);
void interrupt_trampoline(void);
void exception_trampoline(void);
extern uint32_t xsave_bytes, xsave_mask;

/* trap.c */
int trap_init(void);
void trap_thread_init(struct cpu *cpu);
/* The watchdog's report on this processor. */
__attribute__((noreturn)) void watchdog_report(struct cpu *cpu);
/* mp.c: once cpu_count is known. */
void mp_init(void);


/* machine.c: the run is over because of a bug check; never returns. */
__attribute__((noreturn)) void machine_die(void);
