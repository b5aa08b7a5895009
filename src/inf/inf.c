/* SPDX-License-Identifier: MIT */
/* inf.c - loading an INF: its bytes to UTF-8 text, its memory, its sections by name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include "inf/inf_internal.h"
#include "nt/rtl.h"

/* No INF in the field comes near; more is a wrong file. */
#define MAX_BYTES (8u << 20)

struct inf_block {
    struct inf_block *next;
    size_t used, size;
    char data[] __attribute__((aligned(16)));
};

void *inf_alloc(struct inf *inf, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    struct inf_block *block = inf->blocks;
    if (!block || block->size - block->used < size) {
        size_t room = size > 65536 ? size : 65536;
        block = calloc(1, sizeof *block + room);
        if (!block)
            return NULL;
        block->size = room;
        block->next = inf->blocks;
        inf->blocks = block;
    }
    void *p = block->data + block->used;
    block->used += size;
    return p;
}

char *inf_copy(struct inf *inf, const char *text, size_t length)
{
    char *copy = inf_alloc(inf, length + 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

int inf_error(const struct inf *inf, unsigned line, int result, char *error, size_t error_size,
              const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (line)
        snprintf(error, error_size, "%s:%u: %s", inf->path, line, text);
    else
        snprintf(error, error_size, "%s: %s", inf->path, text);
    return result;
}

/* --- bytes to text --------------------------------------------------------------------------- */

static bool is_utf8(const char *s, size_t n)
{
    size_t used;
    for (size_t i = 0; i < n; i += used) {
        uint32_t c = rtl_utf8_next(s + i, n - i, &used);
        if (c == 0xfffd && used == 1)
            return false;
    }
    return true;
}

/* malloc'd UTF-8 of UTF-16 in either byte order. NULs become blanks. */
static char *from_utf16(const uint8_t *s, size_t n, bool big_endian, size_t *length)
{
    WCHAR *units = calloc(n / 2 + 1, sizeof *units);
    if (!units)
        return NULL;
    for (size_t i = 0; i < n / 2; i++) {
        units[i] = (WCHAR)(s[2 * i + !big_endian] << 8 | s[2 * i + big_endian]);
        if (!units[i])
            units[i] = ' ';
    }
    char *text = rtl_utf8(units, n / 2);
    free(units);
    if (text)
        *length = strlen(text);
    return text;
}

static char *from_ansi(const uint8_t *s, size_t n, size_t *length)
{
    char *text = malloc(n * 3 + 1);
    if (!text)
        return NULL;
    *length = 0;
    for (size_t i = 0; i < n; i++)
        *length += rtl_utf8_put(text + *length, rtl_ansi_to_unit(s[i]));
    return text;
}

static char *decode(const uint8_t *s, size_t n, size_t *length)
{
    if (n >= 2 && s[0] == 0xff && s[1] == 0xfe)
        return from_utf16(s + 2, n - 2, false, length);
    if (n >= 2 && s[0] == 0xfe && s[1] == 0xff)
        return from_utf16(s + 2, n - 2, true, length);
    if (n >= 4 && s[0] && !s[1] && s[2] && !s[3]) /* the mark was lost */
        return from_utf16(s, n, false, length);
    if (n >= 3 && !memcmp(s, "\xef\xbb\xbf", 3))
        s += 3, n -= 3;
    if (!is_utf8((const char *)s, n))
        return from_ansi(s, n, length);
    char *text = malloc(n + 1);
    if (text) {
        memcpy(text, s, n);
        *length = n;
    }
    return text;
}

/* A driver's source has an .inx, from which the WDK's Stampinf makes the .inf; its $ARCH$ is the
 * one variable that the grammar cannot do without. Replaced in place, as the name is the shorter
 * text. */
static void stamp_architecture(char *text, size_t *length)
{
    static const char variable[] = "$ARCH$", name[] = "amd64";
    char *from = text, *to = text, *end = text + *length, *found;
    while ((found = memmem(from, (size_t)(end - from), variable, sizeof variable - 1))) {
        memmove(to, from, (size_t)(found - from));
        to += found - from;
        memcpy(to, name, sizeof name - 1);
        to += sizeof name - 1;
        from = found + sizeof variable - 1;
    }
    memmove(to, from, (size_t)(end - from));
    *length = (size_t)(to + (end - from) - text);
}

/* --- loading --------------------------------------------------------------------------------- */

int inf_parse(const void *data, size_t size, const char *name, struct inf **result, char *error,
              size_t error_size)
{
    struct inf *inf = calloc(1, sizeof *inf);
    size_t length;
    char *text = decode(data, size, &length);
    int status = -ENOMEM;
    if (!inf || !text || !(inf->path = strdup(name))) {
        snprintf(error, error_size, "%s: out of memory", name);
        goto out;
    }
    stamp_architecture(text, &length);
    status = inf_parse_text(inf, text, length, error, error_size);
    if (status)
        goto out;

    const struct inf_section *version = inf_section(inf, "Version");
    const char *signature = version ? inf_value(inf_line(version, "Signature"), 0) : NULL;
    if (!version)
        status = inf_error(inf, 0, -EINVAL, error, error_size,
                           "not an INF: it has no [Version] section");
    else if (strcasecmp(signature, "$Windows NT$") && strcasecmp(signature, "$Chicago$"))
        status = inf_error(inf, version->line, -EINVAL, error, error_size,
                           "[Version] has Signature \"%.40s\"; \"$Windows NT$\" was expected",
                           signature);
    else
        status = inf_find_models(inf, error, error_size);
out:
    free(text);
    if (status)
        inf_free(inf);
    else
        *result = inf;
    return status;
}

int inf_load(const char *path, struct inf **inf, char *error, size_t error_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), status = 0;
    struct stat st;
    char *data = NULL;
    size_t size = 0;
    if (fd < 0 || fstat(fd, &st)) {
        status = -errno;
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
        goto out;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > MAX_BYTES) {
        status = -EINVAL;
        snprintf(error, error_size, "%s: not an INF (%s)", path,
                 S_ISREG(st.st_mode) ? "larger than 8 MiB" : "not a regular file");
        goto out;
    }
    data = malloc((size_t)st.st_size + 1);
    if (!data) {
        status = -ENOMEM;
        snprintf(error, error_size, "%s: out of memory", path);
        goto out;
    }
    while (size < (size_t)st.st_size) {
        ssize_t n = read(fd, data + size, (size_t)st.st_size - size);
        if (n < 0) {
            status = -errno;
            snprintf(error, error_size, "%s: %s", path, strerror(errno));
            goto out;
        }
        if (n == 0)
            break;
        size += (size_t)n;
    }
    status = inf_parse(data, size, path, inf, error, error_size);
out:
    free(data);
    if (fd >= 0)
        close(fd);
    return status;
}

void inf_free(struct inf *inf)
{
    if (!inf)
        return;
    for (size_t i = 0; i < inf->section_count; i++)
        free(inf->sections[i].lines);
    free(inf->sections);
    free(inf->models);
    while (inf->blocks) {
        struct inf_block *next = inf->blocks->next;
        free(inf->blocks);
        inf->blocks = next;
    }
    free(inf->path);
    free(inf);
}

/* --- looking up ------------------------------------------------------------------------------ */

const char *inf_path(const struct inf *inf)
{
    return inf->path;
}

const struct inf_section *inf_section(const struct inf *inf, const char *name)
{
    for (size_t i = 0; i < inf->section_count; i++)
        if (!strcasecmp(inf->sections[i].name, name))
            return &inf->sections[i];
    return NULL;
}

size_t inf_section_count(const struct inf *inf)
{
    return inf->section_count;
}

const struct inf_section *inf_section_at(const struct inf *inf, size_t index)
{
    return index < inf->section_count ? &inf->sections[index] : NULL;
}

const struct inf_line *inf_line(const struct inf_section *section, const char *key)
{
    for (size_t i = 0; section && i < section->line_count; i++)
        if (section->lines[i].key && !strcasecmp(section->lines[i].key, key))
            return &section->lines[i];
    return NULL;
}

const char *inf_value(const struct inf_line *line, size_t index)
{
    return line && index < line->value_count ? line->values[index] : "";
}

static bool parse_number(const char *text, int bare_base, uint64_t *number)
{
    while (*text == ' ' || *text == '\t')
        text++;
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    int base = bare_base;
    if (text[0] == '0' && (text[1] | 32) == 'x') {
        base = 16;
        text += 2;
    }
    uint64_t value = 0;
    size_t digits = 0;
    for (;; text++, digits++) {
        unsigned d = *text >= '0' && *text <= '9' ? (unsigned)(*text - '0')
                     : (*text | 32) >= 'a' && (*text | 32) <= 'f'
                         ? (unsigned)((*text | 32) - 'a' + 10)
                         : 16;
        if (d >= (unsigned)base)
            break;
        if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
            __builtin_add_overflow(value, (uint64_t)d, &value))
            return false;
    }
    while (*text == ' ' || *text == '\t')
        text++;
    if (!digits || *text)
        return false;
    *number = negative ? 0 - value : value;
    return true;
}

bool inf_number(const char *text, uint64_t *number)
{
    return parse_number(text, 10, number);
}

bool inf_hex_number(const char *text, uint64_t *number)
{
    return parse_number(text, 16, number);
}
