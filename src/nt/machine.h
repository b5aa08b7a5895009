/* SPDX-License-Identifier: MIT */
/* machine.h - one machine: processors, memory, a clock; started, run, stopped.
 *
 *     struct machine_config config = { .cpus = 2, .memory = 256 << 20 };
 *     machine_init(&config);                // memory, tables; still on the host's thread
 *     ... build devices, load drivers ...
 *     enum machine_end end = machine_run(body, ctx);
 *
 * `body` runs as an NT system thread at PASSIVE_LEVEL on processor 0; the run ends when it returns, when a
 * driver causes a bug check, or when machine_interrupt() asks body to finish (it polls
 * machine_interrupted()). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine_config {
    unsigned cpus;          /* 1..64; may exceed the host's cores */
    size_t memory;          /* bytes; 0 = 256 MiB */
    bool deterministic;     /* one host thread, virtual time */
    uint64_t seed;
    bool debugger; /* somebody sits at a kernel debugger and goes on at every breakpoint of a driver */
    unsigned watchdog_seconds; /* a processor stuck above PASSIVE_LEVEL for so long ends the run; 0 = 10 */
};

enum machine_end {
    MACHINE_FINISHED, /* body returned */
    MACHINE_BUGCHECK, /* report_bugcheck() says why */
    MACHINE_DEADLOCK, /* deterministic only: nothing can ever happen again */
    MACHINE_BROKEN,   /* machine_break(): machine_broken() says what */
};

/* Once per process. 0 or -errno. */
int machine_init(const struct machine_config *config);
enum machine_end machine_run(void (*body)(void *ctx), void *ctx);

unsigned machine_cpus(void);
uint64_t machine_seed(void);
/* How long a processor may stay above PASSIVE_LEVEL (watchdog_seconds). */
uint64_t machine_watchdog_ns(void);
/* A driver has come to a breakpoint (`what` it did: "called DbgBreakPoint"). Returns, with a violation, if there is a
 * debugger. */
bool machine_breakpoint(const char *what);
/* Something that the machine cannot do without is gone (the process that emulates a card), and no
 * driver is to blame: the run ends, each processor at its next window. The first one counts. Any
 * thread; returns. */
void machine_break(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A sentence; NULL if it is whole. */
const char *machine_broken(void);
/* Ask the run to wind down (SIGINT). Async-signal-safe. */
void machine_interrupt(void);
bool machine_interrupted(void);
