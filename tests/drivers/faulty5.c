/* SPDX-License-Identifier: MIT */
/* faulty5.c - an NDIS 5.1 driver that makes one mistake, of its user's choice, and is a good driver
 * otherwise.
 *
 *     dirql run faulty5.sys --set Test=IndicateAgain
 *
 * The table at the end lists the mistakes and the moment of each. Without Test it makes none.
 * What else can be chosen is in minimal5.h. */
#include "minimal5.h"

#define INTERRUPT_WAIT_MS 5000

struct fault;

struct adapter {
    struct minimal5 Base;
    NDIS_MINIPORT_INTERRUPT Interrupt, Second;
    BOOLEAN Registered;
    volatile LONG IsrRan;
    NDIS_SPIN_LOCK Lock;
    NDIS_MINIPORT_TIMER Timer;
    NDIS_WORK_ITEM WorkItem;
    NDIS_EVENT WorkDone;
    const struct fault *Fault;
    LONG Made;
    BOOLEAN IsrLeaves, IsrKeeps; /* its out-parameters, its interrupt */
    BOOLEAN Kept;                /* it has done so */
    BOOLEAN KeepInterrupt, KeepMapping;
    BOOLEAN FailInitialize;
    PNDIS_PACKET Packet; /* while it is sent or indicated */
    BOOLEAN Dealt;       /* the mistake did that */
    PVOID Leaked, Leaked2;
};
static const SIZE_T AdapterBytes = sizeof(struct adapter);

#include "faults.h"
#include "faulty5_packets.h"

static NDIS_STATUS Register(struct adapter *Adapter, NDIS_MINIPORT_INTERRUPT *Interrupt)
{
    return NdisMRegisterInterrupt(Interrupt, Adapter->Base.AdapterHandle, Adapter->Base.Vector,
                                  Adapter->Base.Level, TRUE, TRUE, NdisInterruptLevelSensitive);
}

/* --- the mistakes: the interrupt --- */

FAULT(RegisterEarly)
{
    Register(Adapter, &Adapter->Interrupt);
    Adapter->Made++;
}

FAULT(RegisterTwice)
{
    Register(Adapter, &Adapter->Second);
    Adapter->Made++;
}

FAULT(RegisterAtDispatch)
{
    KIRQL Irql;

    NDIS_RAISE_IRQL_TO_DISPATCH(&Irql);
    Register(Adapter, &Adapter->Interrupt);
    NDIS_LOWER_IRQL(Irql, DISPATCH_LEVEL);
}

FAULT(RegisterOtherVector)
{
    NdisMRegisterInterrupt(&Adapter->Interrupt, Adapter->Base.AdapterHandle, 99, 99, TRUE, TRUE,
                           NdisInterruptLevelSensitive);
    Adapter->Made++;
}

FAULT(DeregisterTwice)
{
    NdisMDeregisterInterrupt(&Adapter->Interrupt);
    Adapter->Made++;
}

FAULT(DeregisterAtDispatch)
{
    KIRQL Irql;

    NDIS_RAISE_IRQL_TO_DISPATCH(&Irql);
    NdisMDeregisterInterrupt(&Adapter->Interrupt);
    NDIS_LOWER_IRQL(Irql, DISPATCH_LEVEL);
}

static VOID NTAPI DeregisterWorker(PNDIS_WORK_ITEM WorkItem, PVOID Context)
{
    struct adapter *Adapter = Context;

    UNREFERENCED_PARAMETER(WorkItem);
    DisableCauses(&Adapter->Base.Card);
    NdisMDeregisterInterrupt(&Adapter->Interrupt);
    NdisSetEvent(&Adapter->WorkDone);
}

/* Of the last frame of the run. */
FAULT(DeregisterOutside)
{
    Adapter->Registered = FALSE;
    NdisInitializeWorkItem(&Adapter->WorkItem, DeregisterWorker, Adapter);
    NdisScheduleWorkItem(&Adapter->WorkItem);
}

static BOOLEAN NTAPI Synchronized(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    return TRUE;
}

