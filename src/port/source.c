/* SPDX-License-Identifier: MIT */
#include "port/source.h"
#include "port/file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source *source_from_bytes(const char *path, const char *bytes, size_t len)
{
    struct source *s = arena_alloc(sizeof *s);
    s->path = s->real = path;
    s->bytes = bytes;
    s->len = len;
    s->style = arena_alloc(sizeof *s->style);
    const char *newline = memchr(bytes, '\n', len);
    s->crlf = newline && newline > bytes && newline[-1] == '\r';
    *list_add(&s->lines) = 0;
    for (size_t i = 0; i < len; i++)
        if (bytes[i] == '\n')
            *list_add(&s->lines) = (uint32_t)i + 1;
    lex(bytes, len, &s->tokens);
    return s;
}

struct source *source_read(const char *path, const char **why)
{
    size_t len;
    const char *bytes = file_read(path, &len, why);
    if (!bytes)
        return NULL;
    if (len >= 2 && (!memcmp(bytes, "\xff\xfe", 2) || !memcmp(bytes, "\xfe\xff", 2))) {
        *why = "is UTF-16; compilers for this target read UTF-8 or ANSI: convert it first (iconv)";
        return NULL;
    }
    if (memchr(bytes, '\0', len)) {
        *why = "contains NUL bytes: it is no C source";
        return NULL;
    }
    struct source *s = source_from_bytes(arena_string(path), bytes, len);
    char *real = realpath(path, NULL);
    if (real) {
        s->real = arena_string(real);
        free(real);
    }
    return s;
}

/* --- lines --- */

static size_t line_index(const struct source *s, size_t offset)
{
    size_t low = 0, high = s->lines.count;
    while (high - low > 1) {
        size_t mid = (low + high) / 2;
        if (s->lines.item[mid] <= offset)
            low = mid;
        else
            high = mid;
    }
    return low;
}

unsigned source_line(const struct source *s, size_t offset)
{
    return (unsigned)line_index(s, offset) + 1;
}

unsigned source_column(const struct source *s, size_t offset)
{
    return (unsigned)(offset - s->lines.item[line_index(s, offset)]) + 1;
}

size_t line_begin(const struct source *s, size_t offset)
{
    return s->lines.item[line_index(s, offset)];
}

size_t line_end(const struct source *s, size_t offset)
{
    while (offset < s->len && s->bytes[offset] != '\n')
        offset++;
    return offset;
}

const char *line_indent(const struct source *s, size_t offset)
{
    size_t begin = line_begin(s, offset), end = begin;
    while (end < s->len && (s->bytes[end] == ' ' || s->bytes[end] == '\t'))
        end++;
    return arena_copy(s->bytes + begin, end - begin);
}

/* --- tokens --- */

size_t token_after(const struct source *s, size_t offset)
{
    size_t low = 0, high = s->tokens.code.count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (s->tokens.code.item[mid].begin < offset)
            low = mid + 1;
        else
            high = mid;
    }
    return low < s->tokens.code.count ? low : NO_TOKEN;
}

size_t token_at(const struct source *s, size_t offset)
{
    size_t i = token_after(s, offset);
    return i != NO_TOKEN && s->tokens.code.item[i].begin == offset ? i : NO_TOKEN;
}

const struct token *tok(const struct source *s, size_t i)
{
    return &s->tokens.code.item[i];
}

bool tok_is(const struct source *s, size_t i, const char *text)
{
    if (i >= s->tokens.code.count)
        return false;
    const struct token *t = tok(s, i);
    size_t n = strlen(text);
    return t->end - t->begin == n && !memcmp(s->bytes + t->begin, text, n);
}

bool tok_is_name(const struct source *s, size_t i)
{
    return i < s->tokens.code.count && tok(s, i)->kind == TOKEN_NAME;
}

const char *source_text(const struct source *s, size_t begin, size_t end)
{
    return arena_copy(s->bytes + begin, end - begin);
}

const char *tok_text(const struct source *s, size_t i)
{
    return i < s->tokens.code.count ? source_text(s, tok(s, i)->begin, tok(s, i)->end) : "";
}

