// SPDX-License-Identifier: MIT
#include "device.h"

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

	NdisMSetAttributesEx(m_pUpper->GetNdisHandle(), (NDIS_HANDLE)m_pUpper, 0, 0, NdisInterfaceIsa);
	if((status = NdisMRegisterInterrupt(
		&m_InterruptHandle,
		m_pUpper->GetNdisHandle(),
		9,	// or say, irq vector
		9,
		TRUE,
		TRUE,
		NdisInterruptLatched)) != NDIS_STATUS_SUCCESS)
		return status;
	return NDIS_STATUS_SUCCESS;
}

void Device::DeregisterInterrupt(void)
{
	NdisMDeregisterInterrupt(&m_InterruptHandle);
}
