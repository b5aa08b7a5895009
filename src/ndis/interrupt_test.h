/* SPDX-License-Identifier: MIT */
/* interrupt_test.h - a card that can interrupt, and a miniport that notes how it is called.
 *
 *     nic_add(20, NDIS_WISH_MSIX, 4);        // NDIS 6.20, a grant of four MSI-X messages
 *     nic_register(true);                    // NdisMRegisterInterruptEx, MsiSupported
 *     pci_message_raise(&nic.card.fn, 1);
 *     quiet();                               // its service routine and its DPC have run
 *     CHECK_EQ(nic.of[1].isr, 1);
 *
 * The test's thread counts as being in MiniportInitializeEx. Message i of MSI-X belongs to
 * processor i modulo their number; the line belongs to processor 0. By default the service routine
 * of a message, and that of the line while the card's pin is up, says TRUE and wants the default
 * DPC; `isr` and `dpc` replace what they do. */
#pragma once
#include "ndis/interrupt.h"
#include "ndis/interrupt_internal.h"
#include "ndis/ndis_test.h"
#include "nt/processor.h"
#include "pci/pci_test.h"

#define NIC_MESSAGES 16

/* What was seen of one message; of[0] is also the line's. */
struct nic_calls {
    _Atomic unsigned isr, dpc, enabled, disabled;
    _Atomic uint64_t isr_cpus, dpc_cpus; /* bit masks */
    KIRQL isr_irql, dpc_irql, switch_irql;
    void *dpc_context, *throttle;
};

struct nic {
    struct card card;
    struct ndis_adapter *adapter;
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS chars;
    NDIS_HANDLE handle;
    int context; /* its address is MiniportInterruptContext */
    BOOLEAN (*isr)(ULONG message, BOOLEAN *queue_default, ULONG *targets);
    void (*dpc)(ULONG message, void *context, NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle);
    struct nic_calls of[NIC_MESSAGES];
    _Atomic unsigned line_calls, message_calls; /* by kind of handler, of all sorts */
};

static struct nic nic;

/* --- letting time pass without a clock --- */

/* The processor's other work and the other processors get on; at any IRQL. */
static inline void turns(unsigned n)
{
    while (n--) {
        window(cpu_current());
        host->relax(cpu_current());
    }
}

/* Until another processor has done something; at any IRQL. */
#define UNTIL(cond)                                                                                \
    do {                                                                                           \
        while (!(cond))                                                                            \
            turns(1);                                                                              \
    } while (0)

/* What was raised before has been served, and the DPCs it queued have run. PASSIVE_LEVEL. A DPC of
 * the flush runs on a processor only after the interrupts pending there. */
static inline void quiet(void)
{
    for (int i = 0; i < 3; i++)
        dpc_flush();
}

/* --- the miniport --- */

static inline void nic_saw_isr(struct nic_calls *calls)
{
    calls->isr++;
    calls->isr_irql = irql_current();
    calls->isr_cpus |= 1ull << cpu_current()->number;
}

static inline void nic_saw_dpc(struct nic_calls *calls, void *context, void *throttle)
{
    calls->dpc++;
    calls->dpc_irql = irql_current();
    calls->dpc_cpus |= 1ull << cpu_current()->number;
    calls->dpc_context = context;
    calls->throttle = throttle;
}

static BOOLEAN NTAPI nic_isr(NDIS_HANDLE context, PBOOLEAN queue_default, PULONG targets)
{
    CHECK(context == &nic.context);
    nic.line_calls++;
    nic_saw_isr(&nic.of[0]);
    if (nic.isr)
        return nic.isr(0, queue_default, targets);
    if (!nic.card.fn.interrupts->pin)
        return FALSE;
    pci_intx_set(&nic.card.fn, false);
    *queue_default = TRUE;
    return TRUE;
}

static VOID NTAPI nic_dpc(NDIS_HANDLE context, PVOID dpc_context, PVOID throttle, PVOID reserved)
{
    CHECK(context == &nic.context);
    nic.line_calls++;
    nic_saw_dpc(&nic.of[0], dpc_context, throttle);
    if (nic.dpc)
        nic.dpc(0, dpc_context, throttle);
}

static VOID NTAPI nic_enable(NDIS_HANDLE context)
{
    CHECK(context == &nic.context);
    nic.line_calls++;
    nic.of[0].enabled++;
    nic.of[0].switch_irql = irql_current();
}

