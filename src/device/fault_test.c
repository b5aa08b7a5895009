/* SPDX-License-Identifier: MIT */
/* fault_test.c - the plan's text and its clockwork, without a device. */
#include "device/fault.h"
#include "tests/harness/test.h"

#define MS 1000000ull

static struct device_fault_plan *plan(const char *spec)
{
    char err[256];
    struct device_fault_plan *p = fault_plan_parse(spec, err, sizeof err);
    if (!p)
        test_fail(__FILE__, __LINE__, "%s: %s", spec, err);
    return p;
}

static struct fault_state state(const char *spec)
{
    struct fault_state s;
    fault_state_init(&s, plan(spec), 1000 * MS);
    return s;
}

TEST(every_kind_of_fault_is_understood, "")
{
    struct device_fault_plan *p =
        plan("seed=7,lost-interrupt=3,lost-interrupt=every:10,duplicate-interrupt=0.5%,"
             "spurious-interrupt=4,spurious-interrupt=every:5ms,stuck-interrupt=lsc@2us:3ns,storm@"
             "1s:1000:2s,"
             "link-flap@1ms:2ms:10ms,dma-error=100%,surprise-remove@boot+5s,surprise-remove=9,"
             "stuck-reset=2,"
             "stuck-reset");
    CHECK_EQ(p->count, 13);
    CHECK_EQ(p->seed, 7);
    CHECK(p->fault[0].kind == FAULT_LOST && p->fault[0].when == FAULT_NTH && p->fault[0].n == 3);
    CHECK(p->fault[1].when == FAULT_EVERY && p->fault[1].n == 10);
    CHECK(p->fault[2].when == FAULT_CHANCE);
    CHECK_EQ(p->fault[2].n, (1ull << 32) / 200);
    CHECK_EQ(p->fault[3].n, 4);
    CHECK_EQ(p->fault[4].period, 5 * MS);
    CHECK(p->fault[5].cause == FAULT_CAUSE_LSC && p->fault[5].at == 2000 && p->fault[5].lasts == 3);
    CHECK(p->fault[6].period == MS && p->fault[6].lasts == 2000 * MS);
    CHECK(p->fault[7].lasts == 2 * MS && p->fault[7].period == 10 * MS);
    CHECK_EQ(p->fault[8].n, 1ull << 32);
    CHECK(p->fault[9].from_boot && p->fault[9].at == 5000 * MS);
    CHECK_EQ(p->fault[11].n, 2);
    CHECK_EQ(p->fault[12].n, UINT64_MAX);
    CHECK_EQ(plan("")->count, 0);
}

