/* SPDX-License-Identifier: MIT */
/* errorlog.h - what a driver wrote to the system's error log.
 *
 * On Windows this is what an administrator finds in the event viewer; here it belongs into the
 * run's report. */
#pragma once
#include <stddef.h>

/* Adds a line, in printf form. Any processor, IRQL <= DISPATCH_LEVEL. */
void ndis_error_log_add(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The lines so far, oldest first; they belong to the log. */
size_t ndis_error_log(const char *const **lines);
