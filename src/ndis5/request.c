/* SPDX-License-Identifier: MIT */
/* request.c - MiniportQueryInformation and MiniportSetInformation, and their completion.
 *
 * Requests run at DISPATCH_LEVEL, one at a time. While the adapter is being reset the
 * driver gets none: who asks is told NDIS_STATUS_RESET_IN_PROGRESS (NDIS 5, "NdisRequest"). */
#include "ndis5/ndis5.h"

NDIS_STATUS ndis5_request(struct ndis_adapter *adapter, NDIS_OID_REQUEST *request)
{
    struct ndis5_adapter *f = five(adapter);
    const NDIS51_MINIPORT_CHARACTERISTICS *chars = chars5(adapter);
    bool set = request->RequestType == NdisRequestSetInformation;
    if (request->RequestType == NdisRequestMethod)
        return NDIS_STATUS_NOT_SUPPORTED; /* there are none before NDIS 6 */
    void *handler =
        set ? (void *)chars->SetInformationHandler : (void *)chars->QueryInformationHandler;
    KIRQL old = ndis5_enter(adapter);
    if (__atomic_load_n(&adapter->resetting, __ATOMIC_SEQ_CST)) {
        ndis5_leave(adapter, old);
        return NDIS_STATUS_RESET_IN_PROGRESS;
    }
    PVOID id = request->RequestId; /* the request may be complete, and gone, before the call is */
    NDIS_STATUS status = (NDIS_STATUS)DRIVER_CALL(
        handler, adapter->context, request->DATA.QUERY_INFORMATION.Oid,
        request->DATA.QUERY_INFORMATION.InformationBuffer,
        request->DATA.QUERY_INFORMATION.InformationBufferLength,
        &request->DATA.QUERY_INFORMATION.BytesWritten,
        &request->DATA.QUERY_INFORMATION.BytesNeeded);
    ndis5_check_indications(adapter, handler,
                            set ? "MiniportSetInformation" : "MiniportQueryInformation");
    if (status == NDIS_STATUS_PENDING)
        __atomic_store_n(&f->pended_request, id, __ATOMIC_RELEASE);
    ndis5_leave(adapter, old);
    return status;
}

void ndis5_request_abort(struct ndis_adapter *adapter)
{
    PVOID id = __atomic_load_n(&five(adapter)->pended_request, __ATOMIC_ACQUIRE);
    if (id)
        ndis_oid_abort(adapter, id, NDIS_STATUS_REQUEST_ABORTED);
}

static void complete(NDIS_HANDLE handle, NDIS_STATUS status, bool set, const char *function)
{
    bool irql_fine = irql_require(function, DISPATCH_LEVEL, DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_handle(handle, function);
    if (!adapter || (!irql_fine && irql_current() > DISPATCH_LEVEL))
        return;
    const NDIS_OID_REQUEST *request = __atomic_load_n(&adapter->oid.request, __ATOMIC_ACQUIRE);
    bool kind = request && (request->RequestType == NdisRequestSetInformation) == set;
    if (!RULE("NdisMQueryInformationComplete", status != NDIS_STATUS_PENDING,
              "%s with NDIS_STATUS_PENDING", function))
        status = NDIS_STATUS_FAILURE;
    RULE("NdisMQueryInformationComplete", kind && ndis_oid_complete(adapter, status),
         "%s, but no such request is pending (it never was, or is complete already)", function);
}

VOID NTAPI NdisMQueryInformationComplete(NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status)
{
    complete(MiniportAdapterHandle, Status, false, __func__);
}
NT_EXPORT("ndis.sys", NdisMQueryInformationComplete);

VOID NTAPI NdisMSetInformationComplete(NDIS_HANDLE MiniportAdapterHandle, NDIS_STATUS Status)
{
    complete(MiniportAdapterHandle, Status, true, __func__);
}
NT_EXPORT("ndis.sys", NdisMSetInformationComplete);
