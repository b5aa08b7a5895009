/* SPDX-License-Identifier: MIT */
/* adapter.c - the life of an adapter: initialize, reset, hang, removal, halt.
 *
 * Whatever needs the chip for itself once interrupts are running (a reset, a power change, the PHY)
 * is a job of the worker, worker.c; so those never run at the same time. */
#include "e1000e5.h"

#define PCI_SLOT_IGNORED 0 /* since Windows 2000 NDIS knows the slot by the handle */

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
    ReceiveSetFilter(Adapter);
    NdisReleaseSpinLock(&Adapter->Lock);

    if (Adapter->InterruptRegistered) {
        InterruptProgram(Adapter);
        InterruptUnblock(Adapter);
    }
    WorkerRequest(Adapter, JOB_LINK);
    return Status;
}

/* ---- Resources ------------------------------------------------------------------------------- */

/* The registers and the line. */
static NDIS_STATUS ResourcesParse(PADAPTER Adapter, PNDIS_RESOURCE_LIST List)
{
    BOOLEAN Registers = FALSE, Line = FALSE;
    ULONG Index;

    for (Index = 0; Index < List->Count; Index++) {
        PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor = &List->PartialDescriptors[Index];

        switch (Descriptor->Type) {
        case CmResourceTypeMemory:
            /* BAR 0 is the 128 KB one, and comes first; then flash and the MSI-X table. */
            if (!Registers && Descriptor->u.Memory.Length >= E1000_REGISTER_SPACE) {
                Adapter->RegistersPhysical = Descriptor->u.Memory.Start;
                Registers = TRUE;
            }
            break;
        case CmResourceTypeInterrupt:
            Adapter->InterruptVector = Descriptor->u.Interrupt.Vector;
            Adapter->InterruptLevel = Descriptor->u.Interrupt.Level;
            Line = TRUE;
            break;
        default:
            break;
        }
    }
    return Registers && Line ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCE_CONFLICT;
}

static NDIS_STATUS ResourcesQuery(PADAPTER Adapter, NDIS_HANDLE WrapperConfigurationContext)
{
    PNDIS_RESOURCE_LIST List = NULL;
    UINT Length = 0;
    NDIS_STATUS Status;

    /* The first call says how long the list is. */
    NdisMQueryAdapterResources(&Status, WrapperConfigurationContext, NULL, &Length);
    if (Length == 0) {
        return NDIS_STATUS_RESOURCE_CONFLICT;
    }
    Status = NdisAllocateMemoryWithTag((PVOID *)&List, Length, POOL_TAG);
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }
    NdisMQueryAdapterResources(&Status, WrapperConfigurationContext, List, &Length);
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = ResourcesParse(Adapter, List);
    }
    NdisFreeMemory(List, 0, 0);
    return Status;
}

/* The registers are ours only on this chip; and it has to be allowed to do DMA. */
static NDIS_STATUS AdapterCheckDevice(PADAPTER Adapter)
{
    USHORT Ids[2], Command; /* configuration space starts with the vendor's and the device's */

    if (NdisReadPciSlotInformation(Adapter->AdapterHandle, PCI_SLOT_IGNORED,
                                   FIELD_OFFSET(PCI_COMMON_CONFIG, VendorID), Ids,
                                   sizeof(Ids)) != sizeof(Ids) ||
        Ids[0] != E1000_PCI_VENDOR_ID || Ids[1] != E1000_PCI_DEVICE_ID) {
        return NDIS_STATUS_ADAPTER_NOT_FOUND;
    }
    if (NdisReadPciSlotInformation(Adapter->AdapterHandle, PCI_SLOT_IGNORED,
                                   FIELD_OFFSET(PCI_COMMON_CONFIG, Command), &Command,
                                   sizeof(Command)) != sizeof(Command)) {
        return NDIS_STATUS_ADAPTER_NOT_FOUND;
    }
    if (!(Command & PCI_ENABLE_BUS_MASTER)) {
        Command |= PCI_ENABLE_BUS_MASTER;
        NdisWritePciSlotInformation(Adapter->AdapterHandle, PCI_SLOT_IGNORED,
                                    FIELD_OFFSET(PCI_COMMON_CONFIG, Command), &Command,
                                    sizeof(Command));
    }
    return NDIS_STATUS_SUCCESS;
}

/* ---- Initialize and halt --------------------------------------------------------------------- */

