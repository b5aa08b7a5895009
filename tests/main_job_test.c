/* SPDX-License-Identifier: MIT */
/* main_job_test.c - our driver for the 82574L on the simulated card: frames go out and come back
 * through every kind of interrupt, on any number of processors, live and deterministic. */
#include "tests/run.h"

/* Everything sent came back, and the interrupt did it. */
static void check_traffic(const struct run *r, long long frames)
{
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_number(r, "frames.sent") == frames);
    CHECK_RUN(r, run_number(r, "frames.received") == frames);
    CHECK_RUN(r, run_number(r, "frames.lost") == 0);
    CHECK_RUN(r, run_number(r, "frames.corrupt") == 0);
    CHECK_RUN(r, run_number(r, "frames.duplicates") == 0);
    CHECK_RUN(r, run_number(r, "interrupt.registered") == 1);
    CHECK_RUN(r, run_sum(r, "messages", "isr") >= 1);
    CHECK_RUN(r, run_sum(r, "messages", "dpc") >= 1);
    CHECK_RUN(r, run_number(r, "rules_checked") > 20);
}

static void check_interrupt(const struct run *r, const char *type, const char *bus,
                            long long messages)
{
    CHECK_STR(run_string(r, "interrupt.type"), type);
    CHECK_STR(run_string(r, "interrupt.bus"), bus);
    CHECK_RUN(r, run_number(r, "interrupt.messages") == messages);
    /* A line is reported as one row, too. */
    CHECK_RUN(r, run_count(r, "messages") == (size_t)(messages ? messages : 1));
    for (long long i = 0; i < messages; i++) {
        CHECK_RUN(r, run_number(r, run_text_of("messages.%lld.id", i)) == i);
        /* A message is never shared: nothing about it can be spurious. */
        CHECK_RUN(r, run_number(r, run_text_of("messages.%lld.spurious", i)) == 0);
    }
}

static struct run *e1000e(const char *const *more)
{
    const char *args[40] = {"run", run_driver("e1000e.inf"), "--json"};
    size_t n = 3;
    while (*more)
        args[n++] = *more++;
    return run_dirql(args);
}
#define E1000E(...) e1000e((const char *const[]){__VA_ARGS__, NULL})

TEST(frames_come_back_through_a_line, "R-018 R-037 R-055 R-261")
{
    struct run *r = E1000E("--interrupt", "line", "--count", "3000");
    check_traffic(r, 3000);
    check_interrupt(r, "line", "line", 0);
    r = E1000E("--interrupt", "line", "--count", "1000", "--seed", "1");
    check_traffic(r, 1000);
    check_interrupt(r, "line", "line", 0);
}

TEST(frames_come_back_through_msi, "R-036 R-051")
{
    struct run *r = E1000E("--interrupt", "msi", "--count", "3000");
    check_traffic(r, 3000);
    check_interrupt(r, "message", "msi", 1); /* the 82574L has one */
    r = E1000E("--interrupt", "msi", "--count", "1000", "--seed", "1");
    check_traffic(r, 1000);
    check_interrupt(r, "message", "msi", 1);
}

TEST(frames_come_back_through_msix, "R-036 R-042 R-109")
{
    struct run *r = E1000E("--interrupt", "msix", "--count", "3000");
    check_traffic(r, 3000);
    check_interrupt(r, "message", "msix", 3);
    r = E1000E("--interrupt", "msix", "--count", "1000", "--seed", "1");
    check_traffic(r, 1000);
    check_interrupt(r, "message", "msix", 3);
}

TEST(several_seeds_all_work, "")
{
    static const char *const kinds[] = {"line", "msi", "msix"};
    for (int seed = 2; seed < 14; seed++)
        check_traffic(E1000E("--seed", run_text_of("%d", seed), "--count", "400", "--cpus",
                             seed % 2 ? "2" : "4", "--interrupt", kinds[seed % 3]),
                      400);
}

TEST(fewer_messages_than_asked_for_may_be_granted, "R-260")
{
    for (int n = 1; n <= 3; n++)
        for (int live = 0; live < 2; live++) {
            const char *messages = run_text_of("%d", n);
            struct run *r =
                live ? E1000E("--interrupt", "msix", "--messages", messages, "--count", "1000")
                     : E1000E("--interrupt", "msix", "--messages", messages, "--count", "1000",
                              "--seed", "4");
            check_traffic(r, 1000);
            check_interrupt(r, "message", "msix", n);
            CHECK_EQ(run_number(r, "interrupt.requested"), 3);
        }
}

