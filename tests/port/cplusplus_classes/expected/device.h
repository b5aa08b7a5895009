// SPDX-License-Identifier: MIT
// Classes around the card, handlers in an extern "C" block that no header declares.
#ifndef DEVICE_H
#define DEVICE_H

extern "C" {
#include <ndis.h>
}

class Driver;

extern "C" void DeviceTimer(PVOID, PVOID, PVOID, PVOID);

class Device
{
public:
	Driver *m_pUpper;
	volatile ULONG *m_pRegisters;

	BOOLEAN IsOurs(void);
	void EnableInterrupt(void);
	void DisableInterrupt(void);
	NDIS_STATUS RegisterInterrupt(void);
	void DeregisterInterrupt(void);

private:
	NDIS_HANDLE m_InterruptHandle;
};

class Driver
{
public:
	NDIS_HANDLE m_NdisHandle;
	Device m_Lower;

	NDIS_HANDLE GetNdisHandle(void) { return m_NdisHandle; }
	void EnableInterrupts(void) { m_Lower.EnableInterrupt(); }
	void DisableInterrupts(void) { m_Lower.DisableInterrupt(); }
	void DriverIsr(PBOOLEAN InterruptRecognized, PBOOLEAN QueueInterrupt);
};

#endif
