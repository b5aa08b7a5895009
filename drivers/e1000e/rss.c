/* SPDX-License-Identifier: MIT */
/* rss.c - receive side scaling: which frame goes to which receive queue, and which queue to which
 * processor.
 *
 * The chip hashes a frame (Toeplitz), looks up 7 bits of the hash in a table of 128 entries and
 * finds the queue there (82574 datasheet, sections 7.1 and 10.2.5: MRQC, RETA, RSSRK). Windows
 * hands down a table of processors instead (WDK: "NDIS_RECEIVE_SCALE_PARAMETERS"); with two queues,
 * the processors of that table are dealt out to the queues in turn. */
#include "e1000e.h"

typedef struct _QUEUE_PROCESSORS {
    ULONG Count;
    PROCESSOR_NUMBER Processor[E1000_RX_QUEUES];
} QUEUE_PROCESSORS;

static BOOLEAN SameProcessor(const PROCESSOR_NUMBER *One, const PROCESSOR_NUMBER *Other)
{
    return One->Group == Other->Group && One->Number == Other->Number;
}

/* The queue of each table entry: the first processor in the table gets queue 0, the next different
 * one queue 1; more processors than queues share them. Processors returns who serves which. */
static VOID RssAssign(PADAPTER Adapter, PUCHAR Queues, QUEUE_PROCESSORS *Processors)
{
    PRSS_STATE Rss = &Adapter->Rss;
    PROCESSOR_NUMBER Seen[E1000_RETA_ENTRIES];
    ULONG SeenCount = 0;
    ULONG Index, Which;

    Processors->Count = 0;
    for (Index = 0; Index < E1000_RETA_ENTRIES; Index++) {
        const PROCESSOR_NUMBER *Wanted = &Rss->Table[Index % Rss->TableEntries];

        for (Which = 0; Which < SeenCount; Which++) {
            if (SameProcessor(&Seen[Which], Wanted)) {
                break;
            }
        }
        if (Which == SeenCount) {
            Seen[SeenCount++] = *Wanted;
        }
        Queues[Index] = (UCHAR)(Which % Adapter->RxQueueCount);
    }
    while (Processors->Count < Adapter->RxQueueCount && Processors->Count < SeenCount) {
        Processors->Processor[Processors->Count] = Seen[Processors->Count];
        Processors->Count++;
    }
}

VOID RssProgram(PADAPTER Adapter)
{
    PHARDWARE Hw = &Adapter->Hw;
    PRSS_STATE Rss = &Adapter->Rss;
    UCHAR Queues[E1000_RETA_ENTRIES];
    QUEUE_PROCESSORS Processors;
    ULONG HashType = NDIS_RSS_HASH_TYPE_FROM_HASH_INFO(Rss->HashInformation);
    ULONG Control = E1000_MRQC_RSS;
    ULONG Index;

    if (!Rss->Enabled) {
        HwWrite(Hw, E1000_MRQC, 0); /* everything to queue 0 */
        return;
    }
    RssAssign(Adapter, Queues, &Processors);
    for (Index = 0; Index < E1000_RETA_REGISTERS; Index++) {
        const UCHAR *Entry = &Queues[4 * Index];

        HwWrite(Hw, E1000_RETA(Index),
                ((ULONG)Entry[0] | ((ULONG)Entry[1] << 8) | ((ULONG)Entry[2] << 16) |
                 ((ULONG)Entry[3] << 24))
                    << E1000_RETA_QUEUE_SHIFT);
    }
    for (Index = 0; Index < E1000_RSSRK_REGISTERS; Index++) {
        const UCHAR *Key = &Rss->Key[4 * Index];

        HwWrite(Hw, E1000_RSSRK(Index),
                (ULONG)Key[0] | ((ULONG)Key[1] << 8) | ((ULONG)Key[2] << 16) |
                    ((ULONG)Key[3] << 24));
    }
    Control |= HashType & NDIS_HASH_IPV4 ? E1000_MRQC_IPV4 : 0;
    Control |= HashType & NDIS_HASH_TCP_IPV4 ? E1000_MRQC_TCP_IPV4 : 0;
    Control |= HashType & NDIS_HASH_IPV6 ? E1000_MRQC_IPV6 : 0;
    Control |= HashType & NDIS_HASH_IPV6_EX ? E1000_MRQC_IPV6_EX : 0;
    Control |= HashType & NDIS_HASH_TCP_IPV6 ? E1000_MRQC_TCP_IPV6 : 0;
    HwWrite(Hw, E1000_MRQC, Control);
}

VOID RssCapabilities(PADAPTER Adapter, PNDIS_RECEIVE_SCALE_CAPABILITIES Capabilities)
{
    NdisZeroMemory(Capabilities, sizeof(*Capabilities));
    Capabilities->Header.Type = NDIS_OBJECT_TYPE_RSS_CAPABILITIES;
    Capabilities->Header.Revision = NDIS_RECEIVE_SCALE_CAPABILITIES_REVISION_1;
    Capabilities->Header.Size = NDIS_SIZEOF_RECEIVE_SCALE_CAPABILITIES_REVISION_1;
    Capabilities->CapabilitiesFlags = NDIS_RSS_CAPS_CLASSIFICATION_AT_DPC |
                                      NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV4 |
                                      NDIS_RSS_CAPS_HASH_TYPE_TCP_IPV6 | NdisHashFunctionToeplitz;
    if (Adapter->Resources.Messages >= MESSAGES_WANTED) {
        Capabilities->CapabilitiesFlags |= NDIS_RSS_CAPS_MESSAGE_SIGNALED_INTERRUPTS |
                                           NDIS_RSS_CAPS_CLASSIFICATION_AT_ISR |
                                           NDIS_RSS_CAPS_USING_MSI_X;
    }
    /* 1 for a line too. */
    Capabilities->NumberOfInterruptMessages =
        Adapter->Resources.Messages != 0 ? Adapter->Resources.Messages : 1;
    Capabilities->NumberOfReceiveQueues = Adapter->RxQueueCount;
}

