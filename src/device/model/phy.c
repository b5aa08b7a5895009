/* SPDX-License-Identifier: MIT */
/* phy.c - the PHY behind MDIC (DS chapter 10, PHY registers), autonegotiation, and the link as MAC
 * and wire see it.
 *
 * Registers that are not listed read zero and keep nothing. The far end negotiates up to
 * options.speed, both duplexes, with symmetric PAUSE. */
#include "device/model/e1000.h"
#include <string.h>

#define PHY_ADDRESS 1

enum {
    MII_CONTROL = 0,
    MII_STATUS = 1,
    MII_ID1 = 2,
    MII_ID2 = 3,
    MII_ADVERTISE = 4,
    MII_PARTNER = 5,
    MII_EXPANSION = 6,
    MII_NEXT_PAGE = 7,
    MII_GIG_CONTROL = 9,
    MII_GIG_STATUS = 10,
    MII_EXTENDED_STATUS = 15,
    PHY_STATUS1 = 17, /* the same on all chips */
};

enum {
    CONTROL_RESET = 1 << 15,
    CONTROL_LOOPBACK = 1 << 14,
    CONTROL_SPEED_LSB = 1 << 13,
    CONTROL_AUTONEG = 1 << 12,
    CONTROL_POWER_DOWN = 1 << 11,
    CONTROL_ISOLATE = 1 << 10,
    CONTROL_RESTART = 1 << 9,
    CONTROL_DUPLEX = 1 << 8,
    CONTROL_SPEED_MSB = 1 << 6,

    STATUS_COMPLETE = 1 << 5,
    STATUS_LINK = 1 << 2,

    ABLE_10 = 1 << 5, /* advertisement and partner: half duplex, full duplex is the next bit */
    ABLE_100 = 1 << 7,
    ABLE_PAUSE = 1 << 10,
    ABLE_ACK = 1 << 14,
    GIG_HALF = 1 << 8,
    GIG_FULL = 1 << 9,
};

/* What IEEE 802.3 gives every PHY (22.2.4), with the values of Marvell's, which all chips have.
 */
static const struct e1000_phy_register common[] = {
    {0, MII_CONTROL, CONTROL_AUTONEG | CONTROL_DUPLEX | CONTROL_SPEED_MSB, 0xFFC0},
    {0, MII_STATUS, 0x7949, 0}, /* 10 and 100 Mb/s, both duplexes; extended status */
    {0, MII_ID1, 0x0141, 0},
    {0, MII_ADVERTISE, 0x0DE1, 0xFFFF},
    {0, MII_PARTNER, 0, 0},
    {0, MII_EXPANSION, 0x0004, 0},
    {0, MII_NEXT_PAGE, 0x2001, 0xFFFF},
    {0, MII_GIG_STATUS, 0, 0},
    {0, MII_EXTENDED_STATUS, 0x3000, 0},
    {0, PHY_STATUS1, 0, 0},
};

#define COMMON (sizeof common / sizeof *common)

/* The chip's rows come last: where there are two, the chip's counts. */
static size_t rows(const struct e1000 *dev)
{
    return COMMON + dev->chip->phy.register_count;
}

static const struct e1000_phy_register *row(const struct e1000 *dev, size_t i)
{
    return i < COMMON ? &common[i] : &dev->chip->phy.registers[i - COMMON];
}

/* The page that an access of register reg goes to. */
static unsigned page_of(const struct e1000 *dev, unsigned reg)
{
    unsigned select = dev->chip->phy.page_register;
    return reg < 16 || reg == select || !select ? 0 : dev->phy.reg[0][select];
}

static bool powered(const struct e1000 *dev)
{
    return !(dev->phy.reg[0][MII_CONTROL] & CONTROL_POWER_DOWN) &&
           !(REG(dev, E1000_CTRL) & E1000_CTRL_PHY_RST);
}

bool e1000_phy_loopback(const struct e1000 *dev)
{
    return dev->phy.reg[0][MII_CONTROL] & CONTROL_LOOPBACK;
}

