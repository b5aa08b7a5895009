/* SPDX-License-Identifier: MIT */
#include <NDIS.H>

struct nic {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    NDIS_MINIPORT_INTERRUPT Interrupt;
};