size_t tok_match(const struct source *s, size_t i)
{
    if (i >= s->tokens.code.count)
        return NO_TOKEN;
    bool forward = tok_is(s, i, "(") || tok_is(s, i, "[") || tok_is(s, i, "{");
    int depth = 0;
    for (size_t j = i; j < s->tokens.code.count; j += forward ? 1 : (size_t)-1) {
        const struct token *t = tok(s, j);
        /* Directives between the lines of a statement hold brackets of their own. */
        if (t->kind == TOKEN_PUNCT && t->directive == tok(s, i)->directive) {
            char c = s->bytes[t->begin];
            if (t->end - t->begin == 1 && strchr("([{", c))
                depth++;
            else if (t->end - t->begin == 1 && strchr(")]}", c))
                depth--;
            if (depth == 0)
                return j;
        }
    }
    return NO_TOKEN;
}

size_t tok_next(const struct source *s, size_t i)
{
    bool inside = tok(s, i)->directive; /* in a macro's body its neighbours are there too */
    while (++i < s->tokens.code.count)
        if (tok(s, i)->directive == inside)
            return inside && tok(s, i)->first ? NO_TOKEN : i;
    return NO_TOKEN;
}

size_t tok_body(const struct source *s, size_t i)
{
    if (!tok(s, i)->directive)
        return 0;
    size_t hash = i;
    while (hash > 0 && !tok(s, hash)->first)
        hash--;
    if (!tok_is(s, hash + 1, "define"))
        return hash;
    size_t after = hash + 3;
    if (tok_is(s, after, "(") && tok(s, after)->begin == tok(s, after - 1)->end) {
        size_t close = tok_match(s, after);
        after = close == NO_TOKEN ? after : close + 1;
    }
    return after;
}

size_t tok_prev(const struct source *s, size_t i)
{
    bool inside = tok(s, i)->directive;
    if (inside && i <= tok_body(s, i))
        return NO_TOKEN;
    while (i-- > 0)
        if (tok(s, i)->directive == inside)
            return i;
    return NO_TOKEN;
}

bool tok_arguments(const struct source *s, size_t open, argument_list *out, size_t *close)
{
    *out = (argument_list){0};
    *close = tok_match(s, open);
    if (!tok_is(s, open, "(") || *close == NO_TOKEN)
        return false;
    size_t first = open + 1, i = open + 1;
    if (first == *close)
        return true;
    for (; i <= *close; i++) {
        if (i < *close && (tok_is(s, i, "(") || tok_is(s, i, "[") || tok_is(s, i, "{"))) {
            i = tok_match(s, i);
            if (i == NO_TOKEN || i > *close)
                return false;
        } else if (i == *close || tok_is(s, i, ",")) {
            *list_add(out) = (struct argument){first, i - 1};
            first = i + 1;
        }
    }
    return true;
}

/* Is this ':' the end of a label, not of "a ? b : c"? */
static bool label_colon(const struct source *s, size_t i)
{
    size_t p = tok_prev(s, i);
    if (tok_is(s, p, "default"))
        return true;
    size_t q = p == NO_TOKEN ? NO_TOKEN : tok_prev(s, p);
    if (tok_is_name(s, p) && (q == NO_TOKEN || tok_is(s, q, ";") || tok_is(s, q, "{") ||
                              tok_is(s, q, "}") || tok_is(s, q, ":")))
        return true;
    for (unsigned n = 0; p != NO_TOKEN && n < 16; n++, p = tok_prev(s, p)) {
        if (tok_is(s, p, "case"))
            return true;
        if (tok_is(s, p, ";") || tok_is(s, p, "{") || tok_is(s, p, "}") || tok_is(s, p, "?"))
            return false;
    }
    return false;
}

bool tok_truth(const struct source *s, size_t first, size_t last, bool *value)
{
    while (first < last && tok_is(s, first, "(")) {
        size_t close = tok_match(s, first);
        if (close == last)
            first++, last--;
        else if (close == first + 2 && tok_is_name(s, first + 1)) /* a cast */
            first = close + 1;
        else
            return false;
    }
    *value = tok_is(s, first, "TRUE") || tok_is(s, first, "1");
    return first == last && (*value || tok_is(s, first, "FALSE") || tok_is(s, first, "0"));
}

