/* SPDX-License-Identifier: MIT */
/* netbuffer.c - the data behind a NET_BUFFER: seeking, retreat, advance, copies. */
#include "ndis/netbuffer.h"
#include <stdlib.h>
#include <string.h>

/* mingw-w64's wdm.h, as Windows': marks an MDL that NDIS put in front of a chain. */
#ifndef MDL_NETWORK_HEADER
#define MDL_NETWORK_HEADER 0x1000
#endif

static const uint32_t block_tag = 0x6d62444e; /* "NDbm" */

uint8_t *nb_mdl_address(MDL *mdl)
{
    return MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
}

uint32_t nb_chain_bytes(const MDL *chain)
{
    uint64_t bytes = 0;
    for (; chain; chain = chain->Next)
        bytes += chain->ByteCount;
    return bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
}

bool nb_chain_seek(MDL *chain, uint32_t offset, MDL **mdl, uint32_t *mdl_offset)
{
    if (!chain)
        return false;
    while (offset >= chain->ByteCount && chain->Next) {
        offset -= chain->ByteCount;
        chain = chain->Next;
    }
    *mdl = chain;
    *mdl_offset = offset;
    return offset <= chain->ByteCount;
}

uint32_t nb_read(const NET_BUFFER *nb, uint32_t offset, void *to, uint32_t len)
{
    MDL *mdl;
    uint32_t at, done = 0, length = NET_BUFFER_DATA_LENGTH(nb);
    if (offset >= length)
        return 0;
    if (len > length - offset)
        len = length - offset;
    if (!nb_chain_seek(NET_BUFFER_CURRENT_MDL(nb), NET_BUFFER_CURRENT_MDL_OFFSET(nb) + offset, &mdl,
                       &at))
        return 0;
    for (; mdl && done < len; mdl = mdl->Next, at = 0) {
        uint32_t n = mdl->ByteCount - at;
        if (n > len - done)
            n = len - done;
        uint8_t *from = n ? nb_mdl_address(mdl) : NULL;
        if (n && !from)
            break;
        if (n)
            memcpy((uint8_t *)to + done, from + at, n);
        done += n;
    }
    return done;
}

MDL *nb_mdl_with_memory(uint32_t bytes)
{
    size_t head =
        (sizeof(MDL) + sizeof(PFN_NUMBER) * ((bytes + 2 * PAGE_SIZE - 2) / PAGE_SIZE) + 15) &
        ~(size_t)15;
    MDL *mdl = nt_pool_alloc_system(head + bytes, block_tag);
    if (!mdl)
        return NULL;
    MmInitializeMdl(mdl, (uint8_t *)mdl + head, bytes);
    MmBuildMdlForNonPagedPool(mdl);
    return mdl;
}

void nb_mdl_with_memory_free(MDL *mdl)
{
    nt_pool_free_tagged(mdl, block_tag);
}

VOID NTAPI NdisAdjustNetBufferCurrentMdl(PNET_BUFFER NetBuffer)
{
    MDL *mdl = NULL;
    uint32_t at = 0;
    RULE("NdisAdjustNetBufferCurrentMdl",
         nb_chain_seek(NET_BUFFER_FIRST_MDL(NetBuffer), NET_BUFFER_DATA_OFFSET(NetBuffer), &mdl,
                       &at),
         "NdisAdjustNetBufferCurrentMdl: DataOffset %u is beyond the %u bytes of the MDL chain of "
         "%p",
         NET_BUFFER_DATA_OFFSET(NetBuffer), nb_chain_bytes(NET_BUFFER_FIRST_MDL(NetBuffer)),
         (void *)NetBuffer);
    NET_BUFFER_CURRENT_MDL(NetBuffer) = mdl;
    NET_BUFFER_CURRENT_MDL_OFFSET(NetBuffer) = at;
}
NT_EXPORT("ndis.sys", NdisAdjustNetBufferCurrentMdl);

/* --- retreat and advance --- */

