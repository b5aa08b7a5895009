/* SPDX-License-Identifier: MIT */
#include "ndis/config.h"
#include "ndis/ndis_test.h"
#include "nt/rtl.h"

/* A literal of the kernel's 16-bit characters, and how many. */
#define W(text) (const WCHAR *)L##text, sizeof(L##text) / sizeof(WCHAR) - 1

TEST(strings_read_as_integers_by_their_base, "")
{
    CHECK_EQ(ndis_config_number(W("1500"), 10), 1500);
    CHECK_EQ(ndis_config_number(W("1500"), 16), 0x1500);
    CHECK_EQ(ndis_config_number(W("0x1F"), 10), 0x1f);
    CHECK_EQ(ndis_config_number(W("0x1f"), 16), 0x1f);
    CHECK_EQ(ndis_config_number(W("  12 apples"), 10), 12);
    CHECK_EQ(ndis_config_number(W("1F"), 10), 1);
    CHECK_EQ(ndis_config_number(W("-1"), 10), 0xffffffff);
    CHECK_EQ(ndis_config_number(W(""), 10), 0);
    CHECK_EQ(ndis_config_number(W("auto"), 10), 0);
    CHECK_EQ(ndis_config_number(W("0x"), 10), 0);
}

TEST(network_address_is_pairs_of_hex_digits, "")
{
    uint8_t b[8];
    CHECK_EQ(ndis_config_address(W("0123456789aB"), b, 8), 6);
    CHECK(!memcmp(b, "\x01\x23\x45\x67\x89\xab", 6));
    CHECK_EQ(ndis_config_address(W("01-23-45-67-89-AB"), b, 8), 6);
    CHECK(!memcmp(b, "\x01\x23\x45\x67\x89\xab", 6));
    CHECK_EQ(ndis_config_address(W("0123456789a"), b, 8), 0);
    CHECK_EQ(ndis_config_address(W("01:23:45:67:89:ab"), b, 8), 0);
    CHECK_EQ(ndis_config_address(W(""), b, 8), 0);
    CHECK_EQ(ndis_config_address(W("000102030405060708"), b, 8), 0);
}

TEST(registry_values_become_parameters, "")
{
    NDIS_CONFIGURATION_PARAMETER p;
    char room[256];
    uint32_t seven = 7;
    CHECK(ndis_config_convert(REG_DWORD, &seven, 4, NdisParameterHexInteger, &p, room));
    CHECK_EQ(p.ParameterType, NdisParameterInteger);
    CHECK_EQ(p.ParameterData.IntegerData, 7);
    CHECK(ndis_config_convert(REG_DWORD, &seven, 4, NdisParameterString, &p, room));
    CHECK_EQ(p.ParameterType, NdisParameterString);
    CHECK_EQ(p.ParameterData.StringData.Length, 2);
    CHECK_EQ(p.ParameterData.StringData.Buffer[0], '7');
    /* The registry's strings have terminators, NDIS' do not count them. */
    CHECK(ndis_config_convert(REG_SZ, L"10", 6, NdisParameterString, &p, room));
    CHECK_EQ(p.ParameterData.StringData.Length, 4);
    CHECK(ndis_config_convert(REG_SZ, L"10", 6, NdisParameterInteger, &p, room));
    CHECK_EQ(p.ParameterType, NdisParameterInteger);
    CHECK_EQ(p.ParameterData.IntegerData, 10);
    CHECK(ndis_config_convert(REG_SZ, L"10", 6, NdisParameterHexInteger, &p, room));
    CHECK_EQ(p.ParameterType, NdisParameterInteger);
    CHECK_EQ(p.ParameterData.IntegerData, 16);
    CHECK(ndis_config_convert(REG_MULTI_SZ, L"a\0b\0", 10, NdisParameterMultiString, &p, room));
    CHECK_EQ(p.ParameterType, NdisParameterMultiString);
    CHECK_EQ(p.ParameterData.StringData.Length, 10);
    CHECK(ndis_config_convert(REG_BINARY, "abc", 3, NdisParameterBinary, &p, room));
    CHECK_EQ(p.ParameterType, NdisParameterBinary);
    CHECK_EQ(p.ParameterData.BinaryData.Length, 3);
    CHECK(!ndis_config_convert(REG_NONE, "abc", 3, NdisParameterBinary, &p, room));
}

