/* SPDX-License-Identifier: MIT */
/* adapter.c - the life of an adapter: initialize, pause, restart, reset, hang, removal, halt.
 *
 * Whatever needs the chip for itself once interrupts are running (a reset, a power change, the PHY)
 * is a job of the worker, worker.c; so those never run at the same time. */
#include "e1000e.h"

/* ---- Who is in the data path ----------------------------------------------------------------- */

BOOLEAN AdapterEnter(PADAPTER Adapter, LONG Count)
{
    /* Count first, look afterwards: MiniportPause does it the other way round, so that one of the
     * two always sees the other. */
    InterlockedExchangeAdd(&Adapter->Users, Count);
    if (Adapter->State == AdapterRunning) {
        return TRUE;
    }
    AdapterLeave(Adapter, Count);
    return FALSE;
}

/* The last one out ends a pause. TRUE: that was us, and NDIS has to be told. */
static BOOLEAN AdapterDrop(PADAPTER Adapter, LONG Count)
{
    if (InterlockedExchangeAdd(&Adapter->Users, -Count) != Count ||
        InterlockedExchange(&Adapter->PausePending, FALSE) == FALSE) {
        return FALSE;
    }
    InterlockedExchange(&Adapter->State, AdapterPaused);
    return TRUE;
}

VOID AdapterLeave(PADAPTER Adapter, LONG Count)
{
    NDIS_HANDLE AdapterHandle = Adapter->AdapterHandle;

    if (AdapterDrop(Adapter, Count)) {
        NdisMPauseComplete(AdapterHandle);
    }
}

/* ---- The chip as a whole --------------------------------------------------------------------- */

NDIS_STATUS AdapterStop(PADAPTER Adapter)
{
    InterruptBlock(Adapter);
    ReceiveStop(Adapter);
    TransmitStop(Adapter);
    return HwReset(&Adapter->Hw);
}

NDIS_STATUS AdapterStart(PADAPTER Adapter, BOOLEAN Negotiate)
{
    PHARDWARE Hw = &Adapter->Hw;
    NDIS_STATUS Status = NDIS_STATUS_SUCCESS;

    HwInitialize(Hw, Adapter->Config.PriorityVlanTag != 0);
    ReceiveStart(Adapter);
    TransmitStart(Adapter);
    if (Negotiate) {
        Status = PhyStartLink(Hw, Adapter->Config.SpeedDuplex, Adapter->Config.FlowControl);
    }

    NdisAcquireSpinLock(&Adapter->Lock);
    HwSetAddress(Hw, Adapter->CurrentAddress);
    HwSetMulticastList(Hw, &Adapter->MulticastList[0][0], Adapter->MulticastCount);
    RssProgram(Adapter);
    ReceiveSetFilter(Adapter);
    NdisReleaseSpinLock(&Adapter->Lock);

    if (Adapter->NdisInterruptHandle != NULL) {
        InterruptProgram(Adapter);
        InterruptUnblock(Adapter);
    }
    TransmitResume(Adapter);
    WorkerRequest(Adapter, JOB_LINK);
    return Status;
}

/* ---- Initialize and halt --------------------------------------------------------------------- */

