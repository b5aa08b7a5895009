/* SPDX-License-Identifier: MIT */
#include "nt/interrupt.h"
#include "nt/alarm.h"
#include "nt/dpc.h"
#include "nt/irql.h"
#include "nt/nt_test.h"
#include "nt/processor.h"
#include "nt/thread.h"
#include <errno.h>

static struct {
    _Atomic unsigned calls, dpcs, claimed;
    KIRQL irql;
    unsigned cpu;
    struct vector *vector;
    KEVENT done;
    KDPC dpc;
} s;

static BOOLEAN count_isr(void *ctx)
{
    s.calls++;
    s.irql = irql_current();
    s.cpu = cpu_current()->number;
    return TRUE;
}

static struct interrupt *connect(struct vector *v, BOOLEAN (*fn)(void *), void *ctx, bool shared)
{
    struct interrupt *in = NULL;
    struct interrupt_config c = {.vector = v, .service = fn, .context = ctx, .shared = shared};
    CHECK_EQ(interrupt_connect(&c, &in), 0);
    return in;
}

TEST_NT(an_interrupt_is_taken_at_its_irql_on_its_processor, "R-053 R-108")
{
    struct vector *v = vector_alloc(1, 7, Latched);
    struct interrupt *in = connect(v, count_isr, NULL, false);
    vector_raise(v);
    while (!s.calls)
        thread_sleep(1000);
    CHECK_EQ(s.irql, 7);
    CHECK_EQ(s.cpu, 1);
    interrupt_disconnect(in);
    vector_raise(v);
    thread_sleep(1000000);
    CHECK_EQ(s.calls, 1);
}

TEST_NT(an_interrupt_waits_until_irql_falls_below_its_own, "R-076 R-325")
{
    struct vector *low = vector_alloc(0, 5, Latched), *high = vector_alloc(0, 9, Latched);
    connect(low, count_isr, NULL, false);
    connect(high, count_isr, NULL, false);
    KIRQL old = irql_raise(5);
    vector_raise(low);
    window(cpu_current());
    CHECK_EQ(s.calls, 0);
    vector_raise(high);
    window(cpu_current());
    CHECK_EQ(s.calls, 1);
    CHECK_EQ(s.irql, 9);
    irql_lower(old);
    CHECK_EQ(s.calls, 2);
    CHECK_EQ(s.irql, 5);
}

TEST_NT(messages_raised_twice_before_service_are_one_call, "R-047 R-048")
{
    struct vector *v = vector_alloc(0, 5, Latched);
    connect(v, count_isr, NULL, false);
    KIRQL old = irql_raise(HIGH_LEVEL);
    vector_raise(v);
    vector_raise(v);
    irql_lower(old);
    CHECK_EQ(s.calls, 1);
}

static BOOLEAN drops_after_three(void *ctx)
{
    if (++s.calls == 3)
        vector_set_level(s.vector, false);
    return TRUE;
}

TEST_NT(a_level_triggered_line_is_served_until_it_drops, "R-263 R-366")
{
    s.vector = vector_alloc(0, 5, LevelSensitive);
    connect(s.vector, drops_after_three, NULL, true);
    vector_set_level(s.vector, true);
    window(cpu_current());
    CHECK_EQ(s.calls, 3);
}

static BOOLEAN not_mine(void *ctx)
{
    ++*(unsigned *)ctx;
    return FALSE;
}

static BOOLEAN mine_and_drop(void *ctx)
{
    ++*(unsigned *)ctx;
    vector_set_level(s.vector, false);
    return TRUE;
}

TEST_NT(an_unclaimed_shared_interrupt_goes_to_the_next_routine, "R-021 R-055 R-373")
{
    unsigned a = 0, b = 0, c = 0;
    s.vector = vector_alloc(0, 5, LevelSensitive);
    connect(s.vector, not_mine, &a, true);
    connect(s.vector, mine_and_drop, &b, true);
    connect(s.vector, not_mine, &c, true);
    vector_set_level(s.vector, true);
    window(cpu_current());
    CHECK_EQ(a, 1);
    CHECK_EQ(b, 1);
    CHECK_EQ(c, 0);
}

TEST_NT(a_line_that_nobody_claims_is_reported_as_a_storm, "R-263")
{
    unsigned a = 0;
    s.vector = vector_alloc(0, 5, LevelSensitive);
    connect(s.vector, not_mine, &a, true);
    vector_set_level(s.vector, true);
    window(cpu_current());
    CHECK(a > 100);
    CHECK_EQ(nt_test_violations("R-263"), 1);
}

