/* SPDX-License-Identifier: MIT */
/* printf.c - the formatting engine behind DbgPrint and the sprintf family; see printf.h. */
#include <stdio.h>
#include <string.h>
#include "nt/printf.h"
#include "nt/rtl.h"

struct output {
    void *buffer; /* char or WCHAR */
    bool wide;
    size_t size, length; /* in units; length goes on counting past size */
};

enum { FLAG_LEFT = 1, FLAG_PLUS = 2, FLAG_SPACE = 4, FLAG_ALTERNATE = 8, FLAG_ZERO = 16 };
enum size_prefix { SIZE_NONE, SIZE_CHAR, SIZE_SHORT, SIZE_LONG, SIZE_64, SIZE_WIDE };

struct conversion {
    unsigned flags;
    int width;
    int precision; /* -1: not given */
    enum size_prefix size;
    char type;
};

/* Widths and precisions beyond this are cut: no buffer in the kernel is larger, and a wild `*` must
 * not keep the processor busy for minutes. */
#define MAX_FIELD 65536

static void put(struct output *out, uint16_t unit)
{
    if (out->length < out->size) {
        if (out->wide)
            ((WCHAR *)out->buffer)[out->length] = unit;
        else
            ((char *)out->buffer)[out->length] = (char)unit;
    }
    out->length++;
}

static void fill(struct output *out, char c, int count)
{
    for (; count > 0; count--)
        put(out, (uint8_t)c);
}

/* `text` counts `length` characters of the given width, converted where the output's differs. */
static void put_text(struct output *out, const struct conversion *c, const void *text, bool wide,
                     size_t length)
{
    if (c->precision >= 0 && length > (size_t)c->precision)
        length = (size_t)c->precision;
    int padding = c->width > 0 && (size_t)c->width > length ? c->width - (int)length : 0;
    if (!(c->flags & FLAG_LEFT))
        fill(out, c->flags & FLAG_ZERO ? '0' : ' ', padding);
    for (size_t i = 0; i < length; i++) {
        uint16_t unit = wide ? ((const WCHAR *)text)[i] : ((const uint8_t *)text)[i];
        if (wide && !out->wide)
            unit = rtl_unit_to_ansi(unit);
        else if (!wide && out->wide)
            unit = rtl_ansi_to_unit((uint8_t)unit);
        put(out, unit);
    }
    if (c->flags & FLAG_LEFT)
        fill(out, ' ', padding);
}

static void put_string(struct output *out, const struct conversion *c, const void *text, bool wide)
{
    if (!text) {
        text = "(null)";
        wide = false;
    }
    size_t max = c->precision >= 0 ? (size_t)c->precision : (size_t)-1, n = 0;
    if (wide)
        n = rtl_wcsnlen(text, max);
    else
        while (n < max && ((const volatile char *)text)[n])
            n++;
    put_text(out, c, text, wide, n);
}

static void put_integer(struct output *out, const struct conversion *c, uint64_t value,
                        bool negative)
{
    unsigned base = c->type == 'o'                                       ? 8
                    : c->type == 'x' || c->type == 'X' || c->type == 'p' ? 16
                                                                         : 10;
    char digits[65], prefix[3];
    size_t prefix_length = 0;
    size_t n = rtl_integer_text(digits, value, base, c->type == 'X' || c->type == 'p');
    if (value == 0 && c->precision == 0)
        n = 0;
    if (c->type == 'd') {
        if (negative)
            prefix[prefix_length++] = '-';
        else if (c->flags & (FLAG_PLUS | FLAG_SPACE))
            prefix[prefix_length++] = c->flags & FLAG_PLUS ? '+' : ' ';
    } else if ((c->flags & FLAG_ALTERNATE) && value) {
        prefix[prefix_length++] = '0';
        if (base == 16)
            prefix[prefix_length++] = c->type == 'x' ? 'x' : 'X';
    }
    int zeros = c->precision > (int)n ? c->precision - (int)n : 0;
    int padding = c->width - (int)(prefix_length + n) - zeros;
    if ((c->flags & FLAG_ZERO) && !(c->flags & FLAG_LEFT) && c->precision < 0 && padding > 0) {
        zeros = padding;
        padding = 0;
    }
    if (!(c->flags & FLAG_LEFT))
        fill(out, ' ', padding);
    for (size_t i = 0; i < prefix_length; i++)
        put(out, (uint8_t)prefix[i]);
    fill(out, '0', zeros);
    for (size_t i = 0; i < n; i++)
        put(out, (uint8_t)digits[i]);
    if (c->flags & FLAG_LEFT)
        fill(out, ' ', padding);
}

