/* SPDX-License-Identifier: MIT */
/* objects.c - what a driver has allocated from NDIS and must give back. */
#include "ndis/objects.h"
#include "nt/physmem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Objects are filed by their pointer, so that finding one and adding one per frame are both cheap.
 */
#define BUCKETS 256

static struct bucket {
    struct host_lock lock;
    struct ndis_object *first;
} buckets[BUCKETS];
static uint64_t next_order;

static struct bucket *bucket_of(const void *pointer)
{
    uint64_t x = (uint64_t)(uintptr_t)pointer >> 4;
    return &buckets[(x ^ x >> 8 ^ x >> 16) % BUCKETS];
}

void ndis_object_add(struct ndis_object *object, const void *owner, const char *kind,
                     const void *pointer, enum ndis_object_stack stack)
{
    object->owner = owner;
    object->kind = kind;
    object->pointer = pointer;
    object->function = nt_export_current();
    object->frames = 0;
    if (stack == NDIS_OBJECT_STACK) {
        object->frames = (unsigned)driver_stack(object->stack, NDIS_OBJECT_FRAMES);
    } else {
        CONTEXT caller;
        if (nt_export_caller(&caller))
            object->stack[object->frames++] = caller.Rip;
    }
    object->order = __atomic_add_fetch(&next_order, 1, __ATOMIC_RELAXED);

    struct bucket *bucket = bucket_of(pointer);
    host_lock(&bucket->lock);
    object->prev = NULL;
    object->next = bucket->first;
    if (object->next)
        object->next->prev = object;
    bucket->first = object;
    host_unlock(&bucket->lock);
}

void ndis_object_remove(struct ndis_object *object)
{
    if (!object->order)
        return;
    struct bucket *bucket = bucket_of(object->pointer);
    host_lock(&bucket->lock);
    if (object->prev)
        object->prev->next = object->next;
    else
        bucket->first = object->next;
    if (object->next)
        object->next->prev = object->prev;
    host_unlock(&bucket->lock);
    object->next = object->prev = NULL;
    object->order = 0;
}

struct ndis_object *ndis_object_find(const char *kind, const void *pointer)
{
    struct bucket *bucket = bucket_of(pointer);
    host_lock(&bucket->lock);
    struct ndis_object *object = bucket->first;
    while (object && (object->pointer != pointer || object->kind != kind))
        object = object->next;
    host_unlock(&bucket->lock);
    return object;
}

void ndis_objects_visit(const void *owner, const char *kind,
                        void (*visit)(const struct ndis_object *object, void *arg), void *arg)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        host_lock(&buckets[i].lock);
        for (struct ndis_object *o = buckets[i].first; o; o = o->next)
            if (o->owner == owner && (!kind || o->kind == kind))
                visit(o, arg);
        host_unlock(&buckets[i].lock);
    }
}

static void count_one(const struct ndis_object *object, void *arg)
{
    ++*(unsigned *)arg;
}

unsigned ndis_objects_count(const void *owner, const char *kind)
{
    unsigned count = 0;
    if (owner)
        ndis_objects_visit(owner, kind, count_one, &count);
    return count;
}

struct collection {
    const struct ndis_object **object;
    size_t count, room;
};

static void collect_one(const struct ndis_object *object, void *arg)
{
    struct collection *all = arg;
    if (all->count == all->room) {
        size_t room = all->room ? all->room * 2 : 16;
        const struct ndis_object **bigger = realloc(all->object, room * sizeof(*bigger));
        if (!bigger)
            return;
        all->object = bigger;
        all->room = room;
    }
    all->object[all->count++] = object;
}

static int by_order(const void *a, const void *b)
{
    const struct ndis_object *x = *(struct ndis_object *const *)a;
    const struct ndis_object *y = *(struct ndis_object *const *)b;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void report(const struct ndis_object *object)
{
    char detail[256] = "";
    if (object->describe)
        object->describe(object, detail, sizeof(detail));
    char *stack = object->frames ? report_symbolise(object->stack, object->frames) : NULL;
    report_leak(object->kind, "%p%s%s, made by %s%s%s", object->pointer, detail[0] ? ", " : "",
                detail, object->function ? object->function : "dirql", stack ? " at " : "",
                stack ? stack : "");
    free(stack);
}

unsigned ndis_objects_report_owner_leaks(const void *owner)
{
    struct collection all = {0};
    ndis_objects_visit(owner, NULL, collect_one, &all);
    if (all.count)
        qsort(all.object, all.count, sizeof(*all.object), by_order);
    unsigned leaks = 0;
    for (size_t i = 0; i < all.count; i++) {
        struct ndis_object *object = (struct ndis_object *)all.object[i];
        if (!object->left || object->left(object)) {
            report(object);
            leaks++;
        }
        if (object->reclaim)
            object->reclaim(object);
        else
            ndis_object_remove(object);
    }
    free(all.object);
    return leaks;
}

unsigned ndis_objects_report_leaks(struct ndis_adapter *adapter)
{
    return ndis_objects_report_owner_leaks(adapter);
}

unsigned ndis_objects_report_driver_leaks(struct ndis_driver *driver)
{
    return ndis_objects_report_owner_leaks(driver);
}

/* Pages outside of physical memory that were found mapped: where dirql's own records lie. */
#define KNOWN_PAGES 64

static bool mapped(uintptr_t address)
{
    static _Atomic uintptr_t known[KNOWN_PAGES];
    uintptr_t page = address & ~(uintptr_t)4095;
    _Atomic uintptr_t *slot = &known[address / 4096 % KNOWN_PAGES];
    if (*slot == page)
        return true;
    if (msync((void *)page, 1, MS_ASYNC))
        return false;
    *slot = page;
    return true;
}

bool ndis_handle_is(const void *p, uint32_t magic)
{
    uintptr_t address = (uintptr_t)p;
    /* A handle from a driver may be anything: ask the host whether the page is mapped before
     * looking. This is on the path of every frame, so what was mapped once is not asked again. */
    if (address < 0x10000 || address % sizeof(uint32_t) ||
        (!physmem_contains(p) && !mapped(address)))
        return false;
    return *(const uint32_t *)p == magic;
}

/* NDIS_OBJECT_HEADER begins with Type, Revision, Size: as one little-endian word. */
#define GENERIC_OBJECT_WORD                                                                        \
    (NDIS_OBJECT_TYPE_GENERIC_OBJECT | NDIS_GENERIC_OBJECT_REVISION_1 << 8 |                       \
     (uint32_t)sizeof(NDIS_GENERIC_OBJECT) << 16)

bool ndis_owner_from_handle(NDIS_HANDLE handle, const char *function, bool null_ok,
                            struct ndis_owner *owner)
{
    *owner = (struct ndis_owner){0};
    if (!handle && null_ok)
        return true;
    owner->adapter = ndis_adapter_find(handle);
    if (owner->adapter) {
        owner->driver = owner->adapter->driver;
        owner->key = owner->adapter;
        return true;
    }
    if (ndis_is_driver(handle)) {
        owner->driver = handle;
    } else if (!ndis_handle_is(handle, GENERIC_OBJECT_WORD)) {
        violation(function,
                  "%s: NdisHandle %p is not the handle of an adapter, a driver or a generic object",
                  function, handle);
        return false;
    }
    owner->key = handle;
    return true;
}
