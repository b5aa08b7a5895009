/* SPDX-License-Identifier: MIT */
/* socket.c - one cable between two programs: another dirql's card, or a QEMU guest's.
 *
 *     socket:listen=[HOST:]PORT     waits for the other end (port 0: any that is free)
 *     socket:connect=HOST:PORT      the other end waits
 *     socket:unix=PATH              whoever comes first waits, the other connects
 *
 * HOST defaults to this machine's loopback address; [ADDR] for IPv6. Frames are framed as by QEMU
 * (stream.h): its -netdev socket,listen= or connect= is the other end, and -netdev stream for a
 * path.
 *
 * While there is nobody at the other end the link is down. When it goes, whoever listens takes the
 * next one that comes; whoever connected is finished. What the card sends waits in a ring until the
 * socket takes it; what arrives stays in the socket while the card has no room, so that the other
 * end waits. Real time only. All but socket_send() runs on the device thread. */
#include "net/options.h"
#include "net/ring.h"
#include "net/stream.h"
#include "net/wire_type.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define RING_BYTES  (4u << 20)
#define CONNECT_MS  10000
#define FRAME_LEAST 14

struct socket_wire {
    struct wire wire;
    struct feed feed;
    struct frame_ring ring; /* from the card */
    struct alarm flush;
    struct fd_watch listener; /* fd -1: we connected */
    bool listening;           /* the listener is watched */
    struct fd_watch in, out;  /* two descriptors of one socket; -1: nobody there */
    bool in_watched, out_watched;
    bool had_peer;
    const uint8_t *frame; /* the next one, in the reader; NULL: to be read */
    size_t len;
    char path[sizeof((struct sockaddr_un *)0)->sun_path]; /* ours to remove */
    struct stream_reader reader;
    struct stream_writer writer;
};

static struct socket_wire *of_wire(struct wire *wire)
{
    return (struct socket_wire *)wire;
}

static void watch(struct fd_watch *w, bool *watched, bool on)
{
    if (on && !*watched)
        *watched = fd_watch_add(w) == 0;
    else if (!on && *watched) {
        fd_watch_remove(w);
        *watched = false;
    }
}

/* --- somebody comes and goes --- */

/* Takes over fd, a connected socket. False: no descriptors left. */
static bool join(struct socket_wire *s, int fd)
{
    int again = fcntl(fd, F_DUPFD_CLOEXEC, 0), yes = 1;
    if (again < 0) {
        close(fd);
        return false;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* fails on a path: no matter */
    s->in.fd = fd;
    s->out.fd = again;
    s->had_peer = true;
    s->frame = NULL;
    s->reader.at = s->reader.have = s->reader.skip = 0;
    s->writer.left = 0;
    return true;
}

static void leave(struct socket_wire *s)
{
    watch(&s->in, &s->in_watched, false);
    watch(&s->out, &s->out_watched, false);
    close(s->in.fd);
    close(s->out.fd);
    s->in.fd = s->out.fd = -1;
    if (s->listener.fd >= 0)
        watch(&s->listener, &s->listening, true);
    wire_far_end(&s->wire, false);
    alarm_set(&s->flush, host_now()); /* what waits in the ring goes nowhere now */
}

static void on_somebody(struct fd_watch *w)
{
    struct socket_wire *s =
        (struct socket_wire *)((char *)w - offsetof(struct socket_wire, listener));
    int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 || !join(s, fd))
        return;
    watch(&s->listener, &s->listening, false); /* one cable, two ends */
    watch(&s->in, &s->in_watched, true);
    wire_far_end(&s->wire, true);
}

/* --- to the card --- */

static void on_readable(struct fd_watch *w)
{
    struct socket_wire *s = (struct socket_wire *)((char *)w - offsetof(struct socket_wire, in));
    /* Silent until all has been read: it would say so again and again. */
    watch(&s->in, &s->in_watched, false);
    feed_kick(&s->feed);
}

static bool socket_peek(struct feed *feed, struct feed_frame *frame)
{
    struct socket_wire *s = of_wire(feed->wire);
    while (!s->frame && s->in.fd >= 0) {
        int n = stream_next(&s->reader, &s->frame, &s->len);
        wire_drop(&s->wire, s->reader.skipped);
        s->reader.skipped = 0;
        if (n == 1 && s->len < FRAME_LEAST) {
            wire_drop(&s->wire, 1);
            s->frame = NULL;
        } else if (n == 0) {
            n = stream_fill(&s->reader, s->in.fd);
        }
        if (n == -EAGAIN) {
            watch(&s->in, &s->in_watched, true);
            return false;
        }
        if (n == -EBADMSG)
            fprintf(stderr,
                    "dirql: socket: what the other end sends are no frames as QEMU's -netdev "
                    "socket sends them; it is cut off\n");
        if (n < 0)
            leave(s);
    }
    if (s->frame)
        *frame = (struct feed_frame){s->frame, s->len, 0};
    return s->frame;
}

