/* SPDX-License-Identifier: MIT */
#include "port/flow.h"
#include "port/cursor.h"
#include <string.h>

struct label {
    const char *name;
    flow_state state;
};

struct analysis {
    struct project *p;
    const char *usr[2]; /* of the two parameters */
    struct flow *out;
    LIST(struct label) labels;
    bool changed;
    flow_state *on_break, *on_continue, *on_case; /* of the innermost loop or switch */
    bool default_seen;
    bool escaped; /* a parameter was copied: it may be written through the copy */
};

typedef LIST(CXCursor) cursor_list;

static enum CXChildVisitResult add_child(CXCursor c, CXCursor parent, CXClientData data)
{
    *list_add((cursor_list *)data) = c;
    return CXChildVisit_Continue;
}

static cursor_list children(CXCursor c)
{
    cursor_list list = {0};
    clang_visitChildren(c, add_child, &list);
    return list;
}

/* The state after setting parameter `which` to one of the values in the mask `values`. */
static flow_state set(flow_state in, unsigned which, unsigned values)
{
    flow_state out = in & FLOW_REACHED;
    for (unsigned r = 0; r < 3; r++)
        for (unsigned q = 0; q < 3; q++)
            for (unsigned v = 0; v < 3 && FLOW_HAS(in, r, q); v++)
                if (values >> v & 1)
                    out |= 1u << (which ? 3 * r + v : 3 * v + q);
    return out;
}

/* Only the pairs in which the parameter is TRUE (or may be: unset), or is not. */
static flow_state filter(flow_state in, unsigned which, bool wanted)
{
    flow_state out = in & FLOW_REACHED;
    for (unsigned r = 0; r < 3; r++)
        for (unsigned q = 0; q < 3; q++)
            if (FLOW_HAS(in, r, q) && (which ? q : r) != (wanted ? OUT_FALSE : OUT_TRUE))
                out |= 1u << (3 * r + q);
    return out;
}

static int parameter_named(const struct analysis *a, CXCursor c)
{
    if (clang_getCursorKind(c) != CXCursor_DeclRefExpr)
        return -1;
    const char *usr = cursor_usr(clang_getCursorReferenced(c));
    return !strcmp(usr, a->usr[0]) ? 0 : !strcmp(usr, a->usr[1]) ? 1 : -1;
}

/* The parameter that the expression is the value of: "*P", "P[0]", or -1. */
static int dereferenced(const struct analysis *a, CXCursor c)
{
    c = cursor_inner(c);
    enum CXCursorKind kind = clang_getCursorKind(c);
    if (kind != CXCursor_UnaryOperator && kind != CXCursor_ArraySubscriptExpr)
        return -1;
    cursor_list k = children(c);
    return k.count ? parameter_named(a, cursor_inner(k.item[0])) : -1;
}

/* The operator's token between two operands, as it is written. */
static const char *operator_of(struct project *p, CXCursor left, CXCursor right)
{
    struct source *s, *t;
    size_t begin, end, from, to;
    if (!cursor_range(p, left, &s, &begin, &end) || !cursor_range(p, right, &t, &from, &to) ||
        s != t)
        return "";
    size_t i = token_after(s, end);
    while (i != NO_TOKEN && tok_is(s, i, ")") && tok(s, i)->begin < from)
        i++;
    return i != NO_TOKEN && tok(s, i)->begin < from ? tok_text(s, i) : "";
}

static bool constant(CXCursor c, bool *value)
{
    CXEvalResult r = clang_Cursor_Evaluate(c);
    bool known = r && clang_EvalResult_getKind(r) == CXEval_Int;
    if (known)
        *value = clang_EvalResult_getAsInt(r) != 0;
    if (r)
        clang_EvalResult_dispose(r);
    return known;
}

static flow_state expression(struct analysis *a, CXCursor c, flow_state in);

