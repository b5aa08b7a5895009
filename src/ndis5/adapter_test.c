/* SPDX-License-Identifier: MIT */
/* adapter_test.c - registration, handles, requests, reset, status, timers and the end of a 5.x
 * driver. */
#include "ndis5/fake5.h"
#include "ndis/ndis_test.h"
#include <errno.h>

TEST_NT(a_5_1_driver_lives_in_the_documented_order, "R-396")
{
    struct ndis_adapter *adapter = fake5_running();
    unsigned major, minor;
    ndis_driver_version(adapter->driver, &major, &minor);
    CHECK(major == 5 && minor == 1);
    CHECK_EQ(fake5.packet_filter,
             NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST | NDIS_PACKET_TYPE_BROADCAST);
    struct ndis_adapter_report report;
    ndis_adapter_report(adapter, &report);
    CHECK_EQ(report.mtu, 1500);
    CHECK_EQ(report.mac[5], 5);
    CHECK(report.link_up);
    CHECK_EQ(report.link_speed, 1000000000);
    CHECK_EQ(report.granted, PCI_INTERRUPT_LINE);
    fake5_finish(adapter);
    CHECK_STR(fake5_log(), "init halt unload");
    CHECK_NO_VIOLATION();
    const char *const *leaks;
    CHECK_EQ(report_leaks(&leaks), 0);
}

static void lives_as(unsigned major, unsigned minor)
{
    fake5.major = major;
    fake5.minor = minor;
    fake5.no_send_packets = major == 3;
    struct ndis_adapter *adapter = fake5_running();
    unsigned is_major, is_minor;
    ndis_driver_version(adapter->driver, &is_major, &is_minor);
    CHECK(is_major == major && is_minor == minor);
    struct ndis_frame frame = {(uint8_t[60]){0}, 60};
    CHECK_EQ(ndis_send(adapter, &frame, 1, NULL, NULL), 1);
    CHECK_EQ(fake5.sends, 1);
    fake5_log();
    fake5_raise();
    CHECK_STR(fake5_log(), "isr^ dpc! enable!");
    fake5_finish(adapter);
    CHECK_STR(fake5_log(), "halt unload");
    CHECK_NO_VIOLATION();
}

TEST_NT(a_3_0_driver_runs, "R-396")
{
    lives_as(3, 0);
}
TEST_NT(a_4_0_driver_runs, "R-396")
{
    lives_as(4, 0);
}
TEST_NT(a_5_0_driver_runs, "R-396")
{
    lives_as(5, 0);
}

TEST_NT(versions_that_are_not_5_x_are_refused, "")
{
    char err[300];
    fake5.major = 6;
    CHECK(!ndis_driver_load(fake5_entry, "fake5", NULL, 0, err, sizeof(err)));
    CHECK_EQ(nt_test_violations("NdisMRegisterMiniport"), 1);
}

TEST_NT(a_driver_entry_that_fails_terminates_its_wrapper, "")
{
    char err[300];
    fake5.entry_status = NDIS_STATUS_FAILURE;
    CHECK(!ndis_driver_load(fake5_entry, "fake5", NULL, 0, err, sizeof(err)));
    CHECK_HAS(err, "DriverEntry failed");
    CHECK_NO_VIOLATION();
}

TEST_NT(the_handle_is_the_miniport_block, "")
{
    struct ndis_adapter *adapter = fake5_running();
    NDIS_MINIPORT_BLOCK *block = fake5.handle;
    CHECK(block == adapter->block);
    CHECK(block->SendCompleteHandler && block->EthRxIndicateHandler &&
          block->PacketIndicateHandler && block->StatusHandler && block->QueryCompleteHandler &&
          block->SetCompleteHandler && block->ResetCompleteHandler && block->SendResourcesHandler &&
          block->TDCompleteHandler);
    CHECK_EQ(offsetof(NDIS_MINIPORT_BLOCK, MiniportAdapterContext), 0x18);
    CHECK(block->Interrupt == &fake5.interrupt);
    CHECK(block->MiniportName.Length > 16 && block->MiniportName.Buffer[0] == '\\');
    /* The address of anything else is no handle. */
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisMSendResourcesAvailable(adapter);
    irql_lower(old);
    CHECK_EQ(nt_test_violations("NdisMSendResourcesAvailable"), 1);
    fake5_finish(adapter);
}

