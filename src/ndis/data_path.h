/* SPDX-License-Identifier: MIT */
/* data_path.h - private to send.c and receive.c: the protocol above one adapter.
 *
 * dirql has no protocol drivers; the data path plays one. Sends live in slots: a NET_BUFFER_LIST
 * with one NET_BUFFER, an MDL chain and memory for a frame, made once and used again and again, so
 * that sending allocates nothing. */
#pragma once
#include "ndis/ndis_internal.h"
#include "ndis/netbuffer.h"

#define SEND_SLOTS NDIS_SENDS
#define SEND_HASH  (4 * SEND_SLOTS) /* power of two */

enum slot_state { SLOT_FREE, SLOT_SENT };

struct send_slot {
    NET_BUFFER_LIST *nbl;
    NET_BUFFER *nb;
    MDL *mdl;        /* chain of one to three */
    uint8_t *memory; /* front + frame */
    uint32_t front;  /* DataOffset */
    int state;       /* atomic */
    uint32_t len;
    uint64_t sent_at; /* host_now() */
    struct send_slot *next_free;
    struct send_slot *bundled; /* whose NET_BUFFER follows in the same NET_BUFFER_LIST */
    void (*done)(void *ctx, NDIS_STATUS status);
    void *ctx;
    bool late_reported;
};

struct ndis_data_path {
    struct ndis_adapter *adapter;

    /* --- send --- */
    NDIS_HANDLE pool;
    struct send_slot *slots; /* [SEND_SLOTS] */
    struct send_slot *by_nbl[SEND_HASH];
    struct send_slot *free;
    unsigned free_count;   /* atomic to read */
    uint32_t frame_max;    /* bytes that a slot holds; 0 = not built */
    struct host_lock lock; /* free list */
    bool open;             /* ndis_send may call the driver; atomic */
    unsigned calls;        /* ndis_send calls inside the driver; atomic */
    unsigned batches;
    bool draining; /* atomic */
    KEVENT drained;
    uint64_t time_checked;

    /* --- receive --- */
    void (*received)(void *ctx, const void *frame, size_t len, const struct ndis_rx_info *info);
    void *receive_ctx;
    uint8_t *scratch[64];   /* per processor, for frames in several pieces */
    NET_BUFFER_LIST **held; /* indicated, not yet returned */
    unsigned held_count, held_room;
    unsigned returning; /* calls that are giving held lists back right now; atomic */
    struct host_lock held_lock;
    KDPC return_dpc;
    unsigned indications; /* atomic */
};

int send_create(struct ndis_data_path *path);
void send_destroy(struct ndis_data_path *path);
int send_prepare(struct ndis_data_path *path); /* slots for the adapter's MTU; 0 or -ENOMEM */
void receive_create(struct ndis_data_path *path);
void receive_destroy(struct ndis_data_path *path);
void receive_return_held(struct ndis_data_path *path);

/* A flag that says "we are at DISPATCH_LEVEL" must be true (SDV: Flags_Irql). */
#define CHECK_DISPATCH_FLAG(flags, flag)                                                           \
    RULE("Flags_Irql", !((flags) & (flag)) || irql_current() == DISPATCH_LEVEL,                    \
         "%s was given " #flag " at %s", __func__, irql_name(irql_current()))
