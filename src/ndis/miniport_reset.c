/* SPDX-License-Identifier: MIT */
/* miniport_reset.c - check for hang, reset, removal by the driver; and the thread that looks after
 * an adapter.
 *
 * Each adapter has one thread, the keeper, from AddDevice to RemoveDevice. It calls
 * MiniportCheckForHangEx every two seconds or so, carries out what drivers request from any
 * IRQL (NdisMResetMiniport, NdisMRemoveMiniport), gives NET_BUFFER_LISTs back at PASSIVE_LEVEL, and
 * watches the time limits of calls into the driver. It never waits for the lifecycle lock: whoever
 * holds it may be the one to be watched. */
#include "ndis/ndis_internal.h"
#include "nt/machine.h"

#define MS    1000000ull
#define RETRY  10000000ull /* how soon to try again for the lifecycle lock: 10 ms */

/* An OID request that outlives so many checks is a hang (network: "Miniport Adapter Check-for-Hang
 * and Reset Operations"; its sibling page says two and "can", this one four). */
#define OID_HANG_CHECKS 4

/* Multiples of two seconds, two by default (NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES). */
static uint64_t hang_period(const struct ndis_adapter *adapter)
{
    const struct ndis_legacy *legacy = adapter->driver->legacy;
    uint64_t twos = (legacy ? legacy->hang_seconds(adapter)
                            : adapter->registration.CheckForHangTimeInSeconds) / 2;
    return (twos ? twos : 1) * ndis_timeouts.hang_check * MS;
}

void ndis_hang_checks_arm(struct ndis_adapter *adapter, bool on)
{
    const struct ndis_driver *driver = adapter->driver;
    bool wanted = on && (driver->legacy ? driver->legacy->has_hang_check(driver)
                                        : driver->chars.CheckForHangHandlerEx != NULL);
    __atomic_store_n(&adapter->hang_next, wanted ? host_now() + hang_period(adapter) : 0,
                     __ATOMIC_RELEASE);
    ndis_keeper_poke(adapter);
}

/* --- reset --- */

bool ndis_has_reset(const struct ndis_adapter *adapter)
{
    const struct ndis_driver *driver = adapter->driver;
    return driver->legacy ? driver->legacy->has_reset(driver) : driver->chars.ResetHandlerEx != NULL;
}

VOID NTAPI NdisMResetComplete(NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status,
                              BOOLEAN AddressingReset)
{
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    irql_require(__func__, adapter->driver->legacy ? DISPATCH_LEVEL : PASSIVE_LEVEL,
                 DISPATCH_LEVEL);
    adapter->reset_addressing = AddressingReset != FALSE;
    if (!ndis_pending_complete(&adapter->reset, Status))
        bugcheck(NDIS_BUGCHECK, NDIS_BUGCHECK_RESET_COMPLETE, (uint64_t)adapter, (uint32_t)Status,
                 AddressingReset, "NdisMResetComplete, but no reset is pending");
}
NT_EXPORT("ndis.sys", NdisMResetComplete);

NDIS_STATUS ndis_do_reset(struct ndis_adapter *adapter, const char *why)
{
    BOOLEAN addressing = FALSE;
    adapter->resetting = true;
    ndis_count(&adapter->resets, 1);
    ndis_pending_begin(&adapter->reset);
    const struct ndis_legacy *legacy = adapter->driver->legacy;
    NDIS_STATUS status;
    if (legacy) {
        status = legacy->reset(adapter, &addressing);
    } else {
        /* "IRQL <= DISPATCH_LEVEL": both get their turn. */
        bool dispatch = adapter->resets % 2 == 0;
        KIRQL old = dispatch ? irql_raise(DISPATCH_LEVEL) : PASSIVE_LEVEL;
        status = (NDIS_STATUS)DRIVER_CALL(adapter->driver->chars.ResetHandlerEx, adapter->context,
                                          &addressing);
        if (dispatch)
            irql_lower(old);
    }
    bool pended = status == NDIS_STATUS_PENDING;
    status = ndis_pending_wait(adapter, &adapter->reset, status, 0,
                               legacy ? "MiniportReset" : "MiniportResetEx");
    if (legacy)
        legacy->reset_done(adapter);
    if (pended)
        addressing = adapter->reset_addressing;
    adapter->resetting = false;

    if (ndis_driver_at_least(adapter->driver, 6, 30))
        RULE(
            "R-426",
            !__atomic_load_n(&adapter->nbls_outstanding_to_driver, __ATOMIC_RELAXED) &&
                !__atomic_load_n(&adapter->oid.request, __ATOMIC_RELAXED),
            "the reset (%s) completed while requests are pending: %llu sends, %s OID request; from "
            "NDIS 6.30 on they are completed first",
            why, (unsigned long long)adapter->nbls_outstanding_to_driver,
            adapter->oid.request ? "one" : "no");
    RULE("MiniportResetEx", status != NDIS_STATUS_HARD_ERRORS,
         "MiniportResetEx (%s) reports that the adapter cannot be recovered "
         "(NDIS_STATUS_HARD_ERRORS)",
         why);
    if (addressing && status != NDIS_STATUS_HARD_ERRORS)
        ndis_restore_addressing(adapter);
    return status;
}

VOID NTAPI NdisMResetMiniport(NDIS_HANDLE MiniportAdapterHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    if (!RULE("NdisMResetMiniport", ndis_has_reset(adapter),
              "NdisMResetMiniport by a driver without a MiniportResetEx handler"))
        return;
    __atomic_store_n(&adapter->reset_requested, true, __ATOMIC_RELEASE);
    ndis_keeper_poke(adapter);
}
NT_EXPORT("ndis.sys", NdisMResetMiniport);

