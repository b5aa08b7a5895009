/* SPDX-License-Identifier: MIT */
/* message_test.c - MSI and MSI-X, rule by rule (PCI 3.0, 6.8). */
#include "nt/iospace.h"
#include "nt/report.h"
#include "pci/pci_test.h"
#include <pthread.h>
#include <sched.h>

#define MSI  0xd0
#define MSIX 0xa0

static struct card card;
static struct counter counter[8];
static struct pci_message_target target[8];

static void add_card(unsigned entries)
{
    card_init_full(&card, entries);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
}

static void program(enum pci_interrupt_kind kind, unsigned count)
{
    counters_connect(counter, count, target);
    CHECK_EQ(pci_interrupt_program(&card.fn, kind, target, count), 0);
}

static char *map(void)
{
    char *va = iospace_map(card.fn.bar[0].address, card.fn.bar[0].size);
    CHECK(va != NULL);
    return va;
}

static uint64_t get(char *va, unsigned width)
{
    uint64_t value;
    CHECK(iospace_read(va, width, &value));
    return value;
}

MACHINE_TEST(msi_needs_are_read_from_the_capability, "R-254")
{
    add_card(2);
    struct pci_interrupt_need need;
    pci_interrupt_need(&card.fn, &need);
    CHECK_EQ(need.msi_messages, 8);
    CHECK(need.msi_maskable);
    CHECK_EQ(need.msix_messages, 2);
}

MACHINE_TEST(msi_puts_the_message_number_in_the_low_bits_of_data, "R-257")
{
    add_card(2);
    program(PCI_INTERRUPT_MSI, 4);
    CHECK_EQ(pci_config_read(&card.fn, MSI + 2, 2) >> 4 & 7, 2);
    CHECK_EQ(pci_config_read(&card.fn, MSI + 4, 4), vector_message_address(target[0].vector));
    CHECK_EQ(pci_config_read(&card.fn, MSI + 12, 2) & 3, 0);
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(vector_message_address(target[i].vector),
                 vector_message_address(target[0].vector));
        pci_message_raise(&card.fn, i);
        settle();
        for (unsigned j = 0; j < 4; j++)
            CHECK_EQ(counter[j].count, j <= i);
    }
    /* More than granted: the device shares the messages it has. */
    pci_message_raise(&card.fn, 6);
    settle();
    CHECK_EQ(counter[2].count, 2);
}

MACHINE_TEST(an_edge_asks_for_no_acknowledgement_and_merges, "R-047 R-049")
{
    add_card(2);
    program(PCI_INTERRUPT_MSI, 1);
    KIRQL old = irql_raise(HIGH_LEVEL);
    pci_message_raise(&card.fn, 0);
    pci_message_raise(&card.fn, 0);
    irql_lower(old);
    settle();
    CHECK_EQ(counter[0].count, 1);
    pci_message_raise(&card.fn, 0);
    settle();
    CHECK_EQ(counter[0].count, 2);
}

MACHINE_TEST(a_masked_msi_message_pends_and_is_sent_once_at_unmask, "")
{
    add_card(2);
    program(PCI_INTERRUPT_MSI, 4);
    pci_config_write(&card.fn, MSI + 16, 4, 1 << 2);
    pci_message_raise(&card.fn, 2);
    pci_message_raise(&card.fn, 2);
    pci_message_raise(&card.fn, 1);
    settle();
    CHECK_EQ(counter[2].count, 0);
    CHECK_EQ(counter[1].count, 1);
    CHECK_EQ(pci_config_read(&card.fn, MSI + 20, 4), 1 << 2);
    pci_config_write(&card.fn, MSI + 20, 4, 0); /* pending bits are read-only */
    CHECK_EQ(pci_config_read(&card.fn, MSI + 20, 4), 1 << 2);
    pci_config_write(&card.fn, MSI + 16, 4, 0);
    settle();
    CHECK_EQ(counter[2].count, 1);
    CHECK_EQ(pci_config_read(&card.fn, MSI + 20, 4), 0);
    /* A source that went away before the unmask takes its pending bit with it. */
    pci_config_write(&card.fn, MSI + 16, 4, 1 << 2);
    pci_message_raise(&card.fn, 2);
    pci_message_withdraw(&card.fn, 2);
    pci_config_write(&card.fn, MSI + 16, 4, 0);
    settle();
    CHECK_EQ(counter[2].count, 1);
}

