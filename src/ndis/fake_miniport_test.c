/* SPDX-License-Identifier: MIT */
/* fake_miniport_test.c - the miniport behind the lifecycle tests. */
#include "ndis/fake_miniport.h"
#include "ndis/netbuffer.h"
#include <stdio.h>

struct fake fake = {.minor = 20};

static int adapter_context, add_context, driver_context; /* only their addresses matter */

static void note(const char *what)
{
    host_lock(&fake.lock);
    size_t len = strlen(fake.log);
    snprintf(fake.log + len, sizeof(fake.log) - len, "%s%s%s", len ? " " : "", what,
             irql_current() == DISPATCH_LEVEL ? "!" : "");
    host_unlock(&fake.lock);
}

const char *fake_log(void)
{
    static char text[sizeof(fake.log)];
    strcpy(text, fake.log);
    fake.log[0] = '\0';
    return text;
}

const char *fake_log_events(void)
{
    static char text[sizeof(fake.log)];
    char all[sizeof(fake.log)];
    strcpy(all, fake_log());
    text[0] = '\0';
    for (char *word = strtok(all, " "); word; word = strtok(NULL, " "))
        if (strncmp(word, "oid", 3)) {
            strcat(text, text[0] ? " " : "");
            strcat(text, word);
        }
    return text;
}

/* --- pnp --- */

static NDIS_STATUS NTAPI fake_add_device(NDIS_HANDLE handle, NDIS_HANDLE context)
{
    note("add");
    CHECK(context == &driver_context);
    fake.add_handle = handle;
    NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {0};
    NDIS_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES *add =
        &attributes.AddDeviceRegistrationAttributes;
    ndis_header_set(&add->Header, NDIS_OBJECT_TYPE_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES,
                    NDIS_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES_REVISION_1,
                    NDIS_SIZEOF_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES_REVISION_1);
    add->MiniportAddDeviceContext = &add_context;
    CHECK_EQ(NdisMSetMiniportAttributes(handle, &attributes), NDIS_STATUS_SUCCESS);
    return fake.add_status;
}

static VOID NTAPI fake_remove_device(NDIS_HANDLE context)
{
    note("remove");
    fake.add_context_seen = context;
}

/* u.Interrupt as the Windows headers have it since Vista. */
struct requirement {
    ULONG minimum, maximum;
    USHORT policy, group;
    ULONG priority;
    uint64_t targets;
};

static void look_at(IO_RESOURCE_REQUIREMENTS_LIST *all)
{
    fake.filter_lists = all->AlternativeLists;
    fake.filter_messages = fake.filter_lines = 0;
    IO_RESOURCE_LIST *list = all->List;
    for (ULONG l = 0; l < all->AlternativeLists; l++) {
        for (ULONG i = 0; i < list->Count; i++) {
            IO_RESOURCE_DESCRIPTOR *d = &list->Descriptors[i];
            if (d->Type != CmResourceTypeInterrupt)
                continue;
            if (!(d->Flags & CM_RESOURCE_INTERRUPT_MESSAGE)) {
                fake.filter_lines++;
                continue;
            }
            if (!fake.filter_messages++)
                fake.filter_flags = d->Flags;
            if (fake.targeted) {
                struct requirement *u = (void *)&d->u;
                u->policy = IrqPolicySpecifiedProcessors;
                u->targets = 1ull << (fake.targeted - 1);
            }
        }
        list = (IO_RESOURCE_LIST *)&list->Descriptors[list->Count];
    }
}

