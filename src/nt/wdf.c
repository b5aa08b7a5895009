/* SPDX-License-Identifier: MIT */
/* wdf.c - the loader of the kernel-mode driver framework, for miniports that are linked with it.
 *
 * A driver project of KMDF gets an entry point of its own, which binds to the framework before it
 * calls the driver's DriverEntry, even if the driver then never calls the framework: as some NDIS
 * miniports do. So binding succeeds, and hands out a table whose every function ends the run with
 * its number in wdffuncenum.h. Structures: Microsoft/Windows-Driver-Frameworks, fxldr.h and
 * wdfglobals.h. */
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/wdk.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The table of KMDF 1.13, the last version that is copied into the driver; from 1.15 on the driver
 * has a pointer to it. */
#define FUNCTIONS_COPIED 438
#define FUNCTIONS_MAX    1024

struct bind_info {
    ULONG Size;
    PWCHAR Component;
    ULONG Major, Minor, Build;
    ULONG FuncCount;
    void **FuncTable;
    PVOID Module;
};
_Static_assert(offsetof(struct bind_info, FuncTable) == 0x20, "WDF_BIND_INFO.FuncTable");
_Static_assert(sizeof(struct bind_info) == 0x30, "WDF_BIND_INFO");

/* Since 1.25: a driver may run on an older framework and asks what that has. */
struct bind_info2 {
    struct bind_info V1;
    PULONG MinimumVersionRequired;
    PBOOLEAN ClientVersionHigherThanFramework;
    PULONG FuncCountPtr, StructCountPtr;
    PVOID StructTable;
};

struct driver_globals {
    PVOID Driver;
    ULONG DriverFlags, DriverTag;
    CHAR DriverName[32];
    BOOLEAN DisplaceDriverUnload; /* only WdfDriverCreate sets it */
};

struct binding {
    struct driver_globals globals; /* what the driver knows */
    void *functions[];
};

static bool component_is(const WCHAR *component, const char *name)
{
    for (; *name; component++, name++)
        if (*component != (WCHAR)*name)
            return false;
    return !*component;
}

NTSTATUS NTAPI WdfVersionBind(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath,
                              PVOID BindInfo, PVOID *ComponentGlobals)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct bind_info *info = BindInfo;
    if (info->Size < sizeof *info || !component_is(info->Component, "KmdfLibrary") ||
        info->Major != 1)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (!info->FuncCount || info->FuncCount > FUNCTIONS_MAX || !info->FuncTable)
        return STATUS_INVALID_PARAMETER;
    struct binding *binding = calloc(1, sizeof *binding + info->FuncCount * sizeof(void *));
    if (!binding)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG i = 0; i < info->FuncCount; i++) {
        char name[64];
        snprintf(name, sizeof name, "function %u of wdffuncenum.h", i);
        binding->functions[i] = nt_export_missing("Wdf01000.sys", name);
    }
    if (info->FuncCount <= FUNCTIONS_COPIED)
        memcpy(info->FuncTable, binding->functions, info->FuncCount * sizeof(void *));
    else
        *info->FuncTable = binding->functions;
    if (info->Size >= sizeof(struct bind_info2)) {
        struct bind_info2 *second = BindInfo;
        *second->ClientVersionHigherThanFramework = FALSE;
        *second->FuncCountPtr = info->FuncCount;
        *second->StructCountPtr = 0;
    }
    *ComponentGlobals = &binding->globals;
    return STATUS_SUCCESS;
}
NT_EXPORT("wdfldr.sys", WdfVersionBind);

NTSTATUS NTAPI WdfVersionUnbind(PUNICODE_STRING RegistryPath, PVOID BindInfo,
                                PVOID ComponentGlobals)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    free(ComponentGlobals); /* the binding begins with it */
    return STATUS_SUCCESS;
}
NT_EXPORT("wdfldr.sys", WdfVersionUnbind);

/* Class extensions (NetAdapterCx and the like) are frameworks of their own, and are not here. */
NTSTATUS NTAPI WdfVersionBindClass(PVOID BindInfo, PVOID ComponentGlobals, PVOID ClassBindInfo)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    return STATUS_OBJECT_NAME_NOT_FOUND;
}
NT_EXPORT("wdfldr.sys", WdfVersionBindClass);

VOID NTAPI WdfVersionUnbindClass(PVOID BindInfo, PVOID ComponentGlobals, PVOID ClassBindInfo)
{
    IRQL_EXACT(PASSIVE_LEVEL);
}
NT_EXPORT("wdfldr.sys", WdfVersionUnbindClass);
