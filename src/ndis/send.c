/* SPDX-License-Identifier: MIT */
/* send.c - frames to the driver, and their completion.
 *
 * Each call to MiniportSendNetBufferLists may come at PASSIVE_LEVEL or at DISPATCH_LEVEL, with one
 * or many NET_BUFFER_LISTs, each with one or several NET_BUFFERs, whose data lies in one or more
 * MDLs behind an offset. Windows promises none of that to a driver, so all of it takes turns here.
 */
#include "ndis/data_path.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MS            1000000ull
#define ETHERNET_HEAD 14
#define VLAN_TAG      4
#define FRONT_MIN     64 /* unused data space in front of a frame, as a protocol stack leaves it */
/* What our sends carry for MiniportCancelSend; any value does (NDIS_SET_NET_BUFFER_LIST_CANCEL_ID).
 */
#define CANCEL_ID ((PVOID)0x6469727100000001ull)

/* --- slots --- */

static unsigned hash(const NET_BUFFER_LIST *nbl)
{
    uint64_t x = (uint64_t)(uintptr_t)nbl >> 4;
    return (unsigned)((x * 0x9e3779b97f4a7c15ull) >> 40) & (SEND_HASH - 1);
}

static struct send_slot *slot_of(const struct ndis_data_path *path, const NET_BUFFER_LIST *nbl)
{
    for (unsigned i = hash(nbl);; i = (i + 1) & (SEND_HASH - 1)) {
        struct send_slot *slot = path->by_nbl[i];
        if (!slot || slot->nbl == nbl)
            return slot;
    }
}

static MDL *mdl_for(uint8_t *va, uint32_t bytes)
{
    MDL *mdl = IoAllocateMdl(va, bytes, FALSE, FALSE, NULL);
    if (mdl)
        MmBuildMdlForNonPagedPool(mdl);
    return mdl;
}

/* shape 0: all in one MDL; 1: the Ethernet header apart; 2: header, 40 bytes of IP and TCP headers,
 * payload. */
static bool slot_build(struct ndis_data_path *path, struct send_slot *slot, unsigned shape,
                       uint32_t capacity)
{
    slot->front = FRONT_MIN + path->adapter->general.DataBackFillSize;
    slot->memory = nt_pool_alloc_system(slot->front + capacity, NDIS_TAG);
    if (!slot->memory)
        return false;
    uint32_t cuts[3] = {slot->front + ETHERNET_HEAD, slot->front + ETHERNET_HEAD + 40,
                        slot->front + capacity};
    uint32_t from = 0;
    MDL **tail = &slot->mdl;
    for (unsigned i = 0; i < 3; i++) {
        if ((shape == 0 && i < 2) || (shape == 1 && i == 1))
            continue;
        *tail = mdl_for(slot->memory + from, cuts[i] - from);
        if (!*tail)
            return false;
        tail = &(*tail)->Next;
        from = cuts[i];
    }
    USHORT context = (USHORT)((path->adapter->general.ContextBackFillSize + 15) & ~15u);
    slot->nbl = NdisAllocateNetBufferAndNetBufferList(path->pool, context, context, slot->mdl,
                                                      slot->front, 0);
    if (!slot->nbl)
        return false;
    slot->nb = slot->nbl->FirstNetBuffer;
    unsigned i = hash(slot->nbl);
    while (path->by_nbl[i])
        i = (i + 1) & (SEND_HASH - 1);
    path->by_nbl[i] = slot;
    return true;
}

static void slots_free(struct ndis_data_path *path)
{
    for (unsigned i = 0; path->slots && i < SEND_SLOTS; i++) {
        struct send_slot *slot = &path->slots[i];
        /* What the driver still has stays: freeing it would turn its leak into our crash. */
        if (slot->state == SLOT_SENT)
            continue;
        if (slot->nbl)
            NdisFreeNetBufferList(slot->nbl);
        for (MDL *mdl = slot->mdl, *next; mdl; mdl = next) {
            next = mdl->Next;
            IoFreeMdl(mdl);
        }
        nt_pool_free(slot->memory);
    }
    free(path->slots);
    path->slots = NULL;
    path->free = NULL;
    path->free_count = 0;
    path->frame_max = 0;
    memset(path->by_nbl, 0, sizeof(path->by_nbl));
}

