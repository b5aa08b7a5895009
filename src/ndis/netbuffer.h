/* SPDX-License-Identifier: MIT */
/* netbuffer.h - NET_BUFFER_LISTs and NET_BUFFERs: the pools they come from, and the data behind
 * them.
 *
 * A NET_BUFFER describes bytes [DataOffset, DataOffset + DataLength) of the memory that its MDL
 * chain lines up; CurrentMdl and CurrentMdlOffset repeat where DataOffset falls. Bytes before it
 * are unused data space, which a retreat claims and an advance gives back (WDK: "NET_BUFFER
 * Architecture", "Retreat and Advance Operations").
 *
 * Structures live in pool cells: [cell header | structure | context | NET_BUFFER | MDL | data]. A
 * cell that was freed keeps its header, so that freeing twice or a stray pointer is recognised, and
 * is poisoned.
 *
 * The exports (NdisAllocateNetBufferList ...) are declared by ndis.h and may be called by the rest
 * of the room as they are, with a NULL NdisHandle for what belongs to dirql itself. Any processor,
 * IRQL <= DISPATCH_LEVEL. */
#pragma once
#include "ndis/objects.h"

struct nb_pool;

/* Is it a live structure from a pool? Never faults. */
bool nb_is_net_buffer(const NET_BUFFER *nb);
bool nb_is_list(const NET_BUFFER_LIST *nbl);

/* The driver or adapter that made the pool (struct ndis_object.owner), or NULL. */
const void *nb_list_owner(const NET_BUFFER_LIST *nbl);

/* Host address of the MDL's memory; NULL if it cannot be mapped. */
uint8_t *nb_mdl_address(MDL *mdl);

/* Where byte `offset` of the MDL chain lies: the MDL and the offset in it. An offset at the end of
 * an MDL is the start of the next; at the end of the chain it is the end of the last MDL. False
 * beyond that. */
bool nb_chain_seek(MDL *chain, uint32_t offset, MDL **mdl, uint32_t *mdl_offset);
uint32_t nb_chain_bytes(const MDL *chain);

/* Copies `len` bytes of the used data, from `offset` in it. Returns how many there were. */
uint32_t nb_read(const NET_BUFFER *nb, uint32_t offset, void *to, uint32_t len);

/* MDL plus memory in one block, as retreat operations make when the driver gives no NetAllocateMdl.
 */
MDL *nb_mdl_with_memory(uint32_t bytes);
void nb_mdl_with_memory_free(MDL *mdl);
