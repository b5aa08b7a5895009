/* SPDX-License-Identifier: MIT */
/* result.c - a synchronize callback that returns something, but no BOOLEAN.
 *
 * NDIS 5 took the callback as a PVOID, so authors let it return what they liked, and NDIS looked at
 * the low byte. Its new type says BOOLEAN. Where every return is TRUE or FALSE in other words, the
 * function returns that; else it stays as it is, and another one around it is the callback. */
#include "port/cursor.h"
#include "port/rewrite.h"
#include <string.h>

static CXType result_of(const struct declaration *d)
{
    return clang_getCanonicalType(clang_getResultType(clang_getCursorType(d->cursor)));
}

static const char *type_of_result(const struct declaration *d)
{
    return cursor_string(
        clang_getTypeSpelling(clang_getResultType(clang_getCursorType(d->cursor))));
}

bool returns_nothing(const struct declaration *d)
{
    return result_of(d).kind == CXType_Void;
}

static bool is_boolean(CXType type)
{
    type = clang_getCanonicalType(type);
    return type.kind == CXType_UChar || type.kind == CXType_Bool;
}

bool returns_boolean(const struct declaration *d)
{
    return is_boolean(result_of(d));
}

/* --- is an expression TRUE or FALSE? --- */

static bool is_constant(const struct source *s, size_t i)
{
    static const char *const words[] = {"TRUE", "FALSE", "0", "1", NULL};
    return i != NO_TOKEN && is_one_of(tok_text(s, i), words);
}

/* A local variable that only gets TRUE and FALSE. */
static bool variable_is_boolean(const struct declaration *d, const char *name)
{
    const struct source *s = d->s;
    bool set = false;
    for (size_t i = d->body; i < d->end; i++) {
        if (!tok_is(s, i, name) || tok_is(s, i - 1, "->") || tok_is(s, i - 1, "."))
            continue;
        if (tok_is(s, i + 1, "=") && is_constant(s, i + 2) &&
            (tok_is(s, i + 3, ";") || tok_is(s, i + 3, ",")))
            set = true;
        else if (!tok_is(s, i - 1, "return") && !tok_is(s, i + 1, ";") && !tok_is(s, i + 1, ","))
            return false; /* set to something else, or its address is taken */
    }
    return set;
}

/* [first, last] by its outermost operator: one that compares, or "!" before all of it. */
static bool compares(const struct source *s, size_t first, size_t last)
{
    static const char *const logical[] = {"&&", "||", NULL};
    static const char *const comparing[] = {"==", "!=", "<", ">", "<=", ">=", NULL};
    static const char *const weaker[] = {"?", "=", "|", "^", "&", ",", NULL};
    bool is_logical = false, is_comparison = false, is_weaker = false, other = false;
    while (tok_is(s, first, "(") && tok_match(s, first) == last)
        first++, last--;
    for (size_t i = first; i <= last; i++) {
        const char *text = tok_text(s, i);
        if (tok_is(s, i, "(") || tok_is(s, i, "[")) {
            i = tok_match(s, i);
            if (i == NO_TOKEN)
                return false;
            continue;
        }
        is_logical |= is_one_of(text, logical);
        is_comparison |= is_one_of(text, comparing);
        is_weaker |= is_one_of(text, weaker);
        other |=
            i > first && tok(s, i)->kind == TOKEN_PUNCT && strcmp(text, "->") && strcmp(text, ".");
    }
    if (is_weaker)
        return false;
    return is_logical || is_comparison || (tok_is(s, first, "!") && !other);
}

struct values {
    const struct declaration *d;
    bool all; /* all returns are TRUE or FALSE */
    struct project *p;
};

static enum CXChildVisitResult only_child(CXCursor c, CXCursor parent, CXClientData data)
{
    *(CXCursor *)data = c;
    return CXChildVisit_Break;
}

static enum CXChildVisitResult look_at_return(CXCursor c, CXCursor parent, CXClientData data)
{
    struct values *v = data;
    if (clang_getCursorKind(c) != CXCursor_ReturnStmt)
        return CXChildVisit_Recurse;
    CXCursor value = clang_getNullCursor();
    clang_visitChildren(c, only_child, &value);
    struct place at;
    size_t end = NO_TOKEN;
    if (!clang_Cursor_isNull(value) && cursor_place(v->p, c, &at) &&
        tok_is(at.s, at.token, "return"))
        end = statement_end(at.s, at.token);
    if (end == NO_TOKEN || end == at.token + 1) {
        v->all = false;
        return CXChildVisit_Break;
    }
    size_t first = at.token + 1, last = end - 1;
    while (tok_is(at.s, first, "(") && tok_match(at.s, first) == last)
        first++, last--;
    bool one = first == last;
    bool known =
        is_boolean(clang_getCursorType(cursor_inner(value))) || (one && is_constant(at.s, first)) ||
        compares(at.s, first, last) ||
        (one && tok_is_name(at.s, first) && variable_is_boolean(v->d, tok_text(at.s, first)));
    v->all &= known;
    return known ? CXChildVisit_Continue : CXChildVisit_Break;
}

