/* SPDX-License-Identifier: MIT */
/* spinlock.c - KSPIN_LOCK, queued and in-stack queued, reader/writer. */
#include "nt/spinlock.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/processor.h"
#include "nt/report.h"

static KSPIN_LOCK my_mark(const struct cpu *cpu)
{
    return cpu->number + 1;
}

static void wait_for(KSPIN_LOCK *lock, struct cpu *cpu)
{
    KSPIN_LOCK owner = __atomic_load_n(lock, __ATOMIC_RELAXED);
    if (owner == my_mark(cpu))
        bugcheck(0xC4, 0x1000, (uintptr_t)lock, 0, 0,
                 "processor %u waits for spin lock %p, which it holds itself", cpu->number,
                 (void *)lock);
    if (owner > CPU_MAX)
        bugcheck(0xC4, 0x1002, (uintptr_t)lock, owner, 0,
                 "spin lock %p holds 0x%llx: it was never initialised, or was overwritten",
                 (void *)lock, (unsigned long long)owner);
    while (__atomic_load_n(lock, __ATOMIC_RELAXED)) {
        window(cpu);
        host->relax(cpu);
    }
}

void spin_acquire(KSPIN_LOCK *lock)
{
    struct cpu *cpu = cpu_current();
    KSPIN_LOCK free_word = 0;
    while (__builtin_expect(!__atomic_compare_exchange_n(lock, &free_word, my_mark(cpu), 0,
                                                         __ATOMIC_ACQUIRE, __ATOMIC_RELAXED),
                            0)) {
        wait_for(lock, cpu);
        free_word = 0;
    }
}

BOOLEAN spin_try(KSPIN_LOCK *lock)
{
    KSPIN_LOCK free_word = 0;
    return __atomic_compare_exchange_n(lock, &free_word, my_mark(cpu_current()), 0,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void spin_release(KSPIN_LOCK *lock)
{
    KSPIN_LOCK owner = __atomic_load_n(lock, __ATOMIC_RELAXED);
    if (__builtin_expect(owner != my_mark(cpu_current()), 0)) {
        if (owner == 0)
            violation("R-441", "spin lock %p released, but nobody holds it (bug check 0xC4/0x1007)",
                      (void *)lock);
        else
            violation("R-441",
                      "spin lock %p released by processor %u, but processor %llu holds it "
                      "(bug check 0xC4/0x1005)",
                      (void *)lock, cpu_current()->number, (unsigned long long)owner - 1);
    }
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

/* Bug check 0xC4/0x40: acquired at DISPATCH_LEVEL or below it expected; 0x42: above DISPATCH_LEVEL. */
static KIRQL raise_to_dispatch(const char *function)
{
    KIRQL old = irql_current();
    if (RULE("R-303", old <= DISPATCH_LEVEL,
             "%s at %s: a spin lock cannot be taken above DISPATCH_LEVEL (bug check 0xC4/0x42)", function,
             irql_name(old)))
        irql_raise(DISPATCH_LEVEL);
    return old;
}

VOID NTAPI nt_KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
    *SpinLock = 0;
}
NT_EXPORT_AS("ntoskrnl.exe", KeInitializeSpinLock, nt_KeInitializeSpinLock);

KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    KIRQL old = raise_to_dispatch("KeAcquireSpinLock");
    spin_acquire_as(SpinLock, cpu_current()->number);
    return old;
}
NT_EXPORT("ntoskrnl.exe", KeAcquireSpinLockRaiseToDpc);

VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    RULE("R-440", irql_current() == DISPATCH_LEVEL || irql_current() == NewIrql,
         "KeReleaseSpinLock at %s: a spin lock is released at DISPATCH_LEVEL (bug check 0xC4/0x41)",
         irql_name(irql_current()));
    spin_release_as(SpinLock, cpu_current()->number);
    if (NewIrql < irql_current())
        irql_lower(NewIrql);
}
NT_EXPORT("ntoskrnl.exe", KeReleaseSpinLock);

VOID NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    RULE("R-304", irql_current() >= DISPATCH_LEVEL,
         "KeAcquireSpinLockAtDpcLevel at %s: must be at DISPATCH_LEVEL (bug check 0xC4/0x40)",
         irql_name(irql_current()));
    spin_acquire(SpinLock);
}
NT_EXPORT("ntoskrnl.exe", KeAcquireSpinLockAtDpcLevel);

VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    spin_release(SpinLock);
}
NT_EXPORT("ntoskrnl.exe", KeReleaseSpinLockFromDpcLevel);

BOOLEAN FASTCALL KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    IRQL_RANGE(DISPATCH_LEVEL, HIGH_LEVEL);
    return spin_try(SpinLock);
}
NT_EXPORT("ntoskrnl.exe", KeTryToAcquireSpinLockAtDpcLevel);

