/* SPDX-License-Identifier: MIT */
/* faults.c - what the fault plan (device/fault.h) does to this card.
 *
 * Lost and doubled interrupts are in irq.c, DMA errors in e1000_dma(), stuck resets in
 * e1000_reset(); here is what happens at a moment. */
#include "device/model/e1000.h"

void e1000_faults_arm(struct e1000 *dev)
{
    uint64_t next = fault_next(&dev->faults);
    if (next == UINT64_MAX)
        e1000_timer_stop(&dev->fault_timer);
    else
        e1000_timer_arm(&dev->fault_timer, next);
}

static void stuck(struct e1000 *dev, enum fault_cause cause, bool on)
{
    bool msix = pci_msix_enabled(&dev->fn);
    switch (cause) {
    case FAULT_CAUSE_LINE:
        dev->stuck_line = on;
        e1000_irq_update(dev);
        return;
    case FAULT_CAUSE_LSC:
        dev->stuck = E1000_ICR_LSC | (msix ? E1000_ICR_OTHER : 0);
        break;
    case FAULT_CAUSE_RX:
        dev->stuck = msix ? E1000_ICR_RXQ0 : E1000_ICR_RXT0;
        break;
    case FAULT_CAUSE_TX:
        dev->stuck = msix ? E1000_ICR_TXQ0 : E1000_ICR_TXDW;
        break;
    }
    if (on)
        e1000_cause(dev, dev->stuck);
    else
        dev->stuck = 0;
}

static void remove_card(struct e1000 *dev)
{
    dev->tell_removed = true;
    e1000_outside(dev);
}

/* timer: fault_timer */
void e1000_faults_expired(struct e1000 *dev, unsigned index)
{
    struct fault_event event;
    while (fault_take(&dev->faults, host_now(), &event)) {
        switch (event.kind) {
        case FAULT_EVENT_INTERRUPT:
            e1000_irq_spurious(dev);
            break;
        case FAULT_EVENT_STUCK:
            stuck(dev, event.cause, event.on);
            break;
        case FAULT_EVENT_LINK:
            dev->phy.cut = !event.on;
            e1000_phy_cable(dev);
            break;
        case FAULT_EVENT_REMOVE:
            remove_card(dev);
            break;
        }
    }
    e1000_faults_arm(dev);
}

void e1000_faults_frame(struct e1000 *dev)
{
    if (fault_frame(&dev->faults))
        remove_card(dev);
}
