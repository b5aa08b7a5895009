/* SPDX-License-Identifier: MIT */
#include "ndis/errorlog.h"
#include "ndis/ndis_test.h"
#include "nt/iospace.h"

static struct {
    struct pci_function fn;
    uint64_t reg;
} card;

static uint64_t card_read(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width)
{
    return card.reg + offset;
}
static void card_write(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width,
                       uint64_t value)
{
    card.reg = value;
}
static const struct pci_function_ops card_ops = {
    .name = "test card", .bar_read = card_read, .bar_write = card_write};

/* Memory in BAR 0, 32 ports in BAR 2. */
static struct ndis_adapter *adapter_with_card(void)
{
    static const struct pci_identity id = {.vendor = 0x1af4, .device = 0x1234, .class_base = 2};
    pci_function_init(&card.fn, &card_ops, &id);
    pci_function_bar(&card.fn, 0, 0x4000, false, false, false);
    pci_function_bar(&card.fn, 2, 32, true, false, false);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    struct ndis_adapter *adapter = test_adapter();
    adapter->device = &card.fn;
    return adapter;
}

TEST_NT(registers_are_mapped_in_initialize_and_unmapped_whole, "")
{
    struct ndis_adapter *adapter = adapter_with_card();
    NDIS_PHYSICAL_ADDRESS pa = {.QuadPart = (LONGLONG)card.fn.bar[0].address};
    PVOID va;
    CHECK_EQ(NdisMMapIoSpace(&va, adapter, pa, 0x4000), NDIS_STATUS_SUCCESS);
    uint64_t value;
    card.reg = 7;
    CHECK(iospace_read((char *)va + 8, 4, &value));
    CHECK_EQ(value, 15);
    NdisMUnmapIoSpace(adapter, va, 0x4000);
    CHECK(!iospace_read(va, 4, &value));
    CHECK_NO_VIOLATION();
    NdisMUnmapIoSpace(adapter, va, 0x4000);
    CHECK_EQ(nt_test_violations("NdisMUnmapIoSpace"), 1);

    CHECK_EQ(NdisMMapIoSpace(&va, adapter, pa, 0x1000), NDIS_STATUS_SUCCESS);
    CHECK_EQ(ndis_objects_report_leaks(adapter), 1);
    CHECK_EQ(test_leaks("mapped I/O space"), 1);
    CHECK(!iospace_read(va, 4, &value));
    adapter->initialize_thread = NULL;
    NdisMMapIoSpace(&va, adapter, pa, 0x1000);
    CHECK_EQ(nt_test_violations("NdisMMapIoSpace"), 1);
}

TEST_NT(ranges_of_other_devices_are_a_resource_conflict, "")
{
    struct ndis_adapter *adapter = adapter_with_card();
    NDIS_PHYSICAL_ADDRESS pa = {.QuadPart = (LONGLONG)card.fn.bar[0].address};
    PVOID va = adapter;
    CHECK_EQ(NdisMMapIoSpace(&va, adapter, pa, 0x4001), NDIS_STATUS_RESOURCE_CONFLICT);
    CHECK(!va);
    pa.QuadPart += 0x4000;
    CHECK_EQ(NdisMMapIoSpace(&va, adapter, pa, 16), NDIS_STATUS_RESOURCE_CONFLICT);
    const char *const *lines;
    CHECK_EQ(ndis_error_log(&lines), 2);
    CHECK_HAS(lines[0], "not among the memory resources");
    CHECK_NO_VIOLATION();
}

TEST_NT(nothing_is_claimed_before_the_registration_attributes, "R-003")
{
    struct ndis_adapter *adapter = adapter_with_card();
    adapter->registration_set = false;
    PVOID va;
    NDIS_PHYSICAL_ADDRESS pa = {.QuadPart = (LONGLONG)card.fn.bar[0].address};
    CHECK_EQ(NdisMMapIoSpace(&va, adapter, pa, 16), NDIS_STATUS_FAILURE);
    CHECK_EQ(NdisMRegisterIoPortRange(&va, adapter, (UINT)card.fn.bar[2].address, 32),
             NDIS_STATUS_FAILURE);
    CHECK_EQ(nt_test_violations("R-003"), 2);
}

