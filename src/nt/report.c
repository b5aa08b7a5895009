/* SPDX-License-Identifier: MIT */
/* report.c - recorded violations, leaks and the bug check. */
#include "nt/report.h"
#include "nt/alarm.h"
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/processor.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VIOLATIONS 256
#define LEAKS      256
#define FRAMES     24

struct record {
    const char *rule;
    char *text;
    uint64_t pc[FRAMES];
    size_t depth;
    unsigned count;
};

static struct record records[VIOLATIONS];
static size_t record_count;
static char *leaks[LEAKS];
static size_t leak_count;
static struct host_lock lock;
static struct record fatal;
static struct bugcheck_record fatal_record;
static _Atomic bool dead;

extern struct rule *const __start_dirql_rules[] __attribute__((weak));
extern struct rule *const __stop_dirql_rules[] __attribute__((weak));

static char *plain_stack(const uint64_t *pc, size_t n)
{
    char *text = calloc(n + 1, 24);
    for (size_t i = 0, at = 0; text && i < n; i++)
        at += (size_t)sprintf(text + at, "%s0x%llx", i ? "\n" : "", (unsigned long long)pc[i]);
    return text;
}
char *(*report_symbolise)(const uint64_t *pc, size_t n) = plain_stack;

static bool same(const struct record *a, const struct record *b)
{
    return !strcmp(a->rule, b->rule) && a->depth == b->depth &&
           !memcmp(a->pc, b->pc, a->depth * sizeof a->pc[0]) && (a->depth || !strcmp(a->text, b->text));
}

/* The driver's stack, or the function that is to be named. */
static void note_place(struct record *r, const void *code)
{
    if (code) {
        r->pc[0] = (uintptr_t)code;
        r->depth = 1;
    } else {
        r->depth = driver_stack(r->pc, FRAMES);
    }
}

static void add(const void *code, const char *rule, const char *fmt, va_list ap)
{
    struct record r = {.rule = rule, .count = 1};
    if (vasprintf(&r.text, fmt, ap) < 0)
        return;
    note_place(&r, code);
    host_lock(&lock);
    for (size_t i = 0; i < record_count; i++)
        if (same(&records[i], &r)) {
            records[i].count++;
            free(r.text);
            r.text = NULL;
            break;
        }
    if (r.text && record_count < VIOLATIONS)
        records[record_count++] = r;
    else
        free(r.text);
    host_unlock(&lock);
}

void violation(const char *rule, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(NULL, rule, fmt, ap);
    va_end(ap);
}

void violation_at(const void *code, const char *rule, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(code, rule, fmt, ap);
    va_end(ap);
}

static char *symbolise(const struct record *r)
{
    char *text = r->depth ? report_symbolise(r->pc, r->depth) : NULL;
    return text ? text : strdup("");
}

size_t report_violations(const struct violation_record **out)
{
    static struct violation_record shown[VIOLATIONS];
    for (size_t i = 0; i < record_count; i++)
        shown[i] = (struct violation_record){records[i].rule, records[i].text,
                                             shown[i].stack ? shown[i].stack : symbolise(&records[i]),
                                             records[i].count};
    *out = shown;
    return record_count;
}

size_t report_rules_checked(void)
{
    /* Several places may look at one rule: names are counted. */
    size_t total = (size_t)(__stop_dirql_rules - __start_dirql_rules), n = 0;
    for (size_t i = 0; i < total; i++) {
        bool first = __start_dirql_rules[i]->checked > 0;
        for (size_t j = 0; first && j < i; j++)
            first = !__start_dirql_rules[j]->checked ||
                    strcmp(__start_dirql_rules[i]->name, __start_dirql_rules[j]->name);
        n += first;
    }
    return n;
}

void report_leak(const char *kind, const char *fmt, ...)
{
    char *what = NULL, *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&what, fmt, ap) < 0)
        what = NULL;
    va_end(ap);
    if (what && asprintf(&text, "%s: %s", kind, what) < 0)
        text = NULL;
    free(what);
    host_lock(&lock);
    if (text && leak_count < LEAKS)
        leaks[leak_count++] = text;
    host_unlock(&lock);
}

