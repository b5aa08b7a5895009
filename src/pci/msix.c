/* SPDX-License-Identifier: MIT */
/* msix.c - the MSI-X capability, its table and its pending bits (PCI 3.0, 6.8.2).
 *
 * Both structures lie in a BAR; the bus answers accesses to them, so that a device model raises an
 * entry and knows nothing of masks. An entry is masked by its own vector control or by the function
 * mask; raised then, it sets its pending bit, and is sent when both are clear (6.8.2.7, 6.8.2.8).
 * Changing an unmasked entry is the system's to avoid (6.8.2.9), which pci_msix_set_entry does.
 *
 * For a function outside this process the same table is only a note of what was mapped and masked.
 */
#include "nt/report.h"
#include "pci/pci_internal.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pci_capability_msix(struct pci_function *fn, unsigned offset, unsigned entries,
                         unsigned table_bar, uint32_t table_offset, unsigned pba_bar,
                         uint32_t pba_offset)
{
    struct pci_interrupts *bus = fn->interrupts;
    assert(entries >= 1 && entries <= PCI_MSIX_MAX && table_bar < PCI_BARS && pba_bar < PCI_BARS);
    assert(table_offset % 8 == 0 && pba_offset % 8 == 0 && !bus->table);
    assert(table_offset + entries * PCI_MSIX_ENTRY_BYTES <= fn->bar[table_bar].size);
    assert(pba_offset + (entries + 63) / 64 * 8 <= fn->bar[pba_bar].size);

    offset = pci_capability_add(fn, PCI_CAP_MSIX, offset, PCI_MSIX_BYTES);
    fn->msix_cap = offset;
    pci_put16(fn->config, offset + PCI_MSIX_CONTROL, (uint16_t)(entries - 1));
    pci_put16(fn->config_mask, offset + PCI_MSIX_CONTROL, PCI_MSIX_ENABLE | PCI_MSIX_FUNCTION_MASK);
    pci_put32(fn->config, offset + PCI_MSIX_TABLE, table_offset | table_bar);
    pci_put32(fn->config, offset + PCI_MSIX_PBA, pba_offset | pba_bar);

    bus->entries = entries;
    bus->table_bar = table_bar;
    bus->table_offset = table_offset;
    bus->pba_bar = pba_bar;
    bus->pba_offset = pba_offset;
    bus->table = calloc(entries, sizeof *bus->table);
    bus->pending = calloc((entries + 63) / 64, sizeof *bus->pending);
    if (!bus->table || !bus->pending) {
        fprintf(stderr, "pci: out of memory for %u MSI-X entries of %s\n", entries, fn->ops->name);
        abort();
    }
    pci_msix_reset(fn);
}

void pci_msix_reset(struct pci_function *fn)
{
    struct pci_interrupts *bus = fn->interrupts;
    if (!bus->table)
        return;
    for (unsigned i = 0; i < bus->entries; i++) {
        memset(bus->table[i].word, 0, sizeof bus->table[i].word);
        bus->table[i].word[3] = PCI_MSIX_ENTRY_MASKED; /* 6.8.2.9: set after reset */
    }
    memset(bus->pending, 0, (bus->entries + 63) / 64 * sizeof *bus->pending);
}

static bool function_masked(const struct pci_function *fn)
{
    return pci_get16(fn->config, fn->msix_cap + PCI_MSIX_CONTROL) & PCI_MSIX_FUNCTION_MASK;
}

static void send(struct pci_function *fn, unsigned entry)
{
    const uint32_t *word = fn->interrupts->table[entry].word;
    pci_message_send(fn, entry, word[0] | (uint64_t)word[1] << 32, word[2]);
}

void pci_msix_raise(struct pci_function *fn, unsigned entry)
{
    struct pci_interrupts *bus = fn->interrupts;
    if (entry >= bus->entries)
        return;
    if (function_masked(fn) || (bus->table[entry].word[3] & PCI_MSIX_ENTRY_MASKED))
        bus->pending[entry / 64] |= 1ull << entry % 64;
    else
        send(fn, entry);
}

void pci_msix_withdraw(struct pci_function *fn, unsigned entry)
{
    struct pci_interrupts *bus = fn->interrupts;
    if (entry < bus->entries)
        bus->pending[entry / 64] &= ~(1ull << entry % 64);
}

