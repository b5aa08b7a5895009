/* SPDX-License-Identifier: MIT */
/* register.c - NdisMRegisterInterrupt becomes a filled NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS and
 * NdisMRegisterInterruptEx, in place: what is done with the status stays as it is. */
#include "port/cursor.h"
#include "port/rewrite.h"
#include <string.h>

#define CHARACTERISTICS "NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS"

typedef LIST(const char *) line_list;

struct registering {
    struct project *p;
    struct registration *r;
    struct source *s;
    const struct style *st;
    const struct declaration *around;
    const char *variable, *context, *isr;
};

static size_t offset_of(const struct registration *r)
{
    return tok(r->at.s, r->at.token)->begin;
}

/* --- which context --- */

/* "&(a)->Interrupt" -> "(a)": what the object is a member of. */
static const char *base_of(struct source *s, const struct argument *a)
{
    size_t first = a->first, last = a->last;
    if (tok_is(s, first, "("))
        return NULL;
    if (tok_is(s, first, "&"))
        first++;
    while (last > first && !tok_is(s, last, "->"))
        last--;
    return last > first ? source_text(s, tok(s, first)->begin, tok(s, last - 1)->end) : NULL;
}

static bool find_context(struct registering *g)
{
    const struct project *p = g->p;
    struct registration *r = g->r;
    for (size_t i = 0; i < r->contexts.count && p->context_type; i++)
        if (!strcmp(r->contexts.item[i].type, p->context_type)) {
            g->context = r->contexts.item[i].text;
            return true;
        }
    for (size_t i = 0; i < p->attributes.count && r->parsed; i++)
        if (!strcmp(p->attributes.item[i].function, r->function)) {
            g->context = p->attributes.item[i].context.text;
            return true;
        }
    if (!r->parsed) /* as in the branch that libclang sees, or the structure around the object */
        for (size_t i = 0; i < p->registrations.count; i++) {
            const struct registration *o = &p->registrations.item[i];
            if (o->parsed && o->at.s == r->at.s && function_around(p, r->at.s, r->at.token) &&
                function_around(p, o->at.s, o->at.token) ==
                    function_around(p, r->at.s, r->at.token)) {
                struct registering other = {.p = g->p, .r = (struct registration *)o, .s = o->at.s};
                bool found = find_context(&other);
                g->context = other.context;
                return found;
            }
        }
    g->context = base_of(g->s, &r->arguments.item[0]);
    if (g->context && (!p->context_type || !r->parsed))
        return true;
    report_at(p->report, FINDING_ERROR, ERROR_MODEL, g->s, offset_of(r),
              "which value here is the adapter context%s%s%s that MiniportISR gets?",
              p->context_type ? " (" : "", p->context_type ? p->context_type : "",
              p->context_type ? ")" : "")
        ->hint = "give this function the pointer that NdisMSetAttributes(Ex) gets, then port again";
    return false;
}

/* --- which ISR --- */

/* A handler's name as the function around the call has to write it: a method may have a member of
 * the same name. */
static const char *handler_name(const struct registering *g, const char *name)
{
    return is_member_name(g->p, g->s, g->r->at.token, name) ? arena_format("::%s", name) : name;
}

static void find_isr(struct registering *g)
{
    const struct project *p = g->p;
    if (g->r->isr_known)
        g->isr = g->r->isr_wanted ? p->registered[HANDLER_ISR] : p->isr_without;
    else if (p->registered[HANDLER_ISR] && p->isr_without &&
             !strcmp(p->registered[HANDLER_ISR], p->isr_without))
        g->isr = p->isr_without;
    else
        g->isr = arena_format("%s ? %s : %s", g->r->isr_choice,
                              handler_name(g, p->registered[HANDLER_ISR]),
                              handler_name(g, p->isr_without));
}

/* Is it one of two functions, by what the driver knows at run time? */
static bool is_choice(const struct registering *g)
{
    return strchr(g->isr, '?');
}

/* --- the lines before the call --- */

static const char *zero_name(const struct project *p)
{
    static const char *const names[] = {"NdisZeroMemory", "RtlZeroMemory"};
    unsigned counts[2] = {0};
    for (unsigned i = 0; i < 2; i++) {
        place_list found = {0};
        find_name(p, names[i], &found);
        counts[i] = (unsigned)found.count;
    }
    return counts[1] > counts[0] ? names[1] : names[0];
}

