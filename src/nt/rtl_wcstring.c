/* SPDX-License-Identifier: MIT */
/* rtl_wcstring.c - the C run-time library's wide-character functions that ntoskrnl.exe exports.
 *
 * Wide is 16 bits here, so libc has none of them. As in the kernel, case follows the system's table
 * (rtl_upcase), not a locale. IRQL: any, if the memory is resident. */
#include <errno.h>
#include <limits.h>
#include "nt/rtl.h"
#include "nt/export.h"

#define STRUNCATE    80
#define TRUNCATE_ALL ((SIZE_T)-1)

#define CRT(name) NT_EXPORT_AS("ntoskrnl.exe", name, nt_##name)

static WCHAR NTAPI nt_towlower(WCHAR c)
{
    return rtl_downcase(c);
}
CRT(towlower);

static WCHAR NTAPI nt_towupper(WCHAR c)
{
    return rtl_upcase(c);
}
CRT(towupper);

/* --- length, compare, search ----------------------------------------------------------------- */

static SIZE_T NTAPI nt_wcsnlen(const WCHAR *s, SIZE_T max)
{
    return rtl_wcsnlen(s, max);
}
CRT(wcsnlen);

static SIZE_T NTAPI nt_wcslen(const WCHAR *s)
{
    return rtl_wcsnlen(s, (SIZE_T)-1);
}
CRT(wcslen);

static int compare(const WCHAR *a, const WCHAR *b, SIZE_T n, bool ignore_case)
{
    for (; n; n--, a++, b++) {
        int x = *a, y = *b;
        if (x != y && ignore_case) {
            x = rtl_downcase((WCHAR)x);
            y = rtl_downcase((WCHAR)y);
        }
        if (x != y)
            return x < y ? -1 : 1;
        if (!x)
            break;
    }
    return 0;
}

static int NTAPI nt_wcscmp(const WCHAR *a, const WCHAR *b)
{
    return compare(a, b, (SIZE_T)-1, false);
}
CRT(wcscmp);

static int NTAPI nt_wcsncmp(const WCHAR *a, const WCHAR *b, SIZE_T n)
{
    return compare(a, b, n, false);
}
CRT(wcsncmp);

static int NTAPI nt__wcsicmp(const WCHAR *a, const WCHAR *b)
{
    return compare(a, b, (SIZE_T)-1, true);
}
CRT(_wcsicmp);

static int NTAPI nt__wcsnicmp(const WCHAR *a, const WCHAR *b, SIZE_T n)
{
    return compare(a, b, n, true);
}
CRT(_wcsnicmp);

static WCHAR *NTAPI nt_wcschr(const WCHAR *s, WCHAR c)
{
    for (;; s++) {
        if (*s == c)
            return (WCHAR *)s;
        if (!*s)
            return NULL;
    }
}
CRT(wcschr);

static WCHAR *NTAPI nt_wcsrchr(const WCHAR *s, WCHAR c)
{
    const WCHAR *last = NULL;
    for (;; s++) {
        if (*s == c)
            last = s;
        if (!*s)
            return (WCHAR *)last;
    }
}
CRT(wcsrchr);

static WCHAR *NTAPI nt_wcsstr(const WCHAR *s, const WCHAR *part)
{
    SIZE_T n = nt_wcslen(part);
    for (;; s++) {
        if (!compare(s, part, n, false))
            return (WCHAR *)s;
        if (!*s)
            return NULL;
    }
}
CRT(wcsstr);

static SIZE_T span(const WCHAR *s, const WCHAR *set, bool in)
{
    SIZE_T n = 0;
    while (s[n]) {
        const WCHAR *p = set;
        while (*p && *p != s[n])
            p++;
        if ((*p != 0) != in)
            break;
        n++;
    }
    return n;
}

static SIZE_T NTAPI nt_wcsspn(const WCHAR *s, const WCHAR *set)
{
    return span(s, set, true);
}
CRT(wcsspn);

static SIZE_T NTAPI nt_wcscspn(const WCHAR *s, const WCHAR *set)
{
    return span(s, set, false);
}
CRT(wcscspn);

/* --- copy and append ------------------------------------------------------------------------- */

static WCHAR *NTAPI nt_wcscpy(WCHAR *dst, const WCHAR *src)
{
    nt_memmove(dst, src, 2 * (nt_wcslen(src) + 1));
    return dst;
}
CRT(wcscpy);

