/* SPDX-License-Identifier: MIT */
/* interrupt_register_test.c - NdisMRegisterInterruptEx: what it asks for, what it gives. */
#include "ndis/interrupt_test.h"

/* --- when it may be called --- */

TEST_NT(an_interrupt_registered_before_the_registration_attributes_is_refused, "R-002 R-003")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic.adapter->registration_set = false;
    nic_characteristics(false);
    CHECK(nic_try_register() != NDIS_STATUS_SUCCESS);
    CHECK_HAS(violation_text("R-003"),
              "NdisMRegisterInterruptEx before the registration attributes");
    CHECK(nic.adapter->interrupt == NULL);
    nic.adapter->registration_set = true;
    CHECK_EQ(nic_try_register(), NDIS_STATUS_SUCCESS);
}

TEST_NT(an_interrupt_is_registered_at_passive_level_only, "R-004")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic_characteristics(false);
    for (KIRQL level = APC_LEVEL; level <= DISPATCH_LEVEL; level++) {
        KIRQL old = irql_raise(level);
        CHECK(nic_try_register() != NDIS_STATUS_SUCCESS);
        irql_lower(old);
        CHECK_EQ(nt_test_violations("Irql_Interrupt_Function"), level);
    }
    CHECK_HAS(violation_text("Irql_Interrupt_Function"),
              "NdisMRegisterInterruptEx at DISPATCH_LEVEL, must be at PASSIVE_LEVEL");
    CHECK_EQ(nic_try_register(), NDIS_STATUS_SUCCESS);
}

TEST_NT(an_interrupt_registered_outside_of_initialize_is_reported, "R-001")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic.adapter->initialize_thread = NULL;
    nic_characteristics(false);
    nic_try_register();
    CHECK_HAS(violation_text("R-001"), "outside of MiniportInitializeEx");
}

TEST_NT(an_interrupt_is_registered_with_the_adapters_handle, "R-005")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic_characteristics(false);
    int other = 0;
    void *wrong[] = {NULL, &other, nic.adapter->driver};
    for (unsigned i = 0; i < 3; i++) {
        size_t before = test_violations();
        CHECK_EQ(NdisMRegisterInterruptEx(wrong[i], &nic.context, &nic.chars, &nic.handle),
                 NDIS_STATUS_INVALID_PARAMETER);
        CHECK_EQ(test_violations(), before + 1);
    }
    CHECK_EQ(NdisMRegisterInterruptEx(nic.adapter, &nic.context, &nic.chars, &nic.handle),
             NDIS_STATUS_SUCCESS);
}

TEST_NT(a_second_interrupt_of_an_adapter_is_refused_and_the_first_lives_on, "R-014")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic_register(false);
    NDIS_HANDLE second = NULL;
    CHECK(NdisMRegisterInterruptEx(nic.adapter, &nic.context, &nic.chars, &second) !=
          NDIS_STATUS_SUCCESS);
    CHECK(second == NULL);
    CHECK_EQ(nt_test_violations("NdisMRegisterInterruptEx"), 1);
    nic_interrupt(0);
    CHECK_EQ(nic.of[0].isr, 1);
}

/* --- the characteristics --- */

TEST_NT(each_line_handler_is_required, "R-006 R-052 R-082 R-133 R-134")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    for (unsigned i = 0; i < 4; i++) {
        nic_characteristics(false);
        void **handler[] = {(void **)&nic.chars.InterruptHandler,
                            (void **)&nic.chars.InterruptDpcHandler,
                            (void **)&nic.chars.DisableInterruptHandler,
                            (void **)&nic.chars.EnableInterruptHandler};
        *handler[i] = NULL;
        CHECK_EQ(nic_try_register(), NDIS_STATUS_BAD_CHARACTERISTICS);
        CHECK_EQ(nt_test_violations("R-006"), i + 1);
        static const char *const named[] = {"ISR (nil), DPC 0x", ", DPC (nil), disable 0x",
                                            ", disable (nil), enable 0x", ", enable (nil)"};
        CHECK_HAS(violation_text("R-006"), named[i]);
    }
    CHECK(nic.adapter->interrupt == NULL);
}

