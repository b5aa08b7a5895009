/* SPDX-License-Identifier: MIT */
/* adapter.c - a 5.x adapter: its NDIS_MINIPORT_BLOCK, MiniportInitialize to MiniportHalt, reset and
 * check for hang. */
#include "ndis5/ndis5.h"
#include "ndis/interrupt.h"
#include "nt/rtl.h"
#include <stdlib.h>
#include <string.h>

static void block_fill(struct ndis_adapter *adapter, NDIS_MINIPORT_BLOCK *block)
{
    block->BusType = NdisInterfacePci;
    block->BusNumber = adapter->device ? adapter->device->bus : 0;
    block->MediaType = NdisMedium802_3;
    block->MaximumLongAddresses = 32;
    block->CurrentLookahead = block->MaximumLookahead = NDIS_M_MAX_LOOKAHEAD;
    block->EthDB = five(adapter)->filter;
    block->PacketIndicateHandler = ndis5_thunk("NdisMIndicateReceivePacket");
    block->EthRxIndicateHandler = ndis5_eth_indicate_pointer();
    block->EthRxCompleteHandler = ndis5_eth_complete_pointer();
    block->SendCompleteHandler = ndis5_thunk("NdisMSendComplete");
    block->SendResourcesHandler = ndis5_thunk("NdisMSendResourcesAvailable");
    block->ResetCompleteHandler = ndis5_thunk("NdisMResetComplete");
    block->StatusHandler = ndis5_thunk("NdisMIndicateStatus");
    block->StatusCompleteHandler = ndis5_thunk("NdisMIndicateStatusComplete");
    block->TDCompleteHandler = ndis5_thunk("NdisMTransferDataComplete");
    block->QueryCompleteHandler = ndis5_thunk("NdisMQueryInformationComplete");
    block->SetCompleteHandler = ndis5_thunk("NdisMSetInformationComplete");
    /* Token ring, FDDI and WAN are not this machine's: a call says so. */
    block->TrRxIndicateHandler = nt_export_missing("ndis.sys", "NdisMTrIndicateReceive");
    block->TrRxCompleteHandler = nt_export_missing("ndis.sys", "NdisMTrIndicateReceiveComplete");
    block->FddiRxIndicateHandler = nt_export_missing("ndis.sys", "NdisMFddiIndicateReceive");
    block->FddiRxCompleteHandler =
        nt_export_missing("ndis.sys", "NdisMFddiIndicateReceiveComplete");
    block->WanSendCompleteHandler = nt_export_missing("ndis.sys", "NdisMWanSendComplete");
    block->WanRcvHandler = nt_export_missing("ndis.sys", "NdisMWanIndicateReceive");
    block->WanRcvCompleteHandler = nt_export_missing("ndis.sys", "NdisMWanIndicateReceiveComplete");
}

/* Drivers before Windows XP read their adapter's name in the block. */
static bool block_name(struct ndis_adapter *adapter, UNICODE_STRING *name)
{
    char *text = ndis_adapter_device_name(adapter);
    size_t chars = 0;
    WCHAR *wide = text ? rtl_utf16(text, &chars) : NULL;
    size_t bytes = (chars + 1) * sizeof(WCHAR);
    name->Buffer = wide ? nt_pool_alloc_system(bytes, NDIS_TAG) : NULL;
    if (name->Buffer) {
        memcpy(name->Buffer, wide, bytes);
        name->Length = (USHORT)(chars * sizeof(WCHAR));
        name->MaximumLength = (USHORT)bytes;
    }
    free(wide);
    free(text);
    return name->Buffer != NULL;
}

