/* SPDX-License-Identifier: MIT */
/* opaque.h - memory for what a driver knows by a handle only: adapters, interrupts, timers, pools.
 *
 * It lies away from everything that drivers write to, and at the same addresses in every run with
 * the same seed, so that a handle in a report, or in a driver's hash table, is the same too. What
 * is freed is zeroed, so that a stale handle is none. Any thread. */
#pragma once
#include <stddef.h>

/* Zeroed, 16-byte aligned. NULL: no memory. */
void *opaque_alloc(size_t bytes);
/* NULL is ignored. */
void opaque_free(void *p);
