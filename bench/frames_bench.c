/* SPDX-License-Identifier: MIT */
/* frames_bench.c - frames through our own drivers and the simulated 82574L or QEMU's, out and back
 * by a loopback: what `dirql run` does, by the clock of the traffic. */
#include "bench/bench.h"
#include "cli/session.h"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FRAMES      20000
#define FRAMES_LONG 60000 /* where starting and stopping must not count */
#define WINDOW      256   /* frames on the way on QEMU's card, which has as many descriptors */

struct job {
    const char *inf, *device;
    enum ndis_interrupt_wish kind;
    unsigned frames, window; /* window 0: as `dirql run` has it */
};

/* What one frame took, there and back: of one session, or the sum of several. */
struct cost {
    double ns;          /* of the clock, while there was traffic */
    double cpu_ns;      /* of all processors, for the whole session */
    double interrupts;  /* service routine calls */
    double round_trips; /* register accesses that waited for QEMU */
};

/* In a process of its own, for a process runs one session. */
struct measured {
    struct session_result result;
    uint64_t cpu_ns;
    uint64_t isrs;
};

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void run(const struct job *job, struct measured *m)
{
    char driver[4200];
    snprintf(driver, sizeof driver, "%s/%s", bench_drivers(), job->inf);
    struct session_config config = {.driver = driver,
                                    .device = job->device,
                                    .net = "loopback",
                                    .interrupt.kind = job->kind,
                                    .cpus = 2,
                                    .count = job->frames,
                                    .count_set = true,
                                    .window = job->window,
                                    .quiet = true};
    session_run(&config, &m->result);
    m->cpu_ns = cpu_ns();
    for (unsigned i = 0; i < m->result.interrupts.messages; i++)
        m->isrs += m->result.interrupts.message[i].isr;
}

static struct cost session(const struct job *job)
{
    struct measured *m =
        mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (m == MAP_FAILED)
        bench_cannot("out of memory");
    pid_t pid = fork();
    if (pid == 0) {
        run(job, m);
        _exit(0);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
        bench_cannot("the session ended with %d", status);
    if (m->result.end != SESSION_OK || m->result.received != job->frames)
        bench_cannot("%llu of %u frames came back: %s", (unsigned long long)m->result.received,
                     job->frames, m->result.error);
    double frames = job->frames;
    struct cost cost = {(double)m->result.elapsed_ns / frames, (double)m->cpu_ns / frames,
                        (double)m->isrs / frames, (double)m->result.round_trips / frames};
    munmap(m, sizeof *m);
    return cost;
}

static void add(struct cost *sum, const struct cost *one)
{
    sum->ns += one->ns;
    sum->cpu_ns += one->cpu_ns;
    sum->interrupts += one->interrupts;
    sum->round_trips += one->round_trips;
}

static void frames(enum ndis_interrupt_wish kind)
{
    struct cost sum = {0};
    unsigned n = 0;
    for (; bench_more(); n++) {
        struct cost cost = session(&(struct job){"e1000e.inf", "model:82574l", kind, FRAMES, 0});
        add(&sum, &cost);
        bench_round(cost.ns, 0);
    }
    bench_note("%.0f frames per second, %.4f interrupts per frame", 1e9 * n / sum.ns,
               sum.interrupts / n);
}

void bench_frames_msix(void)
{
    frames(NDIS_WISH_MSIX);
}

void bench_frames_line(void)
{
    frames(NDIS_WISH_LINE);
}

/* The same card and work before and after the port, in processor time: a shared machine takes
 * processors away. Who goes first changes with each round. */
void bench_frames_5x(void)
{
    struct cost five = {0}, six = {0};
    unsigned n = 0;
    for (; bench_more(); n++) {
        struct cost one[2];
        for (unsigned i = 0; i < 2; i++) {
            bool six_now = (n + i) % 2;
            one[six_now] = session(&(struct job){six_now ? "e1000e.inf" : "e1000e5.inf",
                                                 "model:82574l", NDIS_WISH_LINE, FRAMES_LONG, 0});
        }
        add(&five, &one[0]);
        add(&six, &one[1]);
        bench_round(one[0].cpu_ns, one[1].cpu_ns);
    }
    bench_note("%.0f frames per second, %.4f interrupts per frame; NDIS 6.20: %.0f, %.4f",
               1e9 * n / five.ns, five.interrupts / n, 1e9 * n / six.ns, six.interrupts / n);
}

/* QEMU's card of the same kind, against the model. */
static void qemu_frames(const char *inf, enum ndis_interrupt_wish kind)
{
    struct cost qemu = {0};
    unsigned n = 0;
    for (; bench_more(); n++) {
        struct cost on_qemu = session(&(struct job){inf, "qemu:e1000e", kind, FRAMES, WINDOW});
        struct cost on_model = session(&(struct job){inf, "model:82574l", kind, FRAMES, WINDOW});
        add(&qemu, &on_qemu);
        bench_round(on_qemu.ns, on_model.ns);
    }
    bench_note(
        "%.0f frames and %.0f interrupts per second, %.3f accesses per frame waited for QEMU",
        1e9 * n / qemu.ns, qemu.interrupts * 1e9 / qemu.ns, qemu.round_trips / n);
}

void bench_qemu_msix(void)
{
    qemu_frames("e1000e.inf", NDIS_WISH_MSIX);
}

void bench_qemu_line(void)
{
    qemu_frames("e1000e.inf", NDIS_WISH_LINE);
}

void bench_qemu_5x(void)
{
    qemu_frames("e1000e5.inf", NDIS_WISH_LINE);
}
