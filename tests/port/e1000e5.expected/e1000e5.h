/* SPDX-License-Identifier: MIT */
/* e1000e5.h - an NDIS 5.1 miniport for the Intel 82574L: what its files share.
 *
 * This is the driver before its port to NDIS 6; ../e1000e is the one after. Read in this order:
 * driver.c (DriverEntry), adapter.c (initialize to halt), interrupt.c (MiniportISR and
 * MiniportHandleInterrupt), receive.c, transmit.c, worker.c, oid.c, config.c. The chip itself
 * (hw.c, phy.c, regs.h) is shared with ../e1000e.
 *
 * R-numbers in comments are the statements of requirements/interrupts.md, drawn from Microsoft's
 * pages, that explain a choice.
 *
 * The driver is deserialized: NDIS holds no lock around our functions, so we have our own.
 *   ADAPTER, its "shared with MiniportISR" part  MiniportISR, and MiniportSynchronize* below it
 *   RX_RING                                      RX_RING.Lock
 *   TX_RING                                      TX_RING.Lock
 *   filter, link, statistics                     ADAPTER.Lock
 *   chip resets, PHY                             MiniportInitialize, the worker, MiniportHalt: one
 *                                                after the other, PASSIVE_LEVEL
 * (one word that says how things are, such as Link.Up, may be read without)
 * Spin locks are never nested, and none is held while an Ndis function is called that can come back
 * to us. */
#pragma once

#define NDIS_MINIPORT_DRIVER 1
#define NDIS51_MINIPORT      1

#include <ndis.h>

#include "../e1000e/hw.h"

#define DRIVER_MAJOR_VERSION 1
#define DRIVER_MINOR_VERSION 0
#define POOL_TAG             0x35343749ul /* "I745" */

#define ETHERNET_HEADER_LENGTH 14
#define ETHERNET_FRAME_LENGTH  1514 /* with header, without VLAN tag and CRC */
#define VLAN_TAG_LENGTH        4
#define MULTICAST_LIST_LIMIT   128
#define RX_BUFFER_SIZE         2048
#define SEND_PACKETS_LIMIT     64 /* in one call of MiniportSendPackets */

typedef struct _ADAPTER ADAPTER, *PADAPTER;

/* --- Settings from the registry, config.c ----------------------------------------------------- */

typedef struct _CONFIGURATION {
    ULONG InterruptRate;   /* interrupts per second at most; 0: no limit */
    ULONG ReceiveBuffers;  /* receive descriptors */
    ULONG TransmitBuffers; /* transmit descriptors */
    ULONG SpeedDuplex;     /* SPEED_DUPLEX */
    ULONG FlowControl;     /* FLOW_CONTROL */
    ULONG PriorityVlanTag; /* 1: tags go in and out of frames in the chip */

    BOOLEAN AddressOverridden; /* NetworkAddress */
    UCHAR Address[ETHERNET_ADDRESS_LENGTH];
} CONFIGURATION, *PCONFIGURATION;

NDIS_STATUS ConfigurationRead(NDIS_HANDLE WrapperConfigurationContext,
                              PCONFIGURATION Configuration);

/* --- Interrupts, interrupt.c ------------------------------------------------------------------ */

/* The causes that we enable. RXQ0 and the like exist in MSI-X mode only and do nothing on a line;
 * they are here because ../e1000e enables the same set, so that the two can be compared. */
#define INTERRUPT_CAUSES                                                                           \
    (E1000_INT_TXDW | E1000_INT_LSC | E1000_INT_RXDMT0 | E1000_INT_RXO | E1000_INT_RXT0 |          \
     E1000_INT_RXQ0 | E1000_INT_RXQ1 | E1000_INT_TXQ0 | E1000_INT_OTHER)

NDIS_STATUS InterruptRegister(PADAPTER Adapter);
VOID InterruptDeregister(PADAPTER Adapter);

