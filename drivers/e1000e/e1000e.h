/* SPDX-License-Identifier: MIT */
/* e1000e.h - an NDIS 6.20 miniport for the Intel 82574L: what its files share.
 *
 * Read in this order: driver.c (DriverEntry), resources.c (which interrupts we ask for),
 * adapter.c (initialize to halt) with attributes.c and worker.c, interrupt.c and dpc.c (line, MSI
 * and MSI-X), receive.c, transmit.c and prepare.c, rss.c, offload.c, oid.c, config.c; below them
 * hw.c and phy.c (the chip) and regs.h (its registers).
 *
 * R-numbers in comments are the statements of requirements/interrupts.md, drawn from Microsoft's
 * pages, that explain a choice.
 *
 * Who may touch what
 *   VECTOR, its "shared with the ISR" part   the ISR, and MiniportSynchronize* callbacks below it
 *   RX_QUEUE                                 RX_QUEUE.Lock
 *   TX_QUEUE                                 TX_QUEUE.Lock
 *   filter, link, RSS, statistics            ADAPTER.Lock
 *   chip resets, PHY                         MiniportInitializeEx, the worker, MiniportHaltEx:
 *                                            one after the other, PASSIVE_LEVEL
 * (one word that says how things are, such as State or Link.Up, may be read without)
 * Spin locks are never nested, and none is held while an Ndis function is called that can come
 * back to us. */
#pragma once

#define NDIS_MINIPORT_DRIVER 1
#define NDIS620_MINIPORT     1

#include <ndis.h>

#include "hw.h"

#define DRIVER_MAJOR_VERSION 1
#define DRIVER_MINOR_VERSION 0
#define POOL_TAG             0x65343749ul /* "I74e" */

#define ETHERNET_HEADER_LENGTH 14
#define ETHERNET_CRC_LENGTH    4
#define VLAN_TAG_LENGTH        4
#define MULTICAST_LIST_LIMIT   128
#define LINK_SPEED_LIMIT       1000000000ull

typedef struct _ADAPTER ADAPTER, *PADAPTER;

/* --- Settings from the registry, config.c ----------------------------------------------------- */

/* Values of the *ChecksumOffload keywords. */
#define OFFLOAD_TX 1
#define OFFLOAD_RX 2

typedef struct _CONFIGURATION {
    ULONG InterruptModeration; /* *InterruptModeration */
    ULONG InterruptRate;       /* InterruptRate: interrupts per second and message, at most */
    ULONG InterruptTest;       /* InterruptTest: initialize only if an interrupt arrives */
    ULONG Rss;                 /* *RSS */
    ULONG RssQueues;           /* *NumRssQueues */
    ULONG ReceiveBuffers;      /* *ReceiveBuffers: descriptors of each queue */
    ULONG TransmitBuffers;     /* *TransmitBuffers: descriptors */
    ULONG SpeedDuplex;         /* *SpeedDuplex: SPEED_DUPLEX */
    ULONG FlowControl;         /* *FlowControl: FLOW_CONTROL */
    ULONG JumboPacket;         /* *JumboPacket: bytes with Ethernet header, without CRC */
    ULONG PriorityVlanTag;     /* *PriorityVLANTag: bit 0 priority, bit 1 VLAN */
    ULONG IpChecksumIPv4;      /* *IPChecksumOffloadIPv4: OFFLOAD_*, and so the next four */
    ULONG TcpChecksumIPv4;
    ULONG TcpChecksumIPv6;
    ULONG UdpChecksumIPv4;
    ULONG UdpChecksumIPv6;

    BOOLEAN AddressOverridden; /* NetworkAddress */
    UCHAR Address[ETHERNET_ADDRESS_LENGTH];
} CONFIGURATION, *PCONFIGURATION;

NDIS_STATUS ConfigurationRead(NDIS_HANDLE AdapterHandle, PCONFIGURATION Configuration);

/* --- Resources, resources.c ------------------------------------------------------------------- */

/* We use one message per receive queue and one for everything else (link changes). */
#define MESSAGES_WANTED (E1000_RX_QUEUES + 1)

