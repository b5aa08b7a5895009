/* SPDX-License-Identifier: MIT */
/* Declares the handlers itself. Some of its headers are for some builds only. */
#include "nic.h"
#ifdef NIC_TRACE
#include "trace.h"
#endif // NIC_TRACE

VOID NTAPI DisableInterrupt(NDIS_HANDLE Context);
VOID NTAPI EnableInterrupt(NDIS_HANDLE Context);

BOOLEAN NTAPI MessageInterrupt(NDIS_HANDLE MiniportInterruptContext,
                               ULONG MessageId,
                               PBOOLEAN QueueDefaultInterruptDpc,
                               PULONG TargetProcessors);

VOID NTAPI MessageInterruptDpc(NDIS_HANDLE MiniportInterruptContext,
                               ULONG MessageId, PVOID MiniportDpcContext,
                               PULONG NdisReserved1, PULONG NdisReserved2);

VOID NTAPI DisableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext,
                                   ULONG MessageId);

VOID NTAPI EnableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext,
                                  ULONG MessageId);
#ifdef NIC_TABLES
#include "tables.h"
VOID ReadTables(NIC *Nic);
#endif

BOOLEAN NTAPI Isr(NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors);
VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                           PVOID ReceiveThrottleParameters, PVOID NdisReserved2);

static NIC TheNic;

static NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                    PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                    NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
    NIC *Nic = &TheNic;
    NDIS_STATUS Status;
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

    UNREFERENCED_PARAMETER(OpenErrorStatus);
    UNREFERENCED_PARAMETER(Configuration);

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
    InterruptCharacteristics.MsiSupported = TRUE;
    InterruptCharacteristics.MsiSyncWithAllMessages = TRUE;
    InterruptCharacteristics.MessageInterruptHandler = MessageInterrupt;
    InterruptCharacteristics.MessageInterruptDpcHandler = MessageInterruptDpc;
    InterruptCharacteristics.DisableMessageInterruptHandler = DisableMessageInterrupt;
    InterruptCharacteristics.EnableMessageInterruptHandler = EnableMessageInterrupt;

    Status = NdisMRegisterInterruptEx(Nic->Handle, Nic, &InterruptCharacteristics,
                                      &(Nic->NdisInterruptHandle));
    // The line, where messages were not granted.
    Nic->InterruptType = InterruptCharacteristics.InterruptType;
    Nic->Registered = Status == NDIS_STATUS_SUCCESS;
    return Status;
}

static VOID NTAPI Halt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    if (Nic->Registered)
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
