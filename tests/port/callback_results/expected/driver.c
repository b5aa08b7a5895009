/* SPDX-License-Identifier: MIT */
#include <ndis.h>

struct nic {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    ULONG Last;
    NDIS_HANDLE NdisInterruptHandle;
};

static BOOLEAN NTAPI Isr(NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors)
{
    struct nic *Nic = Context;
    BOOLEAN Recognized = FALSE;

    Recognized = *Queue = Nic->Registers[0] != 0;
    Nic->Registers[1] = 0;
    return Recognized;
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
static BOOLEAN NTAPI IsPending(NDIS_HANDLE Context)
{
    struct nic *Nic = Context;

    if (Nic->Registers[1] == 0)
        return 0;
    return Nic->Registers[0] != 0 && (Nic->Last & 1) == 0;
}

/* A variable that is nothing else. */
static BOOLEAN NTAPI ClearEvents(NDIS_HANDLE Context)
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

static BOOLEAN NTAPI ReadStatusSynchronized(NDIS_HANDLE SynchronizeContext)
{
    return (BOOLEAN)ReadStatus((PVOID)SynchronizeContext);
}

static PVOID NTAPI WriteStatus(PVOID Context)
{
    struct nic *Nic = Context;

    Nic->Registers[0] = Nic->Last;
    return Nic;
}

static BOOLEAN NTAPI WriteStatusSynchronized(NDIS_HANDLE SynchronizeContext)
{
    WriteStatus((PVOID)SynchronizeContext);
    return TRUE;
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                  PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    struct nic *Nic = Context;

    if (NdisMSynchronizeWithInterruptEx(Nic->NdisInterruptHandle, 0, IsPending, Nic))
        Nic->Events++;
    Nic->Last = NdisMSynchronizeWithInterruptEx(Nic->NdisInterruptHandle, 0, ReadStatusSynchronized,
                                                Nic);
    NdisMSynchronizeWithInterruptEx(Nic->NdisInterruptHandle, 0, (PVOID)ClearEvents, Nic);
    NdisMSynchronizeWithInterruptEx(Nic->NdisInterruptHandle, 0, (PVOID)WriteStatusSynchronized,
                                    Nic);
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