int send_prepare(struct ndis_data_path *path)
{
    if (path->adapter->driver->legacy)
        return path->adapter->driver->legacy->send_prepare(path);
    uint32_t frame_max = path->adapter->general.MtuSize + ETHERNET_HEAD + VLAN_TAG;
    if (path->frame_max == frame_max)
        return 0;
    slots_free(path);
    path->slots = calloc(SEND_SLOTS, sizeof(*path->slots));
    if (!path->slots)
        return -ENOMEM;
    uint32_t capacity = (frame_max < 128 ? 128 : frame_max + 15) & ~15u;
    const struct ndis_sending *sending = &path->adapter->sending;
    for (unsigned i = 0; i < sending->sends; i++) {
        if (!slot_build(path, &path->slots[i], i % sending->buffers, capacity)) {
            slots_free(path);
            return -ENOMEM;
        }
    }
    for (unsigned i = sending->sends; i-- > 0;) {
        path->slots[i].next_free = path->free;
        path->free = &path->slots[i];
    }
    path->free_count = sending->sends;
    path->frame_max = frame_max;
    return 0;
}

int send_create(struct ndis_data_path *path)
{
    NET_BUFFER_LIST_POOL_PARAMETERS params = {0};
    ndis_header_set(&params.Header, NDIS_OBJECT_TYPE_DEFAULT,
                    NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
                    NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1);
    params.ProtocolId = NDIS_PROTOCOL_ID_TCP_IP;
    params.fAllocateNetBuffer = TRUE;
    params.PoolTag = NDIS_TAG;
    path->pool = NdisAllocateNetBufferListPool(NULL, &params);
    event_init(&path->drained, true, false);
    return path->pool ? 0 : -ENOMEM;
}

void send_destroy(struct ndis_data_path *path)
{
    bool leaked = path->adapter->nbls_outstanding_to_driver != 0;
    slots_free(path);
    if (path->pool && !leaked)
        NdisFreeNetBufferListPool(path->pool);
}

static unsigned slots_take(struct ndis_data_path *path, struct send_slot **out, unsigned n)
{
    unsigned taken = 0;
    host_lock(&path->lock);
    while (taken < n && path->free) {
        out[taken] = path->free;
        path->free = path->free->next_free;
        taken++;
    }
    path->free_count -= taken;
    host_unlock(&path->lock);
    return taken;
}

static void slot_put(struct ndis_data_path *path, struct send_slot *slot)
{
    host_lock(&path->lock);
    slot->next_free = path->free;
    path->free = slot;
    path->free_count++;
    host_unlock(&path->lock);
}

unsigned ndis_send_room(struct ndis_adapter *adapter)
{
    const struct ndis_data_path *path = adapter->data_path;
    bool open = __atomic_load_n(&path->open, __ATOMIC_ACQUIRE);
    return open ? __atomic_load_n(&path->free_count, __ATOMIC_RELAXED) : 0;
}

/* --- send --- */

/* Copies the frame in and makes the structures new: the driver may have advanced or retreated what
 * it got last time. */
static void slot_load(struct ndis_adapter *adapter, struct send_slot *slot,
                      const struct ndis_frame *frame)
{
    NET_BUFFER_LIST *nbl = slot->nbl;
    NET_BUFFER *nb = slot->nb;
    memcpy(slot->memory + slot->front, frame->data, frame->len);
    slot->len = (uint32_t)frame->len;
    nb->Next = NULL;
    nb->MdlChain = nb->CurrentMdl = slot->mdl;
    nb->CurrentMdlOffset = nb->DataOffset = slot->front;
    nb->stDataLength = frame->len;
    nbl->Next = NULL;
    nbl->FirstNetBuffer = nb;
    nbl->ParentNetBufferList = NULL;
    nbl->SourceHandle = adapter->data_path; /* the binding above: a list whose handle is the
                                               miniport's would be its own */
    nbl->Flags = nbl->NblFlags = 0;
    nbl->ChildRefCount = 0;
    nbl->Status = NDIS_STATUS_SUCCESS;
    memset(nbl->NetBufferListInfo, 0, sizeof(nbl->NetBufferListInfo));
    NDIS_SET_NET_BUFFER_LIST_CANCEL_ID(nbl, CANCEL_ID);
    slot->bundled = NULL;
    slot->late_reported = false;
}

