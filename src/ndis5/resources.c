/* SPDX-License-Identifier: MIT */
/* resources.c - the adapter's resources and configuration space, by the handles of NDIS 5.
 *
 * A 5.x driver sees raw resources; NdisMRegisterInterrupt and NdisMMapIoSpace translate them. */
#include "ndis5/ndis5.h"
#include "ndis/config.h"
#include "nt/iospace.h"
#include <string.h>

/* What precedes the descriptors counts. */
static size_t list_bytes(const CM_PARTIAL_RESOURCE_LIST *list)
{
    return offsetof(CM_PARTIAL_RESOURCE_LIST, PartialDescriptors) +
           list->Count * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR);
}

VOID NTAPI NdisMQueryAdapterResources(PNDIS_STATUS Status, NDIS_HANDLE WrapperConfigurationContext,
                                      PNDIS_RESOURCE_LIST ResourceList, PUINT BufferSize)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *Status = NDIS_STATUS_FAILURE;
    struct ndis_adapter *adapter = ndis5_from_config(WrapperConfigurationContext, __func__);
    if (!adapter || !adapter->raw_list)
        return;
    const CM_PARTIAL_RESOURCE_LIST *list = &adapter->raw_list->List[0].PartialResourceList;
    UINT room = *BufferSize;
    *BufferSize = (UINT)list_bytes(list);
    if (room < *BufferSize || !ResourceList) {
        *Status = NDIS_STATUS_RESOURCES;
        return;
    }
    memcpy(ResourceList, list, *BufferSize);
    *Status = NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMQueryAdapterResources);

NDIS_STATUS NTAPI NdisMPciAssignResources(NDIS_HANDLE MiniportHandle, ULONG SlotNumber,
                                          PNDIS_RESOURCE_LIST *AssignedResources)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *AssignedResources = NULL;
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportHandle, __func__);
    if (!adapter || !adapter->raw_list)
        return NDIS_STATUS_FAILURE;
    const CM_PARTIAL_RESOURCE_LIST *list = &adapter->raw_list->List[0].PartialResourceList;
    struct ndis5_adapter *f = five(adapter);
    nt_pool_free(f->assigned);
    f->assigned = nt_pool_alloc_system(list_bytes(list), NDIS_TAG);
    if (!f->assigned)
        return NDIS_STATUS_RESOURCES;
    memcpy(f->assigned, list, list_bytes(list));
    *AssignedResources = f->assigned;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMPciAssignResources);

ULONG NTAPI NdisImmediateReadPciSlotInformation(NDIS_HANDLE WrapperConfigurationContext,
                                                ULONG SlotNumber, ULONG Offset, PVOID Buffer,
                                                ULONG Length)
{
    struct ndis_adapter *adapter = ndis5_from_config(WrapperConfigurationContext, __func__);
    return adapter ? NdisReadPciSlotInformation(adapter->block, SlotNumber, Offset, Buffer, Length)
                   : 0;
}
NT_EXPORT("ndis.sys", NdisImmediateReadPciSlotInformation);

ULONG NTAPI NdisImmediateWritePciSlotInformation(NDIS_HANDLE WrapperConfigurationContext,
                                                 ULONG SlotNumber, ULONG Offset, PVOID Buffer,
                                                 ULONG Length)
{
    struct ndis_adapter *adapter = ndis5_from_config(WrapperConfigurationContext, __func__);
    return adapter ? NdisWritePciSlotInformation(adapter->block, SlotNumber, Offset, Buffer, Length)
                   : 0;
}
NT_EXPORT("ndis.sys", NdisImmediateWritePciSlotInformation);

VOID NTAPI NdisOpenConfiguration(PNDIS_STATUS Status, PNDIS_HANDLE ConfigurationHandle,
                                 NDIS_HANDLE WrapperConfigurationContext)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_config(WrapperConfigurationContext, __func__);
    *ConfigurationHandle = adapter ? ndis_config_open(adapter) : NULL;
    *Status = *ConfigurationHandle ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
}
NT_EXPORT("ndis.sys", NdisOpenConfiguration);

/* Ports, before the driver has registered a range. */
#define IMMEDIATE_PORT(Name, type)                                                                 \
    VOID NTAPI NdisImmediateReadPort##Name(NDIS_HANDLE WrapperConfigurationContext, ULONG Port,    \
                                           type *Data)                                             \
    {                                                                                              \
        *Data = ndis5_from_config(WrapperConfigurationContext, __func__)                           \
                    ? (type)ioport_read((uint16_t)Port, sizeof(type))                              \
                    : (type)~0ull;                                                                 \
    }                                                                                              \
    NT_EXPORT("ndis.sys", NdisImmediateReadPort##Name);                                            \
    VOID NTAPI NdisImmediateWritePort##Name(NDIS_HANDLE WrapperConfigurationContext, ULONG Port,   \
                                            type Data)                                             \
    {                                                                                              \
        if (ndis5_from_config(WrapperConfigurationContext, __func__))                              \
            ioport_write((uint16_t)Port, sizeof(type), Data);                                      \
    }                                                                                              \
    NT_EXPORT("ndis.sys", NdisImmediateWritePort##Name)

IMMEDIATE_PORT(Uchar, UCHAR);
IMMEDIATE_PORT(Ushort, USHORT);
IMMEDIATE_PORT(Ulong, ULONG);
