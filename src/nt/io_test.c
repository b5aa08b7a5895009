/* SPDX-License-Identifier: MIT */
#include "nt/nt_test.h"
#include "nt/wdk.h"

static void complete_twice(void *unused)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    IoSetNextIrpStackLocation(irp);
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    IofCompleteRequest(irp, IO_NO_INCREMENT);
}

TEST(completing_an_irp_twice_is_bug_check_44, "")
{
    struct machine_config config = {.cpus = 1};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run(complete_twice, NULL), MACHINE_BUGCHECK);
    CHECK_EQ(report_bugcheck()->code, 0x44); /* MULTIPLE_IRP_COMPLETE_REQUESTS */
}
