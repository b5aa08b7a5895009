/* SPDX-License-Identifier: MIT */
/* traffic.c - numbered test frames: a source above the driver, and a sink.
 *
 * What is lost is told apart by looking at both ends: at what reaches the wire, and at what the
 * card takes from it. A frame that the packet filter need not let in is nobody's loss, and a frame
 * that was damaged, or sent twice, by somebody at the far end is not the driver's fault. */
#include "cli/traffic.h"
#include "net/frame.h"
#include "nt/alarm.h"
#include "nt/machine.h"
#include "nt/thread.h"
#include <stdlib.h>
#include <string.h>

#define STREAM      2u   /* the generator at the far end is stream 1 */
#define BATCH       16u  /* frames in one call to the driver */
/* Nothing came for so long: the rest is lost. Longer than two checks for hang, by which a driver
 * may recover. */
#define QUIET_NS    5000000000ull
/* The driver completed nothing of what it has for so long: it will not any more. Longer than NDIS waits before it
 * reports a send. */
#define STUCK_NS    40000000000ull
#define DRAIN_NS    200000000ull  /* the same after SIGINT */
#define LINK_POLL_NS 100000000ull /* while the link is down, look so often whether the run is over */
#define DOWN_NS     30000000000ull /* longer than any autonegotiation: the link is not coming back */
#define FLOWS       16u  /* distinct 5-tuples, so that RSS has something to spread */

/* Frames as they pass one place. */
struct seen {
    struct frame_ledger own, far; /* of our stream (or of another dirql's); of a generator */
    uint64_t other;               /* not test frames */
    uint64_t excess;              /* intact test frames with bytes behind their end */
    size_t excess_bytes;          /* at most so many */
};

static struct {
    struct host_lock lock;
    struct seen up; /* indicated by the driver, and for us by the packet filter */
    struct seen
        down; /* given to the card, and for us; not on a loopback, where we know what comes */
    uint64_t
        unwanted; /* indicated, though not for us: a driver may let more through than was asked */
    uint64_t sent, completed, failed;
    uint64_t last_arrival, last_completion;
    uint64_t started, ended;
    KEVENT event; /* a send completed, or a frame arrived */
    bool loopback;
    bool returns; /* what we send comes back */
    bool brings;  /* the far end has frames of its own */
    unsigned window;
    bool counted; /* the user said how many to send */
    bool closing; /* what the card takes from now on is not waited for */
    const struct wire *wire;
    struct ndis_adapter *adapter;
    const struct pci_function *card;
    struct frame_digest *digest; /* NULL: not wanted */
} t;

static void note(struct seen *at, const struct frame_info *info)
{
    if (!info->ours)
        at->other++;
    else
        frame_ledger_note(info->stream == STREAM ? &at->own : &at->far, info);
    if (info->excess && !info->wrong) {
        at->excess++;
        if (info->excess > at->excess_bytes)
            at->excess_bytes = info->excess;
    }
}

static uint64_t distinct(const struct seen *at)
{
    return at->own.received + at->far.received + at->other;
}

static uint64_t damaged(const struct seen *at)
{
    return at->own.corrupt + at->far.corrupt;
}

static uint64_t repeated(const struct seen *at)
{
    return at->own.duplicates + at->far.duplicates;
}

static uint64_t beyond(uint64_t n, uint64_t expected)
{
    return n > expected ? n - expected : 0;
}

static void on_receive(void *ctx, const void *frame, size_t len, const struct ndis_rx_info *info)
{
    struct frame_info seen;
    frame_check(frame, len, &seen);
    bool wanted = ndis_frame_wanted(t.adapter, frame, len);
    host_lock(&t.lock);
    if (t.digest)
        frame_digest_add(t.digest, frame, len);
    if (wanted)
        note(&t.up, &seen);
    else
        t.unwanted++;
    t.last_arrival = host_now();
    host_unlock(&t.lock);
    event_set(&t.event);
}

/* The card took a frame. Device thread, the only one that writes `down`. */
static void on_taken(void *ctx, const void *frame, size_t len)
{
    struct frame_info seen;
    if (__atomic_load_n(&t.closing, __ATOMIC_RELAXED) || !ndis_frame_wanted(t.adapter, frame, len))
        return;
    frame_check(frame, len, &seen);
    note(&t.down, &seen);
}

