/* SPDX-License-Identifier: MIT */
/* pro1000.c - an NDIS 5.0 miniport for the 82540EM in the manner of early drivers: serialised, one
 * packet to a send, whole frames as lookahead, a line interrupt whose cause is read from ICR. It
 * does without what such a driver can do without, and makes one mistake if it is asked for one:
 *
 *     dirql run pro1000.sys --device model:82540em --set Test=FirstBuffer
 *
 * FirstBuffer      sends only the first buffer of a packet
 * ListOverAddress  writes the multicast list over its own address
 * KeepBuffers      never gives receive buffers back to the chip
 * NeverComplete    does not complete sends, and has NDIS not reset the adapter for that
 *
 * Registers: "PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual",
 * chapters 13 and 14. */
#define NDIS_MINIPORT_DRIVER 1
#define NDIS50_MINIPORT      1
#include <ndis.h>

#define REG_CTRL   0x0000
#define REG_STATUS 0x0008
#define REG_EERD   0x0014
#define REG_ICR    0x00C0
#define REG_IMS    0x00D0
#define REG_IMC    0x00D8
#define REG_RCTL   0x0100
#define REG_TCTL   0x0400
#define REG_RDBAL  0x2800
#define REG_RDBAH  0x2804
#define REG_RDLEN  0x2808
#define REG_RDH    0x2810
#define REG_RDT    0x2818
#define REG_TDBAL  0x3800
#define REG_TDBAH  0x3804
#define REG_TDLEN  0x3808
#define REG_TDH    0x3810
#define REG_TDT    0x3818
#define REG_RAL(n) (0x5400 + 8 * (n))
#define REG_RAH(n) (0x5404 + 8 * (n))
#define PORT_ADDR  0
#define PORT_DATA  4

#define CTRL_SLU   (1u << 6)
#define CTRL_RST   (1u << 26)
#define STATUS_LU  (1u << 1)
#define EERD_START (1u << 0)
#define EERD_DONE  (1u << 4)
#define RCTL_EN    (1u << 1)
#define RCTL_UPE   (1u << 3)
#define RCTL_MPE   (1u << 4)
#define RCTL_BAM   (1u << 15)
#define RCTL_SECRC (1u << 26)
#define TCTL_EN    (1u << 1)
#define TCTL_PSP   (1u << 3)
#define RAH_AV     (1u << 31)

#define CAUSE_TXDW   (1u << 0)
#define CAUSE_LSC    (1u << 2)
#define CAUSE_RXDMT0 (1u << 4)
#define CAUSE_RXT0   (1u << 7)
#define CAUSES       (CAUSE_TXDW | CAUSE_LSC | CAUSE_RXDMT0 | CAUSE_RXT0)

#define DESC_DONE 1u
#define CMD_EOP   (1u << 24)
#define CMD_IFCS  (1u << 25)
#define CMD_RS    (1u << 27)

#define REGISTER_BYTES 0x20000
#define RING           64
#define BUFFER_BYTES   2048
#define HEADER_BYTES   14
#define FRAME_BYTES    1514
#define GROUPS         15 /* receive addresses 1 to 15; 0 is the station's */
#define POLLS          1000
#define TAG            0x74736574

typedef struct _TX_DESCRIPTOR {
    ULONG64 Address;
    ULONG Command; /* with the length in bits 15:0 */
    ULONG Status;
} TX_DESCRIPTOR;

typedef struct _RX_DESCRIPTOR {
    ULONG64 Address;
    USHORT Length, Checksum;
    UCHAR Status, Errors;
    USHORT Special;
} RX_DESCRIPTOR;

enum mistake { NONE, FIRST_BUFFER, LIST_OVER_ADDRESS, KEEP_BUFFERS, NEVER_COMPLETE };

