/* SPDX-License-Identifier: MIT */
/* mask.c - the code by which ISR and DPC mask and unmask the card, where there is one such piece
 * and no other: a call with the adapter, else one register that is named a mask, else the one
 * function of the driver that is named for it and may be called at DIRQL. */
#include "port/mask.h"
#include "port/cursor.h"
#include "port/rewrite.h"
#include <ctype.h>
#include <string.h>

/* --- what a function reaches --- */

static const char *const not_at_dirql[] = {"NdisMSynchronizeWithInterrupt",
                                           "NdisAcquireSpinLock",
                                           "NdisDprAcquireSpinLock",
                                           "NdisAcquireReadWriteLock",
                                           "KeAcquireSpinLock",
                                           "KeAcquireSpinLockAtDpcLevel",
                                           "KeAcquireInStackQueuedSpinLock",
                                           "KeWaitForSingleObject",
                                           "NdisWaitEvent",
                                           "NdisMSleep",
                                           "NdisMIndicateStatus",
                                           "NdisAllocateMemory",
                                           "NdisAllocateMemoryWithTag",
                                           "NdisFreeMemory",
                                           "NdisMSendComplete",
                                           "NdisScheduleWorkItem",
                                           "NdisSetTimer",
                                           "NdisMSetTimer",
                                           "NdisMCancelTimer",
                                           NULL};

static const char *reached_in(const struct project *p, const struct source *s, size_t first,
                              size_t last, unsigned depth, struct place *where);

/* "#define NAME(...)" in the driver: what its body reaches. */
static const char *reached_by_macro(const struct project *p, const char *name, unsigned depth,
                                    struct place *where)
{
    place_list found = {0};
    find_name(p, name, &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct source *s = found.item[i].s;
        size_t t = found.item[i].token, last = t;
        if (t < 2 || !tok_is(s, t - 1, "define") || !tok(s, t - 2)->first)
            continue;
        while (last + 1 < s->tokens.code.count && tok(s, last + 1)->directive &&
               !tok(s, last + 1)->first)
            last++;
        const char *reached = reached_in(p, s, t + 2, last, depth, where);
        if (reached)
            return reached;
    }
    return NULL;
}

static const char *reached_in(const struct project *p, const struct source *s, size_t first,
                              size_t last, unsigned depth, struct place *where)
{
    bool macro = first < s->tokens.code.count && tok(s, first)->directive;
    for (size_t i = first; i <= last && i < s->tokens.code.count; i++) {
        if (!tok_is_name(s, i) || !tok_is(s, i + 1, "(") || tok(s, i)->directive != macro)
            continue;
        const char *name = tok_text(s, i), *reached = NULL;
        if (is_one_of(name, not_at_dirql)) {
            *where = (struct place){(struct source *)s, i};
            return name;
        }
        const struct function *called = depth ? function_named(p, name) : NULL;
        const struct declaration *d = function_definition(called);
        if (d)
            reached = reached_in(p, d->s, d->body, d->end, depth - 1, where);
        else if (depth && !called)
            reached = reached_by_macro(p, name, depth - 1, where);
        if (reached)
            return reached;
    }
    return NULL;
}

const char *mask_not_synchronized(const struct project *p, const struct declaration *d,
                                  struct place *where)
{
    const struct source *s = d->s;
    for (size_t i = d->body; i < d->end; i++) {
        const struct declaration *called = NULL;
        const char *reached = NULL;
        if (!tok_is_name(s, i) || !tok_is(s, i + 1, "(") || tok_is(s, i, not_at_dirql[0]))
            continue;
        if (is_one_of(tok_text(s, i), not_at_dirql)) {
            *where = (struct place){(struct source *)s, i};
            return tok_text(s, i);
        }
        called = function_definition(function_named(p, tok_text(s, i)));
        if (called)
            reached = reached_in(p, called->s, called->body, called->end, 2, where);
        if (reached)
            return reached;
    }
    return NULL;
}

const char *mask_not_at_dirql(const struct project *p, const struct function *f,
                              struct place *where)
{
    const struct declaration *d = function_definition(f);
    return d ? reached_in(p, d->s, d->body, d->end, 3, where) : NULL;
}

