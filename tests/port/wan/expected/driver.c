/* SPDX-License-Identifier: MIT */
#include <ndis.h>
#include <ndiswan.h>

typedef struct _LINE_CARD {
    NDIS_HANDLE MiniportAdapterHandle;
    NDIS_HANDLE NdisLinkContext;
    NDIS_HANDLE NdisInterruptHandle;
    volatile UCHAR *Registers; /* 0: status, 1: mask, 2: data */
    ULONG Vector;
    ULONG Level;
    PNDIS_WAN_PACKET Sending;
    UCHAR Received[1600];
    UINT ReceivedBytes;
    BOOLEAN LineUp;
} LINE_CARD, *PLINE_CARD;

static LINE_CARD TheCard;

static VOID NTAPI CardDisableInterrupt(NDIS_HANDLE MiniportAdapterContext)
{
    PLINE_CARD Card = (PLINE_CARD)MiniportAdapterContext;

    Card->Registers[1] = 0;
}

static VOID NTAPI CardEnableInterrupt(NDIS_HANDLE MiniportAdapterContext)
{
    PLINE_CARD Card = (PLINE_CARD)MiniportAdapterContext;

    Card->Registers[1] = 3;
}

static BOOLEAN NTAPI CardIsr(NDIS_HANDLE MiniportAdapterContext,
                             PBOOLEAN QueueMiniportHandleInterrupt, PULONG TargetProcessors)
{
    PLINE_CARD Card = (PLINE_CARD)MiniportAdapterContext;

    if ((Card->Registers[0] & 3) == 0) {
        *QueueMiniportHandleInterrupt = FALSE;
        return FALSE;
    }
    CardDisableInterrupt(Card);
    *QueueMiniportHandleInterrupt = TRUE;
    return TRUE;
}

static VOID LineIsUp(PLINE_CARD Card)
{
    NDIS_MAC_LINE_UP Up;

    NdisZeroMemory(&Up, sizeof(Up));
    Up.LinkSpeed = 640; /* of 100 bits a second */
    Up.Quality = NdisWanErrorControl;
    Up.SendWindow = 1;
    NdisMIndicateStatus(Card->MiniportAdapterHandle, NDIS_STATUS_WAN_LINE_UP, &Up, sizeof(Up));
    Card->NdisLinkContext = Up.NdisLinkContext;
    Card->LineUp = TRUE;
}

static VOID NTAPI CardHandleInterrupt(NDIS_HANDLE MiniportAdapterContext, PVOID MiniportDpcContext,
                                      PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
{
    PLINE_CARD Card = (PLINE_CARD)MiniportAdapterContext;
    PNDIS_WAN_PACKET Sent = Card->Sending;
    NDIS_STATUS Status;

    if (!Card->LineUp)
        LineIsUp(Card);
    if (Sent != NULL) {
        Card->Sending = NULL;
        NdisMWanSendComplete(Card->MiniportAdapterHandle, Sent, NDIS_STATUS_SUCCESS);
    }
    if (Card->ReceivedBytes != 0) {
        NdisMWanIndicateReceive(&Status, Card->MiniportAdapterHandle, Card->NdisLinkContext,
                                Card->Received, Card->ReceivedBytes);
        NdisMWanIndicateReceiveComplete(Card->MiniportAdapterHandle, Card->NdisLinkContext);
        Card->ReceivedBytes = 0;
    }
    CardEnableInterrupt(MiniportAdapterContext);
}

static NDIS_STATUS NTAPI CardWanSend(NDIS_HANDLE MiniportAdapterContext, NDIS_HANDLE NdisLinkHandle,
                                     PNDIS_WAN_PACKET Packet)
{
    PLINE_CARD Card = (PLINE_CARD)MiniportAdapterContext;

    (void)NdisLinkHandle;
    Card->Sending = Packet;
    Card->Registers[2] = Packet->CurrentBuffer[0];
    return NDIS_STATUS_PENDING;
}

static NDIS_STATUS NTAPI CardInitialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                        PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                        NDIS_HANDLE MiniportAdapterHandle,
                                        NDIS_HANDLE WrapperConfigurationContext)
{
    PLINE_CARD Card = &TheCard;
    NDIS_STATUS Status;
    UINT i;
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS InterruptCharacteristics;

    (void)OpenErrorStatus;
    (void)WrapperConfigurationContext;
    for (i = 0; i < MediumArraySize && MediumArray[i] != NdisMediumWan; i++)
        ;
    if (i == MediumArraySize)
        return NDIS_STATUS_UNSUPPORTED_MEDIA;
    *SelectedMediumIndex = i;

    Card->MiniportAdapterHandle = MiniportAdapterHandle;
    NdisMSetAttributesEx(MiniportAdapterHandle, Card, 0, 0, NdisInterfacePci);
    NdisZeroMemory(&InterruptCharacteristics, sizeof(InterruptCharacteristics));
    InterruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    InterruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    InterruptCharacteristics.Header.Size =
        NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    InterruptCharacteristics.InterruptHandler = CardIsr;
    InterruptCharacteristics.InterruptDpcHandler = CardHandleInterrupt;
    InterruptCharacteristics.DisableInterruptHandler = CardDisableInterrupt;
    InterruptCharacteristics.EnableInterruptHandler = CardEnableInterrupt;

    Status = NdisMRegisterInterruptEx(Card->MiniportAdapterHandle, Card, &InterruptCharacteristics,
                                      &Card->NdisInterruptHandle);
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
    CardEnableInterrupt(Card);
    return NDIS_STATUS_SUCCESS;
}

static VOID NTAPI CardHalt(NDIS_HANDLE MiniportAdapterContext)
{
    PLINE_CARD Card = (PLINE_CARD)MiniportAdapterContext;

    CardDisableInterrupt(Card);
    NdisMDeregisterInterruptEx(Card->NdisInterruptHandle);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_WAN_MINIPORT_CHARACTERISTICS WanChars;
    NDIS_HANDLE NdisWrapperHandle;

    NdisMInitializeWrapper(&NdisWrapperHandle, DriverObject, RegistryPath, NULL);
    NdisZeroMemory(&WanChars, sizeof(WanChars));
    WanChars.MajorNdisVersion = 5;
    WanChars.MinorNdisVersion = 1;
    WanChars.Reserved = NDIS_USE_WAN_WRAPPER;
    WanChars.HaltHandler = CardHalt;
    WanChars.InitializeHandler = CardInitialize;
    WanChars.WanSendHandler = CardWanSend;
    return NdisMRegisterMiniport(NdisWrapperHandle, &WanChars, sizeof(WanChars));
}
