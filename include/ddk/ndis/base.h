/* SPDX-License-Identifier: MIT */
/* base.h - what every NDIS version shares: handles, strings, memory, spin locks, lists, register
 * and port access, time.
 *
 * Sources: the WDK pages named Ndis*. What the WDK makes a macro is a macro here too, so that a
 * driver imports what it imports on Windows; BINARY_COMPATIBLE selects the exports instead. */
#ifndef DDK_NDIS_BASE_H
#define DDK_NDIS_BASE_H

#ifdef NDIS_WRAPPER
#define NDISAPI
#else
#define NDISAPI DECLSPEC_IMPORT
#endif
#define EXPORT NDISAPI

typedef PVOID NDIS_HANDLE, *PNDIS_HANDLE;
typedef int NDIS_STATUS, *PNDIS_STATUS;

typedef ANSI_STRING NDIS_ANSI_STRING, *PNDIS_ANSI_STRING;
typedef UNICODE_STRING NDIS_STRING, *PNDIS_STRING;

typedef PHYSICAL_ADDRESS NDIS_PHYSICAL_ADDRESS, *PNDIS_PHYSICAL_ADDRESS;

typedef struct _NDIS_PHYSICAL_ADDRESS_UNIT {
    NDIS_PHYSICAL_ADDRESS PhysicalAddress;
    UINT Length;
} NDIS_PHYSICAL_ADDRESS_UNIT, *PNDIS_PHYSICAL_ADDRESS_UNIT;

typedef struct _NDIS_SPIN_LOCK {
    KSPIN_LOCK SpinLock;
    KIRQL OldIrql;
} NDIS_SPIN_LOCK, *PNDIS_SPIN_LOCK;

typedef struct _NDIS_EVENT {
    KEVENT Event;
} NDIS_EVENT, *PNDIS_EVENT;

/* Bus types that NDIS names after the kernel's INTERFACE_TYPE. */
typedef enum _NDIS_INTERFACE_TYPE {
    NdisInterfaceInternal = Internal,
    NdisInterfaceIsa = Isa,
    NdisInterfaceEisa = Eisa,
    NdisInterfaceMca = MicroChannel,
    NdisInterfaceTurboChannel = TurboChannel,
    NdisInterfacePci = PCIBus,
    NdisInterfacePcMcia = PCMCIABus,
    NdisInterfaceCBus = CBus,
    NdisInterfaceMPIBus = MPIBus,
    NdisInterfaceMPSABus = MPSABus,
    NdisInterfaceProcessorInternal = ProcessorInternal,
    NdisInterfaceInternalPowerBus = InternalPowerBus,
    NdisInterfacePNPISABus = PNPISABus,
    NdisInterfacePNPBus = PNPBus,
    NdisInterfaceUSB,
    NdisInterfaceIrda,
    NdisInterface1394,
    NdisMaximumInterfaceType
} NDIS_INTERFACE_TYPE,
    *PNDIS_INTERFACE_TYPE;

typedef KINTERRUPT_MODE NDIS_INTERRUPT_MODE, *PNDIS_INTERRUPT_MODE;
#define NdisInterruptLevelSensitive LevelSensitive
#define NdisInterruptLatched        Latched

/* The partial list: NDIS 6 hands the allocated one to MiniportInitializeEx. */
typedef CM_PARTIAL_RESOURCE_LIST NDIS_RESOURCE_LIST, *PNDIS_RESOURCE_LIST;

typedef enum _NDIS_PROCESSOR_TYPE {
    NdisProcessorX86,
    NdisProcessorMips,
    NdisProcessorAlpha,
    NdisProcessorPpc,
    NdisProcessorAmd64,
    NdisProcessorIA64,
    NdisProcessorArm,
    NdisProcessorArm64
} NDIS_PROCESSOR_TYPE,
    *PNDIS_PROCESSOR_TYPE;

typedef enum _NDIS_ENVIRONMENT_TYPE {
    NdisEnvironmentWindows,
    NdisEnvironmentWindowsNt
} NDIS_ENVIRONMENT_TYPE,
    *PNDIS_ENVIRONMENT_TYPE;

