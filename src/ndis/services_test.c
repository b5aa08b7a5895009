/* SPDX-License-Identifier: MIT */
/* services_test.c - memory, strings, processors and control devices. */
#define NT_TEST_CPUS 4
#include "ndis/ndis_test.h"

#undef NdisEqualString
BOOLEAN NTAPI NdisEqualString(PNDIS_STRING String1, PNDIS_STRING String2, BOOLEAN CaseInsensitive);

TEST_NT(memory_needs_a_handle_and_a_tag, "")
{
    struct ndis_adapter *adapter = test_adapter();
    void *p = NdisAllocateMemoryWithTagPriority(adapter, 100, 0x74736574, NormalPoolPriority);
    CHECK(p);
    NdisFreeMemory(p, 0, 0);
    p = NdisAllocateMemoryWithTagPriority(adapter->driver, 100, 0x74736574, NormalPoolPriority);
    NdisFreeMemoryWithTagPriority(adapter->driver, p, 0x74736574);
    CHECK_NO_VIOLATION();
    p = NdisAllocateMemoryWithTagPriority(NULL, 100, 0, NormalPoolPriority);
    CHECK(p);
    NdisFreeMemory(p, 0, 0);
    CHECK_EQ(nt_test_violations("NdisAllocateMemoryWithTagPriority"), 2);
}

TEST_NT(a_generic_object_is_a_handle_that_outlives_what_it_made, "")
{
    NDIS_GENERIC_OBJECT *object = NdisAllocateGenericObject(NULL, 0x74736574, 64);
    memset(object + 1, 1, 64);
    NDIS_HANDLE lock = NdisAllocateRWLock(object), item = NdisAllocateIoWorkItem(object);
    CHECK(lock && item);
    CHECK_EQ(ndis_objects_count(object, NULL), 2);
    NdisFreeRWLock(lock);
    CHECK_NO_VIOLATION();
    NdisFreeGenericObject(object);
    CHECK_EQ(nt_test_violations("NdisFreeGenericObject"), 1);
}

TEST_NT(an_ndis_string_is_made_from_an_ansi_string, "")
{
    NDIS_STRING made, same;
    NdisInitializeString(&made, (PUCHAR) "\\Device\\Net");
    RtlInitUnicodeString(&same, (PCWSTR)L"\\device\\net");
    CHECK_EQ(made.Length, 22);
    CHECK(NdisEqualString(&made, &same, TRUE));
    CHECK(!NdisEqualString(&made, &same, FALSE));
    NdisFreeString(made);
    CHECK_NO_VIOLATION();
}

TEST_NT(processors_are_counted, "")
{
    CHECK_EQ(NdisSystemProcessorCount(), 4);
    KAFFINITY active;
    CHECK_EQ(NdisSystemActiveProcessorCount(&active), 4);
    CHECK_EQ(active, 0xf);
    CHECK_EQ(NdisGroupActiveProcessorCount(0), 4);
    CHECK_EQ(NdisGroupActiveProcessorCount(ALL_PROCESSOR_GROUPS), 4);
    CHECK_EQ(NdisGroupActiveProcessorCount(1), 0);
    CHECK_EQ(NdisGroupMaxProcessorCount(0), 4);
    CHECK_EQ(NdisGroupActiveProcessorMask(0), 0xf);
    CHECK_EQ(NdisCurrentProcessorIndex(), 0);
    PROCESSOR_NUMBER number;
    CHECK_EQ(NdisProcessorIndexToNumber(machine_cpus() - 1, &number), NDIS_STATUS_SUCCESS);
    CHECK_EQ(NdisProcessorNumberToIndex(number), machine_cpus() - 1);
    number.Number++;
    CHECK_EQ(NdisProcessorNumberToIndex(number), INVALID_PROCESSOR_INDEX);
    CHECK(NdisProcessorIndexToNumber(machine_cpus(), &number) != NDIS_STATUS_SUCCESS);
    CHECK_EQ(NdisCurrentGroupAndProcessor().Number, 0);
    CHECK_EQ(NdisGetVersion(), 0x6001e);
    ULONG idle, all, index;
    NdisGetCurrentProcessorCounts(&idle, &all, &index);
    CHECK(idle <= all && index == 0);
}

