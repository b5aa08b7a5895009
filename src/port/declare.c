/* SPDX-License-Identifier: MIT */
/* declare.c - signatures and declarations, written as the author lays out theirs. */
#include "port/cursor.h"
#include "port/rewrite.h"
#include <ctype.h>
#include <string.h>

/* --- expressions --- */

size_t postfix_begin(const struct source *s, size_t last)
{
    size_t i = last, limit = tok_body(s, last);
    for (;;) {
        while (tok_is(s, i, ")") || tok_is(s, i, "]")) {
            size_t open = tok_match(s, i);
            if (open == NO_TOKEN || open <= limit)
                return open == NO_TOKEN ? i : open;
            bool call = tok_is_name(s, open - 1) || tok_is(s, open - 1, ")") ||
                        tok_is(s, open - 1, "]");
            if (!call)
                return open;
            i = open - 1;
        }
        if (i <= limit || !(tok_is(s, i - 1, ".") || tok_is(s, i - 1, "->")) || i < 2)
            return i;
        i -= 2;
    }
}

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

/* --- parameters --- */

static bool is_annotation(const char *word)
{
    static const char *const words[] = {"IN", "OUT", "INOUT", "OPTIONAL", NULL};
    return is_one_of(word, words) || starts_with(word, "_In") || starts_with(word, "_Out") ||
           starts_with(word, "__in") || starts_with(word, "__out") || starts_with(word, "__deref") ||
           starts_with(word, "__drv") || starts_with(word, "_When_") || starts_with(word, "_Pre") ||
           starts_with(word, "_Post");
}

