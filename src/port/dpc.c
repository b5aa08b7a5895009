/* SPDX-License-Identifier: MIT */
/* dpc.c - MiniportHandleInterrupt becomes MiniportInterruptDPC.
 *
 * NDIS 5 called MiniportEnableInterrupt after it. NDIS 6 does not, so the driver does: at the end
 * of the function, or, where it has several ends or is also called by the driver itself (which
 * enabled nothing), in a new function around it. */
#include "port/rewrite.h"
#include <string.h>

static const char *const dpc_names[] = {"MiniportDpcContext", "ReceiveThrottleParameters",
                                        "NdisReserved2", NULL};

static size_t dpc_parameters(struct project *p, const struct source *s, const struct parameter *old,
                             size_t count, const char **list)
{
    list[0] = context_parameter(s, &old[0]);
    for (unsigned i = 0; i < 3; i++)
        list[i + 1] = make_parameter(s, &old[0], false, "PVOID", dpc_names[i]);
    return 4;
}

/* Calls of it by the driver: a timer that polls, a reset that drains. */
static void direct_calls(const struct project *p, const struct function *f, place_list *out)
{
    place_list found = {0};
    find_name(p, f->name, &found);
    for (size_t i = 0; i < found.count; i++)
        if (is_call_of(p, f, found.item[i].s, found.item[i].token) &&
            (function_around(p, found.item[i].s, found.item[i].token) ||
             tok(found.item[i].s, found.item[i].token)->directive))
            *list_add(out) = found.item[i];
}

static void wrap(struct project *p, struct function *f, const struct declaration *d,
                 const char *context, const char *enable)
{
    const struct style *st = style_of(d->s);
    const char *indent = body_indent(p, d);
    struct parameter old[1];
    const char *list[4];
    size_t count;
    if (!parameters_of(d->s, d, old, 1, &count) || count != 1)
        return;
    dpc_parameters(p, d->s, old, 1, list);
    const char *name = free_name(p, arena_format("%sInterruptDpc", handler_prefix(p)));
    struct text t = {0};
    if (!type_stays(p, f, "W_HANDLE_INTERRUPT_HANDLER"))
        return;
    context = context_parameter_name(&old[0]);
    const char *unreferenced = unreferenced_lines(p, d, dpc_names);
    text_printf(&t, "{\n%s%s", unreferenced, *unreferenced ? "\n" : "");
    text_printf(&t, "%s%s%s);\n", indent, style_call(st, f->called), context);
    if (enable)
        text_printf(&t, "%s%s%s);\n", indent, style_call(st, enable), context);
    text_puts(&t, "}");
    add_function(p, d, name, "VOID", list, 4, NULL, text_string(&t));
    p->registered[HANDLER_DPC] = name;
    if (!enable) {
        report_at(p->report, FINDING_DONE, RULE_DPC, d->s, tok(d->s, d->name)->begin,
                  "%s is used as a function of another type: it keeps its parameters, and %s "
                  "around it is registered",
                  f->name, name);
        return;
    }
    make_visible(p, enable, d->s, tok(d->s, d->end)->end);
    report_at(
        p->report, FINDING_DONE, RULE_ENABLE_AFTER_DPC, d->s, tok(d->s, d->name)->begin,
        "NDIS called %s after %s, and NDIS 6 does not: %s does both and is registered; %s keeps "
        "its parameters",
        enable, f->name, name, f->name);
}

static void append_enable(struct project *p, const struct declaration *d, const char *context,
                          const char *enable)
{
    struct source *s = d->s;
    struct body b = body_of(p, d);
    const char *call = arena_format("%s%s);", style_call(style_of(s), enable), context);
    size_t brace = tok(s, d->end)->begin;
    if (ends_with_return(d)) {
        size_t last = tok_prev(s, d->end);
        insert_lines_before(s, statement_begin(s, tok_prev(s, last)), &call, 1);
    } else {
        const char *indent = line_indent(s, brace);
        bool own_line = brace == line_begin(s, brace) + strlen(indent);
        /* Before a last comment, which often speaks of what NDIS does next: behind the code. */
        source_insert(s, own_line ? line_begin(s, brace) : brace,
                      own_line ? arena_format("%s%s\n", b.indent, call)
                               : arena_format("%s ", call));
    }
    make_visible(p, enable, s, tok(s, d->body)->begin);
    report_at(p->report, FINDING_DONE, RULE_ENABLE_AFTER_DPC, s, brace,
              "NDIS called %s after this function, and NDIS 6 does not: the driver does", enable);
}

