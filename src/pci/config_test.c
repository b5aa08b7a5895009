/* SPDX-License-Identifier: MIT */
/* config_test.c - configuration space, capabilities, BARs, identifiers, power. */
#include "nt/iospace.h"
#include "pci/pci_test.h"

static void *map_bar(struct card *card)
{
    void *va = iospace_map(card->fn.bar[0].address, card->fn.bar[0].size);
    CHECK(va != NULL);
    return va;
}

static uint64_t get(void *va, unsigned offset, unsigned width)
{
    uint64_t value;
    CHECK(iospace_read((char *)va + offset, width, &value));
    return value;
}

MACHINE_TEST(identity_registers_are_read_only, "")
{
    struct card card;
    card_init(&card);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    pci_config_write(&card.fn, 0, 4, 0xdeadbeef);
    pci_config_write(&card.fn, 8, 4, 0xdeadbeef);
    CHECK_EQ(pci_config_read(&card.fn, 0, 4), 0x10d38086);
    CHECK_EQ(pci_config_read(&card.fn, 8, 4), 0x02000000);
    CHECK_EQ(pci_config_read(&card.fn, 0x2c, 4), 0xa01f8086);
    CHECK_EQ(pci_config_read(&card.fn, 2, 2), 0x10d3);
    CHECK_EQ(pci_config_read(&card.fn, 1, 1), 0x80);
    CHECK_EQ(pci_config_read(&card.fn, 0x3d, 1), 1);
}

MACHINE_TEST(config_accesses_beyond_the_end_read_all_ones, "")
{
    struct card plain, express;
    card_init(&plain);
    card_init_full(&express, 2);
    CHECK_EQ(pci_bus_add(&plain.fn), 0);
    CHECK_EQ(pci_bus_add(&express.fn), 0);
    CHECK_EQ(pci_config_read(&plain.fn, 0xfc, 4), 0);
    CHECK_EQ(pci_config_read(&plain.fn, 0xfe, 4), 0xffffffff);
    CHECK_EQ(pci_config_read(&plain.fn, 0x100, 4), 0xffffffff);
    CHECK_EQ(pci_config_read(&express.fn, 0x100, 4), 0);
    CHECK_EQ(pci_config_read(&express.fn, 0xffe, 2), 0);
    CHECK_EQ(pci_config_read(&express.fn, 0xfff, 2), 0xffff);
    CHECK_EQ(pci_config_read(&express.fn, UINT32_MAX, 1), 0xff);
    pci_config_write(&express.fn, 0xfff, 2, 0);
    pci_config_write(&express.fn, UINT32_MAX, 4, 0);
}

MACHINE_TEST(status_errors_are_cleared_by_writing_ones, "")
{
    struct card card;
    card_init(&card);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    card.fn.config[PCI_REG_STATUS + 1] = 0x31; /* received master abort, target abort, parity */
    pci_config_write(&card.fn, PCI_REG_STATUS, 2, 0);
    CHECK_EQ(pci_config_read(&card.fn, PCI_REG_STATUS, 2), 0x3100);
    pci_config_write(&card.fn, PCI_REG_STATUS, 2, 0x2000);
    CHECK_EQ(pci_config_read(&card.fn, PCI_REG_STATUS, 2), 0x1100);
}

MACHINE_TEST(a_bar_shows_its_size_after_a_write_of_ones, "")
{
    struct card card;
    card_init(&card);
    pci_function_bar(&card.fn, 4, 1 << 20, false, true, true);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    uint32_t before = pci_config_read(&card.fn, 0x10, 4);
    CHECK_EQ(before, card.fn.bar[0].address);
    pci_config_write(&card.fn, 0x10, 4, 0xffffffff);
    CHECK_EQ(pci_config_read(&card.fn, 0x10, 4), 0xffffc000);
    pci_config_write(&card.fn, 0x10, 4, before);
    CHECK_EQ(pci_config_read(&card.fn, 0x10, 4), before);
    /* A port BAR, a 64-bit prefetchable one, and one that does not exist. */
    pci_config_write(&card.fn, 0x18, 4, 0xffffffff);
    CHECK_EQ(pci_config_read(&card.fn, 0x18, 4), 0xffffffe1);
    pci_config_write(&card.fn, 0x20, 4, 0xffffffff);
    pci_config_write(&card.fn, 0x24, 4, 0xffffffff);
    CHECK_EQ(pci_config_read(&card.fn, 0x20, 4), 0xfff0000c);
    CHECK_EQ(pci_config_read(&card.fn, 0x24, 4), 0xffffffff);
    pci_config_write(&card.fn, 0x14, 4, 0xffffffff);
    CHECK_EQ(pci_config_read(&card.fn, 0x14, 4), 0);
}

