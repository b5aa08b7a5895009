/* SPDX-License-Identifier: MIT */
/* packet.c - NDIS_PACKET pools, and what works on packets.
 *
 * Packets and pools lie in pool memory as the driver's, so what is not freed shows in the leak
 * report with the stack that made it. In front of each packet is a word that says whether it is
 * allocated: freeing twice is found. */
#include "ndis5/ndis5.h"
#include "nt/physmem.h"
#include <string.h>

#define POOL_MAGIC  0x4c50354eu /* "N5PL" */
#define PACKET_LIVE 0x4b504c4eu
#define PACKET_FREE 0x4b50464eu
#define POOL_TAG    0x6b50444eu /* "NDPk" */

#define DESCRIPTORS_MAX 0xffffu
#define RESERVED_MAX    0xf000u /* the out-of-band data's offset is a USHORT */

struct head {
    uint32_t magic;
    uint32_t lent; /* protocols have it; atomic */
    struct packet_pool *pool;
};
_Static_assert(sizeof(struct head) == 16, "packets are aligned as pool memory is");

struct packet_pool {
    uint32_t magic;
    bool system;
    unsigned limit, used, reserved;
    ULONG protocol;
    struct host_lock lock;
    NDIS_PACKET *free; /* linked through Reserved[0] */
};

static struct head *head_of(const NDIS_PACKET *packet)
{
    return (struct head *)packet - 1;
}

static size_t packet_bytes(unsigned reserved)
{
    size_t front = offsetof(NDIS_PACKET, ProtocolReserved) + reserved;
    return ((front + 7) & ~(size_t)7) + sizeof(NDIS_PACKET_OOB_DATA) +
           sizeof(NDIS_PACKET_EXTENSION);
}

bool ndis5_packet_live(const NDIS_PACKET *packet)
{
    return packet && (uintptr_t)packet % 8 == 0 && physmem_contains(head_of(packet)) &&
           head_of(packet)->magic == PACKET_LIVE;
}

bool ndis5_packet_lent(const NDIS_PACKET *packet)
{
    return __atomic_load_n(&head_of(packet)->lent, __ATOMIC_ACQUIRE);
}

void ndis5_packet_lend(NDIS_PACKET *packet, bool lent)
{
    __atomic_store_n(&head_of(packet)->lent, lent, __ATOMIC_RELEASE);
}

unsigned ndis5_packet_reserved(const NDIS_PACKET *packet)
{
    return head_of(packet)->pool->reserved;
}

NDIS_HANDLE ndis5_pool_create(unsigned packets, unsigned reserved, bool system)
{
    struct packet_pool *pool =
        (system ? nt_pool_alloc_system : nt_pool_alloc)(sizeof(*pool), POOL_TAG);
    if (!pool)
        return NULL;
    *pool = (struct packet_pool){
        .magic = POOL_MAGIC, .system = system, .limit = packets, .reserved = reserved};
    return pool;
}

static struct packet_pool *pool_from(NDIS_HANDLE handle, const char *function)
{
    struct packet_pool *pool = handle;
    bool ok = handle && (uintptr_t)handle % 8 == 0 && physmem_contains(handle) &&
              pool->magic == POOL_MAGIC;
    return RULE("NdisAllocatePacketPool", ok, "%s: %p is no packet pool", function, handle) ? pool
                                                                                            : NULL;
}

static void packet_init(NDIS_PACKET *packet, const struct packet_pool *pool)
{
    size_t bytes = packet_bytes(pool->reserved);
    memset(packet, 0, bytes);
    packet->Private.Pool = (PNDIS_PACKET_POOL)pool;
    packet->Private.Flags = pool->protocol;
    packet->Private.NdisPacketFlags = fPACKET_ALLOCATED_BY_NDIS;
    packet->Private.NdisPacketOobOffset =
        (USHORT)(bytes - sizeof(NDIS_PACKET_OOB_DATA) - sizeof(NDIS_PACKET_EXTENSION));
}

NDIS_PACKET *ndis5_packet_alloc(NDIS_HANDLE handle)
{
    struct packet_pool *pool = handle;
    host_lock(&pool->lock);
    bool room = pool->used < pool->limit;
    NDIS_PACKET *packet = room ? pool->free : NULL;
    if (packet)
        pool->free = (NDIS_PACKET *)packet->Reserved[0];
    pool->used += room;
    host_unlock(&pool->lock);
    if (!room)
        return NULL;
    if (!packet) {
        struct head *head = (pool->system ? nt_pool_alloc_system : nt_pool_alloc)(
            sizeof(*head) + packet_bytes(pool->reserved), POOL_TAG);
        if (!head) {
            __atomic_sub_fetch(&pool->used, 1, __ATOMIC_RELAXED);
            return NULL;
        }
        head->pool = pool;
        packet = (NDIS_PACKET *)(head + 1);
    }
    packet_init(packet, pool);
    head_of(packet)->lent = false;
    head_of(packet)->magic = PACKET_LIVE;
    return packet;
}

/* --- pools --- */

