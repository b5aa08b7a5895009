/* SPDX-License-Identifier: MIT */
/* regs.h - names of configuration registers and their bits (PCI 3.0, chapter 6; PCI PM 1.2;
 * PCIe 1.1, 7.8).
 *
 * Numbers only, for pci/ and for device models that read or preset their configuration space. The
 * Windows headers have structures and constants for the same (PCI_COMMON_CONFIG): they are the
 * driver's view, with other names. */
#pragma once

enum {
    PCI_REG_VENDOR = 0x00,
    PCI_REG_DEVICE = 0x02,
    PCI_REG_COMMAND = 0x04,
    PCI_REG_STATUS = 0x06,
    PCI_REG_REVISION = 0x08,
    PCI_REG_CLASS = 0x09, /* interface, sub, base: one byte each */
    PCI_REG_CACHE_LINE = 0x0c,
    PCI_REG_HEADER_TYPE = 0x0e,
    PCI_REG_BAR0 = 0x10,
    PCI_REG_SUBSYSTEM_VENDOR = 0x2c,
    PCI_REG_SUBSYSTEM = 0x2e,
    PCI_REG_CAPABILITIES = 0x34,
    PCI_REG_INTERRUPT_LINE = 0x3c,
    PCI_REG_INTERRUPT_PIN = 0x3d,
    PCI_HEADER_BYTES = 0x40,
    PCI_CONVENTIONAL_BYTES = 0x100,
};

/* Command register. */
enum {
    PCI_CMD_IO = 1 << 0,
    PCI_CMD_MEMORY = 1 << 1,
    PCI_CMD_BUS_MASTER = 1 << 2,
    PCI_CMD_PARITY = 1 << 6,
    PCI_CMD_SERR = 1 << 8,
    PCI_CMD_INTERRUPT_DISABLE = 1 << 10,
};

/* Status register. */
enum {
    PCI_STS_INTERRUPT = 1 << 3,
    PCI_STS_CAPABILITIES = 1 << 4,
};

/* Capability identifiers. */
enum {
    PCI_CAP_POWER = 0x01,
    PCI_CAP_MSI = 0x05,
    PCI_CAP_EXPRESS = 0x10,
    PCI_CAP_MSIX = 0x11,
};

/* Base address registers. */
enum {
    PCI_BAR_IO = 1 << 0,
    PCI_BAR_64 = 1 << 2,
    PCI_BAR_PREFETCHABLE = 1 << 3,
};

/* Power management: offsets from the capability, then bits. */
enum {
    PCI_PM_CAPABILITIES = 2,
    PCI_PM_CONTROL = 4,
    PCI_PM_BYTES = 8,
    PCI_PMC_D1 = 1 << 9,
    PCI_PMC_D2 = 1 << 10,
    PCI_PMCSR_STATE = 3,
    PCI_PMCSR_NO_SOFT_RESET = 1 << 3,
    PCI_PMCSR_PME_ENABLE = 1 << 8,
    PCI_PMCSR_PME_STATUS = 1 << 15,
};

/* MSI: offsets from the capability (data, mask and pending follow the address, see msi.c), control
 * bits. */
enum {
    PCI_MSI_CONTROL = 2,
    PCI_MSI_ADDRESS = 4,
    PCI_MSI_ENABLE = 1 << 0,
    PCI_MSI_CAPABLE_SHIFT = 1, /* 3 bits: log2 of the messages wanted */
    PCI_MSI_COUNT_SHIFT = 4,   /* 3 bits: log2 of the messages granted */
    PCI_MSI_64 = 1 << 7,
    PCI_MSI_MASKABLE = 1 << 8,
};

/* MSI-X: offsets from the capability, control bits, table entries. */
enum {
    PCI_MSIX_CONTROL = 2,
    PCI_MSIX_TABLE = 4,
    PCI_MSIX_PBA = 8,
    PCI_MSIX_BYTES = 12,
    PCI_MSIX_SIZE = 0x7ff, /* entries - 1 */
    PCI_MSIX_FUNCTION_MASK = 1 << 14,
    PCI_MSIX_ENABLE = 1 << 15,
    PCI_MSIX_ENTRY_BYTES = 16,
    PCI_MSIX_ENTRY_MASKED = 1, /* vector control */
};

/* PCI Express: offsets from the capability, bits. */
enum {
    PCI_EXP_CAPABILITIES = 2,
    PCI_EXP_DEVICE_CAP = 4,
    PCI_EXP_DEVICE_CONTROL = 8,
    PCI_EXP_DEVICE_STATUS = 10,
    PCI_EXP_LINK_CAP = 12,
    PCI_EXP_LINK_CONTROL = 16,
    PCI_EXP_LINK_STATUS = 18,
    PCI_EXP_BYTES = 20,
    PCI_EXP_FLR_CAPABLE = 1 << 28, /* Device Capabilities */
    PCI_EXP_FLR = 1 << 15,         /* Device Control */
};
