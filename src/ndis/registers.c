/* SPDX-License-Identifier: MIT */
/* registers.c - a device's registers, ports and configuration space, as a miniport claims and
 * reaches them. */
#include "ndis/errorlog.h"
#include "ndis/objects.h"
#include "nt/iospace.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kind_space[] = "mapped I/O space", kind_ports[] = "I/O port range";

struct claim {
    struct ndis_object object;
    uint64_t start; /* physical address or port */
    uint32_t length;
};

static void describe(const struct ndis_object *object, char *out, size_t size)
{
    const struct claim *claim = (const struct claim *)object;
    snprintf(out, size, "0x%llx, length 0x%x", (unsigned long long)claim->start, claim->length);
}

/* Whether [start, start + length) lies in one of the device's BARs of that sort. An adapter without
 * a device claims what the machine has. */
static bool is_own(const struct ndis_adapter *adapter, bool io, uint64_t start, uint64_t length)
{
    if (!adapter->device)
        return true;
    for (unsigned i = 0; i < PCI_BARS; i++) {
        const struct pci_bar *bar = &adapter->device->bar[i];
        if (bar->size && bar->io == io && start >= bar->address &&
            start - bar->address < bar->size && length <= bar->size - (start - bar->address))
            return true;
    }
    return false;
}

static struct claim *claim_add(struct ndis_adapter *adapter, const char *kind, const void *pointer,
                               uint64_t start, uint32_t length,
                               void (*reclaim)(struct ndis_object *))
{
    struct claim *claim = calloc(1, sizeof(*claim));
    if (!claim)
        return NULL;
    claim->start = start;
    claim->length = length;
    claim->object.describe = describe;
    claim->object.reclaim = reclaim;
    ndis_object_add(&claim->object, adapter, kind, pointer, NDIS_OBJECT_STACK);
    return claim;
}

/* --- registers --- */

static void space_release(struct ndis_object *object)
{
    struct claim *claim = (struct claim *)object;
    ndis_object_remove(object);
    iospace_unmap((void *)object->pointer, claim->length);
    free(claim);
}

NDIS_STATUS NTAPI NdisMMapIoSpace(PVOID *VirtualAddress, NDIS_HANDLE MiniportAdapterHandle,
                                  NDIS_PHYSICAL_ADDRESS PhysicalAddress, UINT Length)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *VirtualAddress = NULL;
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter || !ndis_require_registration(adapter, __func__))
        return NDIS_STATUS_FAILURE;
    RULE("NdisMMapIoSpace", ndis_in_initialize(adapter),
         "NdisMMapIoSpace is called from MiniportInitialize%s only", ndis_ex(adapter));
    uint64_t pa = (uint64_t)PhysicalAddress.QuadPart;
    if (!is_own(adapter, false, pa, Length)) {
        ndis_error_log_add("%s: NdisMMapIoSpace(0x%llx, 0x%x): the range is not among the memory "
                           "resources of the device",
                           adapter->driver->name, (unsigned long long)pa, Length);
        return NDIS_STATUS_RESOURCE_CONFLICT;
    }
    void *va = iospace_map(pa, Length);
    if (!va)
        return NDIS_STATUS_FAILURE;
    if (!claim_add(adapter, kind_space, va, pa, Length, space_release)) {
        iospace_unmap(va, Length);
        return NDIS_STATUS_RESOURCES;
    }
    *VirtualAddress = va;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMMapIoSpace);

VOID NTAPI NdisMUnmapIoSpace(NDIS_HANDLE MiniportAdapterHandle, PVOID VirtualAddress, UINT Length)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    RULE("NdisMUnmapIoSpace", ndis_in_initialize(adapter) || ndis_in_halt(adapter),
         "NdisMUnmapIoSpace is called from MiniportInitialize%s and MiniportHalt%s only",
         ndis_ex(adapter), ndis_ex(adapter));
    struct claim *claim = (struct claim *)ndis_object_find(kind_space, VirtualAddress);
    if (!RULE(
            "NdisMUnmapIoSpace", claim && claim->object.owner == adapter,
            "NdisMUnmapIoSpace: %p is not an address from NdisMMapIoSpace, or is already unmapped",
            VirtualAddress))
        return;
    RULE("NdisMUnmapIoSpace", claim->length == Length,
         "NdisMUnmapIoSpace(%p): Length 0x%x, but 0x%x were mapped", VirtualAddress, Length,
         claim->length);
    space_release(&claim->object);
}
NT_EXPORT("ndis.sys", NdisMUnmapIoSpace);

