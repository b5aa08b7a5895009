/* SPDX-License-Identifier: MIT */
#include "callbacks.h"
#include "late.h"

struct nic {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    NDIS_MINIPORT_INTERRUPT Interrupt;
};

static VOID NTAPI Isr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context)
{
    struct nic *Nic = Context;

    *Recognized = *Queue = Nic->Registers[0] != 0;
    Nic->Registers[1] = 0;
}

static VOID NTAPI DisableInterrupt(NDIS_HANDLE Context)
{
    struct nic *Nic = Context;

    Nic->Registers[1] = 0;
}

static VOID NTAPI EnableInterrupt(NDIS_HANDLE Context)
{
    struct nic *Nic = Context;

    Nic->Registers[1] = 1;
}

byte StopCard(void *Context)
{
    struct nic *Nic = Context;

    Nic->Registers[1] = 0;
    return TRUE;
}

byte StartCard(struct nic *Nic)
{
    Nic->Registers[1] = 1;
    return TRUE;
}

BOOLEAN NTAPI CountEvent(PVOID Context)
{
    struct nic *Nic = Context;

    Nic->Events++;
    return TRUE;
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context)
{
    struct nic *Nic = Context;

    NdisMSynchronizeWithInterrupt(&Nic->Interrupt, (PVOID)CountEvent, Nic);
    NdisMSynchronizeWithInterrupt(&Nic->Interrupt, (PVOID)StartCard, Nic);
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

    NdisMSynchronizeWithInterrupt(&Nic->Interrupt, (PVOID)StopCard, Nic);
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
