/* SPDX-License-Identifier: MIT */
/* device_stack.c - the device objects behind an adapter, and the bus driver at their bottom.
 *
 * A miniport meets them through NdisMGetDeviceProperty: the functional device is NDIS', the next
 * and physical one the PCI bus driver's. What a network driver sends down is answered: reading and
 * writing configuration space, and the interfaces BUS_INTERFACE_STANDARD and
 * PCI_MSIX_TABLE_CONFIG_INTERFACE (wdm IRP_MN_QUERY_INTERFACE). Any other IRP is completed as a bus
 * driver completes what it does not handle. */
#include "ndis/device_stack.h"
#include "ndis/objects.h"
#include <stdlib.h>
#include <string.h>

#define TYPE_DEVICE 3           /* wdm.h IO_TYPE_DEVICE */
#define BUS_MAGIC   0x5355424eu /* "NBUS" */

static const char kind_stack[] = "device stack";

struct device_stack {
    struct ndis_object object;
    DEVICE_OBJECT *physical, *functional;
};

/* What the physical device's DeviceExtension points to. */
struct bus_extension {
    uint64_t magic;
    struct ndis_adapter *adapter;
};

static const GUID bus_interface_standard = {
    0x496b8280, 0x6f25, 0x11d0, {0xbe, 0xaf, 0x08, 0x00, 0x2b, 0xe2, 0x09, 0x2f}};
static const GUID msix_table_config_interface = {
    0x1a6a460b, 0x194f, 0x455d, {0xb3, 0x4b, 0xb8, 0x4c, 0x5b, 0x05, 0x71, 0x2b}};

DEVICE_OBJECT *device_object_new(DRIVER_OBJECT *driver, size_t extension, DEVICE_TYPE type)
{
    DEVICE_OBJECT *device = nt_pool_alloc_system(sizeof(*device) + extension, NDIS_TAG);
    if (!device)
        return NULL;
    device->Type = TYPE_DEVICE;
    device->Size = (USHORT)(sizeof(*device) + extension);
    device->ReferenceCount = 1;
    device->DriverObject = driver;
    device->DeviceType = type;
    device->StackSize = 1;
    device->AlignmentRequirement = 0;
    device->DeviceExtension = extension ? device + 1 : NULL;
    return device;
}

/* --- what the bus driver's interfaces call; Context is the physical device's extension --- */

static struct pci_function *function_of(PVOID Context)
{
    struct bus_extension *bus = Context;
    return ndis_handle_is(bus, BUS_MAGIC) && ndis_is_adapter(bus->adapter) ? bus->adapter->device
                                                                           : NULL;
}

/* An interface counts its users; the device objects live as long as the adapter's record whatever
 * the count. */
static VOID NTAPI PciInterfaceReference(PVOID Context)
{
}
NT_EXPORT("pci.sys", PciInterfaceReference);

static VOID NTAPI PciInterfaceDereference(PVOID Context)
{
}
NT_EXPORT("pci.sys", PciInterfaceDereference);

static BOOLEAN NTAPI PciTranslateBusAddress(PVOID Context, PHYSICAL_ADDRESS BusAddress,
                                            ULONG Length, PULONG AddressSpace,
                                            PPHYSICAL_ADDRESS TranslatedAddress)
{
    *TranslatedAddress = BusAddress; /* one address space, seen alike from both sides */
    return TRUE;
}
NT_EXPORT("pci.sys", PciTranslateBusAddress);

static PDMA_ADAPTER NTAPI PciGetDmaAdapter(PVOID Context, PDEVICE_DESCRIPTION DeviceDescriptor,
                                           PULONG NumberOfMapRegisters)
{
    return NULL; /* a miniport has NdisMRegisterScatterGatherDma */
}
NT_EXPORT("pci.sys", PciGetDmaAdapter);

static ULONG NTAPI PciSetBusData(PVOID Context, ULONG DataType, PVOID Buffer, ULONG Offset,
                                 ULONG Length)
{
    return function_of(Context) ? NdisMSetBusData(((struct bus_extension *)Context)->adapter,
                                                  DataType, Offset, Buffer, Length)
                                : 0;
}
NT_EXPORT("pci.sys", PciSetBusData);

static ULONG NTAPI PciGetBusData(PVOID Context, ULONG DataType, PVOID Buffer, ULONG Offset,
                                 ULONG Length)
{
    return function_of(Context) ? NdisMGetBusData(((struct bus_extension *)Context)->adapter,
                                                  DataType, Offset, Buffer, Length)
                                : 0;
}
NT_EXPORT("pci.sys", PciGetBusData);