MACHINE_TEST(msi_mask_bits_exist_for_implemented_messages_only, "")
{
    add_card(2);
    pci_config_write(&card.fn, MSI + 16, 4, 0xffffffff);
    CHECK_EQ(pci_config_read(&card.fn, MSI + 16, 4), 0xff);
    pci_config_write(&card.fn, MSI + 4, 4, 0xffffffff);
    CHECK_EQ(pci_config_read(&card.fn, MSI + 4, 4), 0xfffffffc);
    pci_config_write(&card.fn, MSI + 2, 2, 0xffff & ~PCI_MSI_ENABLE);
    CHECK_EQ(pci_config_read(&card.fn, MSI + 2, 2),
             PCI_MSI_MASKABLE | PCI_MSI_64 | 7 << 4 | 3 << 1);
}

MACHINE_TEST(the_layout_of_msi_follows_its_width_and_masking, "")
{
    static const struct {
        bool is64, mask;
        unsigned bytes, data;
    } row[] = {
        {false, false, 10, 8}, {true, false, 14, 12}, {false, true, 20, 8}, {true, true, 24, 12}};
    for (int i = 0; i < 4; i++) {
        struct card one;
        card_init(&one);
        pci_capability_msi(&one.fn, 0x50, 2, row[i].is64, row[i].mask);
        CHECK_EQ(pci_msi_bytes(pci_get16(one.fn.config, 0x52)), row[i].bytes);
        CHECK_EQ(pci_bus_add(&one.fn), 0);
        counters_connect(counter, 2, target);
        CHECK_EQ(pci_interrupt_program(&one.fn, PCI_INTERRUPT_MSI, target, 2), 0);
        CHECK_EQ(pci_config_read(&one.fn, 0x50 + row[i].data, 2),
                 vector_message_data(target[0].vector));
        pci_message_raise(&one.fn, 1);
        settle();
        CHECK_EQ(counter[1].count, 1);
        pci_bus_remove(&one.fn);
        pci_function_fini(&one.fn);
    }
}

MACHINE_TEST(msi_refuses_counts_and_vectors_that_do_not_fit, "")
{
    add_card(2);
    counters_connect(counter, 8, target);
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_MSI, target, 3), -EINVAL);
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_MSI, target, 0), -EINVAL);
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_MSI, target, 16), -EINVAL);
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_MSI, target + 1, 2), -EINVAL);
    struct pci_message_target swapped[2] = {target[1], target[0]};
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_MSI, swapped, 2), -EINVAL);
    CHECK(!pci_msi_enabled(&card.fn));
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_MSI, target, 8), 0);
    CHECK(pci_msi_enabled(&card.fn));
}

MACHINE_TEST(messages_need_bus_mastering, "")
{
    add_card(2);
    program(PCI_INTERRUPT_MSIX, 2);
    pci_config_write(&card.fn, PCI_REG_COMMAND, 2, PCI_CMD_MEMORY);
    pci_message_raise(&card.fn, 0);
    settle();
    CHECK_EQ(counter[0].count, 0);
}

MACHINE_TEST(nothing_is_raised_while_no_message_is_enabled, "R-119")
{
    add_card(2);
    pci_message_raise(&card.fn, 0);
    program(PCI_INTERRUPT_MSIX, 2);
    pci_interrupt_release(&card.fn);
    CHECK(!pci_msix_enabled(&card.fn));
    pci_message_raise(&card.fn, 0);
    settle();
    CHECK_EQ(counter[0].count, 0);
}

MACHINE_TEST(a_silenced_function_neither_sends_messages_nor_drives_its_line, "R-176")
{
    add_card(2);
    program(PCI_INTERRUPT_MSIX, 2);
    pci_interrupt_silence(&card.fn);
    CHECK(pci_msix_enabled(&card.fn));
    pci_message_raise(&card.fn, 0);
    pci_intx_set(&card.fn, true);
    settle();
    CHECK_EQ(counter[0].count, 0);
    pci_interrupt_release(&card.fn);
    CHECK(!pci_msix_enabled(&card.fn));
}

