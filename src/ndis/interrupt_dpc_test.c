/* SPDX-License-Identifier: MIT */
/* interrupt_dpc_test.c - MiniportInterruptDPC and MiniportMessageInterruptDPC, NdisMQueueDpc(Ex).
 */
#define NT_TEST_CPUS 4
#include "ndis/interrupt_test.h"

static ULONG queue(ULONG message, ULONG targets, void *context)
{
    return NdisMQueueDpc(nic.handle, message, targets, context);
}

static KAFFINITY queue_ex(ULONG message, USHORT group, KAFFINITY mask, void *context)
{
    GROUP_AFFINITY targets = {.Mask = mask, .Group = group};
    return NdisMQueueDpcEx(nic.handle, message, &targets, context);
}

static void messages(unsigned n)
{
    nic_add(20, NDIS_WISH_MSIX, n);
    nic_register(true);
}

static void line(void)
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic_register(true);
}

/* --- what the handler is given --- */

TEST_NT(a_dpc_of_the_line_calls_the_line_handler_with_the_callers_context,
        "R-010 R-083 R-084 R-168 R-169")
{
    int mine = 0;
    line();
    CHECK_EQ(queue(0, 1 << 2, &mine), 1 << 2);
    quiet();
    CHECK_EQ(nic.line_calls, 1);
    CHECK_EQ(nic.message_calls, 0);
    CHECK_EQ(nic.of[0].dpc, 1);
    CHECK_EQ(nic.of[0].dpc_irql, DISPATCH_LEVEL);
    CHECK_EQ(nic.of[0].dpc_cpus, 1 << 2);
    CHECK(nic.of[0].dpc_context == &mine);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_dpc_of_a_message_calls_the_message_handler_with_the_callers_context,
        "R-010 R-084 R-122 R-168 R-169")
{
    int mine = 0;
    messages(4);
    CHECK_EQ(queue_ex(3, 0, 1 << 1, &mine), 1 << 1);
    quiet();
    CHECK_EQ(nic.line_calls, 0);
    CHECK_EQ(nic.message_calls, 1);
    CHECK_EQ(nic.of[3].dpc, 1);
    CHECK_EQ(nic.of[3].dpc_irql, DISPATCH_LEVEL);
    CHECK_EQ(nic.of[3].dpc_cpus, 1 << 1);
    CHECK(nic.of[3].dpc_context == &mine);
    CHECK_NO_VIOLATION();
}

TEST_NT(each_processor_of_the_mask_gets_a_dpc, "R-087 R-164 R-165")
{
    messages(4);
    for (ULONG mask = 0; mask < 16; mask++) {
        nic.of[2].dpc = 0;
        nic.of[2].dpc_cpus = 0;
        CHECK_EQ(queue(2, mask, NULL), mask);
        quiet();
        CHECK_EQ(nic.of[2].dpc, __builtin_popcount(mask));
        CHECK_EQ(nic.of[2].dpc_cpus, mask);
    }
}

static void queue_for_the_rest(ULONG message, void *context,
                               NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    if (!context)
        CHECK_EQ(queue_ex(message, 0, 0xE, &nic), 0xE);
}

TEST_NT(a_dpc_may_queue_dpcs_for_other_processors, "R-087")
{
    messages(4);
    nic.dpc = queue_for_the_rest;
    nic_interrupt(0);
    CHECK_EQ(nic.of[0].dpc, 4);
    CHECK_EQ(nic.of[0].dpc_cpus, 0xF);
}

/* --- what is queued already --- */

TEST_NT(a_processor_where_the_dpc_is_queued_already_is_not_in_the_result, "R-088 R-166 R-167")
{
    int first = 0, second = 0;
    messages(4);
    KIRQL old = irql_raise(DISPATCH_LEVEL); /* so that nothing runs here */
    CHECK_EQ(queue_ex(0, 0, 1, &first), 1);
    CHECK_EQ(queue_ex(0, 0, 1, &second), 0);
    CHECK_EQ(queue(0, 1, &second), 0);
    CHECK_EQ(nic.of[0].dpc, 0);
    irql_lower(old);
    quiet();
    CHECK_EQ(nic.of[0].dpc, 1);
    CHECK(nic.of[0].dpc_context == &first);
    CHECK_EQ(queue_ex(0, 0, 1, &second), 1); /* it has run, so it may be queued again */
    quiet();
    CHECK(nic.of[0].dpc_context == &second);
}

static _Atomic bool holding, release;

static void hold(ULONG message, void *context, NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    if (!context)
        return;
    holding = true;
    UNTIL(release);
}

TEST_NT(only_the_processors_that_are_free_are_in_the_result, "R-165 R-166")
{
    messages(4);
    nic.dpc = hold;
    queue(0, 1 << 1, &nic);
    UNTIL(holding); /* it runs on processor 1, so it can be queued there once more */
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    CHECK_EQ(queue(0, 1 << 1, NULL), 1 << 1);
    CHECK_EQ(queue(0, 1 << 1 | 1 << 0, NULL), 1 << 0);
    CHECK_EQ(queue(0, 1 << 1 | 1 << 0, NULL), 0);
    irql_lower(old);
    release = true;
    quiet();
    CHECK_EQ(nic.of[0].dpc, 3);
}

