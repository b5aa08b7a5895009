/* SPDX-License-Identifier: MIT */
/* attributes.c - what the adapter tells NDIS about itself in MiniportInitializeEx.
 *
 * WDK: "NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES" and "..._GENERAL_ATTRIBUTES". NDIS answers
 * most OID queries from these, so oid.c need not. */
#include "e1000e.h"

/* Registration attributes come before everything else that NDIS does for us. */
NDIS_STATUS AttributesSetRegistration(PADAPTER Adapter)
{
    NDIS_MINIPORT_ADAPTER_ATTRIBUTES Attributes;
    PNDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES Registration =
        &Attributes.RegistrationAttributes;

    NdisZeroMemory(&Attributes, sizeof(Attributes));
    Registration->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;
    Registration->Header.Revision = NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
    Registration->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;
    Registration->MiniportAdapterContext = Adapter;
    Registration->AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE |
                                   NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER |
                                   NDIS_MINIPORT_ATTRIBUTES_SURPRISE_REMOVE_OK;
    Registration->CheckForHangTimeInSeconds = 2;
    Registration->InterfaceType = NdisInterfacePci;
    return NdisMSetMiniportAttributes(Adapter->AdapterHandle, &Attributes);
}

NDIS_STATUS AttributesSetGeneral(PADAPTER Adapter)
{
    NDIS_MINIPORT_ADAPTER_ATTRIBUTES Attributes;
    PNDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES General = &Attributes.GeneralAttributes;
    NDIS_RECEIVE_SCALE_CAPABILITIES Rss;
    NDIS_PM_CAPABILITIES Power;

    NdisZeroMemory(&Attributes, sizeof(Attributes));
    General->Header.Type = NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES;
    General->Header.Revision = NDIS_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;
    General->Header.Size = NDIS_SIZEOF_MINIPORT_ADAPTER_GENERAL_ATTRIBUTES_REVISION_2;

    General->MediaType = NdisMedium802_3;
    General->PhysicalMediumType = NdisPhysicalMedium802_3;
    General->MtuSize = Adapter->MaxFrame - ETHERNET_HEADER_LENGTH;
    General->LookaheadSize = Adapter->Lookahead;

    /* Negotiation takes seconds: the worker reports the link when there is one. */
    General->MaxXmitLinkSpeed = LINK_SPEED_LIMIT;
    General->MaxRcvLinkSpeed = LINK_SPEED_LIMIT;
    General->XmitLinkSpeed = NDIS_LINK_SPEED_UNKNOWN;
    General->RcvLinkSpeed = NDIS_LINK_SPEED_UNKNOWN;
    General->MediaConnectState = MediaConnectStateUnknown;
    General->MediaDuplexState = MediaDuplexStateUnknown;
    General->SupportedPauseFunctions = NdisPauseFunctionsSendAndReceive;
    General->AutoNegotiationFlags = NDIS_LINK_STATE_XMIT_LINK_SPEED_AUTO_NEGOTIATED |
                                    NDIS_LINK_STATE_RCV_LINK_SPEED_AUTO_NEGOTIATED |
                                    NDIS_LINK_STATE_DUPLEX_AUTO_NEGOTIATED |
                                    NDIS_LINK_STATE_PAUSE_FUNCTIONS_AUTO_NEGOTIATED;

    General->MacOptions = NDIS_MAC_OPTION_COPY_LOOKAHEAD_DATA | NDIS_MAC_OPTION_TRANSFERS_NOT_PEND |
                          NDIS_MAC_OPTION_NO_LOOPBACK;
    if (Adapter->Config.PriorityVlanTag & 1) {
        General->MacOptions |= NDIS_MAC_OPTION_8021P_PRIORITY;
    }
    if (Adapter->Config.PriorityVlanTag & 2) {
        General->MacOptions |= NDIS_MAC_OPTION_8021Q_VLAN;
    }
    General->SupportedPacketFilters = NDIS_PACKET_TYPE_DIRECTED | NDIS_PACKET_TYPE_MULTICAST |
                                      NDIS_PACKET_TYPE_ALL_MULTICAST | NDIS_PACKET_TYPE_BROADCAST |
                                      NDIS_PACKET_TYPE_PROMISCUOUS;
    General->MaxMulticastListSize = MULTICAST_LIST_LIMIT;
    General->MacAddressLength = ETHERNET_ADDRESS_LENGTH;
    NdisMoveMemory(General->PermanentMacAddress, Adapter->Hw.PermanentAddress,
                   ETHERNET_ADDRESS_LENGTH);
    NdisMoveMemory(General->CurrentMacAddress, Adapter->CurrentAddress, ETHERNET_ADDRESS_LENGTH);

    if (Adapter->RxQueueCount > 1) {
        RssCapabilities(Adapter, &Rss);
        General->RecvScaleCapabilities = &Rss;
    }

    General->AccessType = NET_IF_ACCESS_BROADCAST;
    General->DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
    General->ConnectionType = NET_IF_CONNECTION_DEDICATED;
    General->IfType = IF_TYPE_ETHERNET_CSMACD;
    General->IfConnectorPresent = TRUE;
    General->SupportedStatistics = StatisticsSupported;
    General->SupportedOidList = (PNDIS_OID)SupportedOids;
    General->SupportedOidListLength = SupportedOidsLength;

    /* Power management, but no wake-up: every wake state is NdisDeviceStateUnspecified, which is 0.
     * Without this structure NDIS would halt the adapter instead of putting it to sleep. */
    NdisZeroMemory(&Power, sizeof(Power));
    Power.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    Power.Header.Revision = NDIS_PM_CAPABILITIES_REVISION_1;
    Power.Header.Size = NDIS_SIZEOF_NDIS_PM_CAPABILITIES_REVISION_1;
    General->PowerManagementCapabilitiesEx = &Power;

    return NdisMSetMiniportAttributes(Adapter->AdapterHandle, &Attributes);
}
