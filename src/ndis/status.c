/* SPDX-License-Identifier: MIT */
/* status.c - what a driver indicates upwards: status (link state above all) and PnP events. */
#include "ndis/ndis_internal.h"
#include <string.h>

/* Where a status indication may not come from. The pages differ about MiniportInitializeEx and
 * MiniportHaltEx: "Reporting Hardware Status" forbids both, NdisMIndicateStatusEx (as does
 * the rule of the same name of Static Driver Verifier) allows it once the registration attributes
 * are set and until MiniportHaltEx has returned. The second names the cases exactly, so it holds;
 * Microsoft's netvmini sample indicates from its halt handler. */
static void check_place(struct ndis_adapter *adapter, NDIS_STATUS code)
{
    enum ndis_adapter_state state = ndis_state(adapter);
    if (ndis_in_initialize(adapter)) {
        RULE("R-298", adapter->registration_set,
             "status 0x%08x indicated from MiniportInitializeEx before the registration attributes "
             "were set",
             (unsigned)code);
        return;
    }
    RULE("NdisMIndicateStatusEx", state != NDIS_HALTED,
         "status 0x%08x indicated while the adapter is halted", (unsigned)code);
    RULE("R-298", state != NDIS_SHUT_DOWN, "status 0x%08x indicated from MiniportShutdownEx",
         (unsigned)code);
}

static void link_state(struct ndis_adapter *adapter, const NDIS_STATUS_INDICATION *indication)
{
    static const struct ndis_revision revisions[] = {
        {NDIS_LINK_STATE_REVISION_1, NDIS_SIZEOF_LINK_STATE_REVISION_1}};
    const NDIS_LINK_STATE *given = indication->StatusBuffer;
    if (!RULE("NDIS_STATUS_LINK_STATE",
              given && indication->StatusBufferSize >= NDIS_SIZEOF_LINK_STATE_REVISION_1,
              "NDIS_STATUS_LINK_STATE with a buffer of %u bytes at %p; NDIS_LINK_STATE has %u",
              indication->StatusBufferSize, given, (unsigned)NDIS_SIZEOF_LINK_STATE_REVISION_1) ||
        !ndis_header_check(&given->Header, "NDIS_LINK_STATE", NDIS_OBJECT_TYPE_DEFAULT, revisions,
                           1))
        return;
    host_lock(&adapter->lock);
    memcpy(&adapter->link, given, NDIS_SIZEOF_LINK_STATE_REVISION_1);
    host_unlock(&adapter->lock);
    event_set(&adapter->link_event);
}

VOID NTAPI NdisMIndicateStatusEx(NDIS_HANDLE MiniportAdapterHandle,
                                 PNDIS_STATUS_INDICATION StatusIndication)
{
    static const struct ndis_revision revisions[] = {
        {NDIS_STATUS_INDICATION_REVISION_1, NDIS_SIZEOF_STATUS_INDICATION_REVISION_1}};
    bool irql_fine = IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    ndis_header_require(adapter, StatusIndication ? &StatusIndication->Header : NULL,
                        "NDIS_STATUS_INDICATION", NDIS_OBJECT_TYPE_STATUS_INDICATION, revisions, 1);
    if (!RULE("R-080", irql_fine, "status 0x%08x indicated at %s, as from an interrupt handler",
              (unsigned)StatusIndication->StatusCode, irql_name(irql_current())))
        return; /* events cannot be set here */
    check_place(adapter, StatusIndication->StatusCode);
    RULE("NDIS_STATUS_INDICATION", StatusIndication->SourceHandle == adapter,
         "SourceHandle of status 0x%08x is %s, expected the miniport adapter handle",
         (unsigned)StatusIndication->StatusCode,
         StatusIndication->SourceHandle ? "something else" : "NULL");
    RULE("NDIS_STATUS_INDICATION",
         StatusIndication->StatusBuffer || !StatusIndication->StatusBufferSize,
         "status 0x%08x: StatusBufferSize is %u and StatusBuffer is NULL",
         (unsigned)StatusIndication->StatusCode, StatusIndication->StatusBufferSize);
    ndis_count(&adapter->status_indications, 1);
    if (StatusIndication->StatusCode == NDIS_STATUS_LINK_STATE)
        link_state(adapter, StatusIndication);
}
NT_EXPORT("ndis.sys", NdisMIndicateStatusEx);

bool ndis_link_up(const struct ndis_adapter *adapter)
{
    return adapter->link.MediaConnectState == MediaConnectStateConnected;
}

uint64_t ndis_link_speed(const struct ndis_adapter *adapter)
{
    uint64_t speed = adapter->link.XmitLinkSpeed;
    return speed == ~0ull ? 0 : speed; /* NDIS_LINK_SPEED_UNKNOWN */
}

bool ndis_wait_link(struct ndis_adapter *adapter, bool up, uint64_t timeout_ns)
{
    uint64_t end = host_now() + timeout_ns;
    if (end < timeout_ns)
        end = UINT64_MAX;
    for (;;) {
        event_clear(&adapter->link_event);
        if (ndis_link_up(adapter) == up)
            return true;
        uint64_t now = host_now();
        if (now >= end || thread_wait(&adapter->link_event,
                                      end == UINT64_MAX ? UINT64_MAX : end - now) == STATUS_TIMEOUT)
            return ndis_link_up(adapter) == up;
    }
}

/* --- PnP events --- */

NDIS_STATUS NTAPI NdisMNetPnPEvent(NDIS_HANDLE MiniportAdapterHandle,
                                   PNET_PNP_EVENT_NOTIFICATION NetPnPEvent)
{
    static const struct ndis_revision revisions[] = {
        {NET_PNP_EVENT_NOTIFICATION_REVISION_1, NDIS_SIZEOF_NET_PNP_EVENT_NOTIFICATION_REVISION_1}};
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (!ndis_header_check(NetPnPEvent ? &NetPnPEvent->Header : NULL, "NET_PNP_EVENT_NOTIFICATION",
                           NDIS_OBJECT_TYPE_DEFAULT, revisions, 1))
        return NDIS_STATUS_INVALID_PARAMETER;
    RULE("NdisMNetPnPEventInOIDRequest", !__atomic_load_n(&adapter->oid.request, __ATOMIC_ACQUIRE),
         "NdisMNetPnPEvent while an OID request is with the driver: a deadlock on Windows");
    switch (NetPnPEvent->NetPnPEvent.NetEvent) {
    case NetEventPortActivation:
        /* The default port is always bound here; a driver that controls it activates what is
         * active. */
        return NetPnPEvent->PortNumber == 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_PORT;
    case NetEventPortDeactivation:
        return NetPnPEvent->PortNumber == 0 ? NDIS_STATUS_INVALID_PORT_STATE
                                            : NDIS_STATUS_INVALID_PORT;
    default:
        bugcheck(NDIS_BUGCHECK, NDIS_BUGCHECK_PNP_EVENT, (uint64_t)adapter->driver,
                 (uint64_t)NetPnPEvent, 0,
                 "NdisMNetPnPEvent with event %d: a miniport indicates only port activation and "
                 "deactivation",
                 NetPnPEvent->NetPnPEvent.NetEvent);
    }
}
NT_EXPORT("ndis.sys", NdisMNetPnPEvent);