static void fill(const struct registering *g, line_list *out)
{
    const struct project *p = g->p;
    const char *v = g->variable;
    *list_add(out) = arena_format("%s&%s, sizeof%s(%s));", style_call(g->st, zero_name(p)), v,
                                  g->st->sizeof_space ? " " : "", v);
    *list_add(out) = arena_format("%s.Header.Type = NDIS_OBJECT_TYPE_MINIPORT_INTERRUPT;", v);
    *list_add(out) = arena_format("%s.Header.Revision = NDIS_MINIPORT_INTERRUPT_REVISION_1;", v);
    const char *size = "NDIS_SIZEOF_MINIPORT_INTERRUPT_CHARACTERISTICS_REVISION_1";
    const char *line = arena_format("%s.Header.Size = %s;", v, size);
    if (strlen(line) + 8 > g->st->columns)
        line = arena_format("%s.Header.Size =\n%s%s;", v, g->st->unit, size);
    *list_add(out) = line;
    static const char *const line_member[HANDLERS] = {"InterruptHandler", "InterruptDpcHandler",
                                                      "DisableInterruptHandler",
                                                      "EnableInterruptHandler"};
    for (unsigned h = 0; h < HANDLERS; h++)
        *list_add(out) =
            arena_format("%s.%s = %s;", v, line_member[h],
                         handler_name(g, h == HANDLER_ISR ? g->isr : p->registered[h]));
    if (!p->options->msi)
        return;
    static const char *const member[HANDLERS] = {
        "MessageInterruptHandler", "MessageInterruptDpcHandler", "DisableMessageInterruptHandler",
        "EnableMessageInterruptHandler"};
    *list_add(out) = arena_format("%s.MsiSupported = TRUE;", v);
    *list_add(out) = arena_format("%s.MsiSyncWithAllMessages = TRUE;", v);
    for (unsigned h = 0; h < HANDLERS; h++)
        *list_add(out) =
            arena_format("%s.%s = %s;", v, member[h], handler_name(g, p->message_handler[h]));
}

static const struct registration *call_around(const struct project *p, const struct source *s,
                                              size_t token)
{
    for (size_t i = 0; i < p->registrations.count; i++) {
        const struct registration *r = &p->registrations.item[i];
        if (r->at.s == s && token > r->at.token && token < r->close)
            return r;
    }
    return NULL;
}

/* The arguments that NdisMRegisterInterruptEx does not have; RequestIsr and SharedInterrupt may say
 * which ISR it is. */
static const unsigned gone[] = {2, 3, 5, 6};

struct reads {
    const struct registering *g;
    const char *name;
    bool any;
};

static enum CXChildVisitResult find_read(CXCursor c, CXCursor parent, CXClientData data)
{
    struct reads *r = data;
    struct place at;
    if (clang_getCursorKind(c) != CXCursor_DeclRefExpr || strcmp(cursor_name(c), r->name) ||
        !cursor_place(r->g->p, c, &at))
        return CXChildVisit_Recurse;
    r->any = !call_around(r->g->p, at.s, at.token) && !tok_is(at.s, at.token + 1, "=");
    return r->any ? CXChildVisit_Break : CXChildVisit_Recurse;
}

/* Is this a local variable that nothing but such calls reads in this build, this one first? What a
 * macro throws away, as KdPrint does its arguments, is not read. */
static bool only_for_call(const struct registering *g, const struct argument *a)
{
    struct source *s = g->s;
    bool local = false;
    if (a->first != a->last || !tok_is_name(s, a->first))
        return false;
    struct reads r = {.g = g, .name = tok_text(s, a->first)};
    for (size_t i = 0; i < g->p->locals.count; i++)
        local |= !strcmp(g->p->locals.item[i], r.name);
    for (size_t i = g->around->body; i < g->r->at.token && local; i++)
        local = !tok_is(s, i, r.name) || !call_around(g->p, s, i);
    if (local)
        clang_visitChildren(g->around->cursor, find_read, &r);
    return local && !r.any;
}

static const char *indented(const char *line, const char *indent)
{
    struct text t = {0};
    text_puts(&t, indent);
    for (; *line; line++) {
        text_add(&t, line, 1);
        if (*line == '\n')
            text_puts(&t, indent);
    }
    return text_string(&t);
}

