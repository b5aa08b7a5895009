/* SPDX-License-Identifier: MIT */
/* request.c - MiniportQueryInformation and MiniportSetInformation, and what NDIS asks when it
 * binds.
 *
 * NDIS 5 has no general attributes: it learns address, sizes and link by OIDs, and fills the
 * adapter's general attributes from the answers. Requests run at DISPATCH_LEVEL, one at a
 * time. */
#include "ndis5/ndis5.h"
#include "ndis/worker.h"
#include <string.h>

NDIS_STATUS ndis5_request(struct ndis_adapter *adapter, NDIS_OID_REQUEST *request)
{
    const NDIS51_MINIPORT_CHARACTERISTICS *chars = chars5(adapter);
    bool set = request->RequestType == NdisRequestSetInformation;
    if (request->RequestType == NdisRequestMethod)
        return NDIS_STATUS_NOT_SUPPORTED; /* there are none before NDIS 6 */
    KIRQL old = ndis5_enter(adapter);
    NDIS_STATUS status = (NDIS_STATUS)DRIVER_CALL(
        set ? (void *)chars->SetInformationHandler : (void *)chars->QueryInformationHandler,
        adapter->context, request->DATA.QUERY_INFORMATION.Oid,
        request->DATA.QUERY_INFORMATION.InformationBuffer,
        request->DATA.QUERY_INFORMATION.InformationBufferLength,
        &request->DATA.QUERY_INFORMATION.BytesWritten,
        &request->DATA.QUERY_INFORMATION.BytesNeeded);
    ndis5_check_indications(adapter, set ? "MiniportSetInformation" : "MiniportQueryInformation");
    ndis5_leave(adapter, old);
    return status;
}

