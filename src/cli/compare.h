/* SPDX-License-Identifier: MIT */
/* compare.h - what dirql compare looks at: two reports of dirql run, and two traces. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- compare_path.c: register writes in the interrupt path
 * ---------------------------------------------------- */

enum compare_context {
    COMPARE_DIRQL, /* service routines, and what synchronises with them */
    COMPARE_DPC,   /* DPC routines, at DISPATCH_LEVEL */
    COMPARE_CONTEXTS,
};

#define COMPARE_VALUES                                                                             \
    8 /* a register that takes more values than this "varies": an index, an address */

/* All writes to one register from one context. */
struct compare_write {
    enum compare_context context;
    uint64_t offset; /* from the start of its mapping */
    uint64_t count;
    uint64_t values[COMPARE_VALUES]; /* ascending, each once */
    unsigned value_count;            /* COMPARE_VALUES + 1: too many to keep */
};

struct compare_path {
    struct compare_write *writes; /* by context, then by offset */
    size_t count;
    uint64_t not_kept; /* events that the trace has lost at its beginning */
};

/* Reads a trace that dirql run wrote. False and a sentence. */
bool compare_path_read(const char *trace, struct compare_path *path, char *err, size_t err_len);
void compare_path_free(struct compare_path *path);
const struct compare_write *compare_path_find(const struct compare_path *path,
                                              enum compare_context context, uint64_t offset);
const char *compare_context_name(enum compare_context context);

/* --- compare_rows.c: side by side
 * ----------------------------------------------------------------------------- */

struct compare_side {
    json_t *report; /* of dirql run --json */
    struct compare_path path;
};

/* One line of the table. */
struct compare_row {
    char *what, *before, *after;
    char *difference; /* a sentence for the verdict; NULL: the same, or not judged */
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
