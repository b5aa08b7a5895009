/* SPDX-License-Identifier: MIT */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, TransmitVector, Level;
    ULONG Events;
    NDIS_MINIPORT_INTERRUPT Receive;
    NDIS_MINIPORT_INTERRUPT Transmit;
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
static VOID NTAPI Isr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    *Recognized = *Queue = Nic->Registers[0] != 0;
    if (*Recognized)
        DisableInterrupts(Nic);
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    Nic->Events++;
    EnableInterrupts(Nic);
}

static NIC TheNic;

static NDIS_STATUS RegisterOne(NIC *Nic, PNDIS_MINIPORT_INTERRUPT Interrupt, ULONG Vector)
{
    return NdisMRegisterInterrupt(Interrupt, Nic->Handle, Vector, Nic->Level, TRUE, TRUE,
                                  NdisInterruptLevelSensitive);
}

static NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                    PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                    NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
    NIC *Nic = &TheNic;
    NDIS_STATUS Status;

    Nic->Handle = MiniportAdapterHandle;
    NdisMSetAttributesEx(MiniportAdapterHandle, Nic, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci);
    Status = RegisterOne(Nic, &Nic->Receive, Nic->Vector);
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
    Status = RegisterOne(Nic, &Nic->Transmit, Nic->TransmitVector);
    if (Status != NDIS_STATUS_SUCCESS)
        NdisMDeregisterInterrupt(&Nic->Receive);
    return Status;
}

static VOID NTAPI Halt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    NdisMDeregisterInterrupt(&Nic->Transmit);
    NdisMDeregisterInterrupt(&Nic->Receive);
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
