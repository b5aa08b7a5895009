/* SPDX-License-Identifier: MIT */
#include "port/cache.h"
#include "port/file.h"
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *folder;
static bool temporary;

static const char *lasting_folder(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && cache[0] == '/')
        return arena_format("%s/dirql", cache);
    return home && home[0] == '/' ? arena_format("%s/.cache/dirql", home) : NULL;
}

const char *cache_folder(void)
{
    if (folder)
        return folder;
    const char *lasting = lasting_folder();
    if (lasting && file_make_folders(arena_format("%s/", lasting)) && !access(lasting, W_OK | X_OK))
        return folder = lasting;
    const char *tmp = getenv("TMPDIR");
    char *made = arena_format("%s/dirql-port-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp");
    temporary = mkdtemp(made) != NULL;
    return folder = temporary ? made : NULL;
}

/* FNV-1a: who uses a name that is not its own reads another's bytes, so compare what is inside. */
const char *cache_name(const char *key, const char *suffix)
{
    unsigned long long h = 0xcbf29ce484222325u;
    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * 0x100000001b3u;
    return arena_format("%s/%016llx%s", cache_folder(), h, suffix);
}

bool cache_is_kept(void)
{
    return cache_folder() && !temporary;
}

bool cache_write(const char *path, const char *bytes, size_t len)
{
    size_t there;
    const char *why, *old = file_read(path, &there, &why);
    if (old && there == len && !memcmp(old, bytes, len))
        return true;
    const char *name = file_write_beside(path, 0644, bytes, len, &why);
    if (name && !rename(name, path))
        return true;
    if (name)
        unlink(name);
    return false;
}

/* --- what is too much or left at the end --- */

static void remove_matching(const char *pattern)
{
    glob_t g;
    if (glob(pattern, 0, NULL, &g))
        return;
    for (size_t i = 0; i < g.gl_pathc; i++)
        unlink(g.gl_pathv[i]);
    globfree(&g);
}

static struct timespec changed(const char *path)
{
    struct stat st;
    return stat(path, &st) ? (struct timespec){0} : st.st_mtim;
}

static int newest_first(const void *a, const void *b)
{
    struct timespec x = changed(*(char *const *)a), y = changed(*(char *const *)b);
    if (x.tv_sec != y.tv_sec)
        return x.tv_sec < y.tv_sec ? 1 : -1;
    return (x.tv_nsec < y.tv_nsec) - (x.tv_nsec > y.tv_nsec);
}

void cache_trim(const char *suffix, size_t keep)
{
    glob_t g;
    if (!cache_folder() || glob(arena_format("%s/*%s", folder, suffix), 0, NULL, &g))
        return;
    qsort(g.gl_pathv, g.gl_pathc, sizeof *g.gl_pathv, newest_first);
    for (size_t i = keep; i < g.gl_pathc; i++)
        remove_matching(
            arena_format("%.*s*", (int)(strlen(g.gl_pathv[i]) - strlen(suffix)), g.gl_pathv[i]));
    globfree(&g);
}

void cache_close(void)
{
    if (temporary) {
        remove_matching(arena_format("%s/*", folder));
        rmdir(folder);
    }
    folder = NULL;
    temporary = false;
}
