/* SPDX-License-Identifier: MIT */
/* e1000.c - a gigabit controller as a PCI function: creation, options, BARs, timers, DMA, reset,
 * device control.
 *
 *     model:CHIP[,mac=52:54:00:12:34:56][,link=2ms][,speed=1000][,reset=1us][,overrun=pause]
 *               [,subsys=a01f][,flash=128k]
 *
 * link: how long autonegotiation takes. speed: 10, 100 or 1000, what the far end can do. reset: how
 * long CTRL.RST reads 1. overrun: see rx.c. subsys: PCI subsystem ID. flash: size of BAR 1. */
#include "device/model/e1000.h"
#include "nt/report.h"
#include "pci/regs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BAR_REGISTERS 0
#define BAR_FLASH     1
#define BAR_IO        2

#define MAC_SYNC_NS 10000 /* the MAC finds the PHY's link again after a reset */

/* --- timers --- */

static void timer_fired(struct alarm *alarm)
{
    struct e1000_timer *t =
        (struct e1000_timer *)((char *)alarm - offsetof(struct e1000_timer, alarm));
    struct e1000 *dev = t->dev;
    host_lock(&dev->lock);
    if (t->armed && host_now() >= t->due && !dev->closing) {
        t->armed = false;
        t->expired(dev, t->index);
    }
    host_unlock(&dev->lock);
}

void e1000_timer_arm(struct e1000_timer *t, uint64_t due)
{
    if (t->dev->closing)
        return;
    t->armed = true;
    t->due = due;
    alarm_set(&t->alarm, due);
}

void e1000_timer_after(struct e1000_timer *t, uint64_t ns)
{
    e1000_timer_arm(t, host_now() + ns);
}

void e1000_timer_stop(struct e1000_timer *t)
{
    if (t->armed)
        alarm_cancel(&t->alarm);
    t->armed = false;
}

static void timer_init(struct e1000 *dev, struct e1000_timer *t,
                       void (*expired)(struct e1000 *, unsigned), unsigned index)
{
    *t = (struct e1000_timer){
        .alarm = {.fire = timer_fired}, .dev = dev, .expired = expired, .index = index};
}

/* --- calls that need the lock free --- */

static void outside_fired(struct alarm *alarm)
{
    struct e1000 *dev = (struct e1000 *)((char *)alarm - offsetof(struct e1000, outside));
    host_lock(&dev->lock);
    bool link = dev->tell_link && dev->phy.link != dev->link_told, up = dev->phy.link;
    bool ready = dev->tell_ready, removed = dev->tell_removed, closing = dev->closing;
    dev->tell_link = dev->tell_ready = dev->tell_removed = false;
    if (link)
        dev->link_told = up;
    host_unlock(&dev->lock);
    if (closing)
        return;
    if (removed)
        pci_surprise_remove(&dev->fn);
    if (link && dev->wire)
        wire_link(dev->wire, up);
    if ((ready || removed) && dev->wire)
        wire_ready(dev->wire); /* a card that is gone takes all, to nowhere */
}

void e1000_outside(struct e1000 *dev)
{
    if (!dev->closing)
        alarm_set(&dev->outside, host_now());
}

/* --- DMA --- */

bool e1000_can_dma(struct e1000 *dev)
{
    return !dev->fn.surprise_removed && !dev->resetting &&
           (dev->fn.config[PCI_REG_COMMAND] & PCI_CMD_BUS_MASTER) &&
           pci_power_state(&dev->fn) == 0 && !(REG(dev, E1000_CTRL) & E1000_CTRL_GIO_MD);
}

void *e1000_dma(struct e1000 *dev, uint64_t pa, size_t len, const char *what)
{
    void *p = NULL;
    if (!fault_dma(&dev->faults)) {
        p = pci_dma(&dev->fn, pa, len);
        if (!p && e1000_can_dma(dev))
            violation("device/dma",
                      "%s: %s at 0x%llx, %zu bytes: not memory that a device can reach",
                      dev->chip->title, what, (unsigned long long)pa, len);
    }
    if (!p)
        dev->fn.config[PCI_REG_STATUS + 1] |=
            0x20; /* Received Master Abort: the completion was an error */
    return p;
}

/* --- reset --- */

