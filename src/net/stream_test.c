/* SPDX-License-Identifier: MIT */
#include "net/bytes.h"
#include "net/stream.h"
#include "tests/harness/test.h"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static int end[2];

static void make_socket(void)
{
    int small = 1; /* the kernel makes a few KiB of it: less than a long frame */
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, end));
    CHECK(!setsockopt(end[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small));
}

static size_t length_of(unsigned i)
{
    return i % 7 ? 14 + i * 37 % 1501 : WIRE_FRAME_MAX;
}

TEST(frames_pass_a_stream_whole_however_little_it_takes_at_once, "")
{
    static struct stream_writer writer;
    static struct stream_reader reader;
    static uint8_t frame[WIRE_FRAME_MAX];
    unsigned sent = 0, got = 0, refused = 0;
    make_socket();
    while (got < 500) {
        memset(frame, (int)sent, sizeof frame);
        if (sent < 500 && stream_put(&writer, end[0], frame, length_of(sent)))
            sent++;
        else
            refused++;
        const uint8_t *in;
        size_t len;
        int n;
        while ((n = stream_next(&reader, &in, &len)) == 1) {
            CHECK_EQ(len, length_of(got));
            for (size_t i = 0; i < len; i++)
                CHECK_EQ(in[i], (uint8_t)got);
            got++;
        }
        CHECK_EQ(n, 0);
        n = stream_fill(&reader, end[1]);
        CHECK(n > 0 || n == -EAGAIN);
        if (n == -EAGAIN && sent == 500 && got < 500)
            stream_push(&writer, end[0]);
    }
    CHECK(refused > 0); /* the hard case was met */
    CHECK(stream_push(&writer, end[0]));
    close(end[0]);
    CHECK_EQ(stream_fill(&reader, end[1]), -EPIPE);
}

static struct stream_reader reader;

/* Bytes for the reader, as if they had been read. */
static void feed(const void *bytes, size_t n)
{
    CHECK(reader.have + n <= sizeof reader.bytes);
    memcpy(reader.bytes + reader.have, bytes, n);
    reader.have += n;
}

static void feed_length(uint32_t len)
{
    uint8_t header[STREAM_HEADER];
    put32(header, len);
    feed(header, sizeof header);
}

TEST(a_reader_passes_over_frames_that_are_empty_or_too_long_for_a_wire, "")
{
    static uint8_t filler[STREAM_LONGEST];
    const uint8_t *in;
    size_t len;
    feed_length(0);
    feed_length(STREAM_LONGEST);
    for (size_t left = STREAM_LONGEST, n; left; left -= n) {
        n = left < 50000 ? left : 50000;
        feed(filler, n);
        CHECK_EQ(stream_next(&reader, &in, &len), 0);
        CHECK_EQ(reader.at, reader.have);
        reader.at = reader.have = 0; /* as stream_fill() makes room */
    }
    CHECK_EQ(reader.skipped, 1);
    feed_length(3);
    feed("abc", 3);
    CHECK_EQ(stream_next(&reader, &in, &len), 1);
    CHECK(len == 3 && !memcmp(in, "abc", 3));
}

TEST(a_length_that_no_frame_has_ends_a_stream, "")
{
    const uint8_t *in;
    size_t len;
    feed("GET / HTTP/1.1\r\n", 16);
    CHECK_EQ(stream_next(&reader, &in, &len), -EBADMSG);
    CHECK_EQ(stream_next(&reader, &in, &len), -EBADMSG);
}
