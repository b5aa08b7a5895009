/* SPDX-License-Identifier: MIT */
/* host_seed.c - the deterministic scheduler: one host thread, virtual time, one decision source.
 *
 * Every processor is a coroutine of the machine's thread. At each window a processor may, by decision, hand over:
 * the conductor then runs what is due in virtual time, and decides who goes on. Time moves a little with each
 * window, with each stall, and to the next alarm when everybody is idle. */
#include "nt/host_seed.h"
#include "nt/decision.h"
#include "nt/processor.h"
#include "nt/thread_internal.h"
#include <stdlib.h>

#define WINDOW_NS 100 /* virtual time between two windows */
#define HAND_OVER 8   /* one window in so many hands over */

static uint64_t virtual_now;
static void *conductor_rsp;
static bool conducting;

static uint64_t seed_now(void)
{
    return virtual_now;
}

static void hand_over(struct cpu *cpu)
{
    fiber_switch(&cpu->parked_rsp, conductor_rsp);
}

static void seed_wake(struct cpu *cpu)
{
    cpu->idle_waiting = false;
}

static void seed_idle(struct cpu *cpu)
{
    cpu->idle_waiting = true;
    hand_over(cpu);
}

static void seed_relax(struct cpu *cpu)
{
    virtual_now += WINDOW_NS;
    hand_over(cpu);
}

static void seed_point(struct cpu *cpu)
{
    virtual_now += WINDOW_NS;
    if (decide(HAND_OVER) == 0)
        hand_over(cpu);
}

static void seed_stall(struct cpu *cpu, uint64_t ns)
{
    uint64_t until = virtual_now + ns;
    do {
        uint64_t due = alarm_next_due();
        if (due < virtual_now)
            due = virtual_now;
        virtual_now = due < until ? due : until;
        hand_over(cpu);
        window(cpu);
    } while (virtual_now < until);
}

static void seed_alarms_changed(void)
{
}

static void seed_barrier(void)
{
}

int host_seed_init(uint64_t seed)
{
    decision_seed(seed);
    for (unsigned i = 0; i < cpu_count; i++) {
        struct cpu *cpu = cpu_table[i];
        cpu->parked_rsp = cpu->idle->rsp;
        atomic_fetch_or(&cpu->pending, PENDING_POINT);
    }
    return 0;
}

/* Picks a processor that can go on, or NULL. */
static struct cpu *choose(void)
{
    struct cpu *candidates[CPU_MAX];
    unsigned n = 0;
    for (unsigned i = 0; i < cpu_count; i++)
        if (!cpu_table[i]->idle_waiting)
            candidates[n++] = cpu_table[i];
    return n == 0 ? NULL : candidates[n == 1 ? 0 : decide(n)];
}

bool host_seed_conduct(void)
{
    conducting = true;
    trap_thread_init(cpu_table[0]);
    while (atomic_load(&run_state) == RUN_GOING) {
        alarm_run_due(virtual_now);
        struct cpu *cpu = choose();
        if (cpu) {
            cpu_bind(cpu);
            fiber_switch(&conductor_rsp, cpu->parked_rsp);
            cpu_bind(NULL);
            continue;
        }
        uint64_t due = alarm_next_due();
        if (due == UINT64_MAX)
            return false; /* everybody waits, and nothing will ever happen */
        virtual_now = due;
    }
    return true;
}

static void seed_leave(struct cpu *cpu)
{
    hand_over(cpu);
    __builtin_unreachable();
}

const struct host_ops host_seed = {
    .name = "seed",
    .now = seed_now,
    .wake = seed_wake,
    .idle = seed_idle,
    .relax = seed_relax,
    .point = seed_point,
    .stall = seed_stall,
    .alarms_changed = seed_alarms_changed,
    .barrier = seed_barrier,
    .leave = seed_leave,
};
