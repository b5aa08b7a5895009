/* SPDX-License-Identifier: MIT */
/* prefix.h - ndis.h, compiled once for all files of a driver, and kept for the next run.
 *
 * Most of the time of a port goes into Windows' headers. They are the same in every file, but for
 * the macros that a driver defines in front of them, to choose the NDIS version for example: with
 * these in front, they are precompiled. A prefix is guessed from the driver's text, and checked
 * after the parse against what the file really defined. It is kept in the user's cache (cache.h)
 * and used again while compiler, flags, macros and all headers are the same. */
#pragma once
#include "port/command.h"

struct prefix;

/* For files with these flags that define these macros in front of ndis.h, as far as the flags do
 * not; NULL if there can be none. */
struct prefix *prefix_for(struct project *p, const flag_list *flags, const macro_list *defined);

/* Finds or makes all that were asked for and were not yet. */
void prefix_make(struct project *p);

/* For -include-pch; NULL if it could not be made. */
const char *prefix_file(const struct prefix *x);

/* Whether a file that was parsed with it, with these flags, defined in front of Windows' headers
 * just what the prefix has, of all macros that they mention. */
bool prefix_fits(const struct project *p, const struct prefix *x, const flag_list *flags,
                 CXTranslationUnit tu);

/* What a file that was parsed without a prefix defines there; `x` is any, to know the headers.
 * False if no prefix can stand for it. */
bool prefix_learn(const struct prefix *x, CXTranslationUnit tu, macro_list *macros);

/* Whether Windows' headers have the name anywhere: else it means nothing to them. */
bool prefix_mentions(const struct prefix *x, const char *name);

void prefix_close(void);
