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

/* The same as spin_acquire() and spin_release() for code that knows the processor's number; every interrupt does
 * both. */
static inline void spin_acquire_as(KSPIN_LOCK *lock, unsigned processor)
{
    KSPIN_LOCK free_word = 0;
    if (__builtin_expect(!__atomic_compare_exchange_n(lock, &free_word, (KSPIN_LOCK)processor + 1, 0,
                                                      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED),
                         0))
        spin_acquire(lock);
}

static inline void spin_release_as(KSPIN_LOCK *lock, unsigned processor)
{
    if (__builtin_expect(__atomic_load_n(lock, __ATOMIC_RELAXED) == (KSPIN_LOCK)processor + 1, 1))
        __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
    else
        spin_release(lock); /* which says what is wrong */
}