MACHINE_TEST(addresses_are_aligned_apart_and_above_ram, "")
{
    struct card card[6];
    for (int i = 0; i < 6; i++) {
        card_init(&card[i]);
        if (i == 3)
            pci_function_bar(&card[i].fn, 3, 1 << 20, false, false, false);
        if (i == 4)
            pci_function_bar(&card[i].fn, 4, 1 << 26, false, true, true);
        CHECK_EQ(pci_bus_add(&card[i].fn), 0);
    }
    for (int i = 0; i < 6; i++)
        for (unsigned b = 0; b < PCI_BARS; b++) {
            struct pci_bar *x = &card[i].fn.bar[b];
            if (!x->size)
                continue;
            CHECK_EQ(x->address % x->size, 0);
            CHECK(x->io ? x->address >= 0xc000 && x->address + x->size <= 0x10000
                        : x->address >= 0xc0000000);
            CHECK(x->io || x->address >= physmem_size());
            CHECK(x->io || x->address + x->size <= 0xfec00000);
            for (int j = 0; j < 6; j++)
                for (unsigned c = 0; c < PCI_BARS; c++) {
                    struct pci_bar *y = &card[j].fn.bar[c];
                    if (x == y || !y->size || x->io != y->io)
                        continue;
                    CHECK(x->address + x->size <= y->address || y->address + y->size <= x->address);
                }
        }
    CHECK(card[0].fn.device != card[1].fn.device);
    /* What a removed card leaves is given to the next. */
    uint64_t address = card[2].fn.bar[0].address;
    uint8_t device = card[2].fn.device;
    pci_bus_remove(&card[2].fn);
    pci_function_fini(&card[2].fn);
    card_init(&card[2]);
    CHECK_EQ(pci_bus_add(&card[2].fn), 0);
    CHECK_EQ(card[2].fn.bar[0].address, address);
    CHECK_EQ(card[2].fn.device, device);
}

MACHINE_TEST(a_bar_that_fits_nowhere_is_refused, "")
{
    struct card card[2];
    card_init(&card[0]);
    pci_function_bar(&card[0].fn, 4, 1ull << 33, false, true, true);
    CHECK_EQ(pci_bus_add(&card[0].fn), -ENOSPC);
    CHECK(pci_bus_first() == NULL);
    card_init(&card[1]);
    CHECK_EQ(pci_bus_add(&card[1].fn), 0);
    CHECK(pci_bus_first() == &card[1].fn);
}

MACHINE_TEST(registers_answer_with_the_width_asked_for, "")
{
    struct card card;
    card_init(&card);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    char *va = map_bar(&card);
    CHECK(iospace_write(va + 4, 4, 0x11223344));
    CHECK(iospace_write(va + 8, 8, 0x5566778899aabbcc));
    CHECK_EQ(get(va, 4, 4), 0x11223344);
    CHECK_EQ(get(va, 6, 2), 0x1122);
    CHECK_EQ(get(va, 5, 1), 0x33);
    CHECK_EQ(get(va, 8, 8), 0x5566778899aabbcc);
    CHECK_EQ(card.writes, 2);
    CHECK_EQ(card.reads, 4);
    iospace_unmap(va, card.fn.bar[0].size);
}

MACHINE_TEST(a_card_that_does_not_decode_reads_all_ones, "")
{
    struct card card;
    card_init(&card);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    card.reg[0] = 7;
    char *va = map_bar(&card);
    uint16_t port = (uint16_t)card.fn.bar[2].address;
    CHECK_EQ(pci_config_read(&card.fn, PCI_REG_COMMAND, 2),
             PCI_CMD_IO | PCI_CMD_MEMORY | PCI_CMD_BUS_MASTER);
    CHECK_EQ(get(va, 0, 4), 7);
    CHECK_EQ(ioport_read(port, 4), 0);
    pci_config_write(&card.fn, PCI_REG_COMMAND, 2, PCI_CMD_IO);
    CHECK_EQ(get(va, 0, 4), 0xffffffff);
    CHECK(iospace_write(va, 4, 9));
    CHECK_EQ(ioport_read(port, 4), 0);
    pci_config_write(&card.fn, PCI_REG_COMMAND, 2, PCI_CMD_MEMORY);
    CHECK_EQ(get(va, 0, 4), 7);
    CHECK_EQ(ioport_read(port, 2), 0xffff);
    iospace_unmap(va, card.fn.bar[0].size);
}

