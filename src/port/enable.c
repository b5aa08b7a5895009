/* SPDX-License-Identifier: MIT */
/* enable.c - the handlers that disable and enable the interrupt, which NDIS 6.0 requires.
 *
 * The driver's own, where it has them. NDIS 6 calls both at DIRQL with the interrupt's lock held;
 * NDIS 5 called the enable handler at DISPATCH_LEVEL, so one that synchronizes with the interrupt
 * itself would wait for ever: it stays for the DPC, and NDIS gets a copy that calls the callback
 * directly. A driver without them masks its card in its ISR and unmasks it in its DPC: that code,
 * where there is one such piece and no other. What is not found is left to a person. */
#include "port/cursor.h"
#include "port/flow.h"
#include "port/rewrite.h"
#include <ctype.h>
#include <string.h>

/* --- what a handler reaches --- */

static const char *const not_at_dirql[] = {"NdisMSynchronizeWithInterrupt",
                                           "NdisAcquireSpinLock",
                                           "NdisDprAcquireSpinLock",
                                           "KeAcquireSpinLock",
                                           "NdisMIndicateStatus",
                                           "NdisAllocateMemoryWithTag",
                                           "NdisMSendComplete",
                                           "NdisSetTimer",
                                           "NdisMSetTimer",
                                           NULL};

/* The first call of one of these in the function or in what it calls; depth limits recursion. */
static const char *reaches(const struct project *p, const struct function *f, unsigned depth,
                           struct place *where)
{
    const struct declaration *d = function_definition(f);
    for (size_t i = d ? d->body : 0; d && i < d->end; i++) {
        if (!tok_is_name(d->s, i) || !tok_is(d->s, i + 1, "(") || tok(d->s, i)->directive)
            continue;
        const char *name = tok_text(d->s, i);
        if (is_one_of(name, not_at_dirql)) {
            *where = (struct place){d->s, i};
            return name;
        }
        const struct function *called = depth ? function_named(p, name) : NULL;
        if (called && called != f) {
            const char *found = reaches(p, called, depth - 1, where);
            if (found)
                return found;
        }
    }
    return NULL;
}

/* --- a copy of the enable handler, for DIRQL --- */

static const char *body_with_direct_calls(struct project *p, const struct declaration *d, bool *all)
{
    struct source *s = d->s;
    struct text t = {0};
    size_t at = tok(s, d->body)->begin;
    *all = true;
    for (size_t i = 0; i < p->synchronizations.count; i++) {
        const struct synchronization *y = &p->synchronizations.item[i];
        if (y->at.s != s || y->at.token < d->body || y->at.token > d->end)
            continue;
        if (!y->callback || y->arguments.count != 3) {
            *all = false;
            continue;
        }
        const struct argument *a = &y->arguments.item[2];
        text_add(&t, s->bytes + at, tok(s, y->at.token)->begin - at);
        text_printf(&t, "%s%s)", style_call(style_of(s), y->callback->name),
                    source_text(s, tok(s, a->first)->begin, tok(s, a->last)->end));
        at = tok(s, y->close)->end;
    }
    text_add(&t, s->bytes + at, tok(s, d->end)->end - at);
    return text_string(&t);
}

