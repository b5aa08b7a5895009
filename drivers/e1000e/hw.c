/* SPDX-License-Identifier: MIT */
/* hw.c - the MAC of the 82574L: reset, NVM, addresses, statistics.
 *
 * Section numbers are those of Intel's 82574 GbE Controller Family Datasheet. */
#include "hw.h"

BOOLEAN HwIsPresent(PHARDWARE Hw)
{
    if (HwRead(Hw, E1000_STATUS) == E1000_ALL_ONES) {
        Hw->Present = FALSE;
    }
    return Hw->Present;
}

VOID HwQuiesce(PHARDWARE Hw)
{
    HwWrite(Hw, E1000_IMC, E1000_INT_ALL);
    HwWrite(Hw, E1000_RCTL, 0);
    HwWrite(Hw, E1000_TCTL, E1000_TCTL_PSP);
    HwRead(Hw, E1000_STATUS); /* a read pushes the posted writes to the chip */
}

/* Wait until a register shows Expected under Mask; at most Milliseconds. */
static BOOLEAN HwWaitFor(PHARDWARE Hw, ULONG Register, ULONG Mask, ULONG Expected,
                         ULONG Milliseconds)
{
    for (;;) {
        if ((HwRead(Hw, Register) & Mask) == Expected) {
            return TRUE;
        }
        if (Milliseconds-- == 0 || !HwIsPresent(Hw)) {
            return FALSE;
        }
        NdisMSleep(1000);
    }
}

NDIS_STATUS HwReset(PHARDWARE Hw)
{
    HwQuiesce(Hw);

    /* No DMA may be in flight when the reset comes: ask for silence (CTRL, GIO master disable) and
     * wait for it (STATUS, GIO master enable). If a request still hangs after 80 ms, the reset is
     * the only way on. */
    HwWrite(Hw, E1000_CTRL, HwRead(Hw, E1000_CTRL) | E1000_CTRL_GIO_MASTER_DISABLE);
    HwWaitFor(Hw, E1000_STATUS, E1000_STATUS_GIO_MASTER_ENABLE, 0, 80);

    HwWrite(Hw, E1000_CTRL, HwRead(Hw, E1000_CTRL) | E1000_CTRL_RST);
    NdisMSleep(1000); /* no register access in the first microsecond after RST, 10.2.2.1 */
    HwWaitFor(Hw, E1000_CTRL, E1000_CTRL_RST, 0, 10);

    /* The chip loads the NVM by itself; without one it never says so, and the defaults stand. */
    HwWaitFor(Hw, E1000_EEC, E1000_EEC_AUTO_RD, E1000_EEC_AUTO_RD, 10);
    NdisMSleep(25000); /* then its firmware sets up the PHY, unannounced */

    HwWrite(Hw, E1000_IMC, E1000_INT_ALL);
    HwRead(Hw, E1000_ICR); /* with all masked, a read clears all causes: section 7.4 */

    return HwIsPresent(Hw) ? NDIS_STATUS_SUCCESS : NDIS_STATUS_ADAPTER_NOT_FOUND;
}

VOID HwInitialize(PHARDWARE Hw, BOOLEAN Vlan)
{
    ULONG Control = HwRead(Hw, E1000_CTRL);
    HARDWARE_STATISTICS Discarded;
    ULONG Index;

    /* The PHY is inside, so the MAC follows what it negotiated: nothing forced, ASDE off. */
    Control &= ~(E1000_CTRL_GIO_MASTER_DISABLE | E1000_CTRL_FRCSPD | E1000_CTRL_FRCDPX |
                 E1000_CTRL_ASDE | E1000_CTRL_RFCE | E1000_CTRL_TFCE | E1000_CTRL_VME);
    Control |= E1000_CTRL_SLU;
    if (Vlan) {
        Control |= E1000_CTRL_VME;
    }
    HwWrite(Hw, E1000_CTRL, Control);
    HwWrite(Hw, E1000_CTRL_EXT, HwRead(Hw, E1000_CTRL_EXT) | E1000_CTRL_EXT_DRV_LOAD);

    HwWrite(Hw, E1000_VET, 0x8100);
    for (Index = 0; Index < E1000_VFTA_REGISTERS; Index++) {
        HwWrite(Hw, E1000_VFTA(Index), 0);
    }

    /* IEEE 802.3 annex 31B: PAUSE goes to 01-80-C2-00-00-01 with type 8808. */
    HwWrite(Hw, E1000_FCAL, 0x00C28001);
    HwWrite(Hw, E1000_FCAH, 0x00000100);
    HwWrite(Hw, E1000_FCT, 0x00008808);
    HwWrite(Hw, E1000_FCTTV, 0x0000FFFF);
    /* Of 20 KB receive FIFO: PAUSE while a jumbo frame still fits, XON 1.5 KB below. */
    HwWrite(Hw, E1000_FCRTH, 0x2800);
    HwWrite(Hw, E1000_FCRTL, 0x2200 | E1000_FCRTL_XONE);

    for (Index = 0; Index < E1000_RAR_ENTRIES; Index++) {
        HwWrite(Hw, E1000_RAH(Index), 0);
        HwWrite(Hw, E1000_RAL(Index), 0);
    }
    HwUpdateStatistics(Hw, &Discarded); /* count from here */
}

