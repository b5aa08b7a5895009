/* SPDX-License-Identifier: MIT */
#include "port/style.h"
#include <ctype.h>
#include <string.h>

static const char *const control[] = {"if", "while", "for", "switch", NULL};

/* The indentation of one line more than that of the other, or NULL. */
static const char *step(const char *outer, const char *inner)
{
    size_t n = strlen(outer);
    return strlen(inner) > n && !strncmp(outer, inner, n) ? inner + n : NULL;
}

struct counts {
    unsigned braces[3], single[2], if_space[2], call_space[2], sizeof_space[2];
    struct {
        const char *text;
        unsigned count;
    } unit[4], brace[2];
};

static void vote(struct counts *c, bool brace, const char *text)
{
    size_t room = brace ? 2 : 4;
    for (size_t i = 0; i < room; i++) {
        const char **have = brace ? &c->brace[i].text : &c->unit[i].text;
        if (*have && strcmp(*have, text))
            continue;
        *have = text;
        (*(brace ? &c->brace[i].count : &c->unit[i].count))++;
        return;
    }
}

static void look_at_control(const struct source *s, size_t i, struct counts *c)
{
    size_t open = i + 1;
    if (!tok_is(s, open, "("))
        return;
    c->if_space[tok(s, open)->begin > tok(s, i)->end]++;
    size_t close = tok_match(s, open);
    if (close == NO_TOKEN || close + 2 >= s->tokens.code.count)
        return;
    size_t body = close + 1;
    unsigned line = source_line(s, tok(s, close)->begin);
    const char *indent = line_indent(s, tok(s, i)->begin);
    if (tok(s, i)->begin != line_begin(s, tok(s, i)->begin) + strlen(indent))
        return; /* "else if", or after something else: its indentation says little */
    if (!tok_is(s, body, "{")) {
        if (!tok_is(s, body, ";"))
            c->single[0]++;
        const char *unit = step(indent, line_indent(s, tok(s, body)->begin));
        if (unit && source_line(s, tok(s, body)->begin) > line)
            vote(c, false, unit);
        return;
    }
    size_t end = statement_end(s, body + 1);
    if (end != NO_TOKEN && tok_is(s, end + 1, "}"))
        c->single[1]++;
    const char *inner = line_indent(s, tok(s, body + 1)->begin);
    if (source_line(s, tok(s, body)->begin) == line) {
        c->braces[BRACES_SAME_LINE]++;
    } else {
        const char *at = line_indent(s, tok(s, body)->begin), *more = step(indent, at);
        c->braces[more ? BRACES_INDENTED : BRACES_NEXT_LINE]++;
        if (more)
            vote(c, true, more);
        indent = at;
    }
    if (step(indent, inner))
        vote(c, false, step(indent, inner));
}

/* How far functions' bodies are indented: of an author whose control statements say nothing. */
static void look_at_bodies(const struct source *s, struct counts *c)
{
    for (size_t i = 1; i + 1 < s->tokens.code.count; i++) {
        size_t brace = tok(s, i)->begin;
        if (!tok_is(s, i, "{") || !tok_is(s, i - 1, ")") || tok(s, i)->directive ||
            brace != line_begin(s, brace) || tok(s, i + 1)->directive)
            continue;
        const char *unit = step("", line_indent(s, tok(s, i + 1)->begin));
        if (unit && source_line(s, tok(s, i + 1)->begin) > source_line(s, brace))
            vote(c, false, unit);
    }
}