/* --- ports --- */

static void ports_release(struct ndis_object *object)
{
    ndis_object_remove(object);
    free(object);
}

NDIS_STATUS NTAPI NdisMRegisterIoPortRange(PVOID *PortOffset, NDIS_HANDLE MiniportAdapterHandle,
                                           UINT InitialPort, UINT NumberOfPorts)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    *PortOffset = NULL;
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter || !ndis_require_registration(adapter, __func__))
        return NDIS_STATUS_FAILURE;
    RULE("NdisMRegisterIoPortRange",
         ndis_in_initialize(adapter) || ndis_state(adapter) == NDIS_HALTED,
         "NdisMRegisterIoPortRange is called from MiniportInitialize%s%s only", ndis_ex(adapter),
         adapter->driver->legacy ? "" : " or MiniportAddDevice");
    if (!NumberOfPorts || InitialPort > 0xffff || NumberOfPorts > 0x10000 - InitialPort)
        return NDIS_STATUS_FAILURE;
    /* On x64 a port is reached by its number: the mapped base is the port itself. */
    void *base = (void *)(uintptr_t)InitialPort;
    if (!is_own(adapter, true, InitialPort, NumberOfPorts) || ndis_object_find(kind_ports, base)) {
        ndis_error_log_add("%s: NdisMRegisterIoPortRange(0x%x, %u): the range is %s",
                           adapter->driver->name, InitialPort, NumberOfPorts,
                           ndis_object_find(kind_ports, base)
                               ? "registered already"
                               : "not among the port resources of the device");
        return NDIS_STATUS_RESOURCE_CONFLICT;
    }
    if (!claim_add(adapter, kind_ports, base, InitialPort, NumberOfPorts, ports_release))
        return NDIS_STATUS_RESOURCES;
    *PortOffset = base;
    return NDIS_STATUS_SUCCESS;
}
NT_EXPORT("ndis.sys", NdisMRegisterIoPortRange);

VOID NTAPI NdisMDeregisterIoPortRange(NDIS_HANDLE MiniportAdapterHandle, UINT InitialPort,
                                      UINT NumberOfPorts, PVOID PortOffset)
{
    IRQL_EXACT(PASSIVE_LEVEL);
    struct ndis_adapter *adapter = ndis_adapter_from_handle(MiniportAdapterHandle, __func__);
    if (!adapter)
        return;
    struct claim *claim = (struct claim *)ndis_object_find(kind_ports, PortOffset);
    if (!RULE("NdisMDeregisterIoPortRange",
              claim && claim->object.owner == adapter && claim->start == InitialPort &&
                  claim->length == NumberOfPorts,
              "NdisMDeregisterIoPortRange(0x%x, %u, %p): no such range is registered", InitialPort,
              NumberOfPorts, PortOffset))
        return;
    ports_release(&claim->object);
}
NT_EXPORT("ndis.sys", NdisMDeregisterIoPortRange);

/* --- configuration space --- */

/* IRP_MN_READ_CONFIG, WhichSpace: PCI_WHICHSPACE_CONFIG is 0. The bytes of [offset, offset +
 * length) that exist. */
static ULONG config_range(NDIS_HANDLE handle, ULONG space, ULONG offset, ULONG length,
                          struct pci_function **device, const char *function)
{
    struct ndis_adapter *adapter = ndis_adapter_from_handle(handle, function);
    *device = adapter ? adapter->device : NULL;
    if (!*device || space != PCI_WHICHSPACE_CONFIG || offset >= PCI_CONFIG_BYTES)
        return 0;
    return length < PCI_CONFIG_BYTES - offset ? length : PCI_CONFIG_BYTES - offset;
}

/* The widest access that is aligned at offset and no longer than what is left. */
static unsigned width_at(ULONG offset, ULONG left)
{
    return offset % 4 == 0 && left >= 4 ? 4 : offset % 2 == 0 && left >= 2 ? 2 : 1;
}

ULONG NTAPI NdisMGetBusData(NDIS_HANDLE NdisMiniportHandle, ULONG WhichSpace, ULONG Offset,
                            PVOID Buffer, ULONG Length)
{
    struct pci_function *device;
    ULONG bytes = config_range(NdisMiniportHandle, WhichSpace, Offset, Length, &device, __func__);
    for (ULONG at = 0; at < bytes;) {
        unsigned width = width_at(Offset + at, bytes - at);
        uint32_t value = pci_config_read(device, Offset + at, width);
        memcpy((uint8_t *)Buffer + at, &value, width);
        at += width;
    }
    return bytes;
}
NT_EXPORT("ndis.sys", NdisMGetBusData);

