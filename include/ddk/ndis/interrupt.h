/* SPDX-License-Identifier: MIT */
/* interrupt.h - interrupts of an NDIS 6 miniport: line, MSI and MSI-X.
 *
 * NDIS calls InterruptHandler (or MessageInterruptHandler) at DIRQL with both out-parameters
 * zeroed, then queues DPCs as they say; the DPC handlers run at DISPATCH_LEVEL. Layout and rules:
 * WDK "NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS", "NdisMRegisterInterruptEx", "MiniportInterrupt".
 */
#ifndef DDK_NDIS_INTERRUPT_H
#define DDK_NDIS_INTERRUPT_H

typedef enum _NDIS_INTERRUPT_TYPE {
    NDIS_CONNECT_LINE_BASED = 1,
    NDIS_CONNECT_MESSAGE_BASED
} NDIS_INTERRUPT_TYPE,
    *PNDIS_INTERRUPT_TYPE;

#if NDIS_SUPPORT_NDIS620
/* What a DPC handler gets as ReceiveThrottleParameters. */
typedef struct _NDIS_RECEIVE_THROTTLE_PARAMETERS {
    _In_ ULONG MaxNblsToIndicate; /* NDIS_INDICATE_ALL_NBLS: no limit */
    _Out_ ULONG MoreNblsPending : 1;
} NDIS_RECEIVE_THROTTLE_PARAMETERS, *PNDIS_RECEIVE_THROTTLE_PARAMETERS;

#define NDIS_INDICATE_ALL_NBLS (~0ul)
#endif

/* TRUE when the device asserted the line. TargetProcessors counts only when
 * *QueueDefaultInterruptDpc is left FALSE; bit n is processor n of group 0. */
typedef BOOLEAN(NTAPI MINIPORT_ISR)(_In_ NDIS_HANDLE MiniportInterruptContext,
                                    _Out_ PBOOLEAN QueueDefaultInterruptDpc,
                                    _Out_ PULONG TargetProcessors);
typedef MINIPORT_ISR(*MINIPORT_ISR_HANDLER);

/* ReceiveThrottleParameters is NULL before 6.20. */
typedef VOID(NTAPI MINIPORT_INTERRUPT_DPC)(_In_ NDIS_HANDLE MiniportInterruptContext,
                                           _In_ PVOID MiniportDpcContext,
                                           _In_ PVOID ReceiveThrottleParameters,
                                           _In_ PVOID NdisReserved2);
typedef MINIPORT_INTERRUPT_DPC(*MINIPORT_INTERRUPT_DPC_HANDLER);

typedef VOID(NTAPI MINIPORT_DISABLE_INTERRUPT)(_In_ NDIS_HANDLE MiniportInterruptContext);
typedef MINIPORT_DISABLE_INTERRUPT(*MINIPORT_DISABLE_INTERRUPT_HANDLER);
typedef VOID(NTAPI MINIPORT_ENABLE_INTERRUPT)(_In_ NDIS_HANDLE MiniportInterruptContext);
typedef MINIPORT_ENABLE_INTERRUPT(*MINIPORT_ENABLE_INTERRUPT_HANDLER);

typedef BOOLEAN(NTAPI MINIPORT_MESSAGE_INTERRUPT)(_In_ NDIS_HANDLE MiniportInterruptContext,
                                                  _In_ ULONG MessageId,
                                                  _Out_ PBOOLEAN QueueDefaultInterruptDpc,
                                                  _Out_ PULONG TargetProcessors);
typedef MINIPORT_MESSAGE_INTERRUPT(*MINIPORT_MSI_ISR_HANDLER);
typedef MINIPORT_MESSAGE_INTERRUPT(*MINIPORT_MESSAGE_INTERRUPT_HANDLER);

