/* SPDX-License-Identifier: MIT */
/* parse.c - the driver as a compiler for Windows sees it.
 *
 * Flags: the target and our headers, then what the user gave after "--", or what
 * compile_commands.json says of the file. A driver that does not parse is not ported. */
#include "port/flags.h"
#include "port/prefix.h"
#include "port/project.h"
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MINGW "/usr/share/mingw-w64/include"

static const char *const c_suffixes[] = {".c",   ".cpp", ".cc",  ".cxx", ".h",
                                         ".hpp", ".C",   ".CPP", NULL};

static const char *string_of(CXString s)
{
    const char *text = arena_string(clang_getCString(s) ? clang_getCString(s) : "");
    clang_disposeString(s);
    return text;
}

bool project_failed(const struct project *p)
{
    return report_count(p->report, FINDING_ERROR) != 0;
}

/* --- where the headers are --- */

static const char *ddk_folder(const struct project *p)
{
    if (p->options->ddk)
        return p->options->ddk;
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return NULL;
    self[n] = '\0';
    for (unsigned up = 0; up < 4; up++) {
        char *slash = strrchr(self, '/');
        if (!slash)
            break;
        *slash = '\0';
        const char *folder = arena_format("%s/include/ddk", self);
        if (!access(arena_format("%s/ndis.h", folder), R_OK))
            return folder;
    }
    return NULL;
}

/* clang's own headers (stdarg.h, intrinsics): libclang looks beside itself, where Debian has none.
 */
static const char *resource_folder(void)
{
    const char *version = string_of(clang_getClangVersion()), *v = strstr(version, "version ");
    char number[32] = "";
    if (v)
        sscanf(v, "version %31[0-9.]", number);
    glob_t g;
    const char *found = NULL;
    if (!glob("/usr/lib/llvm-*/lib/clang/*", 0, NULL, &g)) {
        for (size_t i = 0; i < g.gl_pathc && !found; i++)
            if (ends_with(g.gl_pathv[i], arena_format("/%s", number)))
                found = arena_string(g.gl_pathv[i]);
        globfree(&g);
    }
    return found;
}

static bool names_ntddi(const char *const *flags)
{
    for (; flags && *flags; flags++)
        if (strstr(*flags, "NTDDI_VERSION") || strstr(*flags, "_WIN32_WINNT"))
            return true;
    return false;
}

static bool base_flags(struct project *p)
{
    const char *ddk = ddk_folder(p), *resources = resource_folder();
    if (!ddk) {
        report_add(p->report, FINDING_ERROR, ERROR_PARSE, NULL, 0, 0,
                   "the headers for drivers (include/ddk of dirql) are not beside the program")
            ->hint = "name their folder: --ddk DIR";
        return false;
    }
    if (access(arena_format("%s/ndis.h", ddk), R_OK)) {
        report_add(p->report, FINDING_ERROR, ERROR_INPUT, ddk, 0, 0, "has no ndis.h")->hint =
            "--ddk names the folder include/ddk of dirql";
        return false;
    }
    flag_list f = {0};
    *list_add(&f) = "--target=x86_64-w64-windows-gnu";
    if (resources) {
        *list_add(&f) = "-resource-dir";
        *list_add(&f) = resources;
    }
    *list_add(&f) = "-fms-extensions";
    *list_add(&f) = "-fno-builtin";
    *list_add(&f) = "-ferror-limit=30";
    *list_add(&f) = "-Wno-unknown-pragmas";
    *list_add(&f) = "-D_AMD64_";
    *list_add(&f) = "-isystem";
    *list_add(&f) = ddk;
    *list_add(&f) = "-isystem";
    *list_add(&f) = MINGW "/ddk";
    *list_add(&f) = "-isystem";
    *list_add(&f) = MINGW;
    *list_add(&f) = NULL;
    p->base_flags = f.item;
    if (access(MINGW "/ddk/ntddk.h", R_OK))
        report_add(p->report, FINDING_ERROR, ERROR_PARSE, NULL, 0, 0,
                   MINGW "/ddk/ntddk.h is missing")
            ->hint = "apt-get install mingw-w64-common";
    return !project_failed(p);
}

