/* SPDX-License-Identifier: MIT */
/* handle.c - the table of kernel handles, and ZwClose. */
#include <stdint.h>
#include <stdlib.h>
#include "nt/alarm.h"
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/handle.h"
#include "nt/irql.h"
#include "nt/report.h"

/* A handle's value: bit 31 and all above set, a generation in bits 20 to 30, the slot in bits 2
 * to 19. */
#define KERNEL_BITS     0xffffffff80000000ull
#define SLOT_BITS       18
#define GENERATION_MASK 0x7ffu

struct slot {
    struct handle_object *object; /* NULL: free */
    uint32_t generation;
    uint32_t next_free; /* slot number; 0 ends the list */
    uint64_t opened_by; /* driver code address, 0 if the host opened it */
};

/* Slot 0 is never used, so that no handle looks like a constant. Freed slots are appended to the
 * free list and taken from its front, which keeps a closed value invalid for long. */
static struct slot *slots;
static uint32_t slot_count, slot_capacity, free_first, free_last;
static struct host_lock lock;

void handle_object_init(struct handle_object *object, const struct handle_type *type)
{
    object->type = type;
    object->references = 1;
}

void handle_ref(struct handle_object *object)
{
    __atomic_add_fetch(&object->references, 1, __ATOMIC_RELAXED);
}

void handle_put(struct handle_object *object)
{
    if (__atomic_sub_fetch(&object->references, 1, __ATOMIC_ACQ_REL) == 0)
        object->type->release(object);
}

static HANDLE value_of(uint32_t slot)
{
    return (HANDLE)(uintptr_t)(KERNEL_BITS | (uint64_t)slots[slot].generation << (SLOT_BITS + 2) |
                               slot << 2);
}

/* The slot of an open handle, or 0. Called with the lock held. */
static uint32_t slot_of(HANDLE handle)
{
    uint32_t slot = (uint32_t)((uintptr_t)handle >> 2) & ((1u << SLOT_BITS) - 1);
    if (slot == 0 || slot >= slot_count || !slots[slot].object || value_of(slot) != handle)
        return 0;
    return slot;
}

static uint32_t take_slot(void)
{
    if (slot_count < 64 || !free_first) { /* grow a little before reusing anything */
        if (slot_count == slot_capacity) {
            uint32_t capacity = slot_capacity ? slot_capacity * 2 : 64;
            if (capacity > 1u << SLOT_BITS)
                return 0;
            struct slot *bigger = realloc(slots, capacity * sizeof *bigger);
            if (!bigger)
                return 0;
            slots = bigger;
            slot_capacity = capacity;
        }
        if (slot_count == 0)
            slots[slot_count++] = (struct slot){0};
        slots[slot_count] = (struct slot){.generation = 1};
        return slot_count++;
    }
    uint32_t slot = free_first;
    free_first = slots[slot].next_free;
    if (!free_first)
        free_last = 0;
    return slot;
}

HANDLE handle_insert(struct handle_object *object)
{
    CONTEXT caller;
    uint64_t pc = nt_export_caller(&caller) ? caller.Rip : 0;
    HANDLE handle = NULL;
    host_lock(&lock);
    uint32_t slot = take_slot();
    if (slot) {
        handle_ref(object);
        slots[slot].object = object;
        slots[slot].opened_by = pc;
        handle = value_of(slot);
    }
    host_unlock(&lock);
    return handle;
}

struct handle_object *handle_get(HANDLE handle, const struct handle_type *type)
{
    struct handle_object *object = NULL;
    host_lock(&lock);
    uint32_t slot = slot_of(handle);
    if (slot && (!type || slots[slot].object->type == type)) {
        object = slots[slot].object;
        handle_ref(object);
    }
    host_unlock(&lock);
    return object;
}

bool handle_is_open(HANDLE handle)
{
    host_lock(&lock);
    bool open = slot_of(handle) != 0;
    host_unlock(&lock);
    return open;
}

NTSTATUS handle_close(HANDLE handle)
{
    struct handle_object *object = NULL;
    host_lock(&lock);
    uint32_t slot = slot_of(handle);
    if (slot) {
        object = slots[slot].object;
        slots[slot].object = NULL;
        slots[slot].generation = (slots[slot].generation + 1) & GENERATION_MASK;
        slots[slot].next_free = 0;
        if (free_last)
            slots[free_last].next_free = slot;
        else
            free_first = slot;
        free_last = slot;
    }
    host_unlock(&lock);
    if (!object)
        return STATUS_INVALID_HANDLE;
    handle_put(object);
    return STATUS_SUCCESS;
}

size_t handle_report_leaks(void)
{
    size_t count = 0;
    for (uint32_t slot = 1;; slot++) {
        struct handle_object *object = NULL;
        uint64_t pc = 0;
        HANDLE handle = NULL;
        host_lock(&lock);
        bool end = slot >= slot_count;
        if (!end && slots[slot].object) {
            object = slots[slot].object;
            pc = slots[slot].opened_by;
            handle = value_of(slot);
            handle_ref(object);
        }
        host_unlock(&lock);
        if (end)
            return count;
        if (!object)
            continue;
        char text[256] = "";
        if (object->type->describe)
            object->type->describe(object, text, sizeof text);
        char *opener = pc ? report_symbolise(&pc, 1) : NULL;
        report_leak("handle", "%s handle %p%s%s was never closed%s%s", object->type->name, handle,
                    *text ? " to " : "", text, opener ? "; opened by " : "", opener ? opener : "");
        free(opener);
        handle_put(object);
        count++;
    }
}

/* Closing what is not open is bug check 0x93 under Driver Verifier; without it Windows returns this
 * status, so the run goes on after the report. */
NTSTATUS NTAPI ZwClose(HANDLE Handle)
{
    IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS status = handle_close(Handle);
    RULE("0x93", NT_SUCCESS(status), "ZwClose(%p): this handle is not open", Handle);
    return status;
}
NT_EXPORT("ntoskrnl.exe", ZwClose);
NT_EXPORT_AS("ntoskrnl.exe", NtClose, ZwClose);
