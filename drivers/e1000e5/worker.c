/* SPDX-License-Identifier: MIT */
/* worker.c - what needs PASSIVE_LEVEL and the chip for itself: one work item, one job after the
 * other.
 *
 * ADAPTER.Worker holds the jobs asked for, WORKER_QUEUED while the work item is scheduled or runs,
 * and WORKER_CLOSED once halting has begun. All changes are interlocked, so a job may be asked for
 * at any IRQL up to DISPATCH_LEVEL and by anybody. */
#include "e1000e5.h"

/* ---- Jobs ------------------------------------------------------------------------------------ */

/* Take over a new state of the link, and tell NDIS if it went up or down. */
static VOID LinkUpdate(PADAPTER Adapter, const LINK *New)
{
    BOOLEAN Changed;

    NdisAcquireSpinLock(&Adapter->Lock);
    Changed = Adapter->Link.Up != New->Up;
    Adapter->Link = *New;
    NdisReleaseSpinLock(&Adapter->Lock);

    if (Changed) {
        NdisMIndicateStatus(Adapter->AdapterHandle,
                            New->Up ? NDIS_STATUS_MEDIA_CONNECT : NDIS_STATUS_MEDIA_DISCONNECT,
                            NULL, 0);
        NdisMIndicateStatusComplete(Adapter->AdapterHandle);
    }
}

static VOID JobLink(PADAPTER Adapter)
{
    LINK New;

    PhyReadLink(&Adapter->Hw, Adapter->Config.FlowControl, &New);
    LinkUpdate(Adapter, &New);
    if (!New.Up && Adapter->Hw.Present && !TransmitIsIdle(Adapter)) {
        /* Without a link nothing leaves the ring, and protocols want their packets back. */
        AdapterStop(Adapter);
        TransmitAbort(Adapter, NDIS_STATUS_NO_CABLE);
        AdapterStart(Adapter, FALSE);
    }
}

static VOID JobReset(PADAPTER Adapter)
{
    NDIS_STATUS Status = AdapterStop(Adapter); /* fails if the chip is gone */
    KIRQL OldIrql;

    /* All sends come back before the reset is over. */
    TransmitAbort(Adapter, NDIS_STATUS_REQUEST_ABORTED);
    AdapterStart(Adapter, FALSE);

    NDIS_RAISE_IRQL_TO_DISPATCH(&OldIrql); /* what was pended is completed at DISPATCH_LEVEL */
    NdisMResetComplete(Adapter->AdapterHandle, Status, FALSE);
    NDIS_LOWER_IRQL(OldIrql, DISPATCH_LEVEL);
}

/* OID_PNP_SET_POWER, which must not fail. */
static VOID JobPower(PADAPTER Adapter)
{
    NDIS_DEVICE_POWER_STATE New = Adapter->PowerWanted;
    KIRQL OldIrql;

    if (New == NdisDeviceStateD0 && Adapter->PowerState != NdisDeviceStateD0) {
        Adapter->Hw.Present = !Adapter->RemovalHandled;
        HwReset(&Adapter->Hw);
        Adapter->PowerState = New;
        AdapterStart(Adapter, TRUE);
    } else if (New != NdisDeviceStateD0 && Adapter->PowerState == NdisDeviceStateD0) {
        AdapterStop(Adapter); /* interrupts and DMA off */
        TransmitAbort(Adapter, NDIS_STATUS_REQUEST_ABORTED);
        HwRelease(&Adapter->Hw);
        Adapter->PowerState = New;
        Adapter->Hw.Present = FALSE;
    }
    NDIS_RAISE_IRQL_TO_DISPATCH(&OldIrql);
    NdisMSetInformationComplete(Adapter->AdapterHandle, NDIS_STATUS_SUCCESS);
    NDIS_LOWER_IRQL(OldIrql, DISPATCH_LEVEL);
}

static VOID JobRemoved(PADAPTER Adapter)
{
    LINK Down;

    if (Adapter->RemovalHandled) {
        return;
    }
    Adapter->RemovalHandled = TRUE;
    Adapter->Hw.Present = FALSE;
    InterruptBlock(Adapter);
    ReceiveStop(Adapter);
    TransmitStop(Adapter);
    TransmitAbort(Adapter, NDIS_STATUS_FAILURE);
    NdisZeroMemory(&Down, sizeof(Down));
    LinkUpdate(Adapter, &Down);
}

/* ---- The work item --------------------------------------------------------------------------- */

static VOID NTAPI WorkerRoutine(PNDIS_WORK_ITEM WorkItem, PVOID Context)
{
    PADAPTER Adapter = Context;

    UNREFERENCED_PARAMETER(WorkItem);

    for (;;) {
        LONG Before = InterlockedAnd(&Adapter->Worker, ~JOBS);

        if (Before & JOB_REMOVED) {
            JobRemoved(Adapter);
        }
        if (Before & JOB_RESET) {
            JobReset(Adapter);
        }
        if (Before & JOB_POWER) {
            JobPower(Adapter);
        }
        if (Before & JOB_LINK) {
            JobLink(Adapter);
        }
        if (Before & JOBS) {
            continue;
        }
        if (Before & WORKER_CLOSED) {
            NdisSetEvent(&Adapter->WorkerDone); /* the adapter may be gone right after */
            return;
        }
        if (InterlockedCompareExchange(&Adapter->Worker, 0, WORKER_QUEUED) == WORKER_QUEUED) {
            return; /* nothing came in between, and the next request schedules us again */
        }
    }
}

VOID WorkerRequest(PADAPTER Adapter, LONG Jobs)
{
    LONG Before = Adapter->Worker;

    for (;;) {
        LONG Seen;

        if (Before & WORKER_CLOSED) {
            return;
        }
        Seen = InterlockedCompareExchange(&Adapter->Worker, Before | Jobs | WORKER_QUEUED, Before);
        if (Seen == Before) {
            break;
        }
        Before = Seen;
    }
    if (!(Before & WORKER_QUEUED)) {
        NdisInitializeWorkItem(&Adapter->WorkItem, WorkerRoutine, Adapter);
        NdisScheduleWorkItem(&Adapter->WorkItem);
    }
}

VOID WorkerClose(PADAPTER Adapter)
{
    if (InterlockedOr(&Adapter->Worker, WORKER_CLOSED) & WORKER_QUEUED) {
        NdisWaitEvent(&Adapter->WorkerDone, 0);
    }
}
