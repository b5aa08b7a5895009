/* SPDX-License-Identifier: MIT */
/* left_behind_test.c - the interrupt that a driver forgot to deregister: a bug check for each way
 * out. */
#include "ndis/fake_miniport.h"
#include "pci/pci_test.h"

static struct card left_card;

static BOOLEAN NTAPI isr(NDIS_HANDLE context, PBOOLEAN queue, PULONG targets)
{
    return FALSE;
}

static VOID NTAPI interrupt_dpc(NDIS_HANDLE context, PVOID dpc_context, PVOID throttle,
                                PVOID reserved)
{
}

static VOID NTAPI enable_or_disable(NDIS_HANDLE context)
{
}

static NDIS_HANDLE registered;

static void register_interrupt(struct fake *f)
{
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS chars = {0};
    ndis_header_set(&chars.Header, NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT,
                    NDIS_MINIPORT_INTERRUPT_REVISION_1,
                    NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1);
    chars.InterruptHandler = isr;
    chars.InterruptDpcHandler = interrupt_dpc;
    chars.EnableInterruptHandler = chars.DisableInterruptHandler = enable_or_disable;
    CHECK_EQ(NdisMRegisterInterruptEx(f->init_handle, &left_card, &chars, &registered),
             NDIS_STATUS_SUCCESS);
}

static void deregister_interrupt(struct fake *f)
{
    NdisMDeregisterInterruptEx(registered);
}

static struct ndis_adapter *adapter_on_card(void)
{
    card_init(&left_card);
    CHECK_EQ(pci_bus_add(&left_card.fn), 0);
    fake.in_init = register_interrupt;
    return fake_add(&left_card.fn, NULL);
}

static int try_start(struct ndis_adapter *adapter)
{
    char err[200];
    return ndis_adapter_start(adapter, err, sizeof(err));
}

TEST_NT(an_interrupt_deregistered_in_halt_is_fine, "R-019 R-275")
{
    struct ndis_adapter *adapter = adapter_on_card();
    fake.in_halt = deregister_interrupt;
    CHECK_EQ(try_start(adapter), 0);
    fake_finish(adapter);
    CHECK_EQ(report_violations(&(const struct violation_record *){NULL}), 0);
}

TEST_NT_BUGCHECK(an_interrupt_left_at_halt_is_a_bug_check, "R-428", 0x7C, 0x08)
{
    struct ndis_adapter *adapter = adapter_on_card();
    CHECK_EQ(try_start(adapter), 0);
    ndis_adapter_halt(adapter);
}

TEST_NT_BUGCHECK(an_interrupt_left_by_a_failed_initialize_is_a_bug_check, "R-022 R-429", 0x7C, 0x0B)
{
    struct ndis_adapter *adapter = adapter_on_card();
    fake.init_status = NDIS_STATUS_FAILURE;
    try_start(adapter);
}

TEST_NT_BUGCHECK(an_interrupt_left_by_a_halt_out_of_initialize_is_a_bug_check, "R-430", 0x7C, 0x0D)
{
    struct ndis_adapter *adapter = adapter_on_card();
    fake.restart_status = NDIS_STATUS_FAILURE;
    try_start(adapter);
}

TEST_NT_BUGCHECK(an_interrupt_left_by_an_initialize_that_fails_on_resume_is_a_bug_check, "R-431",
                 0x7C, 0x10)
{
    fake.not_power_managed = true;
    fake.minor = 1;
    struct ndis_adapter *adapter = adapter_on_card();
    fake.in_halt = deregister_interrupt;
    CHECK_EQ(try_start(adapter), 0);
    CHECK_EQ(ndis_adapter_sleep(adapter), 0);
    fake.init_status = NDIS_STATUS_FAILURE;
    ndis_adapter_wake(adapter);
}

static unsigned power_seen[2], powers;

static NDIS_STATUS note_power(struct fake *f, NDIS_OID_REQUEST *request)
{
    if (request->DATA.SET_INFORMATION.Oid == OID_PNP_SET_POWER && powers < 2)
        power_seen[powers++] = pci_power_state(&left_card.fn);
    return NDIS_STATUS_SUCCESS;
}

TEST_NT(the_function_is_in_d0_whenever_the_driver_hears_of_power, "R-294 R-295")
{
    card_init_full(&left_card, 4);
    CHECK_EQ(pci_bus_add(&left_card.fn), 0);
    fake.oid = note_power;
    struct ndis_adapter *adapter = fake_add(&left_card.fn, NULL);
    CHECK_EQ(try_start(adapter), 0);
    CHECK_EQ(ndis_adapter_sleep(adapter), 0);
    CHECK_EQ(pci_power_state(&left_card.fn), 3);
    CHECK_EQ(ndis_adapter_wake(adapter), 0);
    CHECK_EQ(pci_power_state(&left_card.fn), 0);
    CHECK_EQ(powers, 2);
    CHECK_EQ(power_seen[0], 0);
    CHECK_EQ(power_seen[1], 0);
    fake_finish(adapter);
}

TEST_NT(an_interrupt_of_an_adapter_that_was_shut_down_is_silenced_at_remove, "R-274")
{
    struct ndis_adapter *adapter = adapter_on_card();
    CHECK_EQ(try_start(adapter), 0);
    ndis_adapter_shutdown(adapter);
    fake_log();
    fake_finish(adapter);
    pci_intx_set(&left_card.fn, true);
    thread_sleep(1000000);
    CHECK_STR(fake_log(), "");
}
