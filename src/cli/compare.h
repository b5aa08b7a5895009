/* SPDX-License-Identifier: MIT */
/* compare.h - what dirql compare looks at: two reports of dirql run, and two traces.
 *
 * With a seed, two runs of one driver are equal event by event, and compare_rows.c judges numbers.
 * Live runs are never equal, not even of one driver: compare_live.c judges what does not depend on
 * the moment, over as many runs as it takes. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- compare_path.c: registers in the interrupt path --- */

enum compare_context {
    COMPARE_DIRQL,     /* service routines, and what synchronises with them */
    COMPARE_DPC,       /* DPC routines, at DISPATCH_LEVEL */
    COMPARE_ELSEWHERE, /* initialising, sending, requests, timers of NDIS' own ... */
    COMPARE_CONTEXTS,
};

#define COMPARE_VALUES                                                                             \
    8 /* a register that takes more values than this "varies": an index, an address */

/* All writes to one register from one context; or all reads of it at DIRQL, which is how many cards
 * have their interrupt acknowledged (in DPCs reads are a matter of how much there is to do). */
struct compare_access {
    enum compare_context context;
    bool reads;
    char range[8];   /* "bar0" */
    uint64_t offset; /* in its range */
    uint64_t count;
    uint64_t values[COMPARE_VALUES]; /* of writes: ascending, each once */
    uint64_t times[COMPARE_VALUES];  /* how often each was written */
    unsigned value_count;            /* COMPARE_VALUES + 1: too many to keep */
};

struct compare_path {
    struct compare_access *accesses; /* as compare_path_order() says */
    size_t count;
    uint64_t not_kept; /* events that the trace has lost at its beginning */
};

/* Reads a trace that dirql run wrote: writes in the interrupt path, and reads at DIRQL. False and a
 * sentence. */
bool compare_path_read(const char *trace, struct compare_path *path, char *err, size_t err_len);
/* The same of one more run, to what is there; and all other reads and writes. */
bool compare_path_add(const char *trace, struct compare_path *path, char *err, size_t err_len);
void compare_path_free(struct compare_path *path);
/* By context, writes before reads, by range and offset. */
int compare_path_order(const struct compare_access *a, const struct compare_access *b);
const char *compare_context_name(enum compare_context context);

/* --- compare_oids.c: answers of a driver --- */

/* Everything that one OID was answered. */
struct compare_oid {
    char kind[8]; /* "query", "set", "method" */
    uint32_t oid;
    struct compare_answer {
        uint32_t status;
        uint64_t digest; /* of the bytes; 0 if there are none, or if they are a counter */
    } answers[COMPARE_VALUES];
    unsigned answer_count; /* COMPARE_VALUES + 1: too many to keep */
};

struct compare_oids {
    struct compare_oid *oids;
    size_t count;
};

/* Adds what is in the trace of one more run. False and a sentence. */
bool compare_oids_add(const char *trace, struct compare_oids *oids, char *err, size_t err_len);
void compare_oids_free(struct compare_oids *oids);

/* --- compare_rows.c: side by side --- */

#define COMPARE_RUNS 20

struct compare_side {
    json_t *report;                  /* of dirql run --json; of live runs, the first */
    json_t *again[COMPARE_RUNS - 1]; /* the reports of further live runs */
    size_t runs;
    struct compare_path path; /* of live runs, all of them together */
    struct compare_oids oids; /* of live runs only */
};

/* One line of the table. */
struct compare_row {
    char *what, *before, *after;
    char *difference; /* a sentence for the verdict; NULL: the same, or not judged */
    char *detail;     /* more lines about it, or NULL */
};

struct compare_table {
    struct compare_row *rows;
    size_t count, differences;
    size_t chances; /* differences of live runs that more runs may take away */
};

/* False: the driver did not load or initialise. */
bool compare_initialised(const struct compare_side *side);

void compare_fill(struct compare_table *table, const struct compare_side *before,
                  const struct compare_side *after);
void compare_table_free(struct compare_table *table);

/* --- compare_live.c: side by side, as far as live runs can tell --- */

/* `determined`: the frames were the same in each run, all numbered and none of a far end of its
 * own. */
void compare_live_fill(struct compare_table *table, const struct compare_side *before,
                       const struct compare_side *after, bool determined);
