/* SPDX-License-Identifier: MIT */
/* driver.c - miniport drivers: DriverEntry, registration, optional handlers, unload.
 *
 * Handles are checked by looking them up: a driver may pass anything, and a wrong handle is the
 * driver's fault and must not be dirql's crash. The lists are changed at PASSIVE_LEVEL under
 * `drivers_lock` and read without it; an entry is unlinked before it is freed. */
#include "ndis/driver_object.h"
#include "ndis/ndis_internal.h"
#include "ndis/objects.h"
#include "ndis/worker.h"
#include "nt/time.h"
#include "nt/opaque.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ndis_porting;
static struct ndis_driver *drivers;
static struct host_lock drivers_lock;

static struct ndis_driver *list_head(void)
{
    return __atomic_load_n(&drivers, __ATOMIC_ACQUIRE);
}

bool ndis_is_driver(const void *handle)
{
    for (struct ndis_driver *d = list_head(); d; d = d->next)
        if (d == handle)
            return d->magic == NDIS_DRIVER_MAGIC;
    return false;
}

struct ndis_adapter *ndis_adapter_find(const void *handle)
{
    for (struct ndis_driver *d = handle ? list_head() : NULL; d; d = d->next)
        for (struct ndis_adapter *a = __atomic_load_n(&d->adapters, __ATOMIC_ACQUIRE); a;
             a = a->next)
            if ((a->block ? a->block : a) == handle)
                return a->magic == NDIS_ADAPTER_MAGIC ? a : NULL;
    return NULL;
}

bool ndis_is_adapter(const void *handle)
{
    if (!handle)
        return false;
    for (struct ndis_driver *d = list_head(); d; d = d->next)
        for (struct ndis_adapter *a = __atomic_load_n(&d->adapters, __ATOMIC_ACQUIRE); a;
             a = a->next)
            if (a == handle)
                return a->magic == NDIS_ADAPTER_MAGIC;
    return false;
}

struct ndis_adapter *ndis_adapter_from_handle(NDIS_HANDLE handle, const char *function)
{
    struct ndis_adapter *adapter = ndis_adapter_find(handle);
    if (adapter)
        return adapter;
    violation(function, "%s was given %p, which is not the handle of a miniport adapter%s",
              function, handle, ndis_is_driver(handle) ? " but of the driver" : "");
    return NULL;
}

struct ndis_driver *ndis_driver_from_handle(NDIS_HANDLE handle, const char *function)
{
    if (ndis_is_driver(handle))
        return handle;
    violation(function, "%s was given %p, which is not the handle of a miniport driver%s", function,
              handle, ndis_adapter_find(handle) ? " but of an adapter" : "");
    return NULL;
}

void ndis_adapter_link(struct ndis_adapter *adapter)
{
    host_lock(&drivers_lock);
    adapter->next = adapter->driver->adapters;
    __atomic_store_n(&adapter->driver->adapters, adapter, __ATOMIC_RELEASE);
    host_unlock(&drivers_lock);
}

void ndis_adapter_unlink(struct ndis_adapter *adapter)
{
    host_lock(&drivers_lock);
    for (struct ndis_adapter **p = &adapter->driver->adapters; *p; p = &(*p)->next)
        if (*p == adapter) {
            __atomic_store_n(p, adapter->next, __ATOMIC_RELEASE);
            break;
        }
    host_unlock(&drivers_lock);
}

/* --- registration --- */

struct ndis_driver *ndis_driver_new(PDRIVER_OBJECT object, unsigned major, unsigned minor)
{
    struct ndis_driver *driver = opaque_alloc(sizeof(*driver));
    if (!driver)
        return NULL;
    driver->magic = NDIS_DRIVER_MAGIC;
    driver->ndis_major = (uint8_t)major;
    driver->ndis_minor = (uint8_t)minor;
    driver->object = object;
    driver->registered = true;
    host_lock(&drivers_lock);
    driver->next = drivers;
    __atomic_store_n(&drivers, driver, __ATOMIC_RELEASE);
    host_unlock(&drivers_lock);
    return driver;
}

static bool version_known(const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *chars)
{
    static const uint8_t minors[] = {0, 1, 20, 30};
    for (size_t i = 0; i < sizeof(minors); i++)
        if (chars->MajorNdisVersion == 6 && chars->MinorNdisVersion == minors[i])
            return true;
    return false;
}

