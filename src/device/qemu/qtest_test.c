/* SPDX-License-Identifier: MIT */
/* qtest_test.c - register accesses and interrupt lines, with a QEMU of our own at the other end:
 * 256 bytes of registers; writing to 0xf0 moves input 20 of the I/O APIC, to 0xf1 another. */
#include "device/qemu/qtest.h"
#include "tests/harness/test.h"
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
    int fd;
    uint8_t reg[256];
    const char *answer; /* instead of "OK\n" */
} other;

static struct {
    struct qtest q;
    pthread_t thread;
    unsigned moves, failures;
    bool up;
    char why[200];
} t;

static void say(const char *text)
{
    if (write(other.fd, text, strlen(text)) < 0)
        pthread_exit(NULL);
}

static void obey(const char *command)
{
    char verb[16], text[64];
    unsigned long long address = 0, value = 0;
    int n = sscanf(command, "%15s %llx %llx", verb, &address, &value);
    bool port = !strncmp(verb, "in", 2) || !strncmp(verb, "out", 3);
    size_t width = strcspn("bwlq", verb + strlen(verb) - 1), at = address & 0xff;
    width = 1u << width;
    if (other.answer) {
        say(other.answer);
        return;
    }
    if (n == 3) {
        memcpy(other.reg + at, &value, width);
        if (at == 0xf0 || at == 0xf1) {
            snprintf(text, sizeof text, "IRQ %s %d\n", value ? "raise" : "lower",
                     at == 0xf0 ? 20 : 9);
            say(text);
        }
        say("OK\n");
    } else if (n == 2) {
        memcpy(&value, other.reg + at, width);
        snprintf(text, sizeof text, port ? "OK 0x%04llx\n" : "OK 0x%016llx\n", value);
        say(text);
    } else {
        say("OK\n");
    }
}

/* Like QEMU it answers each command with a write of its own, and reads no further until that is
 * through. Not by stdio, whose lock would outlive the test. */
static void *run(void *unused)
{
    char text[128], *end;
    size_t have = 0;
    ssize_t n;
    while ((n = read(other.fd, text + have, sizeof text - 1 - have)) > 0) {
        have += (size_t)n;
        text[have] = 0;
        while ((end = strchr(text, '\n'))) {
            *end++ = 0;
            obey(text);
            have -= (size_t)(end - text);
            memmove(text, end, have + 1);
        }
    }
    return NULL;
}

static void on_line(void *ctx, bool up)
{
    t.moves++;
    t.up = up;
}

static void on_failure(void *ctx, const char *why)
{
    t.failures++;
    snprintf(t.why, sizeof t.why, "%s", why);
}

static void connect_both(void)
{
    int pair[2];
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    other.fd = pair[1];
    t.q.fd = pair[0];
    t.q.line = on_line;
    t.q.failed = on_failure;
    qtest_init(&t.q);
    CHECK(!pthread_create(&t.thread, NULL, run, NULL));
}

TEST(registers_of_every_width_are_read_and_written, "")
{
    connect_both();
    for (unsigned width = 1; width <= 8; width *= 2) {
        qtest_write(&t.q, QTEST_MEMORY, 0xc0000010, width, 0x8877665544332211ull);
        CHECK_EQ(qtest_read(&t.q, QTEST_MEMORY, 0xc0000010, width),
                 0x8877665544332211ull & (~0ull >> (64 - 8 * width)));
        if (width == 8)
            continue;
        qtest_write(&t.q, QTEST_PORT, 0xc020, width, 0x99aabbcc);
        CHECK_EQ(qtest_read(&t.q, QTEST_PORT, 0xc020, width),
                 0x99aabbccull & (~0ull >> (64 - 8 * width)));
    }
    CHECK_EQ(t.failures, 0);
}

TEST(a_write_waits_for_no_answer_and_a_read_sees_it, "")
{
    connect_both();
    for (unsigned i = 0; i < 10; i++)
        qtest_write(&t.q, QTEST_MEMORY, 0xc0000000, 4, i);
    CHECK_EQ(qtest_round_trips(&t.q), 0);
    CHECK_EQ(qtest_read(&t.q, QTEST_MEMORY, 0xc0000000, 4), 9);
    CHECK_EQ(qtest_round_trips(&t.q), 1);
}

TEST(a_write_to_a_port_waits_until_the_card_has_acted, "")
{
    connect_both();
    qtest_write(&t.q, QTEST_PORT, 0xc030, 4, 0x12345678);
    CHECK_EQ(qtest_round_trips(&t.q), 1);
    uint32_t there;
    memcpy(&there, other.reg + 0x30, sizeof there);
    CHECK_EQ(there, 0x12345678);
}

/* Each answer takes a buffer of the socket: unread, a few hundred fill it, and both ends would wait
 * for each other. */
TEST(thousands_of_writes_in_a_row_do_not_block, "")
{
    connect_both();
    for (unsigned i = 0; i < 20000; i++)
        qtest_write(&t.q, QTEST_MEMORY, 0xc0000000, 2, i);
    CHECK(qtest_flush(&t.q));
    CHECK_EQ(qtest_read(&t.q, QTEST_MEMORY, 0xc0000000, 2), 19999);
    CHECK_EQ(t.failures, 0);
}

TEST(what_a_write_does_to_a_line_that_is_up_is_known_when_it_returns, "R-366")
{
    connect_both();
    CHECK(qtest_intercept(&t.q, 20));
    qtest_write(&t.q, QTEST_MEMORY, 0xc00000f0, 1, 1);
    CHECK(qtest_flush(&t.q));
    CHECK(t.up);
    qtest_write(&t.q, QTEST_MEMORY, 0xc0000000, 4, 7);
    CHECK(t.up);
    qtest_write(&t.q, QTEST_MEMORY, 0xc00000f0, 1, 0);
    CHECK(!t.up);
    CHECK_EQ(t.moves, 2);
}

TEST(lines_of_other_devices_are_not_told, "")
{
    connect_both();
    CHECK(qtest_intercept(&t.q, 20));
    qtest_write(&t.q, QTEST_MEMORY, 0xc00000f1, 1, 1);
    CHECK(qtest_flush(&t.q));
    CHECK_EQ(t.moves, 0);
}

TEST(a_connection_that_ends_is_told_once_and_reads_all_ones, "")
{
    connect_both();
    shutdown(other.fd, SHUT_RDWR);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(qtest_read(&t.q, QTEST_MEMORY, 0xc0000000, 4), UINT64_MAX);
        qtest_write(&t.q, QTEST_MEMORY, 0xc0000000, 4, 1);
    }
    CHECK(!qtest_flush(&t.q));
    CHECK_EQ(t.failures, 1);
    CHECK_STR(t.why, "QEMU has ended");
}

TEST(an_answer_that_is_none_is_told_with_its_text, "")
{
    connect_both();
    other.answer = "FAIL Unknown command 'readx'\n";
    qtest_read(&t.q, QTEST_MEMORY, 0xc0000000, 4);
    CHECK_EQ(t.failures, 1);
    CHECK_HAS(t.why, "FAIL Unknown command 'readx'");
}
