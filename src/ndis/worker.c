/* SPDX-License-Identifier: MIT */
/* worker.c - work that NDIS does later, at PASSIVE_LEVEL. */
#include "ndis/worker.h"
#include "ndis/ndis_internal.h"
#include <stdlib.h>

/* The priority of the critical work queue's threads (wdm ExQueueWorkItem: below the real-time
 * range). */
#define PRIORITY 13
/* How often ndis_worker_drain looks again. */
#define DRAIN_NS 1000000

static _Atomic unsigned running;

struct work {
    void (*fn)(void *arg);
    void *arg;
};

static void run(void *arg)
{
    struct work work = *(struct work *)arg;
    free(arg);
    work.fn(work.arg);
    running--;
}

bool ndis_worker_start(void (*fn)(void *arg), void *arg, const char *name)
{
    struct work *work = malloc(sizeof(*work));
    if (!work)
        return false;
    *work = (struct work){fn, arg};
    running++;
    struct thread *thread =
        thread_create(KeGetCurrentProcessorNumberEx(NULL), PRIORITY, run, work, name);
    if (!thread) {
        running--;
        free(work);
        return false;
    }
    thread_detach(thread);
    return true;
}

bool ndis_worker_drain(void)
{
    uint64_t limit = host_now() + ndis_timeouts.operation * 1000000ull;
    while (running && host_now() < limit)
        thread_sleep(DRAIN_NS);
    return !running;
}
