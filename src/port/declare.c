/* SPDX-License-Identifier: MIT */
/* declare.c - declarations of the handlers, and functions that are new or have to become visible.
 */
#include "port/command.h"
#include "port/cursor.h"
#include "port/rewrite.h"
#include <ctype.h>
#include <string.h>

/* --- branches left out --- */

static bool skipped_in(CXTranslationUnit tu, CXFile file, unsigned offset)
{
    CXSourceRangeList *list = clang_getSkippedRanges(tu, file);
    bool inside = false;
    for (unsigned i = 0; list && i < list->count && !inside; i++) {
        unsigned begin, end;
        clang_getFileLocation(clang_getRangeStart(list->ranges[i]), NULL, NULL, NULL, &begin);
        clang_getFileLocation(clang_getRangeEnd(list->ranges[i]), NULL, NULL, NULL, &end);
        inside = offset >= begin && offset < end;
    }
    if (list)
        clang_disposeSourceRangeList(list);
    return inside;
}

bool in_left_out_branch(struct project *p, const struct source *s, size_t token)
{
    for (size_t i = 0; i < p->units.count; i++) {
        if (!unit_has(&p->units.item[i], s))
            continue;
        CXFile file = clang_getFile(p->units.item[i].tu, s->path);
        if (!file)
            file = clang_getFile(p->units.item[i].tu, s->real);
        if (file && !skipped_in(p->units.item[i].tu, file, tok(s, token)->begin))
            return false;
    }
    return true;
}

/* --- functions --- */

struct function *function_around(const struct project *p, const struct source *s, size_t token)
{
    for (size_t i = 0; i < p->functions.count; i++) {
        const struct declaration *d = function_definition(p->functions.item[i]);
        if (d && d->s == s && token > d->body && token < d->end)
            return p->functions.item[i];
    }
    return NULL;
}

static bool is_member(const struct declaration *d)
{
    enum CXCursorKind kind = clang_getCursorKind(d->cursor);
    return kind == CXCursor_CXXMethod || kind == CXCursor_Constructor ||
           kind == CXCursor_Destructor || kind == CXCursor_ConversionFunction;
}

struct member_search {
    const char *name;
    bool found;
};

static enum CXChildVisitResult find_member(CXCursor c, CXCursor parent, CXClientData data)
{
    struct member_search *m = data;
    if (clang_getCursorKind(c) == CXCursor_CXXBaseSpecifier)
        clang_visitChildren(clang_getCursorDefinition(clang_getCursorReferenced(c)), find_member,
                            data);
    else
        m->found |= !strcmp(cursor_name(c), m->name);
    return m->found ? CXChildVisit_Break : CXChildVisit_Continue;
}

bool is_member_name(const struct project *p, const struct source *s, size_t token, const char *name)
{
    const struct declaration *d = function_definition(function_around(p, s, token));
    struct member_search m = {name, false};
    if (d && is_member(d))
        clang_visitChildren(clang_getCursorSemanticParent(d->cursor), find_member, &m);
    return m.found;
}

bool is_call_of(const struct project *p, const struct function *f, const struct source *s,
                size_t token)
{
    const struct declaration *d = function_definition(f);
    if (!tok_is(s, token + 1, "(") || tok_is(s, token - 1, ".") || tok_is(s, token - 1, "->"))
        return false;
    if (d && is_member(d))
        return true;
    return tok_is(s, token - 1, "::") ? !tok_is_name(s, token - 2)
                                      : !is_member_name(p, s, token, tok_text(s, token));
}

const char *handler_prefix(const struct project *p)
{
    static const char *const endings[] = {"InterruptISR",
                                          "InterruptIsr",
                                          "ISRHandler",
                                          "IsrHandler",
                                          "ISR",
                                          "Isr",
                                          "InterruptHandler",
                                          "HandleInterrupt",
                                          "InterruptDpc",
                                          "InterruptDPC",
                                          "Interrupt",
                                          "HandleDPC",
                                          "HandleDpc",
                                          NULL};
    for (size_t h = HANDLER_ISR; h <= HANDLER_DPC; h++)
        for (size_t i = 0; p->handler[h] && endings[i]; i++) {
            const char *name = p->handler[h]->name;
            if (!strcasecmp(name, endings[i]))
                return "";
            if (ends_with(name, endings[i]))
                return arena_copy(name, strlen(name) - strlen(endings[i]));
        }
    return "Miniport";
}

bool is_enable_or_disable(const struct project *p, const struct function *f)
{
    return f == p->handler[HANDLER_DISABLE] || f == p->handler[HANDLER_ENABLE];
}