/* What the start list of MiniportInitializeEx grants. */
typedef struct _RESOURCES {
    NDIS_PHYSICAL_ADDRESS RegistersPhysical;
    ULONG RegistersLength;
    ULONG Messages; /* 0: a line */
} RESOURCES, *PRESOURCES;

NDIS_STATUS ResourcesParse(PNDIS_RESOURCE_LIST List, PRESOURCES Resources);

MINIPORT_ADD_DEVICE MiniportAddDevice;
MINIPORT_REMOVE_DEVICE MiniportRemoveDevice;
MINIPORT_PNP_IRP MiniportFilterResourceRequirements;
MINIPORT_PNP_IRP MiniportStartDevice;

/* --- Interrupts, interrupt.c and dpc.c -------------------------------------------------------- */

/* Why a vector may not interrupt. Each reason is given and taken back on its own. */
#define BLOCKED_BY_DRIVER 0x1 /* initializing, resetting, asleep, halting */
#define BLOCKED_BY_NDIS   0x2 /* MiniportDisableInterruptEx or MiniportDisableMessageInterrupt */

/* VECTOR.Work: what a batch of DPCs still has to do. Bits 0 and 1 are the receive queues. */
#define WORK_RX_QUEUE(Queue) (1l << (Queue))
#define WORK_DEFAULT         0x100l   /* transmit completions, link */
#define WORK_RUNNING         0x10000l /* a DPC; added once for each that runs */

/* One interrupt: the line, or one message. */
typedef struct _VECTOR {
    PADAPTER Adapter;
    ULONG MessageId;
    ULONG Causes;     /* bits of IMS that interrupt through this vector */
    LONG RxQueues;    /* WORK_RX_QUEUE bits: receive queues that it serves */
    BOOLEAN Transmit; /* it serves transmit completions */
    BOOLEAN Other;    /* it serves everything else */

    /* Shared with the ISR. */
    ULONG BlockedBy;       /* BLOCKED_BY_* */
    BOOLEAN Masked;        /* the ISR masked it and its DPCs have not finished */
    ULONG Pending;         /* causes seen by the ISR, not yet taken by a DPC */
    ULONG Missed;          /* causes that came and were cleared while masked */
    GROUP_AFFINITY Target; /* where the DPC has to run; Mask 0: on the processor of the ISR */

    /* Interlocked: WORK_* bits of the DPC batch that is under way, see dpc.c. */
    volatile LONG Work;

    /* The interrupt test of MiniportInitializeEx. */
    BOOLEAN Testing;
    NDIS_EVENT TestEvent;
} VECTOR, *PVECTOR;

/* Does each message stand for its own causes, or does one vector stand for all? */
#define INTERRUPT_PER_CAUSE(Adapter) ((Adapter)->VectorCount > 1)

NDIS_STATUS InterruptRegister(PADAPTER Adapter);
VOID InterruptDeregister(PADAPTER Adapter);
NDIS_STATUS InterruptTest(PADAPTER Adapter);

/* Write the chip's interrupt routing and moderation; after each reset. */
VOID InterruptProgram(PADAPTER Adapter);
VOID InterruptSetModeration(PADAPTER Adapter);

/* Take all vectors out of service, or back into it. */
VOID InterruptBlock(PADAPTER Adapter);
VOID InterruptUnblock(PADAPTER Adapter);

/* Make the vectors interrupt that serve one of RxQueues (WORK_RX_QUEUE bits), transmit completions
 * or the rest, unless their DPCs are at work: an interrupt was lost. <= DISPATCH_LEVEL. */
VOID InterruptRaise(PADAPTER Adapter, LONG RxQueues, BOOLEAN Transmit, BOOLEAN Other);

/* RSS moved Queue to Processor; NULL: any processor will do. <= DISPATCH_LEVEL. */
VOID InterruptSetQueueProcessor(PADAPTER Adapter, ULONG Queue, const PROCESSOR_NUMBER *Processor);