static void copy_for_dirql(struct project *p, struct function *f, struct place reached)
{
    const struct declaration *d = function_definition(f);
    struct source *s = d->s;
    struct parameter old[1];
    size_t count;
    bool all;
    const char *body = body_with_direct_calls(p, d, &all);
    if (!all || reached.s != s || reached.token < d->body || reached.token > d->end ||
        !parameters_of(s, d, old, 1, &count) || count != 1) {
        report_at(
            p->report, FINDING_PERSON, TRAP_ENABLE_IRQL, reached.s,
            tok(reached.s, reached.token)->begin,
            "%s gets here, and NDIS 6 calls it at DIRQL with the interrupt's lock held, where "
            "this must not be called",
            f->name)
            ->hint = "give NDIS an enable handler that only touches the card";
        return;
    }
    const char *name = free_name(p, arena_format("%sEx", f->name));
    const char *parameter = source_text(s, tok(s, old[0].first)->begin, tok(s, old[0].last)->end);
    const char *comment = style_comment(
        style_of(s),
        "DIRQL, with the interrupt's lock held: NDIS 6 calls it, and not after a DPC.");
    add_function(p, d, name, "VOID", &parameter, 1, comment, body);
    p->registered[HANDLER_ENABLE] = name;
    report_at(p->report, FINDING_TRAP, TRAP_ENABLE_IRQL, s, tok(s, d->name)->begin,
              "NDIS 5 called %s at DISPATCH_LEVEL, NDIS 6 calls its enable handler at DIRQL: %s is "
              "registered, which does the same without NdisMSynchronizeWithInterrupt",
              f->name, name);
}

/* --- masking and unmasking as ISR and DPC do it --- */

struct candidate {
    const char *text; /* the call, as a statement without ";" */
    const char *call; /* function or macro */
    struct place at;
    const char *local; /* the variable it needs, and its type; or NULL */
    const char *type;
};

static bool says(const char *name, bool enable)
{
    static const char *const off[] = {"disable", "mask", "block", NULL};
    static const char *const on[] = {"enable", "unmask", "apply", "unblock", NULL};
    static const char *const what[] = {"int", "irq", NULL};
    char lower[128];
    size_t n = 0;
    for (; name[n] && n < sizeof lower - 1; n++)
        lower[n] = (char)tolower((unsigned char)name[n]);
    lower[n] = '\0';
    bool is_on = false, is_off = false, interrupt = false;
    for (size_t i = 0; on[i]; i++)
        is_on |= strstr(lower, on[i]) != NULL;
    for (size_t i = 0; off[i]; i++)
        is_off |= strstr(lower, off[i]) != NULL;
    for (size_t i = 0; what[i]; i++)
        interrupt |= strstr(lower, what[i]) != NULL;
    if (strstr(lower, "point") || strstr(lower, "print") || strstr(lower, "pause"))
        interrupt = strstr(lower, "irq") || strstr(lower, "interrupt");
    return interrupt && (enable ? is_on && !strstr(lower, "disable") : is_off && !is_on);
}

struct local_search {
    const char *name, *type;
};

static enum CXChildVisitResult local_type(CXCursor c, CXCursor parent, CXClientData data)
{
    struct local_search *l = data;
    if ((clang_getCursorKind(c) == CXCursor_VarDecl) && !strcmp(cursor_name(c), l->name) &&
        clang_getCanonicalType(clang_getCursorType(c)).kind == CXType_Pointer) {
        l->type = cursor_string(clang_getTypeSpelling(clang_getCursorType(c)));
        return CXChildVisit_Break;
    }
    return CXChildVisit_Recurse;
}

/* The variable that holds the adapter in a handler, and its type. */
static bool adapter_local(struct project *p, const struct declaration *d, const char *context,
                          struct local_search *out)
{
    for (size_t i = d->body; i < d->end; i++) {
        if (!tok_is_name(d->s, i) || !tok_is(d->s, i, context))
            continue;
        size_t begin = statement_begin(d->s, i), equals = i;
        while (equals > begin && !tok_is(d->s, equals, "="))
            equals--;
        if (equals == begin || !tok_is_name(d->s, equals - 1))
            continue;
        *out = (struct local_search){tok_text(d->s, equals - 1), NULL};
        clang_visitChildren(d->cursor, local_type, out);
        if (out->type)
            return true;
    }
    return false;
}

static const char *context_name(const struct declaration *d, unsigned index)
{
    struct parameter old[3];
    size_t count;
    if (!parameters_of(d->s, d, old, 3, &count) || count <= index || old[index].name == NO_TOKEN)
        return NULL;
    return old[index].name_text;
}