VOID NTAPI NdisAllocatePacketPoolEx(PNDIS_STATUS Status, PNDIS_HANDLE PoolHandle,
                                    UINT NumberOfDescriptors, UINT NumberOfOverflowDescriptors,
                                    UINT ProtocolReservedLength)
{
    IRQL_MAX(DISPATCH_LEVEL);
    *PoolHandle = NULL;
    *Status = NDIS_STATUS_RESOURCES;
    /* More overflow descriptors than there is room for are as many as there is (its page). */
    if (NumberOfDescriptors > DESCRIPTORS_MAX ||
        !RULE("NdisAllocatePacketPool", ProtocolReservedLength <= RESERVED_MAX,
              "NdisAllocatePacketPool(Ex): %u bytes of ProtocolReserved for each packet",
              ProtocolReservedLength))
        return;
    UINT packets = NumberOfOverflowDescriptors < DESCRIPTORS_MAX - NumberOfDescriptors
                       ? NumberOfDescriptors + NumberOfOverflowDescriptors
                       : DESCRIPTORS_MAX;
    *PoolHandle = ndis5_pool_create(packets, ProtocolReservedLength, false);
    if (*PoolHandle)
        *Status = NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisAllocatePacketPoolEx);

VOID NTAPI NdisAllocatePacketPool(PNDIS_STATUS Status, PNDIS_HANDLE PoolHandle,
                                  UINT NumberOfDescriptors, UINT ProtocolReservedLength)
{
    NdisAllocatePacketPoolEx(Status, PoolHandle, NumberOfDescriptors, 0, ProtocolReservedLength);
}
NT_EXPORT("ndis.sys", NdisAllocatePacketPool);

VOID NTAPI NdisFreePacketPool(NDIS_HANDLE PoolHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct packet_pool *pool = pool_from(PoolHandle, __func__);
    if (!pool)
        return;
    if (!RULE("NdisFreePacketPool", !pool->used,
              "NdisFreePacketPool(%p): %u of its packets are not freed", PoolHandle, pool->used))
        return; /* they point to it; the leak report will name it */
    for (NDIS_PACKET *packet = pool->free, *next; packet; packet = next) {
        next = (NDIS_PACKET *)packet->Reserved[0];
        head_of(packet)->magic = 0;
        nt_pool_free(head_of(packet));
    }
    pool->magic = 0;
    nt_pool_free(pool);
}
NT_EXPORT("ndis.sys", NdisFreePacketPool);

UINT NTAPI NdisPacketPoolUsage(NDIS_HANDLE PoolHandle)
{
    struct packet_pool *pool = pool_from(PoolHandle, __func__);
    return pool ? pool->used : 0;
}
NT_EXPORT("ndis.sys", NdisPacketPoolUsage);

UINT NTAPI NdisPacketSize(UINT ProtocolReservedSize)
{
    return (UINT)packet_bytes(ProtocolReservedSize);
}
NT_EXPORT("ndis.sys", NdisPacketSize);

VOID NTAPI NdisSetPacketPoolProtocolId(NDIS_HANDLE PacketPoolHandle, UINT ProtocolId)
{
    struct packet_pool *pool = pool_from(PacketPoolHandle, __func__);
    if (pool)
        pool->protocol = ProtocolId & NDIS_FLAGS_PROTOCOL_ID_MASK;
}
NT_EXPORT("ndis.sys", NdisSetPacketPoolProtocolId);

/* --- packets --- */

VOID NTAPI NdisAllocatePacket(PNDIS_STATUS Status, PNDIS_PACKET *Packet, NDIS_HANDLE PoolHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct packet_pool *pool = pool_from(PoolHandle, __func__);
    *Packet = pool ? ndis5_packet_alloc(pool) : NULL;
    *Status = *Packet ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
}
NT_EXPORT("ndis.sys", NdisAllocatePacket);

VOID NTAPI NdisFreePacket(PNDIS_PACKET Packet)
{
    IRQL_MAX(DISPATCH_LEVEL);
    bool there = Packet && (uintptr_t)Packet % 8 == 0 && physmem_contains(head_of(Packet));
    if (!RULE("NdisFreePacket", there && head_of(Packet)->magic == PACKET_LIVE,
              "NdisFreePacket(%p): %s", (void *)Packet,
              there && head_of(Packet)->magic == PACKET_FREE
                  ? "the packet is freed already"
                  : "this is no packet from NdisAllocatePacket"))
        return;
    if (!RULE("NdisFreePacket", !ndis5_packet_lent(Packet),
              "NdisFreePacket(%p): protocols have the packet until MiniportReturnPacket",
              (void *)Packet))
        return;
    struct packet_pool *pool = head_of(Packet)->pool;
    head_of(Packet)->magic = PACKET_FREE;
    host_lock(&pool->lock);
    Packet->Reserved[0] = (ULONG_PTR)pool->free;
    pool->free = Packet;
    pool->used--;
    host_unlock(&pool->lock);
}
NT_EXPORT("ndis.sys", NdisFreePacket);

