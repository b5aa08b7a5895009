#include <ndis.h>

/* NDIS 5 never called an ISR of this driver: with a message as with the line. */
typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level, Events;
    NDIS_MINIPORT_INTERRUPT Interrupt;
} NIC, *PNIC;

static VOID NTAPI Disable(PNIC Nic)
{
    Nic->Registers[1] = 0;
}

static VOID NTAPI Enable(PNIC Nic)
{
    Nic->Registers[1] = 1;
}

static VOID NTAPI HandleInterrupt(PNIC Nic)
{
    if (Nic->Registers[0] == 0)
        return;
    Nic->Events++;
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
#ifdef ISA
    Status = NdisMRegisterInterrupt(&Nic->Interrupt, Nic->Handle, Nic->Vector, Nic->Level, FALSE, FALSE,
                                    NdisInterruptLatched);
#else
    Status = NdisMRegisterInterrupt(&Nic->Interrupt, Nic->Handle, Nic->Vector, Nic->Level, FALSE, FALSE,
                                    NdisInterruptLevelSensitive);
#endif
    if (!NT_SUCCESS(Status))
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
    Miniport.HandleInterruptHandler = (PVOID)HandleInterrupt;
    Miniport.DisableInterruptHandler = (PVOID)Disable;
    Miniport.EnableInterruptHandler = (PVOID)Enable;
    return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
