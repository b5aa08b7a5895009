/* SPDX-License-Identifier: MIT */
#include "Nic.h"
#include ".\REGS.h"

static BOOLEAN NTAPI Isr(NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors)
{
    struct nic *Nic = Context;
    BOOLEAN Recognized = FALSE;

    Recognized = *Queue = Nic->Registers[STATUS] != 0;
    Nic->Registers[MASK] = 0;
    return Recognized;
}

static VOID NTAPI DisableInterrupt(NDIS_HANDLE Context)
{
    struct nic *Nic = Context;

    Nic->Registers[MASK] = 0;
}

static VOID NTAPI EnableInterrupt(NDIS_HANDLE Context)
{
    struct nic *Nic = Context;

    Nic->Registers[MASK] = 1;
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                  PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    struct nic *Nic = Context;

    Nic->Events++;
    EnableInterrupt(Context);
}

static struct nic TheNic;

static NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                    PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                    NDIS_HANDLE Handle, NDIS_HANDLE Configuration)
{
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

    TheNic.Handle = Handle;
    NdisMSetAttributesEx(Handle, &TheNic, 0, 0, NdisInterfacePci);
    NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
    InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    InterruptCharacteristics.Header.Size =
        NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    InterruptCharacteristics.InterruptHandler = Isr;
    InterruptCharacteristics.InterruptDpcHandler = HandleInterrupt;
    InterruptCharacteristics.DisableInterruptHandler = DisableInterrupt;
    InterruptCharacteristics.EnableInterruptHandler = EnableInterrupt;

    return NdisMRegisterInterruptEx(Handle, &TheNic, &InterruptCharacteristics,
                                    &TheNic.NdisInterruptHandle);
}

static VOID NTAPI Halt(NDIS_HANDLE Context)
{
    struct nic *Nic = Context;

    NdisMDeregisterInterruptEx(Nic->NdisInterruptHandle);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_HANDLE Wrapper;
    NDIS_MINIPORT_CHARACTERISTICS C;

    NdisZeroMemory(&C, sizeof(C));
    NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
    C.MajorNdisVersion = 5;
    C.MinorNdisVersion = 1;
    C.InitializeHandler = Initialize;
    C.HaltHandler = Halt;
    return NdisMRegisterMiniport(Wrapper, &C, sizeof(C));
}
