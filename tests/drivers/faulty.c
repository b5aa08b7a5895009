/* SPDX-License-Identifier: MIT */
/* faulty.c - a driver that makes one mistake, of its user's choice, and is a good driver otherwise.
 *
 *     dirql run faulty.sys --set Test=NullWriteInDpc
 *
 * The table at the end lists the mistakes and the moment of each. Without Test it makes none. A
 * wrong registration is repeated rightly, unless --set Retry=0.
 *
 * The card is an 82574L; all that is used of it is its interrupt: a cause set by writing ICS. */
#include "minimal.h"
#include "card.h"

#define INTERRUPT_WAIT_MS 5000

struct fault;

struct adapter {
    struct minimal Base;
    struct card Card;
    NDIS_HANDLE Interrupt, DeregisteredInterrupt;
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS Characteristics;
    NDIS_EVENT DpcRan;
    NDIS_SPIN_LOCK Lock;
    const struct fault *Fault;
    LONG Made;
    BOOLEAN Retry;
    BOOLEAN KeepInterrupt, KeepMapping; /* what Stop leaves behind */
    BOOLEAN FailInitialize;
    PNDIS_OID_REQUEST Request; /* while MiniportOidRequest has it */
    PVOID Leaked;
};
static const SIZE_T AdapterBytes = sizeof(struct adapter);

#include "faults.h"

/* --- the mistakes: bug checks --- */

FAULT(WildJump)
{
    ((VOID(*)(struct adapter *))(ULONG_PTR)0x1234)(Adapter);
    Adapter->Made++; /* so that the call is no jump */
}

FAULT(DivideByZero)
{
    volatile LONG Zero = 0;

    Adapter->Made = 7 / Zero; /* of 1 / Zero a compiler makes no division */
}

static __declspec(noinline) LONG Deeper(volatile LONG *Above)
{
    volatile LONG Frame[128];

    Frame[0] = *Above + 1;
    if (Frame[0] < 0)
        return 0;
    return Deeper(Frame) + Frame[0];
}

FAULT(StackOverflow)
{
    Adapter->Made = Deeper(&Adapter->Made);
}

FAULT(BadPointer)
{
    KeSetEvent((PRKEVENT)(ULONG_PTR)0x10, IO_NO_INCREMENT, FALSE);
    Adapter->Made++;
}

FAULT(Breakpoint)
{
    UNREFERENCED_PARAMETER(Adapter);
    __debugbreak();
}

FAULT(DebugBreak)
{
    volatile LONG Calls = 0;
    UNREFERENCED_PARAMETER(Adapter);
    DbgBreakPoint();
    Calls++; /* so that the call is no jump */
}

FAULT(LoopAtDispatch)
{
    KIRQL Irql;

    NDIS_RAISE_IRQL_TO_DISPATCH(&Irql);
    Loop(Adapter);
    NDIS_LOWER_IRQL(Irql, DISPATCH_LEVEL);
}

FAULT(WaitInDpc)
{
    NdisWaitEvent(&Adapter->DpcRan, 10);
    Adapter->Made++;
}

FAULT(WaitForEver)
{
    NDIS_EVENT Never;

    NdisInitializeEvent(&Never);
    NdisWaitEvent(&Never, 0);
    Adapter->Made++;
}

FAULT(KeepInterrupt)
{
    Adapter->KeepInterrupt = TRUE;
}

FAULT(FailKeepInterrupt)
{
    Adapter->KeepInterrupt = Adapter->FailInitialize = TRUE;
}

FAULT(FailInitialize)
{
    Adapter->FailInitialize = TRUE;
}

FAULT(CompleteOidTwice)
{
    NdisMOidRequestComplete(Adapter->Base.AdapterHandle, Adapter->Request, NDIS_STATUS_SUCCESS);
    NdisMOidRequestComplete(Adapter->Base.AdapterHandle, Adapter->Request, NDIS_STATUS_SUCCESS);
    Adapter->Made++;
}

/* A test takes this import away. */
FAULT(CallMissing)
{
    Adapter->Made = (LONG)KeQueryTimeIncrement();
}

/* --- the mistakes: broken rules --- */

static BOOLEAN NTAPI Synchronized(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    return TRUE;
}

FAULT(SpinLockInIsr)
{
    NdisAcquireSpinLock(&Adapter->Lock);
    NdisReleaseSpinLock(&Adapter->Lock);
    Adapter->Made++;
}

FAULT(LowerIrqlInIsr)
{
    KeLowerIrql(DISPATCH_LEVEL);
    Adapter->Made++;
}