ULONG RssHashType(ULONG Mrq)
{
    switch (Mrq & E1000_RXD_RSS_TYPE_MASK) {
    case E1000_RXD_RSS_TCP_IPV4:
        return NDIS_HASH_TCP_IPV4;
    case E1000_RXD_RSS_IPV4:
        return NDIS_HASH_IPV4;
    case E1000_RXD_RSS_TCP_IPV6:
        return NDIS_HASH_TCP_IPV6;
    case E1000_RXD_RSS_IPV6_EX:
        return NDIS_HASH_IPV6_EX;
    case E1000_RXD_RSS_IPV6:
        return NDIS_HASH_IPV6;
    default:
        return 0;
    }
}

/* Does [Offset, Offset + Size) lie in a buffer of Length bytes, behind the structure? */
static BOOLEAN Inside(ULONG Offset, ULONG Size, ULONG Length)
{
    return Offset >= NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_2 && Offset <= Length &&
           Size <= Length - Offset;
}

/* Copy what the request changes into New, which starts as the state in force. */
static NDIS_STATUS RssParse(const NDIS_RECEIVE_SCALE_PARAMETERS *Parameters, ULONG Length,
                            PRSS_STATE New)
{
    const UCHAR *Bytes = (const UCHAR *)Parameters;
    ULONG Entries = Parameters->IndirectionTableSize / sizeof(PROCESSOR_NUMBER);

    if (!(Parameters->Flags & NDIS_RSS_PARAM_FLAG_HASH_INFO_UNCHANGED)) {
        New->HashInformation = Parameters->HashInformation;
    }
    if ((Parameters->Flags & NDIS_RSS_PARAM_FLAG_DISABLE_RSS) ||
        NDIS_RSS_HASH_FUNC_FROM_HASH_INFO(New->HashInformation) == 0) {
        New->Enabled = FALSE;
        return NDIS_STATUS_SUCCESS;
    }
    if (NDIS_RSS_HASH_FUNC_FROM_HASH_INFO(New->HashInformation) != NdisHashFunctionToeplitz) {
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    if (!(Parameters->Flags & NDIS_RSS_PARAM_FLAG_ITABLE_UNCHANGED)) {
        if (Entries == 0 || Entries > E1000_RETA_ENTRIES || (Entries & (Entries - 1)) != 0 ||
            !Inside(Parameters->IndirectionTableOffset, Parameters->IndirectionTableSize, Length)) {
            return NDIS_STATUS_INVALID_PARAMETER;
        }
        NdisMoveMemory(New->Table, Bytes + Parameters->IndirectionTableOffset,
                       Entries * sizeof(PROCESSOR_NUMBER));
        New->TableEntries = Entries;
    }
    if (!(Parameters->Flags & NDIS_RSS_PARAM_FLAG_HASH_KEY_UNCHANGED)) {
        if (Parameters->HashSecretKeySize > sizeof(New->Key) ||
            !Inside(Parameters->HashSecretKeyOffset, Parameters->HashSecretKeySize, Length)) {
            return NDIS_STATUS_INVALID_PARAMETER;
        }
        NdisZeroMemory(New->Key, sizeof(New->Key));
        NdisMoveMemory(New->Key, Bytes + Parameters->HashSecretKeyOffset,
                       Parameters->HashSecretKeySize);
    }
    if (New->TableEntries == 0) {
        return NDIS_STATUS_INVALID_PARAMETER; /* "unchanged", but there never was a table */
    }
    New->Enabled = TRUE;
    return NDIS_STATUS_SUCCESS;
}

/* OID_GEN_RECEIVE_SCALE_PARAMETERS. NDIS sends one request at a time. */
NDIS_STATUS RssSetParameters(PADAPTER Adapter, PVOID Buffer, ULONG Length, PULONG Needed)
{
    PNDIS_RECEIVE_SCALE_PARAMETERS Parameters = Buffer;
    UCHAR Queues[E1000_RETA_ENTRIES];
    QUEUE_PROCESSORS Processors = {0};
    RSS_STATE New;
    NDIS_STATUS Status;
    ULONG Index;

    if (Adapter->RxQueueCount < 2) {
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (Length < NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_2) {
        *Needed = NDIS_SIZEOF_RECEIVE_SCALE_PARAMETERS_REVISION_2;
        return NDIS_STATUS_INVALID_LENGTH;
    }
    New = Adapter->Rss;
    Status = RssParse(Parameters, Length, &New);
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }

    NdisAcquireSpinLock(&Adapter->Lock);
    Adapter->Rss = New;
    RssProgram(Adapter);
    if (New.Enabled) {
        RssAssign(Adapter, Queues, &Processors);
    }
    NdisReleaseSpinLock(&Adapter->Lock);

    for (Index = 0; Index < Adapter->RxQueueCount; Index++) {
        InterruptSetQueueProcessor(Adapter, Index,
                                   Index < Processors.Count ? &Processors.Processor[Index] : NULL);
    }
    return NDIS_STATUS_SUCCESS;
}
