/* SPDX-License-Identifier: MIT */
/* irql.c - raising, lowering and checking the IRQL. */
#include "nt/irql.h"
#include "nt/callstack.h"
#include "nt/export.h"
#include "nt/processor.h"
#include "nt/report.h"
#include <stdio.h>

#undef KeRaiseIrql

KIRQL irql_raise(KIRQL level)
{
    struct cpu *cpu = cpu_current();
    KIRQL old = cpu->irql;
    cpu->irql = level;
    return old;
}

void irql_lower(KIRQL level)
{
    struct cpu *cpu = cpu_current();
    cpu->irql = level;
    /* The raising side sets `pending` before it looks at us; the signal it sends, or the next window,
     * covers the instant between our store and our load. */
    if (level < DISPATCH_LEVEL)
        atomic_store_explicit(&cpu->heartbeat, cpu->heartbeat + 1, memory_order_relaxed);
    window(cpu);
}

const char *irql_name(KIRQL level)
{
    static const char *const names[16] = {
        "PASSIVE_LEVEL", "APC_LEVEL", "DISPATCH_LEVEL", "DIRQL 3",  "DIRQL 4",  "DIRQL 5",
        "DIRQL 6",       "DIRQL 7",   "DIRQL 8",        "DIRQL 9",  "DIRQL 10", "DIRQL 11",
        "DIRQL 12",      "CLOCK_LEVEL", "IPI_LEVEL",    "HIGH_LEVEL"};
    return level < 16 ? names[level] : "invalid IRQL";
}

bool irql_require(const char *function, KIRQL min, KIRQL max)
{
    struct cpu *cpu = cpu_current();
    if (!cpu)
        return true; /* host code preparing the machine */
    KIRQL now = cpu->irql;
    if (min == max)
        return RULE("Irql", now == min, "%s called at %s, must be called at %s", function,
                    irql_name(now), irql_name(min));
    return RULE("Irql", now >= min && now <= max, "%s called at %s, must be called at %s%s",
                function, irql_name(now), now > max ? "or below " : "or above ",
                irql_name(now > max ? max : min));
}

/* Bug check 0xC4: 0x30 raising to a lower level, 0x31 lowering to a higher one, 0x32 no such level. */
static bool level_ok(KIRQL level, unsigned subcode, bool ok, const char *what)
{
    struct cpu *cpu = cpu_current();
    if (ok && level <= HIGH_LEVEL)
        return true;
    violation("R-440", "%s to %s while at %s (bug check 0xC4/0x%x)", what, irql_name(level),
              irql_name(cpu->irql), level > HIGH_LEVEL ? 0x32 : subcode);
    return false;
}

static KIRQL NTAPI nt_KfRaiseIrql(KIRQL NewIrql)
{
    if (!level_ok(NewIrql, 0x30, NewIrql >= irql_current(), "KeRaiseIrql"))
        return irql_current();
    return irql_raise(NewIrql);
}
NT_EXPORT_AS("hal.dll", KfRaiseIrql, nt_KfRaiseIrql);

static VOID NTAPI nt_KfLowerIrql(KIRQL NewIrql)
{
    if (level_ok(NewIrql, 0x31, NewIrql <= irql_current(), "KeLowerIrql"))
        irql_lower(NewIrql);
}
NT_EXPORT_AS("hal.dll", KfLowerIrql, nt_KfLowerIrql);
#undef KeLowerIrql
NT_EXPORT_AS("hal.dll", KeLowerIrql, nt_KfLowerIrql);

static VOID NTAPI nt_KeRaiseIrql(KIRQL NewIrql, KIRQL *OldIrql)
{
    *OldIrql = nt_KfRaiseIrql(NewIrql);
}
NT_EXPORT_AS("hal.dll", KeRaiseIrql, nt_KeRaiseIrql);

static KIRQL NTAPI nt_KeRaiseIrqlToDpcLevel(void)
{
    return nt_KfRaiseIrql(DISPATCH_LEVEL);
}
NT_EXPORT_AS("hal.dll", KeRaiseIrqlToDpcLevel, nt_KeRaiseIrqlToDpcLevel);

/* SYNCH_LEVEL is 12 on x64 multiprocessor Windows. */
static KIRQL NTAPI nt_KeRaiseIrqlToSynchLevel(void)
{
    return nt_KfRaiseIrql(12);
}
NT_EXPORT_AS("hal.dll", KeRaiseIrqlToSynchLevel, nt_KeRaiseIrqlToSynchLevel);

static KIRQL NTAPI nt_KeGetCurrentIrql(void)
{
    return irql_current();
}
NT_EXPORT_AS("hal.dll", KeGetCurrentIrql, nt_KeGetCurrentIrql);

/* cr8 is the x64 task priority register: what the inline forms of all of the above use. */
uint64_t irql_read_cr8(void)
{
    return irql_current();
}

void irql_write_cr8(uint64_t value)
{
    struct cpu *cpu = cpu_current();
    if (value > HIGH_LEVEL) {
        level_ok((KIRQL)(value > 255 ? 255 : value), 0x32, false, "mov cr8");
        return;
    }
    cpu->irql = (KIRQL)value; /* the fault handler opens a window when it returns */
    if (value < DISPATCH_LEVEL)
        atomic_store_explicit(&cpu->heartbeat, cpu->heartbeat + 1, memory_order_relaxed);
}
