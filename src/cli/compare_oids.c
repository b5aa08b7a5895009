/* SPDX-License-Identifier: MIT */
/* compare_oids.c - what a driver answers to OID requests, out of the trace of a run. */
#include "cli/compare.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OIDs are numbered by class: 0x01 is what a device is and is set to, 0x02 is what it counts. */
static bool is_counter(uint32_t oid)
{
    return (oid >> 16 & 0xff) == 2;
}

static struct compare_oid *oid_of(struct compare_oids *all, const char *kind, uint32_t oid)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->oids[i].oid == oid && !strcmp(all->oids[i].kind, kind))
            return &all->oids[i];
    struct compare_oid *more = realloc(all->oids, (all->count + 1) * sizeof *more);
    if (!more)
        return NULL;
    all->oids = more;
    more[all->count] = (struct compare_oid){.oid = oid};
    snprintf(more[all->count].kind, sizeof more->kind, "%s", kind);
    return &more[all->count++];
}

static void note(struct compare_oid *oid, const struct compare_answer *answer)
{
    for (unsigned i = 0; i < oid->answer_count && i < COMPARE_VALUES; i++)
        if (oid->answers[i].status == answer->status && oid->answers[i].digest == answer->digest)
            return;
    if (oid->answer_count < COMPARE_VALUES)
        oid->answers[oid->answer_count] = *answer;
    if (oid->answer_count <= COMPARE_VALUES)
        oid->answer_count++;
}

static int by_oid(const void *a, const void *b)
{
    const struct compare_oid *x = a, *y = b;
    int kind = strcmp(x->kind, y->kind);
    return kind ? kind : x->oid < y->oid ? -1 : x->oid > y->oid;
}

/* A line "oid query oid=0x10101 status=0x0" and, if it succeeded, "answer oid=0x10101 digest=0x12"
 * behind it: a driver has one request at a time. */
static bool read_lines(FILE *f, struct compare_oids *all)
{
    struct compare_oid *open = NULL;
    struct compare_answer answer;
    char line[512], kind[8];
    while (fgets(line, sizeof line, f)) {
        const char *at;
        unsigned number, status;
        unsigned long long digest;
        if (open && (at = strstr(line, " answer ")) &&
            sscanf(at, " answer oid=%x digest=%llx", &number, &digest) == 2 && number == open->oid)
            answer.digest = is_counter(number) ? 0 : digest;
        else if (!(at = strstr(line, " oid ")) ||
                 sscanf(at, " oid %7s oid=%x status=%x", kind, &number, &status) != 3)
            continue;
        else {
            if (open)
                note(open, &answer);
            if (!(open = oid_of(all, kind, number)))
                return false;
            answer = (struct compare_answer){.status = status};
        }
    }
    if (open)
        note(open, &answer);
    if (all->count)
        qsort(all->oids, all->count, sizeof *all->oids, by_oid);
    return true;
}

bool compare_oids_add(const char *trace, struct compare_oids *oids, char *err, size_t err_len)
{
    FILE *f = fopen(trace, "r");
    if (!f) {
        snprintf(err, err_len, "%s: %s", trace, strerror(errno));
        return false;
    }
    bool fine = read_lines(f, oids);
    fclose(f);
    if (!fine)
        snprintf(err, err_len, "%s: no memory", trace);
    return fine;
}

void compare_oids_free(struct compare_oids *oids)
{
    free(oids->oids);
    *oids = (struct compare_oids){0};
}
