/* SPDX-License-Identifier: MIT */
/* bind.c - what the protocols above an adapter ask of its driver.
 *
 * dirql has no protocol drivers, but a driver expects their requests: what TCP/IP asks for when it
 * binds (lookahead, multicast list, receive-side scaling, offload encapsulation), the packet filter
 * that makes frames come in, and the queries of NDIS itself. A driver may fail what it does not
 * support; only how it fails is checked, in oid.c. */
#include "ndis/ndis_internal.h"
#include "nt/machine.h"
#include <stdlib.h>
#include <string.h>

/* The key of Microsoft's "Verifying the RSS Hash Calculation". */
static const uint8_t rss_key[40] = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static NDIS_STATUS set(struct ndis_adapter *adapter, NDIS_OID oid, void *buffer, ULONG length)
{
    return ndis_oid(adapter, NdisRequestSetInformation, oid, buffer, length, NULL);
}

static void query_interrupt_moderation(struct ndis_adapter *adapter)
{
    NDIS_INTERRUPT_MODERATION_PARAMETERS moderation = {0};
    ndis_header_set(&moderation.Header, NDIS_OBJECT_TYPE_DEFAULT,
                    NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1,
                    NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1);
    ULONG bytes;
    NDIS_STATUS status =
        ndis_oid_driver(adapter, NdisRequestQueryInformation, OID_GEN_INTERRUPT_MODERATION,
                        &moderation, sizeof(moderation), 0, &bytes);
    static const struct ndis_revision revisions[] = {
        {NDIS_INTERRUPT_MODERATION_PARAMETERS_REVISION_1,
         NDIS_SIZEOF_INTERRUPT_MODERATION_PARAMETERS_REVISION_1}};
    if (status == NDIS_STATUS_SUCCESS) /* */
        ndis_header_check(&moderation.Header, "NDIS_INTERRUPT_MODERATION_PARAMETERS",
                          NDIS_OBJECT_TYPE_DEFAULT, revisions, 1);
}

static void query_statistics(struct ndis_adapter *adapter)
{
    NDIS_STATISTICS_INFO info = {0};
    ndis_header_set(&info.Header, NDIS_OBJECT_TYPE_DEFAULT, NDIS_STATISTICS_INFO_REVISION_1,
                    NDIS_SIZEOF_STATISTICS_INFO_REVISION_1);
    ULONG bytes;
    NDIS_STATUS status = ndis_oid_driver(adapter, NdisRequestQueryInformation, OID_GEN_STATISTICS,
                                         &info, sizeof(info), 0, &bytes);
    RULE("OID_GEN_STATISTICS", status == NDIS_STATUS_SUCCESS,
         "OID_GEN_STATISTICS failed with status 0x%08x; NDIS 6.0 drivers must support it",
         (unsigned)status);
}

void ndis_bind_multicast(struct ndis_adapter *adapter)
{
    /* All hosts, multicast DNS, and the all-nodes address of IPv6. */
    static const uint8_t usual[3][6] = {{0x01, 0x00, 0x5e, 0x00, 0x00, 0x01},
                                        {0x01, 0x00, 0x5e, 0x00, 0x00, 0xfb},
                                        {0x33, 0x33, 0x00, 0x00, 0x00, 0x01}};
    const struct ndis_addressing *wanted = &adapter->addressing;
    const void *groups = wanted->groups_set ? wanted->group : usual;
    unsigned n = wanted->groups_set ? wanted->groups : 3;
    if (n > adapter->general.MaxMulticastListSize)
        n = adapter->general.MaxMulticastListSize;
    if (n)
        set(adapter, OID_802_3_MULTICAST_LIST, (void *)groups, n * 6);
}

/* Indirection table and key follow the structure; so do, from 6.20 on, the processor masks. */
static void set_rss(struct ndis_adapter *adapter)
{
    ULONG caps = adapter->rss.CapabilitiesFlags;
    ULONG types =
        (caps & NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV4 ? NDIS_HASH_IPV4 | NDIS_HASH_TCP_IPV4 : 0) |
        (caps & NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV6 ? NDIS_HASH_IPV6 | NDIS_HASH_TCP_IPV6 : 0);
    unsigned queues = adapter->rss.NumberOfReceiveQueues, cpus = machine_cpus();
    if (!adapter->rss_set || !types || !queues)
        return;
    if (queues > cpus)
        queues = cpus;
    enum { ENTRIES = 128 };
    bool masks = ndis_driver_at_least(adapter->driver, 6, 20);
    size_t entry = masks ? sizeof(PROCESSOR_NUMBER) : 1;
    size_t bytes = sizeof(NDIS_RECEIVE_SCALE_PARAMETERS) + ENTRIES * entry + sizeof(rss_key) +
                   sizeof(GROUP_AFFINITY);
    NDIS_RECEIVE_SCALE_PARAMETERS *rss = calloc(1, bytes);
    if (!rss)
        return;
    uint8_t *at = (uint8_t *)(rss + 1);
    ndis_header_set(&rss->Header, NDIS_OBJECT_TYPE_RSS_PARAMETERS,
                    masks ? NDIS_RECEIVE_SCALE_PARAMETERS_REVISION_2
                          : NDIS_RECEIVE_SCALE_PARAMETERS_REVISION_1,
                    masks ? NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_2
                          : NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_1);
    rss->HashInformation = NDIS_RSS_HASH_INFO_FROM_TYPE_AND_FUNC(types, NdisHashFunctionToeplitz);
    rss->IndirectionTableSize = (USHORT)(ENTRIES * entry);
    rss->IndirectionTableOffset = (ULONG)(at - (uint8_t *)rss);
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (masks)
            ((PROCESSOR_NUMBER *)at)[i].Number = (UCHAR)(i % queues);
        else
            at[i] = (uint8_t)(i % queues);
    }
    at += ENTRIES * entry;
    rss->HashSecretKeySize = sizeof(rss_key);
    rss->HashSecretKeyOffset = (ULONG)(at - (uint8_t *)rss);
    memcpy(at, rss_key, sizeof(rss_key));
    at += sizeof(rss_key);
    if (masks) {
        rss->ProcessorMasksOffset = (ULONG)(at - (uint8_t *)rss);
        rss->NumberOfProcessorMasks = 1;
        rss->ProcessorMasksEntrySize = sizeof(GROUP_AFFINITY);
        ((GROUP_AFFINITY *)at)->Mask = queues >= 64 ? ~0ull : (1ull << queues) - 1;
    }
    set(adapter, OID_GEN_RECEIVE_SCALE_PARAMETERS, rss, (ULONG)bytes);
    free(rss);
}

