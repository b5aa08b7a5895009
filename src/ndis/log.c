/* SPDX-License-Identifier: MIT */
/* log.c - NdisMCreateLog and what belongs to it: bytes for an application of the driver's vendor.
 *
 * On Windows that application asks again and again for what is new (IOCTL_NDIS_GET_LOG_DATA), and
 * NDIS keeps what it has not fetched in a circular buffer. Here the report is the application, and
 * it always has a request outstanding: every write goes to the error log at once
 * (NdisMWriteLogData, Remarks), and there is nothing to keep, to overwrite, or to flush. */
#include "ndis/errorlog.h"
#include "ndis/objects.h"
#include "nt/opaque.h"
#include <stdio.h>
#include <string.h>

#define LOG_MAGIC 0x474f4c4eu /* "NLOG" */
#define SHOWN     256         /* bytes of one write */

static const char kind_log[] = "log";

struct ndis_log {
    uint32_t magic;
    struct ndis_object object;
    struct ndis_adapter *adapter;
    UINT size;
};

static void describe(const struct ndis_object *object, char *out, size_t size)
{
    const struct ndis_log *log =
        (const struct ndis_log *)((const char *)object - offsetof(struct ndis_log, object));
    snprintf(out, size, "%u bytes", log->size);
}

static void log_free(struct ndis_object *object)
{
    ndis_object_remove(object);
    opaque_free((char *)object - offsetof(struct ndis_log, object));
}

static struct ndis_log *log_from(NDIS_HANDLE handle, const char *function)
{
    return RULE("NdisMCreateLog", ndis_handle_is(handle, LOG_MAGIC),
                "%s: %p is no handle from NdisMCreateLog, or it is closed", function, handle)
               ? handle
               : NULL;
}

NDIS_STATUS NTAPI NdisMCreateLog(NDIS_HANDLE MiniportAdapterHandle, UINT Size,
                                 PNDIS_HANDLE LogHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *LogHandle = NULL;
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter || ndis_objects_count(adapter, kind_log))
        return NDIS_STATUS_FAILURE; /* one for each adapter */
    struct ndis_log *log = Size ? opaque_alloc(sizeof(*log)) : NULL;
    if (!log)
        return NDIS_STATUS_RESOURCES;
    log->magic = LOG_MAGIC;
    log->adapter = adapter;
    log->size = Size;
    log->object.describe = describe;
    log->object.reclaim = log_free;
    ndis_object_add(&log->object, adapter, kind_log, log, NDIS_OBJECT_STACK);
    *LogHandle = log;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMCreateLog);

VOID NTAPI NdisMCloseLog(NDIS_HANDLE LogHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_log *log = log_from(LogHandle, __func__);
    if (log)
        log_free(&log->object);
}
NT_EXPORT("ndis.sys", NdisMCloseLog);

/* A byte stream of any content: what is not printable ASCII is written as \xNN. */
static void escape(const uint8_t *bytes, size_t n, char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < n && used + 5 < size; i++)
        used += (size_t)snprintf(
            out + used, size - used,
            bytes[i] >= ' ' && bytes[i] < 0x7f && bytes[i] != '\\' ? "%c" : "\\x%02x", bytes[i]);
}

NDIS_STATUS NTAPI NdisMWriteLogData(NDIS_HANDLE LogHandle, PVOID LogBuffer, UINT LogBufferSize)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_log *log = log_from(LogHandle, __func__);
    if (!log)
        return NDIS_STATUS_FAILURE;
    if (LogBufferSize > log->size)
        return NDIS_STATUS_BUFFER_OVERFLOW;
    char text[4 * SHOWN + 8] = "";
    escape(LogBuffer, LogBufferSize < SHOWN ? LogBufferSize : SHOWN, text, sizeof(text));
    ndis_error_log_add("%s: log, %u bytes: %s%s", ndis_driver_name(log->adapter->driver),
                       LogBufferSize, text, LogBufferSize > SHOWN ? "..." : "");
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMWriteLogData);

VOID NTAPI NdisMFlushLog(NDIS_HANDLE LogHandle)
{
    IRQL_MAX(DISPATCH_LEVEL);
    log_from(LogHandle, __func__);
}
NT_EXPORT("ndis.sys", NdisMFlushLog);