/* Does a statement begin here? A call in a condition only asks. */
static bool begins_statement(const struct source *s, size_t i)
{
    static const char *const before[] = {";", "{", "}", ")", "else", "do", ":", NULL};
    size_t p = tok_prev(s, i);
    return p != NO_TOKEN && is_one_of(tok_text(s, p), before);
}

/* The call at token i, also one that NdisMSynchronizeWithInterrupt makes: what a handler at DIRQL
 * may call directly. */
static bool call_with_one_argument(const struct project *p, const struct declaration *d, size_t i,
                                   const char **name, struct argument *arg, const char **text)
{
    argument_list a;
    size_t close;
    for (size_t k = 0; k < p->synchronizations.count; k++) {
        const struct synchronization *y = &p->synchronizations.item[k];
        if (y->at.s != d->s || y->at.token != i || !y->callback || y->arguments.count != 3)
            continue;
        *name = y->callback->name;
        *arg = y->arguments.item[2];
        *text = arena_format(
            "%s%s)", style_call(style_of(d->s), *name),
            source_text(d->s, tok(d->s, arg->first)->begin, tok(d->s, arg->last)->end));
        return true;
    }
    if (!tok_is_name(d->s, i) || tok(d->s, i)->directive || !tok_is(d->s, i + 1, "(") ||
        !begins_statement(d->s, i) || !tok_arguments(d->s, i + 1, &a, &close) || a.count != 1)
        return false;
    *name = tok_text(d->s, i);
    *arg = a.item[0];
    *text = source_text(d->s, tok(d->s, i)->begin, tok(d->s, close)->end);
    return true;
}

/* Calls in the handler of a function or macro whose name says that it masks (or unmasks) the
 * interrupt, and whose one argument is the adapter. False if there are different ones. */
static bool find_candidate(struct project *p, const struct function *f, unsigned context_index,
                           bool enable, struct candidate *out)
{
    const struct declaration *d = function_definition(f);
    const char *context = d ? context_name(d, context_index) : NULL;
    struct local_search adapter = {"", NULL};
    out->text = NULL;
    if (!context)
        return true;
    adapter_local(p, d, context, &adapter);
    for (size_t i = d->body; i < d->end; i++) {
        const char *name, *text;
        struct argument arg;
        if (!call_with_one_argument(p, d, i, &name, &arg, &text) || !says(name, enable))
            continue;
        bool local = arg.first == arg.last && adapter.type && tok_is(d->s, arg.first, adapter.name);
        bool direct = tok_is(d->s, arg.last, context);
        if (!local && !direct)
            continue;
        if (out->text && strcmp(out->text, text))
            return false;
        *out = (struct candidate){
            text, name, {d->s, i}, local ? adapter.name : NULL, local ? adapter.type : NULL};
    }
    return true;
}

/* Both handlers write one register whose name says what it is: DC_WRITE(A, IrqMask, 0) in the ISR,
 * DC_WRITE(A, IrqMask, A->Mask) in the DPC. */
struct write {
    const char *where, *value, *text; /* all but the last argument; the last; the whole */
    struct place at;
};
typedef LIST(struct write) write_list;

static bool only_uses(const struct declaration *d, size_t first, size_t last, const char *adapter,
                      bool constant)
{
    struct source *s = d->s;
    for (size_t i = first; i <= last; i++) {
        if (!tok_is_name(s, i) || tok_is(s, i - 1, "->") || tok_is(s, i - 1, "."))
            continue;
        if (tok_is(s, i, adapter)) {
            if (constant)
                return false;
            continue;
        }
        struct local_search l = {tok_text(s, i), NULL};
        /* A local variable's value is not known elsewhere. */
        for (size_t k = d->body; k < d->end; k++)
            if (tok_is(s, k, l.name) && k != i && tok_is(s, k + 1, "=") &&
                !tok_is(s, k - 1, "->") && !tok_is(s, k - 1, "."))
                return false;
        for (const char *c = l.name; *c; c++)
            if (islower((unsigned char)*c) && i == first && first == last)
                return false;
    }
    return true;
}

