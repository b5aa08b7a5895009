/* SPDX-License-Identifier: MIT */
/* ntddk.h - mingw-w64's, over our wdm.h. */
#ifndef DDK_NTDDK_H
#define DDK_NTDDK_H
#define KeGetCurrentProcessorNumber DdkMingw_KeGetCurrentProcessorNumber
#include_next <ntddk.h>
#undef KeGetCurrentProcessorNumber

/* The number is in the processor's control region, which gs points to; no export. */
FORCEINLINE ULONG KeGetCurrentProcessorNumber(VOID)
{
    ULONG Number;
    __asm__ __volatile__("movzwl %%gs:0x184, %0" : "=r"(Number));
    return Number;
}

#endif
