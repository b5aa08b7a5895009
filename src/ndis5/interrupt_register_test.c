/* SPDX-License-Identifier: MIT */
/* interrupt_register_test.c - NdisMRegisterInterrupt and NdisMDeregisterInterrupt (requirements,
 * section 22), and registering the 6.x way in porting mode. */
#include "ndis5/fake5.h"
#include "ndis/errorlog.h"
#include "ndis/interrupt.h"
#include "ndis/ndis_test.h"

/* --- the line --- */

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

/* --- requirements of the registration --- */

TEST_NT(a_driver_that_interrupts_in_halt_needs_an_isr, "R-364 R-386")
{
    fake5.no_isr = true;
    fake5.request_isr = fake5.shared = FALSE;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(nt_test_violations("R-364"), 0);
    fake5.in_halt = fake5_raise;
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
