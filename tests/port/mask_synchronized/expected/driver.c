/* SPDX-License-Identifier: MIT */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    NDIS_HANDLE NdisInterruptHandle;
} NIC;

#define INTERRUPT_DISABLED(n) ((n)->Registers[1] == 0)

static VOID DisableInterrupt(NIC *Nic)
{
    Nic->Registers[1] = 0;
}

/* Its condition asks whether the interrupt is disabled; its body disables it. */
static BOOLEAN NTAPI Isr(NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors)
{
    NIC *Nic = Context;
    BOOLEAN Recognized = FALSE;

    Recognized = *Queue = FALSE;
    if (!INTERRUPT_DISABLED(Nic) && Nic->Registers[0] != 0) {
        Recognized = *Queue = TRUE;
        DisableInterrupt(Nic);
    }
    return Recognized;
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI DisableInterruptEx(NDIS_HANDLE Context)
{
    NIC *Nic = (NIC *)Context;

    DisableInterrupt(Nic);
}

static BOOLEAN NTAPI EnableInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    Nic->Registers[1] = 1;
    return TRUE;
}

/* Unmasks with the interrupt's lock held, which NDIS 6 holds when it calls the enable handler. */
static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                  PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    NIC *Nic = Context;

    Nic->Events++;
    NdisMSynchronizeWithInterruptEx(Nic->NdisInterruptHandle, 0, EnableInterrupt, Nic);
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI EnableInterruptEx(NDIS_HANDLE Context)
{
    NIC *Nic = (NIC *)Context;

    EnableInterrupt(Nic);
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
    InterruptCharacteristics.DisableInterruptHandler = DisableInterruptEx;
    InterruptCharacteristics.EnableInterruptHandler = EnableInterruptEx;

    Status = NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics,
                                      &Nic->NdisInterruptHandle);
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
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
