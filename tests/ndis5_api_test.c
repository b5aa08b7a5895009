/* SPDX-License-Identifier: MIT */
/* ndis5_api_test.c - what NDIS 5.x miniports use is there: as an export, or as what the DDK's
 * header makes of it.
 *
 * tests/drivers/ndis5_api.c has every name that public 5.x miniports use, once; it is built twice,
 * and imports exactly what it would import on Windows. A name that became a macro and turns up here
 * again would make a driver that does not load there. */
#include "tests/run.h"

/* Exports however the driver is built. */
static const char *const always[] = {"DbgBreakPoint",
                                     "DbgPrint",
                                     "ExDeleteNPagedLookasideList",
                                     "ExInitializeNPagedLookasideList",
                                     "ExQueryDepthSList",
                                     "ExpInterlockedPopEntrySList",
                                     "ExpInterlockedPushEntrySList",
                                     "IoGetDeviceProperty",
                                     "KeFlushQueuedDpcs",
                                     "KeQueryPerformanceCounter",
                                     "KeStallExecutionProcessor",
                                     "MmGetSystemRoutineAddress",
                                     "NdisAllocateBuffer",
                                     "NdisAllocateBufferPool",
                                     "NdisAllocateMemory",
                                     "NdisAllocateMemoryWithTag",
                                     "NdisAllocatePacket",
                                     "NdisAllocatePacketPool",
                                     "NdisAllocatePacketPoolEx",
                                     "NdisCancelTimer",
                                     "NdisCloseConfiguration",
                                     "NdisFreeBufferPool",
                                     "NdisFreeMemory",
                                     "NdisFreePacket",
                                     "NdisFreePacketPool",
                                     "NdisGetSharedDataAlignment",
                                     "NdisInitializeEvent",
                                     "NdisInitializeString",
                                     "NdisInitializeTimer",
                                     "NdisInitializeWrapper",
                                     "NdisMAllocateMapRegisters",
                                     "NdisMAllocateSharedMemory",
                                     "NdisMAllocateSharedMemoryAsync",
                                     "NdisMCancelTimer",
                                     "NdisMDeregisterAdapterShutdownHandler",
                                     "NdisMDeregisterInterrupt",
                                     "NdisMDeregisterIoPortRange",
                                     "NdisMFreeMapRegisters",
                                     "NdisMFreeSharedMemory",
                                     "NdisMGetDeviceProperty",
                                     "NdisMGetDmaAlignment",
                                     "NdisMInitializeScatterGatherDma",
                                     "NdisMInitializeTimer",
                                     "NdisMMapIoSpace",
                                     "NdisMPromoteMiniport",
                                     "NdisMQueryAdapterResources",
                                     "NdisMRegisterAdapterShutdownHandler",
                                     "NdisMRegisterInterrupt",
                                     "NdisMRegisterIoPortRange",
                                     "NdisMRegisterMiniport",
                                     "NdisMRegisterUnloadHandler",
                                     "NdisMRemoveMiniport",
                                     "NdisMSetAttributesEx",
                                     "NdisMSetMiniportSecondary",
                                     "NdisMSetPeriodicTimer",
                                     "NdisMSetTimer",
                                     "NdisMSleep",
                                     "NdisMSynchronizeWithInterrupt",
                                     "NdisMUnmapIoSpace",
                                     "NdisOpenConfiguration",
                                     "NdisReadConfiguration",
                                     "NdisReadNetworkAddress",
                                     "NdisReadPciSlotInformation",
                                     "NdisResetEvent",
                                     "NdisScheduleWorkItem",
                                     "NdisSetEvent",
                                     "NdisSetTimer",
                                     "NdisTerminateWrapper",
                                     "NdisUnchainBufferAtFront",
                                     "NdisWaitEvent",
                                     "NdisWriteErrorLogEntry",
                                     "NdisWritePciSlotInformation",
                                     "RtlCompareMemory",
                                     "RtlInitUnicodeString",
                                     "_vsnprintf",
                                     "memcmp",
                                     "memcpy",
                                     "memmove",
                                     "memset",
                                     "strlen"};

/* What the macros of later systems expand to; all else of theirs is inline. */
static const char *const expanded[] = {"ExInterlockedInsertHeadList",
                                       "ExInterlockedInsertTailList",
                                       "IoFreeMdl",
                                       "KeAcquireSpinLockAtDpcLevel",
                                       "KeAcquireSpinLockRaiseToDpc",
                                       "KeReleaseSpinLock",
                                       "KeReleaseSpinLockFromDpcLevel",
                                       "MmMapLockedPages",
                                       "MmMapLockedPagesSpecifyCache",
                                       "RtlUpcaseUnicodeString"};

/* Under BINARY_COMPATIBLE: the exports that these macros replace. */
static const char *const replaced[] = {"NDIS_BUFFER_TO_SPAN_PAGES",
                                       "NdisAcquireSpinLock",
                                       "NdisAdjustBufferLength",
                                       "NdisAllocateSpinLock",
                                       "NdisBufferLength",
                                       "NdisBufferVirtualAddress",
                                       "NdisDprAcquireSpinLock",
                                       "NdisDprReleaseSpinLock",
                                       "NdisFreeBuffer",
                                       "NdisFreeSpinLock",
                                       "NdisGetCurrentSystemTime",
                                       "NdisGetFirstBufferFromPacketSafe",
                                       "NdisGetPacketCancelId",
                                       "NdisInitUnicodeString",
                                       "NdisInterlockedDecrement",
                                       "NdisInterlockedIncrement",
                                       "NdisInterlockedInsertHeadList",
                                       "NdisInterlockedInsertTailList",
                                       "NdisMIndicateStatus",
                                       "NdisMIndicateStatusComplete",
                                       "NdisMQueryInformationComplete",
                                       "NdisMResetComplete",
                                       "NdisMSendComplete",
                                       "NdisMSendResourcesAvailable",
                                       "NdisMSetAttributes",
                                       "NdisMSetInformationComplete",
                                       "NdisQueryBuffer",
                                       "NdisQueryBufferSafe",
                                       "NdisReleaseSpinLock",
                                       "NdisUpcaseUnicodeString"};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool listed(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

/* The image imports all of `always` and of `names`, nothing else, and dirql has every one. */
static void check_imports(const char *image, const char *const *names, size_t count)
{
    struct run *r = DIRQL("info", run_driver(image), "--json");
    CHECK_STATUS(r, 0);
    CHECK_EQ(run_number(r, "missing"), 0);
    size_t imported = 0;
    for (size_t m = 0; m < run_count(r, "imports"); m++) {
        const char *functions = run_text_of("imports.%zu.functions", m);
        for (size_t i = 0; i < run_count(r, functions); i++, imported++) {
            const char *name = run_string(r, run_text_of("%s.%zu.name", functions, i));
            if (!listed(name, always, COUNT(always)) && !listed(name, names, count))
                test_fail(__FILE__, __LINE__, "%s imports %s", image, name);
        }
    }
    CHECK_EQ(imported, COUNT(always) + count);
}

TEST(names_of_ndis_5_are_macros_where_the_ddk_has_macros, "")
{
    check_imports("ndis5_api.sys", expanded, COUNT(expanded));
}

TEST(names_of_ndis_5_are_exports_for_a_binary_compatible_driver, "")
{
    check_imports("ndis5_api_exports.sys", replaced, COUNT(replaced));
}
