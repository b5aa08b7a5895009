/* SPDX-License-Identifier: MIT */
/* spinlock.h - spin locks of every flavour.
 *
 * A held KSPIN_LOCK contains the number of the processor that holds it, plus one: a processor that waits for a
 * lock of its own would wait for ever, and is told so instead (bug check 0xC4/0x1000, R-441). Waiting is
 * an interrupt window at the waiter's IRQL, as on a real processor. */
#pragma once
#include "nt/wdk.h"

/* IRQL is the caller's business. Processor thread only. */
void spin_acquire(KSPIN_LOCK *lock);
void spin_release(KSPIN_LOCK *lock);
/* Acquire if free. */
BOOLEAN spin_try(KSPIN_LOCK *lock);
