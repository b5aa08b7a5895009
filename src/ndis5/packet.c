/* SPDX-License-Identifier: MIT */
/* packet.c - NDIS_PACKET pools, and what works on packets.
 *
 * In front of each packet is a record of ours: whether it is allocated, whether NDIS has it, and
 * where the driver allocated it. A packet that is free is filled with what freed pool is filled
 * with, so a driver that still uses it stumbles over a pointer that is none, or is found out when
 * the packet is taken again. Pools that are left when their driver's image goes are reported, once
 * each. */
#include "ndis5/ndis5.h"
#include "ndis5/porting.h"
#include "nt/physmem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POOL_MAGIC  0x4c50354eu /* "N5PL" */
#define PACKET_LIVE 0x4b504c4eu
#define PACKET_FREE 0x4b50464eu
#define POOL_TAG    0x6b50444eu /* "NDPk" */
#define MADE_FRAMES 6

#define DESCRIPTORS_MAX 0xffffu
#define RESERVED_MAX    0xf000u /* the out-of-band data's offset is a USHORT */

struct head {
    uint32_t magic;
    uint32_t lent; /* atomic: indicated, and not given back yet */
    struct packet_pool *pool;
    NDIS_PACKET *next; /* free list, or all that are allocated (with prev) */
    NDIS_PACKET *prev;
    uint64_t allocator; /* driver code that allocated it, 0 if none */
    uint64_t spare;
};
_Static_assert(sizeof(struct head) % 16 == 0, "packets are aligned as pool memory is");

struct packet_pool {
    uint32_t magic;
    bool system;   /* dirql's own */
    bool reported; /* what is left of it */
    unsigned limit, used, reserved;
    ULONG protocol;
    struct host_lock lock;
    NDIS_PACKET *free, *allocated;
    struct packet_pool *next; /* all pools of drivers */
    uint64_t made[MADE_FRAMES];
    size_t made_frames;
};

static struct packet_pool *pools;
static struct host_lock pools_lock;

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

static bool has_head(const NDIS_PACKET *packet)
{
    return packet && (uintptr_t)packet % 8 == 0 && physmem_contains(head_of(packet));
}

bool ndis5_packet_live(const NDIS_PACKET *packet)
{
    return has_head(packet) && head_of(packet)->magic == PACKET_LIVE;
}

bool ndis5_packet_lend(NDIS_PACKET *packet)
{
    return !__atomic_exchange_n(&head_of(packet)->lent, 1, __ATOMIC_ACQ_REL);
}

void ndis5_packet_back(NDIS_PACKET *packet)
{
    __atomic_store_n(&head_of(packet)->lent, 0, __ATOMIC_RELEASE);
}

unsigned ndis5_packet_reserved(const NDIS_PACKET *packet)
{
    return head_of(packet)->pool->reserved;
}

