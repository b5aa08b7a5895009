/* SPDX-License-Identifier: MIT */
/* fake5_test.c - the miniport behind the tests of this room. */
#include "ndis5/fake5.h"

struct fake5 fake5 = {.major = 5,
                      .minor = 1,
                      .request_isr = TRUE,
                      .shared = TRUE,
                      .mode = NdisInterruptLevelSensitive,
                      .lookahead = 1500,
                      .mtu = 1500,
                      .max_packets = 8};
struct card fake5_card, fake5_card2;
static int context, context2; /* only its address matters */

void fake5_note(const char *what)
{
    host_lock(&fake5.lock);
    size_t len = strlen(fake5.log);
    KIRQL irql = irql_current();
    snprintf(fake5.log + len, sizeof(fake5.log) - len, "%s%s%s", len ? " " : "", what,
             irql == DISPATCH_LEVEL  ? "!"
             : irql > DISPATCH_LEVEL ? "^"
                                     : "");
    host_unlock(&fake5.lock);
}

const char *fake5_log(void)
{
    static char text[sizeof(fake5.log)];
    host_lock(&fake5.lock);
    strcpy(text, fake5.log);
    fake5.log[0] = '\0';
    host_unlock(&fake5.lock);
    return text;
}

/* How many calls are inside the driver at the same time. */
static void enter(void)
{
    unsigned n = __atomic_add_fetch(&fake5.inside, 1, __ATOMIC_SEQ_CST);
    if (n > fake5.most_inside)
        __atomic_store_n(&fake5.most_inside, n, __ATOMIC_RELEASE);
}

static void leave(void)
{
    __atomic_sub_fetch(&fake5.inside, 1, __ATOMIC_SEQ_CST);
}

/* --- interrupts --- */

static VOID NTAPI isr(PBOOLEAN recognized, PBOOLEAN queue, NDIS_HANDLE c)
{
    bool second = c == &context2;
    CHECK(c == &context || second);
    fake5.isrs++;
    fake5.isr_irql = irql_current();
    fake5_note("isr");
    if (fake5.in_isr)
        fake5.in_isr(second);
    if (second) {
        *recognized = *queue = TRUE;
        pci_intx_set(&fake5_card2.fn, false);
        return;
    }
    if (fake5.leave_out) {
        pci_intx_set(&fake5_card.fn, false);
        return;
    }
    *recognized = !fake5.foreign;
    if (fake5.foreign)
        return;
    if (!fake5.no_dismiss)
        pci_intx_set(&fake5_card.fn, false);
    *queue = !fake5.no_queue;
}

static VOID NTAPI handle_interrupt(NDIS_HANDLE c)
{
    CHECK(c == &context || c == &context2);
    enter();
    fake5.dpcs++;
    fake5.dpc_irql = irql_current();
    fake5_note("dpc");
    if (fake5.in_dpc)
        fake5.in_dpc();
    leave();
}

static VOID NTAPI disable(NDIS_HANDLE c)
{
    fake5.disables++;
    fake5.disable_irql = irql_current();
    fake5_note("disable");
    pci_intx_set(&fake5_card.fn, false);
}

static VOID NTAPI enable(NDIS_HANDLE c)
{
    fake5.enables++;
    fake5.enable_irql = irql_current();
    fake5_note("enable");
}

void fake5_raise(void)
{
    pci_intx_set(&fake5_card.fn, true);
    thread_sleep(3000000);
}

/* --- life --- */