/* What both ends can do (IEEE 802.3, 28B.3); false if nothing. */
static bool resolve(struct e1000 *dev)
{
    struct e1000_phy *phy = &dev->phy;
    uint16_t control = phy->reg[0][MII_CONTROL];
    unsigned partner = dev->options.speed;
    if (!(control & CONTROL_AUTONEG)) {
        /* Forced: the far end detects 10 and 100 Mb/s in parallel, but gigabit needs negotiation.
         */
        phy->speed = control & CONTROL_SPEED_MSB ? 2 : control & CONTROL_SPEED_LSB ? 1 : 0;
        phy->full_duplex = control & CONTROL_DUPLEX;
        return phy->speed <= partner;
    }
    uint16_t able = phy->reg[0][MII_ADVERTISE], gig = phy->reg[0][MII_GIG_CONTROL];
    const struct {
        unsigned speed;
        bool full, ours;
    } order[] = {
        {2, true, gig & GIG_FULL},         {2, false, gig & GIG_HALF},
        {1, true, able & (ABLE_100 << 1)}, {1, false, able & ABLE_100},
        {0, true, able & (ABLE_10 << 1)},  {0, false, able & ABLE_10},
    };
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (order[i].ours && order[i].speed <= partner) {
            phy->speed = (uint8_t)order[i].speed;
            phy->full_duplex = order[i].full;
            return true;
        }
    return false;
}

static void show_partner(struct e1000 *dev)
{
    struct e1000_phy *phy = &dev->phy;
    bool told = phy->complete;
    uint16_t able =
        1 | ABLE_ACK | ABLE_PAUSE | 3 * ABLE_10 | (dev->options.speed >= 1 ? 3 * ABLE_100 : 0);
    phy->reg[0][MII_PARTNER] = told ? able : 0;
    phy->reg[0][MII_EXPANSION] = told ? 0x000F : 0x0004;
    /* Partner's gigabit abilities, both receivers good, we are master. */
    phy->reg[0][MII_GIG_STATUS] = told && dev->options.speed >= 2 ? 0x7C00 : 0;
    phy->reg[0][PHY_STATUS1] = 0;
    if (phy->link)
        phy->reg[0][PHY_STATUS1] = (uint16_t)(phy->speed << 14 | phy->full_duplex << 13 | 1 << 11 |
                                              1 << 10 | (told ? 3 << 2 : 0));
}

static void link_down(struct e1000 *dev)
{
    if (dev->phy.link)
        dev->phy.latched_down = true;
    dev->phy.link = dev->phy.complete = false;
    show_partner(dev);
    e1000_link_update(dev);
}

/* The link goes down, and comes back if the far end is there once negotiation had its time. */
static void negotiate(struct e1000 *dev)
{
    link_down(dev);
    if (powered(dev) && dev->phy.cable && !dev->phy.cut)
        e1000_timer_after(&dev->autoneg, dev->options.link_ns);
    else
        e1000_timer_stop(&dev->autoneg);
}

/* timer: autoneg */
void e1000_phy_negotiated(struct e1000 *dev, unsigned index)
{
    struct e1000_phy *phy = &dev->phy;
    if (!powered(dev) || !phy->cable || phy->cut)
        return;
    phy->complete = phy->reg[0][MII_CONTROL] & CONTROL_AUTONEG;
    phy->link = resolve(dev);
    show_partner(dev);
    e1000_link_update(dev);
}

void e1000_phy_reset(struct e1000 *dev)
{
    memset(dev->phy.reg, 0, sizeof dev->phy.reg);
    for (size_t i = 0; i < rows(dev); i++)
        dev->phy.reg[row(dev, i)->page][row(dev, i)->reg] = row(dev, i)->reset;
    negotiate(dev);
}

void e1000_phy_cable(struct e1000 *dev)
{
    negotiate(dev);
}

/* --- MDIO --- */

