/* SPDX-License-Identifier: MIT */
/* pci.h - the PCI bus: functions, configuration space, BARs, INTx, MSI, MSI-X.
 *
 * One interface to every kind of device: a back end (a model in this process, QEMU, VFIO) fills a
 * `struct pci_function_ops` and embeds a `struct pci_function`. The bus side (this room) owns
 * configuration space of models, decodes BARs into iospace.h, honours mask and pending bits, and
 * turns what a device raises into vectors (nt/interrupt.h).
 *
 * Adding a back end: embed struct pci_function, fill the ops as the last thing in your file, call
 * pci_function_init() with the identity and BAR sizes, add capabilities, then pci_bus_add(). Its
 * close() calls pci_function_fini() before it frees itself. A back end whose configuration space is
 * elsewhere (config_read and config_write set) passes a NULL identity and adds neither BARs nor
 * capabilities: the bus reads them.
 *
 * Threads: ops run on processor threads (register accesses) or the device thread (alarms); a device
 * protects itself with a host_lock. pci_intx_set, pci_message_raise and pci_message_withdraw may be
 * called with that lock held, from any thread; the bus holds none of its locks while it calls an
 * op.
 *
 * Sources: PCI Local Bus Specification 3.0 (sections in the comments), PCI Bus Power Management
 * Interface 1.2, PCI Express Base Specification 1.1 (section 7.8). */
#pragma once
#include "nt/interrupt.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCI_CONFIG_BYTES 4096
#define PCI_BARS         6
#define PCI_MSIX_MAX     2048

struct pci_function;

/* Offsets and widths in bytes; width 1, 2, 4 or 8. Reads return the value; a device that is gone
 * returns all ones. */
struct pci_function_ops {
    const char *name; /* "model:82574l", "qemu", "vfio" */
    uint64_t (*bar_read)(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width);
    void (*bar_write)(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width,
                      uint64_t value);
    /* Memory to map instead of calling the two above, or NULL. */
    void *(*bar_memory)(struct pci_function *fn, unsigned bar);
    /* NULL: the bus keeps configuration space itself (pci_function.config). */
    uint32_t (*config_read)(struct pci_function *fn, unsigned offset, unsigned width);
    void (*config_write)(struct pci_function *fn, unsigned offset, unsigned width, uint32_t value);
    /* Told after a write by the driver or bus (command register, power state ...); may be NULL. */
    void (*config_changed)(struct pci_function *fn, unsigned offset, unsigned width);
    /* Back ends outside this process whose messages something else programs (VFIO): let message
     * `index` reach `vector` (NULL = off). NULL: the bus programs the function's own registers. */
    int (*message_connect)(struct pci_function *fn, unsigned index, struct vector *vector);
    /* Where such registers are to point instead of at a processor's vectors, so that the back end
     * sees the message and calls pci_message_raise (QEMU). The same address for all; data of
     * message 0 is a multiple of their number, message i has i more. 0 or -ENOSPC. May be NULL. */
    int (*message_target)(struct pci_function *fn, unsigned index, uint64_t *address,
                          uint32_t *data);
    /* The driver has initialised, and asks for frames: for back ends that cannot see that. May be
     * NULL. */
    void (*started)(struct pci_function *fn);
    /* How often an access has waited for an answer from another process; NULL: never. */
    uint64_t (*round_trips)(const struct pci_function *fn);
    void (*reset)(struct pci_function *fn); /* function level / power-on */
    void (*close)(struct pci_function *fn); /* frees it */
};

struct pci_bar {
    uint64_t size; /* a power of two; 0 = not implemented */
    bool io;       /* port range */
    bool is64, prefetchable;
    uint64_t address; /* assigned by pci_bus_add; physical address or port */
};

struct pci_function {
    const struct pci_function_ops *ops;
    uint8_t bus, device, function;
    uint8_t config[PCI_CONFIG_BYTES];      /* current values (models) */
    uint8_t config_mask[PCI_CONFIG_BYTES]; /* writable bits */
    uint8_t config_w1c[PCI_CONFIG_BYTES];  /* write-1-to-clear bits */
    struct pci_bar bar[PCI_BARS];
    unsigned msi_cap, msix_cap; /* offsets, 0 = none */
    struct pci_interrupts
        *interrupts;           /* private to pci/ (pci_internal.h): line, MSI, MSI-X, decoding */
    struct pci_function *next; /* private to pci/ : the bus's list */
    struct host_lock *lock;    /* unused by pci/; convenience for back ends */
    bool surprise_removed;     /* every access reads all ones, nothing is raised */
};

