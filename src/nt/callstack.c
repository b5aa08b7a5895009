/* SPDX-License-Identifier: MIT */
/* callstack.c - driver code ranges, the shadow stack, and walking a driver's stack. */
#include "nt/callstack.h"
#include "nt/alarm.h"
#include "nt/export_internal.h"
#include "nt/processor.h"
#include "nt/thread_internal.h"
#include <stdio.h>
#include <stdlib.h>

#define RANGES 64

struct range {
    _Atomic uint64_t start, end;
};
static struct range ranges[RANGES]; /* read in signal handlers: only added to and zeroed */
static _Atomic unsigned range_count;
static struct host_lock range_lock;

bool (*driver_unwind_step)(CONTEXT *context);
void (*driver_dispatch_exception)(EXCEPTION_RECORD *record, CONTEXT *context);
void context_resume(const CONTEXT *context) __attribute__((noreturn));

void driver_code_add(const void *start, size_t len)
{
    host_lock(&range_lock);
    unsigned i = 0;
    while (i < range_count && ranges[i].start)
        i++;
    if (i == RANGES) {
        fprintf(stderr, "dirql: more than %d driver code ranges\n", RANGES);
        abort();
    }
    ranges[i].end = (uintptr_t)start + len;
    ranges[i].start = (uintptr_t)start;
    if (i == range_count)
        range_count++;
    host_unlock(&range_lock);
}

void driver_code_remove(const void *start)
{
    host_lock(&range_lock);
    for (unsigned i = 0; i < range_count; i++)
        if (ranges[i].start == (uintptr_t)start)
            ranges[i].start = ranges[i].end = 0;
    host_unlock(&range_lock);
}

bool driver_code_contains(uint64_t rip)
{
    unsigned n = atomic_load_explicit(&range_count, memory_order_acquire);
    for (unsigned i = 0; i < n; i++) {
        uint64_t start = ranges[i].start;
        if (start && rip >= start && rip < ranges[i].end)
            return true;
    }
    return false;
}

static void context_of(const struct shadow *s, CONTEXT *c)
{
    memset(c, 0, sizeof *c);
    c->ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER;
    c->Rip = s->rip, c->Rsp = s->rsp, c->Rbx = s->rbx, c->Rbp = s->rbp, c->Rsi = s->rsi;
    c->Rdi = s->rdi, c->R12 = s->r12, c->R13 = s->r13, c->R14 = s->r14, c->R15 = s->r15;
    c->SegCs = 0x10, c->SegSs = 0x18, c->EFlags = 0x202, c->MxCsr = 0x1F80;
}

/* The newest entry of a call (not of an interrupted instruction). */
static const struct shadow *current_call(void)
{
    struct cpu *cpu = cpu_current();
    if (!cpu || !cpu->thread || cpu->shadow_top <= cpu->thread->shadow_base)
        return NULL;
    const struct shadow *s = cpu->shadow_top - 1;
    return s->thunk ? s : NULL;
}

bool nt_export_caller(CONTEXT *context)
{
    const struct shadow *s = current_call();
    if (!s)
        return false;
    context_of(s, context);
    return true;
}

/* A function that ends with a call often jumps to it (a tail call), so that the export returns to
 * us, who called that function: with its own address behind the arguments, 4, 5 or 8 of them. 0: it
 * is not there. */
static uint64_t jumped_from(const struct shadow *s)
{
    static const unsigned behind[] = {4, 5, 8};
    for (unsigned i = 0; i < 3; i++) {
        uint64_t fn = ((const uint64_t *)(uintptr_t)s->rsp)[behind[i]];
        if (driver_code_contains(fn))
            return fn;
    }
    return 0;
}

uint64_t nt_export_caller_pc(void)
{
    const struct shadow *s = current_call();
    if (!s)
        return 0;
    /* A return address points behind its call. */
    return driver_code_contains(s->rip) ? s->rip - 1 : jumped_from(s);
}

const char *nt_export_current(void)
{
    const struct shadow *s = current_call();
    return s ? s->thunk->name : NULL;
}

void nt_resume(const CONTEXT *context)
{
    struct cpu *cpu = cpu_current();
    /* Calls made deeper than the frame we resume are abandoned. */
    while (cpu->shadow_top > cpu->thread->shadow_base && (cpu->shadow_top - 1)->rsp <= context->Rsp)
        cpu->shadow_top--;
    context_resume(context);
}

size_t driver_stack_of(const struct thread *thread, uint64_t *pc, size_t max)
{
    struct cpu *cpu = cpu_current();
    size_t n = 0;
    if (!cpu || !thread || thread->cpu != cpu || !thread->shadow_base)
        return 0;
    const struct shadow *s = thread == cpu->thread ? cpu->shadow_top : thread->shadow_top;
    while (s-- > thread->shadow_base && n < max) {
        CONTEXT c;
        context_of(s, &c);
        bool call = s->thunk != NULL;
        if (call && !driver_code_contains(c.Rip) && (pc[n] = jumped_from(s)))
            n++;
        for (unsigned depth = 0; depth < 64 && n < max && driver_code_contains(c.Rip); depth++) {
            /* A return address points behind its call; the report wants the call. */
            pc[n++] = c.Rip - (call || depth > 0);
            if (!driver_unwind_step || !driver_unwind_step(&c))
                break;
        }
    }
    return n;
}

size_t driver_stack(uint64_t *pc, size_t max)
{
    struct cpu *cpu = cpu_current();
    return cpu ? driver_stack_of(cpu->thread, pc, max) : 0;
}
