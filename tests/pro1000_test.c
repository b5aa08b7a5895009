/* SPDX-License-Identifier: MIT */
/* pro1000_test.c - an NDIS 5.0 miniport on the 82540EM (tests/drivers/pro1000.c): traffic, faults
 * of the card, and mistakes that a protocol above it makes visible or hides. */
#include "tests/run.h"

#define COUNT "2000"

static struct run *pro1000(const char *const *more)
{
    const char *args[40] = {
        "run", run_driver("pro1000.sys"), "--json", "--device", "model:82540em", "--count", COUNT};
    size_t n = 7;
    while (*more)
        args[n++] = *more++;
    return run_dirql(args);
}
#define PRO1000(...) pro1000((const char *const[]){__VA_ARGS__, NULL})

static void check_all(const struct run *r, long long received)
{
    CHECK_CLEAN(r);
    CHECK_STR(run_string(r, "ndis"), "5.0");
    CHECK_STR(run_string(r, "device"), "model:82540em");
    CHECK_STR(run_string(r, "interrupt.type"), "line");
    CHECK_RUN(r, run_number(r, "frames.sent") == atoll(COUNT));
    CHECK_RUN(r, run_number(r, "frames.received") == received);
    CHECK_RUN(r, run_number(r, "frames.lost") == 0 && run_number(r, "frames.corrupt") == 0);
    CHECK_RUN(r, run_number(r, "frames.failed") == 0 && run_number(r, "frames.duplicates") == 0);
}

TEST(pro1000_moves_frames_both_ways_live, "R-360 R-396")
{
    static const char *const cpus[] = {"1", "2", "4"};
    for (int i = 0; i < 3; i++) {
        check_all(PRO1000("--cpus", cpus[i]), 2000);
        check_all(PRO1000("--cpus", cpus[i], "--net", "gen:rate=100000,count=3000"), 3000);
    }
}

TEST(pro1000_moves_frames_both_ways_whatever_the_order, "R-360 R-396")
{
    static const char *const seeds[] = {"1", "2", "3"};
    for (int i = 0; i < 3; i++) {
        check_all(PRO1000("--seed", seeds[i], "--cpus", "4"), 2000);
        check_all(PRO1000("--seed", seeds[i], "--net", "gen:rate=max,count=3000"), 3000);
        check_all(PRO1000("--seed", seeds[i], "--sends", "1"), 2000);
        check_all(PRO1000("--seed", seeds[i], "--buffers", "1"), 2000);
    }
}

TEST(a_flash_of_its_own_does_not_disturb_a_driver_that_takes_bar_0, "")
{
    struct run *r = DIRQL("run", run_driver("pro1000.sys"), "--json", "--device",
                          "model:82540em,flash=128k", "--count", COUNT, "--seed", "1");
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_number(r, "frames.received") == 2000);
}

/* Another model of the same chip, and not ours: it shares none of our misunderstandings. */
TEST(pro1000_moves_frames_on_qemus_card_of_the_same_chip, "")
{
    if (PROGRAM("qemu-system-x86_64", "--version")->status != 0)
        SKIP("no qemu-system-x86_64 (Debian package qemu-system-x86)");
    struct run *r = DIRQL("run", run_driver("pro1000.sys"), "--json", "--device", "qemu:e1000",
                          "--count", COUNT);
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_number(r, "frames.sent") == 2000 && run_number(r, "frames.received") == 2000);
}

/* --- faults of the card --- */

/* Lost are the sends that were aborted at the reset, and no others. */
static void check_recovers(const char *fault)
{
    static const char *const seeds[] = {"5", "6"};
    for (int i = 0; i < 2; i++) {
        struct run *r = PRO1000("--seed", seeds[i], "--fault", fault);
        CHECK_CLEAN(r);
        CHECK_RUN(r, run_number(r, "frames.sent") > 0 && run_number(r, "frames.lost") == 0);
        CHECK_RUN(r, run_number(r, "frames.sent") + run_number(r, "frames.failed") == 2000);
    }
}

