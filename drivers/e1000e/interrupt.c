/* SPDX-License-Identifier: MIT */
/* interrupt.c - line, MSI and MSI-X: registration, service routines, enable and disable.
 *
 * Three grants are possible, and the driver works with each:
 *
 *   three messages   0: receive queue 0 and transmit   1: receive queue 1   2: everything else
 *   two messages     0: receive and transmit                                1: everything else
 *   one, or a line   0: all
 *
 * How the chip is kept quiet between an interrupt and the end of its DPC:
 *
 *   Several messages, so MSI-X: EIAC lets the chip clear a cause, and CTRL_EXT.EIAME with IAM lets
 * it mask that cause, when it sends the message. Where a message has one cause, the service routine
 *   touches no register at all. ICR must not be read: reading clears the causes of the other
 *   messages too (82574 datasheet, section 7.4, "clearing interrupt causes").
 *
 *   One message or a line: CTRL_EXT.IAME is set and IAM holds all causes, so that one read of ICR
 *   tells whether the chip interrupts, clears the causes and masks them.
 *
 * The DPC, in dpc.c, enables the causes again. */
#include "e1000e.h"

static MINIPORT_ISR MiniportInterrupt;
static MINIPORT_DISABLE_INTERRUPT MiniportDisableInterruptEx;
static MINIPORT_ENABLE_INTERRUPT MiniportEnableInterruptEx;
static MINIPORT_MESSAGE_INTERRUPT MiniportMessageInterrupt;
static MINIPORT_DISABLE_MESSAGE_INTERRUPT MiniportDisableMessageInterrupt;
static MINIPORT_ENABLE_MESSAGE_INTERRUPT MiniportEnableMessageInterrupt;
static MINIPORT_SYNCHRONIZE_INTERRUPT MiniportSynchronizeBlock;
static MINIPORT_SYNCHRONIZE_INTERRUPT MiniportSynchronizeUnblock;
static MINIPORT_SYNCHRONIZE_INTERRUPT MiniportSynchronizeResume;
static MINIPORT_SYNCHRONIZE_INTERRUPT MiniportSynchronizeTarget;

/* Nothing that the vector for other causes reports is urgent, but receive overruns are among it and
 * come in bursts: not more than 1000 per second. */
#define OTHER_INTERVAL (E1000_ITR_UNITS_PER_SECOND / 1000)

/* ---- Planning -------------------------------------------------------------------------------- */

static VOID VectorInitialize(PADAPTER Adapter, ULONG Index, ULONG Causes, LONG RxQueues,
                             BOOLEAN Transmit, BOOLEAN Other)
{
    PVECTOR Vector = &Adapter->Vectors[Index];

    Vector->MessageId = Index;
    Vector->Causes = Causes;
    Vector->RxQueues = RxQueues;
    Vector->Transmit = Transmit;
    Vector->Other = Other;
    Vector->BlockedBy |= BLOCKED_BY_DRIVER;
}