static WCHAR *NTAPI nt_wcsncpy(WCHAR *dst, const WCHAR *src, SIZE_T n)
{
    SIZE_T len = rtl_wcsnlen(src, n);
    nt_memmove(dst, src, 2 * len);
    nt_memset(dst + len, 0, 2 * (n - len));
    return dst;
}
CRT(wcsncpy);

static WCHAR *NTAPI nt_wcscat(WCHAR *dst, const WCHAR *src)
{
    nt_wcscpy(dst + nt_wcslen(dst), src);
    return dst;
}
CRT(wcscat);

static WCHAR *NTAPI nt_wcsncat(WCHAR *dst, const WCHAR *src, SIZE_T n)
{
    WCHAR *end = dst + nt_wcslen(dst);
    SIZE_T len = rtl_wcsnlen(src, n);
    nt_memmove(end, src, 2 * len);
    end[len] = 0;
    return dst;
}
CRT(wcsncat);

/* As put_s in rtl_cstring.c: sizes and counts are in characters. */
static int put_s(WCHAR *dst, SIZE_T size, SIZE_T at, const WCHAR *src, SIZE_T n)
{
    if (!dst || !size || at >= size)
        return EINVAL;
    if (!src) {
        if (n == 0 && at)
            return 0;
        dst[0] = 0;
        return n == 0 ? 0 : EINVAL;
    }
    SIZE_T len = rtl_wcsnlen(src, n);
    int result = 0;
    if (len >= size - at) {
        if (n != TRUNCATE_ALL) {
            dst[0] = 0;
            return ERANGE;
        }
        len = size - at - 1;
        result = STRUNCATE;
    }
    nt_memmove(dst + at, src, 2 * len);
    dst[at + len] = 0;
    return result;
}

static int NTAPI nt_wcsncpy_s(WCHAR *dst, SIZE_T size, const WCHAR *src, SIZE_T n)
{
    return put_s(dst, size, 0, src, n);
}
CRT(wcsncpy_s);

static int NTAPI nt_wcscpy_s(WCHAR *dst, SIZE_T size, const WCHAR *src)
{
    return put_s(dst, size, 0, src, TRUNCATE_ALL - 1);
}
CRT(wcscpy_s);

static int NTAPI nt_wcsncat_s(WCHAR *dst, SIZE_T size, const WCHAR *src, SIZE_T n)
{
    if (!dst)
        return EINVAL;
    SIZE_T at = rtl_wcsnlen(dst, size);
    if (at == size && size)
        dst[0] = 0;
    return put_s(dst, size, at, src, n);
}
CRT(wcsncat_s);

static int NTAPI nt_wcscat_s(WCHAR *dst, SIZE_T size, const WCHAR *src)
{
    return nt_wcsncat_s(dst, size, src, TRUNCATE_ALL - 1);
}
CRT(wcscat_s);

static WCHAR *NTAPI nt__wcslwr(WCHAR *s)
{
    for (WCHAR *p = s; *p; p++)
        *p = rtl_downcase(*p);
    return s;
}
CRT(_wcslwr);

static WCHAR *NTAPI nt__wcsupr(WCHAR *s)
{
    for (WCHAR *p = s; *p; p++)
        *p = rtl_upcase(*p);
    return s;
}
CRT(_wcsupr);

static WCHAR *NTAPI nt__wcsrev(WCHAR *s)
{
    for (SIZE_T i = 0, j = nt_wcslen(s); i + 1 < j; i++, j--) {
        WCHAR c = s[i];
        s[i] = s[j - 1];
        s[j - 1] = c;
    }
    return s;
}
CRT(_wcsrev);

/* --- numbers and conversion ------------------------------------------------------------------ */

static unsigned digit_value(WCHAR c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if ((c | 32) >= 'a' && (c | 32) <= 'z')
        return (unsigned)((c | 32) - 'a' + 10);
    return UINT_MAX;
}

