/* SPDX-License-Identifier: MIT */
/* jobs.h - parsing files of the driver, several at a time.
 *
 * The fast way begins with precompiled headers (prefix.h) and leaves out what no driver needs; if
 * that gives any error, or the prefix is not what the file defines, the file is parsed again as its
 * flags say: the result is always that of the flags. */
#pragma once
#include "port/project.h"

struct parse_job {
    struct unit *u;
    flag_list flags;
    const char *extra;           /* one more, -DNAME=1 or -UNAME, for this parse alone; or NULL */
    struct CXUnsavedFile *files; /* contents that are not written yet */
    unsigned file_count;
    bool check; /* only `diagnostics` is wanted */

    /* The result. */
    bool parsed; /* libclang could, with errors or without */
    diagnostic_list diagnostics;
    CXTranslationUnit tu; /* the caller's; NULL if only a check was wanted, or libclang could not */
};

/* Says that such a job will follow: what it needs is made at the same time as for others. */
void parse_soon(struct project *p, const struct parse_job *job);

void parse_all(struct project *p, struct parse_job *jobs, size_t count);
bool has_error(CXTranslationUnit tu);