NDIS_STATUS NTAPI NdisRetreatNetBufferDataStart(PNET_BUFFER NetBuffer, ULONG DataOffsetDelta,
                                                ULONG DataBackFill,
                                                NET_BUFFER_ALLOCATE_MDL_HANDLER AllocateMdlHandler)
{
    IRQL_MAX(DISPATCH_LEVEL);
    NET_BUFFER *nb = NetBuffer;
    ULONG unused = NET_BUFFER_DATA_OFFSET(nb);
    if (DataOffsetDelta > UINT32_MAX - NET_BUFFER_DATA_LENGTH(nb) ||
        DataBackFill > UINT32_MAX - DataOffsetDelta)
        return NDIS_STATUS_FAILURE;
    if (DataOffsetDelta <= unused) {
        NET_BUFFER_DATA_OFFSET(nb) -= DataOffsetDelta;
        NET_BUFFER_DATA_LENGTH(nb) += DataOffsetDelta;
        if (NET_BUFFER_CURRENT_MDL_OFFSET(nb) >= DataOffsetDelta)
            NET_BUFFER_CURRENT_MDL_OFFSET(nb) -= DataOffsetDelta;
        else
            NdisAdjustNetBufferCurrentMdl(nb);
        return NDIS_STATUS_SUCCESS;
    }
    /* The chain's bytes are one line of data without holes: the new MDL holds what the unused space
     * lacks, and the back fill before it. */
    ULONG lacking = DataOffsetDelta - unused, size = lacking + DataBackFill;
    MDL *mdl;
    if (AllocateMdlHandler) {
        ULONG got = size;
        mdl = (MDL *)DRIVER_CALL(AllocateMdlHandler, &got);
        if (mdl && !RULE("NetAllocateMdl", mdl->ByteCount >= size,
                         "NetAllocateMdl returned an MDL of %u bytes for a request of %u",
                         mdl->ByteCount, size))
            return NDIS_STATUS_FAILURE;
    } else {
        mdl = nb_mdl_with_memory(size);
    }
    if (!mdl)
        return NDIS_STATUS_RESOURCES;
    /* A driver's MDL may be larger than asked for; all of it lies before the data. */
    ULONG back_fill = mdl->ByteCount - lacking;
    mdl->MdlFlags |= MDL_NETWORK_HEADER;
    mdl->Next = NET_BUFFER_FIRST_MDL(nb);
    NET_BUFFER_FIRST_MDL(nb) = mdl;
    NET_BUFFER_DATA_OFFSET(nb) = back_fill;
    NET_BUFFER_DATA_LENGTH(nb) += DataOffsetDelta;
    NdisAdjustNetBufferCurrentMdl(nb);
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisRetreatNetBufferDataStart);

VOID NTAPI NdisAdvanceNetBufferDataStart(PNET_BUFFER NetBuffer, ULONG DataOffsetDelta,
                                         BOOLEAN FreeMdl,
                                         NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler)
{
    IRQL_MAX(DISPATCH_LEVEL);
    NET_BUFFER *nb = NetBuffer;
    if (!RULE("NdisAdvanceNetBufferDataStart", DataOffsetDelta <= NET_BUFFER_DATA_LENGTH(nb),
              "NdisAdvanceNetBufferDataStart: %u bytes to release, but NET_BUFFER %p has %u",
              DataOffsetDelta, (void *)nb, NET_BUFFER_DATA_LENGTH(nb)))
        return;
    NET_BUFFER_DATA_OFFSET(nb) += DataOffsetDelta;
    NET_BUFFER_DATA_LENGTH(nb) -= DataOffsetDelta;
    /* Only MDLs that a retreat put in front may go: the others belong to whoever made the chain. */
    MDL *first = NET_BUFFER_FIRST_MDL(nb);
    while (FreeMdl && first && first->MdlFlags & MDL_NETWORK_HEADER &&
           NET_BUFFER_DATA_OFFSET(nb) >= first->ByteCount) {
        NET_BUFFER_DATA_OFFSET(nb) -= first->ByteCount;
        NET_BUFFER_FIRST_MDL(nb) = first->Next;
        first->Next = NULL;
        if (FreeMdlHandler)
            DRIVER_CALL(FreeMdlHandler, first);
        else
            nb_mdl_with_memory_free(first);
        first = NET_BUFFER_FIRST_MDL(nb);
    }
    if (first) {
        NdisAdjustNetBufferCurrentMdl(nb);
    } else {
        NET_BUFFER_CURRENT_MDL(nb) = NULL;
        NET_BUFFER_CURRENT_MDL_OFFSET(nb) = 0;
    }
}
NT_EXPORT("ndis.sys", NdisAdvanceNetBufferDataStart);