/* Run Function at DIRQL, under the lock of the vector's interrupt. */
VOID InterruptSynchronize(PVECTOR Vector, MINIPORT_SYNCHRONIZE_INTERRUPT_HANDLER Function,
                          PVOID Context);

/* dpc.c */
MINIPORT_INTERRUPT_DPC MiniportInterruptDpc;
MINIPORT_MESSAGE_INTERRUPT_DPC MiniportMessageInterruptDpc;

/* Queue a DPC of the vector on one processor; NULL: on this one. Any IRQL. */
VOID InterruptQueueDpc(PVECTOR Vector, PGROUP_AFFINITY Target);

/* Is this a processor of Target? Any IRQL. */
BOOLEAN InterruptIsHere(const GROUP_AFFINITY *Target);

/* --- Receive, receive.c ----------------------------------------------------------------------- */

/* A buffer and the NET_BUFFER_LIST that describes it, for as long as the adapter lives. It is in
 * the ring, in the free list, or with NDIS. */
typedef struct _RX_BUFFER {
    struct _RX_BUFFER *Next; /* in the free list */
    struct _RX_QUEUE *Queue;
    PUCHAR Data;
    NDIS_PHYSICAL_ADDRESS DataPhysical;
    PMDL Mdl;
    PNET_BUFFER_LIST NetBufferList;
} RX_BUFFER, *PRX_BUFFER;

/* Buffers are cut from blocks of shared memory. */
typedef struct _RX_BLOCK {
    PVOID Memory;
    NDIS_PHYSICAL_ADDRESS Physical;
    ULONG Length;
} RX_BLOCK, *PRX_BLOCK;

typedef struct _RECEIVE_COUNTERS {
    ULONG64 UnicastFrames, UnicastBytes;
    ULONG64 MulticastFrames, MulticastBytes;
    ULONG64 BroadcastFrames, BroadcastBytes;
    ULONG64 Errors;
    ULONG64 Discards; /* good frames that nobody could be given */
} RECEIVE_COUNTERS, *PRECEIVE_COUNTERS;

typedef struct _RX_QUEUE {
    PADAPTER Adapter;
    ULONG Index;
    NDIS_SPIN_LOCK Lock;

    BOOLEAN Active; /* the chip owns the ring; FALSE around a reset */
    PE1000_RX_DESCRIPTOR Ring;
    NDIS_PHYSICAL_ADDRESS RingPhysical;
    ULONG RingSize;    /* descriptors */
    PRX_BUFFER *Slots; /* the buffer of each descriptor; NULL: none posted */
    ULONG NextToClean; /* the chip writes back here next */
    ULONG NextToPost;  /* the first slot without a buffer; one slot always stays empty */
    BOOLEAN SkipToEop; /* in the middle of a frame that is too long for one buffer */
    PRX_BUFFER Free;
    ULONG FreeCount;

    /* Where RSS wants this queue to be processed; Group and Mask 0: anywhere. */
    GROUP_AFFINITY Target;

    RECEIVE_COUNTERS Counters;

    ULONG BufferCount;
    PRX_BUFFER Buffers;
    ULONG BlockCount;
    PRX_BLOCK Blocks;
} RX_QUEUE, *PRX_QUEUE;

NDIS_STATUS ReceiveAllocate(PADAPTER Adapter);
VOID ReceiveFree(PADAPTER Adapter);
VOID ReceiveStart(PADAPTER Adapter);       /* chip is reset: program the rings, hand over buffers */
VOID ReceiveStop(PADAPTER Adapter);        /* leave the rings alone: a reset follows */
VOID ReceiveSetFilter(PADAPTER Adapter);   /* RCTL from state and packet filter; holds Lock */
VOID ReceiveSetChecksum(PADAPTER Adapter); /* RXCSUM from Config */

/* Indicate at most Limit frames of the queue. Returns how many it indicated; *More says whether
 * frames are left. DISPATCH_LEVEL. */
ULONG ReceiveProcess(PRX_QUEUE Queue, ULONG Limit, PBOOLEAN More);