/* Write the chip's auto-masking and moderation; after each reset. */
VOID InterruptProgram(PADAPTER Adapter);

/* Take the interrupt out of service, or back into it. <= DISPATCH_LEVEL. */
VOID InterruptBlock(PADAPTER Adapter);
VOID InterruptUnblock(PADAPTER Adapter);

/* Interrupt, unless blocked: an interrupt or its DPC was lost. <= DISPATCH_LEVEL. */
VOID InterruptRecover(PADAPTER Adapter);

BOOLEAN NTAPI MiniportISR(NDIS_HANDLE MiniportAdapterContext, PBOOLEAN QueueMiniportHandleInterrupt,
                          PULONG TargetProcessors);
VOID NTAPI MiniportHandleInterrupt(NDIS_HANDLE MiniportAdapterContext, PVOID MiniportDpcContext,
                                   PVOID ReceiveThrottleParameters, PVOID NdisReserved2);
VOID NTAPI MiniportDisableInterrupt(NDIS_HANDLE MiniportAdapterContext);
VOID NTAPI MiniportEnableInterrupt(NDIS_HANDLE MiniportAdapterContext);

/* --- Receive, receive.c ----------------------------------------------------------------------- */

/* A buffer, the NDIS_BUFFER over it and the packet that carries it, for as long as the adapter
 * lives. It is in the ring, in the free list, or with NDIS. */
typedef struct _RX_BUFFER {
    struct _RX_BUFFER *Next; /* in the free list */
    PUCHAR Data;
    NDIS_PHYSICAL_ADDRESS DataPhysical;
    PNDIS_BUFFER NdisBuffer;
    PNDIS_PACKET Packet;
} RX_BUFFER, *PRX_BUFFER;

/* Frames and bytes by kind of destination, as OIDs ask for them. */
typedef struct _FRAME_COUNTERS {
    ULONG64 UnicastFrames, UnicastBytes;
    ULONG64 MulticastFrames, MulticastBytes;
    ULONG64 BroadcastFrames, BroadcastBytes;
    ULONG64 Errors;
} FRAME_COUNTERS, *PFRAME_COUNTERS;

typedef struct _RX_RING {
    NDIS_SPIN_LOCK Lock;

    BOOLEAN Active; /* the chip owns the ring; FALSE around a reset */
    PE1000_RX_DESCRIPTOR Ring;
    NDIS_PHYSICAL_ADDRESS RingPhysical;
    ULONG RingSize;
    PRX_BUFFER *Slots; /* the buffer of each descriptor; NULL: none posted */
    ULONG NextToClean;
    ULONG NextToPost;  /* one slot always stays empty */
    BOOLEAN SkipToEop; /* in the middle of a frame that is too long for one buffer */
    PRX_BUFFER Free;
    ULONG FreeCount;
    FRAME_COUNTERS Counters;

    /* Packets that protocols have, plus one until MiniportHalt. */
    volatile LONG Lent;
    NDIS_EVENT AllReturned;

    NDIS_HANDLE PacketPool, BufferPool;
    ULONG BufferCount;
    PRX_BUFFER Buffers;
    PUCHAR Memory; /* of all buffers */
    NDIS_PHYSICAL_ADDRESS MemoryPhysical;
} RX_RING, *PRX_RING;

NDIS_STATUS ReceiveAllocate(PADAPTER Adapter);
VOID ReceiveFree(PADAPTER Adapter);         /* the last packet has come back */
VOID ReceiveWaitReturned(PADAPTER Adapter); /* PASSIVE_LEVEL */
VOID ReceiveStart(PADAPTER Adapter);        /* chip is reset: program the ring, hand over buffers */
VOID ReceiveStop(PADAPTER Adapter);         /* leave the ring alone: a reset follows */
VOID ReceiveSetFilter(PADAPTER Adapter);    /* RCTL from the packet filter; holds Lock */

