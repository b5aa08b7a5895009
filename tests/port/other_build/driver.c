/* SPDX-License-Identifier: MIT */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    NDIS_MINIPORT_INTERRUPT Interrupt;
} NIC, *PNIC;

/* The one or the other: this build wants its ISR called. */
#define REQUEST_ISR TRUE
#define MASKS_ITSELF 1

VOID NTAPI NicDisableInterrupt(NDIS_HANDLE Context);
VOID NTAPI NicEnableInterrupt(NDIS_HANDLE Context);

static VOID NicMaskInterrupt(PNIC Nic)
{
    Nic->Registers[1] = 0;
}

static VOID NicUnmaskInterrupt(PNIC Nic)
{
    Nic->Registers[1] = 1;
}

#if MASKS_ITSELF
static VOID NTAPI NicIsr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context)
{
    PNIC Nic = Context;

    *Recognized = *Queue = Nic->Registers[0] != 0;
    NicMaskInterrupt(Nic);
}
#else
VOID NTAPI NicDisableInterrupt(NDIS_HANDLE Context)
{
    NicMaskInterrupt(Context);
}

VOID NTAPI NicEnableInterrupt(NDIS_HANDLE Context)
{
    NicUnmaskInterrupt(Context);
}
#endif

static VOID NTAPI NicHandleInterrupt(NDIS_HANDLE Context)
{
    PNIC Nic = Context;

    Nic->Events++;
    NicUnmaskInterrupt(Nic);
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
    Status = NdisMRegisterInterrupt(&Nic->Interrupt, Nic->Handle, Nic->Vector, Nic->Level, REQUEST_ISR, TRUE,
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
#if MASKS_ITSELF
    Miniport.ISRHandler = NicIsr;
#else
    Miniport.DisableInterruptHandler = NicDisableInterrupt;
    Miniport.EnableInterruptHandler = NicEnableInterrupt;
#endif
    Miniport.HandleInterruptHandler = NicHandleInterrupt;
    return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
