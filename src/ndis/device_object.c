/* SPDX-License-Identifier: MIT */
/* device_object.c - control devices (NdisRegisterDeviceEx), and the device objects behind an
 * adapter.
 *
 * A control device shares the driver's DRIVER_OBJECT. IRPs reach it through that object's major
 * functions, which NDIS points to itself and forwards to those of the device. */
#include "ndis/device_stack.h"
#include "ndis/objects.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICE_MAGIC 0x5645444eu /* "NDEV" */

static const char kind_device[] = "device object";

struct ndis_device {
    uint32_t magic;
    struct ndis_object object;
    DEVICE_OBJECT *device;
    struct ndis_driver *driver;
    NDIS_STRING name, link; /* copies */
    PDRIVER_DISPATCH major[IRP_MJ_MAXIMUM_FUNCTION + 1];
};

/* What DeviceExtension points to; the driver's reserved extension follows. */
struct extension {
    uint64_t magic;
    struct ndis_device *device;
};

static NTSTATUS NTAPI dispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    struct extension *extension = DeviceObject->DeviceExtension;
    UCHAR major = IoGetCurrentIrpStackLocation(Irp)->MajorFunction;
    if (ndis_handle_is(extension, DEVICE_MAGIC) && major <= IRP_MJ_MAXIMUM_FUNCTION &&
        extension->device->major[major])
        return (NTSTATUS)DRIVER_CALL(extension->device->major[major], DeviceObject, Irp);
    Irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    Irp->IoStatus.Information = 0;
    IofCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_INVALID_DEVICE_REQUEST;
}

static bool copy_string(NDIS_STRING *to, const NDIS_STRING *from)
{
    if (!from || !from->Length)
        return true;
    to->Buffer = malloc(from->Length);
    if (!to->Buffer)
        return false;
    memcpy(to->Buffer, from->Buffer, from->Length);
    to->Length = to->MaximumLength = from->Length;
    return true;
}

static void device_free(struct ndis_object *object)
{
    struct ndis_device *device =
        (struct ndis_device *)((char *)object - offsetof(struct ndis_device, object));
    ndis_object_remove(object);
    DEVICE_OBJECT **link = &device->driver->object->DeviceObject;
    while (*link && *link != device->device)
        link = &(*link)->NextDevice;
    if (*link)
        *link = device->device->NextDevice;
    nt_pool_free(device->device);
    free(device->name.Buffer);
    free(device->link.Buffer);
    device->magic = 0;
    free(device);
}

static bool same_name(const struct ndis_driver *driver, const NDIS_STRING *name)
{
    for (DEVICE_OBJECT *d = driver->object->DeviceObject; d; d = d->NextDevice) {
        struct extension *extension = d->DeviceExtension;
        if (ndis_handle_is(extension, DEVICE_MAGIC) &&
            RtlEqualUnicodeString(&extension->device->name, name, TRUE))
            return true;
    }
    return false;
}

NDIS_STATUS NTAPI NdisRegisterDeviceEx(NDIS_HANDLE NdisHandle,
                                       PNDIS_DEVICE_OBJECT_ATTRIBUTES DeviceObjectAttributes,
                                       PDEVICE_OBJECT *pDeviceObject, PNDIS_HANDLE NdisDeviceHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    static const struct ndis_revision revisions[] = {
        {NDIS_DEVICE_OBJECT_ATTRIBUTES_REVISION_1,
         NDIS_SIZEOF_DEVICE_OBJECT_ATTRIBUTES_REVISION_1}};
    NDIS_DEVICE_OBJECT_ATTRIBUTES *attributes = DeviceObjectAttributes;
    *pDeviceObject = NULL;
    *NdisDeviceHandle = NULL;
    /* The page wants the driver's handle. Windows takes an adapter's too, and drivers rely on it.
     */
    struct ndis_driver *driver = ndis_is_adapter(NdisHandle)
                                     ? ((struct ndis_adapter *)NdisHandle)->driver
                                     : ndis_driver_from_handle(NdisHandle, __func__);
    RULE("NdisRegisterDeviceEx", !ndis_is_adapter(NdisHandle),
         "NdisRegisterDeviceEx: NdisHandle is the adapter's; it is to be the one from "
         "NdisMRegisterMiniportDriver");
    if (!driver || !driver->object)
        return NDIS_STATUS_NOT_SUPPORTED;
    if (!ndis_header_check(&attributes->Header, "NDIS_DEVICE_OBJECT_ATTRIBUTES",
                           NDIS_OBJECT_TYPE_DEVICE_OBJECT_ATTRIBUTES, revisions, 1) ||
        !RULE("NdisRegisterDeviceEx", attributes->MajorFunctions && attributes->DeviceName,
              "NdisRegisterDeviceEx: DeviceName and MajorFunctions must be given"))
        return NDIS_STATUS_FAILURE;
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        RULE("NdisRegisterDeviceEx",
             (i != IRP_MJ_PNP && i != IRP_MJ_POWER) || !attributes->MajorFunctions[i],
             "NdisRegisterDeviceEx: a control device must not have a PnP or power handler (major "
             "0x%x)",
             i);
    if (same_name(driver, attributes->DeviceName))
        return (NDIS_STATUS)STATUS_OBJECT_NAME_COLLISION;

    struct ndis_device *device = calloc(1, sizeof(*device));
    if (!device)
        return NDIS_STATUS_RESOURCES;
    device->device = device_object_new(
        driver->object, sizeof(struct extension) + attributes->ExtensionSize, FILE_DEVICE_NETWORK);
    if (!device->device || !copy_string(&device->name, attributes->DeviceName) ||
        !copy_string(&device->link, attributes->SymbolicName)) {
        nt_pool_free(device->device);
        free(device->name.Buffer);
        free(device);
        return NDIS_STATUS_RESOURCES;
    }
    device->magic = DEVICE_MAGIC;
    device->driver = driver;
    memcpy(device->major, attributes->MajorFunctions, sizeof(device->major));
    struct extension *extension = device->device->DeviceExtension;
    extension->magic = DEVICE_MAGIC;
    extension->device = device;
    device->device->NextDevice = driver->object->DeviceObject;
    driver->object->DeviceObject = device->device;
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        if (attributes->MajorFunctions[i])
            driver->object->MajorFunction[i] = dispatch;
    device->object.reclaim = device_free;
    ndis_object_add(&device->object, driver, kind_device, device, NDIS_OBJECT_STACK);
    *pDeviceObject = device->device;
    *NdisDeviceHandle = device;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisRegisterDeviceEx);

VOID NTAPI NdisDeregisterDeviceEx(NDIS_HANDLE NdisDeviceHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    if (RULE("NdisDeregisterDeviceEx", ndis_handle_is(NdisDeviceHandle, DEVICE_MAGIC),
             "NdisDeregisterDeviceEx: %p is not a handle from NdisRegisterDeviceEx, or is "
             "deregistered",
             NdisDeviceHandle))
        device_free(&((struct ndis_device *)NdisDeviceHandle)->object);
}
NT_EXPORT("ndis.sys", NdisDeregisterDeviceEx);

PVOID NTAPI NdisGetDeviceReservedExtension(PDEVICE_OBJECT DeviceObject)
{
    struct extension *extension = DeviceObject ? DeviceObject->DeviceExtension : NULL;
    return ndis_handle_is(extension, DEVICE_MAGIC) ? extension + 1 : NULL;
}
NT_EXPORT("ndis.sys", NdisGetDeviceReservedExtension);