bool tok_is_control(const struct source *s, size_t i)
{
    return i < s->tokens.code.count &&
           (tok(s, i)->control || tok_is(s, i, "if") || tok_is(s, i, "while") ||
            tok_is(s, i, "for") || tok_is(s, i, "switch"));
}

/* "IF_LOUD( f(); )" on lines of its own, and what comes next is no deeper: it needs no semicolon,
 * since its macro brings one. Names with '_' in front are annotations of what follows. */
static bool is_macro_statement(const struct source *s, size_t close, size_t next)
{
    size_t open = tok_match(s, close), name = open == NO_TOKEN ? NO_TOKEN : tok_prev(s, open);
    if (!tok_is_name(s, name) || tok_text(s, name)[0] == '_' ||
        !(tok_is_name(s, next) || tok_is(s, next, "*")) || tok(s, next)->directive)
        return false;
    size_t before = tok_prev(s, name), begin = tok(s, name)->begin, then = tok(s, next)->begin;
    const char *indent = line_indent(s, begin);
    return !tok_is_control(s, name) && !tok_is(s, name, "return") &&
           (before == NO_TOKEN ||
            is_one_of(tok_text(s, before), (const char *[]){";", "{", "}", ")", NULL})) &&
           begin == line_begin(s, begin) + strlen(indent) &&
           then == line_begin(s, then) + strlen(indent) && !strcmp(indent, line_indent(s, then));
}

size_t statement_begin(const struct source *s, size_t i)
{
    size_t begin = i;
    for (size_t p = tok_prev(s, i); p != NO_TOKEN; p = tok_prev(s, p)) {
        if (tok_is(s, p, ";") || tok_is(s, p, "{") || tok_is(s, p, "}") ||
            (tok_is(s, p, ":") && label_colon(s, p)) ||
            (tok_is(s, p, ")") && is_macro_statement(s, p, begin)))
            break;
        if (tok_is(s, p, ")") || tok_is(s, p, "]")) {
            p = tok_match(s, p);
            if (p == NO_TOKEN)
                break;
        }
        if (tok(s, i)->directive && tok(s, p)->first)
            break;
        begin = p;
    }
    return begin;
}

size_t statement_end(const struct source *s, size_t i)
{
    for (; i != NO_TOKEN; i = tok_next(s, i)) {
        if (tok_is(s, i, ";"))
            return i;
        if (tok_is(s, i, "(") || tok_is(s, i, "[") || tok_is(s, i, "{")) {
            i = tok_match(s, i);
            if (i == NO_TOKEN)
                break;
        } else if (tok_is(s, i, "}")) {
            break;
        }
    }
    return NO_TOKEN;
}

/* --- edits --- */

static const char *with_line_ends(const struct source *s, const char *text)
{
    if (!s->crlf || !strchr(text, '\n'))
        return text;
    struct text t = {0};
    for (const char *p = text; *p; p++) {
        if (*p == '\n' && (p == text || p[-1] != '\r'))
            text_puts(&t, "\r");
        text_add(&t, p, 1);
    }
    return text_string(&t);
}

void source_edit(struct source *s, size_t begin, size_t end, const char *text)
{
    text = with_line_ends(s, text);
    for (size_t i = 0; i < s->edits.count; i++) {
        const struct edit *e = &s->edits.item[i];
        if (e->begin == begin && e->end == end && end > begin && !strcmp(e->text, text))
            return; /* the same, found from another translation unit */
        if (e->begin < end && begin < e->end && !s->conflict)
            s->conflict = arena_format("two changes of line %u meet: \"%.60s\" and \"%.60s\"",
                                       source_line(s, begin), e->text, text);
    }
    *list_add(&s->edits) =
        (struct edit){(uint32_t)begin, (uint32_t)end, arena_string(text), s->edits.count};
}

void source_insert(struct source *s, size_t at, const char *text)
{
    source_edit(s, at, at, text);
}

static bool blank(const char *bytes, size_t begin, size_t end)
{
    for (; begin < end; begin++)
        if (!strchr(" \t\r", bytes[begin]))
            return false;
    return true;
}

