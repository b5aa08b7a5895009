/* SPDX-License-Identifier: MIT */
/* iospace.h - device registers: physical address ranges and I/O ports that answer with functions.
 *
 * A driver reaches a register range through MmMapIoSpace: its virtual address faults, the instruction is
 * decoded (pe/insn) and the range's function called; or, when the device gives memory (VFIO), the memory is
 * mapped and nothing faults. Ports fault likewise (in/out are privileged).
 *
 * The functions run on the thread of the processor that executes the access, inside the fault handler: no
 * allocation, no blocking other than the device's own short lock. Offsets and widths in bytes;
 * width 1, 2, 4 or 8. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct io_ops {
    uint64_t (*read)(void *ctx, uint64_t offset, unsigned width);
    void (*write)(void *ctx, uint64_t offset, unsigned width, uint64_t value);
};

/* A register range at physical address `pa` (above RAM). `name` (a constant) is what the trace
 * calls it. `memory` is NULL, or host memory to map instead. 0 or -errno (-EEXIST when it overlaps
 * another). */
int iospace_add(uint64_t pa, size_t len, const char *name, const struct io_ops *ops, void *ctx,
                void *memory);
void iospace_remove(uint64_t pa);

/* Ports. 0 or -errno. */
int ioport_add(uint16_t first, uint16_t count, const char *name, const struct io_ops *ops,
               void *ctx);
void ioport_remove(uint16_t first);

/* MmMapIoSpace: where a driver finds [pa, pa+len); NULL if no range covers it. Counted: each map needs an
 * unmap, and an access to a range that is not mapped is the driver's fault. */
void *iospace_map(uint64_t pa, size_t len);
bool iospace_unmap(void *va, size_t len);
/* Mappings still open (leaks at halt). */
size_t iospace_mapped(void);

/* The range that covers va (mapped or not)? For the fault handler. */
bool iospace_contains(const void *va);
/* False if no mapped range covers the address. */
bool iospace_read(const void *va, unsigned width, uint64_t *value);
bool iospace_write(const void *va, unsigned width, uint64_t value);
/* A port nobody answers reads as all ones, as on a PC. */
uint64_t ioport_read(uint16_t port, unsigned width);
void ioport_write(uint16_t port, unsigned width, uint64_t value);
