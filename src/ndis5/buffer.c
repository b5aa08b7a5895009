/* SPDX-License-Identifier: MIT */
/* buffer.c - NDIS_BUFFERs, which are MDLs, and the exports that older headers call for them. */
#include "ndis5/ndis5.h"
#include "ndis5/porting.h"
#include "nt/physmem.h"

#define POOL_MAGIC 0x4c42354eu /* "N5BL" */
#define POOL_TAG   0x6642444eu /* "NDBf" */

/* As on Windows XP a pool is only a name: buffers are MDLs, made one by one. */
struct buffer_pool {
    uint32_t magic;
    uint32_t descriptors;
};

VOID NTAPI NdisAllocateBufferPool(PNDIS_STATUS Status, PNDIS_HANDLE PoolHandle,
                                  UINT NumberOfDescriptors)
{
    IRQL_MAX(DISPATCH_LEVEL);
    if (ndis_porting)
        porting_note(NULL, __func__);
    struct buffer_pool *pool = nt_pool_alloc(sizeof(*pool), POOL_TAG);
    *PoolHandle = pool;
    *Status = pool ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
    if (pool)
        *pool = (struct buffer_pool){POOL_MAGIC, NumberOfDescriptors};
}
NT_EXPORT("ndis.sys", NdisAllocateBufferPool);

VOID NTAPI NdisFreeBufferPool(NDIS_HANDLE PoolHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct buffer_pool *pool = PoolHandle;
    if (!RULE("NdisFreeBufferPool", pool && physmem_contains(pool) && pool->magic == POOL_MAGIC,
              "NdisFreeBufferPool(%p): this is no buffer pool, or it is freed already", PoolHandle))
        return;
    pool->magic = 0;
    nt_pool_free(pool);
}
NT_EXPORT("ndis.sys", NdisFreeBufferPool);

VOID NTAPI NdisAllocateBuffer(PNDIS_STATUS Status, PNDIS_BUFFER *Buffer, NDIS_HANDLE PoolHandle,
                              PVOID VirtualAddress, UINT Length)
{
    IRQL_MAX(DISPATCH_LEVEL);
    MDL *mdl = IoAllocateMdl(VirtualAddress, Length, FALSE, FALSE, NULL);
    if (mdl)
        MmBuildMdlForNonPagedPool(mdl);
    *Buffer = mdl;
    *Status = mdl ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
}
NT_EXPORT("ndis.sys", NdisAllocateBuffer);

VOID NTAPI NdisCopyBuffer(PNDIS_STATUS Status, PNDIS_BUFFER *Buffer, NDIS_HANDLE PoolHandle,
                          PVOID MemoryDescriptor, UINT Offset, UINT Length)
{
    IRQL_MAX(DISPATCH_LEVEL);
    MDL *source = MemoryDescriptor;
    *Buffer = NULL;
    *Status = NDIS_STATUS_FAILURE;
    if (!RULE("NdisCopyBuffer", (uint64_t)Offset + Length <= source->ByteCount,
              "NdisCopyBuffer: %u bytes at offset %u of a buffer of %u", Length, Offset,
              (unsigned)source->ByteCount))
        return;
    char *va = (char *)MmGetMdlVirtualAddress(source) + Offset;
    MDL *mdl = IoAllocateMdl(va, Length, FALSE, FALSE, NULL);
    if (!mdl)
        return;
    IoBuildPartialMdl(source, mdl, va, Length);
    *Buffer = mdl;
    *Status = NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisCopyBuffer);

VOID NTAPI NdisFreeBuffer(PNDIS_BUFFER Buffer)
{
    IoFreeMdl(Buffer);
}
NT_EXPORT("ndis.sys", NdisFreeBuffer);

VOID NTAPI NdisAdjustBufferLength(PNDIS_BUFFER Buffer, UINT Length)
{
    Buffer->ByteCount = Length;
}
NT_EXPORT("ndis.sys", NdisAdjustBufferLength);

ULONG NTAPI NdisBufferLength(PNDIS_BUFFER Buffer)
{
    return Buffer->ByteCount;
}
NT_EXPORT("ndis.sys", NdisBufferLength);

PVOID NTAPI NdisBufferVirtualAddress(PNDIS_BUFFER Buffer)
{
    return MmGetSystemAddressForMdlSafe(Buffer, HighPagePriority);
}
NT_EXPORT("ndis.sys", NdisBufferVirtualAddress);

ULONG NTAPI NDIS_BUFFER_TO_SPAN_PAGES(PNDIS_BUFFER Buffer)
{
    return Buffer->ByteCount
               ? ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(Buffer), Buffer->ByteCount)
               : 1;
}
NT_EXPORT("ndis.sys", NDIS_BUFFER_TO_SPAN_PAGES);

VOID NTAPI NdisGetBufferPhysicalArraySize(PNDIS_BUFFER Buffer, PUINT ArraySize)
{
    *ArraySize = NDIS_BUFFER_TO_SPAN_PAGES(Buffer);
}
NT_EXPORT("ndis.sys", NdisGetBufferPhysicalArraySize);

VOID NTAPI NdisQueryBuffer(PNDIS_BUFFER Buffer, PVOID *VirtualAddress, PUINT Length)
{
    if (VirtualAddress)
        *VirtualAddress = MmGetSystemAddressForMdlSafe(Buffer, HighPagePriority);
    *Length = Buffer->ByteCount;
}
NT_EXPORT("ndis.sys", NdisQueryBuffer);

VOID NTAPI NdisQueryBufferSafe(PNDIS_BUFFER Buffer, PVOID *VirtualAddress, PUINT Length,
                               MM_PAGE_PRIORITY Priority)
{
    NdisQueryBuffer(Buffer, VirtualAddress, Length);
}
NT_EXPORT("ndis.sys", NdisQueryBufferSafe);

VOID NTAPI NdisQueryBufferOffset(PNDIS_BUFFER Buffer, PUINT Offset, PUINT Length)
{
    *Offset = Buffer->ByteOffset;
    *Length = Buffer->ByteCount;
}
NT_EXPORT("ndis.sys", NdisQueryBufferOffset);

VOID NTAPI NdisGetFirstBufferFromPacket(PNDIS_PACKET Packet, PNDIS_BUFFER *FirstBuffer,
                                        PVOID *FirstBufferVA, PUINT FirstBufferLength,
                                        PUINT TotalBufferLength)
{
    MDL *mdl = Packet->Private.Head;
    *FirstBuffer = mdl;
    *FirstBufferVA = mdl ? MmGetSystemAddressForMdlSafe(mdl, HighPagePriority) : NULL;
    *FirstBufferLength = mdl ? mdl->ByteCount : 0;
    *TotalBufferLength = 0;
    for (; mdl; mdl = mdl->Next)
        *TotalBufferLength += mdl->ByteCount;
}
NT_EXPORT("ndis.sys", NdisGetFirstBufferFromPacket);

VOID NTAPI NdisGetFirstBufferFromPacketSafe(PNDIS_PACKET Packet, PNDIS_BUFFER *FirstBuffer,
                                            PVOID *FirstBufferVA, PUINT FirstBufferLength,
                                            PUINT TotalBufferLength, MM_PAGE_PRIORITY Priority)
{
    NdisGetFirstBufferFromPacket(Packet, FirstBuffer, FirstBufferVA, FirstBufferLength,
                                 TotalBufferLength);
}
NT_EXPORT("ndis.sys", NdisGetFirstBufferFromPacketSafe);