VOID NTAPI NdisAdvanceNetBufferListDataStart(PNET_BUFFER_LIST NetBufferList, ULONG DataOffsetDelta,
                                             BOOLEAN FreeMdl,
                                             NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler)
{
    for (NET_BUFFER *nb = NET_BUFFER_LIST_FIRST_NB(NetBufferList); nb; nb = NET_BUFFER_NEXT_NB(nb))
        NdisAdvanceNetBufferDataStart(nb, DataOffsetDelta, FreeMdl, FreeMdlHandler);
}
NT_EXPORT("ndis.sys", NdisAdvanceNetBufferListDataStart);

NDIS_STATUS NTAPI NdisRetreatNetBufferListDataStart(
    PNET_BUFFER_LIST NetBufferList, ULONG DataOffsetDelta, ULONG DataBackFill,
    NET_BUFFER_ALLOCATE_MDL_HANDLER AllocateMdlHandler, NET_BUFFER_FREE_MDL_HANDLER FreeMdlHandler)
{
    NET_BUFFER *first = NET_BUFFER_LIST_FIRST_NB(NetBufferList), *nb;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;
    for (nb = first; nb; nb = NET_BUFFER_NEXT_NB(nb)) {
        status =
            NdisRetreatNetBufferDataStart(nb, DataOffsetDelta, DataBackFill, AllocateMdlHandler);
        if (status != NDIS_STATUS_SUCCESS)
            break;
    }
    /* All or none: the ones that worked are undone. */
    for (NET_BUFFER *done = first; status != NDIS_STATUS_SUCCESS && done != nb;
         done = NET_BUFFER_NEXT_NB(done))
        NdisAdvanceNetBufferDataStart(done, DataOffsetDelta, TRUE, FreeMdlHandler);
    return status;
}
NT_EXPORT("ndis.sys", NdisRetreatNetBufferListDataStart);

/* --- looking at data --- */

PVOID NTAPI NdisGetDataBuffer(PNET_BUFFER NetBuffer, ULONG BytesNeeded, PVOID Storage,
                              ULONG AlignMultiple, ULONG AlignOffset)
{
    IRQL_MAX(DISPATCH_LEVEL);
    MDL *mdl;
    uint32_t at;
    if (!RULE("NdisGetDataBuffer", AlignMultiple && !(AlignMultiple & (AlignMultiple - 1)),
              "NdisGetDataBuffer: AlignMultiple %u is not a power of two", AlignMultiple))
        return NULL;
    if (BytesNeeded > NET_BUFFER_DATA_LENGTH(NetBuffer) ||
        !nb_chain_seek(NET_BUFFER_CURRENT_MDL(NetBuffer), NET_BUFFER_CURRENT_MDL_OFFSET(NetBuffer),
                       &mdl, &at))
        return NULL;
    if (BytesNeeded <= mdl->ByteCount - at) {
        uint8_t *base = nb_mdl_address(mdl);
        if (!base)
            return NULL;
        if (!(((uintptr_t)base + at - AlignOffset) & (AlignMultiple - 1)))
            return base + at;
    }
    if (!Storage || nb_read(NetBuffer, 0, Storage, BytesNeeded) != BytesNeeded)
        return NULL;
    return Storage;
}
NT_EXPORT("ndis.sys", NdisGetDataBuffer);