static bool create(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = calloc(1, sizeof(*f));
    if (!f)
        return false;
    adapter->five = f;
    f->adapter = adapter;
    f->queue_tail = &f->queue;
    f->block = nt_pool_alloc_system(sizeof(*f->block), NDIS_TAG);
    if (f->block)
        memset(f->block, 0, sizeof(*f->block));
    f->filter = nt_pool_alloc_system(sizeof(*f->filter), NDIS_TAG);
    f->transfer = ndis5_transfer_create();
    if (!f->block || !f->filter || !f->transfer)
        return false;
    if (!block_name(adapter, &f->block->MiniportName))
        return false;
    *f->filter = (struct _X_FILTER){NDIS5_FILTER_MAGIC, adapter};
    block_fill(adapter, f->block);
    ndis5_receive_create(adapter);
    adapter->block = f->block;
    if (!ndis_porting)
        adapter->wish.kind = NDIS_WISH_LINE; /* messages came with NDIS 6.0 */
    return true;
}

/* A worker finds the adapter's state and leaves; it may still have to begin. */
static void workers_wait(struct ndis5_adapter *f)
{
    while (__atomic_load_n(&f->workers, __ATOMIC_ACQUIRE))
        thread_sleep(100000);
}

static void destroy(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    if (!f)
        return;
    workers_wait(f); /* one that a status indication started while the adapter was halting */
    if (adapter->block)
        ndis5_receive_destroy(adapter);
    ndis5_send_destroy(adapter);
    ndis5_dma_release(adapter, NULL, "the adapter is removed");
    if (f->transfer)
        ndis5_transfer_destroy(f->transfer);
    nt_pool_free(f->assigned);
    nt_pool_free(f->filter);
    if (f->block)
        nt_pool_free(f->block->MiniportName.Buffer);
    nt_pool_free(f->block);
    adapter->block = NULL;
    adapter->five = NULL;
    free(f);
}

/* What is registered for a shutdown belongs to an initialised adapter. */
static void check_shutdown_handler(struct ndis_adapter *adapter, const void *handler,
                                   const char *after)
{
    struct ndis5_adapter *f = five(adapter);
    RULE_AT(handler, "NdisMDeregisterAdapterShutdownHandler",
            !f->shutdown || f->shutdown == chars5(adapter)->AdapterShutdownHandler,
            "%s without NdisMDeregisterAdapterShutdownHandler", after);
    f->shutdown = NULL;
}

/* --- initialize --- */

VOID NTAPI NdisMSetAttributesEx(NDIS_HANDLE MiniportAdapterHandle,
                                NDIS_HANDLE MiniportAdapterContext, UINT CheckForHangTimeInSeconds,
                                ULONG AttributeFlags, NDIS_INTERFACE_TYPE AdapterType)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    struct ndis5_adapter *f = five(adapter);
    RULE("NdisMSetAttributesEx", ndis_in_initialize(adapter),
         "NdisMSetAttributesEx is called from MiniportInitialize only");
    adapter->context = MiniportAdapterContext;
    adapter->registration_set = true;
    f->block->MiniportAdapterContext = MiniportAdapterContext;
    f->block->AdapterType = AdapterType;
    f->block->Flags = AttributeFlags;
    f->attributes = AttributeFlags;
    f->attributes_set = true;
    f->deserialized = (AttributeFlags & NDIS_ATTRIBUTE_DESERIALIZE) != 0;
    f->bus_master = (AttributeFlags & NDIS_ATTRIBUTE_BUS_MASTER) != 0;
    f->hang_seconds = CheckForHangTimeInSeconds;
    /* A driver that manages power itself says so here, too. */
    if (AttributeFlags & NDIS_ATTRIBUTE_NO_HALT_ON_SUSPEND)
        adapter->registration.AttributeFlags |= NDIS_MINIPORT_ATTRIBUTES_NO_HALT_ON_SUSPEND;
}
NT_EXPORT("ndis.sys", NdisMSetAttributesEx);

VOID NTAPI NdisMSetAttributes(NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE MiniportAdapterContext,
                              BOOLEAN BusMaster, NDIS_INTERFACE_TYPE AdapterType)
{
    NdisMSetAttributesEx(MiniportAdapterHandle, MiniportAdapterContext, 0,
                         BusMaster ? NDIS_ATTRIBUTE_BUS_MASTER : 0, AdapterType);
}
NT_EXPORT("ndis.sys", NdisMSetAttributes);

/* What MiniportInitialize writes to and reads from. */
struct initialize_block {
    NDIS_STATUS open_error;
    UINT medium;
    NDIS_MEDIUM media[8];
};