/* --- flags of one file --- */

static json_t *load_commands(struct project *p)
{
    const char *path = p->options->commands;
    if (!path)
        return NULL;
    if (!ends_with(path, ".json"))
        path = arena_format("%s/compile_commands.json", path);
    json_error_t e;
    json_t *root = json_load_file(path, 0, &e);
    if (!root || !json_is_array(root)) {
        report_add(p->report, FINDING_ERROR, ERROR_INPUT, path,
                   root ? 0 : (unsigned)(e.line > 0 ? e.line : 0),
                   root ? 0 : (unsigned)(e.column > 0 ? e.column : 0), "%s",
                   root ? "is no compilation database: an array of objects is expected" : e.text)
            ->hint = "cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, meson, or bear -- make write one";
        json_decref(root);
        return NULL;
    }
    return root;
}

/* The entry of a file, by canonical path. */
static bool command_of(json_t *commands, const struct source *s, flag_list *out)
{
    size_t i;
    json_t *entry;
    json_array_foreach(commands, i, entry)
    {
        const char *file = json_string_value(json_object_get(entry, "file"));
        const char *folder = json_string_value(json_object_get(entry, "directory"));
        const char *command = json_string_value(json_object_get(entry, "command"));
        json_t *arguments = json_object_get(entry, "arguments");
        if (!file)
            continue;
        if (file[0] != '/' && folder)
            file = arena_format("%s/%s", folder, file);
        char *real = realpath(file, NULL);
        bool found = real && !strcmp(real, s->real);
        free(real);
        if (!found)
            continue;
        if (command) {
            const char *const *words = flags_split(command);
            flags_add(out, *words ? words + 1 : words, folder ? arena_string(folder) : NULL);
            return true;
        }
        LIST(const char *) words = {0};
        size_t j;
        json_t *word;
        json_array_foreach(arguments, j, word) if (j > 0 && json_is_string(word)) *
            list_add(&words) = arena_string(json_string_value(word));
        *list_add(&words) = NULL;
        flags_add(out, words.item, folder ? arena_string(folder) : NULL);
        return true;
    }
    return false;
}

static bool is_cplusplus(const char *path)
{
    return ends_with(path, ".cpp") || ends_with(path, ".cc") || ends_with(path, ".cxx") ||
           ends_with(path, ".hpp") || ends_with(path, ".C") || ends_with(path, ".CPP");
}

static void unit_flags(const struct project *p, struct unit *u, json_t *commands, bool assume)
{
    flag_list f = {0}, user = {0};
    flags_add(&user, p->options->flags, NULL);
    bool known = commands && command_of(commands, u->s, &user);
    if (commands && !known)
        report_add(p->report, FINDING_TRAP, ERROR_INPUT, u->s->path, 0, 0,
                   "is not in the compilation database; only the flags after -- are used");
    bool standard = false;
    for (size_t i = 0; i < user.count; i++)
        standard |= starts_with(user.item[i], "-std=");
    *list_add(&f) = "-x";
    *list_add(&f) = is_cplusplus(u->s->path) ? "c++" : "c";
    if (!standard)
        *list_add(&f) = is_cplusplus(u->s->path) ? "-std=gnu++14" : "-std=gnu11";
    for (const char *const *b = p->base_flags; *b; b++)
        *list_add(&f) = *b;
    *list_add(&user) = NULL;
    if (!names_ntddi(user.item)) {
        *list_add(&f) = "-DWINVER=0x0602";
        *list_add(&f) = "-D_WIN32_WINNT=0x0602";
        *list_add(&f) = "-DNTDDI_VERSION=0x06020000";
    }
    if (source_uses(u->s, "NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS"))
        *list_add(&f) = "-DNDIS60=1"; /* ported already, at least in part */
    if (assume) {
        *list_add(&f) = "-DNDIS_MINIPORT_DRIVER=1";
        *list_add(&f) = "-DNDIS51_MINIPORT=1";
    }
    for (size_t i = 0; i + 1 < user.count; i++)
        *list_add(&f) = user.item[i];
    u->flags = f.item;
    u->flag_count = (int)f.count;
}

