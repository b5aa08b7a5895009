/* SPDX-License-Identifier: MIT */
/* express.c - the PCI Express capability of an endpoint (PCIe 1.1, 7.8).
 *
 * Version 1, one lane at 2.5 GT/s: 20 bytes, which fit where chips of that time have it. A model
 * that differs (size, link, function level reset) changes config and config_mask before
 * pci_bus_add. */
#include "pci/pci_internal.h"

void pci_capability_express(struct pci_function *fn, unsigned offset)
{
    uint8_t *c = fn->config, *m = fn->config_mask;
    offset = pci_capability_add(fn, PCI_CAP_EXPRESS, offset, PCI_EXP_BYTES);
    fn->interrupts->express_cap = offset;
    fn->interrupts->express = true;
    pci_put16(c, offset + PCI_EXP_CAPABILITIES, 0x0001); /* version 1, type 0: endpoint */
    /* Payloads up to 256 bytes, L0s and L1 latencies, role-based error reporting. */
    pci_put32(c, offset + PCI_EXP_DEVICE_CAP, 1 | 3 << 6 | 6 << 9 | 1 << 15);
    /* Relaxed ordering, no snoop, read requests of 512 bytes: the values after reset (7.8.4). */
    pci_put16(c, offset + PCI_EXP_DEVICE_CONTROL, 0x2810);
    pci_put16(m, offset + PCI_EXP_DEVICE_CONTROL, 0x7fff);
    pci_put16(fn->config_w1c, offset + PCI_EXP_DEVICE_STATUS, 0x000f);
    pci_put32(c, offset + PCI_EXP_LINK_CAP, 1 | 1 << 4 | 3 << 10 | 4 << 12 | 4 << 15);
    pci_put16(m, offset + PCI_EXP_LINK_CONTROL, 0x00cb); /* ASPM, RCB, common clock, sync */
    pci_put16(c, offset + PCI_EXP_LINK_STATUS, 1 | 1 << 4 | 1 << 12);
}

bool pci_express_written(struct pci_function *fn)
{
    unsigned at = fn->interrupts->express_cap;
    if (!(pci_get32(fn->config, at + PCI_EXP_DEVICE_CAP) & PCI_EXP_FLR_CAPABLE))
        return false;
    /* Reads back as zero (7.8.4), so it never stays set. */
    uint16_t control = pci_get16(fn->config, at + PCI_EXP_DEVICE_CONTROL);
    pci_put16(fn->config, at + PCI_EXP_DEVICE_CONTROL, control & 0x7fff);
    return control & PCI_EXP_FLR;
}