MACHINE_TEST(a_moved_bar_answers_at_its_new_address, "")
{
    struct card card;
    card_init(&card);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    card.reg[1] = 42;
    pci_config_write(&card.fn, 0x10, 4, 0xd0000000);
    CHECK_EQ(card.fn.bar[0].address, 0xd0000000);
    char *va = iospace_map(0xd0000000, 0x4000);
    CHECK(va != NULL);
    CHECK_EQ(get(va, 4, 4), 42);
    CHECK(iospace_map(0xc0000000, 0x4000) == NULL);
    iospace_unmap(va, 0x4000);
}

MACHINE_TEST(a_pulled_card_reads_all_ones_everywhere, "")
{
    struct card card;
    card_init_full(&card, 2);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    char *va = map_bar(&card);
    CHECK(pci_dma(&card.fn, 0x1000, 64) != NULL);
    pci_surprise_remove(&card.fn);
    CHECK_EQ(pci_config_read(&card.fn, 0, 4), 0xffffffff);
    CHECK_EQ(pci_config_read(&card.fn, 0, 2), 0xffff);
    CHECK_EQ(get(va, 0, 4), 0xffffffff);
    CHECK_EQ(get(va, 0x2000, 8), UINT64_MAX);
    CHECK(iospace_write(va, 4, 1));
    CHECK_EQ(card.writes, 0);
    CHECK(pci_dma(&card.fn, 0x1000, 64) == NULL);
    iospace_unmap(va, card.fn.bar[0].size);
    pci_bus_remove(&card.fn);
    CHECK(pci_bus_first() == NULL);
}

MACHINE_TEST(dma_needs_bus_master_enable_and_ram, "")
{
    struct card card;
    card_init(&card);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    CHECK(pci_dma(&card.fn, 0x1000, 64) == physmem_va(0x1000, 64));
    CHECK(pci_dma(&card.fn, physmem_size() - 32, 64) == NULL);
    pci_config_write(&card.fn, PCI_REG_COMMAND, 2, PCI_CMD_MEMORY);
    CHECK(pci_dma(&card.fn, 0x1000, 64) == NULL);
}

MACHINE_TEST(capabilities_are_linked_in_the_order_added, "")
{
    struct card card;
    card_init_full(&card, 2);
    CHECK_EQ(pci_config_read(&card.fn, PCI_REG_STATUS, 2) & PCI_STS_CAPABILITIES, 0x10);
    static const uint8_t at[] = {0xc8, 0xd0, 0xe8, 0xa0}, id[] = {1, 5, 0x10, 0x11};
    unsigned next = pci_config_read(&card.fn, PCI_REG_CAPABILITIES, 1);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(next, at[i]);
        CHECK_EQ(pci_config_read(&card.fn, next, 1), id[i]);
        next = pci_config_read(&card.fn, next + 1, 1);
    }
    CHECK_EQ(next, 0);
    CHECK_EQ(pci_capability_find(&card.fn, PCI_CAP_EXPRESS), 0xe8);
    CHECK_EQ(pci_capability_find(&card.fn, 3), 0);
    /* Without a place of its own, the next one goes where nothing is. */
    CHECK_EQ(pci_capability_add(&card.fn, 9, 0, 16), 0x40);
    pci_extended_capability_add(&card.fn, 1, 1, 0x100, 0x40);
    pci_extended_capability_add(&card.fn, 3, 1, 0x140, 12);
    CHECK_EQ(pci_config_read(&card.fn, 0x100, 4), 0x14010001);
    CHECK_EQ(pci_config_read(&card.fn, 0x140, 4), 0x00010003);
}

