/* SPDX-License-Identifier: MIT */
/* printf_export.c - DbgPrint and the sprintf family, as drivers import them from ntoskrnl.exe.
 *
 * Results are those of Microsoft's C run-time reference: the old functions return -1 when the text
 * does not fit and leave it unterminated; the _s functions terminate always, and empty the buffer
 * when the text does not fit and truncation was not asked for. */
#include <string.h>
#include <unistd.h>
#include "nt/alarm.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/printf.h"
#include "nt/rtl.h"

#define TRUNCATE ((SIZE_T)-1)

/* --- sprintf: narrow ------------------------------------------------------------------------- */

static int print(char *out, SIZE_T size, const char *format, __builtin_ms_va_list args)
{
    size_t n = nt_format(out, out ? size : 0, NULL, format, args);
    if (n < size && out)
        out[n] = 0;
    return out && n > size ? -1 : (int)n;
}

static int print_s(char *out, SIZE_T size, SIZE_T count, const char *format,
                   __builtin_ms_va_list args)
{
    if (!out || !size || !format)
        return -1;
    SIZE_T room = count < size - 1 ? count : size - 1;
    size_t n = nt_format(out, room, NULL, format, args);
    if (n <= room) {
        out[n] = 0;
        return (int)n;
    }
    out[count == TRUNCATE || count < size ? room : 0] = 0;
    return -1;
}

static int NTAPI nt__vsnprintf(char *out, SIZE_T size, const char *format,
                               __builtin_ms_va_list args)
{
    return print(out, size, format, args);
}
NT_EXPORT_AS("ntoskrnl.exe", _vsnprintf, nt__vsnprintf);

static int NTAPI nt__snprintf(char *out, SIZE_T size, const char *format, ...)
{
    __builtin_ms_va_list args;
    __builtin_ms_va_start(args, format);
    int n = print(out, size, format, args);
    __builtin_ms_va_end(args);
    return n;
}
NT_EXPORT_AS("ntoskrnl.exe", _snprintf, nt__snprintf);

static int NTAPI nt_vsprintf(char *out, const char *format, __builtin_ms_va_list args)
{
    return print(out, (SIZE_T)-1, format, args);
}
NT_EXPORT_AS("ntoskrnl.exe", vsprintf, nt_vsprintf);

static int NTAPI nt_sprintf(char *out, const char *format, ...)
{
    __builtin_ms_va_list args;
    __builtin_ms_va_start(args, format);
    int n = print(out, (SIZE_T)-1, format, args);
    __builtin_ms_va_end(args);
    return n;
}
NT_EXPORT_AS("ntoskrnl.exe", sprintf, nt_sprintf);

static int NTAPI nt__vsnprintf_s(char *out, SIZE_T size, SIZE_T count, const char *format,
                                 __builtin_ms_va_list args)
{
    return print_s(out, size, count, format, args);
}
NT_EXPORT_AS("ntoskrnl.exe", _vsnprintf_s, nt__vsnprintf_s);

static int NTAPI nt__snprintf_s(char *out, SIZE_T size, SIZE_T count, const char *format, ...)
{
    __builtin_ms_va_list args;
    __builtin_ms_va_start(args, format);
    int n = print_s(out, size, count, format, args);
    __builtin_ms_va_end(args);
    return n;
}
NT_EXPORT_AS("ntoskrnl.exe", _snprintf_s, nt__snprintf_s);

/* A count that no text reaches, and that is not _TRUNCATE: the text fits or the call fails. */
#define WHOLE (TRUNCATE - 1)

static int NTAPI nt_vsprintf_s(char *out, SIZE_T size, const char *format,
                               __builtin_ms_va_list args)
{
    return print_s(out, size, WHOLE, format, args);
}
NT_EXPORT_AS("ntoskrnl.exe", vsprintf_s, nt_vsprintf_s);

static int NTAPI nt_sprintf_s(char *out, SIZE_T size, const char *format, ...)
{
    __builtin_ms_va_list args;
    __builtin_ms_va_start(args, format);
    int n = print_s(out, size, WHOLE, format, args);
    __builtin_ms_va_end(args);
    return n;
}
NT_EXPORT_AS("ntoskrnl.exe", sprintf_s, nt_sprintf_s);

