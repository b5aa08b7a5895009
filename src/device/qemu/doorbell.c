/* SPDX-License-Identifier: MIT */
/* doorbell.c - the peer and server of QEMU's ivshmem-doorbell. */
#include "device/qemu/doorbell.h"
#include <errno.h>
#include <stddef.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROTOCOL_VERSION 0
#define OUR_ID           0
#define DEVICE_ID        1
#define SHARED_BYTES     4096 /* the device insists on shared memory */

/* One message of the server: a number, and perhaps a descriptor. */
static int tell(int server, int64_t value, int fd)
{
    char space[CMSG_SPACE(sizeof fd)];
    struct iovec iov = {&value, sizeof value};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd >= 0) {
        memset(space, 0, sizeof space);
        message.msg_control = space;
        message.msg_controllen = sizeof space;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    return sendmsg(server, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof value ? 0 : -errno;
}

static void on_ring(struct fd_watch *watch)
{
    struct doorbell *bell = (struct doorbell *)((char *)watch - offsetof(struct doorbell, watch));
    eventfd_t times;
    if (eventfd_read(watch->fd, &times) == 0)
        bell->all->rang(bell->all->ctx, (unsigned)(bell - bell->all->bell));
}

/* What the server says to a device that connects: who it is, the memory, and how to reach us. */
static int introduce(struct doorbells *d)
{
    int memory = memfd_create("qemu-doorbells", MFD_CLOEXEC);
    int err = memory < 0 || ftruncate(memory, SHARED_BYTES) ? -errno : 0;
    if (!err)
        err = tell(d->server, PROTOCOL_VERSION, -1);
    if (!err)
        err = tell(d->server, DEVICE_ID, -1);
    if (!err)
        err = tell(d->server, -1, memory);
    for (unsigned i = 0; !err && i < DOORBELLS; i++)
        err = tell(d->server, OUR_ID, d->bell[i].watch.fd);
    if (memory >= 0)
        close(memory);
    return err;
}

int doorbells_open(struct doorbells *d, int *qemu_fd)
{
    int pair[2], err = 0;
    d->server = -1;
    for (unsigned i = 0; i < DOORBELLS; i++) {
        int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        d->bell[i] = (struct doorbell){{.fd = fd, .ready = on_ring}, d};
        if (fd < 0)
            err = -errno;
    }
    if (!err && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        err = -errno;
    if (!err) {
        d->server = pair[0];
        err = introduce(d);
        if (err)
            close(pair[1]);
        else
            *qemu_fd = pair[1];
    }
    if (err)
        doorbells_close(d);
    return err;
}

bool doorbells_wait(struct doorbells *d, unsigned index, int ms)
{
    struct pollfd wanted = {.fd = d->bell[index].watch.fd, .events = POLLIN};
    eventfd_t times;
    return poll(&wanted, 1, ms) == 1 && eventfd_read(wanted.fd, &times) == 0;
}

int doorbells_listen(struct doorbells *d)
{
    for (unsigned i = 0; i < DOORBELLS; i++) {
        int err = fd_watch_add(&d->bell[i].watch);
        if (err)
            return err;
    }
    return 0;
}

void doorbells_close(struct doorbells *d)
{
    for (unsigned i = 0; i < DOORBELLS; i++)
        if (d->bell[i].watch.fd >= 0) {
            fd_watch_remove(&d->bell[i].watch);
            close(d->bell[i].watch.fd);
            d->bell[i].watch.fd = -1;
        }
    if (d->server >= 0)
        close(d->server);
    d->server = -1;
}
