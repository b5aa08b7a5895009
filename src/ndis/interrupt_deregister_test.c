/* SPDX-License-Identifier: MIT */
/* interrupt_deregister_test.c - NdisMDeregisterInterruptEx: after it, silence. */
#define NT_TEST_CPUS 3
#include "ndis/interrupt_test.h"

static void messages(unsigned minor)
{
    nic_add(minor, NDIS_WISH_MSIX, 6);
    nic_register(true);
}

static void line(void)
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic_register(true);
}

/* --- when it may be called --- */

TEST_NT(an_interrupt_is_deregistered_at_passive_level_only, "R-172")
{
    messages(20);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisMDeregisterInterruptEx(nic.handle);
    irql_lower(old);
    CHECK_HAS(violation_text("Irql_Interrupt_Function"),
              "NdisMDeregisterInterruptEx at DISPATCH_LEVEL, must be at PASSIVE_LEVEL");
    nic_interrupt(0); /* it could not be done there, so it was not */
    CHECK_EQ(nic.of[0].isr, 1);
    NdisMDeregisterInterruptEx(nic.handle);
    nic_interrupt(0);
    CHECK_EQ(nic.of[0].isr, 1);
    CHECK_EQ(nt_test_violations("Irql_Interrupt_Function"), 1);
}

TEST_NT(an_interrupt_deregistered_in_halt_is_in_order, "R-173")
{
    messages(20);
    nic.adapter->initialize_thread = NULL;
    nic.adapter->halt_thread = thread_current();
    ndis_state_set(nic.adapter, NDIS_HALTING);
    NdisMDeregisterInterruptEx(nic.handle);
    CHECK_NO_VIOLATION();
    CHECK(nic.adapter->interrupt == NULL);
}

TEST_NT(an_interrupt_deregistered_elsewhere_is_reported, "R-173")
{
    messages(20);
    nic.adapter->initialize_thread = NULL;
    ndis_state_set(nic.adapter, NDIS_RUNNING);
    NdisMDeregisterInterruptEx(nic.handle);
    CHECK_HAS(violation_text("R-173"), "MiniportInitializeEx and MiniportHaltEx only");
}

TEST_NT(a_handle_that_was_never_registered_is_reported, "R-174")
{
    int other = 0;
    messages(20);
    NdisMDeregisterInterruptEx(NULL);
    NdisMDeregisterInterruptEx(&other);
    CHECK_EQ(nt_test_violations("R-174"), 2);
    nic_interrupt(0);
    CHECK_EQ(nic.of[0].isr, 1);
}

TEST_NT(deregistering_twice_is_reported, "R-174")
{
    messages(20);
    NdisMDeregisterInterruptEx(nic.handle);
    CHECK_NO_VIOLATION();
    NdisMDeregisterInterruptEx(nic.handle);
    CHECK_HAS(violation_text("R-174"), "no interrupt is registered under this handle");
    CHECK_EQ(ndis_interrupt_stats(nic.adapter)->deregistered, 1);
}

/* --- silence --- */

TEST_NT(after_deregistration_no_message_reaches_the_driver, "R-119 R-131 R-176")
{
    messages(20);
    nic_interrupt(1);
    CHECK_EQ(nic.message_calls, 2);
    NdisMDeregisterInterruptEx(nic.handle);
    for (unsigned i = 0; i < 6; i++) {
        nic_interrupt(i);
        vector_raise(nic.adapter->grant->message[i].vector); /* one that was on its way */
    }
    quiet();
    CHECK_EQ(nic.message_calls, 2);
    CHECK_NO_VIOLATION();
}

TEST_NT(after_deregistration_no_line_interrupt_reaches_the_driver, "R-074 R-097 R-176")
{
    line();
    nic_interrupt(0);
    CHECK_EQ(nic.line_calls, 2);
    NdisMDeregisterInterruptEx(nic.handle);
    nic_interrupt(0);
    CHECK_EQ(nic.line_calls, 2);
    CHECK_NO_VIOLATION();
}

static struct counter neighbour;
static struct card other;

TEST_NT(deregistration_leaves_the_others_on_the_line_alone, "R-074")
{
    pci_bus_share_lines(true);
    line();
    card_init(&other);
    CHECK_EQ(pci_bus_add(&other.fn), 0);
    neighbour.claims = &other.fn;
    counter_connect(&neighbour, pci_line_vector(&other.fn));
    NdisMDeregisterInterruptEx(nic.handle);
    for (unsigned i = 1; i <= 3; i++) {
        pci_intx_set(&other.fn, true);
        quiet();
        CHECK_EQ(neighbour.count, i);
    }
    CHECK_EQ(nic.line_calls, 0);
}

