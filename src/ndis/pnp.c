/* SPDX-License-Identifier: MIT */
/* pnp.c - Plug and Play and power events of an adapter: notifications, surprise removal, sleep and
 * wake. */
#include "ndis/ndis_internal.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void notify(struct ndis_adapter *adapter, NDIS_DEVICE_PNP_EVENT event, const void *info,
                   ULONG info_length)
{
    if (adapter->driver->legacy) {
        void *copy = info_length ? nt_pool_alloc_system(info_length, NDIS_TAG) : NULL;
        if (copy)
            memcpy(copy, info, info_length);
        if (copy || !info_length)
            adapter->driver->legacy->notify(adapter, event, copy, info_length);
        nt_pool_free(copy);
        return;
    }
    NET_DEVICE_PNP_EVENT *notice = nt_pool_alloc_system(sizeof(*notice) + info_length, NDIS_TAG);
    if (!notice)
        return;
    memset(notice, 0, sizeof(*notice));
    ndis_header_set(&notice->Header, NDIS_OBJECT_TYPE_DEFAULT, NET_DEVICE_PNP_EVENT_REVISION_1,
                    NDIS_SIZEOF_NET_DEVICE_PNP_EVENT_REVISION_1);
    notice->DevicePnPEvent = event;
    if (info_length) {
        notice->InformationBuffer = notice + 1;
        notice->InformationBufferLength = info_length;
        memcpy(notice + 1, info, info_length);
    }
    DRIVER_CALL(adapter->driver->chars.DevicePnPEventNotifyHandler, adapter->context, notice);
    nt_pool_free(notice);
}

/* After initialization and after power came back (MiniportDevicePnPEventNotify, Remarks). */
void ndis_notify_power_profile(struct ndis_adapter *adapter)
{
    ULONG profile = NdisPowerProfileAcOnLine;
    notify(adapter, NdisDevicePnPEventPowerProfileChanged, &profile, sizeof(profile));
}

void ndis_adapter_surprise_remove(struct ndis_adapter *adapter)
{
    /* The hardware goes first, and without asking. */
    if (adapter->device)
        pci_surprise_remove(adapter->device);
    ndis_lifecycle_enter(adapter);
    enum ndis_adapter_state state = ndis_state(adapter);
    adapter->removed_surprise = true;
    ndis_hang_checks_arm(adapter, false);
    if (state == NDIS_RUNNING || state == NDIS_PAUSED) {
        notify(adapter, NdisDevicePnPEventSurpriseRemoved, NULL, 0);
        /* A halted adapter is not paused again. */
        ndis_stop_locked(adapter, NdisHaltDeviceSurpriseRemoved); /* */
    }
    ndis_lifecycle_leave(adapter);
}

static NDIS_STATUS set_power(struct ndis_adapter *adapter, NDIS_DEVICE_POWER_STATE power)
{
    NDIS_STATUS status = ndis_oid_driver(adapter, NdisRequestSetInformation, OID_PNP_SET_POWER,
                                         &power, sizeof(power), 0, NULL);
    RULE("R-296", status == NDIS_STATUS_SUCCESS,
         "OID_PNP_SET_POWER (to D%d) failed with status 0x%08x; it must not be failed",
         power - NdisDeviceStateD0, (unsigned)status);
    return status;
}

/* Before NDIS 6 a driver is asked first, and may not object (NDIS 5.1, "OID_PNP_QUERY_POWER"). */
static void query_power(struct ndis_adapter *adapter, NDIS_DEVICE_POWER_STATE power)
{
    if (!adapter->driver->legacy)
        return;
    NDIS_STATUS status = ndis_oid_driver(adapter, NdisRequestQueryInformation, OID_PNP_QUERY_POWER,
                                         &power, sizeof(power), 0, NULL);
    RULE("OID_PNP_QUERY_POWER", status == NDIS_STATUS_SUCCESS,
         "OID_PNP_QUERY_POWER (for D%d) failed with status 0x%08x; it must not be failed",
         power - NdisDeviceStateD0, (unsigned)status);
}

/* The bus driver's part: after the driver is ready for D3, and before it hears of D0. A function
 * without power management stays as it is. */
static void set_bus_power(struct ndis_adapter *adapter, unsigned state)
{
    if (adapter->device && !adapter->removed_surprise)
        pci_power_set(adapter->device, state);
}

void ndis_power_up(struct ndis_adapter *adapter)
{
    set_bus_power(adapter, 0);
    if (!adapter->removed_surprise)
        set_power(adapter, NdisDeviceStateD0);
    adapter->low_power = false;
}

/* PowerManagementCapabilities or its successor says that the driver manages power; others are
 * halted. */
static bool manages_power(const struct ndis_adapter *adapter)
{
    return adapter->general.PowerManagementCapabilities ||
           adapter->general.PowerManagementCapabilitiesEx ||
           (adapter->registration.AttributeFlags & NDIS_MINIPORT_ATTRIBUTES_NO_HALT_ON_SUSPEND);
}

int ndis_adapter_sleep(struct ndis_adapter *adapter)
{
    int error = 0;
    ndis_lifecycle_enter(adapter);
    enum ndis_adapter_state state = ndis_state(adapter);
    if ((state != NDIS_RUNNING && state != NDIS_PAUSED) || adapter->low_power) {
        error = -EINVAL;
    } else if (!manages_power(adapter)) {
        ndis_stop_locked(adapter, NdisHaltDevicePoweredDown);
        adapter->low_power = true;
        set_bus_power(adapter, 3);
    } else {
        bool keep_running =
            ndis_driver_at_least(adapter->driver, 6, 30) && /* */
            (adapter->registration.AttributeFlags & NDIS_MINIPORT_ATTRIBUTES_NO_PAUSE_ON_SUSPEND);
        if (state == NDIS_RUNNING) {
            if (keep_running)
                ndis_data_path_quiesce(adapter);
            else
                ndis_do_pause(adapter);
        }
        ndis_hang_checks_arm(adapter, false);
        query_power(adapter, NdisDeviceStateD3);
        if (set_power(adapter, NdisDeviceStateD3) == NDIS_STATUS_SUCCESS) {
            adapter->low_power = true;
            set_bus_power(adapter, 3); /* registers no longer answer */
        } else {
            error = -EIO;
        }
    }
    ndis_lifecycle_leave(adapter);
    return error;
}

/* The adapter was halted for the time of the sleep: start it again. */
static int resume_halted(struct ndis_adapter *adapter)
{
    char err[160];
    adapter->resuming = true; /* */
    int error = ndis_start_locked(adapter, err, sizeof(err));
    adapter->resuming = false;
    return error ? -EIO : 0;
}

int ndis_adapter_wake(struct ndis_adapter *adapter)
{
    int error = 0;
    ndis_lifecycle_enter(adapter);
    if (adapter->low_power)
        set_bus_power(adapter, 0);
    if (!adapter->low_power) {
        error = -EINVAL;
    } else if (ndis_state(adapter) == NDIS_HALTED) {
        adapter->low_power = false;
        error = resume_halted(adapter);
    } else {
        if (set_power(adapter, NdisDeviceStateD0) != NDIS_STATUS_SUCCESS)
            error = -EIO;
        adapter->low_power = false;
        if (!error) {
            ndis_notify_power_profile(adapter);
            ndis_hang_checks_arm(adapter, true);
            if (ndis_state(adapter) == NDIS_RUNNING)
                ndis_data_path_resume(adapter);
            else if (ndis_do_restart(adapter) != NDIS_STATUS_SUCCESS)
                error = -EIO;
        }
    }
    ndis_lifecycle_leave(adapter);
    return error;
}
