/* SPDX-License-Identifier: MIT */
/* e1000_test.c - the card as a PCI function, its options, registers in general, resets. */
#include "device/model/testbed.h"
#include "nt/iospace.h"
#include "pci/regs.h"

FAMILY_TEST(options_are_taken_or_refused_by_name, "")
{
    struct bed *b =
        bed_new("mac=02:0a:0B:0c:0d:0e,link=5ms,speed=100,overrun=drop,subsys=1234", NULL);
    CHECK_EQ(rd(b, E1000_RAL(0)), 0x0C0B0A02);
    CHECK_EQ(rd(b, E1000_RAH(0)), 0x80000E0D);
    CHECK_EQ(pci_config_read(b->fn, PCI_REG_SUBSYSTEM, 2), 0x1234);
    CHECK_EQ(b->wire->wire.station[5], 0x0E);
    static const struct {
        const char *options, *message;
    } bad[] = {
        {"mac=03:00:00:00:00:01", "option \"mac=03:00:00:00:00:01\""}, /* multicast */
        {"mac=02:00:00:00:00", "unicast address"},
        {"mac=02:00:00:00:00:01:02", "unicast address"},
        {"link=5", "a time"},
        {"link=-1ms", "a time"},
        {"link=99999s", "a time"},
        {"speed=9", "10, 100 or 1000"},
        {"overrun=maybe", "pause or drop"},
        {"subsys=12345", "hexadecimal"},
        {"flash=1k", "none, 64k"},
        {"colour=red", "option \"colour=red\": expected one of mac"},
        {"mac", "option \"mac\""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char err[256], spec[256];
        snprintf(spec, sizeof spec, "model:%s,%s", bed_chip, bad[i].options);
        CHECK(device_create(spec, NULL, NULL, err, sizeof err) == NULL);
        CHECK_HAS(err, bad[i].message);
    }
}

TEST(each_chip_is_found_by_its_name, "")
{
    static const char *const names[] = {"model:82574l", "model:82540em"};
    for (unsigned i = 0; i < 2; i++) {
        char err[256], spec[64];
        snprintf(spec, sizeof spec, "%s,mac=02:00:00:00:00:07", names[i]);
        struct pci_function *fn = device_create(spec, NULL, NULL, err, sizeof err);
        CHECK(fn != NULL);
        CHECK_STR(fn->ops->name, names[i]);
        fn->ops->close(fn);
    }
}

FAMILY_TEST(registers_are_reached_through_the_memory_bar, "")
{
    struct bed *b = bed_new(NULL, NULL);
    char *va = iospace_map(b->fn->bar[0].address, E1000_REGISTER_BYTES);
    uint64_t v;
    CHECK(va != NULL);
    CHECK(iospace_read(va + E1000_VET, 4, &v));
    CHECK_EQ(v, 0x8100);
    CHECK(iospace_write(va + E1000_VET, 4, 0x88A8));
    CHECK_EQ(rd(b, E1000_VET), 0x88A8);
    CHECK(iospace_read(va + E1000_VET, 1, &v));
    CHECK_EQ(v, 0xA8);
    CHECK(iospace_read(va + E1000_RAL(0), 8, &v));
    CHECK_EQ(v, 0x8000563412005452);
    CHECK(iospace_write(va + E1000_VET + 1, 1, 0x99));
    CHECK_EQ(rd(b, E1000_VET), 0x99A8);
}

FAMILY_TEST(registers_are_reached_through_the_io_bar, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint16_t port = (uint16_t)b->fn->bar[2].address;
    ioport_write(port + E1000_IOADDR, 4, E1000_VET);
    CHECK_EQ(ioport_read(port + E1000_IOADDR, 4), E1000_VET);
    CHECK_EQ(ioport_read(port + E1000_IODATA, 4), 0x8100);
    ioport_write(port + E1000_IODATA, 4, 0x1234);
    CHECK_EQ(rd(b, E1000_VET), 0x1234);
    ioport_write(port + E1000_IOADDR, 4, 0x20000); /* no such register */
    CHECK_EQ(ioport_read(port + E1000_IODATA, 4), 0);
    ioport_write(port + E1000_IODATA, 4, 0xFFFFFFFF);
}

FAMILY_TEST(reserved_registers_read_zero_and_keep_nothing, "")
{
    struct bed *b = bed_new(NULL, NULL);
    static const uint32_t reserved[] = {0x0000C, 0x00FFC, 0x01580, 0x0C000, 0x1FFFC};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        wr(b, reserved[i], 0xFFFFFFFF);
        CHECK_EQ(rd(b, reserved[i]), 0);
    }
    /* Out of the BAR: nothing, and no crash. */
    CHECK_EQ(b->fn->ops->bar_read(b->fn, 0, 0x20000, 4), 0);
    CHECK_EQ(b->fn->ops->bar_read(b->fn, 0, 0x1FFFE, 4), 0);
    b->fn->ops->bar_write(b->fn, 0, UINT64_MAX, 4, 1);
}