/* Removes the messages of the only list with messages, keeping the rest. */
static void drop_messages(IO_RESOURCE_REQUIREMENTS_LIST *all)
{
    IO_RESOURCE_LIST *list = all->List;
    for (ULONG l = 0; l < all->AlternativeLists; l++) {
        ULONG kept = 0, old = list->Count;
        char *next = (char *)&list->Descriptors[old];
        for (ULONG i = 0; i < old; i++)
            if (!(list->Descriptors[i].Type == CmResourceTypeInterrupt &&
                  (list->Descriptors[i].Flags & CM_RESOURCE_INTERRUPT_MESSAGE)))
                list->Descriptors[kept++] = list->Descriptors[i];
        list->Count = kept;
        char *end = (char *)&list->Descriptors[kept];
        memmove(end, next, (size_t)((char *)all + all->ListSize - next));
        all->ListSize -= (ULONG)(next - end);
        list = (IO_RESOURCE_LIST *)end;
    }
}

/* A new list in memory of the driver, with more messages at the end of the first alternative
 * (R-242, R-247). */
static IO_RESOURCE_REQUIREMENTS_LIST *add_messages(IO_RESOURCE_REQUIREMENTS_LIST *all, unsigned n)
{
    size_t more = n * sizeof(IO_RESOURCE_DESCRIPTOR);
    char *bigger = NdisAllocateMemoryWithTagPriority(fake.add_handle, all->ListSize + (UINT)more,
                                                     0x656b6166, NormalPoolPriority);
    IO_RESOURCE_LIST *list = all->List;
    size_t head = (size_t)((char *)&list->Descriptors[list->Count] - (char *)all);
    memcpy(bigger, all, head);
    for (unsigned i = 0; i < n; i++)
        memcpy(bigger + head + i * sizeof(IO_RESOURCE_DESCRIPTOR),
               &list->Descriptors[list->Count - 1], sizeof(IO_RESOURCE_DESCRIPTOR));
    memcpy(bigger + head + more, (char *)all + head, all->ListSize - head);
    IO_RESOURCE_REQUIREMENTS_LIST *result = (void *)bigger;
    result->ListSize += (ULONG)more;
    result->List[0].Count += n;
    NdisFreeMemory(all, 0, 0);
    return result;
}

static NDIS_STATUS NTAPI fake_filter(NDIS_HANDLE context, PIRP irp)
{
    note("filter");
    fake.add_context_seen = context;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    CHECK_EQ(stack->MajorFunction, IRP_MJ_PNP);
    CHECK_EQ(stack->MinorFunction, IRP_MN_FILTER_RESOURCE_REQUIREMENTS);
    IO_RESOURCE_REQUIREMENTS_LIST *all = (void *)irp->IoStatus.Information;
    if (!all)
        return fake.filter_status;
    look_at(all);
    if (fake.drop_messages)
        drop_messages(all);
    if (fake.add_messages)
        irp->IoStatus.Information = (ULONG_PTR)add_messages(all, fake.add_messages);
    if (fake.break_list)
        all->List[0].Count = 100000;
    if (fake.change_memory)
        all->List[0].Descriptors[0].u.Memory.Length *= 2;
    return fake.filter_status;
}

static void look_at_grant(const CM_PARTIAL_RESOURCE_LIST *list)
{
    fake.granted_count = fake.memory_count = fake.port_count = 0;
    for (ULONG i = 0; list && i < list->Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *d = &list->PartialDescriptors[i];
        fake.memory_count += d->Type == CmResourceTypeMemory;
        fake.port_count += d->Type == CmResourceTypePort;
        if (d->Type == CmResourceTypeInterrupt)
            fake.granted[fake.granted_count++] = *d;
    }
}

static NDIS_STATUS NTAPI fake_start_device(NDIS_HANDLE context, PIRP irp)
{
    note("start");
    fake.add_context_seen = context;
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    CHECK_EQ(stack->MinorFunction, IRP_MN_START_DEVICE);
    const CM_RESOURCE_LIST *raw = stack->Parameters.StartDevice.AllocatedResources;
    if (raw) {
        look_at_grant(&raw->List[0].PartialResourceList);
        if (fake.granted_count && (fake.granted[0].Flags & CM_RESOURCE_INTERRUPT_MESSAGE))
            fake.raw_message_count = fake.granted[0].u.MessageInterrupt.Raw.MessageCount;
    }
    return fake.start_status;
}

