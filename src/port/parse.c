/* SPDX-License-Identifier: MIT */
/* parse.c - the driver as a compiler for Windows sees it. One that does not parse is not ported. */
#include "port/casing.h"
#include "port/command.h"
#include "port/cursor.h"
#include "port/file.h"
#include "port/jobs.h"
#include "port/prefix.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const unit_suffixes[] = {".c", ".cpp", ".cc", ".cxx", NULL};
static const char *const header_suffixes[] = {".h", ".hpp", NULL};

bool project_failed(const struct project *p)
{
    return report_count(p->report, FINDING_ERROR) != 0;
}

/* --- the files of the driver --- */

struct source *project_source(struct project *p, const char *path)
{
    for (size_t i = 0; i < p->sources.count; i++)
        if (!strcmp(p->sources.item[i]->real, path) || !strcmp(p->sources.item[i]->path, path))
            return p->sources.item[i];
    return NULL;
}

struct inclusion {
    struct project *p;
    struct unit *u;
};

bool unit_has(const struct unit *u, const struct source *s)
{
    for (size_t i = 0; i < u->includes.count; i++)
        if (u->includes.item[i] == s)
            return true;
    return false;
}

static const char *without_dots(const char *path)
{
    char *real = realpath(path, NULL);
    if (!real)
        return arena_string(path);
    const char *result = arena_string(real);
    free(real);
    if (path[0] == '/')
        return result;
    const char *below = file_below_here(result);
    return below[0] == '/' ? arena_string(path) : below;
}

static void include(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
    struct inclusion *in = data;
    if (depth == 0 ||
        clang_Location_isInSystemHeader(clang_getLocationForOffset(in->u->tu, file, 0)))
        return;
    const char *path = cursor_string(clang_getFileName(file));
    char *real = realpath(path, NULL);
    struct source *s = real ? project_source(in->p, real) : NULL;
    const char *why, *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    if (!s && real && strcmp(name, "ndis.h")) { /* another DDK's is not the driver's */
        s = project_header(in->p, real);
        if (s)
            s->path = without_dots(s->path); /* as the user would name it, not clang */
        else
            s = source_read(without_dots(path), &why);
        if (s)
            *list_add(&in->p->sources) = s;
    }
    free(real);
    if (s && !unit_has(in->u, s))
        *list_add(&in->u->includes) = s;
}

/* --- diagnostics --- */

/* Is the member that is not there one whose handle is? Then its header is NDIS 6. */
static bool has_become_handle(const struct project *p, const char *message)
{
    static const char no_member[] = "no member named '";
    const char *name = strstr(message, no_member);
    if (!name)
        return false;
    name += sizeof no_member - 1;
    int n = (int)strcspn(name, "'");
    bool handle = false;
    for (size_t i = 0; i < p->sources.count; i++)
        handle |= source_uses(p->sources.item[i], arena_format("%.*sHandle", n, name)) ||
                  source_uses(p->sources.item[i], arena_format("Ndis%.*sHandle", n, name));
    return handle;
}

static const char *hint_for(const struct project *p, const char *message)
{
    if (has_become_handle(p, message))
        return "its header seems to be ported already, with another driver: take the header from "
               "before, and compare what becomes of it (-o DIR)";
    if (strstr(message, "file not found"))
        return "name the folder of the header: -- -IDIR (or -p compile_commands.json)";
    if (strstr(message, "no member named") && strstr(message, "_MINIPORT_CHARACTERISTICS"))
        return "of another NDIS version? say which: -- -DNDIS_MINIPORT_DRIVER -DNDIS51_MINIPORT";
    if (strstr(message, "NDIS_MINIPORT_CHARACTERISTICS") || strstr(message, "NDIS_PACKET") ||
        strstr(message, "NDIS_MINIPORT_DRIVER needs a version"))
        return "say which NDIS it is written for: -- -DNDIS_MINIPORT_DRIVER -DNDIS51_MINIPORT";
    if (strstr(message, "lvalue casts are not supported"))
        return "a compiler of Microsoft's takes this (C4213): write *(TYPE *)&NAME = ... instead";
    if (strstr(message, "unknown type name") || strstr(message, "undeclared identifier"))
        return "give the flags of the driver's own build: -- -DNAME=VALUE -include FILE";
    return NULL;
}

static void report_diagnostics(struct project *p, struct unit *u)
{
    unsigned shown = 0;
    for (size_t i = 0; i < u->diagnostics.count; i++) {
        const struct diagnostic *d = &u->diagnostics.item[i];
        if (d->error && shown++ < 10)
            report_add(p->report, FINDING_ERROR, ERROR_PARSE, d->path ? d->path : u->s->path,
                       d->line, d->column, "%s", d->text)
                ->hint = hint_for(p, d->text);
    }
}

/* --- all of it --- */

static bool read_named(struct project *p)
{
    const char *const *f = p->options->files;
    for (; *f; f++) {
        const char *why = NULL;
        struct source *s = source_read(*f, &why);
        if (!s) {
            report_add(p->report, FINDING_ERROR, ERROR_INPUT, *f, 0, 0, "%s", why);
            continue;
        }
        s->named = true;
        bool unit = has_suffix(*f, unit_suffixes);
        if (!unit && !has_suffix(*f, header_suffixes)) {
            *list_add(&p->build_files) = s;
        } else if (!project_source(p, s->real)) {
            *list_add(&p->sources) = s;
            if (unit)
                list_add(&p->units)->s = s;
        }
    }
    if (!p->units.count && !project_failed(p))
        report_add(p->report, FINDING_ERROR, ERROR_INPUT, p->options->files[0], 0, 0,
                   "is no C or C++ source file (.c, .cpp)")
            ->hint = "name all source files of the driver; headers are found through them";
    return !project_failed(p);
}

