/* SPDX-License-Identifier: MIT */
/* msix_test.c - NdisMConfigMSIXTableEntry: moving, masking and unmasking a table entry. */
#include "ndis/interrupt_test.h"

static NDIS_MSIX_CONFIG_PARAMETERS params(NDIS_MSIX_TABLE_OPERATION operation, ULONG entry,
                                          ULONG message)
{
    NDIS_MSIX_CONFIG_PARAMETERS p = {
        .ConfigOperation = operation, .TableEntry = entry, .MessageNumber = message};
    ndis_header_set(&p.Header, NDIS_OBJECT_TYPE_DEFAULT, NDIS_MSIX_CONFIG_PARAMETERS_REVISION_1,
                    NDIS_SIZEOF_MSIX_CONFIG_PARAMETERS_REVISION_1);
    return p;
}

static NDIS_STATUS configure(NDIS_MSIX_TABLE_OPERATION operation, ULONG entry, ULONG message)
{
    NDIS_MSIX_CONFIG_PARAMETERS p = params(operation, entry, message);
    return NdisMConfigMSIXTableEntry(nic.adapter, &p);
}

static NDIS_STATUS set(ULONG entry, ULONG message)
{
    return configure(NdisMSIXTableConfigSetTableEntry, entry, message);
}

/* MessageNumber is not used: something that would be wrong. */
static NDIS_STATUS mask(ULONG entry)
{
    return configure(NdisMSIXTableConfigMaskTableEntry, entry, 0xFFFFFFFF);
}

static NDIS_STATUS unmask(ULONG entry)
{
    return configure(NdisMSIXTableConfigUnmaskTableEntry, entry, 0xFFFFFFFF);
}

/* `entries` in the device's table, `granted` messages. */
static void card_with(unsigned entries, unsigned granted)
{
    nic_add(20, NDIS_WISH_LINE, entries);
    ndis_resources_release(nic.adapter);
    nic.adapter->wish = (struct ndis_grant_options){NDIS_WISH_MSIX, granted};
    char err[200] = "";
    CHECK_EQ(ndis_resources_start(nic.adapter, err, sizeof(err)), 0);
    CHECK_EQ(nic.adapter->grant->count, granted);
}

/* Raises the entry; fails unless exactly this message was served, or none for -1. */
static void entry_calls(unsigned entry, int message)
{
    unsigned before[NIC_MESSAGES];
    for (unsigned i = 0; i < NIC_MESSAGES; i++)
        before[i] = nic.of[i].isr;
    nic_interrupt(entry);
    for (unsigned i = 0; i < NIC_MESSAGES; i++)
        CHECK_EQ(nic.of[i].isr, before[i] + ((int)i == message));
}

/* --- mapping --- */

TEST_NT(entries_map_to_the_first_messages_and_the_rest_to_message_0, "R-202 R-203")
{
    card_with(8, 3);
    nic_register(true);
    for (unsigned entry = 0; entry < 8; entry++)
        entry_calls(entry, entry < 3 ? (int)entry : 0);
}

TEST_NT(a_set_entry_moves_to_that_message_and_its_processor, "R-196 R-204 R-208 R-210")
{
    card_with(4, 4);
    nic_register(true);
    entry_calls(2, 2);
    CHECK_EQ(nic.of[2].isr_cpus, 1 << 0);
    CHECK_EQ(set(2, 3), NDIS_STATUS_SUCCESS);
    entry_calls(2, 3);
    CHECK_EQ(nic.of[3].isr_cpus, 1 << 1); /* the affinity that message has */
    CHECK_EQ(nic.of[3].dpc_cpus, 1 << 1);
    entry_calls(3, 3); /* another entry may have the same message */
    entry_calls(0, 0);
    CHECK_EQ(set(2, 2), NDIS_STATUS_SUCCESS);
    entry_calls(2, 2);
    CHECK_NO_VIOLATION();
}

TEST_NT(an_entry_beyond_the_messages_can_be_mapped_too, "R-203 R-210")
{
    card_with(8, 2);
    nic_register(true);
    CHECK_EQ(set(7, 1), NDIS_STATUS_SUCCESS);
    entry_calls(7, 1);
    entry_calls(6, 0);
}

/* --- masking --- */

