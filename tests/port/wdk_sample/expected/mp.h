/* SPDX-License-Identifier: MIT */
/* In the manner of the samples of a driver kit: many files, a prefix, casts to PVOID. */
#ifndef _MP_H
#define _MP_H

#include <ndis.h>

#define MP_ADAPTER_REMOVED      0x00000001
#define MP_ADAPTER_INTERRUPTING 0x00000002

#define MP_SET_FLAG(_A, _F)     ((_A)->Flags |= (_F))
#define MP_TEST_FLAG(_A, _F)    (((_A)->Flags & (_F)) != 0)

typedef struct _MP_CSR
{
    UCHAR                   IntMask;
    UCHAR                   Status;
} MP_CSR, *PMP_CSR;

typedef struct _MP_ADAPTER
{
    NDIS_HANDLE             AdapterHandle;
    ULONG                   Flags;
    PMP_CSR                 CSRAddress;

    ULONG                   BusInterruptLevel;
    ULONG                   BusInterruptVector;
    NDIS_HANDLE             NdisInterruptHandle;
    UCHAR                   OldInterruptMask;
} MP_ADAPTER, *PMP_ADAPTER;

#define NICDisableInterrupt(_adapter)   \
   {                                    \
      (_adapter)->CSRAddress->IntMask = 1; \
   }

#define NICEnableInterrupt(_adapter)    \
   {                                    \
      (_adapter)->CSRAddress->IntMask = 0; \
   }

NDIS_STATUS MPInitialize(
    OUT PNDIS_STATUS        OpenErrorStatus,
    OUT PUINT               SelectedMediumIndex,
    IN  PNDIS_MEDIUM        MediumArray,
    IN  UINT                MediumArraySize,
    IN  NDIS_HANDLE         MiniportAdapterHandle,
    IN  NDIS_HANDLE         WrapperConfigurationContext);

VOID MPHalt(
    IN  NDIS_HANDLE         MiniportAdapterContext);

BOOLEAN MPIsr(
    IN  NDIS_HANDLE         MiniportAdapterContext,
    OUT PBOOLEAN            QueueMiniportHandleInterrupt,
    OUT PULONG              TargetProcessors);

VOID MPHandleInterrupt(
    IN  NDIS_HANDLE         MiniportAdapterContext,
    IN  PVOID               MiniportDpcContext,
    IN  PVOID               ReceiveThrottleParameters,
    IN  PVOID               NdisReserved2);

VOID MPDisableInterrupt(
    IN  NDIS_HANDLE         MiniportAdapterContext);

VOID MPEnableInterrupt(
    IN  NDIS_HANDLE         MiniportAdapterContext);

BOOLEAN NICSetMask(
    IN  NDIS_HANDLE         SynchronizeContext);

#endif
