/* SPDX-License-Identifier: MIT */
/* rtl_memory.c - copying, filling and comparing memory.
 *
 * A driver may hand us the address of a mapped BAR. Behind a simulated card that address faults and
 * each access is emulated on its own, so these functions never go through libc: its vector loads
 * and overlapping tails would read registers twice, or at widths that no bus has. Here every byte
 * is touched once, in ascending order (descending where memmove must), in units of 8, then 4, 2
 * and 1.
 *
 * On Windows x64 memcpy is memmove (overlap is safe), and drivers in the field rely on it; so here.
 * IRQL: any, if the memory is resident (WDK: RtlCopyMemory, Remarks). */
#include "nt/rtl.h"
#include "nt/export.h"

/* x86 allows any alignment; these say so to the compiler. */
typedef volatile uint64_t any64 __attribute__((aligned(1)));
typedef volatile uint32_t any32 __attribute__((aligned(1)));
typedef volatile uint16_t any16 __attribute__((aligned(1)));

/* Below this many 8-byte units a plain loop beats the start-up of `rep`. */
#define REP_UNITS 16

static void copy_up(char *d, const char *s, size_t n)
{
    size_t units = n / 8;
    if (units >= REP_UNITS) {
        __asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(units) : : "memory");
    } else {
        for (; units; units--, d += 8, s += 8)
            *(any64 *)d = *(const any64 *)s;
    }
    if (n & 4) {
        *(any32 *)d = *(const any32 *)s;
        d += 4, s += 4;
    }
    if (n & 2) {
        *(any16 *)d = *(const any16 *)s;
        d += 2, s += 2;
    }
    if (n & 1)
        *(volatile uint8_t *)d = *(const volatile uint8_t *)s;
}

static void copy_down(char *d, const char *s, size_t n)
{
    d += n, s += n;
    for (; n >= 8; n -= 8) {
        d -= 8, s -= 8;
        *(any64 *)d = *(const any64 *)s;
    }
    for (; n; n--)
        *(volatile uint8_t *)--d = *(const volatile uint8_t *)--s;
}

void *NTAPI nt_memmove(void *dst, const void *src, SIZE_T n)
{
    if ((uintptr_t)dst - (uintptr_t)src >= n)
        copy_up(dst, src, n);
    else
        copy_down(dst, src, n);
    return dst;
}

void *NTAPI nt_memcpy(void *dst, const void *src, SIZE_T n)
{
    return nt_memmove(dst, src, n);
}

void *NTAPI nt_memset(void *dst, int value, SIZE_T n)
{
    char *d = dst;
    uint64_t fill = 0x0101010101010101ull * (uint8_t)value;
    size_t units = n / 8;
    if (units >= REP_UNITS) {
        __asm__ volatile("rep stosq" : "+D"(d), "+c"(units) : "a"(fill) : "memory");
    } else {
        for (; units; units--, d += 8)
            *(any64 *)d = fill;
    }
    if (n & 4) {
        *(any32 *)d = (uint32_t)fill;
        d += 4;
    }
    if (n & 2) {
        *(any16 *)d = (uint16_t)fill;
        d += 2;
    }
    if (n & 1)
        *(volatile uint8_t *)d = (uint8_t)fill;
    return dst;
}

static int NTAPI nt_memcmp(const void *a, const void *b, SIZE_T n)
{
    const volatile uint8_t *x = a, *y = b;
    for (; n; n--, x++, y++) {
        uint8_t c = *x, d = *y;
        if (c != d)
            return c < d ? -1 : 1;
    }
    return 0;
}

static void *NTAPI nt_memchr(const void *s, int c, SIZE_T n)
{
    for (const volatile uint8_t *p = s; n; n--, p++)
        if (*p == (uint8_t)c)
            return (void *)p;
    return NULL;
}

NT_EXPORT_AS("ntoskrnl.exe", memcpy, nt_memcpy);
NT_EXPORT_AS("ntoskrnl.exe", memmove, nt_memmove);
NT_EXPORT_AS("ntoskrnl.exe", memset, nt_memset);
NT_EXPORT_AS("ntoskrnl.exe", memcmp, nt_memcmp);
NT_EXPORT_AS("ntoskrnl.exe", memchr, nt_memchr);

/* The headers make most of these macros over the C functions, but each is a real export too, used
 * by drivers built without optimisation or with older headers. */
#undef RtlCopyMemory
#undef RtlMoveMemory
#undef RtlZeroMemory
#undef RtlFillMemory

static void NTAPI nt_copy_memory(void *dst, const void *src, SIZE_T n)
{
    nt_memmove(dst, src, n);
}
NT_EXPORT_AS("ntoskrnl.exe", RtlCopyMemory, nt_copy_memory);
NT_EXPORT_AS("ntoskrnl.exe", RtlMoveMemory, nt_copy_memory);

