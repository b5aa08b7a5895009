/* SPDX-License-Identifier: MIT */
#include "Nic.h"
#include ".\REGS.h"

static VOID NTAPI Isr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context)
{
    struct nic *Nic = Context;

    *Recognized = *Queue = Nic->Registers[STATUS] != 0;
    Nic->Registers[MASK] = 0;
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

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context)
{
    struct nic *Nic = Context;

    Nic->Events++;
}

static struct nic TheNic;

static NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                    PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                    NDIS_HANDLE Handle, NDIS_HANDLE Configuration)
{
    TheNic.Handle = Handle;
    NdisMSetAttributesEx(Handle, &TheNic, 0, 0, NdisInterfacePci);
    return NdisMRegisterInterrupt(&TheNic.Interrupt, Handle, TheNic.Vector, TheNic.Level, TRUE,
                                  TRUE, NdisInterruptLevelSensitive);
}

static VOID NTAPI Halt(NDIS_HANDLE Context)
{
    struct nic *Nic = Context;

    NdisMDeregisterInterrupt(&Nic->Interrupt);
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
    C.ISRHandler = Isr;
    C.HandleInterruptHandler = HandleInterrupt;
    C.DisableInterruptHandler = DisableInterrupt;
    C.EnableInterruptHandler = EnableInterrupt;
    return NdisMRegisterMiniport(Wrapper, &C, sizeof(C));
}
