/* SPDX-License-Identifier: MIT */
/* transfer.c - NdisMEthIndicateReceive: header and lookahead, and MiniportTransferData for the
 * rest.
 *
 * The block's pointers carry the names of the exports that did this work in Windows,
 * EthFilterDprIndicateReceive and EthFilterDprIndicateReceiveComplete. One indication is under way
 * per adapter at a time: the miniport is serialised. MiniportTransferData is asked for from byte 0
 * and from the end of the lookahead in turn, into one or two buffers; it may complete later.
 * ByteOffset counts behind the header (NDIS 5, "MiniportTransferData"). */
#include "ndis5/ndis5.h"
#include "ndis5/porting.h"
#include <stdlib.h>
#include <string.h>

#define HEADER     14
#define BYTES_MAX  4096 /* an Ethernet frame */
#define FIRST_PART 100  /* of a destination in two buffers */

struct transfer5 {
    NDIS_HANDLE pool;
    NDIS_PACKET *packet;
    uint8_t *memory; /* pool: the frame is put together here */
    MDL *mdl[2];     /* over it, made for each transfer */
    UINT *moved;     /* BytesTransferred, where the driver writes it */
    unsigned turn;
    bool pending; /* atomic */
    UINT size, asked, from;
};

struct transfer5 *ndis5_transfer_create(void)
{
    struct transfer5 *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->pool = ndis5_pool_create(1, 2 * sizeof(PVOID), true);
    t->packet = t->pool ? ndis5_packet_alloc(t->pool) : NULL;
    t->memory = nt_pool_alloc_system(BYTES_MAX, NDIS_TAG);
    t->moved = nt_pool_alloc_system(sizeof(UINT), NDIS_TAG);
    if (!t->packet || !t->memory || !t->moved) {
        ndis5_transfer_destroy(t);
        return NULL;
    }
    return t;
}

static void buffers_free(struct transfer5 *t)
{
    for (unsigned i = 0; i < 2; i++) {
        if (t->mdl[i])
            IoFreeMdl(t->mdl[i]);
        t->mdl[i] = NULL;
    }
}

void ndis5_transfer_destroy(struct transfer5 *t)
{
    buffers_free(t);
    if (t->packet)
        NdisFreePacket(t->packet);
    if (t->pool)
        NdisFreePacketPool(t->pool);
    nt_pool_free(t->memory);
    nt_pool_free(t->moved);
    free(t);
}

/* One or two buffers over memory[HEADER + from, ... + asked). */
static bool buffers_make(struct transfer5 *t)
{
    UINT done = 0;
    MDL **link = &t->mdl[0];
    NDIS_PACKET *packet = t->packet;
    packet->Private.Head = packet->Private.Tail = NULL;
    packet->Private.ValidCounts = FALSE;
    for (unsigned i = 0; i < 2 && done < t->asked; i++) {
        UINT left = t->asked - done;
        UINT n = i == 0 && t->turn % 3 == 2 && left > FIRST_PART ? FIRST_PART : left;
        MDL *mdl = IoAllocateMdl(t->memory + HEADER + t->from + done, n, FALSE, FALSE, NULL);
        if (!mdl)
            return false;
        MmBuildMdlForNonPagedPool(mdl);
        link[i] = mdl;
        if (packet->Private.Tail)
            packet->Private.Tail->Next = mdl;
        else
            packet->Private.Head = mdl;
        packet->Private.Tail = mdl;
        done += n;
    }
    return true;
}

/* The transfer is through: the frame is complete, if it worked. A protocol is told how much was
 * moved, and takes that. */
static void finish(struct ndis_adapter *adapter, NDIS_STATUS status, UINT moved)
{
    struct transfer5 *t = five(adapter)->transfer;
    if (status == NDIS_STATUS_SUCCESS) {
        RULE("MiniportTransferData", moved == t->asked,
             "MiniportTransferData moved %u bytes, %u were asked for from offset %u of a packet "
             "of %u",
             moved, t->asked, t->from, t->size);
        if (moved > t->asked)
            moved = t->asked;
        ndis5_deliver(adapter, t->memory, HEADER + t->from + moved, 0, 0);
    }
    buffers_free(t);
}

bool ndis5_transfer_abort(struct ndis_adapter *adapter)
{
    struct transfer5 *t = five(adapter)->transfer;
    if (!__atomic_exchange_n(&t->pending, false, __ATOMIC_ACQ_REL))
        return false;
    buffers_free(t);
    return true;
}

