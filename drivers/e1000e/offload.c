/* SPDX-License-Identifier: MIT */
/* offload.c - checksum offload: what the chip can, what is switched on, who is told.
 *
 * CONFIGURATION holds what is switched on, from the keywords at first, then from
 * OID_TCP_OFFLOAD_PARAMETERS. What is on for transmit may be asked for with each send; results of
 * receive are given once a protocol has set OID_OFFLOAD_ENCAPSULATION (WDK pages of these OIDs). */
#include "e1000e.h"

static ULONG OffloadEncapsulation(PADAPTER Adapter)
{
    ULONG Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;

    if (Adapter->Config.PriorityVlanTag != 0) {
        Encapsulation |= NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q_IN_OOB;
    }
    return Encapsulation;
}

static ULONG On(ULONG Setting, ULONG Direction)
{
    return Setting & Direction ? NDIS_OFFLOAD_SUPPORTED : NDIS_OFFLOAD_NOT_SUPPORTED;
}

/* Describe settings; with all of them 3, that is what the hardware can. */
static VOID OffloadDescribe(PADAPTER Adapter, const CONFIGURATION *Config, PNDIS_OFFLOAD Offload)
{
    PNDIS_TCP_IP_CHECKSUM_OFFLOAD Checksum = &Offload->Checksum;
    ULONG Encapsulation = OffloadEncapsulation(Adapter);

    NdisZeroMemory(Offload, sizeof(*Offload));
    Offload->Header.Type = NDIS_OBJECT_TYPE_OFFLOAD;
    Offload->Header.Revision = NDIS_OFFLOAD_REVISION_2;
    Offload->Header.Size = NDIS_SIZEOF_NDIS_OFFLOAD_REVISION_2;

    Checksum->IPv4Transmit.Encapsulation = Encapsulation;
    Checksum->IPv4Transmit.IpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    Checksum->IPv4Transmit.TcpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    Checksum->IPv4Transmit.IpChecksum = On(Config->IpChecksumIPv4, OFFLOAD_TX);
    Checksum->IPv4Transmit.TcpChecksum = On(Config->TcpChecksumIPv4, OFFLOAD_TX);
    Checksum->IPv4Transmit.UdpChecksum = On(Config->UdpChecksumIPv4, OFFLOAD_TX);

    Checksum->IPv4Receive.Encapsulation = Encapsulation;
    Checksum->IPv4Receive.IpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    Checksum->IPv4Receive.TcpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    Checksum->IPv4Receive.IpChecksum = On(Config->IpChecksumIPv4, OFFLOAD_RX);
    Checksum->IPv4Receive.TcpChecksum = On(Config->TcpChecksumIPv4, OFFLOAD_RX);
    Checksum->IPv4Receive.UdpChecksum = On(Config->UdpChecksumIPv4, OFFLOAD_RX);

    Checksum->IPv6Transmit.Encapsulation = Encapsulation;
    Checksum->IPv6Transmit.IpExtensionHeadersSupported = NDIS_OFFLOAD_SUPPORTED;
    Checksum->IPv6Transmit.TcpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    Checksum->IPv6Transmit.TcpChecksum = On(Config->TcpChecksumIPv6, OFFLOAD_TX);
    Checksum->IPv6Transmit.UdpChecksum = On(Config->UdpChecksumIPv6, OFFLOAD_TX);

    Checksum->IPv6Receive.Encapsulation = Encapsulation;
    Checksum->IPv6Receive.IpExtensionHeadersSupported = NDIS_OFFLOAD_SUPPORTED;
    Checksum->IPv6Receive.TcpOptionsSupported = NDIS_OFFLOAD_SUPPORTED;
    Checksum->IPv6Receive.TcpChecksum = On(Config->TcpChecksumIPv6, OFFLOAD_RX);
    Checksum->IPv6Receive.UdpChecksum = On(Config->UdpChecksumIPv6, OFFLOAD_RX);
}

NDIS_STATUS OffloadSetAttributes(PADAPTER Adapter)
{
    NDIS_MINIPORT_ADAPTER_ATTRIBUTES Attributes;
    PNDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES Offload = &Attributes.OffloadAttributes;
    NDIS_OFFLOAD Default, Hardware;
    CONFIGURATION Everything = Adapter->Config;

    Everything.IpChecksumIPv4 = OFFLOAD_TX | OFFLOAD_RX;
    Everything.TcpChecksumIPv4 = OFFLOAD_TX | OFFLOAD_RX;
    Everything.TcpChecksumIPv6 = OFFLOAD_TX | OFFLOAD_RX;
    Everything.UdpChecksumIPv4 = OFFLOAD_TX | OFFLOAD_RX;
    Everything.UdpChecksumIPv6 = OFFLOAD_TX | OFFLOAD_RX;
    OffloadDescribe(Adapter, &Adapter->Config, &Default);
    OffloadDescribe(Adapter, &Everything, &Hardware);

    NdisZeroMemory(&Attributes, sizeof(Attributes));
    Offload->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES;
    Offload->Header.Revision = NDIS_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES_REVISION_1;
    Offload->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_OFFLOAD_ATTRIBUTES_REVISION_1;
    Offload->DefaultOffloadConfiguration = &Default;
    Offload->HardwareOffloadCapabilities = &Hardware;
    return NdisMSetMiniportAttributes(Adapter->AdapterHandle, &Attributes);
}

