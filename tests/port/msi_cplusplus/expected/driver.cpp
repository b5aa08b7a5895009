extern "C" {
#include <ndis.h>
}

/* The context is "this", and the handlers are declared one by one as C's. */
class Card {
public:
    NDIS_HANDLE m_Handle;
    NDIS_HANDLE m_InterruptHandle;
    NDIS_INTERRUPT_TYPE m_InterruptType;
    volatile ULONG *m_Registers;
    ULONG m_Vector, m_Events;

    NDIS_STATUS Start();
    void Stop() { NdisMDeregisterInterruptEx(m_InterruptHandle); }
};

static void DisableInterrupts(Card *card)
{
    card->m_Registers[1] = 0;
}

static void EnableInterrupts(Card *card)
{
    card->m_Registers[1] = 1;
}

extern "C" BOOLEAN NTAPI CardIsr(NDIS_HANDLE Context, PBOOLEAN QueueDpc, PULONG TargetProcessors)
{
    Card *card = static_cast<Card *>(Context);

    *QueueDpc = FALSE;
    if (card->m_Registers[0] == 0)
        return FALSE;
    DisableInterrupts(card);
    *QueueDpc = TRUE;
    return TRUE;
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI CardDisableInterrupt(NDIS_HANDLE Context)
{
    Card *card = (Card *)Context;

    DisableInterrupts(card);
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI CardEnableInterrupt(NDIS_HANDLE Context)
{
    Card *card = (Card *)Context;

    EnableInterrupts(card);
}

static BOOLEAN NTAPI CardMessageInterrupt(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                                          PBOOLEAN QueueDefaultInterruptDpc,
                                          PULONG TargetProcessors)
{
    return CardIsr(MiniportInterruptContext, QueueDefaultInterruptDpc, TargetProcessors);
}

static VOID NTAPI CardDisableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext,
                                              ULONG MessageId)
{
    CardDisableInterrupt(MiniportInterruptContext);
}

static VOID NTAPI CardEnableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId)
{
    CardEnableInterrupt(MiniportInterruptContext);
}

extern "C" VOID NTAPI CardDpc(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                              PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    Card *card = static_cast<Card *>(Context);

    card->m_Events++;
    EnableInterrupts(card);
}

static VOID NTAPI CardMessageInterruptDpc(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                                          PVOID MiniportDpcContext, PULONG NdisReserved1,
                                          PULONG NdisReserved2)
{
    CardDpc(MiniportInterruptContext, MiniportDpcContext, NdisReserved1, NdisReserved2);
}

NDIS_STATUS Card::Start()
{
    NDIS_STATUS status;
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS interruptCharacteristics;

    NdisZeroMemory(&interruptCharacteristics, sizeof(interruptCharacteristics));
    interruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    interruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    interruptCharacteristics.Header.Size =
        NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    interruptCharacteristics.InterruptHandler = CardIsr;
    interruptCharacteristics.InterruptDpcHandler = CardDpc;
    interruptCharacteristics.DisableInterruptHandler = CardDisableInterrupt;
    interruptCharacteristics.EnableInterruptHandler = CardEnableInterrupt;
    interruptCharacteristics.MsiSupported = TRUE;
    interruptCharacteristics.MsiSyncWithAllMessages = TRUE;
    interruptCharacteristics.MessageInterruptHandler = CardMessageInterrupt;
    interruptCharacteristics.MessageInterruptDpcHandler = CardMessageInterruptDpc;
    interruptCharacteristics.DisableMessageInterruptHandler = CardDisableMessageInterrupt;
    interruptCharacteristics.EnableMessageInterruptHandler = CardEnableMessageInterrupt;

    status = NdisMRegisterInterruptEx(m_Handle, this, &interruptCharacteristics, &m_InterruptHandle);
    /* The line, where messages were not granted. */
    m_InterruptType = interruptCharacteristics.InterruptType;

    if (status == NDIS_STATUS_SUCCESS)
        m_Events = 0;
    return status;
}

static Card TheCard;

extern "C" NDIS_STATUS NTAPI CardInitialize(PNDIS_STATUS, PUINT, PNDIS_MEDIUM, UINT, NDIS_HANDLE Adapter,
                                            NDIS_HANDLE)
{
    Card *card = &TheCard;

    card->m_Handle = Adapter;
    NdisMSetAttributesEx(Adapter, card, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci);
    return card->Start();
}

extern "C" VOID NTAPI CardHalt(NDIS_HANDLE Context)
{
    static_cast<Card *>(Context)->Stop();
}

extern "C" NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_CHARACTERISTICS characteristics;
    NDIS_HANDLE wrapper;

    NdisMInitializeWrapper(&wrapper, DriverObject, RegistryPath, NULL);
    NdisZeroMemory(&characteristics, sizeof(characteristics));
    characteristics.MajorNdisVersion = 5;
    characteristics.InitializeHandler = CardInitialize;
    characteristics.HaltHandler = CardHalt;
    return NdisMRegisterMiniport(wrapper, &characteristics, sizeof(characteristics));
}
