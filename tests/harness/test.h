/* SPDX-License-Identifier: MIT */
/* test.h - tests that register themselves.
 *
 *     TEST(a_dpc_queued_twice_runs_once, "R-167") { ... CHECK(n == 1); }
 *
 * The name states the rule; the second argument lists the requirements that the test proves ("" if
 * none), and is what `./dev requirements` prints. Each test runs in a process of its own with a time
 * limit, so it may crash, exit or leave threads behind. It passes if its process exits with 0.
 *
 * SKIP(reason) ends a test as skipped: for what this machine truly cannot do, never for a failure. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
    const char *name;
    const char *requirements;
    const char *file;
    void (*run)(void);
};

#define TEST(label, reqs)                                                                          \
    static void test_##label(void);                                                                \
    static const struct test test_row_##label = {#label, reqs, __FILE__, test_##label};            \
    __attribute__((section("dirql_tests"), used, retain))                                          \
    static const struct test *const test_ref_##label = &test_row_##label;                          \
    static void test_##label(void)

__attribute__((noreturn)) void test_fail(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
__attribute__((noreturn)) void test_skip(const char *reason);

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond))                                                                               \
            test_fail(__FILE__, __LINE__, "%s", #cond);                                            \
    } while (0)

/* Both values are printed when they differ. */
#define CHECK_EQ(a, b)                                                                             \
    do {                                                                                           \
        unsigned long long check_a = (unsigned long long)(a), check_b = (unsigned long long)(b);   \
        if (check_a != check_b)                                                                    \
            test_fail(__FILE__, __LINE__, "%s is 0x%llx, expected %s = 0x%llx", #a, check_a, #b,   \
                      check_b);                                                                    \
    } while (0)

#define CHECK_STR(a, b)                                                                            \
    do {                                                                                           \
        const char *check_s = (a), *check_t = (b);                                                 \
        if (!check_s || strcmp(check_s, check_t))                                                  \
            test_fail(__FILE__, __LINE__, "%s is \"%s\", expected \"%s\"", #a,                     \
                      check_s ? check_s : "(null)", check_t);                                      \
    } while (0)

/* `text` contains `part`. */
#define CHECK_HAS(text, part)                                                                      \
    do {                                                                                           \
        const char *check_s = (text), *check_t = (part);                                           \
        if (!check_s || !strstr(check_s, check_t))                                                 \
            test_fail(__FILE__, __LINE__, "\"%s\" not found in: %s", check_t,                      \
                      check_s ? check_s : "(null)");                                               \
    } while (0)

#define SKIP(reason) test_skip(reason)
