/* SPDX-License-Identifier: MIT */
/* receive.c - NdisMIndicateReceivePacket, and giving packets back.
 *
 * Who owns a packet after the indication (NDIS 5, "NdisMIndicateReceivePacket"): with
 * NDIS_STATUS_RESOURCES the driver, at once. Else a deserialised driver gets each one through
 * MiniportReturnPacket, maybe before the indication returns; a serialised one looks at the status:
 * NDIS_STATUS_PENDING means that MiniportReturnPacket will come, anything else that the packet is
 * its own again. */
#include "ndis5/ndis5.h"
#include <stdlib.h>
#include <string.h>

#define SCRATCH_BYTES 65536

void ndis5_deliver(struct ndis_adapter *adapter, const void *frame, size_t len, ULONG checksum,
                   uint16_t vlan)
{
    struct ndis_data_path *path = adapter->data_path;
    struct ndis_rx_info info = {
        .cpu = KeGetCurrentProcessorNumberEx(NULL), .checksum = checksum, .vlan = vlan};
    ndis_count(&adapter->frames_received, 1);
    ndis_count(&adapter->bytes_received, (int64_t)len);
    if (path->received)
        path->received(path->receive_ctx, frame, len, &info);
}

/* --- giving back --- */

static void give_back(struct ndis_adapter *adapter, NDIS_PACKET *packet)
{
    ndis5_packet_back(packet);
    ndis_count(&adapter->nbls_outstanding_to_stack, -1);
    if (!RULE("MiniportReturnPacket", chars5(adapter)->ReturnPacketHandler != NULL,
              "packets are indicated without NDIS_STATUS_RESOURCES, but there is no "
              "ReturnPacketHandler"))
        return;
    /* At DISPATCH_LEVEL whoever returns it: drivers take their locks with NdisDprAcquireSpinLock. */
    KIRQL old = ndis5_enter(adapter);
    DRIVER_CALL(chars5(adapter)->ReturnPacketHandler, adapter->context, packet);
    ndis5_leave(adapter, old);
}

void ndis5_return_held(struct ndis_data_path *path)
{
    struct ndis5_adapter *f = five(path->adapter);
    NDIS_PACKET *packets[64];
    for (;;) {
        unsigned n = 0;
        host_lock(&f->held_lock);
        for (; n < 64 && n < f->held_count; n++)
            packets[n] = f->held[n];
        f->held_count -= n;
        memmove(f->held, f->held + n, f->held_count * sizeof(f->held[0]));
        /* A halt waits for it: what was taken from the list is not yet with the driver. */
        __atomic_add_fetch(&path->returning, n != 0, __ATOMIC_SEQ_CST);
        host_unlock(&f->held_lock);
        if (!n)
            return;
        for (unsigned i = 0; i < n; i++)
            give_back(path->adapter, packets[i]);
        __atomic_sub_fetch(&path->returning, 1, __ATOMIC_SEQ_CST);
    }
}

static void NTAPI return_dpc(KDPC *dpc, void *context, void *argument1, void *argument2)
{
    ndis5_return_held(context);
}

/* False if memory ran out. */
static bool hold(struct ndis5_adapter *f, NDIS_PACKET *packet)
{
    bool held = true;
    host_lock(&f->held_lock);
    if (f->held_count == f->held_room) {
        unsigned room = f->held_room ? f->held_room * 2 : 256;
        NDIS_PACKET **more = realloc(f->held, room * sizeof(*more));
        held = more != NULL;
        if (held) {
            f->held = more;
            f->held_room = room;
        }
    }
    if (held)
        f->held[f->held_count++] = packet;
    host_unlock(&f->held_lock);
    return held;
}

void ndis5_receive_create(struct ndis_adapter *adapter)
{
    dpc_init(&five(adapter)->return_dpc, return_dpc, adapter->data_path, -1);
}

void ndis5_receive_destroy(struct ndis_adapter *adapter)
{
    dpc_remove(&five(adapter)->return_dpc);
    dpc_flush();
    free(five(adapter)->held);
}

/* --- indication --- */

