/* SPDX-License-Identifier: MIT */
/* status.c - NdisMIndicateStatus and NdisMIndicateStatusComplete. */
#include "ndis5/ndis5.h"

/* Where a status may not come from. */
static void check_place(struct ndis_adapter *adapter, NDIS_STATUS code)
{
    struct ndis5_adapter *f = five(adapter);
    enum ndis_adapter_state state = ndis_state(adapter);
    RULE("R-393", state != NDIS_HALTING && state != NDIS_HALTED && state != NDIS_SHUT_DOWN,
         "status 0x%08x is indicated while the adapter is %s", (unsigned)code,
         ndis_state_name(state));
    if (ndis_in_initialize(adapter))
        RULE("R-393", f->deserialized,
             "status 0x%08x is indicated from MiniportInitialize by a serialised miniport; only a "
             "deserialised one may",
             (unsigned)code);
    else
        RULE("R-394", f->deserialized || irql_current() == DISPATCH_LEVEL,
             "a serialised miniport indicates status 0x%08x at %s, must be at DISPATCH_LEVEL",
             (unsigned)code, irql_name(irql_current()));
}

VOID NTAPI NdisMIndicateStatus(NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS GeneralStatus,
                               PVOID StatusBuffer, UINT StatusBufferSize)
{
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    if (!RULE("R-393", irql_current() <= DISPATCH_LEVEL,
              "status 0x%08x is indicated at %s, as from MiniportISR", (unsigned)GeneralStatus,
              irql_name(irql_current())))
        return; /* events cannot be set here */
    check_place(adapter, GeneralStatus);
    RULE("NdisMIndicateStatus", StatusBuffer || !StatusBufferSize,
         "NdisMIndicateStatus(0x%08x): StatusBufferSize is %u and StatusBuffer is NULL",
         (unsigned)GeneralStatus, StatusBufferSize);
    ndis_count(&adapter->status_indications, 1);
    if (GeneralStatus != NDIS_STATUS_MEDIA_CONNECT && GeneralStatus != NDIS_STATUS_MEDIA_DISCONNECT)
        return;
    bool up = GeneralStatus == NDIS_STATUS_MEDIA_CONNECT;
    __atomic_store_n(&five(adapter)->senses_media, true, __ATOMIC_RELEASE);
    adapter->link.MediaConnectState =
        up ? MediaConnectStateConnected : MediaConnectStateDisconnected;
    event_set(&adapter->link_event);
    if (up && (ndis_state(adapter) == NDIS_RUNNING || ndis_state(adapter) == NDIS_PAUSED))
        ndis5_query_media(adapter); /* how fast */
}
NT_EXPORT("ndis.sys", NdisMIndicateStatus);

VOID NTAPI NdisMIndicateStatusComplete(NDIS_HANDLE MiniportAdapterHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    ndis5_from_handle(MiniportAdapterHandle, __func__);
}
NT_EXPORT("ndis.sys", NdisMIndicateStatusComplete);
