/* SPDX-License-Identifier: MIT */
/* phy.c - the PHY inside the 82574L: the chip is the same, and so is its code. */
#include "../e1000e/phy.c"
