/* SPDX-License-Identifier: MIT */
/* faults.c - a fault plan around QEMU's card. */
#include "device/qemu/faults.h"
#include <stddef.h>
#include <stdio.h>

#define PULSE_NS 10000 /* a line that goes up without a cause: long enough to be seen */

static const char *impossible(const struct device_fault *fault)
{
    switch (fault->kind) {
    case FAULT_DMA_ERROR:
        return "dma-error";
    case FAULT_STUCK_RESET:
        return "stuck-reset";
    case FAULT_STUCK:
        return fault->cause == FAULT_CAUSE_LINE ? NULL : "stuck-interrupt with a cause";
    default:
        return NULL;
    }
}

/* The line as the bus is to see it. No lock held. */
static void drive(struct qemu_faults *f)
{
    host_lock(&f->lock);
    bool up = f->pin || f->stuck || f->pulse;
    host_unlock(&f->lock);
    pci_intx_set(f->fn, up);
}

static void interrupt_without_cause(struct qemu_faults *f)
{
    struct pci_interrupt_need need;
    pci_interrupt_need(f->fn, &need);
    if (pci_msix_enabled(f->fn)) {
        pci_message_raise(f->fn, fault_random(&f->state, need.msix_messages));
    } else if (pci_msi_enabled(f->fn)) {
        pci_message_raise(f->fn, fault_random(&f->state, need.msi_messages));
    } else {
        f->pulse = true;
        drive(f);
        alarm_set(&f->pulse_end, host_now() + PULSE_NS);
    }
}

static void on_pulse_end(struct alarm *alarm)
{
    struct qemu_faults *f =
        (struct qemu_faults *)((char *)alarm - offsetof(struct qemu_faults, pulse_end));
    f->pulse = false;
    drive(f);
}

static void arm(struct qemu_faults *f)
{
    host_lock(&f->lock);
    uint64_t next = fault_next(&f->state);
    host_unlock(&f->lock);
    if (next != UINT64_MAX)
        alarm_set(&f->next, next);
}

static void on_moment(struct alarm *alarm)
{
    struct qemu_faults *f =
        (struct qemu_faults *)((char *)alarm - offsetof(struct qemu_faults, next));
    struct fault_event event;
    for (;;) {
        host_lock(&f->lock);
        bool any = fault_take(&f->state, host_now(), &event);
        host_unlock(&f->lock);
        if (!any)
            break;
        switch (event.kind) {
        case FAULT_EVENT_INTERRUPT:
            interrupt_without_cause(f);
            break;
        case FAULT_EVENT_STUCK:
            f->stuck = event.on;
            drive(f);
            break;
        case FAULT_EVENT_LINK:
            f->cable(f->fn, event.on);
            break;
        case FAULT_EVENT_REMOVE:
            pci_surprise_remove(f->fn);
            break;
        }
    }
    arm(f);
}

bool qemu_faults_init(struct qemu_faults *f, const struct device_fault_plan *plan, char *err,
                      size_t err_len)
{
    for (unsigned i = 0; plan && i < plan->count; i++) {
        const char *what = impossible(&plan->fault[i]);
        if (what) {
            snprintf(err, err_len,
                     "--fault %s would have to happen inside QEMU's card; a model (--device "
                     "model:...) can do it",
                     what);
            return false;
        }
    }
    f->next.fire = on_moment;
    f->pulse_end.fire = on_pulse_end;
    fault_state_init(&f->state, plan, host_now());
    arm(f);
    return true;
}

void qemu_faults_start(struct qemu_faults *f)
{
    host_lock(&f->lock);
    fault_start(&f->state, host_now());
    host_unlock(&f->lock);
    arm(f);
}

void qemu_faults_pin(struct qemu_faults *f, bool up)
{
    f->pin = up;
    drive(f);
}

unsigned qemu_faults_deliver(struct qemu_faults *f)
{
    host_lock(&f->lock);
    unsigned times = fault_interrupt(&f->state);
    host_unlock(&f->lock);
    return times;
}

void qemu_faults_frame(struct qemu_faults *f)
{
    host_lock(&f->lock);
    bool gone = fault_frame(&f->state);
    host_unlock(&f->lock);
    if (gone)
        pci_surprise_remove(f->fn);
}

void qemu_faults_stop(struct qemu_faults *f)
{
    alarm_cancel(&f->next);
    alarm_cancel(&f->pulse_end);
}