NDIS_STATUS NTAPI NdisMRemoveMiniport(NDIS_HANDLE MiniportHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportHandle, __func__);
    if (!adapter)
        return NDIS_STATUS_FAILURE;
    /* Halted later, from a thread of its own: the caller may be the driver's reset or timer. */
    adapter->failed = true;
    __atomic_store_n(&adapter->remove_requested, true, __ATOMIC_RELEASE);
    ndis_keeper_poke(adapter);
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMRemoveMiniport);

/* --- the keeper --- */

static bool taken(bool *flag)
{
    return __atomic_exchange_n(flag, false, __ATOMIC_ACQ_REL);
}

static bool can_reset(const struct ndis_adapter *adapter)
{
    enum ndis_adapter_state state = ndis_state(adapter);
    return (state == NDIS_RUNNING || state == NDIS_PAUSED) && !adapter->low_power &&
           ndis_has_reset(adapter);
}

/* With lifecycle held. */
static void check_for_hang(struct ndis_adapter *adapter)
{
    enum ndis_adapter_state state = ndis_state(adapter);
    if ((state != NDIS_RUNNING && state != NDIS_PAUSED) || adapter->low_power)
        return;
    ndis_count(&adapter->hang_checks, 1);
    const char *why = NULL;
    const struct ndis_legacy *legacy = adapter->driver->legacy;
    if (legacy)
        why = legacy->check_for_hang(adapter, hang_period(adapter));
    else if ((BOOLEAN)DRIVER_CALL(adapter->driver->chars.CheckForHangHandlerEx, adapter->context))
        why = "MiniportCheckForHangEx returned TRUE";
    else if (__atomic_load_n(&adapter->oid.request, __ATOMIC_ACQUIRE) &&
             ++adapter->oid.hang_checks >= OID_HANG_CHECKS)
        why = "an OID request outlived four checks for hang";
    if (why && can_reset(adapter)) {
        adapter->oid.hang_checks = 0;
        ndis_do_reset(adapter, why);
    }
}

/* What needs the lifecycle lock. False if there was something to do but the lock is taken. */
static bool serve(struct ndis_adapter *adapter)
{
    uint64_t hang = __atomic_load_n(&adapter->hang_next, __ATOMIC_ACQUIRE);
    bool hang_due = hang && host_now() >= hang;
    if (!hang_due && !__atomic_load_n(&adapter->reset_requested, __ATOMIC_ACQUIRE) &&
        !__atomic_load_n(&adapter->remove_requested, __ATOMIC_ACQUIRE))
        return true;
    if (thread_wait(&adapter->lifecycle, 0) == STATUS_TIMEOUT)
        return false;
    if (taken(&adapter->remove_requested))
        ndis_stop_locked(adapter, NdisHaltDeviceFailed);
    if (taken(&adapter->reset_requested) && can_reset(adapter))
        ndis_do_reset(adapter, "NdisMResetMiniport");
    hang = __atomic_load_n(&adapter->hang_next, __ATOMIC_ACQUIRE);
    if (hang && host_now() >= hang) {
        check_for_hang(adapter);
        __atomic_store_n(&adapter->hang_next, host_now() + hang_period(adapter), __ATOMIC_RELEASE);
    }
    ndis_lifecycle_leave(adapter);
    return true;
}

/* When the next limit is due, or one that is over is to be looked at again. */
static uint64_t watch(struct ndis_adapter *adapter, uint64_t next)
{
    for (unsigned i = 0; i < NDIS_WATCHES; i++) {
        const struct ndis_watchdog *dog = &adapter->watchdog[i];
        uint64_t due = __atomic_load_n(&dog->due, __ATOMIC_ACQUIRE);
        uint64_t now = host_now();
        if (due && now >= due) {
            ndis_watchdog_expired(adapter, i);
            due = now + RETRY;
        }
        if (due && due < next)
            next = due;
    }
    return next;
}

static void keeper(void *arg)
{
    struct ndis_adapter *adapter = arg;
    while (!__atomic_load_n(&adapter->keeper_stop, __ATOMIC_ACQUIRE)) {
        bool served = serve(adapter);
        ndis_data_path_return_held(adapter);
        ndis_data_path_check_time(adapter);
        uint64_t next = __atomic_load_n(&adapter->hang_next, __ATOMIC_ACQUIRE);
        next = watch(adapter, next ? next : UINT64_MAX);
        if (!served && next > host_now() + RETRY)
            next = host_now() + RETRY;
        uint64_t now = host_now();
        thread_wait(&adapter->keeper_wake, next == UINT64_MAX ? UINT64_MAX
                                           : next > now       ? next - now
                                           : served           ? 0
                                                              : RETRY);
    }
}

bool ndis_keeper_start(struct ndis_adapter *adapter)
{
    adapter->keeper_stop = false;
    adapter->keeper = thread_create(machine_cpus() - 1, 10, keeper, adapter, "ndis keeper");
    return adapter->keeper != NULL;
}

void ndis_keeper_poke(struct ndis_adapter *adapter)
{
    if (adapter->keeper)
        event_set(&adapter->keeper_wake);
}

void ndis_keeper_stop(struct ndis_adapter *adapter)
{
    if (!adapter->keeper)
        return;
    __atomic_store_n(&adapter->keeper_stop, true, __ATOMIC_RELEASE);
    event_set(&adapter->keeper_wake);
    thread_join(adapter->keeper);
    adapter->keeper = NULL;
    /* A call that returned just when its time was up: the adapter's memory goes away now. */
    for (unsigned i = 0; i < NDIS_WATCHES; i++)
        while (__atomic_load_n(&adapter->watchdog[i].posted, __ATOMIC_ACQUIRE))
            dpc_flush();
}
