/* SPDX-License-Identifier: MIT */
/* phy_test.c - PHY registers, autonegotiation, link. */
#include "device/model/testbed.h"

FAMILY_TEST(phy_answers_at_address_1_only, "")
{
    struct bed *b = bed_new(NULL, NULL);
    CHECK_EQ(phy_rd(b, 2), 0x0141);
    wr(b, E1000_MDIC, E1000_MDIC_OP_READ | 2u << E1000_MDIC_PHY_SHIFT | 2 << E1000_MDIC_REG_SHIFT);
    CHECK(rd(b, E1000_MDIC) & E1000_MDIC_ERROR);
    CHECK(rd(b, E1000_MDIC) & E1000_MDIC_READY);
}

MODEL_TEST(phy_registers_above_15_are_paged, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint16_t control = phy_rd(b, 16);
    phy_wr(b, 22, 2);
    CHECK_EQ(phy_rd(b, 22), 2);
    CHECK(phy_rd(b, 16) != control);
    CHECK_EQ(phy_rd(b, 2), 0x0141); /* the first 16 are on every page */
    phy_wr(b, 16, 0x0077);
    phy_wr(b, 22, 0);
    CHECK_EQ(phy_rd(b, 16), control);
    phy_wr(b, 16, 0x0060);
    phy_wr(b, 22, 2);
    CHECK_EQ(phy_rd(b, 16), 0x0077);
    phy_wr(b, 22, 200);
    CHECK_EQ(phy_rd(b, 16), 0);
    phy_wr(b, 16, 1);
    phy_wr(b, 22, 0);
    CHECK_EQ(phy_rd(b, 16), 0x0060);
}

FAMILY_TEST(mdio_access_can_interrupt_when_done, "")
{
    struct bed *b = bed_new(NULL, NULL);
    rd(b, E1000_ICR);
    wr(b, E1000_MDIC,
       E1000_MDIC_OP_READ | E1000_MDIC_INT_EN | 1u << E1000_MDIC_PHY_SHIFT |
           2 << E1000_MDIC_REG_SHIFT);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_MDAC);
}

FAMILY_TEST(link_comes_up_by_negotiation_after_its_time, "")
{
    struct bed *b = bed_new("link=3ms", NULL);
    CHECK(!(rd(b, E1000_STATUS) & E1000_STATUS_LU));
    CHECK_EQ(phy_rd(b, 1) & 0x24, 0);
    settle(2 * MS);
    CHECK(!(rd(b, E1000_STATUS) & E1000_STATUS_LU));
    settle(2 * MS);
    CHECK_EQ(rd(b, E1000_STATUS) & 0x3C3, 0x283); /* 1000 Mb/s, up, full duplex; ASDV the same */
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_LSC);
    CHECK_EQ(phy_rd(b, 1) & 0x24, 0x24);
    CHECK_EQ(phy_rd(b, 5), 0x45E1);
    CHECK_EQ(phy_rd(b, 10) & 0x3C00, 0x3C00);
    CHECK_EQ(phy_rd(b, 17) & 0xEC00, 0xAC00); /* 1000, full, resolved, up */
    CHECK_EQ(b->wire->ups, 1);
}

FAMILY_TEST(link_status_latches_low_until_it_is_read, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_link_up(b);
    CHECK(phy_rd(b, 1) & 4);
    e1000_wire_link(b->dev, false);
    settle(MS);
    e1000_wire_link(b->dev, true);
    bed_link_up(b);
    CHECK(!(phy_rd(b, 1) & 4));
    CHECK(phy_rd(b, 1) & 4);
}

FAMILY_TEST(restarted_negotiation_drops_the_link_for_a_while, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_link_up(b);
    rd(b, E1000_ICR);
    phy_wr(b, 0, 0x1340); /* autonegotiation, restart */
    CHECK_EQ(phy_rd(b, 0), 0x1140);
    CHECK(!(rd(b, E1000_STATUS) & E1000_STATUS_LU));
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_LSC);
    bed_link_up(b);
    CHECK_EQ(rd(b, E1000_ICR), E1000_ICR_LSC);
    settle(MS);
    CHECK_EQ(b->wire->downs, 1);
    CHECK_EQ(b->wire->ups, 2);
}

