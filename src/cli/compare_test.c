/* SPDX-License-Identifier: MIT */
/* compare_test.c - dirql compare: what a trace says about the interrupt path, and when two runs are
 * the same. */
#include "cli/cli.h"
#include "cli/compare.h"
#include "net/digest.h"
#include "tests/harness/test.h"
#include <limits.h>
#include <unistd.h>

/* --- the interrupt path in a trace --- */

static struct compare_path path_of(const char *trace)
{
    char name[] = "/tmp/dirql-compare-test-XXXXXX", err[300];
    struct compare_path path;
    int fd = mkstemp(name);
    CHECK(fd >= 0 && write(fd, trace, strlen(trace)) == (ssize_t)strlen(trace));
    close(fd);
    CHECK(compare_path_read(name, &path, err, sizeof err));
    unlink(name);
    return path;
}

static const struct compare_access *find(const struct compare_path *path,
                                         enum compare_context context, bool reads, uint64_t offset)
{
    for (size_t i = 0; i < path->count; i++)
        if (path->accesses[i].context == context && path->accesses[i].reads == reads &&
            path->accesses[i].offset == offset)
            return &path->accesses[i];
    return NULL;
}

#define HEAD                                                                                       \
    "# dirql trace: ns since boot, processor, IRQL, event; 9 events, the first 4 not kept\n"

TEST(writes_above_dispatch_belong_to_the_interrupt_path, "")
{
    struct compare_path p = path_of(HEAD "   100  0  7 write    bar0 offset=0xd8 value=0xff\n"
                                         "   200  0  7 write    bar0 offset=0xd8 value=0xff\n"
                                         "   300  1  7 write    bar0 offset=0xd8 value=0x1\n");
    const struct compare_access *w = find(&p, COMPARE_DIRQL, false, 0xd8);
    CHECK(p.count == 1 && w);
    CHECK_EQ(w->count, 3);
    CHECK_EQ(w->value_count, 2);
    CHECK_EQ(w->values[0], 1);
    CHECK_EQ(w->values[1], 0xff);
    CHECK_EQ(p.not_kept, 4);
}

TEST(writes_at_dispatch_count_only_inside_a_dpc_of_their_processor, "")
{
    struct compare_path p = path_of(HEAD "   100  0  2 write    bar0 offset=0x10 value=0x1\n"
                                         "   200  0  2 dpc-begin\n"
                                         "   300  0  2 write    bar0 offset=0x20 value=0x1\n"
                                         "   300  1  2 write    bar0 offset=0x30 value=0x1\n"
                                         "   400  0  2 dpc-run  run=0x1\n"
                                         "   500  0  2 write    bar0 offset=0x40 value=0x1\n"
                                         "   600  0  0 write    bar0 offset=0x50 value=0x1\n"
                                         "   700  -  0 write    bar0 offset=0x60 value=0x1\n");
    CHECK_EQ(p.count, 1);
    CHECK(find(&p, COMPARE_DPC, false, 0x20));
}

TEST(reads_count_at_dirql_and_ranges_are_told_apart, "")
{
    struct compare_path p = path_of(HEAD "   100  0  7 read     bar0 offset=0xc0 value=0x80000004\n"
                                         "   200  0  7 read     bar0 offset=0xc0 value=0x80000010\n"
                                         "   300  0  2 dpc-begin\n"
                                         "   400  0  2 read     bar0 offset=0xc0 value=0x1\n"
                                         "   500  0  7 write    bar1 offset=0xc0 value=0x1\n"
                                         "   600  0  7 write    bar0 offset=0xc0 value=0x1\n");
    CHECK_EQ(p.count, 3);
    CHECK(!strcmp(p.accesses[0].range, "bar0") && !strcmp(p.accesses[1].range, "bar1"));
    const struct compare_access *r = find(&p, COMPARE_DIRQL, true, 0xc0);
    CHECK(r && r == &p.accesses[2]);
    CHECK_EQ(r->count, 2);
    CHECK_EQ(r->value_count, 0);
}

TEST(sends_that_a_dpc_has_to_pass_on_are_not_of_the_interrupt_path, "")
{
    struct compare_path p = path_of(HEAD "   100  0  2 dpc-begin\n"
                                         "   200  0  2 write    bar0 offset=0x10 value=0x1\n"
                                         "   300  0  2 sends    begin=0x1\n"
                                         "   400  0  2 write    bar0 offset=0x20 value=0x1\n"
                                         "   450  0  7 write    bar0 offset=0x30 value=0x1\n"
                                         "   500  0  2 sends    begin=0x0\n"
                                         "   600  0  2 write    bar0 offset=0x10 value=0x1\n");
    CHECK_EQ(p.count, 2);
    CHECK(find(&p, COMPARE_DPC, false, 0x10) && find(&p, COMPARE_DIRQL, false, 0x30));
}

