// SPDX-License-Identifier: MIT
// Nothing but the adapter's own methods masks the card.
extern "C" {
#include <ndis.h>
}

class Nic
{
public:
	Nic(NDIS_HANDLE Handle) : m_Handle(Handle), m_Vector(0), m_pRegisters(NULL) { }

	void Service(PBOOLEAN Recognized, PBOOLEAN Queue)
	{
		if( !m_pRegisters[0] )
			return;
		DisableInterrupts();
		*Recognized=*Queue=TRUE;
	}
	void Finish( void )
	{
		m_pRegisters[0]=0;
		EnableInterrupts();
	}
	NDIS_STATUS Register( void );

	void DisableInterrupts( void ) { m_pRegisters[1]=0; }
	void EnableInterrupts( void ) { m_pRegisters[1]=1; }

	NDIS_HANDLE m_Handle;
	NDIS_HANDLE m_InterruptHandle;
	ULONG m_Vector;

private:
	void DisableInterrupts( ULONG Some ) { m_pRegisters[1]&=~Some; }

	volatile ULONG *m_pRegisters;
};
typedef Nic *PNIC;

static Nic TheNic( NULL );

static BOOLEAN NTAPI IsrOuter( NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors )
{
	BOOLEAN Recognized = FALSE;

	UNREFERENCED_PARAMETER(TargetProcessors);
	UNREFERENCED_PARAMETER(Context);

	Recognized=*Queue=FALSE;
	PNIC( Context )->Service( &Recognized, Queue );
	if(!Recognized)
		*Queue = FALSE;
	return Recognized;
}

// DIRQL, with the interrupt's lock held.
static VOID NTAPI MiniportDisableInterrupt( NDIS_HANDLE Context )
{
	Nic *Adapter = (Nic *)Context;

	Adapter->DisableInterrupts();
}

// DIRQL, with the interrupt's lock held.
static VOID NTAPI MiniportEnableInterrupt( NDIS_HANDLE Context )
{
	Nic *Adapter = (Nic *)Context;

	Adapter->EnableInterrupts();
}

static VOID NTAPI HandleInterruptOuter( NDIS_HANDLE Context, PVOID MiniportDpcContext,
                                        PVOID ReceiveThrottleParameters, PVOID NdisReserved2 )
{
	UNREFERENCED_PARAMETER(MiniportDpcContext);
	UNREFERENCED_PARAMETER(ReceiveThrottleParameters);
	UNREFERENCED_PARAMETER(NdisReserved2);
	PNIC( Context )->Finish();
}

NDIS_STATUS Nic::Register( void )
{
	NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

	NdisMSetAttributesEx( m_Handle, NDIS_HANDLE(this), 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci );
	NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
	InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
	InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
	InterruptCharacteristics.Header.Size =
		NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
	InterruptCharacteristics.InterruptHandler = IsrOuter;
	InterruptCharacteristics.InterruptDpcHandler = HandleInterruptOuter;
	InterruptCharacteristics.DisableInterruptHandler = MiniportDisableInterrupt;
	InterruptCharacteristics.EnableInterruptHandler = MiniportEnableInterrupt;

	return NdisMRegisterInterruptEx( m_Handle, this, &InterruptCharacteristics, &m_InterruptHandle );
}

static NDIS_STATUS NTAPI Initialize( PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                     PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                     NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Configuration )
{
	TheNic.m_Handle=MiniportAdapterHandle;
	return TheNic.Register();
}

static VOID NTAPI Halt( NDIS_HANDLE Context )
{
	NdisMDeregisterInterruptEx( PNIC( Context )->m_InterruptHandle );
}

extern "C" NTSTATUS NTAPI DriverEntry( PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath )
{
	NDIS_HANDLE Wrapper;
	NDIS_MINIPORT_CHARACTERISTICS Miniport;

	NdisMInitializeWrapper( &Wrapper, DriverObject, RegistryPath, NULL );
	NdisZeroMemory( &Miniport, sizeof(Miniport) );
	Miniport.MajorNdisVersion=5;
	Miniport.MinorNdisVersion=1;
	Miniport.InitializeHandler=Initialize;
	Miniport.HaltHandler=Halt;
	return NdisMRegisterMiniport( Wrapper, &Miniport, sizeof(Miniport) );
}
