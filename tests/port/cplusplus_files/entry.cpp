#include "card.h"

/* NDIS calls these; the other file has no declaration of them. */
extern "C" {

VOID NTAPI MiniportDisableInterrupt(NDIS_HANDLE Context)
{
    static_cast<Card *>(Context)->m_Registers[1] = 0;
}

static VOID NTAPI MiniportEnableInterrupt(NDIS_HANDLE Context)
{
    static_cast<Card *>(Context)->m_Registers[1] = 1;
}

VOID NTAPI MiniportIsr(PBOOLEAN Recognized, PBOOLEAN QueueDpc, NDIS_HANDLE Context)
{
    *Recognized = static_cast<Card *>(Context)->OnInterrupt(QueueDpc);
    if (*Recognized)
        MiniportDisableInterrupt(Context);
}

VOID NTAPI MiniportHandleInterrupt(NDIS_HANDLE Context)
{
    static_cast<Card *>(Context)->m_Events++;
    MiniportEnableInterrupt(Context);
}

static Card TheCard;

static NDIS_STATUS NTAPI MiniportInitialize(PNDIS_STATUS, PUINT, PNDIS_MEDIUM, UINT, NDIS_HANDLE Adapter, NDIS_HANDLE)
{
    TheCard.m_Handle = Adapter;
    NdisMSetAttributesEx(Adapter, &TheCard, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci);
    return TheCard.Start();
}

static VOID NTAPI MiniportHalt(NDIS_HANDLE Context)
{
    NdisMDeregisterInterrupt(&static_cast<Card *>(Context)->m_InterruptHandle);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_CHARACTERISTICS Miniport;
    NDIS_HANDLE Wrapper;

    NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
    NdisZeroMemory(&Miniport, sizeof Miniport);
    Miniport.MajorNdisVersion = 5;
    Miniport.InitializeHandler = MiniportInitialize;
    Miniport.HaltHandler = MiniportHalt;
    Miniport.ISRHandler = MiniportIsr;
    Miniport.HandleInterruptHandler = MiniportHandleInterrupt;
    return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof Miniport);
}
}
