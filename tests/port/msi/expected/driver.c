/* SPDX-License-Identifier: MIT */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    NDIS_HANDLE NdisInterruptHandle;
    NDIS_INTERRUPT_TYPE InterruptType;
} NIC;

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

static BOOLEAN NTAPI MessageInterrupt(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                                      PBOOLEAN QueueDefaultInterruptDpc, PULONG TargetProcessors)
{
    return Isr(MiniportInterruptContext, QueueDefaultInterruptDpc, TargetProcessors);
}

static VOID NTAPI DisableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId)
{
    DisableInterrupt(MiniportInterruptContext);
}

static VOID NTAPI EnableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId)
{
    EnableInterrupt(MiniportInterruptContext);
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                  PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    NIC *Nic = Context;

    Nic->Events++;
    EnableInterrupts(Nic);
}

static VOID NTAPI MessageInterruptDpc(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                                      PVOID MiniportDpcContext, PULONG NdisReserved1,
                                      PULONG NdisReserved2)
{
    HandleInterrupt(MiniportInterruptContext, MiniportDpcContext, NdisReserved1, NdisReserved2);
}

static NIC TheNic;

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
    InterruptCharacteristics.MsiSupported = TRUE;
    InterruptCharacteristics.MsiSyncWithAllMessages = TRUE;
    InterruptCharacteristics.MessageInterruptHandler = MessageInterrupt;
    InterruptCharacteristics.MessageInterruptDpcHandler = MessageInterruptDpc;
    InterruptCharacteristics.DisableMessageInterruptHandler = DisableMessageInterrupt;
    InterruptCharacteristics.EnableMessageInterruptHandler = EnableMessageInterrupt;

    Status = NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics,
                                      &Nic->NdisInterruptHandle);
    /* The line, where messages were not granted. */
    Nic->InterruptType = InterruptCharacteristics.InterruptType;
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
    else
        Nic->Events = 0;
    return NDIS_STATUS_SUCCESS;
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
