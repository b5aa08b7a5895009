/* SPDX-License-Identifier: MIT */
/* command.c - how each file is compiled: for Windows, with our headers, and with what the user gave
 * after "--", or what compile_commands.json says of the file. */
#include "port/command.h"
#include "port/cursor.h"
#include "port/flags.h"
#include <glob.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MINGW "/usr/share/mingw-w64/include"

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
    const char *version = cursor_string(clang_getClangVersion()), *v = strstr(version, "version ");
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
    *list_add(&f) = "-Wno-error=return-type"; /* "return;" where there is a result: C4033 */
    *list_add(&f) = "-Wunused-variable";      /* arguments that are gone were variables' only use */
    *list_add(&f) = "-Wunused-private-field";
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

static void load_commands(struct project *p)
{
    const char *path = p->options->commands;
    if (!path)
        return;
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
        return;
    }
    p->commands = root;
}

bool commands_open(struct project *p)
{
    if (base_flags(p))
        load_commands(p);
    return !project_failed(p);
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

bool is_cplusplus(const char *path)
{
    static const char *const suffixes[] = {".cpp", ".cc", ".cxx", ".hpp", NULL};
    return has_suffix(path, suffixes); /* NIC.C is C: names are Windows' */
}

void unit_flags(struct project *p, struct unit *u)
{
    flag_list f = {0}, user = {0};
    flags_add(&user, p->options->flags, NULL);
    bool known = p->commands && command_of(p->commands, u->s, &user);
    if (p->commands && !known)
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
    bool ported = false; /* already, at least in part */
    for (size_t i = 0; i < p->sources.count; i++)
        ported |= source_uses(p->sources.item[i], "NDIS_MINIPORT_INTERRUPT_CHARACTERISTICS");
    if (ported)
        *list_add(&f) = "-DNDIS60=1";
    for (size_t i = 0; i + 1 < user.count; i++)
        *list_add(&f) = user.item[i];
    u->flags = f;
}

flag_list flags_and(const flag_list *flags, const char *more)
{
    flag_list f = {0};
    for (size_t i = 0; i < flags->count; i++)
        *list_add(&f) = flags->item[i];
    *list_add(&f) = more;
    return f;
}
