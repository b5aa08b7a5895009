/* SPDX-License-Identifier: MIT */
/* processor.h - which processors there are, for drivers that spread work (RSS).
 *
 * WDK: "NdisGetRssProcessorInformation", "NdisGroupActiveProcessorCount"; the structures of 6.20
 * are in ntddndis.h. */
#ifndef DDK_NDIS_PROCESSOR_H
#define DDK_NDIS_PROCESSOR_H

NDISAPI VOID NTAPI NdisGetCurrentProcessorCpuUsage(_Out_ PULONG pCpuUsage);
NDISAPI VOID NTAPI NdisGetCurrentProcessorCounts(_Out_ PULONG pIdleCount,
                                                 _Out_ PULONG pKernelAndUser, _Out_ PULONG pIndex);
#if NDIS_SUPPORT_60_COMPATIBLE_API || NDIS_SUPPORT_NDIS6
NDISAPI CCHAR NTAPI NdisSystemProcessorCount(VOID);
#endif

#if NDIS_SUPPORT_NDIS6
typedef struct _NDIS_PROCESSOR_INFO {
    ULONG CpuNumber;
    ULONG PhysicalPackageId;
    ULONG CoreId;
    ULONG HyperThreadID;
} NDIS_PROCESSOR_INFO, *PNDIS_PROCESSOR_INFO;

/* MAXIMUM_PROC_PER_GROUP of x64. */
#define DDK_PROCESSORS_PER_GROUP 64

typedef struct _NDIS_SYSTEM_PROCESSOR_INFO {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    NDIS_PROCESSOR_VENDOR ProcessorVendor;
    ULONG NumPhysicalPackages;
    ULONG NumCores;
    ULONG NumCoresPerPhysicalPackage;
    ULONG MaxHyperThreadingCpusPerCore;
    ULONG RssBaseCpu;
    ULONG RssCpuCount;
    PUCHAR RssProcessors;
    NDIS_PROCESSOR_INFO CpuInfo[DDK_PROCESSORS_PER_GROUP];
} NDIS_SYSTEM_PROCESSOR_INFO, *PNDIS_SYSTEM_PROCESSOR_INFO;

#define NDIS_SYSTEM_PROCESSOR_INFO_REVISION_1 1
#define NDIS_SIZEOF_SYSTEM_PROCESSOR_INFO_REVISION_1                                               \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_SYSTEM_PROCESSOR_INFO, CpuInfo)

NDISAPI NDIS_STATUS NTAPI
NdisGetProcessorInformation(_Inout_ PNDIS_SYSTEM_PROCESSOR_INFO SystemProcessorInfo);
NDISAPI ULONG NTAPI NdisSystemActiveProcessorCount(_Out_opt_ PKAFFINITY ActiveProcessors);
#endif

#if NDIS_SUPPORT_NDIS620
NDISAPI NDIS_STATUS NTAPI NdisGetProcessorInformationEx(
    _In_opt_ NDIS_HANDLE NdisHandle, _Out_opt_ PNDIS_SYSTEM_PROCESSOR_INFO_EX SystemProcessorInfo,
    _Inout_ PSIZE_T Size);
NDISAPI NDIS_STATUS NTAPI NdisGetRssProcessorInformation(
    _In_ NDIS_HANDLE NdisHandle, _Out_opt_ PNDIS_RSS_PROCESSOR_INFO RssProcessorInfo,
    _Inout_ PSIZE_T Size);
NDISAPI NDIS_STATUS NTAPI NdisGetHypervisorInfo(_Inout_ PNDIS_HYPERVISOR_INFO HypervisorInfo);
NDISAPI USHORT NTAPI NdisMaxGroupCount(VOID);
NDISAPI USHORT NTAPI NdisActiveGroupCount(VOID);
NDISAPI ULONG NTAPI NdisGroupMaxProcessorCount(_In_ USHORT Group);
NDISAPI ULONG NTAPI NdisGroupActiveProcessorCount(_In_ USHORT Group);
NDISAPI KAFFINITY NTAPI NdisGroupActiveProcessorMask(_In_ USHORT Group);
NDISAPI PROCESSOR_NUMBER NTAPI NdisCurrentGroupAndProcessor(VOID);
NDISAPI ULONG NTAPI NdisCurrentProcessorIndex(VOID);
NDISAPI ULONG NTAPI NdisProcessorNumberToIndex(_In_ PROCESSOR_NUMBER ProcNum);
NDISAPI NDIS_STATUS NTAPI NdisProcessorIndexToNumber(_In_ ULONG ProcIndex,
                                                     _Out_ PPROCESSOR_NUMBER ProcNum);
#endif

#endif /* DDK_NDIS_PROCESSOR_H */
