/* SPDX-License-Identifier: MIT */
/* intx.c - interrupt pins and the lines they are wired to.
 *
 * Eight level-triggered lines, GSI 16 to 23, as the I/O APIC of a PC has them for PCI. A function's
 * line follows from its device number and pin, swizzled (PCI 3.0, 2.2.6: the binding is the
 * system's choice). A line is up while any of its functions drives it. A function drives its line
 * while its pin is asserted, unless Interrupt Disable is set (6.2.2), a message interrupt is
 * enabled (6.8.1.3, 6.8.2.3: no INTx then), it is not in D0, or it has been pulled. Interrupt
 * Status shows the pin, whether or not Interrupt Disable is set (6.2.3). */
#include "nt/irql.h"
#include "pci/pci_internal.h"
#include <stdlib.h>

#define LINES     8
#define FIRST_GSI 16
/* Lines have levels of their own, between the lowest and the highest that devices get. */
#define LINE_IRQL(n) ((KIRQL)(DIRQL_MIN + 1 + (n)))
_Static_assert(DIRQL_MIN + LINES <= DIRQL_MAX, "a level for each line");

struct pci_line {
    struct host_lock lock;
    unsigned up; /* functions that drive it */
    struct vector *vector;
};

static struct pci_line lines[LINES];
static bool share_lines;

unsigned (*pci_fault_deliver)(struct pci_function *fn, int message);

void pci_bus_share_lines(bool share)
{
    share_lines = share;
}

static unsigned pin_of(const struct pci_function *fn)
{
    unsigned pin = pci_config_peek(fn, PCI_REG_INTERRUPT_PIN, 1);
    return pin <= 4 ? pin : 0;
}

static void line_drive(struct pci_line *line, bool up)
{
    host_lock(&line->lock);
    line->up += up ? 1 : -1;
    if (line->vector)
        vector_set_level(line->vector, line->up > 0);
    host_unlock(&line->lock);
}

void pci_intx_update(struct pci_function *fn)
{
    struct pci_interrupts *bus = fn->interrupts;
    bool wanted = bus->pin && pci_alive(fn);
    if (!bus->external) {
        /* The pin behind a foreign configuration space is gated there. */
        if (bus->pin)
            fn->config[PCI_REG_STATUS] |= PCI_STS_INTERRUPT;
        else
            fn->config[PCI_REG_STATUS] &= (uint8_t)~PCI_STS_INTERRUPT;
        wanted = wanted && !(pci_command(fn) & PCI_CMD_INTERRUPT_DISABLE) && !pci_msi_enabled(fn) &&
                 !pci_msix_enabled(fn);
    }
    if (!wanted)
        bus->lost = false;
    else if (!bus->driven && !bus->lost && pci_fault_deliver)
        bus->lost = pci_fault_deliver(fn, -1) == 0;
    wanted = wanted && !bus->lost && bus->line;
    if (wanted != bus->driven) {
        bus->driven = wanted;
        line_drive(bus->line, wanted);
    }
}

void pci_intx_set(struct pci_function *fn, bool asserted)
{
    struct pci_interrupts *bus = fn->interrupts;
    host_lock(&bus->lock);
    if (bus->pin != asserted) {
        bus->pin = asserted;
        pci_intx_update(fn);
    }
    host_unlock(&bus->lock);
}

void pci_intx_attach(struct pci_function *fn)
{
    unsigned pin = pin_of(fn);
    if (!pin)
        return;
    struct pci_interrupts *bus = fn->interrupts;
    host_lock(&bus->lock);
    bus->line = &lines[share_lines ? 0 : (fn->device + pin - 1) % LINES];
    pci_intx_update(fn);
    host_unlock(&bus->lock);
}

void pci_intx_detach(struct pci_function *fn)
{
    struct pci_interrupts *bus = fn->interrupts;
    host_lock(&bus->lock);
    if (bus->driven)
        line_drive(bus->line, false);
    bus->driven = false;
    bus->line = NULL;
    host_unlock(&bus->lock);
}

unsigned pci_line_number(const struct pci_function *fn)
{
    const struct pci_line *line = fn->interrupts->line;
    return line ? FIRST_GSI + (unsigned)(line - lines) : 0;
}

struct vector *pci_line_vector(struct pci_function *fn)
{
    struct pci_line *line = fn->interrupts->line;
    if (!line)
        return NULL;
    host_lock(&line->lock);
    struct vector *vector = line->vector;
    host_unlock(&line->lock);
    if (vector)
        return vector;
    /* PASSIVE_LEVEL, one caller at a time per line: no lock over the allocation. */
    vector = vector_alloc(0, LINE_IRQL(line - lines), LevelSensitive);
    host_lock(&line->lock);
    line->vector = vector;
    if (vector && line->up)
        vector_set_level(vector, true);
    host_unlock(&line->lock);
    return vector;
}
