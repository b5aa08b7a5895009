/* SPDX-License-Identifier: MIT */
/* config.c - configuration space: what a function is, and what a write to it does.
 *
 * For a function of this process the bus keeps the bytes: `config` holds values, `config_mask` the
 * bits that a write changes, `config_w1c` those that a written 1 clears (PCI 3.0, 6.2.3: error bits
 * of the Status register). BARs need no special case for sizing: their low bits are not writable,
 * so all ones read back as the size (6.2.5.1). Registers whose write has an effect are looked at
 * after the bytes have changed. */
#include "nt/physmem.h"
#include "pci/pci_internal.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pci_function_init(struct pci_function *fn, const struct pci_function_ops *ops,
                       const struct pci_identity *id)
{
    assert(id || ops->config_read);
    memset(fn, 0, sizeof *fn);
    fn->ops = ops;
    fn->interrupts = calloc(1, sizeof *fn->interrupts);
    if (!fn->interrupts) {
        fprintf(stderr, "pci: out of memory for a function of %s\n", ops->name);
        abort();
    }
    struct pci_interrupts *bus = fn->interrupts;
    bus->external = ops->config_read != NULL;
    for (unsigned i = 0; i < PCI_BARS; i++) {
        bus->window[i].fn = fn;
        bus->window[i].bar = i;
    }
    if (!id)
        return;

    uint8_t *c = fn->config;
    pci_put16(c, PCI_REG_VENDOR, id->vendor);
    pci_put16(c, PCI_REG_DEVICE, id->device);
    c[PCI_REG_REVISION] = id->revision;
    c[PCI_REG_CLASS] = id->class_interface;
    c[PCI_REG_CLASS + 1] = id->class_sub;
    c[PCI_REG_CLASS + 2] = id->class_base;
    pci_put16(c, PCI_REG_SUBSYSTEM_VENDOR, id->subsystem_vendor);
    pci_put16(c, PCI_REG_SUBSYSTEM, id->subsystem);
    c[PCI_REG_INTERRUPT_PIN] = id->interrupt_pin;

    pci_put16(fn->config_mask, PCI_REG_COMMAND,
              PCI_CMD_BUS_MASTER | PCI_CMD_PARITY | PCI_CMD_SERR | PCI_CMD_INTERRUPT_DISABLE);
    pci_put16(fn->config_w1c, PCI_REG_STATUS, 0xf900);
    fn->config_mask[PCI_REG_CACHE_LINE] = 0xff;
    fn->config_mask[PCI_REG_INTERRUPT_LINE] = 0xff;
}

void pci_function_fini(struct pci_function *fn)
{
    struct pci_interrupts *bus = fn->interrupts;
    if (!bus)
        return;
    assert(!bus->on_bus);
    free(bus->vectors);
    free(bus->table);
    free(bus->pending);
    free(bus->power_on);
    free(bus);
    fn->interrupts = NULL;
}

void pci_function_bar(struct pci_function *fn, unsigned bar, uint64_t size, bool io, bool is64,
                      bool prefetchable)
{
    assert(bar < PCI_BARS && !(io && is64) && !(is64 && bar == PCI_BARS - 1));
    assert(size >= (io ? 4 : 16) && (size & (size - 1)) == 0);
    assert(is64 || size <= (io ? 256 : 1u << 31));
    fn->bar[bar] = (struct pci_bar){size, io, is64, prefetchable, 0};

    unsigned at = PCI_REG_BAR0 + 4 * bar;
    uint64_t mask = ~(size - 1);
    pci_put32(fn->config, at,
              (io ? PCI_BAR_IO : 0) | (is64 ? PCI_BAR_64 : 0) |
                  (prefetchable ? PCI_BAR_PREFETCHABLE : 0));
    pci_put32(fn->config_mask, at, (uint32_t)mask);
    if (is64)
        pci_put32(fn->config_mask, at + 4, (uint32_t)(mask >> 32));
    fn->config_mask[PCI_REG_COMMAND] |= io ? PCI_CMD_IO : PCI_CMD_MEMORY;
}

/* Walks the list wherever it is kept. `last`: 0, or receives the last structure's offset. */
static unsigned capability_walk(const struct pci_function *fn, int id, unsigned *last)
{
    if (last)
        *last = 0;
    if (!(pci_config_peek(fn, PCI_REG_STATUS, 2) & PCI_STS_CAPABILITIES))
        return 0;
    unsigned at = pci_config_peek(fn, PCI_REG_CAPABILITIES, 1) & ~3u;
    /* 48 structures fill the space: a longer list is a loop in a foreign device. */
    for (unsigned n = 0; at >= PCI_HEADER_BYTES && n < 48; n++) {
        if ((int)pci_config_peek(fn, at, 1) == id)
            return at;
        if (last)
            *last = at;
        at = pci_config_peek(fn, at + 1, 1) & ~3u;
    }
    return 0;
}

