/* SPDX-License-Identifier: MIT */
/* irq.c - interrupts: causes, masks, delays, throttling, and the way to a line, MSI or MSI-X
 * vectors (DS 7.4).
 *
 * An interrupt is a cause (ICR) that is enabled (IMS). Line: its level is "there is one". MSI: a
 * message when a cause becomes one. MSI-X: the same for each of five causes, on the vector that
 * IVAR gives it. ITR and EITR hold the next one back until an interval has passed since the last.
 *
 * Clearing (DS 10.2.4, ICR): writing ones to ICR; reading ICR; sending the vector of a cause that
 * EIAC lists. Chips whose ICR has INT_ASSERTED clear it by a read only if an enabled cause is set
 * or IMS is zero, so that a line's other owners do not lose causes to each other's reads. Masking
 * by itself: CTRL_EXT.IAME takes IAM from
 * IMS when ICR is read or written; CTRL_EXT.EIAME takes a vector's causes, if in IAM, when its
 * message is sent. */
#include "device/model/e1000.h"

#define DELAY_UNIT_NS    1024  /* RDTR, RADV, RAID, TIDV, TADV; DS 10.2.5 */
#define THROTTLE_UNIT_NS 256   /* ITR, EITR; DS 10.2.4 */
#define ECHO_NS          20000 /* from a message to its double, if the fault plan makes one */
#define SPURIOUS_LINE_NS 20000 /* how long a line without a cause stays up, if nobody reads ICR */

static uint32_t pending(const struct e1000 *dev)
{
    return REG(dev, E1000_ICR) & REG(dev, E1000_IMS);
}

/* INT_ASSERTED, where ICR has it and it is set. */
static uint32_t asserted(const struct e1000 *dev)
{
    return dev->chip->int_asserted && pending(dev) ? E1000_ICR_ASSERTED : 0;
}

static uint32_t vector_of(const struct e1000 *dev, unsigned cause)
{
    uint32_t field = REG(dev, E1000_IVAR) >> 4 * cause & 15;
    return field & E1000_IVAR_VALID ? field & 7 : UINT32_MAX;
}

static void message(struct e1000 *dev, unsigned vector)
{
    e1000_count(dev, E1000_IAC, 1);
    unsigned n = fault_interrupt(&dev->faults);
    if (n)
        pci_message_raise(&dev->fn, vector);
    if (n > 1) { /* later: two messages at once would be one interrupt */
        dev->echoes |= 1u << vector;
        e1000_timer_after(&dev->echo, ECHO_NS);
    }
}

/* timer: echo */
void e1000_irq_echo(struct e1000 *dev, unsigned index)
{
    for (unsigned v = 0; v < E1000_VECTORS; v++)
        if (dev->echoes & 1u << v)
            pci_message_raise(&dev->fn, v);
    dev->echoes = 0;
}

static void throttle(struct e1000 *dev, struct e1000_timer *timer, uint32_t offset)
{
    if (REG(dev, offset))
        e1000_timer_after(timer, (uint64_t)REG(dev, offset) * THROTTLE_UNIT_NS);
}

static void clear(struct e1000 *dev, uint32_t causes)
{
    REG(dev, E1000_ICR) &= ~causes;
    if (dev->stuck & causes) {
        REG(dev, E1000_ICR) |= dev->stuck;
        dev->sent &= ~dev->stuck;
    }
    dev->sent &= pending(dev);
}

