/* SPDX-License-Identifier: MIT */
/* traffic.c - the test source and sink above the driver. */
#include "cli/traffic.h"
#include "net/frame.h"
#include "nt/alarm.h"
#include "nt/machine.h"
#include "nt/thread.h"
#include <stdlib.h>
#include <string.h>

#define STREAM      2u   /* the generator at the far end is stream 1 */
#define BATCH       16u  /* frames in one call to the driver */
#define ON_THE_WAY  2048 /* frames sent and not yet back, on a loopback */
/* Nothing came for so long: the rest is lost. Longer than two checks for hang, by which a driver may recover. */
#define QUIET_NS    5000000000ull
#define DRAIN_NS    200000000ull  /* the same after SIGINT */
#define LINK_POLL_NS 100000000ull /* while the link is down, look so often whether the run is over */
#define DOWN_NS     30000000000ull /* longer than any autonegotiation: the link is not coming back */
#define FLOWS       16u  /* distinct 5-tuples, so that RSS has something to spread */

static struct {
    struct host_lock lock;
    struct frame_ledger own, far; /* frames that we sent; frames of a generator */
    uint64_t other;               /* not test frames */
    uint64_t sent, completed, failed;
    uint64_t last_arrival;
    uint64_t started, ended;
    KEVENT event; /* a send completed, or a frame arrived */
    bool loopback;
    bool brings; /* the far end has frames of its own */
    const struct wire *wire;
    const struct pci_function *card;
    struct frame_digest *digest; /* NULL: not wanted */
} t;

static void on_receive(void *ctx, const void *frame, size_t len, const struct ndis_rx_info *info)
{
    struct frame_info seen;
    frame_check(frame, len, &seen);
    host_lock(&t.lock);
    if (t.digest)
        frame_digest_add(t.digest, frame, len);
    if (!seen.ours)
        t.other++;
    else
        frame_ledger_note(seen.stream == STREAM ? &t.own : &t.far, &seen);
    t.last_arrival = host_now();
    host_unlock(&t.lock);
    event_set(&t.event);
}

static void on_sent(void *ctx, NDIS_STATUS status)
{
    __atomic_fetch_add(status == NDIS_STATUS_SUCCESS ? &t.completed : &t.failed, 1, __ATOMIC_RELAXED);
    event_set(&t.event);
}

void traffic_attach(struct ndis_adapter *adapter, struct frame_digest *digest)
{
    t.digest = digest;
    event_init(&t.event, false, false);
    ndis_set_receive(adapter, on_receive, NULL);
}

/* Lengths from the shortest to the longest, in a fixed pattern that any run repeats. */
static size_t length_of(uint64_t sequence, size_t mtu)
{
    static const size_t lengths[] = {60, 1514, 64, 590, 128, 1514, 61, 1024};
    size_t len = lengths[sequence % (sizeof lengths / sizeof *lengths)];
    return len < mtu + 14 ? len : mtu + 14;
}

static bool over(uint64_t deadline)
{
    return machine_interrupted() || (t.card && t.card->surprise_removed) || (deadline && host_now() >= deadline);
}

static uint64_t back(void)
{
    return __atomic_load_n(&t.own.received, __ATOMIC_RELAXED);
}