TEST_NT(rss_processors_follow_the_drivers_version_and_keywords, "R-336")
{
    struct ndis_adapter *adapter = test_adapter();
    SIZE_T size = 0;
    CHECK_EQ(NdisGetRssProcessorInformation(adapter, NULL, &size), NDIS_STATUS_BUFFER_TOO_SHORT);
    NDIS_RSS_PROCESSOR_INFO *info = malloc(size + 1);
    ((uint8_t *)info)[size] = 0x77;
    SIZE_T less = size - 1;
    CHECK_EQ(NdisGetRssProcessorInformation(adapter, info, &less), NDIS_STATUS_BUFFER_TOO_SHORT);
    CHECK_EQ(NdisGetRssProcessorInformation(adapter, info, &size), NDIS_STATUS_SUCCESS);
    CHECK_EQ(((uint8_t *)info)[size], 0x77);
    CHECK_EQ(info->Header.Revision, NDIS_RSS_PROCESSOR_INFO_REVISION_2);
    CHECK_EQ(info->RssProcessorCount, 4);
    CHECK_EQ(info->RssMaxProcessor.Number, 3);
    NDIS_RSS_PROCESSOR *last = (NDIS_RSS_PROCESSOR *)((char *)info + info->RssProcessorArrayOffset +
                                                      3 * info->RssProcessorEntrySize);
    CHECK_EQ(last->ProcNum.Number, 3);

    adapter->driver_key = registry_create(NULL, REGISTRY_NET_CLASS "\\0007");
    registry_set_string(adapter->driver_key, "*RssBaseProcNumber", "1");
    registry_set_string(adapter->driver_key, "*MaxRssProcessors", "2");
    CHECK_EQ(NdisGetRssProcessorInformation(adapter, info, &size), NDIS_STATUS_SUCCESS);
    CHECK_EQ(info->RssBaseProcessor.Number, 1);
    CHECK_EQ(info->RssProcessorCount, 3);
    CHECK_EQ(info->MaxNumRssProcessors, 2);
    CHECK_NO_VIOLATION();
}

TEST_NT(rss_processors_for_an_ndis_6_20_driver_are_revision_1, "")
{
    struct ndis_adapter *adapter = test_adapter_of(test_driver(20));
    SIZE_T size = 4096;
    NDIS_RSS_PROCESSOR_INFO *info = malloc(size);
    CHECK_EQ(NdisGetRssProcessorInformation(adapter, info, &size), NDIS_STATUS_SUCCESS);
    CHECK_EQ(info->Header.Revision, NDIS_RSS_PROCESSOR_INFO_REVISION_1);
    CHECK_EQ(info->Header.Size, NDIS_SIZEOF_RSS_PROCESSOR_INFO_REVISION_1);
}

TEST_NT(topology_is_one_socket, "")
{
    SIZE_T size = 0;
    CHECK_EQ(NdisGetProcessorInformationEx(NULL, NULL, &size), NDIS_STATUS_BUFFER_TOO_SHORT);
    NDIS_SYSTEM_PROCESSOR_INFO_EX *info = malloc(size);
    CHECK_EQ(NdisGetProcessorInformationEx(NULL, info, &size), NDIS_STATUS_SUCCESS);
    CHECK_EQ(info->NumSockets, 1);
    CHECK_EQ(info->NumCores, 4);
    NDIS_SYSTEM_PROCESSOR_INFO old = {0};
    UCHAR rss[64];
    CHECK_EQ(NdisGetProcessorInformation(&old), NDIS_STATUS_BUFFER_TOO_SHORT);
    ndis_header_set(&old.Header, NDIS_OBJECT_TYPE_DEFAULT, NDIS_SYSTEM_PROCESSOR_INFO_REVISION_1,
                    NDIS_SIZEOF_SYSTEM_PROCESSOR_INFO_REVISION_1);
    old.RssProcessors = rss;
    CHECK_EQ(NdisGetProcessorInformation(&old), NDIS_STATUS_SUCCESS);
    CHECK_EQ(old.RssCpuCount, 4);
    CHECK_EQ(rss[3], 3);
    NDIS_STRING name, none;
    RtlInitUnicodeString(&name, (PCWSTR)L"NdisGetVersion");
    RtlInitUnicodeString(&none, (PCWSTR)L"NdisNoSuchRoutine");
    CHECK(NdisGetRoutineAddress(&name));
    CHECK(!NdisGetRoutineAddress(&none));
}

