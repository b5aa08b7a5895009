/* SPDX-License-Identifier: MIT */
/* worker.c - what needs PASSIVE_LEVEL and the chip for itself: one work item, one job after the
 * other.
 *
 * ADAPTER.Worker holds the jobs asked for, WORKER_QUEUED while the work item is queued or runs, and
 * WORKER_CLOSED once halting has begun. All changes are interlocked, so a job may be asked for at
 * any IRQL up to DISPATCH_LEVEL and by anybody. */
#include "e1000e.h"

static NDIS_IO_WORKITEM_FUNCTION WorkerRoutine;

/* ---- Link ------------------------------------------------------------------------------------ */

/* Adapter->Link in NDIS's terms. Holds Lock. */
static VOID LinkStateFill(PADAPTER Adapter, PNDIS_LINK_STATE State)
{
    const LINK *Link = &Adapter->Link;

    NdisZeroMemory(State, sizeof(*State));
    State->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    State->Header.Revision = NDIS_LINK_STATE_REVISION_1;
    State->Header.Size = NDIS_SIZEOF_LINK_STATE_REVISION_1;
    State->AutoNegotiationFlags = NDIS_LINK_STATE_XMIT_LINK_SPEED_AUTO_NEGOTIATED |
                                  NDIS_LINK_STATE_RCV_LINK_SPEED_AUTO_NEGOTIATED |
                                  NDIS_LINK_STATE_DUPLEX_AUTO_NEGOTIATED |
                                  NDIS_LINK_STATE_PAUSE_FUNCTIONS_AUTO_NEGOTIATED;
    if (!Link->Up) {
        State->MediaConnectState = MediaConnectStateDisconnected;
        State->MediaDuplexState = MediaDuplexStateUnknown;
        State->XmitLinkSpeed = NDIS_LINK_SPEED_UNKNOWN;
        State->RcvLinkSpeed = NDIS_LINK_SPEED_UNKNOWN;
        State->PauseFunctions = NdisPauseFunctionsUnknown;
        return;
    }
    State->MediaConnectState = MediaConnectStateConnected;
    State->MediaDuplexState = Link->FullDuplex ? MediaDuplexStateFull : MediaDuplexStateHalf;
    State->XmitLinkSpeed = Link->MegabitsPerSecond * 1000000ull;
    State->RcvLinkSpeed = State->XmitLinkSpeed;
    switch (Link->FlowControl) {
    case FlowControlTx:
        State->PauseFunctions = NdisPauseFunctionsSendOnly;
        break;
    case FlowControlRx:
        State->PauseFunctions = NdisPauseFunctionsReceiveOnly;
        break;
    case FlowControlBoth:
        State->PauseFunctions = NdisPauseFunctionsSendAndReceive;
        break;
    default:
        State->PauseFunctions = NdisPauseFunctionsUnsupported;
        break;
    }
}

/* Take over a new state of the link, and tell NDIS if it is news. No status may be indicated before
 * MiniportInitializeEx has returned; MiniportRestart has us look again. */
static VOID LinkUpdate(PADAPTER Adapter, const LINK *New)
{
    NDIS_STATUS_INDICATION Indication;
    NDIS_LINK_STATE State;
    BOOLEAN Indicate;

    NdisAcquireSpinLock(&Adapter->Lock);
    Indicate =
        Adapter->State != AdapterInitializing &&
        (!Adapter->LinkIndicated || !NdisEqualMemory(&Adapter->Link, New, sizeof(Adapter->Link)));
    Adapter->Link = *New;
    if (Indicate) {
        Adapter->LinkIndicated = TRUE;
    }
    LinkStateFill(Adapter, &State);
    NdisReleaseSpinLock(&Adapter->Lock);

    if (Indicate) {
        NdisZeroMemory(&Indication, sizeof(Indication));
        Indication.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
        Indication.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1;
        Indication.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1;
        Indication.SourceHandle = Adapter->AdapterHandle;
        Indication.StatusCode = NDIS_STATUS_LINK_STATE;
        Indication.StatusBuffer = &State;
        Indication.StatusBufferSize = sizeof(State);
        NdisMIndicateStatusEx(Adapter->AdapterHandle, &Indication);
    }
}

/* ---- Jobs ------------------------------------------------------------------------------------ */

/* Get the frames back that the chip holds and may never send: only a reset takes them from it. */
static VOID FlushTransmitter(PADAPTER Adapter, NDIS_STATUS Status)
{
    AdapterStop(Adapter);
    TransmitAbort(Adapter, Status, TRUE);
    AdapterStart(Adapter, FALSE);
}

static VOID JobLink(PADAPTER Adapter)
{
    LINK New;

    PhyReadLink(&Adapter->Hw, Adapter->Config.FlowControl, &New);
    LinkUpdate(Adapter, &New);
    if (!New.Up && Adapter->Hw.Present && !TransmitIsIdle(Adapter)) {
        /* Without a link nothing leaves the ring, and protocols want their frames back. */
        FlushTransmitter(Adapter, NDIS_STATUS_MEDIA_DISCONNECTED);
    }
}

