/* SPDX-License-Identifier: MIT */
/* trap.h - what the host's signals mean for a driver.
 *
 * SIGSEGV, SIGBUS  an access to device registers or a privileged instruction (emulated), else an exception
 * SIGFPE, SIGILL, SIGTRAP  an exception in driver code
 * SIGNAL_WINDOW    something is pending for this processor
 * SIGNAL_WATCHDOG  report where this processor is, and end the run
 *
 * Handlers run on an alternate stack and only rewrite the interrupted context: service routines, DPCs and
 * exception handlers then run in ordinary context, on the driver's stack. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

enum trap_outcome {
    TRAP_EMULATED,  /* context changed, continue there */
    TRAP_EXCEPTION, /* not emulated: the driver's exception `code` */
    TRAP_FATAL,     /* cannot be continued: bug check with `what` */
};

struct trap_detail {
    uint32_t code;         /* STATUS_xxx for TRAP_EXCEPTION */
    uint64_t parameter[2]; /* access violation: 0 read, 1 write, 8 execute; address */
    unsigned parameters;
    char what[160];
};

/* Tries to execute the instruction at the context's rip in the driver's place. Set by pe/. */
extern enum trap_outcome (*trap_emulate)(ucontext_t *context, bool privileged, uint64_t address,
                                         struct trap_detail *detail);

/* KUSER_SHARED_DATA, which drivers read at 0xFFFFF78000000000: bytes as of now. False outside of it. */
#define SHARED_DATA_VA 0xFFFFF78000000000ull
bool shared_data_read(uint64_t va, unsigned width, uint64_t *value);

/* The control registers a driver may read, and cr8; false: no such register. */
bool trap_cr_read(unsigned cr, uint64_t *value);
bool trap_cr_write(unsigned cr, uint64_t value);
void trap_set_interrupt_flag(bool enabled);
