/* SPDX-License-Identifier: MIT */
/* device_stack.h - the device objects behind an adapter, and the bus driver at their bottom. */
#pragma once
#include "ndis/ndis_internal.h"

/* A DEVICE_OBJECT in driver-visible memory with an extension of so many bytes; nt_pool_free() frees
 * it. NULL if memory ran out. <= DISPATCH_LEVEL. */
DEVICE_OBJECT *device_object_new(DRIVER_OBJECT *driver, size_t extension, DEVICE_TYPE type);

/* Whose physical device object that is; NULL if it is none. */
struct ndis_adapter *device_stack_adapter(const DEVICE_OBJECT *device);
