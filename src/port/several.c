/* SPDX-License-Identifier: MIT */
/* several.c - drivers that register more than one interrupt for an adapter.
 *
 * NDIS 5 told them apart by their vectors. NDIS 6 takes no vector, and an adapter registers once:
 * for the one line, or all the messages, that it was assigned. What becomes of the other interrupts
 * only a person can say. */
#include "port/cursor.h"
#include "port/rewrite.h"
#include <ctype.h>
#include <string.h>

/* What a registration registers: "&A->Interrupts[1]" is the member Interrupts, and "[1]". */
struct object {
    const struct handle *handle; /* NULL: not known */
    const char *element;
};

static struct object object_of(const struct project *p, const struct registration *r)
{
    const struct argument *a = &r->arguments.item[0];
    const struct source *s = r->at.s;
    struct object o = {NULL, ""};
    for (size_t i = 0; i < p->handle_uses.count; i++) {
        size_t t = p->handle_uses.item[i].token;
        if (p->handle_uses.item[i].s != s || t < a->first || t > a->last)
            continue;
        o.handle = &p->handles.item[p->handle_of_use.item[i]];
        if (tok_is(s, t + 1, "[") && tok_match(s, t + 1) != NO_TOKEN)
            o.element = source_text(s, tok(s, t + 1)->begin, tok(s, tok_match(s, t + 1))->end);
    }
    return o;
}

static void report_other(struct project *p, const struct source *s, size_t token, const char *which)
{
    report_at(p->report, FINDING_PERSON, RULE_REGISTER, s, tok(s, token)->begin,
              "%s: NDIS 6 takes no vector, and an adapter registers once", which)
        ->hint = "decide which interrupt NDIS 6 is to serve (or all of them, as messages), and "
                 "register that one";
}

/* "[i]": an element for each turn of a loop. */
static bool is_variable(const char *element)
{
    for (; *element; element++)
        if (islower((unsigned char)*element))
            return true;
    return false;
}

/* A function that registers what it is given, called with this one and with that one. */
static void look_at_calls(struct project *p, const struct registration *r, const char *parameter)
{
    const struct function *f = function_around(p, r->at.s, r->at.token);
    const struct declaration *d = function_definition(f);
    place_list found = {0};
    const char *first = NULL;
    int index = -1, count = d ? clang_Cursor_getNumArguments(d->cursor) : 0;
    for (int i = 0; i < count; i++)
        if (!strcmp(cursor_name(clang_Cursor_getArgument(d->cursor, (unsigned)i)), parameter))
            index = i;
    if (index < 0)
        return;
    find_name(p, f->name, &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct source *s = found.item[i].s;
        size_t t = found.item[i].token, close;
        argument_list a;
        if (!function_around(p, s, t) || !tok_is(s, t + 1, "(") ||
            !tok_arguments(s, t + 1, &a, &close) || a.count <= (size_t)index)
            continue;
        const struct argument *object = &a.item[index];
        const char *text = source_text(s, tok(s, object->first)->begin, tok(s, object->last)->end);
        if (first && strcmp(first, text))
            report_other(p, s, t, "this registers another interrupt");
        first = first ? first : text;
    }
}

void report_several(struct project *p)
{
    struct object first = {NULL, ""};
    for (size_t i = 0; i < p->registrations.count; i++) {
        const struct registration *r = &p->registrations.item[i];
        if (!r->parsed || r->arguments.count != 7)
            continue;
        struct object o = object_of(p, r);
        if (!o.handle)
            continue;
        if (o.handle->pointer && !o.handle->member)
            look_at_calls(p, r, o.handle->name);
        if (is_variable(o.element))
            report_other(p, r->at.s, r->at.token, "this may register more than one interrupt");
        else if (first.handle && (o.handle != first.handle || strcmp(o.element, first.element)))
            report_other(p, r->at.s, r->at.token, "this registers another interrupt");
        first = first.handle ? first : o;
    }
}
