/* SPDX-License-Identifier: MIT */
/* ndis5_api.c - every name that public NDIS 5.x miniports use, once, as they are written for.
 *
 * Nothing of it runs: that it compiles without a warning and imports what it imports is the test
 * (tests/ndis5_api_test.c), for a name is an export on Windows, or it is what the DDK's header
 * makes of it. ndis5_api_exports.c compiles the same lines with BINARY_COMPATIBLE.
 *
 * The driver is of its time: built for Windows Server 2003. */
#define NDIS_MINIPORT_DRIVER 1
#define NDIS51_MINIPORT      1
#undef WINVER
#undef _WIN32_WINNT
#undef NTDDI_VERSION
#define WINVER        0x0502
#define _WIN32_WINNT  0x0502
#define NTDDI_VERSION 0x05020000
#include <ndis.h>
#include <ntstrsafe.h>

struct adapter {
    NDIS_HANDLE Handle;
    NDIS_MINIPORT_INTERRUPT Interrupt;
    NDIS_SPIN_LOCK Lock;
    NDIS_EVENT Event;
    NDIS_TIMER Timer;
    NDIS_MINIPORT_TIMER MiniportTimer;
    NDIS_WORK_ITEM WorkItem;
    NPAGED_LOOKASIDE_LIST Lookaside;
    LIST_ENTRY List, Entry;
    LONG Count;
    KBUGCHECK_CALLBACK_RECORD CrashRecord;
};

/* --- as a driver's handlers would be: only their types matter --- */

static NDIS_STATUS NTAPI Initialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                    PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                    NDIS_HANDLE Handle, NDIS_HANDLE ConfigurationContext)
{
    return NDIS_STATUS_ADAPTER_NOT_FOUND;
}

static VOID NTAPI Halt(NDIS_HANDLE Context)
{
}

static VOID NTAPI Shutdown(PVOID Context)
{
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
}

static NDIS_TIMER_FUNCTION TimerFunction;
static VOID NTAPI TimerFunction(PVOID S1, PVOID Context, PVOID S2, PVOID S3)
{
}

static VOID NTAPI Work(PNDIS_WORK_ITEM WorkItem, PVOID Context)
{
}

static BOOLEAN NTAPI Synchronized(PVOID Context)
{
    return TRUE;
}

/* --- the names, by what they are about --- */

NDIS_STATUS ApiRegister(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_HANDLE Wrapper;
    NDIS_MINIPORT_CHARACTERISTICS Characteristics;
    NDIS_STATUS Status;

    NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
    NdisZeroMemory(&Characteristics, sizeof(Characteristics));
    Characteristics.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
    Characteristics.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
    Characteristics.InitializeHandler = Initialize;
    Characteristics.HaltHandler = Halt;
    Characteristics.AdapterShutdownHandler = Shutdown;
    Status = NdisMRegisterMiniport(Wrapper, &Characteristics, sizeof(Characteristics));
    if (Status != NDIS_STATUS_SUCCESS)
        NdisTerminateWrapper(Wrapper, NULL);
    NdisMRegisterUnloadHandler(Wrapper, Unload);
    return Status;
}

VOID ApiAdapter(struct adapter *Adapter, NDIS_HANDLE Primary)
{
    PDEVICE_OBJECT Physical;
    ULONG Value, Length;

    NdisMSetAttributes(Adapter->Handle, Adapter, TRUE, NdisInterfacePci);
    NdisMSetAttributesEx(Adapter->Handle, Adapter, 2,
                         NDIS_ATTRIBUTE_DESERIALIZE | NDIS_ATTRIBUTE_BUS_MASTER, NdisInterfacePci);
    NdisMRegisterAdapterShutdownHandler(Adapter->Handle, Adapter, Shutdown);
    NdisMDeregisterAdapterShutdownHandler(Adapter->Handle);
    NdisMSetMiniportSecondary(Adapter->Handle, Primary);
    NdisMPromoteMiniport(Adapter->Handle);
    NdisMRemoveMiniport(Adapter->Handle);
    NdisMGetDeviceProperty(Adapter->Handle, &Physical, NULL, NULL, NULL, NULL);
    IoGetDeviceProperty(Physical, DevicePropertyAddress, sizeof(Value), &Value, &Length);
    NdisWriteErrorLogEntry(Adapter->Handle, NDIS_ERROR_CODE_HARDWARE_FAILURE, 2, Value, Length);
}