static void socket_take(struct feed *feed)
{
    of_wire(feed->wire)->frame = NULL;
}

/* --- from the card --- */

static void flush(struct alarm *alarm)
{
    struct socket_wire *s =
        (struct socket_wire *)((char *)alarm - offsetof(struct socket_wire, flush));
    struct feed_frame frame;
    while (frame_ring_head(&s->ring, &frame)) {
        if (s->out.fd < 0)
            wire_drop(&s->wire, 1);
        else if (!stream_put(&s->writer, s->out.fd, frame.data, frame.len))
            break;
        frame_ring_drop(&s->ring);
    }
    if (s->out.fd >= 0 && s->writer.left)
        watch(&s->out, &s->out_watched, true);
}

static void on_room(struct fd_watch *w)
{
    struct socket_wire *s = (struct socket_wire *)((char *)w - offsetof(struct socket_wire, out));
    if (!stream_push(&s->writer, w->fd))
        return;
    watch(&s->out, &s->out_watched, false);
    flush(&s->flush);
}

static void socket_send(struct wire *wire, const void *frame, size_t len)
{
    struct socket_wire *s = of_wire(wire);
    if (frame_ring_put(&s->ring, frame, len, 0))
        alarm_set(&s->flush, host_now());
    else
        wire_drop(wire, 1);
}

/* --- the wire --- */

static void socket_ready(struct wire *wire)
{
    feed_ready(&of_wire(wire)->feed);
}

static void socket_link(struct wire *wire, bool up)
{
    if (up)
        socket_ready(wire);
}

static bool socket_finished(const struct wire *wire)
{
    return ((const struct socket_wire *)wire)->had_peer && wire->down;
}

static void socket_close(struct wire *wire)
{
    struct socket_wire *s = of_wire(wire);
    struct feed_frame frame;
    feed_stop(&s->feed);
    alarm_cancel(&s->flush);
    watch(&s->listener, &s->listening, false);
    watch(&s->in, &s->in_watched, false);
    watch(&s->out, &s->out_watched, false);
    /* What the card sent last, as far as the socket takes it. */
    while (s->out.fd >= 0 && frame_ring_head(&s->ring, &frame) &&
           stream_put(&s->writer, s->out.fd, frame.data, frame.len))
        frame_ring_drop(&s->ring);
    if (s->in.fd >= 0) {
        close(s->in.fd);
        close(s->out.fd);
    }
    if (s->listener.fd >= 0)
        close(s->listener.fd);
    if (s->path[0])
        unlink(s->path);
    frame_ring_fini(&s->ring);
    free(s);
}

static const struct wire_ops socket_ops = {.name = "socket",
                                           .send = socket_send,
                                           .ready = socket_ready,
                                           .link = socket_link,
                                           .finished = socket_finished,
                                           .close = socket_close};

/* --- opening --- */

/* 0 once it is connected, else -errno. */
static int connect_within(int fd, const struct sockaddr *to, socklen_t len)
{
    int e = connect(fd, to, len) ? errno : 0;
    if (e != EINPROGRESS)
        return -e;
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int n;
    do
        n = poll(&wait, 1, CONNECT_MS);
    while (n < 0 && errno == EINTR);
    socklen_t room = sizeof e;
    if (n <= 0)
        return n ? -errno : -ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &room) ? -errno : -e;
}

/* "[HOST:]PORT", "[ADDR]:PORT". False if it is nothing of the kind. */
static bool split(const char *text, char host[256], char port[8])
{
    const char *colon = strrchr(text, ':'), *end = colon ? colon : text;
    const char *number = colon ? colon + 1 : text;
    if (*text == '[' && colon && colon[-1] == ']') {
        text++;
        end--;
    }
    char *last;
    unsigned long n = strtoul(number, &last, 10);
    if (end - text > 255 || *number < '0' || *number > '9' || *last || n > 65535)
        return false;
    snprintf(host, 256, "%.*s", (int)(end - text), text);
    snprintf(port, 8, "%lu", n);
    return true;
}

static void name_listener(struct socket_wire *s, const char *host)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    char port[8] = "?";
    if (!getsockname(s->listener.fd, (struct sockaddr *)&at, &len))
        getnameinfo((struct sockaddr *)&at, len, NULL, 0, port, sizeof port, NI_NUMERICSERV);
    snprintf(s->wire.missing, sizeof s->wire.missing, "nobody has connected to port %s%s%.60s yet",
             port, *host ? " of " : "", host);
}