FAMILY_TEST(alias_addresses_reach_the_same_registers, "")
{
    struct bed *b = bed_new(NULL, NULL);
    static const struct {
        uint32_t alias, offset, value;
    } pairs[] = {
        {0x00040, E1000_RAL(0), 0x11223344}, {0x000B8, E1000_RAL(15), 0x55667788},
        {0x00110, E1000_RDBAL(0), 0x1000},   {0x00114, E1000_RDBAH(0), 3},
        {0x00118, E1000_RDLEN(0), 0x80},     {0x00120, E1000_RDH(0), 5},
        {0x00128, E1000_RDT(0), 6},          {0x00108, E1000_RDTR, 7},
        {0x00160, E1000_FCRTH, 0x1000},      {0x00168, E1000_FCRTL, 0x800},
        {0x00204, E1000_MTA + 4, 9},         {0x003FC, E1000_MTA + 508, 10},
        {0x00420, E1000_TDBAL(0), 0x2000},   {0x00428, E1000_TDLEN(0), 0x100},
        {0x00430, E1000_TDH(0), 2},          {0x00438, E1000_TDT(0), 2},
        {0x00440, E1000_TIDV, 11},           {0x00600, E1000_VFTA, 12},
        {0x007FC, E1000_VFTA + 508, 13},     {0x00004, E1000_CTRL, 0x241},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        wr(b, pairs[i].alias, pairs[i].value);
        CHECK_EQ(rd(b, pairs[i].offset), pairs[i].value);
        CHECK_EQ(rd(b, pairs[i].alias), pairs[i].value);
    }
}

FAMILY_TEST(software_reset_restores_registers_and_reloads_the_address, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_link_up(b);
    wr(b, E1000_RAL(0), 1);
    wr(b, E1000_RAH(0), 0);
    wr(b, E1000_RCTL, E1000_RCTL_EN);
    wr(b, E1000_TIDV, 99);
    wr(b, E1000_IMS, 0xFF);
    wr(b, E1000_PBA, 0x00100008);
    uint32_t pba = rd(b, E1000_PBA), done = b->dev->chip->nvm.eecd_auto_read;
    CHECK_EQ(pba & 0xFFFF, 8);
    uint32_t mask = pci_config_read(b->fn, PCI_REG_COMMAND, 2);
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) | E1000_CTRL_RST);
    CHECK(rd(b, E1000_CTRL) & E1000_CTRL_RST);
    CHECK_EQ(rd(b, E1000_EECD) & done, 0);
    settle(5 * US);
    CHECK(!(rd(b, E1000_CTRL) & E1000_CTRL_RST));
    CHECK_EQ(rd(b, E1000_EECD) & done, done);
    if (bed_has(b, E1000_EEMNGCTL))
        CHECK(rd(b, E1000_EEMNGCTL) & E1000_EEMNGCTL_CFG_DONE);
    CHECK_EQ(rd(b, E1000_RAL(0)), 0x12005452);
    CHECK_EQ(rd(b, E1000_RAH(0)), 0x80005634);
    CHECK_EQ(rd(b, E1000_RCTL), 0);
    CHECK_EQ(rd(b, E1000_TIDV), 0);
    CHECK_EQ(rd(b, E1000_IMS), 0);
    CHECK_EQ(rd(b, E1000_PBA), pba);
    CHECK_EQ(pci_config_read(b->fn, PCI_REG_COMMAND, 2), mask);
    /* The PHY kept its link; the MAC finds it again. */
    CHECK(!(rd(b, E1000_STATUS) & E1000_STATUS_LU));
    settle(50 * US);
    CHECK(rd(b, E1000_STATUS) & E1000_STATUS_LU);
    CHECK(rd(b, E1000_ICR) & E1000_ICR_LSC);
    CHECK_EQ(b->wire->downs, 0);
}

