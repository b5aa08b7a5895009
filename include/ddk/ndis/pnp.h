/* SPDX-License-Identifier: MIT */
/* pnp.h - Plug and Play and power, as NDIS tells a driver about them.
 *
 * Included before miniport.h: the event types are parameters of its handlers. WDK:
 * "NET_DEVICE_PNP_EVENT", "NDIS_MINIPORT_PNP_CHARACTERISTICS", "NET_PNP_EVENT". */
#ifndef DDK_NDIS_PNP_H
#define DDK_NDIS_PNP_H

typedef enum _NDIS_DEVICE_PNP_EVENT {
    NdisDevicePnPEventQueryRemoved,
    NdisDevicePnPEventRemoved,
    NdisDevicePnPEventSurpriseRemoved,
    NdisDevicePnPEventQueryStopped,
    NdisDevicePnPEventStopped,
    NdisDevicePnPEventPowerProfileChanged,
#if NDIS_SUPPORT_NDIS6 && !DDK_HALF_PORTED
    NdisDevicePnPEventFilterListChanged,
#endif
    NdisDevicePnPEventMaximum
} NDIS_DEVICE_PNP_EVENT,
    *PNDIS_DEVICE_PNP_EVENT;

#if DDK_HALF_PORTED /* as NdisRequestMethod in ntddndis.h */
#define NdisDevicePnPEventFilterListChanged                                                        \
    ((NDIS_DEVICE_PNP_EVENT)(NdisDevicePnPEventPowerProfileChanged + 1))
#endif

/* Buffer of NdisDevicePnPEventPowerProfileChanged. */
typedef enum _NDIS_POWER_PROFILE {
    NdisPowerProfileBattery,
    NdisPowerProfileAcOnLine
} NDIS_POWER_PROFILE,
    *PNDIS_POWER_PROFILE;

/* Flags of NDIS_PNP_CAPABILITIES and values of the PnPCapabilities keyword. */
#define NDIS_DEVICE_NOT_STOPPABLE                 0x00000001
#define NDIS_DEVICE_NOT_REMOVEABLE                0x00000002
#define NDIS_DEVICE_NOT_SUSPENDABLE               0x00000004
#define NDIS_DEVICE_DISABLE_PM                    0x00000008
#define NDIS_DEVICE_DISABLE_WAKE_UP               0x00000010
#define NDIS_DEVICE_DISABLE_WAKE_ON_RECONNECT     0x00000020
#define NDIS_DEVICE_RESERVED                      0x00000040
#define NDIS_DEVICE_DISABLE_WAKE_ON_MAGIC_PACKET  0x00000080
#define NDIS_DEVICE_DISABLE_WAKE_ON_PATTERN_MATCH 0x00000100

#ifndef __NET_PNP__
#define __NET_PNP__
typedef enum _NET_DEVICE_POWER_STATE {
    NetDeviceStateUnspecified,
    NetDeviceStateD0,
    NetDeviceStateD1,
    NetDeviceStateD2,
    NetDeviceStateD3,
    NetDeviceStateMaximum
} NET_DEVICE_POWER_STATE,
    *PNET_DEVICE_POWER_STATE;

typedef enum _NET_PNP_EVENT_CODE {
    NetEventSetPower,
    NetEventQueryPower,
    NetEventQueryRemoveDevice,
    NetEventCancelRemoveDevice,
    NetEventReconfigure,
    NetEventBindList,
    NetEventBindsComplete,
    NetEventPnPCapabilities,
    NetEventPause,
    NetEventRestart,
    NetEventPortActivation,
    NetEventPortDeactivation,
    NetEventIMReEnableDevice,
    NetEventNDKEnable,
    NetEventNDKDisable,
    NetEventFilterPreDetach,
    NetEventBindFailed,
    NetEventSwitchActivate,
    NetEventAllowBindsAbove,
    NetEventInhibitBindsAbove,
    NetEventAllowStart,
    NetEventRequirePause,
    NetEventMaximum
} NET_PNP_EVENT_CODE,
    *PNET_PNP_EVENT_CODE;

typedef struct _NET_PNP_EVENT {
    NET_PNP_EVENT_CODE NetEvent;
    PVOID Buffer;
    ULONG BufferLength;
    ULONG_PTR NdisReserved[4];
    ULONG_PTR TransportReserved[4];
    ULONG_PTR TdiReserved[4];
    ULONG_PTR TdiClientReserved[4];
} NET_PNP_EVENT, *PNET_PNP_EVENT;
#endif

#if NDIS_SUPPORT_NDIS6

typedef struct _NET_DEVICE_PNP_EVENT {
    NDIS_OBJECT_HEADER Header;
    NDIS_PORT_NUMBER PortNumber;
    DDK_ENUM_6(NDIS_DEVICE_PNP_EVENT) DevicePnPEvent;
    PVOID InformationBuffer;
    ULONG InformationBufferLength;
    UCHAR NdisReserved[2 * sizeof(PVOID)];
} NET_DEVICE_PNP_EVENT, *PNET_DEVICE_PNP_EVENT;

#define NET_DEVICE_PNP_EVENT_REVISION_1 1
#define NDIS_SIZEOF_NET_DEVICE_PNP_EVENT_REVISION_1                                                \
    RTL_SIZEOF_THROUGH_FIELD(NET_DEVICE_PNP_EVENT, NdisReserved)

