/* SPDX-License-Identifier: MIT */
/* The file that does the interrupts uses all of its parameters; the other one says where it does not. */
#include "nic.h"

static VOID DisableInterrupts(NIC *Nic)
{
    Nic->Registers[1] = 0;
}

static VOID EnableInterrupts(NIC *Nic)
{
    Nic->Registers[1] = 1;
}

VOID NTAPI Isr(PBOOLEAN Recognized, PBOOLEAN Queue, NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    *Recognized = *Queue = Nic->Registers[0] != 0;
    if (*Recognized)
        DisableInterrupts(Nic);
}

VOID NTAPI HandleInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = Context;

    Nic->Events++;
    EnableInterrupts(Nic);
}