TEST_NT(a_masked_entry_interrupts_only_after_it_is_unmasked, "R-196 R-209 R-211 R-212")
{
    card_with(4, 4);
    nic_register(true);
    CHECK_EQ(mask(1), NDIS_STATUS_SUCCESS);
    entry_calls(1, -1);
    entry_calls(1, -1);
    entry_calls(0, 0);
    CHECK_EQ(unmask(1), NDIS_STATUS_SUCCESS);
    quiet();
    CHECK_EQ(nic.of[1].isr, 1); /* what was pending, once (PCI 3.0, 6.8.2.7) */
    entry_calls(1, 1);
    CHECK_EQ(unmask(1), NDIS_STATUS_SUCCESS);
    quiet();
    CHECK_EQ(nic.of[1].isr, 2);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_masked_entry_stays_masked_when_it_moves, "R-210 R-211")
{
    card_with(4, 4);
    nic_register(true);
    CHECK_EQ(mask(1), NDIS_STATUS_SUCCESS);
    CHECK_EQ(set(1, 2), NDIS_STATUS_SUCCESS);
    entry_calls(1, -1);
    CHECK_EQ(unmask(1), NDIS_STATUS_SUCCESS);
    quiet();
    CHECK_EQ(nic.of[1].isr, 0);
    CHECK_EQ(nic.of[2].isr, 1);
}

/* --- when --- */

static BOOLEAN masks_and_unmasks(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    CHECK(irql_current() > DISPATCH_LEVEL);
    CHECK_EQ(mask(message), NDIS_STATUS_SUCCESS);
    *queue_default = TRUE;
    return TRUE;
}

static void unmasks(ULONG message, void *context, NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    CHECK_EQ(set(message, message), NDIS_STATUS_SUCCESS);
    CHECK_EQ(unmask(message), NDIS_STATUS_SUCCESS);
}

TEST_NT(masking_works_at_any_irql_and_setting_up_to_dispatch_level, "R-200 R-201 X-09")
{
    card_with(4, 4);
    nic_register(true);
    nic.isr = masks_and_unmasks;
    nic.dpc = unmasks;
    for (unsigned i = 1; i <= 3; i++)
        entry_calls(1, 1);
    for (KIRQL level = PASSIVE_LEVEL; level <= HIGH_LEVEL; level++) {
        KIRQL old = irql_raise(level);
        CHECK_EQ(mask(2), NDIS_STATUS_SUCCESS);
        CHECK_EQ(unmask(2), NDIS_STATUS_SUCCESS);
        if (level <= DISPATCH_LEVEL)
            CHECK_EQ(set(2, 2), NDIS_STATUS_SUCCESS);
        irql_lower(old);
    }
    CHECK_NO_VIOLATION();
}

/* the PCI interface allows it up to DIRQL; NDIS, whose function this is, does not. */
TEST_NT(setting_an_entry_above_dispatch_level_is_reported, "R-200 X-09")
{
    card_with(4, 4);
    nic_register(true);
    KIRQL old = irql_raise(DIRQL_MIN);
    set(2, 3);
    irql_lower(old);
    CHECK_HAS(violation_text("R-200"), "SetTableEntry) at DIRQL 3");
}

TEST_NT(what_is_set_before_registration_holds_after_it, "R-196 R-199")
{
    card_with(4, 4);
    CHECK_EQ(set(2, 1), NDIS_STATUS_SUCCESS);
    CHECK_EQ(mask(3), NDIS_STATUS_SUCCESS);
    CHECK_EQ(mask(0), NDIS_STATUS_SUCCESS);
    CHECK_EQ(unmask(0), NDIS_STATUS_SUCCESS);
    CHECK_EQ(set(4, 1), NDIS_STATUS_INVALID_PARAMETER);
    CHECK_EQ(set(2, 4), NDIS_STATUS_INVALID_PARAMETER);
    for (int i = 0; i < 2; i++) {
        nic_register(true);
        entry_calls(2, 1);
        entry_calls(3, -1);
        entry_calls(0, 0);
        NdisMDeregisterInterruptEx(nic.handle);
    }
    CHECK_EQ(unmask(3), NDIS_STATUS_SUCCESS); /* in MiniportHaltEx, say */
    CHECK_NO_VIOLATION();
}

TEST_NT(a_table_entry_configured_outside_of_the_adapters_life_is_reported, "R-199")
{
    card_with(4, 4);
    ndis_state_set(nic.adapter, NDIS_HALTING);
    CHECK_EQ(mask(1), NDIS_STATUS_SUCCESS);
    CHECK_NO_VIOLATION();
    ndis_state_set(nic.adapter, NDIS_HALTED);
    mask(1);
    CHECK_EQ(nt_test_violations("R-199"), 1);
}

/* --- what is refused --- */

