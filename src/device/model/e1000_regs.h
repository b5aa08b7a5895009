/* SPDX-License-Identifier: MIT */
/* e1000_regs.h - registers, bits and descriptors of Intel's gigabit MACs, as the 82574L has them,
 * and the 82540EM where nothing else is said. Layout only.
 *
 * Names are those of Intel's data sheets; offsets are bytes from BAR 0. Sources: "Intel 82574 GbE
 * Controller Family Datasheet", chapter 10 (registers), 7.1 (receive), 7.2 (transmit), 6 (NVM);
 * section numbers stand at each group. */
#pragma once
#include <stdint.h>

#define E1000_REGISTER_BYTES 0x20000 /* BAR 0; 10.2 */

/* --- General (10.2.2) --- */
#define E1000_CTRL        0x00000
#define E1000_CTRL_DUP    0x00004 /* a second place for CTRL */
#define E1000_STATUS      0x00008
#define E1000_EECD        0x00010
#define E1000_EERD        0x00014
#define E1000_CTRL_EXT    0x00018
#define E1000_FLA         0x0001C
#define E1000_MDIC        0x00020
#define E1000_FCAL        0x00028
#define E1000_FCAH        0x0002C
#define E1000_FCT         0x00030
#define E1000_VET         0x00038
#define E1000_FCTTV       0x00170
#define E1000_FCRTV       0x05F40
#define E1000_LEDCTL      0x00E00
#define E1000_EXTCNF_CTRL 0x00F00
#define E1000_EXTCNF_SIZE 0x00F08
#define E1000_POEMB       0x00F10
#define E1000_PBA         0x01000
#define E1000_PBS         0x01008
#define E1000_EEMNGCTL    0x01010
#define E1000_EEMNGDATA   0x01014
#define E1000_FLMNGCTL    0x01018
#define E1000_FLMNGDATA   0x0101C
#define E1000_FLMNGCNT    0x01020
#define E1000_FLASHT      0x01028
#define E1000_EEWR        0x0102C
#define E1000_FLSWCTL     0x01030
#define E1000_FLSWDATA    0x01034
#define E1000_FLSWCNT     0x01038
#define E1000_FLOP        0x0103C
#define E1000_FLOL        0x01050

#define E1000_CTRL_FD        (1u << 0)
#define E1000_CTRL_GIO_MD    (1u << 2) /* no new requests on PCIe */
#define E1000_CTRL_LRST      (1u << 3) /* 8254x */
#define E1000_CTRL_ASDE      (1u << 5)
#define E1000_CTRL_SLU       (1u << 6)
#define E1000_CTRL_ILOS      (1u << 7)
#define E1000_CTRL_SPEED     (3u << 8)
#define E1000_CTRL_SPEED_100 (1u << 8)
#define E1000_CTRL_SPEED_1G  (2u << 8)
#define E1000_CTRL_FRCSPD    (1u << 11)
#define E1000_CTRL_FRCDPX    (1u << 12)
#define E1000_CTRL_PINS      (0x3Fu << 18) /* 8254x: software definable pins, power management */
#define E1000_CTRL_ADVD3WUC  (1u << 20)
#define E1000_CTRL_RST       (1u << 26)
#define E1000_CTRL_RFCE      (1u << 27)
#define E1000_CTRL_TFCE      (1u << 28)
#define E1000_CTRL_VME       (1u << 30)
#define E1000_CTRL_PHY_RST   (1u << 31)

#define E1000_STATUS_FD          (1u << 0)
#define E1000_STATUS_LU          (1u << 1)
#define E1000_STATUS_TXOFF       (1u << 4)
#define E1000_STATUS_SPEED_SHIFT 6
#define E1000_STATUS_ASDV_SHIFT  8
#define E1000_STATUS_PHYRA       (1u << 10)
#define E1000_STATUS_GIO_MASTER  (1u << 19)

