/* SPDX-License-Identifier: MIT */
/* throttle_test.c - receive side throttle: how much a DPC may indicate, and being called again. */
#include "ndis/interrupt_test.h"

static ULONG limit_seen;
static _Atomic unsigned wants_more; /* how many more calls the DPC asks for */

static void asks_for_more(ULONG message, void *context, NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    limit_seen = throttle->MaxNblsToIndicate;
    CHECK_EQ(throttle->MoreNblsPending, FALSE); /* each call anew */
    if (wants_more) {
        wants_more--;
        throttle->MoreNblsPending = TRUE;
    }
}

static void messages(unsigned minor)
{
    nic_add(minor, NDIS_WISH_MSIX, 4);
    nic_register(true);
}

TEST_NT(without_a_limit_a_dpc_may_indicate_all, "R-086 R-124 R-185")
{
    messages(20);
    nic.dpc = asks_for_more;
    limit_seen = 1;
    nic_interrupt(1);
    CHECK(nic.of[1].throttle != NULL);
    CHECK_EQ(limit_seen, (ULONG)NDIS_INDICATE_ALL_NBLS);
}

TEST_NT(the_limit_is_handed_to_the_dpc, "R-086 R-124 R-184")
{
    messages(20);
    nic.dpc = asks_for_more;
    ndis_throttle_limit = 7;
    nic_interrupt(1);
    CHECK_EQ(limit_seen, 7);
    ndis_throttle_limit = 1;
    nic_interrupt(1);
    CHECK_EQ(limit_seen, 1);
}

TEST_NT(the_line_dpc_is_throttled_as_well, "R-086 R-184")
{
    nic_add(30, NDIS_WISH_LINE, 4);
    nic_register(false);
    nic.dpc = asks_for_more;
    ndis_throttle_limit = 9;
    wants_more = 2;
    nic_interrupt(0);
    UNTIL(nic.of[0].dpc == 3);
    CHECK_EQ(limit_seen, 9);
}

static void reserved(unsigned minor)
{
    messages(minor);
    ndis_throttle_limit = 7;
    nic_interrupt(1);
    CHECK_EQ(nic.of[1].dpc, 1);
    CHECK(nic.of[1].throttle == NULL);
}

TEST_NT(a_driver_before_6_20_gets_no_throttle_parameters, "R-086 R-124")
{
    reserved(1);
}

TEST_NT(an_ndis_6_0_driver_gets_no_throttle_parameters, "R-086 R-124")
{
    reserved(0);
}

TEST_NT(a_dpc_with_more_pending_is_called_again, "R-189")
{
    messages(20);
    nic.dpc = asks_for_more;
    ndis_throttle_limit = 4;
    wants_more = 5;
    nic_interrupt(1);
    while (nic.of[1].dpc < 6)
        quiet();
    quiet();
    CHECK_EQ(nic.of[1].dpc, 6);
    CHECK_EQ(nic.of[1].isr, 1);
    CHECK_EQ(nic.of[1].dpc_cpus, 1 << 1); /* on the processor it ran on */
    const struct ndis_message_stats *stats = &ndis_interrupt_stats(nic.adapter)->message[1];
    CHECK_EQ(stats->dpc, 6);
    CHECK_EQ(stats->throttled, 5);
}

/* Whatever the limit was: what matters is that no packet is forgotten. */
TEST_NT(more_pending_counts_without_a_limit_too, "R-189")
{
    messages(20);
    nic.dpc = asks_for_more;
    wants_more = 1;
    nic_interrupt(0);
    while (nic.of[0].dpc < 2)
        quiet();
    CHECK_EQ(nic.of[0].dpc, 2);
}

TEST_NT(a_dpc_with_nothing_pending_is_not_called_again, "R-189")
{
    messages(20);
    nic.dpc = asks_for_more;
    nic_interrupt(0);
    quiet();
    CHECK_EQ(nic.of[0].dpc, 1);
    CHECK_EQ(ndis_interrupt_stats(nic.adapter)->message[0].throttled, 0);
}

TEST_NT(the_repeated_call_has_the_callers_context, "R-084 R-189")
{
    int mine = 0;
    messages(20);
    nic.dpc = asks_for_more;
    wants_more = 1;
    NdisMQueueDpc(nic.handle, 1, 1, &mine);
    while (nic.of[1].dpc < 2)
        quiet();
    CHECK(nic.of[1].dpc_context == &mine);
}

/* Packets that come as fast as they are indicated: the processor's threads get on all the same. */
TEST_NT(a_dpc_that_always_asks_again_leaves_its_processor_to_threads, "R-189")
{
    messages(20);
    nic.dpc = asks_for_more;
    wants_more = UINT32_MAX;
    pci_message_raise(&nic.card.fn, 0); /* of this thread's processor */
    while (nic.of[0].dpc < 10)
        thread_sleep(1000);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    wants_more = 0;
}

TEST_NT(another_message_is_served_between_repeated_calls, "R-189")
{
    messages(20);
    nic.dpc = asks_for_more;
    wants_more = UINT32_MAX;
    pci_message_raise(&nic.card.fn, 1);
    UNTIL(nic.of[1].dpc >= 3);
    wants_more = 0;
    nic_interrupt(3); /* of the same processor */
    CHECK_EQ(nic.of[3].isr, 1);
    CHECK_EQ(nic.of[3].dpc, 1);
}
