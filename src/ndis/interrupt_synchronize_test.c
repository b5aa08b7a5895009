/* SPDX-License-Identifier: MIT */
/* interrupt_synchronize_test.c - who excludes the service routine: NdisMSynchronizeWithInterruptEx,
 * and NDIS itself when it calls the enable and disable handlers. */
#include "ndis/interrupt_test.h"
#include <errno.h>

static BOOLEAN sync_with(ULONG message, BOOLEAN(NTAPI *fn)(NDIS_HANDLE), void *context)
{
    return NdisMSynchronizeWithInterruptEx(nic.handle, message, (void *)fn, context);
}

static _Atomic unsigned callbacks;
static KIRQL callback_irql;
static void *callback_context;

static BOOLEAN NTAPI note(NDIS_HANDLE context)
{
    callbacks++;
    callback_irql = irql_current();
    callback_context = context;
    return TRUE;
}

static BOOLEAN NTAPI returns_context(NDIS_HANDLE context)
{
    return (BOOLEAN)(uintptr_t)context;
}

static void messages(bool serialised)
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_characteristics(true);
    nic.chars.MsiSyncWithAllMessages = serialised;
    CHECK_EQ(nic_try_register(), NDIS_STATUS_SUCCESS);
}

static void line(void)
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic_register(true);
}

/* --- the call --- */

TEST_NT(the_callback_runs_at_dirql_and_the_callers_irql_comes_back, "R-145 R-146 R-156")
{
    int mine = 0;
    line();
    for (KIRQL level = PASSIVE_LEVEL; level <= nic_irql(0); level++) {
        KIRQL old = irql_raise(level);
        CHECK_EQ(sync_with(0, note, &mine), TRUE);
        CHECK_EQ(irql_current(), level);
        irql_lower(old);
        CHECK_EQ(callback_irql, nic_irql(0));
        CHECK(callback_context == &mine);
    }
    nic_interrupt(0); /* the lock is free again */
    CHECK_EQ(nic.of[0].isr, 1);
    CHECK_NO_VIOLATION();
}

TEST_NT(the_callback_of_a_message_runs_at_the_irql_of_its_service_routine, "R-145 R-149 R-156")
{
    messages(false);
    for (ULONG i = 0; i < 4; i++) {
        CHECK_EQ(sync_with(i, note, NULL), TRUE);
        nic_interrupt(i);
        CHECK_EQ(callback_irql, nic.of[i].isr_irql);
    }
    CHECK_EQ(callbacks, 4);
    CHECK_NO_VIOLATION();
}

TEST_NT(the_callbacks_boolean_is_returned_as_it_is, "R-144")
{
    line();
    for (uintptr_t value = 0; value < 256; value += 51)
        CHECK_EQ(sync_with(0, returns_context, (void *)value), value);
}

TEST_NT(a_call_above_dirql_is_reported, "R-143")
{
    line();
    KIRQL old = irql_raise(nic_irql(0) + 1);
    CHECK_EQ(sync_with(0, note, NULL), FALSE);
    irql_lower(old);
    CHECK_EQ(callbacks, 0);
    CHECK_HAS(violation_text("R-143"), irql_name(nic_irql(0) + 1));
}

TEST_NT(the_message_is_ignored_for_a_line, "R-148")
{
    line();
    CHECK_EQ(sync_with(77, note, NULL), TRUE);
    CHECK_EQ(callbacks, 1);
    CHECK_EQ(callback_irql, nic_irql(0));
    CHECK_NO_VIOLATION();
}

TEST_NT(a_message_that_was_not_granted_is_reported, "R-149")
{
    messages(false);
    CHECK_EQ(sync_with(4, note, NULL), FALSE);
    CHECK_EQ(callbacks, 0);
    CHECK_HAS(violation_text("R-149"), "for message 4 of 4");
}

TEST_NT(a_call_after_deregistration_is_reported, "R-151")
{
    messages(false);
    NdisMDeregisterInterruptEx(nic.handle);
    CHECK_EQ(sync_with(0, note, NULL), FALSE);
    CHECK_EQ(callbacks, 0);
    CHECK_HAS(violation_text("NdisMDeregisterInterruptEx"), "R-151");
}

static BOOLEAN NTAPI forgets_irql(NDIS_HANDLE context)
{
    cpu_current()->irql = HIGH_LEVEL;
    return TRUE;
}

TEST_NT(a_callback_that_returns_at_another_irql_is_reported, "R-146 R-440")
{
    line();
    CHECK_EQ(sync_with(0, forgets_irql, NULL), TRUE);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    CHECK_HAS(violation_text("R-440"), "returned at HIGH_LEVEL");
}

/* --- what it excludes --- */

static _Atomic bool started, in_service, in_callback, may_leave;
static _Atomic unsigned overlaps;

static BOOLEAN NTAPI interrupts_here(NDIS_HANDLE context)
{
    in_callback = true;
    pci_message_raise(&nic.card.fn, (unsigned)(uintptr_t)context);
    turns(500);
    in_callback = false;
    return TRUE;
}

static BOOLEAN looks_for_callback(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    overlaps += in_callback;
    return TRUE;
}

