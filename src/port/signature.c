/* SPDX-License-Identifier: MIT */
/* signature.c - parameters and heads of functions, laid out as the author lays out theirs. */
#include "port/rewrite.h"
#include <ctype.h>
#include <string.h>

size_t postfix_begin(const struct source *s, size_t last)
{
    size_t i = last, limit = tok_body(s, last);
    for (;;) {
        while (tok_is(s, i, ")") || tok_is(s, i, "]")) {
            size_t open = tok_match(s, i);
            if (open == NO_TOKEN || open <= limit)
                return open == NO_TOKEN ? i : open;
            bool call =
                tok(s, open - 1)->directive == tok(s, open)->directive &&
                (tok_is_name(s, open - 1) || tok_is(s, open - 1, ")") || tok_is(s, open - 1, "]"));
            if (!call)
                return open;
            i = open - 1;
        }
        if (i <= limit || !(tok_is(s, i - 1, ".") || tok_is(s, i - 1, "->")) || i < 2)
            return i;
        i -= 2;
    }
}

/* --- parameters --- */

static bool is_annotation(const char *word)
{
    static const char *const words[] = {"IN", "OUT", "INOUT", "OPTIONAL", NULL};
    return is_one_of(word, words) || starts_with(word, "_In") || starts_with(word, "_Out") ||
           starts_with(word, "__in") || starts_with(word, "__out") ||
           starts_with(word, "__deref") || starts_with(word, "__drv") ||
           starts_with(word, "_When_") || starts_with(word, "_Pre") || starts_with(word, "_Post");
}

static void parameter_of(const struct source *s, const struct argument *a, struct parameter *out)
{
    *out = (struct parameter){.first = a->first,
                              .last = a->last,
                              .name = NO_TOKEN,
                              .annotation = "",
                              .type = "",
                              .name_text = "",
                              .in_list = NO_TOKEN};
    size_t type = a->first;
    while (type <= a->last && tok_is_name(s, type) && is_annotation(tok_text(s, type))) {
        type++;
        if (tok_is(s, type, "("))
            type = tok_match(s, type) + 1;
    }
    if (type > a->first)
        out->annotation = source_text(s, tok(s, a->first)->begin, tok(s, type - 1)->end);
    unsigned names = 0;
    size_t last_name = NO_TOKEN;
    for (size_t i = type; i <= a->last; i++)
        if (tok_is_name(s, i) && !is_annotation(tok_text(s, i)) && !tok_is(s, i, "const") &&
            !tok_is(s, i, "CONST") && !tok_is(s, i, "struct") && !tok_is(s, i, "volatile")) {
            names++;
            last_name = i;
        }
    size_t type_end = a->last;
    if (names >= 2) {
        out->name = last_name;
        out->name_text = tok_text(s, last_name);
        type_end = last_name - 1;
    }
    if (type_end >= type)
        out->type = source_text(s, tok(s, type)->begin, tok(s, type_end)->end);
}

/* f(a, b) PBOOLEAN a; NDIS_HANDLE b; { */
static bool is_old_style(const struct declaration *d)
{
    for (size_t i = d->close + 1; d->body != NO_TOKEN && i < d->body; i++)
        if (tok_is(d->s, i, ";"))
            return true;
    return false;
}

static bool old_style_parameters(const struct source *s, const struct declaration *d,
                                 const argument_list *names, struct parameter *out, size_t *count)
{
    for (size_t n = 0; n < names->count; n++) {
        size_t name = names->item[n].last, first = d->close + 1;
        bool found = false;
        for (size_t i = d->close + 1; i < d->body && !found; i++) {
            if (!tok_is(s, i, ";"))
                continue;
            struct argument a = {first, i - 1};
            parameter_of(s, &a, &out[n]);
            found = out[n].name != NO_TOKEN && !strcmp(out[n].name_text, tok_text(s, name));
            for (size_t k = first; k < i && found; k++)
                found = !tok_is(s, k, ","); /* two in one declaration */
            first = i + 1;
        }
        if (!found)
            return false;
        out[n].in_list = name;
    }
    *count = names->count;
    return true;
}

bool parameters_of(const struct source *s, const struct declaration *d, struct parameter *out,
                   size_t room, size_t *count)
{
    argument_list a;
    size_t close;
    *count = 0;
    if (d->open == NO_TOKEN || !tok_arguments(s, d->open, &a, &close) || a.count > room)
        return false;
    if (is_old_style(d))
        return old_style_parameters(s, d, &a, out, count);
    for (size_t i = 0; i < a.count; i++)
        parameter_of(s, &a.item[i], &out[i]);
    *count = a.count;
    return true;
}

