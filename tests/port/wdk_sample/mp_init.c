/* SPDX-License-Identifier: MIT */
#include "mp.h"

static MP_ADAPTER TheAdapter;

NDIS_STATUS MPInitialize(
    OUT PNDIS_STATUS        OpenErrorStatus,
    OUT PUINT               SelectedMediumIndex,
    IN  PNDIS_MEDIUM        MediumArray,
    IN  UINT                MediumArraySize,
    IN  NDIS_HANDLE         MiniportAdapterHandle,
    IN  NDIS_HANDLE         WrapperConfigurationContext)
{
    NDIS_STATUS     Status;
    PMP_ADAPTER     Adapter = &TheAdapter;

    Adapter->AdapterHandle = MiniportAdapterHandle;
    NdisMSetAttributesEx(
        MiniportAdapterHandle,
        (NDIS_HANDLE) Adapter,
        0,
        NDIS_ATTRIBUTE_DESERIALIZE | NDIS_ATTRIBUTE_BUS_MASTER,
        NdisInterfacePci);

    //
    // Register the interrupt
    //
    Status = NdisMRegisterInterrupt(
                 &Adapter->Interrupt,
                 Adapter->AdapterHandle,
                 Adapter->BusInterruptVector,
                 Adapter->BusInterruptLevel,
                 TRUE,       // RequestISR
                 TRUE,       // SharedInterrupt
                 NdisInterruptLevelSensitive);
    if (Status != NDIS_STATUS_SUCCESS)
    {
        *OpenErrorStatus = Status;
        return Status;
    }

    MP_SET_FLAG(Adapter, MP_ADAPTER_INTERRUPTING);
    return NDIS_STATUS_SUCCESS;
}

VOID MPHalt(
    IN  NDIS_HANDLE         MiniportAdapterContext)
{
    PMP_ADAPTER Adapter = (PMP_ADAPTER)MiniportAdapterContext;

    if (MP_TEST_FLAG(Adapter, MP_ADAPTER_INTERRUPTING))
    {
        NdisMDeregisterInterrupt(&Adapter->Interrupt);
    }
}

BOOLEAN NICSetMask(
    IN  PVOID               SynchronizeContext)
{
    PMP_ADAPTER Adapter = (PMP_ADAPTER)SynchronizeContext;

    Adapter->OldInterruptMask = Adapter->CSRAddress->IntMask;
    return TRUE;
}
