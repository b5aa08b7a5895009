/* SPDX-License-Identifier: MIT */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    NDIS_HANDLE NdisInterruptHandle;
} NIC, *PNIC;

/* Its author wrote the adapter's type where NDIS gives a handle, and cast where he had to. */
static BOOLEAN NTAPI NicIsr(IN NDIS_HANDLE MiniportInterruptContext, /* the card */
                            OUT PBOOLEAN Queue,      // is there more to do?
                                                  // (there always is)
                            OUT PULONG TargetProcessors)
{
    PNIC Nic = (PNIC)MiniportInterruptContext;
    ULONG Status = Nic->Registers[0];
    // What the card has to say.
    BOOLEAN Recognized = FALSE;

    Recognized = *Queue = Status != 0;
    Nic->Registers[1] = 0;
    return Recognized;
}

static VOID NTAPI NicDisableInterrupt(NDIS_HANDLE MiniportInterruptContext)
{
    PNIC Nic = (PNIC)MiniportInterruptContext;

    Nic->Registers[1] = 0;
}

static VOID NTAPI NicEnableInterrupt(NDIS_HANDLE MiniportInterruptContext)
{
    PNIC Nic = (PNIC)MiniportInterruptContext;

    Nic->Registers[1] = 1;
}

static VOID NTAPI NicHandleInterrupt(PNIC Nic)
{
    Nic->Events++;
}

static VOID NTAPI NicInterruptDpc(NDIS_HANDLE MiniportInterruptContext, PVOID MiniportDpcContext,
                                  PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    NicHandleInterrupt(MiniportInterruptContext);
    NicEnableInterrupt(MiniportInterruptContext);
}

#define EVENTS(Nic) ((Nic)->Events)

static BOOLEAN NTAPI Nothing(NDIS_HANDLE SynchronizeContext)
{
    return TRUE;
}

static VOID Poll(PNIC Nic)
{
    NicDisableInterrupt(Nic);
    if (EVENTS(Nic) == 0)
        NdisMSynchronizeWithInterruptEx(Nic->NdisInterruptHandle, 0, (PVOID)Nothing, Nic);
    NicHandleInterrupt(Nic);
    NicEnableInterrupt(Nic);
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
    InterruptCharacteristics.InterruptHandler = NicIsr;
    InterruptCharacteristics.InterruptDpcHandler = NicInterruptDpc;
    InterruptCharacteristics.DisableInterruptHandler = NicDisableInterrupt;
    InterruptCharacteristics.EnableInterruptHandler = NicEnableInterrupt;

    Status = NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics,
                                      &Nic->NdisInterruptHandle);
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
    return NDIS_STATUS_SUCCESS;
}

static VOID NTAPI Halt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    Poll(Nic);
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
