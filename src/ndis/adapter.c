/* SPDX-License-Identifier: MIT */
/* adapter.c - adapters: AddDevice to RemoveDevice, and the public operations on them (ndis.h).
 *
 * The order of a start is Windows': MiniportAddDevice, MiniportFilterResourceRequirements,
 * MiniportStartDevice, MiniportInitializeEx, MiniportDevicePnPEventNotify, the requests of a
 * protocol that binds, MiniportRestart (network: "MSI-X Pre-Registration", "Initializing a Miniport
 * Adapter"). */
#include "ndis/ndis_internal.h"
#include "ndis/interrupt.h"
#include "ndis/objects.h"
#include "nt/machine.h"
#include "nt/opaque.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ndis_state_name(enum ndis_adapter_state state)
{
    static const char *const names[] = {"Halted",  "Initializing", "Paused",  "Restarting",
                                        "Running", "Pausing",      "Halting", "Shutdown"};
    return (unsigned)state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

static void pending_init(struct ndis_pending *pending)
{
    event_init(&pending->done, true, false);
    pending->state = NDIS_PENDING_IDLE;
}

static struct ndis_adapter *adapter_create(struct ndis_driver *driver,
                                           struct pci_function *function,
                                           const struct ndis_adapter_config *config)
{
    static unsigned next_index = 1;
    struct ndis_adapter *adapter = opaque_alloc(sizeof(*adapter));
    if (!adapter)
        return NULL;
    adapter->magic = NDIS_ADAPTER_MAGIC;
    adapter->driver = driver;
    adapter->device = function;
    adapter->state = NDIS_HALTED;
    adapter->driver_key = config->driver_key;
    adapter->hardware_key = config->hardware_key;
    adapter->wish = config->interrupt;
    adapter->addressing = config->addressing;
    adapter->sending = config->sending;
    if (!adapter->sending.buffers)
        adapter->sending.buffers = NDIS_BUFFERS;
    if (!adapter->sending.sends)
        adapter->sending.sends = NDIS_SENDS;
    adapter->if_index = __atomic_fetch_add(&next_index, 1, __ATOMIC_RELAXED);
    adapter->luid.Info.NetLuidIndex = adapter->if_index;
    adapter->luid.Info.IfType = 6; /* ethernetCsmacd (IANA ifType) */
    event_init(&adapter->lifecycle, false, true);
    event_init(&adapter->keeper_wake, false, false);
    event_init(&adapter->link_event, true, false);
    pending_init(&adapter->pause);
    pending_init(&adapter->restart);
    pending_init(&adapter->reset);
    ndis_oid_init(adapter);
    return adapter;
}

char *ndis_adapter_device_name(const struct ndis_adapter *adapter)
{
    char *id = adapter->driver_key ? registry_get_string(adapter->driver_key, "NetCfgInstanceId")
                                   : NULL;
    char *name = NULL;
    if (asprintf(&name, "\\DEVICE\\%s", id ? id : "{00000000-0000-0000-0000-000000000000}") < 0)
        name = NULL;
    free(id);
    return name;
}

static void adapter_free(struct ndis_adapter *adapter)
{
    ndis_keeper_stop(adapter);
    ndis_data_path_destroy(adapter);
    ndis_attributes_clear(adapter);
    ndis_interrupt_forget(adapter);
    ndis_adapter_unlink(adapter);
    if (adapter->driver->legacy)
        adapter->driver->legacy->destroy(adapter);
    adapter->magic = 0;
    opaque_free(adapter);
}

struct ndis_adapter *ndis_adapter_add(struct ndis_driver *driver, struct pci_function *function,
                                      const struct ndis_adapter_config *config, char *err,
                                      size_t err_len)
{
    struct ndis_adapter *adapter = adapter_create(driver, function, config);
    if (!adapter || ndis_data_path_create(adapter) != 0) {
        opaque_free(adapter);
        snprintf(err, err_len, "not enough memory for an adapter");
        return NULL;
    }
    if (driver->legacy && !driver->legacy->create(adapter)) {
        driver->legacy->destroy(adapter);
        ndis_data_path_destroy(adapter);
        opaque_free(adapter);
        snprintf(err, err_len, "not enough memory for an adapter");
        return NULL;
    }
    ndis_adapter_link(adapter);
    if (!ndis_keeper_start(adapter)) {
        snprintf(err, err_len, "not enough memory for the adapter's thread");
        adapter_free(adapter);
        return NULL;
    }
    if (driver->pnp.MiniportAddDeviceHandler) {
        adapter->add_thread = thread_current();
        NDIS_STATUS status = (NDIS_STATUS)DRIVER_CALL(driver->pnp.MiniportAddDeviceHandler, adapter,
                                                      driver->context); /* */
        adapter->add_thread = NULL;
        if (status != NDIS_STATUS_SUCCESS) { /* */
            snprintf(err, err_len, "MiniportAddDevice failed with status 0x%08x%s",
                     (unsigned)status, ndis_status_suffix(status));
            adapter_free(adapter);
            return NULL;
        }
        RULE("R-223", adapter->attributes_set & NDIS_SET_ADD_DEVICE,
             "MiniportAddDevice succeeded without setting "
             "NDIS_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES");
    }
    adapter->added = true;
    return adapter;
}

/* With lifecycle held. A failure halts what was initialized. */
int ndis_start_locked(struct ndis_adapter *adapter, char *err, size_t err_len)
{
    int error = ndis_resources_start(adapter, err, err_len);
    if (error)
        return error;
    NDIS_STATUS status = ndis_do_initialize(adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        snprintf(err, err_len, "MiniportInitialize%s failed with status 0x%08x%s",
                 ndis_ex(adapter), (unsigned)status, ndis_status_suffix(status));
        ndis_resources_release(adapter);
        return -EIO;
    }
    ndis_hang_checks_arm(adapter, true);
    ndis_notify_power_profile(adapter);
    ndis_bind(adapter);
    status = ndis_do_restart(adapter);
    if (status != NDIS_STATUS_SUCCESS) {
        snprintf(err, err_len, "MiniportRestart failed with status 0x%08x%s", (unsigned)status,
                 ndis_status_suffix(status));
        ndis_hang_checks_arm(adapter, false);
        adapter->halting_from_start = true;
        ndis_do_halt(adapter, NdisHaltDeviceInitializationFailed);
        adapter->halting_from_start = false;
        ndis_resources_release(adapter);
        return -EIO;
    }
    ndis_bind_running(adapter);
    return 0;
}

int ndis_adapter_start(struct ndis_adapter *adapter, char *err, size_t err_len)
{
    ndis_lifecycle_enter(adapter);
    int error = -EINVAL;
    if (ndis_state(adapter) != NDIS_HALTED || adapter->removed_surprise)
        snprintf(err, err_len, "the adapter is %s",
                 adapter->removed_surprise ? "gone" : ndis_state_name(ndis_state(adapter)));
    else
        error = ndis_start_locked(adapter, err, err_len);
    ndis_lifecycle_leave(adapter);
    return error;
}

int ndis_adapter_pause(struct ndis_adapter *adapter)
{
    ndis_lifecycle_enter(adapter);
    int error = ndis_state(adapter) == NDIS_RUNNING ? 0 : -EINVAL;
    if (!error)
        ndis_do_pause(adapter);
    ndis_lifecycle_leave(adapter);
    return error;
}

int ndis_adapter_restart(struct ndis_adapter *adapter)
{
    ndis_lifecycle_enter(adapter);
    int error = ndis_state(adapter) == NDIS_PAUSED && !adapter->low_power ? 0 : -EINVAL;
    if (!error && ndis_do_restart(adapter) != NDIS_STATUS_SUCCESS)
        error = -EIO;
    ndis_lifecycle_leave(adapter);
    return error;
}

int ndis_adapter_reset(struct ndis_adapter *adapter)
{
    ndis_lifecycle_enter(adapter);
    int error = 0;
    enum ndis_adapter_state state = ndis_state(adapter);
    if (!ndis_has_reset(adapter))
        error = -ENOTSUP;
    else if (state != NDIS_PAUSED && state != NDIS_RUNNING)
        error = -EINVAL;
    else if (ndis_do_reset(adapter, "on request") == NDIS_STATUS_HARD_ERRORS)
        error = -EIO;
    ndis_lifecycle_leave(adapter);
    return error;
}

void ndis_stop_locked(struct ndis_adapter *adapter, NDIS_HALT_ACTION action)
{
    enum ndis_adapter_state state = ndis_state(adapter);
    ndis_hang_checks_arm(adapter, false);
    /* A sleeping adapter is woken first: a driver halts by writing to its registers. */
    if (adapter->low_power && (state == NDIS_RUNNING || state == NDIS_PAUSED))
        ndis_power_up(adapter);
    if (state == NDIS_RUNNING)
        ndis_do_pause(adapter);
    if (ndis_state(adapter) == NDIS_PAUSED)
        ndis_do_halt(adapter, action);
    if (ndis_state(adapter) == NDIS_HALTED)
        ndis_resources_release(adapter);
    adapter->low_power = false;
}

void ndis_adapter_halt(struct ndis_adapter *adapter)
{
    ndis_lifecycle_enter(adapter);
    ndis_stop_locked(adapter, NdisHaltDeviceDisabled);
    ndis_lifecycle_leave(adapter);
}

int ndis_adapter_rebalance(struct ndis_adapter *adapter, const struct ndis_grant_options *options,
                           char *err, size_t err_len)
{
    ndis_lifecycle_enter(adapter);
    int error = -EINVAL;
    if (ndis_state(adapter) == NDIS_SHUT_DOWN || adapter->removed_surprise) {
        snprintf(err, err_len, "the adapter is %s", ndis_state_name(ndis_state(adapter)));
    } else {
        ndis_stop_locked(adapter, NdisHaltDeviceStopped); /* */
        adapter->wish = *options;
        error = ndis_start_locked(adapter, err, err_len);
    }
    ndis_lifecycle_leave(adapter);
    return error;
}

void ndis_adapter_remove(struct ndis_adapter *adapter)
{
    struct ndis_driver *driver = adapter->driver;
    ndis_lifecycle_enter(adapter);
    ndis_stop_locked(adapter, adapter->removed_surprise ? NdisHaltDeviceSurpriseRemoved
                                                        : NdisHaltDeviceDisabled);
    bool shut_down = ndis_state(adapter) == NDIS_SHUT_DOWN;
    if (shut_down) {
        /* The machine is off: the driver hears nothing any more, and its interrupt is
         * silent. */
        driver->shut_down = true;
        ndis_interrupt_abandon(adapter);
        ndis_resources_release(adapter);
    } else if (adapter->added && driver->pnp.MiniportRemoveDeviceHandler) {
        DRIVER_CALL(driver->pnp.MiniportRemoveDeviceHandler,
                    adapter->add_device_context); /* */
    }
    ndis_lifecycle_leave(adapter);
    if (!shut_down)
        ndis_objects_report_leaks(adapter); /* what AddDevice made and RemoveDevice left */
    adapter_free(adapter);
}

/* --- what the report wants to know --- */

static uint64_t counter(const uint64_t *value)
{
    return __atomic_load_n(value, __ATOMIC_RELAXED);
}

void ndis_adapter_report(const struct ndis_adapter *adapter, struct ndis_adapter_report *report)
{
    *report = (struct ndis_adapter_report){
        .state = ndis_state(adapter),
        .link_up = ndis_link_up(adapter),
        .link_speed = ndis_link_speed(adapter),
        .mtu = adapter->general.MtuSize,
        .packet_filter = adapter->filter.packet_filter,
        .groups_room = adapter->general.MaxMulticastListSize,
        .frames_sent = counter(&adapter->frames_sent),
        .frames_received = counter(&adapter->frames_received),
        .bytes_sent = counter(&adapter->bytes_sent),
        .bytes_received = counter(&adapter->bytes_received),
        .sends_failed = counter(&adapter->sends_failed),
        .with_driver = counter(&adapter->nbls_outstanding_to_driver),
        .with_stack = counter(&adapter->nbls_outstanding_to_stack),
        .resets = counter(&adapter->resets),
        .oids = counter(&adapter->oids),
        .status_indications = counter(&adapter->status_indications),
        .hang_checks = counter(&adapter->hang_checks),
        .granted = adapter->grant ? adapter->grant->kind : PCI_INTERRUPT_NONE,
        .granted_messages = adapter->grant ? adapter->grant->count : 0,
        .requested_messages = adapter->grant ? adapter->grant->requested : 0,
    };
    memcpy(report->mac, adapter->general.CurrentMacAddress, sizeof(report->mac));
}

bool ndis_adapter_message(const struct ndis_adapter *adapter, unsigned message, unsigned *cpu,
                          KIRQL *irql)
{
    const struct ndis_grant *grant = adapter->grant;
    if (!grant || message >= grant->count)
        return false;
    *cpu = grant->message[message].cpu;
    *irql = grant->message[message].irql;
    return true;
}

struct pci_function *ndis_adapter_function(const struct ndis_adapter *adapter)
{
    return adapter->device;
}
