/* SPDX-License-Identifier: MIT */
/* decision.h - the one source of every choice that the deterministic scheduler makes.
 *
 * The same seed gives the same sequence of answers to the same sequence of questions, so a run can be
 * repeated byte for byte. */
#pragma once
#include <stdint.h>

void decision_seed(uint64_t seed);
/* A number in [0, n); n > 0. */
uint32_t decide(uint32_t n);
/* Questions asked so far. */
uint64_t decision_count(void);
