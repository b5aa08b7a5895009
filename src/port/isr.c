/* SPDX-License-Identifier: MIT */
/* isr.c - MiniportISR becomes MiniportInterrupt: its first out-parameter is the result now.
 *
 * The parameter stays as a local variable of the same name, so that the author's code keeps its
 * words: "*InterruptRecognized = TRUE" loses the star, "InterruptRecognized" alone, given to a
 * helper, becomes its address. Where every return's value is known and nothing reads it, the
 * variable disappears and the returns say TRUE or FALSE. NDIS 5 did not queue the DPC of an
 * interrupt that was not recognized, NDIS 6 does: flow.c finds the returns where that matters. */
#include "port/cursor.h"
#include "port/flow.h"
#include "port/rewrite.h"
#include <string.h>

struct jump { /* "goto name;" to "name:" */
    size_t from, to;
};

struct isr {
    struct project *p;
    const struct declaration *d;
    const char *recognized, *queue, *context; /* names of the parameters */
    place_list uses;                          /* of `recognized` in the body */
    place_list returns;
    LIST(struct jump) jumps; /* also those that libclang does not see */
    struct flow flow;
    unsigned mentions; /* that libclang sees */
    const char *usr;
};

static enum CXChildVisitResult count_mention(CXCursor c, CXCursor parent, CXClientData data)
{
    struct isr *isr = data;
    if (clang_getCursorKind(c) == CXCursor_DeclRefExpr &&
        !strcmp(cursor_usr(clang_getCursorReferenced(c)), isr->usr))
        isr->mentions++;
    return CXChildVisit_Recurse;
}

/* --- branches that this build leaves out --- */

/* "*X = constant;", also as the end of a chain: its value. */
static bool sets_constant(const struct source *s, size_t name, bool *value)
{
    size_t end = statement_end(s, name);
    return end != NO_TOKEN && tok_is(s, name - 1, "*") && tok_is(s, name + 1, "=") &&
           tok_truth(s, name + 2, end - 1, value);
}

/* Does the text right in front of a return, in its block, say that the DPC is not queued or that
 * the interrupt is recognized? */
static bool safe_by_text(const struct isr *isr, size_t returns)
{
    const struct source *s = isr->d->s;
    for (size_t i = returns - 1; i > isr->d->body && !tok(s, i)->directive; i--) {
        bool value;
        if (tok_is(s, i, "{") || tok_is(s, i, "}") || tok_is(s, i, ")") || tok_is(s, i, ":"))
            break;
        if (tok_is(s, i, isr->queue))
            return sets_constant(s, i, &value) && !value;
        if (tok_is(s, i, isr->recognized) && sets_constant(s, i, &value) && value)
            return true;
    }
    return false;
}

/* Does the same text say that it is not recognized? */
static bool unrecognized_by_text(const struct isr *isr, size_t returns)
{
    const struct source *s = isr->d->s;
    for (size_t i = returns - 1; i > isr->d->body && !tok(s, i)->directive; i--) {
        bool value;
        if (tok_is(s, i, "{") || tok_is(s, i, "}") || tok_is(s, i, ")") || tok_is(s, i, ":"))
            break;
        if (tok_is(s, i, isr->recognized))
            return sets_constant(s, i, &value) && !value;
    }
    return false;
}

/* Is the place followed by a return that nothing goes around, before its branch ends? */
static bool returns_after(const struct declaration *d, size_t token)
{
    const struct source *s = d->s;
    int depth = 0, lowest = 0;
    for (size_t i = token; i < d->end && !tok(s, i)->directive; i++) {
        depth += tok_is(s, i, "{") - tok_is(s, i, "}");
        lowest = depth < lowest ? depth : lowest;
        if (tok_is(s, i, "return") && depth <= lowest &&
            (tok_is(s, i - 1, ";") || tok_is(s, i - 1, "{") || tok_is(s, i - 1, "}")))
            return true;
    }
    return false;
}

/* The token of "name:" in the body, or NO_TOKEN. */
static size_t label_named(const struct declaration *d, const char *name)
{
    for (size_t i = d->body + 1; i + 1 < d->end; i++)
        if (tok_is(d->s, i, name) && tok_is(d->s, i + 1, ":") && !tok_is(d->s, i - 1, "goto") &&
            !tok_is(d->s, i - 1, "?") && !tok_is(d->s, i - 1, "case"))
            return i;
    return NO_TOKEN;
}

