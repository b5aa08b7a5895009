/* SPDX-License-Identifier: MIT */
/* mdl.c - memory descriptor lists and the rest of Mm that drivers call.
 *
 * All memory of drivers is nonpaged and mapped, so an MDL's page array follows from its virtual address. */
#include "nt/alarm.h"
#include "nt/export.h"
#include "nt/iospace.h"
#include "nt/irql.h"
#include "nt/physmem.h"
#include "nt/pool.h"
#include "nt/report.h"
#include "nt/wdk.h"
#include <stdlib.h>

static PFN_NUMBER *pages_of(PMDL mdl)
{
    return (PFN_NUMBER *)(mdl + 1);
}

static size_t page_span(const void *va, size_t len)
{
    return (((uintptr_t)va & (PAGE_BYTES - 1)) + len + PAGE_BYTES - 1) / PAGE_BYTES;
}

SIZE_T NTAPI MmSizeOfMdl(PVOID Base, SIZE_T Length)
{
    return sizeof(MDL) + page_span(Base, Length) * sizeof(PFN_NUMBER);
}
NT_EXPORT("ntoskrnl.exe", MmSizeOfMdl);

PMDL NTAPI IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer, BOOLEAN ChargeQuota,
                         PIRP Irp)
{
    IRQL_MAX(DISPATCH_LEVEL);
    PMDL mdl = nt_pool_alloc(MmSizeOfMdl(VirtualAddress, Length), 0x206C644D /* "Mdl " */);
    if (!mdl)
        return NULL;
    mdl->Size = (CSHORT)MmSizeOfMdl(VirtualAddress, Length);
    mdl->StartVa = (PVOID)((uintptr_t)VirtualAddress & ~(uintptr_t)(PAGE_BYTES - 1));
    mdl->ByteOffset = (ULONG)((uintptr_t)VirtualAddress & (PAGE_BYTES - 1));
    mdl->ByteCount = Length;
    if (Irp && SecondaryBuffer) {
        PMDL *last = &Irp->MdlAddress;
        while (*last)
            last = &(*last)->Next;
        *last = mdl;
    } else if (Irp) {
        Irp->MdlAddress = mdl;
    }
    return mdl;
}
NT_EXPORT("ntoskrnl.exe", IoAllocateMdl);

VOID NTAPI IoFreeMdl(PMDL Mdl)
{
    IRQL_MAX(DISPATCH_LEVEL);
    nt_pool_free(Mdl);
}
NT_EXPORT("ntoskrnl.exe", IoFreeMdl);

static void fill_pages(PMDL mdl)
{
    size_t n = page_span((char *)mdl->StartVa + mdl->ByteOffset, mdl->ByteCount);
    for (size_t i = 0; i < n; i++)
        pages_of(mdl)[i] = physmem_pa((char *)mdl->StartVa + i * PAGE_BYTES) / PAGE_BYTES;
}

VOID NTAPI MmBuildMdlForNonPagedPool(PMDL Mdl)
{
    IRQL_MAX(DISPATCH_LEVEL);
    char *va = (char *)Mdl->StartVa + Mdl->ByteOffset;
    RULE("MmBuildMdlForNonPagedPool", Mdl->ByteCount == 0 || physmem_contains(va),
         "MmBuildMdlForNonPagedPool: %p is not memory of the nonpaged pool", (void *)va);
    Mdl->MappedSystemVa = va;
    Mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
    fill_pages(Mdl);
}
NT_EXPORT("ntoskrnl.exe", MmBuildMdlForNonPagedPool);

VOID NTAPI MmProbeAndLockPages(PMDL Mdl, KPROCESSOR_MODE AccessMode, LOCK_OPERATION Operation)
{
    IRQL_MAX(DISPATCH_LEVEL);
    Mdl->MdlFlags |= MDL_PAGES_LOCKED;
    if (Operation != IoReadAccess)
        Mdl->MdlFlags |= MDL_WRITE_OPERATION;
    fill_pages(Mdl);
}
NT_EXPORT("ntoskrnl.exe", MmProbeAndLockPages);

VOID NTAPI MmUnlockPages(PMDL Mdl)
{
    RULE("MmUnlockPages", Mdl->MdlFlags & MDL_PAGES_LOCKED, "MmUnlockPages: MDL %p is not locked",
         (void *)Mdl);
    Mdl->MdlFlags &= (CSHORT)~(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION);
}
NT_EXPORT("ntoskrnl.exe", MmUnlockPages);

PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                                         MEMORY_CACHING_TYPE CacheType, PVOID BaseAddress,
                                         ULONG BugCheckOnFailure, MM_PAGE_PRIORITY Priority)
{
    IRQL_MAX(DISPATCH_LEVEL);
    PMDL mdl = MemoryDescriptorList;
    mdl->MappedSystemVa = (char *)mdl->StartVa + mdl->ByteOffset;
    mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
    return mdl->MappedSystemVa;
}
NT_EXPORT("ntoskrnl.exe", MmMapLockedPagesSpecifyCache);

PVOID NTAPI MmMapLockedPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode)
{
    return MmMapLockedPagesSpecifyCache(MemoryDescriptorList, AccessMode, MmCached, NULL, TRUE,
                                        NormalPagePriority);
}
NT_EXPORT("ntoskrnl.exe", MmMapLockedPages);

VOID NTAPI MmUnmapLockedPages(PVOID BaseAddress, PMDL MemoryDescriptorList)
{
    IRQL_MAX(DISPATCH_LEVEL);
    MemoryDescriptorList->MdlFlags &= (CSHORT)~MDL_MAPPED_TO_SYSTEM_VA;
}
NT_EXPORT("ntoskrnl.exe", MmUnmapLockedPages);

VOID NTAPI IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress, ULONG Length)
{
    char *from = (char *)SourceMdl->StartVa + SourceMdl->ByteOffset;
    ULONG rest = SourceMdl->ByteCount - (ULONG)((char *)VirtualAddress - from);
    if (!Length)
        Length = rest;
    if (MmSizeOfMdl(VirtualAddress, Length) > (SIZE_T)(USHORT)TargetMdl->Size)
        bugcheck(0x40, 0, 0, 0, 0,
                 "IoBuildPartialMdl: MDL %p is too small to describe %u bytes at %p", (void *)TargetMdl,
                 (unsigned)Length, VirtualAddress);
    TargetMdl->StartVa = (PVOID)((uintptr_t)VirtualAddress & ~(uintptr_t)(PAGE_BYTES - 1));
    TargetMdl->ByteOffset = (ULONG)((uintptr_t)VirtualAddress & (PAGE_BYTES - 1));
    TargetMdl->ByteCount = Length;
    TargetMdl->MdlFlags |= MDL_PARTIAL | (SourceMdl->MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL);
    TargetMdl->MappedSystemVa = VirtualAddress;
    fill_pages(TargetMdl);
}
NT_EXPORT("ntoskrnl.exe", IoBuildPartialMdl);

PHYSICAL_ADDRESS NTAPI MmGetPhysicalAddress(PVOID BaseAddress)
{
    uint64_t pa = physmem_pa(BaseAddress);
    RULE("MmGetPhysicalAddress", pa != UINT64_MAX, "MmGetPhysicalAddress(%p): no such memory",
         BaseAddress);
    return (PHYSICAL_ADDRESS){.QuadPart = pa == UINT64_MAX ? 0 : (LONGLONG)pa};
}
NT_EXPORT("ntoskrnl.exe", MmGetPhysicalAddress);

BOOLEAN NTAPI MmIsAddressValid(PVOID VirtualAddress)
{
    return physmem_contains(VirtualAddress);
}
NT_EXPORT("ntoskrnl.exe", MmIsAddressValid);

/* Contiguous memory: sizes by address, for the free call that does not give them. */
struct contiguous {
    void *va;
    size_t bytes;
};
static struct contiguous *contiguous;
static size_t contiguous_count, contiguous_room;
static struct host_lock contiguous_lock;

static bool contiguous_remember(void *va, size_t bytes)
{
    host_lock(&contiguous_lock);
    if (contiguous_count == contiguous_room) {
        size_t room = contiguous_room ? 2 * contiguous_room : 64;
        struct contiguous *grown = realloc(contiguous, room * sizeof *grown);
        if (grown) {
            contiguous = grown;
            contiguous_room = room;
        }
    }
    bool ok = contiguous_count < contiguous_room;
    if (ok)
        contiguous[contiguous_count++] = (struct contiguous){va, bytes};
    host_unlock(&contiguous_lock);
    return ok;
}

static size_t contiguous_forget(void *va)
{
    size_t bytes = 0;
    host_lock(&contiguous_lock);
    for (size_t i = 0; i < contiguous_count && !bytes; i++)
        if (contiguous[i].va == va) {
            bytes = contiguous[i].bytes;
            contiguous[i] = contiguous[--contiguous_count];
        }
    host_unlock(&contiguous_lock);
    return bytes;
}