typedef struct _ADAPTER {
    NDIS_HANDLE Handle;
    enum mistake Mistake;
    NDIS_MINIPORT_INTERRUPT Interrupt;
    BOOLEAN InterruptRegistered;
    ULONG Vector, Level;
    NDIS_PHYSICAL_ADDRESS RegistersPhysical;
    PUCHAR Registers;
    ULONG Port, PortLength;
    PUCHAR Ports;
    LONG Pending; /* causes that MiniportISR saw */
    UCHAR Addresses[1 + GROUPS][6];
    ULONG GroupCount, Filter, Lookahead;

    TX_DESCRIPTOR *Tx;
    NDIS_PHYSICAL_ADDRESS TxPhysical;
    PNDIS_PACKET Packets[RING]; /* at the last descriptor of each */
    ULONG TxNext, TxUsed;

    RX_DESCRIPTOR *Rx;
    NDIS_PHYSICAL_ADDRESS RxPhysical;
    PUCHAR Buffers;
    NDIS_PHYSICAL_ADDRESS BuffersPhysical;
    ULONG RxNext;
    ULONG TxSeen, RxSeen; /* waited at the last check for hang; RING: none */
} ADAPTER;

static ULONG Read(ADAPTER *Adapter, ULONG Register)
{
    ULONG Value;
    NdisReadRegisterUlong((PULONG)(Adapter->Registers + Register), &Value);
    return Value;
}

static VOID Write(ADAPTER *Adapter, ULONG Register, ULONG Value)
{
    NdisWriteRegisterUlong((PULONG)(Adapter->Registers + Register), Value);
}

/* --- the chip --- */

/* Through the ports: a chip in reset may not acknowledge a write to its memory (SDM 14.3). */
static NDIS_STATUS Reset(ADAPTER *Adapter)
{
    ULONG Poll;

    Write(Adapter, REG_IMC, ~0u);
    Write(Adapter, REG_RCTL, 0);
    Write(Adapter, REG_TCTL, 0);
    NdisRawWritePortUlong((PULONG)(Adapter->Ports + PORT_ADDR), REG_CTRL);
    NdisRawWritePortUlong((PULONG)(Adapter->Ports + PORT_DATA), Read(Adapter, REG_CTRL) | CTRL_RST);
    for (Poll = 0; Poll < POLLS; Poll++) {
        NdisStallExecution(1);
        if (!(Read(Adapter, REG_CTRL) & CTRL_RST)) {
            Write(Adapter, REG_IMC, ~0u);
            Read(Adapter, REG_ICR);
            Write(Adapter, REG_CTRL, Read(Adapter, REG_CTRL) | CTRL_SLU);
            return NDIS_STATUS_SUCCESS;
        }
    }
    return NDIS_STATUS_HARD_ERRORS;
}

static BOOLEAN ReadEeprom(ADAPTER *Adapter, ULONG Word, USHORT *Value)
{
    ULONG Poll, Eerd;

    Write(Adapter, REG_EERD, Word << 8 | EERD_START);
    for (Poll = 0; Poll < POLLS; Poll++) {
        Eerd = Read(Adapter, REG_EERD);
        if (Eerd & EERD_DONE) {
            *Value = (USHORT)(Eerd >> 16);
            return TRUE;
        }
        NdisStallExecution(5);
    }
    return FALSE;
}

static VOID WriteAddresses(ADAPTER *Adapter)
{
    ULONG i;

    for (i = 0; i <= GROUPS; i++) {
        const UCHAR *A = Adapter->Addresses[i];
        BOOLEAN Valid = i <= Adapter->GroupCount;
        Write(Adapter, REG_RAL(i), Valid ? A[0] | A[1] << 8 | A[2] << 16 | (ULONG)A[3] << 24 : 0);
        Write(Adapter, REG_RAH(i), Valid ? A[4] | A[5] << 8 | RAH_AV : 0);
    }
}

static VOID WriteFilter(ADAPTER *Adapter)
{
    ULONG Rctl = RCTL_EN | RCTL_SECRC;

    if (Adapter->Filter & NDIS_PACKET_TYPE_BROADCAST)
        Rctl |= RCTL_BAM;
    if (Adapter->Filter & (NDIS_PACKET_TYPE_ALL_MULTICAST | NDIS_PACKET_TYPE_PROMISCUOUS))
        Rctl |= RCTL_MPE;
    if (Adapter->Filter & NDIS_PACKET_TYPE_PROMISCUOUS)
        Rctl |= RCTL_UPE;
    Write(Adapter, REG_RCTL, Adapter->Filter ? Rctl : 0);
}

