extern "C" {
#include <ndis.h>
}

/* The context is "this", and the handlers are declared one by one as C's. */
class Card {
public:
    NDIS_HANDLE m_Handle;
    NDIS_MINIPORT_INTERRUPT m_Interrupt;
    volatile ULONG *m_Registers;
    ULONG m_Vector, m_Events;

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

extern "C" VOID NTAPI CardIsr(PBOOLEAN InterruptRecognized, PBOOLEAN QueueDpc, NDIS_HANDLE Context)
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

extern "C" VOID NTAPI CardDpc(NDIS_HANDLE Context)
{
    Card *card = static_cast<Card *>(Context);

    card->m_Events++;
    EnableInterrupts(card);
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
    characteristics.MajorNdisVersion = 5;
    characteristics.InitializeHandler = CardInitialize;
    characteristics.HaltHandler = CardHalt;
    characteristics.ISRHandler = CardIsr;
    characteristics.HandleInterruptHandler = CardDpc;
    return NdisMRegisterMiniport(wrapper, &characteristics, sizeof(characteristics));
}