#if NDIS_SUPPORT_NDIS620
typedef VOID(NTAPI MINIPORT_MESSAGE_INTERRUPT_DPC)(_In_ NDIS_HANDLE MiniportInterruptContext,
                                                   _In_ ULONG MessageId,
                                                   _In_ PVOID MiniportDpcContext,
                                                   _In_ PVOID ReceiveThrottleParameters,
                                                   _In_ PVOID NdisReserved2);
#else
typedef VOID(NTAPI MINIPORT_MESSAGE_INTERRUPT_DPC)(_In_ NDIS_HANDLE MiniportInterruptContext,
                                                   _In_ ULONG MessageId,
                                                   _In_ PVOID MiniportDpcContext,
                                                   _In_ PULONG NdisReserved1,
                                                   _In_ PULONG NdisReserved2);
#endif
typedef MINIPORT_MESSAGE_INTERRUPT_DPC(*MINIPORT_MSI_INTERRUPT_DPC_HANDLER);
typedef MINIPORT_MESSAGE_INTERRUPT_DPC(*MINIPORT_MESSAGE_INTERRUPT_DPC_HANDLER);

typedef VOID(NTAPI MINIPORT_DISABLE_MESSAGE_INTERRUPT)(_In_ NDIS_HANDLE MiniportInterruptContext,
                                                       _In_ ULONG MessageId);
typedef MINIPORT_DISABLE_MESSAGE_INTERRUPT(*MINIPORT_DISABLE_MSI_INTERRUPT_HANDLER);
typedef MINIPORT_DISABLE_MESSAGE_INTERRUPT(*MINIPORT_DISABLE_MESSAGE_INTERRUPT_HANDLER);
typedef VOID(NTAPI MINIPORT_ENABLE_MESSAGE_INTERRUPT)(_In_ NDIS_HANDLE MiniportInterruptContext,
                                                      _In_ ULONG MessageId);
typedef MINIPORT_ENABLE_MESSAGE_INTERRUPT(*MINIPORT_ENABLE_MSI_INTERRUPT_HANDLER);
typedef MINIPORT_ENABLE_MESSAGE_INTERRUPT(*MINIPORT_ENABLE_MESSAGE_INTERRUPT_HANDLER);

typedef BOOLEAN(NTAPI MINIPORT_SYNCHRONIZE_INTERRUPT)(_In_ NDIS_HANDLE SynchronizeContext);
typedef MINIPORT_SYNCHRONIZE_INTERRUPT(*MINIPORT_SYNCHRONIZE_INTERRUPT_HANDLER);
typedef MINIPORT_SYNCHRONIZE_INTERRUPT MINIPORT_SYNCHRONIZE_MESSAGE_INTERRUPT;
typedef MINIPORT_SYNCHRONIZE_MESSAGE_INTERRUPT(*MINIPORT_SYNCHRONIZE_MSI_INTERRUPT_HANDLER);

typedef struct _NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS {
    NDIS_OBJECT_HEADER Header; /* NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT */
    MINIPORT_ISR_HANDLER InterruptHandler;
    MINIPORT_INTERRUPT_DPC_HANDLER InterruptDpcHandler;
    MINIPORT_DISABLE_INTERRUPT_HANDLER DisableInterruptHandler;
    MINIPORT_ENABLE_INTERRUPT_HANDLER EnableInterruptHandler;
    BOOLEAN MsiSupported;
    BOOLEAN MsiSyncWithAllMessages;
    MINIPORT_MSI_ISR_HANDLER MessageInterruptHandler;
    MINIPORT_MSI_INTERRUPT_DPC_HANDLER MessageInterruptDpcHandler;
    MINIPORT_DISABLE_MSI_INTERRUPT_HANDLER DisableMessageInterruptHandler;
    MINIPORT_ENABLE_MSI_INTERRUPT_HANDLER EnableMessageInterruptHandler;
    NDIS_INTERRUPT_TYPE InterruptType;           /* out: what was granted */
    PIO_INTERRUPT_MESSAGE_INFO MessageInfoTable; /* out: NDIS's, until deregistered */
} NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS, *PNDIS_MINIPORT_INTERRUPT_CHARACTERISTICS;

