/* SPDX-License-Identifier: MIT */
#include "nt/nt_test.h"
#include "nt/physmem.h"
#include "nt/pool.h"
#include "nt/wdk.h"

#define TAG 0x74736574u /* "test" */

/* Bug check 0x40, TARGET_MDL_TOO_SMALL. */
TEST_NT_BUGCHECK(a_partial_mdl_that_does_not_fit_its_target_stops, "", 0x40, 0)
{
    char *pages = ExAllocatePoolWithTag(NonPagedPool, 64 * PAGE_BYTES, TAG);
    PMDL source = IoAllocateMdl(pages, 64 * PAGE_BYTES, FALSE, FALSE, NULL);
    PMDL target = IoAllocateMdl(pages, PAGE_BYTES, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(source);
    IoBuildPartialMdl(source, target, pages, 0);
}

TEST_NT(a_partial_mdl_describes_its_part, "")
{
    char *pages = ExAllocatePoolWithTag(NonPagedPool, 4 * PAGE_BYTES, TAG);
    PMDL source = IoAllocateMdl(pages + 100, 3 * PAGE_BYTES, FALSE, FALSE, NULL);
    PMDL target = IoAllocateMdl(pages + 100, 3 * PAGE_BYTES, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(source);
    IoBuildPartialMdl(source, target, pages + PAGE_BYTES + 7, 0);
    CHECK_EQ(MmGetMdlByteCount(target), 2 * PAGE_BYTES + 93);
    CHECK_EQ(MmGetMdlByteOffset(target), 7);
    CHECK(MmGetMdlVirtualAddress(target) == pages + PAGE_BYTES + 7);
    CHECK_EQ(MmGetMdlPfnArray(target)[0], physmem_pa(pages) / PAGE_BYTES + 1);
    IoFreeMdl(source);
    IoFreeMdl(target);
    ExFreePoolWithTag(pages, TAG);
}

TEST_NT(contiguous_memory_is_found_above_a_lowest_address_and_below_a_highest, "")
{
    PHYSICAL_ADDRESS low = {.QuadPart = 64 << 20}, high = {.QuadPart = (96 << 20) - 1}, any = {0};
    PVOID p = MmAllocateContiguousMemorySpecifyCache(3 * PAGE_BYTES, low, high, any, MmCached);
    CHECK(p != NULL);
    CHECK(physmem_pa(p) >= 64 << 20 && physmem_pa(p) + 3 * PAGE_BYTES <= 96 << 20);
    MmFreeContiguousMemory(p);
    low.QuadPart = high.QuadPart - PAGE_BYTES + 1;
    p = MmAllocateContiguousMemorySpecifyCache(PAGE_BYTES, low, high, any, MmCached);
    CHECK_EQ(physmem_pa(p), low.QuadPart);
    CHECK(!MmAllocateContiguousMemorySpecifyCache(PAGE_BYTES, low, high, any, MmCached));
    MmFreeContiguousMemory(p);
}
