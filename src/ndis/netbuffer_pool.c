/* SPDX-License-Identifier: MIT */
/* netbuffer_pool.c - pools of NET_BUFFER_LISTs and NET_BUFFERs. */
#include "ndis/netbuffer.h"
#include "nt/opaque.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POOL_MAGIC 0x504c424eu /* "NBLP" */
#define POOL_DEAD  0x644c424eu
#define CELL_LIVE  0x4c4c4543u /* "CELL" */
#define CELL_FREE  0x46454552u
#define POISON     0xdd
#define KEEP_FREE  512 /* cells that a pool keeps for the next allocation */

static const char kind_list_pool[] = "NET_BUFFER_LIST pool", kind_pool[] = "NET_BUFFER pool";

struct nb_pool {
    uint32_t magic;
    bool lists;       /* a NET_BUFFER_LIST pool */
    bool with_buffer; /* fAllocateNetBuffer */
    uint8_t protocol_id;
    uint16_t context_size;
    uint32_t tag, data_size;
    size_t cell_bytes;
    struct host_lock lock;
    struct nb_cell *free;
    unsigned free_count, live;
    struct ndis_object object;
};

/* Precedes every structure that a pool hands out. */
struct nb_cell {
    uint32_t magic;
    struct nb_pool *pool;
    struct nb_cell *next; /* on the free list */
} __attribute__((aligned(16)));
#define CELL_HEADER 32
_Static_assert(sizeof(struct nb_cell) == CELL_HEADER, "keeps structures 16-byte aligned");

/* Parts of a cell, each at a multiple of 16. */
#define UP(n) (((n) + 15) & ~(size_t)15)
/* A driver of a later NDIS indexes more of NetBufferListInfo than 6.30 has: room for 64. */
#define LIST_BYTES   UP(offsetof(NET_BUFFER_LIST, NetBufferListInfo) + 64 * sizeof(PVOID))
#define BUFFER_BYTES UP(sizeof(NET_BUFFER))
#define CONTEXT_HEAD offsetof(NET_BUFFER_LIST_CONTEXT, ContextData)

static size_t context_bytes(const struct nb_pool *pool)
{
    return pool->context_size ? UP(CONTEXT_HEAD + pool->context_size) : 0;
}

/* An MDL for n bytes at any offset in a page. */
static size_t mdl_bytes(uint32_t n)
{
    return UP(sizeof(MDL) + sizeof(PFN_NUMBER) * ((n + 2 * PAGE_SIZE - 2) / PAGE_SIZE));
}

static void describe(const struct ndis_object *object, char *out, size_t size)
{
    const struct nb_pool *pool =
        (const struct nb_pool *)((const char *)object - offsetof(struct nb_pool, object));
    char tag[8];
    snprintf(tag, sizeof(tag), "%.4s", nt_pool_tag_text(pool->tag));
    snprintf(out, size, "tag '%s', %u %s still allocated", tag, pool->live,
             pool->lists ? "NET_BUFFER_LISTs" : "NET_BUFFERs");
}

static struct nb_cell *cell_of(const void *p)
{
    return (struct nb_cell *)((uintptr_t)p - CELL_HEADER);
}

bool nb_is_net_buffer(const NET_BUFFER *nb)
{
    return nb && nb->NdisPoolHandle && ndis_handle_is(nb->NdisPoolHandle, POOL_MAGIC);
}

bool nb_is_list(const NET_BUFFER_LIST *nbl)
{
    return nbl && (uintptr_t)nbl % 16 == 0 && ndis_handle_is(cell_of(nbl), CELL_LIVE);
}

const void *nb_list_owner(const NET_BUFFER_LIST *nbl)
{
    return nb_is_list(nbl) ? cell_of(nbl)->pool->object.owner : NULL;
}

