/* SPDX-License-Identifier: MIT */
/* flags.h - the flags of a compiler's command line that matter for reading its source: what a
 * user gives after "--", or a compile_commands.json says. */
#pragma once
#include "port/text.h"

typedef LIST(const char *) flag_list;

/* Adds -D, -U, -I, -include and their like, also in Microsoft's form (/D, /I); not what belongs to
 * code generation or output. Relative folders are made relative to `folder` (NULL: as they are).
 * `flags` ends with NULL, and may be NULL. */
void flags_add(flag_list *out, const char *const *flags, const char *folder);

/* A command line in one string, as a POSIX shell would split it; ends with NULL. */
const char *const *flags_split(const char *command);