/* --- names --- */

/* "int" is a word of its own in DisableInt, INT_MASK and IntsOff, but not in Interface, Point or
 * Maintain. */
static bool is_word(const char *name, const char *at)
{
    const char *next = at + strlen("int");
    if (*next == 's' || *next == 'S' || *next == 'r' || *next == 'R')
        next++;
    bool begins = at == name || !isalpha((unsigned char)at[-1]) ||
                  (isupper((unsigned char)at[0]) && islower((unsigned char)at[-1]));
    bool ends = !isalpha((unsigned char)*next) || !strncasecmp(next, "mask", 4) ||
                (isupper((unsigned char)*next) && islower((unsigned char)next[-1]));
    return begins && ends;
}

static bool names_interrupt(const char *name)
{
    if (strcasestr(name, "irq") || strcasestr(name, "interrupt"))
        return true;
    for (const char *at = name; (at = strcasestr(at, "int")); at++)
        if (is_word(name, at))
            return true;
    return false;
}

/* Of "NIC", "Get" and "Mask" in NICGetMask; 0 at what is no letter. */
static size_t length_of_word(const char *c)
{
    size_t n = 0;
    while (isupper((unsigned char)c[n]))
        n++;
    if (n > 1)
        return islower((unsigned char)c[n]) ? n - 1 : n;
    while (islower((unsigned char)c[n]))
        n++;
    return n;
}

/* "GetInterruptMask", "IsInterruptDisabled", "DisableInterruptModeration": it asks, or it is not
 * the interrupt that is disabled. */
static bool names_something_else(const char *name)
{
    static const char *const words[] = {
        "get",  "is",    "are",     "has",      "was",   "query",      "read",  "check",  "test",
        "save", "wait",  "enabled", "disabled", "poll",  "polling",    "timer", "timers", "delay",
        "rate", "count", "counter", "counters", "stats", "statistics", NULL};
    static const char *const stems[] = {"moderat", "coalesc", "throttl", "mitigat", NULL};
    for (size_t i = 0; stems[i]; i++)
        if (strcasestr(name, stems[i]))
            return true;
    for (const char *c = name; *c;) {
        size_t n = length_of_word(c);
        const char *word = arena_copy(c, n);
        for (size_t i = 0; words[i]; i++)
            if (!strcasecmp(word, words[i]))
                return true;
        c += n ? n : 1;
    }
    return false;
}

bool mask_named(const char *name, bool enable)
{
    static const char *const off[] = {"disable", "mask", "block", NULL};
    static const char *const on[] = {"enable", "unmask", "apply", "unblock", NULL};
    bool is_on = false, is_off = false;
    for (size_t i = 0; on[i]; i++)
        is_on |= strcasestr(name, on[i]) != NULL;
    for (size_t i = 0; off[i]; i++)
        is_off |= strcasestr(name, off[i]) != NULL;
    return names_interrupt(name) && !names_something_else(name) &&
           (enable ? is_on && !strcasestr(name, "disable") : is_off && !is_on);
}

/* MaskCard beside UnmaskCard: of two such functions, what the ISR or DPC calls masks or unmasks the
 * interrupt without saying so. */
static bool is_one_of_two(const struct project *p, const char *name, bool enable)
{
    const char *at = strcasestr(name, enable ? "unmask" : "mask");
    if (!at || names_something_else(name))
        return false;
    const char *other = arena_format("%.*s%s%s", (int)(at - name), name, enable ? "" : "un",
                                     at + (enable ? strlen("un") : 0));
    for (size_t i = 0; i < p->functions.count; i++)
        if (!strcasecmp(p->functions.item[i]->name, other))
            return true;
    return false;
}

struct local_search {
    const char *name, *type;
};