/* The pool behind a driver's handle, or NULL after naming what it is instead. */
static struct nb_pool *pool_from(NDIS_HANDLE handle, bool lists, const char *function)
{
    if (ndis_handle_is(handle, POOL_DEAD)) {
        violation(function, "%s: pool %p was freed", function, handle);
        return NULL;
    }
    if (!ndis_handle_is(handle, POOL_MAGIC)) {
        violation(function, "%s: %p is not a pool handle", function, handle);
        return NULL;
    }
    struct nb_pool *pool = handle;
    if (pool->lists != lists) {
        violation(function, "%s: pool %p is a %s", function, handle,
                  pool->lists ? kind_list_pool : kind_pool);
        return NULL;
    }
    return pool;
}

static struct nb_pool *pool_create(NDIS_HANDLE handle, bool lists, const char *function)
{
    struct ndis_owner owner;
    if (!ndis_owner_from_handle(handle, function, true, &owner))
        return NULL;
    struct nb_pool *pool = opaque_alloc(sizeof(*pool));
    if (!pool)
        return NULL;
    pool->magic = POOL_MAGIC;
    pool->lists = lists;
    pool->object.describe = describe;
    ndis_object_add(&pool->object, owner.key, lists ? kind_list_pool : kind_pool, pool,
                    NDIS_OBJECT_STACK);
    return pool;
}

static void pool_free(struct nb_pool *pool, const char *function)
{
    RULE("NdisFreeNetBufferPool", !pool->live,
         "%s: %u structures of pool %p (tag '%s') were not freed before it", function, pool->live,
         (void *)pool, nt_pool_tag_text(pool->tag));
    ndis_object_remove(&pool->object);
    pool->magic = POOL_DEAD;
    while (pool->free) {
        struct nb_cell *cell = pool->free;
        pool->free = cell->next;
        nt_pool_free(cell);
    }
    pool->free_count = 0;
    /* The record itself stays, so that a later use of the handle or of a structure is recognised.
     */
}

/* A zeroed cell, or NULL. */
static void *cell_alloc(struct nb_pool *pool)
{
    host_lock(&pool->lock);
    struct nb_cell *cell = pool->free;
    if (cell) {
        pool->free = cell->next;
        pool->free_count--;
    }
    pool->live++;
    host_unlock(&pool->lock);
    if (cell)
        memset((char *)cell + CELL_HEADER, 0, pool->cell_bytes - CELL_HEADER);
    else
        cell = nt_pool_alloc_system(pool->cell_bytes, pool->tag);
    if (!cell) {
        host_lock(&pool->lock);
        pool->live--;
        host_unlock(&pool->lock);
        return NULL;
    }
    cell->magic = CELL_LIVE;
    cell->pool = pool;
    cell->next = NULL;
    return (char *)cell + CELL_HEADER;
}

/* False, after a violation, if p is not a live structure of a pool of that sort. */
static bool cell_free(void *p, bool lists, const char *function)
{
    const char *what = lists ? "NET_BUFFER_LIST" : "NET_BUFFER";
    struct nb_cell *cell = p ? cell_of(p) : NULL;
    if (!p || (uintptr_t)p % 16 || !ndis_handle_is(cell, CELL_LIVE) || cell->pool->lists != lists) {
        if (p && ndis_handle_is(cell, CELL_FREE))
            violation(function, "%s: %s %p was already freed", function, what, p);
        else
            violation(function, "%s: %p was not allocated from a %s pool", function, p, what);
        return false;
    }
    struct nb_pool *pool = cell->pool;
    cell->magic = CELL_FREE;
    memset(p, POISON, pool->cell_bytes - CELL_HEADER - pool->data_size);
    host_lock(&pool->lock);
    pool->live--;
    bool keep = pool->magic == POOL_MAGIC && pool->free_count < KEEP_FREE;
    if (keep) {
        cell->next = pool->free;
        pool->free = cell;
        pool->free_count++;
    }
    host_unlock(&pool->lock);
    if (!keep)
        nt_pool_free(cell);
    return true;
}

/* --- NET_BUFFERs --- */

