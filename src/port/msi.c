/* SPDX-License-Identifier: MIT */
/* msi.c - message handlers on top of the ported line code (--msi), and what was granted.
 *
 * One message, serialised with all others, is treated as the line is: the card interrupts in the
 * same way. NDIS may grant the line all the same, so its handlers stay. */
#include "port/rewrite.h"
#include <string.h>

/* --- the handlers --- */

#define IN(type, name)                                                                             \
    {                                                                                              \
        type, name, false                                                                          \
    }
#define OUT(type, name)                                                                            \
    {                                                                                              \
        type, name, true                                                                           \
    }
static const struct {
    const char *type, *name;
    bool out;
} parameters[HANDLERS][6] = {
    {IN("NDIS_HANDLE", "MiniportInterruptContext"), IN("ULONG", "MessageId"),
     OUT("PBOOLEAN", "QueueDefaultInterruptDpc"), OUT("PULONG", "TargetProcessors")},
    {IN("NDIS_HANDLE", "MiniportInterruptContext"), IN("ULONG", "MessageId"),
     IN("PVOID", "MiniportDpcContext"), IN("PULONG", "NdisReserved1"),
     IN("PULONG", "NdisReserved2")},
    {IN("NDIS_HANDLE", "MiniportInterruptContext"), IN("ULONG", "MessageId")},
    {IN("NDIS_HANDLE", "MiniportInterruptContext"), IN("ULONG", "MessageId")},
};

/* "  return Isr(a, b, c);", on as many lines as the author's are long. */
static const char *call_of(const struct style *st, const char *head, const char *arguments)
{
    struct text t = {0};
    size_t margin = strlen(head), column = margin, indent = strspn(head, " \t");
    text_puts(&t, head);
    while (*arguments) {
        size_t n = strcspn(arguments, " ");
        if (column > margin && column + 1 + n + 2 > st->columns) {
            text_printf(&t, "\n%.*s%*s", (int)indent, head, (int)(margin - indent), "");
            column = margin;
        } else if (column > margin) {
            text_puts(&t, " ");
            column++;
        }
        text_add(&t, arguments, n);
        column += n;
        arguments += n + (arguments[n] == ' ');
    }
    text_puts(&t, ");");
    return text_string(&t);
}