/* Links the slots into one chain; returns how many NET_BUFFER_LISTs that are. */
static unsigned chain_build(struct send_slot **slots, unsigned n, bool bundle)
{
    unsigned lists = 0;
    NET_BUFFER_LIST **tail = NULL;
    for (unsigned i = 0; i < n; i++) {
        struct send_slot *slot = slots[i];
        if (tail)
            *tail = slot->nbl;
        tail = &slot->nbl->Next;
        lists++;
        if (bundle && i + 1 < n) {
            slot->bundled = slots[++i];
            slot->nb->Next = slot->bundled->nb;
        }
    }
    return lists;
}

/* A call into the driver may start: counted, so that quiesce can wait for it. */
static bool call_begin(struct ndis_data_path *path)
{
    __atomic_add_fetch(&path->calls, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&path->open, __ATOMIC_SEQ_CST) && ndis_state(path->adapter) == NDIS_RUNNING)
        return true;
    __atomic_sub_fetch(&path->calls, 1, __ATOMIC_SEQ_CST);
    return false;
}

static void call_end(struct ndis_data_path *path)
{
    __atomic_sub_fetch(&path->calls, 1, __ATOMIC_SEQ_CST);
}

#define BATCH 64

static unsigned send_batch(struct ndis_adapter *adapter, const struct ndis_frame *frames,
                           unsigned n, void (*done)(void *ctx, NDIS_STATUS status), void *ctx)
{
    if (adapter->driver->legacy)
        return adapter->driver->legacy->send(adapter, frames, n, done, ctx);
    struct ndis_data_path *path = adapter->data_path;
    struct send_slot *slots[BATCH];
    n = slots_take(path, slots, n);
    if (!n)
        return 0;
    uint64_t now = host_now();
    for (unsigned i = 0; i < n; i++) {
        slot_load(adapter, slots[i], &frames[i]);
        slots[i]->done = done;
        slots[i]->ctx = ctx;
        slots[i]->sent_at = now;
        __atomic_store_n(&slots[i]->state, SLOT_SENT, __ATOMIC_RELEASE);
    }
    unsigned batch = __atomic_fetch_add(&path->batches, 1, __ATOMIC_RELAXED);
    unsigned lists = chain_build(slots, n, batch % 4 == 3);
    ndis_count(&adapter->nbls_outstanding_to_driver, lists);

    bool dispatch = batch % 2;
    KIRQL old = dispatch ? irql_raise(DISPATCH_LEVEL) : PASSIVE_LEVEL;
    DRIVER_CALL(adapter->driver->chars.SendNetBufferListsHandler, adapter->context, slots[0]->nbl,
                NDIS_DEFAULT_PORT_NUMBER, dispatch ? NDIS_SEND_FLAGS_DISPATCH_LEVEL : 0);
    if (dispatch)
        irql_lower(old);
    return n;
}

unsigned ndis_send(struct ndis_adapter *adapter, const struct ndis_frame *frames, unsigned n,
                   void (*done)(void *ctx, NDIS_STATUS status), void *ctx)
{
    struct ndis_data_path *path = adapter->data_path;
    unsigned sent = 0;
    if (!call_begin(path))
        return 0;
    while (sent < n) {
        unsigned count = 0;
        while (count < BATCH && sent + count < n && frames[sent + count].len <= path->frame_max &&
               frames[sent + count].len >= ETHERNET_HEAD)
            count++;
        unsigned taken = count ? send_batch(adapter, frames + sent, count, done, ctx) : 0;
        sent += taken;
        if (taken < count || !count)
            break;
    }
    call_end(path);
    return sent;
}

void ndis_cancel_sends(struct ndis_adapter *adapter)
{
    if (!call_begin(adapter->data_path))
        return;
    if (adapter->driver->legacy)
        adapter->driver->legacy->cancel_sends(adapter);
    else
        DRIVER_CALL(adapter->driver->chars.CancelSendHandler, adapter->context, CANCEL_ID);
    call_end(adapter->data_path);
}

