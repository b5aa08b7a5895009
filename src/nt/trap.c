/* SPDX-License-Identifier: MIT */
/* trap.c - signal handlers: faults become emulation, exceptions or reports; a poke becomes an interrupt. */
#include "nt/trap.h"
#include "nt/callstack.h"
#include "nt/host_live.h"
#include "nt/iospace.h"
#include "nt/irql.h"
#include "nt/machine.h"
#include "nt/physmem.h"
#include "nt/pool.h"
#include "nt/processor.h"
#include "nt/report.h"
#include "nt/thread.h"
#include "nt/thread_internal.h"
#include <cpuid.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ALT_STACK_BYTES (256 * 1024)
/* A poke that found host code is repeated after this long, in case that code was just about to enter the driver. */
#define RETRY_NS 50000

enum trap_outcome (*trap_emulate)(ucontext_t *context, bool privileged, uint64_t address,
                                  struct trap_detail *detail);
uint32_t xsave_bytes, xsave_mask;

/* --- what was interrupted --- */

static void context_from(const ucontext_t *uc, CONTEXT *c)
{
    const greg_t *r = uc->uc_mcontext.gregs;
    memset(c, 0, sizeof *c);
    c->ContextFlags = CONTEXT_FULL;
    c->Rax = r[REG_RAX], c->Rcx = r[REG_RCX], c->Rdx = r[REG_RDX], c->Rbx = r[REG_RBX];
    c->Rsp = r[REG_RSP], c->Rbp = r[REG_RBP], c->Rsi = r[REG_RSI], c->Rdi = r[REG_RDI];
    c->R8 = r[REG_R8], c->R9 = r[REG_R9], c->R10 = r[REG_R10], c->R11 = r[REG_R11];
    c->R12 = r[REG_R12], c->R13 = r[REG_R13], c->R14 = r[REG_R14], c->R15 = r[REG_R15];
    c->Rip = r[REG_RIP];
    c->EFlags = (ULONG)r[REG_EFL];
    c->SegCs = 0x10, c->SegSs = 0x18; /* the kernel's selectors on x64 Windows */
    if (uc->uc_mcontext.fpregs) {
        c->MxCsr = uc->uc_mcontext.fpregs->mxcsr;
        memcpy(&c->FltSave, uc->uc_mcontext.fpregs, 512);
    } else {
        c->MxCsr = 0x1F80;
    }
}

static void push_shadow(const CONTEXT *c)
{
    struct cpu *cpu = cpu_current();
    *cpu->shadow_top++ = (struct shadow){.rip = c->Rip, .rsp = c->Rsp, .rbx = c->Rbx, .rbp = c->Rbp,
                                         .rsi = c->Rsi, .rdi = c->Rdi, .r12 = c->R12, .r13 = c->R13,
                                         .r14 = c->R14, .r15 = c->R15};
}

/* Whether `bytes` can be pushed. */
static bool stack_has_room(const ucontext_t *uc, size_t bytes)
{
    const struct thread *t = thread_current();
    uint64_t rsp = (uint64_t)uc->uc_mcontext.gregs[REG_RSP];
    return t && rsp >= (uintptr_t)t->stack + STACK_GUARD_BYTES + bytes && rsp <= (uintptr_t)t->stack + STACK_BYTES;
}

/* Bug check 0x7F/8: where a processor would find no stack for an interrupt or an exception, a double fault. */
__attribute__((noreturn)) static void stack_lost(const ucontext_t *uc)
{
    const struct thread *t = thread_current();
    CONTEXT c;
    context_from(uc, &c);
    push_shadow(&c);
    if (t && c.Rsp - (uintptr_t)t->stack > STACK_BYTES)
        bugcheck(0x7F, 8, c.Rsp, 0, c.Rip, "the driver's stack pointer is 0x%llx, which is not in its kernel stack",
                 (unsigned long long)c.Rsp);
    bugcheck(0x7F, 8, c.Rsp, 0, c.Rip, "the driver overflowed its kernel stack");
}

