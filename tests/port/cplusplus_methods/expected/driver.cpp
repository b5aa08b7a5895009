// SPDX-License-Identifier: MIT
#include "nic.h"

static Nic TheNic;

BOOLEAN Isr(NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors)
{
	Nic *pNic = (Nic *)Context;
	BOOLEAN Recognized = FALSE;

	if (!pNic->m_Handle)
	{
		pNic->DisableInterrupt(Context);
		return Recognized;
	}
	pNic->Isr(&Recognized, Queue, Context);
	if (!Recognized)
		*Queue = FALSE;
	return Recognized;
}

void HandleInterrupt(NDIS_HANDLE Context)
{
	return ((Nic *)Context)->HandleInterrupt(Context);
}

void InterruptDpc(NDIS_HANDLE Context, PVOID MiniportDpcContext, PVOID ReceiveThrottleParameters,
                  PVOID NdisReserved2)
{
	HandleInterrupt(Context);
	EnableInterrupt(Context);
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
	return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