static NDIS_STATUS NTAPI initialize(PNDIS_STATUS error, PUINT medium, PNDIS_MEDIUM media,
                                    UINT count, NDIS_HANDLE handle, NDIS_HANDLE config)
{
    fake5_note("init");
    fake5.handle = handle;
    fake5.config = config;
    for (*medium = 0; *medium < count && media[*medium] != NdisMedium802_3;)
        ++*medium;
    bool second = fake5.initialized++ == 1 && fake5.in_isr;
    if (fake5.before_attributes)
        fake5.before_attributes();
    NdisMSetAttributesEx(handle, second ? &context2 : &context, 0,
                         NDIS_ATTRIBUTE_BUS_MASTER | fake5.attributes |
                             (fake5.deserialized ? NDIS_ATTRIBUTE_DESERIALIZE : 0),
                         NdisInterfacePci);
    char list[512];
    UINT size = 0, vector = 0;
    NDIS_STATUS status;
    NdisMQueryAdapterResources(&status, config, (PNDIS_RESOURCE_LIST)list, &size);
    CHECK_EQ(status, NDIS_STATUS_RESOURCES);
    CHECK(size <= sizeof(list));
    NdisMQueryAdapterResources(&status, config, (PNDIS_RESOURCE_LIST)list, &size);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    const CM_PARTIAL_RESOURCE_LIST *resources = (void *)list;
    for (ULONG i = 0; i < resources->Count; i++)
        if (resources->PartialDescriptors[i].Type == CmResourceTypeInterrupt)
            vector = resources->PartialDescriptors[i].u.Interrupt.Vector;
    if (fake5.before_register)
        fake5.before_register();
    if (!fake5.no_interrupt) {
        fake5.registered = NdisMRegisterInterrupt(
            second ? &fake5.second : &fake5.interrupt, handle, vector + fake5.wrong_vector,
            vector + fake5.wrong_vector, fake5.request_isr, fake5.shared, fake5.mode);
        if (fake5.registered != NDIS_STATUS_SUCCESS)
            return fake5.registered;
    }
    if (fake5.in_init)
        fake5.in_init();
    if (fake5.init_status != NDIS_STATUS_SUCCESS && !fake5.no_interrupt && !fake5.keep_interrupt)
        NdisMDeregisterInterrupt(&fake5.interrupt);
    return fake5.init_status;
}

static VOID NTAPI halt(NDIS_HANDLE c)
{
    fake5_note("halt");
    if (fake5.in_halt)
        fake5.in_halt();
    if (!fake5.no_interrupt && !fake5.keep_interrupt)
        NdisMDeregisterInterrupt(c == &context2 ? &fake5.second : &fake5.interrupt);
}

static VOID NTAPI reset_dpc(KDPC *dpc, void *c, void *a, void *b)
{
    NdisMResetComplete(fake5.handle, NDIS_STATUS_SUCCESS, TRUE);
}

static KDPC pended_dpc;

static NDIS_STATUS NTAPI reset(PBOOLEAN addressing, NDIS_HANDLE c)
{
    fake5_note("reset");
    enter();
    fake5.reset_irql = irql_current();
    *addressing = !fake5.keeps_addressing;
    if (fake5.in_reset)
        fake5.in_reset();
    leave();
    if (fake5.keep_reset)
        return NDIS_STATUS_PENDING;
    if (!fake5.pend_reset)
        return fake5.reset_status;
    dpc_init(&pended_dpc, reset_dpc, NULL, 1);
    dpc_insert(&pended_dpc, NULL, NULL);
    return NDIS_STATUS_PENDING;
}

static BOOLEAN NTAPI hang(NDIS_HANDLE c)
{
    bool now = fake5.hang_now;
    fake5.hang_now = false;
    return now;
}

static VOID NTAPI shutdown(PVOID c)
{
    fake5_note("shutdown");
}

static VOID NTAPI unload(PDRIVER_OBJECT object)
{
    fake5_note("unload");
}

/* --- requests --- */

static VOID NTAPI query_dpc(KDPC *dpc, void *c, void *a, void *b)
{
    NdisMQueryInformationComplete(fake5.handle, NDIS_STATUS_SUCCESS);
}

static void note_oid(NDIS_OID oid)
{
    if (fake5.oid_count < sizeof(fake5.oids) / sizeof(fake5.oids[0]))
        fake5.oids[fake5.oid_count++] = oid;
}

static uint8_t own_address[6] = {2, 0, 0, 0, 0, 5};

