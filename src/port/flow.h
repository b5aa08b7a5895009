/* SPDX-License-Identifier: MIT */
/* flow.h - what the two out-parameters of MiniportISR hold where it returns.
 *
 * Every path through the function is followed, with loops and gotos until nothing changes. A state
 * is the set of possible pairs (InterruptRecognized, QueueMiniportHandleInterrupt), each unset,
 * FALSE or TRUE; what cannot be known is FALSE or TRUE. */
#pragma once
#include "port/project.h"

enum out_value { OUT_UNSET, OUT_FALSE, OUT_TRUE };
typedef unsigned flow_state; /* bit 3 * recognized + queue, and FLOW_REACHED */

/* A compiler takes the place for reachable. With no pair beside it, values that only we follow say
 * that it is not. */
#define FLOW_REACHED (1u << 9)

#define FLOW_ALL_KNOWN                     (1u << 4 | 1u << 5 | 1u << 7 | 1u << 8) /* each FALSE or TRUE */
#define FLOW_HAS(state, recognized, queue) ((state) >> (3 * (recognized) + (queue)) & 1)
#define FLOW_ONLY(recognized, queue)       (FLOW_REACHED | 1u << (3 * (recognized) + (queue)))
/* The interrupt is not recognized, but the DPC is asked for: NDIS 5 did not queue it, 6 does. */
#define FLOW_NEEDS_GUARD(state)                                                                    \
    (FLOW_HAS(state, OUT_FALSE, OUT_TRUE) || FLOW_HAS(state, OUT_UNSET, OUT_TRUE))

struct flow_exit {
    size_t offset; /* of the "return"; SIZE_MAX: the end of the body */
    flow_state state;
};

struct flow {
    LIST(struct flow_exit) exits; /* those that can be reached */
};

void flow_analyse(struct project *p, const struct declaration *isr, struct flow *out);
flow_state flow_at(const struct flow *f, size_t offset); /* 0: not reached */
