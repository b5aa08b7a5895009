/* SPDX-License-Identifier: MIT */
/* worker.h - work that NDIS does later, at PASSIVE_LEVEL.
 *
 * Each piece of work has a system thread of its own, at the priority of the critical work queue, on
 * the processor that asked for it. So a piece that waits for another cannot keep it from running.
 */
#pragma once
#include <stdbool.h>

/* Any processor, IRQL <= DISPATCH_LEVEL. False if memory ran out. */
bool ndis_worker_start(void (*fn)(void *arg), void *arg, const char *name);

/* Waits until no work is left, queued or running. A driver's code must stay until then, as the I/O
 * manager keeps a driver loaded while a work item of its device is under way (wdm IoQueueWorkItem).
 * False if some still runs after ndis_timeouts.operation. PASSIVE_LEVEL, not from such work itself.
 */
bool ndis_worker_drain(void);
