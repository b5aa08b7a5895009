/* SPDX-License-Identifier: MIT */
/* nic.h - the card and the words of the random drivers (port_random_test.c). */
#pragma once
#include <ndis.h>

typedef struct _NIC {
    NDIS_HANDLE Handle;
    ULONG Registers[2]; /* 0: status, 1: mask */
    ULONG Events;
    ULONG Noted[256]; /* what the driver did, in its order */
    ULONG Notes;
    NDIS_MINIPORT_INTERRUPT Interrupt;
} NIC;

#define REPORT(r, q, a, b) do { *(r) = (a); *(q) = (b); } while (0)
#define NOT_OURS(r, q) do { *(r) = FALSE; *(q) = FALSE; return; } while (0)

static inline VOID Note(NIC *Nic, ULONG What)
{
    if (Nic->Notes < 256)
        Nic->Noted[Nic->Notes++] = What;
}

static inline VOID MaskCard(NIC *Nic)
{
    Nic->Registers[1] = 0;
}

static inline BOOLEAN Pending(NIC *Nic)
{
    return (Nic->Registers[0] & Nic->Registers[1]) != 0;
}

static inline BOOLEAN IsOurs(NIC *Nic, PBOOLEAN Ours)
{
    *Ours = Nic->Registers[0] > 4;
    return *Ours;
}

static inline BOOLEAN Decide(NIC *Nic, PBOOLEAN Dpc)
{
    *Dpc = (Nic->Registers[0] & 5) != 0;
    return Nic->Registers[0] != 0;
}

static inline VOID Answer(PBOOLEAN Ours, PBOOLEAN Dpc, BOOLEAN Value)
{
    *Ours = Value;
    *Dpc = Value;
}
