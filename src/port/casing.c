/* SPDX-License-Identifier: MIT */
#include "port/casing.h"
#include "port/cache.h"
#include "port/file.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- names as Windows finds them --- */

/* A folder's entries, read once. */
struct folder {
    const char *path;
    LIST(const char *) names;
};
static LIST(struct folder *) folders;

static const struct folder *folder_at(const char *path)
{
    for (size_t i = 0; i < folders.count; i++)
        if (!strcmp(folders.item[i]->path, path))
            return folders.item[i];
    struct folder *f = arena_alloc(sizeof *f);
    f->path = path;
    *list_add(&folders) = f;
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));)
        *list_add(&f->names) = arena_string(e->d_name);
    if (d)
        closedir(d);
    return f;
}

/* The entry of the folder that differs from the name in its case only; NULL if none does. */
static const char *entry_without_case(const char *folder, const char *name)
{
    const struct folder *f = folder_at(folder);
    const char *found = NULL;
    for (size_t i = 0; i < f->names.count; i++)
        if (!strcasecmp(f->names.item[i], name) && (!found || strcmp(f->names.item[i], found) < 0))
            found = f->names.item[i];
    return found;
}

/* folder/name with every part as it is on the disk, or NULL. */
static const char *find_as_windows(const char *folder, const char *name)
{
    const char *path = folder;
    while (*name) {
        size_t n = strcspn(name, "/\\");
        const char *part = arena_copy(name, n);
        name += n + (name[n] != '\0');
        if (n == 0)
            continue;
        const char *exact = arena_format("%s/%s", path, part);
        if (access(exact, F_OK)) {
            part = entry_without_case(path, part);
            if (!part)
                return NULL;
            exact = arena_format("%s/%s", path, part);
        }
        path = exact;
    }
    return path;
}

typedef LIST(const char *) path_list;

/* Where a compiler looks: beside the file, then the folders of the flags. */
static void folders_of(const struct unit *u, const struct source *by, bool quoted, path_list *out)
{
    static const char *const words[] = {"-I", "-isystem", "-iquote", NULL};
    const char *slash = strrchr(by->path, '/');
    if (quoted)
        *list_add(out) = slash ? arena_copy(by->path, (size_t)(slash - by->path)) : ".";
    for (size_t i = 0; i < u->flags.count; i++) {
        const char *flag = u->flags.item[i];
        if (is_one_of(flag, words) && i + 1 < u->flags.count)
            *list_add(out) = u->flags.item[++i];
        else if (starts_with(flag, "-I"))
            *list_add(out) = flag + 2;
    }
}

/* --- the overlay --- */

static bool known(const json_t *overlay, const char *name)
{
    for (size_t i = 0; i < json_array_size(overlay); i++)
        if (!strcmp(json_string_value(json_object_get(json_array_get(overlay, i), "name")), name))
            return true;
    return false;
}

static void add_to_overlay(struct project *p, const struct source *by, size_t hash,
                           const char *name, const char *folder, const char *file)
{
    char *here = realpath(folder, NULL), *real = realpath(file, NULL);
    char *slashes = arena_string(name);
    for (char *c = slashes; *c; c++) /* as clang does for Windows */
        *c = *c == '\\' ? '/' : *c;
    const char *full = arena_format("%s/%s", here ? here : "", slashes);
    if (!p->overlay)
        p->overlay = json_array();
    if (here && real && !known(p->overlay, full)) {
        json_array_append_new(p->overlay, json_pack("{s:s, s:s, s:s}", "type", "file", "name", full,
                                                    "external-contents", real));
        report_at(p->report, FINDING_DONE, ERROR_PARSE, by, tok(by, hash)->begin,
                  "%s is read as %s, as Windows finds it: file names have no case there", name,
                  file_below_here(real));
    }
    free(here);
    free(real);
}

const char *casing_find(struct project *p, const struct unit *u, const struct source *by,
                        size_t hash)
{
    bool quoted;
    const char *name = included_name(by, hash, &quoted);
    path_list list = {0};
    folders_of(u, by, quoted, &list);
    for (size_t i = 0; i < list.count; i++)
        if (!access(arena_format("%s/%s", list.item[i], name), R_OK))
            return NULL; /* found as it is written */
    for (size_t i = 0; i < list.count; i++) {
        const char *file = find_as_windows(list.item[i], name);
        if (!file)
            continue;
        add_to_overlay(p, by, hash, name, list.item[i], file);
        return starts_with(file, "/usr/") || ends_with(file, "/ndis.h") ? NULL : file;
    }
    return NULL;
}

void casing_flags(struct project *p)
{
    if (!p->overlay)
        return;
    json_t *root = json_pack("{s:i, s:O}", "version", 0, "roots", p->overlay);
    char *text = root ? json_dumps(root, 0) : NULL;
    const char *path = text && cache_folder() ? cache_name(text, ".yaml") : NULL;
    if (path && cache_write(path, text, strlen(text)))
        for (size_t i = 0; i < p->units.count; i++) {
            *list_add(&p->units.item[i].flags) = "-ivfsoverlay";
            *list_add(&p->units.item[i].flags) = path;
        }
    cache_trim(".yaml", 16);
    free(text);
    json_decref(root);
}

void casing_close(struct project *p)
{
    json_decref(p->overlay);
    memset(&folders, 0, sizeof folders); /* the arena has them */
}
