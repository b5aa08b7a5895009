/* SPDX-License-Identifier: MIT */
/* send.c - packets to a 5.x driver, and their completion.
 *
 * A serialised driver is fed from NDIS's queue, under NDIS's lock: it may answer
 * NDIS_STATUS_RESOURCES, and then the packet and all behind it wait for NdisMSendComplete or
 * NdisMSendResourcesAvailable. A deserialised one is called directly, queues for itself and
 * completes everything with NdisMSendComplete (NDIS 5, "MiniportSendPackets", "Deserialized NDIS
 * Miniport Drivers"). */
#include "ndis5/ndis5.h"
#include "ndis/dma.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MS            1000000ull
#define ETHERNET_HEAD 14
#define IP_HEAD       40
#define BATCH         64
/* What our packets carry for MiniportCancelSendPackets. */
#define CANCEL_ID ((PVOID)0x6469727100000005ull)
/* Pieces of a frame in so many bytes: each of at most three buffers begins somewhere in a page and
 * ends somewhere in one. */
#define SG_ELEMENTS(bytes) ((bytes) / PAGE_SIZE + 2 * 3)

static unsigned hash(const NDIS_PACKET *packet)
{
    uint64_t x = (uint64_t)(uintptr_t)packet >> 4;
    return (unsigned)((x * 0x9e3779b97f4a7c15ull) >> 40) & (SEND_HASH - 1);
}

static struct slot5 *slot_of(const struct ndis5_adapter *f, const NDIS_PACKET *packet)
{
    for (unsigned i = hash(packet);; i = (i + 1) & (SEND_HASH - 1)) {
        struct slot5 *slot = f->by_packet[i];
        if (!slot || slot->packet == packet)
            return slot;
    }
}

/* --- slots --- */

static bool slot_build(struct ndis5_adapter *f, struct slot5 *slot, unsigned shape,
                       uint32_t capacity)
{
    static const uint32_t starts[3] = {0, ETHERNET_HEAD, ETHERNET_HEAD + IP_HEAD};
    slot->shape = shape;
    slot->memory = nt_pool_alloc_system(capacity, NDIS_TAG);
    slot->packet = ndis5_packet_alloc(f->packet_pool);
    slot->sg_room = SG_ELEMENTS(capacity);
    slot->sg = nt_pool_alloc_system(offsetof(SCATTER_GATHER_LIST, Elements) +
                                        slot->sg_room * sizeof(SCATTER_GATHER_ELEMENT),
                                    NDIS_TAG);
    if (!slot->memory || !slot->packet || !slot->sg)
        return false;
    for (unsigned i = 0; i < shape; i++) {
        uint32_t end = i + 1 < shape ? starts[i + 1] : capacity;
        slot->mdl[i] = IoAllocateMdl(slot->memory + starts[i], end - starts[i], FALSE, FALSE, NULL);
        if (!slot->mdl[i])
            return false;
        MmBuildMdlForNonPagedPool(slot->mdl[i]);
    }
    unsigned i = hash(slot->packet);
    while (f->by_packet[i])
        i = (i + 1) & (SEND_HASH - 1);
    f->by_packet[i] = slot;
    return true;
}

void ndis5_send_destroy(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    bool leaked = false;
    for (unsigned i = 0; f->slots && i < SEND_SLOTS; i++) {
        struct slot5 *slot = &f->slots[i];
        if (slot->state == SLOT5_WITH_DRIVER) { /* freeing it would turn a leak into a crash */
            leaked = true;
            continue;
        }
        if (slot->packet)
            NdisFreePacket(slot->packet);
        for (unsigned m = 0; m < 3; m++)
            if (slot->mdl[m])
                IoFreeMdl(slot->mdl[m]);
        nt_pool_free(slot->memory);
        nt_pool_free(slot->sg);
    }
    free(f->slots);
    f->slots = NULL;
    f->free = f->queue = NULL;
    f->queue_tail = &f->queue;
    f->frame_max = 0;
    memset(f->by_packet, 0, sizeof(f->by_packet));
    if (f->packet_pool && !leaked)
        NdisFreePacketPool(f->packet_pool);
    f->packet_pool = NULL;
}