struct pci_identity {
    uint16_t vendor, device, subsystem_vendor, subsystem;
    uint8_t revision, class_base, class_sub, class_interface;
    uint8_t interrupt_pin; /* 1 = INTA, 0 = none */
};

/* --- building a function (before pci_bus_add) --- */
/* id: NULL only if ops->config_read is set. Ends the process if memory runs out. */
void pci_function_init(struct pci_function *fn, const struct pci_function_ops *ops,
                       const struct pci_identity *id);
void pci_function_bar(struct pci_function *fn, unsigned bar, uint64_t size, bool io, bool is64,
                      bool prefetchable);
/* Frees what pci_function_init made. The function is off the bus and nobody raises anything any
 * more. */
void pci_function_fini(struct pci_function *fn);
/* Appends a capability structure of `len` bytes (ID and next pointer included) at `offset` (0 = the
 * first free place) to the list; returns the offset. Its registers are zero and read-only until the
 * caller fills config and config_mask. */
unsigned pci_capability_add(struct pci_function *fn, uint8_t id, unsigned offset, unsigned len);
/* The same for the extended capabilities of a PCI Express function, from 0x100 (the first must be
 * there). */
unsigned pci_extended_capability_add(struct pci_function *fn, uint16_t id, unsigned version,
                                     unsigned offset, unsigned len);
/* Offset of the first capability `id`, 0 if there is none. */
unsigned pci_capability_find(struct pci_function *fn, uint8_t id);
void pci_capability_power(struct pci_function *fn, unsigned offset);
void pci_capability_express(struct pci_function *fn, unsigned offset);
/* messages: 1,2,4..32; per-vector masking and 64-bit addresses as the device has them
 * (PCI 3.0, 6.8.1). */
void pci_capability_msi(struct pci_function *fn, unsigned offset, unsigned messages, bool is64,
                        bool per_vector_mask);
/* Table and PBA live in BAR `bar` (PCI 3.0, 6.8.2); the bus answers accesses to them, the device
 * sees none. */
void pci_capability_msix(struct pci_function *fn, unsigned offset, unsigned entries,
                         unsigned table_bar, uint32_t table_offset, unsigned pba_bar,
                         uint32_t pba_offset);

/* --- the bus --- */
/* Gives the function its number, BAR addresses and interrupt line, and lets it answer: memory and
 * port decoding and bus mastering are enabled, as a driver finds them on Windows. What
 * configuration space holds now, apart from these, is what a reset returns to. 0 or -errno
 * (-ENOSPC: no number or no addresses left). Not from two threads at once, nor while others walk
 * the list. */
int pci_bus_add(struct pci_function *fn);
/* Takes the function's addresses and line away. It stays alive: ops->close() is the caller's next
 * step. */
void pci_bus_remove(struct pci_function *fn);
/* From now on every function that is added gets the same line, so that lines are shared. */
void pci_bus_share_lines(bool share);
struct pci_function *pci_bus_first(void);
struct pci_function *pci_bus_next(struct pci_function *fn);
/* "PCI\VEN_8086&DEV_10D3&SUBSYS_...&REV_00" ..., most specific first, as Windows builds them (WDK:
 * Identifiers for PCI Devices); n strings in out. There are at most PCI_HARDWARE_IDS and
 * PCI_COMPATIBLE_IDS. */
#define PCI_HARDWARE_IDS   6
#define PCI_COMPATIBLE_IDS 9
size_t pci_hardware_ids(const struct pci_function *fn, char out[][64], size_t max);
size_t pci_compatible_ids(const struct pci_function *fn, char out[][64], size_t max);

/* Configuration accesses by the driver or NDIS. Any IRQL. Crossing the end reads all ones. */
uint32_t pci_config_read(struct pci_function *fn, unsigned offset, unsigned width);
void pci_config_write(struct pci_function *fn, unsigned offset, unsigned width, uint32_t value);

/* --- what a device does --- */
/* INTx: level of the function's pin. Honours Interrupt Disable (command bit 10) and shows in
 * Interrupt Status. */
void pci_intx_set(struct pci_function *fn, bool asserted);
/* MSI message / MSI-X table entry `index`. Masked: becomes pending, sent on unmask. Neither
 * enabled: nothing. An MSI index beyond what was enabled wraps around (PCI 3.0, 6.8.1.6 leaves the
 * sharing to the device). */
