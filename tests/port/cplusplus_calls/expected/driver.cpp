/* SPDX-License-Identifier: MIT */
extern "C" {
#include <ndis.h>
}

static VOID NTAPI Enable(NDIS_HANDLE Context);

/* The enable handler stands behind the handler that has to call it: in the class that does not
 * matter, outside of it there has to be a declaration, which ndis.h comes before. */
class Card {
public:
    NDIS_HANDLE m_Handle;
    NDIS_HANDLE m_InterruptHandle;
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
    void Stop() { NdisMDeregisterInterruptEx(m_InterruptHandle); }
};

static BOOLEAN NTAPI IsrForNdis(NDIS_HANDLE Context, PBOOLEAN QueueDpc, PULONG TargetProcessors)
{
    BOOLEAN InterruptRecognized = FALSE;

    Card::Isr(&InterruptRecognized, QueueDpc, Context);
    if (!InterruptRecognized)
        *QueueDpc = FALSE;
    return InterruptRecognized;
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                  PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    Card *card = static_cast<Card *>(Context);

    card->m_Events++;
    Enable(Context);
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
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS interruptCharacteristics;

    if (Poll())
        return NDIS_STATUS_FAILURE;
    NdisZeroMemory(&interruptCharacteristics, sizeof(interruptCharacteristics));
    interruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    interruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    interruptCharacteristics.Header.Size =
        NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    interruptCharacteristics.InterruptHandler = IsrForNdis;
    interruptCharacteristics.InterruptDpcHandler = HandleInterrupt;
    interruptCharacteristics.DisableInterruptHandler = Card::Disable;
    interruptCharacteristics.EnableInterruptHandler = Enable;

    status = NdisMRegisterInterruptEx(m_Handle, this, &interruptCharacteristics, &m_InterruptHandle);
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
    return NdisMRegisterMiniport(wrapper, &characteristics, sizeof(characteristics));
}
