/* SPDX-License-Identifier: MIT */
/* fault.c - the fault plan: its text, and its clockwork. */
#include "device/fault.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000ull
#define S  1000000000ull

/* --- text --- */

struct reader {
    const char *at;   /* the part being read, not terminated where it ends */
    const char *item; /* the fault that `at` is in, for messages */
    size_t item_len;
    char *err;
    size_t err_len;
};

static bool bad(struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Always false, so that a parser can return it. */
static bool bad(struct reader *r, const char *fmt, ...)
{
    char why[160];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    snprintf(r->err, r->err_len, "fault \"%.*s\": %s", (int)(r->item_len < 80 ? r->item_len : 80),
             r->item, why);
    return false;
}

static bool at_end(const struct reader *r)
{
    return r->at == r->item + r->item_len;
}

static bool skip(struct reader *r, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(r->item + r->item_len - r->at) < n || strncmp(r->at, word, n))
        return false;
    r->at += n;
    return true;
}

static bool digit(const struct reader *r)
{
    return !at_end(r) && *r->at >= '0' && *r->at <= '9';
}

/* `bound` keeps what is computed from it inside 64 bits. */
static bool number(struct reader *r, const char *what, uint64_t bound, uint64_t *value)
{
    if (!digit(r))
        return bad(r, "%s is missing", what);
    *value = 0;
    while (digit(r)) {
        *value = *value * 10 + (uint64_t)(*r->at++ - '0');
        if (*value > bound)
            return bad(r, "%s is above %llu", what, (unsigned long long)bound);
    }
    return true;
}

static bool duration(struct reader *r, const char *what, uint64_t *ns)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {{"ns", 1}, {"us", 1000}, {"ms", MS}, {"s", S}};
    uint64_t n;
    if (!number(r, what, 1000000000000ull, &n))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (skip(r, units[i].unit)) {
            if (n > UINT64_MAX / 4 / units[i].ns)
                return bad(r, "%s is too long", what);
            *ns = n * units[i].ns;
            return true;
        }
    return bad(r, "%s needs a unit: ns, us, ms or s", what);
}

static bool optional_duration(struct reader *r, const char *what, uint64_t otherwise, uint64_t *ns)
{
    if (skip(r, ":"))
        return duration(r, what, ns);
    *ns = otherwise;
    return true;
}

/* WHICH of the grammar. */
static bool which(struct reader *r, struct device_fault *f)
{
    if (!skip(r, "="))
        return bad(r, "say which: =N, =every:N or =P%%");
    if (skip(r, "every:")) {
        f->when = FAULT_EVERY;
        if (!number(r, "the number after every:", UINT32_MAX, &f->n))
            return false;
        return f->n ? true : bad(r, "every:0 means nothing");
    }
    uint64_t whole, part = 0, scale = 1;
    if (!number(r, "the number after =", UINT32_MAX, &whole))
        return false;
    bool fraction = skip(r, ".");
    if (fraction && !digit(r))
        return bad(r, "a digit is missing after the point");
    for (; fraction && digit(r); r->at++)
        if (scale < 1000000) {
            part = part * 10 + (uint64_t)(*r->at - '0');
            scale *= 10;
        }
    if (skip(r, "%")) {
        if (whole > 100 || (whole == 100 && part))
            return bad(r, "a probability is at most 100%%");
        f->when = FAULT_CHANCE;
        f->n = ((whole * scale + part) << 32) / (100 * scale);
        return true;
    }
    if (fraction)
        return bad(r, "only a percentage may have a fraction");
    f->when = FAULT_NTH;
    f->n = whole;
    return f->n ? true : bad(r, "counting starts at 1");
}

/* "@TIME" or "@boot+TIME". */
static bool moment(struct reader *r, struct device_fault *f)
{
    f->when = FAULT_AT;
    if (!skip(r, "@"))
        return bad(r, "say when: @TIME, e.g. @50ms");
    f->from_boot = skip(r, "boot+");
    return duration(r, "the time after @", &f->at);
}

static bool parse_spurious(struct reader *r, struct device_fault *f)
{
    f->when = FAULT_AT;
    if (!skip(r, "="))
        return bad(r, "say how many: =N, or how often: =every:TIME");
    if (!skip(r, "every:")) {
        f->period = f->at = MS;
        return number(r, "the number after =", UINT32_MAX, &f->n) &&
               (f->n || bad(r, "0 of them is none"));
    }
    f->n = UINT64_MAX;
    if (!duration(r, "the time after every:", &f->period))
        return false;
    f->at = f->period;
    return f->period ? true : bad(r, "every:0 never lets anything else happen");
}