/* After a reset. The receiver waits for a packet filter. */
static VOID Start(ADAPTER *Adapter)
{
    ULONG i;

    WriteAddresses(Adapter);
    for (i = 0; i < RING; i++) {
        NdisZeroMemory(&Adapter->Rx[i], sizeof(Adapter->Rx[i]));
        Adapter->Rx[i].Address = (ULONG64)Adapter->BuffersPhysical.QuadPart + i * BUFFER_BYTES;
    }
    Adapter->TxNext = Adapter->TxUsed = Adapter->RxNext = 0;
    Adapter->TxSeen = Adapter->RxSeen = RING;
    NdisZeroMemory(Adapter->Packets, sizeof(Adapter->Packets));
    Write(Adapter, REG_TDBAL, Adapter->TxPhysical.LowPart);
    Write(Adapter, REG_TDBAH, (ULONG)Adapter->TxPhysical.HighPart);
    Write(Adapter, REG_TDLEN, RING * sizeof(TX_DESCRIPTOR));
    Write(Adapter, REG_TDH, 0);
    Write(Adapter, REG_TDT, 0);
    Write(Adapter, REG_RDBAL, Adapter->RxPhysical.LowPart);
    Write(Adapter, REG_RDBAH, (ULONG)Adapter->RxPhysical.HighPart);
    Write(Adapter, REG_RDLEN, RING * sizeof(RX_DESCRIPTOR));
    Write(Adapter, REG_RDH, 0);
    Write(Adapter, REG_RDT, RING - 1);
    Write(Adapter, REG_TCTL, TCTL_EN | TCTL_PSP);
    WriteFilter(Adapter);
    Write(Adapter, REG_IMS, CAUSES);
}

/* --- interrupts --- */

static VOID NTAPI MiniportISR(PBOOLEAN Recognized, PBOOLEAN QueueDpc, NDIS_HANDLE Context)
{
    ADAPTER *Adapter = Context;
    ULONG Causes = Read(Adapter, REG_ICR);

    /* All ones: the card is gone. */
    *Recognized = *QueueDpc = Causes != ~0u && (Causes & CAUSES) != 0;
    if (*Recognized)
        InterlockedOr(&Adapter->Pending, (LONG)(Causes & CAUSES));
}

static VOID IndicateLink(ADAPTER *Adapter)
{
    BOOLEAN Up = (Read(Adapter, REG_STATUS) & STATUS_LU) != 0;

    NdisMIndicateStatus(Adapter->Handle,
                        Up ? NDIS_STATUS_MEDIA_CONNECT : NDIS_STATUS_MEDIA_DISCONNECT, NULL, 0);
    NdisMIndicateStatusComplete(Adapter->Handle);
}

static VOID Receive(ADAPTER *Adapter)
{
    BOOLEAN Any = FALSE;

    for (;;) {
        RX_DESCRIPTOR *Descriptor = &Adapter->Rx[Adapter->RxNext];
        PUCHAR Frame = Adapter->Buffers + Adapter->RxNext * BUFFER_BYTES;
        ULONG Length;

        if (!(*(volatile UCHAR *)&Descriptor->Status & DESC_DONE))
            break;
        KeMemoryBarrier(); /* DD before what it vouches for */
        Length = Descriptor->Length;
        if (Length >= HEADER_BYTES && Length <= FRAME_BYTES) {
            NdisMEthIndicateReceive(Adapter->Handle, Adapter, Frame, HEADER_BYTES,
                                    Frame + HEADER_BYTES, Length - HEADER_BYTES,
                                    Length - HEADER_BYTES);
            Any = TRUE;
        }
        Descriptor->Status = 0;
        KeMemoryBarrier();
        if (Adapter->Mistake != KEEP_BUFFERS)
            Write(Adapter, REG_RDT, Adapter->RxNext);
        Adapter->RxNext = (Adapter->RxNext + 1) % RING;
    }
    if (Any)
        NdisMEthIndicateReceiveComplete(Adapter->Handle);
}

