/* SPDX-License-Identifier: MIT */
/* device_property_test.c - IoGetDeviceProperty, on a PCI card and without one. */
#include "ndis/ndis_test.h"
#include "nt/registry.h"
#include "nt/rtl.h"
#include "pci/pci_test.h"

static uint8_t buffer[1024];
static ULONG length;

static NTSTATUS get(PDEVICE_OBJECT device, DEVICE_REGISTRY_PROPERTY property, ULONG room)
{
    memset(buffer, 0x77, sizeof(buffer));
    return IoGetDeviceProperty(device, property, room, buffer, &length);
}

/* The property's text in UTF-8; of a list the first string. The terminator counts. */
static char *text(PDEVICE_OBJECT device, DEVICE_REGISTRY_PROPERTY property)
{
    CHECK_EQ(get(device, property, sizeof(buffer)), STATUS_SUCCESS);
    const WCHAR *wide = (const WCHAR *)buffer;
    CHECK(length >= 2 && length % 2 == 0 && wide[length / 2 - 1] == 0);
    return rtl_utf8(wide, rtl_wcsnlen(wide, length / 2));
}

static ULONG number(PDEVICE_OBJECT device, DEVICE_REGISTRY_PROPERTY property)
{
    CHECK_EQ(get(device, property, 4), STATUS_SUCCESS);
    CHECK_EQ(length, 4);
    CHECK_EQ(buffer[4], 0x77);
    return *(ULONG *)buffer;
}

static PDEVICE_OBJECT physical_of(struct ndis_adapter *adapter)
{
    PDEVICE_OBJECT physical;
    NdisMGetDeviceProperty(adapter, &physical, NULL, NULL, NULL, NULL);
    CHECK(physical);
    return physical;
}

static struct ndis_adapter *adapter_with_keys(const char *id)
{
    static struct registry_adapter keys;
    CHECK_EQ(registry_adapter_init(&keys, "testnic", id, 3), 0);
    CHECK_EQ(registry_set_string(keys.instance, "Mfg", "Maker"), 0);
    struct ndis_adapter *adapter = test_adapter();
    adapter->driver_key = keys.driver;
    adapter->hardware_key = keys.hardware;
    return adapter;
}

static struct ndis_adapter *adapter_with_card(void)
{
    static struct card card;
    card_init(&card);
    CHECK_EQ(pci_bus_add(&card.fn), 0);
    struct ndis_adapter *adapter = adapter_with_keys("PCI\\VEN_8086&DEV_10D3");
    adapter->device = &card.fn;
    return adapter;
}

