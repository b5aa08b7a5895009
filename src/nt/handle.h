/* SPDX-License-Identifier: MIT */
/* handle.h - kernel handles: what ZwClose closes.
 *
 * A handle names an object that other code implements: a registry key, a thread, a file. The object
 * starts with a struct handle_object, is counted, and is released through its type when the last
 * reference goes: those of open handles and those that handle_get() gave out.
 *
 *     static const struct handle_type key_type = {"key", key_release, key_describe};
 *     handle_object_init(&open->object, &key_type);       // one reference, ours
 *     HANDLE h = handle_insert(&open->object);            // the handle takes a reference of its
 * own handle_put(&open->object);
 *
 * Handles look like Windows' kernel handles (bit 31 set and sign-extended, multiples of 4) and are
 * not reused soon, so that a stale one is found out. Threads: any. Nothing blocks. */
#pragma once
#include "nt/wdk.h"
#include <stdbool.h>
#include <stddef.h>

struct handle_object;

struct handle_type {
    const char *name; /* "key", "thread" */
    void (*release)(struct handle_object *object);
    /* One line that identifies the object in a leak report; may be NULL. */
    void (*describe)(struct handle_object *object, char *text, size_t size);
    /* What ObReferenceObjectByHandle gives a driver for the object; NULL: objects of this type cannot be
     * referenced so. */
    void *(*pointer)(struct handle_object *object);
};

struct handle_object {
    const struct handle_type *type;
    unsigned references;
};

void handle_object_init(struct handle_object *object, const struct handle_type *type);
void handle_ref(struct handle_object *object);
void handle_put(struct handle_object *object);

/* A new handle with a reference of its own; NULL if memory ran out. */
HANDLE handle_insert(struct handle_object *object);

/* The object of a handle, with a reference for the caller (handle_put). NULL if the handle is not
 * open, or if `type` is not NULL and the object is of another one. */
struct handle_object *handle_get(HANDLE handle, const struct handle_type *type);

/* True if the handle is open, whatever its type. */
bool handle_is_open(HANDLE handle);

/* STATUS_SUCCESS or STATUS_INVALID_HANDLE. */
NTSTATUS handle_close(HANDLE handle);

/* Reports (report_leak) every handle that is still open; returns how many. */
size_t handle_report_leaks(void);
