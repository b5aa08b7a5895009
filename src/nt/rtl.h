/* SPDX-License-Identifier: MIT */
/* rtl.h - what the run-time library of the kernel offers to the rest of the host.
 *
 * Nearly all of it is for drivers only and declared by the Windows headers. Here is what host code
 * may call as well: text between UTF-8 and the kernel's UTF-16, the case rules of the kernel, and
 * the Windows version that the machine claims to be.
 *
 * Threads and IRQL: everything here is pure, or reads constants, unless noted. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "nt/wdk.h"

/* The Windows that drivers see through RtlGetVersion, PsGetVersion and KUSER_SHARED_DATA: Windows
 * 8, which is the first one with NDIS 6.30, the newest that dirql implements. */
#define RTL_VERSION_MAJOR 6
#define RTL_VERSION_MINOR 2
#define RTL_VERSION_BUILD 9200
struct rtl_version {
    uint32_t major, minor, build;
};
extern const struct rtl_version rtl_version;

/* Upper and lower case of one UTF-16 code unit, as RtlUpcaseUnicodeChar and RtlDowncaseUnicodeChar
 * see it: single units only, and only pairs that map to each other. */
uint16_t rtl_upcase(uint16_t c);
uint16_t rtl_downcase(uint16_t c);

/* <0, 0 or >0; lengths in code units. */
int rtl_compare(const WCHAR *a, size_t a_chars, const WCHAR *b, size_t b_chars, bool ignore_case);

/* The code units before the terminating 0, at most `max`. */
size_t rtl_wcsnlen(const WCHAR *s, size_t max);

/* `chars` code units as a NUL-terminated UTF-8 string from malloc; NULL if memory ran out. A lone
 * surrogate becomes U+FFFD. */
char *rtl_utf8(const WCHAR *s, size_t chars);

/* A UTF-8 string as NUL-terminated UTF-16 from malloc, its length in *chars if chars is not NULL;
 * NULL if memory ran out. A malformed byte becomes U+FFFD. */
WCHAR *rtl_utf16(const char *utf8, size_t *chars);

/* One code point from `n` bytes at `s`, its length in *used. A malformed byte gives U+FFFD. */
uint32_t rtl_utf8_next(const char *s, size_t n, size_t *used);

/* One code point as UTF-8 into out, without a terminator; returns its length, 1 to 4. */
size_t rtl_utf8_put(char out[4], uint32_t code);

/* The system's ANSI code page, which is Windows-1252. Units that it lacks become '?'. */
uint16_t rtl_ansi_to_unit(uint8_t c);
uint8_t rtl_unit_to_ansi(uint16_t c);

/* An integer as text in base 2, 8, 10 or 16, without a prefix; `out` holds 65 bytes. Returns the
 * length. */
size_t rtl_integer_text(char out[65], uint64_t value, unsigned base, bool upper);

/* The C string functions' own copies, for host code that must not touch memory through libc because
 * the address may be a device's: see rtl_memory.c. */
void *NTAPI nt_memcpy(void *dst, const void *src, SIZE_T n);
void *NTAPI nt_memmove(void *dst, const void *src, SIZE_T n);
void *NTAPI nt_memset(void *dst, int value, SIZE_T n);
