/* SPDX-License-Identifier: MIT */
/* rtl_cstring.c - the C run-time library's narrow-character functions that ntoskrnl.exe exports.
 *
 * They are written out rather than passed on to libc, as the kernel's have the "C" locale's ASCII
 * rules, 32-bit `long`, and Microsoft's secure variants with their own error results. Functions
 * that return 0 or an errno_t follow the Microsoft C run-time reference; the numbers are the same
 * as Linux's for the three that are used. IRQL: any, if the memory is resident. */
#include <errno.h>
#include <limits.h>
#include "nt/rtl.h"
#include "nt/export.h"

#define STRUNCATE    80 /* errno_t: the text was cut, as _TRUNCATE asked */
#define TRUNCATE_ALL ((SIZE_T)-1)

#define CRT(name) NT_EXPORT_AS("ntoskrnl.exe", name, nt_##name)

/* --- characters ------------------------------------------------------------------------------ */

static int NTAPI nt_isdigit(int c)
{
    return c >= '0' && c <= '9';
}
CRT(isdigit);

static int NTAPI nt_islower(int c)
{
    return c >= 'a' && c <= 'z';
}
CRT(islower);

static int NTAPI nt_isupper(int c)
{
    return c >= 'A' && c <= 'Z';
}
CRT(isupper);

static int NTAPI nt_isalpha(int c)
{
    return nt_islower(c) || nt_isupper(c);
}
CRT(isalpha);

static int NTAPI nt_isalnum(int c)
{
    return nt_isalpha(c) || nt_isdigit(c);
}
CRT(isalnum);

static int NTAPI nt_isprint(int c)
{
    return c >= ' ' && c <= '~';
}
CRT(isprint);

