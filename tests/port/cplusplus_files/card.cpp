#include "card.h"

bool Card::OnInterrupt(PBOOLEAN QueueDpc)
{
    *QueueDpc = m_Registers[0] != 0;
    return m_Registers[0] != 0;
}

NDIS_STATUS Card::Start()
{
    return NdisMRegisterInterrupt(&m_InterruptHandle, m_Handle, m_Vector, m_Vector, TRUE, TRUE,
                                  NdisInterruptLevelSensitive);
}