static bool parse_stuck(struct reader *r, struct device_fault *f)
{
    static const char *const names[] = {"line", "lsc", "rx", "tx"};
    f->cause = FAULT_CAUSE_LINE;
    if (skip(r, "=")) {
        unsigned i = 0;
        while (i < 4 && !skip(r, names[i]))
            i++;
        if (i == 4)
            return bad(r, "the cause is one of line, lsc, rx, tx");
        f->cause = (enum fault_cause)i;
    }
    return moment(r, f) && optional_duration(r, "how long it lasts", 0, &f->lasts);
}

static bool parse_storm(struct reader *r, struct device_fault *f)
{
    uint64_t rate;
    if (!moment(r, f))
        return false;
    if (!skip(r, ":"))
        return bad(r, "say how many per second: @TIME:RATE");
    if (!number(r, "the rate", S, &rate))
        return false;
    if (!rate)
        return bad(r, "a rate of 0 is no storm");
    f->period = S / rate;
    return optional_duration(r, "how long it lasts", S, &f->lasts);
}

static bool parse_flap(struct reader *r, struct device_fault *f)
{
    if (!moment(r, f) || !optional_duration(r, "how long it lasts", 10 * MS, &f->lasts) ||
        !optional_duration(r, "the period", 0, &f->period))
        return false;
    if (f->period && f->period <= f->lasts)
        return bad(r, "the link would never come back: the period is not longer than the flap");
    return true;
}

static bool parse_remove(struct reader *r, struct device_fault *f)
{
    return !at_end(r) && *r->at == '=' ? which(r, f) : moment(r, f);
}

static bool parse_stuck_reset(struct reader *r, struct device_fault *f)
{
    f->when = FAULT_NTH;
    f->n = UINT64_MAX;
    return skip(r, "=") ? number(r, "the number after =", UINT32_MAX, &f->n) : true;
}

static const struct {
    const char *name;
    enum fault_kind kind;
    bool (*parse)(struct reader *, struct device_fault *);
} kinds[] = {
    {"lost-interrupt", FAULT_LOST, which},
    {"duplicate-interrupt", FAULT_DUPLICATE, which},
    {"spurious-interrupt", FAULT_SPURIOUS, parse_spurious},
    {"stuck-interrupt", FAULT_STUCK, parse_stuck},
    {"storm", FAULT_STORM, parse_storm},
    {"link-flap", FAULT_LINK_FLAP, parse_flap},
    {"dma-error", FAULT_DMA_ERROR, which},
    {"surprise-remove", FAULT_REMOVE, parse_remove},
    {"stuck-reset", FAULT_STUCK_RESET, parse_stuck_reset},
};

static bool finished(struct reader *r)
{
    size_t left = (size_t)(r->item + r->item_len - r->at);
    return !left || bad(r, "\"%.*s\" is left over", (int)(left < 40 ? left : 40), r->at);
}

static bool parse_item(struct reader *r, struct device_fault_plan *plan)
{
    size_t name = strcspn(r->item, "=@,");
    if (name == 4 && !strncmp(r->item, "seed", 4)) {
        r->at += 4;
        if (!skip(r, "="))
            return bad(r, "say which: seed=N");
        return number(r, "the seed", UINT64_MAX / 10 - 1, &plan->seed) && finished(r);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strlen(kinds[i].name) != name || strncmp(r->item, kinds[i].name, name))
            continue;
        if (plan->count == FAULT_MAX)
            return bad(r, "a plan holds %d faults", FAULT_MAX);
        struct device_fault *f = &plan->fault[plan->count];
        f->kind = kinds[i].kind;
        r->at += name;
        if (!kinds[i].parse(r, f) || !finished(r))
            return false;
        plan->count++;
        return true;
    }
    return bad(
        r, "there is no fault of that name; there are seed, lost-interrupt, duplicate-interrupt, "
           "spurious-interrupt, stuck-interrupt, storm, link-flap, dma-error, surprise-remove, "
           "stuck-reset");
}

struct device_fault_plan *fault_plan_parse(const char *spec, char *err, size_t err_len)
{
    struct device_fault_plan *plan = calloc(1, sizeof *plan);
    if (!plan) {
        snprintf(err, err_len, "fault plan: out of memory");
        return NULL;
    }
    plan->seed = 1;
    for (const char *at = spec; *at;) {
        struct reader r = {
            .at = at, .item = at, .item_len = strcspn(at, ","), .err = err, .err_len = err_len};
        if (!parse_item(&r, plan)) {
            free(plan);
            return NULL;
        }
        at += r.item_len;
        if (*at == ',' && !*++at) {
            snprintf(err, err_len, "fault plan \"%.80s\": nothing follows the last comma", spec);
            free(plan);
            return NULL;
        }
    }
    return plan;
}

void fault_plan_free(struct device_fault_plan *plan)
{
    free(plan);
}

/* --- clockwork --- */

