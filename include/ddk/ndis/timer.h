/* SPDX-License-Identifier: MIT */
/* timer.h - timers and work items.
 *
 * NDIS 6 timers are objects (NdisAllocateTimerObject); the older ones embed a KTIMER and a KDPC in
 * the driver's memory. Callbacks of all timers run at DISPATCH_LEVEL, of work items at
 * PASSIVE_LEVEL. WDK: "NetTimerCallback", "NdisQueueIoWorkItem", "NdisMInitializeTimer". */
#ifndef DDK_NDIS_TIMER_H
#define DDK_NDIS_TIMER_H

typedef VOID(NTAPI NDIS_TIMER_FUNCTION)(_In_ PVOID SystemSpecific1, _In_ PVOID FunctionContext,
                                        _In_ PVOID SystemSpecific2, _In_ PVOID SystemSpecific3);
typedef NDIS_TIMER_FUNCTION *PNDIS_TIMER_FUNCTION;

typedef struct _NDIS_TIMER {
    KTIMER Timer;
    KDPC Dpc;
} NDIS_TIMER, *PNDIS_TIMER;

typedef struct _NDIS_MINIPORT_BLOCK NDIS_MINIPORT_BLOCK, *PNDIS_MINIPORT_BLOCK;

typedef struct _NDIS_MINIPORT_TIMER {
    KTIMER Timer;
    KDPC Dpc;
    PNDIS_TIMER_FUNCTION MiniportTimerFunction;
    PVOID MiniportTimerContext;
    PNDIS_MINIPORT_BLOCK Miniport;
    struct _NDIS_MINIPORT_TIMER *NextTimer;
} NDIS_MINIPORT_TIMER, *PNDIS_MINIPORT_TIMER;

#if NDIS_LEGACY_DRIVER || NDIS_SUPPORT_60_COMPATIBLE_API
NDISAPI VOID NTAPI NdisInitializeTimer(_Inout_ PNDIS_TIMER Timer,
                                       _In_ PNDIS_TIMER_FUNCTION TimerFunction,
                                       _In_opt_ PVOID FunctionContext);
NDISAPI VOID NTAPI NdisCancelTimer(_In_ PNDIS_TIMER Timer, _Out_ PBOOLEAN TimerCancelled);
NDISAPI VOID NTAPI NdisSetTimer(_In_ PNDIS_TIMER Timer, _In_ UINT MillisecondsToDelay);
NDISAPI VOID NTAPI NdisSetPeriodicTimer(_In_ PNDIS_TIMER NdisTimer, _In_ UINT MillisecondsPeriod);
NDISAPI VOID NTAPI NdisSetTimerEx(_In_ PNDIS_TIMER NdisTimer, _In_ UINT MillisecondsToDelay,
                                  _In_ PVOID FunctionContext);
NDISAPI VOID NTAPI NdisMInitializeTimer(_Inout_ PNDIS_MINIPORT_TIMER Timer,
                                        _In_ NDIS_HANDLE MiniportAdapterHandle,
                                        _In_ PNDIS_TIMER_FUNCTION TimerFunction,
                                        _In_opt_ PVOID FunctionContext);
NDISAPI VOID NTAPI NdisMSetPeriodicTimer(_In_ PNDIS_MINIPORT_TIMER Timer,
                                         _In_ UINT MillisecondsPeriod);
NDISAPI VOID NTAPI NdisMCancelTimer(_In_ PNDIS_MINIPORT_TIMER Timer, _Out_ PBOOLEAN TimerCancelled);
#if NDIS_LEGACY_MINIPORT || NDIS_SUPPORT_60_COMPATIBLE_API
NDISAPI VOID NTAPI NdisMSetTimer(_In_ PNDIS_MINIPORT_TIMER Timer, _In_ UINT MillisecondsToDelay);
#endif
#endif

