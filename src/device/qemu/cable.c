/* SPDX-License-Identifier: MIT */
/* cable.c - frames between QEMU's card and a wire. */
#include "device/qemu/cable.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER 4

/* Sends on what the socket did not take of a frame. True when nothing is left. */
static bool push(struct cable *cable)
{
    while (cable->left) {
        ssize_t n = send(cable->out.fd, cable->to_card + cable->to_card_at, cable->left,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            cable->left = 0; /* QEMU has ended, which qtest reports */
        if (n <= 0)
            break;
        cable->to_card_at += (size_t)n;
        cable->left -= (size_t)n;
    }
    return cable->left == 0;
}

static void wait_for_room(struct cable *cable)
{
    if (!cable->blocked)
        cable->blocked = fd_watch_add(&cable->out) == 0;
}

static bool to_card(void *ctx, const void *frame, size_t len)
{
    struct cable *cable = ctx;
    if (!push(cable)) {
        wait_for_room(cable);
        return false;
    }
    uint32_t header = htonl((uint32_t)len);
    memcpy(cable->to_card, &header, HEADER);
    memcpy(cable->to_card + HEADER, frame, len);
    cable->to_card_at = 0;
    cable->left = HEADER + len;
    if (!push(cable))
        wait_for_room(cable); /* taken all the same */
    cable->passed(cable->ctx);
    return true;
}

static void on_room(struct fd_watch *watch)
{
    struct cable *cable = (struct cable *)((char *)watch - offsetof(struct cable, out));
    if (!push(cable))
        return;
    fd_watch_remove(watch);
    cable->blocked = false;
    wire_ready(cable->wire);
}

static void from_card(struct cable *cable)
{
    uint32_t header;
    size_t at = 0;
    while (cable->have - at >= HEADER) {
        memcpy(&header, cable->from_card + at, HEADER);
        size_t len = ntohl(header);
        if (len > WIRE_FRAME_MAX) { /* no card's */
            cable->have = at = 0;
            cable->wire->stats.dropped++;
            break;
        }
        if (cable->have - at - HEADER < len)
            break;
        wire_send(cable->wire, cable->from_card + at + HEADER, len);
        cable->passed(cable->ctx);
        at += HEADER + len;
    }
    cable->have -= at;
    memmove(cable->from_card, cable->from_card + at, cable->have);
}

static void on_frames(struct fd_watch *watch)
{
    struct cable *cable = (struct cable *)((char *)watch - offsetof(struct cable, in));
    for (;;) {
        ssize_t n = recv(cable->in.fd, cable->from_card + cable->have,
                         sizeof cable->from_card - cable->have, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            fd_watch_remove(&cable->in);
        if (n <= 0)
            return;
        cable->have += (size_t)n;
        from_card(cable);
    }
}

int cable_open(struct cable *cable, struct wire *wire, void (*link_changed)(void *card, bool up),
               int *qemu_fd)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return -errno;
    int again = dup(pair[0]);
    if (again < 0) {
        int err = -errno;
        close(pair[0]);
        close(pair[1]);
        return err;
    }
    cable->wire = wire;
    cable->in = (struct fd_watch){.fd = pair[0], .ready = on_frames};
    cable->out = (struct fd_watch){.fd = again, .writable = true, .ready = on_room};
    wire_attach(wire, cable, to_card, link_changed);
    *qemu_fd = pair[1];
    return 0;
}

int cable_listen(struct cable *cable)
{
    return fd_watch_add(&cable->in);
}

void cable_ready(struct cable *cable)
{
    wire_link(cable->wire, true);
    wire_ready(cable->wire);
}

void cable_close(struct cable *cable)
{
    fd_watch_remove(&cable->in);
    fd_watch_remove(&cable->out);
    close(cable->in.fd);
    close(cable->out.fd);
}
