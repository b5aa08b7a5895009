/* SPDX-License-Identifier: MIT */
/* sync.c - events, waiting, and the spin lock and interlocked functions as exports. */
#include "ndis/ndis_internal.h"
#include "nt/spinlock.h"

#undef NdisAllocateSpinLock
#undef NdisFreeSpinLock
#undef NdisAcquireSpinLock
#undef NdisReleaseSpinLock
#undef NdisDprAcquireSpinLock
#undef NdisDprReleaseSpinLock
#undef NdisInterlockedIncrement
#undef NdisInterlockedDecrement
#undef NdisInterlockedAddUlong
#undef NdisInterlockedInsertHeadList
#undef NdisInterlockedInsertTailList
#undef NdisInterlockedRemoveHeadList
#undef NdisInterlockedAddLargeStatistic
#undef NdisInterlockedPushEntryList
#undef NdisInterlockedPopEntryList
#undef NdisStallExecution

/* NdisStallExecution's page. */
#define STALL_LIMIT_US 50u

/* --- events --- */

VOID NTAPI NdisInitializeEvent(PNDIS_EVENT Event)
{
    KeInitializeEvent(&Event->Event, NotificationEvent, FALSE);
}
NT_EXPORT("ndis.sys", NdisInitializeEvent);

VOID NTAPI NdisSetEvent(PNDIS_EVENT Event)
{
    IRQL_MAX(DISPATCH_LEVEL);
    event_set(&Event->Event);
}
NT_EXPORT("ndis.sys", NdisSetEvent);

VOID NTAPI NdisResetEvent(PNDIS_EVENT Event)
{
    IRQL_MAX(DISPATCH_LEVEL);
    event_clear(&Event->Event);
}
NT_EXPORT("ndis.sys", NdisResetEvent);

BOOLEAN NTAPI NdisWaitEvent(PNDIS_EVENT Event, UINT MsToWait)
{
    RULE("R-312", true, "NdisWaitEvent"); /* counted; breaking it ends the run */
    if (irql_current() != PASSIVE_LEVEL)
        bugcheck(0x7c, 0x14, irql_current(), 0, 0,
                 "NdisWaitEvent was called at %s; it needs PASSIVE_LEVEL",
                 irql_name(irql_current()));
    uint64_t timeout = MsToWait ? MsToWait * 1000000ull : UINT64_MAX;
    return thread_wait(&Event->Event, timeout) == STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisWaitEvent);

/* --- waiting --- */

VOID NTAPI NdisMSleep(ULONG MicrosecondsToSleep)
{
    if (irql_current() >= DISPATCH_LEVEL)
        bugcheck(0x0A, 0, irql_current(), 0, 0,
                 "NdisMSleep(%u us) was called at %s: a thread cannot wait there (R-313)",
                 MicrosecondsToSleep, irql_name(irql_current()));
    RULE("R-313", MicrosecondsToSleep <= 30000000, "NdisMSleep(%u us): 30 s is the most it may be",
         MicrosecondsToSleep);
    LARGE_INTEGER interval = {.QuadPart = -(LONGLONG)MicrosecondsToSleep * 10};
    KeDelayExecutionThread(KernelMode, FALSE, &interval);
}
NT_EXPORT("ndis.sys", NdisMSleep);

VOID NTAPI NdisStallExecution(UINT MicrosecondsToStall)
{
    RULE("R-314", MicrosecondsToStall <= STALL_LIMIT_US,
         "NdisStallExecution(%u us): %u us is the most it may be", MicrosecondsToStall,
         STALL_LIMIT_US);
    for (UINT left = MicrosecondsToStall; left;) { /* in pieces: reported once is enough */
        UINT piece = left < STALL_LIMIT_US ? left : STALL_LIMIT_US;
        KeStallExecutionProcessor(piece);
        left -= piece;
    }
}
NT_EXPORT("ndis.sys", NdisStallExecution);

/* --- spin locks --- */

VOID NTAPI NdisAllocateSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
    SpinLock->SpinLock = 0;
    SpinLock->OldIrql = PASSIVE_LEVEL;
}
NT_EXPORT("ndis.sys", NdisAllocateSpinLock);

VOID NTAPI NdisFreeSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
    RULE("R-307", !SpinLock->SpinLock, "NdisFreeSpinLock: %p is held", (void *)SpinLock);
}
NT_EXPORT("ndis.sys", NdisFreeSpinLock);

VOID NTAPI NdisAcquireSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
    SpinLock->OldIrql = KeAcquireSpinLockRaiseToDpc(&SpinLock->SpinLock);
}
NT_EXPORT("ndis.sys", NdisAcquireSpinLock);

VOID NTAPI NdisReleaseSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
    KeReleaseSpinLock(&SpinLock->SpinLock, SpinLock->OldIrql);
}
NT_EXPORT("ndis.sys", NdisReleaseSpinLock);