/* Memory. MemoryFlags of NdisAllocateMemory and NdisFreeMemory. */
#define NDIS_MEMORY_CONTIGUOUS 0x00000001
#define NDIS_MEMORY_NONCACHED  0x00000002

NDISAPI NDIS_STATUS NTAPI NdisAllocateMemoryWithTag(_Out_ PVOID *VirtualAddress, _In_ UINT Length,
                                                    _In_ ULONG Tag);
NDISAPI VOID NTAPI NdisFreeMemory(_In_ PVOID VirtualAddress, _In_ UINT Length,
                                  _In_ UINT MemoryFlags);
NDISAPI VOID NTAPI NdisFreeMemoryWithTag(_In_ PVOID VirtualAddress, _In_ ULONG Tag);
#if NDIS_SUPPORT_NDIS6
NDISAPI PVOID NTAPI NdisAllocateMemoryWithTagPriority(_In_ NDIS_HANDLE NdisHandle, _In_ UINT Length,
                                                      _In_ ULONG Tag,
                                                      _In_ EX_POOL_PRIORITY Priority);
#if NDIS_SUPPORT_NDIS61
NDISAPI VOID NTAPI NdisFreeMemoryWithTagPriority(_In_ NDIS_HANDLE NdisHandle,
                                                 _In_ PVOID VirtualAddress, _In_ ULONG Tag);
#endif
#endif

#define NdisMoveMemory(Destination, Source, Length)       RtlCopyMemory(Destination, Source, Length)
#define NdisZeroMemory(Destination, Length)               RtlZeroMemory(Destination, Length)
#define NdisFillMemory(Destination, Length, Fill)         RtlFillMemory(Destination, Length, Fill)
#define NdisEqualMemory(Source1, Source2, Length)         RtlEqualMemory(Source1, Source2, Length)
#define NdisRetrieveUlong(Destination, Source)            RtlRetrieveUlong(Destination, Source)
#define NdisStoreUlong(Destination, Value)                RtlStoreUlong(Destination, Value)
#define NdisMoveMappedMemory(Destination, Source, Length) RtlCopyMemory(Destination, Source, Length)
#define NdisZeroMappedMemory(Destination, Length)         RtlZeroMemory(Destination, Length)
#define NdisMoveToMappedMemory(Destination, Source, Length)                                        \
    NdisMoveMappedMemory(Destination, Source, Length)
#define NdisMoveFromMappedMemory(Destination, Source, Length)                                      \
    NdisMoveMappedMemory(Destination, Source, Length)

#define NdisGetPhysicalAddressHigh(Address)        ((Address).HighPart)
#define NdisSetPhysicalAddressHigh(Address, Value) ((Address).HighPart) = (Value)
#define NdisGetPhysicalAddressLow(Address)         ((Address).LowPart)
#define NdisSetPhysicalAddressLow(Address, Value)  ((Address).LowPart) = (Value)
#define NDIS_PHYSICAL_ADDRESS_CONST(Low, High)                                                     \
    {                                                                                              \
        {                                                                                          \
            (ULONG)(Low), (LONG)(High)                                                             \
        }                                                                                          \
    }

/* Size of the largest cache line, in bytes. */
NDISAPI ULONG NTAPI NdisGetSharedDataAlignment(VOID);

/* Strings. */
#define NDIS_STRING_CONST(Text)                                                                    \
    {                                                                                              \
        sizeof(L"" Text) - sizeof(WCHAR), sizeof(L"" Text), (PWSTR)L"" Text                        \
    }
NDISAPI VOID NTAPI NdisInitializeString(_Out_ PNDIS_STRING Destination, _In_ PUCHAR Source);
#define NdisFreeString(String)  NdisFreeMemory((String).Buffer, (String).MaximumLength, 0)
#define NdisPrintString(String) DbgPrint("%wZ", &(String))

#if BINARY_COMPATIBLE
NDISAPI VOID NTAPI NdisInitAnsiString(_Inout_ PNDIS_ANSI_STRING Destination, _In_ PCSTR Source);
NDISAPI VOID NTAPI NdisInitUnicodeString(_Inout_ PNDIS_STRING Destination, _In_ PCWSTR Source);
NDISAPI NDIS_STATUS NTAPI NdisAnsiStringToUnicodeString(_Inout_ PNDIS_STRING Destination,
                                                        _In_ PNDIS_ANSI_STRING Source);
