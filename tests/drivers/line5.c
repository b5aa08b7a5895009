/* SPDX-License-Identifier: MIT */
/* line5.c - an NDIS 5.1 driver that leaves the ISR to NDIS where it may: alone on its line it
 * registers without RequestIsr, and NDIS calls MiniportDisableInterrupt, queues the DPC and calls
 * MiniportEnableInterrupt after it. --set Shared=1 shares the line, with MiniportISR.
 *
 * It has all four handlers, and a function that it synchronises with its interrupt: the port of it
 * is compared with it (port_proof_test.c).
 *
 * WDK (NDIS 5): "NdisMRegisterInterrupt", "MiniportISR", "MiniportDisableInterrupt". */
#include "minimal5.h"

struct adapter {
    struct minimal5 Base;
    NDIS_MINIPORT_INTERRUPT Interrupt;
    BOOLEAN Shared, Registered;
    ULONG Pending; /* causes that no DPC has taken yet; shared with the service routine */
    ULONG Served;
};
static const SIZE_T AdapterBytes = sizeof(struct adapter);

/* --- the interrupt --- */

static VOID NTAPI LineIsr(PBOOLEAN InterruptRecognized, PBOOLEAN QueueMiniportHandleInterrupt,
                          NDIS_HANDLE MiniportAdapterContext)
{
    struct adapter *Adapter = MiniportAdapterContext;
    ULONG Causes = TakeCauses(&Adapter->Base.Card);

    *QueueMiniportHandleInterrupt = FALSE;
    if (Causes == 0) {
        *InterruptRecognized = FALSE;
        return;
    }
    DisableCauses(&Adapter->Base.Card);
    Adapter->Pending |= Causes;
    *InterruptRecognized = *QueueMiniportHandleInterrupt = TRUE;
}

static VOID NTAPI LineDisable(NDIS_HANDLE MiniportAdapterContext)
{
    struct adapter *Adapter = MiniportAdapterContext;

    DisableCauses(&Adapter->Base.Card);
    Adapter->Pending |= TakeCauses(&Adapter->Base.Card);
}

static VOID NTAPI LineEnable(NDIS_HANDLE MiniportAdapterContext)
{
    struct adapter *Adapter = MiniportAdapterContext;

    EnableCauses(&Adapter->Base.Card);
}

static BOOLEAN NTAPI LineTakePending(PVOID SynchronizeContext)
{
    struct adapter *Adapter = SynchronizeContext;
    BOOLEAN Any = Adapter->Pending != 0;

    Adapter->Pending = 0;
    return Any;
}

static VOID NTAPI LineHandleInterrupt(NDIS_HANDLE MiniportAdapterContext)
{
    struct adapter *Adapter = MiniportAdapterContext;

    if (NdisMSynchronizeWithInterrupt(&Adapter->Interrupt, LineTakePending, Adapter))
        Adapter->Served++;
    MinimalReceive(&Adapter->Base);
}

static VOID Handlers(PNDIS_MINIPORT_CHARACTERISTICS Characteristics)
{
    Characteristics->ISRHandler = LineIsr;
    Characteristics->HandleInterruptHandler = LineHandleInterrupt;
    Characteristics->DisableInterruptHandler = LineDisable;
    Characteristics->EnableInterruptHandler = LineEnable;
}

/* --- the adapter --- */

static NDIS_STATUS Configure(struct adapter *Adapter, NDIS_HANDLE Configuration)
{
    Adapter->Shared = ReadFlag(Configuration, (NDIS_STRING)NDIS_STRING_CONST("Shared"));
    return NDIS_STATUS_SUCCESS;
}

static VOID Prepare(struct adapter *Adapter)
{
    UNREFERENCED_PARAMETER(Adapter);
}

static NDIS_STATUS Start(struct adapter *Adapter)
{
    struct minimal5 *Base = &Adapter->Base; /* what NdisMSetAttributesEx was given */
    NDIS_STATUS Status;

    Status =
        NdisMRegisterInterrupt(&Adapter->Interrupt, Base->AdapterHandle, Base->Vector, Base->Level,
                               Adapter->Shared, Adapter->Shared, NdisInterruptLevelSensitive);
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
    Adapter->Registered = TRUE;
    EnableCauses(&Base->Card);
    return NDIS_STATUS_SUCCESS;
}

static VOID Stop(struct adapter *Adapter)
{
    DisableCauses(&Adapter->Base.Card);
    if (Adapter->Registered)
        NdisMDeregisterInterrupt(&Adapter->Interrupt);
    Adapter->Registered = FALSE;
}

static BOOLEAN BeforeSend(struct adapter *Adapter, PNDIS_PACKET Packet)
{
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Packet);
    return FALSE;
}

static BOOLEAN BeforeReceive(struct adapter *Adapter, PNDIS_PACKET Packet)
{
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Packet);
    return FALSE;
}

static BOOLEAN BeforeComplete(struct adapter *Adapter, PNDIS_PACKET Packet)
{
    UNREFERENCED_PARAMETER(Adapter);
    UNREFERENCED_PARAMETER(Packet);
    return FALSE;
}
