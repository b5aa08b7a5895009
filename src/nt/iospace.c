/* SPDX-License-Identifier: MIT */
/* iospace.c - register ranges and ports, and how a driver's accesses find them. */
#include "nt/iospace.h"
#include "nt/alarm.h"
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/report.h"
#include "nt/wdk.h"
#include "trace/trace.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Virtual address = BASE + physical address, for all of the 4 GiB in which devices live. Nothing is mapped there unless
 * a device gives memory: an access faults, and is answered by the range's functions. */
#define BASE   ((char *)0x200000000000)
#define WINDOW (1ull << 32)
#define RANGES 128

struct range {
    uint64_t start, len; /* len 0: free */
    const char *name;
    const struct io_ops *ops;
    void *ctx;
    bool memory;
    _Atomic unsigned maps;
};
static struct range ranges[RANGES], ports[RANGES];
static struct host_lock lock;

static bool reserve(void)
{
    static bool done;
    if (!done)
        done = mmap(BASE, WINDOW, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
                    -1, 0) == BASE;
    return done;
}

static struct range *find(struct range *table, uint64_t at)
{
    for (int i = 0; i < RANGES; i++)
        if (at - table[i].start < table[i].len)
            return &table[i];
    return NULL;
}

static int add(struct range *table, uint64_t start, uint64_t len, const char *name,
               const struct io_ops *ops, void *ctx, struct range **added)
{
    if (len == 0)
        return -EINVAL;
    struct range *slot = NULL;
    for (int i = 0; i < RANGES; i++) {
        if (table[i].len && start < table[i].start + table[i].len && table[i].start < start + len)
            return -EEXIST;
        if (!table[i].len && !slot)
            slot = &table[i];
    }
    if (!slot)
        return -ENOSPC;
    slot->start = start;
    slot->name = name;
    slot->ops = ops;
    slot->ctx = ctx;
    slot->memory = false;
    slot->maps = 0;
    __atomic_store_n(&slot->len, len, __ATOMIC_RELEASE);
    if (added)
        *added = slot;
    return 0;
}

int iospace_add(uint64_t pa, size_t len, const char *name, const struct io_ops *ops, void *ctx,
                void *memory)
{
    if (!reserve() || pa >= WINDOW || len > WINDOW - pa)
        return -ENOMEM;
    struct range *r = NULL;
    host_lock(&lock);
    int err = add(ranges, pa, len, name, ops, ctx, &r);
    if (!err && memory) {
        r->memory = true;
        if (mremap(memory, 0, len, MREMAP_MAYMOVE | MREMAP_FIXED, BASE + pa) == MAP_FAILED) {
            err = -errno;
            r->len = 0;
        }
    }
    host_unlock(&lock);
    return err;
}

void iospace_remove(uint64_t pa)
{
    host_lock(&lock);
    struct range *r = find(ranges, pa);
    if (r) {
        if (r->memory)
            mmap(BASE + r->start, r->len, PROT_NONE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
        r->len = 0;
    }
    host_unlock(&lock);
}

int ioport_add(uint16_t first, uint16_t count, const char *name, const struct io_ops *ops,
               void *ctx)
{
    host_lock(&lock);
    int err = add(ports, first, count, name, ops, ctx, NULL);
    host_unlock(&lock);
    return err;
}

void ioport_remove(uint16_t first)
{
    host_lock(&lock);
    struct range *r = find(ports, first);
    if (r)
        r->len = 0;
    host_unlock(&lock);
}

void *iospace_map(uint64_t pa, size_t len)
{
    struct range *r = find(ranges, pa);
    if (!r || len == 0 || len > r->start + r->len - pa)
        return NULL;
    r->maps++;
    return BASE + pa;
}

bool iospace_unmap(void *va, size_t len)
{
    struct range *r = find(ranges, (uint64_t)((char *)va - BASE));
    if (!r || r->maps == 0)
        return false;
    r->maps--;
    return true;
}

size_t iospace_mapped(void)
{
    size_t n = 0;
    for (int i = 0; i < RANGES; i++)
        if (ranges[i].len)
            n += ranges[i].maps;
    return n;
}

bool iospace_contains(const void *va)
{
    return (uint64_t)((const char *)va - BASE) < WINDOW;
}

/* A range whose BAR was just disabled still faults: nobody answers, as on a bus without a target. */
bool iospace_read(const void *va, unsigned width, uint64_t *value)
{
    struct range *r = find(ranges, (uint64_t)((const char *)va - BASE));
    if (!r || !r->maps)
        return false;
    uint64_t offset = (uint64_t)((const char *)va - BASE) - r->start;
    *value = r->ops->read(r->ctx, offset, width);
    trace(TRACE_READ, r->name, offset, *value);
    return true;
}

bool iospace_write(const void *va, unsigned width, uint64_t value)
{
    struct range *r = find(ranges, (uint64_t)((const char *)va - BASE));
    if (!r || !r->maps)
        return false;
    uint64_t offset = (uint64_t)((const char *)va - BASE) - r->start;
    trace(TRACE_WRITE, r->name, offset, value);
    r->ops->write(r->ctx, offset, width, value);
    return true;
}

uint64_t ioport_read(uint16_t port, unsigned width)
{
    struct range *r = find(ports, port);
    if (!r)
        return UINT64_MAX >> (64 - 8 * width);
    uint64_t value = r->ops->read(r->ctx, port - r->start, width);
    trace(TRACE_READ, r->name, port - r->start, value);
    return value;
}

void ioport_write(uint16_t port, unsigned width, uint64_t value)
{
    struct range *r = find(ports, port);
    if (!r)
        return;
    trace(TRACE_WRITE, r->name, port - r->start, value);
    r->ops->write(r->ctx, port - r->start, width, value);
}

PVOID NTAPI MmMapIoSpace(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes,
                         MEMORY_CACHING_TYPE CacheType)
{
    IRQL_MAX(DISPATCH_LEVEL);
    return iospace_map((uint64_t)PhysicalAddress.QuadPart, NumberOfBytes);
}
NT_EXPORT("ntoskrnl.exe", MmMapIoSpace);

VOID NTAPI MmUnmapIoSpace(PVOID BaseAddress, SIZE_T NumberOfBytes)
{
    IRQL_MAX(DISPATCH_LEVEL);
    RULE("MmUnmapIoSpace", iospace_unmap(BaseAddress, NumberOfBytes),
         "MmUnmapIoSpace(%p): no such mapping", BaseAddress);
}
NT_EXPORT("ntoskrnl.exe", MmUnmapIoSpace);
