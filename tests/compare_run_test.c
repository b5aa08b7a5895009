/* SPDX-License-Identifier: MIT */
/* compare_run_test.c - dirql compare as its user runs it: what it prints, and what it exits with.
 */
#include "tests/run.h"
#include <unistd.h>

/* compare BEFORE AFTER with 100 frames and more options. */
static struct run *compare(const char *before, const char *after, const char *const *more)
{
    const char *args[32] = {"compare", before, after, "--count", "100"};
    size_t n = 5;
    while (*more && n < 31)
        args[n++] = *more++;
    return run_dirql(args);
}
#define COMPARE(before, after, ...) compare(before, after, (const char *const[]){__VA_ARGS__, NULL})

#define GOOD run_driver("faulty5.sys") /* with no Test it makes no mistake */

/* The row `what`, or a failure. */
static json_t *row_of(const struct run *r, const char *what)
{
    json_t *row;
    size_t i;
    json_array_foreach(run_at(r, "rows"), i, row)
    {
        if (!strcmp(what, json_string_value(json_object_get(row, "what"))))
            return row;
    }
    run_fail(r, __FILE__, __LINE__, what);
}

static const char *cell(const struct run *r, const char *what, const char *side)
{
    return json_string_value(json_object_get(row_of(r, what), side));
}

TEST(a_driver_behaves_as_itself, "")
{
    static const char *const seeds[] = {"--seed=1", "--seed=99"};
    for (int i = 0; i < 2; i++) {
        struct run *r = COMPARE(run_driver("e1000e.inf"), run_driver("e1000e.inf"), seeds[i]);
        CHECK_STATUS(r, 0);
        CHECK_HAS(r->out, "\n\nsame behaviour\n");
        CHECK_HAS(r->out, "\nafter:  dirql run ");
        CHECK_RUN(r, !strstr(r->out, "\n!") && !r->err[0]);
    }
    /* Another schedule is no other behaviour. */
    struct run *r = COMPARE(run_driver("e1000e.inf"), run_driver("e1000e.inf"), "--before=--seed=3",
                            "--after=--seed=4");
    CHECK_STATUS(r, 0);
}

TEST(the_comparison_as_json_has_the_table_and_both_reports, "")
{
    struct run *r = COMPARE(GOOD, GOOD, "--json", "--after=--set=Test=DamageFrame");
    CHECK_STATUS(r, 3);
    CHECK_RUN(r, json_is_false(run_at(r, "same")));
    CHECK_HAS(run_string(r, "commands.after"), "dirql run --seed=1 --count=100 --set=Test=Dam");
    CHECK_RUN(r, run_number(r, "before.frames.received") == 100);
    CHECK_STR(run_string(r, "after.driver"), "faulty5.sys");
    CHECK_STR(cell(r, "frames damaged", "before"), "0");
    CHECK_STR(cell(r, "frames damaged", "after"), "1");
    /* Byte for byte. */
    CHECK_RUN(
        r, json_is_true(json_object_get(row_of(r, "frames to the protocol (digest)"), "differs")));
    CHECK_RUN(
        r, json_is_false(json_object_get(row_of(r, "frames onto the wire (digest)"), "differs")));
    r = COMPARE(GOOD, GOOD, "--json");
    CHECK_STATUS(r, 0);
    CHECK_RUN(r, json_is_true(run_at(r, "same")) && run_count(r, "differences") == 0);
    CHECK_RUN(r, json_equal(run_at(r, "before"), run_at(r, "after")));
}

TEST(before_and_after_the_port_the_acknowledgement_is_the_same, "R-375")
{
    struct run *r = COMPARE(run_driver("e1000e5.inf"), run_driver("e1000e.inf"), "--json",
                            "--interrupt=line", "--after=--set=*RSS=0");
    CHECK_STR(cell(r, "NDIS", "before"), "5.1");
    CHECK_STR(cell(r, "NDIS", "after"), "6.20");
    CHECK_STR(cell(r, "interrupts granted", "before"), "line");
    CHECK_STR(cell(r, "interrupts granted", "after"), "line");
    CHECK_STR(cell(r, "interrupts registered", "before"), "1");
    const char *reads = cell(r, "at DIRQL, register 0x000c0, reads", "before");
    CHECK_RUN(r,
              atoi(reads) > 0 && atoi(reads) == atoi(cell(r, "service routine calls", "before")));
    /* With messages the other one does not read it. */
    r = COMPARE(run_driver("e1000e5.inf"), run_driver("e1000e.inf"), "--after=--set=*RSS=0");
    CHECK_STATUS(r, 3);
    CHECK_HAS(r->out, "  interrupts granted: line before, msix, 3 after\n"
                      "      --interrupt=line (or msi, msix) grants both the same\n");
    CHECK_HAS(r->out, "  at DIRQL, register 0x000c0, reads: read only before\n");
    CHECK_HAS(r->out, " '--set=*RSS=0' ");
}