/* Does the ring hold frames that nobody fetches? <= DISPATCH_LEVEL. */
BOOLEAN ReceiveIsPending(PRX_QUEUE Queue);

MINIPORT_RETURN_NET_BUFFER_LISTS MiniportReturnNetBufferLists;

/* --- Transmit, transmit.c --------------------------------------------------------------------- */

typedef enum _TX_STATE {
    TxMapping, /* NDIS builds the scatter/gather list */
    TxMapped,
    TxPosted
} TX_STATE;

/* One frame on its way: from the call for a scatter/gather list until its descriptors are done. */
typedef struct _TX_REQUEST {
    LIST_ENTRY Link;
    PADAPTER Adapter;
    TX_STATE State;
    BOOLEAN Abandoned; /* its NET_BUFFER fails as soon as the list is built */
    NDIS_STATUS Status;
    PNET_BUFFER_LIST NetBufferList;
    PNET_BUFFER NetBuffer;
    PSCATTER_GATHER_LIST SgList;
    PVOID SgBuffer; /* memory for SgList, so that a send never allocates */
    ULONG LastDescriptor;
    E1000_TX_DESCRIPTOR Context; /* checksum offload; all zero: none */
    ULONG Command, Options;      /* of the frame's data descriptors */
    UCHAR Destination[ETHERNET_ADDRESS_LENGTH];
} TX_REQUEST, *PTX_REQUEST;

typedef struct _TRANSMIT_COUNTERS {
    ULONG64 UnicastFrames, UnicastBytes;
    ULONG64 MulticastFrames, MulticastBytes;
    ULONG64 BroadcastFrames, BroadcastBytes;
    ULONG64 Errors;
    ULONG64 Discards;
} TRANSMIT_COUNTERS, *PTRANSMIT_COUNTERS;

typedef struct _TX_QUEUE {
    NDIS_SPIN_LOCK Lock;

    BOOLEAN Active; /* the chip owns the ring; FALSE around a reset */
    PE1000_TX_DESCRIPTOR Ring;
    NDIS_PHYSICAL_ADDRESS RingPhysical;
    ULONG RingSize;
    ULONG NextToPost;
    ULONG NextToClean;
    E1000_TX_DESCRIPTOR LastContext; /* the chip keeps the last one it was given */

    /* A frame goes through these in order, so frames leave in the order they came. */
    PNET_BUFFER WaitingHead, WaitingTail; /* no request free yet */
    LIST_ENTRY Submitted;                 /* TX_REQUEST: being mapped, or no room in the ring */
    LIST_ENTRY Posted;                    /* TX_REQUEST: in the ring */
    LIST_ENTRY FreeRequests;
    BOOLEAN Pumping; /* one thread at a time takes frames from Waiting to Submitted */

    TRANSMIT_COUNTERS Counters;

    ULONG64 Finished;     /* frames that the chip reported done */
    ULONG64 HangFinished; /* ... at the last check for hang */
    ULONG HangChecks;     /* checks in a row without progress */

    ULONG RequestCount;
    PTX_REQUEST Requests;
    PUCHAR SgBuffers;
} TX_QUEUE, *PTX_QUEUE;

NDIS_STATUS TransmitAllocate(PADAPTER Adapter);
VOID TransmitFree(PADAPTER Adapter);
VOID TransmitStart(PADAPTER Adapter); /* chip is reset: program the ring */
VOID TransmitStop(PADAPTER Adapter);  /* leave the ring alone: a reset follows */

/* Fail every frame that waits for a place in the ring; and, with Posted, those in the ring too:
 * the chip must be reset or gone then. <= DISPATCH_LEVEL. */
VOID TransmitAbort(PADAPTER Adapter, NDIS_STATUS Status, BOOLEAN Posted);

/* Look at a frame before its memory is mapped for the chip, fill in Context, Command, Options and
 * Destination. prepare.c, DISPATCH_LEVEL. */
NDIS_STATUS TransmitPrepare(PTX_REQUEST Request);

