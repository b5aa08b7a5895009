/* SPDX-License-Identifier: MIT */
/* pool.c - pool blocks: size classes up to half a page, whole pages above.
 *
 * A small block is [header 32][user bytes][guard 8..]; a large one has its header in a page of its own in
 * front, so that the user's part is page-aligned as on Windows. */
#include "nt/pool.h"
#include "nt/alarm.h"
#include "nt/callstack.h"
#include "nt/dpc.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/physmem.h"
#include "nt/report.h"
#include "nt/thread_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC_LIVE  0x4C4F4F50u /* "POOL" */
#define MAGIC_FREED 0x45455246u /* "FREE" */
#define GUARD_BYTE  0xFD
#define GUARD_MIN   8
#define CLASSES     7 /* 64, 128 ... 4096 bytes with header and guard */

struct block {
    uint32_t magic, tag;
    uint32_t bytes;   /* what was asked for */
    uint8_t cls;      /* CLASSES = whole pages */
    uint8_t system;   /* dirql's own */
    uint16_t spare;
    struct block *next_free; /* free: the next one; live: its place in `live` */
    uint64_t allocator; /* driver code address, 0 if none */
};
_Static_assert(sizeof(struct block) == 32, "keeps user data 16-byte aligned");

/* All live blocks, for leak reports and to tell a block from a stray pointer. */
static struct block **live;
static size_t live_count, live_room;
static struct block *free_list[CLASSES];
static size_t bytes_in_use;
static struct host_lock lock;

static size_t class_bytes(unsigned cls)
{
    return 64u << cls;
}