/* Distribute the causes over the vectors that we have. All vectors are blocked meanwhile. */
static VOID InterruptPlan(PADAPTER Adapter, ULONG Messages)
{
    LONG BothQueues = WORK_RX_QUEUE(0) | (Adapter->RxQueueCount > 1 ? WORK_RX_QUEUE(1) : 0);
    ULONG Index;

    for (Index = 0; Index < RTL_NUMBER_OF(Adapter->Vectors); Index++) {
        Adapter->Vectors[Index].Adapter = Adapter;
    }
    if (Messages >= MESSAGES_WANTED && Adapter->RxQueueCount == E1000_RX_QUEUES) {
        Adapter->VectorCount = 3;
        VectorInitialize(Adapter, 0, E1000_INT_RXQ0 | E1000_INT_TXQ0, WORK_RX_QUEUE(0), TRUE,
                         FALSE);
        VectorInitialize(Adapter, 1, E1000_INT_RXQ1, WORK_RX_QUEUE(1), FALSE, FALSE);
        VectorInitialize(Adapter, 2, E1000_INT_OTHER | E1000_INT_LSC, 0, FALSE, TRUE);
    } else if (Messages >= 2) {
        Adapter->VectorCount = 2;
        VectorInitialize(Adapter, 0, E1000_INT_RXQ0 | E1000_INT_RXQ1 | E1000_INT_TXQ0, BothQueues,
                         TRUE, FALSE);
        VectorInitialize(Adapter, 1, E1000_INT_OTHER | E1000_INT_LSC, 0, FALSE, TRUE);
    } else {
        /* RXQ0 and the like are what MSI-X reports instead of RXT0 and TXDW: a single message may
         * be of either kind. */
        Adapter->VectorCount = 1;
        VectorInitialize(Adapter, 0,
                         E1000_INT_TXDW | E1000_INT_LSC | E1000_INT_RXDMT0 | E1000_INT_RXO |
                             E1000_INT_RXT0 | E1000_INT_RXQ0 | E1000_INT_RXQ1 | E1000_INT_TXQ0 |
                             E1000_INT_OTHER,
                         BothQueues, TRUE, TRUE);
    }
}

/* The vector that serves a receive queue, or transmit, or the rest. */
static ULONG InterruptVectorOf(PADAPTER Adapter, LONG RxQueues, BOOLEAN Transmit, BOOLEAN Other)
{
    ULONG Index;

    for (Index = 0; Index < Adapter->VectorCount; Index++) {
        PVECTOR Vector = &Adapter->Vectors[Index];

        if ((Vector->RxQueues & RxQueues) || (Vector->Transmit && Transmit) ||
            (Vector->Other && Other)) {
            return Index;
        }
    }
    return 0;
}

VOID InterruptSetModeration(PADAPTER Adapter)
{
    PHARDWARE Hw = &Adapter->Hw;
    ULONG Interval = 0;
    ULONG Index;

    if (Adapter->Config.InterruptModeration) {
        Interval = E1000_ITR_UNITS_PER_SECOND / Adapter->Config.InterruptRate;
    }
    HwWrite(Hw, E1000_ITR, Interval);
    for (Index = 0; Index < E1000_MSIX_VECTORS; Index++) {
        BOOLEAN Traffic = Index < Adapter->VectorCount && (Adapter->Vectors[Index].RxQueues != 0 ||
                                                           Adapter->Vectors[Index].Transmit);

        HwWrite(Hw, E1000_EITR(Index), Traffic ? Interval : OTHER_INTERVAL);
    }
}

VOID InterruptProgram(PADAPTER Adapter)
{
    PHARDWARE Hw = &Adapter->Hw;
    ULONG ControlExt = HwRead(Hw, E1000_CTRL_EXT) &
                       ~(E1000_CTRL_EXT_EIAME | E1000_CTRL_EXT_IAME | E1000_CTRL_EXT_PBA_SUPPORT);
    ULONG Rx0 = InterruptVectorOf(Adapter, WORK_RX_QUEUE(0), FALSE, FALSE);
    ULONG Rx1 = InterruptVectorOf(Adapter, WORK_RX_QUEUE(1), FALSE, FALSE);
    ULONG Tx = InterruptVectorOf(Adapter, 0, TRUE, FALSE);
    ULONG Other = InterruptVectorOf(Adapter, 0, FALSE, TRUE);
    ULONG AutoClear = 0;
    ULONG AutoMask = E1000_INT_ALL;

    if (INTERRUPT_PER_CAUSE(Adapter)) {
        AutoClear = E1000_INT_RXQ0 | E1000_INT_RXQ1 | E1000_INT_TXQ0 | E1000_INT_OTHER;
        AutoMask = AutoClear;
        ControlExt |= E1000_CTRL_EXT_EIAME | E1000_CTRL_EXT_PBA_SUPPORT;
    } else {
        ControlExt |= E1000_CTRL_EXT_IAME;
    }

    HwWrite(Hw, E1000_IMC, E1000_INT_ALL);
    HwWrite(Hw, E1000_CTRL_EXT, ControlExt);
    HwWrite(Hw, E1000_EIAC, AutoClear);
    HwWrite(Hw, E1000_IAM, AutoMask);
    /* IVAR counts in MSI-X mode only. Transmit queue 1 is not used; its field stays invalid. */
    HwWrite(Hw, E1000_IVAR,
            ((Rx0 | E1000_IVAR_VALID) << E1000_IVAR_RXQ0_SHIFT) |
                ((Rx1 | E1000_IVAR_VALID) << E1000_IVAR_RXQ1_SHIFT) |
                ((Tx | E1000_IVAR_VALID) << E1000_IVAR_TXQ0_SHIFT) |
                ((Other | E1000_IVAR_VALID) << E1000_IVAR_OTHER_SHIFT) |
                E1000_IVAR_TX_EVERY_WRITEBACK);
    InterruptSetModeration(Adapter);
}