const char *annotation_like(const char *annotation, bool out)
{
    if (!*annotation)
        return "";
    if (annotation[0] == '_' && annotation[1] == '_')
        return out ? "__out" : "__in";
    if (annotation[0] == '_')
        return out ? "_Out_" : "_In_";
    return out ? "OUT" : "IN";
}

const char *make_parameter(const struct source *s, const struct parameter *like, bool out,
                           const char *type, const char *name)
{
    struct text t = {0};
    if (*like->annotation) {
        const char *a = annotation_like(like->annotation, out);
        size_t end = tok(s, like->first)->begin + strlen(like->annotation), gap = end;
        while (gap < s->len && (s->bytes[gap] == ' ' || s->bytes[gap] == '\t'))
            gap++;
        bool same = strlen(a) == strlen(like->annotation);
        text_printf(&t, "%s%s", a, same && gap > end ? source_text(s, end, gap) : " ");
    }
    text_puts(&t, type);
    if (like->name == NO_TOKEN)
        return text_string(&t);
    size_t name_begin = tok(s, like->name)->begin, type_end = tok(s, like->name - 1)->end;
    size_t width = strlen(like->type) + name_begin - type_end;
    const char *gap = source_text(s, type_end, name_begin);
    if (strchr(gap, '\t')) { /* a column that only the author's tab width knows */
        text_printf(&t, "%s%s", gap, name);
        return text_string(&t);
    }
    /* Names below each other; two blanks in "f(NDIS_HANDLE  Context)" are only that. */
    size_t line = line_begin(s, tok(s, like->first)->begin);
    bool own_line = line + strlen(line_indent(s, line)) == tok(s, like->first)->begin;
    bool column = own_line && (name_begin - type_end > 1 || lined_up(s, like->name));
    size_t pad = column && width > strlen(type) ? width - strlen(type) : 1;
    bool star = type[strlen(type) - 1] == '*' && !column;
    text_printf(&t, "%*s%s", star ? 0 : (int)pad, "", name);
    return text_string(&t);
}

static bool has_newline(const char *text)
{
    return strchr(text, '\n') != NULL;
}

/* What the author wrote behind a parameter, between it and the next: ", // comment", also on the
 * lines below. */
static const char *comment_behind(const struct source *s, size_t begin, size_t end)
{
    size_t gap = 0, last = 0;
    for (size_t i = 0; i < s->tokens.comments.count; i++) {
        const struct comment *c = &s->tokens.comments.item[i];
        if (c->begin < begin || c->end > end)
            continue;
        if (!last)
            gap = c->begin;
        last = c->end;
    }
    while (gap > begin && (s->bytes[gap - 1] == ' ' || s->bytes[gap - 1] == '\t'))
        gap--;
    return last ? source_text(s, gap, last) : "";
}

bool is_handle_type(const char *type)
{
    static const char *const words[] = {"PVOID", "LPVOID", "NDIS_HANDLE", "void*", "VOID*", NULL};
    struct text t = {0};
    while (*type) {
        size_t n = strspn(type, " \t\n");
        type += n;
        n = strcspn(type, " \t\n*");
        if (n == 0 && *type)
            n = 1; /* the star */
        const char *word = arena_copy(type, n);
        if (strcmp(word, "const") && strcmp(word, "CONST"))
            text_puts(&t, word);
        type += n;
    }
    return is_one_of(text_string(&t), words);
}

const char *context_parameter(const struct source *s, const struct parameter *old)
{
    return is_handle_type(old->type)
               ? source_text(s, tok(s, old->first)->begin, tok(s, old->last)->end)
               : make_parameter(s, old, false, "NDIS_HANDLE", NEW_CONTEXT);
}

const char *context_parameter_name(const struct parameter *old)
{
    return is_handle_type(old->type) ? old->name_text : NEW_CONTEXT;
}

const char *context_variable(const struct parameter *old, const char *context)
{
    return arena_format("%s%s%s = (%s)%s;", old->type, ends_with(old->type, "*") ? "" : " ",
                        old->name_text, old->type, context);
}

const char *indent_to(const struct source *s, size_t offset, size_t column)
{
    const char *indent = line_indent(s, offset);
    size_t n = strlen(indent);
    return arena_format("%s%*s", indent, column > n ? (int)(column - n) : 0, "");
}

/* How much longer the text before the bracket gets, on its line. */
static long head_growth(const struct source *s, size_t open)
{
    long growth = 0;
    size_t line = line_begin(s, tok(s, open)->begin);
    for (size_t i = 0; i < s->edits.count; i++) {
        const struct edit *e = &s->edits.item[i];
        if (e->begin >= line && e->end <= tok(s, open)->begin)
            growth += (long)strlen(e->text) - (long)(e->end - e->begin);
    }
    return growth;
}