/* Indicate what has arrived, at most a budget; TRUE: frames are left. DISPATCH_LEVEL. */
BOOLEAN ReceiveProcess(PADAPTER Adapter);

/* Does the ring hold frames that nobody fetches? <= DISPATCH_LEVEL. */
BOOLEAN ReceiveIsPending(PADAPTER Adapter);

VOID NTAPI MiniportReturnPacket(NDIS_HANDLE MiniportAdapterContext, PNDIS_PACKET Packet);

/* Count one frame, by its destination address. */
VOID CountFrame(PFRAME_COUNTERS Counters, const UCHAR *Destination, ULONG Length);

/* --- Transmit, transmit.c --------------------------------------------------------------------- */

/* A packet in the ring, at the index of its first descriptor. */
typedef struct _TX_SLOT {
    PNDIS_PACKET Packet;
    ULONG Last; /* its last descriptor */
} TX_SLOT, *PTX_SLOT;

typedef struct _TX_RING {
    NDIS_SPIN_LOCK Lock;

    BOOLEAN Active; /* the chip owns the ring; FALSE around a reset */
    PE1000_TX_DESCRIPTOR Ring;
    NDIS_PHYSICAL_ADDRESS RingPhysical;
    ULONG RingSize;
    PTX_SLOT Slots;
    ULONG NextToPost;
    ULONG NextToClean;
    LIST_ENTRY Waiting; /* packets without a place in the ring, linked by MiniportReserved */
    FRAME_COUNTERS Counters;

    ULONG64 Finished;     /* packets that the chip reported done */
    ULONG64 HangFinished; /* ... at the last check for hang */
    ULONG HangChecks;     /* checks in a row without progress */
} TX_RING, *PTX_RING;

NDIS_STATUS TransmitAllocate(PADAPTER Adapter);
VOID TransmitFree(PADAPTER Adapter);
VOID TransmitStart(PADAPTER Adapter); /* chip is reset: program the ring, send what waits */
VOID TransmitStop(PADAPTER Adapter);  /* leave the ring alone: a reset follows */

/* Fail every packet that we hold; the chip must be reset or gone. <= DISPATCH_LEVEL. */
VOID TransmitAbort(PADAPTER Adapter, NDIS_STATUS Status);

VOID TransmitComplete(PADAPTER Adapter);     /* <= DISPATCH_LEVEL */
BOOLEAN TransmitIsIdle(PADAPTER Adapter);    /* <= DISPATCH_LEVEL */
BOOLEAN TransmitIsHung(PADAPTER Adapter);    /* from MiniportCheckForHang only */
BOOLEAN TransmitIsPending(PADAPTER Adapter); /* finished packets that nobody fetches */

VOID NTAPI MiniportSendPackets(NDIS_HANDLE MiniportAdapterContext, PPNDIS_PACKET PacketArray,
                               UINT NumberOfPackets);
VOID NTAPI MiniportCancelSendPackets(NDIS_HANDLE MiniportAdapterContext, PVOID CancelId);

/* --- Requests, oid.c -------------------------------------------------------------------------- */

NDIS_STATUS NTAPI MiniportQueryInformation(NDIS_HANDLE MiniportAdapterContext, NDIS_OID Oid,
                                           PVOID InformationBuffer, ULONG InformationBufferLength,
                                           PULONG BytesWritten, PULONG BytesNeeded);
NDIS_STATUS NTAPI MiniportSetInformation(NDIS_HANDLE MiniportAdapterContext, NDIS_OID Oid,
                                         PVOID InformationBuffer, ULONG InformationBufferLength,
                                         PULONG BytesRead, PULONG BytesNeeded);

/* Read the chip's counters into ADAPTER.HardwareCounters. <= DISPATCH_LEVEL. */
VOID StatisticsUpdate(PADAPTER Adapter);

/* --- The worker, worker.c --------------------------------------------------------------------- */

