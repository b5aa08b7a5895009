/* SPDX-License-Identifier: MIT */
/* A driver's faults become reports of what it did, on whichever stack it ran. */
#include "nt/alarm.h"
#include "nt/dpc.h"
#include "nt/irql.h"
#include "nt/nt_test.h"
#include "nt/thread.h"
#include "nt/wdk.h"

/* VOID routine(PKDPC, PVOID pointer, ...): reads where `pointer` points. */
static const uint8_t read_code[] = {
    0x8B, 0x02, /* mov eax, [rdx] */
    0xC3,       /* ret */
};

/* Where nothing is. */
#define NOWHERE 0x1000u

TEST_NT_BUGCHECK(a_fault_in_a_dpc_that_interrupts_an_idle_processor_is_the_drivers_access, "", 0xD1, NOWHERE)
{
    static KDPC dpc;
    KEVENT never;
    event_init(&never, true, false);
    dpc_init(&dpc, nt_test_driver(read_code, sizeof read_code), (void *)(uintptr_t)NOWHERE, 1);
    dpc_insert(&dpc, NULL, NULL);
    thread_wait(&never, 1000000000);
}

/* VOID routine(volatile ULONG *flag): until *flag. */
static const uint8_t loop_code[] = {
    0x83, 0x39, 0x00, /* loop: cmp dword [rcx], 0 */
    0x74, 0xFB,       /* je loop */
    0xC3,             /* ret */
};
static volatile uint32_t never_set;
static void *loop;

static void looping_thread(void *arg)
{
    DRIVER_CALL(loop, &never_set);
}

static void leave_a_loop_behind(void *unused)
{
    loop = nt_test_driver(loop_code, sizeof loop_code);
    thread_detach(thread_create(1, 8, looping_thread, NULL, "loop"));
    thread_detach(thread_create(0, 8, looping_thread, NULL, "loop"));
    thread_sleep(30000000); /* both are in it */
}

TEST(a_run_ends_although_the_driver_left_threads_that_loop, "")
{
    struct machine_config config = {.cpus = 2};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(leave_a_loop_behind, NULL), MACHINE_FINISHED);
}

/* VOID routine(PKDPC, PVOID stack, ...): loses its stack, then faults, or loops. */
static const uint8_t lose_stack_code[] = {
    0x48, 0x89, 0xD4,                         /* mov rsp, rdx */
    0x8B, 0x04, 0x25, 0x00, 0x10, 0x00, 0x00, /* mov eax, [1000h] */
};
static const uint8_t lose_stack_and_loop_code[] = {
    0x48, 0x89, 0xD4, /* mov rsp, rdx */
    0xEB, 0xFE,       /* loop: jmp loop */
};

TEST_NT_BUGCHECK(a_fault_with_a_wild_stack_pointer_is_a_double_fault, "", 0x7F, 8)
{
    DRIVER_CALL(nt_test_driver(lose_stack_code, sizeof lose_stack_code), 0, 0x700000000000u);
}

static void interrupt_me(struct alarm *alarm)
{
    static KDPC dpc;
    dpc_init(&dpc, nt_test_driver(read_code, sizeof read_code), NULL, 0);
    dpc_set_importance(&dpc, HighImportance);
    dpc_insert(&dpc, NULL, NULL);
}

static void lose_stack_and_loop(void *unused)
{
    struct alarm alarm = {.fire = interrupt_me};
    alarm_set(&alarm, host_now() + 1000000);
    DRIVER_CALL(nt_test_driver(lose_stack_and_loop_code, sizeof lose_stack_and_loop_code), 0, 0x700000000000u);
}

TEST(an_interrupt_with_a_wild_stack_pointer_is_a_double_fault, "")
{
    struct machine_config config = {.cpus = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(lose_stack_and_loop, NULL), MACHINE_BUGCHECK);
    CHECK_EQ(report_bugcheck()->code, 0x7F);
}
