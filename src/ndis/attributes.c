/* SPDX-License-Identifier: MIT */
/* attributes.c - NdisMSetMiniportAttributes: what a driver tells about its adapter.
 *
 * The kinds come in a fixed order: the add-device kind from MiniportAddDevice; from
 * MiniportInitializeEx first the registration attributes, then the general ones, then any others
 * (page of NdisMSetMiniportAttributes, Remarks; R-003). Everything is copied, pointers included:
 * the driver's structures live on its stack. */
#include "ndis/ndis_internal.h"
#include <stdlib.h>
#include <string.h>

#define REVISION(name, n)                                                                          \
    {                                                                                              \
        NDIS_##name##_REVISION_##n, NDIS_SIZEOF_##name##_REVISION_##n                              \
    }

/* malloc'd copy, NULL for NULL or when memory ran out. */
static void *copy(const void *from, size_t bytes)
{
    void *to = from && bytes ? malloc(bytes) : NULL;
    return to ? memcpy(to, from, bytes) : NULL;
}

/* A structure with a header: as many bytes as it says. */
static void *copy_object(const void *object)
{
    return object ? copy(object, ((const NDIS_OBJECT_HEADER *)object)->Size) : NULL;
}

void ndis_attributes_clear(struct ndis_adapter *adapter)
{
    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *general = &adapter->general;
    free(general->SupportedOidList);
    free(general->PowerManagementCapabilities);
    free(general->PowerManagementCapabilitiesEx);
    free(adapter->offload_current);
    free(adapter->offload_hardware);
    memset(general, 0, sizeof(*general));
    memset(&adapter->registration, 0, sizeof(adapter->registration));
    memset(&adapter->rss, 0, sizeof(adapter->rss));
    memset(&adapter->link, 0, sizeof(adapter->link));
    memset(&adapter->filter, 0, sizeof(adapter->filter));
    adapter->offload_current = adapter->offload_hardware = NULL;
    adapter->registration_set = adapter->general_set = adapter->rss_set = adapter->offload_set =
        false;
    adapter->context = NULL;
    adapter->attributes_set &= NDIS_SET_ADD_DEVICE;
}

bool ndis_require_registration(struct ndis_adapter *adapter, const char *function)
{
    return RULE("R-003", adapter->registration_set,
                "%s before the registration attributes were set with NdisMSetMiniportAttributes",
                function);
}

