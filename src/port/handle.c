/* SPDX-License-Identifier: MIT */
/* handle.c - the interrupt object becomes a handle.
 *
 * NDIS_MINIPORT_INTERRUPT was memory of the driver's, NDIS_HANDLE is a value that NDIS gives back.
 * With the type exchanged by name everything that points to the object points to the handle, so a
 * pointer stays a pointer (PNDIS_HANDLE), and only where NDIS takes the handle it is followed. */
#include "port/cursor.h"
#include "port/project.h"
#include "port/rewrite.h"
#include <ctype.h>
#include <string.h>

/* "Interrupt" -> "NdisInterruptHandle" (as the porting guide and Microsoft's samples call it),
 * "InterruptObject" the same, "m_Irq" -> "m_IrqHandle", "intr" -> "intr_handle"; what is called a
 * handle keeps its name. */
static const char *new_name(const struct project *p, const char *name)
{
    static const char *const endings[] = {"InterruptObject", "Object", "Obj",
                                          "_object",         "_obj",   NULL};
    size_t n = strlen(name);
    if (ends_with(name, "Handle") || ends_with(name, "handle"))
        return name;
    for (size_t i = 0; endings[i]; i++)
        if (ends_with(name, endings[i]) && strcmp(endings[i], "InterruptObject")) {
            n -= strlen(endings[i]);
            break;
        }
    const char *stem = n ? arena_copy(name, n) : name;
    if (!strcmp(stem, "Interrupt") || !strcmp(stem, "NdisInterrupt"))
        return free_name(p, "NdisInterruptHandle");
    bool upper = false;
    for (const char *c = name; *c; c++)
        upper |= isupper((unsigned char)*c);
    return free_name(p, arena_format(upper ? "%sHandle" : "%s_handle", stem));
}

/* Looks up or down while words begin in this column; comments may stand between the lines. */
static bool lined_up_with(const struct source *s, size_t line, size_t column, bool below)
{
    for (;;) {
        if (below ? line_end(s, line) + 1 >= s->len : !line)
            return false;
        line = below ? line_end(s, line) + 1 : line_begin(s, line - 1);
        size_t end = line_end(s, line), there = line + column, first = token_after(s, line);
        if (first == NO_TOKEN || tok(s, first)->begin >= end) {
            if (strlen(line_indent(s, line)) >= end - line) /* a blank line */
                return false;
            continue;
        }
        if (there >= end || column < 3 || token_at(s, there) == NO_TOKEN ||
            s->bytes[there - 1] != ' ')
            return false;
        if (s->bytes[there - 2] == ' ')
            return true;
    }
}

bool lined_up(const struct source *s, size_t token)
{
    if (!tok_is_name(s, token))
        return false;
    size_t offset = tok(s, token)->begin, line = line_begin(s, offset), column = offset - line;
    return lined_up_with(s, line, column, false) || lined_up_with(s, line, column, true) ||
           (s->bytes[offset - 1] == ' ' && s->bytes[offset - 2] == ' ');
}

static void rename_types(struct project *p)
{
    static const char *const types[][2] = {
        {"NDIS_MINIPORT_INTERRUPT", "NDIS_HANDLE"},
        {"PNDIS_MINIPORT_INTERRUPT", "PNDIS_HANDLE"},
        {"W_ISR_HANDLER", "MINIPORT_ISR_HANDLER"},
        {"W_HANDLE_INTERRUPT_HANDLER", "MINIPORT_INTERRUPT_DPC_HANDLER"},
        {"W_ENABLE_INTERRUPT_HANDLER", "MINIPORT_ENABLE_INTERRUPT_HANDLER"},
        {"W_DISABLE_INTERRUPT_HANDLER", "MINIPORT_DISABLE_INTERRUPT_HANDLER"},
    };
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        place_list found = {0};
        find_name(p, types[t][0], &found);
        for (size_t i = 0; i < found.count; i++) {
            struct source *s = found.item[i].s;
            const struct token *k = tok(s, found.item[i].token);
            /* What is lined up behind the type stays where it is. */
            size_t end = k->end;
            const char *pad = "";
            if (strlen(types[t][0]) > strlen(types[t][1]) && lined_up(s, found.item[i].token + 1))
                pad = arena_format("%*s", (int)(strlen(types[t][0]) - strlen(types[t][1])), "");
            source_edit(s, k->begin, end, arena_format("%s%s", types[t][1], pad));
        }
    }
}

