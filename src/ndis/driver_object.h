/* SPDX-License-Identifier: MIT */
/* driver_object.h - the DRIVER_OBJECT that DriverEntry receives.
 *
 * Lives in driver-visible memory, from before DriverEntry until after the driver's unload routine.
 */
#pragma once
#include "nt/wdk.h"
#include <stddef.h>

/* `name` is the service's name; `image` and `image_size` tell where the driver lies (may be 0).
 * NULL if memory ran out. PASSIVE_LEVEL. */
PDRIVER_OBJECT driver_object_create(const char *name, void *entry, const void *image,
                                    size_t image_size);
/* "\Registry\Machine\System\CurrentControlSet\Services\NAME"; valid as long as the object. */
PUNICODE_STRING driver_object_registry_path(PDRIVER_OBJECT object);
void driver_object_destroy(PDRIVER_OBJECT object);