#if NDIS_SUPPORT_NDIS6
typedef struct _NDIS_TIMER_CHARACTERISTICS {
    NDIS_OBJECT_HEADER Header; /* NDIS_OBJECT_TYPE_TIMER_CHARACTERISTICS */
    ULONG AllocationTag;
    PNDIS_TIMER_FUNCTION TimerFunction;
    PVOID FunctionContext;
} NDIS_TIMER_CHARACTERISTICS, *PNDIS_TIMER_CHARACTERISTICS;

#define NDIS_TIMER_CHARACTERISTICS_REVISION_1 1
#define NDIS_SIZEOF_TIMER_CHARACTERISTICS_REVISION_1                                               \
    RTL_SIZEOF_THROUGH_FIELD(NDIS_TIMER_CHARACTERISTICS, FunctionContext)

NDISAPI NDIS_STATUS NTAPI NdisAllocateTimerObject(
    _In_ NDIS_HANDLE NdisHandle, _In_ PNDIS_TIMER_CHARACTERISTICS TimerCharacteristics,
    _Out_ PNDIS_HANDLE pTimerObject);
/* DueTime in 100 ns, negative for relative; TRUE when the timer was already set. */
NDISAPI BOOLEAN NTAPI NdisSetTimerObject(_In_ NDIS_HANDLE TimerObject, _In_ LARGE_INTEGER DueTime,
                                         _In_opt_ LONG MillisecondsPeriod,
                                         _In_opt_ PVOID FunctionContext);
#if NDIS_SUPPORT_NDIS61
NDISAPI BOOLEAN NTAPI NdisSetCoalescableTimerObject(_In_ NDIS_HANDLE TimerObject,
                                                    _In_ LARGE_INTEGER DueTime,
                                                    _In_opt_ LONG MillisecondsPeriod,
                                                    _In_opt_ PVOID FunctionContext,
                                                    _In_opt_ ULONG Tolerance);
#endif
NDISAPI BOOLEAN NTAPI NdisCancelTimerObject(_In_ NDIS_HANDLE TimerObject);
NDISAPI VOID NTAPI NdisFreeTimerObject(_In_ NDIS_HANDLE TimerObject);

typedef VOID(NTAPI NDIS_IO_WORKITEM_FUNCTION)(_In_opt_ PVOID WorkItemContext,
                                              _In_ NDIS_HANDLE NdisIoWorkItemHandle);
typedef NDIS_IO_WORKITEM_FUNCTION NDIS_IO_WORKITEM;
typedef NDIS_IO_WORKITEM_FUNCTION(*NDIS_IO_WORKITEM_ROUTINE);

NDISAPI NDIS_HANDLE NTAPI NdisAllocateIoWorkItem(_In_ NDIS_HANDLE NdisObjectHandle);
NDISAPI VOID NTAPI NdisQueueIoWorkItem(_In_ NDIS_HANDLE NdisIoWorkItemHandle,
                                       _In_ NDIS_IO_WORKITEM_ROUTINE Routine,
                                       _In_ PVOID WorkItemContext);
NDISAPI VOID NTAPI NdisFreeIoWorkItem(_In_ NDIS_HANDLE NdisIoWorkItemHandle);
#endif

/* The work item that lives in the driver's memory; one shot, the routine may free it. */
struct _NDIS_WORK_ITEM;
typedef VOID(NTAPI *NDIS_PROC)(struct _NDIS_WORK_ITEM *, PVOID);
typedef struct _NDIS_WORK_ITEM {
    PVOID Context;
    NDIS_PROC Routine;
    UCHAR WrapperReserved[8 * sizeof(PVOID)];
} NDIS_WORK_ITEM, *PNDIS_WORK_ITEM;

#define NdisInitializeWorkItem(WorkItem, WorkRoutine, WorkContext)                                 \
    {                                                                                              \
        (WorkItem)->Context = WorkContext;                                                         \
        (WorkItem)->Routine = WorkRoutine;                                                         \
    }
NDISAPI NDIS_STATUS NTAPI NdisScheduleWorkItem(_In_ PNDIS_WORK_ITEM WorkItem);

#endif /* DDK_NDIS_TIMER_H */