static void set_encapsulation(struct ndis_adapter *adapter)
{
    if (!adapter->offload_set)
        return;
    NDIS_OFFLOAD_ENCAPSULATION encapsulation = {0};
    ndis_header_set(&encapsulation.Header, NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION,
                    NDIS_OFFLOAD_ENCAPSULATION_REVISION_1,
                    NDIS_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1);
    encapsulation.IPv4.Enabled = encapsulation.IPv6.Enabled = NDIS_OFFLOAD_SET_ON;
    encapsulation.IPv4.EncapsulationType = encapsulation.IPv6.EncapsulationType =
        NDIS_ENCAPSULATION_IEEE_802_3;
    encapsulation.IPv4.HeaderSize = encapsulation.IPv6.HeaderSize = 14;
    set(adapter, OID_OFFLOAD_ENCAPSULATION, &encapsulation, sizeof(encapsulation));
}

void ndis_bind(struct ndis_adapter *adapter)
{
    if (adapter->driver->legacy) {
        adapter->driver->legacy->bind(adapter);
        return;
    }
    query_interrupt_moderation(adapter);
    query_statistics(adapter);
    if (adapter->general.MediaType != NdisMedium802_3)
        return;
    ULONG lookahead = adapter->general.LookaheadSize;
    set(adapter, OID_GEN_CURRENT_LOOKAHEAD, &lookahead, sizeof(lookahead));
    ndis_bind_multicast(adapter);
    set_rss(adapter);
    set_encapsulation(adapter);
}

#define BASIC_FILTERS                                                                              \
    (NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_BROADCAST)

void ndis_bind_running(struct ndis_adapter *adapter)
{
    const struct ndis_addressing *addressing = &adapter->addressing;
    ULONG wanted = addressing->filter_set ? addressing->filter : BASIC_FILTERS;
    ULONG filter = wanted & adapter->general.SupportedPacketFilters;
    if (!filter)
        return; /* as after a reset: nothing comes in */
    NDIS_STATUS status = set(adapter, OID_GEN_CURRENT_PACKET_FILTER, &filter, sizeof(filter));
    /* A 5.x driver has no way to say what it supports, but by failing. */
    bool must = !adapter->driver->legacy || !(filter & ~BASIC_FILTERS);
    RULE("OID_GEN_CURRENT_PACKET_FILTER", status == NDIS_STATUS_SUCCESS || !must,
         "the packet filter 0x%x, of filters that the driver supports, failed with status 0x%08x",
         filter, (unsigned)status);
}

unsigned ndis_groups(const struct ndis_adapter *adapter, uint8_t groups[][6])
{
    memcpy(groups, adapter->filter.multicast, adapter->filter.multicasts * 6);
    return adapter->filter.multicasts;
}

bool ndis_frame_wanted(const struct ndis_adapter *adapter, const void *frame, size_t len)
{
    static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const struct ndis_filter_state *state = &adapter->filter;
    ULONG filter = state->packet_filter;
    const uint8_t *to = frame;
    if (len < 14 || filter & NDIS_PACKET_TYPE_PROMISCUOUS)
        return len >= 14;
    if (!memcmp(to, everybody, 6))
        return filter & NDIS_PACKET_TYPE_BROADCAST;
    if (!(to[0] & 1))
        return filter & NDIS_PACKET_TYPE_DIRECTED &&
               !memcmp(to, adapter->general.CurrentMacAddress, 6);
    if (filter & NDIS_PACKET_TYPE_ALL_MULTICAST)
        return true;
    for (unsigned i = 0; filter & NDIS_PACKET_TYPE_MULTICAST && i < state->multicasts; i++)
        if (!memcmp(to, state->multicast[i], 6))
            return true;
    return false;
}

/* network: "Miniport Driver Hardware Reset". */
void ndis_restore_addressing(struct ndis_adapter *adapter)
{
    struct ndis_filter_state *state = &adapter->filter;
    if (state->packet_filter_set)
        set(adapter, OID_GEN_CURRENT_PACKET_FILTER, &state->packet_filter, sizeof(ULONG));
    if (state->multicast_set)
        set(adapter, OID_802_3_MULTICAST_LIST, state->multicast, state->multicasts * 6);
    set_encapsulation(adapter);
}