static BOOLEAN claims_only(void *ctx)
{
    ++*(unsigned *)ctx;
    return TRUE;
}

TEST_NT(a_line_that_its_owner_claims_and_does_not_dismiss_is_reported, "R-067 R-365 R-366")
{
    unsigned a = 0;
    s.vector = vector_alloc(0, 5, LevelSensitive);
    struct interrupt *in = NULL;
    struct interrupt_config c = {.vector = s.vector, .service = claims_only, .context = &a,
                                 .routine = (void *)claims_only};
    CHECK_EQ(interrupt_connect(&c, &in), 0);
    vector_set_level(s.vector, true);
    window(cpu_current());
    CHECK(a > 100);
    CHECK_EQ(nt_test_violations("R-067"), 1);
    CHECK_EQ(nt_test_violations("R-263"), 0);
    /* It is blamed, not who was interrupted. */
    const struct violation_record *v;
    CHECK_EQ(report_violations(&v), 1);
    char expected[32];
    snprintf(expected, sizeof expected, "0x%llx", (unsigned long long)(uintptr_t)claims_only);
    CHECK_STR(v[0].stack, expected);
    /* When the line drops, it is as good as new. */
    vector_set_level(s.vector, false);
    unsigned before = a;
    vector_set_level(s.vector, true);
    window(cpu_current());
    CHECK(a > before + 100);
    vector_set_level(s.vector, false);
}

TEST_NT(an_exclusive_vector_cannot_be_shared, "R-352")
{
    struct vector *v = vector_alloc(0, 5, LevelSensitive);
    connect(v, count_isr, NULL, false);
    struct interrupt *second = NULL;
    struct interrupt_config c = {.vector = v, .service = count_isr, .shared = true};
    CHECK_EQ(interrupt_connect(&c, &second), -EBUSY);
}

static BOOLEAN sync_body(void *ctx)
{
    CHECK_EQ(irql_current(), 6);
    vector_raise(s.vector);
    window(cpu_current());
    CHECK_EQ(s.calls, 0);
    return (BOOLEAN)(uintptr_t)ctx;
}

TEST_NT(synchronize_excludes_the_service_routine_and_returns_the_callbacks_value,
        "R-144 R-145 R-146 R-147 R-156")
{
    s.vector = vector_alloc(0, 6, Latched);
    struct interrupt *in = connect(s.vector, count_isr, NULL, false);
    CHECK_EQ(interrupt_synchronize(in, sync_body, (void *)1), 1);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    CHECK_EQ(s.calls, 1);
    CHECK_EQ(interrupt_synchronize(in, sync_body, NULL) + 0 * (s.calls = 0), 0);
}

static VOID NTAPI count_dpc(PKDPC dpc, PVOID ctx, PVOID a, PVOID b)
{
    CHECK_EQ(irql_current(), DISPATCH_LEVEL);
    s.cpu = cpu_current()->number;
    s.dpcs++;
}

TEST_NT(a_dpc_queued_twice_runs_once_at_dispatch_level, "R-083 R-166 R-325")
{
    dpc_init(&s.dpc, count_dpc, NULL, -1);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    CHECK(dpc_insert(&s.dpc, NULL, NULL));
    CHECK(!dpc_insert(&s.dpc, NULL, NULL));
    CHECK_EQ(s.dpcs, 0);
    irql_lower(old);
    CHECK_EQ(s.dpcs, 1);
    CHECK(dpc_insert(&s.dpc, NULL, NULL));
    window(cpu_current());
    CHECK_EQ(s.dpcs, 2);
}

TEST_NT(a_removed_dpc_does_not_run, "R-322")
{
    dpc_init(&s.dpc, count_dpc, NULL, -1);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    dpc_insert(&s.dpc, NULL, NULL);
    CHECK(dpc_remove(&s.dpc));
    CHECK(!dpc_remove(&s.dpc));
    irql_lower(old);
    CHECK_EQ(s.dpcs, 0);
}

TEST_NT(a_targeted_dpc_runs_on_its_processor, "R-322 R-323")
{
    dpc_init(&s.dpc, count_dpc, NULL, 1);
    dpc_insert(&s.dpc, NULL, NULL);
    dpc_flush();
    CHECK_EQ(s.dpcs, 1);
    CHECK_EQ(s.cpu, 1);
    dpc_init(&s.dpc, count_dpc, NULL, -1);
    dpc_insert(&s.dpc, NULL, NULL);
    window(cpu_current());
    CHECK_EQ(s.cpu, 0);
}

static unsigned order[8], order_n;

static VOID NTAPI note_order(PKDPC dpc, PVOID ctx, PVOID a, PVOID b)
{
    order[order_n++] = (unsigned)(uintptr_t)ctx;
}