/* "VOID<tab>Isr(": the bracket's column is what the author's tabs make of it. */
static bool tab_within_head(const struct source *s, size_t bracket)
{
    size_t line = line_begin(s, bracket), text = line + strlen(line_indent(s, bracket));
    return memchr(s->bytes + text, '\t', bracket - text) != NULL;
}

static bool is_argument(const struct source *s, const struct argument *a, const char *text)
{
    return !strcmp(text, source_text(s, tok(s, a->first)->begin, tok(s, a->last)->end));
}

static bool among(const struct source *s, const struct argument *a, const char *const *list,
                  size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_argument(s, a, list[i]))
            return true;
    return false;
}

/* `list` as the parameters of `d` are laid out, where its bracket moves by `growth` columns. */
static const char *layout(const struct declaration *d, const char *const *list, size_t count,
                          long growth, bool new_function)
{
    struct source *s = d->s;
    const struct style *st = style_of(s);
    argument_list a;
    size_t close;
    tok_arguments(s, d->open, &a, &close);
    size_t begin = tok(s, d->open)->end, end = tok(s, close)->begin;
    const char *lead = a.count ? source_text(s, begin, tok(s, a.item[0].first)->begin) : "";
    const char *between = "";
    if (a.count > 1) {
        size_t from = tok(s, a.item[0].last + 1)->end;
        size_t to = tok(s, a.item[1].first)->begin;
        while (to > from && (s->bytes[to - 1] == ' ' || s->bytes[to - 1] == '\t'))
            to--;
        between = source_text(s, to, tok(s, a.item[1].first)->begin);
        if (to > from && s->bytes[to - 1] == '\n')
            between = arena_format("\n%s", between);
    }
    const char *tail = a.count ? source_text(s, tok(s, a.item[a.count - 1].last)->end, end) : "";
    bool each = has_newline(between) || (a.count == 1 && has_newline(lead));
    if (each && a.count > 2) /* two in the first line, the third below: wrapped, not one each */
        for (size_t i = 1; i + 1 < a.count; i++)
            each &= has_newline(
                source_text(s, tok(s, a.item[i].last)->end, tok(s, a.item[i + 1].first)->begin));
    if (each && a.count == 1)
        between = strchr(lead, '\n');
    struct text t = {0};
    size_t column = source_column(s, begin) - 1;
    if (each) {
        size_t margin = strlen(between) - 1 - (strchr(between, '\n') - between);
        if (!has_newline(lead) && margin == column)
            between = arena_format("\n%*s", (int)((long)margin + growth), "");
        /* lead and between may carry CR: source_edit() adds it again. */
        text_puts(&t, lead);
        for (size_t i = 0; i < count; i++) {
            const char *behind = "";
            size_t was = NO_TOKEN;
            for (size_t j = 0; j < a.count; j++)
                if (is_argument(s, &a.item[j], list[i]) ||
                    (!new_function && i == 0 && j + 1 == a.count &&
                     !among(s, &a.item[j], list, count))) /* the context, of another type */
                    was = j;
            if (was != NO_TOKEN)
                behind =
                    comment_behind(s, tok(s, a.item[was].last)->end,
                                   was + 1 < a.count ? tok(s, a.item[was + 1].first)->begin : end);
            /* A longer parameter takes from the gap. */
            size_t old = was == NO_TOKEN
                             ? 0
                             : tok(s, a.item[was].last)->end - tok(s, a.item[was].first)->begin;
            for (size_t n = strlen(list[i]); n > old && starts_with(behind, "  "); n--)
                behind++;
            text_puts(&t, list[i]);
            text_puts(&t, i + 1 < count ? "," : "");
            text_puts(&t, behind);
            if (i + 1 < count)
                text_puts(&t, between);
        }
        if (has_newline(tail)) {
            const char *last = strrchr(tail, '\n');
            text_puts(&t, last);
        } else {
            text_puts(&t, strchr(tail, '/') ? "" : tail);
        }
    } else {
        size_t margin = (size_t)((long)column + growth), at = margin;
        const char *indent = arena_format("%*s", (int)margin, "");
        if (!has_newline(lead)) { /* "( IN NDIS_HANDLE" */
            text_puts(&t, lead);
            at += strlen(lead);
            indent = arena_format("%*s", (int)at, "");
        }
        if (tab_within_head(s, begin))
            indent = arena_format("%s%s", line_indent(s, begin), st->unit);
        for (size_t i = 0; i < count; i++) {
            size_t need = strlen(list[i]) + 1 + (i ? 1 : 0) + (i + 1 == count ? 1 : 0);
            if (i && at + need > st->columns) {
                text_printf(&t, "\n%s", indent);
                at = strlen(indent);
                need--;
            } else if (i) {
                text_puts(&t, " ");
            }
            text_printf(&t, "%s%s", list[i], i + 1 < count ? "," : "");
            at += need;
        }
        if (!has_newline(tail))
            text_puts(&t, strchr(tail, '/') ? "" : tail);
    }
    return text_string(&t);
}

