/* SPDX-License-Identifier: MIT */
/* isrcalls.c - whoever calls the ISR besides NDIS: its parameters as NDIS 6 has them, the driver's
 * own calls of it, by its name and through pointers, and the driver's own types of such pointers.
 */
#include "port/rewrite.h"
#include <string.h>

size_t isr_parameters(struct project *p, const struct source *s, const struct parameter *old,
                      size_t count, const char **list)
{
    list[0] = context_parameter(s, &old[2]);
    list[1] = source_text(s, tok(s, old[1].first)->begin, tok(s, old[1].last)->end);
    list[2] = make_parameter(s, &old[1], true, "PULONG", "TargetProcessors");
    return 3;
}

/* --- the driver's own calls of its ISR --- */

static bool is_call(const struct project *p, const struct function *f, const struct place *at)
{
    return function_around(p, at->s, at->token) && is_call_of(p, f, at->s, at->token);
}

/* A statement of its own, with its three arguments: what is called begins with token `first`. */
static bool is_plain_call(const struct source *s, size_t first, size_t open, argument_list *a,
                          size_t *close)
{
    return open != NO_TOKEN && tok_arguments(s, open, a, close) && a->count == 3 &&
           statement_begin(s, first) == first && tok_is(s, *close + 1, ";");
}

bool isr_calls_are_plain(const struct project *p, const struct function *f)
{
    place_list found = {0};
    find_name(p, f->name, &found);
    for (size_t i = 0; i < found.count; i++) {
        argument_list a;
        size_t close;
        if (tok(found.item[i].s, found.item[i].token)->directive &&
            tok_is(found.item[i].s, found.item[i].token + 1, "("))
            return false; /* in a macro, which may be used in another build */
        if (is_call(p, f, &found.item[i]) && !is_plain_call(found.item[i].s, found.item[i].token,
                                                            found.item[i].token + 1, &a, &close))
            return false;
    }
    for (size_t i = 0; i < p->indirect_calls.count; i++)
        if (p->indirect_calls.item[i].function &&
            !strcmp(p->indirect_calls.item[i].function, f->usr))
            return false;
    return true;
}

/* Those through a pointer whose type follows. */
bool isr_pointer_calls_are_plain(struct project *p)
{
    for (size_t i = 0; i < p->indirect_calls.count; i++) {
        const struct indirect_call *c = &p->indirect_calls.item[i];
        argument_list a;
        size_t close;
        if (c->handler != HANDLER_ISR || c->function ||
            (function_around(p, c->at.s, c->at.token) &&
             is_plain_call(c->at.s, c->at.token, c->open, &a, &close)) ||
            report_left_out_call(p, c->at.s, c->at.token))
            continue;
        report_at(p->report, FINDING_ERROR, ERROR_MODEL, c->at.s, tok(c->at.s, c->at.token)->begin,
                  "an ISR is called through a pointer here, inside an expression or a macro: its "
                  "first parameter becomes its result")
            ->hint = "make the call a statement of its own, then port again";
        return false;
    }
    return true;
}

static bool is_null(const struct source *s, const struct argument *a)
{
    return a->first == a->last && (tok_is(s, a->first, "NULL") || tok_is(s, a->first, "0"));
}

/* "Isr(&Recognized, &Queue, Context);" becomes "Recognized = Isr(Context, &Queue, &Ignored);" */
static void rewrite_call(struct project *p, struct source *s, size_t first, size_t open)
{
    argument_list a;
    size_t close;
    if (!is_plain_call(s, first, open, &a, &close))
        return;
    const char *arg[3];
    const char *called = source_take(s, tok(s, first)->begin, tok(s, open - 1)->end);
    for (unsigned j = 0; j < 3; j++)
        arg[j] = source_take(s, tok(s, a.item[j].first)->begin, tok(s, a.item[j].last)->end);
    const char *target = is_null(s, &a.item[0])            ? ""
                         : tok_is(s, a.item[0].first, "&") ? arena_format("%s = ", arg[0] + 1)
                                                           : arena_format("*%s = ", arg[0]);
    const char *ignored = style_local("TargetProcessors", p->locals.item, p->locals.count);
    source_edit(s, tok(s, first)->begin, tok(s, close)->end,
                arena_format("%s%s%s, %s, &%s)", target, style_call(style_of(s), called), arg[2],
                             arg[1], ignored));
    const struct declaration *d = function_definition(function_around(p, s, first));
    const char *text = arena_format("ULONG %s = 0;", ignored);
    size_t place = body_of(p, d).after_declarations;
    bool has_it = false;
    for (size_t i = 0; i < s->edits.count; i++)
        has_it |= s->edits.item[i].begin == place && strstr(s->edits.item[i].text, text);
    if (!has_it)
        insert_declaration(p, d, text);
    report_at(p->report, FINDING_DONE, RULE_DIRECT_CALL, s, tok(s, first)->begin,
              "a call of %s by the driver itself", called);
}

