/* SPDX-License-Identifier: MIT */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    NDIS_MINIPORT_INTERRUPT Interrupt;
} NIC;

#define INTERRUPT_DISABLED(n) ((n)->Registers[1] == 0)

static VOID DisableInterrupt(NIC *Nic)
{
    Nic->Registers[1] = 0;
}

/* Its condition asks whether the interrupt is disabled; its body disables it. */
static VOID NTAPI Isr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    *Recognized = *Queue = FALSE;
    if (!INTERRUPT_DISABLED(Nic) && Nic->Registers[0] != 0) {
        *Recognized = *Queue = TRUE;
        DisableInterrupt(Nic);
    }
}

static BOOLEAN NTAPI EnableInterrupt(PVOID Context)
{
    NIC *Nic = Context;

    Nic->Registers[1] = 1;
    return TRUE;
}

/* Unmasks with the interrupt's lock held, which NDIS 6 holds when it calls the enable handler. */
static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    Nic->Events++;
    NdisMSynchronizeWithInterrupt(&Nic->Interrupt, EnableInterrupt, Nic);
}

static NIC TheNic;

static NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                    PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                    NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
    NIC *Nic = &TheNic;
    NDIS_STATUS Status;

    Nic->Handle = MiniportAdapterHandle;
    NdisMSetAttributesEx(MiniportAdapterHandle, Nic, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci);
    Status = NdisMRegisterInterrupt(&Nic->Interrupt, Nic->Handle, Nic->Vector, Nic->Level, TRUE, TRUE,
                                    NdisInterruptLevelSensitive);
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
    return NDIS_STATUS_SUCCESS;
}

static VOID NTAPI Halt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    NdisMDeregisterInterrupt(&Nic->Interrupt);
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
    Miniport.ISRHandler = Isr;
    Miniport.HandleInterruptHandler = HandleInterrupt;
    return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