/* The end of what belongs to the old-style declaration `a`: of the comments behind it, which may go
 * on below, to the right of where it begins. */
static size_t old_style_end(const struct source *s, const struct argument *a, size_t limit)
{
    size_t end = tok(s, a->last + 1)->end;
    unsigned column = source_column(s, tok(s, a->first)->begin);
    for (size_t i = 0; i < s->tokens.comments.count; i++) {
        const struct comment *c = &s->tokens.comments.item[i];
        if (c->begin < end || c->end > limit)
            continue;
        if (source_line(s, c->begin) > source_line(s, end) && source_column(s, c->begin) <= column)
            break;
        end = c->end;
    }
    return end;
}

/* Where it begins: at the first of the comments above it, which are behind `from`. */
static size_t old_style_begin(const struct source *s, const struct argument *a, size_t from)
{
    size_t begin = tok(s, a->first)->begin;
    for (size_t i = 0; i < s->tokens.comments.count; i++) {
        const struct comment *c = &s->tokens.comments.item[i];
        if (c->begin >= from && c->end <= begin && line_begin(s, c->begin) > from)
            return c->begin;
    }
    return begin;
}

struct old_style {
    struct argument tokens;
    size_t begin, end; /* with its comments */
};

/* Parameters that stay keep their comments. */
static void write_old_style(const struct declaration *d, const char *const *list, size_t count)
{
    struct source *s = d->s;
    struct text names = {0}, types = {0};
    LIST(struct old_style) old = {0};
    const char *indent = line_indent(s, tok(s, d->close + 1)->begin);
    size_t from = tok(s, d->close)->end, column = source_column(s, tok(s, d->open)->begin);
    const char *margin = indent_to(s, tok(s, d->open)->begin, column);
    for (size_t i = d->close + 1, first = i; i < d->body; i++) {
        if (!tok_is(s, i, ";"))
            continue;
        struct argument a = {first, i - 1};
        size_t begin = old_style_begin(s, &a, from);
        from = old_style_end(s, &a, tok(s, i + 1)->begin);
        *list_add(&old) = (struct old_style){a, begin, from};
        first = i + 1;
    }
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(list[i]), k = n;
        size_t same = i == 0 ? old.count - 1 : old.count; /* the context, if its type changes */
        while (k > 0 && (isalnum((unsigned char)list[i][k - 1]) || list[i][k - 1] == '_'))
            k--;
        for (size_t j = 0; j < old.count; j++)
            if (!strcmp(list[i], source_text(s, tok(s, old.item[j].tokens.first)->begin,
                                             tok(s, old.item[j].tokens.last)->end)))
                same = j;
        column += n - k + 2;
        bool below = i && column > style_of(s)->columns;
        text_printf(&names, "%s%s",
                    !i      ? ""
                    : below ? arena_format(",\n%s", margin)
                            : ", ",
                    list[i] + k);
        column = below ? strlen(margin) + n - k : column;
        text_printf(&types, "%s", i ? arena_format("\n%s", indent) : "");
        if (same == old.count) {
            text_printf(&types, "%s;", list[i]);
            continue;
        }
        const struct argument *a = &old.item[same].tokens;
        text_printf(&types, "%s%s;%s",
                    source_text(s, old.item[same].begin, tok(s, a->first)->begin), list[i],
                    source_text(s, tok(s, a->last + 1)->end, old.item[same].end));
    }
    source_edit(s, tok(s, d->open)->end, tok(s, d->close)->begin, text_string(&names));
    source_edit(s, old.item[0].begin, from, text_string(&types));
}

void write_parameters(const struct declaration *d, const char *const *list, size_t count)
{
    if (is_old_style(d)) {
        write_old_style(d, list, count);
        return;
    }
    const char *text = layout(d, list, count, head_growth(d->s, d->open), false);
    source_edit(d->s, tok(d->s, d->open)->end, tok(d->s, d->close)->begin, text);
}