/* All protocols above learn what is in force now. */
static VOID OffloadIndicate(PADAPTER Adapter)
{
    NDIS_STATUS_INDICATION Indication;
    NDIS_OFFLOAD Offload;

    OffloadDescribe(Adapter, &Adapter->Config, &Offload);
    NdisZeroMemory(&Indication, sizeof(Indication));
    Indication.Header.Type = NDIS_OBJECT_TYPE_STATUS_INDICATION;
    Indication.Header.Revision = NDIS_STATUS_INDICATION_REVISION_1;
    Indication.Header.Size = NDIS_SIZEOF_STATUS_INDICATION_REVISION_1;
    Indication.SourceHandle = Adapter->AdapterHandle;
    Indication.StatusCode = NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG;
    Indication.StatusBuffer = &Offload;
    Indication.StatusBufferSize = sizeof(Offload);
    NdisMIndicateStatusEx(Adapter->AdapterHandle, &Indication);
}

/* One field of NDIS_OFFLOAD_PARAMETERS. FALSE: not a value that the field may have. */
static BOOLEAN OffloadApply(UCHAR Wanted, PULONG Setting)
{
    switch (Wanted) {
    case NDIS_OFFLOAD_PARAMETERS_NO_CHANGE:
        return TRUE;
    case NDIS_OFFLOAD_PARAMETERS_TX_RX_DISABLED:
        *Setting = 0;
        return TRUE;
    case NDIS_OFFLOAD_PARAMETERS_TX_ENABLED_RX_DISABLED:
        *Setting = OFFLOAD_TX;
        return TRUE;
    case NDIS_OFFLOAD_PARAMETERS_RX_ENABLED_TX_DISABLED:
        *Setting = OFFLOAD_RX;
        return TRUE;
    case NDIS_OFFLOAD_PARAMETERS_TX_RX_ENABLED:
        *Setting = OFFLOAD_TX | OFFLOAD_RX;
        return TRUE;
    default:
        return FALSE;
    }
}

NDIS_STATUS OffloadSetParameters(PADAPTER Adapter, PVOID Buffer, ULONG Length, PULONG Needed)
{
    PNDIS_OFFLOAD_PARAMETERS Parameters = Buffer;
    CONFIGURATION New = Adapter->Config;

    if (Length < NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1) {
        *Needed = NDIS_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1;
        return NDIS_STATUS_INVALID_LENGTH;
    }
    if (!OffloadApply(Parameters->IPv4Checksum, &New.IpChecksumIPv4) ||
        !OffloadApply(Parameters->TCPIPv4Checksum, &New.TcpChecksumIPv4) ||
        !OffloadApply(Parameters->UDPIPv4Checksum, &New.UdpChecksumIPv4) ||
        !OffloadApply(Parameters->TCPIPv6Checksum, &New.TcpChecksumIPv6) ||
        !OffloadApply(Parameters->UDPIPv6Checksum, &New.UdpChecksumIPv6)) {
        return NDIS_STATUS_INVALID_DATA;
    }
    NdisAcquireSpinLock(&Adapter->Lock);
    Adapter->Config.IpChecksumIPv4 = New.IpChecksumIPv4;
    Adapter->Config.TcpChecksumIPv4 = New.TcpChecksumIPv4;
    Adapter->Config.UdpChecksumIPv4 = New.UdpChecksumIPv4;
    Adapter->Config.TcpChecksumIPv6 = New.TcpChecksumIPv6;
    Adapter->Config.UdpChecksumIPv6 = New.UdpChecksumIPv6;
    ReceiveSetChecksum(Adapter);
    NdisReleaseSpinLock(&Adapter->Lock);
    OffloadIndicate(Adapter);
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS OffloadSetEncapsulation(PADAPTER Adapter, PVOID Buffer, ULONG Length, PULONG Needed)
{
    PNDIS_OFFLOAD_ENCAPSULATION Encapsulation = Buffer;
    ULONG Known = OffloadEncapsulation(Adapter);

    if (Length < NDIS_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1) {
        *Needed = NDIS_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1;
        return NDIS_STATUS_INVALID_LENGTH;
    }
    if ((Encapsulation->IPv4.Enabled == NDIS_OFFLOAD_SET_ON &&
         !(Encapsulation->IPv4.EncapsulationType & Known)) ||
        (Encapsulation->IPv6.Enabled == NDIS_OFFLOAD_SET_ON &&
         !(Encapsulation->IPv6.EncapsulationType & Known))) {
        return NDIS_STATUS_INVALID_PARAMETER;
    }
    Adapter->ReceiveOffloadActive = Encapsulation->IPv4.Enabled == NDIS_OFFLOAD_SET_ON ||
                                    Encapsulation->IPv6.Enabled == NDIS_OFFLOAD_SET_ON;
    OffloadIndicate(Adapter);
    return NDIS_STATUS_SUCCESS;
}
