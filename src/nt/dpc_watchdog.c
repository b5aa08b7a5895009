/* SPDX-License-Identifier: MIT */
/* dpc_watchdog.c - how much longer a driver may stay at DISPATCH_LEVEL:
 * KeQueryDpcWatchdogInformation.
 *
 * The machine ends a run whose processor has not been below DISPATCH_LEVEL for the watchdog's time
 * (machine.c): that is the limit of a sequence of DPCs. A single DPC has no limit of its own, which
 * the structure says with a zero. The clock of a sequence starts with the first question about it,
 * so that DPCs that never ask do not pay for reading the clock. */
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/machine.h"
#include "nt/processor.h"

/* The unit that Windows counts in is its clock tick (the structure's page calls the values
 * dimensionless). */
#define TICK_NS 15625000ull

/* Touched only by the processor itself. */
static struct sequence {
    uint64_t heartbeat; /* of the processor when the sequence was first asked about, plus one; 0 =
                           never */
    uint64_t began;     /* host_now() */
} sequences[CPU_MAX];

NTSTATUS NTAPI KeQueryDpcWatchdogInformation(PKDPC_WATCHDOG_INFORMATION WatchdogInformation)
{
    struct cpu *cpu = cpu_current();
    if (cpu->irql < DISPATCH_LEVEL)
        return STATUS_UNSUCCESSFUL;
    struct sequence *sequence = &sequences[cpu->number];
    uint64_t heartbeat = atomic_load_explicit(&cpu->heartbeat, memory_order_relaxed) + 1;
    uint64_t now = host_now(), limit = machine_watchdog_ns();
    if (sequence->heartbeat != heartbeat)
        *sequence = (struct sequence){heartbeat, now};
    uint64_t used = now - sequence->began;
    *WatchdogInformation = (KDPC_WATCHDOG_INFORMATION){
        .DpcWatchdogLimit = (ULONG)(limit / TICK_NS),
        .DpcWatchdogCount = used < limit ? (ULONG)((limit - used) / TICK_NS) : 0,
    };
    return STATUS_SUCCESS;
}
NT_EXPORT("ntoskrnl.exe", KeQueryDpcWatchdogInformation);
