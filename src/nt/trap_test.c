/* SPDX-License-Identifier: MIT */
/* Interrupts between two instructions of a driver, which is here a few bytes of machine code. */
#include "nt/callstack.h"
#include "nt/alarm.h"
#include "nt/dpc.h"
#include "nt/interrupt.h"
#include "nt/irql.h"
#include "nt/nt_test.h"
#include "nt/processor.h"
#include "nt/spinlock.h"
#include "nt/thread.h"

/* uint64_t spin(volatile uint32_t *flag, uint64_t canary): until *flag, without a call; keeps its registers' and flags'
 * values in view: returns canary * 3 computed around the loop. */
static const uint8_t spin_code[] = {
    0x48, 0x8D, 0x04, 0x52, /* lea rax, [rdx + rdx*2] */
    0x0F, 0x57, 0xC0,       /* xorps xmm0, xmm0 */
    0x66, 0x48, 0x0F, 0x6E, 0xCA, /* movq xmm1, rdx */
    0x8B, 0x11,             /* loop: mov edx, [rcx] */
    0x85, 0xD2,             /* test edx, edx */
    0x74, 0xFA,             /* jz loop */
    0x66, 0x48, 0x0F, 0x7E, 0xCA, /* movq rdx, xmm1 */
    0x48, 0x01, 0xD0,       /* add rax, rdx */
    0xC3,                   /* ret */
};

static volatile uint32_t flag;
static unsigned calls;
static KIRQL seen_irql;
static struct vector *vector;
static KDPC dpc;

static BOOLEAN set_flag(void *ctx)
{
    calls++;
    seen_irql = irql_current();
    /* What host code does to vector registers must not be seen by the driver. */
    __asm__ volatile("pcmpeqd %%xmm1, %%xmm1\n\tpcmpeqd %%xmm0, %%xmm0" ::: "xmm0", "xmm1");
    flag = 1;
    return TRUE;
}

static void raise_vector(struct alarm *alarm)
{
    vector_raise(vector);
}
static struct alarm later = {.fire = raise_vector};

static void spin_body(void *unused)
{
    void *spin = nt_test_driver(spin_code, sizeof spin_code);
    vector = vector_alloc(0, 6, Latched);
    struct interrupt *in = NULL;
    struct interrupt_config c = {.vector = vector, .service = set_flag};
    CHECK_EQ(interrupt_connect(&c, &in), 0);
    for (unsigned i = 1; i <= 200; i++) {
        flag = 0;
        alarm_set(&later, host_now() + 20000);
        CHECK_EQ(DRIVER_CALL(spin, &flag, 1000 + i), 4 * (1000 + i));
        CHECK_EQ(calls, i);
        CHECK_EQ(seen_irql, 6);
    }
}

TEST(an_interrupt_is_taken_between_two_instructions_of_a_driver, "R-015 R-076")
{
    struct machine_config config = {.cpus = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(spin_body, NULL), MACHINE_FINISHED);
}

static VOID NTAPI dpc_sets_flag(PKDPC d, PVOID ctx, PVOID a, PVOID b)
{
    seen_irql = irql_current();
    flag = 1;
}

static void insert_dpc(struct alarm *alarm)
{
    dpc_insert(&dpc, NULL, NULL);
}

static void dpc_body(void *unused)
{
    void *spin = nt_test_driver(spin_code, sizeof spin_code);
    dpc_init(&dpc, dpc_sets_flag, NULL, 0);
    dpc_set_importance(&dpc, HighImportance);
    later.fire = insert_dpc;
    alarm_set(&later, host_now() + 20000);
    CHECK_EQ(DRIVER_CALL(spin, &flag, 7), 28);
    CHECK_EQ(seen_irql, DISPATCH_LEVEL);
}

TEST(a_dpc_preempts_a_driver_that_loops_at_passive_level, "R-325")
{
    struct machine_config config = {.cpus = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(dpc_body, NULL), MACHINE_FINISHED);
}

static void other_thread(void *arg)
{
    flag = 1;
}

static void preempt_body(void *unused)
{
    void *spin = nt_test_driver(spin_code, sizeof spin_code);
    thread_detach(thread_create(0, 8, other_thread, NULL, "equal"));
    CHECK_EQ(DRIVER_CALL(spin, &flag, 7), 28);
}

