/* SPDX-License-Identifier: MIT */
/* mdl.c - NdisAllocateMdl and NdisFreeMdl: an MDL that is built when it is allocated. */
#include "ndis/objects.h"
#include "nt/physmem.h"
#include "nt/thread_internal.h"
#include <stdio.h>
#include <stdlib.h>

static const char kind_mdl[] = "MDL";

struct ndis_mdl {
    struct ndis_object object;
    uint32_t length;
};

static void describe(const struct ndis_object *object, char *out, size_t size)
{
    const struct ndis_mdl *record = (const struct ndis_mdl *)object;
    snprintf(out, size, "%u bytes", record->length);
}

static void release(struct ndis_object *object)
{
    ndis_object_remove(object);
    IoFreeMdl((MDL *)object->pointer);
    free(object);
}

/* Stacks lie in physical memory too, but a frame does not outlive its function as a buffer must. */
static bool on_stack(const void *va)
{
    const struct thread *thread = thread_current();
    return thread &&
           (uintptr_t)va - (uintptr_t)thread->stack < STACK_BYTES;
}

PMDL NTAPI NdisAllocateMdl(NDIS_HANDLE NdisHandle, PVOID VirtualAddress, UINT Length)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_owner owner;
    if (!ndis_owner_from_handle(NdisHandle, __func__, false, &owner))
        return NULL;
    /* The page: only nonpaged pool and shared memory, which both lie in physical memory here. */
    if (!RULE("NdisAllocateMdl", physmem_contains(VirtualAddress) && !on_stack(VirtualAddress),
              "NdisAllocateMdl: %p is not nonpaged memory; an MDL for it needs IoAllocateMdl and "
              "MmProbeAndLockPages",
              VirtualAddress))
        return NULL;
    struct ndis_mdl *record = calloc(1, sizeof(*record));
    MDL *mdl = record ? IoAllocateMdl(VirtualAddress, Length, FALSE, FALSE, NULL) : NULL;
    if (!mdl) {
        free(record);
        return NULL;
    }
    MmBuildMdlForNonPagedPool(mdl);
    record->length = Length;
    record->object.describe = describe;
    record->object.reclaim = release;
    ndis_object_add(&record->object, owner.key, kind_mdl, mdl, NDIS_OBJECT_CALLER);
    return mdl;
}
NT_EXPORT("ndis.sys", NdisAllocateMdl);

VOID NTAPI NdisFreeMdl(PMDL Mdl)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_object *object = ndis_object_find(kind_mdl, Mdl);
    if (RULE("NdisAllocateMdl", object != NULL,
             "NdisFreeMdl: %p was not allocated by NdisAllocateMdl, or is already freed",
             (void *)Mdl))
        release(object);
}
NT_EXPORT("ndis.sys", NdisFreeMdl);
