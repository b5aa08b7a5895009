/* SPDX-License-Identifier: MIT */
/* requirements.c - the IO_RESOURCE_REQUIREMENTS_LIST that MiniportFilterResourceRequirements sees
 * and changes.
 *
 * The bus driver's list, as Windows presents it (kernel: "Using Interrupt Resource Descriptors";
 * pci: "Order of Resources in Start-Device IRP"): the BARs in order with a device-private
 * descriptor after each, then the interrupts. MSI-X has one descriptor per message, so its
 * fallback, the line, is a list of its own; MSI has one preferred descriptor for all messages, and
 * a single message and the line as alternatives to it. */
#include "ndis/resources.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_FLAGS  (CM_RESOURCE_INTERRUPT_LATCHED | CM_RESOURCE_INTERRUPT_MESSAGE) /* */
#define LISTS_MAX      64
#define LIST_BYTES_MAX (1u << 20)

/* u.Interrupt since Windows Vista; mingw-w64's header has only the first two members. Without
 * processor groups the policy is an enumeration of 32 bits, with them 16 bits and a group. */
struct interrupt_requirement {
    ULONG minimum, maximum;
    USHORT policy, group;
    ULONG priority;
    uint64_t targets;
};
_Static_assert(sizeof(struct interrupt_requirement) == 24, "as long as u.Memory");
_Static_assert(sizeof(IO_RESOURCE_DESCRIPTOR) == 32, "IO_RESOURCE_DESCRIPTOR on x64");

static struct interrupt_requirement *interrupt_of(IO_RESOURCE_DESCRIPTOR *descriptor)
{
    return (struct interrupt_requirement *)&descriptor->u;
}

/* --- what the registry says --- */

static uint64_t setting(struct registry_key *key, const char *path, const char *name,
                        uint64_t fallback)
{
    struct registry_key *sub = key ? registry_open(key, path) : NULL;
    uint64_t value;
    bool found = sub && registry_get_number(sub, name, &value) == 0;
    if (sub)
        registry_put(sub);
    return found ? value : fallback;
}

static unsigned power_of_two_below(unsigned n)
{
    unsigned power = 1;
    while (power * 2 <= n)
        power *= 2;
    return power;
}

void interrupt_settings_read(const struct ndis_adapter *adapter,
                             struct interrupt_settings *settings)
{
    static const char messages_key[] = "Interrupt Management\\MessageSignaledInterruptProperties";
    static const char affinity_key[] = "Interrupt Management\\Affinity Policy";
    struct registry_key *key = adapter->hardware_key;
    *settings = (struct interrupt_settings){.kind = PCI_INTERRUPT_NONE};
    if (!adapter->device)
        return;
    struct pci_interrupt_need need;
    pci_interrupt_need(adapter->device, &need);
    settings->line = need.line;
    settings->policy = (struct interrupt_policy){
        .affinity = (unsigned)setting(key, affinity_key, "DevicePolicy", IrqPolicyMachineDefault),
        .priority = (unsigned)setting(key, affinity_key, "DevicePriority", IrqPriorityUndefined),
        .targets = setting(key, affinity_key, "AssignmentSetOverride", 0),
    };

    enum ndis_interrupt_wish wish = adapter->wish.kind;
    bool supported = setting(key, messages_key, "MSISupported", 0) == 1; /* */
    bool msix =
        need.msix_messages && wish != NDIS_WISH_MSI && (supported || wish == NDIS_WISH_MSIX);
    bool msi = need.msi_messages && !msix && wish != NDIS_WISH_MSIX &&
               (supported || wish == NDIS_WISH_MSI);
    unsigned limit = (unsigned)setting(key, messages_key, "MessageNumberLimit", MESSAGES_MAX);
    if (limit == 0)
        limit = 1;
    unsigned most = msix ? need.msix_messages : msi ? need.msi_messages : 0;
    settings->messages = most < limit ? most : limit;
    settings->kind = msix        ? PCI_INTERRUPT_MSIX
                     : msi       ? PCI_INTERRUPT_MSI
                     : need.line ? PCI_INTERRUPT_LINE
                                 : PCI_INTERRUPT_NONE;
    if (msi)
        settings->messages = power_of_two_below(settings->messages);
}