static enum CXChildVisitResult local_type(CXCursor c, CXCursor parent, CXClientData data)
{
    struct local_search *l = data;
    if ((clang_getCursorKind(c) == CXCursor_VarDecl) && !strcmp(cursor_name(c), l->name) &&
        clang_getCanonicalType(clang_getCursorType(c)).kind == CXType_Pointer) {
        l->type = cursor_string(clang_getTypeSpelling(clang_getCursorType(c)));
        return CXChildVisit_Break;
    }
    return CXChildVisit_Recurse;
}

/* The variable or parameter that holds the adapter in a handler, and its type. */
static bool adapter_local(struct project *p, const struct declaration *d, const char *context,
                          struct local_search *out)
{
    for (size_t i = d->body; i < d->end; i++) {
        if (!tok_is_name(d->s, i) || !tok_is(d->s, i, context))
            continue;
        size_t begin = statement_begin(d->s, i), equals = i;
        while (equals > begin && !tok_is(d->s, equals, "="))
            equals--;
        if (equals == begin || !tok_is_name(d->s, equals - 1))
            continue;
        *out = (struct local_search){tok_text(d->s, equals - 1), NULL};
        clang_visitChildren(d->cursor, local_type, out);
        if (out->type)
            return true;
    }
    struct parameter old[3];
    size_t count = 0;
    for (parameters_of(d->s, d, old, 3, &count); count-- > 0;)
        if (!strcmp(old[count].name_text, context) && !is_handle_type(old[count].type)) {
            *out = (struct local_search){context, old[count].type}; /* the parameter itself */
            return true;
        }
    return false;
}

const char *mask_context(const struct declaration *d, unsigned index)
{
    struct parameter old[3];
    size_t count;
    if (!parameters_of(d->s, d, old, 3, &count) || count <= index || old[index].name == NO_TOKEN)
        return NULL;
    return old[index].name_text;
}

/* Does a statement begin here? A call in a condition only asks. */
static bool begins_statement(const struct source *s, size_t i)
{
    static const char *const before[] = {";", "{", "}", ")", "else", "do", ":", NULL};
    size_t p = tok_prev(s, i);
    return p != NO_TOKEN && is_one_of(tok_text(s, p), before);
}

/* The call at token i, also one that NdisMSynchronizeWithInterrupt makes: what a handler at DIRQL
 * may call directly. */
static bool call_with_one_argument(const struct project *p, const struct declaration *d, size_t i,
                                   const char **name, struct argument *arg, const char **text)
{
    argument_list a;
    size_t close;
    for (size_t k = 0; k < p->synchronizations.count; k++) {
        const struct synchronization *y = &p->synchronizations.item[k];
        if (y->at.s != d->s || y->at.token != i || !y->callback || y->arguments.count != 3)
            continue;
        *name = y->callback->name;
        *arg = y->arguments.item[2];
        *text = arena_format(
            "%s%s)", style_call(style_of(d->s), *name),
            source_text(d->s, tok(d->s, arg->first)->begin, tok(d->s, arg->last)->end));
        return true;
    }
    if (!tok_is_name(d->s, i) || tok(d->s, i)->directive || !tok_is(d->s, i + 1, "(") ||
        !begins_statement(d->s, i) || !tok_arguments(d->s, i + 1, &a, &close) || a.count != 1)
        return false;
    *name = tok_text(d->s, i);
    *arg = a.item[0];
    *text = source_text(d->s, tok(d->s, i)->begin, tok(d->s, close)->end);
    return true;
}

/* Calls in the handler of a function or macro whose name says that it masks (or unmasks) the
 * interrupt, and whose one argument is the adapter. False if there are different ones. */
static bool find_candidate(struct project *p, const struct function *f, unsigned context_index,
                           bool enable, struct masking *out)
{
    const struct declaration *d = function_definition(f);
    const char *context = d ? mask_context(d, context_index) : NULL;
    struct local_search adapter = {"", NULL};
    out->text = NULL;
    if (!context)
        return true;
    adapter_local(p, d, context, &adapter);
    for (size_t i = d->body; i < d->end; i++) {
        const char *name, *text;
        struct argument arg;
        if (!call_with_one_argument(p, d, i, &name, &arg, &text) ||
            !(mask_named(name, enable) || is_one_of_two(p, name, enable)))
            continue;
        bool local = arg.first == arg.last && adapter.type && tok_is(d->s, arg.first, adapter.name);
        bool direct = tok_is(d->s, arg.last, context);
        if (!local && !direct)
            continue;
        if (out->text && strcmp(out->text, text))
            return false;
        *out = (struct masking){text,
                                NULL,
                                name,
                                {d->s, i},
                                local ? adapter.name : context,
                                local ? adapter.type : "NDIS_HANDLE"};
    }
    return true;
}

