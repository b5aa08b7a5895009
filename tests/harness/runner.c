/* SPDX-License-Identifier: MIT */
/* runner.c - runs the registered tests, each in its own process, two at a time.
 *
 *     dirql-test [-l] [-v] [PATTERN...]
 *
 * A PATTERN is a part of a test's name or file; -l lists names and requirements, tab-separated.
 * The last line is "N passed, N failed, N skipped"; exit status 1 if any failed. */
#include "tests/harness/test.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEST_SECONDS 120
#define SKIP_STATUS  77
#define PARALLEL     2

extern const struct test *const __start_dirql_tests[] __attribute__((weak));
extern const struct test *const __stop_dirql_tests[] __attribute__((weak));

void test_fail(const char *file, int line, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    fflush(NULL);
    _exit(1);
}

void test_skip(const char *reason)
{
    fprintf(stderr, "%s\n", reason);
    fflush(NULL);
    _exit(SKIP_STATUS);
}

struct job {
    const struct test *test;
    pid_t pid;
    FILE *output;
};

static void start(struct job *job, const struct test *test)
{
    job->test = test;
    job->output = tmpfile();
    fflush(NULL);
    job->pid = fork();
    if (job->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpgid(0, 0);
        dup2(fileno(job->output), 1);
        dup2(fileno(job->output), 2);
        alarm(TEST_SECONDS); /* SIGALRM ends the process, unless the test itself handles it */
        test->run();
        fflush(NULL);
        _exit(0);
    }
}

static void print_output(FILE *f)
{
    char buf[4096];
    size_t n;
    rewind(f);
    while ((n = fread(buf, 1, sizeof buf, f)) > 0)
        fwrite(buf, 1, n, stdout);
}

static bool wanted(const struct test *t, char **patterns, int n)
{
    for (int i = 0; i < n; i++)
        if (strstr(t->name, patterns[i]) || strstr(t->file, patterns[i]))
            return true;
    return n == 0;
}

static int by_file_then_name(const void *a, const void *b)
{
    const struct test *x = *(const struct test *const *)a, *y = *(const struct test *const *)b;
    int d = strcmp(x->file, y->file);
    return d ? d : strcmp(x->name, y->name);
}

int main(int argc, char **argv)
{
    bool list = false, verbose = false;
    int opt;
    while ((opt = getopt(argc, argv, "lv")) != -1) {
        if (opt == 'l')
            list = true;
        else if (opt == 'v')
            verbose = true;
        else
            return 2;
    }
    size_t total = (size_t)(__stop_dirql_tests - __start_dirql_tests);
    const struct test **tests = calloc(total + 1, sizeof *tests);
    size_t n = 0;
    for (size_t i = 0; i < total; i++)
        if (wanted(__start_dirql_tests[i], argv + optind, argc - optind))
            tests[n++] = __start_dirql_tests[i];
    qsort(tests, n, sizeof *tests, by_file_then_name);
    if (list) {
        for (size_t i = 0; i < n; i++)
            printf("%s\t%s\t%s\n", tests[i]->file, tests[i]->name, tests[i]->requirements);
        return 0;
    }

    struct job jobs[PARALLEL] = {0};
    size_t next = 0, running = 0;
    unsigned passed = 0, failed = 0, skipped = 0;
    while (next < n || running) {
        for (int j = 0; j < PARALLEL && next < n; j++)
            if (!jobs[j].pid) {
                start(&jobs[j], tests[next++]);
                running++;
            }
        int status;
        pid_t pid = wait(&status);
        if (pid < 0 && errno == EINTR)
            continue;
        for (int j = 0; j < PARALLEL; j++) {
            if (jobs[j].pid != pid)
                continue;
            const char *verdict;
            if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
                passed++;
                verdict = "pass";
            } else if (WIFEXITED(status) && WEXITSTATUS(status) == SKIP_STATUS) {
                skipped++;
                verdict = "skip";
            } else {
                failed++;
                verdict = "FAIL";
            }
            if (verbose || verdict[0] != 'p') {
                printf("%s %s (%s)", verdict, jobs[j].test->name, jobs[j].test->file);
                if (WIFSIGNALED(status))
                    printf(" %s", WTERMSIG(status) == SIGALRM ? "took too long"
                                                              : strsignal(WTERMSIG(status)));
                puts("");
                print_output(jobs[j].output);
            }
            fclose(jobs[j].output);
            kill(-pid, SIGKILL); /* whatever the test started */
            jobs[j].pid = 0;
            running--;
        }
        fflush(stdout);
    }
    printf("%u passed, %u failed", passed, failed);
    if (skipped)
        printf(", %u skipped", skipped);
    puts("");
    return failed != 0;
}
