/* SPDX-License-Identifier: MIT */
/* casing.h - headers that only Windows would find under the name by which they are included: its
 * file names have no case. libclang sees such a name through an overlay of the file system, which
 * leads to the file that is there. ('\\' between folders clang knows by itself.) */
#pragma once
#include "port/project.h"

/* The file that the #include at the '#' means to Windows, if it is not found as it is written; NULL
 * if there is none. Says so in the report, once. */
const char *casing_find(struct project *p, const struct unit *u, const struct source *by,
                        size_t hash);

/* Gives the overlay, if there is one, to the flags of all units. */
void casing_flags(struct project *p);

void casing_close(struct project *p);