static NDIS_STATUS NTAPI query(NDIS_HANDLE c, NDIS_OID oid, PVOID buffer, ULONG length,
                               PULONG written, PULONG needed)
{
    static const NDIS_PNP_CAPABILITIES no_wake_up;
    ULONG value = 0;
    enter();
    note_oid(oid);
    fake5.query_irql = irql_current();
    if (fake5.in_query)
        fake5.in_query(oid);
    leave();
    const void *answer = &value;
    ULONG size = sizeof(value);
    switch (oid) {
    case OID_GEN_MAXIMUM_FRAME_SIZE:
        value = fake5.mtu;
        break;
    case OID_GEN_MAXIMUM_LOOKAHEAD:
    case OID_GEN_CURRENT_LOOKAHEAD:
        value = fake5.lookahead;
        break;
    case OID_GEN_MAXIMUM_SEND_PACKETS:
        value = fake5.max_packets;
        break;
    case OID_GEN_LINK_SPEED:
        value = 10000000;
        break;
    case OID_802_3_MAXIMUM_LIST_SIZE:
        value = 4;
        break;
    case OID_802_3_CURRENT_ADDRESS:
        answer = own_address;
        size = sizeof(own_address);
        break;
    case OID_GEN_VENDOR_ID:
        value = 0x123456;
        break;
    case OID_PNP_CAPABILITIES:
        answer = &no_wake_up;
        size = sizeof(no_wake_up);
        if (fake5.manages_power)
            break;
        return NDIS_STATUS_NOT_SUPPORTED;
    case OID_PNP_QUERY_POWER:
        if (!fake5.manages_power)
            return NDIS_STATUS_NOT_SUPPORTED;
        fake5_note("query-power");
        return fake5.power_status;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    *needed = size;
    if (length < size)
        return NDIS_STATUS_INVALID_LENGTH;
    memcpy(buffer, answer, size);
    *written = size;
    if (fake5.keep_query && oid == OID_GEN_VENDOR_ID) /* not what NDIS asks by itself */
        return NDIS_STATUS_PENDING;
    if (!fake5.pend_query)
        return NDIS_STATUS_SUCCESS;
    dpc_init(&pended_dpc, query_dpc, NULL, 1);
    dpc_insert(&pended_dpc, NULL, NULL);
    return NDIS_STATUS_PENDING;
}

static NDIS_STATUS NTAPI set(NDIS_HANDLE c, NDIS_OID oid, PVOID buffer, ULONG length, PULONG read,
                             PULONG needed)
{
    *read = length;
    note_oid(oid);
    if (oid == OID_GEN_CURRENT_PACKET_FILTER)
        fake5.packet_filter = *(ULONG *)buffer;
    if (oid == OID_802_3_MULTICAST_LIST) {
        fake5.groups = length / 6;
        if (fake5.list_over_address)
            memcpy(own_address, buffer, 6);
    }
    if (oid == OID_PNP_SET_POWER)
        fake5_note(*(NDIS_DEVICE_POWER_STATE *)buffer == NdisDeviceStateD0 ? "on" : "off");
    return NDIS_STATUS_SUCCESS;
}

/* --- frames --- */

static VOID NTAPI send_packets(NDIS_HANDLE c, PPNDIS_PACKET packets, UINT n)
{
    enter();
    fake5.sends++;
    fake5.packets += n;
    if (fake5.in_send)
        fake5.in_send(packets, n);
    else
        for (UINT i = 0; i < n; i++) {
            NDIS_SET_PACKET_STATUS(packets[i], NDIS_STATUS_PENDING);
            NdisMSendComplete(fake5.handle, packets[i], NDIS_STATUS_SUCCESS);
        }
    leave();
}

static NDIS_STATUS NTAPI send_one(NDIS_HANDLE c, PNDIS_PACKET packet, UINT flags)
{
    enter();
    fake5.sends++;
    NDIS_STATUS status = fake5.in_send_one ? fake5.in_send_one(packet) : NDIS_STATUS_SUCCESS;
    leave();
    return status;
}

static VOID NTAPI return_packet(NDIS_HANDLE c, PNDIS_PACKET packet)
{
    if (fake5.in_return)
        fake5.in_return();
    fake5.returned++;
    fake5_packet_free(packet);
}

/* The receive context is the fill byte of a frame. */
static NDIS_STATUS NTAPI transfer_data(PNDIS_PACKET packet, PUINT moved, NDIS_HANDLE c,
                                       NDIS_HANDLE receive, UINT offset, UINT bytes)
{
    UINT done = 0;
    fake5.transfers++;
    if (fake5.pend_transfer)
        return NDIS_STATUS_PENDING;
    bytes -= fake5.transfer_less;
    for (MDL *mdl = packet->Private.Head; mdl && done < bytes; mdl = mdl->Next) {
        UINT n = mdl->ByteCount < bytes - done ? mdl->ByteCount : bytes - done;
        memset(MmGetSystemAddressForMdlSafe(mdl, HighPagePriority), (int)(uintptr_t)receive, n);
        done += n;
    }
    *moved = done;
    return NDIS_STATUS_SUCCESS;
}

NDIS_PACKET *fake5_packet(size_t len, uint8_t fill, NDIS_STATUS status)
{
    static NDIS_HANDLE pool;
    NDIS_STATUS s;
    NDIS_PACKET *packet;
    NDIS_BUFFER *buffer;
    if (!pool)
        pool = ndis5_pool_create(1000, PROTOCOL_RESERVED_SIZE_IN_PACKET, true);
    NdisAllocatePacket(&s, &packet, pool);
    CHECK_EQ(s, NDIS_STATUS_SUCCESS);
    void *memory = nt_pool_alloc_system(len, NDIS_TAG);
    memset(memory, fill, len);
    NdisAllocateBuffer(&s, &buffer, NULL, memory, (UINT)len);
    CHECK_EQ(s, NDIS_STATUS_SUCCESS);
    NdisChainBufferAtFront(packet, buffer);
    NDIS_SET_PACKET_HEADER_SIZE(packet, 14);
    NDIS_SET_PACKET_STATUS(packet, status);
    return packet;
}

void fake5_packet_free(NDIS_PACKET *packet)
{
    NDIS_BUFFER *buffer;
    NdisUnchainBufferAtFront(packet, &buffer);
    nt_pool_free(MmGetMdlVirtualAddress(buffer));
    NdisFreeBuffer(buffer);
    NdisFreePacket(packet);
}

/* --- registration --- */

NTSTATUS NTAPI fake5_entry(PDRIVER_OBJECT object, PUNICODE_STRING path)
{
    NDIS_HANDLE wrapper;
    NDIS_MINIPORT_CHARACTERISTICS chars = {0};
    NdisMInitializeWrapper(&wrapper, object, path, NULL);
    fake5.wrapper = wrapper;
    chars.MajorNdisVersion = (UCHAR)fake5.major;
    chars.MinorNdisVersion = (UCHAR)fake5.minor;
    chars.InitializeHandler = initialize;
    chars.HaltHandler = halt;
    chars.ResetHandler = reset;
    chars.CheckForHangHandler = hang;
    chars.QueryInformationHandler = query;
    chars.SetInformationHandler = set;
    chars.SendPacketsHandler = fake5.no_send_packets ? NULL : send_packets;
    chars.SendHandler = send_one;
    chars.ReturnPacketHandler = fake5.no_return ? NULL : return_packet;
    chars.TransferDataHandler = fake5.no_transfer ? NULL : transfer_data;
    chars.ISRHandler = fake5.no_isr ? NULL : isr;
    chars.HandleInterruptHandler = fake5.no_handle_interrupt ? NULL : handle_interrupt;
    chars.DisableInterruptHandler = fake5.no_disable ? NULL : disable;
    chars.EnableInterruptHandler = fake5.no_disable ? NULL : enable;
    chars.AllocateCompleteHandler = fake5.allocate_complete;
    chars.AdapterShutdownHandler = shutdown;
    NDIS_STATUS status =
        NdisMRegisterMiniport(wrapper, &chars,
                              fake5.major == 4 ? sizeof(NDIS40_MINIPORT_CHARACTERISTICS)
                                               : sizeof(NDIS51_MINIPORT_CHARACTERISTICS));
    if (status == NDIS_STATUS_SUCCESS)
        NdisMRegisterUnloadHandler(wrapper, unload);
    if (fake5.entry_status)
        status = fake5.entry_status;
    if (status != NDIS_STATUS_SUCCESS)
        NdisTerminateWrapper(wrapper, NULL);
    return status;
}

struct ndis_adapter *fake5_add(void)
{
    char err[300];
    static const struct ndis_adapter_config config;
    card_init(&fake5_card);
    CHECK_EQ(pci_bus_add(&fake5_card.fn), 0);
    struct ndis_driver *driver = ndis_driver_load(fake5_entry, "fake5", NULL, 0, err, sizeof(err));
    if (!driver)
        test_fail(__FILE__, __LINE__, "%s", err);
    struct ndis_adapter *adapter =
        ndis_adapter_add(driver, &fake5_card.fn, &config, err, sizeof(err));
    if (!adapter)
        test_fail(__FILE__, __LINE__, "%s", err);
    return adapter;
}

struct ndis_adapter *fake5_add_second(struct ndis_driver *driver)
{
    char err[300];
    static const struct ndis_adapter_config config;
    card_init(&fake5_card2);
    CHECK_EQ(pci_bus_add(&fake5_card2.fn), 0);
    struct ndis_adapter *adapter =
        ndis_adapter_add(driver, &fake5_card2.fn, &config, err, sizeof(err));
    if (!adapter || ndis_adapter_start(adapter, err, sizeof(err)))
        test_fail(__FILE__, __LINE__, "%s", err);
    return adapter;
}

struct ndis_adapter *fake5_running(void)
{
    char err[300];
    struct ndis_adapter *adapter = fake5_add();
    if (ndis_adapter_start(adapter, err, sizeof(err)))
        test_fail(__FILE__, __LINE__, "%s", err);
    return adapter;
}

void fake5_finish(struct ndis_adapter *adapter)
{
    struct ndis_driver *driver = adapter->driver;
    ndis_adapter_remove(adapter);
    ndis_driver_unload(driver);
}