NDISAPI NDIS_STATUS NTAPI NdisUnicodeStringToAnsiString(_Inout_ PNDIS_ANSI_STRING Destination,
                                                        _In_ PNDIS_STRING Source);
NDISAPI BOOLEAN NTAPI NdisEqualString(_In_ PNDIS_STRING String1, _In_ PNDIS_STRING String2,
                                      _In_ BOOLEAN CaseInsensitive);
NDISAPI NDIS_STATUS NTAPI NdisUpcaseUnicodeString(_Out_ PUNICODE_STRING Destination,
                                                  _In_ PUNICODE_STRING Source);
#else
#define NdisInitAnsiString(Destination, Source)    RtlInitAnsiString(Destination, Source)
#define NdisInitUnicodeString(Destination, Source) RtlInitUnicodeString(Destination, Source)
#define NdisAnsiStringToUnicodeString(Destination, Source)                                         \
    RtlAnsiStringToUnicodeString(Destination, Source, FALSE)
#define NdisUnicodeStringToAnsiString(Destination, Source)                                         \
    RtlUnicodeStringToAnsiString(Destination, Source, FALSE)
#define NdisEqualString(String1, String2, CaseInsensitive)                                         \
    RtlEqualUnicodeString(String1, String2, CaseInsensitive)
#define NdisUpcaseUnicodeString(Destination, Source)                                               \
    RtlUpcaseUnicodeString(Destination, Source, FALSE)
#endif
#define NdisEqualUnicodeString(String1, String2, CaseInsensitive)                                  \
    RtlEqualUnicodeString(String1, String2, CaseInsensitive)

/* Spin locks. The Dpr forms are for callers that run at DISPATCH_LEVEL already. */
#if BINARY_COMPATIBLE
NDISAPI VOID NTAPI NdisAllocateSpinLock(_Out_ PNDIS_SPIN_LOCK SpinLock);
NDISAPI VOID NTAPI NdisFreeSpinLock(_In_ PNDIS_SPIN_LOCK SpinLock);
NDISAPI VOID NTAPI NdisAcquireSpinLock(_In_ PNDIS_SPIN_LOCK SpinLock);
NDISAPI VOID NTAPI NdisReleaseSpinLock(_In_ PNDIS_SPIN_LOCK SpinLock);
NDISAPI VOID NTAPI NdisDprAcquireSpinLock(_In_ PNDIS_SPIN_LOCK SpinLock);
NDISAPI VOID NTAPI NdisDprReleaseSpinLock(_In_ PNDIS_SPIN_LOCK SpinLock);
#else
#define NdisAllocateSpinLock(Lock) KeInitializeSpinLock(&(Lock)->SpinLock)
#define NdisFreeSpinLock(Lock)
#define NdisAcquireSpinLock(Lock)    KeAcquireSpinLock(&(Lock)->SpinLock, &(Lock)->OldIrql)
#define NdisReleaseSpinLock(Lock)    KeReleaseSpinLock(&(Lock)->SpinLock, (Lock)->OldIrql)
#define NdisDprAcquireSpinLock(Lock) KeAcquireSpinLockAtDpcLevel(&(Lock)->SpinLock)
#define NdisDprReleaseSpinLock(Lock) KeReleaseSpinLockFromDpcLevel(&(Lock)->SpinLock)
#endif

#define NDIS_RAISE_IRQL_TO_DISPATCH(OldIrql) KeRaiseIrql(DISPATCH_LEVEL, OldIrql)
#define NDIS_LOWER_IRQL(OldIrql, CurrentIrql)                                                      \
    {                                                                                              \
        if ((OldIrql) != (CurrentIrql))                                                            \
            KeLowerIrql(OldIrql);                                                                  \
    }
#define NDIS_CURRENT_IRQL() KeGetCurrentIrql()

