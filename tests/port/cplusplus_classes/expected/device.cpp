// SPDX-License-Identifier: MIT
#include "device.h"

extern "C" BOOLEAN NTAPI MiniportISRHandler(
		IN  NDIS_HANDLE MiniportContext,
		OUT PBOOLEAN QueueInterrupt,
		OUT PULONG TargetProcessors);

extern "C" VOID NTAPI MiniportInterruptHandler(
	IN NDIS_HANDLE  MiniportContext,
	IN PVOID        MiniportDpcContext,
	IN PVOID        ReceiveThrottleParameters,
	IN PVOID        NdisReserved2);

extern "C" VOID NTAPI MiniportDisableInterrupt(
	IN NDIS_HANDLE  MiniportContext);

extern "C" VOID NTAPI MiniportEnableInterrupt(
	IN NDIS_HANDLE  MiniportContext);

BOOLEAN Device::IsOurs(void)
{
	return m_pRegisters[0] != 0;
}

void Device::EnableInterrupt(void)
{
	m_pRegisters[1] = 1;
}

void Device::DisableInterrupt(void)
{
	m_pRegisters[1] = 0;
}

NDIS_STATUS Device::RegisterInterrupt(void)
{
	NDIS_STATUS	status;
	NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS interruptCharacteristics;

	NdisMSetAttributesEx(m_pUpper->GetNdisHandle(), (NDIS_HANDLE)m_pUpper, 0, 0, NdisInterfaceIsa);
	NdisZeroMemory(&interruptCharacteristics, sizeof(interruptCharacteristics));
	interruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
	interruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
	interruptCharacteristics.Header.Size =
		NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
	interruptCharacteristics.InterruptHandler = MiniportISRHandler;
	interruptCharacteristics.InterruptDpcHandler = MiniportInterruptHandler;
	interruptCharacteristics.DisableInterruptHandler = MiniportDisableInterrupt;
	interruptCharacteristics.EnableInterruptHandler = MiniportEnableInterrupt;

	if((status = NdisMRegisterInterruptEx(
		m_pUpper->GetNdisHandle(),
		m_pUpper,
		&interruptCharacteristics,
		&m_InterruptHandle)) != NDIS_STATUS_SUCCESS)
		return status;
	return NDIS_STATUS_SUCCESS;
}

void Device::DeregisterInterrupt(void)
{
	NdisMDeregisterInterruptEx(m_InterruptHandle);
}
