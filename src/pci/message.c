/* SPDX-License-Identifier: MIT */
/* message.c - message interrupts, whichever capability carries them, and how the bus driver grants
 * an interrupt.
 *
 * A message is a write of `data` to `address` by the function (PCI 3.0, 6.8): it needs Bus Master
 * Enable, and goes wherever the address points, to a processor's vector or, if that was programmed,
 * to memory. */
#include "nt/physmem.h"
#include "pci/pci_internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void pci_message_send(struct pci_function *fn, unsigned index, uint64_t address, uint32_t data)
{
    if (!(pci_command(fn) & PCI_CMD_BUS_MASTER))
        return;
    unsigned times = pci_fault_deliver ? pci_fault_deliver(fn, (int)index) : 1;
    while (times--)
        if (!interrupt_message_write(address, data)) {
            void *memory = physmem_va(address, sizeof data);
            if (memory)
                memcpy(memory, &data, sizeof data);
        }
}

int pci_message_target(struct pci_function *fn, unsigned index, struct vector *vector,
                       uint64_t *address, uint32_t *data)
{
    if (fn->ops->message_target)
        return fn->ops->message_target(fn, index, address, data);
    *address = vector_message_address(vector);
    *data = vector_message_data(vector);
    return 0;
}

/* A message of a function outside this process, which has passed the device's own mask bits, or
 * which a fault plan invents or withdraws: it goes straight to what was granted. */
static void raise_outside(struct pci_function *fn, unsigned index)
{
    struct pci_interrupts *bus = fn->interrupts;
    unsigned message = index;
    if (bus->kind == PCI_INTERRUPT_MSIX) {
        if (index >= bus->entries)
            return;
        struct pci_msix_entry *entry = &bus->table[index];
        if (entry->word[3] & PCI_MSIX_ENTRY_MASKED) {
            bus->pending[index / 64] |= 1ull << index % 64;
            return;
        }
        message = entry->message;
    } else if (bus->kind == PCI_INTERRUPT_MSI) {
        message &= bus->count - 1;
    } else {
        return;
    }
    unsigned times = pci_fault_deliver ? pci_fault_deliver(fn, (int)index) : 1;
    while (times--)
        vector_raise(bus->vectors[message]);
}

void pci_message_raise(struct pci_function *fn, unsigned index)
{
    struct pci_interrupts *bus = fn->interrupts;
    host_lock(&bus->lock);
    if (pci_alive(fn)) {
        if (bus->external)
            raise_outside(fn, index);
        else if (pci_msix_enabled(fn))
            pci_msix_raise(fn, index);
        else if (pci_msi_enabled(fn))
            pci_msi_raise(fn, index);
    }
    host_unlock(&bus->lock);
}

void pci_message_withdraw(struct pci_function *fn, unsigned index)
{
    struct pci_interrupts *bus = fn->interrupts;
    host_lock(&bus->lock);
    if (bus->external || pci_msix_enabled(fn))
        pci_msix_withdraw(fn, index);
    else if (pci_msi_enabled(fn))
        pci_msi_withdraw(fn, index);
    host_unlock(&bus->lock);
}

/* Message Control of either capability; on the path of every interrupt, so without a call for our
 * own. */
static inline uint16_t message_control(const struct pci_function *fn, unsigned cap)
{
    _Static_assert(PCI_MSI_CONTROL == 2 && PCI_MSIX_CONTROL == 2, "same place in both");
    return fn->interrupts->external ? (uint16_t)pci_config_peek(fn, cap + 2, 2)
                                    : pci_get16(fn->config, cap + 2);
}

bool pci_msi_enabled(const struct pci_function *fn)
{
    return fn->msi_cap && (message_control(fn, fn->msi_cap) & PCI_MSI_ENABLE);
}

bool pci_msix_enabled(const struct pci_function *fn)
{
    return fn->msix_cap && (message_control(fn, fn->msix_cap) & PCI_MSIX_ENABLE);
}

void pci_interrupt_need(const struct pci_function *fn, struct pci_interrupt_need *need)
{
    *need = (struct pci_interrupt_need){.line = fn->interrupts->line != NULL};
    if (fn->msi_cap) {
        uint32_t control = pci_config_peek(fn, fn->msi_cap + PCI_MSI_CONTROL, 2);
        unsigned log2 = control >> PCI_MSI_CAPABLE_SHIFT & 7;
        need->msi_messages = 1u << (log2 > 5 ? 5 : log2); /* 6 and 7 are reserved (6.8.1.3) */
        need->msi_maskable = control & PCI_MSI_MASKABLE;
    }
    if (fn->msix_cap)
        need->msix_messages = fn->interrupts->entries;
}

