/* SPDX-License-Identifier: MIT */
/* faulty.c - runs of drivers that misbehave on purpose, and what their reports must say. */
#include "tests/faulty.h"

#define ARGS 48

struct run *faulty_run(const char *driver, const char *test, const char *const *more)
{
    const char *args[ARGS] = {
        "run",   run_driver(driver),          "--json", "--net", "none", "--count", "1",
        "--set", run_text_of("Test=%s", test)};
    size_t n = 9;
    while (*more && n < ARGS - 1)
        args[n++] = *more++;
    return run_dirql(args);
}

/* "faulty5" of "faulty5.sys". */
static const char *module_of(const struct run *r)
{
    const char *driver = run_string(r, "driver");
    return run_text_of("%.*s", (int)strcspn(driver, "."), driver);
}

void check_stack(const struct run *r, const char *path, const char *function)
{
    const char *top = run_string(r, run_text_of("%s.0", path));
    const char *start = run_text_of("%s!%s+0x", module_of(r), function);
    const char *line = strstr(top, ".c:");
    if (!line)
        line = strstr(top, ".h:");
    CHECK_RUN(r, !strncmp(top, start, strlen(start)) && line && strtol(line + 3, NULL, 10) > 0);
}

void check_bugcheck(const struct run *r, long long code, const char *text, const char *function)
{
    CHECK_STATUS(r, 4);
    CHECK_STR(run_string(r, "status"), "crashed");
    CHECK_RUN(r, run_number(r, "bugcheck.code") == code);
    CHECK_HAS(run_string(r, "bugcheck.text"), text);
    if (function)
        check_stack(r, "bugcheck.stack", function);
}

void check_parameter(const struct run *r, int index, const char *value)
{
    CHECK_STR(run_string(r, run_text_of("bugcheck.parameters.%d", index)), value);
}

void check_violation(const struct run *r, const char *rule, const char *text, const char *function)
{
    CHECK_STATUS(r, 3);
    CHECK_STR(run_string(r, "status"), "broken");
    CHECK_RUN(r, run_count(r, "violations") == 1);
    CHECK_STR(run_string(r, "violations.0.rule"), rule);
    CHECK_HAS(run_string(r, "violations.0.text"), text);
    CHECK_RUN(r, run_count(r, "leaks") == 0);
    CHECK_RUN(r, run_number(r, "interrupt.registered") == 1 &&
                     run_number(r, "interrupt.deregistered") == 1);
    if (function)
        check_stack(r, "violations.0.stack", function);
}

void check_leak(const struct run *r, const char *text, const char *place)
{
    CHECK_STATUS(r, 3);
    CHECK_RUN(r, run_count(r, "violations") == 0 && run_count(r, "leaks") == 1);
    CHECK_HAS(run_string(r, "leaks.0"), text);
    CHECK_HAS(run_string(r, "leaks.0"), place);
    CHECK_HAS(run_string(r, "leaks.0"), run_text_of(" at %s!", module_of(r)));
}