static void add_one(struct project *p, enum handler h, const char *handler, const char *suffix,
                    const char *arguments)
{
    /* Like the line's handler of the same kind, and behind it. */
    struct function *line = function_named(p, handler);
    const struct declaration *like = line->model ? line->model : function_definition(line);
    const struct style *st = style_of(like->s);
    const char *name = free_name(p, arena_format("%s%s", handler_prefix(p), suffix));
    const char *indent = body_indent(p, like), *list[6];
    struct parameter old[8];
    struct text body = {0};
    size_t count = 0, written = 0;
    parameters_of(like->s, like, old, 8, &written);
    for (; parameters[h][count].name; count++) {
        const char *a = annotation_like(written ? old[0].annotation : "", parameters[h][count].out);
        list[count] = arena_format("%s%s%s %s", a, *a ? " " : "", parameters[h][count].type,
                                   parameters[h][count].name);
    }
    const char *unreferenced =
        unreferenced_lines(p, like, (const char *const[]){"MessageId", NULL});
    text_printf(&body, "{\n%s%s", unreferenced, *unreferenced ? "\n" : "");
    const char *head =
        arena_format("%s%s%s", indent, h == HANDLER_ISR ? "return " : "", style_call(st, handler));
    text_printf(&body, "%s\n}", call_of(st, head, arguments));
    add_function(p, like, name, h == HANDLER_ISR ? "BOOLEAN" : "VOID", list, count, NULL,
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
    const char *isr = p->isr_wanted ? p->registered[HANDLER_ISR] : p->isr_without;
    if (p->isr_wanted && p->disable_wanted && strcmp(isr, p->isr_without)) {
        report_at(p->report, FINDING_ERROR, RULE_MSI, r->at.s, tok(r->at.s, r->at.token)->begin,
                  "with --msi the ISR has to be one: RequestIsr is TRUE as well as FALSE here, and "
                  "for the line %s and %s would be registered",
                  isr, p->isr_without)
            ->hint = "ask for the ISR (TRUE) at each NdisMRegisterInterrupt, then port again";
        return;
    }
    for (enum handler h = 0; h < HANDLERS; h++)
        add_one(p, h, h == HANDLER_ISR ? isr : p->registered[h], suffixes[h], arguments[h]);
    report_at(
        p->report, FINDING_DONE, RULE_MSI, r->at.s, tok(r->at.s, r->at.token)->begin,
        "message handlers are added that do what the line's do, and NDIS serialises all messages "
        "(MsiSyncWithAllMessages); the line's handlers stay, for when no message is granted");
    report_at(
        p->report, FINDING_PERSON, RULE_MSI, r->at.s, tok(r->at.s, r->at.token)->begin,
        "messages need MSISupported in the INF, and a card that signals them; with MSI-X most "
        "have to be told which message each cause is. One message is enough for these "
        "handlers, and DPCs of several may run at the same time")
        ->hint = "HKR, Interrupt Management\\MessageSignaledInterruptProperties, MSISupported, "
                 "0x00010001, 1; MessageNumberLimit, 0x00010001, 1";
}

/* --- what was granted --- */

/* The A->Interrupt of "&A->Interrupt", in brackets and with a cast as well. */
static bool object_taken(const struct source *s, const struct argument *a, size_t *first,
                         size_t *last)
{
    bool taken = false;
    *first = a->first;
    *last = a->last;
    for (;;) {
        size_t close = tok_is(s, *first, "(") ? tok_match(s, *first) : NO_TOKEN;
        if (close == *last) {
            ++*first;
            --*last;
        } else if (taken) {
            return true;
        } else if (close != NO_TOKEN) { /* a cast */
            *first = close + 1;
        } else if (tok_is(s, *first, "&")) {
            taken = true;
            ++*first;
        } else {
            return false;
        }
    }
}

/* The member that the registration fills; NULL if it is something else. */
static struct handle *member_registered(struct project *p, const struct registration *r)
{
    struct source *s = r->at.s;
    struct handle *h = NULL;
    size_t first, last;
    if (!object_taken(s, &r->arguments.item[0], &first, &last))
        return NULL;
    for (size_t i = 0; i < p->handle_uses.count; i++)
        if (p->handle_uses.item[i].s == s && p->handle_uses.item[i].token == last)
            h = &p->handles.item[p->handle_of_use.item[i]];
    for (size_t i = 0; i < p->handles.count && !h && !r->parsed; i++) /* by its name only */
        if (tok_is(s, last, p->handles.item[i].name))
            h = &p->handles.item[i];
    bool beside = h && h->member && !h->pointer && tok_is(h->s, h->name_token, h->name) &&
                  !tok(h->s, h->name_token)->directive &&
                  statement_end(h->s, h->name_token) != NO_TOKEN;
    return beside && tok_is(s, last, h->name) ? h : NULL; /* no "&A->Interrupts[1]" */
}

/* "NdisInterruptHandle" -> "InterruptType", "m_IrqHandle" -> "m_IrqType", "irq_handle" ->
 * "irq_type". */
static const char *type_name(const struct project *p, const struct handle *h)
{
    const char *end = strstr(h->new_name, "Handle");
    if (!strcmp(h->new_name, "NdisInterruptHandle") || (!end && !ends_with(h->new_name, "_handle")))
        return free_name(p, "InterruptType");
    return free_name(p,
                     end ? arena_format("%.*sType", (int)(end - h->new_name), h->new_name)
                         : arena_format("%.*stype", (int)(strlen(h->new_name) - 6), h->new_name));
}

/* The new member, below the handle and lined up with it. */
static void declare_type(struct project *p, struct handle *h)
{
    static const char type[] = "NDIS_INTERRUPT_TYPE";
    struct source *s = h->s;
    size_t name = h->name_token, semicolon = statement_end(s, name), end = tok(s, semicolon)->end;
    if (h->type_name)
        return;
    for (size_t i = 0; i < p->handles.count; i++) /* of the same name, in another structure */
        if (p->handles.item[i].type_name && !strcmp(p->handles.item[i].name, h->name))
            h->type_name = p->handles.item[i].type_name;
    if (!h->type_name)
        h->type_name = type_name(p, h);
    size_t begin = tok(s, statement_begin(s, name))->begin;
    size_t next = token_after(s, end);
    bool alone = line_begin(s, begin) + strlen(line_indent(s, begin)) == begin &&
                 (next == NO_TOKEN || tok(s, next)->begin > line_end(s, end));
    if (!alone) { /* all members in one line */
        source_insert(s, end, arena_format(" %s %s;", type, h->type_name));
        return;
    }
    size_t width = tok(s, name)->begin - begin, gap = tok(s, name)->begin - tok(s, name - 1)->end;
    const char *between = memchr(s->bytes + tok(s, name - 1)->end, '\t', gap) ? "\t"
                          : lined_up(s, name) && width > sizeof type
                              ? arena_format("%*s", (int)(width - sizeof type + 1), "")
                              : " ";
    source_insert(s, past_comments(s, end),
                  arena_format("\n%s%s%s%s;", line_indent(s, begin), type, between, h->type_name));
}

/* The last token of the statement that begins with `first`, an "if" with all its branches; NO_TOKEN
 * if it is a form that is not known. */
static size_t whole_statement(const struct source *s, size_t first)
{
    if (tok_is(s, first, "{"))
        return tok_match(s, first);
    if (!tok_is(s, first, "if") || !tok_is(s, first + 1, "("))
        return statement_end(s, first);
    size_t close = tok_match(s, first + 1);
    size_t body = close == NO_TOKEN ? NO_TOKEN : tok_next(s, close);
    size_t end = body == NO_TOKEN ? NO_TOKEN : whole_statement(s, body);
    size_t next = end == NO_TOKEN ? NO_TOKEN : tok_next(s, end);
    return tok_is(s, next, "else") ? whole_statement(s, tok_next(s, next)) : end;
}

/* Does nothing come behind the statement: does it end with a return, goto, break or continue? */
static bool leaves(const struct source *s, size_t first)
{
    static const char *const words[] = {"return", "goto", "break", "continue", NULL};
    if (tok_is(s, first, "{")) {
        size_t last = tok_prev(s, tok_match(s, first));
        if (!tok_is(s, last, ";"))
            return false;
        first = statement_begin(s, tok_prev(s, last));
    }
    return first != NO_TOKEN && is_one_of(tok_text(s, first), words);
}

enum says { SAYS_FAILED, SAYS_REGISTERED, SAYS_OTHER };

/* What a condition asks for: "Status != NDIS_STATUS_SUCCESS", "Status" and "!NT_SUCCESS(Status)"
 * that it failed. `status` is the variable, or NULL: the call itself is in the condition. */
static enum says condition_says(const struct source *s, size_t open, const char *status)
{
    static const char *const fine[] = {"NDIS_STATUS_SUCCESS", "STATUS_SUCCESS", "0", NULL};
    static const char *const joins[] = {"&&", "||", "?", "<", ">", "<=", ">=", NULL};
    size_t close = tok_match(s, open);
    unsigned equal = 0, different = 0, not = 0, macro = 0;
    bool named = !status, with_fine = false;
    for (size_t i = open + 1; close != NO_TOKEN && i < close; i++) {
        named |= status && tok_is(s, i, status);
        with_fine |= is_one_of(tok_text(s, i), fine);
        equal += tok_is(s, i, "==");
        different += tok_is(s, i, "!=");
        not += tok_is(s, i, "!");
        macro += tok_is(s, i, "NT_SUCCESS");
        if (is_one_of(tok_text(s, i), joins))
            return SAYS_OTHER;
    }
    if (!named || equal + different + macro > 1 || not > 1)
        return SAYS_OTHER;
    if (equal + different)
        return !with_fine || not ? SAYS_OTHER : equal ? SAYS_REGISTERED : SAYS_FAILED;
    return not != macro ? SAYS_REGISTERED : SAYS_FAILED;
}

/* Where the type is read: behind the last token, or, if `before`, in front of that statement. */
struct reading {
    size_t token;
    bool before;
};

/* What leaves on a failure goes first: then the adapter is still there. */
static struct reading after_failure(const struct source *s, size_t end, const char *status)
{
    size_t next = tok_next(s, end);
    if (status && tok_is(s, next, "if") && tok_is(s, next + 1, "(") &&
        condition_says(s, next + 1, status) == SAYS_FAILED) {
        size_t close = tok_match(s, next + 1), body = tok_next(s, close);
        size_t whole = whole_statement(s, next);
        if (whole != NO_TOKEN && leaves(s, body) && whole == whole_statement(s, body))
            return (struct reading){whole, false};
    }
    return (struct reading){end, false};
}

/* The variable or member that gets the call's result, or NULL. */
static const char *status_of(const struct source *s, const struct registration *r)
{
    size_t i = r->at.token;
    return tok_is(s, i - 1, "=") && tok_is_name(s, i - 2) ? tok_text(s, i - 2) : NULL;
}

static struct reading place_for_reading(const struct source *s, const struct registration *r)
{
    static const char *const others[] = {"return", "else", "do", "while", "for", "switch", NULL};
    const struct reading none = {NO_TOKEN, false};
    size_t begin = statement_begin(s, r->at.token), end = statement_end(s, r->at.token);
    if (end == NO_TOKEN || is_one_of(tok_text(s, begin), others))
        return none;
    if (!tok_is(s, begin, "if"))
        return after_failure(s, end, status_of(s, r));
    size_t close = tok_match(s, begin + 1), body, whole = whole_statement(s, begin);
    if (close == NO_TOKEN || whole == NO_TOKEN)
        return none;
    body = tok_next(s, close);
    if (close < r->at.token) /* in a branch: zero where it was not taken */
        return after_failure(s, whole, status_of(s, r));
    switch (condition_says(s, begin + 1, NULL)) {
    case SAYS_FAILED:
        return leaves(s, body) && whole == whole_statement(s, body) ? (struct reading){whole, false}
                                                                    : none;
    case SAYS_REGISTERED:
        body = tok_is(s, body, "{") ? tok_next(s, body) : body;
        return body == NO_TOKEN || tok_is(s, body, "}") ? none : (struct reading){body, true};
    default:
        return none;
    }
}

/* Of the branches of one #if: is it read once, behind a check that they share, for the last? */
static bool read_for_last_branch(struct project *p, const struct registration *r)
{
    const struct registration *last = r, *next;
    while ((next = next_branch(p, last)) && member_registered(p, next) == member_registered(p, r))
        last = next;
    return last != r &&
           place_for_reading(r->at.s, last).token != statement_end(last->at.s, last->at.token);
}

void keep_interrupt_type(struct project *p, struct registration *r, const char *variable)
{
    struct source *s = r->at.s;
    struct handle *h = member_registered(p, r);
    struct reading reading = place_for_reading(s, r);
    if (!h || reading.token == NO_TOKEN) {
        report_at(p->report, FINDING_PERSON, RULE_MSI, s, tok(s, r->at.token)->begin,
                  "what was granted is not looked at: %s",
                  h ? "there is no place behind this call for it"
                    : "the handle is no member that another could stand beside")
            ->hint = "read InterruptType of the characteristics after a success, if the driver has "
                     "to know";
        return;
    }
    if (read_for_last_branch(p, r))
        return;
    declare_type(p, h);
    size_t first, last;
    object_taken(s, &r->arguments.item[0], &first, &last);
    const char *base = source_text(s, tok(s, first)->begin, tok(s, last)->begin);
    const char *const lines[] = {
        style_comment(style_of(s), "The line, where messages were not granted."),
        arena_format("%s%s = %s.InterruptType;", base, h->type_name, variable)};
    if (reading.before) {
        insert_lines_before(s, reading.token, lines, 2);
        return;
    }
    const char *indent = line_indent(s, tok(s, statement_begin(s, r->at.token))->begin);
    source_insert(s, past_comments(s, tok(s, reading.token)->end),
                  arena_format("\n%s%s\n%s%s", indent, lines[0], indent, lines[1]));
}