static bool is_declared_at(const struct function *f, const struct place *at)
{
    for (size_t i = 0; i < f->declarations.count; i++)
        if (f->declarations.item[i].s == at->s && f->declarations.item[i].name == at->token)
            return true;
    return false;
}

/* Is it an enable or disable handler as the callback of a call? A function around it will be that.
 */
static bool is_wrapped_there(const struct project *p, const struct function *f,
                             const struct source *s, size_t t)
{
    for (size_t i = 0; i < p->synchronizations.count && is_enable_or_disable(p, f); i++) {
        const struct synchronization *y = &p->synchronizations.item[i];
        if (y->callback == f && y->at.s == s && t > y->at.token && t < y->close)
            return true;
    }
    return false;
}

/* The mentions of a function that leave it as a value somewhere else than in the driver's
 * characteristics. */
static void values_of(const struct project *p, const struct function *f, place_list *out)
{
    place_list found = {0};
    find_name(p, f->name, &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct source *s = found.item[i].s;
        size_t t = found.item[i].token;
        bool other = tok_is(s, t + 1, "(") || t == 0 || tok(s, t)->directive ||
                     tok_is(s, t - 1, ".") || tok_is(s, t - 1, "->") ||
                     is_wrapped_there(p, f, s, t);
        other |= is_declared_at(f, &found.item[i]);
        for (size_t k = 0; k < p->handler_uses.count && !other; k++)
            other = p->handler_uses.item[k].at.s == s &&
                    statement_begin(s, t) == statement_begin(s, p->handler_uses.item[k].at.token);
        if (!other)
            *list_add(out) = found.item[i];
    }
}

bool report_left_out_call(struct project *p, const struct source *s, size_t token)
{
    if (tok(s, token)->directive || function_around(p, s, token) ||
        !in_left_out_branch(p, s, token))
        return false;
    report_at(p->report, FINDING_PERSON, RULE_BRANCH, s, tok(s, token)->begin,
              "the function around this call of a handler is left out of this build: not ported")
        ->hint = "remove it if it is dead; else port with the flags of the other build";
    return true;
}

void report_left_out_calls(struct project *p, const struct function *f)
{
    place_list found = {0};
    find_name(p, f->name, &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct place *at = &found.item[i];
        if (tok_is(at->s, at->token + 1, "(") && !is_declared_at(f, at))
            report_left_out_call(p, at->s, at->token);
    }
}

bool is_value(const struct project *p, const struct function *f)
{
    place_list values = {0};
    values_of(p, f, &values);
    return values.count;
}

bool type_stays(struct project *p, const struct function *f, const char *type)
{
    place_list found = {0};
    find_name(p, type, &found);
    if (!found.count)
        return true;
    struct source *s = found.item[0].s;
    report_at(p->report, FINDING_ERROR, ERROR_MODEL, s, tok(s, found.item[0].token)->begin,
              "%s keeps its parameters, and NDIS 6 has no type %s for a pointer to it", f->name,
              type)
        ->hint = "call the function by its name, or declare a type of your own, then port again";
    return false;
}

/* "(SOME_TYPE)Isr": whoever calls it through that type does not know its new parameters. */
static void report_casts(struct project *p, const struct function *f)
{
    place_list values = {0};
    values_of(p, f, &values);
    for (size_t i = 0; i < values.count; i++) {
        const struct source *s = values.item[i].s;
        size_t t = values.item[i].token;
        if (tok_is(s, t - 1, ")"))
            report_at(p->report, FINDING_PERSON, RULE_DIRECT_CALL, s, tok(s, t)->begin,
                      "%s is used as a function of another type here; its parameters have changed",
                      f->name)
                ->hint = "give this use a function of its own that calls it";
    }
}

/* A declaration that libclang did not see, in a branch left out. */
static void hidden_declarations(struct project *p, struct function *f)
{
    place_list found = {0};
    find_name(p, f->name, &found);
    for (size_t i = 0; i < found.count; i++) {
        struct source *s = found.item[i].s;
        size_t t = found.item[i].token;
        bool known = tok(s, t)->directive || !tok_is(s, t + 1, "(");
        for (size_t j = 0; j < f->declarations.count && !known; j++)
            known = f->declarations.item[j].s == s && f->declarations.item[j].name == t;
        size_t before = known ? NO_TOKEN : tok_prev(s, t);
        if (!tok_is_name(s, before) || tok_is(s, before, "return") || tok_is(s, before, "else") ||
            function_around(p, s, t) || !in_left_out_branch(p, s, t))
            continue;
        struct declaration d = {.s = s,
                                .name = t,
                                .open = t + 1,
                                .body = NO_TOKEN,
                                .end = NO_TOKEN,
                                .cursor = clang_getNullCursor()};
        d.close = tok_match(s, t + 1);
        if (d.close == NO_TOKEN)
            continue;
        if (tok_is(s, tok_next(s, d.close), "{"))
            report_at(p->report, FINDING_PERSON, RULE_BRANCH, s, tok(s, t)->begin,
                      "another %s in a branch that this build leaves out: only its head is ported",
                      f->name)
                ->hint = "port with the flags of the other build as well, from the same original";
        *list_add(&f->declarations) = d;
        *list_add(&p->left_out) = found.item[i];
    }
}

