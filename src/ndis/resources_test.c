/* SPDX-License-Identifier: MIT */
/* resources_test.c - the resource list that a driver filters, and every kind of grant. */
#include "ndis/fake_miniport.h"
#include "nt/registry.h"
#include "pci/pci_test.h"

#define LATCHED_MESSAGE (CM_RESOURCE_INTERRUPT_LATCHED | CM_RESOURCE_INTERRUPT_MESSAGE)

static struct card card;
static struct registry_key *hardware;

static void set_number(const char *path, const char *name, uint32_t value)
{
    struct registry_key *key = registry_create(hardware, path);
    CHECK_EQ(registry_set_dword(key, name, value), 0);
    registry_put(key);
}

static void msi_setting(const char *name, uint32_t value)
{
    set_number("Interrupt Management\\MessageSignaledInterruptProperties", name, value);
}

/* Puts the card on the bus and an adapter on it. */
static struct ndis_adapter *adapter_with(unsigned entries, enum ndis_interrupt_wish wish,
                                         unsigned messages, bool supported)
{
    card_init_full(&card, entries);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    hardware = registry_create(NULL, REGISTRY_ENUM "\\Test\\0\\Device Parameters");
    if (supported)
        msi_setting("MSISupported", 1);
    fake.pnp = true;
    struct ndis_adapter_config config = {.hardware_key = hardware,
                                         .interrupt = {.kind = wish, .messages = messages}};
    return fake_add(&card.fn, &config);
}

static void check_grant(const struct ndis_adapter *adapter, enum pci_interrupt_kind kind,
                        unsigned count)
{
    struct ndis_adapter_report report;
    ndis_adapter_report(adapter, &report);
    CHECK_EQ(report.granted, kind);
    CHECK_EQ(report.granted_messages, count);
}

TEST_NT(msix_has_one_descriptor_per_message_and_the_line_in_a_list_of_its_own, "R-254 R-255")
{
    struct ndis_adapter *adapter = adapter_with(5, NDIS_WISH_AUTO, 0, true);
    fake_start(adapter);
    CHECK_EQ(fake.filter_lists, 2);
    CHECK_EQ(fake.filter_messages, 5);
    CHECK_EQ(fake.filter_lines, 1);
    CHECK_EQ(fake.filter_flags, LATCHED_MESSAGE);
    check_grant(adapter, PCI_INTERRUPT_MSIX, 5);
    fake_finish(adapter);
}

TEST_NT(the_start_list_has_the_bars_and_one_descriptor_per_msix_message, "R-256")
{
    struct ndis_adapter *adapter = adapter_with(5, NDIS_WISH_AUTO, 0, true);
    fake_start(adapter);
    CHECK_EQ(fake.memory_count, 1);
    CHECK_EQ(fake.port_count, 1);
    CHECK_EQ(fake.granted_count, 5);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQ(fake.granted[i].Flags, LATCHED_MESSAGE);
        CHECK_EQ(fake.granted[i].u.MessageInterrupt.Translated.Affinity, 1u << i % 2);
        KIRQL irql;
        unsigned cpu;
        CHECK(ndis_adapter_message(adapter, i, &cpu, &irql));
        CHECK_EQ(cpu, i % 2);
        CHECK_EQ(fake.granted[i].u.MessageInterrupt.Translated.Level, irql);
    }
    CHECK_EQ(fake.raw_message_count, 1);
    CHECK_EQ(adapter->resources->PartialDescriptors[0].u.Memory.Start.QuadPart,
             card.fn.bar[0].address);
    fake_finish(adapter);
}

TEST_NT(msi_has_one_descriptor_for_all_messages_and_one_affinity, "R-254 R-256 R-257")
{
    struct ndis_adapter *adapter = adapter_with(5, NDIS_WISH_MSI, 0, false);
    fake_start(adapter);
    CHECK_EQ(fake.filter_lists, 1);
    CHECK_EQ(fake.filter_messages, 2); /* all, and as an alternative a single one */
    CHECK_EQ(fake.filter_lines, 1);
    check_grant(adapter, PCI_INTERRUPT_MSI, 8);
    CHECK_EQ(fake.granted_count, 1);
    CHECK_EQ(fake.raw_message_count, 8);
    for (unsigned i = 1; i < 8; i++) {
        CHECK_EQ(adapter->grant->message[i].cpu, adapter->grant->message[0].cpu);
        CHECK_EQ(vector_number(adapter->grant->message[i].vector),
                 vector_number(adapter->grant->message[0].vector) + i);
    }
    fake_finish(adapter);
}

