/* SPDX-License-Identifier: MIT */
/* interrupt_rules_test.c - what a driver calls from its interrupt handlers and must not. */
#include "ndis/interrupt_test.h"

static NDIS_EVENT event;

static BOOLEAN sets_an_event(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    NdisSetEvent(&event);
    pci_intx_set(&nic.card.fn, false);
    return TRUE;
}

static void reports_irql(enum ndis_interrupt_wish wish)
{
    nic_add(20, wish, 1);
    nic_register(true);
    NdisInitializeEvent(&event);
    nic.isr = sets_an_event;
    nic_interrupt(0);
    CHECK_EQ(nt_test_violations("Irql"), 1);
    CHECK_HAS(violation_text("Irql"), "NdisSetEvent called at DIRQL");
}

TEST_NT(a_line_service_routine_that_calls_what_is_not_for_its_irql_is_reported, "R-054")
{
    reports_irql(NDIS_WISH_LINE);
}

TEST_NT(a_message_service_routine_that_calls_what_is_not_for_its_irql_is_reported, "R-111")
{
    reports_irql(NDIS_WISH_MSIX);
}

static BOOLEAN NTAPI sets_an_event_too(NDIS_HANDLE context)
{
    NdisSetEvent(&event);
    return TRUE;
}

static VOID NTAPI disables_with_an_event(NDIS_HANDLE context)
{
    NdisSetEvent(&event);
}

TEST_NT(callbacks_at_dirql_that_call_what_is_not_for_it_are_reported, "R-137 R-155")
{
    nic_add(20, NDIS_WISH_LINE, 1);
    nic_characteristics(false);
    nic.chars.DisableInterruptHandler = disables_with_an_event;
    CHECK_EQ(nic_try_register(), NDIS_STATUS_SUCCESS);
    NdisInitializeEvent(&event);
    NdisMSynchronizeWithInterruptEx(nic.handle, 0, (void *)sets_an_event_too, NULL);
    CHECK_EQ(nt_test_violations("Irql"), 1);
    CHECK_EQ(ndis_interrupt_switch(nic.adapter, 0, false), 0);
    CHECK_EQ(nt_test_violations("Irql"), 2);
}

static BOOLEAN indicates_status(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    NDIS_STATUS_INDICATION status = {0};
    ndis_header_set(&status.Header, NDIS_OBJECT_TYPE_STATUS_INDICATION,
                    NDIS_STATUS_INDICATION_REVISION_1, NDIS_SIZEOF_STATUS_INDICATION_REVISION_1);
    status.SourceHandle = nic.adapter;
    status.StatusCode = NDIS_STATUS_MEDIA_SPECIFIC_INDICATION;
    NdisMIndicateStatusEx(nic.adapter, &status);
    return TRUE;
}

TEST_NT(a_status_indicated_by_a_service_routine_is_reported, "R-080")
{
    nic_add(20, NDIS_WISH_MSIX, 1);
    nic_register(true);
    nic.isr = indicates_status;
    nic_interrupt(0);
    CHECK_EQ(nt_test_violations("R-080"), 1);
}

static void waits(ULONG message, void *context, NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    NdisWaitEvent(&event, 10);
}

TEST_NT_BUGCHECK(a_dpc_that_waits_is_a_bug_check, "R-104 R-435", 0x7C, 0x14)
{
    nic_add(20, NDIS_WISH_MSIX, 1);
    nic_register(true);
    NdisInitializeEvent(&event);
    nic.dpc = waits;
    nic_interrupt(0);
}