/* The handlers that the page of NDIS_MINIPORT_DRIVER_CHARACTERISTICS calls required. */
static bool handlers_present(const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *c)
{
    const struct {
        const char *name;
        bool present;
    } required[] = {
        {"InitializeHandlerEx", c->InitializeHandlerEx != NULL},
        {"HaltHandlerEx", c->HaltHandlerEx != NULL},
        {"UnloadHandler", c->UnloadHandler != NULL},
        {"PauseHandler", c->PauseHandler != NULL},
        {"RestartHandler", c->RestartHandler != NULL},
        {"OidRequestHandler", c->OidRequestHandler != NULL},
        {"SendNetBufferListsHandler", c->SendNetBufferListsHandler != NULL},
        {"ReturnNetBufferListsHandler", c->ReturnNetBufferListsHandler != NULL},
        {"CancelSendHandler", c->CancelSendHandler != NULL},
        {"DevicePnPEventNotifyHandler", c->DevicePnPEventNotifyHandler != NULL},
        {"ShutdownHandlerEx", c->ShutdownHandlerEx != NULL},
        {"CancelOidRequestHandler", c->CancelOidRequestHandler != NULL},
        {"ResetHandlerEx (with CheckForHangHandlerEx)",
         c->ResetHandlerEx != NULL || c->CheckForHangHandlerEx == NULL},
    };
    bool all = true;
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
        all &= RULE("NDIS_MINIPORT_DRIVER_CHARACTERISTICS", required[i].present,
                    "NdisMRegisterMiniportDriver: %s is required and is NULL", required[i].name);
    return all;
}

/* What NDIS puts into DriverUnload: the I/O manager's way to MiniportDriverUnload. */
static VOID NTAPI ndis_unload_routine(PDRIVER_OBJECT DriverObject)
{
    for (struct ndis_driver *d = list_head(); d; d = d->next)
        if (d->object == DriverObject && d->registered) {
            if (d->legacy)
                d->legacy->unload(d);
            else
                DRIVER_CALL(d->chars.UnloadHandler, DriverObject);
            return;
        }
}

NDIS_STATUS NTAPI NdisMRegisterMiniportDriver(
    PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath, NDIS_HANDLE MiniportDriverContext,
    PNDIS_MINIPORT_DRIVER_CHARACTERISTICS MiniportDriverCharacteristics,
    PNDIS_HANDLE NdisMiniportDriverHandle)
{
    static const struct ndis_revision revisions[] = {
        {NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1,
         NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1},
        {NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2,
         NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2},
    };
    IRQL_EXACT(PASSIVE_LEVEL);
    nt_stall_limit_us = 50; /* NdisStallExecution's page; ndis.h makes a kernel call of it */
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS *given = MiniportDriverCharacteristics;
    if (!RULE("NdisMRegisterMiniportDriver",
              DriverObject && RegistryPath && NdisMiniportDriverHandle,
              "NdisMRegisterMiniportDriver(%p, %p, .., %p): DriverObject, RegistryPath and "
              "NdisMiniportDriverHandle are needed",
              DriverObject, RegistryPath, NdisMiniportDriverHandle))
        return NDIS_STATUS_FAILURE;
    if (!ndis_header_check(given ? &given->Header : NULL, "NDIS_MINIPORT_DRIVER_CHARACTERISTICS",
                           NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS, revisions, 2))
        return NDIS_STATUS_BAD_CHARACTERISTICS;
    if (!RULE(
            "R-026", version_known(given),
            "NdisMRegisterMiniportDriver: NDIS version %u.%u is not supported; 6.0, 6.1, 6.20 and "
            "6.30 are",
            given->MajorNdisVersion, given->MinorNdisVersion))
        return NDIS_STATUS_BAD_VERSION;
    if (!handlers_present(given))
        return NDIS_STATUS_BAD_CHARACTERISTICS;

    struct ndis_driver *driver =
        ndis_driver_new(DriverObject, given->MajorNdisVersion, given->MinorNdisVersion);
    if (!driver)
        return NDIS_STATUS_RESOURCES;
    /* A copy: changing the structure later has no effect (NdisMRegisterMiniportDriver, Remarks). */
    size_t size = given->Header.Revision >= NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2
                      ? (size_t)NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_2
                      : (size_t)NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1;
    memcpy(&driver->chars, given, size < sizeof(driver->chars) ? size : sizeof(driver->chars));
    driver->context = MiniportDriverContext;
    driver->initialize = (void *)given->InitializeHandlerEx;
    driver->halt = (void *)given->HaltHandlerEx;
    *NdisMiniportDriverHandle = driver;
    /* Now, not when DriverEntry has returned: a framework that the driver is linked with may put
     * itself in front before it does. */
    DriverObject->DriverUnload = ndis_unload_routine;

    if (driver->chars.SetOptionsHandler) { /* */
        driver->in_set_options = true;
        NDIS_STATUS status = (NDIS_STATUS)DRIVER_CALL(driver->chars.SetOptionsHandler, driver,
                                                      MiniportDriverContext);
        driver->in_set_options = false;
        if (status != NDIS_STATUS_SUCCESS) {
            driver->registered = false;
            return status;
        }
    }
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMRegisterMiniportDriver);

