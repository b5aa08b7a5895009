/* SPDX-License-Identifier: MIT */
/* resolve.c - which functions the handlers are, and which context they get; or why a person has to
 * decide that first. */
#include "port/cursor.h"
#include "port/flow.h"
#include "port/rewrite.h"
#include <string.h>

static bool is_null(const struct source *s, size_t first, size_t last)
{
    for (size_t i = first; i <= last; i++)
        if (tok_is(s, i, "?"))
            return false;
    while (last > first && tok_is(s, last, ")"))
        last--;
    return tok_is(s, last, "NULL") || tok_is(s, last, "0");
}

/* The value that a handler's member gets: [first, last] after the last '=' of a chain. */
static bool handler_value(const struct handler_use *u, size_t *first, size_t *last)
{
    const struct source *s = u->at.s;
    size_t member = u->at.token, i = member + 1;
    if (u->positional) {
        *first = member;
        *last = u->last;
        return true;
    }
    if (!tok_is(s, i, "="))
        return false;
    *first = i + 1;
    for (i = i + 1; i < s->tokens.code.count; i++) {
        if (tok_is(s, i, ";") || tok_is(s, i, ",") || tok_is(s, i, "}") ||
            tok(s, i)->directive != tok(s, member)->directive || tok(s, i)->first)
            break;
        if (tok_is(s, i, "("))
            i = tok_match(s, i);
        else if (tok_is(s, i, "="))
            *first = i + 1;
        if (i == NO_TOKEN)
            return false;
    }
    *last = i - 1;
    return *last >= *first;
}

static bool defined_in_left_out_branch(struct project *p, const char *name, struct place *out)
{
    place_list found = {0};
    find_name(p, name, &found);
    for (size_t i = 0; i < found.count; i++) {
        struct source *s = found.item[i].s;
        size_t open = found.item[i].token + 1,
               close = tok_is(s, open, "(") ? tok_match(s, open) : NO_TOKEN;
        *out = found.item[i];
        if (close != NO_TOKEN && tok_is(s, close + 1, "{") && in_left_out_branch(p, s, out->token))
            return true;
    }
    return false;
}

/* A handler of another build: set in a branch that this one leaves out, to a function that it
 * leaves out as well. */
static bool of_another_build(struct project *p, const struct handler_use *u, size_t first,
                             size_t last)
{
    struct source *s = u->at.s;
    if (tok(s, u->at.token)->directive || !in_left_out_branch(p, s, u->at.token))
        return false;
    for (size_t i = first; i <= last; i++)
        if (tok_is_name(s, i) && function_definition(function_named(p, tok_text(s, i))))
            return false;
    report_at(
        p->report, FINDING_PERSON, RULE_BRANCH, s, tok(s, u->at.token)->begin,
        "%s is set here in a build that this one leaves out, to a function that it leaves out "
        "as well: not ported",
        handler_member[u->handler])
        ->hint = "port with the flags of the other build as well, from the same original";
    return true;
}

static void drop_handlers_of_other_builds(struct project *p)
{
    size_t kept = 0;
    for (size_t n = 0; n < p->handler_uses.count; n++) {
        struct handler_use u = p->handler_uses.item[n];
        size_t first, last;
        if (!handler_value(&u, &first, &last) || is_null(u.at.s, first, last) ||
            !of_another_build(p, &u, first, last))
            p->handler_uses.item[kept++] = u;
    }
    p->handler_uses.count = kept;
}

/* Two functions of a handler's name: static ones, of two drivers. */
static void report_namesakes(struct project *p, const struct function *f)
{
    const struct declaration *first = NULL;
    for (size_t i = 0; i < p->functions.count; i++) {
        const struct function *other = p->functions.item[i];
        if (strcmp(other->called, f->called)) /* a method is called otherwise */
            continue;
        for (size_t k = 0; k < other->declarations.count; k++) {
            const struct declaration *d = &other->declarations.item[k];
            if (d->body == NO_TOKEN)
                continue;
            if (first) {
                report_at(p->report, FINDING_ERROR, ERROR_MODEL, d->s, tok(d->s, d->name)->begin,
                          "%s is defined here and at %s:%u: which of them is the handler?", f->name,
                          first->s->path, source_line(first->s, tok(first->s, first->name)->begin))
                    ->hint = "port one driver at a time: name only its files; in one driver give "
                             "them different names";
                return;
            }
            first = d;
        }
    }
}

