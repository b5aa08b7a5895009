/* SPDX-License-Identifier: MIT */
/* rtl_text.c - characters: upper and lower case, UTF-8, UTF-16 and the ANSI code page. */
#include <stdlib.h>
#include <string.h>
#include "nt/rtl.h"

/* Lower-case units that have an upper-case partner at a fixed distance, from the Unicode Character
 * Database: the alphabets that Windows cased from its first version on. `step` is 2 where upper and
 * lower alternate. Only pairs that map back to each other, which is why U+00B5, U+0131 and U+017F
 * are absent. */
static const struct {
    uint16_t first, last;
    uint8_t step;
    int16_t to_upper;
} case_ranges[] = {
    {'a', 'z', 1, -32},       {0x00e0, 0x00f6, 1, -32}, {0x00f8, 0x00fe, 1, -32},
    {0x00ff, 0x00ff, 1, 121}, {0x0101, 0x012f, 2, -1},  {0x0133, 0x0137, 2, -1},
    {0x013a, 0x0148, 2, -1},  {0x014b, 0x0177, 2, -1},  {0x017a, 0x017e, 2, -1},
    {0x01ce, 0x01dc, 2, -1},  {0x01df, 0x01ef, 2, -1},  {0x03ac, 0x03ac, 1, -38},
    {0x03ad, 0x03af, 1, -37}, {0x03b1, 0x03c1, 1, -32}, {0x03c3, 0x03cb, 1, -32},
    {0x03cc, 0x03cc, 1, -64}, {0x03cd, 0x03ce, 1, -63}, {0x0430, 0x044f, 1, -32},
    {0x0450, 0x045f, 1, -80}, {0x0461, 0x0481, 2, -1},  {0x0491, 0x04bf, 2, -1},
    {0x0561, 0x0586, 1, -48}, {0x1e01, 0x1e95, 2, -1},  {0x1ea1, 0x1ef9, 2, -1},
    {0x2170, 0x217f, 1, -16}, {0x24d0, 0x24e9, 1, -26}, {0xff41, 0xff5a, 1, -32},
};

#define RANGES (sizeof case_ranges / sizeof case_ranges[0])

uint16_t rtl_upcase(uint16_t c)
{
    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? c - 32 : c;
    for (size_t i = 1; i < RANGES && c >= case_ranges[i].first; i++)
        if (c <= case_ranges[i].last && (c - case_ranges[i].first) % case_ranges[i].step == 0)
            return (uint16_t)(c + case_ranges[i].to_upper);
    return c;
}

uint16_t rtl_downcase(uint16_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    for (size_t i = 1; i < RANGES; i++) {
        uint16_t low = (uint16_t)(c - case_ranges[i].to_upper);
        if (low >= case_ranges[i].first && low <= case_ranges[i].last &&
            (low - case_ranges[i].first) % case_ranges[i].step == 0)
            return low;
    }
    return c;
}

int rtl_compare(const WCHAR *a, size_t a_chars, const WCHAR *b, size_t b_chars, bool ignore_case)
{
    size_t n = a_chars < b_chars ? a_chars : b_chars;
    for (size_t i = 0; i < n; i++) {
        uint16_t x = a[i], y = b[i];
        if (x == y)
            continue;
        if (ignore_case) {
            x = rtl_upcase(x);
            y = rtl_upcase(y);
        }
        if (x != y)
            return (int)x - (int)y;
    }
    return a_chars < b_chars ? -1 : a_chars > b_chars;
}

size_t rtl_wcsnlen(const WCHAR *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n])
        n++;
    return n;
}

uint32_t rtl_utf8_next(const char *s, size_t n, size_t *used)
{
    const uint8_t *p = (const uint8_t *)s;
    *used = 1;
    if (p[0] < 0x80)
        return p[0];
    size_t more;
    uint32_t code, least;
    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        more = 1, code = p[0] & 0x1f, least = 0x80;
    else if ((p[0] & 0xf0) == 0xe0)
        more = 2, code = p[0] & 0x0f, least = 0x800;
    else if (p[0] >= 0xf0 && p[0] <= 0xf4)
        more = 3, code = p[0] & 0x07, least = 0x10000;
    else
        return 0xfffd;
    if (n <= more)
        return 0xfffd;
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0xfffd;
        code = code << 6 | (p[i] & 0x3f);
    }
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0xfffd;
    *used = more + 1;
    return code;
}

size_t rtl_utf8_put(char out[4], uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

char *rtl_utf8(const WCHAR *s, size_t chars)
{
    char *out = malloc(chars * 3 + 1); /* a unit is at most 3 bytes; a pair of units is 4 */
    if (!out)
        return NULL;
    size_t n = 0;
    for (size_t i = 0; i < chars; i++) {
        uint32_t c = s[i];
        if (c >= 0xd800 && c <= 0xdfff) {
            if (c <= 0xdbff && i + 1 < chars && (s[i + 1] & 0xfc00) == 0xdc00)
                c = 0x10000 + ((c & 0x3ff) << 10 | (s[++i] & 0x3ff));
            else
                c = 0xfffd;
        }
        n += rtl_utf8_put(out + n, c);
    }
    out[n] = 0;
    return out;
}

WCHAR *rtl_utf16(const char *utf8, size_t *chars)
{
    size_t len = strlen(utf8), n = 0, used;
    WCHAR *out = malloc((len + 1) * sizeof *out); /* no code point takes more units than bytes */
    if (!out)
        return NULL;
    for (size_t i = 0; i < len; i += used) {
        uint32_t c = rtl_utf8_next(utf8 + i, len - i, &used);
        if (c >= 0x10000) {
            out[n++] = (WCHAR)(0xd800 | (c - 0x10000) >> 10);
            out[n++] = (WCHAR)(0xdc00 | (c & 0x3ff));
        } else {
            out[n++] = (WCHAR)c;
        }
    }
    out[n] = 0;
    if (chars)
        *chars = n;
    return out;
}

/* Windows-1252, 0x80 to 0x9f; the rest equals Latin-1. Its five unused positions map to the control
 * characters of the same number, as Windows maps them. */
static const uint16_t cp1252[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

uint16_t rtl_ansi_to_unit(uint8_t c)
{
    return c >= 0x80 && c <= 0x9f ? cp1252[c - 0x80] : c;
}

uint8_t rtl_unit_to_ansi(uint16_t c)
{
    if (c < 0x80 || (c >= 0xa0 && c <= 0xff))
        return (uint8_t)c;
    for (unsigned i = 0; i < 32; i++)
        if (cp1252[i] == c)
            return (uint8_t)(0x80 + i);
    return '?';
}

size_t rtl_integer_text(char out[65], uint64_t value, unsigned base, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char reversed[65];
    size_t n = 0;
    do {
        reversed[n++] = digits[value % base];
        value /= base;
    } while (value);
    for (size_t i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    out[n] = 0;
    return n;
}
