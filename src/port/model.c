/* SPDX-License-Identifier: MIT */
/* model.c - finds what belongs to the driver's interrupt code.
 *
 * libclang says what a name is: a member of this structure, a function declared here. The tokens
 * say where it is mentioned, also where libclang saw nothing: in macros and branches left out. */
#include "port/cursor.h"
#include "port/rewrite.h"
#include <string.h>

const char *const handler_member[HANDLERS] = {"ISRHandler", "HandleInterruptHandler",
                                              "DisableInterruptHandler", "EnableInterruptHandler"};

/* --- lookups --- */

/* Of two with one name: the one that has a body; a method only if one is wanted. */
static unsigned rank(const struct function *f, bool wanted)
{
    bool method = f->declarations.count &&
                  clang_getCursorKind(f->declarations.item[0].cursor) == CXCursor_CXXMethod;
    return (method == wanted ? 2 : 0) + (function_definition(f) ? 1 : 0);
}

struct function *function_named(const struct project *p, const char *name)
{
    struct function *found = NULL;
    const char *colons = strrchr(name, ':');
    name = colons ? colons + 1 : name;
    for (size_t i = 0; i < p->functions.count; i++)
        if (!strcmp(p->functions.item[i]->name, name) &&
            (!found || rank(p->functions.item[i], colons) > rank(found, colons)))
            found = p->functions.item[i];
    return found;
}

const struct declaration *function_definition(const struct function *f)
{
    for (size_t i = 0; f && i < f->declarations.count; i++)
        if (f->declarations.item[i].body != NO_TOKEN)
            return &f->declarations.item[i];
    return NULL;
}

bool source_uses(const struct source *s, const char *name)
{
    for (size_t i = 0; i < s->tokens.code.count; i++)
        if (tok(s, i)->kind == TOKEN_NAME && tok_is(s, i, name))
            return true;
    return false;
}

bool name_taken(const struct project *p, const char *name)
{
    if (function_named(p, name)) /* a new one */
        return true;
    for (size_t i = 0; i < p->sources.count; i++)
        if (source_uses(p->sources.item[i], name))
            return true;
    return false;
}

const char *free_name(const struct project *p, const char *wanted)
{
    const char *name = wanted;
    for (unsigned n = 2; name_taken(p, name); n++)
        name = n == 2 ? arena_format("%sEx", wanted) : arena_format("%sEx%u", wanted, n);
    return name;
}

void find_name(const struct project *p, const char *name, place_list *out)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < p->sources.count; i++) {
        struct source *s = p->sources.item[i];
        for (size_t j = 0; j < s->tokens.code.count; j++) {
            const struct token *t = &s->tokens.code.item[j];
            if (t->kind == TOKEN_NAME && t->end - t->begin == len &&
                !memcmp(s->bytes + t->begin, name, len))
                *list_add(out) = (struct place){s, j};
        }
    }
}

static struct function *function_of(struct project *p, const char *usr, const char *name)
{
    for (size_t i = 0; i < p->functions.count; i++)
        if (!strcmp(p->functions.item[i]->usr, usr))
            return p->functions.item[i];
    struct function *f = arena_alloc(sizeof *f);
    f->usr = usr;
    f->name = f->called = name;
    *list_add(&p->functions) = f;
    return f;
}

static const struct handle *handle_of(const struct project *p, const char *usr, size_t *index)
{
    for (size_t i = 0; i < p->handles.count; i++)
        if (!strcmp(p->handles.item[i].usr, usr)) {
            *index = i;
            return &p->handles.item[i];
        }
    return NULL;
}

/* --- the walk over one translation unit --- */

struct walk {
    struct project *p;
    struct function *function; /* whose body this is */
    context_list visible;      /* parameters and locals of it */
};

static void add_declaration(struct walk *w, CXCursor c)
{
    struct place at;
    if (!cursor_place(w->p, c, &at) || !tok_is_name(at.s, at.token))
        return;
    struct function *f = function_of(w->p, cursor_usr(c), cursor_name(c));
    if (clang_getCursorKind(c) == CXCursor_CXXMethod)
        f->called = arena_format("%s::%s",
                                 cursor_string(clang_getTypeSpelling(
                                     clang_getCursorType(clang_getCursorSemanticParent(c)))),
                                 f->name);
    for (size_t i = 0; i < f->declarations.count; i++)
        if (f->declarations.item[i].s == at.s && f->declarations.item[i].name == at.token)
            return;
    struct declaration d = {.s = at.s,
                            .name = at.token,
                            .open = NO_TOKEN,
                            .close = NO_TOKEN,
                            .body = NO_TOKEN,
                            .end = NO_TOKEN,
                            .cursor = c};
    d.is_static = clang_Cursor_getStorageClass(c) == CX_SC_Static;
    if (tok_is(at.s, at.token + 1, "(")) {
        d.open = at.token + 1;
        d.close = tok_match(at.s, d.open);
    }
    if (clang_isCursorDefinition(c) && d.close != NO_TOKEN) {
        size_t i = d.close;
        while (i != NO_TOKEN && !tok_is(at.s, i, "{"))
            i = tok_next(at.s, i);
        d.body = i;
        d.end = i == NO_TOKEN ? NO_TOKEN : tok_match(at.s, i);
        if (d.end == NO_TOKEN)
            d.body = NO_TOKEN;
    }
    *list_add(&f->declarations) = d;
}