static uint16_t phy_read(struct e1000 *dev, unsigned reg)
{
    struct e1000_phy *phy = &dev->phy;
    unsigned page = page_of(dev, reg);
    if (page >= E1000_PHY_PAGES)
        return 0;
    uint16_t v = phy->reg[page][reg];
    if (reg == MII_STATUS) {
        /* Link status latches low until it is read (IEEE 802.3, 22.2.4.2.13). */
        if (phy->link && !phy->latched_down)
            v |= STATUS_LINK;
        if (phy->complete)
            v |= STATUS_COMPLETE;
        phy->latched_down = false;
    }
    return v;
}

static void control_written(struct e1000 *dev, uint16_t before, uint16_t value)
{
    uint16_t *control = &dev->phy.reg[0][MII_CONTROL];
    uint16_t mode = CONTROL_AUTONEG | CONTROL_SPEED_LSB | CONTROL_SPEED_MSB | CONTROL_DUPLEX |
                    CONTROL_POWER_DOWN;
    *control &= (uint16_t) ~(CONTROL_RESET | CONTROL_RESTART); /* these end at once */
    /* A software reset applies what was set before and negotiates anew. */
    bool restart = (value & CONTROL_RESTART) && (value & CONTROL_AUTONEG);
    if ((value & CONTROL_RESET) || restart || ((before ^ value) & mode))
        negotiate(dev);
    else if ((before ^ value) & CONTROL_LOOPBACK)
        e1000_link_update(dev);
}

static void phy_write(struct e1000 *dev, unsigned reg, uint16_t value)
{
    unsigned page = page_of(dev, reg);
    for (size_t i = rows(dev); i-- > 0;) {
        if (row(dev, i)->page != page || row(dev, i)->reg != reg)
            continue;
        uint16_t *r = &dev->phy.reg[page][reg], before = *r, mask = row(dev, i)->writable;
        *r = (uint16_t)((before & ~mask) | (value & mask));
        if (reg == MII_CONTROL)
            control_written(dev, before, value);
        return;
    }
}

/* An access ends at once here; the chip takes 64 us (DS 10.2.2, MDIC). */
void e1000_mdic_write(struct e1000 *dev, uint32_t offset, uint32_t value)
{
    unsigned reg = value >> E1000_MDIC_REG_SHIFT & 31, address = value >> E1000_MDIC_PHY_SHIFT & 31;
    uint32_t out = value & ~(E1000_MDIC_ERROR | E1000_MDIC_READY);
    if (address != PHY_ADDRESS)
        out |= E1000_MDIC_ERROR;
    else if (value & E1000_MDIC_OP_READ)
        out = (out & ~0xFFFFu) | phy_read(dev, reg);
    else if (value & E1000_MDIC_OP_WRITE)
        phy_write(dev, reg, (uint16_t)value);
    REG(dev, offset) = out | E1000_MDIC_READY;
    if (value & E1000_MDIC_INT_EN)
        e1000_cause(dev, E1000_ICR_MDAC);
}

/* --- link, as the MAC has it --- */

bool e1000_link_usable(const struct e1000 *dev)
{
    return (REG(dev, E1000_STATUS) & E1000_STATUS_LU) ||
           (REG(dev, E1000_RCTL) & E1000_RCTL_LBM) == E1000_RCTL_LBM_MAC || e1000_phy_loopback(dev);
}

void e1000_link_update(struct e1000 *dev)
{
    uint32_t *status = &REG(dev, E1000_STATUS);
    bool was = *status & E1000_STATUS_LU;
    bool up = dev->phy.link && dev->mac_link && (REG(dev, E1000_CTRL) & E1000_CTRL_SLU);
    if (dev->phy.link != dev->link_told) {
        dev->tell_link = true;
        e1000_outside(dev);
    }
    if (up != was) {
        *status ^= E1000_STATUS_LU;
        e1000_cause(dev, E1000_ICR_LSC);
    }
    if (e1000_link_usable(dev)) {
        e1000_tx_kick(dev);
        e1000_rx_kick(dev);
    }
}

/* timer: mac_sync. After a reset the MAC looks at the PHY's link again. */
void e1000_mac_synced(struct e1000 *dev, unsigned index)
{
    dev->mac_link = true;
    e1000_link_update(dev);
}