unsigned pci_capability_find(struct pci_function *fn, uint8_t id)
{
    return capability_walk(fn, id, NULL);
}

/* Bytes of the capability at `at`, as far as the bus knows its layout; `used` marks them. */
static void mark_used(const struct pci_function *fn, uint8_t used[PCI_CONVENTIONAL_BYTES])
{
    unsigned at = fn->config[PCI_REG_CAPABILITIES];
    for (; at; at = fn->config[at + 1]) {
        unsigned len = 2;
        switch (fn->config[at]) {
        case PCI_CAP_POWER:
            len = PCI_PM_BYTES;
            break;
        case PCI_CAP_MSI:
            len = pci_msi_bytes(pci_get16(fn->config, at + PCI_MSI_CONTROL));
            break;
        case PCI_CAP_EXPRESS:
            len = PCI_EXP_BYTES;
            break;
        case PCI_CAP_MSIX:
            len = PCI_MSIX_BYTES;
            break;
        default: /* vendor specific: the third byte is its length (PCI 3.0, appendix H) */
            len = fn->config[at + 2] > 2 ? fn->config[at + 2] : 4;
        }
        for (unsigned i = at; i < at + len && i < PCI_CONVENTIONAL_BYTES; i++)
            used[i] = 1;
    }
}

static unsigned capability_place(const struct pci_function *fn, unsigned len)
{
    uint8_t used[PCI_CONVENTIONAL_BYTES] = {0};
    mark_used(fn, used);
    for (unsigned at = PCI_HEADER_BYTES; at + len <= PCI_CONVENTIONAL_BYTES; at += 4)
        if (!memchr(used + at, 1, len))
            return at;
    return 0;
}

unsigned pci_capability_add(struct pci_function *fn, uint8_t id, unsigned offset, unsigned len)
{
    if (!offset)
        offset = capability_place(fn, len);
    assert(offset >= PCI_HEADER_BYTES && offset % 4 == 0 && offset + len <= PCI_CONVENTIONAL_BYTES);
    unsigned last;
    capability_walk(fn, -1, &last);
    fn->config[last ? last + 1 : PCI_REG_CAPABILITIES] = (uint8_t)offset;
    fn->config[PCI_REG_STATUS] |= PCI_STS_CAPABILITIES;
    fn->config[offset] = id;
    fn->config[offset + 1] = 0;
    return offset;
}

unsigned pci_extended_capability_add(struct pci_function *fn, uint16_t id, unsigned version,
                                     unsigned offset, unsigned len)
{
    assert(offset >= PCI_CONVENTIONAL_BYTES && offset % 4 == 0 && offset + len <= PCI_CONFIG_BYTES);
    /* PCIe 1.1, 7.9.3: ID, version, and the next one's offset in the top 12 bits. */
    pci_put32(fn->config, offset, id | version << 16);
    if (offset == PCI_CONVENTIONAL_BYTES)
        return offset;
    unsigned at = PCI_CONVENTIONAL_BYTES;
    assert(pci_get32(fn->config, at));
    while (pci_get32(fn->config, at) >> 20)
        at = pci_get32(fn->config, at) >> 20;
    pci_put32(fn->config, at, pci_get32(fn->config, at) | offset << 20);
    return offset;
}

uint32_t pci_config_peek(const struct pci_function *fn, unsigned offset, unsigned width)
{
    if (offset > PCI_CONFIG_BYTES || width > PCI_CONFIG_BYTES - offset)
        return pci_all_ones(width);
    if (fn->interrupts->external) /* the op takes no const: a foreign read may have side effects */
        return fn->ops->config_read((struct pci_function *)fn, offset, width) & pci_all_ones(width);
    uint32_t value = 0;
    for (unsigned i = 0; i < width && i < 4; i++)
        value |= (uint32_t)fn->config[offset + i] << 8 * i;
    return value;
}

