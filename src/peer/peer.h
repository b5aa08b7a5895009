/* SPDX-License-Identifier: MIT */
/* peer.h - a test peer above a driver: what a host on a network does, step by step, and whether it
 * worked.
 *
 *     dhcp,arp,ping=10,burst=1000,link
 *
 * A step is a row of a table (peer_internal.h, PEER_STEP): the plan of a run is a list of them, in
 * order. Frames go out through the driver, over its card and the cable, in which a probe
 * (net/probe.h) sits: it tells what reached the cable and what the card took, so that a result can
 * say where something was lost, and it sends the peer's own frames the other way, whatever is at
 * the far end.
 *
 * One peer in a process. Threads: peer_run() on an NT thread at PASSIVE_LEVEL. */
#pragma once
#include "ndis/ndis.h"
#include "net/digest.h"
#include "net/probe.h"

#define PEER_STEPS 32
#define PEER_FACTS 16

struct peer_step;

struct peer_plan {
    unsigned steps;
    struct peer_plan_row {
        const struct peer_step *step;
        uint64_t value; /* a count, a time in ns, or an address, as the step has it */
    } row[PEER_STEPS];
};

/* False and one sentence in err. */
bool peer_plan_parse(const char *text, struct peer_plan *plan, char *err, size_t err_len);

enum peer_outcome {
    PEER_PASSED,
    PEER_FAILED,       /* by the driver's fault, beyond doubt; also reported as a violation */
    PEER_INCONCLUSIVE, /* it did not work, and somebody else may be to blame: the text says what was
                          seen */
    PEER_SKIPPED,      /* it could not be tried; the text says why */
};
extern const char *const peer_outcome_names[4];

struct peer_result {
    const char *step; /* its name */
    enum peer_outcome outcome;
    char text[512]; /* a line for people */
    unsigned facts;
    struct peer_fact {
        const char *name;
        uint64_t number;
        char text[24]; /* instead of the number, if not "" */
    } fact[PEER_FACTS];
};

struct peer_config {
    const struct peer_plan *plan;
    unsigned window; /* frames on their way to the driver at a time; 0: as many as suit the card */
    uint64_t deadline; /* host_now(); 0: none */
    bool faults;       /* something goes wrong on purpose: nothing is the driver's fault */
};

/* Registers for received frames, which go into `digest` too unless NULL; before the adapter starts.
 * probe: NULL without a card; its callbacks and wire.taken are the peer's from now on. */
void peer_attach(struct ndis_adapter *adapter, struct probe *probe, struct frame_digest *digest);
/* One step after the other; those that the run had no time for are not in the results. The config
 * stays the caller's, for ever. */
void peer_run(const struct peer_config *config);
const struct peer_result *peer_results(size_t *count);

/* At any time, also while it runs. */
struct peer_counts {
    uint64_t sent, failed; /* completed by the driver, with success or without */
    uint64_t received;     /* frames that it indicated */
    uint64_t lost, corrupt, duplicates;
    uint64_t elapsed_ns;
};
void peer_counts(struct peer_counts *counts);
