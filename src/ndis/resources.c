/* SPDX-License-Identifier: MIT */
/* resources.c - what an adapter gets: the interrupt grant, and the lists of MiniportStartDevice and
 * Initialize.
 *
 * A driver has to live with any grant: all messages, fewer, one, or a line. What the
 * command line asks for decides; otherwise everything that the filtered list asks for is granted.
 * Messages are spread over the processors by the affinity policy of their descriptors. */
#include "ndis/resources.h"
#include "nt/machine.h"
#include "pci/regs.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- placing --- */

/* IRQL of a device interrupt by IRQ_PRIORITY. Normal ones differ from message to message, as
 * vectors from an APIC do: a driver must not rely on all of them having the same. */
static KIRQL irql_for(unsigned priority, unsigned index)
{
    switch (priority) {
    case IrqPriorityLow:
        return (KIRQL)(DIRQL_MIN + index % 2);
    case IrqPriorityHigh:
        return (KIRQL)(DIRQL_MAX - 1 + index % 2);
    default:
        return (KIRQL)(DIRQL_MIN + 2 + index % 5);
    }
}

/* The index-th of `count` interrupts under this policy. */
static unsigned cpu_for(const struct interrupt_policy *policy, unsigned index)
{
    unsigned cpus = machine_cpus();
    uint64_t active = cpus >= 64 ? ~0ull : (1ull << cpus) - 1;
    switch (policy->affinity) {
    case IrqPolicyOneCloseProcessor:
        return 0;
    case IrqPolicySpecifiedProcessors: {
        uint64_t mask = policy->targets & active;
        if (!mask)
            break; /* processors that this machine does not have */
        unsigned skip = index % (unsigned)__builtin_popcountll(mask);
        while (skip--)
            mask &= mask - 1;
        return (unsigned)__builtin_ctzll(mask);
    }
    default: /* all processors, spread, or nothing said */
        break;
    }
    return index % cpus;
}

static void message_set(struct ndis_grant_message *message, struct vector *vector)
{
    message->vector = vector;
    message->cpu = vector_cpu(vector);
    message->irql = vector_irql(vector);
    message->affinity = (KAFFINITY)1 << message->cpu;
}

/* One vector per message, each placed by its own policy. If there are not so many, exactly one message
 * . Returns how many. */
static unsigned place_msix(struct ndis_grant *grant, const struct interrupt_policy *policy,
                           unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct vector *vector =
            vector_alloc(cpu_for(&policy[i], i), irql_for(policy[i].priority, i), Latched);
        if (!vector) {
            while (i > 1)
                vector_free(grant->message[--i].vector);
            return i;
        }
        message_set(&grant->message[i], vector);
    }
    return n;
}

/* Consecutive vectors of one processor; one, if there is no block so large. */
static unsigned place_msi(struct ndis_grant *grant, const struct interrupt_policy *policy,
                          unsigned n)
{
    struct vector *vectors[32];
    for (; n; n = n > 1 ? 1 : 0) {
        if (vector_alloc_block(cpu_for(policy, 0), irql_for(policy->priority, 0), n, vectors) == 0)
            break;
    }
    for (unsigned i = 0; i < n; i++)
        message_set(&grant->message[i], vectors[i]);
    return n;
}

static unsigned power_of_two_below(unsigned n)
{
    unsigned power = 1;
    while (power * 2 <= n)
        power *= 2;
    return power;
}

static void grant_free(struct ndis_grant *grant)
{
    if (!grant)
        return;
    if (grant->kind == PCI_INTERRUPT_MSI || grant->kind == PCI_INTERRUPT_MSIX)
        for (unsigned i = 0; i < grant->count; i++)
            vector_free(grant->message[i].vector);
    free(grant->message);
    free(grant->msix);
    free(grant);
}

