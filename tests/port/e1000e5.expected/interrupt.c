/* SPDX-License-Identifier: MIT */
/* interrupt.c - the line: registration, MiniportISR, MiniportHandleInterrupt, enable and disable.
 *
 * The life of an interrupt in NDIS 5:
 *
 *   MiniportISR              at DIRQL. Is it ours? Then quiet the chip and ask for the DPC.
 *   MiniportHandleInterrupt  at DISPATCH_LEVEL: packets, completions, link.
 *   MiniportEnableInterrupt  at DISPATCH_LEVEL, called by NDIS when the one before has returned.
 *
 * CTRL_EXT.IAME is set and IAM holds all causes, so that one read of ICR tells whether the chip
 * interrupts, clears the causes and masks them (82574 datasheet, section 7.4). */
#include "e1000e5.h"

static VOID NTAPI MiniportEnableInterruptEx(NDIS_HANDLE MiniportAdapterContext);

/* ---- Registering ----------------------------------------------------------------------------- */

VOID InterruptProgram(PADAPTER Adapter)
{
    PHARDWARE Hw = &Adapter->Hw;
    ULONG Rate = Adapter->Config.InterruptRate;

    HwWrite(Hw, E1000_IMC, E1000_INT_ALL);
    HwWrite(Hw, E1000_CTRL_EXT,
            (HwRead(Hw, E1000_CTRL_EXT) & ~E1000_CTRL_EXT_EIAME) | E1000_CTRL_EXT_IAME);
    HwWrite(Hw, E1000_IAM, E1000_INT_ALL);
    HwWrite(Hw, E1000_ITR, Rate != 0 ? E1000_ITR_UNITS_PER_SECOND / Rate : 0);
}

/* Near the end of MiniportInitialize: from here on MiniportISR can run, so all that it needs is
 * there already. It finds the interrupt blocked. */
NDIS_STATUS InterruptRegister(PADAPTER Adapter)
{
    NDIS_STATUS Status;
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

    /* clang-format off */
    NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
    InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    InterruptCharacteristics.Header.Size =
        NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    InterruptCharacteristics.InterruptHandler = MiniportISR;
    InterruptCharacteristics.InterruptDpcHandler = MiniportHandleInterrupt;
    InterruptCharacteristics.DisableInterruptHandler = MiniportDisableInterrupt;
    InterruptCharacteristics.EnableInterruptHandler = MiniportEnableInterruptEx;

    Status = NdisMRegisterInterruptEx(Adapter->AdapterHandle,
                                      Adapter,
                                      &InterruptCharacteristics,
                                      &Adapter->NdisInterruptHandle);
    /* clang-format on */
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }
    Adapter->InterruptRegistered = TRUE;
    InterruptProgram(Adapter);
    return NDIS_STATUS_SUCCESS;
}

/* The interrupt is blocked. Returns when neither MiniportISR nor MiniportHandleInterrupt runs any
 * more or ever will. */
VOID InterruptDeregister(PADAPTER Adapter)
{
    if (Adapter->InterruptRegistered) {
        NdisMDeregisterInterruptEx(Adapter->NdisInterruptHandle);
        Adapter->InterruptRegistered = FALSE;
    }
}

/* ---- State shared with MiniportISR ----------------------------------------------------------- */

/* Each callback runs at DIRQL, under the lock of the interrupt. */

static BOOLEAN NTAPI MiniportSynchronizeBlock(NDIS_HANDLE SynchronizeContext)
{
    PADAPTER Adapter = SynchronizeContext;

    Adapter->Blocked = TRUE;
    HwWrite(&Adapter->Hw, E1000_IMC, INTERRUPT_CAUSES);
    return TRUE;
}

