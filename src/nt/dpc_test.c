/* SPDX-License-Identifier: MIT */
#include "nt/dpc.h"
#include "nt/alarm.h"
#include "nt/irql.h"
#include "nt/nt_test.h"
#include "nt/pool.h"
#include "nt/processor.h"
#include "nt/thread.h"

#define TAG 0x74736574u /* "test" */

static VOID NTAPI nothing(PKDPC dpc, PVOID context, PVOID a, PVOID b)
{
}

/* Bug check 0xC7/1: a DPC object in memory where it may not be. */
TEST_NT_BUGCHECK(freeing_a_pool_block_with_a_queued_dpc_stops, "", 0xC7, 1)
{
    KDPC *dpc = ExAllocatePoolWithTag(NonPagedPool, sizeof *dpc, TAG);
    KeInitializeDpc(dpc, nothing, NULL);
    irql_raise(DISPATCH_LEVEL);
    CHECK(KeInsertQueueDpc(dpc, NULL, NULL));
    ExFreePoolWithTag(dpc, TAG);
}

TEST_NT_BUGCHECK(initialising_a_queued_dpc_again_stops, "", 0xC7, 1)
{
    static KDPC dpc, next;
    KeInitializeDpc(&dpc, nothing, NULL);
    KeInitializeDpc(&next, nothing, NULL);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeInsertQueueDpc(&next, NULL, NULL);
    KeInitializeDpc(&dpc, nothing, NULL);
    irql_lower(old);
}
