/* SPDX-License-Identifier: MIT */
/* ws2ipdef.h - mingw-w64's, over kernel socket addresses. On the host only SOCKADDR_INET exists,
 * which NDIS 6.30 structures contain (see ws2def.h). */
#ifndef DDK_WS2IPDEF_H
#define DDK_WS2IPDEF_H
#include "ws2def.h"
#ifndef NDIS_WRAPPER
#include_next <ws2ipdef.h>
#else
typedef struct {
    ADDRESS_FAMILY sin6_family;
    USHORT sin6_port;
    ULONG sin6_flowinfo;
    UCHAR sin6_addr[16];
    ULONG sin6_scope_id;
} SOCKADDR_IN6_LH;

typedef union _SOCKADDR_INET {
    SOCKADDR_IN Ipv4;
    SOCKADDR_IN6_LH Ipv6;
    ADDRESS_FAMILY si_family;
} SOCKADDR_INET, *PSOCKADDR_INET;
#endif
#endif