/* What came while the interrupt was blocked left no trace: raise all causes once. */
static BOOLEAN NTAPI MiniportSynchronizeUnblock(NDIS_HANDLE SynchronizeContext)
{
    PADAPTER Adapter = SynchronizeContext;

    Adapter->Blocked = FALSE;
    if (!Adapter->Masked) {
        HwWrite(&Adapter->Hw, E1000_IMS, INTERRUPT_CAUSES);
        HwWrite(&Adapter->Hw, E1000_ICS, INTERRUPT_CAUSES);
        Adapter->Missed = 0;
    }
    return TRUE;
}

static BOOLEAN NTAPI MiniportSynchronizeRecover(NDIS_HANDLE SynchronizeContext)
{
    PADAPTER Adapter = SynchronizeContext;

    if (!Adapter->Blocked) {
        Adapter->Masked = FALSE;
        HwWrite(&Adapter->Hw, E1000_IMS, INTERRUPT_CAUSES);
        HwWrite(&Adapter->Hw, E1000_ICS, INTERRUPT_CAUSES);
    }
    return TRUE;
}

static BOOLEAN NTAPI MiniportSynchronizeEnable(NDIS_HANDLE SynchronizeContext)
{
    PADAPTER Adapter = SynchronizeContext;

    Adapter->Masked = FALSE;
    if (!Adapter->Blocked) {
        HwWrite(&Adapter->Hw, E1000_IMS, INTERRUPT_CAUSES);
        if (Adapter->Missed != 0) {
            HwWrite(&Adapter->Hw, E1000_ICS, Adapter->Missed);
            Adapter->Missed = 0;
        }
    }
    return TRUE;
}

typedef struct _CAUSES {
    PADAPTER Adapter;
    ULONG Causes;
} CAUSES;

static BOOLEAN NTAPI MiniportSynchronizeTakePending(NDIS_HANDLE SynchronizeContext)
{
    CAUSES *Take = SynchronizeContext;

    Take->Causes = Take->Adapter->Pending;
    Take->Adapter->Pending = 0;
    return TRUE;
}

static BOOLEAN NTAPI MiniportSynchronizeAgain(NDIS_HANDLE SynchronizeContext)
{
    CAUSES *Again = SynchronizeContext;

    Again->Adapter->Missed |= Again->Causes;
    return TRUE;
}

VOID InterruptBlock(PADAPTER Adapter)
{
    if (Adapter->InterruptRegistered) { /* if not: blocked from the start */
        NdisMSynchronizeWithInterruptEx(Adapter->NdisInterruptHandle, 0, MiniportSynchronizeBlock,
                                        Adapter);
    }
    HwWrite(&Adapter->Hw, E1000_IMC, E1000_INT_ALL);
}

VOID InterruptUnblock(PADAPTER Adapter)
{
    NdisMSynchronizeWithInterruptEx(Adapter->NdisInterruptHandle, 0, MiniportSynchronizeUnblock,
                                    Adapter);
}

VOID InterruptRecover(PADAPTER Adapter)
{
    NdisMSynchronizeWithInterruptEx(Adapter->NdisInterruptHandle, 0, MiniportSynchronizeRecover,
                                    Adapter);
}

/* ---- The interrupt --------------------------------------------------------------------------- */

/* One read tells, clears and masks. FALSE: the chip does not interrupt. */
static BOOLEAN InterruptAcknowledge(PADAPTER Adapter)
{
    ULONG Causes = HwRead(&Adapter->Hw, E1000_ICR);

    if (Causes == E1000_ALL_ONES) { /* removed: nothing to serve, and never again */
        Adapter->Hw.Present = FALSE;
        return FALSE;
    }
    if (!(Causes & E1000_INT_ASSERTED)) {
        return FALSE;
    }
    Adapter->Pending |= Causes; /* one DPC may serve several interrupts */
    return TRUE;
}

/* All our causes are masked, so it is another device of the line that interrupts. ICR is read all
 * the same, in case the chip still holds the line, which nobody else could end. With nothing
 * enabled that clears what came since: MiniportSynchronizeEnable raises it again. */