static void quiesce(struct e1000 *dev)
{
    dev->generation++;
    e1000_timer_stop(&dev->tx_timer);
    e1000_timer_stop(&dev->rx_timer);
    e1000_timer_stop(&dev->mac_sync);
    e1000_timer_stop(&dev->reset_done);
    e1000_tx_reset(dev);
    e1000_rx_reset(dev);
    e1000_irq_reset(dev);
}

void e1000_reset(struct e1000 *dev)
{
    quiesce(dev);
    e1000_registers_reset(dev, false);
    REG(dev, E1000_STATUS) &= ~(E1000_STATUS_LU | E1000_STATUS_TXOFF);
    dev->mac_link = false;
    dev->time_base = 0;
    dev->resetting = true;
    dev->reset_stuck = fault_reset_sticks(&dev->faults);
    e1000_irq_update(dev);
    if (!dev->reset_stuck)
        e1000_timer_after(&dev->reset_done, dev->options.reset_ns);
}

/* timer: reset_done */
static void reset_ended(struct e1000 *dev, unsigned index)
{
    dev->resetting = false;
    e1000_auto_read(dev);
    e1000_timer_after(&dev->mac_sync, MAC_SYNC_NS);
}

/* A driver that polls may be faster than the device thread: what is due has happened. */
static void catch_up(struct e1000 *dev)
{
    if (dev->reset_done.armed && host_now() >= dev->reset_done.due) {
        e1000_timer_stop(&dev->reset_done);
        reset_ended(dev, 0);
    }
}

static void power_on(struct e1000 *dev)
{
    quiesce(dev);
    e1000_registers_reset(dev, true);
    dev->resetting = dev->reset_stuck = false;
    dev->mac_link = true;
    dev->ioaddr = 0;
    e1000_auto_read(dev);
    e1000_irq_update(dev);
    e1000_phy_reset(dev);
}

/* --- device control --- */

uint32_t e1000_ctrl_read(struct e1000 *dev, uint32_t offset)
{
    return REG(dev, offset) | (dev->resetting ? E1000_CTRL_RST : 0);
}

void e1000_ctrl_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    if (value & E1000_CTRL_RST) {
        e1000_reset(dev);
        return;
    }
    value &= dev->chip->ctrl;
    uint32_t changed = REG(dev, offset) ^ value;
    REG(dev, offset) = value;
    if (changed & E1000_CTRL_PHY_RST) {
        if (value & E1000_CTRL_PHY_RST)
            REG(dev, E1000_STATUS) |= E1000_STATUS_PHYRA;
        e1000_phy_reset(dev);
    }
    if (changed & E1000_CTRL_SLU)
        e1000_link_update(dev);
    if (changed & ~value & E1000_CTRL_GIO_MD) {
        e1000_tx_kick(dev);
        e1000_rx_kick(dev);
    }
}

uint32_t e1000_status_read(struct e1000 *dev, uint32_t offset)
{
    uint32_t ctrl = REG(dev, E1000_CTRL), v = REG(dev, offset), speed = dev->phy.speed;
    bool full = dev->phy.full_duplex;
    if (ctrl & E1000_CTRL_FRCDPX)
        full = ctrl & E1000_CTRL_FD;
    if ((ctrl & E1000_CTRL_FRCSPD) || (REG(dev, E1000_CTRL_EXT) & E1000_CTRL_EXT_SPD_BYPS))
        speed = ctrl >> 8 & 3;
    v |= speed << E1000_STATUS_SPEED_SHIFT | (uint32_t)dev->phy.speed << E1000_STATUS_ASDV_SHIFT;
    /* No request is ever under way during a register access: master disable is done at once. */
    v |= (full ? E1000_STATUS_FD : 0) | (ctrl & E1000_CTRL_GIO_MD ? 0 : E1000_STATUS_GIO_MASTER);
    return v & dev->chip->status;
}

void e1000_status_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    REG(dev, offset) &= value | ~E1000_STATUS_PHYRA;
}

void e1000_ctrl_ext_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    REG(dev, offset) &= ~(E1000_CTRL_EXT_ASDCHK | E1000_CTRL_EXT_EE_RST); /* these end at once */
    if (value & E1000_CTRL_EXT_EE_RST)
        e1000_auto_read(dev);
}

/* --- PCI --- */

/* Registers are 32 bits wide (DS 10.1); narrower reads get their part, narrower writes replace
 * theirs. */
