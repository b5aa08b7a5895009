/* SPDX-License-Identifier: MIT */
/* compare_live_test.c - what two live runs may have different without being different. */
#include "cli/compare.h"
#include "tests/harness/test.h"
#include <stdlib.h>
#include <unistd.h>

/* --- runs --- */

/* Of a driver that did what is left out here as every other. */
struct run_spec {
    const char *status, *digest, *ordered, *violations;
    int isr, spurious, lost, corrupt;
    bool doubtful;
};

static json_t *report_of(struct run_spec r)
{
    char text[1500];
    const char *digest = r.digest ? r.digest : "a", *ordered = r.ordered ? r.ordered : "o";
    snprintf(text, sizeof text,
             "{\"ndis\":\"5.1\",\"status\":\"%s\",\"reached\":\"end\",\"interrupt\":{\"bus\":"
             "\"line\",\"messages\":0,\"registered\":1,\"deregistered\":1},\"messages\":[{\"isr\":"
             "%d,\"dpc\":7,\"spurious\":%d}],\"frames\":{\"sent\":5,\"received\":%d,\"lost\":%d,"
             "\"corrupt\":%d,\"duplicates\":0,\"failed\":0,\"excess\":0,\"doubtful\":%s},"
             "\"digest\":{\"out\":{\"frames\":5,\"ordered\":\"%s\",\"any_order\":\"%s\"},\"in\":{"
             "\"frames\":%d,\"ordered\":\"%s\",\"any_order\":\"%s\"}},\"violations\":%s,\"leaks\":"
             "[],\"bugcheck\":null,\"traffic\":[]}",
             r.status ? r.status : "fine", r.isr ? r.isr : 9, r.spurious, 5 - r.lost, r.lost,
             r.corrupt, r.doubtful ? "true" : "false", ordered, digest, 5 - r.lost, ordered, digest,
             r.violations ? r.violations : "[]");
    json_t *report = json_loads(text, 0, NULL);
    CHECK(report);
    return report;
}

static struct compare_side side_of(struct run_spec run)
{
    return (struct compare_side){.report = report_of(run), .runs = 1};
}

static void again(struct compare_side *s, struct run_spec run)
{
    s->again[s->runs++ - 1] = report_of(run);
}

static void add_trace(struct compare_side *s, const char *trace)
{
    char name[] = "/tmp/dirql-compare-test-XXXXXX", err[300];
    int fd = mkstemp(name);
    CHECK(fd >= 0 && write(fd, trace, strlen(trace)) == (ssize_t)strlen(trace));
    close(fd);
    CHECK(compare_path_add(name, &s->path, err, sizeof err));
    CHECK(compare_oids_add(name, &s->oids, err, sizeof err));
    unlink(name);
}

/* The sentences about all differences, with what is below them, one after the other. */
static const char *differences(const struct compare_side *b, const struct compare_side *a)
{
    static char all[4000];
    struct compare_table t;
    compare_live_fill(&t, b, a, true);
    all[0] = 0;
    for (size_t i = 0; i < t.count; i++)
        if (t.rows[i].difference)
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s\n%s%s", t.rows[i].difference,
                     t.rows[i].detail ? t.rows[i].detail : "", t.rows[i].detail ? "\n" : "");
    compare_table_free(&t);
    return all;
}

static const char *traces(const char *before, const char *after)
{
    struct compare_side b = side_of((struct run_spec){0}), a = side_of((struct run_spec){0});
    add_trace(&b, before);
    add_trace(&a, after);
    return differences(&b, &a);
}

/* --- reports --- */

TEST(no_count_of_a_live_run_is_a_difference, "")
{
    struct compare_side b = side_of((struct run_spec){.isr = 10});
    struct compare_side a = side_of((struct run_spec){.isr = 4000, .spurious = 12});
    CHECK_STR(differences(&b, &a), "");
    a = side_of((struct run_spec){.isr = 12, .spurious = 12}); /* but that it claims none is one */
    CHECK_STR(differences(&b, &a), "interrupts acknowledged: 10 before, 0 after\n");
}

