/* SPDX-License-Identifier: MIT */
/* mp.c - which processors there are, and which one this is. One group: 64 processors at most. */
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/processor.h"
#include "nt/thread.h"
#include "nt/thread_internal.h"

static KAFFINITY all(void)
{
    return cpu_count == 64 ? ~(KAFFINITY)0 : ((KAFFINITY)1 << cpu_count) - 1;
}

ULONG NTAPI KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber)
{
    unsigned n = cpu_current()->number;
    if (ProcNumber)
        *ProcNumber = (PROCESSOR_NUMBER){.Number = (UCHAR)n};
    return n;
}
NT_EXPORT("ntoskrnl.exe", KeGetCurrentProcessorNumberEx);

static ULONG NTAPI nt_KeGetCurrentProcessorNumber(void)
{
    return cpu_current()->number;
}
NT_EXPORT_AS("ntoskrnl.exe", KeGetCurrentProcessorNumber, nt_KeGetCurrentProcessorNumber);

ULONG NTAPI KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber)
{
    return ProcNumber->Group == 0 && ProcNumber->Number < cpu_count && !ProcNumber->Reserved
               ? ProcNumber->Number
               : INVALID_PROCESSOR_INDEX;
}
NT_EXPORT("ntoskrnl.exe", KeGetProcessorIndexFromNumber);

NTSTATUS NTAPI KeGetProcessorNumberFromIndex(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNumber)
{
    if (ProcIndex >= cpu_count)
        return STATUS_INVALID_PARAMETER;
    *ProcNumber = (PROCESSOR_NUMBER){.Number = (UCHAR)ProcIndex};
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", KeGetProcessorNumberFromIndex);

ULONG NTAPI KeQueryActiveProcessorCountEx(USHORT GroupNumber)
{
    return GroupNumber == 0 || GroupNumber == ALL_PROCESSOR_GROUPS ? cpu_count : 0;
}
NT_EXPORT("ntoskrnl.exe", KeQueryActiveProcessorCountEx);
NT_EXPORT_AS("ntoskrnl.exe", KeQueryMaximumProcessorCountEx, KeQueryActiveProcessorCountEx);

static ULONG NTAPI nt_KeQueryActiveProcessorCount(PKAFFINITY ActiveProcessors)
{
    if (ActiveProcessors)
        *ActiveProcessors = all();
    return cpu_count;
}
NT_EXPORT_AS("ntoskrnl.exe", KeQueryActiveProcessorCount, nt_KeQueryActiveProcessorCount);

static ULONG NTAPI nt_KeQueryMaximumProcessorCount(void)
{
    return cpu_count;
}
NT_EXPORT_AS("ntoskrnl.exe", KeQueryMaximumProcessorCount, nt_KeQueryMaximumProcessorCount);

static KAFFINITY NTAPI nt_KeQueryActiveProcessors(void)
{
    return all();
}
NT_EXPORT_AS("ntoskrnl.exe", KeQueryActiveProcessors, nt_KeQueryActiveProcessors);

static USHORT NTAPI nt_KeQueryActiveGroupCount(void)
{
    return 1;
}
NT_EXPORT_AS("ntoskrnl.exe", KeQueryActiveGroupCount, nt_KeQueryActiveGroupCount);
NT_EXPORT_AS("ntoskrnl.exe", KeQueryMaximumGroupCount, nt_KeQueryActiveGroupCount);

static KAFFINITY NTAPI nt_KeQueryGroupAffinity(USHORT GroupNumber)
{
    return GroupNumber == 0 ? all() : 0;
}
NT_EXPORT_AS("ntoskrnl.exe", KeQueryGroupAffinity, nt_KeQueryGroupAffinity);

static USHORT NTAPI nt_KeGetCurrentNodeNumber(void)
{
    return 0;
}
NT_EXPORT_AS("ntoskrnl.exe", KeGetCurrentNodeNumber, nt_KeGetCurrentNodeNumber);

static USHORT NTAPI nt_KeQueryHighestNodeNumber(void)
{
    return 0;
}
NT_EXPORT_AS("ntoskrnl.exe", KeQueryHighestNodeNumber, nt_KeQueryHighestNodeNumber);

static CCHAR KeNumberProcessors_value;
NT_EXPORT_DATA("ntoskrnl.exe", KeNumberProcessors, KeNumberProcessors_value);

void mp_init(void)
{
    KeNumberProcessors_value = (CCHAR)cpu_count;
}

/* Affinity: a thread moves to the lowest processor of the mask, and back. Returns the mask it had. */
static KAFFINITY move_to(KAFFINITY mask)
{
    KAFFINITY old = (KAFFINITY)1 << cpu_current()->number;
    if ((mask & all()) && !(mask & old))
        thread_move((unsigned)__builtin_ctzll(mask & all()));
    return old;
}

static VOID NTAPI nt_KeSetSystemAffinityThread(KAFFINITY Affinity)
{
    if (IRQL_MAX(APC_LEVEL))
        move_to(Affinity);
}
NT_EXPORT_AS("ntoskrnl.exe", KeSetSystemAffinityThread, nt_KeSetSystemAffinityThread);

static KAFFINITY NTAPI nt_KeSetSystemAffinityThreadEx(KAFFINITY Affinity)
{
    return IRQL_MAX(APC_LEVEL) ? move_to(Affinity) : 0;
}
NT_EXPORT_AS("ntoskrnl.exe", KeSetSystemAffinityThreadEx, nt_KeSetSystemAffinityThreadEx);

static VOID NTAPI nt_KeRevertToUserAffinityThread(void)
{
    IRQL_MAX(APC_LEVEL); /* a thread that may run anywhere may stay where it is */
}
NT_EXPORT_AS("ntoskrnl.exe", KeRevertToUserAffinityThread, nt_KeRevertToUserAffinityThread);

static VOID NTAPI nt_KeRevertToUserAffinityThreadEx(KAFFINITY Affinity)
{
    if (IRQL_MAX(APC_LEVEL) && Affinity)
        move_to(Affinity);
}
NT_EXPORT_AS("ntoskrnl.exe", KeRevertToUserAffinityThreadEx, nt_KeRevertToUserAffinityThreadEx);

static VOID NTAPI nt_KeSetSystemGroupAffinityThread(PGROUP_AFFINITY Affinity, PGROUP_AFFINITY Previous)
{
    if (!IRQL_MAX(APC_LEVEL))
        return;
    KAFFINITY old = move_to(Affinity->Group == 0 ? Affinity->Mask : 0);
    if (Previous)
        *Previous = (GROUP_AFFINITY){.Mask = old};
}
NT_EXPORT_AS("ntoskrnl.exe", KeSetSystemGroupAffinityThread, nt_KeSetSystemGroupAffinityThread);

static VOID NTAPI nt_KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY Previous)
{
    if (IRQL_MAX(APC_LEVEL) && Previous->Mask)
        move_to(Previous->Mask);
}
NT_EXPORT_AS("ntoskrnl.exe", KeRevertToUserGroupAffinityThread, nt_KeRevertToUserGroupAffinityThread);