static void NTAPI nt_zero_memory(void *dst, SIZE_T n)
{
    nt_memset(dst, 0, n);
}
NT_EXPORT_AS("ntoskrnl.exe", RtlZeroMemory, nt_zero_memory);

static void NTAPI nt_fill_memory(void *dst, SIZE_T n, int value)
{
    nt_memset(dst, value, n);
}
NT_EXPORT_AS("ntoskrnl.exe", RtlFillMemory, nt_fill_memory);

/* Bypassing the cache is a hint; the effect that a driver can observe is the copy. */
void NTAPI RtlCopyMemoryNonTemporal(void *Destination, const void *Source, SIZE_T Length)
{
    nt_memmove(Destination, Source, Length);
}
NT_EXPORT("ntoskrnl.exe", RtlCopyMemoryNonTemporal);

static void NTAPI nt_prefetch(void *source, SIZE_T length)
{
    for (SIZE_T i = 0; i < length; i += 64)
        __builtin_prefetch((char *)source + i, 0, 0);
}
NT_EXPORT_AS("ntoskrnl.exe", RtlPrefetchMemoryNonTemporal, nt_prefetch);

/* The number of leading bytes that are equal, not an order (WDK: RtlCompareMemory). */
SIZE_T NTAPI RtlCompareMemory(const void *Source1, const void *Source2, SIZE_T Length)
{
    const volatile uint8_t *a = Source1, *b = Source2;
    SIZE_T i = 0;
    while (i < Length && a[i] == b[i])
        i++;
    return i;
}
NT_EXPORT("ntoskrnl.exe", RtlCompareMemory);

/* The bytes from the start that hold `Pattern` repeated; 0 if the length is not a multiple of 4
 * (WDK: RtlCompareMemoryUlong). */
static SIZE_T NTAPI nt_compare_memory_ulong(void *source, SIZE_T length, ULONG pattern)
{
    if (length % 4)
        return 0;
    const any32 *p = source;
    SIZE_T i = 0;
    while (i < length / 4 && p[i] == pattern)
        i++;
    return i * 4;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlCompareMemoryUlong, nt_compare_memory_ulong);

static void NTAPI nt_fill_memory_ulong(void *dst, SIZE_T length, ULONG pattern)
{
    for (SIZE_T i = 0; i < length / 4; i++)
        ((any32 *)dst)[i] = pattern;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlFillMemoryUlong, nt_fill_memory_ulong);

static void NTAPI nt_fill_memory_ulonglong(void *dst, SIZE_T length, ULONGLONG pattern)
{
    for (SIZE_T i = 0; i < length / 8; i++)
        ((any64 *)dst)[i] = pattern;
}
NT_EXPORT_AS("ntoskrnl.exe", RtlFillMemoryUlonglong, nt_fill_memory_ulonglong);

/* errno_t results of the secure variants (Microsoft C run-time reference: memcpy_s). */
#define ERR_INVALID 22 /* EINVAL */
#define ERR_RANGE   34 /* ERANGE */

static int NTAPI nt_memcpy_s(void *dst, SIZE_T dst_size, const void *src, SIZE_T n)
{
    if (n == 0)
        return 0;
    if (!dst)
        return ERR_INVALID;
    if (!src || dst_size < n) {
        nt_memset(dst, 0, dst_size);
        return src ? ERR_RANGE : ERR_INVALID;
    }
    nt_memmove(dst, src, n);
    return 0;
}
NT_EXPORT_AS("ntoskrnl.exe", memcpy_s, nt_memcpy_s);

static int NTAPI nt_memmove_s(void *dst, SIZE_T dst_size, const void *src, SIZE_T n)
{
    if (n == 0)
        return 0;
    if (!dst || !src)
        return ERR_INVALID;
    if (dst_size < n)
        return ERR_RANGE;
    nt_memmove(dst, src, n);
    return 0;
}
NT_EXPORT_AS("ntoskrnl.exe", memmove_s, nt_memmove_s);

static USHORT NTAPI nt_swap16(USHORT v)
{
    return __builtin_bswap16(v);
}
NT_EXPORT_AS("ntoskrnl.exe", RtlUshortByteSwap, nt_swap16);

static ULONG NTAPI nt_swap32(ULONG v)
{
    return __builtin_bswap32(v);
}
NT_EXPORT_AS("ntoskrnl.exe", RtlUlongByteSwap, nt_swap32);

static ULONGLONG NTAPI nt_swap64(ULONGLONG v)
{
    return __builtin_bswap64(v);
}
NT_EXPORT_AS("ntoskrnl.exe", RtlUlonglongByteSwap, nt_swap64);
