/* SPDX-License-Identifier: MIT */
/* call_bench.c - what a driver pays for calling us: the thunk, IRQL changes, spin locks; and in
 * system calls: nothing.
 *
 * The functions are called as a driver calls them, through what nt_export_bind() writes into its
 * import table. */
#include "bench/bare.h"
#include "bench/bench.h"
#include "nt/export.h"
#include "nt/irql.h"
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <ucontext.h>

#define BATCH 5000

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_OFF          0
#define PR_SYS_DISPATCH_ON           1
#endif

static void *import(const char *name)
{
    const struct nt_export *row = nt_export_find("ntoskrnl.exe", name);
    void *thunk = row ? nt_export_bind(row) : NULL;
    if (!thunk)
        bench_cannot("there is no export %s", name);
    return thunk;
}

static void *function(const char *name)
{
    import(name);
    return nt_export_find("ntoskrnl.exe", name)->entry;
}

/* --- counting system calls: the kernel hands each one to us while the selector says so --- */

static volatile char selector;
static unsigned system_calls;

static void on_system_call(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    system_calls++;
    selector = 0;
    uc->uc_mcontext.gregs[REG_RAX] = info->si_syscall;
    uc->uc_mcontext.gregs[REG_RIP] -= 2; /* the instruction again, allowed */
}

/* Runs `fn` and says how many system calls it made. The handler's own return is one, after the
 * first. */
static void count_system_calls(const char *what, void (*fn)(void))
{
    struct sigaction action = {.sa_sigaction = on_system_call, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &action, NULL);
    if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &selector)) {
        bench_note("system calls not counted: this kernel has no syscall user dispatch");
        return;
    }
    selector = 1;
    fn();
    selector = 0;
    prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0, 0);
    bench_note("%s, %d times: %s", what, BATCH,
               system_calls ? "made system calls" : "no system call");
}

/* --- an export --- */

static KIRQL(NTAPI *volatile irql_thunk)(void), (NTAPI *volatile irql_function)(void);

static void export_body(void *unused)
{
    irql_thunk = import("KeGetCurrentIrql");
    irql_function = function("KeGetCurrentIrql");
    while (bench_more()) {
        double s = BENCH_TIME(BATCH, irql_thunk());
        bench_round(s, BENCH_TIME(BATCH, irql_function()));
    }
}

void bench_export_call(void)
{
    bench_machine(NULL, export_body);
}

/* --- raise and lower --- */

static KIRQL(NTAPI *volatile raise_thunk)(KIRQL level);
static VOID(NTAPI *volatile lower_thunk)(KIRQL level);
static KIRQL NTAPI bare_call(KIRQL level)
{
    __asm__ volatile("");
    return level;
}
static KIRQL(NTAPI *volatile bare_function)(KIRQL level) = bare_call;

static void raise_lower_all(void)
{
    for (unsigned i = 0; i < BATCH; i++)
        lower_thunk(raise_thunk(DISPATCH_LEVEL));
}

static void raise_lower_body(void *unused)
{
    raise_thunk = import("KfRaiseIrql");
    lower_thunk = import("KeLowerIrql");
    while (bench_more()) {
        double s = BENCH_TIME(BATCH, lower_thunk(raise_thunk(DISPATCH_LEVEL)));
        bench_round(s, BENCH_TIME(BATCH, bare_function(bare_function(DISPATCH_LEVEL))));
    }
    count_system_calls("raise and lower", raise_lower_all);
}

void bench_raise_lower(void)
{
    bench_machine(NULL, raise_lower_body);
}

/* --- a spin lock --- */

static KIRQL(NTAPI *volatile acquire_thunk)(PKSPIN_LOCK lock);
static VOID(NTAPI *volatile release_thunk)(PKSPIN_LOCK lock, KIRQL old);
static KSPIN_LOCK lock;
static _Atomic int bare_lock;

static void lock_all(void)
{
    for (unsigned i = 0; i < BATCH; i++)
        release_thunk(&lock, acquire_thunk(&lock));
}

static void spin_lock_body(void *unused)
{
    acquire_thunk = import("KeAcquireSpinLockRaiseToDpc");
    release_thunk = import("KeReleaseSpinLock");
    while (bench_more()) {
        double s = BENCH_TIME(BATCH, release_thunk(&lock, acquire_thunk(&lock)));
        bench_round(s, BENCH_TIME(BATCH, bare_lock_pair(&bare_lock)));
    }
    count_system_calls("acquire and release", lock_all);
}

void bench_spin_lock(void)
{
    bench_machine(NULL, spin_lock_body);
}
