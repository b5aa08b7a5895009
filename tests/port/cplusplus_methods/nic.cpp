// SPDX-License-Identifier: MIT
#include "nic.h"

void Nic::Isr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE)
{
	*Recognized = *Queue = m_pRegisters[0] != 0;
}

void Nic::HandleInterrupt(NDIS_HANDLE)
{
	m_pRegisters[0] = 0;
}

void Nic::DisableInterrupt(NDIS_HANDLE)
{
	m_pRegisters[1] = 0;
}

void Card::EnableInterrupt(NDIS_HANDLE)
{
	m_pRegisters[1] = 1;
}

// Its own methods, not the functions of their names.
void Nic::Poll()
{
	BOOLEAN Recognized, Queue;

	Isr(&Recognized, &Queue, this);
	if (Recognized)
		HandleInterrupt(this);
	m_Polls++;
}

NDIS_STATUS Nic::Initialize(NDIS_HANDLE MiniportAdapterHandle)
{
	NDIS_STATUS Status;

	m_Handle = MiniportAdapterHandle;
	NdisMSetAttributesEx(MiniportAdapterHandle, (NDIS_HANDLE)this, 0, 0, NdisInterfacePci);
	Status = NdisMRegisterInterrupt(&m_Interrupt, m_Handle, m_Vector, m_Vector, TRUE, FALSE,
		NdisInterruptLatched);
	return Status;
}

void Nic::Halt()
{
	NdisMDeregisterInterrupt(&m_Interrupt);
}