MACHINE_TEST(msix_entries_map_to_their_messages_and_the_rest_to_message_0, "R-202 R-203")
{
    add_card(5);
    program(PCI_INTERRUPT_MSIX, 3);
    static const unsigned message_of[5] = {0, 1, 2, 0, 0};
    char *va = map();
    for (unsigned e = 0; e < 5; e++) {
        unsigned message = 99;
        bool masked = true;
        CHECK_EQ(pci_msix_get_entry(&card.fn, e, &message, &masked), 0);
        CHECK_EQ(message, message_of[e]);
        CHECK(!masked);
        CHECK_EQ(get(va + 0x2000 + 16 * e, 8), vector_message_address(target[message].vector));
        CHECK_EQ(get(va + 0x2000 + 16 * e + 8, 4), vector_message_data(target[message].vector));
        unsigned before = counter[message].count;
        pci_message_raise(&card.fn, e);
        settle();
        CHECK_EQ(counter[message].count, before + 1);
    }
    CHECK_EQ(counter[0].count, 3);
    pci_message_raise(&card.fn, 5); /* no such entry */
    settle();
    CHECK_EQ(counter[0].count, 3);
    iospace_unmap(va, card.fn.bar[0].size);
}

MACHINE_TEST(more_messages_than_entries_can_be_granted_and_reached, "R-242")
{
    add_card(2);
    program(PCI_INTERRUPT_MSIX, 4);
    pci_message_raise(&card.fn, 1);
    CHECK_EQ(pci_msix_set_entry(&card.fn, 1, 3), 0);
    settle();
    pci_message_raise(&card.fn, 1);
    settle();
    CHECK_EQ(counter[1].count, 1);
    CHECK_EQ(counter[3].count, 1);
    CHECK_EQ(pci_msix_set_entry(&card.fn, 1, 4), -EINVAL);
    CHECK_EQ(pci_interrupt_program(&card.fn, PCI_INTERRUPT_MSIX, target, PCI_MSIX_MAX + 1), -EINVAL);
}

MACHINE_TEST(an_entry_can_be_moved_to_another_message_at_run_time, "R-204 R-210")
{
    add_card(3);
    program(PCI_INTERRUPT_MSIX, 2);
    CHECK_EQ(pci_msix_set_entry(&card.fn, 0, 1), 0);
    pci_message_raise(&card.fn, 0);
    settle();
    CHECK_EQ(counter[0].count, 0);
    CHECK_EQ(counter[1].count, 1);
}

MACHINE_TEST(a_masked_entry_is_silent_and_fires_once_when_unmasked, "R-211 R-212")
{
    add_card(3);
    program(PCI_INTERRUPT_MSIX, 2);
    char *va = map();
    CHECK_EQ(pci_msix_mask_entry(&card.fn, 1, true), 0);
    pci_message_raise(&card.fn, 1);
    pci_message_raise(&card.fn, 1);
    pci_message_raise(&card.fn, 0);
    settle();
    CHECK_EQ(counter[1].count, 0);
    CHECK_EQ(counter[0].count, 1);
    CHECK_EQ(get(va + 0x3000, 8), 1 << 1);
    CHECK(iospace_write(va + 0x3000, 8, 0)); /* read-only */
    CHECK_EQ(get(va + 0x3000, 4), 1 << 1);
    /* Moving a masked entry keeps it masked, and what pends goes to the new message. */
    CHECK_EQ(pci_msix_set_entry(&card.fn, 1, 0), 0);
    settle();
    CHECK_EQ(counter[0].count, 1);
    CHECK_EQ(pci_msix_mask_entry(&card.fn, 1, false), 0);
    settle();
    CHECK_EQ(counter[1].count, 0);
    CHECK_EQ(counter[0].count, 2);
    CHECK_EQ(get(va + 0x3000, 8), 0);
    pci_message_raise(&card.fn, 1);
    settle();
    CHECK_EQ(counter[0].count, 3);
    iospace_unmap(va, card.fn.bar[0].size);
}

MACHINE_TEST(a_withdrawn_pending_message_is_not_sent, "")
{
    add_card(2);
    program(PCI_INTERRUPT_MSIX, 2);
    pci_msix_mask_entry(&card.fn, 1, true);
    pci_message_raise(&card.fn, 1);
    pci_message_withdraw(&card.fn, 1);
    pci_msix_mask_entry(&card.fn, 1, false);
    settle();
    CHECK_EQ(counter[1].count, 0);
}