/* --- interrupts --- */

/* What interrupt_trampoline pushed, lowest address first. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax, rflags, rip;
};

/* From entry.S, on the driver's stack, between two of its instructions. */
void interrupt_from_driver(struct trap_frame *frame)
{
    struct cpu *cpu = cpu_current();
    struct shadow *s = cpu->shadow_top;
    *s = (struct shadow){.rip = frame->rip, .rsp = (uintptr_t)(frame + 1), .rbx = frame->rbx,
                         .rbp = frame->rbp, .rsi = frame->rsi, .rdi = frame->rdi, .r12 = frame->r12,
                         .r13 = frame->r13, .r14 = frame->r14, .r15 = frame->r15};
    cpu->shadow_top = s + 1;
    window_open(cpu);
    cpu_current()->shadow_top--;
}

/* Makes the context continue in interrupt_trampoline, as if the processor had been interrupted at rip. */
static void inject_interrupt(ucontext_t *uc)
{
    greg_t *r = uc->uc_mcontext.gregs;
    if (!stack_has_room(uc, sizeof(struct trap_frame)))
        stack_lost(uc);
    uint64_t *sp = (uint64_t *)(uintptr_t)r[REG_RSP] - 1;
    *sp = (uint64_t)r[REG_RIP];
    r[REG_RSP] = (greg_t)(uintptr_t)sp;
    r[REG_RIP] = (greg_t)(uintptr_t)interrupt_trampoline;
}

static void on_window(int sig, siginfo_t *info, void *context)
{
    int saved = errno;
    struct cpu *cpu = cpu_current();
    ucontext_t *uc = context;
    if (cpu && window_wanted(cpu)) {
        if (driver_code_contains((uint64_t)uc->uc_mcontext.gregs[REG_RIP])) {
            inject_interrupt(uc);
        } else {
            struct itimerspec soon = {.it_value.tv_nsec = RETRY_NS};
            timer_settime(cpu->retry_timer, 0, &soon, NULL);
        }
    }
    errno = saved;
}

/* --- exceptions --- */

/* Windows' bug check for an exception that nobody handled (0xD1 and 0xA for raised IRQL, 0x50 and 0x1E below). */
static uint32_t bugcheck_code(const EXCEPTION_RECORD *record)
{
    if ((ULONG)record->ExceptionCode == (ULONG)STATUS_ACCESS_VIOLATION)
        return irql_current() >= DISPATCH_LEVEL ? 0xD1 : 0x50;
    return 0x1E;
}

/* What pool memory is filled with, found where a pointer should be. NULL: it is not that. */
static const char *filling(uint64_t address)
{
    if (address >> 16 == NT_POOL_FREED_BYTE * 0x010101010101ull)
        return "found in freed memory (freed pool and packets are filled with 0xdd)";
    if (address >> 16 == NT_POOL_FRESH_BYTE * 0x010101010101ull)
        return "that was never set (fresh pool is filled with 0xcd)";
    return NULL;
}

/* The same where the processor does not tell the address, because it is not canonical: in any
 * register. */
static const char *filling_in_register(const ucontext_t *uc)
{
    for (int r = REG_R8; r <= REG_RCX; r++) {
        const char *what = filling((uint64_t)uc->uc_mcontext.gregs[r]);
        if (what)
            return what;
    }
    return NULL;
}