static NDIS_STATUS AdapterOpenHardware(PADAPTER Adapter)
{
    PHARDWARE Hw = &Adapter->Hw;
    NDIS_STATUS Status;
    PVOID Registers;

    Status = NdisMMapIoSpace(&Registers, Adapter->AdapterHandle, Adapter->RegistersPhysical,
                             E1000_REGISTER_SPACE);
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }
    Hw->Registers = Registers;
    Hw->Present = TRUE;

    Status = HwReset(Hw);
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = HwReadPermanentAddress(Hw);
    }
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }
    NdisMoveMemory(Adapter->CurrentAddress,
                   Adapter->Config.AddressOverridden ? Adapter->Config.Address
                                                     : Hw->PermanentAddress,
                   ETHERNET_ADDRESS_LENGTH);
    return NDIS_STATUS_SUCCESS;
}

/* Undo all of MiniportInitialize, the last step first; of a half-done one too. */
static VOID AdapterFree(PADAPTER Adapter)
{
    if (Adapter->InterruptRegistered) {
        InterruptBlock(Adapter); /* */
        InterruptDeregister(Adapter);
    }
    WorkerClose(Adapter);
    if (Adapter->Hw.Registers != NULL) {
        ReceiveStop(Adapter);
        TransmitStop(Adapter);
        HwReset(&Adapter->Hw);
        HwRelease(&Adapter->Hw);
    }
    TransmitAbort(Adapter, NDIS_STATUS_REQUEST_ABORTED);
    ReceiveWaitReturned(Adapter);
    TransmitFree(Adapter);
    ReceiveFree(Adapter);
    Adapter->Hw.Present = FALSE; /* a shutdown that comes in the middle of this finds nothing */
    if (Adapter->Hw.Registers != NULL) {
        NdisMUnmapIoSpace(Adapter->AdapterHandle, Adapter->Hw.Registers, E1000_REGISTER_SPACE);
    }
    NdisFreeSpinLock(&Adapter->Rx.Lock);
    NdisFreeSpinLock(&Adapter->Tx.Lock);
    NdisFreeSpinLock(&Adapter->Lock);
    NdisFreeMemory(Adapter, 0, 0);
}

/* Everything up to the interrupt. *ErrorCode is what goes into the event log if it fails. */
static NDIS_STATUS AdapterPrepare(PADAPTER Adapter, NDIS_HANDLE WrapperConfigurationContext,
                                  NDIS_ERROR_CODE *ErrorCode)
{
    NDIS_STATUS Status;

    *ErrorCode = NDIS_ERROR_CODE_INVALID_VALUE_FROM_ADAPTER;
    Status = ConfigurationRead(WrapperConfigurationContext, &Adapter->Config);
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }

    /* Before any other resource is claimed, and before the interrupt above all. */
    NdisMSetAttributesEx(Adapter->AdapterHandle, Adapter, 0,
                         NDIS_ATTRIBUTE_DESERIALIZE | NDIS_ATTRIBUTE_BUS_MASTER |
                             NDIS_ATTRIBUTE_SURPRISE_REMOVE_OK |
                             NDIS_ATTRIBUTE_USES_SAFE_BUFFER_APIS,
                         NdisInterfacePci);

    *ErrorCode = NDIS_ERROR_CODE_ADAPTER_NOT_FOUND;
    Status = AdapterCheckDevice(Adapter);
    if (Status == NDIS_STATUS_SUCCESS) {
        *ErrorCode = NDIS_ERROR_CODE_RESOURCE_CONFLICT;
        Status = ResourcesQuery(Adapter, WrapperConfigurationContext);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        *ErrorCode = NDIS_ERROR_CODE_HARDWARE_FAILURE;
        Status = AdapterOpenHardware(Adapter);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        /* From now on NDIS maps each packet before it gives it to us. */
        *ErrorCode = NDIS_ERROR_CODE_OUT_OF_RESOURCES;
        Status = NdisMInitializeScatterGatherDma(Adapter->AdapterHandle, TRUE,
                                                 ETHERNET_FRAME_LENGTH + VLAN_TAG_LENGTH);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = ReceiveAllocate(Adapter);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        Status = TransmitAllocate(Adapter);
    }
    return Status;
}

static PADAPTER AdapterCreate(NDIS_HANDLE MiniportAdapterHandle)
{
    PADAPTER Adapter;

    if (NdisAllocateMemoryWithTag((PVOID *)&Adapter, sizeof(*Adapter), POOL_TAG) !=
        NDIS_STATUS_SUCCESS) {
        return NULL;
    }
    NdisZeroMemory(Adapter, sizeof(*Adapter));
    Adapter->AdapterHandle = MiniportAdapterHandle;
    Adapter->Blocked = TRUE;
    Adapter->Lookahead = ETHERNET_FRAME_LENGTH - ETHERNET_HEADER_LENGTH;
    Adapter->PowerState = NdisDeviceStateD0;
    Adapter->Rx.Lent = 1;
    NdisInitializeListHead(&Adapter->Tx.Waiting);
    NdisAllocateSpinLock(&Adapter->Lock);
    NdisAllocateSpinLock(&Adapter->Rx.Lock);
    NdisAllocateSpinLock(&Adapter->Tx.Lock);
    NdisInitializeEvent(&Adapter->Rx.AllReturned);
    NdisInitializeEvent(&Adapter->WorkerDone);
    return Adapter;
}

