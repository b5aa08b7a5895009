/* SPDX-License-Identifier: MIT */
#include <ndis.h>

#if DBG
#define TRACE(x) DbgPrint x
#else
#define TRACE(x)
#endif

typedef struct _NIC {
    NDIS_HANDLE Handle;
    volatile ULONG *Registers; /* 0: status, 1: mask */
    ULONG Vector, Level;
    ULONG Events;
    ULONG Wanted;
    NDIS_HANDLE NdisInterruptHandle;
} NIC;

#define SYNC_WRITE(interrupt, write) NdisMSynchronizeWithInterruptEx(*(interrupt), 0, WriteMask, &(write))

struct mask_write {
    NIC *Nic;
    ULONG Value;
};

ULONG CountOf(NDIS_HANDLE *Interrupt);
BOOLEAN NTAPI WriteMask(NDIS_HANDLE Context);
VOID SyncSetInterruptMask(NIC *Nic, BOOLEAN Enable);
