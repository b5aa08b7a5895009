/* SPDX-License-Identifier: MIT */
/* regs.h - registers and descriptors of the Intel 82574L: layouts only.
 *
 * Source: Intel 82574 GbE Controller Family Datasheet. Registers are in section 10.2, by group:
 * 10.2.2 general, 10.2.4 interrupt, 10.2.5 receive, 10.2.6 transmit, 10.2.7
 * statistics. Receive descriptors are in section 7.1, transmit descriptors in 7.2, the interrupt
 * scheme in 7.4, VLAN in 7.5.
 *
 * Every offset is in bytes from BAR 0 (128 KB of memory space); every register is 32 bits wide,
 * little endian, and may be accessed only as 32 bits. No Windows or NDIS type but ULONG and
 * ULONG64 is used, so an NDIS 5.1 driver of the same chip can share this file. */
#pragma once

#define E1000_PCI_VENDOR_ID  0x8086
#define E1000_PCI_DEVICE_ID  0x10D3
#define E1000_REGISTER_SPACE 0x20000 /* BAR 0 */

/* What an access to a function that has left the bus reads: a PCIe read that nobody answers. */
#define E1000_ALL_ONES 0xFFFFFFFFul

/* --- General, 10.2.2 -------------------------------------------------------------------------- */

#define E1000_CTRL                    0x00000
#define E1000_CTRL_FD                 0x00000001 /* full duplex, when duplex is forced */
#define E1000_CTRL_GIO_MASTER_DISABLE 0x00000004 /* issue no more requests on PCIe */
#define E1000_CTRL_ASDE               0x00000020 /* speed detection by the MAC; 0 with this PHY */
#define E1000_CTRL_SLU                0x00000040 /* set link up: let the PHY's link through */
#define E1000_CTRL_FRCSPD             0x00000800
#define E1000_CTRL_FRCDPX             0x00001000
#define E1000_CTRL_RST                0x04000000 /* resets all but the PHY; clears itself */
#define E1000_CTRL_RFCE               0x08000000 /* obey received PAUSE frames */
#define E1000_CTRL_TFCE               0x10000000 /* send PAUSE frames */
#define E1000_CTRL_VME                0x40000000 /* VLAN: strip tags, insert them where asked */
#define E1000_CTRL_PHY_RST            0x80000000

#define E1000_STATUS                   0x00008
#define E1000_STATUS_FD                0x00000001
#define E1000_STATUS_LU                0x00000002 /* link up */
#define E1000_STATUS_TXOFF             0x00000010 /* the partner asked for PAUSE */
#define E1000_STATUS_SPEED_MASK        0x000000C0
#define E1000_STATUS_SPEED_10          0x00000000
#define E1000_STATUS_SPEED_100         0x00000040 /* 0x80 and 0xC0 are both 1000 Mb/s */
#define E1000_STATUS_GIO_MASTER_ENABLE 0x00080000 /* requests on PCIe are still possible */

#define E1000_EEC         0x00010
#define E1000_EEC_AUTO_RD 0x00000200 /* the NVM was loaded after reset */

#define E1000_EERD               0x00014 /* NVM read: address in words */
#define E1000_EERD_START         0x00000001
#define E1000_EERD_DONE          0x00000002
#define E1000_EERD_ADDRESS_SHIFT 2
#define E1000_EERD_DATA_SHIFT    16

#define E1000_CTRL_EXT             0x00018
#define E1000_CTRL_EXT_EIAME       0x01000000 /* sending a message masks its causes, if in IAM */
#define E1000_CTRL_EXT_IAME        0x08000000 /* reading ICR while asserted masks all in IAM */
#define E1000_CTRL_EXT_DRV_LOAD    0x10000000 /* tells the firmware that a driver owns the device */
#define E1000_CTRL_EXT_PBA_SUPPORT 0x80000000 /* writing IMS clears the vector's MSI-X PBA bit */

#define E1000_MDIC                0x00020 /* access to the PHY's registers over MDIO */
#define E1000_MDIC_DATA_MASK      0x0000FFFF
#define E1000_MDIC_REGISTER_SHIFT 16
#define E1000_MDIC_PHY_SHIFT      21
#define E1000_MDIC_WRITE          0x04000000
#define E1000_MDIC_READ           0x08000000
#define E1000_MDIC_READY          0x10000000
#define E1000_MDIC_ERROR          0x40000000