/* --- sprintf: wide --------------------------------------------------------------------------- */

static int print_wide(WCHAR *out, SIZE_T size, const WCHAR *format, __builtin_ms_va_list args)
{
    size_t n = nt_format_wide(out, out ? size : 0, format, args);
    if (n < size && out)
        out[n] = 0;
    return out && n > size ? -1 : (int)n;
}

static int print_wide_s(WCHAR *out, SIZE_T size, SIZE_T count, const WCHAR *format,
                        __builtin_ms_va_list args)
{
    if (!out || !size || !format)
        return -1;
    SIZE_T room = count < size - 1 ? count : size - 1;
    size_t n = nt_format_wide(out, room, format, args);
    if (n <= room) {
        out[n] = 0;
        return (int)n;
    }
    out[count == TRUNCATE || count < size ? room : 0] = 0;
    return -1;
}

static int NTAPI nt__vsnwprintf(WCHAR *out, SIZE_T size, const WCHAR *format,
                                __builtin_ms_va_list args)
{
    return print_wide(out, size, format, args);
}
NT_EXPORT_AS("ntoskrnl.exe", _vsnwprintf, nt__vsnwprintf);

static int NTAPI nt__snwprintf(WCHAR *out, SIZE_T size, const WCHAR *format, ...)
{
    __builtin_ms_va_list args;
    __builtin_ms_va_start(args, format);
    int n = print_wide(out, size, format, args);
    __builtin_ms_va_end(args);
    return n;
}
NT_EXPORT_AS("ntoskrnl.exe", _snwprintf, nt__snwprintf);

/* The kernel's swprintf has no size, unlike standard C's. */
static int NTAPI nt_swprintf(WCHAR *out, const WCHAR *format, ...)
{
    __builtin_ms_va_list args;
    __builtin_ms_va_start(args, format);
    int n = print_wide(out, (SIZE_T)-1, format, args);
    __builtin_ms_va_end(args);
    return n;
}
NT_EXPORT_AS("ntoskrnl.exe", swprintf, nt_swprintf);
NT_EXPORT_AS("ntoskrnl.exe", _swprintf, nt_swprintf);

static int NTAPI nt_vswprintf(WCHAR *out, const WCHAR *format, __builtin_ms_va_list args)
{
    return print_wide(out, (SIZE_T)-1, format, args);
}
NT_EXPORT_AS("ntoskrnl.exe", _vswprintf, nt_vswprintf);

static int NTAPI nt__vsnwprintf_s(WCHAR *out, SIZE_T size, SIZE_T count, const WCHAR *format,
                                  __builtin_ms_va_list args)
{
    return print_wide_s(out, size, count, format, args);
}
NT_EXPORT_AS("ntoskrnl.exe", _vsnwprintf_s, nt__vsnwprintf_s);

static int NTAPI nt__snwprintf_s(WCHAR *out, SIZE_T size, SIZE_T count, const WCHAR *format, ...)
{
    __builtin_ms_va_list args;
    __builtin_ms_va_start(args, format);
    int n = print_wide_s(out, size, count, format, args);
    __builtin_ms_va_end(args);
    return n;
}
NT_EXPORT_AS("ntoskrnl.exe", _snwprintf_s, nt__snwprintf_s);

static int NTAPI nt_vswprintf_s(WCHAR *out, SIZE_T size, const WCHAR *format,
                                __builtin_ms_va_list args)
{
    return print_wide_s(out, size, WHOLE, format, args);
}
NT_EXPORT_AS("ntoskrnl.exe", vswprintf_s, nt_vswprintf_s);

static int NTAPI nt_swprintf_s(WCHAR *out, SIZE_T size, const WCHAR *format, ...)
{
    __builtin_ms_va_list args;
    __builtin_ms_va_start(args, format);
    int n = print_wide_s(out, size, WHOLE, format, args);
    __builtin_ms_va_end(args);
    return n;
}
NT_EXPORT_AS("ntoskrnl.exe", swprintf_s, nt_swprintf_s);

/* --- DbgPrint -------------------------------------------------------------------------------- */

/* The kernel sends no more than this at a time (WDK: DbgPrint, Remarks). */
#define DBGPRINT_BYTES 512