static uint64_t registers_read(struct e1000 *dev, uint64_t offset, unsigned width)
{
    unsigned shift = (unsigned)(offset & 3) * 8;
    uint64_t v = e1000_register_read(dev, (uint32_t)offset & ~3u);
    if (width == 8)
        v |= (uint64_t)e1000_register_read(dev, ((uint32_t)offset & ~3u) + 4) << 32;
    return width >= 4 ? v : v >> shift & ((1u << 8 * width) - 1);
}

static void registers_write(struct e1000 *dev, uint64_t offset, unsigned width, uint64_t value)
{
    uint32_t at = (uint32_t)offset & ~3u, v = (uint32_t)value;
    if (width < 4) {
        unsigned shift = (unsigned)(offset & 3) * 8;
        uint32_t mask = ((1u << 8 * width) - 1) << shift;
        v = (REG(dev, at) & ~mask) | (v << shift & mask);
    }
    e1000_register_write(dev, at, v);
    if (width == 8)
        e1000_register_write(dev, at + 4, (uint32_t)(value >> 32));
}

static uint64_t ones(unsigned width)
{
    return width == 8 ? UINT64_MAX : (1ull << 8 * width) - 1;
}

/* IOADDR chooses the register or flash byte that IODATA is. */
static uint64_t io_read(struct e1000 *dev, uint64_t offset, unsigned width)
{
    if (offset == E1000_IOADDR)
        return dev->ioaddr & ones(width);
    if (offset == E1000_IODATA && dev->ioaddr < E1000_REGISTER_BYTES)
        return registers_read(dev, dev->ioaddr, width > 4 ? 4 : width);
    return 0;
}

static void io_write(struct e1000 *dev, uint64_t offset, unsigned width, uint64_t value)
{
    if (offset == E1000_IOADDR)
        dev->ioaddr = (uint32_t)value;
    else if (offset == E1000_IODATA && dev->ioaddr < E1000_REGISTER_BYTES)
        registers_write(dev, dev->ioaddr, width > 4 ? 4 : width, value);
}

static uint64_t bar_read(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width)
{
    struct e1000 *dev = e1000_of(fn);
    uint64_t v = 0;
    if (fn->surprise_removed)
        return ones(width);
    host_lock(&dev->lock);
    catch_up(dev);
    if (bar == BAR_REGISTERS && offset <= E1000_REGISTER_BYTES - width)
        v = registers_read(dev, offset, width);
    else if (bar == BAR_FLASH && dev->flash && offset <= dev->options.flash_bytes - width)
        memcpy(&v, dev->flash + offset, width);
    else if (bar == BAR_IO)
        v = io_read(dev, offset, width);
    host_unlock(&dev->lock);
    return v;
}

/* The flash is read only: writing it needs commands that no driver of this family sends through its
 * BAR. */
static void bar_write(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width,
                      uint64_t value)
{
    struct e1000 *dev = e1000_of(fn);
    if (fn->surprise_removed)
        return;
    host_lock(&dev->lock);
    catch_up(dev);
    if (bar == BAR_REGISTERS && offset <= E1000_REGISTER_BYTES - width)
        registers_write(dev, offset, width, value);
    else if (bar == BAR_IO)
        io_write(dev, offset, width, value);
    host_unlock(&dev->lock);
}

/* Bus mastering, power or interrupt enables may have changed. */
static void config_changed(struct pci_function *fn, unsigned offset, unsigned width)
{
    struct e1000 *dev = e1000_of(fn);
    host_lock(&dev->lock);
    if (e1000_can_dma(dev)) {
        e1000_tx_kick(dev);
        e1000_rx_kick(dev);
    }
    e1000_irq_update(dev);
    host_unlock(&dev->lock);
}

static void function_reset(struct pci_function *fn)
{
    struct e1000 *dev = e1000_of(fn);
    host_lock(&dev->lock);
    power_on(dev);
    host_unlock(&dev->lock);
}

static void release(struct e1000 *dev)
{
    for (unsigned i = 0; i < E1000_QUEUES; i++)
        free(dev->tx[i].packet);
    free(dev->out);
    free(dev->fifo);
    free(dev->flash);
    free(dev);
}

