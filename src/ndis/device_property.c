/* SPDX-License-Identifier: MIT */
/* device_property.c - IoGetDeviceProperty: what the PnP manager knows of an adapter's device.
 *
 * The installer's texts are in the device's instance key (...\Enum\ID\INSTANCE), the rest is asked
 * of the bus. WDK: "IoGetDeviceProperty". A property that nobody gave a value is
 * STATUS_OBJECT_NAME_NOT_FOUND: so is a bus number where there is no bus, and a boot configuration,
 * for no firmware has assigned anything here. */
#include "ndis/device_stack.h"
#include "ndis/resources.h"
#include "nt/registry.h"
#include "nt/rtl.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const GUID bus_type_pci = {
    0xc8ebdfb0, 0xb510, 0x11d0, {0x80, 0xe5, 0x00, 0xa0, 0xc9, 0x25, 0x42, 0xe3}};

/* A value on its way to the driver; the bytes are malloc'd, NULL if there is no such value. */
struct property {
    void *data;
    size_t size;
};

static struct property bytes(const void *data, size_t size)
{
    struct property p = {malloc(size), size};
    if (p.data)
        memcpy(p.data, data, size);
    return p;
}

static struct property number(ULONG value)
{
    return bytes(&value, sizeof(value));
}

__attribute__((format(printf, 1, 2))) static struct property text(const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    size_t chars;
    WCHAR *wide = rtl_utf16(line, &chars);
    return (struct property){wide, wide ? (chars + 1) * sizeof(*wide) : 0};
}

/* ...\Enum\ID\INSTANCE, above the hardware key "Device Parameters"; NULL if the adapter has none.
 */
static struct registry_key *instance_key(const struct ndis_adapter *adapter)
{
    char *path = adapter->hardware_key ? registry_path(adapter->hardware_key) : NULL;
    char *last = path ? strrchr(path, '\\') : NULL;
    if (last)
        *last = 0;
    struct registry_key *key = last ? registry_open(NULL, path) : NULL;
    free(path);
    return key;
}

/* As it is in the registry: strings are there in the form that the driver gets. */
static struct property stored(const struct ndis_adapter *adapter, const char *name)
{
    struct registry_key *key = instance_key(adapter);
    struct registry_value value;
    struct property p = {0};
    if (key && registry_get(key, name, &value) == 0) {
        p = bytes(value.data, value.size);
        registry_value_free(&value);
    }
    registry_put(key);
    return p;
}

/* REG_MULTI_SZ of `count` identifiers. */
static struct property id_list(char ids[][64], size_t count)
{
    WCHAR *all = calloc(count * 64 + 1, sizeof(*all));
    size_t used = 0;
    for (size_t i = 0; all && i < count; i++, used++)
        for (const char *c = ids[i]; *c; c++)
            all[used++] = (WCHAR)*c;
    return (struct property){all, all ? (used + 1) * sizeof(*all) : 0};
}

static struct property hardware_ids(const struct ndis_adapter *adapter)
{
    char ids[PCI_HARDWARE_IDS][64];
    if (!adapter->device)
        return stored(adapter, "HardwareID");
    return id_list(ids, pci_hardware_ids(adapter->device, ids, PCI_HARDWARE_IDS));
}

static struct property compatible_ids(const struct ndis_adapter *adapter)
{
    char ids[PCI_COMPATIBLE_IDS][64];
    if (!adapter->device)
        return (struct property){0};
    return id_list(ids, pci_compatible_ids(adapter->device, ids, PCI_COMPATIBLE_IDS));
}

/* The installer's, or what the bus driver calls a device of class 2. */
static struct property description(const struct ndis_adapter *adapter)
{
    struct property p = stored(adapter, "DeviceDesc");
    return p.data || !adapter->device ? p : text("Ethernet Controller");
}

static struct property requirements(const struct ndis_adapter *adapter)
{
    struct interrupt_settings settings;
    interrupt_settings_read(adapter, &settings);
    IO_RESOURCE_REQUIREMENTS_LIST *list = requirements_build(adapter, &settings);
    struct property p = {0};
    if (list)
        p = bytes(list, list->ListSize);
    nt_pool_free(list);
    return p;
}