static flow_state assign(struct analysis *a, int which, CXCursor value, flow_state in)
{
    flow_state after = expression(a, value, in);
    CXCursor inner = cursor_inner(value);
    cursor_list k = children(inner);
    int from = dereferenced(a, inner);
    if (from < 0 && clang_getCursorKind(inner) == CXCursor_BinaryOperator && k.count == 2 &&
        !strcmp(operator_of(a->p, k.item[0], k.item[1]), "="))
        from = dereferenced(a, k.item[0]); /* *a = *b = TRUE, but not *a = *b && c */
    bool truth;
    if (from >= 0 && from != which) {
        flow_state out = after & FLOW_REACHED;
        for (unsigned r = 0; r < 3; r++)
            for (unsigned q = 0; q < 3; q++)
                if (FLOW_HAS(after, r, q))
                    out |= set(1u << (3 * r + q), (unsigned)which, 1u << (which ? r : q));
        return out;
    }
    if (constant(value, &truth))
        return set(after, (unsigned)which, truth ? 1u << OUT_TRUE : 1u << OUT_FALSE);
    return set(after, (unsigned)which, 1u << OUT_TRUE | 1u << OUT_FALSE);
}

static flow_state expression(struct analysis *a, CXCursor c, flow_state in)
{
    cursor_list k = children(c);
    int which;
    switch (clang_getCursorKind(c)) {
    case CXCursor_BinaryOperator:
        if (k.count == 2) {
            const char *op = operator_of(a->p, k.item[0], k.item[1]);
            which = dereferenced(a, k.item[0]);
            if (which >= 0 && !strcmp(op, "="))
                return assign(a, which, k.item[1], in);
            if (which >= 0 && !*op) /* in a macro's body: an assignment, or a read */
                return assign(a, which, k.item[1], in) | expression(a, k.item[1], in);
            flow_state left = expression(a, k.item[0], in);
            flow_state right = expression(a, k.item[1], left);
            return !strcmp(op, "&&") || !strcmp(op, "||") ? left | right : right;
        }
        break;
    case CXCursor_CompoundAssignOperator:
        if (k.count == 2 && (which = dereferenced(a, k.item[0])) >= 0)
            return set(expression(a, k.item[1], in), (unsigned)which,
                       1u << OUT_TRUE | 1u << OUT_FALSE);
        break;
    case CXCursor_ConditionalOperator:
        if (k.count == 3) {
            in = expression(a, k.item[0], in);
            return expression(a, k.item[1], in) | expression(a, k.item[2], in);
        }
        break;
    case CXCursor_CallExpr: /* the pointer as an argument: the function may write through it */
        for (size_t i = 0; i < k.count; i++) {
            which = parameter_named(a, cursor_inner(k.item[i]));
            in = which >= 0 ? set(in, (unsigned)which, 1u << OUT_TRUE | 1u << OUT_FALSE)
                            : expression(a, k.item[i], in);
        }
        return in;
    case CXCursor_DeclRefExpr:
        a->escaped |= parameter_named(a, c) >= 0;
        break;
    default:
        break;
    }
    if (dereferenced(a, c) >= 0)
        return in; /* a read */
    for (size_t i = 0; i < k.count; i++)
        in = expression(a, k.item[i], in);
    return in;
}

/* The states in which the condition holds and in which it does not. */
static void condition(struct analysis *a, CXCursor c, flow_state in, flow_state *yes,
                      flow_state *no)
{
    CXCursor inner = cursor_inner(c);
    bool truth;
    *yes = *no = expression(a, c, in);
    int which = dereferenced(a, inner);
    if (which >= 0) {
        *yes = filter(*yes, (unsigned)which, true);
        *no = filter(*no, (unsigned)which, false);
        return;
    }
    if (clang_getCursorKind(inner) == CXCursor_UnaryOperator) { /* "!": '*' and '&' are above */
        cursor_list k = children(inner);
        struct source *s;
        size_t begin, end;
        if (k.count == 1 && cursor_range(a->p, inner, &s, &begin, &end) && s->bytes[begin] == '!') {
            condition(a, k.item[0], in, no, yes);
            return;
        }
    }
    if (constant(inner, &truth)) /* while (TRUE) */
        *(truth ? no : yes) = 0;
}

static struct label *label_of(struct analysis *a, const char *name)
{
    for (size_t i = 0; i < a->labels.count; i++)
        if (!strcmp(a->labels.item[i].name, name))
            return &a->labels.item[i];
    struct label *l = list_add(&a->labels);
    l->name = name;
    return l;
}

