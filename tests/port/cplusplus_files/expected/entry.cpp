#include "card.h"

/* NDIS calls these; the other file has no declaration of them. */
extern "C" {

VOID NTAPI MiniportDisableInterrupt(NDIS_HANDLE Context)
{
    static_cast<Card *>(Context)->m_Registers[1] = 0;
}

VOID NTAPI MiniportEnableInterrupt(NDIS_HANDLE Context)
{
    static_cast<Card *>(Context)->m_Registers[1] = 1;
}

BOOLEAN NTAPI MiniportIsr(NDIS_HANDLE Context, PBOOLEAN QueueDpc, PULONG TargetProcessors)
{
    BOOLEAN Recognized = FALSE;

    Recognized = static_cast<Card *>(Context)->OnInterrupt(QueueDpc);
    if (Recognized)
        MiniportDisableInterrupt(Context);
    if (!Recognized)
        *QueueDpc = FALSE;
    return Recognized;
}

VOID NTAPI MiniportHandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                   PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
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
    NdisMDeregisterInterruptEx(static_cast<Card *>(Context)->m_InterruptHandle);
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
    return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof Miniport);
}
}