/* --- building --- */

static void describe_bar(const struct pci_bar *bar, IO_RESOURCE_DESCRIPTOR *d)
{
    d->ShareDisposition = CmResourceShareDeviceExclusive;
    d->Type = bar->io ? CmResourceTypePort : CmResourceTypeMemory;
    d->Flags = bar->io ? CM_RESOURCE_PORT_IO | CM_RESOURCE_PORT_16_BIT_DECODE |
                             CM_RESOURCE_PORT_POSITIVE_DECODE
                       : CM_RESOURCE_MEMORY_READ_WRITE |
                             (bar->prefetchable ? CM_RESOURCE_MEMORY_PREFETCHABLE : 0);
    d->u.Memory.Length = (ULONG)bar->size;
    d->u.Memory.Alignment = (ULONG)bar->size;
    d->u.Memory.MinimumAddress.QuadPart = 0;
    d->u.Memory.MaximumAddress.QuadPart = bar->io ? 0xffff : bar->is64 ? -1ll : 0xffffffffll;
}

static void describe_interrupt(IO_RESOURCE_DESCRIPTOR *d, UCHAR option, USHORT flags, UCHAR share,
                               ULONG minimum, ULONG maximum, const struct interrupt_policy *policy)
{
    d->Type = CmResourceTypeInterrupt;
    d->Option = option;
    d->ShareDisposition = share;
    d->Flags = flags;
    struct interrupt_requirement *u = interrupt_of(d);
    u->minimum = minimum;
    u->maximum = maximum;
    u->policy = (USHORT)policy->affinity;
    u->priority = policy->priority;
    u->targets = policy->targets;
}

static void describe_line(const struct ndis_adapter *adapter, IO_RESOURCE_DESCRIPTOR *d,
                          UCHAR option, const struct interrupt_policy *policy)
{
    ULONG gsi = pci_line_number(adapter->device);
    describe_interrupt(d, option, CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE, CmResourceShareShared, gsi,
                       gsi, policy);
}

/* Starts a list at `list` with the BARs; returns where its next descriptor goes. */
static IO_RESOURCE_DESCRIPTOR *list_begin(const struct ndis_adapter *adapter,
                                          IO_RESOURCE_LIST *list)
{
    list->Version = list->Revision = 1;
    IO_RESOURCE_DESCRIPTOR *d = list->Descriptors;
    for (unsigned i = 0; i < PCI_BARS; i++) {
        const struct pci_bar *bar = &adapter->device->bar[i];
        if (!bar->size)
            continue;
        describe_bar(bar, d++);
        d->Type = CmResourceTypeDevicePrivate;
        d->u.DevicePrivate.Data[0] = 1;
        d->u.DevicePrivate.Data[1] = i;
        d++;
    }
    return d;
}

static IO_RESOURCE_LIST *list_end(IO_RESOURCE_LIST *list, IO_RESOURCE_DESCRIPTOR *end)
{
    list->Count = (ULONG)(end - list->Descriptors);
    return (IO_RESOURCE_LIST *)end;
}

