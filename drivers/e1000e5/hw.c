/* SPDX-License-Identifier: MIT */
/* hw.c - the MAC of the 82574L: the chip is the same, and so is its code. */
#include "../e1000e/hw.c"
