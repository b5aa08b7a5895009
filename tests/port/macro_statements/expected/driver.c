/* SPDX-License-Identifier: MIT */
#include "nic.h"

#pragma hdrstop

int loud;
static NIC the_nic;

static BOOLEAN NTAPI
NicIsr(NDIS_HANDLE  Context, PBOOLEAN Queue, PULONG TargetProcessors)
{
    IF_LOUD( DbgPrint("isr\n"); )

    NicDisableInterrupt(Context);

    IF_LOUD( DbgPrint("masked\n"); )

    *Queue = TRUE;

    IF_LOUD( DbgPrint("isr ends\n"); )
    return TRUE;
}

VOID NTAPI
NicHandleInterrupt(NDIS_HANDLE  Context, PVOID MiniportDpcContext, PVOID ReceiveThrottleParameters,
                   PVOID NdisReserved2)
{
    PNIC nic = Context;

    nic->registers[0] = 0;

    IF_LOUD( DbgPrint("dpc ends\n"); )
    NicEnableInterrupt(Context);
}

static NDIS_STATUS NTAPI
NicInitialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex, PNDIS_MEDIUM MediumArray,
              UINT MediumArraySize, NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
    PNIC nic = &the_nic;
    NDIS_STATUS status;
    ULONG irq_level = 0;
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS interrupt_characteristics;

    nic->handle = MiniportAdapterHandle;
    NdisMSetAttributes(MiniportAdapterHandle, nic, TRUE, NdisInterfacePci);

    IF_LOUD( DbgPrint("attributes\n"); )

    //
    // Initialize the interrupt.
    //
    UNREFERENCED_LOCAL_VARIABLE(irq_level);

    NdisZeroMemory(&interrupt_characteristics, sizeof(interrupt_characteristics));
    interrupt_characteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    interrupt_characteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    interrupt_characteristics.Header.Size =
        NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    interrupt_characteristics.InterruptHandler = NicIsr;
    interrupt_characteristics.InterruptDpcHandler = NicHandleInterrupt;
    interrupt_characteristics.DisableInterruptHandler = NicDisableInterrupt;
    interrupt_characteristics.EnableInterruptHandler = NicEnableInterrupt;

    status = NdisMRegisterInterruptEx(
                 nic->handle,
                 nic,
                 &interrupt_characteristics,
                 &nic->interrupt_handle
             );
    return status;
}

static VOID NTAPI
NicHalt(NDIS_HANDLE Context)
{
    PNIC nic = Context;

    NdisMDeregisterInterruptEx(nic->interrupt_handle);
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
    return NdisMRegisterMiniport(wrapper, &nic_chars, sizeof(nic_chars));
}