static VOID NTAPI nic_disable(NDIS_HANDLE context)
{
    CHECK(context == &nic.context);
    nic.line_calls++;
    nic.of[0].disabled++;
    nic.of[0].switch_irql = irql_current();
}

static BOOLEAN NTAPI nic_message_isr(NDIS_HANDLE context, ULONG message, PBOOLEAN queue_default,
                                     PULONG targets)
{
    CHECK(context == &nic.context);
    CHECK(message < NIC_MESSAGES);
    nic.message_calls++;
    nic_saw_isr(&nic.of[message]);
    if (nic.isr)
        return nic.isr(message, queue_default, targets);
    *queue_default = TRUE;
    return TRUE;
}

static VOID NTAPI nic_message_dpc(NDIS_HANDLE context, ULONG message, PVOID dpc_context,
                                  PVOID throttle, PVOID reserved)
{
    CHECK(context == &nic.context);
    CHECK(message < NIC_MESSAGES);
    nic.message_calls++;
    nic_saw_dpc(&nic.of[message], dpc_context, throttle);
    if (nic.dpc)
        nic.dpc(message, dpc_context, throttle);
}

static VOID NTAPI nic_message_enable(NDIS_HANDLE context, ULONG message)
{
    CHECK(context == &nic.context);
    nic.message_calls++;
    nic.of[message].enabled++;
    nic.of[message].switch_irql = irql_current();
}

static VOID NTAPI nic_message_disable(NDIS_HANDLE context, ULONG message)
{
    CHECK(context == &nic.context);
    nic.message_calls++;
    nic.of[message].disabled++;
    nic.of[message].switch_irql = irql_current();
}

/* --- an adapter --- */

/* On the bus, with a grant as the wish says; nothing is registered. `minor` is that of NDIS 6. */
static inline void nic_add(unsigned minor, enum ndis_interrupt_wish wish, unsigned entries)
{
    char err[200] = "";
    card_init_full(&nic.card, entries);
    CHECK_EQ(pci_bus_add(&nic.card.fn), 0);
    nic.adapter = test_adapter_of(test_driver(minor));
    nic.adapter->device = &nic.card.fn;
    nic.adapter->wish.kind = wish;
    if (ndis_resources_start(nic.adapter, err, sizeof(err)))
        test_fail(__FILE__, __LINE__, "%s", err);
}

/* Characteristics as they should be; with the message handlers if `msi`. */
static inline void nic_characteristics(bool msi)
{
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS *c = &nic.chars;
    memset(c, 0, sizeof(*c));
    ndis_header_set(&c->Header, NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT,
                    NDIS_MINIPORT_INTERRUPT_REVISION_1,
                    NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1);
    c->InterruptHandler = nic_isr;
    c->InterruptDpcHandler = nic_dpc;
    c->DisableInterruptHandler = nic_disable;
    c->EnableInterruptHandler = nic_enable;
    if (!msi)
        return;
    c->MsiSupported = TRUE;
    c->MessageInterruptHandler = nic_message_isr;
    c->MessageInterruptDpcHandler = nic_message_dpc;
    c->DisableMessageInterruptHandler = nic_message_disable;
    c->EnableMessageInterruptHandler = nic_message_enable;
}

/* With the characteristics as they are now. */
static inline NDIS_STATUS nic_try_register(void)
{
    return NdisMRegisterInterruptEx(nic.adapter, &nic.context, &nic.chars, &nic.handle);
}

static inline void nic_register(bool msi)
{
    nic_characteristics(msi);
    CHECK_EQ(nic_try_register(), NDIS_STATUS_SUCCESS);
    CHECK(nic.handle != NULL);
}

/* Message of a grant, or the line's edge: raised and served. */
static inline void nic_interrupt(unsigned message)
{
    if (nic.adapter->grant->kind == PCI_INTERRUPT_LINE)
        pci_intx_set(&nic.card.fn, true);
    else
        pci_message_raise(&nic.card.fn, message);
    quiet();
}

static inline KIRQL nic_irql(unsigned message)
{
    return vector_irql(nic.adapter->grant->message[message].vector);
}

/* The text of the newest violation of `rule`; fails if there is none. */
static inline const char *violation_text(const char *rule)
{
    const struct violation_record *v;
    for (size_t i = report_violations(&v); i--;)
        if (!strcmp(v[i].rule, rule))
            return v[i].text;
    test_fail(__FILE__, __LINE__, "no violation of %s was recorded", rule);
}