/* The same flags, with the 6.0 interfaces visible beside those of 5.x (docs/port.md). */
const char *const *unit_flags_for_result(const struct project *p, const struct unit *u, int *count)
{
    flag_list f = {0};
    for (int i = 0; i < u->flag_count; i++)
        *list_add(&f) = u->flags[i];
    *list_add(&f) = "-DNDIS60=1";
    *count = (int)f.count;
    return f.item;
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
    char here[PATH_MAX], *real = realpath(path, NULL);
    if (!real)
        return arena_string(path);
    const char *result = arena_string(real);
    free(real);
    if (path[0] != '/' && getcwd(here, sizeof here) && starts_with(result, here) &&
        result[strlen(here)] == '/')
        return result + strlen(here) + 1;
    return path[0] == '/' ? result : arena_string(path);
}

static void include(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
    struct inclusion *in = data;
    if (depth == 0 ||
        clang_Location_isInSystemHeader(clang_getLocationForOffset(in->u->tu, file, 0)))
        return;
    const char *path = string_of(clang_getFileName(file));
    char *real = realpath(path, NULL);
    struct source *s = real ? project_source(in->p, real) : NULL;
    free(real);
    const char *why, *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    if (!s && strcmp(name, "ndis.h")) { /* another DDK's is not the driver's */
        s = source_read(without_dots(path), &why);
        if (s)
            *list_add(&in->p->sources) = s;
    }
    if (s && !unit_has(in->u, s))
        *list_add(&in->u->includes) = s;
}

/* --- diagnostics --- */

static const char *hint_for(const char *message)
{
    if (strstr(message, "file not found"))
        return "name the folder of the header: -- -IDIR (or -p compile_commands.json)";
    if (strstr(message, "NDIS_MINIPORT_CHARACTERISTICS") || strstr(message, "NDIS_PACKET") ||
        strstr(message, "NDIS_MINIPORT_DRIVER needs a version"))
        return "say which NDIS it is written for: -- -DNDIS_MINIPORT_DRIVER -DNDIS51_MINIPORT";
    if (strstr(message, "unknown type name") || strstr(message, "undeclared identifier"))
        return "give the flags of the driver's own build: -- -DNAME=VALUE -include FILE";
    return NULL;
}

static void report_diagnostics(struct project *p, struct unit *u)
{
    unsigned n = clang_getNumDiagnostics(u->tu), shown = 0;
    for (unsigned i = 0; i < n; i++) {
        CXDiagnostic d = clang_getDiagnostic(u->tu, i);
        enum CXDiagnosticSeverity severity = clang_getDiagnosticSeverity(d);
        if (severity >= CXDiagnostic_Error && shown++ < 10) {
            CXFile file;
            unsigned line, column;
            clang_getFileLocation(clang_getDiagnosticLocation(d), &file, &line, &column, NULL);
            const char *text = string_of(clang_getDiagnosticSpelling(d));
            const char *path = file ? string_of(clang_getFileName(file)) : u->s->path;
            report_add(p->report, FINDING_ERROR, ERROR_PARSE, path, line, column, "%s", text)
                ->hint = hint_for(text);
        }
        clang_disposeDiagnostic(d);
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
        bool c = false;
        for (size_t i = 0; c_suffixes[i]; i++)
            c |= ends_with(*f, c_suffixes[i]);
        if (!c) {
            *list_add(&p->build_files) = s;
        } else if (!project_source(p, s->real)) {
            *list_add(&p->sources) = s;
            if (!ends_with(*f, ".h") && !ends_with(*f, ".hpp"))
                list_add(&p->units)->s = s;
        }
    }
    if (!p->units.count && !project_failed(p))
        report_add(p->report, FINDING_ERROR, ERROR_INPUT, p->options->files[0], 0, 0,
                   "is no C or C++ source file (.c, .cpp)")
            ->hint = "name all source files of the driver; headers are found through them";
    return !project_failed(p);
}