/* A member, variable or parameter whose type holds an interrupt object. */
static void add_handle(struct walk *w, CXCursor c)
{
    CXType type = clang_getCanonicalType(clang_getCursorType(c));
    bool pointer = type.kind == CXType_Pointer;
    while (type.kind == CXType_ConstantArray || type.kind == CXType_IncompleteArray ||
           type.kind == CXType_Pointer)
        type = type.kind == CXType_Pointer
                   ? clang_getCanonicalType(clang_getPointeeType(type))
                   : clang_getCanonicalType(clang_getArrayElementType(type));
    const char *spelling = cursor_string(clang_getTypeSpelling(type));
    if (!strstr(spelling, "_NDIS_MINIPORT_INTERRUPT") || strstr(spelling, "CHARACTERISTICS"))
        return;
    struct place at;
    size_t index;
    const char *usr = cursor_usr(c);
    if (!cursor_place(w->p, c, &at) || handle_of(w->p, usr, &index))
        return;
    *list_add(&w->p->handles) = (struct handle){
        .usr = usr,
        .name = cursor_name(c),
        .pointer = pointer,
        .member = clang_getCursorKind(c) == CXCursor_FieldDecl,
        .s = at.s,
        .name_token = at.token,
        .record = cursor_name(clang_getCursorSemanticParent(c)),
    };
}

static void add_handle_use(struct walk *w, CXCursor c)
{
    size_t index;
    CXCursor referenced = clang_getCursorReferenced(c);
    struct place at;
    if (clang_Cursor_isNull(referenced) || !handle_of(w->p, cursor_usr(referenced), &index) ||
        !cursor_place(w->p, c, &at) || !tok_is(at.s, at.token, cursor_name(c)))
        return;
    for (size_t i = 0; i < w->p->handle_uses.count; i++)
        if (w->p->handle_uses.item[i].s == at.s && w->p->handle_uses.item[i].token == at.token)
            return;
    *list_add(&w->p->handle_uses) = at;
    *list_add(&w->p->handle_of_use) = index;
}

static void add_handler_use(struct walk *w, CXCursor c)
{
    const char *name = cursor_name(c);
    for (size_t h = 0; h < HANDLERS; h++) {
        if (strcmp(name, handler_member[h]))
            continue;
        CXCursor parent = clang_getCursorSemanticParent(clang_getCursorReferenced(c));
        while (clang_Cursor_isAnonymous(parent)) /* in C++ */
            parent = clang_getCursorSemanticParent(parent);
        const char *record = cursor_name(parent);
        if (!strstr(record, "MINIPORT_CHARACTERISTICS") || strstr(record, "INTERRUPT_CHAR"))
            return;
        struct place at;
        if (!cursor_place(w->p, c, &at) || !tok_is(at.s, at.token, name))
            return;
        for (size_t i = 0; i < w->p->handler_uses.count; i++)
            if (w->p->handler_uses.item[i].at.s == at.s &&
                w->p->handler_uses.item[i].at.token == at.token)
                return;
        *list_add(&w->p->handler_uses) = (struct handler_use){at, (enum handler)h, false, 0};
    }
}

static void add_object_use(struct walk *w, CXCursor c)
{
    struct place at;
    if (strcmp(cursor_name(c), "InterruptObject") || !cursor_place(w->p, c, &at) ||
        !tok_is(at.s, at.token, "InterruptObject"))
        return;
    const char *record = cursor_name(clang_getCursorSemanticParent(clang_getCursorReferenced(c)));
    if (strcmp(record, "_NDIS_MINIPORT_INTERRUPT"))
        return;
    for (size_t i = 0; i < w->p->object_uses.count; i++)
        if (w->p->object_uses.item[i].s == at.s && w->p->object_uses.item[i].token == at.token)
            return;
    *list_add(&w->p->object_uses) = at;
}

