/* SPDX-License-Identifier: MIT */
/* decision.c - splitmix64 (Steele, Lea, Flood 2014). */
#include "nt/decision.h"

static uint64_t state, count;

void decision_seed(uint64_t seed)
{
    state = seed;
    count = 0;
}

uint32_t decide(uint32_t n)
{
    count++;
    uint64_t z = (state += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    z ^= z >> 31;
    return (uint32_t)(((z >> 32) * n) >> 32);
}

uint64_t decision_count(void)
{
    return count;
}