static void transfer(struct ndis_adapter *adapter, NDIS_HANDLE receive_context, UINT lookahead)
{
    struct transfer5 *t = five(adapter)->transfer;
    t->from = t->turn % 2 ? lookahead : 0;
    t->asked = t->size - t->from;
    *t->moved = 0;
    if (!buffers_make(t)) {
        buffers_free(t);
        return;
    }
    __atomic_store_n(&t->pending, true, __ATOMIC_RELEASE);
    NDIS_STATUS status =
        (NDIS_STATUS)DRIVER_CALL(chars5(adapter)->TransferDataHandler, t->packet, t->moved,
                                 adapter->context, receive_context, t->from, t->asked);
    if (status == NDIS_STATUS_PENDING)
        return; /* NdisMTransferDataComplete */
    if (RULE("NdisMTransferDataComplete", __atomic_exchange_n(&t->pending, false, __ATOMIC_ACQ_REL),
             "MiniportTransferData returned 0x%08x after NdisMTransferDataComplete",
             (unsigned)status))
        finish(adapter, status, *t->moved);
}

VOID NTAPI NdisMTransferDataComplete(NDIS_HANDLE MiniportAdapterHandle, PNDIS_PACKET Packet,
                                     NDIS_STATUS Status, UINT BytesTransferred)
{
    bool irql_fine = IRQL_EXACT(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter || (!irql_fine && irql_current() > DISPATCH_LEVEL))
        return;
    struct transfer5 *t = five(adapter)->transfer;
    if (RULE("NdisMTransferDataComplete",
             Packet == t->packet && __atomic_exchange_n(&t->pending, false, __ATOMIC_ACQ_REL),
             "NdisMTransferDataComplete of packet %p, of which no transfer is pending",
             (void *)Packet))
        finish(adapter, Status, BytesTransferred);
}
NT_EXPORT("ndis.sys", NdisMTransferDataComplete);

/* --- indication --- */

static struct ndis_adapter *of_filter(const struct _X_FILTER *filter, const char *name)
{
    for (struct ndis_driver *d = ndis_driver_first(); d; d = d->next)
        for (struct ndis_adapter *a = d->adapters; a; a = a->next)
            if (a->five && a->five->filter == filter)
                return a;
    violation(name, "%s was given a filter (NDIS_MINIPORT_BLOCK.EthDB) %p that is none", name,
              (const void *)filter);
    return NULL;
}

/* Is what the driver says about header and lookahead possible? */
static bool sizes_ok(struct ndis_adapter *adapter, UINT header, UINT lookahead, UINT size)
{
    struct ndis5_adapter *f = five(adapter);
    UINT expected = size < f->lookahead ? size : f->lookahead;
    return RULE("NdisMEthIndicateReceive", header == HEADER,
                "NdisMEthIndicateReceive with a header of %u bytes; an Ethernet header has 14",
                header) &&
           RULE("NdisMEthIndicateReceive", lookahead <= size,
                "NdisMEthIndicateReceive with a lookahead of %u bytes of a packet of %u "
                "(PacketSize counts without "
                "the header)",
                lookahead, size) &&
           RULE("NdisMEthIndicateReceive", lookahead >= expected,
                "NdisMEthIndicateReceive with a lookahead of %u bytes; of a packet of %u it must "
                "have %u, as "
                "OID_GEN_CURRENT_LOOKAHEAD was set to %u",
                lookahead, size, expected, f->lookahead) &&
           RULE("NdisMEthIndicateReceive", HEADER + size <= BYTES_MAX,
                "NdisMEthIndicateReceive of a packet of %u bytes", size);
}

