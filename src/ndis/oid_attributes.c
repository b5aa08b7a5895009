/* SPDX-License-Identifier: MIT */
/* oid_attributes.c - the OIDs that NDIS answers itself, from the attributes a driver set.
 *
 * A driver's general attributes stand for a row of queries that NDIS 5 sent one by one; on the
 * pages of these OIDs: "NDIS 6.0 and later miniport drivers: Not requested". */
#include "ndis/ndis_internal.h"
#include <string.h>

/* Copies the answer if it fits. */
static NDIS_STATUS reply(void *buffer, ULONG length, ULONG *bytes, const void *from, size_t size)
{
    if (bytes)
        *bytes = (ULONG)size;
    if (length < size)
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    memcpy(buffer, from, size);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS reply_object(void *buffer, ULONG length, ULONG *bytes, const void *object)
{
    if (!object)
        return NDIS_STATUS_NOT_SUPPORTED;
    return reply(buffer, length, bytes, object, ((const NDIS_OBJECT_HEADER *)object)->Size);
}

/* The members that are one ULONG; false if the OID is another. */
static bool ulong_answer(const struct ndis_adapter *adapter, NDIS_OID oid, ULONG *value)
{
    const NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *general = &adapter->general;
    switch (oid) {
    case OID_GEN_MEDIA_SUPPORTED:
    case OID_GEN_MEDIA_IN_USE:
        *value = general->MediaType;
        return true;
    case OID_GEN_PHYSICAL_MEDIUM:
        *value = general->PhysicalMediumType;
        return true;
    case OID_GEN_MAXIMUM_FRAME_SIZE:
        *value = general->MtuSize;
        return true;
    case OID_GEN_MAXIMUM_LOOKAHEAD:
        *value = general->LookaheadSize;
        return true;
    case OID_GEN_CURRENT_LOOKAHEAD:
        *value = adapter->filter.lookahead ? adapter->filter.lookahead : general->LookaheadSize;
        return true;
    case OID_GEN_CURRENT_PACKET_FILTER:
        *value = adapter->filter.packet_filter;
        return true;
    case OID_GEN_MAC_OPTIONS:
        *value = general->MacOptions;
        return true;
    case OID_802_3_MAXIMUM_LIST_SIZE:
        *value = general->MaxMulticastListSize;
        return true;
    case OID_GEN_MEDIA_CONNECT_STATUS:
        *value = ndis_link_up(adapter) ? NdisMediaStateConnected : NdisMediaStateDisconnected;
        return true;
    case OID_GEN_MEDIA_CONNECT_STATUS_EX:
        *value = adapter->link.MediaConnectState;
        return true;
    case OID_GEN_MEDIA_DUPLEX_STATE:
        *value = adapter->link.MediaDuplexState;
        return true;
    case OID_GEN_LINK_SPEED: /* in units of 100 bit/s */
        *value = (ULONG)(ndis_link_speed(adapter) / 100);
        return true;
    case OID_GEN_DRIVER_VERSION:
        *value = (ULONG)adapter->driver->ndis_major << 8 | adapter->driver->ndis_minor;
        return true;
    default:
        return false;
    }
}

bool ndis_oid_from_attributes(struct ndis_adapter *adapter, NDIS_OID oid, void *buffer,
                              ULONG length, ULONG *bytes, NDIS_STATUS *status)
{
    const NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *general = &adapter->general;
    ULONG value;
    if (!adapter->general_set)
        return false;
    if (ulong_answer(adapter, oid, &value)) {
        *status = reply(buffer, length, bytes, &value, sizeof(value));
        return true;
    }
    switch (oid) {
    case OID_GEN_SUPPORTED_LIST:
        *status = reply(buffer, length, bytes, general->SupportedOidList,
                        general->SupportedOidListLength);
        return true;
    case OID_802_3_PERMANENT_ADDRESS:
        *status =
            reply(buffer, length, bytes, general->PermanentMacAddress, general->MacAddressLength);
        return true;
    case OID_802_3_CURRENT_ADDRESS:
        *status =
            reply(buffer, length, bytes, general->CurrentMacAddress, general->MacAddressLength);
        return true;
    case OID_GEN_LINK_STATE:
        *status = reply_object(buffer, length, bytes, &adapter->link);
        return true;
    case OID_GEN_RECEIVE_SCALE_CAPABILITIES:
        *status = reply_object(buffer, length, bytes, adapter->rss_set ? &adapter->rss : NULL);
        return true;
    case OID_TCP_OFFLOAD_CURRENT_CONFIG:
        *status = reply_object(buffer, length, bytes, adapter->offload_current);
        return true;
    case OID_TCP_OFFLOAD_HARDWARE_CAPABILITIES:
        *status = reply_object(buffer, length, bytes, adapter->offload_hardware);
        return true;
    case OID_PNP_CAPABILITIES:
        if (!general->PowerManagementCapabilities)
            return false;
        *status = reply(buffer, length, bytes, general->PowerManagementCapabilities,
                        sizeof(NDIS_PNP_CAPABILITIES));
        return true;
    default:
        return false;
    }
}
