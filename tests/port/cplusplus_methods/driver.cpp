// SPDX-License-Identifier: MIT
#include "nic.h"

static Nic TheNic;

void Isr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context)
{
	Nic *pNic = (Nic *)Context;

	if (!pNic->m_Handle)
		return pNic->DisableInterrupt(Context);
	return pNic->Isr(Recognized, Queue, Context);
}

void HandleInterrupt(NDIS_HANDLE Context)
{
	return ((Nic *)Context)->HandleInterrupt(Context);
}

void DisableInterrupt(NDIS_HANDLE Context)
{
	((Nic *)Context)->DisableInterrupt(Context);
}

void EnableInterrupt(NDIS_HANDLE Context)
{
	return ((Nic *)Context)->EnableInterrupt(Context);
}

NDIS_STATUS Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex, PNDIS_MEDIUM MediumArray,
	UINT MediumArraySize, NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration)
{
	return TheNic.Initialize(MiniportAdapterHandle);
}

void Halt(NDIS_HANDLE Context)
{
	return ((Nic *)Context)->Halt();
}

extern "C" NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	NDIS_HANDLE Wrapper;
	NDIS_MINIPORT_CHARACTERISTICS Miniport;

	NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
	NdisZeroMemory(&Miniport, sizeof(Miniport));
	Miniport.MajorNdisVersion = 5;
	Miniport.MinorNdisVersion = 1;
	Miniport.InitializeHandler = Initialize;
	Miniport.HaltHandler = Halt;
	Miniport.ISRHandler = Isr;
	Miniport.HandleInterruptHandler = HandleInterrupt;
	Miniport.DisableInterruptHandler = DisableInterrupt;
	Miniport.EnableInterruptHandler = EnableInterrupt;
	return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