void pci_message_raise(struct pci_function *fn, unsigned index);
bool pci_msi_enabled(const struct pci_function *fn);
bool pci_msix_enabled(const struct pci_function *fn);
/* Clears a pending bit that the device withdrew before it was unmasked. */
void pci_message_withdraw(struct pci_function *fn, unsigned index);
/* Bus mastering: [pa, pa+len) if the function may DMA there now (bus master enable, D0, RAM), else
 * NULL. */
void *pci_dma(struct pci_function *fn, uint64_t pa, size_t len);
/* What a function level reset does: registers of configuration space as after power-on (BARs and
 * command zero), messages off, line low; then ops->reset. A write of Initiate Function Level Reset
 * or of D0 after D3hot does it too. Takes no lock that a device may hold. */
void pci_function_reset(struct pci_function *fn);

/* --- what the bus driver does for Windows (used by ndis/) --- */
enum pci_interrupt_kind {
    PCI_INTERRUPT_NONE,
    PCI_INTERRUPT_LINE,
    PCI_INTERRUPT_MSI,
    PCI_INTERRUPT_MSIX
};

struct pci_interrupt_need { /* what the function's capabilities offer */
    bool line;
    unsigned msi_messages; /* 0 = no MSI */
    bool msi_maskable;
    unsigned msix_messages; /* table size; 0 = no MSI-X */
};
void pci_interrupt_need(const struct pci_function *fn, struct pci_interrupt_need *need);

/* One granted message: where it goes. */
struct pci_message_target {
    struct vector *vector;
};
/* Program the function for `kind` with `count` messages (1 for a line, whose vector is the line's).
 * MSI: count is a power of two, and all vectors have consecutive numbers on one processor
 * (vector_alloc_block allocates such). MSI-X: table entry i -> message i for i < count, all others
 * -> message 0 (R-202, R-203), unmasked; count may exceed the table (R-242). 0 or -errno: -ENOTSUP, the function has no such interrupt;
 * -EINVAL, count or vectors do not fit it. What was programmed before is released first. Back ends
 * outside: message_connect is called for each message (MSI-X: each entry), then address, data (MSI)
 * and the enable bits are written through config_write. PASSIVE_LEVEL. */
int pci_interrupt_program(struct pci_function *fn, enum pci_interrupt_kind kind,
                          const struct pci_message_target *targets, unsigned count);
/* Nothing arrives any more, and the vectors are free to go, but MSI-X stays enabled, behind its
 * Function Mask: a function that is still at work does not fall back to its pin. */
void pci_interrupt_silence(struct pci_function *fn);
/* Back to nothing: messages disabled, line gone (Interrupt Disable set). */
void pci_interrupt_release(struct pci_function *fn);
/* The vector of the function's INTx line (shared by all functions on it; created on first use). */
struct vector *pci_line_vector(struct pci_function *fn);
unsigned pci_line_number(const struct pci_function *fn); /* GSI, 0 if the function has no pin */

/* GUID_MSIX_TABLE_CONFIG_INTERFACE (wdm PCI_MSIX_*): 0, or -EINVAL when not MSI-X or the entry or
 * message is not the function's. Set: any IRQL <= DISPATCH; mask and unmask: any IRQL. */
int pci_msix_set_entry(struct pci_function *fn, unsigned entry, unsigned message);
int pci_msix_mask_entry(struct pci_function *fn, unsigned entry, bool masked);
int pci_msix_get_entry(struct pci_function *fn, unsigned entry, unsigned *message, bool *masked);

/* Power state 0 (D0) to 3 (D3hot), as the bus driver sets it on a power IRP: leaving D0 it saves
 * what the driver and the bus programmed, on the way back it restores it (WDK: PCI Power Management
 * and Device Drivers). 0, or -ENOTSUP if the function has no power management or not that state.
 * PASSIVE_LEVEL. */
int pci_power_set(struct pci_function *fn, unsigned state);
unsigned pci_power_state(const struct pci_function *fn);

/* Marks the function gone, as if pulled from its slot. */
void pci_surprise_remove(struct pci_function *fn);
/* Faults: suppress or repeat what the device raises. Return value: how many times to deliver (0 =
 * lost). NULL = once. Asked when a message leaves the function, and when its line goes up (0 = this
 * rise is not seen). Runs under the function's lock: it must not call pci/. */
extern unsigned (*pci_fault_deliver)(struct pci_function *fn, int message /* -1 = line */);
