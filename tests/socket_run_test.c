/* SPDX-License-Identifier: MIT */
/* socket_run_test.c - two drivers on one cable, and a driver on a cable to QEMU. */
#include "tests/run.h"
#include <signal.h>
#include <sys/types.h>

/* Two dirqls on a path: who comes first is waited for. */
TEST(two_drivers_exchange_frames_on_one_cable, "")
{
    const char *net = run_text_of("socket:unix=%s", run_file("cable"));
    struct run_child *first = DIRQL_START(false, "run", run_driver("e1000e.inf"), "--json", "--net",
                                          net, "--count", "700");
    run_await(first, "nobody has connected to");
    struct run *b = DIRQL("run", run_driver("e1000e5.inf"), "--json", "--net", net, "--count",
                          "900", "--device", "model:82574l,mac=52:54:00:00:00:22");
    struct run *a = run_finish(first);
    CHECK_CLEAN(a);
    CHECK_CLEAN(b);
    CHECK_RUN(a, run_number(a, "frames.sent") == 700 && run_number(a, "frames.received") == 900);
    CHECK_RUN(b, run_number(b, "frames.sent") == 900 && run_number(b, "frames.received") == 700);
    CHECK_RUN(a, run_number(a, "frames.lost") == 0 && run_number(a, "wire.dropped") == 0);
    CHECK_RUN(b, run_number(b, "frames.lost") == 0 && run_number(b, "wire.dropped") == 0);
}

TEST(one_driver_pings_another, "")
{
    const char *net = run_text_of("socket:unix=%s", run_file("cable"));
    struct run_child *first = DIRQL_START(false, "run", run_driver("e1000e.inf"), "--json", "--net",
                                          net, "--device", "model:82574l,mac=52:54:00:00:00:11",
                                          "--traffic", "address=10.0.0.1,answer=60s");
    run_await(first, "nobody has connected to");
    struct run *b = DIRQL("run", run_driver("e1000e5.inf"), "--json", "--net", net, "--traffic",
                          "address=10.0.0.2,gateway=10.0.0.1,arp,ping=25");
    struct run *a = run_finish(first);
    CHECK_CLEAN(a);
    CHECK_CLEAN(b);
    CHECK_STR(run_string(b, "traffic.0.mac"), "52:54:00:00:00:11");
    CHECK_RUN(b, run_number(b, "traffic.1.answered") == 25);
    CHECK_STR(run_string(a, "traffic.0.step"), "answer"); /* until the far end went */
    CHECK_RUN(a, run_number(a, "traffic.0.arps") >= 1 && run_number(a, "traffic.0.pings") == 25);
}

/* QEMU as a switch: its hub between a socket and its own user network. No card, no guest. */
TEST(a_driver_gets_its_address_from_a_network_that_qemu_runs, "")
{
    if (PROGRAM("qemu-system-x86_64", "--version")->status != 0)
        SKIP("no qemu-system-x86_64 (Debian package qemu-system-x86)");
    const char *path = run_file("cable");
    struct run_child *dirql =
        DIRQL_START(false, "run", run_driver("e1000e.inf"), "--json", "--net",
                    run_text_of("socket:unix=%s", path), "--traffic", "dhcp,arp,ping=10,burst=50");
    run_await(dirql, "nobody has connected to");
    struct run_child *qemu =
        PROGRAM_START("qemu-system-x86_64", "-machine", "none", "-nodefaults", "-display", "none",
                      "-netdev", "user,id=u", "-netdev", "hubport,id=a,hubid=0,netdev=u", "-netdev",
                      run_text_of("stream,id=s,server=off,addr.type=unix,addr.path=%s", path),
                      "-netdev", "hubport,id=b,hubid=0,netdev=s");
    struct run *r = run_finish(dirql);
    kill(run_pid(qemu), SIGTERM);
    CHECK_CLEAN(r);
    CHECK_STR(run_string(r, "traffic.0.address"), "10.0.2.15");
    for (int i = 0; i < 4; i++)
        CHECK_STR(run_string(r, run_text_of("traffic.%d.result", i)), "passed");
    CHECK_RUN(r, run_number(r, "traffic.2.answered") == 10);
}

static void ends(struct run *r, int status, const char *part)
{
    CHECK_STATUS(r, status);
    CHECK_HAS(r->err, part);
    CHECK(strchr(r->err, '\n') == r->err + strlen(r->err) - 1);
}

TEST(a_cable_that_cannot_be_is_one_clear_error, "")
{
    ends(DIRQL("run", run_driver("e1000e.inf"), "--net", "socket:connect=127.0.0.1:1"), 1,
         "cannot connect to 127.0.0.1:1: Connection refused (nobody listens there)");
    ends(DIRQL("run", run_driver("e1000e.inf"), "--net", "socket:listen=0", "--seed", "1"), 1,
         "cannot be used with --seed");
}

/* Ctrl-C while nobody has come: the driver is halted as always. */
TEST(waiting_for_the_other_end_can_be_interrupted, "")
{
    struct run_child *c =
        DIRQL_START(false, "run", run_driver("e1000e.inf"), "--json", "--net", "socket:listen=0");
    run_await(c, "nobody has connected to port [0-9]+ yet");
    kill(run_pid(c), SIGINT);
    struct run *r = run_finish(c);
    CHECK_CLEAN(r);
    CHECK_RUN(r, json_is_true(run_at(r, "interrupted")));
}
