/* SPDX-License-Identifier: MIT */
/* msi.c - message handlers on top of the ported line code (--msi).
 *
 * One message, serialised with all others, is treated as the line is: the card interrupts in the
 * same way. NDIS may grant the line all the same, so its handlers stay. */
#include "port/rewrite.h"
#include <string.h>

struct message {
    const char *name, *result, *parameters, *call;
};

void rewrite_msi(struct project *p)
{
    if (!p->options->msi || project_failed(p))
        return;
    if (!p->registered[HANDLER_ISR]) {
        report_add(p->report, FINDING_ERROR, RULE_MSI, NULL, 0, 0,
                   "--msi needs a driver with an ISR: RequestIsr is FALSE");
        return;
    }
    static const char *const names[HANDLERS] = {"MessageInterrupt", "MessageInterruptDpc",
                                                "DisableMessageInterrupt", "EnableMessageInterrupt"};
    static const char *const parameters[HANDLERS] = {
        "NDIS_HANDLE MiniportInterruptContext, ULONG MessageId, PBOOLEAN QueueDefaultInterruptDpc, "
        "PULONG TargetProcessors",
        "NDIS_HANDLE MiniportInterruptContext, ULONG MessageId, PVOID MiniportDpcContext, "
        "PULONG NdisReserved1, PULONG NdisReserved2",
        "NDIS_HANDLE MiniportInterruptContext, ULONG MessageId",
        "NDIS_HANDLE MiniportInterruptContext, ULONG MessageId"};
    static const char *const arguments[HANDLERS] = {
        "MiniportInterruptContext, QueueDefaultInterruptDpc, TargetProcessors",
        "MiniportInterruptContext, MiniportDpcContext, NdisReserved1, NdisReserved2",
        "MiniportInterruptContext", "MiniportInterruptContext"};
    /* In the file that registers: there all four line handlers are visible. */
    const struct registration *r = &p->registrations.item[0];
    struct function *around = function_around(p, r->at.s, r->at.token);
    if (!around)
        return;
    const struct declaration *at = function_definition(around);
    const struct declaration *isr = function_definition(p->handler[HANDLER_ISR]);
    const struct style *st = style_of(r->at.s);
    bool ntapi = false;
    for (size_t i = statement_begin(isr->s, isr->name); i < isr->name; i++)
        ntapi |= tok_is(isr->s, i, "NTAPI");
    struct text t = {0}, prototypes = {0};
    bool unreferenced = source_uses(r->at.s, "UNREFERENCED_PARAMETER");
    for (enum handler h = 0; h < HANDLERS; h++) {
        const char *name = free_name(p, arena_format("%s%s", handler_prefix(p), names[h]));
        const char *head = arena_format("static %s %s%s(%s)", h == HANDLER_ISR ? "BOOLEAN" : "VOID",
                                        ntapi ? "NTAPI " : "", name, parameters[h]);
        p->message_handler[h] = name;
        text_printf(&prototypes, "\n%s;", head);
        text_printf(&t, "%s%s\n{\n", h ? "\n\n" : "", head);
        if (unreferenced)
            text_printf(&t, "%s%sMessageId);\n\n", st->unit, style_call(st, "UNREFERENCED_PARAMETER"));
        text_printf(&t, "%s%s%s%s);\n}", st->unit, h == HANDLER_ISR ? "return " : "",
                    style_call(st, p->registered[h]), arguments[h]);
    }
    source_insert(r->at.s, line_end(r->at.s, tok(r->at.s, at->end)->end),
                  arena_format("\n\n%s", text_string(&t)));
    size_t line = line_begin(r->at.s, tok(r->at.s, statement_begin(r->at.s, at->name))->begin);
    /* Above the function's own comment. */
    for (size_t i = r->at.s->tokens.comments.count; i-- > 0;) {
        const struct comment *c = &r->at.s->tokens.comments.item[i];
        if (line_end(r->at.s, c->end) + 1 == line)
            line = line_begin(r->at.s, c->begin);
    }
    source_insert(r->at.s, line, arena_format("%s\n\n", text_string(&prototypes) + 1));
    report_at(p->report, FINDING_DONE, RULE_MSI, r->at.s, tok(r->at.s, at->name)->begin,
              "message handlers are added that do what the line's do; NDIS serialises all messages "
              "(MsiSyncWithAllMessages)");
    report_at(p->report, FINDING_PERSON, RULE_MSI, r->at.s, tok(r->at.s, at->name)->begin,
              "messages need MSISupported in the INF, and a card that signals them")
        ->hint = "HKR, Interrupt Management\\MessageSignaledInterruptProperties, MSISupported, 0x00010001, 1";
}