BOOLEAN FASTCALL KeTestSpinLock(PKSPIN_LOCK SpinLock)
{
    return __atomic_load_n(SpinLock, __ATOMIC_RELAXED) == 0;
}
NT_EXPORT("ntoskrnl.exe", KeTestSpinLock);

/* In-stack queued locks: the queue gives fairness and cache locality on real hardware; what drivers can observe
 * is mutual exclusion and the handle, which keeps the lock and the IRQL. */
VOID FASTCALL KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    LockHandle->LockQueue.Next = NULL;
    LockHandle->LockQueue.Lock = SpinLock;
    KeAcquireSpinLockAtDpcLevel(SpinLock);
}
NT_EXPORT("ntoskrnl.exe", KeAcquireInStackQueuedSpinLockAtDpcLevel);

VOID FASTCALL KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle)
{
    spin_release(LockHandle->LockQueue.Lock);
}
NT_EXPORT("ntoskrnl.exe", KeReleaseInStackQueuedSpinLockFromDpcLevel);

VOID FASTCALL KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    LockHandle->LockQueue.Next = NULL;
    LockHandle->LockQueue.Lock = SpinLock;
    LockHandle->OldIrql = KeAcquireSpinLockRaiseToDpc(SpinLock);
}
NT_EXPORT("ntoskrnl.exe", KeAcquireInStackQueuedSpinLock);

VOID FASTCALL KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle)
{
    KeReleaseSpinLock(LockHandle->LockQueue.Lock, LockHandle->OldIrql);
}
NT_EXPORT("ntoskrnl.exe", KeReleaseInStackQueuedSpinLock);

/* EX_SPIN_LOCK: a LONG. Bit 31: held exclusively, by the processor in the low bits; else the number of readers. */
#define EXCLUSIVE 0x80000000u

static void ex_wait(volatile LONG *lock)
{
    struct cpu *cpu = cpu_current();
    LONG value = *lock;
    if ((ULONG)value == (EXCLUSIVE | cpu->number))
        bugcheck(0xC4, 0x1000, (uintptr_t)lock, 0, 0,
                 "processor %u waits for reader/writer lock %p, which it holds exclusively itself",
                 cpu->number, (void *)(uintptr_t)lock);
    window(cpu);
    host->relax(cpu);
}

static void ex_acquire(volatile LONG *lock, bool exclusive)
{
    for (;;) {
        LONG value = *lock;
        LONG next = exclusive ? (LONG)(EXCLUSIVE | cpu_current()->number) : value + 1;
        bool free_now = exclusive ? value == 0 : value >= 0;
        if (free_now && __atomic_compare_exchange_n(lock, &value, next, 0, __ATOMIC_ACQUIRE,
                                                    __ATOMIC_RELAXED))
            return;
        ex_wait(lock);
    }
}

KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    KIRQL old = raise_to_dispatch("ExAcquireSpinLockExclusive");
    ex_acquire(SpinLock, true);
    return old;
}
NT_EXPORT("ntoskrnl.exe", ExAcquireSpinLockExclusive);

KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock)
{
    KIRQL old = raise_to_dispatch("ExAcquireSpinLockShared");
    ex_acquire(SpinLock, false);
    return old;
}
NT_EXPORT("ntoskrnl.exe", ExAcquireSpinLockShared);

VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    IRQL_EXACT(DISPATCH_LEVEL);
    ex_acquire(SpinLock, true);
}
NT_EXPORT("ntoskrnl.exe", ExAcquireSpinLockExclusiveAtDpcLevel);

VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    IRQL_EXACT(DISPATCH_LEVEL);
    ex_acquire(SpinLock, false);
}
NT_EXPORT("ntoskrnl.exe", ExAcquireSpinLockSharedAtDpcLevel);

VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    RULE("R-441", *SpinLock < 0, "reader/writer lock %p released exclusively, but not so held",
         (void *)(uintptr_t)SpinLock);
    __atomic_store_n(SpinLock, 0, __ATOMIC_RELEASE);
}
NT_EXPORT("ntoskrnl.exe", ExReleaseSpinLockExclusiveFromDpcLevel);

VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    if (RULE("R-441", *SpinLock > 0, "reader/writer lock %p released, but has no reader",
             (void *)(uintptr_t)SpinLock))
        __atomic_fetch_sub(SpinLock, 1, __ATOMIC_RELEASE);
}
NT_EXPORT("ntoskrnl.exe", ExReleaseSpinLockSharedFromDpcLevel);

VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    ExReleaseSpinLockExclusiveFromDpcLevel(SpinLock);
    irql_lower(OldIrql);
}
NT_EXPORT("ntoskrnl.exe", ExReleaseSpinLockExclusive);

VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    ExReleaseSpinLockSharedFromDpcLevel(SpinLock);
    irql_lower(OldIrql);
}
NT_EXPORT("ntoskrnl.exe", ExReleaseSpinLockShared);
