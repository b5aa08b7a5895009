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

BOOLEAN NTAPI Isr(NDIS_HANDLE Context, PBOOLEAN Queue, PULONG TargetProcessors)
{
    NIC *Nic = Context;
    BOOLEAN Recognized = FALSE;

    UNREFERENCED_PARAMETER(TargetProcessors);

    Recognized = *Queue = Nic->Registers[0] != 0;
    if (Recognized)
        DisableInterrupts(Nic);
    return Recognized;
}

/* DIRQL, with the interrupt's lock held. */
VOID NTAPI DisableInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = (NIC *)Context;

    DisableInterrupts(Nic);
}

/* DIRQL, with the interrupt's lock held. */
VOID NTAPI EnableInterrupt(NDIS_HANDLE Context)
{
    NIC *Nic = (NIC *)Context;

    EnableInterrupts(Nic);
}

BOOLEAN NTAPI MessageInterrupt(NDIS_HANDLE MiniportInterruptContext,
                               ULONG MessageId,
                               PBOOLEAN QueueDefaultInterruptDpc,
                               PULONG TargetProcessors)
{
    UNREFERENCED_PARAMETER(MessageId);

    return Isr(MiniportInterruptContext, QueueDefaultInterruptDpc,
               TargetProcessors);
}

VOID NTAPI DisableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext,
                                   ULONG MessageId)
{
    UNREFERENCED_PARAMETER(MessageId);

    DisableInterrupt(MiniportInterruptContext);
}

VOID NTAPI EnableMessageInterrupt(NDIS_HANDLE MiniportInterruptContext,
                                  ULONG MessageId)
{
    UNREFERENCED_PARAMETER(MessageId);

    EnableInterrupt(MiniportInterruptContext);
}

VOID NTAPI HandleInterrupt(NDIS_HANDLE Context, PVOID MiniportDpcContext,
                           PVOID ReceiveThrottleParameters,
                           PVOID NdisReserved2)
{
    NIC *Nic = Context;

    UNREFERENCED_PARAMETER(MiniportDpcContext);
    UNREFERENCED_PARAMETER(ReceiveThrottleParameters);
    UNREFERENCED_PARAMETER(NdisReserved2);

    Nic->Events++;
    EnableInterrupts(Nic);
}

VOID NTAPI MessageInterruptDpc(NDIS_HANDLE MiniportInterruptContext,
                               ULONG MessageId, PVOID MiniportDpcContext,
                               PULONG NdisReserved1, PULONG NdisReserved2)
{
    UNREFERENCED_PARAMETER(MessageId);

    HandleInterrupt(MiniportInterruptContext, MiniportDpcContext,
                    NdisReserved1, NdisReserved2);
}