FAMILY_TEST(reset_is_seen_to_end_by_a_driver_that_polls, "")
{
    struct bed *b = bed_new("reset=2us", NULL);
    wr(b, E1000_CTRL, E1000_CTRL_RST);
    unsigned polls = 0;
    while (rd(b, E1000_CTRL) & E1000_CTRL_RST) {
        settle(100);
        CHECK(++polls < 1000);
    }
    CHECK(polls > 1);
}

FAMILY_TEST(without_bus_mastering_nothing_moves_until_it_is_back, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    bed_up(b);
    uint32_t command = pci_config_read(b->fn, PCI_REG_COMMAND, 2);
    pci_config_write(b->fn, PCI_REG_COMMAND, 2, command & ~(uint32_t)PCI_CMD_BUS_MASTER);
    bed_send(b, 0, frame, make_frame(frame, TO_OTHER, 0x88B5, 64));
    CHECK(bed_receive(b, frame, make_frame(frame, TO_CARD, 0x88B5, 64)));
    CHECK_EQ(b->wire->count, 0);
    CHECK_EQ(rd(b, E1000_RDH(0)), 0);
    pci_config_write(b->fn, PCI_REG_COMMAND, 2, command);
    settle(50 * US);
    CHECK_EQ(b->wire->count, 1);
    CHECK_EQ(rd(b, E1000_RDH(0)), 1);
    CHECK_EQ(bed_violations("device/dma"), 0);
}

FAMILY_TEST(d3_and_back_is_a_reset, "")
{
    struct bed *b = bed_new(NULL, NULL);
    bed_up(b);
    CHECK_EQ(pci_power_set(b->fn, 3), 0);
    CHECK_EQ(pci_power_set(b->fn, 0), 0);
    CHECK_EQ(rd(b, E1000_RCTL), 0);
    CHECK_EQ(rd(b, E1000_RAL(0)), 0x12005452);
    bed_link_up(b);
}

FAMILY_TEST(removed_card_reads_all_ones_and_is_silent, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    bed_msi(b);
    wr(b, E1000_IMS, E1000_ICR_LSC);
    bed_up(b);
    pci_surprise_remove(b->fn);
    unsigned hits = b->hits[0];
    CHECK(hits > 0);
    CHECK_EQ(rd(b, E1000_STATUS), 0xFFFFFFFF);
    CHECK_EQ(rd(b, E1000_ICR), 0xFFFFFFFF);
    CHECK_EQ(b->fn->ops->bar_read(b->fn, 0, E1000_VET, 2), 0xFFFF);
    bed_send(b, 0, frame, make_frame(frame, TO_OTHER, 0x88B5, 64));
    wr(b, E1000_ICS, E1000_ICR_LSC);
    CHECK(bed_receive(b, frame, make_frame(frame, TO_CARD, 0x88B5, 64))); /* lost, not kept */
    settle(MS);
    CHECK_EQ(b->wire->count, 0);
    CHECK_EQ(b->hits[0], hits);
    CHECK_EQ(bed_rx_legacy(b, 0, 0)->status, 0);
}

FAMILY_TEST(flash_bar_reads_erased, "")
{
    struct bed *b = bed_new("flash=128k", NULL);
    CHECK_EQ(b->fn->bar[1].size, 128 * 1024);
    CHECK_EQ(b->fn->ops->bar_read(b->fn, 1, 0, 4), 0xFFFFFFFF);
    CHECK_EQ(b->fn->ops->bar_read(b->fn, 1, 128 * 1024 - 2, 2), 0xFFFF);
    CHECK_EQ(b->fn->ops->bar_read(b->fn, 1, 128 * 1024 - 2, 4), 0);
    b->fn->ops->bar_write(b->fn, 1, 0, 4, 0);
    CHECK_EQ(b->fn->ops->bar_read(b->fn, 1, 0, 4), 0xFFFFFFFF);
}
