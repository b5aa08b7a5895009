/* SPDX-License-Identifier: MIT */
/* io.h - cancelling IRPs.
 *
 * Irp->CancelRoutine changes hands by atomic exchange (IoSetCancelRoutine); the one cancel spin
 * lock of the system is held while a cancel routine is entered, which releases it (WDK: Using the
 * System's Cancel Spin Lock). Any thread, IRQL <= DISPATCH_LEVEL. */
#pragma once
#include "nt/wdk.h"

VOID NTAPI IoAcquireCancelSpinLock(PKIRQL Irql);
VOID NTAPI IoReleaseCancelSpinLock(KIRQL Irql);
/* TRUE if the IRP had a cancel routine, which then was called. */
BOOLEAN NTAPI IoCancelIrp(PIRP Irp);

/* IoSetCancelRoutine for host code: returns the routine that was there. */
static inline PDRIVER_CANCEL irp_cancel_routine(PIRP irp, PDRIVER_CANCEL routine)
{
    return __atomic_exchange_n(&irp->CancelRoutine, routine, __ATOMIC_SEQ_CST);
}