/* --- initialize and halt --- */

static void set_registration(NDIS_HANDLE handle)
{
    NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {0};
    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES *r = &attributes.RegistrationAttributes;
    ndis_header_set(&r->Header, NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES,
                    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1,
                    NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1);
    r->MiniportAdapterContext = &adapter_context;
    r->AttributeFlags =
        NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE | NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER |
        (fake.no_pause_on_suspend ? NDIS_MINIPORT_ATTRIBUTES_NO_PAUSE_ON_SUSPEND : 0);
    r->InterfaceType = NdisInterfacePci;
    CHECK_EQ(NdisMSetMiniportAttributes(handle, &attributes), NDIS_STATUS_SUCCESS);
}

static void set_general(NDIS_HANDLE handle)
{
    static NDIS_OID oids[] = {OID_GEN_STATISTICS, OID_GEN_CURRENT_PACKET_FILTER};
    NDIS_PM_CAPABILITIES pm = {0};
    ndis_header_set(&pm.Header, NDIS_OBJECT_TYPE_DEFAULT, NDIS_PM_CAPABILITIES_REVISION_1,
                    NDIS_SIZEOF_NDIS_PM_CAPABILITIES_REVISION_1);
    NDIS_MINIPORT_ADAPTER_ATTRIBUTES attributes = {0};
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *g = &attributes.GeneralAttributes;
    bool second = fake.minor >= 20 && !fake.not_power_managed;
    ndis_header_set(&g->Header, NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES,
                    second ? NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2
                           : NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1,
                    second ? NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2
                           : NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1);
    g->MediaType = NdisMedium802_3;
    g->MtuSize = 1500;
    g->LookaheadSize = 1500;
    g->MaxXmitLinkSpeed = g->XmitLinkSpeed = 1000000000;
    g->MaxRcvLinkSpeed = g->RcvLinkSpeed = 1000000000;
    g->MediaConnectState = MediaConnectStateDisconnected;
    g->SupportedPacketFilters =
        NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_BROADCAST;
    g->MaxMulticastListSize = 32;
    g->MacAddressLength = 6;
    memcpy(g->PermanentMacAddress, "\x52\x54\x00\x12\x34\x56", 6);
    memcpy(g->CurrentMacAddress, "\x52\x54\x00\x12\x34\x56", 6);
    g->SupportedOidList = oids;
    g->SupportedOidListLength = sizeof(oids);
    if (second)
        g->PowerManagementCapabilitiesEx = &pm;
    CHECK_EQ(NdisMSetMiniportAttributes(handle, &attributes), NDIS_STATUS_SUCCESS);
}

static NDIS_STATUS NTAPI fake_init(NDIS_HANDLE handle, NDIS_HANDLE context,
                                   PNDIS_MINIPORT_INIT_PARAMETERS params)
{
    note("init");
    CHECK(context == &driver_context);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    CHECK_EQ(params->Header.Type, NDIS_OBJECT_TYPE_MINIPORT_INIT_PARAMETERS);
    CHECK_EQ(params->Header.Size, NDIS_SIZEOF_MINIPORT_INIT_PARAMETERS_REVISION_1);
    fake.init_handle = handle;
    fake.add_context_seen = params->MiniportAddDeviceContext;
    look_at_grant(params->AllocatedResources);
    if (fake.general_first)
        set_general(handle);
    if (!fake.no_registration)
        set_registration(handle);
    if (!fake.no_general && !fake.general_first)
        set_general(handle);
    if (fake.in_init)
        fake.in_init(&fake);
    if (fake.init_status != NDIS_STATUS_SUCCESS)
        return fake.init_status;
    NET_BUFFER_LIST_POOL_PARAMETERS pool = {0};
    ndis_header_set(&pool.Header, NDIS_OBJECT_TYPE_DEFAULT,
                    NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1,
                    NDIS_SIZEOF_NET_BUFFER_LIST_POOL_PARAMETERS_REVISION_1);
    pool.fAllocateNetBuffer = TRUE;
    pool.PoolTag = 0x656b6166;
    fake.nbl_pool = NdisAllocateNetBufferListPool(handle, &pool);
    CHECK(fake.nbl_pool != NULL);
    return NDIS_STATUS_SUCCESS;
}