static const char *exception_text(const EXCEPTION_RECORD *record, char *buf, size_t size)
{
    uint32_t code = record->ExceptionCode;
    const char *fill = filling(record->ExceptionInformation[1]);
    if (code == (uint32_t)STATUS_ACCESS_VIOLATION && fill) {
        snprintf(buf, size, "the driver %s 0x%llx, a pointer %s",
                 record->ExceptionInformation[0] ? "used" : "read from",
                 (unsigned long long)record->ExceptionInformation[1], fill);
    } else if (code == (uint32_t)STATUS_ACCESS_VIOLATION) {
        uint64_t how = record->ExceptionInformation[0];
        snprintf(buf, size, "the driver %s 0x%llx, which is no memory it may %s",
                 how == 8 ? "jumped to" : how ? "wrote to" : "read from",
                 (unsigned long long)record->ExceptionInformation[1], how ? "use so" : "read");
    } else if (code == (uint32_t)STATUS_BREAKPOINT) {
        snprintf(buf, size, "the driver executed a breakpoint, and no debugger is attached");
    } else if (code == (uint32_t)STATUS_INTEGER_DIVIDE_BY_ZERO) {
        snprintf(buf, size, "the driver divided by zero");
    } else if (code == (uint32_t)STATUS_PRIVILEGED_INSTRUCTION) {
        snprintf(buf, size, "the driver executed a privileged instruction that this machine does not have");
    } else if (code == (uint32_t)STATUS_ILLEGAL_INSTRUCTION) {
        snprintf(buf, size, "the driver executed an illegal instruction");
    } else {
        snprintf(buf, size, "exception 0x%08x in the driver was not handled", code);
    }
    return buf;
}

/* From exception_trampoline, on the driver's stack. */
__attribute__((noreturn)) void exception_from_driver(EXCEPTION_RECORD *record, CONTEXT *context)
{
    CONTEXT top = *context;
    if (!driver_code_contains(top.Rip)) { /* a wild jump: the caller is on top of the stack */
        top.Rip = *(uint64_t *)(uintptr_t)top.Rsp - 1;
        top.Rsp += 8;
    }
    push_shadow(&top);
    /* A debugger sees it first. Rip is behind the breakpoint, as the processor leaves it. */
    if ((uint32_t)record->ExceptionCode == (uint32_t)STATUS_BREAKPOINT &&
        machine_breakpoint("executed a breakpoint"))
        nt_resume(context);
    if (driver_dispatch_exception)
        driver_dispatch_exception(record, context);
    char text[200];
    uint32_t code = bugcheck_code(record);
    if (code == 0x1E)
        bugcheck(code, record->ExceptionCode, context->Rip, record->ExceptionInformation[0],
                 record->ExceptionInformation[1], "%s", exception_text(record, text, sizeof text));
    bugcheck(code, record->ExceptionInformation[1], irql_current(), record->ExceptionInformation[0],
             context->Rip, "%s", exception_text(record, text, sizeof text));
}

static bool on_guard_page(const struct thread *t, uint64_t address)
{
    return t && t->stack && address - (uintptr_t)t->stack < STACK_GUARD_BYTES;
}

static void raise_exception(ucontext_t *uc, const struct trap_detail *detail)
{
    greg_t *r = uc->uc_mcontext.gregs;
    uint64_t rsp = (uint64_t)r[REG_RSP];
    if (!stack_has_room(uc, 8192))
        stack_lost(uc);
    CONTEXT *c = (CONTEXT *)(((rsp - sizeof(CONTEXT) - 256) & ~63ull));
    EXCEPTION_RECORD *record = (EXCEPTION_RECORD *)(((uintptr_t)c - sizeof *record - 64) & ~63ull);
    context_from(uc, c);
    memset(record, 0, sizeof *record);
    record->ExceptionCode = detail->code;
    record->ExceptionAddress = (PVOID)c->Rip;
    record->NumberParameters = detail->parameters;
    for (unsigned i = 0; i < detail->parameters; i++)
        record->ExceptionInformation[i] = detail->parameter[i];
    r[REG_RDI] = (greg_t)(uintptr_t)record;
    r[REG_RSI] = (greg_t)(uintptr_t)c;
    r[REG_RSP] = (greg_t)(uintptr_t)record - 64;
    r[REG_RIP] = (greg_t)(uintptr_t)exception_trampoline;
}

/* --- faults --- */

