/* SPDX-License-Identifier: MIT */
/* device_object.c - control devices: NdisRegisterDeviceEx, and NdisMRegisterDevice of NDIS 5.
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
    DRIVER_OBJECT *driver;
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
    DEVICE_OBJECT **link = &device->driver->DeviceObject;
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

static bool same_name(const DRIVER_OBJECT *driver, const NDIS_STRING *name)
{
    for (DEVICE_OBJECT *d = driver->DeviceObject; d; d = d->NextDevice) {
        struct extension *extension = d->DeviceExtension;
        if (ndis_handle_is(extension, DEVICE_MAGIC) &&
            RtlEqualUnicodeString(&extension->device->name, name, TRUE))
            return true;
    }
    return false;
}

NDIS_STATUS ndis_device_create(PDRIVER_OBJECT driver, const void *owner, const char *function,
                               const NDIS_STRING *name, const NDIS_STRING *link,
                               const PDRIVER_DISPATCH *major, ULONG extension_bytes,
                               PDEVICE_OBJECT *object, NDIS_HANDLE *handle)
{
    if (!major || !name) {
        violation(function, "%s: DeviceName and MajorFunctions must be given", function);
        return NDIS_STATUS_FAILURE;
    }
    if (major[IRP_MJ_PNP] || major[IRP_MJ_POWER])
        violation(function, "%s: a control device must not have a %s handler", function,
                  major[IRP_MJ_PNP] ? "PnP" : "power");
    if (same_name(driver, name))
        return (NDIS_STATUS)STATUS_OBJECT_NAME_COLLISION;

    struct ndis_device *device = calloc(1, sizeof(*device));
    if (!device)
        return NDIS_STATUS_RESOURCES;
    device->device =
        device_object_new(driver, sizeof(struct extension) + extension_bytes, FILE_DEVICE_NETWORK);
    if (!device->device || !copy_string(&device->name, name) || !copy_string(&device->link, link)) {
        nt_pool_free(device->device);
        free(device->name.Buffer);
        free(device);
        return NDIS_STATUS_RESOURCES;
    }
    device->magic = DEVICE_MAGIC;
    device->driver = driver;
    memcpy(device->major, major, sizeof(device->major));
    struct extension *extension = device->device->DeviceExtension;
    extension->magic = DEVICE_MAGIC;
    extension->device = device;
    device->device->NextDevice = driver->DeviceObject;
    driver->DeviceObject = device->device;
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        if (major[i])
            driver->MajorFunction[i] = dispatch;
    device->object.reclaim = device_free;
    ndis_object_add(&device->object, owner, kind_device, device, NDIS_OBJECT_STACK);
    *object = device->device;
    *handle = device;
    return NDIS_STATUS_SUCCESS;
}

bool ndis_device_destroy(NDIS_HANDLE handle, const char *function)
{
    if (!ndis_handle_is(handle, DEVICE_MAGIC)) {
        violation(function, "%s: %p is not the handle of a control device, or it is deregistered",
                  function, handle);
        return false;
    }
    device_free(&((struct ndis_device *)handle)->object);
    return true;
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
                           NDIS_OBJECT_TYPE_DEVICE_OBJECT_ATTRIBUTES, revisions, 1))
        return NDIS_STATUS_FAILURE;
    return ndis_device_create(driver->object, driver, __func__, attributes->DeviceName,
                              attributes->SymbolicName, attributes->MajorFunctions,
                              attributes->ExtensionSize, pDeviceObject, NdisDeviceHandle);
}
NT_EXPORT("ndis.sys", NdisRegisterDeviceEx);

VOID NTAPI NdisDeregisterDeviceEx(NDIS_HANDLE NdisDeviceHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    ndis_device_destroy(NdisDeviceHandle, __func__);
}
NT_EXPORT("ndis.sys", NdisDeregisterDeviceEx);

PVOID NTAPI NdisGetDeviceReservedExtension(PDEVICE_OBJECT DeviceObject)
{
    struct extension *extension = DeviceObject ? DeviceObject->DeviceExtension : NULL;
    return ndis_handle_is(extension, DEVICE_MAGIC) ? extension + 1 : NULL;
}
NT_EXPORT("ndis.sys", NdisGetDeviceReservedExtension);
