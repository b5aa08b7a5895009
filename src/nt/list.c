/* SPDX-License-Identifier: MIT */
/* list.c - lists that several processors change: SLISTs, and ExInterlocked lists under the caller's spin lock.
 *
 * An SLIST's header is opaque to drivers. Ours holds depth, sequence and the first entry in the documented places
 * (x64, 16-byte compare-exchange), so that a driver's ExQueryDepthSList inline reads it. */
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/pool.h"
#include "nt/processor.h"
#include "nt/report.h"
#include "nt/spinlock.h"
#include "nt/wdk.h"

struct slist {
    uint64_t depth : 16, sequence : 48; /* Alignment */
    uint64_t next;                      /* Region: entry address, low 4 bits a constant */
};
_Static_assert(sizeof(struct slist) == sizeof(SLIST_HEADER), "SLIST_HEADER");

static bool slist_swap(PSLIST_HEADER head, struct slist *seen, struct slist next)
{
    __int128 expected, desired;
    memcpy(&expected, seen, 16);
    memcpy(&desired, &next, 16);
    unsigned char ok;
    uint64_t lo = (uint64_t)expected, hi = (uint64_t)(expected >> 64);
    __asm__ volatile("lock cmpxchg16b %1\n\tsetz %0"
                     : "=q"(ok), "+m"(*(__int128 *)head), "+a"(lo), "+d"(hi)
                     : "b"((uint64_t)desired), "c"((uint64_t)(desired >> 64))
                     : "cc", "memory");
    if (!ok) {
        memcpy(seen, &lo, 8);
        memcpy((char *)seen + 8, &hi, 8);
    }
    return ok;
}

#define REGION_BITS 0xFull

static PSLIST_ENTRY NTAPI nt_PushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry)
{
    struct slist seen;
    memcpy(&seen, ListHead, sizeof seen);
    struct slist next;
    do {
        ListEntry->Next = (PSLIST_ENTRY)(uintptr_t)(seen.next & ~REGION_BITS);
        next = (struct slist){.depth = (uint16_t)(seen.depth + 1), .sequence = seen.sequence + 1,
                              .next = (uintptr_t)ListEntry | (seen.next & REGION_BITS)};
    } while (!slist_swap(ListHead, &seen, next));
    return (PSLIST_ENTRY)(uintptr_t)(seen.next & ~REGION_BITS);
}

static PSLIST_ENTRY NTAPI nt_PopEntrySList(PSLIST_HEADER ListHead)
{
    struct slist seen, next;
    memcpy(&seen, ListHead, sizeof seen);
    do {
        PSLIST_ENTRY first = (PSLIST_ENTRY)(uintptr_t)(seen.next & ~REGION_BITS);
        if (!first)
            return NULL;
        next = (struct slist){.depth = (uint16_t)(seen.depth - 1), .sequence = seen.sequence + 1,
                              .next = (uintptr_t)first->Next | (seen.next & REGION_BITS)};
    } while (!slist_swap(ListHead, &seen, next));
    return (PSLIST_ENTRY)(uintptr_t)(seen.next & ~REGION_BITS);
}

static PSLIST_ENTRY NTAPI nt_FlushSList(PSLIST_HEADER ListHead)
{
    struct slist seen;
    memcpy(&seen, ListHead, sizeof seen);
    while (!slist_swap(ListHead, &seen,
                       (struct slist){.sequence = seen.sequence + 1, .next = seen.next & REGION_BITS}))
        ;
    return (PSLIST_ENTRY)(uintptr_t)(seen.next & ~REGION_BITS);
}

static USHORT NTAPI nt_QueryDepthSList(PSLIST_HEADER ListHead)
{
    return *(volatile USHORT *)ListHead;
}

static VOID NTAPI nt_InitializeSListHead(PSLIST_HEADER ListHead)
{
    memset(ListHead, 0, sizeof *ListHead);
}

