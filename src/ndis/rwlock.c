/* SPDX-License-Identifier: MIT */
/* rwlock.c - reader/writer locks, in the driver's memory (NDIS_RW_LOCK) and allocated
 * (NDIS_RW_LOCK_EX).
 *
 * Both are one spin lock per processor: a reader takes its own, a writer takes all of them in
 * order. Readers on different processors share nothing, as the pages promise ("read access does not
 * require interlocked operations or contention for spin locks"), and all waiting is a spin lock's.
 * A holder stays on its processor at DISPATCH_LEVEL, so the depth of a processor's own acquisitions
 * needs no protection. */
#include "ndis/objects.h"
#include "nt/machine.h"
#include "nt/spinlock.h"
#include <stdio.h>
#include <string.h>

/* One processor's part. NDIS_RW_LOCK_REFCOUNT has 16 bytes for it. */
struct rw_slot {
    KSPIN_LOCK lock;
    uint32_t depth; /* how often this processor holds the lock, reading or writing */
    uint32_t spare;
};
_Static_assert(sizeof(struct rw_slot) == sizeof(NDIS_RW_LOCK_REFCOUNT), "fits the driver's memory");

/* LockState while held. */
enum { STATE_RELEASED = 0, STATE_READ = 2, STATE_WRITE = 4, STATE_AGAIN = 6 };

/* Acquires for the current processor, at DISPATCH_LEVEL. `writer` is the processor that writes,
 * plus one. */
static int acquire(struct rw_slot *slots, uint64_t *writer, bool write, const void *lock,
                   const char *function)
{
    unsigned me = KeGetCurrentProcessorNumberEx(NULL);
    if (slots[me].depth) {
        if (write && *writer != me + 1)
            bugcheck(
                0xc4, 0x1000, (uint64_t)(uintptr_t)lock, 0, 0,
                "%s: processor %u holds lock %p for reading and wants to write: it would wait for "
                "itself",
                function, me, lock);
        slots[me].depth++;
        return STATE_AGAIN;
    }
    if (!write) {
        spin_acquire(&slots[me].lock);
        slots[me].depth = 1;
        return STATE_READ;
    }
    for (unsigned i = 0; i < machine_cpus(); i++)
        spin_acquire(&slots[i].lock);
    *writer = me + 1;
    slots[me].depth = 1;
    return STATE_WRITE;
}

/* False, after a violation, if the processor does not hold it. */
static bool release(struct rw_slot *slots, uint64_t *writer, const void *lock, const char *function)
{
    unsigned me = KeGetCurrentProcessorNumberEx(NULL);
    if (!RULE(
            "R-441", slots[me].depth,
            "%s: processor %u does not hold lock %p (acquired on another processor, or not at all)",
            function, me, lock))
        return false;
    if (--slots[me].depth)
        return true;
    if (*writer == me + 1) {
        *writer = 0;
        for (unsigned i = machine_cpus(); i-- > 0;)
            spin_release(&slots[i].lock);
    } else {
        spin_release(&slots[me].lock);
    }
    return true;
}

/* Neither form can protect what an ISR touches. */
static void require_dispatch_or_below(const char *function, const void *lock)
{
    RULE("R-302", irql_current() <= DISPATCH_LEVEL,
         "%s(%p) at %s: a read/write lock cannot be taken above "
         "DISPATCH_LEVEL",
         function, lock, irql_name(irql_current()));
}

/* --- NDIS_RW_LOCK --- */

static struct rw_slot *slots_of(NDIS_RW_LOCK *lock)
{
    return (struct rw_slot *)lock->RefCount;
}

VOID NTAPI NdisInitializeReadWriteLock(PNDIS_RW_LOCK Lock)
{
    memset(Lock, 0, sizeof(*Lock));
}
NT_EXPORT("ndis.sys", NdisInitializeReadWriteLock);

VOID NTAPI NdisAcquireReadWriteLock(PNDIS_RW_LOCK Lock, BOOLEAN fWrite, PLOCK_STATE LockState)
{
    require_dispatch_or_below(__func__, Lock);
    KIRQL old = irql_current();
    if (old < DISPATCH_LEVEL)
        irql_raise(DISPATCH_LEVEL);
    LockState->LockState =
        (USHORT)acquire(slots_of(Lock), (uint64_t *)&Lock->Context, fWrite, Lock, __func__);
    LockState->OldIrql = old;
}
NT_EXPORT("ndis.sys", NdisAcquireReadWriteLock);

VOID NTAPI NdisReleaseReadWriteLock(PNDIS_RW_LOCK Lock, PLOCK_STATE LockState)
{
    IRQL_EXACT(DISPATCH_LEVEL);
    if (!release(slots_of(Lock), (uint64_t *)&Lock->Context, Lock, __func__))
        return;
    LockState->LockState = STATE_RELEASED;
    if (LockState->OldIrql < irql_current())
        irql_lower(LockState->OldIrql);
}
NT_EXPORT("ndis.sys", NdisReleaseReadWriteLock);