/* ---- Registering ----------------------------------------------------------------------------- */

/* The last step of MiniportInitializeEx, because from the start of this call on a service routine
 * can run, before it returned the handle even. Ours finds its vector blocked. */
NDIS_STATUS InterruptRegister(PADAPTER Adapter)
{
    NDIS_STATUS Status;

    InterruptPlan(Adapter, 1);

    /* These are the lines of Microsoft's page "Porting Interrupt Registration to NDIS 6.0", as they
     * stand there, and the message members. */
    /* clang-format off */
    {
        NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS Interrupt;
        RtlZeroMemory(&Interrupt, sizeof(Interrupt));

        Interrupt.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
        Interrupt.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
        Interrupt.Header.Size = sizeof(NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS);

        Interrupt.InterruptHandler = MiniportInterrupt;
        Interrupt.InterruptDpcHandler = MiniportInterruptDpc;
        Interrupt.DisableInterruptHandler = MiniportDisableInterruptEx;
        Interrupt.EnableInterruptHandler = MiniportEnableInterruptEx;

        /* The message handlers come on top of the four above, never instead. */
        Interrupt.MsiSupported = TRUE;
        Interrupt.MsiSyncWithAllMessages = FALSE; /* no state is shared by two messages */
        Interrupt.MessageInterruptHandler = MiniportMessageInterrupt;
        Interrupt.MessageInterruptDpcHandler = MiniportMessageInterruptDpc;
        Interrupt.DisableMessageInterruptHandler = MiniportDisableMessageInterrupt;
        Interrupt.EnableMessageInterruptHandler = MiniportEnableMessageInterrupt;

        Status = NdisMRegisterInterruptEx(Adapter->AdapterHandle,
                                          Adapter,
                                          &Interrupt,
                                          &Adapter->NdisInterruptHandle );
        if (Status != NDIS_STATUS_SUCCESS) {
            Adapter->NdisInterruptHandle = NULL;
            return Status;
        }

        /* What was granted is known only now, and MessageInfoTable may be read only
         * for messages. */
        Adapter->MessageBased = Interrupt.InterruptType == NDIS_CONNECT_MESSAGE_BASED;
        if (Adapter->MessageBased) {
            InterruptPlan(Adapter, Interrupt.MessageInfoTable->MessageCount);
        }
    }
    /* clang-format on */

    InterruptProgram(Adapter);
    return NDIS_STATUS_SUCCESS;
}

/* Returns when no service routine and no DPC of ours runs any more or ever will. */
VOID InterruptDeregister(PADAPTER Adapter)
{
    if (Adapter->NdisInterruptHandle != NULL) {
        NdisMDeregisterInterruptEx(Adapter->NdisInterruptHandle);
        Adapter->NdisInterruptHandle = NULL;
    }
}

/* ---- State shared with the service routine --------------------------------------------------- */

/* Each callback runs at DIRQL, under the lock of the vector's interrupt. */