FAULT(StatusInIsr)
{
    NDIS_STATUS_INDICATION Indication;

    NdisZeroMemory(&Indication, sizeof(Indication));
    Indication.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
    Indication.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1;
    Indication.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1;
    Indication.SourceHandle = Adapter->Base.AdapterHandle;
    Indication.StatusCode = NDIS_STATUS_MEDIA_SPECIFIC_INDICATION;
    NdisMIndicateStatusEx(Adapter->Base.AdapterHandle, &Indication);
}

FAULT(StallInDpc)
{
    NdisStallExecution(2000);
    Adapter->Made++;
}

FAULT(SyncUnknownMessage)
{
    NdisMSynchronizeWithInterruptEx(Adapter->Interrupt, 7, (PVOID)Synchronized, Adapter);
    Adapter->Made++;
}

FAULT(SyncAfterDeregister)
{
    NdisMSynchronizeWithInterruptEx(Adapter->DeregisteredInterrupt, 0, (PVOID)Synchronized,
                                    Adapter);
    Adapter->Made++;
}

FAULT(QueueDpcAfterDeregister)
{
    GROUP_AFFINITY Target = {.Mask = 1};

    NdisMQueueDpcEx(Adapter->DeregisteredInterrupt, 0, &Target, NULL);
    Adapter->Made++;
}

FAULT(DeregisterTwice)
{
    NdisMDeregisterInterruptEx(Adapter->DeregisteredInterrupt);
    Adapter->Made++;
}

FAULT(DeregisterAtDispatch)
{
    KIRQL Irql;

    NDIS_RAISE_IRQL_TO_DISPATCH(&Irql);
    NdisMDeregisterInterruptEx(Adapter->Interrupt);
    NDIS_LOWER_IRQL(Irql, DISPATCH_LEVEL);
}

FAULT(RegisterTwice)
{
    NDIS_HANDLE Second;

    NdisMRegisterInterruptEx(Adapter->Base.AdapterHandle, Adapter, &Adapter->Characteristics,
                             &Second);
    Adapter->Made++;
}

FAULT(RegisterAtDispatch)
{
    KIRQL Irql;

    NDIS_RAISE_IRQL_TO_DISPATCH(&Irql);
    NdisMRegisterInterruptEx(Adapter->Base.AdapterHandle, Adapter, &Adapter->Characteristics,
                             &Adapter->Interrupt);
    NDIS_LOWER_IRQL(Irql, DISPATCH_LEVEL);
}

FAULT(WrongType)
{
    Adapter->Characteristics.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
}

FAULT(WrongRevision)
{
    Adapter->Characteristics.Header.Revision = 0;
}

FAULT(WrongSize)
{
    Adapter->Characteristics.Header.Size = sizeof(NDIS_OBJECT_HEADER);
}

FAULT(NoDpcHandler)
{
    Adapter->Characteristics.InterruptDpcHandler = NULL;
}

FAULT(NoMessageHandlers)
{
    Adapter->Characteristics.MessageInterruptHandler = NULL;
    Adapter->Characteristics.MessageInterruptDpcHandler = NULL;
    Adapter->Characteristics.DisableMessageInterruptHandler = NULL;
    Adapter->Characteristics.EnableMessageInterruptHandler = NULL;
}

FAULT(LineOnly)
{
    NoMessageHandlers(Adapter);
    Adapter->Characteristics.MsiSupported = FALSE;
}

FAULT(HandlersWithoutMsi)
{
    Adapter->Characteristics.MsiSupported = FALSE;
}

/* --- the mistakes: things left behind --- */

FAULT(LeakPool)
{
    Adapter->Leaked = NdisAllocateMemoryWithTagPriority(Adapter->Base.AdapterHandle, 333, TAG,
                                                        NormalPoolPriority);
}

static VOID NTAPI TimerExpired(PVOID Unused1, PVOID Context, PVOID Unused2, PVOID Unused3)
{
    UNREFERENCED_PARAMETER(Unused1);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Unused2);
    UNREFERENCED_PARAMETER(Unused3);
}

static VOID NewTimer(struct adapter *Adapter)
{
    NDIS_TIMER_CHARACTERISTICS Characteristics;

    NdisZeroMemory(&Characteristics, sizeof(Characteristics));
    Characteristics.Header.Type = NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS;
    Characteristics.Header.Revision = NDIS_TIMER_CHARACTERISTICS_REVISION_1;
    Characteristics.Header.Size = NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1;
    Characteristics.AllocationTag = TAG;
    Characteristics.TimerFunction = TimerExpired;
    NdisAllocateTimerObject(Adapter->Base.AdapterHandle, &Characteristics,
                            (PNDIS_HANDLE)&Adapter->Leaked);
}

