/* SPDX-License-Identifier: MIT */
/* dma.h - scatter/gather DMA of an adapter: what the device may reach, and in which pieces.
 *
 * NDIS page: NdisMRegisterScatterGatherDma. A scatter/gather list begins at the first byte of the
 * CurrentMdl, not at the data: the driver skips CurrentMdlOffset bytes itself
 * (NdisMAllocateNetBufferSGList, Remarks). */
#pragma once
#include "ndis/ndis_internal.h"
#include "ndis/objects.h"

#define NDIS_SG_DMA_MAGIC 0x4d444753u /* "SGDM" */

struct ndis_sg_dma {
    uint32_t magic;
    bool address64; /* the device reaches more than 4 GiB */
    struct ndis_adapter *adapter;
    MINIPORT_PROCESS_SG_LIST_HANDLER process;
    MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE_HANDLER shared_memory_complete;
    uint32_t maximum_mapping, list_bytes;
    _Atomic unsigned lists; /* allocated and not yet freed */
    struct ndis_object object;
};

/* For exploration: how the hardware abstraction layer behaves where its contract leaves it a
 * choice. Pool memory is physically contiguous here; real machines' is often not. */
extern bool ndis_sg_split_pages; /* never merge neighbouring pages into one element */
extern bool
    ndis_sg_deliver_later; /* call MiniportProcessSGList from a DPC, after the function returned */

/* Fills elements (room for `max`) with the physical pieces of the first `bytes` bytes of a chain.
 * Returns how many pieces there are, which may be more than max; 0 if the chain is shorter or is
 * not locked in memory. */
size_t ndis_sg_map(MDL *chain, uint32_t bytes, bool split_pages, SCATTER_GATHER_ELEMENT *elements,
                   size_t max);
