/* SPDX-License-Identifier: MIT */
/* body.c - where declarations and statements go in a function's body. */
#include "port/cursor.h"
#include "port/rewrite.h"
#include <ctype.h>
#include <string.h>

static enum CXChildVisitResult find_compound(CXCursor c, CXCursor parent, CXClientData data)
{
    if (clang_getCursorKind(c) == CXCursor_CompoundStmt) {
        *(CXCursor *)data = c;
        return CXChildVisit_Break;
    }
    return CXChildVisit_Continue;
}

static CXCursor compound_of(CXCursor function)
{
    CXCursor c = clang_getNullCursor();
    clang_visitChildren(function, find_compound, &c);
    return c;
}

struct leading {
    struct project *p;
    struct source *s;
    size_t end;
};

static enum CXChildVisitResult leading_declaration(CXCursor c, CXCursor parent, CXClientData data)
{
    struct leading *l = data;
    struct source *s;
    size_t begin, end;
    if (clang_getCursorKind(c) != CXCursor_DeclStmt)
        return CXChildVisit_Break;
    if (cursor_range(l->p, c, &s, &begin, &end) && s == l->s)
        l->end = end;
    return CXChildVisit_Continue;
}

size_t past_comments(const struct source *s, size_t offset)
{
    size_t end = line_end(s, offset);
    for (size_t i = 0; i < s->tokens.comments.count; i++) {
        const struct comment *c = &s->tokens.comments.item[i];
        if (c->begin >= offset && c->begin < end && c->end > end)
            end = line_end(s, c->end);
    }
    return end > 0 && s->bytes[end - 1] == '\r' ? end - 1 : end;
}

bool next_line_blank(const struct source *s, size_t offset)
{
    size_t begin = line_end(s, offset) + 1;
    if (begin >= s->len)
        return true;
    for (size_t i = begin; i < s->len && s->bytes[i] != '\n'; i++)
        if (!isspace((unsigned char)s->bytes[i]))
            return false;
    return true;
}

/* A comment alone on the lines below a declaration, before a blank line, is the declaration's. */
static size_t past_comment_below(const struct source *s, size_t end)
{
    for (size_t i = 0; i < s->tokens.comments.count; i++) {
        const struct comment *c = &s->tokens.comments.item[i];
        size_t line = line_begin(s, c->begin);
        if (c->begin <= end)
            continue;
        if (line != line_end(s, end) + 1 || line + strspn(s->bytes + line, " \t") != c->begin)
            return end;
        size_t last = line_end(s, c->end);
        if (last > 0 && s->bytes[last - 1] == '\r')
            last--;
        if (next_line_blank(s, last))
            return last;
        end = last; /* perhaps the next one ends it */
        size_t k = i + 1;
        if (k >= s->tokens.comments.count ||
            line_begin(s, s->tokens.comments.item[k].begin) != line_end(s, end) + 1)
            return 0;
    }
    return end;
}

struct body body_of(struct project *p, const struct declaration *d)
{
    struct source *s = d->s;
    struct leading l = {p, s, 0};
    struct body b = {0};
    clang_visitChildren(compound_of(d->cursor), leading_declaration, &l);
    b.has_declarations = l.end > 0;
    size_t after = l.end ? l.end : tok(s, d->body)->end;
    if (l.end && after < s->len && s->bytes[after] == ';')
        after++;
    b.after_declarations = past_comments(s, after);
    size_t below = l.end ? past_comment_below(s, b.after_declarations) : 0;
    if (below > b.after_declarations)
        b.after_declarations = below;
    if (b.after_declarations > tok(s, d->end)->begin)
        b.after_declarations = after; /* "{ all in one line }" */
    b.blank_follows = next_line_blank(s, b.after_declarations);
    const struct style *st = style_of(s);
    size_t first = d->body + 1;
    b.indent = arena_format("%s%s", line_indent(s, tok(s, d->body)->begin), st->unit);
    while (first < d->end && tok(s, first)->directive)
        first++;
    if (first < d->end &&
        source_line(s, tok(s, first)->begin) > source_line(s, tok(s, d->body)->begin))
        b.indent = line_indent(s, tok(s, first)->begin);
    return b;
}

