/* SPDX-License-Identifier: MIT */
/* wake_bench.c - from a thread that is no processor to the service routine on a processor that has
 * nothing to do.
 *
 * Three threads on two cores: the raiser on one; the machine's processor and a bare thread, which
 * is its peer, on the other. Only one of the two is awake at a time. The time is taken on both
 * cores with the time stamp counter, just before the signal and as the first thing after it. */
#include "bench/adapter.h"
#include "bench/bench.h"
#include "nt/processor.h"
#include "nt/thread.h"
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SETTLE_NS   40000 /* what falls asleep has had time to */
#define SPIN_NS     1500  /* between two hand-offs to someone who spins */
#define SAMPLES_MAX 64

static double ns_per_tick;
static int raiser_core, woken_core;

/* Who was woken says when. On lines of their own: nobody else's traffic counts. */
static struct {
    _Alignas(64) _Atomic uint64_t arrived;
    _Alignas(64) _Atomic uint64_t go; /* the bare spin hand-off */
    _Alignas(64) _Atomic int spins;   /* how many hand-offs the bare thread spins for after its next
                                         wake */
} shared;

static uint64_t ticks(void)
{
    return __builtin_ia32_rdtsc();
}

static void find_clock_and_cores(void)
{
    uint64_t began = bench_ns(), from = ticks();
    while (bench_ns() - began < 20000000)
        ;
    ns_per_tick = (double)(bench_ns() - began) / (double)(ticks() - from);
    cpu_set_t allowed;
    sched_getaffinity(0, sizeof allowed, &allowed);
    int found[2] = {-1, -1}, n = 0;
    for (int i = 0; i < CPU_SETSIZE && n < 2; i++)
        if (CPU_ISSET(i, &allowed))
            found[n++] = i;
    if (n < 2)
        bench_cannot("it takes two host cores");
    raiser_core = found[0];
    woken_core = found[1];
}

static void pin(int core)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    sched_setaffinity(0, sizeof one, &one);
}

static void pass(uint64_t ns)
{
    uint64_t until = ticks() + (uint64_t)((double)ns / ns_per_tick);
    while (ticks() < until)
        __builtin_ia32_pause();
}

static double arrival(uint64_t from)
{
    uint64_t at;
    while (!(at = atomic_load_explicit(&shared.arrived, memory_order_acquire)))
        __builtin_ia32_pause();
    atomic_store_explicit(&shared.arrived, 0, memory_order_relaxed);
    return (double)(int64_t)(at - from) * ns_per_tick;
}

/* --- the peer: a thread in epoll_wait, or spinning on a word --- */

static int bare_epoll, bare_event;
static _Atomic int bare_asleep;

static void *bare_main(void *unused)
{
    pin(woken_core);
    for (;;) {
        struct epoll_event event;
        atomic_store(&bare_asleep, 1);
        epoll_wait(bare_epoll, &event, 1,
                   -1); /* edge-triggered, as a processor's: nothing to read */
        atomic_store_explicit(&shared.arrived, ticks(), memory_order_release);
        int spins = atomic_exchange(&shared.spins, 0);
        for (uint64_t i = 1; i <= (uint64_t)spins; i++) {
            while (atomic_load_explicit(&shared.go, memory_order_acquire) != i)
                __builtin_ia32_pause();
            atomic_store_explicit(&shared.arrived, ticks(), memory_order_release);
        }
    }
    return NULL;
}

static void bare_start(void)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    bare_epoll = epoll_create1(EPOLL_CLOEXEC);
    bare_event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    pthread_t thread;
    if (bare_epoll < 0 || bare_event < 0 ||
        epoll_ctl(bare_epoll, EPOLL_CTL_ADD, bare_event, &event) ||
        pthread_create(&thread, NULL, bare_main, NULL))
        bench_cannot("no thread to compare with");
}

static double bare_wake(void)
{
    while (!atomic_load(&bare_asleep))
        __builtin_ia32_pause();
    atomic_store(&bare_asleep, 0);
    pass(SETTLE_NS);
    uint64_t from = ticks();
    eventfd_write(bare_event, 1);
    return arrival(from);
}

static void bare_spins(double *sample, unsigned n)
{
    shared.spins = (int)n;
    shared.go = 0;
    bare_wake();
    for (unsigned i = 0; i < n; i++) {
        pass(SPIN_NS);
        uint64_t from = ticks();
        atomic_store_explicit(&shared.go, i + 1, memory_order_release);
        sample[i] = arrival(from);
    }
}

/* --- the subject: the only processor --- */

static bool stopping; /* the next interrupt wakes the body instead */
static KEVENT stopped;

