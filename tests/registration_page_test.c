/* SPDX-License-Identifier: MIT */
/* registration_page_test.c - the example of Microsoft's porting page, verbatim, registers and
 * works. */
#include "tests/run.h"

static void check_page(const char *const *more)
{
    const char *args[40] = {"run",    run_driver("ddk_registration_page.inf"),
                            "--json", "--net",
                            "none",   "--count",
                            "50",     "--toggle-interrupts"};
    size_t n = 8;
    while (*more)
        args[n++] = *more++;
    struct run *r = run_dirql(args);
    CHECK_CLEAN(r);
    CHECK_STR(run_string(r, "ndis"), "6.0");
    CHECK_STR(run_string(r, "interrupt.type"), "line");
    CHECK_RUN(r, run_number(r, "interrupt.registered") == 1 &&
                     run_number(r, "interrupt.deregistered") == 1);
    CHECK_RUN(r, run_number(r, "frames.sent") == 50);
}
#define CHECK_PAGE(...) check_page((const char *const[]){__VA_ARGS__, NULL})

TEST(the_example_of_the_registration_page_works, "R-001 R-006 R-011 R-012 R-397 R-403")
{
    CHECK_PAGE("--cpus", "2");
    CHECK_PAGE("--cpus", "1");
    CHECK_PAGE("--seed", "1");
    CHECK_PAGE("--interrupt", "line", "--seed", "2");
}

/* The driver never lets the card interrupt, so the interrupts come from a fault: its ISR claims
 * them. */
TEST(the_example_of_the_registration_page_gets_interrupts, "R-053 R-060 R-083")
{
    struct run *r = DIRQL("run", run_driver("ddk_registration_page.inf"), "--json", "--net", "none",
                          "--seed", "1", "--time", "0.01", "--fault", "storm@boot+1ms:10000:5ms");
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_number(r, "messages.0.isr") > 0 && run_number(r, "messages.0.dpc") > 0);
    CHECK_RUN(r, run_number(r, "messages.0.dpc") <= run_number(r, "messages.0.isr"));
    CHECK_RUN(r, run_number(r, "messages.0.spurious") == 0);
}
