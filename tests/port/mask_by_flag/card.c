/* SPDX-License-Identifier: MIT */
#include "nic.h"

/* What the ISR does. */
VOID SetInterrupts(NIC *Nic, BOOLEAN Enable)
{
    Nic->Registers[1] = Enable ? Nic->Wanted : 0;
}

/* Named for something else. */
VOID SetInterface(NIC *Nic, BOOLEAN Enable)
{
    Nic->Registers[2] = Enable;
}

VOID MaintainLink(NIC *Nic, BOOLEAN Enable)
{
    Nic->Registers[3] = Enable;
}

BOOLEAN NTAPI WriteMask(PVOID Context)
{
    struct mask_write *Write = Context;

    Write->Nic->Registers[1] = Write->Value;
    return TRUE;
}

/* For everyone else: with the interrupt's lock, so not where that is held already. */
VOID SyncSetInterruptMask(NIC *Nic, BOOLEAN Enable)
{
    struct mask_write Write = {Nic, Enable ? Nic->Wanted : 0};

    SYNC_WRITE(&Nic->Interrupt, Write);
    TRACE(("mask written, %u events\n", CountOf(&Nic->Interrupt)));
}
