/* SPDX-License-Identifier: MIT */
/* hw.h - the 82574L chip itself: registers, reset, NVM, addresses, PHY, statistics.
 *
 * Nothing here knows an adapter, a packet or an interrupt, and every Ndis function used exists
 * since NDIS 4. So hw.c and phy.c are compiled without a version of NDIS, and the NDIS 5.1 driver of
 * the same chip, e1000e5, is built from them too.
 *
 * Where nothing else is said, functions wait (NdisMSleep) and therefore run at PASSIVE_LEVEL, and
 * the caller keeps them from running twice at once. */
#pragma once

#include <ndis.h>

#include "regs.h"

#define ETHERNET_ADDRESS_LENGTH 6

typedef struct _HARDWARE {
    PUCHAR Registers; /* BAR 0, mapped */

    /* FALSE once the chip was pulled out or put to sleep: reads then give all ones and writes go
     * nowhere, so that no path needs a check of its own. */
    volatile BOOLEAN Present;

    UCHAR PermanentAddress[ETHERNET_ADDRESS_LENGTH]; /* set by HwReadPermanentAddress */
} HARDWARE, *PHARDWARE;

/* Counters that only the chip can keep, summed up over its clear-on-read registers. */
typedef struct _HARDWARE_STATISTICS {
    ULONG64 AlignmentErrors;
    ULONG64 CrcErrors;
    ULONG64 OtherReceiveErrors; /* symbol, length, undersize, oversize, fragment, jabber */
    ULONG64 Missed;             /* no room in the FIFO or no descriptor */
    ULONG64 OneCollision;
    ULONG64 MoreCollisions;
    ULONG64 TooManyCollisions;
    ULONG64 LateCollisions;
    ULONG64 Deferred;
} HARDWARE_STATISTICS, *PHARDWARE_STATISTICS;

/* PAUSE frames, as keyword *FlowControl counts them. */
typedef enum _FLOW_CONTROL {
    FlowControlOff = 0,
    FlowControlTx = 1,
    FlowControlRx = 2,
    FlowControlBoth = 3,
    FlowControlAuto = 4 /* advertise both, take what the partner can */
} FLOW_CONTROL;

/* What keyword *SpeedDuplex says. */
typedef enum _SPEED_DUPLEX {
    SpeedDuplexAuto = 0,
    SpeedDuplex10Half = 1,
    SpeedDuplex10Full = 2,
    SpeedDuplex100Half = 3,
    SpeedDuplex100Full = 4,
    SpeedDuplex1000Full = 6
} SPEED_DUPLEX;

typedef struct _LINK {
    BOOLEAN Up;
    BOOLEAN FullDuplex;
    ULONG MegabitsPerSecond;
    FLOW_CONTROL FlowControl; /* in force: never Auto */
} LINK, *PLINK;

/* Any IRQL. */
static inline ULONG HwRead(PHARDWARE Hw, ULONG Register)
{
    ULONG Value = E1000_ALL_ONES;

    if (Hw->Present) {
        NdisReadRegisterUlong((PULONG)(Hw->Registers + Register), &Value);
    }
    return Value;
}

/* Any IRQL. */
static inline VOID HwWrite(PHARDWARE Hw, ULONG Register, ULONG Value)
{
    if (Hw->Present) {
        NdisWriteRegisterUlong((PULONG)(Hw->Registers + Register), Value);
    }
}

/* Is the chip still there? Marks it absent if it is not. STATUS has reserved bits that read 0, so
 * all ones can only mean that nobody answered (WDK: "Handling the Surprise Removal of a NIC").
 * Any IRQL. */
BOOLEAN HwIsPresent(PHARDWARE Hw);

/* hw.c */

/* Stop DMA, reset the MAC, leave all interrupts masked and all causes cleared.
 * NDIS_STATUS_ADAPTER_NOT_FOUND when the chip does not answer. */
NDIS_STATUS HwReset(PHARDWARE Hw);

/* Mask all interrupts and stop both DMA engines, by register writes alone. Any IRQL. */
VOID HwQuiesce(PHARDWARE Hw);

/* After a reset: link, VLAN and flow control basics. Rings, filters and interrupts stay off. */
VOID HwInitialize(PHARDWARE Hw, BOOLEAN Vlan);

/* Tell the firmware that no driver owns the chip any more. */
VOID HwRelease(PHARDWARE Hw);

/* The address that the NVM holds, into PermanentAddress; false NVM contents fail. */
NDIS_STATUS HwReadPermanentAddress(PHARDWARE Hw);

/* Receive frames for this address. <= DISPATCH_LEVEL. */
VOID HwSetAddress(PHARDWARE Hw, const UCHAR *Address);

/* Program the multicast hash table: Count addresses of six bytes, one after the other. The table
 * lets more through than the list; NDIS filters for each protocol. <= DISPATCH_LEVEL. */
VOID HwSetMulticastList(PHARDWARE Hw, const UCHAR *Addresses, ULONG Count);

/* Add what the chip counted since the last call. <= DISPATCH_LEVEL. */
VOID HwUpdateStatistics(PHARDWARE Hw, PHARDWARE_STATISTICS Statistics);

/* phy.c */

/* Advertise what the two settings allow and start autonegotiation. */
NDIS_STATUS PhyStartLink(PHARDWARE Hw, SPEED_DUPLEX SpeedDuplex, FLOW_CONTROL FlowControl);

/* Read the state of the link and set the MAC's flow control to what was agreed. */
VOID PhyReadLink(PHARDWARE Hw, FLOW_CONTROL Wanted, PLINK Link);