#define E1000_FCAL  0x00028 /* PAUSE destination address, low: 01-80-C2-00-00-01 */
#define E1000_FCAH  0x0002C
#define E1000_FCT   0x00030 /* PAUSE EtherType: 0x8808 */
#define E1000_VET   0x00038 /* VLAN EtherType: 0x8100 */
#define E1000_FCTTV 0x00170 /* PAUSE time, in units of 512 bit times */

#define E1000_EXTCNF_CTRL                   0x00F00
#define E1000_EXTCNF_CTRL_MDIO_SW_OWNERSHIP 0x00000020 /* sticks when software owns MDIO */

/* --- Interrupts, 10.2.4 ----------------------------------------------------------------------- */

#define E1000_ICR          0x000C0 /* causes. Read: see section 7.4. Write: a 1 clears that cause */
#define E1000_ITR          0x000C4 /* moderation of INTx and MSI: least gap, in 256 ns */
#define E1000_ICS          0x000C8 /* a 1 sets that cause */
#define E1000_IMS          0x000D0 /* a 1 enables that cause; a 0 changes nothing */
#define E1000_IMC          0x000D8 /* a 1 disables that cause; a 0 changes nothing */
#define E1000_EIAC         0x000DC /* MSI-X: causes that their message clears when sent */
#define E1000_IAM          0x000E0 /* causes to auto-mask; CTRL_EXT.IAME and EIAME say when */
#define E1000_IVAR         0x000E4 /* MSI-X: which vector serves which cause */
#define E1000_EITR(Vector) (0x000E8 + 4 * (Vector)) /* moderation for one MSI-X vector */

#define E1000_MSIX_VECTORS         5
#define E1000_ITR_UNITS_PER_SECOND 3906250 /* 1 s / 256 ns */

/* Causes, the same bit in ICR, ICS, IMS, IMC, IAM (EIAC: 20..24 only). */
#define E1000_INT_TXDW     0x00000001 /* a transmit descriptor was written back */
#define E1000_INT_LSC      0x00000004 /* link status changed */
#define E1000_INT_RXDMT0   0x00000010 /* receive descriptors are running low */
#define E1000_INT_RXO      0x00000040 /* receive overrun: no descriptor or no room in the FIFO */
#define E1000_INT_RXT0     0x00000080 /* frames were received */
#define E1000_INT_MDAC     0x00000200 /* MDIO access done */
#define E1000_INT_RXQ0     0x00100000 /* the next five exist in MSI-X mode only */
#define E1000_INT_RXQ1     0x00200000
#define E1000_INT_TXQ0     0x00400000
#define E1000_INT_TXQ1     0x00800000
#define E1000_INT_OTHER    0x01000000 /* any cause that is not a queue's */
#define E1000_INT_ASSERTED 0x80000000 /* ICR only: the device is interrupting right now */
#define E1000_INT_ALL      0xFFFFFFFFul

/* IVAR: five fields of four bits, vector number in 2:0, valid in 3. */
#define E1000_IVAR_RXQ0_SHIFT         0
#define E1000_IVAR_RXQ1_SHIFT         4
#define E1000_IVAR_TXQ0_SHIFT         8
#define E1000_IVAR_TXQ1_SHIFT         12
#define E1000_IVAR_OTHER_SHIFT        16
#define E1000_IVAR_VALID              0x8
#define E1000_IVAR_TX_EVERY_WRITEBACK 0x80000000 /* a TXQ cause at every write-back */

/* --- Receive, 10.2.5 -------------------------------------------------------------------------- */

#define E1000_RX_QUEUES 2

