/* SPDX-License-Identifier: MIT */
/* signal_test.c - Ctrl-C halts the adapter properly; a second one ends dirql at once. */
#include "tests/run.h"
#include <signal.h>
#include <time.h>

/* Whether dirql has a handler for SIGINT, as the kernel sees it. */
static bool catches_sigint(pid_t pid)
{
    char *text = run_read(run_text_of("/proc/%d/status", pid), NULL),
         *line = strstr(text, "\nSigCgt:");
    CHECK(line);
    return strtoull(line + 8, NULL, 16) >> (SIGINT - 1) & 1;
}

/* Polls for a state that will come; the harness ends a test that waits for ever. */
static void await_handler(pid_t pid, bool wanted)
{
    while (catches_sigint(pid) != wanted)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void check_halted(const struct run *r)
{
    CHECK_CLEAN(r);
    CHECK_RUN(r, json_is_true(run_at(r, "interrupted")));
    CHECK_RUN(r, run_number(r, "interrupt.registered") == 1 &&
                     run_number(r, "interrupt.deregistered") == 1);
    CHECK_RUN(r, run_number(r, "frames.sent") > 0);
}

TEST(sigint_halts_the_adapter_properly, "")
{
    static const char *const kinds[] = {"line", "msix"};
    for (int i = 0; i < 2; i++) {
        struct run_child *c = DIRQL_START(true, "run", run_driver("e1000e.inf"), "--json", "--time",
                                          "1000", "--interrupt", kinds[i]);
        run_await(c, "received [1-9]"); /* the progress line: traffic is on */
        kill(run_pid(c), SIGINT);
        check_halted(run_finish(c));
    }
}

TEST(sigterm_does_so_too_and_the_report_says_it, "")
{
    struct run_child *c = DIRQL_START(true, "run", run_driver("e1000e.inf"), "--time", "1000");
    run_await(c, "frames/s");
    kill(run_pid(c), SIGTERM);
    struct run *r = run_finish(c);
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->out, "registered 1, deregistered 1");
    CHECK_HAS(r->out, "e1000e.sys: interrupted, and halted cleanly (");
}

TEST(sigint_ends_a_deterministic_run, "")
{
    struct run_child *c = DIRQL_START(true, "run", run_driver("e1000e.inf"), "--json", "--time",
                                      "100000", "--seed", "1");
    run_await(c, "received [1-9]");
    kill(run_pid(c), SIGINT);
    struct run *r = run_finish(c);
    check_halted(r);
}

TEST(a_second_sigint_ends_dirql_at_once, "")
{
    /* A driver whose MiniportHaltEx never returns. */
    struct run_child *c =
        DIRQL_START(false, "run", run_driver("faulty.sys"), "--set", "Test=WaitInHalt", "--net",
                    "none", "--count", "1", "--watchdog", "1000");
    await_handler(run_pid(c), true);
    kill(run_pid(c), SIGINT);
    await_handler(run_pid(c), false); /* the first one has been taken */
    kill(run_pid(c), SIGINT);
    CHECK_STATUS(run_finish(c), 128 + SIGINT);
}

TEST(a_halt_that_never_returns_is_0x7c_0x25, "R-437")
{
    struct run *r = DIRQL("run", run_driver("faulty.sys"), "--set", "Test=WaitInHalt", "--net",
                          "none", "--count", "1", "--seed", "1", "--json");
    CHECK_STATUS(r, 4);
    CHECK_EQ(run_number(r, "bugcheck.code"), 0x7C);
    CHECK_STR(run_string(r, "bugcheck.parameters.0"), "0x25");
}

TEST(the_progress_line_is_for_terminals_only, "")
{
    struct run_child *c = DIRQL_START(true, "run", run_driver("e1000e.inf"), "--count", "200");
    struct run *r = run_finish(c);
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->err, "frames/s");
    c = DIRQL_START(true, "run", run_driver("e1000e.inf"), "--count", "200", "--quiet");
    r = run_finish(c);
    CHECK_STATUS(r, 0);
    CHECK_STR(r->err, "");
}
