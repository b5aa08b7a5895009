/* SPDX-License-Identifier: MIT */
/* interrupt_test.c - the interrupt rules of NDIS 5 (requirements, section 22). */
#include "ndis5/fake5.h"
#include "ndis/errorlog.h"
#include "ndis/interrupt.h"
#include "ndis/ndis_test.h"

TEST_NT(with_request_isr_every_interrupt_reaches_miniport_isr, "R-360 R-380 R-381 R-353 R-396")
{
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(fake5.registered, NDIS_STATUS_SUCCESS);
    fake5_log();
    fake5_raise();
    CHECK_STR(fake5_log(), "isr^ dpc! enable!");
    fake5_raise();
    CHECK_EQ(fake5.isrs, 2);
    CHECK_EQ(fake5.dpcs, 2);
    CHECK_EQ(fake5.disables, 0);
    CHECK_EQ(fake5.isr_irql, adapter->grant->message[0].irql);
    const struct ndis_interrupt_stats *stats = ndis_interrupt_stats(adapter);
    CHECK_EQ(stats->message[0].isr, 2);
    CHECK_EQ(stats->message[0].dpc, 2);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(without_request_isr_the_disable_handler_is_called_instead, "R-361 R-384 R-381 X-13")
{
    fake5.request_isr = fake5.shared = FALSE;
    struct ndis_adapter *adapter = fake5_running();
    fake5_log();
    fake5_raise();
    CHECK_STR(fake5_log(), "disable^ dpc! enable!");
    CHECK_EQ(fake5.disable_irql, adapter->grant->message[0].irql);
    CHECK_EQ(fake5.enable_irql, DISPATCH_LEVEL);
    CHECK_EQ(fake5.isrs, 0);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(during_initialize_and_halt_it_is_miniport_isr, "R-362 R-363 R-357 R-358 R-359 R-391 X-06")
{
    fake5.request_isr = fake5.shared = FALSE;
    fake5.in_init = fake5.in_halt = fake5_raise;
    struct ndis_adapter *adapter = fake5_running();
    thread_sleep(3000000);
    /* The DPC of Initialize ran as soon as that had returned. */
    CHECK_STR(fake5_log(), "init isr^ dpc! enable!");
    fake5_finish(adapter);
    CHECK_STR(fake5_log(), "halt isr^ unload");
    CHECK_NO_VIOLATION();
}

static void raise_and_look(void)
{
    fake5_raise();
    fake5_note(fake5.dpcs ? "seen" : "none");
}

TEST_NT(a_dpc_during_initialize_is_held_back, "R-358 X-06")
{
    fake5.in_init = raise_and_look;
    struct ndis_adapter *adapter = fake5_running();
    thread_sleep(3000000);
    CHECK_STR(fake5_log(), "init isr^ none dpc! enable!");
    fake5_finish(adapter);
}

TEST_NT(a_dpc_during_initialize_runs_if_that_is_chosen, "X-06")
{
    ndis5_initialize_dpc = NDIS5_DPC_QUEUED;
    fake5.in_init = raise_and_look;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_STR(fake5_log(), "init isr^ dpc! enable! seen");
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

/* The first one's service routine waits, at its DIRQL, until the second one's has come on top of
 * it: lines are one processor's here, and differ in IRQL. */
static bool second_came, together;

static void meet(bool second)
{
    if (second) {
        second_came = true;
        return;
    }
    pci_intx_set(&fake5_card2.fn, true);
    for (int i = 0; i < 1000 && !__atomic_load_n(&second_came, __ATOMIC_SEQ_CST); i++)
        KeStallExecutionProcessor(10);
    together = second_came;
}

TEST_NT(isrs_of_two_devices_of_a_driver_run_at_the_same_time, "R-369")
{
    fake5.in_isr = meet;
    struct ndis_adapter *first = fake5_running();
    struct ndis_adapter *second = fake5_add_second(first->driver);
    CHECK(first->grant->message[0].irql < second->grant->message[0].irql);
    pci_intx_set(&fake5_card.fn, true);
    thread_sleep(5000000);
    CHECK(together);
    ndis_adapter_remove(second);
    fake5_finish(first);
    CHECK_NO_VIOLATION();
}

TEST_NT(an_initialize_that_fails_drops_the_held_dpc, "R-355 R-358")
{
    char err[200];
    fake5.in_init = fake5_raise;
    fake5.init_status = NDIS_STATUS_HARD_ERRORS;
    struct ndis_adapter *adapter = fake5_add();
    CHECK(ndis_adapter_start(adapter, err, sizeof(err)) != 0);
    CHECK_HAS(err, "MiniportInitialize failed with status 0x80010004");
    thread_sleep(3000000);
    CHECK_STR(fake5_log(), "init isr^");
    fake5_finish(adapter);
}

TEST_NT(not_recognised_means_no_dpc, "R-372 R-374")
{
    struct ndis_adapter *adapter = fake5_running();
    struct counter other = {.claims = &fake5_card.fn}; /* the line's other device claims it */
    counter_connect(&other, pci_line_vector(&fake5_card.fn));
    fake5.foreign = true;
    fake5_raise();
    CHECK_EQ(fake5.isrs, 1);
    CHECK_EQ(fake5.dpcs, 0);
    CHECK_EQ(other.count, 1); /* */
    CHECK_EQ(ndis_interrupt_stats(adapter)->message[0].spurious, 1);
    interrupt_disconnect(other.interrupt);
    fake5_finish(adapter);
}

TEST_NT(an_unrecognised_shared_interrupt_goes_to_the_next_of_the_line, "R-373 R-372")
{
    struct ndis_adapter *adapter = fake5_running();
    struct counter other = {.claims = &fake5_card.fn};
    counter_connect(&other, pci_line_vector(&fake5_card.fn));
    fake5.foreign = true;
    fake5_raise();
    fake5_raise();
    CHECK_EQ(other.count, 2);
    fake5.foreign = false;
    fake5_raise();
    CHECK_EQ(other.count, 2); /* it was ours, the chain ends there */
    interrupt_disconnect(other.interrupt);
    fake5_finish(adapter);
}

TEST_NT(recognised_without_dpc_queues_none, "R-372")
{
    fake5.no_queue = true;
    struct ndis_adapter *adapter = fake5_running();
    fake5_raise();
    CHECK_EQ(fake5.isrs, 1);
    CHECK_EQ(fake5.dpcs, 0);
    fake5_finish(adapter);
}

TEST_NT(out_parameters_that_the_isr_leaves_out_are_reported, "R-371")
{
    fake5.leave_out = true;
    struct ndis_adapter *adapter = fake5_running();
    fake5_raise();
    CHECK_EQ(nt_test_violations("R-371"), 1);
    CHECK_EQ(fake5.dpcs, 0);
    fake5.leave_out = false;
    fake5_finish(adapter);
}

static void dismiss_at_the_third_call(bool second)
{
    if (fake5.isrs == 3)
        pci_intx_set(&fake5_card.fn, false);
}

TEST_NT(a_level_line_that_the_isr_does_not_dismiss_comes_again, "R-366")
{
    fake5.no_dismiss = true;
    fake5.in_isr = dismiss_at_the_third_call;
    struct ndis_adapter *adapter = fake5_running();
    fake5_raise();
    CHECK_EQ(fake5.isrs, 3);
    CHECK_EQ(fake5.dpcs, 1); /* nothing of a lower IRQL comes in between */
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(an_isr_that_never_dismisses_its_interrupt_is_reported, "R-365 R-366")
{
    fake5.no_dismiss = true;
    struct ndis_adapter *adapter = fake5_running();
    fake5_raise();
    CHECK_EQ(nt_test_violations("R-067"), 1);
    pci_intx_set(&fake5_card.fn, false);
    fake5_finish(adapter);
}

/* The machine's lines are PCI's, level-triggered: a latched vector, without the driver. */
TEST_NT(a_latched_vector_is_taken_once_per_edge, "R-367")
{
    struct vector *latched = vector_alloc(0, 6, Latched);
    struct counter counter = {0}; /* dismisses nothing */
    counter_connect(&counter, latched);
    KIRQL old = irql_raise(HIGH_LEVEL);
    vector_raise(latched);
    vector_raise(latched); /* before it is taken: one call */
    irql_lower(old);
    CHECK_EQ(counter.count, 1);
    vector_raise(latched);
    thread_sleep(3000000);
    CHECK_EQ(counter.count, 2);
    interrupt_disconnect(counter.interrupt);
}

TEST_NT(several_interrupts_may_be_one_dpc, "R-377")
{
    struct ndis_adapter *adapter = fake5_running();
    KIRQL old = irql_raise(DISPATCH_LEVEL); /* no DPC on this processor meanwhile */
    for (int i = 0; i < 3; i++) {
        unsigned before = fake5.isrs;
        pci_intx_set(&fake5_card.fn, true);
        for (int spin = 0; spin < 1000 && fake5.isrs == before; spin++)
            KeStallExecutionProcessor(10);
    }
    irql_lower(old);
    thread_sleep(3000000);
    CHECK_EQ(fake5.isrs, 3);
    CHECK_EQ(fake5.dpcs, 1);
    fake5_finish(adapter);
}

/* --- synchronisation --- */

static BOOLEAN NTAPI synchronized(PVOID arg)
{
    *(KIRQL *)arg = irql_current();
    return 42;
}

TEST_NT(synchronize_runs_at_dirql_and_returns_what_the_function_did, "R-387")
{
    struct ndis_adapter *adapter = fake5_running();
    KIRQL seen = 0;
    CHECK_EQ(NdisMSynchronizeWithInterrupt(&fake5.interrupt, synchronized, &seen), 42);
    CHECK_EQ(seen, adapter->grant->message[0].irql);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    KIRQL old = irql_raise(HIGH_LEVEL);
    CHECK_EQ(NdisMSynchronizeWithInterrupt(&fake5.interrupt, synchronized, &seen), FALSE);
    irql_lower(old);
    CHECK_EQ(nt_test_violations("R-387"), 1);
    ndis_adapter_halt(adapter);
    CHECK_EQ(NdisMSynchronizeWithInterrupt(&fake5.interrupt, synchronized, &seen), FALSE);
    CHECK_EQ(nt_test_violations("R-389"), 1);
    fake5_finish(adapter);
}

static unsigned preempted;
static void raise_in_dpc(void)
{
    unsigned before = fake5.isrs;
    if (fake5.dpcs > 1)
        return;
    pci_intx_set(&fake5_card.fn, true);
    for (int i = 0; i < 1000 && fake5.isrs == before; i++)
        KeStallExecutionProcessor(10);
    preempted = fake5.isrs > before;
}

TEST_NT(an_interrupt_preempts_the_dpc, "R-378 R-384 R-392")
{
    struct ndis_adapter *adapter = fake5_running();
    fake5.in_dpc = raise_in_dpc;
    fake5_raise();
    CHECK(preempted);
    CHECK_EQ(fake5.isrs, 2);
    CHECK_EQ(fake5.dpcs, 2); /* queued again while it ran */
    CHECK_EQ(fake5.query_irql, DISPATCH_LEVEL);
    fake5_finish(adapter);
}

/* Inside a handler: the card interrupts, and is served before the handler goes on. */
static KIRQL served_at;
static void interrupt_now(void)
{
    unsigned before = fake5.isrs;
    pci_intx_set(&fake5_card.fn, true);
    for (int i = 0; i < 1000 && fake5.isrs == before; i++)
        KeStallExecutionProcessor(10);
    served_at = fake5.isrs > before ? irql_current() : HIGH_LEVEL;
}
static void interrupt_in_query(NDIS_OID oid)
{
    if (oid == OID_GEN_VENDOR_ID)
        interrupt_now();
}

TEST_NT(an_interrupt_preempts_requests_and_resets, "R-392")
{
    ULONG id;
    struct ndis_adapter *adapter = fake5_running();
    fake5.in_query = interrupt_in_query;
    CHECK_EQ(ndis_oid(adapter, NdisRequestQueryInformation, OID_GEN_VENDOR_ID, &id, 4, NULL),
             NDIS_STATUS_SUCCESS);
    CHECK_EQ(served_at, DISPATCH_LEVEL);
    fake5.in_query = NULL;
    served_at = HIGH_LEVEL;
    fake5.in_reset = interrupt_now;
    CHECK_EQ(ndis_adapter_reset(adapter), 0);
    CHECK_EQ(served_at, DISPATCH_LEVEL);
    CHECK_EQ(fake5.most_inside, 1); /* the DPC has to wait for them: it is one of the lock's */
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(the_handlers_can_be_called_for_diagnostics, "R-384")
{
    struct ndis_adapter *adapter = fake5_running();
    fake5_log();
    CHECK_EQ(ndis_interrupt_switch(adapter, 0, false), 0);
    CHECK_EQ(ndis_interrupt_switch(adapter, 0, true), 0);
    CHECK_STR(fake5_log(), "disable^ enable!");
    fake5_finish(adapter);
}
