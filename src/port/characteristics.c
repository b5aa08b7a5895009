/* SPDX-License-Identifier: MIT */
/* characteristics.c - the interrupt handlers leave the driver's characteristics. */
#include "port/rewrite.h"
#include <string.h>

static const char *const zeroing[] = {"NdisZeroMemory", "RtlZeroMemory", "memset",
                                      "RtlFillMemory",  "ZeroMemory",    NULL};

/* Is the structure zeroed, or initialised where it is declared? Else a member that nobody sets any
 * more would be what was on the stack. */
static bool is_zeroed(const struct project *p, const struct source *s, size_t use)
{
    size_t first = postfix_begin(s, use);
    const char *base = tok_text(s, first);
    for (size_t i = 0; i < s->tokens.code.count; i++) {
        if (!tok_is(s, i, base) || !tok_is_name(s, i))
            continue;
        if (tok_is(s, i + 1, "=") && tok_is(s, i + 2, "{"))
            return true;
        for (size_t k = i; k-- > 0 && k + 8 > i;)
            if (tok_is_name(s, k) && tok_is(s, k + 1, "(") &&
                (is_one_of(tok_text(s, k), zeroing) || strcasestr(tok_text(s, k), "zero")))
                return true; /* also ZERO_MEMORY and other names of the driver's own */
        size_t begin = statement_begin(s, i);
        for (size_t k = begin; k < i; k++)
            if (tok_is(s, k, "static") && !function_around(p, s, i))
                return true;
    }
    return !function_around(p, s, use); /* a variable of the file, or a macro */
}

/* The statement around "X.ISRHandler = a = b", if all its members leave: [*begin, *end). */
static bool whole_statement(const struct project *p, const struct source *s, size_t use,
                            size_t *begin, size_t *end)
{
    size_t first = postfix_begin(s, use), before = tok_prev(s, first);
    while (tok_is(s, before, "=")) { /* a link of a chain: from its first */
        first = postfix_begin(s, tok_prev(s, before));
        before = tok_prev(s, first);
    }
    if (!(before == NO_TOKEN || tok_is(s, before, ";") || tok_is(s, before, "{") ||
          tok_is(s, before, "}") || tok_is(s, before, ":") || tok(s, before)->first ||
          (tok(s, use)->directive && !tok_is(s, before, ","))))
        return false;
    size_t semicolon = statement_end(s, first);
    if (semicolon == NO_TOKEN && tok(s, first)->directive) /* the macro's last, without ';' */
        for (semicolon = first; tok_next(s, semicolon) != NO_TOKEN;
             semicolon = tok_next(s, semicolon))
            ;
    if (semicolon == NO_TOKEN)
        return false;
    for (size_t i = first; i < semicolon; i++)
        if (tok_is(s, i, "=")) {
            bool leaves = false;
            for (size_t k = 0; k < p->handler_uses.count; k++)
                leaves |= p->handler_uses.item[k].at.s == s &&
                          p->handler_uses.item[k].at.token == tok_prev(s, i);
            if (!leaves)
                return false;
        }
    *begin = tok(s, first)->begin;
    *end = tok(s, semicolon)->end;
    return true;
}

static bool removed_at(const struct source *s, size_t line)
{
    for (size_t i = 0; i < s->edits.count; i++)
        if (s->edits.item[i].begin == line && s->edits.item[i].end > line &&
            !*s->edits.item[i].text)
            return true;
    return false;
}

static bool is_blank_line(const struct source *s, size_t line)
{
    for (size_t i = line; i < s->len && s->bytes[i] != '\n'; i++)
        if (!strchr(" \t\r", s->bytes[i]))
            return false;
    return true;
}