static void grant_messages(const struct ndis_adapter *adapter, struct ndis_grant *grant,
                           const struct interrupt_request *request)
{
    struct pci_interrupt_need need;
    pci_interrupt_need(adapter->device, &need);
    bool msi = request->kind == PCI_INTERRUPT_MSI;
    /* A driver may ask for more MSI-X messages than the table has entries, one per processor say,
     * and map entries to them later; more MSI messages than the capability has cannot be. */
    unsigned most = msi ? need.msi_messages : need.msix_messages ? PCI_MSIX_MAX : 0;
    unsigned n = request->messages < most ? request->messages : most;
    if (adapter->wish.messages && adapter->wish.messages < n)
        n = adapter->wish.messages;
    if (msi && n)
        n = power_of_two_below(n < 32 ? n : 32);
    if (!n)
        return;
    grant->message = calloc(n, sizeof(*grant->message));
    if (!grant->message)
        return;
    grant->count =
        msi ? place_msi(grant, request->policy, n) : place_msix(grant, request->policy, n);
    if (grant->count)
        grant->kind = request->kind;
}

static void grant_line(struct ndis_adapter *adapter, struct ndis_grant *grant)
{
    struct vector *vector = pci_line_vector(adapter->device);
    if (!grant->message)
        grant->message = calloc(1, sizeof(*grant->message));
    if (!vector || !grant->message)
        return;
    message_set(&grant->message[0], vector);
    grant->kind = PCI_INTERRUPT_LINE;
    grant->count = 1;
}

static int grant_make(struct ndis_adapter *adapter, const struct interrupt_request *request,
                      char *err, size_t err_len)
{
    struct ndis_grant *grant = calloc(1, sizeof(*grant));
    if (!grant) {
        snprintf(err, err_len, "not enough memory for an interrupt grant");
        return -ENOMEM;
    }
    grant->kind = PCI_INTERRUPT_NONE;
    grant->requested = request->messages;
    if (request->messages && adapter->wish.kind != NDIS_WISH_LINE)
        grant_messages(adapter, grant, request);
    if (grant->kind == PCI_INTERRUPT_NONE && request->line)
        grant_line(adapter, grant); /* */
    if (grant->kind == PCI_INTERRUPT_NONE && (request->messages || request->line)) {
        if (adapter->wish.kind == NDIS_WISH_LINE && !request->line)
            snprintf(
                err, err_len,
                "a line interrupt was to be granted, but the function or the driver's resource "
                "list has none");
        else
            snprintf(err, err_len, "no interrupt vector is free");
        grant_free(grant);
        return -ENOSPC;
    }
    adapter->grant = grant;
    return 0;
}

int ndis_grant_program(struct ndis_adapter *adapter)
{
    const struct ndis_grant *grant = adapter->grant;
    if (!adapter->device || !grant || grant->kind == PCI_INTERRUPT_NONE)
        return -ENODEV;
    struct pci_message_target *targets = calloc(grant->count, sizeof(*targets));
    if (!targets)
        return -ENOMEM;
    for (unsigned i = 0; i < grant->count; i++)
        targets[i].vector = grant->message[i].vector;
    int error = pci_interrupt_program(adapter->device, grant->kind, targets, grant->count);
    free(targets);
    return error;
}

void ndis_grant_unprogram(struct ndis_adapter *adapter)
{
    if (adapter->device)
        pci_interrupt_silence(adapter->device);
}

/* --- the lists of the start IRP --- */

typedef CM_PARTIAL_RESOURCE_DESCRIPTOR descriptor;
_Static_assert(sizeof(descriptor) == 20, "CM_PARTIAL_RESOURCE_DESCRIPTOR on x64, packed to 4");