TEST_NT(entries_and_messages_that_are_not_the_devices_are_invalid, "R-197 R-208 R-213")
{
    card_with(8, 3);
    nic_register(true);
    CHECK_EQ(set(8, 0), NDIS_STATUS_INVALID_PARAMETER);
    CHECK_EQ(set(0xFFFFFFFF, 0), NDIS_STATUS_INVALID_PARAMETER);
    CHECK_EQ(set(0, 3), NDIS_STATUS_INVALID_PARAMETER);
    CHECK_EQ(set(0, 0x10001), NDIS_STATUS_INVALID_PARAMETER);
    CHECK_EQ(mask(8), NDIS_STATUS_INVALID_PARAMETER);
    CHECK_EQ(unmask(8), NDIS_STATUS_INVALID_PARAMETER);
    CHECK_EQ(configure(NdisMSIXTableConfigMax, 0, 0), NDIS_STATUS_INVALID_PARAMETER);
    for (unsigned entry = 0; entry < 8; entry++)
        entry_calls(entry, entry < 3 ? (int)entry : 0); /* nothing moved */
}

static void refuses_all(enum ndis_interrupt_wish wish)
{
    nic_add(20, wish, 4);
    nic_register(true);
    CHECK_EQ(set(0, 0), NDIS_STATUS_INVALID_PARAMETER);
    CHECK_EQ(mask(0), NDIS_STATUS_INVALID_PARAMETER);
    CHECK_EQ(unmask(0), NDIS_STATUS_INVALID_PARAMETER);
    nic_interrupt(0);
    CHECK_EQ(nic.of[0].isr, 1);
}

TEST_NT(a_line_has_no_table, "R-197 R-213")
{
    refuses_all(NDIS_WISH_LINE);
}

TEST_NT(msi_has_no_table, "R-197 R-213")
{
    refuses_all(NDIS_WISH_MSI);
}

TEST_NT(an_adapter_without_a_device_has_no_table, "R-213")
{
    nic.adapter = test_adapter();
    CHECK_EQ(mask(0), NDIS_STATUS_INVALID_PARAMETER);
}

static NDIS_STATUS with_header(uint8_t type, uint8_t revision, size_t size)
{
    NDIS_MSIX_CONFIG_PARAMETERS p = params(NdisMSIXTableConfigMaskTableEntry, 1, 0);
    ndis_header_set(&p.Header, type, revision, size);
    return NdisMConfigMSIXTableEntry(nic.adapter, &p);
}

TEST_NT(a_wrong_header_of_the_parameters_is_refused_with_what_was_expected, "R-197 R-206 R-207")
{
    card_with(4, 4);
    nic_register(true);
    size_t size = NDIS_SIZEOF_MSIX_CONFIG_PARAMETERS_REVISION_1;
    CHECK_EQ(with_header(NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT, 1, size),
             NDIS_STATUS_INVALID_PARAMETER);
    CHECK_HAS(violation_text("R-026"), "NDIS_MSIX_CONFIG_PARAMETERS: Header.Type is 0x");
    CHECK_HAS(violation_text("R-026"), "expected 0x80");
    CHECK_EQ(with_header(NDIS_OBJECT_TYPE_DEFAULT, 0, size), NDIS_STATUS_INVALID_PARAMETER);
    CHECK_HAS(violation_text("R-026"), "Header.Revision is 0, expected 1 to 1");
    CHECK_EQ(with_header(NDIS_OBJECT_TYPE_DEFAULT, 1, 8), NDIS_STATUS_INVALID_PARAMETER);
    CHECK_HAS(violation_text("R-026"), "Header.Size is 8, expected at least 16");
    CHECK_EQ(NdisMConfigMSIXTableEntry(nic.adapter, NULL), NDIS_STATUS_INVALID_PARAMETER);
    entry_calls(1, 1); /* not masked by any of these */
    CHECK_EQ(with_header(NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof(NDIS_MSIX_CONFIG_PARAMETERS)),
             NDIS_STATUS_SUCCESS);
    entry_calls(1, -1);
}

/* --- a device outside this process --- */

static int connect_fails(struct pci_function *fn, unsigned index, struct vector *vector)
{
    return -EIO;
}

static uint32_t read_config(struct pci_function *fn, unsigned offset, unsigned width)
{
    uint32_t value = 0;
    memcpy(&value, fn->config + offset, width);
    return value;
}

static void write_config(struct pci_function *fn, unsigned offset, unsigned width, uint32_t value)
{
    memcpy(fn->config + offset, &value, width);
}

TEST_NT(a_failure_of_the_bus_is_not_called_an_invalid_parameter, "R-198")
{
    card_with(4, 4);
    nic_register(true);
    struct pci_function_ops ops = card_ops;
    ops.config_read = read_config;
    ops.config_write = write_config;
    ops.message_connect = connect_fails;
    nic.card.fn.ops = &ops;
    nic.card.fn.interrupts->external = true; /* as QEMU's and VFIO's are */
    CHECK_EQ(set(1, 2), NDIS_STATUS_FAILURE);
    CHECK_EQ(mask(1), NDIS_STATUS_FAILURE);
    CHECK_EQ(set(1, 9), NDIS_STATUS_INVALID_PARAMETER);
}