ULONG NTAPI NdisMSetBusData(NDIS_HANDLE NdisMiniportHandle, ULONG WhichSpace, ULONG Offset,
                            PVOID Buffer, ULONG Length)
{
    struct pci_function *device;
    ULONG bytes = config_range(NdisMiniportHandle, WhichSpace, Offset, Length, &device, __func__);
    for (ULONG at = 0; at < bytes;) {
        unsigned width = width_at(Offset + at, bytes - at);
        uint32_t value = 0;
        memcpy(&value, (uint8_t *)Buffer + at, width);
        pci_config_write(device, Offset + at, width, value);
        at += width;
    }
    return bytes;
}
NT_EXPORT("ndis.sys", NdisMSetBusData);

/* The 5.x names, which 6.x drivers may not call any more (network/obsolete-ndis-5-x-functions). */
ULONG NTAPI NdisReadPciSlotInformation(NDIS_HANDLE NdisAdapterHandle, ULONG SlotNumber,
                                       ULONG Offset, PVOID Buffer, ULONG Length)
{
    return NdisMGetBusData(NdisAdapterHandle, PCI_WHICHSPACE_CONFIG, Offset, Buffer, Length);
}
NT_EXPORT("ndis.sys", NdisReadPciSlotInformation);

ULONG NTAPI NdisWritePciSlotInformation(NDIS_HANDLE NdisAdapterHandle, ULONG SlotNumber,
                                        ULONG Offset, PVOID Buffer, ULONG Length)
{
    return NdisMSetBusData(NdisAdapterHandle, PCI_WHICHSPACE_CONFIG, Offset, Buffer, Length);
}
NT_EXPORT("ndis.sys", NdisWritePciSlotInformation);

/* --- port access as functions ---
 *
 * ndis.h expands these names to in and out instructions; the exports are for drivers that fetch
 * them by name. */
#undef NdisRawReadPortUchar
#undef NdisRawReadPortUshort
#undef NdisRawReadPortUlong
#undef NdisRawWritePortUchar
#undef NdisRawWritePortUshort
#undef NdisRawWritePortUlong
#undef NdisRawReadPortBufferUchar
#undef NdisRawReadPortBufferUshort
#undef NdisRawReadPortBufferUlong
#undef NdisRawWritePortBufferUchar
#undef NdisRawWritePortBufferUshort
#undef NdisRawWritePortBufferUlong

#define PORT_FUNCTIONS(Name, type)                                                                 \
    VOID NTAPI NdisRawReadPort##Name(ULONG_PTR Port, type *Data)                                   \
    {                                                                                              \
        *Data = (type)ioport_read((uint16_t)Port, sizeof(type));                                   \
    }                                                                                              \
    NT_EXPORT("ndis.sys", NdisRawReadPort##Name);                                                  \
    VOID NTAPI NdisRawWritePort##Name(ULONG_PTR Port, type Data)                                   \
    {                                                                                              \
        ioport_write((uint16_t)Port, sizeof(type), Data);                                          \
    }                                                                                              \
    NT_EXPORT("ndis.sys", NdisRawWritePort##Name);                                                 \
    VOID NTAPI NdisRawReadPortBuffer##Name(ULONG_PTR Port, type *Buffer, ULONG Length)             \
    {                                                                                              \
        for (ULONG i = 0; i < Length; i++)                                                         \
            Buffer[i] = (type)ioport_read((uint16_t)Port, sizeof(type));                           \
    }                                                                                              \
    NT_EXPORT("ndis.sys", NdisRawReadPortBuffer##Name);                                            \
    VOID NTAPI NdisRawWritePortBuffer##Name(ULONG_PTR Port, const type *Buffer, ULONG Length)      \
    {                                                                                              \
        for (ULONG i = 0; i < Length; i++)                                                         \
            ioport_write((uint16_t)Port, sizeof(type), Buffer[i]);                                 \
    }                                                                                              \
    NT_EXPORT("ndis.sys", NdisRawWritePortBuffer##Name)

PORT_FUNCTIONS(Uchar, UCHAR);
PORT_FUNCTIONS(Ushort, USHORT);
PORT_FUNCTIONS(Ulong, ULONG);
