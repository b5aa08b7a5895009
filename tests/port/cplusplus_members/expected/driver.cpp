extern "C" {
#include <ndis.h>
}

class Card;
static void DisableInterrupts(Card *card);
static void EnableInterrupts(Card *card);

/* Handlers that are static members: one is defined outside, the others in the class. */
class Card {
public:
    NDIS_HANDLE m_Handle;
    NDIS_HANDLE m_InterruptHandle;
    NDIS_INTERRUPT_TYPE m_InterruptType;
    volatile ULONG *m_Registers;
    ULONG m_Vector, m_Events;

    static BOOLEAN NTAPI Isr(NDIS_HANDLE Context, PBOOLEAN QueueDpc, PULONG TargetProcessors);
    static VOID NTAPI Enable(NDIS_HANDLE Context)
    {
        EnableInterrupts(static_cast<Card *>(Context));
    }

    static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                      PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
    {
        Card *card = static_cast<Card *>(Context);

        card->m_Events++;
        Enable(Context);
    }

    NDIS_STATUS Start();
    void Stop() { NdisMDeregisterInterruptEx(m_InterruptHandle); }
};

static VOID NTAPI MessageInterruptDpc(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                                      PVOID MiniportDpcContext, PULONG NdisReserved1,
                                      PULONG NdisReserved2)
{
    Card::HandleInterrupt(MiniportInterruptContext, MiniportDpcContext, NdisReserved1,
                          NdisReserved2);
}

static VOID NTAPI EnableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId)
{
    Card::Enable(MiniportInterruptContext);
}

static void DisableInterrupts(Card *card)
{
    card->m_Registers[1] = 0;
}

static void EnableInterrupts(Card *card)
{
    card->m_Registers[1] = 1;
}

BOOLEAN NTAPI Card::Isr(NDIS_HANDLE Context, PBOOLEAN QueueDpc, PULONG TargetProcessors)
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
static VOID NTAPI DisableInterrupt(NDIS_HANDLE Context)
{
    Card *card = (Card *)Context;

    DisableInterrupts(card);
}

static BOOLEAN NTAPI MessageInterrupt(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                                      PBOOLEAN QueueDefaultInterruptDpc, PULONG TargetProcessors)
{
    return Card::Isr(MiniportInterruptContext, QueueDefaultInterruptDpc, TargetProcessors);
}

static VOID NTAPI DisableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId)
{
    DisableInterrupt(MiniportInterruptContext);
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
    interruptCharacteristics.InterruptHandler = Card::Isr;
    interruptCharacteristics.InterruptDpcHandler = Card::HandleInterrupt;
    interruptCharacteristics.DisableInterruptHandler = DisableInterrupt;
    interruptCharacteristics.EnableInterruptHandler = Card::Enable;
    interruptCharacteristics.MsiSupported = TRUE;
    interruptCharacteristics.MsiSyncWithAllMessages = TRUE;
    interruptCharacteristics.MessageInterruptHandler = MessageInterrupt;
    interruptCharacteristics.MessageInterruptDpcHandler = MessageInterruptDpc;
    interruptCharacteristics.DisableMessageInterruptHandler = DisableMessageInterrupt;
    interruptCharacteristics.EnableMessageInterruptHandler = EnableMessageInterrupt;

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
    characteristics.Ndis50Chars.Ndis40Chars.Ndis30Chars.MajorNdisVersion = 5;
    characteristics.Ndis50Chars.Ndis40Chars.Ndis30Chars.InitializeHandler = CardInitialize;
    characteristics.Ndis50Chars.Ndis40Chars.Ndis30Chars.HaltHandler = CardHalt;
    return NdisMRegisterMiniport(wrapper, &characteristics, sizeof(characteristics));
}