/* What was sent or, of a chip that is being halted, everything. */
static VOID CompleteSends(ADAPTER *Adapter, BOOLEAN All)
{
    while (Adapter->TxUsed) {
        ULONG Index = (Adapter->TxNext + RING - Adapter->TxUsed) % RING;
        PNDIS_PACKET Packet = Adapter->Packets[Index];
        BOOLEAN Done = (*(volatile ULONG *)&Adapter->Tx[Index].Status & DESC_DONE) != 0;

        if (!Done && !All)
            break;
        Adapter->Packets[Index] = NULL;
        Adapter->TxUsed--;
        if (Packet != NULL && Adapter->Mistake != NEVER_COMPLETE)
            NdisMSendComplete(Adapter->Handle, Packet,
                              Done ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE);
    }
}

static VOID NTAPI MiniportHandleInterrupt(NDIS_HANDLE Context)
{
    ADAPTER *Adapter = Context;
    ULONG Causes = (ULONG)InterlockedExchange(&Adapter->Pending, 0);

    if (Causes & CAUSE_LSC)
        IndicateLink(Adapter);
    if (Causes & (CAUSE_RXT0 | CAUSE_RXDMT0))
        Receive(Adapter);
    if (Causes & CAUSE_TXDW)
        CompleteSends(Adapter, FALSE);
}

/* --- sending --- */

static NDIS_STATUS NTAPI MiniportSend(NDIS_HANDLE Context, PNDIS_PACKET Packet, UINT Flags)
{
    ADAPTER *Adapter = Context;
    PSCATTER_GATHER_LIST List =
        NDIS_PER_PACKET_INFO_FROM_PACKET(Packet, ScatterGatherListPacketInfo);
    ULONG Elements = Adapter->Mistake == FIRST_BUFFER ? 1 : List->NumberOfElements;
    ULONG Room = RING - 1 - Adapter->TxUsed, i; /* one stays unused */

    if (Elements >= RING)
        return NDIS_STATUS_FAILURE;
    if (Elements > Room)
        return NDIS_STATUS_RESOURCES; /* NDIS keeps it until a send completes */
    for (i = 0; i < Elements; i++) {
        TX_DESCRIPTOR *Descriptor = &Adapter->Tx[Adapter->TxNext];
        BOOLEAN Last = i + 1 == Elements;

        Descriptor->Address = (ULONG64)List->Elements[i].Address.QuadPart;
        Descriptor->Status = 0;
        Descriptor->Command = List->Elements[i].Length | CMD_IFCS | CMD_RS | (Last ? CMD_EOP : 0);
        Adapter->Packets[Adapter->TxNext] = Last ? Packet : NULL;
        Adapter->TxNext = (Adapter->TxNext + 1) % RING;
        Adapter->TxUsed++;
    }
    KeMemoryBarrier(); /* the descriptors before the tail that tells of them */
    Write(Adapter, REG_TDT, Adapter->TxNext);
    return NDIS_STATUS_PENDING;
}

/* --- requests --- */

static const NDIS_OID SupportedOids[] = {
    OID_GEN_SUPPORTED_LIST,        OID_GEN_HARDWARE_STATUS,      OID_GEN_MEDIA_SUPPORTED,
    OID_GEN_MEDIA_IN_USE,          OID_GEN_MAXIMUM_LOOKAHEAD,    OID_GEN_CURRENT_LOOKAHEAD,
    OID_GEN_MAXIMUM_FRAME_SIZE,    OID_GEN_MAXIMUM_TOTAL_SIZE,   OID_GEN_LINK_SPEED,
    OID_GEN_MAC_OPTIONS,           OID_GEN_MEDIA_CONNECT_STATUS, OID_GEN_MAXIMUM_SEND_PACKETS,
    OID_GEN_CURRENT_PACKET_FILTER, OID_802_3_PERMANENT_ADDRESS,  OID_802_3_CURRENT_ADDRESS,
    OID_802_3_MULTICAST_LIST,      OID_802_3_MAXIMUM_LIST_SIZE};