static void leave(struct analysis *a, size_t offset, flow_state state)
{
    if (!state)
        return;
    for (size_t i = 0; i < a->out->exits.count; i++)
        if (a->out->exits.item[i].offset == offset) {
            a->out->exits.item[i].state |= state;
            return;
        }
    *list_add(&a->out->exits) = (struct flow_exit){offset, state};
}

static flow_state statement(struct analysis *a, CXCursor c, flow_state in);

enum leaving {
    WHERE_TESTED_FIRST, /* while, for; without a condition never */
    WHERE_TESTED_LAST,  /* do */
    ANYWHERE,           /* not known */
};

/* A loop; `step` runs after each turn, NULL if there is none. */
static flow_state loop(struct analysis *a, const CXCursor *cond, CXCursor body,
                       const CXCursor *step, flow_state in, enum leaving leaving)
{
    flow_state *outer_break = a->on_break, *outer_continue = a->on_continue;
    flow_state breaks = 0, out = 0, top = in;
    a->on_break = &breaks;
    for (unsigned turn = 0; turn < 12; turn++) {
        flow_state yes = top, no = leaving == ANYWHERE ? top : 0, again = 0;
        if (cond && leaving == WHERE_TESTED_FIRST)
            condition(a, *cond, top, &yes, &no);
        out |= no;
        a->on_continue = &again;
        flow_state end = statement(a, body, yes) | again;
        if (step)
            end = expression(a, *step, end);
        if (cond && leaving == WHERE_TESTED_LAST) {
            condition(a, *cond, end, &end, &no);
            out |= no;
        }
        if ((top | end) == top)
            break;
        top |= end;
    }
    a->on_break = outer_break;
    a->on_continue = outer_continue;
    return out | breaks;
}

/* Which of the three parts between a for's brackets are there: libclang names only those, in their
 * order. False if the text does not tell. */
static bool parts_of_for(struct analysis *a, CXCursor c, bool there[3])
{
    struct source *s;
    size_t begin, end, part = 0;
    if (!cursor_range(a->p, c, &s, &begin, &end))
        return false;
    size_t i = token_at(s, begin), close;
    if (i == NO_TOKEN || !tok_is(s, i, "for") || !tok_is(s, i + 1, "(") ||
        (close = tok_match(s, i + 1)) == NO_TOKEN)
        return false;
    for (i += 2; i < close && part < 3; i++) {
        if (tok_is(s, i, ";")) {
            part++;
            continue;
        }
        there[part] = true;
        if (tok_is(s, i, "(") || tok_is(s, i, "[") || tok_is(s, i, "{")) {
            size_t match = tok_match(s, i);
            i = match == NO_TOKEN ? i : match;
        }
    }
    return part == 2;
}

static flow_state for_statement(struct analysis *a, CXCursor c, cursor_list k, flow_state in)
{
    bool there[3] = {false};
    if (!k.count)
        return in;
    size_t body = k.count - 1, next = 0;
    if (!parts_of_for(a, c, there) || (size_t)there[0] + there[1] + there[2] != body) {
        flow_state all = in; /* in any order, and often */
        for (unsigned turn = 0; turn < 12; turn++) {
            for (size_t i = 0; i < body; i++)
                all |= expression(a, k.item[i], all);
            all |= loop(a, NULL, k.item[body], NULL, all, ANYWHERE);
        }
        return all;
    }
    if (there[0])
        in = statement(a, k.item[next++], in);
    const CXCursor *condition = there[1] ? &k.item[next++] : NULL;
    return loop(a, condition, k.item[body], there[2] ? &k.item[next] : NULL, in,
                WHERE_TESTED_FIRST);
}

static flow_state switch_statement(struct analysis *a, cursor_list k, flow_state in)
{
    flow_state *outer_break = a->on_break, *outer_case = a->on_case;
    bool outer_default = a->default_seen;
    flow_state breaks = 0, entry = expression(a, k.item[0], in);
    a->on_break = &breaks;
    a->on_case = &entry;
    a->default_seen = false;
    flow_state end = statement(a, k.item[k.count - 1], 0);
    if (!a->default_seen)
        end |= entry;
    a->on_break = outer_break;
    a->on_case = outer_case;
    a->default_seen = outer_default;
    return end | breaks;
}

