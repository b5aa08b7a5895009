/* SPDX-License-Identifier: MIT */
/* card.h - what test drivers use of the 82574L: its registers, and its interrupt by a cause that
 * they set themselves.
 *
 * Intel 82574 GbE Controller Family Datasheet, section 10.2.4. */
#pragma once
#include <ndis.h>

#define REG_ICR              0x00C0
#define REG_ICS              0x00C8
#define REG_IMS              0x00D0
#define REG_IMC              0x00D8
#define REG_IVAR             0x00E4
#define CAUSE_LSC            (1u << 2)
#define CAUSE_OTHER          (1u << 24)
#define IVAR_OTHER_MESSAGE_0 0x00080000u /* with MSI-X, other causes send message 0 */

struct card {
    PUCHAR Registers; /* NULL: not mapped */
    ULONG Length;
};

static ULONG ReadRegister(struct card *Card, ULONG Offset)
{
    ULONG Value;

    NdisReadRegisterUlong((PULONG)(Card->Registers + Offset), &Value);
    return Value;
}

static VOID WriteRegister(struct card *Card, ULONG Offset, ULONG Value)
{
    NdisWriteRegisterUlong((PULONG)(Card->Registers + Offset), Value);
}

static VOID DisableCauses(struct card *Card)
{
    WriteRegister(Card, REG_IMC, 0xFFFFFFFF);
}

static VOID EnableCauses(struct card *Card)
{
    WriteRegister(Card, REG_IMS, CAUSE_LSC | CAUSE_OTHER);
}

/* Interrupts, if enabled. */
static VOID RaiseCause(struct card *Card)
{
    WriteRegister(Card, REG_ICS, CAUSE_LSC);
}

/* Dismisses the interrupt. 0: it was none of this card's. */
static ULONG TakeCauses(struct card *Card)
{
    return ReadRegister(Card, REG_ICR);
}

/* The registers are the first memory range. */
static NDIS_STATUS MapRegisters(struct card *Card, NDIS_HANDLE AdapterHandle,
                                PNDIS_RESOURCE_LIST Resources)
{
    NDIS_STATUS Status;
    ULONG i;

    for (i = 0; Resources != NULL && i < Resources->Count; i++) {
        PCM_PARTIAL_RESOURCE_DESCRIPTOR r = &Resources->PartialDescriptors[i];

        if (r->Type != CmResourceTypeMemory)
            continue;
        Status = NdisMMapIoSpace((PVOID *)&Card->Registers, AdapterHandle, r->u.Memory.Start,
                                 r->u.Memory.Length);
        if (Status != NDIS_STATUS_SUCCESS)
            return Status;
        Card->Length = r->u.Memory.Length;
        WriteRegister(Card, REG_IVAR, IVAR_OTHER_MESSAGE_0);
        DisableCauses(Card);
        TakeCauses(Card);
        return NDIS_STATUS_SUCCESS;
    }
    return NDIS_STATUS_RESOURCES;
}

static VOID UnmapRegisters(struct card *Card, NDIS_HANDLE AdapterHandle)
{
    if (Card->Registers != NULL)
        NdisMUnmapIoSpace(AdapterHandle, Card->Registers, Card->Length);
    Card->Registers = NULL;
}