IO_RESOURCE_REQUIREMENTS_LIST *requirements_build(const struct ndis_adapter *adapter,
                                                  const struct interrupt_settings *settings)
{
    size_t per_list = sizeof(IO_RESOURCE_LIST) + 2 * PCI_BARS * sizeof(IO_RESOURCE_DESCRIPTOR);
    size_t bytes = sizeof(IO_RESOURCE_REQUIREMENTS_LIST) + 2 * per_list +
                   (settings->messages + 3) * sizeof(IO_RESOURCE_DESCRIPTOR);
    IO_RESOURCE_REQUIREMENTS_LIST *all = nt_pool_alloc_system(bytes, NDIS_TAG);
    if (!all)
        return NULL;
    memset(all, 0, bytes);
    all->InterfaceType = PCIBus;
    all->BusNumber = adapter->device->bus;
    all->SlotNumber = adapter->device->device | (ULONG)adapter->device->function << 5;
    const struct interrupt_policy *policy = &settings->policy;

    IO_RESOURCE_LIST *list = all->List;
    IO_RESOURCE_DESCRIPTOR *d = list_begin(adapter, list);
    if (settings->kind == PCI_INTERRUPT_MSIX) {
        for (unsigned i = 0; i < settings->messages; i++) /* */
            describe_interrupt(d++, 0, MESSAGE_FLAGS, CmResourceShareDeviceExclusive,
                               CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN,
                               CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN, policy);
        all->AlternativeLists++;
        if (settings->line) {
            list = list_end(list, d);
            d = list_begin(adapter, list);
        }
    } else if (settings->kind == PCI_INTERRUPT_MSI) {
        describe_interrupt(d++, IO_RESOURCE_PREFERRED, MESSAGE_FLAGS,
                           CmResourceShareDeviceExclusive,
                           CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN - settings->messages + 1,
                           CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN, policy);
        if (settings->messages > 1)
            describe_interrupt(d++, IO_RESOURCE_ALTERNATIVE, MESSAGE_FLAGS,
                               CmResourceShareDeviceExclusive, CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN,
                               CM_RESOURCE_INTERRUPT_MESSAGE_TOKEN, policy);
        if (settings->line)
            describe_line(adapter, d++, IO_RESOURCE_ALTERNATIVE, policy);
    }
    if (settings->kind == PCI_INTERRUPT_LINE ||
        (settings->kind == PCI_INTERRUPT_MSIX && settings->line))
        describe_line(adapter, d++, 0, policy);
    if (settings->kind != PCI_INTERRUPT_MSIX || settings->line)
        all->AlternativeLists++;
    list = list_end(list, d);
    all->ListSize = (ULONG)((char *)list - (char *)all);
    return all;
}

/* --- the driver's answer --- */

/* The next list, or NULL if this one does not end within the block. */
static IO_RESOURCE_LIST *list_next(const IO_RESOURCE_REQUIREMENTS_LIST *all, IO_RESOURCE_LIST *list)
{
    const char *end = (const char *)all + all->ListSize;
    if ((const char *)list->Descriptors > end)
        return NULL;
    size_t room = (size_t)(end - (const char *)list->Descriptors) / sizeof(IO_RESOURCE_DESCRIPTOR);
    return list->Count <= room ? (IO_RESOURCE_LIST *)&list->Descriptors[list->Count] : NULL;
}

static bool requirements_valid(IO_RESOURCE_REQUIREMENTS_LIST *all, char *why, size_t why_len)
{
    if (!nt_pool_owns(all)) {
        snprintf(why, why_len, "Irp->IoStatus.Information (%p) is no memory from a pool", all);
        return false;
    }
    if (all->ListSize < offsetof(IO_RESOURCE_REQUIREMENTS_LIST, List) ||
        all->ListSize > LIST_BYTES_MAX || !nt_pool_owns((char *)all + all->ListSize - 1)) {
        snprintf(why, why_len, "ListSize is %u", all->ListSize);
        return false;
    }
    if (!all->AlternativeLists || all->AlternativeLists > LISTS_MAX) {
        snprintf(why, why_len, "AlternativeLists is %u", all->AlternativeLists);
        return false;
    }
    IO_RESOURCE_LIST *list = all->List;
    for (ULONG i = 0; i < all->AlternativeLists; i++) {
        IO_RESOURCE_LIST *next = list_next(all, list);
        if (!next) {
            snprintf(why, why_len, "list %u of %u (Count %u) goes beyond ListSize %u", i,
                     all->AlternativeLists, list->Count, all->ListSize);
            return false;
        }
        list = next;
    }
    return true;
}