static BOOLEAN NTAPI isr(NDIS_HANDLE context, ULONG message, PBOOLEAN queue_default, PULONG targets)
{
    uint64_t now = ticks();
    if (stopping)
        *queue_default = TRUE;
    else
        atomic_store_explicit(&shared.arrived, now, memory_order_release);
    return TRUE;
}

static VOID NTAPI dpc(NDIS_HANDLE context, ULONG message, PVOID dpc_context, PVOID throttle,
                      PVOID reserved)
{
    stopping = false;
    event_set(&stopped);
}

static const struct adapter_handlers handlers = {isr, dpc};

static void until_idle(int how)
{
    while (atomic_load_explicit(&cpu_table[0]->sleeping, memory_order_relaxed) != how)
        __builtin_ia32_pause();
}

static double processor_wake(struct vector *v)
{
    until_idle(CPU_ASLEEP);
    pass(SETTLE_NS);
    uint64_t from = ticks();
    vector_raise(v);
    return arrival(from);
}

/* A spinning processor falls asleep when the raiser is held up: then it is woken, and that does not
 * count. */
static void processor_spins(struct vector *v, double *sample, unsigned n)
{
    processor_wake(v);
    for (unsigned i = 0; i < n; i++) {
        /* It spins for a moment only: whoever came too late wakes it once more. */
        while (atomic_load_explicit(&cpu_table[0]->sleeping, memory_order_relaxed) != CPU_SPINNING)
            if (atomic_load_explicit(&cpu_table[0]->sleeping, memory_order_relaxed) == CPU_ASLEEP)
                processor_wake(v);
        pass(SPIN_NS);
        uint64_t from = ticks();
        vector_raise(v);
        sample[i] = arrival(from);
    }
}

/* --- the raiser works on orders of the machine's thread, which waits meanwhile --- */

enum order { NONE, PROCESSOR_WAKES, BARE_WAKES, PROCESSOR_SPINS, BARE_SPINS };
static _Atomic int order;
static unsigned order_samples;
static struct vector *order_vector;
static double order_result;

static void *raiser_main(void *unused)
{
    pin(raiser_core);
    for (;;) {
        double sample[SAMPLES_MAX];
        while (atomic_load(&order) == NONE)
            __builtin_ia32_pause();
        int what = atomic_exchange(&order, NONE);
        unsigned n = order_samples;
        for (unsigned i = 0; i < n && what == PROCESSOR_WAKES; i++)
            sample[i] = processor_wake(order_vector);
        for (unsigned i = 0; i < n && what == BARE_WAKES; i++)
            sample[i] = bare_wake();
        if (what == PROCESSOR_SPINS)
            processor_spins(order_vector, sample, n);
        if (what == BARE_SPINS)
            bare_spins(sample, n);
        order_result = bench_middle(sample, n);
        stopping = true;
        vector_raise(order_vector);
    }
    return NULL;
}

static double measure(enum order what, struct vector *v, unsigned samples)
{
    order_vector = v;
    order_samples = samples;
    atomic_store(&order, what);
    thread_wait(&stopped, UINT64_MAX);
    return order_result;
}

static void start(void (*body)(void *))
{
    find_clock_and_cores();
    pthread_t thread;
    if (pthread_create(&thread, NULL, raiser_main, NULL))
        bench_cannot("no thread to raise interrupts");
    bare_start();
    bench_machine(NULL, body);
}

static void prepare(void)
{
    pin(woken_core);
    event_init(&stopped, false, false);
}

/* --- the benchmarks --- */

static void sleeping_body(void *unused)
{
    prepare();
    adapter_register(1, &handlers);
    while (bench_more()) {
        double s = measure(PROCESSOR_WAKES, adapter_vector(0), 10);
        bench_round(s, measure(BARE_WAKES, adapter_vector(0), 10));
    }
    adapter_deregister();
}

void bench_wake_sleeping(void)
{
    start(sleeping_body);
}

static void spinning_body(void *unused)
{
    prepare();
    adapter_register(1, &handlers);
    while (bench_more()) {
        double s = measure(PROCESSOR_SPINS, adapter_vector(0), 40);
        bench_round(s, measure(BARE_SPINS, adapter_vector(0), 40));
    }
    adapter_deregister();
}

void bench_wake_spinning(void)
{
    start(spinning_body);
}

static void wake_2048_body(void *unused)
{
    prepare();
    while (bench_more()) {
        adapter_register(1, &handlers);
        double few = measure(PROCESSOR_WAKES, adapter_vector(0), 10);
        adapter_deregister();
        adapter_register(2048, &handlers);
        bench_round(measure(PROCESSOR_WAKES, adapter_vector(1500), 10), few);
        adapter_deregister();
    }
}

void bench_wake_2048(void)
{
    start(wake_2048_body);
}