TEST_NT(importance_decides_head_or_tail_of_the_queue, "R-324")
{
    KDPC d[3];
    KDPC_IMPORTANCE importance[3] = {MediumImportance, LowImportance, HighImportance};
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    for (int i = 0; i < 3; i++) {
        dpc_init(&d[i], note_order, (void *)(uintptr_t)i, -1);
        dpc_set_importance(&d[i], importance[i]);
        dpc_insert(&d[i], NULL, NULL);
    }
    irql_lower(old);
    CHECK_EQ(order_n, 3);
    CHECK_EQ(order[0], 2);
    CHECK_EQ(order[1], 0);
    CHECK_EQ(order[2], 1);
}

TEST_NT(a_low_importance_dpc_waits_for_the_tick_or_an_idle_processor, "R-324")
{
    dpc_init(&s.dpc, count_dpc, NULL, -1);
    dpc_set_importance(&s.dpc, LowImportance);
    dpc_insert(&s.dpc, NULL, NULL);
    window(cpu_current());
    CHECK_EQ(s.dpcs, 0);
    thread_sleep(1000000); /* the processor idles */
    CHECK_EQ(s.dpcs, 1);
}

TEST_NT(flush_waits_for_the_dpcs_queued_before, "R-326")
{
    dpc_init(&s.dpc, count_dpc, NULL, 1);
    dpc_set_importance(&s.dpc, LowImportance);
    dpc_insert(&s.dpc, NULL, NULL);
    dpc_flush();
    CHECK_EQ(s.dpcs, 1);
}

TEST_NT(a_line_asserted_with_no_driver_left_waits_for_the_next_one, "R-263")
{
    unsigned a = 0;
    s.vector = vector_alloc(0, 5, LevelSensitive);
    interrupt_disconnect(connect(s.vector, not_mine, &a, true));
    vector_set_level(s.vector, true);
    window(cpu_current());
    CHECK_EQ(nt_test_violations("R-263"), 0);
    connect(s.vector, mine_and_drop, &a, true);
    window(cpu_current());
    CHECK_EQ(a, 1);
}

TEST_NT(a_vector_freed_while_it_is_pending_is_not_served, "")
{
    for (int i = 0; i < 20; i++) {
        struct vector *v = vector_alloc(0, 5, Latched);
        interrupt_disconnect(connect(v, count_isr, NULL, false));
        KIRQL old = irql_raise(HIGH_LEVEL);
        vector_raise(v);
        vector_free(v);
        irql_lower(old);
    }
    CHECK_EQ(s.calls, 0);
}

static struct vector *inner;
static uint64_t raised_before, raised_after;

static BOOLEAN is_interrupted(void *ctx)
{
    raised_before = interrupt_raised_at();
    vector_raise(inner);
    window(cpu_current());
    raised_after = interrupt_raised_at();
    return TRUE;
}

TEST_NT(an_interrupt_within_an_interrupt_leaves_the_outer_ones_time, "")
{
    struct vector *outer = vector_alloc(0, 5, Latched);
    inner = vector_alloc(0, 8, Latched);
    interrupt_timestamps = true;
    connect(outer, is_interrupted, NULL, false);
    connect(inner, count_isr, NULL, false);
    host->stall(cpu_current(), 1000); /* boot is time 0 */
    vector_raise(outer);
    window(cpu_current());
    CHECK_EQ(s.calls, 1);
    CHECK(raised_before != 0);
    CHECK_EQ(raised_after, raised_before);
    CHECK_EQ(interrupt_raised_at(), 0);
}

static _Atomic bool first_runs, raised_again;

static BOOLEAN first_of_two(void *ctx)
{
    first_runs = true;
    while (!raised_again)
        host->relax(cpu_current());
    return TRUE;
}

static void raise_again(void *arg)
{
    while (!first_runs)
        host->relax(cpu_current());
    vector_raise(s.vector);
    raised_again = true;
}

TEST_NT(a_message_repeated_while_an_equal_one_is_served_is_still_one_call, "R-047")
{
    struct vector *first = vector_alloc(0, 5, Latched);
    s.vector = vector_alloc(0, 5, Latched);
    connect(first, first_of_two, NULL, false);
    connect(s.vector, count_isr, NULL, false);
    struct thread *other = thread_create(1, 8, raise_again, NULL, "other");
    KIRQL old = irql_raise(HIGH_LEVEL);
    vector_raise(first);
    vector_raise(s.vector);
    irql_lower(old);
    CHECK_EQ(s.calls, 1);
    thread_join(other);
}