static void resolve_handlers(struct project *p)
{
    drop_handlers_of_other_builds(p);
    for (size_t n = 0; n < p->handler_uses.count; n++) {
        const struct handler_use *u = &p->handler_uses.item[n];
        struct source *s = u->at.s;
        size_t first, last, offset = tok(s, u->at.token)->begin;
        const char *member = handler_member[u->handler];
        if (!handler_value(u, &first, &last)) {
            report_at(p->report, FINDING_ERROR, ERROR_MODEL, s, offset,
                      "%s is read here; NDIS 6 has no such member of the driver's characteristics",
                      member)
                ->hint = "use the function itself instead, then port again";
            continue;
        }
        if (is_null(s, first, last))
            continue;
        struct function *f = NULL;
        bool choice = false;
        for (size_t i = first; i <= last; i++) {
            choice |= tok_is(s, i, "?");
            if (!tok_is_name(s, i))
                continue;
            const char *called = tok_is(s, i - 1, "::") && tok_is_name(s, i - 2) ? "::" : "";
            struct function *named =
                function_named(p, arena_format("%s%s", called, tok_text(s, i)));
            f = named ? named : f;
        }
        size_t begin = statement_begin(s, u->at.token);
        if (choice || tok_is(s, begin, "if") || tok_is(s, begin, "else")) {
            report_at(p->report, FINDING_ERROR, ERROR_MODEL, s, offset,
                      "%s is chosen at run time: which function does NdisMRegisterInterruptEx get?",
                      member)
                ->hint = "set one function that chooses, then port again";
        } else if (!f) {
            report_at(p->report, FINDING_ERROR, ERROR_MODEL, s, offset,
                      "%s is set to %s, which is no function of the named files", member,
                      source_text(s, tok(s, first)->begin, tok(s, last)->end))
                ->hint = "name the file that defines it as well";
        } else if (p->handler[u->handler] && p->handler[u->handler] != f) {
            report_at(
                p->report, FINDING_ERROR, ERROR_MODEL, s, offset,
                "%s is %s here and %s at %s:%u: which of them belongs to which "
                "NdisMRegisterInterrupt?",
                member, f->name, p->handler[u->handler]->name, p->handler_place[u->handler].s->path,
                source_line(
                    p->handler_place[u->handler].s,
                    tok(p->handler_place[u->handler].s, p->handler_place[u->handler].token)->begin))
                ->hint = "port one driver at a time: name only its files";
        } else {
            p->handler[u->handler] = f;
            p->handler_place[u->handler] = u->at;
        }
    }
    for (size_t h = 0; h < HANDLERS; h++)
        if (p->handler[h])
            report_namesakes(p, p->handler[h]);
    for (size_t h = 0; h < HANDLERS; h++)
        if (p->handler[h] && !function_definition(p->handler[h])) {
            const struct declaration *d = &p->handler[h]->declarations.item[0];
            struct place there;
            if (defined_in_left_out_branch(p, p->handler[h]->name, &there))
                report_at(p->report, FINDING_ERROR, ERROR_MODEL, there.s,
                          tok(there.s, there.token)->begin,
                          "%s is defined in a branch that this build leaves out",
                          p->handler[h]->name)
                    ->hint = "give the flags with which it is compiled: -- -DNAME";
            else
                report_at(p->report, FINDING_ERROR, ERROR_MODEL, d->s, tok(d->s, d->name)->begin,
                          "%s is not defined in the named files", p->handler[h]->name)
                    ->hint = "name all source files of the driver";
        }
}

/* --- the adapter context --- */

struct local {
    struct project *p;
    const char *usr, *type; /* of the parameter; of the first variable that is made from it */
};