static VOID JobDrain(PADAPTER Adapter)
{
    ULONG Milliseconds;

    TransmitAbort(Adapter, NDIS_STATUS_PAUSED, FALSE);
    for (Milliseconds = 0; Milliseconds < 100; Milliseconds++) {
        if (!Adapter->PausePending || TransmitIsIdle(Adapter)) {
            return; /* what is left are frames that protocols will return */
        }
        NdisMSleep(1000);
    }
    FlushTransmitter(Adapter, NDIS_STATUS_PAUSED);
}

static VOID JobReset(PADAPTER Adapter)
{
    NDIS_STATUS Status = AdapterStop(Adapter); /* fails if the chip is gone */

    /* All sends come back before the reset is over. */
    TransmitAbort(Adapter, NDIS_STATUS_REQUEST_ABORTED, TRUE);
    AdapterStart(Adapter, FALSE);
    NdisMResetComplete(Adapter->AdapterHandle, Status, FALSE);
    NdisSetEvent(&Adapter->ResetIdle);
}

/* OID_PNP_SET_POWER. NDIS has paused us for it, and it must not fail. */
static VOID JobPower(PADAPTER Adapter)
{
    PNDIS_OID_REQUEST Request = InterlockedExchangePointer(&Adapter->PowerRequest, NULL);
    NDIS_DEVICE_POWER_STATE New;

    if (Request == NULL) {
        return;
    }
    New = *(PNDIS_DEVICE_POWER_STATE)Request->DATA.SET_INFORMATION.InformationBuffer;
    if (New == NdisDeviceStateD0 && Adapter->PowerState != NdisDeviceStateD0) {
        Adapter->Hw.Present = !Adapter->RemovalHandled;
        HwReset(&Adapter->Hw);
        Adapter->PowerState = New;
        AdapterStart(Adapter, TRUE);
    } else if (New != NdisDeviceStateD0 && Adapter->PowerState == NdisDeviceStateD0) {
        AdapterStop(Adapter); /* interrupts and DMA off */
        TransmitAbort(Adapter, NDIS_STATUS_PAUSED, TRUE);
        HwRelease(&Adapter->Hw);
        Adapter->PowerState = New;
        Adapter->Hw.Present = FALSE; /* */
    }
    NdisMOidRequestComplete(Adapter->AdapterHandle, Request, NDIS_STATUS_SUCCESS);
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
    TransmitAbort(Adapter, NDIS_STATUS_FAILURE, TRUE);
    NdisZeroMemory(&Down, sizeof(Down));
    LinkUpdate(Adapter, &Down);
}

/* ---- The work item --------------------------------------------------------------------------- */

static VOID WorkerRun(PADAPTER Adapter, LONG Jobs)
{
    if (Jobs & JOB_REMOVED) {
        JobRemoved(Adapter);
    }
    if (Jobs & JOB_RESET) {
        JobReset(Adapter);
    }
    if (Jobs & JOB_POWER) {
        JobPower(Adapter);
    }
    if (Jobs & JOB_RENEGOTIATE) {
        PhyStartLink(&Adapter->Hw, Adapter->Config.SpeedDuplex, Adapter->Config.FlowControl);
    }
    if (Jobs & (JOB_LINK | JOB_RENEGOTIATE)) {
        JobLink(Adapter);
    }
    if (Jobs & JOB_DRAIN) {
        JobDrain(Adapter);
    }
}

static VOID NTAPI WorkerRoutine(PVOID WorkItemContext, NDIS_HANDLE NdisIoWorkItemHandle)
{
    PADAPTER Adapter = WorkItemContext;

    UNREFERENCED_PARAMETER(NdisIoWorkItemHandle);

    for (;;) {
        LONG Before = InterlockedAnd(&Adapter->Worker, ~JOBS);

        if (Before & JOBS) {
            WorkerRun(Adapter, Before & JOBS);
        } else if (Before & WORKER_CLOSED) {
            NdisSetEvent(&Adapter->WorkerDone); /* the adapter may be gone right after */
            return;
        } else if (InterlockedCompareExchange(&Adapter->Worker, 0, WORKER_QUEUED) ==
                   WORKER_QUEUED) {
            return; /* nothing came in between, and the next request queues us again */
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
        NdisQueueIoWorkItem(Adapter->WorkItem, WorkerRoutine, Adapter);
    }
}

NDIS_STATUS WorkerOpen(PADAPTER Adapter)
{
    Adapter->WorkItem = NdisAllocateIoWorkItem(Adapter->AdapterHandle);
    return Adapter->WorkItem != NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
}

VOID WorkerClose(PADAPTER Adapter)
{
    if (Adapter->WorkItem == NULL) {
        return;
    }
    if (InterlockedOr(&Adapter->Worker, WORKER_CLOSED) & WORKER_QUEUED) {
        NdisWaitEvent(&Adapter->WorkerDone, 0);
    }
    NdisFreeIoWorkItem(Adapter->WorkItem);
    Adapter->WorkItem = NULL;
}
