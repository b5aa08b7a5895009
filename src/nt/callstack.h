/* SPDX-License-Identifier: MIT */
/* callstack.h - where driver code is, seen from the exports it called.
 *
 * A driver calls an export through a thunk that moves the driver's return address and its non-volatile
 * registers to a shadow stack of the current thread. That gives exact driver stacks for reports, the
 * caller's context for ExRaiseStatus and friends, and a place to open an interrupt window on return. */
#pragma once
#include "nt/processor_asm.h"
#include "nt/wdk.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Code that belongs to drivers: an async interrupt may be taken between two of its instructions. */
void driver_code_add(const void *start, size_t len);
void driver_code_remove(const void *start);
bool driver_code_contains(uint64_t rip);

/* The driver frame that called the current export: Rip = its return address, Rsp as after the return, Rbx Rbp
 * Rsi Rdi R12-R15. False if no driver called (host code only). */
bool nt_export_caller(CONTEXT *context);
/* The address of that call, 0 if no driver called: what to remember of who made something. */
uint64_t nt_export_caller_pc(void);
/* The row of that export ("NdisMRegisterInterruptEx"), or NULL. */
const char *nt_export_current(void);

/* Continue driver code at *context: drops the shadow entries of calls that are thereby abandoned. */
__attribute__((noreturn)) void nt_resume(const CONTEXT *context);

/* The driver's stack, innermost first, across host frames (export -> callback -> export). Returns the count. */
size_t driver_stack(uint64_t *pc, size_t max);
/* The same of a thread of this processor that does not run now, or is what a DPC interrupted. 0 for
 * one of another processor. */
struct thread;
size_t driver_stack_of(const struct thread *thread, uint64_t *pc, size_t max);

/* One step of unwinding in driver code: fills the caller's registers; false at the end. Set by pe/. */
extern bool (*driver_unwind_step)(CONTEXT *context);
/* Hardware exceptions in driver code: may resume (never returns then) or return if nobody handles it. Runs on the
 * faulting thread, on its own stack, at the faulting IRQL. Set by pe/. */
extern void (*driver_dispatch_exception)(EXCEPTION_RECORD *record, CONTEXT *context);

/* Calls a driver's function (ms_abi) with up to 8 integer or pointer arguments. Opens an interrupt window
 * first, so that nothing pending is overlooked when driver code starts. Processor thread only. */
uint64_t driver_call8(void *fn, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                      uint64_t a5, uint64_t a6, uint64_t a7);
/* The same with up to 4, or 5; each passes the function itself as one more argument, which is how a
 * driver's function is known that ends with a jump to an export and is on no stack any more.
 * Inline, because every service routine and every DPC is such a call. */
void window_before_driver(void);
static inline bool driver_call_window(void)
{
    uint32_t sent, here;
    uint8_t irql;
    __asm__ volatile("movl %%gs:%c3, %0\n\tmovl %%gs:%c4, %1\n\tmovb %%gs:%c5, %2"
                     : "=&r"(sent), "=&r"(here), "=q"(irql)
                     : "i"(PCR_CPU + CPU_PENDING), "i"(PCR_CPU + CPU_HERE), "i"(PCR_CPU + CPU_IRQL));
    return ((sent & PENDING_BITS) | here) >> irql >> 1;
}
static inline uint64_t driver_call4(void *fn, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
    if (__builtin_expect(driver_call_window(), 0))
        window_before_driver();
    uint64_t result =
        ((uint64_t(NTAPI *)(uint64_t, uint64_t, uint64_t, uint64_t, void *))fn)(a0, a1, a2, a3, fn);
    __asm__ volatile("" : "+r"(result)); /* no tail call: a host frame stays between two driver frames */
    return result;
}
static inline uint64_t driver_call5(void *fn, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4)
{
    if (__builtin_expect(driver_call_window(), 0))
        window_before_driver();
    uint64_t result = ((uint64_t(NTAPI *)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                                          void *))fn)(a0, a1, a2, a3, a4, fn);
    __asm__ volatile("" : "+r"(result));
    return result;
}
#define DRIVER_CALL_ARG(x) ((uint64_t)(uintptr_t)(x))
#define DRIVER_CALL_4(fn, a, b, c, d, ...)                                                         \
    driver_call4((void *)(fn), DRIVER_CALL_ARG(a), DRIVER_CALL_ARG(b), DRIVER_CALL_ARG(c),         \
                 DRIVER_CALL_ARG(d))
#define DRIVER_CALL_5(fn, a, b, c, d, e, ...)                                                      \
    driver_call5((void *)(fn), DRIVER_CALL_ARG(a), DRIVER_CALL_ARG(b), DRIVER_CALL_ARG(c),         \
                 DRIVER_CALL_ARG(d), DRIVER_CALL_ARG(e))
#define DRIVER_CALL_8(fn, a, b, c, d, e, f, g, h, ...)                                             \
    driver_call8((void *)(fn), DRIVER_CALL_ARG(a), DRIVER_CALL_ARG(b), DRIVER_CALL_ARG(c),         \
                 DRIVER_CALL_ARG(d), DRIVER_CALL_ARG(e), DRIVER_CALL_ARG(f), DRIVER_CALL_ARG(g),   \
                 DRIVER_CALL_ARG(h))
/* By the number of arguments. */
#define DRIVER_CALL_PICK(fn, a, b, c, d, e, f, g, h, pick, ...) pick
/* DRIVER_CALL(fn, args...): the result register as uint64_t; cast it to the function's type, e.g.
 * (NDIS_STATUS)DRIVER_CALL(chars->InitializeHandlerEx, handle, context, params). */
#define DRIVER_CALL(fn, ...)                                                                       \
    DRIVER_CALL_PICK(fn, ##__VA_ARGS__, DRIVER_CALL_8, DRIVER_CALL_8, DRIVER_CALL_8, DRIVER_CALL_5, \
                     DRIVER_CALL_4, DRIVER_CALL_4, DRIVER_CALL_4, DRIVER_CALL_4, DRIVER_CALL_4)    \
    (fn, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0, 0, 0)
