/* SPDX-License-Identifier: MIT */
#include "port/cursor.h"
#include <stdlib.h>
#include <string.h>

const char *cursor_string(CXString s)
{
    const char *text = arena_string(clang_getCString(s) ? clang_getCString(s) : "");
    clang_disposeString(s);
    return text;
}

const char *cursor_name(CXCursor c)
{
    return cursor_string(clang_getCursorSpelling(c));
}

const char *cursor_usr(CXCursor c)
{
    return cursor_string(clang_getCursorUSR(c));
}

static struct source *file_source(struct project *p, CXFile file)
{
    if (!file)
        return NULL;
    for (unsigned i = 0; i < SEEN_FILES; i++)
        if (p->seen[i].file == file)
            return p->seen[i].s;
    const char *path = cursor_string(clang_getFileName(file));
    struct source *s = project_source(p, path);
    if (!s) {
        char *real = realpath(path, NULL);
        s = real ? project_source(p, real) : NULL;
        free(real);
    }
    p->seen[p->next_seen++ % SEEN_FILES] = (struct seen_file){file, s};
    return s;
}

struct source *cursor_source(struct project *p, CXCursor c)
{
    CXFile file;
    clang_getFileLocation(clang_getCursorLocation(c), &file, NULL, NULL, NULL);
    return file_source(p, file);
}

bool cursor_place(struct project *p, CXCursor c, struct place *out)
{
    CXFile file;
    unsigned offset;
    clang_getFileLocation(clang_getCursorLocation(c), &file, NULL, NULL, &offset);
    out->s = file_source(p, file);
    out->token = out->s ? token_at(out->s, offset) : NO_TOKEN;
    return out->token != NO_TOKEN;
}

bool cursor_range(struct project *p, CXCursor c, struct source **s, size_t *begin, size_t *end)
{
    CXFile file, other;
    unsigned b, e;
    CXSourceRange range = clang_getCursorExtent(c);
    clang_getFileLocation(clang_getRangeStart(range), &file, NULL, NULL, &b);
    clang_getFileLocation(clang_getRangeEnd(range), &other, NULL, NULL, &e);
    *s = file_source(p, file);
    *begin = b;
    *end = e;
    return *s && file == other && e > b && e <= (*s)->len;
}

static enum CXChildVisitResult last_child(CXCursor c, CXCursor parent, CXClientData data)
{
    *(CXCursor *)data = c;
    return CXChildVisit_Continue;
}

CXCursor cursor_inner(CXCursor c)
{
    for (;;) {
        switch (clang_getCursorKind(c)) {
        case CXCursor_UnexposedExpr:
        case CXCursor_ParenExpr:
        case CXCursor_CStyleCastExpr:
        case CXCursor_CXXFunctionalCastExpr:
        case CXCursor_CXXReinterpretCastExpr:
        case CXCursor_CXXStaticCastExpr: {
            CXCursor inner = clang_getNullCursor();
            clang_visitChildren(c, last_child, &inner);
            if (clang_Cursor_isNull(inner))
                return c;
            c = inner;
            break;
        }
        default:
            return c;
        }
    }
}

bool cursor_context(struct project *p, CXCursor c, struct context *out)
{
    CXType type = clang_getCanonicalType(clang_getCursorType(c));
    bool pointer = type.kind == CXType_Pointer;
    if (pointer)
        type = clang_getCanonicalType(clang_getPointeeType(type));
    if (type.kind != CXType_Record &&
        !(pointer && type.kind == CXType_Void)) /* a handle of unknown type */
        return false;
    out->type = type.kind == CXType_Void ? "" : cursor_string(clang_getTypeSpelling(type));
    if (starts_with(out->type, "const "))
        out->type += 6;
    if (starts_with(out->type, "volatile "))
        out->type += 9;
    struct source *s;
    size_t begin, end;
    enum CXCursorKind kind = clang_getCursorKind(c);
    if (kind == CXCursor_VarDecl || kind == CXCursor_ParmDecl) {
        out->text = cursor_name(c);
        if (!cursor_source(p, c) || !*out->text)
            return false;
    } else {
        if (!cursor_range(p, c, &s, &begin, &end))
            return false;
        out->text = source_text(s, begin, end);
    }
    if (!pointer)
        out->text = arena_format("&%s", out->text);
    return true;
}