/* --- completion --- */

static void slot_complete(struct ndis_data_path *path, struct send_slot *slot, NDIS_STATUS status)
{
    struct ndis_adapter *adapter = path->adapter;
    void (*done)(void *, NDIS_STATUS) = slot->done;
    void *ctx = slot->ctx;
    if (status == NDIS_STATUS_SUCCESS) {
        ndis_count(&adapter->frames_sent, 1);
        ndis_count(&adapter->bytes_sent, slot->len);
    } else {
        ndis_count(&adapter->sends_failed, 1);
    }
    slot_put(path, slot);
    if (done)
        done(ctx, status);
}

/* Takes one list back; false if it is none of ours, and its Next cannot be trusted. */
static bool complete_list(struct ndis_data_path *path, NET_BUFFER_LIST *nbl)
{
    struct send_slot *slot = slot_of(path, nbl);
    if (!RULE("NdisMSendNetBufferListsComplete", slot != NULL,
              "NET_BUFFER_LIST %p is completed, but was never given to MiniportSendNetBufferLists",
              nbl))
        return false;
    int sent = SLOT_SENT;
    if (!RULE("NdisMSendNetBufferListsComplete",
              __atomic_compare_exchange_n(&slot->state, &sent, SLOT_FREE, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_RELAXED),
              "NET_BUFFER_LIST %p is completed twice", nbl))
        return false;
    RULE("NdisMSendNetBufferListsComplete", nbl->FirstNetBuffer == slot->nb,
         "NET_BUFFER_LIST %p is completed with another first NET_BUFFER (%p) than it had (%p)", nbl,
         nbl->FirstNetBuffer, slot->nb);
    NDIS_STATUS status = nbl->Status;
    RULE("NdisMSendNetBufferListsComplete", status != NDIS_STATUS_PENDING,
         "NET_BUFFER_LIST %p is completed with NDIS_STATUS_PENDING", nbl);
    struct send_slot *bundled = slot->bundled;
    slot_complete(path, slot, status);
    if (bundled) {
        __atomic_store_n(&bundled->state, SLOT_FREE, __ATOMIC_RELEASE);
        slot_complete(path, bundled, status);
    }
    return true;
}

VOID NTAPI NdisMSendNetBufferListsComplete(NDIS_HANDLE MiniportAdapterHandle,
                                           PNET_BUFFER_LIST NetBufferLists, ULONG SendCompleteFlags)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    CHECK_DISPATCH_FLAG(SendCompleteFlags, NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL);
    struct ndis_data_path *path = adapter->data_path;
    unsigned lists = 0;
    for (NET_BUFFER_LIST *nbl = NetBufferLists, *next; nbl; nbl = next) {
        /* Read before: the completion may hand the list to another thread at once. */
        struct send_slot *slot = slot_of(path, nbl);
        next = slot ? nbl->Next : NULL;
        if (!complete_list(path, nbl))
            break;
        lists++;
    }
    if (lists &&
        !__atomic_sub_fetch(&adapter->nbls_outstanding_to_driver, lists, __ATOMIC_ACQ_REL) &&
        __atomic_load_n(&path->draining, __ATOMIC_ACQUIRE) && irql_current() <= DISPATCH_LEVEL)
        event_set(&path->drained);
}
NT_EXPORT("ndis.sys", NdisMSendNetBufferListsComplete);

/* --- pause, halt --- */

static uint64_t with_driver(const struct ndis_adapter *adapter)
{
    return __atomic_load_n(&adapter->nbls_outstanding_to_driver, __ATOMIC_ACQUIRE);
}

static bool sends_left(const struct ndis_adapter *adapter)
{
    const struct ndis_legacy *legacy = adapter->driver->legacy;
    return with_driver(adapter) || (legacy && legacy->sends_queued(adapter));
}

void ndis_data_path_await_returns(struct ndis_adapter *adapter)
{
    while (__atomic_load_n(&adapter->data_path->returning, __ATOMIC_SEQ_CST))
        thread_sleep(20000);
}

