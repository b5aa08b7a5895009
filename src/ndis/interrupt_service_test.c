/* SPDX-License-Identifier: MIT */
/* interrupt_service_test.c - MiniportInterrupt and MiniportMessageInterrupt: how they are called,
 * and what their out parameters do. */
#define NT_TEST_CPUS 4
#include "ndis/interrupt_test.h"

/* --- the call --- */

TEST_NT(the_line_service_routine_runs_at_its_dirql_with_the_drivers_context,
        "R-010 R-053 R-055 R-083 R-085")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic_register(false);
    nic_interrupt(0);
    CHECK_EQ(nic.of[0].isr, 1);
    CHECK_EQ(nic.of[0].isr_irql, nic_irql(0));
    CHECK(nic.of[0].isr_irql >= DIRQL_MIN);
    CHECK_EQ(nic.of[0].dpc, 1);
    CHECK_EQ(nic.of[0].dpc_irql, DISPATCH_LEVEL);
    CHECK(nic.of[0].dpc_context == NULL);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    CHECK_NO_VIOLATION();
}

TEST_NT(each_message_calls_with_its_number_at_the_unified_irql,
        "R-010 R-043 R-045 R-046 R-108 R-109 R-122 R-123")
{
    nic_add(20, NDIS_WISH_MSIX, 6);
    nic_register(true);
    KIRQL unified = nic.chars.MessageInfoTable->UnifiedIrql;
    for (unsigned i = 0; i < 6; i++) {
        nic_interrupt(i);
        for (unsigned j = 0; j < 6; j++) {
            CHECK_EQ(nic.of[j].isr, j <= i);
            CHECK_EQ(nic.of[j].dpc, j <= i);
        }
        CHECK_EQ(nic.of[i].isr_irql, unified);
        CHECK(nic.of[i].isr_irql >= nic.chars.MessageInfoTable->MessageInfo[i].Irql);
        CHECK_EQ(nic.of[i].dpc_irql, DISPATCH_LEVEL);
        CHECK(nic.of[i].dpc_context == NULL);
    }
    CHECK_EQ(nic.line_calls, 0);
    CHECK_NO_VIOLATION();
}

TEST_NT(service_routine_and_default_dpc_run_on_the_interrupts_processor, "R-044 R-060 R-099")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_register(true);
    for (unsigned i = 0; i < 4; i++) {
        nic_interrupt(i);
        CHECK_EQ(nic.of[i].isr_cpus, 1u << i);
        CHECK_EQ(nic.of[i].dpc_cpus, 1u << i);
        CHECK_EQ(nic.chars.MessageInfoTable->MessageInfo[i].TargetProcessorSet, 1u << i);
    }
}

/* --- shared lines --- */

static struct counter neighbour;
static struct card other;

/* A second card on the same line, whose driver connects before or after ours. */
static void add_neighbour(void)
{
    card_init(&other);
    CHECK_EQ(pci_bus_add(&other.fn), 0);
    CHECK_EQ(pci_line_number(&other.fn), pci_line_number(&nic.card.fn));
    neighbour.claims = &other.fn;
    counter_connect(&neighbour, pci_line_vector(&other.fn));
}

TEST_NT(another_device_on_the_line_calls_the_service_routine_too, "R-021 R-055 R-056 R-057")
{
    pci_bus_share_lines(true);
    nic_add(20, NDIS_WISH_LINE, 4);
    nic_register(false);
    add_neighbour();
    pci_intx_set(&other.fn, true);
    quiet();
    CHECK_EQ(nic.of[0].isr, 1); /* asked, and said no */
    CHECK_EQ(nic.of[0].dpc, 0);
    CHECK_EQ(neighbour.count, 1); /* so its own driver was asked */
    CHECK_EQ(ndis_interrupt_stats(nic.adapter)->message[0].spurious, 1);

    nic_interrupt(0);
    CHECK_EQ(nic.of[0].isr, 2); /* claimed: nobody else is asked */
    CHECK_EQ(nic.of[0].dpc, 1);
    CHECK_EQ(neighbour.count, 1);
    CHECK_EQ(ndis_interrupt_stats(nic.adapter)->message[0].spurious, 1);
    CHECK_NO_VIOLATION();
}