static const struct style *find_style(const struct source *s)
{
    struct counts c = {0};
    for (size_t i = 0; i + 1 < s->tokens.code.count; i++) {
        if (tok(s, i)->kind != TOKEN_NAME || tok(s, i)->directive)
            continue;
        const char *name = tok_text(s, i);
        bool space = tok(s, i + 1)->begin > tok(s, i)->end;
        if (is_one_of(name, control))
            look_at_control(s, i, &c);
        else if (!tok_is(s, i + 1, "("))
            continue;
        else if (!strcmp(name, "sizeof"))
            c.sizeof_space[space]++;
        else if (strcmp(name, "return"))
            c.call_space[space]++;
    }
    struct style *st = arena_alloc(sizeof *st);
    st->braces = c.braces[0] >= c.braces[1] && c.braces[0] >= c.braces[2] && c.braces[0]
                     ? BRACES_SAME_LINE
                 : c.braces[2] > c.braces[1] ? BRACES_INDENTED
                                             : BRACES_NEXT_LINE;
    if (!c.unit[0].count)
        look_at_bodies(s, &c);
    st->unit = "    ";
    unsigned best = 0;
    for (size_t i = 0; i < 4; i++)
        if (c.unit[i].count > best) {
            best = c.unit[i].count;
            st->unit = c.unit[i].text;
        }
    st->brace_indent = "";
    if (st->braces == BRACES_INDENTED)
        st->brace_indent = c.brace[1].count > c.brace[0].count ? c.brace[1].text : c.brace[0].text;
    st->brace_single = c.single[1] > c.single[0];
    st->if_space = c.if_space[1] >= c.if_space[0];
    st->call_space = c.call_space[1] > c.call_space[0];
    st->sizeof_space = c.sizeof_space[1] > c.sizeof_space[0];
    st->columns = 80;
    for (size_t i = 0; i < s->lines.count; i++) {
        size_t begin = s->lines.item[i], end = line_end(s, begin);
        if (end - begin > st->columns && end - begin <= 100)
            st->columns = 100;
    }
    for (size_t i = 0; i < s->tokens.comments.count; i++) {
        const struct comment *k = &s->tokens.comments.item[i];
        st->line_comments |= s->bytes[k->begin + 1] == '/';
        bool banner = memchr(s->bytes + k->begin, '\n', k->end - k->begin) != NULL;
        if (s->bytes[k->begin + 1] == '*' && !banner && i > 3) {
            st->line_comments = false;
            break;
        }
    }
    return st;
}

const struct style *style_of(const struct source *s)
{
    if (!*s->style)
        *s->style = find_style(s);
    return *s->style;
}

const char *style_if(const struct style *st, const char *indent, const char *condition,
                     const char *const *statements, size_t count)
{
    struct text t = {0};
    bool braces = count > 1 || st->brace_single;
    text_printf(&t, "%sif%s(%s)", indent, st->if_space ? " " : "", condition);
    if (braces && st->braces == BRACES_SAME_LINE)
        text_puts(&t, " {\n");
    else if (braces)
        text_printf(&t, "\n%s%s{\n", indent, st->brace_indent);
    else
        text_puts(&t, "\n");
    for (size_t i = 0; i < count; i++)
        text_printf(&t, "%s%s%s%s\n", indent, braces ? st->brace_indent : "", st->unit,
                    statements[i]);
    if (braces)
        text_printf(&t, "%s%s}\n", indent, st->braces == BRACES_SAME_LINE ? "" : st->brace_indent);
    return text_string(&t);
}

const char *style_call(const struct style *st, const char *name)
{
    return arena_format("%s%s(", name, st->call_space ? " " : "");
}

const char *style_comment(const struct style *st, const char *text)
{
    return st->line_comments ? arena_format("// %s", text) : arena_format("/* %s */", text);
}

/* "adapterContext"; "status" may be of any style but one. */
static bool is_camel(const char *name)
{
    return islower((unsigned char)*name) && !strchr(name, '_') &&
           name[strcspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")];
}

const char *style_local(const char *pascal, const char *const *locals, size_t count)
{
    unsigned upper = 0, lower = 0, snake = 0, camel = 0;
    for (size_t i = 0; i < count; i++) {
        const char *n = locals[i];
        bool underscore = strchr(n, '_') != NULL;
        if (isupper((unsigned char)*n))
            upper++;
        else if (underscore || strlen(n) > 2)
            lower++;
        snake += underscore && !isupper((unsigned char)*n);
        camel += is_camel(n);
    }
    if (upper >= lower)
        return pascal;
    struct text t = {0};
    for (const char *p = pascal; *p; p++) {
        char c = (char)tolower((unsigned char)*p);
        if (snake > camel && p > pascal && isupper((unsigned char)*p))
            text_puts(&t, "_");
        text_add(&t, snake > camel || p == pascal ? &c : p, 1);
    }
    return text_string(&t);
}
