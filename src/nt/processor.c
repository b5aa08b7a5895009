/* SPDX-License-Identifier: MIT */
/* processor.c - a processor's PCR, its pending mask, and interrupt windows. */
#include "nt/processor.h"
#include "nt/callstack.h"
#include "trace/trace.h"
#include <asm/prctl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(offsetof(struct pcr, cpu) == PCR_CPU, "entry.S");
_Static_assert(offsetof(struct cpu, pending) == CPU_PENDING, "entry.S");
_Static_assert(offsetof(struct cpu, pending_here) == CPU_HERE, "entry.S");
_Static_assert(PENDING_BITS == (PENDING_LEVELS | PENDING_POINT), "entry.S");
_Static_assert(offsetof(struct cpu, irql) == CPU_IRQL, "entry.S");
_Static_assert(offsetof(struct cpu, shadow_top) == CPU_SHADOW_TOP, "entry.S");
_Static_assert(sizeof(struct shadow) == SHADOW_BYTES, "entry.S");
_Static_assert(offsetof(struct shadow, thunk) == 80, "entry.S");

struct cpu *cpu_table[CPU_MAX];
unsigned cpu_count;
const struct host_ops *host;
_Atomic int run_state;

/* Where the Windows part of the PCR lies (x64 KPCR and KPRCB; what drivers' inline functions read through gs). */
enum { KPCR_SELF = 0x18, KPCR_PRCB = 0x20, KPCR_USED_SELF = 0x30, KPRCB = 0x180,
       KPRCB_NUMBER = 0x184, KPRCB_THREAD = 0x188 };

static void set_gs(void *base)
{
    /* Linux 5.9 and later let a program write gs itself (AT_HWCAP2 bit 1, FSGSBASE). */
    static int direct = -1;
    if (direct < 0)
        direct = (getauxval(AT_HWCAP2) >> 1) & 1;
    if (direct)
        __asm__ volatile("wrgsbase %0" : : "r"(base) : "memory");
    else
        syscall(SYS_arch_prctl, ARCH_SET_GS, base);
}

static struct pcr *pcr_alloc(void)
{
    struct pcr *pcr = mmap(NULL, (sizeof *pcr + 4095) & ~4095ul, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pcr == MAP_FAILED ? NULL : pcr;
}

/* Host threads that are no processor have a PCR too, whose cpu.self is NULL; threads inherit it. */
__attribute__((constructor)) static void bind_main_thread(void)
{
    cpu_bind(NULL);
}

void cpu_bind(struct cpu *cpu)
{
    static struct pcr *nobody;
    if (!cpu && !nobody && !(nobody = pcr_alloc()))
        abort();
    set_gs(cpu ? (void *)((char *)cpu - PCR_CPU) : (void *)nobody);
}

struct cpu *cpu_create(unsigned number)
{
    struct pcr *pcr = pcr_alloc();
    if (!pcr)
        return NULL;
    *(void **)(pcr->kpcr + KPCR_SELF) = pcr;
    *(void **)(pcr->kpcr + KPCR_USED_SELF) = pcr;
    *(void **)(pcr->kpcr + KPCR_PRCB) = pcr->kpcr + KPRCB;
    pcr->kpcr[KPRCB_NUMBER] = (uint8_t)number;
    struct cpu *cpu = &pcr->cpu;
    cpu->self = cpu;
    cpu->number = number;
    for (int i = 0; i < 32; i++)
        InitializeListHead(&cpu->ready[i]);
    InitializeListHead(&cpu->dpc_queue);
    InitializeListHead(&cpu->dpc_later);
    InitializeListHead(&cpu->dpc_sent);
    InitializeListHead(&cpu->dpc_sent_later);
    cpu_table[number] = cpu;
    return cpu;
}

/* gs:[188h], which drivers read as KeGetCurrentThread(). */
void cpu_publish_thread(struct cpu *cpu, void *thread)
{
    struct pcr *pcr = (struct pcr *)((char *)cpu - PCR_CPU);
    *(void **)(pcr->kpcr + KPRCB_THREAD) = thread;
}

void cpu_request(struct cpu *cpu, unsigned level)
{
    uint32_t bit = 1u << level;
    if (cpu == cpu_current())
        cpu->pending_here |= bit;
    else if (!(atomic_fetch_or(&cpu->pending, bit) & bit)) /* else whoever set it has told the processor */
        host->wake(cpu);
}

void window_open(struct cpu *cpu)
{
    if (__builtin_expect(atomic_load_explicit(&cpu->pending, memory_order_relaxed) & PENDING_POINT, 0)) {
        if (atomic_load_explicit(&run_state, memory_order_relaxed) != RUN_GOING)
            host_park();
        if (atomic_load_explicit(&cpu->bitten, memory_order_relaxed))
            watchdog_report(cpu);
        if (cpu->irql < DISPATCH_LEVEL)
            atomic_fetch_add_explicit(&cpu->heartbeat, 1, memory_order_relaxed);
        host->point(cpu);
    }
    const KIRQL old = cpu->irql;
    for (;;) {
        if (__builtin_expect(((uint32_t)atomic_load(&cpu->pending) & PENDING_LEVELS) >> (old + 1), 0))
            interrupt_collect(cpu);
        uint32_t pending = cpu->pending_here >> (old + 1);
        if (!pending || cpu->cli)
            return;
        unsigned level = old + 1 + (31 - (unsigned)__builtin_clz(pending));
        if (level > DISPATCH_LEVEL) {
            cpu->irql = (KIRQL)level;
            interrupt_take(cpu, level);
            cpu->irql = old;
            continue;
        }
        cpu->irql = DISPATCH_LEVEL;
        cpu->pending_here &= ~(1u << DISPATCH_LEVEL | 1u << APC_LEVEL);
        if (cpu->clock_due)
            timer_expire(cpu);
        dpc_drain(cpu);
        if (cpu->reschedule) {
            thread_reschedule(cpu);
            cpu = cpu_current();
        }
        cpu->irql = old;
        atomic_store_explicit(&cpu->heartbeat, cpu->heartbeat + 1, memory_order_relaxed);
    }
}

/* From entry.S. A thunk is entered from ms_abi code, so this keeps ms_abi's promises. */
__attribute__((ms_abi)) void window_after_export(void)
{
    trace(TRACE_CALL, nt_export_current(), 0, 0);
    window_open(cpu_current());
}

void window_before_driver(void)
{
    window_open(cpu_current());
}