void ndis_data_path_quiesce(struct ndis_adapter *adapter)
{
    struct ndis_data_path *path = adapter->data_path;
    __atomic_store_n(&path->open, false, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&path->calls, __ATOMIC_SEQ_CST))
        thread_sleep(20000);
    /* A protocol waits for its sends before the miniport below is paused; if they do not come back,
     * the pause goes on and the driver has to complete them (MiniportPause, Remarks). */
    event_clear(&path->drained);
    __atomic_store_n(&path->draining, true, __ATOMIC_SEQ_CST);
    if (sends_left(adapter))
        thread_wait(&path->drained, ndis_timeouts.drain * MS);
    __atomic_store_n(&path->draining, false, __ATOMIC_SEQ_CST);
    receive_return_held(path);
    ndis_data_path_await_returns(adapter);
}

void ndis_data_path_resume(struct ndis_adapter *adapter)
{
    struct ndis_data_path *path = adapter->data_path;
    if (!with_driver(adapter) && send_prepare(path) != 0)
        path->frame_max = 0;
    __atomic_store_n(&path->open, path->frame_max != 0, __ATOMIC_SEQ_CST);
}

void ndis_data_path_check_paused(struct ndis_adapter *adapter)
{
    uint64_t sends = with_driver(adapter);
    uint64_t receives = __atomic_load_n(&adapter->nbls_outstanding_to_stack, __ATOMIC_ACQUIRE);
    RULE("R-280", !sends && !receives,
         "the pause completed while %llu sends are not completed and %llu received "
         "NET_BUFFER_LISTs are not returned",
         (unsigned long long)sends, (unsigned long long)receives);
}

void ndis_data_path_check_halted(struct ndis_adapter *adapter)
{
    uint64_t sends = with_driver(adapter);
    uint64_t receives = __atomic_load_n(&adapter->nbls_outstanding_to_stack, __ATOMIC_ACQUIRE);
    RULE_AT(adapter->driver->halt, "R-276", !receives,
            "MiniportHalt%s returned while %llu received %s with the stack", ndis_ex(adapter),
            (unsigned long long)receives,
            adapter->driver->legacy ? "packet(s) are" : "NET_BUFFER_LIST(s) are");
    if (sends)
        bugcheck_at(adapter->driver->halt, NDIS_BUGCHECK, NDIS_BUGCHECK_LEAKED_NBL, 1, 0, 0,
                    "MiniportHalt%s returned and %llu %s(s) were never completed with %s",
                    ndis_ex(adapter), (unsigned long long)sends,
                    adapter->driver->legacy ? "packet" : "NET_BUFFER_LIST",
                    adapter->driver->legacy ? "NdisMSendComplete"
                                            : "NdisMSendNetBufferListsComplete");
}

void ndis_data_path_check_time(struct ndis_adapter *adapter)
{
    struct ndis_data_path *path = adapter->data_path;
    uint64_t now = host_now(), slow = ndis_timeouts.send_slow * MS;
    if (!with_driver(adapter) || (!path->slots && !adapter->driver->legacy) || now - path->time_checked < 1000 * MS)
        return;
    path->time_checked = now;
    if (adapter->driver->legacy) {
        adapter->driver->legacy->check_time(path);
        return;
    }
    for (unsigned i = 0; i < SEND_SLOTS; i++) {
        struct send_slot *slot = &path->slots[i];
        if (__atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) != SLOT_SENT || slot->late_reported ||
            now < slot->sent_at + slow)
            continue;
        slot->late_reported = true;
        violation("NdisTimedDataSend", "a send is not completed after %u ms",
                  ndis_timeouts.send_slow);
    }
}

int ndis_data_path_create(struct ndis_adapter *adapter)
{
    struct ndis_data_path *path = calloc(1, sizeof(*path));
    if (!path)
        return -ENOMEM;
    path->adapter = adapter;
    receive_create(path);
    if (send_create(path) != 0) {
        free(path);
        return -ENOMEM;
    }
    adapter->data_path = path;
    return 0;
}

void ndis_data_path_destroy(struct ndis_adapter *adapter)
{
    struct ndis_data_path *path = adapter->data_path;
    if (!path)
        return;
    receive_destroy(path);
    send_destroy(path);
    free(path);
    adapter->data_path = NULL;
}