static VOID NTAPI eth_indicate(PETH_FILTER Filter, NDIS_HANDLE MacReceiveContext, PCHAR Address,
                               PVOID HeaderBuffer, UINT HeaderBufferSize, PVOID LookaheadBuffer,
                               UINT LookaheadBufferSize, UINT PacketSize)
{
    static const char name[] = "NdisMEthIndicateReceive";
    bool irql_fine = irql_require(name, DISPATCH_LEVEL, DISPATCH_LEVEL);
    struct ndis_adapter *adapter = of_filter(Filter, name);
    if (!adapter || (!irql_fine && irql_current() > DISPATCH_LEVEL))
        return;
    struct ndis5_adapter *f = five(adapter);
    struct transfer5 *t = f->transfer;
    if (ndis_porting)
        porting_note(adapter->driver, name);
    RULE("NdisMEthIndicateReceive", !f->deserialized,
         "NdisMEthIndicateReceive by a deserialised miniport: it indicates with "
         "NdisMIndicateReceivePacket");
    f->complete_owed = true;
    if (!sizes_ok(adapter, HeaderBufferSize, LookaheadBufferSize, PacketSize) ||
        ndis_state(adapter) != NDIS_RUNNING)
        return;
    if (__atomic_load_n(&t->pending, __ATOMIC_ACQUIRE))
        return; /* the protocol's only packet is still being filled: it has no resources for this
                   one */
    t->turn++;
    t->size = PacketSize;
    memcpy(t->memory, HeaderBuffer, HEADER);
    memcpy(t->memory + HEADER, LookaheadBuffer, LookaheadBufferSize);
    if (LookaheadBufferSize == PacketSize)
        ndis5_deliver(adapter, t->memory, HEADER + PacketSize, 0, 0);
    else if (RULE("MiniportTransferData", chars5(adapter)->TransferDataHandler != NULL,
                  "NdisMEthIndicateReceive with %u of %u bytes by a driver without a "
                  "TransferDataHandler",
                  LookaheadBufferSize, PacketSize))
        transfer(adapter, MacReceiveContext, LookaheadBufferSize);
}
NT_EXPORT_AS("ndis.sys", EthFilterDprIndicateReceive, eth_indicate);

static VOID NTAPI eth_complete(PETH_FILTER Filter)
{
    struct ndis_adapter *adapter = of_filter(Filter, "NdisMEthIndicateReceiveComplete");
    if (adapter)
        five(adapter)->complete_owed = false;
}
NT_EXPORT_AS("ndis.sys", EthFilterDprIndicateReceiveComplete, eth_complete);

/* The block's pointers are called by the macros' users, who know only those names. */
void *ndis5_eth_indicate_pointer(void)
{
    static void *pointer;
    if (!pointer)
        pointer = nt_export_pointer("ndis.sys", "NdisMEthIndicateReceive", eth_indicate);
    return pointer;
}

void *ndis5_eth_complete_pointer(void)
{
    static void *pointer;
    if (!pointer)
        pointer =
            nt_export_pointer("ndis.sys", "NdisMEthIndicateReceiveComplete", eth_complete);
    return pointer;
}

/* The same for those that import it instead of using the macro: by the adapter's handle. */
#undef NdisMEthIndicateReceive
#undef NdisMEthIndicateReceiveComplete
static VOID NTAPI indicate_by_handle(NDIS_HANDLE MiniportAdapterHandle,
                                     NDIS_HANDLE MiniportReceiveContext, PVOID HeaderBuffer,
                                     UINT HeaderBufferSize, PVOID LookaheadBuffer,
                                     UINT LookaheadBufferSize, UINT PacketSize)
{
    struct ndis_adapter *adapter =
        ndis5_from_handle(MiniportAdapterHandle, "NdisMEthIndicateReceive");
    if (adapter)
        eth_indicate(five(adapter)->filter, MiniportReceiveContext, HeaderBuffer, HeaderBuffer,
                     HeaderBufferSize, LookaheadBuffer, LookaheadBufferSize, PacketSize);
}
NT_EXPORT_AS("ndis.sys", NdisMEthIndicateReceive, indicate_by_handle);

static VOID NTAPI complete_by_handle(NDIS_HANDLE MiniportAdapterHandle)
{
    struct ndis_adapter *adapter =
        ndis5_from_handle(MiniportAdapterHandle, "NdisMEthIndicateReceiveComplete");
    if (adapter)
        eth_complete(five(adapter)->filter);
}
NT_EXPORT_AS("ndis.sys", NdisMEthIndicateReceiveComplete, complete_by_handle);

void ndis5_check_indications(struct ndis_adapter *adapter, const void *handler, const char *call)
{
    struct ndis5_adapter *f = five(adapter);
    RULE_AT(handler, "NdisMEthIndicateReceiveComplete", !f->complete_owed,
            "%s indicated receives and returned without NdisMEthIndicateReceiveComplete", call);
    f->complete_owed = false;
}