static size_t pages_bytes(size_t bytes)
{
    return PAGE_BYTES + (bytes + GUARD_MIN + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

/* The user's part and back. */
static void *user_of(struct block *b)
{
    return b->cls == CLASSES ? (char *)b + PAGE_BYTES : (char *)(b + 1);
}

static size_t room_of(const struct block *b)
{
    return b->cls == CLASSES ? pages_bytes(b->bytes) - PAGE_BYTES
                             : class_bytes(b->cls) - sizeof *b;
}

static struct block *block_of(void *user)
{
    if (!physmem_contains(user) || ((uintptr_t)user & 15))
        return NULL;
    if (((uintptr_t)user & (PAGE_BYTES - 1)) == 0) {
        struct block *b = (struct block *)((char *)user - PAGE_BYTES);
        return physmem_contains(b) && b->cls == CLASSES ? b : NULL;
    }
    struct block *b = (struct block *)user - 1;
    return b->cls < CLASSES ? b : NULL;
}

static struct block *take_small(unsigned cls)
{
    if (!free_list[cls]) {
        char *page = physmem_alloc(PAGE_BYTES, UINT64_MAX, PAGE_BYTES, 0);
        if (!page)
            return NULL;
        for (size_t at = 0; at < PAGE_BYTES; at += class_bytes(cls)) {
            struct block *b = (struct block *)(page + at);
            b->next_free = free_list[cls];
            free_list[cls] = b;
        }
    }
    struct block *b = free_list[cls];
    free_list[cls] = b->next_free;
    return b;
}

static bool live_add(struct block *b)
{
    if (live_count == live_room) {
        size_t room = live_room ? live_room * 2 : 4096;
        struct block **grown = realloc(live, room * sizeof *live);
        if (!grown)
            return false;
        live = grown;
        live_room = room;
    }
    b->next_free = (struct block *)(uintptr_t)live_count;
    live[live_count++] = b;
    return true;
}

static void live_remove(struct block *b)
{
    size_t i = (size_t)(uintptr_t)b->next_free;
    live[i] = live[--live_count];
    live[i]->next_free = (struct block *)(uintptr_t)i;
}

static bool is_live(const struct block *b)
{
    size_t i = (size_t)(uintptr_t)b->next_free;
    return b->magic == MAGIC_LIVE && i < live_count && live[i] == b;
}

static void *pool_alloc(size_t bytes, uint32_t tag, int fill, bool system)
{
    if (bytes > (1u << 30))
        return NULL;
    size_t need = bytes + sizeof(struct block) + GUARD_MIN;
    unsigned cls = 0;
    while (cls < CLASSES && class_bytes(cls) < need)
        cls++;
    if (bytes >= PAGE_BYTES)
        cls = CLASSES;
    host_lock(&lock);
    struct block *b = cls < CLASSES ? take_small(cls)
                                    : physmem_alloc(pages_bytes(bytes), UINT64_MAX, PAGE_BYTES, 0);
    if (b && !live_add(b))
        b = NULL;
    if (b) {
        b->magic = MAGIC_LIVE;
        b->tag = tag;
        b->bytes = (uint32_t)bytes;
        b->cls = (uint8_t)cls;
        b->system = system;
        b->allocator = system ? 0 : nt_export_caller_pc();
        bytes_in_use += bytes;
    }
    host_unlock(&lock);
    if (!b)
        return NULL;
    void *user = user_of(b);
    memset(user, fill, bytes);
    memset((char *)user + bytes, GUARD_BYTE, room_of(b) - bytes);
    return user;
}

void *nt_pool_alloc(size_t bytes, uint32_t tag)
{
    return pool_alloc(bytes, tag, 0, false);
}

void *nt_pool_alloc_system(size_t bytes, uint32_t tag)
{
    return pool_alloc(bytes, tag, 0, true);
}

static void check_guard(const struct block *b, const unsigned char *user)
{
    for (size_t i = b->bytes; i < room_of(b); i++)
        if (user[i] != GUARD_BYTE)
            bugcheck(0xC5, (uintptr_t)user, b->tag, b->bytes, i,
                     "the driver wrote behind a pool block: %p ('%s', %u bytes), offset %zu", (void *)user,
                     nt_pool_tag_text(b->tag), b->bytes, i);
}

void nt_pool_free_tagged(void *user, uint32_t tag)
{
    if (!user)
        return;
    struct block *b = block_of(user);
    host_lock(&lock);
    bool ok = b && is_live(b), freed = b && b->magic == MAGIC_FREED;
    if (!ok) {
        host_unlock(&lock);
        bugcheck(0xC2, freed ? 7 : 0x40, 0, tag, (uintptr_t)user,
                 freed ? "pool block %p ('%s') freed twice" : "%p freed, which is no pool block ('%s')", user,
                 nt_pool_tag_text(freed ? b->tag : tag));
    }
    b->magic = MAGIC_FREED; /* from here on another free is the second one */
    host_unlock(&lock);
    /* The high bit only says that the tag must match (PROTECTED_POOL). */
    if (tag && (b->tag & 0x7FFFFFFF) != (tag & 0x7FFFFFFF)) {
        char own[8];
        snprintf(own, sizeof own, "%s", nt_pool_tag_text(b->tag));
        bugcheck(0xC2, 0xA, (uintptr_t)user, b->tag, tag,
                 "pool block %p has tag '%s', and was freed with '%s'", user, own, nt_pool_tag_text(tag));
    }
    check_guard(b, user);
    const KTIMER *timer = timer_inside(user, b->bytes);
    if (timer)
        bugcheck(0xC7, 0, (uintptr_t)timer, (uintptr_t)user, (uintptr_t)user + b->bytes,
                 "pool block %p ('%s') freed with an armed timer in it at %p (R-443)", user,
                 nt_pool_tag_text(b->tag), (const void *)timer);
    const KDPC *dpc = dpc_inside(user, b->bytes);
    if (dpc)
        bugcheck(0xC7, 1, (uintptr_t)dpc, (uintptr_t)user, (uintptr_t)user + b->bytes,
                 "pool block %p ('%s') freed with a queued DPC in it at %p", user, nt_pool_tag_text(b->tag),
                 (const void *)dpc);
    memset(user, NT_POOL_FREED_BYTE, room_of(b));
    host_lock(&lock);
    live_remove(b);
    bytes_in_use -= b->bytes;
    if (b->cls < CLASSES) {
        b->next_free = free_list[b->cls];
        free_list[b->cls] = b;
    }
    size_t page_bytes = b->cls == CLASSES ? pages_bytes(b->bytes) : 0;
    host_unlock(&lock);
    if (page_bytes)
        physmem_free(b, page_bytes);
}

void nt_pool_free(void *block)
{
    nt_pool_free_tagged(block, 0);
}

bool nt_pool_owns(const void *p)
{
    return physmem_contains(p);
}

size_t nt_pool_bytes_in_use(void)
{
    return bytes_in_use;
}

const char *nt_pool_tag_text(uint32_t tag)
{
    static char text[5];
    for (int i = 0; i < 4; i++) {
        char c = (char)((tag >> 8 * i) & 0x7F);
        text[i] = c >= ' ' && c < 0x7F ? c : '.';
    }
    return text;
}

/* What a block is that an export made for the driver. */
static const char *kind_of(uint32_t tag)
{
    switch (tag) {
    case 0x206C644D: /* "Mdl " */
        return "MDL (NDIS_BUFFER)";
    case 0x6642444E: /* "NDBf" */
        return "buffer pool";
    default:
        return "pool";
    }
}

size_t nt_pool_report_leaks(void)
{
    size_t n = 0;
    for (size_t i = 0; i < live_count; i++) {
        struct block *b = live[i];
        if (b->system)
            continue;
        char *where = b->allocator ? report_symbolise(&b->allocator, 1) : NULL;
        report_leak(kind_of(b->tag), "%u bytes, tag '%s', allocated at %s", b->bytes,
                    nt_pool_tag_text(b->tag), where ? where : "(host code on the driver's behalf)");
        free(where);
        n++;
    }
    return n;
}

/* --- exports --- */

/* Paged pool needs an IRQL of APC_LEVEL at most; POOL_TYPE bit 0 says paged (wdm.h). */
static void require_pool_irql(const char *function, POOL_TYPE type)
{
    irql_require(function, PASSIVE_LEVEL, type & 1 ? APC_LEVEL : DISPATCH_LEVEL);
}

PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    require_pool_irql("ExAllocatePoolWithTag", PoolType);
    RULE("ExAllocatePoolWithTag", Tag != 0, "a pool tag of 0 (bug check 0xC4/0x1B)");
    PVOID p = pool_alloc(NumberOfBytes, Tag, NT_POOL_FRESH_BYTE, false);
    if (!p && (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE))
        bugcheck(0x1E, (uint32_t)STATUS_INSUFFICIENT_RESOURCES, 0, 0, 0,
                 "ExAllocatePoolWithTag(%llu bytes) failed, and the driver asked for an exception then",
                 (unsigned long long)NumberOfBytes);
    return p;
}
NT_EXPORT("ntoskrnl.exe", ExAllocatePoolWithTag);
NT_EXPORT_AS("ntoskrnl.exe", ExAllocatePoolWithTagPriority, ExAllocatePoolWithTag);
NT_EXPORT_AS("ntoskrnl.exe", ExAllocatePoolWithQuotaTag, ExAllocatePoolWithTag);

#undef ExAllocatePool
PVOID NTAPI ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, 0x656E6F4E /* "None" */);
}
NT_EXPORT("ntoskrnl.exe", ExAllocatePool);

/* POOL_FLAG_UNINITIALIZED 2, POOL_FLAG_NON_PAGED 0x40, POOL_FLAG_PAGED 0x100 (WDK: POOL_FLAGS). */
PVOID NTAPI ExAllocatePool2(ULONGLONG Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
    require_pool_irql("ExAllocatePool2", Flags & 0x100 ? PagedPool : NonPagedPool);
    if (Tag == 0 || NumberOfBytes == 0)
        return NULL;
    return pool_alloc(NumberOfBytes, Tag, Flags & 2 ? NT_POOL_FRESH_BYTE : 0, false);
}
NT_EXPORT("ntoskrnl.exe", ExAllocatePool2);

VOID NTAPI ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    IRQL_MAX(DISPATCH_LEVEL);
    if (!P)
        bugcheck(0xC2, 0x46, 0, 0, 0, "ExFreePoolWithTag(NULL)");
    nt_pool_free_tagged(P, Tag);
}
NT_EXPORT("ntoskrnl.exe", ExFreePoolWithTag);

#undef ExFreePool
VOID NTAPI ExFreePool(PVOID P)
{
    ExFreePoolWithTag(P, 0);
}
NT_EXPORT("ntoskrnl.exe", ExFreePool);