TEST_NT(device_properties_of_a_pci_card, "")
{
    struct ndis_adapter *adapter = adapter_with_card();
    PDEVICE_OBJECT device = physical_of(adapter);
    CHECK_EQ(number(device, DevicePropertyBusNumber), adapter->device->bus);
    CHECK_EQ(number(device, DevicePropertyAddress),
             (ULONG)adapter->device->device << 16 | adapter->device->function);
    CHECK_EQ(number(device, DevicePropertyLegacyBusType), PCIBus);
    CHECK_EQ(number(device, DevicePropertyInstallState), InstallStateInstalled);
    CHECK_STR(text(device, DevicePropertyEnumeratorName), "PCI");
    CHECK_STR(text(device, DevicePropertyClassName), "Net");
    CHECK_STR(text(device, DevicePropertyClassGuid), "{4D36E972-E325-11CE-BFC1-08002BE10318}");
    CHECK_STR(text(device, DevicePropertyDriverKeyName),
              "{4D36E972-E325-11CE-BFC1-08002BE10318}\\0003");
    CHECK_STR(text(device, DevicePropertyManufacturer), "Maker");
    CHECK_STR(text(device, DevicePropertyDeviceDescription), "Ethernet Controller");
    CHECK_HAS(text(device, DevicePropertyHardwareID), "PCI\\VEN_8086&DEV_10D3&SUBSYS_");
    CHECK(length > 100 && ((WCHAR *)buffer)[length / 2 - 2] == 0); /* several, and their end */
    CHECK_HAS(text(device, DevicePropertyCompatibleIDs), "PCI\\VEN_8086&DEV_10D3&REV_");
    CHECK_HAS(text(device, DevicePropertyLocationInformation), "PCI bus 0, device ");
    CHECK_HAS(text(device, DevicePropertyPhysicalDeviceObjectName), "\\Device\\NTPNP_PCI");
    CHECK_EQ(get(device, DevicePropertyBusTypeGuid, sizeof(buffer)), STATUS_SUCCESS);
    CHECK_EQ(length, sizeof(GUID));
    CHECK_EQ(get(device, DevicePropertyFriendlyName, sizeof(buffer)), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_NO_VIOLATION();
}

TEST_NT(device_properties_that_are_resource_lists, "")
{
    struct ndis_adapter *adapter = adapter_with_card();
    PDEVICE_OBJECT device = physical_of(adapter);
    CHECK_EQ(get(device, DevicePropertyAllocatedResources, sizeof(buffer)),
             STATUS_OBJECT_NAME_NOT_FOUND); /* not started yet */
    char err[200];
    CHECK_EQ(ndis_resources_start(adapter, err, sizeof(err)), 0);
    CHECK_EQ(get(device, DevicePropertyAllocatedResources, sizeof(buffer)), STATUS_SUCCESS);
    CHECK(length >= sizeof(CM_RESOURCE_LIST) && !memcmp(buffer, adapter->raw_list, length));
    CHECK_EQ(get(device, DevicePropertyResourceRequirements, sizeof(buffer)), STATUS_SUCCESS);
    const IO_RESOURCE_REQUIREMENTS_LIST *list = (void *)buffer;
    CHECK_EQ(list->ListSize, length);
    CHECK_EQ(list->InterfaceType, PCIBus);
    CHECK(list->List[0].Count > 0);
    ndis_resources_release(adapter);
    CHECK_NO_VIOLATION();
}

TEST_NT(device_properties_without_a_bus, "")
{
    PDEVICE_OBJECT device = physical_of(adapter_with_keys("ROOT\\NET"));
    CHECK_STR(text(device, DevicePropertyEnumeratorName), "ROOT");
    CHECK_STR(text(device, DevicePropertyHardwareID), "ROOT\\NET");
    static const DEVICE_REGISTRY_PROPERTY none[] = {
        DevicePropertyBusNumber,         DevicePropertyAddress,
        DevicePropertyLegacyBusType,     DevicePropertyBusTypeGuid,
        DevicePropertyBootConfiguration, DevicePropertyResourceRequirements,
        DevicePropertyCompatibleIDs,     DevicePropertyDeviceDescription,
    };
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        CHECK_EQ(get(device, none[i], sizeof(buffer)), STATUS_OBJECT_NAME_NOT_FOUND);
        CHECK_EQ(length, 0);
    }
    CHECK_NO_VIOLATION();
}

TEST_NT(a_device_property_says_how_much_room_it_needs, "")
{
    PDEVICE_OBJECT device = physical_of(adapter_with_keys("ROOT\\NET"));
    CHECK_EQ(get(device, DevicePropertyClassName, 7), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(length, 8); /* "Net" */
    CHECK_EQ(buffer[0], 0x77);
    CHECK_EQ(IoGetDeviceProperty(device, DevicePropertyClassName, 0, NULL, &length),
             STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(length, 8);
    CHECK_EQ(get(device, DevicePropertyClassName, 8), STATUS_SUCCESS);
    CHECK_EQ(get(device, (DEVICE_REGISTRY_PROPERTY)99, sizeof(buffer)), STATUS_INVALID_PARAMETER_2);
    CHECK_NO_VIOLATION();
}

TEST_NT(only_a_physical_device_object_has_properties, "")
{
    PDEVICE_OBJECT functional;
    NdisMGetDeviceProperty(adapter_with_keys("ROOT\\NET"), NULL, &functional, NULL, NULL, NULL);
    CHECK_EQ(get(functional, DevicePropertyClassName, 8), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_EQ(nt_test_violations("IoGetDeviceProperty"), 1);
}
