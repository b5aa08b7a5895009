/* SPDX-License-Identifier: MIT */
/* processor.c - processors, time and versions: what a driver may ask about the machine.
 *
 * The machine has one group, one socket, one NUMA node, and a core for each processor. */
#include "ndis/objects.h"
#include "nt/machine.h"
#include "nt/rtl.h"
#include "nt/thread_internal.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef NdisGetCurrentSystemTime

/* --- counting --- */

CCHAR NTAPI NdisSystemProcessorCount(VOID)
{
    return (CCHAR)machine_cpus();
}
NT_EXPORT("ndis.sys", NdisSystemProcessorCount);

static KAFFINITY all_processors(void)
{
    unsigned n = machine_cpus();
    return n == 64 ? ~(KAFFINITY)0 : ((KAFFINITY)1 << n) - 1;
}

ULONG NTAPI NdisSystemActiveProcessorCount(PKAFFINITY ActiveProcessors)
{
    if (ActiveProcessors)
        *ActiveProcessors = all_processors();
    return machine_cpus();
}
NT_EXPORT("ndis.sys", NdisSystemActiveProcessorCount);

USHORT NTAPI NdisMaxGroupCount(VOID)
{
    return 1;
}
NT_EXPORT("ndis.sys", NdisMaxGroupCount);

USHORT NTAPI NdisActiveGroupCount(VOID)
{
    return 1;
}
NT_EXPORT("ndis.sys", NdisActiveGroupCount);

/* ALL_PROCESSOR_GROUPS counts those of every group; a group that is not there has none. */
static ULONG group_count(USHORT group)
{
    return group == 0 || group == ALL_PROCESSOR_GROUPS ? machine_cpus() : 0;
}

ULONG NTAPI NdisGroupMaxProcessorCount(USHORT Group)
{
    return group_count(Group);
}
NT_EXPORT("ndis.sys", NdisGroupMaxProcessorCount);

ULONG NTAPI NdisGroupActiveProcessorCount(USHORT Group)
{
    return group_count(Group);
}
NT_EXPORT("ndis.sys", NdisGroupActiveProcessorCount);

KAFFINITY NTAPI NdisGroupActiveProcessorMask(USHORT Group)
{
    return Group == 0 ? all_processors() : 0;
}
NT_EXPORT("ndis.sys", NdisGroupActiveProcessorMask);

PROCESSOR_NUMBER NTAPI NdisCurrentGroupAndProcessor(VOID)
{
    PROCESSOR_NUMBER number;
    KeGetCurrentProcessorNumberEx(&number);
    return number;
}
NT_EXPORT("ndis.sys", NdisCurrentGroupAndProcessor);

ULONG NTAPI NdisCurrentProcessorIndex(VOID)
{
    return KeGetCurrentProcessorNumberEx(NULL);
}
NT_EXPORT("ndis.sys", NdisCurrentProcessorIndex);

ULONG NTAPI NdisProcessorNumberToIndex(PROCESSOR_NUMBER ProcNum)
{
    return KeGetProcessorIndexFromNumber(&ProcNum);
}
NT_EXPORT("ndis.sys", NdisProcessorNumberToIndex);

NDIS_STATUS NTAPI NdisProcessorIndexToNumber(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNum)
{
    return KeGetProcessorNumberFromIndex(ProcIndex, ProcNum);
}
NT_EXPORT("ndis.sys", NdisProcessorIndexToNumber);

/* --- topology --- */

NDIS_STATUS NTAPI NdisGetProcessorInformation(PNDIS_SYSTEM_PROCESSOR_INFO SystemProcessorInfo)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    static const struct ndis_revision revisions[] = {
        {NDIS_SYSTEM_PROCESSOR_INFO_REVISION_1, NDIS_SIZEOF_SYSTEM_PROCESSOR_INFO_REVISION_1}};
    NDIS_SYSTEM_PROCESSOR_INFO *info = SystemProcessorInfo;
    if (!ndis_header_check(&info->Header, "NDIS_SYSTEM_PROCESSOR_INFO", NDIS_OBJECT_TYPE_DEFAULT,
                           revisions, 1))
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    unsigned n = machine_cpus();
    info->ProcessorVendor = NdisProcessorVendorGenuineIntel;
    info->NumPhysicalPackages = 1;
    info->NumCores = info->NumCoresPerPhysicalPackage = n;
    info->MaxHyperThreadingCpusPerCore = 1;
    info->RssBaseCpu = 0;
    info->RssCpuCount = n;
    for (unsigned i = 0; i < n; i++) {
        if (info->RssProcessors)
            info->RssProcessors[i] = (UCHAR)i;
        info->CpuInfo[i] = (NDIS_PROCESSOR_INFO){.CpuNumber = i, .CoreId = i};
    }
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisGetProcessorInformation);

