/* SPDX-License-Identifier: MIT */
#include "port/prefix.h"
#include "port/cache.h"
#include "port/cursor.h"
#include "port/file.h"
#include "port/jobs.h"
#include "port/parallel.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT 16 /* prefixes in the cache, of some 5 MB each */

struct prefix {
    const char *key; /* all that it depends on but the headers themselves */
    flag_list flags;
    macro_list macros;
    bool tried;        /* looked for, and made if that was possible */
    const char *pch;   /* NULL: it was not */
    const char *names; /* all identifiers of the headers, each between newlines */
    size_t names_len;
};
static LIST(struct prefix *) prefixes;

/* --- the macros --- */

const struct macro *macro_named(const macro_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (!strcmp(list->item[i].name, name))
            return &list->item[i];
    return NULL;
}

/* "NAME value" of the last -DNAME=value among the flags, "" of -UNAME; NULL if neither is there. */
static const char *given(const flag_list *flags, const char *name)
{
    size_t len = strlen(name);
    const char *found = NULL;
    for (size_t i = 0; i < flags->count; i++) {
        const char *f = flags->item[i], *value = f + 2;
        if (!starts_with(f, "-D") && !starts_with(f, "-U"))
            continue;
        if (!*value)
            value = i + 1 < flags->count ? flags->item[i + 1] : "";
        if (strncmp(value, name, len) || (value[len] && value[len] != '='))
            continue;
        found = f[1] == 'U' ? "" : arena_format("%s %s", name, value[len] ? value + len + 1 : "1");
    }
    return found;
}

/* A place in the driver's text, and the #include lines through which it is read. */
struct position {
    CXFile file;
    unsigned offset;
};
typedef LIST(struct position) position_list;

struct inclusion {
    CXFile file;
    struct position by;
};

struct definitions {
    const struct prefix *asked;
    LIST(struct inclusion) inclusions;
    macro_list macros; /* that Windows' headers mention */
    bool windows;      /* a header of Windows has been read */
    bool ndis;         /* ndis.h, too: what follows does not matter to it */
    bool between;      /* a macro was defined after the first and before the second */
    bool declared;     /* a declaration comes before ndis.h: it has to do without it */
    struct position ndis_at, declaration_at;
};

static const char *tokens_of(CXCursor c)
{
    CXTranslationUnit tu = clang_Cursor_getTranslationUnit(c);
    CXToken *tokens;
    unsigned count, end = 0;
    struct text t = {0};
    clang_tokenize(tu, clang_getCursorExtent(c), &tokens, &count);
    for (unsigned i = 0; i < count; i++) {
        CXSourceRange range = clang_getTokenExtent(tu, tokens[i]);
        unsigned begin;
        clang_getFileLocation(clang_getRangeStart(range), NULL, NULL, NULL, &begin);
        text_printf(&t, "%s%s", i && begin > end ? " " : "",
                    cursor_string(clang_getTokenSpelling(tu, tokens[i])));
        clang_getFileLocation(clang_getRangeEnd(range), NULL, NULL, NULL, &end);
    }
    clang_disposeTokens(tu, tokens, count);
    return text_string(&t);
}

/* By its path: libclang would read all of the precompiled headers to tell. */
static bool is_windows(const struct prefix *x, const char *path)
{
    for (size_t i = 0; i + 1 < x->flags.count; i++)
        if (!strcmp(x->flags.item[i], "-isystem") && starts_with(path, x->flags.item[i + 1]))
            return true;
    return false;
}

/* Of the driver's files, in the order of the text: libclang gives macros and #include lines first.
 */
