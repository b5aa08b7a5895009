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

static void raise_once(void)
{
    fake5_raise();
}

TEST_NT(during_initialize_and_halt_it_is_miniport_isr, "R-362 R-363 R-357 R-358 R-359 R-391 X-06")
{
    fake5.request_isr = fake5.shared = FALSE;
    fake5.in_init = fake5.in_halt = raise_once;
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

/* --- porting mode --- */

static NDIS_STATUS registered_ex;
static NDIS_HANDLE ex;

static BOOLEAN NTAPI ex_isr(NDIS_HANDLE context, PBOOLEAN queue, PULONG targets)
{
    fake5_note("ex-isr");
    pci_intx_set(&fake5_card.fn, false);
    *queue = TRUE;
    return TRUE;
}
static VOID NTAPI ex_dpc(NDIS_HANDLE context, PVOID dpc_context, PVOID throttle, PVOID reserved)
{
    fake5_note(ndis5_inside(context) ? "ex-dpc-locked" : "ex-dpc");
}
static VOID NTAPI ex_switch(NDIS_HANDLE context)
{
}

static void register_ex(void)
{
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS c = {0};
    ndis_header_set(&c.Header, NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT,
                    NDIS_MINIPORT_INTERRUPT_REVISION_1,
                    NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1);
    c.InterruptHandler = (void *)ex_isr;
    c.InterruptDpcHandler = (void *)ex_dpc;
    c.DisableInterruptHandler = c.EnableInterruptHandler = (void *)ex_switch;
    registered_ex =
        NdisMRegisterInterruptEx(fake5.handle, ndis_adapter_find(fake5.handle), &c, &ex);
}
static void deregister_ex(void)
{
    NdisMDeregisterInterruptEx(ex);
}

TEST_NT(in_porting_mode_a_5_x_driver_registers_as_6_x, "R-417 R-397 R-398")
{
    ndis_porting = true;
    fake5.no_interrupt = true;
    fake5.in_init = register_ex;
    fake5.in_halt = deregister_ex;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(registered_ex, NDIS_STATUS_SUCCESS);
    fake5_log();
    fake5_raise();
    CHECK_STR(fake5_log(),
              "ex-isr^ ex-dpc-locked!"); /* the rest of the driver is still serialised */
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(without_porting_mode_it_does_not, "R-417")
{
    fake5.no_interrupt = true;
    fake5.in_init = register_ex;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(registered_ex, NDIS_STATUS_FAILURE);
    CHECK_EQ(nt_test_violations("R-417"), 1);
    fake5_finish(adapter);
}

TEST_NT(an_initialize_that_fails_drops_the_held_dpc, "R-355 R-358")
{
    char err[200];
    fake5.in_init = raise_once;
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

TEST_NT(an_exclusive_claim_of_a_taken_vector_is_a_resource_conflict, "R-352 R-353")
{
    char err[200];
    struct ndis_adapter *adapter = fake5_add();
    struct counter other = {.claims = &fake5_card.fn};
    counter_connect(&other, pci_line_vector(&fake5_card.fn));
    fake5.request_isr = fake5.shared = FALSE;
    CHECK(ndis_adapter_start(adapter, err, sizeof(err)) != 0);
    CHECK_EQ(fake5.registered, NDIS_STATUS_RESOURCE_CONFLICT);
    const char *const *lines;
    CHECK_EQ(ndis_error_log(&lines), 1);
    CHECK_HAS(lines[0], "claimed");
    interrupt_disconnect(other.interrupt);
    fake5_finish(adapter);
}

TEST_NT(a_shared_claim_of_an_exclusive_vector_is_a_resource_conflict, "R-352 R-353")
{
    char err[200];
    struct ndis_adapter *adapter = fake5_add();
    struct counter other = {0};
    counter_connect(&other, pci_line_vector(&fake5_card.fn));
    CHECK(ndis_adapter_start(adapter, err, sizeof(err)) != 0);
    CHECK_EQ(fake5.registered, NDIS_STATUS_RESOURCE_CONFLICT);
    interrupt_disconnect(other.interrupt);
    fake5_finish(adapter);
}

TEST_NT(a_shared_line_needs_an_isr, "R-351")
{
    fake5.request_isr = FALSE;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(nt_test_violations("R-351"), 1);
    fake5_log();
    fake5_raise();
    CHECK_STR(fake5_log(), "isr^ dpc! enable!");
    fake5_finish(adapter);
}

TEST_NT(a_vector_that_is_not_the_adapters_fails, "R-353")
{
    char err[200];
    fake5.wrong_vector = 1;
    struct ndis_adapter *adapter = fake5_add();
    CHECK(ndis_adapter_start(adapter, err, sizeof(err)) != 0);
    CHECK_EQ(fake5.registered, NDIS_STATUS_FAILURE);
    CHECK_EQ(nt_test_violations("NdisMRegisterInterrupt"), 1);
    fake5_finish(adapter);
}

TEST_NT(the_mode_must_be_one_and_the_lines, "R-354")
{
    fake5.mode = NdisInterruptLatched; /* of a PCI line */
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(nt_test_violations("NdisMRegisterInterrupt"), 1);
    CHECK_EQ(nt_test_violations("R-354"), 0);
    ndis_adapter_halt(adapter);
    fake5.mode = 7;
    char err[200];
    CHECK_EQ(ndis_adapter_start(adapter, err, sizeof(err)), 0);
    CHECK_EQ(nt_test_violations("R-354"), 1);
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

/* --- requirements of the registration --- */

TEST_NT(a_driver_that_interrupts_in_halt_needs_an_isr, "R-364 R-386")
{
    fake5.no_isr = true;
    fake5.request_isr = fake5.shared = FALSE;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(nt_test_violations("R-364"), 0);
    fake5.in_halt = raise_once;
    fake5_finish(adapter);
    CHECK(nt_test_violations("R-364") >= 1);
}

TEST_NT(request_isr_without_an_isr_fails, "R-386")
{
    char err[200];
    fake5.no_isr = true;
    struct ndis_adapter *adapter = fake5_add();
    CHECK(ndis_adapter_start(adapter, err, sizeof(err)) != 0);
    CHECK_EQ(nt_test_violations("R-386"), 1);
    fake5_finish(adapter);
}

TEST_NT(no_isr_needs_the_disable_and_enable_handlers, "R-386 R-385")
{
    char err[200];
    fake5.no_disable = true;
    fake5.request_isr = fake5.shared = FALSE;
    struct ndis_adapter *adapter = fake5_add();
    CHECK(ndis_adapter_start(adapter, err, sizeof(err)) != 0);
    CHECK_EQ(nt_test_violations("R-386"), 1);
    fake5_finish(adapter);
}

TEST_NT(the_enable_handler_is_optional, "R-382 R-385")
{
    fake5.no_disable = true;
    struct ndis_adapter *adapter = fake5_running();
    fake5_log();
    fake5_raise();
    CHECK_STR(fake5_log(), "isr^ dpc!");
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

static NDIS_STATUS too_early;
static void register_too_early(void)
{
    ULONG line = pci_line_number(&fake5_card.fn);
    too_early = NdisMRegisterInterrupt(&fake5.interrupt, fake5.handle, line, line, TRUE, TRUE,
                                       NdisInterruptLevelSensitive);
}

TEST_NT(registering_comes_after_the_attributes, "R-349")
{
    fake5.before_attributes = register_too_early;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(too_early, NDIS_STATUS_FAILURE);
    CHECK_EQ(nt_test_violations("R-349"), 1);
    fake5_raise();
    CHECK_EQ(fake5.isrs, 1); /* the second registration, in its place, worked */
    fake5_finish(adapter);
}

static void register_on_the_stack(void)
{
    NDIS_MINIPORT_INTERRUPT gone_soon;
    ULONG line = pci_line_number(&fake5_card.fn);
    CHECK_EQ(NdisMRegisterInterrupt(&gone_soon, fake5.handle, line, line, TRUE, TRUE,
                                    NdisInterruptLevelSensitive),
             NDIS_STATUS_FAILURE);
}

TEST_NT(an_interrupts_storage_is_resident, "R-350")
{
    fake5.no_interrupt = true;
    fake5.in_init = register_on_the_stack;
    fake5_finish(fake5_running());
    CHECK_EQ(nt_test_violations("R-350"), 1);
}

TEST_NT(a_driver_with_an_interrupt_has_a_miniport_handle_interrupt, "R-379")
{
    char err[200];
    fake5.no_handle_interrupt = true;
    struct ndis_adapter *adapter = fake5_add();
    CHECK(ndis_adapter_start(adapter, err, sizeof(err)) != 0);
    CHECK_EQ(fake5.registered, NDIS_STATUS_FAILURE);
    CHECK_EQ(nt_test_violations("R-379"), 1);
    fake5_finish(adapter);
}

TEST_NT(registering_is_for_initialize_at_passive_level_and_once, "R-349")
{
    struct ndis_adapter *adapter = fake5_running();
    /* Not from MiniportInitialize, and while one is registered. */
    static NDIS_MINIPORT_INTERRUPT second;
    CHECK_EQ(NdisMRegisterInterrupt(&second, fake5.handle, 16, 16, TRUE, TRUE,
                                    NdisInterruptLevelSensitive),
             NDIS_STATUS_FAILURE);
    CHECK_EQ(nt_test_violations("R-349"), 1);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisMRegisterInterrupt(&second, fake5.handle, 16, 16, TRUE, TRUE, NdisInterruptLevelSensitive);
    irql_lower(old);
    CHECK(nt_test_violations("R-349") >= 2);
    fake5_finish(adapter);
}

/* --- deregistration --- */

static void dereg_twice(void)
{
    NdisMDeregisterInterrupt(&fake5.interrupt);
}

TEST_NT(deregistering_twice_is_reported, "R-388")
{
    struct ndis_adapter *adapter = fake5_running();
    fake5.in_halt = dereg_twice;
    fake5_finish(adapter);
    CHECK_EQ(nt_test_violations("R-388"), 1);
}

TEST_NT(deregistering_outside_of_initialize_and_halt_is_reported, "R-388")
{
    struct ndis_adapter *adapter = fake5_running();
    NdisMDeregisterInterrupt(&fake5.interrupt);
    CHECK_EQ(nt_test_violations("R-388"), 1);
    fake5.keep_interrupt = true;
    fake5_finish(adapter);
}

TEST_NT(after_deregistration_nothing_is_called, "R-390 R-389")
{
    struct ndis_adapter *adapter = fake5_running();
    fake5_raise();
    ndis_adapter_halt(adapter);
    fake5_log();
    fake5_raise();
    CHECK_STR(fake5_log(), "");
    pci_intx_set(&fake5_card.fn, false);
    fake5_finish(adapter);
}

/* A halt on another processor, while a DPC runs on the line's. */
static bool in_the_dpc;
static void long_dpc(void)
{
    __atomic_store_n(&in_the_dpc, true, __ATOMIC_RELEASE);
    for (int i = 0; i < 500; i++)
        KeStallExecutionProcessor(10);
    fake5_note("dpc-ends");
}
static void deregister_in_halt(void)
{
    NdisMDeregisterInterrupt(&fake5.interrupt);
    fake5_note("deregistered");
}
static void halts(void *adapter)
{
    while (!__atomic_load_n(&in_the_dpc, __ATOMIC_ACQUIRE))
        thread_sleep(10000);
    ndis_adapter_halt(adapter);
}

TEST_NT(deregistering_waits_for_the_dpc_that_runs, "R-390 R-391")
{
    struct ndis_adapter *adapter = fake5_running();
    fake5.keep_interrupt = true;
    fake5.in_halt = deregister_in_halt;
    fake5.in_dpc = long_dpc;
    fake5_log();
    struct thread *thread = thread_create(1, 8, halts, adapter, "halts");
    pci_intx_set(&fake5_card.fn, true);
    thread_join(thread);
    const char *log = fake5_log();
    CHECK_HAS(log, "isr^ dpc!");
    CHECK(strstr(log, "dpc-ends!") < strstr(log, "deregistered"));
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT_BUGCHECK(a_halt_that_keeps_the_interrupt_is_a_bug_check, "R-428 R-388", 0x7C, 0x08)
{
    fake5.keep_interrupt = true;
    ndis_adapter_halt(fake5_running());
}

TEST_NT_BUGCHECK(a_failed_initialize_that_keeps_the_interrupt_is_a_bug_check, "R-429 R-355", 0x7C,
                 0x0B)
{
    char err[200];
    fake5.keep_interrupt = true;
    fake5.init_status = NDIS_STATUS_FAILURE;
    ndis_adapter_start(fake5_add(), err, sizeof(err));
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