int ndis5_send_prepare(struct ndis_data_path *path)
{
    struct ndis_adapter *adapter = path->adapter;
    struct ndis5_adapter *f = five(adapter);
    uint32_t frame_max = adapter->general.MtuSize + ETHERNET_HEAD;
    if (f->primary)
        return -ENODEV; /* protocols are bound to the bundle's primary */
    path->frame_max = frame_max;
    if (f->frame_max == frame_max)
        return 0;
    ndis5_send_destroy(adapter);
    f->slots = calloc(SEND_SLOTS, sizeof(*f->slots));
    f->packet_pool = ndis5_pool_create(SEND_SLOTS, 4 * sizeof(PVOID), true);
    if (!f->slots || !f->packet_pool)
        return -ENOMEM;
    uint32_t capacity = (frame_max < 128 ? 128 : frame_max + 15) & ~15u;
    for (unsigned i = 0; i < adapter->sending.sends; i++) {
        if (!slot_build(f, &f->slots[i], 1 + i % adapter->sending.buffers, capacity)) {
            ndis5_send_destroy(adapter);
            return -ENOMEM;
        }
        f->slots[i].next = f->free;
        f->free = &f->slots[i];
    }
    f->frame_max = frame_max;
    path->free_count = adapter->sending.sends;
    return 0;
}

static unsigned slots_take(struct ndis5_adapter *f, struct slot5 **out, unsigned n)
{
    unsigned taken = 0;
    host_lock(&f->send_lock);
    while (taken < n && f->free) {
        out[taken] = f->free;
        f->free = f->free->next;
        taken++;
    }
    f->adapter->data_path->free_count -= taken;
    host_unlock(&f->send_lock);
    return taken;
}

static void slot_put(struct ndis5_adapter *f, struct slot5 *slot)
{
    host_lock(&f->send_lock);
    slot->next = f->free;
    f->free = slot;
    f->adapter->data_path->free_count++;
    host_unlock(&f->send_lock);
}

/* The frame as one, two or three buffers; everything that the driver may have changed is made new.
 */
static void slot_load(struct ndis5_adapter *f, struct slot5 *slot, const struct ndis_frame *frame)
{
    NDIS_PACKET *packet = slot->packet;
    uint32_t len = (uint32_t)frame->len, left = len;
    static const uint32_t sizes[3] = {ETHERNET_HEAD, IP_HEAD, UINT32_MAX};
    memcpy(slot->memory, frame->data, len);
    slot->len = len;
    MDL *last = NULL;
    for (unsigned i = 0; i < slot->shape && left; i++) {
        uint32_t n = i + 1 < slot->shape && sizes[i] < left ? sizes[i] : left;
        slot->mdl[i]->ByteCount = n;
        slot->mdl[i]->Next = NULL;
        if (last)
            last->Next = slot->mdl[i];
        last = slot->mdl[i];
        left -= n;
    }
    __atomic_add_fetch(&slot->turn, 1, __ATOMIC_SEQ_CST); /* before anything of it changes */
    memset(&packet->Private.PhysicalCount, 0, sizeof(UINT) * 2);
    packet->Private.Head = slot->mdl[0];
    packet->Private.Tail = last;
    packet->Private.Count = 0;
    packet->Private.ValidCounts = FALSE;
    packet->Private.Flags = NDIS_PROTOCOL_ID_TCP_IP;
    memset(packet->MacReserved, 0, sizeof(packet->MacReserved));
    memset(NDIS_OOB_DATA_FROM_PACKET(packet), 0, sizeof(NDIS_PACKET_OOB_DATA));
    memset(NDIS_PACKET_EXTENSION_FROM_PACKET(packet), 0, sizeof(NDIS_PACKET_EXTENSION));
    NDIS_OOB_DATA_FROM_PACKET(packet)->HeaderSize = ETHERNET_HEAD;
    NDIS_SET_PACKET_STATUS(packet, NDIS_STATUS_PENDING);
    NDIS_SET_PACKET_CANCEL_ID(packet, CANCEL_ID);
    slot->late_reported = false;
    if (f->use_sg) {
        size_t n = ndis_sg_map(packet->Private.Head, len, ndis_sg_split_pages, slot->sg->Elements,
                               slot->sg_room);
        slot->sg->NumberOfElements = (ULONG)n;
        slot->sg->Reserved = 0;
        NDIS_PER_PACKET_INFO_FROM_PACKET(packet, ScatterGatherListPacketInfo) = slot->sg;
    }
}

/* --- completion --- */

