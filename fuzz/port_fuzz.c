/* SPDX-License-Identifier: MIT */
/* port_fuzz.c - arbitrary bytes as a C file, edits at arbitrary places of it, and as a command
 * line.
 *
 * All that looks at tokens must stay inside them; the diff, applied to the file by its own rules,
 * must give the edited file. */
/* fuzz: src/port/lex.c src/port/source.c src/port/style.c src/port/diff.c src/port/flags.c */
#include "port/diff.h"
#include "port/flags.h"
#include "port/style.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *next_line(const char *p)
{
    const char *newline = strchr(p, '\n');
    return newline ? newline + 1 : p + strlen(p);
}

/* A small patch(1): hunks in order, no fuzz. */
static void apply(const struct source *s, const char *diff, struct text *out)
{
    const char *old = s->bytes, *end = s->bytes + s->len;
    unsigned line = 1;
    const char *p = next_line(next_line(diff));
    while (*p) {
        unsigned begin, count, new_begin, new_count;
        if (sscanf(p, "@@ -%u,%u +%u,%u @@", &begin, &count, &new_begin, &new_count) != 4)
            abort();
        if (!count)
            begin++; /* an insertion behind that line */
        for (p = next_line(p); line < begin; line++) {
            const char *next = next_line(old);
            text_add(out, old, (size_t)(next - old));
            old = next;
        }
        while (*p && *p != '@') {
            const char *next = next_line(p);
            size_t n = (size_t)(next - p) - 1;
            if (*next == '\\') {
                n--; /* the newline is the diff's */
            }
            if (*p == ' ' || *p == '-') {
                if ((size_t)(end - old) < n || memcmp(old, p + 1, n))
                    abort(); /* the context is not the file's */
                old += n;
                line++;
            }
            if (*p == ' ' || *p == '+')
                text_add(out, p + 1, n);
            p = *next == '\\' ? next_line(next) : next;
        }
    }
    text_add(out, old, (size_t)(end - old));
}

static void look_at_tokens(const struct source *s)
{
    for (size_t i = 0; i < s->tokens.code.count && i < 300; i++) {
        const struct token *t = tok(s, i);
        if (t->end <= t->begin || t->end > s->len || (i && t->begin < tok(s, i - 1)->end))
            abort();
        argument_list a;
        size_t close, begin = statement_begin(s, i), end = statement_end(s, i);
        if (begin > i || (end != NO_TOKEN && end < i))
            abort();
        if (tok_is(s, i, "("))
            tok_arguments(s, i, &a, &close);
        tok_match(s, i);
        tok_body(s, i);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The last bytes are places of edits; files with NUL are refused before (source_read). */
    size_t places = size < 12 ? 0 : 6, len = size - 2 * places;
    char *bytes = arena_copy((const char *)data, len);
    for (size_t i = 0; i < len; i++)
        if (!bytes[i])
            bytes[i] = ' ';
    struct source *s = source_from_bytes("fuzz.c", bytes, len);
    if (len < 8000)
        look_at_tokens(s);
    style_of(s);
    flags_split(bytes);
    flag_list flags = {0};
    flags_add(&flags, flags_split(bytes), "/folder");
    static const char *const texts[] = {"", "x", "a\nb\n", "\n"};
    for (size_t i = 0; i < places && len; i++) {
        size_t begin = (size_t)data[len + 2 * i] * len / 256,
               end = begin + data[len + 2 * i + 1] % 40;
        source_edit(s, begin, end > len ? len : end, texts[data[len + 2 * i + 1] & 3]);
    }
    if (!s->conflict) {
        size_t n;
        const char *result = source_result(s, &n), *diff = diff_of(s);
        struct text patched = {0};
        if (*diff)
            apply(s, diff, &patched);
        else
            text_add(&patched, s->bytes, s->len);
        if (patched.len != n || memcmp(text_string(&patched), result, n))
            abort();
    }
    arena_free();
    return 0;
}