/* The kernel's own printf has no floating point; it is shown all the same, as it costs nothing. */
static void put_float(struct output *out, const struct conversion *c, double value)
{
    char format[16], text[512];
    size_t n = 0;
    format[n++] = '%';
    if (c->flags & FLAG_PLUS)
        format[n++] = '+';
    if (c->flags & FLAG_SPACE)
        format[n++] = ' ';
    if (c->flags & FLAG_ALTERNATE)
        format[n++] = '#';
    format[n++] = '.';
    format[n++] = '*';
    format[n++] = c->type;
    format[n] = 0;
    int precision = c->precision < 0 ? 6 : c->precision > 100 ? 100 : c->precision;
    snprintf(text, sizeof text, format, precision, value);
    struct conversion whole = *c;
    whole.precision = -1;
    put_text(out, &whole, text, false, strlen(text));
}

/* The format, one character at a time, in either width. */
struct format {
    const void *text;
    bool wide;
    size_t at;
};

static unsigned peek(const struct format *f, size_t ahead)
{
    return f->wide ? ((const WCHAR *)f->text)[f->at + ahead]
                   : ((const uint8_t *)f->text)[f->at + ahead];
}

static int parse_field(struct format *f)
{
    int value = 0;
    for (; peek(f, 0) >= '0' && peek(f, 0) <= '9'; f->at++)
        if (value < MAX_FIELD)
            value = value * 10 + (int)(peek(f, 0) - '0');
    return value < MAX_FIELD ? value : MAX_FIELD;
}

static void parse_size(struct format *f, struct conversion *c)
{
    for (;; f->at++) {
        switch (peek(f, 0)) {
        case 'h':
            c->size = c->size == SIZE_SHORT ? SIZE_CHAR : SIZE_SHORT;
            break;
        case 'l':
            c->size = c->size == SIZE_LONG ? SIZE_64 : SIZE_LONG;
            break;
        case 'w':
            c->size = SIZE_WIDE;
            break;
        case 'j':
        case 'z':
        case 't':
            c->size = SIZE_64;
            break;
        case 'L':
            break;
        case 'I':
            if (peek(f, 1) == '6' && peek(f, 2) == '4') {
                c->size = SIZE_64;
                f->at += 2;
            } else if (peek(f, 1) == '3' && peek(f, 2) == '2') {
                c->size = SIZE_LONG;
                f->at += 2;
            } else {
                c->size = SIZE_64; /* the width of a pointer */
            }
            break;
        default:
            return;
        }
    }
}

static void parse_flags(struct format *f, struct conversion *c)
{
    for (;; f->at++) {
        switch (peek(f, 0)) {
        case '-':
            c->flags |= FLAG_LEFT;
            break;
        case '+':
            c->flags |= FLAG_PLUS;
            break;
        case ' ':
            c->flags |= FLAG_SPACE;
            break;
        case '#':
            c->flags |= FLAG_ALTERNATE;
            break;
        case '0':
            c->flags |= FLAG_ZERO;
            break;
        default:
            return;
        }
    }
}

/* Whether %c and %s mean wide text: a size prefix decides, or else the width of the function, which
 * the capital letters turn round. */
static bool is_wide(const struct conversion *c, bool wide_function)
{
    if (c->size == SIZE_SHORT || c->size == SIZE_CHAR)
        return false;
    if (c->size == SIZE_LONG || c->size == SIZE_WIDE)
        return true;
    bool capital = c->type == 'C' || c->type == 'S';
    return capital != wide_function;
}