/* --- control devices --- */

static unsigned creates;
static NTSTATUS NTAPI on_create(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    creates++;
    return STATUS_SUCCESS;
}

TEST_NT(a_control_device_has_its_own_dispatch_and_extension, "")
{
    struct ndis_driver *driver = test_driver(20);
    PDRIVER_DISPATCH major[IRP_MJ_MAXIMUM_FUNCTION + 1] = {[IRP_MJ_CREATE] = on_create};
    NDIS_STRING name;
    RtlInitUnicodeString(&name, (PCWSTR)L"\\Device\\TestControl");
    NDIS_DEVICE_OBJECT_ATTRIBUTES a = {
        .DeviceName = &name, .SymbolicName = &name, .MajorFunctions = major, .ExtensionSize = 40};
    ndis_header_set(&a.Header, NDIS_OBJECT_TYPE_DEVICE_OBJECT_ATTRIBUTES,
                    NDIS_DEVICE_OBJECT_ATTRIBUTES_REVISION_1,
                    NDIS_SIZEOF_DEVICE_OBJECT_ATTRIBUTES_REVISION_1);
    PDEVICE_OBJECT device, again;
    NDIS_HANDLE handle, other;
    CHECK_EQ(NdisRegisterDeviceEx(driver, &a, &device, &handle), NDIS_STATUS_SUCCESS);
    CHECK(NdisGetDeviceReservedExtension(device));
    memset(NdisGetDeviceReservedExtension(device), 1, 40);
    CHECK(driver->object->DeviceObject == device);
    CHECK_EQ((NTSTATUS)NdisRegisterDeviceEx(driver, &a, &again, &other),
             STATUS_OBJECT_NAME_COLLISION);
    CHECK(!again);
    IO_STACK_LOCATION location = {.MajorFunction = IRP_MJ_CREATE};
    IRP irp = {0};
    irp.Tail.Overlay.CurrentStackLocation = &location;
    CHECK_EQ(DRIVER_CALL(driver->object->MajorFunction[IRP_MJ_CREATE], device, &irp),
             STATUS_SUCCESS);
    CHECK_EQ(creates, 1);
    NdisDeregisterDeviceEx(handle);
    CHECK(!driver->object->DeviceObject);
    CHECK_NO_VIOLATION();
    CHECK_EQ(NdisRegisterDeviceEx(driver, &a, &device, &handle), NDIS_STATUS_SUCCESS);
    CHECK_EQ(ndis_objects_report_driver_leaks(driver), 1);
    CHECK_EQ(test_leaks("device object"), 1);
}

TEST_NT(device_objects_of_an_adapter_stay_the_same, "")
{
    struct ndis_adapter *adapter = test_adapter();
    PDEVICE_OBJECT physical, functional, next, again;
    NdisMGetDeviceProperty(adapter, &physical, &functional, &next, NULL, NULL);
    CHECK(physical && functional && physical != functional && next == physical);
    NdisMGetDeviceProperty(adapter, &again, NULL, NULL, NULL, NULL);
    CHECK(again == physical);
    CHECK_EQ(ndis_objects_report_leaks(adapter), 0);
    CHECK_NO_VIOLATION();
}

/* --- the bus driver below --- */

static struct pci_function card;
static uint64_t no_read(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width)
{
    return 0;
}
static void no_write(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width,
                     uint64_t value)
{
}