static void register_writes(const struct declaration *d, const char *adapter, bool constant,
                            write_list *out)
{
    struct source *s = d->s;
    for (size_t i = d->body; i < d->end; i++) {
        argument_list a;
        size_t close;
        if (!tok_is_name(s, i) || tok(s, i)->directive || !tok_is(s, i + 1, "(") ||
            !tok_arguments(s, i + 1, &a, &close) || a.count < 2 || !tok_is(s, close + 1, ";") ||
            statement_begin(s, i) != i)
            continue;
        const struct argument *value = &a.item[a.count - 1], *where = &a.item[a.count - 2];
        bool named = false;
        for (size_t k = where->first; k <= where->last; k++)
            if (tok_is_name(s, k)) {
                const char *n = tok_text(s, k);
                named |= says(arena_format("mask_%s", n), false) &&
                         (strcasestr(n, "mask") || strcasestr(n, "imr") || strcasestr(n, "enable"));
            }
        if (!named || !only_uses(d, value->first, value->last, adapter, constant))
            continue;
        *list_add(out) =
            (struct write){source_text(s, tok(s, i)->begin, tok(s, where->last)->end),
                           source_text(s, tok(s, value->first)->begin, tok(s, value->last)->end),
                           source_text(s, tok(s, i)->begin, tok(s, close)->end),
                           {s, i}};
    }
}

static bool find_register_pair(struct project *p, struct candidate *off, struct candidate *on)
{
    const struct declaration *isr = function_definition(p->handler[HANDLER_ISR]);
    const struct declaration *dpc = function_definition(p->handler[HANDLER_DPC]);
    const char *c1 = isr ? context_name(isr, 2) : NULL, *c2 = dpc ? context_name(dpc, 0) : NULL;
    struct local_search a1, a2;
    if (!c1 || !c2 || !adapter_local(p, isr, c1, &a1) || !adapter_local(p, dpc, c2, &a2))
        return false;
    write_list in_isr = {0}, in_dpc = {0};
    register_writes(isr, a1.name, true, &in_isr);
    register_writes(dpc, a2.name, false, &in_dpc);
    unsigned pairs = 0;
    for (size_t i = 0; i < in_isr.count; i++)
        for (size_t j = 0; j < in_dpc.count; j++) {
            const struct write *x = &in_isr.item[i], *y = &in_dpc.item[j];
            if (strcmp(x->where, y->where) || !strcmp(x->value, y->value))
                continue;
            if (pairs++ && (strcmp(off->text, x->text) || strcmp(on->text, y->text)))
                return false;
            *off = (struct candidate){x->text, "", x->at, a1.name, a1.type};
            *on = (struct candidate){y->text, "", y->at, a2.name, a2.type};
        }
    return pairs > 0;
}

/* The one function or macro in the driver that is named for it and takes the adapter. */
static bool find_by_name(struct project *p, bool enable, struct candidate *out)
{
    const struct function *found = NULL;
    for (size_t i = 0; i < p->functions.count; i++) {
        const struct function *f = p->functions.item[i];
        const struct declaration *d = function_definition(f);
        if (!d || !says(f->name, enable) || clang_Cursor_getNumArguments(d->cursor) != 1)
            continue;
        struct context context;
        if (!cursor_context(p, clang_Cursor_getArgument(d->cursor, 0), &context) ||
            !p->context_type || strcmp(context.type, p->context_type))
            continue;
        bool synchronizes = false; /* a callback is half of something */
        for (size_t k = 0; k < p->synchronizations.count; k++)
            synchronizes |= p->synchronizations.item[k].callback == f;
        if (synchronizes)
            continue;
        if (found)
            return false;
        found = f;
    }
    if (!found)
        return false;
    const struct declaration *d = function_definition(found);
    const char *type = cursor_string(
        clang_getTypeSpelling(clang_getCursorType(clang_Cursor_getArgument(d->cursor, 0))));
    struct local_search l = {"Adapter", NULL};
    const struct function *isr =
        p->handler[HANDLER_ISR] ? p->handler[HANDLER_ISR] : p->handler[HANDLER_DPC];
    const struct declaration *isr_d = function_definition(isr);
    const char *context = context_name(isr_d, isr == p->handler[HANDLER_ISR] ? 2 : 0);
    if (!context || !adapter_local(p, isr_d, context, &l))
        l.name = style_local("Adapter", p->locals.item, p->locals.count);
    *out =
        (struct candidate){arena_format("%s%s)", style_call(style_of(d->s), found->name), l.name),
                           found->name,
                           {d->s, d->name},
                           l.name,
                           l.type ? l.type : type};
    return true;
}