TEST(a_register_of_many_values_varies, "")
{
    char trace[2000] = HEAD;
    for (int i = 0; i <= COMPARE_VALUES; i++)
        sprintf(trace + strlen(trace), "   1  0  7 write    bar0 offset=0x10 value=0x%x\n", i);
    struct compare_path p = path_of(trace);
    CHECK_EQ(p.accesses[0].value_count, COMPARE_VALUES + 1);
    CHECK_EQ(p.accesses[0].count, COMPARE_VALUES + 1);
}

TEST(a_broken_trace_is_no_crash, "")
{
    struct compare_path p = path_of("#\n\n1 2 3\n1 999 7 write bar0 offset=0x1 value=0x2\n1 0 7 "
                                    "write\n1 0 7 write bar0 offset=q\n");
    CHECK_EQ(p.count, 0);
}

/* --- digests --- */

TEST(a_digest_knows_bytes_and_order, "")
{
    struct frame_digest ab = {0}, ba = {0}, ac = {0}, longer = {0};
    frame_digest_add(&ab, "frame one", 9);
    frame_digest_add(&ab, "frame two", 9);
    frame_digest_add(&ba, "frame two", 9);
    frame_digest_add(&ba, "frame one", 9);
    frame_digest_add(&ac, "frame one", 9);
    frame_digest_add(&ac, "frame twO", 9);
    frame_digest_add(&longer, "frame one\0", 10);
    frame_digest_add(&longer, "frame two", 9);
    CHECK(ab.any_order == ba.any_order && frame_digest_ordered(&ab) != frame_digest_ordered(&ba));
    CHECK(ab.any_order != ac.any_order && frame_digest_ordered(&ab) != frame_digest_ordered(&ac));
    CHECK(ab.any_order != longer.any_order);
}

TEST(a_digest_does_not_order_one_flow_after_another, "")
{
    struct frame_digest forth = {0}, back = {0};
    uint8_t a[60] = {[12] = 0x08, [26] = 1, [50] = 1}, b[60] = {[12] = 0x08, [26] = 2, [50] = 2};
    CHECK(digest_flow_key(a, sizeof a) != digest_flow_key(b, sizeof b));
    frame_digest_add(&forth, a, sizeof a);
    frame_digest_add(&forth, b, sizeof b);
    frame_digest_add(&back, b, sizeof b);
    frame_digest_add(&back, a, sizeof a);
    CHECK_EQ(frame_digest_ordered(&forth), frame_digest_ordered(&back));
    a[50] = 3;
    frame_digest_add(&back, a, sizeof a);
    CHECK(frame_digest_ordered(&forth) != frame_digest_ordered(&back));
}

/* --- two reports --- */

static struct compare_side side_of(const char *isr, const char *ordered, const char *any,
                                   const char *violations)
{
    char text[1000];
    snprintf(text, sizeof text,
             "{\"ndis\":\"6.20\",\"status\":\"fine\",\"interrupt\":{\"bus\":\"line\",\"messages\":"
             "0,\"registered\":1,"
             "\"deregistered\":1},\"messages\":[{\"isr\":%s,\"dpc\":7,\"spurious\":0}],\"frames\":{"
             "\"sent\":5,"
             "\"received\":5,\"lost\":0,\"corrupt\":0,\"duplicates\":0},\"digest\":{\"out\":{"
             "\"frames\":5,"
             "\"ordered\":\"%s\",\"any_order\":\"%s\"},\"in\":{\"frames\":5,\"ordered\":\"1\","
             "\"any_order\":\"1\"}},"
             "\"violations\":%s,\"leaks\":[],\"bugcheck\":null}",
             isr, ordered, any, violations);
    struct compare_side s = {.report = json_loads(text, 0, NULL)};
    CHECK(s.report);
    return s;
}

/* The sentences about all differences, one after the other. */
static const char *differences(struct compare_side before, struct compare_side after)
{
    static char all[4000];
    struct compare_table t;
    compare_fill(&t, &before, &after);
    all[0] = 0;
    for (size_t i = 0; i < t.count; i++)
        if (t.rows[i].difference)
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s\n", t.rows[i].difference);
    compare_table_free(&t);
    return all;
}

TEST(counts_that_follow_from_timing_are_no_difference, "")
{
    CHECK_STR(differences(side_of("300", "a", "a", "[]"), side_of("400", "a", "a", "[]")), "");
    CHECK_HAS(differences(side_of("300", "a", "a", "[]"), side_of("700", "a", "a", "[]")),
              "300 before, 700 after");
}

TEST(other_bytes_and_another_order_are_told_apart, "")
{
    CHECK_HAS(differences(side_of("3", "a", "a", "[]"), side_of("3", "b", "a", "[]")),
              "a flow in another order");
    CHECK_HAS(differences(side_of("3", "a", "a", "[]"), side_of("3", "b", "b", "[]")),
              "not the same bytes");
}