static void parameter_of(const struct source *s, const struct argument *a, struct parameter *out)
{
    *out = (struct parameter){.first = a->first, .last = a->last, .name = NO_TOKEN,
                              .annotation = "", .type = "", .name_text = "",
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
    bool lined_up = name_begin - type_end > 1;
    size_t pad = lined_up && width > strlen(type) ? width - strlen(type) : 1;
    text_printf(&t, "%*s%s", (int)pad, type[strlen(type) - 1] == '*' && !lined_up ? "" : " ", name);
    return text_string(&t);
}

static bool has_newline(const char *text)
{
    return strchr(text, '\n') != NULL;
}

/* What the author wrote behind a parameter, between it and the next: ", // comment". */
static const char *comment_behind(const struct source *s, size_t begin, size_t end)
{
    for (size_t i = 0; i < s->tokens.comments.count; i++) {
        const struct comment *c = &s->tokens.comments.item[i];
        if (c->begin >= begin && c->end <= end) {
            size_t gap = c->begin;
            while (gap > begin && (s->bytes[gap - 1] == ' ' || s->bytes[gap - 1] == '\t'))
                gap--;
            return source_text(s, gap, c->end);
        }
    }
    return "";
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

/* `list` as the parameters of `d` are laid out, where its bracket moves by `growth` columns. */
static const char *layout(const struct declaration *d, const char *const *list, size_t count,
                          long growth)
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
            each &= has_newline(source_text(s, tok(s, a.item[i].last)->end,
                                            tok(s, a.item[i + 1].first)->begin));
    if (each && a.count == 1)
        between = lead;
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
            for (size_t j = 0; j < a.count; j++)
                if (!strcmp(list[i], source_text(s, tok(s, a.item[j].first)->begin,
                                                 tok(s, a.item[j].last)->end)))
                    behind = comment_behind(s, tok(s, a.item[j].last)->end,
                                            j + 1 < a.count ? tok(s, a.item[j + 1].first)->begin
                                                            : end);
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
        if (!has_newline(lead))
            text_puts(&t, lead);
        for (size_t i = 0; i < count; i++) {
            size_t need = strlen(list[i]) + 1 + (i ? 1 : 0) + (i + 1 == count ? 1 : 0);
            if (i && at + need > st->columns) {
                text_printf(&t, "\n%*s", (int)margin, "");
                at = margin;
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

static void write_old_style(const struct declaration *d, const char *const *list, size_t count)
{
    struct source *s = d->s;
    struct text names = {0}, types = {0};
    size_t first = d->close + 1, last = d->body - 1;
    const char *indent = line_indent(s, tok(s, first)->begin);
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(list[i]), k = n;
        while (k > 0 && (isalnum((unsigned char)list[i][k - 1]) || list[i][k - 1] == '_'))
            k--;
        text_printf(&names, "%s%s", i ? ", " : "", list[i] + k);
        text_printf(&types, "%s%s%s;", i ? "\n" : "", i ? indent : "", list[i]);
    }
    source_edit(s, tok(s, d->open)->end, tok(s, d->close)->begin, text_string(&names));
    source_edit(s, tok(s, first)->begin, tok(s, last)->end, text_string(&types));
}

void write_parameters(struct project *p, const struct declaration *d, const char *const *list,
                      size_t count)
{
    if (is_old_style(d)) {
        write_old_style(d, list, count);
        return;
    }
    const char *text = layout(d, list, count, head_growth(d->s, d->open));
    source_edit(d->s, tok(d->s, d->open)->end, tok(d->s, d->close)->begin, text);
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

/* The head of a function, on as many lines as that of `model` has. */
static const char *head_like(const struct declaration *model, const char *name, const char *result,
                             const char *const *parameters, size_t count, bool is_static)
{
    struct source *s = model->s;
    struct text t = {0};
    size_t begin = statement_begin(s, model->name), last_line = 0;
    bool first = true;
    for (size_t i = begin; i < model->name; i++) {
        if (tok(s, i)->directive || tok_is(s, i, "extern"))
            continue;
        bool word_static = tok_is(s, i, "static") || tok_is(s, i, "STATIC");
        if (word_static && !is_static)
            continue;
        if (first && is_static && !word_static)
            text_puts(&t, "static ");
        first = false;
        bool type = tok_is(s, i, "VOID") || tok_is(s, i, "void") || tok_is(s, i, "BOOLEAN");
        text_puts(&t, type ? result : tok_text(s, i));
        size_t end = tok(s, i)->end, next = tok(s, i + 1)->begin;
        bool newline = memchr(s->bytes + end, '\n', next - end) != NULL;
        text_puts(&t, newline ? "\n" : next > end ? " " : "");
        if (newline)
            last_line = t.len;
    }
    text_puts(&t, name);
    text_puts(&t, source_text(s, tok(s, model->name)->end, tok(s, model->open)->end));
    long column = (long)(t.len - last_line);
    text_puts(&t, layout(model, parameters, count,
                         column - (long)source_column(s, tok(s, model->open)->end) + 1));
    text_puts(&t, ")");
    return text_string(&t);
}

/* --- bodies --- */

static CXCursor compound_of(CXCursor function);

static enum CXChildVisitResult find_compound(CXCursor c, CXCursor parent, CXClientData data)
{
    if (clang_getCursorKind(c) == CXCursor_CompoundStmt) {
        *(CXCursor *)data = c;
        return CXChildVisit_Break;
    }
    return CXChildVisit_Continue;
}

static CXCursor compound_of(CXCursor function)
{
    CXCursor c = clang_getNullCursor();
    clang_visitChildren(function, find_compound, &c);
    return c;
}

struct leading {
    struct project *p;
    struct source *s;
    size_t end;
};

static enum CXChildVisitResult leading_declaration(CXCursor c, CXCursor parent, CXClientData data)
{
    struct leading *l = data;
    struct source *s;
    size_t begin, end;
    if (clang_getCursorKind(c) != CXCursor_DeclStmt)
        return CXChildVisit_Break;
    if (cursor_range(l->p, c, &s, &begin, &end) && s == l->s)
        l->end = end;
    return CXChildVisit_Continue;
}

/* The end of the line, and of the comment that goes on behind it. */
static size_t past_comments(const struct source *s, size_t offset)
{
    size_t end = line_end(s, offset);
    for (size_t i = 0; i < s->tokens.comments.count; i++) {
        const struct comment *c = &s->tokens.comments.item[i];
        if (c->begin >= offset && c->begin < end && c->end > end)
            end = line_end(s, c->end);
    }
    return end > 0 && s->bytes[end - 1] == '\r' ? end - 1 : end;
}

static bool next_line_blank(const struct source *s, size_t offset)
{
    size_t begin = line_end(s, offset) + 1;
    if (begin >= s->len)
        return true;
    for (size_t i = begin; i < s->len && s->bytes[i] != '\n'; i++)
        if (!isspace((unsigned char)s->bytes[i]))
            return false;
    return true;
}

struct body body_of(struct project *p, const struct declaration *d)
{
    struct source *s = d->s;
    struct leading l = {p, s, 0};
    struct body b = {.s = s};
    clang_visitChildren(compound_of(d->cursor), leading_declaration, &l);
    b.has_declarations = l.end > 0;
    size_t after = l.end ? l.end : tok(s, d->body)->end;
    if (l.end && after < s->len && s->bytes[after] == ';')
        after++;
    b.after_declarations = past_comments(s, after);
    if (b.after_declarations > tok(s, d->end)->begin)
        b.after_declarations = after; /* "{ all in one line }" */
    b.blank_follows = next_line_blank(s, b.after_declarations);
    const struct style *st = style_of(s);
    size_t first = d->body + 1;
    b.indent = arena_format("%s%s", line_indent(s, tok(s, d->body)->begin), st->unit);
    while (first < d->end && tok(s, first)->directive)
        first++;
    if (first < d->end &&
        source_line(s, tok(s, first)->begin) > source_line(s, tok(s, d->body)->begin))
        b.indent = line_indent(s, tok(s, first)->begin);
    return b;
}

void insert_declaration(struct project *p, const struct declaration *d, const char *text)
{
    struct body b = body_of(p, d);
    bool apart = !b.has_declarations && !b.blank_follows;
    source_insert(d->s, b.after_declarations,
                  arena_format("\n%s%s%s", b.indent, text, apart ? "\n" : ""));
}

void insert_statement(struct project *p, const struct declaration *d, const char *text)
{
    struct body b = body_of(p, d);
    bool first = true; /* of what is inserted here: a blank line before */
    for (size_t i = 0; i < d->s->edits.count; i++)
        first &= !(d->s->edits.item[i].begin == b.after_declarations &&
                   d->s->edits.item[i].end == b.after_declarations &&
                   strchr(d->s->edits.item[i].text, '(') &&
                   !strchr(d->s->edits.item[i].text, '='));
    bool declarations = b.has_declarations;
    for (size_t i = 0; i < d->s->edits.count; i++)
        declarations |= d->s->edits.item[i].begin == b.after_declarations;
    source_insert(d->s, b.after_declarations,
                  arena_format("%s%s%s", first && declarations ? "\n\n" : "\n", b.indent, text));
}

void insert_unreferenced(struct project *p, const struct declaration *d, const char *const *names)
{
    bool wanted = false;
    for (size_t i = 0; i < p->sources.count; i++)
        wanted |= source_uses(p->sources.item[i], "UNREFERENCED_PARAMETER");
    for (; wanted && *names; names++)
        insert_statement(p, d, arena_format("%s%s);", style_call(style_of(d->s), "UNREFERENCED_PARAMETER"), *names));
}

struct function *add_function(struct project *p, const struct declaration *model, const char *name,
                              const char *result, const char *const *parameters, size_t count,
                              const char *comment, const char *body)
{
    struct function *f = arena_alloc(sizeof *f);
    f->name = name;
    f->usr = arena_format("new:%s", name);
    f->model = model;
    f->result = result;
    f->is_static = true;
    for (size_t i = 0; i < count; i++)
        *list_add(&f->parameters) = parameters[i];
    for (size_t i = 0; i < p->registrations.count; i++)
        f->is_static &= p->registrations.item[i].at.s == model->s;
    *list_add(&p->functions) = f;
    size_t end = past_comments(model->s, tok(model->s, model->end)->end);
    source_insert(model->s, end,
                  arena_format("\n\n%s%s%s\n%s", comment ? comment : "", comment ? "\n" : "",
                               head_like(model, name, result, parameters, count, f->is_static), body));
    return f;
}

void returns_of(const struct declaration *d, place_list *out)
{
    for (size_t i = d->body; i < d->end; i++)
        if (tok_is(d->s, i, "return") && !tok(d->s, i)->directive)
            *list_add(out) = (struct place){d->s, i};
}

static enum CXChildVisitResult count_return(CXCursor c, CXCursor parent, CXClientData data)
{
    *(unsigned *)data += clang_getCursorKind(c) == CXCursor_ReturnStmt;
    return CXChildVisit_Recurse;
}

unsigned returns_seen(const struct declaration *d)
{
    unsigned n = 0;
    clang_visitChildren(d->cursor, count_return, &n);
    return n;
}

bool ends_with_return(const struct declaration *d)
{
    size_t i = tok_prev(d->s, d->end);
    if (!tok_is(d->s, i, ";"))
        return false;
    size_t begin = statement_begin(d->s, tok_prev(d->s, i));
    return tok_is(d->s, begin, "return");
}

static bool is_unbraced_body(const struct source *s, size_t token, size_t *before)
{
    *before = tok_prev(s, token);
    if (tok_is(s, *before, "else") || tok_is(s, *before, "do"))
        return true;
    if (!tok_is(s, *before, ")"))
        return false;
    size_t open = tok_match(s, *before);
    size_t word = open == NO_TOKEN ? NO_TOKEN : tok_prev(s, open);
    return tok_is(s, word, "if") || tok_is(s, word, "while") || tok_is(s, word, "for");
}

void insert_lines_before(struct source *s, size_t token, const char *const *lines, size_t count)
{
    const struct style *st = style_of(s);
    size_t begin = tok(s, token)->begin, before, end = statement_end(s, token);
    const char *indent = line_indent(s, begin);
    bool own_line = begin == line_begin(s, begin) + strlen(indent);
    bool wrap = is_unbraced_body(s, token, &before) && end != NO_TOKEN;
    struct text t = {0};
    for (size_t i = 0; i < count; i++) {
        for (const char *l = lines[i]; own_line && *l;) { /* a line may be two */
            size_t n = strcspn(l, "\n");
            text_printf(&t, "%s%.*s\n", indent, (int)n, l);
            l += n + (l[n] == '\n');
        }
        if (own_line && !*lines[i])
            text_puts(&t, "\n");
        if (!own_line)
            text_printf(&t, "%s ", lines[i]);
    }
    if (!own_line) {
        source_insert(s, begin, arena_format("%s%s", wrap ? "{ " : "", text_string(&t)));
        if (wrap)
            source_insert(s, tok(s, end)->end, " }");
        return;
    }
    if (wrap) {
        const char *outer = line_indent(s, tok(s, before)->begin);
        size_t head = past_comments(s, tok(s, before)->end), tail = past_comments(s, tok(s, end)->end);
        if (st->braces == BRACES_SAME_LINE)
            source_insert(s, tok(s, before)->end, " {");
        else
            source_insert(s, head, arena_format("\n%s%s{", outer, st->brace_indent));
        source_insert(s, line_begin(s, begin), text_string(&t));
        source_insert(s, tail, arena_format("\n%s%s}", outer,
                                            st->braces == BRACES_SAME_LINE ? "" : st->brace_indent));
        return;
    }
    source_insert(s, line_begin(s, begin), text_string(&t));
}

struct function *function_around(const struct project *p, const struct source *s, size_t token)
{
    for (size_t i = 0; i < p->functions.count; i++) {
        const struct declaration *d = function_definition(p->functions.item[i]);
        if (d && d->s == s && token > d->body && token < d->end)
            return p->functions.item[i];
    }
    return NULL;
}

const char *handler_prefix(const struct project *p)
{
    static const char *const endings[] = {"ISR", "Isr", "InterruptHandler", "HandleInterrupt",
                                          "InterruptDpc", "InterruptDPC", "Interrupt", "HandleDPC",
                                          "HandleDpc", NULL};
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
        struct declaration d = {.s = s, .name = t, .open = t + 1, .body = NO_TOKEN,
                                .end = NO_TOKEN, .cursor = clang_getNullCursor()};
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
                ->hint = "write them out (no macro, no old-style definition), then port again";
            return false;
        }
        size_t made = make(d->s, old, count, list);
        if (d->body != NO_TOKEN) {
            f->result = result;
            for (size_t k = 0; k < made; k++)
                *list_add(&f->parameters) = list[k];
        }
        if (result && !write_result_type(d, result)) {
            report_at(p->report, FINDING_ERROR, ERROR_MODEL, d->s, offset,
                      "the result type VOID of %s is not written here", f->name);
            return false;
        }
        write_parameters(p, d, list, made);
        if (d->body == NO_TOKEN)
            report_at(p->report, FINDING_DONE, RULE_PROTOTYPE, d->s, offset,
                      "the declaration of %s follows its definition", f->name);
    }
    return true;
}

/* --- making functions visible --- */

static bool unit_includes(const struct project *p, const struct source *c, const struct source *header)
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

/* A place in a header of both files, behind a declaration of another function of this file. */
static bool place_in_header(const struct project *p, const struct source *definition,
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
            if (d->body != NO_TOKEN || d->open == NO_TOKEN || !is_header(p, d->s) ||
                !unit_includes(p, use, d->s) || !unit_includes(p, definition, d->s) ||
                statement_end(d->s, d->name) == NO_TOKEN)
                continue;
            best = rank;
            *like = d;
        }
    }
    return best >= 0;
}

