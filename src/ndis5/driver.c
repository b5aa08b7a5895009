/* SPDX-License-Identifier: MIT */
/* driver.c - NdisInitializeWrapper, NdisMRegisterMiniport and their ends.
 *
 * The wrapper handle stands for the driver object until NdisTerminateWrapper, which a driver calls
 * only when its DriverEntry fails: at unload NDIS does it. */
#include "ndis5/ndis5.h"
#include "ndis/device_stack.h"
#include "ndis/objects.h"
#include "ndis5/porting.h"
#include "nt/opaque.h"
#include <stdlib.h>
#include <string.h>

struct ndis5_wrapper {
    uint32_t magic;
    PDRIVER_OBJECT object;
    PDRIVER_UNLOAD unload;
    struct ndis_driver *driver; /* NULL until it registered */
    struct ndis5_wrapper *next;
};

static struct ndis5_wrapper *wrappers; /* changed at PASSIVE_LEVEL while drivers load and unload */
static struct host_lock wrappers_lock;

static struct ndis5_wrapper *wrapper_from(NDIS_HANDLE handle, const char *function)
{
    for (struct ndis5_wrapper *w = wrappers; w; w = w->next)
        if (w == handle)
            return w;
    violation("NdisInitializeWrapper",
              "%s was given %p, which is no handle from NdisMInitializeWrapper", function, handle);
    return NULL;
}

static void wrapper_free(struct ndis5_wrapper *wrapper)
{
    ndis_objects_report_owner_leaks(wrapper);
    host_lock(&wrappers_lock);
    for (struct ndis5_wrapper **p = &wrappers; *p; p = &(*p)->next)
        if (*p == wrapper) {
            *p = wrapper->next;
            break;
        }
    host_unlock(&wrappers_lock);
    wrapper->magic = 0;
    opaque_free(wrapper);
}

/* The driver object goes away, and with it its wrapper and its packet pools. */
static void object_gone(PDRIVER_OBJECT object, bool failed)
{
    ndis5_pools_gone(object->DriverStart, object->DriverSize);
    struct ndis5_wrapper *w = wrappers;
    while (w && w->object != object)
        w = w->next;
    if (!w)
        return;
    if (failed)
        RULE("NdisTerminateWrapper", false,
             "DriverEntry failed after NdisMInitializeWrapper and did not call "
             "NdisTerminateWrapper");
    wrapper_free(w);
}

VOID NTAPI NdisInitializeWrapper(PNDIS_HANDLE NdisWrapperHandle, PVOID SystemSpecific1,
                                 PVOID SystemSpecific2, PVOID SystemSpecific3)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *NdisWrapperHandle = NULL;
    if (!RULE("NdisInitializeWrapper", SystemSpecific1 && SystemSpecific2,
              "NdisMInitializeWrapper(.., %p, %p, ..): the driver object and the registry path of "
              "DriverEntry are "
              "needed",
              SystemSpecific1, SystemSpecific2))
        return;
    struct ndis5_wrapper *w = opaque_alloc(sizeof(*w));
    if (!w)
        return;
    w->magic = NDIS5_WRAPPER_MAGIC;
    w->object = SystemSpecific1;
    host_lock(&wrappers_lock);
    w->next = wrappers;
    wrappers = w;
    host_unlock(&wrappers_lock);
    ndis_object_gone = object_gone;
    *NdisWrapperHandle = w;
}
NT_EXPORT("ndis.sys", NdisInitializeWrapper);

VOID NTAPI NdisTerminateWrapper(NDIS_HANDLE NdisWrapperHandle, PVOID SystemSpecific)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis5_wrapper *w = wrapper_from(NdisWrapperHandle, __func__);
    if (!w)
        return;
    if (w->driver) {
        RULE("NdisTerminateWrapper", !w->driver->adapters,
             "NdisTerminateWrapper while the driver has adapters; it is for a DriverEntry that "
             "fails");
        if (w->driver->adapters)
            return;
        w->driver->registered = false;
        w->driver->five->wrapper = NULL;
    }
    wrapper_free(w);
}
NT_EXPORT("ndis.sys", NdisTerminateWrapper);

/* --- registration --- */

/* Bytes of the characteristics of a version; 0 if it is none. 3.0 has none of the packet handlers
 * of 4.0. */
static size_t chars_bytes(unsigned major, unsigned minor)
{
    if (major == 3 && minor == 0)
        return sizeof(NDIS30_MINIPORT_CHARACTERISTICS);
    if (major == 4 && minor == 0)
        return sizeof(NDIS40_MINIPORT_CHARACTERISTICS);
    if (major == 5 && minor == 0)
        return sizeof(NDIS50_MINIPORT_CHARACTERISTICS);
    if (major == 5 && minor == 1)
        return sizeof(NDIS51_MINIPORT_CHARACTERISTICS);
    return 0;
}

static bool handlers_present(const NDIS51_MINIPORT_CHARACTERISTICS *c)
{
    const struct {
        const char *name;
        bool present;
    } required[] = {
        {"InitializeHandler", c->InitializeHandler != NULL},
        {"HaltHandler", c->HaltHandler != NULL},
        {"ResetHandler", c->ResetHandler != NULL},
        {"QueryInformationHandler", c->QueryInformationHandler != NULL},
        {"SetInformationHandler", c->SetInformationHandler != NULL},
        {"SendHandler or SendPacketsHandler",
         c->SendHandler || c->SendPacketsHandler || c->CoSendPacketsHandler},
    };
    bool all = true;
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
        all &= RULE("NDIS_MINIPORT_CHARACTERISTICS", required[i].present,
                    "NdisMRegisterMiniport: %s is required and is NULL", required[i].name);
    return all;
}