static void buffer_init(NET_BUFFER *nb, struct nb_pool *pool, MDL *chain, ULONG offset,
                        SIZE_T length)
{
    nb->NdisPoolHandle = pool;
    NET_BUFFER_FIRST_MDL(nb) = chain;
    NET_BUFFER_DATA_OFFSET(nb) = offset;
    NET_BUFFER_DATA_LENGTH(nb) = (ULONG)length;
    if (chain)
        NdisAdjustNetBufferCurrentMdl(nb);
}

/* The arguments that describe data; on a broken rule the call fails, as it would corrupt memory
 * later. */
static bool data_fits(const char *function, MDL *chain, ULONG offset, SIZE_T length)
{
    if (!chain)
        return RULE("NdisAllocateNetBuffer", !offset && !length,
                    "%s: DataOffset %u and DataLength %zu must be 0 without an MDL chain", function,
                    offset, (size_t)length);
    uint32_t bytes = nb_chain_bytes(chain);
    return RULE("NdisAllocateNetBuffer", offset <= bytes && length <= bytes - offset,
                "%s: DataOffset %u + DataLength %zu exceed the %u bytes of the MDL chain", function,
                offset, (size_t)length, bytes);
}

/* MDL and data at the end of a cell: a buffer of the pool's DataSize, all of it unused data space
 * in front of no data yet. No page says so, but drivers rely on it: SoftEther's and OpenThread's
 * retreat by what they need and expect it in one piece, again and again; Npcap's and WireGuard's
 * set DataOffset to 0 before they use the buffer from its start. */
static void buffer_data_init(NET_BUFFER *nb, struct nb_pool *pool, uint8_t *at)
{
    MDL *mdl = (MDL *)at;
    uint8_t *data = at + mdl_bytes(pool->data_size);
    MmInitializeMdl(mdl, data, pool->data_size);
    MmBuildMdlForNonPagedPool(mdl);
    buffer_init(nb, pool, mdl, pool->data_size, 0);
}

NDIS_HANDLE NTAPI NdisAllocateNetBufferPool(NDIS_HANDLE NdisHandle,
                                            PNET_BUFFER_POOL_PARAMETERS Parameters)
{
    IRQL_MAX(DISPATCH_LEVEL);
    static const struct ndis_revision revisions[] = {
        {NET_BUFFER_POOL_PARAMETERS_REVISION_1, NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1}};
    if (!Parameters || !ndis_header_check(&Parameters->Header, "NET_BUFFER_POOL_PARAMETERS",
                                          NDIS_OBJECT_TYPE_DEFAULT, revisions, 1))
        return NULL;
    struct nb_pool *pool = pool_create(NdisHandle, false, __func__);
    if (!pool)
        return NULL;
    pool->tag = Parameters->PoolTag;
    pool->data_size = Parameters->DataSize;
    pool->cell_bytes = CELL_HEADER + BUFFER_BYTES +
                       (pool->data_size ? mdl_bytes(pool->data_size) + pool->data_size : 0);
    return pool;
}
NT_EXPORT("ndis.sys", NdisAllocateNetBufferPool);

VOID NTAPI NdisFreeNetBufferPool(NDIS_HANDLE PoolHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct nb_pool *pool = pool_from(PoolHandle, false, __func__);
    if (pool)
        pool_free(pool, __func__);
}
NT_EXPORT("ndis.sys", NdisFreeNetBufferPool);

PNET_BUFFER NTAPI NdisAllocateNetBuffer(NDIS_HANDLE PoolHandle, PMDL MdlChain, ULONG DataOffset,
                                        SIZE_T DataLength)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct nb_pool *pool = pool_from(PoolHandle, false, __func__);
    if (!pool || !data_fits(__func__, MdlChain, DataOffset, DataLength))
        return NULL;
    RULE("NdisAllocateNetBuffer", !pool->data_size,
         "NdisAllocateNetBuffer: pool %p has data (DataSize %u); call "
         "NdisAllocateNetBufferMdlAndData",
         PoolHandle, pool->data_size);
    NET_BUFFER *nb = cell_alloc(pool);
    if (nb)
        buffer_init(nb, pool, MdlChain, DataOffset, DataLength);
    return nb;
}
NT_EXPORT("ndis.sys", NdisAllocateNetBuffer);

