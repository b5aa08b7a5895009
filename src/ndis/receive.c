/* SPDX-License-Identifier: MIT */
/* receive.c - frames that a driver indicates, and giving their NET_BUFFER_LISTs back.
 *
 * With NDIS_RECEIVE_FLAGS_RESOURCES the driver owns its lists again when the call returns;
 * otherwise they come back through MiniportReturnNetBufferLists, at a time of the protocols'
 * choosing. To a driver each of these happens, in turn: back inside the indication, from a DPC soon
 * after, and from a thread at PASSIVE_LEVEL. */
#include "ndis/data_path.h"
#include "nt/machine.h"
#include "nt/physmem.h"
#include <stdlib.h>
#include <string.h>

#define SCRATCH_BYTES 65536
/* In NdisReserved[0] of a list that is with the stack, mixed with the adapter's address. */
#define WITH_STACK 0x77697468737461ull

static PVOID mark_of(const struct ndis_data_path *path)
{
    return (PVOID)((uint64_t)(uintptr_t)path ^ WITH_STACK);
}

void ndis_set_receive(struct ndis_adapter *adapter,
                      void (*received)(void *ctx, const void *frame, size_t len,
                                       const struct ndis_rx_info *info),
                      void *ctx)
{
    adapter->data_path->receive_ctx = ctx;
    adapter->data_path->received = received;
}

/* --- giving back --- */

static void return_lists(struct ndis_data_path *path, NET_BUFFER_LIST **lists, unsigned n)
{
    struct ndis_adapter *adapter = path->adapter;
    for (unsigned i = 0; i < n; i++) {
        lists[i]->NdisReserved[0] = NULL;
        lists[i]->Next = i + 1 < n ? lists[i + 1] : NULL;
    }
    ndis_count(&adapter->nbls_outstanding_to_stack, -(int64_t)n);
    DRIVER_CALL(adapter->driver->chars.ReturnNetBufferListsHandler, adapter->context, lists[0],
                irql_current() == DISPATCH_LEVEL ? NDIS_RETURN_FLAGS_DISPATCH_LEVEL : 0);
}

void receive_return_held(struct ndis_data_path *path)
{
    if (path->adapter->driver->legacy) {
        path->adapter->driver->legacy->return_held(path);
        return;
    }
    NET_BUFFER_LIST *lists[64];
    for (;;) {
        unsigned n = 0;
        host_lock(&path->held_lock);
        while (n < 64 && n < path->held_count) {
            lists[n] = path->held[n];
            n++;
        }
        path->held_count -= n;
        memmove(path->held, path->held + n, path->held_count * sizeof(path->held[0]));
        __atomic_add_fetch(&path->returning, n != 0, __ATOMIC_SEQ_CST);
        host_unlock(&path->held_lock);
        if (!n)
            return;
        return_lists(path, lists, n);
        __atomic_sub_fetch(&path->returning, 1, __ATOMIC_SEQ_CST);
    }
}

void ndis_data_path_return_held(struct ndis_adapter *adapter)
{
    if (adapter->data_path)
        receive_return_held(adapter->data_path);
}

static void NTAPI return_dpc(KDPC *dpc, void *context, void *arg1, void *arg2)
{
    receive_return_held(context);
}

/* False if memory ran out: then the caller gives the list back at once. */
static bool hold(struct ndis_data_path *path, NET_BUFFER_LIST *nbl)
{
    bool held = true;
    host_lock(&path->held_lock);
    if (path->held_count == path->held_room) {
        unsigned room = path->held_room ? path->held_room * 2 : 256;
        NET_BUFFER_LIST **more = realloc(path->held, room * sizeof(*more));
        held = more != NULL;
        if (held) {
            path->held = more;
            path->held_room = room;
        }
    }
    if (held)
        path->held[path->held_count++] = nbl;
    host_unlock(&path->held_lock);
    return held;
}

/* --- indication --- */

/* The frame's bytes in one piece: where they lie, or in the processor's scratch memory. NULL if
 * they are not there. */
static const uint8_t *linear(struct ndis_data_path *path, const NET_BUFFER *nb, unsigned cpu)
{
    uint32_t len = nb->DataLength;
    MDL *mdl = nb->CurrentMdl;
    if (!mdl)
        return NULL;
    if (mdl->ByteCount >= nb->CurrentMdlOffset && mdl->ByteCount - nb->CurrentMdlOffset >= len) {
        const uint8_t *base = nb_mdl_address(mdl);
        return base ? base + nb->CurrentMdlOffset : NULL;
    }
    if (len > SCRATCH_BYTES)
        return NULL;
    if (!path->scratch[cpu] && !(path->scratch[cpu] = malloc(SCRATCH_BYTES)))
        return NULL;
    return nb_read(nb, 0, path->scratch[cpu], len) == len ? path->scratch[cpu] : NULL;
}

