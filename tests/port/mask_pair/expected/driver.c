/* SPDX-License-Identifier: MIT */
#include <ndis.h>
#define MY_TAG 0x794d
typedef struct _CARD {
    NDIS_HANDLE hAdapter;
    PUCHAR pRegs;
    NDIS_HANDLE IrqHandle;
    BOOLEAN bIrqUp;
    ULONG ulCauses;
} CARD, *PCARD;

static void MaskCard(PCARD pCard) { NdisWriteRegisterUlong((PULONG)(pCard->pRegs + 0x10), 0); }
static void UnmaskCard(PCARD pCard) { NdisWriteRegisterUlong((PULONG)(pCard->pRegs + 0x10), 7); }

static BOOLEAN NTAPI CardIsr(NDIS_HANDLE Ctx, PBOOLEAN Dpc, PULONG TargetProcessors)
{
    PCARD pCard = (PCARD)Ctx;
    ULONG v;

    NdisReadRegisterUlong((PULONG)pCard->pRegs, &v);
    if (!(v & 7)) {
        *Dpc = FALSE;
        return FALSE;
    }
    pCard->ulCauses |= v;
    MaskCard(pCard);
    *Dpc = TRUE;
    return TRUE;
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI CardDisableInterrupt(NDIS_HANDLE Ctx)
{
    PCARD pCard = (PCARD)Ctx;

    MaskCard(pCard);
}

/* DIRQL, with the interrupt's lock held. */
static VOID NTAPI CardEnableInterrupt(NDIS_HANDLE Ctx)
{
    PCARD pCard = (PCARD)Ctx;

    UnmaskCard(pCard);
}

static VOID NTAPI CardDpc(NDIS_HANDLE Ctx, PVOID MiniportDpcContext,
                          PVOID ReceiveThrottleParameters, PVOID NdisReserved2)
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
    NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS interruptCharacteristics;
    if (NdisAllocateMemoryWithTag((PVOID *)&pCard, sizeof *pCard, MY_TAG))
        return NDIS_STATUS_RESOURCES;
    pCard->hAdapter = h;
    NdisMSetAttributesEx(h, pCard, 0, NDIS_ATTRIBUTE_BUS_MASTER, NdisInterfacePci);
    NdisZeroMemory(&interruptCharacteristics, sizeof(interruptCharacteristics));
    interruptCharacteristics.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;
    interruptCharacteristics.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;
    interruptCharacteristics.Header.Size =
        NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1;
    interruptCharacteristics.InterruptHandler = CardIsr;
    interruptCharacteristics.InterruptDpcHandler = CardDpc;
    interruptCharacteristics.DisableInterruptHandler = CardDisableInterrupt;
    interruptCharacteristics.EnableInterruptHandler = CardEnableInterrupt;

    if ((st = NdisMRegisterInterruptEx(h, pCard, &interruptCharacteristics,
                                       &pCard->IrqHandle)) == NDIS_STATUS_SUCCESS)
        pCard->bIrqUp = TRUE;
    else
        NdisFreeMemory(pCard, 0, 0);
    return st;
}

static VOID NTAPI CardHalt(NDIS_HANDLE Ctx)
{
    PCARD pCard = (PCARD)Ctx;
    if (pCard->bIrqUp) NdisMDeregisterInterruptEx(pCard->IrqHandle);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT d, PUNICODE_STRING r)
{
    static NDIS_MINIPORT_CHARACTERISTICS Chars = { 5, 0 };
    NDIS_HANDLE w;
    NdisMInitializeWrapper(&w, d, r, NULL);
    Chars.InitializeHandler = CardInit;
    Chars.HaltHandler = CardHalt;
    return NdisMRegisterMiniport(w, &Chars, sizeof Chars);
}