VOID TransmitComplete(PADAPTER Adapter); /* DISPATCH_LEVEL */
VOID TransmitResume(PADAPTER Adapter);   /* after TransmitStart. <= DISPATCH_LEVEL */
BOOLEAN TransmitIsIdle(PADAPTER Adapter);
BOOLEAN TransmitIsHung(PADAPTER Adapter);    /* from MiniportCheckForHangEx only */
BOOLEAN TransmitIsPending(PADAPTER Adapter); /* finished frames that nobody fetches */

MINIPORT_SEND_NET_BUFFER_LISTS MiniportSendNetBufferLists;
MINIPORT_CANCEL_SEND MiniportCancelSend;
MINIPORT_PROCESS_SG_LIST MiniportProcessSGList;

/* --- RSS, rss.c ------------------------------------------------------------------------------- */

typedef struct _RSS_STATE {
    BOOLEAN Enabled;
    ULONG HashInformation; /* NDIS_HASH_* types and function */
    ULONG TableEntries;
    PROCESSOR_NUMBER Table[E1000_RETA_ENTRIES];
    UCHAR Key[4 * E1000_RSSRK_REGISTERS];
} RSS_STATE, *PRSS_STATE;

NDIS_STATUS RssSetParameters(PADAPTER Adapter, PVOID Buffer, ULONG Length, PULONG Needed);
VOID RssProgram(PADAPTER Adapter); /* write the state to the chip; after each reset */
VOID RssCapabilities(PADAPTER Adapter, PNDIS_RECEIVE_SCALE_CAPABILITIES Capabilities);
ULONG RssHashType(ULONG Mrq); /* NDIS_HASH_* of a descriptor's RSS type; 0: none */

/* --- OIDs, oid.c; offload settings, offload.c ------------------------------------------------- */

MINIPORT_OID_REQUEST MiniportOidRequest;
MINIPORT_CANCEL_OID_REQUEST MiniportCancelOidRequest;

extern const NDIS_OID SupportedOids[];
extern const ULONG SupportedOidsLength; /* bytes */
extern const ULONG StatisticsSupported; /* NDIS_STATISTICS_FLAGS_VALID_* */

/* Read the chip's counters into ADAPTER.HardwareCounters. <= DISPATCH_LEVEL. */
VOID StatisticsUpdate(PADAPTER Adapter);

NDIS_STATUS OffloadSetAttributes(PADAPTER Adapter);
NDIS_STATUS OffloadSetParameters(PADAPTER Adapter, PVOID Buffer, ULONG Length, PULONG Needed);
NDIS_STATUS OffloadSetEncapsulation(PADAPTER Adapter, PVOID Buffer, ULONG Length, PULONG Needed);

/* --- The adapter, adapter.c; its worker, worker.c --------------------------------------------- */

typedef enum _ADAPTER_STATE {
    AdapterInitializing,
    AdapterPaused,
    AdapterRunning,
    AdapterPausing
} ADAPTER_STATE;

/* Jobs of the worker: what needs PASSIVE_LEVEL and the chip for itself. */
#define JOB_LINK        0x01 /* look at the link, tell NDIS if it changed */
#define JOB_DRAIN       0x02 /* pausing: make sure that the last sends come back */
#define JOB_RESET       0x04 /* MiniportResetEx */
#define JOB_POWER       0x08 /* OID_PNP_SET_POWER */
#define JOB_REMOVED     0x10 /* the chip is gone */
#define JOB_RENEGOTIATE 0x20 /* OID_GEN_LINK_PARAMETERS */
#define JOBS            0x0000FFFF
#define WORKER_QUEUED   0x10000
#define WORKER_CLOSED   0x20000

struct _ADAPTER {
    NDIS_HANDLE AdapterHandle;
    NDIS_HANDLE NdisInterruptHandle; /* NULL: not registered */
    NDIS_HANDLE DmaHandle;
    ULONG SgListSize; /* bytes that a TX_REQUEST keeps for its scatter/gather list */
    NDIS_HANDLE ReceivePool;