static BOOLEAN NTAPI MiniportSynchronizeBlock(NDIS_HANDLE SynchronizeContext)
{
    PVECTOR Vector = SynchronizeContext;

    Vector->BlockedBy |= BLOCKED_BY_DRIVER;
    HwWrite(&Vector->Adapter->Hw, E1000_IMC, Vector->Causes);
    return TRUE;
}

/* A message may have been on its way while the vector was blocked, or have got lost, and the chip
 * has cleared and masked its cause when it sent it: raise them all once, so that none is forgotten.
 */
static VOID VectorResume(PVECTOR Vector)
{
    if (Vector->BlockedBy == 0 && !Vector->Masked) {
        HwWrite(&Vector->Adapter->Hw, E1000_IMS, Vector->Causes);
        HwWrite(&Vector->Adapter->Hw, E1000_ICS, Vector->Causes);
        Vector->Missed = 0;
    }
}

static BOOLEAN NTAPI MiniportSynchronizeUnblock(NDIS_HANDLE SynchronizeContext)
{
    PVECTOR Vector = SynchronizeContext;

    Vector->BlockedBy &= ~BLOCKED_BY_DRIVER;
    VectorResume(Vector);
    return TRUE;
}

static BOOLEAN NTAPI MiniportSynchronizeResume(NDIS_HANDLE SynchronizeContext)
{
    VectorResume(SynchronizeContext);
    return TRUE;
}

typedef struct _NEW_TARGET {
    PVECTOR Vector;
    GROUP_AFFINITY Target;
} NEW_TARGET;

static BOOLEAN NTAPI MiniportSynchronizeTarget(NDIS_HANDLE SynchronizeContext)
{
    NEW_TARGET *New = SynchronizeContext;

    New->Vector->Target = New->Target;
    return TRUE;
}

/* MessageId is ignored for a line. Context holds or is the vector. */
VOID InterruptSynchronize(PVECTOR Vector, MINIPORT_SYNCHRONIZE_INTERRUPT_HANDLER Function,
                          PVOID Context)
{
    NdisMSynchronizeWithInterruptEx(Vector->Adapter->NdisInterruptHandle, Vector->MessageId,
                                    Function, Context);
}

VOID InterruptBlock(PADAPTER Adapter)
{
    ULONG Index;

    if (Adapter->NdisInterruptHandle != NULL) { /* none: blocked from the start */
        for (Index = 0; Index < Adapter->VectorCount; Index++) {
            InterruptSynchronize(&Adapter->Vectors[Index], MiniportSynchronizeBlock,
                                 &Adapter->Vectors[Index]);
        }
    }
    HwWrite(&Adapter->Hw, E1000_IMC, E1000_INT_ALL);
}

VOID InterruptUnblock(PADAPTER Adapter)
{
    ULONG Index;

    for (Index = 0; Index < Adapter->VectorCount; Index++) {
        InterruptSynchronize(&Adapter->Vectors[Index], MiniportSynchronizeUnblock,
                             &Adapter->Vectors[Index]);
    }
}

VOID InterruptRaise(PADAPTER Adapter, LONG RxQueues, BOOLEAN Transmit, BOOLEAN Other)
{
    ULONG Index;

    for (Index = 0; Index < Adapter->VectorCount; Index++) {
        PVECTOR Vector = &Adapter->Vectors[Index];

        if ((Vector->RxQueues & RxQueues) || (Transmit && Vector->Transmit) ||
            (Other && Vector->Other)) {
            InterruptSynchronize(Vector, MiniportSynchronizeResume, Vector);
        }
    }
}