NDIS_STATUS NTAPI NdisCopyFromNetBufferToNetBuffer(PNET_BUFFER Destination, ULONG DestinationOffset,
                                                   ULONG BytesToCopy, PNET_BUFFER const Source,
                                                   ULONG SourceOffset, PULONG BytesCopied)
{
    IRQL_MAX(DISPATCH_LEVEL);
    *BytesCopied = 0;
    MDL *to, *from;
    uint32_t to_at, from_at, length = NET_BUFFER_DATA_LENGTH(Source);
    if (SourceOffset >= length)
        return NDIS_STATUS_SUCCESS;
    /* The source ends with its data, the destination with its memory: it is there to be filled. */
    uint32_t left = length - SourceOffset < BytesToCopy ? length - SourceOffset : BytesToCopy;
    if (!nb_chain_seek(NET_BUFFER_CURRENT_MDL(Source),
                       NET_BUFFER_CURRENT_MDL_OFFSET(Source) + SourceOffset, &from, &from_at) ||
        !nb_chain_seek(NET_BUFFER_CURRENT_MDL(Destination),
                       NET_BUFFER_CURRENT_MDL_OFFSET(Destination) + DestinationOffset, &to, &to_at))
        return NDIS_STATUS_SUCCESS;
    while (left && from && to) {
        uint32_t n = from->ByteCount - from_at, m = to->ByteCount - to_at;
        n = n < m ? n : m;
        n = n < left ? n : left;
        if (n) {
            uint8_t *source = nb_mdl_address(from), *destination = nb_mdl_address(to);
            if (!source || !destination)
                return NDIS_STATUS_RESOURCES;
            memmove(destination + to_at, source + from_at, n);
        }
        left -= n;
        *BytesCopied += n;
        if ((from_at += n) == from->ByteCount)
            from = from->Next, from_at = 0;
        if ((to_at += n) == to->ByteCount)
            to = to->Next, to_at = 0;
    }
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisCopyFromNetBufferToNetBuffer);

ULONG NTAPI NdisQueryNetBufferPhysicalCount(PNET_BUFFER NetBuffer)
{
    IRQL_MAX(DISPATCH_LEVEL);
    ULONG pages = 0;
    for (MDL *mdl = NET_BUFFER_CURRENT_MDL(NetBuffer); mdl; mdl = mdl->Next)
        pages += ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(mdl), mdl->ByteCount);
    return pages;
}
NT_EXPORT("ndis.sys", NdisQueryNetBufferPhysicalCount);

/* --- out-of-band information --- */

static void copy_info(PNET_BUFFER_LIST to, PNET_BUFFER_LIST from, const int *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to->NetBufferListInfo[items[i]] = from->NetBufferListInfo[items[i]];
}

VOID NTAPI NdisCopySendNetBufferListInfo(PNET_BUFFER_LIST DestNetBufferList,
                                         PNET_BUFFER_LIST SrcNetBufferList)
{
    IRQL_MAX(DISPATCH_LEVEL);
    static const int items[] = {
        TcpIpChecksumNetBufferListInfo,
        IPsecOffloadV1NetBufferListInfo,
        TcpLargeSendNetBufferListInfo,
        Ieee8021QNetBufferListInfo,
        MediaSpecificInformation,
        NetBufferListCancelId,
        NetBufferListProtocolId,
        IPsecOffloadV2TunnelNetBufferListInfo,
        IPsecOffloadV2HeaderNetBufferListInfo,
        VirtualSubnetInfo,
        NetBufferListFilteringInfo,
    };
    copy_info(DestNetBufferList, SrcNetBufferList, items, sizeof(items) / sizeof(items[0]));
}
NT_EXPORT("ndis.sys", NdisCopySendNetBufferListInfo);

VOID NTAPI NdisCopyReceiveNetBufferListInfo(PNET_BUFFER_LIST DestNetBufferList,
                                            PNET_BUFFER_LIST SrcNetBufferList)
{
    IRQL_MAX(DISPATCH_LEVEL);
    static const int items[] = {
        TcpIpChecksumNetBufferListInfo,
        IPsecOffloadV1NetBufferListInfo,
        TcpReceiveNoPush,
        Ieee8021QNetBufferListInfo,
        MediaSpecificInformation,
        NetBufferListFrameType,
        NetBufferListHashValue,
        NetBufferListHashInfo,
        IPsecOffloadV2TunnelNetBufferListInfo,
        IPsecOffloadV2HeaderNetBufferListInfo,
        VirtualSubnetInfo,
        NetBufferListFilteringInfo,
    };
    copy_info(DestNetBufferList, SrcNetBufferList, items, sizeof(items) / sizeof(items[0]));
}
NT_EXPORT("ndis.sys", NdisCopyReceiveNetBufferListInfo);
