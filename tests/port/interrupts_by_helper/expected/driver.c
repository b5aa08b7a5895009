/* SPDX-License-Identifier: MIT */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, TransmitVector, Level;
    ULONG Events;
    NDIS_HANDLE ReceiveHandle;
    NDIS_HANDLE TransmitHandle;
} NIC;

static VOID DisableInterrupts(NIC *Nic)
{
    Nic->Registers[1] = 0;
}

static VOID EnableInterrupts(NIC *Nic)
{
    Nic->Registers[1] = 1;
}

/* Both lines of the card end here. */
static BOOLEAN NTAPI Isr(NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors)
{
    NIC *Nic = Context;
    BOOLEAN Recognized = FALSE;

    Recognized = *Queue = Nic->Registers[0] != 0;
    if (Recognized)
        DisableInterrupts(Nic);
    return Recognized;
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI DisableInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = (NIC *)Context;

    DisableInterrupts(Nic);
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI EnableInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = (NIC *)Context;

    EnableInterrupts(Nic);
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                  PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    NIC *Nic = Context;

    Nic->Events++;
    EnableInterrupts(Nic);
}

static NIC TheNic;

static NDIS_STATUS RegisterOne(NIC *Nic, PNDIS_HANDLE Interrupt, ULONG Vector)
{
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

    NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
    InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    InterruptCharacteristics.Header.Size =
        NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    InterruptCharacteristics.InterruptHandler = Isr;
    InterruptCharacteristics.InterruptDpcHandler = HandleInterrupt;
    InterruptCharacteristics.DisableInterruptHandler = DisableInterrupt;
    InterruptCharacteristics.EnableInterruptHandler = EnableInterrupt;

    return NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics, Interrupt);
}

static NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                    PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                    NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
    NIC *Nic = &TheNic;
    NDIS_STATUS Status;

    Nic->Handle = MiniportAdapterHandle;
    NdisMSetAttributesEx(MiniportAdapterHandle, Nic, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci);
    Status = RegisterOne(Nic, &Nic->ReceiveHandle, Nic->Vector);
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
    Status = RegisterOne(Nic, &Nic->TransmitHandle, Nic->TransmitVector);
    if (Status != NDIS_STATUS_SUCCESS)
        NdisMDeregisterInterruptEx(Nic->ReceiveHandle);
    return Status;
}

static VOID NTAPI Halt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    NdisMDeregisterInterruptEx(Nic->TransmitHandle);
    NdisMDeregisterInterruptEx(Nic->ReceiveHandle);
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