PNET_BUFFER NTAPI NdisAllocateNetBufferMdlAndData(NDIS_HANDLE PoolHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct nb_pool *pool = pool_from(PoolHandle, false, __func__);
    if (!pool ||
        !RULE("NdisAllocateNetBufferMdlAndData", pool->data_size,
              "NdisAllocateNetBufferMdlAndData: pool %p was made with DataSize 0", PoolHandle))
        return NULL;
    NET_BUFFER *nb = cell_alloc(pool);
    if (nb)
        buffer_data_init(nb, pool, (uint8_t *)nb + BUFFER_BYTES);
    return nb;
}
NT_EXPORT("ndis.sys", NdisAllocateNetBufferMdlAndData);

VOID NTAPI NdisFreeNetBuffer(PNET_BUFFER NetBuffer)
{
    IRQL_MAX(DISPATCH_LEVEL);
    cell_free(NetBuffer, false, __func__);
}
NT_EXPORT("ndis.sys", NdisFreeNetBuffer);

NDIS_HANDLE NTAPI NdisGetPoolFromNetBuffer(PNET_BUFFER NetBuffer)
{
    IRQL_MAX(DISPATCH_LEVEL);
    return NetBuffer->NdisPoolHandle;
}
NT_EXPORT("ndis.sys", NdisGetPoolFromNetBuffer);

/* --- NET_BUFFER_LISTs --- */

NDIS_HANDLE NTAPI NdisAllocateNetBufferListPool(NDIS_HANDLE NdisHandle,
                                                PNET_BUFFER_LIST_POOL_PARAMETERS Parameters)
{
    IRQL_MAX(DISPATCH_LEVEL);
    static const struct ndis_revision revisions[] = {
        {NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
         NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1}};
    if (!Parameters || !ndis_header_check(&Parameters->Header, "NET_BUFFER_LIST_POOL_PARAMETERS",
                                          NDIS_OBJECT_TYPE_DEFAULT, revisions, 1))
        return NULL;
    if (!RULE("NdisAllocateNetBufferListPool",
              Parameters->ContextSize % MEMORY_ALLOCATION_ALIGNMENT == 0,
              "NdisAllocateNetBufferListPool: ContextSize %u is not a multiple of %u",
              Parameters->ContextSize, (unsigned)MEMORY_ALLOCATION_ALIGNMENT) ||
        !RULE("NdisAllocateNetBufferListPool",
              !Parameters->DataSize || Parameters->fAllocateNetBuffer,
              "NdisAllocateNetBufferListPool: DataSize %u needs fAllocateNetBuffer TRUE",
              Parameters->DataSize))
        return NULL;
    struct nb_pool *pool = pool_create(NdisHandle, true, __func__);
    if (!pool)
        return NULL;
    pool->tag = Parameters->PoolTag;
    pool->protocol_id = Parameters->ProtocolId;
    pool->with_buffer = Parameters->fAllocateNetBuffer;
    pool->context_size = Parameters->ContextSize;
    pool->data_size = Parameters->DataSize;
    pool->cell_bytes = CELL_HEADER + LIST_BYTES + context_bytes(pool) +
                       (pool->with_buffer ? BUFFER_BYTES : 0) +
                       (pool->data_size ? mdl_bytes(pool->data_size) + pool->data_size : 0);
    return pool;
}
NT_EXPORT("ndis.sys", NdisAllocateNetBufferListPool);

VOID NTAPI NdisFreeNetBufferListPool(NDIS_HANDLE PoolHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct nb_pool *pool = pool_from(PoolHandle, true, __func__);
    if (pool)
        pool_free(pool, __func__);
}
NT_EXPORT("ndis.sys", NdisFreeNetBufferListPool);