TEST(any_number_of_processors_will_do, "")
{
    static const char *const cpus[] = {"1", "4", "64"};
    for (int i = 0; i < 3; i++) {
        struct run *r = E1000E("--cpus", cpus[i], "--interrupt", "msix", "--count", "1000");
        check_traffic(r, 1000);
        for (size_t m = 0; m < run_count(r, "messages"); m++)
            CHECK_RUN(r, run_number(r, run_text_of("messages.%zu.processor", m)) <
                             strtoll(cpus[i], NULL, 10));
        check_traffic(
            E1000E("--cpus", cpus[i], "--interrupt", "msix", "--count", "300", "--seed", "9"), 300);
        check_traffic(
            E1000E("--cpus", cpus[i], "--interrupt", "line", "--count", "300", "--seed", "9"), 300);
    }
}

TEST(receive_throttling_calls_the_dpc_again, "R-184 R-185 R-189")
{
    static const char *const kinds[] = {"line", "msix"};
    for (int i = 0; i < 2; i++) {
        struct run *r =
            E1000E("--interrupt", kinds[i], "--throttle", "4", "--seed", "3", "--count", "1000");
        check_traffic(r, 1000);
        CHECK_RUN(r, run_sum(r, "messages", "throttled") > 0);
        r = E1000E("--interrupt", kinds[i], "--seed", "3", "--count", "1000");
        CHECK_RUN(r, run_sum(r, "messages", "throttled") == 0);
    }
    check_traffic(E1000E("--throttle", "1", "--count", "1000"), 1000);
}

TEST(disable_and_enable_handlers_can_be_called, "R-135 R-142")
{
    static const char *const kinds[] = {"line", "msi", "msix"};
    for (int i = 0; i < 3; i++) {
        check_traffic(E1000E("--interrupt", kinds[i], "--toggle-interrupts", "--count", "500"),
                      500);
        check_traffic(
            E1000E("--interrupt", kinds[i], "--toggle-interrupts", "--count", "500", "--seed", "6"),
            500);
    }
}

TEST(rss_spreads_frames_over_two_queues, "R-257")
{
    struct run *r = E1000E("--interrupt", "msix", "--count", "2000", "--seed", "1");
    check_traffic(r, 2000);
    CHECK_RUN(r, run_number(r, "messages.0.isr") > 0 && run_number(r, "messages.1.isr") > 0);
    CHECK_RUN(r, run_number(r, "messages.0.processor") != run_number(r, "messages.1.processor"));
    check_traffic(
        E1000E("--set", "*RSS=0", "--interrupt", "msix", "--count", "1000", "--seed", "1"), 1000);
}

/* --- what Windows grants from --- */

TEST(msisupported_0_gives_a_line, "R-261 R-262")
{
    struct run *r = E1000E("--set", "MSISupported=0", "--count", "500", "--seed", "1");
    check_traffic(r, 500);
    check_interrupt(r, "line", "line", 0);
    /* The registry's own spelling does the same. */
    r = E1000E("--set", "Interrupt Management\\MessageSignaledInterruptProperties\\MSISupported=0",
               "--count", "500", "--seed", "1");
    check_traffic(r, 500);
    check_interrupt(r, "line", "line", 0);
}

TEST(messagenumberlimit_1_gives_one_message, "R-262")
{
    struct run *r = E1000E("--set", "MessageNumberLimit=1", "--count", "500", "--seed", "1");
    check_traffic(r, 500);
    check_interrupt(r, "message", "msix", 1);
    r = E1000E("--set", "MessageNumberLimit=2", "--count", "500", "--seed", "1");
    check_traffic(r, 500);
    check_interrupt(r, "message", "msix", 2);
}

/* IrqPolicySpecifiedProcessors, with a KAFFINITY of processor 3 alone. faulty.c leaves the resource
 * list as it is; e1000e moves the messages of its queues to the processors of RSS, but not the
 * third. */