/* The packet's bytes in one piece; NULL if its buffers do not say where they are. */
static const uint8_t *linear(struct ndis_data_path *path, const NDIS_PACKET *packet, unsigned cpu,
                             size_t *len)
{
    const MDL *first = packet->Private.Head;
    if (!first)
        return NULL;
    *len = first->ByteCount;
    if (!first->Next)
        return MmGetSystemAddressForMdlSafe((MDL *)first, HighPagePriority);
    if (!path->scratch[cpu] && !(path->scratch[cpu] = malloc(SCRATCH_BYTES)))
        return NULL;
    *len = 0;
    for (MDL *mdl = (MDL *)first; mdl; mdl = mdl->Next) {
        const void *bytes = MmGetSystemAddressForMdlSafe(mdl, HighPagePriority);
        if (!bytes || *len + mdl->ByteCount > SCRATCH_BYTES)
            return NULL;
        memcpy(path->scratch[cpu] + *len, bytes, mdl->ByteCount);
        *len += mdl->ByteCount;
    }
    return path->scratch[cpu];
}

/* Which of at most 64 packets can be indicated, a bit each; they are the stack's from now on. Those
 * that it has already, or that come twice, are not. */
static uint64_t take_over(PPNDIS_PACKET array, UINT n)
{
    uint64_t usable = 0;
    for (UINT i = 0; i < n; i++) {
        NDIS_PACKET *packet = array[i];
        bool fine = RULE("NdisMIndicateReceivePacket", ndis5_packet_live(packet),
                         "%p is indicated, which is no packet from NdisAllocatePacket, or is freed",
                         (void *)packet) &&
                    RULE("NdisAllocatePacketPool",
                         ndis5_packet_reserved(packet) >= PROTOCOL_RESERVED_SIZE_IN_PACKET,
                         "packet %p is indicated, of a pool with %u bytes of ProtocolReserved; "
                         "protocols use PROTOCOL_RESERVED_SIZE_IN_PACKET (%zu) of a received "
                         "packet",
                         (void *)packet, ndis5_packet_reserved(packet),
                         (size_t)PROTOCOL_RESERVED_SIZE_IN_PACKET) &&
                    RULE("NdisMIndicateReceivePacket", ndis5_packet_lend(packet),
                         "packet %p is indicated again before MiniportReturnPacket gave it back",
                         (void *)packet);
        usable |= (uint64_t)fine << i;
    }
    return usable;
}

enum how { BACK_NOW, BACK_DPC, BACK_THREAD };

static enum how how(struct ndis_adapter *adapter)
{
    unsigned n = __atomic_fetch_add(&five(adapter)->indications, 1, __ATOMIC_RELAXED);
    if (ndis_state(adapter) != NDIS_RUNNING || n % 8 == 0)
        return BACK_NOW;
    return n % 64 == 63 ? BACK_THREAD : BACK_DPC;
}

static void deliver(struct ndis_adapter *adapter, NDIS_PACKET *packet, unsigned cpu)
{
    size_t len = 0;
    const uint8_t *bytes = linear(adapter->data_path, packet, cpu, &len);
    const NDIS_PACKET_OOB_DATA *oob = NDIS_OOB_DATA_FROM_PACKET(packet);
    RULE("NdisMIndicateReceivePacket", oob->HeaderSize == 14,
         "packet %p is indicated with HeaderSize %u in its out-of-band data; an Ethernet header "
         "has 14 bytes "
         "(NDIS_SET_PACKET_HEADER_SIZE)",
         (void *)packet, oob->HeaderSize);
    if (!RULE("NdisMIndicateReceivePacket", bytes && len >= 14,
              "packet %p is indicated with %zu bytes of data in its buffers; an Ethernet header "
              "has 14",
              (void *)packet, len))
        return;
    NDIS_PACKET_8021Q_INFO vlan = {.Value =
                                       NDIS_PER_PACKET_INFO_FROM_PACKET(packet, Ieee8021QInfo)};
    ULONG checksum =
        (ULONG)(ULONG_PTR)NDIS_PER_PACKET_INFO_FROM_PACKET(packet, TcpIpChecksumPacketInfo);
    /* A frame that comes before protocols listen, or while they do not, goes nowhere. */
    enum ndis_adapter_state state = ndis_state(adapter);
    if (state == NDIS_RUNNING || state == NDIS_PAUSING)
        ndis5_deliver(adapter, bytes, len, checksum, (uint16_t)vlan.TagHeader.VlanId);
}

