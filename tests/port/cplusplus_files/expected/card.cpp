#include "card.h"

extern "C" BOOLEAN NTAPI MiniportIsr(NDIS_HANDLE Context, PBOOLEAN QueueDpc, PULONG TargetProcessors);

extern "C" VOID NTAPI MiniportHandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                              PVOID ReceiveThrottleParameters, PVOID NdisReserved2);
extern "C" VOID NTAPI MiniportDisableInterrupt(NDIS_HANDLE Context);
extern "C" VOID NTAPI MiniportEnableInterrupt(NDIS_HANDLE Context);

bool Card::OnInterrupt(PBOOLEAN QueueDpc)
{
    *QueueDpc = m_Registers[0] != 0;
    return m_Registers[0] != 0;
}

NDIS_STATUS Card::Start()
{
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

    NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
    InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    InterruptCharacteristics.Header.Size =
        NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    InterruptCharacteristics.InterruptHandler = MiniportIsr;
    InterruptCharacteristics.InterruptDpcHandler = MiniportHandleInterrupt;
    InterruptCharacteristics.DisableInterruptHandler = MiniportDisableInterrupt;
    InterruptCharacteristics.EnableInterruptHandler = MiniportEnableInterrupt;

    return NdisMRegisterInterruptEx(m_Handle, this, &InterruptCharacteristics, &m_InterruptHandle);
}
