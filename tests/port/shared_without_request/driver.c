/* SPDX-License-Identifier: MIT */
/* A shared line, and no ISR asked for: NDIS 5 called the ISR all the same. */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers;
    ULONG Vector;
    BOOLEAN Shared;
    NDIS_MINIPORT_INTERRUPT Interrupt;
    NDIS_MINIPORT_INTERRUPT Second;
} NIC;

static VOID NTAPI DisableInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    Nic->Registers[1] = 0;
}

static VOID NTAPI EnableInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    Nic->Registers[1] = 1;
}

static VOID NTAPI Isr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    if (Nic->Registers[0]) {
        DisableInterrupt(Nic);
        *Recognized = *Queue = TRUE;
    } else {
        *Recognized = *Queue = FALSE;
    }
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    Nic->Registers[0] = 0;
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
    Status = NdisMRegisterInterrupt(&Nic->Interrupt, Nic->Handle, Nic->Vector, 0, FALSE, TRUE,
                                    NdisInterruptLevelSensitive);
    if (Status == NDIS_STATUS_SUCCESS)
        Status = NdisMRegisterInterrupt(&Nic->Second, Nic->Handle, Nic->Vector, 0, FALSE, Nic->Shared,
                                        NdisInterruptLevelSensitive);
    return Status;
}

static VOID NTAPI Halt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    NdisMDeregisterInterrupt(&Nic->Second);
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
    Miniport.DisableInterruptHandler = DisableInterrupt;
    Miniport.EnableInterruptHandler = EnableInterrupt;
    return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