MACHINE_TEST(the_function_mask_holds_back_every_entry, "")
{
    add_card(70);
    program(PCI_INTERRUPT_MSIX, 2);
    char *va = map();
    pci_config_write(&card.fn, MSIX + 2, 2, PCI_MSIX_ENABLE | PCI_MSIX_FUNCTION_MASK);
    pci_message_raise(&card.fn, 1);
    pci_message_raise(&card.fn, 69);
    settle();
    CHECK_EQ(counter[0].count + counter[1].count, 0);
    CHECK_EQ(get(va + 0x3000, 8), 1 << 1);
    CHECK_EQ(get(va + 0x3008, 8), 1 << 5);
    /* An entry that has its own mask stays silent when the function's goes. */
    pci_msix_mask_entry(&card.fn, 69, true);
    pci_config_write(&card.fn, MSIX + 2, 2, PCI_MSIX_ENABLE);
    settle();
    CHECK_EQ(counter[1].count, 1);
    CHECK_EQ(counter[0].count, 0);
    pci_msix_mask_entry(&card.fn, 69, false);
    settle();
    CHECK_EQ(counter[0].count, 1);
    iospace_unmap(va, card.fn.bar[0].size);
}

MACHINE_TEST(the_bus_answers_for_the_msix_table_not_the_card, "")
{
    add_card(2);
    char *va = map() + 0x2000;
    /* After reset an entry is masked. */
    CHECK_EQ(get(va + 12, 4), 1);
    CHECK(iospace_write(va, 8, 0x123456789abcdef3));
    CHECK(iospace_write(va + 8, 4, 0x55aa55aa));
    CHECK(iospace_write(va + 12, 4, 0xfffffffe));
    CHECK_EQ(get(va, 4), 0x9abcdef0);
    CHECK_EQ(get(va + 4, 4), 0x12345678);
    CHECK_EQ(get(va + 8, 8), 0x55aa55aa);
    CHECK(iospace_write(va + 8, 8, 0x100000002));
    CHECK_EQ(get(va + 8, 4), 2);
    CHECK_EQ(get(va + 12, 4), 1);
    CHECK_EQ(card.reads + card.writes, 0);
    CHECK_EQ(get(va + 32, 4), 0); /* behind the table: the card's */
    CHECK_EQ(card.reads, 1);
    iospace_unmap(va - 0x2000, card.fn.bar[0].size);
}

MACHINE_TEST(a_narrow_access_to_the_msix_table_is_reported, "")
{
    const struct violation_record *records;
    add_card(2);
    char *va = map();
    CHECK_EQ(report_violations(&records), 0);
    CHECK(iospace_write(va + 0x2008, 2, 0x1234));
    CHECK_EQ(report_violations(&records), 1);
    CHECK_HAS(records[0].text, "MSI-X table");
    CHECK_EQ(get(va + 0x2008, 4), 0);
    iospace_unmap(va, card.fn.bar[0].size);
}

MACHINE_TEST(a_driver_can_program_the_table_itself, "")
{
    add_card(2);
    counters_connect(counter, 1, target);
    char *va = map() + 0x2000;
    CHECK(iospace_write(va + 16, 8, vector_message_address(target[0].vector)));
    CHECK(iospace_write(va + 24, 4, vector_message_data(target[0].vector)));
    pci_config_write(&card.fn, MSIX + 2, 2, PCI_MSIX_ENABLE);
    pci_message_raise(&card.fn, 1);
    settle();
    CHECK_EQ(counter[0].count, 0);
    CHECK(iospace_write(va + 28, 4, 0));
    settle();
    CHECK_EQ(counter[0].count, 1);
    /* A message is a memory write: an address in RAM receives the data. */
    CHECK(iospace_write(va, 8, 0x8000));
    CHECK(iospace_write(va + 8, 8, 0xcafe));
    pci_message_raise(&card.fn, 0);
    CHECK_EQ(*(uint32_t *)physmem_va(0x8000, 4), 0xcafe);
    iospace_unmap(va - 0x2000, card.fn.bar[0].size);
}