/* "NDIS_MINIPORT_CHARACTERISTICS C = { 5, 0, 0, 0, NULL, ... }": members by their order. */
static void add_positional(struct walk *w, CXCursor c)
{
    static const int index[HANDLERS] = {10, 8, 5, 6};
    CXType type = clang_getCanonicalType(clang_getCursorType(c));
    const char *spelling = cursor_string(clang_getTypeSpelling(type));
    struct place at;
    if (!strstr(spelling, "_MINIPORT_CHARACTERISTICS") || strstr(spelling, "DRIVER_CHAR") ||
        !cursor_place(w->p, c, &at) || !tok_is(at.s, at.token + 1, "=") ||
        !tok_is(at.s, at.token + 2, "{"))
        return;
    struct source *s = at.s;
    size_t close = tok_match(s, at.token + 2), first = at.token + 3;
    LIST(struct argument) elements = {0};
    for (size_t i = first; close != NO_TOKEN && i <= close; i++) {
        if (tok(s, i)->directive || tok_is(s, i, "."))
            return; /* designated, or by branches: the members are named or unknown */
        if (tok_is(s, i, "(") || (tok_is(s, i, "{") && i < close))
            i = tok_match(s, i);
        else if (tok_is(s, i, ",") || i == close) {
            *list_add(&elements) = (struct argument){first, i - 1};
            first = i + 1;
        }
    }
    for (size_t h = 0; h < HANDLERS; h++) {
        if ((size_t)index[h] >= elements.count)
            continue;
        struct argument e = elements.item[index[h]];
        bool known = e.last < e.first;
        for (size_t i = 0; i < w->p->handler_uses.count && !known; i++)
            known = w->p->handler_uses.item[i].at.s == s &&
                    w->p->handler_uses.item[i].at.token == e.first;
        if (!known)
            *list_add(&w->p->handler_uses) =
                (struct handler_use){{s, e.first}, (enum handler)h, true, e.last};
    }
}

static enum CXChildVisitResult first_function(CXCursor c, CXCursor parent, CXClientData data)
{
    CXCursor referenced = clang_getCursorReferenced(c);
    if (clang_getCursorKind(c) == CXCursor_DeclRefExpr &&
        clang_getCursorKind(referenced) == CXCursor_FunctionDecl) {
        *(CXCursor *)data = referenced;
        return CXChildVisit_Break;
    }
    return CXChildVisit_Recurse;
}

/* All values inside an expression that point to a structure, outermost first. */
struct collect {
    struct walk *w;
    context_list *out;
};

static enum CXChildVisitResult collect_contexts(CXCursor c, CXCursor parent, CXClientData data)
{
    struct collect *k = data;
    struct context context;
    if (cursor_context(k->w->p, c, &context)) {
        *list_add(k->out) = context;
    }
    return CXChildVisit_Recurse;
}

static void add_callback(struct walk *w, CXCursor call)
{
    CXCursor argument = clang_Cursor_getArgument(call, 1), f = clang_getNullCursor();
    first_function(argument, call, &f);
    if (clang_Cursor_isNull(f))
        clang_visitChildren(argument, first_function, &f);
    if (clang_Cursor_isNull(f) || !cursor_source(w->p, f))
        return;
    struct function *found = function_of(w->p, cursor_usr(f), cursor_name(f));
    struct context context;
    if (cursor_context(w->p, cursor_inner(clang_Cursor_getArgument(call, 2)), &context) &&
        *context.type)
        found->synchronized_with = context.type;
    for (size_t i = 0; i < w->p->callbacks.count; i++)
        if (w->p->callbacks.item[i] == found)
            return;
    *list_add(&w->p->callbacks) = found;
}

static enum CXChildVisitResult find_variable(CXCursor c, CXCursor parent, CXClientData data)
{
    if (clang_getCursorKind(c) == CXCursor_DeclRefExpr &&
        clang_getCursorKind(clang_getCursorReferenced(c)) != CXCursor_EnumConstantDecl)
        *(bool *)data = true;
    return CXChildVisit_Recurse;
}

/* A constant, also one by a macro's name. */
static bool is_constant(CXCursor c, bool *value)
{
    bool variable = clang_getCursorKind(c) == CXCursor_DeclRefExpr;
    clang_visitChildren(c, find_variable, &variable);
    CXEvalResult r = variable ? NULL : clang_Cursor_Evaluate(c);
    bool known = r && clang_EvalResult_getKind(r) == CXEval_Int;
    if (known)
        *value = clang_EvalResult_getAsInt(r) != 0;
    if (r)
        clang_EvalResult_dispose(r);
    return known;
}