NDIS_STATUS NTAPI NdisMRegisterMiniport(NDIS_HANDLE NdisWrapperHandle,
                                        PNDIS_MINIPORT_CHARACTERISTICS MiniportCharacteristics,
                                        UINT CharacteristicsLength)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    const NDIS_MINIPORT_CHARACTERISTICS *given = MiniportCharacteristics;
    struct ndis5_wrapper *w = wrapper_from(NdisWrapperHandle, __func__);
    if (!w || !given)
        return NDIS_STATUS_FAILURE;
    size_t bytes = chars_bytes(given->MajorNdisVersion, given->MinorNdisVersion);
    if (!RULE("NdisMRegisterMiniport", bytes,
              "NdisMRegisterMiniport: NDIS version %u.%u is not supported; 3.0, 4.0, 5.0 and 5.1 "
              "are (6.x drivers call "
              "NdisMRegisterMiniportDriver)",
              given->MajorNdisVersion, given->MinorNdisVersion))
        return NDIS_STATUS_BAD_VERSION;
    if (!RULE("NdisMRegisterMiniport", CharacteristicsLength >= bytes,
              "NdisMRegisterMiniport: CharacteristicsLength is %u, NDIS %u.%u characteristics have "
              "%zu bytes",
              CharacteristicsLength, given->MajorNdisVersion, given->MinorNdisVersion, bytes))
        return NDIS_STATUS_BAD_CHARACTERISTICS;
    if (!RULE("NdisMRegisterMiniport", !w->driver,
              "NdisMRegisterMiniport a second time with the same wrapper"))
        return NDIS_STATUS_FAILURE;
    struct ndis5_driver *registered = calloc(1, sizeof(*registered));
    if (!registered)
        return NDIS_STATUS_RESOURCES;
    memcpy(&registered->chars, given, bytes); /* a copy: later changes have no effect */
    if (!handlers_present(&registered->chars)) {
        free(registered);
        return NDIS_STATUS_BAD_CHARACTERISTICS;
    }
    registered->wrapper = w;
    struct ndis_driver *driver =
        ndis_driver_new(w->object, given->MajorNdisVersion, given->MinorNdisVersion);
    if (!driver) {
        free(registered);
        return NDIS_STATUS_RESOURCES;
    }
    driver->five = registered;
    driver->initialize = (void *)given->InitializeHandler;
    driver->halt = (void *)given->HaltHandler;
    driver->legacy = &ndis5_legacy;
    w->driver = driver;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMRegisterMiniport);

VOID NTAPI NdisMRegisterUnloadHandler(NDIS_HANDLE NdisWrapperHandle, PDRIVER_UNLOAD UnloadHandler)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis5_wrapper *w = wrapper_from(NdisWrapperHandle, __func__);
    if (ndis_porting)
        porting_note(NULL, __func__);
    if (w)
        w->unload = UnloadHandler;
}
NT_EXPORT("ndis.sys", NdisMRegisterUnloadHandler);

/* --- control devices --- */

NDIS_STATUS NTAPI NdisMRegisterDevice(NDIS_HANDLE NdisWrapperHandle, PNDIS_STRING DeviceName,
                                      PNDIS_STRING SymbolicName, PDRIVER_DISPATCH MajorFunctions[],
                                      PDEVICE_OBJECT *pDeviceObject, NDIS_HANDLE *NdisDeviceHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *pDeviceObject = NULL;
    *NdisDeviceHandle = NULL;
    struct ndis5_wrapper *w = wrapper_from(NdisWrapperHandle, __func__);
    if (!w)
        return NDIS_STATUS_NOT_SUPPORTED;
    return ndis_device_create(w->object, w, __func__, DeviceName, SymbolicName, MajorFunctions, 0,
                              pDeviceObject, NdisDeviceHandle);
}
NT_EXPORT("ndis.sys", NdisMRegisterDevice);

NDIS_STATUS NTAPI NdisMDeregisterDevice(NDIS_HANDLE NdisDeviceHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    return ndis_device_destroy(NdisDeviceHandle, __func__) ? NDIS_STATUS_SUCCESS
                                                           : NDIS_STATUS_FAILURE;
}
NT_EXPORT("ndis.sys", NdisMDeregisterDevice);

/* --- the end --- */

void ndis5_unload(struct ndis_driver *driver)
{
    struct ndis5_wrapper *w = driver->five->wrapper;
    if (w && w->unload)
        DRIVER_CALL(w->unload, driver->object);
    driver->registered = false; /* NDIS terminates the wrapper itself */
}

/* --- handles --- */

struct ndis_adapter *ndis5_from_handle(NDIS_HANDLE handle, const char *function)
{
    struct ndis_adapter *adapter = ndis_adapter_from_handle(handle, function);
    if (!adapter)
        return NULL;
    if (!RULE("R-417", adapter->five,
              "%s is of NDIS 5.x; a driver that registered as NDIS 6 must not call it", function))
        return NULL;
    if (ndis_porting)
        porting_note(adapter->driver, function);
    return adapter;
}

struct ndis_adapter *ndis5_from_config(NDIS_HANDLE context, const char *function)
{
    for (struct ndis_driver *d = ndis_driver_first(); d; d = d->next)
        for (struct ndis_adapter *a = d->adapters; a; a = a->next)
            if (a == context && a->five) {
                if (ndis_porting)
                    porting_note(d, function);
                return a;
            }
    violation(function, "%s was given %p, which is no WrapperConfigurationContext", function,
              context);
    return NULL;
}

void *ndis5_thunk(const char *name)
{
    const struct nt_export *row = nt_export_find("ndis.sys", name);
    return row ? nt_export_bind(row) : NULL;
}
