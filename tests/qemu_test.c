/* SPDX-License-Identifier: MIT */
/* qemu_test.c - our drivers of the 82574L on QEMU's e1000e, and QEMU as a part that can fail. */
#include "tests/run.h"
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static void need_qemu(void)
{
    if (PROGRAM("qemu-system-x86_64", "--version")->status != 0)
        SKIP("no qemu-system-x86_64 (Debian package qemu-system-x86)");
}

#define CHECK_BOTH_WAYS(r, n)                                                                      \
    do {                                                                                           \
        CHECK_STATUS(r, 0);                                                                        \
        CHECK_RUN(r,                                                                               \
                  run_number(r, "frames.sent") == (n) && run_number(r, "frames.received") == (n)); \
        CHECK_RUN(r, run_number(r, "frames.corrupt") == 0 &&                                       \
                         run_number(r, "frames.duplicates") == 0);                                 \
        CHECK_RUN(r, run_count(r, "violations") == 0 && run_count(r, "leaks") == 0);               \
    } while (0)

static void frames_through(const char *inf, const char *interrupt, const char *bus, int messages)
{
    need_qemu();
    struct run *r = DIRQL("run", run_driver(inf), "--json", "--device", "qemu:e1000e",
                          "--interrupt", interrupt, "--count", "3000");
    CHECK_BOTH_WAYS(r, 3000);
    CHECK_RUN(r, !strcmp(run_string(r, "interrupt.bus"), bus));
    CHECK_RUN(r, run_number(r, "interrupt.messages") == messages);
    CHECK_RUN(r, run_sum(r, "messages", "isr") > 0 && run_sum(r, "messages", "dpc") > 0);
}

TEST(qemus_e1000e_with_a_line, "")
{
    frames_through("e1000e.inf", "line", "line", 0);
}

TEST(qemus_e1000e_with_an_msi_message, "")
{
    frames_through("e1000e.inf", "msi", "msi", 1);
}

TEST(qemus_e1000e_with_msix_messages, "")
{
    frames_through("e1000e.inf", "msix", "msix", 3);
}

TEST(qemus_e1000e_with_an_ndis_5_driver, "")
{
    frames_through("e1000e5.inf", "auto", "line", 0);
}

/* A new QEMU each time: starting, halting and ending leave nothing that the next one meets. */
TEST(qemus_e1000e_again_and_again, "")
{
    need_qemu();
    for (int i = 0; i < 20; i++) {
        struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--device", "qemu:e1000e",
                              "--count", "200", "--cpus", i % 2 ? "1" : "3");
        CHECK_BOTH_WAYS(r, 200);
    }
}

TEST(interrupts_that_qemus_card_loses_or_makes_up_are_survived, "")
{
    static const char *const faults[] = {"lost-interrupt=5%", "duplicate-interrupt=10%",
                                         "spurious-interrupt=20", "storm@2ms:20000:10ms",
                                         "stuck-interrupt@5ms:5ms"};
    static const char *const kinds[] = {"line", "msix"};
    need_qemu();
    for (int i = 0; i < 10; i++) {
        struct run *r =
            DIRQL("run", run_driver("e1000e.inf"), "--json", "--device", "qemu:e1000e",
                  "--interrupt", kinds[i % 2], "--fault", faults[i / 2], "--count", "1000");
        /* A line whose rise was lost is up, and rises no more, until the driver resets the card:
         * what it had to send then fails. */
        if (i == 0)
            CHECK_RUN(r, r->status == 0 &&
                             run_number(r, "frames.sent") + run_number(r, "frames.failed") == 1000);
        else
            CHECK_BOTH_WAYS(r, 1000);
    }
}

TEST(qemus_cable_and_qemus_card_can_be_pulled, "")
{
    need_qemu();
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--device", "qemu:e1000e",
                          "--fault", "link-flap@5ms:20ms", "--count", "20000");
    CHECK_STATUS(r, 0);
    /* What is in the ring when the link goes is the driver's to fail or to send later. */
    CHECK_RUN(r, run_number(r, "frames.sent") + run_number(r, "frames.failed") == 20000);
    r = DIRQL("run", run_driver("e1000e.inf"), "--json", "--device", "qemu:e1000e", "--fault",
              "surprise-remove=500", "--count", "20000");
    CHECK_STATUS(r, 0);
    CHECK_RUN(r, run_number(r, "frames.sent") < 20000);
}

static void refused(const char *part, const char *device, const char *option, const char *value)
{
    struct run *r = DIRQL("run", run_driver("e1000e.inf"), "--device", device, option, value);
    CHECK_STATUS(r, 1);
    CHECK_RUN(r, !*r->out);
    CHECK_HAS(r->err, part);
    CHECK(strchr(r->err, '\n') == r->err + strlen(r->err) - 1); /* one sentence */
}

TEST(what_qemu_cannot_do_is_said_before_the_driver_runs, "")
{
    need_qemu();
    refused("'nosuch' is not a valid device model name", "qemu:nosuch", "--count", "1");
    refused("Property 'e1000e.nosuch' not found", "qemu:e1000e,nosuch=1", "--count", "1");
    refused("Property 'edu.netdev' not found", "qemu:edu", "--count", "1");
    refused("mac= takes six bytes", "qemu:e1000e,mac=1:2", "--count", "1");
    refused("cannot be used with --seed", "qemu:e1000e", "--seed", "1");
    refused("dma-error would have to happen inside QEMU's card", "qemu:e1000e", "--fault",
            "dma-error=1");
    refused("qemu:NAME", "qemu", "--count", "1");
}

TEST(a_missing_qemu_is_said_with_its_package, "")
{
    struct run *r = PROGRAM("env", "PATH=/nowhere", run_binary(), "run", run_driver("e1000e.inf"),
                            "--device", "qemu:e1000e");
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, "cannot start qemu-system-x86_64: No such file or directory");
    CHECK_HAS(r->err, "qemu-system-x86");
}

/* The one child of dirql. */
static pid_t qemu_of(struct run_child *c)
{
    char *children =
        run_read(run_text_of("/proc/%d/task/%d/children", run_pid(c), run_pid(c)), NULL);
    CHECK(*children);
    return atoi(children);
}

/* Gone, or a zombie that nobody has waited for. The kernel kills it as soon as dirql has ended. */
static bool is_over(pid_t pid)
{
    for (int i = 0; i < 200; i++) {
        char text[64] = "";
        int fd = open(run_text_of("/proc/%d/cmdline", pid), O_RDONLY);
        ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text);
        if (fd >= 0)
            close(fd);
        if (n <= 0)
            return true;
        usleep(10000);
    }
    return false;
}

static void qemu_gets(int sig, const char *words)
{
    need_qemu();
    struct run_child *c = DIRQL_START(true, "run", run_driver("e1000e.inf"), "--device",
                                      "qemu:e1000e", "--time", "1000");
    run_await(c, "sent [1-9]");
    pid_t qemu = qemu_of(c);
    CHECK(!kill(qemu, sig));
    struct run *r = run_finish(c);
    CHECK_STATUS(r, 1);
    CHECK_HAS(r->err, words);
    CHECK_RUN(r, !strstr(r->out, "violation") && !strstr(r->out, "bug check"));
    CHECK(is_over(qemu)); /* it does not outlive dirql */
}

TEST(a_qemu_that_dies_is_no_fault_of_the_driver, "")
{
    qemu_gets(SIGKILL, "qemu:e1000e: QEMU has ended");
}

TEST(a_qemu_that_hangs_is_no_fault_of_the_driver, "")
{
    qemu_gets(SIGSTOP, "qemu:e1000e: QEMU has not answered for 5 seconds");
}