static size_t after_includes(const struct source *s)
{
    size_t at = 0;
    int depth = 0;
    for (size_t i = 0; i < s->tokens.code.count; i++) {
        if (tok_is(s, i, "{") && !tok(s, i)->directive)
            break;
        if (!tok(s, i)->first)
            continue;
        if (tok_is(s, i + 1, "if") || tok_is(s, i + 1, "ifdef") || tok_is(s, i + 1, "ifndef"))
            depth++;
        else if (tok_is(s, i + 1, "endif"))
            depth--;
        else if (tok_is(s, i + 1, "include") && depth == 0)
            at = past_comments(s, tok(s, i)->begin);
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
static size_t parameters_after(const struct function *f, const struct declaration *d,
                               const char **list)
{
    struct parameter old[8];
    size_t count = 0;
    for (; count < f->parameters.count && count < 8; count++)
        list[count] = f->parameters.item[count];
    if (count || !parameters_of(d->s, d, old, 8, &count))
        return count;
    for (size_t i = 0; i < count; i++)
        list[i] = source_text(d->s, tok(d->s, old[i].first)->begin, tok(d->s, old[i].last)->end);
    return count;
}

static bool inserted_at(const struct source *s, size_t at)
{
    for (size_t i = 0; i < s->edits.count; i++)
        if (s->edits.item[i].begin == at && s->edits.item[i].end == at)
            return true;
    return false;
}

void make_visible(struct project *p, const char *name, struct source *s, size_t offset)
{
    struct function *f = function_named(p, name);
    const struct declaration *d = f->model ? f->model : function_definition(f);
    const char *list[8];
    if (d->s == s && tok(s, d->name)->begin < offset && !(f->model && tok(s, d->end)->begin >= offset))
        return;
    for (size_t i = 0; i < f->declarations.count; i++) {
        const struct declaration *k = &f->declarations.item[i];
        if ((k->s == s && tok(s, k->name)->begin < offset) ||
            (is_header(p, k->s) && unit_includes(p, s, k->s)))
            return;
    }
    struct source *where = s;
    size_t at = after_includes(s), count = parameters_after(f, d, list);
    bool same_file = d->s == s, is_static = f->model ? f->is_static : d->is_static;
    const struct declaration *like = d;
    if (!same_file && is_static)
        remove_static(f);
    bool header = !same_file && place_in_header(p, d->s, s, &like);
    if (header) {
        where = like->s;
        at = past_comments(where, tok(where, statement_end(where, like->name))->end);
    }
    const char *head =
        head_like(like, name, f->result ? f->result : "VOID", list, count, same_file && is_static);
    for (size_t i = 0; i < where->edits.count; i++)
        if (where->edits.item[i].begin == at && strstr(where->edits.item[i].text, arena_format("%s(", name)))
            return; /* done for another use */
    /* A head on several lines stands apart; the first behind the #includes too. */
    bool apart = strchr(head, '\n') != NULL || (!header && !inserted_at(where, at));
    source_insert(where, at, arena_format("%s%s;", apart ? "\n\n" : "\n", head));
    report_at(p->report, FINDING_DONE, RULE_PROTOTYPE, where, at,
              "%s is now named in %s: its declaration is added here%s", name, s->path,
              !same_file && is_static ? ", and it is no longer static" : "");
}
