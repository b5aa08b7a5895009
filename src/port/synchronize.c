/* SPDX-License-Identifier: MIT */
/* synchronize.c - NdisMSynchronizeWithInterrupt and its callbacks. */
#include "port/cursor.h"
#include "port/rewrite.h"
#include <string.h>

static void returns_true(struct project *p, const struct declaration *d)
{
    place_list returns = {0};
    struct source *s = d->s;
    returns_of(d, &returns);
    for (size_t i = 0; i < returns.count; i++)
        if (return_has_value(s, returns.item[i].token))
            split_return(s, returns.item[i].token, &(const char *){"return TRUE;"}, 1);
        else
            source_insert(s, tok(s, returns.item[i].token)->end, " TRUE");
    if (ends_with_return(d))
        return;
    size_t brace = tok(s, d->end)->begin;
    const char *indent = line_indent(s, brace);
    if (brace == line_begin(s, brace) + strlen(indent))
        source_insert(s, line_begin(s, brace),
                      arena_format("%sreturn TRUE;\n", body_of(p, d).indent));
    else
        source_insert(s, brace, "return TRUE; ");
}

/* The new name of a parameter that gets another type, where the old one is a variable now. */
static const char *context_name(const struct parameter *old)
{
    return strcmp(old->name_text, "SynchronizeContext") ? "SynchronizeContext" : "NdisContext";
}

/* "PADAPTER Adapter" becomes the handle that NDIS gives, and a variable. Where ndis.h has not been
 * read there is no NDIS_HANDLE: it is a PVOID. */
static size_t callback_parameters(struct project *p, const struct source *s,
                                  const struct parameter *old, size_t count, const char **list)
{
    bool ndis = ndis_read_before(p, s, old[0].first);
    const char *type = ndis ? "NDIS_HANDLE" : source_uses(s, "PVOID") ? "PVOID" : "void *";
    if (!is_handle_type(old[0].type)) {
        list[0] = make_parameter(s, &old[0], false, type, context_name(&old[0]));
        return 1;
    }
    const char *as_written = source_text(s, tok(s, old[0].first)->begin, tok(s, old[0].last)->end);
    list[0] = make_parameter(s, &old[0], false, type, old[0].name_text);
    if (*old[0].annotation) /* an annotation is kept as it is written */
        list[0] = arena_format("%.*s%s", (int)strlen(old[0].annotation), as_written,
                               list[0] + strlen(annotation_like(old[0].annotation, false)));
    if (!ndis || !strcmp(old[0].type, type))
        list[0] = as_written;
    return 1;
}

static void rewrite_callback(struct project *p, struct function *f)
{
    const struct declaration *d = function_definition(f);
    struct parameter old[1];
    size_t count;
    if (d && is_enable_or_disable(p, f)) { /* NDIS calls it itself, and it returns nothing */
        wrap_callback(p, f);
        return;
    }
    if (f->rewritten || !d)
        return;
    if (!parameters_of(d->s, d, old, 1, &count) || count != 1 || old[0].name == NO_TOKEN)
        return; /* declared in another way, but called by address: as before */
    bool nothing = returns_nothing(d);
    bool typed = !is_handle_type(old[0].type);
    if (typed && strchr(old[0].type, '*') == NULL && !source_uses(d->s, old[0].type))
        return;
    bool boolean = nothing || returns_boolean(d);
    const char *other = boolean ? NULL : boolean_in_other_words(p, f);
    if (!boolean && !other) {
        f->rewritten = true;
        wrap_callback(p, f);
        return;
    }
    if (!rewrite_declarations(p, f, 1, callback_parameters, "MINIPORT_SYNCHRONIZE_INTERRUPT",
                              nothing || other ? "BOOLEAN" : NULL))
        return;
    insert_context_variable(p, d, &old[0], context_name(&old[0]));
    if (nothing)
        returns_true(p, d);
    report_at(p->report, FINDING_DONE, RULE_SYNCHRONIZE, d->s, tok(d->s, d->name)->begin,
              "%s is a MINIPORT_SYNCHRONIZE_INTERRUPT%s%s%s", f->name,
              nothing ? ": it returns TRUE now" : "",
              other ? ": what it returned is TRUE or FALSE, so it is a BOOLEAN" : "",
              typed ? ", and gets an NDIS_HANDLE" : "");
}