TEST(other_frames_are_a_difference_in_live_runs_too, "")
{
    struct compare_side b = side_of((struct run_spec){0});
    struct compare_side a = side_of((struct run_spec){.digest = "b"});
    CHECK_HAS(differences(&b, &a),
              "frames onto the wire (digest): not the same bytes: 5 (a) before");
    a = side_of((struct run_spec){.ordered = "p"});
    CHECK_HAS(differences(&b, &a), "the same frames, but a flow in another order");
}

TEST(which_frames_are_damaged_is_of_the_moment_and_that_some_are_is_not, "")
{
    struct compare_side b = side_of((struct run_spec){.corrupt = 3, .digest = "x"});
    struct compare_side a = side_of((struct run_spec){.corrupt = 1, .digest = "y"});
    CHECK_STR(differences(&b, &a), "");
    b = side_of((struct run_spec){0});
    CHECK_STR(differences(&b, &a), "frames damaged: 0 before, 1 after\n");
}

TEST(what_the_card_may_have_lost_by_itself_is_nobodys_difference, "")
{
    struct compare_side b = side_of((struct run_spec){.doubtful = true});
    struct compare_side a = side_of((struct run_spec){.lost = 2, .digest = "y", .doubtful = true});
    CHECK_STR(differences(&b, &a), "");
    b = side_of((struct run_spec){0});
    a = side_of((struct run_spec){.lost = 2, .digest = "y"});
    CHECK_STR(differences(&b, &a), "frames lost: 0 before, 2 after\n");
}

TEST(a_rule_that_both_broke_in_some_run_is_no_difference, "")
{
    const char *broken = "[{\"rule\":\"R-101\",\"text\":\"x\",\"count\":2,\"stack\":[]}]";
    struct compare_side b = side_of((struct run_spec){.status = "broken", .violations = broken});
    struct compare_side a = side_of((struct run_spec){0});
    CHECK_STR(differences(&b, &a), "outcome: broken before, fine after\n"
                                   "rules broken: R-101 before, none after\n"
                                   "before: R-101: x\n");
    again(&b, (struct run_spec){0});
    again(&a, (struct run_spec){.status = "broken", .violations = broken});
    CHECK_STR(differences(&b, &a), "");
    again(&b, (struct run_spec){0});
    again(&a, (struct run_spec){.status = "crashed"});
    CHECK_STR(differences(&b, &a),
              "outcome: broken or fine before, broken or crashed or fine after\n");
}

/* --- registers --- */

#define HEAD                                                                                       \
    "# dirql trace: ns since boot, processor, IRQL, event; 9 events, the first 0 not kept\n"
#define LOST                                                                                       \
    "# dirql trace: ns since boot, processor, IRQL, event; 9 events, the first 5 not kept\n"

TEST(a_register_that_only_one_touches_in_a_kind_of_code_is_a_difference, "")
{
    CHECK_STR(traces(HEAD "1 0 7 write bar0 offset=0x10 value=0x1\n"
                          "1 0 2 dpc-begin\n1 0 2 read bar0 offset=0x10 value=0x1\n"
                          "1 0 2 dpc-run run=0x1\n1 0 0 read bar0 offset=0x10 value=0x1\n",
                     HEAD "1 0 2 dpc-begin\n1 0 2 write bar0 offset=0x10 value=0x1\n"
                          "1 0 2 dpc-run run=0x1\n1 0 2 write bar0 offset=0x10 value=0x1\n"),
              "at DIRQL, register 0x00010: written only before\n"
              "in DPCs, register 0x00010: written only after\n"
              "in DPCs, register 0x00010, reads: read only before\n"
              "registers written elsewhere: 1 by one of the two only\n"
              "elsewhere, register 0x00010: only after\n"
              "registers read elsewhere: 1 by one of the two only\n"
              "elsewhere, register 0x00010, reads: only before\n");
}

/* `n` writes of one value, and `more` of another, at DIRQL. */
static char *writes(unsigned n, unsigned value, unsigned more, unsigned other)
{
    char *trace = calloc(1, 100 + (n + more) * 60);
    strcpy(trace, HEAD);
    for (unsigned i = 0; i < n + more; i++)
        sprintf(trace + strlen(trace), "1 0 7 write bar0 offset=0x10 value=0x%x\n",
                i < n ? value : other);
    return trace;
}

