/* SPDX-License-Identifier: MIT */
/* intx_test.c - interrupt pins and lines. */
#include "pci/pci_test.h"

static void program_line(struct card *card)
{
    struct pci_message_target target = {pci_line_vector(&card->fn)};
    CHECK_EQ(pci_interrupt_program(&card->fn, PCI_INTERRUPT_LINE, &target, 1), 0);
}

static void connect_line(struct card *card, struct counter *counter)
{
    *counter = (struct counter){.claims = &card->fn};
    counter_connect(counter, pci_line_vector(&card->fn));
    program_line(card);
}

MACHINE_TEST(an_asserted_pin_interrupts_until_it_drops, "")
{
    struct card card;
    struct counter counter;
    card_init(&card);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    CHECK(pci_line_number(&card.fn) >= 16 && pci_line_number(&card.fn) <= 23);
    CHECK_EQ(pci_config_read(&card.fn, PCI_REG_INTERRUPT_LINE, 1), pci_line_number(&card.fn));
    connect_line(&card, &counter);
    for (unsigned i = 1; i <= 3; i++) {
        pci_intx_set(&card.fn, true);
        pci_intx_set(&card.fn, true);
        settle();
        CHECK_EQ(counter.count, i);
    }
}

MACHINE_TEST(interrupt_status_shows_the_pin_even_when_disabled, "")
{
    struct card card;
    struct counter counter;
    card_init(&card);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    connect_line(&card, &counter);
    pci_config_write(&card.fn, PCI_REG_COMMAND, 2, 7 | PCI_CMD_INTERRUPT_DISABLE);
    pci_intx_set(&card.fn, true);
    settle();
    CHECK_EQ(counter.count, 0);
    CHECK_EQ(pci_config_read(&card.fn, PCI_REG_STATUS, 2) & PCI_STS_INTERRUPT, PCI_STS_INTERRUPT);
    /* The level is still there when Interrupt Disable is cleared. */
    pci_config_write(&card.fn, PCI_REG_COMMAND, 2, 7);
    settle();
    CHECK_EQ(counter.count, 1);
    CHECK_EQ(pci_config_read(&card.fn, PCI_REG_STATUS, 2) & PCI_STS_INTERRUPT, 0);
}

MACHINE_TEST(functions_on_a_shared_line_are_both_asked, "R-021 R-055")
{
    struct card card[2];
    struct counter counter[2];
    pci_bus_share_lines(true);
    for (int i = 0; i < 2; i++) {
        card_init(&card[i]);
        CHECK_EQ(pci_bus_add(&card[i].fn), 0);
    }
    CHECK(pci_line_vector(&card[0].fn) == pci_line_vector(&card[1].fn));
    for (int i = 0; i < 2; i++)
        connect_line(&card[i], &counter[i]);
    pci_intx_set(&card[1].fn, true);
    settle();
    CHECK_EQ(counter[0].count, 0);
    CHECK_EQ(counter[1].count, 1);
    /* Both at once: the line stays up until the second has been served too. */
    pci_intx_set(&card[0].fn, true);
    pci_intx_set(&card[1].fn, true);
    settle();
    CHECK_EQ(counter[0].count, 1);
    CHECK_EQ(counter[1].count, 2);
}

MACHINE_TEST(cards_have_lines_of_their_own_unless_shared, "")
{
    struct card card[2];
    for (int i = 0; i < 2; i++) {
        card_init(&card[i]);
        CHECK_EQ(pci_bus_add(&card[i].fn), 0);
    }
    CHECK(pci_line_number(&card[0].fn) != pci_line_number(&card[1].fn));
    CHECK(pci_line_vector(&card[0].fn) != pci_line_vector(&card[1].fn));
}

MACHINE_TEST(a_function_without_a_pin_has_no_line, "")
{
    static const struct pci_identity id = {.vendor = 1, .device = 2};
    struct card card = {0};
    pci_function_init(&card.fn, &card_ops, &id);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    CHECK(pci_line_vector(&card.fn) == NULL);
    struct pci_interrupt_need need;
    pci_interrupt_need(&card.fn, &need);
    CHECK(!need.line && !need.msi_messages && !need.msix_messages);
    struct pci_message_target target = {vector_alloc(0, 5, Latched)};
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_LINE, &target, 1), -ENOTSUP);
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_MSI, &target, 1), -ENOTSUP);
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_MSIX, &target, 1), -ENOTSUP);
    pci_intx_set(&card.fn, true);
}

MACHINE_TEST(messages_silence_the_line, "")
{
    struct card card;
    struct counter line, message[1];
    struct pci_message_target target[1];
    card_init_full(&card, 2);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    connect_line(&card, &line);
    counters_connect(message, 1, target);
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_MSI, target, 1), 0);
    pci_intx_set(&card.fn, true);
    settle();
    CHECK_EQ(line.count, 0);
    /* Even if the driver clears Interrupt Disable on its own. */
    pci_config_write(&card.fn, PCI_REG_COMMAND, 2, 7);
    settle();
    CHECK_EQ(line.count, 0);
    program_line(&card);
    CHECK(!pci_msi_enabled(&card.fn));
    settle();
    CHECK_EQ(line.count, 1);
}

MACHINE_TEST(a_pulled_card_lets_go_of_its_line, "")
{
    struct card card;
    struct counter counter;
    card_init(&card);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    connect_line(&card, &counter);
    pci_config_write(&card.fn, PCI_REG_COMMAND, 2, 7 | PCI_CMD_INTERRUPT_DISABLE);
    pci_intx_set(&card.fn, true);
    pci_surprise_remove(&card.fn);
    CHECK(!card.fn.interrupts->driven);
    pci_intx_set(&card.fn, false);
    pci_intx_set(&card.fn, true);
    settle();
    CHECK_EQ(counter.count, 0);
}

static unsigned lose(struct pci_function *fn, int message)
{
    CHECK_EQ(message, -1);
    return 0;
}

MACHINE_TEST(a_lost_rise_is_not_seen_until_the_next, "")
{
    struct card card;
    struct counter counter;
    card_init(&card);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    connect_line(&card, &counter);
    pci_fault_deliver = lose;
    pci_intx_set(&card.fn, true);
    settle();
    pci_fault_deliver = NULL;
    pci_config_write(&card.fn, PCI_REG_CACHE_LINE, 1, 16);
    settle();
    CHECK_EQ(counter.count, 0);
    pci_intx_set(&card.fn, false);
    pci_intx_set(&card.fn, true);
    settle();
    CHECK_EQ(counter.count, 1);
}

MACHINE_TEST(a_line_of_another_card_cannot_be_programmed, "")
{
    struct card card;
    card_init(&card);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    struct pci_message_target target = {vector_alloc(0, 5, LevelSensitive)};
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_LINE, &target, 1), -EINVAL);
}
