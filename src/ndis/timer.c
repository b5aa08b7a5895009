/* SPDX-License-Identifier: MIT */
/* timer.c - NDIS timers over the kernel's: a KTIMER whose DPC calls the driver at DISPATCH_LEVEL.
 */
#include "ndis/timer.h"
#include "ndis/objects.h"
#include "nt/thread_internal.h"
#include "nt/opaque.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMER_MAGIC 0x524d544eu /* "NTMR" */
#define TIMER_FREED 0x464d544eu

static const char kind_object[] = "timer object", kind_memory[] = "timer";

struct ndis_timer {
    uint32_t magic;
    bool periodic; /* as it was set last */
    KTIMER timer;
    KDPC dpc;
    PNDIS_TIMER_FUNCTION function;
    void *default_context, *context;
    struct ndis_object object;
    struct ndis_timer *next_free;
};

/* A freed timer's DPC may be on its way on another processor. Records are therefore reused as
 * timers only, and the DPC looks at the magic word before it does anything. */
static struct host_lock free_lock;
static struct ndis_timer *free_timers;

static struct ndis_timer *timer_of(const struct ndis_object *object)
{
    return (struct ndis_timer *)((char *)object - offsetof(struct ndis_timer, object));
}

/* A timer in driver's memory: only its address is ours. */
struct foreign_timer {
    struct ndis_object object;
    bool periodic;
};

static bool is_set(const void *ktimer)
{
    return timer_inside(ktimer, sizeof(KTIMER)) != NULL;
}

static void find_active(const struct ndis_object *object, void *arg)
{
    void **active = arg;
    const void *ktimer =
        object->kind == kind_object ? (const void *)&timer_of(object)->timer : object->pointer;
    if ((object->kind == kind_object || object->kind == kind_memory) && is_set(ktimer))
        *active = (void *)object->pointer;
}

void *ndis_timer_active(struct ndis_adapter *adapter)
{
    void *active = NULL;
    ndis_objects_visit(adapter, NULL, find_active, &active);
    return active;
}

/* --- timer objects --- */

static void NTAPI fire(KDPC *dpc, void *context, void *argument1, void *argument2)
{
    struct ndis_timer *timer = context;
    if (timer->magic == TIMER_MAGIC)
        DRIVER_CALL(timer->function, dpc, timer->context, argument1, argument2);
}

static void describe(const struct ndis_object *object, char *out, size_t size)
{
    const struct ndis_timer *timer = timer_of(object);
    snprintf(out, size, "function %p, %s%s", (void *)timer->function,
             timer->periodic ? "periodic, " : "", is_set(&timer->timer) ? "still set" : "not set");
}

static void timer_free(struct ndis_object *object)
{
    struct ndis_timer *timer = timer_of(object);
    ndis_object_remove(object);
    KeCancelTimer(&timer->timer);
    dpc_remove(&timer->dpc);
    timer->magic = TIMER_FREED;
    host_lock(&free_lock);
    timer->next_free = free_timers;
    free_timers = timer;
    host_unlock(&free_lock);
}