TEST_NT(two_devices_that_interrupt_together_are_both_served, "R-021 R-055")
{
    pci_bus_share_lines(true);
    nic_add(20, NDIS_WISH_LINE, 4);
    add_neighbour();
    nic_register(false);
    KIRQL old = irql_raise(HIGH_LEVEL);
    pci_intx_set(&nic.card.fn, true);
    pci_intx_set(&other.fn, true);
    irql_lower(old);
    quiet();
    CHECK_EQ(nic.of[0].dpc, 1);
    CHECK_EQ(neighbour.count, 1);
}

static BOOLEAN never_mine(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    return FALSE;
}

TEST_NT(a_line_masked_by_a_storm_lives_again_for_a_driver_that_comes_later, "R-263")
{
    pci_bus_share_lines(true);
    nic_add(20, NDIS_WISH_LINE, 4);
    nic.isr = never_mine;
    nic_register(false);
    card_init(&other);
    CHECK_EQ(pci_bus_add(&other.fn), 0);
    pci_intx_set(&other.fn, true); /* its driver is not there yet */
    quiet();
    CHECK_EQ(nt_test_violations("R-263"), 1);
    neighbour.claims = &other.fn;
    counter_connect(&neighbour, pci_line_vector(&other.fn));
    quiet();
    CHECK_EQ(neighbour.count, 1);
    nic.isr = NULL;
    for (unsigned i = 1; i <= 3; i++) {
        nic_interrupt(0);
        CHECK_EQ(nic.of[0].dpc, i);
    }
}

/* --- the out parameters --- */

static struct {
    BOOLEAN ours, queue_default;
    ULONG targets;
    bool untouched;
} out;

static BOOLEAN says(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    CHECK_EQ(*queue_default, FALSE);
    CHECK_EQ(*targets, 0);
    pci_intx_set(&nic.card.fn, false);
    if (!out.untouched) {
        *queue_default = out.queue_default;
        *targets = out.targets;
    }
    return out.ours;
}

/* Both kinds of service routine, through every combination; `wish` decides which. */
static void out_parameters(enum ndis_interrupt_wish wish)
{
    nic_add(20, wish, 4);
    nic_register(true);
    nic.isr = says;
    unsigned message = wish == NDIS_WISH_LINE ? 0 : 2;
    unsigned own = 1u << vector_cpu(nic.adapter->grant->message[message].vector);
    struct nic_calls *calls = &nic.of[message];
    for (unsigned ours = 0; ours < 2; ours++)
        for (unsigned queue = 0; queue < 2; queue++)
            for (ULONG targets = 0; targets < 16; targets++) {
                out.ours = (BOOLEAN)ours;
                out.queue_default = (BOOLEAN)queue;
                out.targets = targets;
                calls->isr = calls->dpc = calls->dpc_cpus = 0;
                nic_interrupt(message);
                CHECK_EQ(calls->isr, 1);
                unsigned expected = queue ? own : targets;
                CHECK_EQ(calls->dpc, __builtin_popcount(expected));
                CHECK_EQ(calls->dpc_cpus, expected);
                CHECK(calls->dpc_context == NULL);
            }
    CHECK_NO_VIOLATION();
}

TEST_NT(the_line_service_routines_out_parameters_say_where_dpcs_run,
        "R-059 R-060 R-061 R-062 R-085")
{
    out_parameters(NDIS_WISH_LINE);
}

/* whether it says TRUE or FALSE (the pages differ on which it should), a message's DPCs are
 * queued, and FALSE is counted as spurious. */