static NDIS_STATUS set_pnp_handlers(struct ndis_driver *driver,
                                    const NDIS_MINIPORT_PNP_CHARACTERISTICS *pnp)
{
    static const struct ndis_revision revisions[] = {
        {NDIS_MINIPORT_PNP_CHARACTERISTICS_REVISION_1,
         NDIS_SIZEOF_MINIPORT_PNP_CHARACTERISTICS_REVISION_1},
    };
    if (!ndis_header_check(&pnp->Header, "NDIS_MINIPORT_PNP_CHARACTERISTICS", /* */
                           NDIS_OBJECT_TYPE_MINIPORT_PNP_CHARACTERISTICS, revisions, 1))
        return NDIS_STATUS_FAILURE;
    memcpy(&driver->pnp, pnp, sizeof(driver->pnp));
    driver->has_pnp = true;
    RULE("R-220", !pnp->MiniportAddDeviceHandler == !pnp->MiniportRemoveDeviceHandler,
         "NDIS_MINIPORT_PNP_CHARACTERISTICS has only one of MiniportAddDeviceHandler and "
         "MiniportRemoveDeviceHandler: what the one makes, the other has to undo");
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS NTAPI NdisSetOptionalHandlers(NDIS_HANDLE NdisHandle,
                                          PNDIS_DRIVER_OPTIONAL_HANDLERS OptionalHandlers)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_driver *driver = ndis_driver_from_handle(NdisHandle, __func__);
    if (!driver)
        return NDIS_STATUS_FAILURE;
    RULE("R-218", driver->in_set_options,
         "NdisSetOptionalHandlers called outside MiniportSetOptions");
    if (!RULE("R-026", OptionalHandlers != NULL, "NdisSetOptionalHandlers: the pointer is NULL"))
        return NDIS_STATUS_FAILURE;
    switch (OptionalHandlers->Type) {
    case NDIS_OBJECT_TYPE_MINIPORT_PNP_CHARACTERISTICS:
        return set_pnp_handlers(driver, (const void *)OptionalHandlers);
#ifdef NDIS_OBJECT_TYPE_MINIPORT_SS_CHARACTERISTICS
    case NDIS_OBJECT_TYPE_MINIPORT_SS_CHARACTERISTICS:
        /* Selective suspend: the handlers are called when NDIS finds the adapter idle, which this
         * one never does (6.30, "NDIS Selective Suspend"). */
        return NDIS_STATUS_SUCCESS;
#endif
    default:
        /* Connection-oriented, chimney and NDK providers: not part of this NDIS. */
        return NDIS_STATUS_NOT_SUPPORTED;
    }
}
NT_EXPORT("ndis.sys", NdisSetOptionalHandlers);

VOID NTAPI NdisMDeregisterMiniportDriver(NDIS_HANDLE NdisMiniportDriverHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_driver *driver = ndis_driver_from_handle(NdisMiniportDriverHandle, __func__);
    if (!driver)
        return;
    unsigned left = 0;
    for (struct ndis_adapter *a = driver->adapters; a; a = a->next)
        left++;
    if (left)
        bugcheck(NDIS_BUGCHECK, NDIS_BUGCHECK_UNLOAD_UNEXPECTED, (uint64_t)driver,
                 (uint64_t)driver->object, left,
                 "NdisMDeregisterMiniportDriver while the driver still has %u adapter(s)", left);
    RULE("NdisMDeregisterMiniportDriver", driver->registered,
         "NdisMDeregisterMiniportDriver called twice, or after a registration that failed");
    driver->registered = false;
}
NT_EXPORT("ndis.sys", NdisMDeregisterMiniportDriver);