/* The run is over: neither the device thread nor the wire comes back to this card. */
static void close_function(struct pci_function *fn)
{
    struct e1000 *dev = e1000_of(fn);
    host_lock(&dev->lock);
    quiesce(dev);
    e1000_timer_stop(&dev->autoneg);
    e1000_timer_stop(&dev->fault_timer);
    e1000_timer_stop(&dev->spurious_end);
    e1000_timer_stop(&dev->echo);
    alarm_cancel(&dev->outside);
    dev->closing = true;
    host_unlock(&dev->lock);
    pci_function_fini(fn);
    release(dev);
}

static const struct pci_function_ops ops = {
    .bar_read = bar_read,
    .bar_write = bar_write,
    .config_changed = config_changed,
    .reset = function_reset,
    .close = close_function,
};

/* --- options --- */

static bool parse_mac(const char *text, uint8_t mac[6])
{
    unsigned b[6];
    int end = 0;
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &end) !=
            6 ||
        text[end] || (b[0] & 1))
        return false;
    for (unsigned i = 0; i < 6; i++)
        mac[i] = (uint8_t)b[i];
    return true;
}

static bool parse_time(const char *text, uint64_t *ns)
{
    char *end;
    unsigned long long n = strtoull(text, &end, 10);
    uint64_t unit = !strcmp(end, "ns")   ? 1
                    : !strcmp(end, "us") ? 1000
                    : !strcmp(end, "ms") ? 1000000
                    : !strcmp(end, "s")  ? 1000000000
                                         : 0;
    if (end == text || *text == '-' || !unit || n > 3600ull * 1000000000 / unit)
        return false;
    *ns = n * unit;
    return true;
}

/* NULL, or what the value should have been. */
static const char *parse_option(struct e1000_options *o, const char *key, const char *value)
{
    if (!strcmp(key, "mac"))
        return parse_mac(value, o->mac) ? NULL
                                        : "a unicast address, six bytes in hexadecimal with colons";
    if (!strcmp(key, "link"))
        return parse_time(value, &o->link_ns) ? NULL : "a time up to an hour, e.g. 2ms";
    if (!strcmp(key, "reset"))
        return parse_time(value, &o->reset_ns) ? NULL : "a time up to an hour, e.g. 1us";
    if (!strcmp(key, "speed")) {
        o->speed = !strcmp(value, "1000")  ? 2
                   : !strcmp(value, "100") ? 1
                   : !strcmp(value, "10")  ? 0
                                           : 9;
        return o->speed < 9 ? NULL : "10, 100 or 1000";
    }
    if (!strcmp(key, "overrun")) {
        o->overrun = !strcmp(value, "drop") ? E1000_OVERRUN_DROP : E1000_OVERRUN_PAUSE;
        return !strcmp(value, "drop") || !strcmp(value, "pause") ? NULL : "pause or drop";
    }
    if (!strcmp(key, "subsys")) {
        char *end;
        unsigned long n = strtoul(value, &end, 16);
        o->subsystem = (uint16_t)n;
        return *value && !*end && n <= 0xFFFF ? NULL : "four hexadecimal digits";
    }
    if (!strcmp(key, "flash")) {
        static const char *const sizes[] = {"64k", "128k", "256k", "512k"};
        o->flash_bytes = 0;
        for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
            if (!strcmp(value, sizes[i]))
                o->flash_bytes = 64 * 1024u << i;
        return o->flash_bytes || !strcmp(value, "none") ? NULL : "none, 64k, 128k, 256k or 512k";
    }
    return "one of mac, link, reset, speed, overrun, subsys, flash";
}