static void add_call(struct walk *w, CXCursor c)
{
    const char *name = cursor_name(c);
    struct place at;
    find_indirect_call(w->p, c);
    if (!strcmp(name, "NdisMSynchronizeWithInterrupt"))
        add_callback(w, c);
    if (!strcmp(name, "NdisMSetAttributesEx") || !strcmp(name, "NdisMSetAttributes")) {
        struct context context;
        if (clang_Cursor_getNumArguments(c) > 1 && cursor_place(w->p, c, &at) &&
            cursor_context(w->p, cursor_inner(clang_Cursor_getArgument(c, 1)), &context))
            *list_add(&w->p->attributes) =
                (struct attributes){at, context, w->function ? w->function->usr : ""};
    } else if (!strcmp(name, "NdisMRegisterInterrupt")) {
        if (!cursor_place(w->p, c, &at) || !tok_is(at.s, at.token, name))
            return;
        for (size_t i = 0; i < w->p->registrations.count; i++)
            if (w->p->registrations.item[i].at.s == at.s &&
                w->p->registrations.item[i].at.token == at.token)
                return;
        struct registration *r = list_add(&w->p->registrations);
        r->at = at;
        r->parsed = true;
        r->function = w->function ? w->function->usr : "";
        r->isr_known = is_constant(clang_Cursor_getArgument(c, 4), &r->isr_wanted);
        r->shared_known = is_constant(clang_Cursor_getArgument(c, 5), &r->shared);
        struct collect k = {w, &r->contexts};
        clang_visitChildren(clang_Cursor_getArgument(c, 0), collect_contexts, &k);
        for (size_t i = 0; i < w->visible.count; i++)
            *list_add(&r->contexts) = w->visible.item[i];
    }
}

static enum CXChildVisitResult body(CXCursor c, CXCursor parent, CXClientData data)
{
    struct walk *w = data;
    switch (clang_getCursorKind(c)) {
    case CXCursor_VarDecl:
    case CXCursor_ParmDecl: {
        struct context context;
        add_handle(w, c);
        add_positional(w, c);
        find_isr_pointer(w->p, c);
        if (cursor_context(w->p, c, &context))
            *list_add(&w->visible) = context;
        if (clang_getCursorKind(c) == CXCursor_VarDecl && w->function)
            *list_add(&w->p->locals) = cursor_name(c);
        break;
    }
    case CXCursor_FieldDecl:
        add_handle(w, c);
        find_isr_pointer(w->p, c);
        break;
    case CXCursor_MemberRefExpr:
        add_handler_use(w, c);
        add_object_use(w, c);
        add_handle_use(w, c);
        break;
    case CXCursor_MemberRef:
        add_handler_use(w, c);
        add_handle_use(w, c);
        break;
    case CXCursor_DeclRefExpr:
        add_handle_use(w, c);
        break;
    case CXCursor_CallExpr:
        add_call(w, c);
        break;
    case CXCursor_FunctionDecl:
    case CXCursor_CXXMethod:
        add_declaration(w, c);
        break;
    default:
        break;
    }
    return CXChildVisit_Recurse;
}

static enum CXChildVisitResult top(CXCursor c, CXCursor parent, CXClientData data)
{
    struct walk *w = data;
    struct place at;
    if (clang_getCursorKind(c) == CXCursor_LinkageSpec ||
        clang_getCursorKind(c) == CXCursor_Namespace ||
        clang_getCursorKind(c) == CXCursor_UnexposedDecl)
        return CXChildVisit_Recurse;
    if (!cursor_source(w->p, c))
        return CXChildVisit_Continue;
    w->function = NULL;
    w->visible.count = 0;
    if (clang_getCursorKind(c) == CXCursor_FunctionDecl && cursor_place(w->p, c, &at)) {
        add_declaration(w, c);
        w->function = function_of(w->p, cursor_usr(c), cursor_name(c));
    }
    if (clang_getCursorKind(c) == CXCursor_CXXMethod && !clang_CXXMethod_isStatic(c))
        *list_add(&w->visible) =
            (struct context){cursor_string(clang_getTypeSpelling(clang_getCanonicalType(
                                 clang_getCursorType(clang_getCursorSemanticParent(c))))),
                             "this"};
    body(c, parent, w);
    clang_visitChildren(c, body, w);
    return CXChildVisit_Continue;
}

/* --- what the tokens add --- */

static bool is_declarator(const struct source *s, size_t i)
{
    static const char *const words[] = {"return", "else", "do", "case", "goto", "sizeof", NULL};
    size_t before = tok_prev(s, i);
    return tok_is_name(s, before) && !is_one_of(tok_text(s, before), words) &&
           !tok(s, i)->directive;
}

