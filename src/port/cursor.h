/* SPDX-License-Identifier: MIT */
/* cursor.h - from libclang's cursors to places in the driver's files.
 *
 * A place is where the author wrote the token: for what comes out of a macro's argument, in the
 * argument; for what comes out of a macro's body, the macro's name where it is used. */
#pragma once
#include "port/project.h"

const char *cursor_string(CXString s); /* disposes of it */
const char *cursor_name(CXCursor c);
const char *cursor_usr(CXCursor c);

/* The driver's file that the cursor lies in, or NULL. */
struct source *cursor_source(struct project *p, CXCursor c);
/* False if it is not in one of the driver's files or at no token. */
bool cursor_place(struct project *p, CXCursor c, struct place *out);
/* Byte range in the file of its begin; false as above. */
bool cursor_range(struct project *p, CXCursor c, struct source **s, size_t *begin, size_t *end);

/* Through parentheses, casts and what clang adds. */
CXCursor cursor_inner(CXCursor c);

/* A variable, parameter or expression that is a structure of the driver, or points to one: its
 * structure's name, and the text of a pointer to it. */
bool cursor_context(struct project *p, CXCursor c, struct context *out);