/* The start list can only be of our device, but the registers are ours only on this chip. */
static NDIS_STATUS AdapterCheckDevice(PADAPTER Adapter)
{
    USHORT Ids[2]; /* configuration space starts with the vendor's and the device's */

    if (NdisMGetBusData(Adapter->AdapterHandle, PCI_WHICHSPACE_CONFIG, 0, Ids, sizeof(Ids)) !=
            sizeof(Ids) ||
        Ids[0] != E1000_PCI_VENDOR_ID || Ids[1] != E1000_PCI_DEVICE_ID) {
        return NDIS_STATUS_ADAPTER_NOT_FOUND;
    }
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS AdapterOpenHardware(PADAPTER Adapter)
{
    PHARDWARE Hw = &Adapter->Hw;
    NDIS_STATUS Status;
    PVOID Registers;

    Status =
        NdisMMapIoSpace(&Registers, Adapter->AdapterHandle, Adapter->Resources.RegistersPhysical,
                        Adapter->Resources.RegistersLength);
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }
    Hw->Registers = Registers;
    Hw->Present = TRUE;

    Status = HwReset(Hw);
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }
    if (HwReadPermanentAddress(Hw) != NDIS_STATUS_SUCCESS) {
        return NDIS_STATUS_HARD_ERRORS;
    }
    NdisMoveMemory(Adapter->CurrentAddress,
                   Adapter->Config.AddressOverridden ? Adapter->Config.Address
                                                     : Hw->PermanentAddress,
                   ETHERNET_ADDRESS_LENGTH);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS AdapterOpenDma(PADAPTER Adapter)
{
    NDIS_SG_DMA_DESCRIPTION Dma;
    NDIS_STATUS Status;

    NdisZeroMemory(&Dma, sizeof(Dma));
    Dma.Header.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION;
    Dma.Header.Revision = NDIS_SG_DMA_DESCRIPTION_REVISION_1;
    Dma.Header.Size = NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1;
    Dma.Flags = NDIS_SG_DMA_64_BIT_ADDRESS;
    Dma.MaximumPhysicalMapping = Adapter->MaxFrame + VLAN_TAG_LENGTH;
    Dma.ProcessSGListHandler = MiniportProcessSGList;
    Status = NdisMRegisterScatterGatherDma(Adapter->AdapterHandle, &Dma, &Adapter->DmaHandle);
    if (Status != NDIS_STATUS_SUCCESS) {
        Adapter->DmaHandle = NULL;
        return Status;
    }
    Adapter->SgListSize = Dma.ScatterGatherListSize;
    return NDIS_STATUS_SUCCESS;
}

/* Undo all of MiniportInitializeEx, the last step first; of a half-done one too. */
static VOID AdapterFree(PADAPTER Adapter)
{
    if (Adapter->NdisInterruptHandle != NULL) {
        InterruptBlock(Adapter); /* */
        InterruptDeregister(Adapter);
    }
    WorkerClose(Adapter);
    if (Adapter->Hw.Registers != NULL) {
        HwReset(&Adapter->Hw);
        HwRelease(&Adapter->Hw);
    }
    TransmitFree(Adapter);
    ReceiveFree(Adapter);
    if (Adapter->DmaHandle != NULL) {
        NdisMDeregisterScatterGatherDma(Adapter->DmaHandle);
    }
    Adapter->Hw.Present =
        FALSE; /* a shutdown that comes in the middle of this finds nothing */
    if (Adapter->Hw.Registers != NULL) {
        NdisMUnmapIoSpace(Adapter->AdapterHandle, Adapter->Hw.Registers,
                          Adapter->Resources.RegistersLength);
    }
    NdisFreeSpinLock(&Adapter->Lock);
    NdisFreeMemory(Adapter, 0, 0);
}

/* Everything up to the interrupt, in the order that the WDK gives. *ErrorCode is what goes
 * into the event log if it fails. */
static NDIS_STATUS AdapterPrepare(PADAPTER Adapter, PNDIS_MINIPORT_INIT_PARAMETERS Parameters,
                                  NDIS_ERROR_CODE *ErrorCode)
{
    NDIS_STATUS Status;

    *ErrorCode = NDIS_ERROR_CODE_INVALID_VALUE_FROM_ADAPTER;
    Status = AttributesSetRegistration(Adapter); /* before any resource is claimed */
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = ConfigurationRead(Adapter->AdapterHandle, &Adapter->Config);
    }
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }

    *ErrorCode = NDIS_ERROR_CODE_RESOURCE_CONFLICT;
    Status = ResourcesParse(Parameters->AllocatedResources, &Adapter->Resources);
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }
    Adapter->RxQueueCount = Adapter->Config.Rss ? Adapter->Config.RssQueues : 1;
    if (Adapter->Resources.Messages == MESSAGES_WANTED - 1) {
        Adapter->RxQueueCount = 1; /* one message per queue, or one queue */
    }
    Adapter->MaxFrame = Adapter->Config.JumboPacket;
    if (Adapter->MaxFrame + VLAN_TAG_LENGTH + ETHERNET_CRC_LENGTH <= 2048) {
        Adapter->RxBufferSize = 2048;
    } else if (Adapter->MaxFrame + VLAN_TAG_LENGTH + ETHERNET_CRC_LENGTH <= 4096) {
        Adapter->RxBufferSize = 4096;
    } else {
        Adapter->RxBufferSize = 16384;
    }
    Adapter->Lookahead = Adapter->MaxFrame - ETHERNET_HEADER_LENGTH;

    *ErrorCode = NDIS_ERROR_CODE_ADAPTER_NOT_FOUND;
    Status = AdapterCheckDevice(Adapter);
    if (Status == NDIS_STATUS_SUCCESS) {
        *ErrorCode = NDIS_ERROR_CODE_HARDWARE_FAILURE;
        Status = AdapterOpenHardware(Adapter);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        *ErrorCode = NDIS_ERROR_CODE_INVALID_VALUE_FROM_ADAPTER;
        Status = AttributesSetGeneral(Adapter);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = OffloadSetAttributes(Adapter);
    }
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }

    *ErrorCode = NDIS_ERROR_CODE_OUT_OF_RESOURCES;
    Status = WorkerOpen(Adapter);
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = AdapterOpenDma(Adapter);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = ReceiveAllocate(Adapter);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = TransmitAllocate(Adapter);
    }
    return Status;
}

