/* SPDX-License-Identifier: MIT */
/* ids.c - the strings by which Windows finds a driver for a function.
 *
 * WDK: "Identifiers for PCI Devices" lists the formats and their order. The DT_ forms are for PCI
 * Express functions: the device/port type of their capability, four digits. */
#include "pci/pci_internal.h"
#include <stdarg.h>
#include <stdio.h>

struct id_text {
    char (*out)[64];
    size_t max, count;
};

__attribute__((format(printf, 2, 3))) static void put(struct id_text *text, const char *fmt, ...)
{
    if (text->count == text->max)
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text->out[text->count++], 64, fmt, ap);
    va_end(ap);
}

struct numbers {
    unsigned vendor, device, subsystem, subsystem_vendor, revision, base, sub, prog_if;
};

static struct numbers read_numbers(const struct pci_function *fn)
{
    uint32_t class = pci_config_peek(fn, PCI_REG_REVISION, 4);
    return (struct numbers){
        .vendor = pci_config_peek(fn, PCI_REG_VENDOR, 2),
        .device = pci_config_peek(fn, PCI_REG_DEVICE, 2),
        .subsystem = pci_config_peek(fn, PCI_REG_SUBSYSTEM, 2),
        .subsystem_vendor = pci_config_peek(fn, PCI_REG_SUBSYSTEM_VENDOR, 2),
        .revision = class & 0xff,
        .prog_if = class >> 8 & 0xff,
        .sub = class >> 16 & 0xff,
        .base = class >> 24,
    };
}

size_t pci_hardware_ids(const struct pci_function *fn, char out[][64], size_t max)
{
    struct id_text text = {out, max, 0};
    struct numbers n = read_numbers(fn);
    char device[32];
    snprintf(device, sizeof device, "PCI\\VEN_%04X&DEV_%04X", n.vendor, n.device);
    put(&text, "%s&SUBSYS_%04X%04X&REV_%02X", device, n.subsystem, n.subsystem_vendor, n.revision);
    put(&text, "%s&SUBSYS_%04X%04X", device, n.subsystem, n.subsystem_vendor);
    put(&text, "%s&REV_%02X", device, n.revision);
    put(&text, "%s", device);
    put(&text, "%s&CC_%02X%02X%02X", device, n.base, n.sub, n.prog_if);
    put(&text, "%s&CC_%02X%02X", device, n.base, n.sub);
    return text.count;
}

size_t pci_compatible_ids(const struct pci_function *fn, char out[][64], size_t max)
{
    struct id_text text = {out, max, 0};
    struct numbers n = read_numbers(fn);
    unsigned express = fn->interrupts->express_cap, type = 0;
    if (express)
        type = pci_config_peek(fn, express + PCI_EXP_CAPABILITIES, 2) >> 4 & 15;
    put(&text, "PCI\\VEN_%04X&DEV_%04X&REV_%02X", n.vendor, n.device, n.revision);
    put(&text, "PCI\\VEN_%04X&DEV_%04X", n.vendor, n.device);
    put(&text, "PCI\\VEN_%04X&CC_%02X%02X%02X", n.vendor, n.base, n.sub, n.prog_if);
    put(&text, "PCI\\VEN_%04X&CC_%02X%02X", n.vendor, n.base, n.sub);
    put(&text, "PCI\\VEN_%04X", n.vendor);
    if (express)
        put(&text, "PCI\\CC_%02X%02X%02X&DT_%04X", n.base, n.sub, n.prog_if, type);
    put(&text, "PCI\\CC_%02X%02X%02X", n.base, n.sub, n.prog_if);
    if (express)
        put(&text, "PCI\\CC_%02X%02X&DT_%04X", n.base, n.sub, type);
    put(&text, "PCI\\CC_%02X%02X", n.base, n.sub);
    return text.count;
}