/* The comment behind a member whose declaration changes its length stays in its column, if it is
 * one of several below each other and there is room. */
static void keep_comment_column(struct source *s, size_t name, const char *new_name)
{
    static const char type[] = "NDIS_MINIPORT_INTERRUPT", new_type[] = "NDIS_HANDLE";
    size_t semicolon = statement_end(s, name), from, spaces = 0;
    long growth = (long)strlen(new_name) - (long)strlen(tok_text(s, name));
    if (semicolon == NO_TOKEN)
        return;
    if (tok_is(s, name - 1, type) && !lined_up(s, name))
        growth += (long)sizeof new_type - (long)sizeof type;
    from = tok(s, semicolon)->end;
    while (from + spaces < s->len && s->bytes[from + spaces] == ' ')
        spaces++;
    if (spaces < 2 || from + spaces >= s->len || s->bytes[from + spaces] != '/')
        return;
    if (growth > 0 && spaces > (size_t)growth)
        source_edit(s, from, from + (size_t)growth, "");
    else if (growth < 0)
        source_insert(s, from, arena_format("%*s", (int)-growth, ""));
}

/* NDIS 5's object was the system's, and a driver could give it to the system, or look into it. A
 * handle of NDIS 6 is neither: none of that may be left to compile. */
static bool is_used_as_object(const struct source *s, size_t name)
{
    static const char *const takers[] = {"KeSynchronizeExecution", "KeAcquireInterruptSpinLock",
                                         "KeReleaseInterruptSpinLock", "IoDisconnectInterrupt",
                                         NULL};
    size_t first = postfix_begin(s, name), last = name;
    for (;;) { /* (X), (PKINTERRUPT)X */
        if (tok_is(s, first - 1, "(") && tok_is(s, last + 1, ")") && !tok_is_name(s, first - 2))
            first--, last++;
        else if (tok_is(s, first - 1, ")") && tok_match(s, first - 1) != NO_TOKEN)
            first = tok_match(s, first - 1);
        else
            break;
    }
    return tok_is(s, last + 1, "->") || tok_is(s, last + 1, ".") ||
           (tok_is(s, first - 1, "(") && is_one_of(tok_text(s, first - 2), takers));
}

/* "X.InterruptObject" is set while the interrupt is registered: so is the handle. */
static void rename_objects(struct project *p)
{
    for (size_t i = 0; i < p->object_uses.count; i++) {
        struct source *s = p->object_uses.item[i].s;
        size_t name = p->object_uses.item[i].token, dot = name - 1;
        if (is_used_as_object(s, name)) {
            report_at(p->report, FINDING_ERROR, ERROR_MODEL, s, tok(s, name)->begin,
                      "the interrupt object itself is used here: NDIS 6 gives a driver none, only "
                      "a handle")
                ->hint = "do this otherwise (NdisMSynchronizeWithInterrupt for "
                         "KeSynchronizeExecution), or leave it out, then port again";
            continue;
        }
        if (tok_is(s, dot, ".")) {
            source_edit(s, tok(s, dot)->begin, tok(s, name)->end, "");
        } else if (tok_is(s, dot, "->")) {
            size_t first = postfix_begin(s, dot - 1);
            bool postfix = tok_is(s, name + 1, "[") || tok_is(s, name + 1, "->") ||
                           tok_is(s, name + 1, ".") || tok_is(s, name + 1, "(");
            source_insert(s, tok(s, first)->begin, postfix ? "(*" : "*");
            source_edit(s, tok(s, dot)->begin, tok(s, name)->end, postfix ? ")" : "");
        }
        report_at(p->report, FINDING_DONE, RULE_HANDLE, s, tok(s, name)->begin,
                  "the handle says whether the interrupt is registered");
    }
}

static bool use_known(const struct project *p, const struct source *s, size_t token)
{
    for (size_t i = 0; i < p->handle_uses.count; i++)
        if (p->handle_uses.item[i].s == s && p->handle_uses.item[i].token == token)
            return true;
    return false;
}

struct member_search {
    const struct handle *h;
    bool other;
};

