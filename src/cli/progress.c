/* SPDX-License-Identifier: MIT */
/* progress.c - drawn by an alarm, four times a second of the machine's time. */
#include "cli/progress.h"
#include "nt/alarm.h"
#include <stdio.h>
#include <unistd.h>

#define PERIOD_NS 250000000ull

static struct ndis_adapter *watched;
static const struct traffic *source;
static bool drawn, on;
static uint64_t last_sent, last_at;

static void draw(struct alarm *alarm)
{
    struct traffic_result t;
    uint64_t isr = 0, dpc = 0, now = host_now();
    if (!__atomic_load_n(&on, __ATOMIC_ACQUIRE))
        return;
    const struct ndis_interrupt_stats *stats = ndis_interrupt_stats(watched);
    source->result(&t);
    for (unsigned i = 0; i < stats->messages; i++) {
        isr += stats->message[i].isr;
        dpc += stats->message[i].dpc;
    }
    double seconds = last_at ? (double)(now - last_at) / 1e9 : 0.25;
    fprintf(stderr, "\r%7.2f s  sent %llu  received %llu  %.0f frames/s  interrupts %llu  DPCs %llu ",
            (double)t.elapsed_ns / 1e9, (unsigned long long)t.sent, (unsigned long long)t.received,
            (double)(t.sent - last_sent) / (seconds > 0 ? seconds : 1), (unsigned long long)isr,
            (unsigned long long)dpc);
    fflush(stderr);
    last_sent = t.sent;
    last_at = now;
    drawn = true;
    alarm_set(alarm, now + PERIOD_NS);
}

static struct alarm timer = {.fire = draw};

void progress_start(const struct session_config *config, const struct traffic *traffic,
                    struct ndis_adapter *adapter)
{
    source = traffic;
    watched = adapter;
    if (config->quiet || !isatty(2))
        return;
    __atomic_store_n(&on, true, __ATOMIC_RELEASE);
    alarm_set(&timer, host_now());
}

void progress_stop(void)
{
    __atomic_store_n(&on, false, __ATOMIC_RELEASE);
    alarm_cancel(&timer);
    if (drawn)
        fputc('\n', stderr);
    drawn = false;
}

void progress_note(const char *text)
{
    if (drawn)
        fputc('\n', stderr);
    drawn = false;
    fprintf(stderr, "dirql: %s\n", text);
}
