/* SPDX-License-Identifier: MIT */
/* traffic_test.c - the steps of --traffic through real drivers; and how many frames are on the way.
 */
#include "tests/run.h"

#define ALL "dhcp,arp,ping=20,burst=400,jumbo=60,min=60,multicast,link,burst=50"

/* The step at `index` has that name, and passed. */
static void check_passed(const struct run *r, unsigned index, const char *step)
{
    CHECK_STR(run_string(r, run_text_of("traffic.%u.step", index)), step);
    if (strcmp(run_string(r, run_text_of("traffic.%u.result", index)), "passed"))
        run_fail(r, __FILE__, __LINE__, run_text_of("step %u has not passed", index));
}

static long long fact(const struct run *r, unsigned index, const char *name)
{
    return run_number(r, run_text_of("traffic.%u.%s", index, name));
}

static void check_all(const struct run *r)
{
    static const char *const steps[] = {"dhcp", "arp",       "ping", "burst", "jumbo",
                                        "min",  "multicast", "link", "burst"};
    CHECK_RUN(r, run_count(r, "traffic") == 9);
    for (unsigned i = 0; i < 9; i++)
        check_passed(r, i, steps[i]);
    CHECK_STR(run_string(r, "traffic.0.address"), "10.0.2.15");
    CHECK_STR(run_string(r, "traffic.0.gateway"), "10.0.2.2");
    CHECK_STR(run_string(r, "traffic.1.mac"), "52:55:0a:00:02:02");
    CHECK_RUN(r, fact(r, 2, "answered") == 20 && fact(r, 2, "lost") == 0);
    CHECK_RUN(r, fact(r, 2, "p50_ns") > 0 && fact(r, 2, "max_ns") >= fact(r, 2, "p50_ns"));
    CHECK_RUN(r, fact(r, 3, "out_arrived") == 400 && fact(r, 3, "in_arrived") == 400);
    CHECK_RUN(r, fact(r, 4, "mtu") == 9000 && fact(r, 4, "in_arrived") == 60);
    CHECK_RUN(r, fact(r, 5, "out_arrived") == 60 && fact(r, 5, "dirty_padding") == 0);
    CHECK_RUN(r, fact(r, 6, "in_arrived") == 16 && fact(r, 6, "directed_arrived") == 16);
    CHECK_RUN(r, fact(r, 6, "other_groups_arrived") < fact(r, 6, "other_groups"));
    CHECK_RUN(r, fact(r, 7, "down_ns") >= 0 && fact(r, 7, "up_ns") > 0);
    CHECK_RUN(r, run_number(r, "frames.lost") == 0 && run_number(r, "frames.corrupt") == 0);
}

TEST(every_step_of_traffic_passes_with_our_driver, "")
{
    const char *args[] = {"run",
                          run_driver("e1000e.inf"),
                          "--json",
                          "--net",
                          "user",
                          "--set",
                          "*JumboPacket=9014",
                          "--traffic",
                          ALL,
                          "--seed",
                          "11",
                          NULL};
    struct run *r = run_dirql(args);
    CHECK_CLEAN(r);
    check_all(r);
    CHECK_EQ(fact(r, 5, "unpadded"), 0); /* the model pads, as its driver has told it */
    struct run *again = run_dirql(args);
    CHECK_STR(again->out, r->out);
}

TEST(every_step_of_traffic_passes_with_our_driver_live, "")
{
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--net", "user", "--set",
                          "*JumboPacket=9014", "--traffic", ALL);
    CHECK_CLEAN(r);
    check_all(r);
}

TEST(every_step_of_traffic_passes_on_qemus_card, "")
{
    if (PROGRAM("qemu-system-x86_64", "--version")->status != 0)
        SKIP("no qemu-system-x86_64 (Debian package qemu-system-x86)");
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--device", "qemu:e1000e",
                          "--net", "user", "--set", "*JumboPacket=9014", "--traffic", ALL);
    CHECK_CLEAN(r);
    check_all(r);
}

/* An NDIS 5.1 driver, and a wire from which nothing comes: the probe is in the cable all the same.
 */
TEST(steps_of_traffic_pass_with_our_ndis_5_driver, "")
{
    struct run *r = DIRQL("run", run_driver("e1000e5.inf"), "--json", "--net", "none", "--traffic",
                          "burst=300,min,multicast,link,jumbo,arp,dhcp", "--seed", "3");
    CHECK_CLEAN(r);
    check_passed(r, 0, "burst");
    check_passed(r, 1, "min");
    check_passed(r, 2, "multicast");
    check_passed(r, 3, "link");
    CHECK_STR(run_string(r, "traffic.4.result"), "skipped");
    CHECK_HAS(run_string(r, "traffic.4.text"), "MTU is 1500");
    CHECK_STR(run_string(r, "traffic.5.result"), "skipped");
    CHECK_HAS(run_string(r, "traffic.5.text"), "no gateway is known");
    CHECK_STR(run_string(r, "traffic.6.result"), "inconclusive");
    CHECK_HAS(run_string(r, "traffic.6.text"), "nobody on this cable answers");
    CHECK_RUN(r, fact(r, 6, "asked") == 3 && fact(r, 6, "on_cable") == 3);
}

TEST(the_user_network_is_asked_without_being_told_to, "")
{
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--net", "user", "--seed", "1");
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->out, "\ntraffic:\n  dhcp       passed        10.0.2.15/24 from 10.0.2.2");
    CHECK_HAS(r->out, "\n  ping       passed        10.0.2.2: 10 sent, 10 answered, 0 lost; ");
    r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--net", "user", "--count", "20", "--seed",
              "1");
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_count(r, "traffic") == 0 && run_number(r, "wire.to") == 20);
}