bool rewrite_declarations(struct project *p, struct function *f, size_t parameters,
                          parameter_maker *make, const char *role, const char *result)
{
    if (f->rewritten)
        return true;
    f->rewritten = true;
    hidden_declarations(p, f);
    if (strcmp(role, "MINIPORT_SYNCHRONIZE_INTERRUPT")) /* its parameters are the same */
        report_casts(p, f);
    for (size_t i = 0; i < f->declarations.count; i++) {
        struct declaration *d = &f->declarations.item[i];
        struct parameter old[8];
        const char *list[8];
        size_t count;
        size_t offset = tok(d->s, d->name)->begin;
        if (d->open == NO_TOKEN) {
            size_t type = tok_prev(d->s, d->name);
            if (!tok_is_name(d->s, type)) {
                report_at(p->report, FINDING_ERROR, ERROR_MODEL, d->s, offset,
                          "%s is declared in a form that cannot be rewritten", f->name)
                    ->hint = "write its parameters here, then port again";
                return false;
            }
            if (!tok_is(d->s, type, role))
                report_at(p->report, FINDING_DONE, RULE_PROTOTYPE, d->s, offset,
                          "the declaration of %s names the type of its new role", f->name);
            source_edit(d->s, tok(d->s, type)->begin, tok(d->s, type)->end, role);
            continue;
        }
        if (!parameters_of(d->s, d, old, 8, &count) || count != parameters) {
            report_at(p->report, FINDING_ERROR, ERROR_MODEL, d->s, offset,
                      "%s has not the %zu parameters of its role as written here", f->name,
                      parameters)
                ->hint =
                "write them out (no macro, no #if, no old-style definition), then port again";
            return false;
        }
        size_t made = make(p, d->s, old, count, list);
        if (d->body != NO_TOKEN) {
            f->result = result;
            for (size_t k = 0; k < made; k++)
                *list_add(&f->parameters) = list[k];
        }
        if (result && !replace_result_type(d, result)) {
            report_at(p->report, FINDING_ERROR, ERROR_MODEL, d->s, offset,
                      "the result type of %s is not written here", f->name);
            return false;
        }
        write_parameters(d, list, made);
        if (d->body == NO_TOKEN)
            report_at(p->report, FINDING_DONE, RULE_PROTOTYPE, d->s, offset,
                      "the declaration of %s follows its definition", f->name);
    }
    return true;
}

/* --- making functions visible --- */

/* The last token of what a new function stands behind: a class, if that holds the old one. */
static size_t last_of(const struct declaration *d)
{
    CXCursor class = clang_getCursorLexicalParent(d->cursor);
    enum CXCursorKind kind = clang_getCursorKind(class);
    if (kind != CXCursor_ClassDecl && kind != CXCursor_StructDecl)
        return d->end;
    for (size_t i = d->name; i-- > 0;) {
        if (tok_is(d->s, i, "}") || tok_is(d->s, i, ")"))
            i = tok_match(d->s, i) == NO_TOKEN ? i : tok_match(d->s, i);
        else if (tok_is(d->s, i, "{"))
            return statement_end(d->s, i) == NO_TOKEN ? d->end : statement_end(d->s, i);
    }
    return d->end;
}

static bool unit_includes(const struct project *p, const struct source *c,
                          const struct source *header)
{
    for (size_t i = 0; i < p->units.count; i++)
        if (p->units.item[i].s == c)
            return unit_has(&p->units.item[i], header);
    return false;
}

static bool is_header(const struct project *p, const struct source *s)
{
    for (size_t i = 0; i < p->units.count; i++)
        if (p->units.item[i].s == s)
            return false;
    return true;
}

/* Inside of an extern "C" { }: a declaration outside of it has to say so itself. */
static bool in_linkage_block(const struct declaration *d)
{
    enum CXCursorKind around = clang_getCursorKind(clang_getCursorLexicalParent(d->cursor));
    return (around == CXCursor_UnexposedDecl || around == CXCursor_LinkageSpec) &&
           !tok_is(d->s, statement_begin(d->s, d->name), "extern");
}

