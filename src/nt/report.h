/* SPDX-License-Identifier: MIT */
/* report.h - what dirql says about a driver: broken rules and bug checks.
 *
 * A violation is recorded (rule, text, driver stack) and the run goes on; the run's exit status becomes 3.
 * A bug check ends the run with status 4, as it would end Windows. Both may be called from any processor
 * at any IRQL; violations also from host threads (then without a driver stack).
 *
 * `rule` names what was broken: a requirement ("R-172"), a rule of Static Driver Verifier
 * ("Irql_Interrupt_Function"), or a bug check with its subcode ("0x7C/0x08"). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Records that a rule was looked at, and reports a violation if `ok` is false. Returns `ok`.
 *     if (!RULE("R-172", irql_current() == PASSIVE_LEVEL, "NdisMDeregisterInterruptEx at %s", ...)) */
#define RULE(which, ok, ...) RULE_AT(NULL, which, ok, __VA_ARGS__)

/* The same where the driver's function has returned and is no longer on the stack, as what a
 * service routine has left undone: `code` is its address, and the report names that function. */
#define RULE_AT(code, which, ok, ...)                                                              \
    ({                                                                                             \
        static struct rule rule_row = {which, 0, 0};                                               \
        __attribute__((section("dirql_rules"), used)) static struct rule *const rule_ref =         \
            &rule_row;                                                                             \
        rule_row.checked++;                                                                        \
        bool rule_ok = (ok);                                                                       \
        if (__builtin_expect(!rule_ok, 0)) {                                                       \
            rule_row.broken++;                                                                     \
            violation_at(code, which, __VA_ARGS__);                                                \
        }                                                                                          \
        rule_ok;                                                                                   \
    })

struct rule {
    const char *name;
    uint64_t checked, broken;
};

/* Same rule, same text, same place: counted once. */
void violation(const char *rule, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* `code`: the driver's function whose fault it is, though it has returned; NULL as violation(). */
void violation_at(const void *code, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Ends the run: `code` and parameters are Windows' own where it has them. Never returns. `what` explains
 * in a sentence what the driver did. */
__attribute__((noreturn, format(printf, 6, 7))) void bugcheck(uint32_t code, uint64_t p1, uint64_t p2,
                                                             uint64_t p3, uint64_t p4,
                                                             const char *what, ...);
/* The same about a thread of this processor, whose stack it is then: see driver_stack_of(). */
struct thread;
__attribute__((noreturn, format(printf, 7, 8))) void
bugcheck_of(const struct thread *thread, uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3,
            uint64_t p4, const char *what, ...);
/* `function` as `code` of violation_at(). */
__attribute__((noreturn, format(printf, 7, 8))) void
bugcheck_at(const void *function, uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4,
            const char *what, ...);
const char *bugcheck_name(uint32_t code);

/* What has been recorded, for the report. Strings belong to the report. */
struct violation_record {
    const char *rule;
    const char *text;
    const char *stack; /* lines separated by '\n', innermost first; "" if no driver code was active */
    unsigned count;
};
size_t report_violations(const struct violation_record **records);
/* Distinct rule names looked at so far in this run. */
size_t report_rules_checked(void);

/* Something that the driver left behind when its adapter halted or it unloaded: "pool", "timer" ... */
void report_leak(const char *kind, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
size_t report_leaks(const char *const **texts);

struct bugcheck_record {
    uint32_t code;
    uint64_t parameter[4];
    const char *text;
    const char *stack;
    unsigned processor;
    unsigned irql;
};
/* NULL unless the run ended in a bug check. */
const struct bugcheck_record *report_bugcheck(void);

/* Turns a stack (code addresses, innermost first) into text; set by whoever knows symbols. The default
 * prints addresses. Returns a malloc'd string. */
extern char *(*report_symbolise)(const uint64_t *pc, size_t n);
