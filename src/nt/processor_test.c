/* SPDX-License-Identifier: MIT */
/* processor_test.c - what one processor does to another's queues: DPCs inserted, removed and merged
 * from outside, and vectors raised from outside, while their processor works on them. */
#include "nt/dpc.h"
#include "nt/interrupt.h"
#include "nt/irql.h"
#include "nt/nt_test.h"
#include "nt/processor.h"
#include "nt/thread.h"
#include <pthread.h>

#define UNTIL(cond)                                                                                \
    do {                                                                                           \
        while (!(cond)) {                                                                          \
            window(cpu_current());                                                                 \
            host->relax(cpu_current());                                                            \
        }                                                                                          \
    } while (0)

static _Atomic unsigned runs, phase;
static KDPC dpc;

static VOID NTAPI count_run(PKDPC d, PVOID context, PVOID a, PVOID b)
{
    runs++;
}

/* On processor 1: at DISPATCH_LEVEL, so that nothing queued to it runs, until phase 2. */
static void holds_its_queue(void *own)
{
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    if (own)
        CHECK(dpc_insert(&dpc, NULL, NULL));
    phase = 1;
    UNTIL(phase == 2);
    irql_lower(old);
}

static void remove_from_processor_1(bool inserted_by_it)
{
    dpc_init(&dpc, count_run, NULL, 1);
    struct thread *t = thread_create(1, 8, holds_its_queue, inserted_by_it ? &dpc : NULL, "holder");
    UNTIL(phase == 1);
    if (!inserted_by_it)
        CHECK(dpc_insert(&dpc, NULL, NULL));
    CHECK(!dpc_insert(&dpc, NULL, NULL));
    CHECK(dpc_inside(&dpc, sizeof dpc) == &dpc);
    CHECK(dpc_remove(&dpc));
    CHECK(!dpc_remove(&dpc));
    CHECK(dpc_inside(&dpc, sizeof dpc) == NULL);
    phase = 2;
    thread_join(t);
    dpc_flush();
    CHECK_EQ(runs, 0);
    CHECK(dpc_insert(&dpc, NULL, NULL));
    dpc_flush();
    CHECK_EQ(runs, 1);
}

TEST_NT(a_dpc_sent_to_another_processor_can_be_removed_before_it_arrives, "")
{
    remove_from_processor_1(false);
}

TEST_NT(a_dpc_on_another_processors_own_queue_can_be_removed, "")
{
    remove_from_processor_1(true);
}

/* --- both processors at one DPC --- */

#define ROUNDS (host_deterministic() ? 2000u : 20000u)
static _Atomic unsigned inserted, removed;

static void inserts(void *unused)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (dpc_insert(&dpc, NULL, NULL))
            inserted++;
        window(cpu_current());
    }
}

TEST_NT(each_successful_insertion_is_one_run_or_one_removal, "")
{
    dpc_init(&dpc, count_run, NULL, 1);
    struct thread *t = thread_create(1, 8, inserts, NULL, "inserter");
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (dpc_insert(&dpc, NULL, NULL))
            inserted++;
        if (i % 3 && dpc_remove(&dpc))
            removed++;
        window(cpu_current());
    }
    thread_join(t);
    dpc_flush();
    CHECK_EQ(runs + removed, inserted);
}

/* --- what an insertion that failed relies on: the DPC that was queued runs later --- */

static _Atomic unsigned written, seen;

static VOID NTAPI look(PKDPC d, PVOID context, PVOID a, PVOID b)
{
    /* Without locked instructions or fences, as a driver that polls a ring in memory. */
    seen = atomic_load_explicit(&written, memory_order_relaxed);
}

TEST_NT(a_dpc_sees_what_was_written_before_each_insertion, "")
{
    dpc_init(&dpc, look, NULL, 1);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        atomic_store_explicit(&written, i, memory_order_relaxed);
        dpc_insert(&dpc, NULL, NULL);
        window(cpu_current());
        if (i % 64 == 0)
            UNTIL(seen == i);
    }
    UNTIL(seen == ROUNDS);
}

/* --- vectors --- */

static BOOLEAN look_too(void *context)
{
    seen = atomic_load_explicit(&written, memory_order_relaxed);
    return TRUE;
}

static struct vector *connected(unsigned cpu)
{
    static struct interrupt *interrupt;
    struct interrupt_config config = {.vector = vector_alloc(cpu, 5, Latched), .service = look_too};
    CHECK(config.vector && interrupt_connect(&config, &interrupt) == 0);
    return config.vector;
}

