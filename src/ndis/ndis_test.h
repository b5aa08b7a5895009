/* SPDX-License-Identifier: MIT */
/* ndis_test.h - a driver and an adapter for tests of single NDIS services.
 *
 * The driver is registered as a real one is; its handlers do nothing. The adapter is Halted, has
 * its registration attributes, and the test's thread counts as being in MiniportInitializeEx. */
#pragma once
#include "ndis/driver_object.h"
#include "ndis/ndis_internal.h"
#include "ndis/objects.h"
#include "nt/nt_test.h"

static uint64_t __attribute__((ms_abi)) test_handler(void)
{
    return 0;
}

static inline struct ndis_driver *test_driver(unsigned minor)
{
    PDRIVER_OBJECT object = driver_object_create("testnic", test_handler, NULL, 0);
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS chars = {0};
    ndis_header_set(&chars.Header, NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
                    NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1,
                    NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1);
    chars.MajorNdisVersion = 6;
    chars.MinorNdisVersion = (UCHAR)minor;
    void *none = test_handler;
    chars.InitializeHandlerEx = none;
    chars.HaltHandlerEx = none;
    chars.UnloadHandler = none;
    chars.PauseHandler = none;
    chars.RestartHandler = none;
    chars.OidRequestHandler = none;
    chars.SendNetBufferListsHandler = none;
    chars.ReturnNetBufferListsHandler = none;
    chars.CancelSendHandler = none;
    chars.DevicePnPEventNotifyHandler = none;
    chars.ShutdownHandlerEx = none;
    chars.CancelOidRequestHandler = none;
    NDIS_HANDLE driver = NULL;
    NDIS_STATUS status = NdisMRegisterMiniportDriver(object, driver_object_registry_path(object),
                                                     NULL, &chars, &driver);
    if (status != NDIS_STATUS_SUCCESS)
        test_fail(__FILE__, __LINE__, "the test's driver was not registered: 0x%x",
                  (unsigned)status);
    ((struct ndis_driver *)driver)->name = strdup("testnic");
    return driver;
}

static inline struct ndis_adapter *test_adapter_of(struct ndis_driver *driver)
{
    struct ndis_adapter *adapter = calloc(1, sizeof(*adapter));
    adapter->magic = NDIS_ADAPTER_MAGIC;
    adapter->driver = driver;
    adapter->state = NDIS_INITIALIZING;
    adapter->initialize_thread = thread_current();
    adapter->registration_set = true;
    adapter->registration.AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER;
    ndis_adapter_link(adapter);
    return adapter;
}

static inline struct ndis_adapter *test_adapter(void)
{
    return test_adapter_of(test_driver(30));
}

/* All violations so far, of whatever rule. */
static inline size_t test_violations(void)
{
    const struct violation_record *v;
    return report_violations(&v);
}

/* Fails with the text of the first violation, if there is one. */
#define CHECK_NO_VIOLATION()                                                                       \
    do {                                                                                           \
        const struct violation_record *v;                                                          \
        if (report_violations(&v))                                                                 \
            test_fail(__FILE__, __LINE__, "violation of %s: %s", v[0].rule, v[0].text);            \
    } while (0)

/* Leaks reported so far whose text contains `part`. */
static inline unsigned test_leaks(const char *part)
{
    const char *const *texts;
    size_t n = report_leaks(&texts);
    unsigned count = 0;
    for (size_t i = 0; i < n; i++)
        count += strstr(texts[i], part) != NULL;
    return count;
}
