/* SPDX-License-Identifier: MIT */
/* compare.h - what dirql compare looks at: two reports of dirql run, and two traces. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- compare_path.c: registers in the interrupt path --- */

enum compare_context {
    COMPARE_DIRQL, /* service routines, and what synchronises with them */
    COMPARE_DPC,   /* DPC routines, at DISPATCH_LEVEL */
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
    unsigned value_count;            /* COMPARE_VALUES + 1: too many to keep */
};

struct compare_path {
    struct compare_access *accesses; /* as compare_path_order() says */
    size_t count;
    uint64_t not_kept; /* events that the trace has lost at its beginning */
};

/* Reads a trace that dirql run wrote. False and a sentence. */
bool compare_path_read(const char *trace, struct compare_path *path, char *err, size_t err_len);
void compare_path_free(struct compare_path *path);
/* By context, writes before reads, by range and offset. */
int compare_path_order(const struct compare_access *a, const struct compare_access *b);
const char *compare_context_name(enum compare_context context);

/* --- compare_rows.c: side by side --- */

struct compare_side {
    json_t *report; /* of dirql run --json */
    struct compare_path path;
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
};

/* False: the driver did not load or initialise. */
bool compare_initialised(const struct compare_side *side);

void compare_fill(struct compare_table *table, const struct compare_side *before,
                  const struct compare_side *after);
void compare_table_free(struct compare_table *table);