static NDIS_STATUS initialize(struct ndis_adapter *adapter)
{
    static const NDIS_MEDIUM media[] = {NdisMedium802_3, NdisMedium802_5,    NdisMediumFddi,
                                        NdisMediumWan,   NdisMediumAtm,      NdisMediumArcnetRaw,
                                        NdisMediumCoWan, NdisMediumLocalTalk};
    struct ndis5_adapter *f = five(adapter);
    struct initialize_block *io = nt_pool_alloc_system(sizeof(*io), NDIS_TAG);
    if (!io)
        return NDIS_STATUS_RESOURCES;
    memset(io, 0, sizeof(*io));
    memcpy(io->media, media, sizeof(media));
    io->medium = ~0u;
    adapter->context = NULL;
    f->attributes_set = f->deserialized = f->bus_master = f->senses_media = f->no_resources = false;
    f->complete_owed = f->use_sg = false;
    f->primary = NULL;
    NDIS_STATUS status =
        (NDIS_STATUS)DRIVER_CALL(chars5(adapter)->InitializeHandler, &io->open_error, &io->medium,
                                 io->media, sizeof(media) / sizeof(media[0]), f->block, adapter);
    bool ok = status == NDIS_STATUS_SUCCESS;
    if (ok)
        ok = RULE_AT(adapter->driver->initialize, "NdisMSetAttributesEx", f->attributes_set,
                     "MiniportInitialize succeeded without NdisMSetAttributes or "
                     "NdisMSetAttributesEx") &&
             RULE_AT(adapter->driver->initialize, "MiniportInitialize",
                     io->medium < sizeof(media) / sizeof(media[0]) &&
                         io->media[io->medium] == NdisMedium802_3,
                     "MiniportInitialize selected medium %u of the array; only Ethernet "
                     "(NdisMedium802_3, index 0) is "
                     "here",
                     io->medium);
    nt_pool_free(io);
    if (status == NDIS_STATUS_SUCCESS && !ok) {
        /* It is initialised and cannot be used: undone as a start that failed. */
        adapter->halting_from_start = true;
        ndis5_interrupt_initialized(adapter, false);
        ndis_do_halt(adapter, NdisHaltDeviceInitializationFailed);
        adapter->halting_from_start = false;
        return NDIS_STATUS_FAILURE;
    }
    f->block->MediaType = NdisMedium802_3;
    ndis5_interrupt_initialized(adapter, ok);
    if (!ok) {
        check_shutdown_handler(adapter, adapter->driver->initialize, "MiniportInitialize failed");
        ndis5_dma_release(adapter, adapter->driver->initialize, "MiniportInitialize failed");
    }
    return status;
}

/* --- halt, shutdown --- */

static void halt(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    workers_wait(f);
    __atomic_store_n(&f->halting, true, __ATOMIC_SEQ_CST);
    DRIVER_CALL(chars5(adapter)->HaltHandler, adapter->context);
    check_shutdown_handler(adapter, adapter->driver->halt, "MiniportHalt returned");
    bool transferring = ndis5_transfer_abort(adapter);
    RULE_AT(adapter->driver->halt, "NdisMTransferDataComplete", !transferring,
            "MiniportHalt returned and the transfer that MiniportTransferData pended was never "
            "completed");
    __atomic_store_n(&f->halting, false, __ATOMIC_SEQ_CST);
    ndis5_dma_release(adapter, adapter->driver->halt, "MiniportHalt returned");
    f->attributes_set = false;
}

static void shutdown(struct ndis_adapter *adapter)
{
    struct ndis5_adapter *f = five(adapter);
    if (f->shutdown)
        DRIVER_CALL(f->shutdown, f->shutdown_context);
    else if (chars5(adapter)->AdapterShutdownHandler)
        DRIVER_CALL(chars5(adapter)->AdapterShutdownHandler, adapter->context);
}