/* Both handlers write one register whose name says what it is: DC_WRITE(A, IrqMask, 0) in the ISR,
 * DC_WRITE(A, IrqMask, A->Mask) in the DPC. */
struct write {
    const char *where, *value, *text; /* all but the last argument; the last; the whole */
    const char *before;               /* the statement that sets the variable it writes, or NULL */
    struct place at;
};
typedef LIST(struct write) write_list;

/* Nothing else than the adapter (nothing at all, if it has to be constant), members, and names that
 * are no local variables of the function. */
static bool only_uses(const struct declaration *d, size_t first, size_t last, const char *adapter,
                      bool constant)
{
    struct source *s = d->s;
    for (size_t i = first; i <= last; i++) {
        if (!tok_is_name(s, i) || tok_is(s, i - 1, "->") || tok_is(s, i - 1, "."))
            continue;
        if (tok_is(s, i, adapter)) {
            if (constant)
                return false;
            continue;
        }
        struct local_search l = {tok_text(s, i), NULL};
        /* A local variable's value is not known elsewhere. */
        for (size_t k = d->body; k < d->end; k++)
            if (tok_is(s, k, l.name) && k != i && tok_is(s, k + 1, "=") &&
                !tok_is(s, k - 1, "->") && !tok_is(s, k - 1, "."))
                return false;
    }
    return true;
}

/* A constant is written in capitals; another name alone may be anything. */
static bool is_variable(const struct source *s, size_t token)
{
    if (tok_is_name(s, token))
        for (const char *c = tok_text(s, token); *c; c++)
            if (islower((unsigned char)*c))
                return true;
    return false;
}

/* "A->Mask = 0; WRITE(A, IMR, A->Mask);": what the statement before the write at `token` gives the
 * member that is written; first is NO_TOKEN if it is none. */
static struct argument shadow_set_before(const struct declaration *d, size_t token,
                                         const struct argument *value)
{
    struct source *s = d->s;
    struct argument none = {NO_TOKEN, NO_TOKEN};
    size_t equals = token;
    if (!tok_is(s, token - 1, ";") || value->first == value->last)
        return none;
    size_t begin = statement_begin(s, token - 2);
    while (equals > begin && !tok_is(s, equals, "="))
        equals--;
    if (equals == begin ||
        strcmp(source_text(s, tok(s, begin)->begin, tok(s, equals - 1)->end),
               source_text(s, tok(s, value->first)->begin, tok(s, value->last)->end)))
        return none;
    return (struct argument){equals + 1, token - 2};
}

/* "IMR" is the interrupt mask register, also as REG_IMR, but not in TIMR or IMRECV. */
static bool is_imr(const char *name)
{
    for (const char *at = name; (at = strcasestr(at, "imr")); at++)
        if ((at == name || !isalpha((unsigned char)at[-1])) && !isalpha((unsigned char)at[3]))
            return true;
    return false;
}

/* "IrqMask", "INT_ENABLE", "IMR" */
static bool names_mask(const char *name)
{
    return is_imr(name) ||
           (mask_named(arena_format("mask_%s", name), false) &&
            (strcasestr(name, "mask") || strcasestr(name, "imr") || strcasestr(name, "enable")));
}

struct volatile_search {
    struct project *p;
    const struct source *s;
    size_t token;
    bool found;
};

static enum CXChildVisitResult volatile_member(CXCursor c, CXCursor parent, CXClientData data)
{
    struct volatile_search *v = data;
    struct place at;
    if (clang_getCursorKind(c) == CXCursor_MemberRefExpr && cursor_place(v->p, c, &at) &&
        at.s == v->s && at.token == v->token)
        v->found = clang_isVolatileQualifiedType(clang_getCursorType(c)) ||
                   clang_isVolatileQualifiedType(clang_getCursorType(clang_getCursorReferenced(c)));
    return v->found ? CXChildVisit_Break : CXChildVisit_Recurse;
}