/* An argument that is gone is not evaluated any more, or, behind another's "||", not always. */
static void report_effects(const struct registering *g)
{
    for (unsigned n = 0; n < sizeof gone / sizeof *gone; n++) {
        const struct argument *a = &g->r->arguments.item[gone[n]];
        bool choice = gone[n] == 5 && is_choice(g); /* it says which ISR */
        if (choice && !g->r->choice_joined)
            continue;
        for (size_t i = a->first; i <= a->last; i++)
            if (tok_is(g->s, i, "++") || tok_is(g->s, i, "--") || tok_is(g->s, i, "=") ||
                (tok_is_name(g->s, i) && tok_is(g->s, i + 1, "(") &&
                 function_named(g->p, tok_text(g->s, i)))) {
                report_at(g->p->report, FINDING_PERSON, RULE_REGISTER, g->s, tok(g->s, i)->begin,
                          "this argument did something besides giving a value: it is %s",
                          choice ? "not done where RequestIsr is TRUE" : "gone")
                    ->hint = "do it before the call, if it is still needed";
                break;
            }
    }
}

/* --- the call --- */

static const char *argument_text(struct source *s, const struct argument *a)
{
    return source_take(s, tok(s, a->first)->begin, tok(s, a->last)->end);
}

static bool comment_within(const struct source *s, size_t begin, size_t end,
                           const struct comment **out)
{
    for (size_t i = 0; i < s->tokens.comments.count; i++) {
        const struct comment *c = &s->tokens.comments.item[i];
        if (c->begin >= begin && c->end <= end) {
            *out = c;
            return true;
        }
    }
    return false;
}

/* One argument per line, with a comment behind each: that of the last goes with it. */
static void remove_last_comment(const struct registering *g)
{
    struct source *s = g->s;
    const struct argument *a = g->r->arguments.item;
    const struct comment *c;
    size_t semicolon = g->r->close + 1, end = tok(s, g->r->close)->end;
    bool own_line =
        source_line(s, tok(s, a[6].first)->begin) > source_line(s, tok(s, a[5].last)->begin) &&
        source_line(s, tok(s, a[6].last)->end) == source_line(s, end);
    if (!own_line || !tok_is(s, semicolon, ";") ||
        !comment_within(s, tok(s, a[2].last)->end, tok(s, a[6].first)->begin, &c))
        return;
    end = tok(s, semicolon)->end;
    if (comment_within(s, end, line_end(s, end), &c))
        source_edit(s, end, c->end, "");
}

/* "NDIS_STATUS Status = NdisMRegisterInterrupt(...);": the variable, or NO_TOKEN. */
static size_t initialised(const struct registering *g)
{
    const struct source *s = g->s;
    size_t begin = statement_begin(s, g->r->at.token), equal = g->r->at.token - 1;
    static const char *const words[] = {"else", "do", "return", NULL};
    bool type = tok_is(s, equal, "=") && begin + 1 < equal && !is_one_of(tok_text(s, begin), words);
    for (size_t i = begin; i < equal && type; i++)
        type = tok_is_name(s, i) || tok_is(s, i, "*");
    return type ? equal - 1 : NO_TOKEN;
}