TEST(an_affinity_policy_places_the_messages, "")
{
    struct run *r = DIRQL("run", run_driver("faulty.sys"), "--set", "MSISupported=1", "--set",
                          "DevicePolicy=4", "--set", "AssignmentSetOverride=08", "--cpus", "4",
                          "--net", "none", "--count", "1", "--json");
    CHECK_CLEAN(r);
    check_interrupt(r, "message", "msix", run_number(r, "interrupt.requested"));
    for (size_t m = 0; m < run_count(r, "messages"); m++)
        CHECK_RUN(r, run_number(r, run_text_of("messages.%zu.processor", m)) == 3);
    r = E1000E("--set", "DevicePolicy=4", "--set", "AssignmentSetOverride=08", "--cpus", "4",
               "--count", "500", "--seed", "1");
    check_traffic(r, 500);
    CHECK_RUN(r, run_number(r, "messages.2.processor") == 3);
}

TEST(the_inf_decides_unless_the_command_line_does, "")
{
    struct run *r = E1000E("--count", "500", "--seed", "1");
    check_traffic(r, 500);
    check_interrupt(r, "message", "msix", 3);
}

/* As on Windows, where MSISupported is a value that only an INF makes. */
TEST(a_sys_without_an_inf_runs_on_a_line, "")
{
    struct run *r =
        DIRQL("run", run_driver("e1000e.sys"), "--count", "500", "--seed", "1", "--json");
    check_traffic(r, 500);
    check_interrupt(r, "line", "line", 0);
    r = DIRQL("run", run_driver("e1000e.sys"), "--count", "500", "--interrupt", "msix", "--json");
    check_traffic(r, 500);
    CHECK_STR(run_string(r, "interrupt.bus"), "msix");
}

TEST(a_registry_setting_reaches_the_driver, "")
{
    /* NetworkAddress changes the card's station address: its frames still come back. */
    check_traffic(E1000E("--set", "NetworkAddress=525400ABCDEF", "--count", "300", "--seed", "1"),
                  300);
    struct run *r = DIRQL("run", run_driver("faulty.sys"), "--set", "Test=NoSuchTest", "--net",
                          "none", "--count", "1", "--json");
    CHECK_STATUS(r, 2); /* faulty.c refuses a Test that it does not know */
    CHECK_STR(run_string(r, "status"), "no-driver");
}

/* --- the report --- */

static bool has(const struct run *r, const char *path, json_type type)
{
    return json_typeof(run_at(r, path)) == type;
}

TEST(json_has_the_documented_shape, "")
{
    struct run *r = E1000E("--count", "200");
    CHECK_STATUS(r, 0);
    CHECK_STR(run_string(r, "driver"), "e1000e.sys");
    CHECK_STR(run_string(r, "ndis"), "6.20");
    CHECK_STR(run_string(r, "device"), "model:82574l");
    CHECK(has(r, "interrupt", JSON_OBJECT) && has(r, "frames", JSON_OBJECT));
    CHECK(has(r, "violations", JSON_ARRAY) && has(r, "leaks", JSON_ARRAY) &&
          has(r, "messages", JSON_ARRAY));
    CHECK(has(r, "bugcheck", JSON_NULL) && has(r, "error", JSON_NULL) &&
          has(r, "interrupted", JSON_FALSE));
    static const char *const numbers[] = {"interrupt.messages",
                                          "interrupt.requested",
                                          "interrupt.registered",
                                          "interrupt.deregistered",
                                          "messages.0.id",
                                          "messages.0.processor",
                                          "messages.0.irql",
                                          "messages.0.isr",
                                          "messages.0.dpc",
                                          "messages.0.spurious",
                                          "messages.0.throttled",
                                          "messages.0.latency_ns.p50",
                                          "messages.0.latency_ns.p99",
                                          "messages.0.latency_ns.max",
                                          "frames.sent",
                                          "frames.received",
                                          "frames.lost",
                                          "frames.corrupt",
                                          "frames.duplicates",
                                          "frames.failed",
                                          "rules_checked"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        CHECK(has(r, numbers[i], JSON_INTEGER));

    r = DIRQL("run", run_driver("faulty.sys"), "--set", "Test=StallInDpc", "--net", "none",
              "--count", "1", "--json");
    CHECK_STATUS(r, 3);
    CHECK_STR(run_string(r, "status"), "broken");
    CHECK(has(r, "violations.0.rule", JSON_STRING) && has(r, "violations.0.text", JSON_STRING));
    CHECK(has(r, "violations.0.stack.0", JSON_STRING) &&
          has(r, "violations.0.count", JSON_INTEGER));
}

/* Every field, at any depth, has its row (or its mention) in docs/json.md. */
static void check_documented(const json_t *value, const char *page)
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_array(value))
        json_array_foreach(value, i, member) check_documented(member, page);
    if (json_is_object(value))
        json_object_foreach((json_t *)value, key, member)
        {
            CHECK_HAS(page, run_text_of("`%s`", key));
            check_documented(member, page);
        }
}