static void find_jumps(struct isr *isr)
{
    const struct declaration *d = isr->d;
    for (size_t i = d->body + 1; i < d->end; i++) {
        size_t label = tok_is(d->s, i, "goto") ? label_named(d, tok_text(d->s, i + 1)) : NO_TOKEN;
        if (label != NO_TOKEN)
            *list_add(&isr->jumps) = (struct jump){i, label};
    }
}

/* The outermost loop around token i, or i. */
static size_t loop_around(const struct declaration *d, size_t i)
{
    const struct source *s = d->s;
    for (size_t k = i; k-- > d->body + 1;) {
        size_t open = k;
        if (tok_is(s, k, "}") || tok_is(s, k, ")")) {
            k = tok_match(s, k) == NO_TOKEN ? k : tok_match(s, k);
            continue;
        }
        if (!tok_is(s, k, "{"))
            continue;
        if (tok_is(s, k - 1, ")") && tok_match(s, k - 1) != NO_TOKEN)
            open = tok_match(s, k - 1);
        if (tok_is(s, open - 1, "while") || tok_is(s, open - 1, "for") || tok_is(s, open - 1, "do"))
            i = open - 1;
    }
    return i;
}

/* The first place that what holds at token i can come to: a loop around it begins there, or a goto
 * behind it leads there. */
static size_t first_reached(const struct isr *isr, size_t i)
{
    i = loop_around(isr->d, i);
    for (size_t k = 0; k < isr->jumps.count; k++)
        if (isr->jumps.item[k].from >= i && isr->jumps.item[k].to < i)
            return first_reached(isr, isr->jumps.item[k].to);
    return i;
}

/* Are the tokens [first, last] of a branch whole statements, which go on behind them? */
static bool is_whole(const struct source *s, size_t first, size_t last)
{
    int depth = 0, lowest = 0;
    bool jumps = tok_is(s, first, "else");
    for (size_t i = first; i <= last; i++) {
        if (tok(s, i)->directive)
            continue;
        depth += tok_is(s, i, "{") - tok_is(s, i, "}");
        lowest = depth < lowest ? depth : lowest;
        jumps |= tok_is(s, i, "goto") || tok_is(s, i, "break") || tok_is(s, i, "continue");
    }
    return !jumps && depth == 0 && lowest == 0 && (tok_is(s, last, ";") || tok_is(s, last, "}"));
}

/* From where on the branch [first, last] says something of the two values, or NO_TOKEN. */
static size_t says_something(const struct isr *isr, size_t first, size_t last)
{
    const struct declaration *d = isr->d;
    const struct source *s = d->s;
    size_t from = is_whole(s, first, last) ? NO_TOKEN : first_reached(isr, first);
    for (size_t i = first; i <= last; i++) {
        size_t there = NO_TOKEN;
        bool member = tok_is(s, i - 1, ".") || tok_is(s, i - 1, "->") || tok(s, i)->directive;
        if ((tok_is(s, i, isr->recognized) || tok_is(s, i, isr->queue)) && !member &&
            !returns_after(d, i))
            there = first_reached(isr, i);
        for (size_t k = 0; k < isr->jumps.count && there == NO_TOKEN; k++)
            if (isr->jumps.item[k].from == i)
                there = first_reached(isr, isr->jumps.item[k].to);
        from = there < from ? there : from;
    }
    return from;
}

static void may_hold_anything(struct flow *flow, size_t offset)
{
    for (size_t i = 0; i < flow->exits.count; i++)
        if (flow->exits.item[i].offset == offset) {
            flow->exits.item[i].state |= FLOW_ALL_KNOWN;
            return;
        }
    *list_add(&flow->exits) = (struct flow_exit){offset, FLOW_REACHED | FLOW_ALL_KNOWN};
}

/* No path through a branch that libclang does not see is followed: what it says of the two values
 * may hold at its own returns, and at all that it leads to. */