void rewrite_isr_calls(struct project *p, struct function *f)
{
    place_list found = {0};
    find_name(p, f->name, &found);
    report_left_out_calls(p, f);
    for (size_t i = 0; i < found.count; i++)
        if (is_call(p, f, &found.item[i]))
            rewrite_call(p, found.item[i].s, found.item[i].token, found.item[i].token + 1);
    for (size_t i = 0; i < p->indirect_calls.count; i++) {
        const struct indirect_call *c = &p->indirect_calls.item[i];
        if (c->handler == HANDLER_ISR && !c->function && function_around(p, c->at.s, c->at.token))
            rewrite_call(p, c->at.s, c->at.token, c->open);
    }
}

/* --- types of the driver's own --- */

static bool is_boolean_pointer(const char *type)
{
    static const char *const words[] = {"PBOOLEAN", "BOOLEAN *", "BOOLEAN*", "UCHAR *", NULL};
    return is_one_of(type, words);
}

/* "typedef VOID ROUTINE(PBOOLEAN, PBOOLEAN, NDIS_HANDLE)", "VOID (*Routine)(...)": a function of
 * these three parameters is an ISR. */
static bool is_type(const struct source *s, size_t open, struct declaration *d,
                    struct parameter old[3])
{
    size_t count;
    if (!tok_is(s, open, "(") || tok(s, open)->directive)
        return false;
    *d = (struct declaration){
        .s = (struct source *)s, .name = open - 1, .open = open, .body = NO_TOKEN};
    size_t begin = statement_begin(s, open - 1);
    bool pointer =
        tok_is(s, open - 1, ")") && tok_match(s, open - 1) != NO_TOKEN &&
        (tok_is(s, tok_match(s, open - 1) + 1, "*") || tok_is(s, tok_match(s, open - 1) + 2, "*"));
    bool type = tok_is(s, begin, "typedef") && tok_is_name(s, open - 1);
    d->close = tok_match(s, open);
    return (pointer || type) && d->close != NO_TOKEN && parameters_of(s, d, old, 3, &count) &&
           count == 3 && is_boolean_pointer(old[0].type) && is_boolean_pointer(old[1].type) &&
           (tok_is(s, begin, "typedef") || tok_is(s, begin, "VOID") || tok_is(s, begin, "void") ||
            tok_is(s, begin, "static") || tok_is(s, begin, "extern"));
}

void rewrite_isr_types(struct project *p, struct source *s)
{
    for (size_t open = 1; open < s->tokens.code.count; open++) {
        struct declaration d;
        struct parameter old[3];
        const char *list[3];
        if (!is_type(s, open, &d, old))
            continue;
        isr_parameters(p, s, old, 3, list);
        if (!write_result_type(&d, "BOOLEAN"))
            continue;
        write_parameters(&d, list, 3);
        report_at(p->report, FINDING_DONE, RULE_PROTOTYPE, s,
                  tok(s, statement_begin(s, open - 1))->begin, "the type of an ISR follows");
    }
}

/* Has the driver a type for pointers to its ISR? */
bool has_isr_type(const struct project *p)
{
    for (size_t i = 0; i < p->sources.count; i++) {
        const struct source *s = p->sources.item[i];
        struct declaration d;
        struct parameter old[3];
        if (source_uses(s, "W_ISR_HANDLER"))
            return true;
        for (size_t open = 1; open < s->tokens.code.count; open++)
            if (is_type(s, open, &d, old))
                return true;
    }
    return false;
}
