/* SPDX-License-Identifier: MIT */
/* write.c - all files of a run, or none: each is written beside its place first, and only when all
 * are there they are renamed over the old ones. If a rename fails, those done are put back. */
#include "port/file.h"
#include "port/project.h"
#include <errno.h>
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
    if (!in_place && !file_make_folders(o->target)) {
        *why = arena_format("%s: %s", o->target, strerror(errno));
        return false;
    }
    size_t len;
    const char *bytes = source_result(s, &len);
    o->temporary = file_write_beside(o->target, o->mode, bytes, len, why);
    return o->temporary != NULL;
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
