/* SPDX-License-Identifier: MIT */
/* bind.c - what NDIS and the protocols above it ask of a 5.x driver, and the state of the link.
 *
 * NDIS 5 has no general attributes: it learns address, sizes and link by OIDs, and fills the
 * adapter's general attributes from the answers. The order is that of NDIS first, then TCP/IP's;
 * then what any program may ask for at any time (NDIS 5: "General Objects", "Ethernet Objects"). */
#include "ndis5/ndis5.h"
#include "ndis/worker.h"
#include <stdlib.h>
#include <string.h>

static NDIS_STATUS query(struct ndis_adapter *adapter, NDIS_OID oid, void *buffer, ULONG length,
                         ULONG *bytes)
{
    return ndis_oid_driver(adapter, NdisRequestQueryInformation, oid, buffer, length, 0, bytes);
}

static bool query_exactly(struct ndis_adapter *adapter, NDIS_OID oid, void *buffer, ULONG length)
{
    ULONG bytes = 0;
    return query(adapter, oid, buffer, length, &bytes) == NDIS_STATUS_SUCCESS && bytes == length;
}

static ULONG query_ulong(struct ndis_adapter *adapter, NDIS_OID oid, ULONG otherwise)
{
    ULONG value = 0;
    return query_exactly(adapter, oid, &value, sizeof(value)) ? value : otherwise;
}

/* A list or a text, whose length only the driver knows: asked again if the first buffer was too
 * short. What it says is nobody's business here. */
static void query_long(struct ndis_adapter *adapter, NDIS_OID oid, ULONG first)
{
    ULONG needed = 0;
    void *buffer = calloc(1, first);
    NDIS_STATUS status = buffer ? query(adapter, oid, buffer, first, &needed) : NDIS_STATUS_SUCCESS;
    if ((status == NDIS_STATUS_INVALID_LENGTH || status == NDIS_STATUS_BUFFER_TOO_SHORT) &&
        needed > first && needed <= 0x10000) {
        free(buffer);
        buffer = calloc(1, needed);
        if (buffer)
            query(adapter, oid, buffer, needed, NULL);
    }
    free(buffer);
}

/* --- link state --- */

/* Nothing changes while the driver cannot be asked. A driver that does not know is connected. */
static void read_link(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    ULONG state = NdisMediaStateConnected, speed = 0;
    NDIS_STATUS status =
        f->senses_media ? NDIS_STATUS_SUCCESS
                        : query(adapter, OID_GEN_MEDIA_CONNECT_STATUS, &state, sizeof(state), NULL);
    if (status == NDIS_STATUS_RESET_IN_PROGRESS || status == NDIS_STATUS_REQUEST_ABORTED ||
        status == NDIS_STATUS_ADAPTER_NOT_READY)
        return;
    /* The driver may have begun to indicate it meanwhile: then that is newer. */
    if (!__atomic_load_n(&f->senses_media, __ATOMIC_ACQUIRE))
        adapter->link.MediaConnectState =
            status != NDIS_STATUS_SUCCESS || state == NdisMediaStateConnected
                ? MediaConnectStateConnected
                : MediaConnectStateDisconnected;
    if (query_exactly(adapter, OID_GEN_LINK_SPEED, &speed, sizeof(speed))) /* in 100 bit/s */
        adapter->link.XmitLinkSpeed = adapter->link.RcvLinkSpeed = (uint64_t)speed * 100;
    event_set(&adapter->link_event);
}

static void media_worker(void *arg)
{
    struct ndis_adapter *adapter = arg;
    if (ndis_state(adapter) == NDIS_RUNNING || ndis_state(adapter) == NDIS_PAUSED)
        read_link(adapter);
    __atomic_sub_fetch(&five(adapter)->workers, 1, __ATOMIC_RELEASE);
}