TEST(a_rule_that_only_one_breaks_is_a_difference, "")
{
    const char *broken = "[{\"rule\":\"R-101\",\"text\":\"x\",\"count\":2},{\"rule\":\"R-101\","
                         "\"text\":\"y\",\"count\":1}]";
    CHECK_STR(differences(side_of("3", "a", "a", "[]"), side_of("3", "a", "a", broken)),
              "rules broken: none before, R-101 after\n");
    CHECK_STR(differences(side_of("3", "a", "a", broken), side_of("3", "a", "a", broken)), "");
    struct compare_side before = side_of("3", "a", "a", "[]"),
                        after = side_of("3", "a", "a", broken);
    struct compare_table t;
    compare_fill(&t, &before, &after);
    size_t i = 0;
    while (i < t.count && !t.rows[i].difference)
        i++;
    CHECK(i < t.count);
    CHECK_STR(t.rows[i].detail, "after: R-101: x\nafter: R-101: y");
    compare_table_free(&t);
}

TEST(an_acknowledgement_that_only_one_makes_is_a_difference, "")
{
    struct compare_side b = side_of("3", "a", "a", "[]"), a = side_of("3", "a", "a", "[]");
    b.path = path_of(HEAD "1  0  7 read     bar0 offset=0xc0 value=0x5\n");
    a.path = path_of(HEAD "1  0  7 read     bar0 offset=0xc0 value=0x9\n"
                          "1  0  7 read     bar0 offset=0xc0 value=0x9\n");
    CHECK_STR(differences(b, a), "");
    a.path = path_of(HEAD "1  0  7 write    bar2 offset=0xc0 value=0x9\n");
    const char *all = differences(b, a);
    CHECK_HAS(all, "at DIRQL, register 0x000c0, reads: read only before");
    CHECK_HAS(all, "at DIRQL, register bar2+0x000c0: written only after");
}

TEST(masks_are_compared_by_value_and_indexes_are_not, "")
{
    struct compare_side b = side_of("3", "a", "a", "[]"), a = side_of("3", "a", "a", "[]");
    b.path = path_of(HEAD "1  0  7 write    bar0 offset=0xd0 value=0x5\n1  0  2 dpc-begin\n1  0  2 "
                          "write    bar0 offset=0x18 value=0x4\n");
    a.path = path_of(HEAD "1  0  7 write    bar0 offset=0xd0 value=0x5\n1  0  2 dpc-begin\n1  0  2 "
                          "write    bar0 offset=0x18 value=0x9\n");
    CHECK_STR(differences(b, a), "");
    a.path = path_of(HEAD "1  0  7 write    bar0 offset=0xd0 value=0x7\n1  0  2 dpc-begin\n1  0  2 "
                          "write    bar0 offset=0x20 value=0x9\n");
    const char *all = differences(b, a);
    CHECK_HAS(all, "at DIRQL, register 0x000d0: other values: 1 x 0x5 before, 1 x 0x7 after");
    CHECK_HAS(all, "in DPCs, register 0x00018: written only before");
    CHECK_HAS(all, "in DPCs, register 0x00020: written only after");
}

TEST(a_driver_that_did_not_initialise_is_one_difference, "")
{
    struct compare_side none = {
        .report = json_loads("{\"status\":\"no-driver\",\"ndis\":null}", 0, NULL)};
    CHECK_STR(differences(none, side_of("3", "a", "a", "[]")),
              "outcome: no-driver before, fine after\n");
}

/* --- the command --- */

/* A driver of the same build. */
static char *driver_of(const char *name)
{
    static char path[PATH_MAX + 40];
    ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
    CHECK(n > 0);
    path[n] = 0;
    sprintf(strrchr(path, '/'), "/drivers/%s", name);
    CHECK(!access(path, R_OK));
    return strdup(path);
}

static char *driver(void)
{
    return driver_of("e1000e.sys");
}

static int compare(const char *extra)
{
    char *argv[] = {"compare", "--count=300", driver(), driver(), (char *)extra, NULL};
    return cli_command_find("compare")->run(extra ? 5 : 4, argv);
}

TEST(compare_says_that_a_driver_behaves_like_itself, "")
{
    CHECK_EQ(compare(NULL), EXIT_FINE);
}

TEST(compare_says_what_another_setting_changes, "")
{
    CHECK_EQ(compare("--after=--interrupt=msix"), EXIT_BROKEN);
}

TEST(compare_wants_two_drivers_and_known_options, "")
{
    char *one[] = {"compare", driver(), NULL},
         *unknown[] = {"compare", driver(), driver(), "--nonsense", NULL};
    CHECK_EQ(cli_command_find("compare")->run(2, one), EXIT_USAGE);
    CHECK_EQ(cli_command_find("compare")->run(4, unknown), EXIT_USAGE);
    CHECK_EQ(compare("--before=set"), EXIT_USAGE);
    CHECK_EQ(compare("--trace=x"), EXIT_USAGE);
    CHECK_EQ(compare("--device=model:none-such"), EXIT_USAGE);
}

/* One receive queue, as the driver before its port has. */
TEST(a_driver_behaves_the_same_before_and_after_its_port, "")
{
    char *argv[] = {"compare", "--count=200", "--after=--set=*RSS=0", driver_of("e1000e5.sys"),
                    driver(),  NULL};
    CHECK_EQ(cli_command_find("compare")->run(5, argv), EXIT_FINE);
}