/* True if it was held. */
static bool dispose(struct ndis_adapter *adapter, NDIS_PACKET *packet, NDIS_STATUS status,
                    enum how when)
{
    struct ndis5_adapter *f = five(adapter);
    if (status == NDIS_STATUS_RESOURCES) {
        ndis5_packet_back(packet);
        return false;
    }
    if (when != BACK_NOW) {
        ndis_count(&adapter->nbls_outstanding_to_stack, 1);
        /* Said before it is given away: a return on another processor may come at once. */
        NDIS_SET_PACKET_STATUS(packet, f->deserialized ? NDIS_STATUS_SUCCESS : NDIS_STATUS_PENDING);
        if (hold(f, packet))
            return true;
        ndis_count(&adapter->nbls_outstanding_to_stack, -1);
    }
    NDIS_SET_PACKET_STATUS(packet, NDIS_STATUS_SUCCESS);
    if (f->deserialized) {
        ndis_count(&adapter->nbls_outstanding_to_stack, 1);
        give_back(adapter, packet);
    } else {
        ndis5_packet_back(packet);
    }
    return false;
}

/* True if any was held. */
static bool indicate_some(struct ndis_adapter *adapter, PPNDIS_PACKET array, UINT n, enum how when)
{
    unsigned cpu = KeGetCurrentProcessorNumberEx(NULL);
    uint64_t usable = take_over(array, n);
    bool held = false;
    for (UINT i = 0; i < n; i++) {
        if (!(usable >> i & 1))
            continue;
        NDIS_PACKET *packet = array[i];
        NDIS_STATUS status = NDIS_GET_PACKET_STATUS(packet);
        RULE("NdisMIndicateReceivePacket",
             status == NDIS_STATUS_SUCCESS || status == NDIS_STATUS_RESOURCES,
             "packet %p is indicated with status 0x%08x in its out-of-band data; "
             "NDIS_STATUS_SUCCESS lets protocols keep it, NDIS_STATUS_RESOURCES does not",
             (void *)packet, (unsigned)status);
        deliver(adapter, packet, cpu);
        held |= dispose(adapter, packet, status, when);
    }
    return held;
}

static VOID NTAPI packet_indicate(NDIS_HANDLE Miniport, PPNDIS_PACKET PacketArray,
                                  UINT NumberOfPackets)
{
    static const char name[] = "NdisMIndicateReceivePacket";
    bool irql_fine = irql_require(name, PASSIVE_LEVEL, DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_handle(Miniport, name);
    if (!adapter || !irql_fine)
        return;
    struct ndis5_adapter *f = five(adapter);
    RULE("NdisMIndicateReceivePacket", f->deserialized || irql_current() == DISPATCH_LEVEL,
         "a serialised miniport indicates packets at %s; it is called, and indicates, at "
         "DISPATCH_LEVEL",
         irql_name(irql_current()));
    enum ndis_adapter_state state = ndis_state(adapter);
    RULE("NdisMIndicateReceivePacket",
         state != NDIS_HALTED && state != NDIS_SHUT_DOWN && !ndis_in_initialize(adapter),
         "packets are indicated while the adapter is %s", ndis_state_name(state));
    KIRQL old = irql_current();
    if (old < DISPATCH_LEVEL)
        irql_raise(DISPATCH_LEVEL);
    enum how when = how(adapter);
    bool held = false;
    for (UINT done = 0; done < NumberOfPackets; done += 64)
        held |= indicate_some(adapter, PacketArray + done,
                              NumberOfPackets - done < 64 ? NumberOfPackets - done : 64, when);
    if (held && when == BACK_DPC)
        dpc_insert(&f->return_dpc, NULL, NULL);
    else if (held)
        ndis_keeper_poke(adapter);
    if (old < DISPATCH_LEVEL)
        irql_lower(old);
}
/* A macro on Windows: the pointer in the block is the only way to it. */
#undef NdisMIndicateReceivePacket
NT_EXPORT_AS("ndis.sys", NdisMIndicateReceivePacket, packet_indicate);