static bool is_message(const IO_RESOURCE_DESCRIPTOR *d)
{
    return d->Type == CmResourceTypeInterrupt && (d->Flags & CM_RESOURCE_INTERRUPT_MESSAGE);
}

static bool is_line(const IO_RESOURCE_DESCRIPTOR *d)
{
    return d->Type == CmResourceTypeInterrupt && !(d->Flags & CM_RESOURCE_INTERRUPT_MESSAGE);
}

/* Messages of one descriptor: one each for MSI-X, a range for MSI. */
static unsigned messages_of(IO_RESOURCE_DESCRIPTOR *d)
{
    const struct interrupt_requirement *u = interrupt_of(d);
    return u->maximum >= u->minimum && u->maximum - u->minimum < MESSAGES_MAX
               ? u->maximum - u->minimum + 1
               : 1;
}

static struct interrupt_policy policy_of(IO_RESOURCE_DESCRIPTOR *d)
{
    const struct interrupt_requirement *u = interrupt_of(d);
    RULE("R-239", u->policy != IrqPolicySpecifiedProcessors || u->targets != 0,
         "an interrupt asks for specified processors, but TargetedProcessors is 0");
    return (struct interrupt_policy){u->policy, u->priority, u->targets};
}

/* The first list with messages says how many; a line counts wherever it is. 0 or -errno. */
static int requirements_read(IO_RESOURCE_REQUIREMENTS_LIST *all,
                             const struct interrupt_settings *settings,
                             struct interrupt_request *request)
{
    IO_RESOURCE_LIST *list = all->List;
    for (ULONG l = 0; l < all->AlternativeLists; l++, list = list_next(all, list)) {
        bool count_here = request->messages == 0;
        for (ULONG i = 0; i < list->Count; i++) {
            IO_RESOURCE_DESCRIPTOR *d = &list->Descriptors[i];
            if (is_line(d) && !request->line) {
                request->line = true;
                request->line_policy = policy_of(d);
            }
            if (!is_message(d) || !count_here)
                continue;
            /* An alternative to messages that are asked for already. */
            if ((d->Option & IO_RESOURCE_ALTERNATIVE) && request->messages)
                continue;
            unsigned n = messages_of(d), had = request->messages;
            struct interrupt_policy *more =
                realloc(request->policy, (had + n) * sizeof(*request->policy));
            if (!more)
                return -ENOMEM;
            request->policy = more;
            for (unsigned m = 0; m < n; m++)
                more[had + m] = policy_of(d);
            request->messages = had + n; /* numbered in list order */
        }
    }
    request->kind = !request->messages ? request->line ? PCI_INTERRUPT_LINE : PCI_INTERRUPT_NONE
                    : settings->kind == PCI_INTERRUPT_MSI ? PCI_INTERRUPT_MSI
                                                          : PCI_INTERRUPT_MSIX;
    return 0;
}

/* memory and ports must come back as they were, in order. Compares the first lists.
 */
static void check_untouched(const IO_RESOURCE_DESCRIPTOR *before, ULONG before_count,
                            IO_RESOURCE_REQUIREMENTS_LIST *after)
{
    ULONG at = 0;
    for (ULONG i = 0; i < before_count; i++) {
        const IO_RESOURCE_DESCRIPTOR *d = &before[i];
        if (d->Type != CmResourceTypeMemory && d->Type != CmResourceTypePort)
            continue;
        while (at < after->List[0].Count && memcmp(&after->List[0].Descriptors[at], d, sizeof(*d)))
            at++;
        if (!RULE("R-245", at < after->List[0].Count,
                  "MiniportFilterResourceRequirements changed, moved or removed a %s resource of "
                  "0x%x bytes",
                  d->Type == CmResourceTypePort ? "port" : "memory", d->u.Memory.Length))
            return;
        at++;
    }
}

