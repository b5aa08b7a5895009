/* SPDX-License-Identifier: MIT */
/* pci_internal.h - what the files of pci/ share: the bus's own state of a function.
 *
 * Locks: each function has one (`lock`), each interrupt line has one (intx.c). Order: a device's
 * own lock, then the function's, then the line's. No op of a back end is called with either held.
 */
#pragma once
#include "nt/alarm.h"
#include "pci/pci.h"
#include "pci/regs.h"

/* A BAR as the bus answers it. `answers` is read without the lock on every register access. */
struct pci_window {
    struct pci_function *fn;
    unsigned bar;
    uint64_t at;  /* where it is registered in iospace, 0 = nowhere */
    bool answers; /* decoding is enabled, and the BAR still says `at` */
};

struct pci_msix_entry {
    uint32_t word[4]; /* address low, high, data, vector control */
    uint16_t message; /* what pci_msix_set_entry mapped it to */
};

struct pci_interrupts {
    struct host_lock lock;
    bool external; /* configuration space is the back end's */
    bool on_bus;
    bool express;   /* has 4096 bytes of configuration space */
    unsigned power; /* D-state, 0..3 */
    unsigned power_cap, express_cap;

    /* INTx */
    struct pci_line *line; /* NULL: no pin, or not on the bus */
    bool pin;              /* what the device says */
    bool driven;           /* what the line sees of it */
    bool lost;             /* a fault swallowed this rise */

    /* What pci_interrupt_program granted. */
    enum pci_interrupt_kind kind;
    unsigned count;
    struct vector **vectors;

    /* MSI-X: the table and the pending bits that the bus answers for. */
    unsigned entries, table_bar, pba_bar;
    uint32_t table_offset, pba_offset;
    struct pci_msix_entry *table;
    uint64_t *pending;

    struct pci_window window[PCI_BARS];
    uint8_t *power_on; /* configuration space to return to on reset */
};

static inline uint32_t pci_all_ones(unsigned width)
{
    return width >= 4 ? UINT32_MAX : (1u << width * 8) - 1;
}

/* config.c: registers of configuration space as they are, no checks, no effects. Offsets are in
 * range. */
static inline uint16_t pci_get16(const uint8_t *config, unsigned at)
{
    return (uint16_t)(config[at] | config[at + 1] << 8);
}
static inline uint32_t pci_get32(const uint8_t *config, unsigned at)
{
    return pci_get16(config, at) | (uint32_t)pci_get16(config, at + 2) << 16;
}
static inline void pci_put16(uint8_t *config, unsigned at, uint16_t value)
{
    config[at] = (uint8_t)value;
    config[at + 1] = (uint8_t)(value >> 8);
}
static inline void pci_put32(uint8_t *config, unsigned at, uint32_t value)
{
    pci_put16(config, at, (uint16_t)value);
    pci_put16(config, at + 2, (uint16_t)(value >> 16));
}
/* Reads a register wherever configuration space is kept, removed or not. */
uint32_t pci_config_peek(const struct pci_function *fn, unsigned offset, unsigned width);
static inline uint16_t pci_command(const struct pci_function *fn)
{
    return pci_get16(fn->config, PCI_REG_COMMAND);
}
/* True while the function takes part in anything: D0, not pulled. Lock held. */
static inline bool pci_alive(const struct pci_function *fn)
{
    return !fn->surprise_removed && fn->interrupts->power == 0;
}

/* window.c: BARs. */
/* Registers ranges where the BARs say and sets which of them answer. 0, or the errno of the first
 * range that found no place. */
int pci_window_update(struct pci_function *fn);
/* Writes free addresses into the BARs. 0 or -ENOSPC. */
int pci_window_assign(struct pci_function *fn);
void pci_window_remove(struct pci_function *fn);
/* Finds the BARs of a function that keeps its own configuration space (PCI 3.0, 6.2.5.1). */
void pci_window_probe(struct pci_function *fn);

/* intx.c. Lock held. */
void pci_intx_update(struct pci_function *fn);
void pci_intx_attach(struct pci_function *fn); /* lock not held */
void pci_intx_detach(struct pci_function *fn); /* lock not held */

/* message.c. */
/* What message `index` writes, and where, to reach `vector`. 0 or -errno. */
int pci_message_target(struct pci_function *fn, unsigned index, struct vector *vector,
                       uint64_t *address, uint32_t *data);
/* Lock held. */
void pci_message_send(struct pci_function *fn, unsigned index, uint64_t address, uint32_t data);

/* msi.c. Lock held, except program. */
void pci_msi_raise(struct pci_function *fn, unsigned index);
void pci_msi_withdraw(struct pci_function *fn, unsigned index);
void pci_msi_written(struct pci_function *fn);
int pci_msi_program(struct pci_function *fn, const struct pci_message_target *targets,
                    unsigned count);
unsigned pci_msi_bytes(uint16_t control);

/* msix.c. Lock held, except program and the accesses. */
void pci_msix_raise(struct pci_function *fn, unsigned entry);
void pci_msix_withdraw(struct pci_function *fn, unsigned entry);
void pci_msix_written(struct pci_function *fn);
void pci_msix_reset(struct pci_function *fn);
int pci_msix_program(struct pci_function *fn, const struct pci_message_target *targets,
                     unsigned count);
/* True if the access was to the table or the pending bits, and is done. */
bool pci_msix_read(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width,
                   uint64_t *value);
bool pci_msix_write(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width,
                    uint64_t value);

/* power.c. Lock held. Looks at what was written to the capability; true if the function is to be
 * reset. */
bool pci_power_written(struct pci_function *fn);
/* express.c. The same. */
bool pci_express_written(struct pci_function *fn);
