/* SPDX-License-Identifier: MIT */
/* window.c - BARs: where a function's registers are, and when they answer.
 *
 * The bus assigns addresses as firmware does: memory from 0xC0000000 (or above RAM, if there is
 * more) up to the interrupt controllers at 0xFEC00000, also for 64-bit BARs, ports from 0xC000. A
 * range is registered with iospace.h while it has an address; with decoding off (Command register),
 * in a power state other than D0, or after the card was pulled, it stays there and reads all ones,
 * as the bus of a PC does (PCI 3.0, 3.3.3.1: master abort). */
#include "nt/iospace.h"
#include "nt/physmem.h"
#include "pci/pci_internal.h"
#include <errno.h>

#define MEMORY_FIRST 0xc0000000ull
#define MEMORY_END   0xfec00000ull
#define PORT_FIRST   0xc000u
#define PORT_END     0x10000u
/* A range begins a page, so that what a driver maps of one card never reaches another's registers.
 */
#define MEMORY_ALIGN 4096u

static struct host_lock window_lock; /* registration; taken alone */

static uint64_t all_ones(unsigned width)
{
    return width >= 8 ? UINT64_MAX : (1ull << width * 8) - 1;
}

static uint64_t window_read(void *ctx, uint64_t offset, unsigned width)
{
    struct pci_window *window = ctx;
    struct pci_function *fn = window->fn;
    uint64_t value;
    if (!window->answers || fn->surprise_removed || offset + width > fn->bar[window->bar].size)
        return all_ones(width);
    if (pci_msix_read(fn, window->bar, offset, width, &value))
        return value;
    return fn->ops->bar_read(fn, window->bar, offset, width) & all_ones(width);
}

static void window_write(void *ctx, uint64_t offset, unsigned width, uint64_t value)
{
    struct pci_window *window = ctx;
    struct pci_function *fn = window->fn;
    if (!window->answers || fn->surprise_removed || offset + width > fn->bar[window->bar].size)
        return;
    value &= all_ones(width);
    if (!pci_msix_write(fn, window->bar, offset, width, value))
        fn->ops->bar_write(fn, window->bar, offset, width, value);
}

static const struct io_ops window_ops = {.read = window_read, .write = window_write};

/* What the BAR says now. False while it holds no address: zero, or the all ones of somebody sizing
 * it. */
static bool bar_address(const struct pci_function *fn, unsigned i, uint64_t *address)
{
    const struct pci_bar *bar = &fn->bar[i];
    uint32_t low = pci_config_peek(fn, PCI_REG_BAR0 + 4 * i, 4), high = 0;
    low &= bar->io ? ~3u : ~15u;
    if (bar->is64)
        high = pci_config_peek(fn, PCI_REG_BAR0 + 4 * i + 4, 4);
    *address = low | (uint64_t)high << 32;
    uint32_t sizing = (uint32_t) ~(bar->size - 1);
    if (*address == 0 || high == UINT32_MAX || (bar->size < 1ull << 31 && low == sizing))
        return false;
    return !bar->io || *address + bar->size <= PORT_END;
}

static void unregister(struct pci_window *window)
{
    if (window->at == 0)
        return;
    if (window->fn->bar[window->bar].io)
        ioport_remove((uint16_t)window->at);
    else
        iospace_remove(window->at);
    window->at = 0;
}

static int register_at(struct pci_window *window, uint64_t address)
{
    static const char *const names[PCI_BARS] = {"bar0", "bar1", "bar2", "bar3", "bar4", "bar5"};
    struct pci_function *fn = window->fn;
    const struct pci_bar *bar = &fn->bar[window->bar];
    int error;
    if (bar->io) {
        error = ioport_add((uint16_t)address, (uint16_t)bar->size, names[window->bar], &window_ops,
                           window);
    } else {
        void *memory = fn->ops->bar_memory ? fn->ops->bar_memory(fn, window->bar) : NULL;
        error = iospace_add(address, bar->size, names[window->bar], &window_ops, window, memory);
    }
    if (!error)
        window->at = address;
    return error;
}

int pci_window_update(struct pci_function *fn)
{
    struct pci_interrupts *bus = fn->interrupts;
    if (!bus->on_bus)
        return 0;
    int result = 0;
    host_lock(&window_lock);
    uint32_t command = pci_config_peek(fn, PCI_REG_COMMAND, 2);
    for (unsigned i = 0; i < PCI_BARS; i++) {
        struct pci_window *window = &bus->window[i];
        struct pci_bar *bar = &fn->bar[i];
        if (bar->size == 0)
            continue;
        uint64_t address;
        bool decodes = (command & (bar->io ? PCI_CMD_IO : PCI_CMD_MEMORY)) && bus->power == 0 &&
                       bar_address(fn, i, &address);
        if (decodes && address != window->at) {
            uint64_t before = window->at;
            window->answers = false;
            unregister(window);
            int error = register_at(window, address);
            if (error) {
                /* Two ranges at one place: on a bus both would answer, here the first one does. */
                result = result ? result : error;
                decodes = false;
                if (before)
                    register_at(window, before);
            }
        }
        if (decodes)
            bar->address = address;
        window->answers = decodes;
    }
    host_unlock(&window_lock);
    return result;
}