static void own_fault(int sig, const siginfo_t *info, const ucontext_t *uc)
{
    char text[256];
    int n = snprintf(text, sizeof text,
                     "dirql: internal error: signal %d at address %p, code at 0x%llx (this is dirql's "
                     "fault, not the driver's)\n",
                     sig, info->si_addr, (unsigned long long)uc->uc_mcontext.gregs[REG_RIP]);
    if (write(2, text, (size_t)n) < 0)
        _exit(70);
    signal(sig, SIG_DFL);
    raise(sig);
}

/* Host code faulted while it worked for a driver: a pointer that the driver passed is bad. */
static void fault_in_export(const siginfo_t *info, const ucontext_t *uc)
{
    const char *name = nt_export_current();
    const char *fill = uc->uc_mcontext.gregs[REG_TRAPNO] == 13 ? filling_in_register(uc) : NULL;
    if (fill)
        bugcheck(irql_current() >= DISPATCH_LEVEL ? 0xD1 : 0x50, UINT64_MAX, irql_current(), 0, 0,
                 "%s was given a bad pointer by the driver: one %s", name, fill);
    bugcheck(irql_current() >= DISPATCH_LEVEL ? 0xD1 : 0x50, (uintptr_t)info->si_addr, irql_current(), 0,
             0, "%s was given a bad pointer by the driver: address %p is no memory", name,
             info->si_addr);
}

static void after_emulation(struct cpu *cpu, ucontext_t *uc)
{
    if (window_wanted(cpu) && driver_code_contains((uint64_t)uc->uc_mcontext.gregs[REG_RIP]))
        inject_interrupt(uc);
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    struct cpu *cpu = cpu_current();
    uint64_t rip = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
    uint64_t address = (uint64_t)(uintptr_t)info->si_addr;
    bool in_driver = driver_code_contains(rip);
    if (!cpu)
        return own_fault(sig, info, uc);

    if (on_guard_page(cpu->thread, address))
        stack_lost(uc);
    int trap = (int)uc->uc_mcontext.gregs[REG_TRAPNO];
    struct trap_detail detail = {.code = (uint32_t)STATUS_ACCESS_VIOLATION};
    bool device = sig == SIGSEGV && iospace_contains((const void *)(uintptr_t)address);
    if (sig == SIGSEGV && trap_emulate && (in_driver || device)) {
        switch (trap_emulate(uc, trap == 13, address, &detail)) {
        case TRAP_EMULATED:
            after_emulation(cpu, uc);
            return;
        case TRAP_EXCEPTION:
            break;
        case TRAP_FATAL: {
            CONTEXT c;
            context_from(uc, &c);
            push_shadow(&c);
            bugcheck(0x1E, detail.code, rip, detail.parameter[0], detail.parameter[1], "%s",
                     detail.what);
        }
        }
    } else if (sig == SIGFPE) {
        detail.code = (uint32_t)(info->si_code == FPE_INTDIV ? STATUS_INTEGER_DIVIDE_BY_ZERO
                                                             : STATUS_FLOAT_INVALID_OPERATION);
    } else if (sig == SIGILL) {
        detail.code = (uint32_t)STATUS_ILLEGAL_INSTRUCTION;
    } else if (sig == SIGTRAP) {
        detail.code = (uint32_t)STATUS_BREAKPOINT;
    }
    if (detail.code == (uint32_t)STATUS_ACCESS_VIOLATION && !detail.parameters) {
        uint64_t error = (uint64_t)uc->uc_mcontext.gregs[REG_ERR];
        detail.parameters = 2;
        detail.parameter[0] = address == rip ? 8 : (error >> 1) & 1;
        detail.parameter[1] = trap == 13 ? UINT64_MAX : address;
    }
    /* Code that is nowhere: a call through a bad function pointer. The caller's frame is on the stack. */
    bool wild_jump = address == rip && stack_has_room(uc, 0) &&
                     driver_code_contains(*(uint64_t *)(uintptr_t)uc->uc_mcontext.gregs[REG_RSP]);
    if (in_driver || wild_jump)
        raise_exception(uc, &detail);
    else if ((sig == SIGSEGV || sig == SIGBUS) && nt_export_current())
        fault_in_export(info, uc);
    else
        own_fault(sig, info, uc);
}

