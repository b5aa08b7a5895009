/* SPDX-License-Identifier: MIT */
/* ntddndis_more.h - names of the WDK's ntddndis.h and ifdef.h that mingw-w64's lack. */
#ifndef DDK_NDIS_NTDDNDIS_MORE_H
#define DDK_NDIS_NTDDNDIS_MORE_H

/* ifdef.h (WDK: "NDIS_LINK_STATE", "OID_GEN_LINK_STATE"). */
#ifndef NET_IF_LINK_SPEED_UNKNOWN
#define NET_IF_LINK_SPEED_UNKNOWN ((ULONG64)(-1))
#endif

#endif
