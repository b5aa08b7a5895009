/* SPDX-License-Identifier: MIT */
/* text.h - strings and lists of a port, and where their memory comes from.
 *
 * A port makes many small things that all live until it ends, so they come from one arena:
 * nothing is freed alone, port_run() frees everything. Out of memory ends the process. One port
 * at a time in a process. */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

void *arena_alloc(size_t size); /* zeroed */
char *arena_copy(const char *bytes, size_t len);
char *arena_string(const char *text);
char *arena_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void arena_free(void);

/* A list is three members: T *item; size_t count, room. list_add(&list) is the address of a new,
 * zeroed last element. */
#define LIST(T)                                                                                    \
    struct {                                                                                       \
        T *item;                                                                                   \
        size_t count, room;                                                                        \
    }
#define list_add(l)                                                                                \
    ((l)->item = list_grow((l)->item, (l)->count, &(l)->room, sizeof *(l)->item),                  \
     &(l)->item[(l)->count++])
void *list_grow(void *item, size_t count, size_t *room, size_t size);

/* A growing string; always terminated by NUL once something was added. */
struct text {
    char *bytes;
    size_t len, room;
};
void text_add(struct text *t, const char *bytes, size_t len);
void text_puts(struct text *t, const char *s);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *text_string(struct text *t); /* "" if empty */

bool is_one_of(const char *word, const char *const *list); /* the list ends with NULL */
bool starts_with(const char *s, const char *prefix);
bool ends_with(const char *s, const char *suffix);
/* Is the name's suffix one of these, in any case? Windows' names have none. */
bool has_suffix(const char *name, const char *const *suffixes);