/* A mutex is the kernel's fast mutex by another name. */
#define NDIS_MUTEX                 FAST_MUTEX
#define NDIS_INIT_MUTEX(Mutex)     ExInitializeFastMutex(Mutex)
#define NDIS_WAIT_FOR_MUTEX(Mutex) ExAcquireFastMutex(Mutex)
#define NDIS_RELEASE_MUTEX(Mutex)  ExReleaseFastMutex(Mutex)

/* Interlocked operations and lists. */
#if BINARY_COMPATIBLE
NDISAPI LONG NTAPI NdisInterlockedIncrement(_In_ PLONG Addend);
NDISAPI LONG NTAPI NdisInterlockedDecrement(_In_ PLONG Addend);
NDISAPI ULONG NTAPI NdisInterlockedAddUlong(_In_ PULONG Addend, _In_ ULONG Increment,
                                            _In_ PNDIS_SPIN_LOCK SpinLock);
NDISAPI PLIST_ENTRY NTAPI NdisInterlockedInsertHeadList(_In_ PLIST_ENTRY ListHead,
                                                        _In_ PLIST_ENTRY ListEntry,
                                                        _In_ PNDIS_SPIN_LOCK SpinLock);
NDISAPI PLIST_ENTRY NTAPI NdisInterlockedInsertTailList(_In_ PLIST_ENTRY ListHead,
                                                        _In_ PLIST_ENTRY ListEntry,
                                                        _In_ PNDIS_SPIN_LOCK SpinLock);
NDISAPI PLIST_ENTRY NTAPI NdisInterlockedRemoveHeadList(_In_ PLIST_ENTRY ListHead,
                                                        _In_ PNDIS_SPIN_LOCK SpinLock);
NDISAPI VOID NTAPI NdisInterlockedAddLargeStatistic(_In_ PLARGE_INTEGER Addend,
                                                    _In_ ULONG Increment);
#else
#define NdisInterlockedIncrement(Addend) InterlockedIncrement(Addend)
#define NdisInterlockedDecrement(Addend) InterlockedDecrement(Addend)
#define NdisInterlockedAddUlong(Addend, Increment, Lock)                                           \
    ExInterlockedAddUlong(Addend, Increment, &(Lock)->SpinLock)
#define NdisInterlockedInsertHeadList(Head, Entry, Lock)                                           \
    ExInterlockedInsertHeadList(Head, Entry, &(Lock)->SpinLock)
#define NdisInterlockedInsertTailList(Head, Entry, Lock)                                           \
    ExInterlockedInsertTailList(Head, Entry, &(Lock)->SpinLock)
#define NdisInterlockedRemoveHeadList(Head, Lock)                                                  \
    ExInterlockedRemoveHeadList(Head, &(Lock)->SpinLock)
#define NdisInterlockedAddLargeStatistic(Addend, Increment)                                        \
    ExInterlockedAddLargeStatistic((PLARGE_INTEGER)(Addend), Increment)
#endif
#define NdisInterlockedAddLargeInteger(Addend, Increment, Lock)                                    \
    ExInterlockedAddLargeInteger(Addend, Increment, &(Lock)->SpinLock)
#define NdisInterlockedPushEntryList(Head, Entry, Lock)                                            \
    ExInterlockedPushEntryList(Head, Entry, &(Lock)->SpinLock)
#define NdisInterlockedPopEntryList(Head, Lock) ExInterlockedPopEntryList(Head, &(Lock)->SpinLock)

#define NdisInitializeListHead(Head)  InitializeListHead(Head)
#define NdisInitializeSListHead(Head) ExInitializeSListHead(Head)
#define NdisInterlockedPushEntrySList(Head, Entry, Lock)                                           \
    ExInterlockedPushEntrySList(Head, Entry, &(Lock)->SpinLock)
#define NdisInterlockedPopEntrySList(Head, Lock) ExInterlockedPopEntrySList(Head, &(Lock)->SpinLock)
#define NdisInterlockedFlushSList(Head)          ExInterlockedFlushSList(Head)
#define NdisQueryDepthSList(Head)                ExQueryDepthSList(Head)

#define NdisInitializeNPagedLookasideList(List, Allocate, Free, Flags, Size, Tag, Depth)           \
    ExInitializeNPagedLookasideList(List, Allocate, Free, Flags, Size, Tag, Depth)
