/* SPDX-License-Identifier: MIT */
/* frames_bench.c - frames through our own driver and the simulated 82574L, out and back by a
 * loopback: what `dirql run` does, by the clock of the traffic. */
#include "bench/bench.h"
#include "cli/session.h"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define FRAMES 20000

/* A process runs one session. */
static double session(enum ndis_interrupt_wish kind, double *interrupts)
{
    struct session_result *result =
        mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    double *isrs = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char driver[4200];
    snprintf(driver, sizeof driver, "%s/e1000e.inf", bench_drivers());
    pid_t pid = fork();
    if (pid == 0) {
        struct session_config config = {.driver = driver,
                                        .device = "model:82574l",
                                        .net = "loopback",
                                        .interrupt.kind = kind,
                                        .cpus = 2,
                                        .count = FRAMES,
                                        .count_set = true,
                                        .quiet = true};
        session_run(&config, result);
        for (unsigned i = 0; i < result->interrupts.messages; i++)
            *isrs += (double)result->interrupts.message[i].isr;
        _exit(0);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
        bench_cannot("the session ended with %d", status);
    if (result->end != SESSION_OK || result->received != FRAMES)
        bench_cannot("%llu of %d frames came back: %s", (unsigned long long)result->received,
                     FRAMES, result->error);
    double ns = (double)result->elapsed_ns / FRAMES;
    *interrupts = *isrs / FRAMES;
    munmap(result, sizeof *result);
    munmap(isrs, 4096);
    return ns;
}

static void frames(enum ndis_interrupt_wish kind)
{
    double sum = 0, interrupts = 0;
    unsigned n = 0;
    for (; bench_more(); n++) {
        double ns = session(kind, &interrupts);
        sum += ns;
        bench_round(ns, 0);
    }
    bench_note("%.0f frames per second, %.2f interrupts per frame", 1e9 * n / sum, interrupts);
}

void bench_frames_msix(void)
{
    frames(NDIS_WISH_MSIX);
}

void bench_frames_line(void)
{
    frames(NDIS_WISH_LINE);
}