static struct property allocated(const struct ndis_adapter *adapter)
{
    const CM_RESOURCE_LIST *list = adapter->raw_list;
    if (!list)
        return (struct property){0};
    ULONG count = list->List[0].PartialResourceList.Count;
    return bytes(list, offsetof(CM_RESOURCE_LIST, List[0].PartialResourceList.PartialDescriptors) +
                           count * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR));
}

/* What only a device on a PCI bus has. */
static struct property of_bus(const struct ndis_adapter *adapter, DEVICE_REGISTRY_PROPERTY which)
{
    const struct pci_function *fn = adapter->device;
    if (!fn)
        return (struct property){0};
    switch (which) {
    case DevicePropertyLocationInformation:
        return text("PCI bus %u, device %u, function %u", fn->bus, fn->device, fn->function);
    case DevicePropertyBusTypeGuid:
        return bytes(&bus_type_pci, sizeof(bus_type_pci));
    case DevicePropertyLegacyBusType:
        return number(PCIBus);
    case DevicePropertyBusNumber:
        return number(fn->bus);
    case DevicePropertyAddress:
        return number((ULONG)fn->device << 16 | fn->function);
    case DevicePropertyResourceRequirements:
        return requirements(adapter);
    default:
        return (struct property){0};
    }
}

static struct property find(const struct ndis_adapter *adapter, const DEVICE_OBJECT *device,
                            DEVICE_REGISTRY_PROPERTY which)
{
    switch (which) {
    case DevicePropertyDeviceDescription:
        return description(adapter);
    case DevicePropertyHardwareID:
        return hardware_ids(adapter);
    case DevicePropertyCompatibleIDs:
        return compatible_ids(adapter);
    case DevicePropertyClassName:
        return stored(adapter, "Class");
    case DevicePropertyClassGuid:
        return stored(adapter, "ClassGUID");
    case DevicePropertyDriverKeyName:
        return stored(adapter, "Driver");
    case DevicePropertyManufacturer:
        return stored(adapter, "Mfg");
    case DevicePropertyFriendlyName:
        return stored(adapter, "FriendlyName");
    case DevicePropertyPhysicalDeviceObjectName:
        return text("\\Device\\NTPNP_%s%p", adapter->device ? "PCI" : "ROOT", (const void *)device);
    case DevicePropertyEnumeratorName:
        return text("%s", adapter->device ? "PCI" : "ROOT");
    case DevicePropertyInstallState:
        return number(InstallStateInstalled);
    case DevicePropertyRemovalPolicy:
        return number(RemovalPolicyExpectNoRemoval);
    case DevicePropertyAllocatedResources:
        return allocated(adapter);
    case DevicePropertyContainerID: /* that of the computer and all that cannot be taken out of it
                                     */
        return text("{00000000-0000-0000-FFFF-FFFFFFFFFFFF}");
    default:
        return of_bus(adapter, which);
    }
}

NTSTATUS NTAPI IoGetDeviceProperty(PDEVICE_OBJECT DeviceObject,
                                   DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                   PVOID PropertyBuffer, PULONG ResultLength)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *ResultLength = 0;
    const struct ndis_adapter *adapter = device_stack_adapter(DeviceObject);
    if (!RULE("IoGetDeviceProperty", adapter != NULL,
              "IoGetDeviceProperty(%p): that is no physical device object (the first answer of "
              "NdisMGetDeviceProperty)",
              (void *)DeviceObject))
        return STATUS_INVALID_DEVICE_REQUEST;
    if ((unsigned)DeviceProperty > DevicePropertyContainerID)
        return STATUS_INVALID_PARAMETER_2;
    struct property p = find(adapter, DeviceObject, DeviceProperty);
    if (!p.data)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    *ResultLength = (ULONG)p.size;
    NTSTATUS status = BufferLength < p.size ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
    if (status == STATUS_SUCCESS && PropertyBuffer)
        memcpy(PropertyBuffer, p.data, p.size);
    free(p.data);
    return status;
}
NT_EXPORT("ntoskrnl.exe", IoGetDeviceProperty);