static void update_msix(struct e1000 *dev)
{
    uint32_t vectors = 0, again = 0;
    for (unsigned i = 0; i < E1000_VECTORS; i++) {
        uint32_t cause = E1000_ICR_RXQ0 << i, vector = vector_of(dev, i);
        if (!(pending(dev) & cause & ~dev->sent) || vector >= E1000_VECTORS ||
            dev->eitr[vector].armed)
            continue;
        vectors |= 1u << vector;
        dev->sent |= cause;
        if (REG(dev, E1000_CTRL_EXT) & E1000_CTRL_EXT_EIAME)
            REG(dev, E1000_IMS) &= ~(REG(dev, E1000_IAM) & cause);
        again |= cause & dev->stuck;
        clear(dev, REG(dev, E1000_EIAC) & cause);
    }
    for (unsigned v = 0; v < E1000_VECTORS; v++)
        if (vectors & 1u << v) {
            message(dev, v);
            throttle(dev, &dev->eitr[v], E1000_EITR(v));
        }
    if (again & pending(dev) & ~dev->sent) /* a stuck cause that EIAC cleared in vain */
        e1000_timer_after(&dev->spurious_end, SPURIOUS_LINE_NS);
}

static void update_msi(struct e1000 *dev)
{
    uint32_t causes = pending(dev);
    if (!(causes & ~dev->sent) || dev->itr.armed)
        return;
    dev->sent |= causes;
    message(dev, 0);
    throttle(dev, &dev->itr, E1000_ITR);
}

static void set_intx(struct e1000 *dev, bool level)
{
    if (level != dev->intx)
        pci_intx_set(&dev->fn, dev->intx = level);
}

static void update_line(struct e1000 *dev)
{
    bool forced = dev->line_spurious || dev->stuck_line, want = pending(dev) || forced;
    if (want && !dev->line) {
        if (dev->itr.armed && !forced)
            return;
        dev->line = true;
        e1000_count(dev, E1000_IAC, 1);
        unsigned n = fault_interrupt(&dev->faults);
        dev->line_lost = n == 0;
        dev->line_again = n > 1;
        throttle(dev, &dev->itr, E1000_ITR);
    } else if (!want && dev->line) {
        dev->line = false;
        if (dev->line_again) { /* heard twice: the line comes back without a cause */
            dev->line_again = false;
            set_intx(dev, false);
            dev->line = dev->line_spurious = true;
            dev->line_lost = false;
            e1000_timer_after(&dev->spurious_end, SPURIOUS_LINE_NS);
        }
    }
    set_intx(dev, dev->line && !dev->line_lost);
}

void e1000_irq_update(struct e1000 *dev)
{
    dev->sent &= pending(dev);
    bool msix = pci_msix_enabled(&dev->fn), msi = !msix && pci_msi_enabled(&dev->fn);
    if (msix || msi) {
        dev->line = false;
        set_intx(dev, false);
    }
    if (msix)
        update_msix(dev);
    else if (msi)
        update_msi(dev);
    else
        update_line(dev);
}

void e1000_irq_reset(struct e1000 *dev)
{
    struct e1000_timer *all[] = {&dev->tidv, &dev->tadv, &dev->rdtr,
                                 &dev->radv, &dev->raid, &dev->itr};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        e1000_timer_stop(all[i]);
    for (unsigned i = 0; i < E1000_VECTORS; i++)
        e1000_timer_stop(&dev->eitr[i]);
    dev->sent = dev->delayed = 0;
    dev->line_spurious = dev->line_again = false;
}

void e1000_irq_spurious(struct e1000 *dev)
{
    if (pci_msix_enabled(&dev->fn)) {
        unsigned used[E1000_VECTORS], n = 0;
        for (unsigned i = 0; i < E1000_VECTORS; i++)
            if (vector_of(dev, i) < E1000_VECTORS)
                used[n++] = vector_of(dev, i);
        if (n)
            pci_message_raise(&dev->fn, used[fault_random(&dev->faults, n)]);
    } else if (pci_msi_enabled(&dev->fn)) {
        pci_message_raise(&dev->fn, 0);
    } else {
        dev->line_spurious = true;
        e1000_timer_after(&dev->spurious_end, SPURIOUS_LINE_NS);
        e1000_irq_update(dev);
    }
}