#define E1000_RCTL             0x00100
#define E1000_RCTL_EN          0x00000002
#define E1000_RCTL_UPE         0x00000008 /* all unicast frames */
#define E1000_RCTL_MPE         0x00000010 /* all multicast frames */
#define E1000_RCTL_LPE         0x00000020 /* frames longer than 1522 bytes, up to 16384 */
#define E1000_RCTL_BAM         0x00008000 /* broadcast frames */
#define E1000_RCTL_BSIZE_2048  0x00000000
#define E1000_RCTL_BSIZE_4096  0x02030000 /* BSEX, BSIZE 11b */
#define E1000_RCTL_BSIZE_16384 0x02010000 /* BSEX, BSIZE 01b */
#define E1000_RCTL_VFE         0x00040000 /* VLAN filter by VFTA; off: all tags pass */
#define E1000_RCTL_SECRC       0x04000000 /* strip the Ethernet CRC */

#define E1000_FCRTL      0x02160 /* send XON below this fill level of the receive FIFO, bytes */
#define E1000_FCRTL_XONE 0x80000000
#define E1000_FCRTH      0x02168 /* send PAUSE above this one */

/* Receive ring of queue 0 or 1. */
#define E1000_RDBAL(Queue)            (0x02800 + 0x100 * (Queue)) /* ring base, 16-byte aligned */
#define E1000_RDBAH(Queue)            (0x02804 + 0x100 * (Queue))
#define E1000_RDLEN(Queue)            (0x02808 + 0x100 * (Queue)) /* bytes, a multiple of 128 */
#define E1000_RDH(Queue)              (0x02810 + 0x100 * (Queue))
#define E1000_RDT(Queue)              (0x02818 + 0x100 * (Queue)) /* first one not the chip's */
#define E1000_RXDCTL(Queue)           (0x02828 + 0x100 * (Queue))
#define E1000_RXDCTL_WTHRESH_1        0x00010000
#define E1000_RXDCTL_GRAN_DESCRIPTORS 0x01000000
#define E1000_RDTR                    0x02820 /* receive interrupt delays: ITR does that */
#define E1000_RADV                    0x0282C

#define E1000_RXCSUM        0x05000
#define E1000_RXCSUM_IPOFLD 0x00000100 /* check IPv4 header checksums */
#define E1000_RXCSUM_TUOFLD 0x00000200 /* check TCP and UDP checksums */
#define E1000_RXCSUM_PCSD   0x00002000 /* descriptor carries the RSS hash, not a raw checksum */

#define E1000_RFCTL           0x05008
#define E1000_RFCTL_ISCSI_DIS 0x00000001
#define E1000_RFCTL_NFSW_DIS  0x00000040
#define E1000_RFCTL_NFSR_DIS  0x00000080
#define E1000_RFCTL_EXSTEN    0x00008000 /* extended descriptors: needed for RSS */

#define E1000_MTA(Index)     (0x05200 + 4 * (Index)) /* multicast hash table: 128 x 32 bits */
#define E1000_MTA_REGISTERS  128
#define E1000_RAL(Index)     (0x05400 + 8 * (Index)) /* perfect match addresses */
#define E1000_RAH(Index)     (0x05404 + 8 * (Index))
#define E1000_RAR_ENTRIES    16
#define E1000_RAH_AV         0x80000000 /* address valid */
#define E1000_VFTA(Index)    (0x05600 + 4 * (Index))
#define E1000_VFTA_REGISTERS 128

#define E1000_MRQC             0x05818
#define E1000_MRQC_RSS         0x00000001 /* two queues, chosen by RSS */
#define E1000_MRQC_TCP_IPV4    0x00010000
#define E1000_MRQC_IPV4        0x00020000
#define E1000_MRQC_TCP_IPV6    0x00040000
#define E1000_MRQC_IPV6_EX     0x00080000
#define E1000_MRQC_IPV6        0x00100000
#define E1000_RETA(Index)      (0x05C00 + 4 * (Index)) /* 128 entries of 8 bits, queue in bit 7 */
#define E1000_RETA_REGISTERS   32
#define E1000_RETA_ENTRIES     128
#define E1000_RETA_QUEUE_SHIFT 7
#define E1000_RSSRK(Index)     (0x05C80 + 4 * (Index)) /* 40 bytes of key */
#define E1000_RSSRK_REGISTERS  10

/* --- Transmit, 10.2.6 ------------------------------------------------------------------------- */

