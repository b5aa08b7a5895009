/* SPDX-License-Identifier: MIT */
/* faulty.h - tests of drivers that make one mistake (tests/drivers/faulty.c, faulty5.c): does the
 * report name it, the function that made it and the line?
 *
 * Every check here ends the test, with the whole report, if it does not hold. */
#pragma once
#include "tests/run.h"

/* `dirql run DRIVER --set Test=TEST` with one frame and JSON, and more options (ends with NULL). */
struct run *faulty_run(const char *driver, const char *test, const char *const *more);

/* The stack at `path` of the report begins in `function` of the driver, with a line. */
void check_stack(const struct run *r, const char *path, const char *function);
/* Status 4, that bug check, the sentence contains `text`; `function` NULL: without a stack. */
void check_bugcheck(const struct run *r, long long code, const char *text, const char *function);
/* Of its parameter `index`, as printed. */
void check_parameter(const struct run *r, int index, const char *value);
/* Status 3, exactly one violation and nothing else. */
void check_violation(const struct run *r, const char *rule, const char *text, const char *function);
/* Status 3, exactly one thing left behind, and no violation. */
void check_leak(const struct run *r, const char *text, const char *place);
