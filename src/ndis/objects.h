/* SPDX-License-Identifier: MIT */
/* objects.h - what a driver has allocated from NDIS and must give back.
 *
 * Timers, work items, pools, configuration handles, mapped registers, shared memory: each is an
 * NDIS object that belongs to whoever's handle it was made with, an adapter or a driver. Every file
 * that makes such things embeds a struct ndis_object in its own record, so that what is left when
 * MiniportHaltEx has returned can be counted, named, and taken back.
 *
 * Any thread, any IRQL; nothing here allocates except the reports. */
#pragma once
#include "ndis/ndis_internal.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NDIS_OBJECT_FRAMES 8

struct ndis_object {
    struct ndis_object *next, *prev;
    const void *owner;    /* struct ndis_adapter *, struct ndis_driver *, or NULL: nobody's leak */
    const char *kind;     /* "timer object", "I/O work item" ... what report_leak() calls it */
    const void *pointer;  /* what the driver knows it by; several objects may share one */
    const char *function; /* the export that made it, or NULL */
    uint64_t order;
    uint64_t stack[NDIS_OBJECT_FRAMES];
    unsigned frames;
    /* Optional. One line without a newline that says more than the pointer; written to out. */
    void (*describe)(const struct ndis_object *object, char *out, size_t size);
    /* Optional. False: nothing of it is left (a timer in the driver's memory that is not set); no
     * leak. */
    bool (*left)(const struct ndis_object *object);
    /* Optional. Makes a leaked object harmless (cancels the timer, unmaps the range); removes the
     * object. */
    void (*reclaim)(struct ndis_object *object);
};

/* How much of the driver's stack to keep: the caller only costs nothing to speak of, for objects
 * that are made once per frame; all of it is for those made once per adapter. */
enum ndis_object_stack { NDIS_OBJECT_CALLER, NDIS_OBJECT_STACK };

/* Fill describe and reclaim before. The object must not be on the list already. */
void ndis_object_add(struct ndis_object *object, const void *owner, const char *kind,
                     const void *pointer, enum ndis_object_stack stack);
/* Nothing happens if it was never added. */
void ndis_object_remove(struct ndis_object *object);
/* The newest object of that kind and pointer, or NULL. Compares kinds by address: use one constant.
 */
struct ndis_object *ndis_object_find(const char *kind, const void *pointer);
/* Calls visit for each of the owner's objects of that kind (NULL = all), under a lock: it must not
 * add or remove. */
void ndis_objects_visit(const void *owner, const char *kind,
                        void (*visit)(const struct ndis_object *object, void *arg), void *arg);
/* How many the owner has; kind NULL = of all kinds. */
unsigned ndis_objects_count(const void *owner, const char *kind);

/* After halt (and after a failed initialize): reports each object that the adapter still has as a
 * leak, in the order of their making, then makes them harmless. Returns how many. PASSIVE_LEVEL. */
unsigned ndis_objects_report_leaks(struct ndis_adapter *adapter);
/* The same for what was made with the driver's handle, after it has deregistered. */
unsigned ndis_objects_report_driver_leaks(struct ndis_driver *driver);
/* The same for any other owner: the wrapper of a 5.x driver. */
unsigned ndis_objects_report_owner_leaks(const void *owner);

/* An NDIS handle may be an adapter's, a driver's, or a generic object. */
struct ndis_owner {
    struct ndis_adapter *adapter; /* NULL unless it is one */
    struct ndis_driver *driver;   /* the adapter's driver, or the driver itself */
    const void *key;              /* what objects are filed under; NULL: nobody */
};
/* False, after a violation that names `function`, when the handle is none of these. NULL is
 * accepted when null_ok; it owns nothing. Any IRQL. */
bool ndis_owner_from_handle(NDIS_HANDLE handle, const char *function, bool null_ok,
                            struct ndis_owner *owner);
/* Whether a record of ours begins at `p`: readable, aligned, and *p == magic. Handles come from
 * drivers. */
bool ndis_handle_is(const void *p, uint32_t magic);