#define E1000_TCTL                  0x00400
#define E1000_TCTL_EN               0x00000002
#define E1000_TCTL_PSP              0x00000008 /* pad short frames */
#define E1000_TCTL_CT               0x000000F0 /* collision threshold 15 */
#define E1000_TCTL_COLD_FULL_DUPLEX 0x0003F000 /* collision distance, 63 byte times */
#define E1000_TCTL_MULR             0x10000000 /* several read requests in flight */

#define E1000_TIPG         0x00410
#define E1000_TIPG_DEFAULT 0x00602008 /* IPGT 8, IPGR1 8, IPGR2 6: as the datasheet says */

/* Transmit ring 0; the second one is left alone. */
#define E1000_TDBAL                   0x03800
#define E1000_TDBAH                   0x03804
#define E1000_TDLEN                   0x03808
#define E1000_TDH                     0x03810
#define E1000_TDT                     0x03818
#define E1000_TIDV                    0x03820
#define E1000_TADV                    0x0382C
#define E1000_TXDCTL                  0x03828
#define E1000_TXDCTL_WTHRESH_1        0x00010000
#define E1000_TXDCTL_BIT22            0x00400000 /* the datasheet: must be set by software */
#define E1000_TXDCTL_GRAN_DESCRIPTORS 0x01000000

/* --- Statistics, 10.2.7: 32 bits, cleared when read ------------------------------------------- */

#define E1000_CRCERRS  0x04000
#define E1000_ALGNERRC 0x04004
#define E1000_RXERRC   0x0400C
#define E1000_MPC      0x04010 /* frames missed: FIFO full */
#define E1000_SCC      0x04014 /* frames sent after exactly one collision */
#define E1000_ECOL     0x04018 /* frames given up after 16 collisions */
#define E1000_MCC      0x0401C /* frames sent after more than one collision */
#define E1000_LATECOL  0x04020
#define E1000_DC       0x04030 /* frames deferred */
#define E1000_RLEC     0x04040
#define E1000_RNBC     0x040A0 /* times without a free receive descriptor */
#define E1000_RUC      0x040A4 /* undersize */
#define E1000_RFC      0x040A8 /* fragments */
#define E1000_ROC      0x040AC /* oversize */
#define E1000_RJC      0x040B0 /* jabber */

/* --- PHY registers over MDIO, section 10.3 and IEEE 802.3 clause 22 --------------------------- */

#define E1000_PHY_ADDRESS 1

#define PHY_CONTROL                 0
#define PHY_CONTROL_AUTONEG_ENABLE  0x1000
#define PHY_CONTROL_AUTONEG_RESTART 0x0200
#define PHY_CONTROL_POWER_DOWN      0x0800
#define PHY_STATUS                  1
#define PHY_STATUS_AUTONEG_COMPLETE 0x0020
#define PHY_ID_1                    2
#define PHY_ADVERTISE               4
#define PHY_PARTNER                 5
#define PHY_ABILITY_SELECTOR        0x0001 /* registers 4 and 5: IEEE 802.3 */
#define PHY_ABILITY_10_HALF         0x0020
#define PHY_ABILITY_10_FULL         0x0040
#define PHY_ABILITY_100_HALF        0x0080
#define PHY_ABILITY_100_FULL        0x0100
#define PHY_ABILITY_PAUSE           0x0400
#define PHY_ABILITY_ASYM_PAUSE      0x0800
#define PHY_1000T_CONTROL           9
#define PHY_1000T_CONTROL_FULL      0x0200
#define PHY_1000T_CONTROL_HALF      0x0100

/* --- NVM, section 6.1: words that a driver reads ---------------------------------------------- */

#define E1000_NVM_WORD_MAC     0x00 /* three words, first byte of the address in the low byte */
#define E1000_NVM_WORDS_SUMMED 0x40
#define E1000_NVM_SUM          0xBABA /* of words 0x00..0x3F */

/* --- Descriptors ------------------------------------------------------------------------------ */

/* Extended receive descriptor, section 7.1. The driver writes Read; the chip overwrites it with
 * WriteBack. Status.DD lies where Read.Reserved has its bit 0, so that word must be written as 0
 * each time the descriptor is given away. */