NDIS_STATUS NTAPI MiniportInitializeEx(NDIS_HANDLE NdisMiniportHandle,
                                       NDIS_HANDLE MiniportDriverContext,
                                       PNDIS_MINIPORT_INIT_PARAMETERS MiniportInitParameters)
{
    NDIS_ERROR_CODE ErrorCode;
    NDIS_STATUS Status;
    PADAPTER Adapter;

    UNREFERENCED_PARAMETER(MiniportDriverContext);

    Adapter = NdisAllocateMemoryWithTagPriority(NdisMiniportHandle, sizeof(*Adapter), POOL_TAG,
                                                NormalPoolPriority);
    if (Adapter == NULL) {
        NdisWriteErrorLogEntry(NdisMiniportHandle, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 0);
        return NDIS_STATUS_RESOURCES;
    }
    NdisZeroMemory(Adapter, sizeof(*Adapter));
    Adapter->AdapterHandle = NdisMiniportHandle;
    Adapter->State = AdapterInitializing;
    Adapter->PowerState = NdisDeviceStateD0;
    NdisAllocateSpinLock(&Adapter->Lock);
    NdisInitializeEvent(&Adapter->WorkerDone);
    NdisInitializeEvent(&Adapter->ResetIdle);
    NdisSetEvent(&Adapter->ResetIdle);

    Status = AdapterPrepare(Adapter, MiniportInitParameters, &ErrorCode);
    if (Status == NDIS_STATUS_SUCCESS) {
        ErrorCode = NDIS_ERROR_CODE_HARDWARE_FAILURE;
        Status = AdapterStart(Adapter, TRUE);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        ErrorCode = NDIS_ERROR_CODE_INTERRUPT_CONNECT;
        Status = InterruptRegister(Adapter);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        InterruptUnblock(Adapter);
        if (Adapter->Config.InterruptTest) {
            ErrorCode = NDIS_ERROR_CODE_TIMEOUT;
            Status = InterruptTest(Adapter);
        }
    }
    if (Status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(NdisMiniportHandle, ErrorCode, 1, Status);
        AdapterFree(Adapter);
        return Status;
    }
    InterlockedExchange(&Adapter->State, AdapterPaused); /* */
    return NDIS_STATUS_SUCCESS;
}

VOID NTAPI MiniportHaltEx(NDIS_HANDLE MiniportAdapterContext, NDIS_HALT_ACTION HaltAction)
{
    PADAPTER Adapter = MiniportAdapterContext;

    if (HaltAction == NdisHaltDeviceSurpriseRemoved) {
        Adapter->Hw.Present = FALSE; /* */
    }
    /* The pause before this has brought back all that was sent or indicated. */
    AdapterFree(Adapter);
}

/* Any IRQL when ShutdownAction is NdisShutdownBugCheck: register writes, nothing else. */
VOID NTAPI MiniportShutdownEx(NDIS_HANDLE MiniportAdapterContext,
                              NDIS_SHUTDOWN_ACTION ShutdownAction)
{
    PADAPTER Adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(ShutdownAction);

    HwQuiesce(&Adapter->Hw);
}

/* ---- Pause and restart ----------------------------------------------------------------------- */

