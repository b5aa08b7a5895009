/* SPDX-License-Identifier: MIT */
/* memory.c - NDIS names for pool memory, and generic objects. */
#include "ndis/objects.h"
#include <string.h>

/* 'maDN', what NDIS uses where the caller gives no tag (NdisAllocateMemoryWithTagPriority, Tag). */
#define DEFAULT_TAG 0x6d61444e

/* MemoryFlags of the 5.x form (NdisAllocateMemory). */
#define MEMORY_CONTIGUOUS 0x00000001
#define MEMORY_NONCACHED  0x00000002

PVOID NTAPI NdisAllocateMemoryWithTagPriority(NDIS_HANDLE NdisHandle, UINT Length, ULONG Tag,
                                              EX_POOL_PRIORITY Priority)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_owner owner;
    ndis_owner_from_handle(NdisHandle, __func__, false, &owner);
    RULE("NdisAllocateMemoryWithTagPriority", Tag,
         "NdisAllocateMemoryWithTagPriority(%u bytes): the tag is 0", Length);
    return ExAllocatePoolWithTag(NonPagedPool, Length, Tag ? Tag : DEFAULT_TAG);
}
NT_EXPORT("ndis.sys", NdisAllocateMemoryWithTagPriority);

VOID NTAPI NdisFreeMemoryWithTagPriority(NDIS_HANDLE NdisHandle, PVOID VirtualAddress, ULONG Tag)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_owner owner;
    ndis_owner_from_handle(NdisHandle, __func__, false, &owner);
    nt_pool_free_tagged(VirtualAddress, Tag);
}
NT_EXPORT("ndis.sys", NdisFreeMemoryWithTagPriority);

NDIS_STATUS NTAPI NdisAllocateMemoryWithTag(PVOID *VirtualAddress, UINT Length, ULONG Tag)
{
    IRQL_MAX(DISPATCH_LEVEL);
    *VirtualAddress = ExAllocatePoolWithTag(NonPagedPool, Length, Tag ? Tag : DEFAULT_TAG);
    return *VirtualAddress ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
}
NT_EXPORT("ndis.sys", NdisAllocateMemoryWithTag);

VOID NTAPI NdisFreeMemoryWithTag(PVOID VirtualAddress, ULONG Tag)
{
    IRQL_MAX(DISPATCH_LEVEL);
    nt_pool_free_tagged(VirtualAddress, Tag);
}
NT_EXPORT("ndis.sys", NdisFreeMemoryWithTag);

NDIS_STATUS NTAPI NdisAllocateMemory(PVOID *VirtualAddress, UINT Length, UINT MemoryFlags,
                                     NDIS_PHYSICAL_ADDRESS HighestAcceptableAddress)
{
    /* Contiguous memory is memory that a device may reach, so the highest address matters only
     * there. */
    if (MemoryFlags & (MEMORY_CONTIGUOUS | MEMORY_NONCACHED)) {
        IRQL_EXACT(PASSIVE_LEVEL);
        if (HighestAcceptableAddress.QuadPart == 0)
            HighestAcceptableAddress.QuadPart = -1;
        *VirtualAddress = MmAllocateContiguousMemory(Length, HighestAcceptableAddress);
    } else {
        IRQL_MAX(DISPATCH_LEVEL);
        *VirtualAddress = ExAllocatePoolWithTag(NonPagedPool, Length, DEFAULT_TAG);
    }
    return *VirtualAddress ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
}
NT_EXPORT("ndis.sys", NdisAllocateMemory);

VOID NTAPI NdisFreeMemory(PVOID VirtualAddress, UINT Length, UINT MemoryFlags)
{
    if (MemoryFlags & (MEMORY_CONTIGUOUS | MEMORY_NONCACHED)) {
        IRQL_EXACT(PASSIVE_LEVEL);
        MmFreeContiguousMemory(VirtualAddress);
    } else {
        IRQL_MAX(DISPATCH_LEVEL);
        nt_pool_free(VirtualAddress);
    }
}
NT_EXPORT("ndis.sys", NdisFreeMemory);

PNDIS_GENERIC_OBJECT NTAPI NdisAllocateGenericObject(PDRIVER_OBJECT DriverObject, ULONG Tag,
                                                     USHORT Size)
{
    IRQL_MAX(DISPATCH_LEVEL);
    NDIS_GENERIC_OBJECT *object = ExAllocatePoolWithTag(NonPagedPool, sizeof(*object) + Size, Tag);
    if (!object)
        return NULL;
    memset(object, 0, sizeof(*object) + Size);
    object->Header = (NDIS_OBJECT_HEADER){NDIS_OBJECT_TYPE_GENERIC_OBJECT,
                                          NDIS_GENERIC_OBJECT_REVISION_1, sizeof(*object)};
    CONTEXT caller;
    object->Caller = nt_export_caller(&caller) ? (PVOID)(uintptr_t)caller.Rip : NULL;
    object->DriverObject = DriverObject;
    return object;
}
NT_EXPORT("ndis.sys", NdisAllocateGenericObject);

VOID NTAPI NdisFreeGenericObject(PNDIS_GENERIC_OBJECT NdisObject)
{
    IRQL_MAX(DISPATCH_LEVEL);
    unsigned left = ndis_objects_count(NdisObject, NULL);
    RULE(
        "NdisFreeGenericObject", !left,
        "NdisFreeGenericObject: %u objects that were allocated with %p as the handle are not freed",
        left, (void *)NdisObject);
    nt_pool_free(NdisObject);
}
NT_EXPORT("ndis.sys", NdisFreeGenericObject);
