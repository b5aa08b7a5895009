/* SPDX-License-Identifier: MIT */
#include <ndis.h>

static VOID NTAPI EnableInterrupt(NDIS_HANDLE MiniportInterruptContext);

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    NDIS_HANDLE NdisInterruptHandle;
} NIC;

static NIC TheNic;

static VOID DisableInterrupts(NIC *Nic)
{
    Nic->Registers[1] = 0;
}

static VOID EnableInterrupts(NIC *Nic)
{
    Nic->Registers[1] = 1;
}

static BOOLEAN NTAPI Isr(NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors)
{
    NIC *Nic = Context;
    BOOLEAN Recognized = FALSE;

    Recognized = *Queue = Nic->Registers[0] != 0;
    return Recognized;
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                  PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    NIC *Nic = Context;

    Nic->Events++;
    EnableInterrupt(Context);
}

/* Its author wrote the adapter's type where NDIS gives a handle. */
static VOID NTAPI DisableInterrupt(NDIS_HANDLE MiniportInterruptContext)
{
    NIC *Nic = (NIC *)MiniportInterruptContext;

    DisableInterrupts(Nic);
}

static BOOLEAN NTAPI DisableInterruptSynchronized(NDIS_HANDLE SynchronizeContext)
{
    DisableInterrupt((NIC *)SynchronizeContext);
    return TRUE;
}

static VOID NTAPI EnableInterrupt(NDIS_HANDLE MiniportInterruptContext)
{
    NIC *Nic = (NIC *)MiniportInterruptContext;

    EnableInterrupts(Nic);
}

static BOOLEAN NTAPI EnableInterruptSynchronized(NDIS_HANDLE SynchronizeContext)
{
    EnableInterrupt((NIC *)SynchronizeContext);
    return TRUE;
}

/* NDIS calls them, and so does the driver: itself, and synchronized with its interrupt. */
static VOID Reset(NIC *Nic)
{
    NdisMSynchronizeWithInterruptEx(Nic->NdisInterruptHandle, 0,
                                    (PVOID)DisableInterruptSynchronized, Nic);
    DisableInterrupt(Nic);
    Nic->Events = 0;
    NdisMSynchronizeWithInterruptEx(Nic->NdisInterruptHandle, 0, (PVOID)EnableInterruptSynchronized,
                                    Nic);
}

static NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                    PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                    NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
    NIC *Nic = &TheNic;
    NDIS_STATUS Status;
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

    Nic->Handle = MiniportAdapterHandle;
    NdisMSetAttributesEx(MiniportAdapterHandle, Nic, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci);
    NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
    InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    InterruptCharacteristics.Header.Size =
        NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    InterruptCharacteristics.InterruptHandler = Isr;
    InterruptCharacteristics.InterruptDpcHandler = HandleInterrupt;
    InterruptCharacteristics.DisableInterruptHandler = DisableInterrupt;
    InterruptCharacteristics.EnableInterruptHandler = EnableInterrupt;

    Status = NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics,
                                      &Nic->NdisInterruptHandle);
    return Status;
}

static VOID NTAPI Halt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    Reset(Nic);
    NdisMDeregisterInterruptEx(Nic->NdisInterruptHandle);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_CHARACTERISTICS Miniport;
    NDIS_HANDLE Wrapper;

    NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
    NdisZeroMemory(&Miniport, sizeof(Miniport));
    Miniport.MajorNdisVersion = 5;
    Miniport.MinorNdisVersion = 1;
    Miniport.InitializeHandler = Initialize;
    Miniport.HaltHandler = Halt;
    return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
