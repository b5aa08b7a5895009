#pragma once

extern "C" {
#include <ndis.h>
}

class Card {
public:
    NDIS_HANDLE m_Handle;
    NDIS_MINIPORT_INTERRUPT m_InterruptHandle;
    volatile ULONG *m_Registers;
    ULONG m_Vector, m_Events;

    bool OnInterrupt(PBOOLEAN QueueDpc);
    NDIS_STATUS Start();
};