TEST_NT(requests_run_at_dispatch_level_and_may_pend, "R-392")
{
    struct ndis_adapter *adapter = fake5_running();
    ULONG id = 0, bytes = 0;
    fake5.pend_query = true;
    CHECK_EQ(
        ndis_oid(adapter, NdisRequestQueryInformation, OID_GEN_VENDOR_ID, &id, sizeof(id), &bytes),
        NDIS_STATUS_SUCCESS);
    CHECK_EQ(id, 0x123456);
    CHECK_EQ(bytes, 4);
    CHECK_EQ(fake5.query_irql, DISPATCH_LEVEL);
    fake5.pend_query = false;
    CHECK_EQ(ndis_oid(adapter, NdisRequestQueryInformation, OID_GEN_VENDOR_ID, &id, 2, &bytes),
             NDIS_STATUS_INVALID_LENGTH);
    CHECK_EQ(bytes, 4);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisMQueryInformationComplete(fake5.handle, NDIS_STATUS_SUCCESS);
    irql_lower(old);
    CHECK_EQ(nt_test_violations("NdisMQueryInformationComplete"), 1);
    fake5_finish(adapter);
}

/* --- status --- */

static void connect_status(void)
{
    NdisMIndicateStatus(fake5.handle, NDIS_STATUS_MEDIA_CONNECT, NULL, 0);
    NdisMIndicateStatusComplete(fake5.handle);
}
static void disconnect_status(void)
{
    NdisMIndicateStatus(fake5.handle, NDIS_STATUS_MEDIA_DISCONNECT, NULL, 0);
    NdisMIndicateStatusComplete(fake5.handle);
}

TEST_NT(media_status_is_the_link, "R-394")
{
    struct ndis_adapter *adapter = fake5_running();
    fake5.in_dpc = disconnect_status;
    fake5_raise();
    CHECK(!ndis_link_up(adapter));
    fake5.in_dpc = connect_status;
    fake5_raise();
    CHECK(ndis_wait_link(adapter, true, 1000000000));
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_serialised_driver_indicates_status_at_dispatch_level, "R-394 R-393")
{
    struct ndis_adapter *adapter = fake5_running();
    connect_status();
    CHECK_EQ(nt_test_violations("R-394"), 1);
    fake5_finish(adapter);
}

TEST_NT(a_serialised_driver_does_not_indicate_status_from_initialize, "R-393")
{
    fake5.in_init = connect_status;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(nt_test_violations("R-393"), 1);
    fake5_finish(adapter);
}

TEST_NT(no_status_from_halt, "R-393")
{
    fake5.deserialized = true;
    fake5.in_init = connect_status;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(nt_test_violations("R-393"), 0);
    fake5.in_halt = connect_status;
    fake5_finish(adapter);
    CHECK_EQ(nt_test_violations("R-393"), 1);
}

TEST_NT(no_status_from_an_isr, "R-393 R-376")
{
    struct ndis_adapter *adapter = fake5_running();
    KIRQL old = irql_raise(8);
    NdisMIndicateStatus(fake5.handle, NDIS_STATUS_MEDIA_CONNECT, NULL, 0);
    irql_lower(old);
    CHECK_EQ(nt_test_violations("R-393"), 1);
    fake5_finish(adapter);
}

/* --- timers, shared memory, shutdown --- */

static NDIS_MINIPORT_TIMER timer;
static unsigned fired, fired_inside;

static VOID NTAPI on_timer(PVOID a, PVOID context, PVOID b, PVOID c)
{
    fired++;
    fired_inside += ndis5_inside(context);
}