    HARDWARE Hw;
    CONFIGURATION Config;
    RESOURCES Resources;
    ULONG MaxFrame; /* bytes with Ethernet header, without VLAN tag and CRC */
    ULONG RxBufferSize;
    UCHAR CurrentAddress[ETHERNET_ADDRESS_LENGTH];

    /* Interrupts. VectorCount is 1 (line, or one message for all) or MESSAGES_WANTED or 2. */
    BOOLEAN MessageBased;
    ULONG VectorCount;
    VECTOR Vectors[MESSAGES_WANTED];

    /* Data path. Users counts NET_BUFFER_LISTs that we or NDIS still hold, plus one while Running;
     * the pause is over when it is zero. */
    volatile LONG State; /* ADAPTER_STATE */
    volatile LONG Users;
    volatile LONG PausePending;
    ULONG RxQueueCount;
    RX_QUEUE RxQueues[E1000_RX_QUEUES];
    TX_QUEUE Tx;

    NDIS_SPIN_LOCK Lock; /* guards all from here to the worker */
    ULONG PacketFilter;
    ULONG MulticastCount;
    UCHAR MulticastList[MULTICAST_LIST_LIMIT][ETHERNET_ADDRESS_LENGTH];
    ULONG Lookahead;
    ULONG VlanId;          /* OID_GEN_VLAN_ID; 0: none */
    LINK Link;             /* as last seen by the worker */
    BOOLEAN LinkIndicated; /* Link was told to NDIS since the last restart */
    RSS_STATE Rss;
    HARDWARE_STATISTICS HardwareCounters;
    BOOLEAN ReceiveOffloadActive; /* OID_OFFLOAD_ENCAPSULATION came */

    NDIS_HANDLE WorkItem;
    volatile LONG Worker;        /* JOB_* | WORKER_* */
    NDIS_EVENT WorkerDone;       /* set once, when the closed worker has run for the last time */
    NDIS_EVENT ResetIdle;        /* set while no MiniportResetEx is pending */
    PVOID volatile PowerRequest; /* PNDIS_OID_REQUEST: the request that JOB_POWER completes */
    NDIS_DEVICE_POWER_STATE PowerState;
    BOOLEAN RemovalHandled;
};

MINIPORT_INITIALIZE MiniportInitializeEx;
MINIPORT_HALT MiniportHaltEx;
MINIPORT_PAUSE MiniportPause;
MINIPORT_RESTART MiniportRestart;
MINIPORT_SHUTDOWN MiniportShutdownEx;
MINIPORT_CHECK_FOR_HANG MiniportCheckForHangEx;
MINIPORT_RESET MiniportResetEx;
MINIPORT_DEVICE_PNP_EVENT_NOTIFY MiniportDevicePnPEventNotify;

/* Hold the data path open for Count more NET_BUFFER_LISTs. FALSE: the adapter is not running and
 * nothing was taken. */
BOOLEAN AdapterEnter(PADAPTER Adapter, LONG Count);

/* Give them back; may complete a pause. <= DISPATCH_LEVEL, no lock held. */
VOID AdapterLeave(PADAPTER Adapter, LONG Count);

/* Reset the chip, with interrupts blocked and the rings stopped; and bring it up again, with a new
 * link negotiation where wanted (which is what can fail). Between the two no DMA is under way.
 * PASSIVE_LEVEL, see the table at the top. */
NDIS_STATUS AdapterStop(PADAPTER Adapter);
NDIS_STATUS AdapterStart(PADAPTER Adapter, BOOLEAN Negotiate);

/* attributes.c */
NDIS_STATUS AttributesSetRegistration(PADAPTER Adapter);
NDIS_STATUS AttributesSetGeneral(PADAPTER Adapter);

/* Ask the worker for JOB_* bits. <= DISPATCH_LEVEL. */
VOID WorkerRequest(PADAPTER Adapter, LONG Jobs);
NDIS_STATUS WorkerOpen(PADAPTER Adapter);
VOID WorkerClose(PADAPTER Adapter); /* wait for it, take no more jobs. PASSIVE_LEVEL */
