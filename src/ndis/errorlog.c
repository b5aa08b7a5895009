/* SPDX-License-Identifier: MIT */
/* errorlog.c - NdisWriteErrorLogEntry and NdisWriteEventLogEntry. */
#include "ndis/errorlog.h"
#include "ndis/objects.h"
#include "nt/rtl.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A driver that logs in a loop must not fill the host's memory. */
#define LINES_MAX 1000

static struct host_lock lock;
static char **lines;
static size_t count;

void ndis_error_log_add(const char *fmt, ...)
{
    va_list args;
    char *line = NULL;
    va_start(args, fmt);
    int n = vasprintf(&line, fmt, args);
    va_end(args);
    if (n < 0)
        return;
    host_lock(&lock);
    if (!lines)
        lines = calloc(LINES_MAX, sizeof(*lines));
    if (lines && count < LINES_MAX) {
        lines[count++] = line;
        line = NULL;
    }
    host_unlock(&lock);
    free(line);
}

size_t ndis_error_log(const char *const **out)
{
    *out = (const char *const *)lines;
    return count;
}

/* netevent.h's EVENT_NDIS_*; the codes differ from their names here only in the prefix. */
static const struct {
    NDIS_ERROR_CODE code;
    const char *name;
} names[] = {
#define NAME(x)                                                                                    \
    {                                                                                              \
        NDIS_ERROR_CODE_##x, #x                                                                    \
    }
    NAME(RESOURCE_CONFLICT),
    NAME(OUT_OF_RESOURCES),
    NAME(HARDWARE_FAILURE),
    NAME(ADAPTER_NOT_FOUND),
    NAME(INTERRUPT_CONNECT),
    NAME(DRIVER_FAILURE),
    NAME(BAD_VERSION),
    NAME(TIMEOUT),
    NAME(NETWORK_ADDRESS),
    NAME(UNSUPPORTED_CONFIGURATION),
    NAME(INVALID_VALUE_FROM_ADAPTER),
    NAME(MISSING_CONFIGURATION_PARAMETER),
    NAME(BAD_IO_BASE_ADDRESS),
    NAME(RECEIVE_SPACE_SMALL),
    NAME(ADAPTER_DISABLED),
#undef NAME
};

static const char *code_name(NDIS_ERROR_CODE code)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].code == code)
            return names[i].name;
    return "another code";
}

VOID NTAPI NdisWriteErrorLogEntry(NDIS_HANDLE NdisAdapterHandle, NDIS_ERROR_CODE ErrorCode,
                                  ULONG NumberOfErrorValues, ...)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_owner owner;
    if (!ndis_owner_from_handle(NdisAdapterHandle, __func__, false, &owner))
        return;
    /* The record: ERROR_LOG_MAXIMUM_SIZE less the packet's own fields, in ULONGs. */
    ULONG most = (ERROR_LOG_MAXIMUM_SIZE - sizeof(IO_ERROR_LOG_PACKET)) / sizeof(ULONG);
    RULE("NdisWriteErrorLogEntry", NumberOfErrorValues <= most,
         "NdisWriteErrorLogEntry: %u values, a record holds %u", NumberOfErrorValues, most);
    char values[1024] = "";
    size_t used = 0;
    __builtin_ms_va_list args;
    __builtin_ms_va_start(args, NumberOfErrorValues);
    for (ULONG i = 0; i < NumberOfErrorValues && i < most && used < sizeof(values) - 16; i++)
        used += (size_t)snprintf(values + used, sizeof(values) - used, "%s0x%x",
                                 i ? " " : ", values ", __builtin_va_arg(args, ULONG));
    __builtin_ms_va_end(args);
    ndis_error_log_add("%s: %s (0x%08x)%s",
                       owner.driver && owner.driver->name ? owner.driver->name : "?",
                       code_name(ErrorCode), (unsigned)ErrorCode, values);
}
NT_EXPORT("ndis.sys", NdisWriteErrorLogEntry);

#ifndef MAX_EVENT_LOG_DATA_SIZE
#define MAX_EVENT_LOG_DATA_SIZE                                                                    \
    ((ERROR_LOG_MAXIMUM_SIZE - sizeof(IO_ERROR_LOG_PACKET) + sizeof(ULONG)) & ~(sizeof(ULONG) - 1))
#endif

NDIS_STATUS NTAPI NdisWriteEventLogEntry(PVOID LogHandle, NDIS_STATUS EventCode,
                                         ULONG UniqueEventValue, USHORT NumStrings,
                                         PVOID StringsList, ULONG DataSize, PVOID Data)
{
    IRQL_MAX(DISPATCH_LEVEL);
    size_t size = (DataSize + sizeof(ULONG) - 1) & ~(sizeof(ULONG) - 1);
    char text[1024] = "";
    size_t used = 0;
    for (USHORT i = 0; StringsList && i < NumStrings; i++) {
        const WCHAR *string = ((const WCHAR *const *)StringsList)[i];
        size_t chars = rtl_wcsnlen(string, MAX_EVENT_LOG_DATA_SIZE);
        size += (chars + 1) * sizeof(WCHAR);
        if (size > MAX_EVENT_LOG_DATA_SIZE)
            break;
        char *utf8 = rtl_utf8(string, chars);
        if (utf8 && used < sizeof(text))
            used += (size_t)snprintf(text + used, sizeof(text) - used, " \"%s\"", utf8);
        free(utf8);
    }
    if (size > MAX_EVENT_LOG_DATA_SIZE)
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    ndis_error_log_add("event 0x%08x, value 0x%x, %u bytes of data%s", (unsigned)EventCode,
                       UniqueEventValue, DataSize, text);
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisWriteEventLogEntry);