static VOID NTAPI fake_halt(NDIS_HANDLE context, NDIS_HALT_ACTION action)
{
    note("halt");
    CHECK(context == &adapter_context || fake.no_registration);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    fake.halt_action = action;
    if (fake.in_halt)
        fake.in_halt(&fake);
    NdisFreeNetBufferListPool(fake.nbl_pool);
}

static VOID NTAPI fake_shutdown(NDIS_HANDLE context, NDIS_SHUTDOWN_ACTION action)
{
    note("shutdown");
    fake.shutdown_action = action;
    if (fake.in_shutdown)
        fake.in_shutdown(&fake);
}

/* --- pause, restart, reset --- */

static VOID NTAPI pause_dpc(KDPC *dpc, void *context, void *a, void *b)
{
    NdisMPauseComplete(fake.init_handle);
}

static VOID NTAPI restart_dpc(KDPC *dpc, void *context, void *a, void *b)
{
    NdisMRestartComplete(fake.init_handle, fake.restart_status);
}

static VOID NTAPI reset_dpc(KDPC *dpc, void *context, void *a, void *b)
{
    NdisMResetComplete(fake.init_handle, fake.reset_status, fake.addressing_reset);
}

static NDIS_STATUS NTAPI fake_pause(NDIS_HANDLE context, PNDIS_MINIPORT_PAUSE_PARAMETERS params)
{
    note("pause");
    CHECK_EQ(params->Header.Size, NDIS_SIZEOF_MINIPORT_PAUSE_PARAMETERS_REVISION_1);
    if (fake.never_pause)
        return NDIS_STATUS_PENDING;
    if (!fake.pend_pause)
        return NDIS_STATUS_SUCCESS;
    dpc_init(&fake.pause_dpc, pause_dpc, NULL, 1);
    dpc_insert(&fake.pause_dpc, NULL, NULL);
    return NDIS_STATUS_PENDING;
}

static NDIS_STATUS NTAPI fake_restart(NDIS_HANDLE context, PNDIS_MINIPORT_RESTART_PARAMETERS params)
{
    note("restart");
    if (params->RestartAttributes) {
        CHECK_EQ(params->RestartAttributes->Oid, OID_GEN_MINIPORT_RESTART_ATTRIBUTES);
        const NDIS_RESTART_GENERAL_ATTRIBUTES *general = (void *)params->RestartAttributes->Data;
        CHECK_EQ(general->MtuSize, 1500);
    }
    if (!fake.pend_restart)
        return fake.restart_status;
    dpc_init(&fake.restart_dpc, restart_dpc, NULL, 1);
    dpc_insert(&fake.restart_dpc, NULL, NULL);
    return NDIS_STATUS_PENDING;
}

static NDIS_STATUS NTAPI fake_reset(NDIS_HANDLE context, PBOOLEAN addressing)
{
    note("reset");
    fake.reset_count++;
    if (!fake.pend_reset) {
        *addressing = fake.addressing_reset;
        return fake.reset_status;
    }
    dpc_init(&fake.reset_dpc, reset_dpc, NULL, 1);
    dpc_insert(&fake.reset_dpc, NULL, NULL);
    return NDIS_STATUS_PENDING;
}

static BOOLEAN NTAPI fake_hang(NDIS_HANDLE context)
{
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    fake.hang_count++;
    bool now = fake.hang_now;
    fake.hang_now = false;
    return now;
}

