/* SPDX-License-Identifier: MIT */
/* parallel.h - the same work on many items, by as many threads as there are processors. */
#pragma once
#include <stddef.h>

/* Calls work(context, item, worker) for all items from 0; the workers are numbered from 0, and this
 * thread is one of them. Returns when all are done. `work` must not touch the arena (text.h). */
void parallel(size_t items, void (*work)(void *context, size_t item, unsigned worker),
              void *context);

/* How many workers there are at most. */
unsigned parallel_workers(void);