VOID NTAPI NdisDprAllocatePacket(PNDIS_STATUS Status, PNDIS_PACKET *Packet, NDIS_HANDLE PoolHandle)
{
    NdisAllocatePacket(Status, Packet, PoolHandle);
}
NT_EXPORT("ndis.sys", NdisDprAllocatePacket);

VOID NTAPI NdisDprAllocatePacketNonInterlocked(PNDIS_STATUS Status, PNDIS_PACKET *Packet,
                                               NDIS_HANDLE PoolHandle)
{
    NdisAllocatePacket(Status, Packet, PoolHandle);
}
NT_EXPORT("ndis.sys", NdisDprAllocatePacketNonInterlocked);

VOID NTAPI NdisDprFreePacket(PNDIS_PACKET Packet)
{
    NdisFreePacket(Packet);
}
NT_EXPORT("ndis.sys", NdisDprFreePacket);

VOID NTAPI NdisDprFreePacketNonInterlocked(PNDIS_PACKET Packet)
{
    NdisFreePacket(Packet);
}
NT_EXPORT("ndis.sys", NdisDprFreePacketNonInterlocked);

NDIS_HANDLE NTAPI NdisGetPoolFromPacket(PNDIS_PACKET Packet)
{
    return Packet->Private.Pool;
}
NT_EXPORT("ndis.sys", NdisGetPoolFromPacket);

PVOID NTAPI NdisGetPacketCancelId(PNDIS_PACKET Packet)
{
    return NDIS_GET_PACKET_CANCEL_ID(Packet);
}
NT_EXPORT("ndis.sys", NdisGetPacketCancelId);

VOID NTAPI NdisSetPacketCancelId(PNDIS_PACKET Packet, PVOID CancelId)
{
    NDIS_SET_PACKET_CANCEL_ID(Packet, CancelId);
}
NT_EXPORT("ndis.sys", NdisSetPacketCancelId);

VOID NTAPI NdisUnchainBufferAtFront(PNDIS_PACKET Packet, PNDIS_BUFFER *Buffer)
{
    PNDIS_BUFFER first = Packet->Private.Head;
    *Buffer = first;
    if (first) {
        Packet->Private.Head = first->Next;
        if (!first->Next)
            Packet->Private.Tail = NULL;
        first->Next = NULL;
        Packet->Private.ValidCounts = FALSE;
    }
}
NT_EXPORT("ndis.sys", NdisUnchainBufferAtFront);

VOID NTAPI NdisUnchainBufferAtBack(PNDIS_PACKET Packet, PNDIS_BUFFER *Buffer)
{
    PNDIS_BUFFER *link = &Packet->Private.Head, before = NULL;
    *Buffer = NULL;
    if (!*link)
        return;
    while ((*link)->Next) {
        before = *link;
        link = &(*link)->Next;
    }
    *Buffer = *link;
    *link = NULL;
    Packet->Private.Tail = before;
    Packet->Private.ValidCounts = FALSE;
}
NT_EXPORT("ndis.sys", NdisUnchainBufferAtBack);

/* --- copies --- */

/* Where byte `offset` of a chain lies, and how many follow in one piece; NULL behind its end. */
static uint8_t *piece(MDL *mdl, UINT offset, UINT *left)
{
    for (; mdl; mdl = mdl->Next) {
        if (offset < mdl->ByteCount) {
            uint8_t *base = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
            *left = mdl->ByteCount - offset;
            return base ? base + offset : NULL;
        }
        offset -= mdl->ByteCount;
    }
    *left = 0;
    return NULL;
}

VOID NTAPI NdisCopyFromPacketToPacket(PNDIS_PACKET Destination, UINT DestinationOffset,
                                      UINT BytesToCopy, PNDIS_PACKET Source, UINT SourceOffset,
                                      PUINT BytesCopied)
{
    *BytesCopied = 0;
    while (*BytesCopied < BytesToCopy) {
        UINT room, have, n = BytesToCopy - *BytesCopied;
        uint8_t *to = piece(Destination->Private.Head, DestinationOffset + *BytesCopied, &room);
        uint8_t *from = piece(Source->Private.Head, SourceOffset + *BytesCopied, &have);
        if (!to || !from)
            break;
        n = n < room ? n : room;
        n = n < have ? n : have;
        memcpy(to, from, n);
        *BytesCopied += n;
    }
}
NT_EXPORT("ndis.sys", NdisCopyFromPacketToPacket);

VOID NTAPI NdisCopyFromPacketToPacketSafe(PNDIS_PACKET Destination, UINT DestinationOffset,
                                          UINT BytesToCopy, PNDIS_PACKET Source, UINT SourceOffset,
                                          PUINT BytesCopied, MM_PAGE_PRIORITY Priority)
{
    NdisCopyFromPacketToPacket(Destination, DestinationOffset, BytesToCopy, Source, SourceOffset,
                               BytesCopied);
}
NT_EXPORT("ndis.sys", NdisCopyFromPacketToPacketSafe);