VOID InterruptSetQueueProcessor(PADAPTER Adapter, ULONG Queue, const PROCESSOR_NUMBER *Processor)
{
    PRX_QUEUE RxQueue = &Adapter->RxQueues[Queue];
    PVECTOR Vector =
        &Adapter->Vectors[InterruptVectorOf(Adapter, WORK_RX_QUEUE(Queue), FALSE, FALSE)];
    NEW_TARGET New;

    NdisZeroMemory(&New, sizeof(New));
    New.Vector = Vector;
    if (Processor != NULL) {
        New.Target.Mask = (KAFFINITY)1 << Processor->Number;
        New.Target.Group = Processor->Group;
    }

    NdisAcquireSpinLock(&RxQueue->Lock);
    RxQueue->Target = New.Target;
    NdisReleaseSpinLock(&RxQueue->Lock);

    /* A vector with a single queue runs its DPC where the queue belongs; one with several sends
     * them out from its DPC instead. */
    if (Vector->RxQueues == WORK_RX_QUEUE(Queue) && INTERRUPT_PER_CAUSE(Adapter)) {
        InterruptSynchronize(Vector, MiniportSynchronizeTarget, &New);
    }
    /* A DPC may be on its way to the old processor, and would find that the queue is not its. */
    InterruptQueueDpc(Vector, New.Target.Mask != 0 ? &New.Target : NULL);
}

/* ---- Service routines ------------------------------------------------------------------------ */

/* Start a batch of DPCs, see dpc.c. The default is the processor of the ISR, which is the right one
 * while the message's affinity is what RSS wants; the out parameter for other processors
 * cannot name more than 32 of them and is dead since NDIS 6.20. */
static VOID VectorStartDpcs(PVECTOR Vector, PBOOLEAN QueueDefaultInterruptDpc)
{
    Vector->Masked = TRUE;
    InterlockedOr(&Vector->Work, Vector->RxQueues | WORK_DEFAULT);
    if (Vector->Target.Mask == 0 || InterruptIsHere(&Vector->Target)) {
        *QueueDefaultInterruptDpc = TRUE;
    } else {
        InterruptQueueDpc(Vector, &Vector->Target);
    }
}

/* One read tells, clears and masks (CTRL_EXT.IAME). FALSE: the chip does not interrupt. */
static BOOLEAN VectorAcknowledgeAll(PVECTOR Vector)
{
    ULONG Causes = HwRead(&Vector->Adapter->Hw, E1000_ICR);

    if (Causes == E1000_ALL_ONES) { /* removed: nothing to serve, and never again */
        Vector->Adapter->Hw.Present = FALSE;
        return FALSE;
    }
    if (!(Causes & E1000_INT_ASSERTED)) {
        return FALSE;
    }
    Vector->Pending |= Causes; /* the DPC may not have taken the last ones */
    return TRUE;
}

/* All our causes are masked, so it is another device of the line that interrupts. ICR is read all
 * the same, in case the chip still holds the line, which nobody else could end. With
 * nothing enabled that clears what came since: MiniportSynchronizeEnable raises it again. */
static VOID VectorQuieten(PVECTOR Vector)
{
    ULONG Causes = HwRead(&Vector->Adapter->Hw, E1000_ICR);

    if (Causes != E1000_ALL_ONES) {
        Vector->Missed |= Causes & Vector->Causes;
    }
}

static BOOLEAN NTAPI MiniportInterrupt(NDIS_HANDLE MiniportInterruptContext,
                                       PBOOLEAN QueueDefaultInterruptDpc, PULONG TargetProcessors)
{
    PADAPTER Adapter = MiniportInterruptContext;
    PVECTOR Vector = &Adapter->Vectors[0];

    *QueueDefaultInterruptDpc = FALSE; /* both have to be set on every path */
    *TargetProcessors = 0;

    if (Vector->Masked || Vector->BlockedBy != 0) {
        VectorQuieten(Vector);
        return FALSE;
    }
    if (!VectorAcknowledgeAll(Vector)) {
        return FALSE; /* another device of a shared line */
    }
    VectorStartDpcs(Vector, QueueDefaultInterruptDpc);
    return TRUE;
}

