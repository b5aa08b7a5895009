/* SPDX-License-Identifier: MIT */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    NDIS_HANDLE NdisInterruptHandle;
} NIC, *PNIC;

/* Wakes a thread, which does the rest. */
static BOOLEAN NTAPI NicIsr(NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors)
{
    PNIC Nic = Context;

    *Queue = FALSE;
    if (Nic->Registers[0] == 0) {
        return FALSE;
    }
    Nic->Registers[1] = 0;
    Nic->Events++;
    return TRUE;
}

/* Never called: the ISR asks for no DPC. NDIS 6 requires one. */
static VOID NTAPI NicInterruptDpc(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                  PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
}

static VOID NTAPI NicDisableInterrupt(NDIS_HANDLE Context)
{
    PNIC Nic = Context;

    Nic->Registers[1] = 0;
}

static VOID NicUnmaskInterrupt(PNIC Nic)
{
    Nic->Registers[1] = 1;
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI NicEnableInterrupt(NDIS_HANDLE Context)
{
    PNIC Nic = (PNIC)Context;

    NicUnmaskInterrupt(Nic);
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

    NicUnmaskInterrupt(Nic);
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