/* Opens a TCP socket, listening or connected. False and a sentence. */
static bool open_tcp(struct socket_wire *s, const char *place, bool listens, char *err,
                     size_t err_len)
{
    char host[256], port[8];
    const char *key = listens ? "listen" : "connect";
    if (!split(place, host, port)) {
        snprintf(err, err_len, "socket: %s=%s: write %s", key, place,
                 listens ? "[HOST:]PORT" : "HOST:PORT");
        return false;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *list = NULL;
    int e = getaddrinfo(*host ? host : "127.0.0.1", port, &hints, &list);
    if (e) {
        snprintf(err, err_len, "socket: %s=%s: %s", key, place, gai_strerror(e));
        return false;
    }
    e = -EADDRNOTAVAIL;
    for (struct addrinfo *at = list; at && e; at = at->ai_next) {
        int yes = 1;
        int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0) {
            e = -errno;
        } else if (!listens) {
            e = connect_within(fd, at->ai_addr, at->ai_addrlen);
            if (!e && !join(s, fd))
                e = -EMFILE;
            else if (e)
                close(fd);
        } else {
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
            e = bind(fd, at->ai_addr, at->ai_addrlen) || listen(fd, 1) ? -errno : 0;
            if (e)
                close(fd);
            else
                s->listener.fd = fd;
        }
    }
    freeaddrinfo(list);
    if (e)
        snprintf(err, err_len, "socket: cannot %s %s: %s%s", listens ? "listen on" : "connect to",
                 place, strerror(-e), e == -ECONNREFUSED ? " (nobody listens there)" : "");
    else if (listens)
        name_listener(s, host);
    return !e;
}

/* A path on which nobody listens any more is left over from somebody who crashed. */
static void remove_leftover(const char *path)
{
    struct stat st;
    if (!lstat(path, &st) && S_ISSOCK(st.st_mode))
        unlink(path);
}

static bool open_unix(struct socket_wire *s, const char *path, char *err, size_t err_len)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int e = -ENAMETOOLONG;
    if (strlen(path) < sizeof at.sun_path) {
        memcpy(at.sun_path, path, strlen(path) + 1);
        /* Twice: another one may be about to listen there while we look. */
        for (int tries = 0; tries < 2 && e; tries++) {
            int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            e = fd < 0 ? -errno : connect_within(fd, (struct sockaddr *)&at, sizeof at);
            if (!e) {
                if (!join(s, fd))
                    e = -EMFILE;
                break;
            }
            if (e == -ECONNREFUSED)
                remove_leftover(path);
            else if (e != -ENOENT) {
                close(fd);
                break;
            }
            e = bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 1) ? -errno : 0;
            if (e) {
                close(fd);
                if (e != -EADDRINUSE)
                    break;
            } else {
                s->listener.fd = fd;
                memcpy(s->path, at.sun_path, sizeof s->path);
                snprintf(s->wire.missing, sizeof s->wire.missing,
                         "nobody has connected to %.90s yet", path);
            }
        }
    }
    if (e)
        snprintf(err, err_len, "socket: unix=%s: %s", path, strerror(-e));
    return !e;
}

static bool open_place(struct socket_wire *s, const char *args, char *err, size_t err_len)
{
    char listens[300] = "", connects[300] = "", path[300] = "";
    const struct option options[] = {
        {"listen", OPTION_TEXT, listens, .text_room = sizeof listens},
        {"connect", OPTION_TEXT, connects, .text_room = sizeof connects},
        {"unix", OPTION_TEXT, path, .text_room = sizeof path},
    };
    if (!options_parse("socket", args, options, 3, err, err_len))
        return false;
    if (!!*listens + !!*connects + !!*path != 1) {
        snprintf(err, err_len,
                 "socket: write one of socket:listen=[HOST:]PORT, "
                 "socket:connect=HOST:PORT and socket:unix=PATH");
        return false;
    }
    if (host_deterministic()) {
        snprintf(err, err_len,
                 "socket: the other end lives in real time and cannot be used with "
                 "--seed");
        return false;
    }
    return *path ? open_unix(s, path, err, err_len)
                 : open_tcp(s, *listens ? listens : connects, *listens, err, err_len);
}

static struct wire *socket_open(const char *args, char *err, size_t err_len)
{
    struct socket_wire *s = calloc(1, sizeof *s);
    if (!s || !frame_ring_init(&s->ring, RING_BYTES)) {
        snprintf(err, err_len, "socket: out of memory");
        free(s);
        return NULL;
    }
    s->wire.ops = &socket_ops;
    s->wire.live = true;
    s->feed = (struct feed){.wire = &s->wire, .peek = socket_peek, .take = socket_take};
    s->flush = (struct alarm){.fire = flush};
    s->listener = (struct fd_watch){.fd = -1, .ready = on_somebody};
    s->in = (struct fd_watch){.fd = -1, .ready = on_readable};
    s->out = (struct fd_watch){.fd = -1, .writable = true, .ready = on_room};
    if (!open_place(s, args, err, err_len)) {
        socket_close(&s->wire);
        return NULL;
    }
    s->wire.down = s->in.fd < 0;
    if (s->wire.down)
        watch(&s->listener, &s->listening, true);
    else
        watch(&s->in, &s->in_watched, true);
    return &s->wire;
}

WIRE_TYPE(socket, .name = "socket",
          .syntax = "socket:listen=[HOST:]PORT|connect=HOST:PORT|unix=PATH",
          .description = "another dirql's card or a QEMU guest's", .live = true, .open = socket_open);
