/* SPDX-License-Identifier: MIT */
/* ndis5.h - NDIS 4.0 to 5.1 miniports, as on Windows XP: what the files of this room share.
 *
 * A 5.x driver gets a wrapper handle (NdisInitializeWrapper), registers characteristics, and knows
 * each adapter by a pointer to its NDIS_MINIPORT_BLOCK, whose layout is ABI: completions and
 * indications are calls through pointers in it. Everything that is not 5.x about an adapter is
 * struct ndis_adapter, as for NDIS 6; this room plugs in through struct ndis_legacy
 * (ndis/ndis_internal.h).
 *
 * Serialised miniports (no NDIS_ATTRIBUTE_DESERIALIZE) run under NDIS's lock at DISPATCH_LEVEL:
 * sends, DPCs, requests, resets, timers, returned packets. What would have to call the driver while
 * another processor is inside, or from inside one of its own calls, is deferred until the lock is
 * released. Initialize and Halt run at PASSIVE_LEVEL without it, as Windows does. Deserialised ones
 * are called without a lock.
 *
 * Source: the NDIS 5 reference (WDK 7600 and NT DDK pages of the functions' names). */
#pragma once
#include "ndis/data_path.h"
#include "ndis/ndis_internal.h"
#include "ndis5/interrupt.h"

#define NDIS5_WRAPPER_MAGIC 0x3550524eu /* "NRP5" */
#define NDIS5_FILTER_MAGIC  0x3546444eu /* "NDF5" */

struct ndis5_driver {
    NDIS51_MINIPORT_CHARACTERISTICS chars; /* a copy; what the version does not have is zero */
    struct ndis5_wrapper *wrapper;
};

/* What NDIS_MINIPORT_BLOCK.EthDB points to: opaque to drivers. */
struct _X_FILTER {
    uint32_t magic;
    struct ndis_adapter *adapter;
};

/* One frame on its way to the driver: a packet and memory, made once. */
enum slot5_state { SLOT5_FREE, SLOT5_QUEUED, SLOT5_WITH_DRIVER };
struct slot5 {
    NDIS_PACKET *packet;
    MDL *mdl[3];    /* header, 40 bytes, rest; how many are used is the shape */
    unsigned shape; /* 1, 2 or 3 buffers */
    uint8_t *memory;
    SCATTER_GATHER_LIST *sg; /* with NdisMInitializeScatterGatherDma */
    size_t sg_room;          /* its elements */
    int state;               /* atomic */
    unsigned turn;           /* counts its uses */
    uint32_t len;
    uint64_t sent_at;
    struct slot5 *next; /* free list, or the queue */
    void (*done)(void *ctx, NDIS_STATUS status);
    void *ctx;
    bool late_reported;
};

struct map_register5 {
    MDL *mdl; /* being mapped, or NULL */
};

struct ndis5_adapter {
    struct ndis_adapter *adapter;
    NDIS_MINIPORT_BLOCK *block; /* in pool */
    struct _X_FILTER *filter;   /* in pool */

    /* NdisMSetAttributesEx */
    bool attributes_set, deserialized, bus_master;
    ULONG attributes;
    unsigned hang_seconds;

    /* NDIS's lock of a serialised miniport */
    KSPIN_LOCK lock;
    unsigned owner; /* 1 + processor, 0 = free; atomic */
    unsigned depth;

    struct ndis5_interrupt *interrupt;
    bool halting;

    /* send.c */
    struct slot5 *slots; /* [SEND_SLOTS] */
    struct slot5 *by_packet[SEND_HASH];
    NDIS_HANDLE packet_pool;
    uint32_t frame_max;
    struct host_lock send_lock; /* free list and queue */
    struct slot5 *free;
    struct slot5 *queue, **queue_tail; /* not yet given to a serialised driver */
    bool no_resources;                 /* it answered NDIS_STATUS_RESOURCES; atomic */
    bool giving;                       /* the holder of the lock takes from the queue; atomic */
    unsigned room_news;                /* how often it said that it has room again; atomic */
    uint64_t send_moved;  /* host_now() of the last completion, or of the first send after none */
    unsigned max_packets; /* OID_GEN_MAXIMUM_SEND_PACKETS, 1 if it has none */
    bool use_sg;

    /* receive.c */
    NDIS_PACKET **held; /* indicated, not yet returned */
    unsigned held_count, held_room;
    struct host_lock held_lock;
    KDPC return_dpc;
    unsigned indications;
    bool complete_owed; /* NdisMEthIndicateReceive without ...Complete yet */
    uint32_t lookahead; /* what the protocols asked for */
    struct transfer5 *transfer;

    /* request.c, status.c, bind.c */
    PVOID pended_request; /* RequestId of the last one that the driver pended; atomic */
    bool senses_media;    /* it indicates whether there is a link; atomic */
    unsigned workers;     /* under way; atomic */

    /* dma.c */
    struct map_register5 *map;
    unsigned map_count;

    ADAPTER_SHUTDOWN_HANDLER shutdown;
    void *shutdown_context;
    struct ndis_adapter *primary; /* NdisMSetMiniportSecondary */
    void *assigned;               /* list of NdisMPciAssignResources */
};

static inline struct ndis5_adapter *five(const struct ndis_adapter *adapter)
{
    return adapter->five;
}
static inline const NDIS51_MINIPORT_CHARACTERISTICS *chars5(const struct ndis_adapter *adapter)
{
    return &adapter->driver->five->chars;
}

