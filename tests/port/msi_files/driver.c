/* SPDX-License-Identifier: MIT */
/* Declares the handlers itself. Some of its headers are for some builds only. */
#include "nic.h"
#ifdef NIC_TRACE
#include "trace.h"
#endif // NIC_TRACE
#ifdef NIC_TABLES
#include "tables.h"
VOID ReadTables(NIC *Nic);
#endif

VOID NTAPI Isr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context);
VOID NTAPI HandleInterrupt(NDIS_HANDLE Context);

static NIC TheNic;

static NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                    PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                    NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
    NIC *Nic = &TheNic;
    NDIS_STATUS Status;

    UNREFERENCED_PARAMETER(OpenErrorStatus);
    UNREFERENCED_PARAMETER(Configuration);

    Nic->Handle = MiniportAdapterHandle;
    NdisMSetAttributesEx(MiniportAdapterHandle, Nic, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci);
    Status = NdisMRegisterInterrupt(&(Nic->Interrupt), Nic->Handle, Nic->Vector, Nic->Level, TRUE, TRUE,
                                    NdisInterruptLevelSensitive);
    Nic->Registered = Status == NDIS_STATUS_SUCCESS;
    return Status;
}

static VOID NTAPI Halt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    if (Nic->Registered)
        NdisMDeregisterInterrupt(&(Nic->Interrupt));
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