NDIS_STATUS NTAPI NdisAllocateTimerObject(NDIS_HANDLE NdisHandle,
                                          PNDIS_TIMER_CHARACTERISTICS TimerCharacteristics,
                                          PNDIS_HANDLE pTimerObject)
{
    IRQL_MAX(DISPATCH_LEVEL);
    static const struct ndis_revision revisions[] = {
        {NDIS_TIMER_CHARACTERISTICS_REVISION_1, NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1}};
    *pTimerObject = NULL;
    struct ndis_owner owner;
    if (!ndis_owner_from_handle(NdisHandle, __func__, false, &owner))
        return NDIS_STATUS_FAILURE;
    if (!ndis_header_check(&TimerCharacteristics->Header, "NDIS_TIMER_CHARACTERISTICS",
                           NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS, revisions, 1) ||
        !RULE("NdisAllocateTimerObject", TimerCharacteristics->TimerFunction,
              "NdisAllocateTimerObject: TimerFunction is NULL"))
        return NDIS_STATUS_BAD_CHARACTERISTICS;
    RULE("NdisAllocateTimerObject", TimerCharacteristics->AllocationTag,
         "NdisAllocateTimerObject: AllocationTag must be given");

    host_lock(&free_lock);
    struct ndis_timer *timer = free_timers;
    if (timer)
        free_timers = timer->next_free;
    host_unlock(&free_lock);
    if (!timer)
        timer = opaque_alloc(sizeof(*timer));
    if (!timer)
        return NDIS_STATUS_RESOURCES;
    KeInitializeTimerEx(&timer->timer, NotificationTimer);
    dpc_init(&timer->dpc, fire, timer, -1);
    timer->function = TimerCharacteristics->TimerFunction;
    timer->context = timer->default_context = TimerCharacteristics->FunctionContext;
    timer->periodic = false;
    timer->object.describe = describe;
    timer->object.reclaim = timer_free;
    timer->magic = TIMER_MAGIC;
    ndis_object_add(&timer->object, owner.key, kind_object, timer, NDIS_OBJECT_STACK);
    *pTimerObject = timer;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisAllocateTimerObject);

static struct ndis_timer *timer_from(NDIS_HANDLE handle, const char *function)
{
    if (ndis_handle_is(handle, TIMER_MAGIC))
        return handle;
    violation("NdisAllocateTimerObject", "%s: %p is not a timer object%s", function, handle,
              ndis_handle_is(handle, TIMER_FREED) ? ", it was freed" : "");
    return NULL;
}

static BOOLEAN set(NDIS_HANDLE handle, LARGE_INTEGER due, LONG period, void *context,
                   const char *function)
{
    struct ndis_timer *timer = timer_from(handle, function);
    if (!timer ||
        !RULE("NdisSetTimerObject", period >= 0, "%s: MillisecondsPeriod 0x%x is more than MAXLONG",
              function, (unsigned)period))
        return FALSE;
    timer->context = context ? context : timer->default_context;
    timer->periodic = period != 0;
    return KeSetTimerEx(&timer->timer, due, period, &timer->dpc);
}

BOOLEAN NTAPI NdisSetTimerObject(NDIS_HANDLE TimerObject, LARGE_INTEGER DueTime,
                                 LONG MillisecondsPeriod, PVOID FunctionContext)
{
    IRQL_MAX(DISPATCH_LEVEL);
    return set(TimerObject, DueTime, MillisecondsPeriod, FunctionContext, __func__);
}
NT_EXPORT("ndis.sys", NdisSetTimerObject);

/* To expire on time is within every tolerance. */
BOOLEAN NTAPI NdisSetCoalescableTimerObject(NDIS_HANDLE TimerObject, LARGE_INTEGER DueTime,
                                            LONG MillisecondsPeriod, PVOID FunctionContext,
                                            ULONG Tolerance)
{
    IRQL_MAX(DISPATCH_LEVEL);
    return set(TimerObject, DueTime, MillisecondsPeriod, FunctionContext, __func__);
}
NT_EXPORT("ndis.sys", NdisSetCoalescableTimerObject);

/* A periodic timer is cancelled at PASSIVE_LEVEL, and its callback has returned then (R-315,
 * */
static BOOLEAN cancel(KTIMER *ktimer, bool periodic, const char *function)
{
    KIRQL irql = irql_current();
    if (!periodic)
        irql_require(function, PASSIVE_LEVEL, DISPATCH_LEVEL);
    BOOLEAN was_set = KeCancelTimer(ktimer);
    if (periodic && RULE("R-315", irql == PASSIVE_LEVEL,
                         "%s: a periodic timer is cancelled at PASSIVE_LEVEL, not at %s", function,
                         irql_name(irql)))
        dpc_flush();
    return was_set;
}