void ndis5_query_media(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    __atomic_add_fetch(&f->workers, 1, __ATOMIC_ACQUIRE);
    if (!ndis_worker_start(media_worker, adapter, "ndis media"))
        __atomic_sub_fetch(&f->workers, 1, __ATOMIC_RELEASE);
}

/* --- binding --- */

/* No 5.x driver is asked which it supports: it fails those that it does not. */
#define FILTERS                                                                                    \
    (NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_BROADCAST |         \
     NDIS_PACKET_TYPE_ALL_MULTICAST | NDIS_PACKET_TYPE_PROMISCUOUS)

static void ask_for_ndis(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *general = &adapter->general;
    query_long(adapter, OID_GEN_SUPPORTED_LIST, 64 * sizeof(NDIS_OID));
    f->max_packets = query_ulong(adapter, OID_GEN_MAXIMUM_SEND_PACKETS, 1);
    if (!f->max_packets)
        f->max_packets = 1;
    f->block->MaxSendPackets = (USHORT)f->max_packets;
    general->MacOptions = query_ulong(adapter, OID_GEN_MAC_OPTIONS, 0);
    f->block->MacOptions = general->MacOptions;
    NDIS_PNP_CAPABILITIES power;
    memset(&power, 0, sizeof(power));
    /* A driver that supports the OID manages power; others are halted for the time of a sleep. */
    if (query_exactly(adapter, OID_PNP_CAPABILITIES, &power, sizeof(power)))
        adapter->registration.AttributeFlags |= NDIS_MINIPORT_ATTRIBUTES_NO_HALT_ON_SUSPEND;
    query_ulong(adapter, OID_GEN_PHYSICAL_MEDIUM, 0);
    general->MtuSize = query_ulong(adapter, OID_GEN_MAXIMUM_FRAME_SIZE, 0);
    if (!RULE("OID_GEN_MAXIMUM_FRAME_SIZE", general->MtuSize >= 68 && general->MtuSize <= 65535,
              "the driver answers OID_GEN_MAXIMUM_FRAME_SIZE, which every driver must support, "
              "with %u",
              general->MtuSize))
        general->MtuSize = 1500;
    general->MediaType = NdisMedium802_3;
    general->MacAddressLength = 6;
    RULE("OID_802_3_CURRENT_ADDRESS",
         query_exactly(adapter, OID_802_3_CURRENT_ADDRESS, general->CurrentMacAddress, 6),
         "the driver does not answer OID_802_3_CURRENT_ADDRESS, which every Ethernet driver must "
         "support");
    query_exactly(adapter, OID_802_3_PERMANENT_ADDRESS, general->PermanentMacAddress, 6);
    general->MaxMulticastListSize = query_ulong(adapter, OID_802_3_MAXIMUM_LIST_SIZE, 0);
    general->SupportedPacketFilters = FILTERS;
    f->lookahead = query_ulong(adapter, OID_GEN_MAXIMUM_LOOKAHEAD, 0);
    f->block->MaximumLookahead = f->lookahead;
    general->LookaheadSize = f->lookahead;
}

/* TCP/IP enables none of the tasks that it is told of: frames are complete when they are sent. */
static void ask_for_tasks(struct ndis_adapter *adapter)
{
    uint8_t buffer[1024] = {0};
    NDIS_TASK_OFFLOAD_HEADER *header = (void *)buffer;
    header->Version = NDIS_TASK_OFFLOAD_VERSION;
    header->Size = sizeof(*header);
    header->EncapsulationFormat.Encapsulation = IEEE_802_3_Encapsulation;
    header->EncapsulationFormat.Flags.FixedHeaderSize = 1;
    header->EncapsulationFormat.EncapsulationHeaderSize = 14;
    query(adapter, OID_TCP_TASK_OFFLOAD, buffer, sizeof(buffer), NULL);
}

/* A driver that keeps its own address and the groups in one array may write the groups over it: it
 * is deaf then, and nothing else tells why. */
