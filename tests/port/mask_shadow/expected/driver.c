/* SPDX-License-Identifier: MIT */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    ULONG_PTR Base;
    ULONG Vector, Level;
    ULONG Events;
    ULONG Mask; /* as last written: the card's register cannot be read */
    NDIS_HANDLE NdisInterruptHandle;
} NIC;

#define REG_STATUS   0
#define REG_INT_MASK 4
#define ALL_INTS     0x1f

#define READ(n, reg)         (*(volatile ULONG *)((n)->Base + (reg)))
#define WRITE(n, reg, value) (*(volatile ULONG *)((n)->Base + (reg)) = (value))

static BOOLEAN NTAPI Isr(NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors)
{
    NIC *Nic = Context;
    BOOLEAN Recognized = FALSE;

    Recognized = *Queue = READ(Nic, REG_STATUS) != 0;
    Nic->Mask = 0;
    WRITE(Nic, REG_INT_MASK, Nic->Mask);
    return Recognized;
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI DisableInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = (NIC *)Context;

    Nic->Mask = 0;
    WRITE(Nic, REG_INT_MASK, Nic->Mask);
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI EnableInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = (NIC *)Context;

    Nic->Mask = ALL_INTS;
    WRITE(Nic, REG_INT_MASK, Nic->Mask);
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                  PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    NIC *Nic = Context;

    Nic->Events++;
    Nic->Mask = ALL_INTS;
    WRITE(Nic, REG_INT_MASK, Nic->Mask);
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
