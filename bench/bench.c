/* SPDX-License-Identifier: MIT */
/* bench.c - the list of benchmarks, and how one is run and shown.
 *
 *     dirql-bench [-l] [-r ROUNDS] [PATTERN...]
 *
 * A PATTERN is a part of a benchmark's name; -l lists them. Exit status 1 if one could not run;
 * whether an aim was reached is printed and changes nothing. */
#include "bench/bench.h"
#include "nt/machine.h"
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 4000
#define SECONDS    120 /* a benchmark that takes longer hangs */

static const struct bench {
    const char *name;
    const char *subject, *peer; /* peer NULL: an absolute figure */
    double aim;                 /* the ratio that is good enough; 0 = none was set */
    unsigned rounds;
    void (*run)(void);
} benches[] = {
    {"interrupt-kernel", "message -> ISR -> DPC, kernel", "2 calls, lock pair, push/pop", 1.5, 4000,
     bench_kernel_interrupt},
    {"interrupt-ndis", "message -> ISR -> DPC, miniport", "2 calls, lock pair, push/pop", 1.5, 4000,
     bench_ndis_interrupt},
    {"interrupt-ndis-timed", "the same with latency statistics", "the same without", 0, 4000,
     bench_ndis_interrupt_timed},
    {"interrupt-2048", "the same, 2048 messages registered", "1 message registered", 1.1, 60,
     bench_2048_same},
    {"interrupt-2048-each", "each of 2048 messages in turn", "1 message registered", 0, 60,
     bench_2048_each},
    {"wake-sleeping", "other thread -> ISR, asleep", "eventfd + epoll", 1.1, 100,
     bench_wake_sleeping},
    {"wake-spinning", "other thread -> ISR, spinning", "spin hand-off", 2, 1000,
     bench_wake_spinning},
    {"wake-2048", "asleep, 2048 messages registered", "1 message registered", 1.1, 60,
     bench_wake_2048},
    {"export-call", "call of an export", "indirect call of the same", 0, 4000, bench_export_call},
    {"raise-lower", "KeRaiseIrql, KeLowerIrql", "2 indirect calls", 0, 4000, bench_raise_lower},
    {"spin-lock", "KeAcquireSpinLock, KeReleaseSpinLock", "lock pair", 0, 4000, bench_spin_lock},
    {"register-trap", "register read, trap and decoding", "SIGSEGV and back", 0, 2000,
     bench_register_trap},
    {"register-model", "register read, 82574L model", "SIGSEGV and back", 0, 2000,
     bench_register_model},
    {"register-qemu", "register read, QEMU's e1000e", "a byte to a process and back", 0, 400,
     bench_register_qemu},
    {"frames-msix", "one frame there and back, MSI-X", NULL, 0, 5, bench_frames_msix},
    {"frames-line", "one frame there and back, line", NULL, 0, 5, bench_frames_line},
    {"frames-5x", "processor time of a frame, NDIS 5.1", "the same, NDIS 6.20", 0, 9,
     bench_frames_5x},
    {"qemu-msix", "one frame, QEMU's e1000e, MSI-X", "the same, 82574L model", 0, 5,
     bench_qemu_msix},
    {"qemu-line", "one frame, QEMU's e1000e, line", "the same, 82574L model", 0, 5,
     bench_qemu_line},
    {"qemu-5x", "one frame, QEMU's e1000e, NDIS 5.1", "the same, 82574L model", 0, 5,
     bench_qemu_5x},
    {"driver-port", "dirql port of e1000e5, per line", "spatch, the simple part of it", 0.1, 9, bench_port},
};
#define BENCHES (sizeof benches / sizeof *benches)

/* Written by the benchmark's process. */
static struct outcome {
    unsigned rounds, wanted;
    double subject[ROUNDS_MAX], peer[ROUNDS_MAX];
    char note[200], cannot[200];
} * out;

/* --- for the benchmarks --- */

uint64_t bench_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

void bench_round(double subject_ns, double peer_ns)
{
    if (out->rounds == ROUNDS_MAX)
        return;
    out->subject[out->rounds] = subject_ns;
    out->peer[out->rounds++] = peer_ns;
}

bool bench_more(void)
{
    return out->rounds < out->wanted;
}

void bench_note(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(out->note, sizeof out->note, fmt, ap);
    va_end(ap);
}

