/* SPDX-License-Identifier: MIT */
/* phy.c - the PHY inside the 82574L: autonegotiation, speed, flow control.
 *
 * The PHY is reached over MDIO through MDIC (82574 datasheet, 10.2.2.7); its registers are those of
 * IEEE 802.3 clause 22. The firmware uses the same bus, so each access owns it first
 * (EXTCNF_CTRL.MDIO_SW_OWNERSHIP, 10.2.2). */
#include "hw.h"

static BOOLEAN PhyAcquire(PHARDWARE Hw)
{
    ULONG Attempt;

    for (Attempt = 0; Attempt < 10; Attempt++) {
        ULONG Control = HwRead(Hw, E1000_EXTCNF_CTRL);

        if (Control == E1000_ALL_ONES) {
            return FALSE;
        }
        HwWrite(Hw, E1000_EXTCNF_CTRL, Control | E1000_EXTCNF_CTRL_MDIO_SW_OWNERSHIP);
        /* The bit only sticks while the firmware does not own the bus. */
        if (HwRead(Hw, E1000_EXTCNF_CTRL) & E1000_EXTCNF_CTRL_MDIO_SW_OWNERSHIP) {
            return TRUE;
        }
        NdisMSleep(2000);
    }
    return FALSE;
}

static VOID PhyFree(PHARDWARE Hw)
{
    HwWrite(Hw, E1000_EXTCNF_CTRL,
            HwRead(Hw, E1000_EXTCNF_CTRL) & ~E1000_EXTCNF_CTRL_MDIO_SW_OWNERSHIP);
}

/* One MDIO transaction: 64 bit times at 2.5 MHz or less, so some 30 us. */
static NDIS_STATUS PhyTransact(PHARDWARE Hw, ULONG Command, PULONG Result)
{
    ULONG Attempt;

    HwWrite(Hw, E1000_MDIC, Command);
    for (Attempt = 0; Attempt < 100; Attempt++) {
        *Result = HwRead(Hw, E1000_MDIC);
        if (*Result & E1000_MDIC_READY) {
            return *Result & E1000_MDIC_ERROR ? NDIS_STATUS_HARD_ERRORS : NDIS_STATUS_SUCCESS;
        }
        NdisStallExecution(20);
    }
    return NDIS_STATUS_HARD_ERRORS;
}

static NDIS_STATUS PhyRead(PHARDWARE Hw, ULONG Register, PUSHORT Value)
{
    ULONG Result;
    NDIS_STATUS Status;

    Status = PhyTransact(Hw,
                         E1000_MDIC_READ | (Register << E1000_MDIC_REGISTER_SHIFT) |
                             (E1000_PHY_ADDRESS << E1000_MDIC_PHY_SHIFT),
                         &Result);
    *Value = (USHORT)(Result & E1000_MDIC_DATA_MASK);
    return Status;
}

static NDIS_STATUS PhyWrite(PHARDWARE Hw, ULONG Register, USHORT Value)
{
    ULONG Result;

    return PhyTransact(Hw,
                       E1000_MDIC_WRITE | Value | (Register << E1000_MDIC_REGISTER_SHIFT) |
                           (E1000_PHY_ADDRESS << E1000_MDIC_PHY_SHIFT),
                       &Result);
}

/* A fixed speed is also negotiated, with nothing else on offer: a PHY that was forced cannot tell
 * its partner the duplex, and the partner would then fall back to half. */
static VOID PhyAbilities(SPEED_DUPLEX SpeedDuplex, PUSHORT Advertise, PUSHORT Gigabit)
{
    *Advertise = PHY_ABILITY_SELECTOR;
    *Gigabit = 0;
    switch (SpeedDuplex) {
    case SpeedDuplex10Half:
        *Advertise |= PHY_ABILITY_10_HALF;
        break;
    case SpeedDuplex10Full:
        *Advertise |= PHY_ABILITY_10_FULL;
        break;
    case SpeedDuplex100Half:
        *Advertise |= PHY_ABILITY_100_HALF;
        break;
    case SpeedDuplex100Full:
        *Advertise |= PHY_ABILITY_100_FULL;
        break;
    case SpeedDuplex1000Full:
        *Gigabit = PHY_1000T_CONTROL_FULL;
        break;
    default:
        *Advertise |=
            PHY_ABILITY_10_HALF | PHY_ABILITY_10_FULL | PHY_ABILITY_100_HALF | PHY_ABILITY_100_FULL;
        *Gigabit = PHY_1000T_CONTROL_FULL;
        break;
    }
}

/* IEEE 802.3 annex 28B, table 28B-2: how the two PAUSE bits spell what this end can do. */
static USHORT PhyPauseAbility(FLOW_CONTROL FlowControl)
{
    switch (FlowControl) {
    case FlowControlTx:
        return PHY_ABILITY_ASYM_PAUSE;
    case FlowControlRx: /* cannot be said without "and also both" */
        return PHY_ABILITY_PAUSE | PHY_ABILITY_ASYM_PAUSE;
    case FlowControlBoth:
    case FlowControlAuto:
        return PHY_ABILITY_PAUSE | PHY_ABILITY_ASYM_PAUSE;
    default:
        return 0;
    }
}