/* What was removed beside [*begin, *end) on the same line is removed with it: "a; b;" */
static void join_removals(struct source *s, size_t *begin, size_t *end)
{
    size_t first = line_begin(s, *begin), last = line_end(s, *end);
    for (size_t i = 0; i < s->edits.count;) {
        const struct edit e = s->edits.item[i];
        bool before = e.begin >= first && e.end <= *begin && blank(s->bytes, e.end, *begin);
        bool behind = e.begin >= *end && e.end <= last && blank(s->bytes, *end, e.begin);
        if (*e.text || !(before || behind)) {
            i++;
            continue;
        }
        *begin = before ? e.begin : *begin;
        *end = behind ? e.end : *end;
        memmove(&s->edits.item[i], &s->edits.item[i + 1],
                (--s->edits.count - i) * sizeof *s->edits.item);
        i = 0; /* others may be beside it now */
    }
}

void source_remove_statement(struct source *s, size_t begin, size_t end)
{
    join_removals(s, &begin, &end);
    size_t first = line_begin(s, begin), last = line_end(s, end), rest = end;
    /* A comment that ends the line speaks of the statement. */
    for (size_t i = 0; i < s->tokens.comments.count; i++) {
        const struct comment *c = &s->tokens.comments.item[i];
        if (c->begin >= rest && c->end <= last && blank(s->bytes, rest, c->begin))
            rest = c->end;
    }
    bool continued = false; /* a line of a macro */
    if (last > 0 && s->bytes[last - (s->bytes[last - 1] == '\r') - 1] == '\\') {
        size_t slash = last - (s->bytes[last - 1] == '\r') - 1;
        continued = slash >= rest && blank(s->bytes, rest, slash);
    }
    bool macro_end = !continued && first > 1 &&
                     s->bytes[first - 2 - (first > 2 && s->bytes[first - 2] == '\r')] == '\\';
    if (blank(s->bytes, rest, last))
        end = rest;
    else if (begin > first && s->bytes[begin - 1] == ' ' && s->bytes[end] == ' ')
        end++; /* "{ a; b; }": one space stays */
    if (blank(s->bytes, first, begin) && macro_end && end == rest)
        source_edit(s, first, last, ""); /* the line before goes on here: it stays, empty */
    else if (blank(s->bytes, first, begin) && (end == rest || continued))
        source_edit(s, first, last < s->len ? last + 1 : last, "");
    else
        source_edit(s, begin, end, "");
}

static int by_place(const void *a, const void *b)
{
    const struct edit *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end && (x->begin == x->end || y->begin == y->end))
        return x->end < y->end ? -1 : 1; /* an insertion before what it precedes */
    return x->order < y->order ? -1 : 1;
}

static void apply(const struct source *s, const struct edit *e, size_t count, size_t begin,
                  size_t end, struct text *out)
{
    size_t at = begin;
    for (size_t i = 0; i < count; i++) {
        if (e[i].begin > at)
            text_add(out, s->bytes + at, e[i].begin - at);
        text_puts(out, e[i].text);
        if (e[i].end > at)
            at = e[i].end;
    }
    if (end > at)
        text_add(out, s->bytes + at, end - at);
}

const char *source_take(struct source *s, size_t begin, size_t end)
{
    LIST(struct edit) taken = {0};
    size_t kept = 0;
    for (size_t i = 0; i < s->edits.count; i++) {
        struct edit e = s->edits.item[i];
        if (e.begin >= begin && e.end <= end && (e.begin < end || e.end > e.begin))
            *list_add(&taken) = e;
        else
            s->edits.item[kept++] = e;
    }
    s->edits.count = kept;
    if (taken.count)
        qsort(taken.item, taken.count, sizeof *taken.item, by_place);
    struct text out = {0};
    apply(s, taken.item, taken.count, begin, end, &out);
    return text_string(&out);
}

const char *source_result(struct source *s, size_t *len)
{
    struct text out = {0};
    if (s->edits.count)
        qsort(s->edits.item, s->edits.count, sizeof *s->edits.item, by_place);
    apply(s, s->edits.item, s->edits.count, 0, s->len, &out);
    *len = out.len;
    return text_string(&out);
}
