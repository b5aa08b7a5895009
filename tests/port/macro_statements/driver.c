/* SPDX-License-Identifier: MIT */
#include "nic.h"

#pragma hdrstop

int loud;
static NIC the_nic;

static VOID NTAPI
NicIsr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE  Context)
{
    IF_LOUD( DbgPrint("isr\n"); )

    NicDisableInterrupt(Context);

    IF_LOUD( DbgPrint("masked\n"); )

    *Recognized = TRUE;
    *Queue = TRUE;

    IF_LOUD( DbgPrint("isr ends\n"); )
}

VOID NTAPI
NicHandleInterrupt(NDIS_HANDLE  Context)
{
    PNIC nic = Context;

    nic->registers[0] = 0;

    IF_LOUD( DbgPrint("dpc ends\n"); )
}

static NDIS_STATUS NTAPI
NicInitialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex, PNDIS_MEDIUM MediumArray,
              UINT MediumArraySize, NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
    PNIC nic = &the_nic;
    NDIS_STATUS status;
    ULONG irq_level = 0;

    nic->handle = MiniportAdapterHandle;
    NdisMSetAttributes(MiniportAdapterHandle, nic, TRUE, NdisInterfacePci);

    IF_LOUD( DbgPrint("attributes\n"); )

    //
    // Initialize the interrupt.
    //
    status = NdisMRegisterInterrupt(
                 &nic->interrupt,
                 nic->handle,
                 nic->irq_vector,
                 irq_level,
                 FALSE,
                 FALSE,
                 NdisInterruptLatched
             );
    return status;
}

static VOID NTAPI
NicHalt(NDIS_HANDLE Context)
{
    PNIC nic = Context;

    NdisMDeregisterInterrupt(&nic->interrupt);
}

NTSTATUS NTAPI
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_CHARACTERISTICS nic_chars;
    NDIS_HANDLE wrapper;

    NdisMInitializeWrapper(&wrapper, DriverObject, RegistryPath, NULL);
    NdisZeroMemory(&nic_chars, sizeof(nic_chars));
    nic_chars.MajorNdisVersion = 4;
    nic_chars.MinorNdisVersion = 0;
    nic_chars.InitializeHandler = NicInitialize;
    nic_chars.HaltHandler = NicHalt;
    nic_chars.ISRHandler = NicIsr;
    nic_chars.HandleInterruptHandler = NicHandleInterrupt;
    nic_chars.DisableInterruptHandler = NicDisableInterrupt;
    nic_chars.EnableInterruptHandler = NicEnableInterrupt;
    return NdisMRegisterMiniport(wrapper, &nic_chars, sizeof(nic_chars));
}