/* Room for the longer name, where the arguments are lined up below the first. */
static void shift_arguments(struct source *s, const struct synchronization *y, size_t by)
{
    size_t first = tok(s, y->arguments.item[0].first)->begin, column = source_column(s, first);
    if (source_line(s, first) != source_line(s, tok(s, y->at.token)->begin))
        return;
    for (size_t i = 1; i < y->arguments.count; i++) {
        size_t begin = tok(s, y->arguments.item[i].first)->begin;
        const char *indent = line_indent(s, begin);
        if (begin == line_begin(s, begin) + strlen(indent) && source_column(s, begin) == column)
            source_insert(s, begin, arena_format("%*s", (int)by, ""));
    }
}

/* How much longer the line gets by the edits on it. */
static size_t growth_of_line(const struct source *s, size_t offset)
{
    size_t growth = 0, begin = line_begin(s, offset), end = line_end(s, offset);
    for (size_t i = 0; i < s->edits.count; i++) {
        const struct edit *e = &s->edits.item[i];
        if (e->begin >= begin && e->end <= end && !strchr(e->text, '\n'))
            growth += strlen(e->text) - (e->end - e->begin);
    }
    return growth;
}

/* A call that was on one line, and is now longer than the author's lines are: the last arguments
 * go below the first. */
static void wrap_long_line(struct source *s, const struct synchronization *y)
{
    const struct style *st = style_of(s);
    size_t begin = tok(s, y->at.token)->begin, line = line_end(s, begin);
    if (tok(s, y->at.token)->directive || tok(s, y->close)->end > line)
        return;
    size_t semicolon = tok(s, y->close + 1)->end;
    size_t old = (semicolon < line ? semicolon : line) - line_begin(s, begin);
    size_t length = old + growth_of_line(s, begin);
    if (length <= st->columns)
        return;
    int margin = (int)(source_column(s, tok(s, y->at.token + 1)->end) - 1 + strlen("Ex"));
    size_t last =
        tok(s, y->arguments.item[2].last)->end - tok(s, y->arguments.item[2].first)->begin;
    /* As many arguments stay on the first line as fit. */
    unsigned first = length - last - 3 <= st->columns ? 2 : 1;
    size_t comma = tok(s, y->arguments.item[first - 1].last + 1)->end;
    source_edit(s, comma, tok(s, y->arguments.item[first].first)->begin,
                arena_format("\n%s", indent_to(s, begin, (size_t)margin)));
}

/* The callback is a parameter of the function around the call: the arguments that this function is
 * called with. False if it is something else, or if one of them is no function of the driver that
 * returns BOOLEAN: `culprit`, if that is known. */
static bool values_return_boolean(struct project *p, const struct synchronization *y,
                                  struct place *culprit)
{
    struct function *around = function_around(p, y->at.s, y->at.token);
    const struct declaration *d = function_definition(around);
    size_t index = 0, close;
    const char *value = tok_text(y->at.s, y->arguments.item[1].last);
    *culprit = (struct place){0};
    size_t count = d ? (size_t)clang_Cursor_getNumArguments(d->cursor) : 0;
    while (index < count &&
           strcmp(cursor_name(clang_Cursor_getArgument(d->cursor, (unsigned)index)), value))
        index++;
    if (index == count)
        return false;
    place_list found = {0};
    find_name(p, around->name, &found);
    bool called = false;
    for (size_t i = 0; i < found.count; i++) {
        const struct source *s = found.item[i].s;
        size_t t = found.item[i].token;
        argument_list a;
        if (!function_around(p, s, t) && !tok(s, t)->directive)
            continue; /* its declarations */
        if (!tok_is(s, t + 1, "(") || !tok_arguments(s, t + 1, &a, &close) || a.count != count)
            return false;
        size_t last = a.item[index].last;
        const struct declaration *given = function_definition(function_named(p, tok_text(s, last)));
        if (!given || !returns_boolean(given)) {
            *culprit = (struct place){(struct source *)s, last};
            return false;
        }
        called = true;
    }
    return called;
}

/* The callback as a name, of a function that is left out of this build as the call is: does its
 * head say BOOLEAN? */
