/* SPDX-License-Identifier: MIT */
/* workitem.h - work that waits for PASSIVE_LEVEL, on the host's side. */
#pragma once
#include "nt/wdk.h"

/* Queues to this processor's worker thread; WorkerRoutine is a driver's or NTAPI host function. <= DISPATCH_LEVEL. */
void workitem_queue(WORK_QUEUE_ITEM *item);
/* Waits until every queued item has run. PASSIVE_LEVEL. */
void workitem_drain(void);