static VOID InterruptQuieten(PADAPTER Adapter)
{
    ULONG Causes = HwRead(&Adapter->Hw, E1000_ICR);

    if (Causes != E1000_ALL_ONES) {
        Adapter->Missed |= Causes & INTERRUPT_CAUSES;
    }
}

BOOLEAN NTAPI MiniportISR(NDIS_HANDLE MiniportAdapterContext, PBOOLEAN QueueMiniportHandleInterrupt,
                          PULONG TargetProcessors)
{
    PADAPTER Adapter = MiniportAdapterContext;
    BOOLEAN InterruptRecognized = FALSE;

    UNREFERENCED_PARAMETER(TargetProcessors);

    InterruptRecognized = FALSE; /* both have to be set on every path */
    *QueueMiniportHandleInterrupt = FALSE;

    if (Adapter->Masked || Adapter->Blocked) {
        InterruptQuieten(Adapter);
        return InterruptRecognized;
    }
    if (!InterruptAcknowledge(Adapter)) {
        return InterruptRecognized; /* another device of the line */
    }
    Adapter->Masked = TRUE;
    InterruptRecognized = TRUE;
    *QueueMiniportHandleInterrupt = TRUE;
    return InterruptRecognized;
}

VOID NTAPI MiniportHandleInterrupt(NDIS_HANDLE MiniportAdapterContext, PVOID MiniportDpcContext,
                                   PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    PADAPTER Adapter = MiniportAdapterContext;
    CAUSES Causes = {Adapter, 0};

    UNREFERENCED_PARAMETER(MiniportDpcContext);
    UNREFERENCED_PARAMETER(ReceiveThrottleParameters);
    UNREFERENCED_PARAMETER(NdisReserved2);

    NdisMSynchronizeWithInterruptEx(Adapter->NdisInterruptHandle, 0, MiniportSynchronizeTakePending,
                                    &Causes);

    TransmitComplete(Adapter);
    if (Causes.Causes & (E1000_INT_LSC | E1000_INT_OTHER)) {
        WorkerRequest(Adapter, JOB_LINK); /* the PHY answers in milliseconds: not here */
    }
    if (ReceiveProcess(Adapter)) {
        /* NDIS 5 knows no second DPC without an interrupt, so the rest gets one. */
        Causes.Causes = E1000_INT_RXT0;
        NdisMSynchronizeWithInterruptEx(Adapter->NdisInterruptHandle, 0, MiniportSynchronizeAgain,
                                        &Causes);
    }
    /* NDIS calls MiniportEnableInterrupt now. */
    MiniportEnableInterrupt(MiniportAdapterContext);
}

/* DIRQL. NDIS calls it in place of MiniportISR for drivers that asked for no ISR; ours is
 * quiet after this one as it is after MiniportISR. */
VOID NTAPI MiniportDisableInterrupt(NDIS_HANDLE MiniportAdapterContext)
{
    PADAPTER Adapter = MiniportAdapterContext;

    Adapter->Masked = TRUE;
    HwWrite(&Adapter->Hw, E1000_IMC, INTERRUPT_CAUSES);
}

/* DISPATCH_LEVEL, and MiniportISR can come in between: so the last step is one for DIRQL.
 */
VOID NTAPI MiniportEnableInterrupt(NDIS_HANDLE MiniportAdapterContext)
{
    PADAPTER Adapter = MiniportAdapterContext;

    NdisMSynchronizeWithInterruptEx(Adapter->NdisInterruptHandle, 0, MiniportSynchronizeEnable,
                                    Adapter);
}

/* DIRQL, with the interrupt's lock held: NDIS 6 calls it, and not after a DPC. */
static VOID NTAPI MiniportEnableInterruptEx(NDIS_HANDLE MiniportAdapterContext)
{
    PADAPTER Adapter = MiniportAdapterContext;

    MiniportSynchronizeEnable(Adapter);
}
