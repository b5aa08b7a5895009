/* SPDX-License-Identifier: MIT */
/* trace.c - the event ring and its text form. */
#include "trace/trace.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct event {
    uint64_t time, a, b;
    const char *text;
    uint8_t kind, cpu, irql;
};

static const struct {
    const char *word, *a, *b;
} kinds[] = {
#define X(kind, word, a, b) {word, a, b},
    TRACE_KINDS(X)
#undef X
};

bool trace_on;
uint64_t (*trace_now)(void);
void (*trace_where)(unsigned *cpu, unsigned *irql);

static struct event *ring;
static size_t ring_size;
static uint64_t next;

int trace_start(size_t events)
{
    ring_size = 1;
    while (ring_size < events)
        ring_size *= 2;
    ring = calloc(ring_size, sizeof *ring);
    if (!ring)
        return -ENOMEM;
    trace_on = true;
    return 0;
}

void trace_record(enum trace_kind kind, const char *text, uint64_t a, uint64_t b)
{
    struct event *e = &ring[__atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) & (ring_size - 1)];
    unsigned cpu = 0, irql = 0;
    if (trace_where)
        trace_where(&cpu, &irql);
    *e = (struct event){.time = trace_now ? trace_now() : 0, .a = a, .b = b, .text = text,
                        .kind = (uint8_t)kind, .cpu = (uint8_t)cpu, .irql = (uint8_t)irql};
}

uint64_t trace_count(void)
{
    return next;
}

int trace_write(const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return -errno;
    uint64_t first = next > ring_size ? next - ring_size : 0;
    fprintf(f, "# dirql trace: ns since boot, processor, IRQL, event; %llu events, the first %llu not kept\n",
            (unsigned long long)next, (unsigned long long)first);
    for (uint64_t i = first; i < next; i++) {
        const struct event *e = &ring[i & (ring_size - 1)];
        char cpu[8] = "-";
        if (e->cpu != 0xFF)
            snprintf(cpu, sizeof cpu, "%u", e->cpu);
        fprintf(f, "%12llu %2s %2u %-8s", (unsigned long long)e->time, cpu, e->irql, kinds[e->kind].word);
        if (e->text)
            fprintf(f, " %s", e->text);
        if (kinds[e->kind].a[0])
            fprintf(f, " %s=0x%llx", kinds[e->kind].a, (unsigned long long)e->a);
        if (kinds[e->kind].b[0])
            fprintf(f, " %s=0x%llx", kinds[e->kind].b, (unsigned long long)e->b);
        fputc('\n', f);
    }
    int err = ferror(f) ? -EIO : 0;
    if (fclose(f) && !err)
        err = -errno;
    return err;
}