/* The structure with its preallocated context, of which all is unused so far. */
static NET_BUFFER_LIST *list_alloc(struct nb_pool *pool)
{
    NET_BUFFER_LIST *nbl = cell_alloc(pool);
    if (!nbl)
        return NULL;
    nbl->NdisPoolHandle = pool;
    nbl->NetBufferListInfo[NetBufferListProtocolId] = (PVOID)(ULONG_PTR)pool->protocol_id;
    if (pool->context_size) {
        nbl->Context = (NET_BUFFER_LIST_CONTEXT *)((uint8_t *)nbl + LIST_BYTES);
        nbl->Context->Size = nbl->Context->Offset = pool->context_size;
    }
    return nbl;
}

static NET_BUFFER_LIST *list_with_context(struct nb_pool *pool, USHORT size, USHORT back_fill,
                                          const char *function)
{
    if (!RULE("NdisAllocateNetBufferList",
              size % MEMORY_ALLOCATION_ALIGNMENT == 0 &&
                  back_fill % MEMORY_ALLOCATION_ALIGNMENT == 0,
              "%s: ContextSize %u and ContextBackFill %u must be multiples of %u", function, size,
              back_fill, (unsigned)MEMORY_ALLOCATION_ALIGNMENT))
        return NULL;
    NET_BUFFER_LIST *nbl = list_alloc(pool);
    uint32_t ready = nbl && nbl->Context ? nbl->Context->Offset : 0;
    if (nbl && (size || back_fill > ready) &&
        NdisAllocateNetBufferListContext(nbl, size, back_fill, pool->tag) != NDIS_STATUS_SUCCESS) {
        cell_free(nbl, true, function);
        return NULL;
    }
    return nbl;
}

/* The preallocated NET_BUFFER of a list. */
static NET_BUFFER *list_buffer(NET_BUFFER_LIST *nbl, struct nb_pool *pool)
{
    return (NET_BUFFER *)((uint8_t *)nbl + LIST_BYTES + context_bytes(pool));
}

PNET_BUFFER_LIST NTAPI NdisAllocateNetBufferList(NDIS_HANDLE PoolHandle, USHORT ContextSize,
                                                 USHORT ContextBackFill)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct nb_pool *pool = pool_from(PoolHandle, true, __func__);
    NET_BUFFER_LIST *nbl =
        pool ? list_with_context(pool, ContextSize, ContextBackFill, __func__) : NULL;
    if (nbl && pool->with_buffer) {
        NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl) = list_buffer(nbl, pool);
        if (pool->data_size)
            buffer_data_init(nb, pool, (uint8_t *)nb + BUFFER_BYTES);
        else
            buffer_init(nb, pool, NULL, 0, 0);
    }
    return nbl;
}
NT_EXPORT("ndis.sys", NdisAllocateNetBufferList);

PNET_BUFFER_LIST NTAPI NdisAllocateNetBufferAndNetBufferList(NDIS_HANDLE PoolHandle,
                                                             USHORT ContextSize,
                                                             USHORT ContextBackFill, PMDL MdlChain,
                                                             ULONG DataOffset, SIZE_T DataLength)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct nb_pool *pool = pool_from(PoolHandle, true, __func__);
    if (!pool ||
        !RULE("NdisAllocateNetBufferAndNetBufferList", pool->with_buffer && !pool->data_size,
              "NdisAllocateNetBufferAndNetBufferList: pool %p was made with fAllocateNetBuffer %u "
              "and "
              "DataSize %u; it needs TRUE and 0",
              PoolHandle, pool->with_buffer, pool->data_size) ||
        !data_fits(__func__, MdlChain, DataOffset, DataLength))
        return NULL;
    NET_BUFFER_LIST *nbl = list_with_context(pool, ContextSize, ContextBackFill, __func__);
    if (nbl) {
        NET_BUFFER_LIST_FIRST_NB(nbl) = list_buffer(nbl, pool);
        buffer_init(NET_BUFFER_LIST_FIRST_NB(nbl), pool, MdlChain, DataOffset, DataLength);
    }
    return nbl;
}
NT_EXPORT("ndis.sys", NdisAllocateNetBufferAndNetBufferList);

