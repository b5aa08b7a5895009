#include <ndis.h>

/* NDIS 5 never called an ISR of this driver: with a message as with the line. */
typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level, Events;
    NDIS_HANDLE NdisInterruptHandle;
    NDIS_INTERRUPT_TYPE InterruptType;
} NIC, *PNIC;

static VOID NTAPI Disable(NDIS_HANDLE MiniportInterruptContext)
{
    PNIC Nic = (PNIC)MiniportInterruptContext;

    Nic->Registers[1] = 0;
}

/* The ISR: what NDIS 5 did for a driver that asked for no ISR. */
static BOOLEAN NTAPI Isr(NDIS_HANDLE MiniportInterruptContext, PBOOLEAN QueueDefaultInterruptDpc,
                         PULONG TargetProcessors)
{
    Disable(MiniportInterruptContext);
    *QueueDefaultInterruptDpc = TRUE;
    return TRUE;
}

static BOOLEAN NTAPI MessageInterrupt(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                                      PBOOLEAN QueueDefaultInterruptDpc, PULONG TargetProcessors)
{
    return Isr(MiniportInterruptContext, QueueDefaultInterruptDpc, TargetProcessors);
}

static VOID NTAPI DisableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId)
{
    Disable(MiniportInterruptContext);
}

static VOID NTAPI Enable(NDIS_HANDLE MiniportInterruptContext)
{
    PNIC Nic = (PNIC)MiniportInterruptContext;

    Nic->Registers[1] = 1;
}

static VOID NTAPI EnableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId)
{
    Enable(MiniportInterruptContext);
}

static VOID NTAPI HandleInterrupt(PNIC Nic)
{
    if (Nic->Registers[0] == 0)
        return;
    Nic->Events++;
}

static VOID NTAPI InterruptDpc(NDIS_HANDLE MiniportInterruptContext, PVOID MiniportDpcContext,
                               PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    HandleInterrupt(MiniportInterruptContext);
    Enable(MiniportInterruptContext);
}

static VOID NTAPI MessageInterruptDpc(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                                      PVOID MiniportDpcContext, PULONG NdisReserved1,
                                      PULONG NdisReserved2)
{
    InterruptDpc(MiniportInterruptContext, MiniportDpcContext, NdisReserved1, NdisReserved2);
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
    InterruptCharacteristics.InterruptDpcHandler = InterruptDpc;
    InterruptCharacteristics.DisableInterruptHandler = Disable;
    InterruptCharacteristics.EnableInterruptHandler = Enable;
    InterruptCharacteristics.MsiSupported = TRUE;
    InterruptCharacteristics.MsiSyncWithAllMessages = TRUE;
    InterruptCharacteristics.MessageInterruptHandler = MessageInterrupt;
    InterruptCharacteristics.MessageInterruptDpcHandler = MessageInterruptDpc;
    InterruptCharacteristics.DisableMessageInterruptHandler = DisableMessageInterrupt;
    InterruptCharacteristics.EnableMessageInterruptHandler = EnableMessageInterrupt;

#ifdef ISA
    Status = NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics,
                                      &Nic->NdisInterruptHandle);
#else
    Status = NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics,
                                      &Nic->NdisInterruptHandle);
#endif
    if (!NT_SUCCESS(Status))
        return Status;
    /* The line, where messages were not granted. */
    Nic->InterruptType = InterruptCharacteristics.InterruptType;
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