TEST_NT(message_handlers_do_not_replace_the_line_handlers, "R-008 X-04")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_characteristics(true);
    nic.chars.InterruptHandler = NULL;
    nic.chars.InterruptDpcHandler = NULL;
    nic.chars.EnableInterruptHandler = NULL;
    nic.chars.DisableInterruptHandler = NULL;
    CHECK_EQ(nic_try_register(), NDIS_STATUS_BAD_CHARACTERISTICS);
    CHECK_HAS(violation_text("R-006"), "required even when messages are supported");
}

TEST_NT(msi_support_needs_each_message_handler, "R-030 R-107 R-121 R-139 R-140 X-03")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    for (unsigned i = 0; i < 4; i++) {
        nic_characteristics(true);
        void **handler[] = {(void **)&nic.chars.MessageInterruptHandler,
                            (void **)&nic.chars.MessageInterruptDpcHandler,
                            (void **)&nic.chars.DisableMessageInterruptHandler,
                            (void **)&nic.chars.EnableMessageInterruptHandler};
        *handler[i] = NULL;
        CHECK_EQ(nic_try_register(), NDIS_STATUS_BAD_CHARACTERISTICS);
        CHECK_EQ(nt_test_violations("R-030"), i + 1);
    }
    CHECK(!pci_msix_enabled(&nic.card.fn));
    nic_register(true);
}

/* the descriptions call the message DPC and switch handlers required whenever an interrupt
 * is registered; the characteristics page, which is meant, asks for NULL without MSI. */
TEST_NT(without_msi_support_message_handlers_are_null, "R-031 R-032 X-03")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic_register(false);
    CHECK_NO_VIOLATION();
    NdisMDeregisterInterruptEx(nic.handle);

    for (unsigned i = 0; i < 4; i++) {
        nic_characteristics(false);
        void **handler[] = {(void **)&nic.chars.MessageInterruptHandler,
                            (void **)&nic.chars.MessageInterruptDpcHandler,
                            (void **)&nic.chars.DisableMessageInterruptHandler,
                            (void **)&nic.chars.EnableMessageInterruptHandler};
        *handler[i] = test_handler;
        CHECK_EQ(nic_try_register(), NDIS_STATUS_SUCCESS); /* reported, and works all the same */
        CHECK_EQ(nt_test_violations("R-032"), i + 1);
        NdisMDeregisterInterruptEx(nic.handle);
    }
}

TEST_NT(both_sizes_of_the_characteristics_are_accepted, "R-023 R-024 R-025 R-028")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    static const USHORT size[] = {NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1,
                                  sizeof(NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS),
                                  sizeof(NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS) + 32};
    for (unsigned i = 0; i < 3; i++) {
        nic_characteristics(false);
        nic.chars.Header.Size = size[i];
        CHECK_EQ(nic_try_register(), NDIS_STATUS_SUCCESS);
        NdisMDeregisterInterruptEx(nic.handle);
    }
    CHECK_NO_VIOLATION();
}

/* Revisions only append: what a later one adds is not looked at. */
TEST_NT(a_later_revision_of_the_characteristics_is_accepted, "R-029")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic_characteristics(false);
    nic.chars.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1 + 1;
    CHECK_EQ(nic_try_register(), NDIS_STATUS_SUCCESS);
    CHECK_NO_VIOLATION();
}

static void refused_header(const char *text)
{
    nic.handle = NULL;
    CHECK_EQ(nic_try_register(), NDIS_STATUS_BAD_CHARACTERISTICS);
    CHECK(nic.handle == NULL && nic.adapter->interrupt == NULL);
    CHECK_HAS(violation_text("R-026"), "NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS: ");
    CHECK_HAS(violation_text("R-026"), text);
}

TEST_NT(a_wrong_header_is_refused_with_what_was_expected, "R-023 R-024 R-025 R-026 R-028")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    char text[100];
    nic_characteristics(false);
    nic.chars.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    snprintf(text, sizeof(text), "Header.Type is 0x80, expected 0x%02x",
             NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT);
    refused_header(text);

    nic_characteristics(false);
    nic.chars.Header.Revision = 0;
    refused_header("Header.Revision is 0, expected 1 to 1");

    nic_characteristics(false);
    nic.chars.Header.Size = sizeof(NDIS_OBJECT_HEADER);
    snprintf(text, sizeof(text), "Header.Size is 4, expected at least %u for revision 1",
             (unsigned)NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1);
    refused_header(text);

    nic_characteristics(false);
    nic.chars.Header.Size--;
    refused_header("Header.Size is 95, expected at least 96");

    CHECK_EQ(NdisMRegisterInterruptEx(nic.adapter, &nic.context, NULL, &nic.handle),
             NDIS_STATUS_BAD_CHARACTERISTICS);
    CHECK_HAS(violation_text("R-026"), "the pointer is NULL");
}

