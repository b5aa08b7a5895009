/* SPDX-License-Identifier: MIT */
/* irql.h - the interrupt request level of the current processor.
 *
 * Raising is a store. Lowering is a store and a look at what is pending above the new level: lowering
 * is therefore an interrupt window (ISRs, DPCs and thread switches may happen inside the call).
 * Both are for code on a processor's thread; neither makes a system call.
 *
 * x64 levels: PASSIVE 0, APC 1, DISPATCH 2, device 3-12 (DIRQL_MIN..DIRQL_MAX), CLOCK 13, IPI 14,
 * HIGH 15. */
#pragma once
#include "nt/processor_asm.h"
#include "nt/wdk.h"
#include <stdbool.h>

#define DIRQL_MIN 3
#define DIRQL_MAX 12

/* PASSIVE_LEVEL on host threads that are no processor. */
static inline KIRQL irql_current(void)
{
    KIRQL irql;
    __asm__ volatile("movb %%gs:%c1, %0" : "=q"(irql) : "i"(PCR_CPU + CPU_IRQL));
    return irql;
}

/* Returns the previous level. Raising to a lower level than the current is the caller's bug. */
KIRQL irql_raise(KIRQL level);
void irql_lower(KIRQL level);

/* "PASSIVE_LEVEL", "DISPATCH_LEVEL", "DIRQL 5" ...; a static string. */
const char *irql_name(KIRQL level);

/* The first line of an export with an IRQL contract: breaking it is reported with the driver's stack
 * (rule "Irql", function name, both levels) and the call goes on, unless the kernel could not survive it. */
#define IRQL_MAX(level) irql_require(__func__, 0, (level))
#define IRQL_EXACT(level) irql_require(__func__, (level), (level))
#define IRQL_RANGE(min, max) irql_require(__func__, (min), (max))
/* False, after reporting, if the current IRQL is outside [min, max]. */
bool irql_require(const char *function, KIRQL min, KIRQL max);

/* mov from/to cr8, executed by a driver. */
uint64_t irql_read_cr8(void);
void irql_write_cr8(uint64_t value);