const char *boolean_in_other_words(struct project *p, const struct function *f)
{
    const struct declaration *d = function_definition(f);
    CXType result = result_of(d);
    struct values v = {d, true, p};
    switch (result.kind) {
    case CXType_Int:
    case CXType_UInt:
    case CXType_Long:
    case CXType_ULong:
    case CXType_Short:
    case CXType_UShort:
    case CXType_SChar:
    case CXType_Char_S:
    case CXType_Enum:
        clang_visitChildren(d->cursor, look_at_return, &v);
        break;
    default:
        v.all = false;
    }
    return v.all ? type_of_result(d) : NULL;
}

/* --- a function around it --- */

/* The places that name the function as the callback of a call. */
static void named_as_callback(const struct project *p, const struct function *f, place_list *out)
{
    for (size_t i = 0; i < p->synchronizations.count; i++) {
        const struct synchronization *y = &p->synchronizations.item[i];
        if (y->callback != f)
            continue;
        const struct argument *a = &y->arguments.item[1];
        for (size_t k = a->first; k <= a->last; k++)
            if (tok_is(y->at.s, k, f->name))
                *list_add(out) = (struct place){y->at.s, k};
    }
}

static bool result_is_used(const struct project *p, const struct function *f)
{
    bool used = false;
    for (size_t i = 0; i < p->synchronizations.count; i++)
        used |=
            p->synchronizations.item[i].callback == f && p->synchronizations.item[i].result_used;
    return used;
}

void wrap_callback(struct project *p, struct function *f)
{
    const struct declaration *d = function_definition(f);
    const struct style *st = style_of(d->s);
    const char *indent = body_indent(p, d);
    struct parameter old[1];
    size_t count;
    place_list uses = {0};
    bool used = !returns_nothing(d) && result_is_used(p, f), is_static = true;
    const char *type = type_of_result(d);
    if (f->wrapped)
        return;
    f->wrapped = true;
    named_as_callback(p, f, &uses);
    if (!uses.count || !parameters_of(d->s, d, old, 1, &count)) {
        report_at(p->report, FINDING_PERSON, RULE_SYNCHRONIZE, d->s, tok(d->s, d->name)->begin,
                  "%s returns %s, and a MINIPORT_SYNCHRONIZE_INTERRUPT returns BOOLEAN: as before, "
                  "NDIS gives the low byte of the result to the caller",
                  f->name, type)
            ->hint = "let it return BOOLEAN";
        return;
    }
    for (size_t i = 0; i < uses.count; i++)
        is_static &= uses.item[i].s == d->s;
    const char *name = free_name(
        p, arena_format(strchr(f->name, '_') ? "%s_synchronized" : "%sSynchronized", f->name));
    const char *parameter = "NDIS_HANDLE SynchronizeContext";
    bool pointer = result_of(d).kind == CXType_Pointer;
    struct text t = {0};
    const char *call =
        arena_format("%s(%s)SynchronizeContext)", style_call(st, f->called), old[0].type);
    if (used)
        text_printf(&t, "{\n%sreturn (BOOLEAN)%s%s;\n}", indent, pointer ? "(ULONG_PTR)" : "",
                    call);
    else
        text_printf(&t, "{\n%s%s;\n%sreturn TRUE;\n}", indent, call, indent);
    add_function_here(p, d, d, name, "BOOLEAN", &parameter, 1, NULL, text_string(&t), is_static);
    for (size_t i = 0; i < uses.count; i++) {
        struct source *s = uses.item[i].s;
        const struct token *k = tok(s, uses.item[i].token);
        source_edit(s, k->begin, k->end, name);
        make_visible(p, name, s, k->begin);
    }
    report_at(p->report, used ? FINDING_TRAP : FINDING_DONE,
              used ? TRAP_SYNC_RESULT : RULE_SYNCHRONIZE, d->s, tok(d->s, d->name)->begin,
              "%s returns %s, and a MINIPORT_SYNCHRONIZE_INTERRUPT returns BOOLEAN: %s is the "
              "callback now, and %s",
              f->name, type, name,
              used ? "gives the low byte of the result, as NDIS did" : "nobody uses its result");
}