static void write_call(const struct registering *g)
{
    struct source *s = g->s;
    const struct registration *r = g->r;
    const struct argument *a = r->arguments.item;
    size_t open = r->at.token + 1;
    const char *list[4] = {argument_text(s, &a[1]), g->context, arena_format("&%s", g->variable),
                           argument_text(s, &a[0])};
    const char *lead = source_text(s, tok(s, open)->end, tok(s, a[0].first)->begin);
    size_t column = source_column(s, tok(s, open)->end) - 1, variable = initialised(g);
    if (variable != NO_TOKEN) /* the type in front of it stays behind */
        column -= tok(s, variable)->begin - tok(s, statement_begin(s, variable))->begin;
    bool each = true;
    for (unsigned i = 0; i < 2; i++)
        each &= source_line(s, tok(s, a[i + 1].first)->begin) >
                source_line(s, tok(s, a[i].last)->begin);
    struct text t = {0};
    text_printf(&t, "NdisMRegisterInterruptEx%s(",
                tok(s, open)->begin > tok(s, r->at.token)->end ? " " : "");
    if (each) {
        const char *indent = line_indent(s, tok(s, a[1].first)->begin);
        if (!strchr(lead, '\n') &&
            strlen(indent) == source_column(s, tok(s, a[0].first)->begin) - 1) /* below the first */
            indent = arena_format("%s  ", indent);
        text_puts(&t, strchr(lead, '\n')
                          ? arena_format("\n%s", line_indent(s, tok(s, a[0].first)->begin))
                          : lead);
        for (unsigned i = 0; i < 4; i++)
            text_printf(&t, "%s%s", list[i], i < 3 ? arena_format(",\n%s", indent) : "");
        const char *tail = source_text(s, tok(s, a[6].last)->end, tok(s, r->close)->begin);
        if (strchr(tail, '\n'))
            text_printf(&t, "\n%s", line_indent(s, tok(s, r->close)->begin));
        else if (!strchr(tail, '/'))
            text_puts(&t, tail);
    } else {
        size_t margin = column + 2 + (strchr(lead, '\n') ? 0 : strlen(lead)), at = margin;
        size_t close = tok(s, r->close)->begin, behind = line_end(s, close) - close;
        text_puts(&t, strchr(lead, '\n') ? "" : lead);
        for (unsigned i = 0; i < 4; i++) {
            size_t need = strlen(list[i]) + (i < 3 ? 2 : behind);
            if (i && at + need > g->st->columns) {
                text_printf(&t, "\n%s", indent_to(s, offset_of(r), margin));
                at = margin;
            } else if (i) {
                text_puts(&t, " ");
                at++;
            }
            text_printf(&t, "%s%s", list[i], i < 3 ? "," : "");
            at += need - 1;
        }
        text_puts(&t, strchr(lead, ' ') ? " " : "");
    }
    text_puts(&t, ")");
    /* Edits inside the arguments that are gone go with them. */
    source_take(s, tok(s, r->at.token)->begin, tok(s, r->close)->end);
    source_edit(s, tok(s, r->at.token)->begin, tok(s, r->close)->end, text_string(&t));
    remove_last_comment(g);
}

/* --- where --- */

/* Registrations in the branches of one #if share the lines, before the #if. Does `next` stand in
 * the branch behind the one of r: with nothing but directives between the statements? */
static bool is_next_branch(const struct registration *r, const struct registration *next)
{
    if (next->at.s != r->at.s || next->at.token <= r->at.token)
        return false;
    size_t end = statement_end(r->at.s, r->at.token);
    size_t begin = statement_begin(r->at.s, next->at.token);
    bool only_directives = end != NO_TOKEN && end + 1 < begin;
    for (size_t k = end + 1; k < begin && only_directives; k++)
        only_directives &= tok(r->at.s, k)->directive;
    return only_directives;
}

const struct registration *next_branch(const struct project *p, const struct registration *r)
{
    for (size_t i = 0; i < p->registrations.count; i++)
        if (is_next_branch(r, &p->registrations.item[i]))
            return &p->registrations.item[i];
    return NULL;
}

static bool continues_branch(const struct project *p, const struct registration *r)
{
    for (size_t i = 0; i < p->registrations.count; i++)
        if (is_next_branch(&p->registrations.item[i], r))
            return true;
    return false;
}

/* Do both name the same ISR in what they fill? */
static bool same_isr(const struct registration *r, const struct registration *o)
{
    return r->isr_known == o->isr_known &&
           (r->isr_known ? r->isr_wanted == o->isr_wanted : !strcmp(r->isr_choice, o->isr_choice));
}

/* Where all branches register the same way: then their lines stand once. */
static bool branches_agree(const struct project *p, const struct registration *r)
{
    for (size_t i = 0; i < p->registrations.count; i++)
        if (!same_isr(r, &p->registrations.item[i]))
            return false;
    return true;
}

/* The '{' of the block around a token. */
static size_t block_around(const struct source *s, size_t token)
{
    for (size_t i = token; i-- > 0;) {
        if (tok_is(s, i, "}") || tok_is(s, i, ")"))
            i = tok_match(s, i) == NO_TOKEN ? i : tok_match(s, i);
        else if (tok_is(s, i, "{"))
            return i;
    }
    return NO_TOKEN;
}

/* Has a call before this one, on every way here, the same characteristics filled? Not if the ISR is
 * chosen: what it is chosen by may have changed. */