static BOOLEAN NTAPI MiniportMessageInterrupt(NDIS_HANDLE MiniportInterruptContext, ULONG MessageId,
                                              PBOOLEAN QueueDefaultInterruptDpc,
                                              PULONG TargetProcessors)
{
    PADAPTER Adapter = MiniportInterruptContext;
    PVECTOR Vector;

    *QueueDefaultInterruptDpc = FALSE; /* */
    *TargetProcessors = 0;

    /* A message is never shared, so the answer is always TRUE. But we may not use all that
     * were granted, and one can have been under way while its vector was blocked. */
    if (MessageId >= Adapter->VectorCount) {
        return TRUE;
    }
    Vector = &Adapter->Vectors[MessageId];
    if (Vector->BlockedBy != 0) {
        return TRUE;
    }
    if (!INTERRUPT_PER_CAUSE(Adapter)) {
        /* Reading ICR while all is masked would clear what came since. */
        if (Vector->Masked || !VectorAcknowledgeAll(Vector)) {
            return TRUE;
        }
    } else if (Vector->Other) {
        /* The chip cleared OTHER; the cause behind it has to be cleared by hand, and only that:
         * a 1 clears, and the queues' causes are left alone. The worker finds out what changed. */
        HwWrite(&Adapter->Hw, E1000_ICR, Vector->Causes);
    } else if (Vector->Transmit) {
        /* The chip masked the one cause that it sent the message for, and here are two. */
        HwWrite(&Adapter->Hw, E1000_IMC, Vector->Causes);
    }
    VectorStartDpcs(Vector, QueueDefaultInterruptDpc);
    return TRUE;
}

/* NDIS calls these for diagnostics, at any time, at DIRQL. They take the interrupt
 * away and give it back whatever a DPC does meanwhile. */

static VOID VectorDisable(PVECTOR Vector)
{
    Vector->BlockedBy |= BLOCKED_BY_NDIS;
    HwWrite(&Vector->Adapter->Hw, E1000_IMC, Vector->Causes);
}

static VOID VectorEnable(PVECTOR Vector)
{
    Vector->BlockedBy &= ~BLOCKED_BY_NDIS;
    VectorResume(Vector);
}

static VOID NTAPI MiniportDisableInterruptEx(NDIS_HANDLE MiniportInterruptContext)
{
    PADAPTER Adapter = MiniportInterruptContext;

    VectorDisable(&Adapter->Vectors[0]);
}

static VOID NTAPI MiniportEnableInterruptEx(NDIS_HANDLE MiniportInterruptContext)
{
    PADAPTER Adapter = MiniportInterruptContext;

    VectorEnable(&Adapter->Vectors[0]);
}

static VOID NTAPI MiniportDisableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext,
                                                  ULONG MessageId)
{
    PADAPTER Adapter = MiniportInterruptContext;

    if (MessageId < Adapter->VectorCount) {
        VectorDisable(&Adapter->Vectors[MessageId]);
    }
}

static VOID NTAPI MiniportEnableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext,
                                                 ULONG MessageId)
{
    PADAPTER Adapter = MiniportInterruptContext;

    if (MessageId < Adapter->VectorCount) {
        VectorEnable(&Adapter->Vectors[MessageId]);
    }
}

/* ---- Test ------------------------------------------------------------------------------------ */

/* Have the chip interrupt once through every vector and wait for the DPC. */
NDIS_STATUS InterruptTest(PADAPTER Adapter)
{
    ULONG Index;

    for (Index = 0; Index < Adapter->VectorCount; Index++) {
        PVECTOR Vector = &Adapter->Vectors[Index];
        BOOLEAN Arrived;

        NdisInitializeEvent(&Vector->TestEvent);
        Vector->Testing = TRUE;
        HwWrite(&Adapter->Hw, E1000_ICS, Vector->Causes);
        Arrived = NdisWaitEvent(&Vector->TestEvent, 500);
        Vector->Testing = FALSE;
        if (!Arrived) {
            NdisWriteErrorLogEntry(Adapter->AdapterHandle, NDIS_ERROR_CODE_TIMEOUT, 2,
                                   Adapter->MessageBased, Index);
            return NDIS_STATUS_HARD_ERRORS;
        }
    }
    return NDIS_STATUS_SUCCESS;
}
