/* SPDX-License-Identifier: MIT */
/* printf.h - formatted output for drivers: DbgPrint and the kernel's sprintf family.
 *
 * The format rules are Microsoft's ("Format specification syntax: printf and wprintf functions"),
 * as ntoskrnl.exe has them: `long` is 32 bits, %I64d, %wZ and %Z for counted strings, %S the other
 * character width, %p sixteen upper-case digits. Arguments come in a driver's va_list, which is a
 * plain pointer (__builtin_ms_va_list), not the host's. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "nt/wdk.h"

/* Where DbgPrint's text goes: UTF-8, a line or a part of one, perhaps several. Called on the
 * driver's processor at its IRQL, one call at a time; it must not block. The default writes to
 * standard error with "driver: " before each line. */
extern void (*dbgprint_sink)(const char *text);

/* Which levels of DbgPrintEx are shown: bit n is level n (0 error, 1 warning, 2 trace, 3
 * information). All of them at first; Windows shows only errors unless told otherwise. */
extern uint32_t dbgprint_levels;

/* Formats into at most `size` units and returns how many the whole text has; there is no
 * terminator. *used_wide, if not NULL, tells whether a conversion needed Unicode tables, which
 * DbgPrint allows only at PASSIVE_LEVEL. */
size_t nt_format(char *out, size_t size, bool *used_wide, const char *format,
                 __builtin_ms_va_list args);
size_t nt_format_wide(WCHAR *out, size_t size, const WCHAR *format, __builtin_ms_va_list args);
