/* SPDX-License-Identifier: MIT */
/* half_ported.c - a driver on its way from NDIS 5.1 to NDIS 6.0: its interrupt code is ported, the
 * rest is not. Windows would not load it; dirql run --porting does.
 *
 * Ported as Microsoft's "Porting Miniport Driver Interrupt Operations to NDIS 6.0" says: the
 * handlers are no longer among the characteristics but given to NdisMRegisterInterruptEx, for the
 * line and for messages; MiniportISR and MiniportHandleInterrupt have become MiniportInterrupt and
 * MiniportInterruptDpc; and since NDIS calls nothing after the DPC any more, the DPC enables the
 * interrupt itself. --set Spread=1 queues the DPC on other processors with NdisMQueueDpc. */
#define NDIS_SUPPORT_NDIS6 1 /* besides NDIS51_MINIPORT */
#include "minimal5.h"

#define INTERRUPT_WAIT_MS 5000

struct adapter {
    struct minimal5 Base;
    NDIS_HANDLE Interrupt;
    NDIS_EVENT DpcRan;
    ULONG Pending; /* causes that no DPC has taken yet; shared with the service routine */
    BOOLEAN Spread, ByMessage;
    ULONG Spreads;
};
static const SIZE_T AdapterBytes = sizeof(struct adapter);

/* --- the interrupt, in the NDIS 6 way --- */

static BOOLEAN Interrupted(struct adapter *Adapter, PBOOLEAN QueueDefaultInterruptDpc,
                           PULONG TargetProcessors)
{
    ULONG Causes = TakeCauses(&Adapter->Base.Card);

    *QueueDefaultInterruptDpc = FALSE;
    *TargetProcessors = 0;
    if (Causes == 0)
        return FALSE;
    DisableCauses(&Adapter->Base.Card);
    Adapter->Pending |= Causes;
    if (Adapter->Spread)
        NdisMQueueDpc(Adapter->Interrupt, 0, 1u << (Adapter->Spreads++ % 2), NULL);
    else
        *QueueDefaultInterruptDpc = TRUE;
    return TRUE;
}

static BOOLEAN NTAPI TakePending(PVOID SynchronizeContext)
{
    struct adapter *Adapter = SynchronizeContext;

    Adapter->Pending = 0;
    return TRUE;
}

static BOOLEAN NTAPI Isr(NDIS_HANDLE Context, PBOOLEAN QueueDefaultInterruptDpc,
                         PULONG TargetProcessors)
{
    return Interrupted(Context, QueueDefaultInterruptDpc, TargetProcessors);
}

static VOID NTAPI Dpc(NDIS_HANDLE Context, PVOID DpcContext, PVOID Throttle, PVOID Reserved)
{
    struct adapter *Adapter = Context;

    UNREFERENCED_PARAMETER(DpcContext);
    UNREFERENCED_PARAMETER(Throttle);
    UNREFERENCED_PARAMETER(Reserved);
    NdisMSynchronizeWithInterruptEx(Adapter->Interrupt, 0, (PVOID)TakePending, Adapter);
    MinimalReceive(&Adapter->Base);
    NdisSetEvent(&Adapter->DpcRan);
    EnableCauses(&Adapter->Base.Card);
}

static VOID NTAPI Disable(NDIS_HANDLE Context)
{
    DisableCauses(&((struct adapter *)Context)->Base.Card);
}

static VOID NTAPI Enable(NDIS_HANDLE Context)
{
    EnableCauses(&((struct adapter *)Context)->Base.Card);
}

static BOOLEAN NTAPI MessageIsr(NDIS_HANDLE Context, ULONG MessageId,
                                PBOOLEAN QueueDefaultInterruptDpc, PULONG TargetProcessors)
{
    UNREFERENCED_PARAMETER(MessageId);
    Interrupted(Context, QueueDefaultInterruptDpc, TargetProcessors);
    return TRUE; /* a message is nobody else's */
}

static VOID NTAPI MessageDpc(NDIS_HANDLE Context, ULONG MessageId, PVOID DpcContext,
                             PULONG Reserved1, PULONG Reserved2)
{
    UNREFERENCED_PARAMETER(MessageId);
    Dpc(Context, DpcContext, Reserved1, Reserved2);
}

static VOID NTAPI DisableMessage(NDIS_HANDLE Context, ULONG MessageId)
{
    UNREFERENCED_PARAMETER(MessageId);
    Disable(Context);
}

static VOID NTAPI EnableMessage(NDIS_HANDLE Context, ULONG MessageId)
{
    UNREFERENCED_PARAMETER(MessageId);
    Enable(Context);
}

static NDIS_STATUS Register(struct adapter *Adapter)
{
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS Interrupt;
    NDIS_STATUS Status;

    NdisZeroMemory(&Interrupt, sizeof(Interrupt));
    Interrupt.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    Interrupt.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    Interrupt.Header.Size = NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    Interrupt.InterruptHandler = Isr;
    Interrupt.InterruptDpcHandler = Dpc;
    Interrupt.DisableInterruptHandler = Disable;
    Interrupt.EnableInterruptHandler = Enable;
    Interrupt.MsiSupported = TRUE;
    Interrupt.MessageInterruptHandler = MessageIsr;
    Interrupt.MessageInterruptDpcHandler = MessageDpc;
    Interrupt.DisableMessageInterruptHandler = DisableMessage;
    Interrupt.EnableMessageInterruptHandler = EnableMessage;
    Status = NdisMRegisterInterruptEx(Adapter->Base.AdapterHandle, Adapter, &Interrupt,
                                      &Adapter->Interrupt);
    Adapter->ByMessage = Interrupt.InterruptType == NDIS_CONNECT_MESSAGE_BASED;
    return Status;
}

/* --- what is NDIS 5 still --- */

static VOID Handlers(PNDIS_MINIPORT_CHARACTERISTICS Characteristics)
{
    UNREFERENCED_PARAMETER(Characteristics); /* the interrupt's are elsewhere now */
}

static NDIS_STATUS Configure(struct adapter *Adapter, NDIS_HANDLE Configuration)
{
    Adapter->Spread = ReadFlag(Configuration, (NDIS_STRING)NDIS_STRING_CONST("Spread"));
    return NDIS_STATUS_SUCCESS;
}

static VOID Prepare(struct adapter *Adapter)
{
    NdisInitializeEvent(&Adapter->DpcRan);
}

/* Proves that the interrupt arrives, and its DPC: NDIS 6 does not hold it back until
 * MiniportInitialize has returned. */
static NDIS_STATUS Start(struct adapter *Adapter)
{
    NDIS_STATUS Status = Register(Adapter);

    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
    EnableCauses(&Adapter->Base.Card);
    RaiseCause(&Adapter->Base.Card);
    if (NdisWaitEvent(&Adapter->DpcRan, INTERRUPT_WAIT_MS))
        return NDIS_STATUS_SUCCESS;
    Stop(Adapter);
    return NDIS_STATUS_HARD_ERRORS;
}

static VOID Stop(struct adapter *Adapter)
{
    DisableCauses(&Adapter->Base.Card);
    NdisMDeregisterInterruptEx(Adapter->Interrupt);
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