static enum CXChildVisitResult other_member(CXCursor c, CXCursor parent, CXClientData data)
{
    struct member_search *m = data;
    if (clang_getCursorKind(c) == CXCursor_FieldDecl && !strcmp(cursor_name(c), m->h->name) &&
        strcmp(cursor_usr(c), m->h->usr)) {
        m->other = true;
        return CXChildVisit_Break;
    }
    return clang_isDeclaration(clang_getCursorKind(c)) &&
                   clang_getCursorKind(c) != CXCursor_FunctionDecl
               ? CXChildVisit_Recurse
               : CXChildVisit_Continue;
}

/* Has another structure, of the driver or of its headers, a member of this name? */
static bool name_is_shared(const struct project *p, const struct handle *h)
{
    struct member_search m = {h, false};
    for (size_t i = 0; i < p->units.count && !m.other; i++)
        clang_visitChildren(clang_getTranslationUnitCursor(p->units.item[i].tu), other_member, &m);
    return m.other;
}

struct base_search {
    const char *name, *record;
    bool found;
};

static enum CXChildVisitResult variable_of_record(CXCursor c, CXCursor parent, CXClientData data)
{
    struct base_search *b = data;
    enum CXCursorKind kind = clang_getCursorKind(c);
    if ((kind != CXCursor_VarDecl && kind != CXCursor_ParmDecl) || strcmp(cursor_name(c), b->name))
        return CXChildVisit_Recurse;
    CXType type = clang_getCanonicalType(clang_getCursorType(c));
    if (type.kind == CXType_Pointer)
        type = clang_getCanonicalType(clang_getPointeeType(type));
    b->found = !strcmp(cursor_name(clang_getTypeDeclaration(type)), b->record);
    return CXChildVisit_Break;
}

/* "X->Interrupt": is X a variable of the function that points to the handle's structure, or is the
 * same written where libclang saw it? */
static bool is_member_of_record(const struct project *p, const struct handle *h,
                                const struct source *s, size_t token)
{
    size_t first = postfix_begin(s, token);
    const struct function *f = function_around(p, s, token);
    const struct declaration *d = function_definition(f);
    struct base_search b = {tok_text(s, first), h->record, false};
    if (d && first == token - 2)
        clang_visitChildren(d->cursor, variable_of_record, &b);
    const char *text = source_text(s, tok(s, first)->begin, tok(s, token)->end);
    for (size_t i = 0; i < p->handle_uses.count && !b.found; i++) {
        const struct source *u = p->handle_uses.item[i].s;
        size_t t = p->handle_uses.item[i].token, begin = postfix_begin(u, t);
        b.found = &p->handles.item[p->handle_of_use.item[i]] == h && d &&
                  function_around(p, u, t) == f &&
                  !strcmp(source_text(u, tok(u, begin)->begin, tok(u, t)->end), text);
    }
    return b.found;
}

/* What libclang does not see: macros, branches left out, and what is given to a macro that throws
 * it away in this build. "->Interrupt" there is the member if nothing else is of this name, or if
 * what it is a member of says so. */
static void rename_hidden(struct project *p, const struct handle *h)
{
    place_list found = {0};
    int shared = -1; /* not asked yet */
    find_name(p, h->name, &found);
    for (size_t i = 0; i < found.count; i++) {
        struct source *s = found.item[i].s;
        size_t t = found.item[i].token;
        if (use_known(p, s, t) || !(tok_is(s, t - 1, ".") || tok_is(s, t - 1, "->")) ||
            tok_is(s, t - 2, "u"))
            continue;
        bool thrown_away = !tok(s, t)->directive && !in_left_out_branch(p, s, t);
        if (thrown_away && shared < 0)
            shared = name_is_shared(p, h);
        if (thrown_away && shared && !is_member_of_record(p, h, s, t))
            continue; /* libclang saw it: a member of another structure */
        if (tok_is(s, t + 1, ".") && !tok_is(s, t + 2, "InterruptObject"))
            continue;
        source_edit(s, tok(s, t)->begin, tok(s, t)->end, h->new_name);
        if (tok_is(s, t + 1, ".") && tok_is(s, t + 2, "InterruptObject"))
            source_edit(s, tok(s, t + 1)->begin, tok(s, t + 2)->end, "");
        if (!tok(s, t)->directive && !thrown_away)
            *list_add(&p->left_out) = found.item[i];
        report_at(p->report, FINDING_DONE, RULE_BRANCH, s, tok(s, t)->begin,
                  "%s becomes %s, by its name only: libclang does not see this place", h->name,
                  h->new_name);
    }
}