VOID NTAPI NdisMRegisterAdapterShutdownHandler(NDIS_HANDLE MiniportHandle, PVOID ShutdownContext,
                                               ADAPTER_SHUTDOWN_HANDLER ShutdownHandler)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportHandle, __func__);
    if (!adapter)
        return;
    RULE("NdisMRegisterAdapterShutdownHandler",
         ndis_in_initialize(adapter) && !five(adapter)->shutdown,
         "NdisMRegisterAdapterShutdownHandler is called once, from MiniportInitialize");
    five(adapter)->shutdown = ShutdownHandler;
    five(adapter)->shutdown_context = ShutdownContext;
}
NT_EXPORT("ndis.sys", NdisMRegisterAdapterShutdownHandler);

VOID NTAPI NdisMDeregisterAdapterShutdownHandler(NDIS_HANDLE MiniportHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportHandle, __func__);
    if (!adapter)
        return;
    RULE("NdisMDeregisterAdapterShutdownHandler", five(adapter)->shutdown != NULL,
         "NdisMDeregisterAdapterShutdownHandler, but no shutdown handler is registered");
    five(adapter)->shutdown = NULL;
}
NT_EXPORT("ndis.sys", NdisMDeregisterAdapterShutdownHandler);

/* --- reset, check for hang, events --- */

static bool has_reset(const struct ndis_driver *driver)
{
    return driver->five->chars.ResetHandler != NULL;
}

/* Without a handler NDIS still looks at what it has pending. */
static bool has_hang_check(const struct ndis_driver *driver)
{
    return true;
}

static unsigned hang_seconds(const struct ndis_adapter *adapter)
{
    return five(adapter)->hang_seconds;
}

/* What pends may take twice the time between two checks, four seconds by default (NDIS 5,
 * "NdisMSetAttributesEx"). */
static const char *timed_out(const struct ndis_adapter *adapter, uint64_t period)
{
    const struct ndis5_adapter *f = five(adapter);
    const struct ndis_oid_slot *oid = &adapter->oid;
    if (!(f->attributes & NDIS_ATTRIBUTE_IGNORE_REQUEST_TIMEOUT) &&
        __atomic_load_n(&oid->request, __ATOMIC_ACQUIRE) && host_now() >= oid->started + 2 * period)
        return "a request is pending for two checks for hang";
    if (!(f->attributes & NDIS_ATTRIBUTE_IGNORE_PACKET_TIMEOUT) &&
        ndis5_send_hung(adapter, 2 * period)) {
        /* Then no completion is to come either, which would mean room as well. */
        RULE("MiniportSend",
             __atomic_load_n(&adapter->nbls_outstanding_to_driver, __ATOMIC_ACQUIRE) ||
                 !ndis_link_up(adapter),
             "a send was answered with NDIS_STATUS_RESOURCES, no other is pending, and "
             "NdisMSendResourcesAvailable has not been called for %llu ms: nothing is sent any "
             "more",
             (unsigned long long)(2 * period / 1000000));
        return "sends are pending for two checks for hang and none was completed";
    }
    return NULL;
}

static const char *check_for_hang(struct ndis_adapter *adapter, uint64_t period)
{
    BOOLEAN hung = FALSE;
    if (chars5(adapter)->CheckForHangHandler) {
        KIRQL old = ndis5_enter(adapter);
        hung = (BOOLEAN)DRIVER_CALL(chars5(adapter)->CheckForHangHandler, adapter->context);
        ndis5_check_indications(adapter, (void *)chars5(adapter)->CheckForHangHandler,
                                "MiniportCheckForHang");
        ndis5_leave(adapter, old);
    }
    const char *why = hung ? "MiniportCheckForHang returned TRUE" : timed_out(adapter, period);
    /* Drivers that do not indicate media status are asked (OID_GEN_MEDIA_CONNECT_STATUS). */
    if (!why && !five(adapter)->senses_media)
        ndis5_query_media(adapter);
    return why;
}

/* At DISPATCH_LEVEL, with the lock of a serialised miniport; no send is inside the driver
 * (R-370). */
