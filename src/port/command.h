/* SPDX-License-Identifier: MIT */
/* command.h - the compiler's command line of each file: the target and our headers, then what the
 * user gave after "--", or what compile_commands.json says of the file. */
#pragma once
#include "port/project.h"

/* With which every file's flags begin, and the compilation database if one is named. False, and an
 * error in the report, if the headers or the database are not there. */
bool commands_open(struct project *p);

/* By its suffix, as on Windows. */
bool is_cplusplus(const char *path);

/* Sets u->flags. */
void unit_flags(struct project *p, struct unit *u);

/* The same and one more. */
flag_list flags_and(const flag_list *flags, const char *more);

/* What makes the 6.0 interfaces visible beside those of 5.x (docs/port.md). */
#define FLAG_FOR_RESULT "-DNDIS60=1"