NDIS_STATUS NTAPI MiniportInitialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                     PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                     NDIS_HANDLE MiniportAdapterHandle,
                                     NDIS_HANDLE WrapperConfigurationContext)
{
    NDIS_ERROR_CODE ErrorCode;
    NDIS_STATUS Status;
    PADAPTER Adapter;
    UINT Medium;

    UNREFERENCED_PARAMETER(OpenErrorStatus);

    for (Medium = 0; Medium < MediumArraySize; Medium++) {
        if (MediumArray[Medium] == NdisMedium802_3) {
            break;
        }
    }
    if (Medium == MediumArraySize) {
        return NDIS_STATUS_UNSUPPORTED_MEDIA;
    }
    *SelectedMediumIndex = Medium;

    Adapter = AdapterCreate(MiniportAdapterHandle);
    if (Adapter == NULL) {
        NdisWriteErrorLogEntry(MiniportAdapterHandle, NDIS_ERROR_CODE_OUT_OF_RESOURCES, 0);
        return NDIS_STATUS_RESOURCES;
    }
    Status = AdapterPrepare(Adapter, WrapperConfigurationContext, &ErrorCode);
    if (Status == NDIS_STATUS_SUCCESS) {
        ErrorCode = NDIS_ERROR_CODE_HARDWARE_FAILURE;
        Status = AdapterStart(Adapter, TRUE);
    }
    if (Status == NDIS_STATUS_SUCCESS) {
        ErrorCode = NDIS_ERROR_CODE_INTERRUPT_CONNECT;
        Status = InterruptRegister(Adapter);
    }
    if (Status != NDIS_STATUS_SUCCESS) {
        NdisWriteErrorLogEntry(MiniportAdapterHandle, ErrorCode, 1, Status);
        AdapterFree(Adapter);
        return Status;
    }
    /* The last step of all: until we return, NDIS may hold MiniportHandleInterrupt back. */
    InterruptUnblock(Adapter);
    return NDIS_STATUS_SUCCESS;
}

VOID NTAPI MiniportHalt(NDIS_HANDLE MiniportAdapterContext)
{
    AdapterFree(MiniportAdapterContext);
}

/* Any IRQL: register writes, nothing else. */
VOID NTAPI MiniportShutdown(PVOID ShutdownContext)
{
    PADAPTER Adapter = ShutdownContext;

    HwQuiesce(&Adapter->Hw);
}

/* ---- When things go wrong -------------------------------------------------------------------- */

/* About every two seconds, DISPATCH_LEVEL. */
BOOLEAN NTAPI MiniportCheckForHang(NDIS_HANDLE MiniportAdapterContext)
{
    PADAPTER Adapter = MiniportAdapterContext;
    BOOLEAN LinkUp;

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
    if (LinkUp != Adapter->Link.Up) {
        WorkerRequest(Adapter, JOB_LINK);
    }
    if (ReceiveIsPending(Adapter) || TransmitIsPending(Adapter)) {
        InterruptRecover(Adapter);
    }
    return TransmitIsHung(Adapter);
}

/* DISPATCH_LEVEL: the chip goes quiet now, the rest takes milliseconds. */
NDIS_STATUS NTAPI MiniportReset(PBOOLEAN AddressingReset, NDIS_HANDLE MiniportAdapterContext)
{
    PADAPTER Adapter = MiniportAdapterContext;

    *AddressingReset = FALSE; /* filters are restored from what we keep */
    InterruptBlock(Adapter);
    WorkerRequest(Adapter, JOB_RESET);
    return NDIS_STATUS_PENDING;
}

VOID NTAPI MiniportPnPEventNotify(NDIS_HANDLE MiniportAdapterContext,
                                  NDIS_DEVICE_PNP_EVENT PnPEvent, PVOID InformationBuffer,
                                  ULONG InformationBufferLength)
{
    PADAPTER Adapter = MiniportAdapterContext;

    UNREFERENCED_PARAMETER(InformationBuffer);
    UNREFERENCED_PARAMETER(InformationBufferLength);

    if (PnPEvent == NdisDevicePnPEventSurpriseRemoved) {
        /* No register answers any more: from now on none is touched. */
        Adapter->Hw.Present = FALSE;
        WorkerRequest(Adapter, JOB_REMOVED);
    }
}