/* --- new handlers --- */

static const struct declaration *anchor(const struct project *p)
{
    const struct function *f = p->handler[HANDLER_ISR] && p->isr_wanted ? p->handler[HANDLER_ISR]
                                                                        : p->handler[HANDLER_DPC];
    return function_definition(f);
}

/* Is the function declared before the other one ends? One of another file is taken to be. */
static bool known_at(const struct project *p, const char *name, const struct declaration *d)
{
    const struct function *f = function_named(p, name);
    for (size_t i = 0; f && i < f->declarations.count; i++)
        if (f->declarations.item[i].s != d->s || f->declarations.item[i].name < d->end)
            return true;
    return !f;
}

static void add_handler(struct project *p, enum handler h, const struct candidate *c)
{
    const struct declaration *d = anchor(p);
    if (c && !known_at(p, c->call, d)) /* the DPC, which calls it, knows it */
        d = function_definition(p->handler[HANDLER_DPC]);
    struct source *s = d->s;
    const struct style *st = style_of(s);
    const char *word = h == HANDLER_DISABLE ? "Disable" : "Enable";
    const char *name = free_name(p, arena_format("%s%sInterrupt", handler_prefix(p), word));
    const char *context = context_name(d, clang_Cursor_getNumArguments(d->cursor) == 3 ? 2 : 0);
    struct parameter old[3];
    size_t count = 0;
    parameters_of(s, d, old, 3, &count);
    const char *parameter = count ? source_text(s, tok(s, old[count - 1].first)->begin,
                                                tok(s, old[count - 1].last)->end)
                                  : "NDIS_HANDLE MiniportInterruptContext";
    const char *comment = style_comment(
        st,
        c ? "DIRQL, with the interrupt's lock held."
          : arena_format("To be written: %s the card's interrupt. DIRQL, with the interrupt's lock "
                         "held.",
                         h == HANDLER_DISABLE ? "mask" : "unmask"));
    struct text t = {0};
    text_puts(&t, "{\n");
    if (c && c->local) {
        bool star = c->type[strlen(c->type) - 1] == '*';
        text_printf(&t, "%s%s%s%s = (%s)%s;\n\n", st->unit, c->type, star ? "" : " ", c->local,
                    c->type, context);
    }
    if (c)
        text_printf(&t, "%s%s;\n", st->unit, c->text);
    else
        text_printf(&t, "%s%s%s);\n", st->unit, style_call(st, "UNREFERENCED_PARAMETER"), context);
    text_puts(&t, "}");
    add_function(p, d, name, "VOID", &parameter, 1, comment, text_string(&t));
    p->registered[h] = name;
    if (c)
        report_at(p->report, FINDING_DONE, RULE_ENABLE_DISABLE, c->at.s,
                  tok(c->at.s, c->at.token)->begin, "%s is new and does this: %s", name, c->text);
}