/* Sends what is pending and no longer masked. */
static void flush_entry(struct pci_function *fn, unsigned entry)
{
    struct pci_interrupts *bus = fn->interrupts;
    uint64_t bit = 1ull << entry % 64;
    if (!(bus->pending[entry / 64] & bit) || (bus->table[entry].word[3] & PCI_MSIX_ENTRY_MASKED) ||
        !pci_alive(fn))
        return;
    if (bus->external) {
        bus->pending[entry / 64] &= ~bit;
        vector_raise(bus->vectors[bus->table[entry].message]);
    } else if (pci_msix_enabled(fn) && !function_masked(fn)) {
        bus->pending[entry / 64] &= ~bit;
        send(fn, entry);
    }
}

void pci_msix_written(struct pci_function *fn)
{
    struct pci_interrupts *bus = fn->interrupts;
    for (unsigned w = 0; w < (bus->entries + 63) / 64; w++)
        for (uint64_t left = bus->pending[w]; left; left &= left - 1)
            flush_entry(fn, w * 64 + (unsigned)__builtin_ctzll(left));
}

/* Aligned double words and quad words only (6.8.2: anything else is undefined). */
static bool width_is_legal(const struct pci_function *fn, const char *what, uint64_t offset,
                           unsigned width)
{
    return RULE("PCI 3.0, 6.8.2", (width == 4 || width == 8) && offset % width == 0,
                "access of %u bytes at 0x%llx of the MSI-X %s of %s: only aligned 4 and 8 bytes "
                "are defined",
                width, (unsigned long long)offset, what, fn->ops->name);
}

/* Offset into a structure of `len` bytes at `start`, or UINT64_MAX. */
static uint64_t inside(uint64_t offset, uint32_t start, unsigned len)
{
    return offset >= start && offset < (uint64_t)start + len ? offset - start : UINT64_MAX;
}

static uint64_t in_table(const struct pci_interrupts *bus, unsigned bar, uint64_t offset)
{
    return bar == bus->table_bar
               ? inside(offset, bus->table_offset, bus->entries * PCI_MSIX_ENTRY_BYTES)
               : UINT64_MAX;
}

static uint64_t in_pending(const struct pci_interrupts *bus, unsigned bar, uint64_t offset)
{
    return bar == bus->pba_bar ? inside(offset, bus->pba_offset, (bus->entries + 63) / 64 * 8)
                               : UINT64_MAX;
}

bool pci_msix_read(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width,
                   uint64_t *value)
{
    struct pci_interrupts *bus = fn->interrupts;
    if (bus->entries == 0 || bus->external)
        return false;
    uint64_t table = in_table(bus, bar, offset), pending = in_pending(bus, bar, offset);
    if (table == UINT64_MAX && pending == UINT64_MAX)
        return false;
    const char *name = table != UINT64_MAX ? "table" : "pending bits";
    uint64_t at = table != UINT64_MAX ? table : pending;
    *value = UINT64_MAX;
    if (!width_is_legal(fn, name, at, width))
        return true;
    host_lock(&bus->lock);
    if (table != UINT64_MAX) {
        const uint32_t *word = bus->table[at / PCI_MSIX_ENTRY_BYTES].word;
        unsigned w = at % PCI_MSIX_ENTRY_BYTES / 4;
        *value = width == 8 ? word[w] | (uint64_t)word[w + 1] << 32 : word[w];
    } else {
        *value = bus->pending[at / 8] >> at % 8 * 8;
        if (width == 4)
            *value &= UINT32_MAX;
    }
    host_unlock(&bus->lock);
    return true;
}

bool pci_msix_write(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width,
                    uint64_t value)
{
    struct pci_interrupts *bus = fn->interrupts;
    if (bus->entries == 0 || bus->external)
        return false;
    if (in_pending(bus, bar, offset) != UINT64_MAX)
        return true; /* read-only */
    uint64_t at = in_table(bus, bar, offset);
    if (at == UINT64_MAX)
        return false;
    if (!width_is_legal(fn, "table", at, width))
        return true;
    unsigned entry = (unsigned)(at / PCI_MSIX_ENTRY_BYTES), w = at % PCI_MSIX_ENTRY_BYTES / 4;
    host_lock(&bus->lock);
    for (unsigned i = 0; i < width / 4; i++) {
        uint32_t part = (uint32_t)(value >> 32 * i);
        if (w + i == 0)
            part &= ~3u; /* address: DWORD aligned */
        else if (w + i == 3)
            part &= PCI_MSIX_ENTRY_MASKED; /* the rest is reserved */
        bus->table[entry].word[w + i] = part;
    }
    flush_entry(fn, entry);
    host_unlock(&bus->lock);
    return true;
}