VOID NTAPI NdisDprAcquireReadWriteLock(PNDIS_RW_LOCK Lock, BOOLEAN fWrite, PLOCK_STATE LockState)
{
    IRQL_EXACT(DISPATCH_LEVEL);
    LockState->LockState =
        (USHORT)acquire(slots_of(Lock), (uint64_t *)&Lock->Context, fWrite, Lock, __func__);
    LockState->OldIrql = DISPATCH_LEVEL;
}
NT_EXPORT("ndis.sys", NdisDprAcquireReadWriteLock);

VOID NTAPI NdisDprReleaseReadWriteLock(PNDIS_RW_LOCK Lock, PLOCK_STATE LockState)
{
    IRQL_EXACT(DISPATCH_LEVEL);
    if (release(slots_of(Lock), (uint64_t *)&Lock->Context, Lock, __func__))
        LockState->LockState = STATE_RELEASED;
}
NT_EXPORT("ndis.sys", NdisDprReleaseReadWriteLock);

/* --- NDIS_RW_LOCK_EX --- */

#define RW_MAGIC 0x584c5752u /* "RWLX" */
static const char kind_lock[] = "RW lock";

struct _NDIS_RW_LOCK_EX {
    uint32_t magic, spare;
    uint64_t writer;
    struct ndis_object object;
    struct rw_slot slots[];
};

static void lock_free(struct ndis_object *object)
{
    NDIS_RW_LOCK_EX *lock = (NDIS_RW_LOCK_EX *)((char *)object - offsetof(NDIS_RW_LOCK_EX, object));
    ndis_object_remove(object);
    lock->magic = 0;
    nt_pool_free(lock);
}

PNDIS_RW_LOCK_EX NTAPI NdisAllocateRWLock(NDIS_HANDLE NdisHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_owner owner;
    if (!ndis_owner_from_handle(NdisHandle, __func__, true, &owner))
        return NULL;
    NDIS_RW_LOCK_EX *lock =
        nt_pool_alloc_system(sizeof(*lock) + machine_cpus() * sizeof(struct rw_slot), 0x6c77724e);
    if (!lock)
        return NULL;
    lock->magic = RW_MAGIC;
    lock->object.reclaim = lock_free;
    ndis_object_add(&lock->object, owner.key, kind_lock, lock, NDIS_OBJECT_STACK);
    return lock;
}
NT_EXPORT("ndis.sys", NdisAllocateRWLock);

static bool lock_is(const NDIS_RW_LOCK_EX *lock, const char *function)
{
    if (lock && lock->magic == RW_MAGIC)
        return true;
    violation("NdisAllocateRWLock", "%s: %p is not a lock from NdisAllocateRWLock, or is freed",
              function, (const void *)lock);
    return false;
}

VOID NTAPI NdisFreeRWLock(PNDIS_RW_LOCK_EX Lock)
{
    IRQL_MAX(DISPATCH_LEVEL);
    if (!lock_is(Lock, __func__))
        return;
    for (unsigned i = 0; i < machine_cpus(); i++)
        RULE("NdisFreeRWLock", !Lock->slots[i].depth, "NdisFreeRWLock: processor %u holds lock %p",
             i, (void *)Lock);
    lock_free(&Lock->object);
}
NT_EXPORT("ndis.sys", NdisFreeRWLock);

static void acquire_ex(NDIS_RW_LOCK_EX *lock, LOCK_STATE_EX *state, UCHAR flags, bool write,
                       const char *function)
{
    if (!lock_is(lock, function))
        return;
    require_dispatch_or_below(function, lock);
    KIRQL old = irql_current();
    RULE("R-319", !(flags & NDIS_RWL_AT_DISPATCH_LEVEL) || old == DISPATCH_LEVEL,
         "%s: Flags say NDIS_RWL_AT_DISPATCH_LEVEL, but the caller runs at %s", function,
         irql_name(old));
    if (old < DISPATCH_LEVEL)
        irql_raise(DISPATCH_LEVEL);
    state->LockState = (UCHAR)acquire(lock->slots, &lock->writer, write, lock, function);
    state->OldIrql = old;
    state->Flags = flags;
}

VOID NTAPI NdisAcquireRWLockRead(PNDIS_RW_LOCK_EX Lock, PLOCK_STATE_EX LockState, UCHAR Flags)
{
    acquire_ex(Lock, LockState, Flags, false, __func__);
}
NT_EXPORT("ndis.sys", NdisAcquireRWLockRead);

VOID NTAPI NdisAcquireRWLockWrite(PNDIS_RW_LOCK_EX Lock, PLOCK_STATE_EX LockState, UCHAR Flags)
{
    acquire_ex(Lock, LockState, Flags, true, __func__);
}
NT_EXPORT("ndis.sys", NdisAcquireRWLockWrite);

VOID NTAPI NdisReleaseRWLock(PNDIS_RW_LOCK_EX Lock, PLOCK_STATE_EX LockState)
{
    IRQL_EXACT(DISPATCH_LEVEL);
    if (!lock_is(Lock, __func__) || !release(Lock->slots, &Lock->writer, Lock, __func__))
        return;
    LockState->LockState = STATE_RELEASED;
    if (LockState->OldIrql < irql_current())
        irql_lower(LockState->OldIrql);
}
NT_EXPORT("ndis.sys", NdisReleaseRWLock);
