/* SPDX-License-Identifier: MIT */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, SecondVector, Level;
    ULONG Events;
    NDIS_MINIPORT_INTERRUPT Interrupt;
    NDIS_MINIPORT_INTERRUPT Second;
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

static NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                    PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                    NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
    NIC *Nic = &TheNic;
    NDIS_STATUS Status;
    ULONG Vector;

    Nic->Handle = MiniportAdapterHandle;
    NdisMSetAttributesEx(MiniportAdapterHandle, Nic, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci);
    Vector = Nic->Vector;
    Status = NdisMRegisterInterrupt(&Nic->Interrupt, Nic->Handle, Vector, Nic->Level, TRUE, TRUE,
                                    NdisInterruptLevelSensitive);
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;

    if (Nic->Second.InterruptObject == NULL) {
        Vector = Nic->SecondVector;
        Status = NdisMRegisterInterrupt(&Nic->Second, Nic->Handle, Vector, Nic->Level, TRUE, FALSE,
                                        NdisInterruptLatched);
        if (Status != NDIS_STATUS_SUCCESS) {
            NdisMDeregisterInterrupt(&Nic->Interrupt);
            return Status;
        }
    }
    return NDIS_STATUS_SUCCESS;
}

/* One of two ways: neither comes after the other. */
static NDIS_STATUS Again(NIC *Nic, BOOLEAN Edge)
{
    if (Edge)
        return NdisMRegisterInterrupt(&Nic->Interrupt, Nic->Handle, Nic->Vector, Nic->Level, TRUE, FALSE,
                                      NdisInterruptLatched);
    return NdisMRegisterInterrupt(&Nic->Interrupt, Nic->Handle, Nic->Vector, Nic->Level, TRUE, TRUE,
                                  NdisInterruptLevelSensitive);
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
    return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