/* not MSI-X, or not the device's entry or message. */
static NTSTATUS NTAPI PciMsixSetEntry(PVOID Context, ULONG TableEntry, ULONG MessageNumber)
{
    struct pci_function *fn = function_of(Context);
    return fn && !pci_msix_set_entry(fn, TableEntry, MessageNumber) ? STATUS_SUCCESS
                                                                    : STATUS_INVALID_PARAMETER;
}
NT_EXPORT("pci.sys", PciMsixSetEntry);

static NTSTATUS NTAPI PciMsixMaskEntry(PVOID Context, ULONG TableEntry)
{
    struct pci_function *fn = function_of(Context);
    return fn && !pci_msix_mask_entry(fn, TableEntry, true) ? STATUS_SUCCESS
                                                            : STATUS_INVALID_PARAMETER;
}
NT_EXPORT("pci.sys", PciMsixMaskEntry);

static NTSTATUS NTAPI PciMsixUnmaskEntry(PVOID Context, ULONG TableEntry)
{
    struct pci_function *fn = function_of(Context);
    return fn && !pci_msix_mask_entry(fn, TableEntry, false) ? STATUS_SUCCESS
                                                             : STATUS_INVALID_PARAMETER;
}
NT_EXPORT("pci.sys", PciMsixUnmaskEntry);

/* --- the bus driver --- */

/* Interface functions are called by the driver directly: they go through thunks like every export.
 */
#define THUNK(fn) ((void *)nt_export_bind(nt_export_find("pci.sys", #fn)))