static int NTAPI nt_isspace(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
CRT(isspace);

static int NTAPI nt_isxdigit(int c)
{
    return nt_isdigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
CRT(isxdigit);

static int NTAPI nt_tolower(int c)
{
    return nt_isupper(c) ? c + 32 : c;
}
CRT(tolower);

static int NTAPI nt_toupper(int c)
{
    return nt_islower(c) ? c - 32 : c;
}
CRT(toupper);

/* --- length, compare, search ----------------------------------------------------------------- */

static SIZE_T NTAPI nt_strnlen(const char *s, SIZE_T max)
{
    SIZE_T n = 0;
    while (n < max && ((const volatile char *)s)[n])
        n++;
    return n;
}
CRT(strnlen);

static SIZE_T NTAPI nt_strlen(const char *s)
{
    return nt_strnlen(s, (SIZE_T)-1);
}
CRT(strlen);

static int compare(const char *a, const char *b, SIZE_T n, bool ignore_case)
{
    for (; n; n--, a++, b++) {
        int x = (uint8_t)*a, y = (uint8_t)*b;
        if (ignore_case) {
            x = nt_tolower(x);
            y = nt_tolower(y);
        }
        if (x != y)
            return x < y ? -1 : 1;
        if (!x)
            break;
    }
    return 0;
}

static int NTAPI nt_strcmp(const char *a, const char *b)
{
    return compare(a, b, (SIZE_T)-1, false);
}
CRT(strcmp);

static int NTAPI nt_strncmp(const char *a, const char *b, SIZE_T n)
{
    return compare(a, b, n, false);
}
CRT(strncmp);

static int NTAPI nt__stricmp(const char *a, const char *b)
{
    return compare(a, b, (SIZE_T)-1, true);
}
CRT(_stricmp);

static int NTAPI nt__strnicmp(const char *a, const char *b, SIZE_T n)
{
    return compare(a, b, n, true);
}
CRT(_strnicmp);

static char *NTAPI nt_strchr(const char *s, int c)
{
    for (;; s++) {
        if (*s == (char)c)
            return (char *)s;
        if (!*s)
            return NULL;
    }
}
CRT(strchr);

static char *NTAPI nt_strrchr(const char *s, int c)
{
    const char *last = NULL;
    for (;; s++) {
        if (*s == (char)c)
            last = s;
        if (!*s)
            return (char *)last;
    }
}
CRT(strrchr);

static char *NTAPI nt_strstr(const char *s, const char *part)
{
    SIZE_T n = nt_strlen(part);
    for (;; s++) {
        if (!compare(s, part, n, false))
            return (char *)s;
        if (!*s)
            return NULL;
    }
}
CRT(strstr);

/* The length of the start of `s` whose characters are all in `set` (or all not in it). */
static SIZE_T span(const char *s, const char *set, bool in)
{
    SIZE_T n = 0;
    while (s[n]) {
        const char *p = set;
        while (*p && *p != s[n])
            p++;
        if ((*p != 0) != in)
            break;
        n++;
    }
    return n;
}

static SIZE_T NTAPI nt_strspn(const char *s, const char *set)
{
    return span(s, set, true);
}
CRT(strspn);

static SIZE_T NTAPI nt_strcspn(const char *s, const char *set)
{
    return span(s, set, false);
}
CRT(strcspn);

static char *NTAPI nt_strpbrk(const char *s, const char *set)
{
    s += span(s, set, false);
    return *s ? (char *)s : NULL;
}
CRT(strpbrk);

static char *NTAPI nt_strtok_s(char *s, const char *delimiters, char **context)
{
    if (!s)
        s = *context;
    s += span(s, delimiters, true);
    if (!*s) {
        *context = s;
        return NULL;
    }
    char *end = s + span(s, delimiters, false);
    if (*end)
        *end++ = 0;
    *context = end;
    return s;
}
CRT(strtok_s);

/* --- copy and append ------------------------------------------------------------------------- */

static char *NTAPI nt_strcpy(char *dst, const char *src)
{
    nt_memmove(dst, src, nt_strlen(src) + 1);
    return dst;
}
CRT(strcpy);

static char *NTAPI nt_strncpy(char *dst, const char *src, SIZE_T n)
{
    SIZE_T len = nt_strnlen(src, n);
    nt_memmove(dst, src, len);
    nt_memset(dst + len, 0, n - len);
    return dst;
}
CRT(strncpy);

static char *NTAPI nt_strcat(char *dst, const char *src)
{
    nt_strcpy(dst + nt_strlen(dst), src);
    return dst;
}
CRT(strcat);

static char *NTAPI nt_strncat(char *dst, const char *src, SIZE_T n)
{
    char *end = dst + nt_strlen(dst);
    SIZE_T len = nt_strnlen(src, n);
    nt_memmove(end, src, len);
    end[len] = 0;
    return dst;
}
CRT(strncat);

/* Put at most n characters of src at dst + at. _TRUNCATE as n cuts what does not fit; otherwise
 * text that does not fit empties the whole destination. */
static int put_s(char *dst, SIZE_T size, SIZE_T at, const char *src, SIZE_T n)
{
    if (!dst || !size || at >= size)
        return EINVAL;
    if (!src) {
        if (n == 0 && at)
            return 0;
        dst[0] = 0;
        return n == 0 ? 0 : EINVAL;
    }
    SIZE_T len = nt_strnlen(src, n);
    int result = 0;
    if (len >= size - at) {
        if (n != TRUNCATE_ALL) {
            dst[0] = 0;
            return ERANGE;
        }
        len = size - at - 1;
        result = STRUNCATE;
    }
    nt_memmove(dst + at, src, len);
    dst[at + len] = 0;
    return result;
}

static int NTAPI nt_strncpy_s(char *dst, SIZE_T size, const char *src, SIZE_T n)
{
    return put_s(dst, size, 0, src, n);
}
CRT(strncpy_s);

static int NTAPI nt_strcpy_s(char *dst, SIZE_T size, const char *src)
{
    return put_s(dst, size, 0, src, TRUNCATE_ALL - 1);
}
CRT(strcpy_s);

static int NTAPI nt_strncat_s(char *dst, SIZE_T size, const char *src, SIZE_T n)
{
    if (!dst)
        return EINVAL;
    SIZE_T at = nt_strnlen(dst, size);
    if (at == size && size)
        dst[0] = 0;
    return put_s(dst, size, at, src, n);
}
CRT(strncat_s);

static int NTAPI nt_strcat_s(char *dst, SIZE_T size, const char *src)
{
    return nt_strncat_s(dst, size, src, TRUNCATE_ALL - 1);
}
CRT(strcat_s);

static char *NTAPI nt__strlwr(char *s)
{
    for (char *p = s; *p; p++)
        *p = (char)nt_tolower(*p);
    return s;
}
CRT(_strlwr);

static char *NTAPI nt__strupr(char *s)
{
    for (char *p = s; *p; p++)
        *p = (char)nt_toupper(*p);
    return s;
}
CRT(_strupr);

static char *NTAPI nt__strrev(char *s)
{
    for (SIZE_T i = 0, j = nt_strlen(s); i + 1 < j; i++, j--) {
        char c = s[i];
        s[i] = s[j - 1];
        s[j - 1] = c;
    }
    return s;
}
CRT(_strrev);

/* --- numbers --------------------------------------------------------------------------------- */

/* The magnitude and sign at the start of `s`; *end = s if there is no digit. Values beyond 64 bits
 * set *overflow. */
static uint64_t parse(const char *s, const char **end, unsigned base, bool *negative,
                      bool *overflow)
{
    const char *p = s;
    *end = s;
    *negative = *overflow = false;
    while (nt_isspace(*p))
        p++;
    if (*p == '+' || *p == '-')
        *negative = *p++ == '-';
    if ((base == 0 || base == 16) && p[0] == '0' && (p[1] | 32) == 'x' && nt_isxdigit(p[2])) {
        p += 2;
        base = 16;
    } else if (base == 0) {
        base = *p == '0' ? 8 : 10;
    }
    uint64_t value = 0;
    for (;; p++) {
        unsigned digit = nt_isdigit(*p)   ? (unsigned)(*p - '0')
                         : nt_isalpha(*p) ? (unsigned)(nt_tolower(*p) - 'a' + 10)
                                          : UINT_MAX;
        if (digit >= base)
            return value;
        *overflow |= __builtin_mul_overflow(value, (uint64_t)base, &value);
        *overflow |= __builtin_add_overflow(value, (uint64_t)digit, &value);
        *end = p + 1;
    }
}

static int64_t parse_signed(const char *s, char **end, int base, int64_t min, int64_t max)
{
    const char *stop;
    bool negative, overflow;
    uint64_t v = parse(s, &stop, (unsigned)base, &negative, &overflow);
    if (end)
        *end = (char *)stop;
    if (negative)
        return overflow || v > 0 - (uint64_t)min ? min : (int64_t)(0 - v);
    return overflow || v > (uint64_t)max ? max : (int64_t)v;
}

static uint64_t parse_unsigned(const char *s, char **end, int base, uint64_t max)
{
    const char *stop;
    bool negative, overflow;
    uint64_t v = parse(s, &stop, (unsigned)base, &negative, &overflow);
    if (end)
        *end = (char *)stop;
    if (overflow || v > max)
        return max;
    return negative ? (0 - v) & max : v;
}

static LONG NTAPI nt_strtol(const char *s, char **end, int base)
{
    return (LONG)parse_signed(s, end, base, INT32_MIN, INT32_MAX);
}
CRT(strtol);

static ULONG NTAPI nt_strtoul(const char *s, char **end, int base)
{
    return (ULONG)parse_unsigned(s, end, base, UINT32_MAX);
}
CRT(strtoul);

static int64_t NTAPI nt__strtoi64(const char *s, char **end, int base)
{
    return parse_signed(s, end, base, INT64_MIN, INT64_MAX);
}
CRT(_strtoi64);

static uint64_t NTAPI nt__strtoui64(const char *s, char **end, int base)
{
    return parse_unsigned(s, end, base, UINT64_MAX);
}
CRT(_strtoui64);

static int NTAPI nt_atoi(const char *s)
{
    return nt_strtol(s, NULL, 10);
}
CRT(atoi);
NT_EXPORT_AS("ntoskrnl.exe", atol, nt_atoi);

static int64_t NTAPI nt__atoi64(const char *s)
{
    return parse_signed(s, NULL, 10, INT64_MIN, INT64_MAX);
}
CRT(_atoi64);

/* Writes value in any base from 2 to 36; 0, EINVAL, or ERANGE with an empty string. */
static int format(uint64_t value, bool negative, char *out, SIZE_T size, int base)
{
    if (!out || !size)
        return EINVAL;
    out[0] = 0;
    if (base < 2 || base > 36)
        return EINVAL;
    char reversed[66];
    SIZE_T n = 0;
    do {
        reversed[n++] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % (unsigned)base];
        value /= (unsigned)base;
    } while (value);
    if (negative)
        reversed[n++] = '-';
    if (n >= size)
        return ERANGE;
    for (SIZE_T i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    out[n] = 0;
    return 0;
}

/* Only base 10 shows a sign (Microsoft C run-time reference: _itoa). */
static int NTAPI nt__itoa_s(int value, char *out, SIZE_T size, int base)
{
    bool negative = base == 10 && value < 0;
    return format(negative ? 0 - (uint64_t)value : (uint32_t)value, negative, out, size, base);
}
CRT(_itoa_s);
NT_EXPORT_AS("ntoskrnl.exe", _ltoa_s, nt__itoa_s);

static int NTAPI nt__ultoa_s(ULONG value, char *out, SIZE_T size, int base)
{
    return format(value, false, out, size, base);
}
CRT(_ultoa_s);

static int NTAPI nt__i64toa_s(int64_t value, char *out, SIZE_T size, int base)
{
    bool negative = base == 10 && value < 0;
    return format(negative ? 0 - (uint64_t)value : (uint64_t)value, negative, out, size, base);
}
CRT(_i64toa_s);

static int NTAPI nt__ui64toa_s(uint64_t value, char *out, SIZE_T size, int base)
{
    return format(value, false, out, size, base);
}
CRT(_ui64toa_s);

static char *NTAPI nt__itoa(int value, char *out, int base)
{
    nt__itoa_s(value, out, 66, base);
    return out;
}
CRT(_itoa);
