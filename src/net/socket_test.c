/* SPDX-License-Identifier: MIT */
/* socket_test.c - two wires on one socket, and one against a program that speaks it by hand. Live.
 */
#include "net/bytes.h"
#include "net/card_test.h"
#include "net/stream.h"
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct card here, there;
static char path[64];
static const char *unix_spec(void)
{
    static char spec[80];
    snprintf(path, sizeof path, "/tmp/dirql-socket-%d", (int)getpid());
    snprintf(spec, sizeof spec, "socket:unix=%s", path);
    return spec;
}

/* "nobody has connected to port 40001 yet" */
static unsigned port_of(const struct wire *wire)
{
    const char *at = strstr(wire->missing, "port ");
    CHECK(at);
    return (unsigned)strtoul(at + 5, NULL, 10);
}

static void both_ways(void)
{
    wire_link(here.wire, true);
    wire_link(there.wire, true);
    uint64_t before = here.frames;
    for (uint64_t i = 0; i < 3000; i++) {
        card_send(&here, i, 60 + i % 1400);
        card_send(&there, i, i % 50 ? 60 + i % 1000 : WIRE_FRAME_MAX);
    }
    CARD_WAIT(there.ledger.received == 3000);
    CARD_WAIT(here.ledger.received == 3000);
    CHECK_EQ(here.frames - before, 3000);
    CHECK_EQ(here.ledger.corrupt + here.ledger.duplicates + here.ledger.reordered, 0);
    CHECK_EQ(there.ledger.corrupt + there.ledger.duplicates + there.ledger.reordered, 0);
    CHECK_EQ(here.wire->stats.dropped + there.wire->stats.dropped, 0);
}

static void over_tcp(void *unused)
{
    char spec[64];
    card_open(&here, "socket:listen=0", UINT64_MAX);
    CHECK(here.cut && here.wire->down);
    snprintf(spec, sizeof spec, "socket:connect=localhost:%u", port_of(here.wire));
    card_open(&there, spec, UINT64_MAX);
    CHECK(!there.cut && there.link_changes == 0);
    CARD_WAIT(!here.cut);
    both_ways();

    /* It goes: the link is down, and what is sent goes nowhere. Then another one comes. */
    CHECK(!wire_finished(here.wire));
    wire_close(there.wire);
    CARD_WAIT(here.cut);
    CHECK(wire_finished(here.wire));
    card_send(&here, 0, 60);
    CARD_WAIT(here.wire->stats.dropped);
    memset(&there, 0, sizeof there);
    memset(&here.ledger, 0, sizeof here.ledger);
    here.wire->stats.dropped = 0;
    card_open(&there, spec, UINT64_MAX);
    CARD_WAIT(!here.cut);
    CHECK(!wire_finished(here.wire));
    both_ways();

    /* Who listened goes: who connected has nothing to wait for. */
    wire_close(here.wire);
    CARD_WAIT(there.cut);
    CHECK(wire_finished(there.wire));
    wire_close(there.wire);
}

TEST(two_wires_are_one_cable_over_tcp, "")
{
    card_machine(over_tcp, false);
}

static void over_a_path(void *unused)
{
    struct stat st;
    card_open(&here, unix_spec(), UINT64_MAX);
    CHECK_HAS(here.wire->missing, path);
    CHECK(here.cut && !stat(path, &st));
    card_open(&there, unix_spec(), UINT64_MAX);
    CHECK(!there.cut);
    CARD_WAIT(!here.cut);
    both_ways();
    wire_close(there.wire);
    wire_close(here.wire);
    CHECK(stat(path, &st)); /* no leftover */
}

TEST(two_wires_are_one_cable_over_a_path, "")
{
    card_machine(over_a_path, false);
}

static int plain_socket(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    unix_spec();
    strcpy(at.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(fd >= 0 && !bind(fd, (struct sockaddr *)&at, sizeof at) && !listen(fd, 1));
    return fd;
}

static void after_a_crash(void *unused)
{
    close(plain_socket()); /* closed, and the path is still there */
    card_open(&here, unix_spec(), UINT64_MAX);
    CHECK(here.cut);
    wire_close(here.wire);
}

TEST(a_path_left_by_somebody_who_crashed_is_taken_over, "")
{
    card_machine(after_a_crash, false);
}

static void full_card(void *unused)
{
    int listener = plain_socket();
    card_open(&here, unix_spec(), 3);
    int fd = accept(listener, NULL, NULL);
    wire_link(here.wire, true);
    uint8_t message[STREAM_HEADER + 60] = {0, 0, 0, 60};
    for (unsigned i = 0; i < 10; i++) {
        message[STREAM_HEADER] = (uint8_t)i;
        CHECK_EQ(send(fd, message, sizeof message, 0), sizeof message);
    }
    CARD_WAIT(here.refused);
    CHECK_EQ(here.frames, 3);
    here.room = UINT64_MAX;
    wire_ready(here.wire);
    CARD_WAIT(here.frames == 10);
    CHECK_EQ(here.last[0], 9);
    CHECK_EQ(here.refused, 1);

    /* What the card sends has its length in front. */
    uint8_t in[100];
    card_send(&here, 1, 90);
    CHECK_EQ(recv(fd, in, STREAM_HEADER + 90, MSG_WAITALL), STREAM_HEADER + 90);
    CHECK_EQ(get32(in), 90);
    CHECK(frame_check(in + STREAM_HEADER, 90, NULL));

    /* A stranger is cut off, and that is the cable's end. */
    CHECK_EQ(send(fd, "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
    CARD_WAIT(here.cut);
    CHECK_EQ(here.frames, 10);
    CHECK_EQ(recv(fd, in, 1, 0), 0);
    wire_close(here.wire);
    unlink(path);
}

TEST(a_full_card_leaves_frames_in_the_socket_and_a_stranger_is_cut_off, "")
{
    card_machine(full_card, false);
}

static void bad(void *unused)
{
    char taken[64];
    CHECK_HAS(card_refusal("socket"), "write one of socket:listen=");
    CHECK_HAS(card_refusal("socket:listen=1,connect=localhost:2"), "write one of");
    CHECK_HAS(card_refusal("socket:port=1"), "there are: listen, connect, unix");
    CHECK_HAS(card_refusal("socket:listen=abc"), "write [HOST:]PORT");
    CHECK_HAS(card_refusal("socket:connect=host:99999"), "write HOST:PORT");
    CHECK_HAS(card_refusal("socket:unix=/nonexistent/x"), "/nonexistent/x: No such file");
    card_open(&here, "socket:listen=127.0.0.1:0", 1);
    snprintf(taken, sizeof taken, "socket:listen=%u", port_of(here.wire));
    CHECK_HAS(card_refusal(taken), "cannot listen on");
    unsigned port = port_of(here.wire);
    wire_close(here.wire);
    snprintf(taken, sizeof taken, "socket:connect=127.0.0.1:%u", port);
    CHECK_HAS(card_refusal(taken), "nobody listens there");
}

TEST(a_bad_socket_is_refused_in_one_sentence, "")
{
    card_machine(bad, false);
}

static void with_seed(void *unused)
{
    CHECK_HAS(card_refusal("socket:listen=0"), "--seed");
}

TEST(a_socket_cannot_be_deterministic, "")
{
    card_machine(with_seed, true);
}
