/* SPDX-License-Identifier: MIT */
/* msix.c - NdisMConfigMSIXTableEntry: which message a table entry of the device sends, and whether.
 *
 * A driver may call it from the start of MiniportInitializeEx to the return of MiniportHaltEx
 * but the device is programmed only while its interrupt is registered. So what was asked
 * for is kept with the grant, and holds again whenever the interrupt is registered. */
#include "ndis/interrupt_internal.h"
#include <errno.h>
#include <stdlib.h>

/* The device's table, as the driver wants it. */
struct ndis_msix_table {
    unsigned count;
    struct ndis_msix_entry {
        uint16_t message;
        bool mapped; /* else the bus driver's choice */
        bool masked;
    } entry[];
};

static const struct ndis_revision revisions[] = {
    {NDIS_MSIX_CONFIG_PARAMETERS_REVISION_1, NDIS_SIZEOF_MSIX_CONFIG_PARAMETERS_REVISION_1},
};

/* Made at the first call, so that later ones ask nothing of the device. NULL: no memory. Any IRQL.
 */
static struct ndis_msix_table *table_of(struct ndis_adapter *adapter)
{
    struct ndis_grant *grant = adapter->grant;
    struct ndis_msix_table *now = __atomic_load_n(&grant->msix, __ATOMIC_ACQUIRE);
    if (now)
        return now;
    struct pci_interrupt_need need;
    pci_interrupt_need(adapter->device, &need);
    struct ndis_msix_table *fresh =
        calloc(1, sizeof(*fresh) + need.msix_messages * sizeof(fresh->entry[0]));
    if (!fresh)
        return NULL;
    fresh->count = need.msix_messages;
    if (__atomic_compare_exchange_n(&grant->msix, &now, fresh, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
        return fresh;
    free(fresh); /* another processor was faster */
    return now;
}

/* Does it on the device if that is programmed. 0 or -errno. */
static int configure(struct ndis_adapter *adapter, const NDIS_MSIX_CONFIG_PARAMETERS *p)
{
    struct ndis_grant *grant = adapter->grant;
    if (!grant || grant->kind != PCI_INTERRUPT_MSIX)
        return -EINVAL;
    struct ndis_msix_table *table = table_of(adapter);
    if (!table)
        return -ENOMEM;
    if (p->TableEntry >= table->count)
        return -EINVAL;
    struct ndis_msix_entry *entry = &table->entry[p->TableEntry];
    unsigned message;
    bool mask;
    bool programmed = !pci_msix_get_entry(adapter->device, p->TableEntry, &message, &mask);
    int err = 0;
    switch (p->ConfigOperation) {
    case NdisMSIXTableConfigSetTableEntry:
        if (p->MessageNumber >= grant->count)
            return -EINVAL;
        if (programmed)
            err = pci_msix_set_entry(adapter->device, p->TableEntry, p->MessageNumber);
        if (!err) {
            entry->message = (uint16_t)p->MessageNumber;
            entry->mapped = true;
        }
        return err;
    case NdisMSIXTableConfigMaskTableEntry:
    case NdisMSIXTableConfigUnmaskTableEntry:
        mask = p->ConfigOperation == NdisMSIXTableConfigMaskTableEntry;
        if (programmed)
            err = pci_msix_mask_entry(adapter->device, p->TableEntry, mask);
        if (!err)
            entry->masked = mask;
        return err;
    default:
        return -EINVAL;
    }
}

int ndis_msix_apply(struct ndis_adapter *adapter)
{
    const struct ndis_msix_table *table = adapter->grant->msix;
    int err = 0;
    for (unsigned i = 0; table && !err && i < table->count; i++) {
        const struct ndis_msix_entry *entry = &table->entry[i];
        if (entry->masked)
            err = pci_msix_mask_entry(adapter->device, i, true);
        if (!err && entry->mapped)
            err = pci_msix_set_entry(adapter->device, i, entry->message);
    }
    return err;
}

NDIS_STATUS NTAPI NdisMConfigMSIXTableEntry(NDIS_HANDLE MiniportAdapterHandle,
                                            PNDIS_MSIX_CONFIG_PARAMETERS MSIXConfigParameters)
{
    struct ndis_adapter *adapter =
        ndis_adapter_from_handle(MiniportAdapterHandle, "NdisMConfigMSIXTableEntry");
    const NDIS_MSIX_CONFIG_PARAMETERS *p = MSIXConfigParameters;
    if (!adapter || !adapter->device ||
        !ndis_header_check(&p->Header, "NDIS_MSIX_CONFIG_PARAMETERS", NDIS_OBJECT_TYPE_DEFAULT,
                           revisions, 1))
        return NDIS_STATUS_INVALID_PARAMETER;
    RULE("R-199", ndis_state(adapter) != NDIS_HALTED,
         "NdisMConfigMSIXTableEntry outside the time from MiniportInitializeEx to MiniportHaltEx");
    RULE("R-200",
         p->ConfigOperation != NdisMSIXTableConfigSetTableEntry || irql_current() <= DISPATCH_LEVEL,
         "NdisMConfigMSIXTableEntry(SetTableEntry) at %s, must be at or below DISPATCH_LEVEL",
         irql_name(irql_current()));
    int err = configure(adapter, p);
    if (!err)
        return NDIS_STATUS_SUCCESS;
    /* What the bus driver says, if it is not the parameters. */
    return err == -EINVAL   ? NDIS_STATUS_INVALID_PARAMETER
           : err == -ENOMEM ? NDIS_STATUS_RESOURCES
                            : NDIS_STATUS_FAILURE;
}
NT_EXPORT("ndis.sys", NdisMConfigMSIXTableEntry);