/* Lets `entry` of a function outside this process follow our note of it. No lock held. */
static int entry_outside(struct pci_function *fn, unsigned entry)
{
    struct pci_interrupts *bus = fn->interrupts;
    struct pci_msix_entry *e = &bus->table[entry];
    bool masked = e->word[3] & PCI_MSIX_ENTRY_MASKED;
    struct vector *vector = bus->vectors[e->message];
    if (fn->ops->message_connect)
        return fn->ops->message_connect(fn, entry, masked ? NULL : vector);
    /* The device sends its messages as writes: its own table says where to. */
    uint64_t at = bus->table_offset + entry * PCI_MSIX_ENTRY_BYTES, address;
    uint32_t data;
    int error = pci_message_target(fn, entry, vector, &address, &data);
    if (error)
        return error;
    fn->ops->bar_write(fn, bus->table_bar, at + 12, 4, PCI_MSIX_ENTRY_MASKED);
    fn->ops->bar_write(fn, bus->table_bar, at, 4, (uint32_t)address);
    fn->ops->bar_write(fn, bus->table_bar, at + 4, 4, (uint32_t)(address >> 32));
    fn->ops->bar_write(fn, bus->table_bar, at + 8, 4, data);
    fn->ops->bar_write(fn, bus->table_bar, at + 12, 4, e->word[3]);
    return 0;
}

/* Lock held. The entry is masked while it changes, then as it was (6.8.2.9). */
static void map_entry(struct pci_function *fn, unsigned entry, unsigned message)
{
    struct pci_interrupts *bus = fn->interrupts;
    struct pci_msix_entry *e = &bus->table[entry];
    uint64_t address = vector_message_address(bus->vectors[message]);
    e->message = (uint16_t)message;
    e->word[0] = (uint32_t)address;
    e->word[1] = (uint32_t)(address >> 32);
    e->word[2] = vector_message_data(bus->vectors[message]);
}

int pci_msix_program(struct pci_function *fn, const struct pci_message_target *targets,
                     unsigned count)
{
    struct pci_interrupts *bus = fn->interrupts;
    unsigned at = fn->msix_cap + PCI_MSIX_CONTROL;
    (void)targets; /* pci_interrupt_program has noted them in bus->vectors */
    host_lock(&bus->lock);
    memset(bus->pending, 0, (bus->entries + 63) / 64 * sizeof *bus->pending);
    for (unsigned i = 0; i < bus->entries; i++) {
        map_entry(fn, i, i < count ? i : 0);
        bus->table[i].word[3] = 0;
    }
    host_unlock(&bus->lock);
    if (bus->external)
        for (unsigned i = 0; i < bus->entries; i++) {
            int error = entry_outside(fn, i);
            if (error)
                return error;
        }
    uint32_t control = pci_config_peek(fn, at, 2) & ~(uint32_t)PCI_MSIX_FUNCTION_MASK;
    pci_config_write(fn, at, 2, control | PCI_MSIX_ENABLE);
    return 0;
}

int pci_msix_set_entry(struct pci_function *fn, unsigned entry, unsigned message)
{
    struct pci_interrupts *bus = fn->interrupts;
    int error = -EINVAL;
    host_lock(&bus->lock);
    if (bus->kind == PCI_INTERRUPT_MSIX && entry < bus->entries && message < bus->count) {
        map_entry(fn, entry, message);
        error = 0;
    }
    host_unlock(&bus->lock);
    return error || !bus->external ? error : entry_outside(fn, entry);
}

int pci_msix_mask_entry(struct pci_function *fn, unsigned entry, bool masked)
{
    struct pci_interrupts *bus = fn->interrupts;
    int error = -EINVAL;
    host_lock(&bus->lock);
    if (bus->kind == PCI_INTERRUPT_MSIX && entry < bus->entries) {
        bus->table[entry].word[3] = masked ? PCI_MSIX_ENTRY_MASKED : 0;
        flush_entry(fn, entry);
        error = 0;
    }
    host_unlock(&bus->lock);
    return error || !bus->external ? error : entry_outside(fn, entry);
}

int pci_msix_get_entry(struct pci_function *fn, unsigned entry, unsigned *message, bool *masked)
{
    struct pci_interrupts *bus = fn->interrupts;
    int error = -EINVAL;
    host_lock(&bus->lock);
    if (bus->kind == PCI_INTERRUPT_MSIX && entry < bus->entries) {
        *message = bus->table[entry].message;
        *masked = bus->table[entry].word[3] & PCI_MSIX_ENTRY_MASKED;
        error = 0;
    }
    host_unlock(&bus->lock);
    return error;
}
