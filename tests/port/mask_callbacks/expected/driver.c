/* SPDX-License-Identifier: MIT */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    NDIS_HANDLE NdisInterruptHandle;
} NIC;

/* Both take what NDIS gives: that it is the adapter says their first line, or who calls them. */
static BOOLEAN NTAPI NicDisableInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = (NIC *)Context;

    Nic->Registers[1] = 0;
    return TRUE;
}

static VOID SetMask(PVOID Card, ULONG Mask)
{
    ((NIC *)Card)->Registers[1] = Mask;
}

static BOOLEAN NTAPI NicEnableInterrupt(NDIS_HANDLE Context)
{
    SetMask(Context, 1);
    return TRUE;
}

static BOOLEAN NTAPI NicIsr(NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors)
{
    NIC *Nic = Context;
    BOOLEAN Recognized = FALSE;

    if (Nic->Registers[0] == 0) {
        Recognized = *Queue = FALSE;
        return Recognized;
    }
    Nic->Registers[1] = 0;
    Recognized = *Queue = TRUE;
    return Recognized;
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI NicDisableInterruptEx(NDIS_HANDLE Context)
{
    NIC *Nic = (NIC *)Context;

    NicDisableInterrupt(Nic);
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI NicEnableInterruptEx(NDIS_HANDLE Context)
{
    NIC *Nic = (NIC *)Context;

    NicEnableInterrupt(Nic);
}

static VOID Restart(NIC *Nic)
{
    NdisMSynchronizeWithInterruptEx(Nic->NdisInterruptHandle, 0, (PVOID)NicDisableInterrupt, Nic);
    Nic->Events = 0;
    NdisMSynchronizeWithInterruptEx(Nic->NdisInterruptHandle, 0, (PVOID)NicEnableInterrupt, Nic);
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                  PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    NIC *Nic = Context;

    if (++Nic->Events > 100)
        Restart(Nic);
    else
        NdisMSynchronizeWithInterruptEx(Nic->NdisInterruptHandle, 0, (PVOID)NicEnableInterrupt,
                                        Nic);
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
    InterruptCharacteristics.InterruptDpcHandler = HandleInterrupt;
    InterruptCharacteristics.DisableInterruptHandler = NicDisableInterruptEx;
    InterruptCharacteristics.EnableInterruptHandler = NicEnableInterruptEx;

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