static void complete(NDIS_HANDLE handle, NDIS_STATUS status, bool set, const char *function)
{
    bool irql_fine = irql_require(function, PASSIVE_LEVEL, DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_handle(handle, function);
    if (!adapter || !irql_fine)
        return;
    const NDIS_OID_REQUEST *request = __atomic_load_n(&adapter->oid.request, __ATOMIC_ACQUIRE);
    bool kind = request && (request->RequestType == NdisRequestSetInformation) == set;
    if (!RULE("NdisMQueryInformationComplete", status != NDIS_STATUS_PENDING,
              "%s with NDIS_STATUS_PENDING", function))
        status = NDIS_STATUS_FAILURE;
    RULE("NdisMQueryInformationComplete", kind && ndis_oid_complete(adapter, status),
         "%s, but no such request is pending (it never was, or is complete already)", function);
}

VOID NTAPI NdisMQueryInformationComplete(NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status)
{
    complete(MiniportAdapterHandle, Status, false, __func__);
}
NT_EXPORT("ndis.sys", NdisMQueryInformationComplete);

VOID NTAPI NdisMSetInformationComplete(NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status)
{
    complete(MiniportAdapterHandle, Status, true, __func__);
}
NT_EXPORT("ndis.sys", NdisMSetInformationComplete);

/* --- binding --- */

static bool query(struct ndis_adapter *adapter, NDIS_OID oid, void *buffer, ULONG length)
{
    ULONG bytes = 0;
    NDIS_STATUS status =
        ndis_oid_driver(adapter, NdisRequestQueryInformation, oid, buffer, length, 0, &bytes);
    return status == NDIS_STATUS_SUCCESS && bytes == length;
}

static ULONG query_ulong(struct ndis_adapter *adapter, NDIS_OID oid, ULONG otherwise)
{
    ULONG value = 0;
    return query(adapter, oid, &value, sizeof(value)) ? value : otherwise;
}

/* As before a packet filter other than these exists. */
#define FILTERS                                                                                    \
    (NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_BROADCAST)

void ndis5_bind(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *general = &adapter->general;
    general->MediaType = NdisMedium802_3;
    general->MtuSize = query_ulong(adapter, OID_GEN_MAXIMUM_FRAME_SIZE, 0);
    if (!RULE("OID_GEN_MAXIMUM_FRAME_SIZE", general->MtuSize >= 68 && general->MtuSize <= 65535,
              "the driver answers OID_GEN_MAXIMUM_FRAME_SIZE, which every driver must support, "
              "with %u",
              general->MtuSize))
        general->MtuSize = 1500;
    general->MacOptions = query_ulong(adapter, OID_GEN_MAC_OPTIONS, 0);
    general->MaxMulticastListSize = query_ulong(adapter, OID_802_3_MAXIMUM_LIST_SIZE, 0);
    general->SupportedPacketFilters = FILTERS;
    general->MacAddressLength = 6;
    RULE("OID_802_3_CURRENT_ADDRESS",
         query(adapter, OID_802_3_CURRENT_ADDRESS, general->CurrentMacAddress, 6),
         "the driver does not answer OID_802_3_CURRENT_ADDRESS, which every Ethernet driver must "
         "support");
    query(adapter, OID_802_3_PERMANENT_ADDRESS, general->PermanentMacAddress, 6);
    f->max_packets = query_ulong(adapter, OID_GEN_MAXIMUM_SEND_PACKETS, 1);
    if (!f->max_packets)
        f->max_packets = 1;
    f->block->MaxSendPackets = (USHORT)f->max_packets;
    f->block->MacOptions = general->MacOptions;
    NDIS_PNP_CAPABILITIES power;
    memset(&power, 0, sizeof(power));
    /* A driver that supports the OID manages power; others are halted for the time of a sleep. */
    if (query(adapter, OID_PNP_CAPABILITIES, &power, sizeof(power)))
        adapter->registration.AttributeFlags |= NDIS_MINIPORT_ATTRIBUTES_NO_HALT_ON_SUSPEND;

    f->lookahead = query_ulong(adapter, OID_GEN_MAXIMUM_LOOKAHEAD, 0);
    f->block->MaximumLookahead = f->lookahead;
    general->LookaheadSize = f->lookahead;
    if (f->lookahead && ndis_oid(adapter, NdisRequestSetInformation, OID_GEN_CURRENT_LOOKAHEAD,
                                 &f->lookahead, sizeof(ULONG), NULL) != NDIS_STATUS_SUCCESS)
        f->lookahead = query_ulong(adapter, OID_GEN_CURRENT_LOOKAHEAD, 0);
    f->block->CurrentLookahead = f->lookahead;
    ndis_bind_multicast(adapter);
    ULONG state = query_ulong(adapter, OID_GEN_MEDIA_CONNECT_STATUS, NdisMediaStateConnected);
    if (!f->senses_media)
        adapter->link.MediaConnectState = state == NdisMediaStateConnected
                                              ? MediaConnectStateConnected
                                              : MediaConnectStateDisconnected;
    uint64_t speed = query_ulong(adapter, OID_GEN_LINK_SPEED, 0);
    adapter->link.XmitLinkSpeed = adapter->link.RcvLinkSpeed = speed * 100; /* in 100 bit/s */
    event_set(&adapter->link_event);
}

/* --- link state --- */

static void media_worker(void *arg)
{
    struct ndis_adapter *adapter = arg;
    struct ndis5_adapter *f = five(adapter);
    if (ndis_state(adapter) == NDIS_RUNNING || ndis_state(adapter) == NDIS_PAUSED) {
        if (!f->senses_media) {
            ULONG state =
                query_ulong(adapter, OID_GEN_MEDIA_CONNECT_STATUS, NdisMediaStateConnected);
            adapter->link.MediaConnectState = state == NdisMediaStateConnected
                                                  ? MediaConnectStateConnected
                                                  : MediaConnectStateDisconnected;
        }
        uint64_t speed = query_ulong(adapter, OID_GEN_LINK_SPEED, 0);
        adapter->link.XmitLinkSpeed = adapter->link.RcvLinkSpeed = speed * 100;
        event_set(&adapter->link_event);
    }
    __atomic_sub_fetch(&f->workers, 1, __ATOMIC_RELEASE);
}

void ndis5_query_media(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    __atomic_add_fetch(&f->workers, 1, __ATOMIC_ACQUIRE);
    if (!ndis_worker_start(media_worker, adapter, "ndis media"))
        __atomic_sub_fetch(&f->workers, 1, __ATOMIC_RELEASE);
}