TEST_NT(a_timer_of_a_serialised_driver_runs_under_the_lock, "R-368")
{
    struct ndis_adapter *adapter = fake5_running();
    BOOLEAN cancelled;
    NdisMInitializeTimer(&timer, fake5.handle, on_timer, adapter);
    NdisMSetPeriodicTimer(&timer, 20);
    thread_sleep(150000000);
    CHECK(fired >= 2);
    CHECK_EQ(fired_inside, fired);
    KIRQL old = irql_raise(DISPATCH_LEVEL);
    NdisMCancelTimer(&timer, &cancelled); /* before NDIS 6 at DISPATCH_LEVEL, too */
    irql_lower(old);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

static PVOID shared;
static NDIS_PHYSICAL_ADDRESS shared_pa;
static void share(void)
{
    CHECK_EQ(NdisMInitializeScatterGatherDma(fake5.handle, FALSE, 1514), NDIS_STATUS_SUCCESS);
    NdisMAllocateSharedMemory(fake5.handle, 5000, FALSE, &shared, &shared_pa);
    CHECK(shared != NULL);
}
static void unshare(void)
{
    NdisMFreeSharedMemory(fake5.handle, 5000, FALSE, shared, shared_pa);
}

TEST_NT(shared_memory_follows_scatter_gather, "")
{
    fake5.in_init = share;
    fake5.in_halt = unshare;
    fake5_finish(fake5_running());
    CHECK_NO_VIOLATION();
    const char *const *leaks;
    CHECK_EQ(report_leaks(&leaks), 0);
}

static VOID NTAPI on_shutdown(PVOID context)
{
    fake5_note("registered");
}
static void register_shutdown(void)
{
    NdisMRegisterAdapterShutdownHandler(fake5.handle, NULL, on_shutdown);
}

TEST_NT(a_shutdown_handler_goes_with_an_initialize_that_fails, "")
{
    char err[200];
    fake5.in_init = register_shutdown;
    fake5.init_status = NDIS_STATUS_FAILURE;
    struct ndis_adapter *adapter = fake5_add();
    CHECK(ndis_adapter_start(adapter, err, sizeof(err)) != 0);
    CHECK_EQ(nt_test_violations("NdisMDeregisterAdapterShutdownHandler"), 1);
    fake5.init_status = NDIS_STATUS_SUCCESS;
    CHECK_EQ(ndis_adapter_start(adapter, err, sizeof(err)), 0);
    CHECK_EQ(nt_test_violations("NdisMRegisterAdapterShutdownHandler"), 0); /* once, again */
    fake5_log();
    ndis_adapter_shutdown(adapter);
    CHECK_STR(fake5_log(), "registered");
    fake5_finish(adapter);
}

/* --- what is asked at the beginning --- */

static unsigned place_of(NDIS_OID oid)
{
    unsigned i = 0;
    while (i < fake5.oid_count && fake5.oids[i] != oid)
        i++;
    if (i == fake5.oid_count)
        test_fail(__FILE__, __LINE__, "OID 0x%08x was never asked for or set", oid);
    return i;
}

TEST_NT(ndis_asks_first_then_protocols_and_the_packet_filter_comes_last, "")
{
    static const NDIS_OID mandatory[] = {
        OID_GEN_HARDWARE_STATUS,       OID_GEN_MEDIA_SUPPORTED,      OID_GEN_MEDIA_IN_USE,
        OID_GEN_MAXIMUM_LOOKAHEAD,     OID_GEN_MAXIMUM_FRAME_SIZE,   OID_GEN_LINK_SPEED,
        OID_GEN_TRANSMIT_BUFFER_SPACE, OID_GEN_RECEIVE_BUFFER_SPACE, OID_GEN_TRANSMIT_BLOCK_SIZE,
        OID_GEN_RECEIVE_BLOCK_SIZE,    OID_GEN_VENDOR_ID,            OID_GEN_VENDOR_DESCRIPTION,
        OID_GEN_DRIVER_VERSION,        OID_GEN_MAXIMUM_TOTAL_SIZE,   OID_GEN_MEDIA_CONNECT_STATUS,
        OID_GEN_VENDOR_DRIVER_VERSION, OID_GEN_XMIT_OK,              OID_GEN_RCV_OK,
        OID_GEN_XMIT_ERROR,            OID_GEN_RCV_ERROR,            OID_GEN_RCV_NO_BUFFER,
        OID_802_3_PERMANENT_ADDRESS,   OID_802_3_CURRENT_ADDRESS,    OID_802_3_MAXIMUM_LIST_SIZE,
        OID_802_3_RCV_ERROR_ALIGNMENT, OID_802_3_XMIT_ONE_COLLISION, OID_802_3_XMIT_MORE_COLLISIONS,
        OID_GEN_PHYSICAL_MEDIUM,       OID_PNP_CAPABILITIES,         OID_GEN_MAXIMUM_SEND_PACKETS};
    struct ndis_adapter *adapter = fake5_running();
    for (size_t i = 0; i < sizeof(mandatory) / sizeof(mandatory[0]); i++)
        place_of(mandatory[i]);
    CHECK_EQ(place_of(OID_GEN_SUPPORTED_LIST), 0);
    CHECK(place_of(OID_GEN_MAC_OPTIONS) < place_of(OID_TCP_TASK_OFFLOAD));
    CHECK(place_of(OID_TCP_TASK_OFFLOAD) < place_of(OID_GEN_CURRENT_LOOKAHEAD));
    CHECK(place_of(OID_GEN_CURRENT_LOOKAHEAD) < place_of(OID_802_3_MULTICAST_LIST));
    CHECK(place_of(OID_802_3_MULTICAST_LIST) < place_of(OID_GEN_NETWORK_LAYER_ADDRESSES));
    CHECK_EQ(place_of(OID_GEN_CURRENT_PACKET_FILTER), fake5.oid_count - 1);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_multicast_list_leaves_the_own_address, "")
{
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(fake5.groups, 3);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(a_multicast_list_written_over_the_own_address_is_reported, "")
{
    fake5.list_over_address = true;
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(nt_test_violations("OID_802_3_MULTICAST_LIST"), 1);
    fake5_finish(adapter);
}

/* --- power --- */

TEST_NT(a_driver_that_manages_power_is_asked_and_then_told, "")
{
    fake5.manages_power = true;
    struct ndis_adapter *adapter = fake5_running();
    fake5_log();
    CHECK_EQ(ndis_adapter_sleep(adapter), 0);
    CHECK_STR(fake5_log(), "query-power! off!");
    CHECK_EQ(ndis_adapter_wake(adapter), 0);
    CHECK_STR(fake5_log(), "on!");
    CHECK_NO_VIOLATION();
    fake5.power_status = NDIS_STATUS_FAILURE;
    CHECK_EQ(ndis_adapter_sleep(adapter), 0); /* it sleeps all the same */
    CHECK_EQ(nt_test_violations("OID_PNP_QUERY_POWER"), 1);
    fake5_log();
    fake5_finish(adapter);
    CHECK_STR(fake5_log(), "on! halt unload");
}

TEST_NT(a_driver_that_does_not_is_halted_for_a_sleep, "")
{
    struct ndis_adapter *adapter = fake5_running();
    fake5_log();
    CHECK_EQ(ndis_adapter_sleep(adapter), 0);
    CHECK_STR(fake5_log(), "halt");
    CHECK_EQ(ndis_adapter_wake(adapter), 0);
    CHECK_STR(fake5_log(), "init");
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
}

/* --- control devices --- */

static WCHAR device_name[] = u"\\Device\\fake5", link_name[] = u"\\DosDevices\\fake5";
static PDRIVER_DISPATCH majors[IRP_MJ_MAXIMUM_FUNCTION + 1];
static PDEVICE_OBJECT control;
static NDIS_HANDLE control_handle;

static NTSTATUS NTAPI on_irp(PDEVICE_OBJECT device, PIRP irp)
{
    return STATUS_SUCCESS;
}

static NDIS_STATUS register_device(void)
{
    NDIS_STRING name, link;
    RtlInitUnicodeString(&name, device_name);
    RtlInitUnicodeString(&link, link_name);
    majors[IRP_MJ_CREATE] = majors[IRP_MJ_DEVICE_CONTROL] = on_irp;
    return NdisMRegisterDevice(fake5.wrapper, &name, &link, majors, &control, &control_handle);
}

TEST_NT(a_control_device_is_made_with_the_wrapper, "")
{
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(register_device(), NDIS_STATUS_SUCCESS);
    CHECK(control && control->DriverObject == adapter->driver->object);
    CHECK(control->DriverObject->MajorFunction[IRP_MJ_CREATE] != on_irp); /* NDIS's, first */
    NDIS_HANDLE first = control_handle;
    CHECK_EQ(register_device(), (NDIS_STATUS)STATUS_OBJECT_NAME_COLLISION);
    CHECK(!control_handle && first);
    fake5_finish(adapter);
    CHECK_NO_VIOLATION();
    const char *const *leaks;
    CHECK_EQ(report_leaks(&leaks), 1); /* not deregistered when the driver was unloaded */
    CHECK_HAS(leaks[0], "device object");
}

TEST_NT(a_control_device_is_deregistered_once, "")
{
    struct ndis_adapter *adapter = fake5_running();
    CHECK_EQ(register_device(), NDIS_STATUS_SUCCESS);
    CHECK_EQ(NdisMDeregisterDevice(control_handle), NDIS_STATUS_SUCCESS);
    CHECK(!adapter->driver->object->DeviceObject ||
          adapter->driver->object->DeviceObject != control);
    CHECK_NO_VIOLATION();
    CHECK_EQ(NdisMDeregisterDevice(adapter), NDIS_STATUS_FAILURE);
    CHECK_EQ(nt_test_violations("NdisMDeregisterDevice"), 1);
    majors[IRP_MJ_PNP] = on_irp;
    CHECK_EQ(register_device(), NDIS_STATUS_SUCCESS);
    CHECK_EQ(nt_test_violations("NdisMRegisterDevice"), 1);
    CHECK_EQ(NdisMDeregisterDevice(control_handle), NDIS_STATUS_SUCCESS);
    fake5_finish(adapter);
    const char *const *leaks;
    CHECK_EQ(report_leaks(&leaks), 0);
}

/* --- bundles --- */

static NDIS_HANDLE primary;
static void become_secondary(void)
{
    CHECK_EQ(NdisMSetMiniportSecondary(fake5.handle, primary), NDIS_STATUS_SUCCESS);
}
static void nothing(bool second)
{
}

TEST_NT(protocols_use_the_primary_of_a_bundle_only, "")
{
    struct ndis_frame frame = {(uint8_t[60]){0}, 60};
    struct ndis_adapter *first = fake5_running();
    primary = fake5.handle;
    fake5.in_isr = nothing; /* a second adapter has a context of its own */
    fake5.in_init = become_secondary;
    struct ndis_adapter *second = fake5_add_second(first->driver);
    CHECK_EQ(ndis_send(second, &frame, 1, NULL, NULL), 0);
    CHECK_EQ(ndis_adapter_reset(second), 0);
    CHECK_EQ(ndis_send(second, &frame, 1, NULL, NULL), 0);
    fake5.handle = primary;
    CHECK_EQ(ndis_send(first, &frame, 1, NULL, NULL), 1);
    fake5.handle = second->block;
    CHECK_EQ(NdisMPromoteMiniport(second->block), NDIS_STATUS_SUCCESS);
    CHECK_EQ(ndis_send(second, &frame, 1, NULL, NULL), 1);
    CHECK_EQ(ndis_send(first, &frame, 1, NULL, NULL), 0);
    ndis_adapter_remove(second);
    fake5_finish(first);
}

TEST_NT(shutdown_calls_the_handler, "")
{
    struct ndis_adapter *adapter = fake5_running();
    fake5_log();
    ndis_adapter_shutdown(adapter);
    CHECK_STR(fake5_log(), "shutdown");
    fake5_finish(adapter);
}

TEST_NT(configuration_space_is_read_by_slot, "")
{
    struct ndis_adapter *adapter = fake5_running();
    USHORT vendor = 0;
    CHECK_EQ(NdisReadPciSlotInformation(fake5.handle, 0, 0, &vendor, 2), 2);
    CHECK_EQ(vendor, 0x8086);
    PNDIS_RESOURCE_LIST list;
    CHECK_EQ(NdisMPciAssignResources(fake5.handle, 0, &list), NDIS_STATUS_SUCCESS);
    CHECK(list->Count >= 2);
    fake5_finish(adapter);
}
