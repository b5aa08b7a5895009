/* SPDX-License-Identifier: MIT */
/* fault_injection_test.c - every kind of --fault against our driver: the run ends in a defined way,
 * the driver breaks no rule and leaves nothing behind. */
#include "tests/run.h"

static const char *const kinds[] = {"line", "msi", "msix"};

static struct run *with_fault(const char *fault, const char *kind, const char *seed)
{
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--count", "1000",
                          "--interrupt", kind, "--seed", seed, "--fault", fault);
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_number(r, "interrupt.registered") == 1);
    CHECK_RUN(r, run_number(r, "frames.corrupt") == 0 && run_number(r, "frames.duplicates") == 0);
    CHECK_RUN(r, run_number(r, "frames.sent") + run_number(r, "frames.failed") <= 1000);
    /* A frame that was on the wire when the card failed came back, though its send did not succeed. */
    long long arrived = run_number(r, "frames.received") + run_number(r, "frames.lost");
    CHECK_RUN(r, arrived >= run_number(r, "frames.sent"));
    CHECK_RUN(r, arrived <= run_number(r, "frames.sent") + run_number(r, "frames.failed"));
    return r;
}

/* The card goes on after it: nothing may be lost. */
static void check_harmless(const char *fault)
{
    for (int i = 0; i < 3; i++) {
        struct run *r = with_fault(fault, kinds[i], "5");
        CHECK_RUN(r, run_number(r, "frames.received") == 1000);
        with_fault(fault, kinds[i], "6");
    }
}

/* Frames may be lost, the driver may have to reset the card. */
static void check_survived(const char *fault)
{
    for (int i = 0; i < 3; i++) {
        struct run *r = with_fault(fault, kinds[i], "5");
        CHECK_RUN(r, run_number(r, "frames.received") > 0);
        with_fault(fault, kinds[i], "6");
    }
}

static long long spurious(const char *fault, const char *kind)
{
    return run_sum(with_fault(fault, kind, "5"), "messages", "spurious");
}

TEST(duplicate_interrupts_are_harmless, "R-048")
{
    check_harmless("duplicate-interrupt=every:3");
    check_harmless("duplicate-interrupt=20%,seed=3");
    CHECK(spurious("duplicate-interrupt=every:3", "line") > 0);
    CHECK(spurious("duplicate-interrupt=every:3", "msix") == 0);
}

TEST(spurious_interrupts_are_harmless, "R-056")
{
    check_harmless("spurious-interrupt=5");
    check_harmless("spurious-interrupt=every:100us");
    CHECK(spurious("spurious-interrupt=every:100us", "line") > 0);
    CHECK(spurious("spurious-interrupt=every:100us", "msi") == 0);
}

TEST(an_interrupt_storm_is_survived, "")
{
    check_harmless("storm@1ms:100000:5ms");
}

TEST(a_stuck_interrupt_is_survived, "R-366")
{
    check_harmless("stuck-interrupt@1ms:1ms");
    check_harmless("stuck-interrupt=lsc@1ms:1ms");
    check_harmless("stuck-interrupt=rx@1ms:1ms");
    CHECK(spurious("stuck-interrupt@1ms:1ms", "line") > 0);
}

TEST(a_lost_interrupt_is_survived, "")
{
    check_survived("lost-interrupt=3");
    check_survived("lost-interrupt=every:7");
    check_survived("lost-interrupt=5%");
}

TEST(a_link_flap_is_survived, "")
{
    check_survived("link-flap@1ms:5ms");
    check_survived("link-flap@1ms:5ms:20ms");
}

TEST(a_dma_error_is_survived, "")
{
    check_survived("dma-error=100");
    check_survived("dma-error=every:500");
}

TEST(a_stuck_reset_is_survived, "")
{
    check_harmless("stuck-reset=1");
    for (int i = 0; i < 3; i++) { /* no reset ever ends: the driver may refuse, and must not hang */
        struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--count", "100",
                              "--interrupt", kinds[i], "--seed", "5", "--fault", "stuck-reset");
        CHECK_RUN(r, r->status == 0 || r->status == 2);
        CHECK_RUN(r, run_count(r, "violations") == 0 && run_count(r, "leaks") == 0);
    }
}

TEST(a_surprise_removal_halts_the_adapter, "R-279")
{
    for (int i = 0; i < 3; i++) {
        struct run *r = with_fault("surprise-remove=500", kinds[i], "5");
        CHECK_RUN(r, run_number(r, "frames.received") < 1000);
        with_fault("surprise-remove@1ms", kinds[i], "5");
        with_fault("surprise-remove=1", kinds[i], "5");
        /* Live: the card goes while frames are under way on other processors. */
        r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--count", "100000", "--interrupt",
                  kinds[i], "--fault", "surprise-remove=3000");
        CHECK_CLEAN(r);
        CHECK_RUN(r, run_number(r, "frames.received") < 100000);
    }
}

TEST(all_faults_at_once_are_survived, "")
{
    for (int seed = 1; seed < 5; seed++)
        with_fault("lost-interrupt=1%,duplicate-interrupt=2%,spurious-interrupt=every:1ms,storm@"
                   "2ms:50000:1ms,"
                   "link-flap@3ms:1ms,dma-error=0.05%",
                   kinds[seed % 3], run_text_of("%d", seed));
}

TEST(faults_happen_in_the_live_scheduler_too, "")
{
    struct run *r =
        DIRQL("run", run_driver("e1000e.inf"), "--json", "--count", "2000", "--interrupt", "line",
              "--fault", "duplicate-interrupt=every:2,spurious-interrupt=3");
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_number(r, "frames.received") == 2000);
    CHECK_RUN(r, run_sum(r, "messages", "spurious") > 0);
}