TEST_NT(the_bus_driver_answers_configuration_reads_and_interfaces, "R-213")
{
    static const struct pci_function_ops ops = {
        .name = "test card", .bar_read = no_read, .bar_write = no_write};
    static const struct pci_identity id = {.vendor = 0x1af4, .device = 0x1234, .class_base = 2};
    pci_function_init(&card, &ops, &id);
    CHECK_EQ(pci_bus_add(&card), 0);
    struct ndis_adapter *adapter = test_adapter();
    adapter->device = &card;
    PDEVICE_OBJECT next;
    NdisMGetDeviceProperty(adapter, NULL, NULL, &next, NULL, NULL);

    ULONG data = 0;
    PIRP irp = IoAllocateIrp(1, FALSE);
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    stack->MajorFunction = IRP_MJ_PNP;
    stack->MinorFunction = IRP_MN_READ_CONFIG;
    stack->Parameters.ReadWriteConfig.Buffer = &data;
    stack->Parameters.ReadWriteConfig.Length = 4;
    CHECK_EQ(IofCallDriver(next, irp), STATUS_SUCCESS);
    CHECK_EQ(irp->IoStatus.Information, 4);
    CHECK_EQ(data, 0x12341af4);
    IoFreeIrp(irp);

    static const GUID msix = {
        0x1a6a460b, 0x194f, 0x455d, {0xb3, 0x4b, 0xb8, 0x4c, 0x5b, 0x05, 0x71, 0x2b}};
    static const GUID unknown = {0};
    PCI_MSIX_TABLE_CONFIG_INTERFACE table;
    for (unsigned known = 0; known < 2; known++) {
        irp = IoAllocateIrp(1, FALSE);
        stack = IoGetNextIrpStackLocation(irp);
        irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
        stack->MajorFunction = IRP_MJ_PNP;
        stack->MinorFunction = IRP_MN_QUERY_INTERFACE;
        stack->Parameters.QueryInterface.InterfaceType = known ? &msix : &unknown;
        stack->Parameters.QueryInterface.Size = sizeof(table);
        stack->Parameters.QueryInterface.Interface = (PINTERFACE)&table;
        CHECK_EQ(IofCallDriver(next, irp), known ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED);
        IoFreeIrp(irp);
    }
    /* The card has no MSI-X table: every entry is a wrong one. */
    CHECK_EQ((NTSTATUS)DRIVER_CALL(table.SetTableEntry, table.Context, 0, 0),
             STATUS_INVALID_PARAMETER);
    CHECK_EQ((NTSTATUS)DRIVER_CALL(table.MaskTableEntry, table.Context, 0),
             STATUS_INVALID_PARAMETER);
    CHECK_NO_VIOLATION();
}

TEST_NT(control_devices_may_be_registered_with_the_adapters_handle_which_is_reported, "")
{
    struct ndis_adapter *adapter = test_adapter();
    PDRIVER_DISPATCH major[IRP_MJ_MAXIMUM_FUNCTION + 1] = {0};
    NDIS_STRING name = {8, 8, (PWSTR)L"\\Dev"};
    NDIS_DEVICE_OBJECT_ATTRIBUTES a = {.DeviceName = &name, .MajorFunctions = major};
    ndis_header_set(&a.Header, NDIS_OBJECT_TYPE_DEVICE_OBJECT_ATTRIBUTES,
                    NDIS_DEVICE_OBJECT_ATTRIBUTES_REVISION_1,
                    NDIS_SIZEOF_DEVICE_OBJECT_ATTRIBUTES_REVISION_1);
    PDEVICE_OBJECT device;
    NDIS_HANDLE handle;
    CHECK_EQ(NdisRegisterDeviceEx(adapter, &a, &device, &handle), NDIS_STATUS_SUCCESS);
    CHECK(adapter->driver->object->DeviceObject == device);
    CHECK_EQ(nt_test_violations("NdisRegisterDeviceEx"), 1);
    NdisDeregisterDeviceEx(handle);
    CHECK_EQ(ndis_objects_report_leaks(adapter), 0);
}

TEST_NT(a_handle_is_recognised_wherever_its_record_lies, "")
{
    enum { MAGIC = 0x4b4f4f4c };
    uint32_t *records[3 * 64], *pool = nt_pool_alloc_system(8, 1);
    *pool = MAGIC;
    for (unsigned i = 0; i < sizeof(records) / sizeof(records[0]); i++)
        *(records[i] = aligned_alloc(4096, 8192)) = MAGIC;
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
            CHECK(ndis_handle_is(records[i], MAGIC));
            CHECK(!ndis_handle_is(records[i], MAGIC + 1));
            CHECK(ndis_handle_is(pool, MAGIC));
            CHECK(!ndis_handle_is((void *)0x123456789000, MAGIC));
            CHECK(!ndis_handle_is((char *)pool + 1, MAGIC));
        }
    CHECK(!ndis_handle_is(NULL, 0));
    CHECK(!ndis_handle_is((void *)-4096, MAGIC));
}
