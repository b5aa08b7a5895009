/* SPDX-License-Identifier: MIT */
/* xfilter.h - the address macros that ndis.h brings (WDK: xfilter.h). */
#ifndef DDK_XFILTER_H
#define DDK_XFILTER_H

#define ETH_LENGTH_OF_ADDRESS 6

/* Group addresses have the lowest bit of the first byte set; broadcast is judged by two bytes. */
#define ETH_IS_MULTICAST(Address) (BOOLEAN)(((PUCHAR)(Address))[0] & ((UCHAR)0x01))
#define ETH_IS_BROADCAST(Address)                                                                  \
    ((((PUCHAR)(Address))[0] == ((UCHAR)0xff)) && (((PUCHAR)(Address))[1] == ((UCHAR)0xff)))

/* *pResult is 0 when equal; else 1 or -1, by the address read as a number. */
#define ETH_COMPARE_NETWORK_ADDRESSES(A, B, pResult)                                               \
    {                                                                                              \
        int ddk_i;                                                                                 \
        *(pResult) = 0;                                                                            \
        for (ddk_i = 0; ddk_i < ETH_LENGTH_OF_ADDRESS && *(pResult) == 0; ddk_i++)                 \
            if (((PUCHAR)(A))[ddk_i] != ((PUCHAR)(B))[ddk_i])                                      \
                *(pResult) = ((PUCHAR)(A))[ddk_i] > ((PUCHAR)(B))[ddk_i] ? 1 : (UINT)-1;           \
    }
/* *pResult is 0 when equal, 1 when not. */
#define ETH_COMPARE_NETWORK_ADDRESSES_EQ(A, B, pResult)                                            \
    {                                                                                              \
        *(pResult) = !RtlEqualMemory(A, B, ETH_LENGTH_OF_ADDRESS);                                 \
    }
#define ETH_COPY_NETWORK_ADDRESS(Destination, Source)                                              \
    {                                                                                              \
        RtlCopyMemory(Destination, Source, ETH_LENGTH_OF_ADDRESS);                                 \
    }

#define FDDI_LENGTH_OF_LONG_ADDRESS  6
#define FDDI_LENGTH_OF_SHORT_ADDRESS 2
#define TR_LENGTH_OF_FUNCTIONAL      4
#define TR_LENGTH_OF_ADDRESS         6

#endif
