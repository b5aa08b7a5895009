/* SPDX-License-Identifier: MIT */
/* resources_test.c - what a 5.x adapter is told of its resources, and how it reaches registers and
 * ports before and after it has mapped them. */
#include "ndis5/fake5.h"
#include "ndis/ndis_test.h"
#include "nt/iospace.h"

static void (*in_initialize)(void);
static void initialize(void)
{
    in_initialize();
}

static void during_initialize(void (*what)(void))
{
    in_initialize = what;
    fake5.in_init = initialize;
    fake5_finish(fake5_running());
}

/* --- the list --- */

static void look_at_the_list(void)
{
    char memory[512];
    const CM_PARTIAL_RESOURCE_LIST *list = (void *)memory;
    const CM_PARTIAL_RESOURCE_DESCRIPTOR *d = list->PartialDescriptors;
    UINT size = 8;
    NDIS_STATUS status;
    NdisMQueryAdapterResources(&status, fake5.config, (PNDIS_RESOURCE_LIST)memory, &size);
    CHECK_EQ(status, NDIS_STATUS_RESOURCES);
    /* Each base address register as the bus numbers them, with its note; the line comes last. */
    CHECK_EQ(size, offsetof(CM_PARTIAL_RESOURCE_LIST, PartialDescriptors) + 5 * sizeof(*d));
    NdisMQueryAdapterResources(&status, fake5.config, (PNDIS_RESOURCE_LIST)memory, &size);
    CHECK_EQ(status, NDIS_STATUS_SUCCESS);
    CHECK_EQ(list->Count, 5);
    CHECK_EQ(d[0].Type, CmResourceTypeMemory);
    CHECK_EQ(d[0].u.Memory.Start.QuadPart, fake5_card.fn.bar[0].address);
    CHECK_EQ(d[0].u.Memory.Length, 0x4000);
    CHECK_EQ(d[1].Type, CmResourceTypeDevicePrivate);
    CHECK_EQ(d[2].Type, CmResourceTypePort);
    CHECK_EQ(d[2].u.Port.Start.QuadPart, fake5_card.fn.bar[2].address);
    CHECK_EQ(d[2].u.Port.Length, 32);
    CHECK(d[2].Flags & CM_RESOURCE_PORT_IO);
    CHECK_EQ(d[4].Type, CmResourceTypeInterrupt);
    CHECK_EQ(d[4].ShareDisposition, CmResourceShareShared);
    CHECK_EQ(d[4].Flags, CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE);
    /* Raw: the line's number, which NDIS translates. */
    CHECK_EQ(d[4].u.Interrupt.Level, pci_line_number(&fake5_card.fn));
    CHECK_EQ(d[4].u.Interrupt.Vector, pci_line_number(&fake5_card.fn));
}

TEST_NT(the_resource_list_is_raw_and_in_the_order_of_the_bus, "")
{
    during_initialize(look_at_the_list);
    CHECK_NO_VIOLATION();
}

static NDIS_STATUS mixed;
static void mix_vector_and_level(void)
{
    ULONG line = pci_line_number(&fake5_card.fn);
    NdisMDeregisterInterrupt(&fake5.interrupt);
    mixed = NdisMRegisterInterrupt(&fake5.interrupt, fake5.handle, line, line + 1, TRUE, TRUE,
                                   NdisInterruptLevelSensitive);
    CHECK_EQ(NdisMRegisterInterrupt(&fake5.interrupt, fake5.handle, line, line, TRUE, TRUE,
                                    NdisInterruptLevelSensitive),
             NDIS_STATUS_SUCCESS);
}

TEST_NT(vector_and_level_are_both_the_lines, "R-353")
{
    during_initialize(mix_vector_and_level);
    CHECK_EQ(mixed, NDIS_STATUS_FAILURE);
    CHECK_EQ(nt_test_violations("NdisMRegisterInterrupt"), 1);
}

/* --- before anything is mapped --- */