TEST(a_rule_that_only_one_breaks_is_shown_with_its_place, "")
{
    struct run *r = COMPARE(GOOD, GOOD, "--after=--set=Test=IndicateTwice");
    CHECK_STATUS(r, 3);
    CHECK_HAS(r->out, "\n  rules broken: none before, NdisMIndicateReceivePacket after\n"
                      "      after: NdisMIndicateReceivePacket: packet 0x");
    CHECK_HAS(r->out, "gave it back, at faulty5!IndicateTwice+0x");
    r = COMPARE(GOOD, GOOD, "--before=--set=Test=LeakPool");
    CHECK_STATUS(r, 3);
    CHECK_HAS(r->out, "\n  left behind: 1 before, 0 after\n      before: pool: 333 bytes");
    /* Both the same mistake: the same behaviour. */
    CHECK_STATUS(COMPARE(GOOD, GOOD, "--set=Test=IndicateTwice"), 0);
}

TEST(a_crash_of_one_is_shown_with_its_place, "")
{
    struct run *r = COMPARE(GOOD, GOOD, "--after=--set=Test=NullWriteInDpc");
    CHECK_STATUS(r, 3);
    CHECK_HAS(r->out, "\n  outcome: fine before, crashed after\n");
    CHECK_HAS(r->out, "\n  bug check: - before, DRIVER_IRQL_NOT_LESS_OR_EQUAL after\n"
                      "      after: the driver wrote to 0x0");
    CHECK_HAS(r->out, ", at faulty5!NullWrite+0x0 (faults.h:");
}

TEST(a_driver_that_does_not_start_is_all_the_difference, "")
{
    struct run *r = COMPARE(GOOD, GOOD, "--after=--set=Test=FailInitialize");
    CHECK_STATUS(r, 3);
    CHECK_HAS(r->out, "\n1 difference:\n  outcome: fine before, no-driver after\n");
    CHECK_HAS(r->err, "dirql: after: MiniportInitialize failed with status 0x80010004");
    r = COMPARE(GOOD, GOOD, "--set=Test=FailInitialize", "--json");
    CHECK_STATUS(r, 2);
    CHECK_RUN(r, !r->out[0]);
    CHECK_HAS(r->err, "dirql: before: MiniportInitialize failed");
    CHECK_HAS(r->err, "dirql: after: MiniportInitialize failed");
}

TEST(what_cannot_be_compared_is_said_and_is_status_1, "")
{
    static const struct {
        const char *args[8], *says;
    } wrong[] = {
        {{"compare"}, "which two drivers? 0 given"},
        {{"compare", "a.sys"}, "which two drivers? 1 given"},
        {{"compare", "a.sys", "b.sys", "c.sys"}, "which two drivers? 3 given"},
        {{"compare", "a.sys", "/no/such.sys"}, "dirql: /no/such.sys: No such file"},
        {{"compare", "a.sys", "b.sys", "--trace", "x"}, "there is no option --trace"},
        {{"compare", "a.sys", "b.sys", "--before", "seed=1"}, "write --before=--set=KEY=VALUE"},
        {{"compare", "a.sys", "b.sys", "--keep"}, "--keep needs an argument"},
        {{"compare", "a.sys", "b.sys", "--live", "--seed=1"}, "a live run has no seed"},
        {{"compare", "a.sys", "b.sys", "--runs", "2"}, "--runs is for live runs"},
        {{"compare", "a.sys", "b.sys", "--live", "--runs", "0"}, "--runs: "},
        {{"compare", "a.sys", "b.sys", "--keep", "/no/such/folder"}, "/no/such/folder: No such"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct run *r = run_dirql(wrong[i].args);
        CHECK_STATUS(r, 1);
        CHECK_RUN(r, !r->out[0]);
        CHECK_HAS(r->err, wrong[i].says);
    }
    struct run *r = COMPARE(GOOD, GOOD, "--device=model:none-such");
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "could not be run: unknown device \"model:none-such\"");
    /* With a seed that is asked for, the run says why not; nothing is live in secret. */
    r = COMPARE(GOOD, GOOD, "--device=qemu:e1000", "--seed=1");
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "qemu:e1000 lives in real time and cannot be used with --seed");
}

TEST(kept_reports_are_those_of_the_runs, "")
{
    const char *folder = run_file("kept");
    struct run *r = COMPARE(GOOD, GOOD, "--keep", folder);
    CHECK_STATUS(r, 0);
    char *report = run_read(run_text_of("%s/after.json", folder), NULL);
    struct run *alone = DIRQL("run", GOOD, "--seed=1", "--count", "100", "--json", "--quiet");
    CHECK_STR(report, alone->out);
    CHECK_HAS(run_read(run_text_of("%s/before.trace", folder), NULL), "# dirql trace");
}
