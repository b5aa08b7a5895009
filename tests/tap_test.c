/* SPDX-License-Identifier: MIT */
/* tap_test.c - the Windows driver as a Linux network interface: ping and iperf3 through it.
 *
 * The test is a network namespace with the near interface; another process is a second one, with
 * the far end of the cable. Both, and the interfaces with them, are gone when the test is. */
#include "tests/run.h"
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static const char *far_pid;

static void new_namespace(void)
{
    if (unshare(CLONE_NEWNET))
        SKIP("no right to make a network namespace (root)");
}

/* A process that is nothing but a network namespace. */
static void make_far(void)
{
    int ready[2];
    char byte;
    CHECK(!pipe2(ready, O_CLOEXEC));
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWNET) || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    CHECK(read(ready[0], &byte, 1) == 1);
    far_pid = run_text_of("%d", pid);
}

static void must(struct run *r)
{
    CHECK_STATUS(r, 0);
}

#define NEAR(...) PROGRAM(__VA_ARGS__)
#define FAR(...)  PROGRAM("nsenter", "-t", far_pid, "-n", __VA_ARGS__)

/* dirql, with both ends of its cable up and addressed: 10.9.0.1 near, 10.9.0.2 far. */
static struct run_child *start_driver(const char *kind)
{
    if (access("/dev/net/tun", R_OK | W_OK))
        SKIP("no /dev/net/tun");
    if (PROGRAM("ip", "-V")->status == 127)
        SKIP("no ip (Debian package iproute2)");
    new_namespace();
    make_far();
    struct run_child *c =
        DIRQL_START(true, "run", run_driver("e1000e.inf"), "--json", "--interrupt", kind, "--net",
                    "tap:near,far", "--time", "1000");
    run_await(c, "frames/s"); /* the driver is up, and so are the interfaces */
    must(NEAR("ip", "link", "set", "far", "netns", far_pid));
    must(NEAR("ip", "addr", "add", "10.9.0.1/24", "dev", "near"));
    must(NEAR("ip", "link", "set", "near", "up"));
    must(FAR("ip", "addr", "add", "10.9.0.2/24", "dev", "far"));
    must(FAR("ip", "link", "set", "far", "up"));
    return c;
}

static struct run *stop_driver(struct run_child *c)
{
    kill(run_pid(c), SIGINT);
    struct run *r = run_finish(c);
    CHECK_CLEAN(r);
    CHECK_RUN(r, run_number(r, "frames.sent") > 0 && run_number(r, "frames.received") > 0);
    return r;
}

TEST(ping_goes_through_the_driver_both_ways, "")
{
    struct run_child *c = start_driver("msix");
    if (NEAR("ping", "-V")->status == 127) {
        stop_driver(c);
        SKIP("no ping (Debian package iputils-ping)");
    }
    /* -c with -w: ends after that many answers. */
    must(NEAR("ping", "-n", "-c", "5", "-i", "0.05", "-w", "20", "10.9.0.2"));
    must(FAR("ping", "-n", "-c", "5", "-i", "0.05", "-w", "20", "10.9.0.1"));
    /* Large ones, in fragments. */
    must(NEAR("ping", "-n", "-c", "2", "-i", "0.05", "-w", "20", "-s", "4000", "10.9.0.2"));
    struct run *r = stop_driver(c);
    CHECK_RUN(r, run_number(r, "frames.sent") >= 12 && run_number(r, "frames.received") >= 12);
    CHECK_RUN(r, run_sum(r, "messages", "isr") > 0 && run_sum(r, "messages", "spurious") == 0);
}

/* One second of TCP; the direction is the client's to choose. */
static void iperf3(const char *kind, const char *direction)
{
    if (PROGRAM("iperf3", "--version")->status == 127)
        SKIP("no iperf3");
    struct run_child *c = start_driver(kind);
    struct run_child *server =
        PROGRAM_START("nsenter", "-t", far_pid, "-n", "iperf3", "-s", "-1", "--forceflush");
    run_await(server, "Server listening");
    struct run *client = NEAR("iperf3", "-c", "10.9.0.2", "-J", "-t", "1", direction);
    CHECK_STATUS(client, 0);
    CHECK_RUN(client, run_number(client, "end.sum_received.bytes") > 100000);
    must(run_finish(server));
    struct run *r = stop_driver(c);
    CHECK_RUN(r, run_sum(r, "messages", "isr") > 0);
    CHECK_RUN(r, run_number(r, "frames.failed") == 0);
}

TEST(iperf3_sends_through_the_driver, "")
{
    iperf3("msix", "--no-delay");
}

TEST(iperf3_receives_through_the_driver, "")
{
    iperf3("msix", "--reverse");
}

TEST(iperf3_works_on_a_line, "")
{
    iperf3("line", "--no-delay");
}

TEST(a_tap_cannot_be_deterministic, "")
{
    new_namespace();
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--net", "tap:near", "--seed", "1");
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "tap");
    CHECK_STR(strchr(r->err, '\n'), "\n");
}