/* --- waiting --- */

static _Atomic bool started, finished;
static _Atomic unsigned deregistering;

static BOOLEAN slow_isr(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    started = true;
    UNTIL(deregistering);
    turns(500);
    finished = true;
    *queue_default = TRUE;
    return TRUE;
}

TEST_NT(deregistration_waits_for_a_running_service_routine_and_its_dpc, "R-074 R-119 R-177 R-178")
{
    messages(20);
    nic.isr = slow_isr;
    pci_message_raise(&nic.card.fn, 1);
    UNTIL(started);
    deregistering = 1;
    NdisMDeregisterInterruptEx(nic.handle);
    CHECK(finished);
    CHECK_EQ(nic.of[1].dpc, 1);
    CHECK_NO_VIOLATION();
}

static void slow_dpc(ULONG message, void *context, NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    started = true;
    UNTIL(deregistering);
    turns(500);
    finished = true;
}

/* the page of the function promises no call after its return; the one of MiniportHaltEx, that
 * it waits. It does both. */
TEST_NT(deregistration_waits_for_a_dpc_on_another_processor, "R-097 R-131 R-177")
{
    messages(20);
    nic.dpc = slow_dpc;
    pci_message_raise(&nic.card.fn, 2);
    UNTIL(started);
    deregistering = 1;
    NdisMDeregisterInterruptEx(nic.handle);
    CHECK(finished);
    CHECK_EQ(nic.of[2].dpc, 1);
}

TEST_NT(deregistration_waits_for_a_line_dpc, "R-097 R-177")
{
    line();
    nic.dpc = slow_dpc;
    NdisMQueueDpc(nic.handle, 0, 1 << 1, NULL);
    UNTIL(started);
    deregistering = 1;
    NdisMDeregisterInterruptEx(nic.handle);
    CHECK(finished);
}

TEST_NT(deregistration_runs_the_dpcs_that_are_queued, "R-177")
{
    messages(20);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    for (unsigned i = 0; i < 6; i++)
        CHECK_EQ(NdisMQueueDpc(nic.handle, i, 1, &nic), 1);
    CHECK_EQ(nic.message_calls, 0);
    cpu_current()->irql = old; /* without a window: they are still queued when the call begins */
    NdisMDeregisterInterruptEx(nic.handle);
    for (unsigned i = 0; i < 6; i++)
        CHECK_EQ(nic.of[i].dpc, 1);
}

static void queues_itself(ULONG message, void *context, NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    started = true;
    UNTIL(deregistering);
    unsigned here = cpu_current()->number;
    if (nic.of[message].dpc < 40) {
        CHECK_EQ(NdisMQueueDpc(nic.handle, message, 1u << (here + 1) % machine_cpus(), NULL),
                 1u << (here + 1) % machine_cpus());
    } else {
        turns(200);
        finished = true;
    }
}

TEST_NT(deregistration_waits_for_the_dpcs_that_dpcs_queue, "R-177 R-178 X-05")
{
    messages(20);
    nic.dpc = queues_itself;
    NdisMQueueDpc(nic.handle, 3, 1 << 1, NULL);
    UNTIL(started);
    deregistering = 1;
    NdisMDeregisterInterruptEx(nic.handle);
    CHECK(finished);
    CHECK_EQ(nic.of[3].dpc, 40);
    quiet();
    CHECK_EQ(nic.of[3].dpc, 40);
    CHECK_NO_VIOLATION();
}

static void always_more(ULONG message, void *context, NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    started = true;
    throttle->MoreNblsPending = TRUE;
}

static void ends_repeats(unsigned message)
{
    messages(20);
    nic.dpc = always_more;
    pci_message_raise(&nic.card.fn, message);
    while (!started)
        quiet();
    NdisMDeregisterInterruptEx(nic.handle);
    unsigned calls = nic.of[message].dpc;
    CHECK(calls > 0);
    quiet();
    CHECK_EQ(nic.of[message].dpc, calls);
}

TEST_NT(deregistration_ends_a_dpc_that_always_has_more_pending, "R-131 R-176 R-177")
{
    ends_repeats(1);
}

TEST_NT(deregistration_ends_such_a_dpc_on_its_own_processor, "R-131 R-176 R-177")
{
    ends_repeats(0);
}