/* Where there is no status to return. 0x7C/0x21 is Windows' code for it. */
TEST_NT_BUGCHECK(a_wrong_header_where_nothing_is_returned_is_a_bug_check, "R-027", 0x7C, 0x21)
{
    NDIS_STATUS_INDICATION status = {0};
    ndis_header_set(&status.Header, NDIS_OBJECT_TYPE_DEFAULT, NDIS_STATUS_INDICATION_REVISION_1,
                    NDIS_SIZEOF_STATUS_INDICATION_REVISION_1);
    NdisMIndicateStatusEx(test_adapter(), &status);
}

/* --- what it gives --- */

TEST_NT(a_registered_interrupt_has_a_handle_and_reaches_the_driver, "R-010 R-011 R-012 R-036 R-039")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    pci_config_write(&nic.card.fn, PCI_REG_COMMAND, 2,
                     pci_config_read(&nic.card.fn, PCI_REG_COMMAND, 2) | PCI_CMD_INTERRUPT_DISABLE);
    nic_characteristics(false);
    nic.chars.MessageInfoTable = (void *)&nic; /* what the driver's stack held */
    nic.chars.InterruptType = NDIS_CONNECT_MESSAGE_BASED;
    CHECK_EQ(nic_try_register(), NDIS_STATUS_SUCCESS);
    CHECK(nic.handle != NULL);
    CHECK_EQ(nic.chars.InterruptType, NDIS_CONNECT_LINE_BASED);
    CHECK(nic.chars.MessageInfoTable == NULL);
    nic_interrupt(0);
    CHECK_EQ(nic.of[0].isr, 1);
    CHECK_EQ(nic.of[0].dpc, 1);
    CHECK_NO_VIOLATION();
}

TEST_NT(messages_granted_are_listed_in_the_info_table, "R-011 R-036 R-038 R-042 R-043 R-044 R-046")
{
    nic_add(20, NDIS_WISH_MSIX, 5);
    nic_register(true);
    CHECK_EQ(nic.chars.InterruptType, NDIS_CONNECT_MESSAGE_BASED);
    const IO_INTERRUPT_MESSAGE_INFO *info = nic.chars.MessageInfoTable;
    CHECK(info != NULL);
    CHECK_EQ(info->MessageCount, 5);
    KIRQL highest = 0;
    for (ULONG i = 0; i < info->MessageCount; i++) {
        const IO_INTERRUPT_MESSAGE_INFO_ENTRY *e = &info->MessageInfo[i];
        CHECK_EQ(e->TargetProcessorSet, 1u << i % 2);
        CHECK(e->Irql >= DIRQL_MIN && e->Irql <= DIRQL_MAX);
        highest = e->Irql > highest ? e->Irql : highest;
        CHECK_EQ(e->Mode, Latched);
        CHECK_EQ(e->Polarity, InterruptActiveHigh);
        CHECK(e->InterruptObject != NULL);
        CHECK(e->Vector != 0);
        for (ULONG j = 0; j < i; j++) {
            CHECK(e->InterruptObject != info->MessageInfo[j].InterruptObject);
            CHECK(e->TargetProcessorSet != info->MessageInfo[j].TargetProcessorSet ||
                  e->Vector != info->MessageInfo[j].Vector);
        }
        /* The device's table holds the same address and data (PCI 3.0, 6.8.2)... */
        const uint32_t *word = nic.card.fn.interrupts->table[i].word;
        CHECK_EQ(word[0] | (uint64_t)word[1] << 32, (uint64_t)e->MessageAddress.QuadPart);
        CHECK_EQ(word[2], e->MessageData);
        /* ...and writing the one to the other is this message. */
        CHECK(interrupt_message_write((uint64_t)e->MessageAddress.QuadPart, e->MessageData));
        quiet();
        for (ULONG j = 0; j < info->MessageCount; j++)
            CHECK_EQ(nic.of[j].isr, j <= i);
    }
    CHECK_EQ(info->UnifiedIrql, highest);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_driver_that_writes_to_the_info_table_is_reported, "R-040")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_register(true);
    NdisMDeregisterInterruptEx(nic.handle);
    CHECK_NO_VIOLATION();
    nic_register(true);
    nic.chars.MessageInfoTable->MessageInfo[3].TargetProcessorSet = 1;
    NdisMDeregisterInterruptEx(nic.handle);
    CHECK_EQ(nt_test_violations("R-040"), 1);
}