static void check_address(struct ndis_adapter *adapter)
{
    const uint8_t *was = adapter->general.CurrentMacAddress;
    uint8_t is[6];
    if (!query_exactly(adapter, OID_802_3_CURRENT_ADDRESS, is, sizeof(is)))
        return;
    RULE("OID_802_3_MULTICAST_LIST", !memcmp(is, was, sizeof(is)),
         "since OID_802_3_MULTICAST_LIST was set, the driver answers OID_802_3_CURRENT_ADDRESS with "
         "%02x:%02x:%02x:%02x:%02x:%02x, before with %02x:%02x:%02x:%02x:%02x:%02x: the list does "
         "not change the adapter's own address",
         is[0], is[1], is[2], is[3], is[4], is[5], was[0], was[1], was[2], was[3], was[4], was[5]);
}

static void ask_for_protocols(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    query_long(adapter, OID_GEN_MEDIA_IN_USE, 4 * sizeof(NDIS_MEDIUM));
    query_ulong(adapter, OID_GEN_MAXIMUM_TOTAL_SIZE, 0);
    query_long(adapter, OID_GEN_VENDOR_DESCRIPTION, 64);
    ask_for_tasks(adapter);
    if (f->lookahead && ndis_oid(adapter, NdisRequestSetInformation, OID_GEN_CURRENT_LOOKAHEAD,
                                 &f->lookahead, sizeof(ULONG), NULL) != NDIS_STATUS_SUCCESS)
        f->lookahead = query_ulong(adapter, OID_GEN_CURRENT_LOOKAHEAD, 0);
    f->block->CurrentLookahead = f->lookahead;
    ndis_bind_multicast(adapter);
    check_address(adapter);
    NETWORK_ADDRESS_LIST none = {.AddressType = NDIS_PROTOCOL_ID_TCP_IP}; /* no address yet */
    ndis_oid_driver(adapter, NdisRequestSetInformation, OID_GEN_NETWORK_LAYER_ADDRESSES, &none,
                    offsetof(NETWORK_ADDRESS_LIST, Address), 0, NULL);
}

/* What programs ask for through NDIS: nobody needs the answers, drivers have to be ready. */
static void ask_for_programs(struct ndis_adapter *adapter)
{
    static const NDIS_OID oids[] = {
        OID_GEN_HARDWARE_STATUS,      OID_GEN_TRANSMIT_BUFFER_SPACE, OID_GEN_RECEIVE_BUFFER_SPACE,
        OID_GEN_TRANSMIT_BLOCK_SIZE,  OID_GEN_RECEIVE_BLOCK_SIZE,    OID_GEN_VENDOR_ID,
        OID_GEN_VENDOR_DRIVER_VERSION};
    static const NDIS_OID counters[] = {
        OID_GEN_XMIT_OK,       OID_GEN_RCV_OK,
        OID_GEN_XMIT_ERROR,    OID_GEN_RCV_ERROR,
        OID_GEN_RCV_NO_BUFFER, OID_802_3_RCV_ERROR_ALIGNMENT,
        OID_802_3_XMIT_ONE_COLLISION, OID_802_3_XMIT_MORE_COLLISIONS};
    USHORT version;
    query_long(adapter, OID_GEN_MEDIA_SUPPORTED, 4 * sizeof(NDIS_MEDIUM));
    for (size_t i = 0; i < sizeof(oids) / sizeof(oids[0]); i++)
        query_ulong(adapter, oids[i], 0);
    query(adapter, OID_GEN_DRIVER_VERSION, &version, sizeof(version), NULL);
    /* In 8 bytes or in 4, as the buffer is ("Querying 64-Bit Statistics OIDs"). */
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        uint64_t value = 0;
        query(adapter, counters[i], &value, i % 2 ? sizeof(ULONG) : sizeof(value), NULL);
    }
}

void ndis5_bind(struct ndis_adapter *adapter)
{
    ask_for_ndis(adapter);
    read_link(adapter);
    ask_for_protocols(adapter);
    ask_for_programs(adapter);
}