static bool read_as_c(const struct project *p, const struct source *header)
{
    for (size_t i = 0; i < p->units.count; i++)
        if (unit_has(&p->units.item[i], header) && !is_cplusplus(p->units.item[i].s->path))
            return true;
    return false;
}

/* A place in a header of both files, behind a declaration of another function of this file. */
static bool place_in_header(struct project *p, const struct source *definition,
                            const struct source *use, const struct declaration **like)
{
    int best = -1;
    for (size_t i = 0; i < p->functions.count; i++) {
        const struct function *f = p->functions.item[i];
        const struct declaration *own = function_definition(f);
        int rank = 0;
        for (size_t h = 0; h < HANDLERS; h++)
            rank += p->handler[h] == f ? 4 : 0;
        rank += own && own->s == definition ? 2 : 0;
        rank += own && own->s == use ? 1 : 0;
        if (!rank || rank < best)
            continue;
        for (size_t j = 0; j < f->declarations.count; j++) {
            const struct declaration *d = &f->declarations.item[j];
            if (d->body != NO_TOKEN || d->open == NO_TOKEN || is_member(d) || !is_header(p, d->s) ||
                !unit_includes(p, use, d->s) || !unit_includes(p, definition, d->s) ||
                statement_end(d->s, d->name) == NO_TOKEN || !ndis_read_before(p, d->s, d->name))
                continue;
            best = rank;
            *like = d;
        }
    }
    return best >= 0;
}

/* Behind the block of extern "C" that opens at token i, and the #endif of its bracket. */
static size_t after_linkage_block(const struct source *s, size_t i)
{
    size_t close = tok_match(s, i);
    if (close == NO_TOKEN)
        return 0;
    bool guarded = tok_is(s, close + 1, "#") && tok_is(s, close + 2, "endif");
    return past_comments(s, tok(s, guarded ? close + 1 : close)->begin);
}

/* An #if that holds no code goes with the #includes in it. */
static size_t after_includes(const struct source *s)
{
    size_t at = 0, block = 0;
    int depth = 0;
    bool includes = false, code = false; /* in the outermost #if */
    for (size_t i = 0; i < s->tokens.code.count; i++) {
        if (tok_is(s, i, "{") && !tok(s, i)->directive) {
            if (i == 0 || tok(s, i - 1)->kind != TOKEN_STRING)
                break;
            block = after_linkage_block(s, i);
        }
        code |= !tok(s, i)->directive;
        if (!tok(s, i)->first)
            continue;
        size_t begin = tok(s, i)->begin, behind = begin < block ? block : past_comments(s, begin);
        bool include = tok_is(s, i + 1, "include") || tok_is(s, i + 2, "hdrstop");
        if (tok_is(s, i + 1, "if") || tok_is(s, i + 1, "ifdef") || tok_is(s, i + 1, "ifndef")) {
            if (depth++ == 0)
                includes = code = false;
        } else if (tok_is(s, i + 1, "endif")) {
            if (--depth == 0 && includes && !code)
                at = behind;
        } else if (include && depth == 0) {
            at = behind;
        }
        includes |= include;
    }
    return at;
}

static void remove_static(const struct function *f)
{
    for (size_t i = 0; f && i < f->declarations.count; i++) {
        const struct declaration *d = &f->declarations.item[i];
        for (size_t k = statement_begin(d->s, d->name); k < d->name; k++)
            if (tok_is(d->s, k, "static") || tok_is(d->s, k, "STATIC"))
                source_edit(d->s, tok(d->s, k)->begin, tok(d->s, k + 1)->begin, "");
    }
}

/* The parameters as they will be. */
static size_t parameters_after(const struct project *p, const struct function *f,
                               const struct declaration *d, const char **list)
{
    struct parameter old[8];
    size_t count = 0;
    for (; count < f->parameters.count && count < 8; count++)
        list[count] = f->parameters.item[count];
    if (count || !parameters_of(d->s, d, old, 8, &count))
        return count;
    for (size_t i = 0; i < count; i++)
        list[i] = source_text(d->s, tok(d->s, old[i].first)->begin, tok(d->s, old[i].last)->end);
    if (count == 1 && is_enable_or_disable(p, f))
        list[0] = context_parameter(d->s, &old[0]);
    return count;
}

static bool inserted_at(const struct source *s, size_t at)
{
    for (size_t i = 0; i < s->edits.count; i++)
        if (s->edits.item[i].begin == at && s->edits.item[i].end == at)
            return true;
    return false;
}