static void callback_holds_off(ULONG message)
{
    messages(false);
    nic.isr = looks_for_callback;
    CHECK_EQ(sync_with(message, interrupts_here, (void *)(uintptr_t)message), TRUE);
    quiet();
    CHECK_EQ(nic.of[message].isr, 1); /* it was only late */
    CHECK_EQ(overlaps, 0);
}

TEST_NT(the_callback_holds_off_the_service_routine_of_its_processor, "R-075 R-145 R-147")
{
    callback_holds_off(0);
}

TEST_NT(the_callback_holds_off_the_service_routine_of_another_processor, "R-075 R-145 R-147")
{
    callback_holds_off(1);
}

static BOOLEAN takes_long(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    in_service = true;
    started = true;
    turns(500);
    in_service = false;
    return TRUE;
}

static BOOLEAN NTAPI looks_for_service(NDIS_HANDLE context)
{
    overlaps += in_service;
    callbacks++;
    return TRUE;
}

TEST_NT(the_callback_waits_for_the_service_routine_on_another_processor, "R-075 R-147")
{
    messages(false);
    nic.isr = takes_long;
    pci_message_raise(&nic.card.fn, 1);
    UNTIL(started);
    CHECK_EQ(sync_with(1, looks_for_service, NULL), TRUE);
    CHECK_EQ(callbacks, 1);
    CHECK_EQ(overlaps, 0);
}

static BOOLEAN waits_to_leave(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    in_service = true;
    UNTIL(may_leave);
    return TRUE;
}

TEST_NT(synchronising_with_one_message_does_not_wait_for_another, "R-034 R-149")
{
    messages(false);
    nic.isr = waits_to_leave;
    pci_message_raise(&nic.card.fn, 1);
    UNTIL(in_service);
    CHECK_EQ(sync_with(2, note, NULL), TRUE); /* message 1 is still in service */
    may_leave = true;
    quiet();
    CHECK_EQ(nic.of[1].isr, 1);
}

TEST_NT(with_serialised_messages_synchronising_with_one_excludes_all, "R-033 R-147")
{
    messages(true);
    nic.isr = takes_long;
    pci_message_raise(&nic.card.fn, 1);
    UNTIL(started);
    CHECK_EQ(sync_with(2, looks_for_service, NULL), TRUE);
    CHECK_EQ(overlaps, 0);
}

static void dpc_waits(ULONG message, void *context, NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    in_service = true;
    UNTIL(may_leave);
}

TEST_NT(synchronising_does_not_wait_for_a_dpc, "R-159")
{
    messages(false);
    nic.dpc = dpc_waits;
    pci_message_raise(&nic.card.fn, 1);
    UNTIL(in_service);
    CHECK_EQ(sync_with(1, note, NULL), TRUE); /* the DPC of message 1 still runs */
    may_leave = true;
    quiet();
}

/* --- the enable and disable handlers --- */

TEST_NT(ndis_calls_the_lines_switches_at_dirql, "R-010 R-135 R-136")
{
    line();
    CHECK_EQ(ndis_interrupt_switch(nic.adapter, 0, false), 0);
    CHECK_EQ(nic.of[0].disabled, 1);
    CHECK_EQ(nic.of[0].switch_irql, nic_irql(0));
    nic.of[0].switch_irql = 0;
    CHECK_EQ(ndis_interrupt_switch(nic.adapter, 0, true), 0);
    CHECK_EQ(nic.of[0].enabled, 1);
    CHECK_EQ(nic.of[0].switch_irql, nic_irql(0));
    CHECK_EQ(nic.line_calls, 2);
    CHECK_EQ(nic.message_calls, 0);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
}

TEST_NT(ndis_calls_the_switches_of_any_single_message_at_dirql, "R-010 R-135 R-141 R-142")
{
    messages(false);
    KIRQL unified = nic.chars.MessageInfoTable->UnifiedIrql;
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(ndis_interrupt_switch(nic.adapter, i, false), 0);
        CHECK_EQ(nic.of[i].switch_irql, unified);
        CHECK_EQ(nic.message_calls, 2 * i + 1);
        CHECK_EQ(ndis_interrupt_switch(nic.adapter, i, true), 0);
        CHECK_EQ(nic.of[i].switch_irql, unified);
        CHECK_EQ(nic.of[i].disabled, 1);
        CHECK_EQ(nic.of[i].enabled, 1);
    }
    CHECK_EQ(nic.line_calls, 0);
}

static VOID NTAPI slow_disable(NDIS_HANDLE context, ULONG message)
{
    interrupts_here((NDIS_HANDLE)(uintptr_t)message);
}

TEST_NT(the_switches_exclude_the_service_routine, "R-136 R-141")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_characteristics(true);
    nic.chars.DisableMessageInterruptHandler = slow_disable;
    CHECK_EQ(nic_try_register(), NDIS_STATUS_SUCCESS);
    nic.isr = looks_for_callback;
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(ndis_interrupt_switch(nic.adapter, i, false), 0);
        quiet();
        CHECK_EQ(nic.of[i].isr, 1);
    }
    CHECK_EQ(overlaps, 0);
}

TEST_NT(there_is_nothing_to_switch_without_an_interrupt_or_message, "")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    CHECK_EQ(ndis_interrupt_switch(nic.adapter, 0, false), -ENODEV);
    nic_register(true);
    CHECK_EQ(ndis_interrupt_switch(nic.adapter, 4, false), -EINVAL);
    CHECK_EQ(nic.message_calls, 0);
}