/* NDIS 6 requires a DPC also of a driver whose ISR asks for none. */
static void add_empty(struct project *p)
{
    const struct declaration *isr = function_definition(p->handler[HANDLER_ISR]);
    struct source *s = isr->s;
    const struct style *st = style_of(s);
    struct parameter old[3];
    const char *list[4];
    size_t count;
    if (!parameters_of(s, isr, old, 3, &count) || count != 3)
        return;
    list[0] = context_parameter(s, &old[2]);
    for (unsigned i = 0; i < 3; i++)
        list[i + 1] = make_parameter(s, &old[2], false, "PVOID", dpc_names[i]);
    const char *name = free_name(p, arena_format("%sInterruptDpc", handler_prefix(p)));
    struct text t = {0};
    const char *const names[] = {context_parameter_name(&old[2]), dpc_names[0], dpc_names[1],
                                 dpc_names[2], NULL};
    text_printf(&t, "{\n%s}", unreferenced_lines(p, isr, names));
    add_function(p, isr, name, "VOID", list, 4,
                 style_comment(st, "Never called: the ISR asks for no DPC. NDIS 6 requires one."),
                 text_string(&t));
    p->registered[HANDLER_DPC] = name;
    report_at(
        p->report, FINDING_DONE, RULE_DPC, s, tok(s, isr->name)->begin,
        "%s never asks for a DPC, and the driver has none; NDIS 6 requires one: %s is new and "
        "does nothing",
        p->handler[HANDLER_ISR]->name, name);
}

static bool same_class(const struct function *a, const struct function *b)
{
    size_t n = strlen(a->called) - strlen(a->name);
    return n == strlen(b->called) - strlen(b->name) && !strncmp(a->called, b->called, n);
}

/* To a call of what begins with token `first`. */
static void add_arguments(struct project *p, struct source *s, size_t first, size_t open)
{
    size_t close = tok_match(s, open);
    const char *called = source_text(s, tok(s, first)->begin, tok(s, open - 1)->end);
    if (close == NO_TOKEN)
        return;
    source_insert(s, tok(s, close)->begin, ", NULL, NULL, NULL");
    report_at(p->report, FINDING_DONE, RULE_DIRECT_CALL, s, tok(s, first)->begin,
              "a call of %s by the driver itself: no DPC context, no throttle", called);
}

/* Through a pointer, whose type follows. */
static void rewrite_indirect_calls(struct project *p)
{
    for (size_t i = 0; i < p->indirect_calls.count; i++) {
        const struct indirect_call *c = &p->indirect_calls.item[i];
        struct source *s = c->at.s;
        if (c->handler == HANDLER_DPC && c->open != NO_TOKEN)
            add_arguments(p, s, c->at.token, c->open);
        else if (c->handler == HANDLER_DPC)
            report_at(p->report, FINDING_ERROR, ERROR_MODEL, s, tok(s, c->at.token)->begin,
                      "a W_HANDLE_INTERRUPT_HANDLER is called in a macro here: it gets parameters")
                ->hint = "write the call here, then port again";
    }
}

void rewrite_dpc(struct project *p)
{
    struct function *f = p->handler[HANDLER_DPC], *enable = p->handler[HANDLER_ENABLE];
    if (!f) {
        add_empty(p);
        return;
    }
    const struct declaration *d = function_definition(f);
    struct parameter old[1];
    size_t count;
    if (!parameters_of(d->s, d, old, 1, &count) || count != 1 || old[0].name == NO_TOKEN) {
        report_at(p->report, FINDING_ERROR, ERROR_MODEL, d->s, tok(d->s, d->name)->begin,
                  "%s has not the one parameter of MiniportHandleInterrupt as written here",
                  f->name)
            ->hint = "write it out (no macro, no #if, no old-style definition), then port again";
        return;
    }
    const char *context = old[0].name_text;
    place_list calls = {0}, returns = {0};
    direct_calls(p, f, &calls);
    returns_of(d, &returns);
    p->registered[HANDLER_DPC] = f->called;
    bool value = is_value(p, f), typed = false;
    for (size_t i = 0; i < p->sources.count; i++)
        typed |= source_uses(p->sources.item[i], "W_HANDLE_INTERRUPT_HANDLER");
    bool one_end = returns_seen(d) == returns.count && !some_return_has_value(d) &&
                   (returns.count == 0 || (returns.count == 1 && ends_with_return(d)));
    if ((enable && (!one_end || calls.count || value)) || (value && !typed)) {
        wrap(p, f, d, context, enable ? enable->called : NULL);
        return;
    }
    if (!rewrite_declarations(p, f, 1, dpc_parameters, "MINIPORT_INTERRUPT_DPC", NULL))
        return;
    insert_context_variable(p, d, &old[0], NEW_CONTEXT);
    insert_unreferenced(p, d, dpc_names);
    if (enable)
        append_enable(p, d, context, same_class(f, enable) ? enable->name : enable->called);
    for (size_t i = 0; i < calls.count; i++)
        add_arguments(p, calls.item[i].s, calls.item[i].token, calls.item[i].token + 1);
    rewrite_indirect_calls(p);
    report_left_out_calls(p, f);
    report_at(p->report, FINDING_DONE, RULE_DPC, d->s, tok(d->s, d->name)->begin,
              "%s gets the DPC's context and the receive throttle (NULL before NDIS 6.20)",
              f->name);
}