static bool mentions_version(const struct project *p)
{
    for (const char *const *f = p->options->flags; f && *f; f++)
        if (strstr(*f, "_MINIPORT"))
            return true;
    for (size_t u = 0; u < p->units.count; u++)
        for (int i = 0; i < p->units.item[u].flag_count; i++)
            if (strstr(p->units.item[u].flags[i], "_MINIPORT"))
                return true;
    for (size_t i = 0; i < p->sources.count; i++) {
        const struct source *s = p->sources.item[i];
        for (size_t j = 0; j < s->tokens.code.count; j++)
            if (tok(s, j)->directive && tok_is_name(s, j)) {
                const char *name = tok_text(s, j);
                if (starts_with(name, "NDIS") && ends_with(name, "_MINIPORT"))
                    return true;
            }
    }
    return false;
}

/* x86 vector intrinsics are a third of the text that a driver includes, and kernels have no use for
 * them: left out, unless that is an error. */
static const char *const lean[] = {"-D__IMMINTRIN_H", "-D__X86INTRIN_H"};

static bool has_error(CXTranslationUnit tu)
{
    bool error = false;
    for (unsigned i = 0; i < clang_getNumDiagnostics(tu) && !error; i++) {
        CXDiagnostic d = clang_getDiagnostic(tu, i);
        error = clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error;
        clang_disposeDiagnostic(d);
    }
    return error;
}

CXTranslationUnit unit_parse(struct project *p, const struct unit *u, const char *const *flags,
                             int count, struct CXUnsavedFile *files, unsigned file_count,
                             unsigned options)
{
    CXTranslationUnit tu = NULL;
    flag_list fast = {0};
    int fast_count = 0;
    for (int i = 0; i < count; i++)
        *list_add(&fast) = flags[i];
    for (size_t i = 0; i < sizeof lean / sizeof *lean; i++)
        *list_add(&fast) = lean[i];
    const char *const *with = fast.item;
    fast_count = (int)fast.count;
    if (p->units.count > 2 && p->headers_known) {
        const char *const *prefixed = prefix_flags(p, fast.item, fast_count, &fast_count);
        with = prefixed ? prefixed : with;
    }
    if (!clang_parseTranslationUnit2(p->index, u->s->path, with, fast_count, files, file_count,
                                     options, &tu) &&
        !has_error(tu))
        return tu;
    if (tu)
        clang_disposeTranslationUnit(tu);
    if (clang_parseTranslationUnit2(p->index, u->s->path, flags, count, files, file_count, options,
                                    &tu)) {
        report_add(p->report, FINDING_ERROR, ERROR_PARSE, u->s->path, 0, 0,
                   "libclang cannot parse it");
        return NULL;
    }
    return tu;
}

static void parse_unit(struct project *p, struct unit *u)
{
    u->tu = unit_parse(p, u, u->flags, u->flag_count, NULL, 0,
                       CXTranslationUnit_DetailedPreprocessingRecord);
    if (!u->tu)
        return;
    struct inclusion in = {p, u};
    u->includes.count = 0;
    *list_add(&u->includes) = u->s;
    clang_getInclusions(u->tu, include, &in);
}

bool project_parse(struct project *p)
{
    if (!read_named(p) || !base_flags(p))
        return false;
    json_t *commands = load_commands(p);
    if (project_failed(p))
        return false;
    p->index = clang_createIndex(1, 0);
    for (size_t i = 0; i < p->units.count; i++)
        unit_flags(p, &p->units.item[i], commands, false);
    bool assume = false;
    for (size_t i = 0; i < p->units.count; i++) {
        struct unit *u = &p->units.item[i];
        if (assume)
            unit_flags(p, u, commands, true);
        parse_unit(p, u);
        if (u->tu && i == 0 && !mentions_version(p)) {
            assume = true;
            report_add(p->report, FINDING_DONE, ERROR_PARSE, NULL, 0, 0,
                       "neither the files nor the flags say which NDIS the driver is written for: "
                       "read as -DNDIS_MINIPORT_DRIVER -DNDIS51_MINIPORT");
            clang_disposeTranslationUnit(u->tu);
            unit_flags(p, u, commands, true);
            parse_unit(p, u);
        }
        if (u->tu)
            report_diagnostics(p, u);
        p->headers_known = true;
    }
    json_decref(commands);
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
    if (p->index)
        clang_disposeIndex(p->index);
    prefix_remove_all();
}