NDIS_STATUS NTAPI MiniportPause(NDIS_HANDLE MiniportAdapterContext,
                                PNDIS_MINIPORT_PAUSE_PARAMETERS MiniportPauseParameters)
{
    PADAPTER Adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(MiniportPauseParameters);

    NdisWaitEvent(&Adapter->ResetIdle, 0); /* a reset may still be under way */

    /* From here on nobody enters; those inside are counted. */
    InterlockedExchange(&Adapter->State, AdapterPausing);
    NdisAcquireSpinLock(&Adapter->Lock);
    ReceiveSetFilter(Adapter);
    NdisReleaseSpinLock(&Adapter->Lock);
    TransmitAbort(Adapter, NDIS_STATUS_PAUSED, FALSE);

    InterlockedExchange(&Adapter->PausePending, TRUE);
    if (AdapterDrop(Adapter, 1)) {
        return NDIS_STATUS_SUCCESS;
    }
    /* Frames are in the ring, or with a protocol. Whoever brings back the last completes the pause;
     * the worker sees to it that the ring empties whatever the link does, for a pause cannot fail
     * (R-280). */
    WorkerRequest(Adapter, JOB_DRAIN);
    return NDIS_STATUS_PENDING;
}

NDIS_STATUS NTAPI MiniportRestart(NDIS_HANDLE MiniportAdapterContext,
                                  PNDIS_MINIPORT_RESTART_PARAMETERS MiniportRestartParameters)
{
    PADAPTER Adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(MiniportRestartParameters);

    InterlockedIncrement(&Adapter->Users); /* the one that MiniportPause drops */
    InterlockedExchange(&Adapter->State, AdapterRunning);
    NdisAcquireSpinLock(&Adapter->Lock);
    Adapter->LinkIndicated = FALSE;
    ReceiveSetFilter(Adapter);
    NdisReleaseSpinLock(&Adapter->Lock);
    WorkerRequest(Adapter, JOB_LINK);
    return NDIS_STATUS_SUCCESS;
}

/* ---- When things go wrong -------------------------------------------------------------------- */

/* About every two seconds, PASSIVE_LEVEL, never before MiniportInitializeEx is through. */
BOOLEAN NTAPI MiniportCheckForHangEx(NDIS_HANDLE MiniportAdapterContext)
{
    PADAPTER Adapter = MiniportAdapterContext;
    BOOLEAN LinkUp;
    LONG RxPending = 0;
    ULONG Index;

    if (Adapter->PowerState != NdisDeviceStateD0) {
        return FALSE;
    }
    if (!HwIsPresent(&Adapter->Hw)) {
        WorkerRequest(Adapter, JOB_REMOVED); /* a reset would not bring it back */
        return FALSE;
    }
    StatisticsUpdate(Adapter); /* the chip's counters are 32 bits wide */

    /* A link change or a frame whose interrupt got lost must not wait for the next one. */
    LinkUp = (HwRead(&Adapter->Hw, E1000_STATUS) & E1000_STATUS_LU) != 0;
    for (Index = 0; Index < Adapter->RxQueueCount; Index++) {
        if (ReceiveIsPending(&Adapter->RxQueues[Index])) {
            RxPending |= WORK_RX_QUEUE(Index);
        }
    }
    InterruptRaise(Adapter, RxPending, TransmitIsPending(Adapter), LinkUp != Adapter->Link.Up);
    return TransmitIsHung(Adapter);
}

/* <= DISPATCH_LEVEL: the chip goes quiet now, the rest takes milliseconds. */
NDIS_STATUS NTAPI MiniportResetEx(NDIS_HANDLE MiniportAdapterContext, PBOOLEAN AddressingReset)
{
    PADAPTER Adapter = MiniportAdapterContext;

    *AddressingReset = FALSE; /* filters are restored from what we keep */
    NdisResetEvent(&Adapter->ResetIdle);
    InterruptBlock(Adapter);
    WorkerRequest(Adapter, JOB_RESET);
    return NDIS_STATUS_PENDING;
}

VOID NTAPI MiniportDevicePnPEventNotify(NDIS_HANDLE MiniportAdapterContext,
                                        PNET_DEVICE_PNP_EVENT NetDevicePnPEvent)
{
    PADAPTER Adapter = MiniportAdapterContext;

    if (NetDevicePnPEvent->DevicePnPEvent == NdisDevicePnPEventSurpriseRemoved) {
        /* No register answers any more: from now on none is touched. */
        Adapter->Hw.Present = FALSE;
        WorkerRequest(Adapter, JOB_REMOVED);
    }
}
