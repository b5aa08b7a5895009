/* SPDX-License-Identifier: MIT */
/* ddk_layout_620.c - the layouts of ndis/layout.h as an NDIS 620 driver's compiler sees them.
 *
 * All of the test is that this file compiles; the image has nothing to run. */
#define NDIS_MINIPORT_DRIVER 1
#define NDIS620_MINIPORT     1
#include <ndis.h>
#include <ndis/layout.h>

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_NOT_SUPPORTED;
}
