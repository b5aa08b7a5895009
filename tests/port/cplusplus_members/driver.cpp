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
    NDIS_MINIPORT_INTERRUPT m_Interrupt;
    volatile ULONG *m_Registers;
    ULONG m_Vector, m_Events;

    static VOID NTAPI Isr(PBOOLEAN InterruptRecognized, PBOOLEAN QueueDpc, NDIS_HANDLE Context);
    static VOID NTAPI Enable(NDIS_HANDLE Context)
    {
        EnableInterrupts(static_cast<Card *>(Context));
    }

    static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context)
    {
        Card *card = static_cast<Card *>(Context);

        card->m_Events++;
    }

    NDIS_STATUS Start();
    void Stop() { NdisMDeregisterInterrupt(&m_Interrupt); }
};

static void DisableInterrupts(Card *card)
{
    card->m_Registers[1] = 0;
}

static void EnableInterrupts(Card *card)
{
    card->m_Registers[1] = 1;
}

VOID NTAPI Card::Isr(PBOOLEAN InterruptRecognized, PBOOLEAN QueueDpc, NDIS_HANDLE Context)
{
    Card *card = static_cast<Card *>(Context);

    *InterruptRecognized = FALSE;
    *QueueDpc = FALSE;
    if (card->m_Registers[0] == 0)
        return;
    DisableInterrupts(card);
    *InterruptRecognized = TRUE;
    *QueueDpc = TRUE;
}

NDIS_STATUS Card::Start()
{
    NDIS_STATUS status = NdisMRegisterInterrupt(&m_Interrupt, m_Handle, m_Vector, m_Vector, TRUE, TRUE,
                                                NdisInterruptLevelSensitive);

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
    characteristics.Ndis50Chars.Ndis40Chars.Ndis30Chars.ISRHandler = Card::Isr;
    characteristics.Ndis50Chars.Ndis40Chars.Ndis30Chars.HandleInterruptHandler = &Card::HandleInterrupt;
    characteristics.Ndis50Chars.Ndis40Chars.Ndis30Chars.EnableInterruptHandler = Card::Enable;
    return NdisMRegisterMiniport(wrapper, &characteristics, sizeof(characteristics));
}