#undef ExInterlockedPopEntrySList
#undef ExInterlockedPushEntrySList
#undef ExInterlockedFlushSList
#undef ExQueryDepthSList
NT_EXPORT_AS("ntoskrnl.exe", ExpInterlockedPushEntrySList, nt_PushEntrySList);
NT_EXPORT_AS("ntoskrnl.exe", ExpInterlockedPopEntrySList, nt_PopEntrySList);
NT_EXPORT_AS("ntoskrnl.exe", ExpInterlockedFlushSList, nt_FlushSList);
NT_EXPORT_AS("ntoskrnl.exe", InterlockedPushEntrySList, nt_PushEntrySList);
NT_EXPORT_AS("ntoskrnl.exe", InterlockedPopEntrySList, nt_PopEntrySList);
NT_EXPORT_AS("ntoskrnl.exe", ExInterlockedPushEntrySList, nt_PushEntrySList);
NT_EXPORT_AS("ntoskrnl.exe", ExInterlockedPopEntrySList, nt_PopEntrySList);
NT_EXPORT_AS("ntoskrnl.exe", ExInterlockedFlushSList, nt_FlushSList);
NT_EXPORT_AS("ntoskrnl.exe", ExQueryDepthSList, nt_QueryDepthSList);
NT_EXPORT_AS("ntoskrnl.exe", InitializeSListHead, nt_InitializeSListHead);

/* --- under a spin lock, at any IRQL: interrupts are off for the few instructions (WDK: ExInterlocked...) --- */

static KIRQL list_lock(PKSPIN_LOCK lock)
{
    KIRQL old = irql_raise(HIGH_LEVEL);
    spin_acquire(lock);
    return old;
}

static void list_unlock(PKSPIN_LOCK lock, KIRQL old)
{
    spin_release(lock);
    irql_lower(old);
}

static PLIST_ENTRY NTAPI nt_InsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry, PKSPIN_LOCK Lock)
{
    KIRQL old = list_lock(Lock);
    PLIST_ENTRY first = IsListEmpty(ListHead) ? NULL : ListHead->Flink;
    InsertHeadList(ListHead, ListEntry);
    list_unlock(Lock, old);
    return first;
}
NT_EXPORT_AS("ntoskrnl.exe", ExInterlockedInsertHeadList, nt_InsertHeadList);

static PLIST_ENTRY NTAPI nt_InsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry, PKSPIN_LOCK Lock)
{
    KIRQL old = list_lock(Lock);
    PLIST_ENTRY last = IsListEmpty(ListHead) ? NULL : ListHead->Blink;
    InsertTailList(ListHead, ListEntry);
    list_unlock(Lock, old);
    return last;
}
NT_EXPORT_AS("ntoskrnl.exe", ExInterlockedInsertTailList, nt_InsertTailList);

static PLIST_ENTRY NTAPI nt_RemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    KIRQL old = list_lock(Lock);
    PLIST_ENTRY entry = IsListEmpty(ListHead) ? NULL : RemoveHeadList(ListHead);
    list_unlock(Lock, old);
    return entry;
}
NT_EXPORT_AS("ntoskrnl.exe", ExInterlockedRemoveHeadList, nt_RemoveHeadList);

static PSINGLE_LIST_ENTRY NTAPI nt_PushEntryList(PSINGLE_LIST_ENTRY ListHead, PSINGLE_LIST_ENTRY ListEntry,
                                                 PKSPIN_LOCK Lock)
{
    KIRQL old = list_lock(Lock);
    PSINGLE_LIST_ENTRY first = ListHead->Next;
    ListEntry->Next = first;
    ListHead->Next = ListEntry;
    list_unlock(Lock, old);
    return first;
}
NT_EXPORT_AS("ntoskrnl.exe", ExInterlockedPushEntryList, nt_PushEntryList);