NDIS_HANDLE ndis5_pool_create(unsigned packets, unsigned reserved, bool system)
{
    struct packet_pool *pool = nt_pool_alloc_system(sizeof(*pool), POOL_TAG);
    if (!pool)
        return NULL;
    *pool = (struct packet_pool){
        .magic = POOL_MAGIC, .system = system, .limit = packets, .reserved = reserved};
    if (system)
        return pool;
    pool->made_frames = driver_stack(pool->made, MADE_FRAMES);
    host_lock(&pools_lock);
    pool->next = pools;
    pools = pool;
    host_unlock(&pools_lock);
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

static void check_untouched(const NDIS_PACKET *packet, const struct packet_pool *pool)
{
    const uint8_t *bytes = (const uint8_t *)packet;
    size_t n = packet_bytes(pool->reserved), i = 0;
    while (i < n && bytes[i] == NT_POOL_FREED_BYTE)
        i++;
    if (i == n)
        return;
    const uint64_t *allocator = &head_of(packet)->allocator;
    char *where = *allocator ? report_symbolise(allocator, 1) : NULL;
    RULE("NdisFreePacket", false,
         "packet %p was written to after NdisFreePacket, at offset %zu of the NDIS_PACKET%s%s",
         (const void *)packet, i, where ? "; it had been allocated at " : "", where ? where : "");
    free(where);
}

static void link_allocated(struct packet_pool *pool, NDIS_PACKET *packet)
{
    head_of(packet)->prev = NULL;
    head_of(packet)->next = pool->allocated;
    if (pool->allocated)
        head_of(pool->allocated)->prev = packet;
    pool->allocated = packet;
}

static void unlink_allocated(struct packet_pool *pool, NDIS_PACKET *packet)
{
    struct head *head = head_of(packet);
    if (head->prev)
        head_of(head->prev)->next = head->next;
    else
        pool->allocated = head->next;
    if (head->next)
        head_of(head->next)->prev = head->prev;
}

NDIS_PACKET *ndis5_packet_alloc(NDIS_HANDLE handle)
{
    struct packet_pool *pool = handle;
    host_lock(&pool->lock);
    bool room = pool->used < pool->limit;
    NDIS_PACKET *packet = room ? pool->free : NULL;
    if (packet)
        pool->free = head_of(packet)->next;
    pool->used += room;
    host_unlock(&pool->lock);
    if (!room)
        return NULL;
    if (packet) {
        check_untouched(packet, pool);
    } else {
        struct head *head =
            nt_pool_alloc_system(sizeof(*head) + packet_bytes(pool->reserved), POOL_TAG);
        if (!head) {
            __atomic_sub_fetch(&pool->used, 1, __ATOMIC_RELAXED);
            return NULL;
        }
        packet = (NDIS_PACKET *)(head + 1);
        head->pool = pool;
    }
    packet_init(packet, pool);
    struct head *head = head_of(packet);
    head->lent = 0;
    head->allocator = pool->system ? 0 : nt_export_caller_pc();
    head->magic = PACKET_LIVE;
    host_lock(&pool->lock);
    link_allocated(pool, packet);
    host_unlock(&pool->lock);
    return packet;
}

/* --- what is left --- */

/* "3 not freed, allocated at X (2), at Y"; "" if none is left. */
static void describe_left(const struct packet_pool *pool, char *out, size_t size)
{
    out[0] = '\0';
    if (!pool->used)
        return;
    size_t used = (size_t)snprintf(out, size, "%u not freed, allocated", pool->used);
    for (const NDIS_PACKET *p = pool->allocated; p && used < size; p = head_of(p)->next) {
        unsigned same = 0;
        const NDIS_PACKET *q = pool->allocated;
        while (q != p && head_of(q)->allocator != head_of(p)->allocator)
            q = head_of(q)->next;
        if (q != p)
            continue; /* its place has been named */
        for (; q; q = head_of(q)->next)
            same += head_of(q)->allocator == head_of(p)->allocator;
        char *where = head_of(p)->allocator ? report_symbolise(&head_of(p)->allocator, 1) : NULL;
        used +=
            (size_t)snprintf(out + used, size - used, "%s at %s", p == pool->allocated ? "" : ",",
                             where ? where : "(host code on the driver's behalf)");
        if (same != pool->used && used < size)
            used += (size_t)snprintf(out + used, size - used, " (%u)", same);
        free(where);
    }
}

static void report_left(const struct packet_pool *pool)
{
    char packets[1024];
    char *made = pool->made_frames ? report_symbolise(pool->made, pool->made_frames) : NULL;
    describe_left(pool, packets, sizeof(packets));
    report_leak("packet pool", "%p, %u packets%s%s, made by NdisAllocatePacketPool%s%s",
                (const void *)pool, pool->limit, packets[0] ? ", " : "", packets,
                made ? " at " : "", made ? made : "");
    free(made);
}

static void pool_free(struct packet_pool *pool)
{
    for (NDIS_PACKET *packet = pool->free, *next; packet; packet = next) {
        next = head_of(packet)->next;
        check_untouched(packet, pool);
        head_of(packet)->magic = 0;
        nt_pool_free(head_of(packet));
    }
    pool->magic = 0;
    nt_pool_free(pool);
}

/* Code that is in no image is a test's: its pools go with whatever goes. */
void ndis5_pools_gone(const void *image, size_t size)
{
    host_lock(&pools_lock);
    for (struct packet_pool **link = &pools; *link;) {
        struct packet_pool *pool = *link;
        uint64_t at = pool->made_frames ? pool->made[0] - (uintptr_t)image : 0;
        if (pool->made_frames && at >= size) {
            link = &pool->next;
            continue;
        }
        *link = pool->next;
        if (!pool->reported)
            report_left(pool);
        if (!pool->used)
            pool_free(pool);
    }
    host_unlock(&pools_lock);
}

/* --- pools --- */

VOID NTAPI NdisAllocatePacketPoolEx(PNDIS_STATUS Status, PNDIS_HANDLE PoolHandle,
                                    UINT NumberOfDescriptors, UINT NumberOfOverflowDescriptors,
                                    UINT ProtocolReservedLength)
{
    IRQL_MAX(DISPATCH_LEVEL);
    if (ndis_porting)
        porting_note(NULL, "NdisAllocatePacketPool");
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
    if (pool->used) {
        char packets[1024];
        describe_left(pool, packets, sizeof(packets));
        RULE("NdisFreePacketPool", false, "NdisFreePacketPool(%p): of its %u packets %s",
             PoolHandle, pool->limit, packets);
        pool->reported = true; /* they point to it, so it stays */
        return;
    }
    RULE("NdisFreePacketPool", true, "NdisFreePacketPool");
    host_lock(&pools_lock);
    struct packet_pool **link = &pools;
    while (*link && *link != pool)
        link = &(*link)->next;
    if (*link)
        *link = pool->next;
    host_unlock(&pools_lock);
    pool_free(pool);
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
    bool there = has_head(Packet);
    struct head *head = there ? head_of(Packet) : NULL;
    if (!RULE("NdisFreePacket", there && head->magic == PACKET_LIVE, "NdisFreePacket(%p): %s",
              (void *)Packet,
              there && head->magic == PACKET_FREE ? "the packet is freed already"
                                                  : "this is no packet from NdisAllocatePacket"))
        return;
    if (!RULE("NdisFreePacket", !__atomic_load_n(&head->lent, __ATOMIC_ACQUIRE),
              "NdisFreePacket(%p): the packet is indicated, and MiniportReturnPacket has not given "
              "it back",
              (void *)Packet))
        return; /* it is with the stack, whatever the driver thinks */
    struct packet_pool *pool = head->pool;
    memset(Packet, NT_POOL_FREED_BYTE, packet_bytes(pool->reserved));
    host_lock(&pool->lock);
    head->magic = PACKET_FREE;
    unlink_allocated(pool, Packet);
    head->next = pool->free;
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