static void on_sent(void *ctx, NDIS_STATUS status)
{
    __atomic_fetch_add(status == NDIS_STATUS_SUCCESS ? &t.completed : &t.failed, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&t.last_completion, host_now(), __ATOMIC_RELAXED);
    event_set(&t.event);
}

static void attach(struct ndis_adapter *adapter, struct wire *wire, struct frame_digest *digest)
{
    t.adapter = adapter;
    t.wire = wire;
    t.card = ndis_adapter_function(adapter);
    t.loopback = wire && !strcmp(wire->ops->name, "loopback");
    t.brings = wire && !t.loopback && !wire->silent;
    if (t.brings)
        wire->taken = on_taken;
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

/* Of our frames, those that have come back, whole or not. */
static uint64_t back(void)
{
    return __atomic_load_n(&t.up.own.received, __ATOMIC_RELAXED) +
           __atomic_load_n(&t.up.own.corrupt, __ATOMIC_RELAXED);
}

/* Neither an arrival nor a completion for so long; not counting the time before `since`. */
static bool still_for(uint64_t ns, uint64_t since)
{
    uint64_t arrival = __atomic_load_n(&t.last_arrival, __ATOMIC_RELAXED); /* both before the clock */
    uint64_t completion = __atomic_load_n(&t.last_completion, __ATOMIC_RELAXED);
    uint64_t last = arrival > completion ? arrival : completion;
    return beyond(host_now(), last > since ? last : since) > ns;
}

/* Whom test frames go to: ourselves, so that what comes back passes the card's filter; on other
 * cables everybody. */
static void choose_destination(const struct ndis_adapter_report *about, uint8_t destination[6])
{
    uint8_t to_us[14] = {0};
    memcpy(to_us, about->mac, 6);
    if (t.loopback && ndis_frame_wanted(t.adapter, to_us, sizeof to_us))
        memcpy(destination, about->mac, 6);
    else
        memset(destination, 0xff, 6);
    memcpy(to_us, destination, 6);
    t.returns = t.loopback && ndis_frame_wanted(t.adapter, to_us, sizeof to_us);
}

static void send_frames(uint64_t count, uint64_t deadline)
{
    static uint8_t bytes[BATCH][2048];
    struct ndis_frame frames[BATCH];
    struct ndis_adapter_report about;
    ndis_adapter_report(t.adapter, &about);
    struct frame_spec spec = {.stream = STREAM};
    choose_destination(&about, spec.destination);
    memcpy(spec.source, about.mac, 6);
    uint64_t last_up = host_now(), up_since = last_up;
    /* Frames that will not come back, so that others can be sent. */
    uint64_t given_up = 0, gave_up_at = 0;
    while (t.sent < count && !over(deadline)) {
        unsigned n = 0;
        if (!ndis_link_up(t.adapter)) { /* as a protocol that was told of the disconnection */
            ndis_wait_link(t.adapter, true, LINK_POLL_NS);
            if (host_now() - last_up > DOWN_NS)
                break;
            up_since = host_now();
            continue;
        }
        last_up = host_now();
        uint64_t room = t.returns ? beyond(t.window, beyond(t.sent, back() + given_up)) : BATCH;
        for (; n < room && n < BATCH && t.sent + n < count; n++) {
            spec.sequence = t.sent + n;
            spec.flow = (uint32_t)(spec.sequence % FLOWS);
            spec.kind = spec.sequence % 3 ? FRAME_UDP4 : FRAME_TCP4;
            spec.len = length_of(spec.sequence, about.mtu ? about.mtu : 1500);
            frames[n] = (struct ndis_frame){bytes[n], frame_build(bytes[n], sizeof bytes[n], &spec)};
        }
        unsigned taken = n ? ndis_send(t.adapter, frames, n, on_sent, NULL) : 0;
        t.sent += taken;
        if (taken < n || !n) {
            thread_wait(&t.event, 1000000); /* until something completes or arrives */
            if (still_for(STUCK_NS, up_since))
                break; /* what the driver has is never completed */
            uint64_t last = __atomic_load_n(&t.last_arrival, __ATOMIC_RELAXED); /* before the clock */
            if (room || host_now() - (last > gave_up_at ? last : gave_up_at) <= QUIET_NS)
                continue;
            if (gave_up_at > last)
                break; /* nothing comes any more */
            given_up = t.sent - back();
            gave_up_at = host_now();
        }
    }
}

static uint64_t on_the_way(void)
{
    return beyond(distinct(&t.down) + damaged(&t.down), distinct(&t.up) + damaged(&t.up));
}

/* Until everything that is on its way has arrived, or nothing has come for a while. When the time
 * is over, what the card has taken by then is waited for, and no more. */
static void settle(uint64_t deadline)
{
    uint64_t quiet_since = host_now(), patience = QUIET_NS;
    bool closed = false;
    while (!(t.card && t.card->surprise_removed)) {
        if (!closed && over(deadline)) {
            closed = true;
            quiet_since = host_now();
            __atomic_store_n(&t.closing, true, __ATOMIC_RELAXED);
            patience = machine_interrupted() ? DRAIN_NS : QUIET_NS;
        }
        bool sends_done = t.completed + t.failed >= t.sent;
        bool all_back = t.returns ? back() >= t.sent : on_the_way() == 0;
        uint64_t last = __atomic_load_n(&t.last_arrival, __ATOMIC_RELAXED);
        if (last < quiet_since || closed)
            last = quiet_since;
        bool quiet = host_now() - last >= patience;
        bool far_done = !t.brings || closed || wire_finished(t.wire) || (t.wire->live && t.counted);
        if (far_done && (quiet || (sends_done && all_back && (!t.brings || closed))))
            return;
        /* The card takes no more: the driver gives it no buffers, and nothing comes for that to change. */
        if (quiet && t.brings && wire_blocked(t.wire) && ndis_link_up(t.adapter))
            return;
        thread_wait(&t.event, 5000000);
    }
}

unsigned traffic_window(const struct session_config *config, const struct wire *wire)
{
    if (config->window)
        return config->window;
    return wire && !config->fault ? wire_window(wire)
                                  : WIRE_MANY; /* what a fault loses is nobody's fault */
}

static void run(const struct session_config *config)
{
    t.window = traffic_window(config, t.wire);
    t.counted = config->count_set;
    t.started = host_now();
    t.last_arrival = t.last_completion = t.started;
    uint64_t deadline = config->time_ns ? t.started + config->time_ns : 0;
    bool sends = config->count_set || !t.brings;
    /* --time without --count: as many as fit into the time. */
    uint64_t count = config->time_ns && !config->count_set ? UINT64_MAX : config->count;
    if (sends)
        send_frames(count, deadline);
    settle(deadline);
    t.ended = t.last_arrival > t.started ? t.last_arrival : host_now();
}

static void result(struct traffic_result *r)
{
    /* What comes back and cannot be told to be ours was cut off. */
    uint64_t seen = (t.returns ? t.up.own.received : distinct(&t.up)) + damaged(&t.up);
    r->sent = t.completed;
    r->failed = t.failed;
    r->received = distinct(&t.up) + t.unwanted;
    r->corrupt = beyond(damaged(&t.up), damaged(&t.down));
    r->duplicates = beyond(repeated(&t.up), repeated(&t.down));
    r->excess = beyond(t.up.excess, t.down.excess);
    r->excess_bytes = t.up.excess_bytes;
    uint64_t expected = t.returns ? t.completed : distinct(&t.down) + damaged(&t.down);
    r->lost = beyond(expected, seen);
    /* A card that loses frames by itself, given more than every card has room for. */
    r->doubtful = t.wire && !t.wire->exact && (t.brings || t.window > WIRE_FEW) && seen;
    if (t.wire && !t.loopback) { /* sent, says the driver: the other end knows */
        r->lost += beyond(t.completed, t.wire->stats.to_wire - t.wire->stats.foreign);
        r->corrupt += t.wire->stats.corrupt;
        r->duplicates += t.wire->stats.duplicates;
    }
    r->elapsed_ns = (t.ended ? t.ended : host_now()) - t.started;
}

const struct traffic traffic_numbered = {.attach = attach, .run = run, .result = result};