void insert_declaration(struct project *p, const struct declaration *d, const char *text)
{
    struct body b = body_of(p, d);
    bool apart = !b.has_declarations && !b.blank_follows;
    for (size_t i = 0; i < d->s->edits.count && apart; i++) { /* no blank line among several */
        struct edit *e = &d->s->edits.item[i];
        size_t n = strlen(e->text);
        if (e->begin == b.after_declarations && e->end == e->begin && n && e->text[n - 1] == '\n')
            e->text = arena_copy(e->text, n - 1 - (n > 1 && e->text[n - 2] == '\r'));
    }
    source_insert(d->s, b.after_declarations,
                  arena_format("\n%s%s%s", b.indent, text, apart ? "\n" : ""));
}

/* A macro's own parameter, in its head or its body. */
static bool is_macro_parameter(const struct source *s, size_t token)
{
    size_t hash = token, body = tok_body(s, token);
    while (hash > 0 && !tok(s, hash)->first)
        hash--;
    for (size_t i = hash + 3; i < body; i++) /* behind "# define NAME" */
        if (tok_is(s, i, tok_text(s, token)))
            return true;
    return false;
}

/* In the body, or in a macro that might be used there. */
static bool is_used(const struct project *p, const struct declaration *d, const char *name)
{
    place_list found = {0};
    find_name(p, name, &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct place *at = &found.item[i];
        bool inside = at->s == d->s && at->token > d->body && at->token < d->end;
        if (tok(at->s, at->token)->directive ? !is_macro_parameter(at->s, at->token) : inside)
            return true;
    }
    return false;
}

void insert_context_variable(struct project *p, const struct declaration *d,
                             const struct parameter *old, const char *context)
{
    struct body b = body_of(p, d);
    if (!is_handle_type(old->type) && is_used(p, d, old->name_text))
        source_insert(d->s, tok(d->s, d->body)->end,
                      arena_format("\n%s%s%s", b.indent, context_variable(old, context),
                                   b.has_declarations || b.blank_follows ? "" : "\n"));
}

const char *body_indent(struct project *p, const struct declaration *d)
{
    const char *indent = body_of(p, d).indent, *head = line_indent(d->s, tok(d->s, d->name)->begin);
    if (starts_with(indent, head)) /* in a class or namespace */
        indent += strlen(head);
    return *indent ? indent : style_of(d->s)->unit;
}

void insert_statement(struct project *p, const struct declaration *d, const char *text)
{
    struct body b = body_of(p, d);
    bool first = true; /* of what is inserted here: a blank line before */
    for (size_t i = 0; i < d->s->edits.count; i++)
        first &= !(d->s->edits.item[i].begin == b.after_declarations &&
                   d->s->edits.item[i].end == b.after_declarations &&
                   strchr(d->s->edits.item[i].text, '(') && !strchr(d->s->edits.item[i].text, '='));
    bool declarations = b.has_declarations, blank = false;
    for (size_t i = 0; i < d->s->edits.count; i++) {
        const struct edit *e = &d->s->edits.item[i];
        declarations |= e->begin == b.after_declarations;
        blank |= e->begin == b.after_declarations && e->end == e->begin && ends_with(e->text, "\n");
    }
    source_insert(
        d->s, b.after_declarations,
        arena_format("%s%s%s", first && declarations && !blank ? "\n\n" : "\n", b.indent, text));
}

/* Does the driver say so where it does not use a parameter? */
static bool says_unreferenced(const struct project *p)
{
    for (size_t i = 0; i < p->sources.count; i++)
        if (source_uses(p->sources.item[i], "UNREFERENCED_PARAMETER"))
            return true;
    return false;
}

static const char *unreferenced(const struct source *s, const char *name)
{
    return arena_format("%s%s);", style_call(style_of(s), "UNREFERENCED_PARAMETER"), name);
}

void insert_unreferenced(struct project *p, const struct declaration *d, const char *const *names)
{
    for (; says_unreferenced(p) && *names; names++)
        insert_statement(p, d, unreferenced(d->s, *names));
}

const char *unreferenced_lines(struct project *p, const struct declaration *like,
                               const char *const *names)
{
    struct text t = {0};
    for (; says_unreferenced(p) && *names; names++)
        text_printf(&t, "%s%s\n", body_indent(p, like), unreferenced(like->s, *names));
    return t.len ? text_string(&t) : "";
}

void returns_of(const struct declaration *d, place_list *out)
{
    for (size_t i = d->body; i < d->end; i++)
        if (tok_is(d->s, i, "return") && !tok(d->s, i)->directive)
            *list_add(out) = (struct place){d->s, i};
}

static enum CXChildVisitResult count_return(CXCursor c, CXCursor parent, CXClientData data)
{
    *(unsigned *)data += clang_getCursorKind(c) == CXCursor_ReturnStmt;
    return CXChildVisit_Recurse;
}

