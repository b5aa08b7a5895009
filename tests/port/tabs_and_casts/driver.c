/* SPDX-License-Identifier: MIT */
// Its author indents with tabs, casts constants, and says behind each argument what it is.
#include <ndis.h>

#define ZERO_STRUCT(x) NdisZeroMemory(&(x), sizeof(x))

typedef struct _CARD {
	NDIS_HANDLE Handle;
	volatile ULONG *Registers;				// 0: status, 1: mask
	ULONG Line;
	ULONG Events;
	NDIS_MINIPORT_INTERRUPT RxIntr;      // from NdisMRegisterInterrupt
	NDIS_MINIPORT_INTERRUPT TxIntr;      // from NdisMRegisterInterrupt
} CARD, *PCARD;

BOOLEAN NTAPI SyncCount(const void * const SynchronizeContext);

VOID NTAPI
CardIsr(
	PBOOLEAN	Recognized,
	PBOOLEAN	Queue,
	NDIS_HANDLE	Context
	)
{
	*Recognized = (BOOLEAN)TRUE;
	*Queue = (BOOLEAN)TRUE;

	return;
}

VOID NTAPI
CardDisableInterrupt( 
	NDIS_HANDLE Context
	)
{
	((PCARD)Context)->Registers[1] = 0;
}

VOID NTAPI
CardEnableInterrupt( 
	NDIS_HANDLE Context
	)
{
	((PCARD)Context)->Registers[1] = 1;
}

BOOLEAN NTAPI SyncCount(const void * const SynchronizeContext)
{
	PCARD Card = (PCARD)SynchronizeContext;

	Card->Events++;
	return (BOOLEAN)TRUE;
}

VOID NTAPI
CardHandleInterrupt( 
	NDIS_HANDLE Context
	)
{
	PCARD Card = (PCARD)Context;

	if (Card->Registers[0] != 0)
		{
		if (NdisMSynchronizeWithInterrupt(&(Card->RxIntr), SyncCount, (PVOID)Card) != (BOOLEAN)TRUE)
			Card->Events = 0;
		}
}

static CARD TheCard;

NDIS_STATUS NTAPI
CardInitialize(
	PNDIS_STATUS OpenErrorStatus,
	PUINT SelectedMediumIndex,
	PNDIS_MEDIUM MediumArray,
	UINT MediumArraySize,
	NDIS_HANDLE Handle,
	NDIS_HANDLE Configuration
	)
{
	PCARD Card = &TheCard;
	NDIS_STATUS Status;

	Card->Handle = Handle;
	NdisMSetAttributes(Handle, Card, TRUE, NdisInterfaceInternal);
	Status = NdisMRegisterInterrupt(
				&Card->RxIntr,
				Handle,
				Card->Line,
				0,			// ignored
				FALSE,		// RequestIsr
				(BOOLEAN)FALSE,		// SharedInterrupt
				0);			// ignored
	if (Status != NDIS_STATUS_SUCCESS)
		return Status;
	Status = NdisMRegisterInterrupt(&(Card->TxIntr),
									Handle,
									Card->Line + 1,
									0,
									(BOOLEAN)FALSE,
									(BOOLEAN)FALSE,
									NdisInterruptLatched);
	if (Status != NDIS_STATUS_SUCCESS)
		NdisMDeregisterInterrupt (&(Card->RxIntr));
	return Status;
}

VOID NTAPI CardHalt(NDIS_HANDLE Context)
{
	PCARD Card = (PCARD)Context;

	NdisMDeregisterInterrupt (&(Card->RxIntr));
	NdisMDeregisterInterrupt (&(Card->TxIntr));
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
	NDIS_MINIPORT_CHARACTERISTICS Miniport;
	NDIS_HANDLE Wrapper;

	NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
	ZERO_STRUCT(Miniport);
	Miniport.MajorNdisVersion = 5;
	Miniport.MinorNdisVersion = 1;
	Miniport.InitializeHandler = CardInitialize;
	Miniport.HaltHandler = CardHalt;
	Miniport.ISRHandler = CardIsr;
	Miniport.HandleInterruptHandler = CardHandleInterrupt;
	Miniport.DisableInterruptHandler = CardDisableInterrupt;
	Miniport.EnableInterruptHandler = CardEnableInterrupt;
	return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
