/* SPDX-License-Identifier: MIT */
#include "port/parallel.h"
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define WORKERS 16 /* at most; libclang needs some 20 MB for each file at a time */

#define STACK_SIZE ((size_t)8 << 20) /* libclang's own threads have as much */

struct pool {
    size_t items;
    void (*work)(void *, size_t, unsigned);
    void *context;
    atomic_size_t next;
};

struct worker {
    struct pool *pool;
    unsigned number;
    pthread_t thread;
};

static void *work(void *argument)
{
    struct worker *w = argument;
    size_t i;
    while ((i = atomic_fetch_add(&w->pool->next, 1)) < w->pool->items)
        w->pool->work(w->pool->context, i, w->number);
    return NULL;
}

unsigned parallel_workers(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > WORKERS ? WORKERS : (unsigned)n;
}

void parallel(size_t items, void (*each)(void *, size_t, unsigned), void *context)
{
    struct pool pool = {items, each, context, 0};
    struct worker workers[WORKERS] = {{&pool, 0, 0}};
    unsigned count = parallel_workers(), started = 1;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    while (started < count && started < items) {
        workers[started] = (struct worker){&pool, started, 0};
        if (pthread_create(&workers[started].thread, &attributes, work, &workers[started]))
            break; /* the others do it */
        started++;
    }
    pthread_attr_destroy(&attributes);
    work(&workers[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(workers[i].thread, NULL);
}
