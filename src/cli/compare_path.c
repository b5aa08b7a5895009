/* SPDX-License-Identifier: MIT */
/* compare_path.c - which registers a driver writes, and reads, in its interrupt path, out of the
 * trace of a run.
 *
 * Nothing here knows a chip: an access counts by the IRQL it was made at and by what ran. Above
 * DISPATCH_LEVEL it belongs to a service routine (or to code that synchronises with one); at
 * DISPATCH_LEVEL it belongs to the interrupt path only inside a DPC, because a send or a filter
 * change holds a spin lock just as well; and not what NDIS has queued for a serialised driver and
 * gives it when a DPC leaves its lock. No finer than that: from NDIS 5 to NDIS 6 code moves
 * between service routine, enable handler and synchronised function, and stays where it was. */
#include "cli/compare.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISPATCH 2
#define CPUS     256

const char *compare_context_name(enum compare_context context)
{
    static const char *const names[] = {"at DIRQL", "in DPCs", "elsewhere"};
    return names[context];
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
    if (at < w->value_count && w->values[at] == value) {
        w->times[at]++;
        return;
    }
    if (w->value_count < COMPARE_VALUES) {
        memmove(&w->values[at + 1], &w->values[at], (w->value_count - at) * sizeof w->values[0]);
        memmove(&w->times[at + 1], &w->times[at], (w->value_count - at) * sizeof w->times[0]);
        w->values[at] = value;
        w->times[at] = 1;
    }
    w->value_count++;
}

static bool note(struct compare_path *path, const struct compare_access *access, uint64_t value)
{
    for (size_t i = 0; i < path->count; i++)
        if (path->accesses[i].offset == access->offset &&
            !compare_path_order(&path->accesses[i], access)) {
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

static enum compare_context context_of(unsigned irql, bool in_dpc)
{
    return irql > DISPATCH              ? COMPARE_DIRQL
           : irql == DISPATCH && in_dpc ? COMPARE_DPC
                                        : COMPARE_ELSEWHERE;
}

/* With a seed: what a driver does to acknowledge, mask and unmask, not what it looks at. */
static bool of_the_path(const struct compare_access *access)
{
    return access->context == COMPARE_DIRQL || (access->context == COMPARE_DPC && !access->reads);
}

/* "write    bar0 offset=0x18 value=0x4". */
static bool parse_access(const char *line, const char *word, struct compare_access *access,
                         uint64_t *value)
{
    unsigned long long offset, v;
    const char *at = strstr(line, word) + strlen(word);
    access->reads = !strcmp(word, "read");
    if ((!access->reads && strcmp(word, "write")) ||
        sscanf(at, " %7s offset=%llx value=%llx", access->range, &offset, &v) != 3)
        return false;
    access->offset = offset;
    *value = v;
    return true;
}

static void note_head(struct compare_path *path, const char *line)
{
    unsigned long long events, lost;
    const char *numbers = strchr(line, ';');
    if (numbers && sscanf(numbers, "; %llu events, the first %llu", &events, &lost) == 2)
        path->not_kept += lost;
}

static bool read_lines(FILE *f, bool everything, struct compare_path *path)
{
    bool in_dpc[CPUS] = {false}, in_sends[CPUS] = {false};
    char line[512];
    while (fgets(line, sizeof line, f)) {
        unsigned long long time;
        unsigned cpu, irql;
        uint64_t value;
        char word[16];
        if (line[0] == '#') {
            note_head(path, line);
            continue;
        }
        /* A line without a processor ("-") is the device's, not the driver's. */
        if (sscanf(line, "%llu %u %u %15s", &time, &cpu, &irql, word) != 4 || cpu >= CPUS)
            continue;
        if (!strcmp(word, "dpc-begin"))
            in_dpc[cpu] = true;
        else if (!strcmp(word, "dpc-run")) /* at its end */
            in_dpc[cpu] = false;
        else if (!strcmp(word, "sends"))
            in_sends[cpu] = strstr(line, "begin=0x1") != NULL;
        struct compare_access access = {.context = context_of(irql, in_dpc[cpu] && !in_sends[cpu])};
        if (parse_access(line, word, &access, &value) && (everything || of_the_path(&access)) &&
            !note(path, &access, value))
            return false;
    }
    return true;
}

static bool read_file(const char *trace, bool everything, struct compare_path *path, char *err,
                      size_t err_len)
{
    FILE *f = fopen(trace, "r");
    if (!f) {
        snprintf(err, err_len, "%s: %s", trace, strerror(errno));
        return false;
    }
    bool fine = read_lines(f, everything, path);
    fclose(f);
    if (!fine)
        snprintf(err, err_len, "%s: no memory", trace);
    else if (path->count)
        qsort(path->accesses, path->count, sizeof *path->accesses, by_place);
    return fine;
}

bool compare_path_read(const char *trace, struct compare_path *path, char *err, size_t err_len)
{
    *path = (struct compare_path){0};
    if (read_file(trace, false, path, err, err_len))
        return true;
    compare_path_free(path);
    return false;
}

bool compare_path_add(const char *trace, struct compare_path *path, char *err, size_t err_len)
{
    return read_file(trace, true, path, err, err_len);
}

void compare_path_free(struct compare_path *path)
{
    free(path->accesses);
    *path = (struct compare_path){0};
}
