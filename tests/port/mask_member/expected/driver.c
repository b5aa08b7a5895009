/* SPDX-License-Identifier: MIT */
#include <ndis.h>

#define ENABLED_EVENTS 0x03
#define LINK_EVENTS    0x1c

struct registers {
	UCHAR  STATUS, COMMAND, IMR, PAD;
};

typedef struct _NIC {
	NDIS_HANDLE  Handle;
	volatile struct registers	*Regs;
	ULONG  IrqMask;	/* what the author thinks of it: no register */
	ULONG  Vector, Up;
	NDIS_HANDLE              NdisInterruptHandle;
} NIC;

static BOOLEAN	Isr( NDIS_HANDLE, PBOOLEAN, PULONG );
static void	HandleInterrupt( NDIS_HANDLE, PVOID, PVOID, PVOID );

static BOOLEAN
Isr( NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors )
{
	NIC *Nic = Context;
	BOOLEAN Recognized = FALSE;

	/* The line is ours alone. */
	Recognized = TRUE;

	/* Anything but noise is for the DPC. */
	*Queue = FALSE;
	if( Nic->Regs->STATUS ) {
		Nic->IrqMask = 0;
		Nic->Regs->IMR = 0;
		*Queue = TRUE;
	}
	return Recognized;
}

/* DIRQL, with the interrupt's lock held. */
static void
DisableInterrupt( NDIS_HANDLE Context )
{
	NIC *Nic = (NIC *)Context;

	Nic->Regs->IMR = 0;
}

/* DIRQL, with the interrupt's lock held. */
static void
EnableInterrupt( NDIS_HANDLE Context )
{
	NIC *Nic = (NIC *)Context;

	Nic->Regs->IMR = ENABLED_EVENTS | (Nic->Up ? LINK_EVENTS : 0);
}

static void
HandleInterrupt( NDIS_HANDLE Context, PVOID MiniportDpcContext, PVOID ReceiveThrottleParameters,
                 PVOID NdisReserved2 )
{
	NIC *Nic = Context;

	Nic->Regs->COMMAND = 1;
	Nic->IrqMask = 7;
	Nic->Regs->IMR = ENABLED_EVENTS | (Nic->Up ? LINK_EVENTS : 0);
}

static NIC TheNic;

static NDIS_STATUS
Initialize( PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex, PNDIS_MEDIUM MediumArray,
            UINT MediumArraySize, NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration )
{
	NIC *Nic = &TheNic;
	NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

	Nic->Handle = MiniportAdapterHandle;
	NdisMSetAttributesEx( MiniportAdapterHandle, Nic, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci );
	NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
	InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
	InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
	InterruptCharacteristics.Header.Size =
		NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
	InterruptCharacteristics.InterruptHandler = Isr;
	InterruptCharacteristics.InterruptDpcHandler = HandleInterrupt;
	InterruptCharacteristics.DisableInterruptHandler = DisableInterrupt;
	InterruptCharacteristics.EnableInterruptHandler = EnableInterrupt;

	return NdisMRegisterInterruptEx( Nic->Handle, Nic, &InterruptCharacteristics,
	                                 &Nic->NdisInterruptHandle );
}

static VOID
Halt( NDIS_HANDLE Context )
{
	NIC *Nic = Context;

	NdisMDeregisterInterruptEx( Nic->NdisInterruptHandle );
}

NTSTATUS NTAPI
DriverEntry( PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath )
{
	NDIS_MINIPORT_CHARACTERISTICS Miniport;
	NDIS_HANDLE Wrapper;

	NdisMInitializeWrapper( &Wrapper, DriverObject, RegistryPath, NULL );
	NdisZeroMemory( &Miniport, sizeof(Miniport) );
	Miniport.MajorNdisVersion = 5;
	Miniport.MinorNdisVersion = 1;
	Miniport.InitializeHandler = Initialize;
	Miniport.HaltHandler = Halt;
	return NdisMRegisterMiniport( Wrapper, &Miniport, sizeof(Miniport) );
}