TEST_NT(msi_messages_are_listed_in_the_info_table, "R-038 R-042 R-044")
{
    nic_add(20, NDIS_WISH_MSI, 4);
    nic_register(true);
    const IO_INTERRUPT_MESSAGE_INFO *info = nic.chars.MessageInfoTable;
    CHECK_EQ(nic.chars.InterruptType, NDIS_CONNECT_MESSAGE_BASED);
    CHECK_EQ(info->MessageCount, 8);
    for (ULONG i = 0; i < 8; i++) {
        CHECK_EQ(info->MessageInfo[i].TargetProcessorSet, info->MessageInfo[0].TargetProcessorSet);
        CHECK_EQ(info->MessageInfo[i].MessageData, info->MessageInfo[0].MessageData + i);
        nic_interrupt(i);
        CHECK_EQ(nic.of[i].isr, 1);
    }
}

TEST_NT(the_line_is_granted_to_a_driver_that_supports_messages, "R-018 R-036 R-037 R-039")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic_register(true);
    CHECK_EQ(nic.chars.InterruptType, NDIS_CONNECT_LINE_BASED);
    CHECK(nic.chars.MessageInfoTable == NULL);
    nic_interrupt(0);
    CHECK_EQ(nic.line_calls, 2); /* service routine and DPC */
    CHECK_EQ(nic.message_calls, 0);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_line_interrupt_cannot_be_registered_on_message_resources, "R-241")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_characteristics(false);
    CHECK(nic_try_register() != NDIS_STATUS_SUCCESS);
    CHECK_HAS(violation_text("R-241"), "the adapter was given 4 message resources");
    CHECK(nic.adapter->interrupt == NULL);
}

TEST_NT(without_interrupt_resources_registration_fails, "R-013")
{
    nic.adapter = test_adapter(); /* no device, so no grant */
    nic_characteristics(true);
    CHECK_EQ(nic_try_register(), NDIS_STATUS_RESOURCES);
    CHECK(nic.adapter->interrupt == NULL);
    CHECK_NO_VIOLATION(); /* nothing the driver could have known */
}

static BOOLEAN foreign_service(void *context)
{
    return FALSE;
}

TEST_NT(a_vector_that_is_taken_is_another_failure_and_leaves_nothing, "R-014")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    struct interrupt *foreign;
    struct interrupt_config exclusive = {.vector = nic.adapter->grant->message[2].vector,
                                         .service = foreign_service};
    CHECK_EQ(interrupt_connect(&exclusive, &foreign), 0);
    nic_characteristics(true);
    NDIS_STATUS status = nic_try_register();
    CHECK(status != NDIS_STATUS_SUCCESS && status != NDIS_STATUS_RESOURCES);
    CHECK(nic.handle == NULL);
    CHECK(nic.chars.MessageInfoTable == NULL);
    CHECK(nic.adapter->interrupt == NULL);
    CHECK(!pci_msix_enabled(&nic.card.fn));
    CHECK_EQ(ndis_interrupt_stats(nic.adapter)->registered, 0);
    /* The messages it had connected by then are free again. */
    interrupt_disconnect(foreign);
    nic_register(true);
}

TEST_NT(an_interrupt_can_be_registered_again_after_it_was_deregistered, "R-019")
{
    nic_add(20, NDIS_WISH_MSIX, 3);
    for (unsigned i = 1; i <= 3; i++) {
        nic_register(true);
        nic_interrupt(1);
        CHECK_EQ(nic.of[1].isr, i);
        NdisMDeregisterInterruptEx(nic.handle);
        pci_message_raise(&nic.card.fn, 1);
        dpc_flush();
        CHECK_EQ(nic.of[1].isr, i);
    }
    CHECK_EQ(ndis_interrupt_stats(nic.adapter)->registered, 3);
    CHECK_EQ(ndis_interrupt_stats(nic.adapter)->deregistered, 3);
    CHECK_EQ(ndis_interrupt_stats(nic.adapter)->message[1].isr, 3);
    CHECK_NO_VIOLATION();
}