VOID ApiInterrupt(struct adapter *Adapter, UINT Vector, UINT Level)
{
    NdisMRegisterInterrupt(&Adapter->Interrupt, Adapter->Handle, Vector, Level, TRUE, TRUE,
                           NdisInterruptLevelSensitive);
    NdisMSynchronizeWithInterrupt(&Adapter->Interrupt, Synchronized, Adapter);
    NdisMDeregisterInterrupt(&Adapter->Interrupt);
}

VOID ApiConfiguration(NDIS_HANDLE Context, NDIS_HANDLE Handle, PVOID Buffer)
{
    NDIS_STATUS Status;
    NDIS_HANDLE Configuration;
    PNDIS_CONFIGURATION_PARAMETER Parameter;
    NDIS_STRING Keyword = NDIS_STRING_CONST("Speed"), Upcase, Copy;
    PVOID Address;
    UINT Length;

    NdisOpenConfiguration(&Status, &Configuration, Context);
    NdisReadConfiguration(&Status, &Parameter, Configuration, &Keyword, NdisParameterInteger);
    NdisReadNetworkAddress(&Status, &Address, &Length, Configuration);
    NdisCloseConfiguration(Configuration);
    NdisMQueryAdapterResources(&Status, Context, Buffer, &Length);
    NdisReadPciSlotInformation(Handle, 0, 0, Buffer, 4);
    NdisWritePciSlotInformation(Handle, 0, 4, Buffer, 2);
    NdisInitUnicodeString(&Keyword, L"NetworkAddress");
    NdisInitializeString(&Copy, (PUCHAR) "Duplex");
    NdisUpcaseUnicodeString(&Upcase, &Copy);
    NdisFreeString(Copy);
}

VOID ApiMemory(PVOID Source, UINT Length)
{
    static const NDIS_PHYSICAL_ADDRESS Highest = NDIS_PHYSICAL_ADDRESS_CONST(-1, -1);
    PVOID Memory, Tagged;

    if (NdisAllocateMemory(&Memory, Length, 0, Highest) != NDIS_STATUS_SUCCESS)
        return;
    NdisMoveMemory(Memory, Source, Length);
    NdisFreeMemory(Memory, Length, 0);
    if (NdisAllocateMemoryWithTag(&Tagged, Length, 0x74736574) != NDIS_STATUS_SUCCESS)
        return;
    NdisZeroMemory(Tagged, Length);
    NdisFillMemory(Tagged, Length, 0xff);
    RtlZeroMemory(Tagged, Length);
    RtlFillMemory(Tagged, Length, 0xff);
    RtlCopyMemory(Tagged, Source, Length);
    RtlMoveMemory((PUCHAR)Tagged + 1, Tagged, Length - 1);
    if (NdisEqualMemory(Tagged, Source, Length))
        memcpy(Tagged, Source, Length);
    if (RtlCompareMemory(Tagged, Source, Length) == Length || strlen(Tagged) == 0)
        NdisFreeMemory(Tagged, Length, 0);
}

VOID ApiLists(struct adapter *Adapter)
{
    PVOID Entry;

    NdisInitializeNPagedLookasideList(&Adapter->Lookaside, NULL, NULL, 0, 64, 0x74736574, 0);
    Entry = NdisAllocateFromNPagedLookasideList(&Adapter->Lookaside);
    NdisFreeToNPagedLookasideList(&Adapter->Lookaside, Entry);
    NdisDeleteNPagedLookasideList(&Adapter->Lookaside);
    NdisInterlockedInsertHeadList(&Adapter->List, &Adapter->Entry, &Adapter->Lock);
    NdisInterlockedInsertTailList(&Adapter->List, &Adapter->Entry, &Adapter->Lock);
    NdisInterlockedIncrement(&Adapter->Count);
    NdisInterlockedDecrement(&Adapter->Count);
    InterlockedIncrement(&Adapter->Count);
    InterlockedDecrement(&Adapter->Count);
    InterlockedExchange(&Adapter->Count, 1);
    InterlockedOr(&Adapter->Count, 2);
}

