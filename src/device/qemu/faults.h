/* SPDX-License-Identifier: MIT */
/* faults.h - what a fault plan (device/fault.h) does to a card that QEMU emulates.
 *
 * Interrupts are lost, doubled and invented on their way out of QEMU, the cable is pulled through
 * its monitor, the card leaves the bus. What would have to happen inside the card (an access to
 * memory that fails, a reset that does not end, a cause that sticks) is refused when the card is
 * made.
 *
 * Clocks start when the driver has initialised: from outside nobody sees it enable an interrupt. */
#pragma once
#include "device/fault.h"
#include "nt/alarm.h"
#include "pci/pci.h"

struct qemu_faults {
    struct pci_function *fn;
    void (*cable)(struct pci_function *fn, bool in);

    /* Private. */
    struct fault_state state;
    struct host_lock lock; /* state, levels */
    struct alarm next, pulse_end;
    bool pin, stuck, pulse; /* the line is up while one of them is */
};

/* fn and cable are set. plan may be NULL. False, and a sentence in err, if the plan has what QEMU's
 * card cannot do. */
bool qemu_faults_init(struct qemu_faults *f, const struct device_fault_plan *plan, char *err,
                      size_t err_len);
void qemu_faults_start(struct qemu_faults *f);
/* The card's pin. */
void qemu_faults_pin(struct qemu_faults *f, bool up);
/* How often an interrupt is delivered: for pci_fault_deliver. */
unsigned qemu_faults_deliver(struct qemu_faults *f);
/* A frame passed, either way. Device thread. */
void qemu_faults_frame(struct qemu_faults *f);
void qemu_faults_stop(struct qemu_faults *f);
