/* SPDX-License-Identifier: MIT */
/* power.c - the power management capability (PCI PM 1.2, 3.2) and what a change of D-state does.
 *
 * Outside D0 a function answers configuration accesses only: no registers, no DMA, no interrupts
 * (5.4.1). On the way from D3hot to D0 it resets itself, unless No_Soft_Reset is set; the bus
 * driver then restores what it and the driver had programmed (WDK: "PCI Power Management and Device
 * Drivers"). */
#include "pci/pci_internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void pci_capability_power(struct pci_function *fn, unsigned offset)
{
    offset = pci_capability_add(fn, PCI_CAP_POWER, offset, PCI_PM_BYTES);
    fn->interrupts->power_cap = offset;
    /* Version 2, PME# from D0 and D3hot, no D1 and D2. */
    pci_put16(fn->config, offset + PCI_PM_CAPABILITIES, 2 | 1 << 11 | 1 << 14);
    pci_put16(fn->config_mask, offset + PCI_PM_CONTROL, PCI_PMCSR_STATE | PCI_PMCSR_PME_ENABLE);
    pci_put16(fn->config_w1c, offset + PCI_PM_CONTROL, PCI_PMCSR_PME_STATUS);
}

static bool supported(const struct pci_function *fn, unsigned state)
{
    uint32_t pmc = pci_config_peek(fn, fn->interrupts->power_cap + PCI_PM_CAPABILITIES, 2);
    return (state != 1 || (pmc & PCI_PMC_D1)) && (state != 2 || (pmc & PCI_PMC_D2));
}

bool pci_power_written(struct pci_function *fn)
{
    struct pci_interrupts *bus = fn->interrupts;
    unsigned at = bus->power_cap + PCI_PM_CONTROL;
    uint16_t control = pci_get16(fn->config, at);
    unsigned from = bus->power, to = control & PCI_PMCSR_STATE;
    if (!supported(fn, to)) { /* the write completes, the state stays (3.2.4) */
        pci_put16(fn->config, at, (uint16_t)((control & ~PCI_PMCSR_STATE) | from));
        return false;
    }
    bus->power = to;
    return from == 3 && to == 0 && !(control & PCI_PMCSR_NO_SOFT_RESET);
}

unsigned pci_power_state(const struct pci_function *fn)
{
    return fn->interrupts->power;
}

/* Registers that a soft reset forgets, in the order in which they go back: what enables something
 * comes last. */
struct saved {
    unsigned offset, width;
};

static size_t list_registers(const struct pci_function *fn, struct saved out[40])
{
    const struct pci_interrupts *bus = fn->interrupts;
    size_t n = 0;
    out[n++] = (struct saved){PCI_REG_CACHE_LINE, 2};
    for (unsigned i = 0; i < PCI_BARS; i++)
        out[n++] = (struct saved){PCI_REG_BAR0 + 4 * i, 4};
    out[n++] = (struct saved){PCI_REG_INTERRUPT_LINE, 1};
    if (bus->express_cap) {
        out[n++] = (struct saved){bus->express_cap + PCI_EXP_DEVICE_CONTROL, 2};
        out[n++] = (struct saved){bus->express_cap + PCI_EXP_LINK_CONTROL, 2};
    }
    if (fn->msi_cap) {
        unsigned control = pci_config_peek(fn, fn->msi_cap + PCI_MSI_CONTROL, 2);
        unsigned bytes = pci_msi_bytes((uint16_t)control);
        for (unsigned at = PCI_MSI_ADDRESS; at < bytes; at += 2)
            out[n++] = (struct saved){fn->msi_cap + at, 2};
        out[n++] = (struct saved){fn->msi_cap + PCI_MSI_CONTROL, 2};
    }
    if (fn->msix_cap)
        out[n++] = (struct saved){fn->msix_cap + PCI_MSIX_CONTROL, 2};
    out[n++] = (struct saved){PCI_REG_COMMAND, 2};
    return n;
}

int pci_power_set(struct pci_function *fn, unsigned state)
{
    struct pci_interrupts *bus = fn->interrupts;
    if (!bus->power_cap || state > 3 || !supported(fn, state))
        return -ENOTSUP;
    unsigned at = bus->power_cap + PCI_PM_CONTROL;
    uint32_t control =
        pci_config_peek(fn, at, 2) & ~(uint32_t)(PCI_PMCSR_STATE | PCI_PMCSR_PME_STATUS);

    /* Configuration space can be read in every state, so it is saved on the way back, before the
     * write that resets the function. */
    struct saved list[40];
    uint32_t value[40];
    size_t n = list_registers(fn, list);
    struct pci_msix_entry *table = NULL;
    bool restore = state == 0 && bus->power != 0;
    if (restore && bus->table && !bus->external) {
        table = malloc(bus->entries * sizeof *table);
        if (!table)
            return -ENOMEM;
        host_lock(&bus->lock);
        memcpy(table, bus->table, bus->entries * sizeof *table);
        host_unlock(&bus->lock);
    }
    for (size_t i = 0; i < n; i++)
        value[i] = pci_config_peek(fn, list[i].offset, list[i].width);

    pci_config_write(fn, at, 2, control | state);
    if (restore) {
        if (table) {
            host_lock(&bus->lock);
            memcpy(bus->table, table, bus->entries * sizeof *table);
            host_unlock(&bus->lock);
        }
        for (size_t i = 0; i < n; i++)
            if (pci_config_peek(fn, list[i].offset, list[i].width) != value[i])
                pci_config_write(fn, list[i].offset, list[i].width, value[i]);
    }
    free(table);
    return 0;
}
