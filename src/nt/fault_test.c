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
