/* SPDX-License-Identifier: MIT */
/* verify.c - the result is parsed before anything is written: with the 6.0 interfaces visible, it
 * must have no error, and no warning that the driver did not have before. */
#include "port/cursor.h"
#include <string.h>

static void unsaved(struct project *p, struct CXUnsavedFile *files)
{
    for (size_t i = 0; i < p->sources.count; i++) {
        size_t len;
        files[i].Filename = p->sources.item[i]->path;
        files[i].Contents = source_result(p->sources.item[i], &len);
        files[i].Length = len;
    }
}

/* Warnings of before, to tell which are new: by their text. */
static bool known_before(const struct unit *u, const char *text)
{
    for (unsigned i = 0; i < clang_getNumDiagnostics(u->tu); i++) {
        CXDiagnostic d = clang_getDiagnostic(u->tu, i);
        bool same = !strcmp(cursor_string(clang_getDiagnosticSpelling(d)), text);
        clang_disposeDiagnostic(d);
        if (same)
            return true;
    }
    return false;
}

/* --- branches that this build leaves out --- */

/* The flag with which the branch around a token is compiled: "-DNAME=1" or "-UNAME"; NULL if its
 * condition is not that simple. */
static const char *flag_of_branch(const struct source *s, size_t token)
{
    int depth = 0;
    bool otherwise = false;
    for (size_t i = token; i-- > 0;) {
        if (!tok(s, i)->first)
            continue;
        if (tok_is(s, i + 1, "endif")) {
            depth++;
        } else if (tok_is(s, i + 1, "elif") && depth == 0) {
            return NULL;
        } else if (tok_is(s, i + 1, "else")) {
            otherwise |= depth == 0;
        } else if (tok_is(s, i + 1, "if") || tok_is(s, i + 1, "ifdef") ||
                   tok_is(s, i + 1, "ifndef")) {
            if (depth-- > 0)
                continue;
            bool negated = tok_is(s, i + 1, "ifndef");
            size_t name = i + 2;
            if (tok_is(s, name, "!") && ++name)
                negated = !negated;
            if (tok_is(s, name, "defined"))
                name += tok_is(s, name + 1, "(") ? 2 : 1;
            size_t last = tok_is(s, name + 1, ")") ? name + 1 : name;
            if (!tok_is_name(s, name) || (last + 1 < s->tokens.code.count &&
                                          tok(s, last + 1)->directive && !tok(s, last + 1)->first))
                return NULL;
            return negated == otherwise ? arena_format("-D%s=1", tok_text(s, name))
                                        : arena_format("-U%s", tok_text(s, name));
        }
    }
    return NULL;
}

static const char *first_error(struct project *p, const struct unit *u, const char *flag,
                               bool result, struct CXUnsavedFile *files)
{
    int count;
    const char *const *base = unit_flags_for_result(p, u, &count), *error = NULL;
    LIST(const char *) flags = {0};
    for (int i = 0; i < count - !result; i++) /* the last is for the result */
        *list_add(&flags) = base[i];
    *list_add(&flags) = flag;
    CXTranslationUnit tu;
    if (clang_parseTranslationUnit2(p->index, u->s->path, flags.item, (int)flags.count, files,
                                    result ? (unsigned)p->sources.count : 0, CXTranslationUnit_None,
                                    &tu))
        return "libclang cannot parse it";
    for (unsigned i = 0; i < clang_getNumDiagnostics(tu) && !error; i++) {
        CXDiagnostic d = clang_getDiagnostic(tu, i);
        unsigned line;
        clang_getFileLocation(clang_getDiagnosticLocation(d), NULL, &line, NULL, NULL);
        if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error)
            error =
                arena_format("%s (line %u)", cursor_string(clang_getDiagnosticSpelling(d)), line);
        clang_disposeDiagnostic(d);
    }
    clang_disposeTranslationUnit(tu);
    return error;
}

/* The other way round, where the condition is simple: before and after the port. */
static bool verify_branches(struct project *p, struct CXUnsavedFile *files)
{
    LIST(const char *) done = {0};
    bool ok = true;
    for (size_t i = 0; i < p->left_out.count; i++) {
        struct source *s = p->left_out.item[i].s;
        size_t offset = tok(s, p->left_out.item[i].token)->begin;
        const char *flag = flag_of_branch(s, p->left_out.item[i].token), *error;
        const char *key = arena_format("%s %s", s->real, flag ? flag : "");
        const struct unit *u = NULL;
        bool known = false;
        for (size_t k = 0; k < done.count; k++)
            known |= !strcmp(done.item[k], key);
        for (size_t k = 0; k < p->units.count && !u; k++)
            u = unit_has(&p->units.item[k], s) ? &p->units.item[k] : NULL;
        if (known || !u)
            continue;
        *list_add(&done) = key;
        if (!flag) {
            report_at(p->report, FINDING_TRAP, RULE_BRANCH, s, offset,
                      "this branch is left out of this build: ported by its text, and not compiled")
                ->hint = "compile the result with the flags of the other build";
        } else if ((error = first_error(p, u, flag, false, NULL))) {
            report_at(p->report, FINDING_TRAP, RULE_BRANCH, s, offset,
                      "this branch is left out of this build, and with %s the driver did not "
                      "parse: %s. It "
                      "is ported by its text",
                      flag, error);
        } else if ((error = first_error(p, u, flag, true, files))) {
            report_at(p->report, FINDING_ERROR, ERROR_RESULT, s, offset,
                      "this branch is left out of this build; with %s the ported file has a new "
                      "error: %s",
                      flag, error)
                ->hint = "this is a form that dirql port does not know: nothing was written";
            ok = false;
        } else {
            report_at(
                p->report, FINDING_DONE, RULE_BRANCH, s, offset,
                "this branch is left out of this build; with %s the ported file compiles as well",
                flag);
        }
    }
    return ok;
}

bool result_verify(struct project *p)
{
    struct CXUnsavedFile *files = arena_alloc((p->sources.count + 1) * sizeof *files);
    bool ok = true;
    unsaved(p, files);
    for (size_t i = 0; i < p->units.count; i++) {
        struct unit *u = &p->units.item[i];
        int count;
        const char *const *flags = unit_flags_for_result(p, u, &count);
        CXTranslationUnit tu = unit_parse(p, u, flags, count, files, (unsigned)p->sources.count,
                                          CXTranslationUnit_None);
        if (!tu)
            return false;
        for (unsigned k = 0; k < clang_getNumDiagnostics(tu); k++) {
            CXDiagnostic d = clang_getDiagnostic(tu, k);
            enum CXDiagnosticSeverity severity = clang_getDiagnosticSeverity(d);
            const char *text = cursor_string(clang_getDiagnosticSpelling(d));
            CXFile file;
            unsigned line, column;
            clang_getFileLocation(clang_getDiagnosticLocation(d), &file, &line, &column, NULL);
            const char *path = file ? cursor_string(clang_getFileName(file)) : u->s->path;
            clang_disposeDiagnostic(d);
            if (severity < CXDiagnostic_Warning ||
                (severity == CXDiagnostic_Warning && known_before(u, text)))
                continue;
            bool error = severity >= CXDiagnostic_Error;
            report_add(p->report, error ? FINDING_ERROR : FINDING_PERSON, ERROR_RESULT, path, line,
                       column, "the ported file (its line %u) has a new %s: %s", line,
                       error ? "error" : "warning", text)
                ->hint =
                error ? "this is a form that dirql port does not know: nothing was written" : NULL;
            ok &= !error;
        }
        clang_disposeTranslationUnit(tu);
    }
    return ok && verify_branches(p, files);
}
