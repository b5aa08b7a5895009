/* SPDX-License-Identifier: MIT */
/* netbuffer_derive.c - clones, fragments and reassemblies: new structures over the same bytes.
 *
 * A derived list has NET_BUFFERs and MDLs of its own; its MDLs map parts of the original's memory
 * (partial MDLs), so that nothing is copied. Parent pointer and child count are the caller's
 * business (network/relationships-between-net-buffer-list-generations). */
#include "ndis/netbuffer.h"
#include <stdlib.h>

/* Without pools of the caller's, structures come from these, which belong to nobody. */
static NDIS_HANDLE internal_list_pool(void)
{
    static _Atomic(NDIS_HANDLE) pool;
    if (!pool) {
        NET_BUFFER_LIST_POOL_PARAMETERS p = {
            .Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
                       NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
            .PoolTag = 0x6c62444e, /* "NDbl" */
        };
        pool = NdisAllocateNetBufferListPool(NULL, &p);
    }
    return pool;
}

static NDIS_HANDLE internal_pool(void)
{
    static _Atomic(NDIS_HANDLE) pool;
    if (!pool) {
        NET_BUFFER_POOL_PARAMETERS p = {
            .Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_POOL_PARAMETERS_REVISION_1,
                       NDIS_SIZEOF_NET_BUFFER_POOL_PARAMETERS_REVISION_1},
            .PoolTag = 0x6262444e, /* "NDbb" */
        };
        pool = NdisAllocateNetBufferPool(NULL, &p);
    }
    return pool;
}

static void free_chain(MDL *mdl)
{
    while (mdl) {
        MDL *next = mdl->Next;
        IoFreeMdl(mdl);
        mdl = next;
    }
}

/* Appends MDLs for `length` bytes from `offset` of the source's used data to *tail. False: out of
 * memory; what was appended stays for the caller to free. */
static bool map_range(MDL ***tail, const NET_BUFFER *source, uint32_t offset, uint32_t length)
{
    MDL *mdl;
    uint32_t at;
    if (!length)
        return true;
    if (!nb_chain_seek(NET_BUFFER_CURRENT_MDL(source),
                       NET_BUFFER_CURRENT_MDL_OFFSET(source) + offset, &mdl, &at))
        return false;
    for (; mdl && length; mdl = mdl->Next, at = 0) {
        uint32_t n = mdl->ByteCount - at < length ? mdl->ByteCount - at : length;
        if (!n)
            continue;
        uint8_t *va = (uint8_t *)MmGetMdlVirtualAddress(mdl) + at;
        MDL *part = IoAllocateMdl(va, n, FALSE, FALSE, NULL);
        if (!part)
            return false;
        IoBuildPartialMdl(mdl, part, va, n);
        **tail = part;
        *tail = &part->Next;
        length -= n;
    }
    **tail = NULL;
    return length == 0;
}

/* Frees a derived list; `with_mdls`: its chains are its own. */
static void derived_free(NET_BUFFER_LIST *nbl, uint32_t advance, bool with_mdls, bool one_cell)
{
    NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(nbl);
    while (nb) {
        NET_BUFFER *next = NET_BUFFER_NEXT_NB(nb);
        if (advance && advance <= NET_BUFFER_DATA_LENGTH(nb))
            NdisAdvanceNetBufferDataStart(nb, advance, TRUE, NULL);
        if (with_mdls)
            free_chain(NET_BUFFER_FIRST_MDL(nb));
        if (!one_cell)
            NdisFreeNetBuffer(nb);
        nb = next;
    }
    NET_BUFFER_LIST_FIRST_NB(nbl) = NULL;
    NdisFreeNetBufferList(nbl);
}

/* --- clones --- */