/* splitmix64 (Steele, Lea, Flood 2014): any seed is as good as any other, 0 too. */
static uint64_t random64(struct fault_state *state)
{
    uint64_t z = state->random += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

uint32_t fault_random(struct fault_state *state, uint32_t limit)
{
    return (uint32_t)((random64(state) >> 32) * limit >> 32);
}

static unsigned count(const struct fault_state *state)
{
    return state->plan ? state->plan->count : 0;
}

static uint64_t later(uint64_t base, uint64_t ns)
{
    return base > UINT64_MAX - ns ? UINT64_MAX : base + ns;
}

void fault_state_init(struct fault_state *state, const struct device_fault_plan *plan, uint64_t now)
{
    *state = (struct fault_state){.plan = plan, .boot = now, .start = UINT64_MAX};
    state->random = plan ? plan->seed : 1;
    for (unsigned i = 0; i < count(state); i++) {
        const struct device_fault *f = &plan->fault[i];
        bool timed = f->when == FAULT_AT && f->from_boot;
        state->each[i].next = timed ? later(now, f->at) : UINT64_MAX;
    }
}

bool fault_start(struct fault_state *state, uint64_t now)
{
    if (state->start != UINT64_MAX)
        return false;
    state->start = now;
    for (unsigned i = 0; i < count(state); i++) {
        const struct device_fault *f = &state->plan->fault[i];
        if (f->when == FAULT_AT && !f->from_boot)
            state->each[i].next = later(now, f->at);
    }
    return true;
}

/* One more event of this kind: is it one that the plan names? */
static bool hit(struct fault_state *state, enum fault_kind kind)
{
    bool any = false;
    for (unsigned i = 0; i < count(state); i++) {
        const struct device_fault *f = &state->plan->fault[i];
        if (f->kind != kind || f->when == FAULT_AT)
            continue;
        uint64_t seen = ++state->each[i].seen;
        if (kind == FAULT_STUCK_RESET)
            any |= seen <= f->n;
        else if (f->when == FAULT_NTH)
            any |= seen == f->n;
        else if (f->when == FAULT_EVERY)
            any |= seen % f->n == 0;
        else
            any |= random64(state) >> 32 < f->n;
    }
    return any;
}

unsigned fault_interrupt(struct fault_state *state)
{
    bool lost = hit(state, FAULT_LOST), twice = hit(state, FAULT_DUPLICATE);
    return lost ? 0 : twice ? 2 : 1;
}

bool fault_dma(struct fault_state *state)
{
    return hit(state, FAULT_DMA_ERROR);
}

bool fault_reset_sticks(struct fault_state *state)
{
    return hit(state, FAULT_STUCK_RESET);
}

bool fault_frame(struct fault_state *state)
{
    return hit(state, FAULT_REMOVE);
}

uint64_t fault_next(const struct fault_state *state)
{
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < count(state); i++)
        if (state->each[i].next < next)
            next = state->each[i].next;
    return next;
}

bool fault_take(struct fault_state *state, uint64_t now, struct fault_event *event)
{
    uint64_t due = fault_next(state);
    if (due > now)
        return false;
    unsigned i = 0;
    while (state->each[i].next != due)
        i++;
    const struct device_fault *f = &state->plan->fault[i];
    uint64_t *next = &state->each[i].next;
    uint64_t began = later(f->from_boot ? state->boot : state->start, f->at);
    *next = UINT64_MAX;
    *event = (struct fault_event){.cause = f->cause};
    switch (f->kind) {
    case FAULT_SPURIOUS:
        event->kind = FAULT_EVENT_INTERRUPT;
        if (++state->each[i].seen < f->n)
            *next = later(due, f->period);
        return true;
    case FAULT_STORM:
        event->kind = FAULT_EVENT_INTERRUPT;
        if (later(due, f->period) < later(began, f->lasts))
            *next = later(due, f->period);
        return true;
    case FAULT_STUCK:
        event->kind = FAULT_EVENT_STUCK;
        event->on = state->each[i].on = !state->each[i].on;
        if (event->on && f->lasts)
            *next = later(due, f->lasts);
        return true;
    case FAULT_LINK_FLAP:
        event->kind = FAULT_EVENT_LINK;
        state->each[i].on = !state->each[i].on; /* on = the fault is */
        event->on = !state->each[i].on;
        if (!event->on)
            *next = later(due, f->lasts);
        else if (f->period)
            *next = later(due, f->period - f->lasts);
        return true;
    case FAULT_REMOVE:
        event->kind = FAULT_EVENT_REMOVE;
        return true;
    case FAULT_LOST:
    case FAULT_DUPLICATE:
    case FAULT_DMA_ERROR:
    case FAULT_STUCK_RESET:
        break; /* never timed */
    }
    return false;
}