/* Candidates for what the driver lacks, from the surest source to the least. */
static void build_missing(struct project *p)
{
    struct candidate off = {0}, on = {0};
    bool sure = find_candidate(p, p->handler[HANDLER_ISR], 2, false, &off);
    sure &= find_candidate(p, p->handler[HANDLER_DPC], 0, true, &on);
    if (sure && (!off.text || !on.text)) {
        struct candidate a = off, b = on;
        if (find_register_pair(p, &a, &b)) {
            off = a;
            on = b;
        } else {
            if (!off.text && !find_by_name(p, false, &off))
                off.text = NULL;
            if (!on.text && !find_by_name(p, true, &on))
                on.text = NULL;
        }
    }
    for (enum handler h = HANDLER_DISABLE; h <= HANDLER_ENABLE; h++) {
        const struct candidate *c = h == HANDLER_DISABLE ? &off : &on;
        if (p->handler[h])
            continue;
        bool found = sure && c->text;
        const struct declaration *d = function_definition(
            h == HANDLER_DISABLE && p->handler[HANDLER_ISR] ? p->handler[HANDLER_ISR]
                                                            : p->handler[HANDLER_DPC]);
        add_handler(p, h, found ? c : NULL);
        if (!found)
            report_at(
                p->report, FINDING_PERSON, RULE_ENABLE_DISABLE, d->s, tok(d->s, d->name)->begin,
                "NDIS 6 requires %s, and %s: its body is left to be written", p->registered[h],
                !sure ? "more than one piece of code could be it"
                : h == HANDLER_DISABLE
                    ? "nothing in this function, and no one function of the driver, masks the card "
                      "with the adapter as its only argument"
                    : "nothing in this function, and no one function of the driver, unmasks the "
                      "card "
                      "with the adapter as its only argument")
                ->hint = "write the card's mask register in it; NDIS 6 calls it at DIRQL";
    }
}

/* --- RequestIsr FALSE --- */

/* Does the ISR recognize every interrupt, queue the DPC, and do all that the disable handler does?
 * Then it is what NDIS 5 did instead of it. */
static bool isr_does_the_same(struct project *p)
{
    const struct declaration *isr = function_definition(p->handler[HANDLER_ISR]);
    const struct declaration *off = function_definition(p->handler[HANDLER_DISABLE]);
    struct flow flow;
    if (!isr || !off)
        return false;
    flow_analyse(p, isr, &flow);
    for (size_t i = 0; i < flow.exits.count; i++)
        if (flow.exits.item[i].state != FLOW_ONLY(OUT_TRUE, OUT_TRUE))
            return false;
    for (size_t i = isr->body; i < isr->end; i++)
        if (tok_is_name(isr->s, i) && tok_is(isr->s, i + 1, "(") &&
            tok_is(isr->s, i, p->handler[HANDLER_DISABLE]->name))
            return true;
    bool any = false;
    for (size_t i = off->body; i < off->end; i++) {
        if (!tok_is_name(off->s, i) || !tok_is(off->s, i + 1, "(") ||
            !says(tok_text(off->s, i), false))
            continue;
        bool there = false;
        for (size_t k = isr->body; k < isr->end && !there; k++)
            there = tok_is_name(isr->s, k) && !strcmp(tok_text(isr->s, k), tok_text(off->s, i));
        if (!there)
            return false;
        any = true;
    }
    return any;
}

