/* SPDX-License-Identifier: MIT */
#include <ndis.h>

struct nic {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    ULONG Last;
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

/* TRUE or FALSE, in the words of C. */
static int NTAPI IsPending(PVOID Context)
{
    struct nic *Nic = Context;

    if (Nic->Registers[1] == 0)
        return 0;
    return Nic->Registers[0] != 0 && (Nic->Last & 1) == 0;
}

/* A variable that is nothing else. */
static ULONG NTAPI ClearEvents(PVOID Context)
{
    struct nic *Nic = Context;
    ULONG Cleared = FALSE;

    if (Nic->Events) {
        Nic->Events = 0;
        Cleared = TRUE;
    }
    return Cleared;
}

/* More than a byte: whoever uses it gets the low one, then and now. */
static ULONG NTAPI ReadStatus(PVOID Context)
{
    struct nic *Nic = Context;

    return Nic->Registers[0];
}

static PVOID NTAPI WriteStatus(PVOID Context)
{
    struct nic *Nic = Context;

    Nic->Registers[0] = Nic->Last;
    return Nic;
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context)
{
    struct nic *Nic = Context;

    if (NdisMSynchronizeWithInterrupt(&Nic->Interrupt, IsPending, Nic))
        Nic->Events++;
    Nic->Last = NdisMSynchronizeWithInterrupt(&Nic->Interrupt, ReadStatus, Nic);
    NdisMSynchronizeWithInterrupt(&Nic->Interrupt, (PVOID)ClearEvents, Nic);
    NdisMSynchronizeWithInterrupt(&Nic->Interrupt, (PVOID)WriteStatus, Nic);
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