static VOID NTAPI fake_pnp_event(NDIS_HANDLE context, PNET_DEVICE_PNP_EVENT event)
{
    char text[16];
    snprintf(text, sizeof(text), "pnp%d", event->DevicePnPEvent);
    note(text);
}

/* --- requests --- */

static VOID NTAPI oid_dpc(KDPC *dpc, void *context, void *a, void *b)
{
    NDIS_OID_REQUEST *request = fake.pended;
    fake.pended = NULL;
    NdisMOidRequestComplete(fake.init_handle, request, NDIS_STATUS_SUCCESS);
}

static NDIS_STATUS NTAPI fake_oid(NDIS_HANDLE context, PNDIS_OID_REQUEST request)
{
    char text[32];
    NDIS_OID oid = request->DATA.QUERY_INFORMATION.Oid;
    snprintf(text, sizeof(text), "oid%x", oid);
    note(text);
    CHECK_EQ(irql_current(), PASSIVE_LEVEL);
    fake.last_oid = oid;
    fake.oid_count++;
    if (oid == OID_GEN_CURRENT_PACKET_FILTER)
        fake.packet_filter = *(ULONG *)request->DATA.SET_INFORMATION.InformationBuffer;
    if (fake.oid)
        return fake.oid(&fake, request);
    if (fake.never_oid || fake.pend_oid)
        fake.pended = request;
    if (fake.pend_oid) {
        dpc_init(&fake.oid_dpc, oid_dpc, NULL, 1);
        dpc_insert(&fake.oid_dpc, NULL, NULL);
    }
    return fake.pended || fake.pend_oid ? NDIS_STATUS_PENDING : NDIS_STATUS_SUCCESS;
}

static VOID NTAPI fake_cancel_oid(NDIS_HANDLE context, PVOID id)
{
    note("cancel-oid");
}

void fake_indicate_link(bool up)
{
    NDIS_LINK_STATE link = {0};
    NDIS_STATUS_INDICATION status = {0};
    ndis_header_set(&link.Header, NDIS_OBJECT_TYPE_DEFAULT, NDIS_LINK_STATE_REVISION_1,
                    NDIS_SIZEOF_LINK_STATE_REVISION_1);
    link.MediaConnectState = up ? MediaConnectStateConnected : MediaConnectStateDisconnected;
    link.XmitLinkSpeed = link.RcvLinkSpeed = 1000000000;
    ndis_header_set(&status.Header, NDIS_OBJECT_TYPE_STATUS_INDICATION,
                    NDIS_STATUS_INDICATION_REVISION_1, NDIS_SIZEOF_STATUS_INDICATION_REVISION_1);
    status.SourceHandle = fake.init_handle;
    status.StatusCode = NDIS_STATUS_LINK_STATE;
    status.StatusBuffer = &link;
    status.StatusBufferSize = sizeof(link);
    NdisMIndicateStatusEx(fake.init_handle, &status);
}

/* --- frames --- */

static void indicate_bytes(const void *bytes, size_t len, ULONG flags)
{
    MDL *mdl = nb_mdl_with_memory((uint32_t)len);
    memcpy(nb_mdl_address(mdl), bytes, len);
    NET_BUFFER_LIST *nbl = NdisAllocateNetBufferAndNetBufferList(fake.nbl_pool, 0, 0, mdl, 0, len);
    nbl->SourceHandle = fake.init_handle;
    if (irql_current() == DISPATCH_LEVEL)
        flags |= NDIS_RECEIVE_FLAGS_DISPATCH_LEVEL;
    NdisMIndicateReceiveNetBufferLists(fake.init_handle, nbl, 0, 1, flags);
    if (flags & NDIS_RECEIVE_FLAGS_RESOURCES) {
        NdisFreeNetBufferList(nbl);
        nb_mdl_with_memory_free(mdl);
    }
}

void fake_indicate(size_t len, uint8_t fill, ULONG flags)
{
    uint8_t bytes[2048];
    memset(bytes, fill, sizeof(bytes));
    indicate_bytes(bytes, len, flags);
}