static void deliver(struct ndis_data_path *path, const NET_BUFFER_LIST *nbl, ULONG flags,
                    unsigned cpu)
{
    struct ndis_adapter *adapter = path->adapter;
    const NDIS_NET_BUFFER_LIST_8021Q_INFO *vlan =
        (const void *)&nbl->NetBufferListInfo[Ieee8021QNetBufferListInfo];
    struct ndis_rx_info info = {
        .cpu = cpu,
        .receive_flags = flags,
        .hash = (ULONG)(uintptr_t)nbl->NetBufferListInfo[NetBufferListHashValue],
        .checksum = (ULONG)(uintptr_t)nbl->NetBufferListInfo[TcpIpChecksumNetBufferListInfo],
        .vlan = (uint16_t)vlan->TagHeader.VlanId,
    };
    RULE("NdisMIndicateReceiveNetBufferLists", nbl->FirstNetBuffer != NULL,
         "NET_BUFFER_LIST %p is indicated without a NET_BUFFER", nbl);
    for (const NET_BUFFER *nb = nbl->FirstNetBuffer; nb; nb = nb->Next) {
        const uint8_t *bytes = linear(path, nb, cpu);
        if (!RULE("NdisMIndicateReceiveNetBufferLists", bytes != NULL,
                  "NET_BUFFER %p says %u bytes of data, but its MDLs do not hold them", nb,
                  nb->DataLength))
            continue;
        ndis_count(&adapter->frames_received, 1);
        ndis_count(&adapter->bytes_received, nb->DataLength);
        if (path->received)
            path->received(path->receive_ctx, bytes, nb->DataLength, &info);
    }
}

/* May it be indicated? Not if it is no list, or is still with the stack. */
static bool usable(struct ndis_data_path *path, NET_BUFFER_LIST *nbl)
{
    if (!RULE("NdisMIndicateReceiveNetBufferLists",
              (uintptr_t)nbl % 16 == 0 && physmem_contains(nbl),
              "%p is indicated, which is no NET_BUFFER_LIST", nbl))
        return false;
    if (!RULE("NdisMIndicateReceiveNetBufferLists", nbl->NdisReserved[0] != mark_of(path),
              "NET_BUFFER_LIST %p is indicated again before MiniportReturnNetBufferLists gave it "
              "back",
              nbl))
        return false;
    RULE("NdisMIndicateReceiveNetBufferLists", nbl->SourceHandle == path->adapter,
         "SourceHandle of NET_BUFFER_LIST %p is %s, expected the miniport adapter handle", nbl,
         nbl->SourceHandle ? "something else" : "NULL");
    return true;
}

enum return_how { RETURN_NOW, RETURN_DPC, RETURN_THREAD };

/* A paused or pausing adapter waits for its lists: nothing is held back then. */
static enum return_how return_how(struct ndis_data_path *path)
{
    unsigned n = __atomic_fetch_add(&path->indications, 1, __ATOMIC_RELAXED);
    if (ndis_state(path->adapter) != NDIS_RUNNING || n % 8 == 0)
        return RETURN_NOW;
    return n % 64 == 63 ? RETURN_THREAD : RETURN_DPC;
}

static void indicate(struct ndis_data_path *path, NET_BUFFER_LIST *first, ULONG claimed,
                     ULONG flags)
{
    struct ndis_adapter *adapter = path->adapter;
    unsigned cpu = KeGetCurrentProcessorNumberEx(NULL);
    bool keep = !(flags & NDIS_RECEIVE_FLAGS_RESOURCES);
    enum return_how how = keep ? return_how(path) : RETURN_NOW;
    NET_BUFFER_LIST *now[64];
    unsigned count = 0, now_count = 0;
    bool held = false;
    for (NET_BUFFER_LIST *nbl = first, *next; nbl; nbl = next) {
        if (!usable(path, nbl))
            break;
        next = nbl->Next;
        count++;
        deliver(path, nbl, flags, cpu);
        if (!keep)
            continue;
        nbl->NdisReserved[0] = mark_of(path);
        ndis_count(&adapter->nbls_outstanding_to_stack, 1);
        if (how != RETURN_NOW && hold(path, nbl)) {
            held = true;
            continue;
        }
        now[now_count++] = nbl;
        if (now_count == 64) {
            return_lists(path, now, now_count);
            now_count = 0;
        }
    }
    RULE("NdisMIndicateReceiveNetBufferLists", count == claimed,
         "NumberOfNetBufferLists is %u, the list has %u", claimed, count);
    if (now_count)
        return_lists(path, now, now_count);
    if (held && how == RETURN_DPC)
        dpc_insert(&path->return_dpc, NULL, NULL);
    else if (held)
        ndis_keeper_poke(adapter);
}

VOID NTAPI NdisMIndicateReceiveNetBufferLists(NDIS_HANDLE MiniportAdapterHandle,
                                              PNET_BUFFER_LIST NetBufferLists,
                                              NDIS_PORT_NUMBER PortNumber,
                                              ULONG NumberOfNetBufferLists, ULONG ReceiveFlags)
{
    bool irql_fine = IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter || !irql_fine)
        return;
    CHECK_DISPATCH_FLAG(ReceiveFlags, NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL);
    enum ndis_adapter_state state = ndis_state(adapter);
    RULE("R-282", state == NDIS_RUNNING || state == NDIS_RESTARTING || state == NDIS_PAUSING,
         "received frames are indicated while the adapter is %s", ndis_state_name(state));
    /* The callback must not be preempted by another indication on this processor: they share
     * scratch memory. */
    KIRQL old = irql_current();
    if (old < DISPATCH_LEVEL)
        irql_raise(DISPATCH_LEVEL);
    indicate(adapter->data_path, NetBufferLists, NumberOfNetBufferLists, ReceiveFlags);
    if (old < DISPATCH_LEVEL)
        irql_lower(old);
}
NT_EXPORT("ndis.sys", NdisMIndicateReceiveNetBufferLists);

/* --- */

void receive_create(struct ndis_data_path *path)
{
    dpc_init(&path->return_dpc, return_dpc, path, -1);
}

void receive_destroy(struct ndis_data_path *path)
{
    dpc_remove(&path->return_dpc);
    dpc_flush();
    for (unsigned i = 0; i < 64; i++)
        free(path->scratch[i]);
    free(path->held);
}