static size_t offset_of(CXCursor c)
{
    unsigned offset;
    clang_getFileLocation(clang_getCursorLocation(c), NULL, NULL, NULL, &offset);
    return offset;
}

static flow_state statement(struct analysis *a, CXCursor c, flow_state in)
{
    cursor_list k = children(c);
    flow_state yes, no;
    switch (clang_getCursorKind(c)) {
    case CXCursor_CompoundStmt:
    case CXCursor_SEHTryStmt:
    case CXCursor_SEHExceptStmt:
    case CXCursor_SEHFinallyStmt:
        for (size_t i = 0; i < k.count; i++)
            in = statement(a, k.item[i], in);
        return in;
    case CXCursor_IfStmt:
        if (k.count < 2)
            return in;
        condition(a, k.item[0], in, &yes, &no);
        yes = statement(a, k.item[1], yes);
        return yes | (k.count > 2 ? statement(a, k.item[2], no) : no);
    case CXCursor_WhileStmt:
        return k.count == 2 ? loop(a, &k.item[0], k.item[1], NULL, in, WHERE_TESTED_FIRST) : in;
    case CXCursor_DoStmt:
        return k.count == 2 ? loop(a, &k.item[1], k.item[0], NULL, in, WHERE_TESTED_LAST) : in;
    case CXCursor_ForStmt:
        return for_statement(a, c, k, in);
    case CXCursor_SwitchStmt:
        return k.count >= 2 ? switch_statement(a, k, in) : in;
    case CXCursor_CaseStmt:
    case CXCursor_DefaultStmt:
        a->default_seen |= clang_getCursorKind(c) == CXCursor_DefaultStmt;
        in |= a->on_case ? *a->on_case : 0;
        return k.count ? statement(a, k.item[k.count - 1], in) : in;
    case CXCursor_LabelStmt: {
        struct label *l = label_of(a, cursor_name(c));
        in |= l->state;
        return k.count ? statement(a, k.item[k.count - 1], in) : in;
    }
    case CXCursor_GotoStmt: {
        struct label *l = label_of(a, k.count ? cursor_name(k.item[0]) : "");
        a->changed |= (l->state | in) != l->state;
        l->state |= in;
        return 0;
    }
    case CXCursor_BreakStmt:
        if (a->on_break)
            *a->on_break |= in;
        return 0;
    case CXCursor_ContinueStmt:
        if (a->on_continue)
            *a->on_continue |= in;
        return 0;
    case CXCursor_ReturnStmt:
        for (size_t i = 0; i < k.count; i++) /* "return f(P);" of a function without a result */
            in = expression(a, k.item[i], in);
        leave(a, offset_of(c), in);
        return 0;
    default:
        return in ? expression(a, c, in) : 0;
    }
}

static enum CXChildVisitResult find_body(CXCursor c, CXCursor parent, CXClientData data)
{
    if (clang_getCursorKind(c) == CXCursor_CompoundStmt)
        *(CXCursor *)data = c;
    return CXChildVisit_Continue;
}

void flow_analyse(struct project *p, const struct declaration *isr, struct flow *out)
{
    struct analysis a = {.p = p, .out = out};
    *out = (struct flow){0};
    for (unsigned i = 0; i < 2; i++)
        a.usr[i] = cursor_usr(clang_Cursor_getArgument(isr->cursor, i));
    CXCursor body = clang_getNullCursor();
    clang_visitChildren(isr->cursor, find_body, &body);
    for (unsigned round = 0; round < 20; round++) {
        a.changed = false;
        leave(&a, SIZE_MAX, statement(&a, body, FLOW_ONLY(OUT_UNSET, OUT_UNSET)));
        if (!a.changed)
            break;
    }
    for (size_t i = 0; i < out->exits.count && a.escaped; i++)
        out->exits.item[i].state |= FLOW_ALL_KNOWN;
}

flow_state flow_at(const struct flow *f, size_t offset)
{
    for (size_t i = 0; i < f->exits.count; i++)
        if (f->exits.item[i].offset == offset)
            return f->exits.item[i].state;
    return 0;
}