static NDIS_STATUS NTAPI MiniportQueryInformation(NDIS_HANDLE Context, NDIS_OID Oid, PVOID Buffer,
                                                  ULONG Length, PULONG Written, PULONG Needed)
{
    ADAPTER *Adapter = Context;
    ULONG Value = 0, Bytes = sizeof(Value);
    const VOID *Answer = &Value;

    switch (Oid) {
    case OID_GEN_SUPPORTED_LIST:
        Answer = SupportedOids;
        Bytes = sizeof(SupportedOids);
        break;
    case OID_GEN_HARDWARE_STATUS:
        Value = NdisHardwareStatusReady;
        break;
    case OID_GEN_MEDIA_SUPPORTED:
    case OID_GEN_MEDIA_IN_USE:
        Value = NdisMedium802_3;
        break;
    case OID_GEN_MAXIMUM_LOOKAHEAD:
    case OID_GEN_MAXIMUM_FRAME_SIZE:
        Value = FRAME_BYTES - HEADER_BYTES;
        break;
    case OID_GEN_CURRENT_LOOKAHEAD:
        Value = Adapter->Lookahead;
        break;
    case OID_GEN_MAXIMUM_TOTAL_SIZE:
        Value = FRAME_BYTES;
        break;
    case OID_GEN_LINK_SPEED:
        Value = 10000000; /* in 100 bit/s */
        break;
    case OID_GEN_MAC_OPTIONS:
        Value = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_RECEIVE_SERIALIZED |
                NDIS_MAC_OPTION_TRANSFERS_NOT_PEND | NDIS_MAC_OPTION_NO_LOOPBACK;
        break;
    case OID_GEN_MEDIA_CONNECT_STATUS:
        Value = Read(Adapter, REG_STATUS) & STATUS_LU ? NdisMediaStateConnected
                                                      : NdisMediaStateDisconnected;
        break;
    case OID_GEN_MAXIMUM_SEND_PACKETS:
        Value = 1;
        break;
    case OID_GEN_CURRENT_PACKET_FILTER:
        Value = Adapter->Filter;
        break;
    case OID_802_3_PERMANENT_ADDRESS:
    case OID_802_3_CURRENT_ADDRESS:
        Answer = Adapter->Addresses[0];
        Bytes = sizeof(Adapter->Addresses[0]);
        break;
    case OID_802_3_MULTICAST_LIST:
        Answer = Adapter->Addresses[1];
        Bytes = Adapter->GroupCount * 6;
        break;
    case OID_802_3_MAXIMUM_LIST_SIZE:
        Value = GROUPS;
        break;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    *Needed = Bytes;
    if (Length < Bytes)
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    NdisMoveMemory(Buffer, Answer, Bytes);
    *Written = Bytes;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS NTAPI MiniportSetInformation(NDIS_HANDLE Context, NDIS_OID Oid, PVOID Buffer,
                                                ULONG Length, PULONG BytesRead, PULONG Needed)
{
    ADAPTER *Adapter = Context;
    BOOLEAN List = Oid == OID_802_3_MULTICAST_LIST;

    *BytesRead = 0;
    *Needed = sizeof(ULONG);
    if (List ? Length % 6 != 0 || Length > GROUPS * 6 : Length < sizeof(ULONG))
        return NDIS_STATUS_INVALID_LENGTH;
    switch (Oid) {
    case OID_GEN_CURRENT_PACKET_FILTER:
        NdisMoveMemory(&Adapter->Filter, Buffer, sizeof(ULONG));
        WriteFilter(Adapter);
        break;
    case OID_GEN_CURRENT_LOOKAHEAD:
        NdisMoveMemory(&Adapter->Lookahead, Buffer, sizeof(ULONG));
        break;
    case OID_802_3_MULTICAST_LIST:
        NdisMoveMemory(Adapter->Addresses[Adapter->Mistake == LIST_OVER_ADDRESS ? 0 : 1], Buffer,
                       Length);
        Adapter->GroupCount = Length / 6;
        WriteAddresses(Adapter);
        break;
    default:
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    *BytesRead = Length;
    *Needed = 0;
    return NDIS_STATUS_SUCCESS;
}

/* --- life --- */

static VOID Free(ADAPTER *Adapter)
{
    if (Adapter->InterruptRegistered)
        NdisMDeregisterInterrupt(&Adapter->Interrupt);
    if (Adapter->Tx != NULL)
        NdisMFreeSharedMemory(Adapter->Handle, RING * sizeof(TX_DESCRIPTOR), TRUE, Adapter->Tx,
                              Adapter->TxPhysical);
    if (Adapter->Rx != NULL)
        NdisMFreeSharedMemory(Adapter->Handle, RING * sizeof(RX_DESCRIPTOR), TRUE, Adapter->Rx,
                              Adapter->RxPhysical);
    if (Adapter->Buffers != NULL)
        NdisMFreeSharedMemory(Adapter->Handle, RING * BUFFER_BYTES, TRUE, Adapter->Buffers,
                              Adapter->BuffersPhysical);
    if (Adapter->Ports != NULL)
        NdisMDeregisterIoPortRange(Adapter->Handle, Adapter->Port, Adapter->PortLength,
                                   Adapter->Ports);
    if (Adapter->Registers != NULL)
        NdisMUnmapIoSpace(Adapter->Handle, Adapter->Registers, REGISTER_BYTES);
    NdisFreeMemory(Adapter, 0, 0);
}

static VOID NTAPI MiniportHalt(NDIS_HANDLE Context)
{
    ADAPTER *Adapter = Context;

    Write(Adapter, REG_IMC, ~0u);
    Reset(Adapter);
    CompleteSends(Adapter, TRUE);
    Free(Adapter);
}

/* NDIS completes what was being sent (NDIS 5, "MiniportReset"). */
static NDIS_STATUS NTAPI MiniportReset(PBOOLEAN AddressingReset, NDIS_HANDLE Context)
{
    ADAPTER *Adapter = Context;
    NDIS_STATUS Status = Reset(Adapter);

    *AddressingReset = FALSE;
    if (Status == NDIS_STATUS_SUCCESS)
        Start(Adapter);
    return Status;
}

/* Since the last call nothing was sent of what is to be, or a frame that has arrived was not looked
 * at: the chip has stopped, or an interrupt was lost. */
static BOOLEAN NTAPI MiniportCheckForHang(NDIS_HANDLE Context)
{
    ADAPTER *Adapter = Context;
    ULONG TxOldest = (Adapter->TxNext + RING - Adapter->TxUsed) % RING;
    BOOLEAN TxWaits = Adapter->TxUsed != 0;
    BOOLEAN RxWaits = (Adapter->Rx[Adapter->RxNext].Status & DESC_DONE) != 0;
    BOOLEAN Hung =
        (TxWaits && TxOldest == Adapter->TxSeen) || (RxWaits && Adapter->RxNext == Adapter->RxSeen);

    Adapter->TxSeen = TxWaits ? TxOldest : RING;
    Adapter->RxSeen = RxWaits ? Adapter->RxNext : RING;
    return Hung;
}

static VOID ReadSettings(ADAPTER *Adapter, NDIS_HANDLE Wrapper)
{
    static const struct {
        NDIS_STRING Name;
        enum mistake Mistake;
    } Mistakes[] = {{NDIS_STRING_CONST("FirstBuffer"), FIRST_BUFFER},
                    {NDIS_STRING_CONST("ListOverAddress"), LIST_OVER_ADDRESS},
                    {NDIS_STRING_CONST("KeepBuffers"), KEEP_BUFFERS},
                    {NDIS_STRING_CONST("NeverComplete"), NEVER_COMPLETE}};
    NDIS_STRING Test = NDIS_STRING_CONST("Test");
    PNDIS_CONFIGURATION_PARAMETER Parameter;
    NDIS_HANDLE Configuration;
    NDIS_STATUS Status;
    ULONG i;

    NdisOpenConfiguration(&Status, &Configuration, Wrapper);
    if (Status != NDIS_STATUS_SUCCESS)
        return;
    NdisReadConfiguration(&Status, &Parameter, Configuration, &Test, NdisParameterString);
    for (i = 0; Status == NDIS_STATUS_SUCCESS && i < RTL_NUMBER_OF(Mistakes); i++)
        if (NdisEqualString(&Parameter->ParameterData.StringData, (PNDIS_STRING)&Mistakes[i].Name,
                            TRUE))
            Adapter->Mistake = Mistakes[i].Mistake;
    NdisCloseConfiguration(Configuration);
}

static NDIS_STATUS FindResources(ADAPTER *Adapter, NDIS_HANDLE Wrapper)
{
    UCHAR Memory[sizeof(NDIS_RESOURCE_LIST) + 8 * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR)];
    PNDIS_RESOURCE_LIST List = (PNDIS_RESOURCE_LIST)Memory;
    UINT Length = sizeof(Memory);
    NDIS_STATUS Status;
    ULONG i;

    NdisMQueryAdapterResources(&Status, Wrapper, List, &Length);
    for (i = 0; Status == NDIS_STATUS_SUCCESS && i < List->Count; i++) {
        PCM_PARTIAL_RESOURCE_DESCRIPTOR D = &List->PartialDescriptors[i];

        if (D->Type == CmResourceTypeMemory && !Adapter->RegistersPhysical.QuadPart)
            Adapter->RegistersPhysical = D->u.Memory.Start; /* BAR 0 comes first */
        if (D->Type == CmResourceTypePort) {
            Adapter->Port = D->u.Port.Start.LowPart;
            Adapter->PortLength = D->u.Port.Length;
        }
        if (D->Type == CmResourceTypeInterrupt) {
            Adapter->Vector = D->u.Interrupt.Vector;
            Adapter->Level = D->u.Interrupt.Level;
        }
    }
    return Adapter->RegistersPhysical.QuadPart && Adapter->PortLength && Adapter->Vector
               ? NDIS_STATUS_SUCCESS
               : NDIS_STATUS_RESOURCES;
}

static NDIS_STATUS Claim(ADAPTER *Adapter)
{
    NDIS_HANDLE Handle = Adapter->Handle;

    if (NdisMInitializeScatterGatherDma(Handle, FALSE, FRAME_BYTES) != NDIS_STATUS_SUCCESS ||
        NdisMMapIoSpace((PVOID *)&Adapter->Registers, Handle, Adapter->RegistersPhysical,
                        REGISTER_BYTES) != NDIS_STATUS_SUCCESS ||
        NdisMRegisterIoPortRange((PVOID *)&Adapter->Ports, Handle, Adapter->Port,
                                 Adapter->PortLength) != NDIS_STATUS_SUCCESS)
        return NDIS_STATUS_RESOURCES;
    NdisMAllocateSharedMemory(Handle, RING * sizeof(TX_DESCRIPTOR), TRUE, (PVOID *)&Adapter->Tx,
                              &Adapter->TxPhysical);
    NdisMAllocateSharedMemory(Handle, RING * sizeof(RX_DESCRIPTOR), TRUE, (PVOID *)&Adapter->Rx,
                              &Adapter->RxPhysical);
    NdisMAllocateSharedMemory(Handle, RING * BUFFER_BYTES, TRUE, (PVOID *)&Adapter->Buffers,
                              &Adapter->BuffersPhysical);
    return Adapter->Tx != NULL && Adapter->Rx != NULL && Adapter->Buffers != NULL
               ? NDIS_STATUS_SUCCESS
               : NDIS_STATUS_RESOURCES;
}

static NDIS_STATUS Open(ADAPTER *Adapter, NDIS_HANDLE Wrapper)
{
    NDIS_STATUS Status = FindResources(Adapter, Wrapper);
    USHORT Word;
    ULONG i;

    if (Status == NDIS_STATUS_SUCCESS)
        Status = Claim(Adapter);
    if (Status == NDIS_STATUS_SUCCESS)
        Status = Reset(Adapter);
    for (i = 0; Status == NDIS_STATUS_SUCCESS && i < 3; i++) {
        if (!ReadEeprom(Adapter, i, &Word))
            return NDIS_STATUS_HARD_ERRORS;
        Adapter->Addresses[0][2 * i] = (UCHAR)Word;
        Adapter->Addresses[0][2 * i + 1] = (UCHAR)(Word >> 8);
    }
    if (Status != NDIS_STATUS_SUCCESS)
        return Status;
    Status = NdisMRegisterInterrupt(&Adapter->Interrupt, Adapter->Handle, Adapter->Vector,
                                    Adapter->Level, TRUE, TRUE, NdisInterruptLevelSensitive);
    Adapter->InterruptRegistered = Status == NDIS_STATUS_SUCCESS;
    if (Adapter->InterruptRegistered)
        Start(Adapter);
    return Status;
}

static NDIS_STATUS NTAPI MiniportInitialize(PNDIS_STATUS OpenErrorStatus, PUINT SelectedMedium,
                                            PNDIS_MEDIUM Media, UINT MediaCount, NDIS_HANDLE Handle,
                                            NDIS_HANDLE Wrapper)
{
    ADAPTER *Adapter;
    NDIS_STATUS Status;
    UINT i = 0;

    while (i < MediaCount && Media[i] != NdisMedium802_3)
        i++;
    if (i == MediaCount)
        return NDIS_STATUS_UNSUPPORTED_MEDIA;
    *SelectedMedium = i;
    if (NdisAllocateMemoryWithTag((PVOID *)&Adapter, sizeof(*Adapter), TAG) != NDIS_STATUS_SUCCESS)
        return NDIS_STATUS_RESOURCES;
    NdisZeroMemory(Adapter, sizeof(*Adapter));
    Adapter->Handle = Handle;
    Adapter->Lookahead = FRAME_BYTES - HEADER_BYTES;
    ReadSettings(Adapter, Wrapper);
    NdisMSetAttributesEx(
        Handle, Adapter, 0,
        NDIS_ATTRIBUTE_BUS_MASTER |
            (Adapter->Mistake == NEVER_COMPLETE ? NDIS_ATTRIBUTE_IGNORE_PACKET_TIMEOUT : 0),
        NdisInterfacePci);
    Status = Open(Adapter, Wrapper);
    if (Status != NDIS_STATUS_SUCCESS)
        Free(Adapter);
    return Status;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NDIS_MINIPORT_CHARACTERISTICS Miniport;
    NDIS_HANDLE Wrapper;
    NDIS_STATUS Status;

    NdisMInitializeWrapper(&Wrapper, DriverObject, RegistryPath, NULL);
    NdisZeroMemory(&Miniport, sizeof(Miniport));
    Miniport.MajorNdisVersion = NDIS_MINIPORT_MAJOR_VERSION;
    Miniport.MinorNdisVersion = NDIS_MINIPORT_MINOR_VERSION;
    Miniport.InitializeHandler = MiniportInitialize;
    Miniport.HaltHandler = MiniportHalt;
    Miniport.ResetHandler = MiniportReset;
    Miniport.CheckForHangHandler = MiniportCheckForHang;
    Miniport.ISRHandler = MiniportISR;
    Miniport.HandleInterruptHandler = MiniportHandleInterrupt;
    Miniport.QueryInformationHandler = MiniportQueryInformation;
    Miniport.SetInformationHandler = MiniportSetInformation;
    Miniport.SendHandler = MiniportSend;
    Status = NdisMRegisterMiniport(Wrapper, &Miniport, sizeof(Miniport));
    if (Status != NDIS_STATUS_SUCCESS)
        NdisTerminateWrapper(Wrapper, NULL);
    return Status;
}