static enum CXChildVisitResult definition(CXCursor c, CXCursor parent, CXClientData data)
{
    struct definitions *d = data;
    enum CXCursorKind kind = clang_getCursorKind(c);
    if (!clang_isPreprocessing(kind))
        return CXChildVisit_Break;
    if (d->ndis && kind != CXCursor_InclusionDirective)
        return CXChildVisit_Continue;
    CXSourceLocation location = clang_getCursorLocation(c);
    if (clang_Location_isInSystemHeader(location))
        return CXChildVisit_Continue;
    struct position at = {0};
    clang_getFileLocation(location, &at.file, NULL, NULL, &at.offset);
    if (kind == CXCursor_InclusionDirective) {
        CXFile file = clang_getIncludedFile(c);
        const char *path = file ? cursor_string(clang_getFileName(file)) : "";
        *list_add(&d->inclusions) = (struct inclusion){file, at};
        d->windows |= is_windows(d->asked, path);
        if (!d->ndis && is_windows(d->asked, path) && ends_with(path, "/ndis.h")) {
            d->ndis = true;
            d->ndis_at = at;
        }
        return CXChildVisit_Continue;
    }
    if (kind != CXCursor_MacroDefinition || !at.file)
        return CXChildVisit_Continue;
    const char *name = cursor_name(c);
    if (!prefix_mentions(d->asked, name))
        return CXChildVisit_Continue;
    d->between |= d->windows;
    if (!macro_named(&d->macros, name))
        *list_add(&d->macros) = (struct macro){name, tokens_of(c)};
    return CXChildVisit_Continue;
}

static enum CXChildVisitResult first_declaration(CXCursor c, CXCursor parent, CXClientData data)
{
    struct definitions *d = data;
    CXSourceLocation location = clang_getCursorLocation(c);
    if (clang_isPreprocessing(clang_getCursorKind(c)) || clang_Location_isInSystemHeader(location))
        return CXChildVisit_Continue;
    clang_getFileLocation(location, &d->declaration_at.file, NULL, NULL, &d->declaration_at.offset);
    return d->declaration_at.file ? CXChildVisit_Break : CXChildVisit_Continue;
}

/* The way to a place: it, the #include line of its file, that of the next, to the main file. */
static position_list way_to(const struct definitions *d, struct position at)
{
    position_list way = {0};
    bool found = true;
    *list_add(&way) = at;
    while (found && way.count <= d->inclusions.count) {
        found = false;
        for (size_t i = 0; i < d->inclusions.count && !found; i++) {
            const struct inclusion *in = &d->inclusions.item[i];
            found = in->file && clang_File_isEqual(in->file, way.item[way.count - 1].file);
            if (found)
                *list_add(&way) = in->by;
        }
    }
    return way;
}

static bool comes_before(const struct definitions *d, struct position a, struct position b)
{
    position_list x = way_to(d, a), y = way_to(d, b);
    for (size_t i = x.count, k = y.count; i-- > 0 && k-- > 0;)
        if (x.item[i].offset != y.item[k].offset)
            return x.item[i].offset < y.item[k].offset;
    return false;
}

static struct definitions definitions_of(CXTranslationUnit tu, const struct prefix *asked)
{
    struct definitions d = {.asked = asked};
    clang_visitChildren(clang_getTranslationUnitCursor(tu), definition, &d);
    clang_visitChildren(clang_getTranslationUnitCursor(tu), first_declaration, &d);
    d.declared = d.ndis && d.declaration_at.file && comes_before(&d, d.declaration_at, d.ndis_at);
    return d;
}

static bool has(const macro_list *list, const struct macro *m)
{
    const struct macro *other = macro_named(list, m->name);
    return other && !strcmp(other->text, m->text);
}

static bool undefines(const struct source *s, const char *name)
{
    for (size_t k = 0; k + 2 < s->tokens.code.count; k++)
        if (tok(s, k)->first && tok_is(s, k + 1, "undef") && tok_is(s, k + 2, name))
            return true;
    return false;
}

static bool is_undefined(const struct project *p, const char *name)
{
    for (size_t i = 0; i < p->sources.count; i++)
        if (undefines(p->sources.item[i], name))
            return true;
    for (size_t i = 0; i < p->headers.count; i++)
        if (undefines(p->headers.item[i], name))
            return true;
    return false;
}