MACHINE_TEST(hardware_ids_are_the_wdk_formats_in_order, "")
{
    struct card card;
    char id[16][64];
    card_init(&card);
    card.fn.config[PCI_REG_REVISION] = 0x0a;
    static const char *const hardware[] = {"PCI\\VEN_8086&DEV_10D3&SUBSYS_A01F8086&REV_0A",
                                           "PCI\\VEN_8086&DEV_10D3&SUBSYS_A01F8086",
                                           "PCI\\VEN_8086&DEV_10D3&REV_0A",
                                           "PCI\\VEN_8086&DEV_10D3",
                                           "PCI\\VEN_8086&DEV_10D3&CC_020000",
                                           "PCI\\VEN_8086&DEV_10D3&CC_0200"};
    CHECK_EQ(pci_hardware_ids(&card.fn, id, 16), 6);
    for (int i = 0; i < 6; i++)
        CHECK_STR(id[i], hardware[i]);
    static const char *const compatible[] = {"PCI\\VEN_8086&DEV_10D3&REV_0A",
                                             "PCI\\VEN_8086&DEV_10D3",
                                             "PCI\\VEN_8086&CC_020000",
                                             "PCI\\VEN_8086&CC_0200",
                                             "PCI\\VEN_8086",
                                             "PCI\\CC_020000",
                                             "PCI\\CC_0200"};
    CHECK_EQ(pci_compatible_ids(&card.fn, id, 16), 7);
    for (int i = 0; i < 7; i++)
        CHECK_STR(id[i], compatible[i]);
    card_init_full(&card, 1);
    CHECK_EQ(pci_compatible_ids(&card.fn, id, 16), 9);
    CHECK_STR(id[5], "PCI\\CC_020000&DT_0000");
    CHECK_EQ(pci_hardware_ids(&card.fn, id, 2), 2);
}

MACHINE_TEST(outside_d0_only_configuration_space_answers, "")
{
    struct card card;
    card_init_full(&card, 2);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    char *va = map_bar(&card);
    card.reg[0] = 5;
    pci_config_write(&card.fn, 0xcc, 2, 3);
    CHECK_EQ(pci_power_state(&card.fn), 3);
    CHECK_EQ(get(va, 0, 4), 0xffffffff);
    CHECK(pci_dma(&card.fn, 0x1000, 64) == NULL);
    CHECK_EQ(pci_config_read(&card.fn, 0, 4), 0x10d38086);
    /* Back to D0: a soft reset, so that it has neither addresses nor decoding (PCI PM 1.2, 5.4.1).
     */
    pci_config_write(&card.fn, 0xcc, 2, 0);
    CHECK_EQ(card.resets, 1);
    CHECK_EQ(pci_config_read(&card.fn, 0x10, 4), 0);
    CHECK_EQ(pci_config_read(&card.fn, PCI_REG_COMMAND, 2), 0);
    CHECK_EQ(get(va, 0, 4), 0xffffffff);
    iospace_unmap(va, card.fn.bar[0].size);
}

MACHINE_TEST(an_unsupported_power_state_is_not_entered, "")
{
    struct card card;
    card_init_full(&card, 2);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    pci_config_write(&card.fn, 0xcc, 2, 1);
    CHECK_EQ(pci_config_read(&card.fn, 0xcc, 2), 0);
    CHECK_EQ(pci_power_set(&card.fn, 2), -ENOTSUP);
    struct card plain;
    card_init(&plain);
    CHECK_EQ(pci_bus_add(&plain.fn), 0);
    CHECK_EQ(pci_power_set(&plain.fn, 3), -ENOTSUP);
}

MACHINE_TEST(the_bus_driver_restores_a_card_that_wakes, "")
{
    struct card card;
    card_init_full(&card, 4);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    struct counter counter[2];
    struct pci_message_target target[2];
    counters_connect(counter, 2, target);
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_MSIX, target, 2), 0);
    char *va = map_bar(&card);
    card.reg[0] = 5;
    CHECK_EQ(pci_power_set(&card.fn, 3), 0);
    pci_message_raise(&card.fn, 1);
    settle();
    CHECK_EQ(counter[1].count, 0);
    CHECK_EQ(pci_power_set(&card.fn, 0), 0);
    CHECK_EQ(card.resets, 1);
    CHECK_EQ(get(va, 0, 4), 5);
    pci_message_raise(&card.fn, 1);
    settle();
    CHECK_EQ(counter[1].count, 1);
    iospace_unmap(va, card.fn.bar[0].size);
}