#define E1000_EECD_SK         (1u << 0)
#define E1000_EECD_CS         (1u << 1)
#define E1000_EECD_DI         (1u << 2)
#define E1000_EECD_DO         (1u << 3)
#define E1000_EECD_REQ        (1u << 6)
#define E1000_EECD_GNT        (1u << 7)
#define E1000_EECD_PRES       (1u << 8)
#define E1000_EECD_AUTO_RD    (1u << 9)
#define E1000_EECD_ADDR_BITS  (1u << 10)
#define E1000_EECD_SIZE_SHIFT 11 /* words = 1 << (field + 6) */
#define E1000_EECD_FLUPD      (1u << 19)
#define E1000_EECD_AUPDEN     (1u << 20)
/* What software can set on every chip: pins, flash write enable (5:4), request. */
#define E1000_EECD_PINS (E1000_EECD_SK | E1000_EECD_CS | E1000_EECD_DI | 3u << 4 | E1000_EECD_REQ)

#define E1000_EERW_START      (1u << 0)
#define E1000_EERW_DONE       (1u << 1)
#define E1000_EERW_ADDR_SHIFT 2
#define E1000_EERW_ADDR_MASK  0x3FFFu
#define E1000_EERW_DATA_SHIFT 16

/* EERD of the 8254x, up to the 82540 and 82546: start and data are where EERW has them. */
#define E1000_EERD_8254X_DONE       (1u << 4)
#define E1000_EERD_8254X_ADDR_SHIFT 8

#define E1000_CTRL_EXT_ASDCHK           (1u << 12)
#define E1000_CTRL_EXT_EE_RST           (1u << 13)
#define E1000_CTRL_EXT_SPD_BYPS         (1u << 15)
#define E1000_CTRL_EXT_EIAME            (1u << 24)
#define E1000_CTRL_EXT_IAME             (1u << 27)
#define E1000_CTRL_EXT_DRV_LOAD         (1u << 28)
#define E1000_CTRL_EXT_INT_TIMERS_CLEAR (1u << 29)
#define E1000_CTRL_EXT_PBA_CLR          (1u << 31)

#define E1000_MDIC_REG_SHIFT 16
#define E1000_MDIC_PHY_SHIFT 21
#define E1000_MDIC_OP_WRITE  (1u << 26)
#define E1000_MDIC_OP_READ   (1u << 27)
#define E1000_MDIC_READY     (1u << 28)
#define E1000_MDIC_INT_EN    (1u << 29)
#define E1000_MDIC_ERROR     (1u << 30)

#define E1000_EXTCNF_MDIO_SW     (1u << 5)
#define E1000_EXTCNF_MDIO_OTHERS (3u << 6) /* held by hardware, by manageability */
#define E1000_EEMNGCTL_CFG_DONE  (1u << 18)
#define E1000_EEMNGCTL_DONE      (1u << 31)

/* --- Interrupts (10.2.4) --- */
#define E1000_ICR     0x000C0
#define E1000_ITR     0x000C4
#define E1000_ICS     0x000C8
#define E1000_IMS     0x000D0
#define E1000_IMC     0x000D8
#define E1000_EIAC    0x000DC
#define E1000_IAM     0x000E0
#define E1000_IVAR    0x000E4
#define E1000_EITR(n) (0x000E8 + 4 * (n)) /* 0..4 */
#define E1000_PBACLR  0x05B68

#define E1000_ICR_TXDW     (1u << 0)
#define E1000_ICR_TXQE     (1u << 1)
#define E1000_ICR_LSC      (1u << 2)
#define E1000_ICR_RXDMT0   (1u << 4)
#define E1000_ICR_RXO      (1u << 6)
#define E1000_ICR_RXT0     (1u << 7)
#define E1000_ICR_MDAC     (1u << 9)
#define E1000_ICR_PHYINT   (1u << 12) /* 8254x */
#define E1000_ICR_GPI      (3u << 13) /* 8254x: general purpose inputs */
#define E1000_ICR_TXD_LOW  (1u << 15)
#define E1000_ICR_SRPD     (1u << 16)
#define E1000_ICR_ACK      (1u << 17)
#define E1000_ICR_MNG      (1u << 18)
#define E1000_ICR_RXQ0     (1u << 20)
#define E1000_ICR_RXQ1     (1u << 21)
#define E1000_ICR_TXQ0     (1u << 22)
#define E1000_ICR_TXQ1     (1u << 23)
#define E1000_ICR_OTHER    (1u << 24)
#define E1000_ICR_ASSERTED (1u << 31)
#define E1000_ICR_QUEUES   0x00F00000u
#define E1000_ICR_VECTORS  0x01F00000u /* the five causes that IVAR gives a vector, from bit 20 */
/* What OTHER stands for (ICR bit 24). */
#define E1000_ICR_OTHERS                                                                           \
    (E1000_ICR_LSC | E1000_ICR_RXO | E1000_ICR_MDAC | E1000_ICR_SRPD | E1000_ICR_ACK |             \
     E1000_ICR_MNG)
