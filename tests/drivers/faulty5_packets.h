/* SPDX-License-Identifier: MIT */
/* faulty5_packets.h - the mistakes of faulty5.c with packets that are received and sent. Included
 * behind struct adapter. */
#pragma once
#include "faults.h"
#include "minimal5.h"

/* --- the mistakes: received packets --- */

static VOID Indicate(struct adapter *Adapter, PNDIS_PACKET *Packets, UINT Count)
{
    NDIS_SET_PACKET_STATUS(Packets[0], NDIS_STATUS_SUCCESS);
    NdisMIndicateReceivePacket(Adapter->Base.AdapterHandle, Packets, Count);
    Adapter->Made++;
}

static VOID Fill(struct adapter *Adapter, PNDIS_PACKET Packet)
{
    NdisMoveMemory(MEMORY_OF_PACKET(Packet), Adapter->Base.Frame, Adapter->Base.FrameLength);
    NdisAdjustBufferLength(Packet->Private.Head, Adapter->Base.FrameLength);
}

FAULT(IndicateAgain)
{
    PNDIS_PACKET Packet = Adapter->Packet;

    Fill(Adapter, Packet);
    Indicate(Adapter, &Packet, 1);
    Adapter->Dealt = TRUE;
    if (NDIS_GET_PACKET_STATUS(Packet) == NDIS_STATUS_PENDING) {
        NdisMIndicateReceivePacket(Adapter->Base.AdapterHandle, &Packet, 1);
    } else { /* NDIS did not keep it: not yet */
        PutPacket(&Adapter->Base, Packet);
        Adapter->Made = FALSE;
    }
}

/* A deserialised miniport gets it back from MiniportReturnPacket, a serialised one by status. */
static VOID IndicatedAndDealt(struct adapter *Adapter, PNDIS_PACKET Packet)
{
    Adapter->Dealt = TRUE;
    if (!Adapter->Base.Deserialized && NDIS_GET_PACKET_STATUS(Packet) != NDIS_STATUS_PENDING)
        PutPacket(&Adapter->Base, Packet);
}

FAULT(IndicateTwice)
{
    PNDIS_PACKET Packets[2] = {Adapter->Packet, Adapter->Packet};

    Fill(Adapter, Adapter->Packet);
    Indicate(Adapter, Packets, 2);
    IndicatedAndDealt(Adapter, Packets[0]);
}

/* One whose memory the driver has still, so that all else goes on as it should. */
static PNDIS_PACKET ExtraPacket(struct adapter *Adapter)
{
    NDIS_STATUS Status;
    PNDIS_PACKET Packet = NULL;

    NdisAllocatePacketPool(&Status, &Adapter->Leaked, 1, PROTOCOL_RESERVED_SIZE_IN_PACKET);
    if (Status == NDIS_STATUS_SUCCESS)
        NdisAllocatePacket(&Status, &Packet, Adapter->Leaked);
    if (Packet != NULL) {
        NDIS_SET_PACKET_HEADER_SIZE(Packet, HEADER);
        MEMORY_OF_PACKET(Packet) = MEMORY_OF_PACKET(Adapter->Packet);
    }
    return Packet;
}

FAULT(IndicateFreed)
{
    PNDIS_PACKET Packet = ExtraPacket(Adapter);

    NdisFreePacket(Packet);
    NdisMIndicateReceivePacket(Adapter->Base.AdapterHandle, &Packet, 1);
    NdisFreePacketPool(Adapter->Leaked);
}

FAULT(FreePacketTwice)
{
    PNDIS_PACKET Packet = ExtraPacket(Adapter);

    NdisFreePacket(Packet);
    NdisFreePacket(Packet);
    NdisFreePacketPool(Adapter->Leaked);
}

FAULT(ReadFreedPacket)
{
    PNDIS_PACKET Packet = ExtraPacket(Adapter);

    NdisFreePacket(Packet);
    Adapter->Made = (LONG)NdisBufferLength(Packet->Private.Head);
}

FAULT(ReadFreedField)
{
    PNDIS_PACKET Packet = ExtraPacket(Adapter);

    NdisFreePacket(Packet);
    Adapter->Made = *MEMORY_OF_PACKET(Packet);
}

FAULT(WriteFreedPacket)
{
    PNDIS_PACKET Packet = ExtraPacket(Adapter);

    NdisFreePacket(Packet);
    Packet->Private.TotalLength = 60;
    NdisFreePacketPool(Adapter->Leaked);
    Adapter->Made++; /* so that the call is no jump */
}