void bench_cannot(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(out->cannot, sizeof out->cannot, fmt, ap);
    va_end(ap);
    _exit(1);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_middle(double *values, unsigned n)
{
    qsort(values, n, sizeof *values, ascending);
    unsigned from = n / 4, to = n - n / 4;
    double sum = 0;
    for (unsigned i = from; i < to; i++)
        sum += values[i];
    return sum / (to - from);
}

void bench_machine(void (*prepare)(void), void (*body)(void *))
{
    struct machine_config config = {.cpus = 1};
    int err = machine_init(&config);
    if (err)
        bench_cannot("cannot make a machine: %s", strerror(-err));
    if (prepare)
        prepare();
    if (machine_run(body, NULL) != MACHINE_FINISHED)
        bench_cannot("the machine did not run to its end");
}

const char *bench_drivers(void)
{
    static char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 16);
    path[n > 0 ? n : 0] = 0;
    char *slash = strrchr(path, '/');
    strcpy(slash ? slash : path, "/drivers");
    return path;
}

/* --- running and showing --- */

static void run_in_child(const struct bench *b)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(SECONDS);
        b->run();
        fflush(NULL);
        _exit(0);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        snprintf(out->cannot, sizeof out->cannot, "fork: %m");
    else if (WIFSIGNALED(status))
        snprintf(out->cannot, sizeof out->cannot, "%s",
                 WTERMSIG(status) == SIGALRM ? "it took too long" : strsignal(WTERMSIG(status)));
    else if (!out->rounds && !out->cannot[0])
        snprintf(out->cannot, sizeof out->cannot, "no result");
}

static double percentile(const double *sorted, unsigned n, double percent)
{
    return sorted[(unsigned)((n - 1) * percent / 100 + 0.5)];
}

static double median(const double *values, unsigned n)
{
    static double copy[ROUNDS_MAX];
    memcpy(copy, values, n * sizeof *values);
    qsort(copy, n, sizeof *copy, ascending);
    return percentile(copy, n, 50);
}

static void show(const struct bench *b)
{
    static double ratio[ROUNDS_MAX];
    unsigned n = out->rounds;
    double subject = median(out->subject, n), peer = median(out->peer, n);
    if (!b->peer) {
        printf("%-20s %-37s %9.1f ns\n", b->name, b->subject, subject);
    } else {
        for (unsigned i = 0; i < n; i++)
            ratio[i] = out->subject[i] / out->peer[i];
        qsort(ratio, n, sizeof *ratio, ascending);
        double r = percentile(ratio, n, 50);
        printf("%-20s %-37s %9.1f ns  %-28s %9.1f ns  %6.2f (%.2f..%.2f)", b->name, b->subject,
               subject, b->peer, peer, r, percentile(ratio, n, 10), percentile(ratio, n, 90));
        if (b->aim)
            printf("  aim %.2f: %s", b->aim, r <= b->aim ? "reached" : "missed");
        putchar('\n');
    }
    if (out->note[0])
        printf("%-20s %s\n", "", out->note);
}

static bool wanted(const struct bench *b, char **patterns, int n)
{
    for (int i = 0; i < n; i++)
        if (strstr(b->name, patterns[i]))
            return true;
    return n == 0;
}

int main(int argc, char **argv)
{
    bool list = false;
    unsigned rounds = 0;
    int opt;
    while ((opt = getopt(argc, argv, "lr:")) != -1) {
        if (opt == 'l')
            list = true;
        else if (opt == 'r')
            rounds = (unsigned)atoi(optarg);
        else
            return 2;
    }
    out = mmap(NULL, sizeof *out, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (out == MAP_FAILED) {
        perror("dirql-bench");
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    bool all_ran = true;
    unsigned shown = 0;
    for (size_t i = 0; i < BENCHES; i++) {
        const struct bench *b = &benches[i];
        if (!wanted(b, argv + optind, argc - optind))
            continue;
        if (list) {
            printf("%s\t%s\t%s\n", b->name, b->subject, b->peer ? b->peer : "");
            continue;
        }
        if (!shown++)
            printf("%-20s %-37s %12s  %-28s %12s  %s\n", "", "measured", "median", "against",
                   "median", "ratio (10%..90% of the rounds)");
        memset(out, 0, sizeof *out);
        out->wanted = rounds ? rounds : b->rounds;
        if (out->wanted > ROUNDS_MAX)
            out->wanted = ROUNDS_MAX;
        run_in_child(b);
        if (out->cannot[0]) {
            printf("%-20s %-37s cannot run: %s\n", b->name, b->subject, out->cannot);
            all_ran = false;
        } else {
            show(b);
        }
    }
    return all_ran ? 0 : 1;
}
