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
	NDIS_MINIPORT_INTERRUPT  Interrupt;
} NIC;

static void	Isr( PBOOLEAN, PBOOLEAN, NDIS_HANDLE );
static void	HandleInterrupt( NDIS_HANDLE );

static void
Isr( PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context )
{
	NIC *Nic = Context;

	/* The line is ours alone. */
	*Recognized = TRUE;

	/* Anything but noise is for the DPC. */
	*Queue = FALSE;
	if( Nic->Regs->STATUS ) {
		Nic->IrqMask = 0;
		Nic->Regs->IMR = 0;
		*Queue = TRUE;
	}
}

static void
HandleInterrupt( NDIS_HANDLE Context )
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

	Nic->Handle = MiniportAdapterHandle;
	NdisMSetAttributesEx( MiniportAdapterHandle, Nic, 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci );
	return NdisMRegisterInterrupt( &Nic->Interrupt, Nic->Handle, Nic->Vector, Nic->Vector, TRUE, FALSE,
	                               NdisInterruptLatched );
}

static VOID
Halt( NDIS_HANDLE Context )
{
	NIC *Nic = Context;

	NdisMDeregisterInterrupt( &Nic->Interrupt );
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
	Miniport.ISRHandler = Isr;
	Miniport.HandleInterruptHandler = HandleInterrupt;
	return NdisMRegisterMiniport( Wrapper, &Miniport, sizeof(Miniport) );
}