/* "A->Regs->IMR = value;": a member that is volatile, and named a mask. */
static void member_writes(struct project *p, const struct declaration *d, const char *adapter,
                          bool constant, write_list *out)
{
    struct source *s = d->s;
    for (size_t i = d->body; i < d->end; i++) {
        size_t end = statement_end(s, i), first = i;
        if (!tok_is_name(s, i) || tok(s, i)->directive || !tok_is(s, i + 1, "=") ||
            end == NO_TOKEN || !(tok_is(s, i - 1, "->") || tok_is(s, i - 1, ".")))
            continue;
        first = postfix_begin(s, i);
        struct volatile_search v = {p, s, i, false};
        if (statement_begin(s, i) != first || !tok_is(s, first, adapter) ||
            !names_mask(tok_text(s, i)) || !only_uses(d, first, i, adapter, false) ||
            !only_uses(d, i + 2, end - 1, adapter, constant) ||
            (i + 2 == end - 1 && is_variable(s, i + 2)))
            continue;
        clang_visitChildren(d->cursor, volatile_member, &v);
        if (v.found)
            *list_add(out) =
                (struct write){source_text(s, tok(s, first)->begin, tok(s, i)->end),
                               source_text(s, tok(s, i + 2)->begin, tok(s, end - 1)->end),
                               source_text(s, tok(s, first)->begin, tok(s, end - 1)->end),
                               NULL,
                               {s, first}};
    }
}

static void register_writes(const struct declaration *d, const char *adapter, bool constant,
                            write_list *out)
{
    struct source *s = d->s;
    for (size_t i = d->body; i < d->end; i++) {
        argument_list a;
        size_t close;
        if (!tok_is_name(s, i) || tok(s, i)->directive || !tok_is(s, i + 1, "(") ||
            !tok_arguments(s, i + 1, &a, &close) || a.count < 2 || !tok_is(s, close + 1, ";") ||
            statement_begin(s, i) != i)
            continue;
        const struct argument *value = &a.item[a.count - 1], *where = &a.item[a.count - 2];
        bool named = false;
        for (size_t k = where->first; k <= where->last; k++)
            named |= tok_is_name(s, k) && names_mask(tok_text(s, k));
        struct argument shadow = shadow_set_before(d, i, value);
        const struct argument *v = shadow.first == NO_TOKEN ? value : &shadow;
        if (!named || !only_uses(d, where->first, where->last, adapter, false) ||
            !only_uses(d, v->first, v->last, adapter, constant) ||
            (v->first == v->last && is_variable(s, v->first)))
            continue;
        *list_add(out) =
            (struct write){source_text(s, tok(s, i)->begin, tok(s, where->last)->end),
                           source_text(s, tok(s, v->first)->begin, tok(s, v->last)->end),
                           source_text(s, tok(s, i)->begin, tok(s, close)->end),
                           v == value ? NULL
                                      : source_text(s, tok(s, statement_begin(s, v->first))->begin,
                                                    tok(s, v->last)->end),
                           {s, i}};
    }
}