bool prefix_fits(const struct project *p, const struct prefix *x, const flag_list *flags,
                 CXTranslationUnit tu)
{
    struct definitions d = definitions_of(tu, x);
    if (!d.ndis || d.between || d.declared)
        return false;
    for (size_t i = 0; i < d.macros.count; i++) {
        const struct macro *m = &d.macros.item[i];
        const char *text = given(flags, m->name);
        if (is_undefined(p, m->name) || !(text ? !strcmp(text, m->text) : has(&x->macros, m)))
            return false;
    }
    for (size_t i = 0; i < x->macros.count; i++)
        if (!has(&d.macros, &x->macros.item[i]))
            return false;
    return true;
}

bool prefix_learn(const struct prefix *x, CXTranslationUnit tu, macro_list *macros)
{
    struct definitions d = definitions_of(tu, x);
    *macros = d.macros;
    return d.ndis && !d.between && !d.declared;
}

/* The names are sorted: halves, each moved to the begin of its line. */
bool prefix_mentions(const struct prefix *x, const char *name)
{
    const char *low = x->names + 1, *high = x->names + x->names_len;
    size_t len = strlen(name);
    while (low < high) {
        const char *mid = low + (high - low) / 2;
        while (mid > low && mid[-1] != '\n')
            mid--;
        size_t line = strcspn(mid, "\n");
        int order = memcmp(name, mid, len < line ? len : line);
        if (!order && len == line)
            return true;
        if (order < 0 || (!order && len < line))
            high = mid;
        else
            low = mid + line + 1;
    }
    return false;
}

/* --- the headers that a prefix was made of --- */

/* Size and time of change: what clang compares as well. */
static void put_state(struct text *t, const char *path)
{
    struct stat st;
    if (stat(path, &st))
        text_printf(t, "- %s\n", path);
    else
        text_printf(t, "%lld %lld.%09ld %s\n", (long long)st.st_size, (long long)st.st_mtim.tv_sec,
                    st.st_mtim.tv_nsec, path);
}

typedef LIST(const char *) path_list;

struct header { /* of Windows */
    const char *path;
    path_list names; /* all identifiers */
};
static LIST(struct header *) headers_read;

/* Once, however often it was included. */
static void put_header(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
    path_list *headers = data;
    const char *path = cursor_string(clang_getFileName(file));
    bool known = !depth; /* the file itself */
    for (size_t i = 0; i < headers->count && !known; i++)
        known = !strcmp(headers->item[i], path);
    if (!known)
        *list_add(headers) = path;
}

/* Headers that a folder of -I would put in the place of these, if they were there: they are not. */
static void put_shadows(struct text *t, const path_list *headers, const flag_list *flags)
{
    for (size_t i = 0; i < flags->count; i++) {
        const char *folder = flags->item[i];
        if (!starts_with(folder, "-I"))
            continue;
        folder = folder[2] ? folder + 2 : i + 1 < flags->count ? flags->item[i + 1] : ".";
        for (size_t k = 0; k < headers->count; k++)
            for (size_t root = 0; root + 1 < flags->count; root++) {
                const char *windows = arena_format("%s/", flags->item[root + 1]);
                if (!strcmp(flags->item[root], "-isystem") &&
                    starts_with(headers->item[k], windows))
                    put_state(t, arena_format("%s/%s", folder, headers->item[k] + strlen(windows)));
            }
    }
}

