/* SPDX-License-Identifier: MIT */
/* lifecycle.c - the operations that move an adapter between states: Initialize, Restart, Pause,
 * Halt, Shutdown.
 *
 * All but shutdown at a bug check run on a thread at PASSIVE_LEVEL that holds the adapter's
 * lifecycle lock. What Windows answers with a bug check is one here too, with the same code
 * (debugger: "Bug Check 0x7C"). */
#include "ndis/ndis_internal.h"
#include "ndis/objects.h"
#include "ndis/sharedmem.h"
#include "ndis/timer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ndis_timeouts ndis_timeouts = {
    .operation = 60000,
    .oid_slow = 12000,
    .oid = 60000,
    .drain = 2000,
    .send_slow = 30000,
    .hang_check = 2000,
};

#define MS 1000000ull

void ndis_lifecycle_enter(struct ndis_adapter *adapter)
{
    thread_wait(&adapter->lifecycle, UINT64_MAX);
}

void ndis_lifecycle_leave(struct ndis_adapter *adapter)
{
    event_set(&adapter->lifecycle);
}

bool ndis_in_initialize(const struct ndis_adapter *adapter)
{
    return adapter->initialize_thread && adapter->initialize_thread == thread_current();
}

bool ndis_in_halt(const struct ndis_adapter *adapter)
{
    return adapter->halt_thread && adapter->halt_thread == thread_current();
}

/* --- time limits and operations that complete later --- */

void ndis_watchdog_start(struct ndis_adapter *adapter, enum ndis_watch watch, unsigned operation,
                         uint64_t detail, const char *what)
{
    struct ndis_watchdog *dog = &adapter->watchdog[watch];
    dog->operation = operation;
    dog->detail = detail;
    dog->what = what;
    dog->thread = thread_current();
    dog->processor = thread_processor(dog->thread);
    dog->milliseconds = watch == NDIS_WATCH_OID ? ndis_timeouts.oid : ndis_timeouts.operation;
    __atomic_store_n(&dog->due, host_now() + dog->milliseconds * MS, __ATOMIC_RELEASE);
    ndis_keeper_poke(adapter);
}

void ndis_watchdog_stop(struct ndis_adapter *adapter, enum ndis_watch watch)
{
    __atomic_store_n(&adapter->watchdog[watch].due, 0, __ATOMIC_RELEASE);
}

/* Lost packets are the usual cause of a pause that does not end. */
#define WATCHDOG_TEXT "%s took longer than %u ms%s"
static const char *watchdog_hint(unsigned operation)
{
    return operation == NDIS_WATCHDOG_PAUSE ? " (lost NET_BUFFER_LISTs are the usual cause)" : "";
}

void ndis_watchdog_bite(struct ndis_adapter *adapter, unsigned operation, uint64_t detail,
                        unsigned milliseconds, const char *what)
{
    bugcheck(NDIS_BUGCHECK, NDIS_BUGCHECK_WATCHDOG, operation, (uint64_t)adapter, detail,
             WATCHDOG_TEXT, what, milliseconds, watchdog_hint(operation));
}

/* On the processor of the thread that takes so long, which therefore stands still. */
static VOID NTAPI watchdog_dpc(PKDPC dpc, PVOID context, PVOID argument, PVOID unused)
{
    struct ndis_adapter *adapter = context;
    struct ndis_watchdog *dog = argument;
    uint64_t due = __atomic_load_n(&dog->due, __ATOMIC_ACQUIRE);
    if (due && host_now() >= due)
        bugcheck_of(dog->thread, NDIS_BUGCHECK, NDIS_BUGCHECK_WATCHDOG, dog->operation,
                    (uint64_t)adapter, dog->detail, WATCHDOG_TEXT, dog->what, dog->milliseconds,
                    watchdog_hint(dog->operation));
    __atomic_store_n(&dog->posted, false, __ATOMIC_RELEASE);
}

