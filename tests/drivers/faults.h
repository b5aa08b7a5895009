/* SPDX-License-Identifier: MIT */
/* faults.h - what drivers that make one mistake, of their user's choice, share.
 *
 *     dirql run faulty.sys --set Test=NullWriteInDpc
 *
 * The driver has a table of its mistakes, and says Make(Adapter, MOMENT) where one of them may be
 * due. Included behind the definition of struct adapter, which has the members Fault and Made. */
#pragma once
#include <ndis.h>

enum moment {
    NEVER,
    BEFORE_ATTRIBUTES, /* NDIS 5: in MiniportInitialize, before NdisMSetAttributesEx */
    ON_REGISTER,       /* right before the interrupt is registered */
    ON_INITIALIZE,     /* in MiniportInitialize(Ex), interrupt registered, at PASSIVE_LEVEL */
    IN_ISR,
    IN_DPC,
    ON_SEND,     /* a frame is about to be sent */
    ON_RECEIVE,  /* a frame has been received and is about to be indicated, in the DPC */
    ON_COMPLETE, /* a send is about to be completed, in the DPC */
    ON_OID,
    ON_HALT, /* in MiniportHalt(Ex), before the interrupt is deregistered */
    AFTER_DEREGISTER,
};

struct fault {
    const WCHAR *Name;
    enum moment Moment;
    VOID (*Make)(struct adapter *Adapter);
};

#define FAULT(Name) static __declspec(noinline) VOID Name(struct adapter *Adapter)

static BOOLEAN IsDue(struct adapter *Adapter, enum moment Moment)
{
    return Adapter->Fault != NULL && Adapter->Fault->Moment == Moment &&
           InterlockedExchange(&Adapter->Made, TRUE) == FALSE;
}

static VOID Make(struct adapter *Adapter, enum moment Moment)
{
    if (IsDue(Adapter, Moment))
        Adapter->Fault->Make(Adapter);
}

static const struct fault *FindFault(const struct fault *Faults, ULONG Count, PNDIS_STRING Name)
{
    UNICODE_STRING Candidate;
    ULONG i;

    for (i = 0; i < Count; i++) {
        RtlInitUnicodeString(&Candidate, Faults[i].Name);
        if (RtlEqualUnicodeString(&Candidate, Name, TRUE))
            return &Faults[i];
    }
    return NULL;
}

/* Reads Test. One that is not in the table fails the initialisation. */
static NDIS_STATUS ChooseFault(struct adapter *Adapter, NDIS_HANDLE Configuration,
                               const struct fault *Faults, ULONG Count)
{
    NDIS_STRING Test = NDIS_STRING_CONST("Test");
    PNDIS_CONFIGURATION_PARAMETER Value;
    NDIS_STATUS Status;

    NdisReadConfiguration(&Status, &Value, Configuration, &Test, NdisParameterString);
    if (Status != NDIS_STATUS_SUCCESS)
        return NDIS_STATUS_SUCCESS;
    Adapter->Fault = FindFault(Faults, Count, &Value->ParameterData.StringData);
    return Adapter->Fault != NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_DATA;
}

/* --- mistakes that any driver can make --- */

FAULT(NullWrite)
{
    UNREFERENCED_PARAMETER(Adapter);
    *(volatile ULONG *)NULL = 1; /* the line of NullWrite */
}

static __declspec(noinline) VOID Loop(struct adapter *Adapter)
{
    while (*(volatile LONG *)&Adapter->Made)
        ;
}

FAULT(LoopForEver)
{
    Loop(Adapter);
    Adapter->Made++;
}
