/* SPDX-License-Identifier: MIT */
/* wdm_more.h - names of the WDK's wdm.h that mingw-w64's lacks. */
#ifndef DDK_NDIS_WDM_MORE_H
#define DDK_NDIS_WDM_MORE_H

/* Role types (function types that a driver declares its callbacks with) that only exist as pointers
 * there. */
typedef __typeof__(*(PALLOCATE_FUNCTION)0) ALLOCATE_FUNCTION;
typedef __typeof__(*(PFREE_FUNCTION)0) FREE_FUNCTION;
typedef __typeof__(*(PALLOCATE_FUNCTION_EX)0) ALLOCATE_FUNCTION_EX;
typedef __typeof__(*(PFREE_FUNCTION_EX)0) FREE_FUNCTION_EX;
typedef __typeof__(*(PRTL_QUERY_REGISTRY_ROUTINE)0) RTL_QUERY_REGISTRY_ROUTINE;

/* Types of the user-mode headers that WDK headers bring into drivers too; repeating a typedef is
 * fine where windef.h comes as well. */
typedef ULONG DWORD, *PDWORD, *LPDWORD;
typedef USHORT WORD, *PWORD;
typedef UCHAR BYTE, *PBYTE;
typedef int BOOL, *PBOOL;
typedef VOID *LPVOID;
#ifndef _TCHAR_DEFINED
#define _TCHAR_DEFINED
#ifdef UNICODE
typedef WCHAR TCHAR, *PTCHAR;
typedef PWSTR PTSTR, LPTSTR;
#else
typedef CHAR TCHAR, *PTCHAR;
typedef PSTR PTSTR, LPTSTR;
#endif
#endif

#ifndef NDIS_WRAPPER
/* Drivers write both "FORCEINLINE f" and "static FORCEINLINE f"; mingw-w64's says extern itself. */
#undef FORCEINLINE
#undef __forceinline
#define __forceinline __inline__ __attribute__((__always_inline__))
#define FORCEINLINE __forceinline
#endif

/* Debug builds: for gcc mingw-w64 has no NT_VERIFY, and an NT_ASSERTMSG of one argument. */
#if DBG
#undef NT_ASSERTMSG
#undef NT_ASSERTMSGW
#define NT_ASSERTMSG(msg, exp)  NT_ASSERT(exp)
#define NT_ASSERTMSGW(msg, exp) NT_ASSERT(exp)
#ifndef NT_VERIFY
#define NT_VERIFY(exp)          ((exp) ? TRUE : (DbgRaiseAssertionFailure(), FALSE))
#define NT_VERIFYMSG(msg, exp)  NT_VERIFY(exp)
#define NT_VERIFYMSGW(msg, exp) NT_VERIFY(exp)
#endif
#endif

/* Takes a pointer expression of any form. */
#undef KeInitializeCallbackRecord
#define KeInitializeCallbackRecord(CallbackRecord) ((CallbackRecord)->State = BufferEmpty)

/* Byte swaps: intrinsics on Windows, functions of a C runtime that drivers lack in mingw-w64. */
#undef RtlUshortByteSwap
#undef RtlUlongByteSwap
#undef RtlUlonglongByteSwap
#define RtlUshortByteSwap(x)    __builtin_bswap16((USHORT)(x))
#define RtlUlongByteSwap(x)     __builtin_bswap32((ULONG)(x))
#define RtlUlonglongByteSwap(x) __builtin_bswap64((ULONGLONG)(x))

/* 16-bit interlocked operations: compiler intrinsics that mingw-w64's wdm.h does not name. */
#ifndef InterlockedIncrement16
#define InterlockedIncrement16(Addend) ((SHORT)__sync_add_and_fetch((SHORT volatile *)(Addend), 1))
#define InterlockedDecrement16(Addend) ((SHORT)__sync_sub_and_fetch((SHORT volatile *)(Addend), 1))
#define InterlockedCompareExchange16(Destination, Exchange, Comparand)                             \
    ((SHORT)__sync_val_compare_and_swap((SHORT volatile *)(Destination), (SHORT)(Comparand),       \
                                        (SHORT)(Exchange)))
#endif

/* Memory order is the same for all interlocked operations on x64. */
#ifndef InterlockedIncrementAcquire
#define InterlockedIncrementAcquire       InterlockedIncrement
#define InterlockedIncrementRelease       InterlockedIncrement
#define InterlockedDecrementAcquire       InterlockedDecrement
#define InterlockedDecrementRelease       InterlockedDecrement
#define InterlockedCompareExchangeAcquire InterlockedCompareExchange
#define InterlockedCompareExchangeRelease InterlockedCompareExchange
#endif

/* Flags for the Priority of MmGetSystemAddressForMdlSafe (WDK: "MmMapLockedPagesSpecifyCache"). */
#ifndef MdlMappingNoExecute
#define MdlMappingNoWrite   0x80000000
#define MdlMappingNoExecute 0x40000000
#endif

/* Reader/writer spin locks (WDK: "ExAcquireSpinLockShared" and the others; Windows Vista SP1). */
#ifndef EX_SPIN_LOCK_DEFINED
#define EX_SPIN_LOCK_DEFINED
typedef volatile LONG EX_SPIN_LOCK, *PEX_SPIN_LOCK;
NTKERNELAPI KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock);
NTKERNELAPI KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock);
NTKERNELAPI VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock);
NTKERNELAPI VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock);
NTKERNELAPI VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql);
NTKERNELAPI VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql);
NTKERNELAPI VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock);
NTKERNELAPI VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock);
#endif

#endif