TEST(what_is_usually_written_is_compared, "")
{
    CHECK_STR(traces(writes(50, 1, 0, 0), writes(50, 3, 2, 1)),
              "at DIRQL, register 0x00010: other values: 50 x 0x1 before, 52 x 0x1, 0x3 after\n");
    CHECK_STR(traces(writes(50, 1, 0, 0), writes(50, 1, 20, 9)),
              "at DIRQL, register 0x00010: other values: 50 x 0x1 before, 70 x 0x1, 0x9 after\n");
    /* Causes are acknowledged as they come: now and then several at once. */
    CHECK_STR(traces(writes(50, 1, 0, 0), writes(500, 1, 20, 5)), "");
    CHECK_STR(traces(writes(3, 1, 0, 0), writes(3, 2, 0, 0)), "");
}

TEST(what_may_be_chance_is_counted, "")
{
    struct compare_side b = side_of((struct run_spec){0});
    struct compare_side a = side_of((struct run_spec){.digest = "x"});
    struct compare_table t;
    add_trace(&b, HEAD "1 0 7 write bar0 offset=0x10 value=0x1\n1 0 0 read bar0 offset=0x10 "
                       "value=0x1\n");
    compare_live_fill(&t, &b, &a, true);
    CHECK_EQ(t.differences, 4);
    CHECK_EQ(t.chances, 2); /* the frames are not */
    compare_table_free(&t);
}

TEST(further_runs_add_what_they_touch, "")
{
    struct compare_side b = side_of((struct run_spec){0}), a = side_of((struct run_spec){0});
    add_trace(&b, HEAD "1 0 7 write bar0 offset=0x10 value=0x1\n");
    add_trace(&a, HEAD "1 0 7 write bar0 offset=0x20 value=0x1\n");
    add_trace(&b, HEAD "1 0 7 write bar0 offset=0x20 value=0x1\n");
    add_trace(&a, HEAD "1 0 7 write bar0 offset=0x10 value=0x1\n");
    CHECK_STR(differences(&b, &a), "");
}

TEST(a_trace_without_its_beginning_says_nothing_about_the_initialisation, "")
{
    CHECK_STR(traces(LOST "1 0 7 write bar0 offset=0x10 value=0x1\n",
                     HEAD "1 0 0 write bar0 offset=0x20 value=0x1\n"
                          "1 0 7 write bar0 offset=0x10 value=0x1\n"),
              "");
}

/* --- answers --- */

TEST(another_answer_to_an_oid_is_a_difference, "")
{
    CHECK_STR(traces(HEAD "1 0 0 oid query oid=0x10101 status=0x0\n1 0 0 answer oid=0x10101 "
                          "digest=0x1234567800000000\n1 0 0 oid set oid=0x1010e status=0x0\n",
                     HEAD "1 0 0 oid query oid=0x10101 status=0x0\n1 0 0 answer oid=0x10101 "
                          "digest=0x8765432100000000\n1 0 0 oid set oid=0x1010e "
                          "status=0xc0010017\n"),
              "answers to OID requests: 2 are others\n"
              "query of OID 0x00010101: 0x0 with bytes (12345678) before, 0x0 with bytes "
              "(87654321) after\n"
              "set of OID 0x0001010e: 0x0 before, 0xc0010017 after\n");
}

TEST(counters_and_passing_states_are_no_other_answer, "")
{
    CHECK_STR(traces(HEAD "1 0 0 oid query oid=0x20101 status=0x0\n1 0 0 answer oid=0x20101 "
                          "digest=0x5\n1 0 0 oid query oid=0x10114 status=0x0\n1 0 0 answer "
                          "oid=0x10114 digest=0x7\n",
                     HEAD "1 0 0 oid query oid=0x20101 status=0x0\n1 0 0 answer oid=0x20101 "
                          "digest=0x6\n1 0 0 oid query oid=0x10114 status=0x0\n1 0 0 answer "
                          "oid=0x10114 digest=0x8\n1 0 0 oid query oid=0x10114 status=0x0\n"
                          "1 0 0 answer oid=0x10114 digest=0x7\n"),
              "");
    /* What only one was asked. */
    CHECK_STR(traces(HEAD "1 0 0 oid query oid=0x20101 status=0x0\n", HEAD), "");
}