PNET_BUFFER_LIST NTAPI NdisAllocateCloneNetBufferList(PNET_BUFFER_LIST OriginalNetBufferList,
                                                      NDIS_HANDLE NetBufferListPoolHandle,
                                                      NDIS_HANDLE NetBufferPoolHandle,
                                                      ULONG AllocateCloneFlags)
{
    IRQL_MAX(DISPATCH_LEVEL);
    bool original_mdls = AllocateCloneFlags & NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS;
    NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(
        NetBufferListPoolHandle ? NetBufferListPoolHandle : internal_list_pool(), 0, 0);
    if (!nbl)
        return NULL;
    /* A pool with preallocated NET_BUFFERs gives one; clones have theirs from the other pool. */
    NET_BUFFER **link = &NET_BUFFER_LIST_FIRST_NB(nbl);
    *link = NULL;
    for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(OriginalNetBufferList); nb;
         nb = NET_BUFFER_NEXT_NB(nb)) {
        NDIS_HANDLE pool = NetBufferPoolHandle ? NetBufferPoolHandle : internal_pool();
        MDL *chain = NULL, **tail = &chain;
        bool ok = original_mdls || map_range(&tail, nb, 0, NET_BUFFER_DATA_LENGTH(nb));
        NET_BUFFER *copy = NULL;
        if (ok && original_mdls)
            copy = NdisAllocateNetBuffer(pool, NET_BUFFER_CURRENT_MDL(nb),
                                         NET_BUFFER_CURRENT_MDL_OFFSET(nb),
                                         NET_BUFFER_DATA_LENGTH(nb));
        else if (ok)
            copy = NdisAllocateNetBuffer(pool, chain, 0, NET_BUFFER_DATA_LENGTH(nb));
        if (!copy) {
            free_chain(chain);
            derived_free(nbl, 0, !original_mdls, false);
            return NULL;
        }
        NET_BUFFER_CHECKSUM_BIAS(copy) = NET_BUFFER_CHECKSUM_BIAS(nb);
        *link = copy;
        link = &NET_BUFFER_NEXT_NB(copy);
    }
    return nbl;
}
NT_EXPORT("ndis.sys", NdisAllocateCloneNetBufferList);

VOID NTAPI NdisFreeCloneNetBufferList(PNET_BUFFER_LIST CloneNetBufferList, ULONG FreeCloneFlags)
{
    IRQL_MAX(DISPATCH_LEVEL);
    derived_free(CloneNetBufferList, 0, !(FreeCloneFlags & NDIS_CLONE_FLAGS_USE_ORIGINAL_MDLS),
                 false);
}
NT_EXPORT("ndis.sys", NdisFreeCloneNetBufferList);

/* --- fragments --- */

PNET_BUFFER_LIST NTAPI NdisAllocateFragmentNetBufferList(PNET_BUFFER_LIST OriginalNetBufferList,
                                                         NDIS_HANDLE NetBufferListPool,
                                                         NDIS_HANDLE NetBufferPool,
                                                         ULONG StartOffset, ULONG MaximumLength,
                                                         ULONG DataOffsetDelta, ULONG DataBackFill,
                                                         ULONG AllocateFragmentFlags)
{
    IRQL_MAX(DISPATCH_LEVEL);
    if (!RULE("NdisAllocateFragmentNetBufferList", MaximumLength,
              "NdisAllocateFragmentNetBufferList: MaximumLength is 0") ||
        !RULE("NdisAllocateFragmentNetBufferList", !AllocateFragmentFlags,
              "NdisAllocateFragmentNetBufferList: AllocateFragmentFlags 0x%x must be 0",
              AllocateFragmentFlags))
        return NULL;
    NET_BUFFER_LIST *nbl = NdisAllocateNetBufferList(
        NetBufferListPool ? NetBufferListPool : internal_list_pool(), 0, 0);
    if (!nbl)
        return NULL;
    NET_BUFFER **link = &NET_BUFFER_LIST_FIRST_NB(nbl);
    *link = NULL;
    for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(OriginalNetBufferList); nb;
         nb = NET_BUFFER_NEXT_NB(nb)) {
        uint32_t length = NET_BUFFER_DATA_LENGTH(nb);
        for (uint32_t at = StartOffset; at < length;) {
            uint32_t n = length - at < MaximumLength ? length - at : MaximumLength;
            MDL *chain = NULL, **tail = &chain;
            NET_BUFFER *piece = NULL;
            if (map_range(&tail, nb, at, n))
                piece = NdisAllocateNetBuffer(NetBufferPool ? NetBufferPool : internal_pool(),
                                              chain, 0, n);
            if (!piece) {
                free_chain(chain);
                derived_free(nbl, DataOffsetDelta, true, false);
                return NULL;
            }
            if (DataOffsetDelta &&
                NdisRetreatNetBufferDataStart(piece, DataOffsetDelta, DataBackFill, NULL) !=
                    NDIS_STATUS_SUCCESS) {
                free_chain(chain);
                NdisFreeNetBuffer(piece);
                derived_free(nbl, DataOffsetDelta, true, false);
                return NULL;
            }
            *link = piece;
            link = &NET_BUFFER_NEXT_NB(piece);
            at += n;
        }
    }
    return nbl;
}
NT_EXPORT("ndis.sys", NdisAllocateFragmentNetBufferList);