static bool find_register_pair(struct project *p, struct masking *off, struct masking *on)
{
    const struct declaration *isr = function_definition(p->handler[HANDLER_ISR]);
    const struct declaration *dpc = function_definition(p->handler[HANDLER_DPC]);
    const char *c1 = isr ? mask_context(isr, 2) : NULL, *c2 = dpc ? mask_context(dpc, 0) : NULL;
    struct local_search a1, a2;
    if (!c1 || !c2 || !adapter_local(p, isr, c1, &a1) || !adapter_local(p, dpc, c2, &a2))
        return false;
    write_list in_isr = {0}, in_dpc = {0};
    register_writes(isr, a1.name, true, &in_isr);
    register_writes(dpc, a2.name, false, &in_dpc);
    member_writes(p, isr, a1.name, true, &in_isr);
    member_writes(p, dpc, a2.name, false, &in_dpc);
    unsigned pairs = 0;
    for (size_t i = 0; i < in_isr.count; i++)
        for (size_t j = 0; j < in_dpc.count; j++) {
            const struct write *x = &in_isr.item[i], *y = &in_dpc.item[j];
            if (strcmp(x->where, y->where) || !strcmp(x->value, y->value))
                continue;
            if (pairs++ && (strcmp(off->text, x->text) || strcmp(on->text, y->text)))
                return false;
            *off = (struct masking){x->text, x->before, "", x->at, a1.name, a1.type};
            *on = (struct masking){y->text, y->before, "", y->at, a2.name, a2.type};
        }
    return pairs > 0;
}

/* --- functions that are named for it --- */

/* Does the parameter hold the adapter? By its type, by what the function makes of it, or by what a
 * caller of NdisMSynchronizeWithInterrupt gives. */
static bool takes_adapter(struct project *p, const struct function *f)
{
    const struct declaration *d = function_definition(f);
    struct context context;
    if (!p->context_type || !cursor_context(p, clang_Cursor_getArgument(d->cursor, 0), &context))
        return false;
    const char *type = context.type;
    if (!*type)
        type = type_of_context(p, f, 0);
    if (!type)
        type = f->synchronized_with;
    return type && !strcmp(type, p->context_type);
}

/* "BOOLEAN Enable" says what TRUE does; else the function's name does. */
static bool true_enables(const struct function *f, const char *parameter, bool *known)
{
    static const char *const negative[] = {"disable", "mask", "off", NULL};
    static const char *const positive[] = {"enable", "unmask", NULL};
    const char *names[2] = {parameter, f->name};
    *known = true;
    for (unsigned n = 0; n < 2; n++) {
        for (unsigned i = 0; positive[i]; i++)
            if (strcasestr(names[n], positive[i]) && !strcasestr(names[n], "disable"))
                return true;
        for (unsigned i = 0; n == 0 && negative[i]; i++)
            if (strcasestr(names[n], negative[i]))
                return false;
    }
    *known = false;
    return false;
}

/* What follows the adapter in a call that masks (or unmasks): "" or ", TRUE"; NULL if it does not.
 */
static const char *rest_of_call(const struct function *f, bool enable)
{
    const struct declaration *d = function_definition(f);
    int n = clang_Cursor_getNumArguments(d->cursor);
    bool known, positive;
    if (n == 1)
        return mask_named(f->name, enable) ? "" : NULL;
    if (n != 2 || !(mask_named(f->name, true) || mask_named(f->name, false) ||
                    mask_named(arena_format("mask_%s", f->name), false)))
        return NULL;
    CXCursor second = clang_Cursor_getArgument(d->cursor, 1);
    CXType type = clang_getCanonicalType(clang_getCursorType(second));
    positive = true_enables(f, cursor_name(second), &known);
    if (!known || (type.kind != CXType_UChar && type.kind != CXType_Bool))
        return NULL;
    return positive == enable ? ", TRUE" : ", FALSE";
}

static bool is_method(const struct function *f)
{
    const struct declaration *d = function_definition(f);
    return d && clang_getCursorKind(d->cursor) == CXCursor_CXXMethod;
}

/* A method of the adapter's class that takes nothing else, which a handler may call. */
static bool masks_by_method(const struct project *p, const struct function *f, bool enable)
{
    if (!is_method(f) || !p->context_type || !mask_named(f->name, enable))
        return false;
    CXCursor c = function_definition(f)->cursor;
    return clang_Cursor_getNumArguments(c) == 0 && !clang_CXXMethod_isStatic(c) &&
           clang_getCXXAccessSpecifier(c) == CX_CXXPublic &&
           !strcmp(cursor_name(clang_getCursorSemanticParent(c)), p->context_type);
}

static bool masks_by_function(struct project *p, const struct function *f, bool enable,
                              const char **rest)
{
    *rest = function_definition(f) && !is_method(f) ? rest_of_call(f, enable) : NULL;
    return *rest && takes_adapter(p, f);
}