typedef struct _NET_PNP_EVENT_NOTIFICATION {
    NDIS_OBJECT_HEADER Header;
    NDIS_PORT_NUMBER PortNumber;
    NET_PNP_EVENT NetPnPEvent;
} NET_PNP_EVENT_NOTIFICATION, *PNET_PNP_EVENT_NOTIFICATION;

#define NET_PNP_EVENT_NOTIFICATION_REVISION_1 1
#define NDIS_SIZEOF_NET_PNP_EVENT_NOTIFICATION_REVISION_1                                          \
    RTL_SIZEOF_THROUGH_FIELD(NET_PNP_EVENT_NOTIFICATION, NetPnPEvent)

NDISAPI NDIS_STATUS NTAPI NdisMNetPnPEvent(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                           _In_ PNET_PNP_EVENT_NOTIFICATION NetPnPEvent);

/* Optional handlers of a miniport that takes part in PnP itself (for its resource list). */
typedef NDIS_STATUS(NTAPI MINIPORT_ADD_DEVICE)(_In_ NDIS_HANDLE NdisMiniportHandle,
                                               _In_ NDIS_HANDLE MiniportDriverContext);
typedef MINIPORT_ADD_DEVICE(*MINIPORT_ADD_DEVICE_HANDLER);
typedef VOID(NTAPI MINIPORT_REMOVE_DEVICE)(_In_ NDIS_HANDLE MiniportAddDeviceContext);
typedef MINIPORT_REMOVE_DEVICE(*MINIPORT_REMOVE_DEVICE_HANDLER);
typedef NDIS_STATUS(NTAPI MINIPORT_PNP_IRP)(_In_ NDIS_HANDLE MiniportAddDeviceContext,
                                            _In_ PIRP Irp);
typedef MINIPORT_PNP_IRP(*MINIPORT_PNP_IRP_HANDLER);
typedef MINIPORT_PNP_IRP MINIPORT_START_DEVICE, MINIPORT_FILTER_RESOURCE_REQUIREMENTS;
typedef MINIPORT_PNP_IRP(*MINIPORT_START_DEVICE_HANDLER);
typedef MINIPORT_PNP_IRP(*MINIPORT_FILTER_RESOURCE_REQUIREMENTS_HANDLER);

typedef struct _NDIS_MINIPORT_PNP_CHARACTERISTICS {
    NDIS_OBJECT_HEADER Header; /* NDIS_OBJECT_TYPE_MINIPORT_PNP_CHARACTERISTICS */
    MINIPORT_ADD_DEVICE_HANDLER MiniportAddDeviceHandler;
    MINIPORT_REMOVE_DEVICE_HANDLER MiniportRemoveDeviceHandler;
    MINIPORT_FILTER_RESOURCE_REQUIREMENTS_HANDLER MiniportFilterResourceRequirementsHandler;
    MINIPORT_START_DEVICE_HANDLER MiniportStartDeviceHandler;
    ULONG Flags;
} NDIS_MINIPORT_PNP_CHARACTERISTICS, *PNDIS_MINIPORT_PNP_CHARACTERISTICS;

#define NDIS_MINIPORT_PNP_CHARACTERISTICS_REVISION_1 1
#define NDIS_SIZEOF_MINIPORT_PNP_CHARACTERISTICS_REVISION_1                                        \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_MINIPORT_PNP_CHARACTERISTICS, Flags)

#if NDIS_SUPPORT_NDIS630
/* Selective suspend. */
typedef NDIS_STATUS(NTAPI MINIPORT_IDLE_NOTIFICATION)(_In_ NDIS_HANDLE MiniportAdapterContext,
                                                      _In_ BOOLEAN ForceIdle);
typedef MINIPORT_IDLE_NOTIFICATION(*MINIPORT_IDLE_NOTIFICATION_HANDLER);
typedef VOID(NTAPI MINIPORT_CANCEL_IDLE_NOTIFICATION)(_In_ NDIS_HANDLE MiniportAdapterContext);
typedef MINIPORT_CANCEL_IDLE_NOTIFICATION(*MINIPORT_CANCEL_IDLE_NOTIFICATION_HANDLER);

typedef struct _NDIS_MINIPORT_SS_CHARACTERISTICS {
    NDIS_OBJECT_HEADER Header;
    ULONG Flags;
    MINIPORT_IDLE_NOTIFICATION_HANDLER IdleNotificationHandler;
    MINIPORT_CANCEL_IDLE_NOTIFICATION_HANDLER CancelIdleNotificationHandler;
} NDIS_MINIPORT_SS_CHARACTERISTICS, *PNDIS_MINIPORT_SS_CHARACTERISTICS;

#define NDIS_MINIPORT_SS_CHARACTERISTICS_REVISION_1 1
#define NDIS_SIZEOF_MINIPORT_SS_CHARACTERISTICS_REVISION_1                                         \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_MINIPORT_SS_CHARACTERISTICS, CancelIdleNotificationHandler)

NDISAPI VOID NTAPI NdisMIdleNotificationConfirm(_In_ NDIS_HANDLE MiniportAdapterHandle,
                                                _In_ NDIS_DEVICE_POWER_STATE IdlePowerState);
NDISAPI VOID NTAPI NdisMIdleNotificationComplete(_In_ NDIS_HANDLE MiniportAdapterHandle);
#endif

#endif /* NDIS_SUPPORT_NDIS6 */

/* Removal that the driver itself asks for: its adapter failed. NDIS 5.1 has it too. */
NDISAPI NDIS_STATUS NTAPI NdisMRemoveMiniport(_In_ NDIS_HANDLE MiniportAdapterHandle);

#endif /* DDK_NDIS_PNP_H */