VOID NTAPI NdisFreeFragmentNetBufferList(PNET_BUFFER_LIST FragmentNetBufferList,
                                         ULONG DataOffsetDelta, ULONG FreeFragmentFlags)
{
    IRQL_MAX(DISPATCH_LEVEL);
    RULE("NdisFreeFragmentNetBufferList", !FreeFragmentFlags,
         "NdisFreeFragmentNetBufferList: FreeFragmentFlags 0x%x must be 0", FreeFragmentFlags);
    derived_free(FragmentNetBufferList, DataOffsetDelta, true, false);
}
NT_EXPORT("ndis.sys", NdisFreeFragmentNetBufferList);

/* --- reassembly --- */

static NDIS_HANDLE internal_reassembly_pool(void)
{
    static _Atomic(NDIS_HANDLE) pool;
    if (!pool) {
        NET_BUFFER_LIST_POOL_PARAMETERS p = {
            .Header = {NDIS_OBJECT_TYPE_DEFAULT, NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
                       NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1},
            .fAllocateNetBuffer = TRUE,
            .PoolTag = 0x7262444e, /* "NDbr" */
        };
        pool = NdisAllocateNetBufferListPool(NULL, &p);
    }
    return pool;
}

PNET_BUFFER_LIST NTAPI NdisAllocateReassembledNetBufferList(
    PNET_BUFFER_LIST FragmentNetBufferList, NDIS_HANDLE NetBufferAndNetBufferListPoolHandle,
    ULONG StartOffset, ULONG DataOffsetDelta, ULONG DataBackFill, ULONG AllocateReassembleFlags)
{
    IRQL_MAX(DISPATCH_LEVEL);
    if (!RULE("NdisAllocateReassembledNetBufferList", !AllocateReassembleFlags,
              "NdisAllocateReassembledNetBufferList: AllocateReassembleFlags 0x%x must be 0",
              AllocateReassembleFlags))
        return NULL;
    MDL *chain = NULL, **tail = &chain;
    uint64_t total = 0;
    for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(FragmentNetBufferList); nb;
         nb = NET_BUFFER_NEXT_NB(nb)) {
        uint32_t length = NET_BUFFER_DATA_LENGTH(nb);
        uint32_t n = length > StartOffset ? length - StartOffset : 0;
        if (!map_range(&tail, nb, StartOffset, n)) {
            free_chain(chain);
            return NULL;
        }
        total += n;
    }
    NET_BUFFER_LIST *nbl = NULL;
    if (total <= UINT32_MAX)
        nbl = NdisAllocateNetBufferAndNetBufferList(NetBufferAndNetBufferListPoolHandle
                                                        ? NetBufferAndNetBufferListPoolHandle
                                                        : internal_reassembly_pool(),
                                                    0, 0, chain, 0, total);
    if (!nbl) {
        free_chain(chain);
        return NULL;
    }
    if (DataOffsetDelta &&
        NdisRetreatNetBufferDataStart(NET_BUFFER_LIST_FIRST_NB(nbl), DataOffsetDelta, DataBackFill,
                                      NULL) != NDIS_STATUS_SUCCESS) {
        derived_free(nbl, 0, true, true);
        return NULL;
    }
    return nbl;
}
NT_EXPORT("ndis.sys", NdisAllocateReassembledNetBufferList);

VOID NTAPI NdisFreeReassembledNetBufferList(PNET_BUFFER_LIST ReassembledNetBufferList,
                                            ULONG DataOffsetDelta, ULONG FreeReassembleFlags)
{
    IRQL_MAX(DISPATCH_LEVEL);
    RULE("NdisFreeReassembledNetBufferList", !FreeReassembleFlags,
         "NdisFreeReassembledNetBufferList: FreeReassembleFlags 0x%x must be 0",
         FreeReassembleFlags);
    derived_free(ReassembledNetBufferList, DataOffsetDelta, true, true);
}
NT_EXPORT("ndis.sys", NdisFreeReassembledNetBufferList);
