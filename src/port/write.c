/* SPDX-License-Identifier: MIT */
/* write.c - all files of a run, or none: each is written beside its place first, and only when all
 * are there they are renamed over the old ones. If a rename fails, those done are put back. */
#include "port/project.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct output {
    struct source *s;
    const char *target, *temporary, *old; /* `old`: where the former file is meanwhile, or NULL */
    mode_t mode;
};
typedef LIST(struct output) output_list;

static bool make_folders(const char *path)
{
    char *copy = arena_string(path);
    for (char *c = copy + 1; *c; c++)
        if (*c == '/') {
            *c = '\0';
            if (mkdir(copy, 0777) && errno != EEXIST)
                return false;
            *c = '/';
        }
    return true;
}

/* In a folder the files keep their places relative to the folder that holds all of them. */
static size_t common_folder(const struct project *p)
{
    size_t n = 0;
    const char *first = NULL;
    for (size_t i = 0; i < p->sources.count + p->build_files.count; i++) {
        const struct source *s =
            i < p->sources.count ? p->sources.item[i] : p->build_files.item[i - p->sources.count];
        if (!first) {
            first = s->real;
            n = strlen(first);
        }
        size_t k = 0;
        while (k < n && s->real[k] == first[k])
            k++;
        n = k;
    }
    while (n > 0 && first[n - 1] != '/')
        n--;
    return n;
}

static bool write_bytes(struct output *o, const char *bytes, size_t len, const char **why)
{
    char *name = arena_format("%s.dirql-XXXXXX", o->target);
    int fd = mkstemp(name);
    if (fd < 0) {
        *why = arena_format("%s: %s", o->target, strerror(errno));
        return false;
    }
    o->temporary = name;
    bool ok = !fchmod(fd, o->mode);
    while (ok && len) {
        ssize_t n = write(fd, bytes, len);
        ok = n > 0 || errno == EINTR;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    ok &= !fsync(fd);
    int saved = errno;
    close(fd);
    if (!ok)
        *why = arena_format("%s: %s", name, strerror(saved));
    return ok;
}

static bool prepare(struct project *p, struct source *s, size_t common, bool all, output_list *out,
                    const char **why)
{
    bool in_place = p->options->output == PORT_IN_PLACE;
    if (!s->edits.count && (in_place || !all))
        return true;
    struct output *o = list_add(out);
    struct stat st;
    o->s = s;
    o->mode = stat(s->real, &st) ? 0666 : st.st_mode & 0777;
    o->target = in_place ? s->real : arena_format("%s/%s", p->options->directory, s->real + common);
    if (!stat(o->target, &st) && !S_ISREG(st.st_mode)) {
        *why = arena_format("%s: is no regular file", o->target);
        return false;
    }
    if (in_place && access(s->real, W_OK)) {
        *why = arena_format("%s: %s", s->path, strerror(errno));
        return false;
    }
    if (!in_place && !make_folders(o->target)) {
        *why = arena_format("%s: %s", o->target, strerror(errno));
        return false;
    }
    size_t len;
    const char *bytes = source_result(s, &len);
    return write_bytes(o, bytes, len, why);
}

bool result_write(struct project *p, const char **why)
{
    output_list out = {0};
    bool ok = true;
    size_t common = common_folder(p);
    for (size_t i = 0; i < p->sources.count && ok; i++)
        ok = prepare(p, p->sources.item[i], common, true, &out, why);
    for (size_t i = 0; i < p->build_files.count && ok; i++)
        ok = prepare(p, p->build_files.item[i], common, true, &out, why);
    size_t done = 0;
    for (; done < out.count && ok; done++) {
        struct output *o = &out.item[done];
        const char *old = arena_format("%s.old", o->temporary);
        if (!rename(o->target, old))
            o->old = old;
        if (rename(o->temporary, o->target)) {
            *why = arena_format("%s: %s", o->target, strerror(errno));
            ok = false;
            done++;
            break;
        }
        o->temporary = NULL;
    }
    for (size_t i = 0; i < out.count; i++) {
        struct output *o = &out.item[i];
        if (!ok && i < done && o->old)
            (void)!rename(o->old, o->target);
        else if (!ok && i < done && !o->temporary)
            unlink(o->target);
        else if (o->old)
            unlink(o->old);
        if (o->temporary)
            unlink(o->temporary);
    }
    return ok;
}