TEST_NT(dpcs_of_different_messages_on_one_processor_are_queued_separately, "R-129 R-167")
{
    messages(4);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(queue_ex(i, 0, 1, NULL), 1);
    irql_lower(old);
    quiet();
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(nic.of[i].dpc, 1);
        CHECK_EQ(nic.of[i].dpc_cpus, 1);
    }
}

static _Atomic unsigned meeting;

static void meet(ULONG message, void *context, NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    meeting++;
    UNTIL(meeting == 4);
}

TEST_NT(dpcs_of_one_message_on_different_processors_run_at_the_same_time, "R-130")
{
    messages(4);
    nic.dpc = meet;
    CHECK_EQ(queue_ex(1, 0, 0xF, NULL), 0xF);
    quiet();
    CHECK_EQ(nic.of[1].dpc, 4);
    CHECK_EQ(nic.of[1].dpc_cpus, 0xF);
}

/* --- where and when --- */

static BOOLEAN queues_at_dirql(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    CHECK_EQ(queue_ex(1, 0, 1 << 3, &nic), 1 << 3);
    return TRUE;
}

TEST_NT(dpcs_are_queued_at_any_irql, "R-160")
{
    messages(4);
    for (KIRQL level = PASSIVE_LEVEL; level <= HIGH_LEVEL; level++) {
        KIRQL old = irql_raise(level);
        CHECK_EQ(queue_ex(0, 0, 1, NULL), 1);
        irql_lower(old);
        quiet();
        CHECK_EQ(nic.of[0].dpc, level + 1);
    }
    nic.isr = queues_at_dirql;
    nic_interrupt(2);
    CHECK_EQ(nic.of[1].dpc, 1);
    CHECK_EQ(nic.of[1].dpc_cpus, 1 << 3);
    CHECK(nic.of[1].dpc_context == &nic);
    CHECK_EQ(nic.of[2].dpc, 0);
    CHECK_NO_VIOLATION();
}

TEST_NT(the_lines_message_number_is_not_looked_at, "R-162")
{
    line();
    CHECK_EQ(queue(77, 1, NULL), 1);
    quiet();
    CHECK_EQ(nic.of[0].dpc, 1);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_message_number_beyond_the_table_is_reported, "R-163")
{
    messages(4);
    CHECK_EQ(queue(4, 1, NULL), 0);
    CHECK_HAS(violation_text("R-163"), "NdisMQueueDpc for message 4 of 4");
    CHECK_EQ(queue_ex(0x80000000, 0, 1, NULL), 0);
    CHECK_HAS(violation_text("R-163"), "NdisMQueueDpcEx for message 2147483648 of 4");
    quiet();
    CHECK_EQ(nic.message_calls, 0);
}

TEST_NT(a_dpc_for_a_handle_that_is_none_is_reported, "R-163 R-174")
{
    messages(4);
    NdisMDeregisterInterruptEx(nic.handle);
    CHECK_EQ(queue(0, 1, NULL), 0);
    CHECK_EQ(NdisMQueueDpc(NULL, 0, 1, NULL), 0);
    CHECK_EQ(nt_test_violations("R-163"), 2);
}

/* a group affinity in, processors of that group out. This machine has one group. */
TEST_NT(another_processor_group_has_no_processors, "R-171")
{
    messages(4);
    CHECK_EQ(queue_ex(0, 1, 1, NULL), 0);
    CHECK_EQ(queue_ex(0, 0, 1 << 1, NULL), 1 << 1);
    quiet();
    CHECK_EQ(nic.of[0].dpc, 1);
}

TEST_NT(processors_that_do_not_exist_are_not_in_the_result, "R-165")
{
    messages(4);
    CHECK_EQ(queue(0, 0xFFFFFFFE, NULL), 0xE);
    CHECK_EQ(queue_ex(1, 0, ~1ull, NULL), 0xE);
    quiet();
    CHECK_EQ(nic.of[0].dpc, 3);
    CHECK_EQ(nic.of[1].dpc, 3);
}

static void beyond_32(void *unused)
{
    messages(4);
    CHECK_EQ(queue(0, 0xFFFFFFFF, NULL), 0xFFFFFFFF);
    quiet();
    CHECK_EQ(nic.of[0].dpc, 32);
    CHECK_EQ(nic.of[0].dpc_cpus, 0xFFFFFFFF);
    CHECK_EQ(queue_ex(1, 0, 1ull << 39 | 1ull << 32, NULL), 1ull << 39 | 1ull << 32);
    quiet();
    CHECK_EQ(nic.of[1].dpc_cpus, 1ull << 39 | 1ull << 32);
}

TEST(the_old_form_reaches_32_processors_and_the_new_one_all, "R-164 R-170 X-08")
{
    static const struct machine_config config = {.cpus = 40, .deterministic = true, .seed = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(beyond_32, NULL), MACHINE_FINISHED);
}