void pci_window_remove(struct pci_function *fn)
{
    host_lock(&window_lock);
    for (unsigned i = 0; i < PCI_BARS; i++) {
        fn->interrupts->window[i].answers = false;
        unregister(&fn->interrupts->window[i]);
        fn->bar[i].address = 0;
    }
    host_unlock(&window_lock);
}

/* The end of a range of fn that overlaps [at, at+size), 0 if none does. */
static uint64_t taken_by(const struct pci_function *fn, bool io, uint64_t at, uint64_t size)
{
    for (unsigned i = 0; i < PCI_BARS; i++) {
        const struct pci_bar *bar = &fn->bar[i];
        if (bar->size && bar->io == io && bar->address && at < bar->address + bar->size &&
            bar->address < at + size)
            return bar->address + bar->size;
    }
    return 0;
}

/* The same for what is on the bus, and for `joining`, which is not yet. */
static uint64_t taken_until(const struct pci_function *joining, bool io, uint64_t at, uint64_t size)
{
    uint64_t end = taken_by(joining, io, at, size);
    for (struct pci_function *fn = pci_bus_first(); fn && !end; fn = pci_bus_next(fn))
        end = taken_by(fn, io, at, size);
    return end;
}

/* First fit with natural alignment, 0 if there is no room. */
static uint64_t find_room(const struct pci_function *joining, const struct pci_bar *bar)
{
    uint64_t ram = physmem_size();
    uint64_t align = bar->io || bar->size > MEMORY_ALIGN ? bar->size : MEMORY_ALIGN;
    uint64_t end = bar->io ? PORT_END : MEMORY_END, taken;
    uint64_t at = bar->io ? PORT_FIRST : ram > MEMORY_FIRST ? ram : MEMORY_FIRST;
    for (;;) {
        at = (at + align - 1) & ~(align - 1);
        if (at > end || bar->size > end - at)
            return 0;
        taken = taken_until(joining, bar->io, at, bar->size);
        if (!taken)
            return at;
        at = taken;
    }
}

int pci_window_assign(struct pci_function *fn)
{
    for (unsigned i = 0; i < PCI_BARS; i++) {
        struct pci_bar *bar = &fn->bar[i];
        if (bar->size == 0)
            continue;
        uint64_t at = find_room(fn, bar);
        if (!at)
            return -ENOSPC;
        pci_config_write(fn, PCI_REG_BAR0 + 4 * i, 4, (uint32_t)at);
        if (bar->is64)
            pci_config_write(fn, PCI_REG_BAR0 + 4 * i + 4, 4, (uint32_t)(at >> 32));
        bar->address = at;
    }
    return 0;
}

void pci_window_probe(struct pci_function *fn)
{
    uint32_t command = pci_config_peek(fn, PCI_REG_COMMAND, 2);
    fn->ops->config_write(fn, PCI_REG_COMMAND, 2, command & ~(PCI_CMD_IO | PCI_CMD_MEMORY));
    for (unsigned i = 0; i < PCI_BARS; i++) {
        unsigned at = PCI_REG_BAR0 + 4 * i;
        struct pci_bar bar = {0};
        uint32_t before = pci_config_peek(fn, at, 4);
        fn->ops->config_write(fn, at, 4, UINT32_MAX);
        uint32_t low = pci_config_peek(fn, at, 4);
        fn->ops->config_write(fn, at, 4, before);
        if (low == 0)
            continue;
        bar.io = low & PCI_BAR_IO;
        bar.is64 = !bar.io && (low & 6) == PCI_BAR_64 && i + 1 < PCI_BARS;
        bar.prefetchable = !bar.io && (low & PCI_BAR_PREFETCHABLE);
        uint64_t mask = low & (bar.io ? ~3u : ~15u);
        if (bar.io)
            mask |= 0xffff0000; /* 16 address lines are enough for a port (PCI 3.0, 6.2.5.1) */
        mask |= 0xffffffffull << 32;
        if (bar.is64) {
            uint32_t high = pci_config_peek(fn, at + 4, 4);
            fn->ops->config_write(fn, at + 4, 4, UINT32_MAX);
            mask &= (uint64_t)pci_config_peek(fn, at + 4, 4) << 32 | UINT32_MAX;
            fn->ops->config_write(fn, at + 4, 4, high);
        }
        bar.size = ~mask + 1;
        if (bar.size & (bar.size - 1)) /* not a BAR's answer */
            bar.size = 0;
        fn->bar[i] = bar;
        i += bar.is64;
    }
    fn->ops->config_write(fn, PCI_REG_COMMAND, 2, command);
}
