/* SPDX-License-Identifier: MIT */
/* fault.h - what goes wrong on purpose, and when.
 *
 * A plan is the parsed text of `--fault SPEC`; it does not change. Each device copies it into a
 * fault_state and asks that at the places where things can go wrong. All random choices come from
 * the plan's seed, so the same plan on the same run of events does the same.
 *
 *     SPEC  = fault {"," fault}
 *     fault = seed=N                         where random choices come from (1)
 *           | lost-interrupt=WHICH           the device raises it, the processor never hears
 *           | duplicate-interrupt=WHICH      heard twice
 *           | spurious-interrupt=N           N interrupts without a cause, one each millisecond
 *           | spurious-interrupt=every:TIME  ... one each TIME, for ever
 *           | stuck-interrupt[=CAUSE]@TIME[:LASTS]       the line (or the cause's bit) cannot be
 * cleared | storm@TIME:RATE[:LASTS]        interrupts without a cause, RATE each second (for 1s) |
 * link-flap@TIME[:LASTS[:PERIOD]]            the cable is out (for 10ms) [again each PERIOD] |
 * dma-error=WHICH                an access to memory ends in an error completion |
 * surprise-remove@TIME           the card is pulled | surprise-remove=WHICH          ... after that
 * frame, sent or received | stuck-reset[=N]                the first N resets (all of them) never
 * end WHICH = N            the Nth only, from 1 | every:N      each Nth | P%           each with
 * this probability, e.g. 0.5% CAUSE = line | lsc | rx | tx             (line) TIME, LASTS, PERIOD =
 * number followed by ns, us, ms or s
 *
 * A fault may be given several times. A TIME after "@" counts from when the driver first enables an
 * interrupt, so that it hits a driver at work; "@boot+TIME" counts from when the device was made.
 *
 * Threads: a plan may be read by any; a fault_state is its device's, under that device's lock. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULT_MAX 32

enum fault_kind {
    FAULT_LOST,
    FAULT_DUPLICATE,
    FAULT_SPURIOUS,
    FAULT_STUCK,
    FAULT_STORM,
    FAULT_LINK_FLAP,
    FAULT_DMA_ERROR,
    FAULT_REMOVE,
    FAULT_STUCK_RESET,
};

enum fault_when {
    FAULT_NTH,    /* the n-th event */
    FAULT_EVERY,  /* every n-th event */
    FAULT_CHANCE, /* with probability n / 2^32 */
    FAULT_AT,     /* at a moment */
};

enum fault_cause { FAULT_CAUSE_LINE, FAULT_CAUSE_LSC, FAULT_CAUSE_RX, FAULT_CAUSE_TX };

struct device_fault {
    enum fault_kind kind;
    enum fault_when when;
    uint64_t n;             /* NTH, EVERY, CHANCE; spurious: how many (UINT64_MAX = for ever) */
    bool from_boot;         /* AT counts from creation */
    uint64_t at;            /* ns */
    uint64_t lasts, period; /* ns; 0 = for ever, once */
    enum fault_cause cause;
};

struct device_fault_plan {
    unsigned count;
    uint64_t seed;
    struct device_fault fault[FAULT_MAX];
};

/* NULL, and one sentence that names the bad part in err. "" is a plan without faults. */
struct device_fault_plan *fault_plan_parse(const char *spec, char *err, size_t err_len);
void fault_plan_free(struct device_fault_plan *plan);

/* What has happened so far on one device. */
struct fault_state {
    const struct device_fault_plan *plan; /* NULL: nothing goes wrong */
    uint64_t random;
    uint64_t boot, start; /* host_now() scale; start UINT64_MAX until fault_start() */
    struct {
        uint64_t seen; /* events counted, or interrupts made */
        uint64_t next; /* moment, UINT64_MAX = never */
        bool on;       /* a stuck cause, a link that is down */
    } each[FAULT_MAX];
};

enum fault_event_kind {
    FAULT_EVENT_INTERRUPT, /* raise one that has no cause */
    FAULT_EVENT_STUCK,     /* `cause` sticks from now on, or is free again (on = false) */
    FAULT_EVENT_LINK,      /* on = the cable is in */
    FAULT_EVENT_REMOVE,
};
struct fault_event {
    enum fault_event_kind kind;
    enum fault_cause cause;
    bool on;
};

/* plan may be NULL; it must outlive the state. */
void fault_state_init(struct fault_state *state, const struct device_fault_plan *plan,
                      uint64_t now);
/* The driver enabled an interrupt: clocks start. Later calls change nothing. True if it was the
 * first. */
bool fault_start(struct fault_state *state, uint64_t now);

/* An interrupt is about to be delivered: how many times it is (0 = lost, 1, 2 ...). */
unsigned fault_interrupt(struct fault_state *state);
/* Memory is about to be accessed: true if that fails. */
bool fault_dma(struct fault_state *state);
/* A reset begins: true if it never ends. */
bool fault_reset_sticks(struct fault_state *state);
/* A frame passed: true if the card is gone now. */
bool fault_frame(struct fault_state *state);

/* When fault_take() next has something; UINT64_MAX = never, as far as is known. */
uint64_t fault_next(const struct fault_state *state);
/* The next event that is due at `now`; false if there is none. */
bool fault_take(struct fault_state *state, uint64_t now, struct fault_event *event);

/* A number below `limit` (at least 1) from the plan's seed. */
uint32_t fault_random(struct fault_state *state, uint32_t limit);