/* The declaration for C++; what is lined up behind the bracket moves with it. */
static const char *with_c_linkage(const char *head)
{
    static const char prefix[] = "extern \"C\" ";
    size_t line = strcspn(head, "\n");
    bool lined_up = memchr(head, '(', line) && head[line - 1] != '(';
    struct text t = {0};
    text_puts(&t, prefix);
    for (; *head; head++) {
        text_add(&t, head, 1);
        if (*head == '\n' && lined_up)
            text_printf(&t, "%*s", (int)strlen(prefix), "");
    }
    return text_string(&t);
}

void make_visible(struct project *p, const char *name, struct source *s, size_t offset)
{
    struct function *f = function_named(p, name);
    const struct declaration *d = f->model ? f->model : function_definition(f);
    const struct declaration *there = f->behind ? f->behind : d;
    const char *list[8];
    if (!f->model && is_member(d)) /* its class says that it is there */
        return;
    if (there->s == s && tok(s, there->name)->begin < offset &&
        !(f->model && tok(s, last_of(there))->begin >= offset))
        return;
    if (is_header(p, there->s) && unit_includes(p, s, there->s)) /* an inline function */
        return;
    for (size_t i = 0; i < f->declarations.count; i++) {
        const struct declaration *k = &f->declarations.item[i];
        if ((k->s == s && tok(s, k->name)->begin < offset) ||
            (is_header(p, k->s) && unit_includes(p, s, k->s)))
            return;
    }
    struct source *where = s;
    size_t at = after_includes(s), count = parameters_after(p, f, d, list);
    bool same_file = d->s == s, is_static = f->model ? f->is_static : d->is_static;
    const struct declaration *like = d;
    if (!same_file && is_static)
        remove_static(f);
    bool header = !same_file && place_in_header(p, d->s, s, &like);
    bool linkage = in_linkage_block(d) && !(header && in_linkage_block(like));
    linkage |= !header && !is_cplusplus(d->s->path) && is_cplusplus(s->path);
    linkage &= !(same_file && is_static);
    if (header && linkage && read_as_c(p, like->s)) {
        header = false;
        like = d;
    }
    if (header) {
        where = like->s;
        at = past_comments(where, tok(where, statement_end(where, like->name))->end);
    }
    const char *head =
        head_like(like, name, f->result ? f->result : "VOID", list, count, same_file && is_static);
    if (linkage && !starts_with(head, "extern"))
        head = with_c_linkage(head);
    for (size_t i = 0; i < where->edits.count; i++)
        if (where->edits.item[i].begin == at &&
            strstr(where->edits.item[i].text, arena_format("%s(", name)))
            return; /* done for another use */
    /* A head on several lines stands apart; the first behind the #includes too. */
    bool apart = strchr(head, '\n') != NULL || (!header && !inserted_at(where, at));
    source_insert(where, at, arena_format("%s%s;", apart ? "\n\n" : "\n", head));
    report_at(p->report, FINDING_DONE, RULE_PROTOTYPE, where, at,
              "%s is now named in %s: its declaration is added here%s", name, s->path,
              !same_file && is_static ? ", and it is no longer static" : "");
}

struct function *add_function_here(struct project *p, const struct declaration *model,
                                   const struct declaration *behind, const char *name,
                                   const char *result, const char *const *parameters, size_t count,
                                   const char *comment, const char *body, bool is_static)
{
    struct function *f = arena_alloc(sizeof *f);
    is_static |= is_header(p, behind->s);
    f->name = f->called = name;
    f->usr = arena_format("new:%s", name);
    f->model = model;
    f->behind = behind;
    f->result = result;
    f->is_static = is_static;
    for (size_t i = 0; i < count; i++)
        *list_add(&f->parameters) = parameters[i];
    *list_add(&p->functions) = f;
    size_t end = past_comments(behind->s, tok(behind->s, last_of(behind))->end);
    source_insert(behind->s, end,
                  arena_format("\n\n%s%s%s\n%s", comment ? comment : "", comment ? "\n" : "",
                               head_like(model, name, result, parameters, count, is_static), body));
    return f;
}

struct function *add_function(struct project *p, const struct declaration *model, const char *name,
                              const char *result, const char *const *parameters, size_t count,
                              const char *comment, const char *body)
{
    bool is_static = true;
    for (size_t i = 0; i < p->registrations.count; i++)
        is_static &= p->registrations.item[i].at.s == model->s;
    return add_function_here(p, model, model, name, result, parameters, count, comment, body,
                             is_static);
}
