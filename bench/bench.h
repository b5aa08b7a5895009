/* SPDX-License-Identifier: MIT */
/* bench.h - benchmarks: each a ratio of two things that are measured in turn, in one run.
 *
 * A shared machine is never quiet, so no number is compared with one from another run. A benchmark
 * runs many short rounds; each times its subject and its peer one right after the other, in ns per
 * operation. What counts is the median of the rounds' ratios; the medians in ns are printed for the
 * reader.
 *
 * Adding one: write `void bench_NAME(void)`, which calls bench_round() for each round, declare it
 * here, and add a row to the list in bench.c. Each benchmark is a process of its own, so it may
 * make a machine. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* One round. `peer` 0: there is nothing to compare with (an absolute figure). */
void bench_round(double subject_ns, double peer_ns);
/* True while rounds are wanted: `while (bench_more()) { ... bench_round(); }`. */
bool bench_more(void);
/* A remark printed under the row; one per benchmark. */
void bench_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* This machine or system cannot do it; the reason is printed. Never returns. */
__attribute__((noreturn, format(printf, 1, 2))) void bench_cannot(const char *fmt, ...);

/* Of n measurements: the mean of the middle half, which neither outliers nor the clock's steps
 * disturb. Sorts. */
double bench_middle(double *values, unsigned n);
uint64_t bench_ns(void); /* CLOCK_MONOTONIC */
/* ns per operation of `n` operations; `operation` is evaluated n times. */
#define BENCH_TIME(n, operation)                                                                   \
    ({                                                                                             \
        uint64_t bench_began = bench_ns();                                                         \
        for (unsigned bench_i = 0; bench_i < (n); bench_i++) {                                     \
            operation;                                                                             \
        }                                                                                          \
        (double)(bench_ns() - bench_began) / (n);                                                  \
    })

/* Runs `body` as an NT thread on processor 0 of a live machine of one processor, and exits when it
 * returns. `prepare`, unless NULL, runs before, on the host's own thread. */
void bench_machine(void (*prepare)(void), void (*body)(void *));

/* The folder of the drivers that were built with this program. */
const char *bench_drivers(void);

/* interrupt_bench.c */
void bench_kernel_interrupt(void);
void bench_ndis_interrupt(void);
void bench_ndis_interrupt_timed(void);
void bench_2048_same(void);
void bench_2048_each(void);
/* wake_bench.c */
void bench_wake_sleeping(void);
void bench_wake_spinning(void);
void bench_wake_2048(void);
/* call_bench.c */
void bench_export_call(void);
void bench_raise_lower(void);
void bench_spin_lock(void);
/* register_bench.c */
void bench_register_trap(void);
void bench_register_model(void);
void bench_register_qemu(void);
/* frames_bench.c */
void bench_frames_msix(void);
void bench_frames_line(void);
void bench_frames_5x(void);
void bench_qemu_msix(void);
void bench_qemu_line(void);
void bench_qemu_5x(void);
/* port_bench.c */
void bench_port(void);