/* A word of: extern "C" */
static bool is_linkage(const struct source *s, size_t i)
{
    bool string = s->bytes[tok(s, i)->begin] == '"';
    return tok_is(s, i - string, "extern") && s->bytes[tok(s, i - string + 1)->begin] == '"';
}

/* The words of the result type: all that stands before the name and is no storage class, calling
 * convention or annotation. */
static bool result_type_words(const struct declaration *d, size_t *first, size_t *last)
{
    static const char *const others[] = {"static",   "STATIC",        "extern",      "inline",
                                         "__inline", "__forceinline", "FORCEINLINE", "INLINE",
                                         "NTAPI",    "__stdcall",     "STDCALL",     "WINAPI",
                                         "__cdecl",  "CDECL",         "typedef",     NULL};
    const struct source *s = d->s;
    *first = NO_TOKEN;
    for (size_t i = statement_begin(s, d->name); i < d->name; i++) {
        if (tok(s, i)->directive)
            continue;
        if (tok_is(s, i, "("))
            return false;
        if (is_linkage(s, i) || (tok_is_name(s, i) && is_one_of(tok_text(s, i), others))) {
            if (*first != NO_TOKEN)
                break;
            continue;
        }
        if (*first == NO_TOKEN)
            *first = i;
        *last = i;
    }
    return *first != NO_TOKEN;
}

bool write_result_type(const struct declaration *d, const char *type)
{
    struct source *s = d->s;
    for (size_t i = statement_begin(s, d->name); i < d->name; i++)
        if (tok_is(s, i, "VOID") || tok_is(s, i, "void")) {
            source_edit(s, tok(s, i)->begin, tok(s, i)->end, type);
            return true;
        }
    return false;
}

bool replace_result_type(const struct declaration *d, const char *type)
{
    struct source *s = d->s;
    size_t first, last;
    if (write_result_type(d, type))
        return true;
    if (!result_type_words(d, &first, &last))
        return false;
    source_edit(s, tok(s, first)->begin, tok(s, last)->end, type);
    return true;
}

/* What is new does not end its lines with the blanks of what it is like. */
static const char *without_trailing_blanks(const char *text)
{
    struct text t = {0};
    for (size_t blanks; *text; text += blanks) {
        blanks = strspn(text, " \t");
        if (!strchr("\r\n", text[blanks]))
            text_add(&t, text, blanks);
        text += blanks;
        blanks = strcspn(text, " \t");
        text_add(&t, text, blanks);
    }
    return text_string(&t);
}

const char *head_like(const struct declaration *model, const char *name, const char *result,
                      const char *const *parameters, size_t count, bool is_static)
{
    struct source *s = model->s;
    struct text t = {0};
    size_t begin = statement_begin(s, model->name), last_line = 0, from, to;
    bool first = true, plain = false;
    for (size_t i = begin; i < model->name; i++)
        plain |= tok_is(s, i, "VOID") || tok_is(s, i, "void") || tok_is(s, i, "BOOLEAN");
    if (plain || !result_type_words(model, &from, &to))
        from = to = NO_TOKEN;
    for (size_t i = begin; i < model->name; i++) {
        bool linkage = is_linkage(s, i);
        if (tok_is(s, i, "::") || tok_is(s, i + 1, "::")) /* it is no member */
            continue;
        if (tok(s, i)->directive || (linkage ? is_static : tok_is(s, i, "extern")))
            continue;
        bool word_static = tok_is(s, i, "static") || tok_is(s, i, "STATIC");
        if (word_static && !is_static)
            continue;
        if (first && is_static && !word_static)
            text_puts(&t, "static ");
        first = false;
        bool type =
            tok_is(s, i, "VOID") || tok_is(s, i, "void") || tok_is(s, i, "BOOLEAN") || i == from;
        bool same = !strcasecmp(result, tok_text(s, i)); /* "void" and VOID */
        text_puts(&t, type && !same ? result : tok_text(s, i));
        if (i == from)
            i = to;
        size_t end = tok(s, i)->end, next = tok(s, i + 1)->begin;
        bool newline = memchr(s->bytes + end, '\n', next - end) != NULL;
        bool tab = next == end + 1 && s->bytes[end] == '\t';
        text_puts(&t, newline ? "\n" : tab ? "\t" : next > end || i == to ? " " : "");
        if (newline)
            last_line = t.len;
    }
    text_puts(&t, name);
    text_puts(&t, source_text(s, tok(s, model->name)->end, tok(s, model->open)->end));
    long column = (long)(t.len - last_line);
    text_puts(&t, layout(model, parameters, count,
                         column - (long)source_column(s, tok(s, model->open)->end) + 1, true));
    text_puts(&t, ")");
    return without_trailing_blanks(text_string(&t));
}