/* faulty.sys says of every send that it worked, and moves no frame. */
TEST(a_driver_that_moves_no_frames_fails_every_step, "")
{
    struct run *r =
        DIRQL("run", run_driver("faulty.sys"), "--json", "--net", "user", "--traffic",
              "dhcp,address=10.0.2.15,gateway=10.0.2.2,arp,ping,burst=10,link", "--seed", "1");
    static const char *const said[] = {
        "3 of 3 questions were sent, says the driver, and never reached the cable",
        "no answer to 3 requests", "ARP requests for the gateway", "out: 10 lost",
        "did not indicate that the cable is out, though the card told it"};
    CHECK_STATUS(r, 3);
    CHECK_RUN(r, run_count(r, "traffic") == 5 && run_count(r, "violations") == 5);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_STR(run_string(r, run_text_of("traffic.%u.result", i)), "failed");
        CHECK_HAS(run_string(r, run_text_of("traffic.%u.text", i)), said[i]);
        CHECK_STR(run_string(r, run_text_of("violations.%u.rule", i)), "traffic");
    }
    CHECK_HAS(run_string(r, "traffic.3.text"), "its driver gives it no room");
}

TEST(what_a_fault_does_to_a_step_is_not_the_drivers, "")
{
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--net", "user", "--fault",
                          "surprise-remove=60", "--traffic", "burst=1000,dhcp", "--seed", "2");
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_count(r, "traffic") == 1);
    CHECK_STR(run_string(r, "traffic.0.result"), "inconclusive");
    CHECK_HAS(run_string(r, "traffic.0.text"), "(the run was ended)");
}

TEST(steps_of_traffic_end_with_the_time, "")
{
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--net", "none", "--time",
                          "0.5", "--traffic", "dhcp,burst", "--seed", "2");
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_count(r, "traffic") == 1);
    CHECK_STR(run_string(r, "traffic.0.result"), "inconclusive");
}

TEST(the_packet_filter_and_the_groups_are_the_users, "")
{
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--net", "none", "--filter",
                          "directed,broadcast", "--multicast", "none", "--traffic",
                          "multicast,burst=20", "--seed", "1");
    CHECK_CLEAN(r);
    CHECK_STR(run_string(r, "traffic.0.result"), "skipped");
    CHECK_HAS(run_string(r, "traffic.0.text"), "(--filter) has no multicast");
    check_passed(r, 1, "burst");
    r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--net", "none", "--filter",
              "directed,multicast,all-multicast", "--traffic", "multicast", "--seed", "1");
    CHECK_CLEAN(r);
    check_passed(r, 0, "multicast");
    CHECK_EQ(fact(r, 0, "other_groups_arrived"), fact(r, 0, "other_groups"));
}

TEST(what_the_driver_does_not_filter_by_is_said, "")
{
    struct run *r = DIRQL("run", run_driver("faulty.sys"), "--filter", "directed,all-multicast",
                          "--net", "none", "--count", "0", "--seed", "1");
    CHECK_STATUS(r, 0);
    CHECK_HAS(r->err, "of the packet filter 0x5 the driver took 0x1");
}

static void refused(const char *part, const char *option, const char *value)
{
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), option, value, "--count", "1");
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, part);
    CHECK(strchr(r->err, '\n') == r->err + strlen(r->err) - 1); /* one sentence */
}

TEST(bad_traffic_options_are_refused_in_one_sentence, "")
{
    refused("\"pong\" is no step; there are: ", "--traffic", "dhcp,pong");
    refused("burst=N says how many", "--traffic", "dhcp");
    refused("\"directed;multicast\" is none of", "--filter", "directed;multicast");
    refused("no group's address", "--multicast", "52:54:00:12:34:56");
    refused("outside 1 to 1000000", "--window", "0");
}

/* Ten frames that take 10 ms each come back one after the other, or all at once. */
TEST(the_window_is_what_may_be_on_the_way, "")
{
    static const char *const windows[][2] = {
        {"1", "; 0.10 s"}, {"5", "; 0.02 s"}, {"50", "; 0.01 s"}};
    for (int i = 0; i < 3; i++) {
        struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--net", "loopback:delay=10ms",
                              "--count", "10", "--window", windows[i][0], "--seed", "1");
        CHECK_STATUS(r, 0);
        CHECK_HAS(r->out, "frames: 10 sent, 10 received, 0 lost");
        CHECK_HAS(r->out, windows[i][1]);
    }
}

/* Frames that the filter need not let in are not lost, though the far end sent them. */
TEST(what_the_filter_keeps_out_is_not_lost, "")
{
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--net",
                          "gen:count=50,rate=max,dst=01:00:5e:01:02:03", "--seed", "1");
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_number(r, "wire.from") == 50 && run_number(r, "frames.lost") == 0);
    r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--net", "loopback", "--count", "50",
              "--filter", "none", "--seed", "1");
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_number(r, "frames.sent") == 50 && run_number(r, "frames.lost") == 0);
}

/* It never stops sending; the run does, and what was on its way then is not lost. */
TEST(a_run_with_a_time_ends_though_the_far_end_does_not, "")
{
    static const char *const modes[][2] = {{"--seed", "8"}, {"--cpus", "2"}};
    for (int i = 0; i < 2; i++) {
        struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--net", "gen:rate=20000",
                              "--time", "0.2", modes[i][0], modes[i][1]);
        CHECK_CLEAN(r);
        CHECK_RUN(r, run_number(r, "frames.received") > 100 && run_number(r, "frames.lost") == 0);
    }
}
