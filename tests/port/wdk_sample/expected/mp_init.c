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
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

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
    NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
    InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    InterruptCharacteristics.Header.Size =
        NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    InterruptCharacteristics.InterruptHandler = MPIsr;
    InterruptCharacteristics.InterruptDpcHandler = MPHandleInterrupt;
    InterruptCharacteristics.DisableInterruptHandler = MPDisableInterrupt;
    InterruptCharacteristics.EnableInterruptHandler = MPEnableInterrupt;

    Status = NdisMRegisterInterruptEx(
                 Adapter->AdapterHandle,
                 Adapter,
                 &InterruptCharacteristics,
                 &Adapter->NdisInterruptHandle);
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
        NdisMDeregisterInterruptEx(Adapter->NdisInterruptHandle);
    }
}

BOOLEAN NICSetMask(
    IN  NDIS_HANDLE         SynchronizeContext)
{
    PMP_ADAPTER Adapter = (PMP_ADAPTER)SynchronizeContext;

    Adapter->OldInterruptMask = Adapter->CSRAddress->IntMask;
    return TRUE;
}
