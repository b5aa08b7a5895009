/* SPDX-License-Identifier: MIT */
/* wdm.h - mingw-w64's, with port and register access as the WDK has it (ndis/x64.h).
 *
 * mingw-w64 12 and older copy READ_REGISTER_BUFFER_* in the wrong direction and need functions from
 * its C runtime for ports; its definitions are renamed away and replaced. So is what reads gs,
 * which gcc 12 takes for an access out of bounds. */
#ifndef DDK_WDM_H
#define DDK_WDM_H

#define READ_PORT_UCHAR              DdkMingw_READ_PORT_UCHAR
#define READ_PORT_USHORT             DdkMingw_READ_PORT_USHORT
#define READ_PORT_ULONG              DdkMingw_READ_PORT_ULONG
#define READ_PORT_BUFFER_UCHAR       DdkMingw_READ_PORT_BUFFER_UCHAR
#define READ_PORT_BUFFER_USHORT      DdkMingw_READ_PORT_BUFFER_USHORT
#define READ_PORT_BUFFER_ULONG       DdkMingw_READ_PORT_BUFFER_ULONG
#define READ_REGISTER_UCHAR          DdkMingw_READ_REGISTER_UCHAR
#define READ_REGISTER_USHORT         DdkMingw_READ_REGISTER_USHORT
#define READ_REGISTER_ULONG          DdkMingw_READ_REGISTER_ULONG
#define READ_REGISTER_BUFFER_UCHAR   DdkMingw_READ_REGISTER_BUFFER_UCHAR
#define READ_REGISTER_BUFFER_USHORT  DdkMingw_READ_REGISTER_BUFFER_USHORT
#define READ_REGISTER_BUFFER_ULONG   DdkMingw_READ_REGISTER_BUFFER_ULONG
#define WRITE_PORT_UCHAR             DdkMingw_WRITE_PORT_UCHAR
#define WRITE_PORT_USHORT            DdkMingw_WRITE_PORT_USHORT
#define WRITE_PORT_ULONG             DdkMingw_WRITE_PORT_ULONG
#define WRITE_PORT_BUFFER_UCHAR      DdkMingw_WRITE_PORT_BUFFER_UCHAR
#define WRITE_PORT_BUFFER_USHORT     DdkMingw_WRITE_PORT_BUFFER_USHORT
#define WRITE_PORT_BUFFER_ULONG      DdkMingw_WRITE_PORT_BUFFER_ULONG
#define WRITE_REGISTER_UCHAR         DdkMingw_WRITE_REGISTER_UCHAR
#define WRITE_REGISTER_USHORT        DdkMingw_WRITE_REGISTER_USHORT
#define WRITE_REGISTER_ULONG         DdkMingw_WRITE_REGISTER_ULONG
#define WRITE_REGISTER_BUFFER_UCHAR  DdkMingw_WRITE_REGISTER_BUFFER_UCHAR
#define WRITE_REGISTER_BUFFER_USHORT DdkMingw_WRITE_REGISTER_BUFFER_USHORT
#define WRITE_REGISTER_BUFFER_ULONG  DdkMingw_WRITE_REGISTER_BUFFER_ULONG
#ifdef __clang__
/* Defined there as static functions after intrin.h declared them as extern; clang makes them extern
 * in every object file. intrin.h's own are good. */
#include <intrin.h>
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wmacro-redefined"
#define InterlockedBitTestAndSet   DdkMingw_InterlockedBitTestAndSet
#define InterlockedBitTestAndReset DdkMingw_InterlockedBitTestAndReset
#endif
#define KeGetCurrentThread DdkMingw_KeGetCurrentThread
/* IO_RESOURCE_DESCRIPTOR.u.Interrupt lacks the members of Vista, which follow MaximumVector (the
 * only use of that name there). WDK: "IO_RESOURCE_DESCRIPTOR". */
#ifdef NT_PROCESSOR_GROUPS
#define MaximumVector                                                                              \
    MaximumVector;                                                                                 \
    IRQ_DEVICE_POLICY AffinityPolicy;                                                              \
    USHORT Group;                                                                                  \
    IRQ_PRIORITY PriorityPolicy;                                                                   \
    KAFFINITY TargetedProcessors
#else
#define MaximumVector                                                                              \
    MaximumVector;                                                                                 \
    IRQ_DEVICE_POLICY AffinityPolicy;                                                              \
    IRQ_PRIORITY PriorityPolicy;                                                                   \
    KAFFINITY TargetedProcessors
#endif
/* mingw-w64's name for a constant that sdkddkver.h has only as NTDDI_VISTA: undefined it is 0, and
 * IO_STACK_LOCATION of a driver for an older Windows gets a member of a type that it has not. */
#include <sdkddkver.h>
#ifndef NTDDI_WINVISTA
#define NTDDI_WINVISTA NTDDI_VISTA
#endif
/* Before Vista its format was a PCHAR, and drivers of that time declare it so themselves. */
#if NTDDI_VERSION < NTDDI_VISTA && !defined(__cplusplus)
#define DbgPrint DdkMingw_DbgPrint
#endif
#include_next <wdm.h>
#if NTDDI_VERSION < NTDDI_VISTA && !defined(__cplusplus)
#undef DbgPrint
ULONG __cdecl DbgPrint(_In_ PCHAR Format, ...);
#endif
#undef KeGetCurrentThread
#ifdef __clang__
#pragma clang diagnostic pop
#undef InterlockedBitTestAndSet
#undef InterlockedBitTestAndReset
#endif
#undef MaximumVector
#undef READ_PORT_UCHAR
#undef READ_PORT_USHORT
#undef READ_PORT_ULONG
#undef READ_PORT_BUFFER_UCHAR
#undef READ_PORT_BUFFER_USHORT
#undef READ_PORT_BUFFER_ULONG
#undef READ_REGISTER_UCHAR
#undef READ_REGISTER_USHORT
#undef READ_REGISTER_ULONG
#undef READ_REGISTER_BUFFER_UCHAR
#undef READ_REGISTER_BUFFER_USHORT
#undef READ_REGISTER_BUFFER_ULONG
#undef WRITE_PORT_UCHAR
#undef WRITE_PORT_USHORT
#undef WRITE_PORT_ULONG
#undef WRITE_PORT_BUFFER_UCHAR
#undef WRITE_PORT_BUFFER_USHORT
#undef WRITE_PORT_BUFFER_ULONG
#undef WRITE_REGISTER_UCHAR
#undef WRITE_REGISTER_USHORT
#undef WRITE_REGISTER_ULONG
#undef WRITE_REGISTER_BUFFER_UCHAR
#undef WRITE_REGISTER_BUFFER_USHORT
#undef WRITE_REGISTER_BUFFER_ULONG
#include <driverspecs.h>
#include "ndis/x64.h"
#include "ndis/wdm_more.h"

#endif
