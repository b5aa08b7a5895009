/* SPDX-License-Identifier: MIT */
/* remains.c - what else of the driver is NDIS 5, by chapter of Microsoft's guide, counted. */
#include "port/project.h"
#include <string.h>

struct chapter {
    const char *title, *requirement;
    const char *names[24];
};

static const struct chapter chapters[] = {
    {"Porting miniport driver initialization",
     "R-399, R-409",
     {"NdisMInitializeWrapper", "NdisInitializeWrapper", "NdisMRegisterMiniport",
      "NdisTerminateWrapper", "NdisMRegisterUnloadHandler", "NDIS_MINIPORT_CHARACTERISTICS",
      "InitializeHandler", NULL}},
    {"Setting the miniport adapter attributes",
     "R-407, R-408",
     {"NdisMSetAttributes", "NdisMSetAttributesEx", "NDIS_ATTRIBUTE_DESERIALIZE", NULL}},
    {"Porting interrupt registration",
     "R-397, R-398",
     {"NdisMRegisterInterrupt", "NdisMDeregisterInterrupt", "NDIS_MINIPORT_INTERRUPT", NULL}},
    {"Porting interrupt handling",
     "R-400 to R-402, R-418 to R-420",
     {"NdisMSynchronizeWithInterrupt", "ISRHandler", "HandleInterruptHandler", NULL}},
    {"Porting send and receive operations",
     "R-415",
     {"SendHandler",
      "SendPacketsHandler",
      "CancelSendPacketsHandler",
      "ReturnPacketHandler",
      "TransferDataHandler",
      "NdisMSendComplete",
      "NdisMIndicateReceivePacket",
      "NdisMEthIndicateReceive",
      "NdisMEthIndicateReceiveComplete",
      "NdisMSendResourcesAvailable",
      "NdisMTransferDataComplete",
      "NdisAllocatePacketPool",
      "NdisAllocatePacketPoolEx",
      "NdisAllocatePacket",
      "NdisAllocateBufferPool",
      "NdisAllocateBuffer",
      "NdisQueryPacket",
      "NDIS_GET_PACKET_STATUS",
      "NDIS_SET_PACKET_STATUS",
      "PNDIS_PACKET",
      NULL}},
    {"Porting OID request handling",
     "R-411",
     {"QueryInformationHandler", "SetInformationHandler", "NdisMQueryInformationComplete",
      "NdisMSetInformationComplete", NULL}},
    {"Porting status indications",
     "R-414",
     {"NdisMIndicateStatus", "NdisMIndicateStatusComplete", NULL}},
    {"Porting check-for-hang and reset operations",
     "R-410, R-412",
     {"CheckForHangHandler", "ResetHandler", NULL}},
    {"Porting halt and shutdown",
     "R-410",
     {"HaltHandler", "AdapterShutdownHandler", "NdisMRegisterAdapterShutdownHandler",
      "NdisMDeregisterAdapterShutdownHandler", NULL}},
    {"Porting Plug and Play, pause and restart", "R-413, R-416", {"PnPEventNotifyHandler", NULL}},
    {"Porting DMA",
     "R-415",
     {"NdisMInitializeScatterGatherDma", "NdisMAllocateMapRegisters", "NdisMFreeMapRegisters",
      "NdisMStartBufferPhysicalMapping", "NdisMCompleteBufferPhysicalMapping", NULL}},
    {"Porting configuration, timers and resources",
     "R-408",
     {"NdisOpenConfiguration", "NdisMInitializeTimer", "NdisInitializeTimer", "NdisMSetTimer",
      "NdisSetTimer", "NdisMSetPeriodicTimer", "NdisMCancelTimer", "NdisScheduleWorkItem",
      "NdisReadPciSlotInformation", "NdisWritePciSlotInformation", "NdisMQueryAdapterResources",
      "NdisMPciAssignResources", NULL}},
    {"Porting a CoNDIS 5.x driver to CoNDIS 6.0",
     "",
     {"NdisMCoIndicateReceivePacket", "NdisMCoReceiveComplete", "NdisMCoSendComplete",
      "NdisMCoIndicateStatus", "NdisMCoRequestComplete", "NdisCoSendPackets", "NdisCoRequest",
      "NdisMCmRegisterAddressFamily", "NdisMCmRequest", "CoSendPacketsHandler", "CoRequestHandler",
      NULL}},
    {"NDIS WAN, whose place CoNDIS WAN takes",
     "",
     {"NDIS_WAN_MINIPORT_CHARACTERISTICS", "NdisMWanIndicateReceive",
      "NdisMWanIndicateReceiveComplete", "NdisMWanSendComplete", "WanSendHandler",
      "PNDIS_WAN_PACKET", NULL}},
};

static void count_name(struct project *p, const char *name, struct remainder *m)
{
    place_list found = {0};
    unsigned n = 0;
    find_name(p, name, &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct source *s = found.item[i].s;
        size_t t = found.item[i].token;
        bool gone = false; /* by this port */
        for (size_t k = 0; k < s->edits.count && !gone; k++)
            gone = s->edits.item[k].begin <= tok(s, t)->begin &&
                   s->edits.item[k].end >= tok(s, t)->end &&
                   s->edits.item[k].end > s->edits.item[k].begin;
        for (size_t k = 0; k < s->edits.count && !gone; k++) /* "Ex" behind it */
            gone = s->edits.item[k].begin == tok(s, t)->end && !strcmp(s->edits.item[k].text, "Ex");
        n += !gone;
    }
    if (!n)
        return;
    m->count += n;
    __typeof__(*m->names.item) *one = (void *)list_add(&m->names);
    one->name = name;
    one->count = n;
}

void report_remains(struct project *p)
{
    for (size_t c = 0; c < sizeof chapters / sizeof *chapters; c++) {
        struct remainder m = {.chapter = chapters[c].title, .requirement = chapters[c].requirement};
        for (unsigned i = 0; chapters[c].names[i]; i++)
            count_name(p, chapters[c].names[i], &m);
        if (m.count)
            *list_add(&p->report->remains) = m;
    }
}
