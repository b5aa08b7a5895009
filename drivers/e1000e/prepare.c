/* SPDX-License-Identifier: MIT */
/* prepare.c - what a frame that is to be sent asks of the chip: checksums and a VLAN tag.
 *
 * Checksum offload: 82574 datasheet, section 7.2 (context descriptors); VLAN: section 7.5. */
#include "e1000e.h"

/* The checksums that the NET_BUFFER_LIST asks for, as a context descriptor. The transport put the
 * sum of the pseudo header into the TCP or UDP checksum and zero into IPv4's (WDK: "Offloading
 * Checksum Tasks"), which is what the chip expects. */
static NDIS_STATUS RequestChecksum(PTX_REQUEST Request, const UCHAR *Header, ULONG HeaderLength)
{
    NDIS_TCP_IP_CHECKSUM_NET_BUFFER_LIST_INFO Info;
    PE1000_TX_DESCRIPTOR Context = &Request->Context;
    ULONG IpStart = ETHERNET_HEADER_LENGTH;
    ULONG L4Start;

    Info.Value = NET_BUFFER_LIST_INFO(Request->NetBufferList, TcpIpChecksumNetBufferListInfo);
    if (!Info.Transmit.IsIPv4 && !Info.Transmit.IsIPv6) {
        return NDIS_STATUS_SUCCESS;
    }
    L4Start = Info.Transmit.TcpHeaderOffset; /* given for TCP and UDP, 0 without */
    if (HeaderLength > 17 && Header[12] == 0x81 && Header[13] == 0x00) {
        IpStart += VLAN_TAG_LENGTH;
    }

    if (Info.Transmit.IsIPv4 && Info.Transmit.IpHeaderChecksum) {
        ULONG IpEnd = L4Start;

        if (IpEnd == 0) {
            if (HeaderLength <= IpStart) {
                return NDIS_STATUS_INVALID_PACKET;
            }
            IpEnd = IpStart + 4 * (Header[IpStart] & 0x0F);
        }
        Context->Context.IpStart = (UCHAR)IpStart;
        Context->Context.IpOffset = (UCHAR)(IpStart + 10);
        Context->Context.IpEnd = (USHORT)(IpEnd - 1);
        Request->Options |= E1000_TXD_IXSM;
    }
    if (Info.Transmit.TcpChecksum || Info.Transmit.UdpChecksum) {
        /* The chip counts header offsets in a byte. */
        if (L4Start <= IpStart || L4Start > 255 - 16) {
            return NDIS_STATUS_INVALID_PACKET;
        }
        Context->Context.L4Start = (UCHAR)L4Start;
        Context->Context.L4Offset = (UCHAR)(L4Start + (Info.Transmit.TcpChecksum ? 16 : 6));
        Request->Options |= E1000_TXD_TXSM;
    }
    if (Request->Options & (E1000_TXD_IXSM | E1000_TXD_TXSM)) {
        Context->Context.Command = E1000_TXC_DEXT |
                                   (Info.Transmit.TcpChecksum ? E1000_TXC_TCP : 0) |
                                   (Info.Transmit.IsIPv4 ? E1000_TXC_IPV4 : 0);
    }
    return NDIS_STATUS_SUCCESS;
}

/* The VLAN tag that goes into the frame: the one of the list, or the adapter's own VLAN. */
static VOID RequestTag(PTX_REQUEST Request)
{
    PADAPTER Adapter = Request->Adapter;
    NDIS_NET_BUFFER_LIST_8021Q_INFO Tag;
    ULONG Vlan;

    if (Adapter->Config.PriorityVlanTag == 0) {
        return;
    }
    Tag.Value = NET_BUFFER_LIST_INFO(Request->NetBufferList, Ieee8021QNetBufferListInfo);
    Vlan = Tag.TagHeader.VlanId != 0 ? Tag.TagHeader.VlanId : Adapter->VlanId;
    if (Vlan != 0 || Tag.TagHeader.UserPriority != 0) {
        Request->Command |= E1000_TXD_VLE;
        Request->Options |=
            (Vlan | (Tag.TagHeader.CanonicalFormatId << 12) | (Tag.TagHeader.UserPriority << 13))
            << E1000_TXD_VLAN_SHIFT;
    }
}

NDIS_STATUS TransmitPrepare(PTX_REQUEST Request)
{
    PNET_BUFFER Nb = Request->NetBuffer;
    ULONG Length = NET_BUFFER_DATA_LENGTH(Nb);
    ULONG HeaderLength = ETHERNET_HEADER_LENGTH + VLAN_TAG_LENGTH + 1;
    UCHAR Storage[ETHERNET_HEADER_LENGTH + VLAN_TAG_LENGTH + 1];
    const UCHAR *Header;

    Request->Command = E1000_TXD_DTYP_DATA | E1000_TXD_DEXT | E1000_TXD_IFCS;
    Request->Options = 0;
    NdisZeroMemory(&Request->Context, sizeof(Request->Context));

    if (Length < ETHERNET_HEADER_LENGTH || Length > Request->Adapter->MaxFrame + VLAN_TAG_LENGTH) {
        return NDIS_STATUS_INVALID_LENGTH;
    }
    if (HeaderLength > Length) {
        HeaderLength = Length;
    }
    Header = NdisGetDataBuffer(Nb, HeaderLength, Storage, 1, 0);
    if (Header == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    NdisMoveMemory(Request->Destination, Header, ETHERNET_ADDRESS_LENGTH);
    RequestTag(Request);
    return RequestChecksum(Request, Header, HeaderLength);
}