TEST_NT(without_msi_supported_the_line_is_all_there_is, "R-262")
{
    struct ndis_adapter *adapter = adapter_with(5, NDIS_WISH_AUTO, 0, false);
    fake_start(adapter);
    CHECK_EQ(fake.filter_messages, 0);
    CHECK_EQ(fake.filter_lines, 1);
    check_grant(adapter, PCI_INTERRUPT_LINE, 1);
    CHECK_EQ(fake.granted[0].Flags, CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE);
    CHECK_EQ(fake.granted[0].ShareDisposition, CmResourceShareShared);
    fake_finish(adapter);
}

TEST_NT(the_line_can_be_granted_although_messages_were_asked_for, "R-018 R-260 R-261")
{
    struct ndis_adapter *adapter = adapter_with(5, NDIS_WISH_LINE, 0, true);
    fake_start(adapter);
    CHECK_EQ(fake.filter_messages, 5);
    check_grant(adapter, PCI_INTERRUPT_LINE, 1);
    fake_finish(adapter);
}

TEST_NT(fewer_messages_can_be_granted_than_asked_for, "R-260")
{
    struct ndis_adapter *adapter = adapter_with(5, NDIS_WISH_AUTO, 2, true);
    fake_start(adapter);
    check_grant(adapter, PCI_INTERRUPT_MSIX, 2);
    CHECK_EQ(adapter->grant->requested, 5);
    CHECK_EQ(fake.granted_count, 2);
    fake_finish(adapter);
}

TEST_NT(message_number_limit_bounds_what_is_offered, "R-262")
{
    struct ndis_adapter *adapter = adapter_with(16, NDIS_WISH_AUTO, 0, true);
    msi_setting("MessageNumberLimit", 3);
    fake_start(adapter);
    CHECK_EQ(fake.filter_messages, 3);
    check_grant(adapter, PCI_INTERRUPT_MSIX, 3);
    fake_finish(adapter);
}

TEST_NT(msi_messages_are_a_power_of_two, "R-262")
{
    struct ndis_adapter *adapter = adapter_with(16, NDIS_WISH_MSI, 3, false);
    fake_start(adapter);
    check_grant(adapter, PCI_INTERRUPT_MSI, 2);
    fake_finish(adapter);
}

TEST_NT(the_registrys_affinity_policy_places_messages, "R-238")
{
    struct ndis_adapter *adapter = adapter_with(4, NDIS_WISH_AUTO, 0, true);
    set_number("Interrupt Management\\Affinity Policy", "DevicePolicy",
               IrqPolicySpecifiedProcessors);
    set_number("Interrupt Management\\Affinity Policy", "AssignmentSetOverride", 2);
    set_number("Interrupt Management\\Affinity Policy", "DevicePriority", IrqPriorityHigh);
    fake_start(adapter);
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(adapter->grant->message[i].cpu, 1);
        CHECK(adapter->grant->message[i].irql >= DIRQL_MAX - 1);
    }
    fake_finish(adapter);
}

TEST_NT(the_filter_places_messages, "R-238 R-239")
{
    struct ndis_adapter *adapter = adapter_with(4, NDIS_WISH_AUTO, 0, true);
    fake.targeted = 2;
    fake_start(adapter);
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(adapter->grant->message[i].cpu, 1);
    fake_finish(adapter);
}

TEST_NT(the_filter_may_remove_all_messages, "R-240")
{
    struct ndis_adapter *adapter = adapter_with(4, NDIS_WISH_AUTO, 0, true);
    fake.drop_messages = true;
    fake_start(adapter);
    check_grant(adapter, PCI_INTERRUPT_LINE, 1);
    fake_finish(adapter);
}

TEST_NT(the_filter_may_add_messages_in_a_list_of_its_own_memory, "R-242 R-244 R-247 R-248")
{
    struct ndis_adapter *adapter = adapter_with(8, NDIS_WISH_AUTO, 0, true);
    msi_setting("MessageNumberLimit", 4);
    fake.add_messages = 3;
    fake_start(adapter);
    check_grant(adapter, PCI_INTERRUPT_MSIX, 7);
    CHECK_EQ(report_violations(&(const struct violation_record *){NULL}), 0);
    fake_finish(adapter);
    CHECK_EQ(nt_pool_report_leaks(), 0); /* the new list was freed by the PnP manager */
}

