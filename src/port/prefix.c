/* SPDX-License-Identifier: MIT */
#include "port/prefix.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct prefix {
    const char *key;    /* the flags, joined */
    const char *folder; /* temporary */
    const char *pch;    /* NULL: could not be made */
};
static LIST(struct prefix) prefixes;

/* Macros that change what ndis.h and what it includes mean. */
static bool chooses(const char *name)
{
    static const char *const names[] = {"BINARY_COMPATIBLE",
                                        "NDIS_WDM",
                                        "NDIS_DOS",
                                        "DBG",
                                        "WINVER",
                                        "_WIN32_WINNT",
                                        "NTDDI_VERSION",
                                        "POOL_TAGGING",
                                        "UNICODE",
                                        "_UNICODE",
                                        "NDIS_WRAPPER",
                                        "NTSTRSAFE_LIB",
                                        NULL};
    return is_one_of(name, names) ||
           (starts_with(name, "NDIS") &&
            (strstr(name, "MINIPORT") || strstr(name, "SUPPORT") || strstr(name, "LEGACY") ||
             strspn(name + 4, "0123456789") == strlen(name + 4)));
}

/* "#define NAME text" of these, from the driver's files, or NULL if one has two definitions. */
static const char *chosen(const struct project *p)
{
    struct text t = {0};
    LIST(const char *) seen = {0};
    for (size_t i = 0; i < p->sources.count; i++) {
        const struct source *s = p->sources.item[i];
        for (size_t k = 0; k + 2 < s->tokens.code.count; k++) {
            if (!tok(s, k)->first || !(tok_is(s, k + 1, "define") || tok_is(s, k + 1, "undef")) ||
                !chooses(tok_text(s, k + 2)))
                continue;
            const char *line = source_text(s, tok(s, k)->begin, line_end(s, tok(s, k)->begin));
            if (tok_is(s, k + 1, "undef"))
                return NULL;
            bool known = false;
            for (size_t j = 0; j < seen.count; j += 2)
                if (!strcmp(seen.item[j], tok_text(s, k + 2))) {
                    if (strcmp(seen.item[j + 1], line))
                        return NULL;
                    known = true;
                }
            if (known)
                continue;
            *list_add(&seen) = tok_text(s, k + 2);
            *list_add(&seen) = line;
            text_printf(&t, "#ifndef %s\n%s\n#endif\n", tok_text(s, k + 2), line);
        }
    }
    return text_string(&t);
}

static bool make(struct project *p, struct prefix *x, const char *const *flags, int count)
{
    const char *macros = chosen(p);
    char *folder = arena_string("/tmp/dirql-port-XXXXXX");
    if (!macros || !mkdtemp(folder))
        return false;
    x->folder = folder;
    const char *header = arena_format("%s/prefix.h", folder),
               *pch = arena_format("%s/prefix.pch", folder);
    FILE *f = fopen(header, "w");
    if (!f)
        return false;
    fprintf(f, "%s#include <ndis.h>\n", macros);
    if (fclose(f))
        return false;
    LIST(const char *) all = {0};
    for (int i = 0; i < count; i++) {
        const char *flag = flags[i];
        if (!strcmp(flag, "-include"))
            return false; /* it comes before the prefix, and may be anything */
        bool language = i > 0 && !strcmp(flags[i - 1], "-x");
        *list_add(&all) = language ? arena_format("%s-header", flag) : flag;
    }
    CXTranslationUnit tu;
    if (clang_parseTranslationUnit2(
            p->index, header, all.item, (int)all.count, NULL, 0,
            CXTranslationUnit_Incomplete | CXTranslationUnit_ForSerialization, &tu))
        return false;
    bool clean = true;
    for (unsigned i = 0; i < clang_getNumDiagnostics(tu); i++) {
        CXDiagnostic d = clang_getDiagnostic(tu, i);
        clean &= clang_getDiagnosticSeverity(d) < CXDiagnostic_Error;
        clang_disposeDiagnostic(d);
    }
    if (clean && !clang_saveTranslationUnit(tu, pch, clang_defaultSaveOptions(tu)))
        x->pch = pch;
    clang_disposeTranslationUnit(tu);
    return x->pch != NULL;
}

const char *const *prefix_flags(struct project *p, const char *const *flags, int count,
                                int *prefixed_count)
{
    struct text key = {0};
    LIST(const char *) all = {0};
    for (int i = 0; i < count; i++) {
        text_printf(&key, "%s\n", flags[i]);
        *list_add(&all) = flags[i];
    }
    struct prefix *x = NULL;
    for (size_t i = 0; i < prefixes.count && !x; i++)
        if (!strcmp(prefixes.item[i].key, text_string(&key)))
            x = &prefixes.item[i];
    if (!x) {
        x = list_add(&prefixes);
        x->key = text_string(&key);
        make(p, x, flags, count);
    }
    if (!x->pch)
        return NULL;
    *list_add(&all) = "-include-pch";
    *list_add(&all) = x->pch;
    *prefixed_count = (int)all.count;
    return all.item;
}

void prefix_remove_all(void)
{
    for (size_t i = 0; i < prefixes.count; i++) {
        const char *folder = prefixes.item[i].folder;
        if (!folder)
            continue;
        unlink(arena_format("%s/prefix.h", folder));
        unlink(arena_format("%s/prefix.pch", folder));
        rmdir(folder);
    }
    memset(&prefixes, 0, sizeof prefixes);
}
