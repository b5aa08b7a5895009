/* SPDX-License-Identifier: MIT */
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE             Handle;
    volatile ULONG          *Registers; /* 0: status, 1: mask */
    ULONG                   Vector, Level, Events;
    NDIS_HANDLE             NdisInterruptHandle;
    NDIS_INTERRUPT_TYPE     InterruptType;
    BOOLEAN                 Registered;
} NIC;