static bool is_filled(const struct registering *g)
{
    struct source *s = g->s;
    if (is_choice(g))
        return false;
    for (size_t i = 0; i < g->p->registrations.count; i++) {
        const struct registration *o = &g->p->registrations.item[i];
        size_t begin = statement_begin(s, o->at.token), block = block_around(s, begin);
        if (o->at.s != s || o->at.token >= g->r->at.token || o->at.token < g->around->body ||
            !same_isr(g->r, o) || block == NO_TOKEN || tok_match(s, block) < g->r->at.token ||
            tok_is(s, begin, "else") ||
            !(tok_is(s, begin - 1, ";") || tok_is(s, begin - 1, "{") || tok_is(s, begin - 1, "}")))
            continue;
        bool straight = true; /* no label, no branch of the preprocessor, no other ISR between */
        for (size_t k = begin; k < g->r->at.token && straight; k++)
            straight = !tok(s, k)->directive && !tok_is(s, k, ":") && !tok_is(s, k, "default");
        for (size_t k = 0; k < g->p->registrations.count && straight; k++) {
            const struct registration *other = &g->p->registrations.item[k];
            straight = other->at.s != s || other->at.token < o->at.token ||
                       other->at.token > g->r->at.token || same_isr(g->r, other);
        }
        if (straight)
            return true;
    }
    return false;
}

/* Is it one of those at the head of the function? */
static bool among_declarations(const struct registering *g)
{
    return initialised(g) != NO_TOKEN &&
           tok(g->s, initialised(g))->begin < body_of(g->p, g->around).after_declarations;
}

/* The declaration stays, and the call becomes a statement behind it and the filled lines. */
static void split_declaration(const struct registering *g, const line_list *lines)
{
    struct source *s = g->s;
    size_t name = initialised(g), end = statement_end(s, g->r->at.token);
    const char *indent = line_indent(s, tok(s, statement_begin(s, name))->begin);
    struct body b = body_of(g->p, g->around);
    bool head = among_declarations(g);
    if (end == NO_TOKEN || (head && tok(s, end + 1)->begin < b.after_declarations)) {
        report_at(g->p->report, FINDING_ERROR, ERROR_MODEL, s, offset_of(g->r),
                  "NdisMRegisterInterrupt in a declaration that others follow: the lines that fill "
                  "the characteristics have no place before it")
            ->hint = "call it in a statement of its own, then port again";
        return;
    }
    struct text t = {0};
    text_puts(&t, ";\n");
    if (head)
        text_printf(&t, "%s%s %s;\n", indent, CHARACTERISTICS, g->variable);
    text_puts(&t, "\n");
    for (size_t i = 0; i < lines->count; i++)
        text_printf(&t, "%s\n", *lines->item[i] ? indented(lines->item[i], indent) : "");
    text_printf(&t, "\n%s%s = ", indent, tok_text(s, name));
    source_edit(s, tok(s, name)->end, tok(s, g->r->at.token)->begin, text_string(&t));
}

static void write_fill(const struct registering *g)
{
    struct source *s = g->s;
    line_list lines = {0};
    size_t begin = statement_begin(s, g->r->at.token);
    const char *indent = line_indent(s, tok(s, begin)->begin);
    for (unsigned i = 0; i < sizeof gone / sizeof *gone; i++)
        if (!(gone[i] == 5 && is_choice(g)) && only_for_call(g, &g->r->arguments.item[gone[i]]))
            *list_add(&lines) =
                arena_format("%s%s);", style_call(g->st, "UNREFERENCED_LOCAL_VARIABLE"),
                             tok_text(s, g->r->arguments.item[gone[i]].first));
    if (is_filled(g)) {
        if (!lines.count)
            return;
    } else {
        if (lines.count)
            *list_add(&lines) = "";
        fill(g, &lines);
    }
    if (initialised(g) != NO_TOKEN) {
        split_declaration(g, &lines);
        return;
    }
    if (tok_is(s, begin, "else") || tok_is(s, begin, "do")) {
        /* The body of an else, without braces: its own statement begins behind the word. */
        *list_add(&lines) = "";
        insert_lines_before(s, begin + 1, lines.item, lines.count);
        return;
    }
    size_t at = tok(s, begin)->begin;
    if (next_branch(g->p, g->r) && branches_agree(g->p, g->r) && begin > 0 &&
        tok(s, begin - 1)->directive) {
        size_t k = begin - 1;
        while (k > 0 && !tok(s, k)->first)
            k--;
        at = tok(s, k)->begin;
    }
    size_t line = line_begin(s, at);
    struct text t = {0};
    bool own_line = strspn(s->bytes + line, " \t") == at - line;
    for (size_t i = 0; i < lines.count; i++)
        text_printf(&t, "%s\n", *lines.item[i] ? indented(lines.item[i], indent) : "");
    text_puts(&t, "\n");
    source_insert(s, own_line ? line : at,
                  own_line ? text_string(&t)
                           : arena_format("%s%s", text_string(&t) + strlen(indent), indent));
}

