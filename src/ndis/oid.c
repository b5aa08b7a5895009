/* SPDX-License-Identifier: MIT */
/* oid.c - OID requests to a driver: one at a time, answered at once or later.
 *
 * MiniportOidRequest runs at PASSIVE_LEVEL; when it returns NDIS_STATUS_PENDING, no other request
 * follows until NdisMOidRequestComplete. `turn` keeps that order. A request is done exactly once: a
 * completion of what is not pending is bug check 0x7C/0x26, whichever way it came about (R-438;
 * SDV: DoubleComplete, NdisOidDoubleComplete). The request and its buffer lie in pool, so that
 * touching them afterwards shows. */
#include "ndis/ndis_internal.h"
#include "trace/trace.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000ull

void ndis_oid_init(struct ndis_adapter *adapter)
{
    event_init(&adapter->oid.turn, false, true);
    event_init(&adapter->oid.done, true, false);
}

bool ndis_oid_complete(struct ndis_adapter *adapter, NDIS_STATUS status)
{
    struct ndis_oid_slot *slot = &adapter->oid;
    int expected = NDIS_PENDING_CALLED;
    if (!__atomic_load_n(&slot->request, __ATOMIC_ACQUIRE) ||
        !__atomic_compare_exchange_n(&slot->state, &expected, NDIS_PENDING_COMPLETED, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return false;
    slot->status = status;
    event_set(&slot->done);
    return true;
}

bool ndis_oid_abort(struct ndis_adapter *adapter, PVOID request_id, NDIS_STATUS status)
{
    struct ndis_oid_slot *slot = &adapter->oid;
    host_lock(&adapter->lock); /* so that the request cannot make room for another one meanwhile */
    bool done = slot->request && slot->request->RequestId == request_id &&
                ndis_oid_complete(adapter, status);
    host_unlock(&adapter->lock);
    return done;
}

static NDIS_OID oid_of(const NDIS_OID_REQUEST *request)
{
    /* The OID is the first member of each of the three kinds. */
    return request->DATA.QUERY_INFORMATION.Oid;
}

VOID NTAPI NdisMOidRequestComplete(NDIS_HANDLE MiniportAdapterHandle, PNDIS_OID_REQUEST OidRequest,
                                   NDIS_STATUS Status)
{
    IRQL_MAX(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    struct ndis_oid_slot *slot = &adapter->oid;
    int expected = NDIS_PENDING_CALLED;
    bool ours = OidRequest && __atomic_load_n(&slot->request, __ATOMIC_ACQUIRE) == OidRequest;
    if (ours)
        slot->status = Status;
    if (!ours || !__atomic_compare_exchange_n(&slot->state, &expected, NDIS_PENDING_COMPLETED,
                                              false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        bugcheck(NDIS_BUGCHECK, NDIS_BUGCHECK_OID_COMPLETION, (uint64_t)adapter->driver,
                 (uint64_t)OidRequest, 0,
                 "NdisMOidRequestComplete of request %p, which is not pending (%s)", OidRequest,
                 ours ? "it is already complete" : "it never was, or was completed before");
    if (!RULE("NdisOidComplete", Status != NDIS_STATUS_PENDING,
              "NdisMOidRequestComplete of OID 0x%08x with NDIS_STATUS_PENDING", oid_of(OidRequest)))
        slot->status = NDIS_STATUS_FAILURE;
    event_set(&slot->done);
}
NT_EXPORT("ndis.sys", NdisMOidRequestComplete);

/* Direct requests are not serialised and not issued by this NDIS, so none can be pending. */
VOID NTAPI NdisMDirectOidRequestComplete(NDIS_HANDLE MiniportAdapterHandle,
                                         PNDIS_OID_REQUEST OidRequest, NDIS_STATUS Status)
{
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (adapter)
        bugcheck(NDIS_BUGCHECK, NDIS_BUGCHECK_OID_COMPLETION, (uint64_t)adapter->driver,
                 (uint64_t)OidRequest, 0,
                 "NdisMDirectOidRequestComplete of request %p, which is not pending", OidRequest);
}
NT_EXPORT("ndis.sys", NdisMDirectOidRequestComplete);

/* Waits for the completion of a pended request. */
static NDIS_STATUS wait_for_completion(struct ndis_adapter *adapter, NDIS_OID_REQUEST *request)
{
    struct ndis_oid_slot *slot = &adapter->oid;
    uint64_t slow = ndis_timeouts.oid_slow * MS;
    if (thread_wait(&slot->done, slow) == STATUS_TIMEOUT) {
        violation("NdisTimedOidComplete", "OID 0x%08x is not completed after %u ms",
                  oid_of(request), ndis_timeouts.oid_slow);
        /* Its originator gives up: the driver completes it with NDIS_STATUS_REQUEST_ABORTED. */
        if (adapter->driver->chars.CancelOidRequestHandler)
            DRIVER_CALL(adapter->driver->chars.CancelOidRequestHandler, adapter->context,
                        request->RequestId);
        uint64_t rest = ndis_timeouts.oid > ndis_timeouts.oid_slow
                            ? (ndis_timeouts.oid - ndis_timeouts.oid_slow) * MS
                            : MS;
        if (thread_wait(&slot->done, rest) == STATUS_TIMEOUT)
            ndis_watchdog_bite(adapter, NDIS_WATCHDOG_OID, oid_of(request), ndis_timeouts.oid,
                               "an OID request");
    }
    return slot->status;
}

/* With the turn held: gives the request to the driver and waits until it is done. */
static NDIS_STATUS issue(struct ndis_adapter *adapter, NDIS_OID_REQUEST *request)
{
    struct ndis_oid_slot *slot = &adapter->oid;
    event_clear(&slot->done);
    slot->hang_checks = 0;
    slot->started = host_now();
    __atomic_store_n(&slot->state, NDIS_PENDING_CALLED, __ATOMIC_RELEASE);
    __atomic_store_n(&slot->request, request, __ATOMIC_RELEASE);
    ndis_count(&adapter->oids, 1);

    ndis_watchdog_start(adapter, NDIS_WATCH_OID, NDIS_WATCHDOG_OID, oid_of(request),
                        "an OID request");
    const struct ndis_legacy *legacy = adapter->driver->legacy;
    NDIS_STATUS status =
        legacy ? legacy->request(adapter, request)
               : (NDIS_STATUS)DRIVER_CALL(adapter->driver->chars.OidRequestHandler,
                                          adapter->context, request);
    ndis_watchdog_stop(adapter, NDIS_WATCH_OID);
    if (status == NDIS_STATUS_PENDING)
        status = wait_for_completion(adapter, request);
    else if (__atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) != NDIS_PENDING_CALLED)
        bugcheck(NDIS_BUGCHECK, NDIS_BUGCHECK_OID_COMPLETION, (uint64_t)adapter->driver,
                 (uint64_t)request, 0,
                 "MiniportOidRequest returned 0x%08x for OID 0x%08x after it had completed the "
                 "request with NdisMOidRequestComplete; it returns NDIS_STATUS_PENDING then",
                 (unsigned)status, oid_of(request));
    host_lock(&adapter->lock);
    __atomic_store_n(&slot->request, NULL, __ATOMIC_RELEASE);
    __atomic_store_n(&slot->state, NDIS_PENDING_IDLE, __ATOMIC_RELEASE);
    host_unlock(&adapter->lock);
    return status;
}

static bool takes_oids(enum ndis_adapter_state state)
{
    return state == NDIS_PAUSED || state == NDIS_RESTARTING || state == NDIS_RUNNING ||
           state == NDIS_PAUSING;
}

/* Fills the request for `type`; the counters that the driver sets are read back by outcome(). */
static void fill(NDIS_OID_REQUEST *request, NDIS_REQUEST_TYPE type, NDIS_OID oid, void *buffer,
                 ULONG length, ULONG output_length)
{
    static unsigned long next_id;
    ndis_header_set(&request->Header, NDIS_OBJECT_TYPE_OID_REQUEST, NDIS_OID_REQUEST_REVISION_1,
                    NDIS_SIZEOF_OID_REQUEST_REVISION_1);
    request->RequestType = type;
    request->RequestId = (PVOID)__atomic_add_fetch(&next_id, 1, __ATOMIC_RELAXED);
    if (type == NdisRequestMethod) {
        request->DATA.METHOD_INFORMATION.Oid = oid;
        request->DATA.METHOD_INFORMATION.InformationBuffer = buffer;
        request->DATA.METHOD_INFORMATION.InputBufferLength = length;
        request->DATA.METHOD_INFORMATION.OutputBufferLength = output_length;
    } else {
        /* Query and set differ only in the names of their members. */
        request->DATA.QUERY_INFORMATION.Oid = oid;
        request->DATA.QUERY_INFORMATION.InformationBuffer = buffer;
        request->DATA.QUERY_INFORMATION.InformationBufferLength = length;
    }
}

/* How many bytes: needed if too short, else written (or read, for a set). Checks that the driver
 * kept inside. */
static ULONG outcome(const NDIS_OID_REQUEST *request, NDIS_STATUS status, ULONG room)
{
    bool method = request->RequestType == NdisRequestMethod;
    ULONG done = method ? request->DATA.METHOD_INFORMATION.BytesWritten
                        : request->DATA.QUERY_INFORMATION.BytesWritten;
    ULONG needed = method ? request->DATA.METHOD_INFORMATION.BytesNeeded
                          : request->DATA.QUERY_INFORMATION.BytesNeeded;
    if (status == NDIS_STATUS_BUFFER_TOO_SHORT || status == NDIS_STATUS_INVALID_LENGTH ||
        status == NDIS_STATUS_BUFFER_OVERFLOW)
        return needed;
    if (status != NDIS_STATUS_SUCCESS)
        return 0;
    if (!RULE("MiniportOidRequest", done <= room,
              "OID 0x%08x: the driver says that it %s %u bytes of a buffer of %u", oid_of(request),
              request->RequestType == NdisRequestSetInformation ? "read" : "wrote", done, room))
        done = room;
    return done;
}

/* What a request was answered; for one that asked, also with which bytes. */
static void trace_answer(NDIS_REQUEST_TYPE type, NDIS_OID oid, NDIS_STATUS status,
                         const void *bytes, size_t n)
{
    bool set = type == NdisRequestSetInformation;
    if (!trace_on)
        return;
    trace(TRACE_OID, set ? "set" : type == NdisRequestMethod ? "method" : "query", oid,
          (uint32_t)status);
    if (!set && status == NDIS_STATUS_SUCCESS)
        trace(TRACE_ANSWER, NULL, oid, trace_digest(bytes, n));
}

NDIS_STATUS ndis_oid_driver(struct ndis_adapter *adapter, NDIS_REQUEST_TYPE type, NDIS_OID oid,
                            void *buffer, ULONG length, ULONG output_length, ULONG *bytes)
{
    ULONG size = output_length > length ? output_length : length;
    ULONG room = type == NdisRequestMethod ? output_length : length;
    NDIS_OID_REQUEST *request = nt_pool_alloc_system(sizeof(*request), NDIS_TAG);
    void *copy = size ? nt_pool_alloc_system(size, NDIS_TAG) : NULL;
    NDIS_STATUS status = NDIS_STATUS_RESOURCES;
    if (bytes)
        *bytes = 0;
    if (request && (copy || !size)) {
        memset(request, 0, sizeof(*request));
        if (size) {
            memset(copy, 0, size);
            memcpy(copy, buffer, length);
        }
        fill(request, type, oid, copy, length, output_length);
        thread_wait(&adapter->oid.turn, UINT64_MAX);
        if (takes_oids(ndis_state(adapter))) {
            status = issue(adapter, request);
            ULONG done = outcome(request, status, room);
            if (bytes)
                *bytes = done;
            trace_answer(type, oid, status, copy, done);
            if (status == NDIS_STATUS_SUCCESS && type != NdisRequestSetInformation && done)
                memcpy(buffer, copy, done);
        } else {
            status = NDIS_STATUS_ADAPTER_NOT_READY;
        }
        event_set(&adapter->oid.turn);
    }
    nt_pool_free(copy);
    nt_pool_free(request);
    return status;
}

/* What NDIS remembers of a protocol's settings, to restore them after a reset. */
static void remember(struct ndis_adapter *adapter, NDIS_OID oid, const void *buffer, ULONG length)
{
    struct ndis_filter_state *filter = &adapter->filter;
    switch (oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
        if (length >= sizeof(ULONG)) {
            memcpy(&filter->packet_filter, buffer, sizeof(ULONG));
            filter->packet_filter_set = true;
        }
        break;
    case OID_GEN_CURRENT_LOOKAHEAD:
        if (length >= sizeof(ULONG))
            memcpy(&filter->lookahead, buffer, sizeof(ULONG));
        break;
    case OID_802_3_MULTICAST_LIST:
        if (length <= sizeof(filter->multicast)) {
            memcpy(filter->multicast, buffer, length);
            filter->multicasts = length / 6;
            filter->multicast_set = true;
        }
        break;
    }
}

NDIS_STATUS ndis_oid(struct ndis_adapter *adapter, NDIS_REQUEST_TYPE type, NDIS_OID oid,
                     void *buffer, ULONG length, ULONG *bytes)
{
    NDIS_STATUS status;
    if (type == NdisRequestQueryInformation && !adapter->driver->legacy &&
        ndis_oid_from_attributes(adapter, oid, buffer, length, bytes, &status))
        return status;
    status = ndis_oid_driver(adapter, type, oid, buffer, length,
                             type == NdisRequestMethod ? length : 0, bytes);
    if (type == NdisRequestSetInformation && status == NDIS_STATUS_SUCCESS)
        remember(adapter, oid, buffer, length);
    return status;
}
