/* SPDX-License-Identifier: MIT */
/* event_object.c - events with a name and a handle: IoCreateNotificationEvent and its sister.
 *
 * The event is in driver-visible memory. It lives while a handle or a reference
 * (ObReferenceObjectByHandle) is left; a name leads to the one event that has it. */
#include "nt/alarm.h"
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/handle.h"
#include "nt/irql.h"
#include "nt/pool.h"
#include "nt/rtl.h"
#include "nt/thread.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAG_EVENT 0x6e657645u /* "Even" */

struct event_object {
    struct handle_object object;
    KEVENT *event;
    UNICODE_STRING name; /* Buffer NULL: none */
    struct event_object *next;
};

static struct event_object *named; /* all with a name */
static struct host_lock lock;

static void event_free(struct event_object *e)
{
    nt_pool_free(e->event);
    free(e->name.Buffer);
    free(e);
}

static void event_release(struct handle_object *object)
{
    struct event_object *e = (struct event_object *)object;
    host_lock(&lock);
    struct event_object **link = &named;
    while (*link && *link != e)
        link = &(*link)->next;
    if (*link)
        *link = e->next;
    host_unlock(&lock);
    event_free(e);
}

static void event_describe(struct handle_object *object, char *text, size_t size)
{
    const UNICODE_STRING *name = &((struct event_object *)object)->name;
    char *utf8 = name->Buffer ? rtl_utf8(name->Buffer, name->Length / sizeof(WCHAR)) : NULL;
    snprintf(text, size, "%s", utf8 ? utf8 : "an event without a name");
    free(utf8);
}

static void *event_pointer(struct handle_object *object)
{
    return ((struct event_object *)object)->event;
}

static const struct handle_type event_type = {"event", event_release, event_describe,
                                              event_pointer};

static struct event_object *event_new(const UNICODE_STRING *name, bool manual)
{
    struct event_object *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    handle_object_init(&e->object, &event_type);
    e->event = nt_pool_alloc_system(sizeof *e->event, TAG_EVENT);
    if (name && name->Length && (e->name.Buffer = malloc(name->Length))) {
        memcpy(e->name.Buffer, name->Buffer, name->Length);
        e->name.Length = e->name.MaximumLength = name->Length;
    }
    if (!e->event || (name && name->Length && !e->name.Buffer)) {
        event_free(e);
        return NULL;
    }
    /* "Created ... set to the Signaled state" (both pages). */
    event_init(e->event, manual, true);
    return e;
}

/* False if the event's last reference is going right now. */
static bool event_ref(struct event_object *e)
{
    unsigned n = __atomic_load_n(&e->object.references, __ATOMIC_ACQUIRE);
    while (n && !__atomic_compare_exchange_n(&e->object.references, &n, n + 1, true,
                                             __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        ;
    return n != 0;
}

/* With a reference for the caller. */
static struct event_object *event_open(const UNICODE_STRING *name, bool manual)
{
    struct event_object *fresh = event_new(name, manual), *e = NULL;
    if (!fresh)
        return NULL;
    host_lock(&lock);
    for (e = fresh->name.Buffer ? named : NULL; e; e = e->next)
        if (RtlEqualUnicodeString(&e->name, &fresh->name, TRUE) && event_ref(e))
            break;
    if (!e && fresh->name.Buffer) {
        fresh->next = named;
        named = fresh;
    }
    host_unlock(&lock);
    if (e)
        event_free(fresh);
    return e ? e : fresh;
}

static PKEVENT create(const UNICODE_STRING *name, PHANDLE handle, bool manual)
{
    *handle = NULL;
    struct event_object *e = event_open(name, manual);
    if (!e)
        return NULL;
    *handle = handle_insert(&e->object);
    PKEVENT event = *handle ? e->event : NULL;
    handle_put(&e->object);
    return event;
}

PKEVENT NTAPI IoCreateNotificationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    return create(EventName, EventHandle, true);
}
NT_EXPORT("ntoskrnl.exe", IoCreateNotificationEvent);

PKEVENT NTAPI IoCreateSynchronizationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    return create(EventName, EventHandle, false);
}
NT_EXPORT("ntoskrnl.exe", IoCreateSynchronizationEvent);