static descriptor *describe_bars(const struct pci_function *function, descriptor *d)
{
    for (unsigned i = 0; i < PCI_BARS; i++) {
        const struct pci_bar *bar = &function->bar[i];
        if (!bar->size)
            continue;
        d->Type = bar->io ? CmResourceTypePort : CmResourceTypeMemory;
        d->ShareDisposition = CmResourceShareDeviceExclusive;
        d->Flags = bar->io ? CM_RESOURCE_PORT_IO | CM_RESOURCE_PORT_16_BIT_DECODE |
                                 CM_RESOURCE_PORT_POSITIVE_DECODE
                           : CM_RESOURCE_MEMORY_READ_WRITE |
                                 (bar->prefetchable ? CM_RESOURCE_MEMORY_PREFETCHABLE : 0);
        d->u.Memory.Start.QuadPart = (LONGLONG)bar->address;
        d->u.Memory.Length = (ULONG)bar->size;
        d++;
        d->Type = CmResourceTypeDevicePrivate;
        d->u.DevicePrivate.Data[0] = 1;
        d->u.DevicePrivate.Data[1] = i;
        d++;
    }
    return d;
}

static descriptor *describe_interrupts(const struct ndis_adapter *adapter, descriptor *d,
                                       bool translated)
{
    const struct ndis_grant *grant = adapter->grant;
    /* One for each MSI-X message, one for all MSI messages, one for a line. */
    unsigned n = grant->kind == PCI_INTERRUPT_MSIX ? grant->count : grant->count ? 1 : 0;
    for (unsigned i = 0; i < n; i++, d++) {
        const struct ndis_grant_message *m = &grant->message[i];
        d->Type = CmResourceTypeInterrupt;
        if (grant->kind == PCI_INTERRUPT_LINE) {
            d->ShareDisposition = CmResourceShareShared;
            d->Flags = CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE;
            ULONG gsi = pci_line_number(adapter->device);
            d->u.Interrupt.Level = translated ? m->irql : gsi;
            d->u.Interrupt.Vector = translated ? vector_number(m->vector) : gsi;
            d->u.Interrupt.Affinity = m->affinity;
            continue;
        }
        d->ShareDisposition = CmResourceShareDeviceExclusive;
        d->Flags = CM_RESOURCE_INTERRUPT_LATCHED | CM_RESOURCE_INTERRUPT_MESSAGE; /* */
        if (translated) {
            d->u.MessageInterrupt.Translated.Level = m->irql;
            d->u.MessageInterrupt.Translated.Vector = vector_number(m->vector);
            d->u.MessageInterrupt.Translated.Affinity = m->affinity;
        } else {
            d->u.MessageInterrupt.Raw.MessageCount =
                grant->kind == PCI_INTERRUPT_MSI ? (USHORT)grant->count : 1;
            d->u.MessageInterrupt.Raw.Vector = vector_number(m->vector);
            d->u.MessageInterrupt.Raw.Affinity = m->affinity;
        }
    }
    return d;
}

static CM_RESOURCE_LIST *list_build(const struct ndis_adapter *adapter, bool translated)
{
    size_t bytes =
        sizeof(CM_RESOURCE_LIST) + (2 * PCI_BARS + adapter->grant->count + 1) * sizeof(descriptor);
    CM_RESOURCE_LIST *list = nt_pool_alloc_system(bytes, NDIS_TAG);
    if (!list)
        return NULL;
    memset(list, 0, bytes);
    list->Count = 1;
    list->List[0].InterfaceType = PCIBus;
    list->List[0].BusNumber = adapter->device->bus;
    CM_PARTIAL_RESOURCE_LIST *partial = &list->List[0].PartialResourceList;
    partial->Version = partial->Revision = 1;
    descriptor *end = describe_bars(adapter->device, partial->PartialDescriptors);
    end = describe_interrupts(adapter, end, translated);
    partial->Count = (ULONG)(end - partial->PartialDescriptors);
    return list;
}

static unsigned messages_in(const CM_RESOURCE_LIST *list)
{
    unsigned n = 0;
    const CM_PARTIAL_RESOURCE_LIST *partial = &list->List[0].PartialResourceList;
    for (ULONG i = 0; i < partial->Count; i++)
        if (partial->PartialDescriptors[i].Type == CmResourceTypeInterrupt)
            n++;
    return n;
}

