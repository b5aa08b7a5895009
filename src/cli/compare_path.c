/* SPDX-License-Identifier: MIT */
/* compare_path.c - which registers a driver writes in its interrupt path, out of the trace of a
 * run.
 *
 * Nothing here knows a chip: a write counts by the IRQL it was made at and by what ran. Above
 * DISPATCH_LEVEL it belongs to a service routine (or to code that synchronises with one); at
 * DISPATCH_LEVEL it belongs to the interrupt path only inside a DPC, because a send or a filter
 * change holds a spin lock just as well. */
#include "cli/compare.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISPATCH 2
#define CPUS     256

const char *compare_context_name(enum compare_context context)
{
    return context == COMPARE_DIRQL ? "at DIRQL" : "in DPCs";
}

static int by_place(const void *a, const void *b)
{
    const struct compare_write *x = a, *y = b;
    if (x->context != y->context)
        return x->context < y->context ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

const struct compare_write *compare_path_find(const struct compare_path *path,
                                              enum compare_context context, uint64_t offset)
{
    for (size_t i = 0; i < path->count; i++)
        if (path->writes[i].context == context && path->writes[i].offset == offset)
            return &path->writes[i];
    return NULL;
}

static void note_value(struct compare_write *w, uint64_t value)
{
    unsigned at = 0;
    w->count++;
    if (w->value_count > COMPARE_VALUES)
        return;
    while (at < w->value_count && w->values[at] < value)
        at++;
    if (at < w->value_count && w->values[at] == value)
        return;
    if (w->value_count < COMPARE_VALUES) {
        memmove(&w->values[at + 1], &w->values[at], (w->value_count - at) * sizeof w->values[0]);
        w->values[at] = value;
    }
    w->value_count++;
}

static bool note(struct compare_path *path, enum compare_context context, uint64_t offset,
                 uint64_t value)
{
    struct compare_write *w = (struct compare_write *)compare_path_find(path, context, offset);
    if (!w) {
        struct compare_write *more = realloc(path->writes, (path->count + 1) * sizeof *more);
        if (!more)
            return false;
        path->writes = more;
        w = &more[path->count++];
        *w = (struct compare_write){.context = context, .offset = offset};
    }
    note_value(w, value);
    return true;
}

bool compare_path_read(const char *trace, struct compare_path *path, char *err, size_t err_len)
{
    bool in_dpc[CPUS] = {false};
    char line[512];
    *path = (struct compare_path){0};
    FILE *f = fopen(trace, "r");
    if (!f) {
        snprintf(err, err_len, "%s: %s", trace, strerror(errno));
        return false;
    }
    while (fgets(line, sizeof line, f)) {
        unsigned long long time, events, lost, offset, value;
        unsigned cpu, irql;
        char word[16];
        if (line[0] == '#') {
            const char *numbers = strchr(line, ';');
            if (numbers && sscanf(numbers, "; %llu events, the first %llu", &events, &lost) == 2)
                path->not_kept = lost;
            continue;
        }
        /* A line without a processor ("-") is the device's, not the driver's. */
        if (sscanf(line, "%llu %u %u %15s", &time, &cpu, &irql, word) != 4 || cpu >= CPUS)
            continue;
        if (!strcmp(word, "dpc-begin"))
            in_dpc[cpu] = true;
        else if (!strcmp(word, "dpc-run")) /* at its end */
            in_dpc[cpu] = false;
        if (strcmp(word, "write") || irql < DISPATCH || (irql == DISPATCH && !in_dpc[cpu]))
            continue;
        const char *at = strstr(line, "offset=");
        if (!at || sscanf(at, "offset=%llx value=%llx", &offset, &value) != 2)
            continue;
        if (!note(path, irql > DISPATCH ? COMPARE_DIRQL : COMPARE_DPC, offset, value)) {
            snprintf(err, err_len, "%s: no memory", trace);
            fclose(f);
            compare_path_free(path);
            return false;
        }
    }
    fclose(f);
    if (path->count)
        qsort(path->writes, path->count, sizeof *path->writes, by_place);
    return true;
}

void compare_path_free(struct compare_path *path)
{
    free(path->writes);
    *path = (struct compare_path){0};
}
