/* SPDX-License-Identifier: MIT */
/* lock.c - NDIS's lock around a serialised miniport.
 *
 * Its holder is at DISPATCH_LEVEL all the time, so nobody on the same processor can find it taken
 * but the holder's own calls; those go one level deeper (MiniportTransferData inside an indication)
 * or defer. */
#include "ndis5/ndis5.h"
#include "nt/spinlock.h"
#include "trace/trace.h"

static unsigned me(void)
{
    return KeGetCurrentProcessorNumberEx(NULL) + 1;
}

bool ndis5_inside(const struct ndis_adapter *adapter)
{
    return irql_current() >= DISPATCH_LEVEL &&
           __atomic_load_n(&five(adapter)->owner, __ATOMIC_RELAXED) == me();
}

static KIRQL to_dispatch(void)
{
    KIRQL old = irql_current();
    if (old < DISPATCH_LEVEL)
        irql_raise(DISPATCH_LEVEL);
    return old;
}

static void from_dispatch(KIRQL old)
{
    if (old < DISPATCH_LEVEL)
        irql_lower(old);
}

static void taken(struct ndis5_adapter *f)
{
    __atomic_store_n(&f->owner, me(), __ATOMIC_RELAXED);
    f->depth = 1;
    f->block->LockAcquired = TRUE;
}

KIRQL ndis5_enter(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    KIRQL old = to_dispatch();
    if (f->deserialized)
        return old;
    if (ndis5_inside(adapter)) {
        f->depth++;
    } else {
        spin_acquire(&f->lock);
        taken(f);
    }
    return old;
}

bool ndis5_try_enter(struct ndis_adapter *adapter, KIRQL *old)
{
    struct ndis5_adapter *f = five(adapter);
    *old = to_dispatch();
    if (!f->deserialized && !ndis5_inside(adapter) && spin_try(&f->lock)) {
        taken(f);
        return true;
    }
    from_dispatch(*old);
    return false;
}

static void release(struct ndis5_adapter *f)
{
    f->block->LockAcquired = FALSE;
    f->depth = 0;
    __atomic_store_n(&f->owner, 0, __ATOMIC_RELAXED);
    spin_release(&f->lock);
}

/* Whose turn it happens to be gives the driver what others have queued: in a DPC that is no part of
 * what the driver does about its interrupt, and a trace says so. */
static void run_sends(struct ndis_adapter *adapter)
{
    trace(TRACE_SENDS, NULL, 1, 0);
    ndis5_send_run(adapter);
    trace(TRACE_SENDS, NULL, 0, 0);
}

void ndis5_leave(struct ndis_adapter *adapter, KIRQL old)
{
    struct ndis5_adapter *f = five(adapter);
    if (!f->deserialized && f->depth > 1) {
        f->depth--;
    } else if (!f->deserialized && f->depth == 1) {
        /* What came meanwhile is ours to do; what comes between the look and the release, the next
         * look finds: whoever queues finds the lock free, or we what it has queued (the other half
         * is in send.c, kick). */
        do {
            run_sends(adapter);
            release(f);
            __atomic_thread_fence(__ATOMIC_SEQ_CST);
            if (!ndis5_send_waiting(adapter) || !spin_try(&f->lock))
                break;
            taken(f);
        } while (1);
    }
    from_dispatch(old);
}
