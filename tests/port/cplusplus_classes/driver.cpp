// SPDX-License-Identifier: MIT
#include "device.h"

static Driver TheDriver;

void Driver::DriverIsr(PBOOLEAN InterruptRecognized, PBOOLEAN QueueInterrupt)
{
	*InterruptRecognized = *QueueInterrupt = m_Lower.IsOurs();
	if(*InterruptRecognized)
		m_Lower.DisableInterrupt();
}

extern "C" {

void NTAPI MiniportISRHandler(
		OUT PBOOLEAN InterruptRecognized,
		OUT PBOOLEAN QueueInterrupt,
		IN  NDIS_HANDLE MiniportContext)
{
	((Driver *)MiniportContext)->DriverIsr(
		InterruptRecognized,
		QueueInterrupt);
}

VOID NTAPI MiniportEnableInterrupt(
	IN NDIS_HANDLE  MiniportContext)
{
	((Driver *)MiniportContext)->m_Lower.EnableInterrupt();
}

VOID NTAPI MiniportDisableInterrupt(
	IN NDIS_HANDLE  MiniportContext)
{
	((Driver *)MiniportContext)->m_Lower.DisableInterrupt();
}

VOID NTAPI MiniportInterruptHandler(
	IN NDIS_HANDLE  MiniportContext)
{
	((Driver *)MiniportContext)->m_Lower.EnableInterrupt();
}

NDIS_STATUS NTAPI MiniportInitialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
	PNDIS_MEDIUM MediumArray, UINT MediumArraySize, NDIS_HANDLE MiniportHandle,
	NDIS_HANDLE WrapperConfigHandle)
{
	TheDriver.m_NdisHandle = MiniportHandle;
	TheDriver.m_Lower.m_pUpper = &TheDriver;
	return TheDriver.m_Lower.RegisterInterrupt();
}

VOID NTAPI MiniportHalt(IN NDIS_HANDLE MiniportContext)
{
	((Driver *)MiniportContext)->m_Lower.DeregisterInterrupt();
}

}

extern "C" NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	NDIS_HANDLE wrapper;
	NDIS51_MINIPORT_CHARACTERISTICS chars;

	NdisMInitializeWrapper(&wrapper, DriverObject, RegistryPath, NULL);
	NdisZeroMemory(&chars, sizeof(chars));
	chars.Ndis50Chars.Ndis40Chars.Ndis30Chars.MajorNdisVersion = 5;
	chars.Ndis50Chars.Ndis40Chars.Ndis30Chars.MinorNdisVersion = 1;
	chars.Ndis50Chars.Ndis40Chars.Ndis30Chars.InitializeHandler = MiniportInitialize;
	chars.Ndis50Chars.Ndis40Chars.Ndis30Chars.HaltHandler = MiniportHalt;
	chars.Ndis50Chars.Ndis40Chars.Ndis30Chars.ISRHandler = MiniportISRHandler;
	chars.Ndis50Chars.Ndis40Chars.Ndis30Chars.HandleInterruptHandler = MiniportInterruptHandler;
	return NdisMRegisterMiniport(wrapper, (PNDIS_MINIPORT_CHARACTERISTICS)&chars, sizeof(chars));
}
