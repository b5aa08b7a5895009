/* SPDX-License-Identifier: MIT */
/* run.h - tests that run dirql itself, as its user does.
 *
 *     struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--count", "100", "--json");
 *     CHECK_STATUS(r, 0);
 *     CHECK_EQ(run_number(r, "frames.received"), 100);
 *
 * The program and the drivers are those beside the test runner. A run that takes longer than its
 * time limit is killed and fails the test. Nothing here is freed: a test is a process. */
#pragma once
#include "tests/harness/test.h"
#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#define RUN_SECONDS 60

struct run {
    int status;      /* the exit status; 128 + N if signal N ended it */
    char *out, *err; /* what it wrote, NUL-terminated */
    json_t *json;    /* `out`, if that is a JSON object, else NULL */
};

/* Runs `dirql ARGS...` (ending with NULL) to its end. */
struct run *run_dirql(const char *const *args);
#define DIRQL(...) run_dirql((const char *const[]){__VA_ARGS__, NULL})

/* The same for a program from PATH: ip, bash, man. Status 127 if there is none. */
struct run *run_program(const char *const *args);
#define PROGRAM(...) run_program((const char *const[]){__VA_ARGS__, NULL})

/* A run in pieces. With `terminal`, standard error is a terminal, so that there is a progress line.
 */
struct run_child;
struct run_child *run_start(const char *const *args, bool terminal);
#define DIRQL_START(terminal, ...) run_start((const char *const[]){__VA_ARGS__, NULL}, terminal)
#define PROGRAM_START(...)         run_start_program((const char *const[]){__VA_ARGS__, NULL})
struct run_child *run_start_program(const char *const *args);
/* Reads until something that matches (extended regular expression) was written to either stream;
 * the test fails if the run ends before. */
void run_await(struct run_child *child, const char *pattern);
pid_t run_pid(const struct run_child *child);
struct run *run_finish(struct run_child *child);

/* Paths: a driver, dirql itself, a file in a folder of this test's own, which is removed after it.
 */
const char *run_driver(const char *name);
const char *run_binary(void);
const char *run_file(const char *name);

/* What is run keeps its cache beside the test runner, or from now on in this folder. */
void run_use_cache(const char *folder);

/* Reads a whole file, NUL-terminated; *size may be NULL. Writes one. Both end the test on failure.
 */
char *run_read(const char *path, size_t *size);
void run_write(const char *path, const void *bytes, size_t size);
/* printf into a string of its own. */
char *run_text_of(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "frames.sent", "messages.0.isr". The test fails, with the report, if there is no such thing or it
 * has another type. */
json_t *run_at(const struct run *r, const char *path);
long long run_number(const struct run *r, const char *path);
const char *run_string(const struct run *r, const char *path);
size_t run_count(const struct run *r, const char *path);
/* Of all elements of an array: the sum of a number in each. */
long long run_sum(const struct run *r, const char *array, const char *key);

/* Fails with everything that the run printed. */
__attribute__((noreturn)) void run_fail(const struct run *r, const char *file, int line,
                                        const char *what);

#define CHECK_STATUS(r, wanted)                                                                    \
    do {                                                                                           \
        const struct run *check_r = (r);                                                           \
        if (check_r->status != (wanted))                                                           \
            run_fail(check_r, __FILE__, __LINE__, "exit status, expected " #wanted);               \
    } while (0)

/* CHECK, with everything that the run printed. */
#define CHECK_RUN(r, cond)                                                                         \
    do {                                                                                           \
        if (!(cond))                                                                               \
            run_fail(r, __FILE__, __LINE__, #cond);                                                \
    } while (0)

/* A finished run without any complaint: exit status 0, no violation, leak, bug check or error, the
 * interrupt deregistered as often as registered. */
void run_check_clean(const struct run *r, const char *file, int line);
#define CHECK_CLEAN(r) run_check_clean(r, __FILE__, __LINE__)
