/* SPDX-License-Identifier: MIT */
/* user.c - QEMU's user network: a small network with a gateway, a DHCP server and a name server,
 * behind which the host's network lies, without any privilege (libslirp, the library that QEMU
 * uses).
 *
 *     user:[KEY=VALUE,...]           keys and defaults as QEMU's -netdev user has them
 *     net=ADDR[/LEN]                 the network (default 10.0.2.0/24)
 *     host=ADDR, dns=ADDR, dhcpstart=ADDR   the gateway (10.0.2.2), the name server (.3), the first
 *                                    address that DHCP gives (.15)
 *     restrict=on|off                nothing leaves this network, and DHCP names no router (default
 *                                    off)
 *     hostfwd=tcp|udp:[ADDR]:PORT-[ADDR]:PORT   a port of the host goes to one of the card's
 *                                    addresses; may be given several times
 *     hostname=NAME                  what DHCP calls the card's machine
 *     ipv6=on|off                    fec0::/64 too (default on)
 *
 * The library must not be entered by two threads: it runs on the device thread only. What the card
 * sends waits in one ring until an alarm hands it over, what the library sends in another until the
 * card has room. Its sockets are watched through an epoll descriptor of their own, which is one
 * descriptor to the device thread.
 *
 * With --seed, time is the machine's and nothing of the host is touched: the network is restricted
 * to what the library answers itself (ARP, DHCP, ping of the gateway), without IPv6 (whose
 * advertisements come at random times), and the same seed gives the same frames. */
#include "net/frame.h"
#include "net/options.h"
#include "net/ring.h"
#include "net/wire_type.h"
#include <arpa/inet.h>
#include <errno.h>
#include <slirp/libslirp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define RING_BYTES (4u << 20)
#define BATCH      64   /* frames to the library before other alarms get their turn */
#define IDLE_MS    1000 /* the library's answer to "how long may I sleep" if it waits for nothing */

struct user_socket {
    int fd;
    int wanted, seen; /* SLIRP_POLL_... */
};

struct user {
    struct wire wire;
    struct feed feed;
    struct frame_ring from_card, to_card;
    struct alarm work;
    Slirp *slirp;
    int epoll; /* -1 with a seed */
    struct fd_watch watch;
    struct user_socket *sockets; /* those that the library waits for */
    size_t count, room;
};

/* --- what the library asks of us --- */

static ssize_t cb_send(const void *frame, size_t len, void *opaque)
{
    struct user *u = opaque;
    uint8_t padded[FRAME_MIN] = {0};
    size_t given = len;
    if (len < FRAME_MIN) { /* the library leaves that to us */
        memcpy(padded, frame, len);
        frame = padded;
        len = FRAME_MIN;
    }
    if (frame_ring_put(&u->to_card, frame, len, 0))
        feed_kick(&u->feed);
    else
        wire_drop(&u->wire, 1);
    return (ssize_t)given;
}

static int64_t cb_now(void *opaque)
{
    return (int64_t)host_now();
}

struct user_timer {
    struct alarm alarm;
    SlirpTimerCb call;
    void *with;
};

static void timer_fire(struct alarm *alarm)
{
    struct user_timer *timer = (struct user_timer *)alarm;
    timer->call(timer->with);
}

static void *cb_timer_new(SlirpTimerCb call, void *with, void *opaque)
{
    struct user_timer *timer = calloc(1, sizeof *timer);
    if (!timer)
        abort(); /* as the library itself does without memory */
    *timer = (struct user_timer){.alarm.fire = timer_fire, .call = call, .with = with};
    return timer;
}

static void cb_timer_free(void *timer, void *opaque)
{
    alarm_cancel(&((struct user_timer *)timer)->alarm);
    free(timer);
}

static void cb_timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
    alarm_set(&((struct user_timer *)timer)->alarm, (uint64_t)expire_ms * 1000000u);
}

static void cb_guest_error(const char *message, void *opaque)
{
    /* What the card sent made no sense to it: it is free to ignore that. */
}

static void cb_register(int fd, void *opaque)
{
}

static void cb_notify(void *opaque)
{
    alarm_set(&((struct user *)opaque)->work, host_now());
}

static const SlirpCb callbacks = {
    .send_packet = cb_send,
    .guest_error = cb_guest_error,
    .clock_get_ns = cb_now,
    .timer_new = cb_timer_new,
    .timer_free = cb_timer_free,
    .timer_mod = cb_timer_mod,
    .register_poll_fd = cb_register,
    .unregister_poll_fd = cb_register,
    .notify = cb_notify,
};

/* --- its sockets --- */