TEST_NT(the_message_service_routines_out_parameters_say_where_dpcs_run,
        "R-060 R-061 R-062 R-112 R-123 X-02")
{
    out_parameters(NDIS_WISH_MSIX);
    CHECK_EQ(ndis_interrupt_stats(nic.adapter)->message[2].spurious, 32);
}

TEST_NT(processors_that_do_not_exist_get_no_dpc, "R-061")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_register(true);
    nic.isr = says;
    out.targets = 0xFFFFFFF2;
    nic_interrupt(0);
    CHECK_EQ(nic.of[0].dpc_cpus, 2);
    CHECK_EQ(nic.of[0].dpc, 1);
}

/* A driver that forgets to set them finds what NDIS put there: no DPC. */
TEST_NT(out_parameters_left_alone_queue_nothing, "R-062")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic_register(false);
    nic.isr = says;
    out.untouched = true;
    out.ours = TRUE;
    nic_interrupt(0);
    nic_interrupt(0);
    CHECK_EQ(nic.of[0].isr, 2);
    CHECK_EQ(nic.of[0].dpc, 0);
}

/* --- edges --- */

TEST_NT(a_message_is_an_edge_that_nobody_acknowledges, "R-049")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_register(true);
    nic.isr = never_mine; /* does nothing to the card */
    for (unsigned i = 1; i <= 3; i++) {
        nic_interrupt(1);
        CHECK_EQ(nic.of[1].isr, i);
    }
}

TEST_NT(identical_messages_in_a_short_time_are_one_call, "R-047")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_register(true);
    KIRQL old = irql_raise(HIGH_LEVEL);
    for (int i = 0; i < 5; i++)
        pci_message_raise(&nic.card.fn, 0);
    irql_lower(old);
    quiet();
    CHECK_EQ(nic.of[0].isr, 1);
    CHECK_EQ(nic.of[0].dpc, 1);
}

static BOOLEAN raises_itself_once(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    if (nic.of[message].isr == 1) {
        pci_message_raise(&nic.card.fn, message);
        turns(1);
        CHECK_EQ(nic.of[message].isr, 1); /* not on top of itself */
    }
    return TRUE;
}

TEST_NT(a_message_during_its_own_service_is_served_afterwards, "R-047 R-075")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_register(true);
    nic.isr = raises_itself_once;
    nic_interrupt(3);
    CHECK_EQ(nic.of[3].isr, 2);
}

/* --- levels --- */

static struct vector *high, *low;
static unsigned high_served, low_served;

static BOOLEAN serve_high(void *context)
{
    CHECK_EQ(irql_current(), DIRQL_MAX);
    high_served++;
    return TRUE;
}

static BOOLEAN serve_low(void *context)
{
    low_served++;
    return TRUE;
}

static BOOLEAN is_interrupted(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    vector_raise(low);
    turns(1);
    CHECK_EQ(low_served, 0);
    vector_raise(high);
    turns(1);
    CHECK_EQ(high_served, 1);
    CHECK_EQ(irql_current(), nic.chars.MessageInfoTable->UnifiedIrql);
    return TRUE;
}

TEST_NT(a_service_routine_is_interrupted_by_a_higher_dirql_only, "R-076")
{
    nic_add(20, NDIS_WISH_MSIX, 1);
    nic_register(true);
    struct interrupt *in;
    high = vector_alloc(0, DIRQL_MAX, Latched);
    low = vector_alloc(0, DIRQL_MIN, Latched);
    struct interrupt_config on_top = {.vector = high, .service = serve_high};
    struct interrupt_config below = {.vector = low, .service = serve_low};
    CHECK_EQ(interrupt_connect(&on_top, &in), 0);
    CHECK_EQ(interrupt_connect(&below, &in), 0);
    CHECK(nic.chars.MessageInfoTable->UnifiedIrql > DIRQL_MIN);
    nic.isr = is_interrupted;
    nic_interrupt(0);
    CHECK_EQ(nic.of[0].isr, 1);
    CHECK_EQ(low_served, 1);
}

static KIRQL leaves_at;