/* The one function of the driver that is named for it, takes the adapter and may run at DIRQL; NULL
 * if there is none, or `sure` is not. Where there is a function, it is what calls the methods. */
static const struct function *named_for_it(struct project *p, bool enable, bool methods,
                                           const char **rest, bool *sure)
{
    const struct function *found = NULL;
    struct place where;
    for (size_t i = 0; i < p->functions.count && *sure; i++) {
        const struct function *f = p->functions.item[i];
        const char *r = NULL;
        if (!(methods ? masks_by_method(p, f, enable) : masks_by_function(p, f, enable, &r)) ||
            mask_not_at_dirql(p, f, &where))
            continue;
        *sure = !found;
        found = f;
        *rest = r;
    }
    return *sure ? found : NULL;
}

static bool find_by_name(struct project *p, bool enable, struct masking *out)
{
    const char *rest = NULL;
    bool sure = true;
    const struct function *found = named_for_it(p, enable, false, &rest, &sure);
    if (!found)
        found = named_for_it(p, enable, true, &rest, &sure);
    if (!found)
        return false;
    const struct declaration *d = function_definition(found);
    const char *type = arena_format("%s *", p->context_type ? p->context_type : "");
    if (rest)
        type = cursor_string(
            clang_getTypeSpelling(clang_getCursorType(clang_Cursor_getArgument(d->cursor, 0))));
    struct local_search l = {"Adapter", NULL};
    const struct function *isr =
        p->handler[HANDLER_ISR] ? p->handler[HANDLER_ISR] : p->handler[HANDLER_DPC];
    const struct declaration *isr_d = function_definition(isr);
    const char *context = mask_context(isr_d, isr == p->handler[HANDLER_ISR] ? 2 : 0);
    if (!context || !adapter_local(p, isr_d, context, &l))
        l.name = style_local("Adapter", p->locals.item, p->locals.count);
    const char *call = style_call(style_of(d->s), found->name);
    *out = (struct masking){rest ? arena_format("%s%s%s)", call, l.name, rest)
                                 : arena_format("%s->%s)", l.name, call),
                            NULL,
                            rest ? found->name : "", /* a method needs no declaration */
                            {d->s, d->name},
                            l.name,
                            l.type ? l.type : type};
    return true;
}

/* The DPC may call what NDIS must not be given: then it is no candidate, and `barred` says why. */
static void drop_not_at_dirql(const struct project *p, struct masking *on)
{
    struct place where;
    const struct function *f = on->text ? function_named(p, on->call) : NULL;
    const char *reached = NULL;
    if (on->text)
        reached = f ? mask_not_at_dirql(p, f, &where) : reached_by_macro(p, on->call, 3, &where);
    if (reached)
        *on = (struct masking){.barred = arena_format("%s, which the DPC calls, gets to %s, which "
                                                      "must not be called at DIRQL",
                                                      on->call, reached)};
}

bool mask_find(struct project *p, struct masking *off, struct masking *on)
{
    *off = *on = (struct masking){0};
    bool sure = find_candidate(p, p->handler[HANDLER_ISR], 2, false, off);
    sure &= find_candidate(p, p->handler[HANDLER_DPC], 0, true, on);
    drop_not_at_dirql(p, on);
    if (sure && (!off->text || !on->text)) {
        struct masking a = *off, b = *on;
        if (find_register_pair(p, &a, &b)) {
            *off = a;
            *on = b;
        } else {
            bool off_called = off->text, on_called = on->text;
            if (!off->text && !find_by_name(p, false, off))
                off->text = NULL;
            if (!on->text && !find_by_name(p, true, on))
                on->text = NULL;
            /* A name alone is trusted only if there is one for the other half, too. */
            bool wanted_off = !p->handler[HANDLER_DISABLE], wanted_on = !p->handler[HANDLER_ENABLE];
            if (!off->text && wanted_off && !on_called)
                on->text = NULL;
            if (!on->text && wanted_on && !off_called)
                off->text = NULL;
        }
    }
    return sure;
}