static VOID NTAPI fake_return(NDIS_HANDLE context, PNET_BUFFER_LIST lists, ULONG flags)
{
    CHECK_EQ(!(flags & NDIS_RETURN_FLAGS_DISPATCH_LEVEL), irql_current() != DISPATCH_LEVEL);
    for (NET_BUFFER_LIST *nbl = lists, *next; nbl; nbl = next) {
        next = nbl->Next;
        MDL *mdl = nbl->FirstNetBuffer->MdlChain;
        NdisFreeNetBufferList(nbl);
        nb_mdl_with_memory_free(mdl);
        __atomic_add_fetch(&fake.returned, 1, __ATOMIC_RELAXED);
    }
}

static void complete(NET_BUFFER_LIST *lists)
{
    NdisMSendNetBufferListsComplete(
        fake.init_handle, lists,
        irql_current() == DISPATCH_LEVEL ? NDIS_SEND_COMPLETE_FLAGS_DISPATCH_LEVEL : 0);
}

static VOID NTAPI fake_send(NDIS_HANDLE context, PNET_BUFFER_LIST lists, NDIS_PORT_NUMBER port,
                            ULONG flags)
{
    CHECK_EQ(!(flags & NDIS_SEND_FLAGS_DISPATCH_LEVEL), irql_current() != DISPATCH_LEVEL);
    NET_BUFFER_LIST *last = NULL;
    for (NET_BUFFER_LIST *nbl = lists; nbl; nbl = nbl->Next) {
        last = nbl;
        /* A driver knows the lists that it sends itself by its own handle (WDK, NET_BUFFER_LIST). */
        CHECK(nbl->SourceHandle && nbl->SourceHandle != fake.init_handle);
        __atomic_add_fetch(&fake.sends, 1, __ATOMIC_RELAXED);
        for (NET_BUFFER *nb = nbl->FirstNetBuffer; nb; nb = nb->Next) {
            uint8_t bytes[2048];
            uint32_t n = nb_read(nb, 0, bytes, sizeof(bytes));
            CHECK_EQ(n, nb->DataLength);
            __atomic_add_fetch(&fake.send_nbs, 1, __ATOMIC_RELAXED);
            if (fake.loop)
                indicate_bytes(bytes, n, fake.receive_flags);
        }
        nbl->Status = NDIS_STATUS_SUCCESS;
    }
    if (!fake.hold_sends) {
        complete(lists);
        return;
    }
    host_lock(&fake.lock);
    if (fake.held_last)
        fake.held_last->Next = lists;
    else
        fake.held_first = lists;
    fake.held_last = last;
    host_unlock(&fake.lock);
}

void fake_complete_sends(void)
{
    host_lock(&fake.lock);
    NET_BUFFER_LIST *lists = fake.held_first;
    fake.held_first = fake.held_last = NULL;
    host_unlock(&fake.lock);
    if (lists)
        complete(lists);
}

static VOID NTAPI fake_cancel_send(NDIS_HANDLE context, PVOID id)
{
    note("cancel-send");
    for (NET_BUFFER_LIST *nbl = fake.held_first; nbl; nbl = nbl->Next) {
        CHECK(NDIS_GET_NET_BUFFER_LIST_CANCEL_ID(nbl) == id);
        nbl->Status = NDIS_STATUS_SEND_ABORTED;
    }
    fake_complete_sends();
}

/* --- the driver --- */

static NDIS_STATUS NTAPI fake_set_options(NDIS_HANDLE handle, NDIS_HANDLE context)
{
    note("options");
    NDIS_MINIPORT_PNP_CHARACTERISTICS pnp = {0};
    ndis_header_set(&pnp.Header, NDIS_OBJECT_TYPE_MINIPORT_PNP_CHARACTERISTICS,
                    NDIS_MINIPORT_PNP_CHARACTERISTICS_REVISION_1,
                    NDIS_SIZEOF_MINIPORT_PNP_CHARACTERISTICS_REVISION_1);
    pnp.MiniportAddDeviceHandler = fake_add_device;
    pnp.MiniportRemoveDeviceHandler = fake_remove_device;
    pnp.MiniportFilterResourceRequirementsHandler = fake_filter;
    pnp.MiniportStartDeviceHandler = fake_start_device;
    return NdisSetOptionalHandlers(handle, (PNDIS_DRIVER_OPTIONAL_HANDLERS)&pnp);
}