#define E1000_ICR_VALID                                                                            \
    (E1000_ICR_TXDW | E1000_ICR_TXQE | E1000_ICR_RXDMT0 | E1000_ICR_RXT0 | E1000_ICR_TXD_LOW |     \
     E1000_ICR_OTHERS | E1000_ICR_VECTORS)

#define E1000_IVAR_VALID (1u << 3) /* in each of five 4-bit fields; bits 2:0 are the vector */
#define E1000_IVAR_TX_ALL                                                                          \
    (1u << 31) /* an interrupt at every transmit write-back, delayed or not                        \
                */

/* --- Receive (10.2.5) --- */
#define E1000_RCTL      0x00100
#define E1000_PSRCTL    0x02170
#define E1000_FCRTL     0x02160
#define E1000_FCRTH     0x02168
#define E1000_RDBAL(q)  (0x02800 + 0x100 * (q))
#define E1000_RDBAH(q)  (0x02804 + 0x100 * (q))
#define E1000_RDLEN(q)  (0x02808 + 0x100 * (q))
#define E1000_RDH(q)    (0x02810 + 0x100 * (q))
#define E1000_RDT(q)    (0x02818 + 0x100 * (q))
#define E1000_RDTR      0x02820
#define E1000_RXDCTL(q) (0x02828 + 0x100 * (q))
#define E1000_RADV      0x0282C
#define E1000_RSRPD     0x02C00
#define E1000_RAID      0x02C08
#define E1000_CPUVEC    0x02C10
#define E1000_RXCSUM    0x05000
#define E1000_RFCTL     0x05008
#define E1000_MTA       0x05200 /* 128 */
#define E1000_RAL(n)    (0x05400 + 8 * (n))
#define E1000_RAH(n)    (0x05404 + 8 * (n))
#define E1000_VFTA      0x05600 /* 128 */
#define E1000_MRQC      0x05818
#define E1000_RSSIM     0x05864
#define E1000_RSSIR     0x05868
#define E1000_RETA      0x05C00 /* 32 */
#define E1000_RSSRK     0x05C80 /* 10 */
#define E1000_RDFH      0x02410
#define E1000_RDFT      0x02418
#define E1000_RDFHS     0x02420
#define E1000_RDFTS     0x02428
#define E1000_RDFPC     0x02430

#define E1000_RCTL_EN           (1u << 1)
#define E1000_RCTL_SBP          (1u << 2)
#define E1000_RCTL_UPE          (1u << 3)
#define E1000_RCTL_MPE          (1u << 4)
#define E1000_RCTL_LPE          (1u << 5)
#define E1000_RCTL_LBM          (3u << 6)
#define E1000_RCTL_LBM_MAC      (1u << 6)
#define E1000_RCTL_RDMTS_SHIFT  8
#define E1000_RCTL_DTYP_PS      (1u << 10)
#define E1000_RCTL_MO_SHIFT     12
#define E1000_RCTL_BAM          (1u << 15)
#define E1000_RCTL_BSIZE_SHIFT  16
#define E1000_RCTL_VFE          (1u << 18)
#define E1000_RCTL_CFIEN        (1u << 19)
#define E1000_RCTL_CFI          (1u << 20)
#define E1000_RCTL_DPF          (1u << 22)
#define E1000_RCTL_PMCF         (1u << 23)
#define E1000_RCTL_BSEX         (1u << 25)
#define E1000_RCTL_SECRC        (1u << 26)
#define E1000_RCTL_FLXBUF_SHIFT 27 /* 4 bits, KB; 0 = BSIZE counts */