/* MiniportStartDevice, before the start goes down to the bus. 0 or -EIO. */
static int start_device(struct ndis_adapter *adapter, char *err, size_t err_len)
{
    MINIPORT_PNP_IRP_HANDLER handler = adapter->driver->pnp.MiniportStartDeviceHandler;
    if (!handler)
        return 0; /* */
    PIRP irp = pnp_irp_create(IRP_MN_START_DEVICE);
    if (!irp) {
        snprintf(err, err_len, "not enough memory for an IRP");
        return -ENOMEM;
    }
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED; /* as the PnP manager sends it */
    PIO_STACK_LOCATION stack = irp->Tail.Overlay.CurrentStackLocation;
    stack->Parameters.StartDevice.AllocatedResources = adapter->raw_list;
    stack->Parameters.StartDevice.AllocatedResourcesTranslated = adapter->translated_list;
    ULONG before =
        adapter->translated_list ? adapter->translated_list->List[0].PartialResourceList.Count : 0;
    unsigned messages = before ? messages_in(adapter->translated_list) : 0;
    NDIS_STATUS status = (NDIS_STATUS)DRIVER_CALL(handler, adapter->add_device_context, irp);
    nt_pool_free(irp);
    if (before) {
        ULONG *count = &adapter->translated_list->List[0].PartialResourceList.Count;
        if (*count > before)
            *count = before; /* it may take away, there is no room for more */
        RULE("R-243", messages_in(adapter->translated_list) >= messages,
             "MiniportStartDevice removed interrupt resources: %u of %u are left",
             messages_in(adapter->translated_list), messages);
    }
    if (status != NDIS_STATUS_SUCCESS) {
        snprintf(err, err_len, "MiniportStartDevice failed with status 0x%08x%s", (unsigned)status,
                 ndis_status_suffix(status));
        return -EIO;
    }
    return 0;
}

/* What the bus driver does when the start IRP reaches it: the function answers and may be bus
 * master. */
static void enable_function(struct pci_function *function)
{
    if (pci_power_state(function))
        pci_power_set(function, 0);
    uint32_t command = PCI_CMD_BUS_MASTER;
    for (unsigned i = 0; i < PCI_BARS; i++)
        if (function->bar[i].size)
            command |= function->bar[i].io ? PCI_CMD_IO : PCI_CMD_MEMORY;
    uint32_t now = pci_config_read(function, PCI_REG_COMMAND, 2);
    if ((now & command) != command)
        pci_config_write(function, PCI_REG_COMMAND, 2, now | command);
}

int ndis_resources_start(struct ndis_adapter *adapter, char *err, size_t err_len)
{
    struct interrupt_settings settings;
    struct interrupt_request request;
    interrupt_settings_read(adapter, &settings);
    int error = requirements_ask(adapter, &settings, &request, err, err_len);
    if (!error && adapter->device) {
        error = grant_make(adapter, &request, err, err_len);
        if (!error) {
            adapter->raw_list = list_build(adapter, false);
            adapter->translated_list = list_build(adapter, true);
            if (!adapter->raw_list || !adapter->translated_list) {
                snprintf(err, err_len, "not enough memory for the resource lists");
                error = -ENOMEM;
            }
        }
    }
    free(request.policy);
    if (!error)
        error = start_device(adapter, err, err_len);
    if (error) {
        ndis_resources_release(adapter);
        return error;
    }
    if (adapter->device) {
        enable_function(adapter->device);
        adapter->resources = &adapter->translated_list->List[0].PartialResourceList;
    }
    return 0;
}

void ndis_resources_release(struct ndis_adapter *adapter)
{
    if (adapter->device && adapter->grant)
        pci_interrupt_release(adapter->device);
    grant_free(adapter->grant);
    adapter->grant = NULL;
    adapter->resources = NULL;
    nt_pool_free(adapter->raw_list);
    nt_pool_free(adapter->translated_list);
    adapter->raw_list = adapter->translated_list = NULL;
}