VOID ApiLocks(struct adapter *Adapter)
{
    NdisAllocateSpinLock(&Adapter->Lock);
    NdisAcquireSpinLock(&Adapter->Lock);
    NdisReleaseSpinLock(&Adapter->Lock);
    if (KeGetCurrentIrql() == DISPATCH_LEVEL) {
        NdisDprAcquireSpinLock(&Adapter->Lock);
        NdisDprReleaseSpinLock(&Adapter->Lock);
    }
    NdisFreeSpinLock(&Adapter->Lock);
    NdisInitializeEvent(&Adapter->Event);
    NdisSetEvent(&Adapter->Event);
    NdisWaitEvent(&Adapter->Event, 100);
    NdisResetEvent(&Adapter->Event);
    KeMemoryBarrier();
    KeMemoryBarrierWithoutFence();
}

VOID ApiTime(struct adapter *Adapter)
{
    LARGE_INTEGER Now, Frequency;
    BOOLEAN Cancelled;

    NdisInitializeTimer(&Adapter->Timer, TimerFunction, Adapter);
    NdisSetTimer(&Adapter->Timer, 10);
    NdisCancelTimer(&Adapter->Timer, &Cancelled);
    NdisMInitializeTimer(&Adapter->MiniportTimer, Adapter->Handle, TimerFunction, Adapter);
    NdisMSetTimer(&Adapter->MiniportTimer, 10);
    NdisMSetPeriodicTimer(&Adapter->MiniportTimer, 1000);
    NdisMCancelTimer(&Adapter->MiniportTimer, &Cancelled);
    NdisInitializeWorkItem(&Adapter->WorkItem, Work, Adapter);
    NdisScheduleWorkItem(&Adapter->WorkItem);
    NdisGetCurrentSystemTime(&Now);
    Now = KeQueryPerformanceCounter(&Frequency);
    NdisStallExecution(10);
    NdisMSleep(1000);
    KeFlushQueuedDpcs();
}

VOID ApiRegisters(struct adapter *Adapter, NDIS_PHYSICAL_ADDRESS Bar, PVOID Bytes)
{
    PVOID Base;
    UCHAR Uchar;
    USHORT Ushort;
    ULONG Ulong;

    NdisMMapIoSpace(&Base, Adapter->Handle, Bar, 0x1000);
    NdisReadRegisterUchar((PUCHAR)Base, &Uchar);
    NdisReadRegisterUshort((PUSHORT)Base, &Ushort);
    NdisReadRegisterUlong((PULONG)Base, &Ulong);
    NdisWriteRegisterUchar((PUCHAR)Base, Uchar);
    NdisWriteRegisterUshort((PUSHORT)Base, Ushort);
    NdisWriteRegisterUlong((PULONG)Base, Ulong);
    NdisMUnmapIoSpace(Adapter->Handle, Base, 0x1000);

    NdisMRegisterIoPortRange(&Base, Adapter->Handle, 0x300, 0x20);
    NdisRawReadPortUchar((ULONG_PTR)Base, &Uchar);
    NdisRawReadPortUshort((ULONG_PTR)Base, &Ushort);
    NdisRawReadPortUlong((ULONG_PTR)Base, &Ulong);
    NdisRawWritePortUchar((ULONG_PTR)Base, Uchar);
    NdisRawWritePortUshort((ULONG_PTR)Base, Ushort);
    NdisRawWritePortUlong((ULONG_PTR)Base, Ulong);
    NdisRawReadPortBufferUchar((ULONG_PTR)Base, Bytes, 4);
    NdisRawReadPortBufferUshort((ULONG_PTR)Base, Bytes, 2);
    NdisRawWritePortBufferUchar((ULONG_PTR)Base, Bytes, 4);
    NdisRawWritePortBufferUshort((ULONG_PTR)Base, Bytes, 2);
    WRITE_PORT_USHORT(Base, READ_PORT_USHORT(Base));
    NdisMDeregisterIoPortRange(Adapter->Handle, 0x300, 0x20, Base);
}

ULONG ApiDma(struct adapter *Adapter, PNDIS_BUFFER Buffer)
{
    PVOID Memory;
    NDIS_PHYSICAL_ADDRESS Address;
    ULONG Alignment = NdisGetSharedDataAlignment() + NdisMGetDmaAlignment(Adapter->Handle);

    NdisMInitializeScatterGatherDma(Adapter->Handle, TRUE, 1514);
    NdisMAllocateMapRegisters(Adapter->Handle, 0, NDIS_DMA_32BITS, 8, 1514);
    NdisMFreeMapRegisters(Adapter->Handle);
    NdisMAllocateSharedMemory(Adapter->Handle, 4096, TRUE, &Memory, &Address);
    NdisMFreeSharedMemory(Adapter->Handle, 4096, TRUE, Memory, Address);
    NdisMAllocateSharedMemoryAsync(Adapter->Handle, 4096, TRUE, Adapter);
    NdisFlushBuffer(Buffer, TRUE);
    return Alignment + NdisGetPhysicalAddressHigh(Address) + NdisGetPhysicalAddressLow(Address);
}