bool ndis5_send_queued(const struct ndis_adapter *adapter)
{
    return __atomic_load_n(&five(adapter)->queue, __ATOMIC_ACQUIRE) ||
           __atomic_load_n(&five(adapter)->giving, __ATOMIC_ACQUIRE);
}

/* Who waits for all sends to be over (ndis_data_path_quiesce) does not wait any longer. */
static void check_drained(struct ndis_adapter *adapter)
{
    struct ndis_data_path *path = adapter->data_path;
    if (__atomic_load_n(&path->draining, __ATOMIC_ACQUIRE) && !ndis5_send_queued(adapter) &&
        !__atomic_load_n(&adapter->nbls_outstanding_to_driver, __ATOMIC_ACQUIRE))
        event_set(&path->drained);
}

/* The driver is done with it. False if it was not with the driver. */
static bool complete(struct ndis_adapter *adapter, struct slot5 *slot, NDIS_STATUS status)
{
    struct ndis5_adapter *f = five(adapter);
    int expected = SLOT5_WITH_DRIVER;
    if (!__atomic_compare_exchange_n(&slot->state, &expected, SLOT5_FREE, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return false;
    void (*done)(void *, NDIS_STATUS) = slot->done;
    void *ctx = slot->ctx;
    __atomic_store_n(&f->send_moved, host_now(), __ATOMIC_RELAXED);
    if (status == NDIS_STATUS_SUCCESS) {
        ndis_count(&adapter->frames_sent, 1);
        ndis_count(&adapter->bytes_sent, slot->len);
    } else {
        ndis_count(&adapter->sends_failed, 1);
    }
    slot_put(f, slot);
    if (done)
        done(ctx, status);
    if (!__atomic_sub_fetch(&adapter->nbls_outstanding_to_driver, 1, __ATOMIC_SEQ_CST))
        check_drained(adapter);
    return true;
}

/* Somebody may be waiting for what the driver has just made room for, or for who is inside to
 * leave. The barrier: what the caller has changed (the queue, no_resources) is there for everybody
 * before it looks for the other half, or two processors could each miss what the other one did. */
static void kick(struct ndis_adapter *adapter)
{
    KIRQL old;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (ndis5_send_waiting(adapter) && !ndis5_inside(adapter) && ndis5_try_enter(adapter, &old))
        ndis5_leave(adapter, old);
}

/* The driver says that it has room again. A deserialised one queues for itself. */
static void room_again(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    if (f->deserialized)
        return;
    __atomic_add_fetch(&f->room_news, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&f->no_resources, false, __ATOMIC_SEQ_CST);
    kick(adapter);
}

VOID NTAPI NdisMSendComplete(NDIS_HANDLE MiniportAdapterHandle, PNDIS_PACKET Packet,
                             NDIS_STATUS Status)
{
    bool irql_fine = IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter || !irql_fine)
        return;
    struct slot5 *slot = slot_of(five(adapter), Packet);
    if (!RULE("NdisMSendComplete", slot != NULL,
              "NdisMSendComplete of packet %p, which was never given to the driver to send",
              (void *)Packet))
        return;
    if (!RULE("NdisMSendComplete", Status != NDIS_STATUS_PENDING,
              "NdisMSendComplete of packet %p with NDIS_STATUS_PENDING", (void *)Packet))
        Status = NDIS_STATUS_FAILURE;
    if (!RULE("NdisMSendComplete", complete(adapter, slot, Status),
              "NdisMSendComplete of packet %p, whose send is not pending: it was completed before, "
              "or the driver has "
              "not been given it again",
              (void *)Packet))
        return;
    room_again(adapter);
}
NT_EXPORT("ndis.sys", NdisMSendComplete);

VOID NTAPI NdisMSendResourcesAvailable(NDIS_HANDLE MiniportAdapterHandle)
{
    bool irql_fine = IRQL_EXACT(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter || (!irql_fine && irql_current() > DISPATCH_LEVEL))
        return;
    RULE("NdisMSendResourcesAvailable", !five(adapter)->deserialized,
         "NdisMSendResourcesAvailable by a deserialised miniport: it queues packets itself");
    room_again(adapter);
}
NT_EXPORT("ndis.sys", NdisMSendResourcesAvailable);

/* --- a serialised driver: NDIS's queue --- */

/* Only while it runs: a driver that completes its sends in MiniportHalt is not given others. */
bool ndis5_send_waiting(const struct ndis_adapter *adapter)
{
    const struct ndis5_adapter *f = five(adapter);
    return __atomic_load_n(&f->queue, __ATOMIC_ACQUIRE) && ndis_state(adapter) == NDIS_RUNNING &&
           !__atomic_load_n(&f->no_resources, __ATOMIC_ACQUIRE) &&
           !__atomic_load_n(&adapter->resetting, __ATOMIC_ACQUIRE);
}

static void enqueue(struct ndis5_adapter *f, struct slot5 **slots, unsigned n)
{
    host_lock(&f->send_lock);
    for (unsigned i = 0; i < n; i++) {
        slots[i]->next = NULL;
        __atomic_store_n(f->queue_tail, slots[i], __ATOMIC_RELEASE);
        f->queue_tail = &slots[i]->next;
    }
    host_unlock(&f->send_lock);
}

static unsigned dequeue(struct ndis5_adapter *f, struct slot5 **slots, unsigned n)
{
    unsigned taken = 0;
    host_lock(&f->send_lock);
    while (taken < n && f->queue) {
        slots[taken] = f->queue;
        f->queue = slots[taken]->next;
        taken++;
    }
    if (!f->queue)
        f->queue_tail = &f->queue;
    host_unlock(&f->send_lock);
    return taken;
}

/* In front again, in their order. */
static void requeue(struct ndis5_adapter *f, struct slot5 **slots, unsigned n)
{
    host_lock(&f->send_lock);
    while (n--) {
        slots[n]->next = f->queue;
        if (!f->queue)
            f->queue_tail = &slots[n]->next;
        __atomic_store_n(&f->queue, slots[n], __ATOMIC_RELEASE);
    }
    host_unlock(&f->send_lock);
}

static void with_driver(struct ndis_adapter *adapter, struct slot5 *slot)
{
    /* From when on it is to be asked whether the driver gets anywhere (ndis5_send_hung). */
    if (__atomic_fetch_add(&adapter->nbls_outstanding_to_driver, 1, __ATOMIC_RELAXED) == 0)
        __atomic_store_n(&five(adapter)->send_moved, host_now(), __ATOMIC_RELAXED);
    __atomic_store_n(&slot->state, SLOT5_WITH_DRIVER, __ATOMIC_RELEASE);
}

/* The driver did not take it: back from SLOT5_WITH_DRIVER. False if it completed it all the same.
 */
static bool take_back(struct ndis_adapter *adapter, struct slot5 *slot)
{
    int expected = SLOT5_WITH_DRIVER;
    if (!__atomic_compare_exchange_n(&slot->state, &expected, SLOT5_QUEUED, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return false;
    ndis_count(&adapter->nbls_outstanding_to_driver, -1);
    return true;
}

/* What the driver says of a packet it was given. True: it wants it later. */
static bool outcome(struct ndis_adapter *adapter, struct slot5 *slot, unsigned turn,
                    NDIS_STATUS status, const void *handler, const char *name)
{
    if (status == NDIS_STATUS_PENDING)
        return false;
    bool completed =
        __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) != SLOT5_WITH_DRIVER || slot->turn != turn;
    if (!RULE_AT(handler, "NdisMSendComplete", !completed,
                 "%s ended with status 0x%08x for packet %p after NdisMSendComplete of it: "
                 "completed twice",
                 name, (unsigned)status, (void *)slot->packet))
        return false;
    if (status == NDIS_STATUS_RESOURCES)
        return take_back(adapter, slot);
    complete(adapter, slot, status);
    return false;
}

/* The driver has no room for these: they and all behind them wait until it says that it has. `news`
 * is room_news from before it was asked: if it said so meanwhile, on this processor or another, it
 * is asked again. */
static void refused(struct ndis5_adapter *f, struct slot5 **slots, unsigned n, unsigned news)
{
    requeue(f, slots, n);
    __atomic_store_n(&f->no_resources, true, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&f->room_news, __ATOMIC_SEQ_CST) != news)
        __atomic_store_n(&f->no_resources, false, __ATOMIC_SEQ_CST);
}

/* The status that MiniportSendPackets has left in a packet. One that came back meanwhile may be
 * somebody else's by now: then there is nothing to be read in it. */
static NDIS_STATUS status_left(const struct slot5 *slot, unsigned turn)
{
    NDIS_STATUS status = NDIS_GET_PACKET_STATUS(slot->packet);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(&slot->turn, __ATOMIC_RELAXED) == turn ? status : NDIS_STATUS_PENDING;
}

/* Packets of an array that the driver was given; what it did not take returns to the queue. */
static void give_array(struct ndis_adapter *adapter, struct slot5 **slots, unsigned n)
{
    struct ndis5_adapter *f = five(adapter);
    NDIS_PACKET *packets[BATCH];
    unsigned turns[BATCH], news = __atomic_load_n(&f->room_news, __ATOMIC_SEQ_CST);
    uint64_t now = host_now(); /* however long it was in the queue */
    for (unsigned i = 0; i < n; i++) {
        slots[i]->sent_at = now;
        packets[i] = slots[i]->packet;
        turns[i] = slots[i]->turn;
        NDIS_SET_PACKET_STATUS(packets[i], NDIS_STATUS_PENDING);
        with_driver(adapter, slots[i]);
    }
    DRIVER_CALL(chars5(adapter)->SendPacketsHandler, adapter->context, packets, n);
    for (unsigned i = 0; i < n; i++) {
        if (!outcome(adapter, slots[i], turns[i], status_left(slots[i], turns[i]),
                     (void *)chars5(adapter)->SendPacketsHandler, "MiniportSendPackets"))
            continue;
        /* It and all behind it wait: the driver has not looked at those. */
        unsigned back = i + 1;
        while (back < n && take_back(adapter, slots[back]))
            back++;
        refused(f, slots + i, back - i, news);
        break;
    }
}

static void give_one(struct ndis_adapter *adapter, struct slot5 *slot)
{
    struct ndis5_adapter *f = five(adapter);
    unsigned turn = slot->turn, news = __atomic_load_n(&f->room_news, __ATOMIC_SEQ_CST);
    slot->sent_at = host_now();
    with_driver(adapter, slot);
    NDIS_STATUS status = (NDIS_STATUS)DRIVER_CALL(chars5(adapter)->SendHandler, adapter->context,
                                                  slot->packet, slot->packet->Private.Flags);
    if (outcome(adapter, slot, turn, status, (void *)chars5(adapter)->SendHandler, "MiniportSend"))
        refused(f, &slot, 1, news);
}

void ndis5_send_run(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    struct slot5 *slots[BATCH];
    if (!ndis5_send_waiting(adapter))
        return;
    __atomic_store_n(&f->giving, true, __ATOMIC_SEQ_CST); /* neither queued nor with the driver */
    while (ndis5_send_waiting(adapter)) {
        bool array = chars5(adapter)->SendPacketsHandler != NULL;
        unsigned most = !array ? 1 : f->max_packets < BATCH ? f->max_packets : BATCH;
        unsigned n = dequeue(f, slots, most);
        if (!n)
            break;
        if (array)
            give_array(adapter, slots, n);
        else
            give_one(adapter, slots[0]);
        ndis5_check_indications(adapter,
                                array ? (void *)chars5(adapter)->SendPacketsHandler
                                      : (void *)chars5(adapter)->SendHandler,
                                array ? "MiniportSendPackets" : "MiniportSend");
    }
    __atomic_store_n(&f->giving, false, __ATOMIC_SEQ_CST);
    check_drained(adapter);
}

/* --- a deserialised driver --- */

static void give_directly(struct ndis_adapter *adapter, struct slot5 **slots, unsigned n)
{
    NDIS_PACKET *packets[BATCH];
    for (unsigned i = 0; i < n; i++)
        packets[i] = slots[i]->packet;
    unsigned batch = __atomic_fetch_add(&adapter->data_path->batches, 1, __ATOMIC_RELAXED);
    bool dispatch = batch % 2;
    KIRQL old = dispatch ? irql_raise(DISPATCH_LEVEL) : PASSIVE_LEVEL;
    if (chars5(adapter)->SendPacketsHandler) {
        /* The statuses in the packets mean nothing: only NdisMSendComplete does. */
        for (unsigned i = 0; i < n; i++)
            with_driver(adapter, slots[i]);
        DRIVER_CALL(chars5(adapter)->SendPacketsHandler, adapter->context, packets, n);
    } else {
        for (unsigned i = 0; i < n; i++) {
            unsigned turn = slots[i]->turn;
            with_driver(adapter, slots[i]);
            NDIS_STATUS status =
                (NDIS_STATUS)DRIVER_CALL(chars5(adapter)->SendHandler, adapter->context, packets[i],
                                         packets[i]->Private.Flags);
            if (!RULE_AT((void *)chars5(adapter)->SendHandler, "MiniportSend",
                         status != NDIS_STATUS_RESOURCES,
                         "MiniportSend of a deserialised miniport returned NDIS_STATUS_RESOURCES; "
                         "it queues packets itself"))
                status = NDIS_STATUS_FAILURE;
            outcome(adapter, slots[i], turn, status, (void *)chars5(adapter)->SendHandler,
                    "MiniportSend");
        }
    }
    if (dispatch)
        irql_lower(old);
}

/* --- from the protocol --- */

unsigned ndis5_send(struct ndis_adapter *adapter, const struct ndis_frame *frames, unsigned n,
                    void (*done)(void *ctx, NDIS_STATUS status), void *ctx)
{
    struct ndis5_adapter *f = five(adapter);
    struct slot5 *slots[BATCH];
    n = slots_take(f, slots, n < BATCH ? n : BATCH);
    if (!n)
        return 0;
    uint64_t now = host_now();
    for (unsigned i = 0; i < n; i++) {
        slot_load(f, slots[i], &frames[i]);
        slots[i]->done = done;
        slots[i]->ctx = ctx;
        slots[i]->sent_at = now;
        __atomic_store_n(&slots[i]->state, SLOT5_QUEUED, __ATOMIC_RELEASE);
    }
    if (f->deserialized) { /* OID_GEN_MAXIMUM_SEND_PACKETS is for serialised ones only (its page) */
        give_directly(adapter, slots, n);
    } else {
        enqueue(f, slots, n);
        kick(adapter); /* or whoever is inside does it when it leaves */
    }
    return n;
}

/* Ends what is still in NDIS's queue. */
static void drop_queue(struct ndis_adapter *adapter, NDIS_STATUS status)
{
    struct ndis5_adapter *f = five(adapter);
    struct slot5 *slots[BATCH];
    unsigned n;
    while ((n = dequeue(f, slots, BATCH)))
        for (unsigned i = 0; i < n; i++) {
            with_driver(adapter, slots[i]);
            complete(adapter, slots[i], status);
        }
}

void ndis5_send_drop(struct ndis_adapter *adapter)
{
    KIRQL old = ndis5_enter(adapter); /* nobody is in the middle of giving them to the driver */
    drop_queue(adapter, NDIS_STATUS_REQUEST_ABORTED);
    ndis5_leave(adapter, old);
}

void ndis5_cancel_sends(struct ndis_adapter *adapter)
{
    ndis5_send_drop(adapter);
    if (chars5(adapter)->CancelSendPacketsHandler) {
        KIRQL old = ndis5_enter(adapter);
        DRIVER_CALL(chars5(adapter)->CancelSendPacketsHandler, adapter->context, CANCEL_ID);
        ndis5_leave(adapter, old);
    }
}

void ndis5_send_abort(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    __atomic_store_n(&f->no_resources, false, __ATOMIC_SEQ_CST);
    if (f->deserialized)
        return; /* it completes what it has itself */
    for (unsigned i = 0; f->slots && i < SEND_SLOTS; i++)
        complete(adapter, &f->slots[i], NDIS_STATUS_REQUEST_ABORTED);
}

bool ndis5_send_hung(const struct ndis_adapter *adapter, uint64_t limit)
{
    const struct ndis5_adapter *f = five(adapter);
    bool waits = __atomic_load_n(&adapter->nbls_outstanding_to_driver, __ATOMIC_ACQUIRE) ||
                 __atomic_load_n(&f->no_resources, __ATOMIC_ACQUIRE);
    return waits && !f->deserialized &&
           host_now() >= __atomic_load_n(&f->send_moved, __ATOMIC_RELAXED) + limit;
}

void ndis5_check_time(struct ndis_data_path *path)
{
    struct ndis5_adapter *f = five(path->adapter);
    uint64_t now = host_now(), slow = ndis_timeouts.send_slow * MS;
    for (unsigned i = 0; f->slots && i < SEND_SLOTS; i++) {
        struct slot5 *slot = &f->slots[i];
        if (__atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) != SLOT5_WITH_DRIVER ||
            slot->late_reported || now < slot->sent_at + slow)
            continue;
        slot->late_reported = true;
        violation("NdisTimedDataSend", "a send is not completed after %u ms",
                  ndis_timeouts.send_slow);
    }
}