static void look_without_mapping(void)
{
    ULONG memory = (ULONG)fake5_card.fn.bar[0].address, port = (ULONG)fake5_card.fn.bar[2].address;
    UCHAR bytes[4], byte;
    USHORT word;
    ULONG dword, vendor = 0;
    fake5_card.reg[1] = 0x44332211;
    NdisImmediateReadSharedMemory(fake5.config, memory + 4, bytes, sizeof(bytes));
    CHECK(!memcmp(bytes, "\x11\x22\x33\x44", 4));
    NdisImmediateWriteSharedMemory(fake5.config, memory + 5, (PUCHAR) "\xaa", 1);
    CHECK_EQ(fake5_card.reg[1], 0x4433aa11);
    NdisImmediateReadSharedMemory(fake5.config, 0xf0000000, bytes, 2); /* nobody's */
    CHECK(bytes[0] == 0xff && bytes[1] == 0xff);
    CHECK_EQ(iospace_mapped(), 0);
    unsigned reads = fake5_card.reads;
    NdisImmediateReadPortUchar(fake5.config, port, &byte);
    NdisImmediateReadPortUshort(fake5.config, port, &word);
    NdisImmediateReadPortUlong(fake5.config, port, &dword);
    CHECK_EQ(fake5_card.reads, reads + 3);
    CHECK_EQ(NdisImmediateReadPciSlotInformation(fake5.config, 7, 0, &vendor, 4), 4);
    CHECK_EQ(vendor, 0x10d38086); /* whatever slot is asked for: it is the adapter's own */
}

TEST_NT(registers_ports_and_configuration_are_reached_before_they_are_mapped, "")
{
    during_initialize(look_without_mapping);
    CHECK_NO_VIOLATION();
}

/* --- mapped --- */

static void map_parts(void)
{
    NDIS_PHYSICAL_ADDRESS at = {.QuadPart = (LONGLONG)fake5_card.fn.bar[0].address};
    ULONG port = (ULONG)fake5_card.fn.bar[2].address;
    PVOID va, base;
    at.QuadPart += 0x1000;
    CHECK_EQ(NdisMMapIoSpace(&va, fake5.handle, at, 0x100), NDIS_STATUS_SUCCESS);
    CHECK(va != NULL);
    NdisMUnmapIoSpace(fake5.handle, va, 0x100);
    CHECK_EQ(NdisMMapIoSpace(&va, fake5.handle, at, 0x4000), NDIS_STATUS_RESOURCE_CONFLICT);
    CHECK(!va);
    CHECK_EQ(NdisMRegisterIoPortRange(&base, fake5.handle, port, 0), NDIS_STATUS_FAILURE);
    CHECK_EQ(NdisMRegisterIoPortRange(&base, fake5.handle, port, 33),
             NDIS_STATUS_RESOURCE_CONFLICT);
    CHECK_EQ(NdisMRegisterIoPortRange(&base, fake5.handle, 0xfff0, 0x20), NDIS_STATUS_FAILURE);
    CHECK_EQ(NdisMRegisterIoPortRange(&base, fake5.handle, port + 16, 16), NDIS_STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)base, port + 16);
    NdisMDeregisterIoPortRange(fake5.handle, port + 16, 16, base);
}

TEST_NT(a_part_of_a_range_can_be_mapped_and_no_more_than_it_has, "")
{
    during_initialize(map_parts);
    CHECK_NO_VIOLATION();
}

/* --- what this machine does not have --- */

static void ask_for_old_buses(void)
{
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;
    NDIS_HANDLE dma;
    UINT slot, functions = 9;
    PVOID data;
    UCHAR byte;
    NdisReadEisaSlotInformation(&status, fake5.config, &slot, &byte);
    CHECK_EQ(status, NDIS_STATUS_FAILURE);
    NdisReadEisaSlotInformationEx(&status, fake5.config, &slot, &data, &functions);
    CHECK_EQ(status, NDIS_STATUS_FAILURE);
    CHECK_EQ(functions, 0);
    NdisReadMcaPosInformation(&status, fake5.config, &slot, &byte);
    CHECK_EQ(status, NDIS_STATUS_FAILURE);
    CHECK_EQ(NdisReadPcmciaAttributeMemory(fake5.handle, 0, &byte, 1), 0);
    CHECK_EQ(NdisWritePcmciaAttributeMemory(fake5.handle, 0, &byte, 1), 0);
    NDIS_DMA_DESCRIPTION description = {0};
    CHECK_EQ(NdisMRegisterDmaChannel(&dma, fake5.handle, 1, FALSE, &description, 1514),
             NDIS_STATUS_NOT_SUPPORTED);
    CHECK_NO_VIOLATION();
    CHECK_EQ(NdisMReadDmaCounter(dma), 0);
    NdisMSetupDmaTransfer(&status, dma, NULL, 0, 0, TRUE);
    CHECK_EQ(status, NDIS_STATUS_RESOURCES);
    NdisMCompleteDmaTransfer(&status, dma, NULL, 0, 0, TRUE);
    NdisMDeregisterDmaChannel(dma);
}

TEST_NT(there_is_no_eisa_no_micro_channel_no_pc_card_and_no_system_dma, "")
{
    during_initialize(ask_for_old_buses);
    CHECK_EQ(nt_test_violations("NdisMRegisterDmaChannel"), 4);
}
