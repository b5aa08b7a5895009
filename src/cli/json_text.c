/* SPDX-License-Identifier: MIT */
/* json_text.c - see json_text.h. */
#include "cli/json_text.h"
#include <stdlib.h>
#include <string.h>

static json_t *part(const char *text, size_t n)
{
    json_t *s = json_stringn(text, n);
    char *copy = s ? NULL : strndup(text, n);
    if (s || !copy)
        return s;
    for (char *p = copy; *p; p++)
        if (*p & 0x80)
            *p = '?';
    s = json_string(copy);
    free(copy);
    return s;
}

json_t *json_text(const char *text)
{
    return text ? part(text, strlen(text)) : json_null();
}

json_t *json_text_lines(const char *text)
{
    json_t *list = json_array();
    while (*text) {
        size_t n = strcspn(text, "\n");
        json_array_append_new(list, part(text, n));
        text += n + (text[n] == '\n');
    }
    return list;
}
