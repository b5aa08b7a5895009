/* SPDX-License-Identifier: MIT */
/* ddk_checked.c - a driver's checked build (DBG=1): the assertions, and the names that only
 * debugging code prints.
 *
 * All of the test is that this file compiles; the image has nothing to run. */
#define DBG                  1
#define NDIS_MINIPORT_DRIVER 1
#define NDIS51_MINIPORT      1
#include <ndis.h>

BOOLEAN Asserted(ULONG Value)
{
    ASSERT(Value != 1);
    ASSERTMSG("one", Value != 1);
    NT_ASSERT(Value != 2);
    NT_ASSERTMSG("two", Value != 2);
    NT_ASSERTMSGW(L"two", Value != 2);
    if (!NT_VERIFYMSG("three", Value != 3) || !NT_VERIFYMSGW(L"three", Value != 3))
        return FALSE;
    return NT_VERIFY(Value != 4);
}

PCSTR Named(ULONG Value)
{
    switch (Value) {
    case OID_GEN_FRIENDLY_NAME:
        return "OID_GEN_FRIENDLY_NAME";
    case OID_GEN_MINIPORT_INFO:
        return "OID_GEN_MINIPORT_INFO";
    case OID_GEN_RESET_VERIFY_PARAMETERS:
        return "OID_GEN_RESET_VERIFY_PARAMETERS";
    case NDIS_MINIPORT_BUS_MASTER | NDIS_MINIPORT_DESERIALIZE:
        return "a bus master";
    case NDIS_MINIPORT_IS_NDIS_5 | NDIS_MINIPORT_64BITS_DMA:
        return "of NDIS 5";
    default:
        return NULL;
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_NOT_SUPPORTED;
}