typedef union _E1000_RX_DESCRIPTOR {
    struct {
        ULONG64 BufferAddress;
        ULONG64 Reserved;
    } Read;
    struct {
        ULONG Mrq;         /* RSS type in 3:0, queue in 12:8 */
        ULONG RssHash;     /* with RXCSUM.PCSD */
        ULONG StatusError; /* status in 19:0, errors in 31:20 */
        ULONG LengthVlan;  /* length of this buffer's data in 15:0, VLAN tag in 31:16 */
    } WriteBack;
} E1000_RX_DESCRIPTOR, *PE1000_RX_DESCRIPTOR;

#define E1000_RXD_RSS_TYPE_MASK 0x0000000F
#define E1000_RXD_RSS_NONE      0
#define E1000_RXD_RSS_TCP_IPV4  1
#define E1000_RXD_RSS_IPV4      2
#define E1000_RXD_RSS_TCP_IPV6  3
#define E1000_RXD_RSS_IPV6_EX   4
#define E1000_RXD_RSS_IPV6      5

#define E1000_RXD_DD           0x00000001 /* done: the chip has written it back */
#define E1000_RXD_EOP          0x00000002 /* last buffer of the frame */
#define E1000_RXD_IXSM         0x00000004 /* no checksum was checked: ignore the next ones */
#define E1000_RXD_VP           0x00000008 /* a VLAN tag was stripped */
#define E1000_RXD_UDPCS        0x00000010 /* the UDP checksum was checked */
#define E1000_RXD_TCPCS        0x00000020 /* the TCP checksum was checked */
#define E1000_RXD_IPCS         0x00000040 /* the IPv4 header checksum was checked */
#define E1000_RXD_TCPE         0x20000000 /* the TCP or UDP checksum was wrong */
#define E1000_RXD_IPE          0x40000000 /* the IPv4 header checksum was wrong */
#define E1000_RXD_RXE          0x80000000 /* data error */
#define E1000_RXD_FRAME_ERRORS 0x97000000 /* CE, SE, SEQ, CXE, RXE */

/* Transmit descriptors, section 7.2. Both kinds are 16 bytes and are told apart by DTYP. */
typedef union _E1000_TX_DESCRIPTOR {
    struct {            /* DTYP 0: what to sum in the frames that follow */
        UCHAR IpStart;  /* IPCSS: offset of the IP header */
        UCHAR IpOffset; /* IPCSO: where its checksum goes */
        USHORT IpEnd;   /* IPCSE: last byte of the header */
        UCHAR L4Start;  /* TUCSS: offset of the TCP or UDP header */
        UCHAR L4Offset; /* TUCSO: where its checksum goes */
        USHORT L4End;   /* TUCSE: 0 means to the end of the frame */
        ULONG Command;  /* PAYLEN 19:0, DTYP 23:20, TUCMD 31:24 */
        ULONG Segment;  /* STA, HDRLEN, MSS: 0 without segmentation */
    } Context;
    struct { /* DTYP 1: a piece of a frame */
        ULONG64 BufferAddress;
        ULONG Command; /* length 19:0, DTYP 23:20, DCMD 31:24 */
        ULONG Options; /* STA 3:0, POPTS 15:8, VLAN tag 31:16 */
    } Data;
} E1000_TX_DESCRIPTOR, *PE1000_TX_DESCRIPTOR;

#define E1000_TXD_DTYP_DATA  0x00100000
#define E1000_TXD_EOP        0x01000000 /* last piece of the frame */
#define E1000_TXD_IFCS       0x02000000 /* append the CRC */
#define E1000_TXD_RS         0x08000000 /* report status: write DD back */
#define E1000_TXD_DEXT       0x20000000 /* not a legacy descriptor */
#define E1000_TXD_VLE        0x40000000 /* insert the VLAN tag */
#define E1000_TXD_STA_DD     0x00000001
#define E1000_TXD_IXSM       0x00000100 /* insert the IPv4 header checksum */
#define E1000_TXD_TXSM       0x00000200 /* insert the TCP or UDP checksum */
#define E1000_TXD_VLAN_SHIFT 16
#define E1000_TXC_TCP        0x01000000 /* context, TUCMD: TCP, not UDP */
#define E1000_TXC_IPV4       0x02000000 /* context, TUCMD: IPv4, not IPv6 */
#define E1000_TXC_DEXT       0x20000000
