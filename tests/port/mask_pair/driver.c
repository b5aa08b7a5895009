/* SPDX-License-Identifier: MIT */
#include <ndis.h>
#define MY_TAG 0x794d
typedef struct _CARD {
    NDIS_HANDLE hAdapter;
    PUCHAR pRegs;
    NDIS_MINIPORT_INTERRUPT Irq;
    BOOLEAN bIrqUp;
    ULONG ulCauses;
} CARD, *PCARD;

static void MaskCard(PCARD pCard) { NdisWriteRegisterUlong((PULONG)(pCard->pRegs + 0x10), 0); }
static void UnmaskCard(PCARD pCard) { NdisWriteRegisterUlong((PULONG)(pCard->pRegs + 0x10), 7); }

static VOID NTAPI CardIsr(PBOOLEAN Mine, PBOOLEAN Dpc, NDIS_HANDLE Ctx)
{
    PCARD pCard = (PCARD)Ctx;
    ULONG v;

    NdisReadRegisterUlong((PULONG)pCard->pRegs, &v);
    if (!(v & 7)) {
        *Mine = FALSE;
        *Dpc = FALSE;
        return;
    }
    *Mine = TRUE;
    pCard->ulCauses |= v;
    MaskCard(pCard);
    *Dpc = TRUE;
}

static VOID NTAPI CardDpc(NDIS_HANDLE Ctx)
{
    PCARD pCard = (PCARD)Ctx;
    pCard->ulCauses = 0;
    UnmaskCard(pCard);
}

static NDIS_STATUS NTAPI CardInit(PNDIS_STATUS o, PUINT s, PNDIS_MEDIUM m, UINT n, NDIS_HANDLE h,
                                  NDIS_HANDLE c)
{
    PCARD pCard;
    NDIS_STATUS st;
    if (NdisAllocateMemoryWithTag((PVOID *)&pCard, sizeof *pCard, MY_TAG))
        return NDIS_STATUS_RESOURCES;
    pCard->hAdapter = h;
    NdisMSetAttributesEx(h, pCard, 0, NDIS_ATTRIBUTE_BUS_MASTER, NdisInterfacePci);
    if ((st = NdisMRegisterInterrupt(&pCard->Irq, h, 5, 5, TRUE, TRUE, NdisInterruptLevelSensitive)) == NDIS_STATUS_SUCCESS)
        pCard->bIrqUp = TRUE;
    else
        NdisFreeMemory(pCard, 0, 0);
    return st;
}

static VOID NTAPI CardHalt(NDIS_HANDLE Ctx)
{
    PCARD pCard = (PCARD)Ctx;
    if (pCard->bIrqUp) NdisMDeregisterInterrupt(&pCard->Irq);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT d, PUNICODE_STRING r)
{
    static NDIS_MINIPORT_CHARACTERISTICS Chars = { 5, 0 };
    NDIS_HANDLE w;
    NdisMInitializeWrapper(&w, d, r, NULL);
    Chars.InitializeHandler = CardInit;
    Chars.HaltHandler = CardHalt;
    Chars.ISRHandler = CardIsr; Chars.HandleInterruptHandler = CardDpc;
    return NdisMRegisterMiniport(w, &Chars, sizeof Chars);
}
