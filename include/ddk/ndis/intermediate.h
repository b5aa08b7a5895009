/* SPDX-License-Identifier: MIT */
/* intermediate.h - virtual miniports that an intermediate driver creates on top of its bindings.
 * WDK: "NdisIMInitializeDeviceInstanceEx", "NdisIMAssociateMiniport". */
#ifndef DDK_NDIS_INTERMEDIATE_H
#define DDK_NDIS_INTERMEDIATE_H

NDISAPI VOID NTAPI NdisIMAssociateMiniport(_In_ NDIS_HANDLE DriverHandle,
                                           _In_ NDIS_HANDLE ProtocolHandle);
NDISAPI NDIS_STATUS NTAPI NdisIMInitializeDeviceInstanceEx(_In_ NDIS_HANDLE DriverHandle,
                                                           _In_ PNDIS_STRING DriverInstance,
                                                           _In_opt_ NDIS_HANDLE DeviceContext);
#define NdisIMInitializeDeviceInstance(DriverHandle, DeviceInstance)                               \
    NdisIMInitializeDeviceInstanceEx(DriverHandle, DeviceInstance, NULL)
NDISAPI NDIS_STATUS NTAPI NdisIMCancelInitializeDeviceInstance(_In_ NDIS_HANDLE DriverHandle,
                                                               _In_ PNDIS_STRING DeviceInstance);
NDISAPI NDIS_STATUS NTAPI NdisIMDeInitializeDeviceInstance(_In_ NDIS_HANDLE NdisMiniportHandle);
NDISAPI NDIS_HANDLE NTAPI NdisIMGetBindingContext(_In_ NDIS_HANDLE NdisBindingHandle);
NDISAPI NDIS_HANDLE NTAPI NdisIMGetDeviceContext(_In_ NDIS_HANDLE MiniportAdapterHandle);
#if NDIS_LEGACY_DRIVER
NDISAPI VOID NTAPI NdisIMDeregisterLayeredMiniport(_In_ NDIS_HANDLE DriverHandle);
NDISAPI NDIS_STATUS NTAPI NdisIMNotifyPnPEvent(_In_ NDIS_HANDLE MiniportHandle,
                                               _In_ PNET_PNP_EVENT NetPnPEvent);
#endif

#endif /* DDK_NDIS_INTERMEDIATE_H */