/* A comment above a paragraph of which nothing is left goes as well, with the blank line. */
static void remove_lonely_comment(struct source *s, size_t offset)
{
    size_t line = line_begin(s, offset);
    while (line > 0 && removed_at(s, line_begin(s, line - 1)))
        line = line_begin(s, line - 1);
    size_t last = line;
    while (removed_at(s, last))
        last = line_end(s, last) + 1;
    if (last < s->len && !is_blank_line(s, last))
        return; /* something is left of it */
    for (size_t i = 0; i < s->tokens.comments.count; i++) {
        const struct comment *c = &s->tokens.comments.item[i];
        size_t from = line_begin(s, c->begin);
        if (line_end(s, c->end) + 1 != line)
            continue;
        const char *indent = line_indent(s, c->begin);
        if (from + strlen(indent) != c->begin || removed_at(s, from) || from == 0)
            return;
        if (!is_blank_line(s, line_begin(s, from - 1)))
            return; /* it belongs to what is above */
        source_edit(s, from, line, "");
        source_edit(s, line_begin(s, from - 1), from, "");
        return;
    }
    if (line > 0 && is_blank_line(s, line_begin(s, line - 1)) &&
        !removed_at(s, line_begin(s, line - 1)))
        source_edit(s, line_begin(s, line - 1), line, "");
}

static void leave(struct project *p, const struct handler_use *u)
{
    struct source *s = u->at.s;
    size_t use = u->at.token, begin, end, offset = tok(s, use)->begin;
    if (u->positional) {
        source_edit(s, offset, tok(s, u->last)->end, "NULL");
        report_at(p->report, FINDING_DONE, RULE_CHARACTERISTICS, s, offset,
                  "%s leaves the initialiser: NULL keeps the place of the others",
                  handler_member[u->handler]);
        return;
    }
    bool designated =
        tok_is(s, use - 1, ".") && (tok_is(s, use - 2, ",") || tok_is(s, use - 2, "{"));
    if (designated) {
        size_t i = use;
        while (i < s->tokens.code.count && !tok_is(s, i, ",") && !tok_is(s, i, "}"))
            i = tok_is(s, i, "(") ? tok_match(s, i) + 1 : i + 1;
        bool comma = tok_is(s, i, ",");
        source_remove_statement(s, tok(s, use - 1)->begin,
                                comma ? tok(s, i)->end : tok(s, i - 1)->end);
        report_at(p->report, FINDING_DONE, RULE_CHARACTERISTICS, s, offset,
                  "%s leaves the initialiser", handler_member[u->handler]);
        return;
    }
    if (!is_zeroed(p, s, use)) {
        size_t semicolon = statement_end(s, use), value = use;
        for (size_t i = use; i < semicolon && semicolon != NO_TOKEN; i++)
            if (tok_is(s, i, "="))
                value = i;
        if (semicolon != NO_TOKEN && value + 1 < semicolon && !tok_is(s, value + 1, "NULL") &&
            !tok_is(s, value + 1, "0"))
            source_edit(s, tok(s, value + 1)->begin, tok(s, semicolon - 1)->end, "NULL");
        report_at(p->report, FINDING_DONE, RULE_CHARACTERISTICS, s, offset,
                  "%s is NULL until the characteristics are those of NDIS 6: nothing zeroes them",
                  handler_member[u->handler]);
        return;
    }
    report_at(p->report, FINDING_DONE, RULE_CHARACTERISTICS, s, offset,
              "%s leaves the driver's characteristics", handler_member[u->handler]);
    if (whole_statement(p, s, use, &begin, &end)) {
        source_remove_statement(s, begin, end);
        return;
    }
    size_t first = postfix_begin(s, use);
    source_edit(s, tok(s, first)->begin, tok(s, use + 2)->begin, "");
}

void rewrite_characteristics(struct project *p)
{
    for (size_t i = 0; i < p->handler_uses.count; i++)
        leave(p, &p->handler_uses.item[i]);
    for (size_t i = 0; i < p->handler_uses.count; i++) {
        struct source *s = p->handler_uses.item[i].at.s;
        size_t offset = tok(s, p->handler_uses.item[i].at.token)->begin;
        if (removed_at(s, line_begin(s, offset)))
            remove_lonely_comment(s, offset);
    }
}
