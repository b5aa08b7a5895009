/* SPDX-License-Identifier: MIT */
/* msi.c - message handlers on top of the ported line code (--msi).
 *
 * One message, serialised with all others, is treated as the line is: the card interrupts in the
 * same way. NDIS may grant the line all the same, so its handlers stay. */
#include "port/rewrite.h"
#include <string.h>

static const char *parameters[HANDLERS][6] = {
    {"NDIS_HANDLE MiniportInterruptContext", "ULONG MessageId", "PBOOLEAN QueueDefaultInterruptDpc",
     "PULONG TargetProcessors", NULL},
    {"NDIS_HANDLE MiniportInterruptContext", "ULONG MessageId", "PVOID MiniportDpcContext",
     "PULONG NdisReserved1", "PULONG NdisReserved2", NULL},
    {"NDIS_HANDLE MiniportInterruptContext", "ULONG MessageId", NULL},
    {"NDIS_HANDLE MiniportInterruptContext", "ULONG MessageId", NULL},
};

static void add_one(struct project *p, enum handler h, const char *suffix, const char *arguments)
{
    /* Like the line's handler of the same kind, and behind it. */
    struct function *line = function_named(p, p->registered[h]);
    const struct declaration *like = line->model ? line->model : function_definition(line);
    const struct style *st = style_of(like->s);
    const char *name = free_name(p, arena_format("%s%s", handler_prefix(p), suffix));
    struct text body = {0};
    size_t count = 0;
    while (parameters[h][count])
        count++;
    text_puts(&body, "{\n");
    if (source_uses(like->s, "UNREFERENCED_PARAMETER"))
        text_printf(&body, "%s%sMessageId);\n\n", st->unit,
                    style_call(st, "UNREFERENCED_PARAMETER"));
    text_printf(&body, "%s%s%s%s);\n}", st->unit, h == HANDLER_ISR ? "return " : "",
                style_call(st, p->registered[h]), arguments);
    add_function(p, like, name, h == HANDLER_ISR ? "BOOLEAN" : "VOID", parameters[h], count, NULL,
                 text_string(&body));
    p->message_handler[h] = name;
}

void rewrite_msi(struct project *p)
{
    static const char *const suffixes[HANDLERS] = {"MessageInterrupt", "MessageInterruptDpc",
                                                   "DisableMessageInterrupt",
                                                   "EnableMessageInterrupt"};
    static const char *const arguments[HANDLERS] = {
        "MiniportInterruptContext, QueueDefaultInterruptDpc, TargetProcessors",
        "MiniportInterruptContext, MiniportDpcContext, NdisReserved1, NdisReserved2",
        "MiniportInterruptContext", "MiniportInterruptContext"};
    const struct registration *r = &p->registrations.item[0];
    if (!p->options->msi)
        return;
    if (!p->registered[HANDLER_ISR] || p->disable_wanted) {
        report_at(p->report, FINDING_ERROR, RULE_MSI, r->at.s, tok(r->at.s, r->at.token)->begin,
                  "--msi needs a driver that asks for its ISR: RequestIsr is not TRUE here");
        return;
    }
    for (enum handler h = 0; h < HANDLERS; h++)
        add_one(p, h, suffixes[h], arguments[h]);
    report_at(
        p->report, FINDING_DONE, RULE_MSI, r->at.s, tok(r->at.s, r->at.token)->begin,
        "message handlers are added that do what the line's do, and NDIS serialises all messages "
        "(MsiSyncWithAllMessages); the line's handlers stay, for when no message is granted");
    report_at(p->report, FINDING_PERSON, RULE_MSI, r->at.s, tok(r->at.s, r->at.token)->begin,
              "messages need MSISupported in the INF, and a card that signals them")
        ->hint = "HKR, Interrupt Management\\MessageSignaledInterruptProperties, MSISupported, "
                 "0x00010001, 1";
}