/* `args` is a pointer to the caller's list, so that each conversion continues after the last. */
static void convert(struct output *out, struct conversion *c, bool *used_wide,
                    __builtin_ms_va_list *args)
{
    bool wide;
    switch (c->type) {
    case 'd':
    case 'i': {
        int64_t v = c->size == SIZE_64      ? __builtin_va_arg(*args, int64_t)
                    : c->size == SIZE_SHORT ? (int16_t) __builtin_va_arg(*args, int)
                    : c->size == SIZE_CHAR  ? (int8_t) __builtin_va_arg(*args, int)
                                            : __builtin_va_arg(*args, int32_t);
        c->type = 'd';
        put_integer(out, c, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, v < 0);
        return;
    }
    case 'u':
    case 'o':
    case 'x':
    case 'X': {
        uint64_t v = c->size == SIZE_64      ? __builtin_va_arg(*args, uint64_t)
                     : c->size == SIZE_SHORT ? (uint16_t) __builtin_va_arg(*args, unsigned)
                     : c->size == SIZE_CHAR  ? (uint8_t) __builtin_va_arg(*args, unsigned)
                                             : __builtin_va_arg(*args, uint32_t);
        put_integer(out, c, v, false);
        return;
    }
    case 'p':
        c->precision = 16;
        put_integer(out, c, __builtin_va_arg(*args, uint64_t), false);
        return;
    case 'c':
    case 'C': {
        wide = is_wide(c, out->wide);
        WCHAR w = (WCHAR) __builtin_va_arg(*args, int);
        char n = (char)w;
        *used_wide |= wide;
        c->precision = -1;
        put_text(out, c, wide ? (const void *)&w : &n, wide, 1);
        return;
    }
    case 's':
    case 'S':
        wide = is_wide(c, out->wide);
        *used_wide |= wide;
        put_string(out, c, __builtin_va_arg(*args, const void *), wide);
        return;
    case 'Z': {
        wide = c->size == SIZE_LONG || c->size == SIZE_WIDE;
        *used_wide |= wide;
        const STRING *s = __builtin_va_arg(*args, const STRING *); /* both kinds have one layout */
        if (!s || !s->Buffer)
            put_string(out, c, NULL, false);
        else
            put_text(out, c, s->Buffer, wide, wide ? s->Length / 2u : s->Length);
        return;
    }
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
        put_float(out, c, __builtin_va_arg(*args, double));
        return;
    case 'n': /* takes its argument and stores nothing, as the kernel's secure default has it */
        (void)__builtin_va_arg(*args, void *);
        return;
    default:
        put(out, (uint8_t)c->type);
        return;
    }
}

static size_t run(struct output *out, struct format f, bool *used_wide, __builtin_ms_va_list args)
{
    bool ignored;
    if (!used_wide)
        used_wide = &ignored;
    *used_wide = false;
    for (unsigned unit; (unit = peek(&f, 0));) {
        f.at++;
        if (unit != '%') {
            put(out, (uint16_t)unit);
            continue;
        }
        struct conversion c = {.precision = -1};
        parse_flags(&f, &c);
        if (peek(&f, 0) == '*') {
            f.at++;
            int width = __builtin_va_arg(args, int);
            if (width < 0)
                c.flags |= FLAG_LEFT;
            c.width = width < -MAX_FIELD || width > MAX_FIELD ? MAX_FIELD
                      : width < 0                             ? -width
                                                              : width;
        } else {
            c.width = parse_field(&f);
        }
        if (peek(&f, 0) == '.') {
            f.at++;
            if (peek(&f, 0) == '*') {
                f.at++;
                int precision = __builtin_va_arg(args, int);
                c.precision = precision < 0 ? -1 : precision > MAX_FIELD ? MAX_FIELD : precision;
            } else {
                c.precision = parse_field(&f);
            }
        }
        parse_size(&f, &c);
        unit = peek(&f, 0);
        if (!unit)
            break;
        f.at++;
        c.type = unit < 0x80 ? (char)unit : '?';
        convert(out, &c, used_wide, &args);
    }
    return out->length;
}

size_t nt_format(char *out, size_t size, bool *used_wide, const char *format,
                 __builtin_ms_va_list args)
{
    struct output output = {.buffer = out, .size = size};
    return run(&output, (struct format){.text = format}, used_wide, args);
}

size_t nt_format_wide(WCHAR *out, size_t size, const WCHAR *format, __builtin_ms_va_list args)
{
    struct output output = {.buffer = out, .size = size, .wide = true};
    return run(&output, (struct format){.text = format, .wide = true}, NULL, args);
}