/* --- loading and unloading --- */

static struct ndis_driver *driver_of_object(PDRIVER_OBJECT object)
{
    struct ndis_driver *found = NULL;
    for (struct ndis_driver *d = list_head(); d; d = d->next)
        if (d->object == object)
            found = d; /* the oldest: the physical miniport of a combined driver */
    return found;
}

void (*ndis_object_gone)(PDRIVER_OBJECT object, bool failed);

/* Forgets every registration of the object, and the object. Reports what was made with the
 * driver's handle and is still there: after this the driver's code is gone. */
static void forget(PDRIVER_OBJECT object, bool failed)
{
    if (!ndis_worker_drain())
        report_leak("work item", "a work item is still running when the driver is unloaded");
    if (ndis_object_gone)
        ndis_object_gone(object, failed);
    host_lock(&drivers_lock);
    struct ndis_driver *gone = NULL;
    for (struct ndis_driver **p = &drivers; *p;) {
        struct ndis_driver *d = *p;
        if (d->object == object) {
            __atomic_store_n(p, d->next, __ATOMIC_RELEASE);
            d->next = gone;
            gone = d;
        } else {
            p = &d->next;
        }
    }
    host_unlock(&drivers_lock);
    while (gone) {
        struct ndis_driver *d = gone;
        gone = d->next;
        ndis_objects_report_driver_leaks(d);
        d->magic = 0;
        free(d->five);
        free(d->name);
        opaque_free(d);
    }
    driver_object_destroy(object);
}

struct ndis_driver *ndis_driver_load(void *entry, const char *name, const void *image,
                                     size_t image_size, char *err, size_t err_len)
{
    PDRIVER_OBJECT object = driver_object_create(name, entry, image, image_size);
    if (!object) {
        snprintf(err, err_len, "%s: not enough memory for a driver object", name);
        return NULL;
    }
    NTSTATUS status = (NTSTATUS)DRIVER_CALL(entry, object, driver_object_registry_path(object));
    struct ndis_driver *driver = driver_of_object(object);
    if (!NT_SUCCESS(status)) {
        RULE("NdisMRegisterMiniportDriver", !driver || driver->legacy || !driver->registered,
             "DriverEntry failed with 0x%08x and did not call NdisMDeregisterMiniportDriver",
             (unsigned)status);
        snprintf(err, err_len, "%s: DriverEntry failed with status 0x%08x%s", name,
                 (unsigned)status, ndis_status_suffix(status));
        forget(object, true);
        return NULL;
    }
    if (!driver || !driver->registered) {
        snprintf(err, err_len,
                 "%s: DriverEntry succeeded but registered no miniport "
                 "(NdisMRegisterMiniportDriver, or NdisMRegisterMiniport before NDIS 6)",
                 name);
        forget(object, true);
        return NULL;
    }
    if (driver->legacy) /* NDIS 6 drivers got it when they registered */
        object->DriverUnload = ndis_unload_routine;
    driver->name = strdup(name);
    return driver;
}

void ndis_driver_unload(struct ndis_driver *driver)
{
    PDRIVER_OBJECT object = driver->object;
    while (driver->adapters)
        ndis_adapter_remove(driver->adapters);
    /* After a shutdown the machine is off: nobody unloads drivers. */
    if (object->DriverUnload && !driver->shut_down)
        DRIVER_CALL(object->DriverUnload, object);
    for (struct ndis_driver *d = list_head(); d && !driver->shut_down; d = d->next)
        if (d->object == object)
            RULE("NdisMDeregisterMiniportDriver", d->legacy || !d->registered,
                 "MiniportDriverUnload returned without NdisMDeregisterMiniportDriver");
    forget(object, false);
}

const char *ndis_driver_name(const struct ndis_driver *driver)
{
    return driver->name ? driver->name : "";
}

void ndis_driver_version(const struct ndis_driver *driver, unsigned *major, unsigned *minor)
{
    *major = driver->ndis_major;
    *minor = driver->ndis_minor;
}

struct ndis_driver *ndis_driver_first(void)
{
    return list_head();
}
