/* SPDX-License-Identifier: MIT */
/* dma.c - map registers, NdisMInitializeScatterGatherDma, and what shared memory needs of both.
 *
 * A map register is one buffer of a packet on its way to the device (NDIS 5,
 * "NdisMAllocateMapRegisters"); with scatter/gather DMA NDIS maps whole packets and hands the list
 * over in ScatterGatherListPacketInfo. Memory is coherent and all of it within reach, so there is
 * nothing to copy. */
#include "ndis5/ndis5.h"
#include "ndis/dma.h"
#include "nt/physmem.h"
#include "nt/opaque.h"
#include <stdlib.h>
#include <string.h>

#define MAP_REGISTERS_MAX 4096

/* What sharedmem.c asks of an adapter that may use DMA. */
static bool sg_dma_make(struct ndis_adapter *adapter, bool address64, ULONG maximum)
{
    if (adapter->sg_dma)
        return true;
    struct ndis_sg_dma *dma = opaque_alloc(sizeof(*dma));
    if (!dma)
        return false;
    dma->magic = NDIS_SG_DMA_MAGIC;
    dma->adapter = adapter;
    dma->address64 = address64;
    dma->maximum_mapping = maximum;
    dma->shared_memory_complete =
        (MINIPORT_ALLOCATE_SHARED_MEM_COMPLETE_HANDLER)chars5(adapter)->AllocateCompleteHandler;
    adapter->sg_dma = dma;
    return true;
}

/* NDIS frees it itself: there is no call for it in NDIS 5. */
void ndis5_dma_release(struct ndis_adapter *adapter, const void *handler, const char *after)
{
    struct ndis5_adapter *f = five(adapter);
    RULE_AT(handler, "NdisMFreeMapRegisters", !f->map,
            "%s without NdisMFreeMapRegisters of its %u map registers", after, f->map_count);
    free(f->map);
    f->map = NULL;
    f->map_count = 0;
    f->use_sg = false;
    if (adapter->sg_dma && ndis_state(adapter) != NDIS_SHUT_DOWN) {
        struct ndis_sg_dma *dma = adapter->sg_dma;
        adapter->sg_dma = NULL;
        dma->magic = 0;
        opaque_free(dma);
    }
}

NDIS_STATUS NTAPI NdisMInitializeScatterGatherDma(NDIS_HANDLE MiniportAdapterHandle,
                                                  BOOLEAN Dma64BitAddresses,
                                                  ULONG MaximumPhysicalMapping)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return NDIS_STATUS_FAILURE;
    struct ndis5_adapter *f = five(adapter);
    RULE("NdisMInitializeScatterGatherDma", ndis_in_initialize(adapter),
         "NdisMInitializeScatterGatherDma is called from MiniportInitialize only");
    if (!RULE("NdisMInitializeScatterGatherDma", f->bus_master,
              "NdisMInitializeScatterGatherDma by a miniport without NDIS_ATTRIBUTE_BUS_MASTER") ||
        !RULE("NdisMInitializeScatterGatherDma", !f->map,
              "NdisMInitializeScatterGatherDma after NdisMAllocateMapRegisters: one or the other"))
        return NDIS_STATUS_NOT_SUPPORTED;
    if (!sg_dma_make(adapter, Dma64BitAddresses, MaximumPhysicalMapping))
        return NDIS_STATUS_RESOURCES;
    f->use_sg = true;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMInitializeScatterGatherDma);

NDIS_STATUS NTAPI NdisMAllocateMapRegisters(NDIS_HANDLE MiniportAdapterHandle, UINT DmaChannel,
                                            NDIS_DMA_SIZE DmaSize, ULONG PhysicalMapRegistersNeeded,
                                            ULONG MaximumPhysicalMapping)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return NDIS_STATUS_FAILURE;
    struct ndis5_adapter *f = five(adapter);
    RULE("NdisMAllocateMapRegisters", ndis_in_initialize(adapter),
         "NdisMAllocateMapRegisters is called from MiniportInitialize only");
    if (!RULE("NdisMAllocateMapRegisters", !f->map && !f->use_sg,
              "NdisMAllocateMapRegisters a second time, or after NdisMInitializeScatterGatherDma"))
        return NDIS_STATUS_FAILURE;
    bool wide = DmaSize == NDIS_DMA_64BITS;
    if (!RULE("NdisMAllocateMapRegisters", PhysicalMapRegistersNeeded <= MAP_REGISTERS_MAX,
              "NdisMAllocateMapRegisters: %u registers", PhysicalMapRegistersNeeded))
        return NDIS_STATUS_RESOURCES;
    /* 24 bits: not enough of this machine's memory is there. */
    if (DmaSize == NDIS_DMA_24BITS || !sg_dma_make(adapter, wide, MaximumPhysicalMapping))
        return NDIS_STATUS_RESOURCES;
    f->map = calloc(PhysicalMapRegistersNeeded ? PhysicalMapRegistersNeeded : 1, sizeof(*f->map));
    f->map_count = f->map ? PhysicalMapRegistersNeeded : 0;
    return f->map ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
}
NT_EXPORT("ndis.sys", NdisMAllocateMapRegisters);

