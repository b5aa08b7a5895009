/* SPDX-License-Identifier: MIT */
/* compare_internal.h - what compare_rows.c and compare_live.c make a table of. */
#pragma once
#include "cli/compare.h"

char *compare_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A row; takes all strings over. `difference` is NULL if there is none, or if it is not judged. */
struct compare_row *compare_add(struct compare_table *t, char *what, char *before, char *after,
                                char *difference);
/* A row that is judged by what is shown. */
struct compare_row *compare_judge(struct compare_table *t, const char *what, char *before,
                                  char *after);
/* One more line under the difference, if there is one. Takes the line over. */
void compare_detail(struct compare_row *r, char *line);

/* A string or number of a report, at a path such as "interrupt.bus". */
const json_t *compare_at(const struct compare_side *s, const char *path);
long long compare_number(const struct compare_side *s, const char *path);
/* "-" if there is none. */
char *compare_shown(const struct compare_side *s, const char *path);
/* Of a member of all messages. */
long long compare_sum(const struct compare_side *s, const char *member);

/* "msix, 3". */
char *compare_granted(const struct compare_side *s);
/* "R-101, R-305", or "none". */
char *compare_rules(const struct compare_side *s);
/* What only `s` breaks, as its report has it, and where. */
void compare_detail_rules(struct compare_row *r, const char *side, const struct compare_side *s,
                          const struct compare_side *other);
void compare_detail_leaks(struct compare_row *r, const char *side, const struct compare_side *s);
void compare_detail_bugcheck(struct compare_row *r, const char *side, const struct compare_side *s);
/* compare_excuse.c: `before` with reports that do not have what it breaks with parameters of the
 * call that the port has replaced; whether there was any. Free it with compare_excuse_free(), which
 * leaves paths and OIDs to their owner. */
struct compare_side compare_excuse(const struct compare_side *before,
                                   const struct compare_side *after, bool *any);
void compare_excuse_free(struct compare_side *side);
/* A row about that, if there was any. Not judged. */
void compare_add_excuse(struct compare_table *t, bool any);

/* "12 x 0x5, 0x7", "12 x, varies", or "never" of NULL. */
char *compare_values(const struct compare_access *access);
/* "at DIRQL, register 0x000c0", with "bar1+0x..." in the other ranges. */
char *compare_place(const struct compare_access *access);