VOID ApiPackets(NDIS_HANDLE Unused, PVOID Data)
{
    NDIS_STATUS Status;
    NDIS_HANDLE Pool, BufferPool;
    PNDIS_PACKET Packet;
    PNDIS_BUFFER Buffer, First;
    PVOID Address;
    UINT Count, Length, Total;

    NdisAllocatePacketPool(&Status, &Pool, 16, 0);
    NdisAllocatePacketPoolEx(&Status, &Pool, 16, 16, 0);
    NdisAllocateBufferPool(&Status, &BufferPool, 16);
    NdisAllocatePacket(&Status, &Packet, Pool);
    NdisAllocateBuffer(&Status, &Buffer, BufferPool, Data, 1514);
    NdisChainBufferAtFront(Packet, Buffer);
    NdisAdjustBufferLength(Buffer, 60);
    NdisQueryPacket(Packet, &Count, &Count, &First, &Total);
    NdisQueryPacketLength(Packet, &Total);
    NdisGetFirstBufferFromPacketSafe(Packet, &First, &Address, &Length, &Total, NormalPagePriority);
    NdisQueryBuffer(Buffer, &Address, &Length);
    NdisQueryBufferSafe(Buffer, &Address, &Length, NormalPagePriority);
    Length = NdisBufferLength(Buffer);
    Address = NdisBufferVirtualAddress(Buffer);
    NdisGetNextBuffer(Buffer, &First);
    Address = NdisGetPacketCancelId(Packet);
    NdisUnchainBufferAtFront(Packet, &First);
    NdisReinitializePacket(Packet);
    NdisFreeBuffer(Buffer);
    NdisFreePacket(Packet);
    NdisFreeBufferPool(BufferPool);
    NdisFreePacketPool(Pool);
}

VOID ApiIndicate(struct adapter *Adapter, PNDIS_PACKET Packet, PVOID Frame)
{
    NdisMIndicateReceivePacket(Adapter->Handle, &Packet, 1);
    NdisMEthIndicateReceive(Adapter->Handle, Adapter, Frame, 14, (PUCHAR)Frame + 14, 46, 46);
    NdisMEthIndicateReceiveComplete(Adapter->Handle);
    NdisMSendComplete(Adapter->Handle, Packet, NDIS_STATUS_SUCCESS);
    NdisMSendResourcesAvailable(Adapter->Handle);
    NdisMResetComplete(Adapter->Handle, NDIS_STATUS_SUCCESS, FALSE);
    NdisMQueryInformationComplete(Adapter->Handle, NDIS_STATUS_SUCCESS);
    NdisMSetInformationComplete(Adapter->Handle, NDIS_STATUS_SUCCESS);
    NdisMIndicateStatus(Adapter->Handle, NDIS_STATUS_MEDIA_CONNECT, NULL, 0);
    NdisMIndicateStatusComplete(Adapter->Handle);
}

static NTSTATUS ApiFormat(PSTR Text, size_t Bytes, PCSTR Format, ...)
{
    va_list Arguments;
    NTSTATUS Status;

    va_start(Arguments, Format);
    Status = RtlStringCbVPrintfA(Text, Bytes, Format, Arguments);
    va_end(Arguments);
    return Status;
}

PVOID ApiDebug(struct adapter *Adapter)
{
    UNICODE_STRING Name;
    char Text[40];

    KeInitializeCallbackRecord(&Adapter->CrashRecord);
    ApiFormat(Text, sizeof(Text), "processor %u", KeGetCurrentProcessorNumber());
    DbgPrint("%s\n", Text);
    DbgBreakPoint();
    RtlInitUnicodeString(&Name, L"KeRegisterBugCheckReasonCallback");
    return MmGetSystemRoutineAddress(&Name);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    return STATUS_NOT_SUPPORTED;
}