/* What needs PASSIVE_LEVEL and the chip for itself. */
#define JOB_LINK      0x01 /* look at the link, tell NDIS if it changed */
#define JOB_RESET     0x02 /* MiniportReset */
#define JOB_POWER     0x04 /* OID_PNP_SET_POWER */
#define JOB_REMOVED   0x08 /* the chip is gone */
#define JOBS          0x0000FFFF
#define WORKER_QUEUED 0x10000
#define WORKER_CLOSED 0x20000

/* Ask for JOB_* bits. <= DISPATCH_LEVEL. */
VOID WorkerRequest(PADAPTER Adapter, LONG Jobs);
VOID WorkerClose(PADAPTER Adapter); /* wait for it, take no more jobs. PASSIVE_LEVEL */

/* --- The adapter, adapter.c ------------------------------------------------------------------- */

struct _ADAPTER {
    NDIS_HANDLE AdapterHandle;
    HARDWARE Hw;
    CONFIGURATION Config;
    NDIS_PHYSICAL_ADDRESS RegistersPhysical;
    UCHAR CurrentAddress[ETHERNET_ADDRESS_LENGTH];

    NDIS_HANDLE NdisInterruptHandle; /* ours to keep, NDIS's to use */
    BOOLEAN InterruptRegistered;
    ULONG InterruptVector;
    ULONG InterruptLevel;

    /* Shared with MiniportISR. */
    BOOLEAN Blocked; /* initializing, resetting, asleep, halting */
    BOOLEAN Masked;  /* from MiniportISR until MiniportEnableInterrupt */
    ULONG Pending;   /* causes seen by MiniportISR, not yet taken by MiniportHandleInterrupt */
    ULONG Missed;    /* causes that came while masked, or work that is left */

    RX_RING Rx;
    TX_RING Tx;

    NDIS_SPIN_LOCK Lock; /* guards all from here to the worker */
    ULONG PacketFilter;
    ULONG MulticastCount;
    UCHAR MulticastList[MULTICAST_LIST_LIMIT][ETHERNET_ADDRESS_LENGTH];
    ULONG Lookahead;
    LINK Link; /* as last seen by the worker */
    HARDWARE_STATISTICS HardwareCounters;

    NDIS_WORK_ITEM WorkItem;
    volatile LONG Worker;  /* JOB_* | WORKER_* */
    NDIS_EVENT WorkerDone; /* set once, when the closed worker has run for the last time */
    NDIS_DEVICE_POWER_STATE PowerState;
    NDIS_DEVICE_POWER_STATE PowerWanted; /* for JOB_POWER */
    BOOLEAN RemovalHandled;
};

/* Reset the chip, with the interrupt blocked and the rings stopped; and bring it up again, with a
 * new link negotiation where wanted (which is what can fail). PASSIVE_LEVEL. */
NDIS_STATUS AdapterStop(PADAPTER Adapter);
NDIS_STATUS AdapterStart(PADAPTER Adapter, BOOLEAN Negotiate);

NDIS_STATUS NTAPI MiniportInitialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMediumIndex,
                                     PNDIS_MEDIUM MediumArray, UINT MediumArraySize,
                                     NDIS_HANDLE MiniportAdapterHandle,
                                     NDIS_HANDLE WrapperConfigurationContext);
VOID NTAPI MiniportHalt(NDIS_HANDLE MiniportAdapterContext);
NDIS_STATUS NTAPI MiniportReset(PBOOLEAN AddressingReset, NDIS_HANDLE MiniportAdapterContext);
BOOLEAN NTAPI MiniportCheckForHang(NDIS_HANDLE MiniportAdapterContext);
VOID NTAPI MiniportShutdown(PVOID ShutdownContext);
VOID NTAPI MiniportPnPEventNotify(NDIS_HANDLE MiniportAdapterContext,
                                  NDIS_DEVICE_PNP_EVENT PnPEvent, PVOID InformationBuffer,
                                  ULONG InformationBufferLength);