static NDIS_HANDLE open_config(NDIS_HANDLE handle)
{
    NDIS_CONFIGURATION_OBJECT object = {.NdisHandle = handle};
    NDIS_HANDLE config = NULL;
    ndis_header_set(&object.Header, NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT,
                    NDIS_CONFIGURATION_OBJECT_REVISION_1,
                    NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1);
    CHECK_EQ(NdisOpenConfigurationEx(&object, &config), NDIS_STATUS_SUCCESS);
    return config;
}

static struct ndis_adapter *with_registry(void)
{
    struct ndis_adapter *adapter = test_adapter();
    struct registry_adapter keys;
    CHECK_EQ(registry_adapter_init(&keys, "testnic", "PCI\\VEN_8086&DEV_10D3", 0), 0);
    adapter->driver_key = keys.driver;
    return adapter;
}

static NDIS_STRING name_of(const WCHAR *text)
{
    NDIS_STRING s;
    RtlInitUnicodeString(&s, (PCWSTR)text);
    return s;
}

TEST_NT(configuration_is_read_written_and_closed, "")
{
    struct ndis_adapter *adapter = with_registry();
    registry_set_string(adapter->driver_key, "*JumboPacket", "9014");
    registry_set_string(adapter->driver_key, "NetworkAddress", "02-00-00-00-00-07");
    NDIS_HANDLE config = open_config(adapter);
    NDIS_CONFIGURATION_PARAMETER *value,
        made = {.ParameterType = NdisParameterInteger, .ParameterData.IntegerData = 5};
    NDIS_STATUS status;
    NDIS_STRING jumbo = name_of(L"*jumbopacket"), other = name_of(L"Other"),
                version = name_of(L"NdisVersion");
    NdisReadConfiguration(&status, &value, config, &jumbo, NdisParameterInteger);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    CHECK_EQ(value->ParameterData.IntegerData, 9014);
    NdisReadConfiguration(&status, &value, config, &other, NdisParameterInteger);
    CHECK_EQ(status, NDIS_STATUS_FAILURE);
    NdisWriteConfiguration(&status, config, &other, &made);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    NdisReadConfiguration(&status, &value, config, &other, NdisParameterInteger);
    CHECK_EQ(value->ParameterData.IntegerData, 5);
    made.ParameterType = (NDIS_PARAMETER_TYPE)77;
    NdisWriteConfiguration(&status, config, &other, &made);
    CHECK_EQ(status, NDIS_STATUS_NOT_SUPPORTED);
    NdisReadConfiguration(&status, &value, config, &version, NdisParameterInteger);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    CHECK_EQ(value->ParameterData.IntegerData, 0x6001e);
    /* The adapter's name, which no registry value has. */
    NDIS_STRING miniport = name_of(L"MiniportName"),
                is = name_of(L"\\DEVICE\\{D1A91000-0000-4000-8000-000000000000}");
    NdisReadConfiguration(&status, &value, config, &miniport, NdisParameterString);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    CHECK_EQ(value->ParameterType, NdisParameterString);
    CHECK(RtlEqualUnicodeString(&value->ParameterData.StringData, &is, FALSE));
    PVOID address;
    UINT length;
    NdisReadNetworkAddress(&status, &address, &length, config);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    CHECK_EQ(length, 6);
    CHECK(!memcmp(address, "\x02\0\0\0\0\x07", 6));
    CHECK_EQ(ndis_objects_count(adapter, NULL), 1);
    NdisCloseConfiguration(config);
    CHECK_EQ(ndis_objects_count(adapter, NULL), 0);
    CHECK_NO_VIOLATION();
    NdisCloseConfiguration(config);
    CHECK_EQ(nt_test_violations("NdisOpenConfigurationEx"), 1);
}

