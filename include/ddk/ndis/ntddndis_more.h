/* SPDX-License-Identifier: MIT */
/* ntddndis_more.h - names of the WDK's ntddndis.h and ifdef.h that mingw-w64's lack.
 *
 * The OIDs and flags are NDIS 5's; Windows' own tools asked with them what NDIS knows of a
 * miniport. */
#ifndef DDK_NDIS_NTDDNDIS_MORE_H
#define DDK_NDIS_NTDDNDIS_MORE_H

/* ifdef.h (WDK: "NDIS_LINK_STATE", "OID_GEN_LINK_STATE"). */
#ifndef NET_IF_LINK_SPEED_UNKNOWN
#define NET_IF_LINK_SPEED_UNKNOWN ((ULONG64)(-1))
#endif

#ifndef OID_GEN_MINIPORT_INFO
#define OID_GEN_FRIENDLY_NAME           0x00020216
#define OID_GEN_MINIPORT_INFO           0x00020217 /* a ULONG of the flags below */
#define OID_GEN_RESET_VERIFY_PARAMETERS 0x00020218
#endif

#ifndef NDIS_MINIPORT_BUS_MASTER
#define NDIS_MINIPORT_BUS_MASTER                     0x00000001
#define NDIS_MINIPORT_WDM_DRIVER                     0x00000002
#define NDIS_MINIPORT_SG_LIST                        0x00000004
#define NDIS_MINIPORT_SUPPORTS_MEDIA_QUERY           0x00000008
#define NDIS_MINIPORT_INDICATES_PACKETS              0x00000010
#define NDIS_MINIPORT_IGNORE_PACKET_QUEUE            0x00000020
#define NDIS_MINIPORT_IGNORE_REQUEST_QUEUE           0x00000040
#define NDIS_MINIPORT_IGNORE_TOKEN_RING_ERRORS       0x00000080
#define NDIS_MINIPORT_INTERMEDIATE_DRIVER            0x00000100
#define NDIS_MINIPORT_IS_NDIS_5                      0x00000200
#define NDIS_MINIPORT_IS_CO                          0x00000400
#define NDIS_MINIPORT_DESERIALIZE                    0x00000800
#define NDIS_MINIPORT_REQUIRES_MEDIA_POLLING         0x00001000
#define NDIS_MINIPORT_SUPPORTS_MEDIA_SENSE           0x00002000
#define NDIS_MINIPORT_NETBOOT_CARD                   0x00004000
#define NDIS_MINIPORT_PM_SUPPORTED                   0x00008000
#define NDIS_MINIPORT_SUPPORTS_MAC_ADDRESS_OVERWRITE 0x00010000
#define NDIS_MINIPORT_USES_SAFE_BUFFER_APIS          0x00020000
#define NDIS_MINIPORT_HIDDEN                         0x00040000
#define NDIS_MINIPORT_SWENUM                         0x00080000
#define NDIS_MINIPORT_SURPRISE_REMOVE_OK             0x00100000
#define NDIS_MINIPORT_NO_HALT_ON_SUSPEND             0x00200000
#define NDIS_MINIPORT_HARDWARE_DEVICE                0x00400000
#define NDIS_MINIPORT_SUPPORTS_CANCEL_SEND_PACKETS   0x00800000
#define NDIS_MINIPORT_64BITS_DMA                     0x01000000
#endif

#endif
