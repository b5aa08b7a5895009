/* SPDX-License-Identifier: MIT */
#include <ndis.h>

static VOID NTAPI EnableInterrupt(NDIS_HANDLE Context);

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    BOOLEAN Up;
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

static BOOLEAN NTAPI Isr(NDIS_HANDLE MiniportInterruptContext, PBOOLEAN Queue,
                         PULONG TargetProcessors)
{
    NIC *Nic = (NIC *)MiniportInterruptContext;
    BOOLEAN Recognized = FALSE;

    Recognized = *Queue = Nic->Registers[0] != 0;
    if (Recognized)
        DisableInterrupts(Nic);
    return Recognized;
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                  PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    NIC *Nic = Context;

    Nic->Events++;
    EnableInterrupt(Context);
}

static VOID NTAPI DisableInterrupt(NDIS_HANDLE Context)
{
    DisableInterrupts(Context);
}

static VOID NTAPI EnableInterrupt(NDIS_HANDLE Context)
{
    EnableInterrupts(Context);
}

typedef BOOLEAN(NTAPI *NIC_ISR)(NDIS_HANDLE, PBOOLEAN, PULONG);
static NIC_ISR Isrs[] = {Isr, NULL};

static BOOLEAN Poll(NIC *Nic)
{
    BOOLEAN Recognized = FALSE, Queue = FALSE;
    ULONG TargetProcessors = 0;

    Recognized = Isrs[0](Nic, &Queue, &TargetProcessors);
    return Recognized;
}

#ifdef POLLED
static VOID Timer(PVOID Nic)
{
    BOOLEAN Recognized = FALSE, Queue = FALSE;

    Isr(&Recognized, &Queue, Nic);
    Isrs[0](&Recognized, &Queue, Nic);
    if (Queue)
        HandleInterrupt(Nic);
}
#endif

static NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                    PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                    NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
    NIC *Nic = &TheNic;
    NDIS_STATUS Status;
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

    Nic->Handle = MiniportAdapterHandle;
    NdisMSetAttributesEx(MiniportAdapterHandle, Nic, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci);
    Nic->Up = Poll(Nic);
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