static BOOLEAN changes_irql(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    cpu_current()->irql = leaves_at;
    *queue_default = TRUE;
    return TRUE;
}

static void returns_at_another_level(KIRQL level)
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_register(true);
    nic.isr = changes_irql;
    leaves_at = level;
    nic_interrupt(0);
    CHECK_EQ(nt_test_violations("R-079"), 1);
    CHECK_HAS(violation_text("R-079"), "bug check 0xC4/0x111");
    CHECK_HAS(violation_text("R-079"), irql_name(level));
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    CHECK_EQ(nic.of[0].dpc, 1);
    CHECK_EQ(nic.of[0].dpc_irql, DISPATCH_LEVEL);
    nic.isr = NULL;
    nic_interrupt(0);
    CHECK_EQ(nic.of[0].isr, 2); /* all is as before */
}

TEST_NT(a_service_routine_that_returns_at_a_higher_irql_is_reported, "R-079 R-442")
{
    returns_at_another_level(HIGH_LEVEL);
}

TEST_NT(a_service_routine_that_returns_at_a_lower_irql_is_reported, "R-079 R-442")
{
    returns_at_another_level(DISPATCH_LEVEL);
}

/* --- several messages at once --- */

static _Atomic unsigned inside, at_once;

static BOOLEAN meets_another(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    inside++;
    UNTIL(inside == 3); /* three of them, on three processors */
    at_once++;
    return TRUE;
}

TEST_NT(messages_that_are_not_serialised_are_served_concurrently, "R-034")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_register(true);
    nic.isr = meets_another;
    for (unsigned i = 1; i <= 3; i++)
        pci_message_raise(&nic.card.fn, i);
    quiet();
    CHECK_EQ(at_once, 3);
}

static BOOLEAN must_be_alone(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    CHECK_EQ(++inside, 1);
    turns(50);
    CHECK_EQ(inside--, 1);
    return TRUE;
}

TEST_NT(serialised_messages_are_served_one_at_a_time, "R-033")
{
    nic_add(20, NDIS_WISH_MSIX, 8);
    nic_characteristics(true);
    nic.chars.MsiSyncWithAllMessages = TRUE;
    CHECK_EQ(nic_try_register(), NDIS_STATUS_SUCCESS);
    nic.isr = must_be_alone;
    for (unsigned round = 1; round <= 20; round++) {
        for (unsigned i = 8; i--;)
            pci_message_raise(&nic.card.fn, i);
        quiet();
        for (unsigned i = 0; i < 8; i++)
            CHECK_EQ(nic.of[i].isr, round);
    }
    CHECK_NO_VIOLATION();
}

static BOOLEAN starts_its_neighbour(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    inside++;
    if (message == 0) {
        pci_message_raise(&nic.card.fn, 1); /* of another processor */
        turns(1000);
        CHECK_EQ(inside, 1);
    }
    return TRUE;
}

TEST_NT(a_serialised_message_waits_for_one_on_another_processor, "R-033")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_characteristics(true);
    nic.chars.MsiSyncWithAllMessages = TRUE;
    CHECK_EQ(nic_try_register(), NDIS_STATUS_SUCCESS);
    nic.isr = starts_its_neighbour;
    nic_interrupt(0);
    CHECK_EQ(inside, 2);
}

/* One message is masked by the driver while its DPC is due; the others go on. */
static BOOLEAN masks_its_entry(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    CHECK_EQ(pci_msix_mask_entry(&nic.card.fn, message, true), 0);
    *queue_default = TRUE;
    return TRUE;
}

TEST_NT(masking_one_message_leaves_the_other_processors_messages_alone, "R-120")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_register(true);
    nic.isr = masks_its_entry;
    nic_interrupt(1);
    nic_interrupt(1);
    CHECK_EQ(nic.of[1].isr, 1);
    nic_interrupt(2);
    nic_interrupt(3);
    CHECK_EQ(nic.of[2].isr, 1);
    CHECK_EQ(nic.of[3].isr, 1);
    CHECK_EQ(pci_msix_mask_entry(&nic.card.fn, 1, false), 0);
    quiet();
    CHECK_EQ(nic.of[1].isr, 2);
}

