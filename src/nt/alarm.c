/* SPDX-License-Identifier: MIT */
/* alarm.c - a binary heap of moments; the two schedulers run it. */
#include "nt/alarm.h"
#include "nt/processor.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define ALARMS 16384 /* far above what processors, devices and wires set together */

static struct alarm *heap[ALARMS + 1]; /* 1-based */
static unsigned heap_size;
static uint64_t next_order;
static struct host_lock heap_lock;

void host_lock(struct host_lock *lock)
{
    for (unsigned spins = 0; __atomic_exchange_n(&lock->word, 1, __ATOMIC_ACQUIRE); spins++)
        while (__atomic_load_n(&lock->word, __ATOMIC_RELAXED)) {
            __builtin_ia32_pause();
            if (++spins % 64 == 0)
                sched_yield(); /* the holder may have lost its core */
        }
}

void host_unlock(struct host_lock *lock)
{
    __atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
}

static bool before(const struct alarm *a, const struct alarm *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void place(struct alarm *a, unsigned i)
{
    heap[i] = a;
    a->slot = i;
}

static void sift(unsigned i)
{
    struct alarm *a = heap[i];
    while (i > 1 && before(a, heap[i / 2])) {
        place(heap[i / 2], i);
        i /= 2;
    }
    for (unsigned child; (child = 2 * i) <= heap_size; i = child) {
        if (child < heap_size && before(heap[child + 1], heap[child]))
            child++;
        if (!before(heap[child], a))
            break;
        place(heap[child], i);
    }
    place(a, i);
}

static void remove_at(unsigned i)
{
    heap[i]->slot = 0;
    struct alarm *last = heap[heap_size--];
    if (i <= heap_size) {
        place(last, i);
        sift(i);
    }
}

void alarm_set(struct alarm *alarm, uint64_t due_ns)
{
    host_lock(&heap_lock);
    if (alarm->slot)
        remove_at(alarm->slot);
    if (heap_size == ALARMS) {
        fprintf(stderr, "dirql: internal error: more than %d alarms\n", ALARMS);
        abort();
    }
    alarm->due = due_ns;
    alarm->order = next_order++;
    place(alarm, ++heap_size);
    sift(heap_size);
    bool first = heap[1] == alarm;
    host_unlock(&heap_lock);
    if (first && host)
        host->alarms_changed();
}

bool alarm_cancel(struct alarm *alarm)
{
    host_lock(&heap_lock);
    bool was_set = alarm->slot != 0;
    if (was_set)
        remove_at(alarm->slot);
    host_unlock(&heap_lock);
    return was_set;
}

uint64_t alarm_next_due(void)
{
    host_lock(&heap_lock);
    uint64_t due = heap_size ? heap[1]->due : UINT64_MAX;
    host_unlock(&heap_lock);
    return due;
}

uint64_t alarm_run_due(uint64_t now)
{
    for (;;) {
        host_lock(&heap_lock);
        if (!heap_size || heap[1]->due > now) {
            uint64_t due = heap_size ? heap[1]->due : UINT64_MAX;
            host_unlock(&heap_lock);
            return due;
        }
        struct alarm *alarm = heap[1];
        remove_at(1);
        host_unlock(&heap_lock);
        alarm->fire(alarm);
    }
}

uint64_t host_now(void)
{
    return host ? host->now() : 0;
}

bool host_deterministic(void)
{
    return host == &host_seed;
}
