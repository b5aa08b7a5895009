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
            if (severity < CXDiagnostic_Warning || (severity == CXDiagnostic_Warning && known_before(u, text)))
                continue;
            bool error = severity >= CXDiagnostic_Error;
            report_add(p->report, error ? FINDING_ERROR : FINDING_PERSON, ERROR_RESULT, path, line, column,
                       "the ported file (its line %u) has a new %s: %s", line, error ? "error" : "warning",
                       text)
                ->hint = error ? "this is a form that dirql port does not know: nothing was written" : NULL;
            ok &= !error;
        }
        clang_disposeTranslationUnit(tu);
    }
    return ok;
}