TEST_NT(a_service_routine_sees_what_was_written_before_each_raise, "R-047")
{
    struct vector *v = connected(1);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        atomic_store_explicit(&written, i, memory_order_relaxed);
        vector_raise(v);
        window(cpu_current());
        if (i % 64 == 0)
            UNTIL(seen == i);
    }
    UNTIL(seen == ROUNDS);
}

/* The same vector from its own processor and from the other: two ways in, one call for what is on
 * the way. */
static void raises(void *v)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        vector_raise(v);
        window(cpu_current());
    }
}

static _Atomic unsigned in_service, served;
static BOOLEAN serve_alone(void *context)
{
    CHECK_EQ(in_service++, 0);
    served++;
    in_service--;
    return TRUE;
}

TEST_NT(a_vector_raised_here_and_there_is_served_once_at_a_time, "R-047")
{
    static struct interrupt *interrupt;
    struct interrupt_config config = {.vector = vector_alloc(1, 5, Latched),
                                      .service = serve_alone};
    CHECK(interrupt_connect(&config, &interrupt) == 0);
    struct thread *t = thread_create(1, 8, raises, config.vector, "raiser");
    raises(config.vector);
    thread_join(t);
    dpc_flush();
    CHECK(served >= ROUNDS && served <= 2 * ROUNDS);
    interrupt_disconnect(interrupt);
    vector_free(config.vector);
}

/* --- more at once than the word that carries them has places for --- */

#define MANY 10
static _Atomic unsigned calls[MANY];
static struct vector *many[MANY];

static BOOLEAN count_call(void *of)
{
    ++*(_Atomic unsigned *)of;
    return TRUE;
}

/* On processor 1: takes no interrupt until phase 2. */
static void holds_interrupts(void *unused)
{
    KIRQL old = irql_raise(HIGH_LEVEL);
    phase = 1;
    UNTIL(phase == 2);
    irql_lower(old);
}

TEST_NT(vectors_raised_together_are_each_served_once, "R-047")
{
    struct interrupt *interrupt[MANY];
    for (unsigned i = 0; i < MANY; i++) {
        many[i] = vector_alloc(1, (KIRQL)(4 + i % 3), Latched);
        struct interrupt_config config = {
            .vector = many[i], .service = count_call, .context = &calls[i]};
        CHECK(many[i] && interrupt_connect(&config, &interrupt[i]) == 0);
    }
    struct thread *t = thread_create(1, 8, holds_interrupts, NULL, "holder");
    UNTIL(phase == 1);
    for (unsigned times = 0; times < 3; times++)
        for (unsigned i = 0; i < MANY; i++)
            vector_raise(many[i]);
    phase = 2;
    thread_join(t);
    dpc_flush();
    for (unsigned i = 0; i < MANY; i++)
        CHECK_EQ(calls[i], 1);
    for (unsigned i = 0; i < MANY; i++) {
        interrupt_disconnect(interrupt[i]);
        vector_free(many[i]);
    }
}

TEST_NT(a_vector_that_is_freed_while_it_is_on_its_way_is_not_served, "")
{
    for (unsigned i = 0; i < MANY; i++)
        CHECK((many[i] = vector_alloc(1, 5, Latched)) != NULL);
    struct thread *t = thread_create(1, 8, holds_interrupts, NULL, "holder");
    UNTIL(phase == 1);
    for (unsigned i = 0; i < MANY; i++)
        vector_raise(many[i]);
    for (unsigned i = 0; i < MANY; i++)
        vector_free(many[i]);
    phase = 2;
    thread_join(t);
    dpc_flush();
}

/* --- from a thread that is no processor, as a device's --- */

#define RAISES 50000u
static struct vector *outside_vector;

static void *raise_from_outside(void *unused)
{
    while (phase != 1)
        __builtin_ia32_pause();
    for (unsigned i = 1; i <= RAISES; i++) {
        atomic_store_explicit(&written, i, memory_order_relaxed);
        vector_raise(outside_vector);
    }
    return NULL;
}

static void wait_for_outside(void *unused)
{
    outside_vector = connected(1);
    phase = 1;
    UNTIL(seen == RAISES);
}

TEST(a_raise_from_a_host_thread_is_never_lost, "R-047")
{
    pthread_t raiser;
    struct machine_config config = {.cpus = 2};
    CHECK(machine_init(&config) == 0);
    CHECK(pthread_create(&raiser, NULL, raise_from_outside, NULL) == 0);
    CHECK_EQ(machine_run(wait_for_outside, NULL), MACHINE_FINISHED);
    pthread_join(raiser, NULL);
}
