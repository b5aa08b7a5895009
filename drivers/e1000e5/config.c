/* SPDX-License-Identifier: MIT */
/* config.c - settings from the adapter's registry key.
 *
 * Before the standardized keywords of NDIS 6 each vendor chose names; these are ours, e1000e5.inf
 * offers them. A value that is missing takes its default; one out of range is brought into range,
 * because a network card that starts with a default is worth more than one that does not start. */
#include "e1000e5.h"

typedef struct _KEYWORD {
    NDIS_STRING Name;
    ULONG Offset; /* of a ULONG in CONFIGURATION */
    ULONG Default, Minimum, Maximum;
} KEYWORD;

#define KEYWORD_ENTRY(Member, Default, Minimum, Maximum)                                           \
    {                                                                                              \
        NDIS_STRING_CONST(#Member), FIELD_OFFSET(CONFIGURATION, Member), Default, Minimum, Maximum \
    }

static const KEYWORD Keywords[] = {
    KEYWORD_ENTRY(InterruptRate, 20000, 0, 200000),
    KEYWORD_ENTRY(ReceiveBuffers, 256, 64, 2048),
    KEYWORD_ENTRY(TransmitBuffers, 512, 64, 2048),
    KEYWORD_ENTRY(SpeedDuplex, SpeedDuplexAuto, SpeedDuplexAuto, SpeedDuplex1000Full),
    KEYWORD_ENTRY(FlowControl, FlowControlBoth, FlowControlOff, FlowControlAuto),
    KEYWORD_ENTRY(PriorityVlanTag, 1, 0, 1),
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

/* The address that the user wants instead of the card's. One that no station may have is not taken:
 * not zero, not a group's. */
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

NDIS_STATUS ConfigurationRead(NDIS_HANDLE WrapperConfigurationContext, PCONFIGURATION Configuration)
{
    NDIS_HANDLE Handle;
    NDIS_STATUS Status;
    ULONG Index;

    NdisZeroMemory(Configuration, sizeof(*Configuration));
    NdisOpenConfiguration(&Status, &Handle, WrapperConfigurationContext);
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