void rewrite_handles(struct project *p)
{
    rename_types(p);
    rename_objects(p);
    for (size_t i = 0; i < p->handles.count; i++) {
        struct handle *h = &p->handles.item[i];
        h->new_name = h->name;
        if (h->pointer || !*h->name)
            continue; /* a pointer's name says what it points to: kept */
        for (size_t j = 0; j < i; j++)
            if (!strcmp(p->handles.item[j].name, h->name) && !p->handles.item[j].pointer)
                h->new_name = p->handles.item[j].new_name;
        if (h->new_name == h->name)
            h->new_name = new_name(p, h->name);
        const struct token *k = tok(h->s, h->name_token);
        bool renamed = strcmp(h->new_name, h->name) != 0;
        if (renamed)
            source_edit(h->s, k->begin, k->end, h->new_name);
        if (h->member)
            keep_comment_column(h->s, h->name_token, h->new_name);
        report_at(p->report, FINDING_DONE, RULE_HANDLE, h->s, k->begin,
                  "%s%s%s becomes the NDIS_HANDLE %s", h->member ? h->record : "",
                  h->member ? "." : "", h->name, h->new_name);
        if (h->member && renamed)
            rename_hidden(p, h);
    }
    for (size_t i = 0; i < p->handle_uses.count; i++) {
        const struct handle *h = &p->handles.item[p->handle_of_use.item[i]];
        struct source *s = p->handle_uses.item[i].s;
        const struct token *k = tok(s, p->handle_uses.item[i].token);
        if (strcmp(h->new_name, h->name))
            source_edit(s, k->begin, k->end, h->new_name);
    }
}

const char *handle_value(struct source *s, size_t first, size_t last)
{
    /* (&X), (PNDIS_MINIPORT_INTERRUPT)&X */
    for (;;) {
        bool parameter =
            tok(s, first)->directive && last == first + 2; /* of a macro: "(x)" stays */
        if (tok_is(s, first, "(") && tok_match(s, first) == last && !parameter) {
            first++, last--;
        } else if (tok_is(s, first, "(") && tok_match(s, first) != NO_TOKEN &&
                   tok_match(s, first) < last &&
                   (tok_is(s, tok_match(s, first) + 1, "&") ||
                    tok_is(s, first + 1, "PNDIS_MINIPORT_INTERRUPT"))) {
            first = tok_match(s, first) + 1;
        } else {
            break;
        }
    }
    if (tok_is(s, first, "&") && tok_is(s, first + 1, "(") && tok_match(s, first + 1) == last)
        return source_take(s, tok(s, first + 2)->begin, tok(s, last - 1)->end); /* &(x) */
    if (tok_is(s, first, "&"))
        return source_take(s, tok(s, first + 1)->begin, tok(s, last)->end);
    const char *text = source_take(s, tok(s, first)->begin, tok(s, last)->end);
    return postfix_begin(s, last) == first ? arena_format("*%s", text)
                                           : arena_format("*(%s)", text);
}

void rewrite_deregistrations(struct project *p)
{
    for (size_t i = 0; i < p->deregistrations.count; i++) {
        struct source *s = p->deregistrations.item[i].s;
        size_t name = p->deregistrations.item[i].token, close;
        argument_list a;
        if (!tok_arguments(s, name + 1, &a, &close) || a.count != 1) {
            report_at(p->report, FINDING_ERROR, ERROR_MODEL, s, tok(s, name)->begin,
                      "NdisMDeregisterInterrupt without its one argument: a macro hides it");
            continue;
        }
        size_t begin = tok(s, a.item[0].first)->begin, end = tok(s, a.item[0].last)->end;
        const char *value = handle_value(s, a.item[0].first, a.item[0].last);
        source_take(s, begin, end);
        source_edit(s, begin, end, value);
        source_insert(s, tok(s, name)->end, "Ex");
        report_at(p->report, FINDING_DONE, RULE_DEREGISTER, s, tok(s, name)->begin,
                  "NdisMDeregisterInterruptEx takes the handle; it also waits for DPCs");
    }
}
