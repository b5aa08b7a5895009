/* SPDX-License-Identifier: MIT */
/* wmi.c - registration as a provider of WMI data or of traces, and WPP's trace messages.
 *
 * A provider is asked for its GUIDs and its data when somebody wants them, and nobody does here: a
 * registration is remembered, so that one which is left behind is found, and no IRP_MN_REGINFO
 * follows. There is no trace session either, so that no handle of one is valid. Source: WDK,
 * "IoWMIRegistrationControl", "WmiTraceMessage". */
#include "nt/alarm.h"
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/report.h"
#include "nt/wdk.h"
#include "nt/wmi.h"
#include <stdlib.h>

#define ACTION_MASK 0xffffu /* flags of trace providers are above */

struct provider {
    const void *object; /* a device object, or a trace provider's callback */
    struct provider *next;
};

static struct provider *providers;
static struct host_lock lock;

static bool add(const void *object)
{
    struct provider *p = malloc(sizeof(*p));
    if (!p)
        return false;
    host_lock(&lock);
    *p = (struct provider){.object = object, .next = providers};
    providers = p;
    host_unlock(&lock);
    return true;
}

static bool find(const void *object, bool take)
{
    host_lock(&lock);
    struct provider **link = &providers;
    while (*link && (*link)->object != object)
        link = &(*link)->next;
    struct provider *p = *link;
    if (p && take)
        *link = p->next;
    host_unlock(&lock);
    if (p && take)
        free(p);
    return p != NULL;
}

NTSTATUS NTAPI IoWMIRegistrationControl(PDEVICE_OBJECT DeviceObject, ULONG Action)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    switch (Action & ACTION_MASK) {
    case WMIREG_ACTION_REGISTER:
        return add(DeviceObject) ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    case WMIREG_ACTION_DEREGISTER:
        return find(DeviceObject, true) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    case WMIREG_ACTION_REREGISTER:
    case WMIREG_ACTION_UPDATE_GUIDS:
        return find(DeviceObject, false) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}
NT_EXPORT("ntoskrnl.exe", IoWMIRegistrationControl);

NTSTATUS __attribute__((ms_abi))
WmiTraceMessage(TRACEHANDLE LoggerHandle, ULONG MessageFlags, LPCGUID MessageGuid,
                USHORT MessageNumber, ...)
{
    return STATUS_INVALID_HANDLE;
}
NT_EXPORT("ntoskrnl.exe", WmiTraceMessage);

size_t wmi_report_leaks(void)
{
    size_t n = 0;
    while (providers) {
        struct provider *p = providers;
        providers = p->next;
        free(p);
        n++;
    }
    if (n)
        report_leak("WMI provider",
                    "%zu provider(s) still registered with IoWMIRegistrationControl", n);
    return n;
}
