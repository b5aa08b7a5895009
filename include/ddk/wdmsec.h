/* SPDX-License-Identifier: MIT */
/* wdmsec.h - security descriptor strings for device objects (WDK: "SDDL for Device Objects").
 *
 * On Windows these constants come from the static library wdmsec.lib; here each file that uses one
 * brings it along. IoCreateDeviceSecure is that library's code too and is only declared: a driver
 * that calls it does not link without the library, rather than creating a device without its
 * security. */
#ifndef DDK_WDMSEC_H
#define DDK_WDMSEC_H

#define DDK_SDDL(Name, Text)                                                                       \
    static const UNICODE_STRING Name                                                               \
        __attribute__((unused)) = {sizeof(Text) - sizeof(WCHAR), sizeof(Text), (PWSTR)Text};

DDK_SDDL(SDDL_DEVOBJ_KERNEL_ONLY, L"D:P")
DDK_SDDL(SDDL_DEVOBJ_SYS_ALL, L"D:P(A;;GA;;;SY)")
DDK_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_ALL, L"D:P(A;;GA;;;SY)(A;;GA;;;BA)")
DDK_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RX, L"D:P(A;;GA;;;SY)(A;;GRGX;;;BA)")
DDK_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R, L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)")
DDK_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R_RES_R,
         L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)(A;;GR;;;RC)")
DDK_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RW_RES_R,
         L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GRGW;;;WD)(A;;GR;;;RC)")
DDK_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RWX_RES_RWX,
         L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GRGWGX;;;WD)(A;;GRGWGX;;;RC)")
#define SDDL_DEVOBJ_INF_SUPPLIED SDDL_DEVOBJ_KERNEL_ONLY

#define IoCreateDeviceSecure WdmlibIoCreateDeviceSecure
NTSTATUS NTAPI WdmlibIoCreateDeviceSecure(_In_ PDRIVER_OBJECT DriverObject,
                                          _In_ ULONG DeviceExtensionSize,
                                          _In_opt_ PUNICODE_STRING DeviceName,
                                          _In_ DEVICE_TYPE DeviceType,
                                          _In_ ULONG DeviceCharacteristics, _In_ BOOLEAN Exclusive,
                                          _In_ PCUNICODE_STRING DefaultSDDLString,
                                          _In_opt_ LPCGUID DeviceClassGuid,
                                          _Out_ PDEVICE_OBJECT *DeviceObject);

#endif /* DDK_WDMSEC_H */
