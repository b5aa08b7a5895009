/* SPDX-License-Identifier: MIT */
/* msi.c - the MSI capability (PCI 3.0, 6.8.1).
 *
 * One address and one data word for up to 32 messages: the function puts the message's number into
 * the low bits of data, as many as Multiple Message Enable grants (6.8.1.6). With per-vector
 * masking, a masked message sets its pending bit and is sent when it is unmasked
 * (6.8.1.8, 6.8.1.9). */
#include "pci/pci_internal.h"
#include <assert.h>
#include <errno.h>

/* Where a structure of this layout has its registers, from the capability (figure 6-9). */
struct layout {
    unsigned data, mask, pending, bytes;
};

static struct layout layout_of(uint16_t control)
{
    unsigned data = control & PCI_MSI_64 ? 12 : 8;
    bool maskable = control & PCI_MSI_MASKABLE;
    return (struct layout){
        .data = data,
        .mask = maskable ? data + 4 : 0,
        .pending = maskable ? data + 8 : 0,
        .bytes = maskable ? data + 12 : data + 2,
    };
}

unsigned pci_msi_bytes(uint16_t control)
{
    return layout_of(control).bytes;
}

static unsigned log2_of(unsigned n)
{
    return (unsigned)__builtin_ctz(n);
}

void pci_capability_msi(struct pci_function *fn, unsigned offset, unsigned messages, bool is64,
                        bool per_vector_mask)
{
    assert(messages >= 1 && messages <= 32 && (messages & (messages - 1)) == 0);
    uint16_t control =
        (uint16_t)(log2_of(messages) << PCI_MSI_CAPABLE_SHIFT | (is64 ? PCI_MSI_64 : 0) |
                   (per_vector_mask ? PCI_MSI_MASKABLE : 0));
    struct layout at = layout_of(control);
    offset = pci_capability_add(fn, PCI_CAP_MSI, offset, at.bytes);
    fn->msi_cap = offset;
    pci_put16(fn->config, offset + PCI_MSI_CONTROL, control);
    pci_put16(fn->config_mask, offset + PCI_MSI_CONTROL, PCI_MSI_ENABLE | 7 << PCI_MSI_COUNT_SHIFT);
    pci_put32(fn->config_mask, offset + PCI_MSI_ADDRESS, 0xfffffffc);
    if (is64)
        pci_put32(fn->config_mask, offset + PCI_MSI_ADDRESS + 4, 0xffffffff);
    pci_put16(fn->config_mask, offset + at.data, 0xffff);
    if (at.mask)
        pci_put32(fn->config_mask, offset + at.mask,
                  messages == 32 ? 0xffffffff : (1u << messages) - 1);
}

/* Messages that may be sent: what was enabled, but no more than there are. */
static unsigned granted(uint16_t control)
{
    unsigned enabled = control >> PCI_MSI_COUNT_SHIFT & 7;
    unsigned capable = control >> PCI_MSI_CAPABLE_SHIFT & 7;
    return 1u << (enabled < capable ? enabled : capable);
}

static void send(struct pci_function *fn, uint16_t control, unsigned message)
{
    const uint8_t *cap = fn->config + fn->msi_cap;
    uint64_t address = pci_get32(cap, PCI_MSI_ADDRESS);
    if (control & PCI_MSI_64)
        address |= (uint64_t)pci_get32(cap, PCI_MSI_ADDRESS + 4) << 32;
    uint32_t data = pci_get16(cap, layout_of(control).data);
    pci_message_send(fn, message, address, (data & ~(granted(control) - 1)) | message);
}

void pci_msi_raise(struct pci_function *fn, unsigned index)
{
    uint8_t *cap = fn->config + fn->msi_cap;
    uint16_t control = pci_get16(cap, PCI_MSI_CONTROL);
    unsigned message = index & (granted(control) - 1);
    struct layout at = layout_of(control);
    if (at.mask && (pci_get32(cap, at.mask) & 1u << message))
        pci_put32(cap, at.pending, pci_get32(cap, at.pending) | 1u << message);
    else
        send(fn, control, message);
}

void pci_msi_withdraw(struct pci_function *fn, unsigned index)
{
    uint8_t *cap = fn->config + fn->msi_cap;
    uint16_t control = pci_get16(cap, PCI_MSI_CONTROL);
    struct layout at = layout_of(control);
    if (at.mask)
        pci_put32(cap, at.pending,
                  pci_get32(cap, at.pending) & ~(1u << (index & (granted(control) - 1))));
}

void pci_msi_written(struct pci_function *fn)
{
    uint8_t *cap = fn->config + fn->msi_cap;
    uint16_t control = pci_get16(cap, PCI_MSI_CONTROL);
    struct layout at = layout_of(control);
    if (!(control & PCI_MSI_ENABLE) || !at.mask || !pci_alive(fn))
        return;
    uint32_t pending = pci_get32(cap, at.pending), ready = pending & ~pci_get32(cap, at.mask);
    pci_put32(cap, at.pending, pending & ~ready);
    for (; ready; ready &= ready - 1)
        send(fn, control, (unsigned)__builtin_ctz(ready));
}

int pci_msi_program(struct pci_function *fn, const struct pci_message_target *targets,
                    unsigned count)
{
    uint64_t address;
    uint32_t data;
    int error = pci_message_target(fn, 0, targets[0].vector, &address, &data);
    if (error)
        return error;
    unsigned cap = fn->msi_cap;
    uint16_t control = (uint16_t)pci_config_peek(fn, cap + PCI_MSI_CONTROL, 2);
    struct layout at = layout_of(control);
    if ((data & (count - 1)) || data > 0xffff || (!(control & PCI_MSI_64) && address >> 32))
        return -EINVAL;
    for (unsigned i = 1; i < count; i++) {
        uint64_t other_address;
        uint32_t other_data;
        error = pci_message_target(fn, i, targets[i].vector, &other_address, &other_data);
        if (error)
            return error;
        if (other_address != address || other_data != data + i)
            return -EINVAL;
    }

    if (fn->ops->message_connect)
        for (unsigned i = 0; i < count; i++) {
            error = fn->ops->message_connect(fn, i, targets[i].vector);
            if (error)
                return error;
        }
    pci_config_write(fn, cap + PCI_MSI_ADDRESS, 4, (uint32_t)address);
    if (control & PCI_MSI_64)
        pci_config_write(fn, cap + PCI_MSI_ADDRESS + 4, 4, (uint32_t)(address >> 32));
    pci_config_write(fn, cap + at.data, 2, data);
    if (at.mask)
        pci_config_write(fn, cap + at.mask, 4, 0);
    control &= (uint16_t) ~(7 << PCI_MSI_COUNT_SHIFT);
    control |= (uint16_t)(log2_of(count) << PCI_MSI_COUNT_SHIFT | PCI_MSI_ENABLE);
    pci_config_write(fn, cap + PCI_MSI_CONTROL, 2, control);
    return 0;
}