/* The function that an argument names, through casts. */
static struct function *function_in(const struct project *p, const struct source *s,
                                    const struct argument *a)
{
    for (size_t i = a->last + 1; i-- > a->first;)
        if (tok_is_name(s, i) && function_named(p, tok_text(s, i)))
            return function_named(p, tok_text(s, i));
    return NULL;
}

/* Is the result of the call at token i used? Not if it begins its statement, or after "(VOID)". */
static bool result_used(const struct source *s, size_t i)
{
    size_t before = tok_prev(s, i);
    if (tok_is(s, before, ")")) {
        size_t open = tok_match(s, before);
        if (open != NO_TOKEN && before == open + 2 &&
            (tok_is(s, open + 1, "VOID") || tok_is(s, open + 1, "void")))
            return false;
        size_t word = open == NO_TOKEN ? NO_TOKEN : tok_prev(s, open);
        return !tok_is_control(s, word);
    }
    return !(before == NO_TOKEN || tok_is(s, before, ";") || tok_is(s, before, "{") ||
             tok_is(s, before, "}") || tok_is(s, before, "else") || tok_is(s, before, "do") ||
             tok_is(s, before, ":"));
}

static void find_calls(struct project *p)
{
    place_list found = {0};
    find_name(p, "NdisMRegisterInterrupt", &found);
    for (size_t i = 0; i < found.count; i++) {
        struct place at = found.item[i];
        bool known = false;
        for (size_t j = 0; j < p->registrations.count; j++)
            known |= p->registrations.item[j].at.s == at.s &&
                     p->registrations.item[j].at.token == at.token;
        if (!known && tok_is(at.s, at.token + 1, "(") && !is_declarator(at.s, at.token))
            list_add(&p->registrations)->at = at;
    }
    for (size_t i = 0; i < p->registrations.count; i++) {
        struct registration *r = &p->registrations.item[i];
        if (!tok_arguments(r->at.s, r->at.token + 1, &r->arguments, &r->close))
            r->arguments.count = 0;
    }
    found.count = 0;
    find_name(p, "NdisMSynchronizeWithInterrupt", &found);
    for (size_t i = 0; i < found.count; i++) {
        struct place at = found.item[i];
        if (!tok_is(at.s, at.token + 1, "(") || is_declarator(at.s, at.token))
            continue;
        struct synchronization *y = list_add(&p->synchronizations);
        y->at = at;
        y->result_used = result_used(at.s, at.token);
        if (tok_arguments(at.s, at.token + 1, &y->arguments, &y->close) && y->arguments.count == 3)
            y->callback = function_in(p, at.s, &y->arguments.item[1]);
    }
    found.count = 0;
    find_name(p, "NdisMDeregisterInterrupt", &found);
    for (size_t i = 0; i < found.count; i++)
        if (tok_is(found.item[i].s, found.item[i].token + 1, "(") &&
            !is_declarator(found.item[i].s, found.item[i].token))
            *list_add(&p->deregistrations) = found.item[i];
}

/* In macros and in branches left out: ".ISRHandler =" is the characteristics' as well. */
static void find_hidden_handlers(struct project *p)
{
    for (size_t h = 0; h < HANDLERS; h++) {
        place_list found = {0};
        find_name(p, handler_member[h], &found);
        for (size_t i = 0; i < found.count; i++) {
            struct place at = found.item[i];
            size_t before = at.token ? at.token - 1 : NO_TOKEN;
            bool known = !tok_is(at.s, before, ".") && !tok_is(at.s, before, "->");
            for (size_t j = 0; j < p->handler_uses.count && !known; j++)
                known = p->handler_uses.item[j].at.s == at.s &&
                        p->handler_uses.item[j].at.token == at.token;
            if (known || !tok_is(at.s, at.token + 1, "="))
                continue;
            /* Members of the 6.0 structure have two of the names. */
            if (h >= HANDLER_DISABLE && (source_uses(at.s, "InterruptDpcHandler") ||
                                         source_uses(at.s, "NdisMRegisterInterruptEx")))
                continue;
            *list_add(&p->handler_uses) = (struct handler_use){at, (enum handler)h, false, 0};
        }
    }
}

void model_build(struct project *p)
{
    mark_control_macros(p);
    for (size_t i = 0; i < p->units.count; i++) {
        struct walk w = {.p = p};
        clang_visitChildren(clang_getTranslationUnitCursor(p->units.item[i].tu), top, &w);
    }
    find_calls(p);
    find_hidden_handlers(p);
    find_hidden_isr_calls(p);
}