BOOLEAN NTAPI NdisCancelTimerObject(NDIS_HANDLE TimerObject)
{
    struct ndis_timer *timer = timer_from(TimerObject, __func__);
    return timer ? cancel(&timer->timer, timer->periodic, __func__) : FALSE;
}
NT_EXPORT("ndis.sys", NdisCancelTimerObject);

VOID NTAPI NdisFreeTimerObject(NDIS_HANDLE TimerObject)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_timer *timer = timer_from(TimerObject, __func__);
    if (!timer)
        return;
    RULE("CancelTimerObject", !is_set(&timer->timer),
         "NdisFreeTimerObject: timer object %p is still set; NdisCancelTimerObject comes first",
         TimerObject);
    timer_free(&timer->object);
}
NT_EXPORT("ndis.sys", NdisFreeTimerObject);

/* --- timers in the driver's memory --- */

/* Such a timer is never given back: it counts as left behind while it is set. */
static bool foreign_left(const struct ndis_object *object)
{
    return is_set(object->pointer);
}

static void foreign_reclaim(struct ndis_object *object)
{
    ndis_object_remove(object);
    if (is_set(object->pointer))
        KeCancelTimer((KTIMER *)object->pointer);
    free(object);
}

static struct foreign_timer *foreign(const void *ktimer)
{
    return (struct foreign_timer *)ndis_object_find(kind_memory, ktimer);
}

/* NDIS calls a serialised miniport's timer function under its lock (NDIS 5, "NdisMInitializeTimer"). */
static void NTAPI miniport_timer_dpc(KDPC *dpc, void *context, void *argument1, void *argument2)
{
    PNDIS_MINIPORT_TIMER timer = context;
    struct ndis_adapter *adapter = ndis_adapter_find(timer->Miniport);
    if (!adapter)
        return;
    const struct ndis_legacy *legacy = adapter->driver->legacy;
    KIRQL old = legacy->enter(adapter);
    DRIVER_CALL(timer->MiniportTimerFunction, dpc, timer->MiniportTimerContext, argument1, argument2);
    legacy->leave(adapter, old);
}

static void foreign_init(KTIMER *ktimer, KDPC *dpc, PNDIS_TIMER_FUNCTION function, void *context,
                         const void *owner, const char *name)
{
    RULE("NdisMInitializeTimer", !is_set(ktimer), "%s: timer %p is set", name, (void *)ktimer);
    struct foreign_timer *record = foreign(ktimer);
    if (!record && (record = calloc(1, sizeof(*record)))) {
        record->object.left = foreign_left;
        record->object.reclaim = foreign_reclaim;
        ndis_object_add(&record->object, owner, kind_memory, ktimer, NDIS_OBJECT_STACK);
    }
    KeInitializeTimerEx(ktimer, NotificationTimer);
    KeInitializeDpc(dpc, (PKDEFERRED_ROUTINE)function, context);
}

static void foreign_set(KTIMER *ktimer, KDPC *dpc, ULONG delay_ms, LONG period_ms)
{
    struct foreign_timer *record = foreign(ktimer);
    LARGE_INTEGER due = {.QuadPart = -(LONGLONG)delay_ms * 10000};
    if (record)
        record->periodic = period_ms != 0;
    KeSetTimerEx(ktimer, due, period_ms, dpc);
}

static void foreign_cancel(KTIMER *ktimer, BOOLEAN *cancelled, const char *function)
{
    struct foreign_timer *record = foreign(ktimer);
    /* Before NDIS 6 a periodic timer may be cancelled at DISPATCH_LEVEL, too. */
    bool legacy = record && ndis_is_adapter(record->object.owner) &&
                  ((const struct ndis_adapter *)record->object.owner)->driver->legacy;
    *cancelled = cancel(ktimer, record && record->periodic && !legacy, function);
}