#define E1000_RXCSUM_PCSS   0xFFu
#define E1000_RXCSUM_IPOFLD (1u << 8)
#define E1000_RXCSUM_TUOFLD (1u << 9)
#define E1000_RXCSUM_IPPCSE (1u << 12)
#define E1000_RXCSUM_PCSD   (1u << 13)

#define E1000_RFCTL_IPV6_DIS      (1u << 10)
#define E1000_RFCTL_IPV6_XSUM_DIS (1u << 11)
#define E1000_RFCTL_ACK_DIS       (1u << 12)
#define E1000_RFCTL_IPFRSP_DIS    (1u << 14)
#define E1000_RFCTL_EXSTEN        (1u << 15)
#define E1000_RFCTL_IPV6_EX_DIS   (1u << 16)
#define E1000_RFCTL_NEW_IPV6_DIS  (1u << 17)

#define E1000_RDTR_FPD (1u << 31) /* also TIDV */

#define E1000_RAH_AV         (1u << 31)
#define E1000_RAH_ASEL_SHIFT 16 /* 2 bits: 0 destination, 1 source */

#define E1000_MRQC_ENABLE  3u /* 1 = RSS over two queues */
#define E1000_MRQC_RSS     1u
#define E1000_MRQC_TCPIPV4 (1u << 16)
#define E1000_MRQC_IPV4    (1u << 17)
#define E1000_MRQC_TCPIPV6 (1u << 18)
#define E1000_MRQC_IPV6EX  (1u << 19)
#define E1000_MRQC_IPV6    (1u << 20)

/* --- Transmit (10.2.6) --- */
#define E1000_TCTL      0x00400
#define E1000_TCTL_EXT  0x00404
#define E1000_TIPG      0x00410
#define E1000_AIT       0x00458
#define E1000_TDFH      0x03410
#define E1000_TDFT      0x03418
#define E1000_TDFHS     0x03420
#define E1000_TDFTS     0x03428
#define E1000_TDFPC     0x03430
#define E1000_TDBAL(q)  (0x03800 + 0x100 * (q))
#define E1000_TDBAH(q)  (0x03804 + 0x100 * (q))
#define E1000_TDLEN(q)  (0x03808 + 0x100 * (q))
#define E1000_TDH(q)    (0x03810 + 0x100 * (q))
#define E1000_TDT(q)    (0x03818 + 0x100 * (q))
#define E1000_TIDV      0x03820
#define E1000_TXDCTL(q) (0x03828 + 0x100 * (q))
#define E1000_TADV      0x0382C
#define E1000_TSPMT     0x03830
#define E1000_TARC(q)   (0x03840 + 0x100 * (q))

#define E1000_TCTL_EN               (1u << 1)
#define E1000_TCTL_PSP              (1u << 3)
#define E1000_TXDCTL_WTHRESH_SHIFT  16
#define E1000_TXDCTL_GRAN           (1u << 24)
#define E1000_TXDCTL_LWTHRESH_SHIFT 25
#define E1000_TARC_ENABLE           (1u << 10)

