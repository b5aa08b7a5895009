/* SPDX-License-Identifier: MIT */
/* prefix.h - ndis.h, parsed once for all files of a driver.
 *
 * Most of the time of a port goes into Windows' headers. They are the same in every file, but for
 * the macros that choose the NDIS version: with these in front, they are precompiled. Whoever uses
 * a prefix parses again without it if there is any error: then the true one is reported. */
#pragma once
#include "port/project.h"

/* The flags with the precompiled headers in them; NULL if there is no safe prefix, or it cannot be
 * made. Call for the first time when the driver's headers are known. */
const char *const *prefix_flags(struct project *p, const char *const *flags, int count,
                                int *prefixed_count);
void prefix_remove_all(void);
