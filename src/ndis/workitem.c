/* SPDX-License-Identifier: MIT */
/* workitem.c - work items: a driver's function, called later at PASSIVE_LEVEL. */
#include "ndis/objects.h"
#include "ndis/worker.h"
#include "nt/opaque.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define ITEM_MAGIC 0x4b52574eu /* "NWRK" */

static const char kind_item[] = "I/O work item";

struct ndis_work_item {
    uint32_t magic;
    _Atomic bool queued;
    NDIS_IO_WORKITEM_ROUTINE routine;
    void *context;
    struct ndis_object object;
};

static struct ndis_work_item *item_of(const struct ndis_object *object)
{
    return (struct ndis_work_item *)((char *)object - offsetof(struct ndis_work_item, object));
}

static void describe(const struct ndis_object *object, char *out, size_t size)
{
    const struct ndis_work_item *item = item_of(object);
    if (item->queued)
        snprintf(out, size, "queued for function %p", (void *)item->routine);
}

static void item_free(struct ndis_object *object)
{
    struct ndis_work_item *item = item_of(object);
    ndis_object_remove(object);
    item->magic = 0;
    /* A queued one is still needed by its worker, which finds the magic word gone and frees it. */
    if (!item->queued)
        opaque_free(item);
}

NDIS_HANDLE NTAPI NdisAllocateIoWorkItem(NDIS_HANDLE NdisObjectHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_owner owner;
    if (!ndis_owner_from_handle(NdisObjectHandle, __func__, false, &owner))
        return NULL;
    struct ndis_work_item *item = opaque_alloc(sizeof(*item));
    if (!item)
        return NULL;
    item->magic = ITEM_MAGIC;
    item->object.describe = describe;
    item->object.reclaim = item_free;
    ndis_object_add(&item->object, owner.key, kind_item, item, NDIS_OBJECT_STACK);
    return item;
}
NT_EXPORT("ndis.sys", NdisAllocateIoWorkItem);

/* Bug check 0xE1, WORKER_THREAD_RETURNED_AT_BAD_IRQL. */
static void check_irql(const void *routine)
{
    if (!RULE("0xE1", irql_current() == PASSIVE_LEVEL,
              "the work item's routine %p returned at %s (bug check 0xE1)", routine,
              irql_name(irql_current())))
        irql_lower(PASSIVE_LEVEL);
}

static void run_item(void *arg)
{
    struct ndis_work_item *item = arg;
    if (item->magic != ITEM_MAGIC) {
        opaque_free(item);
        return;
    }
    /* From here on it may be queued again, or freed by the routine. */
    NDIS_IO_WORKITEM_ROUTINE routine = item->routine;
    void *context = item->context;
    item->queued = false;
    DRIVER_CALL(routine, context, item);
    check_irql((const void *)routine);
}

static bool item_is(NDIS_HANDLE handle, const char *function)
{
    if (ndis_handle_is(handle, ITEM_MAGIC))
        return true;
    violation("NdisAllocateIoWorkItem",
              "%s: %p is not a work item from NdisAllocateIoWorkItem, or is freed", function,
              handle);
    return false;
}

VOID NTAPI NdisQueueIoWorkItem(NDIS_HANDLE NdisIoWorkItemHandle, NDIS_IO_WORKITEM_ROUTINE Routine,
                               PVOID WorkItemContext)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_work_item *item = NdisIoWorkItemHandle;
    if (!item_is(item, __func__) ||
        !RULE("NdisQueueIoWorkItem", Routine, "NdisQueueIoWorkItem: Routine is NULL"))
        return;
    bool was = false;
    if (!RULE("NdisQueueIoWorkItem", atomic_compare_exchange_strong(&item->queued, &was, true),
              "NdisQueueIoWorkItem: work item %p is queued already", (void *)item))
        return;
    item->routine = Routine;
    item->context = WorkItemContext;
    if (!ndis_worker_start(run_item, item, "work item")) {
        /* The function cannot fail, so neither may the work get lost. */
        fprintf(stderr, "dirql: out of memory for the thread of a work item\n");
        abort();
    }
}
NT_EXPORT("ndis.sys", NdisQueueIoWorkItem);

VOID NTAPI NdisFreeIoWorkItem(NDIS_HANDLE NdisIoWorkItemHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_work_item *item = NdisIoWorkItemHandle;
    if (!item_is(item, __func__))
        return;
    RULE("NdisFreeIoWorkItem", !item->queued,
         "NdisFreeIoWorkItem: work item %p is queued and its routine was not yet called",
         (void *)item);
    item_free(&item->object);
}
NT_EXPORT("ndis.sys", NdisFreeIoWorkItem);

/* --- the 5.x form, in the driver's memory --- */

static void run_work(void *arg)
{
    NDIS_WORK_ITEM *item = arg;
    const void *routine = (const void *)item->Routine; /* which may free the item */
    DRIVER_CALL(routine, item, item->Context);
    check_irql(routine);
}

NDIS_STATUS NTAPI NdisScheduleWorkItem(PNDIS_WORK_ITEM WorkItem)
{
    IRQL_MAX(DISPATCH_LEVEL);
    if (!RULE("NdisScheduleWorkItem", WorkItem->Routine,
              "NdisScheduleWorkItem: %p has no routine; NdisInitializeWorkItem comes first",
              (void *)WorkItem))
        return NDIS_STATUS_FAILURE;
    return ndis_worker_start(run_work, WorkItem, "work item") ? NDIS_STATUS_SUCCESS
                                                              : NDIS_STATUS_FAILURE;
}
NT_EXPORT("ndis.sys", NdisScheduleWorkItem);
