/* SPDX-License-Identifier: MIT */
/* offload5.h - task offload of NDIS 5.x: what OID_TCP_TASK_OFFLOAD carries.
 *
 * A header, then tasks chained by byte offsets. WDK (NDIS 5): "NDIS_TASK_OFFLOAD_HEADER",
 * "NDIS_TASK_OFFLOAD", "NDIS_TASK_TCP_IP_CHECKSUM", "NDIS_TASK_TCP_LARGE_SEND". */
#ifndef DDK_NDIS_OFFLOAD5_H
#define DDK_NDIS_OFFLOAD5_H

#define NDIS_TASK_OFFLOAD_VERSION   1
#define NDIS_TASK_TCP_LARGE_SEND_V0 0

typedef enum _NDIS_TASK {
    TcpIpChecksumNdisTask,
    IpSecNdisTask,
    TcpLargeSendNdisTask,
    MaxNdisTask
} NDIS_TASK,
    *PNDIS_TASK;

typedef enum _NDIS_ENCAPSULATION {
    UNSPECIFIED_Encapsulation,
    NULL_Encapsulation,
    IEEE_802_3_Encapsulation,
    IEEE_802_5_Encapsulation,
    LLC_SNAP_ROUTED_Encapsulation,
    LLC_SNAP_BRIDGED_Encapsulation
} NDIS_ENCAPSULATION;

typedef struct _NDIS_ENCAPSULATION_FORMAT {
    NDIS_ENCAPSULATION Encapsulation;
    struct {
        ULONG FixedHeaderSize : 1;
        ULONG Reserved : 31;
    } Flags;
    ULONG EncapsulationHeaderSize;
} NDIS_ENCAPSULATION_FORMAT, *PNDIS_ENCAPSULATION_FORMAT;

typedef struct _NDIS_TASK_OFFLOAD_HEADER {
    ULONG Version;
    ULONG Size;
    ULONG Reserved;
    ULONG OffsetFirstTask;
    NDIS_ENCAPSULATION_FORMAT EncapsulationFormat;
} NDIS_TASK_OFFLOAD_HEADER, *PNDIS_TASK_OFFLOAD_HEADER;

typedef struct _NDIS_TASK_OFFLOAD {
    ULONG Version;
    ULONG Size;
    NDIS_TASK Task;
    ULONG OffsetNextTask;
    ULONG TaskBufferLength;
    UCHAR TaskBuffer[1];
} NDIS_TASK_OFFLOAD, *PNDIS_TASK_OFFLOAD;

typedef struct _NDIS_TASK_TCP_IP_CHECKSUM {
    struct {
        ULONG IpOptionsSupported : 1;
        ULONG TcpOptionsSupported : 1;
        ULONG TcpChecksum : 1;
        ULONG UdpChecksum : 1;
        ULONG IpChecksum : 1;
    } V4Transmit;
    struct {
        ULONG IpOptionsSupported : 1;
        ULONG TcpOptionsSupported : 1;
        ULONG TcpChecksum : 1;
        ULONG UdpChecksum : 1;
        ULONG IpChecksum : 1;
    } V4Receive;
    struct {
        ULONG IpOptionsSupported : 1;
        ULONG TcpOptionsSupported : 1;
        ULONG TcpChecksum : 1;
        ULONG UdpChecksum : 1;
    } V6Transmit;
    struct {
        ULONG IpOptionsSupported : 1;
        ULONG TcpOptionsSupported : 1;
        ULONG TcpChecksum : 1;
        ULONG UdpChecksum : 1;
    } V6Receive;
} NDIS_TASK_TCP_IP_CHECKSUM, *PNDIS_TASK_TCP_IP_CHECKSUM;

typedef struct _NDIS_TASK_TCP_LARGE_SEND {
    ULONG Version;
    ULONG MaxOffLoadSize;
    ULONG MinSegmentCount;
    BOOLEAN TcpOptions;
    BOOLEAN IpOptions;
} NDIS_TASK_TCP_LARGE_SEND, *PNDIS_TASK_TCP_LARGE_SEND;

typedef struct _NDIS_TASK_IPSEC {
    struct {
        ULONG AH_ESP_COMBINED;
        ULONG TRANSPORT_TUNNEL_COMBINED;
        ULONG V4_OPTIONS;
        ULONG RESERVED;
    } Supported;
    struct {
        ULONG MD5 : 1;
        ULONG SHA_1 : 1;
        ULONG Transport : 1;
        ULONG Tunnel : 1;
        ULONG Send : 1;
        ULONG Receive : 1;
    } V4AH;
    struct {
        ULONG DES : 1;
        ULONG RESERVED : 1;
        ULONG TRIPLE_DES : 1;
        ULONG NULL_ESP : 1;
        ULONG Transport : 1;
        ULONG Tunnel : 1;
        ULONG Send : 1;
        ULONG Receive : 1;
    } V4ESP;
} NDIS_TASK_IPSEC, *PNDIS_TASK_IPSEC;

#endif /* DDK_NDIS_OFFLOAD5_H */