#define NdisDeleteNPagedLookasideList(List)        ExDeleteNPagedLookasideList(List)
#define NdisAllocateFromNPagedLookasideList(List)  ExAllocateFromNPagedLookasideList(List)
#define NdisFreeToNPagedLookasideList(List, Entry) ExFreeToNPagedLookasideList(List, Entry)

/* Port access. Port is the PortOffset of NdisMRegisterIoPortRange plus an offset. */
#define NdisRawReadPortUchar(Port, Data)   *(Data) = READ_PORT_UCHAR((PUCHAR)(Port))
#define NdisRawReadPortUshort(Port, Data)  *(Data) = READ_PORT_USHORT((PUSHORT)(Port))
#define NdisRawReadPortUlong(Port, Data)   *(Data) = READ_PORT_ULONG((PULONG)(Port))
#define NdisRawWritePortUchar(Port, Data)  WRITE_PORT_UCHAR((PUCHAR)(Port), (UCHAR)(Data))
#define NdisRawWritePortUshort(Port, Data) WRITE_PORT_USHORT((PUSHORT)(Port), (USHORT)(Data))
#define NdisRawWritePortUlong(Port, Data)  WRITE_PORT_ULONG((PULONG)(Port), (ULONG)(Data))
#define NdisRawReadPortBufferUchar(Port, Buffer, Length)                                           \
    READ_PORT_BUFFER_UCHAR((PUCHAR)(Port), (PUCHAR)(Buffer), (Length))
#define NdisRawReadPortBufferUshort(Port, Buffer, Length)                                          \
    READ_PORT_BUFFER_USHORT((PUSHORT)(Port), (PUSHORT)(Buffer), (Length))
#define NdisRawReadPortBufferUlong(Port, Buffer, Length)                                           \
    READ_PORT_BUFFER_ULONG((PULONG)(Port), (PULONG)(Buffer), (Length))
#define NdisRawWritePortBufferUchar(Port, Buffer, Length)                                          \
    WRITE_PORT_BUFFER_UCHAR((PUCHAR)(Port), (PUCHAR)(Buffer), (Length))
#define NdisRawWritePortBufferUshort(Port, Buffer, Length)                                         \
    WRITE_PORT_BUFFER_USHORT((PUSHORT)(Port), (PUSHORT)(Buffer), (Length))
#define NdisRawWritePortBufferUlong(Port, Buffer, Length)                                          \
    WRITE_PORT_BUFFER_ULONG((PULONG)(Port), (PULONG)(Buffer), (Length))

/* Register access through an address of NdisMMapIoSpace: on x64 a read is a plain volatile load,
 * a write is WRITE_REGISTER_*. */
#define NdisReadRegisterUchar(Register, Data)  *(Data) = *((volatile UCHAR *const)(Register))
#define NdisReadRegisterUshort(Register, Data) *(Data) = *((volatile USHORT *const)(Register))
#define NdisReadRegisterUlong(Register, Data)  *(Data) = *((volatile ULONG *const)(Register))
#define NdisWriteRegisterUchar(Register, Data)                                                     \
    WRITE_REGISTER_UCHAR((volatile UCHAR *)(Register), (UCHAR)(Data))
#define NdisWriteRegisterUshort(Register, Data)                                                    \
    WRITE_REGISTER_USHORT((volatile USHORT *)(Register), (USHORT)(Data))
#define NdisWriteRegisterUlong(Register, Data)                                                     \
    WRITE_REGISTER_ULONG((volatile ULONG *)(Register), (ULONG)(Data))

/* Time. */
#define NdisStallExecution(MicrosecondsToStall) KeStallExecutionProcessor(MicrosecondsToStall)
#if BINARY_COMPATIBLE
NDISAPI VOID NTAPI NdisGetCurrentSystemTime(_Out_ PLARGE_INTEGER pSystemTime);
#else
#define NdisGetCurrentSystemTime(pSystemTime) KeQuerySystemTime(pSystemTime)
#endif
NDISAPI VOID NTAPI NdisMSleep(_In_ ULONG MicrosecondsToSleep);
#if NDIS_LEGACY_DRIVER
NDISAPI VOID NTAPI NdisGetSystemUpTime(_Out_ PULONG pSystemUpTime);
#endif
#if NDIS_SUPPORT_NDIS6
NDISAPI VOID NTAPI NdisGetSystemUpTimeEx(_Out_ PLARGE_INTEGER pSystemUpTime);
#endif

