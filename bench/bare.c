/* SPDX-License-Identifier: MIT */
/* bare.c - the peers; apart from those who call them, so that nothing is inlined. */
#include "bench/bare.h"
#include <stddef.h>

static void acquire(_Atomic int *lock)
{
    while (__builtin_expect(atomic_exchange_explicit(lock, 1, memory_order_acquire), 0))
        __builtin_ia32_pause();
}

static void release(_Atomic int *lock)
{
    atomic_store_explicit(lock, 0, memory_order_release);
}

static void work_run(struct bare_work *work)
{
    work->runs++;
}

static void service(struct bare *bare)
{
    bare->services++;
    struct bare_work *head = atomic_load_explicit(&bare->queue, memory_order_relaxed);
    do
        bare->work.next = head;
    while (!atomic_compare_exchange_weak_explicit(&bare->queue, &head, &bare->work,
                                                  memory_order_release, memory_order_relaxed));
}

void bare_init(struct bare *bare)
{
    *bare = (struct bare){.service = service, .work.run = work_run};
}

void bare_interrupt(struct bare *bare)
{
    acquire(&bare->lock);
    bare->service(bare);
    release(&bare->lock);
    struct bare_work *work = atomic_exchange_explicit(&bare->queue, NULL, memory_order_acquire);
    while (work) {
        struct bare_work *next = work->next;
        work->run(work);
        work = next;
    }
}

void bare_lock_pair(_Atomic int *lock)
{
    acquire(lock);
    release(lock);
}
