/* SPDX-License-Identifier: MIT */
#include "nic.h"

VOID SetInterrupts(NIC *Nic, BOOLEAN Enable);

static BOOLEAN Service(NIC *Nic)
{
    if (Nic->Registers[0] == 0)
        return FALSE;
    SetInterrupts(Nic, FALSE);
    return TRUE;
}

static VOID NTAPI Isr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    *Recognized = *Queue = Service(Nic);
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    Nic->Events++;
    SyncSetInterruptMask(Nic, TRUE);
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