static void write_all(const char *text, size_t n)
{
    while (n) {
        ssize_t done = write(STDERR_FILENO, text, n);
        if (done <= 0)
            return;
        text += done;
        n -= (size_t)done;
    }
}

static void to_stderr(const char *text)
{
    static const char prefix[] = "driver: ";
    static bool in_line;
    char out[4096];
    size_t n = 0;
    for (; *text; text++) {
        if (n + sizeof prefix + 1 > sizeof out) {
            write_all(out, n);
            n = 0;
        }
        if (!in_line) {
            memcpy(out + n, prefix, sizeof prefix - 1);
            n += sizeof prefix - 1;
        }
        if (*text != '\r')
            out[n++] = *text;
        in_line = *text != '\n';
    }
    write_all(out, n);
}

void (*dbgprint_sink)(const char *text) = to_stderr;
uint32_t dbgprint_levels = ~0u;

/* A level of 0 to 31 is a bit number, anything else a set of bits (WDK: DbgPrintEx, Level). */
static bool level_shown(ULONG level)
{
    return dbgprint_levels & (level > 31 ? level : 1u << level);
}

static ULONG debug_print(const char *function, const char *prefix, const char *format,
                         __builtin_ms_va_list args)
{
    static struct host_lock lock;
    char ansi[DBGPRINT_BYTES], utf8[DBGPRINT_BYTES * 3 + 1];
    size_t at = 0, n = 0;
    bool used_wide;
    irql_require(function, 0, DIRQL_MAX);
    while (prefix && prefix[at] && at < sizeof ansi) {
        ansi[at] = prefix[at];
        at++;
    }
    size_t length = at + nt_format(ansi + at, sizeof ansi - at, &used_wide, format, args);
    if (length > sizeof ansi)
        length = sizeof ansi;
    if (used_wide)
        irql_require("DbgPrint with a Unicode conversion", 0, PASSIVE_LEVEL);
    for (size_t i = 0; i < length; i++)
        if (ansi[i])
            n += rtl_utf8_put(utf8 + n, rtl_ansi_to_unit((uint8_t)ansi[i]));
    utf8[n] = 0;
    host_lock(&lock);
    dbgprint_sink(utf8);
    host_unlock(&lock);
    return STATUS_SUCCESS;
}

ULONG NTAPI DbgPrint(PCSTR Format, ...)
{
    __builtin_ms_va_list args;
    __builtin_ms_va_start(args, Format);
    ULONG status = debug_print("DbgPrint", NULL, Format, args);
    __builtin_ms_va_end(args);
    return status;
}
NT_EXPORT("ntoskrnl.exe", DbgPrint);
NT_EXPORT_AS("ntoskrnl.exe", DbgPrintReturnControlC, DbgPrint);

ULONG NTAPI DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    if (!level_shown(Level))
        return STATUS_SUCCESS;
    __builtin_ms_va_list args;
    __builtin_ms_va_start(args, Format);
    ULONG status = debug_print("DbgPrintEx", NULL, Format, args);
    __builtin_ms_va_end(args);
    return status;
}
NT_EXPORT("ntoskrnl.exe", DbgPrintEx);

static ULONG NTAPI nt_vDbgPrintEx(ULONG component, ULONG level, const char *format,
                                  __builtin_ms_va_list args)
{
    return level_shown(level) ? debug_print("vDbgPrintEx", NULL, format, args) : STATUS_SUCCESS;
}
NT_EXPORT_AS("ntoskrnl.exe", vDbgPrintEx, nt_vDbgPrintEx);

static ULONG NTAPI nt_vDbgPrintExWithPrefix(const char *prefix, ULONG component, ULONG level,
                                            const char *format, __builtin_ms_va_list args)
{
    return level_shown(level) ? debug_print("vDbgPrintExWithPrefix", prefix, format, args)
                              : STATUS_SUCCESS;
}
NT_EXPORT_AS("ntoskrnl.exe", vDbgPrintExWithPrefix, nt_vDbgPrintExWithPrefix);

static NTSTATUS NTAPI nt_query_filter(ULONG component, ULONG level)
{
    return level_shown(level);
}
NT_EXPORT_AS("ntoskrnl.exe", DbgQueryDebugFilterState, nt_query_filter);