void watchdog_report(struct cpu *cpu)
{
    const char *export = nt_export_current();
    /* Parameters: 0 and twice the time if it is one DPC or service routine, else 1 and the time (0x133's page). */
    bool one = cpu->in_service || (cpu->draining && cpu->dpcs_run == cpu->dpcs_seen);
    uint64_t ticks = machine_watchdog_ns() / 15625000;
    bugcheck(0x133, !one, ticks, one ? ticks : 0, 0,
             "processor %u makes no progress at %s%s%s: the driver loops or waits there for ever",
             cpu->number, irql_name(cpu->irql), export ? ", in " : "", export ? export : "");
}

/* Host code is left alone until its next window: it may hold a lock that the report needs. */
static void on_watchdog(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    struct cpu *cpu = cpu_current();
    if (!cpu || run_state != RUN_GOING || !cpu->bitten)
        return;
    bool in_driver = driver_code_contains((uint64_t)uc->uc_mcontext.gregs[REG_RIP]);
    if (in_driver) {
        CONTEXT c;
        context_from(uc, &c);
        push_shadow(&c);
    }
    if (in_driver || cpu->bitten > 1)
        watchdog_report(cpu);
}

/* --- registers a driver may look at --- */

bool trap_cr_read(unsigned cr, uint64_t *value)
{
    switch (cr) {
    case 0:
        *value = 0x80050033; /* PE MP ET NE WP AM PG: a running 64-bit kernel */
        return true;
    case 3:
        *value = 0x1AA000;
        return true;
    case 4:
        *value = 0x6F8; /* DE PSE PAE MCE PGE OSFXSR OSXMMEXCPT */
        return true;
    case 8:
        *value = irql_read_cr8();
        return true;
    }
    return false;
}

bool trap_cr_write(unsigned cr, uint64_t value)
{
    if (cr != 8)
        return false;
    irql_write_cr8(value);
    return true;
}

void trap_set_interrupt_flag(bool enabled)
{
    cpu_current()->cli = !enabled;
}

/* --- setting up --- */

static void catch(int sig, void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGNAL_WINDOW);
    sigaction(sig, &action, NULL);
}

int trap_init(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return -ENOTSUP;
    /* x87, SSE, AVX, AVX-512; not AMX, which no driver uses and whose state is huge. */
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    xsave_mask = low & 0xE7;
    __cpuid_count(0xD, 0, a, b, c, d);
    xsave_bytes = (b + 63) & ~63u;
    catch (SIGSEGV, on_fault);
    catch (SIGBUS, on_fault);
    catch (SIGFPE, on_fault);
    catch (SIGILL, on_fault);
    catch (SIGTRAP, on_fault);
    catch (SIGNAL_WINDOW, on_window);
    catch (SIGNAL_WATCHDOG, on_watchdog);
    return 0;
}

void trap_thread_init(struct cpu *cpu)
{
    cpu->alt_stack = mmap(NULL, ALT_STACK_BYTES, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    stack_t stack = {.ss_sp = cpu->alt_stack, .ss_size = ALT_STACK_BYTES};
    sigaltstack(&stack, NULL);
    if (host != &host_live)
        return;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL_WINDOW};
    event._sigev_un._tid = (int)syscall(SYS_gettid);
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer)) {
        fprintf(stderr, "dirql: no timer for processor %u: %s (ulimit -i limits them)\n", cpu->number,
                strerror(errno));
        exit(1);
    }
    cpu->retry_timer = timer;
}

void trap_block_window_signal(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGNAL_WINDOW);
    sigaddset(&set, SIGNAL_WATCHDOG);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}