static PSINGLE_LIST_ENTRY NTAPI nt_PopEntryList(PSINGLE_LIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    KIRQL old = list_lock(Lock);
    PSINGLE_LIST_ENTRY first = ListHead->Next;
    if (first)
        ListHead->Next = first->Next;
    list_unlock(Lock, old);
    return first;
}
NT_EXPORT_AS("ntoskrnl.exe", ExInterlockedPopEntryList, nt_PopEntryList);

static ULONG NTAPI nt_AddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock)
{
    KIRQL old = list_lock(Lock);
    ULONG before = *Addend;
    *Addend += Increment;
    list_unlock(Lock, old);
    return before;
}
NT_EXPORT_AS("ntoskrnl.exe", ExInterlockedAddUlong, nt_AddUlong);

static LARGE_INTEGER NTAPI nt_AddLargeInteger(PLARGE_INTEGER Addend, LARGE_INTEGER Increment,
                                              PKSPIN_LOCK Lock)
{
    KIRQL old = list_lock(Lock);
    LARGE_INTEGER before = *Addend;
    Addend->QuadPart += Increment.QuadPart;
    list_unlock(Lock, old);
    return before;
}
NT_EXPORT_AS("ntoskrnl.exe", ExInterlockedAddLargeInteger, nt_AddLargeInteger);

/* --- lookaside lists: the driver's header, Windows' layout; allocation as the header's functions say --- */

static void lookaside_init(GENERAL_LOOKASIDE *l, PALLOCATE_FUNCTION allocate, PFREE_FUNCTION release,
                           POOL_TYPE type, SIZE_T size, ULONG tag)
{
    memset(l, 0, sizeof *l);
    l->Depth = 4;
    l->MaximumDepth = 256;
    l->Type = type;
    l->Tag = tag;
    l->Size = (ULONG)(size < sizeof(SLIST_ENTRY) ? sizeof(SLIST_ENTRY) : size);
    /* The inline functions of drivers call these two, so they must be thunks when they are ours. */
    l->Allocate = allocate ? allocate : nt_export_bind(nt_export_find("ntoskrnl.exe", "ExAllocatePoolWithTag"));
    l->Free = release ? release : nt_export_bind(nt_export_find("ntoskrnl.exe", "ExFreePool"));
}

static void lookaside_delete(GENERAL_LOOKASIDE *l)
{
    SLIST_ENTRY *e;
    while ((e = nt_PopEntrySList(&l->ListHead)))
        DRIVER_CALL(l->Free, e);
}

static VOID NTAPI nt_InitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside,
                                                   PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                                   ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    IRQL_MAX(DISPATCH_LEVEL);
    lookaside_init((GENERAL_LOOKASIDE *)Lookaside, Allocate, Free, NonPagedPool, Size, Tag);
}
NT_EXPORT_AS("ntoskrnl.exe", ExInitializeNPagedLookasideList, nt_InitializeNPagedLookasideList);

static VOID NTAPI nt_InitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside,
                                                  PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                                  ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    IRQL_MAX(APC_LEVEL);
    lookaside_init((GENERAL_LOOKASIDE *)Lookaside, Allocate, Free, PagedPool, Size, Tag);
}
NT_EXPORT_AS("ntoskrnl.exe", ExInitializePagedLookasideList, nt_InitializePagedLookasideList);

static VOID NTAPI nt_DeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    IRQL_MAX(DISPATCH_LEVEL);
    lookaside_delete((GENERAL_LOOKASIDE *)Lookaside);
}
NT_EXPORT_AS("ntoskrnl.exe", ExDeleteNPagedLookasideList, nt_DeleteNPagedLookasideList);

static VOID NTAPI nt_DeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    IRQL_MAX(APC_LEVEL);
    lookaside_delete((GENERAL_LOOKASIDE *)Lookaside);
}
NT_EXPORT_AS("ntoskrnl.exe", ExDeletePagedLookasideList, nt_DeletePagedLookasideList);
