/* SPDX-License-Identifier: MIT */
/* physmem.c - the memory object and its page allocator. */
#include "nt/physmem.h"
#include "nt/alarm.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A fixed place, so that addresses are the same in every run; above AddressSanitizer's shadow. */
#define BASE ((char *)0x180000000000)

static int memory_fd = -1;
static size_t memory_bytes;
static uint8_t *used; /* one byte a page */
static size_t pages, search_from = 1;
static struct host_lock lock;

int physmem_init(size_t bytes)
{
    if (bytes == 0 || bytes % (2u << 20))
        return -EINVAL;
    memory_fd = memfd_create("dirql-memory", MFD_CLOEXEC);
    if (memory_fd < 0 || ftruncate(memory_fd, (off_t)bytes))
        return -errno;
    void *at = mmap(BASE, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, memory_fd, 0);
    if (at != BASE)
        return at == MAP_FAILED ? -errno : -EADDRINUSE;
    pages = bytes / PAGE_BYTES;
    used = calloc(pages, 1);
    if (!used)
        return -ENOMEM;
    used[0] = 1; /* physical address 0 means "none" to too many drivers */
    memset(used + PC_HOLE_START / PAGE_BYTES, 1, (PC_HOLE_END - PC_HOLE_START) / PAGE_BYTES);
    memory_bytes = bytes;
    return 0;
}

int physmem_fd(void)
{
    return memory_fd;
}

size_t physmem_size(void)
{
    return memory_bytes;
}

static bool fits(size_t first, size_t n, uint64_t highest, uint64_t boundary)
{
    uint64_t start = (uint64_t)first * PAGE_BYTES, end = start + n * PAGE_BYTES - 1;
    if (end > highest)
        return false;
    return !boundary || start / boundary == end / boundary;
}

static size_t find(size_t from, size_t to, size_t n, uint64_t highest, size_t step, uint64_t boundary)
{
    for (size_t first = (from + step - 1) / step * step; first + n <= to; first += step) {
        size_t free_run = 0;
        while (free_run < n && !used[first + free_run])
            free_run++;
        if (free_run == n && fits(first, n, highest, boundary))
            return first;
        if (free_run < n)
            first = (first + free_run) / step * step; /* next candidate lies behind the used page */
    }
    return 0;
}

void *physmem_alloc(size_t bytes, uint64_t highest, size_t alignment, uint64_t boundary)
{
    return physmem_alloc_between(bytes, 0, highest, alignment, boundary);
}

void *physmem_alloc_between(size_t bytes, uint64_t lowest, uint64_t highest, size_t alignment, uint64_t boundary)
{
    size_t n = (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
    size_t step = alignment > PAGE_BYTES ? alignment / PAGE_BYTES : 1;
    size_t from = lowest / PAGE_BYTES + (lowest % PAGE_BYTES != 0);
    if (n == 0 || n > pages || from > pages)
        return NULL;
    host_lock(&lock);
    size_t first = find(from > search_from ? from : search_from, pages, n, highest, step, boundary);
    if (!first)
        first = find(from > 1 ? from : 1, pages, n, highest, step, boundary);
    if (first) {
        memset(used + first, 1, n);
        search_from = first + n;
    }
    host_unlock(&lock);
    if (!first)
        return NULL;
    void *va = BASE + first * PAGE_BYTES;
    memset(va, 0, n * PAGE_BYTES);
    return va;
}

void physmem_free(void *va, size_t bytes)
{
    if (!va)
        return;
    size_t first = (size_t)((char *)va - BASE) / PAGE_BYTES, n = (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
    mprotect(va, n * PAGE_BYTES, PROT_READ | PROT_WRITE);
    host_lock(&lock);
    memset(used + first, 0, n);
    if (first < search_from)
        search_from = first;
    host_unlock(&lock);
}

int physmem_protect(void *va, size_t bytes, int prot)
{
    return mprotect(va, (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES, prot) ? -errno : 0;
}

bool physmem_contains(const void *va)
{
    return (const char *)va >= BASE && (const char *)va < BASE + memory_bytes;
}

uint64_t physmem_pa(const void *va)
{
    return physmem_contains(va) ? (uint64_t)((const char *)va - BASE) : UINT64_MAX;
}

void *physmem_va(uint64_t pa, size_t len)
{
    if (pa >= memory_bytes || len > memory_bytes - pa)
        return NULL;
    if (pa < PC_HOLE_END && pa + len > PC_HOLE_START)
        return NULL;
    return BASE + pa;
}