static enum CXChildVisitResult uses_parameter(CXCursor c, CXCursor parent, CXClientData data)
{
    struct local *l = data;
    if (clang_getCursorKind(c) == CXCursor_DeclRefExpr &&
        !strcmp(cursor_usr(clang_getCursorReferenced(c)), l->usr)) {
        l->usr = NULL; /* found */
        return CXChildVisit_Break;
    }
    return CXChildVisit_Recurse;
}

static enum CXChildVisitResult find_local(CXCursor c, CXCursor parent, CXClientData data)
{
    struct local *l = data;
    if (clang_getCursorKind(c) == CXCursor_VarDecl ||
        clang_getCursorKind(c) == CXCursor_CStyleCastExpr) {
        struct local inner = *l;
        struct context context;
        clang_visitChildren(c, uses_parameter, &inner);
        CXType type = clang_getCanonicalType(clang_getCursorType(c));
        if (!inner.usr && type.kind == CXType_Pointer && cursor_context(l->p, c, &context) &&
            *context.type) {
            l->type = context.type;
            return CXChildVisit_Break;
        }
    }
    return CXChildVisit_Recurse;
}

const char *type_of_context(struct project *p, const struct function *f, unsigned parameter)
{
    const struct declaration *d = function_definition(f);
    if (!d || (unsigned)clang_Cursor_getNumArguments(d->cursor) <= parameter)
        return NULL;
    struct local l = {p, cursor_usr(clang_Cursor_getArgument(d->cursor, parameter)), NULL};
    clang_visitChildren(d->cursor, find_local, &l);
    return l.type;
}

static void resolve_context(struct project *p)
{
    for (size_t i = 0; i < p->attributes.count; i++) {
        const struct attributes *a = &p->attributes.item[i];
        if (!*a->context.type)
            continue;
        if (p->context_type && strcmp(p->context_type, a->context.type))
            report_at(p->report, FINDING_ERROR, ERROR_MODEL, a->at.s,
                      tok(a->at.s, a->at.token)->begin,
                      "the adapter context is a %s here and a %s elsewhere", a->context.type,
                      p->context_type);
        p->context_type = a->context.type;
    }
    if (!p->context_type && p->handler[HANDLER_ISR])
        p->context_type = type_of_context(p, p->handler[HANDLER_ISR], 2);
    if (!p->context_type && p->handler[HANDLER_DPC])
        p->context_type = type_of_context(p, p->handler[HANDLER_DPC], 0);
}

/* --- is there anything to do? --- */

/* The first handler that is set to something: NULL may stay (characteristics.c). */
static const struct handler_use *handler_set(const struct project *p)
{
    for (size_t i = 0; i < p->handler_uses.count; i++) {
        size_t first, last;
        const struct handler_use *u = &p->handler_uses.item[i];
        if (!handler_value(u, &first, &last) || !is_null(u->at.s, first, last))
            return u;
    }
    return NULL;
}

static bool any_uses(const struct project *p, const char *name, struct place *where)
{
    place_list found = {0};
    find_name(p, name, &found);
    if (found.count && where)
        *where = found.item[0];
    return found.count;
}

/* The first registration that is in some function, or in a macro: not in dead code. */
static const struct registration *registration_alive(const struct project *p)
{
    for (size_t i = 0; i < p->registrations.count; i++) {
        const struct registration *r = &p->registrations.item[i];
        if (r->parsed || tok(r->at.s, r->at.token)->directive ||
            function_around(p, r->at.s, r->at.token))
            return r;
    }
    return NULL;
}

/* HandleInterruptHandler is set to NULL, and the ISR never asks for it: its work is its own. */
static bool no_dpc_wanted(struct project *p)
{
    const struct declaration *isr = function_definition(p->handler[HANDLER_ISR]);
    struct flow flow = {0};
    bool null = false, wanted = false;
    for (size_t i = 0; i < p->handler_uses.count; i++)
        null |= p->handler_uses.item[i].handler == HANDLER_DPC;
    if (!null || !isr)
        return false;
    flow_analyse(p, isr, &flow);
    for (size_t i = 0; i < flow.exits.count; i++)
        for (unsigned r = 0; r < 3; r++)
            wanted |= FLOW_HAS(flow.exits.item[i].state, r, OUT_TRUE);
    return flow.exits.count && !wanted;
}

