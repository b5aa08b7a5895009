/* SPDX-License-Identifier: MIT */
/* device_stack.h - the device objects behind an adapter, and the bus driver at their bottom. */
#pragma once
#include "ndis/ndis_internal.h"

/* A DEVICE_OBJECT in driver-visible memory with an extension of so many bytes; nt_pool_free() frees
 * it. NULL if memory ran out. <= DISPATCH_LEVEL. */
DEVICE_OBJECT *device_object_new(DRIVER_OBJECT *driver, size_t extension, DEVICE_TYPE type);

/* Whose physical device object that is; NULL if it is none. */
struct ndis_adapter *device_stack_adapter(const DEVICE_OBJECT *device);

/* A control device of the driver, with copies of its names and dispatch routines; `owner` is whose
 * leak it is until ndis_device_destroy. `function` names the caller in reports. PASSIVE_LEVEL. */
NDIS_STATUS ndis_device_create(PDRIVER_OBJECT driver, const void *owner, const char *function,
                               const NDIS_STRING *name, const NDIS_STRING *link,
                               const PDRIVER_DISPATCH *major, ULONG extension_bytes,
                               PDEVICE_OBJECT *object, NDIS_HANDLE *handle);
/* False, after a violation that names `function`, if the handle is none. */
bool ndis_device_destroy(NDIS_HANDLE handle, const char *function);