TEST(pro1000_survives_what_can_go_wrong_with_an_interrupt, "R-366")
{
    check_recovers("duplicate-interrupt=every:3");
    check_recovers("spurious-interrupt=5");
    check_recovers("stuck-interrupt@1ms:1ms");
    check_recovers("storm@1ms:100000:5ms");
    check_recovers("lost-interrupt=3");
}

TEST(pro1000_survives_a_card_that_stops, "")
{
    check_recovers("link-flap@2ms:5ms");
    check_recovers("dma-error=100");
}

TEST(pro1000_survives_the_removal_of_its_card, "")
{
    static const char *const times[] = {"1ms", "2ms", "2500us"};
    for (int i = 0; i < 3; i++) {
        struct run *r = PRO1000("--seed", "5", "--net", "gen:rate=100000,count=3000", "--fault",
                                run_text_of("surprise-remove@%s", times[i]));
        CHECK_CLEAN(r);
        CHECK_RUN(r, run_number(r, "frames.sent") < 2000);
    }
}

TEST(pro1000_refuses_a_card_that_does_not_come_out_of_reset, "")
{
    struct run *r = PRO1000("--seed", "1", "--fault", "stuck-reset=1");
    CHECK_STATUS(r, 2);
    CHECK_RUN(r, run_count(r, "violations") == 0 && run_count(r, "leaks") == 0);
}

/* --- mistakes --- */

static struct run *mistaken(const char *mistake, const char *net)
{
    return PRO1000("--seed", "1", "--set", run_text_of("Test=%s", mistake), "--net", net);
}

static void check_lost(const struct run *r, size_t violations)
{
    CHECK_STATUS(r, 3);
    CHECK_RUN(r, run_count(r, "violations") == violations && run_count(r, "leaks") == 0);
    CHECK_STR(run_string(r, run_text_of("violations.%zu.rule", violations - 1)), "traffic");
    CHECK_RUN(r, run_number(r, "frames.lost") > 0 && run_number(r, "frames.corrupt") == 0);
}

TEST(a_driver_that_sends_only_the_first_buffer_loses_frames, "")
{
    check_lost(mistaken("FirstBuffer", "loopback"), 1);
    check_lost(mistaken("FirstBuffer", "gen:rate=100000,count=100"), 1);
    check_all(PRO1000("--seed", "1", "--set", "Test=FirstBuffer", "--buffers", "1"), 2000);
}

TEST(a_driver_that_writes_the_multicast_list_over_its_address_hears_nothing, "")
{
    struct run *r = mistaken("ListOverAddress", "loopback");
    check_lost(r, 2);
    CHECK_STR(run_string(r, "violations.0.rule"), "OID_802_3_MULTICAST_LIST");
    CHECK_RUN(r, run_number(r, "frames.lost") == 2000);
    check_all(PRO1000("--seed", "1", "--set", "Test=ListOverAddress", "--multicast", "none"), 2000);
}

TEST(a_run_ends_though_the_driver_keeps_its_receive_buffers, "")
{
    struct run *r = mistaken("KeepBuffers", "loopback");
    check_lost(r, 1);
    CHECK_RUN(r, run_number(r, "frames.received") == 63); /* the ring, less the unused one */
    r = mistaken("KeepBuffers", "gen:rate=100000,count=1000000");
    check_lost(r, 1);
    CHECK_RUN(r, run_number(r, "frames.received") == 63);
}

TEST(a_run_ends_though_the_driver_never_completes_a_send, "R-439")
{
    static const char *const nets[] = {"none", "loopback", "gen:rate=1000,count=10"};
    for (int i = 0; i < 3; i++) {
        struct run *r =
            PRO1000("--seed", "1", "--set", "Test=NeverComplete", "--net", nets[i], "--sends", "8");
        CHECK_STATUS(r, 4);
        CHECK_RUN(r, run_number(r, "bugcheck.code") == 0x7C);
        CHECK_STR(run_string(r, "bugcheck.parameters.0"), "0x27");
        CHECK_HAS(run_string(r, "bugcheck.text"), "returned and 8 packet");
        CHECK_STR(run_string(r, "violations.0.rule"), "NdisTimedDataSend");
        CHECK_RUN(r, run_number(r, "violations.0.count") == 8);
        CHECK_RUN(r, run_number(r, "frames.sent") == 0);
    }
}
