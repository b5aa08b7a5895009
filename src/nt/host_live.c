/* SPDX-License-Identifier: MIT */
/* host_live.c - the live scheduler: a processor is a host thread, time is real.
 *
 * An idle processor spins for a moment, then sleeps in epoll on its wake eventfd. A running one is told by a
 * signal: its handler (trap.c) takes the interrupt between two driver instructions, or leaves it pending when
 * host code was interrupted. One more thread, the device thread, runs alarms and watches descriptors. */
#include "nt/host_live.h"
#include "nt/processor.h"
#include "nt/thread_internal.h"
#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How long an idle processor looks before it sleeps: about what sleeping and waking cost. */
#define SPIN_NS 20000

static int device_epoll = -1, device_wake = -1;
static _Atomic uint64_t device_sleeps_until; /* 0 while it runs */
static pthread_t device_thread;
static uint64_t boot_ns;
static bool may_spin;

static uint64_t monotonic(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static uint64_t live_now(void)
{
    return monotonic() - boot_ns;
}

static void live_wake(struct cpu *cpu)
{
    int state = atomic_load(&cpu->sleeping);
    if (state == CPU_SPINNING)
        return; /* it is looking */
    if (state == CPU_ASLEEP) {
        if (atomic_exchange(&cpu->sleeping, CPU_AWAKE) == CPU_ASLEEP)
            eventfd_write(cpu->wake_fd, 1);
        return;
    }
    if (cpu->host_tid)
        syscall(SYS_tgkill, getpid(), cpu->host_tid, SIGNAL_WINDOW);
}

static bool something_pending(struct cpu *cpu)
{
    return window_wanted(cpu) || atomic_load(&run_state) != RUN_GOING;
}

static void live_idle(struct cpu *cpu)
{
    if (may_spin) {
        atomic_store(&cpu->sleeping, CPU_SPINNING);
        /* Look often; look at the clock seldom. */
        uint64_t until = monotonic() + SPIN_NS;
        bool found = false;
        do {
            for (int i = 0; i < 64 && !(found = something_pending(cpu)); i++)
                __builtin_ia32_pause();
        } while (!found && monotonic() < until);
        if (found) {
            /* Visible before the next look at `pending`: collecting what was found is a full barrier. */
            atomic_store_explicit(&cpu->sleeping, CPU_AWAKE, memory_order_release);
            return;
        }
    }
    atomic_store(&cpu->sleeping, CPU_ASLEEP);
    if (!something_pending(cpu)) {
        struct epoll_event event;
        epoll_wait(cpu->epoll_fd, &event, 1, -1); /* edge-triggered: nothing to read back */
    }
    atomic_store(&cpu->sleeping, CPU_AWAKE);
}

static void live_relax(struct cpu *cpu)
{
    static __thread unsigned spins;
    __builtin_ia32_pause();
    if (++spins % 128 == 0)
        sched_yield(); /* who holds the lock may be waiting for this core */
}

static void live_point(struct cpu *cpu)
{
}

static void live_stall(struct cpu *cpu, uint64_t ns)
{
    uint64_t until = monotonic() + ns;
    do {
        window(cpu);
        __builtin_ia32_pause();
    } while (monotonic() < until);
}

static void device_kick(void)
{
    if (device_wake >= 0 && !pthread_equal(pthread_self(), device_thread))
        eventfd_write(device_wake, 1);
}

static void live_alarms_changed(void)
{
    if (atomic_load(&device_sleeps_until) > alarm_next_due())
        device_kick();
}

static void live_barrier(void)
{
    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

static void *device_main(void *arg)
{
    cpu_bind(NULL);
    trap_block_window_signal();
    while (atomic_load(&run_state) < RUN_DEAD) {
        atomic_store(&device_sleeps_until, 0);
        alarm_run_due(live_now());
        /* Publish how long we intend to sleep, then look again: an alarm set in between either is seen
         * here or sees us. */
        uint64_t due = alarm_next_due();
        atomic_store(&device_sleeps_until, due);
        due = alarm_next_due();
        uint64_t now = live_now();
        struct timespec wait = {0}, *timeout = &wait;
        if (due == UINT64_MAX)
            timeout = NULL;
        else if (due > now)
            wait = (struct timespec){.tv_sec = (time_t)((due - now) / 1000000000ull),
                                     .tv_nsec = (long)((due - now) % 1000000000ull)};
        struct epoll_event events[16];
        int n = epoll_pwait2(device_epoll, events, 16, timeout, NULL);
        for (int i = 0; i < n; i++) {
            struct fd_watch *watch = events[i].data.ptr;
            eventfd_t drained;
            if (watch)
                watch->ready(watch);
            else
                eventfd_read(device_wake, &drained);
        }
    }
    return NULL;
}

int fd_watch_add(struct fd_watch *watch)
{
    if (host != &host_live)
        return -ENOTSUP;
    struct epoll_event event = {.events = watch->writable ? EPOLLOUT : EPOLLIN, .data.ptr = watch};
    return epoll_ctl(device_epoll, EPOLL_CTL_ADD, watch->fd, &event) ? -errno : 0;
}

void fd_watch_remove(struct fd_watch *watch)
{
    if (device_epoll >= 0)
        epoll_ctl(device_epoll, EPOLL_CTL_DEL, watch->fd, NULL);
}

int cpu_watch_fd(struct cpu *cpu, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    return epoll_ctl(cpu->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static void *cpu_main(void *arg)
{
    struct cpu *cpu = arg;
    cpu_bind(cpu);
    cpu->host_tid = (int)syscall(SYS_gettid);
    trap_thread_init(cpu);
    fiber_switch(&cpu->parked_rsp, cpu->idle->rsp);
    return NULL; /* live_leave() */
}

static void live_leave(struct cpu *cpu)
{
    void *abandoned;
    fiber_switch(&abandoned, cpu->parked_rsp);
}

int host_live_init(void)
{
    boot_ns = monotonic();
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0)) /* Linux 4.14 */
        return -errno;
    device_epoll = epoll_create1(EPOLL_CLOEXEC);
    device_wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (device_epoll < 0 || device_wake < 0 ||
        epoll_ctl(device_epoll, EPOLL_CTL_ADD, device_wake, &event))
        return -errno;
    for (unsigned i = 0; i < cpu_count; i++) {
        struct cpu *cpu = cpu_table[i];
        cpu->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        cpu->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (cpu->epoll_fd < 0 || cpu->wake_fd < 0)
            return -errno;
        int err = cpu_watch_fd(cpu, cpu->wake_fd);
        if (err)
            return err;
    }
    /* Spinning helps only if whoever will wake us has a core to run on. */
    may_spin = cpu_count < (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    return 0;
}

int host_live_start(void)
{
    int err = pthread_create(&device_thread, NULL, device_main, NULL);
    for (unsigned i = 0; !err && i < cpu_count; i++)
        err = pthread_create(&cpu_table[i]->host_thread, NULL, cpu_main, cpu_table[i]);
    return -err;
}

void host_live_stop(void)
{
    for (unsigned i = 0; i < cpu_count; i++)
        pthread_join(cpu_table[i]->host_thread, NULL);
}

const struct host_ops host_live = {
    .name = "live",
    .now = live_now,
    .wake = live_wake,
    .idle = live_idle,
    .relax = live_relax,
    .point = live_point,
    .stall = live_stall,
    .alarms_changed = live_alarms_changed,
    .barrier = live_barrier,
    .leave = live_leave,
};
