/* SPDX-License-Identifier: MIT */
/* stream.c - see stream.h. */
#include "net/stream.h"
#include "net/bytes.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

int stream_next(struct stream_reader *reader, const uint8_t **frame, size_t *len)
{
    for (;;) {
        size_t have = reader->have - reader->at;
        if (reader->skip) {
            size_t n = have < reader->skip ? have : reader->skip;
            reader->at += n;
            reader->skip -= n;
            if (reader->skip)
                return 0;
            continue;
        }
        if (have < STREAM_HEADER)
            return 0;
        size_t wanted = get32(reader->bytes + reader->at);
        if (wanted > STREAM_LONGEST)
            return -EBADMSG;
        if (wanted > WIRE_FRAME_MAX) {
            reader->skipped++;
            reader->skip = STREAM_HEADER + wanted;
            continue;
        }
        if (have - STREAM_HEADER < wanted)
            return 0;
        *frame = reader->bytes + reader->at + STREAM_HEADER;
        *len = wanted;
        reader->at += STREAM_HEADER + wanted;
        if (wanted)
            return 1;
    }
}

int stream_fill(struct stream_reader *reader, int fd)
{
    reader->have -= reader->at;
    memmove(reader->bytes, reader->bytes + reader->at, reader->have);
    reader->at = 0;
    ssize_t n;
    do
        n = recv(fd, reader->bytes + reader->have, sizeof reader->bytes - reader->have,
                 MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    reader->have += (size_t)n;
    return n ? (int)n : -EPIPE;
}

/* Sends the pieces: how many bytes, 0 if there is no room, -1 if there never will be. */
static ssize_t send_some(int fd, struct iovec *pieces, size_t count)
{
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
    ssize_t n;
    do
        n = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : n;
}

bool stream_push(struct stream_writer *writer, int fd)
{
    while (writer->left) {
        struct iovec piece = {writer->bytes + writer->at, writer->left};
        ssize_t n = send_some(fd, &piece, 1);
        if (n == 0)
            return false;
        if (n < 0)
            n = (ssize_t)writer->left;
        writer->at += (size_t)n;
        writer->left -= (size_t)n;
    }
    return true;
}

bool stream_put(struct stream_writer *writer, int fd, const void *frame, size_t len)
{
    if (!stream_push(writer, fd))
        return false;
    uint8_t header[STREAM_HEADER];
    put32(header, (uint32_t)len);
    struct iovec pieces[] = {{header, sizeof header}, {(void *)frame, len}};
    ssize_t n = send_some(fd, pieces, 2);
    size_t all = sizeof header + len;
    if (n < 0 || (size_t)n == all)
        return true;
    memcpy(writer->bytes, header, sizeof header);
    memcpy(writer->bytes + sizeof header, frame, len);
    writer->at = (size_t)n;
    writer->left = all - (size_t)n;
    return true;
}