/* Says so if nothing is to be ported. */
static bool something_to_do(struct project *p)
{
    struct place six = {0};
    bool ported = any_uses(p, "NdisMRegisterInterruptEx", &six);
    bool five = registration_alive(p) || p->synchronizations.count || p->deregistrations.count ||
                handler_set(p) || p->handles.count;
    if (!five && ported && p->options->msi && !any_uses(p, "MsiSupported", NULL)) {
        report_at(p->report, FINDING_ERROR, RULE_MSI, six.s, tok(six.s, six.token)->begin,
                  "the interrupt code is ported already, without messages: --msi adds their "
                  "handlers only while it ports")
            ->hint = "port the version before with --msi, or set MsiSupported and the four message "
                     "handlers by hand";
    } else if (!five && ported) {
        report_at(p->report, FINDING_DONE, RULE_REGISTER, six.s, tok(six.s, six.token)->begin,
                  "the interrupt code is ported already: nothing to do");
    } else if (!five && !any_uses(p, "NdisMRegisterMiniport", NULL) &&
               !any_uses(p, "NdisMRegisterMiniportDriver", NULL) &&
               !any_uses(p, "NDIS_HANDLE", NULL)) {
        report_add(p->report, FINDING_ERROR, ERROR_INPUT, p->options->files[0], 0, 0,
                   "is no part of an NDIS miniport driver")
            ->hint = "name all source files of the driver";
    } else if (!five) {
        report_add(p->report, FINDING_DONE, RULE_REGISTER, p->options->files[0], 0, 0,
                   "the named files have no NDIS 5 interrupt code: nothing to do");
    } else if (ported) {
        const struct place *old = registration_alive(p)       ? &registration_alive(p)->at
                                  : p->deregistrations.count  ? &p->deregistrations.item[0]
                                  : handler_set(p)            ? &handler_set(p)->at
                                  : p->synchronizations.count ? &p->synchronizations.item[0].at
                                                              : NULL;
        report_at(
            p->report, FINDING_ERROR, ERROR_MODEL, six.s, tok(six.s, six.token)->begin,
            "half ported: this is NDIS 6, but %s at %s:%u is NDIS 5",
            old ? tok_text(old->s, old->token) : p->handles.item[0].name,
            old ? old->s->path : p->handles.item[0].s->path,
            old ? source_line(old->s, tok(old->s, old->token)->begin)
                : source_line(p->handles.item[0].s,
                              tok(p->handles.item[0].s, p->handles.item[0].name_token)->begin))
            ->hint = "finish by hand, or port the version before";
        return false;
    }
    return five;
}

static const char *operand(struct source *s, const struct argument *a)
{
    const char *text = source_text(s, tok(s, a->first)->begin, tok(s, a->last)->end);
    return postfix_begin(s, a->last) == a->first ? text : arena_format("(%s)", text);
}

/* What the argument says may be otherwise in another build. */
static void report_for_build(struct project *p, struct source *s, const struct argument *a,
                             bool value)
{
    report_at(p->report, FINDING_TRAP, RULE_REQUEST_ISR, s, tok(s, a->first)->begin,
              "%s is %s in this build: ported for that",
              source_text(s, tok(s, a->first)->begin, tok(s, a->last)->end),
              value ? "TRUE" : "FALSE");
}

/* On a line that is shared NDIS 5 called the ISR, whatever RequestIsr said: only that can say whose
 * interrupt it is. */