/* --- until it returns --- */

static BOOLEAN storm(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    started = true;
    *queue_default = TRUE;
    pci_message_raise(&nic.card.fn, message); /* and the next is on its way */
    return TRUE;
}

TEST_NT(deregistration_ends_a_storm_of_messages, "R-119 R-131 R-176 R-178")
{
    messages(20);
    nic.isr = storm;
    for (unsigned i = 1; i < 3; i++)
        pci_message_raise(&nic.card.fn, i);
    UNTIL(started);
    turns(20);
    NdisMDeregisterInterruptEx(nic.handle);
    unsigned calls = nic.message_calls;
    CHECK(calls > 0);
    for (unsigned i = 1; i < 3; i++)
        pci_message_raise(&nic.card.fn, i);
    quiet();
    CHECK_EQ(nic.message_calls, calls);
    CHECK_NO_VIOLATION();
}

static BOOLEAN line_storm(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    started = true;
    *queue_default = TRUE;
    return TRUE; /* without dismissing it */
}

static void dereg_thread(void *unused)
{
    NdisMDeregisterInterruptEx(nic.handle);
    finished = true;
}

TEST_NT(deregistration_ends_a_storm_of_the_line, "R-074 R-097 R-176 R-178")
{
    line(); /* of processor 0, so the call comes from another */
    nic.isr = line_storm;
    struct thread *t = thread_create(1, 8, dereg_thread, NULL, "halt");
    pci_intx_set(&nic.card.fn, true);
    nic.adapter->initialize_thread = t;
    thread_join(t);
    CHECK(started && finished);
    unsigned calls = nic.line_calls;
    quiet();
    CHECK_EQ(nic.line_calls, calls);
}

static BOOLEAN NTAPI nothing(NDIS_HANDLE context)
{
    CHECK_EQ(irql_current(), nic.chars.MessageInfoTable->UnifiedIrql);
    return TRUE;
}

static void synchronises(ULONG message, void *context, NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    started = true;
    UNTIL(deregistering);
    for (unsigned i = 0; i < 200; i++) {
        for (ULONG other_message = 0; other_message < 6; other_message++)
            CHECK_EQ(NdisMSynchronizeWithInterruptEx(nic.handle, other_message, (void *)nothing, 0),
                     TRUE);
        turns(1);
    }
    finished = true;
}

TEST_NT(a_dpc_may_synchronise_until_deregistration_returns, "R-145 R-151 R-177")
{
    messages(20);
    nic.dpc = synchronises;
    pci_message_raise(&nic.card.fn, 1);
    UNTIL(started);
    deregistering = 1;
    NdisMDeregisterInterruptEx(nic.handle);
    CHECK(finished);
    CHECK_NO_VIOLATION();
}

/* A thread that does not stop to queue DPCs: it is told when the handle is gone, and nothing of
 * what it queued runs later. */
static void queues_to_the_end(void *unused)
{
    while (NdisMQueueDpc(nic.handle, 4, 1 << 1, NULL) || !nt_test_violations("R-163")) {
        started = true;
        turns(5);
    }
    finished = true;
}

TEST_NT(dpcs_queued_during_deregistration_have_run_when_it_returns, "R-131 R-176 R-177 R-178")
{
    messages(20);
    struct thread *t = thread_create(2, 8, queues_to_the_end, NULL, "queues");
    UNTIL(nic.of[4].dpc > 3);
    NdisMDeregisterInterruptEx(nic.handle);
    unsigned calls = nic.of[4].dpc;
    thread_join(t);
    quiet();
    CHECK_EQ(nic.of[4].dpc, calls);
    CHECK(finished);
}

/* Two threads that deregister at once: one does it, the other is told. */
static void deregisters_too(void *unused)
{
    UNTIL(started);
    deregistering++;
    NdisMDeregisterInterruptEx(nic.handle);
}

TEST_NT(two_deregistrations_at_once_are_one, "R-174")
{
    messages(20);
    nic.dpc = slow_dpc; /* keeps the first of them waiting */
    struct thread *t = thread_create(1, 8, deregisters_too, NULL, "second");
    nic.adapter->halt_thread = t;
    pci_message_raise(&nic.card.fn, 2);
    UNTIL(started);
    deregistering++;
    NdisMDeregisterInterruptEx(nic.handle);
    thread_join(t);
    CHECK_EQ(ndis_interrupt_stats(nic.adapter)->deregistered, 1);
    CHECK_EQ(nt_test_violations("R-174"), 1);
}
