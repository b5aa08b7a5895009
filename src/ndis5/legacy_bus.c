/* SPDX-License-Identifier: MIT */
/* legacy_bus.c - what drivers for several buses import for those that this machine lacks: ISA's
 * system DMA, EISA and Micro Channel slots, PC Cards, memory below 4 GiB by its address.
 *
 * They answer as Windows does on a machine with PCI only: there is no such channel, slot or card.
 */
#include "ndis5/ndis5.h"
#include "nt/iospace.h"
#include <string.h>

/* --- system DMA --- */

NDIS_STATUS NTAPI NdisMRegisterDmaChannel(PNDIS_HANDLE MiniportDmaHandle,
                                          NDIS_HANDLE MiniportAdapterHandle, UINT DmaChannel,
                                          BOOLEAN Dma32BitAddresses,
                                          PNDIS_DMA_DESCRIPTION DmaDescription, ULONG MaximumLength)
{
    *MiniportDmaHandle = NULL;
    return NDIS_STATUS_NOT_SUPPORTED;
}
NT_EXPORT("ndis.sys", NdisMRegisterDmaChannel);

/* None was registered, so there is no handle that could be right. */
static void no_channel(const char *function, NDIS_HANDLE handle)
{
    violation("NdisMRegisterDmaChannel", "%s(%p): no DMA channel is registered", function, handle);
}

VOID NTAPI NdisMDeregisterDmaChannel(NDIS_HANDLE MiniportDmaHandle)
{
    no_channel(__func__, MiniportDmaHandle);
}
NT_EXPORT("ndis.sys", NdisMDeregisterDmaChannel);

ULONG NTAPI NdisMReadDmaCounter(NDIS_HANDLE MiniportDmaHandle)
{
    no_channel(__func__, MiniportDmaHandle);
    return 0;
}
NT_EXPORT("ndis.sys", NdisMReadDmaCounter);

VOID NTAPI NdisSetupDmaTransfer(PNDIS_STATUS Status, NDIS_HANDLE NdisDmaHandle, PNDIS_BUFFER Buffer,
                                ULONG Offset, ULONG Length, BOOLEAN WriteToDevice)
{
    no_channel("NdisMSetupDmaTransfer", NdisDmaHandle);
    *Status = NDIS_STATUS_RESOURCES;
}
NT_EXPORT("ndis.sys", NdisSetupDmaTransfer);

VOID NTAPI NdisCompleteDmaTransfer(PNDIS_STATUS Status, NDIS_HANDLE NdisDmaHandle,
                                   PNDIS_BUFFER Buffer, ULONG Offset, ULONG Length,
                                   BOOLEAN WriteToDevice)
{
    no_channel("NdisMCompleteDmaTransfer", NdisDmaHandle);
    *Status = NDIS_STATUS_RESOURCES;
}
NT_EXPORT("ndis.sys", NdisCompleteDmaTransfer);

/* --- slots --- */

VOID NTAPI NdisReadEisaSlotInformation(PNDIS_STATUS Status, NDIS_HANDLE WrapperConfigurationContext,
                                       PUINT SlotNumber, PVOID EisaData)
{
    ndis5_from_config(WrapperConfigurationContext, __func__);
    *Status = NDIS_STATUS_FAILURE;
}
NT_EXPORT("ndis.sys", NdisReadEisaSlotInformation);

VOID NTAPI NdisReadEisaSlotInformationEx(PNDIS_STATUS Status,
                                         NDIS_HANDLE WrapperConfigurationContext, PUINT SlotNumber,
                                         PVOID *EisaData, PUINT NumberOfFunctions)
{
    ndis5_from_config(WrapperConfigurationContext, __func__);
    *EisaData = NULL;
    *NumberOfFunctions = 0;
    *Status = NDIS_STATUS_FAILURE;
}
NT_EXPORT("ndis.sys", NdisReadEisaSlotInformationEx);

VOID NTAPI NdisReadMcaPosInformation(PNDIS_STATUS Status, NDIS_HANDLE WrapperConfigurationContext,
                                     PUINT ChannelNumber, PVOID McaData)
{
    ndis5_from_config(WrapperConfigurationContext, __func__);
    *Status = NDIS_STATUS_FAILURE;
}
NT_EXPORT("ndis.sys", NdisReadMcaPosInformation);

ULONG NTAPI NdisReadPcmciaAttributeMemory(NDIS_HANDLE NdisAdapterHandle, ULONG Offset, PVOID Buffer,
                                          ULONG Length)
{
    ndis5_from_handle(NdisAdapterHandle, __func__);
    return 0;
}
NT_EXPORT("ndis.sys", NdisReadPcmciaAttributeMemory);

ULONG NTAPI NdisWritePcmciaAttributeMemory(NDIS_HANDLE NdisAdapterHandle, ULONG Offset,
                                           PVOID Buffer, ULONG Length)
{
    ndis5_from_handle(NdisAdapterHandle, __func__);
    return 0;
}
NT_EXPORT("ndis.sys", NdisWritePcmciaAttributeMemory);

/* --- device memory, before the driver has mapped it --- */

/* A byte of a range that is mapped: its device's to answer, or memory of a real device. */
static void one_byte(uint8_t *va, UCHAR *byte, bool write)
{
    uint64_t value = *byte;
    if (!iospace_contains(va)) {
        if (write)
            *(volatile uint8_t *)va = *byte;
        else
            *byte = *(volatile uint8_t *)va;
    } else if (write) {
        iospace_write(va, 1, value);
    } else if (iospace_read(va, 1, &value)) {
        *byte = (UCHAR)value;
    }
}

/* Byte by byte, as a card with 8 bits would have it. Where nothing answers, reads are all ones. */
static void shared_memory(NDIS_HANDLE context, ULONG address, PUCHAR buffer, ULONG length,
                          bool write, const char *function)
{
    uint8_t *va = NULL;
    if (ndis5_from_config(context, function) && length)
        va = iospace_map(address, length);
    if (!va && !write)
        memset(buffer, 0xff, length);
    for (ULONG i = 0; va && i < length; i++)
        one_byte(va + i, &buffer[i], write);
    if (va)
        iospace_unmap(va, length);
}

VOID NTAPI NdisImmediateReadSharedMemory(NDIS_HANDLE WrapperConfigurationContext,
                                         ULONG SharedMemoryAddress, PUCHAR Buffer, ULONG Length)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    shared_memory(WrapperConfigurationContext, SharedMemoryAddress, Buffer, Length, false,
                  __func__);
}
NT_EXPORT("ndis.sys", NdisImmediateReadSharedMemory);

VOID NTAPI NdisImmediateWriteSharedMemory(NDIS_HANDLE WrapperConfigurationContext,
                                          ULONG SharedMemoryAddress, PUCHAR Buffer, ULONG Length)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    shared_memory(WrapperConfigurationContext, SharedMemoryAddress, Buffer, Length, true, __func__);
}
NT_EXPORT("ndis.sys", NdisImmediateWriteSharedMemory);
