/* SPDX-License-Identifier: MIT */
#include "nt/pool.h"
#include "nt/irql.h"
#include "nt/nt_test.h"
#include "nt/physmem.h"
#include "nt/wdk.h"

#undef ExFreePool

TEST_NT(pool_blocks_are_aligned_and_large_ones_start_a_page, "")
{
    for (size_t n = 1; n < 20000; n = n * 3 + 1) {
        void *p = ExAllocatePoolWithTag(NonPagedPool, n, 0x31736574);
        CHECK_EQ((uintptr_t)p % (n >= PAGE_BYTES ? PAGE_BYTES : 16), 0);
        CHECK(physmem_pa(p) != UINT64_MAX);
        CHECK(physmem_va(physmem_pa(p), n) == p);
        ExFreePoolWithTag(p, 0x31736574);
    }
    CHECK_EQ(nt_pool_report_leaks(), 0);
}

TEST_NT(fresh_and_freed_memory_do_not_look_like_zero, "")
{
    unsigned char *p = ExAllocatePoolWithTag(NonPagedPool, 100, 0x31736574);
    CHECK_EQ(p[0], 0xCD);
    CHECK_EQ(p[99], 0xCD);
    ExFreePoolWithTag(p, 0);
    CHECK_EQ(p[50], 0xDD);
}

TEST_NT(what_is_not_freed_is_reported_with_its_tag, "")
{
    ExAllocatePoolWithTag(NonPagedPool, 100, 0x6B61654C);
    nt_pool_alloc_system(50, 1);
    CHECK_EQ(nt_pool_report_leaks(), 1);
    const char *const *leaks;
    CHECK_EQ(report_leaks(&leaks), 1);
    CHECK_HAS(leaks[0], "100 bytes");
    CHECK_HAS(leaks[0], "'Leak'");
}

TEST_NT_BUGCHECK(freeing_twice_is_a_bug_check, "", 0xC2, 7)
{
    void *p = ExAllocatePoolWithTag(NonPagedPool, 100, 1);
    ExFreePoolWithTag(p, 0);
    ExFreePoolWithTag(p, 0);
}

TEST_NT_BUGCHECK(freeing_what_is_no_block_is_a_bug_check, "", 0xC2, 0x40)
{
    char *p = ExAllocatePoolWithTag(NonPagedPool, 100, 1);
    ExFreePoolWithTag(p + 32, 0);
}

static void overrun(void)
{
    char *p = ExAllocatePoolWithTag(NonPagedPool, 100, 1);
    p[100] = 1;
    ExFreePoolWithTag(p, 0);
}

TEST(a_pool_overrun_is_bug_check_c5, "")
{
    struct machine_config config = {.cpus = 1, .deterministic = true};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run((void (*)(void *))overrun, NULL), MACHINE_BUGCHECK);
    CHECK_EQ(report_bugcheck()->code, 0xC5);
    CHECK_HAS(report_bugcheck()->text, "behind a pool block");
}

TEST_NT_BUGCHECK(a_tag_that_does_not_match_is_a_bug_check, "", 0xC2, 0xA)
{
    void *p = ExAllocatePoolWithTag(NonPagedPool, 100, 1);
    ExFreePoolWithTag(p, 2);
}

static void free_armed_timer(void)
{
    KTIMER *t = ExAllocatePoolWithTag(NonPagedPool, sizeof *t, 1);
    KeInitializeTimer(t);
    KeSetTimer(t, (LARGE_INTEGER){.QuadPart = -10000000}, NULL);
    ExFreePoolWithTag(t, 0);
}

TEST(freeing_an_armed_timer_is_bug_check_c7, "R-443")
{
    struct machine_config config = {.cpus = 1, .deterministic = true};
    CHECK_EQ(machine_init(&config), 0);
    CHECK_EQ(machine_run((void (*)(void *))free_armed_timer, NULL), MACHINE_BUGCHECK);
    CHECK_EQ(report_bugcheck()->code, 0xC7);
}

TEST_NT(paged_pool_at_dispatch_level_is_reported, "R-104")
{
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    void *p = ExAllocatePoolWithTag(PagedPool, 10, 1);
    CHECK_EQ(nt_test_violations("Irql"), 1);
    ExFreePoolWithTag(p, 0);
    irql_lower(old);
}

TEST_NT(contiguous_memory_respects_limit_and_boundary, "")
{
    PHYSICAL_ADDRESS low = {.QuadPart = 0}, high = {.QuadPart = 0xFFFFFF}, boundary = {.QuadPart = 0x10000};
    for (int i = 0; i < 20; i++) {
        void *p = MmAllocateContiguousMemorySpecifyCache(0x9000, low, high, boundary, MmCached);
        CHECK(p != NULL);
        uint64_t pa = (uint64_t)MmGetPhysicalAddress(p).QuadPart;
        CHECK(pa + 0x8FFF <= 0xFFFFFF);
        CHECK_EQ(pa / 0x10000, (pa + 0x8FFF) / 0x10000);
    }
    high.QuadPart = 0xFFF;
    CHECK(!MmAllocateContiguousMemorySpecifyCache(0x1000, low, high, boundary, MmCached));
}

TEST_NT(no_memory_lies_where_a_pc_has_none, "")
{
    /* Every free page below 2 MiB. */
    unsigned below = 0;
    for (void *page; (page = physmem_alloc(PAGE_BYTES, (2u << 20) - 1, PAGE_BYTES, 0));) {
        uint64_t pa = physmem_pa(page);
        CHECK(pa + PAGE_BYTES <= PC_HOLE_START || pa >= PC_HOLE_END);
        below += pa < PC_HOLE_START;
    }
    CHECK(below > 0);
    CHECK(physmem_va(PC_HOLE_START - PAGE_BYTES, PAGE_BYTES) != NULL);
    CHECK(physmem_va(PC_HOLE_START - 1, 2) == NULL);
    CHECK(physmem_va(PC_HOLE_END - 1, 1) == NULL);
    CHECK(physmem_va(PC_HOLE_END, PAGE_BYTES) != NULL);
}