static NDIS_STATUS set_add_device(struct ndis_adapter *adapter,
                                  const NDIS_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES *given)
{
    static const struct ndis_revision revisions[] = {
        REVISION(MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES, 1)};
    if (!ndis_header_check(&given->Header, "NDIS_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES",
                           NDIS_OBJECT_TYPE_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES, revisions,
                           1))
        return NDIS_STATUS_BAD_VERSION;
    RULE("R-223", adapter->add_thread && adapter->add_thread == thread_current(),
         "the add-device attributes are set outside MiniportAddDevice");
    adapter->add_device_context = given->MiniportAddDeviceContext;
    adapter->attributes_set |= NDIS_SET_ADD_DEVICE;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS set_registration(struct ndis_adapter *adapter,
                                    const NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES *given)
{
    static const struct ndis_revision revisions[] = {
        REVISION(MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES, 1),
        REVISION(MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES, 2)};
    if (!ndis_header_check(&given->Header, "NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES",
                           NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES, revisions, 2))
        return NDIS_STATUS_BAD_VERSION;
    RULE("NdisMSetMiniportAttributes", !adapter->registration_set,
         "the registration attributes are set a second time");
    RULE("R-225",
         !given->MiniportAdapterContext ||
             given->MiniportAdapterContext != adapter->add_device_context,
         "MiniportAdapterContext is the context of MiniportAddDevice (%p); they should differ",
         given->MiniportAdapterContext);
    memcpy(&adapter->registration, given,
           (size_t)NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1);
    adapter->context = given->MiniportAdapterContext;
    adapter->registration_set = true;
    adapter->attributes_set |= NDIS_SET_REGISTRATION;
    return NDIS_STATUS_SUCCESS;
}

static void set_link_from(struct ndis_adapter *adapter,
                          const NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *general)
{
    NDIS_LINK_STATE *link = &adapter->link;
    ndis_header_set(&link->Header, NDIS_OBJECT_TYPE_DEFAULT, NDIS_LINK_STATE_REVISION_1,
                    NDIS_SIZEOF_LINK_STATE_REVISION_1);
    link->MediaConnectState = general->MediaConnectState;
    link->MediaDuplexState = general->MediaDuplexState;
    link->XmitLinkSpeed = general->XmitLinkSpeed;
    link->RcvLinkSpeed = general->RcvLinkSpeed;
    link->AutoNegotiationFlags = general->AutoNegotiationFlags;
    event_set(&adapter->link_event);
}

static NDIS_STATUS set_general(struct ndis_adapter *adapter,
                               const NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *given)
{
    static const struct ndis_revision revisions[] = {
        REVISION(MINIPORT_ADAPTER_GENERAL_ATTRIBUTES, 1),
        REVISION(MINIPORT_ADAPTER_GENERAL_ATTRIBUTES, 2)};
    static const struct ndis_revision rss_revisions[] = {REVISION(RECEIVE_SCALE_CAPABILITIES, 1)};
    if (!ndis_header_check(&given->Header, "NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES",
                           NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES, revisions, 2))
        return NDIS_STATUS_BAD_VERSION;
    RULE("NdisMSetMiniportAttributes", adapter->registration_set,
         "the general attributes are set before the registration attributes");
    RULE("NdisMSetMiniportAttributes", !adapter->general_set,
         "the general attributes are set a second time");
    if (!RULE("NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES",
              given->MacAddressLength <= NDIS_MAX_PHYS_ADDRESS_LENGTH,
              "MacAddressLength is %u, more than NDIS_MAX_PHYS_ADDRESS_LENGTH (%u)",
              given->MacAddressLength, NDIS_MAX_PHYS_ADDRESS_LENGTH))
        return NDIS_STATUS_INVALID_PARAMETER;
    RULE("NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES",
         given->SupportedOidListLength % sizeof(NDIS_OID) == 0 &&
             (given->SupportedOidList || !given->SupportedOidListLength),
         "SupportedOidListLength is %u bytes: not a whole number of OIDs, or no list",
         given->SupportedOidListLength);

    NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES *general = &adapter->general;
    bool second = given->Header.Revision >= NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
    free(general->SupportedOidList);
    free(general->PowerManagementCapabilities);
    free(general->PowerManagementCapabilitiesEx);
    memset(general, 0, sizeof(*general));
    memcpy(general, given,
           second ? (size_t)NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2
                  : (size_t)NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_1);
    general->SupportedOidList =
        copy(given->SupportedOidList,
             given->SupportedOidListLength / sizeof(NDIS_OID) * sizeof(NDIS_OID));
    if (!general->SupportedOidList)
        general->SupportedOidListLength = 0;
    general->PowerManagementCapabilities =
        copy(given->PowerManagementCapabilities, sizeof(NDIS_PNP_CAPABILITIES));
    if (second) {
        RULE("NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES",
             given->PowerManagementCapabilitiesEx || !ndis_driver_at_least(adapter->driver, 6, 20),
             "PowerManagementCapabilitiesEx is NULL; it is mandatory from NDIS 6.20 on");
        general->PowerManagementCapabilitiesEx = copy_object(given->PowerManagementCapabilitiesEx);
    }
    adapter->rss_set = false;
    general->RecvScaleCapabilities = NULL;
    if (given->RecvScaleCapabilities &&
        ndis_header_check(&given->RecvScaleCapabilities->Header, "NDIS_RECEIVE_SCALE_CAPABILITIES",
                          NDIS_OBJECT_TYPE_RSS_CAPABILITIES, rss_revisions, 1)) {
        size_t size = given->RecvScaleCapabilities->Header.Size;
        memset(&adapter->rss, 0, sizeof(adapter->rss));
        memcpy(&adapter->rss, given->RecvScaleCapabilities,
               size < sizeof(adapter->rss) ? size : sizeof(adapter->rss));
        adapter->rss_set = true;
        general->RecvScaleCapabilities = &adapter->rss;
    }
    set_link_from(adapter, general);
    adapter->general_set = true;
    adapter->attributes_set |= NDIS_SET_GENERAL;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS set_offload(struct ndis_adapter *adapter,
                               const NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES *given)
{
    static const struct ndis_revision revisions[] = {
        REVISION(MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES, 1)};
    if (!ndis_header_check(&given->Header, "NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES",
                           NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES, revisions, 1))
        return NDIS_STATUS_BAD_VERSION;
    free(adapter->offload_current);
    free(adapter->offload_hardware);
    adapter->offload_current = copy_object(given->DefaultOffloadConfiguration);
    adapter->offload_hardware = copy_object(given->HardwareOffloadCapabilities);
    adapter->offload_set = true;
    adapter->attributes_set |= NDIS_SET_OFFLOAD;
    return NDIS_STATUS_SUCCESS;
}

/* Kinds that this NDIS has no use for: checked, noted, and without further effect on an Ethernet
 * adapter. */
static NDIS_STATUS set_other(struct ndis_adapter *adapter, const NDIS_OBJECT_HEADER *header)
{
    static const struct ndis_revision assist[] = {
        REVISION(MINIPORT_ADAPTER_HARDWARE_ASSIST_ATTRIBUTES, 1),
        REVISION(MINIPORT_ADAPTER_HARDWARE_ASSIST_ATTRIBUTES, 2),
        REVISION(MINIPORT_ADAPTER_HARDWARE_ASSIST_ATTRIBUTES, 3)};
    switch (header->Type) {
    case NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_HARDWARE_ASSIST_ATTRIBUTES:
        if (!ndis_header_check(header, "NDIS_MINIPORT_ADAPTER_HARDWARE_ASSIST_ATTRIBUTES",
                               header->Type, assist, 3))
            return NDIS_STATUS_BAD_VERSION;
        adapter->attributes_set |= NDIS_SET_HARDWARE_ASSIST;
        return NDIS_STATUS_SUCCESS;
    case NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_NATIVE_802_11_ATTRIBUTES:
        adapter->attributes_set |= NDIS_SET_NATIVE_80211;
        return NDIS_STATUS_SUCCESS;
#ifdef NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_NDK_ATTRIBUTES
    case NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_NDK_ATTRIBUTES:
        /* Kernel-mode RDMA is offered to consumers that this NDIS does not have. */
        adapter->attributes_set |= NDIS_SET_OTHER;
        return NDIS_STATUS_SUCCESS;
#endif
    default:
        violation(
            "R-026",
            "NdisMSetMiniportAttributes: Header.Type is 0x%02x, which is no kind of attributes",
            header->Type);
        return NDIS_STATUS_INVALID_PARAMETER;
    }
}

NDIS_STATUS NTAPI NdisMSetMiniportAttributes(NDIS_HANDLE NdisMiniportAdapterHandle,
                                             PNDIS_MINIPORT_ADAPTER_ATTRIBUTES MiniportAttributes)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(NdisMiniportAdapterHandle, __func__);
    if (!adapter)
        return NDIS_STATUS_FAILURE;
    if (!RULE("R-026", MiniportAttributes != NULL,
              "NdisMSetMiniportAttributes: the pointer is NULL"))
        return NDIS_STATUS_INVALID_PARAMETER;
    const NDIS_OBJECT_HEADER *header = &MiniportAttributes->Header;
    if (header->Type == NDIS_OBJECT_TYPE_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES)
        return set_add_device(adapter, &MiniportAttributes->AddDeviceRegistrationAttributes);

    RULE("NdisMSetMiniportAttributes", ndis_in_initialize(adapter),
         "NdisMSetMiniportAttributes (type 0x%02x) outside MiniportInitializeEx", header->Type);
    if (header->Type == NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES)
        return set_registration(adapter, &MiniportAttributes->RegistrationAttributes);
    if (header->Type == NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES)
        return set_general(adapter, &MiniportAttributes->GeneralAttributes);
    RULE("NdisMSetMiniportAttributes", adapter->general_set,
         "attributes of type 0x%02x are set before the general attributes", header->Type);
    if (header->Type == NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES)
        return set_offload(adapter, &MiniportAttributes->OffloadAttributes);
    return set_other(adapter, header);
}
NT_EXPORT("ndis.sys", NdisMSetMiniportAttributes);