PVOID NTAPI MmAllocateContiguousMemorySpecifyCache(SIZE_T NumberOfBytes,
                                                   PHYSICAL_ADDRESS LowestAcceptableAddress,
                                                   PHYSICAL_ADDRESS HighestAcceptableAddress,
                                                   PHYSICAL_ADDRESS BoundaryAddressMultiple,
                                                   MEMORY_CACHING_TYPE CacheType)
{
    IRQL_MAX(DISPATCH_LEVEL);
    size_t bytes = (NumberOfBytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
    void *va = bytes ? physmem_alloc_between(bytes, (uint64_t)LowestAcceptableAddress.QuadPart,
                                             (uint64_t)HighestAcceptableAddress.QuadPart, PAGE_BYTES,
                                             (uint64_t)BoundaryAddressMultiple.QuadPart)
                     : NULL;
    if (va && !contiguous_remember(va, bytes)) {
        physmem_free(va, bytes);
        return NULL;
    }
    return va;
}
NT_EXPORT("ntoskrnl.exe", MmAllocateContiguousMemorySpecifyCache);

PVOID NTAPI MmAllocateContiguousMemory(SIZE_T NumberOfBytes, PHYSICAL_ADDRESS HighestAcceptableAddress)
{
    return MmAllocateContiguousMemorySpecifyCache(NumberOfBytes, (PHYSICAL_ADDRESS){0},
                                                  HighestAcceptableAddress, (PHYSICAL_ADDRESS){0},
                                                  MmCached);
}
NT_EXPORT("ntoskrnl.exe", MmAllocateContiguousMemory);

VOID NTAPI MmFreeContiguousMemory(PVOID BaseAddress)
{
    size_t bytes = contiguous_forget(BaseAddress);
    if (RULE("MmFreeContiguousMemory", bytes != 0, "MmFreeContiguousMemory(%p): not allocated so",
             BaseAddress))
        physmem_free(BaseAddress, bytes);
}
NT_EXPORT("ntoskrnl.exe", MmFreeContiguousMemory);

VOID NTAPI MmFreeContiguousMemorySpecifyCache(PVOID BaseAddress, SIZE_T NumberOfBytes,
                                              MEMORY_CACHING_TYPE CacheType)
{
    MmFreeContiguousMemory(BaseAddress);
}
NT_EXPORT("ntoskrnl.exe", MmFreeContiguousMemorySpecifyCache);

PVOID NTAPI MmAllocateNonCachedMemory(SIZE_T NumberOfBytes)
{
    return MmAllocateContiguousMemory(NumberOfBytes, (PHYSICAL_ADDRESS){.QuadPart = -1});
}
NT_EXPORT("ntoskrnl.exe", MmAllocateNonCachedMemory);

VOID NTAPI MmFreeNonCachedMemory(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    MmFreeContiguousMemory(BaseAddress);
}
NT_EXPORT("ntoskrnl.exe", MmFreeNonCachedMemory);

/* Sections of a driver that may be paged: here they never are, so locking them changes nothing to observe. */
PVOID NTAPI MmLockPagableDataSection(PVOID AddressWithinSection)
{
    IRQL_MAX(APC_LEVEL);
    return AddressWithinSection;
}
NT_EXPORT("ntoskrnl.exe", MmLockPagableDataSection);

VOID NTAPI MmLockPagableSectionByHandle(PVOID ImageSectionHandle)
{
    IRQL_MAX(APC_LEVEL);
}
NT_EXPORT("ntoskrnl.exe", MmLockPagableSectionByHandle);

VOID NTAPI MmUnlockPagableImageSection(PVOID ImageSectionHandle)
{
    IRQL_MAX(APC_LEVEL);
}
NT_EXPORT("ntoskrnl.exe", MmUnlockPagableImageSection);

PVOID NTAPI MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName)
{
    IRQL_MAX(PASSIVE_LEVEL);
    char name[128];
    size_t n = SystemRoutineName->Length / 2;
    if (n >= sizeof name)
        return NULL;
    for (size_t i = 0; i < n; i++)
        name[i] = (char)SystemRoutineName->Buffer[i];
    name[n] = 0;
    const struct nt_export *row = nt_export_find("ntoskrnl.exe", name);
    return row ? nt_export_bind(row) : NULL;
}
NT_EXPORT("ntoskrnl.exe", MmGetSystemRoutineAddress);