NDIS_STATUS NTAPI NdisGetProcessorInformationEx(NDIS_HANDLE NdisHandle,
                                                PNDIS_SYSTEM_PROCESSOR_INFO_EX SystemProcessorInfo,
                                                PSIZE_T Size)
{
    IRQL_MAX(DISPATCH_LEVEL);
    NDIS_SYSTEM_PROCESSOR_INFO_EX *info = SystemProcessorInfo;
    unsigned n = machine_cpus();
    SIZE_T need = sizeof(*info) + n * sizeof(NDIS_PROCESSOR_INFO_EX), have = *Size;
    *Size = need;
    if (!info || have < need)
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    memset(info, 0, need);
    ndis_header_set(&info->Header, NDIS_OBJECT_TYPE_DEFAULT,
                    NDIS_SYSTEM_PROCESSOR_INFO_EX_REVISION_1,
                    NDIS_SIZEOF_SYSTEM_PROCESSOR_INFO_EX_REVISION_1);
    info->ProcessorVendor = NdisProcessorVendorGenuineIntel;
    info->NumSockets = 1;
    info->NumCores = info->NumCoresPerSocket = n;
    info->MaxHyperThreadingProcsPerCore = 1;
    info->ProcessorInfoOffset = sizeof(*info);
    info->NumberOfProcessors = n;
    info->ProcessorInfoEntrySize = sizeof(NDIS_PROCESSOR_INFO_EX);
    NDIS_PROCESSOR_INFO_EX *entry = (NDIS_PROCESSOR_INFO_EX *)(info + 1);
    for (unsigned i = 0; i < n; i++)
        entry[i] = (NDIS_PROCESSOR_INFO_EX){.ProcNum = {.Number = (UCHAR)i}, .CoreId = i};
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisGetProcessorInformationEx);

/* A standardised RSS keyword of the adapter (network/standardized-inf-keywords-for-rss), at most
 * `most`. */
static unsigned keyword(const struct ndis_adapter *adapter, const char *name, unsigned otherwise,
                        unsigned most)
{
    uint64_t value;
    if (!adapter->driver_key || registry_get_number(adapter->driver_key, name, &value))
        return otherwise;
    return value < most ? (unsigned)value : most;
}

NDIS_STATUS NTAPI NdisGetRssProcessorInformation(NDIS_HANDLE NdisHandle,
                                                 PNDIS_RSS_PROCESSOR_INFO RssProcessorInfo,
                                                 PSIZE_T Size)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(NdisHandle, __func__);
    if (!adapter)
        return NDIS_STATUS_FAILURE;
    unsigned n = machine_cpus(), last = keyword(adapter, "*RssMaxProcNumber", n - 1, n - 1);
    unsigned base = keyword(adapter, "*RssBaseProcNumber", 0, last), count = last - base + 1;
    unsigned most = keyword(adapter, "*MaxRssProcessors", count, count);

    NDIS_RSS_PROCESSOR_INFO *info = RssProcessorInfo;
    SIZE_T need = sizeof(*info) + count * sizeof(NDIS_RSS_PROCESSOR), have = *Size;
    *Size = need;
    if (!info || have < need)
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    memset(info, 0, need);
    /* A 6.20 driver's structure ends before RssMaxProcessor; it finds the array through its offset.
     */
    bool v2 = ndis_driver_at_least(adapter->driver, 6, 30);
    ndis_header_set(&info->Header, NDIS_OBJECT_TYPE_RSS_PROCESSOR_INFO,
                    v2 ? NDIS_RSS_PROCESSOR_INFO_REVISION_2 : NDIS_RSS_PROCESSOR_INFO_REVISION_1,
                    v2 ? NDIS_SIZEOF_RSS_PROCESSOR_INFO_REVISION_2
                       : NDIS_SIZEOF_RSS_PROCESSOR_INFO_REVISION_1);
    info->RssBaseProcessor.Number = (UCHAR)base;
    info->MaxNumRssProcessors = most ? most : 1;
    info->RssProcessorArrayOffset = sizeof(*info);
    info->RssProcessorCount = count;
    info->RssProcessorEntrySize = sizeof(NDIS_RSS_PROCESSOR);
    if (v2) {
        info->RssMaxProcessor.Number = (UCHAR)last;
        info->RssProfile = NdisRssProfileClosest;
    }
    NDIS_RSS_PROCESSOR *entry = (NDIS_RSS_PROCESSOR *)(info + 1);
    for (unsigned i = 0; i < count; i++)
        entry[i].ProcNum.Number = (UCHAR)(base + i);
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisGetRssProcessorInformation);