void ndis_watchdog_expired(struct ndis_adapter *adapter, enum ndis_watch watch)
{
    struct ndis_watchdog *dog = &adapter->watchdog[watch];
    if (__atomic_exchange_n(&dog->posted, true, __ATOMIC_ACQ_REL))
        return;
    dpc_init(&dog->dpc, watchdog_dpc, adapter, (int)dog->processor);
    dpc_set_importance(&dog->dpc, HighImportance);
    dpc_insert(&dog->dpc, dog, NULL);
}

void ndis_pending_begin(struct ndis_pending *pending)
{
    event_clear(&pending->done);
    pending->status = NDIS_STATUS_PENDING;
    __atomic_store_n(&pending->state, NDIS_PENDING_CALLED, __ATOMIC_RELEASE);
}

bool ndis_pending_complete(struct ndis_pending *pending, NDIS_STATUS status)
{
    int expected = NDIS_PENDING_CALLED;
    pending->status = status;
    if (!__atomic_compare_exchange_n(&pending->state, &expected, NDIS_PENDING_COMPLETED, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return false;
    event_set(&pending->done);
    return true;
}

NDIS_STATUS ndis_pending_wait(struct ndis_adapter *adapter, struct ndis_pending *pending,
                              NDIS_STATUS returned, unsigned watchdog, const char *what)
{
    NDIS_STATUS status = returned;
    if (returned == NDIS_STATUS_PENDING) {
        if (thread_wait(&pending->done, ndis_timeouts.operation * MS) == STATUS_TIMEOUT)
            ndis_watchdog_bite(adapter, watchdog, 0, ndis_timeouts.operation, what);
        status = pending->status;
    } else {
        /* Completed and then returned something else than pending: the completion is the one too
         * many. */
        RULE("R-436", __atomic_load_n(&pending->state, __ATOMIC_ACQUIRE) == NDIS_PENDING_CALLED,
             "%s was completed, and its handler returned 0x%08x instead of NDIS_STATUS_PENDING",
             what, (unsigned)returned);
    }
    __atomic_store_n(&pending->state, NDIS_PENDING_IDLE, __ATOMIC_RELEASE);
    return status;
}

/* --- initialize --- */

/* What a driver must not leave behind: the interrupt and running timers are bug checks, the rest
 * leaks. */
static void check_left_behind(struct ndis_adapter *adapter, unsigned interrupt_code,
                              unsigned timer_code, const void *handler, const char *after)
{
    const struct ndis_legacy *legacy = adapter->driver->legacy;
    void *interrupt = adapter->interrupt;
    if (!interrupt && legacy)
        interrupt = legacy->interrupt(adapter);
    if (interrupt)
        bugcheck_at(handler, NDIS_BUGCHECK, interrupt_code, (uint64_t)adapter, (uint64_t)interrupt,
                    0, "%s without %s", after,
                    adapter->interrupt ? "NdisMDeregisterInterruptEx" : "NdisMDeregisterInterrupt");
    void *timer = ndis_timer_active(adapter);
    if (timer)
        bugcheck_at(handler, NDIS_BUGCHECK, timer_code, (uint64_t)adapter, (uint64_t)timer, 0,
                    "%s while timer %p is still set", after, timer);
    ndis_objects_report_leaks(adapter);
}

/* MiniportInitializeEx and what it is given. */
static NDIS_STATUS call_initialize(struct ndis_adapter *adapter)
{
    struct ndis_driver *driver = adapter->driver;
    NDIS_MINIPORT_INIT_PARAMETERS *params = nt_pool_alloc_system(sizeof(*params), NDIS_TAG);
    NDIS_PORT_AUTHENTICATION_PARAMETERS *auth = nt_pool_alloc_system(sizeof(*auth), NDIS_TAG);
    if (!params || !auth) {
        nt_pool_free(params);
        nt_pool_free(auth);
        return NDIS_STATUS_RESOURCES;
    }
    memset(params, 0, sizeof(*params));
    memset(auth, 0, sizeof(*auth));
    ndis_header_set(&auth->Header, NDIS_OBJECT_TYPE_DEFAULT,
                    NDIS_PORT_AUTHENTICATION_PARAMETERS_REVISION_1,
                    NDIS_SIZEOF_PORT_AUTHENTICATION_PARAMETERS_REVISION_1);
    auth->SendControlState = auth->RcvControlState = NdisPortControlStateUncontrolled;
    auth->SendAuthorizationState = auth->RcvAuthorizationState = NdisPortAuthorizationUnknown;
    ndis_header_set(&params->Header, NDIS_OBJECT_TYPE_MINIPORT_INIT_PARAMETERS,
                    NDIS_MINIPORT_INIT_PARAMETERS_REVISION_1,
                    NDIS_SIZEOF_MINIPORT_INIT_PARAMETERS_REVISION_1);
    params->AllocatedResources = adapter->resources;
    params->MiniportAddDeviceContext = adapter->add_device_context; /* */
    params->IfIndex = adapter->if_index;
    params->NetLuid = adapter->luid;
    params->DefaultPortAuthStates = auth;

    NDIS_STATUS status = (NDIS_STATUS)DRIVER_CALL(driver->chars.InitializeHandlerEx, adapter,
                                                  driver->context, params); /* */
    nt_pool_free(params);
    nt_pool_free(auth);
    return status;
}

NDIS_STATUS ndis_do_initialize(struct ndis_adapter *adapter)
{
    const struct ndis_legacy *legacy = adapter->driver->legacy;
    ndis_attributes_clear(adapter);
    ndis_state_set(adapter, NDIS_INITIALIZING);
    adapter->initialize_thread = thread_current();
    ndis_watchdog_start(adapter, NDIS_WATCH_LIFECYCLE, 0, 0,
                        legacy ? "MiniportInitialize" : "MiniportInitializeEx");
    NDIS_STATUS status = legacy ? legacy->initialize(adapter) : call_initialize(adapter);
    ndis_watchdog_stop(adapter, NDIS_WATCH_LIFECYCLE);
    adapter->initialize_thread = NULL;

    if (!RULE_AT(adapter->driver->initialize, "MiniportInitializeEx", status != NDIS_STATUS_PENDING,
                 "MiniportInitialize%s returned NDIS_STATUS_PENDING, which it must not",
                 ndis_ex(adapter)))
        status = NDIS_STATUS_FAILURE;
    if (status != NDIS_STATUS_SUCCESS) {
        ndis_state_set(adapter, NDIS_HALTED);
        char after[64];
        snprintf(after, sizeof(after), "%sMiniportInitialize%s failed",
                 adapter->resuming ? "after low power, " : "", ndis_ex(adapter));
        if (adapter->resuming)
            check_left_behind(adapter, NDIS_BUGCHECK_PM_INIT_INTERRUPT, NDIS_BUGCHECK_PM_INIT_TIMER,
                              adapter->driver->initialize, after);
        else
            check_left_behind(adapter, NDIS_BUGCHECK_INIT_FAILED_INTERRUPT,
                              NDIS_BUGCHECK_INIT_FAILED_TIMER, adapter->driver->initialize, after);
        ndis_attributes_clear(adapter);
        return status;
    }
    ndis_state_set(adapter, NDIS_PAUSED); /* */
    if (legacy)
        return NDIS_STATUS_SUCCESS;
    if (!RULE_AT(adapter->driver->initialize, "R-003",
                 adapter->registration_set && adapter->general_set,
                 "MiniportInitializeEx succeeded without setting the %s attributes "
                 "(NdisMSetMiniportAttributes)",
                 adapter->registration_set ? "general" : "registration")) {
        adapter->halting_from_start = true;
        ndis_do_halt(adapter, NdisHaltDeviceInitializationFailed);
        adapter->halting_from_start = false;
        return NDIS_STATUS_FAILURE;
    }
    return NDIS_STATUS_SUCCESS;
}

/* --- restart --- */

/* The list of restart attributes: one entry with the general ones. The driver may change, add, free
 * and replace entries (MiniportRestart, Remarks). */
static NDIS_RESTART_ATTRIBUTES *restart_attributes(const struct ndis_adapter *adapter)
{
    size_t bytes =
        offsetof(NDIS_RESTART_ATTRIBUTES, Data) + sizeof(NDIS_RESTART_GENERAL_ATTRIBUTES);
    NDIS_RESTART_ATTRIBUTES *entry = nt_pool_alloc_system(bytes, NDIS_TAG);
    if (!entry)
        return NULL;
    memset(entry, 0, bytes);
    entry->Oid = OID_GEN_MINIPORT_RESTART_ATTRIBUTES;
    entry->DataLength = sizeof(NDIS_RESTART_GENERAL_ATTRIBUTES);
    NDIS_RESTART_GENERAL_ATTRIBUTES *general = (void *)entry->Data;
    const NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *from = &adapter->general;
    bool second = ndis_driver_at_least(adapter->driver, 6, 20);
    ndis_header_set(&general->Header, NDIS_OBJECT_TYPE_RESTART_GENERAL_ATTRIBUTES,
                    second ? NDIS_RESTART_GENERAL_ATTRIBUTES_REVISION_2
                           : NDIS_RESTART_GENERAL_ATTRIBUTES_REVISION_1,
                    second ? NDIS_SIZEOF_RESTART_GENERAL_ATTRIBUTES_REVISION_2
                           : NDIS_SIZEOF_RESTART_GENERAL_ATTRIBUTES_REVISION_1);
    general->MtuSize = from->MtuSize;
    general->MaxXmitLinkSpeed = from->MaxXmitLinkSpeed;
    general->MaxRcvLinkSpeed = from->MaxRcvLinkSpeed;
    general->LookaheadSize = from->LookaheadSize;
    general->MacOptions = from->MacOptions;
    general->SupportedPacketFilters = from->SupportedPacketFilters;
    general->MaxMulticastListSize = from->MaxMulticastListSize;
    general->RecvScaleCapabilities = adapter->rss_set ? (void *)&adapter->rss : NULL;
    general->AccessType = from->AccessType;
    general->SupportedStatistics = from->SupportedStatistics;
    general->DataBackFillSize = from->DataBackFillSize;
    general->ContextBackFillSize = from->ContextBackFillSize;
    general->SupportedOidList = from->SupportedOidList;
    general->SupportedOidListLength = from->SupportedOidListLength;
    general->MaxLookaheadSizeAccessed = from->LookaheadSize;
    return entry;
}

static void restart_attributes_free(NDIS_RESTART_ATTRIBUTES *entry)
{
    /* Bounded: a list that the driver tied into a ring must not hang the run. */
    for (unsigned i = 0; entry && i < 64; i++) {
        NDIS_RESTART_ATTRIBUTES *next = entry->Next;
        NdisFreeMemory(entry, 0, 0);
        entry = next;
    }
}

NDIS_STATUS ndis_do_restart(struct ndis_adapter *adapter)
{
    if (adapter->driver->legacy) { /* before 6.0 there is nothing to restart: frames may flow */
        ndis_data_path_resume(adapter);
        ndis_state_set(adapter, NDIS_RUNNING);
        return NDIS_STATUS_SUCCESS;
    }
    NDIS_MINIPORT_RESTART_PARAMETERS *params = nt_pool_alloc_system(sizeof(*params), NDIS_TAG);
    if (!params)
        return NDIS_STATUS_RESOURCES;
    memset(params, 0, sizeof(*params));
    ndis_header_set(&params->Header, NDIS_OBJECT_TYPE_DEFAULT,
                    NDIS_MINIPORT_RESTART_PARAMETERS_REVISION_1,
                    NDIS_SIZEOF_MINIPORT_RESTART_PARAMETERS_REVISION_1);
    /* Both documented forms get their turn: with the list, and without one. */
    if (adapter->restarts++ % 2 == 0)
        params->RestartAttributes = restart_attributes(adapter);

    ndis_data_path_resume(adapter); /* receives may come as soon as the call is made */
    ndis_state_set(adapter, NDIS_RESTARTING);
    ndis_pending_begin(&adapter->restart);
    ndis_watchdog_start(adapter, NDIS_WATCH_LIFECYCLE, 0, 0, "MiniportRestart");
    NDIS_STATUS status =
        (NDIS_STATUS)DRIVER_CALL(adapter->driver->chars.RestartHandler, adapter->context, params);
    ndis_watchdog_stop(adapter, NDIS_WATCH_LIFECYCLE);
    status = ndis_pending_wait(adapter, &adapter->restart, status, 0, "MiniportRestart");
    restart_attributes_free(params->RestartAttributes);
    nt_pool_free(params);
    /* A failed restart leaves it Paused ("Miniport Adapter States and Operations"). */
    ndis_state_set(adapter, status == NDIS_STATUS_SUCCESS ? NDIS_RUNNING : NDIS_PAUSED);
    return status;
}

VOID NTAPI NdisMRestartComplete(NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (adapter && !ndis_pending_complete(&adapter->restart, Status))
        bugcheck(NDIS_BUGCHECK, NDIS_BUGCHECK_PAUSE_RESTART_COMPLETE, 1, (uint64_t)adapter, 0,
                 "NdisMRestartComplete, but no restart is pending (the adapter is %s)",
                 ndis_state_name(ndis_state(adapter)));
}
NT_EXPORT("ndis.sys", NdisMRestartComplete);

/* --- pause --- */

void ndis_do_pause(struct ndis_adapter *adapter)
{
    if (adapter->driver->legacy) { /* only the protocols stop */
        ndis_data_path_quiesce(adapter);
        ndis_state_set(adapter, NDIS_PAUSED);
        adapter->driver->legacy->drop_sends(adapter);
        return;
    }
    NDIS_MINIPORT_PAUSE_PARAMETERS *params = nt_pool_alloc_system(sizeof(*params), NDIS_TAG);
    static NDIS_MINIPORT_PAUSE_PARAMETERS spare; /* a pause cannot fail for want of memory */
    NDIS_MINIPORT_PAUSE_PARAMETERS *p = params ? params : &spare;
    memset(p, 0, sizeof(*p));
    ndis_header_set(&p->Header, NDIS_OBJECT_TYPE_DEFAULT, NDIS_MINIPORT_PAUSE_PARAMETERS_REVISION_1,
                    NDIS_SIZEOF_MINIPORT_PAUSE_PARAMETERS_REVISION_1);
    p->PauseReason = NDIS_PAUSE_NDIS_INTERNAL;

    ndis_data_path_quiesce(adapter);
    ndis_state_set(adapter, NDIS_PAUSING);
    ndis_pending_begin(&adapter->pause);
    ndis_watchdog_start(adapter, NDIS_WATCH_LIFECYCLE, NDIS_WATCHDOG_PAUSE, 0, "MiniportPause");
    NDIS_STATUS status =
        (NDIS_STATUS)DRIVER_CALL(adapter->driver->chars.PauseHandler, adapter->context, p);
    ndis_watchdog_stop(adapter, NDIS_WATCH_LIFECYCLE);
    RULE_AT((void *)adapter->driver->chars.PauseHandler, "MiniportPause_Return",
            status == NDIS_STATUS_SUCCESS || status == NDIS_STATUS_PENDING,
            "MiniportPause returned 0x%08x; a pause cannot fail (NDIS_STATUS_SUCCESS or "
            "NDIS_STATUS_PENDING)",
            (unsigned)status);
    ndis_pending_wait(adapter, &adapter->pause, status, NDIS_WATCHDOG_PAUSE, "MiniportPause");
    ndis_state_set(adapter, NDIS_PAUSED);
    ndis_data_path_check_paused(adapter); /* */
    nt_pool_free(params);
}

VOID NTAPI NdisMPauseComplete(NDIS_HANDLE MiniportAdapterHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (adapter && !ndis_pending_complete(&adapter->pause, NDIS_STATUS_SUCCESS))
        bugcheck(NDIS_BUGCHECK, NDIS_BUGCHECK_PAUSE_RESTART_COMPLETE, 0, (uint64_t)adapter, 0,
                 "NdisMPauseComplete, but no pause is pending (the adapter is %s)",
                 ndis_state_name(ndis_state(adapter)));
}
NT_EXPORT("ndis.sys", NdisMPauseComplete);

/* --- halt and shutdown --- */

void ndis_do_halt(struct ndis_adapter *adapter, NDIS_HALT_ACTION action)
{
    /* No OID request is outstanding at halt and none follows: take the turn and change
     * state under it. */
    thread_wait(&adapter->oid.turn, UINT64_MAX);
    ndis_state_set(adapter, NDIS_HALTING);
    event_set(&adapter->oid.turn);
    /* A driver before NDIS 6 indicates until its halt handler stops it. An indication that began
     * before this state does not keep anything any more when every processor has been through its
     * DPCs. */
    if (adapter->driver->legacy)
        dpc_flush();
    ndis_data_path_return_held(adapter);
    ndis_data_path_await_returns(adapter);
    /* SharedMemAllocateCompleteHandler gets the adapter's context, which goes away now. */
    ndis_shared_memory_drain(adapter);

    adapter->halt_thread = thread_current();
    ndis_watchdog_start(adapter, NDIS_WATCH_LIFECYCLE, NDIS_WATCHDOG_HALT, 0,
                        adapter->driver->legacy ? "MiniportHalt" : "MiniportHaltEx");
    if (adapter->driver->legacy)
        adapter->driver->legacy->halt(adapter);
    else
        DRIVER_CALL(adapter->driver->chars.HaltHandlerEx, adapter->context, action); /* */
    ndis_watchdog_stop(adapter, NDIS_WATCH_LIFECYCLE);
    adapter->halt_thread = NULL;
    ndis_state_set(adapter, NDIS_HALTED);

    ndis_data_path_check_halted(adapter);
    char after[64];
    snprintf(after, sizeof(after), "MiniportHalt%s%s returned", ndis_ex(adapter),
             adapter->halting_from_start ? " (after a start that failed)" : "");
    if (adapter->halting_from_start)
        check_left_behind(adapter, NDIS_BUGCHECK_HALT_INIT_INTERRUPT, NDIS_BUGCHECK_HALT_INIT_TIMER,
                          adapter->driver->halt, after);
    else
        check_left_behind(adapter, NDIS_BUGCHECK_HALT_INTERRUPT, NDIS_BUGCHECK_HALT_TIMER,
                          adapter->driver->halt, after);
    ndis_attributes_clear(adapter);
}

void ndis_adapter_shutdown(struct ndis_adapter *adapter)
{
    ndis_lifecycle_enter(adapter);
    enum ndis_adapter_state state = ndis_state(adapter);
    if (state != NDIS_HALTED && state != NDIS_SHUT_DOWN) {
        ndis_data_path_quiesce(adapter);
        thread_wait(&adapter->oid.turn, UINT64_MAX);
        ndis_state_set(adapter, NDIS_SHUT_DOWN);
        event_set(&adapter->oid.turn);
        if (adapter->driver->legacy)
            adapter->driver->legacy->shutdown(adapter);
        else
            DRIVER_CALL(adapter->driver->chars.ShutdownHandlerEx, adapter->context,
                        NdisShutdownPowerOff);
    }
    ndis_lifecycle_leave(adapter);
}

void ndis_bugcheck_shutdown(void)
{
    KIRQL old = irql_current();
    if (old < HIGH_LEVEL)
        irql_raise(HIGH_LEVEL);
    for (struct ndis_driver *d = ndis_driver_first(); d; d = d->next)
        for (struct ndis_adapter *a = d->adapters; a; a = a->next) {
            enum ndis_adapter_state state = ndis_state(a);
            bool asked = !ndis_driver_at_least(d, 6, 30) || /* */
                         (a->registration.AttributeFlags &
                          NDIS_MINIPORT_ATTRIBUTES_REGISTER_BUGCHECK_CALLBACK);
            if (!asked || !a->registration_set || state == NDIS_HALTED ||
                state == NDIS_INITIALIZING || state == NDIS_SHUT_DOWN)
                continue;
            ndis_state_set(a, NDIS_SHUT_DOWN);
            if (d->legacy)
                d->legacy->shutdown(a);
            else
                DRIVER_CALL(d->chars.ShutdownHandlerEx, a->context, NdisShutdownBugCheck);
        }
    if (old < HIGH_LEVEL)
        irql_lower(old);
}