/* Magnitude at the start of `s`, at most `max + 1`, its sign, and where it ends (s: no digit). */
static uint64_t parse(const WCHAR *s, const WCHAR **end, unsigned base, bool *negative,
                      uint64_t max)
{
    const WCHAR *p = s;
    *end = s;
    *negative = false;
    while (*p == ' ' || (*p >= '\t' && *p <= '\r'))
        p++;
    if (*p == '+' || *p == '-')
        *negative = *p++ == '-';
    if ((base == 0 || base == 16) && p[0] == '0' && (p[1] | 32) == 'x' && digit_value(p[2]) < 16) {
        p += 2;
        base = 16;
    } else if (base == 0) {
        base = *p == '0' ? 8 : 10;
    }
    uint64_t value = 0;
    for (; digit_value(*p) < base; *end = ++p)
        if (value <= max)
            value = value * base + digit_value(*p);
    return value > max ? max + 1 : value;
}

static LONG NTAPI nt_wcstol(const WCHAR *s, WCHAR **end, int base)
{
    const WCHAR *stop;
    bool negative;
    uint64_t v = parse(s, &stop, (unsigned)base, &negative, UINT32_MAX);
    if (end)
        *end = (WCHAR *)stop;
    if (negative)
        return v > 0x80000000u ? INT32_MIN : (LONG) - (int64_t)v;
    return v > INT32_MAX ? INT32_MAX : (LONG)v;
}
CRT(wcstol);

static ULONG NTAPI nt_wcstoul(const WCHAR *s, WCHAR **end, int base)
{
    const WCHAR *stop;
    bool negative;
    uint64_t v = parse(s, &stop, (unsigned)base, &negative, UINT32_MAX);
    if (end)
        *end = (WCHAR *)stop;
    if (v > UINT32_MAX)
        return UINT32_MAX;
    return negative ? 0 - (ULONG)v : (ULONG)v;
}
CRT(wcstoul);

static int NTAPI nt__wtoi(const WCHAR *s)
{
    return nt_wcstol(s, NULL, 10);
}
CRT(_wtoi);
NT_EXPORT_AS("ntoskrnl.exe", _wtol, nt__wtoi);

/* The characters converted, without a terminator; with dst NULL, how many there are. */
static SIZE_T NTAPI nt_mbstowcs(WCHAR *dst, const char *src, SIZE_T n)
{
    SIZE_T i = 0;
    for (; (!dst || i < n) && src[i]; i++)
        if (dst)
            dst[i] = rtl_ansi_to_unit((uint8_t)src[i]);
    if (dst && i < n)
        dst[i] = 0;
    return i;
}
CRT(mbstowcs);

static SIZE_T NTAPI nt_wcstombs(char *dst, const WCHAR *src, SIZE_T n)
{
    SIZE_T i = 0;
    for (; (!dst || i < n) && src[i]; i++)
        if (dst)
            dst[i] = (char)rtl_unit_to_ansi(src[i]);
    if (dst && i < n)
        dst[i] = 0;
    return i;
}
CRT(wcstombs);

static int NTAPI nt_mbtowc(WCHAR *dst, const char *src, SIZE_T n)
{
    if (!src || !n)
        return src ? -1 : 0;
    if (dst)
        *dst = rtl_ansi_to_unit((uint8_t)*src);
    return *src != 0;
}
CRT(mbtowc);

static int NTAPI nt_wctomb(char *dst, WCHAR c)
{
    if (!dst)
        return 0;
    *dst = (char)rtl_unit_to_ansi(c);
    return 1;
}
CRT(wctomb);

static int NTAPI nt__itow_s(int value, WCHAR *out, SIZE_T size, int base)
{
    if (!out || !size)
        return EINVAL;
    out[0] = 0;
    if (base < 2 || base > 36)
        return EINVAL;
    bool negative = base == 10 && value < 0;
    uint32_t v = negative ? 0 - (uint32_t)value : (uint32_t)value;
    char reversed[34];
    SIZE_T n = 0;
    do {
        reversed[n++] = "0123456789abcdefghijklmnopqrstuvwxyz"[v % (unsigned)base];
        v /= (unsigned)base;
    } while (v);
    if (negative)
        reversed[n++] = '-';
    if (n >= size)
        return ERANGE;
    for (SIZE_T i = 0; i < n; i++)
        out[i] = (WCHAR)reversed[n - 1 - i];
    out[n] = 0;
    return 0;
}
CRT(_itow_s);
NT_EXPORT_AS("ntoskrnl.exe", _ltow_s, nt__itow_s);

static WCHAR *NTAPI nt__itow(int value, WCHAR *out, int base)
{
    nt__itow_s(value, out, 34, base);
    return out;
}
CRT(_itow);