MACHINE_TEST(entries_and_messages_of_others_are_refused, "R-213")
{
    unsigned message;
    bool masked;
    add_card(4);
    CHECK_EQ(pci_msix_set_entry(&card.fn, 0, 0), -EINVAL); /* not granted */
    program(PCI_INTERRUPT_MSI, 2);
    CHECK_EQ(pci_msix_set_entry(&card.fn, 0, 0), -EINVAL); /* MSI, not MSI-X */
    CHECK_EQ(pci_msix_mask_entry(&card.fn, 0, true), -EINVAL);
    program(PCI_INTERRUPT_MSIX, 2);
    CHECK_EQ(pci_msix_set_entry(&card.fn, 4, 0), -EINVAL);
    CHECK_EQ(pci_msix_set_entry(&card.fn, 0, 2), -EINVAL);
    CHECK_EQ(pci_msix_mask_entry(&card.fn, 4, true), -EINVAL);
    CHECK_EQ(pci_msix_get_entry(&card.fn, 4, &message, &masked), -EINVAL);
    CHECK_EQ(pci_msix_set_entry(&card.fn, 3, 1), 0);
}

MACHINE_TEST(a_function_may_have_2048_messages, "R-258")
{
    struct card big;
    card_init(&big);
    pci_function_bar(&big.fn, 3, 0x10000, false, false, false);
    pci_capability_msix(&big.fn, 0x70, PCI_MSIX_MAX, 3, 0, 3, 0x8000);
    CHECK_EQ(pci_bus_add(&big.fn), 0);
    static struct pci_message_target all[PCI_MSIX_MAX];
    for (unsigned i = 0; i < PCI_MSIX_MAX; i++)
        all[i].vector = vector_alloc(i % 2, 4, Latched);
    CHECK_EQ(pci_interrupt_program(&big.fn, PCI_INTERRUPT_MSIX, all, PCI_MSIX_MAX), 0);
    memset(counter, 0, sizeof counter);
    counter_connect(&counter[0], all[0].vector);
    counter_connect(&counter[1], all[2047].vector);
    CHECK_EQ(vector_cpu(all[2047].vector), 1);
    pci_message_raise(&big.fn, 2047);
    settle();
    CHECK_EQ(counter[1].count, 1);
    CHECK_EQ(counter[0].count, 0);
    CHECK_EQ(pci_interrupt_program(&big.fn, PCI_INTERRUPT_MSIX, all, PCI_MSIX_MAX + 1), -EINVAL);
}

static unsigned deliveries, factor;

static unsigned deliver(struct pci_function *fn, int message)
{
    deliveries++;
    return message == 1 ? factor : 1;
}

MACHINE_TEST(a_fault_plan_can_lose_a_message, "")
{
    add_card(2);
    program(PCI_INTERRUPT_MSIX, 2);
    pci_fault_deliver = deliver;
    pci_message_raise(&card.fn, 1);
    pci_message_raise(&card.fn, 0);
    settle();
    CHECK_EQ(deliveries, 2);
    CHECK_EQ(counter[1].count, 0);
    CHECK_EQ(counter[0].count, 1);
    factor = 2;
    pci_message_raise(&card.fn, 1);
    settle();
    CHECK(counter[1].count >= 1);
}

MACHINE_TEST(a_pulled_card_sends_no_messages, "")
{
    add_card(2);
    program(PCI_INTERRUPT_MSIX, 2);
    pci_surprise_remove(&card.fn);
    pci_message_raise(&card.fn, 0);
    settle();
    CHECK_EQ(counter[0].count, 0);
    pci_interrupt_release(&card.fn);
}

#define RACES 3000

/* A device thread that raises entry 0 again as soon as the last raise was served. */
static void *raiser(void *unused)
{
    for (unsigned i = 0; i < RACES; i++) {
        pci_message_raise(&card.fn, 0);
        while (__atomic_load_n(&counter[0].count, __ATOMIC_ACQUIRE) <= i)
            sched_yield();
    }
    return NULL;
}

static void race(void *unused)
{
    pthread_t thread;
    add_card(1);
    program(PCI_INTERRUPT_MSIX, 1);
    CHECK_EQ(pthread_create(&thread, NULL, raiser, NULL), 0);
    while (__atomic_load_n(&counter[0].count, __ATOMIC_ACQUIRE) < RACES) {
        pci_msix_mask_entry(&card.fn, 0, true);
        pci_msix_mask_entry(&card.fn, 0, false);
        irql_lower(irql_raise(DISPATCH_LEVEL));
    }
    pthread_join(thread, NULL);
    CHECK_EQ(counter[0].count, RACES);
}

TEST(a_raise_that_races_with_mask_and_unmask_is_never_lost, "R-211 R-212")
{
    static const struct machine_config config = {.cpus = 1, .memory = 64 << 20};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(race, NULL), MACHINE_FINISHED);
}
