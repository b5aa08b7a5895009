/* SPDX-License-Identifier: MIT */
/* config.c - settings from the adapter's registry key.
 *
 * The names with a star are Microsoft's standardized INF keywords, with the values that Microsoft
 * gives them (WDK: "Enumeration Keywords", "Keywords That Can Be Edited"); e1000e.inf offers the
 * same. A value that is missing takes its default; one out of range is brought into range, because
 * a network card that starts with a default is worth more than one that does not start. */
#include "e1000e.h"

typedef struct _KEYWORD {
    NDIS_STRING Name;
    ULONG Offset; /* of a ULONG in CONFIGURATION */
    ULONG Default, Minimum, Maximum;
} KEYWORD;

#define KEYWORD_ENTRY(Text, Member, Default, Minimum, Maximum)                                     \
    {                                                                                              \
        NDIS_STRING_CONST(Text), FIELD_OFFSET(CONFIGURATION, Member), Default, Minimum, Maximum    \
    }

static const KEYWORD Keywords[] = {
    KEYWORD_ENTRY("*InterruptModeration", InterruptModeration, 1, 0, 1),
    KEYWORD_ENTRY("InterruptRate", InterruptRate, 20000, 1000, 200000),
    KEYWORD_ENTRY("InterruptTest", InterruptTest, 0, 0, 1),
    KEYWORD_ENTRY("*RSS", Rss, 1, 0, 1),
    KEYWORD_ENTRY("*NumRssQueues", RssQueues, E1000_RX_QUEUES, 1, E1000_RX_QUEUES),
    KEYWORD_ENTRY("*ReceiveBuffers", ReceiveBuffers, 256, 64, 2048),
    KEYWORD_ENTRY("*TransmitBuffers", TransmitBuffers, 512, 64, 2048),
    KEYWORD_ENTRY("*SpeedDuplex", SpeedDuplex, SpeedDuplexAuto, SpeedDuplexAuto,
                  SpeedDuplex1000Full),
    KEYWORD_ENTRY("*FlowControl", FlowControl, FlowControlBoth, FlowControlOff, FlowControlAuto),
    KEYWORD_ENTRY("*JumboPacket", JumboPacket, 1514, 1514, 9014),
    KEYWORD_ENTRY("*PriorityVLANTag", PriorityVlanTag, 3, 0, 3),
    KEYWORD_ENTRY("*IPChecksumOffloadIPv4", IpChecksumIPv4, 3, 0, 3),
    KEYWORD_ENTRY("*TCPChecksumOffloadIPv4", TcpChecksumIPv4, 3, 0, 3),
    KEYWORD_ENTRY("*TCPChecksumOffloadIPv6", TcpChecksumIPv6, 3, 0, 3),
    KEYWORD_ENTRY("*UDPChecksumOffloadIPv4", UdpChecksumIPv4, 3, 0, 3),
    KEYWORD_ENTRY("*UDPChecksumOffloadIPv6", UdpChecksumIPv6, 3, 0, 3),
};

static ULONG ConfigurationReadUlong(NDIS_HANDLE Handle, const KEYWORD *Keyword)
{
    PNDIS_CONFIGURATION_PARAMETER Parameter;
    NDIS_STRING Name = Keyword->Name;
    NDIS_STATUS Status;
    ULONG Value;

    NdisReadConfiguration(&Status, &Parameter, Handle, &Name, NdisParameterInteger);
    if (Status != NDIS_STATUS_SUCCESS) {
        return Keyword->Default;
    }
    Value = Parameter->ParameterData.IntegerData;
    if (Value < Keyword->Minimum) {
        return Keyword->Minimum;
    }
    return Value > Keyword->Maximum ? Keyword->Maximum : Value;
}

/* NetworkAddress replaces the address of the NVM. Only an address that one station can have is
 * taken: not zero, not a group's. */
static VOID ConfigurationReadAddress(NDIS_HANDLE Handle, PCONFIGURATION Configuration)
{
    PVOID Address;
    UINT Length;
    NDIS_STATUS Status;
    const UCHAR *Bytes;

    NdisReadNetworkAddress(&Status, &Address, &Length, Handle);
    if (Status != NDIS_STATUS_SUCCESS || Length != ETHERNET_ADDRESS_LENGTH) {
        return;
    }
    Bytes = Address;
    if ((Bytes[0] & 1) || (Bytes[0] | Bytes[1] | Bytes[2] | Bytes[3] | Bytes[4] | Bytes[5]) == 0) {
        return;
    }
    NdisMoveMemory(Configuration->Address, Bytes, ETHERNET_ADDRESS_LENGTH);
    Configuration->AddressOverridden = TRUE;
}

NDIS_STATUS ConfigurationRead(NDIS_HANDLE AdapterHandle, PCONFIGURATION Configuration)
{
    NDIS_CONFIGURATION_OBJECT Object;
    NDIS_HANDLE Handle;
    NDIS_STATUS Status;
    ULONG Index;

    NdisZeroMemory(Configuration, sizeof(*Configuration));
    NdisZeroMemory(&Object, sizeof(Object));
    Object.Header.Type = NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT;
    Object.Header.Revision = NDIS_CONFIGURATION_OBJECT_REVISION_1;
    Object.Header.Size = NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1;
    Object.NdisHandle = AdapterHandle;

    Status = NdisOpenConfigurationEx(&Object, &Handle);
    if (Status != NDIS_STATUS_SUCCESS) {
        return Status;
    }
    for (Index = 0; Index < RTL_NUMBER_OF(Keywords); Index++) {
        *(PULONG)((PUCHAR)Configuration + Keywords[Index].Offset) =
            ConfigurationReadUlong(Handle, &Keywords[Index]);
    }
    ConfigurationReadAddress(Handle, Configuration);
    NdisCloseConfiguration(Handle);

    if (Configuration->SpeedDuplex == 5) { /* 1000 half: this PHY cannot, take what it can */
        Configuration->SpeedDuplex = SpeedDuplexAuto;
    }
    /* A ring length is a multiple of 128 bytes, so of 8 descriptors (RDLEN, TDLEN). */
    Configuration->ReceiveBuffers &= ~7ul;
    Configuration->TransmitBuffers &= ~7ul;
    return NDIS_STATUS_SUCCESS;
}
