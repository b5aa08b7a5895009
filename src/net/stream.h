/* SPDX-License-Identifier: MIT */
/* stream.h - frames on a stream socket, each behind its length: 4 bytes, big endian.
 *
 * That is how QEMU's -netdev socket and -netdev stream put frames on a stream (QEMU documentation,
 * system/invocation; the longest that QEMU itself takes is 68 KiB). A reader trusts nothing: a
 * length beyond that is no length, and what follows it cannot be understood any more.
 *
 * Both directions are the caller's to keep to one thread at a time; the socket never blocks. */
#pragma once
#include "net/wire.h"

#define STREAM_HEADER  4
#define STREAM_LONGEST (4096 + 65536)

struct stream_reader {
    size_t at, have;  /* what has been read and not looked at: bytes[at] to bytes[have - 1] */
    size_t skip;      /* still to come of a frame that is too long for a wire */
    uint64_t skipped; /* such frames */
    uint8_t bytes[4 * WIRE_FRAME_MAX];
};

/* The next whole frame, valid until stream_fill(): 1. 0: more must be read first. -EBADMSG: this is
 * no stream of frames. Frames of length 0 are passed over. */
int stream_next(struct stream_reader *reader, const uint8_t **frame, size_t *len);
/* Reads what the socket has, as far as there is room: how many bytes; -EAGAIN: nothing now;
 * -EPIPE: the other end has closed it; or another -errno. After stream_next() has said 0. */
int stream_fill(struct stream_reader *reader, int fd);

/* What the socket did not take of a frame. Zero-initialise. */
struct stream_writer {
    size_t at, left;
    uint8_t bytes[STREAM_HEADER + WIRE_FRAME_MAX];
};

/* Sends on what is left of a frame: true when nothing is. An error of the socket counts as sent:
 * who reads from it finds out. */
bool stream_push(struct stream_writer *writer, int fd);
/* Sends a frame, as much of it as the socket takes; the writer keeps the rest. False: it still had
 * some of another, so this one was not taken. len: 1 to WIRE_FRAME_MAX. */
bool stream_put(struct stream_writer *writer, int fd, const void *frame, size_t len);