static bool left_out_returns_boolean(const struct project *p, const struct synchronization *y)
{
    place_list found = {0};
    find_name(p, tok_text(y->at.s, y->arguments.item[1].last), &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct source *s = found.item[i].s;
        size_t t = found.item[i].token;
        size_t close = tok_is(s, t + 1, "(") ? tok_match(s, t + 1) : NO_TOKEN;
        if (close == NO_TOKEN || !tok_is(s, tok_next(s, close), "{"))
            continue;
        for (size_t k = statement_begin(s, t); k < t; k++)
            if (tok_is(s, k, "BOOLEAN"))
                return true;
    }
    return false;
}

static void report_value(struct project *p, const struct synchronization *y)
{
    struct source *s = y->at.s;
    size_t offset = tok(s, y->at.token)->begin;
    struct place culprit;
    if (in_left_out_branch(p, s, y->at.token) && left_out_returns_boolean(p, y))
        return;
    if (in_left_out_branch(p, s, y->at.token) || values_return_boolean(p, y, &culprit)) {
        report_at(p->report, FINDING_TRAP, RULE_SYNCHRONIZE, s, offset,
                  "the callback is a value of the driver's: each function that it can be has to "
                  "return BOOLEAN");
        return;
    }
    report_at(p->report, FINDING_PERSON, RULE_SYNCHRONIZE, s, offset,
              "the callback is a value of the driver's: each function that it can be has to return "
              "BOOLEAN%s",
              culprit.s ? arena_format(", and %s, given at %s:%u, is not seen to",
                                       tok_text(culprit.s, culprit.token), culprit.s->path,
                                       source_line(culprit.s, tok(culprit.s, culprit.token)->begin))
                        : "")
        ->hint = "see that each returns TRUE or FALSE, and takes an NDIS_HANDLE";
}

void rewrite_synchronizations(struct project *p)
{
    for (size_t i = 0; i < p->synchronizations.count; i++)
        if (p->synchronizations.item[i].callback)
            rewrite_callback(p, p->synchronizations.item[i].callback);
    for (size_t i = 0; i < p->callbacks.count; i++)
        rewrite_callback(p, p->callbacks.item[i]);
    for (size_t i = 0; i < p->synchronizations.count; i++) {
        struct synchronization *y = &p->synchronizations.item[i];
        struct source *s = y->at.s;
        size_t offset = tok(s, y->at.token)->begin;
        if (y->arguments.count != 3) {
            report_at(
                p->report, FINDING_ERROR, ERROR_MODEL, s, offset,
                "NdisMSynchronizeWithInterrupt with %zu arguments as written: a macro hides some",
                y->arguments.count)
                ->hint = "write the three arguments here, then port again";
            continue;
        }
        const struct argument *a = &y->arguments.item[0];
        size_t begin = tok(s, a->first)->begin, end = tok(s, a->last)->end;
        const char *handle = handle_value(s, a->first, a->last);
        source_take(s, begin, end);
        bool own_lines =
            source_line(s, tok(s, y->arguments.item[1].first)->begin) > source_line(s, end);
        source_edit(s, begin, end, handle);
        source_insert(s, tok(s, y->at.token)->end, "Ex");
        size_t second = tok(s, y->arguments.item[1].first)->begin;
        if (own_lines &&
            source_line(s, tok(s, y->arguments.item[2].first)->begin) > source_line(s, second)) {
            /* One argument per line: the message gets a line of its own. */
            const char *indent = line_indent(s, second);
            bool lined_up = strlen(indent) + 1 == source_column(s, tok(s, a->first)->begin) &&
                            source_line(s, begin) == source_line(s, offset);
            source_insert(s, line_begin(s, second),
                          arena_format("%s%s0,\n", indent, lined_up ? "  " : ""));
        } else {
            source_insert(s, tok(s, a->last + 1)->end, " 0,");
        }
        shift_arguments(s, y, 2);
        wrap_long_line(s, y);
        report_at(
            p->report, FINDING_DONE, RULE_SYNCHRONIZE, s, offset,
            "NdisMSynchronizeWithInterruptEx takes the handle and the message: 0 for the line");
        if (y->callback && y->result_used && function_definition(y->callback) &&
            returns_nothing(function_definition(y->callback)))
            report_at(p->report, FINDING_TRAP, TRAP_SYNC_RESULT, s, offset,
                      "the result of %s is used, which returned nothing: it is TRUE from now on",
                      y->callback->name);
        if (!y->callback && !tok(s, y->at.token)->directive)
            report_value(p, y);
    }
}