#undef NdisRawReadPortUshort
#undef NdisRawWritePortUchar
VOID NTAPI NdisRawReadPortUshort(ULONG_PTR Port, USHORT *Data);
VOID NTAPI NdisRawWritePortUchar(ULONG_PTR Port, UCHAR Data);

TEST_NT(ports_are_registered_once_and_reached_by_number, "")
{
    struct ndis_adapter *adapter = adapter_with_card();
    UINT port = (UINT)card.fn.bar[2].address;
    PVOID base, again;
    CHECK_EQ(NdisMRegisterIoPortRange(&base, adapter, port, 32), NDIS_STATUS_SUCCESS);
    CHECK_EQ(NdisMRegisterIoPortRange(&again, adapter, port, 32), NDIS_STATUS_RESOURCE_CONFLICT);
    CHECK_EQ(NdisMRegisterIoPortRange(&again, adapter, port, 33), NDIS_STATUS_RESOURCE_CONFLICT);
    CHECK_EQ(NdisMRegisterIoPortRange(&again, adapter, 0x10000, 1), NDIS_STATUS_FAILURE);
    NdisRawWritePortUchar((ULONG_PTR)base + 1, 0x55);
    USHORT value = 0;
    NdisRawReadPortUshort((ULONG_PTR)base + 2, &value);
    CHECK_EQ(value, 0x57);
    NdisMDeregisterIoPortRange(adapter, port, 32, base);
    CHECK_EQ(ndis_objects_count(adapter, NULL), 0);
    CHECK_NO_VIOLATION();
    NdisMDeregisterIoPortRange(adapter, port, 16, base);
    CHECK_EQ(nt_test_violations("NdisMDeregisterIoPortRange"), 1);
}

TEST_NT(configuration_space_is_read_and_written_in_pieces, "")
{
    struct ndis_adapter *adapter = adapter_with_card();
    uint8_t bytes[8];
    KIRQL old = irql_raise(5); /* any level */
    CHECK_EQ(NdisMGetBusData(adapter, PCI_WHICHSPACE_CONFIG, 0, bytes, 4), 4);
    CHECK(!memcmp(bytes, "\xf4\x1a\x34\x12", 4));
    CHECK_EQ(NdisMGetBusData(adapter, PCI_WHICHSPACE_CONFIG, 1, bytes, 3), 3);
    CHECK(!memcmp(bytes, "\x1a\x34\x12", 3));
    CHECK_EQ(NdisMGetBusData(adapter, PCI_WHICHSPACE_CONFIG, 4094, bytes, 8), 2);
    CHECK_EQ(NdisMGetBusData(adapter, PCI_WHICHSPACE_CONFIG, 4096, bytes, 8), 0);
    CHECK_EQ(NdisMGetBusData(adapter, 1, 0, bytes, 4), 0);
    CHECK_EQ(NdisMSetBusData(adapter, PCI_WHICHSPACE_CONFIG, 0x3c, "\x42", 1),
             1); /* interrupt line */
    CHECK_EQ(NdisMGetBusData(adapter, PCI_WHICHSPACE_CONFIG, 0x3c, bytes, 1), 1);
    irql_lower(old);
    CHECK_EQ(bytes[0], 0x42);
    CHECK_NO_VIOLATION();
}

TEST_NT(error_log_entries_say_what_and_the_values, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NdisWriteErrorLogEntry(adapter, NDIS_ERROR_CODE_HARDWARE_FAILURE, 2, 0x11u, 0x22u);
    const WCHAR *strings[] = {(const WCHAR *)L"net"};
    CHECK_EQ(NdisWriteEventLogEntry(NULL, 5, 6, 1, strings, 0, NULL), NDIS_STATUS_SUCCESS);
    CHECK_EQ(NdisWriteEventLogEntry(NULL, 5, 6, 0, NULL, 10000, adapter),
             NDIS_STATUS_BUFFER_TOO_SHORT);
    const char *const *lines;
    CHECK_EQ(ndis_error_log(&lines), 2);
    CHECK_HAS(lines[0], "testnic: HARDWARE_FAILURE");
    CHECK_HAS(lines[0], "values 0x11 0x22");
    CHECK_HAS(lines[1], "\"net\"");
    CHECK_NO_VIOLATION();
}