static bool parse_options(struct e1000_options *o, const char *name, const char *text, char *err,
                          size_t err_len)
{
    char copy[256], *save = NULL;
    if (!text)
        return true;
    if (strlen(text) >= sizeof copy) {
        snprintf(err, err_len, "%s: options of more than %zu characters", name, sizeof copy - 1);
        return false;
    }
    strcpy(copy, text);
    for (char *item = strtok_r(copy, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
        char *value = strchr(item, '=');
        if (value)
            *value++ = 0;
        const char *expected = parse_option(o, item, value ? value : "");
        if (expected) {
            snprintf(err, err_len, "%s: option \"%s%s%s\": expected %s", name, item,
                     value ? "=" : "", value ? value : "", expected);
            return false;
        }
    }
    return true;
}

/* --- creation --- */

static void init_timers(struct e1000 *dev)
{
    struct e1000_timer *delays[] = {&dev->tidv, &dev->tadv, &dev->rdtr, &dev->radv, &dev->raid};
    for (unsigned i = 0; i < sizeof delays / sizeof *delays; i++)
        timer_init(dev, delays[i], e1000_irq_delay_expired, i);
    for (unsigned i = 0; i < E1000_VECTORS; i++)
        timer_init(dev, &dev->eitr[i], e1000_irq_throttle_expired, i);
    timer_init(dev, &dev->itr, e1000_irq_throttle_expired, 0);
    timer_init(dev, &dev->tx_timer, e1000_tx_run, 0);
    timer_init(dev, &dev->rx_timer, e1000_rx_run, 0);
    timer_init(dev, &dev->autoneg, e1000_phy_negotiated, 0);
    timer_init(dev, &dev->mac_sync, e1000_mac_synced, 0);
    timer_init(dev, &dev->reset_done, reset_ended, 0);
    timer_init(dev, &dev->fault_timer, e1000_faults_expired, 0);
    timer_init(dev, &dev->spurious_end, e1000_irq_spurious_end, 0);
    timer_init(dev, &dev->echo, e1000_irq_echo, 0);
    dev->outside = (struct alarm){.fire = outside_fired};
}

static void init_function(struct e1000 *dev)
{
    struct pci_function *fn = &dev->fn;
    struct pci_identity identity = dev->chip->identity;
    identity.subsystem = dev->options.subsystem;
    dev->ops = ops;
    dev->ops.name = dev->chip->name;
    pci_function_init(fn, &dev->ops, &identity);
    pci_function_bar(fn, BAR_REGISTERS, E1000_REGISTER_BYTES, false, false, false);
    if (dev->options.flash_bytes)
        pci_function_bar(fn, BAR_FLASH, dev->options.flash_bytes, false, false, false);
    pci_function_bar(fn, BAR_IO, dev->chip->io_bytes, true, false, false);
    dev->chip->configure(dev);
    fn->lock = &dev->lock;
}

struct pci_function *e1000_create(const struct e1000_chip *chip, const struct device_config *config,
                                  char *err, size_t err_len)
{
    struct e1000_options options = {
        .mac = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56},
        .link_ns = 2000000,
        .reset_ns = 1000,
        .speed = 2,
        .subsystem = chip->identity.subsystem,
        .flash_bytes = chip->flash_bytes,
    };
    if (!parse_options(&options, chip->name, config->options, err, err_len))
        return NULL;
    struct e1000 *dev = calloc(1, sizeof *dev);
    bool room = dev;
    if (dev) {
        dev->out = malloc(E1000_PACKET_MAX + 4);
        dev->fifo = malloc(E1000_FIFO_BYTES);
        dev->flash = options.flash_bytes ? malloc(options.flash_bytes) : NULL;
        room = dev->out && dev->fifo && (dev->flash || !options.flash_bytes);
        for (unsigned i = 0; i < E1000_QUEUES; i++)
            room &= (dev->tx[i].packet = malloc(E1000_PACKET_MAX)) != NULL;
    }
    if (!room) {
        snprintf(err, err_len, "%s: out of memory", chip->name);
        if (dev)
            release(dev);
        return NULL;
    }
    dev->chip = chip;
    if (dev->flash)
        memset(dev->flash, 0xFF, options.flash_bytes); /* erased */
    dev->options = options;
    dev->wire = config->wire;
    dev->phy.cable = true;
    dev->phy.speed = options.speed;
    dev->phy.full_duplex = true;
    init_timers(dev);
    init_function(dev);
    e1000_registers_init(dev);
    e1000_nvm_init(dev);
    fault_state_init(&dev->faults, config->faults, host_now());
    host_lock(&dev->lock);
    power_on(dev);
    e1000_faults_arm(dev);
    host_unlock(&dev->lock);
    if (dev->wire) {
        memcpy(dev->wire->station, options.mac, sizeof dev->wire->station);
        dev->wire->exact = options.overrun == E1000_OVERRUN_PAUSE;
        wire_attach(dev->wire, dev, e1000_wire_receive, e1000_wire_link);
    }
    return &dev->fn;
}
