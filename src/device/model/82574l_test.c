/* SPDX-License-Identifier: MIT */
/* 82574l_test.c - what makes the 82574L. */
#include "device/model/testbed.h"
#include "pci/regs.h"

MODEL_TEST(card_is_an_82574l_in_configuration_space, "")
{
    struct bed *b = bed_new(NULL, NULL);
    CHECK_EQ(pci_config_read(b->fn, 0, 4), 0x10D38086);
    CHECK_EQ(pci_config_read(b->fn, PCI_REG_REVISION, 4), 0x02000000);
    CHECK_EQ(pci_config_read(b->fn, PCI_REG_SUBSYSTEM_VENDOR, 4), 0xA01F8086);
    CHECK_EQ(pci_config_read(b->fn, PCI_REG_INTERRUPT_PIN, 1), 1);
    CHECK_EQ(b->fn->bar[0].size, 128 * 1024);
    CHECK(b->fn->bar[1].size != 0 && !b->fn->bar[1].io);
    CHECK_EQ(b->fn->bar[2].size, 32);
    CHECK(b->fn->bar[2].io);
    CHECK_EQ(b->fn->bar[3].size, 16 * 1024);
    CHECK_EQ(pci_capability_find(b->fn, PCI_CAP_POWER), 0xC8);
    CHECK_EQ(pci_capability_find(b->fn, PCI_CAP_MSI), 0xD0);
    CHECK_EQ(pci_capability_find(b->fn, PCI_CAP_EXPRESS), 0xE0);
    CHECK_EQ(pci_capability_find(b->fn, PCI_CAP_MSIX), 0xA0);
    struct pci_interrupt_need need;
    pci_interrupt_need(b->fn, &need);
    CHECK(need.line);
    CHECK_EQ(need.msi_messages, 1);
    CHECK_EQ(need.msix_messages, 5);
    /* MSI: 64-bit address, one message. MSI-X: table and pending bits in BAR 3. */
    CHECK_EQ(pci_config_read(b->fn, 0xD2, 2) & 0x8E, 0x80);
    CHECK_EQ(pci_config_read(b->fn, 0xA4, 4), 3);
    CHECK_EQ(pci_config_read(b->fn, 0xA8, 4), 0x2003);
    /* Serial number: the address with FFFF in the middle. */
    CHECK_EQ(pci_config_read(b->fn, 0x140, 4) & 0xFFFF, 3);
    CHECK_EQ(pci_config_read(b->fn, 0x144, 4), 0xFF123456);
    CHECK_EQ(pci_config_read(b->fn, 0x148, 4), 0x525400FF);
}

MODEL_TEST(master_disable_stops_requests_and_shows_in_status, "")
{
    struct bed *b = bed_new(NULL, NULL);
    uint8_t frame[64];
    bed_up(b);
    CHECK(rd(b, E1000_STATUS) & E1000_STATUS_GIO_MASTER);
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) | E1000_CTRL_GIO_MD);
    CHECK(!(rd(b, E1000_STATUS) & E1000_STATUS_GIO_MASTER));
    bed_send(b, 0, frame, make_frame(frame, TO_OTHER, 0x88B5, 64));
    CHECK_EQ(b->wire->count, 0);
    wr(b, E1000_CTRL, rd(b, E1000_CTRL) & ~E1000_CTRL_GIO_MD);
    settle(50 * US);
    CHECK_EQ(b->wire->count, 1);
}

MODEL_TEST(phy_of_the_82574l_identifies_itself, "")
{
    struct bed *b = bed_new(NULL, NULL);
    CHECK_EQ((uint32_t)phy_rd(b, 2) << 16 | phy_rd(b, 3), 0x01410CB1);
}
