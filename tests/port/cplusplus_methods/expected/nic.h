// SPDX-License-Identifier: MIT
// A class whose methods have the names of the handlers that call them.
#ifndef NIC_H
#define NIC_H

#include <ndis.h>

class Card
{
public:
	volatile ULONG *m_pRegisters;

	void EnableInterrupt(NDIS_HANDLE Context);
};

class Nic : public Card
{
public:
	NDIS_HANDLE m_Handle;
	ULONG m_Vector, m_Polls;
	NDIS_HANDLE m_InterruptHandle;

	void Isr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context);
	void HandleInterrupt(NDIS_HANDLE Context);
	void DisableInterrupt(NDIS_HANDLE Context);
	NDIS_STATUS Initialize(NDIS_HANDLE MiniportAdapterHandle);
	void Halt();
	void Poll();
};

BOOLEAN Isr(NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors);
void HandleInterrupt(NDIS_HANDLE Context);
void DisableInterrupt(NDIS_HANDLE Context);
void EnableInterrupt(NDIS_HANDLE Context);

void InterruptDpc(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                  PVOID ReceiveThrottleParameters, PVOID NdisReserved2);

#endif