static void send_frames(struct ndis_adapter *adapter, uint64_t count, uint64_t deadline)
{
    static uint8_t bytes[BATCH][2048];
    struct ndis_frame frames[BATCH];
    struct ndis_adapter_report about;
    ndis_adapter_report(adapter, &about);
    struct frame_spec spec = {.stream = STREAM};
    /* To ourselves, so that what comes back passes the card's filter. */
    memcpy(spec.destination, about.mac, 6);
    memcpy(spec.source, about.mac, 6);
    uint64_t last_up = host_now();
    while (t.sent < count && !over(deadline)) {
        unsigned n = 0;
        if (!ndis_link_up(adapter)) { /* as a protocol that was told of the disconnection */
            ndis_wait_link(adapter, true, LINK_POLL_NS);
            if (host_now() - last_up > DOWN_NS)
                break;
            continue;
        }
        last_up = host_now();
        bool full = t.loopback && t.sent - back() >= ON_THE_WAY;
        for (; !full && n < BATCH && t.sent + n < count; n++) {
            spec.sequence = t.sent + n;
            spec.flow = (uint32_t)(spec.sequence % FLOWS);
            spec.kind = spec.sequence % 3 ? FRAME_UDP4 : FRAME_TCP4;
            spec.len = length_of(spec.sequence, about.mtu ? about.mtu : 1500);
            frames[n] = (struct ndis_frame){bytes[n], frame_build(bytes[n], sizeof bytes[n], &spec)};
        }
        unsigned taken = n ? ndis_send(adapter, frames, n, on_sent, NULL) : 0;
        t.sent += taken;
        if (taken < n || !n) {
            thread_wait(&t.event, 1000000); /* until something completes or arrives */
            uint64_t last = __atomic_load_n(&t.last_arrival, __ATOMIC_RELAXED); /* before the clock */
            if (full && host_now() - last > QUIET_NS)
                break; /* frames are being lost: waiting for them would be for ever */
        }
    }
}

/* Until everything that is on its way has arrived, or nothing has come for a while. */
static void settle(uint64_t deadline)
{
    uint64_t quiet_since = host_now();
    bool ended = false;
    while (true) {
        if (machine_interrupted() && !ended) { /* what is on its way still gets a moment */
            ended = true;
            deadline = 1;
            quiet_since = host_now();
        }
        bool sends_done = t.completed + t.failed >= t.sent;
        bool all_back = !t.loopback || back() >= t.sent;
        bool far_done = !t.brings || wire_finished(t.wire) || (deadline && host_now() >= deadline);
        uint64_t last = __atomic_load_n(&t.last_arrival, __ATOMIC_RELAXED);
        if (last < quiet_since)
            last = quiet_since;
        bool quiet = host_now() - last >= (ended ? DRAIN_NS : QUIET_NS);
        if (t.card && t.card->surprise_removed)
            return;
        if (sends_done && all_back && far_done && (!t.brings || quiet))
            return;
        if (quiet && far_done)
            return;
        thread_wait(&t.event, 5000000);
    }
}

void traffic_run(const struct session_config *config, struct ndis_adapter *adapter, struct wire *wire)
{
    t.wire = wire;
    t.card = ndis_adapter_function(adapter);
    t.loopback = wire && !strcmp(wire->ops->name, "loopback");
    bool nobody = !wire || wire->silent;
    t.brings = !t.loopback && !nobody;
    t.started = host_now();
    t.last_arrival = t.started;
    uint64_t deadline = config->time_ns ? t.started + config->time_ns : 0;
    bool sends = config->count_set || t.loopback || nobody;
    /* --time without --count: as many as fit into the time. */
    uint64_t count = config->time_ns && !config->count_set ? UINT64_MAX : config->count;
    if (sends)
        send_frames(adapter, count, deadline);
    settle(deadline);
    t.ended = t.last_arrival > t.started ? t.last_arrival : host_now();
}

void traffic_result(struct traffic_result *r)
{
    uint64_t far = t.wire && !t.loopback ? t.wire->stats.from_wire : 0;
    uint64_t arrived = t.own.received + t.far.received + t.other;
    r->sent = t.completed;
    r->failed = t.failed;
    r->received = arrived;
    r->corrupt = t.own.corrupt + t.far.corrupt;
    r->duplicates = t.own.duplicates + t.far.duplicates;
    uint64_t expected = t.loopback ? t.completed : far;
    uint64_t seen = arrived + r->corrupt;
    r->lost = expected > seen ? expected - seen : 0;
    if (t.wire && !t.loopback) { /* sent, says the driver: the other end knows */
        uint64_t out = t.wire->stats.to_wire;
        r->lost += t.completed > out ? t.completed - out : 0;
        r->corrupt += t.wire->stats.corrupt;
        r->duplicates += t.wire->stats.duplicates;
    }
    r->elapsed_ns = (t.ended ? t.ended : host_now()) - t.started;
}
