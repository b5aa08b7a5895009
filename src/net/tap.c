/* SPDX-License-Identifier: MIT */
/* tap.c - a Linux network interface at the other end of the wire (Linux: networking/tuntap).
 *
 *     tap:NAME
 *
 * Attaches to the tap interface NAME, making it if it does not exist and we may. Addresses and "up"
 * are the user's to set. Its carrier follows the card's link. What Linux sends waits in the
 * interface's own queue until the card has room; what the card sends and the queue cannot take is
 * dropped and counted, as an interface does. Real time only. */
#include "net/tap.h"
#include "net/feed.h"
#include "net/wire_type.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct tap {
    struct wire wire;
    struct feed feed;
    struct fd_watch watch;
    bool watching;
    size_t len; /* of the frame in buffer, 0 = none */
    uint8_t buffer[WIRE_FRAME_MAX];
};

static void tap_readable(struct fd_watch *watch)
{
    struct tap *tap = (struct tap *)((char *)watch - offsetof(struct tap, watch));
    /* Readable says so again and again: silent until the queue has been emptied. Device thread, as
     * all of these. */
    fd_watch_remove(&tap->watch);
    tap->watching = false;
    feed_kick(&tap->feed);
}

static bool tap_peek(struct feed *feed, struct feed_frame *frame)
{
    struct tap *tap = (struct tap *)feed->wire;
    while (!tap->len) {
        ssize_t n = read(tap->watch.fd, tap->buffer, sizeof tap->buffer);
        if (n > 0) {
            tap->len = (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else {
            /* EAGAIN: empty. Anything else (EIO: the interface is down) changes when the interface
             * does. */
            if (!tap->watching)
                tap->watching = fd_watch_add(&tap->watch) == 0;
            return false;
        }
    }
    *frame = (struct feed_frame){tap->buffer, tap->len, 0};
    return true;
}

static void tap_take(struct feed *feed)
{
    ((struct tap *)feed->wire)->len = 0;
}

static void tap_send(struct wire *wire, const void *frame, size_t len)
{
    struct tap *tap = (struct tap *)wire;
    ssize_t n;
    do
        n = write(tap->watch.fd, frame, len);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)len)
        wire_drop(wire, 1);
}

static void tap_ready(struct wire *wire)
{
    feed_ready(&((struct tap *)wire)->feed);
}

static void tap_link(struct wire *wire, bool up)
{
    int carrier = up;
    /* Older kernels lack it (before 5.0): then the interface always has a carrier. */
    ioctl(((struct tap *)wire)->watch.fd, TUNSETCARRIER, &carrier);
    if (up)
        tap_ready(wire);
}

static void tap_close(struct wire *wire)
{
    struct tap *tap = (struct tap *)wire;
    feed_stop(&tap->feed);
    if (tap->watching)
        fd_watch_remove(&tap->watch);
    if (tap->watch.fd >= 0)
        close(tap->watch.fd);
    free(tap);
}

static const struct wire_ops tap_ops = {
    .name = "tap", .send = tap_send, .ready = tap_ready, .link = tap_link, .close = tap_close};

int tap_attach(const char *name, char *err, size_t err_len)
{
    size_t len = strlen(name);
    if (len == 0 || len >= IFNAMSIZ || strpbrk(name, "/%, :")) {
        snprintf(err, err_len, "tap:%s: write tap:NAME, an interface name of 1 to %d characters",
                 name, IFNAMSIZ - 1);
        return -1;
    }
    if (host_deterministic()) {
        snprintf(err, err_len,
                 "tap:%s: a network interface lives in real time and cannot be used with --seed",
                 name);
        return -1;
    }
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        snprintf(err, err_len, "tap:%s: cannot open /dev/net/tun: %s%s", name, strerror(errno),
                 errno == ENOENT ? " (is the tun module loaded?)" : "");
        return -1;
    }
    struct ifreq request = {0};
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    memcpy(request.ifr_name, name, strlen(name));
    if (ioctl(fd, TUNSETIFF, &request) == 0)
        return fd;
    if (errno == EPERM || errno == EACCES)
        snprintf(err, err_len,
                 "tap:%s: no permission; run as root, or make it first: "
                 "ip tuntap add dev %s mode tap user $USER",
                 name, name);
    else if (errno == EBUSY)
        snprintf(err, err_len, "tap:%s: another program is attached to it", name);
    else if (errno == EINVAL)
        snprintf(err, err_len, "tap:%s: it exists and is no tap interface", name);
    else
        snprintf(err, err_len, "tap:%s: %s", name, strerror(errno));
    close(fd);
    return -1;
}

static struct wire *tap_open(const char *args, char *err, size_t err_len)
{
    struct tap *tap = calloc(1, sizeof *tap);
    if (!tap) {
        snprintf(err, err_len, "tap:%s: out of memory", args);
        return NULL;
    }
    tap->wire.ops = &tap_ops;
    tap->wire.live = true;
    tap->feed = (struct feed){.wire = &tap->wire, .peek = tap_peek, .take = tap_take};
    tap->watch.ready = tap_readable;
    tap->watch.fd = tap_attach(args, err, err_len);
    if (tap->watch.fd < 0) {
        free(tap);
        return NULL;
    }
    return &tap->wire;
}

WIRE_TYPE(tap, .name = "tap", .syntax = "tap:NAME", .description = "a Linux network interface", .live = true,
          .open = tap_open);