static void add_left_out(struct isr *isr)
{
    const struct declaration *d = isr->d;
    const struct source *s = d->s;
    size_t from = NO_TOKEN, first = NO_TOKEN, last = 0;
    bool out = false;
    find_jumps(isr);
    for (size_t i = d->body + 1; i <= d->end; i++) {
        if (tok(s, i)->directive)
            continue;
        if (tok(s, i - 1)->directive)
            out = in_left_out_branch(isr->p, s, i);
        if (out) {
            first = first == NO_TOKEN ? i : first;
            last = i;
        } else if (first != NO_TOKEN) {
            size_t there = says_something(isr, first, last);
            from = there < from ? there : from;
            first = NO_TOKEN;
        }
    }
    for (size_t i = 0; i < isr->returns.count; i++) {
        size_t t = isr->returns.item[i].token;
        bool left_out = in_left_out_branch(isr->p, s, t);
        if (left_out ? !safe_by_text(isr, t) : from < t)
            may_hold_anything(&isr->flow, tok(s, t)->begin);
    }
    if (from != NO_TOKEN)
        may_hold_anything(&isr->flow, SIZE_MAX);
}

/* --- "*X = constant;" as a statement of its own --- */

/* Does a comment right above speak of this statement alone? Without it, it would seem to speak of
 * what comes next. */
static bool is_all_that_is_commented(const struct source *s, size_t begin, size_t end)
{
    size_t line = line_begin(s, begin), next = line_end(s, end) + 1;
    bool commented = false, last = next_line_blank(s, end);
    for (size_t i = 0; i < s->tokens.comments.count; i++) {
        const struct comment *c = &s->tokens.comments.item[i];
        size_t first = line_begin(s, c->begin) + strlen(line_indent(s, c->begin));
        commented |=
            line > 0 && c->end <= line && line_end(s, c->end) == line - 1 && first == c->begin;
        last |= c->begin >= next && line_begin(s, c->begin) == next && first == c->begin;
    }
    return commented && last;
}

static bool simple_assignment(const struct isr *isr, size_t use, size_t *begin, size_t *end)
{
    const struct source *s = isr->d->s;
    bool value;
    size_t semicolon = statement_end(s, use);
    if (!tok_is(s, use - 1, "*") || !tok_is(s, use + 1, "=") || semicolon == NO_TOKEN ||
        !tok_truth(s, use + 2, semicolon - 1, &value) || statement_begin(s, use) != use - 1)
        return false;
    *begin = tok(s, use - 1)->begin;
    *end = tok(s, semicolon)->end;
    size_t line = line_end(s, *end);
    for (size_t i = 0; i < s->tokens.comments.count; i++) /* a comment is not thrown away */
        if (s->tokens.comments.item[i].begin >= *end && s->tokens.comments.item[i].begin < line)
            return false;
    return !is_all_that_is_commented(s, *begin, *end);
}

/* The value that every path has at this exit: OUT_UNSET if that is none. */
static enum out_value value_at(const struct isr *isr, size_t offset)
{
    flow_state state = flow_at(&isr->flow, offset);
    unsigned values = 0;
    for (unsigned r = 0; r < 3; r++)
        for (unsigned q = 0; q < 3; q++)
            if (FLOW_HAS(state, r, q))
                values |= 1u << r;
    return values == 1u << OUT_TRUE ? OUT_TRUE : values == 1u << OUT_FALSE ? OUT_FALSE : OUT_UNSET;
}

static bool can_return_constants(const struct isr *isr)
{
    size_t begin, end;
    for (size_t i = 0; i < isr->uses.count; i++)
        if (!simple_assignment(isr, isr->uses.item[i].token, &begin, &end))
            return false;
    for (size_t i = 0; i < isr->flow.exits.count; i++)
        if (value_at(isr, isr->flow.exits.item[i].offset) == OUT_UNSET)
            return false;
    for (size_t i = 0; i < isr->returns.count; i++) /* one in a branch left out */
        if (!flow_at(&isr->flow, tok(isr->d->s, isr->returns.item[i].token)->begin))
            return false;
    return isr->flow.exits.count > 0;
}

/* --- returns --- */

static const char *guard_of(const struct isr *isr)
{
    return arena_format("*%s = FALSE;", isr->queue);
}

static bool never_recognized(const struct isr *isr)
{
    bool never = true;
    for (size_t i = 0; i < isr->flow.exits.count && never; i++)
        never = value_at(isr, isr->flow.exits.item[i].offset) == OUT_FALSE;
    return never;
}

static void report_guard(struct isr *isr, size_t offset)
{
    struct finding *f = report_at(
        isr->p->report, FINDING_TRAP, TRAP_RECOGNIZED, isr->d->s, offset,
        "here the interrupt may be not recognized and the DPC asked for all the same: NDIS 5 did "
        "not queue it, NDIS 6 does; a line that prevents it is added");
    if (never_recognized(isr))
        f->hint = "no interrupt is ever recognized: if the DPC ran, remove that line";
}