static void resolve_sharing(struct project *p, struct registration *r)
{
    struct source *s = r->at.s;
    const struct argument *request = &r->arguments.item[4], *shared = &r->arguments.item[5];
    bool value;
    bool written = tok_truth(s, shared->first, shared->last, &value);
    if (written) {
        r->shared_known = true;
        r->shared = value;
    }
    r->isr_choice = operand(s, request);
    if ((r->isr_known && r->isr_wanted) || !p->handler[HANDLER_ISR])
        return;
    if (r->shared_known && !written)
        report_for_build(p, s, shared, r->shared);
    if (r->shared_known && !r->shared)
        return;
    if (r->shared_known) {
        if (r->isr_known)
            report_at(p->report, FINDING_TRAP, RULE_REQUEST_ISR, s, tok(s, request->first)->begin,
                      "RequestIsr is FALSE, but the line is shared: NDIS 5 called %s all the same",
                      p->handler[HANDLER_ISR]->name);
        r->isr_known = r->isr_wanted = true;
        return;
    }
    const char *choice = operand(s, shared);
    r->choice_joined = !r->isr_known && strcmp(choice, r->isr_choice);
    if (r->choice_joined)
        choice = arena_format("(%s || %s)", r->isr_choice, choice);
    r->isr_known = false;
    r->isr_choice = choice;
}

static void report_missing(struct project *p, const char *done, const char *handler)
{
    const struct registration *r = &p->registrations.item[0];
    bool parsed = false;
    for (size_t i = 0; i < p->registrations.count; i++)
        parsed |= p->registrations.item[i].parsed;
    report_at(p->report, FINDING_ERROR, ERROR_MODEL, r->at.s, tok(r->at.s, r->at.token)->begin,
              parsed ? "%s here, but the named files set no %s"
                     : "%s here, in a build that this one leaves out, and this one sets no %s",
              done, handler)
        ->hint = parsed ? "name the file with the driver's characteristics as well"
                        : "port with the flags of a build that registers the interrupt";
}

/* Where C would call a function of NDIS that there is not: a name that is misspelt. */
static const struct diagnostic *misspelt_call(const struct project *p)
{
    for (size_t i = 0; i < p->units.count; i++)
        for (size_t k = 0; k < p->units.item[i].diagnostics.count; k++) {
            const struct diagnostic *d = &p->units.item[i].diagnostics.item[k];
            if (strstr(d->text, "implicit declaration of function 'Ndis"))
                return d;
        }
    return NULL;
}

static void report_no_registration(struct project *p)
{
    const struct diagnostic *d = misspelt_call(p);
    if (d)
        report_add(p->report, FINDING_ERROR, ERROR_MODEL, d->path, d->line, d->column,
                   "no NdisMRegisterInterrupt in the named files, but an %s", d->text)
            ->hint = "is the name misspelt?";
    else
        report_add(p->report, FINDING_ERROR, ERROR_MODEL, p->options->files[0], 0, 0,
                   "no NdisMRegisterInterrupt in the named files")
            ->hint = "name all source files of the driver";
}

bool model_resolve(struct project *p)
{
    if (!something_to_do(p))
        return false;
    resolve_handlers(p);
    if (project_failed(p))
        return false;
    resolve_context(p);
    if (!p->registrations.count)
        report_no_registration(p);
    else if (!p->handler[HANDLER_DPC] && !no_dpc_wanted(p))
        report_missing(p, "the interrupt is registered", "HandleInterruptHandler");
    for (size_t i = 0; i < p->registrations.count; i++) {
        struct registration *r = &p->registrations.item[i];
        if (r->arguments.count != 7) {
            report_at(p->report, FINDING_ERROR, ERROR_MODEL, r->at.s,
                      tok(r->at.s, r->at.token)->begin,
                      "NdisMRegisterInterrupt with %zu arguments as written: a macro hides some",
                      r->arguments.count)
                ->hint = "write the seven arguments here, then port again";
            continue;
        }
        const struct argument *a = &r->arguments.item[4];
        bool wanted;
        if (tok_truth(r->at.s, a->first, a->last, &wanted)) {
            r->isr_known = true;
            r->isr_wanted = wanted;
        } else if (r->isr_known) {
            report_for_build(p, r->at.s, a, r->isr_wanted);
        }
        resolve_sharing(p, r);
        p->isr_wanted |= !r->isr_known || r->isr_wanted;
        p->disable_wanted |= !r->isr_known || !r->isr_wanted;
    }
    if (p->isr_wanted && !p->handler[HANDLER_ISR] && !project_failed(p))
        report_missing(p, "the ISR is asked for", "ISRHandler");
    return !project_failed(p);
}