static void show_handlers(const struct registering *g)
{
    struct project *p = g->p;
    size_t offset = tok(g->s, g->around->body)->begin;
    if (is_choice(g)) {
        make_visible(p, p->registered[HANDLER_ISR], g->s, offset);
        make_visible(p, p->isr_without, g->s, offset);
    } else {
        make_visible(p, g->isr, g->s, offset);
    }
    for (enum handler h = HANDLER_DPC; h < HANDLERS; h++)
        make_visible(p, p->registered[h], g->s, offset);
    for (enum handler h = 0; h < HANDLERS && p->options->msi; h++)
        make_visible(p, p->message_handler[h], g->s, offset);
}

static void rewrite_one(struct project *p, struct registration *r)
{
    struct registering g = {.p = p, .r = r, .s = r->at.s, .st = style_of(r->at.s)};
    struct source *s = g.s;
    struct function *around = function_around(p, s, r->at.token);
    if (!tok(s, r->at.token)->directive && !around && !r->parsed) {
        report_at(p->report, FINDING_PERSON, RULE_BRANCH, s, offset_of(r),
                  "the function around this call is left out of this build: not ported")
            ->hint = "remove it if it is dead; else port with the flags of the other build";
        return;
    }
    if (tok(s, r->at.token)->directive) {
        report_registration_in_macro(p, r);
        return;
    }
    if (!around) {
        report_at(p->report, FINDING_ERROR, ERROR_MODEL, s, offset_of(r),
                  "NdisMRegisterInterrupt outside of any function that can be seen here")
            ->hint = "write the head of the function around it without a macro, then port again";
        return;
    }
    g.around = function_definition(around);
    if (!find_context(&g))
        return;
    find_isr(&g);
    g.variable =
        free_name(p, style_local("InterruptCharacteristics", p->locals.item, p->locals.count));
    bool declared = false;
    for (size_t i = 0; i < p->registrations.count && &p->registrations.item[i] != r; i++)
        declared |= function_around(p, p->registrations.item[i].at.s,
                                    p->registrations.item[i].at.token) == around;
    if (!declared && !among_declarations(&g))
        insert_declaration(p, g.around, arena_format("%s %s;", CHARACTERISTICS, g.variable));
    if (!continues_branch(p, r) || !branches_agree(p, r))
        write_fill(&g);
    report_effects(&g);
    write_call(&g);
    if (p->options->msi)
        keep_interrupt_type(p, r, g.variable);
    show_handlers(&g);
    report_at(
        p->report, FINDING_DONE, RULE_REGISTER, s, offset_of(r),
        "the interrupt is registered with its four handlers and the context %s; vector, level, "
        "mode and sharing come from the assigned resources",
        g.context);
    report_at(
        p->report, FINDING_TRAP, TRAP_EARLY_DPC, s, offset_of(r),
        "from this call on %s and %s can run, also before the initialize handler returns: NDIS 5 "
        "held the DPC back while it initialized or halted. What they need has to be there",
        g.isr, p->registered[HANDLER_DPC]);
    const char *vector = source_text(s, tok(s, r->arguments.item[2].first)->begin,
                                     tok(s, r->arguments.item[2].last)->end);
    const char *level = source_text(s, tok(s, r->arguments.item[3].first)->begin,
                                    tok(s, r->arguments.item[3].last)->end);
    if (!strcmp(vector, level))
        report_at(p->report, FINDING_TRAP, TRAP_VECTOR_LEVEL, s,
                  tok(s, r->arguments.item[3].first)->begin,
                  "%s was given as vector and as level; neither is needed any more", vector);
    if (!r->parsed)
        *list_add(&p->left_out) = r->at;
}

void rewrite_registrations(struct project *p)
{
    for (size_t i = 0; i < p->registrations.count; i++)
        if (p->registrations.item[i].arguments.count == 7)
            rewrite_one(p, &p->registrations.item[i]);
}
