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
	NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

	m_Handle = MiniportAdapterHandle;
	NdisMSetAttributesEx(MiniportAdapterHandle, (NDIS_HANDLE)this, 0, 0, NdisInterfacePci);
	NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
	InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
	InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
	InterruptCharacteristics.Header.Size =
		NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
	InterruptCharacteristics.InterruptHandler = ::Isr;
	InterruptCharacteristics.InterruptDpcHandler = InterruptDpc;
	InterruptCharacteristics.DisableInterruptHandler = ::DisableInterrupt;
	InterruptCharacteristics.EnableInterruptHandler = ::EnableInterrupt;

	Status = NdisMRegisterInterruptEx(m_Handle, this, &InterruptCharacteristics, &m_InterruptHandle);
	return Status;
}

void Nic::Halt()
{
	NdisMDeregisterInterruptEx(m_InterruptHandle);
}