static bool is_current(const char *states)
{
    for (const char *line = states; *line;) {
        const char *end = strchr(line, '\n'), *path = line;
        if (!end)
            return false;
        for (int field = line[0] == '-' ? 1 : 2; field && path < end; path++)
            field -= *path == ' ';
        struct text now = {0};
        put_state(&now, arena_copy(path, (size_t)(end - path)));
        if (strncmp(text_string(&now), line, (size_t)(end - line) + 1))
            return false;
        line = end + 1;
    }
    return true;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each once, in order. */
static void sort_names(path_list *names)
{
    size_t kept = 0;
    qsort(names->item, names->count, sizeof *names->item, by_text);
    for (size_t i = 0; i < names->count; i++)
        if (!kept || strcmp(names->item[kept - 1], names->item[i]))
            names->item[kept++] = names->item[i];
    names->count = kept;
}

/* Read once, however many prefixes have it. */
static const path_list *names_of(const char *header)
{
    for (size_t i = 0; i < headers_read.count; i++)
        if (!strcmp(headers_read.item[i]->path, header))
            return &headers_read.item[i]->names;
    const char *why;
    const struct source *s = source_read(header, &why);
    struct header *h = arena_alloc(sizeof *h);
    h->path = header;
    for (size_t k = 0; s && k < s->tokens.code.count; k++)
        if (tok_is_name(s, k))
            *list_add(&h->names) = tok_text(s, k);
    sort_names(&h->names);
    *list_add(&headers_read) = h;
    return &h->names;
}

static const char *names_in(const path_list *headers)
{
    path_list all = {0};
    struct text t = {0};
    for (size_t i = 0; i < headers->count; i++) {
        const path_list *names = names_of(headers->item[i]);
        for (size_t k = 0; k < names->count; k++)
            *list_add(&all) = names->item[k];
    }
    sort_names(&all);
    text_puts(&t, "\n");
    for (size_t i = 0; i < all.count; i++) {
        text_puts(&t, all.item[i]);
        text_puts(&t, "\n");
    }
    return text_string(&t);
}

/* --- made, or found in the cache ---
 *
 * Three files: NAME.h, of which clang makes NAME.pch, and NAME.txt: the key, a line "--", the
 * states of all headers, a line "--", their names. NAME.txt is written last. */

static const char separator[] = "\n--\n";

static const char *key_of(const flag_list *flags, const macro_list *macros)
{
    struct text t = {0};
    text_printf(&t, "prefix 1\n%s\n", cursor_string(clang_getClangVersion()));
    bool relative = false;
    for (size_t i = 0; i < flags->count; i++) {
        text_printf(&t, "%s\n", flags->item[i]);
        relative |= starts_with(flags->item[i], "-I") && flags->item[i][2] != '/';
    }
    char *here = relative ? realpath(".", NULL) : NULL;
    text_printf(&t, "in %s\n", here ? here : "any folder");
    free(here);
    for (size_t i = 0; i < macros->count; i++)
        text_printf(&t, "#define %s\n", macros->item[i].text);
    return text_string(&t);
}

static bool find_kept(struct prefix *x)
{
    size_t len;
    const char *why, *about = cache_name(x->key, ".txt"), *pch = cache_name(x->key, ".pch");
    char *text = file_read(about, &len, &why);
    char *states = text ? strstr(text, separator) : NULL;
    char *names = states ? strstr(states + 1, separator) : NULL;
    if (!names || access(pch, R_OK))
        return false;
    *states = '\0';
    states += sizeof separator - 1;
    names[1] = '\0';
    if (strcmp(text, x->key) || !is_current(states))
        return false;
    x->names = names + sizeof separator - 2;
    x->names_len = len - (size_t)(x->names - text);
    x->pch = pch;
    x->tried = true;
    utimensat(AT_FDCWD, about, NULL, 0); /* used: it stays longest */
    return true;
}

/* What is to be made: filled in one thread, compiled in any. */
struct order {
    struct prefix *x;
    const char *header, *pch, *temporary;
    flag_list flags;
    CXIndex index;
    CXTranslationUnit tu;
    bool saved;
};
typedef LIST(struct order) order_list;

static void compile(void *context, size_t item, unsigned worker)
{
    struct order *o = &((order_list *)context)->item[item];
    o->index = clang_createIndex(1, 0);
    if (clang_parseTranslationUnit2(
            o->index, o->header, o->flags.item, (int)o->flags.count, NULL, 0,
            CXTranslationUnit_Incomplete | CXTranslationUnit_ForSerialization, &o->tu))
        o->tu = NULL;
    else
        o->saved = !has_error(o->tu) && !clang_saveTranslationUnit(o->tu, o->temporary, 0);
}

static bool begin_order(struct order *o, struct prefix *x)
{
    struct text t = {0};
    o->x = x;
    o->header = cache_name(x->key, ".h");
    o->pch = cache_name(x->key, ".pch");
    o->temporary = arena_format("%s.%ld", o->pch, (long)getpid());
    for (size_t i = 0; i < x->flags.count; i++)
        *list_add(&o->flags) = i && !strcmp(x->flags.item[i - 1], "-x")
                                   ? arena_format("%s-header", x->flags.item[i])
                                   : x->flags.item[i];
    for (size_t i = 0; i < x->macros.count; i++)
        text_printf(&t, "#define %s\n", x->macros.item[i].text);
    text_puts(&t, "#include <ndis.h>\n");
    return cache_write(o->header, t.bytes, t.len);
}

static void finish_order(struct order *o)
{
    struct text about = {0};
    path_list headers = {0};
    if (o->saved && !rename(o->temporary, o->pch)) {
        clang_getInclusions(o->tu, put_header, &headers);
        text_printf(&about, "%s%s", o->x->key, separator);
        put_state(&about, o->header);
        for (size_t i = 0; i < headers.count; i++)
            put_state(&about, headers.item[i]);
        put_shadows(&about, &headers, &o->x->flags);
        o->x->names = names_in(&headers);
        o->x->names_len = strlen(o->x->names);
        text_printf(&about, "%s%s", separator + 1, o->x->names + 1);
        if (cache_write(cache_name(o->x->key, ".txt"), about.bytes, about.len))
            o->x->pch = o->pch;
    }
    unlink(o->temporary);
    if (o->tu)
        clang_disposeTranslationUnit(o->tu);
    clang_disposeIndex(o->index);
}

void prefix_make(struct project *p)
{
    order_list orders = {0};
    if (!cache_folder())
        return;
    for (size_t i = 0; i < prefixes.count; i++) {
        struct prefix *x = prefixes.item[i];
        if (x->tried || find_kept(x))
            continue;
        x->tried = true;
        /* Without a next run it is worth it for many files only. */
        if (cache_is_kept() || p->units.count > 2) {
            struct order o = {0};
            if (begin_order(&o, x))
                *list_add(&orders) = o;
        }
    }
    parallel(orders.count, compile, &orders);
    for (size_t i = 0; i < orders.count; i++)
        finish_order(&orders.item[i]);
    if (orders.count)
        cache_trim(".txt", KEPT);
}

struct prefix *prefix_for(struct project *p, const flag_list *flags, const macro_list *defined)
{
    macro_list macros = {0};
    for (size_t i = 0; i < flags->count; i++)
        if (!strcmp(flags->item[i], "-include"))
            return NULL; /* it comes before the prefix, and may be anything */
    for (size_t i = 0; i < defined->count; i++)
        if (!given(flags, defined->item[i].name))
            *list_add(&macros) = defined->item[i];
    const char *key = key_of(flags, &macros);
    for (size_t i = 0; i < prefixes.count; i++)
        if (!strcmp(prefixes.item[i]->key, key))
            return prefixes.item[i];
    struct prefix *x = arena_alloc(sizeof *x);
    *list_add(&prefixes) = x;
    x->key = key;
    x->macros = macros;
    for (size_t i = 0; i < flags->count; i++)
        *list_add(&x->flags) = flags->item[i];
    return x;
}

const char *prefix_file(const struct prefix *x)
{
    return x->pch;
}

void prefix_close(void)
{
    memset(&prefixes, 0, sizeof prefixes);
    memset(&headers_read, 0, sizeof headers_read);
    cache_close();
}