TEST_NT(subkeys_open_by_name_and_index, "")
{
    struct ndis_adapter *adapter = with_registry();
    registry_set_dword(registry_create(adapter->driver_key, "Ndi\\params"), "x", 3);
    NDIS_HANDLE config = open_config(adapter), ndi = NULL, params = NULL;
    NDIS_STATUS status;
    NDIS_STRING name = name_of(L"ndi"), none = name_of(L"none"), found = {0};
    NdisOpenConfigurationKeyByName(&status, config, &none, &ndi);
    CHECK_EQ(status, NDIS_STATUS_FAILURE);
    NdisOpenConfigurationKeyByName(&status, config, &name, &ndi);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    NdisOpenConfigurationKeyByIndex(&status, ndi, 0, &found, &params);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    CHECK_EQ(found.Length, 12);
    CHECK_EQ(found.Buffer[0], 'p');
    NDIS_HANDLE past = NULL;
    NdisOpenConfigurationKeyByIndex(&status, ndi, 1, &found, &past);
    CHECK_EQ(status, NDIS_STATUS_FAILURE);
    NDIS_CONFIGURATION_PARAMETER *value;
    NDIS_STRING x = name_of(L"x");
    NdisReadConfiguration(&status, &value, params, &x, NdisParameterInteger);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    CHECK_EQ(value->ParameterData.IntegerData, 3);
    CHECK_NO_VIOLATION();
    CHECK_EQ(ndis_objects_report_leaks(adapter), 3);
    CHECK_EQ(test_leaks("configuration handle"), 3);
}

TEST_NT(a_drivers_configuration_is_its_services_parameters, "")
{
    struct ndis_driver *driver = test_driver(20);
    struct registry_key *key = registry_create(NULL, REGISTRY_SERVICES "\\testnic\\Parameters");
    registry_set_dword(key, "Debug", 1);
    NDIS_HANDLE config = open_config(driver);
    NDIS_CONFIGURATION_PARAMETER *value;
    NDIS_STATUS status;
    NDIS_STRING debug = name_of(L"Debug");
    NdisReadConfiguration(&status, &value, config, &debug, NdisParameterInteger);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    NdisCloseConfiguration(config);
    CHECK_NO_VIOLATION();
}

TEST_NT(an_adapter_has_the_name_that_its_installer_gave_it, "")
{
    struct ndis_adapter *adapter = test_adapter();
    NDIS_STRING name;
    CHECK_EQ(NdisMQueryAdapterInstanceName(&name, adapter), NDIS_STATUS_SUCCESS);
    char *text = rtl_utf8(name.Buffer, name.Length / sizeof(WCHAR));
    CHECK_STR(text, "testnic"); /* without one, its driver's */
    NdisFreeMemory(name.Buffer, 0, 0);
    struct registry_adapter keys;
    CHECK_EQ(registry_adapter_init(&keys, "testnic", "PCI\\VEN_8086", 0), 0);
    adapter->driver_key = keys.driver;
    CHECK_EQ(registry_set_string(keys.driver, "DriverDesc", "Gigabit Adapter"), 0);
    CHECK_EQ(NdisMQueryAdapterInstanceName(&name, adapter), NDIS_STATUS_SUCCESS);
    text = rtl_utf8(name.Buffer, name.Length / sizeof(WCHAR));
    CHECK_STR(text, "Gigabit Adapter");
    CHECK_EQ(name.MaximumLength, name.Length + 2);
    NdisFreeMemory(name.Buffer, 0, 0);
    CHECK_NO_VIOLATION();
}
