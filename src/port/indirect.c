/* SPDX-License-Identifier: MIT */
/* indirect.c - calls of an ISR or a DPC through something else than its name: found by the type
 * that is called, and by the words in branches that libclang does not see. */
#include "port/cursor.h"
#include "port/rewrite.h"
#include <string.h>

/* Through pointers and arrays. */
static CXType pointed_to(CXType type)
{
    for (;;) {
        if (type.kind == CXType_Pointer)
            type = clang_getPointeeType(type);
        else if (clang_getArrayElementType(type).kind != CXType_Invalid)
            type = clang_getArrayElementType(type);
        else
            return type;
    }
}

/* Is it what W_ISR_HANDLER points to, whatever the author has for the context? */
static bool is_isr_type(CXType type)
{
    type = clang_getCanonicalType(type);
    if (type.kind == CXType_Pointer)
        type = clang_getPointeeType(type);
    if (clang_getNumArgTypes(type) != 3 || clang_getResultType(type).kind != CXType_Void)
        return false;
    for (unsigned i = 0; i < 2; i++) {
        CXType parameter = clang_getCanonicalType(clang_getArgType(type, i));
        if (parameter.kind != CXType_Pointer ||
            clang_getPointeeType(parameter).kind != CXType_UChar)
            return false;
    }
    return clang_getCanonicalType(clang_getArgType(type, 2)).kind == CXType_Pointer;
}

static void add_isr_pointer(struct project *p, const char *name)
{
    for (size_t i = 0; i < p->isr_pointers.count; i++)
        if (!strcmp(p->isr_pointers.item[i], name))
            return;
    *list_add(&p->isr_pointers) = name;
}

void find_isr_pointer(struct project *p, CXCursor declared)
{
    if (is_isr_type(pointed_to(clang_getCursorType(declared))))
        add_isr_pointer(p, cursor_name(declared));
}

/* Was it declared as one, also by way of the driver's own typedefs? */
static bool is_dpc_type(CXType type)
{
    for (;; type = clang_getTypedefDeclUnderlyingType(clang_getTypeDeclaration(type))) {
        type = pointed_to(type);
        if (strstr(cursor_string(clang_getTypeSpelling(type)), "W_HANDLE_INTERRUPT_HANDLER"))
            return true;
        if (clang_getCursorKind(clang_getTypeDeclaration(type)) != CXCursor_TypedefDecl)
            return false;
    }
}

static enum CXChildVisitResult first_child(CXCursor c, CXCursor parent, CXClientData data)
{
    *(CXCursor *)data = c;
    return CXChildVisit_Break;
}

/* The function, member or variable that the call goes through; null if it is no one's name. */
static enum CXChildVisitResult find_pointer(CXCursor c, CXCursor parent, CXClientData data)
{
    CXCursor *out = data;
    enum CXCursorKind kind = clang_getCursorKind(c);
    if (kind == CXCursor_UnaryOperator || kind == CXCursor_ArraySubscriptExpr ||
        kind == CXCursor_UnexposedExpr || kind == CXCursor_ParenExpr)
        return CXChildVisit_Recurse;
    if (kind == CXCursor_DeclRefExpr || kind == CXCursor_MemberRefExpr)
        *out = clang_getCursorReferenced(c);
    return CXChildVisit_Break;
}

/* By what the callee's type is, however the call is written: "Ops[1].Isr(...)", "(*Get())(...)".
 * "Isr(...)" itself is no such call, but "(Isr)(...)", "this->Isr(...)" or through a macro is. */
void find_indirect_call(struct project *p, CXCursor call)
{
    CXCursor callee = clang_getNullCursor(), declared = clang_getNullCursor();
    clang_visitChildren(call, first_child, &callee);
    clang_visitChildren(call, find_pointer, &declared);
    enum CXCursorKind kind = clang_getCursorKind(declared);
    bool function = kind == CXCursor_FunctionDecl || kind == CXCursor_CXXMethod;
    bool dpc =
        !function && !clang_Cursor_isNull(declared) && is_dpc_type(clang_getCursorType(declared));
    const char *name = clang_Cursor_isNull(declared) ? "" : cursor_name(declared);
    struct source *s;
    size_t begin, end;
    if (!(dpc || is_isr_type(clang_getCursorType(callee))) ||
        !cursor_range(p, call, &s, &begin, &end) || token_at(s, begin) == NO_TOKEN)
        return;
    size_t close = token_at(s, end - 1), first = token_at(s, begin);
    size_t open = tok_is(s, close, ")") ? tok_match(s, close) : NO_TOKEN;
    bool inside = open != NO_TOKEN && open > first;
    bool by_object =
        inside && open > first + 1 && (tok_is(s, open - 2, "->") || tok_is(s, open - 2, "."));
    if (function && inside && tok_is(s, open - 1, name) && !by_object)
        return;
    bool seen = inside && (tok_is(s, open - 1, name) || !tok_is_name(s, open - 1));
    for (size_t i = 0; i < p->indirect_calls.count; i++)
        if (p->indirect_calls.item[i].at.s == s && p->indirect_calls.item[i].at.token == first)
            return;
    *list_add(&p->indirect_calls) = (struct indirect_call){{s, first},
                                                           seen ? open : NO_TOKEN,
                                                           dpc ? HANDLER_DPC : HANDLER_ISR,
                                                           function ? cursor_usr(declared) : NULL};
}

/* "W_ISR_HANDLER Isr;" in a branch that libclang does not see. */
static void find_hidden_isr_pointers(struct project *p)
{
    place_list found = {0};
    find_name(p, "W_ISR_HANDLER", &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct source *s = found.item[i].s;
        size_t name = found.item[i].token + 1;
        while (tok_is(s, name, "*") || tok_is(s, name, "const"))
            name++;
        if (tok_is_name(s, name))
            add_isr_pointer(p, tok_text(s, name));
    }
}

/* The '(' of a call through the name at token t: behind "X", "(*X)" or "X[i]". */
static size_t call_bracket(const struct source *s, size_t t)
{
    size_t open = t + 1;
    while (tok_is(s, open, ")") || tok_is(s, open, "[")) {
        size_t last = tok_is(s, open, "[") ? tok_match(s, open) : open;
        if (last == NO_TOKEN)
            return NO_TOKEN;
        open = last + 1;
    }
    return open;
}

/* In branches left out: through what has the type of an ISR. */
void find_hidden_isr_calls(struct project *p)
{
    find_hidden_isr_pointers(p);
    place_list found = {0};
    for (size_t i = 0; i < p->isr_pointers.count; i++)
        find_name(p, p->isr_pointers.item[i], &found);
    for (size_t i = 0; i < found.count; i++) {
        struct source *s = found.item[i].s;
        size_t t = found.item[i].token, open = call_bracket(s, t), close;
        bool member = t > 0 && (tok_is(s, t - 1, ".") || tok_is(s, t - 1, "->"));
        argument_list a;
        if (tok(s, t)->directive || !tok_arguments(s, open, &a, &close) || a.count != 3 ||
            (!member && function_named(p, tok_text(s, t))) || !in_left_out_branch(p, s, t))
            continue;
        *list_add(&p->indirect_calls) =
            (struct indirect_call){{s, postfix_begin(s, open - 1)}, open, HANDLER_ISR, NULL};
    }
}
