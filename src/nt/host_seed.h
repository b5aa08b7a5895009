/* SPDX-License-Identifier: MIT */
/* host_seed.h - starting the deterministic scheduler; private to nt/. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

int host_seed_init(uint64_t seed);
/* Runs the machine on the calling thread until run_state leaves RUN_GOING. False: nothing can happen any more. */
bool host_seed_conduct(void);
