/* SPDX-License-Identifier: MIT */
/* device.h - control devices that a miniport or protocol driver creates beside its adapters.
 * WDK: "NdisRegisterDeviceEx", "NdisMRegisterDevice" (5.x). */
#ifndef DDK_NDIS_DEVICE_H
#define DDK_NDIS_DEVICE_H

#if NDIS_SUPPORT_NDIS6
typedef struct _NDIS_DEVICE_OBJECT_ATTRIBUTES {
    NDIS_OBJECT_HEADER Header; /* NDIS_OBJECT_TYPE_DEVICE_OBJECT_ATTRIBUTES */
    PNDIS_STRING DeviceName;
    PNDIS_STRING SymbolicName;
    PDRIVER_DISPATCH *MajorFunctions; /* IRP_MJ_MAXIMUM_FUNCTION + 1 of them */
    ULONG ExtensionSize;
    PCUNICODE_STRING DefaultSDDLString;
    LPCGUID DeviceClassGuid;
} NDIS_DEVICE_OBJECT_ATTRIBUTES, *PNDIS_DEVICE_OBJECT_ATTRIBUTES;

#define NDIS_DEVICE_OBJECT_ATTRIBUTES_REVISION_1 1
#define NDIS_SIZEOF_DEVICE_OBJECT_ATTRIBUTES_REVISION_1                                            \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_DEVICE_OBJECT_ATTRIBUTES, DeviceClassGuid)

NDISAPI NDIS_STATUS NTAPI NdisRegisterDeviceEx(
    _In_ NDIS_HANDLE NdisHandle, _In_ PNDIS_DEVICE_OBJECT_ATTRIBUTES DeviceObjectAttributes,
    _Out_ PDEVICE_OBJECT *pDeviceObject, _Out_ PNDIS_HANDLE NdisDeviceHandle);
NDISAPI VOID NTAPI NdisDeregisterDeviceEx(_In_ NDIS_HANDLE NdisDeviceHandle);
NDISAPI PVOID NTAPI NdisGetDeviceReservedExtension(_In_ PDEVICE_OBJECT DeviceObject);
#endif

#if NDIS_LEGACY_DRIVER
NDISAPI NDIS_STATUS NTAPI NdisMRegisterDevice(_In_ NDIS_HANDLE NdisWrapperHandle,
                                              _In_ PNDIS_STRING DeviceName,
                                              _In_ PNDIS_STRING SymbolicName,
                                              _In_ PDRIVER_DISPATCH MajorFunctions[],
                                              _Out_ PDEVICE_OBJECT *pDeviceObject,
                                              _Out_ NDIS_HANDLE *NdisDeviceHandle);
NDISAPI NDIS_STATUS NTAPI NdisMDeregisterDevice(_In_ NDIS_HANDLE NdisDeviceHandle);
#endif

#endif /* DDK_NDIS_DEVICE_H */