/* timer: spurious_end */
void e1000_irq_spurious_end(struct e1000 *dev, unsigned index)
{
    dev->line_spurious = false;
    e1000_irq_update(dev);
}

/* timers: itr, eitr */
void e1000_irq_throttle_expired(struct e1000 *dev, unsigned index)
{
    e1000_irq_update(dev);
}

/* --- causes --- */

void e1000_cause(struct e1000 *dev, uint32_t causes)
{
    causes &= dev->chip->causes;
    if ((causes & E1000_ICR_OTHERS) && pci_msix_enabled(&dev->fn))
        causes |= E1000_ICR_OTHER;
    REG(dev, E1000_ICR) |= causes;
    e1000_irq_update(dev);
}

enum { DELAY_TIDV, DELAY_TADV, DELAY_RDTR, DELAY_RADV, DELAY_RAID };
#define TX_CAUSES (E1000_ICR_TXDW | E1000_ICR_TXQ0 | E1000_ICR_TXQ1)

static void delay(struct e1000 *dev, struct e1000_timer *timer, uint32_t offset, bool restart)
{
    if (REG(dev, offset) && (restart || !timer->armed))
        e1000_timer_after(timer, (uint64_t)REG(dev, offset) * DELAY_UNIT_NS);
}

void e1000_delay_tx(struct e1000 *dev)
{
    delay(dev, &dev->tidv, E1000_TIDV, true);
    delay(dev, &dev->tadv, E1000_TADV, false);
}

static void release(struct e1000 *dev, uint32_t causes)
{
    if (causes & TX_CAUSES) {
        e1000_timer_stop(&dev->tidv);
        e1000_timer_stop(&dev->tadv);
    }
    if (causes & E1000_ICR_RXT0) {
        e1000_timer_stop(&dev->rdtr);
        e1000_timer_stop(&dev->radv);
    }
    if (causes & E1000_ICR_ACK)
        e1000_timer_stop(&dev->raid);
    uint32_t now = dev->delayed & causes;
    dev->delayed &= ~causes;
    if (now)
        e1000_cause(dev, now);
}

/* timers: tidv ... raid */
void e1000_irq_delay_expired(struct e1000 *dev, unsigned index)
{
    static const uint32_t counter[] = {E1000_ICTXPTC, E1000_ICTXATC, E1000_ICRXPTC, E1000_ICRXATC};
    if (index < sizeof counter / sizeof *counter)
        e1000_count(dev, counter[index], 1);
    if (index <= DELAY_TADV)
        e1000_tx_flush(dev);
    release(dev, index <= DELAY_TADV   ? TX_CAUSES
                 : index == DELAY_RAID ? E1000_ICR_ACK
                                       : E1000_ICR_RXT0);
}

/* RDTR and RADV hold back RXT0, RAID holds back ACK; with MSI-X, EITR is there for that (DS 7.4).
 */
void e1000_cause_rx(struct e1000 *dev, unsigned queue, bool below_threshold, bool ack)
{
    ack = ack && !(REG(dev, E1000_RFCTL) & E1000_RFCTL_ACK_DIS);
    if (below_threshold)
        e1000_count(dev, E1000_ICRXDMTC, 1);
    if (pci_msix_enabled(&dev->fn)) {
        e1000_cause(dev, E1000_ICR_RXQ0 << queue | (ack ? E1000_ICR_ACK : 0));
        return;
    }
    uint32_t now = below_threshold ? E1000_ICR_RXDMT0 : 0;
    if (REG(dev, E1000_RDTR)) {
        dev->delayed |= E1000_ICR_RXT0;
        delay(dev, &dev->rdtr, E1000_RDTR, true);
        delay(dev, &dev->radv, E1000_RADV, false);
    } else {
        now |= E1000_ICR_RXT0;
    }
    if (ack && REG(dev, E1000_RAID)) {
        dev->delayed |= E1000_ICR_ACK;
        delay(dev, &dev->raid, E1000_RAID, false);
    } else if (ack) {
        now |= E1000_ICR_ACK;
    }
    if (now)
        e1000_cause(dev, now);
}