FAULT(LeakTimer)
{
    NewTimer(Adapter);
}

FAULT(LeaveTimerSet)
{
    LARGE_INTEGER Due;

    NewTimer(Adapter);
    Due.QuadPart = -36000000000; /* an hour */
    NdisSetTimerObject(Adapter->Leaked, Due, 0, Adapter);
}

static NDIS_HANDLE OpenConfiguration(struct adapter *Adapter)
{
    NDIS_CONFIGURATION_OBJECT Object;
    NDIS_HANDLE Handle;

    NdisZeroMemory(&Object, sizeof(Object));
    Object.Header.Type = NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT;
    Object.Header.Revision = NDIS_CONFIGURATION_OBJECT_REVISION_1;
    Object.Header.Size = NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1;
    Object.NdisHandle = Adapter->Base.AdapterHandle;
    return NdisOpenConfigurationEx(&Object, &Handle) == NDIS_STATUS_SUCCESS ? Handle : NULL;
}

FAULT(LeakConfiguration)
{
    Adapter->Leaked = OpenConfiguration(Adapter);
}

FAULT(LeakMapping)
{
    Adapter->KeepMapping = TRUE;
}

/* --- no mistake: an exception that the driver handles ---
 *
 * BOOLEAN TryWrite(PULONG Where): __try { *Where = 1; return TRUE; } __except (1) { return FALSE; }
 * as the compilers that know __try make it of that: a scope table for __C_specific_handler. */
__asm__(".text\n"
        "    .def TryWrite; .scl 3; .type 32; .endef\n"
        "    .seh_proc TryWrite\n"
        "TryWrite:\n"
        "    subq $40, %rsp\n"
        "    .seh_stackalloc 40\n"
        "    .seh_endprologue\n"
        "1:  movl $1, (%rcx)\n"
        "    movl $1, %eax\n"
        "2:  jmp 4f\n"
        "3:  xorl %eax, %eax\n"
        "4:  addq $40, %rsp\n"
        "    ret\n"
        "    .seh_handler __C_specific_handler, @except\n"
        "    .seh_handlerdata\n"
        "    .long 1\n" /* one scope: begin, end, EXCEPTION_EXECUTE_HANDLER, target */
        "    .rva 1b, 2b\n"
        "    .long 1\n"
        "    .rva 3b\n"
        "    .text\n"
        "    .seh_endproc\n");
BOOLEAN TryWrite(PULONG Where);

FAULT(Caught)
{
    ULONG Good = 0;

    if (TryWrite((PULONG)(ULONG_PTR)0x20) || !TryWrite(&Good) || Good != 1)
        NullWrite(Adapter); /* it was not caught, or should not have been */
}