VOID HwRelease(PHARDWARE Hw)
{
    HwWrite(Hw, E1000_CTRL_EXT, HwRead(Hw, E1000_CTRL_EXT) & ~E1000_CTRL_EXT_DRV_LOAD);
}

/* One word of the NVM, section 10.2.2.4. */
static NDIS_STATUS HwReadNvm(PHARDWARE Hw, ULONG Word, PUSHORT Value)
{
    ULONG Attempt;

    HwWrite(Hw, E1000_EERD, E1000_EERD_START | (Word << E1000_EERD_ADDRESS_SHIFT));
    for (Attempt = 0; Attempt < 1000; Attempt++) {
        ULONG Eerd = HwRead(Hw, E1000_EERD);

        if (Eerd == E1000_ALL_ONES) {
            break;
        }
        if (Eerd & E1000_EERD_DONE) {
            *Value = (USHORT)(Eerd >> E1000_EERD_DATA_SHIFT);
            return NDIS_STATUS_SUCCESS;
        }
        NdisStallExecution(5); /* a word takes some 50 us; never more than 50 in one go */
    }
    return NDIS_STATUS_HARD_ERRORS;
}

NDIS_STATUS HwReadPermanentAddress(PHARDWARE Hw)
{
    USHORT Sum = 0;
    ULONG Word;

    for (Word = 0; Word < E1000_NVM_WORDS_SUMMED; Word++) {
        USHORT Value;

        if (HwReadNvm(Hw, Word, &Value) != NDIS_STATUS_SUCCESS) {
            return NDIS_STATUS_HARD_ERRORS;
        }
        Sum = (USHORT)(Sum + Value);
        if (Word < ETHERNET_ADDRESS_LENGTH / 2) {
            Hw->PermanentAddress[2 * Word] = (UCHAR)Value;
            Hw->PermanentAddress[2 * Word + 1] = (UCHAR)(Value >> 8);
        }
    }
    return Sum == E1000_NVM_SUM ? NDIS_STATUS_SUCCESS : NDIS_STATUS_HARD_ERRORS;
}

VOID HwSetAddress(PHARDWARE Hw, const UCHAR *Address)
{
    ULONG Low = Address[0] | ((ULONG)Address[1] << 8) | ((ULONG)Address[2] << 16) |
                ((ULONG)Address[3] << 24);
    ULONG High = Address[4] | ((ULONG)Address[5] << 8);

    HwWrite(Hw, E1000_RAH(0), 0); /* not valid while half written */
    HwWrite(Hw, E1000_RAL(0), Low);
    HwWrite(Hw, E1000_RAH(0), High | E1000_RAH_AV);
}

VOID HwSetMulticastList(PHARDWARE Hw, const UCHAR *Addresses, ULONG Count)
{
    ULONG Table[E1000_MTA_REGISTERS];
    ULONG Index;

    NdisZeroMemory(Table, sizeof(Table));
    for (Index = 0; Index < Count; Index++) {
        const UCHAR *Address = Addresses + Index * ETHERNET_ADDRESS_LENGTH;
        /* RCTL.MO = 0: bits 47:36 of the address choose one of 4096 (10.2.5, MTA). */
        ULONG Hash = (Address[4] >> 4) | ((ULONG)Address[5] << 4);

        Table[Hash >> 5] |= 1ul << (Hash & 31);
    }
    for (Index = 0; Index < E1000_MTA_REGISTERS; Index++) {
        HwWrite(Hw, E1000_MTA(Index), Table[Index]);
    }
}

static VOID HwCount(PHARDWARE Hw, ULONG Register, PULONG64 Counter)
{
    ULONG Value = HwRead(Hw, Register);

    if (Value != E1000_ALL_ONES) {
        *Counter += Value;
    }
}

VOID HwUpdateStatistics(PHARDWARE Hw, PHARDWARE_STATISTICS Statistics)
{
    HwCount(Hw, E1000_ALGNERRC, &Statistics->AlignmentErrors);
    HwCount(Hw, E1000_CRCERRS, &Statistics->CrcErrors);
    HwCount(Hw, E1000_RXERRC, &Statistics->OtherReceiveErrors);
    HwCount(Hw, E1000_RLEC, &Statistics->OtherReceiveErrors);
    HwCount(Hw, E1000_RUC, &Statistics->OtherReceiveErrors);
    HwCount(Hw, E1000_RFC, &Statistics->OtherReceiveErrors);
    HwCount(Hw, E1000_ROC, &Statistics->OtherReceiveErrors);
    HwCount(Hw, E1000_RJC, &Statistics->OtherReceiveErrors);
    HwCount(Hw, E1000_MPC, &Statistics->Missed);
    HwCount(Hw, E1000_SCC, &Statistics->OneCollision);
    HwCount(Hw, E1000_MCC, &Statistics->MoreCollisions);
    HwCount(Hw, E1000_ECOL, &Statistics->TooManyCollisions);
    HwCount(Hw, E1000_LATECOL, &Statistics->LateCollisions);
    HwCount(Hw, E1000_DC, &Statistics->Deferred);
}