/* Since Windows 2000 an answer without meaning (KB 253233); drivers of NT 4 ask, and take less if
 * NdisMAllocateMapRegisters fails. */
NDIS_STATUS NTAPI NdisQueryMapRegisterCount(NDIS_INTERFACE_TYPE BusType, PUINT MapRegisterCount)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *MapRegisterCount = BusType == NdisInterfacePci ? MAP_REGISTERS_MAX : 0;
    return BusType == NdisInterfacePci ? NDIS_STATUS_SUCCESS : NDIS_STATUS_NOT_SUPPORTED;
}
NT_EXPORT("ndis.sys", NdisQueryMapRegisterCount);

VOID NTAPI NdisMFreeMapRegisters(NDIS_HANDLE MiniportAdapterHandle)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    struct ndis5_adapter *f = five(adapter);
    RULE("NdisMFreeMapRegisters", f->map != NULL,
         "NdisMFreeMapRegisters, but none are allocated (or freed already)");
    for (unsigned i = 0; i < f->map_count; i++)
        RULE("NdisMFreeMapRegisters", !f->map[i].mdl,
             "NdisMFreeMapRegisters while map register %u holds a mapping "
             "(NdisMCompleteBufferPhysicalMapping)",
             i);
    free(f->map);
    f->map = NULL;
    f->map_count = 0;
}
NT_EXPORT("ndis.sys", NdisMFreeMapRegisters);

VOID NTAPI NdisMStartBufferPhysicalMapping(NDIS_HANDLE MiniportAdapterHandle, PNDIS_BUFFER Buffer,
                                           ULONG PhysicalMapRegister, BOOLEAN WriteToDevice,
                                           PNDIS_PHYSICAL_ADDRESS_UNIT PhysicalAddressArray,
                                           PUINT ArraySize)
{
    IRQL_EXACT(DISPATCH_LEVEL);
    *ArraySize = 0;
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    struct ndis5_adapter *f = five(adapter);
    if (!RULE("NdisMStartBufferPhysicalMapping", PhysicalMapRegister < f->map_count,
              "NdisMStartBufferPhysicalMapping with map register %u of %u", PhysicalMapRegister,
              f->map_count))
        return;
    RULE("NdisMStartBufferPhysicalMapping", !f->map[PhysicalMapRegister].mdl,
         "NdisMStartBufferPhysicalMapping with map register %u, which still maps buffer %p",
         PhysicalMapRegister, (void *)f->map[PhysicalMapRegister].mdl);
    f->map[PhysicalMapRegister].mdl = Buffer;
    /* One unit per page at most: the array is as large as NDIS_BUFFER_TO_SPAN_PAGES says. */
    MDL *next = Buffer->Next;
    Buffer->Next = NULL;
    UINT pages = NDIS_BUFFER_TO_SPAN_PAGES(Buffer);
    SCATTER_GATHER_ELEMENT *elements = calloc(pages, sizeof(*elements));
    size_t n =
        elements ? ndis_sg_map(Buffer, Buffer->ByteCount, ndis_sg_split_pages, elements, pages) : 0;
    Buffer->Next = next;
    for (size_t i = 0; i < n && i < pages; i++) {
        PhysicalAddressArray[i].PhysicalAddress = elements[i].Address;
        PhysicalAddressArray[i].Length = elements[i].Length;
    }
    free(elements);
    *ArraySize = (UINT)n;
}
NT_EXPORT("ndis.sys", NdisMStartBufferPhysicalMapping);

VOID NTAPI NdisMCompleteBufferPhysicalMapping(NDIS_HANDLE MiniportAdapterHandle,
                                              PNDIS_BUFFER Buffer, ULONG PhysicalMapRegister)
{
    IRQL_EXACT(DISPATCH_LEVEL);
    struct ndis_adapter *adapter = ndis5_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    struct ndis5_adapter *f = five(adapter);
    if (RULE("NdisMCompleteBufferPhysicalMapping",
             PhysicalMapRegister < f->map_count && f->map[PhysicalMapRegister].mdl == Buffer,
             "NdisMCompleteBufferPhysicalMapping of buffer %p in map register %u, which does not "
             "map it",
             (void *)Buffer, PhysicalMapRegister))
        f->map[PhysicalMapRegister].mdl = NULL;
}
NT_EXPORT("ndis.sys", NdisMCompleteBufferPhysicalMapping);