PIRP pnp_irp_create(UCHAR minor)
{
    size_t bytes = sizeof(IRP) + sizeof(IO_STACK_LOCATION);
    PIRP irp = nt_pool_alloc_system(bytes, NDIS_TAG);
    if (!irp)
        return NULL;
    memset(irp, 0, bytes);
    irp->Type = 6; /* wdm.h: IO_TYPE_IRP */
    irp->Size = (USHORT)bytes;
    irp->StackCount = 1;
    irp->CurrentLocation = 1;
    irp->IoStatus.Status = STATUS_SUCCESS; /* the lower drivers have completed it */
    PIO_STACK_LOCATION stack = (PIO_STACK_LOCATION)(irp + 1);
    stack->MajorFunction = IRP_MJ_PNP;
    stack->MinorFunction = minor;
    irp->Tail.Overlay.CurrentStackLocation = stack;
    return irp;
}

/* The list after the driver's filter: its own, or the bus driver's if it failed. Takes over
 * `all`. */
static IO_RESOURCE_REQUIREMENTS_LIST *filter(struct ndis_adapter *adapter,
                                             IO_RESOURCE_REQUIREMENTS_LIST *all)
{
    MINIPORT_PNP_IRP_HANDLER handler =
        adapter->driver->pnp.MiniportFilterResourceRequirementsHandler;
    PIRP irp = handler ? pnp_irp_create(IRP_MN_FILTER_RESOURCE_REQUIREMENTS) : NULL;
    if (!irp)
        return all;
    /* Kept in case the driver fails after changing the list in place. */
    ULONG size = all ? all->ListSize : 0;
    void *original = all ? malloc(size) : NULL;
    if (original)
        memcpy(original, all, size);
    irp->IoStatus.Information = (ULONG_PTR)all;
    irp->Tail.Overlay.CurrentStackLocation->Parameters.FilterResourceRequirements
        .IoResourceRequirementList = all;

    NDIS_STATUS status = (NDIS_STATUS)DRIVER_CALL(handler, adapter->add_device_context, irp);
    IO_RESOURCE_REQUIREMENTS_LIST *answer = (void *)irp->IoStatus.Information;
    nt_pool_free(irp);
    char why[160] = "";
    bool good =
        status == NDIS_STATUS_SUCCESS && (!answer || requirements_valid(answer, why, sizeof(why)));
    if (status == NDIS_STATUS_SUCCESS && answer)
        RULE("R-247", good, "MiniportFilterResourceRequirements left a list that is malformed: %s",
             why);
    if (good && answer && original) {
        const IO_RESOURCE_REQUIREMENTS_LIST *before = original;
        check_untouched(before->List[0].Descriptors, before->List[0].Count, answer);
    } else if (!good) {
        /* The bus driver's list again; in other memory if the driver put something else in its
         * place. */
        if (answer != all || !nt_pool_owns(all))
            answer = original ? nt_pool_alloc_system(size, NDIS_TAG) : NULL;
        if (answer && original)
            memcpy(answer, original, size);
    }
    free(original);
    return answer;
}

int requirements_ask(struct ndis_adapter *adapter, const struct interrupt_settings *settings,
                     struct interrupt_request *request, char *err, size_t err_len)
{
    *request = (struct interrupt_request){.kind = PCI_INTERRUPT_NONE};
    IO_RESOURCE_REQUIREMENTS_LIST *all = NULL;
    if (adapter->device && !(all = requirements_build(adapter, settings))) {
        snprintf(err, err_len, "not enough memory for the resource list");
        return -ENOMEM;
    }
    all = filter(adapter, all);
    int error = 0;
    if (all && adapter->device)
        error = requirements_read(all, settings, request);
    nt_pool_free(all); /* */
    if (!error && request->messages > MESSAGES_MAX)
        error = -E2BIG;
    if (error)
        snprintf(err, err_len,
                 error == -E2BIG ? "the driver asks for %u interrupt messages; %u are the most"
                                 : "not enough memory for %u interrupt messages (%u are the most)",
                 request->messages, MESSAGES_MAX);
    return error;
}
