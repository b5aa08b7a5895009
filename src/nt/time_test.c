/* SPDX-License-Identifier: MIT */
#include "nt/dpc.h"
#include "nt/irql.h"
#include "nt/nt_test.h"
#include "nt/processor.h"
#include "nt/thread.h"
#include "nt/time.h"

NTSTATUS NTAPI KeQueryDpcWatchdogInformation(PKDPC_WATCHDOG_INFORMATION WatchdogInformation);

TEST_NT(the_dpc_watchdog_can_be_asked_at_dispatch_level_only, "")
{
    KDPC_WATCHDOG_INFORMATION info;
    memset(&info, 0xff, sizeof info);
    CHECK_EQ(KeQueryDpcWatchdogInformation(&info), STATUS_UNSUCCESSFUL);
    CHECK_EQ(info.DpcWatchdogLimit, 0xffffffff);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    CHECK_EQ(KeQueryDpcWatchdogInformation(&info), STATUS_SUCCESS);
    irql_lower(old);
    CHECK_EQ(info.DpcTimeLimit, 0);
    CHECK_EQ(info.DpcWatchdogLimit, 10000000000ull / 15625000); /* machine.h: 10 s unless told */
    CHECK(info.DpcWatchdogCount <= info.DpcWatchdogLimit);
}

TEST_NT(the_dpc_watchdog_counts_down_until_the_processor_is_below_dispatch_level, "")
{
    KDPC_WATCHDOG_INFORMATION first, later, again;
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    CHECK_EQ(KeQueryDpcWatchdogInformation(&first), STATUS_SUCCESS);
    for (int i = 0; i < 400; i++)
        KeStallExecutionProcessor(100);
    CHECK_EQ(KeQueryDpcWatchdogInformation(&later), STATUS_SUCCESS);
    irql_lower(old);
    old = irql_raise(DISPATCH_LEVEL);
    CHECK_EQ(KeQueryDpcWatchdogInformation(&again), STATUS_SUCCESS);
    irql_lower(old);
    CHECK(later.DpcWatchdogCount + 2 <= first.DpcWatchdogCount); /* 40 ms are more than two ticks */
    CHECK_EQ(again.DpcWatchdogCount, first.DpcWatchdogCount);
}

TEST_NT(without_ndis_only_dpcs_have_a_longest_stall, "R-103")
{
    KeStallExecutionProcessor(200);
    CHECK_EQ(nt_test_violations("R-103"), 0);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    KeStallExecutionProcessor(100);
    CHECK_EQ(nt_test_violations("R-103"), 0);
    KeStallExecutionProcessor(101);
    irql_lower(old);
    CHECK_EQ(nt_test_violations("R-103"), 1);
    CHECK_EQ(nt_test_violations("R-314"), 0);
}

TEST_NT(a_stall_limit_holds_at_every_irql, "R-314")
{
    nt_stall_limit_us = 50;
    KeStallExecutionProcessor(50);
    CHECK_EQ(nt_test_violations("R-314"), 0);
    KeStallExecutionProcessor(51);
    CHECK_EQ(nt_test_violations("R-314"), 1);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    KeStallExecutionProcessor(101);
    irql_lower(old);
    CHECK_EQ(nt_test_violations("R-314"), 2);
    CHECK_EQ(nt_test_violations("R-103"), 0); /* one finding for one call */
}
