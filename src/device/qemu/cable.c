/* SPDX-License-Identifier: MIT */
/* cable.c - frames between QEMU's card and a wire. */
#include "device/qemu/cable.h"
#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

static void wait_for_room(struct cable *cable)
{
    if (!cable->blocked)
        cable->blocked = fd_watch_add(&cable->out) == 0;
}

static bool to_card(void *ctx, const void *frame, size_t len)
{
    struct cable *cable = ctx;
    bool taken = stream_put(&cable->to_card, cable->out.fd, frame, len);
    if (cable->to_card.left)
        wait_for_room(cable);
    if (taken)
        cable->passed(cable->ctx);
    return taken;
}

static void on_room(struct fd_watch *watch)
{
    struct cable *cable = (struct cable *)((char *)watch - offsetof(struct cable, out));
    if (!stream_push(&cable->to_card, watch->fd))
        return;
    fd_watch_remove(watch);
    cable->blocked = false;
    wire_ready(cable->wire);
}

static void on_frames(struct fd_watch *watch)
{
    struct cable *cable = (struct cable *)((char *)watch - offsetof(struct cable, in));
    const uint8_t *frame;
    size_t len;
    int n;
    do {
        while ((n = stream_next(&cable->from_card, &frame, &len)) == 1) {
            wire_send(cable->wire, frame, len);
            cable->passed(cable->ctx);
        }
        if (n == 0)
            n = stream_fill(&cable->from_card, watch->fd);
    } while (n > 0);
    wire_drop(cable->wire, cable->from_card.skipped); /* no wire's */
    cable->from_card.skipped = 0;
    if (n != -EAGAIN) /* QEMU has ended, which qtest reports */
        fd_watch_remove(watch);
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