static const struct fault Faults[] = {
    {L"NullWrite", ON_INITIALIZE, NullWrite},
    {L"NullWriteInIsr", IN_ISR, NullWrite},
    {L"NullWriteInDpc", IN_DPC, NullWrite},
    {L"WildJump", ON_INITIALIZE, WildJump},
    {L"WildJumpInDpc", IN_DPC, WildJump},
    {L"DivideByZero", ON_INITIALIZE, DivideByZero},
    {L"StackOverflow", ON_INITIALIZE, StackOverflow},
    {L"BadPointer", ON_INITIALIZE, BadPointer},
    {L"Breakpoint", ON_INITIALIZE, Breakpoint},
    {L"DebugBreak", ON_INITIALIZE, DebugBreak},
    {L"LoopAtDispatch", ON_INITIALIZE, LoopAtDispatch},
    {L"LoopInDpc", IN_DPC, LoopForEver},
    {L"LoopInIsr", IN_ISR, LoopForEver},
    {L"LoopAtPassive", ON_INITIALIZE, LoopForEver},
    {L"WaitInDpc", IN_DPC, WaitInDpc},
    {L"WaitInHalt", ON_HALT, WaitForEver},
    {L"KeepInterrupt", ON_HALT, KeepInterrupt},
    {L"FailKeepInterrupt", ON_INITIALIZE, FailKeepInterrupt},
    {L"FailInitialize", ON_INITIALIZE, FailInitialize},
    {L"CompleteOidTwice", ON_OID, CompleteOidTwice},
    {L"CallMissing", ON_INITIALIZE, CallMissing},
    {L"SpinLockInIsr", IN_ISR, SpinLockInIsr},
    {L"LowerIrqlInIsr", IN_ISR, LowerIrqlInIsr},
    {L"StatusInIsr", IN_ISR, StatusInIsr},
    {L"StallInDpc", IN_DPC, StallInDpc},
    {L"SyncUnknownMessage", ON_INITIALIZE, SyncUnknownMessage},
    {L"SyncAfterDeregister", AFTER_DEREGISTER, SyncAfterDeregister},
    {L"QueueDpcAfterDeregister", AFTER_DEREGISTER, QueueDpcAfterDeregister},
    {L"DeregisterTwice", AFTER_DEREGISTER, DeregisterTwice},
    {L"DeregisterAtDispatch", ON_HALT, DeregisterAtDispatch},
    {L"RegisterTwice", ON_INITIALIZE, RegisterTwice},
    {L"RegisterAtDispatch", ON_REGISTER, RegisterAtDispatch},
    {L"WrongType", ON_REGISTER, WrongType},
    {L"WrongRevision", ON_REGISTER, WrongRevision},
    {L"WrongSize", ON_REGISTER, WrongSize},
    {L"NoDpcHandler", ON_REGISTER, NoDpcHandler},
    {L"NoMessageHandlers", ON_REGISTER, NoMessageHandlers},
    {L"LineOnly", ON_REGISTER, LineOnly},
    {L"HandlersWithoutMsi", ON_REGISTER, HandlersWithoutMsi},
    {L"LeakPool", ON_INITIALIZE, LeakPool},
    {L"LeakTimer", ON_INITIALIZE, LeakTimer},
    {L"LeaveTimerSet", ON_INITIALIZE, LeaveTimerSet},
    {L"LeakConfiguration", ON_INITIALIZE, LeakConfiguration},
    {L"LeakMapping", ON_HALT, LeakMapping},
    {L"Caught", ON_INITIALIZE, Caught},
    {L"CaughtInDpc", IN_DPC, Caught},
};

/* --- the driver --- */

static NDIS_STATUS ReadConfiguration(struct adapter *Adapter)
{
    NDIS_STRING Retry = NDIS_STRING_CONST("Retry");
    NDIS_HANDLE Handle = OpenConfiguration(Adapter);
    PNDIS_CONFIGURATION_PARAMETER Value;
    NDIS_STATUS Status, Found;

    if (Handle == NULL)
        return NDIS_STATUS_FAILURE;
    Found = ChooseFault(Adapter, Handle, Faults, sizeof(Faults) / sizeof(Faults[0]));
    NdisReadConfiguration(&Status, &Value, Handle, &Retry, NdisParameterInteger);
    Adapter->Retry = Status != NDIS_STATUS_SUCCESS || Value->ParameterData.IntegerData != 0;
    NdisCloseConfiguration(Handle);
    return Found;
}

static BOOLEAN Interrupted(struct adapter *Adapter)
{
    if (TakeCauses(&Adapter->Card) == 0)
        return FALSE;
    Make(Adapter, IN_ISR);
    return TRUE;
}

static BOOLEAN NTAPI Isr(NDIS_HANDLE Context, PBOOLEAN QueueDefaultInterruptDpc,
                         PULONG TargetProcessors)
{
    *TargetProcessors = 0;
    *QueueDefaultInterruptDpc = Interrupted(Context);
    return *QueueDefaultInterruptDpc;
}

static VOID NTAPI Dpc(NDIS_HANDLE Context, PVOID DpcContext, PVOID Throttle, PVOID Reserved)
{
    struct adapter *Adapter = Context;

    UNREFERENCED_PARAMETER(DpcContext);
    UNREFERENCED_PARAMETER(Throttle);
    UNREFERENCED_PARAMETER(Reserved);
    Make(Adapter, IN_DPC);
    NdisSetEvent(&Adapter->DpcRan);
}

static VOID NTAPI Disable(NDIS_HANDLE Context)
{
    DisableCauses(&((struct adapter *)Context)->Card);
}

static VOID NTAPI Enable(NDIS_HANDLE Context)
{
    EnableCauses(&((struct adapter *)Context)->Card);
}

static BOOLEAN NTAPI MessageIsr(NDIS_HANDLE Context, ULONG MessageId,
                                PBOOLEAN QueueDefaultInterruptDpc, PULONG TargetProcessors)
{
    UNREFERENCED_PARAMETER(MessageId);
    *TargetProcessors = 0;
    *QueueDefaultInterruptDpc = Interrupted(Context);
    return TRUE;
}

