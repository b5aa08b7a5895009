/* SPDX-License-Identifier: MIT */
/* macro.c - macros whose bodies matter to statements around their uses.
 *
 * One may be a control statement without its body. One may hold NdisMRegisterInterrupt: the lines
 * that fill the characteristics have no place there, so a person has to write the call out, and
 * this says where, and what. */
#include "port/rewrite.h"
#include <string.h>

struct definition {
    const struct source *s;
    size_t name, open, first, last; /* tokens; open: NO_TOKEN if it takes no arguments */
};

/* The macro whose body the token is in. */
static bool macro_around(const struct source *s, size_t token, struct definition *m)
{
    size_t i = token;
    while (i > 0 && !tok(s, i)->first)
        i--;
    if (!tok_is(s, i + 1, "define") || !tok_is_name(s, i + 2))
        return false;
    *m =
        (struct definition){.s = s, .name = i + 2, .open = NO_TOKEN, .first = i + 3, .last = token};
    if (tok_is(s, i + 3, "(") && tok(s, i + 3)->begin == tok(s, i + 2)->end) {
        m->open = i + 3;
        m->first = tok_match(s, i + 3) + 1;
    }
    while (m->last + 1 < s->tokens.code.count && tok(s, m->last + 1)->directive &&
           !tok(s, m->last + 1)->first)
        m->last++;
    return m->first <= m->last;
}

/* "if (c)", "for (...)" or "if (!ours) return; else": is what comes behind it its body? */
static bool is_open_control(const struct definition *m)
{
    return tok_is(m->s, m->last, "else") ||
           (tok_is_control(m->s, m->first) && tok_match(m->s, m->first + 1) == m->last);
}

void mark_control_macros(struct project *p)
{
    for (size_t i = 0; i < p->sources.count; i++) {
        const struct source *s = p->sources.item[i];
        for (size_t k = 0; k + 3 < s->tokens.code.count; k++) {
            struct definition m;
            place_list uses = {0};
            if (!tok(s, k)->first || !tok_is(s, k + 1, "define") || tok(s, k + 3)->first ||
                !macro_around(s, k + 2, &m) || !is_open_control(&m))
                continue;
            find_name(p, tok_text(s, m.name), &uses);
            for (size_t u = 0; u < uses.count; u++)
                uses.item[u].s->tokens.code.item[uses.item[u].token].control = true;
        }
    }
}

/* The macro's body, with the arguments of one use in it. */
static const char *expansion(const struct definition *m, const struct source *s, size_t use)
{
    argument_list names = {0}, values = {0};
    size_t close;
    if (m->open != NO_TOKEN && (!tok_arguments(m->s, m->open, &names, &close) ||
                                !tok_arguments(s, use + 1, &values, &close)))
        return NULL;
    struct text t = {0};
    for (size_t i = m->first; i <= m->last; i++) {
        const char *text = tok_text(m->s, i);
        for (size_t n = 0; n < names.count && n < values.count; n++)
            if (tok_is(m->s, names.item[n].last, text))
                text = source_text(s, tok(s, values.item[n].first)->begin,
                                   tok(s, values.item[n].last)->end);
        bool gap = i > m->first && tok(m->s, i)->begin > tok(m->s, i - 1)->end;
        text_printf(&t, "%s%s", gap ? " " : "", text);
    }
    return text_string(&t);
}

void report_registration_in_macro(struct project *p, const struct registration *r)
{
    struct source *s = r->at.s;
    struct definition m;
    place_list found = {0};
    struct text t = {0};
    unsigned uses = 0;
    if (!macro_around(s, r->at.token, &m))
        return;
    const char *name = tok_text(s, m.name);
    find_name(p, name, &found);
    for (size_t i = 0; i < found.count && uses < 3; i++) {
        const struct source *u = found.item[i].s;
        size_t use = found.item[i].token;
        const char *text = tok(u, use)->directive ? NULL : expansion(&m, u, use);
        if (!text)
            continue;
        text_printf(&t, "%s%s:%u, in place of %s: %s", uses++ ? "; at " : "at ", u->path,
                    source_line(u, tok(u, use)->begin), name, text);
    }
    report_at(p->report, FINDING_ERROR, ERROR_MODEL, s, tok(s, r->at.token)->begin,
              "NdisMRegisterInterrupt inside the macro %s: the lines that fill the characteristics "
              "have no place there",
              name)
        ->hint = uses ? arena_format("write the call out, then port again: %s", text_string(&t))
                      : "nothing uses it: remove it, then port again";
}
