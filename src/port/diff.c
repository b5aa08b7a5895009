/* SPDX-License-Identifier: MIT */
/* diff.c - the edits say which lines change, so nothing has to be searched: each run of changed
 * lines is a replacement of old lines by new ones, and equal lines at its ends are taken off. */
#include "port/diff.h"
#include <string.h>

#define CONTEXT   3
#define LCS_LIMIT 4000000 /* old lines times new lines of a run */

struct lines {
    LIST(struct {
        const char *begin;
        size_t len;
    })
    item;
};

static void split(const char *bytes, size_t len, struct lines *out)
{
    while (len) {
        const char *newline = memchr(bytes, '\n', len);
        size_t n = newline ? (size_t)(newline - bytes) + 1 : len;
        *list_add(&out->item) = (__typeof__(*out->item.item)){bytes, n};
        bytes += n;
        len -= n;
    }
}

struct change {
    size_t begin, end;         /* old lines, from 0 */
    size_t new_begin, new_end; /* new lines */
};

static bool same(const struct lines *a, size_t i, const struct lines *b, size_t j)
{
    return a->item.item[i].len == b->item.item[j].len &&
           !memcmp(a->item.item[i].begin, b->item.item[j].begin, a->item.item[i].len);
}

static void put(struct text *out, char sign, const struct lines *l, size_t i)
{
    text_add(out, &sign, 1);
    text_add(out, l->item.item[i].begin, l->item.item[i].len);
    if (l->item.item[i].begin[l->item.item[i].len - 1] != '\n')
        text_puts(out, "\n\\ No newline at end of file\n");
}

/* Splits a run into what really differs: the longest common subsequence of its lines. */
static void split_change(const struct lines *old, const struct lines *new, struct change c,
                         struct change *changes, size_t *count)
{
    while (c.begin < c.end && c.new_begin < c.new_end && same(old, c.begin, new, c.new_begin))
        c.begin++, c.new_begin++;
    while (c.begin < c.end && c.new_begin < c.new_end && same(old, c.end - 1, new, c.new_end - 1))
        c.end--, c.new_end--;
    size_t n = c.end - c.begin, m = c.new_end - c.new_begin;
    if (!n && !m)
        return;
    if (!n || !m || n * m > LCS_LIMIT) {
        changes[(*count)++] = c;
        return;
    }
    unsigned short *lcs =
        arena_alloc((n + 1) * (m + 1) * sizeof *lcs); /* of the rest, from (i, j) */
    for (size_t i = n; i-- > 0;)
        for (size_t j = m; j-- > 0;) {
            unsigned short down = lcs[(i + 1) * (m + 1) + j], right = lcs[i * (m + 1) + j + 1];
            lcs[i * (m + 1) + j] = same(old, c.begin + i, new, c.new_begin + j)
                                       ? (unsigned short)(lcs[(i + 1) * (m + 1) + j + 1] + 1)
                                   : down > right ? down
                                                  : right;
        }
    for (size_t i = 0, j = 0; i < n || j < m;) {
        struct change part = {c.begin + i, 0, c.new_begin + j, 0};
        while ((i < n || j < m) &&
               !(i < n && j < m && same(old, c.begin + i, new, c.new_begin + j))) {
            if (j == m || (i < n && lcs[(i + 1) * (m + 1) + j] >= lcs[i * (m + 1) + j + 1]))
                i++;
            else
                j++;
        }
        part.end = c.begin + i;
        part.new_end = c.new_begin + j;
        if (part.begin < part.end || part.new_begin < part.new_end)
            changes[(*count)++] = part;
        while (i < n && j < m && same(old, c.begin + i, new, c.new_begin + j))
            i++, j++;
    }
}

typedef LIST(struct change) change_list;

/* Old lines that edits touch, as runs; the new lines of a run follow from the line counts. */
static void find_changes(struct source *s, const struct lines *old, const struct lines *new,
                         struct change **changes, size_t *count)
{
    change_list runs = {0};
    long shift = 0;
    size_t room = 1;
    for (size_t i = 0; i < s->edits.count;) {
        const struct edit *e = &s->edits.item[i];
        size_t begin = source_line(s, e->begin) - 1, end = begin;
        long grown = 0;
        for (; i < s->edits.count; i++) {
            e = &s->edits.item[i];
            if (source_line(s, e->begin) - 1 > end + 1)
                break;
            size_t last = source_line(s, e->end) - 1;
            end = last > end ? last : end;
            for (const char *p = e->text; *p; p++)
                grown += *p == '\n';
            for (size_t k = e->begin; k < e->end; k++)
                grown -= s->bytes[k] == '\n';
        }
        end = end + 1 < old->item.count ? end + 1 : old->item.count;
        struct change c = {begin, end, (size_t)((long)begin + shift), 0};
        /* Newlines do not count a last line that has none, before or after. */
        c.new_end = end == old->item.count ? new->item.count : (size_t)((long)end + shift + grown);
        shift += grown;
        room += (c.end - c.begin) + (c.new_end - c.new_begin) + 1;
        *list_add(&runs) = c;
    }
    *changes = arena_alloc(room * sizeof **changes);
    *count = 0;
    for (size_t i = 0; i < runs.count; i++)
        split_change(old, new, runs.item[i], *changes, count);
}

const char *diff_of(struct source *s)
{
    struct text out = {0};
    size_t len, count;
    const char *result = source_result(s, &len); /* sorts the edits */
    struct lines old = {0}, new = {0};
    split(s->bytes, s->len, &old);
    split(result, len, &new);
    struct change *changes;
    find_changes(s, &old, &new, &changes, &count);
    if (!count)
        return "";
    const char *name = s->path;
    while (*name == '/')
        name++;
    text_printf(&out, "--- a/%s\n+++ b/%s\n", name, name);
    for (size_t i = 0; i < count;) {
        size_t last = i;
        while (last + 1 < count && changes[last + 1].begin <= changes[last].end + 2 * CONTEXT)
            last++;
        size_t before = changes[i].begin < CONTEXT ? changes[i].begin : CONTEXT;
        size_t after = old.item.count - changes[last].end;
        after = after < CONTEXT ? after : CONTEXT;
        size_t begin = changes[i].begin - before, end = changes[last].end + after;
        size_t new_begin = changes[i].new_begin - before, new_end = changes[last].new_end + after;
        text_printf(&out, "@@ -%zu,%zu +%zu,%zu @@\n", end > begin ? begin + 1 : begin, end - begin,
                    new_end > new_begin ? new_begin + 1 : new_begin, new_end - new_begin);
        size_t at = begin;
        for (; i <= last; i++) {
            for (; at < changes[i].begin; at++)
                put(&out, ' ', &old, at);
            for (; at < changes[i].end; at++)
                put(&out, '-', &old, at);
            for (size_t j = changes[i].new_begin; j < changes[i].new_end; j++)
                put(&out, '+', &new, j);
        }
        for (; at < end; at++)
            put(&out, ' ', &old, at);
    }
    return text_string(&out);
}