/* Of "if (!Recognized) *Queue = FALSE;", its condition left away where it is known. */
typedef LIST(const char *) line_list;
static line_list guard_lines(struct isr *isr, size_t token, bool known_false)
{
    line_list lines = {0};
    const char *guard = guard_of(isr);
    report_guard(isr, tok(isr->d->s, token)->begin);
    const char *text = known_false ? guard
                                   : style_if(style_of(isr->d->s), "",
                                              arena_format("!%s", isr->recognized), &guard, 1);
    while (*text) {
        size_t n = strcspn(text, "\n");
        *list_add(&lines) = arena_copy(text, n);
        text += n + (text[n] == '\n');
    }
    return lines;
}

static const char *result_at(const struct isr *isr, size_t offset, bool constants)
{
    return !constants ? isr->recognized : value_at(isr, offset) == OUT_TRUE ? "TRUE" : "FALSE";
}

static void write_returns(struct isr *isr, bool constants)
{
    struct source *s = isr->d->s;
    for (size_t i = 0; i < isr->returns.count; i++) {
        size_t t = isr->returns.item[i].token, offset = tok(s, t)->begin;
        const char *result = result_at(isr, offset, constants);
        line_list guard = {0};
        if (FLOW_NEEDS_GUARD(flow_at(&isr->flow, offset)))
            guard = guard_lines(isr, t, constants || unrecognized_by_text(isr, t));
        if (return_has_value(s, t)) {
            *list_add(&guard) = arena_format("return %s;", result);
            split_return(s, t, guard.item, guard.count);
            continue;
        }
        source_insert(s, tok(s, t)->end, arena_format(" %s", result));
        if (guard.count)
            insert_lines_before(s, t, guard.item, guard.count);
    }
    flow_state end = flow_at(&isr->flow, SIZE_MAX);
    if (!end || ends_with_return(isr->d))
        return;
    struct body b = body_of(isr->p, isr->d);
    size_t brace = tok(s, isr->d->end)->begin;
    const char *indent = line_indent(s, brace);
    bool own_line = brace == line_begin(s, brace) + strlen(indent);
    struct text t = {0};
    if (FLOW_NEEDS_GUARD(end)) {
        const char *guard = guard_of(isr);
        report_guard(isr, brace);
        if (constants)
            text_printf(&t, "%s%s\n", b.indent, guard);
        else
            text_puts(&t, style_if(style_of(s), b.indent, arena_format("!%s", isr->recognized),
                                   &guard, 1));
    }
    text_printf(&t, "%sreturn %s;\n", b.indent, result_at(isr, SIZE_MAX, constants));
    if (own_line)
        source_insert(s, line_begin(s, brace), text_string(&t));
    else
        source_insert(s, brace, arena_format("return %s; ", result_at(isr, SIZE_MAX, constants)));
}

/* --- mentions of the parameter --- */

static void write_uses(struct isr *isr)
{
    struct source *s = isr->d->s;
    for (size_t i = 0; i < isr->uses.count; i++) {
        size_t t = isr->uses.item[i].token;
        if (tok_is(s, t - 1, "*")) {
            source_edit(s, tok(s, t - 1)->begin, tok(s, t)->begin, "");
            /* "(*X)" was needed for nothing but the star. */
            size_t word = t >= 3 ? t - 3 : NO_TOKEN;
            if (tok_is(s, t - 2, "(") && tok_is(s, t + 1, ")") && !tok_is_name(s, word)) {
                source_edit(s, tok(s, t - 2)->begin, tok(s, t - 2)->end, "");
                source_edit(s, tok(s, t + 1)->begin, tok(s, t + 1)->end, "");
            }
        } else if (tok_is(s, t + 1, "[") && tok_is(s, t + 2, "0")) {
            source_edit(s, tok(s, t + 1)->begin, tok(s, t + 3)->end, "");
        } else {
            source_insert(s, tok(s, t)->begin, "&");
        }
    }
}

/* Is it mentioned in the declarations, before a variable behind them would exist? */
static bool used_in_declarations(const struct isr *isr, const struct body *b)
{
    for (size_t i = 0; i < isr->uses.count; i++)
        if (tok(isr->d->s, isr->uses.item[i].token)->begin < b->after_declarations)
            return true;
    return false;
}

