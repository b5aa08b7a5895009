/* SPDX-License-Identifier: MIT */
/* ws2def.h - socket addresses for kernel code; mingw-w64 has them in user-mode headers only.
 *
 * WDK: "SOCKADDR_STORAGE", "SOCKET_ADDRESS". The host's own system headers define the same tags, so
 * there (NDIS_WRAPPER) only the typedefs exist, over private tags. */
#ifndef DDK_WS2DEF_H
#define DDK_WS2DEF_H

#ifndef NDIS_WRAPPER
#include <inaddr.h>
#include <in6addr.h>
#endif

typedef USHORT ADDRESS_FAMILY;

#ifndef NDIS_WRAPPER
#ifndef AF_UNSPEC
#define AF_UNSPEC 0
#define AF_UNIX   1
#define AF_INET   2
#define AF_INET6  23
#define AF_LINK   33
#endif

#ifndef _MINGW_IP_TYPES_H
#define _MINGW_IP_TYPES_H
struct sockaddr {
    ADDRESS_FAMILY sa_family;
    CHAR sa_data[14];
};
typedef struct sockaddr SOCKADDR, *PSOCKADDR, *LPSOCKADDR;

struct sockaddr_in {
    ADDRESS_FAMILY sin_family;
    USHORT sin_port;
    struct in_addr sin_addr;
    CHAR sin_zero[8];
};
typedef struct sockaddr_in SOCKADDR_IN, *PSOCKADDR_IN;
#endif

/* 128 bytes with the alignment of a 64-bit integer. */
struct sockaddr_storage {
    ADDRESS_FAMILY ss_family;
    CHAR __ss_pad1[6];
    LONGLONG __ss_align;
    CHAR __ss_pad2[112];
};
typedef struct sockaddr_storage SOCKADDR_STORAGE, *PSOCKADDR_STORAGE;

typedef struct _SOCKET_ADDRESS {
    PSOCKADDR lpSockaddr;
    INT iSockaddrLength;
} SOCKET_ADDRESS, *PSOCKET_ADDRESS;

#ifndef IPPROTO_IP
#define IPPROTO_IP     0
#define IPPROTO_ICMP   1
#define IPPROTO_TCP    6
#define IPPROTO_UDP    17
#define IPPROTO_IPV6   41
#define IPPROTO_ICMPV6 58
#endif
#else /* NDIS_WRAPPER */
typedef struct {
    ADDRESS_FAMILY sin_family;
    USHORT sin_port;
    UCHAR sin_addr[4];
    CHAR sin_zero[8];
} SOCKADDR_IN;
#endif

#include_next <ws2def.h>
#endif