/* Miscellaneous. */
NDISAPI UINT NTAPI NdisGetVersion(VOID);
NDISAPI PVOID NTAPI NdisGetRoutineAddress(_In_ PNDIS_STRING NdisRoutineName);
NDISAPI UCHAR NTAPI NdisGeneratePartialCancelId(VOID);
NDISAPI VOID __cdecl NdisWriteErrorLogEntry(_In_ NDIS_HANDLE NdisAdapterHandle,
                                            _In_ NDIS_ERROR_CODE ErrorCode,
                                            _In_ ULONG NumberOfErrorValues, ...);
NDISAPI NDIS_STATUS NTAPI NdisWriteEventLogEntry(_In_ PVOID LogHandle, _In_ NDIS_STATUS EventCode,
                                                 _In_ ULONG UniqueEventValue,
                                                 _In_ USHORT NumStrings, _In_opt_ PVOID StringsList,
                                                 _In_ ULONG DataSize, _In_opt_ PVOID Data);

NDISAPI VOID NTAPI NdisOpenFile(_Out_ PNDIS_STATUS Status, _Out_ PNDIS_HANDLE FileHandle,
                                _Out_ PUINT FileLength, _In_ PNDIS_STRING FileName,
                                _In_ NDIS_PHYSICAL_ADDRESS HighestAcceptableAddress);
NDISAPI VOID NTAPI NdisCloseFile(_In_ NDIS_HANDLE FileHandle);
NDISAPI VOID NTAPI NdisMapFile(_Out_ PNDIS_STATUS Status, _Out_ PVOID *MappedBuffer,
                               _In_ NDIS_HANDLE FileHandle);
NDISAPI VOID NTAPI NdisUnmapFile(_In_ NDIS_HANDLE FileHandle);

#if NDIS_SUPPORT_NDIS6
typedef struct _NDIS_GENERIC_OBJECT {
    NDIS_OBJECT_HEADER Header;
    PVOID Caller;
    PVOID CallersCaller;
    PDRIVER_OBJECT DriverObject;
} NDIS_GENERIC_OBJECT, *PNDIS_GENERIC_OBJECT;

#define NDIS_GENERIC_OBJECT_REVISION_1  1
#define NDIS_OBJECT_TYPE_GENERIC_OBJECT NDIS_OBJECT_TYPE_DEFAULT

NDISAPI PNDIS_GENERIC_OBJECT NTAPI NdisAllocateGenericObject(_In_opt_ PDRIVER_OBJECT DriverObject,
                                                             _In_ ULONG Tag, _In_ USHORT Size);
NDISAPI VOID NTAPI NdisFreeGenericObject(_In_ PNDIS_GENERIC_OBJECT NdisObject);
#endif

/* Code placement: gcc has no alloc_text, the function stays where it is. */
#define NDIS_INIT_FUNCTION(FunctionName)
#define NDIS_PAGABLE_FUNCTION(FunctionName)
#define NDIS_PAGEABLE_FUNCTION(FunctionName)

/* Typed contexts, for static analysis only: they declare nothing that code could use. */
#define NDIS_DECLARE_MINIPORT_DRIVER_CONTEXT(Type)
#define NDIS_DECLARE_MINIPORT_ADAPTER_CONTEXT(Type)
#define NDIS_DECLARE_PROTOCOL_DRIVER_CONTEXT(Type)
#define NDIS_DECLARE_PROTOCOL_OPEN_CONTEXT(Type)
#define NDIS_DECLARE_FILTER_DRIVER_CONTEXT(Type)
#define NDIS_DECLARE_FILTER_MODULE_CONTEXT(Type)
#define NDIS_DECLARE_TIMER_FUNCTION_CONTEXT(Type)
#define NDIS_DECLARE_SWITCH_NET_BUFFER_LIST_CONTEXT_TYPE(Type)

#endif /* DDK_NDIS_BASE_H */
