/* SPDX-License-Identifier: MIT */
#include "mp.h"

NDIS_HANDLE NdisWrapperHandle;

NTSTATUS DriverEntry(
    IN  PDRIVER_OBJECT      DriverObject,
    IN  PUNICODE_STRING     RegistryPath)
{
    NDIS_STATUS                     Status;
    NDIS_MINIPORT_CHARACTERISTICS   MPChar;

    NdisMInitializeWrapper(
        &NdisWrapperHandle,
        DriverObject,
        RegistryPath,
        NULL);

    NdisZeroMemory(&MPChar, sizeof(MPChar));

    MPChar.MajorNdisVersion          = 5;
    MPChar.MinorNdisVersion          = 1;
    MPChar.DisableInterruptHandler   = NULL;
    MPChar.EnableInterruptHandler    = NULL;
    MPChar.HaltHandler               = MPHalt;
    MPChar.InitializeHandler         = MPInitialize;
    MPChar.ISRHandler                = MPIsr;
    MPChar.HandleInterruptHandler    = MPHandleInterrupt;

    Status = NdisMRegisterMiniport(
                 NdisWrapperHandle,
                 &MPChar,
                 sizeof(NDIS_MINIPORT_CHARACTERISTICS));
    if (Status != NDIS_STATUS_SUCCESS)
    {
        NdisTerminateWrapper(NdisWrapperHandle, NULL);
    }

    return Status;
}

VOID MPIsr(
    OUT PBOOLEAN            InterruptRecognized,
    OUT PBOOLEAN            QueueMiniportHandleInterrupt,
    IN  NDIS_HANDLE         MiniportAdapterContext)
{
    PMP_ADAPTER Adapter = (PMP_ADAPTER)MiniportAdapterContext;

    do
    {
        //
        // If the adapter is in low power state, then it should not
        // recognize any interrupt
        //
        if (MP_TEST_FLAG(Adapter, MP_ADAPTER_REMOVED))
        {
            *InterruptRecognized = FALSE;
            *QueueMiniportHandleInterrupt = FALSE;
            break;
        }

        //
        // We process the interrupt if it's not disabled and it's active
        //
        if (Adapter->CSRAddress->IntMask == 0 && Adapter->CSRAddress->Status != 0)
        {
            *InterruptRecognized = TRUE;
            *QueueMiniportHandleInterrupt = TRUE;

            //
            // Disable the interrupt (will be re-enabled in MPHandleInterrupt)
            //
            NICDisableInterrupt(Adapter);
        }
        else
        {
            *InterruptRecognized = FALSE;
            *QueueMiniportHandleInterrupt = FALSE;
        }
    }
    while (FALSE);
}

VOID MPHandleInterrupt(
    IN  NDIS_HANDLE         MiniportAdapterContext)
/*++

Routine Description:

    Serves what MPIsr saw.

--*/
{
    PMP_ADAPTER  Adapter = (PMP_ADAPTER)MiniportAdapterContext;

    MP_SET_FLAG(Adapter, MP_ADAPTER_INTERRUPTING);

    //
    // Re-enable the interrupt (disabled in MPIsr)
    //
    NdisMSynchronizeWithInterrupt(
        &Adapter->Interrupt,
        (PVOID)NICSetMask,
        Adapter);
    NICEnableInterrupt(Adapter);
}