static void add_variable(struct isr *isr, const char *text)
{
    struct body b = body_of(isr->p, isr->d);
    struct source *s = isr->d->s;
    if (used_in_declarations(isr, &b))
        source_insert(s, tok(s, isr->d->body)->end, arena_format("\n%s%s", b.indent, text));
    else
        insert_declaration(isr->p, isr->d, text);
}

/* --- all of it --- */

/* "if (Recognized)", "Recognized == NULL": the driver calls it without one, too. */
static bool asks_for_pointer(const struct isr *isr)
{
    const struct source *s = isr->d->s;
    static const char *const before[] = {"!", "&&", "||", "==", "!=", NULL};
    static const char *const behind[] = {"&&", "||", "==", "!=", "?", NULL};
    for (size_t i = 0; i < isr->uses.count; i++) {
        size_t t = isr->uses.item[i].token;
        bool value = tok_is(s, t - 1, "*") || tok_is(s, t + 1, "[");
        if (!value &&
            (is_one_of(tok_text(s, t - 1), before) || is_one_of(tok_text(s, t + 1), behind) ||
             (tok_is(s, t - 1, "(") && tok_is(s, t - 2, "if"))))
            return true;
    }
    return false;
}

/* "Recognized = &Ignored;", or the other: then flow.c does not know what it sets. */
static bool sets_pointer(const struct isr *isr)
{
    const struct source *s = isr->d->s;
    for (size_t i = isr->d->body + 1; i < isr->d->end; i++)
        if ((tok_is(s, i, isr->recognized) || tok_is(s, i, isr->queue)) && tok_is(s, i + 1, "=") &&
            !tok(s, i)->directive && (statement_begin(s, i) == i || tok_is(s, tok_prev(s, i), ")")))
            return true;
    return false;
}

/* What cannot be edited here: the function stays as it is, NDIS gets one around it. */
static void wrap(struct isr *isr, struct function *f, const char *why)
{
    struct project *p = isr->p;
    const struct declaration *d = isr->d;
    const struct style *st = style_of(d->s);
    const char *indent = body_indent(p, d);
    struct parameter old[3];
    const char *list[3];
    size_t count;
    if (!parameters_of(d->s, d, old, 3, &count) || count != 3)
        return;
    if (!type_stays(p, f, "W_ISR_HANDLER"))
        return;
    isr_parameters(p, d->s, old, 3, list);
    const char *name =
        free_name(p, *handler_prefix(p) ? arena_format("%sInterrupt", handler_prefix(p))
                                        : arena_format("%sForNdis", f->name));
    struct text t = {0};
    text_printf(&t, "{\n%sBOOLEAN %s = FALSE;\n\n", indent, isr->recognized);
    text_printf(&t, "%s%s&%s, %s, %s);\n", indent, style_call(st, f->called), isr->recognized,
                isr->queue, context_parameter_name(&old[2]));
    const char *guard = guard_of(isr);
    text_puts(&t, style_if(st, indent, arena_format("!%s", isr->recognized), &guard, 1));
    text_printf(&t, "%sreturn %s;\n}", indent, isr->recognized);
    add_function(p, d, name, "BOOLEAN", list, 3, NULL, text_string(&t));
    p->registered[HANDLER_ISR] = name;
    report_at(p->report, FINDING_DONE, RULE_ISR, d->s, tok(d->s, d->name)->begin,
              "%s %s: it stays as it is, and %s around it is registered", f->name, why, name);
}

static void rewrite_function(struct isr *isr, struct function *f)
{
    struct project *p = isr->p;
    const struct declaration *d = isr->d;
    static const char *const unreferenced[] = {"TargetProcessors", NULL};
    bool constants = can_return_constants(isr);
    struct parameter old[3];
    size_t count;
    if (!parameters_of(d->s, d, old, 3, &count) ||
        !rewrite_declarations(p, f, 3, isr_parameters, "MINIPORT_ISR", "BOOLEAN"))
        return;
    insert_context_variable(p, d, &old[2], NEW_CONTEXT);
    if (constants) {
        for (size_t i = 0; i < isr->uses.count; i++) {
            size_t begin, end;
            simple_assignment(isr, isr->uses.item[i].token, &begin, &end);
            source_remove_statement(d->s, begin, end);
        }
    } else {
        write_uses(isr);
        add_variable(isr, arena_format("BOOLEAN %s = FALSE;", isr->recognized));
    }
    insert_unreferenced(p, d, unreferenced);
    write_returns(isr, constants);
    rewrite_isr_calls(p, f);
    report_at(p->report, FINDING_DONE, RULE_ISR, d->s, tok(d->s, d->name)->begin,
              "%s returns what it said through %s", f->name, isr->recognized);
}

