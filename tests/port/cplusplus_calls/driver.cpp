/* SPDX-License-Identifier: MIT */
extern "C" {
#include <ndis.h>
}

/* The enable handler stands behind the handler that has to call it: in the class that does not
 * matter, outside of it there has to be a declaration, which ndis.h comes before. */
class Card {
public:
    NDIS_HANDLE m_Handle;
    NDIS_MINIPORT_INTERRUPT m_Interrupt;
    volatile ULONG *m_Registers;
    ULONG m_Vector, m_Level, m_Events;

    static VOID NTAPI Isr(PBOOLEAN InterruptRecognized, PBOOLEAN QueueDpc, NDIS_HANDLE Context)
    {
        Card *card = static_cast<Card *>(Context);

        *InterruptRecognized = *QueueDpc = card->m_Registers[0] != 0;
    }

    static VOID NTAPI Disable(NDIS_HANDLE Context)
    {
        static_cast<Card *>(Context)->m_Registers[1] = 0;
    }

    NDIS_STATUS Start();
    BOOLEAN Poll();
    void Stop() { NdisMDeregisterInterrupt(&m_Interrupt); }
};

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context)
{
    Card *card = static_cast<Card *>(Context);

    card->m_Events++;
}

static VOID NTAPI Enable(NDIS_HANDLE Context)
{
    static_cast<Card *>(Context)->m_Registers[1] = 1;
}

BOOLEAN Card::Poll()
{
    BOOLEAN recognized = FALSE, queue = FALSE;

    this->Isr(&recognized, &queue, this);
    return recognized;
}

NDIS_STATUS Card::Start()
{
    NDIS_STATUS status;

    if (Poll())
        return NDIS_STATUS_FAILURE;
    status = NdisMRegisterInterrupt(&m_Interrupt, m_Handle, m_Vector, m_Level, TRUE, TRUE,
                                    NdisInterruptLevelSensitive);
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
    characteristics.MinorNdisVersion = 1;
    characteristics.InitializeHandler = CardInitialize;
    characteristics.HaltHandler = CardHalt;
    characteristics.ISRHandler = Card::Isr;
    characteristics.HandleInterruptHandler = HandleInterrupt;
    characteristics.DisableInterruptHandler = Card::Disable;
    characteristics.EnableInterruptHandler = Enable;
    return NdisMRegisterMiniport(wrapper, &characteristics, sizeof(characteristics));
}
