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
	NDIS_MINIPORT_INTERRUPT m_Interrupt;
	ULONG m_Vector;

private:
	void DisableInterrupts( ULONG Some ) { m_pRegisters[1]&=~Some; }

	volatile ULONG *m_pRegisters;
};
typedef Nic *PNIC;

static Nic TheNic( NULL );

static VOID NTAPI IsrOuter( PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context )
{
	UNREFERENCED_PARAMETER(Context);

	*Recognized=*Queue=FALSE;
	PNIC( Context )->Service( Recognized, Queue );
}

static VOID NTAPI HandleInterruptOuter( NDIS_HANDLE Context )
{
	PNIC( Context )->Finish();
}

NDIS_STATUS Nic::Register( void )
{
	NdisMSetAttributesEx( m_Handle, NDIS_HANDLE(this), 0, NDIS_ATTRIBUTE_DESERIALIZE, NdisInterfacePci );
	return NdisMRegisterInterrupt( &m_Interrupt, m_Handle, m_Vector, m_Vector, TRUE, TRUE,
	                               NdisInterruptLevelSensitive );
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
	NdisMDeregisterInterrupt( &PNIC( Context )->m_Interrupt );
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
	Miniport.ISRHandler=IsrOuter;
	Miniport.HandleInterruptHandler=HandleInterruptOuter;
	return NdisMRegisterMiniport( Wrapper, &Miniport, sizeof(Miniport) );
}
