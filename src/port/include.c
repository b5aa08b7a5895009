/* SPDX-License-Identifier: MIT */
/* include.c - the driver's headers, by the text of its #include lines, and what they define.
 *
 * Known before anything is parsed, they tell which macros choose the NDIS version. No condition is
 * looked at: which headers and macros a file really reads is libclang's answer. */
#include "port/casing.h"
#include "port/project.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *included_name(const struct source *s, size_t hash, bool *quoted)
{
    if (!tok(s, hash)->first || !tok_is(s, hash + 1, "include") ||
        hash + 2 >= s->tokens.code.count || !tok(s, hash + 2)->directive)
        return NULL;
    size_t begin = tok(s, hash + 2)->begin, end = line_end(s, begin);
    *quoted = s->bytes[begin] == '"';
    char close = *quoted ? '"' : '>';
    if (!*quoted && s->bytes[begin] != '<')
        return NULL;
    const char *stop = memchr(s->bytes + begin + 1, close, end - begin - 1);
    return stop ? arena_copy(s->bytes + begin + 1, (size_t)(stop - s->bytes) - begin - 1) : NULL;
}

/* A header that the user's folders hold; not Windows' own. */
static const char *found(const struct source *by, const flag_list *flags, const char *name,
                         bool quoted)
{
    const char *slash = strrchr(by->path, '/'), *path;
    if (quoted) {
        path = slash ? arena_format("%.*s/%s", (int)(slash - by->path), by->path, name) : name;
        if (!access(path, R_OK))
            return path;
    }
    for (size_t i = 0; i < flags->count; i++) {
        const char *f = flags->item[i];
        if (!starts_with(f, "-I") && strcmp(f, "-iquote"))
            continue;
        const char *folder = f[1] == 'I' && f[2]    ? f + 2
                             : i + 1 < flags->count ? flags->item[i + 1]
                                                    : ".";
        path = arena_format("%s/%s", folder, name);
        if (!access(path, R_OK))
            return path;
    }
    return NULL;
}

/* Of a driver's text: macros that change what ndis.h and what it includes mean. A guess is enough,
 * prefix_fits() asks the headers. */
static bool is_likely(const char *name)
{
    static const char *const names[] = {
        "BINARY_COMPATIBLE", "DBG",     "WINVER",   "_WIN32_WINNT",  "NTDDI_VERSION",
        "POOL_TAGGING",      "UNICODE", "_UNICODE", "NTSTRSAFE_LIB", NULL};
    return is_one_of(name, names) ||
           (starts_with(name, "NDIS") &&
            (strstr(name, "MINIPORT") || strstr(name, "SUPPORT") || strstr(name, "LEGACY") ||
             strstr(name, "WRAPPER") || strstr(name, "WDM") || strstr(name, "DOS") ||
             strspn(name + 4, "0123456789") == strlen(name + 4)));
}

static void note_macro(struct unit *u, const struct source *s, size_t name)
{
    if (!is_likely(tok_text(s, name)) || macro_named(&u->macros, tok_text(s, name)))
        return;
    struct text t = {0};
    size_t end = tok(s, name)->begin;
    for (size_t i = name; i < s->tokens.code.count && tok(s, i)->directive && !tok(s, i)->first;
         i++) {
        text_printf(&t, "%s%s", tok(s, i)->begin > end ? " " : "", tok_text(s, i));
        end = tok(s, i)->end;
    }
    *list_add(&u->macros) = (struct macro){tok_text(s, name), text_string(&t)};
}

struct source *project_header(const struct project *p, const char *real)
{
    for (size_t i = 0; i < p->headers.count; i++)
        if (!strcmp(p->headers.item[i]->real, real))
            return p->headers.item[i];
    return NULL;
}

/* The driver's header at a path, read once. */
static struct source *header_at(struct project *p, const char *path)
{
    char *real = realpath(path, NULL);
    const char *why;
    struct source *s = real ? project_source(p, real) : NULL;
    if (!s && real)
        s = project_header(p, real);
    if (!s && real && (s = source_read(path, &why)))
        *list_add(&p->headers) = s;
    free(real);
    return s;
}

struct walk {
    struct project *p;
    struct unit *u;
    LIST(const struct source *) seen; /* as if all had include guards */
    bool ndis;                        /* ndis.h was named: macros do not matter any more */
};

static void walk(struct walk *w, const struct source *s)
{
    for (size_t i = 0; i < w->seen.count; i++)
        if (w->seen.item[i] == s)
            return;
    *list_add(&w->seen) = s;
    for (size_t i = 0; i + 2 < s->tokens.code.count; i++) {
        bool quoted;
        if (!w->ndis && tok(s, i)->first && tok_is(s, i + 1, "define"))
            note_macro(w->u, s, i + 2);
        if (!w->ndis && tok(s, i)->first && tok_is(s, i + 1, "pragma") && tok_is(s, i + 2, "pack"))
            w->u->packs = true;
        const char *name = included_name(s, i, &quoted);
        const char *path = name ? found(s, &w->u->flags, name, quoted) : NULL;
        if (name && !path)
            path = casing_find(w->p, w->u, s, i);
        const struct source *header = path ? header_at(w->p, path) : NULL;
        if (header)
            walk(w, header);
        else if (name)
            w->ndis |= !strcasecmp(name, "ndis.h");
    }
}

void find_headers(struct project *p)
{
    for (size_t i = 0; i < p->units.count; i++) {
        struct walk w = {.p = p, .u = &p->units.item[i]};
        walk(&w, w.u->s);
    }
}