/* The card's Interrupt Disable (PCI 3.0, 6.2.2) stands for the mask register of a real one. */
static void set_interrupts(bool on)
{
    uint32_t command = pci_config_read(&nic.card.fn, PCI_REG_COMMAND, 2);
    uint32_t off = PCI_CMD_INTERRUPT_DISABLE;
    pci_config_write(&nic.card.fn, PCI_REG_COMMAND, 2, on ? command & ~off : command | off);
}

static BOOLEAN disables_the_card(ULONG message, BOOLEAN *queue_default, ULONG *targets)
{
    set_interrupts(false);
    *queue_default = TRUE;
    return TRUE;
}

static unsigned isr_calls_in_dpc;

static void enables_the_card(ULONG message, void *context,
                             NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    turns(100); /* the pin is still up */
    isr_calls_in_dpc = nic.of[0].isr;
    if (nic.of[0].dpc == 3)
        pci_intx_set(&nic.card.fn, false);
    set_interrupts(true);
}

TEST_NT(a_card_that_was_disabled_interrupts_again_only_when_the_dpc_enables_it, "R-098 R-099")
{
    nic_add(20, NDIS_WISH_LINE, 4);
    nic_register(false);
    nic.isr = disables_the_card;
    nic.dpc = enables_the_card;
    nic_interrupt(0);
    while (nic.of[0].dpc < 3)
        quiet();
    CHECK_EQ(nic.of[0].isr, 3); /* one for each DPC, though the pin never fell in between */
    CHECK_EQ(isr_calls_in_dpc, 3);
    CHECK_EQ(nic.of[0].isr_cpus, nic.of[0].dpc_cpus);
    CHECK_NO_VIOLATION();
}

static unsigned busy[4]; /* no atomics: each belongs to one processor */

static void counts_without_atomics(ULONG message, void *context,
                                   NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    CHECK_EQ(busy[message]++, 0);
    if (nic.of[message].dpc < 20)
        pci_message_raise(&nic.card.fn, message); /* the next is queued while this one runs */
    turns(20);
    CHECK_EQ(--busy[message], 0);
}

TEST_NT(the_default_dpcs_of_a_message_never_overlap, "R-132")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_register(true);
    nic.dpc = counts_without_atomics;
    for (unsigned i = 0; i < 4; i++)
        pci_message_raise(&nic.card.fn, i);
    for (unsigned i = 0; i < 4; i++)
        while (nic.of[i].dpc < 20)
            quiet();
    quiet();
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(nic.of[i].dpc_cpus, 1u << i);
}

TEST_NT(a_service_routine_may_be_called_again_before_its_dpc, "")
{
    nic_add(20, NDIS_WISH_MSIX, 4);
    nic_register(true);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    for (unsigned i = 1; i <= 3; i++) {
        pci_message_raise(&nic.card.fn, 0);
        turns(1);
        CHECK_EQ(nic.of[0].isr, i);
        CHECK_EQ(nic.of[0].dpc, 0);
    }
    irql_lower(old);
    quiet();
    CHECK_EQ(nic.of[0].dpc, 1);
}

/* --- more processors than a ULONG has bits --- */

static void beyond_32(void *unused)
{
    nic_add(1, NDIS_WISH_MSIX, 4);
    nic_register(true);
    nic.isr = says;
    out.targets = 0xFFFFFFFF;
    nic_interrupt(0);
    CHECK_EQ(nic.of[0].dpc, 32);
    CHECK_EQ(nic.of[0].dpc_cpus, 0xFFFFFFFF);
}

TEST(target_processors_are_the_first_32, "R-063")
{
    static const struct machine_config config = {.cpus = 40, .deterministic = true, .seed = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(beyond_32, NULL), MACHINE_FINISHED);
}
