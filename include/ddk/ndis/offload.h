/* SPDX-License-Identifier: MIT */
/* offload.h - task offload beyond ntddndis.h: what a protocol asks for with
 * OID_OFFLOAD_ENCAPSULATION, and the values of the offload fields. */
#ifndef DDK_NDIS_OFFLOAD_H
#define DDK_NDIS_OFFLOAD_H

typedef struct _NDIS_OFFLOAD_ENCAPSULATION {
    NDIS_OBJECT_HEADER Header; /* NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION */
    struct {
        ULONG Enabled; /* NDIS_OFFLOAD_SET_ON, _OFF or _NO_CHANGE */
        ULONG EncapsulationType;
        ULONG HeaderSize;
    } IPv4;
    struct {
        ULONG Enabled;
        ULONG EncapsulationType;
        ULONG HeaderSize;
    } IPv6;
} NDIS_OFFLOAD_ENCAPSULATION, *PNDIS_OFFLOAD_ENCAPSULATION;

#define NDIS_OFFLOAD_ENCAPSULATION_REVISION_1 1
#define NDIS_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1                                               \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_OFFLOAD_ENCAPSULATION, IPv6.HeaderSize)

#endif /* DDK_NDIS_OFFLOAD_H */
