/* SPDX-License-Identifier: MIT */
/* Macros that bring their semicolon, handlers in a header, names with underscores. */
#ifndef NIC_H
#define NIC_H

#include <efilter.h>
#include <ndis.h>

#if DBG
#define IF_LOUD(A) if (loud) { A }
#else
#define IF_LOUD(A)
#endif

typedef struct _NIC {
    NDIS_HANDLE handle;
    volatile ULONG *registers;
    ULONG irq_vector;
    NDIS_MINIPORT_INTERRUPT interrupt;
    NDIS_MCA_POS_DATA pos_data;
} NIC, *PNIC;

extern int loud;

VOID		NTAPI	NicHandleInterrupt(NDIS_HANDLE  Context);

/* The interrupt is masked. */
__inline VOID NTAPI
NicDisableInterrupt(NDIS_HANDLE Context)
{
    ((PNIC)Context)->registers[1] = 0;
}

__inline VOID NTAPI
NicEnableInterrupt(NDIS_HANDLE Context)
{
    ((PNIC)Context)->registers[1] = 1;
}

#endif