/* Whether the access reaches a register that exists: a conventional function answers 256 bytes. */
static bool reachable(const struct pci_function *fn, unsigned offset, unsigned width)
{
    unsigned end = fn->interrupts->express || fn->interrupts->external ? PCI_CONFIG_BYTES
                                                                       : PCI_CONVENTIONAL_BYTES;
    return !fn->surprise_removed && width >= 1 && width <= 4 && offset < end &&
           width <= end - offset;
}

uint32_t pci_config_read(struct pci_function *fn, unsigned offset, unsigned width)
{
    if (!reachable(fn, offset, width))
        return pci_all_ones(width);
    return pci_config_peek(fn, offset, width);
}

static bool touches(unsigned offset, unsigned width, unsigned at, unsigned len)
{
    return offset < at + len && at < offset + width;
}

static void written_outside(struct pci_function *fn, unsigned offset, unsigned width)
{
    struct pci_interrupts *bus = fn->interrupts;
    bool power = bus->power_cap && touches(offset, width, bus->power_cap + PCI_PM_CONTROL, 2);
    if (power)
        bus->power = pci_config_peek(fn, bus->power_cap + PCI_PM_CONTROL, 2) & PCI_PMCSR_STATE;
    if (power || touches(offset, width, PCI_REG_COMMAND, 2) ||
        touches(offset, width, PCI_REG_BAR0, 4 * PCI_BARS))
        pci_window_update(fn);
}

void pci_config_write(struct pci_function *fn, unsigned offset, unsigned width, uint32_t value)
{
    struct pci_interrupts *bus = fn->interrupts;
    if (!reachable(fn, offset, width))
        return;
    if (bus->external) {
        fn->ops->config_write(fn, offset, width, value & pci_all_ones(width));
        written_outside(fn, offset, width);
        return;
    }

    bool windows = false, reset = false;
    host_lock(&bus->lock);
    for (unsigned i = 0; i < width; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i), *reg = &fn->config[offset + i];
        uint8_t mask = fn->config_mask[offset + i];
        *reg = (uint8_t)((*reg & ~mask) | (byte & mask));
        *reg &= (uint8_t) ~(byte & fn->config_w1c[offset + i]);
    }
    if (touches(offset, width, PCI_REG_COMMAND, 2)) {
        pci_intx_update(fn);
        windows = true;
    }
    if (touches(offset, width, PCI_REG_BAR0, 4 * PCI_BARS))
        windows = true;
    if (fn->msi_cap && touches(offset, width, fn->msi_cap, 24)) {
        pci_msi_written(fn);
        pci_intx_update(fn);
    }
    if (fn->msix_cap && touches(offset, width, fn->msix_cap + PCI_MSIX_CONTROL, 2)) {
        pci_msix_written(fn);
        pci_intx_update(fn);
    }
    if (bus->power_cap && touches(offset, width, bus->power_cap + PCI_PM_CONTROL, 2)) {
        reset |= pci_power_written(fn);
        pci_intx_update(fn);
        windows = true;
    }
    if (bus->express_cap && touches(offset, width, bus->express_cap + PCI_EXP_DEVICE_CONTROL, 2))
        reset |= pci_express_written(fn);
    host_unlock(&bus->lock);

    if (reset)
        pci_function_reset(fn);
    else if (windows)
        pci_window_update(fn);
    if (fn->ops->config_changed)
        fn->ops->config_changed(fn, offset, width);
}

void pci_function_reset(struct pci_function *fn)
{
    struct pci_interrupts *bus = fn->interrupts;
    if (!bus->external) {
        host_lock(&bus->lock);
        if (bus->power_on)
            memcpy(fn->config, bus->power_on, PCI_CONFIG_BYTES);
        bus->power = 0;
        bus->pin = false;
        pci_msix_reset(fn);
        pci_intx_update(fn);
        host_unlock(&bus->lock);
        pci_window_update(fn);
    }
    if (fn->ops->reset)
        fn->ops->reset(fn);
}

void pci_surprise_remove(struct pci_function *fn)
{
    struct pci_interrupts *bus = fn->interrupts;
    host_lock(&bus->lock);
    fn->surprise_removed = true;
    pci_intx_update(fn);
    host_unlock(&bus->lock);
}

void *pci_dma(struct pci_function *fn, uint64_t pa, size_t len)
{
    /* No lock: a device asks for every descriptor, and a clear of Bus Master Enable that races with
     * it could as well have come a moment later. */
    if (fn->surprise_removed || fn->interrupts->power != 0)
        return NULL;
    if (!fn->interrupts->external && !(pci_command(fn) & PCI_CMD_BUS_MASTER))
        return NULL;
    return physmem_va(pa, len);
}
