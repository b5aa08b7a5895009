/* SPDX-License-Identifier: MIT */
/* compare_path.c - which registers a driver writes, and reads, in its interrupt path, out of the
 * trace of a run.
 *
 * Nothing here knows a chip: an access counts by the IRQL it was made at and by what ran. Above
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

int compare_path_order(const struct compare_access *a, const struct compare_access *b)
{
    if (a->context != b->context)
        return a->context < b->context ? -1 : 1;
    if (a->reads != b->reads)
        return a->reads ? 1 : -1;
    int range = strcmp(a->range, b->range);
    return range ? range : a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int by_place(const void *a, const void *b)
{
    return compare_path_order(a, b);
}

static void note_value(struct compare_access *w, uint64_t value)
{
    unsigned at = 0;
    w->count++;
    if (w->reads || w->value_count > COMPARE_VALUES)
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

static bool note(struct compare_path *path, const struct compare_access *access, uint64_t value)
{
    for (size_t i = 0; i < path->count; i++)
        if (!compare_path_order(&path->accesses[i], access)) {
            note_value(&path->accesses[i], value);
            return true;
        }
    struct compare_access *more = realloc(path->accesses, (path->count + 1) * sizeof *more);
    if (!more)
        return false;
    path->accesses = more;
    more[path->count] = *access;
    note_value(&more[path->count++], value);
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
        struct compare_access access = {.context = irql > DISPATCH ? COMPARE_DIRQL : COMPARE_DPC,
                                        .reads = !strcmp(word, "read")};
        if ((strcmp(word, "write") && !access.reads) || irql < DISPATCH ||
            (irql == DISPATCH && (!in_dpc[cpu] || access.reads)))
            continue;
        const char *at = strstr(line, word) + strlen(word);
        if (sscanf(at, " %7s offset=%llx value=%llx", access.range, &offset, &value) != 3)
            continue;
        access.offset = offset;
        if (!note(path, &access, value)) {
            snprintf(err, err_len, "%s: no memory", trace);
            fclose(f);
            compare_path_free(path);
            return false;
        }
    }
    fclose(f);
    if (path->count)
        qsort(path->accesses, path->count, sizeof *path->accesses, by_place);
    return true;
}

void compare_path_free(struct compare_path *path)
{
    free(path->accesses);
    *path = (struct compare_path){0};
}