TEST_NT(the_filter_may_ask_for_more_messages_than_the_table_has_entries, "R-242")
{
    struct ndis_adapter *adapter = adapter_with(2, NDIS_WISH_AUTO, 0, true);
    fake.add_messages = 6;
    fake_start(adapter);
    check_grant(adapter, PCI_INTERRUPT_MSIX, 8);
    CHECK_EQ(fake.granted_count, 8);
    CHECK_EQ(ndis_grant_program(adapter), 0);
    ndis_grant_unprogram(adapter);
    fake_finish(adapter);
}

TEST_NT(a_filter_that_fails_leaves_the_bus_drivers_list, "R-249")
{
    struct ndis_adapter *adapter = adapter_with(4, NDIS_WISH_AUTO, 0, true);
    fake.drop_messages = true;
    fake.filter_status = NDIS_STATUS_RESOURCES;
    fake_start(adapter);
    check_grant(adapter, PCI_INTERRUPT_MSIX, 4);
    fake_finish(adapter);
}

TEST_NT(a_malformed_list_is_reported_and_the_bus_drivers_is_used, "R-247 R-249")
{
    struct ndis_adapter *adapter = adapter_with(4, NDIS_WISH_AUTO, 0, true);
    fake.break_list = true;
    fake_start(adapter);
    CHECK_EQ(nt_test_violations("R-247"), 1);
    check_grant(adapter, PCI_INTERRUPT_MSIX, 4);
    fake_finish(adapter);
}

TEST_NT(a_filter_that_changes_memory_resources_is_reported, "R-245")
{
    struct ndis_adapter *adapter = adapter_with(4, NDIS_WISH_AUTO, 0, true);
    fake.change_memory = true;
    fake_start(adapter);
    CHECK_EQ(nt_test_violations("R-245"), 1);
    fake_finish(adapter);
}

TEST_NT(a_start_device_that_fails_ends_the_start, "R-252")
{
    char err[200];
    struct ndis_adapter *adapter = adapter_with(4, NDIS_WISH_AUTO, 0, true);
    fake.start_status = NDIS_STATUS_FAILURE;
    CHECK_EQ(ndis_adapter_start(adapter, err, sizeof(err)), -EIO);
    CHECK_HAS(err, "MiniportStartDevice failed with status 0xc0000001");
    CHECK(adapter->grant == NULL);
    fake_finish(adapter);
}

TEST_NT(another_round_of_resources_halts_and_initializes, "R-234 R-237")
{
    char err[200] = "";
    struct ndis_adapter *adapter = adapter_with(4, NDIS_WISH_AUTO, 0, true);
    fake_start(adapter);
    fake_log();
    struct ndis_grant_options options = {.kind = NDIS_WISH_LINE};
    CHECK_EQ(ndis_adapter_rebalance(adapter, &options, err, sizeof(err)), 0);
    CHECK_STR(err, "");
    CHECK_STR(fake_log_events(), "pause halt filter start init pnp5 restart");
    CHECK_EQ(fake.halt_action, NdisHaltDeviceStopped);
    check_grant(adapter, PCI_INTERRUPT_LINE, 1);
    fake_finish(adapter);
}

TEST_NT(more_than_2048_messages_are_refused, "R-258")
{
    char err[200] = "";
    struct ndis_adapter *adapter = adapter_with(2048 / 16, NDIS_WISH_AUTO, 0, true);
    fake.add_messages = 2000;
    CHECK(ndis_adapter_start(adapter, err, sizeof(err)) < 0);
    CHECK_HAS(err, "2128 interrupt messages; 2048 are the most");
    fake_finish(adapter);
}

TEST_NT(start_enables_the_function, "")
{
    struct ndis_adapter *adapter = adapter_with(4, NDIS_WISH_AUTO, 0, true);
    pci_config_write(&card.fn, PCI_REG_COMMAND, 2, 0);
    fake_start(adapter);
    CHECK_EQ(pci_config_read(&card.fn, PCI_REG_COMMAND, 2) & 7, 7);
    fake_finish(adapter);
}
