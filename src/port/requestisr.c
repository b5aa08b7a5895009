/* SPDX-License-Identifier: MIT */
/* requestisr.c - RequestIsr FALSE: NDIS 5 called MiniportDisableInterrupt instead of the ISR and
 * queued the DPC. NDIS 6 knows no such choice, so an ISR of the driver does that. */
#include "port/flow.h"
#include "port/mask.h"
#include "port/rewrite.h"
#include <string.h>

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
            !mask_named(tok_text(off->s, i), false))
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

/* "{ *A = TRUE; *B = TRUE; return; }": nothing is lost if nobody calls it. */
static bool does_nothing(const struct declaration *d)
{
    for (size_t i = d->body + 1; i < d->end; i++) {
        size_t end = statement_end(d->s, i);
        bool value;
        if (tok_is(d->s, i, "return") && tok_is(d->s, i + 1, ";")) {
            i++;
            continue;
        }
        if (end == NO_TOKEN || end > d->end || !tok_is(d->s, i, "*") || !tok_is(d->s, i + 2, "=") ||
            !tok_truth(d->s, i + 3, end - 1, &value))
            return false;
        i = end;
    }
    return true;
}

void rewrite_request_isr(struct project *p)
{
    struct function *off = p->handler[HANDLER_DISABLE];
    const struct registration *r = p->registrations.item;
    while (r->isr_known && r->isr_wanted)
        r++; /* to the first one that is meant: there is one */
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
    const char *indent = body_indent(p, d);
    struct parameter old[1];
    size_t count;
    if (!parameters_of(s, d, old, 1, &count) || count != 1 || old[0].name == NO_TOKEN)
        return;
    const char *name =
        free_name(p, *handler_prefix(p) ? arena_format("%sInterrupt", handler_prefix(p)) : "Isr");
    const char *list[3] = {context_parameter(s, &old[0]),
                           make_parameter(s, &old[0], true, "PBOOLEAN", "QueueDefaultInterruptDpc"),
                           make_parameter(s, &old[0], true, "PULONG", "TargetProcessors")};
    struct text t = {0};
    const char *unreferenced =
        unreferenced_lines(p, d, (const char *const[]){"TargetProcessors", NULL});
    text_printf(&t, "{\n%s%s", unreferenced, *unreferenced ? "\n" : "");
    text_printf(&t, "%s%s%s);\n%s*QueueDefaultInterruptDpc = TRUE;\n%sreturn TRUE;\n}", indent,
                style_call(st, off->called), context_parameter_name(&old[0]), indent, indent);
    add_function(p, d, name, "BOOLEAN", list, 3,
                 style_comment(st, "The ISR: what NDIS 5 did for a driver that asked for no ISR."),
                 text_string(&t));
    p->isr_without = name;
    report_at(p->report, FINDING_TRAP, RULE_REQUEST_ISR, r->at.s, offset,
              "RequestIsr was FALSE: NDIS called %s and queued the DPC; %s is new and does that",
              off->name, name);
    const struct declaration *isr = function_definition(p->handler[HANDLER_ISR]);
    if (!isr || p->isr_wanted)
        return;
    if (does_nothing(isr))
        report_at(p->report, FINDING_DONE, RULE_REQUEST_ISR, isr->s, tok(isr->s, isr->name)->begin,
                  "%s did nothing besides asking for the DPC; nothing calls it now",
                  p->handler[HANDLER_ISR]->name)
            ->hint = "remove it";
    else
        report_at(
            p->report, FINDING_PERSON, RULE_REQUEST_ISR, isr->s, tok(isr->s, isr->name)->begin,
            "NDIS 5 called %s only while the driver initialized or halted; NDIS 6 knows no such "
            "difference, so nothing calls it now",
            p->handler[HANDLER_ISR]->name)
            ->hint = "move what it did into the new ISR, or remove it";
}
