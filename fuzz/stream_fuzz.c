/* SPDX-License-Identifier: MIT */
/* stream_fuzz.c - a reader of frames on a stream, fed with any bytes in pieces of any length. */
/* fuzz: src/net/stream.c */
#include "net/stream.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct stream_reader reader;
    int end[2];
    if (size > 200000 || socketpair(AF_UNIX, SOCK_STREAM, 0, end))
        return 0;
    reader.at = reader.have = reader.skip = 0;
    size_t given = 0, seen = 0;
    int n = 0;
    while (n >= 0 && given <= size) {
        const uint8_t *frame;
        size_t len;
        while ((n = stream_next(&reader, &frame, &len)) == 1) {
            if (!len || len > WIRE_FRAME_MAX)
                abort();
            seen += STREAM_HEADER + len;
            /* Only what came is given out. */
            if (seen > given || frame < reader.bytes ||
                frame + len > reader.bytes + sizeof reader.bytes)
                abort();
        }
        if (n < 0 || given == size)
            break;
        /* The byte that comes next says how many come at once. */
        size_t piece = data[given] % 2 ? 1u + data[given] : 3000;
        if (piece > size - given)
            piece = size - given;
        if (send(end[0], data + given, piece, MSG_NOSIGNAL) != (ssize_t)piece)
            abort();
        given += piece;
        while ((n = stream_fill(&reader, end[1])) == -EAGAIN)
            ;
    }
    close(end[0]);
    close(end[1]);
    return 0;
}
