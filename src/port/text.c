/* SPDX-License-Identifier: MIT */
#include "port/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct block {
    struct block *next;
    size_t used, size;
    _Alignas(16) char bytes[];
};
static struct block *blocks;

#define BLOCK_SIZE ((size_t)256 << 10)

void *arena_alloc(size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (!blocks || blocks->size - blocks->used < size) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        struct block *b = calloc(1, sizeof *b + room);
        if (!b) {
            fputs("dirql: out of memory\n", stderr);
            exit(1);
        }
        b->size = room;
        b->next = blocks;
        blocks = b;
    }
    void *p = blocks->bytes + blocks->used;
    blocks->used += size;
    return p;
}

void arena_free(void)
{
    while (blocks) {
        struct block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
}

char *arena_copy(const char *bytes, size_t len)
{
    char *s = arena_alloc(len + 1);
    memcpy(s, bytes, len);
    return s;
}

char *arena_string(const char *text)
{
    return arena_copy(text, strlen(text));
}

char *arena_format(const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *s = arena_alloc((size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}

void *list_grow(void *item, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return item;
    size_t more = *room ? *room * 2 : 8;
    void *grown = arena_alloc(more * size);
    if (count)
        memcpy(grown, item, count * size);
    *room = more;
    return grown;
}

void text_add(struct text *t, const char *bytes, size_t len)
{
    if (t->len + len + 1 > t->room) {
        size_t room = (t->len + len + 1) * 2;
        char *grown = arena_alloc(room);
        if (t->len)
            memcpy(grown, t->bytes, t->len);
        t->bytes = grown;
        t->room = room;
    }
    if (len)
        memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
    t->bytes[t->len] = '\0';
}

void text_puts(struct text *t, const char *s)
{
    text_add(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *s = arena_alloc((size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    text_add(t, s, (size_t)n);
}

const char *text_string(struct text *t)
{
    return t->len ? t->bytes : "";
}

bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (!strcmp(word, *list))
            return true;
    return false;
}

bool starts_with(const char *s, const char *prefix)
{
    return !strncmp(s, prefix, strlen(prefix));
}

bool ends_with(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n >= m && !strcmp(s + n - m, suffix);
}

bool has_suffix(const char *name, const char *const *suffixes)
{
    const char *dot = strrchr(name, '.');
    for (; dot && *suffixes; suffixes++)
        if (!strcasecmp(dot, *suffixes))
            return true;
    return false;
}