/* The packet that NDIS keeps is freed instead of waited for. */
FAULT(FreeIndicated)
{
    PNDIS_PACKET Packet = Adapter->Packet;

    Fill(Adapter, Packet);
    Indicate(Adapter, &Packet, 1);
    Adapter->Dealt = TRUE;
    if (NDIS_GET_PACKET_STATUS(Packet) == NDIS_STATUS_PENDING) {
        NdisFreePacket(Packet);
    } else {
        PutPacket(&Adapter->Base, Packet);
        Adapter->Made = FALSE;
    }
}

FAULT(DamageFrame)
{
    Adapter->Base.Frame[Adapter->Base.FrameLength - 1] ^= 1;
}

FAULT(IndicateWithoutHeaderSize)
{
    PNDIS_PACKET Packet = Adapter->Packet;

    Fill(Adapter, Packet);
    NDIS_SET_PACKET_HEADER_SIZE(Packet, 0);
    Indicate(Adapter, &Packet, 1);
    NDIS_SET_PACKET_HEADER_SIZE(Packet, HEADER);
    IndicatedAndDealt(Adapter, Packet);
}

/* --- the mistakes: lookahead --- */

static __declspec(noinline) VOID
    Look(struct adapter *Adapter, UINT Header, UINT Lookahead, UINT Size)
{
    NdisMEthIndicateReceive(Adapter->Base.AdapterHandle, &Adapter->Base, (PCHAR)Adapter->Base.Frame,
                            Header, Adapter->Base.Frame + HEADER, Lookahead, Size);
}

FAULT(LookaheadShort)
{
    Look(Adapter, HEADER, 20, Adapter->Base.FrameLength - HEADER);
    NdisMEthIndicateReceiveComplete(Adapter->Base.AdapterHandle);
}

FAULT(LookaheadBeyond)
{
    Look(Adapter, HEADER, 200, 100);
    NdisMEthIndicateReceiveComplete(Adapter->Base.AdapterHandle);
}

FAULT(LookaheadHeader)
{
    Look(Adapter, 12, 46, 46);
    NdisMEthIndicateReceiveComplete(Adapter->Base.AdapterHandle);
}

FAULT(LookaheadNotComplete)
{
    Look(Adapter, HEADER, Adapter->Base.FrameLength - HEADER, Adapter->Base.FrameLength - HEADER);
    Adapter->Dealt = TRUE;
}

FAULT(LookaheadNowhere)
{
    NdisMEthIndicateReceive(Adapter->Base.AdapterHandle, &Adapter->Base, (PCHAR)Adapter->Base.Frame,
                            HEADER, (PVOID)(ULONG_PTR)0x30, 46, 46);
    NdisMEthIndicateReceiveComplete(Adapter->Base.AdapterHandle);
}

/* --- the mistakes: sends --- */

FAULT(CompleteTwice)
{
    NdisMSendComplete(Adapter->Base.AdapterHandle, Adapter->Packet, NDIS_STATUS_SUCCESS);
    NdisMSendComplete(Adapter->Base.AdapterHandle, Adapter->Packet, NDIS_STATUS_SUCCESS);
    Adapter->Dealt = TRUE;
}

FAULT(CompleteAndReturn)
{
    PNDIS_PACKET Send = Adapter->Packet;

    LoopBack(&Adapter->Base, Send, Adapter->Base.Free[--Adapter->Base.FreeCount]);
    NdisMSendComplete(Adapter->Base.AdapterHandle, Send, NDIS_STATUS_SUCCESS);
    NDIS_SET_PACKET_STATUS(Send, NDIS_STATUS_SUCCESS);
    Adapter->Dealt = TRUE;
}

FAULT(CompletePending)
{
    NdisMSendComplete(Adapter->Base.AdapterHandle, Adapter->Packet, NDIS_STATUS_PENDING);
    Adapter->Dealt = TRUE;
}

FAULT(CompleteOther)
{
    NdisMSendComplete(Adapter->Base.AdapterHandle, Adapter->Base.Free[0], NDIS_STATUS_SUCCESS);
    Adapter->Made++;
}

FAULT(NeverComplete)
{
    Adapter->Dealt = TRUE;
}

FAULT(ResourcesWhenDeserialized)
{
    KIRQL Old;

    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    NdisMSendResourcesAvailable(Adapter->Base.AdapterHandle);
    KeLowerIrql(Old);
    Adapter->Made++;
}