static VOID NTAPI fake_unload(PDRIVER_OBJECT object)
{
    note("unload");
    if (!fake.keep_driver_registered)
        NdisMDeregisterMiniportDriver(fake.driver_handle);
}

NTSTATUS NTAPI fake_driver_entry(PDRIVER_OBJECT object, PUNICODE_STRING path)
{
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS chars = {0};
    bool second = fake.minor >= 1;
    ndis_header_set(&chars.Header, NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
                    second ? NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2
                           : NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1,
                    second ? NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2
                           : NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1);
    if (fake.header_revision)
        chars.Header.Revision = (UCHAR)fake.header_revision;
    if (fake.header_size)
        chars.Header.Size = (USHORT)fake.header_size;
    chars.MajorNdisVersion = 6;
    chars.MinorNdisVersion = (UCHAR)fake.minor;
    chars.SetOptionsHandler = fake.pnp ? fake_set_options : NULL;
    chars.InitializeHandlerEx = fake_init;
    chars.HaltHandlerEx = fake_halt;
    chars.UnloadHandler = fake_unload;
    chars.PauseHandler = fake_pause;
    chars.RestartHandler = fake_restart;
    chars.OidRequestHandler = fake_oid;
    chars.SendNetBufferListsHandler = fake_send;
    chars.ReturnNetBufferListsHandler = fake_return;
    chars.CancelSendHandler = fake_cancel_send;
    chars.CheckForHangHandlerEx = fake.hang ? fake_hang : NULL;
    chars.ResetHandlerEx = fake.reset || fake.hang ? fake_reset : NULL;
    chars.DevicePnPEventNotifyHandler = fake_pnp_event;
    chars.ShutdownHandlerEx = fake_shutdown;
    chars.CancelOidRequestHandler = fake_cancel_oid;
    NDIS_STATUS status =
        NdisMRegisterMiniportDriver(object, path, &driver_context, &chars, &fake.driver_handle);
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    if (fake.entry_status && !fake.keep_driver_registered)
        NdisMDeregisterMiniportDriver(fake.driver_handle);
    return fake.entry_status;
}

struct ndis_driver *fake_load(void)
{
    char err[200] = "";
    struct ndis_driver *driver =
        ndis_driver_load(fake_driver_entry, "fake", NULL, 0, err, sizeof(err));
    if (!driver)
        test_fail(__FILE__, __LINE__, "%s", err);
    return driver;
}

struct ndis_adapter *fake_add(struct pci_function *function,
                              const struct ndis_adapter_config *config)
{
    static const struct ndis_adapter_config none;
    char err[200] = "";
    struct ndis_adapter *adapter =
        ndis_adapter_add(fake_load(), function, config ? config : &none, err, sizeof(err));
    if (!adapter)
        test_fail(__FILE__, __LINE__, "%s", err);
    return adapter;
}

void fake_start(struct ndis_adapter *adapter)
{
    char err[200] = "";
    if (ndis_adapter_start(adapter, err, sizeof(err)) != 0)
        test_fail(__FILE__, __LINE__, "%s", err);
}

struct ndis_adapter *fake_running(void)
{
    struct ndis_adapter *adapter = fake_add(NULL, NULL);
    fake_start(adapter);
    return adapter;
}

void fake_finish(struct ndis_adapter *adapter)
{
    struct ndis_driver *driver = adapter->driver;
    ndis_adapter_remove(adapter);
    ndis_driver_unload(driver);
}
