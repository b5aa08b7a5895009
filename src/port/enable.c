/* SPDX-License-Identifier: MIT */
/* enable.c - the handlers that disable and enable the interrupt, which NDIS 6.0 requires.
 *
 * The driver's own, where it has them. NDIS 6 calls both at DIRQL with the interrupt's lock held;
 * NDIS 5 called the enable handler at DISPATCH_LEVEL, so one that synchronizes with the interrupt
 * itself would wait for ever: it stays for the DPC, and NDIS gets a copy that calls the callback
 * directly. A driver without them masks its card in its ISR and unmasks it in its DPC: that code,
 * where there is one such piece and no other. What is not found is left to a person. */
#include "port/cursor.h"
#include "port/mask.h"
#include "port/rewrite.h"
#include <string.h>

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
        text_printf(&t, "%s%s)", style_call(style_of(s), y->callback->called),
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
    if (mask_not_synchronized(p, d, &reached))
        all = false;
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

static void add_handler(struct project *p, enum handler h, const struct masking *c)
{
    const struct declaration *d = anchor(p);
    if (c && p->handler[HANDLER_DPC] &&
        !known_at(p, c->call, d)) /* the DPC, which calls it, knows it */
        d = function_definition(p->handler[HANDLER_DPC]);
    struct source *s = d->s;
    const struct style *st = style_of(s);
    const char *indent = body_indent(p, d);
    const char *word = h == HANDLER_DISABLE ? "Disable" : "Enable";
    const char *name = free_name(p, arena_format("%s%sInterrupt", handler_prefix(p), word));
    const char *context = mask_context(d, clang_Cursor_getNumArguments(d->cursor) == 3 ? 2 : 0);
    struct parameter old[3];
    size_t count = 0;
    parameters_of(s, d, old, 3, &count);
    const char *parameter =
        count ? context_parameter(s, &old[count - 1]) : "NDIS_HANDLE " NEW_CONTEXT;
    const struct parameter *typed =
        count && !is_handle_type(old[count - 1].type) ? &old[count - 1] : NULL;
    if (typed)
        context = NEW_CONTEXT;
    const char *comment = style_comment(
        st,
        c ? "DIRQL, with the interrupt's lock held."
          : arena_format("To be written: %s the card's interrupt. DIRQL, with the interrupt's lock "
                         "held.",
                         h == HANDLER_DISABLE ? "mask" : "unmask"));
    struct text t = {0};
    text_puts(&t, "{\n");
    if (c && typed && (!c->local || !strcmp(c->local, typed->name_text))) {
        text_printf(&t, "%s%s\n\n", indent, context_variable(typed, NEW_CONTEXT));
    } else if (c && c->local && strcmp(c->local, context)) {
        bool star = c->type[strlen(c->type) - 1] == '*';
        text_printf(&t, "%s%s%s%s = (%s)%s;\n\n", indent, c->type, star ? "" : " ", c->local,
                    c->type, context);
    }
    if (c && c->before)
        text_printf(&t, "%s%s;\n", indent, c->before);
    if (c)
        text_printf(&t, "%s%s;\n", indent, c->text);
    else
        text_printf(&t, "%s%s%s);\n", indent, style_call(st, "UNREFERENCED_PARAMETER"), context);
    text_puts(&t, "}");
    /* Behind what it calls, if that is below: it may take a type that is not known at the top. */
    const struct function *called = c ? function_named(p, c->call) : NULL;
    const struct declaration *behind = function_definition(called);
    bool below = behind && behind->s == s && !known_at(p, c->call, d), is_static = true;
    for (size_t i = 0; i < p->registrations.count; i++)
        is_static &= p->registrations.item[i].at.s == s;
    add_function_here(p, d, below ? behind : d, name, "VOID", &parameter, 1, comment,
                      text_string(&t), is_static);
    p->registered[h] = name;
    if (behind && !below && !called->synchronized_with)
        make_visible(p, c->call, s, tok(s, d->end)->end);
    if (c)
        report_at(p->report, FINDING_DONE, RULE_ENABLE_DISABLE, c->at.s,
                  tok(c->at.s, c->at.token)->begin, "%s is new and does this: %s%s%s", name,
                  c->before ? c->before : "", c->before ? "; " : "", c->text);
}

/* How a function is to be called: "NTAPI", "" */
static const char *convention(const struct declaration *d)
{
    static const char *const words[] = {"NTAPI",    "STDCALL", "__stdcall", "WINAPI",
                                        "CALLBACK", "__cdecl", NULL};
    for (size_t i = statement_begin(d->s, d->name); i < d->name; i++)
        if (is_one_of(tok_text(d->s, i), words))
            return tok_text(d->s, i);
    return "";
}

/* Is what is called a handler as it is? Then NDIS may call it itself. */
static bool is_handler(struct project *p, const struct masking *c)
{
    const struct function *f = c->before ? NULL : function_named(p, c->call);
    const struct declaration *d = f ? function_definition(f) : NULL;
    const struct declaration *dpc = function_definition(
        p->handler[HANDLER_DPC] ? p->handler[HANDLER_DPC] : p->handler[HANDLER_ISR]);
    struct parameter old[1];
    size_t count;
    for (size_t i = 0; i < p->callbacks.count; i++) /* it returns BOOLEAN */
        if (p->callbacks.item[i] == f)
            return false;
    return d && !f->model && !f->synchronized_with && parameters_of(d->s, d, old, 1, &count) &&
           count == 1 && is_handle_type(old[0].type) &&
           clang_getResultType(clang_getCursorType(d->cursor)).kind == CXType_Void &&
           clang_getCursorKind(d->cursor) == CXCursor_FunctionDecl &&
           !strcmp(convention(d), convention(dpc));
}

static void build_missing(struct project *p)
{
    struct masking off = {0}, on = {0};
    bool sure = mask_find(p, &off, &on);
    for (enum handler h = HANDLER_DISABLE; h <= HANDLER_ENABLE; h++) {
        const struct masking *c = h == HANDLER_DISABLE ? &off : &on;
        if (p->handler[h])
            continue;
        bool found = sure && c->text;
        const struct declaration *d = function_definition(
            p->handler[HANDLER_ISR] && (h == HANDLER_DISABLE || !p->handler[HANDLER_DPC])
                ? p->handler[HANDLER_ISR]
                : p->handler[HANDLER_DPC]);
        if (found && is_handler(p, c)) {
            p->registered[h] = function_named(p, c->call)->called;
            report_at(p->report, FINDING_DONE, RULE_ENABLE_DISABLE, c->at.s,
                      tok(c->at.s, c->at.token)->begin, "%s is registered: it %s the card", c->call,
                      h == HANDLER_DISABLE ? "masks" : "unmasks");
            continue;
        }
        add_handler(p, h, found ? c : NULL);
        if (!found)
            report_at(
                p->report, FINDING_PERSON, RULE_ENABLE_DISABLE, d->s, tok(d->s, d->name)->begin,
                "NDIS 6 requires %s, and %s: its body is left to be written", p->registered[h],
                !sure       ? "more than one piece of code could be it"
                : c->barred ? c->barred
                : h == HANDLER_DISABLE
                    ? "nothing in this function, and no one function of the driver, masks the card "
                      "with the adapter as its only argument"
                    : "nothing in this function, and no one function of the driver, unmasks the "
                      "card "
                      "with the adapter as its only argument")
                ->hint = "write the card's mask register in it; NDIS 6 calls it at DIRQL";
    }
}

static size_t handler_parameters(struct project *p, const struct source *s,
                                 const struct parameter *old, size_t count, const char **list)
{
    list[0] = context_parameter(s, &old[0]);
    return 1;
}

/* The driver's own handlers take what NDIS gives, whatever type their author wrote there. */
static void rewrite_own(struct project *p)
{
    static const char *const role[HANDLERS] = {[HANDLER_DISABLE] = "MINIPORT_DISABLE_INTERRUPT",
                                               [HANDLER_ENABLE] = "MINIPORT_ENABLE_INTERRUPT"};
    for (enum handler h = HANDLER_DISABLE; h <= HANDLER_ENABLE; h++) {
        const struct declaration *d = function_definition(p->handler[h]);
        struct parameter old[1];
        size_t count;
        if (!d || !parameters_of(d->s, d, old, 1, &count) || count != 1 ||
            old[0].name == NO_TOKEN || is_handle_type(old[0].type) || p->handler[h]->rewritten)
            continue;
        if (rewrite_declarations(p, p->handler[h], 1, handler_parameters, role[h], NULL))
            insert_context_variable(p, d, &old[0], NEW_CONTEXT);
    }
}

void rewrite_enable_disable(struct project *p)
{
    struct place where = {0};
    for (enum handler h = HANDLER_DISABLE; h <= HANDLER_ENABLE; h++)
        if (p->handler[h])
            p->registered[h] = p->handler[h]->called;
    if (p->handler[HANDLER_ENABLE] && mask_not_at_dirql(p, p->handler[HANDLER_ENABLE], &where))
        copy_for_dirql(p, p->handler[HANDLER_ENABLE], where);
    else if (p->handler[HANDLER_ENABLE])
        report_at(
            p->report, FINDING_TRAP, TRAP_ENABLE_IRQL, p->handler_place[HANDLER_ENABLE].s,
            tok(p->handler_place[HANDLER_ENABLE].s, p->handler_place[HANDLER_ENABLE].token)->begin,
            "NDIS 5 called %s at DISPATCH_LEVEL, NDIS 6 calls it at DIRQL; the driver calls it "
            "after its DPC, at DISPATCH_LEVEL as before",
            p->handler[HANDLER_ENABLE]->name);
    if (p->disable_wanted)
        rewrite_request_isr(p);
    rewrite_own(p);
    if (!p->handler[HANDLER_DISABLE] || !p->handler[HANDLER_ENABLE])
        build_missing(p);
}