static int add_socket(int fd, int events, void *opaque)
{
    struct user *u = opaque;
    if (u->count == u->room) {
        size_t room = u->room ? 2 * u->room : 16;
        struct user_socket *more = realloc(u->sockets, room * sizeof *more);
        if (!more)
            abort();
        u->sockets = more;
        u->room = room;
    }
    u->sockets[u->count] = (struct user_socket){fd, events, 0};
    return (int)u->count++;
}

static int seen_on_socket(int index, void *opaque)
{
    return ((struct user *)opaque)->sockets[index].seen;
}

static int seen_nothing(int index, void *opaque)
{
    return 0;
}

/* Both name the same five events, each in its own bits. */
static const struct {
    int slirp;
    uint32_t epoll;
} events[] = {{SLIRP_POLL_IN, EPOLLIN},
              {SLIRP_POLL_OUT, EPOLLOUT},
              {SLIRP_POLL_PRI, EPOLLPRI},
              {SLIRP_POLL_ERR, EPOLLERR},
              {SLIRP_POLL_HUP, EPOLLHUP}};
#define EVENTS (sizeof events / sizeof events[0])

static void watch_socket(const struct user *u, size_t index)
{
    struct epoll_event event = {.data.u64 = index};
    for (size_t i = 0; i < EVENTS; i++)
        if (u->sockets[index].wanted & events[i].slirp)
            event.events |= events[i].epoll;
    int fd = u->sockets[index].fd;
    /* A socket that was closed is out of the set by itself, and its number may be another's now. */
    if (epoll_ctl(u->epoll, EPOLL_CTL_MOD, fd, &event) && errno == ENOENT)
        epoll_ctl(u->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Asks the library what it waits for, and for how long. */
static void wait_again(struct user *u)
{
    uint32_t ms = UINT32_MAX;
    size_t before = u->count;
    int old[before + 1];
    for (size_t i = 0; i < before; i++)
        old[i] = u->sockets[i].fd;
    u->count = 0;
    slirp_pollfds_fill(u->slirp, &ms, add_socket, u);
    for (size_t i = 0; u->epoll >= 0 && i < before; i++) {
        bool still = false;
        for (size_t j = 0; j < u->count && !still; j++)
            still = u->sockets[j].fd == old[i];
        if (!still)
            epoll_ctl(u->epoll, EPOLL_CTL_DEL, old[i], NULL);
    }
    for (size_t i = 0; u->epoll >= 0 && i < u->count; i++)
        watch_socket(u, i);
    /* With a seed nothing of it expires but what it will never send; a machine at rest stays so. */
    if (ms < IDLE_MS || u->epoll >= 0)
        alarm_set(&u->work, host_now() + (uint64_t)ms * 1000000u);
}

static void on_sockets(struct fd_watch *watch)
{
    struct user *u = (struct user *)((char *)watch - offsetof(struct user, watch));
    struct epoll_event ready[32];
    int n = epoll_wait(u->epoll, ready, 32, 0);
    for (int i = 0; i < n; i++)
        for (size_t e = 0; e < EVENTS; e++)
            if (ready[i].events & events[e].epoll && ready[i].data.u64 < u->count)
                u->sockets[ready[i].data.u64].seen |= events[e].slirp;
    slirp_pollfds_poll(u->slirp, n < 0, seen_on_socket, u);
    wait_again(u);
}

/* --- frames --- */

/* Frames from the card, and what is due by now. */
static void work(struct alarm *alarm)
{
    struct user *u = (struct user *)((char *)alarm - offsetof(struct user, work));
    struct feed_frame frame;
    unsigned n;
    slirp_pollfds_poll(u->slirp, 0, seen_nothing, u); /* it looks at its clock only here */
    for (n = 0; n < BATCH && frame_ring_head(&u->from_card, &frame); n++) {
        slirp_input(u->slirp, frame.data, (int)frame.len);
        frame_ring_drop(&u->from_card);
    }
    if (n)
        slirp_pollfds_poll(u->slirp, 0, seen_nothing, u); /* sends what waited for an address */
    wait_again(u);
    if (n == BATCH)
        alarm_set(&u->work, host_now());
}

/* The library takes every frame as its own. On a real network the gateway sees only those to itself
 * (52:55 or, by IPv6, 52:56, then bytes of its IP address) and to all; test frames are nobody's. */
static bool for_gateway(const uint8_t *frame, size_t len)
{
    struct frame_info info;
    if (len < 14 || !(frame[0] & 1 || (frame[0] == 0x52 && (frame[1] == 0x55 || frame[1] == 0x56))))
        return false;
    frame_check(frame, len, &info);
    return !info.ours;
}

static void user_send(struct wire *wire, const void *frame, size_t len)
{
    struct user *u = (struct user *)wire;
    if (!for_gateway(frame, len))
        return;
    if (frame_ring_put(&u->from_card, frame, len, 0))
        alarm_set(&u->work, host_now());
    else
        wire_drop(wire, 1);
}

static bool user_peek(struct feed *feed, struct feed_frame *frame)
{
    return frame_ring_head(&((struct user *)feed->wire)->to_card, frame);
}

static void user_take(struct feed *feed)
{
    frame_ring_drop(&((struct user *)feed->wire)->to_card);
}

static void user_ready(struct wire *wire)
{
    feed_ready(&((struct user *)wire)->feed);
}

static void user_link(struct wire *wire, bool up)
{
    if (up)
        user_ready(wire);
}

/* It answers, and has little to say by itself. */
static bool user_finished(const struct wire *wire)
{
    struct feed_frame frame;
    return !frame_ring_head((struct frame_ring *)&((const struct user *)wire)->to_card, &frame);
}

static void user_close(struct wire *wire)
{
    struct user *u = (struct user *)wire;
    feed_stop(&u->feed);
    alarm_cancel(&u->work);
    if (u->epoll >= 0) {
        fd_watch_remove(&u->watch);
        close(u->epoll);
    }
    if (u->slirp)
        slirp_cleanup(u->slirp);
    frame_ring_fini(&u->from_card);
    frame_ring_fini(&u->to_card);
    free(u->sockets);
    free(u);
}

static const struct wire_ops user_ops = {.name = "user",
                                         .send = user_send,
                                         .ready = user_ready,
                                         .link = user_link,
                                         .finished = user_finished,
                                         .close = user_close};

/* --- opening --- */

struct user_options {
    char net[24], hostname[64];
    uint32_t host, dns, dhcp;
    bool restricted, ipv6;
    struct option_list forward;
};

static bool parse_net(const char *text, uint32_t *net, uint32_t *mask)
{
    char address[24];
    unsigned bits = 24;
    int end = 0;
    struct in_addr in;
    size_t n = strcspn(text, "/");
    snprintf(address, sizeof address, "%.*s", (int)n, text);
    if (text[n] && (sscanf(text + n, "/%2u%n", &bits, &end) != 1 || text[n + (size_t)end]))
        return false;
    if (bits < 8 || bits > 27 || inet_pton(AF_INET, address, &in) != 1)
        return false;
    *mask = ~0u << (32 - bits);
    *net = ntohl(in.s_addr) & *mask;
    return true;
}

/* "tcp::8080-:80", "udp:127.0.0.1:53-10.0.2.15:53". */
static bool parse_forward(const char *text, bool *udp, struct in_addr *from, int *from_port,
                          struct in_addr *to, int *to_port)
{
    char protocol[4], here[16] = "", there[16] = "";
    const char *dash = strchr(text, '-'), *colon = strchr(text, ':'), *port;
    if (!dash || !colon || colon > dash || colon - text > 3)
        return false;
    snprintf(protocol, sizeof protocol, "%.*s", (int)(colon - text), text);
    *udp = !strcmp(protocol, "udp");
    if (!*udp && *protocol && strcmp(protocol, "tcp"))
        return false;
    port = strchr(colon + 1, ':');
    const char *far_port = strchr(dash, ':');
    if (!port || port > dash || port - colon > 16 || !far_port || far_port - dash > 16)
        return false;
    snprintf(here, sizeof here, "%.*s", (int)(port - colon - 1), colon + 1);
    snprintf(there, sizeof there, "%.*s", (int)(far_port - dash - 1), dash + 1);
    char *end, *far_end;
    long a = strtol(port + 1, &end, 10), b = strtol(far_port + 1, &far_end, 10);
    if (end != dash || *far_end || a < 1 || a > 65535 || b < 1 || b > 65535)
        return false;
    *from_port = (int)a;
    *to_port = (int)b;
    from->s_addr = to->s_addr = 0; /* every address of the host; the first that DHCP gives */
    return (!*here || inet_pton(AF_INET, here, from) == 1) &&
           (!*there || inet_pton(AF_INET, there, to) == 1);
}

static bool add_forwards(struct user *u, const struct option_list *list, char *err, size_t err_len)
{
    for (size_t i = 0; i < list->count; i++) {
        struct in_addr from, to;
        int from_port, to_port;
        bool udp;
        if (!parse_forward(list->text[i], &udp, &from, &from_port, &to, &to_port)) {
            snprintf(err, err_len, "user: hostfwd=%s: write tcp|udp:[ADDR]:PORT-[ADDR]:PORT",
                     list->text[i]);
            return false;
        }
        if (slirp_add_hostfwd(u->slirp, udp, from, from_port, to, to_port)) {
            snprintf(err, err_len, "user: hostfwd=%s: %s", list->text[i],
                     errno ? strerror(errno) : "the port cannot be used");
            return false;
        }
    }
    return true;
}

static bool check_addresses(const struct user_options *o, uint32_t net, uint32_t mask, char *err,
                            size_t err_len)
{
    const struct {
        const char *key;
        uint32_t value;
    } inside[] = {{"host", o->host}, {"dns", o->dns}, {"dhcpstart", o->dhcp}};
    for (unsigned i = 0; i < 3; i++)
        if ((inside[i].value & mask) != net) {
            snprintf(err, err_len, "user: %s= lies outside the network", inside[i].key);
            return false;
        }
    if (o->host == o->dns) {
        snprintf(err, err_len, "user: host= and dns= are the same address");
        return false;
    }
    return true;
}

static bool start(struct user *u, struct user_options *o, char *err, size_t err_len)
{
    uint32_t net, mask;
    bool seed = host_deterministic();
    if (!parse_net(o->net, &net, &mask)) {
        snprintf(err, err_len, "user: net=%s: write ADDR or ADDR/LEN, with LEN 8 to 27", o->net);
        return false;
    }
    if (seed && o->forward.count) {
        snprintf(err, err_len, "user: hostfwd= brings real time in and cannot be used with --seed");
        return false;
    }
    o->host = o->host ? o->host : net | (0x0202 & ~mask);
    o->dns = o->dns ? o->dns : net | (0x0203 & ~mask);
    o->dhcp = o->dhcp ? o->dhcp : net | (0x020f & ~mask);
    if (!check_addresses(o, net, mask, err, err_len))
        return false;
    SlirpConfig config = {
        .version = 3,
        .restricted = o->restricted || seed,
        .disable_dns = seed,
        .in_enabled = true,
        .vnetwork.s_addr = htonl(net),
        .vnetmask.s_addr = htonl(mask),
        .vhost.s_addr = htonl(o->host),
        .vdhcp_start.s_addr = htonl(o->dhcp),
        .vnameserver.s_addr = htonl(o->dns),
        .in6_enabled = o->ipv6 && !seed,
        .vprefix_len = 64,
        .vhostname = *o->hostname ? o->hostname : NULL,
    };
    inet_pton(AF_INET6, "fec0::", &config.vprefix_addr6);
    inet_pton(AF_INET6, "fec0::2", &config.vhost6);
    inet_pton(AF_INET6, "fec0::3", &config.vnameserver6);
    if (!seed) {
        u->epoll = epoll_create1(EPOLL_CLOEXEC);
        u->watch = (struct fd_watch){.fd = u->epoll, .ready = on_sockets};
        if (u->epoll < 0 || fd_watch_add(&u->watch)) {
            snprintf(err, err_len, "user: %s", strerror(errno));
            return false;
        }
    }
    u->slirp = slirp_new(&config, &callbacks, u);
    if (!u->slirp) {
        snprintf(err, err_len, "user: the library refused (libslirp %s)", slirp_version_string());
        return false;
    }
    return add_forwards(u, &o->forward, err, err_len);
}

static struct wire *user_open(const char *args, char *err, size_t err_len)
{
    static struct user_options o;
    o = (struct user_options){.net = "10.0.2.0/24", .ipv6 = true};
    const struct option options[] = {
        {"net", OPTION_TEXT, o.net, .text_room = sizeof o.net},
        {"host", OPTION_IPV4, &o.host},
        {"dns", OPTION_IPV4, &o.dns},
        {"dhcpstart", OPTION_IPV4, &o.dhcp},
        {"restrict", OPTION_FLAG, &o.restricted},
        {"hostfwd", OPTION_LIST, &o.forward},
        {"hostname", OPTION_TEXT, o.hostname, .text_room = sizeof o.hostname},
        {"ipv6", OPTION_FLAG, &o.ipv6},
    };
    if (!options_parse("user", args, options, sizeof options / sizeof *options, err, err_len))
        return NULL;
    struct user *u = calloc(1, sizeof *u);
    if (!u || !frame_ring_init(&u->from_card, RING_BYTES) ||
        !frame_ring_init(&u->to_card, RING_BYTES)) {
        snprintf(err, err_len, "user: out of memory");
        if (u)
            frame_ring_fini(&u->from_card);
        free(u);
        return NULL;
    }
    u->wire.ops = &user_ops;
    u->wire.live = true;
    u->feed = (struct feed){.wire = &u->wire, .peek = user_peek, .take = user_take};
    u->work = (struct alarm){.fire = work};
    u->epoll = -1;
    if (!start(u, &o, err, err_len)) {
        user_close(&u->wire);
        return NULL;
    }
    alarm_set(&u->work, host_now()); /* ports of the host may wake it from now on */
    return &u->wire;
}

WIRE_TYPE(user, .name = "user", .syntax = "user[:net=ADDR/LEN,restrict,hostfwd=...,...]",
          .description = "QEMU's user network", .open = user_open);
