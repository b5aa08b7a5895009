/* SPDX-License-Identifier: MIT */
/* bare.h - the peers: the least that does the same work without a kernel around it. */
#pragma once
#include <stdatomic.h>
#include <stdint.h>

/* What an interrupt and its DPC cannot do without, if other processors are to exist: a spin lock
 * around an indirect call (the service routine), which pushes onto a queue that others may push to
 * (one compare and exchange), a pop that empties it (one exchange), and an indirect call for what
 * was popped. */
struct bare_work {
    struct bare_work *next;
    void (*run)(struct bare_work *work);
    uint64_t runs;
};
struct bare {
    _Atomic int lock;
    _Atomic(struct bare_work *) queue;
    void (*service)(struct bare *bare);
    uint64_t services;
    struct bare_work work;
};
void bare_init(struct bare *bare);
void bare_interrupt(struct bare *bare);

/* An uncontended spin lock pair: an exchange and a store. */
void bare_lock_pair(_Atomic int *lock);