static NDIS_STATUS reset(struct ndis_adapter *adapter, BOOLEAN *addressing)
{
    struct ndis_data_path *path = adapter->data_path;
    __atomic_store_n(&path->open, false, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&path->calls, __ATOMIC_SEQ_CST))
        thread_sleep(20000);
    KIRQL old = ndis5_enter(adapter);
    NDIS_STATUS status =
        (NDIS_STATUS)DRIVER_CALL(chars5(adapter)->ResetHandler, addressing, adapter->context);
    ndis5_check_indications(adapter, (void *)chars5(adapter)->ResetHandler, "MiniportReset");
    ndis5_leave(adapter, old);
    return status;
}

static void reset_done(struct ndis_adapter *adapter)
{
    /* NDIS completes what a serialised driver still had, and the pending request, itself.
     */
    ndis5_send_abort(adapter);
    ndis5_transfer_abort(adapter);
    ndis5_request_abort(adapter);
    __atomic_store_n(&adapter->resetting, false, __ATOMIC_SEQ_CST);
    if (ndis_state(adapter) == NDIS_RUNNING)
        ndis_data_path_resume(adapter);
    KIRQL old = ndis5_enter(adapter);
    ndis5_leave(adapter, old); /* what was in NDIS's queue all the time */
}

static void notify(struct ndis_adapter *adapter, NDIS_DEVICE_PNP_EVENT event, void *info,
                   ULONG length)
{
    if (chars5(adapter)->PnPEventNotifyHandler)
        DRIVER_CALL(chars5(adapter)->PnPEventNotifyHandler, adapter->context, event, info, length);
}

/* --- bundles: several adapters that protocols see as one --- */

NDIS_STATUS NTAPI NdisMSetMiniportSecondary(NDIS_HANDLE MiniportAdapterHandle,
                                            NDIS_HANDLE PrimaryMiniportAdapterHandle)
{
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportAdapterHandle, __func__);
    struct ndis_adapter *primary = ndis5_from_handle(PrimaryMiniportAdapterHandle, __func__);
    if (!adapter || !primary || adapter == primary)
        return NDIS_STATUS_FAILURE;
    five(adapter)->primary =
        primary; /* its data path stays closed: protocols bind to the primary */
    five(adapter)->block->PrimaryMiniport = five(primary)->block;
    __atomic_store_n(&adapter->data_path->open, false, __ATOMIC_SEQ_CST);
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMSetMiniportSecondary);

NDIS_STATUS NTAPI NdisMPromoteMiniport(NDIS_HANDLE MiniportAdapterHandle)
{
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter || !five(adapter)->primary)
        return NDIS_STATUS_FAILURE;
    struct ndis_adapter *old = five(adapter)->primary;
    five(adapter)->primary = NULL;
    five(adapter)->block->PrimaryMiniport = NULL;
    five(old)->primary = adapter;
    five(old)->block->PrimaryMiniport = five(adapter)->block;
    __atomic_store_n(&old->data_path->open, false, __ATOMIC_SEQ_CST);
    if (ndis_state(adapter) == NDIS_RUNNING)
        ndis_data_path_resume(adapter);
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMPromoteMiniport);

const struct ndis_legacy ndis5_legacy = {
    .create = create,
    .destroy = destroy,
    .unload = ndis5_unload,
    .initialize = initialize,
    .bind = ndis5_bind,
    .halt = halt,
    .shutdown = shutdown,
    .notify = notify,
    .has_reset = has_reset,
    .has_hang_check = has_hang_check,
    .hang_seconds = hang_seconds,
    .check_for_hang = check_for_hang,
    .reset = reset,
    .reset_done = reset_done,
    .request = ndis5_request,
    .send_prepare = ndis5_send_prepare,
    .send = ndis5_send,
    .cancel_sends = ndis5_cancel_sends,
    .sends_queued = ndis5_send_queued,
    .drop_sends = ndis5_send_drop,
    .return_held = ndis5_return_held,
    .check_time = ndis5_check_time,
    .enter = ndis5_enter,
    .leave = ndis5_leave,
    .interrupt = ndis5_interrupt,
    .interrupt_abandon = ndis5_interrupt_abandon,
    .interrupt_switch = ndis5_interrupt_switch,
};
