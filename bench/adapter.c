/* SPDX-License-Identifier: MIT */
/* adapter.c - the miniport of the benchmarks. */
#include "bench/adapter.h"
#include "bench/bench.h"
#include "ndis/driver_object.h"
#include "ndis/ndis_internal.h"
#include "nt/thread.h"
#include <stdlib.h>
#include <string.h>

#define BENCH_DIRQL 7

uint64_t adapter_isrs, adapter_dpcs;
static struct ndis_adapter *adapter;
static struct ndis_grant grant = {.kind = PCI_INTERRUPT_MSIX};
static NDIS_HANDLE handle;

/* --- a card that has an MSI-X table and nothing else --- */

#define TABLE_BYTES (2048 * 16) /* 2048 entries, the most that MSI-X allows (PCI 3.0, 6.8.2) */

static uint64_t card_read(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width)
{
    return 0;
}

static void card_write(struct pci_function *fn, unsigned bar, uint64_t offset, unsigned width,
                       uint64_t value)
{
}

static void card_reset(struct pci_function *fn)
{
}

static struct pci_function *card_new(void)
{
    static const struct pci_function_ops ops = {
        .name = "bench", .bar_read = card_read, .bar_write = card_write, .reset = card_reset};
    static const struct pci_identity id = {
        .vendor = 0x8086, .device = 0x10d3, .class_base = 2, .interrupt_pin = 1};
    static struct pci_function card;
    pci_function_init(&card, &ops, &id);
    pci_function_bar(&card, 0, 2 * TABLE_BYTES, false, false, false);
    pci_capability_msix(&card, 0, 2048, 0, 0, 0, TABLE_BYTES);
    if (pci_bus_add(&card))
        bench_cannot("no card");
    return &card;
}

/* --- the driver --- */

static uint64_t __attribute__((ms_abi)) nothing(void)
{
    return 0;
}

static BOOLEAN NTAPI count_isr(NDIS_HANDLE context, ULONG message, PBOOLEAN queue_default,
                               PULONG targets)
{
    adapter_isrs++;
    *queue_default = TRUE;
    return TRUE;
}

static VOID NTAPI count_dpc(NDIS_HANDLE context, ULONG message, PVOID dpc_context, PVOID throttle,
                            PVOID reserved)
{
    adapter_dpcs++;
}

static struct ndis_driver *driver_new(void)
{
    PDRIVER_OBJECT object = driver_object_create("bench", nothing, NULL, 0);
    NDIS_MINIPORT_DRIVER_CHARACTERISTICS c = {0};
    ndis_header_set(&c.Header, NDIS_OBJECT_TYPE_MINIPORT_DRIVER_CHARACTERISTICS,
                    NDIS_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1,
                    NDIS_SIZEOF_MINIPORT_DRIVER_CHARACTERISTICS_REVISION_1);
    c.MajorNdisVersion = 6;
    c.MinorNdisVersion = 20;
    void *none = nothing;
    c.InitializeHandlerEx = none;
    c.HaltHandlerEx = none;
    c.UnloadHandler = none;
    c.PauseHandler = none;
    c.RestartHandler = none;
    c.OidRequestHandler = none;
    c.SendNetBufferListsHandler = none;
    c.ReturnNetBufferListsHandler = none;
    c.CancelSendHandler = none;
    c.DevicePnPEventNotifyHandler = none;
    c.ShutdownHandlerEx = none;
    c.CancelOidRequestHandler = none;
    NDIS_HANDLE driver = NULL;
    if (!object || NdisMRegisterMiniportDriver(object, driver_object_registry_path(object), NULL,
                                               &c, &driver) != NDIS_STATUS_SUCCESS)
        bench_cannot("the miniport driver was not registered");
    return driver;
}

static struct ndis_adapter *adapter_new(void)
{
    struct ndis_adapter *a = calloc(1, sizeof *a);
    if (!a)
        bench_cannot("out of memory");
    a->magic = NDIS_ADAPTER_MAGIC;
    a->driver = driver_new();
    a->state = NDIS_INITIALIZING;
    a->initialize_thread = thread_current();
    a->registration_set = true;
    a->registration.AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER;
    a->grant = &grant;
    a->device = card_new();
    ndis_adapter_link(a);
    return a;
}

void adapter_register(unsigned count, const struct adapter_handlers *handlers)
{
    if (!adapter)
        adapter = adapter_new();
    grant.count = count;
    grant.message = calloc(count, sizeof *grant.message);
    for (unsigned i = 0; i < count; i++)
        grant.message[i] = (struct ndis_grant_message){
            .vector = vector_alloc(0, BENCH_DIRQL, Latched), .affinity = 1};
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS c = {0};
    ndis_header_set(&c.Header, NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT,
                    NDIS_MINIPORT_INTERRUPT_REVISION_1,
                    NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1);
    void *none = nothing;
    c.InterruptHandler = none;
    c.InterruptDpcHandler = none;
    c.DisableInterruptHandler = none;
    c.EnableInterruptHandler = none;
    c.MsiSupported = TRUE;
    c.MessageInterruptHandler = handlers && handlers->isr ? handlers->isr : count_isr;
    c.MessageInterruptDpcHandler =
        handlers && handlers->dpc ? (void *)handlers->dpc : (void *)count_dpc;
    c.DisableMessageInterruptHandler = none;
    c.EnableMessageInterruptHandler = none;
    NDIS_STATUS status = NdisMRegisterInterruptEx(adapter, adapter, &c, &handle);
    if (status != NDIS_STATUS_SUCCESS)
        bench_cannot("%u messages were not registered: status 0x%x", count, (unsigned)status);
}

void adapter_deregister(void)
{
    NdisMDeregisterInterruptEx(handle);
    for (unsigned i = 0; i < grant.count; i++)
        vector_free(grant.message[i].vector);
    free(grant.message);
    grant.message = NULL;
    grant.count = 0;
}

struct vector *adapter_vector(unsigned message)
{
    return grant.message[message].vector;
}