VOID NTAPI NdisDprAcquireSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
    RULE("R-304", irql_current() == DISPATCH_LEVEL, "NdisDprAcquireSpinLock(%p) was called at %s",
         (void *)SpinLock, irql_name(irql_current()));
    KeAcquireSpinLockAtDpcLevel(&SpinLock->SpinLock);
}
NT_EXPORT("ndis.sys", NdisDprAcquireSpinLock);

VOID NTAPI NdisDprReleaseSpinLock(PNDIS_SPIN_LOCK SpinLock)
{
    KeReleaseSpinLockFromDpcLevel(&SpinLock->SpinLock);
}
NT_EXPORT("ndis.sys", NdisDprReleaseSpinLock);

/* --- interlocked --- */

LONG NTAPI NdisInterlockedIncrement(PLONG Addend)
{
    return __atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}
NT_EXPORT("ndis.sys", NdisInterlockedIncrement);

LONG NTAPI NdisInterlockedDecrement(PLONG Addend)
{
    return __atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}
NT_EXPORT("ndis.sys", NdisInterlockedDecrement);

VOID NTAPI NdisInterlockedAddLargeStatistic(PLARGE_INTEGER Addend, ULONG Increment)
{
    __atomic_add_fetch(&Addend->QuadPart, Increment, __ATOMIC_SEQ_CST);
}
NT_EXPORT("ndis.sys", NdisInterlockedAddLargeStatistic);

/* The list and add functions may be called at any IRQL, with one lock: interrupts stay out while it
 * is held. */
#define ALL_INTERRUPTS_OUT 15 /* HIGH_LEVEL of x64 */

static KIRQL lock_any(NDIS_SPIN_LOCK *lock)
{
    KIRQL old = irql_raise(ALL_INTERRUPTS_OUT);
    spin_acquire(&lock->SpinLock);
    return old;
}

static void unlock_any(NDIS_SPIN_LOCK *lock, KIRQL old)
{
    spin_release(&lock->SpinLock);
    irql_lower(old);
}

ULONG NTAPI NdisInterlockedAddUlong(PULONG Addend, ULONG Increment, PNDIS_SPIN_LOCK SpinLock)
{
    KIRQL old = lock_any(SpinLock);
    ULONG before = *Addend;
    *Addend = before + Increment;
    unlock_any(SpinLock, old);
    return before;
}
NT_EXPORT("ndis.sys", NdisInterlockedAddUlong);

PLIST_ENTRY NTAPI NdisInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                PNDIS_SPIN_LOCK SpinLock)
{
    KIRQL old = lock_any(SpinLock);
    PLIST_ENTRY first = IsListEmpty(ListHead) ? NULL : ListHead->Flink;
    InsertHeadList(ListHead, ListEntry);
    unlock_any(SpinLock, old);
    return first;
}
NT_EXPORT("ndis.sys", NdisInterlockedInsertHeadList);

PLIST_ENTRY NTAPI NdisInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                PNDIS_SPIN_LOCK SpinLock)
{
    KIRQL old = lock_any(SpinLock);
    PLIST_ENTRY last = IsListEmpty(ListHead) ? NULL : ListHead->Blink;
    InsertTailList(ListHead, ListEntry);
    unlock_any(SpinLock, old);
    return last;
}
NT_EXPORT("ndis.sys", NdisInterlockedInsertTailList);

PLIST_ENTRY NTAPI NdisInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PNDIS_SPIN_LOCK SpinLock)
{
    KIRQL old = lock_any(SpinLock);
    PLIST_ENTRY entry = IsListEmpty(ListHead) ? NULL : RemoveHeadList(ListHead);
    unlock_any(SpinLock, old);
    return entry;
}
NT_EXPORT("ndis.sys", NdisInterlockedRemoveHeadList);

PSINGLE_LIST_ENTRY NTAPI NdisInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                      PSINGLE_LIST_ENTRY ListEntry,
                                                      PNDIS_SPIN_LOCK SpinLock)
{
    KIRQL old = lock_any(SpinLock);
    PSINGLE_LIST_ENTRY first = ListHead->Next;
    ListEntry->Next = first;
    ListHead->Next = ListEntry;
    unlock_any(SpinLock, old);
    return first;
}
NT_EXPORT("ndis.sys", NdisInterlockedPushEntryList);

PSINGLE_LIST_ENTRY NTAPI NdisInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                     PNDIS_SPIN_LOCK SpinLock)
{
    KIRQL old = lock_any(SpinLock);
    PSINGLE_LIST_ENTRY first = ListHead->Next;
    if (first)
        ListHead->Next = first->Next;
    unlock_any(SpinLock, old);
    return first;
}
NT_EXPORT("ndis.sys", NdisInterlockedPopEntryList);
