/* SPDX-License-Identifier: MIT */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    NDIS_MINIPORT_INTERRUPT Interrupt;
} NIC, *PNIC;

/* Its author wrote the adapter's type where NDIS gives a handle, and cast where he had to. */
static VOID NTAPI NicIsr(OUT PBOOLEAN Recognized, // whose interrupt is it?
                         OUT PBOOLEAN Queue,      // is there more to do?
                                                  // (there always is)
                         IN PNIC Nic              /* the card */)
{
    ULONG Status = Nic->Registers[0];
    // What the card has to say.

    *Recognized = *Queue = Status != 0;
    Nic->Registers[1] = 0;
}

static VOID NTAPI NicDisableInterrupt(PNIC Nic)
{
    Nic->Registers[1] = 0;
}

static VOID NTAPI NicEnableInterrupt(PNIC Nic)
{
    Nic->Registers[1] = 1;
}

static VOID NTAPI NicHandleInterrupt(PNIC Nic)
{
    Nic->Events++;
}

#define EVENTS(Nic) ((Nic)->Events)

static BOOLEAN NTAPI Nothing(PNIC Nic)
{
    return TRUE;
}

static VOID Poll(PNIC Nic)
{
    NicDisableInterrupt(Nic);
    if (EVENTS(Nic) == 0)
        NdisMSynchronizeWithInterrupt(&Nic->Interrupt, (PVOID)Nothing, Nic);
    NicHandleInterrupt(Nic);
    NicEnableInterrupt(Nic);
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

    Poll(Nic);
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
    Miniport.ISRHandler = (PVOID)NicIsr;
    Miniport.HandleInterruptHandler = (PVOID)NicHandleInterrupt;
    Miniport.DisableInterruptHandler = (PVOID)NicDisableInterrupt;
    Miniport.EnableInterruptHandler = (PVOID)NicEnableInterrupt;
    return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