MACHINE_TEST(a_function_level_reset_forgets_what_was_programmed, "")
{
    struct card card;
    card_init_full(&card, 4);
    pci_put32(card.fn.config, 0xe8 + PCI_EXP_DEVICE_CAP,
              pci_get32(card.fn.config, 0xe8 + PCI_EXP_DEVICE_CAP) | PCI_EXP_FLR_CAPABLE);
    card.fn.config_mask[0xe8 + PCI_EXP_DEVICE_CONTROL + 1] |= 0x80;
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    struct counter counter[1];
    struct pci_message_target target[1];
    counters_connect(counter, 1, target);
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_MSIX, target, 1), 0);
    CHECK(pci_msix_enabled(&card.fn));
    pci_config_write(&card.fn, 0xe8 + PCI_EXP_DEVICE_CONTROL, 2, 0xa810);
    CHECK_EQ(card.resets, 1);
    CHECK(!pci_msix_enabled(&card.fn));
    CHECK_EQ(pci_config_read(&card.fn, PCI_REG_COMMAND, 2), 0);
    CHECK_EQ(pci_config_read(&card.fn, 0xe8 + PCI_EXP_DEVICE_CONTROL, 2), 0x2810);
    pci_message_raise(&card.fn, 0);
    settle();
    CHECK_EQ(counter[0].count, 0);
}

/* A back end that keeps its own configuration space: the same card, seen through its ops. */
static struct card inner;

static uint32_t outside_config_read(struct pci_function *fn, unsigned offset, unsigned width)
{
    return pci_config_read(&inner.fn, offset, width);
}
static void outside_config_write(struct pci_function *fn, unsigned offset, unsigned width,
                                 uint32_t value)
{
    pci_config_write(&inner.fn, offset, width, value);
}
static unsigned connected[8];
static int outside_connect(struct pci_function *fn, unsigned index, struct vector *vector)
{
    connected[index] = vector ? vector_number(vector) : 0;
    return 0;
}

MACHINE_TEST(a_foreign_function_is_discovered_through_its_registers, "R-202 R-203")
{
    static const struct pci_function_ops ops = {.name = "outside",
                                                .bar_read = card_read,
                                                .bar_write = card_write,
                                                .config_read = outside_config_read,
                                                .config_write = outside_config_write,
                                                .message_connect = outside_connect};
    struct card outer = {0};
    card_init_full(&inner, 3);
    pci_function_bar(&inner.fn, 4, 1 << 16, false, true, true);
    pci_function_init(&outer.fn, &ops, NULL);
    CHECK_EQ(pci_bus_add(&outer.fn), 0);
    CHECK_EQ(outer.fn.bar[0].size, 0x4000);
    CHECK_EQ(outer.fn.bar[1].size, 0);
    CHECK_EQ(outer.fn.bar[2].size, 32);
    CHECK(outer.fn.bar[2].io);
    CHECK_EQ(outer.fn.bar[4].size, 1 << 16);
    CHECK(outer.fn.bar[4].is64 && outer.fn.bar[4].prefetchable);
    CHECK_EQ(outer.fn.bar[5].size, 0);
    CHECK_EQ(pci_config_read(&inner.fn, 0x10, 4), outer.fn.bar[0].address);
    outer.reg[0] = 77;
    char *va = map_bar(&outer);
    CHECK_EQ(get(va, 0, 4), 77);
    iospace_unmap(va, outer.fn.bar[0].size);

    struct pci_interrupt_need need;
    pci_interrupt_need(&outer.fn, &need);
    CHECK(need.line && need.msi_maskable);
    CHECK_EQ(need.msi_messages, 8);
    CHECK_EQ(need.msix_messages, 3);
    struct counter counter[2];
    struct pci_message_target target[2];
    counters_connect(counter, 2, target);
    CHECK_EQ(pci_interrupt_program(&outer.fn, PCI_INTERRUPT_MSIX, target, 2), 0);
    CHECK(pci_msix_enabled(&inner.fn));
    CHECK_EQ(connected[0], vector_number(target[0].vector));
    CHECK_EQ(connected[1], vector_number(target[1].vector));
    CHECK_EQ(connected[2], vector_number(target[0].vector));
    CHECK_EQ(pci_msix_set_entry(&outer.fn, 2, 1), 0);
    CHECK_EQ(connected[2], vector_number(target[1].vector));
    CHECK_EQ(pci_msix_mask_entry(&outer.fn, 2, true), 0);
    CHECK_EQ(connected[2], 0);
    pci_bus_remove(&outer.fn);
    CHECK_EQ(connected[0], 0);
    CHECK(!pci_msix_enabled(&inner.fn));
    pci_function_fini(&outer.fn);
}
