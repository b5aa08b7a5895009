/* SPDX-License-Identifier: MIT */
/* bus.c - the functions that are there, and how a new one joins them.
 *
 * One bus, number 0, as a small PC has it. The host bridge and what else a chipset puts there would
 * be devices 0 to 2; cards start at 3. */
#include "pci/pci_internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_DEVICE 3
#define DEVICES      32

static struct pci_function *bus_head;

struct pci_function *pci_bus_first(void)
{
    return bus_head;
}

struct pci_function *pci_bus_next(struct pci_function *fn)
{
    return fn->next;
}

static int give_number(struct pci_function *fn)
{
    uint32_t taken = 0;
    for (struct pci_function *other = bus_head; other; other = other->next)
        taken |= 1u << other->device;
    for (unsigned d = FIRST_DEVICE; d < DEVICES; d++)
        if (!(taken & 1u << d)) {
            fn->bus = 0;
            fn->device = (uint8_t)d;
            fn->function = 0;
            return 0;
        }
    return -ENOSPC;
}

/* What the bus knows of a function of its own because it built it, it reads from a foreign one. */
static int discover(struct pci_function *fn)
{
    struct pci_interrupts *bus = fn->interrupts;
    pci_window_probe(fn);
    fn->msi_cap = pci_capability_find(fn, PCI_CAP_MSI);
    fn->msix_cap = pci_capability_find(fn, PCI_CAP_MSIX);
    bus->power_cap = pci_capability_find(fn, PCI_CAP_POWER);
    bus->express_cap = pci_capability_find(fn, PCI_CAP_EXPRESS);
    bus->express = bus->express_cap != 0;
    if (bus->power_cap)
        bus->power = pci_config_peek(fn, bus->power_cap + PCI_PM_CONTROL, 2) & PCI_PMCSR_STATE;
    if (fn->msix_cap && !bus->table) {
        bus->entries =
            (pci_config_peek(fn, fn->msix_cap + PCI_MSIX_CONTROL, 2) & PCI_MSIX_SIZE) + 1;
        uint32_t table = pci_config_peek(fn, fn->msix_cap + PCI_MSIX_TABLE, 4);
        uint32_t pba = pci_config_peek(fn, fn->msix_cap + PCI_MSIX_PBA, 4);
        bus->table_bar = table & 7;
        bus->table_offset = table & ~7u;
        bus->pba_bar = pba & 7;
        bus->pba_offset = pba & ~7u;
        bus->table = calloc(bus->entries, sizeof *bus->table);
        bus->pending = calloc((bus->entries + 63) / 64, sizeof *bus->pending);
        if (!bus->table || !bus->pending)
            return -ENOMEM;
    }
    return 0;
}

static int keep_power_on_values(struct pci_function *fn)
{
    struct pci_interrupts *bus = fn->interrupts;
    if (!bus->power_on)
        bus->power_on = malloc(PCI_CONFIG_BYTES);
    if (!bus->power_on)
        return -ENOMEM;
    memcpy(bus->power_on, fn->config, PCI_CONFIG_BYTES);
    return 0;
}

int pci_bus_add(struct pci_function *fn)
{
    struct pci_interrupts *bus = fn->interrupts;
    int error = bus->external ? discover(fn) : keep_power_on_values(fn);
    if (!error)
        error = give_number(fn);
    if (!error)
        error = pci_window_assign(fn);
    if (error) {
        for (unsigned i = 0; i < PCI_BARS; i++)
            fn->bar[i].address = 0;
        return error;
    }

    fn->next = NULL;
    struct pci_function **end = &bus_head;
    while (*end)
        end = &(*end)->next;
    *end = fn;
    bus->on_bus = true;
    pci_intx_attach(fn);
    if (bus->line)
        pci_config_write(fn, PCI_REG_INTERRUPT_LINE, 1, pci_line_number(fn));

    uint32_t enable = PCI_CMD_BUS_MASTER;
    for (unsigned i = 0; i < PCI_BARS; i++)
        if (fn->bar[i].size)
            enable |= fn->bar[i].io ? PCI_CMD_IO : PCI_CMD_MEMORY;
    pci_config_write(fn, PCI_REG_COMMAND, 2, pci_config_peek(fn, PCI_REG_COMMAND, 2) | enable);
    error = pci_window_update(fn);
    if (error)
        pci_bus_remove(fn);
    return error;
}

void pci_bus_remove(struct pci_function *fn)
{
    if (!fn->interrupts->on_bus)
        return;
    pci_interrupt_release(fn);
    pci_intx_detach(fn);
    pci_window_remove(fn);
    fn->interrupts->on_bus = false;
    for (struct pci_function **at = &bus_head; *at; at = &(*at)->next)
        if (*at == fn) {
            *at = fn->next;
            break;
        }
    fn->next = NULL;
}