size_t report_leaks(const char *const **texts)
{
    *texts = (const char *const *)leaks;
    return leak_count;
}

static const struct {
    uint32_t code;
    const char *name;
} codes[] = {
    {0x0A, "IRQL_NOT_LESS_OR_EQUAL"},
    {0x0C, "MAXIMUM_WAIT_OBJECTS_EXCEEDED"},
    {0x1E, "KMODE_EXCEPTION_NOT_HANDLED"},
    {0x50, "PAGE_FAULT_IN_NONPAGED_AREA"},
    {0x7C, "BUGCODE_NDIS_DRIVER"},
    {0x7F, "UNEXPECTED_KERNEL_MODE_TRAP"},
    {0xC1, "SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION"},
    {0xC2, "BAD_POOL_CALLER"},
    {0xC4, "DRIVER_VERIFIER_DETECTED_VIOLATION"},
    {0xC5, "DRIVER_CORRUPTED_EXPOOL"},
    {0xC7, "TIMER_OR_DPC_INVALID"},
    {0xD1, "DRIVER_IRQL_NOT_LESS_OR_EQUAL"},
    {0xE2, "MANUALLY_INITIATED_CRASH"},
    {0xE6, "DRIVER_VERIFIER_DMA_VIOLATION"},
    {0xF7, "DRIVER_OVERRAN_STACK_BUFFER"},
    {0x133, "DPC_WATCHDOG_VIOLATION"},
    {0x139, "KERNEL_SECURITY_CHECK_FAILURE"},
};

const char *bugcheck_name(uint32_t code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code)
            return codes[i].name;
    return "(the driver's own)";
}

/* The driver's code is that on `thread`'s stack (NULL: this one's), or `function`, if not NULL. */
__attribute__((noreturn)) static void die(const struct thread *thread, const void *function,
                                          uint32_t code, const uint64_t p[4], const char *what,
                                          va_list ap)
{
    static char text[512]; /* no allocation: the heap may be what broke */
    if (atomic_exchange(&dead, true))
        machine_die(); /* the first one counts */
    vsnprintf(text, sizeof text, what, ap);
    fatal.text = text;
    if (thread)
        fatal.depth = driver_stack_of(thread, fatal.pc, FRAMES);
    else
        note_place(&fatal, function);
    struct cpu *cpu = cpu_current();
    /* A thread that is not the one that runs was below DISPATCH_LEVEL. */
    fatal_record = (struct bugcheck_record){.code = code,
                                            .parameter = {p[0], p[1], p[2], p[3]},
                                            .text = text,
                                            .processor = cpu ? cpu->number : 0,
                                            .irql = thread ? PASSIVE_LEVEL : irql_current()};
    fatal.count = 1;
    machine_die();
}

void bugcheck(uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4, const char *what,
              ...)
{
    va_list ap;
    va_start(ap, what);
    die(NULL, NULL, code, (uint64_t[]){p1, p2, p3, p4}, what, ap);
}

void bugcheck_of(const struct thread *thread, uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3,
                 uint64_t p4, const char *what, ...)
{
    va_list ap;
    va_start(ap, what);
    die(thread, NULL, code, (uint64_t[]){p1, p2, p3, p4}, what, ap);
}

void bugcheck_at(const void *function, uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3,
                 uint64_t p4, const char *what, ...)
{
    va_list ap;
    va_start(ap, what);
    die(NULL, function, code, (uint64_t[]){p1, p2, p3, p4}, what, ap);
}

const struct bugcheck_record *report_bugcheck(void)
{
    if (!fatal.count)
        return NULL;
    if (!fatal_record.stack)
        fatal_record.stack = symbolise(&fatal);
    return &fatal_record;
}

VOID NTAPI KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4)
{
    bugcheck(BugCheckCode, P1, P2, P3, P4, "the driver called KeBugCheckEx");
}

VOID NTAPI KeBugCheck(ULONG BugCheckCode)
{
    bugcheck(BugCheckCode, 0, 0, 0, 0, "the driver called KeBugCheck");
}
NT_EXPORT("ntoskrnl.exe", KeBugCheckEx);
NT_EXPORT("ntoskrnl.exe", KeBugCheck);