VOID NTAPI NdisMInitializeTimer(PNDIS_MINIPORT_TIMER Timer, NDIS_HANDLE MiniportAdapterHandle,
                                PNDIS_TIMER_FUNCTION TimerFunction, PVOID FunctionContext)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    Timer->MiniportTimerFunction = TimerFunction;
    Timer->MiniportTimerContext = FunctionContext;
    Timer->Miniport = MiniportAdapterHandle;
    Timer->NextTimer = NULL;
    foreign_init(&Timer->Timer, &Timer->Dpc, TimerFunction, FunctionContext, adapter, __func__);
    if (adapter && adapter->driver->legacy)
        dpc_init(&Timer->Dpc, miniport_timer_dpc, Timer, -1);
}
NT_EXPORT("ndis.sys", NdisMInitializeTimer);

VOID NTAPI NdisMSetTimer(PNDIS_MINIPORT_TIMER Timer, UINT MillisecondsToDelay)
{
    IRQL_MAX(DISPATCH_LEVEL);
    foreign_set(&Timer->Timer, &Timer->Dpc, MillisecondsToDelay, 0);
}
NT_EXPORT("ndis.sys", NdisMSetTimer);

VOID NTAPI NdisMSetPeriodicTimer(PNDIS_MINIPORT_TIMER Timer, UINT MillisecondsPeriod)
{
    IRQL_MAX(DISPATCH_LEVEL);
    foreign_set(&Timer->Timer, &Timer->Dpc, MillisecondsPeriod, (LONG)MillisecondsPeriod);
}
NT_EXPORT("ndis.sys", NdisMSetPeriodicTimer);

VOID NTAPI NdisMCancelTimer(PNDIS_MINIPORT_TIMER Timer, PBOOLEAN TimerCancelled)
{
    foreign_cancel(&Timer->Timer, TimerCancelled, __func__);
}
NT_EXPORT("ndis.sys", NdisMCancelTimer);

VOID NTAPI NdisInitializeTimer(PNDIS_TIMER Timer, PNDIS_TIMER_FUNCTION TimerFunction,
                               PVOID FunctionContext)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    foreign_init(&Timer->Timer, &Timer->Dpc, TimerFunction, FunctionContext, NULL, __func__);
}
NT_EXPORT("ndis.sys", NdisInitializeTimer);

VOID NTAPI NdisSetTimer(PNDIS_TIMER Timer, UINT MillisecondsToDelay)
{
    IRQL_MAX(DISPATCH_LEVEL);
    foreign_set(&Timer->Timer, &Timer->Dpc, MillisecondsToDelay, 0);
}
NT_EXPORT("ndis.sys", NdisSetTimer);

VOID NTAPI NdisSetTimerEx(PNDIS_TIMER NdisTimer, UINT MillisecondsToDelay, PVOID FunctionContext)
{
    IRQL_MAX(DISPATCH_LEVEL);
    NdisTimer->Dpc.DeferredContext = FunctionContext;
    foreign_set(&NdisTimer->Timer, &NdisTimer->Dpc, MillisecondsToDelay, 0);
}
NT_EXPORT("ndis.sys", NdisSetTimerEx);

VOID NTAPI NdisSetPeriodicTimer(PNDIS_TIMER NdisTimer, UINT MillisecondsPeriod)
{
    IRQL_MAX(DISPATCH_LEVEL);
    foreign_set(&NdisTimer->Timer, &NdisTimer->Dpc, MillisecondsPeriod, (LONG)MillisecondsPeriod);
}
NT_EXPORT("ndis.sys", NdisSetPeriodicTimer);

VOID NTAPI NdisCancelTimer(PNDIS_TIMER Timer, PBOOLEAN TimerCancelled)
{
    foreign_cancel(&Timer->Timer, TimerCancelled, __func__);
}
NT_EXPORT("ndis.sys", NdisCancelTimer);