static void isr_in_place_of_ndis(struct project *p)
{
    struct function *off = p->handler[HANDLER_DISABLE];
    const struct registration *r = &p->registrations.item[0];
    size_t offset = tok(r->at.s, r->at.token)->begin;
    if (!off) {
        report_at(p->report, FINDING_ERROR, ERROR_MODEL, r->at.s, offset,
                  "RequestIsr is not TRUE here, and the driver has no DisableInterruptHandler for "
                  "NDIS to call instead of its ISR");
        return;
    }
    if (p->handler[HANDLER_ISR] && isr_does_the_same(p)) {
        p->isr_without = p->registered[HANDLER_ISR];
        report_at(
            p->report, FINDING_TRAP, RULE_REQUEST_ISR, r->at.s, offset,
            "RequestIsr was FALSE: NDIS called %s instead of %s. That one does the same, so it "
            "is registered",
            off->name, p->handler[HANDLER_ISR]->name);
        return;
    }
    const struct declaration *d = function_definition(off);
    struct source *s = d->s;
    const struct style *st = style_of(s);
    struct parameter old[1];
    size_t count;
    if (!parameters_of(s, d, old, 1, &count) || count != 1 || old[0].name == NO_TOKEN)
        return;
    const char *name =
        free_name(p, *handler_prefix(p) ? arena_format("%sInterrupt", handler_prefix(p)) : "Isr");
    const char *list[3] = {source_text(s, tok(s, old[0].first)->begin, tok(s, old[0].last)->end),
                           make_parameter(s, &old[0], true, "PBOOLEAN", "QueueDefaultInterruptDpc"),
                           make_parameter(s, &old[0], true, "PULONG", "TargetProcessors")};
    struct text t = {0};
    text_puts(&t, "{\n");
    if (source_uses(s, "UNREFERENCED_PARAMETER"))
        text_printf(&t, "%s%sTargetProcessors);\n\n", st->unit,
                    style_call(st, "UNREFERENCED_PARAMETER"));
    text_printf(&t, "%s%s%s);\n%s*QueueDefaultInterruptDpc = TRUE;\n%sreturn TRUE;\n}", st->unit,
                style_call(st, off->name), old[0].name_text, st->unit, st->unit);
    add_function(p, d, name, "BOOLEAN", list, 3,
                 style_comment(st, "The ISR: what NDIS 5 did for a driver that asked for no ISR."),
                 text_string(&t));
    p->isr_without = name;
    report_at(p->report, FINDING_TRAP, RULE_REQUEST_ISR, r->at.s, offset,
              "RequestIsr was FALSE: NDIS called %s and queued the DPC; %s is new and does that",
              off->name, name);
    if (p->handler[HANDLER_ISR] && !p->isr_wanted)
        report_at(
            p->report, FINDING_PERSON, RULE_REQUEST_ISR,
            function_definition(p->handler[HANDLER_ISR])->s,
            tok(function_definition(p->handler[HANDLER_ISR])->s,
                function_definition(p->handler[HANDLER_ISR])->name)
                ->begin,
            "NDIS 5 called %s only while the driver initialized or halted; NDIS 6 knows no such "
            "difference, so nothing calls it now",
            p->handler[HANDLER_ISR]->name)
            ->hint = "move what it did into the new ISR, or remove it";
}

void rewrite_enable_disable(struct project *p)
{
    struct place where = {0};
    for (enum handler h = HANDLER_DISABLE; h <= HANDLER_ENABLE; h++)
        if (p->handler[h])
            p->registered[h] = p->handler[h]->name;
    if (p->handler[HANDLER_ENABLE] && reaches(p, p->handler[HANDLER_ENABLE], 3, &where))
        copy_for_dirql(p, p->handler[HANDLER_ENABLE], where);
    else if (p->handler[HANDLER_ENABLE])
        report_at(
            p->report, FINDING_TRAP, TRAP_ENABLE_IRQL, p->handler_place[HANDLER_ENABLE].s,
            tok(p->handler_place[HANDLER_ENABLE].s, p->handler_place[HANDLER_ENABLE].token)->begin,
            "NDIS 5 called %s at DISPATCH_LEVEL, NDIS 6 calls it at DIRQL; the driver calls it "
            "after its DPC, at DISPATCH_LEVEL as before",
            p->handler[HANDLER_ENABLE]->name);
    if (p->disable_wanted)
        isr_in_place_of_ndis(p);
    if (!p->handler[HANDLER_DISABLE] || !p->handler[HANDLER_ENABLE])
        build_missing(p);
}
