/* SPDX-License-Identifier: MIT */
/* dpc.h - deferred procedure calls: work that an ISR postpones to DISPATCH_LEVEL.
 *
 * Each processor owns one queue and drains it when its IRQL falls below DISPATCH_LEVEL (and when idle). The KDPC
 * is the caller's memory (WDK layout); Importance decides head or tail, and whether a remote processor is
 * disturbed at once. Any thread that is a processor, any IRQL. */
#pragma once
#include "nt/wdk.h"
#include <stdbool.h>

/* Host-side initialisation: `routine` is host code called as routine(dpc, context, arg1, arg2).
 * KeInitializeDpc is the driver's. `cpu` < 0: the inserting processor. */
void dpc_init(KDPC *dpc, void(NTAPI *routine)(KDPC *, void *, void *, void *), void *context, int cpu);
/* The same for a routine of the host's ABI. For the interrupt path: from one ABI to the other and back is a good part
 * of what a DPC costs. Not for a KDPC that a driver sees. */
void dpc_init_native(KDPC *dpc, void (*routine)(KDPC *, void *, void *, void *), void *context, int cpu);
void dpc_set_importance(KDPC *dpc, KDPC_IMPORTANCE importance);
/* False, and nothing changes, if it was already queued. */
bool dpc_insert(KDPC *dpc, void *arg1, void *arg2);
/* The same, short, for one whose target is this processor and whose importance is not low. */
bool dpc_insert_here(KDPC *dpc, void *arg1, void *arg2);
/* As dpc_insert, for one that repeats itself: the drain that is going on leaves it alone, so that the processor's
 * threads get on in between. It runs when the processor idles, with the next DPC, or at the next tick. */
bool dpc_insert_later(KDPC *dpc, void *arg1, void *arg2);
/* False if it was not queued (it may be running). */
bool dpc_remove(KDPC *dpc);
/* A queued DPC inside [block, block + len), or NULL: for the pool to name when the block is freed. */
const KDPC *dpc_inside(const void *block, size_t len);
/* Waits until every DPC that was queued before the call, on any processor, has run. PASSIVE_LEVEL. */
void dpc_flush(void);
