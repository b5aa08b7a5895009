/* SPDX-License-Identifier: MIT */
/* sync.h - events and reader/writer locks.
 *
 * WDK: "NdisWaitEvent", "NdisAllocateRWLock"; the NDIS_RW_LOCK in the driver's own memory is for
 * drivers before 6.20 (its content belongs to NDIS, its size to the ABI). */
#ifndef DDK_NDIS_SYNC_H
#define DDK_NDIS_SYNC_H

NDISAPI VOID NTAPI NdisInitializeEvent(_Out_ PNDIS_EVENT Event);
NDISAPI VOID NTAPI NdisSetEvent(_In_ PNDIS_EVENT Event);
NDISAPI VOID NTAPI NdisResetEvent(_In_ PNDIS_EVENT Event);
/* MsToWait 0 waits for ever; FALSE when the time ran out. */
NDISAPI BOOLEAN NTAPI NdisWaitEvent(_In_ PNDIS_EVENT Event, _In_ UINT MsToWait);

#if NDIS_SUPPORT_60_COMPATIBLE_API || NDIS_SUPPORT_NDIS6
/* MAXIMUM_PROCESSORS of x64 when this layout was fixed. */
#define DDK_RW_LOCK_PROCESSORS 64

typedef union _NDIS_RW_LOCK_REFCOUNT {
    UINT RefCount;
    UCHAR cacheLine[16];
} NDIS_RW_LOCK_REFCOUNT;

typedef struct _NDIS_RW_LOCK {
    __extension__ union {
        __extension__ struct {
            KSPIN_LOCK SpinLock;
            PVOID Context;
        };
        UCHAR Reserved[16];
    };
    __extension__ union {
        NDIS_RW_LOCK_REFCOUNT RefCount[DDK_RW_LOCK_PROCESSORS];
        ULONG RefCountEx[sizeof(NDIS_RW_LOCK_REFCOUNT) / sizeof(ULONG) * DDK_RW_LOCK_PROCESSORS];
        __extension__ struct {
            KSPIN_LOCK RefCountLock;
            volatile ULONG SharedRefCount;
            volatile BOOLEAN WriterWaiting;
        };
    };
} NDIS_RW_LOCK, *PNDIS_RW_LOCK;

typedef struct _LOCK_STATE {
    USHORT LockState;
    KIRQL OldIrql;
} LOCK_STATE, *PLOCK_STATE;

NDISAPI VOID NTAPI NdisInitializeReadWriteLock(_Out_ PNDIS_RW_LOCK Lock);
NDISAPI VOID NTAPI NdisAcquireReadWriteLock(_Inout_ PNDIS_RW_LOCK Lock, _In_ BOOLEAN fWrite,
                                            _Out_ PLOCK_STATE LockState);
NDISAPI VOID NTAPI NdisReleaseReadWriteLock(_Inout_ PNDIS_RW_LOCK Lock, _In_ PLOCK_STATE LockState);
#if NDIS_SUPPORT_NDIS6
NDISAPI VOID NTAPI NdisDprAcquireReadWriteLock(_Inout_ PNDIS_RW_LOCK Lock, _In_ BOOLEAN fWrite,
                                               _Out_ PLOCK_STATE LockState);
NDISAPI VOID NTAPI NdisDprReleaseReadWriteLock(_Inout_ PNDIS_RW_LOCK Lock,
                                               _In_ PLOCK_STATE LockState);
#endif
#endif

#if NDIS_SUPPORT_NDIS620
typedef struct _NDIS_RW_LOCK_EX NDIS_RW_LOCK_EX, *PNDIS_RW_LOCK_EX;

typedef struct _LOCK_STATE_EX {
    KIRQL OldIrql;
    UCHAR LockState;
    UCHAR Flags;
} LOCK_STATE_EX, *PLOCK_STATE_EX;

/* The caller runs at DISPATCH_LEVEL already. */
#define NDIS_RWL_AT_DISPATCH_LEVEL 1

NDISAPI PNDIS_RW_LOCK_EX NTAPI NdisAllocateRWLock(_In_ NDIS_HANDLE NdisHandle);
NDISAPI VOID NTAPI NdisFreeRWLock(_In_ PNDIS_RW_LOCK_EX Lock);
NDISAPI VOID NTAPI NdisAcquireRWLockRead(_In_ PNDIS_RW_LOCK_EX Lock, _Out_ PLOCK_STATE_EX LockState,
                                         _In_ UCHAR Flags);
NDISAPI VOID NTAPI NdisAcquireRWLockWrite(_In_ PNDIS_RW_LOCK_EX Lock,
                                          _Out_ PLOCK_STATE_EX LockState, _In_ UCHAR Flags);
NDISAPI VOID NTAPI NdisReleaseRWLock(_In_ PNDIS_RW_LOCK_EX Lock, _In_ PLOCK_STATE_EX LockState);
#endif

#endif /* DDK_NDIS_SYNC_H */