void e1000_cause_tx(struct e1000 *dev, unsigned queue, bool ide)
{
    bool msix = pci_msix_enabled(&dev->fn);
    uint32_t cause = msix ? E1000_ICR_TXQ0 << queue : E1000_ICR_TXDW;
    if (ide && REG(dev, E1000_TIDV) && !(msix && (REG(dev, E1000_IVAR) & E1000_IVAR_TX_ALL))) {
        dev->delayed |= cause;
        e1000_delay_tx(dev);
    } else {
        e1000_cause(dev, cause);
    }
}

/* --- registers --- */

static void auto_mask(struct e1000 *dev)
{
    if (REG(dev, E1000_CTRL_EXT) & E1000_CTRL_EXT_IAME)
        REG(dev, E1000_IMS) &= ~REG(dev, E1000_IAM);
}

uint32_t e1000_icr_read(struct e1000 *dev, uint32_t offset)
{
    uint32_t v = REG(dev, offset) | asserted(dev);
    bool own = pending(dev);
    if (own)
        auto_mask(dev);
    if (own || !REG(dev, E1000_IMS) || !dev->chip->int_asserted)
        clear(dev, UINT32_MAX);
    dev->line_spurious = false;
    e1000_irq_update(dev);
    return v;
}

void e1000_icr_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    if (pending(dev))
        auto_mask(dev);
    /* OTHER is the sum of its causes: clearing it clears them. Drivers count on that with MSI-X. */
    if (value & E1000_ICR_OTHER)
        value |= E1000_ICR_OTHERS;
    clear(dev, value & ~E1000_ICR_ASSERTED);
    e1000_irq_update(dev);
}

/* Write-only in the data sheet; the chip shows ICR there without the effects of reading it. */
uint32_t e1000_ics_read(struct e1000 *dev, uint32_t offset)
{
    return REG(dev, E1000_ICR) | asserted(dev);
}

void e1000_ics_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    e1000_cause(dev, value);
}

void e1000_ims_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    uint32_t causes = value & dev->chip->causes, ext = REG(dev, E1000_CTRL_EXT);
    bool msix = pci_msix_enabled(&dev->fn);
    REG(dev, E1000_IMS) |= causes;
    for (unsigned i = 0; msix && i < E1000_VECTORS; i++) {
        uint32_t vector = vector_of(dev, i);
        if (!(causes & E1000_ICR_RXQ0 << i) || vector >= E1000_VECTORS)
            continue;
        if (ext & E1000_CTRL_EXT_PBA_CLR)
            pci_message_withdraw(&dev->fn, vector);
        if (ext & E1000_CTRL_EXT_INT_TIMERS_CLEAR)
            throttle(dev, &dev->eitr[vector], E1000_EITR(vector));
    }
    if (!msix && (ext & E1000_CTRL_EXT_INT_TIMERS_CLEAR))
        throttle(dev, &dev->itr, E1000_ITR);
    e1000_irq_update(dev);
    if (causes && fault_start(&dev->faults, host_now()))
        e1000_faults_arm(dev);
}

uint32_t e1000_imc_read(struct e1000 *dev, uint32_t offset)
{
    return 0;
}

void e1000_imc_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    REG(dev, E1000_IMS) &= ~value;
    e1000_irq_update(dev);
}

void e1000_pbaclr_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    for (unsigned v = 0; v < E1000_VECTORS; v++)
        if (value & 1u << v)
            pci_message_withdraw(&dev->fn, v);
}

void e1000_rdtr_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    if (value & E1000_RDTR_FPD)
        release(dev, E1000_ICR_RXT0);
}

void e1000_tidv_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    if (value & E1000_RDTR_FPD) {
        e1000_tx_flush(dev);
        release(dev, TX_CAUSES);
    }
}