static void interrupt_disable(struct pci_function *fn, bool disable)
{
    uint32_t command = pci_config_peek(fn, PCI_REG_COMMAND, 2);
    uint32_t wanted = disable ? command | PCI_CMD_INTERRUPT_DISABLE
                              : command & ~(uint32_t)PCI_CMD_INTERRUPT_DISABLE;
    if (wanted != command)
        pci_config_write(fn, PCI_REG_COMMAND, 2, wanted);
}

static void messages_off(struct pci_function *fn)
{
    if (pci_msix_enabled(fn)) {
        unsigned at = fn->msix_cap + PCI_MSIX_CONTROL;
        uint32_t control = pci_config_peek(fn, at, 2);
        pci_config_write(fn, at, 2,
                         control & ~(uint32_t)(PCI_MSIX_ENABLE | PCI_MSIX_FUNCTION_MASK));
    }
    if (pci_msi_enabled(fn)) {
        unsigned at = fn->msi_cap + PCI_MSI_CONTROL;
        pci_config_write(fn, at, 2, pci_config_peek(fn, at, 2) & ~(uint32_t)PCI_MSI_ENABLE);
    }
}

void pci_interrupt_silence(struct pci_function *fn)
{
    struct pci_interrupts *bus = fn->interrupts;
    if (bus->kind == PCI_INTERRUPT_NONE)
        return;
    /* A removed card is silent, and takes no writes; what runs outside must still let go of the
     * vectors. */
    interrupt_disable(fn, true);
    if (pci_msix_enabled(fn)) {
        unsigned at = fn->msix_cap + PCI_MSIX_CONTROL;
        pci_config_write(fn, at, 2, pci_config_peek(fn, at, 2) | PCI_MSIX_FUNCTION_MASK);
    } else {
        messages_off(fn);
    }
    if (fn->ops->message_connect && bus->kind != PCI_INTERRUPT_LINE) {
        unsigned n = bus->kind == PCI_INTERRUPT_MSIX ? bus->entries : bus->count;
        for (unsigned i = 0; i < n; i++)
            fn->ops->message_connect(fn, i, NULL);
    }
    host_lock(&bus->lock);
    struct vector **vectors = bus->vectors;
    bus->kind = PCI_INTERRUPT_NONE;
    bus->count = 0;
    bus->vectors = NULL;
    host_unlock(&bus->lock);
    free(vectors);
}

void pci_interrupt_release(struct pci_function *fn)
{
    pci_interrupt_silence(fn);
    messages_off(fn);
}

static int check(const struct pci_function *fn, enum pci_interrupt_kind kind, unsigned count)
{
    struct pci_interrupt_need need;
    pci_interrupt_need(fn, &need);
    switch (kind) {
    case PCI_INTERRUPT_LINE:
        return !need.line ? -ENOTSUP : count != 1 ? -EINVAL : 0;
    case PCI_INTERRUPT_MSI:
        if (!need.msi_messages)
            return -ENOTSUP;
        return count == 0 || count > need.msi_messages || (count & (count - 1)) ? -EINVAL : 0;
    case PCI_INTERRUPT_MSIX:
        if (!need.msix_messages)
            return -ENOTSUP;
        /* More messages than the table has entries are fine: an entry is mapped to one of them at
         * run time. */
        return count == 0 || count > PCI_MSIX_MAX ? -EINVAL : 0;
    default:
        return -EINVAL;
    }
}

int pci_interrupt_program(struct pci_function *fn, enum pci_interrupt_kind kind,
                          const struct pci_message_target *targets, unsigned count)
{
    struct pci_interrupts *bus = fn->interrupts;
    int error = check(fn, kind, count);
    if (error)
        return error;
    for (unsigned i = 0; i < count; i++)
        if (!targets[i].vector)
            return -EINVAL;
    if (kind == PCI_INTERRUPT_LINE && targets[0].vector != pci_line_vector(fn))
        return -EINVAL;

    struct vector **vectors = malloc(count * sizeof *vectors);
    if (!vectors)
        return -ENOMEM;
    for (unsigned i = 0; i < count; i++)
        vectors[i] = targets[i].vector;
    pci_interrupt_release(fn); /* also what a driver has set up on its own */
    host_lock(&bus->lock);
    bus->kind = kind;
    bus->count = count;
    bus->vectors = vectors;
    host_unlock(&bus->lock);

    if (kind == PCI_INTERRUPT_MSI)
        error = pci_msi_program(fn, targets, count);
    else if (kind == PCI_INTERRUPT_MSIX)
        error = pci_msix_program(fn, targets, count);
    if (error) {
        pci_interrupt_release(fn);
        return error;
    }
    interrupt_disable(fn, kind != PCI_INTERRUPT_LINE);
    return 0;
}
