/* SPDX-License-Identifier: MIT */
/* driver_object.c - the DRIVER_OBJECT that DriverEntry receives.
 *
 * The I/O manager's side of loading a driver: an object with every member that drivers look at
 * (kernel: "DRIVER_OBJECT"), a service key path, and major functions that fail every IRP with
 * STATUS_INVALID_DEVICE_REQUEST until the driver or NDIS replaces them. */
#include "ndis/driver_object.h"
#include "nt/pool.h"
#include "nt/rtl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IO_TYPE_DRIVER_OBJECT 4 /* wdm.h: IO_TYPE_DRIVER */
/* As a started PnP driver shows: DRVO_LEGACY_RESOURCES and DRVO_INITIALIZED. */
#define DRIVER_OBJECT_FLAGS (0x02 | 0x10)
#define DRIVER_TAG          0x76697244u /* "Driv" */

struct driver_block {
    DRIVER_OBJECT object;
    DRIVER_EXTENSION extension;
    UNICODE_STRING registry_path, hardware_path;
};

static NTSTATUS NTAPI invalid_device_request(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    Irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    Irp->IoStatus.Information = 0;
    return STATUS_INVALID_DEVICE_REQUEST;
}

/* prefix + name as a counted string in pool; NULL Buffer if memory ran out. */
static void string_make(UNICODE_STRING *string, const char *prefix, const char *name)
{
    char *text = NULL;
    *string = (UNICODE_STRING){0};
    if (asprintf(&text, "%s%s", prefix, name) < 0)
        return;
    size_t chars;
    WCHAR *wide = rtl_utf16(text, &chars);
    free(text);
    if (!wide)
        return;
    size_t bytes = chars * sizeof(WCHAR);
    if (bytes < 0xfffe)
        string->Buffer = nt_pool_alloc_system(bytes + sizeof(WCHAR), DRIVER_TAG);
    if (string->Buffer) {
        memcpy(string->Buffer, wide, bytes + sizeof(WCHAR));
        string->Length = (USHORT)bytes;
        string->MaximumLength = (USHORT)(bytes + sizeof(WCHAR));
    }
    free(wide);
}

PDRIVER_OBJECT driver_object_create(const char *name, void *entry, const void *image,
                                    size_t image_size)
{
    struct driver_block *block = nt_pool_alloc_system(sizeof(*block), DRIVER_TAG);
    if (!block)
        return NULL;
    memset(block, 0, sizeof(*block));
    DRIVER_OBJECT *object = &block->object;
    object->Type = IO_TYPE_DRIVER_OBJECT;
    object->Size = sizeof(DRIVER_OBJECT);
    object->Flags = DRIVER_OBJECT_FLAGS;
    object->DriverStart = (void *)image;
    object->DriverSize = (ULONG)image_size;
    object->DriverInit = entry;
    object->DriverExtension = &block->extension;
    block->extension.DriverObject = object;
    string_make(&object->DriverName, "\\Driver\\", name);
    string_make(&block->extension.ServiceKeyName, "", name);
    string_make(&block->hardware_path, "\\REGISTRY\\MACHINE\\HARDWARE\\DESCRIPTION\\SYSTEM", "");
    object->HardwareDatabase = &block->hardware_path;
    string_make(&block->registry_path, "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\",
                name);
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        object->MajorFunction[i] = invalid_device_request;
    if (!object->DriverName.Buffer || !block->extension.ServiceKeyName.Buffer ||
        !block->hardware_path.Buffer || !block->registry_path.Buffer) {
        driver_object_destroy(object);
        return NULL;
    }
    return object;
}

PUNICODE_STRING driver_object_registry_path(PDRIVER_OBJECT object)
{
    return &CONTAINING_RECORD(object, struct driver_block, object)->registry_path;
}

void driver_object_destroy(PDRIVER_OBJECT object)
{
    struct driver_block *block = CONTAINING_RECORD(object, struct driver_block, object);
    nt_pool_free(object->DriverName.Buffer);
    nt_pool_free(block->extension.ServiceKeyName.Buffer);
    nt_pool_free(block->hardware_path.Buffer);
    nt_pool_free(block->registry_path.Buffer);
    nt_pool_free(block);
}