TEST(every_json_field_is_documented, "")
{
    const char *page = run_read("docs/json.md", NULL);
    check_documented(E1000E("--count", "10")->json, page);
    static const char *const tests[] = {"Test=StallInDpc", "Test=NullWrite", "Test=LeakPool"};
    for (int i = 0; i < 3; i++)
        check_documented(DIRQL("run", run_driver("faulty.sys"), "--set", tests[i], "--net", "none",
                               "--count", "1", "--json")
                             ->json,
                         page);
    check_documented(DIRQL("info", run_driver("e1000e.sys"), "--json")->json, page);
}

TEST(the_text_report_has_a_table_and_a_verdict, "")
{
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--interrupt", "msix", "--count", "500",
                          "--seed", "2");
    CHECK_STATUS(r, 0);
    CHECK_STR(r->err, ""); /* no progress line without a terminal */
    CHECK_HAS(r->out,
              "e1000e.sys: NDIS 6.20 on model:82574l, 2 processors, deterministic scheduler");
    CHECK_HAS(r->out, "interrupts: MSI-X, 3 messages granted");
    CHECK_HAS(r->out, "registered 1, deregistered 1");
    CHECK_HAS(r->out, "processor");
    CHECK_HAS(r->out, "p99");
    CHECK_HAS(r->out, "frames: 500 sent, 500 received, 0 lost");
    const char *verdict = strstr(r->out, "\ne1000e.sys: fine (");
    CHECK(verdict);
    CHECK_HAS(verdict, "rules checked)\n");
    CHECK_STR(strchr(verdict + 1, '\n'), "\n"); /* one line, the last */
}

TEST(time_without_count_ends_the_run, "")
{
    struct run *r = E1000E("--time", "0.05", "--seed", "1");
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_number(r, "frames.sent") > 0);
    CHECK_RUN(r, run_number(r, "frames.lost") == 0);
    r = E1000E("--time", "0.3");
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_number(r, "frames.sent") > 0);
}

/* --- the same again --- */

static void check_same(const char *const *more, const char *name)
{
    char *out[2], *trace[2];
    for (int i = 0; i < 2; i++) {
        const char *args[40] = {"run", run_driver("e1000e.inf"), "--json", "--trace",
                                run_file(run_text_of("%s.%d", name, i))};
        size_t n = 5;
        for (const char *const *m = more; *m; m++)
            args[n++] = *m;
        struct run *r = run_dirql(args);
        CHECK_STATUS(r, 0);
        out[i] = r->out;
        trace[i] = run_read(args[4], NULL);
    }
    CHECK_STR(out[0], out[1]);
    CHECK(!strcmp(trace[0], trace[1])); /* too long to print */
    CHECK(strlen(trace[0]) > 1000);
}
#define CHECK_SAME(name, ...) check_same((const char *const[]){__VA_ARGS__, NULL}, name)

TEST(the_same_seed_gives_the_same_run_byte_for_byte, "")
{
    CHECK_SAME("msix", "--seed", "7", "--count", "500", "--interrupt", "msix");
    CHECK_SAME("line", "--seed", "7", "--count", "500", "--interrupt", "line", "--cpus", "4");
    CHECK_SAME("faults", "--seed", "7", "--count", "500", "--interrupt", "msix", "--cpus", "8",
               "--fault", "lost-interrupt=2%,link-flap@1ms:2ms,spurious-interrupt=3");
    CHECK_SAME("gen", "--seed", "7", "--net", "gen:count=200", "--throttle", "3");
}

TEST(another_seed_gives_another_run, "")
{
    char *trace[2];
    for (int i = 0; i < 2; i++) {
        const char *path = run_file(run_text_of("trace.%d", i));
        struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--seed", run_text_of("%d", i),
                              "--count", "500", "--trace", path);
        CHECK_STATUS(r, 0);
        trace[i] = run_read(path, NULL);
    }
    CHECK(strcmp(trace[0], trace[1]));
}
