/* SPDX-License-Identifier: MIT */
/* porting.c - what of a 5.x driver is still 5.x, chapter by chapter.
 *
 * Known from its characteristics and from the 5.x functions that it called in this run. The
 * chapters are those of Microsoft's "Porting a Miniport Driver to NDIS 6.0"; what belongs to each:
 * requirements. */
#include "ndis5/porting.h"
#include "ndis5/ndis5.h"
#include <stdio.h>
#include <string.h>

static const char *noted[64];

void porting_note(struct ndis_driver *driver, const char *function)
{
    for (unsigned i = 0; i < 64; i++) {
        const char *there = __atomic_load_n(&noted[i], __ATOMIC_ACQUIRE);
        if (!there && __atomic_compare_exchange_n(&noted[i], &there, function, false,
                                                  __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            return;
        if (!strcmp(there, function))
            return;
    }
}

static bool called(const char *function)
{
    for (unsigned i = 0; i < 64 && noted[i]; i++)
        if (!strcmp(noted[i], function))
            return true;
    return false;
}

/* A function by name, or a handler by where its pointer lies in the characteristics. */
struct item {
    const char *name;
    size_t handler; /* 1 + offset; 0: a function */
};
#define HANDLER(member, name)                                                                      \
    {                                                                                              \
        name, 1 + offsetof(NDIS51_MINIPORT_CHARACTERISTICS, member)                                \
    }

#define ITEMS 12

static const struct {
    const char *title;
    struct item items[ITEMS];
} guide[PORTING_CHAPTERS] = {
    {"Porting Miniport Driver Initialization to NDIS 6.0", /* */
     {{"NdisMInitializeWrapper, NdisMRegisterMiniport (now NdisMRegisterMiniportDriver)", 0}}},
    {"Porting Miniport Driver Unload Operations to NDIS 6.0", /* */
     {{"NdisMRegisterUnloadHandler", 0}, {"MiniportDriverUnload is missing", 0}}},
    {"Porting Miniport Adapter Initialization to NDIS 6.0", /* */
     {HANDLER(InitializeHandler, "MiniportInitialize (now MiniportInitializeEx)"),
      {"NdisMSetAttributesEx", 0},
      {"NdisOpenConfiguration", 0},
      {"NdisMQueryAdapterResources", 0},
      {"NdisMPciAssignResources", 0}}},
    {"Porting Miniport Adapter Halt Operations to NDIS 6.0", /* */
     {HANDLER(HaltHandler, "MiniportHalt"),
      HANDLER(AdapterShutdownHandler, "MiniportShutdown of 5.1"),
      {"NdisMRegisterAdapterShutdownHandler", 0},
      {"NdisMDeregisterAdapterShutdownHandler", 0}}},
    {"Supporting NDIS 6.0 Miniport Adapter Pause and Restart Operations", /* */
     {{"MiniportPause, MiniportRestart are missing", 0}}},
    {"Porting Miniport Driver Send and Receive Operations to NDIS 6.0", /* */
     {HANDLER(SendHandler, "MiniportSend"),
      HANDLER(SendPacketsHandler, "MiniportSendPackets"),
      HANDLER(CancelSendPacketsHandler, "MiniportCancelSendPackets"),
      HANDLER(ReturnPacketHandler, "MiniportReturnPacket"),
      HANDLER(TransferDataHandler, "MiniportTransferData"),
      {"NdisAllocatePacketPool", 0},
      {"NdisAllocateBufferPool", 0},
      {"NdisMSendComplete", 0},
      {"NdisMIndicateReceivePacket", 0},
      {"NdisMEthIndicateReceive", 0},
      {"NdisMSendResourcesAvailable", 0}}},
    {"Porting Miniport Driver DMA Operations to NDIS 6.0",
     {{"NdisMInitializeScatterGatherDma", 0},
      {"NdisMAllocateMapRegisters", 0},
      {"NdisMStartBufferPhysicalMapping", 0},
      {"NdisMCompleteBufferPhysicalMapping", 0},
      {"NdisMFreeMapRegisters", 0}}},
    {"Porting Miniport Driver Interrupt Operations to NDIS 6.0", /* */
     {{"NdisMRegisterInterrupt", 0},
      {"NdisMDeregisterInterrupt", 0},
      HANDLER(ISRHandler, "MiniportISR"),
      HANDLER(HandleInterruptHandler, "MiniportHandleInterrupt"),
      HANDLER(DisableInterruptHandler, "MiniportDisableInterrupt"),
      HANDLER(EnableInterruptHandler, "MiniportEnableInterrupt"),
      {"NdisMSynchronizeWithInterrupt", 0}}},
    {"Porting Miniport Driver OID Request Handling to NDIS 6.0", /* */
     {HANDLER(QueryInformationHandler, "MiniportQueryInformation"),
      HANDLER(SetInformationHandler, "MiniportSetInformation"),
      {"NdisMQueryInformationComplete", 0},
      {"NdisMSetInformationComplete", 0}}},
    {"Porting Miniport Driver Status Indications to NDIS 6.0", /* */
     {{"NdisMIndicateStatus", 0}, {"NdisMIndicateStatusComplete", 0}}},
    {"Porting Miniport Driver Plug and Play Event Notification Handling to NDIS 6.0",
     {HANDLER(PnPEventNotifyHandler, "MiniportPnPEventNotify")}},
    {"Porting Miniport Adapter Check for Hang and Reset Operations to NDIS 6.0", /* */
     {HANDLER(CheckForHangHandler, "MiniportCheckForHang"),
      HANDLER(ResetHandler, "MiniportReset")}},
};

const char *const porting_functions[] = {"NdisMRegisterInterruptEx",
                                         "NdisMDeregisterInterruptEx",
                                         "NdisMSynchronizeWithInterruptEx",
                                         "NdisMQueueDpc",
                                         "NdisMQueueDpcEx",
                                         "NdisMConfigMSIXTableEntry",
                                         NULL};

static bool is_left(const struct ndis_driver *driver, const struct item *item)
{
    if (item->handler)
        return *(void *const *)((const char *)&driver->five->chars + item->handler - 1) != NULL;
    /* Every 5.x driver has these. */
    return called(item->name) || strchr(item->name, ' ');
}

size_t porting_left(const struct ndis_driver *driver, struct porting_chapter *chapters, size_t max)
{
    size_t n = 0;
    if (!driver->five)
        return 0;
    for (size_t c = 0; c < PORTING_CHAPTERS && n < max; c++) {
        struct porting_chapter *out = &chapters[n];
        out->title = guide[c].title;
        out->left[0] = '\0';
        size_t used = 0;
        for (size_t i = 0; i < ITEMS && guide[c].items[i].name; i++)
            if (is_left(driver, &guide[c].items[i]) && used < sizeof(out->left))
                used += (size_t)snprintf(out->left + used, sizeof(out->left) - used, "%s%s",
                                         used ? ", " : "", guide[c].items[i].name);
        n += used != 0;
    }
    return n;
}