FAMILY_TEST(the_best_common_speed_is_chosen, "")
{
    static const struct {
        const char *options;
        uint16_t advertise, gig;
        unsigned speed;
        bool full, link;
    } cases[] = {
        {"speed=1000", 0x0DE1, 0x0200, 2, true, true},
        {"speed=1000", 0x0DE1, 0, 1, true, true},
        {"speed=1000", 0x00A1, 0, 1, false, true},
        {"speed=1000", 0x0021, 0, 0, false, true},
        {"speed=100", 0x0DE1, 0x0300, 1, true, true},
        {"speed=10", 0x0DE1, 0x0300, 0, true, true},
        {"speed=1000", 0x0001, 0, 0, false, false},
        {"speed=10", 0x0181, 0x0300, 0, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bed *b = bed_new(cases[i].options, NULL);
        phy_wr(b, 4, cases[i].advertise);
        phy_wr(b, 9, cases[i].gig);
        phy_wr(b, 0, 0x1340);
        settle(5 * MS);
        uint32_t status = rd(b, E1000_STATUS);
        CHECK_EQ(!!(status & E1000_STATUS_LU), cases[i].link);
        if (cases[i].link) {
            CHECK_EQ(status >> 6 & 3, cases[i].speed);
            CHECK_EQ(status & 1, cases[i].full);
        }
    }
}

FAMILY_TEST(forced_speed_needs_no_negotiation, "")
{
    struct bed *b = bed_new(NULL, NULL);
    phy_wr(b, 0, 0x2100); /* 100 Mb/s, full duplex */
    bed_link_up(b);
    CHECK_EQ(rd(b, E1000_STATUS) >> 6 & 3, 1);
    CHECK_EQ(phy_rd(b, 1) & 0x20, 0); /* nothing was negotiated */
}

FAMILY_TEST(phy_reset_by_the_mac_restores_it_and_is_reported, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_link_up(b);
    phy_wr(b, 4, 0x0021);
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) | E1000_CTRL_PHY_RST);
    uint32_t phyra = b->dev->chip->status & E1000_STATUS_PHYRA; /* not on all chips */
    CHECK_EQ(rd(b, E1000_STATUS) & E1000_STATUS_PHYRA, phyra);
    CHECK(!(rd(b, E1000_STATUS) & E1000_STATUS_LU));
    settle(10 * MS);
    CHECK(!(rd(b, E1000_STATUS) & E1000_STATUS_LU)); /* held in reset */
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) & ~E1000_CTRL_PHY_RST);
    bed_link_up(b);
    CHECK_EQ(phy_rd(b, 4), 0x0DE1);
    wr(b, E1000_STATUS, 0);
    CHECK(!(rd(b, E1000_STATUS) & E1000_STATUS_PHYRA));
    CHECK(rd(b, E1000_STATUS) & E1000_STATUS_LU);
}

FAMILY_TEST(powered_down_phy_has_no_link, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_link_up(b);
    phy_wr(b, 0, 0x1940);
    settle(10 * MS);
    CHECK(!(rd(b, E1000_STATUS) & E1000_STATUS_LU));
    phy_wr(b, 0, 0x1140);
    bed_link_up(b);
}

FAMILY_TEST(link_needs_slu, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_link_up(b);
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) & ~E1000_CTRL_SLU);
    CHECK(!(rd(b, E1000_STATUS) & E1000_STATUS_LU));
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) | E1000_CTRL_SLU);
    CHECK(rd(b, E1000_STATUS) & E1000_STATUS_LU);
}

FAMILY_TEST(forced_mac_speed_shows_in_status, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_link_up(b);
    wr(b, E1000_CTRL,
       (rd(b, E1000_CTRL) & ~E1000_CTRL_SPEED) | E1000_CTRL_FRCSPD | E1000_CTRL_SPEED_100);
    CHECK_EQ(rd(b, E1000_STATUS) >> 6 & 3, 1);
    CHECK_EQ(rd(b, E1000_STATUS) >> 8 & 3, 2); /* what was detected */
    wr(b, E1000_CTRL, (rd(b, E1000_CTRL) & ~E1000_CTRL_FD) | E1000_CTRL_FRCDPX);
    CHECK_EQ(rd(b, E1000_STATUS) & 1, 0);
}

FAMILY_TEST(leds_and_wake_up_registers_are_storage, "")
{
    struct bed *b = bed_new(NULL, NULL);
    CHECK_EQ(rd(b, E1000_LEDCTL), 0x07068302);
    wr(b, E1000_LEDCTL, 0x0E0E0E0E);
    wr(b, E1000_WUFC, 0xFF);
    wr(b, E1000_WUC, 0x3);
    wr(b, E1000_CTRL, E1000_CTRL_RST);
    settle(MS);
    CHECK_EQ(rd(b, E1000_LEDCTL), 0x0E0E0E0E);
    CHECK_EQ(rd(b, E1000_WUFC), 0xFF);
    CHECK_EQ(rd(b, E1000_WUC), 0x3);
    CHECK_EQ(rd(b, E1000_WUS), 0);
    CHECK_EQ(rd(b, E1000_MANC), 0);
    CHECK_EQ(rd(b, E1000_FWSM), 0);
}