/* --- Statistics (10.2.7); the list is in stats.c --- */
#define E1000_STATS_FIRST 0x04000
#define E1000_CRCERRS     0x04000
#define E1000_MPC         0x04010
#define E1000_RLEC        0x04040
#define E1000_XONRXC      0x04048
#define E1000_XONTXC      0x0404C
#define E1000_XOFFRXC     0x04050
#define E1000_XOFFTXC     0x04054
#define E1000_FCRUC       0x04058
#define E1000_PRC64       0x0405C /* then 127, 255, 511, 1023, 1522 */
#define E1000_GPRC        0x04074
#define E1000_BPRC        0x04078
#define E1000_MPRC        0x0407C
#define E1000_GPTC        0x04080
#define E1000_GORCL       0x04088
#define E1000_GORCH       0x0408C
#define E1000_GOTCL       0x04090
#define E1000_GOTCH       0x04094
#define E1000_RNBC        0x040A0
#define E1000_RUC         0x040A4
#define E1000_ROC         0x040AC
#define E1000_TORL        0x040C0
#define E1000_TORH        0x040C4
#define E1000_TOTL        0x040C8
#define E1000_TOTH        0x040CC
#define E1000_TPR         0x040D0
#define E1000_TPT         0x040D4
#define E1000_PTC64       0x040D8
#define E1000_MPTC        0x040F0
#define E1000_BPTC        0x040F4
#define E1000_TSCTC       0x040F8
#define E1000_TSCTFC      0x040FC
#define E1000_IAC         0x04100
#define E1000_ICRXPTC     0x04104
#define E1000_ICRXATC     0x04108
#define E1000_ICTXPTC     0x0410C
#define E1000_ICTXATC     0x04110
#define E1000_ICTXQEC     0x04118
#define E1000_ICTXQMTC    0x0411C
#define E1000_ICRXDMTC    0x04120
#define E1000_ICRXOC      0x04124

/* --- Wake-up and manageability --- */
#define E1000_WUC     0x05800
#define E1000_WUFC    0x05808
#define E1000_WUS     0x05810
#define E1000_MFUTP01 0x05828
#define E1000_MFUTP23 0x05830
#define E1000_MANC    0x05820
#define E1000_MFVAL   0x05824
#define E1000_IPAV    0x05838
#define E1000_IP4AT   0x05840 /* 8 */
#define E1000_MANC2H  0x05860
#define E1000_IP6AT   0x05880 /* 4 */
#define E1000_MDEF    0x05890 /* 8 */
#define E1000_WUPL    0x05900
#define E1000_WUPM    0x05A00 /* 32 */
#define E1000_FFLT    0x05F00 /* 8 */
#define E1000_HICR    0x08F00
#define E1000_FFMT    0x09000 /* 256 */
#define E1000_FTFT    0x09400 /* 256 */
#define E1000_FFVT    0x09800 /* 256 */
#define E1000_PBM     0x10000 /* 10240: the packet buffer's memory */

/* --- PCIe and semaphores (10.2.3) --- */
#define E1000_GCR     0x05B00
#define E1000_FUNCTAG 0x05B08
#define E1000_GSCL    0x05B10 /* 4 */
#define E1000_GSCN    0x05B20 /* 4 */
#define E1000_FACTPS  0x05B30
#define E1000_SWSM    0x05B50
#define E1000_FWSM    0x05B54
#define E1000_SWSM2   0x05B58
#define E1000_SW_FW   0x05B5C
#define E1000_GCR2    0x05B64

#define E1000_SWSM_SMBI    (1u << 0)
#define E1000_SWSM_SWESMBI (1u << 1)

/* --- Time synchronisation --- */
#define E1000_SYSTIML    0x0B600
#define E1000_SYSTIMH    0x0B604
#define E1000_TIMINCA    0x0B608
#define E1000_TIMADJL    0x0B60C
#define E1000_TIMADJH    0x0B610
#define E1000_TSYNCTXCTL 0x0B614
#define E1000_TXSTMPL    0x0B618
#define E1000_TXSTMPH    0x0B61C
#define E1000_TSYNCRXCTL 0x0B620
#define E1000_RXSTMPL    0x0B624 /* then RXSTMPH, RXSATRL, RXSATRH */
#define E1000_RXCFGL     0x0B634
#define E1000_RXUDP      0x0B638

/* --- I/O BAR (10.1) --- */
#define E1000_IOADDR 0x00
#define E1000_IODATA 0x04

/* --- Receive descriptors (7.1). Little endian. --- */
struct e1000_rx_legacy {
    uint64_t address;
    uint16_t length;
    uint16_t checksum;
    uint8_t status;
    uint8_t errors;
    uint16_t vlan;
};

