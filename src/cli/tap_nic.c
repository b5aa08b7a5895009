/* SPDX-License-Identifier: MIT */
/* tap_nic.c - see tap_nic.h. The device thread says when Linux has frames; an NT thread reads and sends them. */
#include "cli/tap_nic.h"
#include "net/tap.h"
#include "nt/alarm.h"
#include "nt/machine.h"
#include "nt/thread.h"
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 16

static struct {
    char name[IFNAMSIZ];
    int fd;
    struct fd_watch watch;
    bool watching;
    struct ndis_adapter *adapter;
    KEVENT readable; /* or a send completed */
    uint64_t completed, failed, received, dropped;
    uint64_t started, ended;
} nic = {.fd = -1};

const char *tap_nic_open(const char *spec, char *far_end, size_t far_size, char *err, size_t err_len)
{
    if (strncmp(spec, "tap:", 4))
        return spec;
    const char *name = spec + 4, *comma = strchr(name, ',');
    int n = comma ? (int)(comma - name) : (int)strlen(name);
    if (n < IFNAMSIZ)
        snprintf(nic.name, sizeof nic.name, "%.*s", n, name);
    if (comma)
        snprintf(far_end, far_size, "tap:%s", comma + 1);
    else
        snprintf(far_end, far_size, "tap:%s-peer", nic.name);
    nic.fd = tap_attach(nic.name, err, err_len);
    /* wire_open then makes the sentence itself, for the same reason. */
    return nic.fd >= 0 ? far_end : spec;
}

bool tap_nic_is_open(void)
{
    return nic.fd >= 0;
}

static void on_readable(struct fd_watch *watch)
{
    /* Silent until everything has been read: level-triggered, it would say so for ever. */
    fd_watch_remove(&nic.watch);
    __atomic_store_n(&nic.watching, false, __ATOMIC_RELEASE);
    event_set(&nic.readable);
}

static void watch_again(void)
{
    if (!__atomic_exchange_n(&nic.watching, true, __ATOMIC_ACQ_REL))
        fd_watch_add(&nic.watch);
}

static void on_receive(void *ctx, const void *frame, size_t len, const struct ndis_rx_info *info)
{
    __atomic_fetch_add(&nic.received, 1, __ATOMIC_RELAXED);
    if (write(nic.fd, frame, len) != (ssize_t)len)
        __atomic_fetch_add(&nic.dropped, 1, __ATOMIC_RELAXED);
}

static void on_sent(void *ctx, NDIS_STATUS status)
{
    __atomic_fetch_add(status == NDIS_STATUS_SUCCESS ? &nic.completed : &nic.failed, 1, __ATOMIC_RELAXED);
    event_set(&nic.readable);
}

static void attach(struct ndis_adapter *adapter, struct wire *wire, struct frame_digest *digest)
{
    nic.adapter = adapter;
    event_init(&nic.readable, false, false);
    nic.watch = (struct fd_watch){.fd = nic.fd, .ready = on_readable};
    ndis_set_receive(adapter, on_receive, NULL);
}

/* The interface has the card's address, as any Linux driver would give it. */
static void set_address(const uint8_t mac[6])
{
    struct ifreq request = {0};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    memcpy(request.ifr_name, nic.name, sizeof nic.name);
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(request.ifr_hwaddr.sa_data, mac, 6);
    if (s < 0 || ioctl(s, SIOCSIFHWADDR, &request))
        fprintf(stderr, "dirql: %s keeps its own address: %m; unicast frames to it may be filtered\n", nic.name);
    if (s >= 0)
        close(s);
}

/* Until --time is over or SIGINT. */
static void run(const struct session_config *config)
{
    static uint8_t bytes[BATCH][WIRE_FRAME_MAX];
    struct ndis_adapter_report about;
    ndis_adapter_report(nic.adapter, &about);
    set_address(about.mac);
    nic.started = host_now();
    uint64_t deadline = config->time_ns ? nic.started + config->time_ns : UINT64_MAX;
    while (!machine_interrupted() && host_now() < deadline) {
        struct ndis_frame frames[BATCH];
        unsigned n = 0, room = ndis_send_room(nic.adapter);
        while (n < BATCH && n < room) {
            ssize_t len = read(nic.fd, bytes[n], sizeof bytes[n]);
            if (len <= 0)
                break;
            frames[n] = (struct ndis_frame){bytes[n], (size_t)len};
            n++;
        }
        if (n)
            nic.dropped += n - ndis_send(nic.adapter, frames, n, on_sent, NULL);
        if (n < BATCH) {
            watch_again();
            thread_wait(&nic.readable, 100000000); /* then look whether to end */
        }
    }
    nic.ended = host_now();
    if (nic.watching)
        fd_watch_remove(&nic.watch);
}

static void result(struct traffic_result *r)
{
    uint64_t end = nic.ended ? nic.ended : host_now();
    *r = (struct traffic_result){.sent = nic.completed, .failed = nic.failed, .received = nic.received, .lost = nic.dropped,
                                 .elapsed_ns = nic.started ? end - nic.started : 0};
}

const struct traffic traffic_linux = {
    .attach = attach, .run = run, .result = result, .judges_itself = true};