TEST(bad_plans_get_one_sentence_that_names_the_part, "")
{
    static const struct {
        const char *spec, *part, *why;
    } bad[] = {
        {"lost-interupt=3", "\"lost-interupt=3\"",
         "no fault of that name; there are seed, lost-interrupt"},
        {"seed=1,lost-interrupt", "\"lost-interrupt\"", "=N, =every:N or =P%"},
        {"lost-interrupt=", "\"lost-interrupt=\"", "number after = is missing"},
        {"lost-interrupt=0", "0", "starts at 1"},
        {"lost-interrupt=every:0", "every:0", "means nothing"},
        {"lost-interrupt=101%", "101%", "at most 100%"},
        {"lost-interrupt=1.5", "1.5", "only a percentage"},
        {"lost-interrupt=1.%", "1.%", "digit is missing"},
        {"lost-interrupt=3x", "3x", "\"x\" is left over"},
        {"lost-interrupt=99999999999999999999", "9999", "above"},
        {"storm@5ms", "storm@5ms", "how many per second"},
        {"storm@5ms:0", "storm", "no storm"},
        {"storm@5:10", "storm@5:10", "needs a unit"},
        {"storm", "storm", "say when"},
        {"link-flap@1ms:5ms:5ms", "link-flap", "never come back"},
        {"link-flap@1ms:5ms:9ms:1ms", "link-flap", "left over"},
        {"stuck-interrupt=foo@1ms", "foo", "one of line, lsc, rx, tx"},
        {"surprise-remove", "surprise-remove", "say when"},
        {"spurious-interrupt=0", "spurious", "none"},
        {"spurious-interrupt=every:0ms", "spurious", "never lets"},
        {"spurious-interrupt=every:1000000000000s", "spurious", "too long"},
        {"dma-error=5,", "dma-error", "nothing follows the last comma"},
        {",", "\"\"", "no fault of that name"},
        {"seed", "seed", "seed=N"},
        {"seed=5x", "seed=5x", "left over"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char err[512] = "";
        CHECK(fault_plan_parse(bad[i].spec, err, sizeof err) == NULL);
        CHECK_HAS(err, bad[i].part);
        CHECK_HAS(err, bad[i].why);
        CHECK(!strchr(err, '\n'));
    }
    char many[33 * 12 + 1] = "";
    for (int i = 0; i < 33; i++)
        strcat(many, i ? ",dma-error=1" : "dma-error=1");
    char err[512];
    CHECK(fault_plan_parse(many, err, sizeof err) == NULL);
    CHECK_HAS(err, "32 faults");
}

TEST(counted_faults_hit_their_events, "")
{
    struct fault_state s = state("lost-interrupt=3,lost-interrupt=every:5,duplicate-interrupt=2");
    static const unsigned expected[] = {1, 2, 0, 1, 0, 1, 1, 1, 1, 0};
    for (size_t i = 0; i < 10; i++)
        CHECK_EQ(fault_interrupt(&s), expected[i]);
    s = state("dma-error=2");
    CHECK(!fault_dma(&s) && fault_dma(&s) && !fault_dma(&s));
    s = state("stuck-reset=2");
    CHECK(fault_reset_sticks(&s) && fault_reset_sticks(&s) && !fault_reset_sticks(&s));
    s = state("surprise-remove=2");
    CHECK(!fault_frame(&s) && fault_frame(&s));
}

TEST(chances_come_from_the_seed, "")
{
    struct fault_state a = state("seed=5,lost-interrupt=25%"),
                       b = state("seed=5,lost-interrupt=25%"),
                       c = state("seed=6,lost-interrupt=25%"), all = state("dma-error=100%"),
                       none = state("dma-error=0%");
    unsigned lost = 0, differ = 0;
    for (int i = 0; i < 4000; i++) {
        unsigned n = fault_interrupt(&a);
        CHECK_EQ(n, fault_interrupt(&b));
        lost += !n;
        differ += n != fault_interrupt(&c);
        CHECK(fault_dma(&all));
        CHECK(!fault_dma(&none));
    }
    CHECK(lost > 900 && lost < 1100);
    CHECK(differ > 0);
}

static uint64_t take(struct fault_state *s, enum fault_event_kind kind, bool on)
{
    struct fault_event e;
    uint64_t at = fault_next(s);
    CHECK(at != UINT64_MAX);
    CHECK(!fault_take(s, at - 1, &e));
    CHECK(fault_take(s, at, &e));
    CHECK(e.kind == kind);
    CHECK_EQ(e.on, on);
    return at - 2000 * MS;
}

TEST(moments_count_from_the_drivers_first_enable, "")
{
    struct fault_state s = state("link-flap@5ms:2ms:10ms");
    CHECK_EQ(fault_next(&s), UINT64_MAX);
    CHECK(fault_start(&s, 2000 * MS));
    CHECK(!fault_start(&s, 3000 * MS));
    CHECK_EQ(take(&s, FAULT_EVENT_LINK, false), 5 * MS);
    CHECK_EQ(take(&s, FAULT_EVENT_LINK, true), 7 * MS);
    CHECK_EQ(take(&s, FAULT_EVENT_LINK, false), 15 * MS);
    CHECK_EQ(take(&s, FAULT_EVENT_LINK, true), 17 * MS);

    s = state("surprise-remove@boot+5ms");
    CHECK_EQ(fault_next(&s), 1005 * MS);
}

TEST(storms_and_spurious_interrupts_keep_their_rate_and_number, "")
{
    struct fault_state s = state("storm@1ms:100000:50us");
    fault_start(&s, 2000 * MS);
    for (unsigned i = 0; i < 5; i++)
        CHECK_EQ(take(&s, FAULT_EVENT_INTERRUPT, false), MS + i * 10000);
    CHECK_EQ(fault_next(&s), UINT64_MAX);

    s = state("spurious-interrupt=3");
    fault_start(&s, 2000 * MS);
    for (unsigned i = 1; i <= 3; i++)
        CHECK_EQ(take(&s, FAULT_EVENT_INTERRUPT, false), i * MS);
    CHECK_EQ(fault_next(&s), UINT64_MAX);

    s = state("spurious-interrupt=every:5us");
    fault_start(&s, 2000 * MS);
    for (unsigned i = 1; i <= 100; i++)
        CHECK_EQ(take(&s, FAULT_EVENT_INTERRUPT, false), i * 5000);
}

TEST(stuck_causes_stick_and_may_come_free, "")
{
    struct fault_state s = state("stuck-interrupt@1ms:3ms");
    fault_start(&s, 2000 * MS);
    CHECK_EQ(take(&s, FAULT_EVENT_STUCK, true), MS);
    CHECK_EQ(take(&s, FAULT_EVENT_STUCK, false), 4 * MS);
    CHECK_EQ(fault_next(&s), UINT64_MAX);
    s = state("stuck-interrupt@1ms");
    fault_start(&s, 2000 * MS);
    take(&s, FAULT_EVENT_STUCK, true);
    CHECK_EQ(fault_next(&s), UINT64_MAX);
}

TEST(without_a_plan_nothing_goes_wrong, "")
{
    struct fault_state s;
    struct fault_event e;
    fault_state_init(&s, NULL, 0);
    fault_start(&s, 0);
    CHECK_EQ(fault_interrupt(&s), 1);
    CHECK(!fault_dma(&s) && !fault_frame(&s) && !fault_reset_sticks(&s));
    CHECK(!fault_take(&s, UINT64_MAX - 1, &e));
    for (int i = 0; i < 100; i++)
        CHECK(fault_random(&s, 3) < 3);
}
