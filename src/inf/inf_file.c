/* SPDX-License-Identifier: MIT */
/* inf_file.c - where the driver's .sys is: the way from ServiceBinary back to a file on disk.
 *
 * ServiceBinary names the file where it will be installed. CopyFiles may have renamed it on the
 * way; SourceDisksFiles and SourceDisksNames say in which folder below the INF it was. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "inf/inf_internal.h"

/* The source name of an installed file: the second field of its line in a section that CopyFiles of
 * the install section names. */
static const char *source_name(const struct inf_match *match, const char *installed)
{
    const struct inf_section *section = inf_section(match->inf, match->section);
    for (size_t i = 0; section && i < section->line_count; i++) {
        const struct inf_line *line = &section->lines[i];
        if (!line->key || strcasecmp(line->key, "CopyFiles"))
            continue;
        for (size_t k = 0; k < line->value_count; k++) {
            const struct inf_section *list = inf_section(match->inf, line->values[k]);
            for (size_t j = 0; list && j < list->line_count; j++) {
                const struct inf_line *file = &list->lines[j];
                if (!file->key && !strcasecmp(inf_value(file, 0), installed) && *inf_value(file, 1))
                    return inf_value(file, 1);
            }
        }
    }
    return installed;
}

/* "folder/sub/" of a source file, from the sections for amd64 before the general ones. */
static void source_folder(const struct inf *inf, const char *file, char *folder, size_t size)
{
    static const char *const ends[] = {".amd64", ""};
    char name[64];
    folder[0] = 0;
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "SourceDisksFiles%s", ends[i]);
        const struct inf_line *line = inf_line(inf_section(inf, name), file);
        if (!line)
            continue;
        const struct inf_line *disk = NULL;
        for (int k = 0; k < 2 && !disk; k++) {
            snprintf(name, sizeof name, "SourceDisksNames%s", ends[k]);
            disk = inf_line(inf_section(inf, name), inf_value(line, 0));
        }
        snprintf(folder, size, "%.200s/%.200s/", inf_value(disk, 3), inf_value(line, 1));
        for (char *c = folder; *c; c++)
            if (*c == '\\')
                *c = '/';
        return;
    }
}

/* `base` plus one component found without case; malloc'd, NULL if there is none. The exact spelling
 * is preferred. */
static char *step(const char *base, const char *component, size_t length)
{
    char *found = NULL;
    if (length == 1 && component[0] == '.')
        return strdup(base);
    if (length == 2 && !memcmp(component, "..", 2))
        return NULL; /* an INF has no business above its own folder */
    DIR *dir = opendir(*base ? base : ".");
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        bool exact = strlen(entry->d_name) == length && !memcmp(entry->d_name, component, length);
        if (!exact &&
            (strlen(entry->d_name) != length || strncasecmp(entry->d_name, component, length)))
            continue;
        char *path;
        if (exact || !found) {
            if (asprintf(&path, "%s%s%s", base, *base && base[strlen(base) - 1] != '/' ? "/" : "",
                         entry->d_name) < 0)
                break;
            free(found);
            found = path;
        }
        if (exact)
            break;
    }
    if (dir)
        closedir(dir);
    return found;
}

/* A file below `folder`, each component found without case; malloc'd or NULL. */
static char *find_below(const char *folder, const char *relative)
{
    char *at = strdup(folder);
    while (at && *relative) {
        size_t n = strcspn(relative, "/");
        if (n) {
            char *next = step(at, relative, n);
            free(at);
            at = next;
        }
        relative += n + (relative[n] == '/');
    }
    return at;
}

char *inf_driver_file(const struct inf_match *match, char *error, size_t error_size)
{
    const char *path = inf_path(match->inf), *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("");
    const char *file = source_name(match, match->binary);
    char below[512], relative[1024];
    char *found = NULL;
    if (!folder)
        goto out;
    source_folder(match->inf, file, below, sizeof below);
    const char *const places[] = {below, "", "amd64/", "x64/"};
    for (size_t i = 0; i < sizeof places / sizeof places[0] && !found; i++) {
        snprintf(relative, sizeof relative, "%s%.400s", places[i], file);
        found = find_below(folder, relative);
        if (found && access(found, R_OK)) {
            free(found);
            found = NULL;
        }
    }
out:
    if (!found)
        inf_error(
            match->inf, 0, -ENOENT, error, error_size,
            "the driver %.100s of service %.60s is not beside the INF (looked in %.100s, %.100s)",
            file, match->service, folder && *folder ? folder : "this folder",
            folder && *below ? below : "amd64/ and x64/ below it");
    free(folder);
    return found;
}
