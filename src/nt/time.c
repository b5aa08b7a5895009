/* SPDX-License-Identifier: MIT */
/* time.c - what time it is: system time, interrupt time, ticks, the performance counter, KUSER_SHARED_DATA. */
#include "nt/alarm.h"
#include "nt/export.h"
#include "nt/irql.h"
#include "nt/processor.h"
#include "nt/report.h"
#include "nt/thread_internal.h"
#include "nt/time.h"
#include "nt/trap.h"
#include <stddef.h>
#include <string.h>
#include <time.h>

#define TICK_100NS 156250ull          /* 64 ticks a second */
#define UNIX_EPOCH 116444736000000000 /* 1970 in 100 ns since 1601 */
/* The deterministic machine boots at the same moment every time. */
#define SEED_BOOT  (UNIX_EPOCH + 1700000000ull * 10000000)

uint64_t system_time_100ns(void)
{
    static uint64_t boot;
    if (!boot) {
        struct timespec ts = {0};
        if (!host_deterministic())
            clock_gettime(CLOCK_REALTIME, &ts);
        boot = host_deterministic() ? SEED_BOOT
                                    : UNIX_EPOCH + (uint64_t)ts.tv_sec * 10000000 +
                                          (uint64_t)ts.tv_nsec / 100 - host_now() / 100;
    }
    return boot + host_now() / 100;
}

static void put_time(volatile KSYSTEM_TIME *t, uint64_t value)
{
    t->High2Time = t->High1Time = (LONG)(value >> 32);
    t->LowPart = (ULONG)value;
}

/* Offsets of fields that mingw's KUSER_SHARED_DATA names as Windows does. */
bool shared_data_read(uint64_t va, unsigned width, uint64_t *value)
{
    if (va < SHARED_DATA_VA || va + width > SHARED_DATA_VA + 4096)
        return false;
    union {
        KUSER_SHARED_DATA data;
        uint8_t bytes[4096];
    } page;
    memset(&page, 0, sizeof page);
    uint64_t now = host_now() / 100;
    page.data.TickCountMultiplier = (ULONG)((TICK_100NS << 24) / 10000); /* ticks to ms, 8.24 fixed point */
    put_time(&page.data.InterruptTime, now);
    put_time(&page.data.SystemTime, system_time_100ns());
    put_time(&page.data.TickCount, now / TICK_100NS);
    page.data.NtMajorVersion = 6;
    page.data.NtMinorVersion = 2;
    page.data.ProductTypeIsValid = TRUE;
    page.data.NtProductType = NtProductWinNt;
    *value = 0;
    memcpy(value, page.bytes + (va - SHARED_DATA_VA), width);
    return true;
}

#undef KeQueryTickCount
#undef KeQuerySystemTime
#undef KeQueryInterruptTime
VOID NTAPI nt_KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    CurrentTime->QuadPart = (LONGLONG)system_time_100ns();
}
NT_EXPORT_AS("ntoskrnl.exe", KeQuerySystemTime, nt_KeQuerySystemTime);
NT_EXPORT_AS("ntoskrnl.exe", KeQuerySystemTimePrecise, nt_KeQuerySystemTime);

VOID NTAPI nt_KeQueryTickCount(PLARGE_INTEGER CurrentCount)
{
    CurrentCount->QuadPart = (LONGLONG)(host_now() / 100 / TICK_100NS);
}
NT_EXPORT_AS("ntoskrnl.exe", KeQueryTickCount, nt_KeQueryTickCount);

ULONGLONG NTAPI nt_KeQueryInterruptTime(VOID)
{
    return host_now() / 100;
}
NT_EXPORT_AS("ntoskrnl.exe", KeQueryInterruptTime, nt_KeQueryInterruptTime);

ULONGLONG NTAPI nt_KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp)
{
    *QpcTimeStamp = host_now() / 100;
    return host_now() / 100;
}
NT_EXPORT_AS("ntoskrnl.exe", KeQueryInterruptTimePrecise, nt_KeQueryInterruptTimePrecise);

ULONGLONG NTAPI nt_KeQueryUnbiasedInterruptTime(VOID)
{
    return host_now() / 100;
}
NT_EXPORT_AS("ntoskrnl.exe", KeQueryUnbiasedInterruptTime, nt_KeQueryUnbiasedInterruptTime);

/* 10 MHz, as Windows on machines with an invariant time stamp counter. */
LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency)
{
    if (PerformanceFrequency)
        PerformanceFrequency->QuadPart = 10000000;
    return (LARGE_INTEGER){.QuadPart = (LONGLONG)(host_now() / 100)};
}
NT_EXPORT("hal.dll", KeQueryPerformanceCounter);

ULONG NTAPI KeQueryTimeIncrement(VOID)
{
    return (ULONG)TICK_100NS;
}
NT_EXPORT("ntoskrnl.exe", KeQueryTimeIncrement);

unsigned nt_stall_limit_us;

VOID NTAPI KeStallExecutionProcessor(ULONG MicroSeconds)
{
    if (RULE("R-314", !nt_stall_limit_us || MicroSeconds <= nt_stall_limit_us,
             "a stall of %u us at %s (NdisStallExecution, which is KeStallExecutionProcessor): %u us is the most it "
             "may be",
             (unsigned)MicroSeconds, irql_name(irql_current()), nt_stall_limit_us))
        RULE("R-103", irql_current() < DISPATCH_LEVEL || MicroSeconds <= 100,
             "KeStallExecutionProcessor(%u us) at %s: more than 100 us stalls everything else on the processor",
             (unsigned)MicroSeconds, irql_name(irql_current()));
    host->stall(cpu_current(), MicroSeconds * 1000ull);
}
NT_EXPORT("hal.dll", KeStallExecutionProcessor);

VOID NTAPI ExSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime)
{
    *LocalTime = *SystemTime; /* the machine's time zone is UTC */
}
NT_EXPORT("ntoskrnl.exe", ExSystemTimeToLocalTime);
NT_EXPORT_AS("ntoskrnl.exe", ExLocalTimeToSystemTime, ExSystemTimeToLocalTime);