static NTSTATUS query_interface(IO_STACK_LOCATION *stack)
{
    const GUID *type = stack->Parameters.QueryInterface.InterfaceType;
    USHORT size = stack->Parameters.QueryInterface.Size;
    INTERFACE *common = stack->Parameters.QueryInterface.Interface;
    if (!memcmp(type, &bus_interface_standard, sizeof(GUID)) &&
        size >= sizeof(BUS_INTERFACE_STANDARD)) {
        BUS_INTERFACE_STANDARD *bus = (BUS_INTERFACE_STANDARD *)common;
        memset(bus, 0, sizeof(*bus));
        bus->Size = sizeof(*bus);
        bus->TranslateBusAddress = THUNK(PciTranslateBusAddress);
        bus->GetDmaAdapter = THUNK(PciGetDmaAdapter);
        bus->SetBusData = THUNK(PciSetBusData);
        bus->GetBusData = THUNK(PciGetBusData);
    } else if (!memcmp(type, &msix_table_config_interface, sizeof(GUID)) &&
               size >= PCI_MSIX_TABLE_CONFIG_MINIMUM_SIZE) {
        PCI_MSIX_TABLE_CONFIG_INTERFACE *msix = (PCI_MSIX_TABLE_CONFIG_INTERFACE *)common;
        memset(msix, 0, size < sizeof(*msix) ? size : sizeof(*msix));
        msix->Size = PCI_MSIX_TABLE_CONFIG_MINIMUM_SIZE;
        msix->SetTableEntry = THUNK(PciMsixSetEntry);
        msix->MaskTableEntry = THUNK(PciMsixMaskEntry);
        msix->UnmaskTableEntry = THUNK(PciMsixUnmaskEntry);
    } else {
        return STATUS_NOT_SUPPORTED;
    }
    common->Version = 1;
    common->Context = stack->DeviceObject->DeviceExtension;
    common->InterfaceReference = THUNK(PciInterfaceReference);
    common->InterfaceDereference = THUNK(PciInterfaceDereference);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI bus_dispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(Irp);
    struct bus_extension *bus = DeviceObject->DeviceExtension;
    /* A bus driver leaves the status of PnP IRPs that it does not handle as it found it. */
    NTSTATUS status =
        stack->MajorFunction == IRP_MJ_PNP ? Irp->IoStatus.Status : STATUS_INVALID_DEVICE_REQUEST;
    if (stack->MajorFunction == IRP_MJ_POWER)
        status = STATUS_SUCCESS;
    stack->DeviceObject = DeviceObject;
    if (stack->MajorFunction == IRP_MJ_PNP && stack->MinorFunction == IRP_MN_QUERY_INTERFACE) {
        NTSTATUS answer = query_interface(stack);
        if (answer != STATUS_NOT_SUPPORTED)
            status = answer;
    } else if (stack->MajorFunction == IRP_MJ_PNP &&
               (stack->MinorFunction == IRP_MN_READ_CONFIG ||
                stack->MinorFunction == IRP_MN_WRITE_CONFIG)) {
        bool read = stack->MinorFunction == IRP_MN_READ_CONFIG;
        ULONG length = stack->Parameters.ReadWriteConfig.Length;
        ULONG done = (read ? PciGetBusData
                           : PciSetBusData)(bus, stack->Parameters.ReadWriteConfig.WhichSpace,
                                            stack->Parameters.ReadWriteConfig.Buffer,
                                            stack->Parameters.ReadWriteConfig.Offset, length);
        Irp->IoStatus.Information = done;
        status = done ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    Irp->IoStatus.Status = status;
    IofCompleteRequest(Irp, IO_NO_INCREMENT);
    return status;
}

static DRIVER_OBJECT *bus_driver(void)
{
    static DRIVER_OBJECT *driver;
    if (!driver && (driver = nt_pool_alloc_system(sizeof(*driver), NDIS_TAG))) {
        driver->Type = 4; /* wdm.h IO_TYPE_DRIVER */
        driver->Size = sizeof(*driver);
        for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
            driver->MajorFunction[i] = bus_dispatch;
    }
    return driver;
}

/* --- the stack --- */

/* Made when somebody asks, and kept; a later adapter at the same place in memory takes it over. */
static struct device_stack *stack_of(struct ndis_adapter *adapter)
{
    struct device_stack *stack = (struct device_stack *)ndis_object_find(kind_stack, adapter);
    DRIVER_OBJECT *bus = bus_driver();
    if (!stack && bus && (stack = calloc(1, sizeof(*stack)))) {
        stack->physical =
            device_object_new(bus, sizeof(struct bus_extension), FILE_DEVICE_CONTROLLER);
        stack->functional = device_object_new(NULL, 0, FILE_DEVICE_PHYSICAL_NETCARD);
        if (!stack->physical || !stack->functional) {
            nt_pool_free(stack->physical);
            nt_pool_free(stack->functional);
            free(stack);
            return NULL;
        }
        stack->physical->AttachedDevice = stack->functional;
        stack->functional->StackSize = 2;
        *(struct bus_extension *)stack->physical->DeviceExtension =
            (struct bus_extension){BUS_MAGIC, adapter};
        /* Owner NULL: dirql's own, never a leak of the driver. */
        ndis_object_add(&stack->object, NULL, kind_stack, adapter, NDIS_OBJECT_CALLER);
    }
    if (stack)
        stack->functional->DriverObject = adapter->driver->object;
    return stack;
}

struct ndis_adapter *device_stack_adapter(const DEVICE_OBJECT *device)
{
    for (struct ndis_driver *d = ndis_driver_first(); d; d = d->next)
        for (struct ndis_adapter *a = d->adapters; a; a = a->next) {
            const struct device_stack *stack =
                (struct device_stack *)ndis_object_find(kind_stack, a);
            if (stack && stack->physical == device)
                return a;
        }
    return NULL;
}

VOID NTAPI NdisMGetDeviceProperty(NDIS_HANDLE MiniportAdapterHandle,
                                  PDEVICE_OBJECT *PhysicalDeviceObject,
                                  PDEVICE_OBJECT *FunctionalDeviceObject,
                                  PDEVICE_OBJECT *NextDeviceObject,
                                  PCM_RESOURCE_LIST *AllocatedResources,
                                  PCM_RESOURCE_LIST *AllocatedResourcesTranslated)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    struct device_stack *stack = adapter ? stack_of(adapter) : NULL;
    if (PhysicalDeviceObject)
        *PhysicalDeviceObject = stack ? stack->physical : NULL;
    if (FunctionalDeviceObject)
        *FunctionalDeviceObject = stack ? stack->functional : NULL;
    if (NextDeviceObject)
        *NextDeviceObject = stack ? stack->physical : NULL;
    if (AllocatedResources)
        *AllocatedResources = adapter ? adapter->raw_list : NULL;
    if (AllocatedResourcesTranslated)
        *AllocatedResourcesTranslated = adapter ? adapter->translated_list : NULL;
}
NT_EXPORT("ndis.sys", NdisMGetDeviceProperty);