/* Does the macro that is defined behind token `define` return, or mention the parameter? */
static bool macro_hides(const struct isr *isr, const struct source *s, size_t define)
{
    for (size_t k = define + 2;
         k < s->tokens.code.count && tok(s, k)->directive && !tok(s, k)->first; k++)
        if (tok_is(s, k, "return") || tok_is(s, k, isr->recognized))
            return true;
    return false;
}

static bool used_in_left_out(const struct isr *isr, const char *name)
{
    const struct declaration *d = isr->d;
    place_list found = {0};
    find_name(isr->p, name, &found);
    for (size_t i = 0; i < found.count; i++) {
        size_t t = found.item[i].token;
        if (found.item[i].s == d->s && t > d->body && t < d->end && !tok(d->s, t)->directive &&
            in_left_out_branch(isr->p, d->s, t))
            return true;
    }
    return false;
}

/* What libclang counts in this build, looked for in the branches that it leaves out. */
static bool hidden_in_left_out(const struct isr *isr)
{
    for (size_t i = 0; i < isr->p->sources.count; i++) {
        const struct source *s = isr->p->sources.item[i];
        for (size_t k = 0; k + 1 < s->tokens.code.count; k++)
            if (tok(s, k)->directive && tok_is(s, k, "define") && macro_hides(isr, s, k) &&
                used_in_left_out(isr, tok_text(s, k + 1)))
                return true;
    }
    return false;
}

void rewrite_isr(struct project *p)
{
    struct function *f = p->handler[HANDLER_ISR];
    if (!f)
        return;
    const struct declaration *d = function_definition(f);
    struct isr isr = {.p = p, .d = d};
    struct parameter old[3];
    size_t count;
    if (!parameters_of(d->s, d, old, 3, &count) || count != 3 ||
        clang_Cursor_getNumArguments(d->cursor) != 3) {
        report_at(p->report, FINDING_ERROR, ERROR_MODEL, d->s, tok(d->s, d->name)->begin,
                  "%s has not the three parameters of MiniportISR as written here", f->name)
            ->hint = "write them out (no macro, no #if, no old-style definition), then port again";
        return;
    }
    isr.recognized = old[0].name != NO_TOKEN ? old[0].name_text : "InterruptRecognized";
    isr.queue = old[1].name_text;
    isr.context = old[2].name_text;
    isr.usr = cursor_usr(clang_Cursor_getArgument(d->cursor, 0));
    clang_visitChildren(d->cursor, count_mention, &isr);
    unsigned active = 0, active_returns = 0;
    for (size_t i = d->body; i < d->end; i++)
        if (tok_is_name(d->s, i) && !tok(d->s, i)->directive && tok_is(d->s, i, isr.recognized) &&
            !tok_is(d->s, i - 1, ".") && !tok_is(d->s, i - 1, "->")) {
            *list_add(&isr.uses) = (struct place){d->s, i};
            active += !in_left_out_branch(p, d->s, i);
        }
    returns_of(d, &isr.returns);
    for (size_t i = 0; i < isr.returns.count; i++)
        active_returns += !in_left_out_branch(p, d->s, isr.returns.item[i].token);
    flow_analyse(p, d, &isr.flow);
    add_left_out(&isr);
    p->registered[HANDLER_ISR] = f->called;
    if (isr.mentions != active || returns_seen(d) != active_returns || hidden_in_left_out(&isr))
        wrap(&isr, f, arena_format("hides a return or a mention of %s in a macro", isr.recognized));
    else if (asks_for_pointer(&isr))
        wrap(&isr, f, arena_format("asks whether %s is NULL", isr.recognized));
    else if (sets_pointer(&isr))
        wrap(&isr, f, "lets one of its out-parameters point somewhere else");
    else if (!isr_calls_are_plain(p, f))
        wrap(&isr, f, "is called by the driver inside an expression or a macro");
    else if (is_value(p, f) && !has_isr_type(p))
        wrap(&isr, f, "is used as a function of another type");
    else if (isr_pointer_calls_are_plain(p))
        rewrite_function(&isr, f);
    for (size_t i = 0; i < p->sources.count && !strcmp(p->registered[HANDLER_ISR], f->called); i++)
        rewrite_isr_types(p, p->sources.item[i]);
}