NDIS_STATUS NTAPI NdisGetHypervisorInfo(PNDIS_HYPERVISOR_INFO HypervisorInfo)
{
    static const struct ndis_revision revisions[] = {
        {NDIS_HYPERVISOR_INFO_REVISION_1, NDIS_SIZEOF_HYPERVISOR_INFO_REVISION_1}};
    if (!ndis_header_check(&HypervisorInfo->Header, "NDIS_HYPERVISOR_INFO",
                           NDIS_OBJECT_TYPE_DEFAULT, revisions, 1))
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    HypervisorInfo->Flags = 0;
    HypervisorInfo->PartitionType = NdisHypervisorPartitionTypeUnknown;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisGetHypervisorInfo);

/* --- load --- */

/* Time that the processor has worked, in ns. Virtual time passes only while nobody works. */
static uint64_t worked_ns(void)
{
    struct timespec ts;
    if (host_deterministic() || clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts))
        return 0;
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* One clock tick of Windows, the unit of the counts. */
#define TICK_NS 15625000

VOID NTAPI NdisGetCurrentProcessorCounts(PULONG pIdleCount, PULONG pKernelAndUser, PULONG pIndex)
{
    IRQL_MAX(DISPATCH_LEVEL);
    uint64_t all = host_now(), worked = worked_ns();
    *pIdleCount = (ULONG)((all > worked ? all - worked : 0) / TICK_NS);
    *pKernelAndUser = (ULONG)(all / TICK_NS);
    *pIndex = KeGetCurrentProcessorNumberEx(NULL);
}
NT_EXPORT("ndis.sys", NdisGetCurrentProcessorCounts);

VOID NTAPI NdisGetCurrentProcessorCpuUsage(PULONG pCpuUsage)
{
    IRQL_MAX(DISPATCH_LEVEL);
    uint64_t all = host_now(), worked = worked_ns();
    *pCpuUsage = all ? (ULONG)(worked >= all ? 100 : worked * 100 / all) : 0;
}
NT_EXPORT("ndis.sys", NdisGetCurrentProcessorCpuUsage);

/* --- time and version --- */

VOID NTAPI NdisGetCurrentSystemTime(PLARGE_INTEGER pSystemTime)
{
    pSystemTime->QuadPart = (LONGLONG)system_time_100ns();
}
NT_EXPORT("ndis.sys", NdisGetCurrentSystemTime);

VOID NTAPI NdisGetSystemUpTimeEx(PLARGE_INTEGER pSystemUpTime)
{
    pSystemUpTime->QuadPart = (LONGLONG)(host_now() / 1000000);
}
NT_EXPORT("ndis.sys", NdisGetSystemUpTimeEx);

VOID NTAPI NdisGetSystemUpTime(PULONG pSystemUpTime)
{
    *pSystemUpTime = (ULONG)(host_now() / 1000000);
}
NT_EXPORT("ndis.sys", NdisGetSystemUpTime);

UINT NTAPI NdisGetVersion(VOID)
{
    return NDIS_RUNTIME_VERSION_630;
}
NT_EXPORT("ndis.sys", NdisGetVersion);

ULONG NTAPI NdisGetSharedDataAlignment(VOID)
{
    return 64; /* the cache line of every x64 processor */
}
NT_EXPORT("ndis.sys", NdisGetSharedDataAlignment);

/* Cancel IDs: the high byte of each is unique to its maker (NdisGeneratePartialCancelId). */
UCHAR NTAPI NdisGeneratePartialCancelId(VOID)
{
    static _Atomic uint8_t next;
    return ++next;
}
NT_EXPORT("ndis.sys", NdisGeneratePartialCancelId);

PVOID NTAPI NdisGetRoutineAddress(PNDIS_STRING NdisRoutineName)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    char *name = rtl_utf8(NdisRoutineName->Buffer, NdisRoutineName->Length / sizeof(WCHAR));
    const struct nt_export *row = name ? nt_export_find("ndis.sys", name) : NULL;
    free(name);
    return row ? nt_export_bind(row) : NULL;
}
NT_EXPORT("ndis.sys", NdisGetRoutineAddress);