/* --- interrupts during the call --- */

static bool returned;
static unsigned early;

static BOOLEAN early_isr(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    pci_intx_set(&nic.card.fn, false);
    early += !returned;
    return TRUE;
}

/* A card that interrupts as soon as it may, and waits until it has been heard. */
static void impatient(struct pci_function *fn, unsigned offset, unsigned width)
{
    if (returned || early || !pci_msix_enabled(fn))
        return;
    pci_message_raise(fn, 1);
    UNTIL(early);
}

TEST_NT(a_message_service_routine_may_run_before_registration_returns, "R-015 R-020")
{
    struct pci_function_ops ops = card_ops;
    ops.config_changed = impatient;
    nic_add(20, NDIS_WISH_MSIX, 2);
    nic.card.fn.ops = &ops;
    nic.isr = early_isr;
    nic_register(true);
    returned = true;
    CHECK_EQ(early, 1);
    CHECK_EQ(nic.of[1].isr, 1);
}

TEST_NT(a_line_service_routine_may_run_before_registration_returns, "R-015 R-020")
{
    nic_add(20, NDIS_WISH_LINE, 2);
    nic.isr = early_isr;
    pci_intx_set(&nic.card.fn, true); /* it interrupts before anybody listens */
    quiet();
    nic_register(false);
    returned = true;
    quiet();
    CHECK_EQ(early, 1);
    CHECK_EQ(nic.of[0].isr, 1);
}

/* --- how many messages --- */

static struct vector *taken[2][4096];
static unsigned taken_count[2];

/* Takes all vectors of both processors. */
static void use_up_vectors(void)
{
    for (unsigned cpu = 0; cpu < 2; cpu++)
        while ((taken[cpu][taken_count[cpu]] = vector_alloc(cpu, 5, Latched)) != NULL)
            taken_count[cpu]++;
}

/* Gives `n` vectors back, no two of them neighbours. */
static void give_back(unsigned cpu, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        vector_free(taken[cpu][10 + 2 * i]);
}

static void grant_with_few_vectors(enum ndis_interrupt_wish wish, unsigned first, unsigned second)
{
    use_up_vectors();
    give_back(0, first);
    give_back(1, second);
    nic_add(20, wish, 8);
    nic_register(true);
    CHECK_EQ(nic.adapter->grant->requested, 8);
    CHECK_EQ(nic.chars.MessageInfoTable->MessageCount, 1);
    nic_interrupt(0);
    CHECK_EQ(nic.of[0].isr, 1);
    /* No vector is left behind. */
    for (unsigned i = 1; i < first; i++)
        CHECK(vector_alloc(0, 5, Latched) != NULL);
    CHECK(vector_alloc(0, 5, Latched) == NULL);
    for (unsigned i = 0; i < second; i++)
        CHECK(vector_alloc(1, 5, Latched) != NULL);
}

TEST_NT(if_not_all_msix_messages_can_be_had_exactly_one_is, "R-051")
{
    grant_with_few_vectors(NDIS_WISH_MSIX, 3, 2);
}

TEST_NT(if_not_all_msi_messages_can_be_had_exactly_one_is, "R-051")
{
    grant_with_few_vectors(NDIS_WISH_MSI, 5, 0);
}

TEST_NT(if_no_message_can_be_had_the_line_is_granted, "R-018 R-037")
{
    nic_add(20, NDIS_WISH_LINE, 8); /* so that the line has its vector */
    nic_register(true);
    NdisMDeregisterInterruptEx(nic.handle);
    ndis_resources_release(nic.adapter);
    use_up_vectors();
    char err[200] = "";
    nic.adapter->wish.kind = NDIS_WISH_MSIX;
    CHECK_EQ(ndis_resources_start(nic.adapter, err, sizeof(err)), 0);
    nic_register(true);
    CHECK_EQ(nic.chars.InterruptType, NDIS_CONNECT_LINE_BASED);
    CHECK(nic.chars.MessageInfoTable == NULL);
}