#define NDIS_MINIPORT_INTERRUPT_REVISION_1                 1
#define NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1 1
#define NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1                                  \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS, MessageInfoTable)

NDISAPI NDIS_STATUS NTAPI NdisMRegisterInterruptEx(
    _In_ NDIS_HANDLE MiniportAdapterHandle, _In_ NDIS_HANDLE MiniportInterruptContext,
    _In_ PNDIS_MINIPORT_INTERRUPT_CHARACTERISTICS MiniportInterruptCharacteristics,
    _Out_ PNDIS_HANDLE NdisInterruptHandle);
NDISAPI VOID NTAPI NdisMDeregisterInterruptEx(_In_ NDIS_HANDLE NdisInterruptHandle);

/* Queue DPCs from an ISR; the result has a bit for each processor that got one. */
NDISAPI ULONG NTAPI NdisMQueueDpc(_In_ NDIS_HANDLE NdisInterruptHandle, _In_ ULONG MessageId,
                                  _In_ ULONG TargetProcessors, _In_ PVOID MiniportDpcContext);
#if NDIS_SUPPORT_NDIS620
NDISAPI KAFFINITY NTAPI NdisMQueueDpcEx(_In_ NDIS_HANDLE NdisInterruptHandle, _In_ ULONG MessageId,
                                        _In_ PGROUP_AFFINITY TargetProcessors,
                                        _In_ PVOID MiniportDpcContext);
#endif

/* Calls SynchronizeFunction at the interrupt's DIRQL, under its lock; returns what it returns. */
#if NDIS_SUPPORT_NDIS620 && !defined(NDIS_WRAPPER)
typedef MINIPORT_SYNCHRONIZE_INTERRUPT_HANDLER DDK_SYNCHRONIZE_FUNCTION;
#else
typedef PVOID DDK_SYNCHRONIZE_FUNCTION;
#endif
NDISAPI BOOLEAN NTAPI NdisMSynchronizeWithInterruptEx(
    _In_ NDIS_HANDLE NdisInterruptHandle, _In_ ULONG MessageId,
    _In_ DDK_SYNCHRONIZE_FUNCTION SynchronizeFunction, _In_ PVOID SynchronizeContext);

#if NDIS_SUPPORT_NDIS61
typedef enum _NDIS_MSIX_TABLE_CONFIG {
    NdisMSIXTableConfigSetTableEntry,
    NdisMSIXTableConfigMaskTableEntry,
    NdisMSIXTableConfigUnmaskTableEntry,
    NdisMSIXTableConfigMax
} NDIS_MSIX_TABLE_OPERATION,
    *PNDIS_MSIX_TABLE_OPERATION;

typedef struct _NDIS_MSIX_CONFIG_PARAMETERS {
    NDIS_OBJECT_HEADER Header; /* NDIS_OBJECT_TYPE_DEFAULT */
    NDIS_MSIX_TABLE_OPERATION ConfigOperation;
    ULONG TableEntry;
    ULONG MessageNumber; /* for NdisMSIXTableConfigSetTableEntry */
} NDIS_MSIX_CONFIG_PARAMETERS, *PNDIS_MSIX_CONFIG_PARAMETERS;

#define NDIS_MSIX_CONFIG_PARAMETERS_REVISION_1 1
#define NDIS_SIZEOF_MSIX_CONFIG_PARAMETERS_REVISION_1                                              \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_MSIX_CONFIG_PARAMETERS, MessageNumber)

NDISAPI NDIS_STATUS NTAPI NdisMConfigMSIXTableEntry(
    _In_ NDIS_HANDLE MiniportAdapterHandle, _In_ PNDIS_MSIX_CONFIG_PARAMETERS MSIXConfigParameters);
#endif

#endif /* DDK_NDIS_INTERRUPT_H */
