/* SPDX-License-Identifier: MIT */
/* porting.c - what of a 5.x driver is still 5.x, chapter by chapter.
 *
 * Known from its characteristics and from the 5.x functions that it called in this run. Chapters
 * and what belongs to them: requirements. */
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

static const struct {
    const char *title;
    struct item items[10];
} guide[PORTING_CHAPTERS] = {
    {"Porting miniport driver initialization", /* */
     {{"NdisMInitializeWrapper, NdisMRegisterMiniport (now NdisMRegisterMiniportDriver)", 0},
      HANDLER(InitializeHandler, "MiniportInitialize (now MiniportInitializeEx)")}},
    {"Setting the miniport adapter attributes", /* */
     {{"NdisMSetAttributesEx", 0}}},
    {"Porting interrupt registration", /* */
     {{"NdisMRegisterInterrupt", 0}, {"NdisMDeregisterInterrupt", 0}}},
    {"Porting interrupt handling", /* */
     {HANDLER(ISRHandler, "MiniportISR"),
      HANDLER(HandleInterruptHandler, "MiniportHandleInterrupt"),
      HANDLER(DisableInterruptHandler, "MiniportDisableInterrupt"),
      HANDLER(EnableInterruptHandler, "MiniportEnableInterrupt"),
      {"NdisMSynchronizeWithInterrupt", 0}}},
    {"Porting send and receive operations", /* */
     {HANDLER(SendHandler, "MiniportSend"),
      HANDLER(SendPacketsHandler, "MiniportSendPackets"),
      HANDLER(CancelSendPacketsHandler, "MiniportCancelSendPackets"),
      HANDLER(ReturnPacketHandler, "MiniportReturnPacket"),
      HANDLER(TransferDataHandler, "MiniportTransferData"),
      {"NdisMSendComplete", 0},
      {"NdisMIndicateReceivePacket", 0},
      {"NdisMEthIndicateReceive", 0},
      {"NdisMSendResourcesAvailable", 0}}},
    {"Porting OID request handling", /* */
     {HANDLER(QueryInformationHandler, "MiniportQueryInformation"),
      HANDLER(SetInformationHandler, "MiniportSetInformation"),
      {"NdisMQueryInformationComplete", 0},
      {"NdisMSetInformationComplete", 0}}},
    {"Porting status indications", /* */
     {{"NdisMIndicateStatus", 0}, {"NdisMIndicateStatusComplete", 0}}},
    {"Porting check-for-hang and reset operations", /* */
     {HANDLER(CheckForHangHandler, "MiniportCheckForHang"),
      HANDLER(ResetHandler, "MiniportReset")}},
    {"Porting halt and shutdown", /* */
     {HANDLER(HaltHandler, "MiniportHalt"),
      HANDLER(AdapterShutdownHandler, "MiniportShutdown of 5.1"),
      {"NdisMRegisterAdapterShutdownHandler", 0},
      {"NdisMDeregisterAdapterShutdownHandler", 0}}},
    {"Porting Plug and Play, pause and restart", /* */
     {HANDLER(PnPEventNotifyHandler, "MiniportPnPEventNotify"),
      {"MiniportPause, MiniportRestart and MiniportUnload are missing", 0}}},
    {"Porting DMA",
     {{"NdisMInitializeScatterGatherDma", 0},
      {"NdisMAllocateMapRegisters", 0},
      {"NdisMStartBufferPhysicalMapping", 0},
      {"NdisMCompleteBufferPhysicalMapping", 0},
      {"NdisMFreeMapRegisters", 0}}},
    {"Porting configuration and resources",
     {{"NdisOpenConfiguration", 0},
      {"NdisMQueryAdapterResources", 0},
      {"NdisMPciAssignResources", 0}}},
};

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
        for (size_t i = 0; i < 10 && guide[c].items[i].name; i++)
            if (is_left(driver, &guide[c].items[i]) && used < sizeof(out->left))
                used += (size_t)snprintf(out->left + used, sizeof(out->left) - used, "%s%s",
                                         used ? ", " : "", guide[c].items[i].name);
        n += used != 0;
    }
    return n;
}