FAULT(SyncAfterDeregister)
{
    NdisMSynchronizeWithInterrupt(&Adapter->Interrupt, Synchronized, Adapter);
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

/* --- the mistakes: in MiniportISR --- */

FAULT(IsrLeavesParameters)
{
    Adapter->IsrLeaves = TRUE;
}

FAULT(IsrKeepsInterrupt)
{
    Adapter->IsrKeeps = TRUE;
}

FAULT(StatusInIsr)
{
    NdisMIndicateStatus(Adapter->Base.AdapterHandle, NDIS_STATUS_MEDIA_CONNECT, NULL, 0);
    Adapter->Made++;
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

/* --- the mistakes: in MiniportHandleInterrupt --- */

FAULT(PagedPoolInDpc)
{
    PVOID Paged = ExAllocatePoolWithTag(PagedPool, 64, TAG);

    if (Paged != NULL)
        ExFreePoolWithTag(Paged, TAG);
    Adapter->Made++;
}

FAULT(SleepInDpc)
{
    NdisMSleep(1000);
    Adapter->Made++;
}

FAULT(WaitInDpc)
{
    NdisWaitEvent(&Adapter->WorkDone, 10);
    Adapter->Made++;
}

FAULT(SharedMemoryInDpc)
{
    NDIS_PHYSICAL_ADDRESS Physical;

    NdisMAllocateSharedMemory(Adapter->Base.AdapterHandle, 4096, TRUE, &Adapter->Leaked, &Physical);
    Adapter->Made++;
}

FAULT(StallInDpc)
{
    NdisStallExecution(2000);
    Adapter->Made++;
}

/* --- the mistakes: memory --- */

FAULT(FreeMemoryTwice)
{
    PVOID Memory;

    if (NdisAllocateMemoryWithTag(&Memory, 100, TAG) != NDIS_STATUS_SUCCESS)
        return;
    NdisFreeMemory(Memory, 100, 0);
    NdisFreeMemory(Memory, 100, 0);
    Adapter->Made++;
}

FAULT(LeakPool)
{
    NdisAllocateMemoryWithTag(&Adapter->Leaked, 333, TAG);
    Adapter->Made++;
}

FAULT(LeakPacketPool)
{
    NDIS_STATUS Status;

    NdisAllocatePacketPool(&Status, &Adapter->Leaked, 24, PROTOCOL_RESERVED_SIZE_IN_PACKET);
}

FAULT(LeakPacket)
{
    NDIS_STATUS Status;

    NdisAllocatePacketPool(&Status, &Adapter->Leaked, 24, PROTOCOL_RESERVED_SIZE_IN_PACKET);
    NdisAllocatePacket(&Status, (PNDIS_PACKET *)&Adapter->Leaked2, Adapter->Leaked);
    NdisFreePacketPool(Adapter->Leaked);
}

FAULT(LeakPoolAndPackets)
{
    NDIS_STATUS Status;
    PNDIS_PACKET Packets[3];
    ULONG i;

    NdisAllocatePacketPool(&Status, &Adapter->Leaked, 24, PROTOCOL_RESERVED_SIZE_IN_PACKET);
    for (i = 0; i < 3; i++)
        NdisAllocatePacket(&Status, &Packets[i], Adapter->Leaked);
    NdisFreePacket(Packets[1]);
}

FAULT(LeakBufferPool)
{
    NDIS_STATUS Status;

    NdisAllocateBufferPool(&Status, &Adapter->Leaked, 24);
}

FAULT(LeakBuffer)
{
    NDIS_STATUS Status;

    NdisAllocateBuffer(&Status, (PNDIS_BUFFER *)&Adapter->Leaked, Adapter->Base.BufferPool,
                       Adapter->Base.Memory, 77);
}

FAULT(LeakSharedMemory)
{
    NDIS_PHYSICAL_ADDRESS Physical;

    NdisMInitializeScatterGatherDma(Adapter->Base.AdapterHandle, TRUE, FRAME_BYTES);
    NdisMAllocateSharedMemory(Adapter->Base.AdapterHandle, 5000, TRUE, &Adapter->Leaked, &Physical);
}

FAULT(LeakMapRegisters)
{
    NdisMAllocateMapRegisters(Adapter->Base.AdapterHandle, 0, NDIS_DMA_64BITS, 8, FRAME_BYTES);
    Adapter->Made++;
}

FAULT(LeakMapping)
{
    Adapter->KeepMapping = TRUE;
}

static VOID NTAPI TimerExpired(PVOID Unused1, PVOID Context, PVOID Unused2, PVOID Unused3)
{
    UNREFERENCED_PARAMETER(Unused1);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Unused2);
    UNREFERENCED_PARAMETER(Unused3);
}

static NDIS_MINIPORT_TIMER LastingTimer;

static VOID SetTimer(struct adapter *Adapter, PNDIS_MINIPORT_TIMER Timer)
{
    NdisMInitializeTimer(Timer, Adapter->Base.AdapterHandle, (PVOID)TimerExpired, Adapter);
    NdisMSetTimer(Timer, 3600000);
}

FAULT(LeaveTimerSet)
{
    SetTimer(Adapter, &LastingTimer);
}

FAULT(FreeSetTimer)
{
    SetTimer(Adapter, &Adapter->Timer);
}

static VOID NTAPI ShutDown(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
}

FAULT(LeaveShutdownHandler)
{
    NdisMRegisterAdapterShutdownHandler(Adapter->Base.AdapterHandle, Adapter, ShutDown);
    Adapter->Made++;
}

static const struct fault Faults[] = {
    {L"NullWrite", ON_INITIALIZE, NullWrite},
    {L"NullWriteInIsr", IN_ISR, NullWrite},
    {L"NullWriteInDpc", IN_DPC, NullWrite},
    {L"LoopInIsr", IN_ISR, LoopForEver},
    {L"LoopInDpc", IN_DPC, LoopForEver},
    {L"RegisterEarly", BEFORE_ATTRIBUTES, RegisterEarly},
    {L"RegisterTwice", ON_INITIALIZE, RegisterTwice},
    {L"RegisterAtDispatch", ON_REGISTER, RegisterAtDispatch},
    {L"RegisterOtherVector", ON_REGISTER, RegisterOtherVector},
    {L"DeregisterTwice", AFTER_DEREGISTER, DeregisterTwice},
    {L"DeregisterAtDispatch", ON_HALT, DeregisterAtDispatch},
    {L"DeregisterOutside", ON_COMPLETE, DeregisterOutside},
    {L"SyncAfterDeregister", AFTER_DEREGISTER, SyncAfterDeregister},
    {L"KeepInterrupt", ON_HALT, KeepInterrupt},
    {L"FailKeepInterrupt", ON_INITIALIZE, FailKeepInterrupt},
    {L"FailInitialize", ON_INITIALIZE, FailInitialize},
    {L"IsrLeavesParameters", IN_ISR, IsrLeavesParameters},
    {L"IsrKeepsInterrupt", IN_ISR, IsrKeepsInterrupt},
    {L"StatusInIsr", IN_ISR, StatusInIsr},
    {L"SpinLockInIsr", IN_ISR, SpinLockInIsr},
    {L"LowerIrqlInIsr", IN_ISR, LowerIrqlInIsr},
    {L"PagedPoolInDpc", IN_DPC, PagedPoolInDpc},
    {L"SleepInDpc", IN_DPC, SleepInDpc},
    {L"WaitInDpc", IN_DPC, WaitInDpc},
    {L"SharedMemoryInDpc", IN_DPC, SharedMemoryInDpc},
    {L"StallInDpc", IN_DPC, StallInDpc},
    {L"IndicateAgain", ON_RECEIVE, IndicateAgain},
    {L"IndicateTwice", ON_RECEIVE, IndicateTwice},
    {L"IndicateFreed", ON_RECEIVE, IndicateFreed},
    {L"IndicateWithoutHeaderSize", ON_RECEIVE, IndicateWithoutHeaderSize},
    {L"DamageFrame", ON_RECEIVE, DamageFrame},
    {L"FreePacketTwice", ON_RECEIVE, FreePacketTwice},
    {L"FreeIndicated", ON_RECEIVE, FreeIndicated},
    {L"ReadFreedPacket", ON_RECEIVE, ReadFreedPacket},
    {L"ReadFreedField", ON_RECEIVE, ReadFreedField},
    {L"WriteFreedPacket", ON_RECEIVE, WriteFreedPacket},
    {L"LookaheadShort", ON_RECEIVE, LookaheadShort},
    {L"LookaheadBeyond", ON_RECEIVE, LookaheadBeyond},
    {L"LookaheadHeader", ON_RECEIVE, LookaheadHeader},
    {L"LookaheadNotComplete", ON_RECEIVE, LookaheadNotComplete},
    {L"LookaheadNowhere", ON_RECEIVE, LookaheadNowhere},
    {L"CompleteTwice", ON_COMPLETE, CompleteTwice},
    {L"CompleteAndReturn", ON_SEND, CompleteAndReturn},
    {L"CompletePending", ON_COMPLETE, CompletePending},
    {L"CompleteOther", ON_COMPLETE, CompleteOther},
    {L"NeverComplete", ON_COMPLETE, NeverComplete},
    {L"ResourcesWhenDeserialized", ON_SEND, ResourcesWhenDeserialized},
    {L"FreeMemoryTwice", ON_INITIALIZE, FreeMemoryTwice},
    {L"LeakPool", ON_INITIALIZE, LeakPool},
    {L"LeakPacketPool", ON_INITIALIZE, LeakPacketPool},
    {L"LeakPacket", ON_INITIALIZE, LeakPacket},
    {L"LeakPoolAndPackets", ON_INITIALIZE, LeakPoolAndPackets},
    {L"LeakBufferPool", ON_INITIALIZE, LeakBufferPool},
    {L"LeakBuffer", ON_INITIALIZE, LeakBuffer},
    {L"LeakSharedMemory", ON_INITIALIZE, LeakSharedMemory},
    {L"LeakMapRegisters", ON_INITIALIZE, LeakMapRegisters},
    {L"LeakMapping", ON_HALT, LeakMapping},
    {L"LeaveTimerSet", ON_INITIALIZE, LeaveTimerSet},
    {L"FreeSetTimer", ON_INITIALIZE, FreeSetTimer},
    {L"LeaveShutdownHandler", ON_INITIALIZE, LeaveShutdownHandler},
};

/* --- the driver --- */

static VOID NTAPI Isr(PBOOLEAN InterruptRecognized, PBOOLEAN QueueMiniportHandleInterrupt,
                      NDIS_HANDLE MiniportAdapterContext)
{
    struct adapter *Adapter = MiniportAdapterContext;

    if (Adapter->IsrKeeps) {
        Adapter->Kept = TRUE;
        *InterruptRecognized = *QueueMiniportHandleInterrupt = TRUE;
        return;
    }
    if (TakeCauses(&Adapter->Base.Card) == 0) {
        *InterruptRecognized = *QueueMiniportHandleInterrupt = FALSE;
        return;
    }
    Adapter->IsrRan = TRUE;
    Make(Adapter, IN_ISR);
    if (Adapter->IsrLeaves)
        Adapter->IsrLeaves = FALSE; /* this time */
    else
        *InterruptRecognized = *QueueMiniportHandleInterrupt = TRUE;
}

static VOID NTAPI HandleInterrupt(NDIS_HANDLE MiniportAdapterContext)
{
    struct adapter *Adapter = MiniportAdapterContext;

    if (Adapter->Kept) { /* once was enough */
        Adapter->IsrKeeps = Adapter->Kept = FALSE;
        TakeCauses(&Adapter->Base.Card);
    }
    Make(Adapter, IN_DPC);
    MinimalReceive(&Adapter->Base);
}

static VOID Handlers(PNDIS_MINIPORT_CHARACTERISTICS Characteristics)
{
    Characteristics->ISRHandler = Isr;
    Characteristics->HandleInterruptHandler = HandleInterrupt;
}

static NDIS_STATUS Configure(struct adapter *Adapter, NDIS_HANDLE Configuration)
{
    return ChooseFault(Adapter, Configuration, Faults, sizeof(Faults) / sizeof(Faults[0]));
}

static VOID Prepare(struct adapter *Adapter)
{
    NdisInitializeEvent(&Adapter->WorkDone);
    NdisAllocateSpinLock(&Adapter->Lock);
    Make(Adapter, BEFORE_ATTRIBUTES);
}

/* Proves that the interrupt arrives. MiniportHandleInterrupt waits for the end of Initialize. */
static NDIS_STATUS TryInterrupt(struct adapter *Adapter)
{
    ULONG Waited;

    EnableCauses(&Adapter->Base.Card);
    RaiseCause(&Adapter->Base.Card);
    for (Waited = 0; !Adapter->IsrRan && Waited < INTERRUPT_WAIT_MS; Waited++)
        NdisMSleep(1000);
    return Adapter->IsrRan ? NDIS_STATUS_SUCCESS : NDIS_STATUS_HARD_ERRORS;
}

static NDIS_STATUS Start(struct adapter *Adapter)
{
    NDIS_STATUS Status;

    Make(Adapter, ON_REGISTER);
    Status = Register(Adapter, &Adapter->Interrupt);
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
    Adapter->Registered = TRUE;
    Make(Adapter, ON_INITIALIZE);
    Status = Adapter->FailInitialize ? NDIS_STATUS_HARD_ERRORS : TryInterrupt(Adapter);
    if (Status != NDIS_STATUS_SUCCESS)
        Stop(Adapter);
    return Status;
}

static VOID Stop(struct adapter *Adapter)
{
    DisableCauses(&Adapter->Base.Card);
    Make(Adapter, ON_HALT);
    if (Adapter->Registered && !Adapter->KeepInterrupt) {
        NdisMDeregisterInterrupt(&Adapter->Interrupt);
        Adapter->Registered = FALSE;
        Make(Adapter, AFTER_DEREGISTER);
    }
    if (Adapter->WorkItem.Routine != NULL)
        NdisWaitEvent(&Adapter->WorkDone, 0);
    if (Adapter->KeepMapping)
        Adapter->Base.Card.Registers = NULL;
}

static BOOLEAN Before(struct adapter *Adapter, enum moment Moment, PNDIS_PACKET Packet)
{
    Adapter->Packet = Packet;
    Adapter->Dealt = FALSE;
    Make(Adapter, Moment);
    return Adapter->Dealt;
}

static BOOLEAN BeforeSend(struct adapter *Adapter, PNDIS_PACKET Packet)
{
    return Before(Adapter, ON_SEND, Packet);
}

static BOOLEAN BeforeReceive(struct adapter *Adapter, PNDIS_PACKET Packet)
{
    return Before(Adapter, ON_RECEIVE, Packet);
}

static BOOLEAN BeforeComplete(struct adapter *Adapter, PNDIS_PACKET Packet)
{
    return Before(Adapter, ON_COMPLETE, Packet);
}
