/* SPDX-License-Identifier: MIT */
/* machine.c - the machine's life, and its watchdog. */
#include "nt/machine.h"
#include "nt/decision.h"
#include "nt/host_live.h"
#include "nt/host_seed.h"
#include "nt/physmem.h"
#include "nt/processor.h"
#include "nt/report.h"
#include "nt/thread.h"
#include "nt/thread_internal.h"
#include "trace/trace.h"
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define WATCHDOG_POLL_NS  100000000ull
#define WATCHDOG_PATIENCE 10 /* polls in which host code may get to a window */

static struct machine_config config;
static volatile sig_atomic_t interrupted;
static pthread_mutex_t end_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t end_cond = PTHREAD_COND_INITIALIZER;
static void (*body)(void *);
static void *body_ctx;
static int conductor_tid;
static char broken_text[512];

static void where(unsigned *cpu, unsigned *irql)
{
    struct cpu *here = cpu_current();
    *cpu = here ? here->number : 0xFF;
    *irql = here ? here->irql : 0;
}

int machine_init(const struct machine_config *wanted)
{
    config = *wanted;
    if (config.cpus < 1 || config.cpus > CPU_MAX)
        return -EINVAL;
    if (!config.memory)
        config.memory = 256u << 20;
    if (!config.watchdog_seconds)
        config.watchdog_seconds = 10;
    int err = physmem_init(config.memory);
    if (err)
        return err;
    cpu_count = config.cpus;
    host = config.deterministic ? &host_seed : &host_live;
    for (unsigned i = 0; i < cpu_count; i++) {
        struct cpu *cpu = cpu_create(i);
        if (!cpu || (err = thread_idle_init(cpu)))
            return cpu ? err : -ENOMEM;
    }
    mp_init();
    system_time_100ns(); /* fixes the moment of booting, while nobody else asks */
    trace_now = host_now;
    trace_where = where;
    decision_seed(config.seed);
    err = config.deterministic ? host_seed_init(config.seed) : host_live_init();
    return err ? err : trap_init();
}

unsigned machine_cpus(void)
{
    return cpu_count;
}

uint64_t machine_seed(void)
{
    return config.seed;
}

uint64_t machine_watchdog_ns(void)
{
    return config.watchdog_seconds * 1000000000ull;
}

bool machine_breakpoint(const char *what)
{
    if (config.debugger)
        violation("DbgBreakPoint", "the driver %s: without a debugger it would end in bug check 0x1E", what);
    return config.debugger;
}

void machine_interrupt(void)
{
    interrupted = 1;
}

bool machine_interrupted(void)
{
    return interrupted;
}

static void end_run(int state)
{
    int going = RUN_GOING;
    if (!atomic_compare_exchange_strong(&run_state, &going, state))
        return;
    /* Every processor is to look, at its next window whatever its IRQL: it stops there. */
    for (unsigned i = 0; i < cpu_count; i++) {
        atomic_fetch_or(&cpu_table[i]->pending, PENDING_POINT);
        if (cpu_table[i] != cpu_current())
            host->wake(cpu_table[i]);
    }
    pthread_mutex_lock(&end_mutex);
    pthread_cond_broadcast(&end_cond);
    pthread_mutex_unlock(&end_mutex);
}

/* From bugcheck(): the processor that calls this does nothing any more. */
void machine_die(void)
{
    end_run(RUN_DEAD);
    host_park();
}

void machine_break(const char *fmt, ...)
{
    static _Atomic bool once;
    if (atomic_exchange(&once, true))
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(broken_text, sizeof broken_text, fmt, ap);
    va_end(ap);
    end_run(RUN_BROKEN);
}

const char *machine_broken(void)
{
    return atomic_load(&run_state) == RUN_BROKEN ? broken_text : NULL;
}

void host_park(void)
{
    if (cpu_current())
        host->leave(cpu_current());
    for (;;)
        pause();
}

static void body_main(void *arg)
{
    body(body_ctx);
    end_run(RUN_FINISHED);
    host_park();
}

static void bite(struct cpu *cpu, bool anywhere)
{
    int tid = config.deterministic ? conductor_tid : cpu->host_tid;
    cpu->bitten = anywhere ? 2 : 1;
    atomic_fetch_or(&cpu->pending, PENDING_POINT);
    host->wake(cpu);
    if (tid)
        syscall(SYS_tgkill, getpid(), tid, SIGNAL_WATCHDOG);
}

/* A processor stuck above PASSIVE_LEVEL (or, in the deterministic scheduler, anywhere without a window; or
 * after SIGINT, anywhere) ends the run with the place where it is. */
static void *watchdog_main(void *arg)
{
    cpu_bind(NULL);
    trap_block_window_signal();
    uint64_t seen[CPU_MAX] = {0};
    unsigned stuck[CPU_MAX] = {0}, waited = 0;
    unsigned limit = (unsigned)(machine_watchdog_ns() / WATCHDOG_POLL_NS);
    while (atomic_load(&run_state) == RUN_GOING) {
        nanosleep(&(struct timespec){.tv_nsec = (long)WATCHDOG_POLL_NS}, NULL);
        waited = interrupted ? waited + 1 : 0;
        for (unsigned i = 0; i < cpu_count; i++) {
            struct cpu *cpu = cpu_table[i];
            uint64_t beat = atomic_load(&cpu->heartbeat);
            bool idle = config.deterministic ? cpu->idle_waiting : cpu->irql < DISPATCH_LEVEL;
            if (idle || beat != seen[i]) {
                stuck[i] = 0;
                cpu->dpcs_seen = cpu->dpcs_run;
            } else {
                stuck[i]++;
            }
            seen[i] = beat;
            unsigned time = i == 0 && waited > stuck[i] ? waited : stuck[i];
            if (time >= limit)
                bite(cpu, time >= limit + WATCHDOG_PATIENCE);
        }
    }
    return NULL;
}

enum machine_end machine_run(void (*fn)(void *), void *ctx)
{
    body = fn;
    body_ctx = ctx;
    if (!thread_create(0, 8, body_main, NULL, "main")) {
        fprintf(stderr, "dirql: no memory for the main thread\n");
        abort();
    }
    conductor_tid = (int)syscall(SYS_gettid);
    pthread_t watchdog;
    if (pthread_create(&watchdog, NULL, watchdog_main, NULL) == 0)
        pthread_detach(watchdog);
    bool alive = true;
    if (config.deterministic) {
        alive = host_seed_conduct();
    } else {
        int err = host_live_start();
        if (err) {
            fprintf(stderr, "dirql: cannot start %u processors: %s\n", cpu_count, strerror(-err));
            exit(1);
        }
        pthread_mutex_lock(&end_mutex);
        while (atomic_load(&run_state) == RUN_GOING)
            pthread_cond_wait(&end_cond, &end_mutex);
        pthread_mutex_unlock(&end_mutex);
        if (atomic_load(&run_state) == RUN_FINISHED)
            host_live_stop();
    }
    if (!alive)
        return MACHINE_DEADLOCK;
    if (machine_broken())
        return MACHINE_BROKEN;
    return atomic_load(&run_state) == RUN_DEAD ? MACHINE_BUGCHECK : MACHINE_FINISHED;
}
