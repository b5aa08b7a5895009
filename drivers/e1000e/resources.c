/* SPDX-License-Identifier: MIT */
/* resources.c - what hardware resources we ask for, and what we got.
 *
 * Messages are granted before MiniportInitializeEx runs, from a list that the bus driver proposes:
 * one interrupt descriptor per MSI-X message. In MiniportFilterResourceRequirements we say which
 * processor each one shall go to, so that a receive queue interrupts the processor that RSS will
 * assign to it (WDK: "MSI-X Resource Filtering"; ). How many messages there are at all
 * is decided in the INF: MSISupported and MessageNumberLimit. */
#include "e1000e.h"

/* The memory of MiniportAddDevice: it outlives the ADAPTER, because an adapter can be halted and
 * initialized again between add and remove. */
typedef struct _DEVICE {
    NDIS_HANDLE AdapterHandle;
} DEVICE, *PDEVICE;

NDIS_STATUS NTAPI MiniportAddDevice(NDIS_HANDLE AdapterHandle, NDIS_HANDLE DriverContext)
{
    NDIS_MINIPORT_ADAPTER_ATTRIBUTES Attributes;
    PNDIS_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES AddDevice =
        &Attributes.AddDeviceRegistrationAttributes;
    NDIS_STATUS Status;
    PDEVICE Device;

    UNREFERENCED_PARAMETER(DriverContext);

    Device = NdisAllocateMemoryWithTagPriority(AdapterHandle, sizeof(*Device), POOL_TAG,
                                               NormalPoolPriority);
    if (Device == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    Device->AdapterHandle = AdapterHandle; /* the one that Initialize will get */

    NdisZeroMemory(&Attributes, sizeof(Attributes));
    AddDevice->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES;
    AddDevice->Header.Revision = NDIS_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES_REVISION_1;
    AddDevice->Header.Size = NDIS_SIZEOF_MINIPORT_ADD_DEVICE_REGISTRATION_ATTRIBUTES_REVISION_1;
    AddDevice->MiniportAddDeviceContext = Device;
    Status = NdisMSetMiniportAttributes(AdapterHandle, &Attributes);
    if (Status != NDIS_STATUS_SUCCESS) {
        NdisFreeMemory(Device, 0, 0); /* */
    }
    return Status;
}

VOID NTAPI MiniportRemoveDevice(NDIS_HANDLE MiniportAddDeviceContext)
{
    NdisFreeMemory(MiniportAddDeviceContext, 0, 0);
}

/* IO_RESOURCE_DESCRIPTOR.u.Interrupt as Windows 7 and later have it (WDK:
 * "IO_RESOURCE_DESCRIPTOR"). mingw-w64's wdm.h ends this member after MaximumVector. */
typedef struct _INTERRUPT_REQUIREMENT {
    ULONG MinimumVector;
    ULONG MaximumVector;
    USHORT AffinityPolicy; /* IRQ_DEVICE_POLICY */
    USHORT Group;
    ULONG PriorityPolicy; /* IRQ_PRIORITY */
    KAFFINITY TargetedProcessors;
} INTERRUPT_REQUIREMENT, *PINTERRUPT_REQUIREMENT;

C_ASSERT(sizeof(INTERRUPT_REQUIREMENT) == sizeof(((PIO_RESOURCE_DESCRIPTOR)NULL)->u));

/* Choose the processors of the receive queues' messages: those that NDIS prefers for RSS, in its
 * order. Returns how many were stored. */
static ULONG ResourcesRssProcessors(NDIS_HANDLE AdapterHandle, PPROCESSOR_NUMBER Processors,
                                    ULONG Limit)
{
    PNDIS_RSS_PROCESSOR_INFO Info = NULL;
    SIZE_T Size = 0;
    ULONG Count = 0;
    NDIS_STATUS Status;

    Status = NdisGetRssProcessorInformation(AdapterHandle, NULL, &Size);
    while (Status == NDIS_STATUS_BUFFER_TOO_SHORT) {
        if (Info != NULL) {
            NdisFreeMemory(Info, 0, 0);
        }
        Info = NdisAllocateMemoryWithTagPriority(AdapterHandle, (UINT)Size, POOL_TAG,
                                                 NormalPoolPriority);
        if (Info == NULL) {
            return 0;
        }
        Status = NdisGetRssProcessorInformation(AdapterHandle, Info, &Size);
    }
    if (Status == NDIS_STATUS_SUCCESS && Info != NULL) {
        for (Count = 0; Count < Limit && Count < Info->RssProcessorCount; Count++) {
            PNDIS_RSS_PROCESSOR Entry =
                (PNDIS_RSS_PROCESSOR)((PUCHAR)Info + Info->RssProcessorArrayOffset +
                                      Count * Info->RssProcessorEntrySize);

            Processors[Count] = Entry->ProcNum;
        }
    }
    if (Info != NULL) {
        NdisFreeMemory(Info, 0, 0);
    }
    return Count;
}

/* Message numbers follow the order in the list: message 0 is receive queue 0, message 1 is
 * queue 1, the next one is for everything else and may go anywhere. */
static VOID ResourcesSteerMessages(PIO_RESOURCE_LIST List, const PROCESSOR_NUMBER *Processors,
                                   ULONG ProcessorCount)
{
    ULONG Message = 0;
    ULONG Index;

    for (Index = 0; Index < List->Count && Message < ProcessorCount; Index++) {
        PIO_RESOURCE_DESCRIPTOR Descriptor = &List->Descriptors[Index];
        PINTERRUPT_REQUIREMENT Interrupt = (PINTERRUPT_REQUIREMENT)&Descriptor->u;

        if (Descriptor->Type != CmResourceTypeInterrupt ||
            !(Descriptor->Flags & CM_RESOURCE_INTERRUPT_MESSAGE)) {
            continue; /* neither memory nor ports are ours to change */
        }
        Descriptor->Flags |= CM_RESOURCE_INTERRUPT_POLICY_INCLUDED;
        Interrupt->AffinityPolicy = IrqPolicySpecifiedProcessors; /* */
        Interrupt->Group = Processors[Message].Group;
        Interrupt->TargetedProcessors = (KAFFINITY)1 << Processors[Message].Number;
        Message++;
    }
}

/* May be called at any time between add and remove, also while the adapter runs. So
 * it changes the list in place and nothing else; the new grant arrives with the next Initialize. */
NDIS_STATUS NTAPI MiniportFilterResourceRequirements(NDIS_HANDLE MiniportAddDeviceContext, PIRP Irp)
{
    PDEVICE Device = MiniportAddDeviceContext;
    PIO_RESOURCE_REQUIREMENTS_LIST Requirements =
        (PIO_RESOURCE_REQUIREMENTS_LIST)Irp->IoStatus.Information;
    PROCESSOR_NUMBER Processors[E1000_RX_QUEUES];
    PIO_RESOURCE_LIST List;
    ULONG ProcessorCount, Alternative;

    if (Requirements == NULL) {
        return NDIS_STATUS_SUCCESS;
    }
    ProcessorCount =
        ResourcesRssProcessors(Device->AdapterHandle, Processors, RTL_NUMBER_OF(Processors));

    /* The alternatives lie one behind the other and differ in length. */
    List = &Requirements->List[0];
    for (Alternative = 0; Alternative < Requirements->AlternativeLists; Alternative++) {
        ResourcesSteerMessages(List, Processors, ProcessorCount);
        List = (PIO_RESOURCE_LIST)&List->Descriptors[List->Count];
    }
    return NDIS_STATUS_SUCCESS;
}

/* Nothing to change: the grant is read in MiniportInitializeEx, where every amount of messages is
 * accepted, none included. The handler is optional and is here to say so. */
NDIS_STATUS NTAPI MiniportStartDevice(NDIS_HANDLE MiniportAddDeviceContext, PIRP Irp)
{
    UNREFERENCED_PARAMETER(MiniportAddDeviceContext);
    UNREFERENCED_PARAMETER(Irp);

    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS ResourcesParse(PNDIS_RESOURCE_LIST List, PRESOURCES Resources)
{
    BOOLEAN Line = FALSE;
    ULONG Index;

    NdisZeroMemory(Resources, sizeof(*Resources));
    if (List == NULL) {
        return NDIS_STATUS_RESOURCE_CONFLICT;
    }
    for (Index = 0; Index < List->Count; Index++) {
        PCM_PARTIAL_RESOURCE_DESCRIPTOR Descriptor = &List->PartialDescriptors[Index];

        switch (Descriptor->Type) {
        case CmResourceTypeMemory:
            /* BAR 0 is the 128 KB one, and comes first; then flash and the MSI-X table. */
            if (Resources->RegistersLength == 0 &&
                Descriptor->u.Memory.Length >= E1000_REGISTER_SPACE) {
                Resources->RegistersPhysical = Descriptor->u.Memory.Start;
                Resources->RegistersLength = E1000_REGISTER_SPACE;
            }
            break;
        case CmResourceTypeInterrupt:
            /* One descriptor for each MSI-X message. */
            if (Descriptor->Flags & CM_RESOURCE_INTERRUPT_MESSAGE) {
                Resources->Messages++;
            } else {
                Line = TRUE;
            }
            break;
        default:
            break;
        }
    }
    if (Resources->RegistersLength == 0 || (Resources->Messages == 0 && !Line)) {
        return NDIS_STATUS_RESOURCE_CONFLICT;
    }
    return NDIS_STATUS_SUCCESS;
}