NDIS_STATUS PhyStartLink(PHARDWARE Hw, SPEED_DUPLEX SpeedDuplex, FLOW_CONTROL FlowControl)
{
    USHORT Advertise, Gigabit, Control, GigabitControl;
    NDIS_STATUS Status = NDIS_STATUS_HARD_ERRORS;

    if (!PhyAcquire(Hw)) {
        return Status;
    }
    PhyAbilities(SpeedDuplex, &Advertise, &Gigabit);
    Advertise |= PhyPauseAbility(FlowControl);

    do {
        if (PhyWrite(Hw, PHY_ADVERTISE, Advertise) != NDIS_STATUS_SUCCESS ||
            PhyRead(Hw, PHY_1000T_CONTROL, &GigabitControl) != NDIS_STATUS_SUCCESS ||
            PhyRead(Hw, PHY_CONTROL, &Control) != NDIS_STATUS_SUCCESS) {
            break;
        }
        GigabitControl &= (USHORT) ~(PHY_1000T_CONTROL_FULL | PHY_1000T_CONTROL_HALF);
        GigabitControl |= Gigabit;
        Control &= (USHORT)~PHY_CONTROL_POWER_DOWN;
        Control |= PHY_CONTROL_AUTONEG_ENABLE | PHY_CONTROL_AUTONEG_RESTART;
        if (PhyWrite(Hw, PHY_1000T_CONTROL, GigabitControl) != NDIS_STATUS_SUCCESS) {
            break;
        }
        Status = PhyWrite(Hw, PHY_CONTROL, Control);
    } while (FALSE);

    PhyFree(Hw);
    return Status;
}

/* IEEE 802.3 annex 28B, table 28B-3: what both ends' PAUSE bits add up to. */
static FLOW_CONTROL PhyResolvePause(USHORT Ours, USHORT Theirs)
{
    BOOLEAN OurPause = (Ours & PHY_ABILITY_PAUSE) != 0;
    BOOLEAN OurAsym = (Ours & PHY_ABILITY_ASYM_PAUSE) != 0;
    BOOLEAN TheirPause = (Theirs & PHY_ABILITY_PAUSE) != 0;
    BOOLEAN TheirAsym = (Theirs & PHY_ABILITY_ASYM_PAUSE) != 0;

    if (OurPause && TheirPause) {
        return FlowControlBoth;
    }
    if (!OurPause && OurAsym && TheirPause && TheirAsym) {
        return FlowControlTx;
    }
    if (OurPause && OurAsym && !TheirPause && TheirAsym) {
        return FlowControlRx;
    }
    return FlowControlOff;
}

VOID PhyReadLink(PHARDWARE Hw, FLOW_CONTROL Wanted, PLINK Link)
{
    ULONG DeviceStatus = HwRead(Hw, E1000_STATUS);
    USHORT Ours = 0, Theirs = 0;
    ULONG Control;

    NdisZeroMemory(Link, sizeof(*Link));
    if (DeviceStatus == E1000_ALL_ONES || !(DeviceStatus & E1000_STATUS_LU)) {
        return;
    }
    Link->Up = TRUE;
    Link->FullDuplex = (DeviceStatus & E1000_STATUS_FD) != 0;
    switch (DeviceStatus & E1000_STATUS_SPEED_MASK) {
    case E1000_STATUS_SPEED_10:
        Link->MegabitsPerSecond = 10;
        break;
    case E1000_STATUS_SPEED_100:
        Link->MegabitsPerSecond = 100;
        break;
    default:
        Link->MegabitsPerSecond = 1000;
        break;
    }

    /* The chip does not resolve PAUSE by itself; half duplex has none. */
    if (Link->FullDuplex && Wanted != FlowControlOff && PhyAcquire(Hw)) {
        if (PhyRead(Hw, PHY_ADVERTISE, &Ours) == NDIS_STATUS_SUCCESS &&
            PhyRead(Hw, PHY_PARTNER, &Theirs) == NDIS_STATUS_SUCCESS) {
            Link->FlowControl = PhyResolvePause(Ours, Theirs);
        }
        PhyFree(Hw);
        if (Wanted == FlowControlRx && Link->FlowControl == FlowControlBoth) {
            Link->FlowControl = FlowControlRx; /* the settings rule out to send them */
        }
    }
    Control = HwRead(Hw, E1000_CTRL) & ~(E1000_CTRL_RFCE | E1000_CTRL_TFCE);
    if (Link->FlowControl == FlowControlTx || Link->FlowControl == FlowControlBoth) {
        Control |= E1000_CTRL_TFCE;
    }
    if (Link->FlowControl == FlowControlRx || Link->FlowControl == FlowControlBoth) {
        Control |= E1000_CTRL_RFCE;
    }
    HwWrite(Hw, E1000_CTRL, Control);
}