/* Whether the context is the one inside the cell. */
static bool context_is_builtin(const NET_BUFFER_LIST *nbl, const NET_BUFFER_LIST_CONTEXT *context)
{
    return (const uint8_t *)context == (const uint8_t *)nbl + LIST_BYTES;
}

VOID NTAPI NdisFreeNetBufferList(PNET_BUFFER_LIST NetBufferList)
{
    IRQL_MAX(DISPATCH_LEVEL);
    if (nb_is_list(NetBufferList)) {
        /* Context that NdisAllocateNetBufferList itself added goes with the list; what the driver
         * added later should have been freed, and cannot be told apart once it is the only one. */
        while (NetBufferList->Context &&
               !context_is_builtin(NetBufferList, NetBufferList->Context)) {
            NET_BUFFER_LIST_CONTEXT *context = NetBufferList->Context;
            NetBufferList->Context = context->Next;
            nt_pool_free(context);
        }
        RULE("NdisFreeNetBufferList", NetBufferList->ChildRefCount == 0,
             "NdisFreeNetBufferList: %p still has %d children derived from it",
             (void *)NetBufferList, (int)NetBufferList->ChildRefCount);
    }
    cell_free(NetBufferList, true, __func__);
}
NT_EXPORT("ndis.sys", NdisFreeNetBufferList);

NDIS_HANDLE NTAPI NdisGetPoolFromNetBufferList(PNET_BUFFER_LIST NetBufferList)
{
    IRQL_MAX(DISPATCH_LEVEL);
    return NetBufferList->NdisPoolHandle;
}
NT_EXPORT("ndis.sys", NdisGetPoolFromNetBufferList);

/* --- context space --- */

NDIS_STATUS NTAPI NdisAllocateNetBufferListContext(PNET_BUFFER_LIST NetBufferList,
                                                   USHORT ContextSize, USHORT ContextBackFill,
                                                   ULONG PoolTag)
{
    IRQL_MAX(DISPATCH_LEVEL);
    if (!RULE("NdisAllocateNetBufferListContext",
              ContextSize % sizeof(void *) == 0 && ContextBackFill % sizeof(void *) == 0,
              "NdisAllocateNetBufferListContext: ContextSize %u and ContextBackFill %u must be "
              "multiples of %zu",
              ContextSize, ContextBackFill, sizeof(void *)))
        return NDIS_STATUS_FAILURE;
    NET_BUFFER_LIST_CONTEXT *context = NetBufferList->Context;
    if (ContextSize && context && context->Offset >= ContextSize) {
        context->Offset -= ContextSize;
        return NDIS_STATUS_SUCCESS;
    }
    uint32_t space = (uint32_t)ContextSize + ContextBackFill;
    if (space > UINT16_MAX)
        return NDIS_STATUS_FAILURE;
    context = nt_pool_alloc_system(CONTEXT_HEAD + space, PoolTag);
    if (!context)
        return NDIS_STATUS_RESOURCES;
    context->Size = (USHORT)space;
    context->Offset = ContextBackFill;
    context->Next = NetBufferList->Context;
    NetBufferList->Context = context;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisAllocateNetBufferListContext);

VOID NTAPI NdisFreeNetBufferListContext(PNET_BUFFER_LIST NetBufferList, USHORT ContextSize)
{
    IRQL_MAX(DISPATCH_LEVEL);
    NET_BUFFER_LIST_CONTEXT *context = NetBufferList->Context;
    unsigned used = context ? context->Size - context->Offset : 0;
    if (!RULE("NdisFreeNetBufferListContext", ContextSize <= used,
              "NdisFreeNetBufferListContext: %u bytes to free, but %p uses only %u", ContextSize,
              (void *)NetBufferList, used))
        return;
    if (!context)
        return;
    context->Offset += ContextSize;
    if (context->Offset == context->Size && !context_is_builtin(NetBufferList, context)) {
        NetBufferList->Context = context->Next;
        nt_pool_free(context);
    }
}
NT_EXPORT("ndis.sys", NdisFreeNetBufferListContext);