static VOID NTAPI MessageDpc(NDIS_HANDLE Context, ULONG MessageId, PVOID DpcContext, PVOID Throttle,
                             PVOID Reserved)
{
    UNREFERENCED_PARAMETER(MessageId);
    Dpc(Context, DpcContext, Throttle, Reserved);
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

static VOID FillCharacteristics(NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS *Interrupt)
{
    NdisZeroMemory(Interrupt, sizeof(*Interrupt));
    Interrupt->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    Interrupt->Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    Interrupt->Header.Size = NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    Interrupt->InterruptHandler = Isr;
    Interrupt->InterruptDpcHandler = Dpc;
    Interrupt->DisableInterruptHandler = Disable;
    Interrupt->EnableInterruptHandler = Enable;
    Interrupt->MsiSupported = TRUE;
    Interrupt->MessageInterruptHandler = MessageIsr;
    Interrupt->MessageInterruptDpcHandler = MessageDpc;
    Interrupt->DisableMessageInterruptHandler = DisableMessage;
    Interrupt->EnableMessageInterruptHandler = EnableMessage;
}

static __declspec(noinline) NDIS_STATUS Register(struct adapter *Adapter)
{
    return NdisMRegisterInterruptEx(Adapter->Base.AdapterHandle, Adapter, &Adapter->Characteristics,
                                    &Adapter->Interrupt);
}

static NDIS_STATUS RegisterInterrupt(struct adapter *Adapter)
{
    NDIS_STATUS Status;

    FillCharacteristics(&Adapter->Characteristics);
    Make(Adapter, ON_REGISTER);
    Status = Register(Adapter);
    if (Status != NDIS_STATUS_SUCCESS && Adapter->Made && Adapter->Retry) {
        FillCharacteristics(&Adapter->Characteristics);
        Status = Register(Adapter);
    }
    return Status;
}

/* Proves that the interrupt arrives: one cause, its ISR and its DPC. */
static NDIS_STATUS TryInterrupt(struct adapter *Adapter)
{
    Enable(Adapter);
    RaiseCause(&Adapter->Card);
    return NdisWaitEvent(&Adapter->DpcRan, INTERRUPT_WAIT_MS) ? NDIS_STATUS_SUCCESS
                                                              : NDIS_STATUS_HARD_ERRORS;
}

static NDIS_STATUS Start(struct adapter *Adapter, PNDIS_RESOURCE_LIST Resources)
{
    NDIS_STATUS Status = ReadConfiguration(Adapter);

    NdisInitializeEvent(&Adapter->DpcRan);
    NdisAllocateSpinLock(&Adapter->Lock);
    if (Status == NDIS_STATUS_SUCCESS)
        Status = MapRegisters(&Adapter->Card, Adapter->Base.AdapterHandle, Resources);
    if (Status == NDIS_STATUS_SUCCESS)
        Status = RegisterInterrupt(Adapter);
    if (Status == NDIS_STATUS_SUCCESS) {
        Make(Adapter, ON_INITIALIZE);
        Status = Adapter->FailInitialize ? NDIS_STATUS_HARD_ERRORS : TryInterrupt(Adapter);
    }
    if (Status != NDIS_STATUS_SUCCESS)
        Stop(Adapter);
    return Status;
}

static VOID Stop(struct adapter *Adapter)
{
    if (Adapter->Card.Registers != NULL)
        Disable(Adapter);
    Make(Adapter, ON_HALT);
    if (Adapter->Interrupt != NULL && !Adapter->KeepInterrupt) {
        NdisMDeregisterInterruptEx(Adapter->Interrupt);
        Adapter->DeregisteredInterrupt = Adapter->Interrupt;
        Make(Adapter, AFTER_DEREGISTER);
    }
    if (!Adapter->KeepMapping)
        UnmapRegisters(&Adapter->Card, Adapter->Base.AdapterHandle);
    NdisFreeSpinLock(&Adapter->Lock);
}

static BOOLEAN Oid(struct adapter *Adapter, PNDIS_OID_REQUEST Request, NDIS_STATUS *Status)
{
    if (Adapter->Fault == NULL || Adapter->Fault->Moment != ON_OID || Adapter->Made ||
        Request->RequestType != NdisRequestSetInformation)
        return FALSE;
    Adapter->Request = Request;
    Make(Adapter, ON_OID);
    *Status = NDIS_STATUS_PENDING;
    return TRUE;
}