union e1000_rx_extended {
    struct {
        uint64_t address;
        uint64_t reserved; /* bit 0 is where DD will be */
    } read;
    struct {
        uint32_t mrq; /* 3:0 RSS type, 12:8 queue */
        union {
            uint32_t rss_hash;
            struct {
                uint16_t ip_id;
                uint16_t checksum;
            };
        };
        uint32_t status_error; /* 19:0 status, 31:20 errors */
        uint16_t length;
        uint16_t vlan;
    } written;
};

union e1000_rx_split { /* packet split: 32 bytes */
    struct {
        uint64_t address[4];
    } read;
    struct {
        uint32_t mrq;
        union {
            uint32_t rss_hash;
            struct {
                uint16_t ip_id;
                uint16_t checksum;
            };
        };
        uint32_t status_error;
        uint16_t length0;
        uint16_t vlan;
        uint16_t header_status; /* 9:0 header length, 15 split done */
        uint16_t length[3];
        uint64_t reserved;
    } written;
};

_Static_assert(sizeof(struct e1000_rx_legacy) == 16, "legacy receive descriptor");
_Static_assert(sizeof(union e1000_rx_extended) == 16, "extended receive descriptor");
_Static_assert(sizeof(union e1000_rx_split) == 32, "packet split receive descriptor");

/* Status: the low byte is the legacy descriptor's status. */
#define E1000_RXD_DD            (1u << 0)
#define E1000_RXD_EOP           (1u << 1)
#define E1000_RXD_IXSM          (1u << 2)
#define E1000_RXD_VP            (1u << 3)
#define E1000_RXD_UDPCS         (1u << 4)
#define E1000_RXD_TCPCS         (1u << 5)
#define E1000_RXD_IPCS          (1u << 6)
#define E1000_RXD_PIF           (1u << 7)
#define E1000_RXD_IPIDV         (1u << 9)
#define E1000_RXD_UDPV          (1u << 10)
#define E1000_RXD_ACK           (1u << 15)
#define E1000_RXD_PKTTYPE_SHIFT 16
/* Errors: bits 31:24 are the legacy descriptor's error byte. */
#define E1000_RXD_ERR_TCPE (1u << 29)
#define E1000_RXD_ERR_IPE  (1u << 30)
#define E1000_RXD_ERR_RXE  (1u << 31)
#define E1000_RXD_HDRSP    (1u << 15) /* header_status */

/* --- Transmit descriptors (7.2). Little endian. --- */
struct e1000_tx_desc {
    uint64_t address;
    uint32_t lower; /* legacy: length 15:0, CSO 23:16, CMD 31:24; data: length 19:0, DTYP 23:20,
                       DCMD 31:24 */
    union {
        uint32_t upper;
        struct {
            uint8_t status;
            uint8_t options; /* legacy: CSS; data: POPTS */
            uint16_t vlan;
        };
    };
};

struct e1000_tx_context_desc {
    uint8_t ipcss, ipcso;
    uint16_t ipcse;
    uint8_t tucss, tucso;
    uint16_t tucse;
    uint32_t lower; /* PAYLEN 19:0, DTYP 23:20, TUCMD 31:24 */
    uint8_t status, hdrlen;
    uint16_t mss;
};

_Static_assert(sizeof(struct e1000_tx_desc) == 16, "transmit descriptor");
_Static_assert(sizeof(struct e1000_tx_context_desc) == 16, "context descriptor");

#define E1000_TXD_EOP        (1u << 24)
#define E1000_TXD_IFCS       (1u << 25)
#define E1000_TXD_IC         (1u << 26) /* legacy */
#define E1000_TXD_TSE        (1u << 26) /* data and context */
#define E1000_TXD_RS         (1u << 27)
#define E1000_TXD_DEXT       (1u << 29)
#define E1000_TXD_VLE        (1u << 30)
#define E1000_TXD_IDE        (1u << 31)
#define E1000_TXD_TCP        (1u << 24) /* context */
#define E1000_TXD_IP         (1u << 25) /* context: IPv4 */
#define E1000_TXD_DTYP_SHIFT 20
#define E1000_TXD_DTYP_DATA  1u
#define E1000_TXD_IXSM       (1u << 0) /* POPTS */
#define E1000_TXD_TXSM       (1u << 1)
#define E1000_TXD_DD         (1u << 0) /* status */
