/* SPDX-License-Identifier: MIT */
// Its author indents with tabs, casts constants, and says behind each argument what it is.
#include <ndis.h>

#define ZERO_STRUCT(x) NdisZeroMemory(&(x), sizeof(x))

typedef struct _CARD {
	NDIS_HANDLE Handle;
	volatile ULONG *Registers;				// 0: status, 1: mask
	ULONG Line;
	ULONG Events;
	NDIS_HANDLE RxIntrHandle;            // from NdisMRegisterInterrupt
	NDIS_HANDLE TxIntrHandle;            // from NdisMRegisterInterrupt
} CARD, *PCARD;

BOOLEAN NTAPI SyncCount(NDIS_HANDLE SynchronizeContext);

BOOLEAN NTAPI
CardIsr(
	NDIS_HANDLE	Context,
	PBOOLEAN	Queue,
	PULONG	TargetProcessors
	)
{
	*Queue = (BOOLEAN)TRUE;

	return TRUE;
}

VOID NTAPI
CardDisableInterrupt( 
	NDIS_HANDLE Context
	)
{
	((PCARD)Context)->Registers[1] = 0;
}

// The ISR: what NDIS 5 did for a driver that asked for no ISR.
static BOOLEAN NTAPI
CardInterrupt(
	NDIS_HANDLE Context,
	PBOOLEAN QueueDefaultInterruptDpc,
	PULONG TargetProcessors
	)
{
	CardDisableInterrupt(Context);
	*QueueDefaultInterruptDpc = TRUE;
	return TRUE;
}

VOID NTAPI
CardEnableInterrupt( 
	NDIS_HANDLE Context
	)
{
	((PCARD)Context)->Registers[1] = 1;
}

BOOLEAN NTAPI SyncCount(NDIS_HANDLE SynchronizeContext)
{
	PCARD Card = (PCARD)SynchronizeContext;

	Card->Events++;
	return (BOOLEAN)TRUE;
}

VOID NTAPI
CardHandleInterrupt( 
	NDIS_HANDLE Context,
	PVOID MiniportDpcContext,
	PVOID ReceiveThrottleParameters,
	PVOID NdisReserved2
	)
{
	PCARD Card = (PCARD)Context;

	if (Card->Registers[0] != 0)
		{
		if (NdisMSynchronizeWithInterruptEx(Card->RxIntrHandle, 0, SyncCount, (PVOID)Card) != (BOOLEAN)TRUE)
			Card->Events = 0;
		}
	CardEnableInterrupt(Context);
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
	NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

	Card->Handle = Handle;
	NdisMSetAttributes(Handle, Card, TRUE, NdisInterfaceInternal);
	NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
	InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
	InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
	InterruptCharacteristics.Header.Size =
		NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
	InterruptCharacteristics.InterruptHandler = CardInterrupt;
	InterruptCharacteristics.InterruptDpcHandler = CardHandleInterrupt;
	InterruptCharacteristics.DisableInterruptHandler = CardDisableInterrupt;
	InterruptCharacteristics.EnableInterruptHandler = CardEnableInterrupt;

	Status = NdisMRegisterInterruptEx(
				Handle,
				Card,
				&InterruptCharacteristics,
				&Card->RxIntrHandle);
	if (Status != NDIS_STATUS_SUCCESS)
		return Status;
	Status = NdisMRegisterInterruptEx(Handle,
									Card,
									&InterruptCharacteristics,
									&(Card->TxIntrHandle));
	if (Status != NDIS_STATUS_SUCCESS)
		NdisMDeregisterInterruptEx (Card->RxIntrHandle);
	return Status;
}

VOID NTAPI CardHalt(NDIS_HANDLE Context)
{
	PCARD Card = (PCARD)Context;

	NdisMDeregisterInterruptEx (Card->RxIntrHandle);
	NdisMDeregisterInterruptEx (Card->TxIntrHandle);
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
	return NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
}