unsigned returns_seen(const struct declaration *d)
{
    unsigned n = 0;
    clang_visitChildren(d->cursor, count_return, &n);
    return n;
}

bool return_has_value(const struct source *s, size_t token)
{
    return !tok_is(s, token + 1, ";") && statement_end(s, token) != NO_TOKEN;
}

bool some_return_has_value(const struct declaration *d)
{
    place_list returns = {0};
    returns_of(d, &returns);
    for (size_t i = 0; i < returns.count; i++)
        if (return_has_value(d->s, returns.item[i].token))
            return true;
    return false;
}

bool ends_with_return(const struct declaration *d)
{
    size_t i = tok_prev(d->s, d->end);
    if (!tok_is(d->s, i, ";"))
        return false;
    size_t begin = statement_begin(d->s, tok_prev(d->s, i));
    return tok_is(d->s, begin, "return");
}

/* --- lines before a statement --- */

static bool is_unbraced_body(const struct source *s, size_t token, size_t *before)
{
    *before = tok_prev(s, token);
    if (tok_is(s, *before, "else") || tok_is(s, *before, "do"))
        return true;
    if (tok_is_name(s, *before) && tok(s, *before)->control)
        return true;
    if (!tok_is(s, *before, ")"))
        return false;
    size_t open = tok_match(s, *before);
    size_t word = open == NO_TOKEN ? NO_TOKEN : tok_prev(s, open);
    return tok_is_control(s, word);
}

/* Braces around the statement that ends with token `end`, the whole body of what `before` ends. */
static void brace_body(struct source *s, size_t before, size_t end)
{
    const struct style *st = style_of(s);
    size_t word = tok_is(s, before, ")") ? tok_prev(s, tok_match(s, before)) : before;
    const char *outer = line_indent(s, tok(s, word)->begin);
    size_t head = past_comments(s, tok(s, before)->end), tail = past_comments(s, tok(s, end)->end);
    if (st->braces == BRACES_SAME_LINE)
        source_insert(s, tok(s, before)->end, " {");
    else
        source_insert(s, head, arena_format("\n%s%s{", outer, st->brace_indent));
    source_insert(
        s, tail,
        arena_format("\n%s%s}", outer, st->braces == BRACES_SAME_LINE ? "" : st->brace_indent));
}

void split_return(struct source *s, size_t token, const char *const *lines, size_t count)
{
    size_t begin = tok(s, token)->begin, before, end = statement_end(s, token);
    const char *indent = line_indent(s, begin);
    bool own_line = begin == line_begin(s, begin) + strlen(indent);
    bool wrap = is_unbraced_body(s, token, &before);
    struct text t = {0};
    for (size_t i = 0; i < count; i++)
        text_printf(&t, own_line ? "\n%s%s" : " %s%s", own_line ? indent : "", lines[i]);
    source_edit(s, begin, tok(s, token + 1)->begin, wrap && !own_line ? "{ " : "");
    source_insert(s, own_line ? past_comments(s, tok(s, end)->end) : tok(s, end)->end,
                  wrap && !own_line ? arena_format("%s }", text_string(&t)) : text_string(&t));
    if (wrap && own_line)
        brace_body(s, before, end);
}

void insert_lines_before(struct source *s, size_t token, const char *const *lines, size_t count)
{
    size_t begin = tok(s, token)->begin, before, end = statement_end(s, token);
    const char *indent = line_indent(s, begin);
    bool own_line = begin == line_begin(s, begin) + strlen(indent);
    bool wrap = is_unbraced_body(s, token, &before) && end != NO_TOKEN;
    struct text t = {0};
    for (size_t i = 0; i < count; i++) {
        for (const char *l = lines[i]; own_line && *l;) { /* a line may be two */
            size_t n = strcspn(l, "\n");
            text_printf(&t, "%s%.*s\n", indent, (int)n, l);
            l += n + (l[n] == '\n');
        }
        if (own_line && !*lines[i])
            text_puts(&t, "\n");
        if (!own_line)
            text_printf(&t, "%s ", lines[i]);
    }
    if (!own_line) {
        source_insert(s, begin, arena_format("%s%s", wrap ? "{ " : "", text_string(&t)));
        if (wrap)
            source_insert(s, tok(s, end)->end, " }");
        return;
    }
    if (wrap) {
        source_insert(s, line_begin(s, begin), text_string(&t));
        brace_body(s, before, end);
        return;
    }
    source_insert(s, line_begin(s, begin), text_string(&t));
}