/* driver.c */
extern const struct ndis_legacy ndis5_legacy;
/* The adapter of a 5.x handle; NULL after a violation that names `function`. */
struct ndis_adapter *ndis5_from_handle(NDIS_HANDLE handle, const char *function);
/* The adapter of a WrapperConfigurationContext. */
struct ndis_adapter *ndis5_from_config(NDIS_HANDLE context, const char *function);
/* What a call through the block or an import reaches: the export's thunk. */
void *ndis5_thunk(const char *name);
void ndis5_unload(struct ndis_driver *driver);

/* lock.c. To DISPATCH_LEVEL, and for a serialised miniport into its lock; inside it already, one
 * level deeper. */
KIRQL ndis5_enter(struct ndis_adapter *adapter);
void ndis5_leave(struct ndis_adapter *adapter, KIRQL old);
/* False, at once, if another processor is inside. */
bool ndis5_try_enter(struct ndis_adapter *adapter, KIRQL *old);
bool ndis5_inside(const struct ndis_adapter *adapter);

/* interrupt.c */
void *ndis5_interrupt(const struct ndis_adapter *adapter);
void ndis5_interrupt_abandon(struct ndis_adapter *adapter);
int ndis5_interrupt_switch(struct ndis_adapter *adapter, bool enable);
/* MiniportInitialize has returned: the DPC that was held back may run, if it succeeded. */
void ndis5_interrupt_initialized(struct ndis_adapter *adapter, bool success);

/* send.c */
int ndis5_send_prepare(struct ndis_data_path *path);
unsigned ndis5_send(struct ndis_adapter *adapter, const struct ndis_frame *frames, unsigned n,
                    void (*done)(void *ctx, NDIS_STATUS status), void *ctx);
void ndis5_cancel_sends(struct ndis_adapter *adapter);
void ndis5_send_destroy(struct ndis_adapter *adapter);
void ndis5_check_time(struct ndis_data_path *path);
/* Gives queued packets to the driver, as long as it takes them. Inside the lock. */
void ndis5_send_run(struct ndis_adapter *adapter);
bool ndis5_send_waiting(const struct ndis_adapter *adapter);
/* NDIS's queue: is something in it, and the end of all that is. */
bool ndis5_send_queued(const struct ndis_adapter *adapter);
void ndis5_send_drop(struct ndis_adapter *adapter);
/* After a reset: what a serialised driver did not complete is over. */
void ndis5_send_abort(struct ndis_adapter *adapter);
/* A serialised driver has packets, or refuses them, and has completed none for `limit` ns. */
bool ndis5_send_hung(const struct ndis_adapter *adapter, uint64_t limit);

/* receive.c, transfer.c */
void ndis5_receive_create(struct ndis_adapter *adapter);
void ndis5_receive_destroy(struct ndis_adapter *adapter);
void ndis5_return_held(struct ndis_data_path *path);
void ndis5_deliver(struct ndis_adapter *adapter, const void *frame, size_t len, ULONG checksum,
                   uint16_t vlan);
/* What NDIS_MINIPORT_BLOCK's pointers for NdisMEthIndicateReceive and ...Complete reach. */
void *ndis5_eth_indicate_pointer(void);
void *ndis5_eth_complete_pointer(void);
/* After a call of the driver's that may indicate: the indications must be closed. */
void ndis5_check_indications(struct ndis_adapter *adapter, const void *handler, const char *call);
/* A transfer that the driver pended is over, without the frame. False if there was none. */
bool ndis5_transfer_abort(struct ndis_adapter *adapter);
struct transfer5 *ndis5_transfer_create(void);
void ndis5_transfer_destroy(struct transfer5 *transfer);

/* packet.c */
/* A pool of packets with `reserved` bytes of ProtocolReserved each; `system`: never a driver's
 * leak. */
NDIS_HANDLE ndis5_pool_create(unsigned packets, unsigned reserved, bool system);
/* NULL if it is empty. */
NDIS_PACKET *ndis5_packet_alloc(NDIS_HANDLE pool);
/* Is this a packet from a pool, and allocated? */
bool ndis5_packet_live(const NDIS_PACKET *packet);
/* A live packet goes to the stack, until it comes back; false if the stack has it already. */
bool ndis5_packet_lend(NDIS_PACKET *packet);
void ndis5_packet_back(NDIS_PACKET *packet);
/* A driver's image goes away: reports and frees the pools that it has left. */
void ndis5_pools_gone(const void *image, size_t size);
/* Bytes of ProtocolReserved of a live packet. */
unsigned ndis5_packet_reserved(const NDIS_PACKET *packet);

/* request.c */
NDIS_STATUS ndis5_request(struct ndis_adapter *adapter, NDIS_OID_REQUEST *request);
/* After a reset: the request that the driver has pended, if there is one, is over. */
void ndis5_request_abort(struct ndis_adapter *adapter);

/* bind.c */
void ndis5_bind(struct ndis_adapter *adapter);
/* Asks the driver how the link is, soon. <= DISPATCH_LEVEL. */
void ndis5_query_media(struct ndis_adapter *adapter);

/* dma.c. After `handler` (NULL: none), what `after` says. */
void ndis5_dma_release(struct ndis_adapter *adapter, const void *handler, const char *after);