/* NDIS50_MINIPORT; NDIS_MINIPORT_DRIVER says nothing. */
static bool is_version(const char *name)
{
    return starts_with(name, "NDIS") && isdigit((unsigned char)name[4]) &&
           strstr(name, "_MINIPORT");
}

static bool mentions_version_in(const struct source *s)
{
    for (size_t j = 0; j < s->tokens.code.count; j++)
        if (tok(s, j)->directive && tok_is_name(s, j) && is_version(tok_text(s, j)))
            return true;
    return false;
}

static bool mentions_version(const struct project *p)
{
    for (size_t u = 0; u < p->units.count; u++)
        for (size_t i = 0; i < p->units.item[u].flags.count; i++) {
            const char *flag = p->units.item[u].flags.item[i];
            if (is_version(flag) || (starts_with(flag, "-D") && is_version(flag + 2)))
                return true;
        }
    for (size_t i = 0; i < p->sources.count; i++)
        if (mentions_version_in(p->sources.item[i]))
            return true;
    for (size_t i = 0; i < p->headers.count; i++)
        if (mentions_version_in(p->headers.item[i]))
            return true;
    return false;
}

static void assume_version(struct project *p)
{
    report_add(p->report, FINDING_DONE, ERROR_PARSE, NULL, 0, 0,
               "neither the files nor the flags say which NDIS the driver is written for: "
               "read as -DNDIS_MINIPORT_DRIVER -DNDIS51_MINIPORT");
    for (size_t i = 0; i < p->units.count; i++) {
        *list_add(&p->units.item[i].flags) = "-DNDIS_MINIPORT_DRIVER=1";
        *list_add(&p->units.item[i].flags) = "-DNDIS51_MINIPORT=1";
    }
}

/* The files that are known so far, without casts that are lvalues. */
static struct CXUnsavedFile *files_without_casts(struct project *p, unsigned *count)
{
    struct CXUnsavedFile *files =
        arena_alloc((p->sources.count + p->headers.count + 1) * sizeof *files);
    *count = 0;
    for (size_t i = 0; i < p->sources.count + p->headers.count; i++) {
        const struct source *s =
            i < p->sources.count ? p->sources.item[i] : p->headers.item[i - p->sources.count];
        files[(*count)++] =
            (struct CXUnsavedFile){s->path, text_without_casts(s->path, s->bytes, s->len), s->len};
    }
    return files;
}

/* Once more, as a compiler of Microsoft's reads it. */
static void parse_without_casts(struct project *p, struct parse_job *jobs)
{
    unsigned count;
    struct CXUnsavedFile *files = files_without_casts(p, &count);
    for (size_t i = 0; i < p->units.count; i++) {
        if (jobs[i].tu)
            clang_disposeTranslationUnit(jobs[i].tu);
        jobs[i] = (struct parse_job){
            .u = jobs[i].u, .flags = jobs[i].u->flags, .files = files, .file_count = count};
    }
    p->without_casts = true;
    parse_all(p, jobs, p->units.count);
    report_add(p->report, FINDING_DONE, ERROR_PARSE, NULL, 0, 0,
               "assignments to casts and addresses of casts, which only a compiler of Microsoft's "
               "takes (C4213), are read without the cast");
}

static void parse_units(struct project *p)
{
    bool casts = false;
    struct parse_job *jobs = arena_alloc(p->units.count * sizeof *jobs);
    for (size_t i = 0; i < p->units.count; i++) {
        struct unit *u = &p->units.item[i];
        jobs[i] = (struct parse_job){.u = u, .flags = flags_and(&u->flags, FLAG_FOR_RESULT)};
        parse_soon(p, &jobs[i]); /* verify.c */
        jobs[i].flags = u->flags;
    }
    parse_all(p, jobs, p->units.count);
    for (size_t i = 0; i < p->units.count; i++)
        casts |= complains_of_cast(&jobs[i].diagnostics);
    if (casts)
        parse_without_casts(p, jobs);
    for (size_t i = 0; i < p->units.count; i++) {
        struct unit *u = &p->units.item[i];
        struct inclusion in = {p, u};
        u->tu = jobs[i].tu;
        u->diagnostics = jobs[i].diagnostics;
        *list_add(&u->includes) = u->s;
        if (u->tu)
            clang_getInclusions(u->tu, include, &in);
        else
            report_add(p->report, FINDING_ERROR, ERROR_PARSE, u->s->path, 0, 0,
                       "libclang cannot parse it");
    }
}

bool project_parse(struct project *p)
{
    if (!read_named(p) || !commands_open(p))
        return false;
    for (size_t i = 0; i < p->units.count; i++)
        unit_flags(p, &p->units.item[i]);
    find_headers(p);
    casing_flags(p);
    if (!mentions_version(p))
        assume_version(p);
    parse_units(p);
    for (size_t i = 0; i < p->units.count; i++)
        if (p->units.item[i].tu)
            report_diagnostics(p, &p->units.item[i]);
    p->report->files_read = (unsigned)p->sources.count;
    for (size_t i = 0; i < p->sources.count; i++)
        p->report->lines_read += (unsigned)p->sources.item[i]->lines.count;
    return !project_failed(p);
}

void project_close(struct project *p)
{
    for (size_t i = 0; i < p->units.count; i++)
        if (p->units.item[i].tu)
            clang_disposeTranslationUnit(p->units.item[i].tu);
    for (size_t i = 0; i < p->indexes.count; i++)
        clang_disposeIndex(p->indexes.item[i]);
    json_decref(p->commands);
    prefix_close();
}