TEST(threads_of_one_priority_share_a_processor_by_quantum, "")
{
    struct machine_config config = {.cpus = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(preempt_body, NULL), MACHINE_FINISHED);
}

static void hang_body(void *unused)
{
    void *spin = nt_test_driver(spin_code, sizeof spin_code);
    irql_raise(DISPATCH_LEVEL);
    DRIVER_CALL(spin, &flag, 7);
}

TEST(a_driver_that_loops_at_raised_irql_is_ended_by_the_watchdog, "R-327")
{
    struct machine_config config = {.cpus = 2, .watchdog_seconds = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(hang_body, NULL), MACHINE_BUGCHECK);
    CHECK_EQ(report_bugcheck()->code, 0x133);
    CHECK_EQ(report_bugcheck()->irql, DISPATCH_LEVEL);
    CHECK_HAS(report_bugcheck()->stack, "0x");
}

TEST(the_watchdog_ends_a_deterministic_run_too, "R-327")
{
    struct machine_config config = {.cpus = 2, .deterministic = true, .watchdog_seconds = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(hang_body, NULL), MACHINE_BUGCHECK);
    CHECK_EQ(report_bugcheck()->code, 0x133);
}

static const uint8_t loop_code[] = {0xEB, 0xFE}; /* loop: jmp loop */

static void hang_in_dpc_body(void *unused)
{
    dpc_insert(&dpc, NULL, NULL);
    window(cpu_current());
}

/* Parameter 1: a single DPC, or time at DISPATCH_LEVEL as a whole. */
TEST(the_watchdog_tells_one_long_dpc_from_a_thread_at_raised_irql, "R-327")
{
    struct machine_config config = {.cpus = 1, .watchdog_seconds = 1};
    CHECK_EQ(machine_init(&config), 0);
    dpc_init(&dpc, nt_test_driver(loop_code, sizeof loop_code), NULL, 0);
    CHECK_EQ(machine_run(hang_in_dpc_body, NULL), MACHINE_BUGCHECK);
    CHECK_EQ(report_bugcheck()->code, 0x133);
    CHECK_EQ(report_bugcheck()->parameter[0], 0);
}

static KSPIN_LOCK kept;

static void wait_for_kept(void *arg)
{
    irql_raise(DISPATCH_LEVEL);
    spin_acquire(&kept);
}

static void keep_a_lock(void *unused)
{
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    spin_acquire(&kept);
    thread_detach(thread_create(1, 8, wait_for_kept, NULL, "waits"));
    irql_lower(old);
    for (;;)
        host->stall(cpu_current(), 1000);
}

TEST(the_watchdog_names_the_processor_that_is_stuck_live, "R-327")
{
    struct machine_config config = {.cpus = 2, .watchdog_seconds = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(keep_a_lock, NULL), MACHINE_BUGCHECK);
    CHECK_EQ(report_bugcheck()->processor, 1);
    CHECK_EQ(report_bugcheck()->irql, DISPATCH_LEVEL);
    CHECK_EQ(report_bugcheck()->parameter[0], 1);
}

TEST(the_watchdog_names_the_processor_that_is_stuck_seed, "R-327")
{
    struct machine_config config = {.cpus = 2, .watchdog_seconds = 1, .deterministic = true};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(keep_a_lock, NULL), MACHINE_BUGCHECK);
    CHECK_EQ(report_bugcheck()->processor, 1);
    CHECK_EQ(report_bugcheck()->irql, DISPATCH_LEVEL);
}

static struct host_lock host_side;

static void loop_in_host_code(void *unused)
{
    irql_raise(DISPATCH_LEVEL);
    for (;;) {
        host_lock(&host_side);
        for (unsigned i = 0; i < 1000000; i++)
            __builtin_ia32_pause();
        host_unlock(&host_side);
        window(cpu_current());
    }
}

TEST(the_watchdog_leaves_host_code_its_locks, "")
{
    struct machine_config config = {.cpus = 1, .watchdog_seconds = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(loop_in_host_code, NULL), MACHINE_BUGCHECK);
    host_lock(&host_side); /* as the report does with its own */
}
